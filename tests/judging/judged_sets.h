/* judged_sets.h - small sets of rows for the tests of this room. */
#ifndef GT_JUDGED_SETS_H
#define GT_JUDGED_SETS_H

#include "galatea/judging.h"
#include "gt_test.h"
#include "rng.h"

/* Normal rows from a seed, column c moved by `shift` and with deviation `scale` / (1 + c / 8).
 */
static inline gt_points make_points(const char *name, size_t rows, size_t columns,
                                    uint64_t seed, float shift, float scale) {
    float *x = calloc(rows * columns + 1, sizeof *x);
    assert_non_null(x);
    gt_rng_fill_normal((gt_rng_key){seed, 1, 0}, 0, rows * columns, x);
    for (size_t i = 0; i < rows * columns; i++)
        x[i] = x[i] * scale / (float)(1 + i % columns / 8) + shift;
    return (gt_points){name, rows, columns, x};
}

/* The same value everywhere. */
static inline gt_points make_constant(const char *name, size_t rows, size_t columns,
                                      float value) {
    gt_points points = make_points(name, rows, columns, 1, value, 0.0f);
    return points;
}

static inline gt_points copy_points(const char *name, const gt_points *from, size_t rows) {
    float *x = calloc(rows * from->columns + 1, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < rows * from->columns; i++)
        x[i] = from->x[i % (from->rows * from->columns)];
    return (gt_points){name, rows, from->columns, x};
}

static inline void free_points(const gt_points *points) {
    free((void *)(uintptr_t)points->x);
}

/* By the formula, one pair after the other. */
static inline double plain_squared(const gt_points *a, size_t i, const gt_points *b, size_t j) {
    double sum = 0.0;
    for (size_t c = 0; c < a->columns; c++) {
        double d = (double)a->x[i * a->columns + c] - (double)b->x[j * b->columns + c];
        sum += d * d;
    }
    return sum;
}

#endif
