/* catalog_test.c - catalogues beside pictures: faults by line and column, and what is joined.
 */
#include "catalog.h"
#include "fields.h"

#include <fitsio.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/import.h"
#include "gt_test.h"
#include "table.h"
#include "temp_folder.h"

enum { PICTURES = 4 };

static gt_error err;
static gt_import_report report;
static const char *catalog_hdu; /* of the next joins */

/* Ids a and a blank, b.fits.fz, dir/c, none; positions (10,0), (20,0), (30,89.9999), none. */
static void write_pictures(void) {
    static const char *const ids[PICTURES] = {"a ", "b.fits.fz", "dir/c", NULL};
    static const double ra[PICTURES] = {10, 20, 30, NAN}, dec[PICTURES] = {0, 0, 89.9999, NAN};
    gt_dataset_writer *writer;
    gt_dataset_info info = gt_dataset_info_default();
    info.count = PICTURES;
    info.channels = info.height = info.width = 1;
    info.columns = GT_COLUMN_ID | GT_COLUMN_RA | GT_COLUMN_DEC;
    info.id_length = 9;
    const gt_field number = {.name = "number", .type = GT_FIELD_INTEGER};
    info.fields = &number;
    info.field_count = 1;
    assert_ok(gt_dataset_writer_create(in_folder("in.h5"), &info, &writer, &err), err);
    for (int i = 0; i < PICTURES; i++) {
        const gt_field_value value = {.integer = 100 + i};
        gt_dataset_row row = gt_dataset_row_default();
        row.id = ids[i];
        row.ra = ra[i];
        row.dec = dec[i];
        row.values = &value;
        assert_ok(gt_dataset_writer_append(writer, "x", &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static gt_status join(const char *csv, size_t size, const char *on, const char *column) {
    char in[600], out[600], catalog[600];
    snprintf(in, sizeof in, "%s", in_folder("in.h5"));
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    snprintf(catalog, sizeof catalog, "%s", in_folder("c.csv"));
    if (csv) write_file(catalog, csv, size);
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "hdf5";
    settings.out = out;
    settings.catalog = csv ? catalog : in_folder("c.fits");
    if (on) settings.on = on;
    settings.column = column;
    settings.catalog_hdu = catalog_hdu;
    return gt_import_run(&settings, in, NULL, NULL, NULL, &report, &err);
}

static gt_dataset *joined(const char *csv, const char *on, const char *column) {
    gt_dataset *set;
    assert_ok(join(csv, csv ? strlen(csv) : 0, on, column), err);
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    return set;
}

#define TEXT(text) text, sizeof text - 1

static const struct fault {
    const char *csv;
    size_t size;
    const char *text, *on, *column;
} faults[] = {
    /* the table */
    {TEXT(""), "an empty file"},
    {TEXT("id,z\n"), "a table without rows"},
    {TEXT("id,z\na,1\nb,2,3\n"), "line 3: 3 cells, expected 2"},
    {TEXT("id,z\na\n"), "line 2: 1 cell, expected 2"},
    {TEXT("id z\na 1\n"),
     "expected position or one of 'id z'; columns are separated by commas"},
    {TEXT("ra|dec\n1|2\n"), "no columns ra and dec; columns are separated by commas",
     "position"},
    {TEXT("id z\na 1,5\n"), "line 2: 2 cells, expected 1; columns are separated by commas"},
    {TEXT("id;z\na;1,5\n"), "line 2, column 'z': '1,5' has a decimal comma"},
    {TEXT("id,z\na,1,5\n"), "line 2: 3 cells, expected 2"},
    {TEXT("id,z\na,1\0\n"), "a zero byte"},
    {TEXT("id,z\na,\"1\nb,2\n"), "line 2: a quote that is not closed"},
    {TEXT("id,z\na,\"1\"2\n"), "line 2: text behind a closing quote"},
    {TEXT("id,Z,Z\na,1,2\n"), "columns 2 and 3 are both called 'Z'"},
    /* numbers */
    {TEXT("id,z\na,\"1,5\"\n"), "line 2, column 'z': '1,5' has a decimal comma"},
    {TEXT("id,z\na,1\nb,\"-0,25\"\n"), "line 3, column 'z': '-0,25' has a decimal comma"},
    {TEXT("id,ra,dec\na,400,0\n"), "line 2, column 'ra': '400', expected degrees", NULL,
     "ra=ra,dec=dec"},
    {TEXT("id,ra,dec\r\na,1,-99\r\nb,1,-90.5\r\n"), "line 3, column 'dec': '-90.5', expected",
     NULL, "dec=dec"},
    {TEXT("id,ra,dec\n\"a\nb\",,1\nb,361,0\n"), "line 4, column 'ra': '361'", NULL, "ra=ra"},
    /* objects */
    {TEXT("name,z\na,1\n"), "--on id: "},
    {TEXT("id,z\na,1\nb,1\na,2\n"),
     "line 4, column 'id': 'a', expected another name than that of "
     "line 2"},
    {TEXT("id,z\na,1\n a ,2\n"),
     "line 3, column 'id': 'a', expected another name than that of line "
     "2"},
    {TEXT("id,z\na,1\n"), "--on objid: ", "objid"},
    {TEXT("FR class,z\na,1\n"), "no such column, did you mean 'FR class'?", "FR clas"},
    {TEXT("FR class,z\na,1\n"), "expected position or one of 'FR class', 'z'", "name"},
    {TEXT("id,z\na,1\n"), "has no columns ra and dec", "position"},
    {TEXT("id,ra,dec\na,x,0\n"), "has no columns ra and dec", "position"},
    {TEXT("id,z\nx,1\ny,2\n"),
     "found in column 'id': the first is called 'a ', the first row 'x'"},
    {TEXT("ra,dec\n1,1\n"), "of its positions, the first is 'a '; --radius looks further",
     "position"},
    /* labels and splits */
    {TEXT("id,label\na,-2\n"), "line 2, column 'label': '-2', expected a class from 0 on"},
    {TEXT("id,label\na,1\nb,1.5\n"), "line 3, column 'label': '1.5', expected a class"},
    {TEXT("id,label\na,3000000000\n"), "column 'label': '3000000000', expected a class"},
    {TEXT("id,split\na,train\nb,trian\n"), "line 3, column 'split': 'trian', expected train"},
    {TEXT("id,split\na,3\n"), "line 2, column 'split': '3', expected train"},
    {TEXT("id,split\na,\n"), "line 2, column 'split': '', expected train"},
    /* new names */
    {TEXT("id,ans\na,1\n"), "no column 'anz', did you mean 'ans'?", NULL, "label=anz"},
    {TEXT("id,ans\na,1\n"), "--column label: expected NEW=OLD", NULL, "label"},
    {TEXT("id,ans\na,1\n"), "--column label=: expected NEW=OLD", NULL, "label="},
    {TEXT("id,ans\na,1\n"), "'class' is given twice", NULL, "label=ans,class=ans"},
    {TEXT("id,q\na,1\n"), "expected one of 'id', 'q', 'number'", NULL, "label=far_away"},
};

static void faults_are_named_by_line_and_column(void **state) {
    write_pictures();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct fault *f = &faults[i];
        gt_status status = join(f->csv, f->size, f->on, f->column);
        if (!status || !strstr(err.text, f->text))
            print_error("case %zu: '%s', expected '%s'\n", i, status ? err.text : "", f->text);
        assert_true(status == GT_BAD_FORMAT || status == GT_USAGE || status == GT_NOT_FOUND);
        assert_non_null(strstr(err.text, f->text));
        assert_null(strchr(err.text, '\n'));
        assert_int_equal(entries_in_folder(), 2); /* no output */
    }
}

static void too_many_columns_end_at_once(void **state) {
    enum { MANY = 1000000 };
    write_pictures();
    char *csv = malloc(2 * MANY);
    memset(csv, ',', 2 * MANY);
    memcpy(csv, "id", 2);
    assert_int_equal(join(csv, 2 * MANY, NULL, NULL), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "line 1: more than 10000 columns"));
    free(csv);
}

/* ---- what is joined ---- */

static const gt_field *field(gt_dataset *set, const char *name, size_t *index) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    *index = gt_field_find(info->fields, info->field_count, name);
    assert_true(*index < info->field_count);
    return &info->fields[*index];
}

static gt_field_value value(gt_dataset *set, const char *name, uint64_t row) {
    const gt_field_value *values;
    size_t index;
    field(set, name, &index);
    assert_ok(gt_dataset_values(set, row, &values, &err), err);
    return values[index];
}

static const double *positions(gt_dataset *set, const double **dec) {
    const double *ra;
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, dec, &err), err);
    return ra;
}

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

/* Words for nothing are no classes; among texts some of them are texts. */
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

static void names_may_differ_by_capitals(void **state) {
    write_pictures();
    gt_dataset *set = joined("id,z,Z,RA,ra\na,1.5,2,3,4\n", NULL, NULL);
    assert_true(value(set, "z", 0).real == 1.5 && value(set, "Z_2", 0).integer == 2);
    assert_non_null(strstr(report.note, "column 'Z' of "));
    assert_non_null(strstr(report.note, "c.csv is called 'Z_2'"));
    gt_dataset_close(set);
}

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

static void ecsv_tables_keep_what_they_say(void **state) {
    static const char ecsv[] =
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        "# - {name: id, datatype: string}\n"
        "# - {name: code, datatype: string, description: 'it''s, a\n"
        "#     code'}\n"
        "# - name: flux\n#   unit: mJy / beam\n#   datatype: float32\n"
        "#   description: peak\n#   meta: !!omap\n#   - {ucd: phot.flux.density}\n"
        "# - {name: n, datatype: int64}\n"
        "# - {name: pair, datatype: string, subtype: 'float64[2]'}\n"
        "# meta: !!omap\n# - {name: all of it}\n# schema: astropy-2.0\n"
        "id code flux n pair\na 007 2 3 [1.0,2.0]\n\"dir/c\" \"\" nan \"\" [0.0,1.0]\n";
    size_t index;
    write_pictures();
    gt_dataset *set = joined(ecsv, NULL, NULL);
    const gt_field *flux = field(set, "flux", &index);
    assert_int_equal(flux->type, GT_FIELD_REAL);
    assert_string_equal(flux->unit, "mJy / beam");
    assert_string_equal(flux->description, "peak");
    assert_string_equal(flux->ucd, "phot.flux.density");
    assert_string_equal(field(set, "code", &index)->description, "it's, a code");
    assert_string_equal(value(set, "code", 0).text, "007");
    assert_true(value(set, "n", 0).integer == 3 && isnan(value(set, "flux", 2).real));
    assert_true(value(set, "n", 2).integer == GT_FIELD_NO_INTEGER);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "not one value a row: 'pair' (float64[2])"));
}

static void other_separators_and_empty_lines_are_read(void **state) {
    static const char *const tables[] = {
        "id,z,q\na,1.5,\n\nc,2,\"x,\ny\"\n\r\n", "id;z;q\r\na;1.5;\r\nc;2;\"x,\ny\"\r\n",
        "id\tz\tq\na\t1.5\t\nc\t2\t\"x,\ny\"", "# id;z;q\na;1.5;\nc;2;\"x,\ny\""};
    write_pictures();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        gt_dataset *set = joined(tables[i], NULL, NULL);
        assert_true(value(set, "z", 0).real == 1.5 && value(set, "z", 2).real == 2);
        assert_string_equal(value(set, "q", 2).text, "x,\ny");
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

enum { FOREIGN = 12, FOREIGN_TEXT = 24 };

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

/* A table as other programs write it: rows "a" and "c". */
static void write_foreign_table(void) {
    static char names[FOREIGN][FOREIGN_TEXT] = {
        "id", "bits", "bit", "list", "vector", "texts", "big", "f", "n", "t", "min", "scaled"};
    static char forms[FOREIGN][FOREIGN_TEXT] = {"5A", "6X", "1X", "1PJ", "3E", "8A",
                                                "1K", "1E", "1J", "3A",  "1K", "1I"};
    static char cells[4][FOREIGN_TEXT] = {"a", "c", "nan", "u  "};
    static const char *const cards[] = {"TDIM6   = '(4,2)'", "TNULL9  = -99",
                                        "TZERO7  = 9223372036854775808", "TSCAL12 = 0.5",
                                        "TZERO12 = -1"};
    const char *description = "a description of more letters than one card has room for, which "
                              "goes on in further cards behind it";
    char *name[FOREIGN], *form[FOREIGN], bits[6] = {0, 1, 1}, path[600];
    char *ids[] = {cells[0], cells[1]}, *words[] = {cells[2], cells[3]};
    ULONGLONG large[2] = {UINT64_MAX, 7};
    LONGLONG least[2] = {INT64_MIN, INT64_MIN + 1};
    float reals[2] = {INFINITY, 0.5F};
    double scaled[2] = {1, 2};
    int numbers[2] = {-99, 5}, fault = 0;
    fitsfile *fits = NULL;
    for (int i = 0; i < FOREIGN; i++) name[i] = names[i];
    for (int i = 0; i < FOREIGN; i++) form[i] = forms[i];
    snprintf(path, sizeof path, "!%s", in_folder("c.fits"));
    fits_create_file(&fits, path, &fault);
    fits_create_tbl(fits, BINARY_TBL, 0, FOREIGN, name, form, NULL, "TABLE", &fault);
    fits_write_key_longstr(fits, "TCOMM9", description, NULL, &fault);
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        fits_write_record(fits, cards[i], &fault);
    fits_set_hdustruc(fits, &fault);
    fits_write_col(fits, TSTRING, 1, 1, 1, 2, ids, &fault);
    fits_write_col_bit(fits, 2, 1, 1, 6, bits, &fault);
    fits_write_col_bit(fits, 3, 1, 1, 1, bits + 1, &fault);
    fits_write_col(fits, TULONGLONG, 7, 1, 1, 2, large, &fault);
    fits_write_col(fits, TFLOAT, 8, 1, 1, 2, reals, &fault);
    fits_write_col(fits, TINT, 9, 1, 1, 2, numbers, &fault);
    fits_write_col(fits, TSTRING, 10, 1, 1, 2, words, &fault);
    fits_write_col(fits, TLONGLONG, 11, 1, 1, 2, least, &fault);
    fits_write_col(fits, TDOUBLE, 12, 1, 1, 2, scaled, &fault);
    fits_create_tbl(fits, BINARY_TBL, 0, 1, name, form, NULL, "OTHER", &fault);
    fits_close_file(fits, &fault);
    assert_int_equal(fault, 0);
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

static void foreign_fits_columns_come_whole_or_are_named(void **state) {
    size_t index;
    write_pictures();
    write_foreign_table();
    gt_dataset *set = joined(NULL, NULL, NULL);
    static const char *const notes[] = {
        "has 2 tables (1 'TABLE', 2 'OTHER'), of which the first is taken; --catalog-hdu",
        "not one value a row: 'bits' (6X), 'list' (1P), 'vector' (3E), 'texts' (8A)",
        "column 'big' of ",
        "is kept as texts: row 0 has '18446744073709551615', beyond 2^63 - 1",
        "without a value: 1 in 'f' (as 'inf'), 1 in 't' (as 'nan'), 1 in 'min' (as "
        "'-9223372036854775808')"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (!strstr(report.note, notes[i]))
            fail_msg("'%s' is not in: %s", notes[i], report.note);
    assert_true(value(set, "bit", 0).integer == 1 && value(set, "bit", 2).integer == 0);
    assert_string_equal(value(set, "big", 0).text, "18446744073709551615");
    assert_true(isnan(value(set, "f", 0).real) && value(set, "f", 2).real == 0.5);
    assert_true(value(set, "n", 0).integer == GT_FIELD_NO_INTEGER);
    assert_true(value(set, "n", 2).integer == 5);
    assert_string_equal(value(set, "t", 2).text, "u");
    assert_true(value(set, "min", 0).integer == GT_FIELD_NO_INTEGER);
    assert_true(value(set, "min", 2).integer == INT64_MIN + 1);
    assert_true(value(set, "scaled", 0).real == 1 && value(set, "scaled", 2).real == 2);
    assert_non_null(strstr(field(set, "n", &index)->description, "further cards behind it"));
    gt_dataset_close(set);
}

/* HDUs 1 OBJECTS (version 1), 2 an image, 3 OBJECTS (version 2), 4 NOTES: the number in "z" is
 * the HDU. */
static void write_tables(void) {
    static const char *const called[] = {"OBJECTS", NULL, "OBJECTS", "NOTES"};
    char id[] = "a", von[] = "M\xe9rope", z[] = "z", name_of_von[] = "von", id_name[] = "id";
    char letter[] = "1A", whole[] = "K", letters[] = "8A", *cells[] = {id, von};
    char *name[] = {id_name, z, name_of_von}, *form[] = {letter, whole, letters};
    char path[600];
    fitsfile *fits;
    int fault = 0;
    long sides[] = {2, 2};
    snprintf(path, sizeof path, "!%s", in_folder("c.fits"));
    fits_create_file(&fits, path, &fault);
    for (int i = 0; i < 4; i++) {
        int version = i == 2 ? 2 : 1;
        LONGLONG number = i + 1;
        if (called[i] == NULL) {
            fits_create_img(fits, BYTE_IMG, 2, sides, &fault);
            continue;
        }
        fits_create_tbl(fits, BINARY_TBL, 0, 3, name, form, NULL, called[i], &fault);
        fits_update_key(fits, TINT, "EXTVER", &version, NULL, &fault);
        fits_write_col(fits, TSTRING, 1, 1, 1, 1, &cells[0], &fault);
        fits_write_col(fits, TLONGLONG, 2, 1, 1, 1, &number, &fault);
        fits_write_col(fits, TSTRING, 3, 1, 1, 1, &cells[1], &fault);
    }
    fits_close_file(fits, &fault);
    assert_int_equal(fault, 0);
}

static void one_of_several_tables_is_chosen(void **state) {
    static const struct {
        const char *hdu;
        int64_t z;
    } cases[] = {{NULL, 1},    {"1", 1},       {"3", 3},        {"4", 4},
                 {"notes", 4}, {"OBJECTS", 1}, {"objects,2", 3}};
    write_pictures();
    write_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        catalog_hdu = cases[i].hdu;
        gt_dataset *set = joined(NULL, NULL, NULL);
        assert_int_equal(value(set, "z", 0).integer, cases[i].z);
        bool is_told = strstr(report.note, "3 tables (1 'OBJECTS', 3 'OBJECTS', 4 'NOTES')");
        assert_int_equal(is_told, catalog_hdu == NULL);
        gt_dataset_close(set);
    }
    static const struct {
        const char *csv, *hdu, *why;
    } wrong[] = {{NULL, "2", "no binary table 2, it has 1 'OBJECTS', 3 'OBJECTS', 4 'NOTES'"},
                 {NULL, "SCI", "no binary table SCI, it has 1 'OBJECTS'"},
                 {"id,z\na,1\n", "1", "c.csv: no FITS file, of which --catalog-hdu takes a"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *csv = wrong[i].csv;
        catalog_hdu = wrong[i].hdu;
        assert_int_not_equal(join(csv, csv ? strlen(csv) : 0, NULL, NULL), GT_OK);
        assert_non_null(strstr(err.text, wrong[i].why));
    }
    catalog_hdu = NULL;
}

static void texts_that_are_no_utf8_are_read_as_latin1(void **state) {
    write_pictures();
    gt_dataset *set =
        joined("id,von,gr\xf6\xdf\na,M\xe9rope,1\nb,\xc3\xa9t\xe9 \x93x\x94,2\n", NULL, NULL);
    assert_string_equal(value(set, "von", 0).text, "M\u00e9rope");
    assert_string_equal(value(set, "von", 1).text, "\u00e9t\u00e9 \u201cx\u201d");
    assert_true(value(set, "gr\u00f6\u00df", 1).integer == 2);
    assert_non_null(strstr(report.note, "is not all UTF-8: 6 bytes of its texts are read as"));
    gt_dataset_close(set);
    write_tables();
    set = joined(NULL, NULL, NULL);
    assert_string_equal(value(set, "von", 0).text, "M\u00e9rope");
    assert_non_null(strstr(report.note, "1 byte of its texts is read as Latin-1"));
    gt_dataset_close(set);
    set = joined("id,von\na,M\u00e9rope\n", NULL, NULL);
    assert_null(strstr(report.note, "Latin-1"));
    gt_dataset_close(set);
}

static void tables_of_other_kinds_are_named(void **state) {
    static const struct {
        const char *bytes, *words;
    } cases[] = {{"<?xml version='1.0'?>", "a VOTable, which is not read; stilts tcopy in="},
                 {"PAR1....", "Parquet, which is not read; in Python: "},
                 {"PK\3\4....", "a zip archive, as of a spreadsheet; save its table as CSV"},
                 {"\x1f\x8b....", "packed by gzip; gunzip -k "},
                 {"\\fixlen = T\n|id|\n", "an IPAC table, which is not read; in Python: "},
                 {"|id|z|\n", "a table between bars, as of IPAC, which is not read; in"},
                 {"\xff\xfei\0d", "a text in UTF-16; iconv -f UTF-16 -t UTF-8 "}};
    write_pictures();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(join(cases[i].bytes, strlen(cases[i].bytes), NULL, NULL),
                         GT_UNSUPPORTED);
        assert_non_null(strstr(err.text, cases[i].words));
    }
}

static void fits_tables_keep_what_they_say(void **state) {
    static const gt_table_column columns[] = {
        {"id", GT_TABLE_TEXT},
        {"flux", GT_TABLE_FLOAT, "mJy", "peak", "phot.flux"},
        {"n", GT_TABLE_INT},
        {"all_whole", GT_TABLE_REAL}};
    gt_table *table;
    size_t index;
    write_pictures();
    assert_ok(gt_table_create(columns, 4, &table, &err), err);
    const gt_cell rows[2][4] = {
        {gt_cell_text("a"), gt_cell_float(0.1f), gt_cell_empty(), gt_cell_real(2)},
        {gt_cell_text("b"), gt_cell_empty(), gt_cell_int(INT64_MAX), gt_cell_real(3)}};
    for (int i = 0; i < 2; i++) assert_ok(gt_table_append(table, rows[i], &err), err);
    assert_ok(gt_table_write(table, in_folder("c.fits"), NULL, &err), err);
    gt_table_destroy(table);
    gt_dataset *set = joined(NULL, NULL, NULL);
    const gt_field *flux = field(set, "flux", &index);
    assert_string_equal(flux->unit, "mJy");
    assert_string_equal(flux->description, "peak");
    assert_string_equal(flux->ucd, "phot.flux");
    assert_int_equal(field(set, "all_whole", &index)->type, GT_FIELD_REAL);
    assert_true((float)value(set, "flux", 0).real == 0.1f && isnan(value(set, "flux", 1).real));
    assert_true(value(set, "n", 0).integer == GT_FIELD_NO_INTEGER);
    assert_true(value(set, "n", 1).integer == INT64_MAX);
    gt_dataset_close(set);
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
        TEST(faults_are_named_by_line_and_column),
        TEST(too_many_columns_end_at_once),
        TEST(types_follow_from_all_cells),
        TEST(rows_are_found_by_id_and_told),
        TEST(a_class_names_the_number_of_its_label),
        TEST(numbers_for_none_are_told),
        TEST(ids_may_have_another_name_in_the_catalogue),
        TEST(rows_are_found_by_a_column_of_both),
        TEST(rows_are_found_by_position),
        TEST(positions_of_both_are_told),
        TEST(positions_may_be_hours),
        TEST(units_of_angles_are_followed),
        TEST(names_may_differ_by_capitals),
        TEST(missing_texts),
        TEST(names_tell_units),
        TEST(round_brackets_tell_units_too),
        TEST(ecsv_tables_keep_what_they_say),
        TEST(one_of_several_tables_is_chosen),
        TEST(texts_that_are_no_utf8_are_read_as_latin1),
        TEST(tables_of_other_kinds_are_named),
        TEST(other_separators_and_empty_lines_are_read),
        TEST(columns_without_a_name_are_told),
        TEST(ids_of_64_bits_are_exact),
        TEST(foreign_fits_columns_come_whole_or_are_named),
        TEST(fits_tables_keep_what_they_say),
        TEST(columns_beyond_the_most_are_told),
        TEST(true_and_false_are_numbers),
        TEST(another_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
