/* The line of a verdict: what comes first, and what is said against a finding. */
#include "judged_sets.h"
#include "verdict.h"

/* All as real rows score. */
static gt_judgement good_one(void) {
    gt_judgement j = {.verdict = 0, .neighbours = 5, .compared = 1000000};
    for (gt_judge which = 0; which < GT_JUDGES; which++)
        j.judged[which] = (gt_judged){0.8, 0.7, 0.9, 0.8};
    j.copying.least = -40;
    return j;
}

static void make_off(gt_judgement *j) {
    j->judged[GT_JUDGE_ENERGY_P].value = 0.001;
    j->judged[GT_JUDGE_FRECHET].value = 350;
}

static void make_less_authentic(gt_judgement *j) {
    j->judged[GT_JUDGE_AUTHENTICITY] = (gt_judged){0.4, 0.3, 0.5, 0.7};
}

static const char *line_of(gt_judgement *j) {
    static char text[GT_VERDICT_TEXT];
    const gt_judge_settings settings = gt_judge_defaults();
    j->verdict = gt_verdict_of(j, &settings);
    return gt_verdict_text(j, text);
}

static void assert_begins(const char *text, const char *with) {
    if (strncmp(text, with, strlen(with)) != 0) fail_msg("'%s' begins otherwise", text);
}

static void assert_holds(const char *text, const char *part, bool is_expected) {
    if ((strstr(text, part) != NULL) != is_expected)
        fail_msg("'%s' %s '%s'", text, is_expected ? "lacks" : "holds", part);
}

static void authenticity_alone_is_in_doubt(void **state) {
    gt_judgement j = good_one();
    (void)state;
    make_less_authentic(&j);
    const char *text = line_of(&j);
    assert_begins(text, "memorises by authenticity alone, authenticity 0.4 (to 0.5) below 0.7");
    assert_holds(text, "but C_T 0.8 (0.7 to 0.9), not below -3: rows that are blurred", true);
    j.judged[GT_JUDGE_COPYING].value = NAN;
    assert_holds(line_of(&j), "but C_T is not available: rows that are blurred", true);
    j.judged[GT_JUDGE_COPYING] = (gt_judged){-4, -5, -3.5, 0};
    text = line_of(&j);
    assert_begins(text, "memorises, C_T -4 (-5 to -3.5) below -3, authenticity 0.4");
    assert_holds(text, "blurred", false);
}

/* That of real rows is as uncertain: of 400 each 0.39 and 0.448 may be one share. */
static void authenticity_of_real_rows_is_uncertain(void **state) {
    gt_judgement j = good_one();
    (void)state;
    j.judged[GT_JUDGE_AUTHENTICITY] = (gt_judged){0.39, 0.343, 0.433, 0.448};
    assert_begins(line_of(&j), "memorises by authenticity alone, authenticity 0.39 (to 0.433)");
    j.compared = 400;
    assert_begins(line_of(&j), "nothing found against it");
    j.judged[GT_JUDGE_AUTHENTICITY] = (gt_judged){0.35, 0.303, 0.397, 0.448};
    assert_begins(line_of(&j), "memorises by authenticity alone, authenticity 0.35 (to 0.417)");
}

/* What is beyond chance, beside Wilson's interval of 40 of 50 (0.6696 to 0.8876). */
static void copies_are_set_against_chance(void **state) {
    double low, value, high;
    (void)state;
    gt_near_copies near = {.samples = 100,
                           .copies = 40,
                           .chance = 10,
                           .originals = 50,
                           .training = 500,
                           .unseen = 500};
    gt_near_copies_excess(&near, &low, &value, &high);
    assert_near(value, 0.3, 1e-12);
    assert_near(low, 0.1696, 1e-4);
    assert_near(high, 0.3876, 1e-4);
    near.training = 2000; /* four of five are chance */
    gt_near_copies_excess(&near, &low, &value, &high);
    assert_near(value, 0.0, 1e-12);
    near.originals = 2; /* many samples of two pictures are two cases */
    gt_near_copies_excess(&near, &low, &value, &high);
    assert_true(low < -0.9 && high > 0.4);
    near = (gt_near_copies){.samples = 100, .training = 500, .unseen = 500};
    gt_near_copies_excess(&near, &low, &value, &high);
    assert_true(value == 0.0);
    assert_true(low == 0.0);
    assert_near(high, 0.0370, 1e-4); /* Wilson's of none of 100 */
    near.unseen = 0;
    gt_near_copies_excess(&near, &low, &value, &high);
    assert_true(isnan(low) && isnan(value) && isnan(high));
}

/* Of 1,000 samples, as many pictures of either kind. */
static gt_near_copies near_of(size_t copies, size_t chance) {
    return (gt_near_copies){1000, copies, chance, copies + chance, 800, 800};
}

/* Copies that can be seen are what a person can act on, whatever else is measured. */
static void near_copies_come_first(void **state) {
    gt_judgement j = good_one();
    char text[GT_VERDICT_TEXT];
    (void)state;
    j.near = near_of(810, 40);
    assert_begins(line_of(&j),
                  "memorises: of 1000 samples 810 are near copies of one of 800 training "
                  "pictures, 40 of one of 800 unseen: 77 % (74.2 to 79.1 %) beyond chance, "
                  "C_T 0.8");
    assert_int_equal(j.verdict, GT_VERDICT_MEMORISES);
    assert_begins(gt_near_copies_text(&j.near, text), "memorises: of 1000");
    make_less_authentic(&j);
    assert_holds(line_of(&j), ", authenticity 0.4 (to 0.5) below 0.7", true);
    assert_holds(line_of(&j), "blurred", false);
    j = good_one();
    j.near = near_of(60, 30); /* more, but by 2 % or not */
    assert_holds(line_of(&j), "nothing found against it", true);
    assert_string_equal(gt_near_copies_text(&j.near, text), "");
    j.near = near_of(70, 20);
    assert_begins(line_of(&j), "memorises: of 1000 samples 70");
    j = good_one();
    j.near = near_of(420, 400); /* blurred: near to all there are */
    assert_holds(line_of(&j), "nothing found against it", true);
}

/* Pictures among which no copy can be seen. */
static void c_t_without_copies_is_in_doubt(void **state) {
    gt_judgement j = good_one();
    (void)state;
    j.judged[GT_JUDGE_COPYING] = (gt_judged){-6, -7, -5, 0};
    assert_begins(line_of(&j), "memorises, C_T -6 (-7 to -5) below -3");
    assert_holds(line_of(&j), "blurred", false);
    j.near = near_of(2, 1);
    assert_begins(line_of(&j),
                  "memorises by C_T -6 (-7 to -5) below -3, but of 1000 samples no more are "
                  "near copies of training pictures (2) than chance explains by those of "
                  "unseen ones (1)");
    assert_int_equal(j.verdict, GT_VERDICT_MEMORISES);
    j.near = near_of(25, 5); /* may be 2 % more */
    assert_begins(line_of(&j), "memorises, C_T -6");
}

/* So few rows that -3 says nothing. */
static void few_rows_have_another_threshold(void **state) {
    gt_judgement j = good_one();
    (void)state;
    j.copying.least = -2.6;
    assert_holds(line_of(&j), "C_T 0.8 (0.7 to 0.9), not below half of -2.6, which is all",
                 true);
    j.judged[GT_JUDGE_COPYING] = (gt_judged){-2, -2.5, -1, 0};
    assert_begins(line_of(&j), "memorises, C_T -2 (-2.5 to -1) below half of -2.6, which");
    j.copying.least = -5;
    j.judged[GT_JUDGE_COPYING].value = -4;
    assert_begins(line_of(&j), "memorises, C_T -4 (-2.5 to -1) below -3");
}

/* What is far from all real rows may have any nearest row. */
static void off_comes_before_what_is_in_doubt(void **state) {
    gt_judgement j = good_one();
    (void)state;
    make_off(&j);
    make_less_authentic(&j);
    const char *text = line_of(&j);
    assert_begins(text, "off the distribution, p 0.001 below 0.01");
    assert_holds(text, "; memorises by authenticity alone", true);
    j.judged[GT_JUDGE_COPYING].value = -4;
    text = line_of(&j);
    assert_begins(text, "memorises, C_T -4");
    assert_holds(text, "; off the distribution", true);
    assert_int_equal(j.verdict, GT_VERDICT_MEMORISES | GT_VERDICT_OFF);
}

static void low_coverage_of_low_precision_is_in_doubt(void **state) {
    gt_judgement j = good_one();
    (void)state;
    j.judged[GT_JUDGE_COVERAGE].value = 0.1;
    assert_holds(line_of(&j), "because precision is", false);
    assert_begins(line_of(&j), "collapsed, coverage 0.1 below half of 0.8 of real rows");
    j.judged[GT_JUDGE_PRECISION].value = 0.05;
    const char *text = line_of(&j);
    assert_holds(text, "coverage is low because precision is: 0.05 beside 0.8", true);
    make_off(&j);
    text = line_of(&j);
    assert_begins(text, "off the distribution");
    assert_holds(text, "; collapsed, coverage 0.1", true);
    j.judged[GT_JUDGE_PRECISION].value = 0.7;
    assert_begins(line_of(&j), "collapsed, ");
    assert_holds(line_of(&j), "; off the distribution", true);
    /* Of recall precision says nothing. */
    j.judged[GT_JUDGE_PRECISION].value = 0.05;
    j.judged[GT_JUDGE_COVERAGE].value = 0.7;
    j.judged[GT_JUDGE_RECALL].value = 0.1;
    assert_begins(line_of(&j), "collapsed, recall 0.1");
}

static void learned_test_rows_tell_nothing(void **state) {
    gt_judgement j = good_one();
    gt_judge_settings settings = gt_judge_defaults();
    (void)state;
    settings.cosine_twins = 0.9, settings.cosine_train = 0.8;
    j.leaked = 0.5;
    assert_int_equal(gt_verdict_of(&j, &settings), GT_VERDICT_GENERALISES);
    assert_holds(line_of(&j), "nothing found against it", true);
    j.leaked = 0.77;
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    const char *text = line_of(&j);
    assert_begins(text, "cannot tell, 77 % of the test rows equal training rows");
    assert_holds(text, "nothing found", false);
    j.judged[GT_JUDGE_RECALL].value = 0.1;
    assert_holds(line_of(&j), "; collapsed, recall 0.1", true);
}

/* Real rows that do not cover each other are of two kinds, or of two scales. */
static void real_rows_apart_tell_nothing(void **state) {
    gt_judgement j = good_one();
    gt_judge_settings settings = gt_judge_defaults();
    (void)state;
    settings.cosine_twins = 0.9, settings.cosine_train = 0.8;
    j.judged[GT_JUDGE_COVERAGE] = (gt_judged){0.02, 0, 0.05, 0.01};
    assert_int_equal(gt_verdict_of(&j, &settings), 0);
    const char *text = line_of(&j);
    assert_begins(text, "cannot tell, training and test rows differ among themselves");
    assert_holds(text, "(coverage 0.01)", true);
    assert_holds(text, "nothing found", false);
    j.repeats[0] = 0.2; /* balls without extent hold nothing */
    assert_holds(line_of(&j), "cannot tell", false);
    j.repeats[0] = 0;
    j.judged[GT_JUDGE_COVERAGE].real = 0.47; /* as half of the balls of one neighbour do */
    assert_holds(line_of(&j), "cannot tell", true);
    j.neighbours = 1;
    assert_holds(line_of(&j), "cannot tell", false);
    assert_int_equal(gt_verdict_of(&j, &settings) & GT_VERDICT_GENERALISES, 0);
}

/* Everything at once, with the longest numbers, is not cut. */
static void the_longest_line_fits(void **state) {
    gt_judgement j = {.leaked = 0.999, .copying = {.least = -40}, .compared = 1000000};
    const gt_near_copies many = {999999, 777777, 111111, 777777, 999999, 999999};
    (void)state;
    for (gt_judge which = 0; which < GT_JUDGES; which++)
        j.judged[which] = (gt_judged){-1.23e-100, -1.23e-100, -1.23e-100, 1.23e+100};
    j.judged[GT_JUDGE_FRECHET] = (gt_judged){-1.23e-100, 0, 0, -1.23e+100};
    j.judged[GT_JUDGE_AUTHENTICITY].real = 0.987654;
    const char *text = line_of(&j);
    assert_holds(text, "authenticity -1.23e-100", true);
    assert_holds(text, "memorises by", true);
    assert_holds(text, "collapsed", true);
    assert_holds(text, "off the distribution", true);
    j.near = many;
    text = line_of(&j);
    assert_holds(text, "memorises: of 999999 samples 777777", true);
    assert_holds(text, "off the distribution", true);
    assert_true(strlen(text) < GT_VERDICT_TEXT - 80); /* room for the note on repeats */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authenticity_alone_is_in_doubt),
        cmocka_unit_test(authenticity_of_real_rows_is_uncertain),
        cmocka_unit_test(copies_are_set_against_chance),
        cmocka_unit_test(near_copies_come_first),
        cmocka_unit_test(c_t_without_copies_is_in_doubt),
        cmocka_unit_test(few_rows_have_another_threshold),
        cmocka_unit_test(off_comes_before_what_is_in_doubt),
        cmocka_unit_test(low_coverage_of_low_precision_is_in_doubt),
        cmocka_unit_test(learned_test_rows_tell_nothing),
        cmocka_unit_test(real_rows_apart_tell_nothing),
        cmocka_unit_test(the_longest_line_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
