/* dataset.c - reads rows of an open set with pread. */
#include "galatea/dataset.h"

#include <inttypes.h>
#include <string.h>

#include "dataset_internal.h"
#include "file.h"
#include "range.h"

const gt_dataset_info *gt_dataset_describe(const gt_dataset *dataset) {
    return &dataset->own.info;
}

const char *gt_dataset_path(const gt_dataset *dataset) {
    return dataset->path;
}

void gt_dataset_accept_hash(gt_dataset *dataset, uint64_t hash) {
    gt_witness_accept_hash(dataset->witness, hash);
}

gt_status gt_dataset_check(const gt_dataset *dataset, gt_error *err) {
    return gt_witness_check(dataset->witness, err);
}

/* ---- pixels ---- */

static gt_status read_bytes(const gt_dataset *dataset, uint64_t first, size_t count, void *out,
                            gt_error *err) {
    size_t bytes = gt_dataset_row_bytes(&dataset->own.info);
    if (first > dataset->own.info.count || count > dataset->own.info.count - first)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: rows %" PRIu64 " and %zu more, the set has %" PRIu64, dataset->path,
                       first, count, dataset->own.info.count);
    return gt_file_read_at(dataset->descriptor, dataset->path,
                           dataset->main_offset + first * bytes, out, count * bytes, err);
}

static gt_status read_floats(const gt_dataset *dataset, uint64_t first, size_t count,
                             float *out, gt_error *err) {
    if (dataset->own.info.type == GT_PIXEL_F32) {
        gt_status status = read_bytes(dataset, first, count, out, err);
        if (!status)
            gt_range_to_levels(gt_dataset_range(&dataset->own.info),
                               count * gt_dataset_row_values(&dataset->own.info), out);
        return status;
    }
    /* The bytes are put into the last quarter of out and spread from its beginning: value i
     * ends at byte 4i+3, at or before byte 3n+i that it comes from. */
    size_t values = count * gt_dataset_row_values(&dataset->own.info);
    const unsigned char *from = (unsigned char *)out + (sizeof(float) - 1) * values;
    gt_status status =
        read_bytes(dataset, first, count, (unsigned char *)out + 3 * values, err);
    for (size_t i = 0; status == GT_OK && i < values; i++) {
        float value = from[i];
        memcpy(&out[i], &value, sizeof value);
    }
    return status;
}

gt_status gt_dataset_read_bytes(const gt_dataset *dataset, uint64_t first, size_t count,
                                void *out, gt_error *err) {
    gt_status status;
    GT_DATASET_READ(dataset, status, err, read_bytes(dataset, first, count, out, err));
    return status;
}

gt_status gt_dataset_read(const gt_dataset *dataset, uint64_t first, size_t count, float *out,
                          gt_error *err) {
    gt_status status;
    GT_DATASET_READ(dataset, status, err, read_floats(dataset, first, count, out, err));
    return status;
}

static gt_status read_runs(const gt_dataset *dataset, const uint64_t *rows, size_t count,
                           float *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t values = gt_dataset_row_values(&dataset->own.info);
    for (size_t i = 0; i < count && status == GT_OK;) {
        size_t run = 1;
        while (i + run < count && rows[i + run] == rows[i] + run) run++;
        status = read_floats(dataset, rows[i], run, out + i * values, err);
        i += run;
    }
    return status;
}

gt_status gt_dataset_read_rows(const gt_dataset *dataset, const uint64_t *rows, size_t count,
                               float *out, gt_error *err) {
    gt_status status;
    GT_DATASET_READ(dataset, status, err, read_runs(dataset, rows, count, out, err));
    return status;
}

/* ---- planes and fields ---- */

gt_status gt_dataset_read_plane(const gt_dataset *dataset, unsigned plane, uint64_t first,
                                size_t count, void *out, gt_error *err) {
    gt_status status;
    const gt_dataset_info *info = &dataset->own.info;
    size_t bytes = gt_dataset_plane_bytes(info, plane);
    bool is_one = plane == GT_PLANE_MASK || plane == GT_PLANE_IVAR;
    if (!is_one || !(info->planes & plane) || first > info->count ||
        count > info->count - first)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: plane %u of rows %" PRIu64 " and %zu more",
                       dataset->path, plane, first, count);
    uint64_t at = dataset->plane_offset[plane == GT_PLANE_IVAR] + first * bytes;
    GT_DATASET_READ(
        dataset, status, err,
        gt_file_read_at(dataset->descriptor, dataset->path, at, out, count * bytes, err));
    return status;
}

gt_status gt_dataset_read_field(const gt_dataset *dataset, size_t field, uint64_t first,
                                size_t count, void *out, gt_error *err) {
    gt_status status;
    if (field >= dataset->own.info.field_count || first > dataset->own.info.count ||
        count > dataset->own.info.count - first)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: column %zu of rows %" PRIu64 " and %zu more",
                       dataset->path, field, first, count);
    GT_DATASET_READ(dataset, status, err,
                    gt_stored_field_read(&dataset->fields, field, dataset->descriptor,
                                         dataset->path, first, count, out, err));
    return status;
}
