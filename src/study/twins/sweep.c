/* sweep.c - does what is missing, part by part, as long as something is free. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "estimate.h"
#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "outfile.h"
#include "progress.h"
#include "provenance.h"
#include "results.h"
#include "settings.h"
#include "subsets.h"

enum {
    ITEMS = GT_REALS_MOST * GT_TWINS_PARTS * 2,
    SOME = 6, /* outdated parts that are named */
    NAMES_TEXT = SOME * (GT_TWINS_NAME + 32)
};

/* A part of one size and side that was asked for. */
typedef struct item {
    gt_twin twin;
    const gt_twins_part *part;
    bool has_failed; /* in this process */
} item;

typedef struct work {
    gt_sweep sweep;
    item items[ITEMS]; /* small sizes first: something is to be seen soon */
    size_t count;
    gt_twins_result *result;
    gt_status failure; /* the first one of a part */
    gt_error *err;     /* its sentence */
} work;

static void list_items(work *w) {
    const gt_sweep *sweep = &w->sweep;
    for (size_t i = 0; i < sweep->size_count; i++)
        for (size_t k = 0; gt_twins_part_at(k); k++) {
            const gt_twins_part *part = gt_twins_part_at(k);
            bool is_wanted = sweep->wants_size[i] && sweep->wants_part[k];
            if (!is_wanted || !gt_twins_part_suits(part, sweep->job->model)) continue;
            for (int side = 0; side < (part->is_sided ? 2 : 1); side++)
                w->items[w->count++] = (item){{sweep, sweep->sizes[i], side}, part, false};
        }
    w->result->parts = w->count;
}

static size_t count_finished(const work *w) {
    size_t finished = 0;
    for (size_t i = 0; i < w->count; i++)
        finished += gt_twin_is_finished(&w->items[i].twin, w->items[i].part);
    return finished;
}

/* ---- one part ---- */

static void name_claim(const item *it, char out[GT_CLAIM_NAME]) {
    snprintf(out, GT_CLAIM_NAME, "%s-%" PRId64 "-%s%s", it->twin.sweep->job->model->name,
             it->twin.size, it->part->name,
             !it->part->is_sided ? ""
             : it->twin.side     ? "-b"
                                 : "-a");
}

/* The weights that a result follows from. */
static gt_status make_record(const gt_twin *t, char **out, gt_error *err) {
    gt_status status = GT_OK;
    char weights[2][GT_TWINS_PATH];
    const char *inputs[3] = {NULL};
    size_t count = 0;
    for (int side = 0; side < 2; side++) {
        const gt_twin of = {t->sweep, t->size, side};
        GT_TRY(gt_twin_weights(&of, GT_TWIN_WEIGHTS, weights[side], err));
        if (access(weights[side], F_OK) == 0) inputs[count++] = weights[side];
    }
    GT_TRY(gt_provenance_make(t->sweep->context->invocation, inputs, out, err));
done:
    return status;
}

static gt_status do_part(const item *it, gt_error *err) {
    gt_status status = GT_OK;
    gt_numbers numbers = {0};
    char path[GT_TWINS_PATH], *provenance = NULL;
    double start = gt_seconds();
    bool is_untimed = it->twin.sweep->context->is_untimed;
    GT_TRY(gt_twin_path(&it->twin, "", path, err));
    GT_TRY(gt_mkdirs(path, err));
    GT_TRY(gt_outfile_sweep(path, NULL, err));
    GT_TRY(it->part->run(&it->twin, &numbers, err));
    GT_TRY(make_record(&it->twin, &provenance, err));
    GT_TRY(gt_twin_result(&it->twin, it->part, path, err));
    const gt_result_head head = {.model = it->twin.sweep->job->model->name,
                                 .part = it->part->name,
                                 .size = it->twin.size,
                                 .edition = gt_twins_edition(it->part),
                                 .seconds = is_untimed ? NAN : gt_seconds() - start,
                                 .provenance = provenance};
    GT_TRY(gt_numbers_write(path, &head, &numbers, err));
done:
    gt_numbers_free(&numbers);
    free(provenance);
    return status;
}

/* How long all that is missing may take; *unknown parts of it are not counted. */
static double time_left(const work *w, size_t *unknown) {
    double seconds = 0;
    *unknown = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (gt_twin_is_finished(&w->items[i].twin, w->items[i].part)) continue;
        double own = gt_estimate(&w->items[i].twin, w->items[i].part);
        *unknown += isnan(own);
        seconds += isnan(own) ? 0 : own;
    }
    return seconds;
}

static void tell(const work *w, const item *it) {
    char name[GT_TWINS_NAME], time[32], rest[64] = "";
    size_t unknown;
    double left = time_left(w, &unknown);
    if (left >= 1)
        snprintf(rest, sizeof rest, "; %s%s for all that is left", unknown ? "more than " : "",
                 gt_duration_text(left, time));
    gt_remark("part %zu of %zu: %s of %s, %" PRId64 " images%s", count_finished(w) + 1,
              w->count, gt_twin_part_text(&it->twin, it->part, name), w->sweep.job->model->name,
              it->twin.size, rest);
}

/* *done: it was free, and this process has been at it. */
static gt_status try_item(work *w, item *it, bool *done, gt_error *err) {
    gt_status status = GT_OK;
    gt_claim *claim = NULL;
    gt_error why = {0};
    char name[GT_CLAIM_NAME], text[GT_TWINS_NAME];
    name_claim(it, name);
    GT_TRY(gt_claim_try(&w->sweep, name, &claim, err));
    if (!claim || gt_twin_is_finished(&it->twin, it->part)) goto done;
    tell(w, it);
    *done = true;
    gt_status own = do_part(it, &why);
    if (own == GT_OK) w->result->now++;
    it->has_failed = !gt_twin_is_finished(&it->twin, it->part);
    if (own == GT_INTERRUPTED) GT_THROW(err, own, "%s", why.text);
    if (own == GT_OK) goto done;
    gt_blame(&why, "%s of %" PRId64 " images", gt_twin_part_text(&it->twin, it->part, text),
             it->twin.size);
    if (w->failure) gt_remark("%s", why.text);
    if (!w->failure) w->failure = gt_fail(w->err, own, "%s", why.text);
done:
    gt_claim_release(claim);
    return status;
}

static bool is_open(const item *it) {
    return !it->has_failed && !gt_twin_is_finished(&it->twin, it->part) &&
           gt_twin_is_ready(&it->twin, it->part);
}

/* Whoever finishes a part looks at all of them again: what it was needed for is free now. */
static gt_status do_all(work *w, gt_error *err) {
    gt_status status = GT_OK;
    bool has_done = true;
    while (has_done) {
        has_done = false;
        for (size_t i = 0; i < w->count && !has_done; i++) {
            if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
            if (is_open(&w->items[i])) GT_TRY(try_item(w, &w->items[i], &has_done, err));
        }
    }
done:
    return status;
}

/* ---- what is left ---- */

/* Whether a living process has it. */
static bool is_taken(const item *it) {
    gt_claim *claim = NULL;
    char name[GT_CLAIM_NAME], lock[GT_TWINS_PATH];
    name_claim(it, name);
    if (gt_sweep_path(it->twin.sweep, lock, NULL, "locks/%s", name) || access(lock, F_OK))
        return false;
    gt_status status = gt_claim_try(it->twin.sweep, name, &claim, NULL);
    bool is_taken = status == GT_OK && !claim;
    gt_claim_release(claim);
    return is_taken;
}

static gt_status list_missing(work *w, gt_error *err) {
    gt_twins_result *r = w->result;
    r->missing = calloc(w->count + 1, sizeof *r->missing);
    if (!r->missing) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu parts", w->count);
    for (size_t i = 0; i < w->count; i++) {
        const item *it = &w->items[i];
        if (gt_twin_is_finished(&it->twin, it->part)) continue;
        gt_twins_missing *own = &r->missing[r->missing_count++];
        *own = (gt_twins_missing){.size = it->twin.size,
                                  .is_taken = is_taken(it),
                                  .seconds = gt_estimate(&it->twin, it->part)};
        gt_twin_part_text(&it->twin, it->part, own->name);
        r->taken += own->is_taken;
    }
    r->finished = w->count - r->missing_count;
    return GT_OK;
}

/* Finished parts that this version would compute otherwise. */
static void tell_outdated(const work *w) {
    char names[NAMES_TEXT] = "", name[GT_TWINS_NAME];
    size_t count = 0, used = 0;
    for (size_t i = 0; i < w->count; i++) {
        const item *it = &w->items[i];
        if (!gt_twin_is_outdated(&it->twin, it->part)) continue;
        if (count++ < SOME)
            used += (size_t)snprintf(
                names + used, sizeof names - used, "%s%s of %" PRId64, used ? ", " : "",
                gt_twin_part_text(&it->twin, it->part, name), it->twin.size);
    }
    if (count)
        gt_remark(
            "%s: %zu of the finished parts of %s were computed by another version of them "
            "(%s%s), and their numbers mean something else than new ones: redo computes "
            "them again",
            w->sweep.folder, count, w->sweep.job->model->name, names,
            count > SOME ? ", ..." : "");
}

static gt_status work_on(work *w, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_mkdirs(w->sweep.folder, err));
    GT_TRY(gt_settings_keep(&w->sweep, err));
    GT_TRY(gt_subsets_make(&w->sweep, err));
    GT_TRY(do_all(w, err));
    GT_TRY(gt_claims_clear(&w->sweep, err));
    GT_TRY(gt_results_write(&w->sweep, err));
done:
    return status;
}

gt_status gt_twins_run(const gt_context *context, const gt_train_job *job,
                       const gt_twins_settings *settings, gt_twins_result *result,
                       gt_error *err) {
    gt_status status = GT_OK;
    *result = (gt_twins_result){0};
    work w = {.sweep = {.context = context,
                        .job = job,
                        .settings = settings,
                        .folder = job->settings->out},
              .result = result,
              .err = err};
    GT_TRY(gt_settings_read(&w.sweep, err));
    list_items(&w);
    GT_TRY(gt_subsets_check(&w.sweep, err));
    if (!settings->is_redone) tell_outdated(&w);
    status = settings->is_dry ? gt_settings_keep(&w.sweep, err) : work_on(&w, err);
    if (status == GT_OK || status == GT_INTERRUPTED) {
        gt_status listed = list_missing(&w, NULL);
        if (status == GT_OK) GT_TRY(listed);
    }
    if (status == GT_OK) GT_TRY(gt_results_read(&w.sweep, &result->grid, result->table, err));
    if (status == GT_OK) status = w.failure;
done:
    return status;
}

void gt_twins_result_free(gt_twins_result *result) {
    free(result->missing);
    gt_results_free_grid(&result->grid);
    *result = (gt_twins_result){0};
}
