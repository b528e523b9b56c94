/* conv_sizes_test.c - convolutions and their two gradients against the definition, at sizes
 * that fill no block, no tile and no piece: channels 1, 15, 16, 17, 33, every stride and
 * padding, groups, single images and pixels, in both layouts, by each algorithm. A result may
 * be off by what rounding does to a sum of that many terms, u per term and addition, and no
 * more. */
#include "kernel_call.h"

#include "cpu/conv.h"

static const double u = 0x1p-24; /* half a unit in the last place of 1 */

typedef struct geometry {
    int64_t images, in, out, height, width, k;
    int stride, pad, groups, less;
} geometry;

/* clang-format off */
static const geometry geometries[] = {
    {1, 1, 1, 1, 1, 1, 1, 0, 1}, {1, 1, 1, 3, 3, 3, 1, 0, 1}, {2, 3, 5, 7, 6, 3, 1, 1, 1},
    {1, 15, 16, 5, 4, 3, 1, 1, 1}, {2, 16, 15, 4, 5, 3, 1, 1, 1}, {3, 17, 33, 6, 5, 3, 1, 1, 1},
    {2, 33, 17, 5, 5, 1, 1, 0, 1}, {1, 16, 32, 9, 8, 1, 1, 0, 1}, {5, 48, 16, 3, 2, 1, 1, 0, 1},
    {2, 16, 16, 9, 10, 3, 2, 1, 1}, {1, 16, 48, 8, 8, 4, 2, 1, 1}, {2, 3, 16, 16, 16, 4, 2, 1, 1},
    {1, 32, 3, 9, 11, 3, 1, 1, 1}, {2, 16, 16, 7, 9, 5, 1, 2, 1}, {1, 16, 16, 11, 7, 5, 3, 0, 1},
    {1, 2, 3, 12, 13, 7, 2, 3, 1}, {2, 16, 16, 4, 4, 3, 1, 5, 1}, {1, 1, 16, 6, 6, 3, 3, 2, 1},
    {9, 16, 272, 2, 2, 3, 1, 1, 1}, {9, 272, 16, 2, 2, 3, 1, 1, 1},
    {7, 16, 32, 2, 2, 3, 1, 1, 1}, {4, 32, 16, 1, 1, 3, 1, 1, 1}, {3, 16, 16, 2, 1, 3, 2, 1, 1},
    {1, 48, 48, 9, 9, 3, 1, 1, 1}, {6, 16, 16, 17, 3, 3, 1, 1, 1}, {1, 16, 16, 1, 40, 3, 1, 1, 1},
    {2, 4, 6, 5, 5, 3, 1, 1, 2}, {2, 32, 32, 6, 5, 3, 1, 1, 2}, {1, 32, 64, 5, 6, 3, 1, 1, 4},
    {2, 32, 16, 6, 6, 3, 2, 1, 8}, {1, 48, 48, 7, 5, 3, 1, 1, 3}, {2, 66, 66, 4, 5, 3, 1, 1, 2},
    {2, 64, 64, 5, 5, 1, 1, 0, 16}, {1, 32, 64, 6, 6, 5, 1, 2, 16},
    {2, 16, 16, 6, 7, 3, 1, 1, 16}, {1, 33, 33, 5, 9, 3, 1, 1, 33}, {2, 15, 30, 5, 6, 3, 1, 1, 15},
    {4, 16, 32, 9, 9, 3, 1, 1, 1}, {5, 17, 20, 8, 9, 3, 1, 1, 1}, /* cut into parts that are summed */
    {2, 16, 32, 7, 5, 4, 1, 2, 1, 1}, {2, 3, 17, 5, 6, 4, 1, 2, 1, 1}, {1, 16, 16, 8, 9, 3, 2, 1, 1, 1},
    {1, 16, 16, 3, 3, 4, 1, 2, 1, 1}, {2, 16, 16, 6, 6, 3, 1, 1, 1, 1}, {3, 16, 16, 2, 2, 3, 1, 1, 1, 1},
    {1, 32, 32, 9, 9, 7, 1, 3, 32}, {2, 48, 48, 8, 8, 3, 2, 1, 48}, {1, 16, 32, 6, 6, 3, 1, 1, 16},
};
/* clang-format on */
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static const char *const kinds[] = {"forward", "data", "weights"};

/* ---- One convolution ------------------------------------------------------------------ */

typedef struct shapes {
    gt_shape x, w, y;
    gt_conv how;
} shapes;

static shapes shapes_of(const geometry *e) {
    int64_t h = (e->height + 2 * e->pad - e->less - e->k) / e->stride + 1;
    int64_t w = (e->width + 2 * e->pad - e->less - e->k) / e->stride + 1;
    return (shapes){GT_SHAPE(e->images, e->in, e->height, e->width),
                    GT_SHAPE(e->out, e->in / e->groups, e->k, e->k),
                    GT_SHAPE(e->images, e->out, h, w),
                    {e->stride, e->pad, e->groups, e->less}};
}

static gt_tensor *node_of(gt_graph *g, gt_conv_kind kind, const shapes *s, bool bias) {
    gt_tensor *x = gt_input(g, "x", s->x), *w = gt_input(g, "w", s->w),
              *y = gt_input(g, "y", s->y);
    gt_tensor *b = bias ? gt_input(g, "b", GT_SHAPE(s->w.dim[0])) : NULL;
    return kind == GT_CONV_FORWARD ? gt_conv2d(g, x, w, b, s->how)
           : kind == GT_CONV_DATA  ? gt_conv2d_data(g, y, w, s->x, s->how)
                                   : gt_conv2d_weights(g, x, y, s->w, s->how);
}

/* Most products that one number of the result is a sum of. */
static int64_t terms_of(gt_conv_kind kind, const shapes *s) {
    int64_t window = s->w.dim[2] * s->w.dim[3];
    if (kind == GT_CONV_FORWARD) return s->w.dim[1] * window;
    if (kind == GT_CONV_DATA) return s->w.dim[0] / s->how.groups * window;
    return s->y.dim[0] * s->y.dim[2] * s->y.dim[3];
}

/* `size`: the sum of the absolute terms, for each number; where an algorithm mixes neighbours,
 * the largest of them counts for all. `added`: numbers that the result was added to. */
static void judge(const float *got, const double *want, const double *size, const float *added,
                  int64_t count, int64_t terms, bool mixes, const char *what) {
    double largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, size[i]);
    for (int64_t i = 0; i < count; i++) {
        double there = added ? added[i] : 0, bulk = (mixes ? largest : size[i]) + fabs(there);
        double off = fabs(got[i] - (want[i] + there));
        if (!(off <= (double)(terms + 2) * u * bulk))
            fail_msg("%s: number %lld is %.9g, not %.9g: off by %.3g units of a term", what,
                     (long long)i, (double)got[i], want[i] + there, off / (u * bulk));
    }
}

static void describe(char text[160], const geometry *e, int kind, gt_layout layout,
                     int threads) {
    snprintf(text, 160,
             "%s, %lld images of %lldx%lldx%lld to %lld channels, window %lld, stride "
             "%d, padding %d, %d groups, %s, %d threads",
             kinds[kind], (long long)e->images, (long long)e->in, (long long)e->height,
             (long long)e->width, (long long)e->out, (long long)e->k, e->stride, e->pad,
             e->groups, layout ? "blocked" : "plain", threads);
}

/* ---- By the rule ---------------------------------------------------------------------- */

static void by_rule(const geometry *e, gt_conv_kind kind, bool bias, bool adds) {
    gt_error err = {0};
    gt_graph *g = gt_graph_create();
    shapes s = shapes_of(e);
    gt_tensor *node = node_of(g, kind, &s, bias);
    float *in[GT_CALL_INPUTS];
    assert_ok(gt_graph_check(g, &err), err);
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    int64_t count = gt_shape_count(node->shape), terms = terms_of(kind, &s) + bias + adds;
    float *held = adds ? call_drawn(count, 9, 3) : NULL;
    for (int layout = GT_PLAIN; layout <= GT_BLOCKED; layout++)
        for (int threads = 1; threads <= 5; threads += 2) {
            char what[160];
            describe(what, e, (int)kind, (gt_layout)layout, threads);
            float *got = call_kernel(
                node, in,
                (call_how){.layout = (gt_layout)layout, .threads = threads, .add_to = held});
            bool may_mix = e->k == 3 && e->stride == 1 && e->groups == 1;
            judge(got, want, size, held, count, terms, may_mix, what);
            free(got);
        }
    free(held);
    free(want);
    free(size);
    call_free(node, in);
    gt_graph_destroy(g);
}

static void forward(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) by_rule(&geometries[i], GT_CONV_FORWARD, false, false);
}
static void forward_with_bias(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) by_rule(&geometries[i], GT_CONV_FORWARD, true, false);
}
static void forward_added(void **state) {
    for (int i = 0; i < GEOMETRIES; i++)
        by_rule(&geometries[i], GT_CONV_FORWARD, i % 2 == 0, true);
}
static void data(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) by_rule(&geometries[i], GT_CONV_DATA, false, false);
}
static void weights(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) by_rule(&geometries[i], GT_CONV_WEIGHTS, false, false);
}
static void weights_added(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) by_rule(&geometries[i], GT_CONV_WEIGHTS, false, true);
}

/* ---- Each algorithm by force ---------------------------------------------------------- */

/* Runs blocked images through one algorithm; NULL where there is none for the problem. */
static float *forced(const gt_tensor *node, const shapes *s, gt_conv_kind kind,
                     gt_conv_algorithm algorithm, float *const *in, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    gt_conv_problem p = {.kind = kind,
                         .x = s->x,
                         .w = s->w,
                         .y = s->y,
                         .how = s->how,
                         .x_blocked = true,
                         .y_blocked = true};
    if (gt_conv_create(&p, algorithm, threads, &work, &err) != GT_OK) {
        assert_int_not_equal(algorithm, GT_CONV_DIRECT);
        return NULL;
    }
    gt_shape first = node->inputs[0]->shape, second = node->inputs[1]->shape;
    int64_t count = gt_shape_count(node->shape);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float)) + 16;
    int64_t packed = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float)) + 16;
    float *a = call_new(gt_shape_count(first)), *b = call_new(gt_shape_count(second));
    float *prepared = call_new(packed), *scratch = call_new(room);
    float *result = call_new(count), *plain = call_new(count);
    call_block(first, in[0], a, false);
    if (kind == GT_CONV_WEIGHTS)
        call_block(second, in[1], b, false);
    else
        assert_ok(gt_conv_prepare(work, in[1], prepared, &err), err);
    assert_ok(gt_conv_run(work, a, kind == GT_CONV_WEIGHTS ? b : prepared, NULL, result, false,
                          scratch, &err),
              err);
    call_check_guard(result, count, kinds[kind]);
    call_check_guard(scratch, room, "scratch");
    call_check_guard(prepared, packed, "weights");
    if (kind == GT_CONV_WEIGHTS)
        memcpy(plain, result, (size_t)count * sizeof *plain);
    else
        call_block(node->shape, result, plain, true);
    free(a), free(b), free(prepared), free(scratch), free(result);
    gt_conv_destroy(work);
    return plain;
}

static int each_algorithm(const geometry *e, gt_conv_kind kind) {
    int ran = 0;
    gt_graph *g = gt_graph_create();
    shapes s = shapes_of(e);
    gt_tensor *node = node_of(g, kind, &s, false);
    float *in[GT_CALL_INPUTS];
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    for (gt_conv_algorithm algorithm = 0; algorithm < GT_CONV_ALGORITHMS; algorithm++)
        for (int threads = 1; threads <= 5; threads++) {
            char what[160];
            float *got = forced(node, &s, kind, algorithm, in, threads);
            if (!got) continue;
            ran |= 1 << algorithm;
            describe(what, e, (int)kind, GT_BLOCKED, threads);
            /* along each axis pairs write a sum of one or two products as one of three to six
             */
            bool pairs = algorithm == GT_CONV_PAIRS, tiles = algorithm == GT_CONV_TILES;
            int64_t terms = terms_of(kind, &s) * (pairs ? 9 : 1);
            if (tiles && terms < 36) terms = 36; /* of a few pixels tiles make 36 numbers */
            judge(got, want, size, NULL, gt_shape_count(node->shape), terms,
                  algorithm == GT_CONV_WINOGRAD || tiles || pairs, what);
            free(got);
        }
    free(want);
    free(size);
    call_free(node, in);
    gt_graph_destroy(g);
    return ran;
}

/* Where the window is larger than the image the matrix applies as well, to 2x2 pixels the
 * pairs, and where it is 3x3 and steps by one so does Winograd (on processors that have it)
 * and so do our own tiles, as they do where it is 4x4. */
static void algorithms(void **state) {
    int ran = 0;
    for (int i = 0; i < GEOMETRIES; i++) {
        const geometry *e = &geometries[i];
        if (e->in % GT_BLOCK || e->out % GT_BLOCK) continue;
        bool is_small = e->height * e->width < e->k * e->k && e->groups == 1;
        bool has_tiles =
            (e->k == 3 || e->k == 4) && e->stride == 1 && e->pad < e->k && e->groups == 1;
        bool has_pairs =
            e->height == 2 && e->width == 2 && e->k == 3 && e->stride == 1 && e->less == 0;
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++) {
            int found = each_algorithm(e, kind);
            assert_true(found & 1 << GT_CONV_DIRECT);
            assert_int_equal((found >> GT_CONV_DENSE) & 1, is_small);
            assert_int_equal((found >> GT_CONV_PAIRS) & 1, has_pairs);
            assert_int_equal((found >> GT_CONV_TILES) & 1, has_tiles);
            if (e->k != 3 || e->stride != 1 || e->groups != 1)
                assert_false(found & 1 << GT_CONV_WINOGRAD);
            ran |= found;
        }
    }
    assert_true(ran & 1 << GT_CONV_DENSE);
}

/* ---- What must not happen ------------------------------------------------------------- */

/* What one image holds does not reach the others: neither NaN nor infinity nor size. */
static void images_stay_apart(void **state) {
    static const float poison[] = {NAN, INFINITY, 1e30f};
    static const geometry both[] = {{3, 16, 32, 6, 6, 3, 1, 1, 1},
                                    {3, 16, 16, 2, 2, 3, 1, 1, 1},
                                    {3, 16, 32, 5, 6, 4, 1, 2, 1, 1},
                                    {3, 5, 7, 6, 6, 3, 2, 1, 1},
                                    {3, 32, 32, 9, 9, 3, 1, 1, 32}};
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        for (int p = 0; p < 3; p++)
            for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_DATA; kind++) {
                gt_graph *g = gt_graph_create();
                shapes s = shapes_of(&both[i]);
                gt_tensor *node = node_of(g, kind, &s, false);
                float *in[GT_CALL_INPUTS];
                call_draw(node, 1, in);
                call_how how = {.layout = GT_BLOCKED, .threads = 2};
                float *clean = call_kernel(node, in, how);
                int64_t each = gt_shape_count(node->inputs[0]->shape) / 3;
                int64_t made = gt_shape_count(node->shape) / 3;
                for (int64_t k = each; k < 2 * each; k++) in[0][k] = poison[p];
                float *got = call_kernel(node, in, how);
                call_assert_bits(got, clean, made, "the image before", 2);
                call_assert_bits(got + 2 * made, clean + 2 * made, made, "the image behind", 2);
                if (p == 0) assert_true(isnan(got[made + made / 2]));
                free(clean);
                free(got);
                call_free(node, in);
                gt_graph_destroy(g);
            }
}

/* Sums far from 1 keep their digits; numbers without normal form are no trouble. */
static void scales(void **state) {
    static const float each[] = {1e-30f, 1e-18f, 1e18f};
    geometry e = {2, 16, 16, 5, 5, 3, 1, 1, 1};
    shapes s = shapes_of(&e);
    for (int i = 0; i < 3; i++) {
        gt_graph *g = gt_graph_create();
        gt_tensor *node = node_of(g, GT_CONV_FORWARD, &s, false);
        float *in[GT_CALL_INPUTS];
        call_draw(node, each[i], in);
        for (int64_t k = 0; k < gt_shape_count(s.w); k++) in[1][k] /= each[i];
        double *want = call_definition(node, in, false),
               *size = call_definition(node, in, true);
        float *got = call_kernel(node, in, (call_how){.layout = GT_BLOCKED, .threads = 1});
        judge(got, want, size, NULL, gt_shape_count(s.y), terms_of(GT_CONV_FORWARD, &s), true,
              "scaled");
        free(want);
        free(size);
        free(got);
        call_free(node, in);
        gt_graph_destroy(g);
    }
}

/* ---- Who works ------------------------------------------------------------------------ */

/* The same bits however many threads there are of those that were asked for. */
static void bits_do_not_depend_on_threads_there_are(void **state) {
    for (int i = 0; i < GEOMETRIES; i += 3)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++)
            for (int threads = 2; threads <= 5; threads++) {
                gt_graph *g = gt_graph_create();
                shapes s = shapes_of(&geometries[i]);
                gt_tensor *node = node_of(g, kind, &s, false);
                float *in[GT_CALL_INPUTS];
                call_draw(node, 1, in);
                call_how how = {.layout = GT_BLOCKED, .threads = threads};
                free(call_either_way(node, in, how, kinds[kind]));
                call_free(node, in);
                gt_graph_destroy(g);
            }
}

/* Grouped convolutions whose channels do not fill blocks have a kernel all the same: they are
 * not a thousand times slower than others. */
static void no_plain_loops(void **state) {
    static const geometry all[] = {{2, 64, 64, 16, 16, 3, 1, 1, 8},
                                   {2, 32, 32, 16, 16, 7, 1, 3, 32}};
    for (int i = 0; i < 2; i++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++) {
            gt_error err = {0};
            gt_conv_work *work = NULL;
            shapes s = shapes_of(&all[i]);
            gt_conv_problem p = {.kind = kind,
                                 .x = s.x,
                                 .w = s.w,
                                 .y = s.y,
                                 .how = s.how,
                                 .x_blocked = true,
                                 .y_blocked = true};
            assert_ok(gt_conv_create(&p, GT_CONV_DIRECT, 1, &work, &err), err);
            if (strncmp(gt_conv_name(work), "ref", 3) == 0)
                fail_msg("%s of %d groups: %s", kinds[kind], s.how.groups, gt_conv_name(work));
            gt_conv_destroy(work);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward),
        cmocka_unit_test(forward_with_bias),
        cmocka_unit_test(forward_added),
        cmocka_unit_test(data),
        cmocka_unit_test(weights),
        cmocka_unit_test(weights_added),
        cmocka_unit_test(algorithms),
        cmocka_unit_test(images_stay_apart),
        cmocka_unit_test(scales),
        cmocka_unit_test(bits_do_not_depend_on_threads_there_are),
        cmocka_unit_test(no_plain_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
