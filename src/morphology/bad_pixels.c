/* Compiled without contraction: whether a pixel of a flat surface is bad depends on the last
 * bit.
 */
#include <math.h>

#include "work.h"

int gt_bad_pixels_find(int height, int width, const double *padded, double sigma,
                       uint8_t *bad) {
    long stride = width + 2;
    int count = 0;
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
            const double *p = padded + (i + 1) * stride + j + 1;
            double around[8] = {p[-stride - 1], p[-stride],    p[-stride + 1], p[-1],
                                p[1],           p[stride - 1], p[stride],      p[stride + 1]};
            double mean = 0, squares = 0;
            for (int k = 0; k < 8; k++) {
                mean += 0.125 * around[k];
                squares += 0.125 * (around[k] * around[k]);
            }
            double deviation = sqrt(squares - mean * mean);
            bad[i * width + j] = fabs(*p - mean) > sigma * deviation && isfinite(*p);
            count += bad[i * width + j];
        }
    return count;
}
