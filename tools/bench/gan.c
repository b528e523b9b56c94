/* gan.c - training and sampling of the light-weight GAN. The peer of both is
 * bench/peers/gan_torch.py: a step is four iterations of both networks on 10 pictures each, the
 * penalty in one of them, and Adam. */
#include "gan.h"

#include "learning.h"
#include "sampling.h"

enum { PART = 10, SAMPLES = 16 };

/* What the rows of gan_options say where a preset does not. */
static const gan_settings paper = {.side = 128,
                                   .latent = 256,
                                   .channels = 3,
                                   .heads = 8,
                                   .head_size = 64,
                                   .most_channels = 512,
                                   .exponent = 12,
                                   .attention = "32",
                                   .gate = "context",
                                   .head = "1x1",
                                   .penalty = "one-centred",
                                   .augment = "cutout,translation",
                                   .whole_levels = true};

static gt_status train(const gan_settings *settings, const gt_bench_how *how,
                       gt_bench_work *work, gt_error *err) {
    static gt_bench_learning what = {.kind = &gt_model_gan,
                                     .input = GT_MODEL_INPUT(1, 64, 64, 0, 1.0 / 255),
                                     .batch = PART,
                                     .rate = 2e-4};
    what.settings = settings;
    what.rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    what.rule.beta1 = 0.5;
    what.rule.beta2 = 0.9;
    what.rule.weight_decay = 0;
    return gt_bench_learning_open(&what, how, work, err);
}

static gt_status open_paper(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return train(&paper, how, work, err);
}

static gt_status open_small(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static gan_settings small;
    small = paper;
    small.side = 64;
    small.latent = 128;
    small.most_channels = 64;
    small.exponent = 11;
    small.heads = 4;
    small.head_size = 16;
    return train(&small, how, work, err);
}

static gt_status open_sampling(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const gt_bench_sampling what = {.model = "gan",
                                           .preset = "paper",
                                           .input = GT_MODEL_INPUT(1, 64, 64, 0, 1.0 / 255),
                                           .images = SAMPLES};
    return gt_bench_sampling_open(&what, how, work, err);
}

const gt_bench gt_bench_gan = {
    "gan-train",
    "four training steps of both networks of the GAN at the paper's size, 10 pictures each",
    "images", open_paper};
const gt_bench gt_bench_gan_small = {
    "gan-small-train", "the same at the size of preset 'small': pictures of 64x64", "images",
    open_small};
const gt_bench gt_bench_gan_sample = {
    "gan-sample", "16 pictures of 128x128 by the generator of the GAN at the paper's size",
    "images", open_sampling};
