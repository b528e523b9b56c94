/* knn.c - nearest neighbours by brute force. A block of query rows meets a block of training
 * rows that stays in cache; each thread keeps the k best of its rows in a sorted list. */
#include "knn.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "distances.h"

enum { TRAIN_BLOCK = 16, QUERY_BLOCK = 16 };

typedef struct neighbour {
    double distance; /* squared */
    int64_t row;
} neighbour;

/* Puts a candidate into the sorted list of at most k. Candidates come by rising row, so behind
 * all equal distances is the right place: the lower index stays nearer. */
static void keep_nearest(neighbour *best, size_t *held, size_t k, neighbour candidate) {
    if (*held == k && candidate.distance >= best[k - 1].distance) return;
    size_t place = *held < k ? (*held)++ : k - 1;
    for (; place > 0 && best[place - 1].distance > candidate.distance; place--)
        best[place] = best[place - 1];
    best[place] = candidate;
}

/* What a thread works with. */
typedef struct workspace {
    neighbour *best; /* (QUERY_BLOCK, k) */
    int32_t *votes;  /* (classes) */
    double *query;   /* (QUERY_BLOCK, features) */
    double *train;   /* (TRAIN_BLOCK, features) */
} workspace;

static void search_block(const gt_knn_problem *known, size_t count, const float *query,
                         workspace *w) {
    size_t held[QUERY_BLOCK] = {0}, width = known->features;
    gt_widen(count * width, query, w->query);
    for (size_t first = 0; first < known->rows; first += TRAIN_BLOCK) {
        size_t rows = known->rows - first < TRAIN_BLOCK ? known->rows - first : TRAIN_BLOCK;
        gt_widen(rows * width, known->x + first * width, w->train);
        for (size_t q = 0; q < count; q++) {
            double distance[TRAIN_BLOCK];
            gt_distances_squared(width, w->query + q * width, rows, w->train, distance);
            for (size_t r = 0; r < rows; r++)
                keep_nearest(w->best + q * known->k, &held[q], known->k,
                             (neighbour){distance[r], (int64_t)(first + r)});
        }
    }
}

/* Turns the k nearest of query row q into votes and whatever else was asked for. */
static void answer_row(const gt_knn_problem *known, size_t q, const neighbour *best,
                       int32_t *votes, const gt_knn_answer *answer) {
    size_t k = known->k;
    memset(votes, 0, (size_t)known->classes * sizeof *votes);
    for (size_t i = 0; i < k; i++) {
        votes[known->labels[best[i].row]]++;
        if (answer->neighbours) answer->neighbours[q * k + i] = best[i].row;
        if (answer->distances) answer->distances[q * k + i] = sqrt(best[i].distance);
    }
    int32_t winner = 0;
    for (int32_t c = 1; c < known->classes; c++)
        if (votes[c] > votes[winner]) winner = c;
    if (answer->predicted) answer->predicted[q] = winner;
    if (answer->score) answer->score[q] = (double)votes[1] / (double)k;
    if (answer->votes)
        memcpy(answer->votes + q * (size_t)known->classes, votes,
               (size_t)known->classes * sizeof *votes);
}

static gt_status check_finite(const char *what, size_t rows, size_t features, const float *x,
                              gt_error *err) {
    for (size_t i = 0; i < rows * features; i++) {
        if (!isfinite(x[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "%s row %zu, feature %zu is %g, expected a finite "
                           "number",
                           what, i / features, i % features, (double)x[i]);
    }
    return GT_OK;
}

static gt_status check_problem(const gt_knn_problem *known, const gt_knn_answer *answer,
                               gt_error *err) {
    if (known->k < 1 || known->k > known->rows)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu neighbours asked of %zu training rows",
                       known->k, known->rows);
    if (known->features < 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "0 features, expected at least 1");
    if (known->classes < (answer->score ? 2 : 1))
        return gt_fail(err, GT_BAD_ARGUMENT, "%d classes, expected at least %d", known->classes,
                       answer->score ? 2 : 1);
    for (size_t i = 0; i < known->rows; i++) {
        if (known->labels[i] < 0 || known->labels[i] >= known->classes)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "class of training row %zu is %d, expected 0 to "
                           "%d",
                           i, known->labels[i], known->classes - 1);
    }
    return check_finite("training", known->rows, known->features, known->x, err);
}

static bool open_workspace(const gt_knn_problem *known, workspace *w) {
    w->best = malloc(QUERY_BLOCK * known->k * sizeof *w->best);
    w->votes = malloc((size_t)known->classes * sizeof *w->votes);
    w->query = malloc(QUERY_BLOCK * known->features * sizeof *w->query);
    w->train = malloc(TRAIN_BLOCK * known->features * sizeof *w->train);
    return w->best && w->votes && w->query && w->train;
}

static void close_workspace(workspace *w) {
    free(w->best);
    free(w->votes);
    free(w->query);
    free(w->train);
}

gt_status gt_knn_classify(const gt_knn_problem *known, size_t n, const float *query,
                          const gt_knn_answer *answer, gt_error *err) {
    gt_status status = GT_OK;
    int failed = 0;
    GT_TRY(check_problem(known, answer, err));
    GT_TRY(check_finite("query", n, known->features, query, err));
#pragma omp parallel reduction(| : failed)
    {
        workspace w = {0};
        bool is_open = open_workspace(known, &w);
        failed |= !is_open;
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first < n; first += QUERY_BLOCK) {
            size_t count = n - first < QUERY_BLOCK ? n - first : QUERY_BLOCK;
            if (!is_open) continue;
            search_block(known, count, query + first * known->features, &w);
            for (size_t q = 0; q < count; q++)
                answer_row(known, first + q, w.best + q * known->k, w.votes, answer);
        }
        close_workspace(&w);
    }
    if (failed)
        GT_THROW(err, GT_NO_MEMORY, "lists of %zu neighbours for each thread", known->k);
done:
    return status;
}
