/* conv.c - the convolution and its two transposes. y = conv(x, w) is linear in x and in w, so
 * the gradient of each of the three is made of the other two, and gradients of any order stay
 * among them. */
#include "ops.h"

#include <string.h>

/* The trilinear form sum gy * x * w, of which each op is one derivative. */
typedef struct form {
    gt_shape x, w, y;
    gt_conv how;
} form;

enum { X, W, Y }; /* places of the three values in an index */

/* ---- Shapes --------------------------------------------------------------------------- */

/* NULL when input, weights and geometry fit together, else what is wrong. */
static const char *misfit(gt_shape x, gt_shape w, gt_conv how) {
    if (how.stride < 1) return "the stride is less than 1";
    if (how.pad < 0) return "the padding is less than 0";
    if (how.less < 0 || how.less > how.pad) return "less is not from 0 to the padding";
    if (how.groups < 1) return "there is less than 1 group";
    if (x.rank != 4 || w.rank != 4) return "expected N,C,H,W and O,C/groups,k,k";
    if (w.dim[2] != w.dim[3]) return "the kernel is not square";
    if (x.dim[1] % how.groups) return "the input channels do not divide into groups";
    if (w.dim[0] % how.groups) return "the output channels do not divide into groups";
    if (x.dim[1] / how.groups != w.dim[1]) return "channels per group differ";
    if (x.dim[2] > INT32_MAX || x.dim[3] > INT32_MAX || how.pad > INT32_MAX / 2)
        return "the image is too large";
    int64_t pad = 2 * (int64_t)how.pad - how.less;
    if (x.dim[2] + pad < w.dim[2] || x.dim[3] + pad < w.dim[3])
        return "the kernel is larger than the padded input";
    return NULL;
}

/* Completes f->y from the rest; false when the graph has failed. */
static bool complete(gt_graph *g, gt_op op, form *f) {
    if (gt_graph_failed(g)) return false;
    const char *why = misfit(f->x, f->w, f->how);
    if (why) {
        char x[96], w[96];
        gt_graph_fail(g, GT_BAD_SHAPE, op,
                      "input %s and weights %s with stride %d, padding %d, %d groups: %s",
                      gt_shape_text(f->x, x), gt_shape_text(f->w, w), f->how.stride, f->how.pad,
                      f->how.groups, why);
        return false;
    }
    int64_t k = f->w.dim[2], pad = 2 * (int64_t)f->how.pad - f->how.less,
            stride = f->how.stride;
    f->y = GT_SHAPE(f->x.dim[0], f->w.dim[0], (f->x.dim[2] + pad - k) / stride + 1,
                    (f->x.dim[3] + pad - k) / stride + 1);
    return true;
}

/* The same, and checks the shape of a given output gradient. */
static bool complete_with(gt_graph *g, gt_op op, form *f, gt_shape gy) {
    if (!complete(g, op, f)) return false;
    if (gt_shape_equal(gy, f->y)) return true;
    char x[96], w[96], y[96], found[96];
    gt_graph_fail(g, GT_BAD_SHAPE, op,
                  "output gradient %s, expected %s from input %s and weights %s",
                  gt_shape_text(gy, found), gt_shape_text(f->y, y), gt_shape_text(f->x, x),
                  gt_shape_text(f->w, w));
    return false;
}

static gt_tensor *append(gt_graph *g, gt_op op, gt_shape shape, gt_tensor *a, gt_tensor *b,
                         gt_conv how) {
    gt_attr attr = {.conv = how};
    return gt_graph_append(g, op, shape, (gt_tensor *[]){a, b}, 2, &attr, NULL);
}

/* ---- Reference ------------------------------------------------------------------------ */

static int64_t at4(const gt_shape *s, int64_t a, int64_t b, int64_t c, int64_t d) {
    return ((a * s->dim[1] + b) * s->dim[2] + c) * s->dim[3] + d;
}

/* One derivative of the form: out[index[to]] += a[index[of_a]] * b[index[of_b]]. */
typedef struct contraction {
    int to, of_a, of_b;
    const double *a, *b;
    double *out;
} contraction;

/* Adds one tap to `count` neighbouring output pixels, the first of them at `index`. */
static void row(const contraction *c, const int64_t index[3], int64_t count, int64_t stride) {
    const int64_t steps[] = {[X] = stride, [W] = 0, [Y] = 1};
    const double *a = c->a + index[c->of_a], *b = c->b + index[c->of_b];
    double *out = c->out + index[c->to], sum = 0;
    int64_t to = steps[c->to], of_a = steps[c->of_a], of_b = steps[c->of_b];
    if (c->to == W) {
        for (int64_t i = 0; i < count; i++) sum += a[i * of_a] * b[i * of_b];
        *out += sum;
    } else if (stride == 1) {
        const double *from = of_a ? a : b, weight = of_a ? *b : *a;
        for (int64_t i = 0; i < count; i++) out[i] += from[i] * weight;
    } else {
        for (int64_t i = 0; i < count; i++) out[i * to] += a[i * of_a] * b[i * of_b];
    }
}

/* Adds tap (ky, kx) of channel i of the weights to all pixels of output channel o that it gives
 * a pixel of x. */
static void tap(const form *f, const contraction *c, int64_t n, int64_t o, int64_t i,
                int64_t ky, int64_t kx) {
    int64_t stride = f->how.stride, left = kx - f->how.pad;
    int64_t channel = o / (f->w.dim[0] / f->how.groups) * f->w.dim[1] + i;
    int64_t first = left < 0 ? (-left + stride - 1) / stride : 0;
    int64_t end = (f->x.dim[3] - left + stride - 1) / stride;
    if (f->x.dim[3] <= left) return;
    if (end > f->y.dim[3]) end = f->y.dim[3];
    for (int64_t py = 0; py < f->y.dim[2]; py++) {
        int64_t y = py * stride - f->how.pad + ky;
        if (y < 0 || y >= f->x.dim[2]) continue;
        row(c,
            (int64_t[]){
                [X] = at4(&f->x, n, channel, y, first * stride + left),
                [W] = at4(&f->w, o, i, ky, kx),
                [Y] = at4(&f->y, n, o, py, first),
            },
            end - first, stride);
    }
}

static void contract(const form *f, const contraction *c) {
    for (int64_t n = 0; n < f->y.dim[0]; n++) {
        for (int64_t o = 0; o < f->y.dim[1]; o++) {
            for (int64_t at = 0; at < f->w.dim[1] * f->w.dim[2] * f->w.dim[3]; at++) {
                int64_t i = at / f->w.dim[3] / f->w.dim[2];
                tap(f, c, n, o, i, at / f->w.dim[3] % f->w.dim[2], at % f->w.dim[3]);
            }
        }
    }
}

static void clear(const gt_tensor *node, double *out) {
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
}

static bool conv2d_reference(const gt_tensor *node, const double *const *in, double *out) {
    form f = {node->inputs[0]->shape, node->inputs[1]->shape, node->shape, node->attr.conv};
    clear(node, out);
    contract(&f, &(contraction){Y, X, W, in[0], in[1], out});
    if (node->input_count == 3) {
        int64_t count = gt_shape_count(f.y), pixels = f.y.dim[2] * f.y.dim[3];
        for (int64_t i = 0; i < count; i++) out[i] += in[2][i / pixels % f.y.dim[1]];
    }
    return true;
}

static bool conv2d_data_reference(const gt_tensor *node, const double *const *in, double *out) {
    form f = {node->shape, node->inputs[1]->shape, node->inputs[0]->shape, node->attr.conv};
    clear(node, out);
    contract(&f, &(contraction){X, Y, W, in[0], in[1], out});
    return true;
}

static bool conv2d_weights_reference(const gt_tensor *node, const double *const *in,
                                     double *out) {
    form f = {node->inputs[0]->shape, node->shape, node->inputs[1]->shape, node->attr.conv};
    clear(node, out);
    contract(&f, &(contraction){W, X, Y, in[0], in[1], out});
    return true;
}

/* ---- Gradients ------------------------------------------------------------------------ */

static void conv2d_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gt_tensor *x = node->inputs[0], *w = node->inputs[1];
    gt_conv how = node->attr.conv;
    if (wanted[0]) gx[0] = gt_conv2d_data(g, gy, w, x->shape, how);
    if (wanted[1]) gx[1] = gt_conv2d_weights(g, x, gy, w->shape, how);
    if (node->input_count == 3 && wanted[2]) {
        int64_t channels = node->shape.dim[1];
        gx[2] =
            gt_reshape(g, gt_sum_to(g, gy, GT_SHAPE(1, channels, 1, 1)), GT_SHAPE(channels));
    }
}

static void conv2d_data_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gz,
                            const bool *wanted, gt_tensor **gx) {
    gt_tensor *gy = node->inputs[0], *w = node->inputs[1];
    gt_conv how = node->attr.conv;
    if (wanted[0]) gx[0] = gt_conv2d(g, gz, w, NULL, how);
    if (wanted[1]) gx[1] = gt_conv2d_weights(g, gz, gy, w->shape, how);
}

static void conv2d_weights_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gw,
                               const bool *wanted, gt_tensor **gx) {
    gt_tensor *x = node->inputs[0], *gy = node->inputs[1];
    gt_conv how = node->attr.conv;
    if (wanted[0]) gx[0] = gt_conv2d_data(g, gy, gw, x->shape, how);
    if (wanted[1]) gx[1] = gt_conv2d(g, x, gw, NULL, how);
}

const gt_op_class gt_op_conv2d = {"conv2d", GT_OTHER, NULL, conv2d_reference, conv2d_vjp};
const gt_op_class gt_op_conv2d_data = {"conv2d_data", GT_OTHER, NULL, conv2d_data_reference,
                                       conv2d_data_vjp};
const gt_op_class gt_op_conv2d_weights = {"conv2d_weights", GT_OTHER, NULL,
                                          conv2d_weights_reference, conv2d_weights_vjp};

gt_tensor *gt_conv2d(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias, gt_conv how) {
    form f = {.x = x->shape, .w = w->shape, .how = how};
    if (!complete(g, GT_OP_CONV2D, &f)) return g->poison;
    if (!bias) return append(g, GT_OP_CONV2D, f.y, x, w, how);
    if (!gt_shape_equal(bias->shape, GT_SHAPE(w->shape.dim[0]))) {
        char b[96], text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_CONV2D,
                             "bias %s does not match the output channels of weights %s",
                             gt_shape_text(bias->shape, b), gt_shape_text(w->shape, text));
    }
    gt_attr attr = {.conv = how};
    return gt_graph_append(g, GT_OP_CONV2D, f.y, (gt_tensor *[]){x, w, bias}, 3, &attr, NULL);
}

gt_tensor *gt_conv2d_data(gt_graph *g, gt_tensor *gy, gt_tensor *w, gt_shape x_shape,
                          gt_conv how) {
    form f = {.x = x_shape, .w = w->shape, .how = how};
    if (!complete_with(g, GT_OP_CONV2D_DATA, &f, gy->shape)) return g->poison;
    return append(g, GT_OP_CONV2D_DATA, x_shape, gy, w, how);
}

gt_tensor *gt_conv2d_weights(gt_graph *g, gt_tensor *x, gt_tensor *gy, gt_shape w_shape,
                             gt_conv how) {
    form f = {.x = x->shape, .w = w_shape, .how = how};
    if (!complete_with(g, GT_OP_CONV2D_WEIGHTS, &f, gy->shape)) return g->poison;
    return append(g, GT_OP_CONV2D_WEIGHTS, w_shape, x, gy, how);
}
