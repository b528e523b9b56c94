/* Texts made of numbers. */
#include "text.h"

#include <string.h>

#include "gt_test.h"

static void counts(void **state) {
    static const struct {
        uint64_t count;
        const char *noun, *text;
    } cases[] = {{0, "image", "0 images"},        {1, "image", "1 image"},
                 {2, "image", "2 images"},        {1, "query", "1 query"},
                 {3, "query", "3 queries"},       {1, "class", "1 class"},
                 {2, "class", "2 classes"},       {5, "batch", "5 batches"},
                 {2, "epoch", "2 epochs"},        {2, "array", "2 arrays"},
                 {1, "more step", "1 more step"}, {4, "more step", "4 more steps"}};
    char text[GT_COUNTED_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(gt_text_counted(cases[i].count, cases[i].noun, text),
                            cases[i].text);
}

static void bytes_come_back(void **state) {
    static const char *const cases[][2] = {
        {"", ""},
        {"plain \\ text", "plain \\ text"},
        {"\\xce\\xa9 and \\xe2\\x80\\x93", "\xce\xa9 and \xe2\x80\x93"},
        {"a\\xf0\\x9f\\x92\\xab\\xc3\\xa9", "a\xf0\x9f\x92\xab\xc3\xa9"},
        {"a\\x0ab", "a\nb"},
        {"c\\x41 \\x7e", "c\\x41 \\x7e"}, /* nobody wrote these so */
        {"\\xe9 \\xce\\x41 \\xce\\xa", "\\xe9 \\xce\\x41 \\xce\\xa"},
        {"\\xCE\\xA9 \\x00 \\x", "\\xCE\\xA9 \\x00 \\x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[i][0]);
        gt_text_restore(text);
        assert_string_equal(text, cases[i][1]);
    }
}

static void words_are_those_of_a_shell(void **state) {
    static const char *const cases[][2] = {{"a.h5", "a.h5"},
                                           {"", "''"},
                                           {"z=-99,n=-999", "z=-99,n=-999"},
                                           {"Peak (mJy)=-999", "'Peak (mJy)=-999'"},
                                           {"it's", "'it'\\''s'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64] = "";
        FILE *stream = fmemopen(text, sizeof text, "w");
        assert_non_null(stream);
        gt_shell_word(stream, cases[i][0]);
        assert_int_equal(fclose(stream), 0);
        assert_string_equal(text, cases[i][1]);
    }
}

static void lines_to_type_have_their_file(void **state) {
    static const struct {
        const char *line, *path, *typed;
    } cases[] = {{"gunzip %s > a", "b c.gz", "gunzip 'b c.gz' > a"},
                 {"load(%p, 1)", "b 'c'\\.npy", "load('b \\'c\\'\\\\.npy', 1)"},
                 {"of all", "a", "of all"}};
    char typed[64], longest[GT_SHELL_TEXT + 8], word[GT_SHELL_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(gt_text_typed(cases[i].line, cases[i].path, typed, sizeof typed),
                            cases[i].typed);
    assert_string_equal(gt_text_typed("a %s b", "c d", typed, 6), "a 'c ");
    memset(longest, ' ', sizeof longest);
    for (size_t length = GT_SHELL_TEXT - 4; length < sizeof longest; length++) {
        longest[length] = 0;
        const char *got = gt_shell_text(longest, word);
        assert_int_equal(strlen(got), length + 2 < GT_SHELL_TEXT ? length + 2 : strlen("FILE"));
        longest[length] = ' ';
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts), cmocka_unit_test(words_are_those_of_a_shell),
        cmocka_unit_test(lines_to_type_have_their_file), cmocka_unit_test(bytes_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
