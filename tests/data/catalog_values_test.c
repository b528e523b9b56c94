/* catalog_values_test.c - what the cells of a catalogue become: types, labels and their names,
 * missing values. */
#include <locale.h>

#include "catalog_join.h"

static void types_follow_from_all_cells(void **state) {
    static const struct {
        const char *cells[3];
        gt_field_type type;
    } cases[] = {
        {{"1", "-2", "+3"}, GT_FIELD_INTEGER},
        {{"1", "", "3"}, GT_FIELD_INTEGER},
        {{"1", "2.5", "3"}, GT_FIELD_REAL},
        {{"1e3", "nan", "--"}, GT_FIELD_REAL},
        {{"", "", ""}, GT_FIELD_REAL},
        {{"007", "8", "9"}, GT_FIELD_TEXT},
        {{"99999999999999999999", "1", "2"}, GT_FIELD_TEXT},
        {{"x", "1", "2"}, GT_FIELD_TEXT},
        {{" 4 ", "null", "5"}, GT_FIELD_INTEGER},
        {{"0x10", "1", "1"}, GT_FIELD_TEXT},
        {{"-0.5", "NaN", "1E-2"}, GT_FIELD_REAL},
        {{"N/A", "-", "3"}, GT_FIELD_INTEGER},
        {{"none", "-inf", "0.5"}, GT_FIELD_REAL},
        {{"+", "-", "1"}, GT_FIELD_TEXT},
        {{"none", "-", "?"}, GT_FIELD_TEXT}, /* nothing says that these were numbers */
    };
    write_pictures();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char csv[200];
        size_t index;
        snprintf(csv, sizeof csv, "\xef\xbb\xbfid,v\r\na,%s\r\nb.fits.fz,%s\r\nc,%s\r\n",
                 cases[i].cells[0], cases[i].cells[1], cases[i].cells[2]);
        gt_dataset *set = joined(csv, NULL, NULL);
        assert_int_equal(field(set, "v", &index)->type, cases[i].type);
        gt_dataset_close(set);
    }
    assert_non_null(strstr(report.note, "3 of 4 pictures found in "));
}

/* Tables of Galatea have both: numbers, and what they are called. */
static void a_class_names_the_number_of_its_label(void **state) {
    const int32_t *labels;
    size_t index;
    write_pictures();
    gt_dataset *set = joined("id,label,class\nb,2,ring\na,0,disk\ndir/c,,\n", NULL, NULL);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_true(labels[0] == 0 && labels[1] == 2 && labels[2] == -1);
    assert_int_equal(info->class_count, 3);
    assert_string_equal(info->class_names[0], "disk");
    assert_string_equal(info->class_names[1], "class 1");
    assert_string_equal(info->class_names[2], "ring");
    gt_dataset_close(set);
    set = joined("id,label,class\nb,1,ring\na,0,ring\n", NULL, NULL); /* these do not */
    assert_int_equal(gt_dataset_describe(set)->class_count, 0);
    assert_int_equal(field(set, "class_2", &index)->type, GT_FIELD_TEXT);
    gt_dataset_close(set);
}

static void numbers_for_none_are_told(void **state) {
    const int32_t *labels;
    write_pictures();
    gt_dataset *set =
        joined("id,label,ra,dec\na,1,10,0\nb,-999,1e20,1e20\nc,-1,30,5\n", NULL, NULL);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_true(labels[0] == 1 && labels[1] == -1 && labels[2] == -1);
    assert_non_null(strstr(report.note, "labels below -1, taken as none: 1 (the first: -999"));
    gt_dataset_close(set);
}

/* Words for nothing are no classes; among texts some of them are texts. */
static void missing_texts(void **state) {
    const int32_t *labels;
    write_pictures();
    gt_dataset *set = joined("id,class,ion\na,N/A,Na\nb,ring,--\ndir/c,null,He\n", NULL, NULL);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_true(labels[0] == -1 && labels[1] == 0 && labels[2] == -1);
    assert_int_equal(gt_dataset_describe(set)->class_count, 1);
    assert_string_equal(value(set, "ion", 0).text, "Na");
    assert_string_equal(value(set, "ion", 1).text, "");
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "without a value: 2 in 'class' (as 'n/a'), 1 in 'ion' "
                                        "(as '--')\n"));
}

/* As they are in HDF5 and npy, whichever the format of the table. */
static void true_and_false_are_numbers(void **state) {
    static const char *const tables[] = {
        "id,is_round,other,letter\na,True,True,T\nb,False,3,F\nc,,False,T\n",
        "id\tis_round\tother\tletter\na\tTRUE\tx\tT\nb\tfalse\ttrue\tF\nc\tnull\ty\tT\n",
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: string}\n"
        "# - {name: is_round, datatype: bool}\n# - {name: other, datatype: string}\n"
        "# - {name: letter, datatype: string}\n# schema: astropy-2.0\n"
        "id is_round other letter\na True True T\nb False False F\nc \"\" x T\n"};
    write_pictures();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        size_t index;
        gt_dataset *set = joined(tables[i], NULL, NULL);
        assert_int_equal(field(set, "is_round", &index)->type, GT_FIELD_INTEGER);
        assert_int_equal(value(set, "is_round", 0).integer, 1);
        assert_int_equal(value(set, "is_round", 1).integer, 0);
        assert_true(value(set, "is_round", 2).integer == GT_FIELD_NO_INTEGER);
        assert_int_equal(field(set, "other", &index)->type, GT_FIELD_TEXT);
        assert_int_equal(field(set, "letter", &index)->type, GT_FIELD_TEXT);
        assert_int_equal(strstr(report.note, "are kept as 1 and 0: 'is_round'") != NULL, i < 2);
        gt_dataset_close(set);
        const int32_t *labels;
        set = joined(tables[i], NULL, "label=is_round");
        assert_ok(gt_dataset_labels(set, &labels, &err), err);
        assert_true(labels[0] == 1 && labels[1] == 0 && labels[2] == -1);
        gt_dataset_close(set);
    }
}

static void another_locale_changes_nothing(void **state) {
    static char here[1 << 16], there[1 << 16];
    static const char csv[] = "id,z,name_of\na,0.5,\"1,5 and more\"\nb,-1.25,\n";
    write_pictures();
    assert_ok(join(TEXT(csv), NULL, NULL), err);
    FILE *file = fopen(in_folder("out.h5"), "rb");
    size_t size = fread(here, 1, sizeof here, file);
    fclose(file);
    if (!gt_test_decimal_comma()) skip();
    gt_status status = join(TEXT(csv), NULL, NULL);
    setlocale(LC_ALL, "C");
    assert_ok(status, err);
    file = fopen(in_folder("out.h5"), "rb");
    assert_int_equal(fread(there, 1, sizeof there, file), size);
    fclose(file);
    assert_memory_equal(here, there, size);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(types_follow_from_all_cells), TEST(a_class_names_the_number_of_its_label),
        TEST(numbers_for_none_are_told),   TEST(missing_texts),
        TEST(true_and_false_are_numbers),  TEST(another_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
