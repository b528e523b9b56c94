/* Folders of sweeps on a page: their figures of all models and sizes in the papers' order, of
 * each model the run that learned most, and what is left out. */
#include "pages.h"

static const char log_of_run[] = "kind,step,loss,learning_rate\nstep,0,5,1\n";

static void put_figure(const char *path) {
    put_png(path, record_of("galatea twins glow", "", ""));
}

/* Of models "diffusion" of sizes 9 and 100, and "glow" of 100. */
static void put_sweep(void) {
    static const char *const folders[] = {
        "s", "s/diffusion", "s/glow", "s/diffusion/N-9", "s/glow/N-100", "s/subsets"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        assert_int_equal(mkdir(folders[i], 0755), 0);
    put_text("s/twins.json", "{\"subset_seed\": 1, \"rows\": ["
                             "{\"model\": \"diffusion\", \"size\": 9, \"epochs\": 2}, "
                             "{\"model\": \"diffusion\", \"size\": 100}, "
                             "{\"model\": \"glow\", \"size\": 100}, "
                             "{\"model\": \"../away\", \"size\": 100}]}");
    put_text("s/twins.csv", "model,size\ndiffusion,9\n");
    put_text("s/config", "seed = 1\n");
    static const char *const figures[] = {"s/diffusion/cosine_centred.png",
                                          "s/morphology-9.png",
                                          "s/glow/N-100/scores.png",
                                          "s/diffusion/cosine.png",
                                          "s/pictures-100.png",
                                          "s/glow/N-100/new.png",
                                          "s/diffusion/denoising.png",
                                          "s/glow/cosine.png",
                                          "s/diffusion/a.png",
                                          "s/glow/N-100/inversion.png",
                                          "s/morphology-100.png",
                                          "s/mine.png",
                                          "s/diffusion/morphology.png",
                                          "s/glow/N-100/verdict_pixels.png",
                                          "s/glow/N-100/verdict_centred.png"};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) put_figure(figures[i]);
    put_text("s/glow/N-100/inversion.csv", "a\n1\n");
    put_run("s/diffusion/A-9", log_of_run, "seed = 1\n");
    put_run("s/diffusion/A-100", log_of_run, "seed = 2\n");
    put_run("s/diffusion/B-100", log_of_run, "seed = 3\n");
    assert_int_equal(mkdir("s/glow/A-100", 0755), 0); /* has not begun */
    mkdir("away", 0755);
    put_figure("away/cosine.png");
}

/* The caption of that number behind `from`, when it names that file; NULL else. */
static const char *caption_of(const char *from, size_t number, const char *file) {
    char begin[40], end[100];
    snprintf(begin, sizeof begin, "<b>Figure %zu.</b>", number);
    snprintf(end, sizeof end, "<span>%s</span></figcaption>", file);
    const char *at = strstr(from, begin), *ends = at ? strstr(at, "</figcaption>") : NULL;
    const char *named = at ? strstr(at, end) : NULL;
    return named && named < ends ? at : NULL;
}

static void figures_stand_in_the_papers_order(void **state) {
    static const char *const order[] = {"pictures-100.png",
                                        "morphology-9.png",
                                        "morphology-100.png",
                                        "diffusion/denoising.png",
                                        "diffusion/cosine.png",
                                        "diffusion/cosine_centred.png",
                                        "diffusion/morphology.png",
                                        "diffusion/a.png",
                                        "glow/cosine.png",
                                        "glow/N-100/inversion.png",
                                        "glow/N-100/scores.png",
                                        "glow/N-100/verdict_centred.png",
                                        "glow/N-100/verdict_pixels.png",
                                        "glow/N-100/new.png",
                                        "mine.png"};
    enum { FIGURES = sizeof order / sizeof *order };
    put_sweep();
    char *html = page_of(PATHS("s")), *section = section_of(html, "twins");
    const char *at = section;
    for (size_t i = 0; i < FIGURES; i++) {
        at = caption_of(at, i + 1, order[i]);
        if (!at) fail_msg("figure %zu is not %s: %s", i + 1, order[i], section);
    }
    assert_int_equal(counted.figures, FIGURES);
    assert_int_equal(counted.tables, 1); /* twins.json for all of them */
    assert_false(has(html, "twins.csv") || has(html, "inversion.csv") || has(html, "away/"));
    free(section);
    char *slash = page_of(PATHS("s/"));
    assert_string_equal(slash, html);
    free(slash), free(html);
}

/* Figures of one command that follow each other show it once. */
static void commands_stand_once(void **state) {
    size_t count = 0;
    put_sweep();
    put_png("s/glow/cosine.png", record_of("galatea twins other", "", ""));
    char *html = page_of(PATHS("s"));
    for (const char *at = html; (at = strstr(at, "galatea twins glow --said")); at++) count++;
    assert_int_equal(count, 2);
    assert_true(has(html, "galatea twins other --said"));
    free(html);
}

static void the_largest_run_of_each_model(void **state) {
    put_sweep();
    char *html = page_of(PATHS("s")), *section = section_of(html, "training");
    assert_int_equal(counted.runs, 1);
    assert_true(has(section, "diffusion/A-100") && has(section, "seed 2"));
    free(section), free(html);
    html = page_of(PATHS("s/diffusion/A-9", "s")); /* one that is named is there, too */
    assert_int_equal(counted.runs, 2);
    free(html);
}

/* Files that are named, and folders of runs that are no sweep, are shown as ever. */
static void what_is_named_is_shown(void **state) {
    put_sweep();
    char *html = page_of(PATHS("s", "s/twins.csv", "s/glow/N-100/inversion.csv"));
    assert_true(has(html, "<h3>twins.csv</h3>") && has(html, "<h3>inversion.csv</h3>"));
    assert_int_equal(counted.tables, 3);
    free(html);
    put_text("s/twins.json", "{\"subset_seed\": 1}");
    html = page_of(PATHS("s"));
    assert_int_equal(counted.figures, 4);
    assert_true(has(remarks, "left out: s/twins.json was not written by galatea"));
    assert_true(has(html, "<h3>twins.csv</h3>"));
    free(html);
}

/* Damage in a sweep stops nothing and is told; what the sweep has not made yet is no damage. */
static void damage_in_a_sweep(void **state) {
    put_sweep();
    put_text("s/diffusion/cosine.png", "no picture");
    put_text("s/mine.json", "{");
    unlink("s/diffusion/A-100/config"); /* no run any more */
    char *html = page_of(PATHS("s"));
    assert_int_equal(counted.figures, 14);
    assert_int_equal(counted.tables, 1);
    assert_int_equal(counted.runs, 0);
    assert_int_equal(counted.skipped, 2);
    assert_true(has(remarks, "left out: s/diffusion/cosine.png"));
    assert_true(has(remarks, "left out: s/mine.json"));
    assert_false(has(html, "diffusion/cosine.png"));
    free(html);
    put_text("s/diffusion/A-100/config", "seed = 2\n");
    put_text("s/diffusion/A-100/train.csv", "kind,step\nstep,0,1\n");
    *remarks = '\0';
    free(page_of(PATHS("s")));
    assert_int_equal(counted.runs, 0);
    assert_true(has(remarks, "left out: s/diffusion/A-100/train.csv"));
}

/* Names of models lead nowhere but into the sweep. */
static void hostile_models(void **state) {
    static const char *const names[] = {"\"..\"", "\".\"",       "\"/\"",    "\"\"",
                                        "5",      "\"a/../..\"", "\"%s%n\"", "\"\\u0000\""};
    assert_int_equal(mkdir("s", 0755), 0);
    put_figure("denoising.png"); /* beside the sweep */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "{\"subset_seed\": 1, \"rows\": [{\"model\": %s, \"size\": -7}, 3, [], "
                 "{\"size\": 1e300}, {\"model\": {}}]}",
                 names[i]);
        put_text("s/twins.json", text);
        gt_error err;
        if (write_page_of(PATHS("s"), &err)) continue; /* damaged JSON leaves nothing to show */
        assert_int_equal(counted.figures, 0);
        assert_int_equal(counted.runs, 0);
    }
}

/* Named twice, by its result too, a sweep is there once, in the order of its own. */
static void a_sweep_named_twice(void **state) {
    put_sweep();
    char *once = page_of(PATHS("s")), *twice = page_of(PATHS("s", "s/twins.json", "./s/"));
    assert_string_equal(once, twice);
    free(once), free(twice);
    char *html = page_of(PATHS("s/glow/cosine.png", "s"));
    assert_int_equal(counted.figures, 15);
    const char *first = caption_of(html, 1, "cosine.png");
    assert_true(first && caption_of(first, 2, "pictures-100.png"));
    free(html);
}

/* Tables of CSV are known by their columns. */
static void tables_without_a_record(void **state) {
    static const struct {
        const char *columns, *anchor;
    } cases[] = {{"judge,value,low,high,real,rows,space,verdict", "verdicts"},
                 {"set,column,rows,used,flagged,not_finite,mean,sd", "corner"},
                 {"set,row,id,ra,dec,class,flag", "morphology"},
                 {"model,size,epochs,updates,best_epoch_a,best_loss_a", "twins"},
                 {"judge,value,low,high", "further"},
                 {"set,row,id,ra,class", "further"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s\n", cases[i].columns);
        put_text("a.csv", text);
        char *html = page_of(PATHS("a.csv")), *section = section_of(html, cases[i].anchor);
        if (!section) fail_msg("%s is not in %s", cases[i].columns, cases[i].anchor);
        free(section), free(html);
    }
}

/* Nobody reads a hundred columns from left to right. */
static void wide_tables_are_folded(void **state) {
    char text[400] = "c0";
    for (int i = 1; i < 30; i++) sprintf(text + strlen(text), ",c%d", i);
    size_t length = strlen(text);
    strcat(text, "\n");
    put_text("a.csv", text);
    char *html = page_of(PATHS("a.csv"));
    assert_false(has(html, "<details>"));
    free(html);
    strcpy(text + length, ",c30\n");
    put_text("a.csv", text);
    html = page_of(PATHS("a.csv"));
    assert_true(has(html, "<details><summary>31 columns</summary>\n<div class=\"wide\">"));
    free(html);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGED(figures_stand_in_the_papers_order),
        PAGED(commands_stand_once),
        PAGED(the_largest_run_of_each_model),
        PAGED(what_is_named_is_shown),
        PAGED(damage_in_a_sweep),
        PAGED(hostile_models),
        PAGED(a_sweep_named_twice),
        PAGED(tables_without_a_record),
        PAGED(wide_tables_are_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
