/* weights.c - vectors of parameters in safetensors files, and how a file that does not fit is
 * described. */
#include "weights.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"

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

/* The end of every comparison. */
static gt_status conclude(const char *path, const differences *found, gt_error *err) {
    char more[64] = "";
    if (found->count == 0) return GT_OK;
    if (found->count > DIFFERENCES_SHOWN)
        snprintf(more, sizeof more, "; and %d more", found->count - DIFFERENCES_SHOWN);
    return gt_fail(err, GT_MISMATCH, "%s does not fit the model: %s%s", path, found->text,
                   more);
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
    return conclude(gt_safetensors_path(file), &found, err);
}

static gt_status check_finite(const char *path, const char *name, const float *values,
                              uint64_t count, gt_error *err) {
    for (uint64_t k = 0; k < count; k++)
        if (!isfinite(values[k]))
            return gt_fail(err, GT_NOT_FINITE, "%s: element %llu of '%s' is %g", path,
                           (unsigned long long)k, name, (double)values[k]);
    return GT_OK;
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
        if (status == GT_OK)
            status = check_finite(gt_safetensors_path(file), name, part, tensor->elements, err);
    }
    return status;
}

/* ---- Weights of others to begin with --------------------------------------------------- */

typedef struct beginning {
    const gt_safetensors *file;
    gt_model *model;
    gt_params *params;
    bool *is_given;
    int given;
    differences found;
} beginning;

/* (O,3,k,k) for a parameter (O,1,k,k). */
static bool has_colours(const gt_st_tensor *tensor, gt_shape shape) {
    return tensor->rank == 4 && shape.rank == 4 && shape.dim[1] == 1 && tensor->shape[1] == 3 &&
           tensor->shape[0] == shape.dim[0] && tensor->shape[2] == shape.dim[2] &&
           tensor->shape[3] == shape.dim[3];
}

static void sum_colours(const float *from, gt_shape shape, float *to) {
    int64_t pixels = shape.dim[2] * shape.dim[3];
    for (int64_t i = 0; i < shape.dim[0] * pixels; i++) {
        const float *first = from + 3 * (i / pixels) * pixels + i % pixels;
        to[i] = first[0] + first[pixels] + first[2 * pixels];
    }
}

static gt_status take_values(beginning *b, const gt_st_tensor *tensor, int index,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_shape shape = gt_params_shape(b->params, index);
    float *part = gt_params_values(b->params) + gt_params_offset(b->params, index);
    float *values = malloc((size_t)(tensor->elements + 1) * sizeof *values);
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
    GT_TRY(gt_safetensors_read_f32(b->file, tensor, values, tensor->elements, err));
    GT_TRY(check_finite(gt_safetensors_path(b->file), tensor->name, values, tensor->elements,
                        err));
    if (has_colours(tensor, shape))
        sum_colours(values, shape, part);
    else
        memcpy(part, values, (size_t)tensor->elements * sizeof *values);
done:
    free(values);
    return status;
}

static gt_status take_tensor(beginning *b, const gt_st_tensor *tensor, gt_error *err) {
    const gt_model_class *class = gt_model_class_of(b->model);
    char own[GT_MODEL_NAME], shape[GT_ST_SHAPE_TEXT];
    snprintf(own, sizeof own, "%s", tensor->name);
    if (class->alias && !class->alias(gt_model_self(b->model), tensor->name, own)) return GT_OK;
    int index = gt_params_find(b->params, own), before = b->found.count;
    if (index < 0)
        note(&b->found, "'%s' %s is not part of the model", tensor->name,
             gt_st_shape_text(tensor->rank, tensor->shape, shape));
    else if (b->is_given[index])
        note(&b->found, "'%s' is there under two names", own);
    else if (!has_colours(tensor, gt_params_shape(b->params, index)))
        compare_tensor(tensor, tensor->name, gt_params_shape(b->params, index), &b->found);
    if (b->found.count > before) return GT_OK;
    b->is_given[index] = true;
    b->given++;
    return take_values(b, tensor, index, err);
}

static bool same_group(const char *a, const char *b) {
    size_t length = strcspn(a, ".");
    return length == strcspn(b, ".") && strncmp(a, b, length) == 0;
}

/* Whether anything of the parameter's group was given. */
static bool is_begun(const beginning *b, int index) {
    for (int i = 0; i < gt_params_count(b->params); i++)
        if (b->is_given[i] &&
            same_group(gt_params_name(b->params, i), gt_params_name(b->params, index)))
            return true;
    return false;
}

static gt_status check_groups(beginning *b, gt_error *err) {
    const char *path = gt_safetensors_path(b->file);
    int count = gt_params_count(b->params);
    if (b->given == 0 && b->found.count == 0)
        return gt_fail(err, GT_MISMATCH, "%s holds no tensor of the model", path);
    for (int i = 0; i < count; i++)
        if (!b->is_given[i] && is_begun(b, i))
            compare_tensor(NULL, gt_params_name(b->params, i), gt_params_shape(b->params, i),
                           &b->found);
    gt_status status = conclude(path, &b->found, err);
    if (status) return status;
    gt_remark("weights: %d of %d tensors from %s%s", b->given, count, path,
              b->given < count ? ", the others begin as always" : "");
    return GT_OK;
}

gt_status gt_weights_begin(const char *path, gt_model *model, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    const gt_model_class *class = gt_model_class_of(model);
    beginning b = {.model = model, .params = gt_model_params(model)};
    b.is_given = calloc((size_t)gt_params_count(b.params) + 1, sizeof *b.is_given);
    if (!b.is_given) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of parameters");
    GT_TRY(gt_safetensors_open(path, &file, err));
    b.file = file;
    for (size_t i = 0; i < gt_safetensors_count(file); i++)
        GT_TRY(take_tensor(&b, gt_safetensors_at(file, i), err));
    GT_TRY(check_groups(&b, err));
    if (class->adopt) class->adopt(gt_model_self(model), b.params, b.is_given);
done:
    gt_safetensors_close(file);
    free(b.is_given);
    return status;
}
