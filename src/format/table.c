/* table.c - columns that grow, and their CSV form. */
#include "table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "file.h"
#include "outfile.h"
#include "table_internal.h"

enum { NAME_LENGTH = 240, MOST_COLUMNS = 900, FIRST_ROOM = 64, FIRST_TEXT_ROOM = 1024 };

static bool is_name(const char *name) {
    size_t length = name ? strlen(name) : 0;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f) return false;
    return length && length <= NAME_LENGTH;
}

static gt_status check_columns(const gt_table_column *columns, size_t count, gt_error *err) {
    if (count < 1 || count > MOST_COLUMNS)
        return gt_fail(err, GT_BAD_ARGUMENT, "a table of %zu columns, expected 1 to %d", count,
                       MOST_COLUMNS);
    for (size_t i = 0; i < count; i++) {
        if (!is_name(columns[i].name))
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "a column named '%s', expected 1 to %d bytes without control "
                           "characters",
                           columns[i].name ? columns[i].name : "", NAME_LENGTH);
        for (size_t k = 0; k < i; k++)
            if (strcasecmp(columns[i].name, columns[k].name) == 0)
                return gt_fail(err, GT_BAD_ARGUMENT, "two columns named '%s'", columns[i].name);
    }
    return GT_OK;
}

/* A copy of text, NULL for NULL; false without memory. */
static bool copy_text(const char *text, const char **out) {
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

static gt_status no_memory(gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
}

/* A name means the same in every table. */
static const char *ucd_of(const gt_table_column *column) {
    static const char *const known[][2] = {
        {"ra", "pos.eq.ra;meta.main"}, {"dec", "pos.eq.dec;meta.main"},
        {"id", "meta.id;meta.main"},   {"row", "meta.record"},
        {"class", "src.class"},        {"label", "meta.code.class"},
        {"split", "meta.code"},        {"angular_size", "phys.angSize"},
        {"flag", "meta.code.qual"},    {"log_density", "stat.likelihood"},
    };
    for (size_t i = 0; !column->ucd && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i][0], column->name) == 0) return known[i][1];
    return column->ucd;
}

gt_status gt_table_create(const gt_table_column *columns, size_t count, gt_table **out,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_table *table = NULL;
    GT_TRY(check_columns(columns, count, err));
    table = calloc(1, sizeof *table);
    if (table) table->columns = calloc(count, sizeof *table->columns);
    if (table) table->texts = calloc(1, FIRST_TEXT_ROOM);
    if (!table || !table->columns || !table->texts) GT_TRY(no_memory(err));
    table->name = "TABLE";
    table->count = count;
    table->text_size = 1;
    table->text_room = FIRST_TEXT_ROOM;
    for (size_t i = 0; i < count; i++) {
        table_column *column = &table->columns[i];
        column->says.kind = columns[i].kind;
        column->width = 1;
        if (!copy_text(columns[i].name, &column->says.name) ||
            !copy_text(columns[i].unit, &column->says.unit) ||
            !copy_text(columns[i].description, &column->says.description) ||
            !copy_text(ucd_of(&columns[i]), &column->says.ucd))
            GT_TRY(no_memory(err));
    }
    *out = table;
    table = NULL;
done:
    gt_table_destroy(table);
    return status;
}

void gt_table_call(gt_table *table, const char *name) {
    table->name = name;
}

void gt_table_destroy(gt_table *table) {
    if (!table) return;
    for (size_t i = 0; table->columns && i < table->count; i++) {
        table_column *column = &table->columns[i];
        free((char *)(uintptr_t)column->says.name);
        free((char *)(uintptr_t)column->says.unit);
        free((char *)(uintptr_t)column->says.description);
        free((char *)(uintptr_t)column->says.ucd);
        free(column->whole);
    }
    free(table->columns);
    free(table->texts);
    free(table);
}

/* ---- rows -----------------------------------------------------------------------------------
 */

/* Every kind of cell has 8 bytes, so one pointer of the union stands for all. */
static gt_status grow_rows(gt_table *table, gt_error *err) {
    if (table->rows < table->room) return GT_OK;
    uint64_t room = table->room ? table->room * 2 : FIRST_ROOM;
    for (size_t i = 0; i < table->count; i++) {
        int64_t *larger = realloc(table->columns[i].whole, room * sizeof *larger);
        if (!larger) return no_memory(err);
        table->columns[i].whole = larger;
    }
    table->room = room;
    return GT_OK;
}

static gt_status keep_text(gt_table *table, const char *text, uint64_t *place, gt_error *err) {
    size_t size = strlen(text) + 1;
    *place = 0;
    if (size == 1) return GT_OK;
    if (table->text_size + size > table->text_room) {
        uint64_t room = 2 * (table->text_size + size);
        char *larger = realloc(table->texts, room);
        if (!larger) return no_memory(err);
        table->texts = larger;
        table->text_room = room;
    }
    memcpy(table->texts + table->text_size, text, size);
    *place = table->text_size;
    table->text_size += size;
    return GT_OK;
}

static bool fits_in(gt_cell_kind cell, gt_table_kind column) {
    switch (cell) {
    case GT_CELL_EMPTY:
        return true;
    case GT_CELL_INT:
        return column != GT_TABLE_TEXT;
    case GT_CELL_REAL:
    case GT_CELL_FLOAT:
        return column == GT_TABLE_REAL || column == GT_TABLE_FLOAT;
    default:
        return column == GT_TABLE_TEXT;
    }
}

static gt_status put_cell(gt_table *table, table_column *column, const gt_cell *cell,
                          gt_error *err) {
    uint64_t row = table->rows;
    if (!fits_in(cell->kind, column->says.kind))
        return gt_fail(err, GT_BAD_ARGUMENT, "a cell of another kind than its column '%s'",
                       column->says.name);
    if (column->says.kind == GT_TABLE_INT) {
        column->whole[row] = cell->kind == GT_CELL_EMPTY ? TABLE_EMPTY_INT : cell->whole;
        column->has_empty |= column->whole[row] == TABLE_EMPTY_INT;
    } else if (column->says.kind == GT_TABLE_TEXT) {
        const char *text = cell->kind == GT_CELL_EMPTY ? "" : cell->text;
        size_t width = gt_table_fits_text(text, NULL);
        if (width > column->width) column->width = width;
        return keep_text(table, text, &column->place[row], err);
    } else {
        column->real[row] = cell->kind == GT_CELL_EMPTY ? NAN
                            : cell->kind == GT_CELL_INT ? (double)cell->whole
                                                        : cell->real;
    }
    return GT_OK;
}

gt_status gt_table_append(gt_table *table, const gt_cell *cells, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(grow_rows(table, err));
    for (size_t i = 0; i < table->count; i++)
        GT_TRY(put_cell(table, &table->columns[i], &cells[i], err));
    table->rows++;
done:
    return status;
}

/* ---- files ----------------------------------------------------------------------------------
 */

static gt_cell cell_at(const gt_table *table, size_t index, uint64_t row) {
    const table_column *column = &table->columns[index];
    const char *text;
    switch (column->says.kind) {
    case GT_TABLE_INT:
        return column->whole[row] == TABLE_EMPTY_INT ? gt_cell_empty()
                                                     : gt_cell_int(column->whole[row]);
    case GT_TABLE_REAL:
        return isnan(column->real[row]) ? gt_cell_empty() : gt_cell_real(column->real[row]);
    case GT_TABLE_FLOAT:
        return isnan(column->real[row]) ? gt_cell_empty()
                                        : gt_cell_float((float)column->real[row]);
    default:
        text = gt_table_text_at(table, index, row);
        return *text ? gt_cell_text(text) : gt_cell_empty();
    }
}

static gt_status write_csv(const gt_table *table, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    FILE *stream;
    const char **names = calloc(table->count, sizeof *names);
    gt_cell *cells = calloc(table->count, sizeof *cells);
    if (!names || !cells) GT_TRY(no_memory(err));
    GT_TRY(gt_outfile_open(path, &file, err));
    stream = gt_outfile_stream(file);
    if (!stream) GT_TRY(no_memory(err));
    for (size_t i = 0; i < table->count; i++) names[i] = table->columns[i].says.name;
    gt_record_header(stream, GT_RECORD_CSV, names, table->count);
    for (uint64_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->count; i++) cells[i] = cell_at(table, i, row);
        gt_record_row(stream, GT_RECORD_CSV, names, cells, table->count);
    }
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    free(names);
    free(cells);
    return status;
}

gt_status gt_table_write(const gt_table *table, const char *path, const char *provenance,
                         gt_error *err) {
    gt_status status = gt_file_check_ending(NULL, path, GT_TABLE_ENDINGS, err);
    if (status) return status;
    return gt_file_ending(path, "csv") == 0 ? write_csv(table, path, err)
                                            : gt_table_write_fits(table, path, provenance, err);
}
