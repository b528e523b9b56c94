/* catalog_names_test.c - what the columns of a catalogue are called, what units their names
 * tell, and how many of them are kept. */
#include "catalog_join.h"
#include "fields.h"

static void names_may_differ_by_capitals(void **state) {
    write_pictures();
    gt_dataset *set = joined("id,z,Z,RA,ra\na,1.5,2,3,4\n", NULL, NULL);
    assert_true(value(set, "z", 0).real == 1.5 && value(set, "Z_2", 0).integer == 2);
    assert_non_null(strstr(report.note, "column 'Z' of "));
    assert_non_null(strstr(report.note, "c.csv is called 'Z_2'"));
    gt_dataset_close(set);
}

static void names_tell_units(void **state) {
    size_t index;
    write_pictures();
    gt_dataset *set = joined("id,flux [mJy],size_[arcsec],m [mag],m [ABmag],log(M) [1],x[]\n"
                             "a,1,2,3,4,5,6\n",
                             NULL, "z=flux [mJy]");
    assert_string_equal(field(set, "z", &index)->unit, "mJy");
    assert_string_equal(field(set, "size", &index)->unit, "arcsec");
    assert_null(field(set, "m [mag]", &index)->unit); /* all that tells them apart */
    assert_string_equal(field(set, "log(M)", &index)->unit, "1");
    assert_null(field(set, "x[]", &index)->unit);
    gt_dataset_close(set);
}

/* In round brackets as well, where they are units and not remarks. */
static void round_brackets_tell_units_too(void **state) {
    static const struct {
        const char *title, *name, *unit;
    } cases[] = {{"Peak flux (mJy/beam)", "Peak flux", "mJy/beam"},
                 {"logM(Msun)", "logM", "Msun"},
                 {"F_(erg/(s cm2))", "F", "erg/(s cm2)"},
                 {"log(M) (kpc)", "log(M)", "kpc"},
                 {"time (s)", "time", "s"},
                 {"name(s)", "name(s)", NULL},
                 {"class (FR)", "class (FR)", NULL},
                 {"f(x)", "f(x)", NULL},
                 {"a()", "a()", NULL},
                 {"(mJy)", "(mJy)", NULL}};
    write_pictures();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char csv[100];
        size_t index;
        snprintf(csv, sizeof csv, "id,%s\na,1\n", cases[i].title);
        gt_dataset *set = joined(csv, NULL, NULL);
        const gt_field *found = field(set, cases[i].name, &index);
        if (cases[i].unit)
            assert_string_equal(found->unit, cases[i].unit);
        else
            assert_null(found->unit);
        gt_dataset_close(set);
    }
}

static void columns_without_a_name_are_told(void **state) {
    size_t index;
    write_pictures();
    gt_dataset *set = joined(",id,z,,\n0,a,1,,7\n1,c,2,,8\n", NULL, NULL);
    assert_non_null(strstr(report.note, "column 1 of "));
    assert_non_null(
        strstr(report.note, "neither a name nor more than the numbers of the rows"));
    assert_non_null(strstr(report.note, "column 4 of "));
    assert_non_null(strstr(report.note, "neither a name nor values"));
    assert_non_null(strstr(report.note, "has no name and is called 'column 5'"));
    assert_int_equal(field(set, "column 5", &index)->type, GT_FIELD_INTEGER);
    assert_true(value(set, "column 5", 2).integer == 8);
    assert_int_equal(gt_dataset_describe(set)->field_count, 3);
    gt_dataset_close(set);
}

/* Those that are asked for are kept wherever they stand. */
static void columns_beyond_the_most_are_told(void **state) {
    enum { MANY = 900 };
    static char table[16 * MANY];
    size_t used = (size_t)snprintf(table, sizeof table, "id"), index;
    for (int i = 0; i < MANY; i++)
        used += (size_t)snprintf(table + used, sizeof table - used, ",q%d", i);
    used += (size_t)snprintf(table + used, sizeof table - used, "\na");
    for (int i = 0; i < MANY; i++)
        used += (size_t)snprintf(table + used, sizeof table - used, ",%d", i);
    snprintf(table + used, sizeof table - used, "\n");
    write_pictures();
    gt_dataset *set = joined(table, NULL, "good=q899");
    assert_int_equal(gt_dataset_describe(set)->field_count, GT_FIELD_USUAL + 1);
    assert_int_equal(value(set, "q778", 0).integer, 778);
    assert_int_equal(value(set, "good", 0).integer, 899);
    assert_int_equal(field(set, "q0", &index)->type, GT_FIELD_INTEGER);
    assert_non_null(strstr(report.note, "are left out: 120, as 'q779', for all together are "
                                        "more than 780; --column NAME=q779 keeps that one"));
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(names_may_differ_by_capitals),     TEST(names_tell_units),
        TEST(round_brackets_tell_units_too),    TEST(columns_without_a_name_are_told),
        TEST(columns_beyond_the_most_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
