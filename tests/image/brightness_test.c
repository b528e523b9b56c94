/* Moments of the means of pictures against sums in two passes, what is compared, and texts. */
#include "galatea/brightness.h"

#include <math.h>

#include "gt_test.h"
#include "rng.h"

enum { COUNT = 500 };

/* Skewed values, with an offset against which sums of powers would lose digits. */
static double value_at(uint64_t i) {
    double u = gt_rng_uniform((gt_rng_key){3, gt_rng_stream("brightness"), 0}, i);
    return 1e6 - log(1 - u);
}

static gt_brightness moments(uint64_t first, uint64_t count) {
    gt_brightness_sums sums = {0};
    for (uint64_t i = 0; i < count; i++) gt_brightness_add(&sums, value_at(first + i));
    return gt_brightness_of(&sums);
}

static void moments_are_those_of_two_passes(void **state) {
    gt_brightness b = moments(0, COUNT);
    double mean = 0, second = 0, fourth = 0;
    (void)state;
    for (uint64_t i = 0; i < COUNT; i++) mean += (value_at(i) - 1e6) / COUNT;
    for (uint64_t i = 0; i < COUNT; i++) {
        double d = value_at(i) - 1e6 - mean;
        second += d * d;
        fourth += d * d * d * d;
    }
    assert_int_equal(b.count, COUNT);
    assert_near(b.mean - 1e6, mean, 1e-8);
    assert_near(b.deviation, sqrt(second / (COUNT - 1)), 1e-8);
    assert_near(b.kurtosis, COUNT * fourth / (second * second), 1e-6);
    assert_true(b.kurtosis > 5); /* as exponentials have */
}

/* Sets of one distribution differ by one standard error in the mean square, and by more than 3
 * now and then. */
static void differences_are_in_standard_errors(void **state) {
    enum { SETS = 400, OF = 64 };
    gt_brightness known = moments(0, 20000);
    double means = 0, deviations = 0;
    int beyond = 0;
    (void)state;
    for (uint64_t k = 0; k < SETS; k++) {
        gt_brightness_drift drift;
        gt_brightness made = moments(20000 + k * OF, OF);
        assert_true(gt_brightness_compare(&made, &known, &drift));
        means += drift.mean * drift.mean / SETS;
        deviations += drift.deviation * drift.deviation / SETS;
        beyond += fabs(drift.mean) > 3;
    }
    assert_near(means, 1, 0.25);
    assert_near(deviations, 1, 0.35);
    assert_true(beyond <= 8);
}

static void what_cannot_be_compared(void **state) {
    gt_brightness known = {100, 50, 10, 3}, none = {0}, one = {1, 70, 0, 0}, flat = {9, 50};
    gt_brightness_drift drift;
    (void)state;
    assert_false(gt_brightness_compare(&none, &known, &drift));
    assert_false(gt_brightness_compare(&known, &none, &drift));
    assert_false(gt_brightness_compare(&known, &flat, &drift));
    assert_true(drift.mean == 0 && drift.deviation == 0);
    assert_true(gt_brightness_compare(&one, &known, &drift));
    assert_near(drift.mean, 2 / sqrt(1.01), 1e-12);
    assert_true(drift.deviation == 0);
    assert_true(gt_brightness_compare(&flat, &known, &drift)); /* all samples are one */
    assert_near(drift.deviation, -1 / sqrt(0.5 * (1.0 / 9 + 0.01)), 1e-12);
}

static void texts_keep_all_digits(void **state) {
    static const char *const wrong[] = {
        "",
        "pictures=2 mean=1 deviation=2",
        "pictures=2 mean=nan deviation=2 kurtosis=3",
        "pictures=2 mean=1 deviation=-2 kurtosis=3",
        "pictures=2 mean=1 deviation=2 kurtosis=3 and more",
    };
    char text[GT_BRIGHTNESS_ROOM];
    gt_brightness b = moments(7, 11), read = gt_brightness_parse(gt_brightness_text(&b, text));
    (void)state;
    assert_memory_equal(&b, &read, sizeof b);
    assert_int_equal(gt_brightness_parse(NULL).count, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gt_brightness_parse(wrong[i]).count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_two_passes),
        cmocka_unit_test(differences_are_in_standard_errors),
        cmocka_unit_test(what_cannot_be_compared),
        cmocka_unit_test(texts_keep_all_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
