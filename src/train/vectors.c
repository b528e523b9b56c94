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
static void describe(const gt_model *model, gt_vectors *out) {
    const gt_params *params = gt_model_params(model);
    gt_optimizer_segment *next = out->segments;
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        gt_optimizer_segment *first = next;
        for (int i = 0; i < gt_params_count(params); i++) {
            gt_shape shape = gt_params_shape(params, i);
            if (gt_params_is_state(params, i) || !gt_model_owns(model, k, i)) continue;
            *next++ = (gt_optimizer_segment){(size_t)gt_params_offset(params, i) -
                                                 gt_model_range_of(model, k).first,
                                             (size_t)gt_shape_count(shape), shape.rank > 1};
        }
        out->segment_counts[k] = (size_t)(next - first);
    }
}

gt_status gt_vectors_create(gt_model *model, int moments, bool averaged, gt_vectors *out,
                            gt_error *err) {
    gt_params *params = gt_model_params(model);
    gt_vectors made = {.count = (size_t)gt_params_floats(params),
                       .values = gt_params_values(params)};
    bool is_complete = (made.grads = allocate(made.count)) != NULL;
    if (averaged) is_complete &= (made.average = allocate(made.count)) != NULL;
    for (int i = 0; i < moments; i++)
        is_complete &= (made.moments[i] = allocate(made.count)) != NULL;
    made.segments = calloc((size_t)gt_params_count(params) + 1, sizeof *made.segments);
    is_complete &= made.segments != NULL;
    if (is_complete) describe(model, &made);
    *out = made;
    if (is_complete) return GT_OK;
    gt_vectors_free(out);
    return gt_fail(err, GT_NO_MEMORY, "no memory for the moments of %zu parameters",
                   made.count);
}

gt_optimizer_vectors gt_vectors_of(const gt_vectors *v, const gt_model *model, int objective) {
    gt_model_range range = gt_model_range_of(model, objective);
    gt_optimizer_vectors part = {.count = range.count,
                                 .values = v->values + range.first,
                                 .grads = v->grads + range.first,
                                 .average = v->average ? v->average + range.first : NULL,
                                 .segments = v->segments,
                                 .segment_count = v->segment_counts[objective]};
    for (int k = 0; k < objective; k++) part.segments += v->segment_counts[k];
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; i++)
        part.state[i] = v->moments[i] ? v->moments[i] + range.first : NULL;
    return part;
}

void gt_vectors_free(gt_vectors *vectors) {
    free(vectors->grads);
    free(vectors->average);
    free(vectors->segments);
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; i++) free(vectors->moments[i]);
    *vectors = (gt_vectors){0};
}
