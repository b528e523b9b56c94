/* part_inversion.c - the inversion test of the two-models paper (figures 10 and 11, table 1):
 * pictures that A makes of normal noise are given back to A and to B as they are inside the
 * network, without rounding or cutting, and what each finds is compared with the noise, part by
 * part. Only noise that is whitened by the network's own priors can be compared so. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "inverted.h"
#include "lost_rows.h"
#include "progress.h"
#include "run_use.h"
#include "usual.h"

/* Of `count` pictures the noise, (count, width), and what A and B find; rows of all three are
 * left out where one of the models finds no finite numbers. */
typedef struct inverted {
    size_t count, width;
    float *noise, *found[2];
} inverted;

/* One at work: the plans of A's samples, and of both ways back. */
typedef struct inverter {
    const gt_twin *twin;
    gt_run *runs[2];
    gt_usual sampling, inverting;
    gt_inference *maker, *back[2];
    size_t batch, inner;
    float *pictures;
} inverter;

static void close_inverter(inverter *v) {
    for (int side = 0; side < 2; side++) {
        gt_inference_destroy(v->back[side]);
        gt_run_close(v->runs[side]);
    }
    gt_inference_destroy(v->maker);
    gt_usual_close(&v->sampling);
    gt_usual_close(&v->inverting);
    free(v->pictures);
}

static gt_status open_plans(inverter *v, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *model = v->twin->sweep->job->model;
    gt_use_options how = {.batch = (int64_t)v->batch,
                          .threads = v->twin->sweep->context->threads,
                          .exact = v->twin->sweep->job->settings->exact};
    GT_TRY(gt_usual_open(model->sample_options, model->sample_size, NULL, &v->sampling, err));
    GT_TRY(gt_usual_open(model->invert_options, model->invert_size, NULL, &v->inverting, err));
    how.use = GT_USE_SAMPLE;
    how.settings = v->sampling.values;
    how.latents = (gt_latent_use){.given = true, .inner = true};
    GT_TRY(gt_inference_create(v->runs[0], &how, &v->maker, err));
    how.use = GT_USE_INVERT;
    how.settings = v->inverting.values;
    how.latents = (gt_latent_use){.inner = true};
    for (int side = 0; side < 2; side++)
        GT_TRY(gt_inference_create(v->runs[side], &how, &v->back[side], err));
done:
    return status;
}

static gt_status open_inverter(inverter *v, gt_error *err) {
    gt_status status = GT_OK;
    for (int side = 0; side < 2; side++) {
        char path[GT_TWINS_PATH];
        const gt_twin of = {v->twin->sweep, v->twin->size, side};
        GT_TRY(gt_twin_weights(&of, GT_TWIN_WEIGHTS, path, err));
        GT_TRY(gt_run_open(path, &v->runs[side], err));
    }
    v->batch = (size_t)gt_use_batch(0, gt_run_model(v->runs[0]));
    v->inner = (size_t)gt_shape_count(gt_model_inner(gt_run_model(v->runs[0])));
    v->pictures = malloc(v->batch * v->inner * sizeof *v->pictures);
    if (!v->pictures) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", v->batch);
    GT_TRY(open_plans(v, err));
done:
    return status;
}

/* Noise of pictures first ... stands behind what was kept so far, and is kept where all that
 * follows from it is finite. */
static gt_status invert_batch(inverter *v, inverted *all, size_t first, size_t count,
                              gt_error *err) {
    gt_status status = GT_OK;
    const float *made = NULL;
    size_t width = all->width, kept = all->count;
    const gt_draws draws = {(uint64_t)v->twin->sweep->settings->sample_seed, first};
    float *noise = all->noise + kept * width;
    gt_model_draw_latents(gt_run_model(v->runs[0]), (int64_t)count, &draws, noise);
    GT_TRY(gt_inference_run(v->maker, noise, count, draws.seed, first, &made, err));
    memcpy(v->pictures, made, count * v->inner * sizeof *made);
    for (int side = 0; side < 2; side++) {
        GT_TRY(
            gt_inference_run(v->back[side], v->pictures, count, draws.seed, first, &made, err));
        memcpy(all->found[side] + kept * width, made, count * width * sizeof *made);
    }
    for (size_t i = 0; i < count; i++) {
        size_t from = (kept + i) * width, to = all->count * width;
        if (!gt_are_finite(all->found[0] + from, width) ||
            !gt_are_finite(all->found[1] + from, width))
            continue;
        memmove(all->noise + to, all->noise + from, width * sizeof *made);
        for (int side = 0; side < 2; side++)
            memmove(all->found[side] + to, all->found[side] + from, width * sizeof *made);
        all->count++;
    }
done:
    return status;
}

static gt_status invert_all(inverter *v, inverted *all, gt_error *err) {
    gt_status status = GT_OK;
    const gt_sweep *sweep = v->twin->sweep;
    size_t total = (size_t)sweep->settings->samples;
    gt_progress progress = gt_context_progress(sweep->context, (int64_t)total, "inversion");
    for (size_t at = 0; at < total; at += v->batch) {
        size_t left = total - at, count = left < v->batch ? left : v->batch;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(invert_batch(v, all, at, count, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
    if (all->count == 0)
        GT_THROW(err, GT_NOT_FINITE, "no picture of A comes back from both models");
done:
    gt_progress_finish(&progress);
    return status;
}

/* ---- numbers ---- */

/* Columns first .. first + width - 1 of (count, stride), one row after another. */
static void cut_out(const float *from, size_t count, size_t stride, size_t first, size_t width,
                    float *out) {
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * width, from + i * stride + first, width * sizeof *out);
}

/* The latents of one part, of the noise and of what A and B find. */
static gt_status compare_part(const inverted *all, const char *name, size_t first, size_t width,
                              gt_inverted_drawing *drawn, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t numbers = all->count * width;
    const float *from[3] = {all->noise, all->found[0], all->found[1]};
    float *own = malloc(3 * numbers * sizeof *own);
    if (!own) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu latents", 3 * numbers);
    for (int k = 0; k < 3; k++)
        cut_out(from[k], all->count, all->width, first, width, own + (size_t)k * numbers);
    GT_TRY(gt_inverted_draw(drawn, name, numbers, own, err));
    GT_TRY(gt_numbers_put(out, (double)numbers, err, "numbers_%s", name));
    for (int side = 0; side < 2; side++) {
        gt_agreement found;
        char end = gt_side_end(side);
        GT_TRY(gt_agreement_measure(numbers, own, own + (size_t)(1 + side) * numbers, &found,
                                    err));
        GT_TRY(gt_numbers_put(out, found.w1, err, "w1_%s_%c", name, end));
        GT_TRY(gt_numbers_put(out, found.correlation, err, "correlation_%s_%c", name, end));
        GT_TRY(gt_numbers_put(out, found.largest, err, "largest_%s_%c", name, end));
    }
done:
    free(own);
    return status;
}

static gt_status compare(const inverter *v, const inverted *all, gt_numbers *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_inverted_drawing drawn = {0};
    gt_model_latent part;
    size_t first = 0;
    const gt_model *model = gt_run_model(v->runs[0]);
    GT_TRY(gt_numbers_put(out, (double)gt_model_inner(model).dim[0], err, "channels_inside"));
    GT_TRY(gt_numbers_put(out, (double)v->twin->sweep->settings->samples - (double)all->count,
                          err, "inversion_lost"));
    for (int i = 0; gt_model_latent_at(model, i, &part); i++) {
        size_t width = (size_t)gt_shape_count(part.shape);
        GT_TRY(compare_part(all, part.name, first, width, &drawn, out, err));
        first += width;
    }
    GT_TRY(gt_inverted_write(v->twin, &drawn, err));
done:
    gt_inverted_close(&drawn);
    return status;
}

static gt_status invert(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    inverter v = {.twin = t};
    inverted all = {0};
    GT_TRY(open_inverter(&v, err));
    all.width = (size_t)gt_model_latent_width(gt_run_model(v.runs[0]));
    size_t numbers = ((size_t)t->sweep->settings->samples + v.batch) * all.width;
    all.noise = malloc(numbers * sizeof *all.noise);
    for (int side = 0; side < 2; side++) all.found[side] = malloc(numbers * sizeof(float));
    if (!all.noise || !all.found[0] || !all.found[1])
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu latents", 3 * numbers);
    GT_TRY(invert_all(&v, &all, err));
    GT_TRY(compare(&v, &all, out, err));
done:
    close_inverter(&v);
    free(all.noise);
    for (int side = 0; side < 2; side++) free(all.found[side]);
    return status;
}

static bool suits(const gt_model_class *model) {
    return model->invert && model->latent;
}

const gt_twins_part gt_twins_inversion = {.name = "inversion",
                                          .needs = {"training"},
                                          .suits = suits,
                                          .run = invert,
                                          .shown = {"w1_level_0_a", "w1_level_0_b"},
                                          .legend =
                                              "w1_level_0: between the noise of the first "
                                              "level and what A and B find in A's pictures"};
