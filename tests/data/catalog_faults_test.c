/* catalog_faults_test.c - what is wrong in a catalogue is named by line and column. */
#include "catalog_join.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(faults_are_named_by_line_and_column),
        TEST(too_many_columns_end_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
