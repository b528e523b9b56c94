#include <math.h>
#include <stdbool.h>

#include "root.h"

typedef struct point {
    double x[2], f;
} point;

typedef struct search {
    const gt_search_rule *rule;
    gt_function_2 f;
    void *self;
    int last;         /* points of the simplex but one: the dimensions */
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
static void sort(search *s) {
    point *p = s->simplex;
    for (int i = 1; i <= s->last; i++)
        for (int k = i; k > 0 && p[k].f < p[k - 1].f; k--) {
            point other = p[k];
            p[k] = p[k - 1], p[k - 1] = other;
        }
}

static bool is_done(const search *s) {
    const point *p = s->simplex;
    double size = 0, range = 0;
    for (int i = 1; i <= s->last; i++) {
        for (int c = 0; c < s->last; c++) size = fmax(size, fabs(p[i].x[c] - p[0].x[c]));
        range = fmax(range, fabs(p[0].f - p[i].f));
    }
    return size <= s->rule->x_tolerance && range <= s->rule->f_tolerance;
}

/* The point `of` times as far from the middle of all others as the worst, on the other side. */
static point beyond(search *s, double of) {
    const point *p = s->simplex;
    double x[2] = {p[0].x[0], p[0].x[1]};
    for (int c = 0; c < s->last; c++) {
        double middle = s->last == 1 ? p[0].x[c] : (p[0].x[c] + p[1].x[c]) / 2;
        x[c] = (1 + of) * middle - of * p[s->last].x[c];
    }
    return point_at(s, x[0], x[1]);
}

static void shrink(search *s) {
    point *p = s->simplex;
    for (int i = 1; i <= s->last; i++)
        p[i] = point_at(s, p[0].x[0] + 0.5 * (p[i].x[0] - p[0].x[0]),
                        p[0].x[1] + 0.5 * (p[i].x[1] - p[0].x[1]));
}

static void step(search *s) {
    point *p = s->simplex, *worst = &p[s->last], reflected = beyond(s, 1), next;
    if (reflected.f < p[0].f) {
        next = beyond(s, 2);
        *worst = next.f < reflected.f ? next : reflected;
    } else if (reflected.f < p[s->last - 1].f) {
        *worst = reflected;
    } else {
        bool outside = reflected.f < worst->f;
        next = beyond(s, outside ? 0.5 : -0.5);
        if (outside ? next.f <= reflected.f : next.f < worst->f)
            *worst = next;
        else
            shrink(s);
    }
    sort(s);
}

double gt_nelder_mead(const gt_search_rule *rule, gt_function_2 f, void *self, double x[2]) {
    search s = {.rule = rule, .f = f, .self = self, .last = rule->dimensions};
    s.simplex[0] = point_at(&s, x[0], x[1]);
    s.simplex[1] = point_at(&s, x[0] != 0 ? 1.05 * x[0] : 0.00025, x[1]);
    if (s.last > 1) s.simplex[2] = point_at(&s, x[0], x[1] != 0 ? 1.05 * x[1] : 0.00025);
    sort(&s);
    for (int i = 1; i < rule->most && s.evaluations < rule->most && !is_done(&s); i++) step(&s);
    x[0] = s.simplex[0].x[0];
    x[1] = s.simplex[0].x[1];
    return s.simplex[0].f;
}
