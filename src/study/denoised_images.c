/* denoised_images.c - see denoised_images.h. */
#include "denoised_images.h"

#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "fields.h"
#include "provenance.h"
#include "run_use.h"

enum { OWN_FIELDS = 4 };

struct gt_denoised_images {
    gt_dataset *data;
    const gt_denoised *found;
    gt_row_columns columns;
    gt_field_list fields;
    gt_field_value *values; /* of a row */
    char *provenance;       /* lent to the export, as the fields are */
    gt_dataset_info info;
    gt_export *out;
};

static gt_status list_fields(gt_denoised_images *self, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *data = gt_dataset_describe(self->data);
    size_t longest = 1;
    for (size_t k = 0; k < self->found->run_count; k++)
        if (strlen(self->found->names[k]) > longest) longest = strlen(self->found->names[k]);
    const gt_field own[OWN_FIELDS] = {
        {"data_row", GT_FIELD_INTEGER, .description = "row of the data set, from 0"},
        {"run", GT_FIELD_TEXT, .length = longest, .description = "that took the noise out"},
        {"noise", GT_FIELD_REAL, .description = "deviation, in units of the range / 255"},
        {"psnr", GT_FIELD_REAL, .description = "of what is left, in dB"}};
    GT_TRY(gt_field_list_copy(&self->fields, data->fields, data->field_count, err));
    for (size_t i = 0; i < OWN_FIELDS; i++)
        GT_TRY(gt_field_list_add(&self->fields, &own[i], err));
    self->values = calloc(self->fields.count, sizeof *self->values);
    if (!self->values) GT_THROW(err, GT_NO_MEMORY, "no memory for columns");
done:
    return status;
}

static gt_dataset_info describe(const gt_denoised_images *self) {
    gt_dataset_info info = *gt_dataset_describe(self->data);
    const gt_denoised *found = self->found;
    info.type = gt_range_is_declared(info.range) ? GT_PIXEL_F32 : GT_PIXEL_U8;
    info.count = found->run_count * found->level_count * found->count;
    info.planes = 0; /* they speak of the originals */
    info.fields = self->fields.fields;
    info.field_count = self->fields.count;
    info.provenance = self->provenance;
    return info;
}

gt_status gt_denoised_images_create(const gt_context *context, const char *const *runs,
                                    const gt_denoise_settings *settings, gt_dataset *data,
                                    const gt_denoised *found, gt_denoised_images **out,
                                    gt_error *err) {
    gt_status status = GT_OK;
    const char *inputs[GT_DENOISE_RUNS + 2] = {settings->data};
    memcpy(inputs + 1, runs, found->run_count * sizeof *inputs);
    gt_denoised_images *self = calloc(1, sizeof *self);
    if (!self) GT_THROW(err, GT_NO_MEMORY, "no memory for images");
    self->data = data;
    self->found = found;
    GT_TRY(gt_row_columns_read(data, GT_COLUMNS_ALL, &self->columns, err));
    GT_TRY(list_fields(self, err));
    GT_TRY(gt_provenance_make(context->invocation, inputs, &self->provenance, err));
    self->info = describe(self);
    GT_TRY(gt_export_create(settings->images, &self->info, NULL, false, &self->out, err));
    *out = self;
    self = NULL;
done:
    gt_denoised_images_discard(self);
    return status;
}

gt_status gt_denoised_images_add(gt_denoised_images *self, size_t run, size_t level, size_t at,
                                 double psnr, float *levels, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t number = self->found->rows[at];
    size_t others = self->fields.count - OWN_FIELDS;
    const gt_field_value *known;
    gt_dataset_row row = gt_row_columns_at(&self->columns, number);
    GT_TRY(gt_dataset_values(self->data, number, &known, err));
    if (others > 0) memcpy(self->values, known, others * sizeof *known);
    gt_field_value *own = self->values + others;
    own[0].integer = (int64_t)number;
    own[1].text = self->found->names[run];
    own[2].real = self->found->levels[level].sigma;
    own[3].real = psnr;
    row.values = self->values;
    gt_use_pixels_of_levels(&self->info, gt_dataset_row_values(&self->info), levels);
    GT_TRY(gt_export_append(self->out, levels, &row, 1, err));
done:
    return status;
}

gt_status gt_denoised_images_commit(gt_denoised_images *self, gt_error *err) {
    gt_export *finished = self->out;
    self->out = NULL;
    return gt_export_commit(finished, err);
}

void gt_denoised_images_discard(gt_denoised_images *self) {
    if (!self) return;
    gt_export_discard(self->out);
    gt_field_list_free(&self->fields);
    free(self->values);
    free(self->provenance);
    free(self);
}
