/* pickle_stack.c - the arena, the stack and the input of the pickle machine.
 *
 * Every value is a node of an arena that is freed as a whole, so shared and circular values
 * cost nothing to release. Memory is bounded: at most one node per opcode, at most
 * GT_PICKLE_MAX_NODES; bytes and texts stay slices of the input. */
#include "pickle_stack.h"

#include <stdlib.h>
#include <string.h>

#include "pickle_machine.h"

enum { MAX_STACK = 1 << 20 };

struct gt_pickle_block {
    gt_pickle_block *next;
    size_t used, size;
    max_align_t data[];
};

/* ---- memory ---- */

static void *arena_take(gt_pickle *pickle, size_t size) {
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    gt_pickle_block *top = pickle->blocks;
    if (top == NULL || top->size - top->used < size) {
        size_t room = size > 65536 ? size : 65536;
        gt_pickle_block *fresh = malloc(sizeof(gt_pickle_block) + room);
        if (fresh == NULL) return NULL;
        *fresh = (gt_pickle_block){.next = top, .size = room};
        pickle->blocks = top = fresh;
    }
    void *out = (char *)top->data + top->used;
    top->used += size;
    return out;
}

gt_status gt_pickle_take_bytes(gt_pickle *pickle, size_t size, uint8_t **out, gt_error *err) {
    if (size > pickle->bytes_left)
        return gt_fail(err, GT_UNSUPPORTED, "bytes made of text, more than the file has");
    *out = arena_take(pickle, size + 1);
    if (*out == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for pickled bytes");
    pickle->bytes_left -= size;
    return GT_OK;
}

gt_status gt_pickle_node_create(gt_pickle_machine *m, gt_pickle_kind kind,
                                gt_pickle_value **out, gt_error *err) {
    if (++m->pickle->nodes > GT_PICKLE_MAX_NODES)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: more than %d values", m->start,
                       GT_PICKLE_MAX_NODES);
    gt_pickle_value *node = arena_take(m->pickle, sizeof *node);
    if (node == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for pickled values");
    memset(node, 0, sizeof *node);
    node->kind = kind;
    *out = node;
    return GT_OK;
}

gt_status gt_pickle_items_add(gt_pickle_machine *m, gt_pickle_value *into,
                              gt_pickle_value **from, size_t count, gt_error *err) {
    size_t need = into->items.count + count; /* both bounded by the length of the input */
    if (need > into->items.room) {
        size_t room = need > 2 * into->items.room ? need : 2 * into->items.room;
        gt_pickle_value **at = arena_take(m->pickle, room * sizeof *at);
        if (at == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a pickled list");
        if (into->items.count > 0) memcpy(at, into->items.at, into->items.count * sizeof *at);
        into->items.at = at;
        into->items.room = room;
    }
    if (count > 0) memcpy(into->items.at + into->items.count, from, count * sizeof *from);
    into->items.count = need;
    return GT_OK;
}

/* ---- the stack ---- */

gt_status gt_pickle_push(gt_pickle_machine *m, gt_pickle_value *value, gt_error *err) {
    if (m->depth == MAX_STACK)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: stack deeper than %d", m->start,
                       MAX_STACK);
    if (m->depth == m->stack_room) {
        size_t room = 2 * m->stack_room;
        gt_pickle_value **grown = realloc(m->stack, room * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a stack");
        m->stack = grown;
        m->stack_room = room;
    }
    m->stack[m->depth++] = value;
    return GT_OK;
}

gt_status gt_pickle_push_new(gt_pickle_machine *m, gt_pickle_kind kind, gt_pickle_value **out,
                             gt_error *err) {
    gt_status status = gt_pickle_node_create(m, kind, out, err);
    return status ? status : gt_pickle_push(m, *out, err);
}

gt_status gt_pickle_need_values(const gt_pickle_machine *m, size_t count, gt_error *err) {
    size_t floor = m->mark_count ? m->marks[m->mark_count - 1] : 0;
    if (m->depth - floor >= count) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "byte %zu: %zu values on the stack, expected %zu",
                   m->start, m->depth - floor, count);
}

gt_status gt_pickle_pop_mark(gt_pickle_machine *m, size_t *depth, gt_error *err) {
    if (m->mark_count == 0) return gt_fail(err, GT_BAD_FORMAT, "byte %zu: no MARK", m->start);
    *depth = m->marks[--m->mark_count];
    return GT_OK;
}

/* ---- reading the input ---- */

gt_status gt_pickle_take(gt_pickle_machine *m, size_t count, const uint8_t **out,
                         gt_error *err) {
    if (m->length - m->at < count)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: %zu bytes left, expected %zu", m->start,
                       m->length - m->at, count);
    *out = m->bytes + m->at;
    m->at += count;
    return GT_OK;
}

gt_status gt_pickle_take_number(gt_pickle_machine *m, size_t width, uint64_t *out,
                                gt_error *err) {
    const uint8_t *from = NULL;
    gt_status status = gt_pickle_take(m, width, &from, err);
    if (status) return status;
    *out = 0;
    for (size_t i = 0; i < width; i++) *out |= (uint64_t)from[i] << (8 * i);
    return GT_OK;
}

gt_status gt_pickle_take_line(gt_pickle_machine *m, char out[GT_PICKLE_MAX_NAME],
                              gt_error *err) {
    size_t left = m->length - m->at;
    const uint8_t *from = m->bytes + m->at;
    const uint8_t *end =
        memchr(from, '\n', left < GT_PICKLE_MAX_NAME ? left : GT_PICKLE_MAX_NAME);
    if (end == NULL)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: a global's name without an end",
                       m->start);
    size_t length = (size_t)(end - from);
    memcpy(out, from, length);
    out[length] = 0;
    m->at += length + 1;
    return GT_OK;
}

void gt_pickle_release(gt_pickle *pickle) {
    for (gt_pickle_block *at = pickle->blocks, *next; at != NULL; at = next) {
        next = at->next;
        free(at);
    }
    pickle->blocks = NULL;
}
