/* augment.c - the options of views, and the object that makes them.
 *
 * A view grows in planes of the augmenter whose rows are padded to whole vectors; the padding
 * starts as 0 and no result reads it. Only the last step writes to the caller's memory. */
#include "galatea/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blur.h"
#include "resample.h"
#include "view.h"

/* ---- settings ---- */

#define A gt_augmentation

static const gt_option rows[] = {
    {"crop-least", GT_REAL_AT(A, crop_least), "0.08", "X",
     "smallest share of a picture's area that a view shows; 1: all of it, about",
     .min = GT_ABOVE_ZERO, .max = 1},
    {"flip-horizontal", GT_REAL_AT(A, flip_horizontal), "0.5", "P",
     "share of views with left and right exchanged", .min = 0, .max = 1},
    {"flip-vertical", GT_REAL_AT(A, flip_vertical), "0.5", "P",
     "share of views with top and bottom exchanged", .min = 0, .max = 1},
    {"jitter", GT_REAL_AT(A, jitter), "0.8", "P",
     "share of views with changed brightness and contrast", .min = 0, .max = 1},
    {"brightness", GT_REAL_AT(A, brightness), "0.8", "X",
     "changed brightness is up to 1 + X times the old one, down to 1 - X times", .min = 0,
     .max = 10},
    {"contrast", GT_REAL_AT(A, contrast), "0.8", "X", "contrast likewise", .min = 0, .max = 10},
    {"blur", GT_REAL_AT(A, blur), "0.5", "P", "share of views that are blurred", .min = 0,
     .max = 1},
    {"blur-least", GT_REAL_AT(A, blur_least), "0.1", "X", "smallest sigma of the blur, pixels",
     .min = 0.01, .max = 32},
    {"blur-most", GT_REAL_AT(A, blur_most), "2", "X", "largest sigma of the blur, pixels",
     .min = 0.01, .max = 32},
    {"blur-kind", GT_CHOICE_AT(A, blur_kind), "ebox3", "NAME",
     "three boxes as Pillow blurs, or a Gaussian", .choices = GT_BLUR_CHOICES},
    {"rotate", GT_REAL_AT(A, rotate), "0", "P",
     "share of views turned by any angle; what comes from outside the picture is 0", .min = 0,
     .max = 1},
};
#undef A

const gt_option_table gt_augmentation_options = GT_OPTION_TABLE("Views", rows);

gt_augmentation gt_augmentation_default(void) {
    return (gt_augmentation){.crop_least = 0.08,
                             .flip_horizontal = 0.5,
                             .flip_vertical = 0.5,
                             .jitter = 0.8,
                             .brightness = 0.8,
                             .contrast = 0.8,
                             .blur = 0.5,
                             .blur_least = 0.1,
                             .blur_most = 2,
                             .blur_kind = "ebox3"};
}

/* Numbers by the ranges of the table, so that those who fill the struct get the same checks. */
static gt_status check_numbers(const gt_augmentation *how, gt_error *err) {
    for (size_t i = 0; i < gt_augmentation_options.count; i++) {
        const gt_option *row = &rows[i];
        if (row->kind != GT_OPTION_REAL) continue;
        double value;
        memcpy(&value, (const char *)how + row->offset, sizeof value);
        if (value >= row->min && value <= row->max) continue;
        bool is_open = row->min == GT_ABOVE_ZERO;
        return gt_fail(err, GT_BAD_ARGUMENT, "%s %g, expected %s%g to %g", row->name, value,
                       is_open ? "above " : "", is_open ? 0 : row->min, row->max);
    }
    return GT_OK;
}

gt_status gt_augmentation_check(const gt_augmentation *how, gt_error *err) {
    gt_status status = check_numbers(how, err);
    if (status) return status;
    if (how->blur_least > how->blur_most)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "blur-least %g is above blur-most %g, expected at most that",
                       how->blur_least, how->blur_most);
    if (!how->blur_kind ||
        (strcmp(how->blur_kind, "ebox3") != 0 && strcmp(how->blur_kind, "gauss") != 0))
        return gt_fail(err, GT_BAD_ARGUMENT, "blur-kind '%s', expected ebox3 or gauss",
                       how->blur_kind ? how->blur_kind : "");
    return GT_OK;
}

/* ---- the augmenter ---- */

enum { LONGEST_SIDE = 32768, ALIGNMENT = 64 };

struct gt_augmenter {
    gt_augmentation how;
    gt_view_shape shape;
    bool is_gauss;
    gt_axis rows, columns;
    gt_view_pixels view;
    float *turned;  /* a window */
    float *between; /* its rows resampled */
    float *other;   /* a plane of the view */
    float *lines;   /* of the blur */
    void *memory;   /* all of these */
};

static gt_status check_shape(gt_view_shape shape, double white, gt_error *err) {
    const size_t sides[] = {shape.channels, shape.height, shape.width, shape.view_height,
                            shape.view_width};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (sides[i] < 1 || sides[i] > LONGEST_SIDE)
            return gt_fail(err, GT_BAD_SHAPE,
                           "views of %zux%zu of pictures of %zux%zux%zu, expected sides from 1 "
                           "to %d",
                           shape.view_height, shape.view_width, shape.channels, shape.height,
                           shape.width, LONGEST_SIDE);
    if (white > 0 && isfinite(white)) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT, "white at %g, expected a number above 0", white);
}

/* `count` values of 4 bytes from the block, or only their size while there is none. */
static void *cut(char *memory, size_t *used, size_t count) {
    void *part = memory ? memory + *used : NULL;
    *used += (count * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return part;
}

/* Lays all arrays out, twice: for the size, then in memory. Sides are short enough that nothing
 * overflows. */
static size_t lay_out(gt_augmenter *maker, char *memory) {
    const gt_view_shape *s = &maker->shape;
    size_t used = 0, pitch = maker->view.pitch, plane = s->view_height * pitch;
    maker->rows.pitch = s->view_height;
    maker->columns.pitch = pitch;
    maker->rows.first = cut(memory, &used, s->view_height);
    maker->columns.first = cut(memory, &used, pitch);
    maker->rows.weight =
        cut(memory, &used, s->view_height * gt_axis_taps(s->height, s->view_height));
    maker->columns.weight = cut(memory, &used, pitch * gt_axis_taps(s->width, s->view_width));
    maker->turned = cut(memory, &used, maker->how.rotate > 0 ? s->height * s->width : 1);
    maker->between = cut(memory, &used, s->height * pitch);
    maker->view.values = cut(memory, &used, s->channels * plane);
    maker->other = cut(memory, &used, plane);
    maker->lines = cut(memory, &used, 2 * gt_blur_line(pitch));
    return used;
}

gt_status gt_augmenter_create(const gt_augmentation *how, gt_view_shape shape, double white,
                              gt_augmenter **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_augmenter *maker = NULL;
    GT_TRY(gt_augmentation_check(how, err));
    GT_TRY(check_shape(shape, white, err));
    maker = calloc(1, sizeof *maker);
    if (!maker) GT_THROW(err, GT_NO_MEMORY, "no memory for making views");
    maker->how = *how;
    maker->shape = shape;
    maker->is_gauss = strcmp(how->blur_kind, "gauss") == 0;
    maker->view =
        (gt_view_pixels){.channels = shape.channels,
                         .height = shape.view_height,
                         .width = shape.view_width,
                         .pitch = (shape.view_width + GT_LANES - 1) / GT_LANES * GT_LANES,
                         .white = (float)white};
    size_t bytes = lay_out(maker, NULL);
    maker->memory = aligned_alloc(ALIGNMENT, bytes);
    if (!maker->memory)
        GT_THROW(err, GT_NO_MEMORY, "%zu bytes for making views of %zux%zu pixels", bytes,
                 shape.view_height, shape.view_width);
    memset(maker->memory, 0, bytes);
    (void)lay_out(maker, maker->memory);
    *out = maker;
    maker = NULL;
done:
    gt_augmenter_destroy(maker);
    return status;
}

void gt_augmenter_destroy(gt_augmenter *augmenter) {
    if (!augmenter) return;
    free(augmenter->memory);
    free(augmenter);
}

/* ---- one view ---- */

static void cut_window(gt_augmenter *maker, const float *src, const gt_view_draw *draw) {
    const gt_view_shape *s = &maker->shape;
    gt_view_pixels *view = &maker->view;
    gt_axis_set(&maker->rows, draw->height, s->view_height, draw->flips_vertically);
    gt_axis_set(&maker->columns, draw->width, s->view_width, draw->flips_horizontally);
    for (size_t c = 0; c < s->channels; c++) {
        const float *channel = src + c * s->height * s->width;
        const float *window = channel + draw->top * s->width + draw->left;
        size_t stride = s->width;
        if (draw->angle != 0) {
            gt_view_turn(channel, s->height, s->width, draw, maker->turned);
            window = maker->turned;
            stride = draw->width;
        }
        gt_resample(window, stride, draw->height, &maker->rows, s->view_height, &maker->columns,
                    maker->between, view->values + c * s->view_height * view->pitch);
    }
}

static void jitter(gt_view_pixels *view, const gt_view_draw *draw) {
    if (!draw->contrast_first) gt_view_brightness(view, draw->brightness);
    gt_view_contrast(view, draw->contrast);
    if (draw->contrast_first) gt_view_brightness(view, draw->brightness);
}

static void blur(gt_augmenter *maker, double sigma) {
    gt_view_pixels *view = &maker->view;
    gt_blur taps = maker->is_gauss ? gt_blur_gauss(sigma) : gt_blur_boxes(sigma);
    for (size_t c = 0; c < view->channels; c++)
        gt_blur_apply(&taps, view->height, view->width, view->pitch,
                      view->values + c * view->height * view->pitch, maker->other,
                      maker->lines);
}

static void hand_over(const gt_augmenter *maker, float *dst) {
    const gt_view_pixels *view = &maker->view;
    for (size_t y = 0; y < view->channels * view->height; y++)
        memcpy(dst + y * view->width, view->values + y * view->pitch,
               view->width * sizeof *dst);
}

void gt_augmenter_apply(gt_augmenter *augmenter, const float *src, const gt_view_draw *draw,
                        float *dst) {
    cut_window(augmenter, src, draw);
    if (draw->jitters) jitter(&augmenter->view, draw);
    if (draw->sigma > 0) blur(augmenter, draw->sigma);
    hand_over(augmenter, dst);
}

void gt_augmenter_view(gt_augmenter *augmenter, const float *src, gt_view_address at,
                       float *dst) {
    const gt_view_shape *s = &augmenter->shape;
    gt_view_draw draw = gt_view_draw_make(&augmenter->how, s->height, s->width, at);
    gt_augmenter_apply(augmenter, src, &draw, dst);
}
