/* gram.c - sums of outer products, block by block of rows. */
#include "gram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Products (half a millisecond) that are not worth waking threads for. */
#define SERIAL ((size_t)1 << 25)

enum { HIGH = 8, BLOCK = 256, WIDEST_PANEL = 32, ALIGNMENT = 64 };

#define REAL double
#define LANES 8
#define TILE(name) name##_double
#include "gram_tile.h"
#undef REAL
#undef LANES
#undef TILE

#define REAL float
#define LANES 16
#define TILE(name) name##_float
#include "gram_tile.h"

gt_status gt_gram_add(size_t rows, size_t columns, const float *x, const double *weight,
                      const double *shift, gt_gram_digits digits, double *c, gt_error *err) {
    double scale[BLOCK];
    size_t panels = (columns + WIDEST_PANEL - 1) / WIDEST_PANEL,
           size = digits == GT_GRAM_FLOAT ? sizeof(float) : sizeof(double);
    void *packed = aligned_alloc(ALIGNMENT, panels * WIDEST_PANEL * BLOCK * size);
    if (!packed) return gt_fail(err, GT_NO_MEMORY, "products of %zu columns", columns);
    for (size_t first = 0; first < rows; first += BLOCK) {
        size_t count = rows - first < BLOCK ? rows - first : BLOCK;
        for (size_t r = 0; r < count; r++) scale[r] = weight ? sqrt(weight[first + r]) : 1.0;
        if (digits == GT_GRAM_FLOAT)
            add_block_float(count, columns, x + first * columns, scale, shift, packed, c);
        else
            add_block_double(count, columns, x + first * columns, scale, shift, packed, c);
    }
    free(packed);
    return GT_OK;
}
