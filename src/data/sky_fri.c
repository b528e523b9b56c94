/* sky_fri.c - Fanaroff-Riley class I: brightest near the core, fading outwards.
 *
 * Two jets leave the core narrow, brighten where they flare and slow down, then widen into
 * plumes that fade and bend. Near the core the flow is fast: the side that comes towards us is
 * Doppler boosted (Bridle & Perley 1984, ARA&A 22, 319; Laing & Bridle 2014, MNRAS 437, 3405).
 * Bends that mirror each other make S shapes, bends to the same side wide-angle (WAT) and
 * narrow-angle tails (NAT, the head-tails). */
#include <math.h>

#include "sky.h"

enum { STEPS = 60, PUFFS = 4 };

_Static_assert(2 * STEPS * PUFFS + 1 <= SKY_MAX_BLOBS, "two arms and a core fit");

static const double full_turn = 6.283185307179586;

typedef struct fri_shape {
    double length;                   /* of one arm, arcsec, before projection */
    double bend, bend_at, bend_over; /* final turn in rad; where on the arm, over what part */
    bool same_side;                  /* C (tails) instead of S */
    double sway, waves;              /* rad, periods per arm */
    double inner_width, opening, outer_width; /* arcsec, tangent, arcsec: deviations */
    double flare_at, flare; /* place on the arm, strength of the brightening */
    double decay;           /* e-folding length of the jet, in arms */
    double plume, plume_at; /* flux of the plume relative to the jet, its middle */
    double boost;           /* ratio of the two sides near the core, >= 1 */
} fri_shape;

/* What one arm has for itself. */
typedef struct fri_arm {
    double side; /* +1 or -1 */
    double length, flare_at, sway_phase, bend, gain;
    double ripple[3], ripple_phase[3]; /* uneven light along the arm, by three waves */
} fri_arm;

static fri_shape draw_shape(sky_dice *dice, double sin_view) {
    fri_shape s = {0};
    s.length = fmin(sky_lognormal(dice, 36.0, 0.5), 120.0);
    s.inner_width = sky_between(dice, 0.3, 0.9);
    s.opening = sky_lognormal(dice, 0.24, 0.5);
    s.outer_width = sky_lognormal(dice, 8.0, 0.5);
    s.flare_at = sky_between(dice, 0.08, 0.4);
    s.flare = sky_lognormal(dice, 0.9, 0.9);
    s.decay = sky_between(dice, 0.08, 0.4);
    s.plume = sky_lognormal(dice, 0.9, 0.8);
    s.plume_at = sky_between(dice, 0.45, 0.85);
    s.sway = fabs(0.35 * sky_normal(dice));
    s.waves = sky_between(dice, 0.4, 1.4);
    s.bend_at = sky_between(dice, 0.05, 0.5);
    s.bend_over = sky_between(dice, 0.2, 0.6);
    /* A bulk speed of about 0.7 c, spectral index 0.6: ((1 + b cos)/(1 - b cos))^2.6, tempered,
     * because most of what is resolved has already slowed down. */
    double towards = 0.35 * sqrt(fmax(0.0, 1.0 - sin_view * sin_view));
    s.boost = pow((1.0 + towards) / (1.0 - towards), 2.6);
    return s;
}

static void draw_bend(sky_dice *dice, fri_shape *s) {
    double kind = sky_between(dice, 0.0, 1.0);
    if (kind < 0.07) { /* narrow-angle tail */
        s->same_side = true;
        s->bend = sky_between(dice, 1.2, 1.6);
        s->bend_at = 0.0;
        s->bend_over = sky_between(dice, 0.08, 0.35);
        s->sway *= 0.6;
    } else if (kind < 0.27) { /* wide-angle tail: flares far out, then bends */
        s->same_side = true;
        s->bend = sky_between(dice, 0.5, 1.25);
        s->flare_at = sky_between(dice, 0.15, 0.4);
        s->bend_at = s->flare_at;
    } else {
        s->same_side = sky_chance(dice, 0.5);
        s->bend = fabs(0.4 * sky_normal(dice));
    }
}

static double smooth_step(double t) {
    t = fmin(fmax(t, 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

static double bump(double s, double centre, double width) {
    double t = (s - centre) / width;
    return exp(-0.5 * t * t);
}

/* Light per unit of arm length at place s in 0..1. */
static double emission(const fri_shape *shape, const fri_arm *arm, double s) {
    double fast = exp(-s / 0.25), side = pow(shape->boost, 0.5 * arm->side);
    double jet = exp(-s / shape->decay) + shape->flare * bump(s, arm->flare_at, 0.06);
    double plume = shape->plume * bump(s, shape->plume_at, 0.22);
    /* The first stretch is dim: jets brighten only where they begin to slow down. */
    double onset = 0.35 + 0.65 * smooth_step(s / fmax(arm->flare_at, 0.03));
    double end = smooth_step((1.0 - s) / 0.2), uneven = 0.0;
    for (int i = 0; i < 3; i++)
        uneven += arm->ripple[i] * sin(full_turn * (1.3 * (i + 1) * s + arm->ripple_phase[i]));
    return arm->gain * end * exp(uneven) * (onset * jet * (fast * side + 1.0 - fast) + plume);
}

static double width_at(const fri_shape *shape, const fri_arm *arm, double s) {
    double wide =
        shape->inner_width + shape->opening * arm->length * fmax(0.0, s - 0.7 * arm->flare_at);
    return wide * shape->outer_width / (wide + shape->outer_width); /* levels off */
}

/* Thin jets are one blob per step, wide plumes an uneven cloud of smaller ones. */
static void draw_puffs(sky_dice *dice, double x, double y, double width, double light,
                       sky_source *source) {
    bool is_cloud = width > 1.5;
    int puffs = is_cloud ? PUFFS : 1;
    double scatter = is_cloud ? 0.8 * width : 0.0, sigma = is_cloud ? 0.6 * width : width;
    for (int i = 0; i < puffs; i++) {
        double dx = scatter * sky_normal(dice), dy = scatter * sky_normal(dice);
        double flux = light / puffs * sky_lognormal(dice, 1.0, 0.7);
        sky_source_add(source, x + dx, y + dy, sigma, flux);
    }
}

static void draw_arm(sky_dice *dice, const fri_shape *shape, const fri_arm *arm,
                     double sin_view, sky_source *source) {
    double along = 0.0, across = 0.0, step = arm->length / STEPS;
    for (int i = 0; i < STEPS; i++) {
        double s = (i + 0.5) / STEPS;
        double turn = arm->bend * smooth_step((s - shape->bend_at) / shape->bend_over) +
                      shape->sway * s * sin(full_turn * (shape->waves * s + arm->sway_phase));
        along += cos(turn) * step;
        across += sin(turn) * step;
        double x = arm->side * along * sin_view;
        draw_puffs(dice, x, across, width_at(shape, arm, s), emission(shape, arm, s) / STEPS,
                   source);
    }
}

void sky_draw_fri(sky_dice *dice, double sin_view, sky_source *source) {
    fri_shape shape = draw_shape(dice, sin_view);
    draw_bend(dice, &shape);
    double unlike = 0.2 * sky_normal(dice), phase = sky_between(dice, 0.0, 1.0);
    for (int side = 1; side >= -1; side -= 2) {
        fri_arm arm = {.side = side, .length = shape.length * exp(side * unlike)};
        arm.flare_at = fmin(shape.flare_at * sky_lognormal(dice, 1.0, 0.25), 0.6);
        arm.sway_phase = phase + (shape.same_side || side > 0 ? 0.0 : 0.5);
        arm.bend = shape.bend * sky_lognormal(dice, 1.0, 0.2);
        if (!shape.same_side) arm.bend *= side;
        arm.gain = sky_lognormal(dice, 1.0, 0.35);
        for (int i = 0; i < 3; i++) {
            arm.ripple[i] = 0.4 * sky_normal(dice);
            arm.ripple_phase[i] = sky_between(dice, 0.0, 1.0);
        }
        draw_arm(dice, &shape, &arm, sin_view, source);
    }
    double core = fmin(sky_lognormal(dice, 0.05, 1.1), 0.5);
    sky_source_add(source, 0.0, 0.0, 0.2, core / (1.0 - core) * sky_source_flux(source, 0));
}
