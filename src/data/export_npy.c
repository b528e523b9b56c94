/* export_npy.c - all pictures as one array of NumPy: a header of text, then the numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_internal.h"
#include "outfile.h"

enum { HEADER = 128, PREFIX = 10 };

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
    char header[HEADER + 1], sides[64] = "";
    if (info->kind == GT_DATASET_IMAGES)
        snprintf(sides, sizeof sides, ", %zu, %zu", info->height, info->width);
    int length =
        snprintf(header + PREFIX, sizeof header - PREFIX,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (%" PRIu64 ", %zu%s), }",
                 self->is_float ? "<f4" : "|u1", a->rows, info->channels, sides);
    memset(header + PREFIX + length, ' ', (size_t)(HEADER - PREFIX - length));
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", PREFIX); /* 118 bytes of header */
    header[HEADER - 1] = '\n';
    return gt_outfile_pwrite(a->file, 0, header, HEADER, err);
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
        gt_outfile_pwrite(a->file, HEADER + a->rows * each, values, count * each, err);
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
