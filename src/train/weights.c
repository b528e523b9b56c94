/* weights.c - vectors of parameters in safetensors files of this program. */
#include "weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "differences.h"

enum { NAME_SIZE = 512 };

static bool is_wanted(const gt_model *model, int objective, int index) {
    return objective == GT_OF_ALL || gt_model_owns(model, objective, index);
}

gt_status gt_weights_add(gt_safetensors_writer *writer, const char *prefix,
                         const gt_model *model, int objective, const float *vector,
                         gt_error *err) {
    char name[NAME_SIZE];
    const gt_params *params = gt_model_params(model);
    gt_status status = GT_OK;
    for (int i = 0; i < gt_params_count(params) && status == GT_OK; i++) {
        if (!is_wanted(model, objective, i)) continue;
        gt_shape shape = gt_params_shape(params, i);
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        status = gt_safetensors_writer_add(writer, name, GT_ST_F32, shape.rank, shape.dim,
                                           vector + gt_params_offset(params, i), err);
    }
    return status;
}

gt_status gt_weights_add_fixed(gt_safetensors_writer *writer, const gt_model *model,
                               gt_error *err) {
    gt_status status = GT_OK;
    gt_model_fixed fixed;
    for (int i = 0; status == GT_OK && gt_model_fixed_at(model, i, &fixed); i++)
        status = gt_safetensors_writer_add(writer, fixed.name, GT_ST_F32, fixed.shape.rank,
                                           fixed.shape.dim, fixed.values, err);
    return status;
}

static gt_status compare(const gt_safetensors *file, const char *prefix, const gt_model *model,
                         int objective, gt_error *err) {
    char name[NAME_SIZE], shape[GT_ST_SHAPE_TEXT];
    const gt_params *params = gt_model_params(model);
    size_t length = strlen(prefix);
    gt_differences found = {0};
    for (int i = 0; i < gt_params_count(params); i++) {
        if (!is_wanted(model, objective, i)) continue;
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        gt_differences_compare(&found, gt_safetensors_find(file, name), name,
                               gt_params_shape(params, i));
    }
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        if (strncmp(tensor->name, prefix, length) == 0 &&
            gt_params_find(params, tensor->name + length) < 0)
            gt_differences_add(&found, "'%s' %s is not part of the model", tensor->name,
                               gt_st_shape_text(tensor->rank, tensor->shape, shape));
    }
    return gt_differences_conclude(&found, gt_safetensors_path(file), err);
}

gt_status gt_weights_read_part(const gt_safetensors *file, const gt_st_tensor *tensor,
                               float *values, uint64_t count, gt_error *err) {
    gt_status status = gt_safetensors_read_f32(file, tensor, values, count, err);
    for (uint64_t k = 0; k < count && status == GT_OK; k++)
        if (!isfinite(values[k]))
            status = gt_fail(err, GT_NOT_FINITE, "%s: element %llu of '%s' is %g",
                             gt_safetensors_path(file), (unsigned long long)k, tensor->name,
                             (double)values[k]);
    return status;
}

gt_status gt_weights_read(const gt_safetensors *file, const char *prefix, const gt_model *model,
                          int objective, float *vector, gt_error *err) {
    char name[NAME_SIZE];
    const gt_params *params = gt_model_params(model);
    gt_status status = compare(file, prefix, model, objective, err);
    for (int i = 0; i < gt_params_count(params) && status == GT_OK; i++) {
        if (!is_wanted(model, objective, i)) continue;
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        const gt_st_tensor *tensor = gt_safetensors_find(file, name);
        status = gt_weights_read_part(file, tensor, vector + gt_params_offset(params, i),
                                      tensor->elements, err);
    }
    return status;
}
