/* pairs.c - how alike two images are, or latents and what an inversion found for them, and how
 * a discriminator tells a pair apart. */
#include <math.h>

#include "galatea/twomodels.h"

/* A length of 0 counts as this, as in the reference. */
static const double least_length = 0.001;

/* The mean; of a single value that value, whatever rounding would make of it. */
static double mean_of(size_t width, const float *x) {
    double sum = 0;
    bool is_flat = true;
    for (size_t i = 0; i < width; i++) {
        sum += x[i];
        is_flat = is_flat && x[i] == x[0];
    }
    return is_flat ? x[0] : sum / (double)width;
}

/* Of both less an offset each. Rounding may carry the cosine of one direction beyond 1. */
static double cosine(size_t width, const float *a, double a_offset, const float *b,
                     double b_offset, double if_none) {
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < width; i++) {
        double x = a[i] - a_offset, y = b[i] - b_offset;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    double a_length = aa > 0 ? sqrt(aa) : if_none, b_length = bb > 0 ? sqrt(bb) : if_none;
    return a_length > 0 && b_length > 0 ? fmax(-1, fmin(1, ab / (a_length * b_length))) : 0;
}

gt_cosines gt_cosines_of(size_t width, const float *a, const float *b) {
    if (width == 0) return (gt_cosines){0};
    return (gt_cosines){cosine(width, a, 0, b, 0, 0), cosine(width, a, mean_of(width, a), b,
                                                             mean_of(width, b), least_length)};
}

double gt_mean_square(size_t count, const float *a, const float *b) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    return sum / (double)count;
}

double gt_psnr(size_t count, const float *a, const float *b, double range) {
    return 10 * log10(range * range / gt_mean_square(count, a, b));
}

double gt_pair_loss(double a, double b) {
    return fmax(0, 1 - a) + fmax(0, 1 + b);
}

/* ---- Latents ---------------------------------------------------------------------------- */

static double correlation(size_t count, const float *a, const float *b) {
    double mean_a = mean_of(count, a), mean_b = mean_of(count, b), aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < count; i++) {
        double x = a[i] - mean_a, y = b[i] - mean_b;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return aa > 0 && bb > 0 ? fmax(-1, fmin(1, ab / (sqrt(aa) * sqrt(bb)))) : (double)NAN;
}

gt_status gt_agreement_measure(size_t count, const float *latents, const float *found,
                               gt_agreement *out, gt_error *err) {
    gt_agreement made = {0};
    gt_status status = gt_wasserstein_floats(count, latents, count, found, &made.w1, err);
    if (status) return status;
    made.correlation = correlation(count, latents, found);
    for (size_t i = 0; i < count; i++)
        made.largest = fmax(made.largest, fabs((double)latents[i] - found[i]));
    *out = made;
    return GT_OK;
}
