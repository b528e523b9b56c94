/* nearest_run.c - samples of a run that is trained beside what it learned from. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/run.h"
#include "made.h"
#include "nearest.h"
#include "run_use.h"
#include "search.h"
#include "table.h"
#include "text.h"

enum { FEW = 1000 /* pictures that train */, SEED = 1 };

typedef struct comparison {
    const gt_train_settings *settings;
    gt_run *run;
    size_t count;
    gt_shape made;
    float *samples;
    gt_run_origin origin;
    gt_dataset *data;
    gt_nearest *found;
    char path[4096];
} comparison;

static void close_comparison(comparison *c) {
    gt_run_close(c->run);
    gt_run_origin_free(&c->origin);
    gt_dataset_close(c->data);
    free(c->samples);
    free(c->found);
}

/* ---- samples ---- */

/* As a set would hold them; those that are not finite become black. */
static void store(const comparison *c, float *pictures) {
    size_t values = (size_t)gt_shape_count(c->made), bad = 0;
    gt_value_range range = gt_run_imaging(c->run).range;
    for (size_t i = 0; i < c->count; i++) {
        float *own = pictures + i * values;
        bool is_finite = true;
        for (size_t k = 0; k < values; k++) is_finite = is_finite && isfinite(own[k]);
        bad += !is_finite;
        for (size_t k = 0; k < values; k++)
            own[k] = is_finite ? gt_made_level(range, own[k]) : 0;
    }
    if (bad)
        gt_remark("%zu of %zu samples are not finite: they are like no picture", bad, c->count);
}

static gt_status draw(const comparison *c, const void *how, gt_error *err) {
    gt_status status = GT_OK;
    size_t batch = (size_t)gt_use_batch(0, gt_run_model(c->run)),
           values = (size_t)gt_shape_count(c->made);
    gt_picture_maker maker = {.model = gt_run_model(c->run), .seed = SEED};
    GT_TRY(gt_inference_create(c->run,
                               &(gt_use_options){.use = GT_USE_SAMPLE,
                                                 .settings = how,
                                                 .batch = (int64_t)batch,
                                                 .threads = (int)c->settings->threads,
                                                 .exact = c->settings->exact},
                               &maker.inference, err));
    for (size_t at = 0; at < c->count; at += batch) {
        size_t n = c->count - at < batch ? c->count - at : batch;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_make_pictures(&maker, NULL, at, n, c->samples + at * values, err));
    }
    store(c, c->samples);
done:
    gt_inference_destroy(maker.inference);
    return status;
}

/* As `galatea sample` draws them when nothing is said. */
static gt_status draw_usual(const comparison *c, const gt_model_class *kind, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    void *how = calloc(1, kind->sample_size + 1);
    if (!how) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&options, err));
    if (kind->sample_options) GT_TRY(gt_options_add(options, kind->sample_options, how, err));
    GT_TRY(draw(c, how, err));
done:
    gt_options_destroy(options);
    free(how);
    return status;
}

/* ---- what is left of it ---- */

static gt_status write_table(const comparison *c, gt_error *err) {
    static const gt_table_column columns[] = {
        {"sample", GT_TABLE_INT, NULL, "number of the sample, from 0"},
        {"row", GT_TABLE_INT, NULL, "row of the training picture most like it"},
        {"cosine", GT_TABLE_REAL, NULL, "of the angle between both without their means"},
        {"orientation", GT_TABLE_TEXT, NULL, "of the sample, by which it was found"},
        {"epoch", GT_TABLE_INT, NULL, "of the weights that made the sample"},
        {"id", GT_TABLE_TEXT, NULL, "name of the training picture"}};
    gt_status status = GT_OK;
    gt_table *table = NULL;
    gt_row_columns there;
    GT_TRY(gt_row_columns_read(c->data, GT_COLUMNS_ALL, &there, err));
    size_t used = sizeof columns / sizeof *columns - !there.ids;
    GT_TRY(gt_table_create(columns, used, &table, err));
    gt_table_call(table, "NEAREST");
    for (size_t i = 0; i < c->count; i++) {
        const gt_nearest *own = &c->found[i];
        gt_cell cells[] = {gt_cell_int((int64_t)i),
                           gt_cell_int((int64_t)own->row),
                           gt_cell_real(own->cosine),
                           gt_cell_text(gt_found_turn_name(own->turn)),
                           gt_cell_int(gt_run_epoch(c->run)),
                           gt_cell_text(gt_row_columns_at(&there, own->row).id)};
        GT_TRY(gt_table_append(table, cells, err));
    }
    GT_TRY(gt_table_write(table, c->path, NULL, err));
done:
    gt_table_destroy(table);
    return status;
}

static gt_status tell(const comparison *c, gt_error *err) {
    char samples[GT_COUNTED_SIZE], learned[GT_COUNTED_SIZE];
    gt_nearest_summary sum;
    gt_status status = gt_nearest_sum_up(c->found, c->count, &sum, err);
    if (status) return status;
    gt_remark("%s beside the %s learned from: cosine with the nearest %.3f in the median, %.3f "
              "at most, %zu above 0.98; %s",
              gt_text_counted(c->count, "sample", samples),
              gt_text_counted(c->origin.train_count, "picture", learned), sum.median,
              sum.highest, sum.copies, c->path);
    return GT_OK;
}

/* ---- all of it ---- */

static gt_status compare(comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    const char *const places[] = {c->settings->data, NULL};
    const gt_model_class *kind = gt_model_class_of(gt_run_model(c->run));
    c->made = gt_model_made(gt_run_model(c->run));
    c->count = (size_t)c->settings->nearest;
    c->samples = calloc(c->count, (size_t)gt_shape_count(c->made) * sizeof *c->samples);
    c->found = calloc(c->count, sizeof *c->found);
    if (!c->samples || !c->found)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", c->count);
    status = gt_run_origin_find(c->settings->out, places, &c->origin, err);
    if (status == GT_NOT_FOUND) { /* removed meanwhile; the run has all it needs */
        gt_remark("samples are not compared: %s", err ? err->text : "the data set is gone");
        return GT_OK;
    }
    if (status) goto done;
    GT_TRY(gt_dataset_open(c->origin.path, &c->data, err));
    GT_TRY(draw_usual(c, kind, err));
    const gt_nearest_search search = {.count = c->count,
                                      .channels = (size_t)c->made.dim[0],
                                      .height = (size_t)c->made.dim[1],
                                      .width = (size_t)c->made.dim[2],
                                      .samples = c->samples,
                                      .data = c->data,
                                      .rows = c->origin.train,
                                      .row_count = c->origin.train_count,
                                      .flips = c->settings->flip,
                                      .turns = c->settings->nearest_turns};
    GT_TRY(gt_nearest_find(&search, NULL, c->found, err));
    GT_TRY(write_table(c, err));
    GT_TRY(tell(c, err));
done:
    return status;
}

gt_status gt_nearest_tell(const gt_model_class *kind, const gt_train_settings *settings,
                          bool was_finished, gt_error *err) {
    gt_status status = GT_OK;
    comparison c = {.settings = settings};
    if (settings->nearest == 0 || !kind->sample || kind->needs.codes) return GT_OK;
    snprintf(c.path, sizeof c.path, "%.4000s/nearest.csv", settings->out);
    bool is_there = access(c.path, F_OK) == 0;
    if (was_finished && is_there) return GT_OK;
    GT_TRY(gt_run_open(settings->out, &c.run, err));
    uint64_t count = gt_run_brightness(c.run).count;
    if (count == 0 || count >= FEW) goto done;
    if (is_there && unlink(c.path)) /* of other weights */
        GT_THROW(err, GT_IO, "%s cannot be removed", c.path);
    status = compare(&c, err);
    if (status == GT_INTERRUPTED)
        status = gt_fail(err, status,
                         "interrupted while samples were compared; %s is trained, and the same "
                         "command compares them",
                         settings->out);
done:
    close_comparison(&c);
    return status;
}
