/* Texts, pictures and tables of the page, byte for byte. */
#include "page.h"
#include "pages.h"

/* What a function writes; yours. */
#define WRITTEN(call)                                   \
    ({                                                  \
        char *written_ = NULL;                          \
        size_t size_;                                   \
        FILE *page = open_memstream(&written_, &size_); \
        assert_non_null(page);                          \
        call;                                           \
        fclose(page);                                   \
        written_;                                       \
    })

static void texts_are_escaped(void **state) {
    static const struct {
        const char *text, *html;
    } cases[] = {
        {"", ""},
        {"flux density (mJy)", "flux density (mJy)"},
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"a & b &amp; c", "a &amp; b &amp;amp; c"},
        {"\" onerror='x'", "&quot; onerror=&#39;x&#39;"},
        {"two\nlines", "two\nlines"},
        {"a\rb\tc\x7f", "a\\x0db\\x09c\\x7f"},
        {"\x1b[31m", "\\x1b[31m"},
        {"3C\xc2\xa0"
         "31, \xce\xb1 = 5\xe2\x80\xb3",
         "3C\xc2\xa0"
         "31, \xce\xb1 = 5\xe2\x80\xb3"},
        {"\xf0\x9f\x8c\x8c", "\xf0\x9f\x8c\x8c"},
        {"na\xefve", "na\\xefve"},           /* Latin 1 */
        {"cut \xc3", "cut \\xc3"},           /* the end of a cut name */
        {"\xc0\xbc", "\\xc0\\xbc"},          /* < in too many bytes */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half a pair of UTF-16 */
        {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
        {"\xff\xfe<", "\\xff\\xfe&lt;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *html = WRITTEN(gt_html_text(page, cases[i].text));
        if (strcmp(html, cases[i].html) != 0) fail_msg("case %zu: %s", i, html);
        free(html);
    }
    char *command = WRITTEN(gt_html_command(page, "galatea search 'a & b' --out \"x\""));
    assert_string_equal(command,
                        "<pre class=\"command\"><code>galatea search &#39;a &amp; b&#39; "
                        "--out &quot;x&quot;</code></pre>\n");
    free(command);
}

/* The examples of RFC 4648, and all bytes there are. */
static void pictures_are_base64(void **state) {
    static const struct {
        const char *bytes, *digits;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"},
                 {"\xfb\xff\xfe", "+//+"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[128];
        const char *bytes = cases[i].bytes;
        snprintf(expected, sizeof expected,
                 "<img src=\"data:image/png;base64,%s\" alt=\"a &quot;b&quot;\">\n",
                 cases[i].digits);
        char *html = WRITTEN(gt_html_image(page, bytes, strlen(bytes), false, "a \"b\""));
        assert_string_equal(html, expected);
        free(html);
    }
}

static char *table_html(const char *csv, size_t most, uint64_t all) {
    gt_error err;
    gt_csv table = {0};
    assert_ok(gt_csv_parse(csv, strlen(csv), &table, &err), err);
    char *html = WRITTEN(gt_html_table(page, &table, most, all ? all : table.rows));
    gt_csv_free(&table);
    assert_well_formed(html);
    return html;
}

static void tables_are_shown(void **state) {
    static const struct {
        const char *csv, *text;
    } cases[] = {
        {"name,flux\n3C 31,12.5\n\"a, \"\"b\"\"\",-3\n",
         "name|flux|\n3C 31|12.5|\na, \"b\"|-3|\n"},
        {"a\n", "a|\n"}, /* no row yet */
        {"<b>,&\n<i>,&lt;\n", "<b>|&|\n<i>|&lt;|\n"},
        {"x\n0.123456789\n12345.6789012\n-0.000012345678\n",
         "x|\n0.12346|\n12346|\n-1.2346e-05|\n"},
        {"x\n1234567890\n1e-300000\n1.0\n0.1234567\n",
         "x|\n1234567890|\n1e-300000|\n1.0|\n0.12346|\n"},
        {"x\nNGC.1234567\nnan\ninf\n1.5.2024.11\n",
         "x|\nNGC.1234567|\nnan|\ninf|\n1.5.2024.11|\n"},
        {"ra,dec_image\n150.92631212,-2.0000000001\n",
         "ra|dec_image|\n150.926312|-2.000000|\n"},
        {"x,y\n,\n", "x|y|\n||\n"},
        {"x\r\n1\r\n", "x|\n1|\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *html = table_html(cases[i].csv, 10, 0), *text = table_text(html);
        if (strcmp(text, cases[i].text) != 0) fail_msg("case %zu: %s", i, text);
        assert_false(has(html, "The first"));
        free(text), free(html);
    }
}

/* Names stand above their numbers, also where the first is missing. */
static void numbers_are_to_the_right(void **state) {
    static const struct {
        const char *csv;
        bool is_right;
    } cases[] = {{"x\n1\n2\n", true},     {"x\n-1e5\n", true},     {"x,y\n,a\n2.5,b\n", true},
                 {"x\nname\n2\n", false}, {"x\n1\nname\n", false}, {"x,y\n,1\n", false},
                 {"x\n", false},          {"x\n1 2\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *html = table_html(cases[i].csv, 10, 0);
        if (has(html, "<th class=\"number\">x</th>") != cases[i].is_right)
            fail_msg("case %zu: %s", i, html);
        free(html);
    }
    char *html = table_html("x\n7\nname\n", 10, 0); /* cells go by themselves */
    assert_true(has(html, "<td class=\"number\">7</td>") && has(html, "<td>name</td>"));
    free(html);
}

static void long_tables_say_what_is_left_out(void **state) {
    char *html = table_html("x\n1\n2\n3\n", 2, 0), *text = table_text(html);
    assert_string_equal(text, "x|\n1|\n2|\n");
    assert_true(has(html, "The first 2 of 3 rows."));
    free(text), free(html);
    html = table_html("x\n1\n2\n3\n", 3, 0);
    assert_false(has(html, "The first"));
    free(html);
    html = table_html("x\n1\n2\n", 12, 20000000000ull); /* of a FITS file: its first rows */
    assert_true(has(html, "The first 2 of 20000000000 rows."));
    free(html);
}

/* Head and foot around nothing are a page already, which asks for nothing from elsewhere. */
static void head_and_foot_are_a_page(void **state) {
    char *html =
        WRITTEN((gt_html_head(page, "</title><b>&"), gt_html_foot(page, "rm -rf '<x>'")));
    assert_true(strncmp(html, "<!DOCTYPE html>\n<html lang=\"en\">", 31) == 0);
    assert_true(has(html, "<title>&lt;/title&gt;&lt;b&gt;&amp;</title>"));
    assert_true(has(html, "<h1>&lt;/title&gt;&lt;b&gt;&amp;</h1>"));
    assert_true(has(html, "<code>rm -rf &#39;&lt;x&gt;&#39;</code>"));
    assert_true(has(html, "default-src 'none'; img-src data:; style-src 'unsafe-inline'"));
    assert_false(has(html, "url(") || has(html, "@import") || has(html, "http:"));
    free(html);
    html = WRITTEN((gt_html_head(page, "t"), gt_html_foot(page, NULL)));
    assert_false(has(html, "This page was made by"));
    assert_well_formed(html);
    free(html);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(pictures_are_base64),
        cmocka_unit_test(tables_are_shown),
        cmocka_unit_test(numbers_are_to_the_right),
        cmocka_unit_test(long_tables_say_what_is_left_out),
        cmocka_unit_test(head_and_foot_are_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
