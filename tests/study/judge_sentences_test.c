/* judge_sentences_test.c - what is said of generators that fail a rule for another reason than
 * the one it is named after. */
#include <omp.h>

#include "judge.h"
#include "study_sets.h"

enum { ROWS = 60, WIDE = 16 };

static gt_error err;
static gt_invocation asked;
static gt_context context;
static float x[ROWS * WIDE];

static int set_up(void **state) {
    (void)state;
    omp_set_num_threads(1);
    assert_int_equal(make_temp_folder(NULL), 0);
    context = make_context(&asked, "tell");
    err = (gt_error){0};
    return 0;
}

static int tear_down(void **state) {
    end_context(&context);
    return remove_temp_folder(state);
}

/* Normal rows of some deviation, `shift` along all columns. */
static void fill(uint64_t seed, float deviation, float shift) {
    gt_rng_fill_normal((gt_rng_key){seed, 1, 0}, 0, ROWS * WIDE, x);
    for (size_t i = 0; i < ROWS * WIDE; i++) x[i] = deviation * x[i] + shift;
}

static const char *give(const char *name) {
    return give_set((given_set){.name = name, .rows = ROWS, .width = WIDE, .x = x});
}

static gt_judge_report judge(const char *train, const char *test, const char *made) {
    gt_judge_report report = {.provenance = NULL};
    gt_judge_request request = {.sets = {{.path = train}, {.path = test}, {.path = made}},
                                .settings = gt_judge_defaults()};
    request.settings.permutations = 199;
    request.settings.subsets = 4;
    remarks_begin();
    assert_ok(gt_judge_sets(&context, &request, &report, &err), err);
    gt_log_to(NULL, NULL);
    return report;
}

static void assert_begins(const char *text, const char *with) {
    if (strncmp(text, with, strlen(with)) != 0) fail_msg("'%s' begins otherwise", text);
}

/* Each of the first half of the rows along one direction, far from everything. */
static void spread_out(float reach) {
    for (size_t i = 0; i < ROWS / 2; i++)
        for (size_t c = 0; c < WIDE; c++)
            x[i * WIDE + c] = c == i % WIDE ? (i < WIDE ? reach : -reach) : 0.1f * (float)c;
}

/* Beyond training rows that are outliers: nearer to one than it is to any other, and no copy.
 */
static void rows_beyond_outliers_are_off_first(void **state) {
    (void)state;
    fill(1, 1, 0);
    spread_out(40);
    const char *train = give("train.h5");
    fill(2, 1, 0);
    const char *test = give("test.h5");
    fill(3, 1, 0);
    spread_out(60);
    memcpy(x + ROWS / 2 * WIDE, x, ROWS / 2 * WIDE * sizeof *x);
    for (size_t i = 0; i < ROWS * WIDE; i++) x[i] += 1e-3f * (float)(i % 7);
    gt_judge_report r = judge(train, test, give("made.h5"));
    assert_true(r.judgement.judged[GT_JUDGE_COPYING].value > 3);
    assert_int_equal(r.judgement.copies, 0);
    assert_begins(r.verdict, "off the distribution, ");
    assert_has(r.verdict, "; memorises by authenticity alone, authenticity 0 ");
    assert_has(r.verdict, "not below -3: rows that are blurred or far outside fail");
    gt_judge_report_free(&r);
}

/* Rows that lie elsewhere cover nothing, and that is not for want of variety. */
static void rows_elsewhere_are_off_first(void **state) {
    (void)state;
    fill(1, 1, 0);
    const char *train = give("train.h5");
    fill(2, 1, 0);
    const char *test = give("test.h5");
    fill(3, 1, 30);
    gt_judge_report r = judge(train, test, give("made.h5"));
    assert_begins(r.verdict, "off the distribution, ");
    assert_has(r.verdict, "; collapsed, ");
    assert_has(r.verdict, "coverage is low because precision is: 0 beside ");
    assert_true(r.judgement.verdict & GT_VERDICT_COLLAPSED);
    gt_judge_report_free(&r);
}

/* A real collapse, into the middle, is said as such. */
static void want_of_variety_is_said_first(void **state) {
    (void)state;
    fill(1, 1, 0);
    const char *train = give("train.h5");
    fill(2, 1, 0);
    const char *test = give("test.h5");
    fill(3, 1e-3f, 0);
    gt_judge_report r = judge(train, test, give("made.h5"));
    assert_has(r.verdict, "collapsed, ");
    assert_null(strstr(r.verdict, "because precision is"));
    gt_judge_report_free(&r);
}

/* Test rows that were learned from by half are counted, and the verdict says so beyond it. */
static void learned_test_rows(void **state) {
    static float learned[ROWS * WIDE];
    (void)state;
    fill(1, 1, 0);
    const char *train = give("train.h5");
    memcpy(learned, x, sizeof learned);
    fill(3, 1, 0);
    const char *made = give("made.h5");
    for (size_t k = 25; k <= 45; k += 20) {
        fill(2, 1, 0);
        memcpy(x, learned, k * WIDE * sizeof *x);
        gt_judge_report r = judge(train, give("test.h5"), made);
        assert_near(r.judgement.leaked, (double)k / ROWS, 1e-12);
        assert_has(remarks, "of the 60 rows compared equal rows of");
        if (k == 45)
            assert_begins(r.verdict, "cannot tell, 75 % of the test rows equal training rows");
        else
            assert_null(strstr(r.verdict, "cannot tell"));
        gt_judge_report_free(&r);
    }
}

/* Rows named by file and by their place in it, whatever was left out before them. */
static void shared_ids_are_named_by_file(void **state) {
    const char *ids[ROWS], *others[ROWS];
    uint8_t splits[ROWS];
    static char text[2 * ROWS][16];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(text[i], sizeof *text, "J%d", (int)i);
        snprintf(text[ROWS + i], sizeof *text, "K%d", (int)i);
        ids[i] = text[i];
        others[i] = text[ROWS + i];
        splits[i] = i < 20 ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
    }
    others[7] = ids[33]; /* learned from */
    others[9] = ids[34];
    others[11] = ids[3]; /* left out of training */
    fill(1, 1, 0);
    const char *train = give_set((given_set){
        .name = "train.h5", .rows = ROWS, .width = WIDE, .x = x, .ids = ids, .splits = splits});
    fill(2, 1, 0);
    const char *test = give_set(
        (given_set){.name = "test.h5", .rows = ROWS, .width = WIDE, .x = x, .ids = others});
    fill(3, 1, 0);
    gt_judge_report r = judge(train, test, give("made.h5"));
    assert_has(remarks, "train.h5: 20 rows are of other splits than train");
    assert_has(remarks, "test.h5 share 2 ids, the first 'J33' in row 33 of ");
    assert_has(remarks, "train.h5 (split train) and row 7 of ");
    gt_judge_report_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_beyond_outliers_are_off_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_elsewhere_are_off_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(want_of_variety_is_said_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(learned_test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_ids_are_named_by_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
