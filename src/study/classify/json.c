/* json.c - sets and what methods make of them, as JSON. */
#include <string.h>

#include "classify.h"
#include "labels.h"

static void json_interval(gt_json *json, const char *key, gt_interval range) {
    gt_json_array(json, key);
    gt_json_real(json, NULL, range.low);
    gt_json_real(json, NULL, range.high);
    gt_json_end(json);
}

/* KEY and, where there are several fits, KEY_spread. */
static void json_spread(gt_json *json, const char *key, gt_spread s, size_t fits) {
    char name[64];
    gt_json_real(json, key, s.mean);
    if (fits < 2) return;
    snprintf(name, sizeof name, "%s_spread", key);
    gt_json_real(json, name, s.deviation);
}

static void json_binary(gt_json *json, const gt_evaluation *j) {
    json_spread(json, "roc_auc", j->roc_auc, j->fits);
    json_spread(json, "specificity", j->specificity, j->fits);
    json_interval(json, "specificity_interval", j->specificity_interval);
    json_spread(json, "recall", j->recall, j->fits);
    json_interval(json, "recall_interval", j->recall_interval);
    if (j->fits > 1) return;
    gt_json_int(json, "true_positive", j->first.true_positive);
    gt_json_int(json, "true_negative", j->first.true_negative);
    gt_json_int(json, "false_positive", j->first.false_positive);
    gt_json_int(json, "false_negative", j->first.false_negative);
}

static gt_class_part part_of(const gt_subject *s, const gt_method *m, bool is_held_out,
                             char **names) {
    return (gt_class_part){.set = s->path,
                           .method = m->kind->name,
                           .part = is_held_out ? "cv" : "test",
                           .classes = m->by_class.classes.count,
                           .names = names,
                           .labels = m->by_class.classes.labels,
                           .report = is_held_out ? m->by_class.held_out : m->by_class.test};
}

gt_status gt_methods_class_parts(const gt_methods *methods, const gt_subject *s,
                                 gt_class_parts *out, gt_error *err) {
    gt_status status = GT_OK;
    char **names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < methods->count; i++) {
        const gt_method *m = &methods->list[i];
        if (!m->is_evaluated) continue;
        gt_class_names_free(names, count);
        names = NULL;
        GT_TRY(gt_subject_names(s, &m->by_class.classes, &names, err));
        count = (size_t)m->by_class.classes.count;
        for (int held_out = 0; held_out < 2; held_out++) {
            gt_class_part part = part_of(s, m, held_out, names);
            GT_TRY(gt_class_parts_add(out, &part, err));
        }
    }
done:
    gt_class_names_free(names, count);
    return status;
}

/* Where memory for names gives out, figures class by class are left out. */
static void json_by_class(gt_json *json, const gt_method *m, const gt_subject *s) {
    static const char *const keys[] = {"by_class", "cv_by_class"};
    char **names = NULL;
    if (!m->by_class.test || gt_subject_names(s, &m->by_class.classes, &names, NULL)) return;
    for (int held_out = 0; held_out < 2; held_out++) {
        const gt_class_part part = part_of(s, m, held_out, names);
        if (part.report) gt_json_class_part(json, keys[held_out], &part);
    }
    gt_class_names_free(names, (size_t)m->by_class.classes.count);
}

void gt_json_method(gt_json *json, const gt_method *m, const gt_subject *s) {
    const gt_evaluation *j = &m->evaluation;
    bool is_binary = gt_subject_is_binary(s);
    gt_json_text(json, "method", m->kind->name);
    gt_json_int(json, "fits", (int64_t)j->fits);
    json_spread(json, "accuracy", j->accuracy, j->fits);
    json_interval(json, "accuracy_interval", j->accuracy_interval);
    if (is_binary) json_binary(json, j);
    if (j->held_out > 0) {
        gt_json_int(json, "cv_parts", (int64_t)j->held_out);
        json_spread(json, "cv_accuracy", j->cv_accuracy, j->held_out);
        if (is_binary) json_spread(json, "cv_roc_auc", j->cv_roc_auc, j->held_out);
    }
    json_by_class(json, m, s);
}

void gt_json_subject(gt_json *json, const gt_subject *s) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    gt_maker made = gt_maker_of(info);
    gt_json_text(json, "file", s->path);
    gt_json_text(json, "collection", info->collection);
    gt_json_text(json, "model", *made.model ? made.model : NULL);
    gt_json_bool(json, "untrained", made.is_untrained);
    gt_json_int(json, "values", (int64_t)s->features);
    gt_json_int(json, "train", (int64_t)s->train.rows);
    gt_json_int(json, "test", (int64_t)s->test.rows);
    gt_json_int(json, "classes", s->known.count);
}

static void json_subject(gt_json *json, const char *key, const gt_subject *s,
                         const gt_methods *methods) {
    gt_json_object(json, key);
    gt_json_subject(json, s);
    gt_json_array(json, "methods");
    for (size_t i = 0; i < methods->count; i++) {
        if (!methods->list[i].is_evaluated) continue;
        gt_json_object(json, NULL);
        gt_json_method(json, &methods->list[i], s);
        gt_json_end(json);
    }
    gt_json_end(json);
    gt_json_end(json);
}

gt_status gt_learning_json(const gt_learning *l, bool is_complete, FILE *stream,
                           gt_error *err) {
    gt_json json;
    const gt_evaluation_plan *plan = &l->fitting.plan;
    gt_json_begin(&json, stream, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "seed", (int64_t)plan->seed);
    gt_json_int(&json, "seeds", (int64_t)plan->seeds);
    gt_json_int(&json, "cv", plan->folds);
    gt_json_text(&json, "scale", gt_feature_scaling_name(plan->scaling));
    gt_json_bool(&json, "complete", is_complete);
    json_subject(&json, "result", &l->codes.subject, &l->codes.methods);
    if (l->has_baseline)
        json_subject(&json, "baseline", &l->baseline.subject, &l->baseline.methods);
    gt_json_ready(&json, "provenance", l->provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static void json_tally(gt_json *json, const gt_applied *a, const gt_method *m,
                       const gt_tally *t) {
    const gt_forecast *f = &a->forecast;
    char key[32];
    gt_json_object(json, NULL);
    gt_json_text(json, "method", m->kind->name);
    gt_json_object(json, "predicted");
    for (int32_t k = 0; k < f->classes->count; k++)
        gt_json_int(json, f->names[k], t->predicted[k]);
    gt_json_end(json);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        const char *name = f->subject->columns.splits ? gt_split_text(split) : "all";
        if (t->labelled[split] == 0) continue;
        snprintf(key, sizeof key, "%s_labelled", name);
        gt_json_int(json, key, t->labelled[split]);
        snprintf(key, sizeof key, "%s_accuracy", name);
        gt_json_real(json, key, (double)t->right[split] / (double)t->labelled[split]);
    }
    for (size_t i = 0; i < a->parts.count; i++) {
        const gt_class_part *part = &a->parts.list[i];
        if (strcmp(part->method, m->kind->name) != 0) continue;
        snprintf(key, sizeof key, "%s_by_class", part->part);
        gt_json_class_part(json, key, part);
    }
    gt_json_end(json);
}

gt_status gt_applied_json(const gt_applied *a, const char *folder, FILE *stream,
                          gt_error *err) {
    gt_json json;
    const gt_forecast *f = &a->forecast;
    gt_json_begin(&json, stream, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", f->subject->path);
    gt_json_text(&json, "folder", folder);
    gt_json_array(&json, "applied");
    for (size_t i = 0; i < f->methods->count; i++)
        json_tally(&json, a, &f->methods->list[i], &a->tallies[i]);
    gt_json_end(&json);
    gt_json_ready(&json, "provenance", a->provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}
