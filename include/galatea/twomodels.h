/* twomodels.h (room: judging) - the numbers by which images of a generator are compared with
 * real ones, and two generators that learned disjoint halves of a set with each other.
 *
 * Definitions follow a paper on generated galaxies and its references: scipy for distances,
 * numpy for quantiles and bins. Everything is summed in double. Functions without an error
 * never fail. Threads: every function may run in several threads at once. */
#ifndef GALATEA_TWOMODELS_H
#define GALATEA_TWOMODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Distance of two distributions ------------------------------------------------------- */

/* Wasserstein's first distance of two sets of numbers, the integral of |F_u(t) - F_v(t)| over
 * t, F being their distribution functions; in the numbers' own unit. For two sets of n standard
 * normal numbers it is about 1.7 / sqrt(n) by chance alone. Cost O(n log n) or less: numbers
 * are sorted by their bits, in memory of four times theirs. Each set holds at least one number
 * (else GT_BAD_ARGUMENT), all finite (else GT_NOT_FINITE, naming one). */
GT_MUST_CHECK gt_status gt_wasserstein(size_t u_count, const double *u, size_t v_count,
                                       const double *v, double *out, gt_error *err);

/* The same of floats, for the millions of latents of an inversion. */
GT_MUST_CHECK gt_status gt_wasserstein_floats(size_t u_count, const float *u, size_t v_count,
                                              const float *v, double *out, gt_error *err);

/* The same where each number counts by its weight, relative to the sum of its set's; NULL: all
 * alike. Weights are finite, none below 0, their sum above 0, else GT_BAD_ARGUMENT. */
GT_MUST_CHECK gt_status gt_wasserstein_weighted(size_t u_count, const double *u,
                                                const double *u_weights, size_t v_count,
                                                const double *v, const double *v_weights,
                                                double *out, gt_error *err);

/* Latents of one level beside those that an inversion found for them, in the same order. */
typedef struct gt_agreement {
    double w1;          /* Wasserstein's first distance, which ignores who belongs to whom */
    double correlation; /* Pearson's; NaN when one side is constant */
    double largest;     /* difference of a pair */
} gt_agreement;

/* Compares count >= 1 pairs. Errors of gt_wasserstein. */
GT_MUST_CHECK gt_status gt_agreement_measure(size_t count, const float *latents,
                                             const float *found, gt_agreement *out,
                                             gt_error *err);

/* ---- Likeness of two images -------------------------------------------------------------- */

/* The cosine of the angle between two images taken as vectors, -1 to 1: as they are, and each
 * without its own mean (Pearson's correlation of their pixels; a length of 0 there counts as
 * 0.001). Either is 0 where an image has nothing left, and 1 within 1e-7 for equal ones. */
typedef struct gt_cosines {
    double plain, centred;
} gt_cosines;

/* Of two images of `width` finite values each. */
gt_cosines gt_cosines_of(size_t width, const float *a, const float *b);

/* Mean square difference of two images of `count` values, and the peak signal-to-noise ratio 10
 * log10(range^2 / mean square) in dB, which is infinite for equal ones. range: of the pixels, 1
 * for images in 0..1, 255 for levels. */
double gt_mean_square(size_t count, const float *a, const float *b);
double gt_psnr(size_t count, const float *a, const float *b, double range);

/* ---- Discriminators ---------------------------------------------------------------------- */

/* max(0, 1 - a) + max(0, 1 + b): how badly a discriminator tells a pair apart that gave a to
 * the first and b to the second. 2 where it cannot tell at all. The sign of the light-weight
 * GAN: real images are driven below -1, generated ones above 1, so that (generated, real) is
 * its own training loss. */
double gt_pair_loss(double a, double b);

/* ---- Summaries --------------------------------------------------------------------------- */

/* Of a set of numbers; those that are not finite count in `lost` alone. */
typedef struct gt_summary {
    size_t count, lost;    /* numbers that are finite, and others */
    double mean, sd;       /* sd with count - 1; NaN for fewer than 2 */
    double low, mid, high; /* quantiles 0.16, 0.5 (the median), 0.84; NaN when there are none */
    double least, most;
} gt_summary;

/* Fills *out. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_summarize(size_t count, const double *values, gt_summary *out,
                                     gt_error *err);

/* The quantile at a share (0 to 1) of count >= 1 numbers in rising order, linear between
 * neighbours as numpy has it: element share * (count - 1). */
double gt_quantile(size_t count, const double *sorted, double share);

/* ---- Bins, windows, contours ------------------------------------------------------------- */

/* Bins of equal width, as numpy cuts them: each holds its lower edge, and the last its upper
 * one too. low < high, both finite. */
typedef struct gt_bins {
    double low, high;
    size_t count;
} gt_bins;

/* Edge 0 .. count. */
double gt_bin_edge(const gt_bins *bins, size_t edge);

/* The bin of a value; bins->count when it lies outside or is NaN. */
size_t gt_bin_of(const gt_bins *bins, double value);

/* Adds to contents (bins->count) one for each of the numbers that lies inside; returns how many
 * did. */
size_t gt_bins_add(const gt_bins *bins, size_t count, const double *values, double *contents);

/* The same for pairs: contents (x->count, y->count), x along the slow axis. */
size_t gt_bins_add_pairs(const gt_bins *x, const gt_bins *y, size_t count, const double *xs,
                         const double *ys, double *contents);

/* Smooths contents (x->count, y->count) by a normal distribution of so many bins, reflected at
 * the edges, so that their sum stays; 0 changes nothing. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_bins_smooth(const gt_bins *x, const gt_bins *y, double deviation,
                                       double *contents, gt_error *err);

/* A window for figures of several sets, which the first, that of real images, rules: its
 * quantiles 0.005 to 0.995, wider by a tenth of their distance on either side, so that outliers
 * do not rule. Where they are the same number it is widened round that, by a tenth of it and at
 * least 0.5, and is_constant is set. Numbers that are not finite do not count; none left is
 * GT_BAD_ARGUMENT. bins are the caller's number. */
GT_MUST_CHECK gt_status gt_window_find(size_t count, const double *values, size_t bins,
                                       gt_bins *out, bool *is_constant, gt_error *err);

/* The mass of a normal distribution in two dimensions within so many deviations of its middle,
 * 1 - exp(-s^2 / 2): 0.118, 0.393, 0.675, 0.865 for 0.5, 1, 1.5, 2. */
double gt_contour_mass(double deviations);

/* The levels at which contours hold given masses (0 to 1, rising) of a histogram: contents from
 * the largest on, summed and divided by total; the smallest one whose sum is still at most the
 * mass, or the largest of all where none is. total: what counts as all, so that numbers outside
 * of the window do; at least the sum of contents, and a level is 0 where the window does not
 * hold its mass. Few contents give equal levels: see gt_levels_merge. GT_BAD_ARGUMENT when all
 * are 0. */
GT_MUST_CHECK gt_status gt_contour_levels(size_t count, const double *contents, double total,
                                          size_t mass_count, const double *masses,
                                          double *levels, gt_error *err);

/* Of neighbouring levels that are equal all but the last, of the largest mass, become 0. */
void gt_levels_merge(size_t count, double *levels);

#ifdef __cplusplus
}
#endif
#endif
