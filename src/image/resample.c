/* resample.c - triangle weights, and two passes in float32: along rows, then columns.
 *
 * Both passes run through results that lie side by side, so that they vectorise; when a side
 * grows there are two taps, and nearly all windows of views grow. */
#include "resample.h"

#include <math.h>

/* Half width of the triangle in source pixels. */
static double reach_of(size_t from, size_t to) {
    double scale = (double)from / (double)to;
    return scale > 1 ? scale : 1;
}

size_t gt_axis_taps(size_t from, size_t to) {
    size_t taps = (size_t)ceil(2 * reach_of(from, to));
    return taps < from ? taps : from;
}

/* Not yet divided by the sum of all weights of the result. */
static double triangle(double centre, double reach, double pixel) {
    double offset = fabs(pixel + 0.5 - centre) / reach;
    return offset < 1 ? 1 - offset : 0;
}

size_t gt_axis_at(size_t from, size_t to, size_t i, double *weight) {
    double reach = reach_of(from, to), sum = 0;
    double centre = ((double)i + 0.5) * ((double)from / (double)to);
    size_t taps = gt_axis_taps(from, to);
    double start = fmin(fmax(floor(centre - reach + 0.5), 0), (double)(from - taps));
    for (size_t t = 0; t < taps; t++)
        sum += weight[t] = triangle(centre, reach, start + (double)t);
    for (size_t t = 0; t < taps; t++) weight[t] /= sum;
    return (size_t)start;
}

void gt_axis_set(gt_axis *axis, size_t from, size_t to, bool reversed) {
    double scale = (double)from / (double)to, reach = reach_of(from, to);
    axis->taps = gt_axis_taps(from, to);
    double last = (double)(from - axis->taps);
    for (size_t i = 0; i < to; i++) {
        double centre = ((double)i + 0.5) * scale, sum = 0;
        double start = fmin(fmax(floor(centre - reach + 0.5), 0), last);
        size_t place = reversed ? to - 1 - i : i;
        axis->first[place] = (int32_t)start;
        for (int turn = 0; turn < 2; turn++) /* sum, then weights that sum to 1 */
            for (size_t t = 0; t < axis->taps; t++) {
                double weight = triangle(centre, reach, start + (double)t);
                if (turn == 0)
                    sum += weight;
                else
                    axis->weight[t * axis->pitch + place] = (float)(weight / sum);
            }
    }
}

static void resample_row(const float *src, const gt_axis *columns, float *dst) {
    const int32_t *first = columns->first;
    const float *weight = columns->weight;
    size_t pitch = columns->pitch;
    if (columns->taps == 2) {
        for (size_t x = 0; x < pitch; x++)
            dst[x] = weight[x] * src[first[x]] + weight[pitch + x] * src[first[x] + 1];
        return;
    }
    for (size_t x = 0; x < pitch; x++) dst[x] = weight[x] * src[first[x]];
    for (size_t t = 1; t < columns->taps; t++)
        for (size_t x = 0; x < pitch; x++)
            dst[x] += weight[t * pitch + x] * src[(size_t)first[x] + t];
}

/* dst, a row, becomes the weighted sum of `taps` rows. */
static void mix_rows(const float *rows, size_t pitch, const float *weight, size_t step,
                     size_t taps, float *dst) {
    if (taps == 2) {
        float first = weight[0], second = weight[step];
        for (size_t x = 0; x < pitch; x++) dst[x] = first * rows[x] + second * rows[pitch + x];
        return;
    }
    for (size_t x = 0; x < pitch; x++) dst[x] = weight[0] * rows[x];
    for (size_t t = 1; t < taps; t++)
        for (size_t x = 0; x < pitch; x++) dst[x] += weight[t * step] * rows[t * pitch + x];
}

void gt_resample(const float *src, size_t stride, size_t height, const gt_axis *rows,
                 size_t rows_out, const gt_axis *columns, float *between, float *dst) {
    size_t pitch = columns->pitch;
    for (size_t y = 0; y < height; y++)
        resample_row(src + y * stride, columns, between + y * pitch);
    for (size_t y = 0; y < rows_out; y++)
        mix_rows(between + (size_t)rows->first[y] * pitch, pitch, rows->weight + y, rows->pitch,
                 rows->taps, dst + y * pitch);
}
