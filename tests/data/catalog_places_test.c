/* catalog_places_test.c - places on the sky of catalogues: beside those of the pictures, in
 * hours, in other units of angles. */
#include "catalog_join.h"

/* The catalogue's come first, those of the pictures are kept beside them. */
static void positions_of_both_are_told(void **state) {
    static const char csv[] = "id,ra,dec,n\na,11,1,2 x\nb,21,n/a,3\nz,21,1,4\n";
    const double *dec;
    write_pictures();
    gt_dataset *set = joined(csv, NULL, NULL);
    size_t index;
    assert_int_equal(field(set, "n", &index)->type, GT_FIELD_TEXT);
    const double *ra = positions(set, &dec);
    assert_true(ra[0] == 11 && dec[0] == 1);  /* of the catalogue */
    assert_true(ra[1] == 20 && dec[1] == 0);  /* which knows half of it, */
    assert_true(ra[2] == 30 && isnan(ra[3])); /* or nothing */
    assert_true(value(set, "ra_image", 0).real == 10 && value(set, "ra_image", 1).real == 20);
    assert_true(value(set, "dec_image", 2).real == 89.9999);
    assert_true(isnan(value(set, "ra_image", 3).real));
    assert_string_equal(field(set, "ra_image", &index)->ucd, "pos.eq.ra");
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "c.csv, where it has them; those of the pictures are "
                                        "called ra_image and dec_image\n"));
    assert_non_null(strstr(report.note, "at most 5.09e+03 arcsec apart (row 0)"));
    assert_non_null(strstr(report.note, "c.csv is one of texts: line 2 has '2 x'"));
    assert_non_null(strstr(report.note, "c.csv without a value: 1 in 'dec' (as 'n/a')\n"));
    set = joined(csv, NULL, "ra=ra,dec=dec");
    ra = positions(set, &dec);
    assert_true(ra[0] == 11 && isnan(ra[2]));
    assert_int_equal(gt_dataset_describe(set)->field_count, 2);
    gt_dataset_close(set);
    set = joined("id,ra,dec\na,999,999\nb,20,5\nc,20,95\n", NULL, NULL); /* two unknown */
    ra = positions(set, &dec);
    assert_true(ra[0] == 10 && ra[1] == 20 && dec[1] == 5 && ra[2] == 30);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "unknown positions: 2 (the first: ra 999, dec 999 in "
                                        "row 0 is no place on the sky)"));
    set = joined("id,ra,dec\na,400,1\n", NULL, NULL); /* no positions */
    assert_true(positions(set, &dec)[0] == 10);
    assert_true(value(set, "ra_2", 0).integer == 400);
    gt_dataset_close(set);
}

static void positions_may_be_hours(void **state) {
    const double *dec;
    write_pictures();
    gt_dataset *set = joined("id,RA,Dec\na,00:40:00.6,-00:30:36\nb,,\n", NULL, NULL);
    const double *ra = positions(set, &dec);
    assert_near(ra[0], 10.0025, 1e-12);
    assert_near(dec[0], -0.51, 1e-12);
    assert_true(ra[1] == 20);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "c.csv: hours, minutes and seconds are read as deg"));
    set = joined("id,RA,Dec\na,00:40:00.6,-00:30:36\nb,1:60:0,0:0:0\n", NULL, NULL);
    assert_true(positions(set, &dec)[0] == 10);
    gt_dataset_close(set);
}

static void units_of_angles_are_followed(void **state) {
    const double *ra, *dec, *sizes;
    size_t index;
    write_pictures();
    gt_dataset *set = joined("ra [hours],dec [rad],angular_size [arcmin],z\n"
                             "1.33333333333333333,0,1.5,7\n2,1.5707963267,,8\n",
                             "position", NULL);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &sizes, &err), err);
    assert_true(ra[1] == 20 && dec[1] == 0 && sizes[1] == 90 &&
                value(set, "z", 1).integer == 7);
    assert_true(ra[2] == 30 && fabs(dec[2] - 90) < 1e-4 && isnan(sizes[2]));
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "c.csv is in hours, and becomes degrees\n"));
    assert_non_null(strstr(report.note, "c.csv is in arcmin, and becomes arcsec\n"));
    set = joined("id,ra [h],dec [arcsec]\na,1,-999\nb,-99,7200\nc,2,7200\n", NULL, NULL);
    ra = positions(set, &dec);
    assert_true(ra[0] == 10 && dec[0] == 0 && ra[1] == 20 && ra[2] == 30 && dec[2] == 2);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "unknown positions: 2 (the first: ra 15, dec -999 in"));
    set = joined("id,angular_size [pix],ra (J2000)\na,3,4\n", NULL, NULL);
    assert_string_equal(field(set, "angular_size_2", &index)->unit, "pix");
    assert_int_equal(gt_dataset_describe(set)->columns & GT_COLUMN_SIZE, 0);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "is called 'angular_size_2': it is in pix, which"));
    gt_dataset_close(joined("id,ra\na,10:20:30\nb,10:61:30\n", NULL, NULL));
    assert_non_null(strstr(report.note, "is none of positions: line 3 has '10:61:30'"));
    assert_int_equal(join(TEXT("id,d [kpc]\na,1\n"), NULL, "angular_size=d"), GT_MISMATCH);
    assert_non_null(strstr(err.text, "c.csv: column 'd' is in kpc, expected a unit of angles"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(positions_of_both_are_told),
        TEST(positions_may_be_hours),
        TEST(units_of_angles_are_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
