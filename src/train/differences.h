/* differences.h - how a weight file that does not fit is described: the first few differences
 * in full, the others counted. */
#ifndef GT_TRAIN_DIFFERENCES_H
#define GT_TRAIN_DIFFERENCES_H

#include "galatea/params.h"
#include "galatea/safetensors.h"

typedef struct gt_differences {
    int count;
    char text[400];
    const char *way_out; /* what can be done, to end the sentence; NULL: nothing */
} gt_differences;

GT_PRINTF(2, 3) void gt_differences_add(gt_differences *found, const char *format, ...);

/* Notes a tensor that is not there (NULL), or has another shape, under the name it should have.
 */
void gt_differences_compare(gt_differences *found, const gt_st_tensor *tensor, const char *name,
                            gt_shape shape);

/* "; and 4 more" beyond those that the text has, or "". */
enum { GT_DIFFERENCES_MORE = 32 };
const char *gt_differences_more(const gt_differences *found, char more[GT_DIFFERENCES_MORE]);

/* GT_MISMATCH with all that was found; GT_OK when nothing was. */
GT_MUST_CHECK gt_status gt_differences_conclude(const gt_differences *found, const char *path,
                                                gt_error *err);

#endif
