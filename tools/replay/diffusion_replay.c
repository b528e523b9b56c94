/* Reading the network of a recorded denoiser. */
#include "diffusion_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t whole(gt_recording *rec, const char *key, int64_t most) {
    double value = gt_recording_number(rec, key, 0);
    if (!rec->status && !(value >= 1 && value <= (double)most && value == (int64_t)value))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s': expected 1 to %lld", key,
                          (long long)most);
    return (int64_t)value;
}

/* The mean image is given by another name, or not at all. */
static void read_values(gt_recording *from, gt_model *model, const char *prefix) {
    gt_params *params = gt_model_params(model);
    const diffusion *own = gt_model_self(model);
    char name[160];
    for (int i = 0; i < gt_params_count(params) && !from->status; ++i) {
        uint64_t count = 0;
        if (i == own->mean) continue;
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        int index = gt_recording_find(from, name);
        if (index >= 0 && !gt_recording_fits(from, index, gt_params_shape(params, i))) return;
        float *values = gt_recording_input(from, name, &count);
        if (values)
            memcpy(gt_params_values(params) + gt_params_offset(params, i), values,
                   count * sizeof *values);
        free(values);
    }
}

gt_model *diffusion_replay_model(gt_recording *from, const char *images, const char *prefix) {
    gt_model *model = NULL;
    int index = gt_recording_find(from, images);
    const gt_st_tensor *x = index < 0 ? NULL : gt_safetensors_at(from->file, (size_t)index);
    diffusion_settings settings = {.width = whole(from, "num_kernels", 512),
                                   .levels = whole(from, "num_blocks", UNET_LEVELS),
                                   .noise = "square"};
    if (!from->status && (!x || x->rank < 3 || x->elements > 1 << 26))
        gt_recording_fail(from, GT_BAD_SHAPE, "no tensor '%s' of images", images);
    if (from->status) return NULL;
    const int64_t *shape = x->shape + x->rank - 3;
    gt_model_input input = GT_MODEL_INPUT(shape[0], shape[1], shape[2], 0, 1);
    from->status = gt_model_create(&gt_model_diffusion, &settings, &input, &model, from->err);
    if (!from->status) read_values(from, model, prefix);
    if (!from->status) return model;
    gt_model_destroy(model);
    return NULL;
}
