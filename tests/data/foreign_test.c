/* foreign_test.c - HDF5 files as other programs write them: axes, columns of every type and
 * name, groups, codes, attributes that mean something else; nothing vanishes in silence. */
#include "gt_test.h"

#include <sys/stat.h>

#include <hdf5.h>

#include "file.h"
#include "galatea/import.h"
#include "summary.h"
#include "temp_folder.h"

enum { ROWS = 6, SIDE = 5, PIXELS = SIDE * SIDE };

static gt_error err;
static gt_import_report report;

/* ---- making files ---- */

static hid_t create(void) {
    return H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static void add_shaped(hid_t where, const char *name, hid_t type, int rank, const hsize_t *dims,
                       const void *values) {
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(rank, dims, NULL);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(where, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
}

static void add(hid_t where, const char *name, hid_t type, hsize_t count, const void *values) {
    add_shaped(where, name, type, 1, &count, values);
}

static void add_texts(hid_t where, const char *name, hsize_t count, const char *const *texts) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    add(where, name, type, count, texts);
    H5Tclose(type);
}

static void add_pictures(hid_t where, const char *name, hsize_t count) {
    static unsigned char pixels[ROWS * PIXELS];
    const hsize_t dims[] = {count, SIDE, SIDE};
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 7 % 251);
    add_shaped(where, name, H5T_STD_U8LE, 3, dims, pixels);
}

/* ---- importing ---- */

static gt_import_settings settings_for(void) {
    static char out[128];
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.format = "hdf5";
    settings.out = out;
    return settings;
}

static gt_dataset *import(const gt_import_settings *settings) {
    gt_dataset *set = NULL;
    assert_ok(gt_import_run(settings, in_folder("in.h5"), NULL, NULL, NULL, &report, &err),
              err);
    assert_ok(gt_dataset_open_any(in_folder("out.h5"), &set, &err), err);
    return set;
}

static void expect_failure(const gt_import_settings *settings, gt_status status,
                           const char *words) {
    gt_status got =
        gt_import_run(settings, in_folder("in.h5"), NULL, NULL, NULL, &report, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
    assert_int_equal(entries_in_folder(), 1);
}

static void expect_note(const char *words) {
    if (!strstr(report.note, words)) fail_msg("'%s', expected '%s'", report.note, words);
}

static void expect_ids(gt_dataset *set, const char *const *expected) {
    const char *ids;
    size_t step = gt_dataset_describe(set)->id_length + 1;
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (size_t i = 0; i < gt_dataset_describe(set)->count; i++)
        assert_string_equal(ids + i * step, expected[i]);
}

static void expect_labels(gt_dataset *set, const int *expected) {
    const int32_t *labels;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    for (size_t i = 0; i < gt_dataset_describe(set)->count; i++)
        assert_int_equal(labels[i], expected[i]);
}

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

/* ---- columns ---- */

static void texts_become_ids_and_classes(void **state) {
    const char *ids[] = {"caf\xc3\xa9", "b", "", "dddddddddddd", "e", "f"};
    const char *classes[] = {"FRII", "FRI  ", "FRII", "nan", "bent", "FRI"};
    const char *splits[] = {"train", "Test ", "val", "training", "VALIDATION", "dev"};
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add_texts(file, "id", ROWS, ids);
    add_texts(file, "labels", ROWS, classes);
    add_texts(file, "split", ROWS, splits);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_string_equal(report.note, "");
    assert_int_equal(info->class_count, 3);
    assert_string_equal(info->class_names[0], "FRI");
    assert_string_equal(info->class_names[1], "FRII");
    assert_string_equal(info->class_names[2], "bent");
    expect_labels(set, (int[]){1, 0, 1, -1, 2, 0});
    expect_ids(set, ids);
    const uint8_t *read;
    assert_ok(gt_dataset_splits(set, &read, &err), err);
    assert_memory_equal(read, "\0\1\2\0\2\2", ROWS);
    gt_dataset_close(set);
}

static void columns_have_other_names_and_types(void **state) {
    const uint64_t ids[] = {UINT64_MAX, (uint64_t)1 << 63, 5, 6, 7, 8};
    const double labels[] = {0, 1, NAN, 1, 0, -99};
    const float ra[] = {1, 2, 3, 4, 5, 6};
    const signed char dec[] = {1, 2, 3, 4, 5, -99}, flags[] = {1, 0, 1, 0, 1, 0};
    const short sizes[] = {1, 2, 3, -32768, 5, -1};
    hid_t pair = H5Tcreate(H5T_COMPOUND, 2);
    H5Tinsert(pair, "a", 0, H5T_STD_I8LE);
    H5Tinsert(pair, "b", 1, H5T_STD_I8LE);
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "ObjID", H5T_NATIVE_UINT64, ROWS, ids);
    add(file, "Y", H5T_NATIVE_DOUBLE, ROWS, labels);
    add(file, "RA", H5T_NATIVE_FLOAT, ROWS, ra);
    add(file, "DEC", H5T_NATIVE_SCHAR, ROWS, dec);
    add(file, "angular_size", H5T_NATIVE_SHORT, ROWS, sizes);
    add(file, "flag", H5T_NATIVE_SCHAR, ROWS, flags);
    add(file, "redshift", H5T_NATIVE_FLOAT, ROWS, ra);
    add(file, "target", H5T_NATIVE_SCHAR, 2, flags);
    add(file, "table", pair, ROWS, labels);
    H5Lcreate_soft("/RA", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "meta", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    H5Tclose(pair);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    expect_ids(set, (const char *[]){"18446744073709551615", "9223372036854775808", "5", "6",
                                     "7", "8"});
    expect_labels(set, (int[]){0, 1, -1, 1, 0, -1});
    const double *read_ra, *read_sizes;
    assert_ok(gt_dataset_ra(set, &read_ra, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &read_sizes, &err), err);
    assert_true(read_ra[4] == 5 && isnan(read_ra[5]));
    assert_true(read_sizes[2] == 3 && isnan(read_sizes[3]) && isnan(read_sizes[5]));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->field_count, 4);
    assert_string_equal(info->fields[3].name, "b");
    assert_string_equal(info->fields[0].name, "flag");
    assert_int_equal(info->fields[0].type, GT_FIELD_INTEGER);
    assert_string_equal(info->fields[1].name, "redshift");
    assert_int_equal(info->fields[1].type, GT_FIELD_REAL);
    const gt_field_value *values;
    assert_ok(gt_dataset_values(set, 2, &values, &err), err);
    assert_true(values[0].integer == 1 && values[1].real == 3);
    gt_dataset_close(set);
    expect_note("column 'target' is not taken as label: expected a whole number below 2^31");
    expect_note("taken: 'Y' as label, 'ObjID' as id");
    expect_note("left out: 'meta/' (group), 'target' (int8 2)");
    expect_note("'soft' is left out: 'soft' is a link to somewhere else");
    expect_note("'table' is a table, whose columns are taken");
    expect_note("unknown positions: 1 (the first: ra 6, dec -99 in row 5 is no place on the "
                "sky)");
    expect_note("unknown angular sizes: 2 (the first: -32768 in row 3 is no size)");
    expect_note("labels below -1, taken as none: 1 (the first: -99 in row 5)");
}

static void more_texts_than_classes_are_told(void **state) {
    enum { MANY = 1100 };
    static char made[MANY][8];
    static const char *texts[MANY];
    static const unsigned char pixels[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(made[i], sizeof made[i], "%d", i);
        texts[i] = made[i];
    }
    hid_t file = create();
    add_shaped(file, "images", H5T_STD_U8LE, 3, (hsize_t[]){MANY, 1, 1}, pixels);
    add_texts(file, "labels", MANY, texts);
    add_texts(file, "split", MANY, texts);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->columns, 0);
    gt_dataset_close(set);
    expect_note("column 'labels' is not taken as label: expected a whole number below 2^31 or "
                "a text for each picture, of at most 1000 classes");
    expect_note("column 'split' is not taken as split: expected 0 (train), 1 (test)");
    expect_note("column 'labels' is called 'labels_2'");
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

static void columns_beside_the_pictures_come_first(void **state) {
    const int near[] = {1, 0, 1}, far[] = {2, 2, 2};
    const double ra[] = {1, 2, 3};
    hid_t file = create();
    add_pictures(file, "sky/test/images", 3);
    add(file, "sky/test/labels", H5T_NATIVE_INT, 3, near);
    add(file, "sky/test/other", H5T_NATIVE_INT, 3, near);
    add_pictures(file, "sky/train/images", 2);
    add(file, "labels", H5T_NATIVE_INT, 3, far);
    add(file, "ra", H5T_NATIVE_DOUBLE, 3, ra);
    add(file, "id", H5T_NATIVE_INT, 2, near);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    expect_failure(&settings, GT_NOT_FOUND,
                   "has no data set 'images' or 'codes'; --dataset takes another one: "
                   "sky/test/images, sky/train/images");
    settings.dataset = "/sky/test/images";
    settings.where = "other=1";
    gt_dataset *set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->columns,
                     GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA);
    expect_labels(set, (int[]){1, 1});
    const uint8_t *splits;
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_int_equal(splits[0] * 10 + splits[1], 11);
    gt_dataset_close(set);
    assert_string_equal(report.note,
                        "column '/id' is not taken as id: expected a text or a whole number "
                        "for each picture\n"
                        "taken: '/ra' as ra\n"
                        "the split is told by the group's name");
    settings.test = 0.5; /* a split that a group tells may be drawn anew */
    gt_dataset_close(import(&settings));
}

static void names_of_pictures_tell_the_split(void **state) {
    const int train[] = {1, 0, 1}, test[] = {0, 1}, root[] = {7, 7, 7};
    static const struct {
        const char *pictures[2], *labels[2];
    } names[] = {
        {{"x_train", "x_test"}, {"y_train", "y_test"}},
        {{"Train_images", "Test_images"}, {"train_labels", "test_labels"}},
        {{"in/images_training", "in/images_testing"}, {"in/label_train", "in/label_test"}}};
    gt_import_settings settings = settings_for();
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) {
            hid_t file = create();
            add_pictures(file, names[i].pictures[0], 3);
            add_pictures(file, names[i].pictures[1], 2);
            add(file, names[i].labels[0], H5T_NATIVE_INT, 3, train);
            add(file, names[i].labels[1], H5T_NATIVE_INT, 2, test);
            add(file, "in/other", H5T_NATIVE_INT, 3, root);
            H5Fclose(file);
            settings.dataset = names[i].pictures[k];
            gt_dataset *set = import(&settings);
            const uint8_t *splits;
            assert_int_equal(gt_dataset_describe(set)->columns,
                             GT_COLUMN_LABEL | GT_COLUMN_SPLIT);
            expect_labels(set, k ? test : train);
            assert_ok(gt_dataset_splits(set, &splits, &err), err);
            assert_int_equal(splits[0] * 10 + splits[1], 11 * k);
            gt_dataset_close(set);
            expect_note("the split is told by the name of the data set");
        }
}

static void expect_splits(gt_dataset *set, const char *expected) {
    const uint8_t *splits;
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    for (size_t i = 0; i < gt_dataset_describe(set)->count; i++)
        assert_int_equal(splits[i], expected[i] - '0');
}

/* Columns may stand in groups of their own, images/train beside labels/train. */
static void groups_may_be_columns(void **state) {
    const int train[] = {1, 0, 1}, test[] = {0, 1};
    const double ra[] = {1, 2, 3};
    const char *const names[] = {"FRI", "FRII"};
    hid_t file = create();
    add_pictures(file, "sky/images/train", 3);
    add_pictures(file, "sky/images/test", 2);
    add(file, "sky/labels/train", H5T_NATIVE_INT, 3, train);
    add(file, "sky/labels/test", H5T_NATIVE_INT, 2, test);
    add(file, "catalog/ra", H5T_NATIVE_DOUBLE, 3, ra);
    add(file, "catalog/flux", H5T_NATIVE_DOUBLE, 3, ra);
    add_texts(file, "class_names", 2, names);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    settings.dataset = "sky/images/train";
    gt_dataset *set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->columns, GT_COLUMN_LABEL | GT_COLUMN_SPLIT);
    assert_string_equal(gt_dataset_describe(set)->class_names[1], "FRII");
    expect_labels(set, train);
    expect_splits(set, "000");
    gt_dataset_close(set);
    expect_note("taken: '/sky/labels/train' as label\n"
                "the split is told by the name of the data set\n"
                "'/catalog/ra' is not taken as ra: it lies in another group than the pictures");
    settings.dataset = "sky/images/test";
    set = import(&settings);
    expect_labels(set, test);
    expect_splits(set, "11");
    gt_dataset_close(set);
}

/* A table as NumPy's records make it: its fields are columns, of whatever layout. */
static void tables_are_columns(void **state) {
    typedef struct record {
        char name[3];
        int32_t class;
        float ra, flux[2];
        double dec;
    } record;
    static const record records[ROWS] = {{"a", 1, 10.5f, {0, 0}, -3}, {"bcd", 0, 20, {0, 0}, 4},
                                         {"c", 1, 30, {0, 0}, -999},  {"d", -5, 40, {0, 0}, 5},
                                         {"e", 0, 50, {0, 0}, 6},     {"f", 1, 60, {0, 0}, 7}};
    const hsize_t rows = ROWS, two = 2, chunk = 4;
    const double *ra;
    hid_t text = H5Tcopy(H5T_C_S1), pair = H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &two);
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(record));
    H5Tset_size(text, 3);
    H5Tinsert(type, "Name", HOFFSET(record, name), text);
    H5Tinsert(type, "class", HOFFSET(record, class), H5T_NATIVE_INT32);
    H5Tinsert(type, "RA", HOFFSET(record, ra), H5T_NATIVE_FLOAT);
    H5Tinsert(type, "flux", HOFFSET(record, flux), pair);
    H5Tinsert(type, "Dec", HOFFSET(record, dec), H5T_NATIVE_DOUBLE);
    for (int packed = 0; packed < 2; packed++) {
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE), file = create();
        hid_t space = H5Screate_simple(1, &rows, NULL), few = H5Screate_simple(1, &two, NULL);
        if (packed) H5Pset_chunk(plist, 1, &chunk);
        if (packed) H5Pset_deflate(plist, 4);
        add_pictures(file, "images", ROWS);
        hid_t set = H5Dcreate2(file, "catalog", type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
        assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, records) >= 0);
        hid_t other =
            H5Dcreate2(file, "other", type, few, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Dwrite(other, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, records) >= 0);
        H5Dclose(other);
        H5Dclose(set);
        H5Sclose(few);
        H5Sclose(space);
        H5Pclose(plist);
        H5Fclose(file);
        gt_import_settings settings = settings_for();
        gt_dataset *out = import(&settings);
        expect_labels(out, (int[]){1, 0, 1, -1, 0, 1});
        expect_ids(out, (const char *[]){"a", "bcd", "c", "d", "e", "f"});
        assert_ok(gt_dataset_ra(out, &ra, &err), err);
        assert_true(ra[0] == 10.5 && isnan(ra[2]) && ra[5] == 60);
        assert_int_equal(gt_dataset_describe(out)->field_count, 0);
        gt_dataset_close(out);
        expect_note("'catalog' is a table, whose columns are taken\n"
                    "taken: 'catalog/class' as label, 'catalog/Name' as id\n"
                    "'other' is left out: data set 'other' holds compound records");
        expect_note("'catalog/flux' is left out: data set 'catalog/flux' holds arrays");
    }
    H5Tclose(type);
    H5Tclose(pair);
    H5Tclose(text);
}

/* Behind the name of a field, whose room is a multiple of eight bytes, stands its place. */
static void fields_lie_in_their_records(void **state) {
    static const uint32_t places[] = {9, 16, 0x7fffff00};
    const double records[ROWS][2] = {{0, 1}, {2, 3}};
    const hsize_t rows = ROWS;
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof records[0]);
    H5Tinsert(type, "flux", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "far_away", 8, H5T_NATIVE_DOUBLE);
    gt_import_settings settings = settings_for();
    for (int i = 0; i < 3; i++) {
        char *bytes;
        size_t size;
        hid_t file = create(), space = H5Screate_simple(1, &rows, NULL);
        add_pictures(file, "images", ROWS);
        hid_t set =
            H5Dcreate2(file, "catalog", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, records) >= 0);
        H5Dclose(set);
        H5Sclose(space);
        H5Fclose(file);
        assert_ok(gt_file_load(in_folder("in.h5"), 1 << 20, &bytes, &size, &err), err);
        char *name = memmem(bytes, size, "far_away", 8);
        assert_non_null(name);
        memcpy(name + 16, &places[i], sizeof places[i]);
        write_file(in_folder("in.h5"), bytes, size);
        free(bytes);
        gt_dataset *out = import(&settings);
        assert_int_equal(gt_dataset_describe(out)->field_count, 1);
        gt_dataset_close(out);
        expect_note("data set 'catalog/far_away' lies outside its records");
    }
    H5Tclose(type);
}

static void save_pictures(const char *name, hsize_t count) {
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add_pictures(file, "images", count);
    H5Fclose(file);
}

/* A folder of train.h5 and test.h5; with another file beside them names mean nothing. */
static void files_tell_the_split(void **state) {
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/Validation"), 0755);
    save_pictures("in/sky_train.h5", 3);
    save_pictures("in/test.hdf5", 2);
    save_pictures("in/Validation/1.h5", 1);
    for (int i = 0; i < 2; i++) {
        assert_ok(gt_import_run(&settings, in_folder("in"), NULL, NULL, NULL, &report, &err),
                  err);
        assert_ok(gt_dataset_open_any(in_folder("out.h5"), &set, &err), err);
        if (i == 0) expect_splits(set, "200011");
        if (i == 0) expect_note("the split is told by the names of the files");
        if (i == 1) assert_int_equal(gt_dataset_describe(set)->columns, 0);
        gt_dataset_close(set);
        save_pictures("in/more.h5", 1);
    }
}

static void splits_go_by_their_names(void **state) {
    const signed char values[] = {0, 1, 4}, members[] = {1, 0, 4};
    const char *const words[] = {"train", "test", "val"}, *const digits[] = {"0", "2", "1"};
    hid_t type = H5Tenum_create(H5T_STD_I8BE);
    gt_import_settings settings = settings_for();
    for (int i = 0; i < 3; i++) H5Tenum_insert(type, words[i], &members[i]);
    for (int with = 0; with < 3; with++) {
        hid_t file = create();
        add_pictures(file, "images", 3);
        if (with == 0) add(file, "split", type, 3, values);
        if (with == 1) add_texts(file, "split", 3, digits);
        if (with == 2) add(file, "split", H5T_NATIVE_INT, 3, (int[]){0, 1, -1});
        H5Fclose(file);
        gt_dataset *set = import(&settings);
        if (with < 2) expect_splits(set, with ? "021" : "102");
        if (with == 2) expect_note("column 'split' is not taken as split: expected 0 (train)");
        gt_dataset_close(set);
    }
    H5Tclose(type);
}

static void enumerations_name_classes(void **state) {
    const signed char values[] = {0, 2, 0, 1, 2, 2}, members[] = {0, 1, 2};
    const char *names[] = {"bent", "FRII", "FRI"};
    hid_t type = H5Tenum_create(H5T_STD_I8LE), file = create();
    for (int i = 0; i < 3; i++) H5Tenum_insert(type, names[i], &members[i]);
    add_pictures(file, "images", ROWS);
    add_shaped(file, "labels", type, 2, (hsize_t[]){ROWS, 1}, values);
    H5Tclose(type);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->class_count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(gt_dataset_describe(set)->class_names[i], names[i]);
    expect_labels(set, (int[]){0, 2, 0, 1, 2, 2});
    gt_dataset_close(set);
}

static void enumerations_beside_are_texts(void **state) {
    const short values[] = {20, 10, -1, 10, 7, 20}, members[] = {10, 20, -1};
    const char *names[] = {"red", "blue", "none"};
    const char *expected[] = {"blue", "red", "-1", "red", "7", "blue"};
    hid_t type = H5Tenum_create(H5T_STD_I16BE), file = create();
    for (int i = 0; i < 3; i++) {
        short member = (short)__builtin_bswap16((unsigned short)members[i]);
        H5Tenum_insert(type, names[i], &member);
    }
    short stored[ROWS];
    for (int i = 0; i < ROWS; i++)
        stored[i] = (short)__builtin_bswap16((unsigned short)values[i]);
    add_pictures(file, "images", ROWS);
    add(file, "colour", type, ROWS, stored);
    H5Tclose(type);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    settings.column = "id=colour";
    gt_dataset *set = import(&settings);
    expect_ids(set, expected);
    gt_dataset_close(set);
}

static void labels_that_are_none_or_no_classes_are_told(void **state) {
    const int64_t signs[] = {-1, 1, 1, -1, 1, -1}, large[] = {0, 1, 3000000000, 0, 1, 0};
    gt_import_settings settings = settings_for();
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "labels", H5T_NATIVE_INT64, ROWS, signs);
    H5Fclose(file);
    gt_dataset *set = import(&settings);
    expect_labels(set, (int[]){-1, 1, 1, -1, 1, -1});
    gt_dataset_close(set);
    assert_string_equal(report.note,
                        "labels are -1 (in 3 rows) and 1: -1 is taken as none; two "
                        "classes are 0 and 1");
    file = create();
    add_pictures(file, "images", ROWS);
    add(file, "labels", H5T_NATIVE_INT64, ROWS, large);
    H5Fclose(file);
    set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->columns, 0);
    assert_int_equal(gt_dataset_describe(set)->field_count, 1);
    gt_dataset_close(set);
    expect_note("column 'labels' is not taken as label: expected a whole number below 2^31");
}

/* A summary lists the classes that are there, whatever their numbers, and names without rows.
 */
static void classes_of_any_number_are_listed(void **state) {
    enum { MANY = 1010 };
    static unsigned char pixels[MANY];
    int labels[MANY];
    gt_summary summary;
    const gt_source_request request = {.path = in_folder("in.h5")};
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "labels", H5T_NATIVE_INT, ROWS, (int[]){200, 2000000000, 100, 200, 200, -1});
    H5Fclose(file);
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &summary, &err), err);
    assert_int_equal(summary.class_count * 10 + summary.unlabelled, 31);
    const char *names[] = {"100", "200", "2000000000"};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(summary.class_names[i], names[i]);
        assert_int_equal(summary.class_rows[i], i == 1 ? 3 : 1);
    }
    gt_summary_destroy(&summary);
    for (int i = 0; i < MANY; i++) labels[i] = 10 * (i * 7 % MANY);
    file = create();
    add_shaped(file, "images", H5T_STD_U8LE, 3, (hsize_t[]){MANY, 1, 1}, pixels);
    add(file, "labels", H5T_NATIVE_INT, MANY, labels);
    H5Fclose(file);
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &summary, &err), err);
    assert_int_equal(summary.class_count, 1000);
    assert_int_equal(summary.unlisted, MANY - 1000);
    for (size_t i = 1; i < summary.class_count; i++)
        assert_true(summary.class_labels[i] > summary.class_labels[i - 1]);
    gt_summary_destroy(&summary);
}

static void class_names_may_be_a_data_set(void **state) {
    const int labels[] = {0, 1, 0, 1, -999, 1};
    const char *names[] = {"FRI", "FRII"};
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "labels", H5T_NATIVE_INT, ROWS, labels);
    add_texts(file, "Class_Names", 2, names);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    assert_int_equal(gt_dataset_describe(set)->class_count, 2);
    assert_string_equal(gt_dataset_describe(set)->class_names[1], names[1]);
    expect_labels(set, (int[]){0, 1, 0, 1, -1, 1});
    assert_string_equal(report.note,
                        "labels below -1, taken as none: 1 (the first: -999 in row 4)");
    gt_dataset_close(set);
}

/* ---- attributes ---- */

static void add_attribute(hid_t owner, const char *name, hid_t type, int count,
                          const void *values) {
    hsize_t size = (hsize_t)count;
    hid_t space = count > 0    ? H5Screate_simple(1, &size, NULL)
                  : count == 0 ? H5Screate(H5S_NULL)
                               : H5Screate(H5S_SCALAR);
    hid_t at = H5Acreate2(owner, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(at >= 0);
    if (count != 0) H5Awrite(at, type, values);
    H5Aclose(at);
    H5Sclose(space);
}

/* As scikit-learn, Keras and others leave them; fewer than there are labels are none. */
static void class_names_stand_in_many_places(void **state) {
    const int labels[] = {0, 1, 0, 1, 2, 1};
    const char *const padded[] = {"FRI ", "FRII", "bent  "};
    gt_import_settings settings = settings_for();
    for (int with = 0; with < 5; with++) {
        hid_t file = create(), type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, H5T_VARIABLE);
        add_pictures(file, "images", ROWS);
        add(file, "labels", H5T_NATIVE_INT, ROWS, labels);
        hid_t set = H5Dopen2(file, "labels", H5P_DEFAULT);
        if (with == 0) add_texts(file, "classes", 3, padded);
        if (with == 1) add_texts(file, "target_names", 3, padded);
        if (with == 2) add_attribute(set, "class_names", type, 3, padded);
        if (with == 3) add_attribute(file, "class_names", type, 3, padded);
        if (with == 4) add_attribute(file, "classes", type, 2, padded);
        H5Dclose(set);
        H5Tclose(type);
        H5Fclose(file);
        gt_dataset *out = import(&settings);
        const gt_dataset_info *info = gt_dataset_describe(out);
        assert_int_equal(info->class_count, with == 4 ? 0 : 3);
        if (with < 4) assert_string_equal(info->class_names[2], "bent");
        if (with == 4) expect_note("class names are left out: 2, but labels up to 2");
        gt_dataset_close(out);
    }
}

/* How large their numbers are says nothing of the classes of another column. */
static void labels_that_do_not_fit_count_no_classes(void **state) {
    const double odd[] = {25, 0.5, 0, 1, 2, 1};
    const int labels[] = {0, 1, 0, 1, 2, 1};
    const char *const names[] = {"FRI", "FRII", "bent"};
    gt_import_settings settings = settings_for();
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "labels", H5T_NATIVE_DOUBLE, ROWS, odd);
    add(file, "target", H5T_NATIVE_INT, ROWS, labels);
    add_texts(file, "class_names", 3, names);
    H5Fclose(file);
    gt_dataset *out = import(&settings);
    assert_int_equal(gt_dataset_describe(out)->class_count, 3);
    gt_dataset_close(out);
}

static void add_fill_value(hid_t file, const char *name, double value) {
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    add_attribute(set, "_FillValue", H5T_NATIVE_DOUBLE, -1, &value);
    H5Dclose(set);
}

/* What netCDF's attribute calls missing is so in the six columns too. */
static void fill_values_are_unknown(void **state) {
    const float sizes[] = {1, 77, 3, 4, 5, 6}, ra[] = {1, 2, 9, 4, 5, 6};
    const double dec[] = {1, 2, 3, 4, 5, 6};
    const int labels[] = {0, 1, 99, 1, 0, 1};
    const double *got_sizes, *got_ra;
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "angular_size", H5T_NATIVE_FLOAT, ROWS, sizes);
    add(file, "ra", H5T_NATIVE_FLOAT, ROWS, ra);
    add(file, "dec", H5T_NATIVE_DOUBLE, ROWS, dec);
    add(file, "labels", H5T_NATIVE_INT, ROWS, labels);
    add_fill_value(file, "angular_size", 77);
    add_fill_value(file, "ra", 9);
    add_fill_value(file, "labels", 99);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *set = import(&settings);
    expect_labels(set, (int[]){0, 1, -1, 1, 0, 1});
    assert_ok(gt_dataset_angular_sizes(set, &got_sizes, &err), err);
    assert_ok(gt_dataset_ra(set, &got_ra, &err), err);
    assert_true(isnan(got_sizes[1]) && got_sizes[0] == 1);
    assert_true(isnan(got_ra[2]) && got_ra[1] == 2);
    gt_dataset_close(set);
}

static void foreign_attributes_do_not_stop(void **state) {
    const int number = 3, labels[] = {0, 1, 0, 1, 0, 1};
    const char *two[] = {"FIRST", "NVSS"}, *none = NULL;
    hid_t variable = H5Tcopy(H5T_C_S1), file = create();
    H5Tset_size(variable, H5T_VARIABLE);
    add_pictures(file, "images", ROWS);
    add(file, "labels", H5T_NATIVE_INT, ROWS, labels);
    hid_t set = H5Dopen2(file, "labels", H5P_DEFAULT);
    add_attribute(set, "label_names", H5T_NATIVE_INT, 2, labels);
    H5Dclose(set);
    hobj_ref_t reference;
    H5Rcreate(&reference, file, "labels", H5R_OBJECT, -1);
    add_attribute(file, "survey", variable, 2, two);
    add_attribute(file, "collection", H5T_STD_REF_OBJ, -1, &reference);
    add_attribute(file, "model", H5T_NATIVE_INT, -1, &number);
    add_attribute(file, "provenance", variable, -1, &none);
    add_attribute(file, "pixel_scale_arcsec", H5T_NATIVE_INT, 0, NULL);
    H5Tclose(variable);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *out = import(&settings);
    assert_null(gt_dataset_describe(out)->survey);
    expect_labels(out, labels);
    gt_dataset_close(out);
    expect_note("class names are left out: attribute 'label_names' is not text");
    expect_note("attribute 'survey' is left out: it is not one text");
    expect_note("attribute 'collection' is left out: it is not one text");
    expect_note("attribute 'model' is left out: it is not one text");
    expect_note("attribute 'pixel_scale_arcsec' is left out: it is not one number above 0");
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
        TEST(texts_become_ids_and_classes),
        TEST(columns_have_other_names_and_types),
        TEST(more_texts_than_classes_are_told),
        TEST(columns_beside_the_pictures_come_first),
        TEST(the_only_pictures_are_taken),
        TEST(the_only_codes_are_taken),
        TEST(names_of_pictures_tell_the_split),
        TEST(groups_may_be_columns),
        TEST(tables_are_columns),
        TEST(fields_lie_in_their_records),
        TEST(files_tell_the_split),
        TEST(splits_go_by_their_names),
        TEST(enumerations_name_classes),
        TEST(enumerations_beside_are_texts),
        TEST(labels_that_are_none_or_no_classes_are_told),
        TEST(classes_of_any_number_are_listed),
        TEST(class_names_may_be_a_data_set),
        TEST(class_names_stand_in_many_places),
        TEST(labels_that_do_not_fit_count_no_classes),
        TEST(fill_values_are_unknown),
        TEST(foreign_attributes_do_not_stop),
        TEST(codes_of_others_become_codes),
        TEST(what_is_no_stack_of_pictures_is_told),
        TEST(shared_and_repeated_ids_are_told),
        TEST(shared_names_of_files_are_told),
        TEST(ids_are_told_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
