/* intervals.h - 95 % intervals that repeat no row. Private. */
#ifndef GT_JUDGING_INTERVALS_H
#define GT_JUDGING_INTERVALS_H

#include "galatea/judging.h"

/* Quantiles 2.5 % and 97.5 % of the mean of `count` outcomes that are drawn again, 1,000 times.
 */
GT_MUST_CHECK gt_status gt_interval_of_share(size_t count, const double *outcome, uint64_t seed,
                                             gt_judged *out, gt_error *err);

/* The same of C_T with cells as used, rows of both sets being drawn again with their distances
 * and cells. */
GT_MUST_CHECK gt_status gt_interval_of_copying(const gt_celled *test,
                                               const gt_celled *generated, size_t cells,
                                               const uint8_t *is_used, uint64_t seed,
                                               gt_judged *out, gt_error *err);

/* Around out->value: 1.96 deviations of the values of halves, times sqrt(1/2). */
void gt_interval_of_halves(size_t count, const double *values, gt_judged *out);

#endif
