/* trees.c - ensembles as flat arrays: memory, checks, walks, importance. */
#include "trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trees_room.h"

/* ---- memory --------------------------------------------------------------------------------
 */

static bool widen(void *array, int64_t room, size_t size) {
    void **items = array, *larger = NULL;
    size_t bytes;
    if (!__builtin_mul_overflow((size_t)room, size, &bytes)) larger = realloc(*items, bytes);
    if (larger) *items = larger;
    return larger != NULL;
}

static int64_t enlarged(int64_t room, int64_t wanted) {
    while (room < wanted) room = room ? 2 * room : 64;
    return room;
}

gt_status gt_trees_reserve(gt_trees *trees, int64_t more_trees, int64_t more_nodes,
                           gt_error *err) {
    int64_t tree_room = enlarged(trees->tree_room, trees->trees + more_trees);
    int64_t node_room = enlarged(trees->node_room, trees->nodes + more_nodes);
    size_t value_size = (size_t)trees->outputs * sizeof *trees->value;
    bool fits = tree_room == trees->tree_room ||
                widen(&trees->first, tree_room + 1, sizeof *trees->first);
    if (fits) trees->tree_room = tree_room;
    if (fits && node_room > trees->node_room) {
        fits = widen(&trees->left, node_room, sizeof *trees->left) &&
               widen(&trees->right, node_room, sizeof *trees->right) &&
               widen(&trees->feature, node_room, sizeof *trees->feature) &&
               widen(&trees->threshold, node_room, sizeof *trees->threshold) &&
               widen(&trees->value, node_room, value_size) &&
               widen(&trees->impurity, node_room, sizeof *trees->impurity) &&
               widen(&trees->weight, node_room, sizeof *trees->weight) &&
               widen(&trees->samples, node_room, sizeof *trees->samples);
        if (fits) trees->node_room = node_room;
    }
    if (fits) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for trees of %lld nodes",
                   (long long)node_room);
}

gt_status gt_trees_create(int64_t features, int64_t outputs, gt_trees **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_trees *trees = NULL;
    if (features < 1 || features > INT32_MAX || outputs < 1 || outputs > INT32_MAX)
        GT_THROW(err, GT_BAD_ARGUMENT, "trees of %lld features and %lld outputs",
                 (long long)features, (long long)outputs);
    trees = calloc(1, sizeof *trees);
    if (!trees) GT_THROW(err, GT_NO_MEMORY, "no memory for trees");
    trees->features = features;
    trees->outputs = outputs;
    GT_TRY(gt_trees_reserve(trees, 1, 1, err));
    trees->first[0] = 0;
    *out = trees;
    trees = NULL;
done:
    gt_trees_destroy(trees);
    return status;
}

void gt_trees_destroy(gt_trees *trees) {
    if (!trees) return;
    free(trees->first);
    free(trees->left);
    free(trees->right);
    free(trees->feature);
    free(trees->threshold);
    free(trees->value);
    free(trees->impurity);
    free(trees->weight);
    free(trees->samples);
    free(trees);
}

gt_status gt_trees_append(gt_trees *trees, const gt_trees *more, gt_error *err) {
    if (trees->features != more->features || trees->outputs != more->outputs)
        return gt_fail(err, GT_BAD_SHAPE,
                       "trees of %lld features and %lld outputs, expected %lld and %lld",
                       (long long)more->features, (long long)more->outputs,
                       (long long)trees->features, (long long)trees->outputs);
    gt_status status = gt_trees_reserve(trees, more->trees, more->nodes, err);
    if (status) return status;
    size_t at = (size_t)trees->nodes, n = (size_t)more->nodes, outputs = (size_t)trees->outputs;
    memcpy(trees->left + at, more->left, n * sizeof *more->left);
    memcpy(trees->right + at, more->right, n * sizeof *more->right);
    memcpy(trees->feature + at, more->feature, n * sizeof *more->feature);
    memcpy(trees->threshold + at, more->threshold, n * sizeof *more->threshold);
    memcpy(trees->value + at * outputs, more->value, n * outputs * sizeof *more->value);
    memcpy(trees->impurity + at, more->impurity, n * sizeof *more->impurity);
    memcpy(trees->weight + at, more->weight, n * sizeof *more->weight);
    memcpy(trees->samples + at, more->samples, n * sizeof *more->samples);
    for (int64_t t = 1; t <= more->trees; t++)
        trees->first[trees->trees + t] = trees->nodes + more->first[t];
    trees->trees += more->trees;
    trees->nodes += more->nodes;
    return GT_OK;
}

/* ---- checks --------------------------------------------------------------------------------
 */

/* What is wrong with node i of a tree of `count` nodes that begins at `root`; NULL: nothing. */
static const char *node_fault(const gt_trees *trees, int64_t root, int64_t i, int64_t count) {
    int32_t left = trees->left[root + i], right = trees->right[root + i];
    for (int64_t k = 0; k < trees->outputs; k++)
        if (!isfinite(trees->value[(root + i) * trees->outputs + k]))
            return "its value is not finite";
    if (!isfinite(trees->impurity[root + i])) return "its impurity is not finite";
    if (!isfinite(trees->weight[root + i])) return "its weight is not finite";
    if (left == -1 && right == -1) return NULL;
    if (left <= i || right <= i) return "a child does not come after it";
    if (left >= count || right >= count) return "a child is outside the tree";
    if (left == right) return "its children are one";
    if (trees->feature[root + i] < 0 || trees->feature[root + i] >= trees->features)
        return "its feature is out of range";
    return isfinite(trees->threshold[root + i]) ? NULL : "its threshold is not finite";
}

static gt_status check_tree(const gt_trees *trees, int64_t t, gt_error *err) {
    int64_t root = trees->first[t], count = trees->first[t + 1] - root;
    for (int64_t i = 0; i < count; i++) {
        const char *fault = node_fault(trees, root, i, count);
        if (fault)
            return gt_fail(err, GT_BAD_FORMAT, "tree %lld, node %lld: %s", (long long)t,
                           (long long)i, fault);
    }
    return GT_OK;
}

gt_status gt_trees_check(const gt_trees *trees, gt_error *err) {
    if (trees->first[0] != 0 || trees->first[trees->trees] != trees->nodes)
        return gt_fail(err, GT_BAD_FORMAT, "the trees do not cover their %lld nodes",
                       (long long)trees->nodes);
    for (int64_t t = 0; t < trees->trees; t++) {
        int64_t count = trees->first[t + 1] - trees->first[t];
        if (count < 1 || count > INT32_MAX || trees->first[t + 1] > trees->nodes)
            return gt_fail(err, GT_BAD_FORMAT, "tree %lld begins at node %lld and ends at %lld",
                           (long long)t, (long long)trees->first[t],
                           (long long)trees->first[t + 1]);
    }
    for (int64_t t = 0; t < trees->trees; t++) {
        gt_status status = check_tree(trees, t, err);
        if (status) return status;
    }
    return GT_OK;
}

/* ---- walks ---------------------------------------------------------------------------------
 */

int32_t gt_trees_leaf(const gt_trees *trees, int64_t tree, const float *row) {
    int64_t root = trees->first[tree];
    const int32_t *left = trees->left + root, *right = trees->right + root;
    const int32_t *feature = trees->feature + root;
    const double *threshold = trees->threshold + root;
    int32_t node = 0;
    while (left[node] >= 0)
        node = (double)row[feature[node]] <= threshold[node] ? left[node] : right[node];
    return node;
}

void gt_trees_add(const gt_trees *trees, int64_t tree, double scale, size_t rows,
                  const float *x, double *out) {
    size_t features = (size_t)trees->features, outputs = (size_t)trees->outputs;
    const double *values = trees->value + (size_t)trees->first[tree] * outputs;
    for (size_t i = 0; i < rows; i++) {
        size_t leaf = (size_t)gt_trees_leaf(trees, tree, x + i * features);
        for (size_t k = 0; k < outputs; k++)
            out[i * outputs + k] += scale * values[leaf * outputs + k];
    }
}

int gt_trees_depth(const gt_trees *trees, int64_t tree) {
    int64_t root = trees->first[tree], count = trees->first[tree + 1] - root;
    int deepest = 0;
    int *depth = calloc((size_t)count, sizeof *depth);
    if (!depth) return -1;
    for (int64_t i = 0; i < count; i++) {
        if (depth[i] > deepest) deepest = depth[i];
        if (trees->left[root + i] < 0) continue;
        depth[trees->left[root + i]] = depth[trees->right[root + i]] = depth[i] + 1;
    }
    free(depth);
    return deepest;
}

/* ---- importance ----------------------------------------------------------------------------
 */

/* What the cut of node i took away, times its weight. */
static double decrease(const gt_trees *trees, int64_t root, int64_t i) {
    int64_t left = root + trees->left[i], right = root + trees->right[i];
    return trees->weight[i] * trees->impurity[i] - trees->weight[left] * trees->impurity[left] -
           trees->weight[right] * trees->impurity[right];
}

/* Scales to sum 1, unless there is nothing to scale. */
static void normalise(size_t n, double *values) {
    double sum = 0;
    for (size_t f = 0; f < n; f++) sum += values[f];
    for (size_t f = 0; f < n && sum > 0; f++) values[f] /= sum;
}

gt_status gt_trees_importance(const gt_trees *trees, bool alike, double *out, gt_error *err) {
    size_t features = (size_t)trees->features;
    double *one = calloc(features, sizeof *one);
    if (!one) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu features", features);
    memset(out, 0, features * sizeof *out);
    for (int64_t t = 0; t < trees->trees; t++) {
        int64_t root = trees->first[t];
        memset(one, 0, features * sizeof *one);
        for (int64_t i = root; i < trees->first[t + 1]; i++)
            if (trees->left[i] >= 0)
                one[trees->feature[i]] += decrease(trees, root, i) / trees->weight[root];
        if (alike) normalise(features, one);
        for (size_t f = 0; f < features; f++) out[f] += one[f];
    }
    normalise(features, out);
    free(one);
    return GT_OK;
}
