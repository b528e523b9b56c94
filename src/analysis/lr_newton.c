/* lr_newton.c - the optimum of logistic regression: quasi-Newton steps, with a factor of the
 * Hessian only where they need one.
 *
 * Unknowns theta (scores, width): the weights and then the bias of each score; the last column
 * of the rows is 1. Value and gradient are exact in double; the Hessian is gathered from the
 * rows in float, which only the number of steps could tell. */
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "gram.h"
#include "lapack.h"
#include "lr.h"

enum {
    MEMORY = 24,
    UNKNOWNS_AT_MOST = 16384,
    PARTS_AT_MOST = 64,
    PART_ROWS = 64,
    TOGETHER = 4,
    HALVINGS = 60
};

typedef struct newton {
    size_t rows, width, scores, unknowns, parts;
    const int32_t *labels;
    double c;
    gt_gram_digits digits; /* of the Hessian */
    float *x;              /* (rows, width) */
    double *exact;         /* the same in double where x is rounded, else NULL */
    double *shares;        /* (rows, scores) probabilities at the last evaluated theta */
    double *weight;        /* (rows) of one block of the Hessian */
    double *partial;       /* (parts, unknowns + 1) gradient and value of a part of the rows */
    double *scratch;       /* (parts, TOGETHER, width) rows in double */
    double *theta, *trial, *gradient, *step;
    double *moves, *turns; /* (MEMORY, unknowns) steps since the factor, changes of gradient */
    size_t remembered;
    bool has_factor;
    double *diagonal,
        curvature;           /* (unknowns), times: stands for the Hessian without a factor */
    double *hessian, *block; /* (unknowns, unknowns); (width, width) */
} newton;

/* ---- Value and gradient ------------------------------------------------------------------ */

/* Rows first .. first + count - 1 in double, followed by rows of zeros up to TOGETHER. */
static void copy_together(const newton *t, size_t first, size_t count, double *out) {
    size_t values = count * t->width;
    const float *x = t->x + first * t->width;
    if (t->exact)
        memcpy(out, t->exact + first * t->width, values * sizeof *out);
    else
        for (size_t i = 0; i < values; i++) out[i] = x[i];
    memset(out + values, 0, (TOGETHER - count) * t->width * sizeof *out);
}

/* Their products with theta. */
static void dot_together(size_t n, const double *rows, const double *theta, double *out) {
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (size_t j = 0; j < n; j++) {
        s0 += rows[j] * theta[j];
        s1 += rows[n + j] * theta[j];
        s2 += rows[2 * n + j] * theta[j];
        s3 += rows[3 * n + j] * theta[j];
    }
    out[0] = s0, out[1] = s1, out[2] = s2, out[3] = s3;
}

/* out += their sum, each times its scale. */
static void add_together(size_t n, const double *restrict rows, const double *restrict scale,
                         double *restrict out) {
    for (size_t j = 0; j < n; j++)
        out[j] += scale[0] * rows[j] + scale[1] * rows[n + j] + scale[2] * rows[2 * n + j] +
                  scale[3] * rows[3 * n + j];
}

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++) sum += a[j] * b[j];
    return sum;
}

/* Scores become probabilities; returns -log of that of the true class. */
static double logistic(size_t scores, int32_t label, double *s) {
    if (scores == 1) {
        double z = s[0], e = exp(-fabs(z));
        s[0] = z >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
        return log1p(e) + (z >= 0.0 ? z : 0.0) - (label ? z : 0.0);
    }
    double most = s[0], sum = 0.0, truth = s[label];
    for (size_t k = 1; k < scores; k++) most = fmax(most, s[k]);
    for (size_t k = 0; k < scores; k++) sum += s[k] = exp(s[k] - most);
    for (size_t k = 0; k < scores; k++) s[k] /= sum;
    return log(sum) + most - truth;
}

/* `count` rows' share in the gradient and value of a part. */
static void add_rows(const newton *t, const double *theta, size_t first, size_t count,
                     const double *rows, double *gradient) {
    double by_score[TOGETHER];
    for (size_t k = 0; k < t->scores; k++) {
        dot_together(t->width, rows, theta + k * t->width, by_score);
        for (size_t r = 0; r < count; r++) t->shares[(first + r) * t->scores + k] = by_score[r];
    }
    for (size_t r = 0; r < count; r++)
        gradient[t->unknowns] += t->c * logistic(t->scores, t->labels[first + r],
                                                 t->shares + (first + r) * t->scores);
    for (size_t k = 0; k < t->scores; k++) {
        double residual[TOGETHER] = {0};
        for (size_t r = 0; r < count; r++) {
            size_t i = first + r;
            bool is_true = t->scores == 1 ? t->labels[i] == 1 : (size_t)t->labels[i] == k;
            residual[r] = t->c * (t->shares[i * t->scores + k] - (is_true ? 1.0 : 0.0));
        }
        add_together(t->width, rows, residual, gradient + k * t->width);
    }
}

static void add_part(const newton *t, const double *theta, size_t part) {
    double *gradient = t->partial + part * (t->unknowns + 1),
           *rows = t->scratch + part * TOGETHER * t->width;
    size_t first = part * t->rows / t->parts, end = (part + 1) * t->rows / t->parts;
    memset(gradient, 0, (t->unknowns + 1) * sizeof *gradient);
    for (size_t i = first; i < end; i += TOGETHER) {
        size_t count = end - i < TOGETHER ? end - i : TOGETHER;
        copy_together(t, i, count, rows);
        add_rows(t, theta, i, count, rows, gradient);
    }
}

static double bias_sum(const newton *t, const double *theta) {
    double sum = 0.0;
    for (size_t k = 0; k < t->scores; k++) sum += theta[(k + 1) * t->width - 1];
    return t->scores > 1 ? sum : 0.0;
}

/* The value at theta, with gradient and shares. */
static double evaluate(newton *t, const double *theta) {
    const size_t not_worth_it = (size_t)1 << 16;
#pragma omp parallel for schedule(static) if (t->rows * t->unknowns > not_worth_it)
    for (size_t part = 0; part < t->parts; part++) add_part(t, theta, part);
    double biases = bias_sum(t, theta), value = 0.5 * biases * biases;
    for (size_t u = 0; u < t->unknowns; u++) {
        bool is_bias = (u + 1) % t->width == 0;
        t->gradient[u] = is_bias ? biases : theta[u];
        if (!is_bias) value += 0.5 * theta[u] * theta[u];
    }
    for (size_t part = 0; part < t->parts; part++) {
        const double *from = t->partial + part * (t->unknowns + 1);
        for (size_t u = 0; u < t->unknowns; u++) t->gradient[u] += from[u];
        value += from[t->unknowns];
    }
    return value;
}

/* ---- Hessian ----------------------------------------------------------------------------- */

/* Block (a, b), a >= b: sum over rows of C p_a (delta_ab - p_b) x x'. */
static gt_status add_block(newton *t, size_t a, size_t b, gt_error *err) {
    size_t w = t->width;
    double sign = a == b ? 1.0 : -1.0;
    for (size_t i = 0; i < t->rows; i++) {
        const double *p = t->shares + i * t->scores;
        t->weight[i] = t->c * p[a] * (a == b ? 1.0 - p[a] : p[b]);
    }
    double *sums = t->scores == 1 ? t->hessian : t->block; /* one block is all there is */
    memset(sums, 0, w * w * sizeof *sums);
    gt_status status = gt_gram_add(t->rows, w, t->x, t->weight, NULL, t->digits, sums, err);
    if (status || t->scores == 1) return status;
    for (size_t i = 0; i < w; i++) {
        double *to = t->hessian + (a * w + i) * t->unknowns + b * w;
        for (size_t j = 0; j < (a == b ? i + 1 : w); j++)
            to[j] = sign * (j <= i ? t->block[i * w + j] : t->block[j * w + i]);
    }
    return GT_OK;
}

static gt_status fill_hessian(newton *t, double ridge, gt_error *err) {
    gt_status status = GT_OK;
    size_t w = t->width;
    for (size_t a = 0; a < t->scores; a++) {
        for (size_t b = 0; b <= a; b++) {
            GT_TRY(add_block(t, a, b, err));
            if (t->scores > 1)
                t->hessian[((a + 1) * w - 1) * t->unknowns + (b + 1) * w - 1] += 1.0;
        }
    }
    for (size_t u = 0; u < t->unknowns; u++)
        t->hessian[u * t->unknowns + u] += ((u + 1) % w == 0 ? 0.0 : 1.0) + ridge;
done:
    return status;
}

/* Cholesky's factor at the shares of the last evaluation: of float sums, or of double ones
 * where those are not positive definite. Where no row is in doubt the biases have no curvature:
 * then the diagonal gets a little. */
static gt_status factorize(newton *t, gt_error *err) {
    gt_status status = GT_OK;
    lapack_int n = (lapack_int)t->unknowns, info = 1;
    for (double ridge = 0.0; ridge < 1.0 && info > 0;) {
        GT_TRY(fill_hessian(t, ridge, err));
        info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', n, t->hessian, n);
        if (info > 0 && t->digits == GT_GRAM_DOUBLE) ridge = ridge > 0.0 ? ridge * 100 : 1e-9;
        if (info > 0) t->digits = GT_GRAM_DOUBLE;
    }
    if (info != 0)
        GT_THROW(err, GT_NOT_FINITE,
                 "logistic regression: no step from here; are the values far too large?");
done:
    return status;
}

static void add_scaled(size_t n, double scale, const double *a, double *out) {
    for (size_t u = 0; u < n; u++) out[u] += scale * a[u];
}

/* x = (L L')^-1 x, L being the factor, row by row: LAPACK would copy it for one vector. */
static void divide(const newton *t, double *x) {
    size_t n = t->unknowns;
    for (size_t i = 0; i < n; i++) {
        const double *row = t->hessian + i * n;
        x[i] = (x[i] - dot(i, row, x)) / row[i];
    }
    for (size_t i = n; i-- > 0;) {
        const double *row = t->hessian + i * n;
        x[i] /= row[i];
        add_scaled(i, -x[i], row, x);
    }
}

/* step = -H^-1 gradient, H being the last that was factorized, or a diagonal, corrected by what
 * the steps since told of it (limited-memory BFGS, Nocedal 1980). Returns step . gradient. */
static double solve(newton *t) {
    size_t n = t->unknowns;
    double share[MEMORY], length[MEMORY], *step = t->step;
    for (size_t u = 0; u < n; u++) step[u] = -t->gradient[u];
    for (size_t i = t->remembered; i-- > 0;) {
        length[i] = dot(n, t->moves + i * n, t->turns + i * n);
        share[i] = dot(n, t->moves + i * n, step) / length[i];
        add_scaled(n, -share[i], t->turns + i * n, step);
    }
    if (t->has_factor) divide(t, step);
    for (size_t u = 0; !t->has_factor && u < n; u++) step[u] /= t->curvature * t->diagonal[u];
    for (size_t i = 0; i < t->remembered; i++) {
        double already = dot(n, t->turns + i * n, step) / length[i];
        add_scaled(n, share[i] - already, t->moves + i * n, step);
    }
    return dot(n, t->gradient, step);
}

/* ---- The search -------------------------------------------------------------------------- */

/* Goes along the step as far as the value falls enough; returns the value there. */
static double search(newton *t, double value, double slope) {
    double size = 1.0, next = value;
    for (int halving = 0; halving < HALVINGS; halving++, size /= 2) {
        for (size_t u = 0; u < t->unknowns; u++) t->trial[u] = t->theta[u] + size * t->step[u];
        next = evaluate(t, t->trial);
        if (next <= value + 1e-4 * size * slope + 1e-14 * fabs(value)) break;
    }
    memcpy(t->theta, t->trial, t->unknowns * sizeof *t->theta);
    return next;
}

static double scaled_square(const newton *t, const double *x) {
    double sum = 0.0;
    for (size_t u = 0; u < t->unknowns; u++) sum += x[u] * x[u] / t->diagonal[u];
    return sum;
}

/* One step, and what it tells of the Hessian, where that is more than rounding. */
static double advance(newton *t, double value, double slope) {
    size_t n = t->unknowns, at = t->remembered;
    double *move = t->moves + at * n, *turn = t->turns + at * n;
    for (size_t u = 0; u < n; u++) {
        move[u] = -t->theta[u];
        turn[u] = -t->gradient[u];
    }
    value = search(t, value, slope);
    add_scaled(n, 1.0, t->theta, move);
    add_scaled(n, 1.0, t->gradient, turn);
    double length = dot(n, move, turn);
    if (length > 1e-5 * sqrt(dot(n, turn, turn) * dot(n, move, move))) {
        t->remembered++;
        t->curvature = scaled_square(t, turn) / length;
    }
    return value;
}

/* That of the Hessian when no row is decided yet. */
static void fill_diagonal(newton *t) {
    double share = 1.0 / (double)(t->scores > 1 ? t->scores : 2), most = share * (1.0 - share);
    memset(t->diagonal, 0, t->unknowns * sizeof *t->diagonal);
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->width; j++) {
            double x = t->x[i * t->width + j];
            t->diagonal[j] += most * t->c * x * x;
        }
    for (size_t u = t->unknowns; u-- > 0;)
        t->diagonal[u] = t->diagonal[u % t->width] + ((u + 1) % t->width == 0 ? 0.0 : 1.0);
    t->curvature = 1.0;
}

/* A factor costs as much as a dozen steps: the first MEMORY steps do without, which is enough
 * for codes of like spread, and each factor serves for as many. When a third one is needed, the
 * digits of the others may be at fault. */
static gt_status iterate(newton *t, int64_t iterations, gt_error *err) {
    gt_status status = GT_OK;
    double value = evaluate(t, t->theta), slope = -INFINITY;
    int64_t step = 0;
    fill_diagonal(t);
    for (; step < iterations && !(-slope <= 1e-18 * (1.0 + value)); step++) {
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        if (step > 0 && step % MEMORY == 0) {
            if (step > 2 * MEMORY) t->digits = GT_GRAM_DOUBLE;
            t->remembered = 0;
            t->has_factor = true;
            GT_TRY(factorize(t, err));
        }
        slope = solve(t);
        value = advance(t, value, slope);
        if (!isfinite(value) || !isfinite(slope))
            GT_THROW(err, GT_NOT_FINITE,
                     "logistic regression: values so large that sums of them overflow");
    }
    if (-slope > 1e-12 * (1.0 + value))
        gt_remark("logistic regression: %lld steps were not enough", (long long)step);
done:
    return status;
}

/* ---- Making ready ------------------------------------------------------------------------ */

static void close_newton(newton *t) {
    double *all[] = {t->exact, t->shares, t->weight, t->partial,  t->scratch,
                     t->theta, t->trial,  t->step,   t->gradient, t->hessian,
                     t->block, t->moves,  t->turns,  t->diagonal};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    free(t->x);
}

static gt_status open_newton(newton *t, const gt_samples *samples, double c, bool is_reduced,
                             gt_error *err) {
    size_t columns = is_reduced ? samples->rows : samples->features;
    *t = (newton){
        .rows = samples->rows, .labels = samples->labels, .c = c, .digits = GT_GRAM_FLOAT};
    t->width = columns + 1;
    t->scores = samples->classes == 2 ? 1 : (size_t)samples->classes;
    t->parts =
        t->rows / PART_ROWS + 1 < PARTS_AT_MOST ? t->rows / PART_ROWS + 1 : PARTS_AT_MOST;
    if (t->width > UNKNOWNS_AT_MOST / t->scores)
        return gt_fail(err, GT_UNSUPPORTED,
                       "logistic regression of %zu features and %d classes has more than %d "
                       "unknowns",
                       samples->features, samples->classes, UNKNOWNS_AT_MOST);
    t->unknowns = t->scores * t->width;
    t->x = malloc(t->rows * t->width * sizeof *t->x);
    t->exact = is_reduced ? malloc(t->rows * t->width * sizeof *t->exact) : NULL;
    t->shares = malloc(t->rows * t->scores * sizeof(double));
    t->weight = malloc(t->rows * sizeof(double));
    t->partial = malloc(t->parts * (t->unknowns + 1) * sizeof(double));
    t->scratch = malloc(t->parts * TOGETHER * t->width * sizeof(double));
    t->theta = calloc(t->unknowns, sizeof(double));
    t->trial = malloc(t->unknowns * sizeof(double));
    t->gradient = malloc(t->unknowns * sizeof(double));
    t->step = malloc(t->unknowns * sizeof(double));
    t->hessian = malloc(t->unknowns * t->unknowns * sizeof(double));
    t->moves = malloc(MEMORY * t->unknowns * sizeof(double));
    t->turns = malloc(MEMORY * t->unknowns * sizeof(double));
    t->diagonal = malloc(t->unknowns * sizeof(double));
    t->block = malloc(t->width * t->width * sizeof(double));
    if (!t->x || (is_reduced && !t->exact) || !t->shares || !t->weight || !t->partial ||
        !t->scratch || !t->theta || !t->trial || !t->gradient || !t->step || !t->hessian ||
        !t->block || !t->diagonal || !t->moves || !t->turns)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %zu unknowns of %zu rows", t->unknowns,
                       t->rows);
    return GT_OK;
}

static void copy_rows(newton *t, const gt_samples *samples) {
    size_t columns = t->width - 1;
    for (size_t i = 0; i < t->rows; i++) {
        float *to = t->x + i * t->width;
        if (t->exact) {
            t->exact[i * t->width + columns] = 1.0;
            for (size_t j = 0; j < columns; j++) to[j] = (float)t->exact[i * t->width + j];
        } else {
            memcpy(to, samples->x + i * columns, columns * sizeof *to);
        }
        to[columns] = 1.0f;
    }
}

static gt_status store_result(const newton *t, const gt_samples *samples,
                              const gt_lr_basis *basis, gt_lr **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_lr *lr = calloc(1, sizeof *lr);
    if (!lr) GT_THROW(err, GT_NO_MEMORY, "no memory for a classifier");
    *lr = (gt_lr){
        .features = samples->features, .scores = t->scores, .classes = samples->classes};
    lr->weights = calloc(lr->scores * lr->features, sizeof *lr->weights);
    lr->bias = calloc(lr->scores, sizeof *lr->bias);
    if (!lr->weights || !lr->bias) GT_THROW(err, GT_NO_MEMORY, "no memory for a classifier");
    for (size_t k = 0; k < lr->scores; k++) {
        const double *theta = t->theta + k * t->width;
        double *weights = lr->weights + k * lr->features;
        lr->bias[k] = theta[t->width - 1];
        if (t->exact)
            GT_TRY(gt_lr_basis_expand(basis, theta, weights, err));
        else
            memcpy(weights, theta, lr->features * sizeof *weights);
    }
    *out = lr;
    lr = NULL;
done:
    gt_lr_destroy(lr);
    return status;
}

gt_status gt_lr_fit(const gt_samples *samples, const gt_lr_settings *settings, gt_lr **out,
                    gt_error *err) {
    gt_status status = GT_OK;
    newton t;
    gt_lr_basis basis = {0};
    bool is_reduced = samples->features > samples->rows;
    GT_TRY(open_newton(&t, samples, settings->c, is_reduced, err));
    GT_TRY(gt_lapack_ready(err));
    if (is_reduced) GT_TRY(gt_lr_basis_make(samples, t.width, t.exact, &basis, err));
    copy_rows(&t, samples);
    GT_TRY(iterate(&t, settings->iterations, err));
    GT_TRY(store_result(&t, samples, &basis, out, err));
done:
    close_newton(&t);
    gt_lr_basis_free(&basis);
    return status;
}

void gt_lr_destroy(gt_lr *lr) {
    if (!lr) return;
    free(lr->weights);
    free(lr->bias);
    free(lr);
}

void gt_lr_decide(const gt_lr *lr, size_t n, const float *x, double *out) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * lr->features;
        for (size_t k = 0; k < lr->scores; k++) {
            const double *w = lr->weights + k * lr->features;
            double sum = 0.0;
#pragma omp simd reduction(+ : sum)
            for (size_t j = 0; j < lr->features; j++) sum += row[j] * w[j];
            out[i * lr->scores + k] = sum + lr->bias[k];
        }
    }
}
