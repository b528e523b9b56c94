/* train_weights_fuzz.c - weight files of anyone for a small flow and a small encoder: what is
 * accepted gives finite parameters, what is not is refused with the file's name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "maf.h"
#include "ssl.h"
#include "weights.h"

enum { MOST_TENSORS = 64 };

static bool take(const gt_safetensors *file, const gt_model_class *kind, const void *settings,
                 const gt_model_input *input) {
    gt_error err = {0};
    gt_model *model = NULL;
    bool is_given[MOST_TENSORS] = {false};
    GT_ASSERT(gt_model_create(kind, settings, input, &model, &err) == GT_OK);
    gt_params *params = gt_model_params(model);
    GT_ASSERT(gt_params_count(params) <= MOST_TENSORS);
    gt_status status = gt_weights_import(file, model, NULL, is_given, &err);
    GT_ASSERT(status == GT_OK || strncmp(err.text, "fuzz", 4) == 0);
    for (int i = 0; status == GT_OK && i < gt_params_count(params); i++) {
        const float *values = gt_params_values(params) + gt_params_offset(params, i);
        for (int64_t k = 0; k < gt_shape_count(gt_params_shape(params, i)); k++)
            GT_ASSERT(isfinite(values[k]));
    }
    gt_model_destroy(model);
    return status == GT_OK;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    static const maf_settings flow = {.blocks = 1, .width = 3};
    static const ssl_settings encoder = {
        .widths = "2", .blocks = "1", .projection_layers = 1, .output = 2, .temperature = 1};
    static const gt_model_input code = GT_MODEL_INPUT(2, 1, 1, 0, 1),
                                image = GT_MODEL_INPUT(1, 32, 32, 0, 1);
    gt_error err;
    gt_safetensors *file = NULL;
    if (gt_safetensors_open_memory(bytes, size, "fuzz", &file, &err)) return false;
    bool read = take(file, &gt_model_maf, &flow, &code);
    read |= take(file, &gt_model_simclr, &encoder, &image);
    gt_safetensors_close(file);
    return read;
}
