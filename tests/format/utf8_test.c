/* UTF-8: what is and what is none, and Latin-1 made to it. */
#include "utf8.h"

#include <stdlib.h>

#include "gt_test.h"

static void wrong_bytes_are_no_utf8(void **state) {
    static const char *const right[] = {"", "abc", "\u00e9", "\u20ac", "\U0001f30c"};
    static const char *const wrong[] = {
        "\xe9", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_true(gt_utf8_valid((const uint8_t *)right[i], strlen(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(gt_utf8_valid((const uint8_t *)wrong[i], strlen(wrong[i])));
}

static void latin1_becomes_utf8(void **state) {
    static const struct {
        const char *in, *out;
        size_t count;
    } cases[] = {{"", NULL, 0},
                 {"M\u00e9rope \U0001f30c", NULL, 0},
                 {"M\xe9rope", "M\u00e9rope", 1},
                 {"\xff\xe9", "\u00ff\u00e9", 2},
                 {"\u00e9\xe9\u00e9", "\u00e9\u00e9\u00e9", 1},
                 {"\x80 \x93x\x94", "\u20ac \u201cx\u201d", 3},
                 {"\xe2\x82", "\u00e2\u201a", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text;
        size_t length;
        assert_int_equal(gt_utf8_from_latin1(cases[i].in, strlen(cases[i].in), &text, &length),
                         cases[i].count);
        if (cases[i].out == NULL) {
            assert_null(text);
            continue;
        }
        assert_string_equal(text, cases[i].out);
        assert_int_equal(length, strlen(text));
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_bytes_are_no_utf8),
        cmocka_unit_test(latin1_becomes_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
