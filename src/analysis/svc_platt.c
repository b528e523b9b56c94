/* svc_platt.c - probabilities of support vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folds.h"
#include "svc.h"

enum { NEWTON_STEPS = 100, CALIBRATION_SEED = 0 };

/* ---- The sigmoid of one pair ------------------------------------------------------------- */

/* -(t log p + (1 - t) log(1 - p)) with p = 1 / (1 + e^z), without overflow. */
static double cross_entropy(double z, double target) {
    return z >= 0 ? target * z + log1p(exp(-z)) : (target - 1.0) * z + log1p(exp(z));
}

typedef struct targets {
    size_t n;
    const double *f;
    const uint8_t *positive;
    double high, low;
} targets;

static double target_of(const targets *t, size_t i) {
    return t->positive[i] ? t->high : t->low;
}

static double loss_at(const targets *t, double a, double b) {
    double sum = 0.0;
    for (size_t i = 0; i < t->n; i++) sum += cross_entropy(a * t->f[i] + b, target_of(t, i));
    return sum;
}

/* Gradient, and the Hessian (aa, ab, bb). */
static void derivatives(const targets *t, double a, double b, double g[2], double h[3]) {
    g[0] = g[1] = 0.0;
    h[0] = h[2] = 1e-12; /* keeps it regular when all values of f are equal */
    h[1] = 0.0;
    for (size_t i = 0; i < t->n; i++) {
        double f = t->f[i], z = a * f + b, p = 1.0 / (1.0 + exp(z)), s = p * (1.0 - p),
               r = target_of(t, i) - p;
        g[0] += f * r;
        g[1] += r;
        h[0] += f * f * s;
        h[1] += f * s;
        h[2] += s;
    }
}

void gt_svc_fit_sigmoid(size_t n, const double *f, const uint8_t *positive, double sigmoid[2]) {
    double positives = 0.0, g[2], h[3];
    for (size_t i = 0; i < n; i++) positives += positive[i];
    double negatives = (double)n - positives;
    targets t = {n, f, positive, (positives + 1.0) / (positives + 2.0),
                 1.0 / (negatives + 2.0)};
    double a = 0.0, b = log((negatives + 1.0) / (positives + 1.0)), loss = loss_at(&t, a, b);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        derivatives(&t, a, b, g, h);
        if (fabs(g[0]) < 1e-9 && fabs(g[1]) < 1e-9) break;
        double det = h[0] * h[2] - h[1] * h[1], da = -(h[2] * g[0] - h[1] * g[1]) / det,
               db = -(h[0] * g[1] - h[1] * g[0]) / det, slope = g[0] * da + g[1] * db,
               size = 1.0, next = loss_at(&t, a + da, b + db);
        for (; size > 1e-10 && !(next < loss + 1e-4 * size * slope); size /= 2)
            next = loss_at(&t, a + size / 2 * da, b + size / 2 * db);
        if (!(next < loss)) break; /* as low as rounding lets it be */
        a += size * da;
        b += size * db;
        loss = next;
    }
    sigmoid[0] = a;
    sigmoid[1] = b;
}

/* ---- Held-out decision values ------------------------------------------------------------ */

/* Copies the rows of (or, of = -1, outside) fold `fold`; returns how many. */
static size_t select_rows(const gt_samples *all, const int32_t *folds, int32_t fold,
                          bool inside, float *x, int32_t *labels, size_t *rows) {
    size_t count = 0, width = all->features;
    for (size_t i = 0; i < all->rows; i++) {
        if ((folds[i] == fold) != inside) continue;
        memcpy(x + count * width, all->x + i * width, width * sizeof *x);
        if (labels) labels[count] = all->labels[i];
        if (rows) rows[count] = i;
        count++;
    }
    return count;
}

/* out (rows, pairs): decision values of every row by machines that did not see it. */
static gt_status hold_out(const gt_samples *all, const gt_svc_settings *settings,
                          const int32_t *folds, int32_t count, double *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t pairs = gt_svc_pairs(all->classes);
    gt_svc *machine = NULL;
    float *x = malloc(all->rows * all->features * sizeof *x);
    int32_t *labels = malloc(all->rows * sizeof *labels);
    size_t *rows = malloc(all->rows * sizeof *rows);
    double *f = malloc(all->rows * pairs * sizeof *f);
    if (!x || !labels || !rows || !f)
        GT_THROW(err, GT_NO_MEMORY, "no memory to calibrate %zu rows", all->rows);
    for (int32_t fold = 0; fold < count; fold++) {
        gt_samples part = *all;
        part.x = x;
        part.labels = labels;
        part.rows = select_rows(all, folds, fold, false, x, labels, NULL);
        GT_TRY(gt_svc_train(&part, settings, &machine, err));
        size_t n = select_rows(all, folds, fold, true, x, NULL, rows);
        GT_TRY(gt_svc_decide(machine, n, x, f, err));
        for (size_t i = 0; i < n; i++)
            memcpy(out + rows[i] * pairs, f + i * pairs, pairs * sizeof *f);
        gt_svc_destroy(machine);
        machine = NULL;
    }
done:
    gt_svc_destroy(machine);
    free(x);
    free(labels);
    free(rows);
    free(f);
    return status;
}

static gt_status fit_pairs(gt_svc *svc, const gt_samples *samples, const double *held,
                           gt_error *err) {
    size_t pairs = gt_svc_pairs(svc->classes), pair = 0;
    double *f = malloc(samples->rows * sizeof *f);
    uint8_t *positive = malloc(samples->rows);
    svc->sigmoid = calloc(2 * pairs, sizeof *svc->sigmoid);
    if (f && positive && svc->sigmoid) {
        for (int32_t a = 0; a < svc->classes; a++) {
            for (int32_t b = a + 1; b < svc->classes; b++, pair++) {
                size_t n = 0;
                for (size_t i = 0; i < samples->rows; i++) {
                    if (samples->labels[i] != a && samples->labels[i] != b) continue;
                    f[n] = held[i * pairs + pair];
                    positive[n++] = samples->labels[i] == a;
                }
                gt_svc_fit_sigmoid(n, f, positive, svc->sigmoid + 2 * pair);
            }
        }
    }
    gt_status status = f && positive && svc->sigmoid
                           ? GT_OK
                           : gt_fail(err, GT_NO_MEMORY, "no memory for %zu sigmoids", pairs);
    free(f);
    free(positive);
    return status;
}

static int32_t smallest_class(const gt_samples *samples) {
    size_t least = samples->rows;
    for (int32_t c = 0; c < samples->classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < samples->rows; i++) count += samples->labels[i] == c;
        if (count < least) least = count;
    }
    return least > INT32_MAX ? INT32_MAX : (int32_t)least;
}

gt_status gt_svc_calibrate(gt_svc *svc, const gt_samples *samples,
                           const gt_svc_settings *settings, gt_error *err) {
    gt_status status = GT_OK;
    int32_t least = smallest_class(samples),
            count = settings->folds < least ? (int32_t)settings->folds : least,
            *folds = malloc(samples->rows * sizeof *folds);
    double *held = calloc(samples->rows * gt_svc_pairs(svc->classes), sizeof *held);
    if (!folds || !held)
        GT_THROW(err, GT_NO_MEMORY, "no memory to calibrate %zu rows", samples->rows);
    if (count < 2) goto done;
    GT_TRY(gt_stratified_folds(samples->rows, samples->labels, samples->classes, count,
                               CALIBRATION_SEED, folds, err));
    GT_TRY(hold_out(samples, settings, folds, count, held, err));
    GT_TRY(fit_pairs(svc, samples, held, err));
done:
    free(folds);
    free(held);
    return status;
}

/* ---- Probabilities ----------------------------------------------------------------------- */

/* r (k, k): probability of the row's class against the column's. */
static void pair_probabilities(const gt_svc *svc, const double *f, double *r) {
    const double least = 1e-7;
    size_t k = (size_t)svc->classes, pair = 0;
    for (size_t a = 0; a < k; a++) {
        for (size_t b = a + 1; b < k; b++, pair++) {
            const double *sigmoid = svc->sigmoid + 2 * pair;
            double p = 1.0 / (1.0 + exp(sigmoid[0] * f[pair] + sigmoid[1]));
            r[a * k + b] = fmin(fmax(p, least), 1.0 - least);
            r[b * k + a] = 1.0 - r[a * k + b];
        }
    }
}

/* Turns r into Q: Q[t][t] = sum r[j][t]^2, Q[t][j] = -r[j][t] r[t][j]. */
static void quadratic_form(size_t k, double *r) {
    for (size_t t = 0; t < k; t++) {
        r[t * k + t] = 0.0;
        for (size_t j = 0; j < k; j++)
            if (j != t) r[t * k + t] += r[j * k + t] * r[j * k + t];
    }
    for (size_t t = 0; t < k; t++)
        for (size_t j = t + 1; j < k; j++)
            r[t * k + j] = r[j * k + t] = -r[j * k + t] * r[t * k + j];
}

/* Minimises p'Qp over the simplex: p[t] is set so that (Qp)[t] = p'Qp, then p is scaled to sum
 * 1, until all are. */
void gt_svc_couple(size_t k, double *q, double stop, double *qp, double *p) {
    quadratic_form(k, q);
    for (size_t t = 0; t < k; t++) p[t] = 1.0 / (double)k;
    for (size_t round = 0; round < 100 + k; round++) {
        double form = 0.0, worst = 0.0;
        for (size_t t = 0; t < k; t++) {
            qp[t] = 0.0;
            for (size_t j = 0; j < k; j++) qp[t] += q[t * k + j] * p[j];
            form += p[t] * qp[t];
        }
        for (size_t t = 0; t < k; t++) worst = fmax(worst, fabs(qp[t] - form));
        if (worst < stop) break;
        for (size_t t = 0; t < k; t++) {
            double step = (form - qp[t]) / q[t * k + t], scale = 1.0 + step;
            form = (form + step * (step * q[t * k + t] + 2.0 * qp[t])) / (scale * scale);
            p[t] += step;
            for (size_t j = 0; j < k; j++) {
                qp[j] = (qp[j] + step * q[t * k + j]) / scale;
                p[j] /= scale;
            }
        }
    }
}

void gt_svc_probabilities(const gt_svc *svc, const double *f, double *work, double *out) {
    size_t k = (size_t)svc->classes;
    if (!svc->sigmoid) {
        for (size_t c = 0; c < k; c++) out[c] = NAN;
        return;
    }
    if (k == 2) {
        out[0] = 1.0 / (1.0 + exp(svc->sigmoid[0] * f[0] + svc->sigmoid[1]));
        out[1] = 1.0 - out[0];
        return;
    }
    pair_probabilities(svc, f, work);
    gt_svc_couple(k, work, 1e-10 / (double)k, work + k * k, out);
}
