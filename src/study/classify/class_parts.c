/* class_parts.c - figures class by class in JSON, as a table, as a figure. */
#include "class_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "galatea/figure.h"
#include "table.h"

enum { MEANS = 2, FRAMES = 9, NAME_SIZE = 69, COLUMNS_AT_MOST = 900 };

/* ---- Lists ------------------------------------------------------------------------------- */

static void free_names(char **names, int32_t count) {
    for (int32_t k = 0; names && k < count; k++) free(names[k]);
    free(names);
}

gt_status gt_class_parts_add(gt_class_parts *parts, const gt_class_part *part, gt_error *err) {
    gt_status status = GT_OK;
    char **names = NULL;
    if (!part->report) return GT_OK;
    gt_class_part *larger = realloc(parts->list, (parts->count + 1) * sizeof *larger);
    if (!larger) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of figures");
    parts->list = larger;
    names = calloc((size_t)part->classes + 1, sizeof *names);
    for (int32_t k = 0; names && k < part->classes; k++)
        if (!(names[k] = strdup(part->names[k])))
            GT_THROW(err, GT_NO_MEMORY, "no memory for names of classes");
    if (!names) GT_THROW(err, GT_NO_MEMORY, "no memory for names of classes");
    larger[parts->count] = *part;
    larger[parts->count++].names = names;
    names = NULL;
done:
    free_names(names, part->classes);
    return status;
}

void gt_class_parts_free(gt_class_parts *parts) {
    for (size_t i = 0; i < parts->count; i++)
        free_names(parts->list[i].names, parts->list[i].classes);
    free(parts->list);
    *parts = (gt_class_parts){.count = 0};
}

const char *gt_class_part_row(const gt_class_part *part, int32_t row) {
    if (row < part->classes) return part->names[row];
    return row == part->classes ? "macro mean" : "weighted mean";
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void json_figures(gt_json *json, const gt_class_part *part, int32_t row) {
    for (int f = 0; f < GT_CLASS_FIGURES; f++) {
        const char *name = gt_class_figure_name(f);
        gt_spread value = gt_class_report_figure(part->report, row, f);
        char spread[64];
        snprintf(spread, sizeof spread, "%s_spread", name);
        gt_json_real(json, name, value.mean);
        if (gt_class_report_fits(part->report) > 1) gt_json_real(json, spread, value.deviation);
    }
}

static void json_classes(gt_json *json, const gt_class_part *part) {
    gt_json_array(json, "classes");
    for (int32_t k = 0; k < part->classes; k++) {
        gt_json_object(json, NULL);
        gt_json_text(json, "class", part->names[k]);
        gt_json_int(json, "label", part->labels[k]);
        gt_json_real(json, "support", gt_class_report_support(part->report, k));
        json_figures(json, part, k);
        gt_json_end(json);
    }
    gt_json_end(json);
}

static void json_confusion(gt_json *json, const gt_class_part *part) {
    gt_json_array(json, "confusion");
    for (int32_t k = 0; k < part->classes; k++) {
        gt_json_array(json, NULL);
        for (int32_t given = 0; given < part->classes; given++)
            gt_json_real(json, NULL, gt_class_report_count(part->report, k, given));
        gt_json_end(json);
    }
    gt_json_end(json);
}

void gt_json_class_part(gt_json *json, const char *key, const gt_class_part *part) {
    static const char *const means[MEANS] = {"macro", "weighted"};
    gt_json_object(json, key);
    json_classes(json, part);
    for (int m = 0; m < MEANS; m++) {
        gt_json_object(json, means[m]);
        json_figures(json, part, part->classes + m);
        gt_json_end(json);
    }
    json_confusion(json, part);
    gt_json_end(json);
}

/* ---- A table ----------------------------------------------------------------------------- */

typedef struct columns {
    gt_table_column *list;
    char (*names)[NAME_SIZE];
    size_t count;
} columns;

static void add_column(columns *c, const char *name, gt_table_kind kind, const char *about) {
    char *own = c->names[c->count];
    snprintf(own, NAME_SIZE, "%s", name);
    for (char *at = own; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *at))
            *at = '_';
    c->list[c->count++] = (gt_table_column){own, kind, NULL, about};
}

/* "as_FRII"; by numbers where two names are one to readers of tables, which ignore case. */
static void add_counts(columns *c, const gt_class_part *part) {
    size_t first = c->count;
    bool is_named = true;
    char name[NAME_SIZE];
    for (int pass = 0; pass < 2; pass++, is_named = false) {
        bool has_alike = false;
        c->count = first;
        for (int32_t k = 0; k < part->classes; k++) {
            if (is_named)
                snprintf(name, sizeof name, "as_%.60s", part->names[k]);
            else
                snprintf(name, sizeof name, "as_%d", part->labels[k]);
            for (size_t i = first; i < c->count; i++)
                has_alike |= strcasecmp(c->names[i], name) == 0;
            add_column(c, name, GT_TABLE_REAL, "rows of this class given to that one");
        }
        for (size_t i = first; i < c->count; i++)
            for (size_t j = first; j < i; j++)
                has_alike |= strcasecmp(c->names[i], c->names[j]) == 0;
        if (!has_alike) return;
    }
}

static const char *about_figure(gt_class_figure figure) {
    static const char *const texts[GT_CLASS_FIGURES] = {
        "rows given to the class that are of it", "rows of the class that were given to it",
        "harmonic mean of precision and recall", "area under the ROC curve, against the rest",
        "area under precision over recall, as a sum of steps"};
    return texts[figure];
}

static void add_columns(columns *c, const gt_class_part *part) {
    char name[NAME_SIZE];
    add_column(c, "set", GT_TABLE_TEXT, "labelled objects");
    add_column(c, "method", GT_TABLE_TEXT, "classifier");
    add_column(c, "part", GT_TABLE_TEXT, "test, or cv: held out of the rows to learn from");
    add_column(c, "class", GT_TABLE_TEXT, "true class, or a mean over classes");
    add_column(c, "label", GT_TABLE_INT, "its number");
    add_column(c, "fits", GT_TABLE_INT, "over which means and spreads are taken");
    add_column(c, "support", GT_TABLE_REAL, "rows of the class");
    for (int f = 0; f < GT_CLASS_FIGURES; f++) {
        add_column(c, gt_class_figure_name(f), GT_TABLE_REAL, about_figure(f));
        snprintf(name, sizeof name, "%s_spread", gt_class_figure_name(f));
        add_column(c, name, GT_TABLE_REAL, "standard deviation over the fits");
    }
    add_counts(c, part);
}

static gt_status append_row(gt_table *table, const gt_class_part *part, int32_t row,
                            gt_cell *cells, gt_error *err) {
    size_t at = 0;
    bool is_class = row<part->classes, has_spread = gt_class_report_fits(part->report)> 1;
    cells[at++] = gt_cell_text(part->set);
    cells[at++] = gt_cell_text(part->method);
    cells[at++] = gt_cell_text(part->part);
    cells[at++] = gt_cell_text(gt_class_part_row(part, row));
    cells[at++] = is_class ? gt_cell_int(part->labels[row]) : gt_cell_text(NULL);
    cells[at++] = gt_cell_int((int64_t)gt_class_report_fits(part->report));
    cells[at++] = gt_cell_real(gt_class_report_support(part->report, row));
    for (int f = 0; f < GT_CLASS_FIGURES; f++) {
        gt_spread value = gt_class_report_figure(part->report, row, f);
        cells[at++] = gt_cell_real(value.mean);
        cells[at++] = gt_cell_real(has_spread ? value.deviation : (double)NAN);
    }
    for (int32_t k = 0; k < part->classes; k++)
        cells[at++] =
            gt_cell_real(is_class ? gt_class_report_count(part->report, row, k) : (double)NAN);
    return gt_table_append(table, cells, err);
}

static bool is_alike(const gt_class_part *a, const gt_class_part *b) {
    bool same = a->classes == b->classes;
    for (int32_t k = 0; same && k < a->classes; k++)
        same = strcmp(a->names[k], b->names[k]) == 0;
    return same;
}

static gt_status check_parts(const gt_class_parts *parts, const char *path, gt_error *err) {
    if (parts->count == 0)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: no figures class by class (more than %d classes)", path,
                       GT_CLASSES_JUDGED);
    for (size_t i = 1; i < parts->count; i++)
        if (!is_alike(&parts->list[0], &parts->list[i]))
            return gt_fail(err, GT_UNSUPPORTED,
                           "%s: %s and %s have other classes, expected one "
                           "table for each",
                           path, parts->list[0].set, parts->list[i].set);
    return GT_OK;
}

gt_status gt_class_parts_write(const gt_class_parts *parts, const char *path,
                               const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    columns c = {.count = 0};
    gt_table *table = NULL;
    gt_cell *cells = NULL;
    GT_TRY(check_parts(parts, path, err));
    size_t room = 7 + 2 * GT_CLASS_FIGURES + (size_t)parts->list[0].classes;
    c.list = calloc(room, sizeof *c.list);
    c.names = calloc(room, sizeof *c.names);
    cells = calloc(room, sizeof *cells);
    if (!c.list || !c.names || !cells) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    add_columns(&c, &parts->list[0]);
    GT_TRY(gt_table_create(c.list, c.count, &table, err));
    gt_table_call(table, "CLASSES");
    for (size_t i = 0; i < parts->count; i++)
        for (int32_t row = 0; row < parts->list[i].classes + MEANS; row++)
            GT_TRY(append_row(table, &parts->list[i], row, cells, err));
    GT_TRY(gt_table_write(table, path, provenance, err));
done:
    gt_table_destroy(table);
    free(c.list);
    free(c.names);
    free(cells);
    return status;
}

/* ---- A figure ---------------------------------------------------------------------------- */

static double *counts_of(const gt_class_part *part) {
    size_t n = (size_t)part->classes;
    double *counts = malloc((n * n + 1) * sizeof *counts);
    for (size_t i = 0; counts && i < n * n; i++)
        counts[i] = gt_class_report_count(part->report, (int32_t)(i / n), (int32_t)(i % n));
    return counts;
}

gt_status gt_class_parts_draw(const gt_class_parts *parts, const char *path,
                              const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    gt_matrix frames[FRAMES];
    double *counts[FRAMES] = {NULL};
    char titles[FRAMES][64];
    size_t count = 0;
    for (size_t i = 0; i < parts->count && count < FRAMES; i++) {
        const gt_class_part *part = &parts->list[i];
        if (strcmp(part->part, "cv") == 0) continue;
        counts[count] = counts_of(part);
        if (!counts[count]) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
        bool is_test = strcmp(part->part, "test") == 0;
        snprintf(titles[count], sizeof titles[count], "%s%s%s", part->method,
                 is_test ? "" : ", ", is_test ? "" : part->part);
        frames[count] = (gt_matrix){.title = titles[count],
                                    .count = (size_t)part->classes,
                                    .names = (const char *const *)part->names,
                                    .values = counts[count]};
        count++;
    }
    const gt_figure figure = {.x = {.label = "predicted class"},
                              .y = {.label = "true class"},
                              .provenance = provenance};
    GT_TRY(gt_figure_matrices(path, &figure, frames, count, err));
done:
    for (size_t i = 0; i < FRAMES; i++) free(counts[i]);
    return status;
}
