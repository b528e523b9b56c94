/* png_read.c - libpng with limits of its own, fed from memory. */
#include "png_read.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stranger.h"

enum { CHUNK_BYTES = 8 << 20, CHUNKS = 128, MOST_PER_BYTE = 1100 /* deflate reaches 1032 */ };

typedef struct decoder {
    const uint8_t *bytes;
    size_t length, at;
    png_structp png;
    png_infop info;
    gt_error *err;
    gt_status status;
    char warning[80]; /* the last one; it says more than the error that follows */
    gt_png image;
    size_t row_bytes;
    int passes;
    uint8_t *rows; /* height * row_bytes as libpng gives them */
} decoder;

static void on_error(png_structp png, png_const_charp text) {
    decoder *d = png_get_error_ptr(png);
    if (d->status == GT_OK)
        d->status = gt_fail(d->err, GT_BAD_FORMAT, "damaged or truncated PNG (%s%s%s)", text,
                            d->warning[0] ? ": " : "", d->warning);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    decoder *d = png_get_error_ptr(png);
    snprintf(d->warning, sizeof d->warning, "%s", text);
}

static void read_bytes(png_structp png, png_bytep out, size_t size) {
    decoder *d = png_get_io_ptr(png);
    if (size > d->length - d->at) png_error(png, "the file ends too early");
    memcpy(out, d->bytes + d->at, size);
    d->at += size;
}

/* Chunks that libpng knows and would unpack or keep; none of them changes a value. */
static const png_byte skipped[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
                                  "sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static gt_status open_decoder(decoder *d) {
    if (d->length < 8 || memcmp(d->bytes, signature, 8) != 0)
        return gt_stranger_refuse("PNG", d->bytes, d->length, d->err);
    d->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
    d->info = d->png ? png_create_info_struct(d->png) : NULL;
    if (d->info == NULL) return gt_fail(d->err, GT_NO_MEMORY, "out of memory for a PNG");
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, GT_PNG_MAX_SIDE, GT_PNG_MAX_SIDE);
    png_set_chunk_malloc_max(d->png, CHUNK_BYTES);
    png_set_chunk_cache_max(d->png, CHUNKS);
    png_set_crc_action(d->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, skipped, sizeof skipped / 5);
    return GT_OK;
}

/* Reads the header and decides how values will come. May jump. */
static void read_header(decoder *d) {
    png_read_info(d->png, d->info);
    d->image.width = png_get_image_width(d->png, d->info);
    d->image.height = png_get_image_height(d->png, d->info);
    int bits = png_get_bit_depth(d->png, d->info), kind = png_get_color_type(d->png, d->info);
    d->image.had_alpha = (kind & PNG_COLOR_MASK_ALPHA) != 0 ||
                         png_get_valid(d->png, d->info, PNG_INFO_tRNS) != 0;
    if (kind == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(d->png);
    if (kind == PNG_COLOR_TYPE_GRAY && bits < 8) png_set_expand_gray_1_2_4_to_8(d->png);
    png_set_strip_alpha(d->png);
    d->passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    d->image.bits = png_get_bit_depth(d->png, d->info);
    d->image.channels = png_get_channels(d->png, d->info);
    d->row_bytes = png_get_rowbytes(d->png, d->info);
}

/* Compares the header with the limits and with the bytes that are there. */
static gt_status check_header(const decoder *d) {
    const gt_png *image = &d->image;
    size_t values = image->channels * image->height * image->width; /* sides are limited */
    if ((image->channels != 1 && image->channels != 3) ||
        (image->bits != 8 && image->bits != 16))
        return gt_fail(d->err, GT_UNSUPPORTED, "%zu channels of %d bits, expected gray or RGB",
                       image->channels, image->bits);
    if (values > GT_PNG_MAX_VALUES)
        return gt_fail(d->err, GT_UNSUPPORTED, "%zu x %zu x %zu values, expected at most %d",
                       image->channels, image->height, image->width, GT_PNG_MAX_VALUES);
    /* A picture of 1 bit grows eightfold when it is spread. */
    if (values * (size_t)image->bits / 8 / 8 > d->length * MOST_PER_BYTE)
        return gt_fail(d->err, GT_BAD_FORMAT, "%zu x %zu pixels in a file of %zu bytes",
                       image->height, image->width, d->length);
    return GT_OK;
}

/* May jump. */
static void read_rows(decoder *d) {
    for (int pass = 0; pass < d->passes; pass++)
        for (size_t y = 0; y < d->image.height; y++)
            png_read_row(d->png, d->rows + y * d->row_bytes, NULL);
    png_read_end(d->png, NULL);
}

/* Everything of libpng that may jump happens below this frame, which keeps no locals. */
static gt_status decode(decoder *d) {
    if (setjmp(png_jmpbuf(d->png)) != 0) return d->status;
    read_header(d);
    d->status = check_header(d);
    if (d->status) return d->status;
    d->rows = calloc(d->image.height, d->row_bytes);
    d->image.pixels =
        malloc(d->image.channels * d->image.height * d->image.width * sizeof(float));
    if (d->rows == NULL || d->image.pixels == NULL)
        return gt_fail(d->err, GT_NO_MEMORY, "out of memory for a picture of %zu x %zu",
                       d->image.height, d->image.width);
    read_rows(d);
    return GT_OK;
}

/* Do the three values of a pixel differ anywhere? */
static bool has_colour(const decoder *d) {
    const gt_png *image = &d->image;
    size_t step = (size_t)image->bits / 8;
    for (size_t y = 0; image->channels == 3 && y < image->height; y++) {
        const uint8_t *at = d->rows + y * d->row_bytes;
        for (size_t x = 0; x < image->width; x++, at += 3 * step)
            if (memcmp(at, at + step, step) != 0 || memcmp(at, at + 2 * step, step) != 0)
                return true;
    }
    return false;
}

/* Interleaved integers to planes of floats; 16 bits come high byte first. */
static void spread(decoder *d) {
    gt_png *image = &d->image;
    size_t step = (size_t)image->bits / 8, stride = step * image->channels;
    if (!has_colour(d)) image->channels = 1;
    for (size_t c = 0; c < image->channels; c++)
        for (size_t y = 0; y < image->height; y++) {
            const uint8_t *from = d->rows + y * d->row_bytes + c * step;
            float *to = image->pixels + (c * image->height + y) * image->width;
            for (size_t x = 0; x < image->width; x++, from += stride)
                to[x] = (float)(step == 1 ? from[0] : from[0] << 8 | from[1]);
        }
}

gt_status gt_png_decode(const uint8_t *bytes, size_t length, gt_png *out, gt_error *err) {
    decoder d = {.bytes = bytes, .length = length, .err = err};
    gt_status status = open_decoder(&d);
    if (status == GT_OK) status = decode(&d);
    if (status == GT_OK) {
        spread(&d);
        *out = d.image;
        d.image.pixels = NULL;
    }
    if (d.png != NULL) png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rows);
    free(d.image.pixels);
    return status;
}

gt_status gt_png_peek(const uint8_t *bytes, size_t length, gt_png_head *out, gt_error *err) {
    enum { BITS = 24, COLOUR = 25, BYTES = 26 }; /* where IHDR has them */
    if (length < BYTES || memcmp(bytes, signature, sizeof signature) != 0)
        return gt_stranger_refuse("PNG", bytes, length, err);
    out->bits = bytes[BITS] == 16 ? 16 : 8;
    out->may_have_colour = (bytes[COLOUR] & PNG_COLOR_MASK_COLOR) != 0;
    return GT_OK;
}
