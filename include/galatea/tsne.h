/* tsne.h (room: analysis) - t-SNE: points in the plane whose neighbourhoods are those of the
 * data (van der Maaten and Hinton 2008, J. Mach. Learn. Res. 9, 2579).
 *
 * Affinities p from the 3 perplexity + 1 nearest neighbours, map similarities q = 1/(1+d^2) /
 * Z, gradient descent on KL = sum p ln(p/q) with momentum, gains and early exaggeration as in
 * scikit-learn; learning rates and momentum as in openTSNE, which reach a lower KL. The
 * repulsion between all pairs is computed
 *     exactly     rows^2 operations an iteration; affinities of all pairs too, if memory allows
 *     Barnes-Hut  by a quadtree (van der Maaten 2014, J. Mach. Learn. Res. 15, 3221)
 *     FFT         as a field on a grid (after Linderman et al. 2019, Nature Methods 16, 243,
 *                 with splines of order 6 in place of polynomials of degree 2)
 *
 * Positions are (rows, 2), double. Equal arguments give equal bits for any number of threads.
 */
#ifndef GALATEA_TSNE_H
#define GALATEA_TSNE_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/neighbours.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gt_tsne_forces {
    GT_TSNE_AUTO, /* exact below 1000 rows, else FFT: the fastest */
    GT_TSNE_EXACT,
    GT_TSNE_BARNES_HUT,
    GT_TSNE_FFT
} gt_tsne_forces;

#define GT_TSNE_MOST_EXACT 10000 /* rows */

typedef struct gt_tsne_settings {
    double perplexity;        /* from 1 to (rows - 2) / 3 */
    int64_t iterations;       /* all of them */
    int64_t early_iterations; /* of them, with exaggeration and the first momentum */
    double exaggeration;
    double momentum[2]; /* early, late */
    double rate; /* learning rate of the gradient with its factor 4; 0: see gt_tsne_rate */
    gt_tsne_forces forces;
    double theta; /* opening angle of Barnes-Hut, 0 (exact) to 1 */
    gt_neighbours_how neighbours;
    uint64_t seed; /* of approximate neighbours */
} gt_tsne_settings;

/* Perplexity 30, 1000 iterations, 250 of them with exaggeration 12, momentum 0.8, theta 0.5,
 * the rest chosen by size. */
gt_tsne_settings gt_tsne_settings_default(void);

/* max(rows / exaggeration / 4, 50), of each phase with its own exaggeration. */
double gt_tsne_rate(size_t rows, double exaggeration);

/* What auto stands for. */
gt_tsne_forces gt_tsne_choose_forces(gt_tsne_forces wanted, size_t rows);
const char *gt_tsne_forces_name(gt_tsne_forces forces); /* "exact", "barnes-hut", "fft" */

/* Where a run stands. */
typedef struct gt_tsne_progress {
    enum { GT_TSNE_NEIGHBOURS, GT_TSNE_DESCENT } stage;
    size_t done, total; /* rows, or iterations */
    double kl;          /* of the affinities without exaggeration; NaN where not computed */
} gt_tsne_progress;

typedef struct gt_tsne_result {
    int64_t iterations; /* made: fewer when the gradient vanished or nothing improved */
    double kl;          /* at the end, with the affinities and the Z of the run */
    double neighbour_seconds, descent_seconds;
    gt_tsne_forces forces;
} gt_tsne_result;

/* Starts. PCA: the first two principal scores, both over the standard deviation of the first,
 * times 1e-4; GT_BAD_ARGUMENT when all rows are equal, GT_NOT_FINITE. Random: normal with
 * deviation 1e-4. */
GT_MUST_CHECK gt_status gt_tsne_start_pca(size_t rows, size_t features, const float *x,
                                          double *y, gt_error *err);
void gt_tsne_start_random(size_t rows, uint64_t seed, double *y);

/* GT_BAD_ARGUMENT, with the largest one that does, for a perplexity that rows do not allow. */
GT_MUST_CHECK gt_status gt_tsne_check_perplexity(size_t rows, double perplexity, gt_error *err);

/* Moves y from its start to the map. x (rows, features). visit (NULL allowed) is called from
 * the calling thread after blocks of neighbours and every ten iterations. GT_BAD_ARGUMENT:
 * fewer rows than 3 perplexity + 1 other than the row itself, more than GT_TSNE_MOST_EXACT for
 * exact forces, all rows equal, a setting out of range. GT_NOT_FINITE with row and feature, or
 * when the descent diverged (a rate too large). GT_NO_MEMORY. GT_INTERRUPTED (interrupt.h). */
GT_MUST_CHECK gt_status gt_tsne_run(size_t rows, size_t features, const float *x,
                                    const gt_tsne_settings *settings, double *y,
                                    void (*visit)(void *user, const gt_tsne_progress *at),
                                    void *user, gt_tsne_result *result, gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
