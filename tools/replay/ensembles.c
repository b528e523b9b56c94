/* Replays random ensembles: NAME_random.safetensors has the results of rf, ext and grad over
 * many seeds, NAME_det.safetensors beside it the data. The generators here do not draw what the
 * reference drew, so ten seeds are run and compared as samples of one distribution. Where
 * chance takes one too far (a metric of few rows, a sum whose last digit parts equal cuts the
 * same way for every seed) every recorded seed is grown again with the reference's own random
 * numbers and orders, and must be the recorded one. A row of the report is a difference in
 * units of what is allowed, so its tolerance is 1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boosting.h"
#include "ensemble_data.h"
#include "forest.h"
#include "galatea/metrics.h"
#include "tree_reference.h"
#include "verdicts.h"

enum { SEEDS = 10, METRICS = 4, NAME = 64 };

static const double exactly = 1e-9;

/* What fits of one method with several seeds gave. */
typedef struct outcome {
    size_t seeds;
    double *metrics;       /* (seeds, METRICS) accuracy, ROC-AUC, specificity, recall */
    double *depth, *nodes; /* (seeds) */
    double *share;         /* (seeds, test rows) of class 1 */
    double *importance;    /* (seeds, features) */
} outcome;

typedef struct method {
    const char *name;
    /* states: of the reference's generator for each tree, or NULL. */
    gt_status (*fit)(const gt_ensemble_data *data, uint64_t seed, const uint32_t *states,
                     gt_trees **trees, double *share, gt_error *err);
    size_t trees;
    bool alike; /* trees count alike in the importance */
    /* Importance that one cut may carry. Where two features part the rows alike, the last digit
     * of a sum decides in boosting, the same way for every seed of one program. */
    double one_cut;
} method;

/* ---- methods -------------------------------------------------------------------------------
 */

static gt_samples samples_of(const gt_ensemble_data *data) {
    return (gt_samples){data->train.rows, data->features, data->train.x, data->train.labels, 2};
}

static gt_status fit_forest(const gt_ensemble_data *data, const gt_forest_options *options,
                            gt_trees **trees, double *share, gt_error *err) {
    gt_status status = GT_OK;
    gt_samples samples = samples_of(data);
    double *shares = calloc(data->test.rows, 2 * sizeof *shares);
    if (!shares) GT_THROW(err, GT_NO_MEMORY, "no memory for shares");
    GT_TRY(gt_forest_classify(&samples, options, trees, err));
    GT_TRY(
        gt_forest_predict(*trees, data->test.rows, data->features, data->test.x, shares, err));
    for (size_t i = 0; i < data->test.rows; ++i) share[i] = shares[2 * i + 1];
done:
    free(shares);
    return status;
}

static gt_status fit_random(const gt_ensemble_data *data, uint64_t seed, const uint32_t *states,
                            gt_trees **trees, double *share, gt_error *err) {
    gt_forest_options options = gt_forest_random();
    options.seed = seed;
    options.reference = states;
    return fit_forest(data, &options, trees, share, err);
}

static gt_status fit_extra(const gt_ensemble_data *data, uint64_t seed, const uint32_t *states,
                           gt_trees **trees, double *share, gt_error *err) {
    gt_forest_options options = gt_forest_extra();
    options.seed = seed;
    options.reference = states;
    return fit_forest(data, &options, trees, share, err);
}

static gt_status fit_boosting(const gt_ensemble_data *data, uint64_t seed,
                              const uint32_t *states, gt_trees **trees, double *share,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_boosting *model = NULL;
    gt_samples samples = samples_of(data);
    gt_boosting_options options = gt_boosting_options_default();
    options.seed = seed;
    options.reference = states;
    double *raw = calloc(data->test.rows, 3 * sizeof *raw), *shares = raw + data->test.rows;
    if (!raw) GT_THROW(err, GT_NO_MEMORY, "no memory for scores");
    GT_TRY(gt_boosting_fit(&samples, &options, &model, NULL, err));
    GT_TRY(gt_boosting_predict(model, -1, data->test.rows, data->features, data->test.x, raw,
                               err));
    gt_boosting_shares(model, data->test.rows, raw, shares);
    for (size_t i = 0; i < data->test.rows; ++i) share[i] = shares[2 * i + 1];
    *trees = model->trees;
    model->trees = NULL;
done:
    gt_boosting_destroy(model);
    free(raw);
    return status;
}

static const method methods[] = {{"rf", fit_random, GT_FOREST_RANDOM_TREES, true, 2e-5},
                                 {"ext", fit_extra, GT_FOREST_EXTRA_TREES, true, 2e-5},
                                 {"grad", fit_boosting, GT_BOOSTING_STAGES, false, 3e-3}};

/* ---- running -------------------------------------------------------------------------------
 */

static void measure_trees(const gt_trees *trees, double *depth, double *nodes) {
    *depth = 0;
    for (int64_t t = 0; t < trees->trees; ++t)
        *depth += (double)gt_trees_depth(trees, t) / (double)trees->trees;
    *nodes = (double)trees->nodes / (double)trees->trees;
}

static gt_status run_seed(const gt_ensemble_data *data, const method *m, size_t seed,
                          const uint32_t *states, outcome *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t n = data->test.rows;
    gt_trees *trees = NULL;
    gt_binary_metrics metrics;
    double *share = out->share + seed * n;
    int32_t *predicted = calloc(n, sizeof *predicted);
    if (!predicted) GT_THROW(err, GT_NO_MEMORY, "no memory for predictions");
    GT_TRY(m->fit(data, seed, states, &trees, share, err));
    for (size_t i = 0; i < n; ++i) predicted[i] = share[i] > 0.5;
    GT_TRY(gt_binary_metrics_compute(n, data->test.labels, predicted, share, &metrics, err));
    double *four = out->metrics + METRICS * seed;
    four[0] = metrics.accuracy;
    four[1] = metrics.roc_auc;
    four[2] = metrics.specificity;
    four[3] = metrics.recall;
    measure_trees(trees, &out->depth[seed], &out->nodes[seed]);
    GT_TRY(gt_trees_importance(trees, m->alike, out->importance + seed * data->features, err));
done:
    gt_trees_destroy(trees);
    free(predicted);
    return status;
}

/* ---- judging -------------------------------------------------------------------------------
 */

/* The recorded METHOD.PART of `count` numbers, NULL after a failure. */
static double *expected(gt_recording *rec, const char *name, const char *part, size_t count) {
    char full[NAME];
    uint64_t found;
    snprintf(full, sizeof full, "%s.%s", name, part);
    double *values = gt_recording_expected(rec, full, &found);
    if (values && found != count)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %zu", full,
                          (unsigned long long)found, count);
    if (!rec->status) return values;
    free(values);
    return NULL;
}

/* How means and deviations of a table are judged: |mean - mean'| is at most `errors` standard
 * errors plus `share` deviations plus `least`; the average deviation, which many columns
 * make sharp, is within `spread` of the recorded one, or within `least`. */
typedef struct table_rule {
    double errors, share, least, spread;
} table_rule;

static void judge_table(gt_recording *rec, gt_verdicts *all, const char *name,
                        const char *mean_part, const char *sd_part, const double *table,
                        size_t width, const table_rule *rule) {
    double worst = 0, ours = 0, theirs = 0;
    double *mean = expected(rec, name, mean_part, width);
    double *sd = expected(rec, name, sd_part, width);
    for (size_t i = 0; mean && sd && i < width; ++i) {
        double allowed = rule->errors * sd[i] / sqrt(SEEDS) + rule->share * sd[i] + rule->least;
        worst = fmax(worst, fabs(gt_column_mean(table, SEEDS, width, i) - mean[i]) / allowed);
        ours += gt_column_deviation(table, SEEDS, width, i) / (double)width;
        theirs += sd[i] / (double)width;
    }
    if (mean && sd) {
        gt_verdicts_add(all, worst, "%s.%s", name, mean_part);
        gt_verdicts_add(all, fabs(ours - theirs) / (rule->spread * theirs + rule->least),
                        "%s.%s", name, sd_part);
    }
    free(mean);
    free(sd);
}

/* Each seed's metrics lie in the recorded range, give or take three deviations and one row of
 * the smaller class: boosting hardly varies with the seed, yet a row may lie on the edge. */
static void judge_seeds(gt_recording *rec, gt_verdicts *all, const char *name,
                        const outcome *out, size_t seeds, double one_row) {
    double worst = 0;
    double *told = expected(rec, name, "metrics_per_seed", seeds * METRICS);
    double *sd = expected(rec, name, "metrics_sd", METRICS);
    for (size_t m = 0; told && sd && m < METRICS; ++m) {
        double low = INFINITY, high = -INFINITY, allowed = 3 * sd[m] + one_row;
        for (size_t s = 0; s < seeds; ++s) {
            low = fmin(low, told[s * METRICS + m]);
            high = fmax(high, told[s * METRICS + m]);
        }
        for (size_t s = 0; s < SEEDS; ++s) {
            double got = out->metrics[s * METRICS + m];
            worst = fmax(worst, fmax(low - got, got - high) / allowed);
        }
    }
    if (told && sd) gt_verdicts_add(all, worst, "%s.metrics_per_seed", name);
    free(told);
    free(sd);
}

/* Mean shares over seeds: root mean square and largest difference. */
static void judge_shares(gt_recording *rec, gt_verdicts *all, const char *name,
                         const outcome *out, size_t n) {
    double squares = 0, worst = 0;
    double *mean = expected(rec, name, "proba1_mean", n);
    for (size_t i = 0; mean && i < n; ++i) {
        double d = gt_column_mean(out->share, SEEDS, n, i) - mean[i];
        squares += d * d;
        worst = fmax(worst, fabs(d));
    }
    if (mean)
        gt_verdicts_add(all, fmax(sqrt(squares / (double)n) / 0.015, worst / 0.06),
                        "%s.proba1_mean", name);
    free(mean);
}

/* One seed of the reference: its shares are spread about our means as its others are, and it
 * predicts as they do where the share is not near one half. */
static void judge_one_seed(gt_recording *rec, gt_verdicts *all, const char *name,
                           const outcome *out, size_t n) {
    double squares = 0, variance = 0, wrong = 0, ours = 0, theirs = 0;
    double *share = expected(rec, name, "proba1_seed0", n);
    double *predicted = expected(rec, name, "pred_seed0", n);
    double *sd = expected(rec, name, "proba1_sd", n);
    for (size_t i = 0; share && predicted && sd && i < n; ++i) {
        double mean = gt_column_mean(out->share, SEEDS, n, i), d = share[i] - mean;
        squares += d * d;
        variance += sd[i] * sd[i];
        ours += gt_column_deviation(out->share, SEEDS, n, i);
        theirs += sd[i];
        if (fabs(mean - 0.5) > 4 * sd[i] + 0.01) wrong += predicted[i] != (mean > 0.5);
    }
    if (share && predicted && sd) {
        gt_verdicts_add(all, sqrt(squares) / (1.5 * sqrt(variance) + 0.005), "%s.proba1_seed0",
                        name);
        gt_verdicts_add(all, wrong, "%s.pred_seed0", name);
        gt_verdicts_add(all, fabs(ours - theirs) / (0.25 * theirs + 0.001 * (double)n),
                        "%s.proba1_sd", name);
    }
    free(share);
    free(predicted);
    free(sd);
}

/* Mean depth, or number of nodes, of a tree: within three deviations plus one per cent. */
static void judge_size(gt_recording *rec, gt_verdicts *all, const char *name, const char *part,
                       const double *got) {
    double *told = expected(rec, name, part, 2);
    if (told)
        gt_verdicts_add(all,
                        fabs(gt_column_mean(got, SEEDS, 1, 0) - told[0]) /
                            (3 * told[1] + 0.01 * told[0]),
                        "%s.%s", name, part);
    free(told);
}

static double share_of_row(const gt_labelled *set) {
    size_t ones = 0;
    for (size_t i = 0; i < set->rows; ++i) ones += set->labels[i] == 1;
    size_t fewer = ones < set->rows - ones ? ones : set->rows - ones;
    return 1 / (double)(fewer ? fewer : 1);
}

static void judge_method(const gt_ensemble_data *data, const method *m, const outcome *out,
                         size_t seeds, gt_verdicts *all) {
    static const table_rule of_metrics = {3, 0.5, 0.002, 1};
    const table_rule of_importance = {5, 0.5, m->one_cut, 0.25};
    gt_recording *rec = data->rec;
    const char *name = m->name;
    judge_table(rec, all, name, "metrics_mean", "metrics_sd", out->metrics, METRICS,
                &of_metrics);
    judge_seeds(rec, all, name, out, seeds, share_of_row(&data->test));
    judge_shares(rec, all, name, out, data->test.rows);
    judge_one_seed(rec, all, name, out, data->test.rows);
    judge_size(rec, all, name, "tree_depth_mean_sd", out->depth);
    judge_size(rec, all, name, "tree_nodes_mean_sd", out->nodes);
    judge_table(rec, all, name, "importance_mean", "importance_sd", out->importance,
                data->features, &of_importance);
}

/* ---- seed by seed --------------------------------------------------------------------------
 */

static void judge_exactly(gt_recording *rec, gt_verdicts *all, const char *name,
                          const char *part, const double *got, size_t count) {
    double worst = 0, *told = expected(rec, name, part, count);
    for (size_t i = 0; told && i < count; ++i) {
        double error = fabs(got[i] - told[i]) / exactly;
        worst = error <= worst ? worst : error; /* NAN is worst */
    }
    gt_verdicts_add(all, worst, "%s.%s", name, part);
    free(told);
}

/* The table's means and deviations, one after the other where the parts are one. */
static void judge_columns(gt_recording *rec, gt_verdicts *all, const char *name,
                          const char *mean_part, const char *sd_part, const double *table,
                          size_t seeds, size_t width) {
    double *both = calloc(2 * width + 1, sizeof *both);
    if (!both) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for means");
    for (size_t i = 0; both && i < width; ++i) {
        both[i] = gt_column_mean(table, seeds, width, i);
        both[width + i] = gt_column_deviation(table, seeds, width, i);
    }
    if (both) judge_exactly(rec, all, name, mean_part, both, sd_part ? width : 2 * width);
    if (both && sd_part) judge_exactly(rec, all, name, sd_part, both + width, width);
    free(both);
}

static void judge_every_seed(const gt_ensemble_data *data, const method *m, const outcome *out,
                             gt_verdicts *all) {
    gt_recording *rec = data->rec;
    const char *name = m->name;
    size_t seeds = out->seeds, n = data->test.rows;
    double *predicted = calloc(n, sizeof *predicted);
    if (!predicted) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for predictions");
    for (size_t i = 0; predicted && i < n; ++i) predicted[i] = out->share[i] > 0.5;
    judge_exactly(rec, all, name, "metrics_per_seed", out->metrics, seeds * METRICS);
    judge_columns(rec, all, name, "metrics_mean", "metrics_sd", out->metrics, seeds, METRICS);
    judge_columns(rec, all, name, "proba1_mean", "proba1_sd", out->share, seeds, n);
    judge_exactly(rec, all, name, "proba1_seed0", out->share, n);
    if (predicted) judge_exactly(rec, all, name, "pred_seed0", predicted, n);
    judge_columns(rec, all, name, "tree_depth_mean_sd", NULL, out->depth, seeds, 1);
    judge_columns(rec, all, name, "tree_nodes_mean_sd", NULL, out->nodes, seeds, 1);
    judge_columns(rec, all, name, "importance_mean", "importance_sd", out->importance, seeds,
                  data->features);
    free(predicted);
}

/* ---- a method ------------------------------------------------------------------------------
 */

static void free_outcome(outcome *out) {
    free(out->metrics);
    free(out->depth);
    free(out->nodes);
    free(out->share);
    free(out->importance);
    *out = (outcome){0};
}

static void run(const gt_ensemble_data *data, const method *m, size_t seeds, bool as_reference,
                outcome *out) {
    gt_recording *rec = data->rec;
    uint32_t *states = calloc(m->trees, sizeof *states);
    *out = (outcome){.seeds = seeds,
                     .metrics = calloc(seeds * METRICS, sizeof *out->metrics),
                     .depth = calloc(seeds, sizeof *out->depth),
                     .nodes = calloc(seeds, sizeof *out->nodes),
                     .share = calloc(seeds * data->test.rows, sizeof *out->share),
                     .importance = calloc(seeds * data->features, sizeof *out->importance)};
    if (!states || !out->metrics || !out->depth || !out->nodes || !out->share ||
        !out->importance)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu seeds", seeds);
    for (size_t seed = 0; seed < seeds && !rec->status; ++seed) {
        if (as_reference)
            gt_reference_draw((uint32_t)seed, GT_REFERENCE_SEED, m->trees, states);
        rec->status = run_seed(data, m, seed, as_reference ? states : NULL, out, rec->err);
    }
    free(states);
}

static void replay_method(const gt_ensemble_data *data, const method *m) {
    gt_recording *rec = data->rec;
    outcome out = {0};
    gt_verdicts by_chance = {0}, exact = {0}, *told = &by_chance;
    double seeds = gt_recording_number(rec, "n_seeds", 0);
    if (!(seeds >= 2 && seeds <= 10000))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata 'n_seeds': expected 2 to 10000");
    if (!rec->status) run(data, m, SEEDS, false, &out);
    if (!rec->status) judge_method(data, m, &out, (size_t)seeds, &by_chance);
    free_outcome(&out);
    if (!rec->status && !gt_verdicts_pass(&by_chance)) {
        run(data, m, (size_t)seeds, true, &out);
        if (!rec->status) judge_every_seed(data, m, &out, &exact);
        if (gt_verdicts_pass(&exact)) told = &exact;
        free_outcome(&out);
    }
    gt_verdicts_tell(told, rec);
}

static void replay_ensembles(gt_recording *rec) {
    gt_ensemble_data data = {.rec = rec};
    char name[NAME];
    rec->status = gt_ensemble_data_read(&data, gt_safetensors_path(rec->file), rec->err);
    for (size_t i = 0; i < sizeof methods / sizeof *methods && !rec->status; ++i) {
        snprintf(name, sizeof name, "%s.metrics_mean", methods[i].name);
        if (gt_recording_find(rec, name) >= 0) replay_method(&data, &methods[i]);
    }
    gt_ensemble_data_free(&data);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "n_seeds") &&
           (gt_safetensors_find(file, "rf.metrics_mean") ||
            gt_safetensors_find(file, "ext.metrics_mean") ||
            gt_safetensors_find(file, "grad.metrics_mean"));
}

const gt_replayer gt_replayer_ensembles = {"random-ensembles", accepts, replay_ensembles};
