/* png_maker.h - writes PNG files of any kind into memory, for tests. */
#ifndef PNG_MAKER_H
#define PNG_MAKER_H

#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct png_kind {
    int width, height, bits, colour; /* colour: PNG_COLOR_TYPE_ */
    int interlaced;
    int is_gray;   /* palettes: 0 and 10, else four colours */
    int has_holes; /* palettes: entry 0 is transparent, gray: value 0, RGB: black */
} png_kind;

typedef struct png_bytes {
    uint8_t *bytes;
    size_t length;
} png_bytes;

static inline void png_collect(png_structp png, png_bytep data, size_t size) {
    png_bytes *out = png_get_io_ptr(png);
    out->bytes = realloc(out->bytes, out->length + size);
    if (!out->bytes) abort();
    memcpy(out->bytes + out->length, data, size);
    out->length += size;
}

/* rows: height rows as PNG stores them (packed below 8 bits, big-endian at 16). */
static inline png_bytes make_png(png_kind kind, const uint8_t *rows) {
    png_bytes out = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &out, png_collect, NULL);
    png_set_IHDR(png, info, (png_uint_32)kind.width, (png_uint_32)kind.height, kind.bits,
                 kind.colour, kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (kind.colour == PNG_COLOR_TYPE_PALETTE) {
        const png_color palette[] = {{1, 2, 3}, {40, 50, 60}, {7, 8, 9}, {255, 0, 128}};
        const png_color grays[] = {{0, 0, 0}, {10, 10, 10}};
        png_set_PLTE(png, info, kind.is_gray ? grays : palette, kind.is_gray ? 2 : 4);
    }
    if (kind.has_holes) {
        png_color_16 none = {0};
        png_byte alpha = 0;
        png_set_tRNS(png, info, &alpha, kind.colour == PNG_COLOR_TYPE_PALETTE, &none);
    }
    png_write_info(png, info);
    int passes = png_set_interlace_handling(png);
    size_t row = png_get_rowbytes(png, info);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < kind.height; y++) png_write_row(png, rows + (size_t)y * row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return out;
}

static inline void save_png(const char *path, png_bytes png) {
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(png.bytes, 1, png.length, file) != png.length || fclose(file)) abort();
}

#endif
