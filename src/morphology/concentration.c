#include <math.h>

#include "root.h"
#include "work.h"

enum { RADII = 100 };

typedef struct growth {
    gt_morphology *m;
    gt_ellipse unit;
    double total, fraction;
    double last;           /* radius */
    int known;             /* part_at[0..known) are computed */
    double part_at[RADII]; /* of the total within radius i of the scan */
} growth;

static double part_within(growth *g, double r) {
    gt_ellipse e = g->unit;
    e.a *= r, e.b *= r;
    return r > 0 ? fabs(gt_flux_within(g->m, &e)) / g->total : 0;
}

static double excess(void *self, double r) {
    growth *g = self;
    return part_within(g, r) - g->fraction;
}

static double scan_radius(const growth *g, int i) {
    return i == RADII - 1 ? g->last : i * (g->last / (RADII - 1));
}

/* The first crossing: a curve of growth may fall again beyond the frame or in negative sky.
 * Negative where there is none. */
static double crossing(growth *g, double fraction) {
    g->fraction = fraction;
    for (int i = 0; i < RADII; i++) {
        if (i == g->known) g->part_at[g->known++] = part_within(g, scan_radius(g, i));
        if (g->part_at[i] - fraction > 0)
            return gt_brent_root(excess, g, scan_radius(g, i - 1), scan_radius(g, i), 1e-6);
    }
    return -1;
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
    growth g = {.m = m,
                .unit = gt_circle_at(m->centre, 1),
                .last = m->set.petro_extent * out->petrosian};
    gt_ellipse disk = gt_circle_at(m->centre, g.last);
    double total = gt_flux_within(m, &disk);
    out->share_in_frame = share_in_frame(&m->cover, g.last);
    if (out->share_in_frame < 0.9) gt_note(m, GT_MORPHOLOGY_EVENT_aperture_cut_by_the_frame);
    g.total = fabs(total);
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
    growth g = {.m = m, .unit = unit, .last = last};
    gt_ellipse all = unit;
    all.a *= last, all.b *= last;
    double total = gt_flux_within(m, &all);
    g.total = fabs(total);
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
