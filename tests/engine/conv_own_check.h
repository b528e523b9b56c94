/* conv_own_check.h - a convolution by one of our own algorithms, on images in blocks, against
 * the definition: with a bias, added and not, by any number of threads. */
#ifndef GT_TEST_CONV_OWN_CHECK_H
#define GT_TEST_CONV_OWN_CHECK_H

#include "kernel_call.h"

#include "cpu/conv.h"

typedef struct own_algorithm {
    gt_conv_algorithm algorithm;
    const char *name;
    bool by_threads; /* bits may depend on how many threads are asked for */
} own_algorithm;

static inline const float *own_bias(const gt_conv_problem *p) {
    static float bias[512];
    for (int i = 0; i < 512; i++) bias[i] = (float)(i % 7) - 3;
    return p->bias ? bias : NULL;
}

/* What it computes of a and b, added to `held` unless that is NULL. */
static inline float *own_result(const gt_conv_problem *p, gt_shape shape, const float *a,
                                const float *b, const float *held, int threads,
                                own_algorithm of) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, of.algorithm, threads, &work, &err), err);
    if (of.name) assert_string_equal(gt_conv_name(work), of.name);
    int64_t count = gt_shape_count(shape);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float));
    int64_t packed = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float));
    float *result = call_new(count), *scratch = call_new(room), *weights = call_new(packed);
    if (held) memcpy(result, held, (size_t)count * sizeof *result);
    if (packed) assert_ok(gt_conv_prepare(work, b, weights, &err), err);
    assert_ok(gt_conv_run(work, a, packed ? weights : b, &(gt_conv_beside){.bias = own_bias(p)},
                          result, held != NULL, scratch, &err),
              err);
    call_check_guard(result, count, "result");
    call_check_guard(scratch, room, "scratch");
    call_check_guard(weights, packed, "weights");
    free(scratch), free(weights);
    gt_conv_destroy(work);
    return result;
}

/* A sum of that many terms, off by u a term and addition; the transforms mix neighbours, so the
 * largest sum counts for all, and of a few pixels they make 36 numbers. */
static inline void own_judge(const float *got, const double *want, const double *size,
                             const float *held, const gt_conv_problem *p, gt_shape shape,
                             int64_t terms, int threads) {
    static const double u = 0x1p-24;
    int64_t count = gt_shape_count(shape);
    double largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, size[i]);
    if (terms < 36) terms = 36;
    for (int64_t i = 0; i < count; i++) {
        double there = held ? held[i] : 0;
        double sum = want[i] + there, off = fabs(got[i] - (p->clip ? fmax(sum, 0) : sum));
        if (!(off <= (double)(terms + 2) * u * (largest + fabs(there))))
            fail_msg("%lld images of %lldx%lld, %d threads: number %lld is %.9g, not %.9g",
                     (long long)p->x.dim[0], (long long)p->x.dim[2], (long long)p->x.dim[3],
                     threads, (long long)i, (double)got[i], want[i] + there);
    }
}

/* The node of a problem, whose inputs in blocks are a and b; weights stay as they are. */
static inline void own_check(const gt_conv_problem *p, const gt_tensor *node, int64_t terms,
                             own_algorithm of) {
    static const int threads[] = {1, 2, 3, 5};
    bool is_gradient = p->kind == GT_CONV_WEIGHTS;
    gt_shape shape = node->shape, of_b = node->inputs[1]->shape;
    float *in[GT_CALL_INPUTS];
    call_draw(node, 1, in);
    if (p->bias) memcpy(in[2], own_bias(p), (size_t)p->w.dim[0] * sizeof *in[2]);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    int64_t count = gt_shape_count(shape);
    float *a = call_new(gt_shape_count(node->inputs[0]->shape)),
          *b = call_new(gt_shape_count(of_b)), *plain = call_new(count);
    float *held = call_drawn(count, 9, 3), *plain_held = call_new(count);
    call_block(node->inputs[0]->shape, in[0], a, false);
    if (is_gradient)
        call_block(of_b, in[1], b, false);
    else
        memcpy(b, in[1], (size_t)gt_shape_count(of_b) * sizeof *b);
    if (is_gradient)
        memcpy(plain_held, held, (size_t)count * sizeof *held);
    else
        call_block(shape, held, plain_held, true);
    float *first[2] = {NULL,
                       NULL}; /* chunks follow from the shapes alone, and so do all bits */
    for (int i = 0; i < 8; i++) {
        const float *there = i % 2 ? held : NULL;
        call_crowd crowd;
        float *got = own_result(p, shape, a, b, there, threads[i / 2], of);
        if (is_gradient)
            memcpy(plain, got, (size_t)count * sizeof *got);
        else
            call_block(shape, got, plain, true);
        own_judge(plain, want, size, there ? plain_held : NULL, p, shape, terms,
                  threads[i / 2]);
        call_crowd_begin(&crowd);
        float *alone = own_result(p, shape, a, b, there, threads[i / 2], of);
        call_crowd_end(&crowd);
        if (!first[i % 2]) first[i % 2] = got;
        if (!of.by_threads)
            call_assert_bits(got, first[i % 2], count, "together", threads[i / 2]);
        call_assert_bits(alone, got, count, "alone", threads[i / 2]);
        free(alone);
        if (got != first[i % 2]) free(got);
    }
    free(first[0]), free(first[1]);
    free(held), free(plain_held), free(plain), free(a), free(b), free(want), free(size);
    call_free(node, in);
}

#endif
