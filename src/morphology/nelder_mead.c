#include <math.h>
#include <stdbool.h>

#include "root.h"

enum { MOST = 400 };

typedef struct point {
    double x[2], f;
} point;

typedef struct search {
    gt_function_2 f;
    void *self;
    point simplex[3]; /* best first */
    int evaluations;
} search;

static point point_at(search *s, double x, double y) {
    point p = {{x, y}, 0};
    p.f = s->f(s->self, p.x);
    s->evaluations++;
    return p;
}

/* Stable: equal values keep their order. */
static void sort(point p[3]) {
    for (int i = 1; i < 3; i++)
        for (int k = i; k > 0 && p[k].f < p[k - 1].f; k--) {
            point other = p[k];
            p[k] = p[k - 1], p[k - 1] = other;
        }
}

static bool is_done(const point p[3]) {
    double size = 0, range = 0;
    for (int i = 1; i < 3; i++) {
        for (int c = 0; c < 2; c++) size = fmax(size, fabs(p[i].x[c] - p[0].x[c]));
        range = fmax(range, fabs(p[0].f - p[i].f));
    }
    return size <= 1e-6 && range <= 1e-4;
}

/* The point `of` times as far from the middle of the two best as the worst, on the other side.
 */
static point beyond(search *s, double of) {
    const point *p = s->simplex;
    double middle[2];
    for (int c = 0; c < 2; c++) middle[c] = (p[0].x[c] + p[1].x[c]) / 2;
    return point_at(s, (1 + of) * middle[0] - of * p[2].x[0],
                    (1 + of) * middle[1] - of * p[2].x[1]);
}

static void shrink(search *s) {
    point *p = s->simplex;
    for (int i = 1; i < 3; i++)
        p[i] = point_at(s, p[0].x[0] + 0.5 * (p[i].x[0] - p[0].x[0]),
                        p[0].x[1] + 0.5 * (p[i].x[1] - p[0].x[1]));
}

static void step(search *s) {
    point *p = s->simplex, reflected = beyond(s, 1), next;
    if (reflected.f < p[0].f) {
        next = beyond(s, 2);
        p[2] = next.f < reflected.f ? next : reflected;
    } else if (reflected.f < p[1].f) {
        p[2] = reflected;
    } else {
        bool outside = reflected.f < p[2].f;
        next = beyond(s, outside ? 0.5 : -0.5);
        if (outside ? next.f <= reflected.f : next.f < p[2].f)
            p[2] = next;
        else
            shrink(s);
    }
    sort(p);
}

void gt_nelder_mead(gt_function_2 f, void *self, double x[2]) {
    search s = {.f = f, .self = self};
    s.simplex[0] = point_at(&s, x[0], x[1]);
    s.simplex[1] = point_at(&s, x[0] != 0 ? 1.05 * x[0] : 0.00025, x[1]);
    s.simplex[2] = point_at(&s, x[0], x[1] != 0 ? 1.05 * x[1] : 0.00025);
    sort(s.simplex);
    for (int i = 1; i < MOST && s.evaluations < MOST && !is_done(s.simplex); i++) step(&s);
    x[0] = s.simplex[0].x[0];
    x[1] = s.simplex[0].x[1];
}
