/* sampling.c - see sampling.h. */
#include "sampling.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "file.h"
#include "galatea/interrupt.h"
#include "made.h"
#include "network.h"
#include "provenance.h"
#include "run_use.h"
#include "sheet.h"
#include "text.h"

/* ROUNDS: of a sampler that refills its places; in the last one they fall empty. */
enum { MOST_ON_A_SHEET = 4096, CODES_AT_ONCE = 1024, ROUNDS = 4 };

/* Where images go: all of them for a sheet, or a data set batch by batch. */
typedef struct sampler {
    const gt_context *context;
    const gt_sample_settings *settings;
    gt_run *run;
    gt_picture_maker maker;
    gt_brightness_sums brightness;
    gt_dataset_writer *writer; /* NULL for a sheet */
    size_t values, batch;
    float *images;  /* all of a sheet, or one batch */
    uint8_t *bytes; /* one batch, for a data set */
} sampler;

static void to_bytes(const float *images, size_t count, uint8_t *bytes) {
    for (size_t i = 0; i < count; i++) bytes[i] = gt_made_byte(images[i]);
}

/* Bytes, or floats in the range that the model learned from. */
static gt_status write_batch(sampler *s, float *images, size_t count, gt_error *err) {
    gt_value_range range = s->maker.range;
    bool is_float = gt_range_is_declared(range);
    if (is_float)
        gt_range_to_values(range, count * s->values, images);
    else
        to_bytes(images, count * s->values, s->bytes);
    const void *values = is_float ? (const void *)images : s->bytes;
    return gt_dataset_writer_append(s->writer, values, NULL, count, err);
}

static gt_status draw_batch(sampler *s, uint64_t first, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    float *images = s->images + (s->writer ? 0 : first * s->values);
    GT_TRY(gt_make_pictures(&s->maker, first, count, images, err));
    GT_TRY(gt_use_check_finite(gt_run_path_of(s->run), first, count, s->values, images,
                               "a pixel of a sample", err));
    for (size_t i = 0; i < count; i++)
        (void)gt_made_weigh(&s->maker, images + i * s->values, s->values, &s->brightness);
    if (s->writer) GT_TRY(write_batch(s, images, count, err));
done:
    return status;
}

static gt_status draw_all(sampler *s, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = (uint64_t)s->settings->count;
    gt_progress progress = gt_context_progress(s->context, (int64_t)total, "sampling");
    for (uint64_t at = 0; at < total; at += s->batch) {
        size_t count = total - at < s->batch ? (size_t)(total - at) : s->batch;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED,
                     "interrupted after %llu of %llu images, no file written",
                     (unsigned long long)at, (unsigned long long)total);
        GT_TRY(draw_batch(s, at, count, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

/* Pictures with other sides than those learned from show the same sky. */
static gt_imaging imaging_of_made(const gt_run *run, char preparation[GT_PREPARATION_ROOM]) {
    const gt_model *model = gt_run_model(run);
    long long from = gt_model_input_of(model)->height, to = gt_model_made(model).dim[1];
    gt_imaging imaging = gt_run_imaging(run);
    if (from == to) return imaging;
    imaging.pixel_scale_arcsec *= (double)from / (double)to;
    if (!imaging.preparation) return imaging;
    char step[96];
    snprintf(step, sizeof step, "align=none cut=%lld resize=%lld normalize=none", from, to);
    gt_imaging_prepare(imaging.preparation, step, preparation);
    imaging.preparation = preparation;
    return imaging;
}

static gt_status open_output(sampler *s, const char *provenance, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    gt_status status = GT_OK;
    gt_shape made = gt_model_made(gt_run_model(s->run));
    char preparation[GT_PREPARATION_ROOM];
    bool is_set = gt_file_ending(settings->out, "h5|hdf5") >= 0;
    size_t images = is_set ? s->batch : (size_t)settings->count;
    if (!is_set && settings->count > MOST_ON_A_SHEET)
        GT_THROW(err, GT_USAGE, "count %" PRId64 ": a sheet holds at most %d, write a .h5",
                 settings->count, MOST_ON_A_SHEET);
    if (is_set) {
        gt_dataset_info info = gt_dataset_info_default();
        info.kind = GT_DATASET_IMAGES;
        bool is_float = gt_range_is_declared(gt_run_imaging(s->run).range);
        info.type = is_float ? GT_PIXEL_F32 : GT_PIXEL_U8;
        info.count = (uint64_t)settings->count;
        info.channels = (size_t)made.dim[0];
        info.height = (size_t)made.dim[1];
        info.width = (size_t)made.dim[2];
        const gt_imaging imaging = imaging_of_made(s->run, preparation);
        gt_imaging_put(&imaging, &info);
        info.provenance = provenance;
        GT_TRY(gt_dataset_writer_create(settings->out, &info, &s->writer, err));
    }
    s->images = malloc(images * s->values * sizeof *s->images);
    s->bytes = malloc(s->batch * s->values);
    if (!s->images || !s->bytes)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", images);
done:
    return status;
}

static gt_status prepare(sampler *s, const void *model_settings, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    gt_status status = GT_OK;
    s->values = (size_t)gt_shape_count(gt_model_made(gt_run_model(s->run)));
    int64_t at_once = gt_use_batch(settings->batch, gt_run_model(s->run));
    bool refills = gt_model_class_of(gt_run_model(s->run))->sampler_refills;
    s->batch = (size_t)(refills ? ROUNDS * at_once : at_once);
    s->maker = (gt_picture_maker){.model = gt_run_model(s->run),
                                  .range = gt_run_imaging(s->run).range,
                                  .seed = (uint64_t)settings->seed,
                                  .is_mean = settings->mean};
    GT_TRY(gt_inference_create(s->run,
                               &(gt_use_options){.use = GT_USE_SAMPLE,
                                                 .settings = model_settings,
                                                 .batch = (int64_t)s->batch,
                                                 .at_once = at_once,
                                                 .threads = s->context->threads,
                                                 .exact = settings->exact},
                               &s->maker.inference, err));
done:
    return status;
}

/* ---- Codes ----------------------------------------------------------------------------- */

/* A model of codes draws them into a set, a batch at a time. */
static gt_status draw_codes(const sampler *s, gt_dataset_writer *writer, float *codes,
                            gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    const gt_run *run = s->run;
    gt_status status = GT_OK;
    gt_model *model = gt_run_model(run);
    size_t width = (size_t)gt_model_input_of(model)->channels;
    gt_progress progress = gt_context_progress(s->context, settings->count, "sampling");
    for (int64_t at = 0; at < settings->count; at += CODES_AT_ONCE) {
        int64_t left = settings->count - at, n = left < CODES_AT_ONCE ? left : CODES_AT_ONCE;
        gt_draws draws = {.seed = (uint64_t)settings->seed, .first = (uint64_t)at};
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED,
                     "interrupted after %" PRId64 " codes, no file written", at);
        GT_TRY(gt_model_draw(model, n, &draws, codes, err));
        GT_TRY(gt_use_check_finite(gt_run_path_of(run), (uint64_t)at, (size_t)n, width, codes,
                                   "a number of a sample", err));
        GT_TRY(gt_dataset_writer_append(writer, codes, NULL, (size_t)n, err));
        gt_progress_update(&progress, at + n, NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

static gt_status sample_codes(const sampler *s, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    const gt_run *run = s->run;
    gt_status status = GT_OK;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *provenance = NULL;
    const char *const inputs[] = {gt_run_path_of(run), NULL};
    size_t width = (size_t)gt_model_input_of(gt_run_model(run))->channels;
    float *codes = malloc(CODES_AT_ONCE * width * sizeof *codes);
    if (!codes) GT_THROW(err, GT_NO_MEMORY, "no memory for %d codes", CODES_AT_ONCE);
    if (gt_file_ending(settings->out, "h5|hdf5") < 0)
        GT_THROW(err, GT_USAGE, "%s: %s draws codes, not images; its name must end in .h5",
                 settings->out, gt_model_class_of(gt_run_model(run))->name);
    GT_TRY(gt_run_check(run, NULL, err)); /* draws without a graph */
    GT_TRY(gt_provenance_make(s->context->invocation, inputs, &provenance, err));
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = (uint64_t)settings->count;
    info.channels = width;
    info.height = info.width = 1;
    const gt_imaging imaging = gt_run_imaging(run);
    gt_imaging_put(&imaging, &info);
    info.provenance = provenance;
    GT_TRY(gt_dataset_writer_create(settings->out, &info, &writer, err));
    GT_TRY(draw_codes(s, writer, codes, err));
    gt_dataset_writer *finished = writer;
    writer = NULL;
    GT_TRY(gt_dataset_writer_commit(finished, err));
done:
    gt_dataset_writer_discard(writer);
    free(provenance);
    free(codes);
    return status;
}

static void tell_samples(const sampler *s) {
    char what[GT_COUNTED_SIZE];
    gt_brightness made = gt_brightness_of(&s->brightness), known = gt_run_brightness(s->run);
    gt_text_counted(made.count, "sample", what);
    gt_made_remark_drift(what, &made, &known, s->maker.range);
}

static gt_status sample_images(sampler *s, const void *model_settings, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    gt_status status = GT_OK;
    char *provenance = NULL;
    GT_TRY(prepare(s, model_settings, err));
    const char *const inputs[] = {gt_run_path_of(s->run), NULL};
    GT_TRY(gt_provenance_make(s->context->invocation, inputs, &provenance, err));
    GT_TRY(open_output(s, provenance, err));
    GT_TRY(draw_all(s, err));
    if (s->writer) {
        gt_dataset_writer *writer = s->writer;
        s->writer = NULL;
        GT_TRY(gt_dataset_writer_commit(writer, err));
    } else {
        GT_TRY(gt_sheet_write(settings->out, s->run, (size_t)settings->count,
                              (size_t)settings->columns, settings->colours, s->images,
                              provenance, err));
    }
    tell_samples(s);
done:
    free(provenance);
    return status;
}

gt_status gt_sample_write(const gt_context *context, const char *run,
                          const gt_sample_settings *settings, const void *model_settings,
                          size_t *width, gt_error *err) {
    gt_status status = GT_OK;
    sampler s = {.context = context, .settings = settings};
    GT_TRY(gt_network_open_run(context, run, NULL, NULL, &s.run, err));
    const gt_model *model = gt_run_model(s.run);
    *width = gt_model_class_of(model)->draw ? (size_t)gt_model_input_of(model)->channels : 0;
    if (*width)
        GT_TRY(sample_codes(&s, err));
    else
        GT_TRY(sample_images(&s, model_settings, err));
done:
    gt_dataset_writer_discard(s.writer);
    gt_inference_destroy(s.maker.inference);
    gt_run_close(s.run);
    free(s.images);
    free(s.bytes);
    return status;
}
