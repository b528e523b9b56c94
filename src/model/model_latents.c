/* model_latents.c - what pictures are made of: parts of noise that follow one another. */
#include "model_internal.h"
#include "rng.h"

bool gt_model_latent_at(const gt_model *model, int i, gt_model_latent *out) {
    return model->class->latent && model->class->latent(model->self, i, out);
}

/* Numbers of the parts before part `i`. */
static int64_t latents_before(const gt_model *model, int i) {
    gt_model_latent part;
    int64_t sum = 0;
    for (int k = 0; k < i && gt_model_latent_at(model, k, &part); ++k)
        sum += gt_shape_count(part.shape);
    return sum;
}

int64_t gt_model_latent_width(const gt_model *model) {
    return latents_before(model, GT_MODEL_LATENTS);
}

static gt_shape many(int64_t batch, gt_shape one) {
    gt_shape out = {.rank = one.rank + 1, .dim = {batch}};
    for (int i = 0; i < one.rank; ++i) out.dim[i + 1] = one.dim[i];
    return out;
}

gt_tensor *gt_model_latent_leaf(const gt_model *model, gt_graph *g, int64_t batch, int i,
                                const gt_model_graph *graph) {
    gt_model_latent part;
    GT_ASSERT(gt_model_latent_at(model, i, &part));
    gt_shape shape = many(batch, part.shape);
    gt_tensor *rows = gt_model_graph_input(graph, "latents");
    if (!rows) return gt_random_normal(g, part.noise, gt_rng_stream(part.noise), shape);
    gt_tensor *own = gt_slice(g, rows, 1, latents_before(model, i), gt_shape_count(part.shape));
    return gt_reshape(g, own, shape);
}

void gt_model_draw_latents(const gt_model *model, int64_t count, const gt_draws *draws,
                           float *rows) {
    int64_t width = gt_model_latent_width(model);
    gt_model_latent part;
    for (int i = 0; gt_model_latent_at(model, i, &part); ++i) {
        size_t own = (size_t)gt_shape_count(part.shape);
        gt_rng_key key = {draws->seed, gt_rng_stream(part.noise), 0};
        float *to = rows + latents_before(model, i);
        for (int64_t n = 0; n < count; ++n)
            gt_rng_fill_normal(key, (draws->first + (uint64_t)n) * own, own, to + n * width);
    }
}
