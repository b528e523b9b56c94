/* stair.c - a product with a stair is one smaller product a step, none of which overlap. */
#include "kernels.h"

#include <string.h>

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

static gt_status count_flops(gt_call *call, gt_error *err) {
    box boxes[MOST_BOXES];
    stair_product product = product_of(call);
    int count = cut(&product, boxes);
    for (int i = 0; i < count; i++)
        call->flops +=
            2.0 * (double)boxes[i].rows * (double)boxes[i].columns * (double)boxes[i].depth;
    return GT_OK;
}

static gt_status multiply(const stair_product *p, box b, const float *x, const float *y,
                          float *result, gt_error *err) {
    bool ta = p->attr->transpose_a, tb = p->attr->transpose_b;
    int64_t lda = ta ? p->m : p->k, ldb = tb ? p->k : p->n;
    float *to = result + b.m * p->n + b.n;
    if (b.depth == 0) {
        for (int64_t i = 0; i < b.rows; i++)
            memset(to + i * p->n, 0, (size_t)b.columns * sizeof *to);
        return GT_OK;
    }
    return gt_gemm_part(
        ta, tb, b.rows, b.columns, b.depth, x + (ta ? b.k * lda + b.m : b.m * lda + b.k), lda,
        y + (tb ? b.n * ldb + b.k : b.k * ldb + b.n), ldb, to, p->n, false, err);
}

static gt_status run(const gt_call *call, gt_error *err) {
    box boxes[MOST_BOXES];
    gt_status status = GT_OK;
    stair_product product = product_of(call);
    int count = cut(&product, boxes);
    for (int i = 0; i < count && status == GT_OK; i++)
        status =
            multiply(&product, boxes[i], gt_in(call, 0), gt_in(call, 1), gt_out(call), err);
    return status;
}

const gt_kernel gt_cpu_stair_matmul = {
    .name = "stair product", .prepare = count_flops, .run = run};

/* ---- Arrangement ----------------------------------------------------------------------- */

/* Of each place along the columns: the unit that stands there, and its degree. */
typedef struct place {
    int64_t unit, degree;
} place;

static size_t places_bytes(const gt_call *call) {
    return (size_t)call->result.shape.dim[1] * sizeof(place);
}

typedef struct arranging {
    const gt_attr *attr;
    int64_t rows, columns;
    const place *places;
    const float *src;
    float *dst;
} arranging;

static void arrange_rows(void *self, int64_t begin, int64_t end) {
    const arranging *job = self;
    const gt_attr *attr = job->attr;
    int64_t columns = job->columns;
    for (int64_t i = begin; i < end; i++) {
        int64_t unit = gt_degrees_unit(attr->rows, job->rows, i);
        int64_t degree = unit % attr->rows.period + attr->rows.shift;
        const float *from = job->src + (attr->back ? i : unit) * columns;
        float *to = job->dst + (attr->back ? unit : i) * columns;
        const place *at = job->places;
        for (int64_t j = 0; j < columns && attr->back; j++)
            to[at[j].unit] = at[j].degree <= degree ? from[j] : 0;
        for (int64_t j = 0; j < columns && !attr->back; j++)
            to[j] = at[j].degree <= degree ? from[at[j].unit] : 0;
    }
}

static gt_status arrange(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 14 };
    const gt_attr *attr = call->attr;
    int64_t rows = call->result.shape.dim[0], columns = call->result.shape.dim[1];
    place *places = call->scratch;
    for (int64_t j = 0; j < columns; j++) {
        int64_t unit = gt_degrees_unit(attr->columns, columns, j);
        places[j] = (place){unit, unit % attr->columns.period + attr->columns.shift};
    }
    arranging job = {attr, rows, columns, places, gt_in(call, 0), gt_out(call)};
    gt_team_range(call->threads, rows, 1 + GRAIN / columns, arrange_rows, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_arrange = {
    .name = "arrange weights", .scratch = places_bytes, .run = arrange};
