/* Sets whose classes are not 0, 1, 2 with many rows each: numbers with gaps, names without
 * rows, classes of the test rows alone, rare ones in cross-validation, and what fitted
 * classifiers say of sets that call or number their classes otherwise. */
#include "galatea/dataset.h"
#include "rng.h"
#include "run_main.h"
#include "temp_folder.h"

enum { WIDTH = 5, MOST_GROUPS = 4, EVERY_TEST = 4 };

/* Rows of one class lie together; of every four one is to judge by. */
typedef struct group {
    int32_t label;
    size_t rows;
    int only; /* split of all its rows; -1: both */
    float at; /* where it lies */
} group;

typedef struct recipe {
    const char *const *names;
    size_t name_count;
    group groups[MOST_GROUPS];
} recipe;

static void append_rows(gt_dataset_writer *writer, const group *g, uint64_t stream) {
    gt_error err;
    for (size_t i = 0; i < g->rows; i++) {
        float code[WIDTH];
        gt_dataset_row row = gt_dataset_row_default();
        gt_rng_fill_normal((gt_rng_key){.seed = 5, .stream = stream}, i * WIDTH, WIDTH, code);
        for (size_t k = 0; k < WIDTH; k++) code[k] = code[k] / 3 + (k < 2 ? g->at : 0);
        row.label = g->label;
        row.split = i % EVERY_TEST ? GT_SPLIT_TRAIN : GT_SPLIT_TEST;
        if (g->only >= 0) row.split = (uint8_t)g->only;
        assert_ok(gt_dataset_writer_append(writer, code, &row, 1, &err), err);
    }
}

static void make(const char *path, const recipe *r) {
    gt_error err;
    gt_dataset_writer *writer;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    for (size_t g = 0; g < MOST_GROUPS; g++) info.count += r->groups[g].rows;
    info.channels = WIDTH;
    info.height = info.width = 1;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT;
    info.class_names = r->names;
    info.class_count = r->name_count;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t g = 0; g < MOST_GROUPS; g++) append_rows(writer, &r->groups[g], g);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static void enter(const char *path, const recipe *r) {
    assert_int_equal(chdir(temp_folder), 0);
    make(path, r);
}

static void assert_says(const char *path, const char *text) {
    if (!strstr(load(path), text)) fail_msg("'%s' is not in %s: %s", text, path, load(path));
}

static void assert_silent(const char *path) {
    if (*load(path)) fail_msg("%s: %s", path, load(path));
}

#define ALL "--method all --k 5 --rf-trees 5 --ext-trees 5 --grad-stages 5 --threads 1"

static const char *const three[] = {"FRI", "hybrid", "FRII"};
static const recipe dense = {NULL, 0, {{0, 40, -1, 0}, {1, 40, -1, 1}}};

/* What is said of classes 0 and 1 is said of any two. */
static void gaps_change_nothing(void **state) {
    const int32_t pairs[][2] = {{0, 2}, {1, 2}, {100, 200}, {7, INT32_MAX - 1}};
    char expected[1 << 18];
    enter("s.h5", &dense);
    assert_int_equal(run("galatea classify s.h5 --cv 3 " ALL), 0);
    snprintf(expected, sizeof expected, "%s", load("out"));
    *strstr(expected, "positive class") = '\0';
    for (size_t p = 0; p < 4; p++) {
        recipe r = dense;
        r.groups[0].label = pairs[p][0], r.groups[1].label = pairs[p][1];
        make("s.h5", &r);
        assert_int_equal(run("galatea classify s.h5 --cv 3 " ALL), 0);
        assert_memory_equal(load("out"), expected, strlen(expected));
        assert_silent("err");
    }
}

static void gaps_in_tables_and_folders(void **state) {
    const recipe r = {NULL, 0, {{100, 40, -1, 0}, {200, 40, -1, 3}}};
    enter("s.h5", &r);
    assert_int_equal(run("galatea classify s.h5 --out t.csv --save d " ALL), 0);
    assert_says("out", "positive class (recall): 200; negative class (specificity): 100");
    assert_says("t.csv", "row,class,split,knn_class,knn_score,knn_p_100,knn_p_200,rf_class");
    assert_says("t.csv", "0,100,test,100,");
    assert_int_equal(run("galatea classify s.h5 --load d --out u.csv"), 0);
    assert_says("out", "knn     100 40  200 40  accuracy 1.000");
    char first[1 << 18];
    snprintf(first, sizeof first, "%s", load("t.csv"));
    assert_string_equal(load("u.csv"), first);
    assert_int_equal(run("galatea compare s.h5 --cv 3 " ALL), 0);
    assert_silent("err");
    assert_int_equal(
        run("galatea embed s.h5 --method pca --color label --out m.h5 --figure m.svg"), 0);
    assert_says("m.svg", ">100<");
    assert_says("m.svg", ">200<");
}

static void names_without_rows(void **state) {
    const recipe r = {three, 3, {{0, 40, -1, 0}, {2, 40, -1, 3}}};
    enter("s.h5", &r);
    assert_int_equal(run("galatea classify s.h5 --cv 3 --json --out t.csv " ALL), 0);
    assert_says("out", "\"recall\": 1");
    assert_says("out", "\"classes\": 2");
    assert_says("err", "s.h5: class without rows, left out: hybrid");
    assert_says("t.csv", "knn_p_FRI,knn_p_FRII");
}

/* They are missed, and have no say in what is told of the two others. */
static void classes_of_the_test_rows_alone(void **state) {
    const recipe r = {three, 3, {{0, 40, -1, 0}, {2, 40, -1, 3}, {1, 5, GT_SPLIT_TEST, 0}}};
    enter("s.h5", &r);
    assert_int_equal(run("galatea classify s.h5 --cv 3 --method knn --k 5 --json"), 0);
    assert_says("out", "\"accuracy\": 0.8");
    assert_says("out", "\"recall\": 1");
    assert_says("out", "\"true_positive\": 10");
    assert_says("err", "5 rows to judge by are of classes that no row to learn from has, and "
                       "count as missed: hybrid (5)");
    assert_int_equal(run("galatea classify s.h5 --cv 3 " ALL), 0);
    assert_int_equal(run("galatea compare s.h5 --cv 3 " ALL), 0);
}

static void one_class_is_refused(void **state) {
    const recipe r = {three, 3, {{1, 40, -1, 0}, {0, 40, GT_SPLIT_TEST, 1}}};
    enter("s.h5", &r);
    assert_int_equal(run("galatea classify s.h5 --method knn --k 5"), 1);
    assert_says("err", "s.h5: all 30 labelled rows to learn from are of class hybrid, expected "
                       "at least 2 classes\n");
}

/* A class with 2 rows, one with 1, and both of two classes. */
static void rare_classes_in_cross_validation(void **state) {
    const recipe recipes[] = {
        {three, 3, {{0, 40, -1, 0}, {2, 40, -1, 3}, {1, 2, GT_SPLIT_TRAIN, -1}}},
        {three, 3, {{0, 40, -1, 0}, {2, 40, -1, 3}, {1, 1, GT_SPLIT_TRAIN, -1}}},
        {NULL, 0, {{0, 40, -1, 0}, {1, 2, GT_SPLIT_TRAIN, 1}}},
        {NULL, 0, {{0, 40, -1, 0}, {1, 1, GT_SPLIT_TRAIN, 1}}}};
    const char *const told[] = {"hybrid (2)", "hybrid (1)", "1 (2)", "1 (1)"};
    for (size_t i = 0; i < 4; i++) {
        enter("s.h5", &recipes[i]);
        const char *const lines[] = {"galatea classify s.h5 --cv 5 --seeds 2 " ALL,
                                     "galatea compare s.h5 --seeds 2 " ALL};
        for (size_t l = 0; l < 2; l++) {
            assert_int_equal(run(lines[l]), 0);
            assert_says("err", "with fewer rows than");
            assert_says("err", told[i]);
        }
    }
    assert_int_equal(run("galatea classify s.h5 --cv 31 " ALL), 1);
    assert_says("err", "no class has more than 30 rows, too few for 31 folds");
}

/* By their names, not by their numbers. */
static void fitted_ones_know_classes_by_name(void **state) {
    static const char *const two[] = {"FRI", "FRII"}, *const turned[] = {"FRII", "FRI"},
                             *const others[] = {"spiral", "bar"};
    const recipe r = {two, 2, {{0, 40, -1, 0}, {1, 40, -1, 3}}},
                 again = {turned, 2, {{0, 40, -1, 3}, {1, 40, -1, 0}}},
                 more = {three, 3, {{0, 40, -1, 0}, {2, 40, -1, 3}, {1, 20, -1, 3}}},
                 far = {others, 2, {{0, 40, -1, 0}, {1, 40, -1, 3}}};
    enter("s.h5", &r);
    make("again.h5", &again);
    make("more.h5", &more);
    make("far.h5", &far);
    assert_int_equal(run("galatea classify s.h5 --save d --method knn --k 5"), 0);
    assert_int_equal(run("galatea classify again.h5 --load d"), 0);
    assert_says("out", "accuracy 1.000 (0.94-1.00) of 60 train");
    assert_silent("err");
    assert_int_equal(run("galatea classify more.h5 --load d"), 0);
    assert_says("out", "accuracy 0.800");
    assert_says("err",
                "more.h5: class hybrid is not among those of d; its rows count as missed");
    assert_int_equal(run("galatea classify far.h5 --load d"), 0);
    assert_null(strstr(load("out"), "accuracy"));
    assert_says("err", "far.h5: classes spiral and others are not among those of d; the labels "
                       "are not compared");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(gaps_change_nothing),
        TEST(gaps_in_tables_and_folders),
        TEST(names_without_rows),
        TEST(classes_of_the_test_rows_alone),
        TEST(one_class_is_refused),
        TEST(rare_classes_in_cross_validation),
        TEST(fitted_ones_know_classes_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
