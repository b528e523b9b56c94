/* print.c - results as a table for people. */
#include <inttypes.h>

#include "print.h"

#include "shown.h"
#include "text.h"

enum { NAME_WIDTH = 6 };

_Static_assert((int)GT_METHODS_AT_MOST <= (int)GT_PARTS_AT_MOST,
               "each method is a part of the command");

gt_part gt_methods_part_at(size_t index) {
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    if (index >= count) return (gt_part){0};
    return (gt_part){kinds[index]->options, kinds[index]->settings_size};
}

void gt_print_heading(const gt_subject *s, const gt_evaluation_plan *plan) {
    bool is_binary = gt_subject_is_binary(s), has_folds = plan->folds > 0;
    gt_fields l = {.length = 0};
    char left[GT_LEFT_TEXT];
    printf("%s: %s, %s to learn from, %zu to judge by%s\n", gt_shown(s->path),
           gt_counted(s->features, "value"), gt_counted(s->train.rows, "row"), s->test.rows,
           gt_subject_left_text(s, left));
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

void gt_print_method(const gt_subject *s, const gt_method *m, const gt_evaluation_plan *plan) {
    bool is_binary = gt_subject_is_binary(s), has_folds = plan->folds > 0;
    const gt_evaluation *j = &m->evaluation;
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

static void print_tally(const gt_forecast *f, const gt_method *m, const gt_tally *t) {
    char shown[256];
    printf("%-6s", m->kind->name);
    for (int32_t k = 0; k < f->classes->count; k++)
        printf("  %s %" PRId64, gt_text_shown(f->names[k], shown, sizeof shown),
               t->predicted[k]);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        if (t->labelled[split] == 0) continue;
        gt_interval range = gt_wilson_interval(t->right[split], t->labelled[split]);
        printf("  accuracy %.3f (%.2f-%.2f) of %" PRId64 " %s",
               (double)t->right[split] / (double)t->labelled[split], range.low, range.high,
               t->labelled[split],
               f->subject->columns.splits ? gt_split_text(split) : "labelled");
    }
    printf("\n");
}

void gt_print_applied(const gt_applied *a) {
    const gt_forecast *f = &a->forecast;
    for (size_t i = 0; i < f->methods->count; i++)
        print_tally(f, &f->methods->list[i], &a->tallies[i]);
}
