/* description.c - the facts that follow from a description, what it may say, and copies of it.
 */
#include "description.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

enum { MAX_PROVENANCE = 60000, MAX_ID = 4096 };
#define MAX_ROW_BYTES ((uint64_t)256 << 20)

gt_dataset_info gt_dataset_info_default(void) {
    return (gt_dataset_info){.pixel_scale_arcsec = NAN, .range = gt_range_undeclared()};
}

gt_dataset_row gt_dataset_row_default(void) {
    return (gt_dataset_row){.label = -1, .ra = NAN, .dec = NAN, .angular_size = NAN};
}

size_t gt_dataset_row_values(const gt_dataset_info *info) {
    return info->channels * info->height * info->width;
}

size_t gt_dataset_plane_bytes(const gt_dataset_info *info, unsigned plane) {
    size_t pixels = info->height * info->width;
    return plane == GT_PLANE_MASK ? pixels : pixels * info->channels * sizeof(float);
}

size_t gt_dataset_row_bytes(const gt_dataset_info *info) {
    return gt_dataset_row_values(info) * (info->type == GT_PIXEL_U8 ? 1 : sizeof(float));
}

/* ---- what it may say ---- */

static gt_status check_shape(const gt_dataset_info *info, gt_error *err) {
    uint64_t bytes = info->type == GT_PIXEL_U8 ? 1 : sizeof(float), all;
    const size_t dims[] = {info->channels, info->height, info->width};
    for (size_t i = 0; i < 3; i++)
        if (dims[i] == 0 || __builtin_mul_overflow(bytes, dims[i], &bytes) ||
            bytes > MAX_ROW_BYTES)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "rows of %zu x %zu x %zu values, expected at least one and at most "
                           "256 MiB",
                           info->channels, info->height, info->width);
    if (info->count == 0 || __builtin_mul_overflow(bytes, info->count, &all) ||
        all > INT64_MAX / 2)
        return gt_fail(err, GT_BAD_ARGUMENT, "%" PRIu64 " rows, expected at least one",
                       info->count);
    bool codes = info->kind == GT_DATASET_CODES;
    bool is_open = isnan(info->range.low) && isnan(info->range.high);
    if (!is_open && !gt_range_is_declared(info->range))
        return gt_fail(err, GT_BAD_ARGUMENT, "a range of pixels from %g to %g", info->range.low,
                       info->range.high);
    if (codes && (info->height != 1 || info->width != 1 || info->type != GT_PIXEL_F32))
        return gt_fail(err, GT_BAD_ARGUMENT, "codes are float32 of height and width 1");
    return GT_OK;
}

static gt_status check_names(const gt_dataset_info *info, gt_error *err) {
    if (info->class_count > 0 && !(info->columns & GT_COLUMN_LABEL))
        return gt_fail(err, GT_BAD_ARGUMENT, "class names without labels");
    for (size_t i = 0; i < info->class_count; i++) {
        if (info->class_names[i][0] == 0)
            return gt_fail(err, GT_BAD_ARGUMENT, "class %zu has an empty name", i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(info->class_names[i], info->class_names[j]) == 0)
                return gt_fail(err, GT_BAD_ARGUMENT, "classes %zu and %zu are both called '%s'",
                               j, i, info->class_names[i]);
    }
    bool ids = info->columns & GT_COLUMN_ID;
    if (ids && (info->id_length == 0 || info->id_length > MAX_ID))
        return gt_fail(err, GT_BAD_ARGUMENT, "ids of %zu bytes, expected 1 to %d",
                       info->id_length, MAX_ID);
    if (info->provenance != NULL && strlen(info->provenance) > MAX_PROVENANCE)
        return gt_fail(err, GT_BAD_ARGUMENT, "provenance of %zu bytes, at most %d fit",
                       strlen(info->provenance), MAX_PROVENANCE);
    return GT_OK;
}

gt_status gt_dataset_info_check(const gt_dataset_info *info, gt_error *err) {
    gt_status status = check_shape(info, err);
    if (!status) status = check_names(info, err);
    return status ? status : gt_fields_check(info->fields, info->field_count, err);
}

/* ---- copies ---- */

const char *const gt_info_text_names[GT_INFO_TEXTS] = {
    "provenance",  "survey", "collection",   "bands",
    "preparation", "model",  "learned_from", "unit"};

const char **gt_info_text(gt_dataset_info *info, size_t text) {
    const char **members[GT_INFO_TEXTS] = {
        &info->provenance,  &info->survey, &info->collection,   &info->bands,
        &info->preparation, &info->model,  &info->learned_from, &info->unit};
    return members[text];
}

static gt_status copy_names(const gt_dataset_info *info, char ***out, gt_error *err) {
    size_t count = info->class_count, bytes = count * sizeof(char *);
    *out = NULL;
    if (count == 0) return GT_OK;
    for (size_t i = 0; i < count; i++) bytes += strlen(info->class_names[i]) + 1;
    char **names = malloc(bytes);
    if (names == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for names of classes");
    char *at = (char *)(names + count);
    for (size_t i = 0; i < count; i++) {
        names[i] = at;
        size_t length = strlen(info->class_names[i]) + 1;
        memcpy(at, info->class_names[i], length);
        at += length;
    }
    *out = names;
    return GT_OK;
}

gt_status gt_description_copy(const gt_dataset_info *info, gt_description *out, gt_error *err) {
    gt_status status = GT_OK;
    out->info = *info;
    out->info.fields = NULL;
    out->info.field_count = 0;
    GT_TRY(copy_names(info, &out->class_names, err));
    out->info.class_names = (const char *const *)out->class_names;
    for (size_t i = 0; i < GT_INFO_TEXTS; i++) {
        const char **text = gt_info_text(&out->info, i);
        out->texts[i] = *text != NULL ? strdup(*text) : NULL;
        if (*text != NULL && out->texts[i] == NULL)
            GT_THROW(err, GT_NO_MEMORY, "out of memory for the description of a set");
        *text = out->texts[i];
    }
done:
    return status;
}

void gt_description_free(gt_description *description) {
    for (size_t i = 0; i < GT_INFO_TEXTS; i++) free(description->texts[i]);
    free(description->class_names);
    *description = (gt_description){0};
}
