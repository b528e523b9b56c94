/* methods.c - which classifiers are at work. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "classify.h"
#include "galatea/log.h"

static gt_status add_method(gt_methods *methods, const gt_classifier_class *kind,
                            void *const *parts, gt_error *err) {
    size_t count, index = 0;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    for (size_t i = 0; i < methods->count; i++)
        if (methods->list[i].kind == kind)
            return gt_fail(err, GT_USAGE, "--method names %s twice", kind->name);
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

gt_part gt_methods_part_at(size_t index) {
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    if (index >= count) return (gt_part){0};
    return (gt_part){kinds[index]->options, kinds[index]->settings_size};
}

static gt_status tell(void *user, gt_fit_place place, const gt_verdict *verdict,
                      bool is_recalled, gt_error *err) {
    gt_fitting *f = user;
    gt_progress_update(&f->progress, ++f->done, NULL);
    return GT_OK;
}

void gt_fitting_start(gt_fitting *fitting, gt_judge_plan *plan, int64_t total, bool is_quiet) {
    *fitting = (gt_fitting){
        .progress = gt_progress_start(is_quiet ? -1 : STDERR_FILENO, total, "fitting")};
    plan->tell = tell;
    plan->user = fitting;
}

int64_t gt_methods_fits(const gt_methods *methods, const gt_judge_plan *plan) {
    int64_t total = 0;
    for (size_t i = 0; i < methods->count; i++)
        total += (int64_t)gt_judge_fits(methods->list[i].kind, plan);
    return total;
}

/* A method that cannot tell anything is no bug, but nobody should have to find out. */
static void remark_blind(const gt_subject *s, const gt_method *m) {
    if (m->judgement.is_one_class)
        gt_remark("%s: %s puts all %zu test rows into one class; values are used without "
                  "scaling, its options may have to suit their size",
                  s->path, m->kind->name, s->test.rows);
}

gt_status gt_methods_judge(gt_methods *methods, const gt_subject *s, const gt_judge_plan *plan,
                           bool keep, gt_error *err) {
    gt_status status = GT_OK;
    if (plan->folds > 0) gt_subject_remark_folds(s, plan->folds);
    for (size_t i = 0; i < methods->count; i++) {
        gt_method *m = &methods->list[i];
        GT_TRY(gt_judge(m->kind, m->settings, &s->train, &s->test, plan, &m->judgement,
                        keep ? &m->fitted : NULL, err));
    }
    for (size_t i = 0; i < methods->count; i++) remark_blind(s, &methods->list[i]);
done:
    if (status && status != GT_INTERRUPTED) gt_blame(err, "%s", s->path);
    return status;
}

void gt_methods_close(gt_methods *methods) {
    for (size_t i = 0; i < methods->count; i++) gt_classifier_destroy(methods->list[i].fitted);
}
