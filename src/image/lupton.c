/* lupton.c - three bands to the levels of a colour picture, and these to gray. */
#include <math.h>

#include "galatea/image.h"

/* The bounds between which the softening is taken as it is. */
static double kept(double q) {
    if (fabs(q) < 0x1p-23) return 0.1;
    return fmin(q, 1e10);
}

void gt_image_lupton(const double *bands, size_t pixels, gt_lupton how, double *levels) {
    const double q = kept(how.q), soften = q / how.stretch;
    const double slope = 0.1 * 255.0 / asinh(0.1 * q);
    for (size_t i = 0; i < pixels; i++) {
        double value[3] = {bands[i], bands[pixels + i], bands[2 * pixels + i]};
        double intensity = (value[0] + value[1] + value[2]) / 3.0;
        double factor = intensity > 0 ? asinh(intensity * soften) * slope / intensity : 0.0;
        double most = 0.0;
        for (size_t c = 0; c < 3; c++) {
            value[c] *= factor;
            if (!(value[c] > 0)) value[c] = 0.0;
            most = fmax(most, value[c]);
        }
        for (size_t c = 0; c < 3; c++)
            levels[c * pixels + i] = most >= 255.0 ? value[c] * 255.0 / most : value[c];
    }
}

void gt_image_gray(const double *levels, size_t pixels, gt_gray weights, double *gray) {
    static const double shares[][3] = {
        [GT_GRAY_REC601] = {0.299, 0.587, 0.114}, [GT_GRAY_REC709] = {0.2125, 0.7154, 0.0721}};
    const double *share = shares[weights];
    for (size_t i = 0; i < pixels; i++) {
        double a = floor(levels[i]), b = floor(levels[pixels + i]);
        double c = floor(levels[2 * pixels + i]);
        double sum = share[0] * a + share[1] * b + share[2] * c;
        if (weights == GT_GRAY_MEAN) sum = (a + b + c) / 3.0;
        gray[i] = sum / 255.0;
    }
}
