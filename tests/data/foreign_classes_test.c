/* foreign_classes_test.c - HDF5 files as other programs write them: which classes there are,
 * and attributes that mean something else. */
#include "foreign_maker.h"
#include "summary.h"

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

/* Pixels are compared as float32, a column of float32 with an attribute in double as well. */
static void fill_values_that_are_no_float32_are_met(void **state) {
    enum { FILL = -2147483647 };
    float z[ROWS] = {1, -99.9f, 3, 4, 5, 6}, picture[PIXELS];
    int whole[ROWS * PIXELS] = {0, FILL};
    double real[ROWS * PIXELS] = {0, -99.9};
    const gt_field_value *values;
    const hsize_t dims[] = {ROWS, SIDE, SIDE};
    for (int i = 2; i < ROWS * PIXELS; i++) whole[i] = i % 100, real[i] = i % 100;
    gt_import_settings settings = settings_for();
    settings.keep_values = true;
    for (int turn = 0; turn < 2; turn++) {
        hid_t file = create();
        add_shaped(file, "images", turn ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT, 3, dims,
                   turn ? (const void *)real : whole);
        add(file, "z", H5T_NATIVE_FLOAT, ROWS, z);
        add_fill_value(file, "images", turn ? -99.9 : FILL);
        add_fill_value(file, "z", -99.9);
        H5Fclose(file);
        remove(in_folder("out.h5"));
        settings.bad_pixels = "error";
        expect_failure(&settings, GT_NOT_FINITE,
                       "1 of 6 pictures have bad pixels (1 NaN or _FillValue, 0 infinite");
        settings.bad_pixels = "zero";
        gt_dataset *set = import(&settings);
        expect_note(turn ? "'images' says that -99.9 stands for none (_FillValue)\n"
                         : "'images' says that -2147483647 stands for none (_FillValue)\n");
        assert_ok(gt_dataset_read_bytes(set, 0, 1, picture, &err), err);
        assert_true(picture[1] == 0 && picture[2] == 2);
        assert_ok(gt_dataset_values(set, 1, &values, &err), err);
        assert_true(isnan(values[0].real));
        gt_dataset_close(set);
    }
}

/* As MATLAB, IDL and Julia have them: the number of the picture counts the last axis. */
static void turned_axes_are_told(void **state) {
    const int labels[SIDE + 1] = {0, 1, 0, 1};
    const hsize_t turned[] = {1, ROWS};
    gt_import_settings settings = settings_for();
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add_shaped(file, "labels", H5T_NATIVE_INT, 2, turned, (int[ROWS]){0, 1});
    add(file, "split", H5T_NATIVE_INT, SIDE, labels);
    H5Fclose(file);
    gt_dataset_close(import(&settings));
    expect_note("of at most 1000 classes; it is 1 x N, as MATLAB writes columns");
    expect_note("it has as many values as a picture has columns: are the pictures (H,W,N)");
}

/* Of as many pictures as each has rows they would be a class each. */
static void axes_of_netcdf_are_no_labels(void **state) {
    const float rows[] = {0, 1, 2, 3, 4};
    hid_t file = create(), text = H5Tcopy(H5T_C_S1);
    add_pictures(file, "images", SIDE);
    add(file, "y", H5T_NATIVE_FLOAT, SIDE, rows);
    H5Tset_size(text, 16);
    hid_t set = H5Dopen2(file, "y", H5P_DEFAULT);
    add_attribute(set, "CLASS", text, -1, "DIMENSION_SCALE");
    H5Dclose(set);
    H5Tclose(text);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *out = import(&settings);
    assert_int_equal(gt_dataset_describe(out)->columns, 0);
    assert_string_equal(gt_dataset_describe(out)->fields[0].name, "y");
    gt_dataset_close(out);
}

static void add_packing(hid_t file, const char *name, double scale, double offset) {
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    add_attribute(set, "scale_factor", H5T_NATIVE_DOUBLE, -1, &scale);
    add_attribute(set, "add_offset", H5T_NATIVE_DOUBLE, -1, &offset);
    H5Dclose(set);
}

/* netCDF keeps small whole numbers, and attributes that make values of them: those of pixels,
 * of one of the six columns and of any other. Labels are no values. */
static void packed_numbers_are_unpacked(void **state) {
    const int stored[] = {0, 1, 99, 3, 4, 5}, labels[] = {0, 1, 2, 1, 0, 1};
    static const unsigned char ivar[ROWS * PIXELS] = {0, 8, 7};
    float plane[PIXELS];
    int most = 0;
    const double *ra;
    const gt_field_value *values;
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    add(file, "ra", H5T_NATIVE_INT, ROWS, stored);
    add(file, "z", H5T_NATIVE_INT, ROWS, stored);
    add(file, "labels", H5T_NATIVE_INT, ROWS, labels);
    add_shaped(file, "ivar", H5T_NATIVE_UCHAR, 3, (hsize_t[]){ROWS, SIDE, SIDE}, ivar);
    add_packing(file, "ivar", 0.25, 1);
    add_fill_value(file, "ivar", 7);
    add_packing(file, "images", 0.5, -1);
    add_packing(file, "ra", 2, 0);
    add_packing(file, "z", 0.5, 3);
    add_packing(file, "labels", 2, 3);
    add_fill_value(file, "z", 99);
    add_fill_value(file, "ra", 99);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *bytes = import(&settings); /* each picture from its black to its white */
    assert_int_equal(gt_dataset_describe(bytes)->type, GT_PIXEL_U8);
    gt_dataset_close(bytes);
    settings.keep_values = true;
    gt_dataset *set = import(&settings);
    expect_labels(set, labels);
    assert_int_equal(gt_dataset_describe(set)->type, GT_PIXEL_F32);
    const gt_value_range range = gt_dataset_describe(set)->range;
    for (int i = 0; i < ROWS * PIXELS; i++) most = i * 7 % 251 > most ? i * 7 % 251 : most;
    assert_true(range.low == -1 && range.high == 0.5 * most - 1);
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, 0, 1, plane, &err), err);
    assert_true(plane[0] == 1 && plane[1] == 3 && isnan(plane[2]));
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_true(ra[1] == 2 && isnan(ra[2]) && ra[5] == 10);
    assert_ok(gt_dataset_values(set, 4, &values, &err), err);
    assert_true(values[0].real == 5);
    assert_ok(gt_dataset_values(set, 2, &values, &err), err);
    assert_true(isnan(values[0].real));
    gt_dataset_close(set);
    expect_note("'images' is packed: its values are 0.5 times what is stored plus -1");
    expect_note("'ivar' is packed: its values are 0.25 times what is stored plus 1 (scale_");
    expect_note("'ra' is packed: its values are 2 times what is stored (scale_factor");
}

static void say_unsigned(hid_t file, const char *name, const char *answer) {
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, strlen(answer));
    add_attribute(set, "_Unsigned", text, -1, answer);
    H5Tclose(text);
    H5Dclose(set);
}

/* Whatever they are: pixels, a fill value, labels, ids and any other column. */
static void unsigned_numbers_in_signed_types_are_told(void **state) {
    const signed char stored[ROWS * PIXELS] = {0, -1, -2, 127, -128};
    const signed char labels[] = {0, 1, -56, 1, 0, 1};
    const short z[] = {1, -1, 3, 4, 5, 6};
    const int ids[] = {1, -1, 3, 4, 5, 6};
    static const char *const names[] = {"images", "labels", "z", "id"};
    float floats[PIXELS];
    unsigned char bytes[PIXELS];
    const gt_field_value *values;
    const char *found;
    gt_import_settings settings = settings_for();
    settings.keep_values = true;
    settings.bad_pixels = "zero";
    for (int is_told = 0; is_told < 2; is_told++) {
        hid_t file = create();
        add_shaped(file, "images", H5T_NATIVE_SCHAR, 3, (hsize_t[]){ROWS, SIDE, SIDE}, stored);
        add(file, "labels", H5T_NATIVE_SCHAR, ROWS, labels);
        add(file, "z", H5T_NATIVE_SHORT, ROWS, z);
        add(file, "id", H5T_NATIVE_INT, ROWS, ids);
        for (int i = 0; i < 4; i++) say_unsigned(file, names[i], is_told ? "true" : "false");
        add_fill_value(file, "z", -1);
        H5Fclose(file);
        remove(in_folder("out.h5"));
        gt_dataset *out = import(&settings);
        assert_int_equal(gt_dataset_describe(out)->type, is_told ? GT_PIXEL_U8 : GT_PIXEL_F32);
        assert_ok(gt_dataset_read_bytes(out, 0, 1, is_told ? (void *)bytes : floats, &err),
                  err);
        for (int i = 0; i < 5; i++)
            assert_true(is_told ? bytes[i] == (unsigned char)stored[i]
                                : floats[i] == stored[i]);
        expect_labels(out, (int[]){0, 1, is_told ? 200 : -1, 1, 0, 1});
        assert_ok(gt_dataset_ids(out, &found, &err), err);
        found += gt_dataset_describe(out)->id_length + 1;
        assert_string_equal(found, is_told ? "4294967295" : "-1");
        assert_ok(gt_dataset_values(out, 1, &values, &err), err);
        assert_true(values[0].integer == GT_FIELD_NO_INTEGER);
        assert_ok(gt_dataset_values(out, 2, &values, &err), err);
        assert_true(values[0].integer == 3);
        gt_dataset_close(out);
    }
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(texts_become_ids_and_classes),
        TEST(more_texts_than_classes_are_told),
        TEST(enumerations_name_classes),
        TEST(enumerations_beside_are_texts),
        TEST(labels_that_are_none_or_no_classes_are_told),
        TEST(classes_of_any_number_are_listed),
        TEST(class_names_may_be_a_data_set),
        TEST(class_names_stand_in_many_places),
        TEST(labels_that_do_not_fit_count_no_classes),
        TEST(fill_values_are_unknown),
        TEST(fill_values_that_are_no_float32_are_met),
        TEST(turned_axes_are_told),
        TEST(axes_of_netcdf_are_no_labels),
        TEST(packed_numbers_are_unpacked),
        TEST(unsigned_numbers_in_signed_types_are_told),
        TEST(foreign_attributes_do_not_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
