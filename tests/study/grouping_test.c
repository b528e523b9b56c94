/* Which files are runs of one method: those whose records differ in the seed alone. Every other
 * setting sets them apart, and names itself. */
#include "compare/compare.h"
#include "study_learning.h"

/* A record of codes: of encoding, and of the training that made the network. */
typedef struct record {
    const char *model, *encode, *training; /* members of the options; training NULL: none */
} record;

static const char *write_record(record r) {
    static char texts[16][1000];
    static int next;
    char *text = texts[next++ % 16], training[500] = "";
    if (r.training)
        snprintf(training, sizeof training, ", \"training\": {\"options\": {%s}}", r.training);
    snprintf(text, sizeof texts[0], "{\"command\": \"galatea encode %s\", \"options\": {%s}%s}",
             r.model, r.encode, training);
    return text;
}

/* Codes with such a record; each name has numbers of its own. */
static const char *make_run_codes(const char *name, record r) {
    made_set m = apart(name, 1 + (uint64_t)(unsigned char)name[0], two_classes);
    m.provenance = write_record(r);
    return make_set(m);
}

typedef struct compared {
    bench b;
    gt_comparison c;
} compared;

static gt_status group(compared *d, const char *const *words, size_t count, gt_error *err) {
    set_up(&d->b, "error");
    d->c = (gt_comparison){.fitting.plan = {.seed = 1, .seeds = 1}};
    const gt_compare_request request = {.words = words,
                                        .word_count = count,
                                        .methods = "knn",
                                        .settings = d->b.settings,
                                        .over_seeds = true};
    remarks_begin();
    gt_status status = gt_compare(&d->b.context, &request, &d->c, err);
    gt_log_to(NULL, NULL);
    return status;
}

static void done_with(compared *d, gt_status status) {
    gt_comparison_close(&d->c, status);
    tear_down(&d->b);
}

/* Two files of these records. */
static void group_two(compared *d, record one, record other) {
    gt_error err = {0};
    const char *const words[] = {make_run_codes("a.h5", one), make_run_codes("b.h5", other)};
    assert_ok(group(d, words, 2, &err), err);
}

static const char encode[] = "\"untrained\": false, \"seed\": 1, \"average\": \"none\"";
static const char train_1[] = "\"seed\": 1, \"width\": 8, \"out\": \"a\"";
static const char train_2[] = "\"seed\": 2, \"width\": 8, \"out\": \"b\"";

static const record first = {"vdvae", encode, train_1};

/* What makes no other codes is no difference. */
static void joins_runs(void **state) {
    static const record others[] = {
        {"vdvae", encode, train_2},
        {"vdvae", encode, "\"width\": 8, \"seed\": 2"},
        {"vdvae", encode,
         "\"seed\": 2, \"width\": 8, \"resume\": true, \"force\": true, \"threads\": 4, "
         "\"probe\": \"p.h5\", \"probe-every\": 3, \"log-every\": 7, \"micro-batch\": 2, "
         "\"checkpoint-minutes\": 1.5"},
        {"vdvae",
         "\"untrained\": false, \"seed\": 1, \"average\": \"none\", \"batch\": 9, \"out\": "
         "\"x\"",
         train_2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        compared d;
        group_two(&d, first, others[i]);
        /* "resume" and the like stand in one record alone */
        if (d.c.group_count != 1) fail_msg("case %zu: %s", i, remarks);
        assert_int_equal(d.c.groups[0].count, 2);
        assert_int_equal(d.c.groups[0].results[0].runs, 2);
        assert_int_equal(d.c.entries[0].seed, 1);
        assert_int_equal(d.c.entries[1].seed, 2);
        assert_true(d.c.entries[0].has_seed);
        assert_string_equal(d.c.entries[0].name, "VDVAE");
        assert_string_equal(remarks, "");
        done_with(&d, GT_OK);
    }
}

/* Every other setting, also one that is said of one of the two alone. */
static void names_what_differs(void **state) {
    static const struct {
        record other;
        const char *said;
    } cases[] = {
        {{"vdvae", encode, "\"seed\": 2, \"width\": 9"}, "(training width)"},
        {{"vdvae", encode, "\"seed\": 2, \"width\": 8.0"}, "(training width)"},
        {{"vdvae", encode, "\"seed\": 2, \"width\": \"8\""}, "(training width)"},
        {{"vdvae", encode, "\"seed\": 2"}, "(training width)"},
        {{"vdvae", encode, "\"seed\": 2, \"width\": 8, \"data\": \"x\""}, "(training data)"},
        {{"vdvae", encode, "\"seed\": 2, \"width\": 8, \"flip\": false"}, "(training flip)"},
        {{"vdvae", "\"untrained\": false, \"seed\": 1, \"average\": \"flips\"", train_2},
         "(encode average)"},
        {{"vdvae", "\"untrained\": false, \"seed\": 2, \"average\": \"none\"", train_2},
         "(encode seed)"},
        {{"vdvae", "\"untrained\": false, \"seed\": 1, \"average\": \"none\", \"exact\": true",
          train_2},
         "(encode exact)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        compared d;
        group_two(&d, first, cases[i].other);
        assert_int_equal(d.c.group_count, 2);
        assert_int_equal(d.c.groups[0].count, 1);
        assert_has(remarks, "differ in more than the seed ");
        assert_has(remarks, cases[i].said);
        assert_has(remarks, "a.h5 and ");
        assert_string_not_equal(d.c.entries[0].name, d.c.entries[1].name);
        done_with(&d, GT_OK);
    }
}

/* Files that tell no training, no seed or another model are by themselves, without a word. */
static void leaves_others_alone(void **state) {
    static const record others[] = {{"vdvae", encode, NULL},
                                    {"vdvae", encode, "\"width\": 8"},
                                    {"vdvae", encode, "\"width\": 8, \"seed\": \"2\""},
                                    {"simclr", encode, train_2}};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        compared d;
        group_two(&d, first, others[i]);
        assert_int_equal(d.c.group_count, 2);
        assert_int_equal(d.c.entries[1].has_seed, i == 3);
        assert_string_equal(remarks, "");
        done_with(&d, GT_OK);
    }
}

/* Networks that learned nothing are told by the seed of their weights; that of the training,
 * whose settings they have, means nothing. */
static void joins_untrained_networks(void **state) {
    static const record fresh = {"vdvae", "\"untrained\": true, \"seed\": 1", train_1},
                        again = {"vdvae", "\"untrained\": true, \"seed\": 2", train_2},
                        same = {"vdvae", "\"untrained\": true, \"seed\": 1", train_2};
    gt_error err = {0};
    (void)state;
    compared d;
    group_two(&d, fresh, again);
    assert_int_equal(d.c.group_count, 1);
    assert_true(d.c.entries[0].is_baseline);
    assert_int_equal(d.c.entries[1].seed, 2);
    assert_string_equal(d.c.entries[0].name, "VDVAE, untrained");
    done_with(&d, GT_OK);
    group_two(&d, fresh, first); /* what learned something is no run of it */
    assert_int_equal(d.c.group_count, 2);
    done_with(&d, GT_OK);
    const char *const words[] = {make_run_codes("a.h5", fresh), make_run_codes("b.h5", same)};
    assert_int_equal(group(&d, words, 2, &err), GT_BAD_ARGUMENT);
    assert_has(err.text, "are both of seed 1, and count as one run");
    done_with(&d, GT_BAD_ARGUMENT);
}

/* Runs of one method and other labelled objects are not of one group. */
static void tells_sets_apart(void **state) {
    gt_error err = {0};
    compared d;
    made_set shorter = apart("c.h5", 3, two_classes);
    (void)state;
    shorter.rows = ROWS - 4;
    shorter.provenance = write_record((record){"vdvae", encode, train_2});
    const char *const words[] = {make_run_codes("a.h5", first), make_set(shorter)};
    assert_ok(group(&d, words, 2, &err), err);
    assert_int_equal(d.c.set_count, 2);
    assert_int_equal(d.c.group_count, 2);
    done_with(&d, GT_OK);
}

/* Names that people give tell groups apart, whatever the records say. */
static void tells_names_apart(void **state) {
    gt_error err = {0};
    compared d;
    char one[600], two[600];
    (void)state;
    snprintf(one, sizeof one, "mine=%s", make_run_codes("a.h5", first));
    snprintf(two, sizeof two, "mine=%s",
             make_run_codes("b.h5", (record){"vdvae", encode, train_2}));
    const char *const alike[] = {one, two}, *const other[] = {one, strchr(two, '=') + 1};
    assert_ok(group(&d, alike, 2, &err), err);
    assert_int_equal(d.c.group_count, 1);
    assert_string_equal(d.c.entries[1].name, "mine");
    done_with(&d, GT_OK);
    assert_ok(group(&d, other, 2, &err), err);
    assert_int_equal(d.c.group_count, 2);
    done_with(&d, GT_OK);
}

/* A baseline is no run of what it stands beside, also by the same name. */
static void keeps_baselines_apart(void **state) {
    gt_error err = {0};
    compared d;
    char one[600], two[600];
    (void)state;
    snprintf(one, sizeof one, "mine=%s", make_run_codes("a.h5", first));
    snprintf(two, sizeof two, "mine=%s",
             make_run_codes("b.h5", (record){"vdvae", encode, train_2}));
    const char *const words[] = {one};
    set_up(&d.b, "error");
    d.c = (gt_comparison){.fitting.plan = {.seed = 1, .seeds = 1}};
    const gt_compare_request request = {.words = words,
                                        .word_count = 1,
                                        .baselines = two,
                                        .methods = "knn",
                                        .settings = d.b.settings,
                                        .over_seeds = true};
    assert_ok(gt_compare(&d.b.context, &request, &d.c, &err), err);
    assert_int_equal(d.c.group_count, 2);
    done_with(&d, GT_OK);
}

/* ---- Over the runs of a group --------------------------------------------------------------
 */

/* Mean and deviation over three runs, recomputed; the table has a line for the group. */
static void sums_up_runs(void **state) {
    gt_error err = {0};
    compared d;
    const char *words[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a.h5", "b.h5", "c.h5"};
        char training[64];
        made_set m = apart(names[i], 10 + (uint64_t)i, two_classes);
        m.gap = 0.3 + 0.2 * i;
        snprintf(training, sizeof training, "\"seed\": %d", i);
        m.provenance = write_record((record){"byol", encode, training});
        words[i] = make_set(m);
    }
    set_up(&d.b, "error");
    d.c = (gt_comparison){.fitting.plan = {.seed = 1, .seeds = 1, .folds = 3}};
    const char *out = kept_path("c.csv");
    const gt_compare_request request = {.words = words,
                                        .word_count = 3,
                                        .methods = "knn,lr",
                                        .settings = d.b.settings,
                                        .over_seeds = true,
                                        .out = out};
    assert_ok(gt_compare(&d.b.context, &request, &d.c, &err), err);
    assert_int_equal(d.c.group_count, 1);
    const gt_evaluated_runs *both = d.c.groups[0].results;
    assert_true(both[0].cv_accuracy.mean != both[1].cv_accuracy.mean);
    assert_int_equal(d.c.groups[0].chosen, both[1].cv_accuracy.mean > both[0].cv_accuracy.mean);
    char *text = text_of(out);
    assert_int_equal(lines_in(text), 3);
    for (size_t m = 0; m < 2; m++) {
        const gt_evaluated_runs *r = &d.c.groups[0].results[m];
        double mean = 0, square = 0, folds = 0;
        for (size_t i = 0; i < 3; i++) {
            const gt_evaluation *j = &d.c.entries[i].methods.list[m].evaluation;
            mean += j->accuracy.mean / 3;
            folds += j->cv_accuracy.mean / 3;
        }
        for (size_t i = 0; i < 3; i++) {
            double off = d.c.entries[i].methods.list[m].evaluation.accuracy.mean - mean;
            square += off * off / 2;
        }
        assert_near(r->accuracy.mean, mean, 1e-12);
        assert_near(r->accuracy.deviation, sqrt(square), 1e-12);
        assert_near(r->cv_accuracy.mean, folds, 1e-12);
        assert_true(r->accuracy_interval.low <= mean && mean <= r->accuracy_interval.high);
        assert_string_equal(cell_in(text, 1 + m, 1), "BYOL");
        assert_string_equal(cell_in(text, 1 + m, 2), m ? "lr" : "knn");
        assert_string_equal(cell_in(text, 1 + m, 3),
                            d.c.groups[0].chosen == (int)m ? "1" : "0");
        assert_string_equal(cell_in(text, 1 + m, 8), "3");
        assert_near(atof(cell_in(text, 1 + m, 15)), mean, 1e-9);
        assert_near(atof(cell_in(text, 1 + m, 16)), sqrt(square), 1e-9);
    }
    free(text);
    done_with(&d, GT_OK);
}

/* ---- Results of an entry -------------------------------------------------------------------
 */

/* The printed numbers stand beside a known model on a known set, and nowhere else. */
static void sets_the_paper_beside(void **state) {
    static const struct {
        const char *collection, *name;
        record of;
        bool is_printed;
    } cases[] = {{"FR-DEEP NVSS", "", {"simclr", encode, NULL}, true},
                 {"FR-DEEP NVSS", "byol=", {"maf", encode, NULL}, true},
                 {"FR-DEEP NVSS", "mine=", {"simclr", encode, NULL}, true},
                 {"my own", "", {"simclr", encode, NULL}, false},
                 {"FR-DEEP NVSS", "", {"maf", encode, NULL}, false},
                 {"FR-DEEP NVSS", "", {"simclr", "\"untrained\": true", NULL}, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        compared d;
        made_set m = apart("a.h5", 1, two_classes);
        m.rows = 100; /* 50 of them test */
        m.collection = cases[i].collection;
        m.provenance = write_record(cases[i].of);
        char word[600];
        snprintf(word, sizeof word, "%s%s", cases[i].name, make_set(m));
        const char *const words[] = {word};
        assert_ok(group(&d, words, 1, &err), err);
        const gt_paper_row *row =
            gt_comparison_paper(&d.c, &d.c.entries[0], &d.c.entries[0].methods.list[0]);
        assert_int_equal(row != NULL, cases[i].is_printed);
        assert_string_equal(d.c.sets[0].name, cases[i].collection);
        done_with(&d, GT_OK);
    }
}

/* Baselines by option, by their kind, and by a comma that is part of no name. */
static void takes_baselines(void **state) {
    gt_error err = {0};
    bench b;
    gt_comparison c = {.fitting.plan = {.seed = 1, .seeds = 1}};
    char list[1300];
    (void)state;
    set_up(&b, "error");
    const char *const words[] = {make_set(apart("a.h5", 1, two_classes))};
    snprintf(list, sizeof list, "base=%s,%s", make_set(apart("b.h5", 2, two_classes)),
             make_set(apart("c.h5", 3, two_classes)));
    gt_compare_request request = {.words = words,
                                  .word_count = 1,
                                  .baselines = list,
                                  .methods = "knn",
                                  .settings = b.settings};
    assert_ok(gt_compare(&b.context, &request, &c, &err), err);
    assert_int_equal(c.count, 3);
    assert_false(c.entries[0].is_baseline);
    assert_true(c.entries[1].is_baseline && c.entries[2].is_baseline);
    assert_string_equal(c.entries[1].name, "base");
    assert_string_equal(c.entries[2].name, "c");
    assert_has(c.provenance, "c.h5");
    gt_comparison_close(&c, GT_OK);
    c = (gt_comparison){.fitting.plan = {.seed = 1, .seeds = 1}};
    request.baselines = "nothing.h5";
    assert_int_equal(gt_compare(&b.context, &request, &c, &err), GT_NOT_FOUND);
    assert_has(err.text, "nothing.h5");
    gt_comparison_close(&c, GT_NOT_FOUND);
    c = (gt_comparison){.fitting.plan = {.seed = 1, .seeds = 1}};
    request.baselines = NULL;
    request.methods = "knn,nn";
    assert_int_equal(gt_compare(&b.context, &request, &c, &err), GT_USAGE);
    assert_has(err.text, "nn");
    gt_comparison_close(&c, GT_USAGE);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(joins_runs),
        TEST(names_what_differs),
        TEST(leaves_others_alone),
        TEST(joins_untrained_networks),
        TEST(tells_sets_apart),
        TEST(tells_names_apart),
        TEST(keeps_baselines_apart),
        TEST(sums_up_runs),
        TEST(sets_the_paper_beside),
        TEST(takes_baselines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
