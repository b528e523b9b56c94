/* new_names.c - see new_names.h. */
#include "new_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "fields.h"
#include "unknowns.h"

/* The column that every set may have and that is called so; -1 for others. */
static int known_place(const char *name) {
    if (strcasecmp(name, "label") == 0 || strcasecmp(name, "class") == 0) return GT_PLACE_LABEL;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (strcasecmp(name, gt_columns[i].name) == 0) return (int)i;
    return -1;
}

static gt_status read_name(const char *text, size_t length, gt_new_names *out, gt_error *err) {
    const char *sign = memchr(text, '=', length);
    size_t before = sign != NULL ? (size_t)(sign - text) : 0;
    if (before == 0 || before > GT_FIELD_NAME || length - before - 1 == 0 ||
        length - before > GT_FIELD_NAME + 1)
        return gt_fail(err, GT_USAGE, "--column %.*s: expected NEW=OLD as in label=ans",
                       (int)length, text);
    if (out->count == GT_NEW_NAMES_MOST)
        return gt_fail(err, GT_USAGE, "--column: more than %d names", GT_NEW_NAMES_MOST);
    gt_new_name *n = &out->list[out->count++];
    snprintf(n->name, GT_FIELD_NAME + 1, "%.*s", (int)before, text);
    snprintf(n->old, GT_FIELD_NAME + 1, "%.*s", (int)(length - before - 1), sign + 1);
    n->place = known_place(n->name);
    for (const gt_new_name *other = out->list; other < n; other++)
        if (strcasecmp(other->name, n->name) == 0 ||
            (n->place >= 0 && other->place == n->place))
            return gt_fail(err, GT_USAGE, "--column: '%s' is given twice", n->name);
    return GT_OK;
}

gt_status gt_new_names_read(const char *text, gt_new_names *out, gt_error *err) {
    gt_status status = GT_OK;
    out->count = 0;
    while (status == GT_OK && text != NULL && *text != 0) {
        size_t length = strcspn(text, ",");
        status = read_name(text, length, out, err);
        text += length + (text[length] == ',');
    }
    return status;
}

/* ---- columns of a catalogue ---- */

/* A pixel's place and a target are called so in catalogues, too. */
static bool is_usual_in_catalogs(const char *name) {
    return strcmp(name, "y") != 0 && strncmp(name, "target", 6) != 0;
}

static bool is_renamed(const gt_catalog *catalog, const gt_new_names *names, size_t field) {
    for (size_t i = 0; i < names->count; i++)
        if (gt_catalog_find(catalog, names->list[i].old) == field) return true;
    return false;
}

size_t gt_catalog_stand_in(const gt_catalog *catalog, const gt_new_names *names, size_t place) {
    size_t count;
    double factor;
    const gt_field *fields = gt_catalog_fields(catalog, &count);
    bool is_number =
        place == GT_PLACE_RA || place == GT_PLACE_DEC || place == GT_PLACE_ANGULAR_SIZE;
    for (size_t i = 0; i < names->count; i++)
        if (names->list[i].place == (int)place)
            return gt_catalog_find(catalog, names->list[i].old);
    for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[place][i] != NULL; i++) {
        size_t at = gt_field_find(fields, count, gt_column_names[place][i]);
        if (at == count || !is_usual_in_catalogs(gt_column_names[place][i]) ||
            (is_number && fields[at].type == GT_FIELD_TEXT) ||
            !gt_column_takes_unit(place, fields[at].unit, &factor) ||
            is_renamed(catalog, names, at))
            continue;
        return at;
    }
    return count;
}

double gt_catalog_angle(const gt_catalog *catalog, uint64_t row, size_t field, size_t place) {
    size_t count;
    double factor;
    const gt_field *fields = gt_catalog_fields(catalog, &count);
    gt_field_value value = gt_catalog_value(catalog, row, field);
    gt_column_takes_unit(place, fields[field].unit, &factor);
    return gt_unknowns_scaled(gt_field_real(fields[field].type, value), factor);
}
