/* report_twins.c - a sweep of pairs of models: its numbers, and its inversion test beside those
 * that a paper printed: Table 1 of Campagne 2025, Wasserstein distances of latents from what
 * models find for them. */
#include <math.h>
#include <string.h>

#include "page.h"

enum { LEVELS = 3, SIZES = 3, MOST_LEVELS = 16 };

/* A is the model that made the images, B the other one. */
typedef struct printed {
    int64_t size;
    double a[LEVELS], b[LEVELS];
} printed;

static const printed table1[SIZES] = {
    {100000, {3.7e-6, 2.6e-6, 4.1e-6}, {8.7e-2, 3.6e-2, 1.9e-2}},
    {10000, {2.3e-6, 4.0e-6, 3.9e-6}, {7.6e-2, 4.8e-2, 2.7e-2}},
    {1000, {2.6e-6, 2.7e-6, 5.1e-6}, {7.9e-2, 1.1e-1, 2.9e-2}},
};

static double number_of(const json_t *row, const char *format, int level) {
    char name[64];
    snprintf(name, sizeof name, format, level);
    const json_t *value = json_object_get(row, name);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int64_t size_of(const json_t *row) {
    return json_integer_value(json_object_get(row, "size"));
}

static const printed *printed_for(const json_t *row) {
    const char *model = json_string_value(json_object_get(row, "model"));
    for (size_t i = 0; model && strcmp(model, "glow") == 0 && i < SIZES; i++)
        if (table1[i].size == size_of(row)) return &table1[i];
    return NULL;
}

/* Whether a model of this row was run backwards, at this level. */
static bool has_level(const json_t *row, int level) {
    return isfinite(number_of(row, "w1_level_%d_b", level));
}

bool gt_is_twins(const json_t *result) {
    const json_t *row = json_array_get(json_object_get(result, "rows"), 0);
    return json_object_get(result, "subset_seed") && json_object_get(row, "model") &&
           json_object_get(row, "size");
}

static void write_number(FILE *page, const char *kind, double value) {
    fprintf(page, "<td class=\"%s\">", kind);
    if (isfinite(value)) fprintf(page, "%.1e", value);
    fputs("</td>", page);
}

static void write_level(FILE *page, const json_t *row, int level) {
    const printed *paper = printed_for(row);
    const char *model = json_string_value(json_object_get(row, "model"));
    bool is_printed = paper && level < LEVELS;
    double numbers = number_of(row, "numbers_level_%d", level);
    fputs("<tr><td>", page);
    gt_html_text(page, model ? model : "?");
    fprintf(page, "</td><td class=\"number\">%lld</td><td class=\"number\">%d</td>",
            (long long)size_of(row), level);
    write_number(page, "number", number_of(row, "w1_level_%d_a", level));
    write_number(page, "number", number_of(row, "w1_level_%d_b", level));
    write_number(page, "number", 1.7 / sqrt(numbers));
    write_number(page, "paper", is_printed ? paper->a[level] : (double)NAN);
    write_number(page, "paper", is_printed ? paper->b[level] : (double)NAN);
    fputs("</tr>\n", page);
}

/* Where a model was run backwards. */
static void write_inversion(FILE *page, const json_t *rows) {
    bool is_open = false;
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) for (int level = 0; level < MOST_LEVELS; level++) {
        if (!has_level(row, level)) continue;
        if (!is_open)
            fputs("<div class=\"wide\"><table>\n<thead><tr><th colspan=\"3\"></th><th "
                  "colspan=\"3\">this page</th><th class=\"paper\" colspan=\"2\">paper, Table "
                  "1</th></tr><tr><th>model</th><th class=\"number\">N</th><th "
                  "class=\"number\">level</th><th class=\"number\">W1(z&#39;A, z)</th><th "
                  "class=\"number\">W1(z&#39;B, z)</th><th class=\"number\">by chance</th><th "
                  "class=\"paper\">W1(z&#39;A, z)</th><th class=\"paper\">W1(z&#39;B, "
                  "z)</th></tr>"
                  "</thead>\n<tbody>\n",
                  page);
        is_open = true;
        write_level(page, row, level);
    }
    if (is_open)
        fputs(
            "</tbody></table></div>\n<p class=\"note\">Wasserstein distances of normal noise z "
            "from what models A and B find in the images that A makes of it, all images and "
            "numbers of a level together. By chance: two sets of as many normal numbers. The "
            "paper&#39;s networks have three channels.</p>\n",
            page);
}

/* ---- numbers ---- */

static void write_value(FILE *page, const json_t *value) {
    const char *text = json_string_value(value);
    fputs(text ? "<td>" : "<td class=\"number\">", page);
    if (text) gt_html_text(page, text);
    if (json_is_number(value)) fprintf(page, "%.4g", json_number_value(value));
    fputs("</td>", page);
}

static bool is_anywhere(const json_t *rows, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) if (json_object_get(row, name)) return true;
    return false;
}

static bool is_text(const json_t *rows, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(rows, i,
                       row) if (json_is_string(json_object_get(row, name))) return true;
    return false;
}

/* Those of the command's own table, a row for each size of each model. */
static void write_numbers(FILE *page, const json_t *rows) {
    static const struct {
        const char *name, *shown;
    } columns[] = {{"model", "model"},
                   {"size", "N"},
                   {"epochs", "epochs"},
                   {"cosine_median", "cosine of A and B"},
                   {"cosine_centred_median", "without means"},
                   {"nearest_a_median", "A and its closest"},
                   {"nearest_centred_a_median", "without means"},
                   {"copies_a", "copies of A"},
                   {"beyond_chance_a", "beyond chance"},
                   {"psnr_train_25_a", "PSNR of what A learned"},
                   {"psnr_validation_25_a", "of others"},
                   {"c_t_centred_a", "C_T of A"},
                   {"verdict_pixels_a", "verdict on A"},
                   {"verdict_centred_a", "brightness aside"}};
    static const char right[] = " class=\"number\"";
    size_t i;
    json_t *row;
    fputs("<div class=\"wide\"><table>\n<thead><tr>", page);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        if (is_anywhere(rows, columns[c].name))
            fprintf(page, "<th%s>%s</th>", is_text(rows, columns[c].name) ? "" : right,
                    columns[c].shown);
    fputs("</tr></thead>\n<tbody>\n", page);
    json_array_foreach(rows, i, row) {
        fputs("<tr>", page);
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            if (is_anywhere(rows, columns[c].name))
                write_value(page, json_object_get(row, columns[c].name));
        fputs("</tr>\n", page);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">Medians of cosines of images of the same "
          "noise, and of images and the closest that was learned from; noise of 25 in 255 is "
          "taken away; N images were learned from.</p>\n",
          page);
}

/* Hundreds: a line for each, folded. */
static void write_all(FILE *page, const json_t *rows) {
    size_t i, k;
    json_t *row, *ignored;
    const char *name;
    fputs("<details><summary>All numbers</summary>\n<div class=\"wide\"><table>\n<tbody>\n",
          page);
    json_array_foreach(rows, i, row) json_object_foreach(row, name, ignored) {
        bool is_new = true;
        for (k = 0; k < i; k++) is_new &= !json_object_get(json_array_get(rows, k), name);
        if (!is_new) continue;
        fputs("<tr><th>", page);
        gt_html_text(page, name);
        fputs("</th>", page);
        for (k = 0; k < json_array_size(rows); k++)
            write_value(page, json_object_get(json_array_get(rows, k), name));
        fputs("</tr>\n", page);
    }
    fputs("</tbody></table></div>\n</details>\n", page);
}

void gt_html_twins(FILE *page, const json_t *result) {
    const json_t *rows = json_object_get(result, "rows");
    write_numbers(page, rows);
    write_inversion(page, rows);
    write_all(page, rows);
}
