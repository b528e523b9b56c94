/* diffusion.c - training step of the blind denoiser at the paper's size. The peer is
 * bench/peers/diffusion_torch.py: 16 images of 64x64, noise drawn in the step, Adam. */
#include "diffusion.h"

#include "learning.h"

static gt_status open(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const diffusion_settings paper = {.width = 64, .levels = 3, .noise = "square"};
    static gt_bench_learning what = {.kind = &gt_model_diffusion,
                                     .settings = &paper,
                                     .input = GT_MODEL_INPUT(1, 64, 64, 0, 1.0 / 255),
                                     .batch = 16,
                                     .rate = 1e-3};
    what.rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    what.rule.weight_decay = 0;
    return gt_bench_learning_open(&what, how, work, err);
}

const gt_bench gt_bench_diffusion = {
    "diffusion-paper-train",
    "training step of the denoiser at the paper's size, 16 images of 64x64", "images", open};
