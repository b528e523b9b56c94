/* class_metrics.c - what is counted of answers class by class, and what follows from it. */
#include "galatea/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *gt_class_figure_name(gt_class_figure figure) {
    static const char *const names[GT_CLASS_FIGURES] = {"precision", "recall", "f1", "roc_auc",
                                                        "average_precision"};
    return names[figure];
}

size_t gt_class_counts_size(int32_t classes) {
    return (size_t)classes * ((size_t)classes + 2);
}

/* ---- Counting ---------------------------------------------------------------------------- */

/* One class against the rest: 0/1 into own, its scores into score; false: it has none. */
static bool select_class(const gt_class_answers *a, int32_t k, int32_t *own, double *score) {
    if (!a->scores || a->column[k] < 0) return false;
    for (size_t i = 0; i < a->n; i++) {
        own[i] = a->truth[i] == k;
        score[i] = a->scores[i * a->columns + (size_t)a->column[k]];
        if (isnan(score[i])) return false;
    }
    return true;
}

static gt_status measure_areas(const gt_class_answers *a, double *roc_auc, double *precision,
                               gt_error *err) {
    gt_status status = GT_OK;
    int32_t *own = malloc((a->n + 1) * sizeof *own);
    double *score = malloc((a->n + 1) * sizeof *score);
    if (!own || !score) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu answers", a->n);
    for (int32_t k = 0; k < a->classes; k++) {
        roc_auc[k] = precision[k] = (double)NAN;
        if (!select_class(a, k, own, score)) continue;
        GT_TRY(gt_roc_auc(a->n, own, score, &roc_auc[k], err));
        GT_TRY(gt_average_precision(a->n, own, score, &precision[k], err));
    }
done:
    free(own);
    free(score);
    return status;
}

gt_status gt_class_count(const gt_class_answers *a, double *counts, gt_error *err) {
    size_t classes = (size_t)a->classes;
    memset(counts, 0, classes * classes * sizeof *counts);
    for (size_t i = 0; i < a->n; i++)
        counts[(size_t)a->truth[i] * classes + (size_t)a->predicted[i]]++;
    double *areas = counts + classes * classes;
    return measure_areas(a, areas, areas + classes, err);
}

/* ---- Figures ----------------------------------------------------------------------------- */

static double ratio(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

static gt_class_figures figures_at(size_t classes, const double *counts, size_t k) {
    gt_class_figures f = {0};
    const double *areas = counts + classes * classes;
    for (size_t i = 0; i < classes; i++) {
        f.support += counts[k * classes + i];
        f.given += counts[i * classes + k];
    }
    double hits = counts[k * classes + k];
    bool occurs = f.support + f.given > 0;
    f.figure[GT_PRECISION] = occurs ? ratio(hits, f.given) : (double)NAN;
    f.figure[GT_RECALL] = occurs ? ratio(hits, f.support) : (double)NAN;
    f.figure[GT_F1] = occurs ? ratio(2 * hits, f.support + f.given) : (double)NAN;
    f.figure[GT_ROC_AUC_OF_CLASS] = areas[k];
    f.figure[GT_AVERAGE_PRECISION] = areas[classes + k];
    return f;
}

/* Over the classes that have the figure. */
static double mean_of(size_t classes, const gt_class_figures *each, int figure,
                      bool is_weighted) {
    double sum = 0, weights = 0;
    for (size_t k = 0; k < classes; k++) {
        double weight = is_weighted ? each[k].support : 1;
        if (isnan(each[k].figure[figure])) continue;
        sum += weight * each[k].figure[figure];
        weights += weight;
    }
    return weights > 0 ? sum / weights : (double)NAN;
}

void gt_class_figures_of(int32_t classes, const double *counts, gt_class_figures *out) {
    size_t n = (size_t)classes;
    gt_class_figures *means = out + n;
    means[0] = means[1] = (gt_class_figures){0};
    for (size_t k = 0; k < n; k++) {
        out[k] = figures_at(n, counts, k);
        for (int m = 0; m < 2; m++) {
            means[m].support += out[k].support;
            means[m].given += out[k].given;
        }
    }
    for (int m = 0; m < 2; m++)
        for (int f = 0; f < GT_CLASS_FIGURES; f++) means[m].figure[f] = mean_of(n, out, f, m);
}
