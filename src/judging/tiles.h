/* tiles.h - blocks of rows against blocks of rows of two sets, in double: what every number
 * that looks at all pairs is made of. Private.
 *
 * Rows are taken less a common centre, so that products are no larger than distances and keep
 * their digits. A tile has the rows of a block of `a` in lanes: values[p][j][l] is row 16 p + l
 * of the block of a against row j of the block of b. */
#ifndef GT_JUDGING_TILES_H
#define GT_JUDGING_TILES_H

#include "galatea/judging.h"

enum { GT_TILE = 256, GT_LANES = 16, GT_LOW = 8 };

typedef double gt_lanes __attribute__((vector_size(8 * sizeof(double))));

/* Two sets; norms are squared, of centred rows, infinite behind the last (to whole lanes). */
typedef struct gt_tiles {
    const gt_points *a, *b;
    double *centre, *norm_a, *norm_b;
    double rounding; /* a squared distance by products errs at most by this of both norms */
} gt_tiles;

GT_MUST_CHECK gt_status gt_tiles_open(const gt_points *a, const gt_points *b, gt_tiles *out,
                                      gt_error *err);
void gt_tiles_close(gt_tiles *tiles); /* accepts a zeroed one */

/* Whether both are the same rows in the same place. */
bool gt_points_are_same(const gt_points *a, const gt_points *b);

/* Room of one thread, with the tile it is at. */
typedef struct gt_tile {
    size_t first_a, rows_a, first_b, rows_b;
    double *packed_a, *packed_b, *values;
} gt_tile;
gt_tile *gt_tile_create(size_t columns); /* NULL: no memory */
void gt_tile_destroy(gt_tile *tile);

/* Takes the block of a from row `first` on; fills values with the products of its centred rows
 * with those of b from `first` on; 0 for rows that there are not. */
void gt_tile_take(const gt_tiles *tiles, gt_tile *tile, size_t first);
void gt_tile_multiply(const gt_tiles *tiles, gt_tile *tile, size_t first);

/* Products -> squared distances, those of rows that nearly coincide summed from differences; 0
 * for rows that there are not. */
void gt_tile_square(const gt_tiles *tiles, gt_tile *tile);

/* |a - b|^2 by differences. */
double gt_points_squared(size_t columns, const float *a, const float *b);

/* acc (8,16) = sum over `depth` of a[d][i] b[d][l], both 16 wide. */
static inline void gt_lanes_multiply(size_t depth, const double *a, const double *b,
                                     gt_lanes acc[GT_LOW][2]) {
    for (int i = 0; i < GT_LOW; i++) acc[i][0] = acc[i][1] = (gt_lanes){0};
    for (size_t d = 0; d < depth; d++, a += GT_LANES, b += GT_LANES) {
        const gt_lanes *at = (const gt_lanes *)(const void *)b;
        gt_lanes left = at[0], right = at[1];
        for (int i = 0; i < GT_LOW; i++) {
            acc[i][0] += a[i] * left;
            acc[i][1] += a[i] * right;
        }
    }
}

/* c (n,m) = a b', of a (n,depth) and b (m,depth). GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_product(size_t n, size_t m, size_t depth, const double *a,
                                   const double *b, double *c, gt_error *err);

/* What every public function asks of its sets: at least `least` rows, one width, all finite. */
GT_MUST_CHECK gt_status gt_points_check(const gt_points *points, size_t least, size_t columns,
                                        gt_error *err);

#endif
