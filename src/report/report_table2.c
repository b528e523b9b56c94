/* report_table2.c - classifiers' results beside the paper's Table 2. */
#include <math.h>
#include <string.h>

#include "page.h"

enum { METHODS = 6, METRICS = 4 };

static const char *const metrics[METRICS] = {"accuracy", "roc_auc", "specificity", "recall"};

/* The VDVAE rows of Table 2, for its two test sets, which their sizes tell apart. */
typedef struct printed_set {
    const char *name;
    int test;
    double values[METHODS][METRICS];
} printed_set;

static const char *const methods[METHODS] = {"knn", "rf", "svc", "lr", "grad", "ext"};
static const printed_set printed[] = {{"MiraBest Confident",
                                       104,
                                       {{.76, .86, .73, .78},
                                        {.80, .89, .80, .80},
                                        {.75, .88, .69, .80},
                                        {.73, .82, .63, .82},
                                        {.80, .89, .76, .84},
                                        {.82, .90, .82, .82}}},
                                      {"FR-DEEP NVSS",
                                       50,
                                       {{.74, .83, .55, .89},
                                        {.80, .83, .73, .86},
                                        {.72, .84, .55, .86},
                                        {.72, .85, .50, .89},
                                        {.76, .86, .64, .86},
                                        {.80, .87, .73, .86}}}};

static const printed_set *printed_for(const json_t *subject) {
    json_int_t test = json_integer_value(json_object_get(subject, "test"));
    const char *file = json_string_value(json_object_get(subject, "file"));
    if (!file) return NULL;
    if (test == printed[0].test && (strcasestr(file, "mirabest") || strcasestr(file, "mbc")))
        return &printed[0];
    bool is_deep = strcasestr(file, "frdeep") || strcasestr(file, "fr-deep");
    return test == printed[1].test && is_deep ? &printed[1] : NULL;
}

static double value_of(const json_t *method, const char *key) {
    const json_t *value = json_object_get(method, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void number(FILE *page, const char *class, double value, int digits) {
    fprintf(page, "<td class=\"%s\">", class);
    if (isfinite(value)) fprintf(page, "%.*f", digits, value);
    fputs("</td>", page);
}

static void own_cell(FILE *page, const json_t *method, const char *key) {
    char spread[64];
    snprintf(spread, sizeof spread, "%s_spread", key);
    double value = value_of(method, key), deviation = value_of(method, spread);
    fputs("<td class=\"number\">", page);
    if (isfinite(value)) fprintf(page, "%.3f", value);
    if (isfinite(deviation)) fprintf(page, " &plusmn; %.3f", deviation);
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

static void paper_cells(FILE *page, const printed_set *set, const char *name) {
    for (int m = 0; m < METHODS; m++) {
        if (strcmp(methods[m], name) != 0) continue;
        for (int k = 0; k < METRICS; k++) number(page, "paper", set->values[m][k], 2);
        return;
    }
    fprintf(page, "<td colspan=\"%d\"></td>", METRICS);
}

static void write_heading(FILE *page, const printed_set *set, bool has_cv) {
    fputs("<div class=\"wide\"><table>\n<thead>", page);
    if (set)
        fprintf(page,
                "<tr><th></th><th colspan=\"%d\">this page</th><th class=\"paper\" "
                "colspan=\"%d\">paper, Table 2 (VDVAE)</th></tr>",
                METRICS + 1 + has_cv, METRICS);
    fputs("<tr><th>method</th>", page);
    if (has_cv) fputs("<th class=\"number\">cross-validated</th>", page);
    fputs("<th class=\"number\">accuracy</th><th class=\"number\">95 %</th>"
          "<th class=\"number\">ROC-AUC</th><th class=\"number\">specificity</th>"
          "<th class=\"number\">recall</th>",
          page);
    if (set)
        fputs("<th class=\"paper\">acc</th><th class=\"paper\">roc</th>"
              "<th class=\"paper\">spec</th><th class=\"paper\">rec</th>",
              page);
    fputs("</tr></thead>\n<tbody>\n", page);
}

static void write_method(FILE *page, const json_t *method, const printed_set *set,
                         bool has_cv) {
    const char *name = json_string_value(json_object_get(method, "method"));
    fputs("<tr><td>", page);
    gt_html_text(page, name ? name : "?");
    fputs("</td>", page);
    if (has_cv) own_cell(page, method, "cv_accuracy");
    own_cell(page, method, metrics[0]);
    interval_cell(page, method);
    for (int k = 1; k < METRICS; k++) own_cell(page, method, metrics[k]);
    if (set) paper_cells(page, set, name ? name : "");
    fputs("</tr>\n", page);
}

static void write_subject(FILE *page, const json_t *subject, const char *what) {
    const printed_set *set = printed_for(subject);
    const json_t *list = json_object_get(subject, "methods");
    const char *file = json_string_value(json_object_get(subject, "file"));
    bool has_cv = false;
    size_t i;
    json_t *method;
    json_array_foreach(list, i, method) has_cv |=
        json_object_get(method, "cv_accuracy") != NULL;
    fputs("<h3>", page);
    gt_html_text(page, what);
    if (file) gt_html_text(page, file);
    fprintf(page,
            "</h3>\n<p class=\"meta\">%lld numbers an object; %lld rows to learn from, %lld to "
            "judge by%s%s.</p>\n",
            (long long)json_integer_value(json_object_get(subject, "values")),
            (long long)json_integer_value(json_object_get(subject, "train")),
            (long long)json_integer_value(json_object_get(subject, "test")),
            set ? "; beside the numbers printed for " : "", set ? set->name : "");
    write_heading(page, set, has_cv);
    json_array_foreach(list, i, method) write_method(page, method, set, has_cv);
    if (!json_is_array(list)) write_method(page, subject, set, false);
    fputs("</tbody></table></div>\n", page);
}

bool gt_is_classification(const json_t *result) {
    return json_is_object(json_object_get(json_object_get(result, "result"), "methods")) ||
           json_is_array(json_object_get(json_object_get(result, "result"), "methods")) ||
           json_is_number(json_object_get(json_object_get(result, "result"), "accuracy"));
}

void gt_html_classification(FILE *page, const json_t *result) {
    const json_t *baseline = json_object_get(result, "baseline");
    write_subject(page, json_object_get(result, "result"), "");
    if (baseline) write_subject(page, baseline, "For comparison: ");
}
