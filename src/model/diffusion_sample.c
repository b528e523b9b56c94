/* From noise to pictures with a blind denoiser: two walks, one step of several pictures at a
 * time.
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
     "coarse-to-fine: the noise at which a picture is done", .min = 1e-4, .max = 1,
     .with = "sampler=coarse-to-fine"},
    {"step", AT(GT_REAL_AT, step), "0.01", "X", "coarse-to-fine: first step, as a share",
     .min = 1e-4, .max = 1, .with = "sampler=coarse-to-fine"},
    {"fixed-step", AT(GT_FLAG_AT, fixed_step), NULL, NULL,
     "coarse-to-fine: all steps as the first one", .with = "sampler=coarse-to-fine"},
    {"beta", AT(GT_REAL_AT, beta), "0.1", "X",
     "coarse-to-fine: 1 adds no noise on the way, near 0 the most", .min = 0.001, .max = 1,
     .with = "sampler=coarse-to-fine"},
    {"max-steps", AT(GT_INT_AT, most_steps), "10000", "N", "coarse-to-fine: steps at most",
     .min = 1, .max = 1e6, .with = "sampler=coarse-to-fine"},
    {"first-noise-repeats", AT(GT_FLAG_AT, first_noise_repeats), NULL, NULL,
     "the first step adds the noise that the walk began with, as the published figures",
     .with = "sampler=coarse-to-fine"},
    {"steps", AT(GT_INT_AT, steps), "200", "N", "ornstein-uhlenbeck: steps", .min = 1,
     .max = 1e6, .with = "sampler=ornstein-uhlenbeck"},
    {"start-time", AT(GT_REAL_AT, start_time), "0", "X",
     "ornstein-uhlenbeck: first time; 0: where the noise is start-sigma, beyond which the "
     "network has learned nothing",
     .min = 0, .max = 20, .with = "sampler=ornstein-uhlenbeck"},
    {"end-time", AT(GT_REAL_AT, end_time), "0.005", "X", "ornstein-uhlenbeck: last time",
     .min = 1e-6, .max = 1, .with = "sampler=ornstein-uhlenbeck"},
};
const gt_option_table diffusion_sample_options = GT_OPTION_TABLE("Sampling", rows);

/* A place of the batch, and the image that walks there. */
typedef struct place {
    int64_t image;   /* -1: none */
    int64_t steps;   /* done */
    bool is_arrived; /* the next look is its last */
} place;

typedef struct walker walker;
struct walker {
    const diffusion_walk *walk;
    float *values; /* (batch,pixels) of the images that walk */
    float *noise;  /* (pixels) */
    float *samples;
    place *places;
    int64_t next, walking; /* the first image that has not begun; how many walk */
    int64_t looks;
    diffusion_ends ends;
    /* What the clock or the noise makes of an image when the network has seen so much in it. */
    void (*step)(walker *w, place *at, float *values, const float *seen, double sigma);
    double first_scale, last_scale; /* of an image at the beginning, of a sample */
};

/* Root of the mean square. */
static double rms(const float *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += (double)values[i] * values[i];
    return sqrt(sum / (double)count);
}

/* The next image begins in the place, or nobody. */
static void begin(walker *w, place *at, float *values) {
    const diffusion_walk *walk = w->walk;
    *at = (place){.image = w->next < walk->count ? w->next : -1};
    if (at->image < 0) return;
    w->next++;
    w->walking++;
    walk->noise(walk->user, at->image, 0, w->noise);
    for (int64_t i = 0; i < walk->pixels; ++i) {
        float y = (float)(walk->mean[i] + walk->how->start_sigma * w->noise[i]);
        values[i] = w->first_scale == 1 ? y : (float)(w->first_scale * y);
    }
}

static void tell(const walker *w, const place *at, const float *values, double sigma) {
    if (w->walk->visit) w->walk->visit(w->walk->user, at->image, at->steps, values, sigma);
}

/* What is left when the noise that is seen is taken away. */
static void arrive(walker *w, place *at, float *values, const float *seen) {
    int64_t pixels = w->walk->pixels;
    float *sample = w->samples + at->image * pixels;
    for (int64_t i = 0; i < pixels; ++i)
        sample[i] = (float)(w->last_scale * ((double)values[i] - seen[i]));
    w->walking--;
    begin(w, at, values);
}

static void draw_step_noise(walker *w, const place *at) {
    const diffusion_walk *walk = w->walk;
    bool repeats = walk->how->first_noise_repeats && at->steps == 0;
    walk->noise(walk->user, at->image, repeats ? 0 : at->steps + 1, w->noise);
}

static void advance(walker *w, place *at, float *values, const float *seen) {
    double sigma = rms(seen, w->walk->pixels);
    if (at->steps == 0)
        w->ends.blind += sigma < 0.5 * w->walk->how->start_sigma * w->first_scale;
    if (at->steps == 0 || at->is_arrived) tell(w, at, values, sigma);
    if (at->is_arrived) {
        arrive(w, at, values, seen);
        return;
    }
    w->step(w, at, values, seen, sigma);
}

static gt_status walk_all(walker *w, gt_error *err) {
    const diffusion_walk *walk = w->walk;
    gt_status status = GT_OK;
    const float *seen = NULL;
    for (int64_t n = 0; n < walk->batch; ++n)
        begin(w, &w->places[n], w->values + n * walk->pixels);
    while (w->walking > 0) {
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted after %lld steps of a sample",
                     (long long)w->looks);
        GT_TRY(walk->denoise(walk->user, w->values, &seen, err));
        w->looks++;
        for (int64_t n = 0; n < walk->batch; ++n)
            if (w->places[n].image >= 0)
                advance(w, &w->places[n], w->values + n * walk->pixels,
                        seen + n * walk->pixels);
    }
done:
    return status;
}

/* ---- Coarse to fine -------------------------------------------------------------------- */

diffusion_step diffusion_step_at(const diffusion_sampling *how, int64_t t) {
    double h = how->step;
    if (!how->fixed_step) h = h * (double)t / (1 + h * (double)(t - 1));
    double keep = 1 - how->beta * h;
    return (diffusion_step){h, sqrt(fmax(0, keep * keep - (1 - h) * (1 - h)))};
}

/* The step that finds little enough noise is still carried out. */
static bool ends(walker *w, double sigma, int64_t steps) {
    static const double diverged = 2;
    const diffusion_sampling *how = w->walk->how;
    if (sigma <= how->end_sigma) return true;
    bool is_lost = !(sigma <= diverged), is_last = steps >= how->most_steps;
    w->ends.diverged += is_lost;
    w->ends.unfinished += is_last && !is_lost;
    return is_lost || is_last;
}

/* y <- y - h f(y) + gamma z. */
static void step_by_noise(walker *w, place *at, float *y, const float *seen, double sigma) {
    const diffusion_sampling *how = w->walk->how;
    if (at->steps == 0 && sigma <= how->end_sigma) { /* a picture without noise */
        tell(w, at, y, sigma);
        arrive(w, at, y, seen);
        return;
    }
    diffusion_step step = diffusion_step_at(how, at->steps + 1);
    draw_step_noise(w, at);
    double gamma = step.noise * sigma;
    for (int64_t i = 0; i < w->walk->pixels; ++i)
        y[i] = (float)(y[i] - step.length * seen[i] + gamma * w->noise[i]);
    at->is_arrived = ends(w, sigma, ++at->steps);
    tell(w, at, y, sigma);
}

/* ---- Ornstein-Uhlenbeck ---------------------------------------------------------------- */

double diffusion_time_at(const diffusion_sampling *how, int64_t k) {
    double sigma = how->start_sigma;
    double first = how->start_time > 0 ? how->start_time : 0.5 * log1p(sigma * sigma);
    return first * pow(how->end_time / first, (double)k / (double)how->steps);
}

/* x <- x + dt (x + 2 score) + sqrt(2 dt) z, score = -f(x) / (1 - exp(-2 t)). */
static void step_by_time(walker *w, place *at, float *x, const float *seen, double sigma) {
    const diffusion_sampling *how = w->walk->how;
    double t = diffusion_time_at(how, at->steps);
    double dt = t - diffusion_time_at(how, at->steps + 1);
    double of_noise = sqrt(2 * dt), of_score = -2 * dt / -expm1(-2 * t);
    draw_step_noise(w, at);
    for (int64_t i = 0; i < w->walk->pixels; ++i)
        x[i] = (float)(x[i] * (1 + dt) + of_score * seen[i] + of_noise * w->noise[i]);
    at->is_arrived = ++at->steps == how->steps;
    tell(w, at, x, sigma);
}

static gt_status follow_clock(walker *w, gt_error *err) {
    const diffusion_sampling *how = w->walk->how;
    double start = diffusion_time_at(how, 0);
    if (how->end_time >= start)
        return gt_fail(err, GT_USAGE, "end-time %g: expected less than the first time, %g",
                       how->end_time, start);
    if (start > 0.5 * log1p(1) * (1 + 1e-9))
        gt_remark(
            "start-time %.4g: noise beyond what the network learned, where the brightness "
            "of pictures drifts",
            start);
    w->step = step_by_time;
    w->first_scale = exp(-start);
    w->last_scale = exp(how->end_time);
    return GT_OK;
}

gt_status diffusion_walk_run(const diffusion_walk *walk, float *images, diffusion_ends *ends,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t pixels = (size_t)walk->pixels, batch = (size_t)walk->batch;
    walker w = {.walk = walk,
                .values = calloc(batch * pixels, sizeof *w.values),
                .noise = malloc(pixels * sizeof *w.noise),
                .places = calloc(batch, sizeof *w.places),
                .samples = images,
                .step = step_by_noise,
                .first_scale = 1,
                .last_scale = 1};
    if (!w.values || !w.noise || !w.places)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %lld samples", (long long)walk->batch);
    if (strcmp(walk->how->sampler, "ornstein-uhlenbeck") == 0) GT_TRY(follow_clock(&w, err));
    GT_TRY(walk_all(&w, err));
    *ends = w.ends;
done:
    free(w.values);
    free(w.noise);
    free(w.places);
    return status;
}

/* ---- With a plan ----------------------------------------------------------------------- */

typedef struct drawing {
    const gt_sampling *sampling;
    size_t pixels;
} drawing;

static void draw_noise(void *user, int64_t image, int64_t number, float *out) {
    const drawing *d = user;
    gt_rng_key key = {d->sampling->seed, gt_rng_stream(DIFFUSION_NOISE), (uint32_t)number};
    const float *given = number == 0 ? d->sampling->latents : NULL;
    if (given)
        memcpy(out, given + (size_t)image * d->pixels, d->pixels * sizeof *out);
    else
        gt_rng_fill_normal(key, (d->sampling->first + (uint64_t)image) * d->pixels, d->pixels,
                           out);
}

static gt_status run_plan(void *user, const float *images, const float **noise, gt_error *err) {
    const gt_sampling *s = ((const drawing *)user)->sampling;
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

enum { DIVERGED, BLIND, UNFINISHED };

static void count_ends(int64_t *fates, const diffusion_ends *ends) {
    fates[DIVERGED] += ends->diverged;
    fates[BLIND] += ends->blind;
    fates[UNFINISHED] += ends->unfinished;
}

/* Of how many walks it was so. */
void diffusion_tell_samples(const void *settings, int64_t images, const int64_t *fates) {
    const diffusion_sampling *how = settings;
    long long count = images;
    if (fates[DIVERGED])
        gt_remark("%lld of %lld pictures diverged: their noise grew above 2",
                  (long long)fates[DIVERGED], count);
    if (fates[BLIND])
        gt_remark("%lld of %lld pictures are mostly noise: the network saw less than half of "
                  "the noise of %g that they began with; it has to learn longer, or at a lower "
                  "learning rate",
                  (long long)fates[BLIND], count, how->start_sigma);
    if (fates[UNFINISHED])
        gt_remark("%lld of %lld pictures took all of max-steps %lld and have more noise than "
                  "end-sigma %g",
                  (long long)fates[UNFINISHED], count, (long long)how->most_steps,
                  how->end_sigma);
}

gt_status diffusion_run_sampler(const gt_model *model, const gt_sampling *sampling,
                                float *output, gt_error *err) {
    const diffusion *own = gt_model_self(model);
    const gt_params *params = gt_model_params(model);
    const float *mean = sampling->values + gt_params_offset(params, own->mean);
    int64_t pixels = gt_shape_count(gt_params_shape(params, own->mean));
    drawing d = {sampling, (size_t)pixels};
    const gt_tensor *noisy = gt_model_graph_input(sampling->graph, "noisy");
    diffusion_walk walk = {.how = sampling->settings,
                           .count = sampling->batch,
                           .batch = gt_tensor_dim(noisy, 0),
                           .pixels = pixels,
                           .mean = mean,
                           .user = &d,
                           .noise = draw_noise,
                           .denoise = run_plan};
    diffusion_ends ends = {0};
    if (sampling->first == 0 && is_all_zero(mean, pixels))
        gt_remark("these weights tell no mean picture of their training set: walks begin with "
                  "noise around 0");
    gt_status status = diffusion_walk_run(&walk, output, &ends, err);
    if (!status && sampling->fates) count_ends(sampling->fates, &ends);
    return status;
}
