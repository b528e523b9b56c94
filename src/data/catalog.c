/* catalog.c - cells as text, and what type all those of a column are. */
#include "catalog.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "csv.h"
#include "fields.h"
#include "file.h"
#include "fits_table.h"
#include "text.h"

#define MOST_BYTES ((size_t)1 << 34)

struct gt_catalog {
    char *path;
    gt_csv table;
    bool is_fits;
    gt_fits_column *stated; /* of FITS */
    size_t stated_count;
    FILE *lines; /* of tables that are added, until the end */
    char *line_text;
    size_t line_bytes;
    gt_field *fields;
    size_t *places; /* of a field: its column in the table */
    size_t count;
};

/* ---- cells ---- */

static char **cell_at(const gt_catalog *c, uint64_t row, size_t column) {
    return &c->table.cells[(row + 1) * c->table.columns + column];
}

static void trim(char **cell) {
    char *text = *cell + strspn(*cell, " \t");
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = 0;
    *cell = text;
}

static bool is_missing(const char *cell) {
    static const char *const words[] = {"", "nan", "null", "--"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(cell, words[i]) == 0) return true;
    return false;
}

/* A whole number that would not be written the same again is a name: 007, or one beyond int64.
 */
static bool is_whole(const char *cell, int64_t *value) {
    const char *digits = cell + (*cell == '-' || *cell == '+');
    bool is_padded = digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    return !is_padded && gt_text_to_int(cell, value, NULL) == GT_OK &&
           *value != GT_FIELD_NO_INTEGER;
}

static bool is_all_digits(const char *cell) {
    const char *digits = cell + (*cell == '-' || *cell == '+');
    return *digits && strspn(digits, "0123456789") == strlen(digits);
}

static bool is_real(const char *cell) {
    double value;
    return !is_all_digits(cell) && gt_text_to_real(cell, &value, NULL) == GT_OK;
}

/* 1,5: a number where the comma is the point. */
static bool has_decimal_comma(const char *cell) {
    const char *comma = strchr(cell, ',');
    size_t before = strspn(cell, "+-0123456789");
    return comma != NULL && cell + before == comma && before > 0 && comma[1] &&
           strspn(comma + 1, "0123456789") == strlen(comma + 1);
}

/* ---- types ---- */

typedef struct tally {
    uint64_t wholes, reals, texts, commas;
    uint64_t first_text, first_comma; /* rows */
    size_t longest;
} tally;

static tally count_cells(const gt_catalog *c, size_t column) {
    tally t = {.longest = 1};
    for (uint64_t row = 0; row < c->table.rows; row++) {
        const char *cell = *cell_at(c, row, column);
        int64_t whole;
        size_t length = strlen(cell);
        if (length > t.longest) t.longest = length;
        if (is_missing(cell)) continue;
        if (is_whole(cell, &whole)) {
            t.wholes++;
        } else if (is_real(cell)) {
            t.reals++;
        } else if (has_decimal_comma(cell)) {
            if (t.commas++ == 0) t.first_comma = row;
        } else if (t.texts++ == 0) {
            t.first_text = row;
        }
    }
    return t;
}

/* FITS says what is real and what is text; a CSV column is what its cells are. */
static gt_status find_type(gt_catalog *c, size_t column, gt_field *field, FILE *notes,
                           gt_error *err) {
    char stated = c->is_fits ? c->stated[column].type : 0, place[GT_CATALOG_PLACE];
    tally t = count_cells(c, column);
    uint64_t numbers = t.wholes + t.reals;
    field->type = t.texts > 0    ? GT_FIELD_TEXT
                  : t.reals > 0  ? GT_FIELD_REAL
                  : t.wholes > 0 ? GT_FIELD_INTEGER
                                 : GT_FIELD_REAL;
    if (stated == 'A' || stated == 'L') field->type = GT_FIELD_TEXT;
    if (stated == 'E' || stated == 'D') field->type = GT_FIELD_REAL;
    if (stated && strchr("BIJK", stated) && numbers + t.texts == 0)
        field->type = GT_FIELD_INTEGER;
    if (field->type == GT_FIELD_TEXT) field->length = t.longest;
    if (stated) return GT_OK;
    if (t.commas > 0 && t.texts == 0)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s, %s, column '%s': '%.60s' has a decimal comma, expected a point",
                       c->path, gt_catalog_place(c, t.first_comma, place), field->name,
                       *cell_at(c, t.first_comma, column));
    if (t.texts > 0 && numbers > t.texts)
        fprintf(notes, "column '%s' of %s is one of texts: %s has '%.60s' among numbers\n",
                field->name, c->path, gt_catalog_place(c, t.first_text, place),
                *cell_at(c, t.first_text, column));
    if (field->type == GT_FIELD_TEXT && field->length > 4096)
        return gt_fail(err, GT_BAD_FORMAT, "%s, column '%s': a text of %zu bytes, at most 4096",
                       c->path, field->name, field->length);
    return GT_OK;
}

static gt_status check_name(const gt_catalog *c, size_t column, gt_error *err) {
    const char *name = gt_csv_name(&c->table, column);
    if (!c->is_fits && *name == 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s, line %zu: column %zu has no name", c->path,
                       c->table.lines[0], column + 1);
    for (size_t i = 0; i < column; i++)
        if (strcasecmp(gt_csv_name(&c->table, i), name) == 0)
            return gt_fail(err, GT_BAD_FORMAT, "%s: columns %zu and %zu are both called '%s'",
                           c->path, i + 1, column + 1, name);
    return GT_OK;
}

static gt_status find_fields(gt_catalog *c, FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    c->fields = calloc(c->table.columns, sizeof *c->fields);
    c->places = calloc(c->table.columns, sizeof *c->places);
    if (c->fields == NULL || c->places == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu columns", c->table.columns);
    for (size_t i = 0; i < c->table.columns; i++) {
        const gt_fits_column *stated = c->is_fits ? &c->stated[i] : NULL;
        gt_field field = {.name = gt_csv_name(&c->table, i)};
        GT_TRY(check_name(c, i, err));
        if (stated != NULL && (!strchr("ABIJKEDL", stated->type) ||
                               (stated->type != 'A' && stated->repeat != 1))) {
            fprintf(notes, "column '%s' of %s is left out: it has not one value a row\n",
                    field.name, c->path);
            continue;
        }
        for (uint64_t row = 0; row < c->table.rows; row++) trim(cell_at(c, row, i));
        if (stated != NULL) {
            field.unit = *stated->unit ? stated->unit : NULL;
            field.description = *stated->description ? stated->description : NULL;
            field.ucd = *stated->ucd ? stated->ucd : NULL;
        }
        GT_TRY(find_type(c, i, &field, notes, err));
        c->places[c->count] = i;
        c->fields[c->count++] = field;
    }
done:
    return status;
}

/* ---- the whole ---- */

static gt_status begin_lines(gt_catalog *c, gt_error *err) {
    c->is_fits = true;
    c->stated = calloc(GT_FITS_COLUMNS, sizeof *c->stated);
    c->lines = open_memstream(&c->line_text, &c->line_bytes);
    if (c->stated != NULL && c->lines != NULL) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
}

static gt_status end_lines(gt_catalog *c, gt_error *err) {
    bool is_whole = fclose(c->lines) == 0;
    c->lines = NULL;
    if (!is_whole) return gt_fail(err, GT_NO_MEMORY, "out of memory for a catalogue");
    return gt_csv_parse(c->line_text, c->line_bytes, &c->table, err);
}

static gt_status parse(gt_catalog *c, const char *bytes, size_t size, gt_error *err) {
    gt_status status = GT_OK;
    bool is_fits = size >= 9 && memcmp(bytes, "SIMPLE  =", 9) == 0;
    if (!is_fits) return gt_csv_parse(bytes, size, &c->table, err);
    GT_TRY(begin_lines(c, err));
    GT_TRY(gt_catalog_add(c, bytes, size, err));
    GT_TRY(end_lines(c, err));
done:
    return status;
}

gt_status gt_catalog_begin(const char *path, gt_catalog **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_catalog *c = calloc(1, sizeof *c);
    if (c == NULL || (c->path = strdup(path)) == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    GT_TRY(begin_lines(c, err));
    *out = c;
    c = NULL;
done:
    gt_catalog_close(c);
    return status;
}

/* Lengths of texts may differ, units and descriptions are those of the first. */
static bool has_same_columns(const gt_catalog *c, const gt_fits_column *others, size_t count) {
    bool is_same = count == c->stated_count;
    for (size_t i = 0; i < count && is_same; i++)
        is_same = strcmp(c->stated[i].name, others[i].name) == 0 &&
                  c->stated[i].type == others[i].type &&
                  (c->stated[i].repeat == others[i].repeat || others[i].type == 'A');
    return is_same;
}

gt_status gt_catalog_add(gt_catalog *c, const char *bytes, size_t size, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t rows;
    size_t count;
    bool is_first = c->stated_count == 0;
    gt_fits_column *found = calloc(GT_FITS_COLUMNS, sizeof *found);
    if (found == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    GT_TRY(gt_fits_table_columns(bytes, size, found, &count, err));
    if (is_first) {
        memcpy(c->stated, found, count * sizeof *found);
        c->stated_count = count;
    } else if (!has_same_columns(c, found, count)) {
        GT_THROW(err, GT_MISMATCH, "a table with other columns than the first one");
    }
    GT_TRY(gt_fits_table_print(bytes, size, is_first, c->lines, &rows, err));
done:
    free(found);
    return status;
}

gt_status gt_catalog_end(gt_catalog *c, FILE *notes, gt_error *err) {
    gt_status status = end_lines(c, err);
    return status ? status : find_fields(c, notes, err);
}

gt_status gt_catalog_open(const char *path, FILE *notes, gt_catalog **out, gt_error *err) {
    gt_status status = GT_OK;
    char *bytes = NULL;
    size_t size = 0;
    gt_catalog *c = calloc(1, sizeof *c);
    if (c == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    c->path = strdup(path);
    if (c->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    status = parse(c, bytes, size, err);
    if (status) gt_blame(err, "%s", path);
    GT_TRY(status);
    if (c->table.rows == 0) GT_THROW(err, GT_BAD_FORMAT, "%s: a table without rows", path);
    GT_TRY(find_fields(c, notes, err));
    *out = c;
    c = NULL;
done:
    free(bytes);
    gt_catalog_close(c);
    return status;
}

void gt_catalog_close(gt_catalog *catalog) {
    if (catalog == NULL) return;
    if (catalog->lines != NULL) fclose(catalog->lines);
    free(catalog->line_text);
    gt_csv_free(&catalog->table);
    free(catalog->stated);
    free(catalog->fields);
    free(catalog->places);
    free(catalog->path);
    free(catalog);
}

const char *gt_catalog_path(const gt_catalog *catalog) {
    return catalog->path;
}

const char *gt_catalog_hint(const gt_catalog *catalog) {
    return catalog->is_fits ? "" : gt_csv_hint(&catalog->table);
}

uint64_t gt_catalog_rows(const gt_catalog *catalog) {
    return catalog->table.rows;
}

const gt_field *gt_catalog_fields(const gt_catalog *catalog, size_t *count) {
    *count = catalog->count;
    return catalog->fields;
}

const char *gt_catalog_text(const gt_catalog *catalog, uint64_t row, size_t field) {
    return *cell_at(catalog, row, catalog->places[field]);
}

gt_field_value gt_catalog_value(const gt_catalog *catalog, uint64_t row, size_t field) {
    const char *cell = gt_catalog_text(catalog, row, field);
    const gt_field *about = &catalog->fields[field];
    gt_field_value out = gt_field_missing(about);
    if (about->type == GT_FIELD_TEXT)
        out.text = cell;
    else if (is_missing(cell))
        return out;
    else if (about->type == GT_FIELD_INTEGER && gt_text_to_int(cell, &out.integer, NULL))
        out = gt_field_missing(about);
    else if (about->type == GT_FIELD_REAL && gt_text_to_real(cell, &out.real, NULL))
        out = gt_field_missing(about); /* an infinity, or a text of FITS that is no number */
    return out;
}

const char *gt_catalog_place(const gt_catalog *catalog, uint64_t row,
                             char out[GT_CATALOG_PLACE]) {
    if (catalog->is_fits)
        snprintf(out, GT_CATALOG_PLACE, "row %" PRIu64, row);
    else
        snprintf(out, GT_CATALOG_PLACE, "line %zu", catalog->table.lines[row + 1]);
    return out;
}

gt_status gt_catalog_bad(const gt_catalog *catalog, uint64_t row, size_t field,
                         const char *expected, gt_error *err) {
    char place[GT_CATALOG_PLACE];
    return gt_fail(err, GT_BAD_FORMAT, "%s, %s, column '%s': '%.60s', expected %s",
                   catalog->path, gt_catalog_place(catalog, row, place),
                   catalog->fields[field].name, gt_catalog_text(catalog, row, field), expected);
}
