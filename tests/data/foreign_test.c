/* foreign_test.c - HDF5 files as other programs write them: axes of pictures, codes, ids;
 * nothing vanishes in silence. */
#include "foreign_maker.h"
#include "summary.h"

/* ---- axes ---- */

/* Value of a pixel, by what it is and not by where it is stored. */
static int pixel(size_t row, size_t channel, size_t y, size_t x) {
    return (int)(row * 100 + channel * 50 + y * 10 + x);
}

/* Pictures with channels last as `type` in memory order of shorts. */
static void write_channels_last(size_t height, size_t width, size_t channels, hid_t type) {
    short *values = malloc(2 * height * width * channels * sizeof *values), *to = values;
    for (size_t n = 0; n < 2; n++)
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                for (size_t c = 0; c < channels; c++) *to++ = (short)pixel(n, c, y, x);
    const hsize_t dims[] = {2, height, width, channels};
    hid_t file = create(), space = H5Screate_simple(4, dims, NULL);
    hid_t set = H5Dcreate2(file, "images", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_SHORT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
    H5Fclose(file);
    free(values);
}

static void channels_last_become_first(void **state) {
    const struct {
        size_t height, width, channels;
    } shapes[] = {{7, 7, 1}, {7, 7, 2}, {7, 6, 3}, {6, 7, 4}, {7, 7, 5}, {4, 4, 3}};
    const hid_t types[] = {H5T_STD_I16BE, H5T_STD_U16LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE};
    for (size_t s = 0; s < 6; s++) {
        size_t height = shapes[s].height, width = shapes[s].width,
               channels = shapes[s].channels;
        write_channels_last(height, width, channels, types[s % 4]);
        gt_import_settings settings = settings_for();
        settings.pixels = "float32";
        settings.normalize = "none";
        gt_dataset *set = import(&settings);
        const gt_dataset_info *info = gt_dataset_describe(set);
        assert_int_equal(info->channels, channels);
        assert_int_equal(info->height, height);
        assert_int_equal(info->width, width);
        assert_true(gt_range_is_declared(info->range) && info->range.low == report.range.low &&
                    info->range.high == report.range.high);
        float *values = malloc(gt_dataset_row_values(info) * sizeof *values);
        assert_ok(gt_dataset_read_bytes(set, 1, 1, values, &err), err);
        for (size_t c = 0; c < channels; c++)
            for (size_t y = 0; y < height; y++)
                for (size_t x = 0; x < width; x++)
                    assert_true(values[(c * height + y) * width + x] == pixel(1, c, y, x));
        free(values);
        gt_dataset_close(set);
        expect_note("'images' is read as (N,H,W,C)");
        settings.size = 4;
        set = import(&settings);
        assert_int_equal(gt_dataset_describe(set)->channels, channels);
        assert_int_equal(gt_dataset_describe(set)->width, 4);
        gt_dataset_close(set);
    }
}

/* One chunk of doubles, each a third. */
static void rounding_of_chunks_is_told(void **state) {
    const hsize_t dims[] = {ROWS, SIDE, SIDE};
    double values[ROWS * PIXELS];
    for (size_t i = 0; i < ROWS * PIXELS; i++) values[i] = i ? 1.0 / 3 : 0.5;
    hid_t file = H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(3, dims, NULL);
    H5Pset_chunk(plist, 3, dims);
    H5Pset_deflate(plist, 1);
    hid_t set =
        H5Dcreate2(file, "images", H5T_IEEE_F64BE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(plist);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    settings.pixels = "float32";
    settings.normalize = "none";
    gt_dataset *set_made = import(&settings);
    float row[PIXELS];
    assert_ok(gt_dataset_read_bytes(set_made, 0, 1, row, &err), err);
    assert_true(row[0] == 0.5f && row[1] == 1.0f / 3);
    gt_dataset_close(set_made);
    char text[128];
    snprintf(text, sizeof text,
             "%d pixels have more digits than float32 and are rounded (float64)",
             ROWS * PIXELS - 1);
    expect_note(text);
}

/* Of every file of a folder, and once. */
static void unknown_values_of_all_files_are_told(void **state) {
    gt_import_settings settings = settings_for();
    mkdir(in_folder("in"), 0755);
    for (int i = 0; i < 3; i++) {
        const double ra[ROWS] = {1, i ? -999 : 2, 3, 4, 5, 6}, dec[ROWS] = {1, 2, 3, 4, 5, 6};
        char name[16];
        snprintf(name, sizeof name, "in/%d.h5", i);
        hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        add_pictures(file, "images", ROWS);
        add(file, "ra", H5T_NATIVE_DOUBLE, ROWS, ra);
        add(file, "dec", H5T_NATIVE_DOUBLE, ROWS, dec);
        H5Fclose(file);
    }
    assert_ok(gt_import_run(&settings, in_folder("in"), NULL, NULL, NULL, &report, &err), err);
    expect_note(
        "in/1.h5: unknown positions: 1 (the first: ra -999, dec 2 in row 1 is no place");
    const char *last = strstr(report.note, "in/2.h5: unknown positions: 1 (");
    assert_true(last != NULL && strstr(last + 20, "unknown") == NULL);
}

static void unclear_axes_are_asked_for(void **state) {
    write_channels_last(3, 6, 3, H5T_STD_I16LE);
    gt_import_settings settings = settings_for();
    expect_failure(
        &settings, GT_USAGE,
        "'images' is 2 x 3 x 6 x 3, whose channels may be the second axis or the last, "
        "(N,C,H,W) or (N,H,W,C); say "
        "--axes nchw or --axes nhwc");
    settings.axes = "nhwc";
    gt_dataset *set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->height, 3);
    gt_dataset_close(set);
    settings.axes = "nchw";
    set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->height, 6);
    gt_dataset_close(set);
    write_channels_last(9, 8, 7, H5T_STD_I16LE);
    settings.axes = "auto";
    remove(in_folder("out.h5"));
    expect_failure(&settings, GT_USAGE, "(N,C,H,W) or (N,H,W,C)");
    hid_t file = create();
    add_shaped(file, "images", H5T_NATIVE_UCHAR, 3, (hsize_t[]){9, 8, 3},
               (unsigned char[9 * 8 * 3]){1});
    H5Fclose(file);
    expect_failure(&settings, GT_UNSUPPORTED, "'images' is 9 x 8 x 3, expected (N,H,W), a ");
    gt_summary summary;
    write_channels_last(9, 8, 3, H5T_STD_I16LE);
    gt_source_request request = {.path = in_folder("in.h5")};
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &summary, &err), err);
    assert_int_equal(summary.channels * 100 + summary.height * 10 + summary.width, 398);
    assert_non_null(strstr(summary.notes, "(N,H,W,C)"));
    gt_summary_destroy(&summary);
    request.axes = "nhwc";
    assert_int_equal(gt_summary_read("png", &request, NULL, NULL, &summary, &err), GT_USAGE);
}

/* Sets of this program have channels first, whatever their shape looks like. */
static void own_sets_are_not_guessed(void **state) {
    write_channels_last(9, 8, 3, H5T_STD_I16LE);
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    gt_summary summary;
    settings.axes = "nchw";
    assert_ok(gt_import_run(&settings, in_folder("in.h5"),
                            "{\"command\": \"galatea data import\"}", NULL, NULL, &report,
                            &err),
              err);
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->channels, 9);
    gt_dataset_close(set);
    gt_source_request request = {.path = in_folder("out.h5")};
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &summary, &err), err);
    assert_int_equal(summary.channels * 100 + summary.height * 10 + summary.width, 983);
    gt_summary_destroy(&summary);
}

static void the_only_pictures_are_taken(void **state) {
    const double codes[ROWS * 5] = {0}, z[] = {1, 2, 3};
    const hsize_t shape[] = {3, 5};
    hid_t file = create();
    add_pictures(file, "survey/stamps", 3);
    add(file, "survey/z", H5T_NATIVE_DOUBLE, 3, z);
    add_shaped(file, "latent", H5T_NATIVE_DOUBLE, 2, shape, codes);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->kind, GT_DATASET_IMAGES);
    assert_int_equal(info->count, 3);
    assert_int_equal(info->field_count, 1);
    expect_note(
        "'survey/stamps' is taken, the only array that can be pictures; --dataset says");
    gt_dataset_close(set);
}

/* As other programs write embeddings; labels of a column of their own are none. */
static void the_only_codes_are_taken(void **state) {
    const float codes[ROWS * 5] = {0, 1, 2, 3};
    const int64_t labels[] = {0, 1, 1};
    const hsize_t shape[] = {3, 5}, column[] = {3, 1};
    hid_t file = create();
    add_shaped(file, "run/embeddings", H5T_NATIVE_FLOAT, 2, shape, codes);
    add_shaped(file, "run/labels", H5T_NATIVE_INT64, 2, column, labels);
    gt_import_settings settings = settings_for();
    H5Fflush(file, H5F_SCOPE_LOCAL);
    gt_dataset *set = import(&settings);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->kind, GT_DATASET_CODES);
    assert_int_equal(info->count, 3);
    assert_int_equal(info->columns, GT_COLUMN_LABEL);
    expect_note("'run/embeddings' is taken, the only array that can be codes; --dataset says");
    gt_dataset_close(set);
    add_shaped(file, "run/umap", H5T_NATIVE_FLOAT, 2, (hsize_t[]){3, 2}, codes);
    H5Fclose(file);
    remove(in_folder("out.h5"));
    expect_failure(&settings, GT_NOT_FOUND,
                   "--dataset takes another one: run/embeddings, run/labels, run/umap");
}

/* ---- codes ---- */

static void codes_of_others_become_codes(void **state) {
    const double codes[ROWS * 5] = {1.5, -2, 3, 0, 9, 1e-3};
    const int labels[] = {1, 2, 1, 2, 1, 2};
    const hsize_t shapes[][4] = {
        {ROWS, 5}, {ROWS, 5, 1, 1}, {ROWS, 1, 1, 5}, {ROWS, 1, 5, 1}, {ROWS, 1, 5}};
    const int ranks[] = {2, 4, 4, 4, 3};
    for (int s = 0; s < 5; s++) {
        hid_t file = create();
        add_shaped(file, "embeddings", H5T_NATIVE_DOUBLE, ranks[s], shapes[s], codes);
        add(file, "y", H5T_NATIVE_INT, ROWS, labels);
        H5Fclose(file);
        gt_import_settings settings = settings_for();
        remove(in_folder("out.h5"));
        gt_dataset *set = import(&settings);
        expect_note("'embeddings' is taken, the only array that can be codes");
        const gt_dataset_info *info = gt_dataset_describe(set);
        assert_int_equal(info->kind, GT_DATASET_CODES);
        assert_int_equal(info->channels, 5);
        assert_true(report.is_codes);
        assert_false(gt_range_is_declared(info->range));
        float read[ROWS * 5];
        assert_ok(gt_dataset_read(set, 0, ROWS, read, &err), err);
        for (int i = 0; i < ROWS * 5; i++) assert_true(read[i] == (float)codes[i]);
        expect_labels(set, labels);
        gt_dataset_close(set);
        remove(in_folder("out.h5"));
        settings.size = 3;
        expect_failure(&settings, GT_USAGE, "holds vectors (N,D), --size is for pictures");
        settings.size = 0;
        settings.normalize = "minmax";
        expect_failure(&settings, GT_USAGE, "--normalize is for pictures");
    }
}

static void what_is_no_stack_of_pictures_is_told(void **state) {
    static unsigned char pixels[8 * 8 * 3];
    gt_import_settings settings = settings_for();
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)i;
    for (int channels = 1; channels <= 3; channels += 2) {
        hid_t file = create();
        add_shaped(file, "images", H5T_STD_U8LE, 3, (hsize_t[]){8, 8, (hsize_t)channels},
                   pixels);
        H5Fclose(file);
        expect_failure(&settings, GT_UNSUPPORTED,
                       "expected (N,H,W), a picture with channels (H,W,C) as (1,H,W,C), codes "
                       "as (N,D)");
    }
    hid_t file = create();
    add_shaped(file, "images", H5T_STD_U8LE, 2, (hsize_t[]){8, 8}, pixels);
    H5Fclose(file);
    gt_dataset_close(import(&settings));
    expect_note("'images' is read as (N,D): 8 codes of 8 numbers; a picture (H,W) is taken as "
                "(1,H,W)");
}

/* ---- ids ---- */

/* Pictures, the last two of them to test by. */
static void create_with_ids(const char *const *ids) {
    const unsigned char splits[] = {0, 0, 0, 0, 1, 1};
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add_texts(file, "id", ROWS, ids);
    add(file, "split", H5T_NATIVE_UCHAR, ROWS, splits);
    H5Fclose(file);
}

/* However much of a file is left out. */
static void what_weighs_more_is_told_behind_a_long_list(void **state) {
    const char *ids[] = {"a", "b", "c", "d", "b", "f"};
    char name[64];
    gt_import_settings settings = settings_for();
    create_with_ids(ids);
    hid_t file = H5Fopen(in_folder("in.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "a long name of an array of other values %d", i);
        add(file, name, H5T_NATIVE_INT, 3, (int[]){1, 2, 3});
    }
    H5Fclose(file);
    gt_dataset_close(import(&settings));
    expect_note("left out: 'a long name of an array of other values 0' (int32 3), '");
    expect_note("\n...\nids in more than one split: 1 (the first: 'b' in row 1, train");
    assert_null(strstr(report.note, "values 299'"));
}

static void shared_and_repeated_ids_are_told(void **state) {
    const char *ids[] = {"a", "b", "c", "c", " b ", ""}; /* blanks are no difference */
    create_with_ids(ids);
    gt_import_settings settings = settings_for();
    gt_dataset_close(import(&settings));
    assert_string_equal(
        report.note,
        "ids in more than one split: 1 (the first: 'b' in row 1, train, and row 4, test); a "
        "score by objects that were learnt from is worth nothing\n"
        "ids more than once in a split: 1 (the first: 'c' in rows 2 and 3)");
    const gt_source_request request = {.path = in_folder("in.h5")};
    gt_summary summary;
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &summary, &err), err);
    assert_non_null(strstr(summary.notes, "ids in more than one split: 1 (the first: 'b'"));
    gt_summary_destroy(&summary);
    settings.where = "split=0";
    gt_dataset_close(import(&settings));
    assert_null(strstr(report.note, "more than one split"));
}

/* Folders of splits hold files of the same name where an object is in both. */
/* Under other names, or none, or without any ids; an empty picture is like no other. */
static void equal_pictures_in_two_splits_are_told(void **state) {
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
    const int splits[] = {0, 0, 0, 1, 1, 1};
    unsigned char pixels[ROWS * PIXELS] = {0}; /* rows 0 and 5 are empty */
    const hsize_t dims[] = {ROWS, SIDE, SIDE};
    for (int i = PIXELS; i < 5 * PIXELS; i++) pixels[i] = (unsigned char)(i * 7 % 251);
    memcpy(pixels + 4 * PIXELS, pixels + 2 * PIXELS, PIXELS);
    hid_t file = create();
    add_shaped(file, "images", H5T_STD_U8LE, 3, dims, pixels);
    add_texts(file, "id", ROWS, ids);
    add(file, "split", H5T_NATIVE_INT, ROWS, splits);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset_close(import(&settings));
    expect_note("equal pictures in more than one split: 1 (the first: row 2, train, and row 4, "
                "test); where they are of one object, a score by it is worth nothing");
}

static void shared_names_of_files_are_told(void **state) {
    const char *ids[] = {"train/A/1.png", "Train/A/2.png", "test/B/1.png",
                         "train/x",       "test/A/2.png",  "train/A/1.png"};
    create_with_ids(ids);
    gt_import_settings settings = settings_for();
    gt_dataset_close(import(&settings));
    assert_string_equal(
        report.note, "names of files in more than one split: 1 (the first: 'A/2.png' in row 1, "
                     "train, and row 4, test); where they name objects, a score by objects "
                     "that were learnt from is worth nothing");
}

/* Notes are lines: an id is told in one. */
static void ids_are_told_in_one_line(void **state) {
    const char *ids[] = {"a\nb", "c", "d", "e", "a\nb", "f"};
    create_with_ids(ids);
    gt_import_settings settings = settings_for();
    gt_dataset_close(import(&settings));
    assert_non_null(strstr(report.note, "(the first: 'a\\x0ab' in row 0, train, and row 4"));
    assert_null(strchr(report.note, '\n'));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(channels_last_become_first),
        TEST(rounding_of_chunks_is_told),
        TEST(unknown_values_of_all_files_are_told),
        TEST(unclear_axes_are_asked_for),
        TEST(own_sets_are_not_guessed),
        TEST(the_only_pictures_are_taken),
        TEST(the_only_codes_are_taken),
        TEST(codes_of_others_become_codes),
        TEST(what_is_no_stack_of_pictures_is_told),
        TEST(what_weighs_more_is_told_behind_a_long_list),
        TEST(shared_and_repeated_ids_are_told),
        TEST(equal_pictures_in_two_splits_are_told),
        TEST(shared_names_of_files_are_told),
        TEST(ids_are_told_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
