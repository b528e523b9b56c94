/* column_values.h (room: study) - one column of a set as numbers, whatever it is called. */
#ifndef GT_STUDY_COLUMN_VALUES_H
#define GT_STUDY_COLUMN_VALUES_H

#include "galatea/dataset.h"

enum { GT_COLUMN_LABEL_TEXT = GT_FIELD_NAME + 64 };

/* Whether the set has a column of texts of this name, and which field it is. */
bool gt_column_is_text(const gt_dataset *data, const char *name, size_t *field);

/* ra, dec, angular_size or another column of numbers, a value a row, NaN where it is missing;
 * yours (free). What looks as if it stood for none (-999, 99.99) is told in a remark. label:
 * what an axis says, "angular size (arcsec)". GT_NOT_FOUND with the columns that there are. */
GT_MUST_CHECK gt_status gt_column_numbers(gt_dataset *data, const char *name, double **out,
                                          char label[GT_COLUMN_LABEL_TEXT], gt_error *err);

/* GT_NOT_FOUND for a name that is no column of numbers; nothing is read. */
GT_MUST_CHECK gt_status gt_column_check_numbers(const gt_dataset *data, const char *name,
                                                gt_error *err);

#endif
