/* Files of a comparison: which sets they show, how they are called, which are runs of one
 * method, and how the best classifier is chosen. */
#include "compare/compare.h"
#include "study_sets.h"

enum { ROWS = 120 };

static made_set codes(const char *name, uint64_t seed, double gap) {
    return (made_set){.name = name,
                      .rows = ROWS,
                      .width = 4,
                      .seed = seed,
                      .gap = gap,
                      .classes = two_classes,
                      .class_count = 2};
}

/* As `encode` records a run of vdvae: the seed of its training, and another setting. */
static made_set run_of(const char *name, uint64_t seed, int width) {
    static char records[8][400];
    static int next;
    char *record = records[next++ % 8];
    snprintf(record, sizeof records[0],
             "{\"command\": \"galatea encode vdvae\", \"options\": {\"untrained\": false, "
             "\"seed\": 1, \"out\": \"%s\"}, \"training\": {\"options\": {\"seed\": %d, "
             "\"width\": %d, \"threads\": %d}}}",
             name, (int)seed, width, (int)seed);
    made_set m = codes(name, seed, 3);
    m.provenance = record;
    return m;
}

typedef struct table {
    gt_invocation asked;
    gt_context context;
    void *settings[GT_METHODS_AT_MOST];
    gt_comparison c;
} table;

static void set_up(table *t) {
    gt_error err = {0};
    size_t count = 0;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    *t = (table){.c.fitting.plan = {.seed = 1, .seeds = 1, .folds = 2}};
    t->context = make_context(&t->asked, "error");
    for (size_t i = 0; i < count; i++) {
        t->settings[i] = calloc(1, kinds[i]->settings_size + 1);
        assert_ok(gt_options_add(t->asked.options, kinds[i]->options, t->settings[i], &err),
                  err);
    }
}

static void tear_down(table *t, gt_status status) {
    gt_comparison_close(&t->c, status);
    for (size_t i = 0; i < GT_METHODS_AT_MOST; i++) free(t->settings[i]);
    end_context(&t->context);
}

static gt_status compare(table *t, const char *const *words, size_t count, bool over_seeds,
                         gt_error *err) {
    const gt_compare_request request = {.words = words,
                                        .word_count = count,
                                        .methods = "knn,lr",
                                        .settings = t->settings,
                                        .over_seeds = over_seeds};
    return gt_compare(&t->context, &request, &t->c, err);
}

/* Files of the same labels and splits are one set; the one that stands alone is remarked upon.
 */
static void finds_sets(void **state) {
    gt_error err = {0};
    table t;
    made_set shorter = codes("short.h5", 3, 3);
    shorter.rows = ROWS - 4;
    const char *const words[] = {make_set(codes("a.h5", 1, 3)), make_set(shorter),
                                 make_set(codes("b.h5", 2, 0))};
    (void)state;
    set_up(&t);
    remarks_begin();
    assert_ok(compare(&t, words, 3, false, &err), err);
    gt_log_to(NULL, NULL);
    assert_int_equal(t.c.set_count, 2);
    assert_int_equal(t.c.entries[0].set, t.c.entries[2].set);
    assert_int_not_equal(t.c.entries[0].set, t.c.entries[1].set);
    assert_has(remarks, "short.h5: no other file has its labels and splits");
    assert_string_equal(t.c.entries[0].name, "a");
    for (size_t i = 0; i < 3; i++)
        for (size_t m = 0; m < 2; m++) assert_true(t.c.entries[i].methods.list[m].is_evaluated);
    assert_near(t.c.entries[0].methods.list[0].evaluation.accuracy.mean, 1, 0);
    tear_down(&t, GT_OK);
}

/* NAME=FILE; files of one name are told apart by their folders; untrained networks come last.
 */
static void names_files(void **state) {
    gt_error err = {0};
    table t;
    char named[600];
    made_set untrained = codes("untrained.h5", 5, 0);
    untrained.provenance = "{\"command\": \"galatea encode simclr\", \"options\": "
                           "{\"untrained\": true, \"seed\": 4}}";
    (void)state;
    snprintf(named, sizeof named, "mine=%s", make_set(codes("c.h5", 3, 3)));
    const char *const words[] = {make_set(untrained), make_set(run_of("v.h5", 1, 8)),
                                 make_set(run_of("w.h5", 2, 8)), named};
    set_up(&t);
    assert_ok(compare(&t, words, 4, false, &err), err);
    assert_string_equal(t.c.entries[0].name, "VDVAE (v)");
    assert_string_equal(t.c.entries[1].name, "VDVAE (w)");
    assert_string_equal(t.c.entries[2].name, "mine");
    assert_string_equal(t.c.entries[3].name, "SimCLR, untrained");
    assert_true(t.c.entries[3].is_baseline);
    assert_false(t.c.entries[0].is_baseline);
    assert_int_equal(t.c.group_count, 4);
    tear_down(&t, GT_OK);
}

/* Runs that differ in the seed alone are one group, threads and outputs aside; another setting
 * stands apart, with a remark that names it. */
static void groups_runs(void **state) {
    gt_error err = {0};
    table t;
    const char *const words[] = {
        make_set(run_of("s1.h5", 1, 8)), make_set(run_of("s2.h5", 2, 8)),
        make_set(run_of("other.h5", 3, 16)), make_set(run_of("s3.h5", 3, 8))};
    (void)state;
    set_up(&t);
    remarks_begin();
    assert_ok(compare(&t, words, 4, true, &err), err);
    gt_log_to(NULL, NULL);
    assert_int_equal(t.c.group_count, 2);
    assert_int_equal(t.c.groups[0].count, 3);
    assert_int_equal(t.c.groups[1].count, 1);
    assert_int_equal(t.c.entries[3].group, 0);
    assert_has(remarks, "differ in more than the seed (training width)");
    const gt_evaluated_runs *r = &t.c.groups[0].results[0];
    assert_int_equal(r->runs, 3);
    double sum = 0;
    for (size_t i = 0; i < 4; i++)
        if (t.c.entries[i].group == 0)
            sum += t.c.entries[i].methods.list[0].evaluation.accuracy.mean;
    assert_near(r->accuracy.mean, sum / 3, 1e-12);
    tear_down(&t, GT_OK);
}

static void refuses_runs(void **state) {
    gt_error err = {0};
    table t;
    made_set wide = run_of("wide.h5", 2, 8);
    wide.width = 6;
    const char *first = make_set(run_of("s1.h5", 1, 8));
    const char *const twice[] = {first, make_set(run_of("again.h5", 1, 8))};
    const char *const lengths[] = {first, make_set(wide)};
    (void)state;
    set_up(&t);
    assert_int_equal(compare(&t, twice, 2, true, &err), GT_BAD_ARGUMENT);
    assert_has(err.text, "are both of seed 1, and count as one run");
    tear_down(&t, GT_BAD_ARGUMENT);
    set_up(&t);
    assert_int_equal(compare(&t, lengths, 2, true, &err), GT_MISMATCH);
    assert_has(err.text, "codes of 6 numbers, expected 4");
    tear_down(&t, GT_MISMATCH);
    set_up(&t);
    t.c.fitting.plan.folds = 1;
    assert_int_equal(compare(&t, twice, 1, false, &err), GT_USAGE);
    tear_down(&t, GT_USAGE);
}

/* Cross-validation chooses, and where there is none nobody does. */
static void chooses_by_cross_validation(void **state) {
    gt_error err = {0};
    const char *const words[] = {make_set(codes("a.h5", 1, 0.7))};
    (void)state;
    for (int folds = 0; folds <= 4; folds += 4) {
        table t;
        set_up(&t);
        t.c.fitting.plan.folds = folds;
        assert_ok(compare(&t, words, 1, false, &err), err);
        const gt_entry *e = &t.c.entries[0];
        if (folds == 0) assert_int_equal(e->chosen, -1);
        for (size_t m = 0; folds && m < 2; m++)
            assert_true(e->methods.list[e->chosen].evaluation.cv_accuracy.mean >=
                        e->methods.list[m].evaluation.cv_accuracy.mean);
        tear_down(&t, GT_OK);
    }
}

static void on_entry(gt_comparison *c, gt_entry *entry) {
    (void)entry;
    c->over_seeds = true; /* a mark that the test looks for */
}

/* Results as JSON and as a table; entries are told as they come. */
static void writes_results(void **state) {
    gt_error err = {0};
    const char *const words[] = {make_set(codes("a.h5", 1, 3)), make_set(codes("b.h5", 2, 3))};
    static const char *const names[] = {"out.json", "out.csv"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        table t;
        char path[600], parts[700], text[64] = "";
        set_up(&t);
        snprintf(path, sizeof path, "%s", in_folder(names[i]));
        snprintf(parts, sizeof parts, "%s.parts", path);
        t.c.on_entry = on_entry;
        const gt_compare_request request = {.words = words,
                                            .word_count = 2,
                                            .methods = "knn",
                                            .settings = t.settings,
                                            .out = path};
        assert_ok(gt_compare(&t.context, &request, &t.c, &err), err);
        assert_true(t.c.over_seeds);
        tear_down(&t, GT_OK);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_true(fread(text, 1, sizeof text - 1, file) > 0);
        fclose(file);
        assert_has(text, i == 0 ? "\"seed\": 1" : "set,codes,method");
        assert_int_not_equal(access(parts, F_OK), 0); /* all of it is written */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(finds_sets),
        TEST(names_files),
        TEST(groups_runs),
        TEST(refuses_runs),
        TEST(chooses_by_cross_validation),
        TEST(writes_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
