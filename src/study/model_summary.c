/* model_summary.c - see model_summary.h. */
#include "model_summary.h"

#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"

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

bool gt_model_has_preset(const gt_model_class *kind, const char *name) {
    for (int k = 0; k < kind->preset_count; k++)
        if (strcmp(kind->presets[k].name, name) == 0) return true;
    return false;
}

/* Those that are asked for; why: of `failed` others, that have no network of this size. */
static gt_status plan_all(const gt_model_class *kind, const char *preset,
                          const gt_model_input *input, gt_model_summary *out, size_t *made,
                          gt_error *why, size_t *failed, gt_error *err) {
    size_t kinds;
    const gt_model_class *const *all = gt_model_classes(&kinds);
    for (size_t i = 0; i < kinds; i++)
        for (int k = 0; k < all[i]->preset_count; k++) {
            const char *name = all[i]->presets[k].name;
            gt_error *at = &why[*failed];
            if ((kind && kind != all[i]) || (preset && strcmp(preset, name) != 0)) continue;
            gt_status status =
                gt_model_summary_plan(all[i]->name, name, input, &out[*made], at);
            if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", at->text);
            *made += status == GT_OK;
            if (status == GT_OK) continue;
            gt_blame(at, "%s, preset %s", all[i]->name, name);
            gt_advise(at, "channels, height and width tell another size");
            ++*failed;
        }
    return GT_OK;
}

gt_status gt_model_summary_list(const gt_model_class *kind, const char *preset,
                                const gt_model_input *input, gt_model_summary **out,
                                size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    size_t room = 0, kinds, planned = 0, failed = 0;
    const gt_model_class *const *all = gt_model_classes(&kinds);
    const gt_model_preset *found;
    for (size_t i = 0; i < kinds; i++) room += (size_t)all[i]->preset_count;
    gt_model_summary *made = calloc(room, sizeof *made);
    gt_error *why = calloc(room, sizeof *why);
    if (!made || !why) GT_THROW(err, GT_NO_MEMORY, "no memory for networks");
    if (kind && preset) GT_TRY(gt_model_preset_find(kind, preset, &found, err));
    GT_TRY(plan_all(kind, preset, input, made, &planned, why, &failed, err));
    *count = planned;
    if (planned == 0) GT_THROW(err, GT_USAGE, "%s", why[0].text);
    for (size_t i = 0; i < failed; i++) gt_remark("%s", why[i].text);
    *out = made;
    made = NULL;
done:
    free(made);
    free(why);
    return status;
}
