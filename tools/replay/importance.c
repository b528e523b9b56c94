/* Replays the importance of features by a regression forest that grows batch by batch, over ten
 * seeds: means of both within the spread of the reference. Where chance takes one too far,
 * every recorded seed is grown again with the reference's own random numbers and orders, and
 * must be the recorded one. A row of the report is a difference in units of what is allowed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forest.h"
#include "recording.h"
#include "tree_reference.h"
#include "verdicts.h"

enum { SEEDS = 10 };

typedef struct importance_case {
    gt_recording *rec;
    size_t features, batches, batch_rows, seeds;
    int64_t first_trees, more_trees;
    float *x;
    double *y;
    uint32_t *states; /* of the reference's trees; NULL: ours are grown */
    double *first;    /* (seeds, features) after the first batch */
    double *last;     /* (seeds, features) after all */
    double sum_error;
    gt_verdicts told;
} importance_case;

/* ---- reading -------------------------------------------------------------------------------
 */

static size_t whole_setting(gt_recording *rec, const char *key) {
    double value = gt_recording_number(rec, key, 0);
    if (!rec->status && !(value >= 1 && value <= 1 << 20 && value == floor(value)))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s' is %g, expected 1 to 2^20", key,
                          value);
    return rec->status ? 1 : (size_t)value;
}

static void read_case(importance_case *c) {
    gt_recording *rec = c->rec;
    uint64_t values = 0, rows = 0;
    c->first_trees = (int64_t)whole_setting(rec, "initial_trees");
    c->more_trees = (int64_t)whole_setting(rec, "added_trees_per_batch");
    c->batches = whole_setting(rec, "batches");
    c->batch_rows = whole_setting(rec, "batch_rows");
    c->x = gt_recording_input(rec, "x", &values);
    c->y = gt_recording_input_double(rec, "y", &rows);
    if (rec->status) return;
    if (rows != c->batches * c->batch_rows || values == 0 || values % rows)
        gt_recording_fail(rec, GT_BAD_SHAPE, "x and y are not %zu batches of %zu rows",
                          c->batches, c->batch_rows);
    c->features = (size_t)(values / (rows ? rows : 1));
}

/* ---- running -------------------------------------------------------------------------------
 */

static gt_targets batch_of(const importance_case *c, size_t number) {
    size_t row = number * c->batch_rows;
    return (gt_targets){c->batch_rows, c->features, c->x + row * c->features, c->y + row};
}

static size_t tree_count(const importance_case *c) {
    return (size_t)c->first_trees + (c->batches - 1) * (size_t)c->more_trees;
}

static gt_status run_seed(importance_case *c, size_t seed, gt_error *err) {
    gt_status status = GT_OK;
    gt_trees *forest = NULL;
    gt_forest_options options = gt_forest_regression();
    double sum = 0, *last = c->last + seed * c->features;
    options.seed = seed;
    options.reference = c->states;
    if (c->states)
        gt_reference_draw((uint32_t)seed, GT_REFERENCE_SEED, tree_count(c), c->states);
    GT_TRY(gt_trees_create((int64_t)c->features, 1, &forest, err));
    for (size_t b = 0; b < c->batches; ++b) {
        gt_targets batch = batch_of(c, b);
        options.trees = b ? c->more_trees : c->first_trees;
        GT_TRY(gt_forest_regress(&batch, &options, forest, err));
        if (b == 0)
            GT_TRY(gt_trees_importance(forest, true, c->first + seed * c->features, err));
    }
    GT_TRY(gt_trees_importance(forest, true, last, err));
    for (size_t f = 0; f < c->features; ++f) sum += last[f];
    c->sum_error = fmax(c->sum_error, fabs(sum - 1));
done:
    gt_trees_destroy(forest);
    return status;
}

/* ---- judging -------------------------------------------------------------------------------
 */

/* Values of a tensor of `count` numbers, NULL after a failure. */
static double *expected(importance_case *c, const char *name, size_t count) {
    uint64_t found = 0;
    double *values = gt_recording_expected(c->rec, name, &found);
    if (values && found != count)
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %zu", name,
                          (unsigned long long)found, count);
    if (!c->rec->status) return values;
    free(values);
    return NULL;
}

/* Means within four standard errors and a thousandth; deviations, summed over features, within
 * half of the recorded ones. */
static void judge_table(importance_case *c, const char *mean_name, const char *sd_name,
                        const double *table) {
    double worst = 0, ours = 0, theirs = 0;
    double *mean = expected(c, mean_name, c->features), *sd = expected(c, sd_name, c->features);
    for (size_t f = 0; mean && sd && f < c->features; ++f) {
        double allowed = 4 * sd[f] / sqrt(SEEDS) + 1e-3;
        worst = fmax(worst,
                     fabs(gt_column_mean(table, c->seeds, c->features, f) - mean[f]) / allowed);
        ours += gt_column_deviation(table, c->seeds, c->features, f);
        theirs += sd[f];
    }
    if (mean && sd) {
        gt_verdicts_add(&c->told, worst, "%s", mean_name);
        gt_verdicts_add(&c->told, fabs(ours - theirs) / (0.5 * theirs), "%s", sd_name);
    }
    free(mean);
    free(sd);
}

/* Each seed of the reference lies about our mean as ours do. */
static void judge_seeds(importance_case *c) {
    static const char name[] = "importance_per_seed";
    uint64_t count = 0;
    double worst = 0;
    double *told = gt_recording_expected(c->rec, name, &count);
    if (told && (count == 0 || count % c->features))
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "'%s' has %llu values for %zu features", name,
                          (unsigned long long)count, c->features);
    for (uint64_t i = 0; !c->rec->status && i < count; ++i) {
        size_t f = (size_t)(i % c->features);
        double allowed = 6 * gt_column_deviation(c->last, c->seeds, c->features, f) + 2e-3;
        worst = fmax(worst, fabs(told[i] - gt_column_mean(c->last, c->seeds, c->features, f)) /
                                allowed);
    }
    gt_verdicts_add(&c->told, worst, "%s", name);
    free(told);
}

/* One tree on all rows of the first batch. Where cuts are equally good the order in which
 * features are tried decides, so that ten trees tell what may come out. */
static void judge_single(importance_case *c) {
    gt_recording *rec = c->rec;
    gt_targets batch = batch_of(c, 0);
    gt_tree_options options = {.criterion = GT_CRITERION_SQUARED_ERROR, .min_leaf = 1};
    double *told = expected(c, "single_tree_no_bootstrap_importance", c->features);
    double *size = expected(c, "single_tree_no_bootstrap_train_depth_nodes", 2);
    double worst = 0, depth = INFINITY, nodes = 0;
    for (uint64_t seed = 0; told && size && seed < SEEDS && !rec->status; ++seed) {
        gt_trees *tree = NULL;
        double *got = c->last + seed * c->features;
        rec->status = gt_trees_create((int64_t)c->features, 1, &tree, rec->err);
        if (!rec->status)
            rec->status = gt_tree_regress(&batch, NULL, &options, (gt_rng_key){.seed = seed},
                                          tree, rec->err);
        if (!rec->status) rec->status = gt_trees_importance(tree, true, got, rec->err);
        if (!rec->status) {
            depth = fmin(depth, fabs(gt_trees_depth(tree, 0) - size[0]));
            nodes = fmax(nodes, fabs((double)tree->nodes - size[1]));
        }
        gt_trees_destroy(tree);
    }
    for (size_t f = 0; told && f < c->features && !rec->status; ++f) {
        double allowed = 4 * gt_column_deviation(c->last, c->seeds, c->features, f) + 1e-3;
        worst = fmax(worst, fabs(gt_column_mean(c->last, c->seeds, c->features, f) - told[f]) /
                                allowed);
    }
    gt_recording_judged(rec, "single_tree_no_bootstrap_importance", worst, 1);
    gt_recording_judged(rec, "single_tree_no_bootstrap_train_depth_nodes", depth + nodes, 0);
    free(told);
    free(size);
}

/* ---- seed by seed --------------------------------------------------------------------------
 */

static void judge_exactly(importance_case *c, const char *name, const double *got,
                          size_t count) {
    double worst = 0, *told = expected(c, name, count);
    for (size_t i = 0; told && i < count; ++i) {
        double error = fabs(got[i] - told[i]) / 1e-9;
        worst = error <= worst ? worst : error; /* NAN is worst */
    }
    gt_verdicts_add(&c->told, worst, "%s", name);
    free(told);
}

static void judge_columns(importance_case *c, const char *mean_name, const char *sd_name,
                          const double *table) {
    double *mean = calloc(2 * c->features + 1, sizeof *mean), *sd = mean + c->features;
    if (!mean) gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for means");
    for (size_t f = 0; mean && f < c->features; ++f) {
        mean[f] = gt_column_mean(table, c->seeds, c->features, f);
        sd[f] = gt_column_deviation(table, c->seeds, c->features, f);
    }
    if (mean) judge_exactly(c, mean_name, mean, c->features);
    if (mean) judge_exactly(c, sd_name, sd, c->features);
    free(mean);
}

/* ---- all -----------------------------------------------------------------------------------
 */

static void run(importance_case *c, size_t seeds) {
    c->seeds = seeds;
    c->told.count = 0;
    free(c->first);
    free(c->last);
    c->first = calloc(seeds * c->features + 1, sizeof *c->first);
    c->last = calloc(seeds * c->features + 1, sizeof *c->last);
    if (!c->first || !c->last) gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for results");
    for (size_t seed = 0; seed < seeds && !c->rec->status; ++seed)
        c->rec->status = run_seed(c, seed, c->rec->err);
}

static void judge_by_chance(importance_case *c) {
    judge_table(c, "importance_mean", "importance_sd", c->last);
    judge_table(c, "importance_first_batch_mean", "importance_first_batch_sd", c->first);
    judge_seeds(c);
}

static void run_as_reference(importance_case *c) {
    const gt_st_tensor *told = gt_safetensors_find(c->rec->file, "importance_per_seed");
    size_t seeds = told ? (size_t)(told->elements / c->features) : 0;
    if (seeds < 2) return;
    gt_verdicts by_chance = c->told;
    c->states = calloc(tree_count(c), sizeof *c->states);
    if (!c->states) gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for states");
    if (c->states) run(c, seeds);
    if (!c->rec->status) {
        judge_columns(c, "importance_mean", "importance_sd", c->last);
        judge_columns(c, "importance_first_batch_mean", "importance_first_batch_sd", c->first);
        judge_exactly(c, "importance_per_seed", c->last, seeds * c->features);
    }
    if (!gt_verdicts_pass(&c->told)) c->told = by_chance;
    free(c->states);
    c->states = NULL;
}

static void replay_importance(gt_recording *rec) {
    importance_case c = {.rec = rec};
    read_case(&c);
    if (!rec->status) run(&c, SEEDS);
    if (!rec->status) {
        judge_by_chance(&c);
        judge_single(&c); /* with the room of the seeds */
        if (!rec->status && !gt_verdicts_pass(&c.told)) run_as_reference(&c);
        gt_recording_judged(rec, "sum of importances", c.sum_error, 1e-12);
        gt_verdicts_tell(&c.told, rec);
    }
    free(c.x);
    free(c.y);
    free(c.first);
    free(c.last);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "importance_per_seed") != NULL;
}

const gt_replayer gt_replayer_importance = {"forest-importance", accepts, replay_importance};
