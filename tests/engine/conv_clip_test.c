/* conv_clip_test.c - convolutions that clip give the bits of a RELU of what they give without,
 * by every algorithm, whether it clips itself or is clipped afterwards: with a bias, added to
 * what is there, by several threads, and where a pixel is no number. Data gradients that mask
 * give the bits of a product with the mask's STEP, and sums of their channels. */
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
    {GT_CONV_TILES, 3, 32, 48, 9, 3, 1, true, true},
    {GT_CONV_PATCHES, 2, 32, 48, 9, 1, 0, true, true},
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
    assert_ok(gt_conv_run(work, in->x, packed,
                          &(gt_conv_beside){.bias = p->bias ? in->bias : NULL}, y, false,
                          scratch, &err),
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

/* ---- Masks ----------------------------------------------------------------------------- */

typedef struct masked {
    float *gx, *totals;
} masked;

/* NULL where the algorithm does not do it. */
static masked data_gradient(const gt_conv_problem *p, gt_conv_algorithm algorithm,
                            const float *gy, const float *w, const float *mask, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    int64_t count = gt_shape_count(p->x);
    if (gt_conv_create(p, algorithm, threads, &work, &err) == GT_UNSUPPORTED)
        return (masked){NULL, NULL};
    assert_non_null(work);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float)),
            size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float));
    float *scratch = call_new(room), *packed = call_new(size);
    masked made = {call_new(count), call_new(p->x.dim[1])};
    assert_ok(gt_conv_prepare(work, w, packed, &err), err);
    gt_conv_beside beside = {.mask = mask, .totals = made.totals};
    assert_ok(gt_conv_run(work, gy, packed, &beside, made.gx, false, scratch, &err), err);
    call_check_guard(made.gx, count, "result");
    call_check_guard(made.totals, p->x.dim[1], "totals");
    call_check_guard(scratch, room, "scratch");
    free(scratch), free(packed);
    gt_conv_destroy(work);
    return made;
}

/* Sums of up to so many numbers at a time are in float. */
static void check_totals(const gt_conv_problem *p, const masked *made) {
    enum { FLOATS = 256 };
    int64_t area = p->x.dim[2] * p->x.dim[3], lanes = p->x_blocked ? GT_BLOCK : 1;
    for (int64_t c = 0; c < p->x.dim[1]; c++) {
        double sum = 0, size = 0;
        for (int64_t i = 0; i < p->x.dim[0] * area; i++) {
            int64_t block = i / area * p->x.dim[1] / lanes + c / lanes;
            double v = made->gx[(block * area + i % area) * lanes + c % lanes];
            sum += v, size += fabs(v);
        }
        if (isnan(sum) ? !isnan(made->totals[c])
                       : !(fabs(made->totals[c] - sum) <= FLOATS * 0x1p-24 * size))
            fail_msg("the total of channel %d is %g, not %g", (int)c, (double)made->totals[c],
                     sum);
    }
}

static bool masks(gt_conv_problem p, gt_conv_algorithm algorithm, const float *gy,
                  const float *w, const float *mask) {
    float *first = NULL; /* whatever threads do, totals are added up in one order */
    int64_t count = gt_shape_count(p.x), none = 0;
    for (int threads = 1; threads <= 4; threads++) {
        p.mask = p.totals = false;
        masked plain = data_gradient(&p, algorithm, gy, w, NULL, threads);
        if (!plain.gx) return false;
        p.mask = true;
        masked quiet = data_gradient(&p, algorithm, gy, w, mask, threads);
        p.totals = true;
        masked got = data_gradient(&p, algorithm, gy, w, mask, threads);
        for (int64_t i = 0; i < count; i++) {
            plain.gx[i] *= mask[i] > 0 ? 1.0f : 0.0f;
            none += isnan(plain.gx[i]);
        }
        assert_true(none > 0 && none < threads * count);
        call_assert_bits(got.gx, plain.gx, count, "masked", threads);
        call_assert_bits(quiet.gx, plain.gx, count, "masked without totals", threads);
        check_totals(&p, &got);
        if (first) call_assert_bits(got.totals, first, p.x.dim[1], "totals", threads);
        free(plain.gx), free(plain.totals), free(quiet.gx), free(quiet.totals), free(got.gx);
        if (first)
            free(got.totals);
        else
            first = got.totals;
    }
    free(first);
    return true;
}

static void as_a_step_would(void **state) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_conv_problem p = problem_of(&cases[i], false, false);
        p.kind = GT_CONV_DATA;
        float *gy = call_drawn(gt_shape_count(p.y), 1, 1),
              *w = call_drawn(gt_shape_count(p.w), 2, 1),
              *mask = call_drawn(gt_shape_count(p.x), 3, 1);
        gy[gt_shape_count(p.y) / 2] = NAN;
        mask[0] = NAN, mask[1] = 0;
        if (!masks(p, cases[i].algorithm, gy, w, mask) &&
            cases[i].algorithm != GT_CONV_WINOGRAD)
            fail_msg("case %d is not done", (int)i);
        free(gy), free(w), free(mask);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_a_relu_would),
                                       cmocka_unit_test(as_a_step_would)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
