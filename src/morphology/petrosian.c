/* The radius at which the mean brightness of an annulus is `eta` times that within it. */
#include <math.h>

#include "root.h"
#include "work.h"

enum { RADII = 100 };
static const double LEAST_AREA = 1e-11; /* of what covers something; rounding is less */

typedef struct petrosian {
    gt_morphology *m;
    gt_ellipse unit; /* semi-axes 1 and 1 / elongation */
    gt_morphology_event zero_mean, below_first, not_reached;
} petrosian;

typedef struct part {
    double sum, area; /* of pixels that count */
} part;

static part within(petrosian *p, double r) {
    gt_morphology *m = p->m;
    gt_ellipse e = {p->unit.x, p->unit.y, p->unit.a * r, p->unit.b * r, p->unit.angle};
    gt_cover_make(&m->cover, m->height, m->width, &e);
    return (part){gt_cover_sum(&m->cover, (gt_summed){m->image, m->running}),
                  m->has_masked ? gt_cover_sum(&m->cover, (gt_summed){m->kept, m->kept_running})
                                : gt_cover_area(&m->cover)};
}

static double mean(part of) {
    return of.area > LEAST_AREA ? of.sum / of.area : 0;
}

static double excess(void *self, double r) {
    petrosian *p = self;
    part outer = within(p, r + 0.5), inner = within(p, r - 0.5);
    double annulus = mean((part){outer.sum - inner.sum, outer.area - inner.area});
    double disk = mean(within(p, r)), ratio = annulus != 0;
    if (disk == 0)
        gt_note(p->m, p->zero_mean);
    else
        ratio = fabs(annulus) / fabs(disk);
    return ratio - p->m->set.eta;
}

static double find(petrosian *p, double last) {
    double inside = 0, step = (last - 1) / (RADII - 1);
    for (int i = 0; i < RADII; i++) {
        double r = i == RADII - 1 ? last : 1 + i * step, f = excess(p, r);
        if (f == 0) {
            gt_note(p->m, GT_MORPHOLOGY_EVENT_petrosian_root_hit_exactly);
            return r;
        }
        if (f > 0) {
            inside = r;
        } else if (inside == 0) {
            gt_note(p->m, p->below_first);
            return 1;
        } else {
            return gt_brent_root(excess, p, inside, r, 1e-6);
        }
    }
    gt_note(p->m, p->not_reached);
    return last;
}

double gt_petrosian_circle(gt_morphology *m, const double centre[2]) {
    petrosian p = {m, gt_circle_at(centre, 1), GT_MORPHOLOGY_EVENT_circular_petrosian_zero_mean,
                   GT_MORPHOLOGY_EVENT_circular_petrosian_below_first_radius,
                   GT_MORPHOLOGY_EVENT_circular_petrosian_not_reached};
    return find(&p, m->diagonal);
}

double gt_petrosian_ellipse(gt_morphology *m) {
    const gt_morphology_shape *shape = &m->out->centre_shape;
    petrosian p = {m,
                   {m->centre[0], m->centre[1], 1, 1 / shape->elongation, shape->orientation},
                   GT_MORPHOLOGY_EVENT_elliptical_petrosian_zero_mean,
                   GT_MORPHOLOGY_EVENT_elliptical_petrosian_below_first_radius,
                   GT_MORPHOLOGY_EVENT_elliptical_petrosian_not_reached};
    return find(&p, m->diagonal * shape->elongation);
}
