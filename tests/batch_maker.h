/* batch_maker.h - writes pickles of batches of pictures, opcode by opcode, for tests. */
#ifndef BATCH_MAKER_H
#define BATCH_MAKER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct maker {
    uint8_t *bytes;
    size_t length, room;
} maker;

static inline void put(maker *m, const void *bytes, size_t length) {
    if (m->length + length > m->room) {
        m->room = 2 * (m->length + length);
        m->bytes = realloc(m->bytes, m->room);
        if (!m->bytes) abort();
    }
    if (length) memcpy(m->bytes + m->length, bytes, length);
    m->length += length;
}

static inline void put_code(maker *m, int code) {
    put(m, &(uint8_t){(uint8_t)code}, 1);
}

static inline void put_number(maker *m, uint32_t number, int width) {
    for (int i = 0; i < width; i++) put_code(m, (int)(number >> (8 * i) & 255));
}

static inline void put_int(maker *m, int32_t number) {
    put_code(m, 'J');
    put_number(m, (uint32_t)number, 4);
}

static inline void put_text(maker *m, const char *text) {
    put_code(m, 'X');
    put_number(m, (uint32_t)strlen(text), 4);
    put(m, text, strlen(text));
}

static inline void put_blob(maker *m, const void *bytes, size_t length) {
    put_code(m, 'B');
    put_number(m, (uint32_t)length, 4);
    put(m, bytes, length);
}

static inline void put_global(maker *m, const char *module, const char *name) {
    put_code(m, 'c');
    put(m, module, strlen(module));
    put_code(m, '\n');
    put(m, name, strlen(name));
    put_code(m, '\n');
}

/* dtype(type, 0, 1) with its state. */
static inline void put_dtype(maker *m, const char *type, const char *order, int size) {
    put_global(m, "numpy", "dtype");
    put_text(m, type);
    put_int(m, 0);
    put_int(m, 1);
    put_code(m, 0x87);
    put_code(m, 'R');
    put_code(m, '(');
    put_int(m, 3);
    put_text(m, order);
    put(m, "NNN", 3);
    put_int(m, size);
    put_int(m, size);
    put_int(m, 0);
    put(m, "tb", 2);
}

/* An array of uint8, (height, width) or, if height is 0, (width). */
static inline void put_picture(maker *m, const uint8_t *pixels, int height, int width) {
    put_global(m, "numpy.core.multiarray", "_reconstruct");
    put_global(m, "numpy", "ndarray");
    put_int(m, 0);
    put_code(m, 0x85);
    put(m, "C\1b", 3);
    put_code(m, 0x87);
    put_code(m, 'R');
    put_code(m, '(');
    put_int(m, 1);
    if (height > 0) put_int(m, height);
    put_int(m, width);
    put_code(m, height > 0 ? 0x86 : 0x85);
    put_dtype(m, "u1", "|", -1);
    put_code(m, 0x89);
    put_blob(m, pixels, (size_t)(height > 0 ? height * width : width));
    put(m, "tb", 2);
}

/* A numpy.str_ of ASCII text: UTF-32 behind a dtype. */
static inline void put_scalar_text(maker *m, const char *text) {
    char type[32];
    uint8_t wide[4 * 256] = {0};
    size_t length = strlen(text);
    snprintf(type, sizeof type, "U%zu", length);
    for (size_t i = 0; i < length; i++) wide[4 * i] = (uint8_t)text[i];
    put_global(m, "numpy.core.multiarray", "scalar");
    put_dtype(m, type, "<", (int)(4 * length));
    put_blob(m, wide, 4 * length);
    put_code(m, 0x86);
    put_code(m, 'R');
}

static inline void put_start(maker *m) {
    put(m, "\x80\3", 2);
}

/* One whole batch: pixel p of picture i is (start + i + p) mod 256. height 0 makes flat
 * pictures of `width` pixels. */
static inline maker make_batch(const int *labels, const char *const *names, int count,
                               int height, int width, int start) {
    maker m = {0};
    int pixels = height > 0 ? height * width : width;
    uint8_t *picture = malloc((size_t)pixels);
    put_start(&m);
    put(&m, "}(", 2);
    put_text(&m, "batch_label");
    put_text(&m, "training batch 1 of 1");
    put_text(&m, "labels");
    put(&m, "](", 2);
    for (int i = 0; i < count; i++) put_int(&m, labels[i]);
    put_code(&m, 'e');
    put_text(&m, "data");
    put(&m, "](", 2);
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < pixels; p++) picture[p] = (uint8_t)(start + i + p);
        put_picture(&m, picture, height, width);
    }
    put_code(&m, 'e');
    put_text(&m, "filenames");
    put(&m, "](", 2);
    for (int i = 0; i < count; i++) put_scalar_text(&m, names[i]);
    put(&m, "eu.", 3);
    free(picture);
    return m;
}

/* batches.meta with `count` class names. */
static inline maker make_meta(const char *const *names, int count) {
    maker m = {0};
    put_start(&m);
    put(&m, "}(", 2);
    put_text(&m, "label_names");
    put(&m, "](", 2);
    for (int i = 0; i < count; i++) put_text(&m, names[i]);
    put_code(&m, 'e');
    put_text(&m, "num_vis");
    put_int(&m, 22500);
    put(&m, "u.", 2);
    return m;
}

#endif
