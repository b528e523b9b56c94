/* diffusion.h - generation by a blind denoiser: the class's parts. Private. */
#ifndef GT_MODEL_DIFFUSION_H
#define GT_MODEL_DIFFUSION_H

#include "unet.h"

typedef struct diffusion_settings {
    int64_t width, levels;
    const char *noise;     /* how noise levels are drawn */
    int64_t judged_levels; /* noise levels at which validation tells PSNR */
} diffusion_settings;

enum { DIFFUSION_JUDGED = 10 };
#define DIFFUSION_NOISE "diffusion.walk"

typedef struct diffusion {
    unet net;
    gt_shape picture; /* (C,H,W) */
    bool is_linear;   /* noise levels are uniform; else squares of uniform numbers */
    int judged_levels;
    double level[DIFFUSION_JUDGED]; /* deviations of noise, of a picture's range */
    char level_names[DIFFUSION_JUDGED][24];
    int mean; /* state (C,H,W): mean of the training images, as the network sees them */
} diffusion;

/* ---- Sampling (diffusion_sample.c) ------------------------------------------------------- */

typedef struct diffusion_sampling {
    const char *sampler; /* "coarse-to-fine", "ornstein-uhlenbeck" */
    double start_sigma, end_sigma, step, beta;
    int64_t most_steps, steps;
    double start_time, end_time; /* 0: follows from start_sigma */
    bool fixed_step, first_noise_repeats;
} diffusion_sampling;

extern const gt_option_table diffusion_sample_options;

/* Walks from noise to images, `batch` of them at a time. One that is done gives its place in
 * the batch to the next, so that no network looks at what nobody waits for. */
typedef struct diffusion_walk {
    const diffusion_sampling *how;
    int64_t count, batch, pixels;
    const float *mean; /* (pixels) */
    void *user;
    /* Noise (pixels) of mean 0 and deviation 1 for an image: number 0 to begin with, then one a
     * step from 1 on. */
    void (*noise)(void *user, int64_t image, int64_t number, float *out);
    /* The noise that the network sees in images (batch,pixels), of which those without a walk
     * hold anything; the result is lent until the next call. */
    gt_status (*denoise)(void *user, const float *images, const float **noise, gt_error *err);
    /* What an image is after so many of its steps, and the noise level that was found in it.
     * NULL: nobody looks. */
    void (*visit)(void *user, int64_t image, int64_t steps, const float *values, double sigma);
} diffusion_walk;

/* Of how many walks more noise is left than should be, and why. */
typedef struct diffusion_ends {
    int64_t diverged;   /* noise above 2, or no number */
    int64_t unfinished; /* took their last step */
    int64_t blind;      /* the network saw less than half of the noise that they began with */
} diffusion_ends;

/* Leaves samples (count,pixels) in `images`. GT_INTERRUPTED, GT_NO_MEMORY, GT_USAGE, or what
 * denoise fails with. */
GT_MUST_CHECK gt_status diffusion_walk_run(const diffusion_walk *walk, float *images,
                                           diffusion_ends *ends, gt_error *err);

/* Of step t = 1, 2, ... coarse to fine: its length h, and the noise it adds in units of what it
 * finds. */
typedef struct diffusion_step {
    double length, noise;
} diffusion_step;
diffusion_step diffusion_step_at(const diffusion_sampling *how, int64_t t);
/* Time k = 0 .. steps of an Ornstein-Uhlenbeck walk, falling as a geometric series. */
double diffusion_time_at(const diffusion_sampling *how, int64_t k);

/* gt_model_class.run_sampler. */
GT_MUST_CHECK gt_status diffusion_run_sampler(const gt_model *model,
                                              const gt_sampling *sampling, float *output,
                                              gt_error *err);

/* gt_model_class.tell_samples. */
void diffusion_tell_samples(const void *settings, int64_t images, const int64_t *fates);

extern const gt_model_class gt_model_diffusion;

#endif
