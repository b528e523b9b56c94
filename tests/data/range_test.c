/* range_test.c - declared ranges: levels and back, kept by files, refused when they are none.
 */
#include "gt_test.h"

#include <hdf5.h>

#include "file.h"
#include "galatea/dataset.h"
#include "galatea/imaging.h"
#include "galatea/log.h"
#include "summary.h"
#include "temp_folder.h"

enum { ROWS = 4, CHANNELS = 2, VALUES = CHANNELS * 3 };

static gt_error err;
static int remarks;

static void count_remark(void *user, const char *text) {
    remarks += strstr(text, "value_min") != NULL;
}

static gt_dataset_info floats_info(gt_value_range range) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = ROWS + 3;
    info.channels = CHANNELS;
    info.height = 1;
    info.width = 3;
    info.type = GT_PIXEL_F32;
    info.range = range;
    return info;
}

static gt_value_range whole = {-3, 10};

/* Values i / 23 of the way from low to high, all ends included. */
static float value_at(size_t i, gt_value_range range) {
    return (float)(range.low + (range.high - range.low) * (double)i / (ROWS * VALUES - 1));
}

/* Fewer rows than announced, or as many. */
static void write_set(const char *path, gt_value_range range, gt_value_range late,
                      uint64_t announced) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = floats_info(range);
    float values[ROWS * VALUES];
    info.count = announced;
    for (size_t i = 0; i < ROWS * VALUES; i++) values[i] = value_at(i, whole);
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, values, NULL, ROWS, &err), err);
    if (gt_range_is_declared(late)) gt_dataset_writer_declare(writer, late);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static void bytes_are_their_levels(void **state) {
    float values[] = {0, 1, 254.5f, 255, -7, 300}, kept[6];
    const gt_value_range same[] = {gt_range_undeclared(), {0, 255}, {0, 0}};
    for (int i = 0; i < 3; i++) {
        memcpy(kept, values, sizeof kept);
        gt_range_to_levels(same[i], 6, kept);
        gt_range_to_values(same[i], 6, kept);
        assert_memory_equal(kept, values, sizeof kept);
        assert_true(gt_range_value(same[i], 17.25) == 17.25);
    }
}

/* A byte b as low + b (high - low) / 255 in float32 has the level b, up to its own rounding;
 * both ends have theirs exactly, also where the range is not a float32 number. */
static void levels_are_what_bytes_were(void **state) {
    const gt_value_range ranges[] = {{0, 1}, {-3, 10}, {-0.1, 0.7}, {1e-6, 3e-6}, {0, 65535}};
    for (int r = 0; r < 5; r++) {
        float values[256], back[256];
        double low = ranges[r].low, wide = ranges[r].high - low;
        double step = fmax(fabs(low), fabs(ranges[r].high)) * 255 / wide * 0x1p-23;
        for (int b = 0; b < 256; b++) back[b] = values[b] = (float)(low + b * wide / 255);
        gt_range_to_levels(ranges[r], 256, values);
        assert_true(values[0] == 0 && values[255] == 255);
        for (int b = 0; b < 256; b++)
            assert_true(fabs((double)values[b] - b) <= step + b * 0x1p-23);
        gt_range_to_values(ranges[r], 256, values);
        for (int b = 0; b < 256; b++)
            assert_true(fabs((double)values[b] - (double)back[b]) <= wide * step / 100);
    }
}

static void ranges_are_read(void **state) {
    gt_value_range range;
    assert_ok(gt_range_parse("-3:10", &range, &err), err);
    assert_true(range.low == -3 && range.high == 10);
    assert_ok(gt_range_parse("-2.5e-4:.05", &range, &err), err);
    const char *const bad[] = {"",        ":",    "1",       "1:1",   "2:1",   "a:2",
                               "1:b",     "1:",   ":1",      "1:2:3", "nan:1", "0:inf",
                               "0:1e300", "1:2 ", "0:1e-60", "0 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(gt_range_parse(bad[i], &range, &err), GT_USAGE);
        assert_non_null(strstr(err.text, "is no range, expected LOW:HIGH"));
    }
}

static void check_set(const char *path, gt_value_range range) {
    gt_dataset *set = NULL;
    float levels[ROWS * VALUES], stored[ROWS * VALUES];
    const uint64_t order[] = {3, 1};
    assert_ok(gt_dataset_open(path, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, ROWS);
    assert_true(info->range.low == range.low && info->range.high == range.high);
    assert_ok(gt_dataset_read(set, 0, ROWS, levels, &err), err);
    assert_ok(gt_dataset_read_bytes(set, 0, ROWS, stored, &err), err);
    for (size_t i = 0; i < ROWS * VALUES; i++) {
        assert_true(stored[i] == value_at(i, whole));
        assert_true(fabs((double)levels[i] - 255.0 * (double)i / (ROWS * VALUES - 1)) < 1e-4);
    }
    assert_true(levels[0] == 0 && levels[ROWS * VALUES - 1] == 255);
    assert_ok(gt_dataset_read_rows(set, order, 2, stored, &err), err);
    assert_memory_equal(stored, levels + 3 * VALUES, VALUES * sizeof(float));
    assert_memory_equal(stored + VALUES, levels + VALUES, VALUES * sizeof(float));
    gt_dataset_close(set);
}

/* Told before the first row or after the last one, in a file of the right size or a larger one:
 * the set is the same. */
static void sets_keep_their_range(void **state) {
    const gt_value_range open = gt_range_undeclared();
    write_set(in_folder("early.h5"), whole, open, ROWS);
    check_set(in_folder("early.h5"), whole);
    write_set(in_folder("late.h5"), open, whole, ROWS);
    check_set(in_folder("late.h5"), whole);
    write_set(in_folder("short.h5"), open, whole, ROWS + 3);
    check_set(in_folder("short.h5"), whole);
    write_set(in_folder("moved.h5"), (gt_value_range){0, 1}, whole, ROWS + 3);
    check_set(in_folder("moved.h5"), whole);
}

static void late_ranges_make_equal_bytes(void **state) {
    char *text[2];
    size_t length[2];
    for (int i = 0; i < 2; i++) {
        write_set(in_folder("a.h5"), gt_range_undeclared(), whole, ROWS);
        assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &text[i], &length[i], &err), err);
    }
    assert_int_equal(length[0], length[1]);
    assert_memory_equal(text[0], text[1], length[0]);
    free(text[0]);
    free(text[1]);
}

static void no_range_is_written(void **state) {
    const gt_value_range bad[] = {{1, 1}, {2, 1}, {NAN, 1}, {0, INFINITY}, {0, 1e300}};
    for (int i = 0; i < 5; i++) {
        gt_dataset_info info = floats_info(bad[i]);
        assert_int_equal(gt_dataset_info_check(&info, &err), GT_BAD_ARGUMENT);
        assert_non_null(strstr(err.text, "a range of pixels from"));
    }
}

/* Puts a double in place of an attribute, or takes the attribute away. */
static void change_attribute(const char *path, const char *name, const double *value) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    assert_true(H5Adelete(file, name) >= 0);
    if (value) {
        hid_t id = H5Acreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Awrite(id, H5T_NATIVE_DOUBLE, value) >= 0);
        H5Aclose(id);
    }
    H5Sclose(space);
    H5Fclose(file);
}

/* What is no range is told and left out; the pixels are then what they are. */
static void odd_attributes_are_told(void **state) {
    const double odd[] = {10, 11, INFINITY};
    gt_log_to(count_remark, NULL);
    for (int i = 0; i < 4; i++) {
        const char *path = in_folder("odd.h5");
        gt_dataset *set = NULL;
        float values[VALUES];
        write_set(path, whole, gt_range_undeclared(), ROWS);
        change_attribute(path, "value_min", i < 3 ? &odd[i] : NULL);
        remarks = 0;
        assert_ok(gt_dataset_open(path, &set, &err), err);
        assert_int_equal(remarks, 1);
        assert_false(gt_range_is_declared(gt_dataset_describe(set)->range));
        assert_ok(gt_dataset_read(set, 0, 1, values, &err), err);
        assert_true(values[0] == -3);
        gt_dataset_close(set);
    }
    gt_log_to(NULL, NULL);
}

/* Codes keep the range of what they were made of, and their numbers. */
static void codes_are_no_levels(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset *set = NULL;
    gt_dataset_info info = floats_info(whole);
    float values[] = {-3, 2}, read[2];
    info.kind = GT_DATASET_CODES;
    info.count = 1, info.channels = 2, info.width = 1;
    assert_ok(gt_dataset_writer_create(in_folder("codes.h5"), &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, values, NULL, 1, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_codes_open(in_folder("codes.h5"), &set, &err), err);
    assert_true(gt_dataset_describe(set)->range.high == 10);
    assert_false(gt_range_is_declared(gt_dataset_range(gt_dataset_describe(set))));
    assert_ok(gt_dataset_read(set, 0, 1, read, &err), err);
    assert_memory_equal(read, values, sizeof read);
    gt_dataset_close(set);
}

/* `data info` reads the values as they are stored, and every channel for itself. */
static void summaries_tell_range_and_channels(void **state) {
    gt_summary s;
    double mean[CHANNELS] = {0}, square[CHANNELS] = {0};
    write_set(in_folder("a.h5"), whole, gt_range_undeclared(), ROWS);
    const gt_source_request request = {.path = in_folder("a.h5"), .axes = "nchw"};
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &s, &err), err);
    for (size_t i = 0; i < ROWS * VALUES; i++) {
        size_t c = i % VALUES / 3;
        double value = (double)value_at(i, whole);
        mean[c] += value / (ROWS * 3);
        square[c] += value * value / (ROWS * 3);
    }
    assert_true(s.range.low == -3 && s.range.high == 10 && s.least == -3 && s.most == 10);
    assert_int_equal(s.channel_count, CHANNELS);
    for (size_t c = 0; c < CHANNELS; c++) {
        double deviation = sqrt(square[c] - mean[c] * mean[c]);
        assert_true(fabs(s.channel_mean[c] - mean[c]) < 1e-6);
        assert_true(fabs(s.channel_deviation[c] - deviation) < 1e-6);
    }
    gt_summary_destroy(&s);
}

static gt_status put(void *user, const char *name, const char *text, gt_error *error) {
    char(*kept)[64] = user;
    if (strcmp(name, "value_min") == 0) snprintf(kept[0], 64, "%s", text);
    if (strcmp(name, "value_max") == 0) snprintf(kept[1], 64, "%s", text);
    return GT_OK;
}

static const char *get(const void *user, const char *name) {
    const char(*kept)[64] = user;
    if (strcmp(name, "value_min") == 0) return kept[0];
    return strcmp(name, "value_max") == 0 ? kept[1] : NULL;
}

/* Runs and classifiers carry the range on, and other ranges are told where they meet. */
static void facts_hold_the_range(void **state) {
    char text[GT_IMAGING_ROOM], preparation[GT_PREPARATION_ROOM], kept[2][64] = {"", ""};
    gt_imaging a = gt_imaging_unknown(), b = a;
    a.range = (gt_value_range){-1.0 / 3, 10};
    assert_false(gt_imaging_compare(&a, &b, text)); /* unknown differs from nothing */
    assert_ok(gt_imaging_save(&a, put, kept, &err), err);
    b = gt_imaging_load(get, kept);
    assert_true(b.range.low == a.range.low && b.range.high == 10);
    assert_false(gt_imaging_compare(&a, &b, text));
    b.range.high = 1;
    assert_true(gt_imaging_compare(&a, &b, text));
    assert_string_equal(text, "range of pixels (-0.333333:10 and -0.333333:1)");
    gt_imaging_text(&b, text);
    assert_string_equal(text, "pixels from -0.333333 to 1");
    gt_imaging_agree(&a, &b, preparation);
    assert_false(gt_range_is_declared(a.range));
    strcpy(kept[1], "wide");
    assert_false(gt_range_is_declared(gt_imaging_load(get, kept).range));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(bytes_are_their_levels),
        TEST(levels_are_what_bytes_were),
        TEST(ranges_are_read),
        TEST(sets_keep_their_range),
        TEST(late_ranges_make_equal_bytes),
        TEST(no_range_is_written),
        TEST(odd_attributes_are_told),
        TEST(codes_are_no_levels),
        TEST(summaries_tell_range_and_channels),
        TEST(facts_hold_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
