/* tree_recording.h - what recordings of trees share. Private. */
#ifndef GT_REPLAY_TREE_RECORDING_H
#define GT_REPLAY_TREE_RECORDING_H

#include "recording.h"
#include "trees.h"

enum { GT_TREE_NAME = 160 };

/* The problem of all trees of a file. */
typedef struct gt_tree_problem {
    gt_recording *rec;
    size_t rows, features;
    float *x;        /* (rows, features) */
    int32_t *labels; /* (rows) */
    int32_t classes;
    double *y; /* (rows) */
} gt_tree_problem;

/* The tree that the tensors TREE.left, .right, .feature and .threshold describe, checked, with
 * the counts, values and impurities that the rows of the problem give its nodes. y NULL: of
 * classes. NULL after a failure. */
gt_trees *gt_tree_recorded(const gt_tree_problem *problem, const char *tree, const double *y);

/* Compares (count) whole numbers, which must be equal. */
void gt_tree_compare_whole(gt_recording *rec, const char *tree, const char *part,
                           const int32_t *got, int64_t count);
/* Compares reals within `ratio` of the largest magnitude among them. */
void gt_tree_compare_reals(gt_recording *rec, const char *tree, const char *part,
                           const double *got, gt_shape shape, double ratio);

/* Replays gb.*: the chain of boosted trees. */
void gt_tree_replay_chain(const gt_tree_problem *problem);

#endif
