/* From noise to pictures with a blind denoiser: two walks, one step of all pictures at a time.
 *
 * Coarse to fine: Kadkhodaie and Simoncelli, "Stochastic solutions for linear inverse problems
 * using the prior implicit in a denoiser", 2021, algorithm 1. Ornstein-Uhlenbeck: equations 16
 * to 21 of the two-models paper. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diffusion.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "rng.h"

#define AT(type, member) type(diffusion_sampling, member)

static const gt_option rows[] = {
    {"sampler", AT(GT_CHOICE_AT, sampler), "coarse-to-fine", "NAME",
     "how noise becomes a picture: steps as large as the noise that is left, or a clock",
     .choices = "coarse-to-fine|ornstein-uhlenbeck"},
    {"start-sigma", AT(GT_REAL_AT, start_sigma), "1", "X",
     "deviation of the noise to begin with, around the mean picture", .min = 0.01, .max = 10},
    {"end-sigma", AT(GT_REAL_AT, end_sigma), "0.1", "X",
     "coarse-to-fine: the noise at which a picture is done", .min = 1e-4, .max = 1},
    {"step", AT(GT_REAL_AT, step), "0.01", "X", "coarse-to-fine: first step, as a share",
     .min = 1e-4, .max = 1},
    {"fixed-step", AT(GT_FLAG_AT, fixed_step), NULL, NULL,
     "coarse-to-fine: all steps as the first one"},
    {"beta", AT(GT_REAL_AT, beta), "0.1", "X",
     "coarse-to-fine: 1 adds no noise on the way, near 0 the most", .min = 0.001, .max = 1},
    {"max-steps", AT(GT_INT_AT, most_steps), "10000", "N", "coarse-to-fine: steps at most",
     .min = 1, .max = 1e6},
    {"first-noise-repeats", AT(GT_FLAG_AT, first_noise_repeats), NULL, NULL,
     "the first step adds the noise that the walk began with, as the published figures"},
    {"steps", AT(GT_INT_AT, steps), "200", "N", "ornstein-uhlenbeck: steps", .min = 1,
     .max = 1e6},
    {"start-time", AT(GT_REAL_AT, start_time), "0", "X",
     "ornstein-uhlenbeck: first time; 0: where the noise is start-sigma, beyond which the "
     "network has learned nothing",
     .min = 0, .max = 20},
    {"end-time", AT(GT_REAL_AT, end_time), "0.005", "X", "ornstein-uhlenbeck: last time",
     .min = 1e-6, .max = 1},
};
const gt_option_table diffusion_sample_options = GT_OPTION_TABLE("Sampling", rows);

/* A walk at work. */
typedef struct walker {
    const diffusion_walk *walk;
    float *images, *noise;
    double *sigma;  /* of each picture: the noise last found in it */
    bool *is_done;  /* of each picture */
    int64_t number; /* steps done */
    int64_t unfinished;
} walker;

/* Root of the mean square. */
static double rms(const float *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += (double)values[i] * values[i];
    return sqrt(sum / (double)count);
}

static gt_status look(walker *w, const float **seen, gt_error *err) {
    if (gt_interrupt_pending())
        return gt_fail(err, GT_INTERRUPTED, "interrupted after %lld steps of a sample",
                       (long long)w->number);
    return w->walk->denoise(w->walk->user, w->images, seen, err);
}

static void tell(const walker *w) {
    if (w->walk->visit) w->walk->visit(w->walk->user, w->number, w->images, w->sigma);
}

/* What is left when the noise that is seen is taken away. */
static gt_status finish(walker *w, double scale, gt_error *err) {
    const diffusion_walk *walk = w->walk;
    const float *seen = NULL;
    gt_status status = look(w, &seen, err);
    if (status) return status;
    for (int64_t n = 0; n < walk->batch; ++n)
        w->sigma[n] = rms(seen + n * walk->pixels, walk->pixels);
    tell(w);
    for (int64_t i = 0; i < walk->batch * walk->pixels; ++i)
        w->images[i] = (float)(scale * ((double)w->images[i] - seen[i]));
    return GT_OK;
}

/* ---- Coarse to fine -------------------------------------------------------------------- */

diffusion_step diffusion_step_at(const diffusion_sampling *how, int64_t t) {
    double h = how->step;
    if (!how->fixed_step) h = h * (double)t / (1 + h * (double)(t - 1));
    double keep = 1 - how->beta * h;
    return (diffusion_step){h, sqrt(fmax(0, keep * keep - (1 - h) * (1 - h)))};
}

/* y <- y - h f(y) + gamma z of one picture. */
static void step_picture(walker *w, int64_t n, diffusion_step step, const float *seen) {
    int64_t pixels = w->walk->pixels;
    float *y = w->images + n * pixels;
    const float *f = seen + n * pixels, *z = w->noise + n * pixels;
    w->sigma[n] = rms(f, pixels);
    double gamma = step.noise * w->sigma[n];
    for (int64_t i = 0; i < pixels; ++i)
        y[i] = (float)(y[i] - step.length * f[i] + gamma * z[i]);
}

/* The step that finds little enough noise is still carried out. */
static bool ends(const diffusion_sampling *how, double sigma, int64_t steps) {
    static const double diverged = 2;
    return sigma <= how->end_sigma || sigma > diverged || steps >= how->most_steps ||
           !isfinite(sigma);
}

static gt_status walk_by_noise(walker *w, gt_error *err) {
    const diffusion_walk *walk = w->walk;
    const diffusion_sampling *how = walk->how;
    gt_status status = GT_OK;
    const float *seen = NULL;
    int64_t left = walk->batch;
    GT_TRY(look(w, &seen, err));
    for (int64_t n = 0; n < walk->batch; ++n) {
        w->sigma[n] = rms(seen + n * walk->pixels, walk->pixels);
        w->is_done[n] = w->sigma[n] <= how->end_sigma;
        left -= w->is_done[n];
    }
    tell(w);
    while (left > 0) {
        diffusion_step step = diffusion_step_at(how, ++w->number);
        if (w->number > 1) GT_TRY(look(w, &seen, err));
        walk->noise(walk->user, how->first_noise_repeats && w->number == 1 ? 0 : w->number,
                    w->noise);
        for (int64_t n = 0; n < walk->batch; ++n) {
            if (w->is_done[n]) continue;
            step_picture(w, n, step, seen);
            w->is_done[n] = ends(how, w->sigma[n], w->number);
            left -= w->is_done[n];
            w->unfinished += w->is_done[n] && !(w->sigma[n] <= how->end_sigma);
        }
        tell(w);
    }
    GT_TRY(finish(w, 1, err));
done:
    return status;
}

/* ---- Ornstein-Uhlenbeck ---------------------------------------------------------------- */

/* x <- x + dt (x + 2 score) + sqrt(2 dt) z, score = -f(x) / (1 - exp(-2 t)). */
static void step_time(walker *w, double t, double next, const float *seen) {
    int64_t count = w->walk->batch * w->walk->pixels;
    double dt = t - next, of_noise = sqrt(2 * dt), of_score = -2 * dt / -expm1(-2 * t);
    for (int64_t i = 0; i < count; ++i)
        w->images[i] =
            (float)(w->images[i] * (1 + dt) + of_score * seen[i] + of_noise * w->noise[i]);
}

double diffusion_time_at(const diffusion_sampling *how, int64_t k) {
    double sigma = how->start_sigma;
    double first = how->start_time > 0 ? how->start_time : 0.5 * log1p(sigma * sigma);
    return first * pow(how->end_time / first, (double)k / (double)how->steps);
}

static gt_status walk_by_time(walker *w, gt_error *err) {
    const diffusion_walk *walk = w->walk;
    const diffusion_sampling *how = walk->how;
    gt_status status = GT_OK;
    const float *seen = NULL;
    double start = diffusion_time_at(how, 0);
    if (how->end_time >= start)
        GT_THROW(err, GT_USAGE, "end-time %g: expected less than the first time, %g",
                 how->end_time, start);
    if (start > 0.5 * log1p(1) * (1 + 1e-9))
        gt_remark(
            "start-time %.4g: noise beyond what the network learned, where the brightness "
            "of pictures drifts",
            start);
    for (int64_t i = 0; i < walk->batch * walk->pixels; ++i)
        w->images[i] = (float)(exp(-start) * w->images[i]);
    tell(w);
    for (int64_t k = 0; k < how->steps; ++k) {
        GT_TRY(look(w, &seen, err));
        for (int64_t n = 0; n < walk->batch; ++n)
            w->sigma[n] = rms(seen + n * walk->pixels, walk->pixels);
        walk->noise(walk->user, how->first_noise_repeats && k == 0 ? 0 : k + 1, w->noise);
        step_time(w, diffusion_time_at(how, k), diffusion_time_at(how, k + 1), seen);
        w->number++;
        tell(w);
    }
    GT_TRY(finish(w, exp(how->end_time), err));
done:
    return status;
}

gt_status diffusion_walk_run(const diffusion_walk *walk, float *images, int64_t *unfinished,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t count = (size_t)(walk->batch * walk->pixels);
    walker w = {.walk = walk,
                .images = images,
                .noise = malloc(count * sizeof *w.noise),
                .sigma = calloc((size_t)walk->batch, sizeof *w.sigma),
                .is_done = calloc((size_t)walk->batch, sizeof *w.is_done)};
    if (!w.noise || !w.sigma || !w.is_done)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %lld samples", (long long)walk->batch);
    walk->noise(walk->user, 0, w.noise);
    for (size_t i = 0; i < count; ++i)
        images[i] =
            (float)(walk->mean[i % (size_t)walk->pixels] + walk->how->start_sigma * w.noise[i]);
    if (strcmp(walk->how->sampler, "ornstein-uhlenbeck") == 0)
        GT_TRY(walk_by_time(&w, err));
    else
        GT_TRY(walk_by_noise(&w, err));
    *unfinished = w.unfinished;
done:
    free(w.noise);
    free(w.sigma);
    free(w.is_done);
    return status;
}

/* ---- With a plan ----------------------------------------------------------------------- */

static void draw_noise(void *user, int64_t number, float *out) {
    const gt_sampling *s = user;
    gt_shape shape = gt_tensor_shape(gt_model_graph_input(s->graph, "noisy"));
    size_t pixels = (size_t)(gt_shape_count(shape) / s->batch);
    gt_rng_key key = {s->seed, gt_rng_stream("diffusion.walk"), (uint32_t)number};
    gt_rng_fill_normal(key, s->first * pixels, (size_t)s->batch * pixels, out);
}

static gt_status run_plan(void *user, const float *images, const float **noise, gt_error *err) {
    const gt_sampling *s = user;
    gt_status status = GT_OK;
    GT_TRY(gt_plan_bind(s->plan, gt_model_graph_input(s->graph, "noisy"), images, err));
    GT_TRY(gt_plan_run(s->plan, err));
    *noise = gt_plan_output(s->plan, 0);
done:
    return status;
}

static bool is_all_zero(const float *values, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
        if (values[i] != 0) return false;
    return true;
}

gt_status diffusion_run_sampler(const gt_model *model, const gt_sampling *sampling,
                                float *output, gt_error *err) {
    const diffusion *own = gt_model_self(model);
    gt_params *params = gt_model_params(model);
    gt_status status = GT_OK;
    int64_t unfinished = 0;
    gt_sampling s = *sampling;
    const float *mean = gt_params_values(params) + gt_params_offset(params, own->mean);
    diffusion_walk walk = {.how = s.settings,
                           .batch = s.batch,
                           .pixels = gt_shape_count(gt_params_shape(params, own->mean)),
                           .mean = mean,
                           .user = &s,
                           .noise = draw_noise,
                           .denoise = run_plan};
    if (s.first == 0 && is_all_zero(mean, walk.pixels))
        gt_remark("these weights tell no mean picture of their training set: walks begin with "
                  "noise around 0");
    GT_TRY(diffusion_walk_run(&walk, output, &unfinished, err));
    if (unfinished)
        gt_remark("%lld of %lld pictures from number %llu on ended with more noise than "
                  "end-sigma %g: their walk diverged or took max-steps %lld",
                  (long long)unfinished, (long long)s.batch, (unsigned long long)s.first,
                  walk.how->end_sigma, (long long)walk.how->most_steps);
done:
    return status;
}
