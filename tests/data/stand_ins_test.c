/* stand_ins_test.c - numbers that stand for none: pixels and values of columns that look like
 * it are told with the option that says so, and those that are said so become bad or missing.
 */
#include "import_run.h"
#include "small_set.h"

enum { N = 6, SIDE = 8, PIXELS = SIDE * SIDE };

static gt_field fields[] = {
    {"z", GT_FIELD_REAL}, {"n", GT_FIELD_INTEGER}, {"name", GT_FIELD_TEXT, .length = 4}};

typedef struct picture_of {
    float pixels[N][PIXELS];
    double z[N];
    int64_t n[N];
} rows;

/* Pixels from -1 to 30, columns from 1 on. */
static void fill(rows *r) {
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < PIXELS; k++)
            r->pixels[i][k] = k == 27 ? 30 : (float)((i * 31 + k * 17) % 64) / 32 - 1;
        r->z[i] = 0.1 * (i + 1);
        r->n[i] = i + 1;
    }
}

static void write_set(const rows *r) {
    gt_dataset_info info = small_set_of(N, SIDE, GT_PIXEL_F32);
    gt_field_value values[N][3];
    gt_dataset_row about[N];
    info.fields = fields;
    info.field_count = 3;
    for (int i = 0; i < N; i++) {
        values[i][0] = (gt_field_value){.real = r->z[i]};
        values[i][1] = (gt_field_value){.integer = r->n[i]};
        values[i][2] = (gt_field_value){.text = "-99"};
        about[i] = gt_dataset_row_default();
        about[i].values = values[i];
    }
    write_small_set(in_folder("in.h5"), &info, r->pixels, about);
}

static const char *note_of(const rows *r) {
    gt_import_settings settings = settings_for("hdf5", true);
    write_set(r);
    gt_dataset_close(import(&settings, in_folder("in.h5")));
    return report.note;
}

static void expect_note(const rows *r, const char *words) {
    const char *note = note_of(r);
    if (strncmp(note, words, strlen(words)) != 0 || (*words == 0 && *note != 0))
        fail_msg("'%s', expected '%s'", note, words);
}

static void pixels_that_look_like_it_are_told(void **state) {
    static const struct {
        float value;
        int count;
        const char *words;
    } cases[] = {
        {-9999, 1,
         "1 pixel of -9999 in 1 picture, the first is picture number 2, far from all "
         "others there (-1 to 30): if that stands for none, --blank -9999 makes"},
        {-99.9f, 3, "3 pixels of -99.9 in 1 picture"},
        {-32768, 2, "2 pixels of -32768 in"},
        {-2147483648.0f, 2, "2 pixels of -2147483648 in"},
        {-5000, 4, "4 pixels of -5000 in"},
        {7000, 4, "4 pixels of 7000 in"},
        {-5000, 3, ""}, /* a few of any value may be what they are */
        {-60, 8, ""},
        {-9999, PIXELS, "64 pixels of -9999 in 1 picture, the first is picture number 2: if"}};
    static rows r;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        fill(&r);
        for (int k = 0; k < cases[c].count; k++)
            r.pixels[2][k == 27 && cases[c].count < PIXELS ? 63 : k] = cases[c].value;
        expect_note(&r, cases[c].words);
    }
    fill(&r); /* one of many that go so far down */
    r.pixels[2][0] = -999;
    r.pixels[2][1] = -700;
    expect_note(&r, "");
    fill(&r);
    r.pixels[2][0] = r.pixels[2][1] = r.pixels[4][3] = -999;
    expect_note(&r, "3 pixels of -999 in 2 pictures, the first is picture number 2");
}

static void columns_that_look_like_it_are_told(void **state) {
    static rows r;
    fill(&r);
    r.z[1] = r.z[4] = -99;
    r.z[5] = 99.99;
    r.n[0] = -999;
    expect_note(&r, "column 'z': -99 in 2 of 6 rows, far from all others (0.1 to 0.4)\n"
                    "column 'z': 99.99 in 1 of 6 rows, far from all others (0.1 to 0.4)\n"
                    "column 'n': -999 in 1 of 6 rows, far from all others (2 to 6)\n"
                    "if these stand for none, --missing z=-99,z=99.99,n=-999 says so");
    fill(&r);
    r.n[0] = 99;
    r.n[1] = 60;
    r.z[0] = -99;
    r.z[1] = -80;
    expect_note(&r, "");
    fill(&r);
    r.n[0] = INT16_MIN;
    r.z[0] = -999999500;
    r.z[1] = 1e30;
    expect_note(&r, "column 'z': -999999500 in 1 of 6 rows, far from all others (0.3 to 0.6)\n"
                    "column 'z': 1e+30 in 1 of 6 rows, far from all others (0.3 to 0.6)\n"
                    "column 'n': -32768 in 1 of 6 rows");
    fill(&r);
    r.n[0] = INT16_MIN;
    r.n[1] = INT16_MAX;
    expect_note(&r, "");
    for (int i = 0; i < N; i++) r.z[i] = -99; /* nothing to be far from */
    expect_note(&r, "");
}

/* A name with commas, as long as names may be, can be typed as it is told. */
static void names_may_have_commas(void **state) {
    static char name[190 + 1]; /* a set takes 192 bytes */
    static rows r;
    char words[3 * GT_FIELD_NAME];
    gt_import_settings settings = settings_for("hdf5", true);
    const gt_field_value *values;
    const char *before = fields[0].name;
    memset(name, 'm', sizeof name - 1);
    memcpy(name, "flux,g=1,", 9);
    fields[0].name = name;
    fill(&r);
    r.z[1] = -99;
    r.n[2] = -999;
    snprintf(words, sizeof words, "\nif these stand for none, --missing %s=-99,n=-999 says so",
             name);
    assert_non_null(strstr(note_of(&r), words));
    snprintf(words, sizeof words, "%s=-99,n=-999,-77", name);
    settings.missing = words;
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_ok(gt_dataset_values(set, 1, &values, &err), err);
    assert_true(isnan(values[0].real) && values[1].integer == 2);
    assert_ok(gt_dataset_values(set, 2, &values, &err), err);
    assert_int_equal(values[1].integer, GT_FIELD_NO_INTEGER);
    gt_dataset_close(set);
    settings.missing = "flux,g=1=-99";
    refuse(&settings, in_folder("in.h5"), GT_USAGE, "--missing flux: expected numbers");
    fields[0].name = before;
}

static void what_is_said_becomes_missing(void **state) {
    static rows r;
    gt_import_settings settings = settings_for("hdf5", true);
    const gt_field_value *values;
    fill(&r);
    r.z[1] = -99;
    r.z[2] = -999;
    r.n[1] = -99;
    r.n[2] = -999;
    write_set(&r);
    settings.missing = "Z=-99,-999";
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_non_null(strstr(report.note, "column 'n': -99 in 1 of 5 rows"));
    assert_null(strstr(report.note, "'z'"));
    assert_ok(gt_dataset_values(set, 1, &values, &err), err);
    assert_true(isnan(values[0].real) && values[1].integer == -99);
    assert_string_equal(values[2].text, "-99");
    assert_ok(gt_dataset_values(set, 2, &values, &err), err);
    assert_true(isnan(values[0].real) && values[1].integer == GT_FIELD_NO_INTEGER);
    gt_dataset_close(set);
    settings.where = "z<1"; /* of values that are there */
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(gt_dataset_describe(set)->count, N - 2);
    gt_dataset_close(set);
    settings.missing = "z=";
    refuse(&settings, in_folder("in.h5"), GT_USAGE, "--missing z=: expected numbers");
    settings.missing = "y=-99";
    refuse(&settings, in_folder("in.h5"), GT_USAGE, "no column 'y'");
    settings.missing = "name=-99";
    refuse(&settings, in_folder("in.h5"), GT_USAGE, "the column 'name' holds texts");
    const char *empty[] = {"-99,", ",-99", "-99,,5", ","};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        settings.missing = empty[i];
        refuse(&settings, in_folder("in.h5"), GT_USAGE, "--missing : expected numbers");
    }
}

/* Of a set with labels and sizes; -1 for no label. */
static void write_labelled(const int *labels, const double *sizes) {
    gt_dataset_info info = small_set_of(N, SIDE, GT_PIXEL_F32);
    gt_dataset_row about[N];
    static rows r;
    fill(&r);
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SIZE;
    for (int i = 0; i < N; i++) {
        about[i] = gt_dataset_row_default();
        about[i].label = labels[i];
        about[i].angular_size = sizes[i];
    }
    write_small_set(in_folder("in.h5"), &info, r.pixels, about);
}

static void labels_and_sizes_are_such_columns(void **state) {
    const int labels[N] = {0, 1, 255, 0, 99, 1};
    const double *got, sizes[N] = {5, 9999, 7, (double)99.99f, 0, 8};
    const int32_t *classes;
    gt_import_settings settings = settings_for("hdf5", true);
    write_labelled(labels, sizes);
    gt_dataset_close(import(&settings, in_folder("in.h5")));
    assert_string_equal(
        report.note,
        "column 'label': 255 in 1 of 6 rows, far from all others (0 to 1)\n"
        "column 'label': 99 in 1 of 6 rows, far from all others (0 to 1)\n"
        "column 'angular_size': 9999 in 1 of 6 rows, far from all others (0 to 8)\n"
        "column 'angular_size': 99.99 in 1 of 6 rows, far from all others (0 to 8)\n"
        "if these stand for none, --missing "
        "label=255,label=99,angular_size=9999,angular_size=99.99 says so");
    settings.missing = "Label=255,99,9999,99.99,0"; /* a 0 of all is none of labels */
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_ok(gt_dataset_labels(set, &classes, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &got, &err), err);
    assert_true(classes[0] == 0 && classes[2] == -1 && classes[4] == 99);
    assert_true(got[0] == 5 && isnan(got[1]) && isnan(got[3]) && isnan(got[4]));
    gt_dataset_close(set);
}

static void what_is_said_becomes_bad(void **state) {
    static rows r;
    gt_import_settings settings = settings_for("hdf5", true);
    float out[PIXELS];
    fill(&r);
    r.pixels[2][0] = -99.9f;
    r.pixels[3][5] = -32768;
    write_set(&r);
    settings.blank = "-99.9,-32768";
    refuse(&settings, in_folder("in.h5"), GT_NOT_FINITE,
           "2 of 6 pictures have bad pixels (2 NaN");
    settings.bad_pixels = "zero";
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_string_equal(report.note, "");
    assert_ok(gt_dataset_read_bytes(set, 2, 1, out, &err), err);
    assert_true(out[0] == 0 && out[1] == r.pixels[2][1]);
    gt_dataset_close(set);
    settings.bad_pixels = "drop";
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(gt_dataset_describe(set)->count, N - 2);
    gt_dataset_close(set);
    settings.blank = "none";
    refuse(&settings, in_folder("in.h5"), GT_USAGE, "--blank none: expected numbers");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(pixels_that_look_like_it_are_told),
        TEST(columns_that_look_like_it_are_told),
        TEST(names_may_have_commas),
        TEST(what_is_said_becomes_missing),
        TEST(labels_and_sizes_are_such_columns),
        TEST(what_is_said_becomes_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
