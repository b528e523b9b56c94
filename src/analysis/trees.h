/* trees.h (room: analysis) - decision trees: one, or the many of an ensemble, as flat arrays.
 *
 * Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984, with the
 * definitions of scikit-learn: features are compared as float, a threshold is the middle
 * between two neighbouring values, the cut with the largest decrease of impurity wins and of
 * equal ones the first that was found. Features are tried in random order; those that are
 * constant in a node do not count, and the search goes on until one was not.
 *
 * Nodes of a tree are numbered from 0, its root, in the order in which a walk that goes left
 * first meets them; children therefore come after their parents. */
#ifndef GT_TREES_H
#define GT_TREES_H

#include <stdbool.h>

#include "galatea/safetensors.h"
#include "galatea/samples.h"
#include "rng.h"

/* Members may be read by all and changed by those who make trees. */
typedef struct gt_trees {
    int64_t features; /* of a row */
    int64_t outputs;  /* values of a node: one per class, or 1 */
    int64_t trees, nodes;
    int64_t *first;    /* (trees + 1) number of each tree's root among all nodes; last: nodes */
    int32_t *left;     /* (nodes) counted from the tree's root; -1: a leaf */
    int32_t *right;    /* (nodes) as left */
    int32_t *feature;  /* (nodes) -2: a leaf */
    double *threshold; /* (nodes) a row with x[feature] <= threshold goes left; leaf: -2 */
    double *value;     /* (nodes, outputs) shares of the classes, or the mean */
    double *impurity;  /* (nodes) Gini index, or variance */
    double *weight;    /* (nodes) rows, one that was drawn twice counting twice */
    int32_t *samples;  /* (nodes) different rows */
    int64_t tree_room, node_room; /* what the arrays have room for */
} gt_trees;

/* No trees yet. *out is yours. */
gt_status gt_trees_create(int64_t features, int64_t outputs, gt_trees **out,
                          gt_error *err) GT_MUST_CHECK;
void gt_trees_destroy(gt_trees *trees); /* accepts NULL */

/* Appends the trees of `more`, which has the same features and outputs (else GT_BAD_SHAPE). */
gt_status gt_trees_append(gt_trees *trees, const gt_trees *more, gt_error *err) GT_MUST_CHECK;

/* Whether the arrays are trees that can be walked: roots in order, both children after their
 * parent and inside the tree or both missing, features in range, thresholds and values finite.
 * GT_BAD_FORMAT names tree and node. */
gt_status gt_trees_check(const gt_trees *trees, gt_error *err) GT_MUST_CHECK;

/* The node, counted from the root of tree `tree`, at which a row ends. */
int32_t gt_trees_leaf(const gt_trees *trees, int64_t tree, const float *row);

/* Adds scale times the values of tree `tree` to out (rows, outputs) for all rows of x. */
void gt_trees_add(const gt_trees *trees, int64_t tree, double scale, size_t rows,
                  const float *x, double *out);

/* Steps from the root to the deepest leaf; -1 without memory. */
int gt_trees_depth(const gt_trees *trees, int64_t tree);

/* Importance of each feature (features): the decrease of impurity times the share of rows of
 * the nodes that it cut, summed over a tree, then over trees, divided by the sum of all. alike:
 * each tree's own sum is 1 before (forests); else trees that take away more count more
 * (boosting). All 0 when no tree has a cut. */
gt_status gt_trees_importance(const gt_trees *trees, bool alike, double *out,
                              gt_error *err) GT_MUST_CHECK;

/* Adds the arrays to a file as PREFIXleft, PREFIXright, ...; they are lent until it is saved.
 * Loading checks everything (gt_trees_check). *out is yours. */
gt_status gt_trees_store(const gt_trees *trees, const char *prefix,
                         gt_safetensors_writer *writer, gt_error *err) GT_MUST_CHECK;
gt_status gt_trees_load(const gt_safetensors *file, const char *prefix, gt_trees **out,
                        gt_error *err) GT_MUST_CHECK;

/* ---- growing ------------------------------------------------------------------------------
 */

typedef enum gt_criterion {
    GT_CRITERION_GINI,
    GT_CRITERION_SQUARED_ERROR,
    GT_CRITERION_FRIEDMAN /* chooses by n_l n_r / (n_l + n_r) (mean_l - mean_r)^2 */
} gt_criterion;

typedef struct gt_tree_options {
    gt_criterion criterion;
    bool random_cut;     /* one threshold, drawn between the extremes, for each feature */
    int max_depth;       /* 0: as deep as it goes */
    size_t min_leaf;     /* rows of a leaf, at least 1 */
    size_t max_features; /* tried in a node; 0: all */
    bool as_reference;   /* to the last digit (tree_reference.h) */
} gt_tree_options;

/* Grows one tree on rows of known class (GT_CRITERION_GINI) or number (the others) and appends
 * it. weights (rows, or NULL: all 1) tells how often each row counts. The order in which
 * features are tried, and random cuts, come from `key` alone; as_reference: from key.seed, the
 * state of scikit-learn's generator. */
gt_status gt_tree_classify(const gt_samples *samples, const int32_t *weights,
                           const gt_tree_options *options, gt_rng_key key, gt_trees *out,
                           gt_error *err) GT_MUST_CHECK;
gt_status gt_tree_regress(const gt_targets *targets, const int32_t *weights,
                          const gt_tree_options *options, gt_rng_key key, gt_trees *out,
                          gt_error *err) GT_MUST_CHECK;
#endif
