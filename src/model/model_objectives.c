/* model_objectives.c - what a model learns, and which parameters belong to it. */
#include <string.h>

#include "model_internal.h"

/* ---- objectives ---- */

void gt_model_follow(const gt_model *model, int objective, int64_t step, float *values) {
    const gt_objective *own = gt_model_objective(model, objective);
    const gt_params *params = model->params;
    double kept = own->copy ? own->copy_keeps(model->self, step) : 1;
    for (int i = 0; kept < 1 && i < gt_params_count(params); ++i) {
        int from = gt_params_find_under(params, i, own->copy, own->prefix);
        if (from < 0) continue;
        float *copy = values + gt_params_offset(params, i);
        const float *value = values + gt_params_offset(params, from);
        int64_t count = gt_shape_count(gt_params_shape(params, i));
        for (int64_t k = 0; k < count; ++k)
            copy[k] = (float)(kept * (double)copy[k] + (1 - kept) * (double)value[k]);
    }
}

int gt_model_objective_count(const gt_model *model) {
    return model->class->objective_count;
}

const gt_objective *gt_model_objective(const gt_model *model, int objective) {
    GT_ASSERT(objective >= 0 && objective < model->class->objective_count);
    return &model->class->objectives[objective];
}

bool gt_model_owns(const gt_model *model, int objective, int index) {
    const char *prefix = gt_model_objective(model, objective)->prefix;
    return !prefix ||
           strncmp(gt_params_name(model->params, index), prefix, strlen(prefix)) == 0;
}

gt_model_range gt_model_range_of(const gt_model *model, int objective) {
    GT_ASSERT(objective >= 0 && objective < model->class->objective_count);
    return model->ranges[objective];
}

/* First float behind learned parameter `index` and the gap after it. */
static int64_t end_of(const gt_params *params, int index) {
    while (++index < gt_params_count(params))
        if (!gt_params_is_state(params, index)) return gt_params_offset(params, index);
    return gt_params_learned_floats(params);
}

static gt_status find_range(gt_model *model, int objective, gt_error *err) {
    const char *name = gt_model_objective(model, objective)->name;
    int64_t first = -1, end = -1;
    for (int i = 0; i < gt_params_count(model->params); ++i) {
        if (gt_params_is_state(model->params, i) || !gt_model_owns(model, objective, i))
            continue;
        int64_t at = gt_params_offset(model->params, i);
        if (first < 0) first = end = at;
        if (at != end)
            return gt_fail(err, GT_BAD_ARGUMENT, "%s: parameters of '%s' do not stand together",
                           model->class->name, name);
        end = end_of(model->params, i);
    }
    if (first < 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: '%s' has no parameters to learn",
                       model->class->name, name);
    model->ranges[objective] = (gt_model_range){(size_t)first, (size_t)(end - first)};
    return GT_OK;
}

gt_status gt_model_find_ranges(gt_model *model, gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(model->class->objective_count <= GT_MOST_OBJECTIVES);
    for (int k = 0; k < model->class->objective_count; ++k) {
        GT_TRY(find_range(model, k, err));
        for (int j = 0; j < k; ++j) {
            gt_model_range a = model->ranges[j], b = model->ranges[k];
            if (a.first < b.first + b.count && b.first < a.first + a.count)
                GT_THROW(err, GT_BAD_ARGUMENT, "%s: '%s' and '%s' move the same parameters",
                         model->class->name, model->class->objectives[j].name,
                         model->class->objectives[k].name);
        }
    }
done:
    return status;
}
