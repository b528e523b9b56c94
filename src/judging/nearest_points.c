/* nearest_points.c - nearest rows: products in double name them, differences decide. */
#include <math.h>
#include <stdlib.h>

#include "galatea/interrupt.h"
#include "tiles.h"

/* The k nearest so far of the rows of a block: squared (256,k) falls to the left. */
typedef struct held {
    size_t k;
    double *squared; /* of the whole set, from the block on */
    size_t *index;
    double limit[GT_TILE]; /* only what may be below it is looked at */
} held;

static void start(held *h, size_t rows) {
    for (size_t i = 0; i < GT_TILE; i++) h->limit[i] = i < rows ? INFINITY : -INFINITY;
    for (size_t i = 0; i < rows * h->k; i++) {
        h->squared[i] = INFINITY;
        h->index[i] = SIZE_MAX;
    }
}

/* Rows come in order: an equal one that is there stays before. */
static void insert(held *h, size_t row, double squared, size_t index) {
    double *list = h->squared + row * h->k;
    size_t *names = h->index + row * h->k, at = h->k - 1;
    if (!(squared < list[at])) return;
    for (; at > 0 && squared < list[at - 1]; at--) {
        list[at] = list[at - 1];
        names[at] = names[at - 1];
    }
    list[at] = squared;
    names[at] = index;
    double last = list[h->k - 1];
    h->limit[row] = last > 0.0 ? last : -INFINITY; /* nothing is nearer than an equal row */
}

/* Row j of the block of b against the lanes of a from row `at` on. */
static void offer(const gt_tiles *tiles, const gt_tile *tile, held *h, bool is_self, size_t at,
                  size_t j, const double *products) {
    const double *norm = tiles->norm_a + tile->first_a + at, *limit = h->limit + at;
    size_t other = tile->first_b + j, columns = tiles->a->columns;
    double other_norm = tiles->norm_b[other], share = 1.0 - tiles->rounding;
    int any = 0;
#pragma omp simd reduction(| : any)
    for (size_t l = 0; l < GT_LANES; l++)
        any |= (norm[l] + other_norm) * share - 2.0 * products[l] < limit[l];
    for (size_t l = 0; any && l < GT_LANES; l++) {
        size_t row = tile->first_a + at + l;
        if (!((norm[l] + other_norm) * share - 2.0 * products[l] < limit[l]) ||
            (is_self && row == other))
            continue;
        insert(h, at + l,
               gt_points_squared(columns, tiles->a->x + row * columns,
                                 tiles->b->x + other * columns),
               other);
    }
}

static void search_block(const gt_tiles *tiles, gt_tile *tile, held *h, size_t first) {
    bool is_self = gt_points_are_same(tiles->a, tiles->b);
    gt_tile_take(tiles, tile, first);
    start(h, tile->rows_a);
    for (size_t b = 0; b < tiles->b->rows; b += GT_TILE) {
        gt_tile_multiply(tiles, tile, b);
        for (size_t p = 0; p * GT_LANES < tile->rows_a; p++)
            for (size_t j = 0; j < tile->rows_b; j++)
                offer(tiles, tile, h, is_self, p * GT_LANES, j,
                      tile->values + (p * tile->rows_b + j) * GT_LANES);
    }
}

static gt_status search(const gt_tiles *tiles, size_t k, double *squared, size_t *index,
                        gt_error *err) {
    gt_session *session = gt_session_current();
    bool is_short = false;
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
        gt_tile *tile = gt_tile_create(tiles->a->columns);
        if (!tile) {
#pragma omp atomic write
            is_short = true;
        }
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first < tiles->a->rows; first += GT_TILE) {
            held h = {.k = k, .squared = squared + first * k, .index = index + first * k};
            if (tile && !gt_interrupt_pending()) search_block(tiles, tile, &h, first);
        }
        gt_tile_destroy(tile);
        gt_session_enter(before);
    }
    if (is_short) return gt_fail(err, GT_NO_MEMORY, "nearest of %zu rows", tiles->a->rows);
    if (gt_interrupt_pending()) return gt_fail(err, GT_INTERRUPTED, "interrupted");
    return GT_OK;
}

gt_status gt_nearest_points(const gt_points *of, const gt_points *among, size_t k,
                            double *squared, size_t *index, gt_error *err) {
    gt_status status = GT_OK;
    gt_tiles tiles = {0};
    size_t *own = NULL, others = among->rows - (gt_points_are_same(of, among) ? 1 : 0);
    GT_TRY(gt_points_check(of, 1, of->columns, err));
    GT_TRY(gt_points_check(among, 1, of->columns, err));
    if (k < 1 || k > others)
        GT_THROW(err, GT_USAGE, "%zu neighbours asked of %s, which has %zu rows for it", k,
                 among->name ? among->name : "a set", others);
    if (!index) {
        index = own = malloc(of->rows * k * sizeof *own);
        if (!own) GT_THROW(err, GT_NO_MEMORY, "neighbours of %zu rows", of->rows);
    }
    GT_TRY(gt_tiles_open(of, among, &tiles, err));
    GT_TRY(search(&tiles, k, squared, index, err));
done:
    gt_tiles_close(&tiles);
    free(own);
    return status;
}
