/* boosting_file.c - boosted trees in safetensors files. */
#include "boosting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_LENGTH = 256 };

gt_status gt_boosting_store(const gt_boosting *model, const char *prefix,
                            gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_LENGTH];
    int64_t one = 1, scores = gt_boosting_scores(model);
    GT_TRY(gt_trees_store(model->trees, prefix, writer, err));
    snprintf(name, sizeof name, "%sinitial", prefix);
    GT_TRY(gt_safetensors_writer_add(writer, name, GT_ST_F64, 1, &scores, model->initial, err));
    snprintf(name, sizeof name, "%slearning_rate", prefix);
    GT_TRY(gt_safetensors_writer_add(writer, name, GT_ST_F64, 1, &one, &model->learning_rate,
                                     err));
    snprintf(name, sizeof name, "%sclasses", prefix);
    GT_TRY(gt_safetensors_writer_add(writer, name, GT_ST_I32, 1, &one, &model->classes, err));
done:
    return status;
}

static gt_status read_settings(const gt_safetensors *file, const char *prefix,
                               gt_boosting *model, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_LENGTH];
    const gt_st_tensor *tensor;
    int64_t one = 1, classes;
    snprintf(name, sizeof name, "%sclasses", prefix);
    GT_TRY(gt_safetensors_require(file, name, 1, &one, &tensor, err));
    GT_TRY(gt_safetensors_read_i64(file, tensor, &classes, 1, err));
    if (classes < 2 || classes > INT32_MAX)
        GT_THROW(err, GT_BAD_FORMAT, "%s: '%s' is %lld, expected at least 2",
                 gt_safetensors_path(file), name, (long long)classes);
    model->classes = (int32_t)classes;
    snprintf(name, sizeof name, "%slearning_rate", prefix);
    GT_TRY(gt_safetensors_require(file, name, 1, &one, &tensor, err));
    GT_TRY(gt_safetensors_read_f64(file, tensor, &model->learning_rate, 1, err));
    if (!isfinite(model->learning_rate))
        GT_THROW(err, GT_BAD_FORMAT, "%s: '%s' is not finite", gt_safetensors_path(file), name);
done:
    return status;
}

static gt_status read_initial(const gt_safetensors *file, const char *prefix,
                              gt_boosting *model, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_LENGTH];
    const gt_st_tensor *tensor;
    int64_t scores = gt_boosting_scores(model);
    snprintf(name, sizeof name, "%sinitial", prefix);
    GT_TRY(gt_safetensors_require(file, name, 1, &scores, &tensor, err));
    model->initial = calloc((size_t)scores, sizeof *model->initial);
    if (!model->initial) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    GT_TRY(gt_safetensors_read_f64(file, tensor, model->initial, (uint64_t)scores, err));
    for (int64_t k = 0; k < scores; k++)
        if (!isfinite(model->initial[k]))
            GT_THROW(err, GT_BAD_FORMAT, "%s: '%s' is not finite", gt_safetensors_path(file),
                     name);
done:
    return status;
}

gt_status gt_boosting_load(const gt_safetensors *file, const char *prefix, gt_boosting **out,
                           gt_error *err) {
    gt_status status = GT_OK;
    gt_boosting *model = calloc(1, sizeof *model);
    if (!model) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    GT_TRY(read_settings(file, prefix, model, err));
    GT_TRY(read_initial(file, prefix, model, err));
    GT_TRY(gt_trees_load(file, prefix, &model->trees, err));
    if (model->trees->outputs != 1 || model->trees->trees % gt_boosting_scores(model) != 0)
        GT_THROW(err, GT_BAD_FORMAT, "%s: '%s' has %lld trees of %lld outputs for %d classes",
                 gt_safetensors_path(file), prefix, (long long)model->trees->trees,
                 (long long)model->trees->outputs, model->classes);
    *out = model;
    model = NULL;
done:
    gt_boosting_destroy(model);
    return status;
}
