/* conv_products_test.c - the products that convolutions are made of: every sum has the bits of
 * its terms added one after the other, for one block of results and two, any number of blocks
 * of inputs, runs of eight places; nothing else is written. Convolutions made of them keep as
 * many weights as they are given. */
#include "kernel_call.h"

#include "cpu/conv.h"
#include "cpu/conv_products.h"

enum { MOST = 24, BLOCKS = 3 }; /* places, blocks of inputs */

/* The channels in their order; each product is rounded with its sum, or before. */
static float sum_of(const float *x, const float *w, int64_t in, int64_t outs, int64_t place,
                    int64_t result, bool is_fused) {
    float sum = 0;
    for (int64_t k = 0; k < in * GT_BLOCK; k++) {
        float value = x[gt_product_at(in, k / GT_BLOCK, place) + k % GT_BLOCK];
        volatile float product = value * w[k * outs * GT_BLOCK + result];
        sum = is_fused ? fmaf(value, w[k * outs * GT_BLOCK + result], sum) : sum + product;
    }
    return sum;
}

static void check(int64_t outs, int64_t in, int64_t places) {
    int64_t width = gt_product_width(places), count = width * outs * GT_BLOCK;
    float *x = call_drawn(width * in * GT_BLOCK, 1, 1),
          *w = call_drawn(in * outs * GT_BLOCK * GT_BLOCK, 2, 1), *sums = call_new(count);
    gt_product_pair(outs, in, width, x, w, sums);
    call_check_guard(sums, count, "sums");
    for (int64_t i = 0; i < places; i++)
        for (int64_t r = 0; r < outs * GT_BLOCK; r++) {
            float got = sums[gt_product_at(outs, r / GT_BLOCK, i) + r % GT_BLOCK];
            if (got != sum_of(x, w, in, outs, i, r, true))
                call_assert_bits(&got, (float[]){sum_of(x, w, in, outs, i, r, false)}, 1, "sum",
                                 1);
        }
    free(x), free(w), free(sums);
}

static void sums_in_their_order(void **state) {
    for (int64_t outs = 1; outs <= GT_PRODUCT_PAIR; outs++)
        for (int64_t in = 1; in <= BLOCKS; in++)
            for (int64_t places = 1; places <= MOST; places += 5) check(outs, in, places);
}

/* Blocks of results in pairs, of which the last may be one; places of all inputs are apart. */
static void order_in_memory(void **state) {
    bool seen[MOST * BLOCKS] = {0};
    assert_int_equal(gt_product_outs(1, 0), 1);
    assert_int_equal(gt_product_outs(4, 1), 2);
    assert_int_equal(gt_product_outs(5, 1), 2);
    assert_int_equal(gt_product_outs(5, 2), 1);
    assert_int_equal(gt_product_width(0), 0);
    assert_int_equal(gt_product_width(1), 8);
    assert_int_equal(gt_product_width(16), 16);
    for (int64_t b = 0; b < BLOCKS; b++)
        for (int64_t i = 0; i < MOST; i++) {
            int64_t at = gt_product_at(BLOCKS, b, i);
            assert_int_equal(at % GT_BLOCK, 0);
            assert_in_range(at / GT_BLOCK, 0, MOST * BLOCKS - 1);
            assert_false(seen[at / GT_BLOCK]);
            seen[at / GT_BLOCK] = true;
        }
}

/* Points of windows are made in a run, and would be up to four times as many. */
static void weights_that_are_kept(void **state) {
    static const gt_conv_algorithm algorithms[] = {GT_CONV_TILES, GT_CONV_TILES,
                                                   GT_CONV_PATCHES};
    for (int i = 0; i < 3; i++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_DATA; kind++) {
            gt_error err = {0};
            gt_conv_work *work = NULL;
            int window = i == 0 ? 3 : i == 1 ? 4 : 2, stride = i == 2 ? 2 : 1;
            int64_t side = (12 - window) / stride + 1;
            gt_conv_problem p = {.kind = kind,
                                 .x = GT_SHAPE(2, 32, 12, 12),
                                 .w = GT_SHAPE(48, 32, window, window),
                                 .y = GT_SHAPE(2, 48, side, side),
                                 .how = {.stride = stride, .groups = 1},
                                 .x_blocked = true,
                                 .y_blocked = true};
            assert_ok(gt_conv_create(&p, algorithms[i], 2, &work, &err), err);
            assert_int_equal(gt_conv_weights_bytes(work),
                             (size_t)gt_shape_count(p.w) * sizeof(float));
            gt_conv_destroy(work);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_in_their_order),
                                       cmocka_unit_test(order_in_memory),
                                       cmocka_unit_test(weights_that_are_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
