/* vectors.c - the vectors of a run: values, gradients, average, moments. */
#include <stdlib.h>
#include <string.h>

#include "state.h"

/* Aligned like the parameters, and zero. NULL when memory is short. */
static float *allocate(size_t count) {
    size_t bytes = (count * sizeof(float) + 63) / 64 * 64;
    float *vector = aligned_alloc(64, bytes ? bytes : 64);
    if (vector) memset(vector, 0, bytes);
    return vector;
}

/* What has more than one axis is a weight. */
static void describe(const gt_params *params, gt_vectors *out) {
    for (int i = 0; i < gt_params_count(params); i++) {
        gt_shape shape = gt_params_shape(params, i);
        if (gt_params_is_state(params, i)) continue;
        out->segments[out->segment_count++] = (gt_optimizer_segment){
            (size_t)gt_params_offset(params, i), (size_t)gt_shape_count(shape), shape.rank > 1};
    }
}

gt_status gt_vectors_create(gt_model *model, const gt_optimizer *rule, bool averaged,
                            gt_vectors *out, gt_error *err) {
    gt_params *params = gt_model_params(model);
    gt_vectors made = {.count = (size_t)gt_params_floats(params),
                       .learned = (size_t)gt_params_learned_floats(params),
                       .values = gt_params_values(params)};
    bool is_complete = (made.grads = allocate(made.count)) != NULL;
    if (averaged) is_complete &= (made.average = allocate(made.count)) != NULL;
    for (int i = 0; i < gt_optimizer_state_count(rule); i++)
        is_complete &= (made.moments[i] = allocate(made.count)) != NULL;
    made.segments = calloc((size_t)gt_params_count(params) + 1, sizeof *made.segments);
    is_complete &= made.segments != NULL;
    if (is_complete) describe(params, &made);
    *out = made;
    if (is_complete) return GT_OK;
    gt_vectors_free(out);
    return gt_fail(err, GT_NO_MEMORY, "no memory for the moments of %zu parameters",
                   made.count);
}

void gt_vectors_free(gt_vectors *vectors) {
    free(vectors->grads);
    free(vectors->average);
    free(vectors->segments);
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; i++) free(vectors->moments[i]);
    *vectors = (gt_vectors){0};
}
