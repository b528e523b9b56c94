/* hdf5_columns_rows.c - values of columns: what they become, row by row. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* A real that is a whole number; NaN stands for none. */
static bool is_whole(double value) {
    return isnan(value) || (fabs(value) <= 9007199254740992.0 && value == trunc(value));
}

/* A text of the column, terminated in self->id; words end before the blanks behind them. */
static const char *text_at(gt_hdf5_columns *self, const column *c, const void *value) {
    snprintf(self->id, sizeof self->id, "%.*s", (int)c->window.row_bytes, (const char *)value);
    return self->id;
}

static const char *word_at(gt_hdf5_columns *self, const column *c, const void *value) {
    text_at(self, c, value);
    for (size_t length = strlen(self->id); length > 0 && self->id[length - 1] == ' ';)
        self->id[--length] = 0;
    return gt_unknowns_is_no_name(self->id) ? "" : self->id;
}

static int split_at(gt_hdf5_columns *self, const column *c, const void *value) {
    const char *text = word_at(self, c, value);
    return gt_split_of_word(text, strlen(text));
}

/* Looks through labels and splits: are all values such, and which texts are there? */
static gt_status scan_column(gt_hdf5_columns *self, size_t place, column *c, bool *fits,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_text_set set = {0};
    const void *value;
    bool is_text = c->window.type == GT_HDF5_TEXT, is_label = place == GT_PLACE_LABEL;
    for (uint64_t row = 0; row < self->count && *fits; row++) {
        GT_TRY(gt_hdf5_window_row(&c->window, row, &value, err));
        if (c->window.type == GT_HDF5_I64) {
            *fits = !is_label || whole_at(value) <= INT32_MAX;
        } else if (!is_text) {
            double real = real_at(value);
            *fits =
                is_whole(real) && !(is_label && real > INT32_MAX) && (is_label || !isnan(real));
        } else if (place == GT_PLACE_SPLIT) {
            *fits = split_at(self, c, value) >= 0;
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

gt_status gt_hdf5_column_fit(gt_hdf5_columns *self, size_t place, column *c, bool *fits,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_type type;
    *fits = memory_type(place, column_type(c), &type);
    if (!*fits) goto done;
    GT_TRY(gt_hdf5_window_open(&c->window, c->array, type, COLUMN_BYTES, err));
    if (place == GT_PLACE_LABEL || place == GT_PLACE_SPLIT)
        GT_TRY(scan_column(self, place, c, fits, err));
    if (!*fits) gt_hdf5_window_close(&c->window);
done:
    return status;
}

void gt_hdf5_columns_describe(const gt_hdf5_columns *columns, gt_source_info *info) {
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (columns->columns[i].array != NULL) info->columns |= gt_columns[i].bit;
    if (columns->group_split >= 0) info->columns |= GT_COLUMN_SPLIT;
    info->is_split_by_place = columns->group_split >= 0;
    const column *id = &columns->columns[GT_PLACE_ID];
    if (id->array != NULL)
        info->id_length = id->window.type == GT_HDF5_TEXT ? id->window.row_bytes : INTEGER_ID;
    info->class_names = (const char *const *)columns->class_names;
    info->class_count = columns->class_count;
    info->fields = columns->fields.fields;
    info->field_count = columns->fields.count;
}

/* ---- rows ---- */

static gt_status bad_value(const gt_hdf5_columns *self, size_t place, uint64_t row,
                           int64_t value, int64_t least, int64_t most, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: the %s of picture %" PRIu64 " is %" PRId64 ", expected %" PRId64
                   " to %" PRId64,
                   self->path, gt_columns[place].called, row, value, least, most);
}

/* A label or a split as a whole number; -1 for no label. */
static gt_status whole_of(gt_hdf5_columns *self, size_t place, uint64_t row, int64_t *out,
                          gt_error *err) {
    column *c = &self->columns[place];
    const void *value;
    bool is_there;
    gt_status status = gt_hdf5_window_row(&c->window, row, &value, err);
    if (status) return status;
    if (c->window.type == GT_HDF5_I64) {
        *out = whole_at(value);
    } else if (c->window.type == GT_HDF5_F64) {
        double real = real_at(value);
        *out = isnan(real) ? -1 : (int64_t)real;
    } else if (place == GT_PLACE_SPLIT) {
        *out = split_at(self, c, value);
    } else {
        const gt_text_set set = {self->class_names, self->class_count, 0};
        size_t at = gt_text_set_place(&set, word_at(self, c, value), &is_there);
        *out = is_there ? (int64_t)at : -1;
    }
    return GT_OK;
}

static gt_status read_label(gt_hdf5_columns *self, uint64_t row, int32_t *out, gt_error *err) {
    int64_t label, most = self->class_count > 0 ? (int64_t)self->class_count - 1 : INT32_MAX;
    gt_status status = whole_of(self, GT_PLACE_LABEL, row, &label, err);
    if (status) return status;
    if (label > most) return bad_value(self, GT_PLACE_LABEL, row, label, -1, most, err);
    gt_unknowns_label(&self->unknowns, row, &label);
    *out = (int32_t)label;
    return GT_OK;
}

static gt_status read_split(gt_hdf5_columns *self, uint64_t row, uint8_t *out, gt_error *err) {
    int64_t split;
    gt_status status = whole_of(self, GT_PLACE_SPLIT, row, &split, err);
    if (status) return status;
    if (split < 0 || split >= GT_SPLIT_COUNT)
        return bad_value(self, GT_PLACE_SPLIT, row, split, 0, GT_SPLIT_COUNT - 1, err);
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
    if (status == GT_OK) *out = real_at(value);
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
    if (columns->too_large > 0)
        fprintf(notes,
                "whole numbers beyond 9223372036854775807, taken as missing: %" PRIu64 "\n",
                columns->too_large);
}
