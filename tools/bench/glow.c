/* glow.c - training step and samples of Glow at the paper's size. The peer is
 * bench/peers/glow_torch.py: 8 images of 64x64 with three channels. */
#include "glow.h"

#include "learning.h"
#include "sampling.h"

enum { IMAGES = 8, AT_ONCE = 4 };

static gt_status open_training(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const glow_settings paper = {.flows = 32,
                                        .levels = 3,
                                        .width = 512,
                                        .bits = 5,
                                        .coupling = "affine",
                                        .mixing = "lu"};
    static gt_bench_learning what = {.kind = &gt_model_glow,
                                     .settings = &paper,
                                     .input = GT_MODEL_INPUT(3, 64, 64, 0, 1),
                                     .batch = IMAGES,
                                     .micro = AT_ONCE,
                                     .rate = 1e-4};
    what.rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    what.rule.weight_decay = 0;
    return gt_bench_learning_open(&what, how, work, err);
}

static gt_status open_sampling(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const gt_bench_sampling what = {.model = "glow",
                                           .preset = "paper",
                                           .input = GT_MODEL_INPUT(3, 64, 64, 0, 1),
                                           .images = IMAGES};
    return gt_bench_sampling_open(&what, how, work, err);
}

const gt_bench gt_bench_glow = {
    "glow-train", "training step of the Glow preset 'paper', 8 images of 64x64 in colour",
    "images", open_training};
const gt_bench gt_bench_glow_sample = {"glow-sample",
                                       "8 images of 64x64 in colour by the Glow preset 'paper'",
                                       "images", open_sampling};
