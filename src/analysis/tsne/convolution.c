/* convolution.c - the only file that knows FFTW. */
#include "tsne/convolution.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <fftw3.h>

enum { MOST_SIDE = 16384, TILE = 8 };

/* The next even number without prime factors above 7. */
static size_t good_length(size_t least) {
    for (size_t length = least + least % 2;; length += 2) {
        size_t rest = length;
        for (size_t prime = 2; prime <= 7; prime++)
            while (rest % prime == 0) rest /= prime;
        if (rest == 1) return length;
    }
}

static void make_plans(gt_convolution *c) {
    int n = (int)c->length;
    fftw_complex *row = (fftw_complex *)c->grid, *column = fftw_alloc_complex(c->length);
    if (!column) return;
    c->plans[0] = fftw_plan_dft_r2c_1d(n, c->grid, row, FFTW_ESTIMATE);
    c->plans[1] = fftw_plan_dft_c2r_1d(n, row, c->grid, FFTW_ESTIMATE);
    c->plans[2] = fftw_plan_dft_1d(n, column, column, FFTW_FORWARD, FFTW_ESTIMATE);
    c->plans[3] = fftw_plan_dft_1d(n, column, column, FFTW_BACKWARD, FFTW_ESTIMATE);
    fftw_free(column);
}

gt_status gt_convolution_create(size_t side, size_t slack, gt_convolution *out, gt_error *err) {
    gt_convolution c = {.side = side};
    if (side < 1 || side > MOST_SIDE)
        return gt_fail(err, GT_BAD_ARGUMENT, "a grid of %zu nodes, expected 1 to %d", side,
                       MOST_SIDE);
    c.length = good_length(2 * side + slack);
    /* Rows keep the alignment that the plans were made for; an odd number of cache lines
     * spreads columns over the cache. */
    c.pitch = ((c.length + 2 + 7) / 8 | 1) * 8;
    size_t half = c.length / 2 + 1;
    c.grid = fftw_alloc_real(side * c.pitch);
    c.kernel = fftw_alloc_real(half * half);
    if (c.grid) make_plans(&c);
    bool is_whole = c.grid && c.kernel;
    for (int i = 0; i < 4; i++) is_whole = is_whole && c.plans[i];
    if (!is_whole) {
        gt_convolution_free(&c);
        return gt_fail(err, GT_NO_MEMORY, "a grid of %zu x %zu nodes", side, side);
    }
    *out = c;
    return GT_OK;
}

void gt_convolution_free(gt_convolution *c) {
    for (int i = 0; i < 4; i++)
        if (c->plans[i]) fftw_destroy_plan(c->plans[i]);
    fftw_free(c->grid);
    fftw_free(c->kernel);
    *c = (gt_convolution){0};
}

gt_status gt_convolution_set(gt_convolution *c, double (*value)(double squared), double spacing,
                             const double *filter, gt_error *err) {
    size_t half = c->length / 2 + 1;
    double scale = 1 / ((double)c->length * (double)c->length);
    /* The transform of an even sequence is real and even: a cosine transform of its half. */
    fftw_plan plan = fftw_plan_r2r_2d((int)half, (int)half, c->kernel, c->kernel, FFTW_REDFT00,
                                      FFTW_REDFT00, FFTW_ESTIMATE);
    if (!plan) return gt_fail(err, GT_NO_MEMORY, "the transform of %zu x %zu", half, half);
#pragma omp parallel for
    for (size_t a = 0; a < half; a++)
        for (size_t b = 0; b < half; b++)
            c->kernel[a * half + b] = value(spacing * spacing * (double)(a * a + b * b));
    fftw_execute(plan);
    fftw_destroy_plan(plan);
#pragma omp parallel for
    for (size_t a = 0; a < half; a++)
        for (size_t b = 0; b < half; b++)
            c->kernel[a * half + b] *= scale / (filter[a] * filter[b]);
    return GT_OK;
}

void gt_convolution_row_there(gt_convolution *c, size_t r) {
    double *row = c->grid + r * c->pitch;
    fftw_execute_dft_r2c(c->plans[0], row, (fftw_complex *)row);
}

void gt_convolution_row_back(gt_convolution *c, size_t r) {
    double *row = c->grid + r * c->pitch;
    fftw_execute_dft_c2r(c->plans[1], (fftw_complex *)row, row);
}

/* There, times the kernel, and back. */
static void convolve_column(const gt_convolution *c, fftw_complex *column,
                            const double *kernel) {
    size_t n = c->length;
    fftw_execute_dft(c->plans[2], column, column);
    for (size_t k = 0; k < n; k++) {
        double factor = kernel[k <= n / 2 ? k : n - k];
        column[k][0] *= factor;
        column[k][1] *= factor;
    }
    fftw_execute_dft(c->plans[3], column, column);
}

/* TILE columns from `first` on: whole cache lines are taken from the rows. */
static void convolve_tile(gt_convolution *c, size_t first, fftw_complex *room,
                          size_t room_pitch) {
    size_t half = c->length / 2 + 1, count = half - first < TILE ? half - first : TILE;
    for (size_t r = 0; r < c->side; r++) {
        const fftw_complex *from = (const fftw_complex *)(c->grid + r * c->pitch) + first;
        for (size_t k = 0; k < count; k++)
            memcpy(room[k * room_pitch + r], from[k], sizeof *from);
    }
    for (size_t k = 0; k < count; k++) {
        fftw_complex *column = room + k * room_pitch;
        memset(column[c->side], 0, (c->length - c->side) * sizeof *column);
        convolve_column(c, column, c->kernel + (first + k) * half);
    }
    for (size_t r = 0; r < c->side; r++) {
        fftw_complex *to = (fftw_complex *)(c->grid + r * c->pitch) + first;
        for (size_t k = 0; k < count; k++) memcpy(to[k], room[k * room_pitch + r], sizeof *to);
    }
}

gt_status gt_convolution_columns(gt_convolution *c, gt_error *err) {
    size_t room_pitch = (c->length + 3) / 4 * 4 + 4;
    bool failed = false;
#pragma omp parallel
    {
        fftw_complex *room = fftw_alloc_complex(TILE * room_pitch);
        if (!room) {
#pragma omp atomic write
            failed = true;
        }
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first <= c->length / 2; first += TILE)
            if (room) convolve_tile(c, first, room, room_pitch);
        fftw_free(room);
    }
    return failed ? gt_fail(err, GT_NO_MEMORY, "columns of %zu nodes", c->length) : GT_OK;
}
