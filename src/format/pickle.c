/* pickle.c - the pickle machine: a stack, marks, a memo, and a fixed list of opcodes.
 *
 * What it works on is in pickle_stack.c; what numpy's names mean is in pickle_numpy.c. */
#include "pickle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pickle_machine.h"
#include "pickle_stack.h"
#include "utf8.h"

enum { FIRST_STACK = 256 };

/* ---- opcodes ---- */

static gt_status run_proto(gt_pickle_machine *m, gt_error *err) {
    uint64_t version;
    gt_status status = gt_pickle_take_number(m, 1, &version, err);
    if (status) return status;
    if (version >= 2 && version <= 5) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "pickle protocol %u, expected 2 to 5",
                   (unsigned)version);
}

/* The next bytes belong together, which says nothing about values. */
static gt_status run_frame(gt_pickle_machine *m, gt_error *err) {
    uint64_t length;
    gt_status status = gt_pickle_take_number(m, 8, &length, err);
    if (status || length <= m->length - m->at) return status;
    return gt_fail(err, GT_BAD_FORMAT, "byte %zu: a frame of %" PRIu64 " bytes, %zu are left",
                   m->start, length, m->length - m->at);
}

static gt_status run_stop(gt_pickle_machine *m, gt_error *err) {
    gt_status status = gt_pickle_need_values(m, 1, err);
    if (status) return status;
    if (m->depth != 1 || m->mark_count != 0)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: STOP with %zu values on the stack",
                       m->start, m->depth);
    m->pickle->root = m->stack[0];
    m->stopped = true;
    return GT_OK;
}

static gt_status run_mark(gt_pickle_machine *m, gt_error *err) {
    if (m->mark_count == GT_PICKLE_MAX_MARKS)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: nested deeper than %d", m->start,
                       GT_PICKLE_MAX_MARKS);
    m->marks[m->mark_count++] = m->depth;
    return GT_OK;
}

static gt_status push_kind(gt_pickle_machine *m, size_t kind, gt_error *err) {
    gt_pickle_value *value = NULL;
    return gt_pickle_push_new(m, (gt_pickle_kind)kind, &value, err);
}

static gt_status push_bool(gt_pickle_machine *m, size_t truth, gt_error *err) {
    gt_pickle_value *value = NULL;
    gt_status status = gt_pickle_push_new(m, GT_PICKLE_BOOL, &value, err);
    if (status == GT_OK) value->integer = (int64_t)truth;
    return status;
}

static gt_status push_int(gt_pickle_machine *m, size_t width, gt_error *err) {
    uint64_t number = 0;
    gt_pickle_value *value = NULL;
    gt_status status = gt_pickle_take_number(m, width, &number, err);
    if (status == GT_OK) status = gt_pickle_push_new(m, GT_PICKLE_INT, &value, err);
    if (status == GT_OK)
        value->integer = width == 4 ? (int32_t)(uint32_t)number : (int64_t)number;
    return status;
}

/* A count of bytes, then a number in two's complement of so many. */
static gt_status run_long(gt_pickle_machine *m, gt_error *err) {
    uint64_t width = 0, number = 0;
    gt_pickle_value *value = NULL;
    gt_status status = gt_pickle_take_number(m, 1, &width, err);
    if (status == GT_OK && width > 8)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: a whole number of %u bytes", m->start,
                       (unsigned)width);
    if (status == GT_OK) status = gt_pickle_take_number(m, (size_t)width, &number, err);
    if (status == GT_OK) status = gt_pickle_push_new(m, GT_PICKLE_INT, &value, err);
    if (status) return status;
    bool is_negative = width > 0 && number >> (8 * width - 1) != 0;
    if (is_negative && width < 8) number |= UINT64_MAX << (8 * width);
    value->integer = (int64_t)number;
    return GT_OK;
}

static gt_status run_real(gt_pickle_machine *m, gt_error *err) {
    const uint8_t *from = NULL;
    uint64_t bits = 0;
    gt_pickle_value *value = NULL;
    gt_status status = gt_pickle_take(m, 8, &from, err);
    if (status == GT_OK) status = gt_pickle_push_new(m, GT_PICKLE_REAL, &value, err);
    if (status) return status;
    for (int i = 0; i < 8; i++) bits = bits << 8 | from[i];
    memcpy(&value->real, &bits, sizeof bits);
    return GT_OK;
}

/* A string of bytes or text behind its length. */
static gt_status push_string(gt_pickle_machine *m, gt_pickle_kind kind, size_t width,
                             gt_error *err) {
    uint64_t length = 0;
    const uint8_t *from = NULL;
    gt_pickle_value *value = NULL;
    gt_status status = gt_pickle_take_number(m, width, &length, err);
    if (status == GT_OK) status = gt_pickle_take(m, length, &from, err);
    if (status == GT_OK) status = gt_pickle_push_new(m, kind, &value, err);
    if (status) return status;
    if (kind == GT_PICKLE_TEXT && !gt_utf8_valid(from, length))
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: text is not UTF-8", m->start);
    value->text.bytes = from;
    value->text.length = length;
    return GT_OK;
}

static gt_status push_text(gt_pickle_machine *m, size_t width, gt_error *err) {
    return push_string(m, GT_PICKLE_TEXT, width, err);
}

static gt_status push_bytes(gt_pickle_machine *m, size_t width, gt_error *err) {
    return push_string(m, GT_PICKLE_BYTES, width, err);
}

static gt_status memo_put(gt_pickle_machine *m, uint64_t index, gt_error *err) {
    gt_status status = gt_pickle_need_values(m, 1, err);
    if (status) return status;
    if (index >= GT_PICKLE_MAX_NODES)
        return gt_fail(err, GT_UNSUPPORTED, "byte %zu: memo %" PRIu64 ", expected less than %d",
                       m->start, index, GT_PICKLE_MAX_NODES);
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

static gt_status put_number(gt_pickle_machine *m, size_t width, gt_error *err) {
    uint64_t index = 0;
    gt_status status = gt_pickle_take_number(m, width, &index, err);
    return status ? status : memo_put(m, index, err);
}

static gt_status run_memoize(gt_pickle_machine *m, gt_error *err) {
    return memo_put(m, m->memo_count, err);
}

static gt_status memo_get(gt_pickle_machine *m, size_t width, gt_error *err) {
    uint64_t index = 0;
    gt_status status = gt_pickle_take_number(m, width, &index, err);
    if (status) return status;
    if (index >= m->memo_room || m->memo[index] == NULL)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: memo %" PRIu64 " was never set", m->start,
                       index);
    return gt_pickle_push(m, m->memo[index], err);
}

/* The top count values become one tuple. */
static gt_status make_tuple(gt_pickle_machine *m, size_t count, gt_error *err) {
    gt_pickle_value *tuple = NULL;
    gt_status status = gt_pickle_need_values(m, count, err);
    if (status == GT_OK) status = gt_pickle_node_create(m, GT_PICKLE_TUPLE, &tuple, err);
    if (status) return status;
    m->depth -= count;
    status = gt_pickle_items_add(m, tuple, m->stack + m->depth, count, err);
    return status ? status : gt_pickle_push(m, tuple, err);
}

static gt_status run_tuple(gt_pickle_machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = gt_pickle_pop_mark(m, &depth, err);
    return status ? status : make_tuple(m, m->depth - depth, err);
}

/* What lies from `depth` on goes into the container of the given kind below it. */
static gt_status fill_container(gt_pickle_machine *m, gt_pickle_kind kind, size_t depth,
                                gt_error *err) {
    size_t count = m->depth - depth;
    m->depth = depth;
    gt_status status = gt_pickle_need_values(m, 1, err);
    if (status) return status;
    gt_pickle_value *into = m->stack[depth - 1];
    if (into->kind == GT_PICKLE_OTHER) return GT_OK;
    if (into->kind != kind)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: items for something that is no %s",
                       m->start,
                       kind == GT_PICKLE_LIST   ? "list"
                       : kind == GT_PICKLE_DICT ? "dict"
                                                : "set");
    return gt_pickle_items_add(m, into, m->stack + depth, count, err);
}

static gt_status run_appends(gt_pickle_machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = gt_pickle_pop_mark(m, &depth, err);
    return status ? status : fill_container(m, GT_PICKLE_LIST, depth, err);
}

static gt_status run_append(gt_pickle_machine *m, gt_error *err) {
    gt_status status = gt_pickle_need_values(m, 2, err);
    return status ? status : fill_container(m, GT_PICKLE_LIST, m->depth - 1, err);
}

static gt_status run_setitem(gt_pickle_machine *m, gt_error *err) {
    gt_status status = gt_pickle_need_values(m, 3, err);
    return status ? status : fill_container(m, GT_PICKLE_DICT, m->depth - 2, err);
}

static gt_status run_setitems(gt_pickle_machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = gt_pickle_pop_mark(m, &depth, err);
    if (status) return status;
    if ((m->depth - depth) % 2 != 0)
        return gt_fail(err, GT_BAD_FORMAT, "byte %zu: a key without a value", m->start);
    return fill_container(m, GT_PICKLE_DICT, depth, err);
}

static gt_status push_global(gt_pickle_machine *m, const char *module, const char *name,
                             gt_error *err) {
    gt_pickle_value *value = NULL;
    gt_status status = gt_pickle_push_new(m, GT_PICKLE_GLOBAL, &value, err);
    if (status) return status;
    if (gt_pickle_find_global(module, name, &value->global)) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED,
                   "byte %zu: the name %s.%s, which files of data and weights do not need; "
                   "nothing was run",
                   m->start, module, name);
}

static gt_status run_global(gt_pickle_machine *m, gt_error *err) {
    char module[GT_PICKLE_MAX_NAME], name[GT_PICKLE_MAX_NAME];
    gt_status status = gt_pickle_take_line(m, module, err);
    if (status == GT_OK) status = gt_pickle_take_line(m, name, err);
    return status ? status : push_global(m, module, name, err);
}

static gt_status run_stack_global(gt_pickle_machine *m, gt_error *err) {
    char module[GT_PICKLE_MAX_NAME], name[GT_PICKLE_MAX_NAME];
    gt_status status = gt_pickle_need_values(m, 2, err);
    if (status) return status;
    m->depth -= 2;
    status = gt_pickle_text(m->stack[m->depth], module, sizeof module, err);
    if (status == GT_OK)
        status = gt_pickle_text(m->stack[m->depth + 1], name, sizeof name, err);
    if (status == GT_OK) return push_global(m, module, name, err);
    gt_blame(err, "byte %zu: a global's name", m->start);
    return status;
}

static gt_status run_reduce(gt_pickle_machine *m, gt_error *err) {
    gt_pickle_value *made = NULL;
    gt_status status = gt_pickle_need_values(m, 2, err);
    if (status == GT_OK) status = gt_pickle_node_create(m, GT_PICKLE_NONE, &made, err);
    if (status) return status;
    m->depth -= 2;
    status = gt_pickle_call(m->pickle, m->stack[m->depth], m->stack[m->depth + 1], made, err);
    if (status) gt_blame(err, "byte %zu", m->start);
    return status ? status : gt_pickle_push(m, made, err);
}

/* The object of a kind on the stack, below `arguments` more. */
static gt_status make_object(gt_pickle_machine *m, size_t arguments, gt_error *err) {
    gt_pickle_value *made = NULL;
    gt_status status = gt_pickle_need_values(m, 1 + arguments, err);
    if (status == GT_OK) status = gt_pickle_node_create(m, GT_PICKLE_NONE, &made, err);
    if (status) return status;
    m->depth -= 1 + arguments;
    status = gt_pickle_make_other(m->stack[m->depth], made, err);
    if (status) gt_blame(err, "byte %zu", m->start);
    return status ? status : gt_pickle_push(m, made, err);
}

static gt_status run_additems(gt_pickle_machine *m, gt_error *err) {
    size_t depth = 0;
    gt_status status = gt_pickle_pop_mark(m, &depth, err);
    return status ? status : fill_container(m, GT_PICKLE_OTHER, depth, err);
}

static gt_status run_frozenset(gt_pickle_machine *m, gt_error *err) {
    gt_pickle_value *made = NULL;
    gt_status status = gt_pickle_pop_mark(m, &m->depth, err);
    return status ? status : gt_pickle_push_new(m, GT_PICKLE_OTHER, &made, err);
}

static gt_status run_build(gt_pickle_machine *m, gt_error *err) {
    gt_status status = gt_pickle_need_values(m, 2, err);
    if (status) return status;
    m->depth--;
    status = gt_pickle_set_state(m->stack[m->depth - 1], m->stack[m->depth], err);
    if (status) gt_blame(err, "byte %zu", m->start);
    return status;
}

static gt_status run_outside(gt_pickle_machine *m, gt_error *err) {
    gt_pickle_value *made = NULL;
    gt_status status = gt_pickle_need_values(m, 1, err);
    if (status == GT_OK) status = gt_pickle_node_create(m, GT_PICKLE_NONE, &made, err);
    if (status) return status;
    status = gt_pickle_make_storage(m->stack[--m->depth], made, err);
    if (status) gt_blame(err, "byte %zu", m->start);
    return status ? status : gt_pickle_push(m, made, err);
}

/* What a code does, or does with an argument: a count of bytes or values, a kind. */
typedef struct opcode {
    gt_status (*run)(gt_pickle_machine *m, gt_error *err);
    gt_status (*with)(gt_pickle_machine *m, size_t argument, gt_error *err);
    size_t argument;
} opcode;

#define RUN(function) \
    { .run = function }
#define WITH(function, number) \
    { .with = function, .argument = number }

/* The whole list; a code that is not here is refused. */
static const opcode opcodes[256] = {
    [0x80] = RUN(run_proto),
    [0x95] = RUN(run_frame),
    ['.'] = RUN(run_stop),
    /* values */
    ['N'] = WITH(push_kind, GT_PICKLE_NONE),
    [0x88] = WITH(push_bool, 1),
    [0x89] = WITH(push_bool, 0),
    ['K'] = WITH(push_int, 1),
    ['M'] = WITH(push_int, 2),
    ['J'] = WITH(push_int, 4),
    [0x8a] = RUN(run_long),
    ['G'] = RUN(run_real),
    [0x8c] = WITH(push_text, 1),
    ['X'] = WITH(push_text, 4),
    [0x8d] = WITH(push_text, 8),
    ['C'] = WITH(push_bytes, 1),
    ['B'] = WITH(push_bytes, 4),
    [0x8e] = WITH(push_bytes, 8),
    [0x96] = WITH(push_bytes, 8), /* a bytearray */
    ['U'] = WITH(push_bytes, 1),  /* texts of Python 2 */
    ['T'] = WITH(push_bytes, 4),
    /* containers */
    ['('] = RUN(run_mark),
    [')'] = WITH(push_kind, GT_PICKLE_TUPLE),
    [']'] = WITH(push_kind, GT_PICKLE_LIST),
    ['}'] = WITH(push_kind, GT_PICKLE_DICT),
    ['t'] = RUN(run_tuple),
    [0x85] = WITH(make_tuple, 1),
    [0x86] = WITH(make_tuple, 2),
    [0x87] = WITH(make_tuple, 3),
    ['a'] = RUN(run_append),
    ['e'] = RUN(run_appends),
    ['s'] = RUN(run_setitem),
    ['u'] = RUN(run_setitems),
    /* the memo */
    ['q'] = WITH(put_number, 1),
    ['r'] = WITH(put_number, 4),
    [0x94] = RUN(run_memoize),
    ['h'] = WITH(memo_get, 1),
    ['j'] = WITH(memo_get, 4),
    /* names and what is made with them */
    ['c'] = RUN(run_global),
    [0x93] = RUN(run_stack_global),
    ['R'] = RUN(run_reduce),
    ['b'] = RUN(run_build),
    [0x81] = WITH(make_object, 1),
    [0x92] = WITH(make_object, 2),
    [0x8f] = WITH(push_kind, GT_PICKLE_OTHER), /* sets */
    [0x90] = RUN(run_additems),
    [0x91] = RUN(run_frozenset),
    ['Q'] = RUN(run_outside),
};

static gt_status run_all(gt_pickle_machine *m, gt_error *err) {
    while (!m->stopped) {
        const uint8_t *code = NULL;
        m->start = m->at;
        gt_status status = gt_pickle_take(m, 1, &code, err);
        if (status) return status;
        const opcode *op = &opcodes[*code];
        if (op->run == NULL && op->with == NULL)
            return gt_fail(err, GT_UNSUPPORTED,
                           "byte %zu: pickle opcode 0x%02x, which files of data and weights "
                           "do not need",
                           m->start, *code);
        status = op->run ? op->run(m, err) : op->with(m, op->argument, err);
        if (status) return status;
    }
    if (m->at == m->length) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%zu bytes behind the end of the pickle",
                   m->length - m->at);
}

gt_status gt_pickle_parse(const uint8_t *bytes, size_t length, gt_pickle **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_pickle_machine m = {.bytes = bytes, .length = length};
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
    gt_pickle_release(pickle);
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
