/* where.c - see where.h. */
#include "where.h"

#include "run_use.h"
#include "selection.h"

/* A set as conditions know sources. */
static gt_source_info source_of(const gt_dataset_info *info) {
    return (gt_source_info){.count = info->count,
                            .columns = info->columns,
                            .class_names = info->class_names,
                            .class_count = info->class_count,
                            .fields = info->fields,
                            .field_count = info->field_count};
}

gt_status gt_where_leave_out(gt_dataset *set, const char *where, bool *is_left_out,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_selection selection;
    gt_row_columns columns;
    const gt_dataset_info *info = gt_dataset_describe(set);
    const gt_source_info source = source_of(info);
    if (!where) return GT_OK;
    GT_TRY(gt_selection_parse(where, "all", &source, &selection, err));
    GT_TRY(gt_row_columns_read(set, GT_COLUMNS_ALL, &columns, err));
    for (uint64_t i = 0; i < info->count; i++) {
        gt_picture picture = {.row = gt_row_columns_at(&columns, i)};
        GT_TRY(gt_dataset_values(set, i, &picture.values, err));
        if (!gt_selection_takes(&selection, &picture)) is_left_out[i] = true;
    }
done:
    return status;
}
