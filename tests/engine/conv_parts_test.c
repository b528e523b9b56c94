/* conv_parts_test.c - images that a convolution leaves to be made where the next one reads them
 * as Strassen's parts: which shapes do, what is left of all that they are made of, bits by any
 * number of threads and numbers beside the definition; in a plan where one convolution alone
 * reads the other. */
#include "kernel_call.h"

#include "cpu/conv.h"
#include "cpu/conv_strassen.h"

enum { MANY = 128 };

typedef struct geometry {
    int64_t images, few, height, width;
} geometry;

/* Chunks of one image and of several, and parts of an image; quarters of 32 and of 64 pixels;
 * few channels for two blocks at once, and for one; a number of runs that no threads share
 * evenly; few channels that lie in a block themselves. */
static const geometry geometries[] = {
    {1, 6, 16, 16}, {4, 6, 8, 8},    {2, 4, 16, 16},  {1, 12, 64, 32},
    {20, 24, 8, 8}, {5, 17, 16, 16}, {4, 16, 16, 16},
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static gt_conv_problem first_of(const geometry *e) {
    return (gt_conv_problem){.kind = GT_CONV_FORWARD,
                             .x = GT_SHAPE(e->images, e->few, e->height, e->width),
                             .w = GT_SHAPE(MANY, e->few, 3, 3),
                             .y = GT_SHAPE(e->images, MANY, e->height, e->width),
                             .how = {.pad = 1, .stride = 1, .groups = 1},
                             .bias = true,
                             .clip = true,
                             .x_blocked = e->few % GT_BLOCK == 0,
                             .y_blocked = true};
}

static gt_conv_problem second_of(const geometry *e) {
    gt_shape images = GT_SHAPE(e->images, MANY, e->height, e->width);
    return (gt_conv_problem){.kind = GT_CONV_FORWARD,
                             .x = images,
                             .w = GT_SHAPE(MANY, MANY, 1, 1),
                             .y = images,
                             .how = {.stride = 1, .groups = 1},
                             .bias = true,
                             .x_blocked = true,
                             .y_blocked = true};
}

typedef struct inputs {
    float *x, *w[2], *bias[2];
} inputs;

static inputs drawn(const geometry *e) {
    gt_conv_problem a = first_of(e), b = second_of(e);
    return (inputs){
        call_drawn(gt_shape_count(a.x), 1, 1),
        {call_drawn(gt_shape_count(a.w), 2, 1), call_drawn(gt_shape_count(b.w), 3, 1)},
        {call_drawn(MANY, 4, 1), call_drawn(MANY, 5, 1)}};
}

static void free_inputs(inputs *in) {
    free(in->x);
    for (int k = 0; k < 2; k++) free(in->w[k]), free(in->bias[k]);
}

static float *copy_of(const float *from, int64_t count) {
    float *to = call_new(count);
    memcpy(to, from, (size_t)count * sizeof *to);
    return to;
}

static void spoil(float *numbers, int64_t count) {
    for (int64_t i = 0; i < count; i++) numbers[i] = NAN;
    free(numbers);
}

/* In a plan others may take whatever a run reads and works with, as soon as it is done; what it
 * reads first and its weights stay where they are given to the caller. */
static float *run_one(gt_conv_work *work, const gt_conv_problem *p, const float *x,
                      const float *w, const float *bias, float *stay[2]) {
    gt_error err = {0};
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float)),
            of_x = gt_shape_count(p->x),
            size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float)),
            count = gt_shape_count(p->y);
    float *y = call_new(count), *scratch = call_new(room), *packed = call_new(size);
    float *own_x = copy_of(x, of_x), *own_bias = copy_of(bias, p->y.dim[1]);
    assert_ok(gt_conv_prepare(work, w, packed, &err), err);
    gt_conv_beside beside = {.bias = own_bias};
    assert_ok(gt_conv_run(work, own_x, packed, &beside, y, false, scratch, &err), err);
    call_check_guard(y, count, "result");
    call_check_guard(scratch, room, "scratch");
    spoil(scratch, room), spoil(own_bias, p->y.dim[1]);
    if (stay) stay[0] = own_x, stay[1] = packed;
    if (!stay) spoil(packed, size), spoil(own_x, of_x);
    return y;
}

/* Both, one after the other; what is between them goes to `between` unless that is NULL. */
static float *run_both(const geometry *e, const inputs *in, bool agree, int threads,
                       float **between) {
    gt_error err = {0};
    gt_conv_work *first = NULL, *second = NULL;
    gt_conv_problem a = first_of(e), b = second_of(e);
    assert_ok(gt_conv_create(&a, GT_CONV_NARROW, threads, &first, &err), err);
    assert_ok(gt_conv_create(&b, GT_CONV_STRASSEN, threads, &second, &err), err);
    if (agree) assert_true(gt_conv_agree(first, second));
    assert_int_equal(gt_conv_hands_over(first), agree);
    float *stay[2];
    float *h = run_one(first, &a, in->x, in->w[0], in->bias[0], stay);
    spoil(stay[1], (int64_t)(gt_conv_weights_bytes(first) / sizeof(float)));
    float *y = run_one(second, &b, h, in->w[1], in->bias[1], NULL);
    free(stay[0]);
    if (between) *between = h;
    if (!between) free(h);
    gt_conv_destroy(first), gt_conv_destroy(second);
    return y;
}

/* The second one by its definition, of what the first one makes as images. */
static void judge(const geometry *e, const inputs *in, const float *h, const float *got) {
    static const double u = 0x1p-24;
    gt_conv_problem p = second_of(e);
    int64_t count = gt_shape_count(p.y);
    gt_graph *g = gt_graph_create();
    gt_tensor *node = gt_conv2d(g, gt_input(g, "x", p.x), gt_input(g, "w", p.w),
                                gt_input(g, "b", GT_SHAPE(MANY)), p.how);
    float *plain = call_new(count), *images = call_new(count);
    call_block(p.x, h, images, true);
    call_block(p.y, got, plain, true);
    float *const of[] = {images, in->w[1], in->bias[1]};
    double *want = call_definition(node, of, false), *size = call_definition(node, of, true);
    double largest = 0;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, size[i]);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(plain[i] - want[i]) <= (MANY + 2) * u * largest))
            fail_msg("%lldx%lld: number %lld is %.9g, not %.9g", (long long)e->height,
                     (long long)e->width, (long long)i, (double)plain[i], want[i]);
    free(plain), free(images), free(want), free(size);
    gt_graph_destroy(g);
}

static void handed_over(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) {
        const geometry *e = &geometries[i];
        gt_conv_problem a = first_of(e);
        int64_t count = gt_shape_count(a.y);
        inputs in = drawn(e);
        float *h = NULL, *first = NULL;
        free(run_both(e, &in, false, 1, &h));
        for (int threads = 1; threads <= 3; threads++) {
            float *got = run_both(e, &in, true, threads, NULL);
            if (!first) judge(e, &in, h, got);
            if (first) call_assert_bits(got, first, count, "together", threads);
            free(first);
            first = got;
        }
        free(first), free(h);
        free_inputs(&in);
    }
}

/* ---- Three of them, as in a coupling -----------------------------------------------------
 */

/* TAKEN: how often, of all geometries by one to four threads, the last one takes over. */
enum { LAST_FEW = 12, TAKEN = 14 };

static gt_conv_problem third_of(const geometry *e) {
    return (gt_conv_problem){.kind = GT_CONV_FORWARD,
                             .x = GT_SHAPE(e->images, MANY, e->height, e->width),
                             .w = GT_SHAPE(LAST_FEW, MANY, 3, 3),
                             .y = GT_SHAPE(e->images, LAST_FEW, e->height, e->width),
                             .how = {.pad = 1, .stride = 1, .groups = 1},
                             .bias = true,
                             .x_blocked = true};
}

/* Whether the third one takes over as well; its result goes to y. */
static bool run_three(const geometry *e, const inputs *in, bool agree, int threads, float **y) {
    gt_error err = {0};
    gt_conv_work *work[3] = {NULL};
    gt_conv_problem p[3] = {first_of(e), second_of(e), third_of(e)};
    p[1].clip = true;
    for (int i = 0; i < 3; i++)
        assert_ok(gt_conv_create(&p[i], i == 1 ? GT_CONV_STRASSEN : GT_CONV_NARROW, threads,
                                 &work[i], &err),
                  err);
    assert_true(gt_conv_agree(work[0], work[1]));
    bool takes_over = agree && gt_conv_agree(work[1], work[2]);
    float *first[2], *stay[2];
    float *h = run_one(work[0], &p[0], in->x, in->w[0], in->bias[0], first);
    float *g = run_one(work[1], &p[1], h, in->w[1], in->bias[1], stay);
    *y = run_one(work[2], &p[2], g, in->w[1], in->bias[0], NULL);
    free(h), free(g);
    for (int i = 0; i < 2; i++) free(first[i]), free(stay[i]);
    for (int i = 0; i < 3; i++) gt_conv_destroy(work[i]);
    return takes_over;
}

static void three_handed_over(void **state) {
    int taken = 0;
    for (int i = 0; i < GEOMETRIES; i++) {
        const geometry *e = &geometries[i];
        gt_conv_problem c = third_of(e);
        inputs in = drawn(e);
        float *want = NULL, *got = NULL;
        assert_false(run_three(e, &in, false, 1, &want));
        for (int threads = 1; threads <= 4; threads++) {
            taken += run_three(e, &in, true, threads, &got);
            call_assert_bits(got, want, gt_shape_count(c.y), "together", threads);
            free(got);
        }
        free(want);
        free_inputs(&in);
    }
    assert_int_equal(taken, TAKEN);
}

static bool agrees(const geometry *e, gt_conv_algorithm reader) {
    gt_error err = {0};
    gt_conv_work *first = NULL, *second = NULL;
    gt_conv_problem a = first_of(e), b = second_of(e);
    assert_ok(gt_conv_create(&a, GT_CONV_NARROW, 1, &first, &err), err);
    assert_ok(gt_conv_create(&b, reader, 1, &second, &err), err);
    bool agree = gt_conv_agree(first, second);
    assert_false(gt_conv_agree(second, first));
    gt_conv_destroy(first), gt_conv_destroy(second);
    return agree;
}

static gt_conv_work *made(const gt_conv_problem *p, gt_conv_algorithm algorithm) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, algorithm, 1, &work, &err), err);
    return work;
}

/* What one algorithm leaves the other one reads, never itself. */
static void not_to_its_like(void **state) {
    const geometry *e = &geometries[0];
    gt_conv_problem a = first_of(e), b = second_of(e), c = third_of(e);
    gt_conv_work *wide = made(&a, GT_CONV_NARROW), *one = made(&b, GT_CONV_STRASSEN),
                 *other = made(&b, GT_CONV_STRASSEN), *few = made(&c, GT_CONV_NARROW);
    assert_false(gt_conv_agree(wide, few));
    assert_true(gt_conv_agree(wide, one));
    assert_false(gt_conv_agree(one, other));
    assert_true(gt_conv_agree(one, few));
    gt_conv_destroy(wide), gt_conv_destroy(one), gt_conv_destroy(other), gt_conv_destroy(few);
}

/* Images that tiles do not fill, chunks that are not full or end within a row of tiles, images
 * in whose place there is no room for what they are made of, and algorithms that know nothing
 * of parts. */
static void not_handed_over(void **state) {
    static const geometry others[] = {
        {1, 6, 18, 16}, {1, 6, 16, 18}, {3, 6, 8, 8}, {1, 6, 12, 12}, {1, 6, 8, 128}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(gt_strassen_given(second_of(&others[i]).x), 0);
    for (int i = 0; i < GEOMETRIES; i++)
        assert_true(gt_strassen_given(second_of(&geometries[i]).x) > 0);
    assert_true(agrees(&geometries[0], GT_CONV_STRASSEN));
    assert_false(agrees(&geometries[0], GT_CONV_DIRECT));
    assert_false(agrees(&(geometry){2, 6, 8, 8}, GT_CONV_STRASSEN));
}

/* ---- In a plan ---------------------------------------------------------------------------
 */

/* The first two convolutions of a coupling of Glow, or all three; who else reads what the first
 * one makes. */
typedef enum reader { NOBODY, CALLER, CONVOLUTION, THIRD } reader;
enum { IMAGES = 2, FEW = 6, MOST = 512, SIDE = 16, AREA = SIDE * SIDE };

static gt_shape result_of(reader other) {
    return GT_SHAPE(IMAGES, other == THIRD ? LAST_FEW : MOST, SIDE, SIDE);
}

/* How often something is handed over; the first result goes to y. */
static int handovers(reader other, bool exact, float *y) {
    gt_error err = {0};
    gt_graph *g = gt_graph_create();
    gt_conv wide = {.pad = 1, .stride = 1, .groups = 1}, one = {.stride = 1, .groups = 1};
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(IMAGES, FEW, SIDE, SIDE));
    gt_tensor *a = gt_input(g, "a", GT_SHAPE(MOST, FEW, 3, 3)),
              *b = gt_input(g, "b", GT_SHAPE(MOST, MOST, 1, 1)),
              *c = gt_input(g, "c", GT_SHAPE(LAST_FEW, MOST, 3, 3));
    gt_tensor *h = gt_relu(g, gt_conv2d(g, x, a, NULL, wide));
    gt_tensor *outputs[] = {gt_conv2d(g, h, b, NULL, one), h}, *leaves[] = {x, a, b, c};
    int count = other == CALLER || other == CONVOLUTION ? 2 : 1, bound = other == THIRD ? 4 : 3;
    if (other == THIRD) outputs[0] = gt_conv2d(g, gt_relu(g, outputs[0]), c, NULL, wide);
    if (other == CONVOLUTION)
        outputs[1] = gt_conv2d_data(g, h, a, GT_SHAPE(IMAGES, FEW, SIDE, SIDE), wide);
    gt_plan_options options = {.threads = 2, .exact = exact};
    gt_plan *plan = NULL;
    assert_ok(gt_plan_create(g, outputs, count, &options, &plan, &err), err);
    float *in[] = {call_drawn(IMAGES * FEW * AREA, 1, 1), call_drawn(MOST * FEW * 9, 2, 1),
                   call_drawn(MOST * MOST, 3, 0.1f), call_drawn(LAST_FEW * MOST * 9, 4, 0.1f)};
    for (int i = 0; i < bound; i++) assert_ok(gt_plan_bind(plan, leaves[i], in[i], &err), err);
    gt_plan_profile(plan, true);
    assert_ok(gt_plan_run(plan, &err), err);
    memcpy(y, gt_plan_output(plan, 0), (size_t)gt_shape_count(result_of(other)) * sizeof *y);
    char *text = gt_plan_report(plan);
    int found = 0;
    for (const char *at = text; (at = strstr(at, "handed over")); at++) found++;
    free(text);
    gt_plan_destroy(plan);
    for (int i = 0; i < 4; i++) free(in[i]);
    gt_graph_destroy(g);
    return found;
}

static void in_a_plan(void **state) {
    float *exact = call_new(IMAGES * MOST * AREA), *y = call_new(IMAGES * MOST * AREA);
    for (reader other = NOBODY; other <= THIRD; other++) {
        int64_t count = gt_shape_count(result_of(other));
        double largest = 0;
        assert_int_equal(handovers(other, true, exact), 0);
        for (int i = 0; i < count; i++) largest = fmax(largest, fabs(exact[i]));
        int found = handovers(other, false, y);
#ifdef __AVX512F__
        assert_int_equal(found, other == NOBODY ? 1 : other == THIRD ? 2 : 0);
#endif
        for (int i = 0; i < count; i++)
            if (!(fabs(y[i] - exact[i]) < 1e-5 * largest))
                fail_msg("reader %d, number %d: %.9g, not %.9g", other, i, (double)y[i],
                         (double)exact[i]);
    }
    free(exact), free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handed_over), cmocka_unit_test(three_handed_over),
        cmocka_unit_test(not_to_its_like), cmocka_unit_test(not_handed_over),
        cmocka_unit_test(in_a_plan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
