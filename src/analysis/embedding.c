/* embedding.c - ranks, neighbours and divergence of maps. */
#include "embedding.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "galatea/neighbours.h"
#include "sort.h"
#include "tsne/forces.h"

typedef struct ranked {
    double distance;
    size_t row;
} ranked;

static int by_distance(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* All other rows by distance from row i; returns how many. */
static size_t rank_data(size_t rows, size_t features, const float *x, size_t i, ranked *list) {
    size_t count = 0;
    for (size_t j = 0; j < rows; j++) {
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t f = 0; f < features; f++) {
            double d = (double)x[i * features + f] - x[j * features + f];
            sum += d * d;
        }
        if (j != i) list[count++] = (ranked){sum, j};
    }
    qsort(list, count, sizeof *list, by_distance);
    return count;
}

static size_t rank_map(size_t rows, const double *y, size_t i, ranked *list) {
    size_t count = 0;
    for (size_t j = 0; j < rows; j++) {
        double dx = y[2 * i] - y[2 * j], dy = y[2 * i + 1] - y[2 * j + 1];
        if (j != i) list[count++] = (ranked){dx * dx + dy * dy, j};
    }
    qsort(list, count, sizeof *list, by_distance);
    return count;
}

/* Of one row: ranks too far, summed, and common neighbours. data and map hold a list each. */
static void judge_row(size_t count, size_t k, const ranked *data, const ranked *map,
                      size_t *rank, size_t *excess, size_t *common) {
    *excess = *common = 0;
    for (size_t j = 0; j < count; j++) rank[data[j].row] = j + 1;
    for (size_t j = 0; j < k; j++) {
        size_t r = rank[map[j].row];
        if (r > k)
            *excess += r - k;
        else
            ++*common;
    }
}

static gt_status check(size_t rows, size_t features, const float *x, const double *y,
                       gt_error *err) {
    for (size_t i = 0; i < rows * features; i++)
        if (!isfinite(x[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "row %zu, feature %zu is %g, expected a finite number", i / features,
                           i % features, x[i]);
    for (size_t i = 0; i < 2 * rows; i++)
        if (!isfinite(y[i]))
            return gt_fail(err, GT_NOT_FINITE, "row %zu of the map is not finite", i / 2);
    return GT_OK;
}

gt_status gt_embedding_quality(size_t rows, size_t features, const float *x, const double *y,
                               size_t k, double *trust, double *recall, gt_error *err) {
    gt_status status = GT_OK;
    size_t excess = 0, common = 0; /* whole numbers: any order of additions gives them */
    bool failed = false;
    if (k < 1 || 2 * k >= rows)
        GT_THROW(err, GT_BAD_ARGUMENT, "%zu neighbours of %zu rows, expected below %zu", k,
                 rows, rows / 2);
    GT_TRY(check(rows, features, x, y, err));
#pragma omp parallel reduction(+ : excess, common)
    {
        ranked *data = calloc(rows, sizeof *data), *map = calloc(rows, sizeof *map);
        size_t *rank = calloc(rows, sizeof *rank);
        bool has_room = data && map && rank;
        if (!has_room) {
#pragma omp atomic write
            failed = true;
        }
#pragma omp for schedule(dynamic, 8)
        for (size_t i = 0; i < rows; i++) {
            size_t far, near;
            if (!has_room) continue;
            size_t count = rank_data(rows, features, x, i, data);
            rank_map(rows, y, i, map);
            judge_row(count, k, data, map, rank, &far, &near);
            excess += far;
            common += near;
        }
        free(data);
        free(map);
        free(rank);
    }
    if (failed) GT_THROW(err, GT_NO_MEMORY, "ranks of %zu rows", rows);
    double n = (double)rows, m = (double)k;
    if (trust) *trust = 1 - 2 / (n * m * (2 * n - 3 * m - 1)) * (double)excess;
    if (recall) *recall = (double)common / (n * m);
done:
    return status;
}

gt_status gt_embedding_kl(size_t rows, size_t features, const float *x, const double *y,
                          double perplexity, int is_sparse, double *kl, gt_error *err) {
    gt_status status = GT_OK;
    gt_neighbours graph = {0};
    gt_affinity p = {0};
    double *room = calloc(rows, 5 * sizeof *room), energy, z = 0;
    size_t k = is_sparse ? (size_t)(3 * perplexity + 1) : rows - 1;
    if (!room) GT_THROW(err, GT_NO_MEMORY, "forces of %zu rows", rows);
    if (k > rows - 1) k = rows - 1;
    GT_TRY(check(rows, features, x, y, err));
    GT_TRY(gt_neighbours_find(rows, features, x, k, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &graph,
                              err));
    GT_TRY(gt_affinity_create(&graph, perplexity, &p, err));
    gt_attraction(&p, y, room, room + 4 * rows, &energy);
    gt_exact_repulsion(rows, y, room + 2 * rows, room + 4 * rows);
    for (size_t i = 0; i < rows; i++) z += room[4 * rows + i];
    *kl = p.entropy + energy + log(z);
done:
    free(room);
    gt_affinity_free(&p);
    gt_neighbours_free(&graph);
    return status;
}

/* ---- Clustering by a value ----------------------------------------------------------------
 */

/* Mean absolute difference of all pairs, from the sorted values. */
static double spread_of(size_t n, double *values) {
    double sum = 0;
    qsort(values, n, sizeof *values, gt_by_double);
    for (size_t i = 0; i < n; i++) sum += (2 * (double)i - (double)n + 1) * values[i];
    return sum * 2 / ((double)n * (double)(n - 1));
}

gt_status gt_embedding_clustering(size_t rows, const double *y, const double *values, size_t k,
                                  double *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_neighbours graph = {0};
    size_t n = 0;
    double sum = 0, *known = calloc(rows, sizeof *known);
    float *place = calloc(rows, 2 * sizeof *place);
    *out = NAN;
    if (!known || !place) GT_THROW(err, GT_NO_MEMORY, "%zu values", rows);
    for (size_t i = 0; i < rows; i++) {
        if (!isfinite(values[i])) continue;
        place[2 * n] = (float)y[2 * i];
        place[2 * n + 1] = (float)y[2 * i + 1];
        known[n++] = values[i];
    }
    if (n <= k) goto done;
    GT_TRY(gt_neighbours_find(n, 2, place, k, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &graph, err));
    for (size_t e = 0; e < n * k; e++) sum += fabs(known[e / k] - known[graph.index[e]]);
    double spread = spread_of(n, known);
    if (spread > 0) *out = sum / ((double)n * (double)k) / spread;
done:
    free(known);
    free(place);
    gt_neighbours_free(&graph);
    return status;
}
