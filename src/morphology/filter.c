#include "filter.h"

#include <math.h>
#include <string.h>

#include "eight.h"

/* Index within 0..n-1 that a reflected one means. */
static int reflected(int i, int n) {
    int period = 2 * n;
    i = ((i % period) + period) % period;
    return i < n ? i : period - 1 - i;
}

enum { AT_ONCE = 4 }; /* vectors whose sums stay in registers */

/* Columns [x, x + 8 n) of row i. */
static inline __attribute__((always_inline)) void
filter_columns(int n, int i, int x, int height, int width, const double *in, gt_taps taps,
               gt_border border, double *out) {
    gt_eight sum[AT_ONCE] = {{0}};
    for (int k = 0; k < taps.count; k++) {
        int from = i - taps.before + k;
        if (from < 0 || from >= height) {
            if (border == GT_BORDER_ZERO) continue;
            from = reflected(from, height);
        }
        for (int v = 0; v < n; v++)
            sum[v] += taps.weight[k] * gt_eight_at(in + (long)from * width + x + v * GT_EIGHT);
    }
    for (int v = 0; v < n; v++) gt_eight_put(out + x + v * GT_EIGHT, sum[v]);
}

/* The same along a row that is continued beyond its ends. */
static inline __attribute__((always_inline)) void filter_line(int n, int x, const double *line,
                                                              gt_taps taps, double *out) {
    gt_eight sum[AT_ONCE] = {{0}};
    for (int k = 0; k < taps.count; k++)
        for (int v = 0; v < n; v++)
            sum[v] += taps.weight[k] * gt_eight_at(line + k + x + v * GT_EIGHT);
    for (int v = 0; v < n; v++) gt_eight_put(out + x + v * GT_EIGHT, sum[v]);
}

/* The row is continued beyond its ends in `line`. */
static void filter_row(int width, const double *in, gt_taps taps, gt_border border,
                       double *line, double *out) {
    int all = width + taps.count - 1;
    for (int p = 0; p < taps.before; p++)
        line[p] = border == GT_BORDER_ZERO ? 0 : in[reflected(p - taps.before, width)];
    memcpy(line + taps.before, in, (size_t)width * sizeof *line);
    for (int p = taps.before + width; p < all; p++)
        line[p] = border == GT_BORDER_ZERO ? 0 : in[reflected(p - taps.before, width)];
    int x = 0;
    for (; x + AT_ONCE * GT_EIGHT <= width; x += AT_ONCE * GT_EIGHT)
        filter_line(AT_ONCE, x, line, taps, out);
    for (; x < width; x += GT_EIGHT) filter_line(1, x, line, taps, out);
}

void gt_filter(int height, int width, const double *in, gt_taps taps, gt_border border,
               double *between, double *line, double *out) {
    for (int i = 0; i < height; i++) {
        double *row = between + (long)i * width;
        int x = 0;
        for (; x + AT_ONCE * GT_EIGHT <= width; x += AT_ONCE * GT_EIGHT)
            filter_columns(AT_ONCE, i, x, height, width, in, taps, border, row);
        for (; x < width; x += GT_EIGHT)
            filter_columns(1, i, x, height, width, in, taps, border, row);
    }
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
