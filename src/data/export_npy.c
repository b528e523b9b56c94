/* export_npy.c - all pictures as one array of NumPy: a header of text, then the numbers. */
#include <stdlib.h>

#include "export_internal.h"
#include "npy_write.h"
#include "outfile.h"

typedef struct array {
    gt_outfile *file;
    uint64_t rows;
} array;

static void discard_array(gt_export *self) {
    array *a = self->own;
    gt_outfile_discard(a->file);
    free(a);
}

/* Codes are (N,D). */
static gt_status write_header(gt_export *self, gt_error *err) {
    const gt_dataset_info *info = &self->info;
    array *a = self->own;
    char header[GT_NPY_HEADER];
    const uint64_t dims[] = {a->rows, info->channels, info->height, info->width};
    gt_npy_header(self->is_float ? "<f4" : "|u1", dims, info->kind == GT_DATASET_IMAGES ? 4 : 2,
                  header);
    return gt_outfile_pwrite(a->file, 0, header, sizeof header, err);
}

static gt_status create_array(gt_export *self, gt_error *err) {
    gt_status status = GT_OK;
    array *a = self->own = calloc(1, sizeof *a);
    if (!a) GT_THROW(err, GT_NO_MEMORY, "out of memory for an array");
    GT_TRY(gt_outfile_open(self->path, &a->file, err));
done:
    return status;
}

static gt_status append_array(gt_export *self, const void *values, const gt_dataset_row *rows,
                              size_t count, gt_error *err) {
    (void)rows;
    array *a = self->own;
    size_t each = gt_dataset_row_values(&self->info) * (self->is_float ? sizeof(float) : 1);
    gt_status status =
        gt_outfile_pwrite(a->file, GT_NPY_HEADER + a->rows * each, values, count * each, err);
    a->rows += count;
    return status;
}

static gt_status commit_array(gt_export *self, gt_error *err) {
    array *a = self->own;
    gt_status status = write_header(self, err);
    return status ? status : gt_outfile_commit(a->file, err);
}

const gt_export_kind gt_export_npy = {.create = create_array,
                                      .append = append_array,
                                      .commit = commit_array,
                                      .discard = discard_array};
