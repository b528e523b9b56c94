/* fields_test.c - columns of any name: written, read back, merged, chosen by. */
#include "fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "galatea/import.h"
#include "gt_test.h"
#include "importer.h"
#include "selection.h"
#include "small_set.h"
#include "temp_folder.h"

enum { ROWS = 700, FIELDS = 3 };

static gt_error err;

static const gt_field three[FIELDS] = {
    {.name = "z_phot", .type = GT_FIELD_REAL, .description = "redshift", .ucd = "src.redshift"},
    {.name = "Band", .type = GT_FIELD_TEXT, .length = 6},
    {.name = "n obs", .type = GT_FIELD_INTEGER, .unit = "count"},
};

static gt_dataset_info describe(uint64_t rows) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = rows;
    info.channels = info.height = info.width = 1;
    info.fields = three;
    info.field_count = FIELDS;
    return info;
}

/* Row r has r/4, "r5", r^2; every seventh has nothing. */
static void values_of(uint64_t row, char text[8], gt_field_value out[FIELDS]) {
    snprintf(text, 8, "r%u", (unsigned)row);
    out[0] = row % 7 ? (gt_field_value){.real = (double)row / 4} : gt_field_missing(&three[0]);
    out[1] = row % 7 ? (gt_field_value){.text = text} : gt_field_missing(&three[1]);
    out[2] = row % 7 ? (gt_field_value){.integer = (int64_t)(row * row)}
                     : gt_field_missing(&three[2]);
}

static void write_set(const char *name, gt_dataset_info info, uint64_t rows) {
    gt_dataset_writer *writer;
    assert_ok(gt_dataset_writer_create(in_folder(name), &info, &writer, &err), err);
    for (uint64_t r = 0; r < rows; r++) {
        const unsigned char pixel = (unsigned char)r;
        gt_field_value values[FIELDS];
        char text[8];
        gt_dataset_row row = gt_dataset_row_default();
        values_of(r, text, values);
        row.values = r == 1 ? NULL : values;
        assert_ok(gt_dataset_writer_append(writer, &pixel, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static void expect_row(gt_dataset *set, uint64_t row, uint64_t of) {
    const gt_field_value *got;
    gt_field_value want[FIELDS];
    char text[8];
    values_of(of == 1 ? 0 : of, text, want);
    assert_ok(gt_dataset_values(set, row, &got, &err), err);
    assert_true(got[0].real == want[0].real || (isnan(got[0].real) && isnan(want[0].real)));
    assert_string_equal(got[1].text, want[1].text);
    assert_true(got[2].integer == want[2].integer);
}

static void expect_same_bytes(const char *one, const char *other) {
    static char a[1 << 20], b[1 << 20];
    FILE *x = fopen(one, "rb"), *y = fopen(other, "rb");
    assert_true(x && y);
    size_t size = fread(a, 1, sizeof a, x);
    assert_int_equal(fread(b, 1, sizeof b, y), size);
    assert_memory_equal(a, b, size);
    fclose(x);
    fclose(y);
}

static void fields_come_back_as_they_were(void **state) {
    gt_dataset *set;
    write_set("a.h5", describe(ROWS + 5), ROWS); /* fewer than announced: copied */
    write_set("b.h5", describe(ROWS), ROWS);
    assert_ok(gt_dataset_open(in_folder("a.h5"), &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->field_count, FIELDS);
    for (size_t i = 0; i < FIELDS; i++) {
        assert_string_equal(info->fields[i].name, three[i].name);
        assert_int_equal(info->fields[i].type, three[i].type);
        assert_int_equal(info->fields[i].length, three[i].length);
    }
    assert_string_equal(info->fields[0].ucd, "src.redshift");
    assert_string_equal(info->fields[0].description, "redshift");
    assert_null(info->fields[0].unit);
    assert_string_equal(info->fields[2].unit, "count");
    for (uint64_t r = 0; r < ROWS; r++) expect_row(set, r, r);
    for (uint64_t r = ROWS; r-- > 0; r -= r % 3) expect_row(set, r, r);
    gt_dataset_close(set);
    expect_same_bytes(in_folder("a.h5"), in_folder("b.h5"));
}

static void impossible_fields_are_refused(void **state) {
    static const struct {
        gt_field field;
        const char *text;
    } wrong[] = {
        {{.name = ""}, "a name of 0 bytes"},
        {{.name = "a/b"}, "a '/'"},
        {{.name = "Class"}, "two columns called 'Class'"},
        {{.name = "BAND"}, "two columns called 'BAND'"},
        {{.name = "t", .type = GT_FIELD_TEXT}, "texts of 0 bytes"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        gt_dataset_writer *writer;
        gt_dataset_info info = describe(2);
        const gt_field fields[] = {three[1], wrong[i].field};
        info.fields = fields;
        info.field_count = 2;
        assert_int_equal(gt_dataset_writer_create(in_folder("x.h5"), &info, &writer, &err),
                         GT_BAD_ARGUMENT);
        assert_non_null(strstr(err.text, wrong[i].text));
        assert_int_equal(entries_in_folder(), 0);
    }
}

static void names_that_cannot_be_are_made_so(void **state) {
    gt_field_list list = {0};
    static const char *const given[] = {"a/b", "A_B", "class", "", "Class", "\n", ".."};
    static const char *const want[] = {"a_b",     "A_B_2", "class_2", "column",
                                       "Class_3", "_",     "_."};
    for (size_t i = 0; i < 7; i++) {
        const gt_field field = {.name = given[i], .type = GT_FIELD_REAL};
        assert_ok(gt_field_list_add(&list, &field, &err), err);
        assert_string_equal(list.fields[i].name, want[i]);
    }
    assert_ok(gt_fields_check(list.fields, list.count, &err), err);
    gt_field_list_free(&list);
}

/* ---- joined ---- */

static void write_one(const char *name, gt_field_type type, gt_field_value value) {
    const gt_field id = {.name = "gaia", .type = type};
    gt_dataset_info info = small_set_of(1, 1, GT_PIXEL_U8);
    gt_dataset_row row = gt_dataset_row_default();
    info.fields = &id;
    info.field_count = 1;
    row.values = &value;
    write_small_set(in_folder(name), &info, "x", &row);
}

/* As reals 2^53 + 1 and 2^53 would be one. */
static void large_ids_that_meet_reals_stay_exact(void **state) {
    const int64_t ids[] = {INT64_C(1) << 53, (INT64_C(1) << 53) + 1};
    for (int i = 0; i < 2; i++) {
        char *notes, a[600], b[600];
        gt_dataset *set;
        const gt_field_value *got;
        write_one("a.h5", GT_FIELD_INTEGER, (gt_field_value){.integer = ids[i]});
        write_one("b.h5", GT_FIELD_REAL, (gt_field_value){.real = 0.5});
        snprintf(a, sizeof a, "%s", in_folder("a.h5"));
        snprintf(b, sizeof b, "%s", in_folder("b.h5"));
        const char *const paths[] = {a, b};
        assert_ok(gt_dataset_merge(paths, 2, gt_range_undeclared(), NULL, in_folder("ab.h5"),
                                   NULL, NULL, NULL, &notes, &err),
                  err);
        assert_non_null(strstr(notes, i ? "'gaia' is kept as text: 9007199254740993 ("
                                        : "'gaia' is kept as real: "));
        free(notes);
        assert_ok(gt_dataset_open(in_folder("ab.h5"), &set, &err), err);
        assert_ok(gt_dataset_values(set, 0, &got, &err), err);
        if (i)
            assert_string_equal(got[0].text, "9007199254740993");
        else
            assert_true(got[0].real == 0x1p53);
        assert_ok(gt_dataset_values(set, 1, &got, &err), err);
        if (i) assert_string_equal(got[0].text, "0.5");
        gt_dataset_close(set);
    }
}

static void sets_of_other_fields_are_joined(void **state) {
    const gt_field other[FIELDS] = {
        {.name = "Z_PHOT", .type = GT_FIELD_INTEGER, .unit = "km/s"},
        {.name = "extra", .type = GT_FIELD_TEXT, .length = 6},
        {.name = "N obs", .type = GT_FIELD_REAL},
    };
    gt_dataset_info info = describe(9);
    char *notes, a[600], b[600];
    gt_dataset *set;
    const gt_field_value *got;
    write_set("a.h5", info, 9);
    info.fields = other;
    gt_dataset_writer *writer;
    assert_ok(gt_dataset_writer_create(in_folder("b.h5"), &info, &writer, &err), err);
    for (int i = 0; i < 2; i++) {
        const gt_field_value values[] = {
            {.integer = i ? GT_FIELD_NO_INTEGER : 7}, {.text = "more"}, {.real = 2.5}};
        gt_dataset_row row = gt_dataset_row_default();
        row.values = values;
        assert_ok(gt_dataset_writer_append(writer, "x", &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    snprintf(a, sizeof a, "%s", in_folder("a.h5"));
    snprintf(b, sizeof b, "%s", in_folder("b.h5"));
    const char *const paths[] = {a, b};
    assert_ok(gt_dataset_merge(paths, 2, gt_range_undeclared(), NULL, in_folder("ab.h5"), NULL,
                               NULL, NULL, &notes, &err),
              err);
    assert_non_null(strstr(notes, "column 'z_phot' is kept as real: "));
    assert_non_null(strstr(notes, "unit of 'n obs' is left out: it was count, "));
    assert_non_null(strstr(notes, "column 'Band': rows of "));
    assert_non_null(strstr(notes, "column 'extra': rows of "));
    free(notes);
    assert_ok(gt_dataset_open(in_folder("ab.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->field_count, 4);
    assert_ok(gt_dataset_values(set, 8, &got, &err), err);
    assert_true(got[0].real == 2 && got[2].real == 64);
    assert_string_equal(got[1].text, "r8");
    assert_string_equal(got[3].text, "");
    assert_ok(gt_dataset_values(set, 9, &got, &err), err);
    assert_true(got[0].real == 7 && got[2].real == 2.5);
    assert_string_equal(got[1].text, "");
    assert_string_equal(got[3].text, "more");
    assert_ok(gt_dataset_values(set, 10, &got, &err), err);
    assert_true(isnan(got[0].real));
    gt_dataset_close(set);
}

/* ---- chosen by ---- */

static void conditions_compare_every_type(void **state) {
    static const struct {
        const char *where;
        int count;
    } cases[] = {
        {"z_phot>1", 1},   {"Z_PHOT >= 1", 2},   {"z_phot=''", 1},    {"z_phot!=''", 3},
        {"z_phot!=1", 3},  {"band=r1", 1},       {"Band>r1", 1},      {"Band!=r1", 3},
        {"Band=''", 1},    {"n obs=4", 1},       {"n obs<4.5", 3},    {"n obs<=0", 1},
        {"n obs!=''", 3},  {"label=FRII", 1},    {"class!=FRII", 3},  {"ans=1", 1},
        {"label=-1", 2},   {"id=b", 1},          {"name=b", 1},       {"id>b,z_phot>0", 1},
        {"label=''", 2},   {"'n obs' = '4'", 1}, {"Band='r1'", 1},    {"id=''", 1},
        {"n obs=true", 1}, {"n obs=F", 1},       {"n obs!=False", 3},
    };
    static const char *const classes[] = {"FRI", "FRII"};
    gt_source_info info = {.fields = three, .field_count = FIELDS, .class_names = classes};
    info.class_count = 2;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_ID;
    static const gt_field_value values[4][FIELDS] = {
        {{.real = 0}, {.text = "r0"}, {.integer = 0}},
        {{.real = 1}, {.text = "r1"}, {.integer = 1}},
        {{.real = 1.5}, {.text = "r2"}, {.integer = 4}},
        {{.real = (double)NAN}, {.text = NULL}, {.integer = GT_FIELD_NO_INTEGER}},
    };
    static const char *const ids[] = {"a", "b", "c", NULL};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_selection selection;
        int count = 0;
        assert_ok(gt_selection_parse(cases[i].where, "all", &info, &selection, &err), err);
        for (int r = 0; r < 4; r++) {
            gt_picture picture = {.row = gt_dataset_row_default(), .values = values[r]};
            picture.row.label = r < 2 ? r : -1;
            picture.row.id = ids[r];
            count += gt_selection_takes(&selection, &picture);
        }
        if (count != cases[i].count) print_error("%s\n", cases[i].where);
        assert_int_equal(count, cases[i].count);
    }
}

/* Neither the numbers nor the signs of a name or a text are mistaken. */
static void conditions_are_exact(void **state) {
    const gt_field fields[] = {{.name = "gaia", .type = GT_FIELD_INTEGER},
                               {.name = "S/N<5, or = 5", .type = GT_FIELD_TEXT, .length = 9}};
    const gt_source_info info = {.fields = fields, .field_count = 2};
    const gt_field_value values[] = {{.integer = (INT64_C(1) << 53) + 1}, {.text = "a=b, c"}};
    const gt_picture picture = {.row = gt_dataset_row_default(), .values = values};
    static const char *const hold[] = {
        "gaia=9007199254740993", "gaia>9007199254740992.0",  "gaia<1e300",
        "gaia>-1e300",           "'S/N<5, or = 5'='a=b, c'", "\"S/N<5, or = 5\" != 'a=b'"};
    static const char *const fail[] = {"gaia=9007199254740992", "gaia<=9007199254740992.0",
                                       "gaia>=1e300", "'S/N<5, or = 5'='a=b'"};
    gt_selection selection;
    for (size_t i = 0; i < sizeof hold / sizeof *hold; i++) {
        assert_ok(gt_selection_parse(hold[i], "all", &info, &selection, &err), err);
        assert_true(gt_selection_takes(&selection, &picture));
    }
    for (size_t i = 0; i < sizeof fail / sizeof *fail; i++) {
        assert_ok(gt_selection_parse(fail[i], "all", &info, &selection, &err), err);
        assert_false(gt_selection_takes(&selection, &picture));
    }
}

static void conditions_that_cannot_be_say_why(void **state) {
    static const char *const cases[][2] = {
        {"z_phto>1", "no column 'z_phto', did you mean 'z_phot'?"},
        {"q=1", "no column 'q', expected one of 'z_phot', 'Band', 'n obs'"},
        {"z_phot>far", "--where z_phot>far"},
        {"n obs=1,5", "--where: '5', expected column=value"},
        {"z_phot=", "no value"},
        {"z_phot>''", "'' is a name, which = and != compare"},
        {"z_phot=nan", "'nan' is not a number; '' stands for a missing one"},
        {"Band=r and z_phot>1",
         "--where Band=r and z_phot>1: 'r and z_phot>1' has a sign of its "
         "own; a comma stands between conditions"},
        {"z_phot<>1", "'>1' has a sign of its own"},
    };
    const gt_source_info info = {.fields = three, .field_count = FIELDS};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_selection selection;
        assert_int_equal(gt_selection_parse(cases[i][0], "all", &info, &selection, &err),
                         GT_USAGE);
        if (!strstr(err.text, cases[i][1])) print_error("%s\n", err.text);
        assert_non_null(strstr(err.text, cases[i][1]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(fields_come_back_as_they_were),
        TEST(impossible_fields_are_refused),
        TEST(names_that_cannot_be_are_made_so),
        TEST(sets_of_other_fields_are_joined),
        TEST(large_ids_that_meet_reals_stay_exact),
        TEST(conditions_compare_every_type),
        TEST(conditions_are_exact),
        TEST(conditions_that_cannot_be_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
