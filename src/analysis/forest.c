/* forest.c - forests. Each tree is grown apart, from random numbers of its own number, and put
 * in its place at the end. */
#include "forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "galatea/interrupt.h"
#include "tree_grow.h"
#include "tree_reference.h"

enum { ROW_BLOCK = 64 };

/* What all trees of a fit share. */
typedef struct planting {
    const gt_columns *columns;
    gt_tree_options tree;
    const gt_forest_options *options;
    const int32_t *labels;
    int32_t classes; /* 0: numbers */
    const double *y;
    int64_t first;         /* number of the first tree */
    gt_trees **grown;      /* (options->trees) */
    int at_once, for_each; /* threads: trees that grow at a time, and of each */
    int64_t done;
    gt_error err;
} planting;

gt_forest_options gt_forest_random(void) {
    return (gt_forest_options){.trees = GT_FOREST_RANDOM_TREES,
                               .bootstrap = true,
                               .tree = {.min_leaf = 1},
                               .sqrt_features = true};
}

gt_forest_options gt_forest_extra(void) {
    return (gt_forest_options){.trees = GT_FOREST_EXTRA_TREES,
                               .tree = {.random_cut = true, .min_leaf = 1},
                               .sqrt_features = true};
}

gt_forest_options gt_forest_regression(void) {
    return (gt_forest_options){.trees = 100, .bootstrap = true, .tree = {.min_leaf = 1}};
}

/* ---- growing -------------------------------------------------------------------------------
 */

static void draw_rows(gt_rng_key key, size_t rows, int32_t *weights) {
    memset(weights, 0, rows * sizeof *weights);
    for (size_t i = 0; i < rows; i++) weights[gt_rng_below(key, i, rows)]++;
}

/* Becomes the state of the generator in key->seed. */
static gt_status draw_as_reference(const planting *p, int64_t t, gt_rng_key *key,
                                   int32_t *weights, gt_error *err) {
    size_t rows = p->columns->rows;
    uint32_t seed = p->options->reference[p->first + t], state;
    uint32_t *drawn = weights ? calloc(rows, sizeof *drawn) : NULL;
    if (weights && !drawn) return gt_fail(err, GT_NO_MEMORY, "no memory to draw rows");
    gt_reference_draw(seed, GT_REFERENCE_SEED, 1, &state);
    key->seed = state;
    if (weights) {
        gt_reference_draw(seed, (uint32_t)rows, rows, drawn);
        memset(weights, 0, rows * sizeof *weights);
        for (size_t i = 0; i < rows; i++) weights[drawn[i]]++;
    }
    free(drawn);
    return GT_OK;
}

/* weights: room for the rows; NULL: every row once. */
static gt_status grow_tree(planting *p, int64_t t, gt_grower *grower, int32_t *weights,
                           gt_error *err) {
    gt_status status = GT_OK;
    gt_rng_key key = {p->options->seed, gt_rng_stream("forest cuts"), (uint32_t)(p->first + t)};
    if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
    GT_TRY(gt_trees_create((int64_t)p->columns->features, p->classes ? p->classes : 1,
                           &p->grown[t], err));
    if (p->options->reference)
        GT_TRY(draw_as_reference(p, t, &key, weights, err));
    else if (weights) {
        gt_rng_key rows = {key.seed, gt_rng_stream("forest rows"), key.step};
        draw_rows(rows, p->columns->rows, weights);
    }
    GT_TRY(gt_grower_grow(grower, p->labels, p->y, weights, key, p->grown[t], err));
done:
    return status;
}

/* The first failure stands, and ends the work of all threads. */
static void record_result(planting *p, gt_status status, const gt_error *err) {
#pragma omp critical(gt_forest_note)
    {
        if (status && !p->err.status) p->err = *err;
        p->done++;
        if (p->options->progress && omp_get_thread_num() == 0)
            gt_progress_update(p->options->progress, p->done, NULL);
    }
}

static bool has_failed(const planting *p) {
    gt_status status;
#pragma omp atomic read
    status = p->err.status;
    return status != GT_OK;
}

static void grow_share(planting *p) {
    gt_error err = {0};
    gt_grower *grower = NULL;
    int32_t *weights = NULL;
    gt_status status =
        gt_grower_create(p->columns, &p->tree, p->classes, p->for_each, &grower, &err);
    if (!status && p->options->bootstrap) {
        weights = calloc(p->columns->rows, sizeof *weights);
        if (!weights) status = gt_fail(&err, GT_NO_MEMORY, "no memory to draw rows");
    }
    if (status) record_result(p, status, &err);
#pragma omp for schedule(dynamic)
    for (int64_t t = 0; t < p->options->trees; t++) {
        if (status || has_failed(p)) continue;
        status = grow_tree(p, t, grower, weights, &err);
        record_result(p, status, &err);
    }
    gt_grower_destroy(grower);
    free(weights);
}

/* Grows options->trees trees and appends them, all or none. */
static gt_status grow_all(planting *p, gt_trees *forest, gt_error *err) {
    gt_status status = GT_OK;
    int64_t count = p->options->trees, had_trees = forest->trees, had_nodes = forest->nodes;
    int threads = omp_get_max_threads();
    p->first = forest->trees;
    p->at_once = count < threads ? 1 : threads;
    p->for_each = count < threads ? threads : 1;
    p->grown = calloc((size_t)count, sizeof(gt_trees *));
    if (!p->grown) GT_THROW(err, GT_NO_MEMORY, "no memory for %lld trees", (long long)count);
    gt_session *session = gt_session_current();
#pragma omp parallel num_threads(p->at_once)
    {
        gt_session *before = gt_session_enter(session);
        grow_share(p);
        gt_session_enter(before);
    }
    if (p->err.status) GT_THROW(err, p->err.status, "%s", p->err.text);
    for (int64_t t = 0; t < count; t++) GT_TRY(gt_trees_append(forest, p->grown[t], err));
done:
    for (int64_t t = 0; p->grown && t < count; t++) gt_trees_destroy(p->grown[t]);
    free(p->grown);
    if (status) {
        forest->trees = had_trees;
        forest->nodes = had_nodes;
    }
    return status;
}

static gt_status prepare(planting *p, size_t features, gt_criterion criterion, gt_error *err) {
    if (p->options->trees < 1 || p->options->trees > INT32_MAX)
        return gt_fail(err, GT_BAD_ARGUMENT, "%lld trees, expected 1 to %d",
                       (long long)p->options->trees, INT32_MAX);
    p->tree = p->options->tree;
    p->tree.criterion = criterion;
    p->tree.as_reference = p->options->reference != NULL;
    if (p->options->sqrt_features) {
        size_t root = (size_t)sqrt((double)features);
        p->tree.max_features = root < 1 ? 1 : root;
    }
    return gt_tree_options_check(&p->tree, err);
}

gt_status gt_forest_classify(const gt_samples *samples, const gt_forest_options *options,
                             gt_trees **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_trees *forest = NULL;
    gt_columns columns = {0};
    planting p = {.columns = &columns,
                  .options = options,
                  .labels = samples->labels,
                  .classes = samples->classes};
    GT_TRY(gt_samples_check(samples, err));
    GT_TRY(prepare(&p, samples->features, GT_CRITERION_GINI, err));
    GT_TRY(gt_trees_create((int64_t)samples->features, samples->classes, &forest, err));
    GT_TRY(gt_columns_create(samples->rows, samples->features, samples->x, !p.tree.random_cut,
                             &columns, err));
    GT_TRY(grow_all(&p, forest, err));
    *out = forest;
    forest = NULL;
done:
    gt_columns_free(&columns);
    gt_trees_destroy(forest);
    return status;
}

gt_status gt_forest_regress(const gt_targets *targets, const gt_forest_options *options,
                            gt_trees *forest, gt_error *err) {
    gt_status status = GT_OK;
    gt_columns columns = {0};
    planting p = {.columns = &columns, .options = options, .y = targets->y};
    GT_TRY(gt_targets_check(targets, err));
    GT_TRY(prepare(&p, targets->features, GT_CRITERION_SQUARED_ERROR, err));
    if (forest->features != (int64_t)targets->features || forest->outputs != 1)
        GT_THROW(err, GT_BAD_SHAPE,
                 "a forest of %lld features and %lld outputs cannot learn one number from %zu",
                 (long long)forest->features, (long long)forest->outputs, targets->features);
    GT_TRY(gt_columns_create(targets->rows, targets->features, targets->x, !p.tree.random_cut,
                             &columns, err));
    GT_TRY(grow_all(&p, forest, err));
done:
    gt_columns_free(&columns);
    return status;
}

/* ---- predicting ----------------------------------------------------------------------------
 */

gt_status gt_forest_predict(const gt_trees *forest, size_t rows, size_t features,
                            const float *x, double *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t outputs = (size_t)forest->outputs;
    if (forest->trees < 1) GT_THROW(err, GT_BAD_ARGUMENT, "a forest without trees");
    if (forest->features != (int64_t)features)
        GT_THROW(err, GT_BAD_SHAPE, "rows of %zu features, expected %lld as learnt from",
                 features, (long long)forest->features);
    GT_TRY(gt_rows_check("query", rows, features, x, err));
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < rows; first += ROW_BLOCK) {
        size_t count = rows - first < ROW_BLOCK ? rows - first : ROW_BLOCK;
        double *mine = out + first * outputs;
        memset(mine, 0, count * outputs * sizeof *mine);
        for (int64_t t = 0; t < forest->trees; t++)
            gt_trees_add(forest, t, 1.0, count, x + first * features, mine);
        for (size_t i = 0; i < count * outputs; i++) mine[i] /= (double)forest->trees;
    }
done:
    return status;
}
