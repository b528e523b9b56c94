/* The radius at which the mean brightness of an annulus is `eta` times that within it. */
#include <math.h>

#include "root.h"
#include "work.h"

enum { RADII = 100 };
/* Area of what covers something; rounding of sums is less, and a mean over less than a little
 * is mostly rounding. */
static const double LEAST_AREA = 1e-11, LITTLE_AREA = 1e-9;

typedef struct petrosian {
    gt_morphology *m;
    gt_ellipse unit; /* semi-axes 1 and 1 / elongation */
    gt_morphology_event zero_mean, below_first, not_reached;
} petrosian;

typedef struct part {
    double sum, area; /* of pixels that count */
} part;

static gt_ellipse ellipse_of(const petrosian *p, double r) {
    gt_ellipse e = p->unit;
    e.a *= r;
    e.b *= r;
    return e;
}

static part within(petrosian *p, double r, gt_cover *cover) {
    gt_morphology *m = p->m;
    gt_ellipse e = ellipse_of(p, r);
    gt_cover_make(cover, m->height, m->width, &e);
    return (part){gt_cover_sum(cover, (gt_summed){m->image, m->running}),
                  m->has_masked ? gt_cover_sum(cover, (gt_summed){m->kept, m->kept_running})
                                : gt_cover_area(cover)};
}

static double mean(part of) {
    return of.area > LEAST_AREA ? of.sum / of.area : 0;
}

/* What an annulus sees last when it leaves the stamp: the pixel in the farthest corner, or
 * nothing. Where it does so is then known to the last digit, on which the search for the
 * asymmetry's centre may depend. */
static double corner_mean(const petrosian *p, double r) {
    const gt_morphology *m = p->m;
    gt_ellipse e = ellipse_of(p, r);
    double c = cos(e.angle), s = sin(e.angle), farthest = -1;
    int at = 0;
    for (int corner = 0; corner < 4; corner++) {
        int right = corner & 1 ? m->width : 0, low = corner & 2 ? m->height : 0;
        double x = right - 0.5 - e.x, y = low - 0.5 - e.y;
        double distance = hypot((c * x + s * y) / e.a, (c * y - s * x) / e.b);
        if (distance <= farthest) continue;
        farthest = distance;
        at = (low ? low - 1 : 0) * m->width + (right ? right - 1 : 0);
    }
    return farthest > 1 ? m->image[at] : 0;
}

static double annulus_mean(petrosian *p, double r) {
    gt_morphology *m = p->m;
    part outer = within(p, r + 0.5, &m->cover), inner = within(p, r - 0.5, &m->inner);
    part annulus = {outer.sum - inner.sum, outer.area - inner.area};
    if (annulus.area < LITTLE_AREA &&
        gt_cover_area(&m->cover) - gt_cover_area(&m->inner) < LITTLE_AREA)
        return corner_mean(p, r - 0.5);
    return mean(annulus);
}

static double excess(void *self, double r) {
    petrosian *p = self;
    double annulus = annulus_mean(p, r), disk = mean(within(p, r, &p->m->cover));
    double ratio = annulus != 0;
    if (disk == 0)
        gt_note(p->m, p->zero_mean);
    else
        ratio = fabs(annulus) / fabs(disk);
    return ratio - p->m->set.eta;
}

static double find(petrosian *p, double last) {
    double step = (last - 1) / (RADII - 1);
    gt_known inside = {0};
    for (int i = 0; i < RADII; i++) {
        gt_known at = {.x = i == RADII - 1 ? last : 1 + i * step};
        at.f = excess(p, at.x);
        if (at.f == 0) {
            gt_note(p->m, GT_MORPHOLOGY_EVENT_petrosian_root_hit_exactly);
            return at.x;
        }
        if (at.f > 0) {
            inside = at;
        } else if (inside.x == 0) {
            gt_note(p->m, p->below_first);
            return 1;
        } else {
            return gt_brent_root(excess, p, inside, at, 1e-6);
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
