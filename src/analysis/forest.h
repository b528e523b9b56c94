/* forest.h (room: analysis) - forests: many trees, each of another random view of the rows.
 *
 * Random forest (Breiman 2001): every tree grows on rows drawn with replacement. Extra trees
 * (Geurts, Ernst and Wehenkel 2006): on all rows, with random cuts. A class is predicted by the
 * mean over trees of the shares in the leaves that a row falls into, a number by the mean of
 * the leaves' means. A fitted forest is a gt_trees (trees.h), which can be stored.
 *
 * Threads: trees are shared out over the calling thread's OpenMP threads; tree t of seed s is
 * the same tree whatever the number of threads and of trees. */
#ifndef GT_FOREST_H
#define GT_FOREST_H

#include "progress.h"
#include "trees.h"

#define GT_FOREST_RANDOM_TREES 260 /* the paper's choices */
#define GT_FOREST_EXTRA_TREES 400

typedef struct gt_forest_options {
    int64_t trees;        /* at least 1 */
    bool bootstrap;       /* draw rows with replacement */
    gt_tree_options tree; /* criterion is set by the fit: Gini, or squared error */
    bool sqrt_features;   /* overrides tree.max_features: whole part of the square root */
    uint64_t seed;
    const uint32_t *reference; /* (trees, those before too) or NULL: grown as the reference
                                  does, from these seeds (tree_reference.h) */
    gt_progress *progress;     /* counts trees; NULL: none */
} gt_forest_options;

/* 260 trees, bootstrap, square root of the features; 400 trees, all rows, random cuts, square
 * root; 100 regression trees, bootstrap, all features. Seed 0. */
gt_forest_options gt_forest_random(void);
gt_forest_options gt_forest_extra(void);
gt_forest_options gt_forest_regression(void);

/* Fits a forest to classes. *out is yours. GT_BAD_ARGUMENT, GT_NOT_FINITE (samples.h),
 * GT_INTERRUPTED between two trees. */
gt_status gt_forest_classify(const gt_samples *samples, const gt_forest_options *options,
                             gt_trees **out, gt_error *err) GT_MUST_CHECK;

/* Adds options->trees regression trees, grown on these rows, to a forest with one output. Tree
 * numbers go on where the forest ends, so that a forest grown batch by batch depends on the
 * seed and the batches alone. After a failure the forest is as it was. */
gt_status gt_forest_regress(const gt_targets *targets, const gt_forest_options *options,
                            gt_trees *forest, gt_error *err) GT_MUST_CHECK;

/* The mean over trees (rows, outputs): shares of the classes, or numbers. x (rows, features);
 * GT_BAD_SHAPE unless `features` are those of the forest, GT_NOT_FINITE, GT_BAD_ARGUMENT for a
 * forest without trees. */
gt_status gt_forest_predict(const gt_trees *forest, size_t rows, size_t features,
                            const float *x, double *out, gt_error *err) GT_MUST_CHECK;
#endif
