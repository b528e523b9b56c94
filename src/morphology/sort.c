#include "sort.h"

#include <string.h>

enum { DIGITS = 8 };

/* Integers in the order of the numbers: negative ones have all bits turned. */
static uint64_t key_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key) {
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One pass of the radix sort, left out where all have the same digit. */
static int pass(int count, const uint64_t *from, uint64_t *to, int digit, uint32_t *found) {
    uint32_t at = 0;
    int shift = 8 * digit;
    if (found[from[0] >> shift & 255] == (uint32_t)count) return 0;
    for (int b = 0; b < 256; b++) {
        uint32_t next = at + found[b];
        found[b] = at, at = next;
    }
    for (int i = 0; i < count; i++) to[found[from[i] >> shift & 255]++] = from[i];
    return 1;
}

void gt_sort_numbers(int count, double *values, uint64_t *keys) {
    uint32_t found[DIGITS][256] = {{0}};
    uint64_t *from = keys, *to = keys + count;
    if (count < 1) return;
    for (int i = 0; i < count; i++) {
        from[i] = key_of(values[i]);
        for (int d = 0; d < DIGITS; d++) found[d][from[i] >> 8 * d & 255]++;
    }
    for (int d = 0; d < DIGITS; d++)
        if (pass(count, from, to, d, found[d])) {
            uint64_t *other = from;
            from = to, to = other;
        }
    for (int i = 0; i < count; i++) values[i] = value_of(from[i]);
}

double gt_sorted_median(int count, const double *sorted) {
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}
