/* usual.h - the options of a use of a model when nothing is said. */
#ifndef GT_TWINS_USUAL_H
#define GT_TWINS_USUAL_H

#include "galatea/option.h"

typedef struct gt_usual {
    gt_options *options;
    void *values; /* as the class's table describes them */
} gt_usual;

/* table: such as sample_options, of a struct of `size` bytes; NULL: there are none. End it with
 * gt_usual_close in any case. */
GT_MUST_CHECK gt_status gt_usual_open(const gt_option_table *table, size_t size, gt_usual *out,
                                      gt_error *err);
void gt_usual_close(gt_usual *usual);

#endif
