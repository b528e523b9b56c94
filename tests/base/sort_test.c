/* Numbers sorted by their bits come out as any other sort has them. */
#include "gt_test.h"
#include "sort.h"

static uint64_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ (*state >> 29);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check(size_t count, double *values) {
    gt_error err;
    double *expected = malloc((count + 1) * sizeof *expected);
    memcpy(expected, values, count * sizeof *values);
    qsort(expected, count, sizeof *expected, ascending);
    assert_ok(gt_sort_numbers(count, values, &err), err);
    for (size_t i = 0; i < count; i++) assert_true(values[i] == expected[i]);
    free(expected);
}

/* Doubles of any finite bits: both signs, all exponents, denormal ones, zeros. */
static void any_bits(void **state) {
    enum { MOST = 5000 };
    double *values = malloc(MOST * sizeof *values);
    uint64_t random = 7;
    for (size_t count = 0; count <= MOST; count = 3 * count + 1) {
        for (size_t i = 0; i < count; i++) {
            uint64_t bits = next(&random);
            memcpy(&values[i], &bits, sizeof bits);
            if (!isfinite(values[i])) values[i] = i % 2 ? 0.0 : -0.0;
        }
        check(count, values);
    }
    free(values);
}

/* Digits in which all numbers are alike are passed over: floats, whole numbers, one number. */
static void narrow_numbers(void **state) {
    enum { COUNT = 1000 };
    double floats[COUNT], whole[COUNT], one[COUNT];
    uint64_t random = 1;
    for (size_t i = 0; i < COUNT; i++) {
        whole[i] = (double)(int64_t)(next(&random) >> 54) - 512;
        floats[i] = (float)whole[i] / 7;
        one[i] = -3;
    }
    check(COUNT, floats);
    check(COUNT, whole);
    check(COUNT, one);
}

static void rising_and_falling(void **state) {
    enum { COUNT = 700 };
    double rising[COUNT], falling[COUNT];
    for (size_t i = 0; i < COUNT; i++) rising[i] = (double)i - 300, falling[i] = -rising[i];
    check(COUNT, rising);
    check(COUNT, falling);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bits),
        cmocka_unit_test(narrow_numbers),
        cmocka_unit_test(rising_and_falling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
