/* near.c - attention of every pixel to the 3 x 3 around it, of heads side by side.
 *
 * x (N,3C,H,W) has queries, keys and values, C channels of each; with q, k, v those of a head,
 * s_j = q . k_j / sqrt(size), a = softmax(s), y = sum over j of a_j v_j, where j counts the
 * pixels around one in their order and those outside are vectors of zeros that take part.
 *
 * Two ops have it and its derivatives up to the second, each of them as a kernel:
 *   NEAR (x)            y
 *   NEAR (x, t)         J t: how y moves when x moves along t
 *   NEAR_BACK (x, g)    J' g: the gradient of g . y
 *   NEAR_BACK (x, g, t) H t: how that gradient moves when x moves along t
 * H is the second derivative of g . y, which is symmetric: so the derivatives of J t and of
 * J' g by x are both of the last kind. Beyond that y is made of other ops. */
#include <math.h>
#include <string.h>

#include "ops.h"

enum { AROUND = 9 };

/* ---- Reference ------------------------------------------------------------------------- */

/* One head of one image: planes of q, then k, then v stand `third` apart. */
typedef struct head {
    int64_t size, height, width, third;
    double scale;
} head;

static int64_t pixels_of(const head *h) {
    return h->height * h->width;
}

/* Pixel number j around pixel p; -1 outside. */
static int64_t pixel_near(const head *h, int64_t p, int j) {
    int64_t row = p / h->width + j / 3 - 1, column = p % h->width + j % 3 - 1;
    bool is_inside = row >= 0 && row < h->height && column >= 0 && column < h->width;
    return is_inside ? row * h->width + column : -1;
}

/* a . b over the channels of a head, of a at pixel p and of b at the pixels around. */
static void dots(const head *h, const double *a, const double *b, int64_t p,
                 double out[AROUND]) {
    for (int j = 0; j < AROUND; j++) {
        int64_t at = pixel_near(h, p, j), pixels = pixels_of(h);
        for (int64_t c = 0; c < h->size && at >= 0; c++)
            out[j] += a[c * pixels + p] * b[c * pixels + at];
    }
}

/* to at p += weights of what lies around. */
static void mix(const head *h, const double weights[AROUND], double scale, const double *from,
                int64_t p, double *to) {
    for (int j = 0; j < AROUND; j++) {
        int64_t at = pixel_near(h, p, j), pixels = pixels_of(h);
        for (int64_t c = 0; c < h->size && at >= 0; c++)
            to[c * pixels + p] += scale * weights[j] * from[c * pixels + at];
    }
}

/* Its transpose. */
static void spread(const head *h, const double weights[AROUND], double scale,
                   const double *from, int64_t p, double *to) {
    for (int j = 0; j < AROUND; j++) {
        int64_t at = pixel_near(h, p, j), pixels = pixels_of(h);
        for (int64_t c = 0; c < h->size && at >= 0; c++)
            to[c * pixels + at] += scale * weights[j] * from[c * pixels + p];
    }
}

static double sum_of(const double a[AROUND], const double b[AROUND]) {
    double sum = 0;
    for (int j = 0; j < AROUND; j++) sum += a[j] * b[j];
    return sum;
}

/* Softmax a of the scores at p, and along t how it moves. */
static void shares(const head *h, const double *x, const double *t, int64_t p, double a[AROUND],
                   double ta[AROUND]) {
    double s[AROUND] = {0}, ts[AROUND] = {0}, largest = -INFINITY, sum = 0;
    dots(h, x, x + h->third, p, s);
    for (int j = 0; j < AROUND; j++) largest = fmax(largest, s[j]);
    for (int j = 0; j < AROUND; j++) sum += a[j] = exp(h->scale * (s[j] - largest));
    for (int j = 0; j < AROUND; j++) a[j] /= sum;
    if (!t) return;
    dots(h, t, x + h->third, p, ts);
    dots(h, x, t + h->third, p, ts);
    double mean = sum_of(a, ts);
    for (int j = 0; j < AROUND; j++) ta[j] = h->scale * a[j] * (ts[j] - mean);
}

static void forward(const head *h, const double *x, const double *t, double *y) {
    for (int64_t p = 0; p < pixels_of(h); p++) {
        double a[AROUND], ta[AROUND];
        shares(h, x, t, p, a, ta);
        mix(h, t ? ta : a, 1, x + 2 * h->third, p, y);
        if (t) mix(h, a, 1, t + 2 * h->third, p, y);
    }
}

static void backward(const head *h, const double *x, const double *g, const double *t,
                     double *gx) {
    const double *k = x + h->third, *v = k + h->third;
    double *gk = gx + h->third, *gv = gk + h->third;
    for (int64_t p = 0; p < pixels_of(h); p++) {
        double a[AROUND], ta[AROUND], da[AROUND] = {0}, tda[AROUND] = {0}, ds[AROUND],
                                      tds[AROUND];
        shares(h, x, t, p, a, ta);
        dots(h, g, v, p, da);
        double mean = sum_of(a, da);
        for (int j = 0; j < AROUND; j++) ds[j] = a[j] * (da[j] - mean);
        if (t) {
            dots(h, g, t + 2 * h->third, p, tda);
            double moved = sum_of(ta, da) + sum_of(a, tda);
            for (int j = 0; j < AROUND; j++)
                tds[j] = ta[j] * (da[j] - mean) + a[j] * (tda[j] - moved);
            mix(h, ds, h->scale, t + h->third, p, gx);
            spread(h, ds, h->scale, t, p, gk);
        }
        mix(h, t ? tds : ds, h->scale, k, p, gx);
        spread(h, t ? tds : ds, h->scale, x, p, gk);
        spread(h, t ? ta : a, 1, g, p, gv);
    }
}

/* Calls what computes each head; the widths of x and of y differ. */
static bool near_reference(const gt_tensor *node, const double *const *in, double *out) {
    bool is_back = node->op == GT_OP_NEAR_BACK;
    gt_shape x = node->inputs[0]->shape;
    int64_t heads = node->attr.factor, third = x.dim[1] / 3 * x.dim[2] * x.dim[3];
    head h = {x.dim[1] / 3 / heads, x.dim[2], x.dim[3], third, 0};
    h.scale = 1 / sqrt((double)h.size);
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
    for (int64_t i = 0; i < x.dim[0] * heads; i++) {
        int64_t within = i % heads * (third / heads);
        int64_t narrow = i / heads * third + within, wide = i / heads * 3 * third + within;
        int tangent = is_back ? 2 : 1;
        const double *t = node->input_count > tangent ? in[tangent] + wide : NULL;
        if (is_back)
            backward(&h, in[0] + wide, in[1] + narrow, t, out + wide);
        else
            forward(&h, in[0] + wide, t, out + narrow);
    }
    return true;
}

/* ---- Gradients -------------------------------------------------------------------------- */

static gt_tensor *append(gt_graph *g, gt_op op, gt_shape shape, int heads, gt_tensor *a,
                         gt_tensor *b, gt_tensor *c) {
    gt_attr attr = {.factor = heads};
    int count = c ? 3 : b ? 2 : 1;
    return gt_graph_append(g, op, shape, (gt_tensor *[]){a, b, c}, count, &attr, NULL);
}

/* (N,heads size,H,W) as what lies around each pixel, (N,heads,size,9,H W). */
static gt_tensor *around(gt_graph *g, gt_tensor *x, int64_t heads) {
    gt_shape s = x->shape;
    return gt_reshape(g, gt_unfold(g, x, 3, 1, 1),
                      GT_SHAPE(s.dim[0], heads, s.dim[1] / heads, AROUND, s.dim[2] * s.dim[3]));
}

/* The same of other ops. */
static gt_tensor *composed(gt_graph *g, gt_tensor *x, int heads) {
    gt_shape shape = x->shape;
    int64_t n = shape.dim[0], all = shape.dim[1] / 3, size = all / heads;
    int64_t pixels = shape.dim[2] * shape.dim[3];
    gt_tensor *query = gt_affine(g, gt_slice(g, x, 1, 0, all), 1 / sqrt((double)size), 0);
    gt_tensor *key = around(g, gt_slice(g, x, 1, all, all), heads);
    gt_tensor *value = around(g, gt_slice(g, x, 1, 2 * all, all), heads);
    query = gt_reshape(g, query, GT_SHAPE(n, heads, size, 1, pixels));
    gt_tensor *scores =
        gt_sum_to(g, gt_mul(g, query, key), GT_SHAPE(n, heads, 1, AROUND, pixels));
    gt_tensor *y = gt_sum_to(g, gt_mul(g, gt_softmax(g, scores, 3), value),
                             GT_SHAPE(n, heads, size, 1, pixels));
    return gt_reshape(g, y, GT_SHAPE(n, all, shape.dim[2], shape.dim[3]));
}

static void near_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                     gt_tensor **gx) {
    int heads = node->attr.factor;
    gt_tensor *x = node->inputs[0], *t = node->input_count > 1 ? node->inputs[1] : NULL;
    if (wanted[0]) gx[0] = append(g, GT_OP_NEAR_BACK, x->shape, heads, x, gy, t);
    if (t && wanted[1]) gx[1] = append(g, GT_OP_NEAR_BACK, x->shape, heads, x, gy, NULL);
}

/* Of H t by x and by what H is made with: three times the gradient of the composed form, by
 * copies of the inputs, beyond which it does not go. */
static void third_derivatives(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                              gt_tensor *out[2]) {
    gt_tensor *by[] = {gt_affine(g, node->inputs[0], 1, 0),
                       gt_affine(g, node->inputs[1], 1, 0)};
    gt_tensor *y = composed(g, by[0], node->attr.factor);
    gt_tensor *slope, *moved;
    gt_grad_from(g, y, by[1], by, 1, &slope);
    gt_grad_from(g, slope, node->inputs[2], by, 1, &moved);
    gt_grad_from(g, moved, gy, by, 2, out);
}

static void near_back_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                          gt_tensor **gx) {
    int heads = node->attr.factor;
    gt_tensor *x = node->inputs[0], *seed = node->inputs[1], *by[2] = {NULL, NULL};
    if (node->input_count == 2) {
        if (wanted[0]) gx[0] = append(g, GT_OP_NEAR_BACK, x->shape, heads, x, seed, gy);
        if (wanted[1]) gx[1] = append(g, GT_OP_NEAR, seed->shape, heads, x, gy, NULL);
        return;
    }
    if (wanted[0] || wanted[1]) third_derivatives(g, node, gy, by);
    for (int i = 0; i < 2; i++)
        if (wanted[i]) gx[i] = by[i];
    if (wanted[2]) gx[2] = append(g, GT_OP_NEAR_BACK, x->shape, heads, x, seed, gy);
}

const gt_op_class gt_op_near = {"near", GT_OTHER, NULL, near_reference, near_vjp};
const gt_op_class gt_op_near_back = {"near_back", GT_OTHER, NULL, near_reference,
                                     near_back_vjp};

gt_tensor *gt_attend_near(gt_graph *g, gt_tensor *x, int heads) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = x->shape;
    if (shape.rank != 4 || heads < 1 || shape.dim[1] % (3 * (int64_t)heads)) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_NEAR,
                             "%s are no queries, keys and values (N,3C,H,W) of %d heads",
                             gt_shape_text(shape, text), heads);
    }
    shape.dim[1] /= 3;
    return append(g, GT_OP_NEAR, shape, heads, x, NULL, NULL);
}
