/* evaluation.c - seeds, folds, and the figures over them. */
#include "galatea/evaluation.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "folds.h"
#include "galatea/interrupt.h"
#include "judged_fit.h"

/* ---- Figures over several fits ----------------------------------------------------------- */

static double figure_of(const gt_fit_scores *verdict, size_t at) {
    return *(const double *)((const char *)verdict + at);
}

/* Of a figure by its place in the struct. Those that are no number, as the area under a curve
 * without a positive row, are left out. */
static gt_spread spread_of(size_t n, const gt_fit_scores *verdicts, size_t at) {
    gt_spread s = {0};
    double count = 0;
    for (size_t i = 0; i < n; i++) count += !isnan(figure_of(&verdicts[i], at));
    if (count == 0) return (gt_spread){.mean = (double)NAN};
    for (size_t i = 0; i < n; i++) {
        double value = figure_of(&verdicts[i], at);
        if (!isnan(value)) s.mean += value / count;
    }
    for (size_t i = 0; i < n; i++) {
        double apart = figure_of(&verdicts[i], at) - s.mean;
        if (!isnan(apart)) s.deviation += apart * apart;
    }
    s.deviation = count > 1 ? sqrt(s.deviation / (count - 1)) : 0.0;
    return s;
}

static gt_interval interval_of(gt_spread share, int64_t trials) {
    return gt_wilson_interval(llround(share.mean * (double)trials), trials);
}

/* ---- Fits ---------------------------------------------------------------------------------
 */

/* What all fits of one judgement share. */
typedef struct judging {
    const gt_classifier_class *kind;
    const void *settings;
    const gt_evaluation_plan *plan;
    gt_classes classes; /* of all rows to learn from */
    double *counts;     /* of the last fit, class by class; NULL: nobody asks */
} judging;

static bool is_of_one_class(const gt_samples *rows) {
    for (size_t i = 1; i < rows->rows; i++)
        if (rows->labels[i] != rows->labels[0]) return false;
    return true;
}

/* keep: NULL, or where the fit goes. */
static gt_status make_fit(const judging *j, const gt_samples *train, const gt_samples *test,
                          gt_fit_place place, gt_fit_scores *out, gt_classifier **keep,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_classifier *fitted = NULL;
    if (place.fold < 0 || !is_of_one_class(train))
        GT_TRY(gt_classifier_fit(j->kind, train, j->settings, j->plan->scaling, place.seed,
                                 &fitted, err));
    const gt_asked a = {.classes = &j->classes,
                        .all = j->counts ? &j->plan->by_class->classes : NULL,
                        .counts = j->counts,
                        .only = train->labels[0]};
    GT_TRY(gt_scores_of_fit(&a, fitted, test, out, err));
    if (keep) {
        *keep = fitted;
        fitted = NULL;
    }
done:
    gt_classifier_destroy(fitted);
    return status;
}

static gt_status fit_and_judge(const judging *j, const gt_samples *train,
                               const gt_samples *test, gt_fit_place place, gt_fit_scores *out,
                               gt_classifier **keep, gt_error *err) {
    gt_status status = GT_OK;
    const gt_evaluation_plan *plan = j->plan;
    bool is_known =
        !keep && plan->find_known && plan->find_known(plan->user, place, out, j->counts);
    if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
    if (!is_known) GT_TRY(make_fit(j, train, test, place, out, keep, err));
    if (plan->on_fit) GT_TRY(plan->on_fit(plan->user, place, out, j->counts, is_known, err));
    if (j->counts)
        gt_class_report_add(place.fold < 0 ? plan->by_class->test : plan->by_class->held_out,
                            j->counts);
done:
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

static gt_status assign_folds(const judging *j, const gt_samples *train, uint64_t seed,
                              halves *h, gt_error *err) {
    for (size_t i = 0; i < train->rows; i++)
        h->labels[i] = gt_classes_place(&j->classes, train->labels[i]);
    return gt_stratified_folds(train->rows, h->labels, j->classes.count, j->plan->folds, seed,
                               h->fold, err);
}

static gt_status cross_validate(const judging *j, const gt_samples *train, gt_evaluation *out,
                                gt_error *err) {
    gt_status status = GT_OK;
    const gt_evaluation_plan *plan = j->plan;
    size_t room = plan->seeds * (size_t)plan->folds, n = 0;
    halves h = {0};
    gt_fit_scores *verdicts = calloc(room, sizeof *verdicts);
    if (!verdicts) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu figures", room);
    GT_TRY(open_halves(train, &h, err));
    for (size_t s = 0; s < plan->seeds; s++) {
        GT_TRY(assign_folds(j, train, plan->seed + s, &h, err));
        for (int32_t fold = 0; fold < plan->folds; fold++) {
            split(train, fold, &h);
            GT_TRY(fit_and_judge(j, &h.learnt, &h.held, (gt_fit_place){plan->seed + s, fold},
                                 &verdicts[n++], NULL, err));
        }
    }
    out->held_out = n;
    out->cv_accuracy = spread_of(n, verdicts, offsetof(gt_fit_scores, accuracy));
    out->cv_roc_auc = spread_of(n, verdicts, offsetof(gt_fit_scores, binary.roc_auc));
done:
    if (status) gt_blame(err, "cross-validation");
    free(verdicts);
    close_halves(&h);
    return status;
}

/* ---- All of it --------------------------------------------------------------------------- */

static size_t fits_of(const gt_classifier_class *kind, const gt_evaluation_plan *plan) {
    return kind->is_seeded ? plan->seeds : 1;
}

size_t gt_evaluation_fits(const gt_classifier_class *kind, const gt_evaluation_plan *plan) {
    return fits_of(kind, plan) + (plan->folds > 0 ? plan->seeds * (size_t)plan->folds : 0);
}

static void sum_up(const gt_samples *test, size_t n, const gt_fit_scores *v,
                   gt_evaluation *out) {
    const gt_binary_metrics *b = &v[0].binary;
    out->fits = n;
    out->accuracy = spread_of(n, v, offsetof(gt_fit_scores, accuracy));
    out->accuracy_interval = interval_of(out->accuracy, (int64_t)test->rows);
    out->is_one_class = true;
    for (size_t i = 0; i < n; i++) out->is_one_class &= v[i].is_one_class;
    out->first = *b;
    out->roc_auc = spread_of(n, v, offsetof(gt_fit_scores, binary.roc_auc));
    out->specificity = spread_of(n, v, offsetof(gt_fit_scores, binary.specificity));
    out->recall = spread_of(n, v, offsetof(gt_fit_scores, binary.recall));
    out->specificity_interval =
        interval_of(out->specificity, b->true_negative + b->false_positive);
    out->recall_interval = interval_of(out->recall, b->true_positive + b->false_negative);
}

gt_status gt_judged_classes(const gt_samples *train, const gt_samples *test, gt_classes *out,
                            gt_error *err) {
    gt_status status = GT_OK;
    size_t n = train->rows + test->rows;
    int32_t *labels = malloc((n + 1) * sizeof *labels);
    if (!labels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu labels", n);
    memcpy(labels, train->labels, train->rows * sizeof *labels);
    memcpy(labels + train->rows, test->labels, test->rows * sizeof *labels);
    GT_TRY(gt_classes_find(n, labels, out, err));
done:
    free(labels);
    return status;
}

static gt_status open_classes(judging *j, const gt_samples *train, const gt_samples *test,
                              size_t fits, gt_error *err) {
    gt_status status = GT_OK;
    gt_by_class *by = j->plan->by_class;
    if (!by) return GT_OK;
    GT_TRY(gt_judged_classes(train, test, &by->classes, err));
    int32_t classes = by->classes.count;
    if (classes > GT_CLASSES_JUDGED) return GT_OK;
    GT_TRY(gt_class_report_create(classes, fits, &by->test, err));
    if (j->plan->folds > 0)
        GT_TRY(gt_class_report_create(classes, j->plan->seeds, &by->held_out, err));
    j->counts = malloc(gt_class_counts_size(classes) * sizeof *j->counts);
    if (!j->counts) GT_THROW(err, GT_NO_MEMORY, "no memory for counts of %d classes", classes);
done:
    return status;
}

gt_status gt_evaluate(const gt_classifier_class *kind, const void *settings,
                      const gt_samples *train, const gt_samples *test,
                      const gt_evaluation_plan *plan, gt_evaluation *out, gt_classifier **first,
                      gt_error *err) {
    gt_status status = GT_OK;
    size_t fits = fits_of(kind, plan);
    judging j = {.kind = kind, .settings = settings, .plan = plan};
    gt_classifier *fitted = NULL;
    gt_fit_scores *verdicts = calloc(fits, sizeof *verdicts);
    *out = (gt_evaluation){0};
    if (!verdicts) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu figures", fits);
    GT_TRY(gt_samples_check(train, err));
    GT_TRY(gt_samples_check(test, err));
    GT_TRY(gt_classes_find(train->rows, train->labels, &j.classes, err));
    GT_TRY(open_classes(&j, train, test, fits, err));
    for (size_t s = 0; s < fits; s++)
        GT_TRY(fit_and_judge(&j, train, test, (gt_fit_place){plan->seed + s, -1}, &verdicts[s],
                             first && s == 0 ? &fitted : NULL, err));
    sum_up(test, fits, verdicts, out);
    if (plan->folds > 0) GT_TRY(cross_validate(&j, train, out, err));
    if (first) {
        *first = fitted;
        fitted = NULL;
    }
done:
    free(verdicts);
    free(j.counts);
    gt_classes_free(&j.classes);
    gt_classifier_destroy(fitted);
    return status;
}

/* ---- Several runs ------------------------------------------------------------------------ */

/* A member of each judgement. */
static gt_spread member(const gt_evaluation *run, size_t offset) {
    gt_spread value;
    memcpy(&value, (const char *)run + offset, sizeof value);
    return value;
}

/* Mean and deviation of the runs' means, one value at a time (Welford), so that any number of
 * runs needs no memory. */
static gt_spread over_runs(const gt_evaluation *const *runs, size_t count, size_t offset) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double value = member(runs[i], offset).mean, before = value - mean;
        mean += before / (double)(i + 1);
        squares += before * (value - mean);
    }
    return (gt_spread){mean, count > 1 ? sqrt(squares / (double)(count - 1)) : 0};
}

static double within_runs(const gt_evaluation *const *runs, size_t count, size_t offset) {
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        double deviation = member(runs[i], offset).deviation;
        squares += deviation * deviation / (double)count;
    }
    return sqrt(squares);
}

gt_evaluated_runs gt_evaluate_runs(const gt_evaluation *const *runs, size_t count,
                                   int64_t trials) {
#define OVER(name) over_runs(runs, count, offsetof(gt_evaluation, name))
#define WITHIN(name) within_runs(runs, count, offsetof(gt_evaluation, name))
    gt_evaluated_runs out = {
        .runs = count,
        .accuracy = OVER(accuracy),
        .roc_auc = OVER(roc_auc),
        .specificity = OVER(specificity),
        .recall = OVER(recall),
        .cv_accuracy = OVER(cv_accuracy),
        .cv_roc_auc = OVER(cv_roc_auc),
        .held_out = runs[0]->held_out,
        .cv_accuracy_folds = WITHIN(cv_accuracy),
        .cv_roc_auc_folds = WITHIN(cv_roc_auc),
    };
#undef OVER
#undef WITHIN
    out.accuracy_interval = interval_of(out.accuracy, trials);
    return out;
}
