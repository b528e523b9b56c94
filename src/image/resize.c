/* resize.c - separable resampling with a triangle filter, first along rows, then columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"

/* For each of `length` results the source indices first .. first+taps-1 and their weights. */
typedef struct axis {
    size_t length, taps;
    size_t *first;
    float *weight; /* (length, taps) */
} axis;

static void axis_free(axis *a) {
    free(a->first);
    free(a->weight);
}

/* Triangle of half width max(1, from / to) source pixels around the result's centre. */
static gt_status axis_create(size_t from, size_t to, axis *a, gt_error *err) {
    double scale = (double)from / (double)to, reach = scale > 1 ? scale : 1;
    a->length = to;
    a->taps = (size_t)ceil(2 * reach) + 1;
    if (a->taps > from) a->taps = from;
    a->first = malloc(to * sizeof *a->first);
    a->weight = malloc(to * a->taps * sizeof *a->weight);
    if (a->first == NULL || a->weight == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for resizing to %zu pixels", to);
    for (size_t i = 0; i < to; i++) {
        double centre = ((double)i + 0.5) * scale, start = floor(centre - reach), sum = 0;
        double last = (double)(from - a->taps);
        a->first[i] = (size_t)(start < 0 ? 0 : start > last ? last : start);
        for (int turn = 0; turn < 2; turn++) /* sum, then weights that sum to 1 */
            for (size_t t = 0; t < a->taps; t++) {
                double offset = fabs((double)(a->first[i] + t) + 0.5 - centre) / reach;
                double weight = offset < 1 ? 1 - offset : 0;
                if (turn == 0)
                    sum += weight;
                else
                    a->weight[i * a->taps + t] = (float)(weight / sum);
            }
    }
    return GT_OK;
}

/* One plane: (height, width) to (height, columns) to (rows, columns). */
static void resize_plane(const float *src, size_t height, size_t width, const axis *rows,
                         const axis *columns, float *between, float *dst) {
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < columns->length; x++) {
            const float *from = src + y * width + columns->first[x];
            const float *weight = columns->weight + x * columns->taps;
            double sum = 0;
            for (size_t t = 0; t < columns->taps; t++) sum += (double)weight[t] * from[t];
            between[y * columns->length + x] = (float)sum;
        }
    for (size_t y = 0; y < rows->length; y++)
        for (size_t x = 0; x < columns->length; x++) {
            const float *from = between + rows->first[y] * columns->length + x;
            const float *weight = rows->weight + y * rows->taps;
            double sum = 0;
            for (size_t t = 0; t < rows->taps; t++)
                sum += (double)weight[t] * from[t * columns->length];
            dst[y * columns->length + x] = (float)sum;
        }
}

gt_status gt_image_resize(const float *src, size_t channels, size_t height, size_t width,
                          size_t new_height, size_t new_width, float *dst, gt_error *err) {
    gt_status status = GT_OK;
    axis rows = {0}, columns = {0};
    float *between = NULL;
    if (height == 0 || width == 0 || new_height == 0 || new_width == 0)
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
