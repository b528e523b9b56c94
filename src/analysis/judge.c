/* judge.c - seeds, folds, and the figures over them. */
#include "galatea/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/folds.h"
#include "galatea/interrupt.h"

/* ---- Figures over several fits ----------------------------------------------------------- */

typedef struct figures {
    size_t count;
    double *accuracy, *roc_auc, *specificity, *recall; /* (room) */
} figures;

static gt_status open_figures(size_t room, figures *f, gt_error *err) {
    double *all = calloc(4 * room, sizeof *all);
    if (!all) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu figures", room);
    *f = (figures){0, all, all + room, all + 2 * room, all + 3 * room};
    return GT_OK;
}

static void close_figures(figures *f) {
    free(f->accuracy);
}

static void add_figures(figures *f, double accuracy, const gt_binary_metrics *binary) {
    f->accuracy[f->count] = accuracy;
    f->roc_auc[f->count] = binary->roc_auc;
    f->specificity[f->count] = binary->specificity;
    f->recall[f->count++] = binary->recall;
}

static gt_spread spread_of(size_t n, const double *values) {
    gt_spread s = {0};
    for (size_t i = 0; i < n; i++) s.mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++) s.deviation += (values[i] - s.mean) * (values[i] - s.mean);
    s.deviation = n > 1 ? sqrt(s.deviation / (double)(n - 1)) : 0.0;
    return s;
}

static gt_interval interval_of(gt_spread share, int64_t trials) {
    return gt_wilson_interval(llround(share.mean * (double)trials), trials);
}

/* ---- One fit ----------------------------------------------------------------------------- */

gt_status gt_judge_answers(const gt_classifier *classifier, const gt_samples *rows,
                           double *accuracy, gt_binary_metrics *binary, gt_error *err) {
    gt_status status = GT_OK;
    int32_t *predicted = malloc(rows->rows * sizeof *predicted);
    double *score = malloc(rows->rows * sizeof *score);
    gt_prediction answers = {.predicted = predicted, .score = score};
    *binary = (gt_binary_metrics){0};
    if (!predicted || !score)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu answers", rows->rows);
    GT_TRY(gt_classifier_predict(classifier, rows->rows, rows->x, &answers, err));
    *accuracy = gt_accuracy(rows->rows, rows->labels, predicted, NULL);
    if (rows->classes == 2)
        GT_TRY(
            gt_binary_metrics_compute(rows->rows, rows->labels, predicted, score, binary, err));
done:
    free(predicted);
    free(score);
    return status;
}

static gt_status fit_and_judge(const gt_classifier_class *kind, const void *settings,
                               const gt_samples *train, const gt_samples *test, uint64_t seed,
                               const gt_judge_plan *plan, figures *out,
                               gt_binary_metrics *binary, gt_classifier **keep, gt_error *err) {
    gt_status status = GT_OK;
    gt_classifier *fitted = NULL;
    double accuracy;
    if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
    GT_TRY(gt_classifier_fit(kind, train, settings, seed, &fitted, err));
    GT_TRY(gt_judge_answers(fitted, test, &accuracy, binary, err));
    add_figures(out, accuracy, binary);
    if (plan->tick) plan->tick(plan->user);
    if (keep) {
        *keep = fitted;
        fitted = NULL;
    }
done:
    gt_classifier_destroy(fitted);
    return status;
}

/* ---- Cross-validation -------------------------------------------------------------------- */

/* Rows in and outside a fold. */
typedef struct halves {
    int32_t *fold; /* (rows) */
    float *x;      /* (rows, features): those to learn from, then those held out */
    int32_t *labels;
    gt_samples learnt, held;
} halves;

static gt_status open_halves(const gt_samples *all, halves *h, gt_error *err) {
    h->fold = malloc(all->rows * sizeof *h->fold);
    h->x = malloc(all->rows * all->features * sizeof *h->x);
    h->labels = malloc(all->rows * sizeof *h->labels);
    if (!h->fold || !h->x || !h->labels)
        return gt_fail(err, GT_NO_MEMORY, "no memory to hold out of %zu rows", all->rows);
    return GT_OK;
}

static void close_halves(halves *h) {
    free(h->fold);
    free(h->x);
    free(h->labels);
}

static void split(const gt_samples *all, int32_t fold, halves *h) {
    size_t width = all->features, at = 0, learnt = 0;
    for (int held = 0; held < 2; held++) {
        for (size_t i = 0; i < all->rows; i++) {
            if ((h->fold[i] == fold) != held) continue;
            memcpy(h->x + at * width, all->x + i * width, width * sizeof *h->x);
            h->labels[at++] = all->labels[i];
        }
        if (!held) learnt = at;
    }
    h->learnt = h->held = *all;
    h->learnt.rows = learnt;
    h->learnt.x = h->x;
    h->learnt.labels = h->labels;
    h->held.rows = all->rows - learnt;
    h->held.x = h->x + learnt * width;
    h->held.labels = h->labels + learnt;
}

static gt_status cross_validate(const gt_classifier_class *kind, const void *settings,
                                const gt_samples *train, const gt_judge_plan *plan,
                                gt_judgement *out, gt_error *err) {
    gt_status status = GT_OK;
    figures f = {0};
    halves h = {0};
    gt_binary_metrics binary;
    GT_TRY(open_figures(plan->seeds * (size_t)plan->folds, &f, err));
    GT_TRY(open_halves(train, &h, err));
    for (size_t s = 0; s < plan->seeds; s++) {
        GT_TRY(gt_stratified_folds(train->rows, train->labels, train->classes, plan->folds,
                                   plan->seed + s, h.fold, err));
        for (int32_t fold = 0; fold < plan->folds; fold++) {
            split(train, fold, &h);
            GT_TRY(fit_and_judge(kind, settings, &h.learnt, &h.held, plan->seed + s, plan, &f,
                                 &binary, NULL, err));
        }
    }
    out->held_out = f.count;
    out->cv_accuracy = spread_of(f.count, f.accuracy);
    out->cv_roc_auc = spread_of(f.count, f.roc_auc);
done:
    if (status) gt_blame(err, "cross-validation");
    close_figures(&f);
    close_halves(&h);
    return status;
}

/* ---- All of it --------------------------------------------------------------------------- */

static size_t fits_of(const gt_classifier_class *kind, const gt_judge_plan *plan) {
    return kind->is_seeded ? plan->seeds : 1;
}

size_t gt_judge_fits(const gt_classifier_class *kind, const gt_judge_plan *plan) {
    return fits_of(kind, plan) + (plan->folds > 0 ? plan->seeds * (size_t)plan->folds : 0);
}

static void sum_up(const gt_samples *test, const figures *f, gt_judgement *out) {
    int64_t positives = 0, n = (int64_t)test->rows;
    for (size_t i = 0; i < test->rows; i++) positives += test->labels[i] == 1;
    out->fits = f->count;
    out->accuracy = spread_of(f->count, f->accuracy);
    out->accuracy_interval = interval_of(out->accuracy, n);
    if (test->classes != 2) return;
    out->roc_auc = spread_of(f->count, f->roc_auc);
    out->specificity = spread_of(f->count, f->specificity);
    out->recall = spread_of(f->count, f->recall);
    out->specificity_interval = interval_of(out->specificity, n - positives);
    out->recall_interval = interval_of(out->recall, positives);
}

gt_status gt_judge(const gt_classifier_class *kind, const void *settings,
                   const gt_samples *train, const gt_samples *test, const gt_judge_plan *plan,
                   gt_judgement *out, gt_classifier **first, gt_error *err) {
    gt_status status = GT_OK;
    figures f = {0};
    gt_classifier *fitted = NULL;
    gt_binary_metrics binary;
    *out = (gt_judgement){0};
    GT_TRY(gt_samples_check(test, err));
    GT_TRY(open_figures(fits_of(kind, plan), &f, err));
    for (size_t s = 0; s < fits_of(kind, plan); s++)
        GT_TRY(fit_and_judge(kind, settings, train, test, plan->seed + s, plan, &f,
                             s == 0 ? &out->first : &binary, s == 0 ? &fitted : NULL, err));
    sum_up(test, &f, out);
    if (plan->folds > 0) GT_TRY(cross_validate(kind, settings, train, plan, out, err));
    if (first) {
        *first = fitted;
        fitted = NULL;
    }
done:
    close_figures(&f);
    gt_classifier_destroy(fitted);
    return status;
}
