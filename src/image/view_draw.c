/* view_draw.c - what chance decides about a view. Every number has a place of its own behind
 * the address of the view, whether it is used or not. */
#include <math.h>

#include "galatea/augment.h"
#include "rng.h"

enum {
    TRIES = 10,
    AT_AREA = 0, /* and aspect: two numbers a try */
    AT_TOP = 2 * TRIES,
    AT_LEFT,
    AT_HORIZONTAL,
    AT_VERTICAL,
    AT_JITTER,
    AT_BRIGHTNESS,
    AT_CONTRAST,
    AT_ORDER,
    AT_BLUR,
    AT_SIGMA,
    AT_ROTATE,
    AT_ANGLE,
    PLACES = 64
};

static const double least_aspect = 3.0 / 4, most_aspect = 4.0 / 3;

/* The numbers of one view. */
typedef struct source {
    gt_rng_key key;
    uint64_t first;
} source;

static double uniform(source from, int place, double least, double most) {
    return least + (most - least) * gt_rng_uniform(from.key, from.first + (uint64_t)place);
}

static bool happens(source from, int place, double share) {
    return gt_rng_uniform(from.key, from.first + (uint64_t)place) < share;
}

/* rint: ties go to the even number. */
static bool draw_window(source from, int number, double least, size_t height, size_t width,
                        gt_view_draw *out) {
    double area =
        uniform(from, AT_AREA + 2 * number, least, 1) * (double)height * (double)width;
    double aspect =
        exp(uniform(from, AT_AREA + 2 * number + 1, log(least_aspect), log(most_aspect)));
    double wide = rint(sqrt(area * aspect)), high = rint(sqrt(area / aspect));
    if (wide < 1 || high < 1 || wide > (double)width || high > (double)height) return false;
    out->width = (size_t)wide;
    out->height = (size_t)high;
    out->top = gt_rng_below(from.key, from.first + AT_TOP, height - out->height + 1);
    out->left = gt_rng_below(from.key, from.first + AT_LEFT, width - out->width + 1);
    return true;
}

/* The largest central window of an aspect that is allowed; at least a pixel of a thin picture.
 */
static void central_window(size_t height, size_t width, gt_view_draw *out) {
    double aspect = (double)width / (double)height;
    out->width = width;
    out->height = height;
    if (aspect < least_aspect) out->height = (size_t)rint((double)width / least_aspect);
    if (aspect > most_aspect) out->width = (size_t)rint((double)height * most_aspect);
    out->top = (height - out->height) / 2;
    out->left = (width - out->width) / 2;
}

static double factor(source from, int place, double strength) {
    return uniform(from, place, fmax(0, 1 - strength), 1 + strength);
}

gt_view_draw gt_view_draw_make(const gt_augmentation *how, size_t height, size_t width,
                               gt_view_address at) {
    source from = {{at.seed, gt_rng_stream("augment.view"), at.epoch},
                   (at.row * 2 + at.view) * PLACES};
    gt_view_draw draw = {0};
    int number = 0;
    while (number < TRIES && !draw_window(from, number, how->crop_least, height, width, &draw))
        number++;
    if (number == TRIES) central_window(height, width, &draw);
    if (happens(from, AT_ROTATE, how->rotate))
        draw.angle = uniform(from, AT_ANGLE, 0, 2 * M_PI);
    draw.flips_horizontally = happens(from, AT_HORIZONTAL, how->flip_horizontal);
    draw.flips_vertically = happens(from, AT_VERTICAL, how->flip_vertical);
    draw.jitters = happens(from, AT_JITTER, how->jitter);
    draw.brightness = factor(from, AT_BRIGHTNESS, how->brightness);
    draw.contrast = factor(from, AT_CONTRAST, how->contrast);
    draw.contrast_first = happens(from, AT_ORDER, 0.5);
    if (happens(from, AT_BLUR, how->blur))
        draw.sigma = uniform(from, AT_SIGMA, how->blur_least, how->blur_most);
    return draw;
}
