/* joined_classes.c - the names of the classes. */
#include "joined.h"

#include <stdlib.h>
#include <string.h>

static gt_status too_many(const gt_joined *j, gt_joined_part of, gt_error *err) {
    return gt_fail(
        err, GT_BAD_FORMAT,
        "column '%s' has more than %d different texts, expected the names of classes",
        gt_joined_field_of(j, of)->name, GT_CLASSES_MOST);
}

/* Texts of the source's own pictures are known when all were read once. */
static gt_status collect_from_source(gt_joined *j, const char *format,
                                     const gt_source_request *request, gt_error *err) {
    gt_status status = GT_OK;
    gt_source again = {0};
    gt_joined_part of = j->known[GT_PLACE_LABEL];
    bool fits = true, more = true;
    GT_TRY(gt_source_open(format, request, &again, err));
    while (fits && more) {
        gt_picture picture;
        GT_TRY(gt_source_next(&again, &picture, &more, err));
        const char *text = more && picture.values ? picture.values[of.index].text : NULL;
        if (text != NULL && !gt_unknowns_is_no_name(text))
            GT_TRY(gt_text_set_add(&j->classes, text, &fits, err));
    }
    if (!fits) GT_TRY(too_many(j, of, err));
done:
    gt_source_close(&again);
    return status;
}

gt_status gt_joined_collect_classes(gt_joined *j, const char *format,
                                    const gt_source_request *request, gt_error *err) {
    gt_status status = GT_OK;
    gt_joined_part of = j->known[GT_PLACE_LABEL];
    bool fits = true;
    if (of.from < GT_FROM_FIELD || gt_joined_field_of(j, of)->type != GT_FIELD_TEXT)
        return GT_OK;
    if (of.from == GT_FROM_FIELD) return collect_from_source(j, format, request, err);
    for (uint64_t row = 0; fits && row < gt_catalog_rows(j->catalog); row++) {
        const char *text = gt_catalog_text(j->catalog, row, of.index);
        if (!gt_unknowns_is_no_name(text))
            GT_TRY(gt_text_set_add(&j->classes, text, &fits, err));
    }
    if (!fits && j->is_beside) { /* texts about something else */
        bool has_own = j->inner.info->columns & GT_COLUMN_LABEL;
        j->known[GT_PLACE_LABEL] =
            (gt_joined_part){has_own ? GT_FROM_SOURCE : GT_FROM_NOWHERE, 0};
        gt_text_set_free(&j->classes);
    } else if (!fits) {
        GT_TRY(too_many(j, of, err));
    }
done:
    return status;
}

/* Whether the texts of "class" name the numbers of labels, one each. */
static bool name_numbers(gt_joined *j, gt_joined_part labels) {
    for (uint64_t row = 0; row < gt_catalog_rows(j->catalog); row++) {
        gt_dataset_row of = gt_dataset_row_default();
        const char *text = gt_catalog_text(j->catalog, row, j->numbered.index);
        gt_joined_put(j, GT_PLACE_LABEL, gt_joined_field_of(j, labels),
                      gt_catalog_value(j->catalog, row, labels.index), &of);
        if (of.label < 0) continue;
        if (*text == 0 || of.label >= GT_CLASSES_MOST) return false;
        const char **name = &j->class_names[of.label];
        if (*name != NULL && strcmp(*name, text) != 0) return false;
        *name = text;
        if ((size_t)of.label >= j->class_count) j->class_count = (size_t)of.label + 1;
    }
    for (size_t i = 0; i < j->class_count; i++) {
        snprintf(j->unnamed[i], GT_INTEGER_ID, "class %d", (int)i);
        if (j->class_names[i] == NULL) j->class_names[i] = j->unnamed[i];
        for (size_t k = 0; k < i; k++)
            if (strcmp(j->class_names[i], j->class_names[k]) == 0) return false;
    }
    return j->class_count > 0;
}

gt_status gt_joined_find_numbered(gt_joined *j, gt_error *err) {
    size_t count = 0;
    gt_joined_part labels = j->known[GT_PLACE_LABEL];
    const gt_field *fields = j->catalog ? gt_catalog_fields(j->catalog, &count) : NULL;
    j->numbered = (gt_joined_part){GT_FROM_CATALOG, gt_field_find(fields, count, "class")};
    if (labels.from != GT_FROM_CATALOG ||
        gt_joined_field_of(j, labels)->type == GT_FIELD_TEXT || j->numbered.index == count ||
        fields[j->numbered.index].type != GT_FIELD_TEXT ||
        gt_joined_name_of(j, j->numbered) != NULL)
        return GT_OK;
    j->class_names = calloc(GT_CLASSES_MOST, sizeof *j->class_names);
    j->unnamed = calloc(GT_CLASSES_MOST, sizeof *j->unnamed);
    if (j->class_names == NULL || j->unnamed == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for class names");
    if (name_numbers(j, labels)) return GT_OK;
    free(j->class_names);
    j->class_names = NULL;
    return GT_OK;
}
