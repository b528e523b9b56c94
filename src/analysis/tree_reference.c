/* tree_reference.c - the reference's order of features, rows and sums. */
#include "tree_reference.h"

#include <math.h>
#include <stdbool.h>

enum { SUM_LANES = 8, SUM_BLOCK = 128, WORDS = 624, AHEAD = 397 };

/* ---- random numbers: the Mersenne twister (Matsumoto and Nishimura 1998), and xorshift ------
 */

static void turn(uint32_t words[WORDS]) {
    static const uint32_t high_bit = 0x80000000u;
    for (int i = 0; i < WORDS; i++) {
        uint32_t y = (words[i] & high_bit) | (words[(i + 1) % WORDS] & ~high_bit);
        words[i] = words[(i + AHEAD) % WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
}

static uint32_t temper(uint32_t y) {
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

void gt_reference_draw(uint32_t seed, uint32_t bound, size_t count, uint32_t *out) {
    uint32_t words[WORDS], mask = bound - 1;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    words[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++)
        words[i] = 1812433253u * (words[i - 1] ^ words[i - 1] >> 30) + i;
    for (size_t found = 0, at = WORDS; found < count; at++) {
        if (at == WORDS) turn(words), at = 0;
        uint32_t number = temper(words[at]) & mask;
        if (number < bound) out[found++] = number;
    }
}

uint32_t gt_reference_next(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state & INT32_MAX;
}

/* ---- rows ----------------------------------------------------------------------------------
 */

static void swap_rows(gt_row_run run, size_t a, size_t b) {
    uint32_t row = run.row[a];
    int32_t weight = run.weight[a];
    double sum = run.sum[a];
    run.row[a] = run.row[b], run.row[b] = row;
    run.weight[a] = run.weight[b], run.weight[b] = weight;
    run.sum[a] = run.sum[b], run.sum[b] = sum;
}

static void swap_valued(gt_row_run run, float *value, size_t a, size_t b) {
    float held = value[a];
    value[a] = value[b], value[b] = held;
    swap_rows(run, a, b);
}

static float median_of_three(const float *value, size_t n) {
    float a = value[0], b = value[n / 2], c = value[n - 1];
    return fmaxf(fminf(a, b), fminf(fmaxf(a, b), c));
}

static gt_row_run part_of(gt_row_run run, size_t first, size_t count) {
    return (gt_row_run){count, run.row + first, run.weight + first, run.sum + first};
}

static void sift_down(gt_row_run run, float *value, size_t at, size_t end) {
    for (;;) {
        size_t child = 2 * at + 1, largest = at;
        if (child < end && value[largest] < value[child]) largest = child;
        if (child + 1 < end && value[largest] < value[child + 1]) largest = child + 1;
        if (largest == at) return;
        swap_valued(run, value, at, largest);
        at = largest;
    }
}

static void sort_heap(gt_row_run run, float *value) {
    for (size_t at = run.count / 2; at-- > 0;) sift_down(run, value, at, run.count);
    for (size_t end = run.count; end-- > 1;) {
        swap_valued(run, value, 0, end);
        sift_down(run, value, 0, end);
    }
}

/* Smaller, equal and larger values than a median of three; a heap where that goes too deep. The
 * order of equal values is of its making. */
static void sort_parts(gt_row_run run, float *value, int depth) {
    for (; run.count > 1; depth--) {
        size_t smaller = 0, larger = run.count, i = 0;
        float pivot = median_of_three(value, run.count);
        if (depth <= 0) {
            sort_heap(run, value);
            return;
        }
        while (i < larger) {
            if (value[i] < pivot)
                swap_valued(run, value, i++, smaller++);
            else if (value[i] > pivot)
                swap_valued(run, value, i, --larger);
            else
                i++;
        }
        sort_parts(part_of(run, 0, smaller), value, depth - 1);
        run = part_of(run, larger, run.count - larger);
        value += larger;
    }
}

void gt_reference_sort(gt_row_run run, const float *x, float *value) {
    for (size_t i = 0; i < run.count; i++) value[i] = x[run.row[i]];
    sort_parts(run, value, 2 * (int)log2((double)run.count));
}

size_t gt_reference_part(gt_row_run run, const float *x, float limit) {
    size_t at = 0, end = run.count;
    while (at < end) {
        if (x[run.row[at]] <= limit)
            at++;
        else
            swap_rows(run, at, --end);
    }
    return at;
}

/* ---- sums ----------------------------------------------------------------------------------
 */

void gt_reference_impurities(gt_row_run run, size_t left, const double *y,
                             const gt_row_sums *whole, double out[2]) {
    gt_row_sums l = {0};
    bool from_right = left > run.count - left;
    for (size_t i = 0; i < left; i++) {
        double value = y[run.row[i]];
        l.weight += run.weight[i];
        l.squares += run.weight[i] * value * value;
        if (!from_right) l.sum += run.sum[i];
    }
    if (from_right) l.sum = whole->sum;
    for (size_t i = run.count; from_right && i-- > left;) l.sum -= run.sum[i];
    gt_row_sums r = {whole->weight - l.weight, whole->sum - l.sum, whole->squares - l.squares};
    out[0] = l.squares / l.weight - (l.sum / l.weight) * (l.sum / l.weight);
    out[1] = r.squares / r.weight - (r.sum / r.weight) * (r.sum / r.weight);
}

double gt_reference_sum(size_t n, const double *x) {
    double lane[SUM_LANES], sum = 0;
    size_t whole = n - n % SUM_LANES, half = n / 2 - n / 2 % SUM_LANES;
    if (n > SUM_BLOCK) return gt_reference_sum(half, x) + gt_reference_sum(n - half, x + half);
    for (size_t k = 0; k < SUM_LANES && whole; k++) lane[k] = x[k];
    for (size_t i = SUM_LANES; i < whole; i += SUM_LANES)
        for (size_t k = 0; k < SUM_LANES; k++) lane[k] += x[i + k];
    if (whole)
        sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
              ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (size_t i = whole; i < n; i++) sum += x[i];
    return sum;
}
