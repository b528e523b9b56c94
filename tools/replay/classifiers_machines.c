/* Support vectors and logistic regression, computed again. */
#include <math.h>
#include <stdlib.h>

#include "classifiers.h"
#include "lr.h"
#include "svc.h"

/* ---- Support vectors --------------------------------------------------------------------- */

/* The reference's probabilities come from its own sigmoid, which random folds decide; it
 * couples even two classes by iteration, and stops early. */
static void compare_platt(codes *c, const double *decision) {
    gt_recording *rec = c->rec;
    uint64_t count = 0;
    double *sigmoid = gt_recording_input_double(rec, "svc.platt_AB_seed0", &count),
           *got = codes_room(rec, c->test.rows, sizeof *got);
    if (sigmoid && count != 2)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'svc.platt_AB_seed0' has %llu values, expected 2",
                          (unsigned long long)count);
    for (size_t i = 0; !rec->status && i < c->test.rows; i++) {
        double first = 1.0 / (1.0 + exp(-sigmoid[0] * decision[i] + sigmoid[1])), work[2], p[2];
        first = fmin(fmax(first, 1e-7), 1.0 - 1e-7);
        double r[] = {0.0, first, 1.0 - first, 0.0};
        gt_svc_couple(2, r, 0.0025, work, p);
        got[i] = p[1];
    }
    if (!rec->status)
        codes_compare(c, "svc.platt_proba1_seed0", got, 1, 1e-9, (int64_t)c->test.rows, 1);
    free(sigmoid);
    free(got);
}

static void compare_svc(codes *c, const gt_svc *svc, double *decision) {
    gt_recording *rec = c->rec;
    int64_t n = (int64_t)c->test.rows;
    int32_t *predicted = codes_room(rec, c->test.rows, sizeof *predicted);
    if (!rec->status)
        rec->status = gt_svc_decide(svc, c->test.rows, c->test.x, decision, rec->err);
    for (size_t i = 0; !rec->status && i < c->test.rows; i++) {
        decision[i] = -decision[i];
        predicted[i] = decision[i] > 0.0;
    }
    if (!rec->status) {
        codes_compare(c, "svc.decision", decision, 1, 1e-9, n, 1);
        codes_compare(c, "svc.dual_coef", svc->coef, -1, 1e-9, (int64_t)svc->vectors, 1);
        codes_compare(c, "svc.intercept", svc->rho, 1, 1e-9, 1, 1);
        codes_compare_whole(c, "svc.support_idx", svc->rows, (int64_t)svc->vectors);
        codes_compare_whole(c, "svc.n_support", svc->counts, 2);
        codes_compare_whole(c, "svc.pred", predicted, n);
        codes_compare_metrics(c, "svc.metrics", predicted, decision);
        compare_platt(c, decision);
    }
    free(predicted);
}

void codes_replay_svc(codes *c) {
    gt_recording *rec = c->rec;
    gt_svc_settings settings = {.gamma = 0.2, .c = 100, .tolerance = 1e-3};
    gt_svc *svc = NULL;
    double *decision = codes_room(rec, c->test.rows, sizeof *decision);
    if (!rec->status) rec->status = gt_svc_train(&c->train, &settings, &svc, rec->err);
    if (!rec->status) compare_svc(c, svc, decision);
    gt_svc_destroy(svc);
    svc = NULL;
    settings.tolerance = 1e-8;
    if (!rec->status) rec->status = gt_svc_train(&c->train, &settings, &svc, rec->err);
    if (!rec->status)
        rec->status = gt_svc_decide(svc, c->test.rows, c->test.x, decision, rec->err);
    if (!rec->status) {
        codes_compare(c, "svc.decision_tight", decision, -1, 1e-7, (int64_t)c->test.rows, 1);
        codes_compare(c, "svc.intercept_tight", svc->rho, 1, 1e-7, 1, 1);
    }
    gt_svc_destroy(svc);
    free(decision);
}

/* ---- Logistic regression ----------------------------------------------------------------- */

/* The reference stops 2e-4 short of the optimum, so its predictions are ours only away from 0;
 * its metrics are those of its own scores. */
static void compare_lr_answers(codes *c, const double *decision) {
    gt_recording *rec = c->rec;
    uint64_t n = 0, m = 0;
    double *recorded = gt_recording_expected(rec, "lr.decision", &n),
           *pred = gt_recording_expected(rec, "lr.pred", &m), wrong = 0.0;
    int32_t *predicted = codes_room(rec, c->test.rows, sizeof *predicted);
    double *probability = codes_room(rec, c->test.rows, sizeof *probability);
    if (!rec->status && (n != c->test.rows || m != c->test.rows))
        gt_recording_fail(rec, GT_BAD_SHAPE, "lr.decision or lr.pred is not of %zu rows",
                          c->test.rows);
    for (size_t i = 0; !rec->status && i < c->test.rows; i++) {
        predicted[i] = pred[i] == 1.0;
        probability[i] = 1.0 / (1.0 + exp(-decision[i]));
        wrong += (recorded[i] > 0.0) != predicted[i] ||
                 (fabs(decision[i]) > 1e-3 && (decision[i] > 0.0) != predicted[i]);
    }
    gt_recording_judged(rec, "lr.pred", wrong, 0.0);
    if (!rec->status) {
        codes_compare(c, "lr.decision", decision, 1, 1e-3, (int64_t)n, 1);
        codes_compare(c, "lr.proba1", probability, 1, 1e-3, (int64_t)n, 1);
        codes_compare_metrics(c, "lr.metrics", predicted, recorded);
    }
    free(recorded);
    free(pred);
    free(predicted);
    free(probability);
}

/* Its count of steps is of another method: it can only be one that it allows. */
static void judge_steps(gt_recording *rec) {
    uint64_t count = 0;
    double *steps = gt_recording_expected(rec, "lr.n_iter", &count);
    bool is_good = steps && count == 1 && steps[0] >= 1 && steps[0] <= 1000;
    gt_recording_judged(rec, "lr.n_iter", is_good ? 0.0 : 1.0, 0.0);
    free(steps);
}

void codes_replay_lr(codes *c) {
    gt_recording *rec = c->rec;
    gt_lr_settings settings = {.c = 1, .iterations = 1000};
    gt_lr *lr = NULL;
    int64_t n = (int64_t)c->test.rows, features = (int64_t)c->train.features;
    double *decision = codes_room(rec, c->test.rows, sizeof *decision);
    if (!rec->status) rec->status = gt_lr_fit(&c->train, &settings, &lr, rec->err);
    if (!rec->status) {
        gt_lr_decide(lr, c->test.rows, c->test.x, decision);
        codes_compare(c, "lr.coef_tight", lr->weights, 1, 1e-6, features, 1);
        codes_compare(c, "lr.intercept_tight", lr->bias, 1, 1e-6, 1, 1);
        codes_compare(c, "lr.decision_tight", decision, 1, 1e-5, n, 1);
        codes_compare(c, "lr.coef", lr->weights, 1, 1e-3, features, 1);
        codes_compare(c, "lr.intercept", lr->bias, 1, 1e-3, 1, 1);
        compare_lr_answers(c, decision);
        judge_steps(rec);
    }
    gt_lr_destroy(lr);
    free(decision);
}
