/* judge.c - see judge.h. */
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/log.h"
#include "id_tracker.h"
#include "judge_space.h"
#include "mismatch.h"
#include "provenance.h"
#include "rng.h"
#include "split_rows.h"
#include "text.h"

/* Bytes of the training rows that are held; beyond them they are drawn. */
static const size_t most_bytes = (size_t)2 << 30;

static const char *const set_names[] = {"train", "test", "generated"};

/* ---- Sets -------------------------------------------------------------------------------- */

static gt_status check_paths(const gt_judge_request *request, gt_error *err) {
    const gt_judge_source *generated = &request->sets[GT_JUDGE_GENERATED];
    for (int s = 0; s < GT_JUDGE_GENERATED; s++)
        if (gt_file_is_same(request->sets[s].path, generated->path))
            return gt_fail(err, GT_USAGE, "%s is the generated set and the %s set",
                           generated->path, set_names[s]);
    if (request->second && gt_file_is_same(request->second, generated->path))
        return gt_fail(err, GT_USAGE, "%s is the generated set and that of the second model",
                       generated->path);
    return GT_OK;
}

/* Train and test may be one file where its splits tell them apart. */
static gt_status check_splits(const gt_judge_request *request, const gt_judge_rows *r,
                              gt_error *err) {
    const gt_judge_source *train = &request->sets[GT_JUDGE_TRAIN],
                          *test = &request->sets[GT_JUDGE_TEST];
    if (train->rows || test->rows || !gt_file_is_same(train->path, test->path) ||
        gt_dataset_describe(r->data[GT_JUDGE_TEST])->columns & GT_COLUMN_SPLIT)
        return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "%s is the train set and the test set, and has no splits: real rows that "
                   "were not learned from are expected",
                   test->path);
}

/* Samples may be of another size, and of more channels than the grey ones that were learned
 * from: they are fitted. Some spaces take any channels. */
static bool goes_with(const gt_judge_space *space, const gt_dataset_info *first,
                      const gt_dataset_info *info, int set) {
    bool is_same = info->channels == first->channels && info->height == first->height &&
                   info->width == first->width;
    return is_same || (set == GT_JUDGE_GENERATED && info->kind == GT_DATASET_IMAGES &&
                       (first->channels == 1 || first->channels == info->channels ||
                        space->of_any_channels));
}

static gt_status check_kinds(const gt_judge_rows *r, gt_error *err) {
    const gt_dataset_info *first = gt_dataset_describe(r->data[0]);
    for (int s = 1; s < GT_JUDGE_SETS; s++) {
        const gt_dataset_info *info = gt_dataset_describe(r->data[s]);
        if (info->kind != first->kind)
            return gt_fail(err, GT_USAGE, "%s holds %s, %s %s: expected one kind",
                           gt_dataset_path(r->data[s]),
                           info->kind == GT_DATASET_CODES ? "codes" : "pictures",
                           gt_dataset_path(r->data[0]),
                           first->kind == GT_DATASET_CODES ? "codes" : "pictures");
    }
    return GT_OK;
}

static gt_status check_shapes(const gt_judge_space *space, const gt_judge_rows *r,
                              gt_error *err) {
    const gt_dataset_info *first = gt_dataset_describe(r->data[0]);
    for (int s = 1; s < GT_JUDGE_SETS; s++) {
        const gt_dataset_info *info = gt_dataset_describe(r->data[s]);
        if (info->kind == GT_DATASET_CODES && info->channels != first->channels)
            return gt_fail(err, GT_BAD_SHAPE, "%s has codes of %zu numbers, expected %zu as %s",
                           gt_dataset_path(r->data[s]), info->channels, first->channels,
                           gt_dataset_path(r->data[0]));
        if (!goes_with(space, first, info, s))
            return gt_fail(
                err, GT_BAD_SHAPE, "%s has rows of %zux%zux%zu, expected %zux%zux%zu as %s%s",
                gt_dataset_path(r->data[s]), info->channels, info->height, info->width,
                first->channels, first->height, first->width, gt_dataset_path(r->data[0]),
                s == GT_JUDGE_GENERATED && info->kind == GT_DATASET_IMAGES
                    ? "; morphology takes any channels"
                    : "");
        if (info->height != first->height || info->width != first->width)
            gt_remark(
                "%s has pictures of %zux%zu pixels beside %zux%zu: morphology is measured "
                "as they are, else they are brought to that size",
                gt_dataset_path(r->data[s]), info->height, info->width, first->height,
                first->width);
    }
    return GT_OK;
}

static gt_status open_sets(const gt_context *context, const gt_judge_request *request,
                           gt_judge_rows *r, const gt_judge_space **space,
                           const char **argument, gt_error *err) {
    gt_status status = GT_OK;
    const char *paths[GT_JUDGE_SETS + 1] = {NULL};
    GT_TRY(check_paths(request, err));
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        paths[s] = request->sets[s].path;
        GT_TRY(gt_dataset_open_any(paths[s], &r->data[s], err));
    }
    GT_TRY(check_kinds(r, err));
    GT_TRY(gt_judge_space_find(request->space, r->data[0], space, argument, err));
    GT_TRY(check_shapes(*space, r, err));
    GT_TRY(check_splits(request, r, err));
    GT_TRY(gt_mismatch_check_sets(context, paths, ": what is judged is partly that", err));
done:
    return status;
}

/* ---- Rows -------------------------------------------------------------------------------- */

/* A model learns from the rows of split train; of that file those of split test are for tests,
 * and of another one all are. */
static const char *split_for(const gt_judge_request *request, int s, const gt_dataset *data) {
    bool has_splits = gt_dataset_describe(data)->columns & GT_COLUMN_SPLIT;
    if (s == GT_JUDGE_TRAIN && has_splits) return "train";
    if (s == GT_JUDGE_TEST &&
        gt_file_is_same(request->sets[GT_JUDGE_TRAIN].path, request->sets[s].path))
        return "test";
    return "any";
}

static void name_points(const gt_judge_source *source, const char *split, char *name) {
    bool is_part = !source->rows && strcmp(split, "any") != 0;
    snprintf(name, GT_JUDGE_NAME, is_part ? "%s (split %s)" : "%s", source->path, split);
}

static gt_status list_rows(const gt_judge_request *request, int s, gt_judge_rows *r,
                           size_t *count, gt_error *err) {
    const gt_judge_source *source = &request->sets[s];
    size_t all = (size_t)gt_dataset_describe(r->data[s])->count;
    if (!source->rows)
        return gt_split_rows(r->data[s], split_for(request, s, r->data[s]), all, &r->rows[s],
                             count, err);
    r->rows[s] = malloc((source->count + 1) * sizeof *r->rows[s]);
    if (!r->rows[s]) return gt_fail(err, GT_NO_MEMORY, "a list of %zu rows", source->count);
    for (size_t i = 0; i < source->count; i++) {
        if (source->rows[i] >= all)
            return gt_fail(err, GT_BAD_ARGUMENT, "%s has no row %" PRIu64 ", only %zu rows",
                           source->path, source->rows[i], all);
        r->rows[s][i] = source->rows[i];
    }
    *count = source->count;
    return GT_OK;
}

/* How many of them can be of use: test rows twice, for those that are held back; training rows
 * all, as far as memory is meant for them. */
static size_t most_rows(const gt_judge_request *request, int s, size_t values) {
    size_t rows = request->settings.rows;
    if (s == GT_JUDGE_TRAIN) return most_bytes / (values * sizeof(float));
    if (!rows) return SIZE_MAX;
    return s == GT_JUDGE_TEST ? 2 * rows : rows;
}

/* Rows of a file that holds more than what was learned from, where test is another one. */
static uint64_t unlearned(const gt_judge_request *request, const gt_judge_rows *r, int s,
                          size_t count) {
    if (s != GT_JUDGE_TRAIN || request->sets[s].rows ||
        gt_file_is_same(request->sets[GT_JUDGE_TEST].path, request->sets[s].path))
        return 0;
    return gt_dataset_describe(r->data[s])->count - count;
}

/* Keeps `most` of the rows, drawn by seed. */
static gt_status thin_out(uint64_t *rows, size_t count, size_t most, uint64_t seed, int s,
                          gt_error *err) {
    size_t *order = malloc(count * sizeof *order);
    uint64_t *kept = malloc(most * sizeof *kept);
    gt_status status = GT_OK;
    if (!order || !kept) GT_THROW(err, GT_NO_MEMORY, "an order of %zu rows", count);
    for (size_t i = 0; i < count; i++) order[i] = i;
    gt_rng_shuffle((gt_rng_key){seed, gt_rng_stream("judge.rows"), (uint32_t)s}, order, count);
    for (size_t i = 0; i < most; i++) kept[i] = rows[order[i]];
    memcpy(rows, kept, most * sizeof *kept);
done:
    free(order);
    free(kept);
    return status;
}

static gt_status choose_rows(const gt_judge_request *request, gt_judge_rows *r,
                             gt_judge_report *report, gt_error *err) {
    gt_status status = GT_OK;
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        const char *path = request->sets[s].path;
        size_t count = 0,
               most = most_rows(request, s,
                                gt_dataset_row_values(gt_dataset_describe(r->data[s])));
        GT_TRY(list_rows(request, s, r, &count, err));
        report->sets[s] = (gt_judge_used){
            .path = path, .rows = count, .unlearned = unlearned(request, r, s, count)};
        if (count > most) {
            if (s == GT_JUDGE_TRAIN)
                gt_remark(
                    "%s: %zu of %zu training rows, drawn by seed, fit into 2 GiB; copies of "
                    "the others are not seen",
                    path, most, count);
            GT_TRY(thin_out(r->rows[s], count, most, request->settings.seed, s, err));
            count = most;
        }
        name_points(&request->sets[s], split_for(request, s, r->data[s]), r->names[s]);
        r->points[s] = (gt_points){.name = r->names[s], .rows = count};
    }
done:
    return status;
}

/* ---- What train and test share ----------------------------------------------------------- */

/* Row of a set's file from its place in the tracker: training rows came first. */
static uint64_t row_at(const gt_judge_rows *r, uint64_t at, int *set) {
    uint64_t train = r->points[GT_JUDGE_TRAIN].rows;
    *set = at < train ? GT_JUDGE_TRAIN : GT_JUDGE_TEST;
    return r->rows[*set][at < train ? at : at - train];
}

static void remark_shared_ids(const gt_judge_rows *r, const gt_shared_id *shared) {
    char id[101];
    int one, other;
    uint64_t row = row_at(r, shared->rows[0], &one), again = row_at(r, shared->rows[1], &other);
    gt_remark("%s and %s share %" PRIu64 " ids, the first '%s' in row %" PRIu64 " of %s and row"
              " %" PRIu64 " of %s: what is called real has been learned in part",
              r->points[one].name, r->points[other].name, shared->count,
              gt_text_shown(shared->id, id, sizeof id), row, r->points[one].name, again,
              r->points[other].name);
}

static gt_status tell_shared_ids(const gt_judge_rows *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_id_tracker tracker = {.takes_whole_paths = true};
    for (int s = 0; s < GT_JUDGE_GENERATED; s++) {
        const gt_dataset_info *info = gt_dataset_describe(r->data[s]);
        const char *ids = NULL;
        if (!(info->columns & GT_COLUMN_ID)) goto done;
        GT_TRY(gt_dataset_ids(r->data[s], &ids, err));
        for (size_t i = 0; i < r->points[s].rows; i++)
            GT_TRY(gt_id_tracker_add(&tracker, ids + r->rows[s][i] * (info->id_length + 1),
                                     s == GT_JUDGE_TRAIN ? GT_SPLIT_TRAIN : GT_SPLIT_TEST,
                                     err));
    }
    const gt_shared_id shared = gt_id_tracker_shared(&tracker);
    if (shared.count) remark_shared_ids(r, &shared);
done:
    gt_id_tracker_free(&tracker);
    return status;
}

static void remark_shares(const gt_judge_request *request, const gt_judge_report *report) {
    const gt_judgement *j = &report->judgement;
    const char *train = report->sets[GT_JUDGE_TRAIN].path,
               *test = report->sets[GT_JUDGE_TEST].path,
               *generated = report->sets[GT_JUDGE_GENERATED].path;
    if (report->sets[GT_JUDGE_TRAIN].unlearned && !request->knows_splits)
        gt_remark("%s: %" PRIu64
                  " rows are of other splits than train: nothing is learned from "
                  "them, and they are left out",
                  train, report->sets[GT_JUDGE_TRAIN].unlearned);
    if (j->leaked > 0)
        gt_remark("%s: %.3g %% of the %zu rows compared equal rows of %s: what is called real "
                  "has been learned",
                  test, 100 * j->leaked, j->compared, train);
    if (j->copies > 0)
        gt_remark("%s: %.3g %% of the %zu rows compared equal rows of %s", generated,
                  100 * j->copies, j->compared, train);
    for (int s = 0; s < GT_JUDGE_SETS; s++)
        if (j->repeats[s] > 0)
            gt_remark("%s: %.3g %% of the %zu rows compared equal another of them",
                      report->sets[s].path, 100 * j->repeats[s],
                      s == GT_JUDGE_TRAIN ? j->rows : j->compared);
    if (j->balls.zero_real || j->balls.zero_generated)
        gt_remark("%zu balls of real and %zu of generated rows have no extent, and nothing is "
                  "inside",
                  j->balls.zero_real, j->balls.zero_generated);
    if (j->compared <= j->columns)
        gt_remark("%zu rows of %zu numbers: Frechet distances of fewer rows than numbers are "
                  "mostly made of their count",
                  j->compared, j->columns);
}

/* ---- All --------------------------------------------------------------------------------- */

static void show_step(void *user, size_t done, size_t total) {
    (void)total;
    gt_progress_update(user, (int64_t)done, NULL);
}

static gt_status judge(const gt_context *context, const gt_judge_request *request,
                       const gt_judge_rows *r, gt_judge_report *report, gt_error *err) {
    gt_progress progress = gt_context_progress(context, GT_JUDGE_STEPS, "judging");
    gt_judge_settings settings = request->settings;
    settings.visit = show_step;
    settings.user = &progress;
    settings.near = report->likeness.near;
    if (request->second) {
        settings.cosine_twins = report->likeness.cosine_second;
        settings.cosine_train = report->likeness.cosine_train;
    }
    gt_status status =
        gt_judge_points(&r->points[GT_JUDGE_TRAIN], &r->points[GT_JUDGE_TEST],
                        &r->points[GT_JUDGE_GENERATED], &settings, &report->judgement, err);
    gt_progress_finish(&progress);
    return status;
}

static gt_status make_provenance(const gt_context *context, const gt_judge_request *request,
                                 const char *run, gt_judge_report *report, gt_error *err) {
    const char *inputs[GT_JUDGE_SETS + 3] = {NULL};
    size_t count = 0;
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        bool is_there = false;
        for (size_t i = 0; i < count; i++)
            is_there |= strcmp(inputs[i], request->sets[s].path) == 0;
        if (!is_there) inputs[count++] = request->sets[s].path;
    }
    if (request->second) inputs[count++] = request->second;
    inputs[count] = run && *run ? run : NULL;
    return gt_provenance_make(context->invocation, inputs, &report->provenance, err);
}

gt_status gt_judge_sets(const gt_context *context, const gt_judge_request *request,
                        gt_judge_report *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_judge_rows rows = {.most_side = request->most_side, .turns = request->turns};
    const gt_judge_space *space = NULL;
    const char *argument = NULL;
    GT_TRY(gt_judge_check_settings(&request->settings, err));
    GT_TRY(open_sets(context, request, &rows, &space, &argument, err));
    GT_TRY(choose_rows(request, &rows, out, err));
    GT_TRY(tell_shared_ids(&rows, err));
    GT_TRY(space->describe(context, argument, &rows, out, err));
    GT_TRY(gt_judge_compare_pictures(&rows, request->second, &out->likeness, err));
    GT_TRY(judge(context, request, &rows, out, err));
    remark_shares(request, out);
    gt_verdict_text(&out->judgement, out->verdict);
    GT_TRY(make_provenance(context, request, argument, out, err));
done:
    gt_judge_rows_free(&rows);
    return status;
}

void gt_judge_report_free(gt_judge_report *report) {
    free(report->provenance);
}
