/* pixels_test.c - what is told of the pixels that a run learns from. */
#include <math.h>
#include <unistd.h>

#include "gt_test.h"
#include "pixels.h"
#include "temp_folder.h"

enum { ROWS = 70, SIDE = 4, PLANE = SIDE * SIDE };

static gt_error err;
static gt_brightness brightness;

/* Channel c of float pictures: (c + 1) times numbers from 0 to 1, but of one value in `flat`.
 */
static float value_at(size_t row, size_t c, size_t i, size_t flat) {
    return c == flat ? 2 : (float)(c + 1) * (float)((row * 31 + i * 7 + c) % 101) / 100;
}

static gt_dataset *make_set(size_t channels, size_t flat, gt_value_range range, float odd) {
    gt_dataset_writer *writer = NULL;
    gt_dataset *set = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    float values[3 * PLANE];
    info.count = ROWS;
    info.channels = channels;
    info.height = info.width = SIDE;
    info.type = GT_PIXEL_F32;
    info.range = range;
    assert_ok(gt_dataset_writer_create(in_folder("set.h5"), &info, &writer, &err), err);
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < channels * PLANE; i++)
            values[i] = value_at(row, i / PLANE, i % PLANE, flat);
        if (row == 66) values[5] = odd;
        assert_ok(gt_dataset_writer_append(writer, values, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_dataset_open(in_folder("set.h5"), &set, &err), err);
    return set;
}

static gt_status survey(size_t channels, size_t flat, gt_value_range range, float odd,
                        gt_model_input *out) {
    uint64_t rows[ROWS];
    gt_dataset *set = make_set(channels, flat, range, odd);
    for (size_t i = 0; i < ROWS; i++) rows[i] = i;
    gt_status status = gt_pixels_measure(set, rows, ROWS, out, &brightness, &err);
    gt_dataset_close(set);
    return status;
}

/* Minus the mean and one over the deviation of the levels of channels first to last. */
static void check(const gt_model_input *in, int place, size_t first, size_t last, size_t flat,
                  double high) {
    double sum = 0, squares = 0, count = 0;
    for (size_t row = 0; row < ROWS; row++)
        for (size_t c = first; c <= last; c++)
            for (size_t i = 0; i < PLANE; i++) {
                bool is_odd = row == 66 && c == 0 && i == 5;
                double level = 255 / high * (is_odd ? 0.5 : value_at(row, c, i, flat));
                sum += level;
                squares += level * level;
                count++;
            }
    double mean = sum / count, deviation = sqrt(squares / count - mean * mean);
    if (in->shift.value[place] != 0) assert_near(in->shift.value[place] / -mean, 1, 1e-6);
    assert_near(in->scale.value[place] * deviation, 1, 1e-6);
}

/* The means of the pictures scatter about the mean of all pixels. */
static void brightness_is_that_of_the_rows(void **state) {
    gt_model_input in;
    double mean = 0, squares = 0;
    assert_int_equal(survey(3, 9, (gt_value_range){0, 4}, value_at(66, 0, 5, 9), &in), GT_OK);
    for (size_t row = 0; row < ROWS; row++) {
        double own = 0;
        for (size_t i = 0; i < 3 * PLANE; i++)
            own += 255.0 / 4 * (double)value_at(row, i / PLANE, i % PLANE, 9) / (3 * PLANE);
        mean += own / ROWS;
        squares += own * own / ROWS;
    }
    assert_int_equal(brightness.count, ROWS);
    assert_near(brightness.mean, mean, 1e-4);
    assert_near(brightness.deviation, sqrt((squares - mean * mean) * ROWS / (ROWS - 1)), 1e-3);
    assert_true(brightness.kurtosis > 1);
}

static void every_channel_has_its_numbers(void **state) {
    gt_model_input in;
    assert_int_equal(survey(3, 9, (gt_value_range){0, 4}, 0.5f, &in), GT_OK);
    assert_true(in.shift.count == 3 && in.scale.count == 3);
    for (int c = 0; c < 3; c++) check(&in, c, (size_t)c, (size_t)c, 9, 4);
    assert_true(in.scale.value[0] > 2 * in.scale.value[2]);
    assert_int_equal(survey(1, 9, (gt_value_range){0, 4}, 0.5f, &in), GT_OK);
    assert_true(in.shift.count == 1 && in.scale.count == 1);
    check(&in, 0, 0, 0, 9, 4);
}

/* A channel without a deviation is scaled as all pixels together. */
static void flat_channels_are_scaled_as_all(void **state) {
    gt_model_input in;
    assert_int_equal(survey(3, 1, (gt_value_range){0, 4}, 0.5f, &in), GT_OK);
    assert_near(in.shift.value[1], -2 * 255.0 / 4, 1e-4);
    in.shift.value[1] = 0;
    check(&in, 1, 0, 2, 1, 4);
    check(&in, 2, 2, 2, 1, 4);
}

static void refuses(gt_value_range range, float odd, gt_status expected, const char *says) {
    gt_model_input in;
    assert_int_equal(survey(1, 9, range, odd, &in), expected);
    if (!strstr(err.text, says)) fail_msg("%s", err.text);
}

/* In the set's own values, and with the row where there is one. */
static void what_cannot_be_learned_is_refused(void **state) {
    const gt_value_range open = gt_range_undeclared(), unit = {0, 1};
    refuses(unit, NAN, GT_NOT_FINITE,
            "1 pixels in 1 of 70 rows are NaN or infinite (first row 66)");
    refuses(unit, INFINITY, GT_NOT_FINITE, "(first row 66)");
    refuses(unit, 1.5f, GT_BAD_ARGUMENT,
            "pixels from 0 to 1.5, expected 0 to 1, which the set declares");
    refuses(unit, -0.25f, GT_BAD_ARGUMENT, "pixels from -0.25 to 1, expected 0 to 1");
    refuses(open, 0.5f, GT_BAD_ARGUMENT, "pixels from 0 to 1, expected 0 to 255; import");
    refuses(open, 256, GT_BAD_ARGUMENT,
            "or as they are with --range LOW:HIGH or --keep-values");
    gt_model_input in;
    assert_int_equal(survey(1, 0, (gt_value_range){-3, 10}, 2, &in), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "all pixels of its 70 training rows are 2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_channel_has_its_numbers),
        TEST(flat_channels_are_scaled_as_all),
        TEST(brightness_is_that_of_the_rows),
        TEST(what_cannot_be_learned_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
