/* tsne.c - from a table to a map: neighbours, affinities, descent. */
#include "galatea/tsne.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "galatea/pca.h"
#include "progress.h"
#include "rng.h"
#include "tsne/descent.h"
#include "tsne/forces.h"

/* Below, all pairs are the fastest way; above it is the field, which is faster than the tree
 * and nearer to the truth at every number of rows. Measured on two cores. */
enum { MANY_ROWS = 1000 };
enum { SHOW_EVERY = 10, CHECK_EVERY = 50, PATIENCE = 300 };
static const double START_DEVIATION = 1e-4, LEAST_GRADIENT = 1e-7;

gt_tsne_settings gt_tsne_settings_default(void) {
    return (gt_tsne_settings){.perplexity = 30,
                              .iterations = 1000,
                              .early_iterations = 250,
                              .exaggeration = 12,
                              .momentum = {0.8, 0.8},
                              .theta = 0.5};
}

double gt_tsne_rate(size_t rows, double exaggeration) {
    return fmax((double)rows / exaggeration / 4, 50);
}

gt_tsne_forces gt_tsne_choose_forces(gt_tsne_forces wanted, size_t rows) {
    if (wanted != GT_TSNE_AUTO) return wanted;
    return rows < MANY_ROWS ? GT_TSNE_EXACT : GT_TSNE_FFT;
}

const char *gt_tsne_forces_name(gt_tsne_forces forces) {
    static const char *const names[] = {"auto", "exact", "barnes-hut", "fft"};
    return names[forces];
}

/* ---- Starts -------------------------------------------------------------------------------
 */

gt_status gt_tsne_start_pca(size_t rows, size_t features, const float *x, double *y,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_pca *pca = NULL;
    size_t axes = features < 2 ? features : 2;
    double sum = 0;
    GT_TRY(gt_pca_compute(rows, features, x, &pca, err));
    if (!(gt_pca_variances(pca)[0] > 0))
        GT_THROW(err, GT_BAD_ARGUMENT, "all %zu rows are equal: there is nothing to map", rows);
    memset(y, 0, 2 * rows * sizeof *y);
    GT_TRY(gt_pca_project(pca, axes, rows, x, y, err));
    if (axes == 1) /* one score a row: make room for the second coordinate, 0 */
        for (size_t i = rows; i-- > 0;) y[2 * i] = y[i], y[2 * i + 1] = 0;
    for (size_t i = 0; i < rows; i++) sum += y[2 * i] * y[2 * i]; /* scores have mean 0 */
    double scale = START_DEVIATION / sqrt(sum / (double)rows);
    for (size_t i = 0; i < 2 * rows; i++) y[i] *= scale;
done:
    gt_pca_destroy(pca);
    return status;
}

void gt_tsne_start_random(size_t rows, uint64_t seed, double *y) {
    gt_rng_key key = {seed, gt_rng_stream("tsne.start"), 0};
    for (size_t i = 0; i < 2 * rows; i++) y[i] = START_DEVIATION * gt_rng_normal(key, i);
}

/* ---- The run ------------------------------------------------------------------------------
 */

typedef struct run {
    size_t rows, features;
    const float *x;
    const gt_tsne_settings *settings;
    double *y;
    void (*visit)(void *user, const gt_tsne_progress *at);
    void *user;
    gt_affinity p;
    gt_repulsion *repulsion;
    gt_descent descent;
    double *gradient, *repelling, *scratch; /* 2, 2 and 1 values a row */
    gt_tsne_result *result;
} run;

static bool all_equal(const run *r) {
    for (size_t i = r->features; i < r->rows * r->features; i++)
        if (r->x[i] != r->x[i % r->features]) return false;
    return true;
}

gt_status gt_tsne_check_perplexity(size_t rows, double perplexity, gt_error *err) {
    double most = ((double)rows - 2) / 3;
    if (perplexity >= 1 && perplexity <= most) return GT_OK;
    if (most < 1)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%zu rows are too few for t-SNE, expected 5 or more", rows);
    return gt_fail(err, GT_BAD_ARGUMENT,
                   "perplexity %g needs %.0f rows, there are %zu: expected 1 to %g", perplexity,
                   ceil(3 * perplexity + 2), rows, floor(10 * most) / 10);
}

static gt_status check(const run *r, gt_error *err) {
    const gt_tsne_settings *s = r->settings;
    gt_status status = gt_tsne_check_perplexity(r->rows, s->perplexity, err);
    if (status) return status;
    if (s->forces == GT_TSNE_EXACT && r->rows > GT_TSNE_MOST_EXACT)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "exact forces of %zu rows, expected at most %d rows", r->rows,
                       GT_TSNE_MOST_EXACT);
    if (s->iterations < 1 || s->early_iterations < 0 || !(s->exaggeration >= 1) ||
        !(s->rate >= 0) || !(s->theta >= 0 && s->theta <= 1))
        return gt_fail(err, GT_BAD_ARGUMENT, "a setting of t-SNE is out of range");
    if (all_equal(r))
        return gt_fail(err, GT_BAD_ARGUMENT, "all %zu rows are equal: there is nothing to map",
                       r->rows);
    return GT_OK;
}

static void report_neighbours(void *user, size_t done, size_t total) {
    const run *r = user;
    gt_tsne_progress at = {GT_TSNE_NEIGHBOURS, done, total, NAN};
    if (r->visit) r->visit(r->user, &at);
}

static gt_status prepare(run *r, gt_error *err) {
    gt_status status = GT_OK;
    const gt_tsne_settings *s = r->settings;
    gt_tsne_forces how = gt_tsne_choose_forces(s->forces, r->rows);
    gt_neighbours graph = {0};
    size_t k = (size_t)(3 * s->perplexity + 1);
    if (s->forces == GT_TSNE_EXACT) k = r->rows - 1;
    GT_TRY(gt_neighbours_find(r->rows, r->features, r->x, k, s->neighbours, s->seed,
                              report_neighbours, r, &graph, err));
    GT_TRY(gt_affinity_create(&graph, s->perplexity, &r->p, err));
    if (how == GT_TSNE_FFT) GT_TRY(gt_affinity_narrow(&r->p, err));
    GT_TRY(gt_repulsion_create(how, s->theta, r->rows, &r->repulsion, err));
    GT_TRY(gt_descent_create(2 * r->rows, &r->descent, err));
    r->gradient = calloc(r->rows, 2 * sizeof *r->gradient);
    r->repelling = calloc(r->rows, 2 * sizeof *r->repelling);
    r->scratch = calloc(r->rows, sizeof *r->scratch);
    if (!r->gradient || !r->repelling || !r->scratch)
        GT_THROW(err, GT_NO_MEMORY, "forces of %zu rows", r->rows);
    r->result->forces = how;
done:
    gt_neighbours_free(&graph);
    return status;
}

/* The gradient at y; kl, if not NULL, gets the divergence without exaggeration. */
static gt_status find_gradient(run *r, double exaggeration, double *kl, gt_error *err) {
    double z, energy, *g = r->gradient;
    gt_status status = gt_repulsion_compute(r->repulsion, r->y, r->repelling, &z, err);
    if (status) return status;
    gt_attraction(&r->p, r->y, g, r->scratch, kl ? &energy : NULL);
#pragma omp parallel for simd schedule(static) if (r->rows > 1 << 15)
    for (size_t i = 0; i < 2 * r->rows; i++)
        g[i] = 4 * (exaggeration * g[i] - r->repelling[i] / z);
    if (kl) *kl = r->p.entropy + energy + log(z);
    return GT_OK;
}

/* Norm of the gradient as the step weighs it, by gains. */
static double weighted_norm(const run *r) {
    double sum = 0;
    for (size_t i = 0; i < 2 * r->rows; i++)
        sum += r->gradient[i] * r->gradient[i] * r->descent.gain[i] * r->descent.gain[i];
    return sqrt(sum);
}

static void report_descent(const run *r, int64_t done, double kl) {
    gt_tsne_progress at = {GT_TSNE_DESCENT, (size_t)done, (size_t)r->settings->iterations, kl};
    if (r->visit) r->visit(r->user, &at);
}

static gt_status descend(run *r, gt_error *err) {
    gt_status status = GT_OK;
    const gt_tsne_settings *s = r->settings;
    double kl = NAN, best = INFINITY;
    int64_t best_at = 0;
    for (int64_t i = 0; i < s->iterations; i++) {
        bool is_early = i < s->early_iterations, checks = i % CHECK_EVERY == 0 && i > 0;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted after %lld of %lld iterations",
                     (long long)i, (long long)s->iterations);
        if (i == s->early_iterations) {
            gt_descent_reset(&r->descent);
            best = INFINITY, best_at = i;
        }
        double exaggeration = is_early ? s->exaggeration : 1;
        double rate = s->rate > 0 ? s->rate : gt_tsne_rate(r->rows, exaggeration);
        GT_TRY(find_gradient(r, exaggeration, checks ? &kl : NULL, err));
        gt_descent_step(&r->descent, r->gradient, s->momentum[!is_early], rate, r->y);
        r->result->iterations++;
        if (i % SHOW_EVERY == 0) report_descent(r, i, kl);
        if (!checks) continue;
        if (kl < best) best = kl, best_at = i;
        if (i - best_at > PATIENCE || weighted_norm(r) <= LEAST_GRADIENT) {
            if (!is_early) break;
            i = s->early_iterations - 1; /* nothing more to gain from exaggeration */
        }
    }
    GT_TRY(find_gradient(r, 1, &r->result->kl, err));
    report_descent(r, s->iterations, r->result->kl);
done:
    return status;
}

static void close_run(run *r) {
    gt_affinity_free(&r->p);
    gt_repulsion_destroy(r->repulsion);
    gt_descent_free(&r->descent);
    free(r->gradient);
    free(r->repelling);
    free(r->scratch);
}

gt_status gt_tsne_run(size_t rows, size_t features, const float *x,
                      const gt_tsne_settings *settings, double *y,
                      void (*visit)(void *user, const gt_tsne_progress *at), void *user,
                      gt_tsne_result *result, gt_error *err) {
    gt_status status = GT_OK;
    run r = {.rows = rows,
             .features = features,
             .x = x,
             .settings = settings,
             .y = y,
             .visit = visit,
             .user = user,
             .result = result};
    double start = gt_seconds();
    *result = (gt_tsne_result){0};
    GT_TRY(check(&r, err));
    GT_TRY(prepare(&r, err));
    result->neighbour_seconds = gt_seconds() - start;
    GT_TRY(descend(&r, err));
    result->descent_seconds = gt_seconds() - start - result->neighbour_seconds;
done:
    close_run(&r);
    return status;
}
