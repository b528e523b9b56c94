/* tree_grow.h - a grower: memory for one tree after another on the same columns. Private. */
#ifndef GT_ANALYSIS_TREE_GROW_H
#define GT_ANALYSIS_TREE_GROW_H

#include "columns.h"
#include "trees.h"

typedef struct gt_grower gt_grower;

/* classes: 0 for numbers. threads: that share the features of a large node, where all
 * features are tried; the tree is the same for any number. Columns are lent, and ranked unless
 * cuts are random. */
gt_status gt_grower_create(const gt_columns *columns, const gt_tree_options *options,
                           int32_t classes, int threads, gt_grower **out,
                           gt_error *err) GT_MUST_CHECK;
void gt_grower_destroy(gt_grower *grower); /* accepts NULL */

/* Grows one tree and appends it. Of labels (0..classes-1) and y (finite) the one that the
 * criterion asks for; weights may be NULL, a row of weight 0 is left out, one must not be. */
gt_status gt_grower_grow(gt_grower *grower, const int32_t *labels, const double *y,
                         const int32_t *weights, gt_rng_key key, gt_trees *out,
                         gt_error *err) GT_MUST_CHECK;

/* One tree alone may be wanted with options that nobody checked. */
gt_status gt_tree_options_check(const gt_tree_options *options, gt_error *err) GT_MUST_CHECK;

#endif
