/* png_text.c - text chunks of PNG files: length, type, bytes, checksum. */
#include "png_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SIGNATURE = 8, AROUND = 12, HEADER = 13, MOST_TEXT = 16 << 20, KEYWORD = 79 };

static const uint8_t signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

typedef struct chunk {
    const uint8_t *type, *data;
    uint32_t size;
} chunk;

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_big_endian(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t checksum(const uint8_t *type, uint32_t size) {
    return (uint32_t)crc32(0, type, size + 4);
}

/* The chunk at *place, which moves behind it. */
static gt_status next_chunk(const uint8_t *bytes, size_t size, size_t *place, chunk *out,
                            gt_error *err) {
    size_t left = size - *place;
    if (left < AROUND)
        return gt_fail(err, GT_BAD_FORMAT, "a PNG file ends at byte %zu, expected a chunk",
                       size);
    const uint8_t *at = bytes + *place;
    *out = (chunk){.size = big_endian(at), .type = at + 4, .data = at + 8};
    if (out->size > left - AROUND)
        return gt_fail(err, GT_BAD_FORMAT, "a PNG chunk of %u bytes at byte %zu, %zu are there",
                       out->size, *place, left - AROUND);
    if (checksum(out->type, out->size) != big_endian(out->data + out->size))
        return gt_fail(err, GT_BAD_FORMAT, "the PNG chunk at byte %zu has a wrong checksum",
                       *place);
    *place += AROUND + out->size;
    return GT_OK;
}

static bool is_type(const chunk *c, const char *type) {
    return memcmp(c->type, type, 4) == 0;
}

static gt_status first_chunk(const uint8_t *bytes, size_t size, size_t *place, chunk *header,
                             gt_error *err) {
    gt_status status = GT_OK;
    *place = SIGNATURE;
    if (size < SIGNATURE || memcmp(bytes, signature, SIGNATURE) != 0)
        GT_THROW(err, GT_BAD_FORMAT, "not a PNG file");
    GT_TRY(next_chunk(bytes, size, place, header, err));
    if (!is_type(header, "IHDR") || header->size != HEADER)
        GT_THROW(err, GT_BAD_FORMAT, "a PNG file without its header chunk");
done:
    return status;
}

gt_status gt_png_size(const void *bytes, size_t size, uint32_t *width, uint32_t *height,
                      gt_error *err) {
    chunk header;
    size_t place;
    gt_status status = first_chunk(bytes, size, &place, &header, err);
    if (status) return status;
    *width = big_endian(header.data);
    *height = big_endian(header.data + 4);
    return GT_OK;
}

/* The text of a chunk with this keyword; false when it is none. */
static bool text_of(const chunk *c, const char *keyword, const uint8_t **text, size_t *size) {
    size_t length = strlen(keyword) + 1;
    if ((!is_type(c, "tEXt") && !is_type(c, "iTXt")) || c->size < length) return false;
    if (memcmp(c->data, keyword, length) != 0) return false;
    const uint8_t *at = c->data + length, *end = c->data + c->size;
    if (is_type(c, "iTXt")) {
        /* compression flag and method, then language and translated keyword */
        if (end - at < 2 || at[0] != 0) return false;
        at += 2;
        for (int i = 0; i < 2; i++) {
            at = memchr(at, 0, (size_t)(end - at));
            if (!at) return false;
            at++;
        }
    }
    *text = at;
    *size = (size_t)(end - at);
    return true;
}

static gt_status copy_text(const uint8_t *text, size_t size, char **out, gt_error *err) {
    if (size > MOST_TEXT || memchr(text, 0, size))
        return gt_fail(err, GT_BAD_FORMAT,
                       "a PNG text of %zu bytes, expected at most %d, not 0", size, MOST_TEXT);
    *out = malloc(size + 1);
    if (!*out) return gt_fail(err, GT_NO_MEMORY, "no memory for a text of %zu bytes", size);
    memcpy(*out, text, size);
    (*out)[size] = '\0';
    return GT_OK;
}

gt_status gt_png_text_find(const void *bytes, size_t size, const char *keyword, char **out,
                           gt_error *err) {
    gt_status status = GT_OK;
    chunk c;
    size_t place, length;
    const uint8_t *text;
    *out = NULL;
    GT_TRY(first_chunk(bytes, size, &place, &c, err));
    while (!is_type(&c, "IEND")) {
        GT_TRY(next_chunk(bytes, size, &place, &c, err));
        if (*out || !text_of(&c, keyword, &text, &length)) continue;
        GT_TRY(copy_text(text, length, out, err));
    }
done:
    if (status) free(*out), *out = NULL;
    return status;
}

gt_status gt_png_text_add(const void *bytes, size_t size, const char *keyword, const char *text,
                          void **out, size_t *out_size, gt_error *err) {
    gt_status status = GT_OK;
    chunk header;
    size_t place, key = strlen(keyword), length = strlen(text);
    GT_TRY(first_chunk(bytes, size, &place, &header, err));
    if (!key || key > KEYWORD || length > MOST_TEXT)
        GT_THROW(err, GT_BAD_ARGUMENT, "a PNG text of %zu bytes, expected at most %d", length,
                 MOST_TEXT);
    /* the keyword's end, two bytes of compression, ends of language and translation */
    size_t inside = key + 5 + length;
    uint8_t *copy = malloc(size + AROUND + inside);
    if (!copy) GT_THROW(err, GT_NO_MEMORY, "no memory for a PNG file of %zu bytes", size);
    memcpy(copy, bytes, place);
    uint8_t *at = copy + place;
    put_big_endian(at, (uint32_t)inside);
    memcpy(at + 4, "iTXt", 4);
    memcpy(at + 8, keyword, key);
    memset(at + 8 + key, 0, 5);
    memcpy(at + 8 + key + 5, text, length);
    put_big_endian(at + 8 + inside, checksum(at + 4, (uint32_t)inside));
    memcpy(at + AROUND + inside, (const uint8_t *)bytes + place, size - place);
    *out = copy;
    *out_size = size + AROUND + inside;
done:
    return status;
}
