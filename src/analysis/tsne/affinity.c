/* affinity.c - conditional affinities by root finding, and their symmetric sum. */
#include "tsne/affinity.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 200 };

/* Weights at beta, the entropy and the variance of d2 under them; d2 is counted from `least`,
 * so that the largest weight is 1 before division. */
static double affinities_at(size_t k, const double *d2, double least, double beta, double *p,
                            double *variance) {
    double sum = 0, first = 0, second = 0;
    for (size_t j = 0; j < k; j++) {
        double d = d2[j] - least;
        p[j] = exp(-beta * d);
        sum += p[j];
        first += p[j] * d;
        second += p[j] * d * d;
    }
    for (size_t j = 0; j < k; j++) p[j] /= sum;
    first /= sum;
    *variance = fmax(0, second / sum - first * first);
    return log(sum) + beta * first;
}

/* Newton's method on the entropy, whose slope is -beta times the variance of d2, kept between
 * bounds that close in as in the bisection of the reference; a step that leaves them is a
 * bisection. */
double gt_affinity_row(size_t k, const double *d2, double perplexity, double *p,
                       double *entropy) {
    double least = d2[0], mean = 0, low = 0, high = INFINITY, target = log(perplexity);
    double reached = 0, beta, variance;
    for (size_t j = 0; j < k; j++) {
        least = fmin(least, d2[j]);
        mean += d2[j] / (double)k;
    }
    /* Distances beyond the least are of the size of mean - least: so is the start. */
    beta = mean > least ? 1 / (mean - least) : 1;
    for (int step = 0; step < MOST_STEPS; step++) {
        reached = affinities_at(k, d2, least, beta, p, &variance);
        double excess = reached - target;
        if (fabs(excess) <= 1e-14 * target) break;
        if (excess > 0)
            low = beta;
        else
            high = beta;
        double next = variance > 0 ? beta + excess / (beta * variance) : INFINITY;
        if (!(next > low && next < high)) next = isinf(high) ? 2 * beta : (low + high) / 2;
        if (next == beta || !(next < 1e300)) break;
        beta = next;
    }
    if (entropy) *entropy = reached;
    return beta;
}

/* ---- The symmetric sum --------------------------------------------------------------------
 */

typedef struct entry {
    int32_t column;
    double weight;
} entry;

/* Conditional weights, in the order of the graph. */
static gt_status conditional(const gt_neighbours *graph, double perplexity, double **out,
                             gt_error *err) {
    size_t k = graph->k;
    double *p = calloc(graph->rows * k, sizeof *p);
    if (!p) return gt_fail(err, GT_NO_MEMORY, "affinities of %zu rows", graph->rows);
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t i = 0; i < graph->rows; i++)
        gt_affinity_row(k, graph->squared + i * k, perplexity, p + i * k, NULL);
    *out = p;
    return GT_OK;
}

/* The graph turned round: for each row the rows that name it, rising. */
static void turn_round(const gt_neighbours *graph, const double *p, size_t *start,
                       entry *entries) {
    size_t rows = graph->rows, k = graph->k;
    memset(start, 0, (rows + 1) * sizeof *start);
    for (size_t e = 0; e < rows * k; e++) start[graph->index[e] + 1]++;
    for (size_t i = 0; i < rows; i++) start[i + 1] += start[i];
    for (size_t i = 0; i < rows; i++)
        for (size_t e = i * k; e < (i + 1) * k; e++)
            entries[start[graph->index[e]]++] = (entry){(int32_t)i, p[e]};
    memmove(start + 1, start, rows * sizeof *start);
    start[0] = 0;
}

static int by_column(const void *a, const void *b) {
    int32_t x = ((const entry *)a)->column, y = ((const entry *)b)->column;
    return (x > y) - (x < y);
}

/* Merges a row's own neighbours (any order) with those that name it. Returns how many columns
 * there are; with `column` NULL they are only counted. */
static size_t merge_row(size_t k, const int32_t *index, const double *p, const entry *others,
                        size_t other_count, entry *own, int32_t *column, double *weight) {
    size_t a = 0, b = 0, count = 0;
    for (size_t j = 0; j < k; j++) own[j] = (entry){index[j], p[j]};
    qsort(own, k, sizeof *own, by_column);
    for (; a < k || b < other_count; count++) {
        bool takes_own = a < k && (b == other_count || own[a].column <= others[b].column);
        bool takes_other = b < other_count && (a == k || others[b].column <= own[a].column);
        if (column) {
            column[count] = takes_own ? own[a].column : others[b].column;
            weight[count] =
                (takes_own ? own[a].weight : 0) + (takes_other ? others[b].weight : 0);
        }
        a += takes_own;
        b += takes_other;
    }
    return count;
}

/* Counts or fills all rows. */
static gt_status merge_rows(const gt_neighbours *graph, const double *p, const size_t *from,
                            const entry *others, gt_affinity *out, bool fills, gt_error *err) {
    size_t k = graph->k;
    bool failed = false;
#pragma omp parallel
    {
        entry *own = calloc(k, sizeof *own);
        if (!own) {
#pragma omp atomic write
            failed = true;
        }
#pragma omp for schedule(dynamic, 64)
        for (size_t i = 0; i < graph->rows; i++) {
            if (!own) continue;
            size_t at = fills ? out->start[i] : 0;
            size_t count = merge_row(k, graph->index + i * k, p + i * k, others + from[i],
                                     from[i + 1] - from[i], own,
                                     fills ? out->column + at : NULL, out->weight + at);
            if (!fills) out->start[i + 1] = count;
        }
        free(own);
    }
    return failed ? gt_fail(err, GT_NO_MEMORY, "lists of %zu neighbours", k) : GT_OK;
}

/* Divides by the sum of all; notes sum of p ln p. */
static void normalise(gt_affinity *a) {
    double sum = 0;
    size_t count = a->start[a->rows];
    for (size_t e = 0; e < count; e++) sum += a->weight[e];
    a->entropy = 0;
    for (size_t e = 0; e < count; e++) {
        a->weight[e] /= sum;
        if (a->weight[e] > 0) a->entropy += a->weight[e] * log(a->weight[e]);
    }
}

gt_status gt_affinity_create(const gt_neighbours *graph, double perplexity, gt_affinity *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t rows = graph->rows, *from = calloc(rows + 1, sizeof *from);
    double *p = NULL;
    entry *others = calloc(rows * graph->k, sizeof *others);
    *out = (gt_affinity){.rows = rows, .start = calloc(rows + 1, sizeof *out->start)};
    if (!from || !others || !out->start)
        GT_THROW(err, GT_NO_MEMORY, "affinities of %zu rows", rows);
    GT_TRY(conditional(graph, perplexity, &p, err));
    turn_round(graph, p, from, others);
    GT_TRY(merge_rows(graph, p, from, others, out, false, err));
    for (size_t i = 0; i < rows; i++) out->start[i + 1] += out->start[i];
    out->column = calloc(out->start[rows], sizeof *out->column);
    out->weight = calloc(out->start[rows], sizeof *out->weight);
    if (!out->column || !out->weight)
        GT_THROW(err, GT_NO_MEMORY, "%zu affinities", out->start[rows]);
    GT_TRY(merge_rows(graph, p, from, others, out, true, err));
    normalise(out);
done:
    free(p);
    free(from);
    free(others);
    if (status) gt_affinity_free(out);
    return status;
}

gt_status gt_affinity_narrow(gt_affinity *affinity, gt_error *err) {
    size_t count = affinity->start[affinity->rows];
    affinity->narrow = malloc((count + 1) * sizeof *affinity->narrow);
    if (!affinity->narrow) return gt_fail(err, GT_NO_MEMORY, "%zu affinities", count);
    for (size_t e = 0; e < count; e++) affinity->narrow[e] = (float)affinity->weight[e];
    free(affinity->weight);
    affinity->weight = NULL;
    return GT_OK;
}

void gt_affinity_free(gt_affinity *affinity) {
    free(affinity->start);
    free(affinity->column);
    free(affinity->weight);
    free(affinity->narrow);
    *affinity = (gt_affinity){0};
}
