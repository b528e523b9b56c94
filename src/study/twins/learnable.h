/* learnable.h - whether a model can learn from the sizes of a sweep, before anything is made.
 */
#ifndef GT_TWINS_LEARNABLE_H
#define GT_TWINS_LEARNABLE_H

#include "sweep.h"

/* Of pictures as `data` has them, where `judged` rows validate beside those of every size:
 * GT_BAD_ARGUMENT and what making the model gives, naming the size or the set. */
GT_MUST_CHECK gt_status gt_learnable_check(const gt_sweep *sweep, const gt_dataset *data,
                                           size_t judged, gt_error *err);

/* GT_NOT_FINITE and GT_BAD_ARGUMENT as a training has them for its pixels, naming the row in
 * the whole set; rows ascend. */
GT_MUST_CHECK gt_status gt_learnable_read(const gt_sweep *sweep, const gt_dataset *data,
                                          uint64_t *rows, size_t count, gt_error *err);

#endif
