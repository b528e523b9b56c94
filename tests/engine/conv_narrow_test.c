/* conv_narrow_test.c - convolutions between few channels and many by our own Winograd against
 * the definition, by force: either way and both gradients, at maps that fill no tile, runs and
 * chunks of tiles that end early, added and not, with a bias, by any number of threads. */
#include "kernel_call.h"

#include "cpu/conv.h"
#include "cpu/conv_narrow.h"
#include "cpu/conv_strassen.h"
#include "galatea/params.h"
#include "galatea/plan.h"

typedef struct geometry {
    int64_t images, few, many, height, width;
    bool few_blocked;
} geometry;

static const geometry geometries[] = {
    {1, 1, 16, 1, 1},         {2, 2, 32, 3, 5},         {1, 4, 48, 4, 4},    {5, 6, 32, 9, 6},
    {3, 12, 16, 8, 8},        {2, 17, 32, 13, 4},       {1, 24, 16, 20, 36}, {2, 6, 16, 24, 25},
    {1, 16, 128, 9, 7, true}, {1, 32, 256, 4, 5, true}, {3, 20, 80, 17, 30}, {1, 48, 112, 5, 4},
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static gt_conv_problem problem_of(const geometry *e, gt_conv_kind kind, bool few_is_x) {
    int64_t in = few_is_x ? e->few : e->many, out = few_is_x ? e->many : e->few;
    return (gt_conv_problem){.kind = kind,
                             .x = GT_SHAPE(e->images, in, e->height, e->width),
                             .w = GT_SHAPE(out, in, 3, 3),
                             .y = GT_SHAPE(e->images, out, e->height, e->width),
                             .how = {1, 1, 1},
                             .bias = kind == GT_CONV_FORWARD,
                             .clip = kind == GT_CONV_FORWARD && e->few % 2 == 0,
                             .x_blocked = !few_is_x || e->few_blocked,
                             .y_blocked = few_is_x || e->few_blocked};
}

static gt_tensor *node_of(gt_graph *g, const gt_conv_problem *p) {
    gt_tensor *x = gt_input(g, "x", p->x), *w = gt_input(g, "w", p->w),
              *y = gt_input(g, "y", p->y);
    if (p->kind == GT_CONV_DATA) return gt_conv2d_data(g, y, w, p->x, p->how);
    if (p->kind == GT_CONV_WEIGHTS) return gt_conv2d_weights(g, x, y, p->w, p->how);
    return gt_conv2d(g, x, w, gt_input(g, "bias", GT_SHAPE(p->w.dim[0])), p->how);
}

/* Blocked where the channels are many. */
static float *laid(gt_shape s, const float *from, bool blocked) {
    float *to = call_new(gt_shape_count(s));
    if (blocked)
        call_block(s, from, to, false);
    else
        memcpy(to, from, (size_t)gt_shape_count(s) * sizeof *to);
    return to;
}

/* Row-major; of weights added to `held` unless that is NULL. */
static float *compute(const gt_conv_problem *p, float *const *in, const float *held,
                      int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    bool is_weights = p->kind == GT_CONV_WEIGHTS;
    gt_shape from = p->kind == GT_CONV_DATA ? p->y : p->x, to = is_weights ? p->w
                                                                : p->kind == GT_CONV_DATA
                                                                    ? p->x
                                                                    : p->y;
    bool to_blocked = !is_weights && (p->kind == GT_CONV_DATA ? p->x_blocked : p->y_blocked);
    assert_ok(gt_conv_create(p, GT_CONV_NARROW, threads, &work, &err), err);
    assert_string_equal(gt_conv_name(work), "narrow");
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float)),
            size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float)),
            count = gt_shape_count(to);
    float *a = laid(from, in[0], p->kind == GT_CONV_DATA ? p->y_blocked : p->x_blocked);
    float *b = is_weights ? laid(p->y, in[1], p->y_blocked) : call_new(size);
    float *result = call_new(count), *scratch = call_new(room);
    if (held) memcpy(result, held, (size_t)count * sizeof *result);
    if (!is_weights) {
        assert_ok(gt_conv_prepare(work, in[1], b, &err), err);
        call_check_guard(b, size, "weights");
    }
    assert_ok(gt_conv_run(work, a, b, &(gt_conv_beside){.bias = p->bias ? in[2] : NULL}, result,
                          held != NULL, scratch, &err),
              err);
    call_check_guard(result, count, "result");
    call_check_guard(scratch, room, "scratch");
    float *plain = call_new(count);
    if (to_blocked)
        call_block(to, result, plain, true);
    else
        memcpy(plain, result, (size_t)count * sizeof *plain);
    free(a), free(b), free(result), free(scratch);
    gt_conv_destroy(work);
    return plain;
}

/* A sum of that many terms, off by u a term and addition; the transforms mix neighbours, so the
 * largest sum counts for all, and few of them count as 36 numbers. */
static void judge(const float *got, const double *want, const double *size, const float *held,
                  const gt_conv_problem *p, int64_t count) {
    static const double u = 0x1p-24;
    int64_t terms = p->kind == GT_CONV_FORWARD ? 9 * p->x.dim[1]
                    : p->kind == GT_CONV_DATA  ? 9 * p->y.dim[1]
                                               : p->y.dim[0] * p->y.dim[2] * p->y.dim[3];
    double largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, size[i]);
    if (terms < 36) terms = 36;
    for (int64_t i = 0; i < count; i++) {
        double there = held ? held[i] : 0, sum = want[i] + there;
        double off = fabs(got[i] - (p->clip ? fmax(sum, 0) : sum));
        if (!(off <= (double)(terms + 2) * u * (largest + fabs(there))))
            fail_msg("kind %d, %lld channels to %lld, %lldx%lld: number %lld is %.9g, not %.9g",
                     (int)p->kind, (long long)p->x.dim[1], (long long)p->y.dim[1],
                     (long long)p->x.dim[2], (long long)p->x.dim[3], (long long)i,
                     (double)got[i], want[i] + there);
    }
}

static void check(const gt_conv_problem *p) {
    static const int threads[] = {1, 2, 5};
    gt_graph *g = gt_graph_create();
    gt_tensor *node = node_of(g, p);
    int64_t count = gt_shape_count(gt_tensor_shape(node));
    float *in[GT_CALL_INPUTS], *held = call_drawn(count, 9, 3);
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    for (int adds = 0; adds <= (p->kind == GT_CONV_WEIGHTS); adds++) {
        float *first = NULL; /* no bit depends on the pieces */
        for (int i = 0; i < 3; i++) {
            call_crowd crowd;
            float *got = compute(p, in, adds ? held : NULL, threads[i]);
            judge(got, want, size, adds ? held : NULL, p, count);
            call_crowd_begin(&crowd);
            float *alone = compute(p, in, adds ? held : NULL, threads[i]);
            call_crowd_end(&crowd);
            call_assert_bits(alone, got, count, "alone", threads[i]);
            if (first) call_assert_bits(got, first, count, "together", threads[i]);
            free(alone);
            if (first)
                free(got);
            else
                first = got;
        }
        free(first);
    }
    free(held), free(want), free(size);
    call_free(node, in);
    gt_graph_destroy(g);
}

static void both_ways(void **state) {
    for (int i = 0; i < GEOMETRIES; i++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++)
            for (int few_is_x = 0; few_is_x <= 1; few_is_x++) {
                gt_conv_problem p = problem_of(&geometries[i], kind, few_is_x);
                check(&p);
            }
}

/* One copy of the weights serves a convolution and its data gradient. */
static void weights_are_shared(void **state) {
    static const geometry usual = {2, 6, 64, 8, 8};
    gt_error err = {0};
    gt_conv_work *work[2];
    for (int i = 0; i < 2; i++) {
        gt_conv_problem p = problem_of(&usual, i ? GT_CONV_DATA : GT_CONV_FORWARD, true);
        assert_ok(gt_conv_create(&p, GT_CONV_NARROW, 2, &work[i], &err), err);
    }
    assert_true(gt_conv_weights_alike(work[0], work[1]));
    assert_int_equal(gt_conv_weights_bytes(work[0]), 9 * 8 * 64 * sizeof(float));
    for (int i = 0; i < 2; i++) gt_conv_destroy(work[i]);
}

/* The second image of three, by itself. */
static void check_alone(const geometry *together, gt_conv_kind kind, bool few_is_x) {
    geometry alone = *together;
    alone.images = 1;
    gt_conv_problem all = problem_of(together, kind, few_is_x),
                    one = problem_of(&alone, kind, few_is_x);
    gt_graph *g = gt_graph_create();
    gt_tensor *node = node_of(g, &all);
    int64_t from = gt_shape_count(node->inputs[0]->shape) / 3,
            to = gt_shape_count(node->shape) / 3;
    float *in[GT_CALL_INPUTS], *second[GT_CALL_INPUTS];
    call_draw(node, 1, in);
    for (int64_t i = 0; i < from; i++) in[0][i] = in[0][2 * from + i] = NAN;
    for (int i = 0; i < node->input_count; i++) second[i] = in[i] + (i ? 0 : from);
    float *batch = compute(&all, in, NULL, 2), *single = compute(&one, second, NULL, 1);
    call_assert_bits(batch + to, single, to, "among others", 2);
    free(batch), free(single);
    call_free(node, in);
    gt_graph_destroy(g);
}

/* An image is computed as if it were alone, whatever the others hold; also where only the
 * results of all together are so many that they go past the caches. */
static void images_do_not_meet(void **state) {
    static const geometry together[] = {{3, 6, 32, 10, 9}, {3, 2, 256, 37, 37}};
    for (int i = 0; i < 2; i++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_DATA; kind++)
            for (int few_is_x = 0; few_is_x <= 1; few_is_x++)
                check_alone(&together[i], kind, few_is_x);
}

static bool is_narrow_by_rule(const geometry *e, gt_conv_kind kind, bool few_is_x) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    gt_plan_options options = {.threads = 1};
    gt_conv_problem p = problem_of(e, kind, few_is_x);
    assert_ok(gt_choose_conv(&options, &p, &work, &err), err);
    bool is_narrow = strcmp(gt_conv_name(work), "narrow") == 0;
    gt_conv_destroy(work);
    return is_narrow;
}

/* Few that lie in blocks are few beside far more alone. */
static void the_rule(void **state) {
#ifdef __AVX512F__
    static const geometry few[] = {{4, 48, 512, 8, 8, true}, {4, 12, 512, 16, 16, false}},
                          not_few[] = {{4, 64, 128, 8, 8, true}, {4, 12, 32, 16, 16, false}};
    for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++)
        for (int i = 0; i < 4; i++) {
            assert_true(is_narrow_by_rule(&few[i / 2], kind, i % 2));
            assert_false(is_narrow_by_rule(&not_few[i / 2], kind, i % 2));
        }
#endif
}

/* ---- Who does what ----------------------------------------------------------------------- */

static gt_narrow cut(const geometry *e, gt_conv_kind kind, bool few_is_x, int threads) {
    gt_conv_problem p = problem_of(e, kind, few_is_x);
    return gt_narrow_cut(&p, threads);
}

/* Tiles of one chunk are not shared out: each thread would need all weights as points. */
static void threads_share_channels_of_few_tiles(void **state) {
    static const geometry level = {8, 48, 512, 8, 8};
    for (int threads = 1; threads <= 4; threads++)
        for (int few_is_x = 0; few_is_x < 2; few_is_x++) {
            gt_narrow c = cut(&level, GT_CONV_FORWARD, few_is_x, threads);
            assert_int_equal(c.shares, threads);
            assert_int_equal(c.chunk, 32);
            assert_int_equal(c.chunks, 1);
        }
    gt_narrow c = cut(&level, GT_CONV_FORWARD, false, 5); /* four times three fours */
    assert_int_equal(c.shares, 0);
    assert_int_equal(c.chunk, 8);
    assert_int_equal(cut(&level, GT_CONV_WEIGHTS, true, 2).shares, 0);
}

static void threads_share_tiles_where_there_are_more(void **state) {
    static const geometry most = {1, 12, 512, 32, 32}, more = {8, 12, 512, 16, 20};
    assert_int_equal(cut(&most, GT_CONV_FORWARD, true, 2).shares, 2);
    gt_narrow c = cut(&more, GT_CONV_FORWARD, true, 2);
    assert_int_equal(c.shares, 0);
    assert_int_equal(c.chunk, 64);
    assert_int_equal(c.chunks, 3);
    assert_int_equal(cut(&more, GT_CONV_FORWARD, true, 4).chunk, 40);
}

/* Of tiles that are asked for a chunk has whole chunks of what makes them. */
static void whole_chunks_are_asked_for(void **state) {
    static const struct {
        geometry of;
        int64_t asked, chunk;
    } cases[] = {{{8, 12, 512, 32, 32}, 16, 64},
                 {{8, 24, 512, 16, 16}, 16, 64},
                 {{8, 48, 512, 8, 8}, 16, 16},
                 {{3, 12, 512, 8, 32}, 16, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_conv_problem p = problem_of(&cases[i].of, GT_CONV_FORWARD, false);
        assert_int_equal(gt_strassen_asked_tiles(p.x), cases[i].asked);
        p.x_parts = 6;
        gt_narrow c = gt_narrow_cut(&p, 2);
        assert_int_equal(c.shares, 0);
        assert_int_equal(c.chunk, cases[i].chunk);
    }
    assert_int_equal(gt_strassen_asked_tiles(GT_SHAPE(8, 512, 18, 16)), 0);
    assert_int_equal(gt_strassen_asked_tiles(GT_SHAPE(1, 512, 24, 32)), 16);
}

/* What it is not made for it does not take. */
static void refusals(void **state) {
    gt_error err = {0};
    static const geometry usual = {2, 6, 64, 8, 8};
    gt_conv_problem good = problem_of(&usual, GT_CONV_FORWARD, true);
    gt_conv_problem bad[] = {good, good, good, good, good, good};
    bad[0].x_blocked = true;
    bad[1].y_blocked = false;
    bad[2].how.pad = 0, bad[2].y = GT_SHAPE(2, 64, 6, 6);
    bad[3].x.dim[0] = bad[3].y.dim[0] = 0;
    bad[4].x.dim[1] = bad[4].w.dim[1] = 70;
    bad[5].accumulate = true;
    for (int i = 0; i < 6; i++) {
        gt_conv_work *work = NULL;
        assert_int_equal(gt_conv_create(&bad[i], GT_CONV_NARROW, 1, &work, &err),
                         GT_UNSUPPORTED);
        assert_null(work);
    }
}

/* ---- In a plan ------------------------------------------------------------------------- */

enum { BATCH = 3, FEW = 6, MANY = 64, LINES = 12, SIDE = 10 };

/* From few channels to many and back, as a coupling does, and all gradients of its squares. */
typedef struct network {
    gt_graph *g;
    gt_tensor *x, *outputs[6];
    gt_params *params;
} network;

enum { OUTPUTS = sizeof((network *)0)->outputs / sizeof(gt_tensor *) };

static network network_new(void) {
    enum { WIDEN, BIAS, NARROW, OFFSET };
    network n = {.g = gt_graph_create(), .params = gt_params_create()};
    gt_tensor *leaf[4];
    gt_conv how = {1, 1, 1};
    const int index[] = {gt_params_add(n.params, "widen", GT_SHAPE(MANY, FEW, 3, 3)),
                         gt_params_add(n.params, "bias", GT_SHAPE(MANY)),
                         gt_params_add(n.params, "narrow", GT_SHAPE(FEW, MANY, 3, 3)),
                         gt_params_add(n.params, "offset", GT_SHAPE(FEW))};
    gt_error err = {0};
    assert_ok(gt_params_allocate(n.params, &err), err);
    for (int i = 0; i < 4; i++) {
        leaf[i] = gt_params_tensor(n.g, n.params, index[i]);
        gt_rng_fill_normal((gt_rng_key){5, (uint32_t)i, 0}, 0,
                           (size_t)gt_shape_count(gt_tensor_shape(leaf[i])),
                           gt_params_values(n.params) + gt_params_offset(n.params, index[i]));
    }
    n.x = gt_input(n.g, "x", GT_SHAPE(BATCH, FEW, LINES, SIDE));
    gt_tensor *hidden = gt_relu(n.g, gt_conv2d(n.g, n.x, leaf[WIDEN], leaf[BIAS], how));
    gt_tensor *y = gt_conv2d(n.g, hidden, leaf[NARROW], leaf[OFFSET], how);
    gt_tensor *wrt[] = {n.x, leaf[WIDEN], leaf[BIAS], leaf[NARROW], leaf[OFFSET]};
    n.outputs[0] = y;
    gt_grad(n.g, gt_mean(n.g, gt_square(n.g, y)), wrt, 5, n.outputs + 1);
    assert_ok(gt_graph_check(n.g, &err), err);
    return n;
}

static gt_plan *network_run(network *n, const float *x, gt_plan_options options) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    assert_ok(gt_plan_create(n->g, n->outputs, OUTPUTS, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(n->params));
    assert_ok(gt_plan_bind(plan, n->x, x, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    return plan;
}

/* The plan takes it by itself for all six convolutions of a network, and the numbers are those
 * of the definitions. */
static void a_network_of_both(void **state) {
    network n = network_new();
    float *x = call_drawn(gt_shape_count(gt_tensor_shape(n.x)), 7, 1);
    gt_algorithms *algorithms = gt_algorithms_create();
    gt_plan *fast =
        network_run(&n, x, (gt_plan_options){.threads = 2, .algorithms = algorithms});
    gt_plan *exact = network_run(&n, x, (gt_plan_options){.backend = gt_backend_oracle()});
    char *text = gt_algorithms_text(algorithms);
    int found = 0;
    for (const char *at = text; (at = strstr(at, " narrow\n")); at++) found++;
#ifdef __AVX512F__
    if (found != 6) fail_msg("%d of six convolutions:\n%s", found, text);
#endif
    for (int i = 0; i < OUTPUTS; i++) {
        int64_t count = gt_shape_count(gt_tensor_shape(n.outputs[i]));
        const float *want = gt_plan_output(exact, i), *got = gt_plan_output(fast, i);
        double largest = 0;
        for (int64_t k = 0; k < count; k++) largest = fmax(largest, fabs((double)want[k]));
        for (int64_t k = 0; k < count; k++)
            if (!(fabs((double)got[k] - (double)want[k]) <= 1e-5 * largest))
                fail_msg("output %d, number %lld: %g, not %g", i, (long long)k, (double)got[k],
                         (double)want[k]);
    }
    free(text);
    free(x);
    gt_plan_destroy(fast);
    gt_plan_destroy(exact);
    gt_algorithms_destroy(algorithms);
    gt_graph_destroy(n.g);
    gt_params_destroy(n.params);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(images_do_not_meet),
        cmocka_unit_test(weights_are_shared),
        cmocka_unit_test(the_rule),
        cmocka_unit_test(threads_share_channels_of_few_tiles),
        cmocka_unit_test(threads_share_tiles_where_there_are_more),
        cmocka_unit_test(whole_chunks_are_asked_for),
        cmocka_unit_test(refusals),
        cmocka_unit_test(a_network_of_both)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
