/* graph.h (room: engine) - a static graph of tensors, built once, differentiated as a graph.
 *
 * A gt_tensor is a value of the graph: float32, row-major (N,C,H,W for images), one producer
 * (SSA). Builders such as gt_conv2d append a node and return its value; the shape is known at
 * once. A builder that meets shapes which disagree records the first failure in the graph, with
 * the node's scope and name, and returns a poison tensor that every later builder passes on: a
 * model reads as mathematics and is checked once, by gt_graph_check.
 *
 * Ownership: everything returned here belongs to the graph and dies with it.
 * Threads: one graph, one thread. */
#ifndef GALATEA_GRAPH_H
#define GALATEA_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GT_MAX_RANK = 6 };

typedef struct gt_shape {
    int rank; /* 0 (a scalar) to GT_MAX_RANK */
    int64_t dim[GT_MAX_RANK];
} gt_shape;

/* GT_SHAPE(2, 3) is the shape (2,3); gt_shape_scalar() the shape (). */
#define GT_SHAPE(...)                                                      \
    gt_shape_of((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), \
                (const int64_t[]){__VA_ARGS__})
gt_shape gt_shape_of(int rank, const int64_t *dims);
gt_shape gt_shape_scalar(void);
/* Number of elements; INT64_MAX when it is more. */
int64_t gt_shape_count(gt_shape shape);
bool gt_shape_equal(gt_shape a, gt_shape b);
/* "2x3x64x64" (a scalar: "1") into text; returns text. */
const char *gt_shape_text(gt_shape shape, char text[96]);

typedef struct gt_graph gt_graph;
typedef struct gt_tensor gt_tensor;

/* NULL when memory is short. */
gt_graph *gt_graph_create(void);
void gt_graph_destroy(gt_graph *graph);

/* The first failure of any builder, or GT_OK. */
GT_MUST_CHECK gt_status gt_graph_check(const gt_graph *graph, gt_error *err);

/* Records a failure (GT_BAD_SHAPE) as builders do, with the scope before it, for those made of
 * other builders; returns the poison. */
gt_tensor *gt_graph_refuse(gt_graph *graph, const char *format, ...) GT_PRINTF(2, 3);

/* Dotted scope for names in messages: push "encoder", push "enc_blocks.3", ... */
void gt_graph_push_scope(gt_graph *graph, const char *format, ...) GT_PRINTF(2, 3);
void gt_graph_pop_scope(gt_graph *graph);

/* Of the poison it is the shape (). */
gt_shape gt_tensor_shape(const gt_tensor *t);
/* 1 for an axis that t does not have. */
int64_t gt_tensor_dim(const gt_tensor *t, int axis);
/* Name of a leaf, "" for other nodes. */
const char *gt_tensor_name(const gt_tensor *t);
/* Sets needed[i] to whether `output` is computed from leaves[i]. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_tensor_needs(const gt_tensor *output, gt_tensor *const *leaves,
                                        int count, bool *needed, gt_error *err);

/* ---- Leaves -------------------------------------------------------------------------- */

/* Bound to data before every run. */
gt_tensor *gt_input(gt_graph *g, const char *name, gt_shape shape);
/* Values held in a parameter vector: `offset` counts floats from its start (see params.h). */
gt_tensor *gt_parameter(gt_graph *g, const char *name, gt_shape shape, int64_t offset);
/* Every element the same number. */
gt_tensor *gt_constant(gt_graph *g, double value, gt_shape shape);
/* Philox noise: element i of image n depends only on (seed, step, stream, image number, i),
 * where the first dimension counts images. A run may bind data instead (replay of recorded
 * noise). */
gt_tensor *gt_random_normal(gt_graph *g, const char *name, uint32_t stream, gt_shape shape);
gt_tensor *gt_random_uniform(gt_graph *g, const char *name, uint32_t stream, gt_shape shape);

/* ---- Elementwise, shape kept ---------------------------------------------------------- */

/* The function of the name, with its natural domain: log and sqrt of a negative number and the
 * reciprocal of 0 give what IEEE arithmetic gives. abs has the derivative 0 at 0. */
gt_tensor *gt_neg(gt_graph *g, gt_tensor *x);
gt_tensor *gt_abs(gt_graph *g, gt_tensor *x);
gt_tensor *gt_exp(gt_graph *g, gt_tensor *x);
gt_tensor *gt_log(gt_graph *g, gt_tensor *x);
gt_tensor *gt_sqrt(gt_graph *g, gt_tensor *x);
gt_tensor *gt_reciprocal(gt_graph *g, gt_tensor *x);
gt_tensor *gt_square(gt_graph *g, gt_tensor *x);
gt_tensor *gt_tanh(gt_graph *g, gt_tensor *x);
gt_tensor *gt_sigmoid(gt_graph *g, gt_tensor *x);
gt_tensor *gt_softplus(gt_graph *g, gt_tensor *x);   /* log(1 + exp(x)) */
gt_tensor *gt_relu(gt_graph *g, gt_tensor *x);       /* derivative 0 at 0 */
gt_tensor *gt_silu(gt_graph *g, gt_tensor *x);       /* x sigmoid(x) */
gt_tensor *gt_gelu(gt_graph *g, gt_tensor *x);       /* exact: x/2 (1 + erf(x/sqrt 2)) */
gt_tensor *gt_gelu_slope(gt_graph *g, gt_tensor *x); /* derivative of gt_gelu */
gt_tensor *gt_step(gt_graph *g, gt_tensor *x);       /* 1 where x > 0, else 0; derivative 0 */
/* scale * x + shift */
gt_tensor *gt_affine(gt_graph *g, gt_tensor *x, double scale, double shift);
/* x where it is positive, else slope x; at 0 the derivative is the slope, which is not
 * negative. */
gt_tensor *gt_leaky_relu(gt_graph *g, gt_tensor *x, double slope);
/* The value of x, through which no gradient passes. */
gt_tensor *gt_stop_gradient(gt_graph *g, gt_tensor *x);

/* ---- Elementwise with broadcasting (numpy's rule: ranks aligned right, 1 stretches) ---- */

/* a + b, a - b, a b, a / b, the larger, the smaller. Shapes that do not broadcast fail. */
gt_tensor *gt_add(gt_graph *g, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_sub(gt_graph *g, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_mul(gt_graph *g, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_div(gt_graph *g, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_max(gt_graph *g, gt_tensor *a,
                  gt_tensor *b); /* a tie splits the gradient evenly */
gt_tensor *gt_min(gt_graph *g, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_less(gt_graph *g, gt_tensor *a,
                   gt_tensor *b); /* 1 where a < b, else 0; derivative 0 */
/* a where mask is not 0, else b; the gradient of the branch not taken is exactly 0. */
gt_tensor *gt_select(gt_graph *g, gt_tensor *mask, gt_tensor *a, gt_tensor *b);

/* ---- Shape ---------------------------------------------------------------------------- */

/* x repeated to `shape`, by the rule above. */
gt_tensor *gt_broadcast(gt_graph *g, gt_tensor *x, gt_shape shape);
/* Sums x over the axes along which `shape` (same rank) is 1 and x is not: inverse of broadcast.
 */
gt_tensor *gt_sum_to(gt_graph *g, gt_tensor *x, gt_shape shape);
/* Sum of everything, shape (). */
gt_tensor *gt_sum(gt_graph *g, gt_tensor *x);
gt_tensor *gt_mean(gt_graph *g, gt_tensor *x);
/* Maximum over one axis, kept with length 1; equal maxima share the gradient. */
gt_tensor *gt_reduce_max(gt_graph *g, gt_tensor *x, int axis);
/* Gated linear unit: the first half of an axis times the sigmoid of the second. */
gt_tensor *gt_glu(gt_graph *g, gt_tensor *x, int axis);
/* exp(x) over its sum along one axis; finite for any finite x. */
gt_tensor *gt_softmax(gt_graph *g, gt_tensor *x, int axis);
gt_tensor *gt_reshape(gt_graph *g, gt_tensor *x, gt_shape shape);
/* Axis i of the result is axis order[i] of x. */
gt_tensor *gt_permute(gt_graph *g, gt_tensor *x, const int *order);
/* The last element along axis first. */
gt_tensor *gt_reverse(gt_graph *g, gt_tensor *x, int axis);
/* x[..., start : start + length, ...] along axis. */
gt_tensor *gt_slice(gt_graph *g, gt_tensor *x, int axis, int64_t start, int64_t length);
gt_tensor *gt_pad(gt_graph *g, gt_tensor *x, int axis, int64_t before, int64_t after,
                  double value);
gt_tensor *gt_concat(gt_graph *g, gt_tensor *const *parts, int count, int axis);

/* ---- Images (N,C,H,W) ------------------------------------------------------------------ */

typedef struct gt_conv {
    int stride, pad, groups; /* same along both axes; zero padding */
    int less;                /* behind the last pixel there are only pad - less zeros */
} gt_conv;

/* x (N,C,H,W), w (O,C/groups,k,k), bias (O) or NULL -> (N,O,H',W'), H' = (H + 2 pad - less -
 * k)/stride + 1. */
gt_tensor *gt_conv2d(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias, gt_conv how);
/* The two transposes of gt_conv2d: gradient with respect to x of shape `x_shape`, and to w. */
gt_tensor *gt_conv2d_data(gt_graph *g, gt_tensor *gy, gt_tensor *w, gt_shape x_shape,
                          gt_conv how);
gt_tensor *gt_conv2d_weights(gt_graph *g, gt_tensor *x, gt_tensor *gy, gt_shape w_shape,
                             gt_conv how);
/* Mean over windows k x k, stride k; H and W must be multiples of k. */
gt_tensor *gt_avg_pool(gt_graph *g, gt_tensor *x, int k);
/* Maximum over windows k x k, one every `stride` pixels, `pad` < k pixels outside that never
 * win; of equal ones the first in row-major order has the gradient. H' = (H + 2 pad - k)/stride
 * + 1. */
gt_tensor *gt_max_pool(gt_graph *g, gt_tensor *x, int k, int stride, int pad);
/* Windows k x k, one every `stride` pixels, zeros for `pad` < k pixels outside: (N,C,H,W) ->
 * (N, k k C,H' W'), where channel k k c + k dy + dx is pixel (dy,dx) of the windows of channel
 * c. */
gt_tensor *gt_unfold(gt_graph *g, gt_tensor *x, int k, int stride, int pad);
/* Its transpose: every window added to where it lies in `images` (N,C,H,W), of which x are
 * windows. */
gt_tensor *gt_unfold_back(gt_graph *g, gt_tensor *x, gt_shape images, int k, int stride,
                          int pad);
/* Attention of every pixel to the 3 x 3 around it: x (N,3C,H,W) has C channels of queries, then
 * of keys, then of values, of `heads` side by side; (N,C,H,W). With those of a head q, k, v the
 * weights are softmax(q . k / sqrt(channels of a head)) over nine pixels, of which those
 * outside are vectors of zeros. */
gt_tensor *gt_attend_near(gt_graph *g, gt_tensor *x, int heads);
/* Attention of every pixel to all, linear in the pixels: queries (N,C,H,W), and keys and then
 * values in kv (N,2C,H,W). Of a head, as matrices of pixels by channels, softmax(q)
 * (softmax(k)' v) / sqrt(channels), the softmax of q along the channels and that of k along the
 * pixels. */
gt_tensor *gt_attend_wide(gt_graph *g, gt_tensor *q, gt_tensor *kv, int heads);
/* Space to depth: (N,C,H,W) -> (N,k k C,H/k,W/k); channel k k i + k dy + dx at (y,x) is channel
 * i at (k y + dy, k x + dx). For k = 2 the squeeze of flows. */
gt_tensor *gt_pixel_unshuffle(gt_graph *g, gt_tensor *x, int k);
/* Its inverse, depth to space: (N,k k C,H,W) -> (N,C,k H,k W). */
gt_tensor *gt_pixel_shuffle(gt_graph *g, gt_tensor *x, int k);
/* Nearest neighbour: every pixel becomes a block k x k. */
gt_tensor *gt_upsample(gt_graph *g, gt_tensor *x, int k);
/* Images of another height and width. NEAREST: pixel i of `to` is pixel floor(i from/to).
 * BILINEAR: weights fall linearly from the pixel's centre, (i + 1/2) from/to, to 0 at a
 * distance of one pixel, or, where a side shrinks, of from/to; they sum to 1 at the borders,
 * too. That is gt_image_resize (image.h). */
typedef enum gt_resize_filter { GT_RESIZE_NEAREST, GT_RESIZE_BILINEAR } gt_resize_filter;
gt_tensor *gt_resize(gt_graph *g, gt_tensor *x, int64_t height, int64_t width,
                     gt_resize_filter filter);
/* Every image moved by whole pixels of its own: y[n,c,i,j] = x[n,c,i + by[n,0],j + by[n,1]], 0
 * where x has no such pixel. by (N,2) is rounded to whole numbers; no gradient passes to it. */
gt_tensor *gt_shift(gt_graph *g, gt_tensor *x, gt_tensor *by);

/* ---- Matrices -------------------------------------------------------------------------- */

/* op(a) op(b) with op = transpose where asked: matrices (rank 2), or stacks of them that are
 * multiplied one by one (rank 3 and 4: the axes before the last two are the same). */
gt_tensor *gt_matmul(gt_graph *g, gt_tensor *a, gt_tensor *b, bool transpose_a,
                     bool transpose_b);
/* The part of a matrix that counts: rows up to row[0] (exclusive) have their first column[0]
 * elements, rows from there up to row[1] their first column[1], and so on; both lists ascend,
 * and row[steps - 1] is the number of rows. What lies outside is 0 without being looked at. */
enum { GT_STAIR_STEPS = 16 };
typedef struct gt_stair {
    int steps;
    int64_t row[GT_STAIR_STEPS], column[GT_STAIR_STEPS];
} gt_stair;
typedef enum gt_stair_place { GT_STAIR_A, GT_STAIR_B, GT_STAIR_RESULT } gt_stair_place;

/* gt_matmul where one of the three matrices, as it is stored, is a stair: half the work when it
 * is a triangle. */
gt_tensor *gt_stair_matmul(gt_graph *g, gt_tensor *a, gt_tensor *b, bool transpose_a,
                           bool transpose_b, const gt_stair *stair, gt_stair_place place);

/* The units of a layer of a masked autoregressive network (Germain et al. 2015): unit k has
 * degree k mod period + shift. Sorted, they stand by degree, equal degrees by k. */
typedef struct gt_degrees {
    int64_t period, shift;
    bool sorted;
} gt_degrees;
/* The unit that stands at `place` of `count`. */
int64_t gt_degrees_unit(gt_degrees units, int64_t count, int64_t place);
/* The stair, in steps of about `step` rows, that holds every weight whose row has at least the
 * degree of its column; the degrees of both must ascend as they stand. */
gt_stair gt_degrees_stair(gt_degrees rows, int64_t row_count, gt_degrees columns,
                          int64_t column_count, int64_t step);
/* Weights (rows,columns) with the units of both axes as they stand, and 0 where the degree of
 * the row is less than that of the column. */
gt_tensor *gt_arrange(gt_graph *g, gt_tensor *weights, gt_degrees rows, gt_degrees columns);
/* Its transpose as a linear map: back to the order of k, masked alike. */
gt_tensor *gt_arrange_back(gt_graph *g, gt_tensor *arranged, gt_degrees rows,
                           gt_degrees columns);

/* Inverse of a square matrix, and log |det|, computed in double. */
gt_tensor *gt_inverse(gt_graph *g, gt_tensor *a);
gt_tensor *gt_log_abs_det(gt_graph *g, gt_tensor *a);

/* ---- Differentiation -------------------------------------------------------------------- */

/* Appends the nodes that compute d loss / d wrt[i] (loss of shape ()) and stores them in
 * grads[i]; a value that loss does not depend on gets a constant 0. wrt[i] may be any value but
 * a constant, which is refused with GT_BAD_ARGUMENT. The result is part of the graph and can be
 * differentiated again. */
void gt_grad(gt_graph *g, gt_tensor *loss, gt_tensor *const *wrt, int count, gt_tensor **grads);
/* The same with a given gradient `seed` of `y` (same shape) in place of 1. */
void gt_grad_from(gt_graph *g, gt_tensor *y, gt_tensor *seed, gt_tensor *const *wrt, int count,
                  gt_tensor **grads);

/* ---- Evaluation in double precision, by plain loops ------------------------------------- */

/* A value for a leaf: `data` holds gt_shape_count doubles. Any other value of the graph can be
 * given as well and is then not computed. */
typedef struct gt_feed {
    const gt_tensor *leaf;
    const double *data;
} gt_feed;

/* Computes `fetch` from the fed leaves: the oracle of tests and of the finite differences.
 * Slow. Every input, parameter and random leaf that fetch depends on must be fed. `outputs[i]`
 * has room for its tensor. */
GT_MUST_CHECK gt_status gt_reference_run(const gt_graph *g, const gt_feed *feeds,
                                         int feed_count, gt_tensor *const *fetch,
                                         int fetch_count, double *const *outputs,
                                         gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
