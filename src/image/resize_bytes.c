/* resize_bytes.c - pictures of bytes resampled in whole numbers, first along rows, then
 * columns.
 */
#include <stdlib.h>

#include "galatea/image.h"
#include "resample.h"

enum { PLACES = 22 }; /* binary places of a weight: 255 times their sum fits 31 bits */

/* Result i is the sum over t of weight[i * taps + t] * source[first[i] + t]. */
typedef struct axis {
    size_t taps, count, *first;
    int32_t *weight;
} axis;

static void axis_free(axis *a) {
    free(a->first);
    free(a->weight);
}

static gt_status axis_create(size_t from, size_t to, axis *a, gt_error *err) {
    gt_status status = GT_OK;
    a->taps = gt_axis_taps(from, to);
    a->count = to;
    a->first = malloc(to * sizeof *a->first);
    a->weight = malloc(to * a->taps * sizeof *a->weight);
    double *weight = malloc(a->taps * sizeof *weight);
    if (!a->first || !a->weight || !weight)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for resizing to %zu pixels", to);
    for (size_t i = 0; i < to; i++) {
        a->first[i] = gt_axis_at(from, to, i, weight);
        for (size_t t = 0; t < a->taps; t++)
            a->weight[i * a->taps + t] = (int32_t)(0.5 + weight[t] * (1 << PLACES));
    }
done:
    free(weight);
    return status;
}

/* Result i of values that lie `step` apart. */
static uint8_t sample(const axis *a, size_t i, const uint8_t *src, size_t step) {
    const int32_t *weight = a->weight + i * a->taps;
    int32_t sum = 1 << (PLACES - 1);
    for (size_t t = 0; t < a->taps; t++) sum += weight[t] * src[(a->first[i] + t) * step];
    sum >>= PLACES;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

/* One plane: (height, width) to (height, columns) to (rows, columns). */
static void resize_plane(const uint8_t *src, size_t height, size_t width, const axis *rows,
                         const axis *columns, uint8_t *between, uint8_t *dst) {
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < columns->count; x++)
            between[y * columns->count + x] = sample(columns, x, src + y * width, 1);
    for (size_t y = 0; y < rows->count; y++)
        for (size_t x = 0; x < columns->count; x++)
            dst[y * columns->count + x] = sample(rows, y, between + x, columns->count);
}

gt_status gt_image_resize_bytes(const uint8_t *src, size_t channels, size_t height,
                                size_t width, size_t new_height, size_t new_width, uint8_t *dst,
                                gt_error *err) {
    gt_status status = GT_OK;
    axis rows = {0}, columns = {0};
    uint8_t *between = NULL;
    if (height == 0 || width == 0 || new_height == 0 || new_width == 0 ||
        (height | width) > INT32_MAX)
        GT_THROW(err, GT_BAD_SHAPE, "resizing %zu x %zu pixels to %zu x %zu", height, width,
                 new_height, new_width);
    GT_TRY(axis_create(height, new_height, &rows, err));
    GT_TRY(axis_create(width, new_width, &columns, err));
    between = malloc(height * new_width);
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

void gt_image_luma(const uint8_t *rgb, size_t count, uint8_t *dst) {
    for (size_t i = 0; i < count; i++)
        dst[i] = (uint8_t)((19595u * rgb[3 * i] + 38470u * rgb[3 * i + 1] +
                            7471u * rgb[3 * i + 2] + (1u << 15)) >>
                           16);
}
