/* Pictures that lie flat in a file: every type and order is read as it is, and no description
 * that lies is followed. */
#include "flat.h"

#include "gt_test.h"
#include "temp_folder.h"

enum { COUNT = 3, C = 2, H = 3, W = 4, VALUES = C * H * W, BEFORE = 5 };

static gt_error err;
static gt_rounding rounded; /* of what was read last */

static gt_flat describe(const char *path) {
    return (gt_flat){.path = path,
                     .offset = BEFORE,
                     .count = COUNT,
                     .picture = {C, H, W, {H * W, W, 1}},
                     .numbers = gt_numbers_plain(GT_NUMBER_F32, false)};
}

/* Value i of all, which every type can hold. */
static double value_of(gt_number_type type, size_t i) {
    bool is_signed = type == GT_NUMBER_I8 || type == GT_NUMBER_I16 || type == GT_NUMBER_I32 ||
                     type == GT_NUMBER_I64 || type >= GT_NUMBER_F16;
    return is_signed ? (double)i - 20 : (double)i;
}

static uint64_t half_bits(double value) {
    int exponent;
    double part = frexp(fabs(value), &exponent); /* 0.5 to 1 */
    if (part == 0) return 0;
    return (value < 0 ? 0x8000u : 0u) | (unsigned)(exponent + 14) << 10 |
           ((unsigned)(part * 2048) & 1023);
}

static uint64_t bits_of(gt_number_type type, double value) {
    float narrow = (float)value;
    uint32_t low;
    uint64_t bits;
    if (type == GT_NUMBER_F16) return half_bits(value);
    memcpy(&low, &narrow, sizeof low);
    memcpy(&bits, &value, sizeof bits);
    return type == GT_NUMBER_F32   ? low
           : type == GT_NUMBER_F64 ? bits
                                   : (uint64_t)(int64_t)value;
}

/* COUNT pictures behind a few other bytes. */
static void write_numbers(const char *path, gt_number_type type, bool big_endian) {
    unsigned char bytes[BEFORE + COUNT * VALUES * 8] = {0};
    size_t size = gt_number_size(type);
    for (size_t i = 0; i < COUNT * VALUES; i++) {
        uint64_t bits = bits_of(type, value_of(type, i));
        for (size_t k = 0; k < size; k++)
            bytes[BEFORE + i * size + k] =
                (unsigned char)(bits >> 8 * (big_endian ? size - 1 - k : k));
    }
    write_file(path, bytes, BEFORE + COUNT * VALUES * size);
}

/* Opens, reads the last picture, closes. */
static void read_last(const gt_flat *flat, float out[VALUES]) {
    gt_flat_file *file;
    const float *pixels;
    assert_ok(gt_flat_open(flat, &file, &err), err);
    assert_true(gt_flat_is_of(file, flat));
    rounded = (gt_rounding){0};
    assert_ok(gt_flat_read(file, COUNT - 1, &rounded, &pixels, &err), err);
    memcpy(out, pixels, VALUES * sizeof *out);
    gt_flat_close(file);
}

static void every_type_and_order_of_bytes_is_read(void **state) {
    float got[VALUES];
    const char *path = in_folder("numbers");
    for (int type = GT_NUMBER_U8; type <= GT_NUMBER_F64; type++)
        for (int big = 0; big < 2; big++) {
            gt_flat flat = describe(path);
            flat.numbers = gt_numbers_plain((gt_number_type)type, big);
            write_numbers(path, (gt_number_type)type, big);
            read_last(&flat, got);
            assert_int_equal(rounded.rounded, 0);
            for (size_t i = 0; i < VALUES; i++)
                assert_near(got[i], value_of((gt_number_type)type, (COUNT - 1) * VALUES + i),
                            0);
        }
}

static void rows_and_channels_come_in_our_order(void **state) {
    float got[VALUES];
    const char *path = in_folder("numbers");
    gt_flat flat = describe(path);
    write_numbers(path, GT_NUMBER_F32, false);
    const size_t first = (COUNT - 1) * VALUES;
    flat.has_bottom_first = true;
    read_last(&flat, got);
    for (size_t i = 0; i < VALUES; i++) {
        size_t c = i / (H * W), y = i / W % H, x = i % W;
        assert_near(got[i], value_of(GT_NUMBER_F32, first + (c * H + H - 1 - y) * W + x), 0);
    }
    flat.has_bottom_first = false;
    flat.picture = (gt_npy_picture){C, H, W, {1, W * C, C}};
    read_last(&flat, got);
    for (size_t i = 0; i < VALUES; i++) {
        size_t c = i / (H * W), y = i / W % H, x = i % W;
        assert_near(got[i], value_of(GT_NUMBER_F32, first + (y * W + x) * C + c), 0);
    }
}

static void scale_and_blank_are_applied(void **state) {
    float got[VALUES];
    const char *path = in_folder("numbers");
    gt_flat flat = describe(path);
    write_numbers(path, GT_NUMBER_I16, true);
    const size_t first = (COUNT - 1) * VALUES;
    flat.numbers = (gt_numbers){GT_NUMBER_I16, true, 0.1, -3, true, (int64_t)first + 1 - 20};
    read_last(&flat, got);
    assert_true(isnan(got[1]));
    assert_near(got[2], (float)(0.1 * value_of(GT_NUMBER_I16, first + 2) - 3), 0);
}

/* One number of a type, in both orders of bytes; `expected` is what a float has of it. */
static void expect_number(gt_numbers numbers, uint64_t bits, float expected, bool is_rounded) {
    size_t size = gt_number_size(numbers.type);
    for (int big = 0; big < 2; big++) {
        unsigned char stored[8];
        float got;
        for (size_t k = 0; k < size; k++)
            stored[k] = (unsigned char)(bits >> 8 * (big ? size - 1 - k : k));
        numbers.big_endian = big;
        gt_rounding counted = {0};
        gt_numbers_to_floats(&numbers, stored, 1, &got, &counted);
        assert_int_equal(counted.rounded, is_rounded);
        assert_true(got == expected || (isnan(got) && isnan(expected)));
    }
}

/* Reals below the least normal float keep few digits or none. */
static void faint_numbers_are_counted(void **state) {
    const double values[] = {1e-37, 1e-39, 1e-60, 0, 0x1p-140, -1e-44, NAN};
    gt_numbers numbers = gt_numbers_plain(GT_NUMBER_F64, false);
    gt_rounding counted = {0};
    float out[7];
    gt_numbers_to_floats(&numbers, values, 7, out, &counted);
    assert_int_equal(counted.rounded * 10 + counted.faint, 43);
    counted = (gt_rounding){0};
    numbers.scale = 1e-40; /* what comes of them counts */
    gt_numbers_to_floats(&numbers, (const double[]){0.5, 1e10}, 2, out, &counted);
    assert_int_equal(counted.rounded * 10 + counted.faint, 1);
}

/* Sums are rounded once: 2^63 + 2^39 + 1 lies above the middle between two floats. */
static void what_a_float_does_not_hold_is_counted(void **state) {
    const uint64_t half = (uint64_t)1 << 63, above = ((uint64_t)1 << 39) + 1;
    gt_numbers numbers = gt_numbers_plain(GT_NUMBER_I32, false);
    expect_number(numbers, (1 << 24) + 1, 0x1p24f, true);
    expect_number(numbers, (1 << 24) + 2, 0x1p24f + 2, false);
    numbers.zero = 0x1p31; /* uint32 */
    expect_number(numbers, 0x80000001, 1, false);
    expect_number(numbers, 0x7fffffff, 0x1p32f, true);
    numbers.scale = 0.5; /* what is stored counts */
    expect_number(numbers, 3, (float)(0x1p31 + 1.5), false);
    numbers = gt_numbers_plain(GT_NUMBER_F64, false);
    expect_number(numbers, 0x3fb999999999999aull, 0.1f, true);
    expect_number(numbers, 0x3fb99999a0000000ull, 0.1f, false);
    numbers.scale = 10;
    expect_number(numbers, 0x3fb999999999999aull, 1, true);
    numbers = gt_numbers_plain(GT_NUMBER_I64, false);
    expect_number(numbers, above, 0x1p39f, true);
    expect_number(numbers, half, -0x1p63f, false);
    numbers.zero = 0x1p63; /* uint64 */
    expect_number(numbers, above, nextafterf(0x1p63f, INFINITY), true);
    expect_number(numbers, half, 0, false);
    numbers.has_blank = true;
    numbers.blank = (int64_t)above;
    expect_number(numbers, above, NAN, false);
    numbers = gt_numbers_plain(GT_NUMBER_U64, false);
    expect_number(numbers, half + above, nextafterf(0x1p63f, INFINITY), true);
    numbers = gt_numbers_plain(GT_NUMBER_F32, false);
    expect_number(numbers, 0x3dcccccd, 0.1f, false);
}

/* More pictures than a block has, forwards and back. */
static void pictures_are_read_in_any_order(void **state) {
    enum { MANY = 3000, SIDE = 20, EACH = SIDE * SIDE };
    const float *pixels;
    gt_flat_file *file;
    const char *path = in_folder("many");
    float *values = malloc(MANY * EACH * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < MANY * EACH; i++) values[i] = (float)i;
    write_file(path, values, MANY * EACH * sizeof *values);
    const gt_flat flat = {.path = path,
                          .count = MANY,
                          .picture = {1, SIDE, SIDE, {EACH, SIDE, 1}},
                          .numbers = gt_numbers_plain(GT_NUMBER_F32, false)};
    assert_ok(gt_flat_open(&flat, &file, &err), err);
    for (uint64_t i = 0; i < 2 * MANY; i += 7) {
        uint64_t at = i < MANY ? i : 2 * MANY - 1 - i;
        assert_ok(gt_flat_read(file, at, &rounded, &pixels, &err), err);
        assert_memory_equal(pixels, values + at * EACH, EACH * sizeof *pixels);
    }
    assert_int_equal(gt_flat_read(file, MANY, &rounded, &pixels, &err), GT_BAD_FORMAT);
    write_file(path, values, MANY * EACH); /* a quarter is left */
    assert_int_equal(gt_flat_read(file, MANY - 1, &rounded, &pixels, &err), GT_BAD_FORMAT);
    gt_flat_close(file);
    free(values);
}

static void refuse(gt_flat flat, gt_status expected, const char *words) {
    gt_flat_file *file = NULL;
    gt_status status = gt_flat_open(&flat, &file, &err);
    if (status != expected || !strstr(err.text, words))
        fail_msg("%s '%s', expected '%s'", gt_status_name(status), status ? err.text : "",
                 words);
    assert_null(file);
}

static void a_description_that_lies_is_refused(void **state) {
    const char *path = in_folder("numbers"), *cannot = "pictures that cannot be";
    const gt_flat good = describe(path);
    gt_flat lie;
    write_numbers(path, GT_NUMBER_F32, false);
#define LIE(change, words) lie = good, lie.change, refuse(lie, GT_BAD_FORMAT, words)
    LIE(offset = BEFORE + 1, "its pictures end at byte");
    LIE(offset = UINT64_MAX - 3, cannot);
    LIE(count = COUNT + 1, "its pictures end at byte");
    LIE(count = 0, cannot);
    LIE(count = UINT64_MAX / VALUES + 1, cannot);
    LIE(count = UINT64_MAX / VALUES / 4 + 1, cannot);
    LIE(picture.channels = 0, cannot);
    LIE(picture.height = H + 1, "its pictures end at byte");
    LIE(picture.width = (size_t)1 << 62, cannot);
    LIE(picture.steps[0] = H * W + 1, cannot);
    LIE(picture.steps[1] = SIZE_MAX, cannot);
    LIE(picture.steps[2] = SIZE_MAX / 2 + 2, cannot);
    LIE(numbers.type = (gt_number_type)(GT_NUMBER_F64 + 1), cannot);
    LIE(numbers.type = GT_NUMBER_F64, "its pictures end at byte");
    LIE(path = NULL, cannot);
    lie = good, lie.path = in_folder("nobody"), refuse(lie, GT_NOT_FOUND, "nobody");
    lie = good, lie.path = "/dev/zero", refuse(lie, GT_IO, "/dev/zero");
    lie = good, lie.path = temp_folder, refuse(lie, GT_IO, temp_folder);
}

static void what_was_asked_for_is_where_it_was(void **state) {
    static const struct {
        const char *file, *asked;
        bool is_in;
    } cases[] = {
        {"a/b.h5", "a/b.h5", true}, {"a/b.h5", "a", true},          {"a/b.h5", "a/", true},
        {"a/c/b.h5", "a", true},    {"ab/b.h5", "a", false},        {"a/../b.h5", "a", false},
        {"a/b.h5", "a/b", false},   {"/etc/passwd", "a.h5", false}, {"a.h5/..", "a.h5", false},
        {"b.h5", "", false},        {"a/../b.h5", "a/", false},     {"a/..", "a/", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gt_flat flat = {.path = cases[i].file};
        assert_int_equal(gt_flat_lies_in(&flat, cases[i].asked), cases[i].is_in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_type_and_order_of_bytes_is_read),
        TEST(rows_and_channels_come_in_our_order),
        TEST(scale_and_blank_are_applied),
        TEST(what_a_float_does_not_hold_is_counted),
        TEST(faint_numbers_are_counted),
        TEST(pictures_are_read_in_any_order),
        TEST(a_description_that_lies_is_refused),
        cmocka_unit_test(what_was_asked_for_is_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
