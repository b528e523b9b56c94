/* row_columns.c - six columns of a set at once. */
#include "row_columns.h"

gt_status gt_row_columns_read(gt_dataset *set, unsigned wanted, gt_row_columns *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(set);
    unsigned columns = info->columns & wanted;
    *out = (gt_row_columns){.id_length = info->id_length};
    if (columns & GT_COLUMN_LABEL) GT_TRY(gt_dataset_labels(set, &out->labels, err));
    if (columns & GT_COLUMN_SPLIT) GT_TRY(gt_dataset_splits(set, &out->splits, err));
    if (columns & GT_COLUMN_RA) GT_TRY(gt_dataset_ra(set, &out->ra, err));
    if (columns & GT_COLUMN_DEC) GT_TRY(gt_dataset_dec(set, &out->dec, err));
    if (columns & GT_COLUMN_SIZE) GT_TRY(gt_dataset_angular_sizes(set, &out->sizes, err));
    if (columns & GT_COLUMN_ID) GT_TRY(gt_dataset_ids(set, &out->ids, err));
done:
    return status;
}

gt_dataset_row gt_row_columns_at(const gt_row_columns *columns, uint64_t row) {
    gt_dataset_row out = gt_dataset_row_default();
    if (columns->labels != NULL) out.label = columns->labels[row];
    if (columns->splits != NULL) out.split = columns->splits[row];
    if (columns->ra != NULL) out.ra = columns->ra[row];
    if (columns->dec != NULL) out.dec = columns->dec[row];
    if (columns->sizes != NULL) out.angular_size = columns->sizes[row];
    if (columns->ids != NULL) out.id = columns->ids + row * (columns->id_length + 1);
    return out;
}
