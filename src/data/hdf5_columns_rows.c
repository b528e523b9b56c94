/* hdf5_columns_rows.c - values of columns: what they become, row by row. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_fields.h"
#include "hdf5_columns_internal.h"
#include "text_set.h"

enum { COLUMN_BYTES = 1 << 20, INTEGER_ID = 24 };

static bool is_integer(gt_hdf5_type type) {
    return type <= GT_HDF5_I64;
}

static gt_hdf5_type column_type(const column *c) {
    return gt_hdf5_array_shape(c->array)->type;
}

/* ---- does it fit? ---- */

/* The type in memory; false if no value of this type can stand at the place. */
static bool memory_type(size_t place, gt_hdf5_type type, gt_hdf5_type *out) {
    bool is_text = type == GT_HDF5_TEXT;
    *out = is_text ? GT_HDF5_TEXT : GT_HDF5_F64;
    if (place == GT_PLACE_LABEL || place == GT_PLACE_SPLIT || place == GT_PLACE_ID) {
        if (is_integer(type))
            *out = type == GT_HDF5_U64 && place == GT_PLACE_ID ? GT_HDF5_U64 : GT_HDF5_I64;
        return is_integer(type) || is_text || place != GT_PLACE_ID;
    }
    return !is_text;
}

static double real_at(const void *value) {
    double out;
    memcpy(&out, value, sizeof out);
    return out;
}

static int64_t whole_at(const void *value) {
    int64_t out;
    memcpy(&out, value, sizeof out);
    return out;
}

/* Is a number the one that the column's attributes call none? */
static bool is_none(const column *c, const void *value) {
    return c->window.type == GT_HDF5_I64 ? gt_field_is_none(whole_at(value), c->missing)
                                         : real_at(value) == c->missing;
}

/* A real that is a whole number; NaN stands for none. */
static bool is_whole(double value) {
    return isnan(value) || (fabs(value) <= 9007199254740992.0 && value == trunc(value));
}

/* A text of the column, terminated in self->id; words end before the blanks behind them. */
static const char *text_at(gt_hdf5_columns *self, const column *c, const void *value) {
    gt_hdf5_text_take(value, c->window.row_bytes, self->id, sizeof self->id);
    return self->id;
}

static const char *word_at(gt_hdf5_columns *self, const column *c, const void *value) {
    text_at(self, c, value);
    for (size_t length = strlen(self->id); length > 0 && self->id[length - 1] == ' ';)
        self->id[--length] = 0;
    return gt_unknowns_is_no_name(self->id) ? "" : self->id;
}

/* The split of a row, -1 for none. Names of an enumeration say more than its numbers. */
static int split_at(gt_hdf5_columns *self, const column *c, const void *value) {
    if (c->window.type == GT_HDF5_TEXT) return gt_split_of_cell(text_at(self, c, value));
    double real = c->window.type == GT_HDF5_I64 ? (double)whole_at(value) : real_at(value);
    bool is_named = c->names != NULL && real >= 0 && real < (double)c->name_count;
    if (c->names != NULL) return is_named ? gt_split_of_cell(c->names[(size_t)real]) : -1;
    bool is_one = real >= 0 && real < GT_SPLIT_COUNT && real == trunc(real);
    return is_one ? (int)real : -1;
}

static void raise_label(gt_hdf5_columns *self, int64_t label) {
    if (label > self->most_label) self->most_label = label;
}

/* Looks through labels and splits: are all values such, and which texts are there? */
static gt_status scan_column(gt_hdf5_columns *self, size_t place, column *c, bool *fits,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_text_set set = {0};
    const void *value;
    bool is_text = c->window.type == GT_HDF5_TEXT, is_label = place == GT_PLACE_LABEL;
    if (is_label) self->most_label = 0; /* of a column that did not fit it says nothing */
    for (uint64_t row = 0; row < self->count && *fits; row++) {
        GT_TRY(gt_hdf5_window_row(&c->window, row, &value, err));
        if (!is_label) {
            *fits = split_at(self, c, value) >= 0;
        } else if (c->window.type == GT_HDF5_I64) {
            *fits = whole_at(value) <= INT32_MAX || is_none(c, value);
            if (!is_none(c, value)) raise_label(self, whole_at(value));
        } else if (!is_text) {
            *fits = is_none(c, value) ||
                    (is_whole(real_at(value)) && !(real_at(value) > INT32_MAX));
            if (*fits && real_at(value) > 0 && !is_none(c, value))
                raise_label(self, (int64_t)real_at(value));
        } else {
            GT_TRY(gt_text_set_add(&set, word_at(self, c, value), fits, err));
        }
    }
    if (is_text && is_label && set.count == 0) *fits = false;
    if (is_text && is_label && *fits) {
        GT_TRY(gt_text_set_list(&set, &self->class_names, err));
        self->class_count = set.count;
    }
done:
    gt_text_set_free(&set);
    return status;
}

/* What the column says of itself: which value is none, and the unit of angles. */
static gt_status describe(gt_hdf5_columns *self, size_t place, column *c, bool *fits,
                          gt_error *err) {
    char *texts[3] = {NULL};
    gt_field field = {0};
    gt_status status = gt_field_describe(self->file, c->array, &field, &c->missing, texts, err);
    *fits = gt_column_takes_unit(place, field.unit, &c->factor);
    c->packing = gt_hdf5_packing_of(self->file, c->array);
    if (*fits && c->window.type == GT_HDF5_F64)
        gt_hdf5_packing_tell(&c->packing, gt_columns[place].called, self->notes);
    if (status == GT_OK && *fits)
        gt_column_tell_unit(place, gt_columns[place].called, "", field.unit, self->notes);
    for (size_t i = 0; i < 3; i++) free(texts[i]);
    return status;
}

gt_status gt_hdf5_column_fit(gt_hdf5_columns *self, size_t place, column *c, bool *fits,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_type type;
    *fits = memory_type(place, column_type(c), &type);
    if (!*fits) goto done;
    GT_TRY(gt_hdf5_window_open(&c->window, c->array, type, COLUMN_BYTES, err));
    GT_TRY(describe(self, place, c, fits, err));
    if (place == GT_PLACE_SPLIT)
        GT_TRY(gt_hdf5_value_names(c->array, &c->names, &c->name_count, err));
    if (place == GT_PLACE_LABEL || place == GT_PLACE_SPLIT) /* which have no units */
        GT_TRY(scan_column(self, place, c, fits, err));
    if (type == GT_HDF5_TEXT && (place == GT_PLACE_ID || place == GT_PLACE_LABEL) && *fits)
        GT_TRY(
            gt_hdf5_texts_measure(self, &c->window, gt_columns[place].called, &c->length, err));
    if (!*fits) gt_hdf5_column_close(c);
done:
    return status;
}

void gt_hdf5_column_close(column *c) {
    gt_hdf5_window_close(&c->window);
    gt_hdf5_array_close(c->array);
    free(c->names);
    free(c->taken);
    *c = (column){0};
}

void gt_hdf5_columns_describe(const gt_hdf5_columns *columns, gt_source_info *info) {
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (columns->columns[i].array != NULL) info->columns |= gt_columns[i].bit;
    if (columns->group_split >= 0) info->columns |= GT_COLUMN_SPLIT;
    info->is_split_by_place = columns->group_split >= 0;
    const column *id = &columns->columns[GT_PLACE_ID];
    if (id->array != NULL)
        info->id_length = id->window.type == GT_HDF5_TEXT ? id->length : INTEGER_ID;
    info->class_names = (const char *const *)columns->class_names;
    info->class_count = columns->class_count;
    info->fields = columns->fields.fields;
    info->field_count = columns->fields.count;
}

/* ---- rows ---- */

/* A label as a whole number; -1 for none. */
static gt_status label_of(gt_hdf5_columns *self, uint64_t row, int64_t *out, gt_error *err) {
    column *c = &self->columns[GT_PLACE_LABEL];
    const void *value;
    bool is_there;
    gt_status status = gt_hdf5_window_row(&c->window, row, &value, err);
    if (status) return status;
    if (c->window.type == GT_HDF5_I64) {
        *out = is_none(c, value) ? -1 : whole_at(value);
    } else if (c->window.type == GT_HDF5_F64) {
        double real = real_at(value);
        *out = isnan(real) || is_none(c, value) ? -1 : (int64_t)real;
    } else {
        const gt_text_set set = {self->class_names, self->class_count, 0};
        size_t at = gt_text_set_place(&set, word_at(self, c, value), &is_there);
        *out = is_there ? (int64_t)at : -1;
    }
    return GT_OK;
}

static gt_status read_label(gt_hdf5_columns *self, uint64_t row, int32_t *out, gt_error *err) {
    int64_t label, most = self->class_count > 0 ? (int64_t)self->class_count - 1 : INT32_MAX;
    gt_status status = label_of(self, row, &label, err);
    if (status) return status;
    if (label > most)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: the label of picture %" PRIu64 " is %" PRId64
                       ", expected -1 to %" PRId64,
                       self->path, row, label, most);
    gt_unknowns_label(&self->unknowns, row, &label);
    *out = (int32_t)label;
    return GT_OK;
}

static gt_status read_split(gt_hdf5_columns *self, uint64_t row, uint8_t *out, gt_error *err) {
    column *c = &self->columns[GT_PLACE_SPLIT];
    const void *value;
    gt_status status = gt_hdf5_window_row(&c->window, row, &value, err);
    if (status) return status;
    int split = split_at(self, c, value);
    if (split < 0)
        return gt_fail(err, GT_MISMATCH,
                       "%s: its splits have changed since they were looked at", self->path);
    *out = (uint8_t)split;
    return GT_OK;
}

static gt_status read_id(gt_hdf5_columns *self, uint64_t row, gt_error *err) {
    column *c = &self->columns[GT_PLACE_ID];
    const void *value;
    gt_status status = gt_hdf5_window_row(&c->window, row, &value, err);
    if (status) return status;
    if (c->window.type == GT_HDF5_TEXT)
        text_at(self, c, value);
    else if (c->window.type == GT_HDF5_U64)
        snprintf(self->id, sizeof self->id, "%" PRIu64, (uint64_t)whole_at(value));
    else
        snprintf(self->id, sizeof self->id, "%" PRId64, whole_at(value));
    return GT_OK;
}

static gt_status read_real(gt_hdf5_columns *self, size_t place, uint64_t row, double *out,
                           gt_error *err) {
    column *c = &self->columns[place];
    const void *value;
    if (c->array == NULL) return GT_OK;
    gt_status status = gt_hdf5_window_row(&c->window, row, &value, err);
    if (status == GT_OK)
        *out = gt_unknowns_scaled(gt_hdf5_unpack(&c->packing, real_at(value)), c->factor);
    return status;
}

gt_status gt_hdf5_columns_row(gt_hdf5_columns *self, uint64_t row, gt_picture *picture,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_row *out = &picture->row;
    *out = gt_dataset_row_default();
    if (self->columns[GT_PLACE_LABEL].array != NULL)
        GT_TRY(read_label(self, row, &out->label, err));
    if (self->columns[GT_PLACE_SPLIT].array != NULL)
        GT_TRY(read_split(self, row, &out->split, err));
    if (self->group_split >= 0) out->split = (uint8_t)self->group_split;
    GT_TRY(read_real(self, GT_PLACE_RA, row, &out->ra, err));
    GT_TRY(read_real(self, GT_PLACE_DEC, row, &out->dec, err));
    GT_TRY(read_real(self, GT_PLACE_ANGULAR_SIZE, row, &out->angular_size, err));
    gt_unknowns_position(&self->unknowns, row, &out->ra, &out->dec);
    gt_unknowns_size(&self->unknowns, row, &out->angular_size);
    if (self->columns[GT_PLACE_ID].array != NULL) {
        GT_TRY(read_id(self, row, err));
        out->id = self->id;
    }
    GT_TRY(gt_hdf5_fields_row(self, row, &picture->values, err));
done:
    return status;
}

void gt_hdf5_columns_tell_unknown(const gt_hdf5_columns *columns, FILE *notes) {
    gt_unknowns_tell(&columns->unknowns, notes);
    gt_unknowns_tell_large(columns->too_large, notes);
}
