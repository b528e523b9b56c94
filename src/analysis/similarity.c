/* similarity.c - cosine search over blocks of rows.
 *
 * Queries are scaled to length 1 once. A tile of rows meets a tile of queries in one matrix
 * product; what passes the present worst match, less the bound of float32's rounding, is
 * computed again in double and kept in the query's sorted list. */
#include "galatea/similarity.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "gemm.h"
#include "team.h"

enum { QUERY_TILE = 256, SCORES = 1 << 20, FEWEST_ROWS = 512, STRIP = 64, LANES = 16 };

/* Rows whose length lies outside these bounds are not trusted to float32. */
static const double shortest = 1e-15, longest = 1e15;

struct gt_similarity {
    size_t count, width, top;
    float *units;     /* (count, width), queries of length 1 */
    double *exact;    /* (count, width), the same in double; zero for queries of zeros */
    gt_match *best;   /* (count, top) */
    size_t *held;     /* (count) */
    double tolerance; /* between a score in float32 and in double */
    size_t tile;      /* rows at once */
    double *lengths;  /* (tile) */
    float *inverses;  /* (tile): 1 / length, 0 for rows of zeros, NaN for untrusted ones */
    float *scores;    /* (QUERY_TILE, tile) */
};

/* ---- matches --------------------------------------------------------------------------------
 */

static bool is_better(gt_match a, gt_match b) {
    return a.score > b.score || (a.score == b.score && a.row < b.row);
}

static void insert_match(gt_similarity *s, size_t query, gt_match candidate) {
    gt_match *best = s->best + query * s->top;
    size_t held = s->held[query], low = 0, high = held;
    if (held == s->top && !is_better(candidate, best[held - 1])) return;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (is_better(candidate, best[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    if (held < s->top) s->held[query] = ++held;
    memmove(best + low + 1, best + low, (held - 1 - low) * sizeof *best);
    best[low] = candidate;
}

/* Sums in lanes of their own, so that equal rows get equal sums wherever they lie in memory. */
static double sum_lanes(const double *lane) {
    double sum = 0;
    for (size_t l = 0; l < LANES; l++) sum += lane[l];
    return sum;
}

/* Rounding may carry the cosine of one direction a hair beyond 1. */
static double exact_score(const gt_similarity *s, size_t query, const float *row,
                          double length) {
    const double *unit = s->exact + query * s->width;
    double lane[LANES] = {0};
    if (length == 0) return 0;
    size_t whole = s->width - s->width % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t l = 0; l < LANES; l++) lane[l] += unit[i + l] * (double)row[i + l];
    for (size_t i = whole; i < s->width; i++) lane[i - whole] += unit[i] * (double)row[i];
    return fmax(-1, fmin(1, sum_lanes(lane) / length));
}

/* ---- a tile ---------------------------------------------------------------------------------
 */

static double length_of(const float *row, size_t width) {
    double lane[LANES] = {0};
    size_t whole = width - width % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t l = 0; l < LANES; l++) lane[l] += (double)row[i + l] * (double)row[i + l];
    for (size_t i = whole; i < width; i++) lane[i - whole] += (double)row[i] * (double)row[i];
    return sqrt(sum_lanes(lane));
}

typedef struct measuring {
    gt_similarity *search;
    const float *rows;
    _Atomic size_t wrong; /* the first row that is not finite */
} measuring;

static void measure_stretch(void *self, int64_t begin, int64_t end) {
    measuring *m = self;
    gt_similarity *s = m->search;
    for (size_t r = (size_t)begin; r < (size_t)end; r++) {
        double length = length_of(m->rows + r * s->width, s->width);
        bool is_trusted = length >= shortest && length <= longest;
        s->lengths[r] = length;
        s->inverses[r] = is_trusted ? (float)(1 / length) : length == 0 ? 0 : NAN;
        size_t first = atomic_load(&m->wrong);
        while (!isfinite(length) && r < first &&
               !atomic_compare_exchange_weak(&m->wrong, &first, r)) {
        }
    }
}

/* Fills lengths and inverses; returns the first row that is not finite, or count. */
static size_t measure_rows(gt_similarity *s, size_t count, const float *rows) {
    enum { GRAIN = 1 << 14 };
    measuring m = {.search = s, .rows = rows, .wrong = count};
    gt_team_range(omp_get_max_threads(), (int64_t)count, 1 + GRAIN / (int64_t)s->width,
                  measure_stretch, &m);
    return m.wrong;
}

/* What a score in float32 must reach to be looked at. */
static float bar_of(const gt_similarity *s, size_t query) {
    if (s->held[query] < s->top) return -INFINITY;
    double worst = s->best[query * s->top + s->top - 1].score - s->tolerance;
    return nextafterf((float)worst, -INFINITY);
}

/* Does one of STRIP scores reach the bar? NaN does not. */
static bool any_reaches(const float *scores, const float *inverses, float bar) {
    int reached = 0;
#pragma omp simd reduction(| : reached)
    for (size_t r = 0; r < STRIP; r++) reached |= scores[r] * inverses[r] >= bar;
    return reached;
}

static void scan_strip(gt_similarity *s, size_t query, uint64_t first, size_t begin, size_t end,
                       const float *rows, const float *scores) {
    float bar = bar_of(s, query);
    for (size_t r = begin; r < end; r++) {
        if (!(scores[r] * s->inverses[r] >= bar)) continue;
        double score = exact_score(s, query, rows + r * s->width, s->lengths[r]);
        insert_match(s, query, (gt_match){first + r, score});
        bar = bar_of(s, query);
    }
}

static void scan_query(gt_similarity *s, size_t query, uint64_t first, size_t count,
                       const float *rows, const float *scores) {
    for (size_t at = 0; at < count; at += STRIP) {
        size_t end = at + STRIP < count ? at + STRIP : count;
        bool is_whole = end - at == STRIP;
        if (is_whole && !any_reaches(scores + at, s->inverses + at, bar_of(s, query))) continue;
        scan_strip(s, query, first, at, end, rows, scores);
    }
    for (size_t r = 0; r < count; r++) {
        if (!isnan(s->inverses[r])) continue;
        double score = exact_score(s, query, rows + r * s->width, s->lengths[r]);
        insert_match(s, query, (gt_match){first + r, score});
    }
}

typedef struct scanning {
    gt_similarity *search;
    uint64_t first;
    size_t at, count;
    const float *rows;
} scanning;

static void scan_one(void *self, int64_t q, int worker) {
    const scanning *job = self;
    scan_query(job->search, job->at + (size_t)q, job->first, job->count, job->rows,
               job->search->scores + (size_t)q * job->count);
}

static gt_status search_tile(gt_similarity *s, uint64_t first, size_t count, const float *rows,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t wrong = measure_rows(s, count, rows);
    if (wrong < count)
        GT_THROW(err, GT_NOT_FINITE, "row %llu holds a NaN or an infinity",
                 (unsigned long long)(first + wrong));
    for (size_t at = 0; at < s->count; at += QUERY_TILE) {
        size_t queries = s->count - at < QUERY_TILE ? s->count - at : QUERY_TILE;
        GT_TRY(gt_gemm(false, true, (int64_t)queries, (int64_t)count, (int64_t)s->width,
                       s->units + at * s->width, rows, s->scores, err));
        scanning job = {s, first, at, count, rows};
        gt_team_run(omp_get_max_threads(), (int64_t)queries, scan_one, &job);
    }
done:
    return status;
}

gt_status gt_similarity_add(gt_similarity *search, uint64_t first, size_t count,
                            const float *rows, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t at = 0; at < count; at += search->tile) {
        size_t left = count - at, tile = left < search->tile ? left : search->tile;
        GT_TRY(search_tile(search, first + at, tile, rows + at * search->width, err));
    }
done:
    return status;
}

/* ---- the object -----------------------------------------------------------------------------
 */

static gt_status prepare_queries(gt_similarity *s, const float *queries, gt_error *err) {
    for (size_t q = 0; q < s->count; q++) {
        const float *query = queries + q * s->width;
        double length = length_of(query, s->width);
        for (size_t i = 0; i < s->width; i++) {
            if (!isfinite(query[i]))
                return gt_fail(err, GT_NOT_FINITE, "query %zu, value %zu is %g", q, i,
                               (double)query[i]);
            double unit = length > 0 ? query[i] / length : 0;
            s->exact[q * s->width + i] = unit;
            s->units[q * s->width + i] = (float)unit;
        }
    }
    return GT_OK;
}

static gt_status allocate(gt_similarity *s, gt_error *err) {
    size_t columns = s->count < QUERY_TILE ? s->count : QUERY_TILE;
    s->tile = SCORES / columns < FEWEST_ROWS ? FEWEST_ROWS : SCORES / columns;
    size_t most = SCORES * 2 / s->width; /* rows that stay in cache between their two uses */
    if (s->tile > most) s->tile = most < FEWEST_ROWS ? FEWEST_ROWS : most;
    s->units = calloc(s->count, s->width * sizeof *s->units);
    s->exact = calloc(s->count, s->width * sizeof *s->exact);
    s->best = calloc(s->count, s->top * sizeof *s->best);
    s->held = calloc(s->count, sizeof *s->held);
    s->lengths = calloc(s->tile, sizeof *s->lengths);
    s->inverses = calloc(s->tile, sizeof *s->inverses);
    s->scores = calloc(columns, s->tile * sizeof *s->scores);
    if (s->units && s->exact && s->best && s->held && s->lengths && s->inverses && s->scores)
        return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory to search for %zu rows of each of %zu queries",
                   s->top, s->count);
}

gt_status gt_similarity_create(size_t count, size_t width, const float *queries, size_t top,
                               gt_similarity **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_similarity *s = NULL;
    if (!count || !width || !top || count > INT32_MAX / top || width > INT32_MAX / 64)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "a search of %zu queries of %zu numbers for %zu rows each", count, width, top);
    s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for a search");
    s->count = count;
    s->width = width;
    s->top = top;
    /* The sum's bound, width * u * sum |x||q| <= width * u for unit lengths (Higham, Accuracy
     * and Stability of Numerical Algorithms, section 3.1), and the roundings of unit and
     * inverse. */
    s->tolerance = ((double)width + 8) * FLT_EPSILON;
    GT_TRY(allocate(s, err));
    GT_TRY(prepare_queries(s, queries, err));
    *out = s;
    s = NULL;
done:
    gt_similarity_destroy(s);
    return status;
}

const gt_match *gt_similarity_matches(const gt_similarity *search, size_t query,
                                      size_t *found) {
    *found = search->held[query];
    return search->best + query * search->top;
}

void gt_similarity_destroy(gt_similarity *search) {
    if (!search) return;
    free(search->units);
    free(search->exact);
    free(search->best);
    free(search->held);
    free(search->lengths);
    free(search->inverses);
    free(search->scores);
    free(search);
}
