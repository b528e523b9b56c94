/* conv_tiles_test.c - gradients of weights by our own Winograd, and convolutions with windows
 * of 4x4, against the definition, by force, at maps that fill no tile, channels of several
 * blocks, chunks of tiles and groups of blocks that end early, added and not, by any number of
 * threads.
 */
#include "kernel_call.h"

#include "cpu/conv.h"

typedef struct geometry {
    int64_t images, in, out, height, width;
} geometry;

/* clang-format off */
static const geometry geometries[] = {
    {1, 16, 16, 1, 1}, {9, 16, 48, 1, 1}, {1, 16, 32, 2, 3}, {5, 32, 16, 3, 3}, {2, 16, 272, 4, 4},
    {3, 272, 16, 4, 3}, {9, 48, 80, 4, 4}, {1, 64, 64, 5, 7}, {2, 32, 48, 8, 9}, {1, 16, 16, 1, 20},
    {7, 16, 32, 12, 11}, {1, 48, 32, 20, 13}, {9, 16, 16, 20, 20}, /* 225 tiles: two chunks */
    {4, 16, 16, 24, 24}, {1, 176, 176, 4, 4}, {3, 16, 16, 17, 15},
};
/* clang-format on */
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static const float *bias_of(const gt_conv_problem *p) {
    static float bias[512];
    for (int i = 0; i < 512; i++) bias[i] = (float)(i % 7) - 3;
    return p->bias ? bias : NULL;
}

/* What it computes of a and b, added to `held` unless that is NULL. */
static float *result_of(const gt_conv_problem *p, gt_shape shape, const float *a,
                        const float *b, const float *held, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, GT_CONV_TILES, threads, &work, &err), err);
    assert_string_equal(gt_conv_name(work), "tiles");
    int64_t count = gt_shape_count(shape);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float));
    int64_t packed = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float));
    float *result = call_new(count), *scratch = call_new(room), *weights = call_new(packed);
    if (held) memcpy(result, held, (size_t)count * sizeof *result);
    if (packed) assert_ok(gt_conv_prepare(work, b, weights, &err), err);
    assert_ok(gt_conv_run(work, a, packed ? weights : b, bias_of(p), result, held != NULL,
                          scratch, &err),
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
static void judge(const float *got, const double *want, const double *size, const float *held,
                  const gt_conv_problem *p, gt_shape shape, int64_t terms, int threads) {
    static const double u = 0x1p-24;
    int64_t count = gt_shape_count(shape);
    double largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, size[i]);
    if (terms < 36) terms = 36;
    for (int64_t i = 0; i < count; i++) {
        double there = held ? held[i] : 0;
        double off = fabs(got[i] - (want[i] + there));
        if (!(off <= (double)(terms + 2) * u * (largest + fabs(there))))
            fail_msg("%lld images of %lldx%lld, %d threads: number %lld is %.9g, not %.9g",
                     (long long)p->x.dim[0], (long long)p->x.dim[2], (long long)p->x.dim[3],
                     threads, (long long)i, (double)got[i], want[i] + there);
    }
}

/* The node of a problem, whose inputs in blocks are a and b; weights stay as they are. */
static void check_problem(const gt_conv_problem *p, const gt_tensor *node, int64_t terms) {
    static const int threads[] = {1, 2, 3, 5};
    bool is_gradient = p->kind == GT_CONV_WEIGHTS;
    gt_shape shape = node->shape, of_b = node->inputs[1]->shape;
    float *in[GT_CALL_INPUTS];
    call_draw(node, 1, in);
    if (p->bias) memcpy(in[2], bias_of(p), (size_t)p->w.dim[0] * sizeof *in[2]);
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
        float *got = result_of(p, shape, a, b, there, threads[i / 2]);
        if (is_gradient)
            memcpy(plain, got, (size_t)count * sizeof *got);
        else
            call_block(shape, got, plain, true);
        judge(plain, want, size, there ? plain_held : NULL, p, shape, terms, threads[i / 2]);
        call_crowd_begin(&crowd);
        float *alone = result_of(p, shape, a, b, there, threads[i / 2]);
        call_crowd_end(&crowd);
        if (!first[i % 2]) first[i % 2] = got;
        call_assert_bits(got, first[i % 2], count, "together", threads[i / 2]);
        call_assert_bits(alone, got, count, "alone", threads[i / 2]);
        free(alone);
        if (got != first[i % 2]) free(got);
    }
    free(first[0]), free(first[1]);
    free(held), free(plain_held), free(plain), free(a), free(b), free(want), free(size);
    call_free(node, in);
}

static void check(const geometry *e, int64_t taps, int pad) {
    int64_t less = taps - 1 - 2 * pad;
    gt_shape x = GT_SHAPE(e->images, e->in, e->height + less, e->width + less),
             w = GT_SHAPE(e->out, e->in, taps, taps),
             y = GT_SHAPE(e->images, e->out, e->height, e->width);
    gt_conv_problem p = {.kind = GT_CONV_WEIGHTS, .x = x, .w = w, .y = y};
    if (x.dim[2] < 1 || x.dim[3] < 1) return;
    p.how = (gt_conv){.stride = 1, .pad = pad, .groups = 1};
    p.x_blocked = p.y_blocked = true;
    gt_graph *g = gt_graph_create();
    gt_tensor *in_x = gt_input(g, "x", x), *in_y = gt_input(g, "y", y),
              *in_w = gt_input(g, "w", w), *bias = gt_input(g, "b", GT_SHAPE(e->out));
    check_problem(&p, gt_conv2d_weights(g, in_x, in_y, w, p.how),
                  e->images * e->height * e->width);
    if (taps == 4) {
        p.kind = GT_CONV_DATA;
        check_problem(&p, gt_conv2d_data(g, in_y, in_w, x, p.how), e->out * taps * taps);
        p.kind = GT_CONV_FORWARD;
        check_problem(&p, gt_conv2d(g, in_x, in_w, NULL, p.how), e->in * taps * taps);
        p.bias = true;
        check_problem(&p, gt_conv2d(g, in_x, in_w, bias, p.how), e->in * taps * taps);
    }
    gt_graph_destroy(g);
}

static void gradients(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) check(&geometries[i], 3, 1);
    for (int pad = 0; pad < 3; pad++) check(&geometries[GEOMETRIES - 1], 3, pad);
}

static void windows_of_four(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) check(&geometries[i], 4, i % 4);
}

/* What it is not made for it does not take. */
static void refusals(void **state) {
    gt_error err = {0};
    gt_conv_problem good = {.kind = GT_CONV_WEIGHTS,
                            .x = GT_SHAPE(2, 16, 8, 8),
                            .w = GT_SHAPE(16, 16, 3, 3),
                            .y = GT_SHAPE(2, 16, 8, 8),
                            .how = {1, 1, 1},
                            .x_blocked = true,
                            .y_blocked = true};
    gt_conv_problem bad[] = {good, good, good, good, good};
    bad[0].kind = GT_CONV_DATA; /* of windows of 3x3 */
    bad[1].x_blocked = false;
    bad[2].how.pad = 3, bad[2].y = GT_SHAPE(2, 16, 12, 12);
    bad[3].x.dim[0] = bad[3].y.dim[0] = 0;
    bad[4].how.stride = 2, bad[4].y = GT_SHAPE(2, 16, 4, 4);
    for (int i = 0; i < 5; i++) {
        gt_conv_work *work = NULL;
        assert_int_equal(gt_conv_create(&bad[i], GT_CONV_TILES, 1, &work, &err),
                         GT_UNSUPPORTED);
        assert_null(work);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients),
                                       cmocka_unit_test(windows_of_four),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
