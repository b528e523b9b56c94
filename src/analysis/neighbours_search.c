/* neighbours_search.c - candidates by matrix products in float, neighbours by sums of squared
 * differences in double. */
#include "neighbours_search.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm.h"

/* More candidates than neighbours, so that rounding seldom leaves the last ones in doubt. */
enum { SPARE = 16, CHUNK = 32 };

typedef struct candidate {
    double distance; /* squared; while products are looked at, without the query's own norm */
    int32_t row;
} candidate;

typedef struct held {
    size_t count;
    float limit; /* what is not below it need not be kept */
} held;

struct gt_search_room {
    size_t keep, capacity;
    float *products; /* (queries, rows) of a block */
    candidate *kept; /* (queries, capacity) */
    held held[GT_SEARCH_QUERIES];
};

gt_search_room *gt_search_room_create(const gt_search *search) {
    gt_search_room *room = calloc(1, sizeof *room);
    if (!room) return NULL;
    room->keep = search->k + SPARE;
    room->capacity = 4 * room->keep + CHUNK;
    room->products = malloc(sizeof(float) * GT_SEARCH_QUERIES * GT_SEARCH_ROWS);
    room->kept = calloc(GT_SEARCH_QUERIES * room->capacity, sizeof *room->kept);
    if (room->products && room->kept) return room;
    gt_search_room_destroy(room);
    return NULL;
}

void gt_search_room_destroy(gt_search_room *room) {
    if (!room) return;
    free(room->products);
    free(room->kept);
    free(room);
}

/* ---- The centred table --------------------------------------------------------------------
 */

static double *mean_of(const gt_search *s) {
    double *mean = calloc(s->features, sizeof *mean);
    for (size_t i = 0; mean && i < s->rows; i++)
        for (size_t f = 0; f < s->features; f++)
            mean[f] += s->x[i * s->features + f] / (double)s->rows;
    return mean;
}

gt_status gt_search_prepare(gt_search *s, gt_error *err) {
    size_t features = s->features;
    double *mean = mean_of(s);
    if (!s->centred) s->centred = malloc(s->rows * features * sizeof *s->centred);
    if (!s->norm) s->norm = malloc(s->rows * sizeof *s->norm);
    s->largest_norm = 0;
    if (!mean || !s->centred || !s->norm) {
        free(mean);
        return gt_fail(err, GT_NO_MEMORY, "a copy of %zu rows of %zu values", s->rows,
                       features);
    }
#pragma omp parallel for
    for (size_t i = 0; i < s->rows; i++) {
        const float *from = s->x + (s->order ? (size_t)s->order[i] : i) * features;
        float *to = s->centred + i * features;
        double sum = 0;
        for (size_t f = 0; f < features; f++) {
            to[f] = (float)(from[f] - mean[f]);
            sum += (double)to[f] * to[f];
        }
        s->norm[i] = (float)sum;
    }
    for (size_t i = 0; i < s->rows; i++) s->largest_norm = fmaxf(s->largest_norm, s->norm[i]);
    free(mean);
    return GT_OK;
}

/* ---- Candidates ---------------------------------------------------------------------------
 */

static bool is_nearer(const candidate *a, const candidate *b) {
    return a->distance < b->distance || (a->distance == b->distance && a->row < b->row);
}

/* Brings the `keep` nearest to the front, in any order (Hoare's selection). */
static void select_nearest(candidate *list, size_t count, size_t keep) {
    size_t low = 0, high = count - 1;
    while (low < high) {
        candidate pivot = list[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (is_nearer(&list[i], &pivot)) i++;
            while (is_nearer(&pivot, &list[j])) j--;
            if (i >= j) break;
            candidate swap = list[i];
            list[i++] = list[j];
            list[j--] = swap;
        }
        /* low..j are not behind the pivot, j+1..high not before it. */
        if (keep <= j)
            high = j;
        else
            low = j + 1;
    }
}

static void thin_out(gt_search_room *room, size_t q) {
    candidate *list = room->kept + q * room->capacity;
    held *h = &room->held[q];
    if (h->count <= room->keep) return;
    select_nearest(list, h->count, room->keep);
    h->count = room->keep;
    h->limit = (float)list[0].distance;
    for (size_t i = 1; i < h->count; i++) h->limit = fmaxf(h->limit, (float)list[i].distance);
}

/* Offers `count` rows from `first` on, by their products with query q. Most chunks hold nothing
 * near enough, and a vector comparison passes over them. */
static void offer(const gt_search *s, gt_search_room *room, size_t q, size_t self, size_t first,
                  size_t count) {
    const float *product = room->products + q * count, *norm = s->norm + first;
    held *h = &room->held[q];
    for (size_t at = 0; at < count; at += CHUNK) {
        size_t size = count - at < CHUNK ? count - at : CHUNK;
        float score[CHUNK];
        int any = 0;
        if (h->count + CHUNK > room->capacity) thin_out(room, q);
#pragma omp simd reduction(| : any)
        for (size_t j = 0; j < size; j++) {
            score[j] = norm[at + j] - 2 * product[at + j];
            any |= score[j] < h->limit;
        }
        if (!any) continue;
        candidate *list = room->kept + q * room->capacity;
        for (size_t j = 0; j < size; j++)
            if (score[j] < h->limit && first + at + j != self)
                list[h->count++] = (candidate){score[j], (int32_t)(first + at + j)};
    }
}

static gt_status offer_range(const gt_search *s, gt_search_room *room, size_t first,
                             size_t count, gt_search_range range, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t at = range.first; at < range.last; at += GT_SEARCH_ROWS) {
        size_t rows = range.last - at < GT_SEARCH_ROWS ? range.last - at : GT_SEARCH_ROWS;
        GT_TRY(gt_gemm(false, true, (int64_t)count, (int64_t)rows, (int64_t)s->features,
                       s->centred + first * s->features, s->centred + at * s->features,
                       room->products, err));
        for (size_t q = 0; q < count; q++) offer(s, room, q, first + q, at, rows);
    }
done:
    return status;
}

/* ---- Neighbours ---------------------------------------------------------------------------
 */

static double squared_distance(size_t features, const float *a, const float *b) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t f = 0; f < features; f++) {
        double d = (double)a[f] - b[f];
        sum += d * d;
    }
    return sum;
}

static int by_distance(const void *a, const void *b) {
    return is_nearer(a, b) ? -1 : is_nearer(b, a);
}

/* Candidates' true rows and distances, nearest first. */
static void measure(const gt_search *s, size_t row, candidate *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (s->order) list[i].row = s->order[list[i].row];
        list[i].distance = squared_distance(s->features, s->x + row * s->features,
                                            s->x + (size_t)list[i].row * s->features);
    }
    qsort(list, count, sizeof *list, by_distance);
}

/* Whether a row that was not kept could be nearer than the k-th neighbour. Every product errs
 * by at most features + 4 units of rounding of |a||b|, twice over for centring and norms. */
static bool is_in_doubt(const gt_search *s, size_t query, const held *h, double last) {
    double norm = s->norm[query], unit = FLT_EPSILON / 2;
    double bound = 4 * ((double)s->features + 4) * unit *
                   (norm + sqrt(norm * s->largest_norm) + s->largest_norm);
    return isfinite(h->limit) && last > norm + h->limit - bound;
}

/* All rows in double; for the few rows in doubt, or with norms beyond what a float holds. */
static void search_plainly(const gt_search *s, gt_search_room *room, size_t q, size_t row) {
    candidate *list = room->kept + q * room->capacity;
    size_t count = 0;
    double limit = INFINITY;
    for (size_t i = 0; i < s->rows; i++) {
        if (i == row) continue;
        candidate one = {
            squared_distance(s->features, s->x + row * s->features, s->x + i * s->features),
            (int32_t)i};
        if (one.distance > limit) continue;
        list[count++] = one;
        if (count < room->capacity) continue;
        select_nearest(list, count, room->keep);
        count = room->keep;
        limit = list[0].distance;
        for (size_t j = 1; j < count; j++) limit = fmax(limit, list[j].distance);
    }
    qsort(list, count, sizeof *list, by_distance);
}

/* The ranges hold more than k rows: the caller sees to it. */
static void settle(const gt_search *s, gt_search_room *room, size_t query, size_t q,
                   gt_neighbours *out) {
    size_t row = s->order ? (size_t)s->order[query] : query, k = s->k;
    candidate *list = room->kept + q * room->capacity;
    thin_out(room, q);
    held *h = &room->held[q];
    measure(s, row, list, h->count);
    if (h->count < k || (s->is_exact && is_in_doubt(s, query, h, list[k - 1].distance)))
        search_plainly(s, room, q, row);
    for (size_t j = 0; j < k; j++) {
        out->index[row * k + j] = list[j].row;
        out->squared[row * k + j] = list[j].distance;
    }
}

gt_status gt_search_block(const gt_search *s, gt_search_room *room, size_t first, size_t count,
                          const gt_search_range *ranges, size_t range_count, gt_neighbours *out,
                          gt_error *err) {
    gt_status status = GT_OK;
    for (size_t q = 0; q < count; q++) room->held[q] = (held){0, INFINITY};
    for (size_t r = 0; r < range_count; r++)
        GT_TRY(offer_range(s, room, first, count, ranges[r], err));
    for (size_t q = 0; q < count; q++) settle(s, room, first + q, q, out);
done:
    return status;
}
