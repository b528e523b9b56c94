/* svc_train.c - training by libsvm, decision values by our own loops.
 *
 * libsvm takes kernel values through sparse rows, element by element. Up to a few thousand rows
 * it gets the whole kernel matrix ready made instead: the same optimization, several times
 * faster. */
#include <libsvm/svm.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distances.h"
#include "svc.h"

enum { MATRIX_ROWS = 4096, CACHE_MEGABYTES = 200 };

size_t gt_svc_pairs(int32_t classes) {
    return (size_t)classes * (size_t)(classes - 1) / 2;
}

void gt_svc_destroy(gt_svc *svc) {
    if (!svc) return;
    free(svc->x);
    free(svc->rows);
    free(svc->counts);
    free(svc->coef);
    free(svc->rho);
    free(svc->sigmoid);
    free(svc);
}

/* What libsvm works on; it keeps pointers into it until its model is freed. */
typedef struct problem {
    struct svm_problem svm;
    struct svm_node *nodes;
    size_t *order; /* rows by class: libsvm numbers classes by their first appearance */
    float *x;      /* in that order */
    double *wide;  /* the same, for the kernel matrix */
} problem;

static void free_problem(problem *p) {
    free(p->svm.x);
    free(p->svm.y);
    free(p->nodes);
    free(p->order);
    free(p->x);
    free(p->wide);
}

/* ---- Giving rows to libsvm --------------------------------------------------------------- */

/* Row i as {0: its number}, {1: K(i,1)}, ..., {n: K(i,n)}, {-1}. */
static void fill_kernel(problem *p, size_t n, size_t features, double gamma) {
#pragma omp parallel for schedule(dynamic, 8)
    for (size_t i = 0; i < n; i++) {
        struct svm_node *row = p->nodes + i * (n + 2);
        double distance[MATRIX_ROWS];
        gt_distances_squared(features, p->wide + i * features, i + 1, p->wide, distance);
        row[0] = (struct svm_node){0, (double)(i + 1)};
        row[n + 1] = (struct svm_node){-1, 0.0};
        for (size_t j = 0; j <= i; j++) {
            double value = exp(-gamma * distance[j]);
            row[j + 1] = (struct svm_node){(int)(j + 1), value};
            p->nodes[j * (n + 2) + i + 1] = (struct svm_node){(int)(i + 1), value};
        }
    }
}

static void fill_rows(problem *p, size_t n, size_t features) {
    for (size_t i = 0; i < n; i++) {
        struct svm_node *row = p->nodes + i * (features + 1);
        for (size_t j = 0; j < features; j++)
            row[j] = (struct svm_node){(int)(j + 1), p->x[i * features + j]};
        row[features] = (struct svm_node){-1, 0.0};
    }
}

static void sort_rows(problem *p, const gt_samples *samples) {
    size_t count = 0, width = samples->features;
    for (int32_t c = 0; c < samples->classes; c++)
        for (size_t i = 0; i < samples->rows; i++)
            if (samples->labels[i] == c) p->order[count++] = i;
    for (size_t i = 0; i < count; i++) {
        memcpy(p->x + i * width, samples->x + p->order[i] * width, width * sizeof *p->x);
        p->svm.y[i] = samples->labels[p->order[i]];
    }
}

static gt_status make_problem(const gt_samples *samples, double gamma, problem *p,
                              gt_error *err) {
    size_t n = samples->rows, features = samples->features, length;
    bool has_matrix = n <= MATRIX_ROWS;
    length = has_matrix ? n + 2 : features + 1;
    if (n > INT32_MAX || features >= INT32_MAX || n > SIZE_MAX / sizeof *p->nodes / length)
        return gt_fail(err, GT_UNSUPPORTED, "support vectors of %zu rows of %zu features", n,
                       features);
    p->svm.l = (int)n;
    p->svm.y = calloc(n, sizeof *p->svm.y);
    p->svm.x = calloc(n, sizeof *p->svm.x);
    p->order = calloc(n, sizeof *p->order);
    p->x = calloc(n * features, sizeof *p->x);
    p->nodes = malloc(n * length * sizeof *p->nodes);
    p->wide = calloc(has_matrix ? n * features : 1, sizeof *p->wide);
    if (!p->wide || !p->svm.y || !p->svm.x || !p->order || !p->x || !p->nodes)
        return gt_fail(err, GT_NO_MEMORY, "support vectors of %zu rows need %.1f GB", n,
                       (double)(n * length * sizeof *p->nodes) * 1e-9);
    sort_rows(p, samples);
    if (has_matrix) {
        gt_widen(n * features, p->x, p->wide);
        fill_kernel(p, n, features, gamma);
    } else {
        fill_rows(p, n, features);
    }
    for (size_t i = 0; i < n; i++) p->svm.x[i] = p->nodes + i * length;
    return GT_OK;
}

/* ---- Taking the result back -------------------------------------------------------------- */

static gt_status store_model(const struct svm_model *model, const problem *p,
                             const gt_samples *samples, double gamma, gt_svc **out,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t pairs = gt_svc_pairs(samples->classes), l = (size_t)model->l,
           width = samples->features;
    gt_svc *s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for support vectors");
    *s = (gt_svc){.features = width, .vectors = l, .classes = samples->classes, .gamma = gamma};
    s->x = calloc(l * width + 1, sizeof *s->x);
    s->rows = calloc(l + 1, sizeof *s->rows);
    s->counts = calloc((size_t)s->classes, sizeof *s->counts);
    s->coef = calloc((size_t)s->classes * (l + 1), sizeof *s->coef);
    s->rho = calloc(pairs, sizeof *s->rho);
    if (!s->x || !s->rows || !s->counts || !s->coef || !s->rho)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu support vectors", l);
    for (size_t v = 0; v < l; v++) {
        size_t row = (size_t)model->sv_indices[v] - 1;
        s->rows[v] = (int32_t)p->order[row];
        memcpy(s->x + v * width, p->x + row * width, width * sizeof *s->x);
    }
    for (int32_t k = 0; k + 1 < s->classes; k++)
        memcpy(s->coef + (size_t)k * l, model->sv_coef[k], l * sizeof *s->coef);
    memcpy(s->rho, model->rho, pairs * sizeof *s->rho);
    for (int32_t c = 0; c < s->classes; c++) s->counts[c] = model->nSV[c];
    *out = s;
    s = NULL;
done:
    gt_svc_destroy(s);
    return status;
}

static void print_nothing(const char *text) {}

gt_status gt_svc_train(const gt_samples *samples, const gt_svc_settings *settings, gt_svc **out,
                       gt_error *err) {
    gt_status status = GT_OK;
    problem p = {0};
    struct svm_model *model = NULL;
    struct svm_parameter how = {.svm_type = C_SVC,
                                .kernel_type = RBF,
                                .gamma = settings->gamma,
                                .C = settings->c,
                                .cache_size = CACHE_MEGABYTES,
                                .eps = settings->tolerance,
                                .shrinking = 1};
    if (samples->rows <= MATRIX_ROWS) how.kernel_type = PRECOMPUTED;
    GT_TRY(make_problem(samples, settings->gamma, &p, err));
    svm_set_print_string_function(print_nothing);
    const char *refusal = svm_check_parameter(&p.svm, &how);
    if (refusal) GT_THROW(err, GT_BAD_ARGUMENT, "support vectors: %s", refusal);
    model = svm_train(&p.svm, &how);
    if (!model || model->nr_class != samples->classes)
        GT_THROW(err, GT_BAD_ARGUMENT, "support vectors of %d classes were not found",
                 samples->classes);
    status = store_model(model, &p, samples, settings->gamma, out, err);
done:
    if (model) svm_free_and_destroy_model(&model);
    free_problem(&p);
    return status;
}

/* ---- Deciding ---------------------------------------------------------------------------- */

static void decide_row(const gt_svc *s, const double *kernel, double *out) {
    size_t first_a = 0;
    for (int32_t a = 0; a < s->classes; a++) {
        size_t first_b = first_a + (size_t)s->counts[a];
        for (int32_t b = a + 1; b < s->classes; b++) {
            const double *against_b = s->coef + (size_t)(b - 1) * s->vectors,
                         *against_a = s->coef + (size_t)a * s->vectors;
            size_t end_a = first_a + (size_t)s->counts[a],
                   end_b = first_b + (size_t)s->counts[b];
            double sum = 0.0;
            for (size_t v = first_a; v < end_a; v++) sum += against_b[v] * kernel[v];
            for (size_t v = first_b; v < end_b; v++) sum += against_a[v] * kernel[v];
            *out++ = sum;
            first_b = end_b;
        }
        first_a += (size_t)s->counts[a];
    }
}

/* Kernel values of one row with all vectors. */
static void kernel_row(const gt_svc *s, const double *x, const double *vectors,
                       double *kernel) {
    gt_distances_squared(s->features, x, s->vectors, vectors, kernel);
    for (size_t v = 0; v < s->vectors; v++) kernel[v] = exp(-s->gamma * kernel[v]);
}

gt_status gt_svc_decide(const gt_svc *s, size_t n, const float *x, double *out, gt_error *err) {
    size_t pairs = gt_svc_pairs(s->classes);
    double *vectors = malloc((s->vectors * s->features + 1) * sizeof *vectors);
    int failed = vectors == NULL;
    if (vectors) gt_widen(s->vectors * s->features, s->x, vectors);
#pragma omp parallel reduction(| : failed)
    {
        double *kernel = malloc((s->vectors + 1) * sizeof *kernel),
               *row = malloc(s->features * sizeof *row);
        failed |= !kernel || !row;
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            if (!vectors || !kernel || !row) continue;
            gt_widen(s->features, x + i * s->features, row);
            kernel_row(s, row, vectors, kernel);
            decide_row(s, kernel, out + i * pairs);
            for (size_t p = 0; p < pairs; p++) out[i * pairs + p] -= s->rho[p];
        }
        free(kernel);
        free(row);
    }
    free(vectors);
    if (failed) return gt_fail(err, GT_NO_MEMORY, "kernel of %zu vectors", s->vectors);
    return GT_OK;
}
