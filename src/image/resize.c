/* resize.c - separable resampling with a triangle filter, first along rows, then columns. */
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "resample.h"

static void axis_free(gt_axis *axis) {
    free(axis->first);
    free(axis->weight);
}

static gt_status axis_create(size_t from, size_t to, gt_axis *axis, gt_error *err) {
    axis->pitch = to;
    axis->first = malloc(to * sizeof *axis->first);
    axis->weight = malloc(to * gt_axis_taps(from, to) * sizeof *axis->weight);
    if (axis->first == NULL || axis->weight == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for resizing to %zu pixels", to);
    gt_axis_set(axis, from, to, false);
    return GT_OK;
}

/* One plane: (height, width) to (height, columns) to (rows, columns). */
static void resize_plane(const float *src, size_t height, size_t width, const gt_axis *rows,
                         const gt_axis *columns, float *between, float *dst) {
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < columns->pitch; x++) {
            const float *from = src + y * width + columns->first[x];
            const float *weight = columns->weight + x;
            double sum = 0;
            for (size_t t = 0; t < columns->taps; t++)
                sum += (double)weight[t * columns->pitch] * from[t];
            between[y * columns->pitch + x] = (float)sum;
        }
    for (size_t y = 0; y < rows->pitch; y++)
        for (size_t x = 0; x < columns->pitch; x++) {
            const float *from = between + (size_t)rows->first[y] * columns->pitch + x;
            const float *weight = rows->weight + y;
            double sum = 0;
            for (size_t t = 0; t < rows->taps; t++)
                sum += (double)weight[t * rows->pitch] * from[t * columns->pitch];
            dst[y * columns->pitch + x] = (float)sum;
        }
}

gt_status gt_image_resize(const float *src, size_t channels, size_t height, size_t width,
                          size_t new_height, size_t new_width, float *dst, gt_error *err) {
    gt_status status = GT_OK;
    gt_axis rows = {0}, columns = {0};
    float *between = NULL;
    if (height == 0 || width == 0 || new_height == 0 || new_width == 0 ||
        (height | width) > INT32_MAX)
        GT_THROW(err, GT_BAD_SHAPE, "resizing %zu x %zu pixels to %zu x %zu", height, width,
                 new_height, new_width);
    if (height == new_height && width == new_width) {
        memcpy(dst, src, channels * height * width * sizeof *dst);
        goto done;
    }
    GT_TRY(axis_create(height, new_height, &rows, err));
    GT_TRY(axis_create(width, new_width, &columns, err));
    between = malloc(height * new_width * sizeof *between);
    if (between == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for resizing %zu x %zu pixels", height,
                 width);
    for (size_t c = 0; c < channels; c++)
        resize_plane(src + c * height * width, height, width, &rows, &columns, between,
                     dst + c * new_height * new_width);
done:
    axis_free(&rows);
    axis_free(&columns);
    free(between);
    return status;
}
