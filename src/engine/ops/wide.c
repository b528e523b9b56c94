/* wide.c - attention of every pixel to all others, linear in the pixels (Shen et al. 2018), of
 * heads side by side.
 *
 * q (N,C,H,W) has queries, kv (N,2C,H,W) keys and then values; of a head, as matrices of pixels
 * by channels, Q = softmax(q) / sqrt(size) along the channels, K = softmax(k) along the pixels,
 * and y = Q (K' v).
 *
 * As with attention to neighbours (near.c) two ops have it and its derivatives:
 *   WIDE (q, kv)            y
 *   WIDE (q, kv, t)         J t: how y moves when q, k, v move along the thirds of t (N,3C,H,W)
 *   WIDE_BACK (q, kv, g)    J' g, in such thirds: the gradient of g . y
 *   WIDE_BACK (q, kv, g, t) H t: how that gradient moves
 * Beyond that y is made of other ops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

/* ---- Reference ------------------------------------------------------------------------- */

/* A number, and how it moves. */
typedef struct dual {
    double value, moves;
} dual;

static dual times(dual a, dual b) {
    return (dual){a.value * b.value, a.moves * b.value + a.value * b.moves};
}

static void add(dual *sum, dual a) {
    sum->value += a.value;
    sum->moves += a.moves;
}

/* A head of an image: matrices of `size` rows of pixels, as they lie, and of size by size. */
enum { Q, K, V, G, GQ, GK, Y, LARGE, C = LARGE, GC, MATRICES };
typedef struct head {
    int64_t size, pixels;
    double scale;
    dual *of[MATRICES];
} head;

/* From a third of values and one of motions; NULL: none. */
static void read(const head *h, const double *value, const double *moves, int matrix) {
    for (int64_t i = 0; i < h->size * h->pixels; i++)
        h->of[matrix][i] = (dual){value[i], moves ? moves[i] : 0};
}

/* Along a line of numbers `step` apart: y (x - the mean of x by the weights y / scale). That is
 * the gradient of a softmax y, and how it moves when x is how its scores do. */
static void lean(const dual *y, dual *x, int64_t length, int64_t step, double scale) {
    dual mean = {0, 0};
    for (int64_t i = 0; i < length * step; i += step) add(&mean, times(y[i], x[i]));
    for (int64_t i = 0; i < length * step; i += step) {
        dual rest = {x[i].value - mean.value / scale, x[i].moves - mean.moves / scale};
        x[i] = times(y[i], rest);
    }
}

/* Softmax times scale. */
static void soften(dual *x, int64_t length, int64_t step, double scale) {
    double largest = -INFINITY, sum = 0, mean = 0;
    for (int64_t i = 0; i < length * step; i += step) largest = fmax(largest, x[i].value);
    for (int64_t i = 0; i < length * step; i += step)
        sum += x[i].value = exp(x[i].value - largest);
    for (int64_t i = 0; i < length * step; i += step) {
        x[i].value *= scale / sum;
        mean += x[i].value * x[i].moves / scale;
    }
    for (int64_t i = 0; i < length * step; i += step)
        x[i].moves = x[i].value * (x[i].moves - mean);
}

static void each_pixel(const head *h, int y, int x) {
    for (int64_t n = 0; n < h->pixels; n++) {
        if (x < 0)
            soften(h->of[y] + n, h->size, h->pixels, h->scale);
        else
            lean(h->of[y] + n, h->of[x] + n, h->size, h->pixels, h->scale);
    }
}

static void each_channel(const head *h, int y, int x) {
    for (int64_t at = 0; at < h->size * h->pixels; at += h->pixels) {
        if (x < 0)
            soften(h->of[y] + at, h->pixels, 1, 1);
        else
            lean(h->of[y] + at, h->of[x] + at, h->pixels, 1, 1);
    }
}

/* m += a b' over the pixels. */
static void outer(const head *h, int a, int b, int m) {
    for (int64_t i = 0; i < h->size * h->size; i++)
        for (int64_t n = 0; n < h->pixels; n++)
            add(&h->of[m][i], times(h->of[a][i / h->size * h->pixels + n],
                                    h->of[b][i % h->size * h->pixels + n]));
}

/* to += m' x, or m x when `turned`. */
static void apply(const head *h, int m, bool turned, int x, int to) {
    for (int64_t i = 0; i < h->size * h->size; i++)
        for (int64_t n = 0; n < h->pixels; n++) {
            int64_t row = i / h->size * h->pixels + n, column = i % h->size * h->pixels + n;
            add(&h->of[to][turned ? row : column],
                times(h->of[m][i], h->of[x][turned ? column : row]));
        }
}

static void write(const head *h, int matrix, bool moves, double *to) {
    for (int64_t i = 0; i < h->size * h->pixels; i++)
        to[i] = moves ? h->of[matrix][i].moves : h->of[matrix][i].value;
}

/* Both softmaxes, their product with v, and y or the gradients of g . y. */
static void compute(const head *h, bool is_back) {
    each_pixel(h, Q, -1);
    each_channel(h, K, -1);
    outer(h, K, V, C);
    if (!is_back) {
        apply(h, C, false, Q, Y);
        return;
    }
    outer(h, Q, G, GC);
    apply(h, C, true, G, GQ);
    apply(h, GC, true, V, GK);
    apply(h, GC, false, K, Y);
    each_pixel(h, Q, GQ);
    each_channel(h, K, GK);
}

static bool wide_reference(const gt_tensor *node, const double *const *in, double *out) {
    bool is_back = node->op == GT_OP_WIDE_BACK, moves = node->input_count > 2 + is_back;
    gt_shape q = node->inputs[0]->shape;
    int64_t heads = node->attr.factor, third = q.dim[1] * q.dim[2] * q.dim[3];
    head h = {.size = q.dim[1] / heads, .pixels = q.dim[2] * q.dim[3]};
    int64_t large = h.size * h.pixels, count = LARGE * large + 2 * h.size * h.size;
    dual *memory = malloc((size_t)count * sizeof *memory);
    if (!memory) return false;
    h.scale = 1 / sqrt((double)h.size);
    for (int i = 0; i < MATRICES; i++)
        h.of[i] =
            memory + (i < LARGE ? i * large : LARGE * large + (i - LARGE) * h.size * h.size);
    for (int64_t i = 0; i < q.dim[0] * heads; i++) {
        int64_t image = i / heads, within = i % heads * large;
        const double *k = in[1] + 2 * image * third + within;
        const double *t = moves ? in[2 + is_back] + 3 * image * third + within : NULL;
        memset(memory, 0, (size_t)count * sizeof *memory);
        read(&h, in[0] + image * third + within, t, Q);
        read(&h, k, t ? t + third : NULL, K);
        read(&h, k + third, t ? t + 2 * third : NULL, V);
        if (is_back) read(&h, in[2] + image * third + within, NULL, G);
        compute(&h, is_back);
        double *to = out + (is_back ? 3 : 1) * image * third + within;
        if (is_back) {
            write(&h, GQ, moves, to);
            write(&h, GK, moves, to + third);
            to += 2 * third;
        }
        write(&h, Y, moves, to);
    }
    free(memory);
    return true;
}

/* ---- Gradients -------------------------------------------------------------------------- */

static gt_tensor *append(gt_graph *g, gt_op op, int heads, gt_tensor *q, gt_tensor *kv,
                         gt_tensor *a, gt_tensor *b) {
    gt_attr attr = {.factor = heads};
    gt_tensor *inputs[] = {q, kv, a, b};
    gt_shape shape = q->shape;
    if (op == GT_OP_WIDE_BACK) shape.dim[1] *= 3;
    return gt_graph_append(g, op, shape, inputs, b ? 4 : a ? 3 : 2, &attr, NULL);
}

/* The same of other ops. */
static gt_tensor *composed(gt_graph *g, gt_tensor *q, gt_tensor *kv, int heads) {
    int64_t n = q->shape.dim[0], all = q->shape.dim[1];
    gt_shape each = GT_SHAPE(n, heads, all / heads, q->shape.dim[2] * q->shape.dim[3]);
    gt_tensor *query = gt_softmax(g, gt_reshape(g, q, each), 2);
    gt_tensor *key = gt_softmax(g, gt_reshape(g, gt_slice(g, kv, 1, 0, all), each), 3);
    gt_tensor *value = gt_reshape(g, gt_slice(g, kv, 1, all, all), each);
    gt_tensor *context = gt_matmul(g, key, value, false, true);
    query = gt_affine(g, query, 1 / sqrt((double)(all / heads)), 0);
    return gt_reshape(g, gt_matmul(g, context, query, true, false), q->shape);
}

/* The gradients by q and by kv from both in thirds. */
static void cut(gt_graph *g, gt_tensor *thirds, const bool *wanted, gt_tensor **gx) {
    int64_t all = thirds->shape.dim[1] / 3;
    if (wanted[0]) gx[0] = gt_slice(g, thirds, 1, 0, all);
    if (wanted[1]) gx[1] = gt_slice(g, thirds, 1, all, 2 * all);
}

static void wide_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                     gt_tensor **gx) {
    int heads = node->attr.factor;
    gt_tensor *q = node->inputs[0], *kv = node->inputs[1];
    gt_tensor *t = node->input_count > 2 ? node->inputs[2] : NULL;
    if (wanted[0] || wanted[1])
        cut(g, append(g, GT_OP_WIDE_BACK, heads, q, kv, gy, t), wanted, gx);
    if (t && wanted[2]) gx[2] = append(g, GT_OP_WIDE_BACK, heads, q, kv, gy, NULL);
}

/* Of H t by q, by kv and by what H is made with: three times the gradient of the composed form,
 * by copies of the inputs, beyond which it does not go. */
static void third_derivatives(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                              gt_tensor *out[3]) {
    gt_tensor *by[3], *slope[2], *moved[2];
    int64_t all = node->inputs[0]->shape.dim[1];
    for (int i = 0; i < 3; i++) by[i] = gt_affine(g, node->inputs[i], 1, 0);
    gt_grad_from(g, composed(g, by[0], by[1], node->attr.factor), by[2], by, 2, slope);
    gt_tensor *packed = gt_concat(g, slope, 2, 1);
    gt_grad_from(g, packed, node->inputs[3], by, 2, moved);
    packed = gt_concat(g, moved, 2, 1);
    GT_ASSERT(gt_graph_failed(g) || packed->shape.dim[1] == 3 * all);
    gt_grad_from(g, packed, gy, by, 3, out);
}

static void wide_back_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                          gt_tensor **gx) {
    int heads = node->attr.factor;
    gt_tensor *q = node->inputs[0], *kv = node->inputs[1], *seed = node->inputs[2], *by[3];
    if (node->input_count == 3) {
        if (wanted[0] || wanted[1])
            cut(g, append(g, GT_OP_WIDE_BACK, heads, q, kv, seed, gy), wanted, gx);
        if (wanted[2]) gx[2] = append(g, GT_OP_WIDE, heads, q, kv, gy, NULL);
        return;
    }
    if (wanted[0] || wanted[1] || wanted[2]) {
        third_derivatives(g, node, gy, by);
        for (int i = 0; i < 3; i++)
            if (wanted[i]) gx[i] = by[i];
    }
    if (wanted[3]) gx[3] = append(g, GT_OP_WIDE_BACK, heads, q, kv, seed, gy);
}

const gt_op_class gt_op_wide = {"wide", GT_OTHER, NULL, wide_reference, wide_vjp};
const gt_op_class gt_op_wide_back = {"wide_back", GT_OTHER, NULL, wide_reference,
                                     wide_back_vjp};

gt_tensor *gt_attend_wide(gt_graph *g, gt_tensor *q, gt_tensor *kv, int heads) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = q->shape;
    bool fits = shape.rank == 4 && heads >= 1 && shape.dim[1] % heads == 0;
    if (fits) shape.dim[1] *= 2;
    if (!fits || !gt_shape_equal(kv->shape, shape)) {
        char a[96], b[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_WIDE,
                             "%s and %s are no queries (N,C,H,W), and keys and values "
                             "(N,2C,H,W), of %d heads",
                             gt_shape_text(q->shape, a), gt_shape_text(kv->shape, b), heads);
    }
    return append(g, GT_OP_WIDE, heads, q, kv, NULL, NULL);
}
