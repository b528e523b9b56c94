/* code_table.c - see code_table.h. */
#include "code_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "file.h"

enum { MOST_NUMBERS = 850, FIRST = 2, NAME = 24 };

struct gt_code_table {
    gt_object_table *table;
    gt_row_columns columns;
    size_t width;
    gt_cell *cells;
};

bool gt_code_table_is_meant(const char *path) {
    return gt_file_ending(path, GT_TABLE_ENDINGS) >= 0;
}

static gt_status make_table(gt_code_table *t, gt_dataset *set, gt_error *err) {
    gt_status status = GT_OK;
    gt_table_column *columns = calloc(FIRST + t->width, sizeof *columns);
    char(*names)[NAME] = calloc(t->width, sizeof *names);
    if (!columns || !names) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    columns[0] = (gt_table_column){"row", GT_TABLE_INT, NULL, "row of the set, from 0"};
    columns[1] = (gt_table_column){"id", GT_TABLE_TEXT, NULL, "name of the object"};
    for (size_t i = 0; i < t->width; i++) {
        snprintf(names[i], NAME, "c%zu", i);
        columns[FIRST + i] = (gt_table_column){names[i], GT_TABLE_FLOAT, NULL, "of the code"};
    }
    GT_TRY(gt_object_table_create("CODES", columns, FIRST + t->width, &set, 1, &t->table, err));
done:
    free(columns);
    free(names);
    return status;
}

gt_status gt_code_table_create(const char *path, gt_dataset *set, size_t width,
                               gt_code_table **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_code_table *t = NULL;
    if (width > MOST_NUMBERS)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s: codes of %zu numbers, expected at most %d in a table: .h5 has room for "
                 "them, and galatea data export makes .npy or .npz of it",
                 path, width, MOST_NUMBERS);
    t = calloc(1, sizeof *t);
    if (!t) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    t->width = width;
    t->cells = calloc(FIRST + width, sizeof *t->cells);
    if (!t->cells) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    GT_TRY(gt_row_columns_read(set, GT_COLUMN_ID, &t->columns, err));
    GT_TRY(make_table(t, set, err));
    *out = t;
    t = NULL;
done:
    gt_code_table_destroy(t);
    return status;
}

void gt_code_table_destroy(gt_code_table *table) {
    if (!table) return;
    gt_object_table_destroy(table->table);
    free(table->cells);
    free(table);
}

gt_status gt_code_table_append(gt_code_table *table, uint64_t row, const float *code,
                               gt_error *err) {
    table->cells[0] = gt_cell_int((int64_t)row);
    table->cells[1] = gt_cell_text(gt_row_columns_at(&table->columns, row).id);
    for (size_t i = 0; i < table->width; i++) table->cells[FIRST + i] = gt_cell_float(code[i]);
    return gt_object_table_append(table->table, 0, row, table->cells, err);
}

gt_status gt_code_table_write(const gt_code_table *table, const char *path,
                              const char *provenance, gt_error *err) {
    return gt_object_table_write(table->table, path, provenance, err);
}
