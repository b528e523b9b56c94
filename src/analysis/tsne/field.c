/* field.c - points onto the grid and forces off it. */
#include "tsne/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tsne/convolution.h"

/* Splines of order 6 meet 6 nodes; vectors have 8 lanes, of which 2 stay zero. Strips of STRIP
 * rows are spread at once when they are not neighbours: SPAN - 1 <= STRIP keeps them apart,
 * whatever threads do. SLACK nodes let the kernel's fold, where its slope breaks, fade out. */
enum { SPAN = 6, LANES = 8, STRIP = 8, SLACK = 32, ROUND = 8 };

typedef struct placed {
    double u, v; /* position in units of the spacing from the grid's corner */
    int32_t point;
} placed;

struct gt_field {
    size_t n, cells;
    double wanted, spacing, corner[2];
    gt_convolution grid;
    double kernel_spacing; /* that the kernel stands for; 0: none yet */
    placed *points;        /* by strip, within one by number */
    size_t *start;         /* (strips + 1) into points */
};

gt_status gt_field_create(size_t n, double spacing, gt_field **out, gt_error *err) {
    gt_field *f = calloc(1, sizeof *f);
    *out = f;
    if (f) {
        f->n = n;
        f->wanted = spacing;
        f->points = malloc(n * sizeof *f->points);
        f->start = calloc(GT_FIELD_MOST_CELLS / STRIP + 3, sizeof *f->start);
        if (f->points && f->start) return GT_OK;
    }
    gt_field_destroy(f);
    *out = NULL;
    return gt_fail(err, GT_NO_MEMORY, "a field of %zu points", n);
}

void gt_field_destroy(gt_field *f) {
    if (!f) return;
    gt_convolution_free(&f->grid);
    free(f->points);
    free(f->start);
    free(f);
}

/* ---- The grid -----------------------------------------------------------------------------
 */

static double kernel(double squared) {
    return -squared / (1 + squared);
}

/* What two interpolations by splines do to a wave, for the kernel to undo. */
static double *spline_filter(size_t length) {
    double *filter = calloc(length / 2 + 1, sizeof *filter);
    for (size_t k = 0; filter && k <= length / 2; k++) {
        double angle = 2 * M_PI * (double)k / (double)length;
        double once = (66 + 52 * cos(angle) + 2 * cos(2 * angle)) / 120;
        filter[k] = once * once;
    }
    return filter;
}

static gt_status set_kernel(gt_field *f, gt_error *err) {
    double *filter = spline_filter(f->grid.length);
    if (!filter) return gt_fail(err, GT_NO_MEMORY, "a filter");
    gt_status status = gt_convolution_set(&f->grid, kernel, f->spacing, filter, err);
    free(filter);
    f->kernel_spacing = status ? 0 : f->spacing;
    return status;
}

static gt_status set_cells(gt_field *f, size_t cells, gt_error *err) {
    if (f->cells == cells) return GT_OK;
    gt_convolution_free(&f->grid);
    f->cells = 0;
    f->kernel_spacing = 0;
    gt_status status = gt_convolution_create(cells + SPAN, SLACK, &f->grid, err);
    if (!status) f->cells = cells;
    return status;
}

/* The spacing that covers `width` with `cells`: the wanted one; of a map too narrow for it, one
 * of a ladder of finer ones; of one too wide, what it takes. So the kernel seldom changes. */
static double choose_spacing(const gt_field *f, double width, size_t cells) {
    double least = width / (double)cells;
    if (least >= f->wanted) return least;
    if (cells > GT_FIELD_CELLS) return f->wanted;
    double spacing = f->wanted * exp2(ceil(4 * log2(least / f->wanted)) / 4);
    return spacing >= least ? spacing : least;
}

/* Lays a grid over the points. */
static gt_status lay_grid(gt_field *f, const double *y, gt_error *err) {
    gt_status status = GT_OK;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < f->n; i++)
        for (int k = 0; k < 2; k++) {
            low[k] = y[2 * i + (size_t)k] < low[k] ? y[2 * i + (size_t)k] : low[k];
            high[k] = y[2 * i + (size_t)k] > high[k] ? y[2 * i + (size_t)k] : high[k];
        }
    double width = fmax(fmax(high[0] - low[0], high[1] - low[1]), 1e-100);
    double steps = ceil(width / f->wanted / ROUND) * ROUND;
    size_t cells = (size_t)fmin(fmax(steps, GT_FIELD_CELLS), GT_FIELD_MOST_CELLS);
    f->spacing = choose_spacing(f, width, cells);
    memcpy(f->corner, low, sizeof low);
    GT_TRY(set_cells(f, cells, err));
    if (f->kernel_spacing != f->spacing) GT_TRY(set_kernel(f, err));
done:
    return status;
}

/* First of the nodes that a coordinate meets; rounding may put a point a hair outside. */
static size_t node_of(const gt_field *f, double u) {
    size_t node = u > 0 ? (size_t)u : 0;
    return node < f->cells ? node : f->cells;
}

/* Points by strip. */
static void place_points(gt_field *f, const double *y) {
    size_t strips = f->cells / STRIP + 1;
    memset(f->start, 0, (strips + 2) * sizeof *f->start);
    size_t *at = f->start + 1;
    for (size_t i = 0; i < f->n; i++)
        at[node_of(f, (y[2 * i + 1] - f->corner[1]) / f->spacing) / STRIP + 1]++;
    for (size_t s = 0; s < strips; s++) at[s + 1] += at[s];
    for (size_t i = 0; i < f->n; i++) {
        double u = (y[2 * i] - f->corner[0]) / f->spacing,
               v = (y[2 * i + 1] - f->corner[1]) / f->spacing;
        f->points[at[node_of(f, v) / STRIP]++] = (placed){u, v, (int32_t)i};
    }
}

/* ---- Splines ------------------------------------------------------------------------------
 */

/* Node j's share of a point at t in 0..1 behind node 2: polynomials' coefficients times 120,
 * from the constant one on, and their derivatives'. */
static const double share_of[SPAN][LANES] = {{1, 26, 66, 26, 1, 0},    {-5, -50, 0, 50, 5, 0},
                                             {10, 20, -60, 20, 10, 0}, {-10, 20, 0, -20, 10, 0},
                                             {5, -20, 30, -20, 5, 0},  {-1, 5, -10, 10, -5, 1}};

static void shares(double t, double w[LANES]) {
    for (int j = 0; j < LANES; j++) w[j] = share_of[5][j];
    for (int c = 4; c >= 0; c--)
        for (int j = 0; j < LANES; j++) w[j] = w[j] * t + share_of[c][j];
    for (int j = 0; j < LANES; j++) w[j] *= 1.0 / 120;
}

static void slopes(double t, double w[LANES]) {
    for (int j = 0; j < LANES; j++) w[j] = 5 * share_of[5][j];
    for (int c = 4; c >= 1; c--)
        for (int j = 0; j < LANES; j++) w[j] = w[j] * t + c * share_of[c][j];
    for (int j = 0; j < LANES; j++) w[j] *= 1.0 / 120;
}

/* ---- There and back -----------------------------------------------------------------------
 */

static void spread_strip(gt_field *f, size_t strip) {
    for (size_t i = f->start[strip]; i < f->start[strip + 1]; i++) {
        const placed *p = &f->points[i];
        size_t column = node_of(f, p->u), row = node_of(f, p->v);
        double wx[LANES], wy[LANES];
        shares(p->u - (double)column, wx);
        shares(p->v - (double)row, wy);
        for (size_t a = 0; a < SPAN; a++) {
            double *node = f->grid.grid + (row + a) * f->grid.pitch + column, w = wy[a];
            for (int j = 0; j < LANES; j++) node[j] += w * wx[j];
        }
    }
}

static void spread(gt_field *f) {
    size_t strips = f->cells / STRIP + 1;
#pragma omp parallel
    {
#pragma omp for
        for (size_t r = 0; r < f->grid.side; r++)
            memset(f->grid.grid + r * f->grid.pitch, 0, f->grid.pitch * sizeof(double));
        for (size_t parity = 0; parity < 2; parity++) {
#pragma omp for schedule(dynamic)
            for (size_t s = parity; s < strips; s += 2) spread_strip(f, s);
        }
#pragma omp for schedule(dynamic, 8)
        for (size_t r = 0; r < f->grid.side; r++) gt_convolution_row_there(&f->grid, r);
    }
}

static void read_off(const gt_field *f, const placed *p, double *force, double *z_of) {
    size_t column = node_of(f, p->u), row = node_of(f, p->v);
    double wx[LANES], wy[LANES], sx[LANES], sy[LANES];
    double along[LANES] = {0}, across[LANES] = {0}, phi = 0, gx = 0, gy = 0;
    shares(p->u - (double)column, wx);
    shares(p->v - (double)row, wy);
    slopes(p->u - (double)column, sx);
    slopes(p->v - (double)row, sy);
    for (size_t a = 0; a < SPAN; a++) {
        const double *node = f->grid.grid + (row + a) * f->grid.pitch + column;
        for (int j = 0; j < LANES; j++) {
            along[j] += wy[a] * node[j];
            across[j] += sy[a] * node[j];
        }
    }
    for (int j = 0; j < SPAN; j++) {
        phi += wx[j] * along[j];
        gx += sx[j] * along[j];
        gy += wx[j] * across[j];
    }
    size_t i = (size_t)p->point;
    force[2 * i] = -0.5 * gx / f->spacing;
    force[2 * i + 1] = -0.5 * gy / f->spacing;
    /* The kernel was lowered by 1 for each of n points; the point itself has a distance of 0.
     */
    z_of[i] = phi + (double)(f->n - 1);
}

gt_status gt_field_repulsion(gt_field *f, const double *y, double *force, double *z_of,
                             gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(lay_grid(f, y, err));
    place_points(f, y);
    spread(f);
    GT_TRY(gt_convolution_columns(&f->grid, err));
#pragma omp parallel
    {
#pragma omp for schedule(dynamic, 8)
        for (size_t r = 0; r < f->grid.side; r++) gt_convolution_row_back(&f->grid, r);
#pragma omp for schedule(static)
        for (size_t i = 0; i < f->n; i++) read_off(f, &f->points[i], force, z_of);
    }
done:
    return status;
}
