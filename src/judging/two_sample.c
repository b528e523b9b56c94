/* two_sample.c - energy and kernel distance, with halves and permutations, in one pass.
 *
 * A division of the rows into two parts is a column of labels, +1 and -1. With D a matrix of
 * all pairs (distances, or kernels off the diagonal), the sums of D within and across the parts
 * follow from three numbers: S the sum of D, P the sum of D_ij (u_i + u_j), Q that of D_ij u_i
 * u_j. For hundreds of columns together Q is a product of each tile of D with the labels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "rng.h"
#include "tiles.h"

/* Labels (rows, width) of a and b; columns: `splits` that halve each set by itself, then the
 * permutations of both together; zeros to whole lanes. */
typedef struct labels {
    size_t splits, columns, width;
    int8_t *a, *b;
} labels;

/* S, P and Q of distances and kernels, of one block or of all. */
typedef struct sums {
    double distance, kernel;
    double *p, *q;               /* (width) */
    double *kernel_p, *kernel_q; /* (width of the splits) */
} sums;

/* Of the sets a and a, a and b, b and b. */
typedef enum part { AA, AB, BB, PARTS } part;

typedef struct sample {
    const gt_points *a, *b;
    labels labels;
    sums total[PARTS];
} sample;

/* ---- Labels ------------------------------------------------------------------------------ */

static size_t to_lanes(size_t count) {
    return (count + GT_LANES - 1) / GT_LANES * GT_LANES;
}

static size_t kernel_width(const labels *l) {
    return to_lanes(l->splits);
}

/* The first `positive` rows of a shuffled order get +1. */
static void halve(size_t rows, size_t positive, gt_rng_key key, size_t *order, size_t width,
                  size_t column, int8_t *out) {
    for (size_t i = 0; i < rows; i++) order[i] = i;
    gt_rng_shuffle(key, order, rows);
    for (size_t i = 0; i < rows; i++) out[order[i] * width + column] = i < positive ? 1 : -1;
}

static void permute(const sample *s, gt_rng_key key, size_t *order, size_t column) {
    size_t n = s->a->rows, all = n + s->b->rows, width = s->labels.width;
    for (size_t i = 0; i < all; i++) order[i] = i;
    gt_rng_shuffle(key, order, all);
    for (size_t i = 0; i < all; i++) {
        int8_t *row = order[i] < n ? s->labels.a + order[i] * width
                                   : s->labels.b + (order[i] - n) * width;
        row[column] = i < n ? 1 : -1;
    }
}

static gt_status draw_labels(sample *s, const gt_two_sample_settings *settings, gt_error *err) {
    size_t n = s->a->rows, m = s->b->rows;
    labels *l = &s->labels;
    l->splits = settings->splits;
    l->columns = to_lanes(l->splits) + settings->permutations;
    l->width = to_lanes(l->columns);
    l->a = calloc(n * l->width + 1, 1);
    l->b = calloc(m * l->width + 1, 1);
    size_t *order = calloc(n + m, sizeof *order);
    if (!l->a || !l->b || !order) {
        free(order);
        return gt_fail(err, GT_NO_MEMORY, "%zu permutations of %zu rows", l->columns, n + m);
    }
    gt_rng_key key = {settings->seed, gt_rng_stream("judging.halves"), 0};
    for (size_t k = 0; k < l->splits; k++) {
        halve(n, n / 2, key, order, l->width, k, l->a);
        key.step++;
        halve(m, m / 2, key, order, l->width, k, l->b);
        key.step++;
    }
    key = (gt_rng_key){settings->seed, gt_rng_stream("judging.permutations"), 0};
    for (size_t k = to_lanes(l->splits); k < l->columns; k++, key.step++)
        permute(s, key, order, k);
    free(order);
    return GT_OK;
}

/* ---- Sums -------------------------------------------------------------------------------- */

static gt_status open_sums(const labels *l, sums *out, gt_error *err) {
    size_t narrow = kernel_width(l);
    *out = (sums){.p = calloc(2 * (l->width + narrow) + 1, sizeof(double))};
    if (!out->p) return gt_fail(err, GT_NO_MEMORY, "sums of %zu divisions", l->columns);
    out->q = out->p + l->width;
    out->kernel_p = out->q + l->width;
    out->kernel_q = out->kernel_p + narrow;
    return GT_OK;
}

static void add_sums(const labels *l, const sums *from, sums *to) {
    to->distance += from->distance;
    to->kernel += from->kernel;
    for (size_t k = 0; k < 2 * (l->width + kernel_width(l)); k++) to->p[k] += from->p[k];
}

/* ---- Tiles ------------------------------------------------------------------------------- */

/* Room of one thread. */
typedef struct bench {
    gt_tile *tile;
    double *kernels;                   /* like the tile's values */
    double *widened;                   /* labels of 16 columns: (256,16) */
    const double *offset_a, *offset_b; /* centre . centred row */
    double centre;                     /* centre . centre */
    const gt_tiles *tiles;
} bench;

/* Squared distances -> distances in the tile, kernels beside them. Of rows that there are not
 * both are 0, and of a row with itself. */
static void fill_lanes(const bench *w, size_t at, size_t j, double *values, double *kernels) {
    const gt_tile *tile = w->tile;
    const double *norm = w->tiles->norm_a + tile->first_a + at,
                 *offset = w->offset_a + tile->first_a + at;
    double columns = (double)w->tiles->a->columns, other = w->tiles->norm_b[tile->first_b + j],
           other_offset = w->offset_b[tile->first_b + j] + w->centre;
    size_t count = tile->rows_a - at < GT_LANES ? tile->rows_a - at : GT_LANES;
    for (size_t l = 0; l < GT_LANES; l++) {
        double product = 0.5 * (norm[l] + other - values[l]) + offset[l] + other_offset,
               base = product / columns + 1.0;
        kernels[l] = base * base * base;
        values[l] = sqrt(values[l]);
    }
    for (size_t l = count; l < GT_LANES; l++) kernels[l] = 0.0;
}

static void fill(const bench *w, bool is_diagonal) {
    const gt_tile *tile = w->tile;
    for (size_t p = 0; p * GT_LANES < tile->rows_a; p++)
        for (size_t j = 0; j < tile->rows_b; j++) {
            size_t at = (p * tile->rows_b + j) * GT_LANES;
            fill_lanes(w, p * GT_LANES, j, tile->values + at, w->kernels + at);
            if (is_diagonal && j / GT_LANES == p) w->kernels[at + j % GT_LANES] = 0.0;
        }
}

static void widen(size_t rows, const int8_t *labels_b, size_t width, double *out) {
    for (size_t j = 0; j < rows; j++)
        for (size_t l = 0; l < GT_LANES; l++)
            out[j * GT_LANES + l] = (double)labels_b[j * width + l];
}

typedef int8_t bytes __attribute__((vector_size(8)));

/* Eight rows of a from `row` on, with 16 columns of labels. */
static void add_rows(size_t count, const gt_lanes acc[GT_LOW][2], const int8_t *labels_a,
                     size_t width, gt_lanes p[2], gt_lanes q[2]) {
    for (size_t i = 0; i < count; i++)
        for (int h = 0; h < 2; h++) {
            bytes eight;
            memcpy(&eight, labels_a + i * width + h * 8, sizeof eight);
            p[h] += acc[i][h];
            q[h] += acc[i][h] * __builtin_convertvector(eight, gt_lanes);
        }
}

/* P (the part of b) and Q of 16 columns. */
static void add_columns(const bench *w, const double *values, const int8_t *labels_a,
                        size_t width, double weight, double *p_out, double *q_out) {
    const gt_tile *tile = w->tile;
    gt_lanes p[2] = {{0}}, q[2] = {{0}};
    for (size_t i = 0; i < tile->rows_a; i += GT_LOW) {
        gt_lanes acc[GT_LOW][2];
        size_t count = tile->rows_a - i < GT_LOW ? tile->rows_a - i : GT_LOW;
        gt_lanes_multiply(tile->rows_b,
                          values + i / GT_LANES * tile->rows_b * GT_LANES + i % GT_LANES,
                          w->widened, acc);
        add_rows(count, acc, labels_a + i * width, width, p, q);
    }
    for (int l = 0; l < GT_LANES; l++) {
        p_out[l] += weight * p[l / 8][l % 8];
        q_out[l] += weight * q[l / 8][l % 8];
    }
}

/* The sum of a tile; P of the part of a. */
static double add_row_sums(const gt_tile *tile, const double *values, const int8_t *labels_a,
                           size_t width, size_t columns, double weight, double *p) {
    double sum = 0.0;
    for (size_t i = 0; i < tile->rows_a; i++) {
        const double *at = values + i / GT_LANES * tile->rows_b * GT_LANES + i % GT_LANES;
        const int8_t *label = labels_a + i * width;
        double row = 0.0;
        for (size_t j = 0; j < tile->rows_b; j++) row += at[j * GT_LANES];
        sum += row;
        for (size_t k = 0; k < columns; k++) p[k] += weight * row * (double)label[k];
    }
    return weight * sum;
}

static void add_tile(const labels *l, const int8_t *labels_a, const int8_t *labels_b,
                     const bench *w, double weight, sums *out) {
    const gt_tile *tile = w->tile;
    const int8_t *a = labels_a + tile->first_a * l->width,
                 *b = labels_b + tile->first_b * l->width;
    size_t narrow = kernel_width(l);
    out->distance += add_row_sums(tile, tile->values, a, l->width, l->width, weight, out->p);
    out->kernel += add_row_sums(tile, w->kernels, a, l->width, narrow, weight, out->kernel_p);
    for (size_t k = 0; k < l->width; k += GT_LANES) {
        widen(tile->rows_b, b + k, l->width, w->widened);
        add_columns(w, tile->values, a + k, l->width, weight, out->p + k, out->q + k);
        if (k < narrow)
            add_columns(w, w->kernels, a + k, l->width, weight, out->kernel_p + k,
                        out->kernel_q + k);
    }
}

/* One block of a against all of b; where both are one set, up to itself, twice over. */
static void add_block(const labels *l, const int8_t *labels_a, const int8_t *labels_b,
                      const bench *w, bool is_same, size_t first, sums *out) {
    size_t last = is_same ? first + 1 : w->tiles->b->rows;
    gt_tile_take(w->tiles, w->tile, first);
    for (size_t b = 0; b < last; b += GT_TILE) {
        bool is_diagonal = is_same && b == first;
        gt_tile_multiply(w->tiles, w->tile, b);
        gt_tile_square(w->tiles, w->tile);
        fill(w, is_diagonal);
        add_tile(l, labels_a, labels_b, w, is_same && !is_diagonal ? 2.0 : 1.0, out);
    }
}

/* ---- A pair of sets ---------------------------------------------------------------------- */

/* centre . (row - centre), to whole lanes. */
static double *offsets(const gt_points *points, const double *centre) {
    double *out = calloc(points->rows + GT_LANES, sizeof *out);
    for (size_t r = 0; out && r < points->rows; r++)
        for (size_t c = 0; c < points->columns; c++)
            out[r] += centre[c] * ((double)points->x[r * points->columns + c] - centre[c]);
    return out;
}

static bool open_bench(bench *w) {
    size_t cells = (size_t)GT_TILE * GT_TILE * sizeof(double);
    w->tile = gt_tile_create(w->tiles->a->columns);
    w->kernels = aligned_alloc(64, cells);
    w->widened = aligned_alloc(64, (size_t)GT_TILE * GT_LANES * sizeof(double));
    return w->tile && w->kernels && w->widened;
}

static void close_bench(bench *w) {
    gt_tile_destroy(w->tile);
    free(w->kernels);
    free(w->widened);
}

static gt_status sum_blocks(const sample *s, const bench *shared, part which, sums *blocks,
                            gt_error *err) {
    gt_session *session = gt_session_current();
    const labels *l = &s->labels;
    const int8_t *labels_a = which == BB ? l->b : l->a, *labels_b = which == AA ? l->a : l->b;
    size_t rows = shared->tiles->a->rows;
    bool is_short = false;
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
        bench w = *shared;
        bool has_room = open_bench(&w);
        if (!has_room) {
#pragma omp atomic write
            is_short = true;
        }
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first < rows; first += GT_TILE)
            if (has_room && !gt_interrupt_pending())
                add_block(l, labels_a, labels_b, &w, which != AB, first,
                          blocks + first / GT_TILE);
        close_bench(&w);
        gt_session_enter(before);
    }
    if (is_short) return gt_fail(err, GT_NO_MEMORY, "distances of %zu rows", rows);
    if (gt_interrupt_pending()) return gt_fail(err, GT_INTERRUPTED, "interrupted");
    return GT_OK;
}

static gt_status sum_part(sample *s, part which, gt_error *err) {
    const gt_points *a = which == BB ? s->b : s->a, *b = which == AA ? s->a : s->b;
    const labels *l = &s->labels;
    size_t count = (a->rows + GT_TILE - 1) / GT_TILE;
    gt_status status = GT_OK;
    gt_tiles tiles = {0};
    double *offset_a = NULL, *offset_b = NULL;
    sums *blocks = calloc(count, sizeof *blocks);
    if (!blocks) GT_THROW(err, GT_NO_MEMORY, "sums of %zu blocks", count);
    GT_TRY(gt_tiles_open(a, b, &tiles, err));
    offset_a = offsets(a, tiles.centre);
    offset_b = offsets(b, tiles.centre);
    if (!offset_a || !offset_b) GT_THROW(err, GT_NO_MEMORY, "products of %zu rows", a->rows);
    for (size_t i = 0; i < count; i++) GT_TRY(open_sums(l, &blocks[i], err));
    GT_TRY(open_sums(l, &s->total[which], err));
    bench w = {.tiles = &tiles, .offset_a = offset_a, .offset_b = offset_b};
    for (size_t c = 0; c < a->columns; c++) w.centre += tiles.centre[c] * tiles.centre[c];
    GT_TRY(sum_blocks(s, &w, which, blocks, err));
    for (size_t i = 0; i < count; i++) add_sums(l, &blocks[i], &s->total[which]);
done:
    for (size_t i = 0; blocks && i < count; i++) free(blocks[i].p);
    free(blocks);
    free(offset_a);
    free(offset_b);
    gt_tiles_close(&tiles);
    return status;
}

/* ---- Distances --------------------------------------------------------------------------- */

/* From sums within and across two parts of n and m rows. */
static double energy_of(double n, double m, double within_a, double within_b, double across) {
    return 2.0 * across / (n * m) - within_a / (n * n) - within_b / (m * m);
}

static double kernel_of(double n, double m, double within_a, double within_b, double across) {
    return within_a / (n * (n - 1.0)) + within_b / (m * (m - 1.0)) - 2.0 * across / (n * m);
}

/* The energy of the pooled rows divided by column k. */
static double energy_permuted(const sample *s, size_t k) {
    const sums *t = s->total;
    double n = (double)s->a->rows, m = (double)s->b->rows,
           all = t[AA].distance + t[BB].distance + 2.0 * t[AB].distance,
           p = t[AA].p[k] + t[BB].p[k] + 2.0 * t[AB].p[k],
           q = t[AA].q[k] + t[BB].q[k] + 2.0 * t[AB].q[k];
    return energy_of(n, m, 0.25 * (all + p + q), 0.25 * (all - p + q), 0.25 * (all - q));
}

/* Of the halves with label `sign` of split k. */
static void of_half(const sample *s, size_t k, double sign, double *energy, double *kernel) {
    size_t halves[] = {s->a->rows / 2, s->b->rows / 2};
    double n = (double)(sign > 0 ? halves[0] : s->a->rows - halves[0]),
           m = (double)(sign > 0 ? halves[1] : s->b->rows - halves[1]), d[PARTS], g[PARTS];
    for (int i = 0; i < PARTS; i++) {
        const sums *t = &s->total[i];
        d[i] = 0.25 * (t->distance + sign * t->p[k] + t->q[k]);
        g[i] = 0.25 * (t->kernel + sign * t->kernel_p[k] + t->kernel_q[k]);
    }
    *energy = energy_of(n, m, d[AA], d[BB], d[AB]);
    *kernel = kernel_of(n, m, g[AA], g[BB], g[AB]);
}

/* What rounding may take from a sum that equals the one in hand is granted. */
static double p_value(const sample *s, double energy) {
    size_t first = to_lanes(s->labels.splits), as_large = 1;
    double n = (double)s->a->rows, m = (double)s->b->rows,
           grain = 1e-12 * s->total[AB].distance / (n * m);
    if (s->labels.columns == first) return NAN;
    for (size_t k = first; k < s->labels.columns; k++)
        as_large += energy_permuted(s, k) >= energy - grain;
    return (double)as_large / (double)(s->labels.columns - first + 1);
}

static void conclude(const sample *s, gt_two_sample *out, double *energies, double *kernels) {
    const sums *t = s->total;
    double n = (double)s->a->rows, m = (double)s->b->rows;
    out->energy = energy_of(n, m, t[AA].distance, t[BB].distance, t[AB].distance);
    out->kernel = kernel_of(n, m, t[AA].kernel, t[BB].kernel, t[AB].kernel);
    out->p = p_value(s, out->energy);
    for (size_t k = 0; k < s->labels.splits; k++) {
        of_half(s, k, 1.0, &energies[2 * k], &kernels[2 * k]);
        of_half(s, k, -1.0, &energies[2 * k + 1], &kernels[2 * k + 1]);
    }
}

gt_status gt_two_sample_compare(const gt_points *a, const gt_points *b,
                                const gt_two_sample_settings *settings, gt_two_sample *out,
                                double *energies, double *kernels, gt_error *err) {
    gt_status status = GT_OK;
    sample s = {.a = a, .b = b};
    size_t least = settings->splits ? 4 : 2;
    GT_TRY(gt_points_check(a, least, a->columns, err));
    GT_TRY(gt_points_check(b, least, a->columns, err));
    GT_TRY(draw_labels(&s, settings, err));
    for (part which = AA; which < PARTS; which++) GT_TRY(sum_part(&s, which, err));
    conclude(&s, out, energies, kernels);
done:
    for (part which = AA; which < PARTS; which++) free(s.total[which].p);
    free(s.labels.a);
    free(s.labels.b);
    return status;
}
