/* ecsv.h (room: format, private) - what the header of an ECSV table (Astropy Proposal for
 * Enhancement 6) says: comments before the names hold YAML with the delimiter and, for each
 * column, its name, type, unit, description and whatever else was known, as a UCD.
 *
 * Of YAML as much is read as such headers are written in: pairs of a name and a text, plain or
 * in quotes, in braces or in lines of their own. */
#ifndef GT_ECSV_H
#define GT_ECSV_H

#include <stdbool.h>

#include "csv.h"

typedef struct gt_ecsv {
    char delimiter; /* ' ' or ',' */
    gt_csv_about *columns;
    size_t count;
    char *text; /* what the columns point into */
} gt_ecsv;

/* Whether bytes begin as such a table does. */
bool gt_ecsv_is_one(const char *bytes, size_t size);

/* Reads the comments at the beginning; count 0: they tell of no columns. GT_BAD_FORMAT for a
 * delimiter that there is not. End out with gt_ecsv_free. */
GT_MUST_CHECK gt_status gt_ecsv_read(const char *bytes, size_t size, gt_ecsv *out,
                                     gt_error *err);
void gt_ecsv_free(gt_ecsv *ecsv); /* accepts an empty struct */

#endif
