/* gemm.c - products of large matrices, cut into parts of the result that threads take one by
 * one. */
#include "gemm.h"

#include <omp.h>

#include "failure.h"
#include "onednn.h"
#include "team.h"

typedef struct product {
    bool transpose_a, transpose_b, accumulate;
    int64_t m, n, k, lda, ldb, ldc;
    const float *a, *b;
    float *c;
    int64_t rows, columns; /* parts along each */
    gt_failure failure;
} product;

/* Boundary i of `parts` along `count`, where a kernel's tile ends. */
static int64_t cut(int64_t count, int64_t i, int64_t parts) {
    enum { TILE = 16 };
    int64_t tiles = (count + TILE - 1) / TILE, at = tiles * i / parts * TILE;
    return at < count ? at : count;
}

static void multiply_part(void *self, int64_t i, int worker) {
    product *p = self;
    int64_t row = i / p->columns, column = i % p->columns;
    int64_t m = cut(p->m, row, p->rows), n = cut(p->n, column, p->columns);
    int64_t height = cut(p->m, row + 1, p->rows) - m;
    int64_t width = cut(p->n, column + 1, p->columns) - n;
    gt_error error;
    if (height == 0 || width == 0) return;
    gt_status status = gt_dnn_gemm(p->transpose_a, p->transpose_b, height, width, p->k,
                                   p->a + (p->transpose_a ? m : m * p->lda), p->lda,
                                   p->b + (p->transpose_b ? n * p->ldb : n), p->ldb,
                                   p->c + m * p->ldc + n, p->ldc, p->accumulate, &error);
    gt_failure_record(&p->failure, status, &error);
}

/* Parts of the longer side; of both where there are many threads. */
static void choose_parts(product *p, int threads) {
    static const double worth_it = 1e6; /* flops: about ten microseconds */
    enum { LEAST = 32 };
    double most = 2.0 * (double)p->m * (double)p->n * (double)p->k / worth_it;
    int64_t wanted = threads == 1 || most < 2 ? 1 : most < threads ? (int64_t)most : threads;
    bool is_tall = p->m >= p->n;
    int64_t longer = is_tall ? p->m : p->n, shorter = is_tall ? p->n : p->m;
    int64_t along = wanted, across = 1;
    while (along > 1 && along * LEAST > longer) along = along / 2;
    if (along < wanted) across = wanted / along;
    while (across > 1 && across * LEAST > shorter) across = across / 2;
    p->rows = is_tall ? along : across;
    p->columns = is_tall ? across : along;
}

gt_status gt_gemm_part(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                       const float *a, int64_t lda, const float *b, int64_t ldb, float *c,
                       int64_t ldc, bool accumulate, gt_error *err) {
    int threads = omp_get_max_threads();
    product p = {.transpose_a = transpose_a,
                 .transpose_b = transpose_b,
                 .accumulate = accumulate,
                 .m = m,
                 .n = n,
                 .k = k,
                 .lda = lda,
                 .ldb = ldb,
                 .ldc = ldc,
                 .a = a,
                 .b = b,
                 .c = c};
    choose_parts(&p, threads);
    gt_team_run(threads, p.rows * p.columns, multiply_part, &p);
    return gt_failure_report(&p.failure, err);
}

gt_status gt_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                  const float *a, const float *b, float *c, gt_error *err) {
    return gt_gemm_part(transpose_a, transpose_b, m, n, k, a, transpose_a ? m : k, b,
                        transpose_b ? k : n, c, n, false, err);
}

/* ---- Stacks ---------------------------------------------------------------------------- */

typedef struct stack {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    const float *a, *b;
    float *c;
    gt_failure failure;
} stack;

static void multiply_one(void *self, int64_t i, int worker) {
    stack *s = self;
    gt_error error;
    gt_status status =
        gt_dnn_gemm(s->transpose_a, s->transpose_b, s->m, s->n, s->k, s->a + i * s->m * s->k,
                    s->transpose_a ? s->m : s->k, s->b + i * s->k * s->n,
                    s->transpose_b ? s->k : s->n, s->c + i * s->m * s->n, s->n, false, &error);
    gt_failure_record(&s->failure, status, &error);
}

/* Few products are cut themselves; of many each thread takes some. */
static gt_status matmul(const gt_call *call, gt_error *err) {
    bool ta = call->attr->transpose_a, tb = call->attr->transpose_b;
    gt_product p = gt_product_of(call->inputs[0].shape, call->result.shape, call->attr);
    const float *a = gt_in(call, 0), *b = gt_in(call, 1);
    float *c = gt_out(call);
    gt_status status = GT_OK;
    if (p.count >= call->threads) {
        stack s = {.transpose_a = ta,
                   .transpose_b = tb,
                   .m = p.m,
                   .n = p.n,
                   .k = p.k,
                   .a = a,
                   .b = b,
                   .c = c};
        gt_team_run(call->threads, p.count, multiply_one, &s);
        return gt_failure_report(&s.failure, err);
    }
    for (int64_t i = 0; i < p.count && status == GT_OK; i++)
        status = gt_gemm(ta, tb, p.m, p.n, p.k, a + i * p.m * p.k, b + i * p.k * p.n,
                         c + i * p.m * p.n, err);
    return status;
}

static gt_status count_flops(gt_call *call, gt_error *err) {
    gt_product p = gt_product_of(call->inputs[0].shape, call->result.shape, call->attr);
    call->flops = 2.0 * (double)p.count * (double)p.m * (double)p.n * (double)p.k;
    return GT_OK;
}

const gt_kernel gt_cpu_matmul = {
    .name = "matrix product", .prepare = count_flops, .run = matmul};
