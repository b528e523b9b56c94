/* hdf5_fields.c - columns under any other name, as they are; what cannot be one is named. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_fields.h"
#include "hdf5_columns_internal.h"

enum {
    MAX_PATH = 4096,
    LINE = 380,
    WINDOW_BYTES = 1 << 25,
    LEAST_WINDOW = 1 << 16,
    NUMBER = 24,
    MOST_SPREAD = GT_FIELD_MOST / 2
};

/* Lines for the notes: a list of what is left out, and sentences that come behind it. */
typedef struct remarks {
    FILE *list, *later;
    size_t used;         /* of the list's line */
    size_t most, beyond; /* columns that are kept; others, which are too many */
} remarks;

static void name_left_out(remarks *r, const char *name, const gt_hdf5_shape *shape) {
    char text[300 + GT_HDF5_MAX_RANK * 24];
    size_t length = (size_t)snprintf(text, sizeof text, "'%.200s' (", name);
    if (shape == NULL) {
        snprintf(text + length, sizeof text - length, "group)");
    } else {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s",
                                   gt_hdf5_type_name(shape->type));
        for (size_t i = 0; i < shape->rank; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%llu",
                                       i ? " x " : " ", (unsigned long long)shape->dims[i]);
        snprintf(text + length, sizeof text - length, ")");
    }
    length = strlen(text);
    if (r->used > 0 && r->used + length > LINE) {
        fputc('\n', r->list);
        r->used = 0;
    }
    r->used += (size_t)fprintf(r->list, "%s%s", r->used ? ", " : "left out: ", text);
}

static bool has_one_value_a_row(const gt_hdf5_columns *self, const gt_hdf5_shape *shape) {
    return shape->dims[0] == self->count && shape->items == self->count &&
           (shape->type != GT_HDF5_TEXT || shape->item_size <= GT_HDF5_ID);
}

/* Whole numbers are compared as such; only of the largest type some may not fit. */
static gt_hdf5_type memory_type(gt_hdf5_type type) {
    if (type == GT_HDF5_TEXT || type == GT_HDF5_U64) return type;
    return type <= GT_HDF5_I64 ? GT_HDF5_I64 : GT_HDF5_F64;
}

/* Values without a name are written as numbers. */
static size_t longest_name(const kept_field *kept) {
    size_t longest = NUMBER - 1;
    for (size_t i = 0; i < kept->name_count; i++)
        if (strlen(kept->names[i]) > longest) longest = strlen(kept->names[i]);
    return longest;
}

static gt_status add_kept(gt_hdf5_columns *self, const kept_field *kept, gt_error *err) {
    kept_field *more = realloc(self->kept, (self->fields.count + 1) * sizeof *more);
    if (more == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    self->kept = more;
    more[self->fields.count] = *kept;
    return GT_OK;
}

/* The last one may have got another name, beside one that has its own. */
static void tell_name(const gt_hdf5_columns *self, const char *name, const remarks *r) {
    const char *called = self->fields.fields[self->fields.count - 1].name;
    if (strcmp(called, name) != 0)
        fprintf(r->later, "column '%s' is called '%s'\n", name, called);
}

/* The array becomes the list's. */
static gt_status keep(gt_hdf5_columns *self, const char *name, gt_hdf5_array **array,
                      remarks *r, gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(*array);
    bool is_text = shape->type == GT_HDF5_TEXT;
    gt_field_list *list = &self->fields;
    char *texts[3] = {NULL};
    gt_field field = {.name = name,
                      .type = gt_field_type_of(shape->type),
                      .length = is_text ? shape->item_size : 0};
    kept_field *kept = NULL;
    GT_TRY(add_kept(self, &(kept_field){.array = *array}, err));
    kept = &self->kept[list->count];
    GT_TRY(gt_hdf5_value_names(*array, &kept->names, &kept->name_count, err));
    if (kept->names != NULL) {
        field.type = GT_FIELD_TEXT;
        field.length = longest_name(kept);
    }
    kept->packing = gt_hdf5_packing_of(self->file, *array);
    if (gt_hdf5_is_packed(&kept->packing) && kept->names == NULL && !is_text) {
        field.type = GT_FIELD_REAL;
        gt_hdf5_packing_tell(&kept->packing, name, r->later);
    }
    GT_TRY(gt_field_describe(self->file, *array, &field, &kept->missing, texts, err));
    GT_TRY(gt_field_list_add(list, &field, err));
    *array = NULL;
    tell_name(self, name, r);
done:
    for (size_t i = 0; i < 3; i++) free(texts[i]);
    if (*array != NULL && kept != NULL) free(kept->names);
    return status;
}

/* Numbers of an array that is a field of records: as many as leave columns to the others. */
static bool is_list(const gt_hdf5_columns *self, const gt_hdf5_array *array) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    return gt_hdf5_array_is_field(array) && shape->rank == 2 && shape->dims[0] == self->count &&
           shape->type != GT_HDF5_TEXT && self->fields.count < MOST_SPREAD &&
           shape->dims[1] <= MOST_SPREAD - self->fields.count;
}

/* A column for each of them, called as those of a list in a FITS table (gt_fits_table_print).
 */
static gt_status keep_list(gt_hdf5_columns *self, const char *name, gt_hdf5_array **array,
                           remarks *r, gt_error *err) {
    gt_status status = GT_OK;
    char each[96];
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(*array);
    const gt_field field = {.name = each, .type = gt_field_type_of(shape->type)};
    size_t owner = self->fields.count, count = (size_t)shape->dims[1], length = strlen(name);
    bool ends_in_digit = strchr("0123456789", name[length - 1]) != NULL;
    for (size_t i = 0; i < count; i++) {
        snprintf(each, sizeof each, "%.60s%s%zu", name, ends_in_digit ? "_" : "", i);
        if (i == 0) {
            GT_TRY(keep(self, each, array, r, err));
            continue;
        }
        const kept_field kept = {.missing = NAN, .owner = owner, .element = i};
        GT_TRY(add_kept(self, &kept, err));
        GT_TRY(gt_field_list_add(&self->fields, &field, err));
        tell_name(self, each, r);
    }
    fprintf(r->later, "'%.200s' is taken as %zu columns, from '%.100s' on\n", name, count,
            self->fields.fields[owner].name);
done:
    return status;
}

static gt_status take(gt_hdf5_columns *self, const char *prefix, const char *name, remarks *r,
                      gt_error *err) {
    gt_status status = GT_OK;
    gt_error why;
    gt_hdf5_array *array = NULL;
    char path[MAX_PATH + 300];
    snprintf(path, sizeof path, "%.4095s%.255s", prefix, name);
    if (gt_hdf5_array_open(self->file, path, &array, &why) != GT_OK) {
        fprintf(r->later, "'%s' is left out: %.300s\n", path,
                gt_hdf5_columns_reason(self, &why));
        return GT_OK;
    }
    bool is_column = has_one_value_a_row(self, gt_hdf5_array_shape(array));
    r->beyond += is_column && self->fields.count >= r->most;
    if (is_column && self->fields.count < r->most)
        status = keep(self, name, &array, r, err);
    else if (is_list(self, array))
        status = keep_list(self, name, &array, r, err);
    else
        name_left_out(r, name, gt_hdf5_array_shape(array));
    gt_hdf5_array_close(array);
    return status;
}

/* The columns of a set that Galatea wrote stand in a group of their own. */
static gt_status take_group(gt_hdf5_columns *self, const char *prefix, remarks *r,
                            gt_error *err) {
    gt_status status = GT_OK;
    char **names = NULL, path[MAX_PATH + 300];
    size_t count = 0;
    snprintf(path, sizeof path, "%.4095s" GT_FIELD_GROUP, prefix);
    GT_TRY(gt_field_names(self->file, path, &names, &count, err));
    r->most = GT_FIELD_MOST;
    for (size_t i = 0; i < count; i++) {
        if (names[i][strlen(names[i]) - 1] == '/')
            name_left_out(r, names[i], NULL);
        else
            GT_TRY(take(self, path, names[i], r, err));
    }
done:
    free(names);
    return status;
}

static gt_status take_table(gt_hdf5_columns *self, const char *prefix, const table *t,
                            remarks *r, gt_error *err) {
    gt_status status = GT_OK;
    char path[MAX_PATH + 300];
    snprintf(path, sizeof path, "%.4095s%.254s/", prefix, t->name);
    for (size_t i = 0; i < t->count; i++)
        if (!t->is_told[i]) GT_TRY(take(self, path, t->names[i], r, err));
done:
    return status;
}

static gt_status take_all(gt_hdf5_columns *self, const char *prefix, const char *main,
                          remarks *r, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < self->beside_count; i++) {
        const char *name = self->beside[i];
        if (strcmp(name, main) == 0 || self->is_told[i]) continue;
        if (strcmp(name, GT_FIELD_GROUP) == 0)
            GT_TRY(take_group(self, prefix, r, err));
        else if (name[strlen(name) - 1] == '/')
            name_left_out(r, name, NULL);
        else
            GT_TRY(take(self, prefix, name, r, err));
    }
    for (size_t i = 0; i < self->table_count; i++)
        GT_TRY(take_table(self, prefix, &self->tables[i], r, err));
done:
    return status;
}

static gt_status open_windows(gt_hdf5_columns *self, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = self->fields.count, bytes = WINDOW_BYTES / (count + 1);
    if (bytes < LEAST_WINDOW) bytes = LEAST_WINDOW;
    if (bytes > 1 << 20) bytes = 1 << 20;
    for (size_t i = 0; i < count; i++) {
        kept_field *kept = &self->kept[i];
        gt_field *field = &self->fields.fields[i];
        if (kept->array == NULL) continue; /* another has it */
        gt_hdf5_type type = memory_type(gt_hdf5_array_shape(kept->array)->type);
        if (field->type == GT_FIELD_REAL) type = GT_HDF5_F64;
        GT_TRY(gt_hdf5_window_open(&kept->window, kept->array, type, bytes, err));
        if (kept->names == NULL && kept->window.type == GT_HDF5_TEXT)
            GT_TRY(
                gt_hdf5_texts_measure(self, &kept->window, field->name, &field->length, err));
    }
    GT_TRY(gt_field_block_open(self->fields.fields, count, 1, &self->row, err));
done:
    return status;
}

gt_status gt_hdf5_fields_open(gt_hdf5_columns *self, const char *prefix, const char *main,
                              gt_error *err) {
    gt_status status = GT_OK;
    char *refused = NULL;
    size_t refused_size = 0;
    remarks r = {.list = self->notes,
                 .later = open_memstream(&refused, &refused_size),
                 .most = GT_FIELD_USUAL};
    if (r.later == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for notes");
    GT_TRY(take_all(self, prefix, main, &r, err));
    if (r.used > 0) fputc('\n', self->notes);
    if (r.beyond > 0)
        fprintf(self->notes, "of the columns %zu are too many: a file's are at most %zu\n",
                r.beyond, r.most);
    GT_TRY(open_windows(self, err));
done:
    if (r.later != NULL) fclose(r.later);
    if (status == GT_OK && refused != NULL) fputs(refused, self->notes);
    if (status) gt_blame(err, "%s", self->path);
    free(refused);
    return status;
}

/* ---- rows ---- */

static gt_field_value number_of(gt_hdf5_columns *self, const kept_field *kept,
                                const void *value) {
    gt_field_value out;
    memcpy(&out, value, sizeof out);
    if (kept->window.type == GT_HDF5_F64)
        return (gt_field_value){.real = gt_hdf5_unpack(&kept->packing, out.real)};
    bool is_beyond = kept->window.type == GT_HDF5_U64 && out.integer < 0;
    self->too_large += is_beyond;
    if (is_beyond || gt_field_is_none(out.integer, kept->missing))
        out.integer = GT_FIELD_NO_INTEGER;
    return out;
}

/* The name that an enumeration gives to a value. */
static void name_of(const kept_field *kept, const void *value, char *out, size_t room) {
    int64_t whole;
    memcpy(&whole, value, sizeof whole);
    if (whole >= 0 && (uint64_t)whole < kept->name_count)
        snprintf(out, room, "%s", kept->names[whole]);
    else
        snprintf(out, room, "%" PRId64, whole);
}

gt_status gt_hdf5_fields_row(gt_hdf5_columns *self, uint64_t row, const gt_field_value **out,
                             gt_error *err) {
    gt_status status = GT_OK;
    const void *value;
    gt_field_value *to = self->row.values;
    char *text = self->row.texts;
    for (size_t i = 0; i < self->fields.count; i++) {
        kept_field *kept = &self->kept[i];
        size_t place = kept->element;
        if (kept->array == NULL) kept = &self->kept[kept->owner];
        GT_TRY(gt_hdf5_window_row(&kept->window, row, &value, err));
        if (kept->names != NULL) {
            name_of(kept, value, text, self->fields.fields[i].length + 1);
            to[i].text = text;
            text += self->fields.fields[i].length + 1;
        } else if (kept->window.type == GT_HDF5_TEXT) {
            gt_hdf5_text_take(value, kept->window.row_bytes, text,
                              self->fields.fields[i].length + 1);
            to[i].text = text;
            text += self->fields.fields[i].length + 1;
        } else {
            to[i] = number_of(self, kept, (const gt_field_value *)value + place);
        }
    }
    *out = self->row.values;
done:
    return status;
}

void gt_hdf5_fields_close(gt_hdf5_columns *self) {
    for (size_t i = 0; i < self->fields.count; i++) {
        gt_hdf5_window_close(&self->kept[i].window);
        gt_hdf5_array_close(self->kept[i].array);
        free(self->kept[i].names);
    }
    gt_field_block_close(&self->row);
    gt_field_list_free(&self->fields);
    free(self->kept);
}
