/* filter.h - separable filters of planes. Private. */
#ifndef GT_MORPHOLOGY_FILTER_H
#define GT_MORPHOLOGY_FILTER_H

typedef enum gt_border {
    GT_BORDER_ZERO,   /* 0 outside */
    GT_BORDER_REFLECT /* d c b a | a b c d | d c b a */
} gt_border;

/* out[i] = sum of weight[k] in[i - before + k], k from 0 to count - 1. */
typedef struct gt_taps {
    int before, count;
    const double *weight;
} gt_taps;

/* Along columns, then along rows, of a plane (height, width). out may be in; between: as many
 * values; line: room for width + taps.count. All have room for 8 more, whose values are lost.
 */
void gt_filter(int height, int width, const double *in, gt_taps taps, gt_border border,
               double *between, double *line, double *out);

/* Normalised weights of a Gaussian of int(4 sigma + 1/2) pixels to each side; what reaches
 * beyond `side` pixels, where there is nothing to weigh, is counted and left out. Room for
 * 2 side + 1. */
gt_taps gt_gaussian_taps(double sigma, int side, double *weight);
/* A running mean of `width` pixels (more than 2 side + 1 count as that), of even width leaning
 * to lower indices. */
gt_taps gt_boxcar_taps(int width, int side, double *weight);

#endif
