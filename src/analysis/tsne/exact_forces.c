/* exact_forces.c - every pair. */
#include "tsne/forces.h"

void gt_exact_repulsion(size_t n, const double *y, double *force, double *z_of) {
#pragma omp parallel for schedule(static) if (n > GT_TSNE_ALONE)
    for (size_t i = 0; i < n; i++) {
        double x0 = y[2 * i], y0 = y[2 * i + 1], fx = 0, fy = 0, z = -1; /* less the own term */
#pragma omp simd reduction(+ : fx, fy, z)
        for (size_t j = 0; j < n; j++) {
            double dx = x0 - y[2 * j], dy = y0 - y[2 * j + 1];
            double w = 1 / (1 + dx * dx + dy * dy);
            z += w;
            fx += w * w * dx;
            fy += w * w * dy;
        }
        force[2 * i] = fx;
        force[2 * i + 1] = fy;
        z_of[i] = z;
    }
}
