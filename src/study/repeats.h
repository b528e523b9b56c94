/* repeats.h (room: study) - pictures of sets that show what an earlier one shows, to be left
 * out where sets are joined. */
#ifndef GT_STUDY_REPEATS_H
#define GT_STUDY_REPEATS_H

#include "context.h"

/* Rows are counted through all sets, one set behind the other. */
typedef struct gt_repeats {
    uint64_t count, found;
    bool *is_left_out;   /* (count) */
    uint64_t *of;        /* (count) the earlier row that it repeats, where it is left out */
    double *correlation; /* (count) with that row */
} gt_repeats;

/* Goes through the pictures in order. One is a repeat when its Pearson correlation with one
 * that stays is beyond `most` in magnitude, both shrunk to means of 20x20 (adaptive average
 * pooling: cell i of a side of n begins at pixel floor(i n / 20) and ends before ceil((i + 1) n
 * / 20); sides below 20 as they are), all channels together: Kadkhodaie et al. 2024 leave out
 * one of each pair beyond 0.95. Flat pictures repeat nothing. Pictures are read once; 1.6 KB of
 * each that stays are held for a channel. GT_USAGE for codes, GT_NOT_FINITE naming set and row,
 * GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_repeats_find(const gt_context *context, const char *const *paths,
                                        size_t count, double most, gt_repeats *out,
                                        gt_error *err);

/* One remark with their number, and one for each of the first ten. GT_IO and the like when a
 * set cannot be opened again. */
GT_MUST_CHECK gt_status gt_repeats_remark(const gt_repeats *repeats, const char *const *paths,
                                          size_t count, double most, gt_error *err);
void gt_repeats_free(gt_repeats *repeats);

#endif
