/* npy.c - the header's own grammar. */
#include "npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stranger.h"

enum { MAGIC = 6, MAX_TEXT = 4096 };

static const struct {
    char kind; /* NumPy's letter */
    size_t size;
    gt_npy_type type;
    const char *name;
} types[] = {
    {'b', 1, GT_NPY_BOOL, "bool"},   {'u', 1, GT_NPY_U8, "uint8"},
    {'i', 1, GT_NPY_I8, "int8"},     {'u', 2, GT_NPY_U16, "uint16"},
    {'i', 2, GT_NPY_I16, "int16"},   {'u', 4, GT_NPY_U32, "uint32"},
    {'i', 4, GT_NPY_I32, "int32"},   {'u', 8, GT_NPY_U64, "uint64"},
    {'i', 8, GT_NPY_I64, "int64"},   {'f', 2, GT_NPY_F16, "float16"},
    {'f', 4, GT_NPY_F32, "float32"}, {'f', 8, GT_NPY_F64, "float64"},
    {'S', 0, GT_NPY_BYTES, "text"},  {'U', 0, GT_NPY_UNICODE, "text"},
};

enum { TYPES = sizeof types / sizeof *types };

const char *gt_npy_type_name(gt_npy_type type) {
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type) return types[i].name;
    return "unknown";
}

bool gt_npy_is_whole(gt_npy_type type) {
    return type <= GT_NPY_I64;
}

bool gt_npy_is_text(gt_npy_type type) {
    return type >= GT_NPY_BYTES;
}

/* ---- the grammar: what is read moves `at` on, anything else leaves is_bad ---- */

typedef struct text {
    const char *at, *end;
    bool is_bad;
} text;

static void skip_blanks(text *t) {
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n')) t->at++;
}

/* Takes a sign if it is next. */
static bool takes(text *t, char sign) {
    skip_blanks(t);
    if (t->at == t->end || *t->at != sign) return false;
    t->at++;
    return true;
}

static void expect(text *t, char sign) {
    if (!takes(t, sign)) t->is_bad = true;
}

/* A text in quotes of either kind, without escapes. */
static void read_quoted(text *t, char *out, size_t room) {
    char quote = takes(t, '\'') ? '\'' : takes(t, '"') ? '"' : 0;
    size_t length = 0;
    while (quote && t->at < t->end && *t->at != quote && *t->at != '\\' && length + 1 < room)
        out[length++] = *t->at++;
    out[length] = 0;
    if (!quote || t->at == t->end || *t->at++ != quote) t->is_bad = true;
}

static bool read_truth(text *t) {
    skip_blanks(t);
    for (int truth = 0; truth < 2; truth++) {
        const char *word = truth ? "True" : "False";
        size_t length = strlen(word);
        if ((size_t)(t->end - t->at) < length || memcmp(t->at, word, length) != 0) continue;
        t->at += length;
        return truth;
    }
    t->is_bad = true;
    return false;
}

/* Without a sign; Python 2 wrote an L behind long ones. */
static uint64_t read_number(text *t) {
    uint64_t number = 0;
    skip_blanks(t);
    if (t->at == t->end || *t->at < '0' || *t->at > '9') t->is_bad = true;
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*t->at - '0'), &number))
            t->is_bad = true;
    if (t->at < t->end && *t->at == 'L') t->at++;
    return number;
}

/* (), (3,), (3, 4). */
static void read_shape(text *t, gt_npy *out) {
    bool needs_comma = false;
    expect(t, '(');
    for (out->rank = 0; !t->is_bad && !takes(t, ')');) {
        if (needs_comma) t->is_bad = true;
        if (out->rank == GT_NPY_MAX_RANK) t->is_bad = true;
        uint64_t side = read_number(t);
        if (!t->is_bad) out->dims[out->rank++] = side;
        needs_comma = !takes(t, ',');
        if (needs_comma && out->rank == 1) t->is_bad = true; /* (3) is a number */
    }
}

/* ---- what it says ---- */

static gt_status read_type(const char *descr, gt_npy *out, gt_error *err) {
    char order = descr[0], kind = order ? descr[1] : 0;
    text digits = {descr + 2, descr + strlen(descr), false};
    if (kind == 'O')
        return gt_fail(err, GT_UNSUPPORTED,
                       "holds Python objects, which are never run; numpy.save numbers instead");
    uint64_t size = kind ? read_number(&digits) : 0;
    bool is_text = kind == 'S' || kind == 'U';
    bool is_known = kind && !digits.is_bad && digits.at == digits.end && strchr("<>|=", order);
    for (size_t i = 0; i < TYPES && is_known; i++) {
        if (types[i].kind != kind || (!is_text && types[i].size != size)) continue;
        if (is_text && (size == 0 || size > MAX_TEXT)) break;
        out->type = types[i].type;
        out->item_size = (size_t)(kind == 'U' ? 4 * size : size);
        out->big_endian = order == '>';
        return GT_OK;
    }
    return gt_fail(err, GT_UNSUPPORTED,
                   "values of type '%.40s', expected whole or real numbers of 1 to 8 bytes, "
                   "truth values or texts of at most %d characters",
                   descr, MAX_TEXT);
}

/* Every key once, in any order, a comma behind the last or not. */
static gt_status read_dictionary(text t, gt_npy *out, gt_error *err) {
    char key[16], descr[64] = "";
    unsigned seen = 0;
    expect(&t, '{');
    while (!t.is_bad && !takes(&t, '}')) {
        read_quoted(&t, key, sizeof key);
        expect(&t, ':');
        unsigned bit = strcmp(key, "descr") == 0           ? 1
                       : strcmp(key, "fortran_order") == 0 ? 2
                       : strcmp(key, "shape") == 0         ? 4
                                                           : 8;
        if (bit == 1 && takes(&t, '['))
            return gt_fail(err, GT_UNSUPPORTED,
                           "holds records of several fields, expected one type of number; "
                           "numpy.savez('set.npz', **{k: a[k] for k in a.dtype.names}) of such "
                           "an array a makes an array of each");
        if (bit == 8 || (seen & bit)) t.is_bad = true;
        if (t.is_bad) break;
        seen |= bit;
        if (bit == 1) read_quoted(&t, descr, sizeof descr);
        if (bit == 2) out->fortran = read_truth(&t);
        if (bit == 4) read_shape(&t, out);
        if (!takes(&t, ',')) {
            expect(&t, '}');
            break;
        }
    }
    skip_blanks(&t);
    if (t.is_bad || seen != 7 || t.at != t.end)
        return gt_fail(err, GT_BAD_FORMAT,
                       "damaged npy header, expected {'descr': ..., 'fortran_order': ..., "
                       "'shape': (...)}");
    return read_type(descr, out, err);
}

/* The values fill what is left, to the byte. */
static gt_status check_size(gt_npy *out, uint64_t total, gt_error *err) {
    uint64_t bytes, left = total - out->offset;
    bool is_lost = false;
    out->items = 1;
    for (size_t i = 0; i < out->rank; i++)
        is_lost |= __builtin_mul_overflow(out->items, out->dims[i], &out->items);
    is_lost |= __builtin_mul_overflow(out->items, (uint64_t)out->item_size, &bytes);
    if (is_lost || bytes != left)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%" PRIu64
                       " bytes of values are there, its shape and type take %s%" PRIu64,
                       left, is_lost ? "more than " : "", is_lost ? UINT64_MAX : bytes);
    if (out->items == 0)
        return gt_fail(err, GT_BAD_FORMAT, "an array without values (a side is 0)");
    return GT_OK;
}

gt_status gt_npy_parse(const uint8_t *start, size_t length, uint64_t total, gt_npy *out,
                       gt_error *err) {
    static const uint8_t magic[MAGIC] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    *out = (gt_npy){0};
    if (length < 10 || memcmp(start, magic, MAGIC) != 0)
        return gt_stranger_refuse("npy", start, length, err);
    size_t before = start[MAGIC] == 1 ? 10 : 12;
    if (start[MAGIC] < 1 || start[MAGIC] > 3)
        return gt_fail(err, GT_UNSUPPORTED, "npy version %d, expected 1 to 3", start[MAGIC]);
    uint64_t header = start[8] | (uint64_t)start[9] << 8;
    if (before == 12 && length >= before)
        header |= (uint64_t)start[10] << 16 | (uint64_t)start[11] << 24;
    if (header > GT_NPY_START - before)
        return gt_fail(err, GT_UNSUPPORTED, "an npy header of %" PRIu64 " bytes, at most %zu",
                       header, GT_NPY_START - before);
    if (length < before + header)
        return gt_fail(err, GT_BAD_FORMAT,
                       "truncated in the npy header: %zu bytes, expected %" PRIu64, length,
                       before + header);
    const char *text_start = (const char *)start + before;
    out->offset = before + header;
    gt_status status =
        read_dictionary((text){text_start, text_start + header, false}, out, err);
    if (status == GT_OK) status = check_size(out, total, err);
    if (out->rank < 2) out->fortran = false;
    return status;
}
