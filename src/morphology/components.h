/* components.h - pixels that touch, also by a corner. Private. */
#ifndef GT_MORPHOLOGY_COMPONENTS_H
#define GT_MORPHOLOGY_COMPONENTS_H

#include <stdint.h>

/* Replaces `from` by `to` in the pixel `start` and all that touch; the number of pixels. `to`
 * is not `from`; stack: room for height * (width + 1). */
int gt_fill_component(int height, int width, int32_t *labels, int start, int32_t to,
                      int32_t *stack);

#endif
