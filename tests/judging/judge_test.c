/* All numbers together: what they say of generators whose fault is known. */
#include <omp.h>

#include "judged_sets.h"
#include "verdict.h"

static gt_judge_settings quick(void) {
    gt_judge_settings settings = gt_judge_defaults();
    settings.permutations = 199;
    settings.subsets = 20;
    return settings;
}

static gt_judgement judge(const gt_points *train, const gt_points *test,
                          const gt_points *generated, const gt_judge_settings *settings) {
    gt_error err = {0};
    gt_judgement out;
    assert_ok(gt_judge_points(train, test, generated, settings, &out, &err), err);
    return out;
}

static void assert_says(const gt_judgement *j, int verdict, const char *words) {
    char text[GT_VERDICT_TEXT];
    gt_verdict_text(j, text);
    if (j->verdict != verdict || !strstr(text, words))
        fail_msg("verdict %d (%s), expected %d and '%s'", j->verdict, text, verdict, words);
}

typedef struct sets {
    gt_points train, test, generated;
} sets;

static sets draw_sets(float shift, float scale) {
    return (sets){make_points("train", 240, 4, 1, 0.0f, 1.0f),
                  make_points("test", 200, 4, 2, 0.0f, 1.0f),
                  make_points("generated", 220, 4, 3, shift, scale)};
}

static void free_sets(const sets *s) {
    free_points(&s->train), free_points(&s->test), free_points(&s->generated);
}

static void a_good_one_passes(void **state) {
    sets s = draw_sets(0.0f, 1.0f);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&s.train, &s.test, &s.generated, &settings);
    (void)state;
    assert_says(&j, 0, "nothing found against it");
    assert_int_equal(j.rows, 200);
    assert_int_equal(j.real, GT_REAL_TRAIN);
    for (gt_judge which = 0; which < GT_JUDGES; which++) {
        const gt_judged *d = &j.judged[which];
        assert_true(isfinite(d->value) && isfinite(d->real));
        if (which == GT_JUDGE_ENERGY_P || which == GT_JUDGE_FRECHET_LIMIT)
            assert_true(isnan(d->low) && isnan(d->high));
        else
            assert_true(d->low <= d->value && d->value <= d->high);
    }
    settings.cosine_twins = 0.9;
    settings.cosine_train = 0.8;
    j.verdict = gt_verdict_of(&j, &settings);
    assert_says(&j, GT_VERDICT_GENERALISES, "generalises");
    settings.cosine_train = 0.95;
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    free_sets(&s);
}

static void copies_memorise(void **state) {
    sets s = draw_sets(0.0f, 1.0f);
    gt_points copies = copy_points("generated", &s.train, 220);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&s.train, &s.test, &copies, &settings);
    (void)state;
    assert_says(&j, GT_VERDICT_MEMORISES, "memorises, C_T -");
    assert_true(j.copies == 1.0);
    assert_true(j.judged[GT_JUDGE_AUTHENTICITY].value == 0.0);
    free_points(&copies);
    free_sets(&s);
}

static void a_point_is_collapsed(void **state) {
    sets s = draw_sets(0.5f, 0.02f);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&s.train, &s.test, &s.generated, &settings);
    (void)state;
    assert_true(j.verdict & GT_VERDICT_COLLAPSED);
    assert_true(j.judged[GT_JUDGE_VENDI].value < 0.8 * j.judged[GT_JUDGE_VENDI].real);
    /* Where real rows repeat, balls without extent hold nothing and say nothing. */
    gt_points twice = copy_points("train", &s.train, 241);
    gt_judgement again = judge(&twice, &s.test, &s.generated, &settings);
    char text[GT_VERDICT_TEXT];
    assert_false(again.verdict & GT_VERDICT_COLLAPSED);
    assert_non_null(strstr(gt_verdict_text(&again, text), "nothing is said of collapse"));
    free_points(&twice);
    free_sets(&s);
}

static void a_shifted_one_is_off(void **state) {
    sets s = draw_sets(1.0f, 1.0f);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&s.train, &s.test, &s.generated, &settings);
    (void)state;
    assert_true(j.verdict & GT_VERDICT_OFF);
    assert_near(j.judged[GT_JUDGE_ENERGY_P].value, 1.0 / 200.0, 1e-15);
    assert_true(j.judged[GT_JUDGE_COPYING].value > 3.0);
    free_sets(&s);
}

/* Twice as many test rows: half of them stand in for generated ones. */
static void test_rows_are_held_back(void **state) {
    gt_points train = make_points("train", 300, 4, 1, 0, 1),
              test = make_points("test", 250, 4, 2, 0, 1),
              generated = make_points("generated", 100, 4, 3, 0, 1);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&train, &test, &generated, &settings);
    (void)state;
    assert_int_equal(j.real, GT_REAL_HELD_BACK);
    assert_int_equal(j.rows, 100);
    assert_true(j.judged[GT_JUDGE_FRECHET].real > 0.0);
    settings.rows = 60;
    assert_int_equal(judge(&train, &test, &generated, &settings).rows, 60);
    free_points(&train), free_points(&test), free_points(&generated);
}

/* Few training rows limit what is compared with their balls, and nothing else: C_T of copies is
 * as far below 0 as the rows of test and generated make it. */
static void few_training_rows_are_no_limit(void **state) {
    gt_points train = make_points("train", 25, 4, 1, 0, 1),
              test = make_points("test", 400, 4, 2, 0, 1),
              copies = copy_points("generated", &train, 300);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&train, &test, &copies, &settings);
    const gt_judged *c = &j.judged[GT_JUDGE_COPYING];
    (void)state;
    assert_int_equal(j.rows, 25);
    assert_int_equal(j.compared, 200);
    assert_int_equal(j.real, GT_REAL_HELD_BACK);
    assert_int_equal(gt_rows_judged(&j, GT_JUDGE_RECALL), 25);
    assert_int_equal(gt_rows_judged(&j, GT_JUDGE_COPYING), 200);
    assert_near(c->value, -(20000.0 - 0.5) / sqrt(40000.0 * 401.0 / 12.0), 1e-12);
    assert_true(c->value == j.copying.least && fabs(c->real) < 3.0);
    /* Test rows that cannot be held back are compared with training rows, of which as many. */
    test.rows = 45;
    j = judge(&train, &test, &copies, &settings);
    assert_int_equal(j.real, GT_REAL_TRAIN);
    assert_int_equal(j.compared, 25);
    settings.rows = 21;
    assert_int_equal(judge(&train, &test, &copies, &settings).compared, 21);
    free_points(&train), free_points(&test), free_points(&copies);
}

/* More columns than components, and than rows; any number of threads. */
static void wide_rows(void **state) {
    gt_points train = make_points("train", 80, 90, 1, 0, 1),
              test = make_points("test", 70, 90, 2, 0, 1),
              generated = make_points("generated", 60, 90, 3, 0, 1);
    gt_judge_settings settings = quick();
    int before = omp_get_max_threads();
    (void)state;
    omp_set_num_threads(1);
    gt_judgement one = judge(&train, &test, &generated, &settings);
    omp_set_num_threads(3);
    gt_judgement three = judge(&train, &test, &generated, &settings);
    omp_set_num_threads(before);
    assert_int_equal(one.components, 64);
    for (gt_judge which = 0; which < GT_JUDGES; which++)
        assert_memory_equal(&one.judged[which], &three.judged[which], sizeof one.judged[which]);
    free_points(&train), free_points(&test), free_points(&generated);
}

/* Sets of one value: no number is a trap. */
static void constant_sets(void **state) {
    gt_points train = make_constant("train", 30, 3, 0.5f),
              test = make_constant("test", 30, 3, 0.5f),
              generated = make_constant("generated", 30, 3, 0.5f);
    gt_judge_settings settings = quick();
    gt_judgement j = judge(&train, &test, &generated, &settings);
    (void)state;
    assert_true(j.judged[GT_JUDGE_FRECHET].value == 0.0);
    assert_true(j.judged[GT_JUDGE_ENERGY].value == 0.0);
    assert_true(j.repeats[0] == 1.0 && j.repeats[1] == 1.0 && j.repeats[2] == 1.0);
    assert_near(j.copying.ties, 1.0, 0);
    assert_int_equal(j.balls.zero_real, 30);
    free_points(&train), free_points(&test), free_points(&generated);
}

static void refuses(void **state) {
    gt_error err = {0};
    sets s = draw_sets(0, 1);
    gt_judge_settings settings = quick();
    gt_judgement j;
    gt_points few = {"few", 19, 4, s.test.x};
    (void)state;
    assert_int_equal(gt_judge_points(&s.train, &few, &s.generated, &settings, &j, &err),
                     GT_USAGE);
    assert_string_equal(err.text, "few has 19 rows, expected at least 20");
    settings.neighbours = 200;
    assert_int_equal(gt_judge_points(&s.train, &s.test, &s.generated, &settings, &j, &err),
                     GT_USAGE);
    assert_string_equal(err.text, "test has 200 rows, expected more than the 200 neighbours");
    settings = quick();
    settings.rows = 3;
    assert_int_equal(gt_judge_points(&s.train, &s.test, &s.generated, &settings, &j, &err),
                     GT_USAGE);
    free_sets(&s);
}

/* The rules alone: each threshold from both sides. */
static void thresholds(void **state) {
    gt_judge_settings settings = gt_judge_defaults();
    gt_judgement j = {.compared = 1000000};
    (void)state;
    for (gt_judge which = 0; which < GT_JUDGES; which++)
        j.judged[which] = (gt_judged){1, 0.9, 1.1, 1};
    j.judged[GT_JUDGE_COPYING].value = -3.0;
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    j.judged[GT_JUDGE_COPYING].value = -3.01;
    assert_int_equal(gt_verdict_of(&j, &settings), GT_VERDICT_MEMORISES);
    /* Rows so few that copies alone score -4: half of it, and an interval below 0. */
    j.copying.least = -4;
    j.judged[GT_JUDGE_COPYING] = (gt_judged){-2.1, -3, -0.1, 0};
    assert_int_equal(gt_verdict_of(&j, &settings), GT_VERDICT_MEMORISES);
    j.judged[GT_JUDGE_COPYING].high = 0.1;
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    j.judged[GT_JUDGE_COPYING] = (gt_judged){-1.9, -3, -0.1, 0};
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    j.judged[GT_JUDGE_COPYING].value = NAN;
    j.judged[GT_JUDGE_AUTHENTICITY] = (gt_judged){0.4, 0.3, 0.5, 0.49};
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    j.judged[GT_JUDGE_AUTHENTICITY].real = 0.51;
    assert_int_equal(gt_verdict_of(&j, &settings), GT_VERDICT_MEMORISES);
    j.judged[GT_JUDGE_AUTHENTICITY].real = 0.4;
    j.judged[GT_JUDGE_COVERAGE].value = 0.49;
    assert_int_equal(gt_verdict_of(&j, &settings), GT_VERDICT_COLLAPSED);
    j.judged[GT_JUDGE_COVERAGE].value = 0.5;
    j.judged[GT_JUDGE_ENERGY_P].value = 0.009;
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    j.judged[GT_JUDGE_FRECHET].value = 3.1;
    assert_int_equal(gt_verdict_of(&j, &settings), GT_VERDICT_OFF);
    j.judged[GT_JUDGE_ENERGY_P].value = 0.01;
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_one_passes),
        cmocka_unit_test(copies_memorise),
        cmocka_unit_test(a_point_is_collapsed),
        cmocka_unit_test(a_shifted_one_is_off),
        cmocka_unit_test(test_rows_are_held_back),
        cmocka_unit_test(few_training_rows_are_no_limit),
        cmocka_unit_test(wide_rows),
        cmocka_unit_test(constant_sets),
        cmocka_unit_test(refuses),
        cmocka_unit_test(thresholds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
