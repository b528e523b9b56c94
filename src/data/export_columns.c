/* export_columns.c - the columns of a set as a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_internal.h"

enum { LABEL, CLASS, SPLIT, RA, DEC, SIZE, ID, ALL };

static const struct {
    unsigned bit;
    gt_table_column says;
} known[ALL] = {
    [LABEL] = {GT_COLUMN_LABEL, {"label", GT_TABLE_INT, NULL, "class, by number"}},
    [CLASS] = {GT_COLUMN_LABEL, {"class", GT_TABLE_TEXT, NULL, "class"}},
    [SPLIT] = {GT_COLUMN_SPLIT, {"split", GT_TABLE_TEXT, NULL, "train, test or validation"}},
    [RA] = {GT_COLUMN_RA, {"ra", GT_TABLE_REAL, "deg", "right ascension"}},
    [DEC] = {GT_COLUMN_DEC, {"dec", GT_TABLE_REAL, "deg", "declination"}},
    [SIZE] = {GT_COLUMN_SIZE, {"angular_size", GT_TABLE_REAL, "arcsec", "angular size"}},
    [ID] = {GT_COLUMN_ID, {"id", GT_TABLE_TEXT, NULL, "name of the source"}},
};

static bool has_column(const gt_dataset_info *info, int column) {
    return (info->columns & known[column].bit) && (column != CLASS || info->class_count > 0);
}

gt_status gt_export_table(const gt_dataset_info *info, gt_table **out, gt_cell **cells,
                          gt_error *err) {
    static const gt_table_kind kinds[] = {[GT_FIELD_INTEGER] = GT_TABLE_INT,
                                          [GT_FIELD_REAL] = GT_TABLE_REAL,
                                          [GT_FIELD_TEXT] = GT_TABLE_TEXT};
    gt_status status = GT_OK;
    size_t count = 0, most = ALL + info->field_count;
    gt_table_column *columns = calloc(most, sizeof *columns);
    *cells = calloc(most, sizeof **cells);
    if (!columns || !*cells) GT_THROW(err, GT_NO_MEMORY, "out of memory for a table");
    for (int c = 0; c < ALL; c++)
        if (has_column(info, c)) columns[count++] = known[c].says;
    for (size_t f = 0; f < info->field_count; f++) {
        const gt_field *field = &info->fields[f];
        columns[count++] = (gt_table_column){.name = field->name,
                                             .kind = kinds[field->type],
                                             .unit = field->unit,
                                             .description = field->description,
                                             .ucd = field->ucd};
    }
    if (count > 0) GT_TRY(gt_table_create(columns, count, out, err));
done:
    free(columns);
    return status;
}

static gt_cell cell_of(const gt_dataset_info *info, const gt_dataset_row *row, int column) {
    static const char *const splits[] = {"train", "test", "validation"};
    bool has_class = row->label >= 0 && (size_t)row->label < info->class_count;
    switch (column) {
    case LABEL:
        return row->label < 0 ? gt_cell_empty() : gt_cell_int(row->label);
    case CLASS:
        return has_class ? gt_cell_text(info->class_names[row->label]) : gt_cell_empty();
    case SPLIT:
        return gt_cell_text(splits[row->split]);
    case RA:
        return gt_cell_real(row->ra);
    case DEC:
        return gt_cell_real(row->dec);
    case SIZE:
        return gt_cell_real(row->angular_size);
    default:
        return gt_cell_text(row->id);
    }
}

static gt_cell field_cell(const gt_field *field, const gt_field_value *value) {
    if (!value) return gt_cell_empty();
    if (field->type == GT_FIELD_TEXT) return gt_cell_text(value->text);
    if (field->type == GT_FIELD_REAL) return gt_cell_real(value->real);
    return value->integer == GT_FIELD_NO_INTEGER ? gt_cell_empty()
                                                 : gt_cell_int(value->integer);
}

gt_status gt_export_row(const gt_dataset_info *info, const gt_dataset_row *row, gt_table *table,
                        gt_cell *cells, gt_error *err) {
    size_t count = 0;
    for (int c = 0; c < ALL; c++)
        if (has_column(info, c)) cells[count++] = cell_of(info, row, c);
    for (size_t f = 0; f < info->field_count; f++)
        cells[count++] = field_cell(&info->fields[f], row->values ? row->values + f : NULL);
    return gt_table_append(table, cells, err);
}
