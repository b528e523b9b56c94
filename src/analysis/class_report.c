/* class_report.c - figures class by class over several fits. */
#include "galatea/evaluation.h"

#include <math.h>
#include <stdlib.h>

/* Mean and squares apart from it, a value at a time (Welford). */
typedef struct running {
    double count, mean, squares;
} running;

struct gt_class_report {
    int32_t classes;
    size_t fits;
    double wholes;
    double *confusion;         /* (classes, classes) sums over the fits */
    gt_class_figures *figures; /* (classes + 2) of the last fit */
    running *over;             /* (classes + 2, GT_CLASS_FIGURES) */
};

gt_status gt_class_report_create(int32_t classes, size_t wholes, gt_class_report **out,
                                 gt_error *err) {
    size_t n = (size_t)classes;
    gt_class_report *r = calloc(1, sizeof *r);
    if (r) {
        *r = (gt_class_report){.classes = classes, .wholes = (double)wholes};
        r->confusion = calloc(n * n + 1, sizeof *r->confusion);
        r->figures = calloc(n + 2, sizeof *r->figures);
        r->over = calloc((n + 2) * GT_CLASS_FIGURES, sizeof *r->over);
    }
    if (r && r->confusion && r->figures && r->over) {
        *out = r;
        return GT_OK;
    }
    gt_class_report_destroy(r);
    return gt_fail(err, GT_NO_MEMORY, "no memory for figures of %d classes", classes);
}

void gt_class_report_destroy(gt_class_report *r) {
    if (!r) return;
    free(r->confusion);
    free(r->figures);
    free(r->over);
    free(r);
}

void gt_class_report_add(gt_class_report *r, const double *counts) {
    size_t n = (size_t)r->classes;
    gt_class_figures_of(r->classes, counts, r->figures);
    for (size_t i = 0; i < n * n; i++) r->confusion[i] += counts[i];
    for (size_t k = 0; k < n + 2; k++)
        for (size_t f = 0; f < GT_CLASS_FIGURES; f++) {
            running *at = &r->over[k * GT_CLASS_FIGURES + f];
            double value = r->figures[k].figure[f], before = value - at->mean;
            if (isnan(value)) continue;
            at->mean += before / ++at->count;
            at->squares += before * (value - at->mean);
        }
    r->fits++;
}

int32_t gt_class_report_classes(const gt_class_report *r) {
    return r->classes;
}

size_t gt_class_report_fits(const gt_class_report *r) {
    return r->fits;
}

double gt_class_report_count(const gt_class_report *r, int32_t truth, int32_t given) {
    return r->confusion[(size_t)truth * (size_t)r->classes + (size_t)given] / r->wholes;
}

double gt_class_report_support(const gt_class_report *r, int32_t row) {
    double sum = 0;
    for (int32_t k = 0; k < r->classes; k++)
        for (int32_t given = 0; given < r->classes; given++)
            if (row >= r->classes || row == k) sum += gt_class_report_count(r, k, given);
    return sum;
}

gt_spread gt_class_report_figure(const gt_class_report *r, int32_t row,
                                 gt_class_figure figure) {
    const running *at = &r->over[(size_t)row * GT_CLASS_FIGURES + (size_t)figure];
    if (at->count == 0) return (gt_spread){.mean = (double)NAN};
    return (gt_spread){at->mean, at->count > 1 ? sqrt(at->squares / (at->count - 1)) : 0};
}

void gt_by_class_free(gt_by_class *by) {
    gt_classes_free(&by->classes);
    gt_class_report_destroy(by->test);
    gt_class_report_destroy(by->held_out);
    *by = (gt_by_class){.test = NULL};
}
