/* tiles.c - see tiles.h. */
#include "tiles.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

/* Squared distances below this share of both norms have lost too many digits to cancellation.
 */
static const double near = 1e-3;

static size_t in_lanes(size_t rows) {
    return (rows + GT_LANES - 1) / GT_LANES * GT_LANES;
}

/* ---- Sets -------------------------------------------------------------------------------- */

gt_status gt_points_check(const gt_points *points, size_t least, size_t columns,
                          gt_error *err) {
    const char *name = points->name ? points->name : "a set";
    if (points->columns < 1 || points->columns != columns)
        return gt_fail(err, GT_USAGE, "%s has rows of %zu numbers, expected %zu", name,
                       points->columns, columns);
    if (points->rows < least)
        return gt_fail(err, GT_USAGE, "%s has %zu rows, expected at least %zu", name,
                       points->rows, least);
    for (size_t i = 0; i < points->rows * columns; i++)
        if (!isfinite(points->x[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "%s: row %zu, number %zu is %g, expected a finite number", name,
                           i / columns, i % columns, (double)points->x[i]);
    return GT_OK;
}

bool gt_points_are_same(const gt_points *a, const gt_points *b) {
    return a->x == b->x && a->rows == b->rows;
}

double gt_points_squared(size_t columns, const float *a, const float *b) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t c = 0; c < columns; c++) {
        double d = (double)a[c] - (double)b[c];
        sum += d * d;
    }
    return sum;
}

static void add_mean(const gt_points *points, double share, double *mean) {
    for (size_t r = 0; r < points->rows; r++)
        for (size_t c = 0; c < points->columns; c++)
            mean[c] +=
                (double)points->x[r * points->columns + c] * share / (double)points->rows;
}

static double *norms_of(const gt_points *points, const double *centre) {
    size_t count = in_lanes(points->rows);
    double *norm = malloc((count + GT_LANES) * sizeof *norm);
    if (!norm) return NULL;
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < points->rows; r++) {
        const float *x = points->x + r * points->columns;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < points->columns; c++) {
            double d = (double)x[c] - centre[c];
            sum += d * d;
        }
        norm[r] = sum;
    }
    for (size_t r = points->rows; r < count; r++) norm[r] = INFINITY;
    return norm;
}

gt_status gt_tiles_open(const gt_points *a, const gt_points *b, gt_tiles *out, gt_error *err) {
    *out =
        (gt_tiles){.a = a, .b = b, .rounding = 8.0 * ((double)a->columns + 8.0) * DBL_EPSILON};
    out->centre = calloc(a->columns, sizeof *out->centre);
    if (out->centre) {
        add_mean(a, 0.5, out->centre);
        add_mean(b, 0.5, out->centre);
        out->norm_a = norms_of(a, out->centre);
        out->norm_b = norms_of(b, out->centre);
    }
    if (out->norm_a && out->norm_b) return GT_OK;
    gt_tiles_close(out);
    return gt_fail(err, GT_NO_MEMORY, "lengths of %zu rows", a->rows + b->rows);
}

void gt_tiles_close(gt_tiles *tiles) {
    free(tiles->centre);
    free(tiles->norm_a);
    free(tiles->norm_b);
    *tiles = (gt_tiles){0};
}

/* ---- Tiles ------------------------------------------------------------------------------- */

gt_tile *gt_tile_create(size_t columns) {
    gt_tile *tile = calloc(1, sizeof *tile);
    if (!tile) return NULL;
    tile->packed_a = aligned_alloc(ALIGNMENT, GT_TILE * columns * sizeof(double));
    tile->packed_b = aligned_alloc(ALIGNMENT, GT_TILE * columns * sizeof(double));
    tile->values = aligned_alloc(ALIGNMENT, (size_t)GT_TILE * GT_TILE * sizeof(double));
    if (tile->packed_a && tile->packed_b && tile->values) return tile;
    gt_tile_destroy(tile);
    return NULL;
}

void gt_tile_destroy(gt_tile *tile) {
    if (!tile) return;
    free(tile->packed_a);
    free(tile->packed_b);
    free(tile->values);
    free(tile);
}

/* Centred rows as panels (columns, 16); rows that there are not are zeros. */
static void pack(const gt_points *points, size_t first, size_t rows, const double *centre,
                 double *out) {
    size_t columns = points->columns;
    memset(out, 0, in_lanes(rows) * columns * sizeof *out);
    for (size_t r = 0; r < rows; r++) {
        const float *x = points->x + (first + r) * columns;
        double *to = out + r / GT_LANES * columns * GT_LANES + r % GT_LANES;
        for (size_t c = 0; c < columns; c++) to[c * GT_LANES] = (double)x[c] - centre[c];
    }
}

static size_t block_at(size_t first, size_t rows) {
    return rows - first < GT_TILE ? rows - first : GT_TILE;
}

void gt_tile_take(const gt_tiles *tiles, gt_tile *tile, size_t first) {
    tile->first_a = first;
    tile->rows_a = block_at(first, tiles->a->rows);
    pack(tiles->a, first, tile->rows_a, tiles->centre, tile->packed_a);
}

/* Eight rows of b from j on, of which `count` are there, against one panel of a. */
static void multiply_panel(size_t columns, const double *a, const double *b, size_t count,
                           double *out) {
    gt_lanes acc[GT_LOW][2];
    gt_lanes_multiply(columns, b, a, acc);
    for (size_t i = 0; i < count; i++) memcpy(out + i * GT_LANES, acc[i], sizeof acc[i]);
}

void gt_tile_multiply(const gt_tiles *tiles, gt_tile *tile, size_t first) {
    size_t columns = tiles->a->columns, panel = columns * GT_LANES;
    tile->first_b = first;
    tile->rows_b = block_at(first, tiles->b->rows);
    pack(tiles->b, first, tile->rows_b, tiles->centre, tile->packed_b);
    for (size_t j = 0; j < tile->rows_b; j += GT_LOW) {
        const double *b = tile->packed_b + j / GT_LANES * panel + j % GT_LANES;
        size_t count = tile->rows_b - j < GT_LOW ? tile->rows_b - j : GT_LOW;
        for (size_t p = 0; p * GT_LANES < tile->rows_a; p++)
            multiply_panel(columns, tile->packed_a + p * panel, b, count,
                           tile->values + (p * tile->rows_b + j) * GT_LANES);
    }
}

/* Row j of b against the lanes of a panel from row `at` of a on. */
static void square_lanes(const gt_tiles *tiles, const gt_tile *tile, size_t at, size_t j,
                         double *values) {
    const double *norm = tiles->norm_a + tile->first_a + at;
    double other = tiles->norm_b[tile->first_b + j];
    size_t count = tile->rows_a - at < GT_LANES ? tile->rows_a - at : GT_LANES,
           columns = tiles->a->columns;
    int any = 0;
#pragma omp simd reduction(| : any)
    for (size_t l = 0; l < GT_LANES; l++) {
        double both = norm[l] + other;
        values[l] = both - 2.0 * values[l];
        any |= values[l] <= near * both;
    }
    for (size_t l = count; l < GT_LANES; l++) values[l] = 0.0;
    for (size_t l = 0; any && l < count; l++)
        if (values[l] <= near * (norm[l] + other))
            values[l] =
                gt_points_squared(columns, tiles->a->x + (tile->first_a + at + l) * columns,
                                  tiles->b->x + (tile->first_b + j) * columns);
}

void gt_tile_square(const gt_tiles *tiles, gt_tile *tile) {
    for (size_t p = 0; p * GT_LANES < tile->rows_a; p++)
        for (size_t j = 0; j < tile->rows_b; j++)
            square_lanes(tiles, tile, p * GT_LANES, j,
                         tile->values + (p * tile->rows_b + j) * GT_LANES);
}

/* ---- Products of matrices ---------------------------------------------------------------- */

static void pack_double(size_t rows, size_t depth, const double *x, double *out) {
    memset(out, 0, in_lanes(rows) * depth * sizeof *out);
    for (size_t r = 0; r < rows; r++)
        for (size_t d = 0; d < depth; d++)
            out[(r / GT_LANES * depth + d) * GT_LANES + r % GT_LANES] = x[r * depth + d];
}

gt_status gt_product(size_t n, size_t m, size_t depth, const double *a, const double *b,
                     double *c, gt_error *err) {
    double *left = aligned_alloc(ALIGNMENT, in_lanes(n) * depth * sizeof *left),
           *right = aligned_alloc(ALIGNMENT, in_lanes(m) * depth * sizeof *right);
    gt_status status = GT_OK;
    if (!left || !right) GT_THROW(err, GT_NO_MEMORY, "a product of %zu x %zu numbers", n, m);
    pack_double(n, depth, a, left);
    pack_double(m, depth, b, right);
    for (size_t i = 0; i < n; i += GT_LOW)
        for (size_t j = 0; j < m; j += GT_LANES) {
            gt_lanes acc[GT_LOW][2];
            gt_lanes_multiply(depth, left + i / GT_LANES * depth * GT_LANES + i % GT_LANES,
                              right + j * depth, acc);
            for (size_t r = 0; r < GT_LOW && i + r < n; r++)
                for (size_t l = 0; l < GT_LANES && j + l < m; l++)
                    c[(i + r) * m + j + l] = acc[r][l / 8][l % 8];
        }
done:
    free(left);
    free(right);
    return status;
}
