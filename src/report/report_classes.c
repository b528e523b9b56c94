/* report_classes.c - figures class by class, and who was given to which class. */
#include <math.h>
#include <string.h>

#include "page.h"

static const struct {
    const char *key, *title;
} figures[] = {{"precision", "precision"},
               {"recall", "recall"},
               {"f1", "F1"},
               {"roc_auc", "ROC-AUC"},
               {"average_precision", "average precision"}};
enum { FIGURES = sizeof figures / sizeof *figures, MATRIX_CLASSES = 24 };

static void number_cell(FILE *page, const json_t *row, const char *key, const char *format) {
    char spread[64];
    snprintf(spread, sizeof spread, "%s_spread", key);
    const json_t *value = json_object_get(row, key), *apart = json_object_get(row, spread);
    fputs("<td class=\"number\">", page);
    if (json_is_number(value)) fprintf(page, format, json_number_value(value));
    if (json_is_number(value) && json_is_number(apart))
        fprintf(page, " &plusmn; %.3f", json_number_value(apart));
    fputs("</td>", page);
}

static void write_row(FILE *page, const json_t *row, const char *name) {
    fputs("<tr><td>", page);
    gt_html_text(page, name ? name : "?");
    fputs("</td>", page);
    number_cell(page, row, "support", "%.4g");
    for (int f = 0; f < FIGURES; f++) number_cell(page, row, figures[f].key, "%.3f");
    fputs("</tr>\n", page);
}

static const char *class_at(const json_t *part, size_t k) {
    return json_string_value(
        json_object_get(json_array_get(json_object_get(part, "classes"), k), "class"));
}

static void write_figures(FILE *page, const json_t *part) {
    size_t i;
    json_t *row;
    fputs("<div class=\"wide\"><table class=\"dense\">\n<thead><tr><th>class</th><th "
          "class=\"number\">rows</th>",
          page);
    for (int f = 0; f < FIGURES; f++)
        fprintf(page, "<th class=\"number\">%s</th>", figures[f].title);
    fputs("</tr></thead>\n<tbody>\n", page);
    json_array_foreach(json_object_get(part, "classes"), i, row)
        write_row(page, row, class_at(part, i));
    write_row(page, json_object_get(part, "macro"), "macro mean");
    write_row(page, json_object_get(part, "weighted"), "weighted mean");
    fputs("</tbody></table></div>\n", page);
}

static void write_matrix(FILE *page, const json_t *part) {
    const json_t *matrix = json_object_get(part, "confusion");
    size_t i, k;
    json_t *row, *value;
    if (json_array_size(matrix) > MATRIX_CLASSES) return;
    fputs("<div class=\"wide\"><table class=\"dense\">\n<thead><tr><th>true class, given "
          "to</th>",
          page);
    json_array_foreach(matrix, i, row) {
        const char *name = class_at(part, i);
        fputs("<th class=\"number\">", page);
        gt_html_text(page, name ? name : "?");
        fputs("</th>", page);
    }
    fputs("</tr></thead>\n<tbody>\n", page);
    json_array_foreach(matrix, i, row) {
        const char *name = class_at(part, i);
        fputs("<tr><td>", page);
        gt_html_text(page, name ? name : "?");
        fputs("</td>", page);
        json_array_foreach(row, k, value)
            fprintf(page, "<td class=\"number\">%.4g</td>", json_number_value(value));
        fputs("</tr>\n", page);
    }
    fputs("</tbody></table></div>\n", page);
}

static void write_part(FILE *page, const json_t *part, const char *method, const char *what) {
    if (!json_is_array(json_object_get(part, "classes"))) return;
    fputs("<details><summary>", page);
    gt_html_text(page, method ? method : "?");
    fprintf(page, ", class by class: %s</summary>\n", what);
    write_figures(page, part);
    write_matrix(page, part);
    fputs("</details>\n", page);
}

void gt_html_by_class(FILE *page, const json_t *method) {
    const char *name = json_string_value(json_object_get(method, "method"));
    write_part(page, json_object_get(method, "by_class"), name, "rows to judge by");
    write_part(page, json_object_get(method, "cv_by_class"), name,
               "held out by cross-validation");
}
