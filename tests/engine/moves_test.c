/* moves_test.c - kernels that only move numbers: what comes out is what the definition says, to
 * the bit, in both layouts, for sizes that fit no block and no piece, whatever the number of
 * threads. */
#include "kernel_call.h"

static gt_graph *g;

static gt_tensor *input(gt_shape shape) {
    return gt_input(g, "x", shape);
}

/* Shapes that the ops below take: channels on both sides of a block, pixels on both sides of
 * its lanes, long lines, single pixels. */
static const gt_shape images[] = {{4, {1, 1, 1, 1}},   {4, {2, 15, 3, 5}},  {4, {1, 16, 1, 1}},
                                  {4, {3, 16, 4, 6}},  {4, {2, 17, 5, 4}},  {4, {1, 32, 7, 3}},
                                  {4, {2, 33, 2, 9}},  {4, {1, 48, 17, 1}}, {4, {5, 64, 16, 2}},
                                  {4, {1, 3, 31, 33}}, {4, {1, 1, 1, 300}}};
enum { IMAGES = sizeof images / sizeof *images, THREADS = 5 };

/* Runs node in both layouts and with every number of threads; all give the same bits. */
static void check(const gt_tensor *node, const char *what) {
    gt_error err = {0};
    float *in[GT_CALL_INPUTS];
    assert_ok(gt_graph_check(g, &err), err);
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false);
    int64_t count = gt_shape_count(node->shape);
    for (int layout = GT_PLAIN; layout <= GT_BLOCKED; layout++)
        for (int threads = 1; threads <= THREADS; threads++) {
            float *got = call_kernel(
                node, in, (call_how){.layout = (gt_layout)layout, .threads = threads});
            for (int64_t i = 0; i < count; i++)
                if (!call_same(got[i], (float)want[i])) {
                    char text[96];
                    fail_msg("%s of %s, %s, %d threads: number %lld is %g, not %g", what,
                             gt_shape_text(node->inputs[0]->shape, text),
                             layout ? "blocked" : "plain", threads, (long long)i,
                             (double)got[i], want[i]);
                }
            free(got);
        }
    free(want);
    call_free(node, in);
}

/* The builder returns its input where there is nothing to do. */
static void check_op(gt_tensor *y, gt_op op, const char *what) {
    if (y->op == op) check(y, what);
}

static void each_image(void (*one)(gt_shape shape)) {
    for (int i = 0; i < IMAGES; i++) {
        g = gt_graph_create();
        one(images[i]);
        gt_graph_destroy(g);
    }
}

/* First, middle and last parts, and those that begin or end where blocks do. */
static void slices_of(gt_shape s) {
    for (int axis = 0; axis < 4; axis++) {
        int64_t n = s.dim[axis], starts[] = {0, 1, n / 2, 16, n - 1};
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            int64_t start = starts[i], lengths[] = {1, 15, 16, n - start};
            for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
                if (start + lengths[k] <= n && lengths[k] > 0)
                    check_op(gt_slice(g, input(s), axis, start, lengths[k]), GT_OP_SLICE,
                             "slice");
        }
    }
}

static void pads_of(gt_shape s) {
    static const int64_t sides[][2] = {{1, 0}, {0, 2}, {15, 1}, {16, 16}, {3, 17}};
    for (int axis = 0; axis < 4; axis++)
        for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
            check(gt_pad(g, input(s), axis, sides[i][0], sides[i][1], -1.5), "pad");
}

static void concats_of(gt_shape s) {
    static const int64_t second[] = {1, 15, 16, 32};
    for (int axis = 0; axis < 4; axis++)
        for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
            gt_shape other = s, same = s;
            other.dim[axis] = second[i];
            gt_tensor *parts[] = {input(s), input(other), input(same)};
            check(gt_concat(g, parts, 3, axis), "concat");
        }
}

/* Every order of four axes, and what is left of ranks 2 to 6. */
static void permutes_of(gt_shape s) {
    for (int code = 0; code < 256; code++) {
        int order[] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        unsigned seen = 0;
        for (int i = 0; i < 4; i++) seen |= 1u << order[i];
        if (seen == 15) check_op(gt_permute(g, input(s), order), GT_OP_PERMUTE, "permute");
    }
}

static void reverses_of(gt_shape s) {
    for (int axis = 0; axis < 4; axis++)
        check_op(gt_reverse(g, input(s), axis), GT_OP_REVERSE, "reverse");
}

static void upsamples_of(gt_shape s) {
    for (int k = 2; k <= 5; k++) check(gt_upsample(g, input(s), k), "upsample");
}

static void nearest_of(gt_shape s) {
    static const int64_t sizes[] = {1, 2, 5, 16, 33};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++)
            check_op(gt_resize(g, input(s), sizes[i], sizes[k], GT_RESIZE_NEAREST),
                     GT_OP_RESIZE, "nearest");
}

static void unfolds_of(gt_shape s) {
    for (int k = 1; k <= 4; k++)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad < k; pad++)
                if (s.dim[2] + 2 * pad >= k && s.dim[3] + 2 * pad >= k)
                    check(gt_unfold(g, input(s), k, stride, pad), "unfold");
}

/* Channels to pixels and back: k k of them, or fewer, which do not divide. */
static void shuffles_of(gt_shape s) {
    for (int k = 1; k <= 4; k++) {
        if (s.dim[1] % (k * k) == 0) check(gt_pixel_shuffle(g, input(s), k), "shuffle");
        if (s.dim[2] % k == 0 && s.dim[3] % k == 0)
            check(gt_pixel_unshuffle(g, input(s), k), "unshuffle");
    }
    gt_shape many = GT_SHAPE(s.dim[0], 4 * s.dim[1], s.dim[2], s.dim[3]);
    check(gt_pixel_shuffle(g, input(many), 2), "shuffle, 2x2");
    gt_shape large = GT_SHAPE(s.dim[0], s.dim[1], 2 * s.dim[2], 2 * s.dim[3]);
    check(gt_pixel_unshuffle(g, input(large), 2), "unshuffle, 2x2");
}

/* Shifts are drawn about 0 with a spread of one pixel, and then of many. */
static void shifts_of(gt_shape s) {
    gt_tensor *y = gt_shift(g, input(s), input(GT_SHAPE(s.dim[0], 2)));
    check(y, "shift");
}

static void slices(void **state) {
    each_image(slices_of);
}
static void pads(void **state) {
    each_image(pads_of);
}
static void concats(void **state) {
    each_image(concats_of);
}
static void permutes(void **state) {
    each_image(permutes_of);
}
static void reverses(void **state) {
    each_image(reverses_of);
}
static void upsamples(void **state) {
    each_image(upsamples_of);
}
static void nearest(void **state) {
    each_image(nearest_of);
}
static void unfolds(void **state) {
    each_image(unfolds_of);
}
static void shuffles(void **state) {
    each_image(shuffles_of);
}
static void shifts(void **state) {
    each_image(shifts_of);
}

/* Long lines are cut among threads, short ones are turned; ranks besides 4. */
static void other_ranks(void **state) {
    static const gt_shape shapes[] = {
        {1, {40000}},         {2, {3, 20000}},         {2, {1000, 37}},        {3, {5, 7, 300}},
        {5, {2, 3, 1, 5, 4}}, {6, {2, 1, 3, 2, 1, 9}}, {6, {3, 2, 2, 2, 2, 2}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gt_shape s = shapes[i];
        int turned[GT_MAX_RANK];
        g = gt_graph_create();
        for (int d = 0; d < s.rank; d++) turned[d] = s.rank - 1 - d;
        check_op(gt_permute(g, input(s), turned), GT_OP_PERMUTE, "permute");
        for (int axis = 0; axis < s.rank; axis++) {
            check_op(gt_reverse(g, input(s), axis), GT_OP_REVERSE, "reverse");
            check_op(gt_slice(g, input(s), axis, s.dim[axis] / 2, 1), GT_OP_SLICE, "slice");
            check(gt_pad(g, input(s), axis, 2, 1, 7), "pad");
            check(gt_concat(g, (gt_tensor *[]){input(s), input(s)}, 2, axis), "concat");
        }
        gt_graph_destroy(g);
    }
}

/* ---- Between layouts, and out of the plan --------------------------------------------- */

static void reorder(gt_shape s, int threads) {
    int64_t count = gt_shape_count(s);
    float *x = call_drawn(count, 3, 1), *want = call_new(count), *got = call_new(count);
    void *from = x, *to = got;
    gt_error err = {0};
    call_block(s, x, want, false);
    gt_operand plain = {s, GT_PLAIN, &from};
    gt_call call = {.threads = threads, .result = {s, GT_BLOCKED, &to}, .inputs = &plain};
    call.input_count = 1;
    assert_ok(gt_cpu_reorder.run(&call, &err), err);
    call_assert_bits(got, want, count, "to blocks", threads);
    call_check_guard(got, count, "to blocks");
    gt_operand blocked = {s, GT_BLOCKED, &from};
    from = want;
    call.inputs = &blocked;
    call.result.layout = GT_PLAIN;
    assert_ok(gt_cpu_reorder.run(&call, &err), err);
    call_assert_bits(got, x, count, "from blocks", threads);
    call_check_guard(got, count, "from blocks");
    free(x);
    free(want);
    free(got);
}

static void reorders(void **state) {
    for (int i = 0; i < IMAGES; i++)
        for (int threads = 1; threads <= THREADS && call_can_block(images[i]); threads++)
            reorder(images[i], threads);
}

/* Outputs of either layout come row-major, and are added where the caller asks for that. */
static void fetch(gt_shape s, gt_layout layout, bool accumulate, int threads) {
    int64_t count = gt_shape_count(s);
    float *x = call_drawn(count, 3, 1), *held = call_drawn(count, 4, 1),
          *lies = call_new(count);
    float *to = held, *before = call_drawn(count, 4, 1);
    void *from = lies;
    gt_error err = {0};
    if (layout == GT_BLOCKED)
        call_block(s, x, lies, false);
    else
        memcpy(lies, x, (size_t)count * sizeof *x);
    gt_operand operand = {s, layout, &from};
    gt_call call = {.threads = threads,
                    .result = {s, layout, NULL},
                    .inputs = &operand,
                    .input_count = 1,
                    .host = &to,
                    .accumulate = accumulate};
    assert_ok(gt_cpu_fetch.run(&call, &err), err);
    for (int64_t i = 0; i < count; i++)
        assert_true(held[i] == (accumulate ? before[i] + x[i] : x[i]));
    call_check_guard(held, count, "output");
    free(x);
    free(held);
    free(lies);
    free(before);
}

static void outputs(void **state) {
    for (int i = 0; i < IMAGES; i++)
        for (int threads = 1; threads <= THREADS; threads++)
            for (int add = 0; add < 2; add++) {
                fetch(images[i], GT_PLAIN, add, threads);
                if (call_can_block(images[i])) fetch(images[i], GT_BLOCKED, add, threads);
            }
    fetch(gt_shape_scalar(), GT_PLAIN, true, 3);
    fetch(GT_SHAPE(70000), GT_PLAIN, true, 3);
}

/* ---- Arrangements of units -------------------------------------------------------------- */

static void arrangements(void **state) {
    static const int64_t sizes[][2] = {{1, 1}, {7, 16}, {16, 7}, {33, 50}, {130, 300}};
    static const gt_degrees units[] = {
        {1, 0, true}, {3, 0, true}, {6, -1, false}, {40, 2, true}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 4; c++) {
                g = gt_graph_create();
                gt_shape s = GT_SHAPE(sizes[i][0], sizes[i][1]);
                check(gt_arrange(g, input(s), units[r], units[c]), "arrange");
                check(gt_arrange_back(g, input(s), units[r], units[c]), "arrange back");
                gt_graph_destroy(g);
            }
}

/* Places are a permutation of the units, ascending in degree, and equal degrees by number. */
static void places_of_units(void **state) {
    for (int64_t count = 1; count <= 40; count++)
        for (int64_t period = 1; period <= 45; period++) {
            gt_degrees units = {period, 0, true};
            bool seen[40] = {false};
            int64_t before = -1;
            for (int64_t place = 0; place < count; place++) {
                int64_t unit = gt_degrees_unit(units, count, place);
                assert_true(unit >= 0 && unit < count && !seen[unit]);
                seen[unit] = true;
                int64_t rank = unit % period * count + unit / period;
                assert_true(rank > before);
                before = rank;
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices),          cmocka_unit_test(pads),
        cmocka_unit_test(concats),         cmocka_unit_test(permutes),
        cmocka_unit_test(reverses),        cmocka_unit_test(upsamples),
        cmocka_unit_test(nearest),         cmocka_unit_test(unfolds),
        cmocka_unit_test(shuffles),        cmocka_unit_test(shifts),
        cmocka_unit_test(other_ranks),     cmocka_unit_test(reorders),
        cmocka_unit_test(outputs),         cmocka_unit_test(arrangements),
        cmocka_unit_test(places_of_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
