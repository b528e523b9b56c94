/* weights.c - vectors of parameters in safetensors files, and how a file that does not fit is
 * described. */
#include "weights.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 512, DIFFERENCES_SHOWN = 3 };

gt_status gt_weights_add(gt_safetensors_writer *writer, const char *prefix,
                         const gt_params *params, const float *vector, gt_error *err) {
    char name[NAME_SIZE];
    gt_status status = GT_OK;
    for (int i = 0; i < gt_params_count(params) && status == GT_OK; i++) {
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

/* Collects sentences about what differs: the first few in full, the others counted. */
typedef struct differences {
    int count;
    char text[400];
} differences;

GT_PRINTF(2, 3) static void note(differences *found, const char *format, ...) {
    size_t used = strlen(found->text);
    if (found->count++ >= DIFFERENCES_SHOWN) return;
    if (used) used += (size_t)snprintf(found->text + used, sizeof found->text - used, "; ");
    if (used >= sizeof found->text) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found->text + used, sizeof found->text - used, format, arguments);
    va_end(arguments);
}

static void compare_tensor(const gt_st_tensor *tensor, const char *name, gt_shape shape,
                           differences *found) {
    char have[GT_ST_SHAPE_TEXT], want[96];
    bool same = tensor && tensor->rank == shape.rank;
    for (int i = 0; same && i < shape.rank; i++) same = tensor->shape[i] == shape.dim[i];
    gt_shape_text(shape, want);
    if (!tensor)
        note(found, "'%s' %s is missing", name, want);
    else if (!same)
        note(found, "'%s' is %s, expected %s", name,
             gt_st_shape_text(tensor->rank, tensor->shape, have), want);
}

/* Whether a tensor follows from the model's settings; if so, it must be as they say. */
static gt_status check_fixed(const gt_safetensors *file, const gt_st_tensor *tensor,
                             const gt_model *model, bool *found, differences *unequal,
                             gt_error *err) {
    gt_model_fixed fixed;
    *found = false;
    for (int i = 0; !*found && gt_model_fixed_at(model, i, &fixed); i++)
        *found = strcmp(fixed.name, tensor->name) == 0;
    if (!*found) return GT_OK;
    int before = unequal->count;
    compare_tensor(tensor, tensor->name, fixed.shape, unequal);
    if (unequal->count > before) return GT_OK;
    float *values = malloc((size_t)(tensor->elements + 1) * sizeof *values);
    if (!values) return gt_fail(err, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
    gt_status status = gt_safetensors_read_f32(file, tensor, values, tensor->elements, err);
    bool equal =
        !status && memcmp(values, fixed.values, tensor->elements * sizeof *values) == 0;
    if (!status && !equal) note(unequal, "'%s' is not what the settings make it", tensor->name);
    free(values);
    return status;
}

static gt_status compare(const gt_safetensors *file, const char *prefix, const gt_model *model,
                         gt_error *err) {
    char name[NAME_SIZE], shape[GT_ST_SHAPE_TEXT];
    const gt_params *params = gt_model_params(model);
    size_t length = strlen(prefix);
    differences found = {0};
    for (int i = 0; i < gt_params_count(params); i++) {
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        compare_tensor(gt_safetensors_find(file, name), name, gt_params_shape(params, i),
                       &found);
    }
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        if (strncmp(tensor->name, prefix, length) != 0) continue;
        bool is_fixed = false;
        if (gt_params_find(params, tensor->name + length) >= 0) continue;
        if (length == 0) {
            gt_status status = check_fixed(file, tensor, model, &is_fixed, &found, err);
            if (status) return status;
        }
        if (!is_fixed)
            note(&found, "'%s' %s is not part of the model", tensor->name,
                 gt_st_shape_text(tensor->rank, tensor->shape, shape));
    }
    if (found.count == 0) return GT_OK;
    char more[64] = "";
    if (found.count > DIFFERENCES_SHOWN)
        snprintf(more, sizeof more, "; and %d more", found.count - DIFFERENCES_SHOWN);
    return gt_fail(err, GT_MISMATCH, "%s does not fit the model: %s%s",
                   gt_safetensors_path(file), found.text, more);
}

gt_status gt_weights_read(const gt_safetensors *file, const char *prefix, const gt_model *model,
                          float *vector, gt_error *err) {
    char name[NAME_SIZE];
    const gt_params *params = gt_model_params(model);
    gt_status status = compare(file, prefix, model, err);
    for (int i = 0; i < gt_params_count(params) && status == GT_OK; i++) {
        float *part = vector + gt_params_offset(params, i);
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        const gt_st_tensor *tensor = gt_safetensors_find(file, name);
        status = gt_safetensors_read_f32(file, tensor, part, tensor->elements, err);
        for (uint64_t k = 0; k < tensor->elements && status == GT_OK; k++)
            if (!isfinite(part[k]))
                status = gt_fail(err, GT_NOT_FINITE, "%s: element %llu of '%s' is %g",
                                 gt_safetensors_path(file), (unsigned long long)k, name,
                                 (double)part[k]);
    }
    return status;
}
