/* cells.c - see cells.h. */
#include "cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "tiles.h"

enum { MOST_ROUNDS = 100 };

/* squared (train): to the nearest centre so far, of which `row` is the newest. */
static double come_nearer(const gt_points *train, const float *newest, double *squared) {
    double sum = 0.0;
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < train->rows; r++) {
        double d = gt_points_squared(train->columns, newest, train->x + r * train->columns);
        if (d < squared[r]) squared[r] = d;
    }
    for (size_t r = 0; r < train->rows; r++) sum += squared[r];
    return sum;
}

/* The row at which the running sum passes `target`; rows at 0 are never drawn while others are
 * left. */
static size_t row_at(const gt_points *train, const double *squared, double target) {
    double sum = 0.0;
    size_t last = 0;
    for (size_t r = 0; r < train->rows; r++) {
        if (squared[r] <= 0.0) continue;
        sum += squared[r];
        last = r;
        if (sum > target) break;
    }
    return last;
}

static gt_status draw_centres(const gt_points *train, size_t cells, uint64_t seed,
                              float *centre, gt_error *err) {
    size_t columns = train->columns;
    gt_rng_key key = {seed, gt_rng_stream("judging.cells"), 0};
    double *squared = malloc(train->rows * sizeof *squared);
    if (!squared) return gt_fail(err, GT_NO_MEMORY, "distances of %zu rows", train->rows);
    for (size_t r = 0; r < train->rows; r++) squared[r] = INFINITY;
    size_t row = (size_t)gt_rng_below(key, 0, train->rows);
    for (size_t c = 0; c < cells; c++) {
        memcpy(centre + c * columns, train->x + row * columns, columns * sizeof *centre);
        double sum = come_nearer(train, centre + c * columns, squared);
        row = row_at(train, squared, sum * gt_rng_uniform(key, c + 1));
    }
    free(squared);
    return GT_OK;
}

gt_status gt_cells_find(const gt_points *points, size_t cells, const float *centre,
                        int32_t *cell, gt_error *err) {
    gt_status status = GT_OK;
    gt_points centres = {"centres", cells, points->columns, centre};
    double *squared = malloc(points->rows * sizeof *squared);
    size_t *index = malloc(points->rows * sizeof *index);
    if (!squared || !index) GT_THROW(err, GT_NO_MEMORY, "cells of %zu rows", points->rows);
    GT_TRY(gt_nearest_points(points, &centres, 1, squared, index, err));
    for (size_t r = 0; r < points->rows; r++) cell[r] = (int32_t)index[r];
done:
    free(squared);
    free(index);
    return status;
}

/* Centres become the means of their rows; one without rows stays. sum (cells, columns), count
 * (cells) are room. */
static void move_centres(const gt_points *train, size_t cells, const int32_t *cell, double *sum,
                         size_t *count, float *centre) {
    size_t columns = train->columns;
    memset(sum, 0, cells * columns * sizeof *sum);
    memset(count, 0, cells * sizeof *count);
    for (size_t r = 0; r < train->rows; r++) {
        double *to = sum + (size_t)cell[r] * columns;
        for (size_t c = 0; c < columns; c++) to[c] += (double)train->x[r * columns + c];
        count[cell[r]]++;
    }
    for (size_t k = 0; k < cells; k++)
        for (size_t c = 0; count[k] && c < columns; c++)
            centre[k * columns + c] = (float)(sum[k * columns + c] / (double)count[k]);
}

gt_status gt_cells_make(const gt_points *train, size_t cells, uint64_t seed, float *centre,
                        int32_t *cell, gt_error *err) {
    gt_status status = GT_OK;
    double *sum = malloc(cells * train->columns * sizeof *sum);
    size_t *count = malloc(cells * sizeof *count);
    int32_t *before = malloc(train->rows * sizeof *before);
    if (!sum || !count || !before) GT_THROW(err, GT_NO_MEMORY, "%zu cells", cells);
    GT_TRY(draw_centres(train, cells, seed, centre, err));
    GT_TRY(gt_cells_find(train, cells, centre, cell, err));
    for (int round = 0; round < MOST_ROUNDS; round++) {
        memcpy(before, cell, train->rows * sizeof *before);
        move_centres(train, cells, cell, sum, count, centre);
        GT_TRY(gt_cells_find(train, cells, centre, cell, err));
        if (memcmp(before, cell, train->rows * sizeof *before) == 0) break;
    }
done:
    free(sum);
    free(count);
    free(before);
    return status;
}
