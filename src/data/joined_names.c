/* joined_names.c - columns by other names. */
#include "joined.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* The column that every set may have and that is called so; -1 for others. */
static int known_place(const char *name) {
    if (strcasecmp(name, "label") == 0 || strcasecmp(name, "class") == 0) return GT_PLACE_LABEL;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (strcasecmp(name, gt_columns[i].name) == 0) return (int)i;
    return -1;
}

static gt_status no_column(const gt_joined *j, const gt_joined_name *n, gt_error *err) {
    const char *names[2 * GT_FIELD_MOST];
    char known[GT_NAMES_TEXT];
    size_t count = 0, more = 0;
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &more) : NULL;
    for (size_t i = 0; i < more && count < GT_FIELD_MOST; i++) names[count++] = fields[i].name;
    for (size_t i = 0; i < j->inner.info->field_count && count < 2 * GT_FIELD_MOST; i++)
        names[count++] = j->inner.info->fields[i].name;
    const char *meant = gt_text_nearest(n->old, names, count);
    if (meant != NULL)
        return gt_fail(err, GT_USAGE, "--column %s=%s: no column '%s', did you mean '%s'?",
                       n->name, n->old, n->old, meant);
    return gt_fail(err, GT_USAGE, "--column %s=%s: no column '%s', expected one of %s", n->name,
                   n->old, n->old,
                   count > 0 ? gt_text_listed(names, count, known, sizeof known)
                             : "none, there are no columns");
}

/* The catalogue comes first: it was given to say more. */
static gt_status find_old(const gt_joined *j, gt_joined_name *n, gt_error *err) {
    size_t count = 0;
    if (j->catalog) gt_catalog_fields(j->catalog, &count);
    n->of =
        (gt_joined_part){GT_FROM_CATALOG, j->catalog ? gt_catalog_find(j->catalog, n->old) : 0};
    if (n->of.index < count) return GT_OK;
    n->of = (gt_joined_part){GT_FROM_FIELD, gt_field_find(j->inner.info->fields,
                                                          j->inner.info->field_count, n->old)};
    return n->of.index < j->inner.info->field_count ? GT_OK : no_column(j, n, err);
}

static gt_status read_name(gt_joined *j, const char *text, size_t length, gt_error *err) {
    const char *sign = memchr(text, '=', length);
    size_t before = sign != NULL ? (size_t)(sign - text) : 0;
    if (before == 0 || before > GT_FIELD_NAME || length - before - 1 == 0 ||
        length - before > GT_FIELD_NAME + 1)
        return gt_fail(err, GT_USAGE, "--column %.*s: expected NEW=OLD as in label=ans",
                       (int)length, text);
    if (j->name_count == GT_MOST_NEW_NAMES)
        return gt_fail(err, GT_USAGE, "--column: more than %d names", GT_MOST_NEW_NAMES);
    gt_joined_name *n = &j->names[j->name_count++];
    snprintf(n->name, GT_FIELD_NAME + 1, "%.*s", (int)before, text);
    snprintf(n->old, GT_FIELD_NAME + 1, "%.*s", (int)(length - before - 1), sign + 1);
    n->place = known_place(n->name);
    for (size_t i = 0; i + 1 < j->name_count; i++)
        if (strcasecmp(j->names[i].name, n->name) == 0 ||
            (n->place >= 0 && j->names[i].place == n->place))
            return gt_fail(err, GT_USAGE, "--column: '%s' is given twice", n->name);
    return find_old(j, n, err);
}

gt_status gt_joined_read_names(gt_joined *j, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    while (status == GT_OK && text != NULL && *text != 0) {
        size_t length = strcspn(text, ",");
        status = read_name(j, text, length, err);
        text += length + (text[length] == ',');
    }
    return status;
}

const gt_joined_name *gt_joined_name_of(const gt_joined *j, gt_joined_part of) {
    for (size_t i = 0; i < j->name_count; i++)
        if (j->names[i].of.from == of.from && j->names[i].of.index == of.index)
            return &j->names[i];
    return NULL;
}
