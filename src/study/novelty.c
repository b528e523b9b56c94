/* novelty.c - see novelty.h. */
#include "novelty.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/similarity.h"
#include "mismatch.h"
#include "provenance.h"
#include "sort.h"

enum { TYPICAL = 200, BLOCK = 1024 }; /* rows compared with, rows read at once */

bool gt_outlier_has_neighbour(const gt_outlier *o) {
    return !isnan(o->nearest);
}

size_t gt_novelty_far(const gt_novelty *r) {
    size_t far = 0;
    for (size_t i = 0; i < r->count; i++) far += r->outliers[i].nearest < r->usual_low;
    return far;
}

/* ---- Ranking --------------------------------------------------------------------------- */

/* Ascending by log-density, equal ones by row. */
static int by_density(const void *a, const void *b, void *log_p) {
    uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
    const double *p = log_p;
    if (p[i] != p[j]) return p[i] < p[j] ? -1 : 1;
    return (i > j) - (i < j);
}

static void describe(const gt_novelty *r, gt_outlier *o) {
    const gt_dataset_info *info = gt_dataset_describe(r->scores.data);
    gt_dataset_row about = gt_row_columns_at(&r->scores.columns, o->row);
    o->id = about.id;
    if (about.label < 0) return;
    if ((size_t)about.label < info->class_count)
        snprintf(o->class, sizeof o->class, "%s", info->class_names[about.label]);
    else
        snprintf(o->class, sizeof o->class, "%d", about.label);
}

/* `order` (count) gets the rows from the least likely on. */
static gt_status rank(gt_novelty *r, size_t top, uint64_t *order, gt_error *err) {
    for (uint64_t i = 0; i < r->scores.count; i++) order[i] = i;
    qsort_r(order, r->scores.count, sizeof *order, by_density, r->scores.log_p);
    r->count = top < r->scores.count ? top : (size_t)r->scores.count;
    r->outliers = calloc(r->count, sizeof *r->outliers);
    if (!r->outliers) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows", r->count);
    for (size_t i = 0; i < r->count; i++) {
        r->outliers[i] =
            (gt_outlier){.row = order[i], .log_p = r->scores.log_p[order[i]], .nearest = NAN};
        describe(r, &r->outliers[i]);
    }
    return GT_OK;
}

/* ---- Neighbours ------------------------------------------------------------------------ */

/* Queries are the outliers, then usual codes: rows spread evenly over the ranking. */
static gt_status read_queries(const gt_novelty *r, const uint64_t *order, uint64_t *queries,
                              size_t count, float *out, gt_error *err) {
    size_t usual = count - r->count;
    for (size_t i = 0; i < r->count; i++) queries[i] = r->outliers[i].row;
    for (size_t i = 0; i < usual; i++)
        queries[r->count + i] = order[(2 * i + 1) * r->scores.count / (2 * usual)];
    return gt_dataset_read_rows(r->scores.data, queries, count, out, err);
}

static gt_status search_all(gt_similarity *search, const gt_dataset *data,
                            const gt_context *context, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    gt_progress progress = gt_context_progress(context, (int64_t)info->count, "searching");
    float *block = malloc(BLOCK * gt_dataset_row_values(info) * sizeof *block);
    if (!block) GT_THROW(err, GT_NO_MEMORY, "no memory for %d rows", BLOCK);
    for (uint64_t at = 0; at < info->count; at += BLOCK) {
        size_t n = info->count - at < BLOCK ? (size_t)(info->count - at) : BLOCK;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(gt_dataset_read(data, at, n, block, err));
        GT_TRY(gt_similarity_add(search, at, n, block, err));
        gt_progress_update(&progress, (int64_t)(at + n), NULL);
    }
done:
    gt_progress_finish(&progress);
    if (status) gt_blame(err, "%s", gt_dataset_path(data));
    free(block);
    return status;
}

/* The best match that is not the query itself. */
static gt_match best_other(const gt_similarity *search, size_t query, bool is_same_set,
                           uint64_t row) {
    size_t found = 0;
    const gt_match *matches = gt_similarity_matches(search, query, &found);
    for (size_t i = 0; i < found; i++)
        if (!is_same_set || matches[i].row != row) return matches[i];
    return (gt_match){.score = NAN};
}

static void store_matches(gt_novelty *r, const gt_similarity *search, const uint64_t *queries,
                          size_t count, bool is_same_set, double *usual) {
    for (size_t i = 0; i < count; i++) {
        gt_match best = best_other(search, i, is_same_set, queries[i]);
        if (i >= r->count) {
            usual[i - r->count] = best.score;
            continue;
        }
        r->outliers[i].nearest = best.score;
        r->outliers[i].neighbour = best.row;
    }
    size_t n = count - r->count;
    qsort(usual, n, sizeof *usual, gt_by_double);
    r->usual_low = usual[n / 100];
    r->usual_mid = usual[n / 2];
    r->is_searched = !isnan(r->usual_mid); /* a set of one row has no other */
}

static gt_status find_neighbours(gt_novelty *r, const gt_context *context,
                                 const uint64_t *order, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *data = NULL;
    gt_similarity *search = NULL;
    size_t width = gt_dataset_row_values(gt_dataset_describe(r->scores.data));
    size_t usual = r->scores.count < TYPICAL ? (size_t)r->scores.count : TYPICAL;
    size_t count = r->count + usual;
    uint64_t *queries = malloc(count * sizeof *queries);
    float *codes = malloc(count * width * sizeof *codes);
    double *scores = malloc(usual * sizeof *scores);
    if (!queries || !codes || !scores) GT_THROW(err, GT_NO_MEMORY, "no memory for queries");
    GT_TRY(gt_scores_open_set(r->run, path, &data, err));
    GT_TRY(read_queries(r, order, queries, count, codes, err));
    GT_TRY(gt_similarity_create(count, width, codes, 2, &search, err));
    GT_TRY(search_all(search, data, context, err));
    bool is_same_set = gt_file_is_same(path, r->scores.path);
    store_matches(r, search, queries, count, is_same_set, scores);
    r->searched = strdup(path);
    if (!r->searched) GT_THROW(err, GT_NO_MEMORY, "no memory for a path");
done:
    gt_similarity_destroy(search);
    gt_dataset_close(data);
    free(queries);
    free(codes);
    free(scores);
    return status;
}

/* In the set given, or in that which the run was trained on, where it is still there. */
static gt_status search_somewhere(gt_novelty *r, const gt_context *context,
                                  const gt_novelty_request *request, const uint64_t *order,
                                  gt_error *err) {
    gt_run_origin origin = {0};
    gt_error why;
    const char *const paths[] = {request->data, NULL};
    if (request->search) return find_neighbours(r, context, order, request->search, err);
    if (gt_run_origin_find(request->run, paths, &origin, &why)) {
        gt_remark("%s: no search for neighbours (another set can be searched)", why.text);
        return GT_OK;
    }
    gt_status status = find_neighbours(r, context, order, origin.path, err);
    gt_run_origin_free(&origin);
    return status;
}

/* ---- All ------------------------------------------------------------------------------- */

static gt_status rank_and_search(const gt_context *context, const gt_novelty_request *request,
                                 gt_novelty *r, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t *order = malloc((r->scores.count + 1) * sizeof *order);
    if (!order) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    GT_TRY(rank(r, request->top, order, err));
    GT_TRY(search_somewhere(r, context, request, order, err));
    GT_TRY(gt_usual_find(r->run, context, request->run, &r->scores, 1, &(gt_score_noise){0},
                         &r->usual, err));
done:
    free(order);
    return status;
}

static gt_status make_provenance(const gt_context *context, const gt_novelty_request *request,
                                 gt_novelty *r, gt_error *err) {
    const char *inputs[5] = {request->data};
    size_t count = 1;
    if (request->images) inputs[count++] = request->images;
    if (request->search) inputs[count++] = request->search;
    inputs[count] = gt_run_path_of(r->run);
    return gt_provenance_make(context->invocation, inputs, &r->provenance, err);
}

gt_status gt_novelty_find(const gt_context *context, const gt_novelty_request *request,
                          gt_novelty *r, gt_error *err) {
    gt_status status = GT_OK;
    const char *const sets[] = {request->data, request->search, NULL};
    GT_TRY(gt_scores_open_run(context, request->run, request->data, &r->run, err));
    const gt_sight learned = {request->run, gt_run_imaging(r->run)};
    GT_TRY(gt_mismatch_check_files(context, &learned, sets, "", err));
    GT_TRY(gt_scores_compute(r->run, request->data, context, &(gt_score_noise){0}, &r->scores,
                             err));
    GT_TRY(rank_and_search(context, request, r, err));
    GT_TRY(make_provenance(context, request, r, err));
done:
    return status;
}

void gt_novelty_free(gt_novelty *r) {
    gt_scores_free(&r->scores);
    gt_run_close(r->run);
    free(r->outliers);
    free(r->searched);
    free(r->provenance);
}
