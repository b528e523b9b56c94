/* frechet.c - Gaussians through two sets.
 *
 * With at least as many rows as columns the root of the covariances' product comes from the
 * matrices of their columns. With fewer rows the centred rows themselves give it: if C_a = A'A
 * and C_b = B'B, then tr (C_a C_b)^1/2 is the sum of the singular values of A B', a matrix of
 * the rows. */
#include "frechet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "moments.h"
#include "tiles.h"

enum { SIZES = 15, LEAST_OF_SIZES = 20, MOST_OF_LEAST = 5000 };

/* Below this share of the traces a distance is what rounding leaves of 0. */
static const double grain = 1e-9;

/* Sums of rows about `shift`, of which moments follow. */
typedef struct sums {
    size_t rows;
    double *total, *products;
} sums;

static gt_status open_sums(size_t columns, sums *out, gt_error *err) {
    out->total = calloc(columns, sizeof *out->total);
    out->products = calloc(columns * columns, sizeof *out->products);
    if (out->total && out->products) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "a covariance of %zu columns", columns);
}

static void close_sums(sums *s) {
    free(s->total);
    free(s->products);
}

/* ---- Of columns -------------------------------------------------------------------------- */

/* The whole symmetric covariance of sums; returns its trace. */
static double covariance(size_t n, const sums *s, double *out) {
    double rows = (double)s->rows, trace = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            out[i * n + j] = out[j * n + i] =
                (s->products[i * n + j] - s->total[i] * s->total[j] / rows) / (rows - 1.0);
    for (size_t i = 0; i < n; i++) trace += out[i * n + i];
    return trace;
}

/* Eigenvalues of a b where a has some that are 0: with a = V'LV those of
 * (L^1/2 V) b (L^1/2 V)'. */
static gt_status spectrum_of_singular(size_t n, double *a, const double *b, double *values,
                                      gt_error *err) {
    gt_status status = GT_OK;
    double *half = malloc(n * n * sizeof *half), *whole = malloc(n * n * sizeof *whole);
    if (!half || !whole) GT_THROW(err, GT_NO_MEMORY, "roots of %zu columns", n);
    GT_TRY(gt_eigen(n, a, true, values, err));
    for (size_t i = 0; i < n; i++) {
        double root = sqrt(fmax(values[i], 0.0));
        for (size_t j = 0; j < n; j++) a[i * n + j] *= root;
    }
    GT_TRY(gt_product(n, n, n, a, b, half, err));
    GT_TRY(gt_product(n, n, n, half, a, whole, err));
    GT_TRY(gt_eigen(n, whole, false, values, err));
done:
    free(half);
    free(whole);
    return status;
}

/* The trace of (a b)^1/2, both of which are lost: by the Cholesky factor of a where it has one.
 */
static gt_status root_trace(size_t n, double *a, double *b, double *out, gt_error *err) {
    gt_status status = GT_OK;
    bool is_regular = false;
    double *values = malloc(n * sizeof *values);
    if (!values) GT_THROW(err, GT_NO_MEMORY, "roots of %zu columns", n);
    GT_TRY(gt_congruent(n, a, b, &is_regular, err));
    if (is_regular)
        GT_TRY(gt_eigen(n, b, false, values, err));
    else
        GT_TRY(spectrum_of_singular(n, a, b, values, err));
    *out = 0.0;
    for (size_t i = 0; i < n; i++) *out += sqrt(fmax(values[i], 0.0));
done:
    free(values);
    return status;
}

static void settle(double mean, double traces, double root, gt_frechet *out) {
    *out = (gt_frechet){mean + traces - 2.0 * root, mean, traces - 2.0 * root};
    if (out->value < grain * traces) out->value = 0.0;
}

static gt_status of_sums(size_t n, const sums *a, const sums *b, gt_frechet *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    double mean = 0.0, root = 0.0, *c_a = malloc(n * n * sizeof *c_a),
           *c_b = malloc(n * n * sizeof *c_b);
    if (!c_a || !c_b) GT_THROW(err, GT_NO_MEMORY, "covariances of %zu columns", n);
    double traces = covariance(n, a, c_a) + covariance(n, b, c_b);
    for (size_t c = 0; c < n; c++) {
        double d = a->total[c] / (double)a->rows - b->total[c] / (double)b->rows;
        mean += d * d;
    }
    GT_TRY(root_trace(n, c_a, c_b, &root, err));
    settle(mean, traces, root, out);
done:
    free(c_a);
    free(c_b);
    return status;
}

static gt_status by_columns(const gt_picked *a, const gt_picked *b, const double *shift,
                            gt_frechet *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t n = a->points->columns;
    sums of_a = {.rows = a->count}, of_b = {.rows = b->count};
    GT_TRY(open_sums(n, &of_a, err));
    GT_TRY(open_sums(n, &of_b, err));
    GT_TRY(gt_picked_sums(a, shift, NULL, of_a.total, of_a.products, err));
    GT_TRY(gt_picked_sums(b, shift, NULL, of_b.total, of_b.products, err));
    GT_TRY(of_sums(n, &of_a, &of_b, out, err));
done:
    close_sums(&of_a);
    close_sums(&of_b);
    return status;
}

/* ---- Of rows ----------------------------------------------------------------------------- */

/* Rows less their mean, by the root of rows - 1; *trace: of their covariance. */
static double *centred_rows(const gt_picked *p, double *mean, double *trace) {
    size_t n = p->points->columns;
    double *out = malloc(p->count * n * sizeof *out),
           scale = 1.0 / sqrt((double)p->count - 1.0);
    if (!out) return NULL;
    gt_picked_mean(p, mean);
    *trace = 0.0;
    for (size_t r = 0; r < p->count; r++) {
        const float *x = p->points->x + (p->rows ? p->rows[r] : r) * n;
        for (size_t c = 0; c < n; c++) {
            double d = ((double)x[c] - mean[c]) * scale;
            out[r * n + c] = d;
            *trace += d * d;
        }
    }
    return out;
}

static gt_status by_rows(const gt_picked *a, const gt_picked *b, gt_frechet *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    size_t n = a->points->columns;
    double *means = malloc(2 * n * sizeof *means), *of_a = NULL, *of_b = NULL, trace_a, trace_b,
           root, mean = 0.0, *products = malloc(a->count * b->count * sizeof *products);
    if (means) {
        of_a = centred_rows(a, means, &trace_a);
        of_b = centred_rows(b, means + n, &trace_b);
    }
    if (!of_a || !of_b || !products)
        GT_THROW(err, GT_NO_MEMORY, "products of %zu rows", a->count);
    for (size_t c = 0; c < n; c++)
        mean += (means[c] - means[n + c]) * (means[c] - means[n + c]);
    GT_TRY(gt_product(a->count, b->count, n, of_a, of_b, products, err));
    GT_TRY(gt_singular_sum(a->count, b->count, products, &root, err));
    settle(mean, trace_a + trace_b, root, out);
done:
    free(means);
    free(of_a);
    free(of_b);
    free(products);
    return status;
}

static bool is_short(const gt_picked *a, const gt_picked *b) {
    return a->count < a->points->columns || b->count < a->points->columns;
}

static gt_status of_picked(const gt_picked *a, const gt_picked *b, const double *shift,
                           gt_frechet *out, gt_error *err) {
    return is_short(a, b) ? by_rows(a, b, out, err) : by_columns(a, b, shift, out, err);
}

/* The mean of a, about which all sums are taken. */
static gt_status open_shift(const gt_points *a, const gt_points *b, size_t least, double **out,
                            gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_points_check(a, least, a->columns, err));
    GT_TRY(gt_points_check(b, least, a->columns, err));
    *out = malloc(a->columns * sizeof **out);
    if (!*out) GT_THROW(err, GT_NO_MEMORY, "a mean of %zu columns", a->columns);
    gt_picked all = {a, NULL, a->rows};
    gt_picked_mean(&all, *out);
done:
    return status;
}

gt_status gt_frechet_distance(const gt_points *a, const gt_points *b, gt_frechet *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    double *shift = NULL;
    GT_TRY(open_shift(a, b, 2, &shift, err));
    gt_picked all_a = {a, NULL, a->rows}, all_b = {b, NULL, b->rows};
    GT_TRY(of_picked(&all_a, &all_b, shift, out, err));
done:
    free(shift);
    return status;
}

/* ---- Endlessly many rows ----------------------------------------------------------------- */

/* Where the straight line of least squares through (x, y) meets x = 0. */
static double intercept(size_t count, const double *x, const double *y) {
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < count; i++) {
        mean_x += x[i] / (double)count;
        mean_y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return mean_y - xy / xx * mean_x;
}

static gt_status of_size(const gt_points *a, const gt_points *b, size_t rows, uint64_t seed,
                         uint32_t step, const double *shift, double *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_frechet f;
    size_t *order_a = gt_drawn_order(a->rows, seed, "judging.sizes", 2 * step),
           *order_b = gt_drawn_order(b->rows, seed, "judging.sizes", 2 * step + 1);
    if (!order_a || !order_b) GT_THROW(err, GT_NO_MEMORY, "an order of %zu rows", a->rows);
    gt_picked of_a = {a, order_a, rows}, of_b = {b, order_b, rows};
    GT_TRY(of_picked(&of_a, &of_b, shift, &f, err));
    *out = f.value;
done:
    free(order_a);
    free(order_b);
    return status;
}

gt_status gt_frechet_limit(const gt_points *a, const gt_points *b, uint64_t seed, double *out,
                           gt_error *err) {
    gt_status status = GT_OK;
    double *shift = NULL, x[SIZES], y[SIZES];
    size_t n = a->rows < b->rows ? a->rows : b->rows, least = n / 10;
    if (least > MOST_OF_LEAST) least = MOST_OF_LEAST;
    if (least < 2) least = 2;
    GT_TRY(open_shift(a, b, LEAST_OF_SIZES, &shift, err));
    for (uint32_t i = 0; i < SIZES; i++) {
        size_t rows = least + (n - least) * i / (SIZES - 1);
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        x[i] = 1.0 / (double)rows;
        GT_TRY(of_size(a, b, rows, seed, i, shift, &y[i], err));
    }
    *out = intercept(SIZES, x, y);
done:
    free(shift);
    return status;
}

/* ---- Halves ------------------------------------------------------------------------------ */

typedef struct halving {
    const gt_points *a, *b;
    const double *shift;
    sums all_a, all_b; /* where rows suffice */
    bool by_columns;
    uint64_t seed;
} halving;

static void take_from(size_t n, const sums *all, const sums *half, sums *out) {
    for (size_t i = 0; i < n; i++) out->total[i] = all->total[i] - half->total[i];
    for (size_t i = 0; i < n * n; i++) out->products[i] = all->products[i] - half->products[i];
}

/* A half of each set, then what it leaves, which needs no rows. */
static gt_status split_columns(const halving *h, const gt_picked *a, const gt_picked *b,
                               double out[2], gt_error *err) {
    gt_status status = GT_OK;
    size_t n = h->a->columns;
    gt_frechet f;
    sums half_a = {.rows = a->count}, half_b = {.rows = b->count},
         rest_a = {.rows = h->a->rows - a->count}, rest_b = {.rows = h->b->rows - b->count};
    GT_TRY(open_sums(n, &half_a, err));
    GT_TRY(open_sums(n, &half_b, err));
    GT_TRY(open_sums(n, &rest_a, err));
    GT_TRY(open_sums(n, &rest_b, err));
    GT_TRY(gt_picked_sums(a, h->shift, NULL, half_a.total, half_a.products, err));
    GT_TRY(gt_picked_sums(b, h->shift, NULL, half_b.total, half_b.products, err));
    take_from(n, &h->all_a, &half_a, &rest_a);
    take_from(n, &h->all_b, &half_b, &rest_b);
    GT_TRY(of_sums(n, &half_a, &half_b, &f, err));
    out[0] = f.value;
    GT_TRY(of_sums(n, &rest_a, &rest_b, &f, err));
    out[1] = f.value;
done:
    close_sums(&half_a);
    close_sums(&half_b);
    close_sums(&rest_a);
    close_sums(&rest_b);
    return status;
}

static gt_status split(const halving *h, size_t number, double out[2], gt_error *err) {
    gt_status status = GT_OK;
    gt_frechet f;
    uint32_t step = 2 * (uint32_t)number;
    size_t half_a = h->a->rows / 2, half_b = h->b->rows / 2,
           *a = gt_drawn_order(h->a->rows, h->seed, "judging.frechet", step),
           *b = gt_drawn_order(h->b->rows, h->seed, "judging.frechet", step + 1);
    if (!a || !b) GT_THROW(err, GT_NO_MEMORY, "an order of %zu rows", h->a->rows);
    gt_picked first_a = {h->a, a, half_a}, first_b = {h->b, b, half_b},
              rest_a = {h->a, a + half_a, h->a->rows - half_a},
              rest_b = {h->b, b + half_b, h->b->rows - half_b};
    if (h->by_columns) {
        GT_TRY(split_columns(h, &first_a, &first_b, out, err));
    } else {
        GT_TRY(by_rows(&first_a, &first_b, &f, err));
        out[0] = f.value;
        GT_TRY(by_rows(&rest_a, &rest_b, &f, err));
        out[1] = f.value;
    }
done:
    free(a);
    free(b);
    return status;
}

/* Each split is of one thread; the first failure, by number, is told. */
static gt_status split_all(const halving *h, size_t splits, double *out, gt_error *err) {
    gt_session *session = gt_session_current();
    gt_status status = GT_OK;
    gt_status *each = calloc(splits + 1, sizeof *each);
    if (!each) GT_THROW(err, GT_NO_MEMORY, "%zu halves", splits);
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < splits; i++)
            each[i] = gt_interrupt_pending() ? GT_INTERRUPTED : split(h, i, out + 2 * i, NULL);
        gt_session_enter(before);
    }
    for (size_t i = 0; i < splits; i++)
        if (each[i])
            GT_THROW(err, each[i], "Frechet distances of halves: %s", gt_status_text(each[i]));
done:
    free(each);
    return status;
}

gt_status gt_frechet_halves(const gt_points *a, const gt_points *b, size_t splits,
                            uint64_t seed, double *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t n = a->columns;
    double *shift = NULL;
    halving h = {
        .a = a, .b = b, .seed = seed, .all_a = {.rows = a->rows}, .all_b = {.rows = b->rows}};
    GT_TRY(open_shift(a, b, 4, &shift, err));
    h.shift = shift;
    h.by_columns = a->rows / 2 >= n && b->rows / 2 >= n;
    if (h.by_columns) {
        gt_picked of_a = {a, NULL, a->rows}, of_b = {b, NULL, b->rows};
        GT_TRY(open_sums(n, &h.all_a, err));
        GT_TRY(open_sums(n, &h.all_b, err));
        GT_TRY(gt_picked_sums(&of_a, shift, NULL, h.all_a.total, h.all_a.products, err));
        GT_TRY(gt_picked_sums(&of_b, shift, NULL, h.all_b.total, h.all_b.products, err));
    }
    GT_TRY(split_all(&h, splits, out, err));
done:
    close_sums(&h.all_a);
    close_sums(&h.all_b);
    free(shift);
    return status;
}
