/* kernel_call.h - one node of a graph on the processor's kernel for it, without a plan: every
 * operand in either layout, any number of threads, memory that holds rubbish and ends where the
 * result does; and what the op's own definition makes of the same numbers. */
#ifndef GT_KERNEL_CALL_H
#define GT_KERNEL_CALL_H

#include "gt_test.h"

#include <omp.h>
#include <pthread.h>

#include "cpu/kernels.h"
#include "node.h"
#include "rng.h"
#include "team.h"

enum { GT_CALL_INPUTS = 4, GT_CALL_GUARD = 32 };

/* Numbers of an operand with room behind them that nobody may write. */
static inline float *call_new(int64_t count) {
    size_t bytes = ((size_t)(count + GT_CALL_GUARD) * sizeof(float) + 63) / 64 * 64;
    float *data = aligned_alloc(64, bytes);
    assert_non_null(data);
    for (int64_t i = 0; i < count + GT_CALL_GUARD; i++) data[i] = i < count ? NAN : 12345;
    return data;
}

static inline void call_check_guard(const float *data, int64_t count, const char *what) {
    for (int64_t i = count; i < count + GT_CALL_GUARD; i++)
        if (data[i] != 12345) fail_msg("%s: written behind the end", what);
}

/* Standard normal numbers times scale. */
static inline float *call_drawn(int64_t count, uint32_t stream, float scale) {
    float *data = call_new(count);
    gt_rng_fill_normal((gt_rng_key){23, stream, 0}, 0, (size_t)count, data);
    for (int64_t i = 0; i < count; i++) data[i] *= scale;
    return data;
}

/* Drawn inputs of a node whose inputs are leaves. */
static inline void call_draw(const gt_tensor *node, float scale, float **in) {
    for (int i = 0; i < node->input_count; i++)
        in[i] = call_drawn(gt_shape_count(node->inputs[i]->shape), (uint32_t)i, scale);
}

static inline void call_free(const gt_tensor *node, float **in) {
    for (int i = 0; i < node->input_count; i++) free(in[i]);
}

/* (N,C,H,W) to (N,C/16,H,W,16), or back. */
static inline void call_block(gt_shape s, const float *from, float *to, bool back) {
    int64_t pixels = s.dim[2] * s.dim[3];
    for (int64_t i = 0; i < gt_shape_count(s); i++) {
        int64_t plane = i / pixels;
        int64_t at = (plane / GT_BLOCK * pixels + i % pixels) * GT_BLOCK + plane % GT_BLOCK;
        to[back ? i : at] = from[back ? at : i];
    }
}

static inline bool call_can_block(gt_shape s) {
    return s.rank == 4 && s.dim[1] % GT_BLOCK == 0;
}

/* The layout of input i (-1: of the result), when blocks are wished for. */
static inline gt_layout call_layout(const gt_kernel *kernel, const gt_tensor *node, int i,
                                    gt_layout wish) {
    gt_shape s = i < 0 ? node->shape : node->inputs[i]->shape;
    unsigned bit = i < 0 ? (unsigned)GT_IMAGE_RESULT : 1u << i;
    bool all = call_can_block(node->shape);
    for (int k = 0; k < node->input_count; k++)
        all = all && call_can_block(node->inputs[k]->shape);
    if (wish == GT_PLAIN || !call_can_block(s)) return GT_PLAIN;
    switch (kernel->layout) {
    case GT_LAYOUT_SHARED:
        return all ? GT_BLOCKED : GT_PLAIN;
    case GT_LAYOUT_WINDOW:
        return node->attr.axis == 1 || (node->attr.axis == 0 && all) ? GT_BLOCKED : GT_PLAIN;
    case GT_LAYOUT_IMAGES:
        return kernel->images & bit ? GT_BLOCKED : GT_PLAIN;
    default:
        return GT_PLAIN;
    }
}

/* What a call may be told besides. */
typedef struct call_how {
    gt_layout layout;
    int threads;
    const gt_plan_options *options; /* NULL: none but the threads */
    const float *add_to;            /* accumulate, or the input that the result is added to */
} call_how;

/* Row-major result of the kernel, the caller's; NULL inputs are not there. */
static inline float *call_kernel(const gt_tensor *node, float *const *in, call_how how) {
    gt_error err = {0};
    const gt_kernel *kernel = gt_cpu_backend.kernels[node->op];
    gt_operand operands[GT_CALL_INPUTS + 1];
    float *data[GT_CALL_INPUTS + 1];
    gt_plan_options options = how.options ? *how.options : (gt_plan_options){0};
    options.threads = how.threads;
    int64_t count = gt_shape_count(node->shape);
    gt_layout layout = call_layout(kernel, node, -1, how.layout);
    float *result = call_new(count), *out = result;
    gt_call call = {.kernel = kernel,
                    .options = &options,
                    .threads = how.threads,
                    .op = (int)node->op,
                    .attr = &node->attr,
                    .inputs = operands,
                    .input_count = node->input_count,
                    .adds = how.add_to && kernel->adds,
                    .accumulate = how.add_to && !kernel->adds};
    if (how.add_to) {
        if (layout == GT_BLOCKED)
            call_block(node->shape, how.add_to, result, false);
        else
            memcpy(result, how.add_to, (size_t)count * sizeof *result);
    }
    for (int i = 0; i < node->input_count; i++) {
        gt_shape s = node->inputs[i]->shape;
        gt_layout of = call_layout(kernel, node, i, how.layout);
        data[i] = call_new(gt_shape_count(s));
        if (of == GT_BLOCKED)
            call_block(s, in[i], data[i], false);
        else
            memcpy(data[i], in[i], (size_t)gt_shape_count(s) * sizeof(float));
        operands[i] = (gt_operand){s, of, (void *const *)&data[i]};
    }
    call.result = (gt_operand){node->shape, layout, (void *const *)&out};
    if (call.adds) operands[call.input_count++] = call.result;
    int omp_before = omp_get_max_threads(); /* as in a plan */
    omp_set_num_threads(1);
    if (kernel->prepare) assert_ok(kernel->prepare(&call, &err), err);
    omp_set_num_threads(how.threads);
    float *packed = NULL, *scratch = NULL;
    if (kernel->packing) {
        packed = call_new((int64_t)(kernel->packing->bytes(&call) / sizeof(float)) + 16);
        assert_ok(kernel->packing->pack(&call, data[kernel->packing->input], packed, &err),
                  err);
        call.packed = packed;
    }
    int64_t room =
        kernel->scratch ? (int64_t)((kernel->scratch(&call) + 3) / sizeof(float)) : 0;
    call.scratch = scratch = call_new(room);
    assert_ok(kernel->run(&call, &err), err);
    omp_set_num_threads(omp_before);
    call_check_guard(result, count, gt_op_class_of(node->op)->name);
    call_check_guard(scratch, room, "scratch");
    if (layout == GT_BLOCKED) {
        out = call_new(count);
        call_block(node->shape, result, out, true);
        free(result);
    }
    for (int i = 0; i < node->input_count; i++) free(data[i]);
    if (call.state && kernel->release) kernel->release(call.state);
    if (call.state && !kernel->release) free(call.state);
    free(packed);
    free(scratch);
    return out;
}

/* By the op's definition in double, of the inputs or of their absolute values; the caller's. */
static inline double *call_definition(const gt_tensor *node, float *const *in, bool absolute) {
    double *exact[GT_CALL_INPUTS], *out;
    const double *given[GT_CALL_INPUTS];
    for (int i = 0; i < node->input_count; i++) {
        int64_t count = gt_shape_count(node->inputs[i]->shape);
        given[i] = exact[i] = malloc((size_t)count * sizeof(double));
        for (int64_t k = 0; k < count; k++)
            exact[i][k] = absolute ? fabs((double)in[i][k]) : (double)in[i][k];
    }
    out = malloc((size_t)gt_shape_count(node->shape) * sizeof(double));
    assert_true(gt_op_class_of(node->op)->reference(node, given, out));
    for (int i = 0; i < node->input_count; i++) free(exact[i]);
    return out;
}

/* Equal as numbers, or both none. */
static inline bool call_same(float a, float b) {
    return a == b || (isnan(a) && isnan(b));
}

static inline void call_assert_bits(const float *a, const float *b, int64_t count,
                                    const char *what, int threads) {
    if (memcmp(a, b, (size_t)count * sizeof *a) != 0)
        fail_msg("%s: other bits with %d threads", what, threads);
}

/* ---- No helpers ----------------------------------------------------------------------- */

/* Another caller that keeps the team: who calls meanwhile does all pieces alone. */
typedef struct call_crowd {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_there, is_over;
} call_crowd;

static inline void call_stay(void *self, int64_t i, int worker) {
    call_crowd *crowd = self;
    pthread_mutex_lock(&crowd->lock);
    crowd->is_there = true;
    pthread_cond_broadcast(&crowd->changed);
    while (!crowd->is_over) pthread_cond_wait(&crowd->changed, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);
}

static inline void *call_come(void *self) {
    gt_team_run(2, 2, call_stay, self);
    return NULL;
}

static inline void call_crowd_begin(call_crowd *crowd) {
    *crowd =
        (call_crowd){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    assert_int_equal(pthread_create(&crowd->thread, NULL, call_come, crowd), 0);
    pthread_mutex_lock(&crowd->lock);
    while (!crowd->is_there) pthread_cond_wait(&crowd->changed, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);
}

static inline void call_crowd_end(call_crowd *crowd) {
    pthread_mutex_lock(&crowd->lock);
    crowd->is_over = true;
    pthread_cond_broadcast(&crowd->changed);
    pthread_mutex_unlock(&crowd->lock);
    pthread_join(crowd->thread, NULL);
}

/* The result, after making sure that its bits are the same with helpers and without. */
static inline float *call_either_way(const gt_tensor *node, float *const *in, call_how how,
                                     const char *what) {
    call_crowd crowd;
    float *together = call_kernel(node, in, how);
    call_crowd_begin(&crowd);
    float *alone = call_kernel(node, in, how);
    call_crowd_end(&crowd);
    call_assert_bits(alone, together, gt_shape_count(node->shape), what, how.threads);
    free(alone);
    return together;
}

#endif
