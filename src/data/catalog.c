/* catalog.c - tables read into cells. */
#include "catalog.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog_internal.h"
#include "file.h"
#include "text.h"
#include "utf8.h"

#define MOST_BYTES ((size_t)1 << 34)

/* ---- the whole ---- */

static gt_status begin_lines(gt_catalog *c, gt_error *err) {
    c->is_fits = true;
    c->stated = calloc(GT_FITS_COLUMNS, sizeof *c->stated);
    c->lines = open_memstream(&c->line_text, &c->line_bytes);
    if (c->stated != NULL && c->lines != NULL) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
}

static void note_latin1(const gt_catalog *c, size_t bytes, FILE *notes) {
    char count[GT_COUNTED_SIZE];
    if (bytes > 0)
        fprintf(notes, "%s is not all UTF-8: %s of its texts %s read as Latin-1\n", c->path,
                gt_text_counted(bytes, "byte", count), bytes == 1 ? "is" : "are");
}

static gt_status end_lines(gt_catalog *c, FILE *notes, gt_error *err) {
    bool is_whole = fclose(c->lines) == 0;
    c->lines = NULL;
    if (!is_whole) return gt_fail(err, GT_NO_MEMORY, "out of memory for a catalogue");
    note_latin1(c, c->latin1, notes);
    return gt_csv_parse(c->line_text, c->line_bytes, &c->table, err);
}

static gt_status parse_csv(gt_catalog *c, const char *bytes, size_t size, FILE *notes,
                           gt_error *err) {
    char *text;
    size_t length, latin1 = gt_utf8_from_latin1(bytes, size, &text, &length);
    if (latin1 == 0) return gt_csv_parse(bytes, size, &c->table, err);
    if (text == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a catalogue");
    note_latin1(c, latin1, notes);
    gt_status status = gt_csv_parse(text, length, &c->table, err);
    free(text);
    return status;
}

#define BY_ASTROPY(what)                                          \
    what ", which is not read; in Python: import astropy.table; " \
         "astropy.table.Table.read(%p, format='ascii').write('catalogue.fits')"

/* Kinds of tables that are not read, by their first bytes, with the way to convert them
 * (gt_text_typed). */
static const struct {
    const char *begin, *way;
} not_read[] = {
    {"<?xml", "a VOTable, which is not read; stilts tcopy in=%s out=catalogue.fits, or Save "
              "Table in TOPCAT, makes FITS of it"},
    {"<VOTABLE", "a VOTable, which is not read; stilts tcopy in=%s out=catalogue.fits, or Save "
                 "Table in TOPCAT, makes FITS of it"},
    {"PAR1", "Parquet, which is not read; in Python: import pandas; "
             "pandas.read_parquet(%p).to_csv('catalogue.csv', index=False)"},
    {"ARROW1", "Arrow (Feather), which is not read; in Python: import pandas; "
               "pandas.read_feather(%p).to_csv('catalogue.csv', index=False)"},
    {"\x89HDF", "HDF5, which is no catalogue here; in Python: import astropy.table; "
                "astropy.table.Table.read(%p).write('catalogue.fits')"},
    {"PK\3\4", "a zip archive, as of a spreadsheet; save its table as CSV"},
    {"\x1f\x8b", "packed by gzip; gunzip -k %s"},
    {"\xff\xfe", "a text in UTF-16; iconv -f UTF-16 -t UTF-8 %s > catalogue.csv"},
    {"|", BY_ASTROPY("a table between bars, as of IPAC")},
    {"\\begin", BY_ASTROPY("a table of LaTeX")},
    {"\\", BY_ASTROPY("an IPAC table")},
    {"Title:", BY_ASTROPY("a table with a description byte by byte")},
    {"<html", BY_ASTROPY("a page of HTML")},
    {"<!DOCTYPE", BY_ASTROPY("a page of HTML")},
};

static gt_status refuse_others(const gt_catalog *c, const char *bytes, size_t size,
                               gt_error *err) {
    char way[sizeof err->text];
    for (size_t i = 0; i < sizeof not_read / sizeof *not_read; i++) {
        size_t length = strlen(not_read[i].begin);
        if (size < length || memcmp(bytes, not_read[i].begin, length) != 0) continue;
        return gt_fail(err, GT_UNSUPPORTED, "%s",
                       gt_text_typed(not_read[i].way, c->path, way, sizeof way));
    }
    return GT_OK;
}

static gt_status parse_fits(gt_catalog *c, const char *bytes, size_t size, const char *hdu,
                            FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    char there[GT_FITS_TABLES_TEXT];
    size_t at = 0;
    if (hdu != NULL) GT_TRY(gt_fits_table_find(bytes, size, hdu, &at, err));
    size_t tables = gt_fits_table_list(bytes, size, there);
    if (tables > 1 && hdu == NULL)
        fprintf(notes, "%s has %zu tables (%s), of which the first is taken; --catalog-hdu\n",
                c->path, tables, there);
    GT_TRY(begin_lines(c, err));
    GT_TRY(gt_catalog_add(c, bytes + at, size - at, err));
    GT_TRY(end_lines(c, notes, err));
done:
    return status;
}

static gt_status parse(gt_catalog *c, const char *bytes, size_t size, const char *hdu,
                       FILE *notes, gt_error *err) {
    gt_status status = refuse_others(c, bytes, size, err);
    if (status) return status;
    bool is_fits = size >= 9 && memcmp(bytes, "SIMPLE  =", 9) == 0;
    if (is_fits) return parse_fits(c, bytes, size, hdu, notes, err);
    if (hdu != NULL)
        return gt_fail(err, GT_USAGE, "no FITS file, of which --catalog-hdu takes a table");
    return parse_csv(c, bytes, size, notes, err);
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
                  c->stated[i].values == others[i].values &&
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
    GT_TRY(gt_fits_table_columns(bytes, size, c->spread, found, &count, err));
    if (is_first) {
        memcpy(c->stated, found, count * sizeof *found);
        c->stated_count = count;
    } else if (!has_same_columns(c, found, count)) {
        GT_THROW(err, GT_MISMATCH, "a table with other columns than the first one");
    }
    GT_TRY(gt_fits_table_print(bytes, size, is_first, c->spread, c->lines, &rows, &c->latin1,
                               err));
done:
    free(found);
    return status;
}

gt_status gt_catalog_end(gt_catalog *c, FILE *notes, gt_error *err) {
    gt_status status = end_lines(c, notes, err);
    return status ? status : gt_catalog_find_fields(c, notes, err);
}

static gt_status open_catalog(const char *path, const char *hdu, const char *spread,
                              FILE *notes, gt_catalog **out, gt_error *err) {
    gt_status status = GT_OK;
    char *bytes = NULL;
    size_t size = 0;
    gt_catalog *c = calloc(1, sizeof *c);
    if (c == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    c->spread = spread;
    c->path = strdup(path);
    if (c->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a catalogue");
    GT_TRY(gt_file_load(path, MOST_BYTES, &bytes, &size, err));
    status = parse(c, bytes, size, hdu, notes, err);
    if (status) gt_blame(err, "%s", path);
    GT_TRY(status);
    if (c->table.rows == 0) GT_THROW(err, GT_BAD_FORMAT, "%s: a table without rows", path);
    GT_TRY(gt_catalog_find_fields(c, notes, err));
    if (c->count == 0)
        GT_THROW(err, GT_BAD_FORMAT, "%s: none of its columns has one value a row", path);
    *out = c;
    c = NULL;
done:
    free(bytes);
    gt_catalog_close(c);
    return status;
}

gt_status gt_catalog_open(const char *path, const char *hdu, FILE *notes, gt_catalog **out,
                          gt_error *err) {
    return open_catalog(path, hdu, NULL, notes, out, err);
}

gt_status gt_catalog_open_spread(const char *path, const char *list, FILE *notes,
                                 gt_catalog **out, gt_error *err) {
    return open_catalog(path, NULL, list != NULL ? list : "", notes, out, err);
}

void gt_catalog_close(gt_catalog *catalog) {
    if (catalog == NULL) return;
    if (catalog->lines != NULL) fclose(catalog->lines);
    free(catalog->line_text);
    for (size_t i = 0; catalog->titles && i < catalog->table.columns; i++)
        free(catalog->titles[i].whole);
    free(catalog->titles);
    free(catalog->angles[0]);
    free(catalog->angles[1]);
    gt_csv_free(&catalog->table);
    free(catalog->stated);
    free(catalog->fields);
    free(catalog->places);
    free(catalog->path);
    free(catalog);
}

/* As a row of values where names are expected. */
static bool has_numbers_as_names(const gt_csv *table) {
    size_t i = 0;
    double number;
    while (i < table->columns && gt_text_to_real(table->cells[i], &number, NULL) == GT_OK) i++;
    return i == table->columns;
}

const char *gt_catalog_hint(const gt_catalog *catalog) {
    if (!catalog->is_fits && has_numbers_as_names(&catalog->table))
        return "; its first line holds numbers, expected names of columns";
    if (!catalog->is_fits) return gt_csv_hint(&catalog->table);
    return catalog->spread != NULL ? "; of several columns of lists --dataset names one" : "";
}

void gt_catalog_leave_out(gt_catalog *catalog, const bool *fields) {
    size_t kept = 0;
    for (size_t i = 0; i < catalog->count; i++) {
        if (fields[i]) continue;
        catalog->fields[kept] = catalog->fields[i];
        catalog->places[kept++] = catalog->places[i];
    }
    catalog->count = kept;
}
