/* corner_read.c - columns of one table, and which of its rows count. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "corner.h"
#include "csv.h"
#include "file.h"
#include "fits_table.h"

enum { MOST_BYTES = 1 << 30 };

static const double invalid = -99; /* of coefficients that could not be measured */

static size_t find(const gt_csv *table, const char *name) {
    size_t i = 0;
    while (i < table->columns && strcasecmp(gt_csv_name(table, i), name) != 0) i++;
    return i;
}

static gt_status check_columns(const gt_corner *c, const char *path, const gt_csv *table,
                               gt_error *err) {
    for (size_t i = 0; i < c->column_count; i++) {
        if (find(table, c->columns[i]) < table->columns) continue;
        char there[256] = "";
        for (size_t k = 0; k < table->columns && strlen(there) + 80 < sizeof there; k++)
            snprintf(there + strlen(there), sizeof there - strlen(there), "%s%.72s",
                     k ? ", " : "", gt_csv_name(table, k));
        return gt_fail(err, GT_NOT_FOUND, "%s has no column '%s'; it has %s", path,
                       c->columns[i], there);
    }
    return GT_OK;
}

/* Of FITS tables, which are wide, only what is asked for. */
static gt_status parse_fits(const gt_corner *c, const char *path, const char *bytes,
                            size_t size, gt_csv *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t rows;
    gt_csv head = {0};
    const char *wanted[GT_CORNER_COLUMNS + 2] = {"flag", "segment_area"};
    for (size_t i = 0; i < c->column_count; i++) wanted[2 + i] = c->columns[i];
    status = gt_fits_table_parse(bytes, size, 0, &head, &rows, err);
    if (status) gt_blame(err, "%s", path);
    GT_TRY(status);
    GT_TRY(check_columns(c, path, &head, err));
    GT_TRY(gt_fits_table_parse_columns(bytes, size, wanted, 2 + c->column_count, SIZE_MAX, out,
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

/* Whether a row has a number in each column; they are put down in any case. */
static bool take_row(const gt_corner *c, const gt_csv *table, const size_t *columns, size_t row,
                     gt_corner_source *set, size_t rows) {
    bool is_whole = true;
    for (size_t i = 0; i < c->column_count; i++) {
        double value = gt_csv_number(table, row, columns[i]);
        set->values[i * rows + set->count] = value;
        is_whole =
            is_whole && isfinite(value) && !(value == invalid && is_morphology(c->columns[i]));
    }
    return is_whole;
}

static void take_rows(const gt_corner *c, const gt_csv *table, const size_t *columns,
                      gt_corner_source *set) {
    size_t flag = find(table, "flag");
    for (size_t r = 0; r < table->rows; r++) {
        if (flag < table->columns && !(gt_csv_number(table, r, flag) <= 1))
            set->flagged++;
        else if (take_row(c, table, columns, r, set, table->rows))
            set->count++;
        else
            set->lost++;
    }
    for (size_t i = 1; i < c->column_count; i++)
        memmove(set->values + i * set->count, set->values + i * table->rows,
                set->count * sizeof *set->values);
}

/* By the size of their segments one sees whether sets were cut out alike. */
static gt_status find_area(const gt_csv *table, double *out, gt_error *err) {
    size_t column = find(table, "segment_area");
    gt_summary sum;
    *out = NAN;
    if (column == table->columns) return GT_OK;
    double *areas = calloc(table->rows + 1, sizeof *areas);
    if (!areas) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows", table->rows);
    for (size_t r = 0; r < table->rows; r++) areas[r] = gt_csv_number(table, r, column);
    gt_status status = gt_summarize(table->rows, areas, &sum, err);
    if (!status) *out = sum.mid;
    free(areas);
    return status;
}

gt_status gt_corner_read(const gt_corner *c, gt_corner_source *set, gt_error *err) {
    gt_status status = GT_OK;
    gt_csv table = {0};
    size_t columns[GT_CORNER_COLUMNS];
    GT_TRY(load(c, set->path, &table, err));
    for (size_t i = 0; i < c->column_count; i++) columns[i] = find(&table, c->columns[i]);
    set->rows = table.rows;
    set->values = calloc(c->column_count, (table.rows + 1) * sizeof *set->values);
    if (!set->values) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", table.rows);
    take_rows(c, &table, columns, set);
    if (set->count == 0)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: none of %zu rows counts: %zu have no flag of 0 or 1, %zu no number in "
                 "every column",
                 set->path, set->rows, set->flagged, set->lost);
    GT_TRY(find_area(&table, &set->area, err));
done:
    gt_csv_free(&table);
    return status;
}
