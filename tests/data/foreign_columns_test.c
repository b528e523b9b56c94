/* foreign_columns_test.c - HDF5 files as other programs write them: columns of every name, in
 * groups and in tables, and the split. */
#include "file.h"
#include "foreign_maker.h"

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
    const hsize_t two = 2, chunk = 4;
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
        if (packed) H5Pset_chunk(plist, 1, &chunk);
        if (packed) H5Pset_deflate(plist, 4);
        add_pictures(file, "images", ROWS);
        add_table(file, "catalog", type, ROWS, plist, records);
        add(file, "flux1", H5T_NATIVE_INT, ROWS, (int[ROWS]){0});
        add_table(file, "other", type, 2, H5P_DEFAULT, records);
        H5Pclose(plist);
        H5Fclose(file);
        gt_import_settings settings = settings_for();
        gt_dataset *out = import(&settings);
        expect_labels(out, (int[]){1, 0, 1, -1, 0, 1});
        expect_ids(out, (const char *[]){"a", "bcd", "c", "d", "e", "f"});
        assert_ok(gt_dataset_ra(out, &ra, &err), err);
        assert_true(ra[0] == 10.5 && isnan(ra[2]) && ra[5] == 60);
        assert_int_equal(gt_dataset_describe(out)->field_count, 3);
        gt_dataset_close(out);
        expect_note("column 'flux1' is called 'flux1_2'\n");
        expect_note("'catalog' is a table, whose columns are taken\n"
                    "taken: 'catalog/class' as label, 'catalog/Name' as id\n"
                    "'other' is left out: data set 'other' holds compound records");
        expect_note("'flux' is taken as 2 columns, from 'flux0' on");
    }
    H5Tclose(type);
    H5Tclose(pair);
    H5Tclose(text);
}

static void columns_beyond_the_most_are_told(void **state) {
    enum { MANY = 785 };
    char name[16];
    hid_t file = create();
    add_pictures(file, "images", ROWS);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "q%03d", i);
        add(file, name, H5T_NATIVE_INT, ROWS, (int[ROWS]){i});
    }
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    gt_dataset *out = import(&settings);
    assert_string_equal(gt_dataset_describe(out)->fields[779].name, "q779");
    gt_dataset_close(out);
    expect_note("left out: 'q780' (int32 6), ");
    expect_note("of the columns 5 are too many: a file's are at most 780");
}

/* Fields of records that are arrays: a column for each of a few numbers, and pictures with a
 * mask; others are named. */
typedef struct sky_record {
    char id[4];
    float image[2][3];
    uint8_t mask[2][3];
    int16_t mag2[2];
    double wide[GT_FIELD_MOST];
    char words[2][4];
} sky_record;

static hid_t array_of(hid_t base, int rank, hsize_t a, hsize_t b) {
    const hsize_t sides[] = {a, b};
    return H5Tarray_create2(base, (unsigned)rank, sides);
}

static hid_t sky_type(void) {
    hid_t text = H5Tcopy(H5T_C_S1), type = H5Tcreate(H5T_COMPOUND, sizeof(sky_record));
    H5Tset_size(text, 4);
    const struct {
        const char *name;
        size_t offset;
        hid_t type;
    } fields[] = {
        {"id", HOFFSET(sky_record, id), text},
        {"image", HOFFSET(sky_record, image), array_of(H5T_NATIVE_FLOAT, 2, 2, 3)},
        {"mask", HOFFSET(sky_record, mask), array_of(H5T_NATIVE_UINT8, 2, 2, 3)},
        {"mag2", HOFFSET(sky_record, mag2), array_of(H5T_NATIVE_INT16, 1, 2, 0)},
        {"wide", HOFFSET(sky_record, wide), array_of(H5T_NATIVE_DOUBLE, 1, GT_FIELD_MOST, 0)},
        {"words", HOFFSET(sky_record, words), array_of(text, 1, 2, 0)}};
    for (int i = 0; i < 6; i++) {
        H5Tinsert(type, fields[i].name, fields[i].offset, fields[i].type);
        H5Tclose(fields[i].type);
    }
    return type;
}

static void pictures_lie_in_records(void **state) {
    static sky_record records[ROWS];
    hid_t type = sky_type();
    const hsize_t chunk = 4;
    for (int i = 0; i < ROWS; i++) {
        memcpy(records[i].id, (const char[4]){'s', (char)('0' + i), 0, 0}, 4);
        for (int k = 0; k < 6; k++) records[i].image[k / 3][k % 3] = (float)(10 * i + k);
        records[i].mask[1][2] = (uint8_t)(i & 1);
        records[i].mag2[0] = (int16_t)-i;
        records[i].mag2[1] = (int16_t)(100 * i);
    }
    for (int packed = 0; packed < 2; packed++) {
        float row[7];
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE), file = create();
        if (packed) H5Pset_chunk(plist, 1, &chunk);
        if (packed) H5Pset_deflate(plist, 4);
        add_table(file, "sky", type, ROWS, plist, records);
        H5Pclose(plist);
        H5Fclose(file);
        gt_import_settings settings = settings_for();
        settings.keep_values = true;
        gt_dataset *out = import(&settings);
        const gt_dataset_info *info = gt_dataset_describe(out);
        assert_int_equal(info->height * 10 + info->width, 23);
        assert_int_equal(info->planes, GT_PLANE_MASK);
        assert_ok(gt_dataset_read_bytes(out, 5, 1, row, &err), err);
        assert_true(row[0] == 50 && row[5] == 55);
        expect_ids(out, (const char *[]){"s0", "s1", "s2", "s3", "s4", "s5"});
        assert_int_equal(info->field_count, 2);
        assert_string_equal(info->fields[0].name, "mag2_0");
        assert_string_equal(info->fields[1].name, "mag2_1");
        int64_t values[ROWS];
        assert_ok(gt_dataset_read_field(out, 1, 0, ROWS, values, &err), err);
        assert_true(values[0] == 0 && values[5] == 500);
        gt_dataset_close(out);
        expect_note("'sky/image' is taken, the only array that can be pictures");
        expect_note("left out: 'wide' (float64 6 x 800)");
        expect_note("'mag2' is taken as 2 columns, from 'mag2_0' on");
        expect_note("'sky/words' is left out: data set 'sky/words' holds arrays as values");
        expect_note("; f['words0'] = f['sky']['words'][:, 0] of an h5py.File f takes a part");
    }
    H5Tclose(type);
}

/* The same without records; and with more sides than there are bytes. */
static void arrays_as_values_are_sides(void **state) {
    float values[ROWS][7] = {{0}}, row[7];
    const hsize_t seven = 7, count = ROWS, chunk = 4;
    hid_t type = H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &seven);
    for (int i = 0; i < ROWS * 7; i++) values[i / 7][i % 7] = (float)i;
    gt_import_settings settings = settings_for();
    for (int packed = 0; packed < 3; packed++) {
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE), file = create();
        if (packed) H5Pset_chunk(plist, 1, &chunk);
        if (packed > 1) H5Pset_deflate(plist, 4);
        add_table(file, "codes", type, count, plist, values);
        H5Pclose(plist);
        H5Fclose(file);
        gt_dataset *out = import(&settings);
        assert_int_equal(gt_dataset_describe(out)->channels, 7);
        assert_ok(gt_dataset_read_bytes(out, 4, 1, row, &err), err);
        assert_memory_equal(row, values[4], sizeof row);
        gt_dataset_close(out);
        unlink(settings.out);
    }
    char *bytes;
    size_t size;
    assert_ok(gt_file_load(in_folder("in.h5"), 1 << 20, &bytes, &size, &err), err);
    char *told = memmem(bytes, size, "\x1c\0\0\0\1", 5); /* 28 bytes, one side */
    assert_non_null(told);
    char *side = memchr(told + 5, 7, 8);
    assert_non_null(side);
    *side = 70;
    write_file(in_folder("in.h5"), bytes, size);
    expect_failure(&settings, GT_BAD_FORMAT, "data set 'codes', rows from 0: damaged");
    free(bytes);
    H5Tclose(type);
}

/* Behind the name of a field, whose room is a multiple of eight bytes, stands its place. */
static void fields_lie_in_their_records(void **state) {
    static const uint32_t places[] = {9, 16, 0x7fffff00};
    const double records[ROWS][2] = {{0, 1}, {2, 3}};
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof records[0]);
    H5Tinsert(type, "flux", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "far_away", 8, H5T_NATIVE_DOUBLE);
    gt_import_settings settings = settings_for();
    for (int i = 0; i < 3; i++) {
        char *bytes;
        size_t size;
        hid_t file = create();
        add_pictures(file, "images", ROWS);
        add_table(file, "catalog", type, ROWS, H5P_DEFAULT, records);
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

static void add_unit(hid_t file, const char *name, const char *attribute, const char *unit) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(unit));
    hid_t at = H5Acreate_by_name(file, name, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT,
                                 H5P_DEFAULT);
    assert_true(H5Awrite(at, type, unit) >= 0);
    H5Aclose(at);
    H5Sclose(space);
    H5Tclose(type);
}

static void units_of_angles_are_followed(void **state) {
    const double numbers[] = {0, 1, 1.5};
    const double *ra, *dec;
    const hsize_t flat[] = {3, 1, SIDE, SIDE};
    const unsigned char pixels[3 * PIXELS] = {1};
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    hid_t file = create();
    add_shaped(file, "images", H5T_STD_U8LE, 4, flat, pixels);
    add(file, "ra", H5T_NATIVE_DOUBLE, 3, numbers);
    add(file, "dec", H5T_NATIVE_DOUBLE, 3, numbers);
    add(file, "angular_size", H5T_NATIVE_DOUBLE, 3, numbers);
    add_unit(file, "ra", "unit", "hourangle");
    add_unit(file, "dec", "units", "rad");
    add_unit(file, "angular_size", "unit", "pixel");
    H5Fclose(file);
    assert_int_equal(gt_dataset_open(in_folder("in.h5"), &set, &err), GT_UNSUPPORTED);
    assert_non_null(
        strstr(err.text, "'ra' is hourangle, expected degrees; galatea data import"));
    set = import(&settings);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(ra[1] == 15 && ra[2] == 22.5 && fabs(dec[1] - 57.295779513082320877) < 1e-12);
    assert_string_equal(gt_dataset_describe(set)->fields[0].name, "angular_size_2");
    gt_dataset_close(set);
    expect_note("column 'ra' is in hourangle, and becomes degrees");
    expect_note("column 'angular_size' is not taken as angular_size: expected a number for "
                "each picture, in a unit of angles if it has one");
}

/* -999 arcsec would be a place. */
static void stand_ins_have_no_unit(void **state) {
    const double numbers[] = {-999, 0, 7200};
    const double *ra, *dec;
    const hsize_t flat[] = {3, 1, SIDE, SIDE};
    const unsigned char pixels[3 * PIXELS] = {1};
    gt_import_settings settings = settings_for();
    hid_t file = create();
    add_shaped(file, "images", H5T_STD_U8LE, 4, flat, pixels);
    add(file, "ra", H5T_NATIVE_DOUBLE, 3, numbers);
    add(file, "dec", H5T_NATIVE_DOUBLE, 3, numbers);
    add_unit(file, "ra", "unit", "arcsec");
    add_unit(file, "dec", "unit", "arcsec");
    H5Fclose(file);
    gt_dataset *set = import(&settings);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(isnan(ra[0]) && isnan(dec[0]) && dec[1] == 0 && ra[2] == 2 && dec[2] == 2);
    gt_dataset_close(set);
    expect_note("unknown positions: 1 (the first: ra -999, dec -999 in row 0");
}

/* ---- what is damaged, or too long ---- */

/* Overwrites the last place of a word. */
static void damage_last(const char *path, const char *word) {
    char *bytes = NULL, *last = NULL;
    size_t size = 0, length = strlen(word);
    assert_ok(gt_file_load(path, 1 << 24, &bytes, &size, &err), err);
    for (char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), word, length)); at++)
        last = at;
    assert_non_null(last);
    memset(last, 0x55, length);
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

/* A group that is only looked into for a remark stops nothing. */
static void other_groups_may_be_damaged(void **state) {
    const int labels[] = {1, 0, 1};
    hid_t file = create();
    add_pictures(file, "sky/images", 3);
    add(file, "sky/label", H5T_NATIVE_INT, 3, labels);
    add(file, "notes/ra", H5T_NATIVE_INT, 3, labels);
    H5Fclose(file);
    gt_import_settings settings = settings_for();
    settings.dataset = "sky/images";
    gt_dataset_close(import(&settings));
    expect_note("'/notes/ra' is not taken as ra: it lies in another group than the pictures");
    damage_last(in_folder("in.h5"), "HEAP");
    gt_dataset *set = import(&settings);
    expect_labels(set, (int[]){1, 0, 1});
    gt_dataset_close(set);
    expect_note("no columns are looked for in '/notes/': the group 'notes/' is damaged (");
}

/* A path is read whole, with the names of a table behind it, or refused. */
static void paths_are_not_cut(void **state) {
    enum { NAME = 254 };
    const int labels[] = {1, 0, 1};
    for (int deep = 13; deep <= 15; deep++) {
        char path[17 * (NAME + 1) + 300] = "", *at = path;
        for (int i = 0; i < deep; i++, *at++ = '/')
            for (int k = 0; k < NAME; k++) *at++ = (char)('a' + i);
        hid_t file = create(), pair = H5Tcreate(H5T_COMPOUND, sizeof(int));
        H5Tinsert(pair, "label", 0, H5T_NATIVE_INT);
        snprintf(at, 300, "images");
        add_pictures(file, path, 3);
        memset(at, 't', NAME);
        at[NAME] = 0;
        add_table(file, path, pair, 3, H5P_DEFAULT, labels);
        H5Tclose(pair);
        H5Fclose(file);
        snprintf(at, 300, "images");
        gt_import_settings settings = settings_for();
        settings.dataset = path;
        if (deep > 14) {
            expect_failure(&settings, GT_UNSUPPORTED, "a path of more than 3584 bytes");
            continue;
        }
        gt_dataset *set = import(&settings);
        expect_labels(set, (int[]){1, 0, 1});
        gt_dataset_close(set);
        assert_int_equal(unlink(in_folder("out.h5")), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(columns_have_other_names_and_types),
        TEST(columns_beside_the_pictures_come_first),
        TEST(names_of_pictures_tell_the_split),
        TEST(groups_may_be_columns),
        TEST(columns_beyond_the_most_are_told),
        TEST(tables_are_columns),
        TEST(pictures_lie_in_records),
        TEST(arrays_as_values_are_sides),
        TEST(fields_lie_in_their_records),
        TEST(files_tell_the_split),
        TEST(splits_go_by_their_names),
        TEST(units_of_angles_are_followed),
        TEST(stand_ins_have_no_unit),
        TEST(other_groups_may_be_damaged),
        TEST(paths_are_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
