/* model_classes.c - the list of all kinds, and how they are found by name. */
#include <stdio.h>
#include <string.h>

#include "galatea/model.h"
#include "text.h"

#define GT_MODEL(stem) extern const gt_model_class gt_model_##stem;
#include "models.def"
#undef GT_MODEL

static const gt_model_class *const classes[] = {
#define GT_MODEL(stem) &gt_model_##stem,
#include "models.def"
#undef GT_MODEL
};
enum { CLASSES = sizeof classes / sizeof *classes, PRESETS = 32 /* that are named */ };

const gt_model_class *const *gt_model_classes(size_t *count) {
    *count = CLASSES;
    return classes;
}

gt_status gt_model_class_find(const char *name, const gt_model_class **out, gt_error *err) {
    const char *names[CLASSES];
    for (size_t i = 0; i < CLASSES; ++i) {
        *out = classes[i];
        if (strcmp(name, classes[i]->name) == 0) return GT_OK;
        names[i] = classes[i]->name;
    }
    const char *nearest = gt_text_nearest(name, names, CLASSES);
    char known[GT_NAMES_TEXT];
    return gt_fail(err, GT_USAGE, "unknown model '%s'; %s%s%s", name,
                   nearest ? "did you mean '" : "there are ",
                   nearest ? nearest : gt_text_listed(names, CLASSES, known, sizeof known),
                   nearest ? "'" : "");
}

gt_status gt_model_preset_find(const gt_model_class *class, const char *name,
                               const gt_model_preset **out, gt_error *err) {
    const char *names[PRESETS];
    char known[GT_NAMES_TEXT];
    size_t count = 0;
    for (int i = 0; i < class->preset_count; ++i) {
        *out = &class->presets[i];
        if (strcmp(name, class->presets[i].name) == 0) return GT_OK;
        if (count < PRESETS) names[count++] = class->presets[i].name;
    }
    return gt_fail(err, GT_USAGE, "model %s has no preset '%s', it has %s", class->name, name,
                   gt_text_listed(names, count, known, sizeof known));
}
