/* inversion.c - see inversion.h. */
#include "inversion.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "latent_parts.h"
#include "latents.h"
#include "lost_rows.h"
#include "mismatch.h"
#include "network.h"
#include "progress.h"
#include "provenance.h"
#include "sort.h"

/* Everything at work. */
typedef struct inverter {
    const gt_context *context;
    const gt_inversion_settings *settings;
    gt_inversion *c;
    gt_inference *inference;
    gt_latents_writer *writer; /* NULL: nobody wants the latents */
    float *pixels;
    size_t batch;
} inverter;

/* ---- Sets ------------------------------------------------------------------------------ */

static gt_status open_set(const gt_run *run, gt_inverted_set *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_model_latent part;
    gt_base_name(s->path, s->name);
    GT_TRY(gt_dataset_open(s->path, &s->data, err));
    GT_TRY(gt_use_check_images(run, s->data, err));
    s->count = gt_dataset_describe(s->data)->count;
    GT_TRY(gt_row_columns_read(s->data, GT_COLUMNS_ALL, &s->columns, err));
    s->round_trip = calloc(s->count + 1, sizeof *s->round_trip);
    s->largest_z = calloc(s->count + 1, sizeof *s->largest_z);
    if (!s->round_trip || !s->largest_z)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %" PRIu64 " images", s->count);
    for (int i = 0; gt_model_latent_at(gt_run_model(run), i, &part); i++)
        memcpy(s->parts[i].name, part.name, sizeof part.name);
done:
    return status;
}

static gt_status open_sets(gt_inversion *c, const char *const *sets, size_t count,
                           gt_error *err) {
    gt_named named[GT_INVERSION_SETS];
    gt_status status = GT_OK;
    for (; c->count < count; c->count++) {
        c->sets[c->count].path = sets[c->count];
        GT_TRY(open_set(c->run, &c->sets[c->count], err));
    }
    for (size_t i = 0; i < c->count; i++)
        named[i] = (gt_named){c->sets[i].name, c->sets[i].path};
    GT_TRY(gt_names_tell_apart(named, c->count, err));
done:
    return status;
}

static gt_status open_run(const gt_context *context, const char *path, const char *data,
                          gt_inversion *c, gt_error *err) {
    gt_status status = gt_network_open_run(context, path, data, NULL, &c->run, err);
    gt_model_latent part;
    if (status) return status;
    const gt_model *model = gt_run_model(c->run);
    if (!gt_model_class_of(model)->invert)
        return gt_fail(
            err, GT_UNSUPPORTED,
            "%s is a run of model %s, which cannot tell what images are made of; one "
            "whose network runs backwards can: galatea train glow",
            path, gt_model_class_of(model)->name);
    while (gt_model_latent_at(model, (int)c->part_count, &part)) c->part_count++;
    c->width = (size_t)gt_model_latent_width(model);
    return GT_OK;
}

/* ---- Numbers --------------------------------------------------------------------------- */

static void add_number(gt_inverted_part *part, double value) {
    double at = (value + GT_INVERSION_REACH) * GT_INVERSION_BINS / (2 * GT_INVERSION_REACH);
    part->numbers++;
    part->sum += value;
    part->squares += value * value;
    part->largest = fmax(part->largest, fabs(value));
    if (at >= 0 && at < GT_INVERSION_BINS)
        part->bins[(size_t)at]++;
    else
        part->beyond++;
}

/* One image: its latents, the error of the way back, and its largest z. */
static void add_image(const gt_inversion *c, gt_inverted_set *s, uint64_t row,
                      const float *found) {
    bool is_finite = gt_are_finite(found, c->width + 2);
    s->round_trip[row] = is_finite ? found[c->width] : INFINITY;
    s->largest_z[row] = is_finite ? found[c->width + 1] : INFINITY;
    s->not_finite += !is_finite;
    s->above += !(s->round_trip[row] <= (float)GT_INVERSION_LIMIT);
    if (!is_finite) return;
    gt_model_latent part;
    for (int i = 0; gt_model_latent_at(gt_run_model(c->run), i, &part); i++)
        for (int64_t k = gt_shape_count(part.shape); k > 0; k--)
            add_number(&s->parts[i], (double)*found++);
}

static gt_status conclude(const gt_inversion *c, gt_inverted_set *s, gt_error *err) {
    float *sorted = malloc(s->count * sizeof *sorted);
    if (!sorted)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", s->count);
    memcpy(sorted, s->round_trip, s->count * sizeof *sorted);
    qsort(sorted, s->count, sizeof *sorted, gt_by_float);
    s->median = (double)sorted[(s->count - 1) / 2];
    s->worst = (double)sorted[s->count - 1];
    free(sorted);
    for (uint64_t i = 0; i < s->count; i++)
        s->largest = fmax(s->largest, (double)s->largest_z[i]);
    for (size_t i = 0; i < c->part_count; i++) {
        gt_inverted_part *part = &s->parts[i];
        double n = (double)part->numbers;
        part->mean = part->sum / n;
        part->deviation = sqrt(fmax(0, part->squares / n - part->mean * part->mean));
    }
    return GT_OK;
}

static void remark_lost(const gt_inverted_set *s) {
    enum { NAMED = 8, ROOM = 24 * NAMED };
    char rows[ROOM] = "";
    size_t length = 0, named = 0;
    if (!s->above) return;
    for (uint64_t i = 0; i < s->count && named < NAMED; i++)
        if (!(s->round_trip[i] <= (float)GT_INVERSION_LIMIT))
            length += (size_t)snprintf(rows + length, ROOM - length, "%s%" PRIu64,
                                       named++ ? ", " : "", i);
    gt_remark("%s: %" PRIu64 " of %" PRIu64 " images do not come back, pixels are more than %g "
              "of their range off (row%s %s%s)",
              s->path, s->above, s->count, GT_INVERSION_LIMIT, s->above > 1 ? "s" : "", rows,
              s->above > named ? ", ..." : "");
}

/* ---- Work ------------------------------------------------------------------------------ */

static gt_status keep(const inverter *v, const gt_inverted_set *s, uint64_t first, size_t count,
                      const float *found, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < count && v->writer; i++) {
        const gt_dataset_row about = gt_row_columns_at(&s->columns, first + i);
        const gt_latents_origin origin = {s->name, about.id, first + i,
                                          s->round_trip[first + i], s->largest_z[first + i]};
        size_t stride = v->c->width + 2;
        GT_TRY(
            gt_latents_writer_append(v->writer, found + i * stride, stride, &origin, 1, err));
    }
done:
    return status;
}

static gt_status invert_rows(const inverter *v, gt_inverted_set *s, uint64_t first,
                             size_t count, gt_error *err) {
    gt_status status = GT_OK;
    const float *found = NULL;
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    GT_TRY(gt_dataset_read(s->data, first, count, v->pixels, err));
    GT_TRY(gt_use_check_pixels(s->path, gt_dataset_range(info), first, count,
                               gt_dataset_row_values(info), v->pixels, err));
    GT_TRY(gt_inference_run(v->inference, v->pixels, count, (uint64_t)v->settings->seed, first,
                            &found, err));
    for (size_t i = 0; i < count; i++)
        add_image(v->c, s, first + i, found + i * (v->c->width + 2));
    GT_TRY(keep(v, s, first, count, found, err));
done:
    return status;
}

static gt_status invert_set(const inverter *v, gt_inverted_set *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_progress progress = gt_context_progress(v->context, (int64_t)s->count, s->name);
    for (uint64_t at = 0; at < s->count; at += v->batch) {
        size_t count = s->count - at < v->batch ? (size_t)(s->count - at) : v->batch;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(invert_rows(v, s, at, count, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
    GT_TRY(conclude(v->c, s, err));
    remark_lost(s);
done:
    gt_progress_finish(&progress);
    return status;
}

static gt_status open_output(inverter *v, const char *run, gt_error *err) {
    const gt_inversion *c = v->c;
    char model[GT_USE_MODEL_TEXT], weights[GT_HASH_TEXT];
    gt_latents_info info = {.raw = strcmp(v->settings->kind, "z") == 0,
                            .model = gt_use_model_text(c->run, run, model),
                            .weights = gt_use_weights_text(c->run, weights),
                            .provenance = c->provenance,
                            .has_origin = true};
    gt_latent_parts_of(gt_run_model(c->run), &info);
    for (size_t i = 0; i < c->count; i++) {
        const gt_inverted_set *s = &c->sets[i];
        size_t length = strlen(s->name);
        info.count += s->count;
        if (length > info.set_length) info.set_length = length;
        if (s->columns.ids && s->columns.id_length > info.id_length)
            info.id_length = s->columns.id_length;
    }
    return gt_latents_writer_create(v->settings->out, &info, &v->writer, err);
}

static gt_status prepare(inverter *v, const char *run, const void *model_settings,
                         gt_error *err) {
    gt_status status = GT_OK;
    const gt_inversion *c = v->c;
    const gt_model *model = gt_run_model(c->run);
    v->batch = (size_t)gt_use_batch(v->settings->batch, model);
    const gt_use_options how = {
        .use = GT_USE_INVERT,
        .settings = model_settings,
        .batch = (int64_t)v->batch,
        .threads = v->context->threads,
        .exact = v->settings->exact,
        .latents = {.raw = strcmp(v->settings->kind, "z") == 0, .checked = true}};
    GT_TRY(gt_inference_create(c->run, &how, &v->inference, err));
    v->pixels = malloc(v->batch * gt_inference_image_floats(v->inference) * sizeof *v->pixels);
    if (!v->pixels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", v->batch);
    if (v->settings->out) GT_TRY(open_output(v, run, err));
done:
    return status;
}

/* ---- The whole ------------------------------------------------------------------------- */

/* Densities of every part of every set, and that of normal noise. */
static gt_status draw(const gt_inversion *c, const gt_inversion_settings *settings,
                      gt_error *err) {
    enum { POINTS = GT_INVERSION_BINS };
    gt_status status = GT_OK;
    size_t lines = c->count * c->part_count, at = 0;
    double step = 2 * GT_INVERSION_REACH / POINTS, x[POINTS], normal[POINTS];
    gt_line *drawn = calloc(lines + 1, sizeof *drawn);
    double(*y)[POINTS] = calloc(lines, sizeof *y);
    char(*names)[GT_LABEL_ROOM + 40] = calloc(lines, sizeof *names);
    if (!drawn || !y || !names) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    for (size_t k = 0; k < POINTS; k++) {
        x[k] = -GT_INVERSION_REACH + ((double)k + 0.5) * step;
        normal[k] = exp(-x[k] * x[k] / 2) / sqrt(2 * M_PI);
    }
    for (size_t i = 0; i < c->count; i++)
        for (size_t p = 0; p < c->part_count; p++, at++) {
            const gt_inverted_part *part = &c->sets[i].parts[p];
            for (size_t k = 0; k < POINTS; k++)
                y[at][k] = (double)part->bins[k] / ((double)part->numbers * step);
            snprintf(names[at], sizeof names[at], "%s%s%s", c->count > 1 ? c->sets[i].name : "",
                     c->count > 1 ? " " : "", part->name);
            drawn[at] = (gt_line){.name = names[at], .count = POINTS, .x = x, .y = y[at]};
        }
    drawn[lines] = (gt_line){
        .name = "normal", .count = POINTS, .x = x, .y = normal, .style = GT_LINE_DASHED};
    const gt_panel panel = {.y = {.label = "density"}, .lines = drawn, .count = lines + 1};
    const gt_figure figure = {.x = {.label = settings->kind}, .provenance = c->provenance};
    GT_TRY(gt_figure_panels(settings->figure, &figure, &panel, 1, err));
done:
    free(drawn);
    free(y);
    free(names);
    return status;
}

static gt_status make_record(const gt_context *context, const char *const *sets, size_t count,
                             gt_inversion *c, gt_error *err) {
    const char *inputs[GT_INVERSION_SETS + 2] = {NULL};
    memcpy(inputs, sets, count * sizeof *inputs);
    inputs[count] = gt_run_path_of(c->run);
    return gt_provenance_make_with(context->invocation, inputs, "training",
                                   gt_run_record(c->run), &c->provenance, err);
}

gt_status gt_invert(const gt_context *context, const char *run, const char *const *sets,
                    size_t count, const gt_inversion_settings *settings,
                    const void *model_settings, gt_inversion *c, gt_error *err) {
    gt_status status = GT_OK;
    inverter v = {.context = context, .settings = settings, .c = c};
    const char *paths[GT_INVERSION_SETS + 1] = {NULL};
    GT_ASSERT(count > 0 && count <= GT_INVERSION_SETS);
    memcpy(paths, sets, count * sizeof *paths);
    GT_TRY(open_run(context, run, sets[0], c, err));
    const gt_sight learned = {run, gt_run_imaging(c->run)};
    GT_TRY(gt_mismatch_check_files(context, &learned, paths, "", err));
    GT_TRY(open_sets(c, sets, count, err));
    GT_TRY(make_record(context, sets, count, c, err));
    GT_TRY(prepare(&v, run, model_settings, err));
    for (size_t i = 0; i < c->count; i++) GT_TRY(invert_set(&v, &c->sets[i], err));
    if (settings->figure) GT_TRY(draw(c, settings, err));
    if (v.writer) {
        gt_latents_writer *writer = v.writer;
        v.writer = NULL;
        GT_TRY(gt_latents_writer_commit(writer, err));
    }
done:
    gt_latents_writer_discard(v.writer);
    gt_inference_destroy(v.inference);
    free(v.pixels);
    return status;
}

void gt_inversion_free(gt_inversion *c) {
    for (size_t i = 0; i < GT_INVERSION_SETS; i++) {
        gt_dataset_close(c->sets[i].data);
        free(c->sets[i].round_trip);
        free(c->sets[i].largest_z);
    }
    gt_run_close(c->run);
    free(c->provenance);
    *c = (gt_inversion){0};
}
