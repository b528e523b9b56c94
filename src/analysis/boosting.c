/* boosting.c - gradient boosting, stage by stage. */
#include "boosting.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "galatea/interrupt.h"
#include "tree_grow.h"
#include "tree_reference.h"

enum { ROW_BLOCK = 64 };

static const double smallest_curvature = 1e-150;

/* A fit under way. */
typedef struct boosting_fit {
    const gt_samples *samples;
    const gt_boosting_options *options;
    gt_boosting *model;
    size_t scores;
    double *raw;       /* (rows, scores) */
    double *share;     /* (rows, scores) of the class at the beginning of the stage */
    double *residual;  /* (rows) */
    double *curvature; /* (rows) sums of leaves, one for each node */
    double *slope;     /* (rows) as curvature */
    int32_t *leaf;     /* (rows) */
    double *terms;     /* (2, rows) of one leaf; only as the reference sums them */
} boosting_fit;

gt_boosting_options gt_boosting_options_default(void) {
    return (gt_boosting_options){
        .stages = GT_BOOSTING_STAGES, .learning_rate = 0.1, .max_depth = 3};
}

int64_t gt_boosting_scores(const gt_boosting *model) {
    return model->classes == 2 ? 1 : model->classes;
}

/* ---- shares of raw scores ------------------------------------------------------------------
 */

static double logistic(double raw) {
    return 1 / (1 + exp(-raw));
}

static double log_sum_exp(size_t n, const double *raw) {
    double largest = raw[0], sum = 0;
    for (size_t k = 1; k < n; k++) largest = fmax(largest, raw[k]);
    for (size_t k = 0; k < n; k++) sum += exp(raw[k] - largest);
    return largest + log(sum);
}

static void shares_of(size_t rows, size_t scores, const double *raw, double *out) {
    for (size_t i = 0; i < rows; i++) {
        if (scores == 1) {
            out[i] = logistic(raw[i]);
            continue;
        }
        double all = log_sum_exp(scores, raw + i * scores);
        for (size_t k = 0; k < scores; k++)
            out[i * scores + k] = exp(raw[i * scores + k] - all);
    }
}

/* log(1 + e^x) without overflow. */
static double log_one_exp(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double deviance_of(const boosting_fit *fit) {
    const gt_samples *s = fit->samples;
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++) {
        const double *raw = fit->raw + i * fit->scores;
        if (fit->scores == 1)
            sum += -2 * (s->labels[i] * raw[0] - log_one_exp(raw[0]));
        else
            sum += log_sum_exp(fit->scores, raw) - raw[s->labels[i]];
    }
    return sum / (double)s->rows;
}

/* ---- fitting -------------------------------------------------------------------------------
 */

static double curvature_of(const boosting_fit *fit, size_t row, int32_t positive) {
    double y = fit->samples->labels[row] == positive, r = fit->residual[row];
    return (y - r) * (1 - y + r);
}

static void sum_leaves(boosting_fit *fit, int32_t positive) {
    for (size_t i = 0; i < fit->samples->rows; i++) {
        fit->slope[fit->leaf[i]] += fit->residual[i];
        fit->curvature[fit->leaf[i]] += curvature_of(fit, i, positive);
    }
}

static void sum_leaves_as_reference(boosting_fit *fit, int64_t count, int32_t positive) {
    size_t rows = fit->samples->rows;
    double *slopes = fit->terms, *curvatures = fit->terms + rows;
    for (int64_t n = 0; n < count; n++) {
        size_t found = 0;
        for (size_t i = 0; i < rows; i++) {
            if (fit->leaf[i] != n) continue;
            slopes[found] = fit->residual[i];
            curvatures[found++] = curvature_of(fit, i, positive);
        }
        fit->slope[n] = gt_reference_sum(found, slopes);
        fit->curvature[n] = gt_reference_sum(found, curvatures);
    }
}

/* Each leaf becomes one Newton step for its rows; the nodes above keep their means. */
static void set_leaves(boosting_fit *fit, size_t k) {
    gt_trees *trees = fit->model->trees;
    size_t rows = fit->samples->rows, features = fit->samples->features, K = fit->scores;
    int64_t t = trees->trees - 1, root = trees->first[t], count = trees->nodes - root;
    int32_t positive = K == 1 ? 1 : (int32_t)k;
    double scale = K == 1 ? 1 : (double)(K - 1) / (double)K, rate = fit->model->learning_rate;
    memset(fit->slope, 0, (size_t)count * sizeof *fit->slope);
    memset(fit->curvature, 0, (size_t)count * sizeof *fit->curvature);
    for (size_t i = 0; i < rows; i++)
        fit->leaf[i] = gt_trees_leaf(trees, t, fit->samples->x + i * features);
    if (fit->options->reference)
        sum_leaves_as_reference(fit, count, positive);
    else
        sum_leaves(fit, positive);
    for (int64_t n = 0; n < count; n++) {
        if (trees->left[root + n] >= 0) continue;
        bool flat = fabs(fit->curvature[n]) < smallest_curvature;
        trees->value[root + n] = flat ? 0 : scale * fit->slope[n] / fit->curvature[n];
    }
    for (size_t i = 0; i < rows; i++)
        fit->raw[i * K + k] += rate * trees->value[root + fit->leaf[i]];
}

static gt_status grow_stage(boosting_fit *fit, gt_grower *grower, int64_t stage,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_samples *s = fit->samples;
    shares_of(s->rows, fit->scores, fit->raw, fit->share);
    for (size_t k = 0; k < fit->scores; k++) {
        int32_t positive = fit->scores == 1 ? 1 : (int32_t)k;
        gt_rng_key key = {fit->options->seed, gt_rng_stream("boosting"),
                          (uint32_t)((size_t)stage * fit->scores + k)};
        if (fit->options->reference) key.seed = fit->options->reference[key.step];
        for (size_t i = 0; i < s->rows; i++)
            fit->residual[i] = (s->labels[i] == positive) - fit->share[i * fit->scores + k];
        GT_TRY(gt_grower_grow(grower, NULL, fit->residual, NULL, key, fit->model->trees, err));
        set_leaves(fit, k);
    }
done:
    return status;
}

/* Scores of the classes' shares alone. */
static gt_status set_initial(boosting_fit *fit, gt_error *err) {
    const gt_samples *s = fit->samples;
    double *initial = fit->model->initial;
    for (int32_t c = 0; c < s->classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < s->rows; i++) count += s->labels[i] == c;
        if (count == 0)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "class %d has no training row, boosting needs rows of every class",
                           c);
        double share = (double)count / (double)s->rows;
        if (fit->scores > 1)
            initial[c] = log(share);
        else if (c == 1)
            initial[0] = log(share / (1 - share));
    }
    for (size_t i = 0; i < s->rows * fit->scores; i++) fit->raw[i] = initial[i % fit->scores];
    return GT_OK;
}

static gt_status allocate(boosting_fit *fit, gt_error *err) {
    gt_status status = GT_OK;
    const gt_samples *s = fit->samples;
    gt_boosting *model = fit->model = calloc(1, sizeof *model);
    size_t rows = s->rows, nodes = 2 * rows + 1;
    if (!model) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    model->classes = s->classes;
    model->learning_rate = fit->options->learning_rate;
    fit->scores = (size_t)gt_boosting_scores(model);
    model->initial = calloc(fit->scores, sizeof *model->initial);
    fit->raw = calloc(rows, fit->scores * sizeof *fit->raw);
    fit->share = calloc(rows, fit->scores * sizeof *fit->share);
    fit->residual = calloc(rows, sizeof *fit->residual);
    fit->curvature = calloc(nodes, sizeof *fit->curvature);
    fit->slope = calloc(nodes, sizeof *fit->slope);
    fit->leaf = calloc(rows, sizeof *fit->leaf);
    bool in_order = fit->options->reference != NULL;
    if (in_order) fit->terms = calloc(rows, 2 * sizeof *fit->terms);
    if (!model->initial || !fit->raw || !fit->share || !fit->residual || !fit->curvature ||
        !fit->slope || !fit->leaf || (in_order && !fit->terms))
        GT_THROW(err, GT_NO_MEMORY, "no memory to boost %zu rows", rows);
    GT_TRY(gt_trees_create((int64_t)s->features, 1, &model->trees, err));
done:
    return status;
}

static gt_status check_options(const gt_boosting_options *o, int32_t classes, gt_error *err) {
    int64_t most = UINT32_MAX / (classes == 2 ? 1 : classes);
    if (classes < 2)
        return gt_fail(err, GT_BAD_ARGUMENT, "%d class, boosting needs at least 2", classes);
    if (o->stages < 1 || o->stages > most)
        return gt_fail(err, GT_BAD_ARGUMENT, "%lld stages, expected 1 to %lld",
                       (long long)o->stages, (long long)most);
    if (!(o->learning_rate > 0 && isfinite(o->learning_rate)))
        return gt_fail(err, GT_BAD_ARGUMENT, "learning rate %g, expected a number above 0",
                       o->learning_rate);
    if (o->max_depth < 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "depth %d, expected at least 1", o->max_depth);
    return GT_OK;
}

gt_status gt_boosting_fit(const gt_samples *samples, const gt_boosting_options *options,
                          gt_boosting **out, double *deviance, gt_error *err) {
    gt_status status = GT_OK;
    boosting_fit fit = {.samples = samples, .options = options};
    gt_columns columns = {0};
    gt_grower *grower = NULL;
    gt_tree_options tree = {.criterion = GT_CRITERION_FRIEDMAN, .min_leaf = 1};
    GT_TRY(gt_samples_check(samples, err));
    GT_TRY(check_options(options, samples->classes, err));
    tree.max_depth = options->max_depth;
    tree.as_reference = options->reference != NULL;
    GT_TRY(allocate(&fit, err));
    GT_TRY(set_initial(&fit, err));
    GT_TRY(
        gt_columns_create(samples->rows, samples->features, samples->x, true, &columns, err));
    GT_TRY(gt_grower_create(&columns, &tree, 0, omp_get_max_threads(), &grower, err));
    for (int64_t stage = 0; stage < options->stages; stage++) {
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(grow_stage(&fit, grower, stage, err));
        if (deviance) deviance[stage] = deviance_of(&fit);
        if (options->progress) gt_progress_update(options->progress, stage + 1, NULL);
    }
    *out = fit.model;
    fit.model = NULL;
done:
    gt_boosting_destroy(fit.model);
    gt_grower_destroy(grower);
    gt_columns_free(&columns);
    free(fit.raw);
    free(fit.share);
    free(fit.residual);
    free(fit.curvature);
    free(fit.slope);
    free(fit.leaf);
    free(fit.terms);
    return status;
}

void gt_boosting_destroy(gt_boosting *model) {
    if (!model) return;
    free(model->initial);
    gt_trees_destroy(model->trees);
    free(model);
}

/* ---- predicting ----------------------------------------------------------------------------
 */

/* Adds one stage's trees, whose value is one number, to rows of `scores` numbers. */
static void add_stage(const gt_boosting *model, int64_t stage, size_t rows, const float *x,
                      double *raw) {
    const gt_trees *trees = model->trees;
    size_t scores = (size_t)gt_boosting_scores(model), features = (size_t)trees->features;
    for (size_t k = 0; k < scores; k++) {
        int64_t t = stage * (int64_t)scores + (int64_t)k;
        const double *value = trees->value + trees->first[t];
        for (size_t i = 0; i < rows; i++)
            raw[i * scores + k] +=
                model->learning_rate * value[gt_trees_leaf(trees, t, x + i * features)];
    }
}

gt_status gt_boosting_predict(const gt_boosting *model, int64_t stages, size_t rows,
                              size_t features, const float *x, double *raw, gt_error *err) {
    gt_status status = GT_OK;
    size_t scores = (size_t)gt_boosting_scores(model);
    int64_t most = model->trees->trees / (int64_t)scores;
    if (stages < -1 || stages > most)
        GT_THROW(err, GT_BAD_ARGUMENT, "%lld stages, the model has %lld", (long long)stages,
                 (long long)most);
    if (model->trees->features != (int64_t)features)
        GT_THROW(err, GT_BAD_SHAPE, "rows of %zu features, expected %lld as learnt from",
                 features, (long long)model->trees->features);
    GT_TRY(gt_rows_check("query", rows, features, x, err));
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < rows; first += ROW_BLOCK) {
        size_t count = rows - first < ROW_BLOCK ? rows - first : ROW_BLOCK;
        double *mine = raw + first * scores;
        for (size_t i = 0; i < count * scores; i++) mine[i] = model->initial[i % scores];
        for (int64_t s = 0; s < (stages < 0 ? most : stages); s++)
            add_stage(model, s, count, x + first * features, mine);
    }
done:
    return status;
}

void gt_boosting_shares(const gt_boosting *model, size_t rows, const double *raw, double *out) {
    if (model->classes != 2) {
        shares_of(rows, (size_t)model->classes, raw, out);
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        out[2 * i + 1] = logistic(raw[i]);
        out[2 * i] = 1 - out[2 * i + 1];
    }
}
