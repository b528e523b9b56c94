/* grid.c - lays pictures out on a sheet: cells of equal size, captions above the columns. */
#include "grid.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "font.h"

enum { MAX_UPSCALE = 64, MAX_PADDING = 256, LEVELS = 256 };

/* The sheet being drawn and how everything is arranged on it, in screen pixels. */
typedef struct painter {
    const gt_grid_options *options;
    size_t planes, height, width; /* of one picture */
    size_t columns, rows;
    size_t cell_width, cell_height; /* with the padding on the left and above */
    size_t letter;                  /* factor of the font */
    size_t top;                     /* height of the captions, 0 without */
    uint8_t palette[LEVELS][3];
    int order[3]; /* channels that are red, green and blue */
    gt_sheet sheet;
} painter;

gt_grid_options gt_grid_options_default(void) {
    return (gt_grid_options){.upscale = 2, .padding = 2, .high = 1.0f, .background = 32};
}

void gt_sheet_destroy(gt_sheet *sheet) {
    free(sheet->pixels);
    *sheet = (gt_sheet){0};
}

static gt_status check_options(size_t n, size_t channels, const gt_grid_options *options,
                               gt_error *err) {
    if (n < 1) return gt_fail(err, GT_BAD_ARGUMENT, "0 pictures, expected at least 1");
    if (channels != 1 && channels != 3)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu channels, expected 1 or 3", channels);
    if (options->upscale < 1 || options->upscale > MAX_UPSCALE)
        return gt_fail(err, GT_BAD_ARGUMENT, "upscale %zu, expected 1 to %d", options->upscale,
                       MAX_UPSCALE);
    if (options->padding > MAX_PADDING)
        return gt_fail(err, GT_BAD_ARGUMENT, "padding %zu, expected 0 to %d", options->padding,
                       MAX_PADDING);
    if (!(options->low < options->high) || !isfinite(options->high - options->low))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "range %g to %g, expected two rising finite values",
                       (double)options->low, (double)options->high);
    if ((unsigned)options->colours >= GT_COLOURS_COUNT)
        return gt_fail(err, GT_BAD_ARGUMENT, "colour map %d, expected 0 to %d",
                       (int)options->colours, GT_COLOURS_COUNT - 1);
    if (options->captions && options->columns == 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "captions need a number of columns");
    return GT_OK;
}

/* All sizes, or GT_BAD_ARGUMENT when the sheet would pass 2^31 - 1 bytes. */
static gt_status arrange(painter *p, size_t n, gt_error *err) {
    const gt_grid_options *options = p->options;
    gt_sheet *sheet = &p->sheet;
    p->columns = options->columns ? options->columns : (size_t)ceil(sqrt((double)n));
    p->rows = n / p->columns + (n % p->columns != 0);
    size_t most = INT_MAX / MAX_UPSCALE, bytes;
    if (p->height < 1 || p->width < 1 || p->height > most || p->width > most ||
        p->columns > INT_MAX || p->rows > INT_MAX)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu pictures of %zu x %zu pixels on one sheet", n,
                       p->height, p->width);
    p->cell_width = p->width * options->upscale + options->padding;
    p->cell_height = p->height * options->upscale + options->padding;
    p->letter = p->cell_width >= 240 ? 2 : 1;
    size_t line = p->letter * (FONT_HEIGHT + 4);
    p->top = options->captions ? line : 0;
    if (options->labels) p->cell_height += line;
    sheet->channels = p->planes == 3 || options->colours != GT_COLOURS_GRAY ? 3 : 1;
    sheet->width = p->columns * p->cell_width + options->padding;
    sheet->height = p->rows * p->cell_height + options->padding + p->top;
    if (__builtin_mul_overflow(sheet->width, sheet->height, &bytes) ||
        __builtin_mul_overflow(bytes, sheet->channels, &bytes) || bytes > INT_MAX)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "a sheet of %zu x %zu pixels, expected at most 2^31 - 1 bytes",
                       sheet->width, sheet->height);
    sheet->pixels = malloc(bytes);
    if (!sheet->pixels)
        return gt_fail(err, GT_NO_MEMORY, "a sheet of %zu x %zu pixels", sheet->width,
                       sheet->height);
    memset(sheet->pixels, options->background, bytes);
    return GT_OK;
}

static uint8_t level_of(const gt_grid_options *options, float value) {
    float t = (value - options->low) * ((LEVELS - 1) / (options->high - options->low));
    return (uint8_t)lrintf(fminf(fmaxf(t, 0.0f), LEVELS - 1));
}

/* One line of a picture as one line of the sheet, each pixel `upscale` times. */
static void draw_line(const painter *p, const float *line, uint8_t *out) {
    size_t plane = p->height * p->width, channels = p->sheet.channels;
    for (size_t x = 0; x < p->width; x++) {
        uint8_t colour[3];
        if (p->planes == 3)
            for (size_t c = 0; c < 3; c++)
                colour[c] = level_of(p->options, line[(size_t)p->order[c] * plane + x]);
        else
            memcpy(colour, p->palette[level_of(p->options, line[x])], 3);
        for (size_t i = 0; i < p->options->upscale; i++, out += channels)
            memcpy(out, colour, channels);
    }
}

static gt_status draw_picture(const painter *p, size_t index, const float *image,
                              gt_error *err) {
    for (size_t i = 0; i < p->planes * p->height * p->width; i++) {
        if (!isfinite(image[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "picture %zu: value %zu is %g, expected a finite number", index, i,
                           (double)image[i]);
    }
    size_t factor = p->options->upscale, padding = p->options->padding;
    size_t left = padding + index % p->columns * p->cell_width;
    size_t top = padding + p->top + index / p->columns * p->cell_height;
    size_t stride = p->sheet.width * p->sheet.channels;
    for (size_t y = 0; y < p->height; y++) {
        uint8_t *out = p->sheet.pixels + (top + y * factor) * stride + left * p->sheet.channels;
        draw_line(p, image + y * p->width, out);
        for (size_t i = 1; i < factor; i++)
            memcpy(out + i * stride, out, p->width * factor * p->sheet.channels);
    }
    return GT_OK;
}

static void draw_letter(const painter *p, size_t left, size_t top, char letter, uint8_t ink) {
    const uint8_t *glyph = font_glyph(letter);
    size_t channels = p->sheet.channels;
    for (size_t y = 0; y < FONT_HEIGHT * p->letter; y++) {
        for (size_t x = 0; x < FONT_WIDTH * p->letter; x++) {
            if (!(glyph[y / p->letter] >> (FONT_WIDTH - 1 - x / p->letter) & 1)) continue;
            size_t place = (top + y) * p->sheet.width + left + x;
            memset(p->sheet.pixels + place * channels, ink, channels);
        }
    }
}

/* As much of a text as the width of a cell holds. */
static void draw_text(const painter *p, size_t column, size_t top, const char *text) {
    uint8_t ink = p->options->background < 128 ? 255 : 0;
    size_t advance = (FONT_WIDTH + 1) * p->letter, room = p->cell_width;
    size_t left = p->options->padding + column * p->cell_width;
    for (; *text && room >= advance; text++, room -= advance, left += advance)
        draw_letter(p, left, top, *text, ink);
}

static void draw_captions(const painter *p) {
    for (size_t column = 0; column < p->columns; column++)
        draw_text(p, column, 2 * p->letter, p->options->captions[column]);
}

static void draw_labels(const painter *p, size_t n) {
    size_t below = p->options->padding + p->height * p->options->upscale + 2 * p->letter;
    for (size_t i = 0; i < n; i++) {
        const char *text = p->options->labels[i];
        size_t top = p->top + i / p->columns * p->cell_height + below;
        if (text) draw_text(p, i % p->columns, top, text);
    }
}

gt_status gt_grid_draw(size_t n, size_t channels, size_t height, size_t width,
                       const float *images, const gt_grid_options *options, gt_sheet *out,
                       gt_error *err) {
    gt_status status = GT_OK;
    painter p = {.options = options, .planes = channels, .height = height, .width = width};
    GT_TRY(check_options(n, channels, options, err));
    GT_TRY(arrange(&p, n, err));
    gt_colour_order(options->bands, p.order);
    for (int i = 0; i < LEVELS; i++)
        gt_colour_at(options->colours, i / (LEVELS - 1.0), p.palette[i]);
    for (size_t i = 0; i < n; i++)
        GT_TRY(draw_picture(&p, i, images + i * channels * height * width, err));
    if (options->captions) draw_captions(&p);
    if (options->labels) draw_labels(&p, n);
    *out = p.sheet;
    p.sheet = (gt_sheet){0};
done:
    gt_sheet_destroy(&p.sheet);
    return status;
}
