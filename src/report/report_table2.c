/* report_table2.c - classifiers' results beside the paper's Table 2: those of one set
 * (classify), or of several kinds of codes side by side (compare). */
#include <math.h>
#include <string.h>

#include "page.h"
#include "paper_table2.h"

/* What the table of some results shows. */
typedef struct shape {
    bool has_codes, has_cv, has_paper, has_seeds;
    bool has_two; /* classes, of which one is the positive one */
} shape;

/* ---- what results say -----------------------------------------------------------------------
 */

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static double value_of(const json_t *method, const char *key) {
    const json_t *value = json_object_get(method, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int paper_set_of(const json_t *subject) {
    return gt_paper_set(text_of(subject, "collection"), text_of(subject, "file"),
                        json_integer_value(json_object_get(subject, "test")));
}

/* The model whose printed numbers stand beside; results of older versions tell none. */
static const char *paper_model_of(const json_t *subject) {
    if (json_is_true(json_object_get(subject, "untrained"))) return NULL;
    if (json_object_get(subject, "printed_as")) return text_of(subject, "printed_as");
    return json_object_get(subject, "model") ? text_of(subject, "model") : "vdvae";
}

static const gt_paper_row *paper_row_of(const json_t *subject, const json_t *method) {
    return gt_paper_row_find(paper_set_of(subject), paper_model_of(subject),
                             text_of(method, "method"));
}

static void inspect_subject(const json_t *subject, shape *s) {
    size_t i;
    json_t *method;
    s->has_seeds |= json_is_array(json_object_get(subject, "seeds"));
    json_array_foreach(json_object_get(subject, "methods"), i, method) {
        s->has_cv |= json_object_get(method, "cv_accuracy") != NULL;
        s->has_paper |= paper_row_of(subject, method) != NULL;
        s->has_two |= s->has_paper || isfinite(value_of(method, "roc_auc")) ||
                      isfinite(value_of(method, "recall"));
    }
}

/* ---- cells ----------------------------------------------------------------------------------
 */

static void own_cell(FILE *page, const json_t *method, const char *key) {
    char spread[64], within[64];
    snprintf(spread, sizeof spread, "%s_spread", key);
    snprintf(within, sizeof within, "%s_folds", key);
    double value = value_of(method, key), deviation = value_of(method, spread);
    double folds = value_of(method, within);
    fputs("<td class=\"number\">", page);
    if (isfinite(value)) fprintf(page, "%.3f", value);
    if (isfinite(deviation)) fprintf(page, " &plusmn; %.3f", deviation);
    if (isfinite(folds)) fprintf(page, " (folds %.3f)", folds);
    fputs("</td>", page);
}

static void interval_cell(FILE *page, const json_t *method) {
    const json_t *range = json_object_get(method, "accuracy_interval");
    const json_t *low = json_array_get(range, 0), *high = json_array_get(range, 1);
    fputs("<td class=\"number\">", page);
    if (json_is_number(low) && json_is_number(high))
        fprintf(page, "%.2f&ndash;%.2f", json_number_value(low), json_number_value(high));
    fputs("</td>", page);
}

static void paper_cells(FILE *page, const gt_paper_row *row) {
    if (!row) {
        fputs("<td colspan=\"4\"></td>", page);
        return;
    }
    const double values[] = {row->accuracy, row->roc_auc, row->specificity, row->recall};
    for (int k = 0; k < 4; k++) fprintf(page, "<td class=\"paper\">%.2f</td>", values[k]);
}

/* ---- rows -----------------------------------------------------------------------------------
 */

static void write_heading(FILE *page, const shape *s, const char *model) {
    fputs(s->has_codes ? "<div class=\"wide\"><table class=\"dense\">\n<thead>"
                       : "<div class=\"wide\"><table>\n<thead>",
          page);
    if (s->has_paper) {
        fprintf(page,
                "<tr><th colspan=\"%d\"></th><th colspan=\"%d\">this page</th><th "
                "class=\"paper\" colspan=\"4\">paper, Table 2",
                1 + s->has_codes, 5 + 2 * s->has_cv);
        if (model) {
            fputs(" (", page);
            gt_html_text(page, model);
            fputs(")", page);
        }
        fputs("</th></tr>", page);
    }
    fprintf(page, "<tr>%s<th>method</th>", s->has_codes ? "<th>codes</th>" : "");
    if (s->has_cv) fputs("<th class=\"number\">cross-validated</th>", page);
    if (s->has_cv && s->has_two) fputs("<th class=\"number\">AUC</th>", page);
    fputs("<th class=\"number\">accuracy</th><th class=\"number\">95 %</th>", page);
    if (s->has_two)
        fputs("<th class=\"number\">ROC-AUC</th><th class=\"number\">specificity</th>"
              "<th class=\"number\">recall</th>",
              page);
    if (s->has_paper)
        fputs("<th class=\"paper\">acc</th><th class=\"paper\">roc</th>"
              "<th class=\"paper\">spec</th><th class=\"paper\">rec</th>",
              page);
    fputs("</tr></thead>\n<tbody>\n", page);
}

/* codes: what stands in the first cell, over `span` rows; NULL: an earlier row has it. */
static void write_method(FILE *page, const json_t *method, const gt_paper_row *paper,
                         const shape *s, const char *codes, size_t span) {
    const char *name = text_of(method, "method");
    bool is_best = json_is_true(json_object_get(method, "chosen"));
    fputs(is_best ? "<tr class=\"best\">" : "<tr>", page);
    if (codes) {
        fprintf(page, "<td class=\"group\" rowspan=\"%zu\">", span);
        gt_html_text(page, codes);
        fputs("</td>", page);
    }
    fputs("<td>", page);
    gt_html_text(page, name ? name : "?");
    fputs("</td>", page);
    if (s->has_cv) own_cell(page, method, "cv_accuracy");
    if (s->has_cv && s->has_two) own_cell(page, method, "cv_roc_auc");
    own_cell(page, method, "accuracy");
    interval_cell(page, method);
    if (s->has_two) own_cell(page, method, "roc_auc");
    if (s->has_two) own_cell(page, method, "specificity");
    if (s->has_two) own_cell(page, method, "recall");
    if (s->has_paper) paper_cells(page, paper);
    fputs("</tr>\n", page);
}

/* "SimCLR", or "SimCLR, 3 seeds". */
static void name_codes(const json_t *subject, char out[160]) {
    const char *name = text_of(subject, "name");
    size_t seeds = json_array_size(json_object_get(subject, "seeds"));
    int length = snprintf(out, 160, "%.127s", name ? name : "?");
    if (seeds > 0)
        snprintf(out + length, 160 - (size_t)length, ", %zu seed%s", seeds,
                 seeds == 1 ? "" : "s");
}

static void write_methods(FILE *page, const json_t *subject, const shape *s) {
    const json_t *list = json_object_get(subject, "methods");
    char name[160];
    size_t i;
    json_t *method;
    name_codes(subject, name);
    json_array_foreach(list, i, method)
        write_method(page, method, paper_row_of(subject, method), s,
                     s->has_codes && i == 0 ? name : NULL, json_array_size(list));
}

static void write_counts(FILE *page, const json_t *subject) {
    fprintf(page, "%lld rows to learn from, %lld to judge by",
            (long long)json_integer_value(json_object_get(subject, "train")),
            (long long)json_integer_value(json_object_get(subject, "test")));
}

/* ---- one set --------------------------------------------------------------------------------
 */

static void write_subject(FILE *page, const json_t *subject, const char *what) {
    const char *file = text_of(subject, "file"), *model = paper_model_of(subject);
    shape s = {0};
    inspect_subject(subject, &s);
    fputs("<h3>", page);
    gt_html_text(page, what);
    if (file) gt_html_text(page, file);
    fprintf(page, "</h3>\n<p class=\"meta\">%lld numbers an object; ",
            (long long)json_integer_value(json_object_get(subject, "values")));
    write_counts(page, subject);
    if (s.has_paper)
        fprintf(page, "; beside the numbers printed for %s",
                gt_paper_set_name(paper_set_of(subject)));
    fputs(".</p>\n", page);
    write_heading(page, &s, gt_paper_model(model));
    write_methods(page, subject, &s);
    if (!json_is_array(json_object_get(subject, "methods")))
        write_method(page, subject, NULL, &s, NULL, 1);
    fputs("</tbody></table></div>\n", page);
    size_t i;
    json_t *method;
    json_array_foreach(json_object_get(subject, "methods"), i, method)
        gt_html_by_class(page, method);
}

/* ---- several side by side -------------------------------------------------------------------
 */

static void write_set(FILE *page, const json_t *set) {
    const json_t *codes = json_object_get(set, "codes");
    const char *name = text_of(set, "set");
    shape s = {.has_codes = true};
    size_t i;
    json_t *entry;
    json_array_foreach(codes, i, entry) inspect_subject(entry, &s);
    fputs("<h3>", page);
    gt_html_text(page, name ? name : "?");
    fputs("</h3>\n<p class=\"meta\">", page);
    write_counts(page, json_array_get(codes, 0));
    if (s.has_cv) fputs("; in bold what cross-validation chose for each of the codes", page);
    if (s.has_seeds)
        fputs("; means over seeds of the training, with the standard deviation over them, and "
              "that over the folds of a run",
              page);
    fputs(".</p>\n", page);
    write_heading(page, &s, NULL);
    json_array_foreach(codes, i, entry) write_methods(page, entry, &s);
    fputs("</tbody></table></div>\n", page);
}

bool gt_is_classification(const json_t *result) {
    const json_t *one = json_object_get(result, "result");
    return json_is_array(
               json_object_get(json_array_get(json_object_get(result, "sets"), 0), "codes")) ||
           json_is_object(json_object_get(one, "methods")) ||
           json_is_array(json_object_get(one, "methods")) ||
           json_is_number(json_object_get(one, "accuracy"));
}

void gt_html_classification(FILE *page, const json_t *result) {
    const json_t *baseline = json_object_get(result, "baseline");
    const json_t *sets = json_object_get(result, "sets");
    size_t i;
    json_t *set;
    json_array_foreach(sets, i, set) write_set(page, set);
    if (sets) return;
    write_subject(page, json_object_get(result, "result"), "");
    if (baseline) write_subject(page, baseline, "For comparison: ");
}
