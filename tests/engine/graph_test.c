/* graph_test.c - what builders refuse, how a failure sticks, what they build, and the parts of
 * differentiation that a gradient's value does not show. */
#include "gt_test.h"

#include "node.h"

static gt_graph *g;

static int set_up(void **state) {
    g = gt_graph_create();
    return g ? 0 : -1;
}

static int tear_down(void **state) {
    gt_graph_destroy(g);
    return 0;
}

static gt_tensor *input(gt_shape shape) {
    return gt_input(g, "x", shape);
}

static int count_ops(gt_op op) {
    int count = 0;
    for (int id = 0; id < g->count; id++) count += g->nodes[id]->op == op;
    return count;
}

/* Runs t with one or two fed leaves (the second may be NULL). */
static void run(gt_tensor *t, gt_tensor *a, const double *a_data, gt_tensor *b,
                const double *b_data, double *out) {
    gt_error err = {0};
    gt_feed feeds[] = {{a, a_data}, {b, b_data}};
    assert_ok(gt_reference_run(g, feeds, b ? 2 : 1, &t, 1, &out, &err), err);
}

static void assert_values(const double *got, const double *want, int count) {
    for (int i = 0; i < count; i++) assert_near(got[i], want[i], 1e-15);
}

/* ---- Refusals ------------------------------------------------------------------------- */

#define REFUSED(name, expression)  \
    static gt_tensor *name(void) { \
        return expression;         \
    }

/* clang-format off */
REFUSED(input_zero, input(GT_SHAPE(2, 0)))
REFUSED(input_negative, input(GT_SHAPE(-2, -3)))
REFUSED(input_rank, input(GT_SHAPE(1, 1, 1, 1, 1, 1, 1)))
REFUSED(input_overflow, input(GT_SHAPE(INT64_MAX, 4)))
REFUSED(constant_huge, gt_constant(g, 0, GT_SHAPE(1LL << 31, 1LL << 31)))
REFUSED(parameter_offset, gt_parameter(g, "w", GT_SHAPE(3), -1))
REFUSED(random_scalar, gt_random_normal(g, "noise", 1, gt_shape_scalar()))
REFUSED(add_shapes, gt_add(g, input(GT_SHAPE(2, 3)), input(GT_SHAPE(2, 4))))
REFUSED(select_shapes, gt_select(g, input(GT_SHAPE(2, 1)), input(GT_SHAPE(1, 3)), input(GT_SHAPE(4, 3))))
REFUSED(broadcast_shape, gt_broadcast(g, input(GT_SHAPE(2, 3)), GT_SHAPE(2, 6)))
REFUSED(broadcast_rank, gt_broadcast(g, input(GT_SHAPE(3)), GT_SHAPE(2, 3)))
REFUSED(broadcast_zero, gt_broadcast(g, input(GT_SHAPE(1, 3)), GT_SHAPE(0, 3)))
REFUSED(sum_to_shape, gt_sum_to(g, input(GT_SHAPE(2, 3)), GT_SHAPE(2, 2)))
REFUSED(max_axis, gt_reduce_max(g, input(GT_SHAPE(2, 3)), 2))
REFUSED(reshape_count, gt_reshape(g, input(GT_SHAPE(2, 3)), GT_SHAPE(7)))
REFUSED(reshape_negative, gt_reshape(g, input(GT_SHAPE(2, 3)), GT_SHAPE(-2, -3)))
REFUSED(reshape_rank, gt_reshape(g, input(GT_SHAPE(2)), GT_SHAPE(2, 1, 1, 1, 1, 1, 1)))
REFUSED(permute_axis, gt_permute(g, input(GT_SHAPE(2, 3)), (const int[]){0, 2}))
REFUSED(permute_twice, gt_permute(g, input(GT_SHAPE(2, 3)), (const int[]){1, 1}))
REFUSED(slice_axis, gt_slice(g, input(GT_SHAPE(2, 3)), -1, 0, 1))
REFUSED(slice_range, gt_slice(g, input(GT_SHAPE(2, 3)), 1, 2, 2))
REFUSED(slice_empty, gt_slice(g, input(GT_SHAPE(2, 3)), 1, 0, 0))
REFUSED(slice_overflow, gt_slice(g, input(GT_SHAPE(2, 3)), 1, INT64_MAX, INT64_MAX))
REFUSED(pad_axis, gt_pad(g, input(GT_SHAPE(2, 3)), 2, 1, 1, 0))
REFUSED(pad_negative, gt_pad(g, input(GT_SHAPE(2, 3)), 1, -1, 1, 0))
REFUSED(pad_overflow, gt_pad(g, input(GT_SHAPE(2, 3)), 1, INT64_MAX, 1, 0))
REFUSED(concat_none, gt_concat(g, NULL, 0, 0))
REFUSED(concat_axis, gt_concat(g, (gt_tensor *[]){input(GT_SHAPE(2, 3))}, 1, 2))
REFUSED(concat_shapes, gt_concat(g, (gt_tensor *[]){input(GT_SHAPE(2, 3)), input(GT_SHAPE(3, 3))}, 2, 1))
REFUSED(conv_rank, gt_conv2d(g, input(GT_SHAPE(2, 3, 8)), input(GT_SHAPE(4, 3, 3, 3)), NULL, (gt_conv){1, 1, 1}))
REFUSED(conv_channels, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 2, 3, 3)), NULL, (gt_conv){1, 1, 1}))
REFUSED(conv_groups, gt_conv2d(g, input(GT_SHAPE(2, 4, 8, 8)), input(GT_SHAPE(3, 2, 3, 3)), NULL, (gt_conv){1, 1, 2}))
REFUSED(conv_in_groups, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 1, 3, 3)), NULL, (gt_conv){1, 1, 2}))
REFUSED(conv_stride, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 3, 3, 3)), NULL, (gt_conv){0, 1, 1}))
REFUSED(conv_pad, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 3, 3, 3)), NULL, (gt_conv){1, -1, 1}))
REFUSED(conv_no_groups, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 3, 3, 3)), NULL, (gt_conv){1, 1, 0}))
REFUSED(conv_oblong, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 3, 3, 1)), NULL, (gt_conv){1, 1, 1}))
REFUSED(conv_small, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 2)), input(GT_SHAPE(4, 3, 5, 5)), NULL, (gt_conv){1, 1, 1}))
REFUSED(conv_bias, gt_conv2d(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(4, 3, 3, 3)), input(GT_SHAPE(3)), (gt_conv){1, 1, 1}))
REFUSED(conv_data, gt_conv2d_data(g, input(GT_SHAPE(2, 4, 8, 8)), input(GT_SHAPE(4, 3, 3, 3)), GT_SHAPE(2, 3, 8, 9), (gt_conv){1, 1, 1}))
REFUSED(conv_data_huge, gt_conv2d_data(g, input(GT_SHAPE(2, 4, 8, 8)), input(GT_SHAPE(4, 3, 3, 3)), GT_SHAPE(2, 3, INT64_MAX, 9), (gt_conv){1, 1, 1}))
REFUSED(conv_weights, gt_conv2d_weights(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(2, 4, 8, 8)), GT_SHAPE(4, 3, 5, 5), (gt_conv){1, 1, 1}))
REFUSED(conv_weights_zero, gt_conv2d_weights(g, input(GT_SHAPE(2, 3, 8, 8)), input(GT_SHAPE(2, 4, 9, 9)), GT_SHAPE(4, 3, 0, 0), (gt_conv){1, 0, 1}))
REFUSED(pool_rank, gt_avg_pool(g, input(GT_SHAPE(3, 8, 8)), 2))
REFUSED(pool_tiles, gt_avg_pool(g, input(GT_SHAPE(1, 3, 8, 9)), 2))
REFUSED(max_pool_rank, gt_max_pool(g, input(GT_SHAPE(3, 8, 8)), 3, 2, 1))
REFUSED(max_pool_small, gt_max_pool(g, input(GT_SHAPE(1, 3, 8, 1)), 4, 2, 1))
REFUSED(max_pool_pad, gt_max_pool(g, input(GT_SHAPE(1, 3, 8, 8)), 3, 2, 3))
REFUSED(pool_zero, gt_avg_pool(g, input(GT_SHAPE(1, 3, 8, 9)), 0))
REFUSED(upsample_rank, gt_upsample(g, input(GT_SHAPE(8, 8)), 2))
REFUSED(upsample_zero, gt_upsample(g, input(GT_SHAPE(1, 3, 8, 8)), 0))
REFUSED(matmul_inner, gt_matmul(g, input(GT_SHAPE(2, 3)), input(GT_SHAPE(2, 3)), false, false))
REFUSED(matmul_transposed, gt_matmul(g, input(GT_SHAPE(2, 3)), input(GT_SHAPE(3, 4)), true, false))
REFUSED(matmul_rank, gt_matmul(g, input(GT_SHAPE(3)), input(GT_SHAPE(3, 4)), false, false))
REFUSED(reverse_axis, gt_reverse(g, input(GT_SHAPE(2, 3)), 2))
static const gt_stair low = {.steps = 2, .row = {1, 3}, .column = {1, 2}}, falling = {.steps = 2, .row = {1, 2}, .column = {2, 1}};
REFUSED(stair_inner, gt_stair_matmul(g, input(GT_SHAPE(2, 3)), input(GT_SHAPE(2, 3)), false, false, &low, GT_STAIR_A))
REFUSED(stair_rows, gt_stair_matmul(g, input(GT_SHAPE(2, 3)), input(GT_SHAPE(3, 2)), false, false, &low, GT_STAIR_A))
REFUSED(stair_falls, gt_stair_matmul(g, input(GT_SHAPE(2, 3)), input(GT_SHAPE(3, 2)), false, false, &falling, GT_STAIR_RESULT))
REFUSED(arrange_rank, gt_arrange(g, input(GT_SHAPE(3)), (gt_degrees){.period = 1}, (gt_degrees){.period = 1}))
REFUSED(arrange_period, gt_arrange(g, input(GT_SHAPE(2, 3)), (gt_degrees){.period = 1}, (gt_degrees){0}))
REFUSED(inverse_oblong, gt_inverse(g, input(GT_SHAPE(2, 3))))
REFUSED(det_rank, gt_log_abs_det(g, input(GT_SHAPE(3))))

static const struct {
    gt_tensor *(*build)(void);
    gt_status status;
    const char *text;
} refusals[] = {
    {input_zero, GT_BAD_SHAPE, "input: shape 2x0 of rank 2: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {input_negative, GT_BAD_SHAPE, "input: shape -2x-3 of rank 2: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {input_rank, GT_BAD_SHAPE, "input: shape 1x1x1x1x1x1 of rank 7: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {input_overflow, GT_BAD_SHAPE, "input: shape 9223372036854775807x4 of rank 2: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {constant_huge, GT_BAD_SHAPE, "constant: shape 2147483648x2147483648 of rank 2: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {parameter_offset, GT_BAD_ARGUMENT, "parameter: 'w' at offset -1, expected 0 or more"},
    {random_scalar, GT_BAD_SHAPE, "random: 'noise' is a scalar, expected a first dimension that counts images"},
    {add_shapes, GT_BAD_SHAPE, "add: shapes 2x3 and 2x4 do not broadcast"},
    {select_shapes, GT_BAD_SHAPE, "select: shapes 2x3 and 4x3 do not broadcast"},
    {broadcast_shape, GT_BAD_SHAPE, "broadcast: 2x3 does not stretch to 2x6"},
    {broadcast_rank, GT_BAD_SHAPE, "broadcast: 3 does not stretch to 2x3"},
    {broadcast_zero, GT_BAD_SHAPE, "broadcast: shape 0x3 of rank 2: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {sum_to_shape, GT_BAD_SHAPE, "sum_to: 2x3 cannot be summed to 2x2"},
    {max_axis, GT_BAD_ARGUMENT, "reduce_max: axis 2 of a tensor 2x3"},
    {reshape_count, GT_BAD_SHAPE, "reshape: 7 has not as many elements as 2x3"},
    {reshape_negative, GT_BAD_SHAPE, "reshape: shape -2x-3 of rank 2: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {reshape_rank, GT_BAD_SHAPE, "reshape: 2x1x1x1x1x1 has not as many elements as 2"},
    {permute_axis, GT_BAD_ARGUMENT, "permute: axis 2 of a tensor 2x3"},
    {permute_twice, GT_BAD_ARGUMENT, "permute: axis 1 of a tensor 2x3 is named twice"},
    {slice_axis, GT_BAD_ARGUMENT, "slice: axis -1 of a tensor 2x3"},
    {slice_range, GT_BAD_SHAPE, "slice: 2 elements from 2 along axis 1 of a tensor 2x3"},
    {slice_empty, GT_BAD_SHAPE, "slice: 0 elements from 0 along axis 1 of a tensor 2x3"},
    {slice_overflow, GT_BAD_SHAPE, "slice: 9223372036854775807 elements from 9223372036854775807 along axis 1 of a tensor 2x3"},
    {pad_axis, GT_BAD_ARGUMENT, "pad: axis 2 of a tensor 2x3"},
    {pad_negative, GT_BAD_SHAPE, "pad: -1 before and 1 after axis 1 of a tensor 2x3"},
    {pad_overflow, GT_BAD_SHAPE, "pad: 9223372036854775807 before and 1 after axis 1 of a tensor 2x3"},
    {concat_none, GT_BAD_ARGUMENT, "concat: 0 parts, expected 1 or more"},
    {concat_axis, GT_BAD_ARGUMENT, "concat: axis 2 of a tensor 2x3"},
    {concat_shapes, GT_BAD_SHAPE, "concat: parts 2x3 and 3x3 differ outside of axis 1"},
    {conv_rank, GT_BAD_SHAPE, "conv2d: input 2x3x8 and weights 4x3x3x3 with stride 1, padding 1, 1 groups: expected N,C,H,W and O,C/groups,k,k"},
    {conv_channels, GT_BAD_SHAPE, "conv2d: input 2x3x8x8 and weights 4x2x3x3 with stride 1, padding 1, 1 groups: channels per group differ"},
    {conv_groups, GT_BAD_SHAPE, "conv2d: input 2x4x8x8 and weights 3x2x3x3 with stride 1, padding 1, 2 groups: the output channels do not divide into groups"},
    {conv_in_groups, GT_BAD_SHAPE, "conv2d: input 2x3x8x8 and weights 4x1x3x3 with stride 1, padding 1, 2 groups: the input channels do not divide into groups"},
    {conv_stride, GT_BAD_SHAPE, "conv2d: input 2x3x8x8 and weights 4x3x3x3 with stride 0, padding 1, 1 groups: the stride is less than 1"},
    {conv_pad, GT_BAD_SHAPE, "conv2d: input 2x3x8x8 and weights 4x3x3x3 with stride 1, padding -1, 1 groups: the padding is less than 0"},
    {conv_no_groups, GT_BAD_SHAPE, "conv2d: input 2x3x8x8 and weights 4x3x3x3 with stride 1, padding 1, 0 groups: there is less than 1 group"},
    {conv_oblong, GT_BAD_SHAPE, "conv2d: input 2x3x8x8 and weights 4x3x3x1 with stride 1, padding 1, 1 groups: the kernel is not square"},
    {conv_small, GT_BAD_SHAPE, "conv2d: input 2x3x8x2 and weights 4x3x5x5 with stride 1, padding 1, 1 groups: the kernel is larger than the padded input"},
    {conv_bias, GT_BAD_SHAPE, "conv2d: bias 3 does not match the output channels of weights 4x3x3x3"},
    {conv_data, GT_BAD_SHAPE, "conv2d_data: output gradient 2x4x8x8, expected 2x4x8x9 from input 2x3x8x9 and weights 4x3x3x3"},
    {conv_data_huge, GT_BAD_SHAPE, "conv2d_data: input 2x3x9223372036854775807x9 and weights 4x3x3x3 with stride 1, padding 1, 1 groups: the image is too large"},
    {conv_weights, GT_BAD_SHAPE, "conv2d_weights: output gradient 2x4x8x8, expected 2x4x6x6 from input 2x3x8x8 and weights 4x3x5x5"},
    {conv_weights_zero, GT_BAD_SHAPE, "conv2d_weights: shape 4x3x0x0 of rank 4: expected at most 6 dimensions, each at least 1, that fit in memory"},
    {pool_rank, GT_BAD_SHAPE, "avg_pool: windows of 2x2 do not tile images 3x8x8 (N,C,H,W)"},
    {pool_tiles, GT_BAD_SHAPE, "avg_pool: windows of 2x2 do not tile images 1x3x8x9 (N,C,H,W)"},
    {max_pool_rank, GT_BAD_SHAPE, "max_pool: windows of 3x3 every 2 pixels, 1 outside, of images 3x8x8 (N,C,H,W)"},
    {max_pool_small, GT_BAD_SHAPE, "max_pool: windows of 4x4 every 2 pixels, 1 outside, of images 1x3x8x1 (N,C,H,W)"},
    {max_pool_pad, GT_BAD_SHAPE, "max_pool: windows of 3x3 every 2 pixels, 3 outside, of images 1x3x8x8 (N,C,H,W)"},
    {pool_zero, GT_BAD_SHAPE, "avg_pool: windows of 0x0 do not tile images 1x3x8x9 (N,C,H,W)"},
    {upsample_rank, GT_BAD_SHAPE, "upsample: factor 2 for images 8x8 (N,C,H,W)"},
    {upsample_zero, GT_BAD_SHAPE, "upsample: factor 0 for images 1x3x8x8 (N,C,H,W)"},
    {matmul_inner, GT_BAD_SHAPE, "matmul: 2x3 times 2x3"},
    {matmul_transposed, GT_BAD_SHAPE, "matmul: 2x3 transposed times 3x4"},
    {matmul_rank, GT_BAD_SHAPE, "matmul: 3 times 3x4"},
    {reverse_axis, GT_BAD_ARGUMENT, "reverse: axis 2 of a tensor 2x3"},
    {stair_inner, GT_BAD_SHAPE, "stair_matmul: 2x3 times 2x3"},
    {stair_rows, GT_BAD_ARGUMENT, "stair_matmul: a stair of 2 steps that does not ascend to the last row of 2x3"},
    {stair_falls, GT_BAD_ARGUMENT, "stair_matmul: a stair of 2 steps that does not ascend to the last row of 2x2"},
    {arrange_rank, GT_BAD_SHAPE, "arrange: 3 is not a matrix"},
    {arrange_period, GT_BAD_ARGUMENT, "arrange: degrees of period 1 and 0, expected 1 or more"},
    {inverse_oblong, GT_BAD_SHAPE, "inverse: 2x3 is not a square matrix"},
    {det_rank, GT_BAD_SHAPE, "log_abs_det: 3 is not a square matrix"},
};
/* clang-format on */

static void builders_refuse(void **state) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        gt_error err = {0};
        gt_graph *outer = g;
        g = gt_graph_create();
        gt_graph_push_scope(g, "encoder");
        gt_graph_push_scope(g, "blocks.%d", 3);
        assert_ptr_equal(refusals[i].build(), g->poison);
        char want[512];
        snprintf(want, sizeof want, "encoder.blocks.3: %s", refusals[i].text);
        assert_int_equal(gt_graph_check(g, &err), refusals[i].status);
        assert_string_equal(err.text, want);
        gt_graph_destroy(g);
        g = outer;
    }
}

/* After a failure every builder, and differentiation, passes the poison on and adds nothing. */
static void failure_sticks(void **state) {
    gt_error err = {0};
    gt_tensor *x = input(GT_SHAPE(2, 3)), *fine = gt_exp(g, x), *grad = NULL;
    gt_tensor *p = gt_add(g, x, input(GT_SHAPE(5)));
    int count = g->count;
    assert_ptr_equal(p, g->poison);
    assert_int_equal(gt_tensor_dim(p, 1), 1);
    assert_int_equal(gt_tensor_shape(p).rank, 0);
    gt_conv how = {1, 1, 1};
    const int order[] = {1, 0};
    gt_tensor *later[] = {
        gt_exp(g, p),
        gt_affine(g, p, 2, 1),
        gt_mul(g, p, fine),
        gt_select(g, p, fine, p),
        gt_broadcast(g, p, GT_SHAPE(3)),
        gt_sum_to(g, p, GT_SHAPE(1)),
        gt_sum(g, p),
        gt_mean(g, p),
        gt_reduce_max(g, p, 0),
        gt_reshape(g, p, GT_SHAPE(4)),
        gt_permute(g, p, order),
        gt_slice(g, p, 0, 0, 1),
        gt_pad(g, p, 0, 1, 1, 0),
        gt_concat(g, &p, 1, 0),
        gt_conv2d(g, p, p, p, how),
        gt_conv2d_data(g, p, p, GT_SHAPE(1, 1, 4, 4), how),
        gt_conv2d_weights(g, p, p, GT_SHAPE(1, 1, 3, 3), how),
        gt_avg_pool(g, p, 2),
        gt_max_pool(g, p, 3, 2, 1),
        gt_upsample(g, p, 2),
        gt_reverse(g, p, 0),
        gt_matmul(g, p, p, false, false),
        gt_stair_matmul(g, p, p, false, false, &low, GT_STAIR_A),
        gt_arrange(g, p, (gt_degrees){.period = 1}, (gt_degrees){.period = 1}),
        gt_inverse(g, p),
        gt_log_abs_det(g, p),
        input(GT_SHAPE(2)),
        gt_parameter(g, "w", GT_SHAPE(2), 0),
        gt_constant(g, 1, GT_SHAPE(2)),
        gt_random_uniform(g, "u", 1, GT_SHAPE(2)),
    };
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) assert_ptr_equal(later[i], p);
    gt_grad(g, p, &x, 1, &grad);
    assert_ptr_equal(grad, p);
    gt_grad_from(g, fine, fine, &x, 1, &grad);
    assert_ptr_equal(grad, p);
    assert_int_equal(g->count, count);
    assert_int_equal(gt_graph_check(g, &err), GT_BAD_SHAPE);
    assert_string_equal(err.text, "add: shapes 2x3 and 5 do not broadcast");
    double out[6], *outputs = out;
    assert_int_equal(gt_reference_run(g, NULL, 0, &fine, 1, &outputs, &err), GT_BAD_SHAPE);
}

static void scopes_nest(void **state) {
    gt_tensor *a = input(GT_SHAPE(1));
    gt_graph_push_scope(g, "decoder");
    gt_tensor *b = gt_exp(g, a);
    gt_graph_push_scope(g, "dec_blocks.%d", 12);
    gt_tensor *c = gt_exp(g, b);
    gt_graph_pop_scope(g);
    gt_tensor *d = gt_exp(g, c);
    gt_graph_pop_scope(g);
    gt_graph_pop_scope(g);
    assert_string_equal(a->scope, "");
    assert_string_equal(b->scope, "decoder");
    assert_string_equal(c->scope, "decoder.dec_blocks.12");
    assert_string_equal(d->scope, "decoder");
    gt_tensor *loss = gt_sum(g, d), *grad;
    int forward = g->count;
    gt_grad(g, loss, &a, 1, &grad);
    int inner = 0;
    for (int id = 0; id < g->count; id++) {
        assert_int_equal(g->nodes[id]->backward, id >= forward);
        inner += id >= forward && !strcmp(g->nodes[id]->scope, "decoder.dec_blocks.12");
    }
    assert_int_equal(inner, 1);
    assert_false(gt_exp(g, a)->backward);
}

/* Enough names and nodes for several pieces of the arena. */
static void large_graphs(void **state) {
    gt_error err = {0};
    char name[64];
    gt_tensor *x = input(GT_SHAPE(1)), *sum = x, *leaf[2000], *grads[2000];
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "parameter number %d", i);
        leaf[i] = gt_parameter(g, name, GT_SHAPE(1), i);
        sum = gt_add(g, sum, gt_mul(g, leaf[i], x));
    }
    gt_grad(g, gt_sum(g, sum), leaf, 2000, grads);
    assert_ok(gt_graph_check(g, &err), err);
    assert_string_equal(gt_tensor_name(leaf[1234]), "parameter number 1234");
    gt_tensor *parts[2000];
    for (int i = 0; i < 2000; i++) parts[i] = leaf[i];
    gt_tensor *row = gt_concat(g, parts, 2000, 0);
    gt_grad(g, gt_sum(g, gt_square(g, row)), leaf, 2000, grads);
    assert_ok(gt_graph_check(g, &err), err);
    for (int id = 0; id < g->count; id++) {
        assert_int_equal(g->nodes[id]->id, id);
        for (int i = 0; i < g->nodes[id]->input_count; i++)
            assert_true(g->nodes[id]->inputs[i]->id < id);
    }
}

static void classes_match_the_list(void **state) {
#define GT_OP(NAME, stem, expected)                                 \
    assert_string_equal(gt_op_class_of(GT_OP_##NAME)->name, #stem); \
    assert_int_equal(gt_op_class_of(GT_OP_##NAME)->kind, GT_##expected);
#include "ops.def"
#undef GT_OP
    for (gt_op op = 0; op < GT_OP_COUNT; op++) {
        const gt_op_class *c = gt_op_class_of(op);
        bool elementwise = c->kind != GT_LEAF && c->kind != GT_OTHER;
        assert_int_equal(c->scalar != NULL, elementwise);
        assert_int_equal(c->reference != NULL, c->kind == GT_OTHER);
    }
}

static void shape_texts(void **state) {
    char text[96];
    assert_string_equal(gt_shape_text(GT_SHAPE(2, 3, 64, 64), text), "2x3x64x64");
    assert_string_equal(gt_shape_text(gt_shape_scalar(), text), "1");
    gt_shape_text(GT_SHAPE(INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, 7), text);
    assert_int_equal(strlen(text), 95);
    assert_int_equal(gt_shape_count(GT_SHAPE(2, 3, 4)), 24);
    assert_int_equal(gt_shape_count(gt_shape_scalar()), 1);
    assert_true(gt_shape_count(GT_SHAPE(INT64_MAX, 2)) == INT64_MAX);
    assert_false(gt_shape_equal(GT_SHAPE(2, 3), GT_SHAPE(2)));
    assert_false(gt_shape_equal(GT_SHAPE(2, 3), GT_SHAPE(2, 4)));
}

/* ---- What is built -------------------------------------------------------------------- */

static void broadcasting(void **state) {
    gt_tensor *a = input(GT_SHAPE(2, 1)), *b = input(GT_SHAPE(3));
    gt_tensor *y = gt_sub(g, a, b);
    assert_true(gt_shape_equal(y->shape, GT_SHAPE(2, 3)));
    for (int i = 0; i < 2; i++) assert_true(gt_shape_equal(y->inputs[i]->shape, y->shape));
    double out[6];
    run(y, a, (double[]){10, 20}, b, (double[]){1, 2, 3}, out);
    assert_values(out, (double[]){9, 8, 7, 19, 18, 17}, 6);
    /* A constant stretches by itself. */
    int broadcasts = count_ops(GT_OP_BROADCAST);
    gt_tensor *c = gt_add(g, a, gt_constant(g, 2, gt_shape_scalar()));
    assert_int_equal(c->inputs[1]->op, GT_OP_CONSTANT);
    assert_true(gt_shape_equal(c->inputs[1]->shape, a->shape));
    assert_int_equal(count_ops(GT_OP_BROADCAST), broadcasts);
}

static void nothing_to_do(void **state) {
    gt_tensor *x = input(GT_SHAPE(1, 2, 4, 4)), *m = input(GT_SHAPE(2, 3));
    int count = g->count;
    assert_ptr_equal(gt_broadcast(g, x, x->shape), x);
    assert_ptr_equal(gt_sum_to(g, x, x->shape), x);
    assert_ptr_equal(gt_reshape(g, x, x->shape), x);
    assert_ptr_equal(gt_permute(g, m, (const int[]){0, 1}), m);
    assert_ptr_equal(gt_slice(g, m, 1, 0, 3), m);
    assert_ptr_equal(gt_pad(g, m, 1, 0, 0, 5), m);
    assert_ptr_equal(gt_concat(g, &m, 1, 0), m);
    assert_ptr_equal(gt_avg_pool(g, x, 1), x);
    assert_ptr_equal(gt_upsample(g, x, 1), x);
    assert_int_equal(g->count, count);
}

/* NaN is not hidden, and what a branch not taken would give does not reach the gradient. */
static void not_a_number(void **state) {
    gt_tensor *x = input(GT_SHAPE(3)), *y = input(GT_SHAPE(3));
    const double a[] = {NAN, 1, -1}, b[] = {1, NAN, 2};
    double out[3];
    run(gt_relu(g, x), x, a, NULL, NULL, out);
    assert_true(isnan(out[0]) && out[1] == 1 && out[2] == 0);
    run(gt_max(g, x, y), x, a, y, b, out);
    assert_true(isnan(out[0]) && isnan(out[1]) && out[2] == 2);
    run(gt_min(g, x, y), x, a, y, b, out);
    assert_true(isnan(out[0]) && isnan(out[1]) && out[2] == -1);
    run(gt_softplus(g, x), x, (double[]){NAN, 1000, -1000}, NULL, NULL, out);
    assert_true(isnan(out[0]) && out[1] == 1000 && out[2] == 0);
    gt_tensor *column = gt_reduce_max(g, gt_reshape(g, x, GT_SHAPE(3, 1)), 0);
    run(column, x, a, NULL, NULL, out);
    assert_true(isnan(out[0]));
    run(column, x, (double[]){1, NAN, 3}, NULL, NULL, out);
    assert_true(isnan(out[0]));
    /* log x where x > 0, else 0: at 0 the slope of log is infinite. */
    gt_tensor *zero = gt_constant(g, 0, gt_shape_scalar()), *grad;
    gt_tensor *safe = gt_select(g, gt_step(g, x), gt_log(g, x), zero);
    gt_grad(g, gt_sum(g, safe), &safe->inputs[1], 1, &grad);
    run(grad, x, (double[]){0, 4, -1}, NULL, NULL, out);
    assert_values(out, (double[]){0, 1, 0}, 3);
}

/* ---- Differentiation ------------------------------------------------------------------ */

static void ties_split(void **state) {
    gt_tensor *a = input(GT_SHAPE(3)), *b = input(GT_SHAPE(3)), *wrt[] = {a, b}, *grads[4];
    gt_grad(g, gt_sum(g, gt_max(g, a, b)), wrt, 2, grads);
    gt_grad(g, gt_sum(g, gt_min(g, a, b)), wrt, 2, grads + 2);
    const double x[] = {1, 2, 3}, y[] = {1, 3, 2};
    static const double want[4][3] = {{0.5, 0, 1}, {0.5, 1, 0}, {0.5, 1, 0}, {0.5, 0, 1}};
    for (int i = 0; i < 4; i++) {
        double out[3];
        run(grads[i], a, x, b, y, out);
        assert_values(out, want[i], 3);
    }
}

/* A tied side gets its half and nothing of an infinite gradient that is not its own. */
static void loser_gets_exact_zero(void **state) {
    gt_tensor *a = input(GT_SHAPE(2)), *b = input(GT_SHAPE(2)), *seed = input(GT_SHAPE(2));
    gt_tensor *grad;
    gt_grad_from(g, gt_max(g, a, b), seed, &a, 1, &grad);
    gt_error err = {0};
    gt_feed feeds[] = {
        {a, (double[]){0, 1}}, {b, (double[]){1, 0}}, {seed, (double[]){INFINITY, 3}}};
    double out[2], *outputs = out;
    assert_ok(gt_reference_run(g, feeds, 3, &grad, 1, &outputs, &err), err);
    assert_values(out, (double[]){0, 3}, 2);
}

static void equal_maxima_share(void **state) {
    gt_tensor *x = input(GT_SHAPE(2, 4)), *grad;
    gt_tensor *best = gt_reduce_max(g, x, 1);
    gt_tensor *scaled = gt_mul(g, best, gt_constant(g, 6, GT_SHAPE(1)));
    gt_grad(g, gt_sum(g, scaled), &x, 1, &grad);
    double out[8];
    run(grad, x, (double[]){5, 1, 5, 5, -1, -2, -3, -4}, NULL, NULL, out);
    assert_values(out, (double[]){2, 0, 2, 2, 6, 0, 0, 0}, 8);
}

static void kinks(void **state) {
    gt_tensor *x = input(GT_SHAPE(3)), *grads[2];
    gt_grad(g, gt_sum(g, gt_relu(g, x)), &x, 1, grads);
    gt_grad(g, gt_sum(g, gt_abs(g, x)), &x, 1, grads + 1);
    double out[3];
    run(grads[0], x, (double[]){-1, 0, 1}, NULL, NULL, out);
    assert_values(out, (double[]){0, 0, 1}, 3);
    run(grads[1], x, (double[]){-1, 0, 1}, NULL, NULL, out);
    assert_values(out, (double[]){-1, 0, 1}, 3);
}

/* Slices that do not overlap come back as one concat; padded sums are left out of the result.
 */
static void slices_become_concat(void **state) {
    static const struct {
        int64_t start[3], length[3];
        int pieces; /* inputs of the concat, gaps included; 0 = no concat */
    } cuts[] = {
        {{0, 2, 4}, {2, 2, 2}, 3}, {{4, 0, 2}, {2, 2, 2}, 3}, {{0, 2, 5}, {2, 2, 1}, 4},
        {{1, 2, 4}, {1, 1, 1}, 6}, {{0, 1, 4}, {2, 2, 2}, 0},
    };
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        gt_tensor *x = input(GT_SHAPE(2, 6)), *loss = gt_constant(g, 0, gt_shape_scalar());
        double data[12], out[12], want[12] = {0};
        for (int i = 0; i < 12; i++) data[i] = i + 1;
        for (int p = 0; p < 3; p++) {
            int64_t start = cuts[c].start[p], length = cuts[c].length[p];
            gt_tensor *piece = gt_slice(g, x, 1, start, length);
            loss = gt_add(g, loss, gt_affine(g, gt_sum(g, gt_square(g, piece)), p + 1, 0));
            for (int64_t i = 0; i < 2 * length; i++) {
                int64_t at = i / length * 6 + start + i % length;
                want[at] += 2 * (p + 1) * data[at];
            }
        }
        gt_tensor *grad;
        gt_grad(g, loss, &x, 1, &grad);
        if (cuts[c].pieces) {
            assert_int_equal(grad->op, GT_OP_CONCAT);
            assert_int_equal(grad->input_count, cuts[c].pieces);
            for (int i = 0; i < grad->input_count; i++)
                assert_int_not_equal(grad->inputs[i]->op, GT_OP_PAD);
        } else {
            assert_int_equal(grad->op, GT_OP_ADD);
        }
        run(grad, x, data, NULL, NULL, out);
        assert_values(out, want, 12);
    }
}

/* Pieces next to other gradients, and pieces along two axes. */
static void slices_among_others(void **state) {
    gt_tensor *x = input(GT_SHAPE(2, 2)), *grad;
    gt_tensor *left = gt_sum(g, gt_slice(g, x, 1, 0, 1));
    gt_tensor *right = gt_sum(g, gt_affine(g, gt_slice(g, x, 1, 1, 1), 10, 0));
    gt_tensor *top = gt_sum(g, gt_affine(g, gt_slice(g, x, 0, 0, 1), 100, 0));
    gt_tensor *whole = gt_sum(g, gt_affine(g, x, 1000, 0));
    gt_tensor *loss = gt_add(g, gt_add(g, top, left), gt_add(g, whole, right));
    gt_grad(g, loss, &x, 1, &grad);
    assert_int_equal(count_ops(GT_OP_CONCAT), 1);
    double out[4];
    run(grad, x, (double[]){1, 2, 3, 4}, NULL, NULL, out);
    assert_values(out, (double[]){1101, 1110, 1001, 1010}, 4);
}

static void nothing_unwanted(void **state) {
    gt_tensor *x = input(GT_SHAPE(1, 1, 4, 4)), *w = input(GT_SHAPE(2, 1, 3, 3)), *grad;
    gt_tensor *unused = input(GT_SHAPE(2, 3)), *wrt[] = {w, unused}, *grads[2];
    gt_tensor *y = gt_conv2d(g, x, w, NULL, (gt_conv){1, 1, 1});
    gt_tensor *loss = gt_sum(g, gt_square(g, y));
    gt_grad(g, loss, wrt, 2, grads);
    assert_int_equal(count_ops(GT_OP_CONV2D_DATA), 0);
    assert_int_equal(count_ops(GT_OP_CONV2D_WEIGHTS), 1);
    assert_int_equal(grads[1]->op, GT_OP_CONSTANT);
    assert_true(gt_shape_equal(grads[1]->shape, unused->shape));
    /* By a value on the way: its own gradient, and those before it still come. */
    gt_tensor *both[] = {y, x};
    gt_grad(g, loss, both, 2, grads);
    assert_true(gt_shape_equal(grads[0]->shape, y->shape));
    assert_int_equal(count_ops(GT_OP_CONV2D_DATA), 1);
    /* By the loss itself, by what came after it, and through a stopped gradient. */
    gt_grad(g, loss, &loss, 1, &grad);
    assert_true(grad->op == GT_OP_CONSTANT && grad->attr.shift == 1);
    gt_tensor *late = gt_exp(g, loss);
    gt_grad(g, loss, &late, 1, &grad);
    assert_true(grad->op == GT_OP_CONSTANT && grad->attr.shift == 0);
    int count = g->count;
    gt_tensor *stopped = gt_sum(g, gt_stop_gradient(g, w));
    gt_grad(g, stopped, &w, 1, &grad);
    assert_true(grad->op == GT_OP_CONSTANT && grad->attr.shift == 0);
    assert_true(g->count <= count + 5);
}

static void refused_gradients(void **state) {
    gt_error err = {0};
    gt_tensor *x = input(GT_SHAPE(2, 3)), *c = gt_constant(g, 1, GT_SHAPE(2)), *grad;
    static const char *const text[] = {
        "grad: the loss has shape 2x3 (rank 2), expected a scalar",
        "grad: seed 2 for a value of shape 2x3",
        "grad: value 1 of 1 to differentiate by is a constant",
    };
    for (int i = 0; i < 3; i++) {
        g->error = (gt_error){0};
        if (i == 0) gt_grad(g, x, &x, 1, &grad);
        if (i == 1) gt_grad_from(g, x, c, &x, 1, &grad);
        if (i == 2) gt_grad(g, gt_sum(g, c), &c, 1, &grad);
        assert_ptr_equal(grad, g->poison);
        assert_int_not_equal(gt_graph_check(g, &err), GT_OK);
        assert_string_equal(err.text, text[i]);
    }
}

/* ---- Reference ------------------------------------------------------------------------ */

static void reference_refuses(void **state) {
    gt_error err = {0};
    gt_tensor *x = gt_input(g, "images", GT_SHAPE(2)),
              *y = gt_parameter(g, "w", GT_SHAPE(2), 0);
    gt_tensor *n = gt_random_normal(g, "eps", 1, GT_SHAPE(2)), *sum = gt_add(g, x, y);
    gt_tensor *noisy = gt_add(g, x, n);
    double data[] = {1, 2}, out[2], *outputs = out;
    gt_feed feed = {x, data};
    assert_int_equal(gt_reference_run(g, &feed, 1, &sum, 1, &outputs, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "parameter 'w' has no value");
    assert_int_equal(gt_reference_run(g, &feed, 1, &noisy, 1, &outputs, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "random 'eps' has no value");
    assert_int_equal(gt_reference_run(g, NULL, 0, &x, 1, &outputs, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "input 'images' has no value");
    /* What is not needed need not be fed; a value may be fetched twice, or be a leaf. */
    gt_tensor *fetched[] = {gt_exp(g, x), x, x};
    double a[2], b[2], c[2];
    assert_ok(gt_reference_run(g, &feed, 1, fetched, 3, (double *[]){a, b, c}, &err), err);
    assert_values(a, (double[]){exp(1), exp(2)}, 2);
    assert_values(b, data, 2);
    assert_values(c, data, 2);
}

/* Hand-made values: finite differences only show that gradients fit the forward. */
static void known_values(void **state) {
    gt_tensor *x = input(GT_SHAPE(1, 1, 3, 3)), *w = input(GT_SHAPE(1, 1, 2, 2));
    const double image[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, kernel[] = {1, 10, 100, 1000};
    const double below_zero[] = {-1, -2, -3, -4, -5, -6, -7, -8, -9}, equal[9] = {0};
    double out[16];
    run(gt_conv2d(g, x, w, NULL, (gt_conv){1, 0, 1}), x, image, w, kernel, out);
    assert_values(out, (double[]){5421, 6532, 8754, 9865}, 4);
    run(gt_conv2d(g, x, w, NULL, (gt_conv){2, 1, 1}), x, image, w, kernel, out);
    assert_values(out, (double[]){1000, 3200, 7040, 9865}, 4);
    gt_tensor *m = input(GT_SHAPE(2, 2));
    const double matrix[] = {0, 2, 4, 6};
    run(gt_inverse(g, m), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){-0.75, 0.25, 0.5, 0}, 4);
    run(gt_log_abs_det(g, m), m, matrix, NULL, NULL, out);
    assert_near(out[0], log(8), 1e-15);
    run(gt_log_abs_det(g, m), m, (double[]){1, 2, 2, 4}, NULL, NULL, out);
    assert_true(isinf(out[0]) && out[0] < 0);
    run(gt_permute(g, m, (const int[]){1, 0}), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){0, 4, 2, 6}, 4);
    run(gt_pad(g, m, 1, 1, 0, 9), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){9, 0, 2, 9, 4, 6}, 6);
    run(gt_matmul(g, m, m, true, false), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){16, 24, 24, 40}, 4);
    gt_tensor *image2 = gt_reshape(g, m, GT_SHAPE(1, 1, 2, 2));
    run(gt_avg_pool(g, image2, 2), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){3}, 1);
    run(gt_max_pool(g, image2, 3, 2, 1), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){6}, 1);
    run(gt_max_pool(g, x, 3, 2, 1), x, below_zero, NULL, NULL, out);
    assert_values(out, (double[]){-1, -2, -4, -5}, 4);
    gt_tensor *slope;
    gt_grad(g, gt_sum(g, gt_max_pool(g, x, 3, 2, 1)), &x, 1, &slope);
    run(slope, x, equal, NULL, NULL, out); /* the first of equal ones */
    assert_values(out, (double[]){1, 1, 0, 1, 1, 0, 0, 0, 0}, 9);
    run(gt_upsample(g, image2, 2), m, matrix, NULL, NULL, out);
    assert_values(out, (double[]){0, 0, 2, 2, 0, 0, 2, 2, 4, 4, 6, 6, 4, 4, 6, 6}, 16);
    run(gt_gelu(g, m), m, (double[]){0, 1, -1, 40}, NULL, NULL, out);
    assert_values(out, (double[]){0, 0.84134474606854293, -0.15865525393145705, 40}, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(builders_refuse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failure_sticks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scopes_nest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_graphs, set_up, tear_down),
        cmocka_unit_test(classes_match_the_list),
        cmocka_unit_test(shape_texts),
        cmocka_unit_test_setup_teardown(broadcasting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ties_split, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loser_gets_exact_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_maxima_share, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kinks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slices_become_concat, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slices_among_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_unwanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_gradients, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reference_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(known_values, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
