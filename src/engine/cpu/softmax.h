/* softmax.h - exp(x) over its sum along an axis. */
#ifndef GT_ENGINE_SOFTMAX_H
#define GT_ENGINE_SOFTMAX_H

#include <stdint.h>

/* Along the middle of (outer, length, inner). A line with a NaN becomes one of them. */
void gt_softmax_run(int64_t outer, int64_t length, int64_t inner, const float *x, float *y,
                    int threads);

#endif
