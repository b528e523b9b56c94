/* Which file goes into which part of the page, in what order; what is left out, and what is
 * refused. */
#include <fcntl.h>

#include "pages.h"

static gt_error err;

/* ---- parts ---- */

static const struct {
    const char *command, *anchor;
} placed[] = {
    {"galatea reconstruct", "reconstructions"},
    {"galatea embed", "maps"},
    {"galatea importance", "importance"},
    {"galatea search", "similarity"},
    {"galatea sample vdvae", "samples"},
    {"galatea sample", "samples"},
    {"galatea density", "density"},
    {"galatea classify", "classification"},
    {"galatea compare", "classification"},
    {"galatea novelty", "novelty"},
    {"galatea data show", "sets"},
    {"galatea morph", "morphology"},
    {"galatea corner", "corner"},
    {"galatea denoise", "denoising"},
    {"galatea twins glow", "twins"},
    {"galatea invert", "latents"},
    {"galatea score", "scores"},
    {"galatea judge", "verdicts"},
    {"galatea data views", "further"},
    {"galatea embedding", "further"}, /* begins like one */
    {"embed", "further"},
    {"", "further"},
};

static const char *const anchors[] = {
    "training",  "reconstructions", "maps",    "importance", "similarity", "samples",
    "density",   "classification",  "novelty", "sets",       "morphology", "corner",
    "denoising", "twins",           "latents", "scores",     "verdicts",   "further"};
enum { ANCHORS = sizeof anchors / sizeof *anchors };

/* A figure and a table of each command stand in its part and in no other. */
static void the_record_says_where(void **state) {
    for (size_t i = 0; i < sizeof placed / sizeof *placed; i++) {
        put_png("a.png", record_of(placed[i].command, "", ""));
        put_table("a.fits", record_of(placed[i].command, "", ""));
        char *html = page_of(PATHS("a.png", "a.fits"));
        for (int a = 0; a < ANCHORS; a++) {
            char *section = section_of(html, anchors[a]);
            bool is_there = strcmp(anchors[a], placed[i].anchor) == 0;
            if (!section != !is_there) fail_msg("%s: %s", placed[i].command, anchors[a]);
            if (is_there) assert_true(has(section, "a.png") && has(section, "a.fits"));
            free(section);
        }
        free(html);
    }
}

/* The paper's order, whatever the order of the names; numbers of figures follow the page. */
static void parts_stand_in_the_papers_order(void **state) {
    char *html[2];
    put_run("run", "kind,step,loss\n", "");
    put_png("0.png", record_of("galatea reconstruct", "", ""));
    put_png("1.png", record_of("galatea sample", "", ""));
    put_png("2.png", record_of("galatea novelty", "", ""));
    put_png("3.png", NULL);
    html[0] = page_of(PATHS("3.png", "2.png", "run", "1.png", "0.png"));
    html[1] = page_of(PATHS("run", "0.png", "1.png", "2.png", "3.png"));
    assert_string_equal(html[0], html[1]);
    const char *at = html[0];
    for (int a = 0; a < ANCHORS; a++) { /* in the list of contents, then as sections */
        char link[64];
        snprintf(link, sizeof link, "<a href=\"#%s\">", anchors[a]);
        const char *found = strstr(html[0], link);
        char *section = section_of(html[0], anchors[a]);
        assert_true(!found == !section);
        if (found) assert_true(found > at);
        if (found) at = found;
        free(section);
    }
    for (int i = 0; i < 4; i++) {
        char caption[64];
        snprintf(caption, sizeof caption, "<b>Figure %d.</b> <span>%d.png</span></figcaption>",
                 i + 1, i);
        const char *found = strstr(html[0], caption);
        if (!found || found < at) fail_msg("%s is not in its place", caption);
        at = found;
    }
    free(html[0]), free(html[1]);
}

/* Below a figure its words, escaped, then its file; drawn ones are as wide as their letters
 * want.
 */
static void figures_have_captions(void **state) {
    put_png("<m>.png", record_of("galatea importance",
                                 "\"target\": \"z&\", \"trees\": 9, \"figure\": \"m.png\"",
                                 "\"<c>.h5\": \"1\""));
    put_png("s.png", record_of("galatea sample", "\"seed\": 4, \"out\": \"s.png\"", ""));
    char *html = page_of(PATHS("<m>.png", "s.png"));
    assert_true(has(html, "<b>Figure 1.</b> Mean value of each component of the codes of "
                          "&lt;c&gt;.h5, and below its importance for a forest of 9 regression "
                          "trees that tells z&amp;. <span>&lt;m&gt;.png</span></figcaption>"));
    assert_true(has(html, "<b>Figure 2.</b> Pictures drawn from the model with seed 4; none of "
                          "these galaxies exists. <span>s.png</span></figcaption>"));
    char *drawn = section_of(html, "importance"), *sheet = section_of(html, "samples");
    assert_true(has(drawn, "<figure class=\"plot\">") && has(drawn, " width=\"0\">"));
    assert_false(has(sheet, "class=\"plot\"") || has(sheet, " width="));
    free(drawn), free(sheet), free(html);
}

/* In a part: figures first, each kind in the order of the names, with the command once. */
static void figures_stand_before_tables(void **state) {
    const char *record = record_of("galatea search", "\"out\": \"deep/m.csv\"", "");
    put_table("m.csv", NULL);
    put_png("b.png", record);
    put_png("a.png", record_of("galatea search", "", ""));
    put_table("other.fits", record_of("galatea search", "", ""));
    char *html = page_of(PATHS("m.csv", "b.png", "other.fits", "a.png"));
    char *section = section_of(html, "similarity");
    const char *order[] = {"b.png", "a.png", "<h3>m.csv</h3>", "<h3>other.fits</h3>"};
    for (int i = 0; i < 4; i++) assert_non_null(strstr(section, order[i]));
    for (int i = 1; i < 4; i++)
        assert_true(strstr(section, order[i]) > strstr(section, order[i - 1]));
    int commands = 0; /* of two figures; the tables' stand with them */
    for (const char *at = section; (at = strstr(at, "class=\"command\"")); at++) commands++;
    assert_int_equal(commands, 2);
    assert_int_equal(counted.figures, 2);
    assert_int_equal(counted.tables, 2);
    assert_true(has(html, "<p class=\"meta\">0 runs, 2 figures, 2 tables</p>"));
    free(section), free(html);
}

/* ---- files ---- */

static void every_kind_is_shown(void **state) {
    put_table("<t>.csv", NULL);
    put_table("t.fits", NULL);
    put_table("u.FIT", record_of("galatea density", "", ""));
    put_text("r.json", "{\"b\": [1, \"<x>\"], \"a\": 2.5}");
    put_png("p&q.png", NULL);
    char *html = page_of(PATHS("<t>.csv", "t.fits", "u.FIT", "r.json", "p&q.png"));
    char *further = section_of(html, "further"), *text = table_text(further);
    assert_string_equal(text, "name|flux|\n3C <31>|12.25|\nname|fluxmJy|\n3C <31>|12.25|\n");
    assert_true(has(further, "flux<span class=\"unit\">mJy</span>"));
    assert_true(has(further, "<h3>&lt;t&gt;.csv</h3>") && has(further, "p&amp;q.png"));
    assert_true(has(further, "<summary>JSON</summary>\n<pre>{\n  &quot;b&quot;: [\n    1,\n    "
                             "&quot;&lt;x&gt;&quot;\n  ],\n  &quot;a&quot;: 2.5\n}</pre>"));
    assert_true(has(html, "data:image/png;base64,iVBORw0KGgo")); /* the signature of PNG */
    free(text), free(further);
    char *density = section_of(html, "density");
    assert_true(has(density, "u.FIT") && has(density, "<code>galatea density --said</code>"));
    free(density), free(html);
}

/* FITS files without a table, as images are, are named; rows behind the hundredth are counted.
 */
static void fits_files_of_others_are_named(void **state) {
    static const struct {
        const char *head;
        gt_status status;
    } cases[] = {{"SIMPLE  =                    T", GT_OK},
                 {"SIMPLE   ", GT_BAD_FORMAT},
                 {"", GT_BAD_FORMAT},
                 {"\x89PNG\r\n\x1a\n", GT_BAD_FORMAT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char block[2881];
        snprintf(block, sizeof block, "%-80s%-80s%-80s%-2640s", cases[i].head,
                 "BITPIX  =                    8", "NAXIS   =                    0", "END");
        write_file("image.fits", block, i == 2 ? 0 : 2880);
        gt_status status = write_page_of(PATHS("image.fits"), &err);
        if (status != cases[i].status) fail_msg("case %zu: %d", i, (int)status);
    }
    assert_non_null(strstr(err.text, "image.fits is no FITS file"));
}

/* What is named and is no result stops the page, in one line, and leaves the old one. */
static void what_is_named_must_be_a_result(void **state) {
    static const struct {
        const char *name, *bytes, *sentence;
        gt_status status;
    } cases[] = {
        {"gone.png", NULL, "gone.png", GT_NOT_FOUND},
        {"gone", NULL, "gone", GT_NOT_FOUND},
        {"a.txt", "x", "a.txt: not a result; expected a folder, .png, .csv, .fits or .json",
         GT_BAD_FORMAT},
        {"page", "x", "page: not a result", GT_BAD_FORMAT},
        {"a.png", "no picture", "a.png", GT_BAD_FORMAT},
        {"b.png", "", "b.png", GT_BAD_FORMAT},
        {"a.csv", "a,b\n1,2\n3\n", "a.csv: line 3: 1 cell, expected 2", GT_BAD_FORMAT},
        {"b.csv", "a,b\n1,\"2\n", "b.csv", GT_BAD_FORMAT}, /* half a row in quotes */
        {"c.csv", "", "c.csv", GT_BAD_FORMAT},
        {"a.json", "{\"a\": 1", "a.json, line 1", GT_BAD_FORMAT},
        {"b.json", "{\"a\": 1, \"a\": 2}", "b.json, line 1", GT_BAD_FORMAT},
        {"c.json", "{\"a\": NaN}", "c.json, line 1", GT_BAD_FORMAT},
        {"d.json", "", "d.json, line 1", GT_BAD_FORMAT},
    };
    put_text("page.html", "old");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].bytes) put_text(cases[i].name, cases[i].bytes);
        gt_status status = write_page_of(PATHS(cases[i].name), &err);
        if (status != cases[i].status || !strstr(err.text, cases[i].sentence))
            fail_msg("%s: %d, %s", cases[i].name, (int)status, err.text);
        assert_null(strchr(err.text, '\n'));
    }
    char *kept = load_text("page.html");
    assert_string_equal(kept, "old");
    free(kept);
    assert_string_equal(remarks, "");
}

static void damaged_pictures_are_refused(void **state) {
    char *bytes = NULL;
    size_t size;
    put_png("a.png", record_of("galatea embed", "", ""));
    assert_ok(gt_file_load("a.png", 1 << 20, &bytes, &size, &err), err);
    for (size_t cut = 0; cut < size; cut += 9) { /* also behind the record */
        write_file("cut.png", bytes, cut);
        assert_int_equal(write_page_of(PATHS("cut.png"), &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "cut.png"));
    }
    bytes[60] ^= 1; /* in the record, which its checksum guards */
    write_file("bad.png", bytes, size);
    assert_int_equal(write_page_of(PATHS("bad.png"), &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "bad.png"));
    free(bytes);
}

/* ---- folders ---- */

static void folders_give_what_galatea_wrote(void **state) {
    assert_int_equal(mkdir("all", 0755), 0);
    assert_int_equal(mkdir("all/empty", 0755), 0);
    put_png("all/own.png", record_of("galatea embed", "", ""));
    put_png("all/foreign.png", "made by hand");
    put_png("all/tool.png", record_of("other embed", "", ""));
    put_png("all/.hidden.png", record_of("galatea embed", "", ""));
    put_table("all/t.csv", NULL);
    put_table("all/foreign.fits", NULL);
    put_text("all/half.csv", "a,b\n1\n");
    put_text("all/cut.png", "");
    put_text("all/notes.txt", "x");
    put_run("all/run", "kind,step,loss\n", "");
    put_run("all/empty/deep", "kind,step,loss\n", ""); /* two steps down: not looked for */
    char *html = page_of(PATHS("all"));
    assert_int_equal(counted.runs, 1);
    assert_int_equal(counted.figures, 1);
    assert_int_equal(counted.tables, 1);
    assert_int_equal(counted.skipped, 7); /* with the settings of the run */
    assert_true(has(html, "own.png") && has(html, "t.csv") && has(html, "<h3>all/run</h3>"));
    free(html);
    static const char *const left[] = {
        "left out: all/cut.png", "left out: all/half.csv: line 2",
        "left out: all/foreign.png was not written by galatea",
        "left out: all/foreign.fits was not", "left out: all/tool.png"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (!strstr(remarks, left[i])) fail_msg("no remark: %s", left[i]);
    assert_false(has(remarks, "hidden") || has(remarks, "notes"));
    html = page_of(PATHS("all/foreign.png", "all")); /* named, it counts; and once */
    assert_int_equal(counted.figures, 2);
    free(html);
}

static void empty_folders_are_no_page(void **state) {
    assert_int_equal(mkdir("empty", 0755), 0);
    assert_int_equal(write_page_of(PATHS("empty"), &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "page.html: no run and no result in what was named");
    assert_int_equal(write_page_of(NULL, 0, &err), GT_BAD_ARGUMENT);
    put_text("empty/notes.txt", "x");
    assert_int_equal(write_page_of(PATHS("empty"), &err), GT_BAD_ARGUMENT);
    assert_int_equal(access("page.html", F_OK), -1);
}

static void nothing_is_shown_twice(void **state) {
    assert_int_equal(mkdir("all", 0755), 0);
    put_png("all/a.png", record_of("galatea embed", "", ""));
    put_run("all/run", "kind,step,loss\n", "");
    assert_int_equal(symlink("all/a.png", "link.png"), 0);
    assert_int_equal(link("all/a.png", "hard.png"), 0);
    assert_int_equal(symlink("all", "way"), 0);
    free(page_of(
        PATHS("all/a.png", "./all/a.png", "link.png", "hard.png", "all", "way", "way/run")));
    assert_int_equal(counted.figures, 1);
    assert_int_equal(counted.runs, 1);
}

/* ---- the page itself ---- */

static void pages_stand_alone(void **state) {
    put_png("a.png", record_of("galatea embed", "", ""));
    put_run("run", "kind,step,loss\n", "data = http://x/\"y\"\n");
    put_text("t.csv", "url\n<a href='http://x'>\n");
    char *html = page_of(PATHS("a.png", "run", "t.csv"));
    for (const char *at = html; (at = strstr(at, "=\"")); at++) { /* what attributes lead to */
        bool leads = !strncmp(at - 4, "href", 4) || !strncmp(at - 3, "src", 3);
        if (leads) assert_true(at[2] == '#' || !strncmp(at + 2, "data:image/png;", 15));
    }
    assert_false(has(html, "<script") || has(html, "<link") || has(html, "<a href='"));
    assert_true(has(html, "<p class=\"note\">This page was made by</p>"));
    free(html);
}

static void equal_files_give_equal_pages(void **state) {
    put_png("a.png", record_of("galatea embed", "", ""));
    put_table("t.fits", record_of("galatea search", "", ""));
    put_run("run", "kind,step,loss,learning_rate\nstep,0,1,1\nstep,1,2,1\n", "seed = 1\n");
    char *first = page_of(PATHS("run", "a.png", "t.fits"));
    assert_int_equal(utimensat(AT_FDCWD, "a.png", (struct timespec[2]){{1, 0}, {1, 0}}, 0), 0);
    char *second = page_of(PATHS("run", "a.png", "t.fits"));
    assert_string_equal(first, second);
    free(first), free(second);
}

static void pages_without_a_place_are_refused(void **state) {
    const char *const paths[] = {"a.png"};
    const gt_report_request request = {.paths = paths, .count = 1};
    put_png("a.png", NULL);
    assert_int_equal(gt_report_write("none/page.html", &request, &counted, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "none/page.html"));
    assert_int_equal(mkdir("page.html", 0755), 0);
    assert_int_equal(gt_report_write("page.html", &request, &counted, &err), GT_IO);
    assert_non_null(strstr(err.text, "page.html"));
}

/* Without gnuplot a run has no curves, and a page that says nothing of it would mislead. */
static void curves_need_gnuplot(void **state) {
    put_run("run", "kind,step,loss\nstep,0,1\nstep,1,2\n", "");
    pretend_gnuplot("#!/bin/sh\necho out of ink; exit 1\n");
    int before = entries_in_folder();
    assert_int_equal(write_page_of(PATHS("run"), &err), GT_IO);
    assert_non_null(strstr(err.text, "gnuplot failed and said: out of ink"));
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(write_page_of(PATHS("run"), &err), GT_NOT_FOUND);
    assert_int_equal(entries_in_folder(), before); /* no page, no folders of drawings */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGED(the_record_says_where),
        PAGED(parts_stand_in_the_papers_order),
        PAGED(figures_have_captions),
        PAGED(figures_stand_before_tables),
        PAGED(every_kind_is_shown),
        PAGED(fits_files_of_others_are_named),
        PAGED(what_is_named_must_be_a_result),
        PAGED(damaged_pictures_are_refused),
        PAGED(folders_give_what_galatea_wrote),
        PAGED(empty_folders_are_no_page),
        PAGED(nothing_is_shown_twice),
        PAGED(pages_stand_alone),
        PAGED(equal_files_give_equal_pages),
        PAGED(pages_without_a_place_are_refused),
        PAGED(curves_need_gnuplot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
