/* row_columns.h (room: data) - the columns of a set, whole, to be asked row by row. */
#ifndef GALATEA_DATA_ROW_COLUMNS_H
#define GALATEA_DATA_ROW_COLUMNS_H

#include "galatea/dataset.h"

/* Lent from the set; NULL where it has none. */
typedef struct gt_row_columns {
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra, *dec, *sizes;
    const char *ids;
    size_t id_length;
} gt_row_columns;

enum { GT_COLUMNS_ALL = 2 * GT_COLUMN_ID - 1 };

/* Those of `wanted` (GT_COLUMN_ bits) that the set has. Errors of gt_dataset_labels and the
 * like. */
gt_status gt_row_columns_read(gt_dataset *set, unsigned wanted, gt_row_columns *out,
                              gt_error *err) GT_MUST_CHECK;

/* What they say of a row; its id is lent. */
gt_dataset_row gt_row_columns_at(const gt_row_columns *columns, uint64_t row);

#endif
