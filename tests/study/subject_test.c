/* Sets that classifiers learn from: which rows are read, how classes are called, what is
 * remarked upon and what is refused. */
#include "study_learning.h"

enum { N = 12, W = 3 };

/* Row i is (i, i squared, 1 - i). */
static void numbers(float x[N * W]) {
    for (size_t i = 0; i < N; i++) {
        x[i * W] = (float)i;
        x[i * W + 1] = (float)(i * i);
        x[i * W + 2] = 1 - (float)i;
    }
}

static const int32_t labels[N] = {0, 1, -1, 0, 1, 1, 0, 1, -1, 0, 1, 0};
static const uint8_t splits[N] = {0, 0, 0, 0, 1, 2, 1, 0, 1, 1, 0, 1};

/* A set of the numbers with these columns; what is NULL is as above. */
static given_set as_usual(float *x) {
    numbers(x);
    return (given_set){.name = "set.h5",
                       .rows = N,
                       .width = W,
                       .x = x,
                       .labels = labels,
                       .splits = splits,
                       .classes = two_classes,
                       .class_count = 2};
}

/* Opens and reads; remarks are kept. */
static gt_status read_set(given_set m, gt_subject *out, gt_error *err) {
    remarks_begin();
    gt_status status = gt_subject_open(give_set(m), out, err);
    if (!status) status = gt_subject_read(out, err);
    gt_log_to(NULL, NULL);
    return status;
}

static void expect_refusal(given_set m, gt_status status, const char *says) {
    gt_error err = {0};
    gt_subject s = {0};
    assert_int_equal(read_set(m, &s, &err), status);
    assert_has(err.text, "set.h5");
    assert_has(err.text, says);
    gt_subject_close(&s);
}

static void expect_remark(given_set m, const char *says) {
    gt_error err = {0};
    gt_subject s = {0};
    assert_ok(read_set(m, &s, &err), err);
    if (says) assert_has(remarks, says);
    if (!says) assert_string_equal(remarks, "");
    gt_subject_close(&s);
}

/* ---- Rows ----------------------------------------------------------------------------------
 */

static void assert_rows(const gt_samples *got, const size_t *rows, size_t count) {
    float x[N * W];
    numbers(x);
    assert_int_equal(got->rows, count);
    assert_int_equal(got->features, W);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(got->labels[i], labels[rows[i]]);
        assert_memory_equal(got->x + i * W, x + rows[i] * W, W * sizeof *x);
    }
}

/* Labelled rows of the two parts in their order; rows without label and those of validation are
 * of neither. */
static void reads_labelled_rows(void **state) {
    static const size_t train[] = {0, 1, 3, 7, 10}, test[] = {4, 6, 9, 11};
    gt_error err = {0};
    gt_subject s = {0};
    float x[N * W];
    (void)state;
    assert_ok(read_set(as_usual(x), &s, &err), err);
    assert_rows(&s.train, train, 5);
    assert_rows(&s.test, test, 4);
    assert_int_equal(s.train.classes, 2);
    assert_int_equal(s.known.count, 2);
    assert_int_equal(s.known.rows[0], 2);
    assert_int_equal(s.known.rows[1], 3);
    assert_true(gt_subject_is_binary(&s));
    assert_int_equal(s.held, (5 + 4) * W * sizeof(float));
    assert_string_equal(remarks, "");
    char left[GT_LEFT_TEXT];
    assert_string_equal(gt_subject_left_text(&s, left), ", 2 without a label, 1 to validate");
    gt_subject_close(&s);
}

/* The rows to learn from alone: a set without rows to judge by is enough. */
static void reads_training_alone(void **state) {
    static const uint8_t all_train[N] = {0};
    gt_error err = {0};
    gt_subject s = {0};
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.splits = all_train;
    assert_ok(gt_subject_open(give_set(m), &s, &err), err);
    assert_ok(gt_subject_read_training(&s, &err), err);
    assert_int_equal(s.train.rows, N - 2);
    assert_int_equal(s.test.rows, 0);
    gt_subject_close(&s);
    expect_refusal(m, GT_BAD_ARGUMENT, "has no labelled rows to judge by (split 1)");
}

/* Any rows, labelled or not, as predictions want them. */
static void reads_blocks(void **state) {
    gt_error err = {0};
    gt_subject s = {0};
    float x[N * W], block[N * W];
    (void)state;
    assert_ok(gt_subject_open(give_set(as_usual(x)), &s, &err), err);
    assert_int_equal(s.features, W);
    assert_ok(gt_subject_rows(&s, 2, 7, block, &err), err);
    assert_memory_equal(block, x + 2 * W, 7 * W * sizeof *x);
    gt_subject_close(&s);
    given_set m = as_usual(x);
    x[5 * W + 1] = -INFINITY;
    assert_ok(gt_subject_open(give_set(m), &s, &err), err);
    assert_ok(gt_subject_rows(&s, 0, 5, block, &err), err);
    assert_int_equal(gt_subject_rows(&s, 3, 5, block, &err), GT_NOT_FINITE);
    assert_has(err.text, "set.h5, row 5, column 1: -inf, expected a finite number");
    gt_subject_close(&s);
}

/* ---- What is refused -----------------------------------------------------------------------
 */

static void refuses_missing_columns(void **state) {
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.labels = NULL;
    m.classes = NULL;
    expect_refusal(m, GT_NOT_FOUND, "has no column 'labels'");
    m = as_usual(x);
    m.splits = NULL;
    expect_refusal(m, GT_NOT_FOUND,
                   "has no column 'split', classes are told by labels and split (an import "
                   "draws one: test 0.2)");
}

static void refuses_missing_rows(void **state) {
    static const uint8_t all_test[N] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const int32_t none[N] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    static const int32_t one[N] = {1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0};
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.splits = all_test;
    expect_refusal(m, GT_BAD_ARGUMENT, "has no labelled rows to learn from (split 0)");
    m = as_usual(x);
    m.labels = none;
    expect_refusal(m, GT_BAD_ARGUMENT, "has no labelled rows to learn from (split 0)");
    m.labels = one;
    expect_refusal(m, GT_BAD_ARGUMENT, "all 6 labelled rows to learn from are of class FRII");
    m.classes = NULL;
    expect_refusal(m, GT_BAD_ARGUMENT, "are of class 1, expected at least 2 classes");
}

/* Bad numbers of rows that are used are told by row and column of the set; others do not
 * matter. */
static void refuses_bad_numbers(void **state) {
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    x[3 * W + 2] = NAN;
    expect_refusal(m, GT_NOT_FINITE, "row 3, column 2: nan, expected a finite number");
    m = as_usual(x);
    x[9 * W] = INFINITY;
    expect_refusal(m, GT_NOT_FINITE, "row 9, column 0: inf, expected a finite number");
    m = as_usual(x);
    x[2 * W] = x[5 * W] = x[8 * W] = NAN; /* without label, or of validation */
    expect_remark(m, NULL);
}

static void refuses_labels(void **state) {
    static const int32_t large[N] = {0, INT32_MAX, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.labels = large;
    m.classes = NULL;
    expect_refusal(m, GT_UNSUPPORTED, "the label of row 1 is 2147483647, expected below that");
}

/* ---- Remarks -------------------------------------------------------------------------------
 */

static void tells_constant_columns(void **state) {
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    for (size_t i = 0; i < N; i++) x[i * W + 1] = i == 4 ? 7 : 3; /* row 4 is to judge by */
    expect_remark(m, "1 of 3 columns are constant and tell nothing");
    for (size_t i = 0; i < N; i++) x[i * W] = x[i * W + 2] = -1;
    expect_refusal(m, GT_BAD_ARGUMENT, "all 3 columns are constant");
}

static const char *const four_classes[] = {"FRI", "FRII", "ring", "relic"};

/* Classes that have a name and no row; and rows to judge by of classes that nobody learns. */
static void tells_empty_and_missed_classes(void **state) {
    static const int32_t missed[N] = {0, 1, -1, 0, 3, 2, 3, 1, -1, 0, 1, 0};
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.classes = four_classes;
    m.class_count = 4;
    expect_remark(m, "classes without rows, left out: ring, relic\n");
    m.class_count = 3;
    expect_remark(m, "class without rows, left out: ring\n");
    m.class_count = 4;
    m.labels = missed;
    expect_remark(m,
                  "2 rows to judge by are of classes that no row to learn from has, and count "
                  "as missed: relic (2)\n");
    assert_has(remarks, "class without rows, left out: ring\n"); /* 2 is validation's alone */
}

/* Classes that nothing judges, and classes that no row is given to. */
static void tells_classes_without_figures(void **state) {
    static const int32_t unseen[N] = {0, 1, -1, 2, 1, 1, 0, 1, -1, 0, 1, 0};
    float x[N * W];
    gt_error err = {0};
    gt_subject s = {0};
    gt_by_class by = {.test = NULL};
    (void)state;
    given_set m = as_usual(x);
    m.classes = four_classes;
    m.class_count = 3;
    m.labels = unseen;
    expect_remark(m, "class to learn from without rows to judge by, whose recall counts as 0 "
                     "where rows are given to it: ring (1)\n");
    assert_ok(read_set(m, &s, &err), err);
    assert_ok(gt_judged_classes(&s.train, &s.test, &by.classes, &err), err);
    assert_ok(gt_class_report_create(3, 1, &by.test, &err), err);
    gt_class_report_add(by.test, (const double[15]){3, 0, 0, 2});
    remarks_begin();
    gt_subject_remark_ungiven(&s, "knn", &by);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "set.h5: knn gives no row to class FRII: precision counts as 0\n");
    gt_by_class_free(&by);
    gt_subject_close(&s);
}

/* A long list is cut behind eight names. */
static void cuts_long_lists(void **state) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f",
                                        "g", "h", "i", "j", "k", "l"};
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.classes = names;
    m.class_count = 12;
    expect_remark(m, "left out: c, d, e, f, g, h, i, j and 2 more\n");
    m.class_count = 10;
    expect_remark(m, "left out: c, d, e, f, g, h, i, j\n");
}

static void tells_rare_classes(void **state) {
    gt_error err = {0};
    gt_subject s = {0};
    float x[N * W];
    (void)state;
    assert_ok(read_set(as_usual(x), &s, &err), err);
    for (int32_t folds = 2; folds <= 4; folds++) {
        remarks_begin();
        gt_subject_remark_folds(&s, folds);
        gt_log_to(NULL, NULL);
        if (folds != 3) assert_string_equal(remarks, ""); /* none is rare, or all are */
        if (folds == 3)
            assert_has(remarks,
                       "class with fewer rows than 3 folds, missing from some of them: "
                       "FRI (2)\n");
    }
    gt_subject_close(&s);
}

/* One object in two parts of the set. */
static void tells_shared_ids(void **state) {
    static const char *const ids[N] = {"a", "b", "c", "d", "e", "f",
                                       "a", "h", "i", "j", "k", ""};
    static const char *const own[N] = {"a", "b", "c", "d", "e", "f",
                                       "g", "h", "i", "j", "",  ""};
    float x[N * W];
    (void)state;
    given_set m = as_usual(x);
    m.ids = ids;
    expect_remark(m,
                  "ids in more than one split: 1 (the first: 'a' in row 0, train, and row 6");
    m.ids = own;
    expect_remark(m, NULL);
}

/* ---- Names ---------------------------------------------------------------------------------
 */

static void names_classes(void **state) {
    static const int32_t sparse[N] = {0, 5, -1, 0, 5, 5, 0, 5, -1, 0, 5, 0};
    gt_error err = {0};
    gt_subject s = {0};
    float x[N * W];
    char text[16], **names = NULL;
    (void)state;
    given_set m = as_usual(x);
    assert_ok(read_set(m, &s, &err), err);
    assert_string_equal(gt_subject_class(&s, 1, text), "FRII");
    assert_string_equal(gt_subject_class(&s, 2, text), "2");
    gt_subject_close(&s);
    m.labels = sparse;
    m.classes = NULL;
    assert_ok(read_set(m, &s, &err), err);
    assert_string_equal(gt_class_text(two_classes, 2, -1, text), "-1");
    assert_string_equal(gt_class_text(NULL, 0, 0, text), "0");
    assert_ok(gt_subject_names(&s, &s.known, &names, &err), err);
    assert_string_equal(names[0], "0");
    assert_string_equal(names[1], "5");
    gt_class_names_free(names, 2);
    gt_class_names_free(NULL, 2);
    gt_subject_close(&s);
    assert_string_equal(gt_split_text(GT_SPLIT_TRAIN), "train");
    assert_string_equal(gt_split_text(GT_SPLIT_TEST), "test");
    assert_string_equal(gt_split_text(GT_SPLIT_VALIDATION), "validation");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(reads_labelled_rows),
        TEST(reads_training_alone),
        TEST(reads_blocks),
        TEST(refuses_missing_columns),
        TEST(refuses_missing_rows),
        TEST(refuses_bad_numbers),
        TEST(refuses_labels),
        TEST(tells_constant_columns),
        TEST(tells_empty_and_missed_classes),
        TEST(tells_classes_without_figures),
        TEST(cuts_long_lists),
        TEST(tells_rare_classes),
        TEST(tells_shared_ids),
        TEST(names_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
