/* intervals.c - see intervals.h. */
#include "intervals.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "sort.h"

enum { DRAWS = 1000 };

/* Between two of the sorted values. */
static double quantile(const double *sorted, size_t count, double share) {
    double at = share * (double)(count - 1);
    size_t below = (size_t)at;
    if (below + 1 >= count) return sorted[count - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Values that are NaN are left out. */
static void take_quantiles(double *values, size_t count, gt_judged *out) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) values[kept++] = values[i];
    out->low = out->high = NAN;
    if (!kept) return;
    qsort(values, kept, sizeof *values, gt_by_double);
    out->low = quantile(values, kept, 0.025);
    out->high = quantile(values, kept, 0.975);
}

gt_status gt_interval_of_share(size_t count, const double *outcome, uint64_t seed,
                               gt_judged *out, gt_error *err) {
    double *means = malloc(DRAWS * sizeof *means);
    if (!means) return gt_fail(err, GT_NO_MEMORY, "%d means", DRAWS);
    uint32_t stream = gt_rng_stream("judging.shares");
#pragma omp parallel for schedule(static)
    for (uint32_t d = 0; d < DRAWS; d++) {
        gt_rng_key key = {seed, stream, d};
        double sum = 0.0;
        for (size_t i = 0; i < count; i++) sum += outcome[gt_rng_below(key, i, count)];
        means[d] = sum / (double)count;
    }
    take_quantiles(means, DRAWS, out);
    free(means);
    return GT_OK;
}

/* ---- C_T --------------------------------------------------------------------------------- */

typedef struct placed {
    double distance;
    size_t row;
    int32_t cell;
    bool is_generated;
} placed;

static int by_cell(const void *left, const void *right) {
    const placed *a = left, *b = right;
    if (a->cell != b->cell) return a->cell < b->cell ? -1 : 1;
    return (a->distance > b->distance) - (a->distance < b->distance);
}

/* Rows of used cells, sorted by cell and distance. */
static size_t place(const gt_celled *test, const gt_celled *generated, const uint8_t *is_used,
                    placed *out) {
    const gt_celled *sets[] = {test, generated};
    size_t count = 0;
    for (int s = 0; s < 2; s++)
        for (size_t r = 0; r < sets[s]->rows; r++)
            if (is_used[sets[s]->cell[r]])
                out[count++] = (placed){sets[s]->distance[r], r, sets[s]->cell[r], s == 1};
    qsort(out, count, sizeof *out, by_cell);
    return count;
}

/* How often each row is drawn. */
static void draw(size_t rows, gt_rng_key key, uint32_t *times) {
    for (size_t i = 0; i < rows; i++) times[i] = 0;
    for (size_t i = 0; i < rows; i++) times[gt_rng_below(key, i, rows)]++;
}

static double z_of(double n, double m, double u) {
    return (u - (0.5 * n * m - 0.5)) / sqrt(n * m * (n + m + 1.0) / 12.0);
}

static double mean_of(const placed *rows, size_t count, const uint32_t *test_times,
                      const uint32_t *generated_times) {
    double sum = 0.0, weight = 0.0;
    for (size_t i = 0; i < count;) {
        double n = 0, m = 0, u = 0;
        int32_t cell = rows[i].cell;
        while (i < count && rows[i].cell == cell) {
            double test = 0, generated = 0, distance = rows[i].distance;
            for (; i < count && rows[i].cell == cell && rows[i].distance == distance; i++)
                if (rows[i].is_generated)
                    generated += generated_times[rows[i].row];
                else
                    test += test_times[rows[i].row];
            u += generated * (m + 0.5 * test);
            m += test;
            n += generated;
        }
        if (n < 1 || m < 1) continue;
        sum += m * z_of(n, m, u);
        weight += m;
    }
    return weight > 0.0 ? sum / weight : NAN;
}

gt_status gt_interval_of_copying(const gt_celled *test, const gt_celled *generated,
                                 size_t cells, const uint8_t *is_used, uint64_t seed,
                                 gt_judged *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t all = test->rows + generated->rows;
    placed *rows = malloc((all + 1) * sizeof *rows);
    double *means = malloc(DRAWS * sizeof *means);
    uint32_t *times = malloc((all + 1) * sizeof *times), *more = times + test->rows,
             stream = gt_rng_stream("judging.copies");
    if (!rows || !means || !times) GT_THROW(err, GT_NO_MEMORY, "%zu drawn rows", all);
    size_t count = place(test, generated, is_used, rows);
    for (uint32_t d = 0; d < DRAWS; d++) {
        draw(test->rows, (gt_rng_key){seed, stream, 2 * d}, times);
        draw(generated->rows, (gt_rng_key){seed, stream, 2 * d + 1}, more);
        means[d] = mean_of(rows, count, times, more);
    }
    take_quantiles(means, DRAWS, out);
done:
    free(rows);
    free(means);
    free(times);
    return status;
}

/* ---- Halves ------------------------------------------------------------------------------ */

void gt_interval_of_halves(size_t count, const double *values, gt_judged *out) {
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < count; i++) mean += values[i] / (double)count;
    for (size_t i = 0; i < count; i++) square += (values[i] - mean) * (values[i] - mean);
    double reach = 1.96 * sqrt(0.5 * square / ((double)count - 1.0));
    out->low = out->value - reach;
    out->high = out->value + reach;
}
