/* csv.c - one pass over a copy of the bytes: cells are ended in place. */
#include "csv.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ecsv.h"
#include "text.h"

enum { MOST_COLUMNS = 10000, MOST_CELLS = 100000000 };

typedef struct reader {
    char *at, *end;
    size_t count, room, line, in_line, begun, line_room, about_count;
    char delimiter;
    gt_csv *csv;
} reader;

static gt_status add_cell(reader *r, char *cell, gt_error *err) {
    gt_csv *csv = r->csv;
    if (r->in_line == MOST_COLUMNS || r->count == MOST_CELLS)
        return gt_fail(err, GT_BAD_FORMAT, "line %zu: more than %d columns or %d cells",
                       r->line, MOST_COLUMNS, MOST_CELLS);
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        char **larger = realloc(csv->cells, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
        csv->cells = larger;
        r->room = room;
    }
    csv->cells[r->count++] = cell;
    r->in_line++;
    return GT_OK;
}

/* Takes the quotes away; r->at stands behind the last one. */
static gt_status read_quoted(reader *r, char **cell, gt_error *err) {
    size_t begun = r->line;
    char *to = ++r->at;
    *cell = to;
    for (; r->at < r->end; r->at++) {
        if (*r->at == '"' && (r->at + 1 == r->end || r->at[1] != '"')) {
            r->at++;
            *to = '\0'; /* at the latest where the closing quote was */
            return GT_OK;
        }
        if (*r->at == '"') r->at++;
        if (*r->at == '\n') r->line++;
        *to++ = *r->at;
    }
    return gt_fail(err, GT_BAD_FORMAT, "line %zu: a quote that is not closed", begun);
}

/* Ends a line of cells. */
static gt_status end_line(reader *r, gt_error *err) {
    gt_csv *csv = r->csv;
    char found[GT_COUNTED_SIZE];
    if (!csv->columns) csv->columns = r->in_line;
    if (r->in_line != csv->columns)
        return gt_fail(err, GT_BAD_FORMAT, "line %zu: %s, expected %zu%s", r->line,
                       gt_text_counted(r->in_line, "cell", found), csv->columns,
                       gt_csv_hint(csv));
    size_t row = r->count / csv->columns - 1;
    if (row == r->line_room) {
        size_t room = row ? 2 * row : 256;
        size_t *larger = realloc(csv->lines, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
        csv->lines = larger;
        r->line_room = room;
    }
    csv->lines[row] = r->begun;
    r->in_line = 0;
    r->line++;
    return GT_OK;
}

static bool ends_cell(const reader *r) {
    return *r->at == r->delimiter || *r->at == '\n';
}

/* Steps over a line without anything in it; of one column it would be a missing value. */
static bool skip_empty_line(reader *r) {
    const char *at = r->at;
    if (r->in_line > 0 || r->csv->columns < 2) return false;
    at += at < r->end && *at == '\r';
    if (at == r->end || *at != '\n') return false;
    r->at += at + 1 - r->at;
    r->line++;
    return true;
}

/* One cell and what ends it. The byte at `end` is zero and the reader's own. */
static gt_status read_cell(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    char *cell = r->at;
    if (skip_empty_line(r)) return GT_OK;
    if (!r->in_line) r->begun = r->line;
    if (r->at < r->end && *r->at == '"')
        GT_TRY(read_quoted(r, &cell, err));
    else
        while (r->at < r->end && !ends_cell(r)) r->at++;
    char *stop = r->at;
    if (cell < stop && stop[-1] == '\r' && (stop == r->end || *stop == '\n') && cell != stop)
        stop[-1] = '\0';
    if (r->at < r->end && *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n') r->at++;
    if (r->at < r->end && !ends_cell(r))
        GT_THROW(err, GT_BAD_FORMAT, "line %zu: text behind a closing quote", r->line);
    GT_TRY(add_cell(r, cell, err));
    bool is_last = r->at == r->end || *r->at == '\n';
    if (r->at < r->end) *r->at++ = '\0';
    if (is_last) return end_line(r, err);
    /* a delimiter as the file's last byte has an empty cell behind it */
    if (r->at == r->end) {
        GT_TRY(add_cell(r, r->end, err));
        GT_TRY(end_line(r, err));
    }
done:
    return status;
}

/* ---- names ---- */

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

static char *trim(char *text) {
    size_t length = strlen(text);
    while (length && is_blank(text[length - 1])) text[--length] = '\0';
    while (is_blank(*text)) text++;
    return text;
}

/* Whether a line has a number among its cells, as lines of names have not. */
static bool has_number(const char *at, const char *end) {
    char cell[64];
    double ignored;
    while (at < end && *at != '\n') {
        size_t length = 0;
        for (; at < end && !(*at && strchr(",;\t\n", *at)); at++)
            if (*at != '\r' && length + 1 < sizeof cell) cell[length++] = *at;
        cell[length] = '\0';
        if (gt_text_to_real(trim(cell), &ignored, NULL) == GT_OK) return true;
        if (at < end && *at != '\n') at++;
    }
    return false;
}

/* Where numbers follow at once, the last comment has the names. */
static void skip_comments(reader *r) {
    char *last = NULL;
    for (; r->at < r->end && *r->at == '#'; r->line++) {
        char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
        last = r->at;
        r->at = stop ? stop + 1 : r->end;
    }
    if (!last || r->csv->about || (r->at < r->end && !has_number(r->at, r->end))) return;
    r->at = last + 1;
    r->line--;
}

/* Names between which there are tabs, or semicolons, and no comma, say what stands between
 * cells. */
static char find_delimiter(const reader *r) {
    static const char others[] = "\t;";
    bool is_quoted = false, has[2] = {false};
    for (const char *at = r->at; at < r->end && (is_quoted || *at != '\n'); at++) {
        const char *other = *at ? strchr(others, *at) : NULL;
        if (*at == '"') is_quoted = !is_quoted;
        if (*at == ',' && !is_quoted) return ',';
        if (other && !is_quoted) has[other - others] = true;
    }
    return has[0] ? others[0] : has[1] ? others[1] : ',';
}

const char *gt_csv_hint(const gt_csv *csv) {
    const char *name = csv->columns == 1 ? csv->cells[0] : "";
    name += strspn(name, " ");
    return name[strcspn(name, " |")] ? "; columns are separated by commas" : "";
}

/* ---- all ---- */

/* What the header of an ECSV table says; of other tables nothing. */
static gt_status read_header(reader *r, gt_error *err) {
    gt_ecsv ecsv;
    gt_csv *csv = r->csv;
    if (!gt_ecsv_is_one(r->at, (size_t)(r->end - r->at))) return GT_OK;
    gt_status status = gt_ecsv_read(r->at, (size_t)(r->end - r->at), &ecsv, err);
    csv->about = ecsv.columns;
    csv->about_text = ecsv.text;
    r->about_count = ecsv.count;
    if (csv->about) r->delimiter = ecsv.delimiter;
    return status;
}

static gt_status check_header(const reader *r, gt_error *err) {
    const gt_csv *csv = r->csv;
    if (csv->about && r->about_count != csv->columns)
        return gt_fail(err, GT_BAD_FORMAT, "line %zu: %zu columns, but an ECSV header of %zu",
                       csv->lines[0], csv->columns, r->about_count);
    for (size_t c = 0; csv->about && c < csv->columns; c++)
        if (!csv->about[c].name || strcmp(csv->about[c].name, csv->cells[c]) != 0)
            return gt_fail(err, GT_BAD_FORMAT,
                           "line %zu: column '%.60s', but an ECSV header with '%.60s' there",
                           csv->lines[0], csv->cells[c],
                           csv->about[c].name ? csv->about[c].name : "");
    return GT_OK;
}

gt_status gt_csv_parse(const char *bytes, size_t size, gt_csv *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_csv){0};
    reader r = {.csv = out, .line = 1, .delimiter = ','};
    if (memchr(bytes, 0, size)) GT_THROW(err, GT_BAD_FORMAT, "a zero byte in a CSV table");
    if (size > SIZE_MAX - 1 || !(out->text = malloc(size + 1)))
        GT_THROW(err, GT_NO_MEMORY, "no memory for a table of %zu bytes", size);
    memcpy(out->text, bytes, size);
    out->text[size] = '\0';
    r.at = out->text;
    r.end = out->text + size;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) r.at += 3;
    GT_TRY(read_header(&r, err));
    skip_comments(&r);
    if (!out->about) r.delimiter = find_delimiter(&r);
    if (r.at == r.end) GT_THROW(err, GT_BAD_FORMAT, "an empty file, expected a CSV table");
    while (r.at < r.end) GT_TRY(read_cell(&r, err));
    for (size_t c = 0; c < out->columns; c++) out->cells[c] = trim(out->cells[c]);
    out->rows = r.count / out->columns - 1;
    GT_TRY(check_header(&r, err));
done:
    if (status) gt_csv_free(out);
    return status;
}

const char *gt_csv_name(const gt_csv *csv, size_t column) {
    return csv->cells[column];
}

const char *gt_csv_cell(const gt_csv *csv, size_t row, size_t column) {
    return csv->cells[(row + 1) * csv->columns + column];
}

size_t gt_csv_column(const gt_csv *csv, const char *name) {
    for (size_t c = 0; c < csv->columns; c++)
        if (strcmp(csv->cells[c], name) == 0) return c;
    return csv->columns;
}

double gt_csv_number(const gt_csv *csv, size_t row, size_t column) {
    double value;
    char text[64];
    const char *cell = gt_csv_cell(csv, row, column);
    size_t length = strlen(cell);
    if (length && length < sizeof text && (is_blank(*cell) || is_blank(cell[length - 1])))
        cell = trim(memcpy(text, cell, length + 1));
    return gt_text_to_real(cell, &value, NULL) ? NAN : value;
}

void gt_csv_free(gt_csv *csv) {
    free(csv->cells);
    free(csv->lines);
    free(csv->text);
    free(csv->about);
    free(csv->about_text);
    *csv = (gt_csv){0};
}
