/* jpeg_read.c - libjpeg with limits of its own, fed from memory. */
#include "jpeg_read.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h> /* wants stdio.h before it */

#include <jerror.h>

#include "stranger.h"

enum { MOST_SCANS = 100, ROWS = 16, MOST_PER_BYTE = 1 << 14, MOST_MARKER = 65533 };

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    gt_error *err;
    gt_status status;
    gt_jpeg image;
    uint8_t *rows; /* (H,W,C) */
} decoder;

static void stop(decoder *d, gt_status code, const char *text) {
    d->status = gt_fail(d->err, code, "%s", text);
    longjmp(d->back, 1);
}

static void on_error(j_common_ptr jpeg) {
    decoder *d = jpeg->client_data;
    char text[JMSG_LENGTH_MAX], whole[JMSG_LENGTH_MAX + 32];
    if (jpeg->err->msg_code == JERR_BAD_PRECISION) {
        snprintf(whole, sizeof whole, "a JPEG of %d bits, expected 8", d->jpeg.data_precision);
        stop(d, GT_UNSUPPORTED, whole);
    }
    jpeg->err->format_message(jpeg, text);
    snprintf(whole, sizeof whole, "damaged or truncated JPEG (%s)", text);
    stop(d, GT_BAD_FORMAT, whole);
}

/* Negative levels are warnings: the library would go on with gray pixels. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0) on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg) {
    decoder *d = jpeg->client_data;
    if (d->jpeg.input_scan_number > MOST_SCANS)
        stop(d, GT_UNSUPPORTED, "a JPEG of more than 100 scans");
}

/* May jump. */
static void check_header(decoder *d, size_t length) {
    const struct jpeg_decompress_struct *jpeg = &d->jpeg;
    char text[160];
    size_t height = jpeg->image_height, width = jpeg->image_width;
    size_t channels = (size_t)jpeg->num_components;
    bool is_known = jpeg->jpeg_color_space == JCS_GRAYSCALE ||
                    jpeg->jpeg_color_space == JCS_YCbCr || jpeg->jpeg_color_space == JCS_RGB;
    if (!is_known) {
        snprintf(text, sizeof text, "a JPEG of %zu channels%s, expected gray or RGB", channels,
                 channels == 4 ? " (CMYK)" : "");
        stop(d, GT_UNSUPPORTED, text);
    }
    if (height > GT_JPEG_MAX_SIDE || width > GT_JPEG_MAX_SIDE ||
        channels * height * width > GT_JPEG_MAX_VALUES) {
        snprintf(text, sizeof text,
                 "%zu x %zu x %zu values, expected at most %d and sides of at most %d",
                 channels, height, width, GT_JPEG_MAX_VALUES, GT_JPEG_MAX_SIDE);
        stop(d, GT_UNSUPPORTED, text);
    }
    if (height * width / MOST_PER_BYTE > length) {
        snprintf(text, sizeof text, "%zu x %zu pixels in a file of %zu bytes", height, width,
                 length);
        stop(d, GT_BAD_FORMAT, text);
    }
}

/* ---- EXIF: a TIFF header in the marker APP1, and entries of 12 bytes ---- */

static uint32_t tiff_number(const uint8_t *at, size_t bytes, bool is_little) {
    uint32_t number = 0;
    for (size_t i = 0; i < bytes; i++) number = number << 8 | at[is_little ? bytes - 1 - i : i];
    return number;
}

/* 1 to 8, as the tag 274 of the first directory says; 0: it does not. */
static uint32_t tiff_orientation(const uint8_t *tiff, size_t size) {
    enum { HEAD = 8, ENTRY = 12, VALUE = 8, ORIENTATION = 274, SHORT = 3 };
    if (size < HEAD || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
        return 0;
    bool is_little = *tiff == 'I';
    size_t at = tiff_number(tiff + 4, 4, is_little);
    if (at > size - 2) return 0;
    size_t entries = tiff_number(tiff + at, 2, is_little);
    for (at += 2; entries > 0 && size - at >= ENTRY; entries--, at += ENTRY)
        if (tiff_number(tiff + at, 2, is_little) == ORIENTATION &&
            tiff_number(tiff + at + 2, 2, is_little) == SHORT)
            return tiff_number(tiff + at + VALUE, 2, is_little);
    return 0;
}

static int turns_of(const struct jpeg_decompress_struct *jpeg) {
    enum { BEGIN = 6 };
    static const int turns[9] = {0, 0, 4, 2, 6, 5, 3, 7, 1};
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m != NULL; m = m->next) {
        if (m->data_length < BEGIN || memcmp(m->data, "Exif\0\0", BEGIN) != 0) continue;
        uint32_t orientation = tiff_orientation(m->data + BEGIN, m->data_length - BEGIN);
        return orientation <= 8 ? turns[orientation] : 0;
    }
    return 0;
}

/* ---- pixels ---- */

/* May jump. */
static void read_rows(decoder *d) {
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    size_t row = d->image.width * d->image.channels;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW rows[ROWS];
        size_t left = jpeg->output_height - jpeg->output_scanline;
        for (size_t i = 0; i < ROWS && i < left; i++)
            rows[i] = d->rows + (jpeg->output_scanline + i) * row;
        jpeg_read_scanlines(jpeg, rows, (JDIMENSION)(left < ROWS ? left : ROWS));
    }
    jpeg_finish_decompress(jpeg);
}

/* Everything of libjpeg that may jump happens below this frame, which keeps no locals. */
static gt_status decode(decoder *d, const uint8_t *bytes, size_t length) {
    if (setjmp(d->back) != 0) return d->status;
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.client_data = d;
    d->jpeg.progress = &d->progress;
    jpeg_mem_src(&d->jpeg, bytes, length);
    jpeg_save_markers(&d->jpeg, JPEG_APP0 + 1, MOST_MARKER);
    jpeg_read_header(&d->jpeg, TRUE);
    d->image.turns = turns_of(&d->jpeg);
    check_header(d, length);
    bool is_gray = d->jpeg.jpeg_color_space == JCS_GRAYSCALE;
    d->jpeg.out_color_space = is_gray ? JCS_GRAYSCALE : JCS_RGB;
    d->jpeg.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&d->jpeg);
    d->image.channels = is_gray ? 1 : 3;
    d->image.height = d->jpeg.output_height;
    d->image.width = d->jpeg.output_width;
    size_t values = d->image.channels * d->image.height * d->image.width;
    d->rows = malloc(values);
    d->image.pixels = malloc(values * sizeof *d->image.pixels);
    if (d->rows == NULL || d->image.pixels == NULL)
        return gt_fail(d->err, GT_NO_MEMORY, "out of memory for a picture of %zu x %zu",
                       d->image.height, d->image.width);
    read_rows(d);
    return GT_OK;
}

static bool has_colour(const decoder *d) {
    size_t pixels = d->image.height * d->image.width;
    const uint8_t *at = d->rows;
    for (size_t i = 0; d->image.channels == 3 && i < pixels; i++, at += 3)
        if (at[1] != at[0] || at[2] != at[0]) return true;
    return false;
}

static void spread(decoder *d) {
    size_t step = d->image.channels, pixels = d->image.height * d->image.width;
    if (!has_colour(d)) d->image.channels = 1;
    for (size_t c = 0; c < d->image.channels; c++)
        for (size_t i = 0; i < pixels; i++)
            d->image.pixels[c * pixels + i] = (float)d->rows[i * step + c];
}

gt_status gt_jpeg_decode(const uint8_t *bytes, size_t length, gt_jpeg *out, gt_error *err) {
    if (length < 3 || memcmp(bytes, "\xff\xd8\xff", 3) != 0)
        return gt_stranger_refuse("JPEG", bytes, length, err);
    decoder *d = calloc(1, sizeof *d);
    if (d == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a JPEG");
    d->err = err;
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->progress.progress_monitor = on_progress;
    d->jpeg.client_data = d;
    gt_status status = decode(d, bytes, length);
    if (status == GT_OK) {
        spread(d);
        *out = d->image;
        d->image.pixels = NULL;
    }
    jpeg_destroy_decompress(&d->jpeg);
    free(d->rows);
    free(d->image.pixels);
    free(d);
    return status;
}
