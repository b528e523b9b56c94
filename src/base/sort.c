/* sort.c - a radix sort, lowest digits first. The bits of a double, with the sign turned
 * over and those of negative numbers too, rise as the numbers do. */
#include "sort.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT = 11, DIGITS = 6, BUCKETS = 1 << DIGIT, FEW = 256 };

static const uint64_t sign = UINT64_C(1) << 63;

int gt_by_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int gt_by_float(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static uint64_t key_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

static double value_of(uint64_t key) {
    double value;
    uint64_t bits = key & sign ? key ^ sign : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static size_t digit_of(uint64_t key, int digit) {
    return (size_t)(key >> (digit * DIGIT)) & (BUCKETS - 1);
}

static void count_digits(size_t count, const uint64_t *keys, size_t (*counts)[BUCKETS]) {
    for (size_t i = 0; i < count; i++)
        for (int d = 0; d < DIGITS; d++) counts[d][digit_of(keys[i], d)]++;
}

/* Moves keys by one digit; counts become places. */
static void deal(size_t count, const uint64_t *from, int digit, size_t *counts, uint64_t *to) {
    size_t place = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        size_t own = counts[b];
        counts[b] = place;
        place += own;
    }
    for (size_t i = 0; i < count; i++) to[counts[digit_of(from[i], digit)]++] = from[i];
}

void gt_sort_in_room(size_t count, double *values, uint64_t *room) {
    size_t counts[DIGITS][BUCKETS] = {{0}};
    uint64_t *keys = room, *other = room + count;
    if (count < FEW) {
        if (count > 1) qsort(values, count, sizeof *values, gt_by_double);
        return;
    }
    for (size_t i = 0; i < count; i++) keys[i] = key_of(values[i]);
    count_digits(count, keys, counts);
    for (int d = 0; d < DIGITS; d++) {
        if (counts[d][digit_of(keys[0], d)] == count) continue; /* all alike: floats' tails */
        deal(count, keys, d, counts[d], other);
        uint64_t *swapped = keys;
        keys = other;
        other = swapped;
    }
    for (size_t i = 0; i < count; i++) values[i] = value_of(keys[i]);
}

gt_status gt_sort_numbers(size_t count, double *values, gt_error *err) {
    uint64_t *room = calloc(2 * count + 1, sizeof *room);
    if (!room) return gt_fail(err, GT_NO_MEMORY, "no memory to sort %zu numbers", count);
    gt_sort_in_room(count, values, room);
    free(room);
    return GT_OK;
}

double gt_sorted_median(size_t count, const double *sorted) {
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}
