/* code_table.h (room: study) - codes as a table, .fits or .csv, that TOPCAT and people open:
 * row, id, a column for each number (c0, c1, ...), and all else that is known of the objects
 * (object_table.h). */
#ifndef GT_STUDY_CODE_TABLE_H
#define GT_STUDY_CODE_TABLE_H

#include "object_table.h"

typedef struct gt_code_table gt_code_table;

/* Whether a file of this name is a table. */
bool gt_code_table_is_meant(const char *path);

/* set: whose rows have these codes, lent until the end. GT_UNSUPPORTED for codes of more
 * numbers than a table has columns, naming path. *out is yours. */
GT_MUST_CHECK gt_status gt_code_table_create(const char *path, gt_dataset *set, size_t width,
                                             gt_code_table **out, gt_error *err);
void gt_code_table_destroy(gt_code_table *table); /* accepts NULL */

/* The next row: that of the set of this number. */
GT_MUST_CHECK gt_status gt_code_table_append(gt_code_table *table, uint64_t row,
                                             const float *code, gt_error *err);

GT_MUST_CHECK gt_status gt_code_table_write(const gt_code_table *table, const char *path,
                                            const char *provenance, gt_error *err);
#endif
