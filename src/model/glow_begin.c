/* First values of actnorms, which make what the first batch becomes behind each of them have
 * mean 0 and deviation 1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "glow.h"
#include "sort.h"

/* A graph whose outputs are loc and scale of every flow, in order. */
typedef struct beginning {
    const glow *net;
    gt_graph *g;
    gt_tensor **leaves, **outputs, *images;
    gt_plan *plan;
} beginning;

static gt_status build(const gt_model *model, const gt_first_batch *batch, beginning *b,
                       gt_error *err) {
    const gt_model_input *in = gt_model_input_of(model);
    const gt_params *params = gt_model_params(model);
    int parameters = gt_params_count(params), flows = b->net->flow_count * b->net->level_count;
    gt_status status = GT_OK;
    glow_pass *pass = NULL;
    b->g = gt_graph_create();
    b->leaves = calloc((size_t)parameters, sizeof(gt_tensor *));
    b->outputs = calloc(2 * (size_t)flows, sizeof(gt_tensor *));
    if (!b->g || !b->leaves || !b->outputs)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a graph");
    for (int i = 0; i < parameters; ++i) b->leaves[i] = gt_params_tensor(b->g, params, i);
    b->images =
        gt_input(b->g, "images", GT_SHAPE(batch->rows, in->channels, in->height, in->width));
    gt_tensor *cut = glow_cut(b->net, b->g, b->images);
    gt_tensor *x = glow_dequantise(b->net, b->g, cut, glow_noise(b->net, b->g, cut));
    GT_TRY(glow_pass_create(b->net, b->g, b->leaves, x, true, &pass, err));
    for (int i = 0; i < flows; ++i) {
        const glow_step *step =
            &pass->levels[i / b->net->flow_count].steps[i % b->net->flow_count];
        b->outputs[2 * i] = step->loc;
        b->outputs[2 * i + 1] = step->scale;
    }
    GT_TRY(gt_graph_check(b->g, err));
done:
    glow_pass_destroy(pass);
    return status;
}

static gt_status compute(const gt_first_batch *batch, const float *values, beginning *b,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_plan_options how = {.threads = batch->threads};
    int outputs = 2 * b->net->flow_count * b->net->level_count;
    GT_TRY(gt_plan_create(b->g, b->outputs, outputs, &how, &b->plan, err));
    gt_plan_bind_parameters(b->plan, values);
    GT_TRY(gt_plan_bind(b->plan, b->images, batch->images, err));
    gt_plan_set_noise(b->plan, 0, 0, 0);
    GT_TRY(gt_plan_run(b->plan, err));
done:
    return status;
}

/* A channel that is the same everywhere would get a scale of a million. */
static gt_status check_scales(const glow *net, int flow, const float *scale, gt_error *err) {
    static const double least = 1e-4, added = 1e-6;
    int level = flow / net->flow_count;
    for (int64_t c = 0; c < net->levels[level].inside.dim[0]; ++c) {
        double deviation = 1 / (double)scale[c] - added;
        if (!(deviation >= least))
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "the first batch has a deviation of %.3g in level %d, flow %d, "
                           "channel %lld, expected at least %g: its pictures are flat there",
                           deviation, level, flow % net->flow_count, (long long)c, least);
    }
    return GT_OK;
}

/* Different values in the batch as it is, and in bins of so many levels. */
static gt_status count_values(const float *pixels, int64_t count, double bin, int64_t *values,
                              int64_t *bins, gt_error *err) {
    float *sorted = malloc((size_t)count * sizeof *sorted);
    if (!sorted)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %lld pixels", (long long)count);
    memcpy(sorted, pixels, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, gt_by_float);
    *values = *bins = 1;
    for (int64_t i = 1; i < count; ++i) {
        double last = (double)sorted[i - 1], next = (double)sorted[i];
        *values += next - last > GLOW_ROUNDING;
        *bins += floor((next + GLOW_ROUNDING) / bin) != floor((last + GLOW_ROUNDING) / bin);
    }
    free(sorted);
    return GT_OK;
}

/* What is lost of the pixels is told; those that are alike in all bits that are kept teach
 * nothing, whatever noise fills them. */
static gt_status check_bits(const glow *net, const gt_first_batch *batch,
                            const gt_model_input *in, gt_error *err) {
    int64_t count = batch->rows * in->channels * in->height * in->width, values = 0, bins = 0;
    double bin = 256.0 / (1 << net->bits);
    gt_status status = count_values(batch->images, count, bin, &values, &bins, err);
    if (status) return status;
    if (bins == 1)
        return gt_fail(
            err, GT_BAD_ARGUMENT,
            "bits %d: all pixels of the first batch lie in one of %d bins; take more bits",
            net->bits, 1 << net->bits);
    if (bins < values)
        gt_remark("bits %d: of %lld different pixel values in the first batch %lld are left, "
                  "%.3g %% are lost%s",
                  net->bits, (long long)values, (long long)bins,
                  100 * (double)(values - bins) / (double)values,
                  net->bits < 8 ? "; more bits keep more" : "");
    return GT_OK;
}

gt_status glow_begin(const gt_model *model, const gt_first_batch *batch, float *values,
                     gt_error *err) {
    const gt_params *params = gt_model_params(model);
    gt_status status = GT_OK;
    beginning b = {.net = gt_model_self(model)};
    GT_TRY(check_bits(b.net, batch, gt_model_input_of(model), err));
    GT_TRY(build(model, batch, &b, err));
    GT_TRY(compute(batch, values, &b, err));
    for (int i = 0; i < b.net->flow_count * b.net->level_count; ++i) {
        const glow_level *level = &b.net->levels[i / b.net->flow_count];
        const glow_flow *flow = &level->flows[i % b.net->flow_count];
        size_t bytes = (size_t)level->inside.dim[0] * sizeof(float);
        const float *scale = gt_plan_output(b.plan, 2 * i + 1);
        GT_TRY(check_scales(b.net, i, scale, err));
        memcpy(values + gt_params_offset(params, flow->loc), gt_plan_output(b.plan, 2 * i),
               bytes);
        memcpy(values + gt_params_offset(params, flow->scale), scale, bytes);
    }
done:
    gt_plan_destroy(b.plan);
    gt_graph_destroy(b.g);
    free(b.leaves);
    free(b.outputs);
    return status;
}
