/* Cards of FITS headers: values of every form, and sizes. */
#include "fits_header.h"

#include "fits_maker.h"
#include "gt_test.h"

static gt_fits_cards cards_of(fits_bytes *f, const char *const *lines) {
    *f = (fits_bytes){0};
    for (; *lines; lines++) fits_card(f, "%s", *lines);
    return (gt_fits_cards){f->bytes, f->length / GT_FITS_CARD};
}

static void values_of_every_form_are_found(void **state) {
    static const char *const lines[] = {"COMMENT   OBJECT  = 'no'",
                                        "OBJECT  = 'NGC 1068 '         / its name",
                                        "OBJECT  = 'a second one'",
                                        "OWNER   = 'O''Hara / Co'",
                                        "EMPTY   = ''",
                                        "UNDEF   =                    / not given",
                                        "NOVALUE   1",
                                        "EXPTIME =                 30.5/ s",
                                        "WIDE    = 1.5D-3",
                                        "NARROW  =1",
                                        "SIGNED  = +7",
                                        "FLAG    =                    T",
                                        "HIERARCH ESO TEL AIRM START = 1.25 / airmass",
                                        "HIERARCH LONGKEYWORD= 'x'",
                                        "OPEN    = 'no end",
                                        NULL};
    static const struct {
        const char *key, *text;
        bool is_text;
    } expected[] = {{"OBJECT", "NGC 1068", true}, {"OWNER", "O'Hara / Co", true},
                    {"EMPTY", "", true},          {"EXPTIME", "30.5", false},
                    {"WIDE", "1.5D-3", false},    {"SIGNED", "+7", false},
                    {"FLAG", "T", false},         {"ESO TEL AIRM START", "1.25", false},
                    {"LONGKEYWORD", "x", true},   {"OPEN", "no end", true}};
    static const char *const absent[] = {"UNDEF",   "NOVALUE",      "OBJEC", "OBJECTS",
                                         "COMMENT", "ESO TEL AIRM", "ESO",   "LONGKEYWORDS"};
    fits_bytes f;
    gt_fits_value value;
    const gt_fits_cards cards = cards_of(&f, lines);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(gt_fits_find(&cards, expected[i].key, &value));
        assert_string_equal(value.text, expected[i].text);
        assert_int_equal(value.is_text, expected[i].is_text);
    }
    static const char *const comments[][2] = {{"OBJECT", "its name"},
                                              {"OWNER", ""},
                                              {"EXPTIME", "s"},
                                              {"UNDEF", "not given"},
                                              {"ESO TEL AIRM START", "airmass"},
                                              {"NONE", ""}};
    for (size_t i = 0; i < sizeof comments / sizeof *comments; i++) {
        char comment[GT_FITS_VALUE];
        gt_fits_comment(&cards, comments[i][0], comment);
        assert_string_equal(comment, comments[i][1]);
    }
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_false(gt_fits_find(&cards, absent[i], &value));
    free_fits(&f);
}

static void numbers_are_whole_and_finite(void **state) {
    static const char *const lines[] = {
        "A1      = +7",  "A2      = 1.5D-3", "A3      = '7'", "A4      = 1E400",
        "A5      = nan", "A6      = 7.0",    "B       = T",   NULL};
    fits_bytes f;
    gt_fits_value value;
    gt_error err;
    int64_t whole;
    double real = 3;
    const gt_fits_cards cards = cards_of(&f, lines);
    for (size_t i = 1; i <= 6; i++) {
        assert_true(gt_fits_find_number(&cards, "A", i, &value));
        assert_int_equal(gt_fits_to_int(&value, &whole), i == 1);
        assert_int_equal(gt_fits_to_real(&value, &real), i == 1 || i == 2 || i == 6);
    }
    assert_ok(gt_fits_whole(&cards, "A", 1, 0, 7, &whole, &err), err);
    assert_int_equal(whole, 7);
    assert_int_equal(gt_fits_whole(&cards, "A", 1, 0, 6, &whole, &err), GT_BAD_FORMAT);
    assert_string_equal(err.text, "A1 is +7, expected a whole number from 0 to 6");
    assert_int_equal(gt_fits_whole(&cards, "A", 9, 0, 6, &whole, &err), GT_BAD_FORMAT);
    assert_string_equal(err.text, "no A9 in its header");
    assert_ok(gt_fits_real(&cards, "NONE", &real, &err), err);
    assert_true(real == 7);
    assert_int_equal(gt_fits_real(&cards, "A4", &real, &err), GT_BAD_FORMAT);
    assert_true(gt_fits_is_true(&cards, "B"));
    assert_false(gt_fits_is_true(&cards, "A1"));
    free_fits(&f);
}

/* Random groups count from the second axis on; a table has its heap behind it. */
static void sizes_are_those_of_the_standard(void **state) {
    static const char *const groups[] = {"BITPIX  = -32", "NAXIS   = 3", "NAXIS1  = 0",
                                         "NAXIS2  = 5",   "NAXIS3  = 2", "GROUPS  = T",
                                         "PCOUNT  = 3",   "GCOUNT  = 7", NULL};
    static const char *const table[] = {"BITPIX  = 8",  "NAXIS   = 2",   "NAXIS1  = 12",
                                        "NAXIS2  = 10", "PCOUNT  = 100", NULL};
    static const char *const none[] = {"BITPIX  = 8", "NAXIS   = 0", NULL};
    static const struct {
        const char *const *lines;
        uint64_t bytes;
    } rows[] = {{groups, 4 * 7 * (3 + 10)}, {table, 220}, {none, 0}};
    for (size_t i = 0; i < 3; i++) {
        fits_bytes f;
        uint64_t bytes = 1;
        gt_error err;
        const gt_fits_cards cards = cards_of(&f, rows[i].lines);
        assert_ok(gt_fits_data_bytes(&cards, &bytes, &err), err);
        assert_int_equal(bytes, rows[i].bytes);
        free_fits(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_form_are_found),
        cmocka_unit_test(numbers_are_whole_and_finite),
        cmocka_unit_test(sizes_are_those_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
