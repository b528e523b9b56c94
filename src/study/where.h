/* where.h (room: study) - rows of a set that columns tell: "label=FRII,ra>=180.5". */
#ifndef GT_STUDY_WHERE_H
#define GT_STUDY_WHERE_H

#include <stdbool.h>

#include "galatea/dataset.h"

/* Marks the rows for which some condition does not hold, as an import understands them
 * (gt_selection_parse); marks that are there stay. where NULL: none is marked. GT_USAGE for
 * conditions that are none, or of a column that the set has not. */
GT_MUST_CHECK gt_status gt_where_leave_out(gt_dataset *set, const char *where,
                                           bool *is_left_out, gt_error *err);

#endif
