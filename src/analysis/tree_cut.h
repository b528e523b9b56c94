/* tree_cut.h - where to cut a node: the search over one feature. Private. */
#ifndef GT_ANALYSIS_TREE_CUT_H
#define GT_ANALYSIS_TREE_CUT_H

#include "columns.h"
#include "trees.h"

/* Values no further apart than this count as equal, as scikit-learn has it. */
#define GT_TREE_STEP 1e-7f

/* The lists of a node may be read, though not used, so far behind their end. */
enum { GT_NODE_LANES = 8 };

/* The rows of a node, in any order, and their sums. With at most two classes, or numbers, a row
 * has weight w and sum w y, where y is 0 or 1 for a class; with more classes it has a label. */
typedef struct gt_node {
    size_t count;
    const uint32_t *row;
    const int32_t *weight;  /* (count) above 0 */
    const double *sum;      /* (count) w y; more classes: not used */
    const int32_t *labels;  /* of all rows of the set; more classes only */
    int32_t classes;        /* of `labels` */
    const double *by_class; /* (classes) weight of each; more classes only */
    double total_weight, total_sum;
    bool sorted; /* by the feature that is tried: numbers, as the reference has them */
} gt_node;

/* The best cut of one feature. */
typedef struct gt_cut {
    bool constant; /* no two values differ */
    bool found;
    double gain; /* larger is better; comparable within a node */
    double threshold;
} gt_cut;

/* What a search needs besides; one per thread. */
typedef struct gt_cut_room gt_cut_room;

gt_status gt_cut_room_create(size_t rows, int32_t classes, gt_cut_room **out,
                             gt_error *err) GT_MUST_CHECK;
void gt_cut_room_destroy(gt_cut_room *room); /* accepts NULL */

/* All cuts between neighbouring values; needs ranked columns. */
gt_cut gt_cut_best(const gt_columns *columns, size_t feature, const gt_node *node,
                   const gt_tree_options *options, gt_cut_room *room);

/* One cut at minimum + draw (maximum - minimum), draw in (0, 1). */
gt_cut gt_cut_random(const gt_columns *columns, size_t feature, const gt_node *node,
                     const gt_tree_options *options, double draw, gt_cut_room *room);

/* The largest float that a threshold lets pass to the left. */
float gt_cut_float(double threshold);

#endif
