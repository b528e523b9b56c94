/* denoising.c - see denoising.h. */
#include "denoising.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "denoised_images.h"
#include "denoising_output.h"
#include "galatea/interrupt.h"
#include "galatea/twomodels.h"
#include "labels.h"
#include "mismatch.h"
#include "network.h"
#include "outfile.h"
#include "rng.h"
#include "row_list.h"
#include "run_use.h"
#include "split_rows.h"

/* One call at work. */
typedef struct denoiser {
    const gt_context *context;
    const gt_denoise_settings *settings;
    gt_denoised *found;
    gt_dataset *data;
    size_t values;
    float *clean;        /* (pictures, values) levels */
    float *noise, *some; /* (batch, values) */
    gt_denoise_sheet sheet;
    gt_denoised_images *images; /* NULL: not wanted */
    gt_progress progress;
    int64_t done;
    size_t lost; /* pictures of one run that are not finite */
} denoiser;

static size_t shown(const denoiser *d) {
    size_t wanted = d->settings->sheet ? (size_t)d->settings->pictures : 0;
    return wanted < d->found->count ? wanted : d->found->count;
}

/* ---- The pictures ---------------------------------------------------------------------- */

static gt_status choose_rows(denoiser *d, gt_error *err) {
    const gt_denoise_settings *set = d->settings;
    gt_denoised *found = d->found;
    const gt_row_source from = {.option = "rows ",
                                .path = set->data,
                                .there = gt_dataset_describe(d->data)->count,
                                .most = 1 << 16};
    if (set->rows) return gt_row_list_read(&from, set->rows, &found->rows, &found->count, err);
    return gt_split_rows(d->data, set->split, (size_t)set->count, &found->rows, &found->count,
                         err);
}

static gt_status read_pictures(denoiser *d, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(d->data);
    size_t count = d->found->count;
    d->values = gt_dataset_row_values(info);
    d->clean = malloc(count * d->values * sizeof *d->clean);
    if (!d->clean) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", count);
    GT_TRY(gt_dataset_read_rows(d->data, d->found->rows, count, d->clean, err));
    for (size_t i = 0; i < count; i++)
        GT_TRY(gt_use_check_pixels(gt_dataset_path(d->data), gt_dataset_range(info),
                                   d->found->rows[i], 1, d->values, d->clean + i * d->values,
                                   err));
done:
    return status;
}

/* Pictures first .. first + count - 1 with noise. */
static void add_noise(denoiser *d, size_t first, size_t count, double sigma) {
    gt_rng_key key = {(uint64_t)d->settings->seed, gt_rng_stream("denoise.noise"), 0};
    for (size_t i = 0; i < count; i++) {
        uint64_t row = d->found->rows[first + i];
        const float *clean = d->clean + (first + i) * d->values;
        float *to = d->some + i * d->values;
        gt_rng_fill_normal(key, row * d->values, d->values, d->noise);
        for (size_t k = 0; k < d->values; k++) to[k] = (float)(clean[k] + sigma * d->noise[k]);
    }
}

/* ---- One run --------------------------------------------------------------------------- */

static double *psnr_at(const denoiser *d, size_t level, size_t line) {
    return d->found->psnr + (level * (1 + d->found->run_count) + line) * d->found->count;
}

/* Keeps what the sheet shows. */
static void keep(denoiser *d, size_t level, size_t line, size_t picture, const float *image) {
    if (picture < shown(d))
        memcpy(gt_denoise_sheet_at(&d->sheet, picture, line, level), image,
               d->values * sizeof *image);
}

/* Of a picture that a model made. One with values that are not finite (a flow far from what it
 * has learned) has no ratio and is shown black. */
static void judge(denoiser *d, size_t level, size_t line, size_t picture, float *image) {
    const float *clean = d->clean + picture * d->values;
    bool is_finite = true;
    for (size_t k = 0; k < d->values; k++) is_finite &= isfinite(image[k]) != 0;
    if (!is_finite) {
        memset(image, 0, d->values * sizeof *image);
        d->lost++;
    }
    psnr_at(d, level, line)[picture] =
        is_finite ? gt_psnr(d->values, clean, image, 255) : (double)NAN;
    keep(d, level, line, picture, image);
}

static gt_status denoise_batch(denoiser *d, const gt_run *run, gt_inference *inference,
                               size_t line, size_t level, size_t first, size_t count,
                               gt_error *err) {
    gt_status status = GT_OK;
    const float *output = NULL;
    add_noise(d, first, count, d->found->levels[level].sigma);
    for (size_t i = 0; i < count; i++) {
        const float *noisy = d->some + i * d->values;
        psnr_at(d, level, 0)[first + i] =
            gt_psnr(d->values, d->clean + (first + i) * d->values, noisy, 255);
        keep(d, level, 0, first + i, noisy);
    }
    GT_TRY(gt_inference_run(inference, d->some, count, 0, first, &output, err));
    GT_TRY(gt_model_decode(gt_run_model(run), output, (int64_t)count, NULL, d->some, err));
    for (size_t i = 0; i < count; i++) {
        judge(d, level, line, first + i, d->some + i * d->values);
        if (d->images)
            GT_TRY(gt_denoised_images_add(d->images, line - 1, level, first + i,
                                          psnr_at(d, level, line)[first + i],
                                          d->some + i * d->values, err));
    }
done:
    return status;
}

static gt_status denoise_levels(denoiser *d, const gt_run *run, gt_inference *inference,
                                size_t line, size_t batch, gt_error *err) {
    gt_status status = GT_OK;
    gt_denoised *found = d->found;
    for (size_t level = 0; level < found->level_count; level++)
        for (size_t at = 0; at < found->count; at += batch) {
            size_t left = found->count - at, n = left < batch ? left : batch;
            if (gt_interrupt_pending())
                GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
            GT_TRY(denoise_batch(d, run, inference, line, level, at, n, err));
            gt_progress_update(&d->progress, d->done += (int64_t)n, NULL);
        }
done:
    return status;
}

static gt_status denoise_by(denoiser *d, const char *path, size_t line, gt_error *err) {
    gt_status status = GT_OK;
    gt_run *run = NULL;
    gt_inference *inference = NULL;
    const gt_denoise_settings *set = d->settings;
    GT_TRY(gt_network_open_run(d->context, path, set->data, NULL, &run, err));
    GT_TRY(gt_use_check_images(run, d->data, err));
    const gt_sight learned = {path, gt_run_imaging(run)};
    const gt_sight seen = {set->data, gt_imaging_of(gt_dataset_describe(d->data))};
    GT_TRY(gt_mismatch_check(d->context, &learned, &seen, 1, "", err));
    size_t batch = (size_t)gt_use_batch(set->batch, gt_run_model(run));
    free(d->some);
    free(d->noise);
    d->some = malloc(batch * d->values * sizeof *d->some);
    d->noise = malloc(d->values * sizeof *d->noise);
    if (!d->some || !d->noise) GT_THROW(err, GT_NO_MEMORY, "no memory for a batch of images");
    GT_TRY(gt_inference_create(run,
                               &(gt_use_options){.use = GT_USE_RECONSTRUCT,
                                                 .batch = (int64_t)batch,
                                                 .threads = d->context->threads,
                                                 .exact = set->exact},
                               &inference, err));
    d->lost = 0;
    GT_TRY(denoise_levels(d, run, inference, line, batch, err));
    if (d->lost > 0)
        gt_remark("%s: %zu of %zu denoised images hold values that are not finite and are left "
                  "out of the means",
                  path, d->lost, d->found->count * d->found->level_count);
done:
    gt_inference_destroy(inference);
    gt_run_close(run);
    return status;
}

/* ---- All ------------------------------------------------------------------------------- */

/* Of those that are numbers. Infinite ones (no noise at all) make an infinite mean without a
 * deviation. */
static void measure(const double *values, size_t count, double *mean, double *deviation) {
    double sum = 0, squares = 0;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) continue;
        sum += values[i];
        known++;
    }
    *mean = known > 0 ? sum / (double)known : NAN;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) squares += (values[i] - *mean) * (values[i] - *mean);
    *deviation = known > 1 && isfinite(*mean) ? sqrt(squares / (double)(known - 1)) : NAN;
}

static void measure_all(denoiser *d) {
    gt_denoised *found = d->found;
    double unused;
    for (size_t level = 0; level < found->level_count; level++) {
        gt_denoise_level *at = &found->levels[level];
        measure(psnr_at(d, level, 0), found->count, &at->noisy, &unused);
        for (size_t k = 0; k < found->run_count; k++)
            measure(psnr_at(d, level, k + 1), found->count, &at->mean[k], &at->deviation[k]);
    }
}

static gt_status name_runs(gt_denoised *found, const char *const *runs, gt_error *err) {
    gt_named named[GT_DENOISE_RUNS];
    for (size_t k = 0; k < found->run_count; k++) {
        found->names[k] = calloc(1, GT_LABEL_ROOM);
        if (!found->names[k]) return gt_fail(err, GT_NO_MEMORY, "no memory for a name");
        gt_base_name(runs[k], found->names[k]);
        named[k] = (gt_named){found->names[k], runs[k]};
    }
    return gt_names_tell_apart(named, found->run_count, err);
}

static gt_status prepare(denoiser *d, const char *const *runs, gt_error *err) {
    gt_status status = GT_OK;
    const gt_denoise_settings *set = d->settings;
    gt_denoised *found = d->found;
    GT_TRY(gt_dataset_open(set->data, &d->data, err));
    GT_TRY(choose_rows(d, err));
    GT_TRY(read_pictures(d, err));
    GT_TRY(name_runs(found, runs, err));
    found->level_count = (size_t)set->levels.count;
    found->levels = calloc(found->level_count + 1, sizeof *found->levels);
    found->psnr = calloc(found->level_count * (1 + found->run_count) * found->count + 1,
                         sizeof *found->psnr);
    if (!found->levels || !found->psnr)
        GT_THROW(err, GT_NO_MEMORY, "no memory for results of %zu images", found->count);
    for (size_t i = 0; i < found->level_count; i++) {
        found->levels[i].sigma = set->levels.value[i];
        if (!(found->levels[i].sigma >= 0))
            GT_THROW(err, GT_USAGE, "noise level %g: expected 0 or more",
                     found->levels[i].sigma);
    }
    GT_TRY(gt_denoise_sheet_create(&d->sheet, gt_dataset_describe(d->data), shown(d),
                                   1 + found->run_count, found->level_count, err));
done:
    return status;
}

gt_status gt_denoise(const gt_context *context, const char *const *runs, size_t run_count,
                     const gt_denoise_settings *settings, gt_denoised *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_denoised){.run_count = run_count};
    denoiser d = {.context = context, .settings = settings, .found = out};
    GT_ASSERT(run_count >= 1 && run_count <= GT_DENOISE_RUNS);
    GT_TRY(prepare(&d, runs, err));
    if (settings->images)
        GT_TRY(gt_denoised_images_create(context, runs, settings, d.data, out, &d.images, err));
    d.progress = gt_context_progress(
        context, (int64_t)(out->count * out->level_count * run_count), "denoising");
    for (size_t k = 0; k < run_count && !status; k++)
        status = denoise_by(&d, runs[k], k + 1, err);
    gt_progress_finish(&d.progress);
    GT_TRY(status);
    measure_all(&d);
    gt_outfiles_begin();
    GT_TRY(gt_denoise_write(context, runs, settings, out, &d.sheet, d.data, err));
    if (d.images) GT_TRY(gt_denoised_images_commit(d.images, err));
    GT_TRY(gt_outfiles_end(err));
done:
    gt_outfiles_drop();
    gt_denoised_images_discard(d.images);
    gt_denoise_sheet_free(&d.sheet);
    gt_dataset_close(d.data);
    free(d.clean);
    free(d.noise);
    free(d.some);
    return status;
}

void gt_denoised_free(gt_denoised *denoised) {
    for (size_t k = 0; k < GT_DENOISE_RUNS; k++) free(denoised->names[k]);
    free(denoised->levels);
    free(denoised->psnr);
    free(denoised->rows);
    *denoised = (gt_denoised){0};
}
