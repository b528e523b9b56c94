/* Replays walks from noise to an image with a recorded denoiser: every image that was kept on
 * the way, and what the walk found and chose. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diffusion_replay.h"
#include "galatea/plan.h"

typedef struct walk_replay {
    gt_recording *rec;
    gt_replay_network network;
    gt_model *model;
    int told; /* kept value */
    gt_tensor *y;
    gt_plan *plan;
    bool is_timed;
    int64_t pixels, most; /* most: steps that there is noise for */
    float *start, *noise;
    double *sigma, *mean;
    int64_t looks; /* how many of those there are */
} walk_replay;

static void take_noise(void *user, int64_t image, int64_t number, float *out) {
    const walk_replay *w = user;
    const float *from = number == 0 ? w->start : w->noise + (number - 1) * w->pixels;
    if (number > w->most)
        gt_recording_fail(w->rec, GT_BAD_FORMAT, "noise for %lld steps, but there are more",
                          (long long)w->most);
    else
        memcpy(out, from, (size_t)w->pixels * sizeof *out);
}

static gt_status tell_noise(void *user, const float *images, const float **noise,
                            gt_error *err) {
    const walk_replay *w = user;
    gt_status status = w->rec->status;
    if (status) return status;
    GT_TRY(gt_plan_bind(w->plan, w->y, images, err));
    GT_TRY(gt_plan_run(w->plan, err));
    *noise = gt_plan_output(w->plan, 0);
done:
    return status;
}

static double mean_of(const float *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += values[i];
    return sum / (double)count;
}

static void compare_image(walk_replay *w, const char *name, const float *image) {
    const gt_model_input *in = gt_model_input_of(w->model);
    gt_recording_compare_floats(w->rec, name, GT_SHAPE(in->channels, in->height, in->width),
                                image, GT_REPLAY_PLAIN, 0);
}

static void look(void *user, int64_t number, int64_t steps, const float *image, double sigma) {
    walk_replay *w = user;
    char name[48];
    snprintf(name, sizeof name, "%c.step%03lld", w->is_timed ? 'x' : 'y', (long long)steps);
    bool is_final = w->looks > steps; /* the last look sees what the last step left */
    if (is_final) snprintf(name, sizeof name, "%c.final", w->is_timed ? 'x' : 'y');
    if (steps == 0 && w->is_timed) compare_image(w, "x_start", image);
    compare_image(w, name, image);
    if (w->looks > w->most + 1) return;
    w->sigma[w->looks] = sigma;
    w->mean[w->looks++] = mean_of(image, w->pixels);
}

static void compare_row(walk_replay *w, const char *name, const double *values, int64_t count) {
    gt_recording_compare(w->rec, name, GT_SHAPE(count), values, GT_REPLAY_PLAIN, 0);
}

static void compile(walk_replay *w) {
    const diffusion *own = gt_model_self(w->model);
    const gt_model_input *in = gt_model_input_of(w->model);
    gt_graph *g = w->network.g;
    net_pass pass = {.g = g, .values = w->network.leaves};
    gt_plan_options options = {.threads = w->rec->settings.threads, .exact = true};
    w->y = gt_input(g, "noisy", GT_SHAPE(1, in->channels, in->height, in->width));
    gt_tensor *told = unet_apply(&own->net, &pass, w->y, NULL);
    w->rec->status = gt_plan_create(g, &told, 1, &options, &w->plan, w->rec->err);
    if (!w->rec->status)
        gt_plan_bind_parameters(w->plan, gt_params_values(gt_model_params(w->model)));
}

static void read_arrays(walk_replay *w, const char *start) {
    uint64_t begun = 0, count = 0;
    w->start = gt_recording_input(w->rec, start, &begun);
    w->noise = gt_recording_input(w->rec, "noise", &count);
    const gt_model_input *in = gt_model_input_of(w->model);
    w->pixels = in->channels * in->height * in->width;
    w->most = (int64_t)count / w->pixels;
    if (!w->rec->status && begun != (uint64_t)w->pixels)
        gt_recording_fail(w->rec, GT_BAD_SHAPE, "'%s' is not one image", start);
    w->sigma = calloc((size_t)w->most + 3, sizeof *w->sigma);
    w->mean = calloc((size_t)w->most + 3, sizeof *w->mean);
    if (!w->sigma || !w->mean) gt_recording_fail(w->rec, GT_NO_MEMORY, "no memory for a walk");
}

static void run_walk(walk_replay *w, const diffusion_sampling *how) {
    uint64_t count = 0;
    diffusion_ends ends = {0};
    float *mean = gt_recording_input(w->rec, "train_mean", &count);
    float *image = calloc((size_t)w->pixels, sizeof *image);
    if (!image) gt_recording_fail(w->rec, GT_NO_MEMORY, "no memory for an image");
    if (!w->rec->status && count != (uint64_t)w->pixels)
        gt_recording_fail(w->rec, GT_BAD_SHAPE, "'train_mean' is not one image");
    if (!w->rec->status) {
        diffusion_walk walk = {.how = how,
                               .count = 1,
                               .batch = 1,
                               .pixels = w->pixels,
                               .mean = mean,
                               .user = w,
                               .noise = take_noise,
                               .denoise = tell_noise,
                               .visit = look};
        w->rec->status = diffusion_walk_run(&walk, image, &ends, w->rec->err);
    }
    if (!w->rec->status) {
        compare_image(w, "sample", image);
        w->mean[w->looks] = mean_of(image, w->pixels); /* `mean` ends with the sample's */
    }
    free(mean);
    free(image);
}

/* ---- What the walk chose, by the formulas of its definition -------------------------------
 */

static void compare_steps(walk_replay *w, const diffusion_sampling *how) {
    int64_t steps = w->looks - 2; /* without the looks before and behind */
    double *h = calloc((size_t)steps + 1, sizeof *h),
           *gamma = calloc((size_t)steps + 1, sizeof *h);
    if (!h || !gamma) gt_recording_fail(w->rec, GT_NO_MEMORY, "no memory for steps");
    for (int64_t t = 1; h && gamma && t <= steps; ++t) {
        diffusion_step step = diffusion_step_at(how, t);
        h[t - 1] = step.length;
        gamma[t - 1] = step.noise * w->sigma[t];
    }
    if (h && gamma) {
        compare_row(w, "h", h, steps);
        compare_row(w, "gamma", gamma, steps);
        compare_row(w, "sigma", w->sigma, steps + 2);
        w->mean[w->looks - 1] = w->mean[w->looks];
        compare_row(w, "mean", w->mean, steps + 2);
    }
    free(h);
    free(gamma);
}

static void compare_times(walk_replay *w, const diffusion_sampling *how) {
    double *times = calloc((size_t)how->steps + 1, sizeof *times);
    if (!times) gt_recording_fail(w->rec, GT_NO_MEMORY, "no memory for times");
    for (int64_t k = 0; times && k <= how->steps; ++k) times[k] = diffusion_time_at(how, k);
    if (times) compare_row(w, "t_grid", times, how->steps + 1);
    compare_row(w, "residual_rms", w->sigma + 1, how->steps);
    free(times);
}

static diffusion_sampling read_how(gt_recording *rec, bool is_timed) {
    if (is_timed)
        return (diffusion_sampling){.sampler = "ornstein-uhlenbeck",
                                    .start_sigma = 1,
                                    .steps = (int64_t)gt_recording_number(rec, "steps", 0),
                                    .start_time = gt_recording_number(rec, "T", 0),
                                    .end_time = gt_recording_number(rec, "t_min", 0)};
    return (diffusion_sampling){.sampler = "coarse-to-fine",
                                .start_sigma = gt_recording_number(rec, "sigma_0", 1),
                                .end_sigma = gt_recording_number(rec, "sigL", 0),
                                .step = gt_recording_number(rec, "h0", 0),
                                .beta = gt_recording_number(rec, "beta", 0),
                                .most_steps =
                                    (int64_t)gt_recording_number(rec, "maxT", INT32_MAX),
                                .fixed_step = gt_recording_number(rec, "fixed_h", 0) != 0};
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{"", 0.6e-6}, {NULL, 0}};
    walk_replay w = {.rec = rec, .is_timed = gt_recording_find(rec, "t_grid") >= 0};
    rec->rules = rules;
    diffusion_sampling how = read_how(rec, w.is_timed);
    if (!rec->status) w.model = diffusion_replay_model(rec, "train_mean", "w.");
    if (w.model && gt_replay_network_open(rec, w.model, &w.network)) {
        read_arrays(&w, w.is_timed ? "z" : "z0");
        if (!rec->status) compile(&w);
        if (!rec->status) run_walk(&w, &how);
        if (!rec->status && w.is_timed) compare_times(&w, &how);
        if (!rec->status && !w.is_timed) compare_steps(&w, &how);
    }
    gt_plan_destroy(w.plan);
    gt_replay_network_close(&w.network);
    gt_model_destroy(w.model);
    free(w.start);
    free(w.noise);
    free(w.sigma);
    free(w.mean);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "num_kernels") &&
           gt_safetensors_find(file, "train_mean") && gt_safetensors_find(file, "noise");
}

const gt_replayer gt_replayer_diffusion_sampler = {"walk of a denoiser", accepts, replay};
