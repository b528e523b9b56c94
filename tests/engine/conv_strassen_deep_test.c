/* conv_strassen_deep_test.c - three levels of Strassen's algorithm on whole numbers, of which
 * no sum is rounded: every bit is that of the definition, with all that may be done beside, by
 * any number of threads; what each of the 343 products takes of the weights. */
#include "kernel_call.h"

#include "cpu/conv.h"
#include "cpu/conv_strassen_tile.h"

enum { IN = 256, OUT = 512, HEIGHT = 33, WIDTH = 32, IMAGES = 2, AREA = HEIGHT * WIDTH };
enum { MOST = 3, FEW_THREADS = 2, MANY_THREADS = 48 };

/* The last chunk is not full. */
static gt_conv_problem problem_of(gt_conv_kind kind) {
    return (gt_conv_problem){.kind = kind,
                             .x = GT_SHAPE(IMAGES, IN, HEIGHT, WIDTH),
                             .w = GT_SHAPE(OUT, IN, 1, 1),
                             .y = GT_SHAPE(IMAGES, OUT, HEIGHT, WIDTH),
                             .how = {.stride = 1, .groups = 1},
                             .x_blocked = true,
                             .y_blocked = true};
}

static float *whole(int64_t count, uint32_t stream) {
    float *numbers = call_drawn(count, stream, 1);
    for (int64_t i = 0; i < count; i++) numbers[i] = rintf(MOST * numbers[i]);
    return numbers;
}

/* ---- Depth -------------------------------------------------------------------------------
 */

/* From so many pixels on, where parts of parts have whole panels. */
static void how_deep(void **state) {
    gt_conv_problem p = problem_of(GT_CONV_FORWARD);
    assert_true(gt_strassen_is_deep(&p));
    p.x.dim[2] = p.y.dim[2] = 32;
    assert_true(gt_strassen_is_deep(&p));
    p.x.dim[2] = p.y.dim[2] = 31;
    assert_false(gt_strassen_is_deep(&p));
    p = problem_of(GT_CONV_DATA);
    assert_true(gt_strassen_is_deep(&p));
    p.w.dim[0] = p.y.dim[1] = 384;
    assert_false(gt_strassen_is_deep(&p));
}

/* ---- Results -----------------------------------------------------------------------------
 */

/* What is run, and what stands beside: a bias or a mask, by the kind. */
typedef struct call {
    gt_conv_problem p;
    const float *a, *w, *beside, *held;
    float *result, *totals;
} call;

static void run_by(call *c, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(&c->p, GT_CONV_STRASSEN, threads, &work, &err), err);
    int64_t count = gt_shape_count(c->p.kind == GT_CONV_DATA ? c->p.x : c->p.y),
            room = (int64_t)(gt_conv_scratch(work) / sizeof(float)),
            size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float));
    float *scratch = call_new(room), *packed = call_new(size);
    gt_conv_beside what = {.bias = c->p.bias ? c->beside : NULL,
                           .mask = c->p.mask ? c->beside : NULL,
                           .totals = c->totals};
    c->result = call_new(count);
    if (c->held) memcpy(c->result, c->held, (size_t)count * sizeof *c->result);
    assert_ok(gt_conv_prepare(work, c->w, packed, &err), err);
    assert_ok(gt_conv_run(work, c->a, packed, &what, c->result, c->held != NULL, scratch, &err),
              err);
    call_check_guard(c->result, count, "result");
    call_check_guard(scratch, room, "scratch");
    call_check_guard(packed, size, "weights");
    gt_conv_destroy(work);
    free(scratch), free(packed);
}

static int64_t place_of(int64_t channels, int64_t channel, int64_t pixel) {
    int64_t block = pixel / AREA * (channels / GT_BLOCK) + channel / GT_BLOCK;
    return (block * AREA + pixel % AREA) * GT_BLOCK + channel % GT_BLOCK;
}

/* One result, by the definition. */
static float want(const call *c, int64_t channel, int64_t pixel) {
    bool is_back = c->p.kind == GT_CONV_DATA;
    int64_t summed = is_back ? OUT : IN, results = is_back ? IN : OUT;
    int64_t at = place_of(results, channel, pixel);
    float sum = c->held ? c->held[at] : 0;
    for (int64_t k = 0; k < summed; k++)
        sum += c->a[place_of(summed, k, pixel)] *
               (is_back ? c->w[k * IN + channel] : c->w[channel * IN + k]);
    if (c->p.bias) sum += c->beside[channel];
    if (c->p.mask) sum *= c->beside[at] > 0;
    return c->p.clip && sum < 0 ? 0 : sum;
}

/* Some pixels of each chunk and all of the last one. */
static void judge(const call *c) {
    enum { STEP = 11, LAST = IMAGES * AREA - 64 };
    int64_t results = c->p.kind == GT_CONV_DATA ? IN : OUT;
    for (int64_t pixel = 0; pixel < IMAGES * AREA; pixel += pixel < LAST ? STEP : 1)
        for (int64_t channel = 0; channel < results; channel++) {
            float got = c->result[place_of(results, channel, pixel)],
                  expected = want(c, channel, pixel);
            if (got != expected)
                fail_msg("channel %lld, pixel %lld: %g, not %g", (long long)channel,
                         (long long)pixel, (double)got, (double)expected);
        }
    for (int64_t channel = 0; c->totals && channel < results; channel++) {
        double total = 0;
        for (int64_t pixel = 0; pixel < IMAGES * AREA; pixel++)
            total += (double)c->result[place_of(results, channel, pixel)];
        if (c->totals[channel] != (float)total) fail_msg("total %lld", (long long)channel);
    }
}

/* Workers with sums of weights of their own, and so many that they share them. */
static void check(call *c) {
    int64_t count = gt_shape_count(c->p.kind == GT_CONV_DATA ? c->p.x : c->p.y);
    assert_false(gt_strassen_shares_sums(&c->p, FEW_THREADS));
    assert_true(gt_strassen_shares_sums(&c->p, MANY_THREADS));
    run_by(c, 1);
    judge(c);
    float *alone = c->result;
    for (int threads = FEW_THREADS; threads <= MANY_THREADS; threads += 46) {
        run_by(c, threads);
        call_assert_bits(c->result, alone, count, "three levels", threads);
        free(c->result);
    }
    free(alone);
}

static void whole_numbers(void **state) {
    int64_t of_x = IMAGES * IN * AREA, of_y = IMAGES * OUT * AREA;
    float *x = whole(of_x, 1), *y = whole(of_y, 2), *w = whole(IN * OUT, 3), totals[IN];
    call forward = {.p = problem_of(GT_CONV_FORWARD), .a = x, .w = w, .held = y},
         back = {.p = problem_of(GT_CONV_DATA), .a = y, .w = w, .held = x};
    check(&forward);
    check(&back);
    forward.held = back.held = NULL;
    forward.p.bias = forward.p.clip = back.p.mask = back.p.totals = true;
    forward.beside = y, back.beside = x, back.totals = totals;
    check(&forward);
    check(&back);
    free(x), free(y), free(w);
}

/* ---- Weights -----------------------------------------------------------------------------
 */

/* What a third-level product takes of the quarters of a part that no basis has changed. */
static double taken(const double quarters[4], int product) {
    gt_strassen_pair of = gt_strassen_level[GT_STRASSEN_LEFT][product];
    double changed[4] = {quarters[0], quarters[1], quarters[2] + quarters[3] - quarters[0],
                         quarters[3]};
    return changed[of.first] + of.sign * changed[of.second];
}

/* The sums of a product of two levels, whose parts are all whole numbers: two by two quarters
 * of a pair of panels, and seven panels of sums. */
static void sums_of_weights(void **state) {
    enum { PANEL = GT_STRASSEN_PANEL, SUMMED = IN / 4, RESULTS = OUT / 4 };
    enum { SIZE = SUMMED * RESULTS, RUN = SUMMED / 2 * PANEL, NEGATED = 4 };
    static const int order[7] = {0, 1, 4, 3, 6, 2, 5};
    gt_conv_problem p = problem_of(GT_CONV_FORWARD);
    float *prepared = whole(gt_strassen_length(SIZE), 5),
          *sums = call_new(gt_strassen_sums_length(&p));
    gt_strassen_job j = {.p = &p, .prepared = prepared, .is_deep = true};
    for (int product = 0; product < GT_STRASSEN_PRODUCTS; product++) {
        const float *got = sums + gt_strassen_at(product, gt_strassen_seven(SIZE));
        j.left[product] = gt_strassen_sum_of(GT_STRASSEN_LEFT, product);
        gt_strassen_deep_weights(&j, product, sums);
        for (int64_t i = 0; i < 7 * (SIZE / 4); i++) {
            int64_t third = i / RUN % 7, first = i / (7 * RUN) * 4 * RUN + i % RUN;
            double quarters[4] = {0};
            for (int q = 0; q < 4; q++)
                for (int k = 0; k < j.left[product].count; k++)
                    quarters[q] +=
                        (double)(j.left[product].sign[k] *
                                 prepared[gt_strassen_at(j.left[product].part[k], SIZE) +
                                          first + q * RUN]);
            double one = taken(quarters, order[third]);
            assert_true(got[i] == (float)(third == NEGATED ? -one : one));
        }
    }
    call_check_guard(sums, gt_strassen_sums_length(&p), "sums");
    free(prepared), free(sums);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(how_deep),
                                       cmocka_unit_test(whole_numbers),
                                       cmocka_unit_test(sums_of_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
