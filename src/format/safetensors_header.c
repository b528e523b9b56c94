/* safetensors_header.c - the JSON of a safetensors header, and nothing more of JSON than that.
 *
 * A parser of the general language would build trees of any depth; here the grammar has three
 * fixed levels. Strings are decoded in place, which always fits: an escape is longer than what
 * it stands for, and the closing quote leaves room for the final zero byte. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors_internal.h"
#include "text.h"
#include "utf8.h"

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
#define ROW(name, size) {#name, size},
    GT_ST_DTYPES(ROW)
#undef ROW
};

const char *gt_st_dtype_name(gt_st_dtype dtype) {
    return (unsigned)dtype < GT_ST_DTYPE_COUNT ? dtypes[dtype].name : "unknown";
}

size_t gt_st_dtype_size(gt_st_dtype dtype) {
    return (unsigned)dtype < GT_ST_DTYPE_COUNT ? dtypes[dtype].size : 0;
}

typedef struct cursor {
    char *at, *start, *end; /* *end is a zero byte */
    gt_error *err;
} cursor;

/* The caller at the top puts the path before every sentence made here. */
static gt_status expected(cursor *c, const char *what) {
    size_t where = (size_t)(c->at - c->start);
    unsigned char byte = (unsigned char)*c->at;
    if (c->at >= c->end)
        return gt_fail(c->err, GT_BAD_FORMAT, "the header ends at byte %zu, expected %s", where,
                       what);
    if (byte > 0x20 && byte < 0x7f)
        return gt_fail(c->err, GT_BAD_FORMAT, "header byte %zu is '%c', expected %s", where,
                       byte, what);
    return gt_fail(c->err, GT_BAD_FORMAT, "header byte %zu is 0x%02x, expected %s", where, byte,
                   what);
}

static void skip_space(cursor *c) {
    while (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r') c->at++;
}

/* Takes one structural character, with the blanks around it. */
static bool accept(cursor *c, char wanted) {
    skip_space(c);
    if (*c->at != wanted) return false;
    c->at++;
    skip_space(c);
    return true;
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/* The four digits after \u. */
static bool parse_hex(cursor *c, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++, c->at++) {
        int digit = hex_digit(*c->at);
        if (digit < 0) return false;
        *code = *code << 4 | (unsigned)digit;
    }
    return true;
}

/* After \u: one unit, or a pair of surrogates. */
static gt_status parse_unicode(cursor *c, char **to) {
    unsigned code, low;
    if (!parse_hex(c, &code)) return expected(c, "four hexadecimal digits");
    if (code >= 0xdc00 && code < 0xe000)
        return expected(c, "a high surrogate before a low one");
    if (code >= 0xd800 && code < 0xdc00) {
        if (c->at[0] != '\\' || c->at[1] != 'u') return expected(c, "a low surrogate");
        c->at += 2;
        if (!parse_hex(c, &low) || low < 0xdc00 || low >= 0xe000)
            return expected(c, "a low surrogate");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code == 0) return expected(c, "text without a zero character");
    *to += gt_utf8_put(code, (uint8_t *)*to);
    return GT_OK;
}

static gt_status parse_escape(cursor *c, char **to) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    c->at++;
    const char *found = *c->at ? strchr(letters, *c->at) : NULL;
    if (found) {
        *(*to)++ = meanings[found - letters];
        c->at++;
        return GT_OK;
    }
    if (*c->at != 'u') return expected(c, "one of \"\\/bfnrtu after a backslash");
    c->at++;
    return parse_unicode(c, to);
}

static gt_status parse_string(cursor *c, char **out) {
    gt_status status = GT_OK;
    if (*c->at != '"') return expected(c, "a string");
    char *to = ++c->at;
    *out = to;
    while (*c->at != '"') {
        unsigned char byte = (unsigned char)*c->at;
        if (c->at >= c->end) return expected(c, "the end of a string");
        if (byte < 0x20) return expected(c, "an escaped control character");
        if (byte == '\\') {
            GT_TRY(parse_escape(c, &to));
            continue;
        }
        size_t length = byte < 0x80 ? 1 : gt_utf8_length(c->at);
        if (!length) return expected(c, "UTF-8");
        memmove(to, c->at, length);
        to += length;
        c->at += length;
    }
    c->at++;
    *to = '\0';
done:
    return status;
}

static gt_status parse_count(cursor *c, int64_t *out) {
    const char *first = c->at;
    int64_t value = 0;
    for (; *c->at >= '0' && *c->at <= '9'; c->at++) {
        if (c->at > first && *first == '0')
            return expected(c, "a number without leading zeros");
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *c->at - '0', &value))
            return expected(c, "a number below 2^63");
    }
    if (c->at == first) return expected(c, "a whole number that is not negative");
    *out = value;
    return GT_OK;
}

static gt_status parse_counts(cursor *c, int64_t out[GT_ST_MAX_RANK], int *count) {
    gt_status status = GT_OK;
    *count = 0;
    if (!accept(c, '[')) return expected(c, "'['");
    if (accept(c, ']')) return GT_OK;
    do {
        if (*count == GT_ST_MAX_RANK)
            GT_THROW(c->err, GT_UNSUPPORTED, "header byte %zu: more than %d sizes",
                     (size_t)(c->at - c->start), GT_ST_MAX_RANK);
        GT_TRY(parse_count(c, &out[(*count)++]));
    } while (accept(c, ','));
    if (!accept(c, ']')) return expected(c, "',' or ']'");
done:
    return status;
}

static gt_status parse_dtype(cursor *c, gt_st_dtype *out) {
    char *name = NULL;
    gt_status status = parse_string(c, &name);
    if (status) return status;
    for (int i = 0; i < GT_ST_DTYPE_COUNT; i++) {
        if (strcmp(name, gt_st_dtype_name((gt_st_dtype)i)) != 0) continue;
        *out = (gt_st_dtype)i;
        return GT_OK;
    }
    return gt_fail(c->err, GT_UNSUPPORTED, "element type '%.40s' is not known", name);
}

static gt_status parse_field(cursor *c, gt_st_tensor *tensor, unsigned *seen) {
    static const char *const fields[] = {"dtype", "shape", "data_offsets"};
    gt_status status = GT_OK;
    char *name = NULL;
    unsigned which = 0;
    int count = 0;
    int64_t span[GT_ST_MAX_RANK];
    GT_TRY(parse_string(c, &name));
    while (which < 3 && strcmp(name, fields[which]) != 0) which++;
    if (which == 3)
        GT_THROW(c->err, GT_BAD_FORMAT,
                 "unknown field '%.40s', expected dtype, shape or data_offsets", name);
    if (*seen & 1u << which)
        GT_THROW(c->err, GT_BAD_FORMAT, "the field %s stands there twice", name);
    *seen |= 1u << which;
    if (!accept(c, ':')) return expected(c, "':'");
    if (which == 0) GT_TRY(parse_dtype(c, &tensor->dtype));
    if (which == 1) GT_TRY(parse_counts(c, tensor->shape, &tensor->rank));
    if (which == 2) {
        GT_TRY(parse_counts(c, span, &count));
        if (count != 2 || span[1] < span[0])
            GT_THROW(c->err, GT_BAD_FORMAT, "data_offsets must be a begin and an end after it");
        tensor->offset = (uint64_t)span[0];
        tensor->bytes = (uint64_t)(span[1] - span[0]);
    }
done:
    return status;
}

static gt_status parse_tensor(cursor *c, gt_st_tensor *tensor) {
    gt_status status = GT_OK;
    unsigned seen = 0;
    if (!accept(c, '{')) return expected(c, "'{'");
    if (*c->at != '}') {
        do GT_TRY(parse_field(c, tensor, &seen));
        while (accept(c, ','));
    }
    if (!accept(c, '}')) return expected(c, "',' or '}'");
    if (seen != 7) GT_THROW(c->err, GT_BAD_FORMAT, "dtype, shape or data_offsets is missing");
done:
    if (status) gt_blame(c->err, "tensor '%.80s'", tensor->name);
    return status;
}

/* Room for one more element of an array that doubles. */
static gt_status grow(cursor *c, void **items, size_t count, size_t size) {
    if (count & (count - 1)) return GT_OK;
    void *larger = realloc(*items, (count ? 2 * count : 1) * size);
    if (!larger) return gt_fail(c->err, GT_NO_MEMORY, "no memory for the header");
    *items = larger;
    return GT_OK;
}

static int by_key(const void *a, const void *b) {
    const gt_st_pair *x = a, *y = b;
    return strcmp(x->key, y->key);
}

/* Checked on a sorted copy, so that many keys cost little however they were chosen. */
static gt_status check_keys(cursor *c, const gt_st_map *map) {
    gt_status status = GT_OK;
    if (map->count < 2) return GT_OK;
    gt_st_pair *sorted = malloc(map->count * sizeof *sorted);
    if (!sorted) return gt_fail(c->err, GT_NO_MEMORY, "no memory for the header");
    memcpy(sorted, map->pairs, map->count * sizeof *sorted);
    qsort(sorted, map->count, sizeof *sorted, by_key);
    for (size_t i = 1; i < map->count; i++)
        if (strcmp(sorted[i - 1].key, sorted[i].key) == 0)
            GT_THROW(c->err, GT_BAD_FORMAT, "key '%.80s' stands there twice", sorted[i].key);
done:
    free(sorted);
    return status;
}

static gt_status parse_map(cursor *c, gt_st_map *map) {
    gt_status status = GT_OK;
    if (!accept(c, '{')) return expected(c, "'{'");
    if (accept(c, '}')) return GT_OK;
    do {
        GT_TRY(grow(c, (void **)&map->pairs, map->count, sizeof *map->pairs));
        gt_st_pair *pair = &map->pairs[map->count];
        GT_TRY(parse_string(c, &pair->key));
        if (!accept(c, ':')) return expected(c, "':'");
        GT_TRY(parse_string(c, &pair->value));
        map->count++;
    } while (accept(c, ','));
    if (!accept(c, '}')) return expected(c, "',' or '}'");
    GT_TRY(check_keys(c, map));
done:
    return status;
}

static gt_status parse_entry(cursor *c, gt_st_header *header, bool *metadata_seen) {
    gt_status status = GT_OK;
    char *name = NULL;
    GT_TRY(parse_string(c, &name));
    if (!accept(c, ':')) return expected(c, "':'");
    if (strcmp(name, GT_ST_METADATA) == 0) {
        if (*metadata_seen)
            GT_THROW(c->err, GT_BAD_FORMAT, GT_ST_METADATA " stands there twice");
        *metadata_seen = true;
        return parse_map(c, &header->metadata);
    }
    GT_TRY(grow(c, (void **)&header->tensors, header->count, sizeof *header->tensors));
    gt_st_tensor *tensor = &header->tensors[header->count++];
    *tensor = (gt_st_tensor){.name = name};
    GT_TRY(parse_tensor(c, tensor));
done:
    return status;
}

static gt_status parse_end(cursor *c) {
    skip_space(c);
    return c->at == c->end ? GT_OK : expected(c, "the end of the header");
}

static gt_status parse_header(cursor *c, gt_st_header *header) {
    gt_status status = GT_OK;
    bool metadata_seen = false;
    if (*c->at != '{') return expected(c, "'{'"); /* not even blanks before it */
    accept(c, '{');
    if (*c->at != '}') {
        do GT_TRY(parse_entry(c, header, &metadata_seen));
        while (accept(c, ','));
    }
    if (!accept(c, '}')) return expected(c, "',' or '}'");
    GT_TRY(parse_end(c));
done:
    return status;
}

gt_status gt_st_parse_header(char *text, size_t size, const char *path, gt_st_header *header,
                             gt_error *err) {
    cursor c = {text, text, text + size, err};
    *header = (gt_st_header){0};
    gt_status status = parse_header(&c, header);
    if (status) {
        free(header->tensors);
        free(header->metadata.pairs);
        *header = (gt_st_header){0};
        gt_blame(err, "%s", path);
    }
    return status;
}

gt_status gt_st_parse_map(char *text, size_t size, const char *path, gt_st_map *map,
                          gt_error *err) {
    cursor c = {text, text, text + size, err};
    *map = (gt_st_map){0};
    gt_status status = parse_map(&c, map);
    if (status == GT_OK) status = parse_end(&c);
    if (status) {
        free(map->pairs);
        *map = (gt_st_map){0};
        gt_blame(err, "%s", path);
    }
    return status;
}
