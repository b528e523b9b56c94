/* pickle.c - the pickle machine: a stack, marks, a memo, and one function per listed opcode.
 *
 * Every value is a node of an arena that is freed as a whole, so shared and circular values
 * cost nothing to release. Memory is bounded: at most one node per opcode, at most MAX_NODES,
 * bytes and texts stay slices of the input. What numpy's names mean is in pickle_numpy.c. */
#include "pickle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pickle_machine.h"
#include "utf8.h"

enum {
    MAX_NODES = 1 << 21,
    FIRST_STACK = 256,
    MAX_STACK = 1 << 20,
    MAX_MARKS = 64,
    MAX_NAME = 64
};

typedef struct block {
    struct block *next;
    size_t used, size;
    max_align_t data[];
} block;

struct gt_pickle {
    block *blocks;
    size_t nodes, bytes_left; /* bytes_left: for gt_pickle_take_bytes */
    const gt_pickle_value *root;
};

typedef struct machine {
    gt_pickle *pickle;
    const uint8_t *bytes;
    size_t length, at, start; /* start: the opcode being run */
    gt_pickle_value **stack;
    size_t depth, stack_room;
    gt_pickle_value **memo;
    size_t memo_room, memo_count;        /* memo_count: of those set */
    size_t marks[MAX_MARKS], mark_count; /* stack depths */
    bool stopped;
} machine;

/* ---- memory ---- */

static void *arena_take(gt_pickle *pickle, size_t size) {
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    block *top = pickle->blocks;
    if (top == NULL || top->size - top->used < size) {
        size_t room = size > 65536 ? size : 65536;
        block *fresh = malloc(sizeof(block) + room);
        if (fresh == NULL) return NULL;
        *fresh = (block){.next = top, .size = room};
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

static gt_status node_create(machine *m, gt_pickle_kind kind, gt_pickle_value **out,
                             gt_error *err) {
    if (++m->pickle->nodes > MAX_NODES)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: more than %d values", m->start,
                       MAX_NODES);
    gt_pickle_value *node = arena_take(m->pickle, sizeof *node);
    if (node == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for pickled values");
    memset(node, 0, sizeof *node);
    node->kind = kind;
    *out = node;
    return GT_OK;
}

static gt_status items_add(machine *m, gt_pickle_value *into, gt_pickle_value **from,
                           size_t count, gt_error *err) {
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

static gt_status push(machine *m, gt_pickle_value *value, gt_error *err) {
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

static gt_status push_new(machine *m, gt_pickle_kind kind, gt_pickle_value **out,
                          gt_error *err) {
    gt_status status = node_create(m, kind, out, err);
    return status ? status : push(m, *out, err);
}

/* At least count values above the last mark. */
static gt_status need_values(const machine *m, size_t count, gt_error *err) {
    size_t floor = m->mark_count ? m->marks[m->mark_count - 1] : 0;
    if (m->depth - floor >= count) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "byte %zu: %zu values on the stack, expected %zu",
                   m->start, m->depth - floor, count);
}

/* Takes the last mark and tells the stack depth at which it stood. */
static gt_status pop_mark(machine *m, size_t *depth, gt_error *err) {
    if (m->mark_count == 0) return gt_fail(err, GT_BAD_FORMAT, "byte %zu: no MARK", m->start);
    *depth = m->marks[--m->mark_count];
    return GT_OK;
}

/* ---- reading the input ---- */

static gt_status take(machine *m, size_t count, const uint8_t **out, gt_error *err) {
    if (m->length - m->at < count)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: %zu bytes left, expected %zu", m->start,
                       m->length - m->at, count);
    *out = m->bytes + m->at;
    m->at += count;
    return GT_OK;
}

/* An unsigned little-endian number of width bytes, at most 8. */
static gt_status take_number(machine *m, size_t width, uint64_t *out, gt_error *err) {
    const uint8_t *from = NULL;
    gt_status status = take(m, width, &from, err);
    if (status) return status;
    *out = 0;
    for (size_t i = 0; i < width; i++) *out |= (uint64_t)from[i] << (8 * i);
    return GT_OK;
}

/* A line without its end, for GLOBAL. */
static gt_status take_line(machine *m, char out[MAX_NAME], gt_error *err) {
    size_t left = m->length - m->at;
    const uint8_t *from = m->bytes + m->at;
    const uint8_t *end = memchr(from, '\n', left < MAX_NAME ? left : MAX_NAME);
    if (end == NULL)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: a global's name without an end",
                       m->start);
    size_t length = (size_t)(end - from);
    memcpy(out, from, length);
    out[length] = 0;
    m->at += length + 1;
    return GT_OK;
}

/* ---- opcodes ---- */

typedef gt_status opcode_run(machine *m, gt_error *err);

static gt_status run_proto(machine *m, gt_error *err) {
    uint64_t version;
    gt_status status = take_number(m, 1, &version, err);
    if (status) return status;
    if (version >= 2 && version <= 5) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "pickle protocol %u, expected 2 to 5",
                   (unsigned)version);
}

/* The next bytes belong together, which says nothing about values. */
static gt_status run_frame(machine *m, gt_error *err) {
    uint64_t length;
    gt_status status = take_number(m, 8, &length, err);
    if (status || length <= m->length - m->at) return status;
    return gt_fail(err, GT_BAD_FORMAT, "byte %zu: a frame of %" PRIu64 " bytes, %zu are left",
                   m->start, length, m->length - m->at);
}

static gt_status run_stop(machine *m, gt_error *err) {
    gt_status status = need_values(m, 1, err);
    if (status) return status;
    if (m->depth != 1 || m->mark_count != 0)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: STOP with %zu values on the stack",
                       m->start, m->depth);
    m->pickle->root = m->stack[0];
    m->stopped = true;
    return GT_OK;
}

static gt_status run_mark(machine *m, gt_error *err) {
    if (m->mark_count == MAX_MARKS)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: nested deeper than %d", m->start,
                       MAX_MARKS);
    m->marks[m->mark_count++] = m->depth;
    return GT_OK;
}

static gt_status run_none(machine *m, gt_error *err) {
    gt_pickle_value *value = NULL;
    return push_new(m, GT_PICKLE_NONE, &value, err);
}

static gt_status run_false(machine *m, gt_error *err) {
    gt_pickle_value *value = NULL;
    return push_new(m, GT_PICKLE_BOOL, &value, err);
}

static gt_status run_true(machine *m, gt_error *err) {
    gt_pickle_value *value = NULL;
    gt_status status = push_new(m, GT_PICKLE_BOOL, &value, err);
    if (status == GT_OK) value->integer = 1;
    return status;
}

static gt_status run_empty_tuple(machine *m, gt_error *err) {
    gt_pickle_value *value = NULL;
    return push_new(m, GT_PICKLE_TUPLE, &value, err);
}

static gt_status run_empty_dict(machine *m, gt_error *err) {
    gt_pickle_value *value = NULL;
    return push_new(m, GT_PICKLE_DICT, &value, err);
}

static gt_status run_empty_list(machine *m, gt_error *err) {
    gt_pickle_value *value = NULL;
    return push_new(m, GT_PICKLE_LIST, &value, err);
}

static gt_status push_int(machine *m, size_t width, gt_error *err) {
    uint64_t number = 0;
    gt_pickle_value *value = NULL;
    gt_status status = take_number(m, width, &number, err);
    if (status == GT_OK) status = push_new(m, GT_PICKLE_INT, &value, err);
    if (status == GT_OK)
        value->integer = width == 4 ? (int32_t)(uint32_t)number : (int64_t)number;
    return status;
}

static gt_status run_int1(machine *m, gt_error *err) {
    return push_int(m, 1, err);
}

static gt_status run_int2(machine *m, gt_error *err) {
    return push_int(m, 2, err);
}

static gt_status run_int4(machine *m, gt_error *err) {
    return push_int(m, 4, err);
}

/* A count of bytes, then a number in two's complement of so many. */
static gt_status run_long(machine *m, gt_error *err) {
    uint64_t width = 0, number = 0;
    gt_pickle_value *value = NULL;
    gt_status status = take_number(m, 1, &width, err);
    if (status == GT_OK && width > 8)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: a whole number of %u bytes", m->start,
                       (unsigned)width);
    if (status == GT_OK) status = take_number(m, (size_t)width, &number, err);
    if (status == GT_OK) status = push_new(m, GT_PICKLE_INT, &value, err);
    if (status) return status;
    bool is_negative = width > 0 && number >> (8 * width - 1) != 0;
    if (is_negative && width < 8) number |= UINT64_MAX << (8 * width);
    value->integer = (int64_t)number;
    return GT_OK;
}

static gt_status run_real(machine *m, gt_error *err) {
    const uint8_t *from = NULL;
    uint64_t bits = 0;
    gt_pickle_value *value = NULL;
    gt_status status = take(m, 8, &from, err);
    if (status == GT_OK) status = push_new(m, GT_PICKLE_REAL, &value, err);
    if (status) return status;
    for (int i = 0; i < 8; i++) bits = bits << 8 | from[i];
    memcpy(&value->real, &bits, sizeof bits);
    return GT_OK;
}

/* A string of bytes or text behind its length. */
static gt_status push_string(machine *m, gt_pickle_kind kind, size_t width, gt_error *err) {
    uint64_t length = 0;
    const uint8_t *from = NULL;
    gt_pickle_value *value = NULL;
    gt_status status = take_number(m, width, &length, err);
    if (status == GT_OK) status = take(m, length, &from, err);
    if (status == GT_OK) status = push_new(m, kind, &value, err);
    if (status) return status;
    if (kind == GT_PICKLE_TEXT && !gt_utf8_valid(from, length))
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: text is not UTF-8", m->start);
    value->text.bytes = from;
    value->text.length = length;
    return GT_OK;
}

static gt_status run_short_unicode(machine *m, gt_error *err) {
    return push_string(m, GT_PICKLE_TEXT, 1, err);
}

static gt_status run_unicode8(machine *m, gt_error *err) {
    return push_string(m, GT_PICKLE_TEXT, 8, err);
}

static gt_status run_bytes8(machine *m, gt_error *err) {
    return push_string(m, GT_PICKLE_BYTES, 8, err);
}

static gt_status run_unicode(machine *m, gt_error *err) {
    return push_string(m, GT_PICKLE_TEXT, 4, err);
}

static gt_status run_bytes(machine *m, gt_error *err) {
    return push_string(m, GT_PICKLE_BYTES, 4, err);
}

static gt_status run_short_bytes(machine *m, gt_error *err) {
    return push_string(m, GT_PICKLE_BYTES, 1, err);
}

static gt_status memo_put(machine *m, uint64_t index, gt_error *err) {
    gt_status status = need_values(m, 1, err);
    if (status) return status;
    if (index >= MAX_NODES)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: memo %" PRIu64 ", expected less than %d",
                       m->start, index, MAX_NODES);
    if (index >= m->memo_room) {
        size_t room = 256;
        while (room <= index) room *= 2;
        gt_pickle_value **grown = realloc(m->memo, room * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a memo");
        memset(grown + m->memo_room, 0, (room - m->memo_room) * sizeof *grown);
        m->memo = grown;
        m->memo_room = room;
    }
    m->memo_count += m->memo[index] == NULL;
    m->memo[index] = m->stack[m->depth - 1];
    return GT_OK;
}

static gt_status put_number(machine *m, size_t width, gt_error *err) {
    uint64_t index = 0;
    gt_status status = take_number(m, width, &index, err);
    return status ? status : memo_put(m, index, err);
}

static gt_status run_put1(machine *m, gt_error *err) {
    return put_number(m, 1, err);
}

static gt_status run_put4(machine *m, gt_error *err) {
    return put_number(m, 4, err);
}

static gt_status run_memoize(machine *m, gt_error *err) {
    return memo_put(m, m->memo_count, err);
}

static gt_status memo_get(machine *m, size_t width, gt_error *err) {
    uint64_t index = 0;
    gt_status status = take_number(m, width, &index, err);
    if (status) return status;
    if (index >= m->memo_room || m->memo[index] == NULL)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: memo %" PRIu64 " was never set", m->start,
                       index);
    return push(m, m->memo[index], err);
}

static gt_status run_get1(machine *m, gt_error *err) {
    return memo_get(m, 1, err);
}

static gt_status run_get4(machine *m, gt_error *err) {
    return memo_get(m, 4, err);
}

/* The top count values become one tuple. */
static gt_status make_tuple(machine *m, size_t count, gt_error *err) {
    gt_pickle_value *tuple = NULL;
    gt_status status = need_values(m, count, err);
    if (status == GT_OK) status = node_create(m, GT_PICKLE_TUPLE, &tuple, err);
    if (status) return status;
    m->depth -= count;
    status = items_add(m, tuple, m->stack + m->depth, count, err);
    return status ? status : push(m, tuple, err);
}

static gt_status run_tuple(machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = pop_mark(m, &depth, err);
    return status ? status : make_tuple(m, m->depth - depth, err);
}

static gt_status run_tuple1(machine *m, gt_error *err) {
    return make_tuple(m, 1, err);
}

static gt_status run_tuple2(machine *m, gt_error *err) {
    return make_tuple(m, 2, err);
}

static gt_status run_tuple3(machine *m, gt_error *err) {
    return make_tuple(m, 3, err);
}

/* What lies from `depth` on goes into the container of the given kind below it. */
static gt_status fill(machine *m, gt_pickle_kind kind, size_t depth, gt_error *err) {
    size_t count = m->depth - depth;
    m->depth = depth;
    gt_status status = need_values(m, 1, err);
    if (status) return status;
    gt_pickle_value *into = m->stack[depth - 1];
    if (into->kind != kind)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: items for something that is no %s",
                       m->start, kind == GT_PICKLE_LIST ? "list" : "dict");
    return items_add(m, into, m->stack + depth, count, err);
}

static gt_status run_appends(machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = pop_mark(m, &depth, err);
    return status ? status : fill(m, GT_PICKLE_LIST, depth, err);
}

static gt_status run_append(machine *m, gt_error *err) {
    gt_status status = need_values(m, 2, err);
    return status ? status : fill(m, GT_PICKLE_LIST, m->depth - 1, err);
}

static gt_status run_setitem(machine *m, gt_error *err) {
    gt_status status = need_values(m, 3, err);
    return status ? status : fill(m, GT_PICKLE_DICT, m->depth - 2, err);
}

static gt_status run_setitems(machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = pop_mark(m, &depth, err);
    if (status) return status;
    if ((m->depth - depth) % 2 != 0)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: a key without a value", m->start);
    return fill(m, GT_PICKLE_DICT, depth, err);
}

static gt_status push_global(machine *m, const char *module, const char *name, gt_error *err) {
    gt_pickle_value *value = NULL;
    gt_status status = push_new(m, GT_PICKLE_GLOBAL, &value, err);
    if (status) return status;
    if (gt_pickle_find_global(module, name, &value->global)) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED,
                   "byte %zu: the name %s.%s, which batch files do not use; nothing was run",
                   m->start, module, name);
}

static gt_status run_global(machine *m, gt_error *err) {
    char module[MAX_NAME], name[MAX_NAME];
    gt_status status = take_line(m, module, err);
    if (status == GT_OK) status = take_line(m, name, err);
    return status ? status : push_global(m, module, name, err);
}

static gt_status run_stack_global(machine *m, gt_error *err) {
    char module[MAX_NAME], name[MAX_NAME];
    gt_status status = need_values(m, 2, err);
    if (status) return status;
    m->depth -= 2;
    status = gt_pickle_text(m->stack[m->depth], module, sizeof module, err);
    if (status == GT_OK)
        status = gt_pickle_text(m->stack[m->depth + 1], name, sizeof name, err);
    if (status == GT_OK) return push_global(m, module, name, err);
    gt_blame(err, "byte %zu: a global's name", m->start);
    return status;
}

static gt_status run_reduce(machine *m, gt_error *err) {
    gt_pickle_value *made = NULL;
    gt_status status = need_values(m, 2, err);
    if (status == GT_OK) status = node_create(m, GT_PICKLE_NONE, &made, err);
    if (status) return status;
    m->depth -= 2;
    status = gt_pickle_call(m->pickle, m->stack[m->depth], m->stack[m->depth + 1], made, err);
    if (status) gt_blame(err, "byte %zu", m->start);
    return status ? status : push(m, made, err);
}

static gt_status run_build(machine *m, gt_error *err) {
    gt_status status = need_values(m, 2, err);
    if (status) return status;
    m->depth--;
    status = gt_pickle_set_state(m->stack[m->depth - 1], m->stack[m->depth], err);
    if (status) gt_blame(err, "byte %zu", m->start);
    return status;
}

/* The whole list; a code that is not here is refused. */
static opcode_run *const opcodes[256] = {
    [0x80] = run_proto,
    ['}'] = run_empty_dict,
    [']'] = run_empty_list,
    ['('] = run_mark,
    ['q'] = run_put1,
    ['r'] = run_put4,
    ['h'] = run_get1,
    ['j'] = run_get4,
    ['X'] = run_unicode,
    ['J'] = run_int4,
    ['K'] = run_int1,
    ['M'] = run_int2,
    ['B'] = run_bytes,
    ['C'] = run_short_bytes,
    ['N'] = run_none,
    [0x89] = run_false,
    ['c'] = run_global,
    ['t'] = run_tuple,
    [0x85] = run_tuple1,
    [0x86] = run_tuple2,
    [0x87] = run_tuple3,
    ['R'] = run_reduce,
    ['b'] = run_build,
    ['e'] = run_appends,
    ['u'] = run_setitems,
    ['.'] = run_stop,
    /* Python 2 */
    ['U'] = run_short_bytes,
    ['T'] = run_bytes,
    [0x8a] = run_long,
    /* single items, and what else a dict may hold */
    ['a'] = run_append,
    ['s'] = run_setitem,
    [')'] = run_empty_tuple,
    [0x88] = run_true,
    ['G'] = run_real,
    /* protocols 4 and 5 */
    [0x95] = run_frame,
    [0x94] = run_memoize,
    [0x93] = run_stack_global,
    [0x8c] = run_short_unicode,
    [0x8d] = run_unicode8,
    [0x8e] = run_bytes8,
    [0x96] = run_bytes8,
};

static gt_status run_all(machine *m, gt_error *err) {
    while (!m->stopped) {
        const uint8_t *code = NULL;
        m->start = m->at;
        gt_status status = take(m, 1, &code, err);
        if (status) return status;
        opcode_run *run = opcodes[*code];
        if (run == NULL)
            return gt_fail(err, GT_UNSUPPORTED,
                           "byte %zu: pickle opcode 0x%02x, which batch files do not use",
                           m->start, *code);
        status = run(m, err);
        if (status) return status;
    }
    if (m->at == m->length) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%zu bytes behind the end of the pickle",
                   m->length - m->at);
}

gt_status gt_pickle_parse(const uint8_t *bytes, size_t length, gt_pickle **out, gt_error *err) {
    gt_status status = GT_OK;
    machine m = {.bytes = bytes, .length = length};
    m.pickle = calloc(1, sizeof *m.pickle);
    m.stack = malloc(FIRST_STACK * sizeof *m.stack);
    m.stack_room = FIRST_STACK;
    if (m.pickle == NULL || m.stack == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a pickle");
    m.pickle->bytes_left = length;
    GT_TRY(run_all(&m, err));
    *out = m.pickle;
    m.pickle = NULL;
done:
    free(m.stack);
    free(m.memo);
    gt_pickle_destroy(m.pickle);
    return status;
}

void gt_pickle_destroy(gt_pickle *pickle) {
    if (pickle == NULL) return;
    for (block *at = pickle->blocks, *next; at != NULL; at = next) {
        next = at->next;
        free(at);
    }
    free(pickle);
}

const gt_pickle_value *gt_pickle_root(const gt_pickle *pickle) {
    return pickle->root;
}

const gt_pickle_value *gt_pickle_get(const gt_pickle_value *dict, const char *key) {
    if (dict->kind != GT_PICKLE_DICT) return NULL;
    size_t length = strlen(key);
    for (size_t i = dict->items.count; i >= 2; i -= 2) { /* a later entry replaces a former */
        const gt_pickle_value *name = dict->items.at[i - 2];
        if (name->kind != GT_PICKLE_TEXT && name->kind != GT_PICKLE_BYTES) continue;
        if (name->text.length == length && memcmp(name->text.bytes, key, length) == 0)
            return dict->items.at[i - 1];
    }
    return NULL;
}
