/* tree_reference.h (room: analysis) - growing a tree as the reference does, to the last digit.
 *
 * Often several features part the rows of a node alike, or as well: then the order in which
 * they are tried decides, and for numbers the last digit of their sums, which follows from the
 * order of the rows. scikit-learn sorts the rows of a node by each feature that it tries, and
 * leaves them so to the next one; a cut moves what goes right to the end, from which it takes
 * what comes instead; children have their impurity from the sums of their parent. With all
 * this, and its random numbers, a tree is the reference's node by node. What is grown for use
 * has orders of its own: they cost less, and a pure node is never cut there for a rounding
 * error. */
#ifndef GT_ANALYSIS_TREE_REFERENCE_H
#define GT_ANALYSIS_TREE_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/* Whole numbers below bound, at least 1, as NumPy's RandomState(seed).randint draws them. Below
 * GT_REFERENCE_SEED they are seeds of the trees of a forest, and of RandomState again the first
 * is the state with which a tree begins. */
#define GT_REFERENCE_SEED INT32_MAX
void gt_reference_draw(uint32_t seed, uint32_t bound, size_t count, uint32_t *out);

/* ---- inside a tree ------------------------------------------------------------------------
 */

/* The rows of a node with what moves along with them. */
typedef struct gt_row_run {
    size_t count;
    uint32_t *row;
    int32_t *weight;
    double *sum; /* w y */
} gt_row_run;

/* Weight, sum w y and sum w y^2 of a node. */
typedef struct gt_row_sums {
    double weight, sum, squares;
} gt_row_sums;

/* The next number up to INT32_MAX; *state is not 0. */
uint32_t gt_reference_next(uint32_t *state);
/* Sorts by x (of all rows); value: room for the run. */
void gt_reference_sort(gt_row_run run, const float *x, float *value);
/* Parts at x <= limit. Returns the number of rows on the left. */
size_t gt_reference_part(gt_row_run run, const float *x, float limit);
/* The variances left and right of a cut behind `left` rows. */
void gt_reference_impurities(gt_row_run run, size_t left, const double *y,
                             const gt_row_sums *whole, double out[2]);
/* A sum by halves, of eight at a time below 129 numbers: NumPy's. */
double gt_reference_sum(size_t n, const double *x);

#endif
