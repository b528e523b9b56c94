/* joined_names.c - columns by other names. */
#include "joined.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

static gt_status no_column(const gt_joined *j, const gt_new_name *n, gt_error *err) {
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
static gt_status find_old(const gt_joined *j, const gt_new_name *n, gt_joined_part *out,
                          gt_error *err) {
    const gt_source_info *own = j->inner.info;
    size_t count = 0, at = j->catalog ? gt_catalog_find(j->catalog, n->old) : 0;
    if (j->catalog) gt_catalog_fields(j->catalog, &count);
    *out = (gt_joined_part){GT_FROM_CATALOG, at};
    if (at < count) return GT_OK;
    *out =
        (gt_joined_part){GT_FROM_FIELD, gt_field_find(own->fields, own->field_count, n->old)};
    return out->index < own->field_count ? GT_OK : no_column(j, n, err);
}

gt_status gt_joined_read_names(gt_joined *j, const char *text, gt_error *err) {
    gt_status status = gt_new_names_read(text, &j->names, err);
    for (size_t i = 0; status == GT_OK && i < j->names.count; i++)
        status = find_old(j, &j->names.list[i], &j->renamed[i], err);
    return status;
}

const gt_new_name *gt_joined_name_of(const gt_joined *j, gt_joined_part of) {
    for (size_t i = 0; i < j->names.count; i++)
        if (j->renamed[i].from == of.from && j->renamed[i].index == of.index)
            return &j->names.list[i];
    return NULL;
}
