/* What lies beside a run and comes of it, also through codes and maps of codes; and nothing
 * else.
 */
#include "pages.h"

static gt_error err;

static void put_empty_run(const char *folder) {
    put_run(folder, "kind,step,loss\n", "seed = 1\n");
}

/* The page of "run" alone; yours. */
static char *page_of_run(void) {
    return page_of(PATHS("run"));
}

/* What an input of the record may be called, for the run in the folder "run". */
static void runs_are_known_by_their_last_name(void **state) {
    static const struct {
        const char *input;
        bool is_related;
    } cases[] = {
        {"run", true},
        {"run/", true},
        {"/far/away/run//", true},
        {"run/best.safetensors", true},
        {"../x/run/last.safetensors", true},
        {"runs", false},
        {"run2", false},
        {"a-run", false},
        {"run/codes.h5", false},
        {"run.safetensors", false},
        {"Run", false},
        {"", false},
        {"/", false},
        {"best.safetensors", false},
    };
    put_empty_run("run");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char inputs[128];
        snprintf(inputs, sizeof inputs, "\"%s\": \"00\"", cases[i].input);
        put_png("a.png", record_of("galatea sample", "", inputs));
        free(page_of_run());
        if (counted.figures != cases[i].is_related) fail_msg("%s", cases[i].input);
    }
}

/* run -> codes -> map -> map of the map; results of each are found, in any order of names. */
static void records_are_followed_through_sets(void **state) {
    put_empty_run("run");
    put_codes("z.h5", record_of("galatea encode", "", "\"run\": 1, \"sky.h5\": 2"));
    put_codes("m.hdf5", record_of("galatea embed", "", "\"z.h5\": 1"));
    put_codes("a.h5", record_of("galatea embed", "", "\"deep/m.hdf5\": 1"));
    put_codes("sky.h5", record_of("galatea data synth", "", ""));
    put_codes("pixels.h5", record_of("galatea embed", "", "\"sky.h5\": 1"));
    put_png("1.png", record_of("galatea embed", "", "\"z.h5\": 1"));
    put_png("2.png", record_of("galatea embed", "", "\"m.hdf5\": 1"));
    put_table("3.fits", record_of("galatea density", "", "\"a.h5\": 1"));
    put_text("4.json",
             record_of("galatea classify", "", "\"z.h5\": 1")); /* no result of ours */
    put_png("5.png", record_of("galatea embed", "", "\"pixels.h5\": 1"));
    put_png("6.png", record_of("galatea embed", "", "\"sky.h5\": 1"));
    char *html = page_of_run();
    assert_true(has(html, "1.png") && has(html, "2.png") && has(html, "3.fits"));
    assert_false(has(html, "4.json") || has(html, "5.png") || has(html, "6.png"));
    assert_int_equal(counted.figures, 2);
    assert_int_equal(counted.tables, 1);
    free(html);
}

/* Records that name each other, or themselves, end. */
static void circles_end(void **state) {
    put_empty_run("run");
    put_codes("a.h5", record_of("galatea embed", "", "\"b.h5\": 1, \"a.h5\": 1"));
    put_codes("b.h5", record_of("galatea embed", "", "\"a.h5\": 1"));
    put_png("a.png", record_of("galatea embed", "", "\"a.h5\": 1"));
    free(page_of_run());
    assert_int_equal(counted.figures, 0); /* neither comes of the run */
    put_codes("b.h5", record_of("galatea embed", "", "\"a.h5\": 1, \"run\": 1"));
    free(page_of_run());
    assert_int_equal(counted.figures, 1);
}

/* CSV files carry no record: one that a related record names as its output comes with it. */
static void tables_come_with_what_names_them(void **state) {
    static const char *const options[] = {"out", "figure", "table"};
    put_empty_run("run");
    for (int i = 0; i < 3; i++) {
        char said[64], name[32];
        snprintf(name, sizeof name, "%s.csv", options[i]);
        snprintf(said, sizeof said, "\"%s\": \"x/%s\"", options[i], name);
        put_table(name, NULL);
        snprintf(name, sizeof name, "%s.png", options[i]);
        put_png(name, record_of("galatea search", said, "\"run\": 1"));
    }
    put_table("foreign.csv", NULL);
    put_table("query.csv", NULL);
    put_png("q.png", record_of("galatea search", "\"query\": \"query.csv\"", "\"run\": 1"));
    char *html = page_of_run(), *section = section_of(html, "similarity");
    assert_int_equal(counted.tables, 3);
    for (int i = 0; i < 3; i++) {
        char heading[32];
        snprintf(heading, sizeof heading, "<h3>%s.csv</h3>", options[i]);
        assert_non_null(strstr(section, heading));
    }
    assert_false(has(html, "foreign.csv") || has(html, "query.csv"));
    free(section), free(html);
}

/* Nobody named what is damaged here: it stops nothing, and is not remarked upon. */
static void damage_beside_a_run_is_passed_over(void **state) {
    put_empty_run("run");
    put_text("a.png", "no picture");
    put_text("b.json", "{");
    put_text("c.fits", "");
    put_text("d.h5", "no set");
    put_text("bad.csv", "a,b\n1\n");
    put_png("e.png", "{\"inputs\": {\"run\": 1}"); /* a record cut short */
    put_png("f.png", "{\"inputs\": [\"run\"]}");   /* inputs of another form */
    put_png("g.png", record_of("galatea search", "\"out\": \"bad.csv\"", "\"run\": 1"));
    assert_int_equal(symlink("nowhere.png", "h.png"), 0);
    assert_int_equal(mkdir("i.png", 0755), 0);
    char *html = page_of_run();
    assert_int_equal(counted.figures, 1);
    assert_int_equal(counted.tables, 0);
    assert_true(has(html, "g.png"));
    assert_string_equal(remarks, "");
    free(html);
}

/* Codes inside the run's folder name its results beside it; those of another run stay away. */
static void each_run_has_its_own(void **state) {
    put_empty_run("run");
    put_empty_run("other");
    put_codes("run/codes.h5", record_of("galatea encode", "", "\"run\": 1"));
    put_png("mine.png", record_of("galatea embed", "", "\"codes.h5\": 1"));
    put_png("theirs.png", record_of("galatea sample", "", "\"other\": 1"));
    char *html = page_of_run();
    assert_int_equal(counted.figures, 1);
    assert_true(has(html, "mine.png"));
    free(html);
    free(page_of(PATHS("run", "other")));
    assert_int_equal(counted.figures, 2);
    assert_int_equal(counted.runs, 2);
}

/* Under another name, from inside, or by a link, it is the same run; nothing counts twice. */
static void every_way_leads_to_the_run(void **state) {
    char *html[2];
    put_empty_run("run");
    put_png("a.png", record_of("galatea sample", "", "\"run\": 1"));
    put_png("b.png", record_of("galatea sample", "", "\"alias\": 1")); /* as it was typed */
    assert_int_equal(symlink("run", "alias"), 0);
    html[0] = page_of(PATHS("./run/"));
    assert_int_equal(counted.figures, 1);
    html[1] = page_of(PATHS("alias"));
    assert_int_equal(counted.figures, 2);
    free(html[0]), free(html[1]);
    assert_int_equal(chdir("run"), 0);
    assert_ok(write_page_of(PATHS("."), &err), err);
    assert_int_equal(counted.figures, 1);
    assert_int_equal(chdir(".."), 0);
    free(page_of(PATHS("run", "a.png", "run")));
    assert_int_equal(counted.figures, 1);
}

static void put_sweeps(void) {
    static const char *const folders[] = {"s", "s/glow", "s/gan"};
    for (int i = 0; i < 3; i++) assert_int_equal(mkdir(folders[i], 0755), 0);
    put_empty_run("s/glow/A-60");
    put_empty_run("s/gan/A-60");
    put_empty_run("run_glow"); /* so that results here are looked at */
}

/* Runs of one name in other folders are others, wherever their path was typed from. */
static void namesakes_are_other_runs(void **state) {
    char home[PATH_MAX], far[PATH_MAX + 20], near[PATH_MAX + 20];
    put_sweeps();
    assert_non_null(getcwd(home, sizeof home));
    snprintf(near, sizeof near, "\"%s/s/glow/A-60/\": 1", home);
    snprintf(far, sizeof far, "\"%s/s/gan/A-60\": 1", home);
    const char *const theirs[] = {"\"s/gan/A-60/best.safetensors\": 1", "\"s/gan/A-60\": 1",
                                  far, "\"./s/glow/../gan/A-60\": 1"};
    const char *const ours[] = {"\"s/glow/A-60/last.safetensors\": 1", "\"s/glow/A-60\": 1",
                                near, "\"elsewhere/A-60\": 1", "\"A-60\": 1"};
    for (size_t i = 0; i < 9; i++) {
        put_table("t.fits", record_of("galatea score", "", i < 4 ? theirs[i] : ours[i - 4]));
        free(page_of(PATHS("s/glow/A-60", "run_glow")));
        if (counted.tables != (i >= 4)) fail_msg("%s", i < 4 ? theirs[i] : ours[i - 4]);
    }
    /* in the sweep's own folder a bare name is the run beside the file */
    put_png("s/gan/x.png", record_of("galatea sample", "", "\"A-60\": 1"));
    put_png("s/gan/y.png", record_of("galatea sample", "", "\"s/glow/A-60\": 1"));
    char *html = page_of(PATHS("s/gan/A-60"));
    assert_int_equal(counted.figures, 1);
    assert_true(has(html, "x.png"));
    free(html);
}

static void namesakes_are_other_sets(void **state) {
    put_empty_run("run");
    put_empty_run("other");
    put_codes("run/codes.h5", record_of("galatea encode", "", "\"run\": 1"));
    put_codes("other/codes.h5", record_of("galatea encode", "", "\"other\": 1"));
    put_png("mine.png", record_of("galatea embed", "", "\"run/codes.h5\": 1"));
    put_png("theirs.png", record_of("galatea embed", "", "\"other/codes.h5\": 1"));
    char *html = page_of_run();
    assert_int_equal(counted.figures, 1);
    assert_true(has(html, "mine.png"));
    free(html);
    html = page_of(PATHS("other"));
    assert_int_equal(counted.figures, 1);
    assert_true(has(html, "theirs.png"));
    free(html);
}

/* A table lies where the figure of its command lies, when both were written into one folder. */
static void namesakes_are_other_tables(void **state) {
    static const char options[] = "\"figure\": \"a/f.png\", \"out\": \"a/t.csv\"";
    put_empty_run("run");
    put_png("run/f.png", record_of("galatea search", options, "\"run\": 1"));
    put_table("t.csv", NULL);
    free(page_of_run());
    assert_int_equal(counted.figures, 1);
    assert_int_equal(counted.tables, 0);
    put_png("f.png", record_of("galatea search", options, "\"run\": 1"));
    free(page_of_run());
    assert_int_equal(counted.tables, 1);
    /* a figure that was called otherwise since says no place */
    assert_int_equal(rename("run/f.png", "run/g.png"), 0);
    unlink("f.png");
    free(page_of_run());
    assert_int_equal(counted.tables, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGED(runs_are_known_by_their_last_name),
        PAGED(records_are_followed_through_sets),
        PAGED(circles_end),
        PAGED(tables_come_with_what_names_them),
        PAGED(damage_beside_a_run_is_passed_over),
        PAGED(each_run_has_its_own),
        PAGED(every_way_leads_to_the_run),
        PAGED(namesakes_are_other_runs),
        PAGED(namesakes_are_other_sets),
        PAGED(namesakes_are_other_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
