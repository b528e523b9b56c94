/* usual.h - the options of a use of a model: what they are when nothing is said, and what is.
 */
#ifndef GT_TWINS_USUAL_H
#define GT_TWINS_USUAL_H

#include "galatea/option.h"

typedef struct gt_usual {
    gt_options *options;
    void *values; /* as the class's table describes them */
} gt_usual;

/* table: such as sample_options, of a struct of `size` bytes; NULL: there are none. says:
 * "key=value key=value", NULL for nothing; GT_USAGE for what the table does not have. End it
 * with gt_usual_close in any case. */
GT_MUST_CHECK gt_status gt_usual_open(const gt_option_table *table, size_t size,
                                      const char *says, gt_usual *out, gt_error *err);
void gt_usual_close(gt_usual *usual);

#endif
