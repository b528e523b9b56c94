/* stair.c - a product with a stair is one smaller product a step, none of which overlap. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "onednn.h"
#include "team.h"

/* ---- Products -------------------------------------------------------------------------- */

/* A product (m,n) = (m,k) (k,n) with the attributes of a STAIR_MATMUL. */
typedef struct stair_product {
    const gt_attr *attr;
    int64_t m, n, k;
} stair_product;

/* Rows [m, m + rows) and columns [n, n + columns) of the result, which are the product over
 * [k, k + depth); depth 0: zeros. */
typedef struct box {
    int64_t m, n, k, rows, columns, depth;
} box;

enum { MOST_BOXES = 2 * GT_STAIR_STEPS + 1 };

/* Where the rows and the columns of the stair lie in the product. */
typedef enum axis { AXIS_M, AXIS_N, AXIS_K } axis;

static axis axis_of_rows(const gt_attr *at) {
    if (at->place == GT_STAIR_A) return at->transpose_a ? AXIS_K : AXIS_M;
    if (at->place == GT_STAIR_B) return at->transpose_b ? AXIS_N : AXIS_K;
    return AXIS_M;
}

static axis axis_of_columns(const gt_attr *at) {
    if (at->place == GT_STAIR_A) return at->transpose_a ? AXIS_M : AXIS_K;
    if (at->place == GT_STAIR_B) return at->transpose_b ? AXIS_K : AXIS_N;
    return AXIS_N;
}

static void narrow(box *b, axis along, int64_t start, int64_t length) {
    if (along == AXIS_M) b->m = start, b->rows = length;
    if (along == AXIS_N) b->n = start, b->columns = length;
    if (along == AXIS_K) b->k = start, b->depth = length;
}

static int add(box *boxes, int count, box one) {
    if (one.rows > 0 && one.columns > 0) boxes[count++] = one;
    return count;
}

/* The result in boxes: by steps of rows, or, where the rows are summed over, by the columns
 * that a step adds, which it shares with all steps behind it. */
static int cut(const stair_product *p, box *boxes) {
    const gt_stair *stair = &p->attr->stair;
    axis rows = axis_of_rows(p->attr), columns = axis_of_columns(p->attr);
    box whole = {.rows = p->m, .columns = p->n, .depth = p->k};
    int64_t width = columns == AXIS_M ? p->m : columns == AXIS_N ? p->n : p->k;
    int64_t row = 0, column = 0, count = 0;
    for (int i = 0; i < stair->steps; i++) {
        box one = whole;
        if (rows == AXIS_K) {
            narrow(&one, AXIS_K, row, p->k - row);
            narrow(&one, columns, column, stair->column[i] - column);
        } else {
            narrow(&one, rows, row, stair->row[i] - row);
            narrow(&one, columns, 0, stair->column[i]);
        }
        count = add(boxes, (int)count, one);
        if (columns == AXIS_N && rows == AXIS_M) {
            narrow(&one, AXIS_N, stair->column[i], width - stair->column[i]);
            one.depth = 0;
            count = add(boxes, (int)count, one);
        }
        row = stair->row[i];
        column = stair->column[i];
    }
    if (rows == AXIS_K) {
        narrow(&whole, columns, column, width - column);
        whole.depth = 0;
        count = add(boxes, (int)count, whole);
    }
    return (int)count;
}

static stair_product product_of(const gt_call *call) {
    const gt_attr *attr = call->attr;
    return (stair_product){.attr = attr,
                           .m = call->result.shape.dim[0],
                           .n = call->result.shape.dim[1],
                           .k = call->inputs[0].shape.dim[attr->transpose_a ? 0 : 1]};
}

static double flops_of(box b) {
    return 2.0 * (double)b.rows * (double)b.columns * (double)b.depth;
}

static gt_status count_flops(gt_call *call, gt_error *err) {
    box boxes[MOST_BOXES];
    stair_product product = product_of(call);
    int count = cut(&product, boxes);
    for (int i = 0; i < count; i++) call->flops += flops_of(boxes[i]);
    return GT_OK;
}

enum { MOST_SHARES = MOST_BOXES + 2 * GT_TEAM_MOST };

/* Boxes as the threads take them, the largest first, so that all end at about one time. */
typedef struct shares {
    stair_product product;
    const float *x, *y;
    float *result;
    int count;
    box boxes[MOST_SHARES];
    gt_failure failure;
} shares;

static int by_flops(const void *a, const void *b) {
    double first = flops_of(*(const box *)a), second = flops_of(*(const box *)b);
    return (first < second) - (first > second);
}

/* Halves what is more than a thread's fair share of the work, along the longer side, where a
 * kernel's tile ends. */
static void share_out(shares *s, int threads) {
    enum { TILE = 16, LEAST = 2 * TILE };
    double total = 0;
    s->count = cut(&s->product, s->boxes);
    for (int i = 0; i < s->count; i++) total += flops_of(s->boxes[i]);
    for (int i = 0; i < s->count && threads > 1 && s->count < MOST_SHARES; i++) {
        box *one = &s->boxes[i], rest = *one;
        bool is_tall = one->rows > one->columns;
        int64_t longer = is_tall ? one->rows : one->columns;
        if (flops_of(*one) <= total / (2 * threads) || longer < 2 * LEAST) continue;
        int64_t half = longer / 2 / TILE * TILE;
        narrow(one, is_tall ? AXIS_M : AXIS_N, is_tall ? one->m : one->n, half);
        narrow(&rest, is_tall ? AXIS_M : AXIS_N, (is_tall ? rest.m : rest.n) + half,
               longer - half);
        s->boxes[s->count++] = rest;
        i--;
    }
    qsort(s->boxes, (size_t)s->count, sizeof *s->boxes, by_flops);
}

static void clear(float *to, int64_t rows, int64_t columns, int64_t stride) {
    for (int64_t i = 0; i < rows; i++) memset(to + i * stride, 0, (size_t)columns * sizeof *to);
}

static void multiply(void *self, int64_t i, int worker) {
    shares *s = self;
    const stair_product *p = &s->product;
    box b = s->boxes[i];
    bool ta = p->attr->transpose_a, tb = p->attr->transpose_b;
    int64_t lda = ta ? p->m : p->k, ldb = tb ? p->k : p->n;
    float *to = s->result + b.m * p->n + b.n;
    gt_error error;
    if (b.depth == 0) {
        clear(to, b.rows, b.columns, p->n);
        return;
    }
    gt_status status = gt_dnn_gemm(
        ta, tb, b.rows, b.columns, b.depth, s->x + (ta ? b.k * lda + b.m : b.m * lda + b.k),
        lda, s->y + (tb ? b.n * ldb + b.k : b.k * ldb + b.n), ldb, to, p->n, false, &error);
    gt_failure_record(&s->failure, status, &error);
}

static gt_status run(const gt_call *call, gt_error *err) {
    shares s = {.product = product_of(call),
                .x = gt_in(call, 0),
                .y = gt_in(call, 1),
                .result = gt_out(call)};
    share_out(&s, call->threads);
    gt_team_run(call->threads, s.count, multiply, &s);
    return gt_failure_report(&s.failure, err);
}

const gt_kernel gt_cpu_stair_matmul = {
    .name = "stair product", .prepare = count_flops, .run = run};

/* ---- Arrangement ----------------------------------------------------------------------- */

/* Of each column written: the column it is read from, and the degree of their unit. */
typedef struct origin {
    int64_t column, degree;
} origin;

static size_t origins_bytes(const gt_call *call) {
    return (size_t)call->result.shape.dim[1] * sizeof(origin);
}

typedef struct arranging {
    const gt_attr *attr;
    int64_t rows, columns;
    const origin *origins;
    const float *src;
    float *dst;
} arranging;

static void arrange_rows(void *self, int64_t begin, int64_t end) {
    const arranging *job = self;
    const gt_attr *attr = job->attr;
    const origin *origins = job->origins;
    int64_t columns = job->columns;
    for (int64_t i = begin; i < end; i++) {
        int64_t unit = gt_degrees_unit(attr->rows, job->rows, i);
        int64_t degree = unit % attr->rows.period + attr->rows.shift;
        const float *from = job->src + (attr->back ? i : unit) * columns;
        float *to = job->dst + (attr->back ? unit : i) * columns;
        for (int64_t j = 0; j < columns; j++)
            to[j] = origins[j].degree <= degree ? from[origins[j].column] : 0;
    }
}

static gt_status arrange(const gt_call *call, gt_error *err) {
    const gt_attr *attr = call->attr;
    int64_t rows = call->result.shape.dim[0], columns = call->result.shape.dim[1];
    origin *origins = call->scratch;
    for (int64_t j = 0; j < columns; j++) {
        int64_t unit = gt_degrees_unit(attr->columns, columns, j);
        int64_t degree = unit % attr->columns.period + attr->columns.shift;
        origins[attr->back ? unit : j] = (origin){attr->back ? j : unit, degree};
    }
    arranging job = {attr, rows, columns, origins, gt_in(call, 0), gt_out(call)};
    gt_team_range(call->threads, rows, gt_grain_of(columns), arrange_rows, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_arrange = {
    .name = "arrange weights", .scratch = origins_bytes, .run = arrange};
