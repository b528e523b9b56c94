/* conv_tiles_test.c - gradients of weights by our own Winograd against the definition, by
 * force, at maps that fill no tile, channels of several blocks, chunks of tiles and groups of
 * blocks that end early, added and not, by any number of threads. */
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

/* The gradient added to `held` unless that is NULL. */
static float *gradient_of(const gt_conv_problem *p, const float *x, const float *gy,
                          const float *held, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, GT_CONV_TILES, threads, &work, &err), err);
    assert_string_equal(gt_conv_name(work), "tiles");
    int64_t count = gt_shape_count(p->w);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float));
    float *result = call_new(count), *scratch = call_new(room);
    if (held) memcpy(result, held, (size_t)count * sizeof *result);
    assert_ok(gt_conv_run(work, x, gy, NULL, result, held != NULL, scratch, &err), err);
    call_check_guard(result, count, "gradient");
    call_check_guard(scratch, room, "scratch");
    free(scratch);
    gt_conv_destroy(work);
    return result;
}

/* A sum of that many terms, off by u a term and addition; the transforms mix neighbours, so the
 * largest sum counts for all, and of a few pixels they make 36 numbers. */
static void judge(const float *got, const double *want, const double *size, const float *held,
                  const gt_conv_problem *p, int threads) {
    static const double u = 0x1p-24;
    int64_t count = gt_shape_count(p->w), terms = p->y.dim[0] * p->y.dim[2] * p->y.dim[3];
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

static void check(const geometry *e) {
    static const int threads[] = {1, 2, 3, 5};
    gt_shape x = GT_SHAPE(e->images, e->in, e->height, e->width),
             w = GT_SHAPE(e->out, e->in, 3, 3),
             y = GT_SHAPE(e->images, e->out, e->height, e->width);
    gt_conv_problem p = {.kind = GT_CONV_WEIGHTS, .x = x, .w = w, .y = y, .how = {1, 1, 1}};
    p.x_blocked = p.y_blocked = true;
    gt_graph *g = gt_graph_create();
    gt_tensor *node = gt_conv2d_weights(g, gt_input(g, "x", x), gt_input(g, "y", y), w, p.how);
    float *in[GT_CALL_INPUTS];
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    float *a = call_new(gt_shape_count(x)), *b = call_new(gt_shape_count(y));
    float *held = call_drawn(gt_shape_count(w), 9, 3);
    call_block(x, in[0], a, false);
    call_block(y, in[1], b, false);
    float *first[2] = {NULL,
                       NULL}; /* chunks follow from the shapes alone, and so do all bits */
    for (int i = 0; i < 8; i++) {
        const float *there = i % 2 ? held : NULL;
        call_crowd crowd;
        float *got = gradient_of(&p, a, b, there, threads[i / 2]);
        judge(got, want, size, there, &p, threads[i / 2]);
        call_crowd_begin(&crowd);
        float *alone = gradient_of(&p, a, b, there, threads[i / 2]);
        call_crowd_end(&crowd);
        if (!first[i % 2]) first[i % 2] = got;
        call_assert_bits(got, first[i % 2], gt_shape_count(w), "together", threads[i / 2]);
        call_assert_bits(alone, got, gt_shape_count(w), "alone", threads[i / 2]);
        free(alone);
        if (got != first[i % 2]) free(got);
    }
    free(first[0]), free(first[1]);
    free(held), free(a), free(b), free(want), free(size);
    call_free(node, in);
    gt_graph_destroy(g);
}

static void gradients(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) check(&geometries[i]);
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
    bad[0].kind = GT_CONV_DATA;
    bad[1].x_blocked = false;
    bad[2].how.pad = 0, bad[2].y = GT_SHAPE(2, 16, 6, 6);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
