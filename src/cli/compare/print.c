/* print.c - a comparison on the screen: Table 2, and what was chosen. */
#include <string.h>

#include "classify/print.h"
#include "print.h"
#include "shown.h"
#include "text.h"

enum { KIND_WIDTH = 6, SHORT_WIDTH = 7, MOST_NAME = 40 };

/* What the lines of one set have. */
typedef struct shape {
    size_t name; /* width of the first field */
    bool is_binary, has_folds, has_paper;
} shape;

static shape shape_of(const gt_comparison *c, size_t set) {
    shape s = {.name = 5,
               .is_binary = gt_subject_is_binary(&c->entries[c->sets[set].sample].subject),
               .has_folds = c->fitting.plan.folds > 0};
    for (size_t i = 0; i < c->count; i++) {
        const gt_entry *e = &c->entries[i];
        if (e->set != set) continue;
        if (strlen(e->name) > s.name) s.name = strlen(e->name);
        for (size_t m = 0; m < e->methods.count; m++)
            s.has_paper |= gt_comparison_paper(c, e, &e->methods.list[m]) != NULL;
    }
    if (s.name > MOST_NAME) s.name = MOST_NAME;
    return s;
}

/* A name may hold anything. */
static void add_name(gt_fields *f, size_t width, const char *name) {
    char shown[4 * GT_LABEL_ROOM];
    gt_fields_add(f, width, gt_text_shown(name, shown, sizeof shown));
}

static void add_number(gt_fields *f, const char *format, double value) {
    char text[32];
    snprintf(text, sizeof text, format, value);
    gt_fields_add(f, SHORT_WIDTH, text);
}

static void add_paper(gt_fields *f, const shape *s, const gt_paper_row *row) {
    if (!s->has_paper || !row) return;
    gt_fields_add(f, 1, "|");
    add_number(f, "%.2f", row->accuracy);
    add_number(f, "%.2f", row->roc_auc);
    add_number(f, "%.2f", row->specificity);
    add_number(f, "%.2f", row->recall);
}

static void print_heading(const shape *s) {
    gt_fields f = {.length = 0};
    gt_fields_add(&f, s->name, "codes");
    gt_fields_add(&f, KIND_WIDTH, "method");
    if (s->has_folds) gt_fields_add(&f, GT_SPREAD_WIDTH, "cv accuracy");
    if (s->has_folds && s->is_binary) gt_fields_add(&f, GT_SPREAD_WIDTH, "cv ROC-AUC");
    gt_fields_add(&f, GT_SHARE_WIDTH, "test accuracy");
    if (s->is_binary) {
        gt_fields_add(&f, GT_SPREAD_WIDTH, "ROC-AUC");
        gt_fields_add(&f, SHORT_WIDTH, "spec");
        gt_fields_add(&f, SHORT_WIDTH, "recall");
    }
    if (s->has_paper) {
        gt_fields_add(&f, 1, "|");
        gt_fields_add(&f, SHORT_WIDTH, "paper:");
        gt_fields_add(&f, SHORT_WIDTH, "ROC-AUC");
        gt_fields_add(&f, SHORT_WIDTH, "spec");
        gt_fields_add(&f, SHORT_WIDTH, "recall");
    }
    gt_fields_print(&f);
}

static void print_method(const gt_comparison *c, const shape *s, const gt_entry *e, size_t m) {
    const gt_method *method = &e->methods.list[m];
    const gt_evaluation *j = &method->evaluation;
    gt_fields f = {.length = 0};
    char kind[16];
    snprintf(kind, sizeof kind, "%s%s", method->kind->name, (int)m == e->chosen ? " *" : "");
    add_name(&f, s->name, m == 0 ? e->name : "");
    gt_fields_add(&f, KIND_WIDTH, kind);
    if (s->has_folds) gt_fields_spread(&f, j->cv_accuracy, j->held_out);
    if (s->has_folds && s->is_binary) gt_fields_spread(&f, j->cv_roc_auc, j->held_out);
    gt_fields_share(&f, j->accuracy, j->fits, j->accuracy_interval);
    if (s->is_binary) {
        gt_fields_spread(&f, j->roc_auc, j->fits);
        add_number(&f, "%.3f", j->specificity.mean);
        add_number(&f, "%.3f", j->recall.mean);
    }
    add_paper(&f, s, gt_comparison_paper(c, e, method));
    gt_fields_print(&f);
}

/* The best that the paper has for a model. */
static void add_best(gt_fields *f, const gt_comparison *c, const gt_entry *e) {
    const char *classifier = NULL;
    const gt_paper_row *best = gt_paper_row_best(c->sets[e->set].paper, e->model, &classifier);
    char text[64];
    if (!best) return;
    snprintf(text, sizeof text, "| the paper's best: %s %.2f, %.2f", classifier, best->accuracy,
             best->roc_auc);
    gt_fields_add(f, 0, text);
}

/* Of each entry what cross-validation chose. */
static void print_chosen(const gt_comparison *c, const shape *s, const gt_entry *e) {
    const gt_method *method = &e->methods.list[e->chosen];
    gt_fields f = {.length = 0};
    add_name(&f, s->name, e->name);
    gt_fields_add(&f, KIND_WIDTH, method->kind->name);
    gt_fields_spread(&f, method->evaluation.cv_accuracy, method->evaluation.held_out);
    gt_fields_share(&f, method->evaluation.accuracy, method->evaluation.fits,
                    method->evaluation.accuracy_interval);
    if (s->is_binary) gt_fields_spread(&f, method->evaluation.roc_auc, method->evaluation.fits);
    add_best(&f, c, e);
    gt_fields_print(&f);
}

/* ---- over seeds ---- */

enum { SEEDS_WIDTH = 5, FOLDS_WIDTH = 8 };

static void over_heading(const shape *s) {
    gt_fields f = {.length = 0};
    gt_fields_add(&f, s->name, "codes");
    gt_fields_add(&f, SEEDS_WIDTH, "seeds");
    gt_fields_add(&f, KIND_WIDTH, "method");
    if (s->has_folds) gt_fields_add(&f, GT_SPREAD_WIDTH, "cv accuracy");
    if (s->has_folds) gt_fields_add(&f, FOLDS_WIDTH, "folds");
    if (s->has_folds && s->is_binary) gt_fields_add(&f, GT_SPREAD_WIDTH, "cv ROC-AUC");
    if (s->has_folds && s->is_binary) gt_fields_add(&f, FOLDS_WIDTH, "folds");
    gt_fields_add(&f, GT_SPREAD_WIDTH, "test accuracy");
    if (s->is_binary) gt_fields_add(&f, GT_SPREAD_WIDTH, "ROC-AUC");
    if (s->is_binary) gt_fields_add(&f, GT_SPREAD_WIDTH, "specificity");
    if (s->is_binary) gt_fields_add(&f, GT_SPREAD_WIDTH, "recall");
    gt_fields_print(&f);
}

static void add_folds(gt_fields *f, double deviation) {
    char text[32];
    snprintf(text, sizeof text, "+-%.3f", deviation);
    gt_fields_add(f, FOLDS_WIDTH, text);
}

/* in_group: a line below the group's first; else it stands alone, beside the paper's best. */
static void over_method(const gt_comparison *c, const shape *s, const gt_group *group, size_t m,
                        bool in_group) {
    const gt_entry *e = &c->entries[group->first];
    const gt_evaluated_runs *r = &group->results[m];
    gt_fields f = {.length = 0};
    char kind[16], seeds[24] = "-";
    if (e->has_seed) snprintf(seeds, sizeof seeds, "%zu", r->runs);
    snprintf(kind, sizeof kind, "%s%s", e->methods.list[m].kind->name,
             in_group && (int)m == group->chosen ? " *" : "");
    add_name(&f, s->name, !in_group || m == 0 ? e->name : "");
    gt_fields_add(&f, SEEDS_WIDTH, !in_group || m == 0 ? seeds : "");
    gt_fields_add(&f, KIND_WIDTH, kind);
    if (s->has_folds) gt_fields_spread(&f, r->cv_accuracy, r->runs);
    if (s->has_folds) add_folds(&f, r->cv_accuracy_folds);
    if (s->has_folds && s->is_binary) gt_fields_spread(&f, r->cv_roc_auc, r->runs);
    if (s->has_folds && s->is_binary) add_folds(&f, r->cv_roc_auc_folds);
    gt_fields_spread(&f, r->accuracy, r->runs);
    if (s->is_binary) gt_fields_spread(&f, r->roc_auc, r->runs);
    if (s->is_binary) gt_fields_spread(&f, r->specificity, r->runs);
    if (s->is_binary) gt_fields_spread(&f, r->recall, r->runs);
    if (!in_group) add_best(&f, c, e);
    gt_fields_print(&f);
}

static void print_set_over_seeds(const gt_comparison *c, size_t set, const shape *s) {
    over_heading(s);
    for (size_t g = 0; g < c->group_count; g++) {
        const gt_entry *e = &c->entries[c->groups[g].first];
        for (size_t m = 0; e->set == set && m < e->methods.count; m++)
            over_method(c, s, &c->groups[g], m, true);
    }
    if (!s->has_folds) return;
    printf("chosen by cross-validation (*):\n");
    for (size_t g = 0; g < c->group_count; g++)
        if (c->entries[c->groups[g].first].set == set)
            over_method(c, s, &c->groups[g], (size_t)c->groups[g].chosen, false);
}

/* ---- all of it ---- */

static void print_title(const gt_comparison *c, size_t set) {
    const gt_subject *sample = &c->entries[c->sets[set].sample].subject;
    char shown[4 * GT_LABEL_ROOM], left[GT_LEFT_TEXT];
    printf("%s%s: %s to learn from, %zu to judge by%s\n", set ? "\n" : "",
           gt_text_shown(c->sets[set].name, shown, sizeof shown),
           gt_counted(sample->train.rows, "row"), sample->test.rows,
           gt_subject_left_text(sample, left));
}

static void print_choices(const gt_comparison *c, const shape *s, size_t set) {
    printf("chosen by cross-validation (*):\n");
    for (size_t i = 0; i < c->count; i++)
        if (c->entries[i].set == set) print_chosen(c, s, &c->entries[i]);
}

static bool is_first(const gt_comparison *c, const gt_entry *entry) {
    const gt_entry *e = c->entries;
    while (e->set != entry->set) e++;
    return e == entry;
}

/* Whether the set is whole with this entry. */
static bool is_last(const gt_comparison *c, const gt_entry *entry) {
    const gt_entry *e = c->entries + c->count - 1;
    while (e->set != entry->set) e--;
    return e == entry && e->methods.list[e->methods.count - 1].is_evaluated;
}

static void print_lines(const gt_comparison *c, const shape *s, const gt_entry *e) {
    if (is_first(c, e)) {
        print_title(c, e->set);
        print_heading(s);
    }
    for (size_t m = 0; m < e->methods.count; m++)
        if (e->methods.list[m].is_evaluated) print_method(c, s, e, m);
    if (s->has_folds && is_last(c, e)) print_choices(c, s, e->set);
}

void gt_comparison_print_entry(gt_comparison *c, gt_entry *e) {
    shape s = shape_of(c, e->set);
    if (!c->over_seeds) {
        print_lines(c, &s, e);
    } else if (is_last(c, e)) {
        print_title(c, e->set);
        print_set_over_seeds(c, e->set, &s);
    }
    fflush(stdout);
}

static bool has_spread(const gt_comparison *c) {
    for (size_t i = 0; i < c->count; i++)
        if (gt_methods_spread(&c->entries[i].methods)) return true;
    return false;
}

void gt_comparison_print_end(const gt_comparison *c) {
    printf("\n");
    gt_print_class_names(&c->entries[0].subject);
    if (c->over_seeds)
        printf("means over seeds; +-: standard deviation over them, and over the folds of a "
               "run\n");
    else
        printf("in parentheses: the true value lies there with 95 %% confidence%s\n",
               has_spread(c) ? "; +-: standard deviation" : "");
    if (c->fitting.plan.folds == 0)
        printf(
            "--cv K chooses a method for each of the codes without a look at the test rows\n");
}
