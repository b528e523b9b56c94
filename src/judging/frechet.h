/* frechet.h - the Frechet distance of parts of two sets. Private. */
#ifndef GT_JUDGING_FRECHET_H
#define GT_JUDGING_FRECHET_H

#include "galatea/judging.h"

/* out (2 splits): of halves of both sets and of the other halves, drawn by seed; at least 4
 * rows each. */
GT_MUST_CHECK gt_status gt_frechet_halves(const gt_points *a, const gt_points *b, size_t splits,
                                          uint64_t seed, double *out, gt_error *err);

/* The same of Vendi scores of one set. */
GT_MUST_CHECK gt_status gt_vendi_halves(const gt_points *points, size_t splits, uint64_t seed,
                                        double *out, gt_error *err);

#endif
