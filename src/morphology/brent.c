#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "root.h"

typedef struct bracket {
    double before, at, other; /* last point, present point, the one of the other sign */
    double f_before, f_at, f_other;
    double step, last_step;
} bracket;

/* The secant's step, or that of the parabola through the three points (x as function of f). */
static double interpolated_step(const bracket *b) {
    if (b->before == b->other) return -b->f_at * (b->at - b->before) / (b->f_at - b->f_before);
    double slope = (b->f_before - b->f_at) / (b->before - b->at);
    double far = (b->f_other - b->f_at) / (b->other - b->at);
    return -b->f_at * (b->f_other * far - b->f_before * slope) /
           (far * slope * (b->f_other - b->f_before));
}

/* Keeps the root between `at` and `other`, `at` the better of the two. */
static void keep_bracket(bracket *b) {
    if (b->f_before != 0 && b->f_at != 0 && signbit(b->f_before) != signbit(b->f_at)) {
        b->other = b->before;
        b->f_other = b->f_before;
        b->last_step = b->step = b->at - b->before;
    }
    if (fabs(b->f_other) < fabs(b->f_at)) {
        b->before = b->at, b->at = b->other, b->other = b->before;
        b->f_before = b->f_at, b->f_at = b->f_other, b->f_other = b->f_before;
    }
}

static void choose_step(bracket *b, double half, double least) {
    double step = half, last = half;
    if (fabs(b->last_step) > least && fabs(b->f_at) < fabs(b->f_before)) {
        double tried = interpolated_step(b);
        if (2 * fabs(tried) < fmin(fabs(b->last_step), 3 * fabs(half) - least)) {
            last = b->step;
            step = tried;
        }
    }
    b->last_step = last;
    b->step = step;
}

double gt_brent_root(gt_function_1 f, void *self, gt_known a, gt_known b, double tolerance) {
    bracket s = {.before = a.x, .at = b.x, .f_before = a.f, .f_at = b.f};
    if (s.f_before == 0) return a.x;
    for (int i = 0; i < 100; i++) {
        keep_bracket(&s);
        double least = (tolerance + 4 * DBL_EPSILON * fabs(s.at)) / 2;
        double half = (s.other - s.at) / 2;
        if (s.f_at == 0 || fabs(half) < least) return s.at;
        choose_step(&s, half, least);
        s.before = s.at;
        s.f_before = s.f_at;
        s.at += fabs(s.step) > least ? s.step : half > 0 ? least : -least;
        s.f_at = f(self, s.at);
    }
    return s.at;
}
