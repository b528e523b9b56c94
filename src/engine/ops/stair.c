/* stair.c - products with matrices of which a stair counts, and the order of units that makes
 * the weights of a masked autoregressive network such a stair. */
#include "ops.h"

/* ---- stair_matmul ---------------------------------------------------------------------- */

/* Columns of `row` that count. */
static int64_t columns_of(const gt_stair *stair, int64_t row) {
    int step = 0;
    while (row >= stair->row[step]) step++;
    return stair->column[step];
}

static bool stair_matmul_reference(const gt_tensor *node, const double *const *in,
                                   double *out) {
    const gt_attr *at = &node->attr;
    gt_shape a = node->inputs[0]->shape, b = node->inputs[1]->shape;
    int64_t rows = node->shape.dim[0], columns = node->shape.dim[1];
    int64_t inner = a.dim[!at->transpose_a];
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            double sum = 0;
            for (int64_t k = 0; k < inner; k++) {
                int64_t ar = at->transpose_a ? k : i, ac = at->transpose_a ? i : k;
                int64_t br = at->transpose_b ? j : k, bc = at->transpose_b ? k : j;
                int64_t r = at->place == GT_STAIR_A ? ar : at->place == GT_STAIR_B ? br : i;
                int64_t c = at->place == GT_STAIR_A ? ac : at->place == GT_STAIR_B ? bc : j;
                if (c < columns_of(&at->stair, r))
                    sum += in[0][ar * a.dim[1] + ac] * in[1][br * b.dim[1] + bc];
            }
            out[i * columns + j] = sum;
        }
    }
    return true;
}

/* As for matmul (matrix.c): y = A B has gradients gy B' and A' gy. The gradient of a stair is a
 * stair, since what lies outside of it does not act. */
static void stair_matmul_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                             const bool *wanted, gt_tensor **gx) {
    gt_tensor *a = node->inputs[0], *b = node->inputs[1];
    bool ta = node->attr.transpose_a, tb = node->attr.transpose_b;
    const gt_stair *stair = &node->attr.stair;
    gt_stair_place at = node->attr.place;
    gt_stair_place b_first = at == GT_STAIR_A   ? GT_STAIR_RESULT
                             : at == GT_STAIR_B ? GT_STAIR_A
                                                : GT_STAIR_B;
    gt_stair_place b_last = at == GT_STAIR_A   ? GT_STAIR_RESULT
                            : at == GT_STAIR_B ? GT_STAIR_B
                                               : GT_STAIR_A;
    gt_stair_place a_first = at == GT_STAIR_A   ? GT_STAIR_A
                             : at == GT_STAIR_B ? GT_STAIR_RESULT
                                                : GT_STAIR_B;
    gt_stair_place a_last = at == GT_STAIR_A   ? GT_STAIR_B
                            : at == GT_STAIR_B ? GT_STAIR_RESULT
                                               : GT_STAIR_A;
    if (wanted[0])
        gx[0] = ta ? gt_stair_matmul(g, b, gy, tb, true, stair, b_first)
                   : gt_stair_matmul(g, gy, b, false, !tb, stair, b_last);
    if (wanted[1])
        gx[1] = tb ? gt_stair_matmul(g, gy, a, true, ta, stair, a_last)
                   : gt_stair_matmul(g, a, gy, !ta, false, stair, a_first);
}

const gt_op_class gt_op_stair_matmul = {"stair_matmul", GT_OTHER, NULL, stair_matmul_reference,
                                        stair_matmul_vjp};

static bool stair_fits(const gt_stair *stair, gt_shape matrix) {
    bool fits = stair->steps >= 1 && stair->steps <= GT_STAIR_STEPS;
    int64_t row = 0, column = 0;
    for (int i = 0; fits && i < stair->steps; i++) {
        fits = stair->row[i] > row && stair->column[i] >= column;
        row = stair->row[i];
        column = stair->column[i];
    }
    return fits && row == matrix.dim[0] && column <= matrix.dim[1];
}

gt_tensor *gt_stair_matmul(gt_graph *g, gt_tensor *a, gt_tensor *b, bool transpose_a,
                           bool transpose_b, const gt_stair *stair, gt_stair_place place) {
    if (gt_graph_failed(g)) return g->poison;
    char left[96], right[96];
    if (a->shape.rank != 2 || b->shape.rank != 2 ||
        a->shape.dim[!transpose_a] != b->shape.dim[transpose_b])
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_STAIR_MATMUL, "%s%s times %s%s",
                             gt_shape_text(a->shape, left), transpose_a ? " transposed" : "",
                             gt_shape_text(b->shape, right), transpose_b ? " transposed" : "");
    gt_shape shape = GT_SHAPE(a->shape.dim[transpose_a], b->shape.dim[!transpose_b]);
    gt_shape matrix = place == GT_STAIR_A ? a->shape : place == GT_STAIR_B ? b->shape : shape;
    if (!stair_fits(stair, matrix))
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_STAIR_MATMUL,
                             "a stair of %d steps that does not ascend to the last row of %s",
                             stair->steps, gt_shape_text(matrix, left));
    gt_attr attr = {.transpose_a = transpose_a, .transpose_b = transpose_b, .place = place};
    /* steps beyond the last stay 0, so that equal stairs are equal bytes */
    attr.stair.steps = stair->steps;
    for (int i = 0; i < stair->steps; i++) {
        attr.stair.row[i] = stair->row[i];
        attr.stair.column[i] = stair->column[i];
    }
    return gt_graph_append(g, GT_OP_STAIR_MATMUL, shape, (gt_tensor *[]){a, b}, 2, &attr, NULL);
}

/* ---- degrees --------------------------------------------------------------------------- */

int64_t gt_degrees_unit(gt_degrees units, int64_t count, int64_t place) {
    if (!units.sorted) return place;
    int64_t each = count / units.period, rest = count % units.period;
    int64_t longer = rest * (each + 1); /* places of degrees that have one unit more */
    if (place < longer) return place % (each + 1) * units.period + place / (each + 1);
    place -= longer;
    return place % each * units.period + rest + place / each;
}

static int64_t degree_at(gt_degrees units, int64_t count, int64_t place) {
    return gt_degrees_unit(units, count, place) % units.period + units.shift;
}

gt_stair gt_degrees_stair(gt_degrees rows, int64_t row_count, gt_degrees columns,
                          int64_t column_count, int64_t step) {
    gt_stair stair = {0};
    int64_t least = (row_count + GT_STAIR_STEPS - 1) / GT_STAIR_STEPS, column = 0;
    if (step < least) step = least;
    for (int64_t row = 0; row < row_count; stair.steps++) {
        row = row_count - row < step ? row_count : row + step;
        int64_t degree = degree_at(rows, row_count, row - 1);
        while (column < column_count && degree_at(columns, column_count, column) <= degree)
            column++;
        stair.row[stair.steps] = row;
        stair.column[stair.steps] = column;
    }
    return stair;
}

/* ---- arrange --------------------------------------------------------------------------- */

static bool arrange_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_degrees rows = node->attr.rows, columns = node->attr.columns;
    int64_t m = node->shape.dim[0], n = node->shape.dim[1];
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            int64_t there = gt_degrees_unit(rows, m, i) * n + gt_degrees_unit(columns, n, j);
            bool kept = degree_at(rows, m, i) >= degree_at(columns, n, j);
            int64_t from = node->attr.back ? i * n + j : there;
            out[node->attr.back ? there : i * n + j] = kept ? in[0][from] : 0;
        }
    }
    return true;
}

static gt_tensor *append_arrange(gt_graph *g, gt_tensor *x, gt_degrees rows, gt_degrees columns,
                                 bool back) {
    if (gt_graph_failed(g)) return g->poison;
    char text[96];
    if (x->shape.rank != 2)
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_ARRANGE, "%s is not a matrix",
                             gt_shape_text(x->shape, text));
    if (rows.period < 1 || columns.period < 1)
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_ARRANGE,
                             "degrees of period %lld and %lld, expected 1 or more",
                             (long long)rows.period, (long long)columns.period);
    gt_attr attr = {.rows = rows, .columns = columns, .back = back};
    return gt_graph_append(g, GT_OP_ARRANGE, x->shape, &x, 1, &attr, NULL);
}

static void arrange_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    gx[0] = append_arrange(g, gy, node->attr.rows, node->attr.columns, !node->attr.back);
}

const gt_op_class gt_op_arrange = {"arrange", GT_OTHER, NULL, arrange_reference, arrange_vjp};

gt_tensor *gt_arrange(gt_graph *g, gt_tensor *weights, gt_degrees rows, gt_degrees columns) {
    return append_arrange(g, weights, rows, columns, false);
}

gt_tensor *gt_arrange_back(gt_graph *g, gt_tensor *arranged, gt_degrees rows,
                           gt_degrees columns) {
    return append_arrange(g, arranged, rows, columns, true);
}
