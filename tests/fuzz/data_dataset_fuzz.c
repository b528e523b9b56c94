/* Fuzz target: HDF5 files, as flat data sets and through the importer. A reader process, which
 * may die of them, opens them; what it says of them and the rows are looked at here. */
#include <stdlib.h>

#include "fuzz.h"
#include "galatea/dataset.h"
#include "importer.h"

enum { MOST_VALUES = 1 << 20, MOST_ROWS = 8 };

static gt_status read_rows(const gt_dataset *set, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t values = gt_dataset_row_values(info);
    gt_status status = GT_OK;
    GT_ASSERT(values > 0 && info->count > 0);
    float *row = values <= MOST_VALUES ? malloc(values * sizeof *row) : NULL;
    for (uint64_t i = 0; row && !status && i < info->count && i < MOST_ROWS; i++)
        status = gt_dataset_read(set, i, 1, row, err);
    free(row);
    return status;
}

static gt_status read_flat(const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra;
    const char *ids;
    GT_TRY(gt_dataset_open_any(path, &set, err));
    const unsigned columns = gt_dataset_describe(set)->columns;
    GT_TRY(read_rows(set, err));
    if (columns & GT_COLUMN_LABEL) GT_TRY(gt_dataset_labels(set, &labels, err));
    if (columns & GT_COLUMN_SPLIT) GT_TRY(gt_dataset_splits(set, &splits, err));
    if (columns & GT_COLUMN_RA) GT_TRY(gt_dataset_ra(set, &ra, err));
    if (columns & GT_COLUMN_ID) GT_TRY(gt_dataset_ids(set, &ids, err));
done:
    gt_dataset_close(set);
    return status;
}

static gt_status import(const char *path, gt_error *err) {
    gt_source source = {0};
    const gt_source_request request = {.path = path};
    bool more = true;
    gt_status status = gt_source_open("hdf5", &request, &source, err);
    for (int i = 0; !status && more && i < MOST_ROWS; i++) {
        gt_picture picture;
        status = gt_source_next(&source, &picture, &more, err);
        if (!status && more) status = gt_source_pixels(&source, &picture, err);
    }
    gt_source_close(&source);
    return status;
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    gt_error err = {0};
    const char *path = gt_fuzz_file("set.h5", data, size);
    gt_status status = read_flat(path, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    if (status) status = import(path, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    return status == GT_OK;
}
