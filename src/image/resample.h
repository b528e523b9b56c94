/* resample.h - resampling along one axis by a triangle filter. */
#ifndef GT_IMAGE_RESAMPLE_H
#define GT_IMAGE_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Result i is the sum over t of weight[t * pitch + i] * source[first[i] + t]. */
typedef struct gt_axis {
    size_t taps, pitch; /* pitch: results that there is room for */
    int32_t *first;     /* [pitch] */
    float *weight;      /* (taps, pitch) */
} gt_axis;

/* Taps that resampling `from` pixels to `to` needs; grows with `from`. */
size_t gt_axis_taps(size_t from, size_t to);

/* Result i in double: its first tap, and the weights of gt_axis_taps taps. */
size_t gt_axis_at(size_t from, size_t to, size_t i, double *weight);

/* Sets taps and the first `to` results; others keep what they have. reversed: the last result
 * comes first. The arrays are the caller's and large enough. */
void gt_axis_set(gt_axis *axis, size_t from, size_t to, bool reversed);

/* Resamples height rows that lie stride values apart to (rows_out, columns->pitch). between:
 * (height, columns->pitch). */
void gt_resample(const float *src, size_t stride, size_t height, const gt_axis *rows,
                 size_t rows_out, const gt_axis *columns, float *between, float *dst);

#endif
