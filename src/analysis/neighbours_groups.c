/* neighbours_groups.c - Lloyd's algorithm from random rows, and the groups nearest to each. */
#include "neighbours_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "gemm.h"
#include "rng.h"

/* PASSES of Lloyd's algorithm; a group looks into the nearest groups until they hold one part
 * in SHARE of all rows, and at least LEAST_ROWS and 4 k of them. */
enum { BLOCK = 512, PASSES = 4, SHARE = 16, LEAST_ROWS = 8192 };

typedef struct grouping {
    size_t rows, features, count;
    const float *x;
    float *centre, *norm;
    int32_t *of; /* group of each row */
} grouping;

static void choose_centres(grouping *g, uint64_t seed, size_t *order) {
    for (size_t i = 0; i < g->rows; i++) order[i] = i;
    gt_rng_key key = {seed, gt_rng_stream("neighbours.groups"), 0};
    gt_rng_shuffle(key, order, g->rows);
    for (size_t c = 0; c < g->count; c++)
        memcpy(g->centre + c * g->features, g->x + order[c] * g->features,
               g->features * sizeof *g->centre);
}

static void measure_centres(grouping *g) {
    for (size_t c = 0; c < g->count; c++) {
        double sum = 0;
        for (size_t f = 0; f < g->features; f++)
            sum += (double)g->centre[c * g->features + f] * g->centre[c * g->features + f];
        g->norm[c] = (float)sum;
    }
}

/* Puts `count` rows from `first` on into the groups of their nearest centres. */
static gt_status assign_block(grouping *g, size_t first, size_t count, float *products,
                              gt_error *err) {
    gt_status status =
        gt_gemm(false, true, (int64_t)count, (int64_t)g->count, (int64_t)g->features,
                g->x + first * g->features, g->centre, products, err);
    for (size_t i = 0; !status && i < count; i++) {
        const float *product = products + i * g->count;
        float least = INFINITY;
        for (size_t c = 0; c < g->count; c++) {
            float score = g->norm[c] - 2 * product[c];
            if (score < least) least = score, g->of[first + i] = (int32_t)c;
        }
    }
    return status;
}

/* Products by one thread each: their bits then do not depend on how many there are. */
static gt_status assign(grouping *g, gt_error *err) {
    gt_status result = GT_OK;
    gt_session *session = gt_session_current();
    measure_centres(g);
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
        float *products = malloc(BLOCK * g->count * sizeof *products);
#pragma omp for schedule(dynamic)
        for (size_t at = 0; at < g->rows; at += BLOCK) {
            gt_error mine;
            gt_status status;
            if (!products)
                status = gt_fail(&mine, GT_NO_MEMORY, "products with %zu centres", g->count);
            else if (gt_interrupt_pending())
                status =
                    gt_fail(&mine, GT_INTERRUPTED, "interrupted while looking for neighbours");
            else
                status = assign_block(g, at, g->rows - at < BLOCK ? g->rows - at : BLOCK,
                                      products, &mine);
            if (!status) continue;
#pragma omp critical(gt_groups_failure)
            {
                result = status;
                if (err) *err = mine;
            }
        }
        free(products);
        gt_session_enter(before);
    }
    return result;
}

/* Centres become the means of their groups; one without rows stays. Sums run in the order of
 * the rows, each group's alone. */
static gt_status move_centres(grouping *g, gt_error *err) {
    double *sum = calloc(g->count * g->features, sizeof *sum);
    size_t *members = calloc(g->count, sizeof *members);
    if (sum && members) {
        for (size_t i = 0; i < g->rows; i++) {
            double *s = sum + (size_t)g->of[i] * g->features;
            members[g->of[i]]++;
            for (size_t f = 0; f < g->features; f++) s[f] += g->x[i * g->features + f];
        }
        for (size_t e = 0; e < g->count * g->features; e++)
            if (members[e / g->features])
                g->centre[e] = (float)(sum[e] / (double)members[e / g->features]);
    }
    bool is_done = sum && members;
    free(sum);
    free(members);
    return is_done ? GT_OK : gt_fail(err, GT_NO_MEMORY, "%zu means", g->count);
}

/* Rows by group, in their old order within one. */
static void sort_rows(const grouping *g, gt_groups *out) {
    for (size_t i = 0; i < g->rows; i++) out->start[g->of[i] + 1]++;
    for (size_t c = 0; c < g->count; c++) out->start[c + 1] += out->start[c];
    for (size_t i = 0; i < g->rows; i++) out->order[out->start[g->of[i]]++] = (int32_t)i;
    memmove(out->start + 1, out->start, g->count * sizeof *out->start);
    out->start[0] = 0;
}

/* ---- Which groups a group looks into ------------------------------------------------------
 */

typedef struct other {
    double distance;
    size_t group;
} other;

static int by_distance(const void *a, const void *b) {
    const other *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

static double centre_distance(const grouping *g, size_t a, size_t b) {
    double sum = 0;
    const float *x = g->centre + a * g->features, *y = g->centre + b * g->features;
#pragma omp simd reduction(+ : sum)
    for (size_t f = 0; f < g->features; f++)
        sum += ((double)x[f] - y[f]) * ((double)x[f] - y[f]);
    return sum;
}

/* The nearest groups of c, itself first, until they hold `enough` rows. Returns how many. */
static size_t nearest_groups(const grouping *g, const gt_groups *out, size_t c, size_t enough,
                             other *list) {
    size_t held = 0, count = 0;
    for (size_t o = 0; o < g->count; o++)
        list[o] = (other){o == c ? -1 : centre_distance(g, c, o), o};
    qsort(list, g->count, sizeof *list, by_distance);
    while (count < g->count && held < enough) {
        size_t group = list[count++].group;
        held += out->start[group + 1] - out->start[group];
    }
    return count;
}

static gt_status choose_ranges(const grouping *g, size_t k, gt_groups *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t enough = g->rows / SHARE, used = 0, room = 0;
    other *list = calloc(g->count, sizeof *list);
    if (!list) GT_THROW(err, GT_NO_MEMORY, "%zu groups", g->count);
    if (enough < LEAST_ROWS) enough = LEAST_ROWS;
    if (enough < 4 * k) enough = 4 * k;
    for (size_t c = 0; c < g->count; c++) {
        size_t count = nearest_groups(g, out, c, enough, list);
        if (used + count > room) {
            room = 2 * room + count;
            gt_search_range *more = realloc(out->ranges, room * sizeof *more);
            if (!more) GT_THROW(err, GT_NO_MEMORY, "%zu ranges of groups", room);
            out->ranges = more;
        }
        for (size_t i = 0; i < count; i++)
            out->ranges[used++] =
                (gt_search_range){out->start[list[i].group], out->start[list[i].group + 1]};
        out->range_start[c + 1] = used;
    }
done:
    free(list);
    return status;
}

gt_status gt_groups_create(size_t rows, size_t features, const float *x, size_t k,
                           uint64_t seed, gt_groups *out, gt_error *err) {
    gt_status status = GT_OK;
    grouping g = {
        .rows = rows, .features = features, .count = (size_t)sqrt((double)rows), .x = x};
    size_t *shuffled = malloc(rows * sizeof *shuffled);
    *out = (gt_groups){.count = g.count};
    g.centre = calloc(g.count * features, sizeof *g.centre);
    g.norm = calloc(g.count, sizeof *g.norm);
    g.of = calloc(rows, sizeof *g.of);
    out->start = calloc(g.count + 1, sizeof *out->start);
    out->range_start = calloc(g.count + 1, sizeof *out->range_start);
    out->order = calloc(rows, sizeof *out->order);
    if (!shuffled || !g.centre || !g.norm || !g.of || !out->start || !out->range_start ||
        !out->order)
        GT_THROW(err, GT_NO_MEMORY, "%zu groups of %zu rows", g.count, rows);
    choose_centres(&g, seed, shuffled);
    for (int pass = 0; pass < PASSES; pass++) {
        if (pass) GT_TRY(move_centres(&g, err));
        GT_TRY(assign(&g, err));
    }
    sort_rows(&g, out);
    GT_TRY(choose_ranges(&g, k, out, err));
done:
    free(shuffled);
    free(g.centre);
    free(g.norm);
    free(g.of);
    if (status) gt_groups_free(out);
    return status;
}

void gt_groups_free(gt_groups *groups) {
    free(groups->start);
    free(groups->range_start);
    free(groups->order);
    free(groups->ranges);
    *groups = (gt_groups){0};
}
