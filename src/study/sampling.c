/* sampling.c - see sampling.h. */
#include "sampling.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "latent_parts.h"
#include "lost_rows.h"
#include "made.h"
#include "network.h"
#include "outfile.h"
#include "provenance.h"
#include "run_use.h"
#include "sheet.h"
#include "text.h"

/* ROUNDS: of a sampler that refills its places; in the last one they fall empty. */
enum { MOST_ON_A_SHEET = 4096, CODES_AT_ONCE = 1024, ROUNDS = 4, TEMPERATURE = 64 };

/* Where images go: all of them for a sheet, or a data set batch by batch. */
typedef struct sampler {
    const gt_context *context;
    const gt_sample_settings *settings;
    gt_run *run;
    gt_picture_maker maker;
    gt_brightness_sums brightness;
    gt_export *writer; /* NULL for a sheet */
    bool is_float;     /* its pixels */
    size_t values, batch;
    uint64_t count;
    float *images;            /* all of a sheet, or one batch */
    uint8_t *bytes;           /* one batch, for a data set */
    gt_latents *given;        /* what images are made of; NULL: noise */
    bool is_raw;              /* that is z, not eps */
    gt_latents_writer *noise; /* where noise goes to; NULL: nowhere */
    float *latents;           /* one batch, where one of them is there */
    gt_lost_rows lost;
    bool *is_lost;  /* one batch */
    bool *are_lost; /* all, where their noise is saved beside a set of those that are not */
} sampler;

/* Bytes, or floats in the range that the model learned from, which undoes its stretch. */
static gt_status write_batch(sampler *s, float *images, size_t count, gt_error *err) {
    gt_value_range range = s->maker.range;
    for (size_t i = 0; i < count * s->values; i++) {
        float level = gt_made_level(range, images[i]);
        if (s->is_float)
            images[i] = (float)gt_range_value(range, (double)level);
        else
            s->bytes[i] = (uint8_t)(gt_range_is_declared(range) ? rintf(level) : level);
    }
    const void *values = s->is_float ? (const void *)images : s->bytes;
    return gt_export_append(s->writer, values, NULL, count, err);
}

/* The latents of a batch that are given, else NULL; drawn ones are saved. */
static gt_status find_latents(sampler *s, const gt_draws *draws, size_t count,
                              const float **given, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model *model = gt_run_model(s->run);
    if (s->given) GT_TRY(gt_latents_read(s->given, draws->first, count, s->latents, err));
    if (s->noise) {
        gt_model_draw_latents(model, (int64_t)count, draws, s->latents);
        size_t width = (size_t)gt_model_latent_width(model);
        GT_TRY(gt_latents_writer_append(s->noise, s->latents, width, NULL, count, err));
    }
    *given = s->given ? s->latents : NULL;
done:
    return status;
}

static gt_status draw_batch(sampler *s, uint64_t first, size_t count, gt_error *err) {
    static const double rounding = 1e-3;
    gt_status status = GT_OK;
    const float *given = NULL;
    gt_draws draws = {.seed = (uint64_t)s->settings->seed, .first = first};
    float *images = s->images + (s->writer ? 0 : first * s->values);
    GT_TRY(find_latents(s, &draws, count, &given, err));
    GT_TRY(gt_make_pictures(&s->maker, given, first, count, images, err));
    for (size_t i = 0; i < count; i++)
        (void)gt_made_weigh(&s->maker, images + i * s->values, s->values, &s->brightness);
    gt_lost_rows_look(&s->lost, images, s->values, count, first, -rounding, 255 + rounding,
                      s->is_lost);
    if (s->are_lost) memcpy(s->are_lost + first, s->is_lost, count * sizeof *s->is_lost);
    for (size_t i = 0; i < count && !s->writer; i++)
        if (s->is_lost[i]) gt_made_cross_out(&s->maker, images + i * s->values);
    if (s->writer)
        GT_TRY(write_batch(s, images,
                           gt_lost_rows_close_up(images, s->values, count, s->is_lost), err));
done:
    return status;
}

static gt_status draw_all(sampler *s, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = s->count;
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
    gt_progress_finish(&progress);
    gt_inference_tell(s->maker.inference);
done:
    gt_progress_finish(&progress);
    return status;
}

/* ---- Latents --------------------------------------------------------------------------- */

static gt_status check_kind(const sampler *s, const char *lacks, gt_error *err) {
    const gt_model_class *class = gt_model_class_of(gt_run_model(s->run));
    if (class->latent) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "%s is a run of model %s, which %s",
                   gt_run_path_of(s->run), class->name, lacks);
}

/* As many images as there are latents, or fewer. */
static gt_status open_given(sampler *s, gt_error *err) {
    gt_status status = GT_OK;
    const char *path = s->settings->latents;
    char text[GT_HASH_TEXT];
    const gt_model_class *class = gt_model_class_of(gt_run_model(s->run));
    gt_latents_info info = {0};
    GT_TRY(check_kind(s, "makes no images of latents that are given", err));
    gt_latent_parts_of(gt_run_model(s->run), &info);
    GT_TRY(gt_latents_open(path, &info, &s->given, err));
    s->is_raw = info.raw;
    if (s->is_raw && !class->has_raw_latents)
        GT_THROW(err, GT_MISMATCH,
                 "%s holds latents of kind z, expected the noise that %s "
                 "takes, kind eps",
                 path, class->name);
    if (s->is_raw && info.weights &&
        strcmp(info.weights, gt_use_weights_text(s->run, text)) != 0)
        gt_remark(
            "%s holds z of other weights (%s): these make other images of the same numbers",
            path, info.model ? info.model : "unnamed");
    if (s->count > info.count)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "count %" PRIu64 ": %s has the latents of %" PRIu64 " images", s->count, path,
                 info.count);
    if (s->count == 0) s->count = info.count;
done:
    return status;
}

static gt_status open_noise(sampler *s, uint64_t count, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    char text[GT_USE_MODEL_TEXT], weights[GT_HASH_TEXT];
    gt_latents_info info = {.count = count,
                            .weights = gt_use_weights_text(s->run, weights),
                            .model = gt_use_model_text(s->run, gt_run_path_of(s->run), text),
                            .provenance = provenance};
    GT_TRY(check_kind(s, "does not tell the noise that its images are made of", err));
    gt_latent_parts_of(gt_run_model(s->run), &info);
    GT_TRY(gt_latents_writer_create(s->settings->save_latents, &info, &s->noise, err));
done:
    return status;
}

/* Rows of the noise are those of the set: what was left out there is left out here. Noise
 * follows from its number and is drawn again, for a file has as many rows as were said. */
static gt_status write_kept_noise(sampler *s, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model *model = gt_run_model(s->run);
    size_t width = (size_t)gt_model_latent_width(model);
    gt_latents_writer_discard(s->noise);
    s->noise = NULL;
    GT_TRY(open_noise(s, s->count - s->lost.lost, provenance, err));
    for (uint64_t first = 0; first < s->count; first += s->batch) {
        size_t count = s->count - first < s->batch ? (size_t)(s->count - first) : s->batch;
        gt_draws draws = {.seed = (uint64_t)s->settings->seed, .first = first};
        gt_model_draw_latents(model, (int64_t)count, &draws, s->latents);
        count = gt_lost_rows_close_up(s->latents, width, count, s->are_lost + first);
        GT_TRY(gt_latents_writer_append(s->noise, s->latents, width, NULL, count, err));
    }
    gt_remark("%s: row by row the noise of %s, without what was left out there",
              s->settings->save_latents, s->settings->out);
done:
    return status;
}

static gt_status commit_noise(sampler *s, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    if (!s->noise) return GT_OK;
    if (s->are_lost && s->lost.lost) GT_TRY(write_kept_noise(s, provenance, err));
    gt_latents_writer *noise = s->noise;
    s->noise = NULL;
    GT_TRY(gt_latents_writer_commit(noise, err));
done:
    return status;
}

/* Latents come from a file or go to one. */
static gt_status prepare_latents(sampler *s, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    gt_status status = GT_OK;
    if (!settings->latents && !settings->save_latents) return GT_OK;
    if (settings->latents && settings->save_latents)
        GT_THROW(err, GT_USAGE, "latents are those of %s: there is no noise to save",
                 settings->latents);
    if (settings->latents) GT_TRY(open_given(s, err));
    size_t width = (size_t)gt_model_latent_width(gt_run_model(s->run));
    s->latents = malloc((s->batch * width + 1) * sizeof *s->latents);
    if (!s->latents) GT_THROW(err, GT_NO_MEMORY, "no memory for latents of %zu", s->batch);
done:
    return status;
}

/* ---- What is lost ---------------------------------------------------------------------- */

static gt_status find_temperature(void *user, const gt_option_view *view, gt_error *err) {
    char *out = user;
    if (strcmp(view->row->name, "temperature") == 0 && view->text)
        snprintf(out, TEMPERATURE, "%s", view->text);
    return GT_OK;
}

static gt_status tell_lost(const sampler *s, const char *what, gt_error *err) {
    char temperature[TEMPERATURE] = "";
    gt_status status =
        gt_options_visit(s->context->invocation->options, find_temperature, temperature, err);
    if (status) return status;
    return gt_lost_rows_tell(&s->lost, s->settings->out, what,
                             *temperature ? temperature : NULL, err);
}

/* Ends the writer in any case. */
static gt_status commit_set(const sampler *s, gt_export *writer, const char *what,
                            gt_error *err) {
    gt_status status = tell_lost(s, what, err);
    if (status) {
        gt_export_discard(writer);
        return status;
    }
    if (s->lost.lost) gt_export_note(writer, "left_out", s->lost.names);
    return gt_export_commit(writer, err);
}

/* ---- Images ---------------------------------------------------------------------------- */

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
    bool is_set = gt_file_ending(settings->out, GT_EXPORT_ENDINGS) >= 0;
    size_t images = is_set ? s->batch : (size_t)s->count;
    if (!is_set && s->count > MOST_ON_A_SHEET)
        GT_THROW(err, GT_USAGE,
                 "count %" PRIu64 ": a sheet holds at most %d, write a .h5 or .fits", s->count,
                 MOST_ON_A_SHEET);
    if (is_set) {
        gt_dataset_info info = gt_dataset_info_default();
        info.kind = GT_DATASET_IMAGES;
        s->is_float = !settings->levels && gt_range_is_declared(s->maker.range);
        info.type = s->is_float ? GT_PIXEL_F32 : GT_PIXEL_U8;
        info.count = s->count;
        info.channels = (size_t)made.dim[0];
        info.height = (size_t)made.dim[1];
        info.width = (size_t)made.dim[2];
        const gt_imaging imaging = imaging_of_made(s->run, preparation);
        gt_imaging_put(&imaging, &info);
        info.provenance = provenance;
        GT_TRY(gt_export_create(settings->out, &info, NULL, settings->levels, &s->writer, err));
    }
    s->images = malloc(images * s->values * sizeof *s->images);
    s->bytes = malloc(s->batch * s->values);
    s->is_lost = calloc(s->batch, sizeof *s->is_lost);
    if (!s->images || !s->bytes || !s->is_lost)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", images);
    if (settings->save_latents) GT_TRY(open_noise(s, s->count, provenance, err));
    if (settings->save_latents && s->writer) {
        s->are_lost = calloc(s->count + 1, sizeof *s->are_lost);
        if (!s->are_lost) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", images);
    }
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
    GT_TRY(prepare_latents(s, err));
    const gt_use_options how = {.use = GT_USE_SAMPLE,
                                .settings = model_settings,
                                .batch = (int64_t)s->batch,
                                .at_once = at_once,
                                .threads = s->context->threads,
                                .exact = settings->exact,
                                .latents = {.given = s->given != NULL, .raw = s->is_raw}};
    GT_TRY(gt_inference_create(s->run, &how, &s->maker.inference, err));
done:
    return status;
}

/* ---- Codes ----------------------------------------------------------------------------- */

/* A model of codes draws them into a set, a batch at a time. */
static gt_status draw_codes(sampler *s, gt_export *writer, float *codes, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    bool is_lost[CODES_AT_ONCE];
    gt_status status = GT_OK;
    gt_model *model = gt_run_model(s->run);
    size_t width = (size_t)gt_model_input_of(model)->channels;
    gt_progress progress = gt_context_progress(s->context, settings->count, "sampling");
    for (int64_t at = 0; at < settings->count; at += CODES_AT_ONCE) {
        int64_t left = settings->count - at, n = left < CODES_AT_ONCE ? left : CODES_AT_ONCE;
        gt_draws draws = {.seed = (uint64_t)settings->seed, .first = (uint64_t)at};
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED,
                     "interrupted after %" PRId64 " codes, no file written", at);
        GT_TRY(gt_model_draw(model, n, &draws, codes, err));
        gt_lost_rows_look(&s->lost, codes, width, (size_t)n, draws.first, 0, 0, is_lost);
        size_t kept = gt_lost_rows_close_up(codes, width, (size_t)n, is_lost);
        GT_TRY(gt_export_append(writer, codes, NULL, kept, err));
        gt_progress_update(&progress, at + n, NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

static gt_status sample_codes(sampler *s, gt_error *err) {
    const gt_sample_settings *settings = s->settings;
    const gt_run *run = s->run;
    gt_status status = GT_OK;
    gt_export *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *provenance = NULL;
    const char *const inputs[] = {gt_run_path_of(run), NULL};
    size_t width = (size_t)gt_model_input_of(gt_run_model(run))->channels;
    float *codes = malloc(CODES_AT_ONCE * width * sizeof *codes);
    if (!codes) GT_THROW(err, GT_NO_MEMORY, "no memory for %d codes", CODES_AT_ONCE);
    if (gt_file_ending(settings->out, "h5|hdf5") < 0)
        GT_THROW(err, GT_USAGE, "%s: %s draws codes, not images; its name must end in .h5",
                 settings->out, gt_model_class_of(gt_run_model(run))->name);
    if (settings->latents || settings->save_latents)
        GT_TRY(check_kind(s, "makes codes, not images of latents", err));
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
    GT_TRY(gt_export_create(settings->out, &info, NULL, false, &writer, err));
    GT_TRY(draw_codes(s, writer, codes, err));
    gt_export *finished = writer;
    writer = NULL;
    GT_TRY(commit_set(s, finished, "code", err));
done:
    gt_export_discard(writer);
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
    gt_outfiles_begin();
    if (s->writer) {
        gt_export *writer = s->writer;
        s->writer = NULL;
        GT_TRY(commit_set(s, writer, "image", err));
    } else {
        GT_TRY(tell_lost(s, "image", err));
        GT_TRY(gt_sheet_write(settings->out, s->run, (size_t)s->count,
                              (size_t)settings->columns, settings->colours, s->images,
                              provenance, err));
    }
    if (!s->given) tell_samples(s);
    GT_TRY(commit_noise(s, provenance, err));
    GT_TRY(gt_outfiles_end(err));
done:
    gt_outfiles_drop();
    free(provenance);
    return status;
}

gt_status gt_sample_write(const gt_context *context, const char *run,
                          const gt_sample_settings *settings, const void *model_settings,
                          gt_sampled *out, gt_error *err) {
    gt_status status = GT_OK;
    sampler s = {.context = context, .settings = settings, .count = (uint64_t)settings->count};
    GT_TRY(gt_network_open_run(context, run, NULL, NULL, &s.run, err));
    const gt_model *model = gt_run_model(s.run);
    bool of_codes = gt_model_class_of(model)->draw;
    if (of_codes)
        GT_TRY(sample_codes(&s, err));
    else
        GT_TRY(sample_images(&s, model_settings, err));
    *out = (gt_sampled){of_codes ? (size_t)gt_model_input_of(model)->channels : 0,
                        s.lost.rows - s.lost.lost, s.lost.lost};
    memcpy(out->names, s.lost.names, sizeof out->names);
done:
    gt_latents_writer_discard(s.noise);
    gt_latents_close(s.given);
    gt_export_discard(s.writer);
    gt_inference_destroy(s.maker.inference);
    gt_run_close(s.run);
    free(s.images);
    free(s.bytes);
    free(s.latents);
    free(s.is_lost);
    free(s.are_lost);
    return status;
}
