/* attraction.c - along the rows of the affinities, in double or, for large maps, in float,
 * whose half memory traffic is what the time of an iteration goes into. */
#include <math.h>
#include <stdlib.h>

#include "tsne/forces.h"

static void row_wide(size_t count, const int32_t *column, const double *weight, const double *y,
                     const double own[2], double force[2]) {
    double x0 = own[0], y0 = own[1], fx = 0, fy = 0;
#pragma omp simd reduction(+ : fx, fy)
    for (size_t e = 0; e < count; e++) {
        size_t j = (size_t)column[e];
        double dx = x0 - y[2 * j], dy = y0 - y[2 * j + 1];
        double w = weight[e] / (1 + dx * dx + dy * dy);
        fx += w * dx;
        fy += w * dy;
    }
    force[0] = fx;
    force[1] = fy;
}

static void row_narrow(size_t count, const int32_t *column, const float *weight, const float *y,
                       const float own[2], double force[2]) {
    float x0 = own[0], y0 = own[1], fx = 0, fy = 0;
#pragma omp simd reduction(+ : fx, fy)
    for (size_t e = 0; e < count; e++) {
        int32_t j = column[e];
        float dx = x0 - y[2 * j], dy = y0 - y[2 * j + 1];
        float w = weight[e] / (1 + dx * dx + dy * dy);
        fx += w * dx;
        fy += w * dy;
    }
    force[0] = fx;
    force[1] = fy;
}

static double energy_of_row(const gt_affinity *p, size_t i, const double *y) {
    double sum = 0;
    for (size_t e = p->start[i]; e < p->start[i + 1]; e++) {
        const double *other = y + 2 * (size_t)p->column[e];
        double dx = y[2 * i] - other[0], dy = y[2 * i + 1] - other[1];
        sum += (p->weight ? p->weight[e] : p->narrow[e]) * log1p(dx * dx + dy * dy);
    }
    return sum;
}

static double energy_of(const gt_affinity *p, const double *y, double *scratch) {
    double sum = 0;
#pragma omp parallel for schedule(static) if (p->rows > GT_TSNE_ALONE)
    for (size_t i = 0; i < p->rows; i++) scratch[i] = energy_of_row(p, i, y);
    for (size_t i = 0; i < p->rows; i++) sum += scratch[i];
    return sum;
}

void gt_attraction(const gt_affinity *p, const double *y, double *force, double *scratch,
                   double *energy) {
    float *narrow = (float *)scratch; /* n doubles are room for n pairs of floats */
    if (p->narrow) {
#pragma omp parallel for schedule(static) if (p->rows > 1 << 16)
        for (size_t i = 0; i < 2 * p->rows; i++) narrow[i] = (float)y[i];
#pragma omp parallel for schedule(dynamic, 256) if (p->rows > GT_TSNE_ALONE)
        for (size_t i = 0; i < p->rows; i++) {
            size_t at = p->start[i];
            row_narrow(p->start[i + 1] - at, p->column + at, p->narrow + at, narrow,
                       narrow + 2 * i, force + 2 * i);
        }
    } else {
#pragma omp parallel for schedule(dynamic, 256) if (p->rows > GT_TSNE_ALONE)
        for (size_t i = 0; i < p->rows; i++) {
            size_t at = p->start[i];
            row_wide(p->start[i + 1] - at, p->column + at, p->weight + at, y, y + 2 * i,
                     force + 2 * i);
        }
    }
    if (energy) *energy = energy_of(p, y, scratch);
}
