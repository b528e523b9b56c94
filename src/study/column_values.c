/* column_values.c - see column_values.h. */
#include "column_values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stand_in_numbers.h"
#include "text.h"

/* Those that every set may have. */
static const struct {
    const char *name, *label;
    unsigned bit;
    gt_status (*read)(gt_dataset *set, const double **out, gt_error *err);
} known[] = {
    {"ra", "right ascension (deg)", GT_COLUMN_RA, gt_dataset_ra},
    {"dec", "declination (deg)", GT_COLUMN_DEC, gt_dataset_dec},
    {"angular_size", "angular size (arcsec)", GT_COLUMN_SIZE, gt_dataset_angular_sizes},
};
enum { KNOWN = sizeof known / sizeof *known };

static size_t find_known(const gt_dataset_info *info, const char *name) {
    for (size_t i = 0; i < KNOWN; i++)
        if ((info->columns & known[i].bit) && strcmp(known[i].name, name) == 0) return i;
    return KNOWN;
}

bool gt_column_is_text(const gt_dataset *data, const char *name, size_t *field) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    *field = gt_field_find(info->fields, info->field_count, name);
    return *field < info->field_count && info->fields[*field].type == GT_FIELD_TEXT;
}

static gt_status no_column(const gt_dataset *data, const char *name, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    const char *names[KNOWN + GT_FIELD_MOST];
    char list[GT_NAMES_TEXT];
    size_t count = 0;
    for (size_t i = 0; i < KNOWN; i++)
        if (info->columns & known[i].bit) names[count++] = known[i].name;
    for (size_t i = 0; i < info->field_count; i++)
        if (info->fields[i].type != GT_FIELD_TEXT) names[count++] = info->fields[i].name;
    size_t field;
    if (gt_column_is_text(data, name, &field))
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: column '%s' holds texts, expected one of numbers%s%s",
                       gt_dataset_path(data), name, count ? ": " : "",
                       gt_text_listed(names, count, list, sizeof list));
    const char *meant = gt_text_nearest(name, names, count);
    if (meant)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s has no column '%s' of numbers, did you mean '%s'?",
                       gt_dataset_path(data), name, meant);
    return gt_fail(err, GT_NOT_FOUND, "%s has no column '%s' of numbers%s%s",
                   gt_dataset_path(data), name, count ? ", expected one of " : "",
                   gt_text_listed(names, count, list, sizeof list));
}

gt_status gt_column_check_numbers(const gt_dataset *data, const char *name, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t field;
    if (find_known(info, name) < KNOWN) return GT_OK;
    bool is_text = gt_column_is_text(data, name, &field);
    return is_text || field == info->field_count ? no_column(data, name, err) : GT_OK;
}

/* Whole numbers become reals in place. */
static void to_reals(size_t count, double *values) {
    for (size_t i = 0; i < count; i++) {
        int64_t whole;
        memcpy(&whole, &values[i], sizeof whole);
        values[i] = whole == GT_FIELD_NO_INTEGER ? NAN : (double)whole;
    }
}

static gt_status copy_known(gt_dataset *data, size_t which, size_t rows, double *out,
                            gt_error *err) {
    const double *values;
    gt_status status = known[which].read(data, &values, err);
    if (!status) memcpy(out, values, rows * sizeof *out);
    return status;
}

gt_status gt_column_numbers(gt_dataset *data, const char *name, double **out,
                            char label[GT_COLUMN_LABEL_TEXT], gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t which = find_known(info, name), rows = (size_t)info->count;
    size_t place = gt_field_find(info->fields, info->field_count, name);
    double *values = NULL;
    GT_TRY(gt_column_check_numbers(data, name, err));
    values = calloc(rows + 1, sizeof *values);
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu values", rows);
    if (which < KNOWN) {
        snprintf(label, GT_COLUMN_LABEL_TEXT, "%s", known[which].label);
        GT_TRY(copy_known(data, which, rows, values, err));
    } else {
        const gt_field *field = &info->fields[place];
        snprintf(label, GT_COLUMN_LABEL_TEXT, field->unit ? "%.200s (%.50s)" : "%.200s%s",
                 field->name, field->unit ? field->unit : "");
        GT_TRY(gt_dataset_read_field(data, place, 0, rows, values, err));
        if (field->type == GT_FIELD_INTEGER) to_reals(rows, values);
    }
    if (which == KNOWN || known[which].bit == GT_COLUMN_SIZE)
        gt_stand_in_remark(gt_dataset_path(data), name, values, rows);
    *out = values;
    values = NULL;
done:
    free(values);
    return status;
}
