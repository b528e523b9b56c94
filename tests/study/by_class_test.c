/* Learning with an eye on every class: three of them, some that are missing here or there, and
 * many; what is written of them and what is not. */
#include "study_learning.h"

enum { N = 48, W = 2, MANY = 300 };

static const char *const three[] = {"round", "disk", "ring"};

/* Row i is of class i % 3 and lies on its corner of a triangle, with some noise; every fourth
 * row judges. */
static given_set corners(float *x, int32_t *labels, uint8_t *splits) {
    static const float at[3][2] = {{0, 0}, {1, 0}, {0, 1}};
    for (size_t i = 0; i < N; i++) {
        gt_rng_key key = {3, gt_rng_stream("corners"), 0};
        labels[i] = (int32_t)(i % 3);
        splits[i] = i % 4 == 3 ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
        for (size_t k = 0; k < W; k++)
            x[i * W + k] = at[i % 3][k] + (float)gt_rng_uniform(key, i * W + k) - 0.5f;
    }
    return (given_set){.name = "corners.h5",
                       .rows = N,
                       .width = W,
                       .x = x,
                       .labels = labels,
                       .splits = splits,
                       .classes = three,
                       .class_count = 3};
}

/* Learns from a set, with the figures in files. */
typedef struct learned {
    bench b;
    gt_learning l;
    const char *table, *figure;
} learned;

static gt_status learn(learned *e, given_set m, const char *methods, int32_t folds,
                       gt_error *err) {
    *e = (learned){.table = kept_path("classes.csv"), .figure = kept_path("matrix.svg")};
    set_up(&e->b, "error");
    gt_learning_request request = request_of(&e->b, give_set(m), methods);
    request.by_class = e->table;
    request.confusion = e->figure;
    e->l.fitting.plan = (gt_evaluation_plan){.seed = 1, .seeds = 2, .folds = folds};
    return gt_learn(&e->b.context, &request, &e->l, err);
}

static void done(learned *e, gt_status status) {
    gt_learning_finish(&e->l, status);
    tear_down(&e->b);
}

static double figure(const gt_class_part *part, int32_t row, gt_class_figure f) {
    return gt_class_report_figure(part->report, row, f).mean;
}

/* Two methods, each judged by the test rows and by folds; of each row once. */
static void three_classes(void **state) {
    float x[N * W];
    int32_t labels[N];
    uint8_t splits[N];
    gt_error err = {0};
    learned e;
    assert_ok(learn(&e, corners(x, labels, splits), "knn,lr", 3, &err), err);
    assert_int_equal(e.l.parts.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const gt_class_part *part = &e.l.parts.list[i];
        const gt_method *method = &e.l.codes.methods.list[i / 2];
        double rows = 0, hits = 0;
        assert_string_equal(part->method, i < 2 ? "knn" : "lr");
        assert_string_equal(part->part, i % 2 ? "cv" : "test");
        assert_int_equal(gt_class_report_fits(part->report), i % 2 ? 6 : 1);
        for (int32_t k = 0; k < 3; k++) {
            assert_string_equal(part->names[k], three[k]);
            rows += gt_class_report_support(part->report, k);
            hits += gt_class_report_count(part->report, k, k);
            assert_true(figure(part, k, GT_ROC_AUC_OF_CLASS) > 0.5);
        }
        assert_near(rows, i % 2 ? N - N / 4 : N / 4, 1e-12);
        /* folds are of one size, so the mean over them is that over rows */
        assert_near(hits / rows,
                    (i % 2 ? method->evaluation.cv_accuracy : method->evaluation.accuracy).mean,
                    1e-12);
        assert_near(figure(part, 4, GT_RECALL), hits / rows, 1e-12); /* weighted by rows */
    }
    char *text = text_of(e.table);
    assert_has(text, ",as_round,as_disk,as_ring\n");
    assert_string_equal(cell_in(text, 1, 3), "round");
    assert_string_equal(cell_in(text, 4, 3), "macro mean");
    free(text);
    text = text_of(e.figure);
    assert_has(text, "<desc>{");
    free(text);
    done(&e, GT_OK);
}

/* A class that judges nothing, and one that nobody learns: both have their rows. */
static void missing_classes(void **state) {
    float x[N * W];
    int32_t labels[N];
    uint8_t splits[N];
    gt_error err = {0};
    learned e;
    given_set m = corners(x, labels, splits);
    m.classes = NULL; /* numbers are names */
    for (size_t i = 0; i < N; i++)
        if (labels[i] == 2) splits[i] = GT_SPLIT_TRAIN;
    for (size_t i = 3; i < N && i < 16; i += 4) labels[i] = labels[i] == 2 ? 2 : 5;
    remarks_begin();
    assert_ok(learn(&e, m, "lr", 0, &err), err);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "class to learn from without rows to judge by");
    assert_has(remarks, "are of classes that no row to learn from has, and count as missed: 5");
    const gt_class_part *part = &e.l.parts.list[0];
    assert_int_equal(part->classes, 4);
    assert_string_equal(part->names[3], "5");
    assert_near(gt_class_report_support(part->report, 2), 0, 0);
    assert_true(isnan(figure(part, 2, GT_ROC_AUC_OF_CLASS)));
    assert_true(gt_class_report_support(part->report, 3) > 0);
    assert_near(figure(part, 3, GT_RECALL), 0, 0);
    assert_true(isnan(figure(part, 3, GT_AVERAGE_PRECISION)));
    done(&e, GT_OK);
}

/* Beyond 256 classes nothing is told of each; the rest is. */
static void too_many_classes(void **state) {
    static float x[2 * MANY];
    static int32_t labels[2 * MANY];
    static uint8_t splits[2 * MANY];
    gt_error err = {0};
    learned e;
    for (size_t i = 0; i < 2 * MANY; i++) {
        x[i] = (float)(i % MANY);
        labels[i] = (int32_t)(i % MANY);
        splits[i] = i < MANY ? GT_SPLIT_TRAIN : GT_SPLIT_TEST;
    }
    const given_set m = {.name = "many.h5",
                         .rows = 2 * MANY,
                         .width = 1,
                         .x = x,
                         .labels = labels,
                         .splits = splits};
    gt_status status = learn(&e, m, "knn", 0, &err);
    assert_int_equal(status, GT_UNSUPPORTED);
    assert_has(err.text, "classes.csv: no figures class by class (more than 256 classes)");
    assert_true(e.l.codes.methods.list[0].is_evaluated);
    assert_int_equal(e.l.parts.count, 0);
    done(&e, status);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(three_classes),
        TEST(missing_classes),
        TEST(too_many_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
