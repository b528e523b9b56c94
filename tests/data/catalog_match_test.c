/* catalog_match_test.c - which row of a catalogue is that of a picture: by id, by a column of
 * both, by position. */
#include "catalog_join.h"

static void rows_are_found_by_id_and_told(void **state) {
    write_pictures();
    gt_dataset *set =
        joined("id,z,kind\nb,0.5,ring\nnobody,9,\na,0.25,disk\n,7,\n", NULL, "class=kind");
    assert_true(value(set, "z", 0).real == 0.25 && value(set, "z", 1).real == 0.5);
    assert_true(isnan(value(set, "z", 2).real) && isnan(value(set, "z", 3).real));
    assert_true(value(set, "number", 3).integer == 103);
    const int32_t *labels;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_true(labels[0] == 0 && labels[1] == 1 && labels[2] == -1);
    assert_string_equal(gt_dataset_describe(set)->class_names[1], "ring");
    const char *ids;
    size_t width = gt_dataset_describe(set)->id_length + 1;
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids + width, "b"); /* no more the name of a file */
    assert_string_equal(ids + 2 * width, "dir/c");
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "taken: 'kind' of "));
    assert_non_null(strstr(report.note, "c.csv as label\n"));
    assert_non_null(strstr(report.note, "2 of 4 pictures found in "));
    assert_non_null(
        strstr(report.note, "(1 by the name of the file); 2 not, the first: 'dir/c'"));
    assert_non_null(strstr(report.note, "2 of 4 rows of "));
    assert_non_null(strstr(report.note, "without a picture, the first: line 3"));
}

static void ids_may_have_another_name_in_the_catalogue(void **state) {
    write_pictures();
    gt_dataset *set = joined("name,z\na,0.25\nb,0.5\n", NULL, "id=name");
    const char *ids;
    size_t width = gt_dataset_describe(set)->id_length + 1;
    assert_true(value(set, "z", 1).real == 0.5);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids + width, "b");
    assert_string_equal(ids + 2 * width, "dir/c"); /* without a row, it keeps its own */
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "2 of 4 pictures found in "));
}

static void ids_of_64_bits_are_exact(void **state) {
    size_t index;
    write_pictures();
    /* a column with gaps makes whole numbers reals elsewhere */
    gt_dataset *set = joined("number,z\n100.0,1\n,2\n102.0,3\n", "number", NULL);
    assert_non_null(strstr(report.note, "2 of 4 pictures found"));
    assert_true(value(set, "z", 2).integer == 3);
    gt_dataset_close(set);
    set = joined("id,gaia,real,flux\na,5853498713160606721,5853498713160606721.0,1e18\n"
                 "c,5853498713160606723,,12.5\n",
                 NULL, NULL);
    assert_true(value(set, "gaia", 0).integer == INT64_C(5853498713160606721));
    assert_true(value(set, "gaia", 2).integer == INT64_C(5853498713160606723));
    assert_int_equal(field(set, "real", &index)->type, GT_FIELD_REAL);
    assert_non_null(strstr(report.note, "'real': whole numbers beyond 2^53 kept as reals"));
    assert_null(strstr(report.note, "flux"));
    gt_dataset_close(set);
    assert_int_equal(join(TEXT("number,z\n5853498713160606721.0,1\n"), "number", NULL),
                     GT_BAD_FORMAT);
    assert_non_null(strstr(err.text,
                           "line 2, column 'number': '5853498713160606721.0', expected "
                           "a text or a whole number: beyond 2^53"));
}

static void rows_are_found_by_a_column_of_both(void **state) {
    write_pictures();
    gt_dataset *set = joined("Number,w\n103,3\n101,1\n", "number", "n=number");
    assert_true(value(set, "w", 1).integer == 1 && value(set, "w", 3).integer == 3);
    assert_true(value(set, "w", 0).integer == GT_FIELD_NO_INTEGER);
    gt_dataset_close(set);
}

static void rows_are_found_by_position(void **state) {
    write_pictures();
    /* 0.5 arcsec off at the equator; over the pole; two in reach, the second nearer */
    gt_dataset *set = joined("RA_deg,DEC_deg,k\n10.000139,0,1\n20,0.0002,2\n20,0.0001,3\n"
                             "210,89.9999,4\n-999,-999,5\n1e20,1e20,6\n",
                             "position", NULL);
    assert_true(value(set, "k", 0).integer == 1 && value(set, "k", 1).integer == 3);
    assert_true(value(set, "k", 2).integer == 4);
    assert_true(value(set, "k", 3).integer == GT_FIELD_NO_INTEGER);
    const double *dec;
    assert_true(positions(set, &dec)[0] == 10.000139);
    assert_true(value(set, "ra_image", 0).real == 10);
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(rows_are_found_by_id_and_told), TEST(ids_may_have_another_name_in_the_catalogue),
        TEST(ids_of_64_bits_are_exact),      TEST(rows_are_found_by_a_column_of_both),
        TEST(rows_are_found_by_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
