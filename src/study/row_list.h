/* row_list.h - rows of a set as people write them: 3,7-9. */
#ifndef GT_STUDY_ROW_LIST_H
#define GT_STUDY_ROW_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* Where a list comes from: for messages, and what it may name. */
typedef struct gt_row_source {
    const char *option; /* what stands before the text: "rows " */
    const char *path;   /* of the set */
    uint64_t there;     /* rows of the set */
    size_t most;        /* rows of a list */
} gt_row_source;

/* text NULL: all rows. *rows is yours (free). GT_USAGE for a text that is no list or too long a
 * one, GT_BAD_ARGUMENT for a row that the set has not. */
GT_MUST_CHECK gt_status gt_row_list_read(const gt_row_source *from, const char *text,
                                         uint64_t **rows, size_t *count, gt_error *err);

#endif
