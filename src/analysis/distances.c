/* distances.c - squared distances, four rows at a time. */
#include "distances.h"

/* Squared distances from one row to four others; the row is read once for the four. */
static void distance_4(size_t features, const double *a, const double *const b[4],
                       double out[4]) {
    const double *b0 = b[0], *b1 = b[1], *b2 = b[2], *b3 = b[3];
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (size_t i = 0; i < features; i++) {
        double x = a[i];
        double d0 = x - b0[i], d1 = x - b1[i], d2 = x - b2[i], d3 = x - b3[i];
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
    }
    out[0] = s0;
    out[1] = s1;
    out[2] = s2;
    out[3] = s3;
}

/* The last group repeats its last row, so that it goes through the same code. */
void gt_distances_squared(size_t features, const double *query, size_t rows, const double *x,
                          double *out) {
    for (size_t i = 0; i < rows; i += 4) {
        const double *four[4];
        double distance[4];
        for (size_t j = 0; j < 4; j++)
            four[j] = x + (i + j < rows ? i + j : rows - 1) * features;
        distance_4(features, query, four, distance);
        for (size_t j = 0; j < 4 && i + j < rows; j++) out[i + j] = distance[j];
    }
}
