#include "filter.h"

#include <math.h>
#include <string.h>

/* Index within 0..n-1 that a reflected one means. */
static int reflected(int i, int n) {
    int period = 2 * n;
    i = ((i % period) + period) % period;
    return i < n ? i : period - 1 - i;
}

static void add_scaled(int count, const double *in, double weight, double *out) {
#pragma omp simd
    for (int j = 0; j < count; j++) out[j] += weight * in[j];
}

static void filter_columns(int height, int width, const double *in, gt_taps taps,
                           gt_border border, double *out) {
    for (int i = 0; i < height; i++) {
        double *row = out + (long)i * width;
        memset(row, 0, (size_t)width * sizeof *row);
        for (int k = 0; k < taps.count; k++) {
            int from = i - taps.before + k;
            if (border == GT_BORDER_REFLECT) from = reflected(from, height);
            if (from < 0 || from >= height) continue;
            add_scaled(width, in + (long)from * width, taps.weight[k], row);
        }
    }
}

/* Each tap adds a shifted copy of the row, which is continued beyond its ends in `line`. */
static void filter_row(int width, const double *in, gt_taps taps, gt_border border,
                       double *line, double *out) {
    int all = width + taps.count - 1;
    for (int p = 0; p < taps.before; p++)
        line[p] = border == GT_BORDER_ZERO ? 0 : in[reflected(p - taps.before, width)];
    memcpy(line + taps.before, in, (size_t)width * sizeof *line);
    for (int p = taps.before + width; p < all; p++)
        line[p] = border == GT_BORDER_ZERO ? 0 : in[reflected(p - taps.before, width)];
    memset(out, 0, (size_t)width * sizeof *out);
    for (int k = 0; k < taps.count; k++) add_scaled(width, line + k, taps.weight[k], out);
}

void gt_filter(int height, int width, const double *in, gt_taps taps, gt_border border,
               double *between, double *line, double *out) {
    filter_columns(height, width, in, taps, border, between);
    for (int i = 0; i < height; i++)
        filter_row(width, between + (long)i * width, taps, border, line, out + (long)i * width);
}

gt_taps gt_gaussian_taps(double sigma, int side, double *weight) {
    double reach = floor(4 * sigma + 0.5), sum = 0;
    for (double k = reach; k > 0; k--) sum += 2 * exp(-0.5 / (sigma * sigma) * k * k);
    sum += 1;
    int kept = reach < side ? (int)reach : side;
    for (int k = -kept; k <= kept; k++)
        weight[k + kept] = exp(-0.5 / (sigma * sigma) * k * k) / sum;
    return (gt_taps){kept, 2 * kept + 1, weight};
}

gt_taps gt_boxcar_taps(int width, int side, double *weight) {
    if (width > 2 * side + 1) width = 2 * side + 1;
    for (int k = 0; k < width; k++) weight[k] = 1.0 / width;
    return (gt_taps){width / 2, width, weight};
}
