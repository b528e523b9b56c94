/* Sheets of samples on the page of a run: which of them, in which order, and what is left out.
 */
#include "pages.h"

static const char log_of_run[] = "kind,step,loss,learning_rate\nstep,0,5,1\n";

static void put_sheet(const char *run, int epoch) {
    char path[300];
    snprintf(path, sizeof path, "%s/samples/epoch-%04d.png", run, epoch);
    put_png(path, record_of("galatea train glow", "", ""));
}

static void put_run_with(const char *run, const int *epochs, int count) {
    char path[300];
    put_run(run, log_of_run, "seed = 1\n");
    snprintf(path, sizeof path, "%s/samples", run);
    assert_int_equal(mkdir(path, 0755), 0);
    for (int i = 0; i < count; i++) put_sheet(run, epochs[i]);
}

/* The sheets of a section are those of these epochs, in this order. */
static void look_at(const char *run, const int *epochs, int count, const char *says) {
    char *html = page_of(PATHS(run)), *section = section_of(html, "training");
    const char *at = section;
    for (int i = 0; i < count; i++) {
        char name[100];
        snprintf(name, sizeof name, "alt=\"samples of epoch %d\">\n<span>epoch %d</span>",
                 epochs[i], epochs[i]);
        at = strstr(at, name);
        if (!at) fail_msg("epoch %d is not shown, or elsewhere: %s", epochs[i], section);
        at += strlen(name);
    }
    assert_null(strstr(at, "<span>epoch"));
    assert_int_equal(has(section, "class=\"strip\""), count > 0);
    if (says && !has(section, says)) fail_msg("'%s' is not in %s", says, section);
    free(section);
    free(html);
}

static void few_sheets_are_all_shown(void **state) {
    static const int one[] = {3}, few[] = {5, 10, 12};
    put_run_with("one", one, 1);
    put_run_with("few", few, 3);
    put_run("none", log_of_run, "seed = 1\n");
    put_run_with("empty", NULL, 0);
    look_at("one", one, 1, "after epoch 3, from one/samples.");
    look_at("few", few, 3, "after epochs 5 to 12: 3 of 3 sheets in few/samples.");
    look_at("none", NULL, 0, NULL);
    look_at("empty", NULL, 0, NULL);
}

/* The first, the last, and four between; by number, not by name. */
static void of_many_some_are_shown(void **state) {
    static const int shown[] = {500, 2500, 4500, 6500, 8500, 10500};
    int all[21];
    for (int i = 0; i < 21; i++) all[i] = 500 * (i + 1);
    put_run_with("run", all, 21);
    look_at("run", shown, 6, "after epochs 500 to 10500: 6 of 21 sheets in run/samples.");
}

/* Other files are none of the run's; a damaged sheet is left out, and said. */
static void what_is_no_sheet_is_left_out(void **state) {
    static const int good[] = {5, 15}, all[] = {5, 10, 15};
    put_run_with("run", all, 3);
    put_text("run/samples/epoch-0010.png", "no picture");
    put_text("run/samples/epoch-20.txt", "x");
    put_text("run/samples/epoch-.png", "x");
    put_text("run/samples/mine.png", "x");
    assert_int_equal(mkdir("run/samples/epoch-0030.png", 0755), 0);
    look_at("run", good, 2, NULL);
    assert_non_null(strstr(remarks, "left out: run/samples/epoch-0010.png: "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGED(few_sheets_are_all_shown),
        PAGED(of_many_some_are_shown),
        PAGED(what_is_no_sheet_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
