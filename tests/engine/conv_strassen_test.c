/* conv_strassen_test.c - convolutions of 1x1 pixel by Strassen's algorithm against the
 * definition: all three, at chunks of pixels that end early and go over from image to image,
 * parts of one panel and of several, rounding beside that of the plain algorithm, and results
 * that go past the caches. */
#include "conv_own_check.h"

#include "cpu/conv_strassen_chunk.h"

typedef struct geometry {
    int64_t images, in, out, height, width;
} geometry;

static const geometry geometries[] = {
    {1, 128, 128, 1, 1},
    {2, 128, 256, 3, 5},
    {1, 256, 128, 16, 16},
    {3, 128, 128, 9, 21},
};
static const own_algorithm strassen = {GT_CONV_STRASSEN, "strassen", false},
                           in_pieces = {GT_CONV_STRASSEN, "strassen", true};

static gt_conv_problem problem_of(const geometry *e) {
    return (gt_conv_problem){.x = GT_SHAPE(e->images, e->in, e->height, e->width),
                             .w = GT_SHAPE(e->out, e->in, 1, 1),
                             .y = GT_SHAPE(e->images, e->out, e->height, e->width),
                             .how = {.stride = 1, .groups = 1},
                             .x_blocked = true,
                             .y_blocked = true};
}

static void check(const geometry *e) {
    gt_conv_problem p = problem_of(e);
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", p.x), *y = gt_input(g, "y", p.y),
              *w = gt_input(g, "w", p.w), *bias = gt_input(g, "b", GT_SHAPE(e->out));
    own_check(&p, gt_conv2d(g, x, w, NULL, p.how), e->in, strassen);
    p.bias = true;
    p.clip = true;
    own_check(&p, gt_conv2d(g, x, w, bias, p.how), e->in, strassen);
    p.bias = p.clip = false;
    p.kind = GT_CONV_DATA;
    own_check(&p, gt_conv2d_data(g, y, w, p.x, p.how), e->out, strassen);
    p.kind = GT_CONV_WEIGHTS;
    own_check(&p, gt_conv2d_weights(g, x, y, p.w, p.how), e->images * e->height * e->width,
              in_pieces);
    gt_graph_destroy(g);
}

static void against_the_definition(void **state) {
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) check(&geometries[i]);
}

/* ---- Sums of weights ----------------------------------------------------------------------
 */

static float *run_by(const gt_conv_problem *p, const float *x, const float *w, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, GT_CONV_STRASSEN, threads, &work, &err), err);
    int64_t room = (int64_t)(gt_conv_scratch(work) / sizeof(float)),
            size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float)),
            count = gt_shape_count(p->y);
    float *y = call_new(count), *scratch = call_new(room), *packed = call_new(size);
    assert_ok(gt_conv_prepare(work, w, packed, &err), err);
    assert_ok(gt_conv_run(work, x, packed, NULL, y, false, scratch, &err), err);
    call_check_guard(scratch, room, "scratch");
    free(scratch), free(packed);
    gt_conv_destroy(work);
    return y;
}

/* Each worker has its own sums, or all have the same ones where there are so many workers. */
static void own_sums_and_shared_ones(void **state) {
    enum { FEW = 2, MANY = 24 };
    const geometry e = {1, 512, 512, 16, 32};
    gt_conv_problem p = problem_of(&e);
    int64_t sums = gt_strassen_sums_length(&p);
    assert_false(gt_strassen_shares_sums(&p, FEW));
    assert_true(gt_strassen_shares_sums(&p, MANY));
    assert_true(gt_strassen_area(&p, 64, FEW) == gt_strassen_area(&p, 64, MANY) + sums);
    float *x = call_drawn(gt_shape_count(p.x), 1, 1),
          *w = call_drawn(gt_shape_count(p.w), 2, 1);
    float *own = run_by(&p, x, w, FEW), *shared = run_by(&p, x, w, MANY);
    call_assert_bits(shared, own, gt_shape_count(p.y), "shared", MANY);
    free(own), free(shared), free(x), free(w);
}

/* ---- Pixels of a chunk ----------------------------------------------------------------- */

/* Every pixel of all images is in one place of one chunk, TOGETHER of them side by side. */
static void places_of_pixels(void **state) {
    enum { BLOCKS = 3, AREA = 21, IMAGES = 5, QUARTER = 16 };
    gt_strassen_images images = {BLOCKS, AREA, IMAGES * AREA};
    for (int64_t pixel = 0; pixel < 8 * QUARTER; pixel++) {
        gt_strassen_places places =
            gt_strassen_places_of(&images, pixel / (4 * QUARTER), QUARTER);
        int64_t at = places.at[gt_strassen_place(QUARTER, pixel % (4 * QUARTER))];
        int64_t before = pixel / AREA * BLOCKS * AREA + pixel % AREA;
        assert_int_equal(at, pixel < IMAGES * AREA ? before * GT_BLOCK : -1);
    }
    for (int64_t i = 0; i < QUARTER; i += GT_STRASSEN_TOGETHER)
        for (int64_t column = 0; column < 4; column++)
            assert_int_equal(gt_strassen_place(QUARTER, 4 * i + column * GT_STRASSEN_TOGETHER),
                             column * QUARTER + i);
}

/* Root of the mean square of what an algorithm is off. */
static double rounding_of(const gt_conv_problem *p, const gt_tensor *node, own_algorithm of) {
    float *in[GT_CALL_INPUTS];
    call_draw(node, 1, in);
    int64_t count = gt_shape_count(node->shape), size = gt_shape_count(node->inputs[0]->shape);
    float *a = call_new(size), *plain = call_new(count);
    call_block(node->inputs[0]->shape, in[0], a, false);
    double *want = call_definition(node, in, false), sum = 0;
    float *got = own_result(p, node->shape, a, in[1], NULL, 1, of);
    call_block(node->shape, got, plain, true);
    for (int64_t i = 0; i < count; i++) sum += (plain[i] - want[i]) * (plain[i] - want[i]);
    free(a), free(plain), free(want), free(got);
    call_free(node, in);
    return sqrt(sum / (double)count);
}

/* Seen: 1.45 times the rounding errors of plain sums. */
static void rounding(void **state) {
    gt_conv_problem p = problem_of(&(geometry){1, 512, 512, 3, 3});
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", p.x), *w = gt_input(g, "w", p.w);
    gt_tensor *y = gt_conv2d(g, x, w, NULL, p.how);
    double ours = rounding_of(&p, y, strassen),
           plain = rounding_of(&p, y, (own_algorithm){.algorithm = GT_CONV_DIRECT});
    if (!(ours < 2 * plain)) fail_msg("off by %.3g, plain sums by %.3g", ours, plain);
    gt_graph_destroy(g);
}

/* What a product takes of an operand, begun beside another product and finished afterwards. */
static void operands_in_the_making(void **state) {
    enum { SIZE = 5 * GT_BLOCK };
    float *parts = call_drawn(gt_strassen_length(SIZE), 3, 1), room[SIZE];
    for (int product = 0; product < GT_STRASSEN_PRODUCTS; product++)
        for (gt_strassen_side side = GT_STRASSEN_LEFT; side <= GT_STRASSEN_RIGHT; side++) {
            gt_strassen_sum sum = gt_strassen_sum_of(side, product);
            gt_strassen_operand operand =
                gt_strassen_begin(&sum, parts, gt_strassen_at(1, SIZE), SIZE, room);
            for (int i = 0; i < product % 7; i++) gt_strassen_go_on(&operand);
            const float *made = gt_strassen_finish(&operand);
            assert_true((made == room) == (sum.count > 1));
            for (int i = 0; i < SIZE; i++) {
                double want = 0;
                for (int k = 0; k < sum.count; k++)
                    want +=
                        (double)(sum.sign[k] * parts[gt_strassen_at(sum.part[k], SIZE) + i]);
                if (!(fabs(made[i] - want) < 1e-5)) fail_msg("product %d: %d", product, i);
            }
        }
    free(parts);
}

/* Every line of a chunk is in one run, also where images end in the middle of it. */
static void lines_to_ask_for(void **state) {
    enum { AREA = 24, BLOCKS = 2, IMAGES = 3, QUARTER = 16, LINES = IMAGES * BLOCKS * AREA };
    static float images[LINES * GT_BLOCK];
    int asked[LINES] = {0};
    gt_strassen_images of = {BLOCKS, AREA, IMAGES * AREA};
    for (int64_t chunk = 0; chunk < 2; chunk++) {
        gt_strassen_places places = gt_strassen_places_of(&of, chunk, QUARTER);
        gt_strassen_lines lines = gt_strassen_lines_of(&of, images, &places, 13);
        assert_int_equal(lines.length, 8);
        assert_int_equal(gt_strassen_runs(&lines), BLOCKS * 4 * QUARTER / 8);
        for (int run = 0; run < BLOCKS * 4 * QUARTER / 8 + 3; run++) {
            const float *first = gt_strassen_next_lines(&lines, NULL);
            for (int i = 0; first && i < 8; i++) asked[(first - images) / GT_BLOCK + i]++;
        }
    }
    for (int i = 0; i < LINES; i++) assert_int_equal(asked[i], 1);
}

/* A result of so many numbers that it goes past the caches, which it can where lines begin. */
static void run_to(const gt_conv_problem *p, const float *a, const float *w,
                   const float *beside, float *result, float *totals) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, GT_CONV_STRASSEN, 2, &work, &err), err);
    float *packed = call_new((int64_t)(gt_conv_weights_bytes(work) / sizeof(float))),
          *scratch = call_new((int64_t)(gt_conv_scratch(work) / sizeof(float)));
    gt_conv_beside what = {
        .bias = p->bias ? beside : NULL, .mask = p->mask ? beside : NULL, .totals = totals};
    assert_ok(gt_conv_prepare(work, w, packed, &err), err);
    assert_ok(gt_conv_run(work, a, packed, &what, result, false, scratch, &err), err);
    gt_conv_destroy(work);
    free(packed), free(scratch);
}

static void large_results(void **state) {
    gt_conv_problem p = problem_of(&(geometry){5, 128, 128, 81, 81});
    int64_t count = gt_shape_count(p.y);
    assert_true(count > 1 << 22);
    float *x = call_drawn(count, 1, 1), *w = call_drawn(128 * 128, 2, 1),
          *beside = call_drawn(count, 3, 1), totals[2][128];
    float *room[2], *result[2];
    for (int i = 0; i < 2; i++) {
        room[i] = call_new(count + 2 * GT_BLOCK);
        result[i] = room[i] + GT_BLOCK - (uintptr_t)room[i] % 64 / sizeof(float) + i;
    }
    for (p.kind = GT_CONV_FORWARD; p.kind <= GT_CONV_DATA; p.kind++) {
        p.bias = p.clip = p.kind == GT_CONV_FORWARD;
        p.mask = p.totals = p.kind == GT_CONV_DATA;
        for (int i = 0; i < 2; i++) run_to(&p, x, w, beside, result[i], totals[i]);
        call_assert_bits(result[0], result[1], count, "large", 2);
        if (p.totals) call_assert_bits(totals[0], totals[1], 128, "totals", 2);
    }
    for (int i = 0; i < 2; i++) free(room[i]);
    free(x), free(w), free(beside);
}

/* Each of up to four threads has a chunk of 256 pixels, and there are two at least; no more
 * than 256 in all are two chunks. */
static void the_rule(void **state) {
#ifdef __AVX512F__
    static const struct {
        int threads, pixels;
        bool pays;
    } cases[] = {{1, 128, false}, {1, 256, true},  {2, 256, true},  {3, 256, false},
                 {1, 240, false}, {1, 272, false}, {1, 512, true},  {2, 512, true},
                 {3, 512, false}, {3, 768, true},  {4, 1024, true}, {9, 1024, true},
                 {2, 560, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        gt_conv_work *work = NULL;
        gt_plan_options options = {.threads = cases[i].threads};
        gt_conv_problem p = problem_of(&(geometry){cases[i].pixels / 16, 512, 512, 4, 4});
        assert_ok(gt_choose_conv(&options, &p, &work, &err), err);
        assert_int_equal(strcmp(gt_conv_name(work), "strassen") == 0, cases[i].pays);
        gt_conv_destroy(work);
    }
#endif
}

static void refusals(void **state) {
    gt_error err = {0};
    gt_conv_problem good = problem_of(&(geometry){2, 128, 128, 8, 8});
    gt_conv_problem bad[] = {good, good, good, good, good, good};
    const int count = sizeof bad / sizeof *bad;
    bad[0].y_blocked = false;
    bad[1].w = GT_SHAPE(64, 128, 1, 1), bad[1].y.dim[1] = 64;
    bad[2].w = GT_SHAPE(128, 128, 3, 3), bad[2].how.pad = 1;
    bad[3].x.dim[0] = bad[3].y.dim[0] = 0;
    bad[4].how.stride = 2;
    bad[4].y.dim[2] = bad[4].y.dim[3] = 4;
    bad[5].x_blocked = false;
    for (int i = 0; i < count; i++) {
        gt_conv_work *work = NULL;
        assert_int_equal(gt_conv_create(&bad[i], GT_CONV_STRASSEN, 1, &work, &err),
                         GT_UNSUPPORTED);
        assert_null(work);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_the_definition),
                                       cmocka_unit_test(own_sums_and_shared_ones),
                                       cmocka_unit_test(places_of_pixels),
                                       cmocka_unit_test(rounding),
                                       cmocka_unit_test(operands_in_the_making),
                                       cmocka_unit_test(lines_to_ask_for),
                                       cmocka_unit_test(large_results),
                                       cmocka_unit_test(the_rule),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
