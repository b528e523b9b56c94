/* joined_values.c - values that must be a label, a split, a position, a size or an id. */
#include "joined.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* These put a value into the row; else they return what was expected of it. */
static const char *put_label(const gt_joined *j, gt_field_type type, gt_field_value value,
                             gt_dataset_row *row) {
    bool is_there;
    double real = gt_field_real(type, value);
    row->label = -1;
    if (type == GT_FIELD_TEXT) {
        const char *text = value.text != NULL ? value.text : "";
        size_t at = gt_text_set_place(&j->classes, text, &is_there);
        if (is_there) row->label = (int32_t)at;
        return NULL;
    }
    if (isnan(real)) return NULL;
    bool is_none = gt_unknowns_says(real) && real < 0;
    if (!((real >= -1 || is_none) && real <= INT32_MAX) || real != trunc(real))
        return "a class from 0 on, or -1 for none";
    row->label = (int32_t)real;
    return NULL;
}

static const char *put_split(gt_field_type type, gt_field_value value, gt_dataset_row *row) {
    double real = gt_field_real(type, value);
    int split = real == 0 || real == 1 || real == 2 ? (int)real : -1;
    if (type == GT_FIELD_TEXT && value.text != NULL) split = gt_split_of_cell(value.text);
    row->split = split < 0 ? 0 : (uint8_t)split;
    return split < 0 ? "train, test or validation, or 0, 1, 2" : NULL;
}

/* Reals are whole numbers where a column of these has gaps. */
static const char *put_id(gt_joined *j, gt_field_type type, gt_field_value value,
                          gt_dataset_row *row) {
    bool is_none =
        type == GT_FIELD_REAL ? isnan(value.real) : value.integer == GT_FIELD_NO_INTEGER;
    row->id = type == GT_FIELD_TEXT ? value.text : j->id;
    if (type == GT_FIELD_TEXT) return NULL;
    *j->id = 0;
    if (is_none) return NULL;
    if (type == GT_FIELD_REAL &&
        !(value.real == trunc(value.real) && fabs(value.real) <= 0x1p53))
        return "a text, or a whole number, beyond 2^53 not kept as a real";
    snprintf(j->id, sizeof j->id, "%" PRId64,
             type == GT_FIELD_REAL ? (int64_t)value.real : value.integer);
    return NULL;
}

const char *gt_joined_put(gt_joined *j, size_t place, const gt_field *field,
                          gt_field_value value, gt_dataset_row *row) {
    double factor;
    gt_field_type type = field->type;
    gt_column_takes_unit(place, field->unit, &factor);
    double real = gt_unknowns_scaled(gt_field_real(type, value), factor);
    switch (place) {
    case GT_PLACE_LABEL:
        return put_label(j, type, value, row);
    case GT_PLACE_SPLIT:
        return put_split(type, value, row);
    case GT_PLACE_RA:
        row->ra = real;
        return NULL;
    case GT_PLACE_DEC:
        row->dec = real;
        return NULL;
    case GT_PLACE_ANGULAR_SIZE:
        row->angular_size = real;
        return NULL;
    default:
        return put_id(j, type, value, row);
    }
}

/* Numbers beyond the sphere stand for unknown positions, but a column of nothing else has other
 * numbers than degrees. */
static const char *misfit_of_angles(gt_joined *j, size_t place, gt_joined_part of,
                                    uint64_t *row) {
    double most = place == GT_PLACE_RA ? 360 : 90;
    bool is_beyond = false;
    for (uint64_t i = 0; i < gt_catalog_rows(j->catalog); i++) {
        double real = gt_catalog_angle(j->catalog, i, of.index, place);
        if (isnan(real) || gt_unknowns_says(real)) continue;
        if (fabs(real) <= most) return NULL;
        if (!is_beyond) *row = i;
        is_beyond = true;
    }
    if (!is_beyond) return NULL;
    return place == GT_PLACE_RA ? "degrees from -360 to 360" : "degrees from -90 to 90";
}

const char *gt_joined_misfit(gt_joined *j, size_t place, gt_joined_part of, uint64_t *row) {
    const char *expected = NULL;
    double factor;
    *row = 0;
    if (!gt_column_takes_unit(place, gt_joined_field_of(j, of)->unit, &factor))
        return "a unit of angles";
    if (place == GT_PLACE_RA || place == GT_PLACE_DEC)
        return misfit_of_angles(j, place, of, row);
    const gt_field *field = gt_joined_field_of(j, of);
    gt_dataset_row ignored;
    for (uint64_t i = 0; i < gt_catalog_rows(j->catalog) && expected == NULL; i++) {
        expected =
            gt_joined_put(j, place, field, gt_catalog_value(j->catalog, i, of.index), &ignored);
        *row = i;
    }
    return expected;
}

/* All rows of a catalogue are looked at before the first picture. */
gt_status gt_joined_check_known(gt_joined *j, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t row;
    double factor;
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++) {
        gt_joined_part of = j->known[place];
        if (of.from < GT_FROM_FIELD) continue;
        const gt_field *field = gt_joined_field_of(j, of);
        if (!gt_column_takes_unit(place, field->unit, &factor))
            GT_THROW(err, GT_MISMATCH,
                     "%s: column '%s' is in %s, expected a unit of angles, as deg or arcsec",
                     of.from == GT_FROM_CATALOG ? gt_catalog_path(j->catalog) : j->path,
                     field->name, field->unit);
        if (of.from != GT_FROM_CATALOG) continue;
        const char *expected = gt_joined_misfit(j, place, of, &row);
        if (expected != NULL) GT_TRY(gt_catalog_bad(j->catalog, row, of.index, expected, err));
    }
done:
    return status;
}
