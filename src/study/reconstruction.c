/* reconstruction.c - see reconstruction.h. */
#include "reconstruction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "fields.h"
#include "file.h"
#include "galatea/imaging.h"
#include "galatea/interrupt.h"
#include "galatea/twomodels.h"
#include "mismatch.h"
#include "network.h"
#include "provenance.h"
#include "run_use.h"
#include "sheet.h"
#include "split_rows.h"

enum { OWN_FIELDS = 2 };

/* What was chosen and what came of it; pictures are (count,C,H,W), levels 0..255. */
typedef struct comparison {
    const gt_context *context;
    const gt_reconstruct_settings *settings;
    gt_run *run;
    gt_dataset *data;
    gt_inference *inference;
    uint64_t *rows;
    size_t count, values;
    float *inputs, *outputs;
    double *psnr;
} comparison;

/* ---- computing ----------------------------------------------------------------------------
 */

static gt_status reconstruct_rows(comparison *c, size_t first, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    const float *output = NULL;
    float *in = c->inputs + first * c->values, *out = c->outputs + first * c->values;
    GT_TRY(gt_dataset_read_rows(c->data, c->rows + first, count, in, err));
    for (size_t i = 0; i < count; i++)
        GT_TRY(gt_use_check_pixels(gt_dataset_path(c->data),
                                   gt_dataset_range(gt_dataset_describe(c->data)),
                                   c->rows[first + i], 1, c->values, in + i * c->values, err));
    GT_TRY(gt_inference_run(c->inference, in, count, 0, first, &output, err));
    GT_TRY(gt_model_decode(gt_run_model(c->run), output, (int64_t)count, NULL, out, err));
done:
    return status;
}

static gt_status reconstruct_all(comparison *c, gt_error *err) {
    const gt_reconstruct_settings *settings = c->settings;
    gt_status status = GT_OK;
    int64_t batch = gt_use_batch(settings->batch, gt_run_model(c->run));
    gt_progress progress = gt_context_progress(c->context, (int64_t)c->count, "reconstructing");
    c->values = gt_dataset_row_values(gt_dataset_describe(c->data));
    c->inputs = malloc(c->count * c->values * sizeof *c->inputs);
    c->outputs = malloc(c->count * c->values * sizeof *c->outputs);
    if (!c->inputs || !c->outputs)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", c->count);
    GT_TRY(gt_inference_create(c->run,
                               &(gt_use_options){.use = GT_USE_RECONSTRUCT,
                                                 .batch = batch,
                                                 .threads = c->context->threads,
                                                 .exact = settings->exact},
                               &c->inference, err));
    for (size_t at = 0; at < c->count; at += (size_t)batch) {
        size_t left = c->count - at;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(reconstruct_rows(c, at, left < (size_t)batch ? left : (size_t)batch, err));
        gt_progress_update(&progress, (int64_t)(c->count - left), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

/* ---- showing ------------------------------------------------------------------------------
 */

/* Rows of inputs alternate with rows of outputs; a last row that is not full ends in black. */
static gt_status draw(comparison *c, gt_error *err) {
    const gt_reconstruct_settings *settings = c->settings;
    gt_status status = GT_OK;
    char *provenance = NULL;
    const char *const inputs[] = {settings->data, gt_run_path_of(c->run), NULL};
    size_t columns =
        (size_t)settings->columns < c->count ? (size_t)settings->columns : c->count;
    size_t lines = (c->count + columns - 1) / columns;
    float *all = calloc(2 * lines * columns * c->values, sizeof *all);
    if (!all) GT_THROW(err, GT_NO_MEMORY, "no memory for a sheet of %zu images", 2 * c->count);
    for (size_t i = 0; i < c->count; i++) {
        float *place = all + (2 * (i / columns) * columns + i % columns) * c->values;
        memcpy(place, c->inputs + i * c->values, c->values * sizeof *all);
        memcpy(place + columns * c->values, c->outputs + i * c->values,
               c->values * sizeof *all);
    }
    GT_TRY(gt_provenance_make(c->context->invocation, inputs, &provenance, err));
    GT_TRY(gt_sheet_write(settings->out, c->run, 2 * lines * columns, columns,
                          settings->colours, all, provenance, err));
done:
    free(provenance);
    free(all);
    return status;
}

/* ---- pictures ------------------------------------------------------------------------------
 */

/* Columns of the data, and two of their own. */
static gt_status list_fields(const comparison *c, gt_field_list *list, gt_error *err) {
    static const gt_field own[] = {
        {"data_row", GT_FIELD_INTEGER, .description = "row of the data set, from 0"},
        {"psnr", GT_FIELD_REAL, .description = "of the reconstruction, in dB"}};
    gt_status status = GT_OK;
    const gt_dataset_info *data = gt_dataset_describe(c->data);
    GT_TRY(gt_field_list_copy(list, data->fields, data->field_count, err));
    for (size_t i = 0; i < OWN_FIELDS; i++) GT_TRY(gt_field_list_add(list, &own[i], err));
done:
    return status;
}

/* What a set of such pictures says of itself: values of the run. */
static gt_dataset_info info_of_output(const comparison *c, const gt_field_list *fields,
                                      const char *provenance) {
    gt_dataset_info info = *gt_dataset_describe(c->data);
    const gt_imaging imaging = gt_run_imaging(c->run);
    bool has_values = gt_range_is_declared(imaging.range);
    gt_imaging_put(&imaging, &info);
    info.type = has_values && !c->settings->levels ? GT_PIXEL_F32 : GT_PIXEL_U8;
    info.count = c->count;
    info.planes = 0; /* they speak of the originals */
    info.fields = fields->fields;
    info.field_count = fields->count;
    info.provenance = provenance;
    return info;
}

static gt_status append_all(const comparison *c, gt_export *out, const gt_dataset_info *info,
                            float *levels, gt_error *err) {
    gt_status status = GT_OK;
    size_t others = info->field_count - OWN_FIELDS;
    gt_field_value *values = calloc(info->field_count, sizeof *values);
    const gt_field_value *known;
    gt_row_columns columns;
    size_t each = gt_dataset_row_bytes(info);
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for columns");
    GT_TRY(gt_row_columns_read(c->data, GT_COLUMNS_ALL, &columns, err));
    gt_use_pixels_of_levels(info, c->count * c->values, levels);
    for (size_t i = 0; i < c->count; i++) {
        gt_dataset_row row = gt_row_columns_at(&columns, c->rows[i]);
        GT_TRY(gt_dataset_values(c->data, c->rows[i], &known, err));
        if (others > 0) memcpy(values, known, others * sizeof *values);
        values[others].integer = (int64_t)c->rows[i];
        values[others + 1].real = c->psnr[i];
        row.values = values;
        GT_TRY(gt_export_append(out, (char *)levels + i * each, &row, 1, err));
    }
done:
    free(values);
    return status;
}

/* Inputs and outputs become pixels. */
static gt_status write_pictures(comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    char *provenance = NULL;
    gt_export *out = NULL;
    bool has_room = false;
    gt_field_list fields = {0};
    const char *const inputs[] = {c->settings->data, gt_run_path_of(c->run), NULL};
    GT_TRY(gt_provenance_make(c->context->invocation, inputs, &provenance, err));
    GT_TRY(list_fields(c, &fields, err));
    const gt_dataset_info info = info_of_output(c, &fields, provenance);
    GT_TRY(gt_export_create(c->settings->out, &info, NULL, c->settings->levels, &out, err));
    GT_TRY(append_all(c, out, &info, c->outputs, err));
    GT_TRY(gt_export_next(out, "ORIGINALS", &has_room, err));
    if (has_room) GT_TRY(append_all(c, out, &info, c->inputs, err));
    gt_export *finished = out;
    out = NULL;
    GT_TRY(gt_export_commit(finished, err));
done:
    gt_export_discard(out);
    gt_field_list_free(&fields);
    free(provenance);
    return status;
}

static gt_status measure(comparison *c, gt_reconstruction *out, gt_error *err) {
    double sum = 0;
    c->psnr = malloc(c->count * sizeof *c->psnr);
    if (!c->psnr) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu images", c->count);
    *out = (gt_reconstruction){.count = c->count, .low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < c->count; i++) {
        double one = c->psnr[i] =
            gt_psnr(c->values, c->inputs + i * c->values, c->outputs + i * c->values, 255);
        sum += one;
        out->low = fmin(out->low, one);
        out->high = fmax(out->high, one);
    }
    out->mean = sum / (double)c->count;
    return GT_OK;
}

static gt_status open_all(comparison *c, const char *run, gt_error *err) {
    gt_status status = GT_OK;
    const char *data = c->settings->data;
    GT_TRY(gt_network_open_run(c->context, run, data, NULL, &c->run, err));
    GT_TRY(gt_dataset_open(data, &c->data, err));
    GT_TRY(gt_use_check_images(c->run, c->data, err));
    const gt_sight learned = {run, gt_run_imaging(c->run)};
    const gt_sight seen = {data, gt_imaging_of(gt_dataset_describe(c->data))};
    GT_TRY(gt_mismatch_check(c->context, &learned, &seen, 1, "", err));
done:
    return status;
}

gt_status gt_reconstruct_write(const gt_context *context, const char *run,
                               const gt_reconstruct_settings *settings, gt_reconstruction *out,
                               gt_error *err) {
    gt_status status = GT_OK;
    comparison c = {.context = context, .settings = settings};
    GT_TRY(open_all(&c, run, err));
    GT_TRY(gt_split_rows(c.data, settings->split, (size_t)settings->count, &c.rows, &c.count,
                         err));
    GT_TRY(reconstruct_all(&c, err));
    GT_TRY(measure(&c, out, err));
    bool is_sheet = gt_file_ending(settings->out, GT_SHEET_ENDINGS) >= 0;
    GT_TRY((is_sheet ? draw : write_pictures)(&c, err));
done:
    gt_inference_destroy(c.inference);
    gt_dataset_close(c.data);
    gt_run_close(c.run);
    free(c.rows);
    free(c.inputs);
    free(c.outputs);
    free(c.psnr);
    return status;
}
