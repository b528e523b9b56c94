/* coverage.c - balls of one set over the rows of another; authenticity. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "tiles.h"

/* Squared radii of both, outcomes by row. Generated rows are in the lanes. */
typedef struct balls {
    gt_tiles tiles;
    double *real, *generated;
    uint32_t *over;
    uint8_t *recalled, *is_filled;
} balls;

/* Outcomes of real rows, of one thread. */
typedef struct outcome {
    uint8_t *recalled, *is_filled;
} outcome;

/* One pair that rounding leaves in doubt: `is_over` and `is_recalled` as products have them. */
static void decide(const balls *b, outcome *o, size_t generated, size_t real, bool is_over) {
    size_t columns = b->tiles.a->columns;
    double squared = gt_points_squared(columns, b->tiles.a->x + generated * columns,
                                       b->tiles.b->x + real * columns);
    bool is_inside = squared < b->real[real];
    if (is_inside && !is_over) b->over[generated]++;
    if (is_inside) o->is_filled[real] = 1;
    if (squared < b->generated[generated]) o->recalled[real] = 1;
}

/* Real row j against the lanes from row `at` on. Sure ones are counted at once. */
static void meet(const balls *b, const gt_tile *tile, outcome *o, size_t at, size_t j,
                 const double *products) {
    size_t row = tile->first_a + at, other = tile->first_b + j;
    const double *norm = b->tiles.norm_a + row, *radius = b->generated + row;
    uint32_t *over = b->over + row;
    double reach = b->real[other], other_norm = b->tiles.norm_b[other],
           error = b->tiles.rounding;
    int doubt = 0, filled = 0, recalled = 0;
#pragma omp simd reduction(| : doubt, filled, recalled)
    for (size_t l = 0; l < GT_LANES; l++) {
        double both = norm[l] + other_norm, squared = both - 2.0 * products[l],
               low = squared - error * both, high = squared + error * both;
        int inside = high < reach, found = high < radius[l];
        over[l] += (uint32_t)inside;
        filled |= inside;
        recalled |= found;
        doubt |= (low < reach && !inside) | (low < radius[l] && !found);
    }
    if (filled) o->is_filled[other] = 1;
    if (recalled) o->recalled[other] = 1;
    for (size_t l = 0; doubt && l < GT_LANES; l++) {
        double both = norm[l] + other_norm, squared = both - 2.0 * products[l],
               low = squared - error * both, high = squared + error * both;
        if ((low < reach && !(high < reach)) || (low < radius[l] && !(high < radius[l])))
            decide(b, o, row + l, other, high < reach);
    }
}

static void meet_block(const balls *b, gt_tile *tile, outcome *o, size_t first) {
    gt_tile_take(&b->tiles, tile, first);
    for (size_t other = 0; other < b->tiles.b->rows; other += GT_TILE) {
        gt_tile_multiply(&b->tiles, tile, other);
        for (size_t p = 0; p * GT_LANES < tile->rows_a; p++)
            for (size_t j = 0; j < tile->rows_b; j++)
                meet(b, tile, o, p * GT_LANES, j,
                     tile->values + (p * tile->rows_b + j) * GT_LANES);
    }
}

static void join(const balls *b, const outcome *o) {
    for (size_t r = 0; r < b->tiles.b->rows; r++) {
        b->recalled[r] |= o->recalled[r];
        b->is_filled[r] |= o->is_filled[r];
    }
}

static gt_status meet_all(const balls *b, gt_error *err) {
    size_t real = b->tiles.b->rows;
    gt_session *session = gt_session_current();
    bool is_short = false;
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
        gt_tile *tile = gt_tile_create(b->tiles.a->columns);
        outcome o = {calloc(real, 1), calloc(real, 1)};
        bool has_room = tile && o.recalled && o.is_filled;
        if (!has_room) {
#pragma omp atomic write
            is_short = true;
        }
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first < b->tiles.a->rows; first += GT_TILE)
            if (has_room && !gt_interrupt_pending()) meet_block(b, tile, &o, first);
        if (has_room) {
#pragma omp critical(gt_coverage_join)
            join(b, &o);
        }
        free(o.recalled);
        free(o.is_filled);
        gt_tile_destroy(tile);
        gt_session_enter(before);
    }
    if (is_short) return gt_fail(err, GT_NO_MEMORY, "balls of %zu rows", real);
    if (gt_interrupt_pending()) return gt_fail(err, GT_INTERRUPTED, "interrupted");
    return GT_OK;
}

/* ---- Radii and shares -------------------------------------------------------------------- */

/* *out (rows, to whole lanes; yours): squared distance to the k-th nearest other row. */
static gt_status radii_of(const gt_points *points, size_t k, double **out, gt_error *err) {
    gt_status status = GT_OK;
    double *radius = calloc(points->rows + GT_LANES, sizeof *radius),
           *squared = malloc(points->rows * k * sizeof *squared);
    if (!radius || !squared)
        GT_THROW(err, GT_NO_MEMORY, "%zu neighbours of %zu rows", k, points->rows);
    GT_TRY(gt_nearest_points(points, points, k, squared, NULL, err));
    for (size_t r = 0; r < points->rows; r++) radius[r] = squared[r * k + k - 1];
    *out = radius;
    radius = NULL;
done:
    free(radius);
    free(squared);
    return status;
}

static double share(const uint8_t *is, size_t count) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += is[i];
    return (double)sum / (double)count;
}

static size_t zeros(const double *radius, size_t count) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += radius[i] == 0.0;
    return sum;
}

static void sum_up(const balls *b, size_t k, gt_coverage *out) {
    size_t generated = b->tiles.a->rows, real = b->tiles.b->rows, inside = 0;
    uint64_t over = 0;
    for (size_t g = 0; g < generated; g++) {
        over += b->over[g];
        inside += b->over[g] > 0;
    }
    *out = (gt_coverage){(double)inside / (double)generated,
                         share(b->recalled, real),
                         (double)over / (double)(k * generated),
                         share(b->is_filled, real),
                         zeros(b->real, real),
                         zeros(b->generated, generated)};
}

static void hand_out(const balls *b, const gt_coverage_rows *rows) {
    size_t generated = b->tiles.a->rows, real = b->tiles.b->rows;
    if (rows->over) memcpy(rows->over, b->over, generated * sizeof *rows->over);
    if (rows->recalled) memcpy(rows->recalled, b->recalled, real);
    if (rows->is_filled) memcpy(rows->is_filled, b->is_filled, real);
}

gt_status gt_coverage_measure(const gt_points *real, const gt_points *generated, size_t k,
                              gt_coverage *out, const gt_coverage_rows *rows, gt_error *err) {
    gt_status status = GT_OK;
    balls b = {.over = NULL};
    if (k < 1) return gt_fail(err, GT_USAGE, "0 neighbours, expected at least 1");
    GT_TRY(gt_points_check(real, k + 1, real->columns, err));
    GT_TRY(gt_points_check(generated, k + 1, real->columns, err));
    b.over = calloc(generated->rows + GT_LANES, sizeof *b.over);
    b.recalled = calloc(real->rows, 1);
    b.is_filled = calloc(real->rows, 1);
    if (!b.over || !b.recalled || !b.is_filled)
        GT_THROW(err, GT_NO_MEMORY, "balls of %zu rows", real->rows);
    GT_TRY(radii_of(real, k, &b.real, err));
    GT_TRY(radii_of(generated, k, &b.generated, err));
    GT_TRY(gt_tiles_open(generated, real, &b.tiles, err));
    GT_TRY(meet_all(&b, err));
    sum_up(&b, k, out);
    if (rows) hand_out(&b, rows);
done:
    gt_tiles_close(&b.tiles);
    free(b.real);
    free(b.generated);
    free(b.over);
    free(b.recalled);
    free(b.is_filled);
    return status;
}

/* ---- Authenticity ------------------------------------------------------------------------ */

/* The training rows nearest to each generated one, and the distance of each to its own nearest:
 * among all training rows it meets itself, or one equal to it, first. */
static gt_status second_nearest(const gt_points *train, size_t count, const size_t *rows,
                                double *squared, gt_error *err) {
    gt_status status = GT_OK;
    size_t columns = train->columns;
    float *x = malloc(count * columns * sizeof *x);
    double *both = malloc(2 * count * sizeof *both);
    if (!x || !both) GT_THROW(err, GT_NO_MEMORY, "%zu training rows", count);
    for (size_t i = 0; i < count; i++)
        memcpy(x + i * columns, train->x + rows[i] * columns, columns * sizeof *x);
    gt_points nearest = {train->name, count, columns, x};
    GT_TRY(gt_nearest_points(&nearest, train, 2, both, NULL, err));
    for (size_t i = 0; i < count; i++) squared[i] = both[2 * i + 1];
done:
    free(x);
    free(both);
    return status;
}

gt_status gt_authenticity(const gt_points *train, const gt_points *generated, double *authentic,
                          uint8_t *is_authentic, double *squared, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = generated->rows;
    double *distance = malloc((count + 1) * sizeof *distance),
           *own = malloc((count + 1) * sizeof *own);
    size_t *rows = malloc((count + 1) * sizeof *rows);
    if (!distance || !own || !rows) GT_THROW(err, GT_NO_MEMORY, "nearest of %zu rows", count);
    GT_TRY(gt_points_check(train, 2, train->columns, err));
    GT_TRY(gt_points_check(generated, 1, train->columns, err));
    GT_TRY(gt_nearest_points(generated, train, 1, distance, rows, err));
    GT_TRY(second_nearest(train, count, rows, own, err));
    for (size_t g = 0; g < count; g++) is_authentic[g] = own[g] < distance[g];
    *authentic = share(is_authentic, count);
    if (squared) memcpy(squared, distance, count * sizeof *squared);
done:
    free(distance);
    free(own);
    free(rows);
    return status;
}
