/* galatea encode RUN: a data set's images as codes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "encoder.h"
#include "galatea/hash.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/progress.h"
#include "mismatch.h"
#include "network_arguments.h"
#include "parts.h"
#include "provenance.h"
#include "run_use.h"
#include "run_variants.h"
#include "shown.h"

typedef struct encode_settings {
    const char *data, *out, *average;
    int64_t batch, seed;
    bool exact, untrained;
} encode_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(encode_settings, data), NULL, "FILE", "data set to encode",
     .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(encode_settings, out), NULL, "FILE", "data set of codes to write",
     .required = true, .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
    {"average", GT_CHOICE_AT(encode_settings, average), "none", "WAYS",
     "average each code over the picture's mirror images, or also over its quarter turns",
     .choices = GT_ENCODER_AVERAGES},
    {"untrained", GT_FLAG_AT(encode_settings, untrained), NULL, NULL,
     "first weights, drawn anew, in place of what the run learned: what codes are worth "
     "without "
     "learning"},
    {"seed", GT_INT_AT(encode_settings, seed), "1", "S",
     "seed of codes that are drawn, and of first weights", .min = 0, .max = 9e15},
    {"batch", GT_INT_AT(encode_settings, batch), "0", "N", "images at once; 0: chosen",
     .min = 0, .max = 4096},
    {"exact", GT_FLAG_AT(encode_settings, exact), NULL, NULL,
     "no fast convolutions with larger rounding"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* Everything at work; the arrays have room for one batch. */
typedef struct encoder {
    gt_run *run;
    gt_encoder *codes;
    gt_dataset *data;
    gt_dataset_writer *writer;
    gt_use_columns columns;
    float *images;
    gt_dataset_row *rows;
    size_t batch;
    gt_parts *parts; /* finished batches, but for the first */
    gt_hash origin;  /* of all that codes follow from */
    float *kept;     /* one batch of codes */
    bool is_resumed; /* some of them are of a former call */
} encoder;

/* ---- Batches ----------------------------------------------------------------------------- */

static gt_status compute(encoder *e, uint64_t first, size_t count, uint64_t seed,
                         const float **codes, gt_error *err) {
    gt_status status = GT_OK;
    size_t values = gt_dataset_row_values(gt_dataset_describe(e->data));
    const char *path = gt_dataset_path(e->data);
    GT_TRY(gt_dataset_read(e->data, first, count, e->images, err));
    GT_TRY(gt_use_check_pixels(path, first, count, values, e->images, err));
    GT_TRY(gt_encoder_run(e->codes, e->images, count, seed, first, codes, err));
    GT_TRY(gt_use_check_finite(path, first, count, gt_encoder_width(e->codes), *codes,
                               "its code", err));
done:
    return status;
}

static void remark_resumed(encoder *e) {
    if (!e->is_resumed)
        gt_remark("%s holds codes of a call that was interrupted, which goes on",
                  gt_parts_path(e->parts));
    e->is_resumed = true;
}

/* The first batch is computed in any case: what it gives here, on this processor, decides
 * whether the others of a former call are those that this one would compute. */
static gt_status find_or_compute(encoder *e, uint64_t first, size_t count, uint64_t seed,
                                 const float **codes, gt_error *err) {
    gt_status status = GT_OK;
    size_t size = count * gt_encoder_width(e->codes) * sizeof **codes;
    gt_part_id id = {gt_hash_end(&e->origin), {first, count}};
    if (first > 0 && gt_parts_find(e->parts, id, e->kept)) {
        remark_resumed(e);
        *codes = e->kept;
        return GT_OK;
    }
    GT_TRY(compute(e, first, count, seed, codes, err));
    memcpy(e->kept, *codes, size);
    if (first == 0)
        gt_hash_add(&e->origin, *codes, size);
    else
        GT_TRY(gt_parts_add(e->parts, id, e->kept, err));
done:
    return status;
}

static gt_status encode_rows(encoder *e, uint64_t first, size_t count, uint64_t seed,
                             gt_error *err) {
    gt_status status = GT_OK;
    const float *codes = NULL;
    GT_TRY(find_or_compute(e, first, count, seed, &codes, err));
    for (size_t i = 0; i < count; i++) e->rows[i] = gt_use_row(&e->columns, first + i);
    GT_TRY(gt_dataset_writer_append(e->writer, codes, e->rows, count, err));
done:
    return status;
}

static gt_status explain(const encoder *e, uint64_t at, uint64_t total, gt_error *err) {
    if (gt_parts_count(e->parts) > 0)
        return gt_fail(err, GT_INTERRUPTED,
                       "interrupted after %llu of %llu images; the same command goes on, by %s",
                       (unsigned long long)at, (unsigned long long)total,
                       gt_parts_path(e->parts));
    return gt_fail(err, GT_INTERRUPTED,
                   "interrupted after %llu of %llu images, no file written",
                   (unsigned long long)at, (unsigned long long)total);
}

static gt_status encode_all(encoder *e, uint64_t seed, bool is_quiet, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = gt_dataset_describe(e->data)->count;
    gt_progress progress =
        gt_progress_start(is_quiet ? -1 : STDERR_FILENO, (int64_t)total, "encoding");
    for (uint64_t at = 0; at < total; at += e->batch) {
        size_t count = total - at < e->batch ? (size_t)(total - at) : e->batch;
        if (gt_interrupt_pending()) {
            status = explain(e, at, total, err);
            goto done;
        }
        GT_TRY(encode_rows(e, at, count, seed, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

/* ---- The whole --------------------------------------------------------------------------- */

/* Codes follow from the record with its sums of the inputs, and their bits from the threads. */
static gt_status open_parts(encoder *e, const gt_call *call, const char *provenance,
                            gt_error *err) {
    const encode_settings *settings = call->settings;
    size_t size = e->batch * gt_encoder_width(e->codes) * sizeof *e->kept;
    e->kept = calloc(1, size);
    if (!e->kept) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu codes", e->batch);
    gt_hash_begin(&e->origin);
    gt_hash_add(&e->origin, provenance, strlen(provenance));
    gt_hash_add(&e->origin, &call->threads, sizeof call->threads);
    return gt_parts_open(settings->out, size, &e->parts, err);
}

/* The input's description with codes in place of images. */
static gt_status open_output(encoder *e, const gt_call *call, gt_error *err) {
    const encode_settings *settings = call->settings;
    gt_status status = GT_OK;
    char *provenance = NULL, model[400], learned_from[GT_IMAGING_ROOM];
    const char *const inputs[] = {settings->data, gt_run_path_of(e->run), NULL};
    gt_dataset_info info = *gt_dataset_describe(e->data);
    if (settings->untrained)
        snprintf(model, sizeof model, "%s, untrained, by the settings of %.300s",
                 call->variant.name, call->words[0]);
    else if (gt_run_epoch(e->run) > 0)
        snprintf(model, sizeof model, "%s, epoch %ld of %.300s", call->variant.name,
                 gt_run_epoch(e->run), call->words[0]);
    else
        snprintf(model, sizeof model, "%s, weights %.300s", call->variant.name, call->words[0]);
    GT_TRY(gt_provenance_make_with(&call->invocation, inputs, "training", gt_run_record(e->run),
                                   &provenance, err));
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.channels = gt_encoder_width(e->codes);
    info.height = info.width = 1;
    info.model = model;
    const gt_imaging imaging = gt_run_imaging(e->run);
    gt_imaging_text(&imaging, learned_from);
    info.learned_from = *learned_from ? learned_from : NULL;
    info.provenance = provenance;
    GT_TRY(open_parts(e, call, provenance, err));
    GT_TRY(gt_dataset_writer_create(settings->out, &info, &e->writer, err));
done:
    free(provenance);
    return status;
}

static gt_status prepare_encoder(encoder *e, const gt_call *call, gt_error *err) {
    const encode_settings *settings = call->settings;
    gt_status status = GT_OK;
    uint64_t seed = (uint64_t)settings->seed;
    GT_TRY(gt_network_open_run(&call->context, call->words[0], settings->data,
                               settings->untrained ? &seed : NULL, &e->run, err));
    GT_TRY(gt_dataset_open(settings->data, &e->data, err));
    GT_TRY(gt_use_check_images(e->run, e->data, err));
    const gt_sight learned = {call->words[0], gt_run_imaging(e->run)};
    const gt_sight seen = {settings->data, gt_imaging_of(gt_dataset_describe(e->data))};
    GT_TRY(gt_mismatch_check(&call->context, &learned, &seen, 1, "", err));
    GT_TRY(gt_use_columns_read(e->data, &e->columns, err));
    e->batch = (size_t)gt_use_batch(settings->batch, gt_run_model(e->run));
    size_t values = gt_dataset_row_values(gt_dataset_describe(e->data));
    e->images = malloc(e->batch * values * sizeof *e->images);
    e->rows = malloc(e->batch * sizeof *e->rows);
    if (!e->images || !e->rows)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", e->batch);
    const gt_use_options how = {.use = GT_USE_ENCODE,
                                .settings = call->variant_settings,
                                .batch = (int64_t)e->batch,
                                .threads = (int)call->threads,
                                .exact = settings->exact};
    GT_TRY(gt_encoder_create(e->run, &how, settings->average, &e->codes, err));
done:
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const encode_settings *settings = call->settings;
    gt_status status = GT_OK;
    encoder e = {0};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(prepare_encoder(&e, call, err));
    GT_TRY(open_output(&e, call, err));
    GT_TRY(encode_all(&e, (uint64_t)settings->seed, call->is_quiet, err));
    gt_dataset_writer *writer = e.writer;
    e.writer = NULL;
    GT_TRY(gt_dataset_writer_commit(writer, err));
    if (!call->is_quiet)
        printf("%s: %s of %s\n", gt_shown(settings->out),
               gt_counted(gt_dataset_describe(e.data)->count, "code"),
               gt_counted(gt_encoder_width(e.codes), "number"));
done:
    gt_parts_finish(e.parts, status);
    gt_dataset_writer_discard(e.writer);
    gt_encoder_destroy(e.codes);
    gt_dataset_close(e.data);
    gt_run_close(e.run);
    free(e.images);
    free(e.rows);
    free(e.kept);
    return status;
}

static const char *const examples[] = {"galatea encode run --data set.h5 --out codes.h5",
                                       "galatea encode run --data set.h5 --average flips "
                                       "--out codes.h5",
                                       "galatea encode run --data set.h5 --untrained "
                                       "--out untrained.h5",
                                       "galatea encode run --data set.h5 --code projected "
                                       "--out codes.h5",
                                       NULL};

const gt_command gt_command_encode = {
    .name = "encode",
    .summary = "turn images into codes with a trained model",
    .description =
        "Writes one code per image, with the labels, splits, positions and ids of the data "
        "set. "
        "RUN is a run folder (its best weights are taken) or a weight file, also one that "
        "PyTorch "
        "saved.\n\n"
        "Finished codes are kept beside --out, in a file that ends in .parts, until the whole "
        "is "
        "written: after an interruption the same command goes on.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(encode_settings),
    .examples = examples,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .variant_word = "RUN",
    .variant_at = gt_encode_variant_at,
    .variant_of = gt_encode_variant_of,
    .run = run};
