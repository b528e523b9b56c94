/* neighbours.c - the graph of nearest neighbours: checks, and the two ways to find it. */
#include "galatea/neighbours.h"

#include <math.h>
#include <stdlib.h>

#include <omp.h>

#include "galatea/interrupt.h"
#include "neighbours_groups.h"
#include "neighbours_search.h"

enum { MOST_ROWS = 1 << 30 }; /* twice a row's number is an index of 32 bits */

/* A piece of work: some rows of the centred table, and where their neighbours may be. */
typedef struct piece {
    size_t first, count;
    const gt_search_range *ranges;
    size_t range_count;
} piece;

typedef struct crew {
    const gt_search *search;
    const piece *pieces;
    size_t piece_count;
    gt_neighbours_visit *visit;
    void *user;
    gt_neighbours *out;
    size_t done;
    gt_status status;
    gt_error *err;
} crew;

static void keep_failure(crew *c, gt_status status, const gt_error *err) {
#pragma omp critical(gt_neighbours_failure)
    if (!c->status) {
        c->status = status;
        if (c->err) *c->err = *err;
    }
}

static gt_status state_of(const crew *c) {
    gt_status status;
#pragma omp atomic read
    status = c->status;
    return status;
}

static void search_piece(crew *c, size_t number, gt_search_room *room) {
    const piece *p = &c->pieces[number];
    gt_error err;
    gt_status status = GT_OK;
    size_t done;
    if (state_of(c)) return;
    if (!room)
        status = gt_fail(&err, GT_NO_MEMORY, "lists of %zu neighbours", c->search->k);
    else if (gt_interrupt_pending())
        status = gt_fail(&err, GT_INTERRUPTED, "interrupted while looking for neighbours");
    else
        status = gt_search_block(c->search, room, p->first, p->count, p->ranges, p->range_count,
                                 c->out, &err);
    if (status) keep_failure(c, status, &err);
#pragma omp atomic capture
    done = c->done += p->count;
    if (c->visit && omp_get_thread_num() == 0) c->visit(c->user, done, c->search->rows);
}

static gt_status search_all(crew *c) {
    gt_session *session = gt_session_current();
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
        gt_search_room *room = gt_search_room_create(c->search);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < c->piece_count; i++) search_piece(c, i, room);
        gt_search_room_destroy(room);
        gt_session_enter(before);
    }
    return c->status;
}

/* Cuts rows first .. last-1 into pieces that look into the same ranges. */
static size_t cut(size_t first, size_t last, const gt_search_range *ranges, size_t range_count,
                  piece *out) {
    size_t count = 0;
    for (size_t at = first; at < last; at += GT_SEARCH_QUERIES)
        out[count++] =
            (piece){at, last - at < GT_SEARCH_QUERIES ? last - at : GT_SEARCH_QUERIES, ranges,
                    range_count};
    return count;
}

static gt_status find_exactly(crew *c, gt_search *search, gt_error *err) {
    gt_status status = GT_OK;
    gt_search_range all = {0, search->rows};
    piece *pieces = calloc(search->rows / GT_SEARCH_QUERIES + 1, sizeof *pieces);
    if (!pieces) GT_THROW(err, GT_NO_MEMORY, "a list of work");
    search->is_exact = true;
    GT_TRY(gt_search_prepare(search, err));
    c->piece_count = cut(0, search->rows, &all, 1, pieces);
    c->pieces = pieces;
    GT_TRY(search_all(c));
done:
    free(pieces);
    return status;
}

static gt_status find_by_groups(crew *c, gt_search *search, uint64_t seed, gt_error *err) {
    gt_status status = GT_OK;
    gt_groups groups = {0};
    piece *pieces = NULL;
    GT_TRY(gt_search_prepare(search, err));
    GT_TRY(gt_groups_create(search->rows, search->features, search->centred, search->k, seed,
                            &groups, err));
    pieces = calloc(search->rows / GT_SEARCH_QUERIES + groups.count, sizeof *pieces);
    if (!pieces) GT_THROW(err, GT_NO_MEMORY, "a list of work");
    search->order = groups.order;
    GT_TRY(gt_search_prepare(search, err));
    for (size_t g = 0; g < groups.count; g++)
        c->piece_count +=
            cut(groups.start[g], groups.start[g + 1], groups.ranges + groups.range_start[g],
                groups.range_start[g + 1] - groups.range_start[g], pieces + c->piece_count);
    c->pieces = pieces;
    GT_TRY(search_all(c));
done:
    free(pieces);
    gt_groups_free(&groups);
    return status;
}

static gt_status check(size_t rows, size_t features, const float *x, size_t k, gt_error *err) {
    if (features < 1) return gt_fail(err, GT_BAD_ARGUMENT, "0 features, expected at least 1");
    if (k < 1 || k >= rows || rows > MOST_ROWS)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu neighbours asked of %zu rows", k, rows);
    for (size_t i = 0; i < rows * features; i++)
        if (!isfinite(x[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "row %zu, feature %zu is %g, expected a finite number", i / features,
                           i % features, x[i]);
    return GT_OK;
}

gt_status gt_neighbours_find(size_t rows, size_t features, const float *x, size_t k,
                             gt_neighbours_how how, uint64_t seed, gt_neighbours_visit *visit,
                             void *user, gt_neighbours *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_search search = {.rows = rows, .features = features, .k = k, .x = x};
    crew c = {.search = &search, .visit = visit, .user = user, .out = out, .err = err};
    *out = (gt_neighbours){.rows = rows, .k = k};
    GT_TRY(check(rows, features, x, k, err));
    out->index = calloc(rows, k * sizeof *out->index);
    out->squared = calloc(rows, k * sizeof *out->squared);
    if (!out->index || !out->squared)
        GT_THROW(err, GT_NO_MEMORY, "%zu neighbours of %zu rows", k, rows);
    if (how == GT_NEIGHBOURS_AUTO)
        how =
            rows <= GT_NEIGHBOURS_EXACT_ROWS ? GT_NEIGHBOURS_EXACT : GT_NEIGHBOURS_APPROXIMATE;
    if (how == GT_NEIGHBOURS_EXACT)
        GT_TRY(find_exactly(&c, &search, err));
    else
        GT_TRY(find_by_groups(&c, &search, seed, err));
done:
    free(search.centred);
    free(search.norm);
    if (status) gt_neighbours_free(out);
    return status;
}

void gt_neighbours_free(gt_neighbours *graph) {
    free(graph->index);
    free(graph->squared);
    *graph = (gt_neighbours){0};
}
