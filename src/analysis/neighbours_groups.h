/* neighbours_groups.h - rows sorted into groups of near ones, for the approximate graph of
 * neighbours. Private. */
#ifndef GT_NEIGHBOURS_GROUPS_H
#define GT_NEIGHBOURS_GROUPS_H

#include "neighbours_search.h"

/* Group g holds rows start[g] .. start[g+1]-1 of `order`, and its rows' neighbours are looked
 * for in ranges[range_start[g]] .. ranges[range_start[g+1]-1] of the same order. */
typedef struct gt_groups {
    size_t count;
    size_t *start, *range_start; /* (count + 1) */
    int32_t *order;              /* (rows) */
    gt_search_range *ranges;
} gt_groups;

/* x is finite. Every group's ranges hold more than k rows. */
GT_MUST_CHECK gt_status gt_groups_create(size_t rows, size_t features, const float *x, size_t k,
                                         uint64_t seed, gt_groups *out, gt_error *err);
void gt_groups_free(gt_groups *groups);

#endif
