/* knn.c - nearest neighbours by brute force. A block of query rows meets a block of training
 * rows that stays in cache; each thread keeps the k best of its rows in a sorted list. */
#include "galatea/knn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "distances.h"

enum { TRAIN_BLOCK = 32, QUERY_BLOCK = 16 };

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

static void search_block(const gt_knn_problem *known, size_t count, const float *query,
                         neighbour *best) {
    size_t held[QUERY_BLOCK] = {0};
    for (size_t first = 0; first < known->rows; first += TRAIN_BLOCK) {
        size_t rows = known->rows - first < TRAIN_BLOCK ? known->rows - first : TRAIN_BLOCK;
        for (size_t q = 0; q < count; q++) {
            double distance[TRAIN_BLOCK];
            gt_distances_squared(known->features, query + q * known->features, rows,
                                 known->x + first * known->features, distance);
            for (size_t r = 0; r < rows; r++)
                keep_nearest(best + q * known->k, &held[q], known->k,
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

gt_status gt_knn_classify(const gt_knn_problem *known, size_t n, const float *query,
                          const gt_knn_answer *answer, gt_error *err) {
    gt_status status = GT_OK;
    neighbour *best = NULL;
    int32_t *votes = NULL;
    GT_TRY(check_problem(known, answer, err));
    GT_TRY(check_finite("query", n, known->features, query, err));
    size_t threads = (size_t)omp_get_max_threads();
    best = calloc(threads * QUERY_BLOCK * known->k, sizeof *best);
    votes = calloc(threads * (size_t)known->classes, sizeof *votes);
    if (!best || !votes)
        GT_THROW(err, GT_NO_MEMORY, "lists of %zu neighbours for %zu threads", known->k,
                 threads);
#pragma omp parallel for schedule(dynamic) num_threads((int)threads)
    for (size_t first = 0; first < n; first += QUERY_BLOCK) {
        size_t count = n - first < QUERY_BLOCK ? n - first : QUERY_BLOCK;
        size_t thread = (size_t)omp_get_thread_num();
        neighbour *mine = best + thread * QUERY_BLOCK * known->k;
        search_block(known, count, query + first * known->features, mine);
        for (size_t q = 0; q < count; q++)
            answer_row(known, first + q, mine + q * known->k,
                       votes + thread * (size_t)known->classes, answer);
    }
done:
    free(best);
    free(votes);
    return status;
}
