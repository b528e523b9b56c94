/* model_summary.c - see model_summary.h. */
#include "model_summary.h"

#include <stdlib.h>

gt_model_summary gt_model_summary_of(const gt_model *model) {
    gt_params *params = gt_model_params(model);
    gt_model_summary s = {.kind = gt_model_class_of(model),
                          .input = *gt_model_input_of(model),
                          .objective_count = gt_model_objective_count(model)};
    for (int i = 0; i < gt_params_count(params); i++) {
        int64_t count = gt_shape_count(gt_params_shape(params, i));
        if (gt_params_is_state(params, i)) {
            s.kept += count;
            continue;
        }
        s.total += count;
        for (int k = 0; k < s.objective_count; k++)
            if (gt_model_owns(model, k, i)) s.learned[k] += count;
    }
    return s;
}

gt_status gt_model_summary_plan(const char *model, const char *preset,
                                const gt_model_input *input, gt_model_summary *out,
                                gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *kind = NULL;
    const gt_model_preset *found = NULL;
    gt_options *options = NULL;
    gt_model *made = NULL;
    void *settings = NULL;
    gt_model_input fitted = *input;
    GT_TRY(gt_model_class_find(model, &kind, err));
    if (!preset) preset = kind->presets[kind->preset_count - 1].name;
    GT_TRY(gt_model_preset_find(kind, preset, &found, err));
    settings = calloc(1, kind->settings_size + 1);
    if (!settings) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(gt_options_add(options, kind->options, settings, err));
    GT_TRY(gt_options_preset(options, found->name, found->settings, err));
    (void)gt_model_fit_input(kind, &fitted); /* a scale that pixels tell changes no size */
    GT_TRY(gt_model_create(kind, settings, &fitted, &made, err));
    *out = gt_model_summary_of(made);
    out->preset = found->name;
done:
    gt_model_destroy(made);
    gt_options_destroy(options);
    free(settings);
    return status;
}
