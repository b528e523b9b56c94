/* corner_read.c - columns of the sets of one table, and which of their rows count. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "corner.h"
#include "csv.h"
#include "file.h"
#include "fits_table.h"
#include "galatea/log.h"
#include "stand_in_numbers.h"
#include "text.h"

enum { MOST_BYTES = 1 << 30 };

static const double invalid = -99; /* of coefficients that could not be measured */

static size_t find(const gt_csv *table, const char *name) {
    size_t i = 0;
    while (i < table->columns && strcasecmp(gt_csv_name(table, i), name) != 0) i++;
    return i;
}

static const char *by_column(const gt_corner *c) {
    return c->by ? c->by : "set";
}

static gt_status check_columns(const gt_corner *c, const char *path, const gt_csv *table,
                               gt_error *err) {
    for (size_t i = 0; i < c->column_count + (c->by != NULL); i++) {
        const char *name = i < c->column_count ? c->columns[i] : c->by;
        if (find(table, name) < table->columns) continue;
        char there[256] = "";
        for (size_t k = 0; k < table->columns; k++) {
            size_t used = strlen(there);
            bool is_full = used + 80 >= sizeof there;
            snprintf(there + used, sizeof there - used, "%s%.72s", k ? ", " : "",
                     is_full ? "..." : gt_csv_name(table, k));
            if (is_full) break;
        }
        return gt_fail(err, GT_NOT_FOUND, "%s has no column '%s'; it has %s%s", path, name,
                       there, gt_csv_hint(table));
    }
    return GT_OK;
}

/* Of FITS tables, which are wide, only what is asked for. */
static gt_status parse_fits(const gt_corner *c, const char *path, const char *bytes,
                            size_t size, gt_csv *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t rows;
    gt_csv head = {0};
    const char *wanted[GT_CORNER_COLUMNS + 3] = {"flag", "segment_area", by_column(c)};
    for (size_t i = 0; i < c->column_count; i++) wanted[3 + i] = c->columns[i];
    status = gt_fits_table_parse(bytes, size, 0, &head, &rows, err);
    if (status) gt_blame(err, "%s", path);
    GT_TRY(status);
    GT_TRY(check_columns(c, path, &head, err));
    GT_TRY(gt_fits_table_parse_columns(bytes, size, wanted, 3 + c->column_count, SIZE_MAX, out,
                                       &rows, err));
done:
    gt_csv_free(&head);
    return status;
}

static gt_status load(const gt_corner *c, const char *path, gt_csv *out, gt_error *err) {
    char *bytes = NULL;
    size_t size = 0;
    gt_status status = gt_file_load(path, MOST_BYTES, &bytes, &size, err);
    if (status) return status;
    if (size >= 6 && memcmp(bytes, "SIMPLE", 6) == 0) {
        status = parse_fits(c, path, bytes, size, out, err);
    } else if (size >= 4 && memcmp(bytes, "\x89HDF", 4) == 0) {
        status = gt_fail(err, GT_BAD_FORMAT,
                         "%s: HDF5, expected a FITS or CSV table, as galatea morph makes of "
                         "pictures and galatea data export of codes",
                         path);
    } else {
        status = gt_csv_parse(bytes, size, out, err);
        if (status)
            gt_blame(err, "%s", path);
        else
            status = check_columns(c, path, out, err);
    }
    free(bytes);
    return status;
}

static bool is_morphology(const char *column) {
    static const char *const names[] = {"concentration", "asymmetry", "smoothness", "gini",
                                        "m20"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(column, names[i]) == 0) return true;
    return false;
}

/* What is read of a table: all its rows, or those of one of the sets that it names. */
typedef struct part {
    const gt_csv *table;
    size_t columns[GT_CORNER_COLUMNS], flag, area, set; /* table->columns: there is none */
    const char *name;                                   /* NULL: all rows */
} part;

static bool has_row(const part *p, size_t row) {
    return !p->name || strcmp(gt_csv_cell(p->table, row, p->set), p->name) == 0;
}

/* Whether a row has a number in each column; they are put down in any case. */
static bool take_row(const gt_corner *c, const part *p, size_t row, gt_corner_source *set) {
    bool is_whole = true;
    for (size_t i = 0; i < c->column_count; i++) {
        double value = gt_csv_number(p->table, row, p->columns[i]);
        bool is_none = value == invalid && is_morphology(c->columns[i]);
        set->values[i * set->rows + set->count] = value;
        is_whole = is_whole && isfinite(value) && !is_none;
    }
    return is_whole;
}

static void take_rows(const gt_corner *c, const part *p, gt_corner_source *set) {
    for (size_t r = 0; r < p->table->rows; r++) {
        if (!has_row(p, r)) continue;
        if (p->flag < p->table->columns && !(gt_csv_number(p->table, r, p->flag) <= 1))
            set->flagged++;
        else if (take_row(c, p, r, set))
            set->count++;
        else
            set->lost++;
    }
    for (size_t i = 1; i < c->column_count; i++)
        memmove(set->values + i * set->count, set->values + i * set->rows,
                set->count * sizeof *set->values);
}

/* By the size of their segments one sees whether sets were cut out alike. */
static gt_status find_area(const part *p, gt_corner_source *set, gt_error *err) {
    gt_summary sum;
    size_t count = 0;
    set->area = NAN;
    if (p->area == p->table->columns) return GT_OK;
    double *areas = calloc(set->rows + 1, sizeof *areas);
    if (!areas) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows", set->rows);
    for (size_t r = 0; r < p->table->rows; r++)
        if (has_row(p, r)) areas[count++] = gt_csv_number(p->table, r, p->area);
    gt_status status = gt_summarize(count, areas, &sum, err);
    if (!status) set->area = sum.mid;
    free(areas);
    return status;
}

/* A column of words is the wrong one; a set without any measurement is a finding. */
static gt_status check_text(const gt_corner *c, const part *p, const char *path,
                            gt_error *err) {
    for (size_t i = 0; i < c->column_count; i++) {
        const char *word = NULL;
        bool has_number = false;
        for (size_t r = 0; r < p->table->rows && !has_number; r++) {
            const char *cell = gt_csv_cell(p->table, r, p->columns[i]);
            has_number = !isnan(gt_csv_number(p->table, r, p->columns[i]));
            if (!word && *cell && strcasecmp(cell, "nan") != 0) word = cell;
        }
        if (word && !has_number)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s: column '%s' is text ('%.40s'), expected numbers", path,
                           c->columns[i], word);
    }
    return GT_OK;
}

static gt_status check_count(const gt_corner *c, const gt_corner_source *set, gt_error *err) {
    static const char format[] =
        "%s: none of %zu rows of %s counts: %zu have no flag of 0 or 1, %zu no number in every "
        "column";
    if (set->count) return GT_OK;
    if (set == c->sets)
        return gt_fail(err, GT_BAD_ARGUMENT, format, set->path, set->rows, set->name,
                       set->flagged, set->lost);
    gt_remark(format, set->path, set->rows, set->name, set->flagged, set->lost);
    return GT_OK;
}

/* A number says little without its column. */
static void name_part(const gt_corner *c, const part *p, char out[GT_LABEL_ROOM]) {
    double value;
    if (c->by && *p->name && gt_text_to_real(p->name, &value, NULL) == GT_OK)
        snprintf(out, GT_LABEL_ROOM, "%.40s %.40s", c->by, p->name);
    else if (!*p->name) /* in no quotes, as a class of that name has */
        snprintf(out, GT_LABEL_ROOM, "no %.40s", c->by ? c->by : "name");
    else
        snprintf(out, GT_LABEL_ROOM, strncmp(p->name, "no ", 3) == 0 ? "'%.70s'" : "%s",
                 p->name);
}

static void name_set(const gt_corner *c, const gt_label *label, const part *p,
                     char out[GT_LABEL_ROOM]) {
    char own[GT_LABEL_ROOM] = "";
    if (p->name) name_part(c, p, own);
    if (!p->name && !*label->name)
        gt_base_name(label->path, out);
    else if (!p->name)
        memcpy(out, label->name, GT_LABEL_ROOM);
    else if (!*label->name)
        snprintf(out, GT_LABEL_ROOM, "%s", own);
    else
        snprintf(out, GT_LABEL_ROOM, "%.63s %.63s", label->name, own);
}

/* Puts the rows of `p` behind the sets that are there. */
static gt_status add_set(gt_corner *c, const gt_label *label, const part *p, gt_error *err) {
    gt_status status = GT_OK;
    gt_corner_source *set = &c->sets[c->set_count++];
    set->path = label->path;
    name_set(c, label, p, set->name);
    for (size_t r = 0; r < p->table->rows; r++) set->rows += has_row(p, r);
    set->values = calloc(c->column_count, (set->rows + 1) * sizeof *set->values);
    if (!set->values) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", set->rows);
    take_rows(c, p, set);
    for (size_t i = 0; i < c->column_count; i++)
        gt_stand_in_remark(set->path, c->columns[i], set->values + i * set->count, set->count);
    GT_TRY(check_count(c, set, err));
    GT_TRY(find_area(p, set, err));
done:
    return status;
}

/* Different cells of the column `set`, in the order of rows; one more than have room at most.
 */
static size_t find_names(const part *p, const char *names[GT_CORNER_SETS + 1]) {
    size_t count = 0;
    for (size_t r = 0; p->set < p->table->columns && r < p->table->rows; r++) {
        const char *cell = gt_csv_cell(p->table, r, p->set);
        size_t i = 0;
        while (i < count && strcmp(names[i], cell) != 0) i++;
        if (i == count) names[count++] = cell;
        if (count > GT_CORNER_SETS) break;
    }
    return count;
}

gt_status gt_corner_read(gt_corner *c, const gt_label *label, gt_error *err) {
    gt_status status = GT_OK;
    gt_csv table = {0};
    const char *names[GT_CORNER_SETS + 1];
    GT_TRY(load(c, label->path, &table, err));
    part p = {.table = &table,
              .flag = find(&table, "flag"),
              .area = find(&table, "segment_area"),
              .set = find(&table, by_column(c))};
    for (size_t i = 0; i < c->column_count; i++) p.columns[i] = find(&table, c->columns[i]);
    GT_TRY(check_text(c, &p, label->path, err));
    size_t count = find_names(&p, names);
    if (c->set_count + (count ? count : 1) > GT_CORNER_SETS)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: more than %d sets%s%s%s", label->path,
                 GT_CORNER_SETS, count > 1 ? " with those of its column '" : "",
                 count > 1 ? by_column(c) : "", count > 1 ? "'" : "");
    if (count < 2) GT_TRY(add_set(c, label, &p, err));
    for (size_t i = 0; count > 1 && i < count; i++) {
        p.name = names[i];
        GT_TRY(add_set(c, label, &p, err));
    }
done:
    gt_csv_free(&table);
    return status;
}
