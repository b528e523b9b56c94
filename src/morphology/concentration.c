#include <math.h>

#include "root.h"
#include "work.h"

enum { RADII = 100 };

/* Light within a radius: sums of the image and of its absolute values. */
typedef struct light {
    double sum, magnitude;
    bool is_known;
} light;

typedef struct growth {
    gt_morphology *m;
    gt_ellipse unit;
    double total, fraction;
    double last;     /* radius */
    double doubt;    /* of sums, more than rounding ever makes of them */
    light at[RADII]; /* of the scan, as far as they were needed */
} growth;

static light light_within(growth *g, double r) {
    gt_morphology *m = g->m;
    gt_ellipse e = g->unit;
    e.a *= r, e.b *= r;
    gt_cover_make(&m->cover, m->height, m->width, &e);
    return (light){gt_cover_sum(&m->cover, (gt_summed){m->image, m->running}),
                   gt_cover_sum(&m->cover, (gt_summed){m->magnitude, m->magnitude_running}),
                   true};
}

static double part_of(const growth *g, double sum) {
    return fabs(sum) / g->total;
}

static double excess(void *self, double r) {
    growth *g = self;
    gt_ellipse e = g->unit;
    e.a *= r, e.b *= r;
    return (r > 0 ? part_of(g, gt_flux_within(g->m, &e)) : 0) - g->fraction;
}

static double scan_radius(const growth *g, int i) {
    return i == RADII - 1 ? g->last : i * (g->last / (RADII - 1));
}

static void learn(growth *g, int i) {
    if (!g->at[i].is_known) g->at[i] = light_within(g, scan_radius(g, i));
}

static double excess_at(const growth *g, int i) {
    return part_of(g, g->at[i].sum) - g->fraction;
}

/* Light above 0 and light below 0 only grow with the radius: between two radii no sum is
 * farther from 0 than what is on one side at the larger one less what is on the other at the
 * smaller one. */
static bool may_cross(const growth *g, int low, int high) {
    const light *a = &g->at[low], *b = &g->at[high];
    double above = (b->magnitude + b->sum - (a->magnitude - a->sum)) / 2;
    double below = (b->magnitude - b->sum - (a->magnitude + a->sum)) / 2;
    return !(fmax(above, below) + g->doubt < g->fraction * g->total);
}

/* The first radius of the scan behind `low`, up to `high`, with more than the fraction; 0: none
 * has. Both are known. */
static int first_above(growth *g, int low, int high) {
    if (!may_cross(g, low, high)) return 0;
    if (high - low == 1) return excess_at(g, high) > 0 ? high : 0;
    int middle = (low + high) / 2;
    learn(g, middle);
    int found = first_above(g, low, middle);
    return found ? found : first_above(g, middle, high);
}

/* The first crossing: a curve of growth may fall again beyond the frame or in negative sky.
 * Negative where there is none. */
static double crossing(growth *g, double fraction) {
    g->fraction = fraction;
    int i = first_above(g, 0, RADII - 1);
    if (i == 0) return -1;
    learn(g, i - 1);
    gt_known inside = {scan_radius(g, i - 1), excess_at(g, i - 1)},
             outside = {scan_radius(g, i), excess_at(g, i)};
    return gt_brent_root(excess, g, inside, outside, 1e-6);
}

/* Of all within `last`, the sum of which is not 0 where it is used. */
static growth growth_within(gt_morphology *m, gt_ellipse unit, double last) {
    growth g = {.m = m, .unit = unit, .last = last, .at[0].is_known = true};
    for (int i = 0; i < m->height; i++)
        g.doubt += 1e-6 * m->magnitude_running[(i + 1) * (m->width + 1) - 1];
    g.at[RADII - 1] = light_within(&g, last);
    g.total = fabs(g.at[RADII - 1].sum);
    return g;
}

static double radius_of(growth *g, double fraction) {
    double r = crossing(g, fraction);
    if (r > 0) return r;
    gt_note(g->m, GT_MORPHOLOGY_EVENT_concentration_radius_invalid);
    return GT_MORPHOLOGY_NONE;
}

static double share_in_frame(const gt_cover *cover, double r) {
    return gt_cover_area(cover) / (M_PI * r * r);
}

void gt_concentration_measure(gt_morphology *m) {
    gt_morphology_result *out = m->out;
    growth g =
        growth_within(m, gt_circle_at(m->centre, 1), m->set.petro_extent * out->petrosian);
    double total = g.at[RADII - 1].sum;
    out->share_in_frame = share_in_frame(&m->cover, g.last);
    if (out->share_in_frame < 0.9) gt_note(m, GT_MORPHOLOGY_EVENT_aperture_cut_by_the_frame);
    if (total < 0) gt_note(m, GT_MORPHOLOGY_EVENT_growth_radius_negative_flux);
    if (total == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_growth_radius_zero_flux);
        out->r20 = out->r50 = out->r80 = g.last;
    } else {
        out->r20 = radius_of(&g, 0.2);
        out->r50 = radius_of(&g, 0.5);
        out->r80 = radius_of(&g, 0.8);
    }
    if (out->r20 > 0 && out->r80 > 0) out->concentration = 5 * log10(out->r80 / out->r20);
}

double gt_half_light(gt_morphology *m, gt_ellipse unit, double last) {
    growth g = growth_within(m, unit, last);
    double total = g.at[RADII - 1].sum;
    if (total < 0) gt_note(m, GT_MORPHOLOGY_EVENT_half_light_negative_flux);
    if (total == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_half_light_zero_flux);
        return last;
    }
    double r = crossing(&g, 0.5);
    if (r >= 0) return r;
    gt_note(m, GT_MORPHOLOGY_EVENT_half_light_not_reached);
    return GT_MORPHOLOGY_NONE;
}
