/* import_table_test.c - codes in tables: which columns they are, and what stands beside them.
 */
#include "fits_maker.h"
#include "import_run.h"

enum { ROWS = 3 };

static const char *table(const char *text) {
    static char path[128];
    snprintf(path, sizeof path, "%s", in_folder("codes.csv"));
    write_file(path, text, strlen(text));
    return path;
}

static void expect_codes(gt_dataset *set, size_t width, const float *expected) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    float read[ROWS * 16];
    assert_int_equal(info->kind, GT_DATASET_CODES);
    assert_int_equal(info->count, ROWS);
    assert_int_equal(info->channels, width);
    assert_ok(gt_dataset_read(set, 0, ROWS, read, &err), err);
    for (size_t i = 0; i < ROWS * width; i++) assert_true(read[i] == expected[i]);
}

/* In the order of their numbers, wherever they stand; whole ones too. */
static void numbered_columns_are_codes(void **state) {
    static const char text[] = "id,c1,c0,z1,label,c2,split,flux [mJy]\n"
                               "a,1.5,-2,7,FRI,1e-3,train,3\n"
                               "b,2.5,0,8,FRII,1e10,test,4\n"
                               "c,0.1,5,9,FRI,3,train,\n";
    const float codes[] = {-2, 1.5F, 1e-3F, 0, 2.5F, 1e10F, 5, 0.1F, 3};
    gt_import_settings settings = settings_for(NULL, false);
    const int32_t *labels;
    const uint8_t *splits;
    const char *ids;
    gt_dataset *set = import(&settings, table(text));
    const gt_dataset_info *info = gt_dataset_describe(set);
    expect_codes(set, 3, codes);
    assert_non_null(strstr(report.note, "codes are the 3 columns from 'c0' to 'c2'"));
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(info->class_names[1], "FRII");
    assert_int_equal(labels[0] * 100 + labels[1] * 10 + labels[2], 10);
    assert_int_equal(splits[0] * 100 + splits[1] * 10 + splits[2], 10);
    assert_string_equal(ids + 2 * (info->id_length + 1), "c");
    assert_int_equal(info->field_count, 2);
    assert_string_equal(info->fields[1].name, "flux");
    assert_string_equal(info->fields[1].unit, "mJy");
    gt_dataset_close(set);
}

/* A float written in few digits is one; what has more, and large whole numbers, are told. */
static void what_is_rounded_is_told(void **state) {
    gt_import_settings settings = settings_for(NULL, false);
    gt_dataset_close(import(&settings, table("c0,c1\n0.1,-1.5e-7\n16777216,1\n7,2\n")));
    assert_null(strstr(report.note, "rounded"));
    gt_dataset_close(import(&settings, table("c0,c1\n0.123456789,1\n0.5,16777217\n1,2\n")));
    assert_non_null(strstr(report.note, "2 numbers have more digits than float32 and are"));
    settings.bad_pixels = "drop";
    gt_dataset_close(import(&settings, table("c0,c1\n0.5,1e300\n0.5,\n1,2\n3,4\n")));
    assert_non_null(strstr(report.note, "1 number has more digits than float32 and is"));
}

/* A FITS table as astropy writes arrays: 3 rows of a text of two bytes, and of lists. */
static void lists_of_numbers_are_codes(void **state) {
    static const char *const header[] = {"SIMPLE  = T",
                                         "BITPIX  = 8",
                                         "NAXIS   = 0",
                                         "EXTEND  = T",
                                         "END",
                                         NULL,
                                         "XTENSION= 'BINTABLE'",
                                         "BITPIX  = 8",
                                         "NAXIS   = 2",
                                         "NAXIS1  = 14",
                                         "NAXIS2  = 3",
                                         "PCOUNT  = 0",
                                         "GCOUNT  = 1",
                                         "TFIELDS = 3",
                                         "TTYPE1  = 'id      '",
                                         "TFORM1  = '2A'",
                                         "TTYPE2  = 'codes   '",
                                         "TFORM2  = '2E'",
                                         "TTYPE3  = 'z1      '",
                                         "TFORM3  = '2I'",
                                         "END",
                                         NULL};
    static const unsigned char rows[] = {
        'a', '1', 0x3f, 0x80, 0, 0, 0x40, 0,    0,    0,    0, 1, 0, 2, /* 1 2, 1 2 */
        'b', '2', 0xbf, 0x80, 0, 0, 0,    0,    0,    0,    0, 3, 0, 4, /* -1 0, 3 4 */
        'c', '3', 0x3f, 0,    0, 0, 0x3d, 0xcc, 0xcc, 0xcd, 0, 5, 0, 6 /* 0.5 0.1, 5 6 */};
    static char bytes[3 * 2880];
    const float codes[] = {1, 2, -1, 0, 0.5F, 0.1F}, others[] = {1, 2, 3, 4, 5, 6};
    gt_import_settings settings = settings_for(NULL, false);
    const char *ids;
    memset(bytes, ' ', 2 * 2880);
    for (size_t i = 0, at = 0; i < sizeof header / sizeof *header; i++, at += 80)
        if (header[i] != NULL)
            memcpy(bytes + at, header[i], strlen(header[i]));
        else
            at = (at + 2879) / 2880 * 2880 - 80;
    memcpy(bytes + 2 * 2880, rows, sizeof rows);
    write_file(in_folder("codes.fits"), bytes, sizeof bytes);
    settings.dataset = "codes";
    gt_dataset *set = import(&settings, in_folder("codes.fits"));
    expect_codes(set, 2, codes);
    assert_null(strstr(report.note, "rounded"));
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "a1");
    assert_non_null(strstr(report.note, "left out, which have not one value a row: 'z1' (2I)"));
    gt_dataset_close(set);
    settings.dataset = "z1_";
    set = import(&settings, in_folder("codes.fits"));
    expect_codes(set, 2, others);
    gt_dataset_close(set);
    settings.dataset = NULL;
    refuse(&settings, in_folder("codes.fits"), GT_NOT_FOUND,
           "the codes of a table; of several columns of lists --dataset names one");
}

/* One row: `numbered` columns of one byte called c0, c1, ..., and a list of `length` bytes. */
static const char *beside_list(int numbered, int length) {
    fits_bytes f = {0};
    unsigned char *row = calloc(1, (size_t)(numbered + length));
    assert_non_null(row);
    fits_begin_empty(&f);
    fits_card(&f, "XTENSION= 'BINTABLE'");
    fits_card(&f, "BITPIX  = 8");
    fits_card(&f, "NAXIS   = 2");
    fits_card(&f, "NAXIS1  = %d", numbered + length);
    fits_card(&f, "NAXIS2  = 1");
    fits_card(&f, "PCOUNT  = 0");
    fits_card(&f, "GCOUNT  = 1");
    fits_card(&f, "TFIELDS = %d", numbered + 1);
    for (int i = 0; i < numbered; i++) {
        fits_card(&f, "TTYPE%d  = 'c%d'", i + 1, i);
        fits_card(&f, "TFORM%d  = 'B'", i + 1);
    }
    fits_card(&f, "TTYPE%d  = 'spectrum'", numbered + 1);
    fits_card(&f, "TFORM%d  = '%dB'", numbered + 1, length);
    fits_end(&f);
    fits_data(&f, row, (size_t)(numbered + length));
    save_fits(in_folder("beside.fits"), &f);
    free_fits(&f);
    free(row);
    return in_folder("beside.fits");
}

/* A list is the codes where it is named or nothing else is; else it is left out, and told. */
static void lists_beside_codes_are_left_out(void **state) {
    static const int lengths[] = {900, 4000};
    gt_import_settings settings = settings_for("table", false);
    for (int i = 0; i < 2; i++) {
        gt_dataset *set = import(&settings, beside_list(3, lengths[i]));
        assert_int_equal(gt_dataset_describe(set)->channels, 3);
        assert_int_equal(gt_dataset_describe(set)->field_count, 0);
        assert_non_null(strstr(report.note, "which have not one value a row: 'spectrum' ("));
        gt_dataset_close(set);
    }
    refuse(&settings, beside_list(1, 4000), GT_UNSUPPORTED,
           "column 'spectrum' has 4000 numbers a row, expected at most ");
    settings.dataset = "spectrum";
    refuse(&settings, beside_list(3, 4000), GT_UNSUPPORTED, "'spectrum' has 4000 numbers");
    for (int i = 0; i < 2; i++) {
        settings.dataset = i ? NULL : "spectrum";
        gt_dataset *set = import(&settings, beside_list(i ? 1 : 3, 900));
        assert_int_equal(gt_dataset_describe(set)->channels, 900);
        gt_dataset_close(set);
    }
}

/* As pandas writes an array; other separators; a table of nothing else. */
static void names_may_be_numbers_alone(void **state) {
    const float codes[] = {1, 2, 3, 4, 5, 6};
    gt_import_settings settings = settings_for(NULL, false);
    gt_dataset *set = import(&settings, table(",0,1\n0,1,2\n1,3,4\n2,5,6\n"));
    expect_codes(set, 2, codes);
    gt_dataset_close(set);
    settings = settings_for("table", false);
    set = import(&settings, table("x01;x02\n1;2\n3;4\n5;6\n"));
    expect_codes(set, 2, codes);
    assert_int_equal(gt_dataset_describe(set)->field_count, 0);
    gt_dataset_close(set);
}

static void other_columns_can_be_said(void **state) {
    static const char text[] = "a0,a1,b0,b1\n9,9,1,2\n9,8,3,4\n8,9,5,6\n";
    const float codes[] = {1, 2, 3, 4, 5, 6};
    gt_import_settings settings = settings_for("table", false);
    refuse(&settings, table(text), GT_USAGE,
           "codes.csv: columns 'a0' ... and 'b0' ... could be the codes; --dataset says");
    settings.dataset = "b";
    gt_dataset *set = import(&settings, in_folder("codes.csv"));
    expect_codes(set, 2, codes);
    assert_int_equal(gt_dataset_describe(set)->field_count, 2);
    gt_dataset_close(set);
    settings.dataset = "q";
    refuse(&settings, in_folder("codes.csv"), GT_NOT_FOUND, "no columns of numbers that are");
}

/* Of a table that galatea wrote codes are c0, c1, ..., be there one of them, or more columns of
 * another name with numbers behind it. */
static void codes_are_those_that_encode_writes(void **state) {
    const float one[] = {1, 3, 5}, codes[] = {1, 2, 3, 4, 5, 6};
    gt_import_settings settings = settings_for("table", false);
    gt_dataset *set =
        import(&settings, table("row,id,c0,m1,m2\n0,a,1,7,7\n1,b,3,7,8\n2,c,5,8,7\n"));
    expect_codes(set, 1, one);
    assert_non_null(strstr(report.note, "codes are the column 'c0'"));
    assert_int_equal(report.constant_pictures, 0); /* one number is no picture of one value */
    assert_int_equal(gt_dataset_describe(set)->field_count, 3);
    gt_dataset_close(set);
    set = import(&settings, table("m1,m2,m3,c0,c1\n7,7,1,1,2\n7,8,1,3,4\n8,7,2,5,6\n"));
    expect_codes(set, 2, codes);
    gt_dataset_close(set);
}

/* Truth values are splits, as in HDF5 files; of what is none it is said why. */
static void splits_may_be_truth_values(void **state) {
    static const char *const texts[] = {"c0,c1,split\n1,2,False\n3,4,TRUE\n5,6,F\n",
                                        "c0,c1,split\n1,2,train\n3,4,TRUE\n5,6,holdout\n"};
    gt_import_settings settings = settings_for("table", false);
    const uint8_t *splits;
    gt_dataset *set = import(&settings, table(texts[0]));
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_true(splits[0] == 0 && splits[1] == 1 && splits[2] == 0);
    gt_dataset_close(set);
    set = import(&settings, table(texts[1]));
    assert_false(gt_dataset_describe(set)->columns & GT_COLUMN_SPLIT);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "column 'split' is called 'split_2': row 2 has "
                                        "'holdout', expected train, test or validation, or 0"));
}

static void what_are_no_codes_is_told(void **state) {
    static const struct {
        const char *text, *says;
        gt_status status;
    } cases[] = {
        {"a,b\n1,2\n", "no columns of numbers that are numbered, as c0, c1, ...", GT_NOT_FOUND},
        {"c0,b\n1,2\n", "no columns of numbers that are numbered", GT_NOT_FOUND},
        {"0.5,-1e3\n1,2\n", "of a table; its first line holds numbers, expected names of col",
         GT_NOT_FOUND},
        {"c0,c1,c3\n1,2,3\n", "column 'c3' stands behind 'c1', expected number 2",
         GT_BAD_FORMAT},
        {"c0,c1,c2\n1,2,3\n1,2,x\n", "column 'c2' holds texts, expected numbers as in 'c0'",
         GT_BAD_FORMAT},
        {"c0,c1\n1,2\n3,\n", "1 of 2 codes have bad numbers (1 NaN", GT_NOT_FINITE},
        {"c0,c1\n1,2,3\n", "codes.csv: line 2", GT_BAD_FORMAT},
        {"c0,c1\n", "a table without rows", GT_BAD_FORMAT},
    };
    gt_import_settings settings = settings_for("table", false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(&settings, table(cases[i].text), cases[i].status, cases[i].says);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(numbered_columns_are_codes),         TEST(what_is_rounded_is_told),
        TEST(lists_of_numbers_are_codes),         TEST(lists_beside_codes_are_left_out),
        TEST(names_may_be_numbers_alone),         TEST(other_columns_can_be_said),
        TEST(codes_are_those_that_encode_writes), TEST(splits_may_be_truth_values),
        TEST(what_are_no_codes_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
