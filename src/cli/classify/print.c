/* print.c - results as a table for people and as JSON. */
#include "classify.h"
#include "galatea/text.h"
#include "labels.h"
#include "shown.h"

enum { NAME_WIDTH = 6 };

void gt_print_heading(const gt_subject *s, const gt_judge_plan *plan) {
    bool is_binary = gt_subject_is_binary(s), has_folds = plan->folds > 0;
    gt_fields l = {.length = 0};
    printf("%s: %zu values, %zu rows to learn from, %zu to judge by\n", gt_shown(s->path),
           s->features, s->train.rows, s->test.rows);
    gt_fields_add(&l, NAME_WIDTH, "method");
    gt_fields_add(&l, GT_SHARE_WIDTH, "accuracy");
    if (is_binary) {
        gt_fields_add(&l, GT_SPREAD_WIDTH, "ROC-AUC");
        gt_fields_add(&l, GT_SHARE_WIDTH, "specificity");
        gt_fields_add(&l, GT_SHARE_WIDTH, "recall");
    }
    if (has_folds) gt_fields_add(&l, GT_SPREAD_WIDTH, "cv accuracy");
    if (has_folds && is_binary) gt_fields_add(&l, GT_SPREAD_WIDTH, "cv ROC-AUC");
    gt_fields_print(&l);
}

void gt_print_method(const gt_subject *s, const gt_method *m, const gt_judge_plan *plan) {
    bool is_binary = gt_subject_is_binary(s), has_folds = plan->folds > 0;
    const gt_judgement *j = &m->judgement;
    gt_fields l = {.length = 0};
    gt_fields_add(&l, NAME_WIDTH, m->kind->name);
    gt_fields_share(&l, j->accuracy, j->fits, j->accuracy_interval);
    if (is_binary) {
        gt_fields_spread(&l, j->roc_auc, j->fits);
        gt_fields_share(&l, j->specificity, j->fits, j->specificity_interval);
        gt_fields_share(&l, j->recall, j->fits, j->recall_interval);
    }
    if (has_folds) gt_fields_spread(&l, j->cv_accuracy, j->held_out);
    if (has_folds && is_binary) gt_fields_spread(&l, j->cv_roc_auc, j->held_out);
    gt_fields_print(&l);
}

void gt_print_class_names(const gt_subject *s) {
    char text[2][16], shown[2][256];
    if (!gt_subject_is_binary(s)) return;
    for (int k = 0; k < 2; k++)
        gt_text_shown(gt_subject_class(s, s->known.labels[k], text[k]), shown[k],
                      sizeof shown[k]);
    printf("positive class (recall): %s; negative class (specificity): %s\n", shown[1],
           shown[0]);
}

/* ---- JSON -------------------------------------------------------------------------------- */

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

static void json_binary(gt_json *json, const gt_judgement *j) {
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

void gt_json_method(gt_json *json, const gt_method *m, bool is_binary) {
    const gt_judgement *j = &m->judgement;
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
        if (!methods->list[i].is_judged) continue;
        gt_json_object(json, NULL);
        gt_json_method(json, &methods->list[i], gt_subject_is_binary(s));
        gt_json_end(json);
    }
    gt_json_end(json);
    gt_json_end(json);
}

gt_status gt_print_results_json(const gt_subject *subject, const gt_methods *methods,
                                const gt_subject *baseline, const gt_methods *baseline_methods,
                                const gt_judge_plan *plan, bool is_complete,
                                const char *provenance, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "seed", (int64_t)plan->seed);
    gt_json_int(&json, "seeds", (int64_t)plan->seeds);
    gt_json_int(&json, "cv", plan->folds);
    gt_json_bool(&json, "complete", is_complete);
    json_subject(&json, "result", subject, methods);
    if (baseline) json_subject(&json, "baseline", baseline, baseline_methods);
    gt_json_ready(&json, "provenance", provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}
