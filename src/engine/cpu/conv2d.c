/* conv2d.c - the kernels of convolutions and of their gradients, which conv.c computes. */
#include <stdio.h>

#include "conv.h"
#include "kernels.h"

static bool is_blocked(gt_operand operand) {
    return operand.layout == GT_BLOCKED;
}

static gt_conv_problem forward_problem(const gt_call *call) {
    gt_operand x = call->inputs[0], y = call->result;
    return (gt_conv_problem){.kind = GT_CONV_FORWARD,
                             .x = x.shape,
                             .w = call->inputs[1].shape,
                             .y = y.shape,
                             .x_blocked = is_blocked(x),
                             .y_blocked = is_blocked(y),
                             .accumulate = call->adds,
                             .clip = call->clips,
                             .how = call->attr->conv,
                             .bias = call->input_count - call->adds == 3};
}

static gt_conv_problem data_problem(const gt_call *call) {
    gt_operand x = call->result, y = call->inputs[0];
    return (gt_conv_problem){.kind = GT_CONV_DATA,
                             .x = x.shape,
                             .w = call->inputs[1].shape,
                             .y = y.shape,
                             .x_blocked = is_blocked(x),
                             .y_blocked = is_blocked(y),
                             .mask = call->masks,
                             .totals = call->totals.data != NULL,
                             .how = call->attr->conv};
}

static gt_conv_problem weights_problem(const gt_call *call) {
    gt_operand x = call->inputs[0], y = call->inputs[1];
    return (gt_conv_problem){.kind = GT_CONV_WEIGHTS,
                             .x = x.shape,
                             .w = call->result.shape,
                             .y = y.shape,
                             .x_blocked = is_blocked(x),
                             .y_blocked = is_blocked(y),
                             .how = call->attr->conv};
}

static gt_conv_problem problem_of(const gt_call *call) {
    return call->op == GT_OP_CONV2D        ? forward_problem(call)
           : call->op == GT_OP_CONV2D_DATA ? data_problem(call)
                                           : weights_problem(call);
}

static gt_status prepare(gt_call *call, gt_error *err) {
    gt_conv_problem p = problem_of(call);
    gt_conv_work *work = NULL;
    gt_status status = gt_choose_conv(call->options, &p, &work, err);
    call->state = work;
    call->flops = 2.0 * (double)gt_shape_count(p.y) * (double)p.w.dim[1] * (double)p.w.dim[2] *
                  (double)p.w.dim[3];
    return status;
}

static void release(void *state) {
    gt_conv_destroy(state);
}

static size_t scratch_bytes(const gt_call *call) {
    return gt_conv_scratch(call->state);
}

static void describe(const gt_call *call, char *text, size_t room) {
    gt_conv_problem p = problem_of(call);
    char w[96];
    snprintf(text, room, "%s  %s  %d parts%s", gt_shape_text(p.w, w), gt_conv_name(call->state),
             gt_conv_parts(call->state),
             gt_conv_hands_over(call->state) ? ", handed over" : "");
}

static const char *algorithm(const gt_call *call) {
    return gt_conv_name(call->state);
}

static bool agree(const gt_call *from, const gt_call *to) {
    return gt_conv_agree(from->state, to->state);
}

/* ---- Weights in a convolution's own order ---------------------------------------------- */

static size_t packed_bytes(const gt_call *call) {
    return gt_conv_weights_bytes(call->state);
}

static bool packed_alike(const gt_call *a, const gt_call *b) {
    return gt_conv_weights_alike(a->state, b->state);
}

static gt_status pack(const gt_call *call, const void *from, void *packed, gt_error *err) {
    return gt_conv_prepare(call->state, from, packed, err);
}

static const gt_packing weights = {1, packed_bytes, packed_alike, pack};

/* ---- Running --------------------------------------------------------------------------- */

static gt_status run(const gt_call *call, gt_error *err) {
    bool has_bias = call->op == GT_OP_CONV2D && call->input_count - call->adds == 3;
    gt_conv_beside beside = {.bias = has_bias ? gt_in(call, 2) : NULL,
                             .mask = call->masks ? gt_in(call, 2) : NULL,
                             .totals = call->totals.data ? *call->totals.data : NULL};
    return gt_conv_run(call->state, gt_in(call, 0), call->packed, &beside, gt_out(call), false,
                       call->scratch, err);
}

static gt_status run_weights(const gt_call *call, gt_error *err) {
    return gt_conv_run(call->state, gt_in(call, 0), gt_in(call, 1), NULL, gt_out(call),
                       call->accumulate, call->scratch, err);
}

const gt_kernel gt_cpu_conv2d = {.name = "convolution",
                                 .layout = GT_LAYOUT_IMAGES,
                                 .images = GT_IMAGE_RESULT | 1 << 0,
                                 .adds = true,
                                 .clips = true,
                                 .packing = &weights,
                                 .agree = agree,
                                 .prepare = prepare,
                                 .release = release,
                                 .scratch = scratch_bytes,
                                 .run = run,
                                 .describe = describe,
                                 .algorithm = algorithm};
const gt_kernel gt_cpu_conv2d_data = {.name = "convolution, data gradient",
                                      .layout = GT_LAYOUT_IMAGES,
                                      .images = GT_IMAGE_RESULT | 1 << 0 | 1 << 2,
                                      .masks = true,
                                      .packing = &weights,
                                      .prepare = prepare,
                                      .release = release,
                                      .scratch = scratch_bytes,
                                      .run = run,
                                      .describe = describe,
                                      .algorithm = algorithm};
const gt_kernel gt_cpu_conv2d_weights = {.name = "convolution, weight gradient",
                                         .layout = GT_LAYOUT_IMAGES,
                                         .images = 1 << 0 | 1 << 1,
                                         .straight = true,
                                         .prepare = prepare,
                                         .release = release,
                                         .scratch = scratch_bytes,
                                         .run = run_weights,
                                         .describe = describe,
                                         .algorithm = algorithm};
