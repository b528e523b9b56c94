/* train_variants.c - see train_variants.h. */
#include "train_variants.h"

#include "training.h"

static const char *preset_at(const void *subject, size_t index, const char **summary) {
    const gt_model_class *class = subject;
    if (index >= (size_t) class->preset_count) return NULL;
    *summary = class->presets[index].summary;
    return class->presets[index].name;
}

gt_variant gt_train_variant_at(size_t index) {
    size_t count = 0;
    const gt_model_class *const *classes = gt_model_classes(&count);
    if (index >= count) return (gt_variant){0};
    const gt_model_class *class = classes[index];
    const gt_option_table *views = gt_train_view_options(class);
    return (gt_variant){.name = class->name,
                        .summary = class->summary,
                        .table = class->options,
                        .settings_size = class->settings_size,
                        .subject = class,
                        .shared = views,
                        .shared_size = views ? sizeof(gt_augmentation) : 0,
                        .preset_at = preset_at,
                        .usual_preset = class->presets[class->preset_count - 1].name};
}

gt_status gt_train_apply_preset(gt_call *call, const char *name, gt_error *err) {
    return gt_training_apply_preset(call->options, call->variant.subject, name, err);
}
