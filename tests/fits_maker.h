/* fits_maker.h - writes FITS files of any kind, also wrong ones, for tests: cards as they are
 * given, data as it is given, both filled up to whole blocks. */
#ifndef FITS_MAKER_H
#define FITS_MAKER_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FITS_BLOCK_BYTES = 2880, FITS_CARD_BYTES = 80 };

typedef struct fits_bytes {
    char *bytes;
    size_t length;
} fits_bytes;

static inline void fits_append(fits_bytes *f, const void *bytes, size_t size) {
    f->bytes = realloc(f->bytes, f->length + size + 1);
    if (!f->bytes) abort();
    memcpy(f->bytes + f->length, bytes, size);
    f->length += size;
}

/* One card: "BITPIX  = -32". */
static inline void __attribute__((format(printf, 2, 3)))
fits_card(fits_bytes *f, const char *format, ...) {
    char card[4 * FITS_CARD_BYTES];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(card, sizeof card, format, list);
    va_end(list);
    memset(card + length, ' ', sizeof card - (size_t)length);
    fits_append(f, card, FITS_CARD_BYTES);
}

static inline void fits_fill_block(fits_bytes *f, char filler) {
    size_t left = (FITS_BLOCK_BYTES - f->length % FITS_BLOCK_BYTES) % FITS_BLOCK_BYTES;
    char block[FITS_BLOCK_BYTES];
    memset(block, filler, sizeof block);
    fits_append(f, block, left);
}

static inline void fits_end(fits_bytes *f) {
    fits_card(f, "END");
    fits_fill_block(f, ' ');
}

static inline void fits_data(fits_bytes *f, const void *bytes, size_t size) {
    fits_append(f, bytes, size);
    fits_fill_block(f, 0);
}

/* Floats of this machine as big-endian ones. */
static inline void fits_floats(fits_bytes *f, const float *values, size_t count) {
    uint32_t *bits = malloc(count * sizeof *bits + 1);
    if (!bits) abort();
    memcpy(bits, values, count * sizeof *bits);
    for (size_t i = 0; i < count; i++) bits[i] = __builtin_bswap32(bits[i]);
    fits_data(f, bits, count * sizeof *bits);
    free(bits);
}

/* The first cards of a primary header, or of an extension of images. */
static inline void fits_begin(fits_bytes *f, int bits, int width, int height, int planes) {
    fits_card(f, f->length ? "XTENSION= 'IMAGE   '" : "SIMPLE  =                    T");
    fits_card(f, "BITPIX  = %20d", bits);
    fits_card(f, "NAXIS   = %20d", planes ? 3 : 2);
    fits_card(f, "NAXIS1  = %20d", width);
    fits_card(f, "NAXIS2  = %20d", height);
    if (planes) fits_card(f, "NAXIS3  = %20d", planes);
}

/* A primary header without data. */
static inline void fits_begin_empty(fits_bytes *f) {
    fits_card(f, "SIMPLE  =                    T");
    fits_card(f, "BITPIX  =                    8");
    fits_card(f, "NAXIS   =                    0");
    fits_end(f);
}

static inline void save_fits(const char *path, const fits_bytes *f) {
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(f->bytes, 1, f->length, file) != f->length || fclose(file)) abort();
}

static inline void free_fits(fits_bytes *f) {
    free(f->bytes);
    *f = (fits_bytes){0};
}

/* A picture or a cube of floats 0, 1, 2 ... in the order of the file, with further cards (ended
 * by NULL; NULL for none). */
static inline void save_ramp(const char *path, int width, int height, int planes,
                             const char *const *cards) {
    fits_bytes f = {0};
    size_t count = (size_t)width * (size_t)height * (size_t)(planes ? planes : 1);
    float *values = malloc(count * sizeof *values);
    if (!values) abort();
    for (size_t i = 0; i < count; i++) values[i] = (float)i;
    fits_begin(&f, -32, width, height, planes);
    for (; cards && *cards; cards++) fits_card(&f, "%s", *cards);
    fits_end(&f);
    fits_floats(&f, values, count);
    save_fits(path, &f);
    free_fits(&f);
    free(values);
}

#endif
