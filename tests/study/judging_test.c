/* Learning, keeping and applying classifiers: what they find, what their folders remember, and
 * what is refused. */
#include <sys/stat.h>

#include "study_learning.h"

static const char *const named_otherwise[] = {"FRII", "FRI"};
static const char *const one_stranger[] = {"FRI", "ring"};
static const char *const strangers[] = {"spiral", "ring"};

/* ---- Names of methods -------------------------------------------------------------------- */

static void reads_methods(void **state) {
    gt_error err = {0};
    bench b;
    gt_methods methods;
    size_t count = 0;
    (void)state;
    set_up(&b, "error");
    (void)gt_classifier_classes(&count);
    assert_ok(gt_methods_parse("all", b.settings, &methods, &err), err);
    assert_int_equal(methods.count, count);
    assert_ok(gt_methods_parse("svc,knn", b.settings, &methods, &err), err);
    assert_int_equal(methods.count, 2);
    assert_string_equal(methods.list[0].kind->name, "svc");
    assert_string_equal(methods.list[1].kind->name, "knn");
    assert_int_equal(gt_methods_parse("knn,lr,knn", b.settings, &methods, &err), GT_USAGE);
    assert_has(err.text, "method knn is named twice");
    assert_int_equal(gt_methods_parse("knn,", b.settings, &methods, &err), GT_USAGE);
    assert_int_equal(gt_methods_parse("kmn", b.settings, &methods, &err), GT_USAGE);
    tear_down(&b);
}

/* ---- Learning ---------------------------------------------------------------------------- */

typedef struct heard {
    size_t count;
    const char *last;
} heard;

static void hear(void *user, const gt_subject *subject, const gt_method *method) {
    heard *h = user;
    (void)subject;
    assert_true(method->is_evaluated);
    h->count++;
    h->last = method->kind->name;
}

/* Classes far apart are told without a mistake; of pixels that are chance about half is right.
 */
static void judges_what_it_learned(void **state) {
    gt_error err = {0};
    bench b;
    heard h = {0};
    (void)state;
    set_up(&b, "error");
    made_set chance = apart("chance.h5", 9, two_classes);
    chance.gap = 0;
    gt_learning_request request =
        request_of(&b, make_set(apart("codes.h5", 1, two_classes)), "knn,lr");
    request.baseline = make_set(chance);
    gt_learning l = {.fitting = {.plan = {.seed = 1, .seeds = 1, .folds = 3},
                                 .on_method = hear,
                                 .user = &h}};
    assert_ok(gt_learn(&b.context, &request, &l, &err), err);
    assert_int_equal(h.count, 4);
    assert_string_equal(h.last, "lr");
    for (size_t m = 0; m < 2; m++) {
        const gt_evaluation *j = &l.codes.methods.list[m].evaluation;
        assert_near(j->accuracy.mean, 1, 0);
        assert_near(j->recall.mean, 1, 0);
        assert_int_equal(j->held_out, 3);
        assert_true(l.baseline.methods.list[m].evaluation.accuracy.mean < 0.9);
    }
    assert_int_equal(l.codes.subject.train.rows, ROWS / 2);
    assert_has(l.provenance, "codes.h5");
    assert_has(l.provenance, "chance.h5");
    gt_learning_finish(&l, GT_OK);
    tear_down(&b);
}

static void refuses_to_learn(void **state) {
    gt_error err = {0};
    bench b;
    (void)state;
    set_up(&b, "error");
    const char *set = make_set(apart("codes.h5", 1, two_classes));
    gt_learning_request request = request_of(&b, set, "knn");
    gt_learning one_fold = {.fitting.plan = {.seed = 1, .seeds = 1, .folds = 1}};
    assert_int_equal(gt_learn(&b.context, &request, &one_fold, &err), GT_USAGE);
    assert_has(err.text, "at least 2 folds");
    gt_learning_finish(&one_fold, GT_USAGE);
    gt_learning full_folder = {.fitting.plan = {.seed = 1, .seeds = 1}};
    assert_int_equal(mkdir(in_folder("full"), 0777), 0);
    write_file(in_folder("full/notes.txt"), "x", 1);
    request.save = in_folder("full");
    assert_int_equal(gt_learn(&b.context, &request, &full_folder, &err), GT_USAGE);
    gt_learning_finish(&full_folder, GT_USAGE);
    gt_learning unlabelled = {.fitting.plan = {.seed = 1, .seeds = 1}};
    request = request_of(
        &b, make_set((made_set){.name = "bare.h5", .rows = 9, .width = 2, .seed = 1}), "knn");
    assert_int_equal(gt_learn(&b.context, &request, &unlabelled, &err), GT_NOT_FOUND);
    assert_has(err.text, "bare.h5");
    gt_learning_finish(&unlabelled, GT_NOT_FOUND);
    tear_down(&b);
}

/* ---- Folders ----------------------------------------------------------------------------- */

static int64_t right_of(const gt_applied *a) {
    int64_t right = 0;
    for (int split = 0; split < GT_SPLIT_COUNT; split++) right += a->tallies[0].right[split];
    return right;
}

/* Labels mean the same by their names, whatever their numbers: here FRII is number 0. */
static void applies_by_names(void **state) {
    gt_error err = {0};
    bench b;
    gt_applied a = {0};
    (void)state;
    set_up(&b, "ignore");
    const char *folder = learn_folder(&b, "knn,lr");
    made_set other = apart("other.h5", 2, named_otherwise);
    other.swapped = true;
    assert_ok(gt_apply(&b.context,
                       &(gt_apply_request){.set = make_set(other), .folder = folder}, &a, &err),
              err);
    assert_int_equal(a.folder.methods.count, 2);
    assert_int_equal(a.folder.features, WIDTH);
    assert_string_equal(a.folder.names[0], "FRI");
    assert_int_equal(a.tallies[0].predicted[0], ROWS / 2);
    assert_int_equal(a.tallies[0].predicted[1], ROWS / 2);
    assert_int_equal(right_of(&a), ROWS);
    gt_applied_close(&a);
    tear_down(&b);
}

/* The same set, its own names, names in the other order, one unknown and all unknown. */
static void compares_labels(void **state) {
    static const struct {
        const char *const *names;
        int64_t right;
        const char *remark;
    } cases[] = {{two_classes, ROWS, NULL},
                 {named_otherwise, 0, NULL},
                 {one_stranger, ROWS / 2, "its rows count as missed"},
                 {strangers, 0, "the labels are not compared"}};
    bench b;
    (void)state;
    set_up(&b, "ignore");
    const char *folder = learn_folder(&b, "knn");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        gt_applied a = {0};
        remarks_begin();
        const char *set = make_set(apart("again.h5", 1, cases[i].names));
        assert_ok(
            gt_apply(&b.context, &(gt_apply_request){.set = set, .folder = folder}, &a, &err),
            err);
        gt_log_to(NULL, NULL);
        assert_int_equal(right_of(&a), cases[i].right);
        if (cases[i].remark) assert_has(remarks, cases[i].remark);
        if (!cases[i].remark) assert_string_equal(remarks, "");
        gt_applied_close(&a);
    }
    tear_down(&b);
}

static void expect_no_use(bench *b, const char *set, const char *folder, gt_status status,
                          const char *says) {
    gt_error err = {0};
    gt_applied a = {0};
    assert_int_equal(
        gt_apply(&b->context, &(gt_apply_request){.set = set, .folder = folder}, &a, &err),
        status);
    assert_has(err.text, says);
    gt_applied_close(&a);
}

static void refuses_to_apply(void **state) {
    bench b;
    (void)state;
    set_up(&b, "error");
    const char *folder = learn_folder(&b, "knn,lr");
    made_set wide = apart("wide.h5", 1, two_classes), survey = apart("nvss.h5", 1, two_classes);
    wide.width = WIDTH + 1;
    survey.survey = "NVSS";
    expect_no_use(&b, make_set(wide), folder, GT_MISMATCH, "has 5 values a row");
    expect_no_use(&b, make_set(survey), folder, GT_MISMATCH, "differ in survey");
    const char *set = make_set(apart("again.h5", 1, two_classes));
    expect_no_use(&b, set, in_folder("nothing"), GT_NOT_FOUND, "nothing");
    tear_down(&b);
}

/* A file of a folder that is cut, empty, missing or of another method is named. */
static void names_damage(void **state) {
    static const char *const files[] = {"fitted/knn.safetensors", "fitted/manifest.json"};
    bench b;
    (void)state;
    set_up(&b, "error");
    const char *folder = learn_folder(&b, "knn,lr");
    const char *set = make_set(apart("again.h5", 1, two_classes));
    for (size_t i = 0; i < 2; i++) {
        char path[600], bytes[65536];
        snprintf(path, sizeof path, "%s", in_folder(files[i]));
        FILE *file = fopen(path, "rb");
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        for (size_t kept = 0; kept < size; kept += size / 7 + 1) {
            gt_error err = {0};
            gt_applied a = {0};
            write_file(path, bytes, kept);
            assert_int_not_equal(gt_apply(&b.context,
                                          &(gt_apply_request){.set = set, .folder = folder}, &a,
                                          &err),
                                 GT_OK);
            assert_has(err.text, files[i] + strlen("fitted/"));
            gt_applied_close(&a);
        }
        assert_int_equal(remove(path), 0);
        expect_no_use(&b, set, folder, GT_NOT_FOUND, files[i] + strlen("fitted/"));
        write_file(path, bytes, size);
    }
    assert_int_equal(rename(in_folder("fitted/lr.safetensors"), in_folder(files[0])), 0);
    gt_error err = {0};
    gt_applied a = {0};
    assert_int_not_equal(
        gt_apply(&b.context, &(gt_apply_request){.set = set, .folder = folder}, &a, &err),
        GT_OK);
    assert_has(err.text, "knn.safetensors");
    gt_applied_close(&a);
    tear_down(&b);
}

/* Predictions as a table, a row for every row of the set. */
static void writes_predictions(void **state) {
    gt_error err = {0};
    bench b;
    gt_applied a = {0};
    size_t lines = 0;
    (void)state;
    set_up(&b, "ignore");
    const char *folder = learn_folder(&b, "knn");
    const char *set = make_set(apart("again.h5", 3, two_classes));
    char table[600];
    snprintf(table, sizeof table, "%s", in_folder("p.csv"));
    assert_ok(gt_apply(&b.context,
                       &(gt_apply_request){.set = set, .folder = folder, .out = table}, &a,
                       &err),
              err);
    gt_applied_close(&a);
    FILE *file = fopen(table, "r");
    assert_non_null(file);
    for (char line[4096]; fgets(line, sizeof line, file);) lines += *line != '#';
    fclose(file);
    assert_int_equal(lines, ROWS + 1);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(reads_methods),    TEST(judges_what_it_learned), TEST(refuses_to_learn),
        TEST(applies_by_names), TEST(compares_labels),        TEST(refuses_to_apply),
        TEST(names_damage),     TEST(writes_predictions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
