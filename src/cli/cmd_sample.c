/* galatea sample RUN: new images from a trained model, as a sheet or as a data set. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "galatea/file.h"
#include "galatea/interrupt.h"
#include "galatea/progress.h"
#include "network_arguments.h"
#include "provenance.h"
#include "run_use.h"
#include "run_variants.h"
#include "sheet.h"
#include "shown.h"

typedef struct sample_settings {
    const char *out, *colours;
    int64_t count, seed, columns, batch;
    bool mean, exact;
} sample_settings;

static const gt_option rows[] = {
    {"out", GT_TEXT_AT(sample_settings, out), NULL, "FILE",
     "sheet (.png) or data set (.h5) to write", .required = true, .path = GT_WRITES,
     .endings = "png|h5|hdf5"},
    {"count", GT_INT_AT(sample_settings, count), "64", "N", "images", .min = 1, .max = 1e9},
    {"seed", GT_INT_AT(sample_settings, seed), "1", "S", "seed of the images", .min = 0,
     .max = 9e15},
    {"mean", GT_FLAG_AT(sample_settings, mean), NULL, NULL,
     "pixels are the mean of their distribution, not drawn from it"},
    {"columns", GT_INT_AT(sample_settings, columns), "8", "N", "pictures side by side",
     .min = 1, .max = 256},
    {"colours", GT_CHOICE_AT(sample_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
    {"batch", GT_INT_AT(sample_settings, batch), "0", "N", "images at once; 0: chosen",
     .min = 0, .max = 4096},
    {"exact", GT_FLAG_AT(sample_settings, exact), NULL, NULL,
     "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

enum { MOST_ON_A_SHEET = 4096, CODES_AT_ONCE = 1024 };

/* Where images go: all of them for a sheet, or a data set batch by batch. */
typedef struct sampler {
    gt_run *run;
    gt_user *user;
    gt_dataset_writer *writer; /* NULL for a sheet */
    size_t values, batch;
    float *images;  /* all of a sheet, or one batch */
    uint8_t *bytes; /* one batch, for a data set */
} sampler;

/* The value of a byte image is the truncated one. */
static void to_bytes(const float *images, size_t count, uint8_t *bytes) {
    for (size_t i = 0; i < count; i++) {
        float value = images[i] < 0 ? 0 : images[i] > 255 ? 255 : images[i];
        bytes[i] = (uint8_t)value;
    }
}

static gt_status draw_batch(sampler *s, const sample_settings *settings, uint64_t first,
                            size_t count, gt_error *err) {
    gt_status status = GT_OK;
    const float *output = NULL;
    uint64_t seed = (uint64_t)settings->seed;
    gt_draws draws = {.seed = seed, .first = first};
    float *images = s->images + (s->writer ? 0 : first * s->values);
    GT_TRY(gt_user_run(s->user, NULL, count, seed, first, &output, err));
    GT_TRY(gt_model_paint(gt_run_model(s->run), output, (int64_t)count,
                          settings->mean ? NULL : &draws, images, err));
    GT_TRY(gt_use_check_finite(gt_run_path_of(s->run), first, count, s->values, images,
                               "a pixel of a sample", err));
    if (s->writer) {
        to_bytes(images, count * s->values, s->bytes);
        GT_TRY(gt_dataset_writer_append(s->writer, s->bytes, NULL, count, err));
    }
done:
    return status;
}

static gt_status draw_all(sampler *s, const gt_call *call, gt_error *err) {
    const sample_settings *settings = call->settings;
    gt_status status = GT_OK;
    uint64_t total = (uint64_t)settings->count;
    gt_progress progress =
        gt_progress_start(call->is_quiet ? -1 : STDERR_FILENO, settings->count, "sampling");
    for (uint64_t at = 0; at < total; at += s->batch) {
        size_t count = total - at < s->batch ? (size_t)(total - at) : s->batch;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED,
                     "interrupted after %llu of %llu images, no file written",
                     (unsigned long long)at, (unsigned long long)total);
        GT_TRY(draw_batch(s, settings, at, count, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

static gt_status open_output(sampler *s, const gt_call *call, const char *provenance,
                             gt_error *err) {
    const sample_settings *settings = call->settings;
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(gt_run_model(s->run));
    bool is_set = gt_file_ending(settings->out, "h5|hdf5") >= 0;
    size_t images = is_set ? s->batch : (size_t)settings->count;
    if (!is_set && settings->count > MOST_ON_A_SHEET)
        GT_THROW(err, GT_USAGE, "--count %" PRId64 ": a sheet holds at most %d, write a .h5",
                 settings->count, MOST_ON_A_SHEET);
    if (is_set) {
        gt_dataset_info info = gt_dataset_info_default();
        info.kind = GT_DATASET_IMAGES;
        info.type = GT_PIXEL_U8;
        info.count = (uint64_t)settings->count;
        info.channels = (size_t)input->channels;
        info.height = (size_t)input->height;
        info.width = (size_t)input->width;
        const gt_imaging imaging = gt_run_imaging(s->run);
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

static gt_status prepare_sampler(sampler *s, const gt_call *call, gt_error *err) {
    const sample_settings *settings = call->settings;
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(gt_run_model(s->run));
    s->values = (size_t)(input->channels * input->height * input->width);
    s->batch = (size_t)gt_use_batch(settings->batch, gt_run_model(s->run));
    GT_TRY(gt_user_create(s->run,
                          &(gt_use_options){.use = GT_USE_SAMPLE,
                                            .settings = call->variant_settings,
                                            .batch = (int64_t)s->batch,
                                            .threads = (int)call->threads,
                                            .exact = settings->exact},
                          &s->user, err));
done:
    return status;
}

/* ---- Codes ----------------------------------------------------------------------------- */

/* A model of codes draws them into a set, a batch at a time. */
static gt_status draw_codes(const gt_call *call, const gt_run *run, gt_dataset_writer *writer,
                            float *codes, gt_error *err) {
    const sample_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_model *model = gt_run_model(run);
    size_t width = (size_t)gt_model_input_of(model)->channels;
    gt_progress progress =
        gt_progress_start(call->is_quiet ? -1 : STDERR_FILENO, settings->count, "sampling");
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

static gt_status run_codes(const gt_call *call, const gt_run *run, gt_error *err) {
    const sample_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *provenance = NULL;
    const char *const inputs[] = {gt_run_path_of(run), NULL};
    size_t width = (size_t)gt_model_input_of(gt_run_model(run))->channels;
    float *codes = malloc(CODES_AT_ONCE * width * sizeof *codes);
    if (!codes) GT_THROW(err, GT_NO_MEMORY, "no memory for %d codes", CODES_AT_ONCE);
    if (gt_file_ending(settings->out, "h5|hdf5") < 0)
        GT_THROW(err, GT_USAGE,
                 "--out %s: %s draws codes, not images; its name must end in .h5",
                 settings->out, call->variant.name);
    GT_TRY(gt_run_check(run, NULL, err)); /* draws without a graph */
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = (uint64_t)settings->count;
    info.channels = width;
    info.height = info.width = 1;
    const gt_imaging imaging = gt_run_imaging(run);
    gt_imaging_put(&imaging, &info);
    info.provenance = provenance;
    GT_TRY(gt_dataset_writer_create(settings->out, &info, &writer, err));
    GT_TRY(draw_codes(call, run, writer, codes, err));
    gt_dataset_writer *finished = writer;
    writer = NULL;
    GT_TRY(gt_dataset_writer_commit(finished, err));
    if (!call->is_quiet)
        printf("%s: %s of %s\n", gt_shown(settings->out),
               gt_counted((uint64_t)settings->count, "code"), gt_counted(width, "number"));
done:
    gt_dataset_writer_discard(writer);
    free(provenance);
    free(codes);
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const sample_settings *settings = call->settings;
    gt_status status = GT_OK;
    sampler s = {0};
    char *provenance = NULL;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_network_open_run(&call->context, call->words[0], NULL, NULL, &s.run, err));
    if (gt_model_class_of(gt_run_model(s.run))->draw) {
        GT_TRY(run_codes(call, s.run, err));
        goto done;
    }
    GT_TRY(prepare_sampler(&s, call, err));
    const char *const inputs[] = {gt_run_path_of(s.run), NULL};
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    GT_TRY(open_output(&s, call, provenance, err));
    GT_TRY(draw_all(&s, call, err));
    if (s.writer) {
        gt_dataset_writer *writer = s.writer;
        s.writer = NULL;
        GT_TRY(gt_dataset_writer_commit(writer, err));
    } else {
        GT_TRY(gt_sheet_write(settings->out, s.run, (size_t)settings->count,
                              (size_t)settings->columns, settings->colours, s.images,
                              provenance, err));
    }
    if (!call->is_quiet)
        printf("%s: %s\n", gt_shown(settings->out),
               gt_counted((uint64_t)settings->count, "image"));
done:
    gt_dataset_writer_discard(s.writer);
    gt_user_destroy(s.user);
    gt_run_close(s.run);
    free(s.images);
    free(s.bytes);
    free(provenance);
    return status;
}

static const char *const examples[] = {
    "galatea sample run --count 64 --seed 1 --out samples.png",
    "galatea sample run --count 10000 --temperature 0.9 --out samples.h5",
    "galatea sample flow --count 10000 --out codes.h5", NULL};

const gt_command gt_command_sample = {
    .name = "sample",
    .summary = "make new images, or codes, with a trained model",
    .description =
        "Draws images that the model finds likely: a sheet when the name of --out ends in "
        ".png, "
        "a data set of bytes when it ends in .h5. A flow draws codes, into a .h5. Image I "
        "depends on weights, options and seed "
        "alone: a longer series begins with the shorter one.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(sample_settings),
    .examples = examples,
    .has_threads = true,
    .takes_weights = true,
    .variant_word = "RUN",
    .variant_at = gt_sample_variant_at,
    .variant_of = gt_sample_variant_of,
    .run = run};
