/* constants.h (room: model) - features of codes that are one number in all rows to learn from,
 * as a text that stands in the settings of a run: "3,17-20=0.25", features from 0, the number
 * behind them where it is not 0. */
#ifndef GT_MODEL_CONSTANTS_H
#define GT_MODEL_CONSTANTS_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* Ascending features, and the number of each. A zeroed one has none. */
typedef struct gt_constants {
    size_t count;
    int64_t *features;
    float *values;
} gt_constants;

/* Of codes of `width` numbers; text NULL: none. GT_USAGE says what is wrong with the text. *out
 * is yours, also after an error. */
GT_MUST_CHECK gt_status gt_constants_of_text(const char *text, int64_t width, gt_constants *out,
                                             gt_error *err);
void gt_constants_free(gt_constants *constants);

/* The text of some, which reads back to the same bits. *out is yours; NULL: there are none. */
GT_MUST_CHECK gt_status gt_constants_text(const gt_constants *constants, char **out,
                                          gt_error *err);

#endif
