/* What must not happen to a figure: markup or commands out of texts, half a file, a silent
 * failure.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "gnuplot.h"
#include "spy.h"

static gt_error err;
static const double ramp[] = {1, 2, 3, 4};

static gt_status draw(const char *path, const char *provenance) {
    const gt_figure figure = {.provenance = provenance};
    const gt_line line = {"a", 4, NULL, ramp, GT_LINE_SOLID};
    return gt_figure_lines(path, &figure, &line, 1, &err);
}

/* Where numbers cannot be written, the reason is told, and nothing stays behind. */
static void a_full_disk(void **state) {
    enum { POINTS = 100000 };
    struct rlimit all, little;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    little = all;
    little.rlim_cur = 4096;
    double *values = calloc(POINTS, sizeof *values);
    for (size_t i = 0; i < POINTS; i++) values[i] = (double)i;
    const gt_line line = {"a", POINTS, NULL, values, GT_LINE_SOLID};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    gt_status status = gt_figure_lines(in_folder("a.svg"), &(gt_figure){0}, &line, 1, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    assert_int_equal(status, GT_IO);
    assert_non_null(strstr(err.text, "a.svg: writing numbers to "));
    assert_non_null(strstr(err.text, strerror(EFBIG)));
    assert_int_equal(access(in_folder("a.svg"), F_OK), -1);
    free(values);
}

/* Every byte that could mean something to gnuplot is three octal digits. */
static void texts_are_quoted(void **state) {
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"", "\"\""},
        {"flux (mJy/beam), z=0.5: a+b-c_1", "\"flux (mJy/beam), z=0.5: a+b-c_1\""},
        {"'", "\"\\047\""},
        {"\"", "\"\\042\""},
        {"\\", "\"\\134\""},
        {"a\\nb", "\"a\\134nb\""},
        {"a\nb", "\"a\\134x0ab\""}, /* shown as \x0a: one line stays one */
        {"@macro", "\"\\100macro\""},
        {"`ls`", "\"\\140ls\\140\""},
        {"$(ls)", "\"\\044(ls)\""},
        {"%s", "\"\\045s\""},
        {"{/Bold x}^2", "\"\\173/Bold x\\175\\1362\""},
        {"a;b#c!d", "\"a\\073b\\043c\\041d\""},
        {"\xc3\xa9", "\"\\303\\251\""}, /* UTF-8 stays itself */
        {"\xf0\x9f\x8c\x8c", "\"\\360\\237\\214\\214\""},
        {"\xff\xc3", "\"\\134xff\\134xc3\""}, /* what is not UTF-8 is shown */
        {"\xed\xa0\x80", "\"\\134xed\\134xa0\\134x80\""},
        {"\x1b[0m\x7f\t", "\"\\134x1b\\1330m\\134x7f\\134x09\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = NULL;
        size_t size;
        FILE *stream = open_memstream(&got, &size);
        gt_gnuplot_text(stream, cases[i].text);
        fclose(stream);
        assert_string_equal(got, cases[i].quoted);
        free(got);
    }
}

/* The ending alone decides; letters of any case. */
static void endings_are_forms(void **state) {
    static const struct {
        const char *path, *kind;
    } cases[] = {{"a.png", "png"},     {"a.PDF", "pdf"}, {"d.pdf/a.Svg", "svg"},
                 {"a.png.svg", "svg"}, {"a.jpg", NULL},  {"png", NULL},
                 {"a.pngx", NULL},     {"", NULL},       {"a.png/b", NULL},
                 {".png", NULL},       {"a.eps", NULL},  {"a.svgz", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *kind = gt_figure_kind(cases[i].path);
        if (!kind != !cases[i].kind || (kind && strcmp(kind, cases[i].kind) != 0))
            fail_msg("%s: %s", cases[i].path, kind ? kind : "none");
    }
    static const struct {
        const char *path, *terminal;
    } forms[] = {{"a.png", " pngcairo noenhanced size 1417,945 "},
                 {"a.pdf", " pdfcairo noenhanced size 4.7244in,3.1496in "},
                 {"a.svg", " svg noenhanced dynamic size 454,302 "}};
    for (int i = 0; i < 3; i++) { /* 12 x 8 cm in dots of 1/300 and 1/96 inch, and in inches */
        (void)!draw(in_folder(forms[i].path), NULL);
        const char *terminal = told("set terminal", 0);
        if (strncmp(terminal, forms[i].terminal, strlen(forms[i].terminal)) != 0)
            fail_msg("%s", terminal);
    }
}

/* A place where nothing can be written is said before anything is drawn. */
static void places_are_looked_at_first(void **state) {
    static const struct {
        const char *name, *sentence;
        gt_status status;
    } cases[] = {
        {"a.gif", "its name must end in .png, .pdf or .svg", GT_USAGE},
        {"a", "its name must end in .png, .pdf or .svg", GT_USAGE},
        {"none/a.png", "none/a.png", GT_NOT_FOUND},
        {"folder.png", "folder.png", GT_IO},
        {"kept.svg", "kept.svg", GT_IO},
        {"kept.svg/a.pdf", "kept.svg/a.pdf", GT_NOT_FOUND},
    };
    assert_int_equal(mkdir(in_folder("folder.png"), 0755), 0);
    write_file(in_folder("kept.svg"), "old", 3);
    assert_int_equal(chmod(in_folder("kept.svg"), 0444), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_status status = draw(in_folder(cases[i].name), NULL);
        if (status != cases[i].status || !strstr(err.text, cases[i].sentence))
            fail_msg("%s: %d, %s", cases[i].name, (int)status, err.text);
        assert_null(strchr(err.text, '\n'));
        assert_int_equal(gt_figure_check_path(in_folder(cases[i].name), &err), status);
        assert_int_equal(access(in_folder("script"), F_OK), -1);
    }
    char *kept = load_text("kept.svg");
    assert_string_equal(kept, "old");
    free(kept);
    assert_int_equal(entries_in_folder(), 3);
    assert_ok(gt_figure_check_path(in_folder("new.PNG"), &err), err);
    assert_int_equal(entries_in_folder(), 3); /* a look leaves nothing */
}

/* However gnuplot fails: one line with its words, the figure that was there stays, nothing else
 * does. */
static void failures_are_one_line(void **state) {
    static const struct {
        const char *program, *sentence;
        gt_status status;
    } cases[] = {
        {"#!/bin/sh\nexit 1\n", "a.svg: gnuplot failed and said: nothing", GT_IO},
        {"#!/bin/sh\necho one; echo two >&2; echo; exit 1\n", "failed and said: two", GT_IO},
        {"#!/bin/sh\nprintf '<svg></svg>' >figure; echo late; exit 2\n", "said: late", GT_IO},
        {"#!/bin/sh\nkill -9 $$\n", "gnuplot failed and said: nothing", GT_IO},
        {"#!/bin/sh\nexit 0\n", "gnuplot failed and said: nothing",
         GT_IO}, /* no figure at all */
        {"#!/bin/sh\n: >figure\n", "gnuplot failed and said: nothing",
         GT_IO}, /* an empty one */
        {"#!/bin/sh\necho no picture >figure\n", "gnuplot wrote no SVG", GT_BAD_FORMAT},
        {"#!/bin/sh\nprintf '<svg width=1' >figure\n", "gnuplot wrote no SVG", GT_BAD_FORMAT},
    };
    write_file(in_folder("a.svg"), "old", 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pretend_gnuplot(cases[i].program);
        gt_status status = draw(in_folder("a.svg"), "{}");
        if (status != cases[i].status || !strstr(err.text, cases[i].sentence))
            fail_msg("case %zu: %d, %s", i, (int)status, err.text);
        assert_null(strchr(err.text, '\n'));
        char *kept = load_text("a.svg");
        assert_string_equal(kept, "old");
        free(kept);
        assert_int_equal(entries_in_folder(), 2); /* it and the program */
    }
    pretend_gnuplot("#!/nonexistent/shell\n");
    for (int i = 0; i < 2; i++) {
        setenv("PATH", in_folder(i ? "nowhere" : "bin"), 1);
        assert_int_equal(draw(in_folder("b.svg"), NULL), GT_NOT_FOUND);
        assert_non_null(
            strstr(err.text, "b.svg: the program gnuplot was not found; install it"));
        assert_int_equal(entries_in_folder(), 2);
    }
}

/* What PNG and PDF cannot be is not taken for one either. */
static void other_forms_are_looked_at(void **state) {
    pretend_gnuplot("#!/bin/sh\necho no picture >figure\n");
    assert_int_equal(draw(in_folder("a.png"), "{}"), GT_BAD_FORMAT);
    assert_int_equal(entries_in_folder(), 1);
}

/* Without a folder to work in: a sentence that names it. */
static void no_room_for_the_script_is_said(void **state) {
    setenv("TMPDIR", in_folder("none"), 1);
    assert_int_equal(draw(in_folder("a.svg"), NULL), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "none/galatea-figure-"));
    assert_int_equal(entries_in_folder(), 1);
}

/* ---- records inside ---- */

static OUT_OF_LINE char *marked(const char *kind, const char *bytes, const char *provenance,
                                size_t *size) {
    char *copy = strdup(bytes);
    *size = strlen(bytes);
    assert_ok(gt_figure_add_provenance(kind, provenance, &copy, size, &err), err);
    return copy;
}

static void svg_descriptions_are_text(void **state) {
    size_t size;
    char *svg =
        marked("svg", "<?xml?><svg a='1'><g/></svg>", "</desc><script>&\x01 \xc3\xa9", &size);
    const char expected[] = "<?xml?><svg a='1'>\n<desc>&lt;/desc&gt;&lt;script&gt;&amp;\\x01 "
                            "\xc3\xa9</desc><g/></svg>";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(svg, expected, size);
    free(svg);
    svg = marked("svg", "<svg></svg>", NULL, &size);
    assert_memory_equal(svg, "<svg></svg>", size);
    free(svg);
}

/* The appended part of a PDF: offsets lead to what they name, and the dates are gone. */
static void pdf_updates_lead_to_their_parts(void **state) {
    static const char plain[] =
        "%PDF-1.5\n1 0 obj\n<< /CreationDate (D:2020(a)) >>\nendobj\n"
        "xref\n0 2\ntrailer\n<< /Size 2 /Root 7 0 R >>\nstartxref\n61\n%%EOF\n";
    size_t size;
    unsigned object;
    long cross, place;
    char *pdf = marked("pdf", plain, "\xc3\xa9(\xf0\x9f\x8c\x8c\xff", &size);
    assert_null(memmem(pdf, size, "CreationDate", 12));
    assert_memory_equal(pdf + sizeof plain - 1 - 20, plain + sizeof plain - 1 - 20, 20);
    const char *last = pdf + sizeof plain - 1;
    assert_int_equal(sscanf(strstr(last, "startxref"), "startxref %ld", &cross), 1);
    assert_int_equal(sscanf(pdf + cross, "xref\n%u 1\n%ld", &object, &place), 2);
    assert_int_equal(object, 2);
    assert_int_equal(strncmp(pdf + place, "2 0 obj\n", 8), 0);
    assert_non_null(strstr(last, "/Size 3 /Root 7 0 R /Info 2 0 R /Prev 61"));
    assert_non_null(strstr(last, "/Subject <FEFF00E90028D83CDF0CFFFD>")); /* UTF-16 */
    free(pdf);
    pdf = marked("pdf", "%PDF-1.7 of another library", "{}", &size); /* stays as it is */
    assert_string_equal(pdf, "%PDF-1.7 of another library");
    free(pdf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(texts_are_quoted),
        SPIED(a_full_disk),
        SPIED(endings_are_forms),
        SPIED(places_are_looked_at_first),
        SPIED(failures_are_one_line),
        SPIED(other_forms_are_looked_at),
        SPIED(no_room_for_the_script_is_said),
        TEST(svg_descriptions_are_text),
        TEST(pdf_updates_lead_to_their_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
