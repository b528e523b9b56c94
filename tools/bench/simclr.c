/* simclr.c - training step of SimCLR on ResNet-34. The peer is bench/peers/simclr_torch.py:
 * both views of 128 images of 64x64 forward and backward, NT-Xent, LARS. */
#include "learning.h"
#include "ssl.h"

static gt_status open(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const ssl_settings paper = {.widths = "64,128,256,512",
                                       .blocks = "3,4,6,3",
                                       .projection_layers = 2,
                                       .hidden = 512,
                                       .output = 128,
                                       .temperature = 0.5};
    static gt_bench_learning what = {.kind = &gt_model_simclr,
                                     .settings = &paper,
                                     .input = GT_MODEL_INPUT(1, 64, 64, 0, 1.0 / 255),
                                     .batch = 128,
                                     .rate = 1e-3};
    what.rule = gt_optimizer_default(GT_OPTIMIZER_LARS);
    what.rule.momentum = 0.9;
    what.rule.weight_decay = 1e-6;
    return gt_bench_learning_open(&what, how, work, err);
}

const gt_bench gt_bench_simclr = {
    "simclr-train", "training step of SimCLR on ResNet-34, 128 pairs of views of 64x64",
    "images", open};
