/* object_table.c - the columns of sets behind those of a table. */
#include "object_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "galatea/log.h"
#include "merge_fields.h"

enum { MOST_COLUMNS = 900, NAME = GT_FIELD_NAME + 8, CLASS_TEXT = 16 };

/* What every set may have. */
enum { ID, RA, DEC, SIZE, LABEL, CLASS, SPLIT, KNOWN };

static const gt_table_column known[KNOWN] = {
    [ID] = {"id", GT_TABLE_TEXT, NULL, "name of the object"},
    [RA] = {"ra", GT_TABLE_REAL, "deg", "right ascension"},
    [DEC] = {"dec", GT_TABLE_REAL, "deg", "declination"},
    [SIZE] = {"angular_size", GT_TABLE_REAL, "arcsec", "angular size"},
    [LABEL] = {"label", GT_TABLE_INT, NULL, "number of the class"},
    [CLASS] = {"class", GT_TABLE_TEXT, NULL, "class as labelled"},
    [SPLIT] = {"split", GT_TABLE_TEXT, NULL, "part of the set"},
};

static const unsigned bits[KNOWN] = {GT_COLUMN_ID,   GT_COLUMN_RA,    GT_COLUMN_DEC,
                                     GT_COLUMN_SIZE, GT_COLUMN_LABEL, GT_COLUMN_LABEL,
                                     GT_COLUMN_SPLIT};

static const char *const split_names[GT_SPLIT_COUNT] = {"train", "test", "validation"};

const gt_table_column gt_object_about[GT_OBJECT_ABOUT] = {
    {"set", GT_TABLE_TEXT, NULL, "data set"},
    {"row", GT_TABLE_INT, NULL, "row of the data set, from 0"},
    {"id", GT_TABLE_TEXT, NULL, "name of the object"},
    {"ra", GT_TABLE_REAL, "deg", "right ascension"},
    {"dec", GT_TABLE_REAL, "deg", "declination"},
    {"class", GT_TABLE_TEXT, NULL, "label of the data set"}};

void gt_object_about_cells(const char *name, const gt_dataset_info *info,
                           const gt_row_columns *columns, uint64_t row,
                           gt_cell out[GT_OBJECT_ABOUT]) {
    gt_dataset_row about = gt_row_columns_at(columns, row);
    bool is_named = about.label >= 0 && (size_t)about.label < info->class_count;
    const gt_cell cells[GT_OBJECT_ABOUT] = {
        gt_cell_text(name),
        gt_cell_int((int64_t)row),
        gt_cell_text(about.id),
        gt_cell_real(about.ra),
        gt_cell_real(about.dec),
        gt_cell_text(is_named ? info->class_names[about.label] : NULL)};
    memcpy(out, cells, sizeof cells);
}

/* A set, and where its fields stand among those of all. */
typedef struct source {
    gt_dataset *data;
    gt_row_columns columns;
    size_t *map;
} source;

struct gt_object_table {
    gt_table *table;
    size_t own, known_count, field_count; /* field_count: those that have a column */
    int known[KNOWN];
    source *sources;
    size_t source_count;
    gt_field_list fields;
    gt_field_block row;
    gt_cell *cells;
};

/* ---- columns ---- */

typedef struct listing {
    gt_table_column *columns;
    char (*names)[NAME];
    size_t count, own;
} listing;

/* Beside numbers of codes another such name would be read back as one of them. */
static bool is_of_codes(const char *name) {
    size_t digits = strspn(name + (*name != 0), "0123456789");
    return (*name == 'c' || *name == 'C') && digits > 0 && name[1 + digits] == 0;
}

static bool is_listed(const listing *l, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (strcasecmp(l->columns[i].name, name) == 0 ||
            (i < l->own && strcmp(l->columns[i].name, "c0") == 0 && is_of_codes(name)))
            return true;
    return false;
}

/* A name that is free, which is told where the table has one such of its own. */
static const char *table_name(const listing *l, const char *name, char out[NAME]) {
    size_t length = (size_t)snprintf(out, NAME - 5, "%s", name);
    for (unsigned number = 2; is_listed(l, out) && number < 1000; number++)
        snprintf(out + length, 6, "_%u", number);
    if (strcmp(out, name) != 0)
        gt_remark(
            "column '%s' of the set is called '%s' in the table, which has such of its own",
            name, out);
    return out;
}

static void list_known(gt_object_table *t, listing *l) {
    unsigned there = 0;
    for (size_t i = 0; i < t->source_count; i++)
        there |= gt_dataset_describe(t->sources[i].data)->columns;
    for (int k = 0; k < KNOWN; k++) {
        if (!(there & bits[k]) || is_listed(l, known[k].name)) continue;
        t->known[t->known_count++] = k;
        l->columns[l->count++] = known[k];
    }
}

static void list_fields(gt_object_table *t, listing *l) {
    static const gt_table_kind kinds[] = {GT_TABLE_INT, GT_TABLE_REAL, GT_TABLE_TEXT};
    for (size_t i = 0; i < t->fields.count && l->count < MOST_COLUMNS; i++) {
        const gt_field *field = &t->fields.fields[i];
        const char *name = table_name(l, field->name, l->names[i]);
        l->columns[l->count++] = (gt_table_column){name, kinds[field->type], field->unit,
                                                   field->description, field->ucd};
        t->field_count++;
    }
    if (t->field_count < t->fields.count)
        gt_remark("a table has room for %d columns: %zu of the set are left out, from '%s' on",
                  MOST_COLUMNS, t->fields.count - t->field_count,
                  t->fields.fields[t->field_count].name);
}

static gt_status make_table(gt_object_table *t, const gt_table_column *own, gt_error *err) {
    gt_status status = GT_OK;
    size_t room = t->own + KNOWN + t->fields.count;
    listing l = {calloc(room, sizeof *l.columns), calloc(t->fields.count + 1, sizeof *l.names),
                 t->own, t->own};
    t->cells = calloc(room, sizeof *t->cells);
    if (!l.columns || !l.names || !t->cells)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    memcpy(l.columns, own, t->own * sizeof *own);
    list_known(t, &l);
    list_fields(t, &l);
    GT_TRY(gt_table_create(l.columns, l.count, &t->table, err));
done:
    free(l.columns);
    free(l.names);
    return status;
}

/* ---- sets ---- */

/* Fields of all sets as one list; that some lack one shows in its empty cells. */
static gt_status unite(gt_object_table *t, gt_dataset *const *sets, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t size = 0;
    FILE *notes = open_memstream(&text, &size);
    if (!notes) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    GT_TRY(gt_fields_unite(sets, t->source_count, notes, &t->fields, err));
    GT_TRY(gt_field_block_open(t->fields.fields, t->fields.count, 1, &t->row, err));
done:
    if (notes) fclose(notes);
    free(text);
    return status;
}

static gt_status open_source(gt_object_table *t, size_t i, gt_dataset *set, gt_error *err) {
    source *s = &t->sources[i];
    const gt_dataset_info *info = gt_dataset_describe(set);
    s->data = set;
    s->map = calloc(info->field_count + 1, sizeof *s->map);
    if (!s->map) return gt_fail(err, GT_NO_MEMORY, "no memory for a table");
    gt_fields_map(info->fields, info->field_count, &t->fields, s->map);
    return gt_row_columns_read(set, GT_COLUMNS_ALL, &s->columns, err);
}

gt_status gt_object_table_create(const char *name, const gt_table_column *own, size_t count,
                                 gt_dataset *const *sets, size_t set_count,
                                 gt_object_table **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_object_table *t = calloc(1, sizeof *t);
    if (!t) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    t->own = count;
    t->source_count = set_count;
    t->sources = calloc(set_count + 1, sizeof *t->sources);
    if (!t->sources) GT_THROW(err, GT_NO_MEMORY, "no memory for a table");
    GT_TRY(unite(t, sets, err));
    for (size_t i = 0; i < set_count; i++) GT_TRY(open_source(t, i, sets[i], err));
    GT_TRY(make_table(t, own, err));
    gt_table_call(t->table, name);
    *out = t;
    t = NULL;
done:
    gt_object_table_destroy(t);
    return status;
}

void gt_object_table_destroy(gt_object_table *table) {
    if (!table) return;
    gt_table_destroy(table->table);
    for (size_t i = 0; table->sources && i < table->source_count; i++)
        free(table->sources[i].map);
    free(table->sources);
    gt_field_block_close(&table->row);
    gt_field_list_free(&table->fields);
    free(table->cells);
    free(table);
}

/* ---- rows ---- */

/* Name of a class, or its number written into text; NULL for none. */
static const char *class_name(const gt_dataset_info *info, int32_t label,
                              char text[CLASS_TEXT]) {
    if (label < 0) return NULL;
    if ((size_t)label < info->class_count) return info->class_names[label];
    snprintf(text, CLASS_TEXT, "%d", (int)label);
    return text;
}

static gt_cell known_cell(const source *s, const gt_dataset_row *about, int which,
                          char text[CLASS_TEXT]) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    if (!(info->columns & bits[which])) return gt_cell_empty();
    switch (which) {
    case ID:
        return gt_cell_text(about->id);
    case RA:
        return gt_cell_real(about->ra);
    case DEC:
        return gt_cell_real(about->dec);
    case SIZE:
        return gt_cell_real(about->angular_size);
    case LABEL:
        return about->label < 0 ? gt_cell_empty() : gt_cell_int(about->label);
    case CLASS:
        return gt_cell_text(class_name(info, about->label, text));
    default:
        return gt_cell_text(split_names[about->split]);
    }
}

static gt_cell field_cell(const gt_field *field, gt_field_value value) {
    if (field->type == GT_FIELD_TEXT)
        return *value.text ? gt_cell_text(value.text) : gt_cell_empty();
    if (field->type == GT_FIELD_REAL) return gt_cell_real(value.real);
    return value.integer == GT_FIELD_NO_INTEGER ? gt_cell_empty() : gt_cell_int(value.integer);
}

gt_status gt_object_table_append(gt_object_table *table, size_t set, uint64_t row,
                                 const gt_cell *own, gt_error *err) {
    gt_status status = GT_OK;
    const source *s = &table->sources[set];
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    const gt_dataset_row about = gt_row_columns_at(&s->columns, row);
    const gt_field_value *values;
    gt_cell *to = table->cells + table->own;
    char text[CLASS_TEXT];
    memcpy(table->cells, own, table->own * sizeof *own);
    for (size_t k = 0; k < table->known_count; k++)
        *to++ = known_cell(s, &about, table->known[k], text);
    GT_TRY(gt_dataset_values(s->data, row, &values, err));
    if (table->field_count > 0)
        gt_fields_convert(info->fields, info->field_count, values, s->map, &table->row, 0);
    for (size_t i = 0; i < table->field_count; i++)
        *to++ = field_cell(&table->fields.fields[i], table->row.values[i]);
    GT_TRY(gt_table_append(table->table, table->cells, err));
done:
    return status;
}

gt_status gt_object_table_write(const gt_object_table *table, const char *path,
                                const char *provenance, gt_error *err) {
    return gt_table_write(table->table, path, provenance, err);
}
