/* Networks that learned classes of pictures, put to use as classifiers: what they begin with,
 * what they say of sets with the same classes, others, or none, and what is written of it. */
#include <math.h>

#include "study_learning.h"
#include "study_pictures.h"
#include "training.h"

enum { SIDE = 32 };

static const char *pictures, *pairs, *tuned;

/* A training with the options of its model, in a context. */
typedef struct training {
    gt_invocation asked;
    gt_context context;
    const gt_model_class *model;
    void *model_settings;
    gt_train_settings settings;
    gt_augmentation views;
} training;

static void set(training *t, const char *key, const char *value) {
    gt_error err = {0};
    assert_ok(gt_options_set(t->asked.options, key, value, GT_FROM_COMMAND, NULL, &err), err);
}

static void begin(training *t, const char *model, const char *out) {
    gt_error err = {0};
    *t = (training){.model = NULL};
    t->context = make_context(&t->asked, "error");
    assert_ok(gt_model_class_find(model, &t->model, &err), err);
    t->model_settings = calloc(1, t->model->settings_size + 1);
    gt_options *options = t->asked.options;
    assert_ok(gt_options_add(options, &gt_train_options, &t->settings, &err), err);
    assert_ok(gt_options_add(options, t->model->options, t->model_settings, &err), err);
    assert_ok(gt_options_add(options, gt_train_view_options(t->model), &t->views, &err), err);
    set(t, "data", pictures);
    set(t, "out", out);
    set(t, "threads", "1");
    set(t, "epochs", "1");
    set(t, "batch", "8");
}

static void end(training *t) {
    end_context(&t->context);
    free(t->model_settings);
}

static void train(training *t) {
    gt_error err = {0};
    gt_train_result result;
    gt_train_job job = {.model = t->model,
                        .model_settings = t->model_settings,
                        .augmentation = &t->views,
                        .settings = &t->settings,
                        .progress = -1};
    t->context.invocation = &t->asked;
    assert_ok(
        gt_training_resolve_settings(t->asked.options, t->model, &t->settings, "tiny", &err),
        err);
    assert_ok(gt_training_run(&t->context, &job, &result, &err), err);
}

static const char *train_pairs(void) {
    training t;
    const char *out = kept_path("pairs");
    begin(&t, "simclr", out);
    set(&t, "widths", "4,6,8");
    set(&t, "blocks", "1,1,1");
    train(&t);
    end(&t);
    return out;
}

static const char *tune(const char *init, const char *name) {
    training t;
    const char *out = kept_path(name);
    begin(&t, "classifier", out);
    if (init) set(&t, "init", init);
    train(&t);
    end(&t);
    return out;
}

static int make_all(void **state) {
    (void)state;
    begin_kept();
    pictures = make_picture_set((made_pictures){.name = "set.h5", .side = SIDE});
    pairs = train_pairs();
    tuned = tune(pairs, "tuned");
    return 0;
}

/* ---- Beginning -----------------------------------------------------------------------------
 */

static void find_shape(const gt_run *run, const char *name, gt_shape *out) {
    const gt_params *params = gt_model_params(gt_run_model(run));
    int index = gt_params_find(params, name);
    if (index < 0) fail_msg("no %s", name);
    *out = gt_params_shape(params, index);
}

/* The encoder is as wide as that of the weights it begins with, unless it is told otherwise. */
static void widths_follow_the_weights(void **state) {
    gt_error err = {0};
    gt_run *run = NULL;
    gt_shape shape;
    (void)state;
    assert_ok(gt_run_open(tuned, &run, &err), err);
    find_shape(run, "layer3.0.conv2.weight", &shape);
    assert_int_equal(shape.dim[0], 8);
    find_shape(run, "fc.weight", &shape);
    assert_int_equal(shape.dim[0], 2);
    gt_run_close(run);
    assert_ok(gt_run_open(tune(NULL, "plain"), &run, &err), err);
    find_shape(run, "layer3.0.conv2.weight", &shape);
    assert_int_equal(shape.dim[0], 32); /* of the preset */
    gt_run_close(run);
}

static void names_stay_with_the_weights(void **state) {
    gt_error err = {0};
    gt_run *run = NULL;
    size_t count = 0;
    (void)state;
    assert_ok(gt_run_open(tuned, &run, &err), err);
    const char *const *names = gt_run_class_names(run, &count);
    assert_int_equal(count, 2);
    assert_string_equal(names[1], two_classes[1]);
    gt_run_close(run);
    assert_ok(gt_run_open(pairs, &run, &err), err);
    (void)gt_run_class_names(run, &count);
    assert_int_equal(count, 0);
    gt_run_close(run);
}

/* ---- Asking --------------------------------------------------------------------------------
 */

static gt_status ask(bench *b, gt_apply_request request, gt_applied *a, gt_error *err) {
    set_up(b, "ignore");
    *a = (gt_applied){.provenance = NULL};
    return gt_apply(&b->context, &request, a, err);
}

static void done(bench *b, gt_applied *a) {
    gt_applied_close(a);
    tear_down(b);
}

/* Every row is given a class; what labels tell is counted split by split, class by class. */
static void labels_are_compared(void **state) {
    gt_error err = {0};
    bench b;
    gt_applied a;
    (void)state;
    const gt_apply_request request = {.set = pictures,
                                      .folder = tuned,
                                      .out = kept_path("said.csv"),
                                      .by_class = kept_path("classes.csv")};
    assert_ok(ask(&b, request, &a, &err), err);
    assert_int_equal(a.tallies[0].predicted[0] + a.tallies[0].predicted[1], PICTURE_ROWS);
    assert_int_equal(a.parts.count, 3);
    double rows = 0;
    for (size_t i = 0; i < a.parts.count; i++) {
        const gt_class_part *part = &a.parts.list[i];
        assert_string_equal(part->part, gt_split_text((int)i));
        assert_string_equal(part->names[0], "FRI");
        rows += gt_class_report_support(part->report, 2);
        double hits = gt_class_report_count(part->report, 0, 0) +
                      gt_class_report_count(part->report, 1, 1);
        assert_near(hits, (double)a.tallies[0].right[i], 0);
    }
    assert_near(rows, PICTURE_ROWS, 0);
    char *text = text_of(request.out);
    double share = 0;
    assert_string_equal(cell_in(text, 0, 8), "classifier_p_FRI");
    for (size_t line = 1; line <= PICTURE_ROWS; line++) {
        share = atof(cell_in(text, line, 8)) + atof(cell_in(text, line, 9));
        assert_near(share, 1, 1e-6);
    }
    free(text);
    done(&b, &a);
}

/* Without labels rows are given classes all the same; figures class by class are refused. */
static void sets_without_labels(void **state) {
    gt_error err = {0};
    bench b;
    gt_applied a;
    (void)state;
    gt_apply_request request = {
        .folder = tuned,
        .set = make_picture_set(
            (made_pictures){.name = "bare.h5", .side = SIDE, .rows = 5, .is_bare = true})};
    assert_ok(ask(&b, request, &a, &err), err);
    assert_int_equal(a.tallies[0].predicted[0] + a.tallies[0].predicted[1], 5);
    assert_int_equal(a.parts.count, 0);
    done(&b, &a);
    request.by_class = kept_path("no.csv");
    assert_int_equal(ask(&b, request, &a, &err), GT_NOT_FOUND);
    assert_has(err.text, "bare.h5 has no labels of these classes to be compared with");
    done(&b, &a);
}

static void what_is_no_network_for_it(void **state) {
    gt_error err = {0};
    bench b;
    gt_applied a;
    (void)state;
    assert_int_equal(ask(&b, (gt_apply_request){.set = pictures, .folder = pairs}, &a, &err),
                     GT_UNSUPPORTED);
    assert_has(err.text, "is of model simclr, which tells no classes apart");
    done(&b, &a);
    const char *small = make_picture_set((made_pictures){.name = "small.h5", .rows = 3});
    assert_int_equal(ask(&b, (gt_apply_request){.set = small, .folder = tuned}, &a, &err),
                     GT_BAD_SHAPE);
    assert_has(err.text, "small.h5");
    done(&b, &a);
}

/* Rows of a class that the classifiers do not know are a class of their own, which is missed.
 */
static void other_classes_are_one_more(void **state) {
    static const char *const names[] = {"FRI", "ring"};
    gt_error err = {0};
    bench b;
    gt_applied a = {.provenance = NULL};
    (void)state;
    set_up(&b, "ignore");
    const char *folder = learn_folder(&b, "knn");
    const gt_apply_request request = {.set = make_set(apart("rings.h5", 1, names)),
                                      .folder = folder};
    remarks_begin();
    assert_ok(gt_apply(&b.context, &request, &a, &err), err);
    gt_log_to(NULL, NULL);
    const gt_class_part *part = &a.parts.list[0];
    assert_int_equal(part->classes, 3);
    assert_string_equal(part->names[2], "other classes");
    assert_near(gt_class_report_figure(part->report, 2, GT_RECALL).mean, 0, 0);
    assert_true(isnan(gt_class_report_figure(part->report, 2, GT_ROC_AUC_OF_CLASS).mean));
    done(&b, &a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(widths_follow_the_weights), TEST(names_stay_with_the_weights),
        TEST(labels_are_compared),       TEST(sets_without_labels),
        TEST(what_is_no_network_for_it), TEST(other_classes_are_one_more),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
