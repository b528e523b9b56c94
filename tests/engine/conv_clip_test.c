/* conv_clip_test.c - convolutions that clip give the bits of a RELU of what they give without,
 * by every algorithm, whether it clips itself or is clipped afterwards: with a bias, added to
 * what is there, by several threads, and where a pixel is no number. */
#include "kernel_call.h"

#include "cpu/conv.h"

typedef struct clip_case {
    gt_conv_algorithm algorithm;
    int64_t images, in, out, side;
    int window, pad;
    bool x_blocked, y_blocked;
} clip_case;

static const clip_case cases[] = {
    {GT_CONV_DIRECT, 3, 16, 32, 9, 3, 1, true, true},
    {GT_CONV_DIRECT, 1, 16, 48, 64, 1, 0, true, true}, /* parts of one image */
    {GT_CONV_DIRECT, 2, 3, 5, 7, 3, 1, false, false},
    {GT_CONV_WINOGRAD, 4, 32, 32, 16, 3, 1, true, true},
    {GT_CONV_DENSE, 3, 16, 32, 2, 3, 1, true, true},
    {GT_CONV_PAIRS, 4, 32, 32, 2, 3, 1, true, true},
    {GT_CONV_TILES, 2, 16, 32, 10, 4, 2, true, true},
    {GT_CONV_NARROW, 2, 6, 32, 9, 3, 1, false, true},
    {GT_CONV_NARROW, 2, 32, 6, 9, 3, 1, true, false},
    {GT_CONV_STRASSEN, 2, 128, 128, 12, 1, 0, true, true},
};

static gt_conv_problem problem_of(const clip_case *c, bool bias, bool adds) {
    int64_t side = c->side + 2 * c->pad + 1 - c->window;
    return (gt_conv_problem){.kind = GT_CONV_FORWARD,
                             .x = GT_SHAPE(c->images, c->in, c->side, c->side),
                             .w = GT_SHAPE(c->out, c->in, c->window, c->window),
                             .y = GT_SHAPE(c->images, c->out, side, side),
                             .how = {.stride = 1, .pad = c->pad, .groups = 1},
                             .bias = bias,
                             .accumulate = adds,
                             .x_blocked = c->x_blocked,
                             .y_blocked = c->y_blocked};
}

typedef struct numbers {
    float *x, *w, *bias, *held;
} numbers;

/* NULL where the algorithm does not do it. */
static float *computed(const gt_conv_problem *p, gt_conv_algorithm algorithm, const numbers *in,
                       int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    int64_t count = gt_shape_count(p->y);
    if (gt_conv_create(p, algorithm, threads, &work, &err) == GT_UNSUPPORTED) return NULL;
    assert_non_null(work);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float)),
            size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float));
    float *y = call_new(count), *scratch = call_new(room + 16), *packed = call_new(size);
    memcpy(y, in->held, (size_t)count * sizeof *y);
    assert_ok(gt_conv_prepare(work, in->w, packed, &err), err);
    assert_ok(
        gt_conv_run(work, in->x, packed, p->bias ? in->bias : NULL, y, false, scratch, &err),
        err);
    call_check_guard(y, count, "result");
    free(scratch), free(packed);
    gt_conv_destroy(work);
    return y;
}

/* Whether the algorithm does the problem at all; how often numbers were clipped. */
static bool clips(gt_conv_problem p, const clip_case *c, const numbers *in, int threads,
                  int64_t *clipped) {
    float *plain = computed(&p, c->algorithm, in, threads);
    if (!plain) return false;
    p.clip = true;
    float *got = computed(&p, c->algorithm, in, threads);
    int64_t count = gt_shape_count(p.y), none = 0;
    for (int64_t i = 0; i < count; i++) {
        *clipped += plain[i] <= 0;
        none += isnan(plain[i]);
        if (plain[i] <= 0) plain[i] = 0;
    }
    call_assert_bits(got, plain, count, "clipped", threads);
    assert_true(none > 0 && none < count);
    free(got), free(plain);
    return true;
}

static void as_a_relu_would(void **state) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const clip_case *c = &cases[i];
        gt_conv_problem p = problem_of(c, false, false);
        numbers in = {call_drawn(gt_shape_count(p.x), 1, 1),
                      call_drawn(gt_shape_count(p.w), 2, 1), call_drawn(c->out, 3, 1),
                      call_drawn(gt_shape_count(p.y), 4, 9)};
        int64_t clipped = 0;
        int done = 0;
        in.x[gt_shape_count(p.x) / 2] = NAN;
        for (int how = 0; how < 8; how++) {
            p = problem_of(c, how & 1, how & 2);
            done += clips(p, c, &in, how & 4 ? 3 : 1, &clipped);
        }
        if (done < 2 || clipped == 0) fail_msg("case %d: done %d times", (int)i, done);
        free(in.x), free(in.w), free(in.bias), free(in.held);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_a_relu_would)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
