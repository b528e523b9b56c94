/* export_npz.c - arrays of NumPy in one archive: the pictures, their planes, and an array for
 * each column, which waits in memory until the pictures are written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "export_internal.h"
#include "npy_write.h"
#include "text.h"
#include "zip_write.h"

/* How NumPy has the values of gt_columns; texts by their length. */
static const char *const types[GT_COLUMN_COUNT] = {"<i4", "|u1", "<f8", "<f8", "<f8", ""};

typedef struct column {
    char name[GT_FIELD_NAME + 16], type[24];
    int what;      /* place in gt_columns; GT_COLUMN_COUNT: a field */
    size_t field;  /* its number */
    size_t each;   /* bytes of a value; of texts 4 for each byte that UTF-8 takes */
    uint8_t *data; /* of all rows */
} column;

typedef struct archive {
    gt_zip *zip;
    column *columns;
    size_t count, room;    /* columns; rows that they have room for */
    uint64_t rows, planes; /* pictures; rows of the plane that is open */
    unsigned plane;        /* GT_PLANE_; 0: none yet */
} archive;

static void discard_archive(gt_export *self) {
    archive *a = self->own;
    gt_zip_discard(a->zip);
    for (size_t i = 0; a->columns && i < a->count; i++) free(a->columns[i].data);
    free(a->columns);
    free(a);
}

/* ---- columns ---- */

static void set_text(column *c, size_t length) {
    size_t characters = length ? length : 1;
    snprintf(c->type, sizeof c->type, "<U%zu", characters);
    c->each = 4 * characters;
}

/* A field that is called as an array of another kind has another name. */
static void add_field(archive *a, const gt_dataset_info *info, size_t number) {
    const char *const taken[] = {gt_main_array(info->kind), gt_plane_names[0],
                                 gt_plane_names[1], "label_names"};
    const gt_field *field = &info->fields[number];
    column *c = &a->columns[a->count++];
    bool is_taken = false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        is_taken |= strcmp(field->name, taken[i]) == 0;
    *c = (column){.what = GT_COLUMN_COUNT, .field = number, .each = 8};
    snprintf(c->name, sizeof c->name, "%s%s", field->name, is_taken ? "_column" : "");
    snprintf(c->type, sizeof c->type, "%s", field->type == GT_FIELD_REAL ? "<f8" : "<i8");
    if (field->type == GT_FIELD_TEXT) set_text(c, field->length);
}

static gt_status list_columns(gt_export *self, archive *a, gt_error *err) {
    const gt_dataset_info *info = &self->info;
    a->columns = calloc(GT_COLUMN_COUNT + info->field_count, sizeof *a->columns);
    if (!a->columns) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    for (int k = 0; k < GT_COLUMN_COUNT; k++) {
        if (!(info->columns & gt_columns[k].bit)) continue;
        column *c = &a->columns[a->count++];
        *c = (column){.what = k, .each = gt_columns[k].size};
        snprintf(c->name, sizeof c->name, "%s", gt_columns[k].name);
        snprintf(c->type, sizeof c->type, "%s", types[k]);
        if (k == GT_PLACE_ID) set_text(c, info->id_length);
    }
    for (size_t f = 0; f < info->field_count; f++) add_field(a, info, f);
    return GT_OK;
}

static gt_status grow(archive *a, size_t more, gt_error *err) {
    if (a->rows + more <= a->room) return GT_OK;
    size_t room = 2 * (a->room + more);
    for (size_t i = 0; i < a->count; i++) {
        column *c = &a->columns[i];
        uint8_t *grown = realloc(c->data, room * c->each);
        if (!grown) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
        c->data = grown;
    }
    a->room = room;
    return GT_OK;
}

/* The code point that a text begins with; what is no UTF-8 stands as '?'. */
static uint32_t point_at(const char **text) {
    const uint8_t *at = (const uint8_t *)*text;
    size_t length = gt_utf8_length(*text);
    *text += length ? length : 1;
    if (length < 2) return length ? at[0] : '?';
    uint32_t point = at[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) point = point << 6 | (at[i] & 0x3fu);
    return point;
}

static void put_text(const column *c, const char *text, uint8_t *to) {
    memset(to, 0, c->each);
    for (size_t i = 0; text && *text && i < c->each; i += 4) {
        uint32_t point = point_at(&text);
        memcpy(to + i, &point, sizeof point);
    }
}

/* Texts become as wide as the longest of `count`: what is imported has room for four bytes a
 * character, and would grow with every export. */
static void narrow_texts(column *c, size_t count) {
    static const uint8_t none[4];
    size_t each = sizeof none;
    for (size_t i = 0; i < count; i++) {
        size_t end = c->each;
        while (end > each && memcmp(c->data + i * c->each + end - 4, none, 4) == 0) end -= 4;
        each = end;
    }
    for (size_t i = 0; i < count; i++) memmove(c->data + i * each, c->data + i * c->each, each);
    set_text(c, each / 4);
}

static void put_value(const gt_dataset_info *info, const column *c, const gt_dataset_row *row,
                      uint8_t *to) {
    const double reals[GT_COLUMN_COUNT] = {[GT_PLACE_RA] = row->ra,
                                           [GT_PLACE_DEC] = row->dec,
                                           [GT_PLACE_ANGULAR_SIZE] = row->angular_size};
    if (c->what == GT_PLACE_LABEL) {
        memcpy(to, &row->label, sizeof row->label);
    } else if (c->what == GT_PLACE_SPLIT) {
        *to = row->split;
    } else if (c->what == GT_PLACE_ID) {
        put_text(c, row->id, to);
    } else if (c->what < GT_COLUMN_COUNT) {
        memcpy(to, &reals[c->what], sizeof(double));
    } else {
        const gt_field *field = &info->fields[c->field];
        gt_field_value value = row->values ? row->values[c->field] : gt_field_missing(field);
        if (field->type == GT_FIELD_TEXT)
            put_text(c, value.text, to);
        else
            memcpy(to, &value, c->each);
    }
}

/* ---- arrays ---- */

static gt_status end_array(archive *a, const char *type, const uint64_t *dims, size_t rank,
                           gt_error *err) {
    char header[GT_NPY_HEADER];
    gt_npy_header(type, dims, rank, header);
    return gt_zip_end(a->zip, header, err);
}

static gt_status end_pictures(gt_export *self, gt_error *err) {
    const gt_dataset_info *info = &self->info;
    archive *a = self->own;
    uint64_t dims[] = {a->rows, info->channels, info->height, info->width};
    if (!a->plane)
        return end_array(a, self->is_float ? "<f4" : "|u1", dims,
                         info->kind == GT_DATASET_IMAGES ? 4 : 2, err);
    dims[0] = a->planes;
    if (a->plane == GT_PLANE_IVAR) return end_array(a, "<f4", dims, 4, err);
    return end_array(a, "|u1", (const uint64_t[]){a->planes, info->height, info->width}, 3,
                     err);
}

static gt_status write_column(archive *a, column *c, gt_error *err) {
    gt_status status = GT_OK;
    char name[GT_FIELD_NAME + 24];
    if (c->type[1] == 'U') narrow_texts(c, (size_t)a->rows);
    snprintf(name, sizeof name, "%s.npy", c->name);
    GT_TRY(gt_zip_begin(a->zip, name, GT_NPY_HEADER, err));
    GT_TRY(gt_zip_append(a->zip, c->data, (size_t)a->rows * c->each, err));
    GT_TRY(end_array(a, c->type, &a->rows, 1, err));
done:
    return status;
}

static gt_status write_classes(const gt_dataset_info *info, archive *a, gt_error *err) {
    gt_status status = GT_OK;
    const uint64_t count = info->class_count;
    size_t longest = 1;
    column c = {.each = 0};
    if (!(info->columns & GT_COLUMN_LABEL) || count == 0) return GT_OK;
    for (size_t i = 0; i < count; i++)
        if (strlen(info->class_names[i]) > longest) longest = strlen(info->class_names[i]);
    set_text(&c, longest);
    c.data = malloc(count * c.each);
    if (!c.data) GT_THROW(err, GT_NO_MEMORY, "out of memory for names of classes");
    for (size_t i = 0; i < count; i++) put_text(&c, info->class_names[i], c.data + i * c.each);
    narrow_texts(&c, count);
    GT_TRY(gt_zip_begin(a->zip, "label_names.npy", GT_NPY_HEADER, err));
    GT_TRY(gt_zip_append(a->zip, c.data, count * c.each, err));
    GT_TRY(end_array(a, c.type, &count, 1, err));
done:
    free(c.data);
    return status;
}

/* ---- the whole ---- */

static gt_status create_archive(gt_export *self, gt_error *err) {
    gt_status status = GT_OK;
    char name[16];
    archive *a = self->own = calloc(1, sizeof *a);
    if (!a) GT_THROW(err, GT_NO_MEMORY, "out of memory for arrays");
    GT_TRY(list_columns(self, a, err));
    GT_TRY(gt_zip_create(self->path, &a->zip, err));
    snprintf(name, sizeof name, "%s.npy", gt_main_array(self->info.kind));
    GT_TRY(gt_zip_begin(a->zip, name, GT_NPY_HEADER, err));
done:
    return status;
}

static gt_status append_rows(gt_export *self, const void *values, const gt_dataset_row *rows,
                             size_t count, gt_error *err) {
    gt_status status = GT_OK;
    archive *a = self->own;
    size_t each = gt_dataset_row_values(&self->info) * (self->is_float ? sizeof(float) : 1);
    GT_TRY(gt_zip_append(a->zip, values, count * each, err));
    GT_TRY(grow(a, count, err));
    for (size_t i = 0; i < count; i++, a->rows++) {
        const gt_dataset_row row = rows ? rows[i] : gt_dataset_row_default();
        for (size_t k = 0; k < a->count; k++) {
            const column *c = &a->columns[k];
            put_value(&self->info, c, &row, c->data + a->rows * c->each);
        }
    }
done:
    return status;
}

static gt_status begin_plane(gt_export *self, unsigned plane, gt_error *err) {
    gt_status status = GT_OK;
    archive *a = self->own;
    GT_TRY(end_pictures(self, err));
    a->plane = plane;
    a->planes = 0;
    GT_TRY(gt_zip_begin(a->zip, plane == GT_PLANE_MASK ? "mask.npy" : "ivar.npy", GT_NPY_HEADER,
                        err));
done:
    return status;
}

static gt_status append_plane(gt_export *self, const void *values, gt_error *err) {
    archive *a = self->own;
    a->planes++;
    return gt_zip_append(a->zip, values, gt_dataset_plane_bytes(&self->info, a->plane), err);
}

static gt_status commit_archive(gt_export *self, gt_error *err) {
    gt_status status = GT_OK;
    archive *a = self->own;
    GT_TRY(end_pictures(self, err));
    for (size_t i = 0; i < a->count; i++) GT_TRY(write_column(a, &a->columns[i], err));
    GT_TRY(write_classes(&self->info, a, err));
    GT_TRY(gt_zip_commit(a->zip, err));
done:
    return status;
}

const gt_export_kind gt_export_npz = {.create = create_archive,
                                      .append = append_rows,
                                      .begin_plane = begin_plane,
                                      .append_plane = append_plane,
                                      .planes = GT_EXPORT_PLANES_BEHIND,
                                      .commit = commit_archive,
                                      .discard = discard_archive};
