/* conv_tiles_test.c - gradients of weights by our own Winograd, and convolutions with windows
 * of 4x4, against the definition, by force, at maps that fill no tile, channels of several
 * blocks, chunks of tiles and groups of blocks that end early, added and not, by any number of
 * threads.
 */
#include "conv_own_check.h"

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

static const own_algorithm tiles = {GT_CONV_TILES, "tiles", false};

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
    own_check(&p, gt_conv2d_weights(g, in_x, in_y, w, p.how), e->images * e->height * e->width,
              tiles);
    if (taps == 4) {
        p.kind = GT_CONV_DATA;
        own_check(&p, gt_conv2d_data(g, in_y, in_w, x, p.how), e->out * taps * taps, tiles);
        p.kind = GT_CONV_FORWARD;
        own_check(&p, gt_conv2d(g, in_x, in_w, NULL, p.how), e->in * taps * taps, tiles);
        p.bias = true;
        own_check(&p, gt_conv2d(g, in_x, in_w, bias, p.how), e->in * taps * taps, tiles);
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
