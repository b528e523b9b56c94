/* dataset_fields.c - finds the fields of a set's file once, then reads them with pread. */
#include "dataset_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "file.h"
#include "galatea/log.h"
#include "hdf5_packing.h"
#include "text.h"

enum { PATH = 300 }; /* names of a list have at most 254 bytes */

gt_field_type gt_field_type_of(gt_hdf5_type type) {
    return type == GT_HDF5_TEXT  ? GT_FIELD_TEXT
           : type <= GT_HDF5_I64 ? GT_FIELD_INTEGER
                                 : GT_FIELD_REAL;
}

/* ---- what they say ---- */

/* The first of two attributes that is a text; NULL for none. */
static gt_status read_text(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                           const char *other, char **out, gt_error *err) {
    gt_error why;
    gt_status status = gt_hdf5_text(file, array, name, out, &why);
    if (status == GT_OK && *out == NULL && other != NULL)
        status = gt_hdf5_text(file, array, other, out, &why);
    if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
    return GT_OK; /* of another type it means something else */
}

gt_status gt_field_describe(const gt_hdf5 *file, const gt_hdf5_array *array, gt_field *field,
                            double *missing, char *texts[3], gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(read_text(file, array, "unit", "units", &texts[0], err));
    GT_TRY(read_text(file, array, "description", "long_name", &texts[1], err));
    GT_TRY(read_text(file, array, "ucd", "UCD", &texts[2], err));
    field->unit = texts[0];
    field->description = texts[1];
    field->ucd = texts[2];
    *missing = gt_hdf5_missing_value(file, array);
done:
    return status;
}

bool gt_field_is_none(int64_t whole, double missing) {
    if (missing == 0x1p63) return whole == INT64_MAX;
    if (missing == -0x1p63) return whole == INT64_MIN;
    return (double)whole == missing;
}

/* ---- where they lie ---- */

typedef struct search {
    const gt_hdf5 *file;
    const char *path;
    uint64_t size, rows;
    gt_stored_fields *out;
} search;

/* One of the six, or the main array. */
static bool is_column(const char *name) {
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (strcmp(gt_columns[i].name, name) == 0) return true;
    return strcmp(name, "images") == 0 || strcmp(name, "codes") == 0;
}

/* Why an array cannot be read as a field; NULL if it can. */
static const char *fault_of(const search *s, const gt_hdf5_shape *shape) {
    bool is_whole = shape->offset <= s->size &&
                    shape->items <= (s->size - shape->offset) / shape->item_size;
    if (shape->rank != 1 || shape->dims[0] != s->rows) return "it has not one value a row";
    if (!shape->flat || shape->big_endian) return "it is compressed, chunked or big-endian";
    if (shape->type == GT_HDF5_U64 || shape->type == GT_HDF5_F16)
        return shape->type == GT_HDF5_U64 ? "it is of type uint64" : "it is of type float16";
    if (shape->type == GT_HDF5_TEXT && shape->item_size > 4096) return "its texts are too long";
    return is_whole ? NULL : "it lies beyond the end of the file";
}

static gt_status add(search *s, const char *name, const gt_hdf5_array *array, gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    gt_field_list *list = &s->out->list;
    char *texts[3] = {NULL};
    gt_field field = {.name = name,
                      .type = gt_field_type_of(shape->type),
                      .length = shape->type == GT_HDF5_TEXT ? shape->item_size : 0};
    gt_stored_field stored = {shape->type, shape->item_size, shape->offset, false, NAN};
    gt_stored_field *more = realloc(s->out->stored, (list->count + 1) * sizeof *s->out->stored);
    if (more == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    s->out->stored = more;
    GT_TRY(gt_field_describe(s->file, array, &field, &stored.missing, texts, err));
    stored.has_missing = !isnan(stored.missing);
    more[list->count] = stored;
    GT_TRY(gt_field_list_add(list, &field, err));
    if (strcmp(list->fields[list->count - 1].name, name) != 0)
        gt_remark("%s: column '%s' is called '%s'", s->path, name,
                  list->fields[list->count - 1].name);
done:
    for (size_t i = 0; i < 3; i++) free(texts[i]);
    return status;
}

static gt_status try_array(search *s, const char *name, const char *path, gt_error *err) {
    gt_hdf5_array *array = NULL;
    gt_error why;
    char word[GT_SHELL_TEXT];
    gt_status status = GT_OK;
    bool is_ours = strncmp(path, GT_FIELD_GROUP, strlen(GT_FIELD_GROUP)) == 0;
    if (gt_hdf5_array_open(s->file, path, &array, &why) != GT_OK) {
        if (is_ours) gt_remark("column '%s' is left out: %.300s", path, why.text);
        return GT_OK;
    }
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    bool is_beside = shape->rank == 1 && shape->dims[0] == s->rows;
    const gt_hdf5_packing packing = gt_hdf5_packing_of(s->file, array);
    const char *fault =
        gt_hdf5_is_packed(&packing) ? "it is " GT_HDF5_PACKED : fault_of(s, shape);
    if (fault == NULL)
        status = add(s, name, array, err);
    else if (is_ours || is_beside)
        gt_remark("%s: column '%s' is left out: %s; galatea data import %s --out SET.h5 takes "
                  "what has one value a row",
                  s->path, path, fault, gt_shell_text(s->path, word));
    gt_hdf5_array_close(array);
    return status;
}

/* A name, and where it stands in the order of its writer; NaN: not told. */
typedef struct placed {
    char *name;
    double place;
} placed;

static int by_place(const void *a, const void *b) {
    const placed *x = a, *y = b;
    bool x_last = isnan(x->place), y_last = isnan(y->place);
    if (x_last != y_last) return x_last ? 1 : -1;
    if (!x_last && x->place != y->place) return x->place < y->place ? -1 : 1;
    return strcmp(x->name, y->name);
}

static double place_of(const gt_hdf5 *file, const char *group, const char *name) {
    gt_hdf5_array *array = NULL;
    char path[PATH];
    double place = NAN;
    snprintf(path, sizeof path, "%.40s%.250s", group, name);
    if (gt_hdf5_array_open(file, path, &array, NULL) != GT_OK) return NAN;
    if (gt_hdf5_real(file, array, "place", &place, NULL) != GT_OK) place = NAN;
    gt_hdf5_array_close(array);
    return place;
}

gt_status gt_field_names(const gt_hdf5 *file, const char *group, char ***names, size_t *count,
                         gt_error *err) {
    gt_status status = gt_hdf5_list(file, group, names, count, err);
    if (status) return status;
    placed *all = calloc(*count + 1, sizeof *all);
    if (all == NULL) {
        free(*names);
        *names = NULL;
        return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    }
    for (size_t i = 0; i < *count; i++)
        all[i] = (placed){(*names)[i], place_of(file, group, (*names)[i])};
    qsort(all, *count, sizeof *all, by_place);
    for (size_t i = 0; i < *count; i++) (*names)[i] = all[i].name;
    free(all);
    return GT_OK;
}

static gt_status search_group(search *s, const char *group, gt_error *err) {
    gt_status status = GT_OK;
    char **names = NULL;
    size_t count = 0;
    bool is_root = *group == 0;
    GT_TRY(is_root ? gt_hdf5_list(s->file, group, &names, &count, err)
                   : gt_field_names(s->file, group, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        char path[PATH];
        size_t length = strlen(names[i]);
        if ((is_root && is_column(names[i])) || names[i][length - 1] == '/') continue;
        snprintf(path, sizeof path, "%s%s", group, names[i]);
        GT_TRY(try_array(s, names[i], path, err));
    }
done:
    free(names);
    return status;
}

gt_status gt_stored_fields_find(const gt_hdf5 *file, const char *path, uint64_t size,
                                uint64_t rows, gt_stored_fields *out, gt_error *err) {
    gt_status status = GT_OK;
    search s = {file, path, size, rows, out};
    if (gt_hdf5_has(file, "columns")) GT_TRY(search_group(&s, GT_FIELD_GROUP, err));
    GT_TRY(search_group(&s, "", err));
done:
    if (status) gt_blame(err, "%s", path);
    return status;
}

void gt_stored_fields_free(gt_stored_fields *fields) {
    gt_field_list_free(&fields->list);
    free(fields->stored);
    *fields = (gt_stored_fields){0};
}

/* ---- values ---- */

#define WIDEN(stored_type, kept_type)                           \
    for (size_t i = count; i-- > 0;) {                          \
        stored_type value;                                      \
        memcpy(&value, bytes + i * sizeof value, sizeof value); \
        kept_type kept = (kept_type)value;                      \
        memcpy(bytes + i * sizeof kept, &kept, sizeof kept);    \
    }

/* In place and from the end: values of 8 bytes lie at or behind those they are made of. */
static void widen(gt_hdf5_type type, size_t count, unsigned char *bytes) {
    switch (type) {
    case GT_HDF5_U8:
        WIDEN(uint8_t, int64_t) break;
    case GT_HDF5_I8:
        WIDEN(int8_t, int64_t) break;
    case GT_HDF5_U16:
        WIDEN(uint16_t, int64_t) break;
    case GT_HDF5_I16:
        WIDEN(int16_t, int64_t) break;
    case GT_HDF5_U32:
        WIDEN(uint32_t, int64_t) break;
    case GT_HDF5_I32:
        WIDEN(int32_t, int64_t) break;
    case GT_HDF5_F32:
        WIDEN(float, double) break;
    default:
        break;
    }
}

/* Texts move apart, from the end, for the zero behind each. */
static void end_texts(size_t length, size_t count, unsigned char *bytes) {
    for (size_t i = count; i-- > 0;) {
        memmove(bytes + i * (length + 1), bytes + i * length, length);
        bytes[i * (length + 1) + length] = 0;
    }
}

static void mark_missing(const gt_stored_field *stored, bool is_whole, size_t count,
                         void *out) {
    int64_t *wholes = out;
    double *reals = out;
    for (size_t i = 0; i < count; i++)
        if (is_whole && gt_field_is_none(wholes[i], stored->missing))
            wholes[i] = GT_FIELD_NO_INTEGER;
        else if (!is_whole && reals[i] == stored->missing)
            reals[i] = NAN;
}

gt_status gt_stored_field_read(const gt_stored_fields *fields, size_t index, int descriptor,
                               const char *path, uint64_t first, size_t count, void *out,
                               gt_error *err) {
    const gt_stored_field *stored = &fields->stored[index];
    const gt_field *field = &fields->list.fields[index];
    gt_status status = gt_file_read_at(descriptor, path, stored->offset + first * stored->size,
                                       out, count * stored->size, err);
    if (status) return status;
    if (field->type == GT_FIELD_TEXT) {
        end_texts(stored->size, count, out);
        return GT_OK;
    }
    widen(stored->type, count, out);
    if (stored->has_missing) mark_missing(stored, field->type == GT_FIELD_INTEGER, count, out);
    return GT_OK;
}
