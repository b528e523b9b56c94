/* dataset_columns.c - columns of an open set, whole and looked through when they are first
 * asked for, and its fields row by row. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_internal.h"
#include "file.h"
#include "galatea/log.h"
#include "unknowns.h"

enum { WINDOW_ROWS = 256 };

/* Reads N values of a column, each `stride` bytes apart in memory (zero filled between). */
static gt_status load_column(gt_dataset *set, size_t column, size_t stride, gt_error *err) {
    gt_status status = GT_OK;
    size_t size = gt_column_size(&gt_columns[column], &set->own.info),
           count = set->own.info.count;
    unsigned char *values = NULL;
    if (!(set->own.info.columns & gt_columns[column].bit))
        GT_THROW(err, GT_NOT_FOUND, "%s: has no column '%s'", set->path,
                 gt_columns[column].name);
    values = calloc(count, stride);
    if (values == NULL)
        GT_THROW(err, GT_NO_MEMORY, "%s: out of memory for the column '%s' of %zu rows",
                 set->path, gt_columns[column].name, count);
    GT_DATASET_READ(set, status, err,
                    gt_file_read_at(set->descriptor, set->path, set->column_offset[column],
                                    values, count * size, err));
    if (status) goto done;
    for (size_t i = count; stride > size && i-- > 0;) { /* from the end: rows move upwards */
        memmove(values + i * stride, values + i * size, size);
        memset(values + i * stride + size, 0, stride - size);
    }
    set->columns[column] = values;
    values = NULL;
done:
    free(values);
    return status;
}

static gt_status get_column(gt_dataset *set, size_t column, size_t stride, gt_error *err) {
    return set->columns[column] != NULL ? GT_OK : load_column(set, column, stride, err);
}

/* Gives the column back: a value in it is wrong. */
static gt_status bad_value(gt_dataset *set, size_t column, uint64_t row, long long value,
                           long long least, long long most, gt_error *err) {
    free(set->columns[column]);
    set->columns[column] = NULL;
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: '%s' of row %" PRIu64 " is %lld, expected %lld to %lld", set->path,
                   gt_columns[column].name, row, value, least, most);
}

/* Labels, of which those below -1 are none. */
static gt_status get_labels(gt_dataset *set, gt_error *err) {
    char text[GT_UNKNOWNS_TEXT];
    gt_unknowns unknowns = {0};
    if (set->columns[GT_PLACE_LABEL] != NULL) return GT_OK;
    gt_status status = get_column(set, GT_PLACE_LABEL, sizeof(int32_t), err);
    int32_t *labels = set->columns[GT_PLACE_LABEL];
    for (uint64_t i = 0; status == GT_OK && i < set->own.info.count; i++) {
        int64_t label = labels[i];
        gt_unknowns_label(&unknowns, i, &label);
        labels[i] = (int32_t)label;
    }
    if (gt_unknowns_labels_text(&unknowns, text)) gt_remark("%s: %s", set->path, text);
    return status;
}

gt_status gt_dataset_labels(gt_dataset *dataset, const int32_t **out, gt_error *err) {
    gt_status status = get_labels(dataset, err);
    if (status) return status;
    const int32_t *labels = dataset->columns[GT_PLACE_LABEL];
    size_t classes = dataset->own.info.class_count;
    long long most = classes > 0 ? (long long)classes - 1 : INT32_MAX;
    for (uint64_t i = 0; i < dataset->own.info.count; i++)
        if (labels[i] > most)
            return bad_value(dataset, GT_PLACE_LABEL, i, labels[i], -1, most, err);
    *out = labels;
    return GT_OK;
}

gt_status gt_dataset_splits(gt_dataset *dataset, const uint8_t **out, gt_error *err) {
    gt_status status = get_column(dataset, GT_PLACE_SPLIT, sizeof(uint8_t), err);
    if (status) return status;
    const uint8_t *splits = dataset->columns[GT_PLACE_SPLIT];
    for (uint64_t i = 0; i < dataset->own.info.count; i++)
        if (splits[i] >= GT_SPLIT_COUNT)
            return bad_value(dataset, GT_PLACE_SPLIT, i, splits[i], 0, GT_SPLIT_COUNT - 1, err);
    *out = splits;
    return GT_OK;
}

/* Positions as one: what is no place on the sky is unknown in both columns. */
static gt_status get_positions(gt_dataset *set, gt_error *err) {
    gt_status status = GT_OK;
    char text[GT_UNKNOWNS_TEXT];
    gt_unknowns unknowns = {0};
    if (set->columns[GT_PLACE_RA] != NULL || set->columns[GT_PLACE_DEC] != NULL) goto done;
    if (set->own.info.columns & GT_COLUMN_RA)
        GT_TRY(get_column(set, GT_PLACE_RA, sizeof(double), err));
    if (set->own.info.columns & GT_COLUMN_DEC)
        GT_TRY(get_column(set, GT_PLACE_DEC, sizeof(double), err));
    double *ra = set->columns[GT_PLACE_RA], *dec = set->columns[GT_PLACE_DEC];
    for (uint64_t i = 0; i < set->own.info.count; i++) {
        double none = NAN, as_well = NAN;
        gt_unknowns_position(&unknowns, i, ra != NULL ? &ra[i] : &none,
                             dec != NULL ? &dec[i] : &as_well);
    }
    if (gt_unknowns_positions_text(&unknowns, text)) gt_remark("%s: %s", set->path, text);
done:
    return status;
}

static gt_status get_sizes(gt_dataset *set, gt_error *err) {
    char text[GT_UNKNOWNS_TEXT];
    gt_unknowns unknowns = {0};
    if (set->columns[GT_PLACE_ANGULAR_SIZE] != NULL) return GT_OK;
    gt_status status = get_column(set, GT_PLACE_ANGULAR_SIZE, sizeof(double), err);
    double *sizes = set->columns[GT_PLACE_ANGULAR_SIZE];
    for (uint64_t i = 0; status == GT_OK && i < set->own.info.count; i++)
        gt_unknowns_size(&unknowns, i, &sizes[i]);
    if (gt_unknowns_sizes_text(&unknowns, text)) gt_remark("%s: %s", set->path, text);
    return status;
}

gt_status gt_dataset_ra(gt_dataset *dataset, const double **out, gt_error *err) {
    gt_status status = get_positions(dataset, err);
    if (status == GT_OK) status = get_column(dataset, GT_PLACE_RA, sizeof(double), err);
    if (status == GT_OK) *out = dataset->columns[GT_PLACE_RA];
    return status;
}

gt_status gt_dataset_dec(gt_dataset *dataset, const double **out, gt_error *err) {
    gt_status status = get_positions(dataset, err);
    if (status == GT_OK) status = get_column(dataset, GT_PLACE_DEC, sizeof(double), err);
    if (status == GT_OK) *out = dataset->columns[GT_PLACE_DEC];
    return status;
}

gt_status gt_dataset_angular_sizes(gt_dataset *dataset, const double **out, gt_error *err) {
    gt_status status = get_sizes(dataset, err);
    if (status == GT_OK) *out = dataset->columns[GT_PLACE_ANGULAR_SIZE];
    return status;
}

gt_status gt_dataset_ids(gt_dataset *dataset, const char **out, gt_error *err) {
    gt_status status = get_column(dataset, GT_PLACE_ID, dataset->own.info.id_length + 1, err);
    if (status == GT_OK) *out = dataset->columns[GT_PLACE_ID];
    return status;
}

gt_status gt_dataset_values(gt_dataset *dataset, uint64_t row, const gt_field_value **out,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = &dataset->own.info;
    *out = NULL;
    if (info->field_count == 0) goto done;
    if (dataset->window.values == NULL)
        GT_TRY(gt_field_block_open(info->fields, info->field_count, WINDOW_ROWS,
                                   &dataset->window, err));
    if (row < dataset->window_first || row - dataset->window_first >= dataset->window_rows) {
        uint64_t left = row < info->count ? info->count - row : 1;
        size_t count = left < WINDOW_ROWS ? (size_t)left : WINDOW_ROWS;
        dataset->window_rows = 0;
        GT_TRY(gt_field_block_read(&dataset->window, dataset, row, count, err));
        dataset->window_first = row;
        dataset->window_rows = count;
    }
    *out = gt_field_block_row(&dataset->window, (size_t)(row - dataset->window_first));
done:
    return status;
}
