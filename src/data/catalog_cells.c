/* catalog_cells.c - what is asked of a catalogue that was read. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "catalog_internal.h"
#include "text.h"

const char *gt_catalog_path(const gt_catalog *catalog) {
    return catalog->path;
}

uint64_t gt_catalog_rows(const gt_catalog *catalog) {
    return catalog->table.rows;
}

const gt_field *gt_catalog_fields(const gt_catalog *catalog, size_t *count) {
    *count = catalog->count;
    return catalog->fields;
}

char **gt_catalog_cell(const gt_catalog *c, uint64_t row, size_t column) {
    return &c->table.cells[(row + 1) * c->table.columns + column];
}

const char *gt_catalog_text(const gt_catalog *catalog, uint64_t row, size_t field) {
    return *gt_catalog_cell(catalog, row, catalog->places[field]);
}

size_t gt_catalog_find(const gt_catalog *catalog, const char *name) {
    size_t at = gt_field_find(catalog->fields, catalog->count, name);
    for (size_t i = 0; at == catalog->count && i < catalog->count; i++) {
        const char *title = catalog->titles[catalog->places[i]].whole;
        if (title != NULL && strcasecmp(title, name) == 0) return i;
    }
    return at;
}

gt_field_value gt_catalog_value(const gt_catalog *catalog, uint64_t row, size_t field) {
    const char *cell = gt_catalog_text(catalog, row, field);
    const gt_field *about = &catalog->fields[field];
    gt_field_value out = gt_field_missing(about);
    if (about->type == GT_FIELD_TEXT)
        out.text = cell;
    else if (*cell == 0)
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
