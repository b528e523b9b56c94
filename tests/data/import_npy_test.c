/* import_npy_test.c - arrays that NumPy wrote (golden/format/npz: value 40 n + 6 y + x of
 * picture n,
 * + 1000 c of channel c) in any order of axes, values and bytes become the same set. */
#include "import_run.h"

enum { N = 4, C = 3, H = 5, W = 6 };

static void expect_cube(gt_dataset *set, size_t channels) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    float row[C * H * W];
    assert_int_equal(info->count * 1000 + info->channels * 100 + info->height * 10 +
                         info->width,
                     N * 1000 + channels * 100 + H * 10 + W);
    for (size_t n = 0; n < N; n++) {
        assert_ok(gt_dataset_read_bytes(set, n, 1, row, &err), err);
        for (size_t i = 0; i < channels * H * W; i++)
            assert_near(row[i], 40.0 * n + i % (H * W) + 1000 * (i / (H * W)), 0);
    }
    gt_dataset_close(set);
}

static void every_order_gives_the_same(void **state) {
    gt_import_settings settings = settings_for("npy", true);
    expect_cube(import(&settings, golden("npz/nchw.npy")), C);
    expect_cube(import(&settings, golden("npz/nhwc_be.npy")), C);
    assert_non_null(strstr(report.note, "read as (N,H,W,C): 3 channels of 5 x 6"));
    expect_cube(import(&settings, golden("npz/fortran.npy")), C);
    expect_cube(import(&settings, golden("npz/fortran.npz")), C);
    expect_cube(import(&settings, golden("npz/nhw.npy")), 1);
    assert_non_null(strstr(report.note, "read as (N,H,W): 4 pictures of one channel; a "));
}

static void arrays_beside_are_columns(void **state) {
    gt_import_settings settings = settings_for("npy", true);
    gt_dataset *set = import(&settings, golden("npz/columns.npz"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra;
    const char *ids;
    uint8_t row[H * W];
    assert_int_equal(info->type, GT_PIXEL_U8);
    assert_ok(gt_dataset_read_bytes(set, 3, 1, row, &err), err);
    assert_int_equal(row[7], 127);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[0], "elliptical");
    assert_int_equal(labels[0] * 100 + labels[1] * 10 + labels[2], 101);
    assert_int_equal(labels[3], -1);
    assert_int_equal(splits[0] * 1000 + splits[1] * 100 + splits[2] * 10 + splits[3], 120);
    assert_near(ra[1], 2.5, 0);
    assert_true(isnan(ra[2]));
    assert_string_equal(ids + 3 * (info->id_length + 1), "10");
    assert_non_null(strstr(report.note, "'odd' (float64 2 x 2)"));
    assert_non_null(strstr(report.note, "'objects' is left out: holds Python objects"));
    size_t z = gt_field_find(info->fields, info->field_count, "z");
    size_t tiles = gt_field_find(info->fields, info->field_count, "tiles");
    double reals[N];
    int64_t wholes[N];
    assert_int_equal(info->field_count, 2);
    assert_ok(gt_dataset_read_field(set, z, 0, N, reals, &err), err);
    assert_ok(gt_dataset_read_field(set, tiles, 0, N, wholes, &err), err);
    assert_near(reals[2], 0.3, 1e-7);
    assert_int_equal(wholes[3], 4);
    gt_dataset_close(set);
}

static void class_names_stand_beside(void **state) {
    gt_import_settings settings = settings_for("npy", true);
    gt_dataset *set = import(&settings, golden("npz/fortran.npz"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->class_count, 3);
    assert_string_equal(info->class_names[2], "c");
    gt_dataset_close(set);
}

static void vectors_become_codes(void **state) {
    gt_import_settings settings = settings_for("npy", true);
    settings.keep_values = false;
    gt_dataset *set = import(&settings, golden("npz/codes.npy"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->kind, GT_DATASET_CODES);
    assert_int_equal(info->count * 10 + info->channels, 43);
    gt_dataset_close(set);
}

/* Floats 0, 1, ... of this shape, as numpy.save writes them. */
static void write_npy(const char *shape, size_t count) {
    char header[128 + 64 * sizeof(float)] = "\x93NUMPY\x01\0\x76\0";
    int length = snprintf(header + 10, 118,
                          "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    memset(header + 10 + length, ' ', 117 - (size_t)length);
    header[127] = '\n';
    for (size_t i = 0; i < count; i++) {
        float value = (float)i;
        memcpy(header + 128 + i * sizeof value, &value, sizeof value);
    }
    write_file(in_folder("made.npy"), header, 128 + count * sizeof(float));
}

static void shapes_tell_codes_from_pictures(void **state) {
    static const char *const codes[] = {"(6, 8)", "(6, 8, 1, 1)", "(6, 1, 1, 8)", "(6, 1, 8)"};
    gt_import_settings settings = settings_for("npy", true);
    settings.keep_values = false;
    for (int k = 0; k < 4; k++) {
        float row[8];
        write_npy(codes[k], 48);
        gt_dataset *set = import(&settings, in_folder("made.npy"));
        assert_int_equal(gt_dataset_describe(set)->kind, GT_DATASET_CODES);
        assert_int_equal(gt_dataset_describe(set)->channels, 8);
        assert_ok(gt_dataset_read(set, 5, 1, row, &err), err);
        for (int i = 0; i < 8; i++) assert_near(row[i], 40 + i, 0);
        gt_dataset_close(set);
    }
    static const char *const one[] = {"(6, 8, 1)", "(4, 5, 3)"};
    for (int k = 0; k < 2; k++) {
        write_npy(one[k], k ? 60 : 48);
        refuse(&settings, in_folder("made.npy"), GT_UNSUPPORTED,
               "expected (N,H,W), a picture with channels (H,W,C) as (1,H,W,C) or by --format "
               "pictures, codes as (N,D)");
    }
}

static void what_is_unclear_is_asked(void **state) {
    gt_import_settings settings = settings_for("npy", true);
    refuse(
        &settings, golden("npz/two.npz"), GT_NOT_FOUND,
        "several arrays could be the pictures; --dataset takes one of a (4 x 5 x 6), b (4 x");
    settings.dataset = "c";
    refuse(&settings, golden("npz/two.npz"), GT_NOT_FOUND,
           "has no array 'c', but a (4 x 5 x 6), b");
    settings.dataset = "b";
    gt_dataset_close(import(&settings, golden("npz/two.npz")));
    refuse(&settings, golden("npz/nhw.npy"), GT_USAGE, "is one array, expected an npz archive");
    settings.dataset = "objects";
    refuse(&settings, golden("npz/columns.npz"), GT_UNSUPPORTED,
           "objects.npy: holds Python objects");
}

/* As PNG of one bit and truth values of HDF5 are. */
static void truth_values_are_black_and_white(void **state) {
    static const char start[] = "\x93NUMPY\x01\0\x76\0{'descr': '|b1', 'fortran_order': False, "
                                "'shape': (1, 2, 2), }";
    const uint8_t expected[] = {255, 0, 0, 255};
    char bytes[132];
    uint8_t read[4];
    memset(bytes, ' ', 127);
    memcpy(bytes, start, sizeof start - 1);
    memcpy(bytes + 127, "\n\1\0\0\1", 5);
    write_file(in_folder("made.npy"), bytes, sizeof bytes);
    gt_import_settings settings = settings_for("npy", false);
    gt_dataset *set = import(&settings, in_folder("made.npy"));
    assert_ok(gt_dataset_read_bytes(set, 0, 1, read, &err), err);
    assert_memory_equal(read, expected, 4);
    gt_dataset_close(set);
}

static void damage_is_refused(void **state) {
    gt_import_settings settings = settings_for("npy", true);
    const char *const names[] = {"npz/nchw.npy", "npz/columns.npz"};
    for (int k = 0; k < 2; k++) {
        char *bytes = NULL;
        size_t size;
        assert_ok(gt_file_load(golden(names[k]), 1 << 16, &bytes, &size, &err), err);
        for (size_t i = 0; i < 12; i++) {
            write_file(in_folder("cut"), bytes, i * (size - 1) / 11);
            refuse(&settings, in_folder("cut"), GT_BAD_FORMAT, "cut: ");
        }
        free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_order_gives_the_same),       TEST(arrays_beside_are_columns),
        TEST(class_names_stand_beside),         TEST(vectors_become_codes),
        TEST(shapes_tell_codes_from_pictures),  TEST(what_is_unclear_is_asked),
        TEST(truth_values_are_black_and_white), TEST(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
