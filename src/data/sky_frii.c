/* sky_frii.c - Fanaroff-Riley class II: brightest at the ends.
 *
 * Each jet stays fast and thin until it ends in a hot spot; from there the plasma streams back
 * and fills a cocoon around the axis that fades towards the core. The sides differ in length
 * and flux, the jets are faint and mostly seen on one side (Bridle et al. 1994, AJ 108, 766;
 * Mullin et al. 2008, MNRAS 390, 595). */
#include <math.h>

#include "sky.h"

enum { LOBE_BLOBS = 56, JET_KNOTS = 14 };

typedef struct frii_shape {
    double length;   /* of one arm, arcsec, before projection */
    double fatness;  /* widest deviation of the cocoon / arm length */
    double backflow; /* how far the cocoon reaches back, in arms */
    double fade;     /* e-folding length of its light, in cocoons */
    double hot;      /* share of a side's flux in its hot spots */
    double wing;     /* sideways drift of the backflow, in arms */
} frii_shape;

typedef struct frii_arm {
    double side, length, tilt, hot, flux;
} frii_arm;

static frii_shape draw_shape(sky_dice *dice) {
    frii_shape s = {0};
    s.length = fmin(5.0 + sky_lognormal(dice, 14.0, 0.85), 90.0);
    s.fatness = sky_lognormal(dice, 0.19, 0.4);
    s.backflow = sky_between(dice, 0.35, 1.0);
    s.fade = sky_between(dice, 0.25, 1.2);
    s.hot = fmin(sky_lognormal(dice, 0.17, 0.8), 0.85);
    s.wing = 0.12 * sky_normal(dice);
    return s;
}

/* Position in the arm's own frame (along the axis, across it) to the source's. */
static void place(const frii_arm *arm, double sin_view, double along, double across, double *x,
                  double *y) {
    *x = arm->side * (along * cos(arm->tilt) - across * sin(arm->tilt)) * sin_view;
    *y = along * sin(arm->tilt) + across * cos(arm->tilt);
}

static void draw_hot_spots(sky_dice *dice, const frii_arm *arm, double sin_view,
                           sky_source *source) {
    double x, y, second = sky_chance(dice, 0.3) ? sky_between(dice, 0.15, 0.5) : 0.0;
    double flux = arm->flux * arm->hot;
    place(arm, sin_view, arm->length, 0.0, &x, &y);
    sky_source_add(source, x, y, sky_between(dice, 0.3, 1.5), flux * (1.0 - second));
    if (second == 0.0) return;
    double back = sky_between(dice, 0.03, 0.2), aside = 0.08 * sky_normal(dice);
    place(arm, sin_view, arm->length * (1.0 - back), arm->length * aside, &x, &y);
    sky_source_add(source, x, y, sky_between(dice, 0.5, 2.0), flux * second);
}

static void draw_cocoon(sky_dice *dice, const frii_shape *shape, const frii_arm *arm,
                        double sin_view, sky_source *source) {
    size_t first = source->count;
    double widest = shape->fatness * arm->length;
    for (int i = 0; i < LOBE_BLOBS; i++) {
        /* 0 at the hot spot, 1 at the far end of the backflow */
        double t = (i + 0.5) / LOBE_BLOBS, x, y;
        double width = widest * (sqrt(fmin(1.0, t / 0.3)) * (1.0 - 0.6 * t * t) + 0.15);
        double sigma = 0.6 * width + 0.3;
        /* The hot spot is the front: the cocoon's edge does not reach beyond it. */
        double back = fmax(t * shape->backflow, 0.9 * sigma / arm->length);
        double across = shape->wing * arm->length * t * t + 0.55 * width * sky_normal(dice);
        place(arm, sin_view, arm->length * (1.0 - back), across, &x, &y);
        double light = exp(-t / shape->fade) * sky_lognormal(dice, 1.0, 0.5);
        sky_source_add(source, x, y, sigma, light);
    }
    sky_source_rescale(source, first, arm->flux * (1.0 - arm->hot));
}

static void draw_jet(sky_dice *dice, const frii_arm *arm, double sin_view, double flux,
                     sky_source *source) {
    size_t first = source->count;
    double from = sky_between(dice, 0.05, 0.3), to = sky_between(dice, 0.5, 1.0);
    for (int i = 0; i < JET_KNOTS; i++) {
        double along = arm->length * (from + (to - from) * (i + 0.5) / JET_KNOTS), x, y;
        place(arm, sin_view, along, 0.0, &x, &y);
        sky_source_add(source, x, y, 0.5, sky_lognormal(dice, 1.0, 0.7));
    }
    sky_source_rescale(source, first, flux);
}

void sky_draw_frii(sky_dice *dice, double sin_view, sky_source *source) {
    frii_shape shape = draw_shape(dice);
    double unlike = 0.17 * sky_normal(dice), misaligned = 0.14 * sky_normal(dice);
    /* The shorter side is often the brighter one: it meets denser gas. */
    double brighter = -1.0 * unlike + 0.3 * sky_normal(dice);
    frii_arm arms[2];
    for (int i = 0; i < 2; i++) {
        double side = i == 0 ? 1.0 : -1.0;
        arms[i] = (frii_arm){.side = side, .length = shape.length * exp(side * unlike)};
        arms[i].tilt = i == 0 ? misaligned : 0.0;
        arms[i].hot = fmin(shape.hot * sky_lognormal(dice, 1.0, 0.35), 0.9);
        arms[i].flux = exp(side * brighter);
        draw_hot_spots(dice, &arms[i], sin_view, source);
        draw_cocoon(dice, &shape, &arms[i], sin_view, source);
    }
    double total = sky_source_flux(source, 0);
    if (sky_chance(dice, 0.35)) {
        const frii_arm *near_arm = &arms[sky_chance(dice, 0.5)];
        double share = fmin(sky_lognormal(dice, 0.03, 0.7), 0.2);
        draw_jet(dice, near_arm, sin_view, share * total, source);
    }
    sky_source_add(source, 0.0, 0.0, 0.2, total * fmin(sky_lognormal(dice, 0.02, 1.3), 0.4));
}
