/* gram.c - outer products by register tiles: a block of rows is packed into panels of columns
 * in double, then each pair of panels is multiplied. */
#include "gram.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, PANEL = 2 * LANES, HIGH = 8, BLOCK = 256 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* acc (HIGH, PANEL) = sum over rows of a[i] b[j]; a and b point into packed panels. */
static void multiply(size_t rows, const double *a, const double *b, lanes acc[HIGH][2]) {
    for (int i = 0; i < HIGH; i++) acc[i][0] = acc[i][1] = (lanes){0};
    for (size_t r = 0; r < rows; r++, a += PANEL, b += PANEL) {
        const lanes *at = (const lanes *)(const void *)b;
        lanes left = at[0], right = at[1];
        for (int i = 0; i < HIGH; i++) {
            acc[i][0] += a[i] * left;
            acc[i][1] += a[i] * right;
        }
    }
}

/* The product of half a panel of columns from `row` on with the panel from `column` on. */
static void add_tile(size_t rows, size_t columns, const double *packed, size_t row,
                     size_t column, double *c) {
    lanes acc[HIGH][2];
    const double *a = packed + row / PANEL * PANEL * rows + row % PANEL,
                 *b = packed + column * rows;
    multiply(rows, a, b, acc);
    for (size_t i = 0; i < HIGH && row + i < columns; i++)
        for (size_t j = 0; j < PANEL && column + j <= row + i; j++)
            c[(row + i) * columns + column + j] += acc[i][j / LANES][j % LANES];
}

/* Columns `first` to first + PANEL as (rows, PANEL); columns that there are not are zeros. */
static void pack(size_t rows, size_t columns, const float *x, const double *scale,
                 const double *shift, size_t first, double *out) {
    size_t width = columns - first < PANEL ? columns - first : PANEL;
    double middle[PANEL] = {0};
    if (shift) memcpy(middle, shift + first, width * sizeof *middle);
    for (size_t r = 0; r < rows; r++, out += PANEL) {
        const float *from = x + r * columns + first;
        for (size_t j = 0; j < width; j++) out[j] = ((double)from[j] - middle[j]) * scale[r];
        for (size_t j = width; j < PANEL; j++) out[j] = 0.0;
    }
}

static void add_block(size_t rows, size_t columns, const float *x, const double *scale,
                      const double *shift, double *packed, double *c) {
    size_t panels = (columns + PANEL - 1) / PANEL;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (size_t p = 0; p < panels; p++)
            pack(rows, columns, x, scale, shift, p * PANEL, packed + p * PANEL * rows);
#pragma omp for schedule(dynamic)
        for (size_t row = 0; row < columns; row += HIGH)
            for (size_t column = 0; column < row + HIGH && column < columns; column += PANEL)
                add_tile(rows, columns, packed, row, column, c);
    }
}

gt_status gt_gram_add(size_t rows, size_t columns, const float *x, const double *weight,
                      const double *shift, double *c, gt_error *err) {
    double scale[BLOCK];
    size_t panels = (columns + PANEL - 1) / PANEL;
    double *packed = aligned_alloc(sizeof(lanes), panels * PANEL * BLOCK * sizeof *packed);
    if (!packed) return gt_fail(err, GT_NO_MEMORY, "products of %zu columns", columns);
    for (size_t first = 0; first < rows; first += BLOCK) {
        size_t count = rows - first < BLOCK ? rows - first : BLOCK;
        for (size_t r = 0; r < count; r++) scale[r] = weight ? sqrt(weight[first + r]) : 1.0;
        add_block(count, columns, x + first * columns, scale, shift, packed, c);
    }
    free(packed);
    return GT_OK;
}

void gt_lapack_one_thread(void) {
    void *symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    void (*set)(int) = NULL;
    memcpy(&set, &symbol, sizeof set);
    if (set) set(1);
}
