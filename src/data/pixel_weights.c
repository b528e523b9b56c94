/* pixel_weights.c - see pixel_weights.h. */
#include "pixel_weights.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "galatea/log.h"

unsigned gt_pixel_weights_planes(const char *name) {
    if (!name) return 0;
    bool is_both = strcmp(name, "both") == 0;
    return (is_both || strcmp(name, "mask") == 0 ? GT_PLANE_MASK : 0) |
           (is_both || strcmp(name, "ivar") == 0 ? GT_PLANE_IVAR : 0);
}

gt_status gt_pixel_weights_read(const gt_pixel_weights *weights, const gt_dataset *data,
                                uint64_t row, uint8_t *mask, float *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t pixels = info->height * info->width, all = pixels * info->channels;
    bool has_mask = weights->planes & GT_PLANE_MASK, has_ivar = weights->planes & GT_PLANE_IVAR;
    if (has_mask) GT_TRY(gt_dataset_read_plane(data, GT_PLANE_MASK, row, 1, mask, err));
    if (has_ivar) GT_TRY(gt_dataset_read_plane(data, GT_PLANE_IVAR, row, 1, out, err));
    for (size_t i = 0; i < all; i++) {
        double scale = gt_reals_at(&weights->scale, (int)(i / pixels)); /* beyond floats */
        out[i] = has_mask && mask[i % pixels] ? 0
                 : has_ivar                   ? (float)((double)out[i] * scale)
                                              : 1;
    }
done:
    return status;
}

/* ---- measuring ---- */

typedef struct tally {
    double sum[GT_REALS_MOST];      /* of the weights of each channel */
    uint64_t count[GT_REALS_MOST];  /* of pixels that the mask does not tell */
    uint64_t empty_rows, first_row; /* without a pixel that counts */
} tally;

static gt_status add_row(tally *t, const gt_dataset *data, unsigned planes, uint64_t row,
                         const uint8_t *mask, const float *values, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t pixels = info->height * info->width;
    double all = 0;
    for (size_t i = 0; i < pixels * info->channels; i++) {
        double value = (double)values[i];
        if (!(value >= 0 && isfinite(value)))
            return gt_fail(err, GT_NOT_FINITE,
                           "%s: row %" PRIu64 " has an inverse variance of %g, expected 0 or "
                           "a positive number",
                           gt_dataset_path(data), row, value);
        all += value;
        if ((planes & GT_PLANE_MASK) && mask[i % pixels]) continue;
        t->sum[i / pixels] += value;
        t->count[i / pixels]++;
    }
    if (all == 0 && t->empty_rows++ == 0) t->first_row = row;
    return GT_OK;
}

static gt_status conclude(const tally *t, const gt_dataset *data, size_t rows,
                          gt_pixel_weights *out, gt_error *err) {
    out->scale.count = (int)gt_dataset_describe(data)->channels;
    for (int c = 0; c < out->scale.count; c++) {
        if (!(t->sum[c] > 0))
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s: all pixels of channel %d of %zu rows weigh 0: nothing to learn "
                           "or to judge by",
                           gt_dataset_path(data), c, rows);
        out->scale.value[c] = (double)t->count[c] / t->sum[c];
    }
    if (t->empty_rows)
        gt_remark("%s: %" PRIu64 " of %zu rows hold no pixel that counts (first row "
                  "%" PRIu64 ")",
                  gt_dataset_path(data), t->empty_rows, rows, t->first_row);
    return GT_OK;
}

static gt_status check_planes(const gt_dataset *data, unsigned planes, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    unsigned missing = planes & ~info->planes;
    if (missing)
        return gt_fail(err, GT_NOT_FOUND, "%s has no %s to weigh its pixels by",
                       gt_dataset_path(data),
                       missing & GT_PLANE_MASK ? "mask" : "inverse variance");
    if (info->channels > GT_REALS_MOST)
        return gt_fail(err, GT_UNSUPPORTED, "%s: weights of %zu channels, expected at most %d",
                       gt_dataset_path(data), info->channels, GT_REALS_MOST);
    return GT_OK;
}

gt_status gt_pixel_weights_measure(const gt_dataset *data, unsigned planes,
                                   const uint64_t *rows, size_t count, gt_pixel_weights *out,
                                   gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    const gt_pixel_weights raw = {.planes = planes, .scale = GT_REALS(1)};
    size_t pixels = info->height * info->width;
    uint8_t *mask = malloc(pixels);
    float *values = malloc(pixels * info->channels * sizeof *values);
    tally *t = calloc(1, sizeof *t);
    if (!mask || !values || !t) GT_THROW(err, GT_NO_MEMORY, "no memory for a row of weights");
    GT_TRY(check_planes(data, planes, err));
    for (size_t i = 0; i < count; i++) {
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_pixel_weights_read(&raw, data, rows[i], mask, values, err));
        GT_TRY(add_row(t, data, planes, rows[i], mask, values, err));
    }
    *out = raw;
    GT_TRY(conclude(t, data, count, out, err));
done:
    free(mask);
    free(values);
    free(t);
    return status;
}
