/* encoding.c - see encoding.h. */
#include "encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code_table.h"
#include "field_block.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "hash.h"
#include "mismatch.h"
#include "network.h"
#include "parts.h"
#include "provenance.h"
#include "run_use.h"

/* Everything at work; the arrays have room for one batch. */
typedef struct encoder {
    const gt_context *context;
    const gt_encode_settings *settings;
    const char *path; /* of the run */
    gt_run *run;
    gt_encoder *codes;
    gt_dataset *data;
    gt_dataset_writer *writer; /* or else */
    gt_code_table *table;
    char *provenance;
    gt_row_columns columns;
    float *images;
    gt_dataset_row *rows;
    gt_field_block fields; /* of the rows */
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
    const gt_dataset_info *info = gt_dataset_describe(e->data);
    size_t values = gt_dataset_row_values(info);
    const char *path = gt_dataset_path(e->data);
    GT_TRY(gt_dataset_read(e->data, first, count, e->images, err));
    GT_TRY(gt_use_check_pixels(path, gt_dataset_range(info), first, count, values, e->images,
                               err));
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
    for (size_t i = 0; e->table && i < count; i++)
        GT_TRY(gt_code_table_append(e->table, first + i, codes + i * gt_encoder_width(e->codes),
                                    err));
    if (e->table) goto done;
    GT_TRY(gt_field_block_read(&e->fields, e->data, first, count, err));
    for (size_t i = 0; i < count; i++) {
        e->rows[i] = gt_row_columns_at(&e->columns, first + i);
        e->rows[i].values = gt_field_block_row(&e->fields, i);
    }
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

static gt_status encode_all(encoder *e, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = gt_dataset_describe(e->data)->count;
    gt_progress progress = gt_context_progress(e->context, (int64_t)total, "encoding");
    for (uint64_t at = 0; at < total; at += e->batch) {
        size_t count = total - at < e->batch ? (size_t)(total - at) : e->batch;
        if (gt_interrupt_pending()) {
            status = explain(e, at, total, err);
            goto done;
        }
        GT_TRY(encode_rows(e, at, count, (uint64_t)e->settings->seed, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

/* ---- The whole --------------------------------------------------------------------------- */

/* Codes follow from the record with its sums of the inputs, and their bits from the threads. */
static gt_status open_parts(encoder *e, const char *provenance, gt_error *err) {
    int64_t threads = e->context->threads;
    size_t size = e->batch * gt_encoder_width(e->codes) * sizeof *e->kept;
    e->kept = calloc(1, size);
    if (!e->kept) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu codes", e->batch);
    gt_hash_begin(&e->origin);
    gt_hash_add(&e->origin, provenance, strlen(provenance));
    gt_hash_add(&e->origin, &threads, sizeof threads);
    return gt_parts_open(e->settings->out, size, &e->parts, err);
}

/* The input's description with codes in place of images. */
static gt_status open_output(encoder *e, gt_error *err) {
    const gt_encode_settings *settings = e->settings;
    const char *kind = gt_model_class_of(gt_run_model(e->run))->name;
    gt_status status = GT_OK;
    char model[GT_USE_MODEL_TEXT], learned_from[GT_IMAGING_ROOM];
    const char *const inputs[] = {settings->data, gt_run_path_of(e->run), NULL};
    gt_dataset_info info = *gt_dataset_describe(e->data);
    if (settings->untrained)
        snprintf(model, sizeof model, "%s, untrained, by the settings of %.300s", kind,
                 e->path);
    else
        (void)gt_use_model_text(e->run, e->path, model);
    GT_TRY(gt_provenance_make_with(e->context->invocation, inputs, "training",
                                   gt_run_record(e->run), &e->provenance, err));
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.channels = gt_encoder_width(e->codes);
    info.height = info.width = 1;
    info.model = model;
    const gt_imaging imaging = gt_run_imaging(e->run);
    gt_imaging_text(&imaging, learned_from);
    info.learned_from = *learned_from ? learned_from : NULL;
    info.provenance = e->provenance;
    GT_TRY(open_parts(e, e->provenance, err));
    if (gt_code_table_is_meant(settings->out))
        GT_TRY(gt_code_table_create(settings->out, e->data, info.channels, &e->table, err));
    else
        GT_TRY(gt_dataset_writer_create(settings->out, &info, &e->writer, err));
done:
    return status;
}

static gt_status prepare(encoder *e, const void *model_settings, gt_error *err) {
    const gt_encode_settings *settings = e->settings;
    gt_status status = GT_OK;
    uint64_t seed = (uint64_t)settings->seed;
    GT_TRY(gt_network_open_run(e->context, e->path, settings->data,
                               settings->untrained ? &seed : NULL, &e->run, err));
    GT_TRY(gt_dataset_open(settings->data, &e->data, err));
    GT_TRY(gt_use_check_images(e->run, e->data, err));
    const gt_sight learned = {e->path, gt_run_imaging(e->run)};
    const gt_sight seen = {settings->data, gt_imaging_of(gt_dataset_describe(e->data))};
    GT_TRY(gt_mismatch_check(e->context, &learned, &seen, 1, "", err));
    GT_TRY(gt_row_columns_read(e->data, GT_COLUMNS_ALL, &e->columns, err));
    e->batch = (size_t)gt_use_batch(settings->batch, gt_run_model(e->run));
    size_t values = gt_dataset_row_values(gt_dataset_describe(e->data));
    e->images = malloc(e->batch * values * sizeof *e->images);
    e->rows = malloc(e->batch * sizeof *e->rows);
    if (!e->images || !e->rows)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", e->batch);
    const gt_dataset_info *info = gt_dataset_describe(e->data);
    GT_TRY(gt_field_block_open(info->fields, info->field_count, e->batch, &e->fields, err));
    const gt_use_options how = {.use = GT_USE_ENCODE,
                                .settings = model_settings,
                                .batch = (int64_t)e->batch,
                                .threads = e->context->threads,
                                .exact = settings->exact};
    GT_TRY(gt_encoder_create(e->run, &how, settings->average, &e->codes, err));
done:
    return status;
}

static void close_encoder(encoder *e) {
    gt_dataset_writer_discard(e->writer);
    gt_code_table_destroy(e->table);
    free(e->provenance);
    gt_encoder_destroy(e->codes);
    gt_dataset_close(e->data);
    gt_run_close(e->run);
    free(e->images);
    free(e->rows);
    gt_field_block_close(&e->fields);
    free(e->kept);
}

gt_status gt_encode_set(const gt_context *context, const char *run,
                        const gt_encode_settings *settings, const void *model_settings,
                        gt_encoded *out, gt_error *err) {
    gt_status status = GT_OK;
    encoder e = {.context = context, .settings = settings, .path = run};
    GT_TRY(prepare(&e, model_settings, err));
    GT_TRY(open_output(&e, err));
    GT_TRY(encode_all(&e, err));
    gt_dataset_writer *writer = e.writer;
    e.writer = NULL;
    GT_TRY(e.table ? gt_code_table_write(e.table, settings->out, e.provenance, err)
                   : gt_dataset_writer_commit(writer, err));
    *out = (gt_encoded){gt_dataset_describe(e.data)->count, gt_encoder_width(e.codes)};
done:
    gt_parts_finish(e.parts, status);
    close_encoder(&e);
    return status;
}
