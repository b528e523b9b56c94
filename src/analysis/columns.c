/* columns.c - transposition, and a radix sort of each column. */
#include "columns.h"

#include <stdlib.h>
#include <string.h>

#include <omp.h>

enum { DIGIT_BITS = 8, DIGITS = 256, PASSES = 4, TILE = 32 };

typedef struct keyed {
    uint32_t key, row;
} keyed;

/* Bits whose order as whole numbers is the order of the floats. */
static uint32_t key_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static void sort_by_digit(size_t n, const keyed *in, keyed *out, int shift) {
    size_t place[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++) place[in[i].key >> shift & (DIGITS - 1)]++;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t count = place[d];
        place[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) out[place[in[i].key >> shift & (DIGITS - 1)]++] = in[i];
}

/* a and b: room for n. Stable, so equal values keep the order of their rows. */
static void rank_column(size_t n, const float *x, keyed *a, keyed *b, float *sorted,
                        uint32_t *rank) {
    for (size_t i = 0; i < n; i++) a[i] = (keyed){key_of(x[i]), (uint32_t)i};
    for (int pass = 0; pass < PASSES; pass += 2) {
        sort_by_digit(n, a, b, pass * DIGIT_BITS);
        sort_by_digit(n, b, a, (pass + 1) * DIGIT_BITS);
    }
    for (size_t k = 0; k < n; k++) {
        sorted[k] = x[a[k].row];
        rank[a[k].row] = (uint32_t)k;
    }
}

/* In tiles that stay in cache. */
static void transpose(size_t rows, size_t features, const float *x, float *out) {
#pragma omp parallel for schedule(static)
    for (size_t f0 = 0; f0 < features; f0 += TILE) {
        size_t f1 = f0 + TILE < features ? f0 + TILE : features;
        for (size_t i0 = 0; i0 < rows; i0 += TILE) {
            size_t i1 = i0 + TILE < rows ? i0 + TILE : rows;
            for (size_t f = f0; f < f1; f++)
                for (size_t i = i0; i < i1; i++) out[f * rows + i] = x[i * features + f];
        }
    }
}

static gt_status rank_columns(gt_columns *columns, gt_error *err) {
    size_t rows = columns->rows, threads = (size_t)omp_get_max_threads();
    keyed *room = calloc(2 * threads * rows, sizeof *room);
    if (!room) return gt_fail(err, GT_NO_MEMORY, "no memory to sort %zu rows", rows);
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (size_t f = 0; f < columns->features; f++) {
        keyed *mine = room + 2 * rows * (size_t)omp_get_thread_num();
        rank_column(rows, columns->x + f * rows, mine, mine + rows, columns->sorted + f * rows,
                    columns->rank + f * rows);
    }
    free(room);
    return GT_OK;
}

gt_status gt_columns_create(size_t rows, size_t features, const float *x, bool ranked,
                            gt_columns *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t values;
    gt_columns columns = {.rows = rows, .features = features};
    if (__builtin_mul_overflow(rows, features, &values))
        GT_THROW(err, GT_NO_MEMORY, "%zu rows of %zu features are too many", rows, features);
    columns.x = calloc(values, sizeof *columns.x);
    if (ranked) {
        columns.sorted = calloc(values, sizeof *columns.sorted);
        columns.rank = calloc(values, sizeof *columns.rank);
    }
    if (!columns.x || (ranked && (!columns.sorted || !columns.rank)))
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu columns of %zu rows", features, rows);
    transpose(rows, features, x, columns.x);
    if (ranked) GT_TRY(rank_columns(&columns, err));
    *out = columns;
    columns = (gt_columns){0};
done:
    gt_columns_free(&columns);
    return status;
}

void gt_columns_free(gt_columns *columns) {
    free(columns->x);
    free(columns->sorted);
    free(columns->rank);
    *columns = (gt_columns){0};
}
