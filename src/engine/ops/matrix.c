/* matrix.c - products, inverses and determinants of matrices. */
#include "ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- matmul --------------------------------------------------------------------------- */

/* One product: a (rows,inner) or its transpose, b (inner,columns) or its transpose. */
static void multiply(const gt_attr *attr, int64_t rows, int64_t columns, int64_t inner,
                     const double *a, const double *b, double *out) {
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            double sum = 0;
            for (int64_t k = 0; k < inner; k++)
                sum += a[attr->transpose_a ? k * rows + i : i * inner + k] *
                       b[attr->transpose_b ? j * inner + k : k * columns + j];
            out[i * columns + j] = sum;
        }
    }
}

static bool matmul_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_product p = gt_product_of(node->inputs[0]->shape, node->shape, &node->attr);
    for (int64_t n = 0; n < p.count; n++)
        multiply(&node->attr, p.m, p.n, p.k, in[0] + n * p.m * p.k, in[1] + n * p.k * p.n,
                 out + n * p.m * p.n);
    return true;
}

/* y = A B with A = op(a), B = op(b): gradients gy B' and A' gy, transposed where op does. */
static void matmul_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gt_tensor *a = node->inputs[0], *b = node->inputs[1];
    bool ta = node->attr.transpose_a, tb = node->attr.transpose_b;
    if (wanted[0]) gx[0] = ta ? gt_matmul(g, b, gy, tb, true) : gt_matmul(g, gy, b, false, !tb);
    if (wanted[1]) gx[1] = tb ? gt_matmul(g, gy, a, true, ta) : gt_matmul(g, a, gy, !ta, false);
}

const gt_op_class gt_op_matmul = {"matmul", GT_OTHER, NULL, matmul_reference, matmul_vjp};

/* Whether two stacks of matrices have as many, along the same axes, that can be multiplied. */
static bool stacks_fit(gt_shape a, gt_shape b, bool transpose_a, bool transpose_b) {
    enum { MOST = 4 };
    if (a.rank < 2 || a.rank > MOST || a.rank != b.rank) return false;
    for (int i = 0; i < a.rank - 2; i++)
        if (a.dim[i] != b.dim[i]) return false;
    return a.dim[a.rank - 1 - transpose_a] == b.dim[b.rank - 2 + transpose_b];
}

gt_tensor *gt_matmul(gt_graph *g, gt_tensor *a, gt_tensor *b, bool transpose_a,
                     bool transpose_b) {
    if (gt_graph_failed(g)) return g->poison;
    if (!stacks_fit(a->shape, b->shape, transpose_a, transpose_b)) {
        char left[96], right[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_MATMUL, "%s%s times %s%s",
                             gt_shape_text(a->shape, left), transpose_a ? " transposed" : "",
                             gt_shape_text(b->shape, right), transpose_b ? " transposed" : "");
    }
    gt_shape shape = a->shape;
    int last = shape.rank - 1;
    shape.dim[last - 1] = a->shape.dim[last - !transpose_a];
    shape.dim[last] = b->shape.dim[last - transpose_b];
    gt_attr attr = {.transpose_a = transpose_a, .transpose_b = transpose_b};
    return gt_graph_append(g, GT_OP_MATMUL, shape, (gt_tensor *[]){a, b}, 2, &attr, NULL);
}

/* ---- inverse and determinant ----------------------------------------------------------- */

static void swap_rows(double *m, int64_t n, int64_t a, int64_t b) {
    for (int64_t j = 0; j < n; j++) {
        double held = m[a * n + j];
        m[a * n + j] = m[b * n + j];
        m[b * n + j] = held;
    }
}

static int64_t pivot_row(const double *m, int64_t n, int64_t column) {
    int64_t best = column;
    for (int64_t i = column + 1; i < n; i++) {
        if (fabs(m[i * n + column]) > fabs(m[best * n + column])) best = i;
    }
    return best;
}

static void subtract_row(double *m, int64_t n, int64_t from, int64_t row, double factor) {
    for (int64_t j = 0; j < n; j++) m[from * n + j] -= factor * m[row * n + j];
}

/* Gauss-Jordan with partial pivoting: destroys m, does the same to out, which starts as 1. A
 * singular matrix divides by zero, and the result is not finite. */
static void invert(double *m, double *out, int64_t n) {
    memset(out, 0, (size_t)(n * n) * sizeof *out);
    for (int64_t i = 0; i < n; i++) out[i * n + i] = 1;
    for (int64_t c = 0; c < n; c++) {
        int64_t p = pivot_row(m, n, c);
        swap_rows(m, n, c, p);
        swap_rows(out, n, c, p);
        double pivot = m[c * n + c];
        for (int64_t j = 0; j < n; j++) {
            m[c * n + j] /= pivot;
            out[c * n + j] /= pivot;
        }
        for (int64_t i = 0; i < n; i++) {
            double factor = m[i * n + c];
            if (i == c) continue;
            subtract_row(m, n, i, c, factor);
            subtract_row(out, n, i, c, factor);
        }
    }
}

/* Sum of log |pivot| of Gaussian elimination; -infinity for a singular matrix. Destroys m. */
static double log_det(double *m, int64_t n) {
    double sum = 0;
    for (int64_t c = 0; c < n; c++) {
        swap_rows(m, n, c, pivot_row(m, n, c));
        double pivot = m[c * n + c];
        if (pivot == 0) return -INFINITY;
        sum += log(fabs(pivot));
        for (int64_t i = c + 1; i < n; i++) subtract_row(m, n, i, c, m[i * n + c] / pivot);
    }
    return sum;
}

static double *copy_matrix(const double *a, int64_t n) {
    double *m = malloc((size_t)(n * n) * sizeof *m);
    return m ? memcpy(m, a, (size_t)(n * n) * sizeof *m) : NULL;
}

static bool inverse_reference(const gt_tensor *node, const double *const *in, double *out) {
    int64_t n = node->shape.dim[0];
    double *m = copy_matrix(in[0], n);
    if (!m) return false;
    invert(m, out, n);
    free(m);
    return true;
}

static bool log_abs_det_reference(const gt_tensor *node, const double *const *in, double *out) {
    int64_t n = node->inputs[0]->shape.dim[0];
    double *m = copy_matrix(in[0], n);
    if (!m) return false;
    *out = log_det(m, n);
    free(m);
    return true;
}

/* d(A^-1) = -A^-1 dA A^-1 */
static void inverse_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    gt_tensor *y = g->nodes[node->id];
    gx[0] = gt_neg(g, gt_matmul(g, gt_matmul(g, y, gy, true, false), y, false, true));
}

/* d log |det A| = trace(A^-1 dA) */
static void log_abs_det_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                            const bool *wanted, gt_tensor **gx) {
    gt_tensor *inverse = gt_inverse(g, node->inputs[0]);
    gx[0] = gt_mul(g, gt_permute(g, inverse, (const int[]){1, 0}), gy);
}

const gt_op_class gt_op_inverse = {"inverse", GT_OTHER, NULL, inverse_reference, inverse_vjp};
const gt_op_class gt_op_log_abs_det = {"log_abs_det", GT_OTHER, NULL, log_abs_det_reference,
                                       log_abs_det_vjp};

static gt_tensor *append_square(gt_graph *g, gt_op op, gt_tensor *a, gt_shape shape) {
    if (gt_graph_failed(g)) return g->poison;
    if (a->shape.rank != 2 || a->shape.dim[0] != a->shape.dim[1]) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, op, "%s is not a square matrix",
                             gt_shape_text(a->shape, text));
    }
    return gt_graph_append(g, op, shape, &a, 1, NULL, NULL);
}

gt_tensor *gt_inverse(gt_graph *g, gt_tensor *a) {
    return append_square(g, GT_OP_INVERSE, a, a->shape);
}

gt_tensor *gt_log_abs_det(gt_graph *g, gt_tensor *a) {
    return append_square(g, GT_OP_LOG_ABS_DET, a, gt_shape_scalar());
}
