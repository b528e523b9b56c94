/* methods.c - which classifiers are at work. */
#include <string.h>

#include "classify.h"

static gt_status add_method(gt_methods *methods, const gt_classifier_class *kind,
                            void *const *parts, gt_error *err) {
    size_t count, index = 0;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    for (size_t i = 0; i < methods->count; i++)
        if (methods->list[i].kind == kind)
            return gt_fail(err, GT_USAGE, "method %s is named twice", kind->name);
    while (kinds[index] != kind) index++;
    methods->list[methods->count++] = (gt_method){.kind = kind, .settings = parts[index]};
    return GT_OK;
}

gt_status gt_methods_parse(const char *text, void *const *parts, gt_methods *out,
                           gt_error *err) {
    gt_status status = GT_OK;
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count), *kind;
    *out = (gt_methods){0};
    if (strcmp(text, "all") == 0) {
        for (size_t i = 0; i < count; i++) GT_TRY(add_method(out, kinds[i], parts, err));
        goto done;
    }
    for (const char *at = text;; at++) {
        char name[64];
        size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), at);
        GT_TRY(gt_classifier_class_find(name, &kind, err));
        GT_TRY(add_method(out, kind, parts, err));
        at += length;
        if (!*at) break;
    }
done:
    return status;
}

void gt_methods_close(gt_methods *methods) {
    for (size_t i = 0; i < methods->count; i++) {
        gt_classifier_destroy(methods->list[i].fitted);
        gt_by_class_free(&methods->list[i].by_class);
    }
}

bool gt_methods_spread(const gt_methods *methods) {
    for (size_t i = 0; i < methods->count; i++) {
        const gt_evaluation *j = &methods->list[i].evaluation;
        if (j->fits > 1 || j->held_out > 1) return true;
    }
    return false;
}
