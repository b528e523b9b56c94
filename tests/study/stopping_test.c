/* Calls that are stopped wherever they ask whether to stop: each ends with what it says then
 * and leaves no file; those that keep what is finished go on to the results of one that was
 * never stopped. */
#include <sys/stat.h>

#include "compare/compare.h"
#include "density.h"
#include "encoding.h"
#include "novelty.h"
#include "reconstruction.h"
#include "sampling.h"
#include "search.h"
#include "study_learning.h"
#include "study_pictures.h"
#include "views.h"

/* Asked so often, the process says yes once; 0: never. */
static int asked_until_stop;

int __wrap_gt_interrupt_pending(void);
int __wrap_gt_interrupt_pending(void) {
    return asked_until_stop > 0 && --asked_until_stop == 0 ? 2 : 0;
}

static const char *pictures, *codes, *run, *flow;

static int make_all(void **state) {
    (void)state;
    begin_kept();
    pictures = make_picture_set((made_pictures){.name = "set.h5"});
    run = make_vdvae(pictures, "run");
    made_set m = apart("codes.h5", 1, two_classes);
    m.gap = 0.8;
    codes = make_set(m);
    flow = make_flow(codes);
    return 0;
}

/* ---- Calls that begin anew -----------------------------------------------------------------
 */

/* Each writes to `out` or nothing. */
typedef gt_status call(const gt_context *context, const void *settings, const char *out,
                       gt_error *err);

static gt_status sample_images(const gt_context *context, const void *settings, const char *out,
                               gt_error *err) {
    gt_sampled made;
    const gt_sample_settings how = {
        .out = out, .colours = "gray", .count = 20, .columns = 4, .batch = 8};
    return gt_sample_write(context, run, &how, settings, &made, err);
}

static gt_status sample_codes(const gt_context *context, const void *settings, const char *out,
                              gt_error *err) {
    gt_sampled made;
    const gt_sample_settings how = {.out = out, .colours = "gray", .count = 2500};
    (void)settings;
    return gt_sample_write(context, flow, &how, NULL, &made, err);
}

static gt_status reconstruct(const gt_context *context, const void *settings, const char *out,
                             gt_error *err) {
    gt_reconstruction got;
    const gt_reconstruct_settings how = {.data = pictures,
                                         .out = out,
                                         .split = "any",
                                         .colours = "gray",
                                         .count = 20,
                                         .columns = 4,
                                         .batch = 8};
    (void)settings;
    return gt_reconstruct_write(context, run, &how, &got, err);
}

static gt_status draw_views(const gt_context *context, const void *settings, const char *out,
                            gt_error *err) {
    size_t count;
    gt_augmentation how;
    gt_options *options = NULL;
    assert_ok(gt_options_create(&options, err), *err);
    assert_ok(gt_options_add(options, &gt_augmentation_options, &how, err), *err);
    const gt_views_settings views = {
        .out = out, .colours = "gray", .count = 2, .seed = 1, .epoch = 1};
    (void)settings;
    gt_status status = gt_views_write(context, pictures, &views, &how, &count, err);
    gt_options_destroy(options);
    return status;
}

static gt_status measure(const gt_context *context, const void *settings, const char *out,
                         gt_error *err) {
    gt_densities d = {0};
    const char *const sets[] = {codes, codes};
    (void)settings;
    gt_status status = gt_densities_compute(context, flow, sets, 2, &d, err);
    if (!status) status = gt_densities_table(&d, out, err);
    gt_densities_free(&d);
    return status;
}

static gt_status rank(const gt_context *context, const void *settings, const char *out,
                      gt_error *err) {
    gt_novelty n = {0};
    const gt_novelty_request request = {.run = flow, .data = codes, .search = codes, .top = 4};
    (void)settings;
    gt_status status = gt_novelty_find(context, &request, &n, err);
    if (!status) status = gt_novelty_table(&n, out, err);
    gt_novelty_free(&n);
    return status;
}

static gt_status search(const gt_context *context, const void *settings, const char *out,
                        gt_error *err) {
    gt_found found = {0};
    const gt_query_request request = {
        .context = context, .text = codes, .format = "auto", .align = "none", .axes = "auto"};
    (void)settings;
    gt_status status = gt_search_open(context, codes, &request, 3, &found, err);
    if (!status) status = gt_search_run(context, &found, err);
    if (!status) status = gt_found_write_table(&found, out, "{}", err);
    gt_found_free(&found);
    return status;
}

static const struct {
    const char *out, *says;
    call *work;
    int asks; /* at the least: once a batch or picture */
} calls[] = {
    {"s.h5", "of 20 images, no file written", sample_images, 3},
    {"s.png", "of 20 images, no file written", sample_images, 3},
    {"c.h5", "codes, no file written", sample_codes, 3},
    {"r.png", "interrupted, no file written", reconstruct, 3},
    {"v.png", "interrupted", draw_views, 8},
    {"d.csv", "interrupted, no file written", measure, 2},
    {"n.csv", "interrupted, no file written", rank, 2},
    {"f.csv", "interrupted", search, 1},
};

/* Stopped at the first time it asks, at the second, and so on until it is through. */
static void leave_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        gt_status status = GT_INTERRUPTED;
        use_settings u;
        int asks = 0;
        begin_use_of(&u, "vdvae", true);
        for (int stop = 1; status == GT_INTERRUPTED; stop++, asks++) {
            gt_error err = {0};
            asked_until_stop = stop;
            status = calls[i].work(&u.context, u.values, in_folder(calls[i].out), &err);
            asked_until_stop = 0;
            if (status && status != GT_INTERRUPTED) fail_msg("%s", err.text);
            if (status) assert_has(err.text, calls[i].says);
            assert_int_equal(entries_in_folder(), status == GT_OK);
        }
        if (asks - 1 < calls[i].asks) fail_msg("%s: asks %d times", calls[i].out, asks - 1);
        assert_int_equal(remove(in_folder(calls[i].out)), 0);
        end_use(&u);
    }
}

/* What is wrong with the last set is told before it is asked whether to stop. */
static void look_at_all_sets_first(void **state) {
    (void)state;
    gt_error err = {0};
    use_settings u;
    gt_densities d = {0};
    const char *const sets[] = {
        codes, codes, make_set((made_set){.name = "other.h5", .rows = 9, .width = 3})};
    begin_use_of(&u, "vdvae", true);
    asked_until_stop = 1;
    assert_int_equal(gt_densities_compute(&u.context, flow, sets, 3, &d, &err), GT_BAD_SHAPE);
    assert_has(err.text, "other.h5 has codes of 3 numbers");
    assert_int_equal(asked_until_stop, 1);
    asked_until_stop = 0;
    gt_densities_free(&d);
    end_use(&u);
}

/* The sentence counts what was done. */
static void tell_how_far_they_got(void **state) {
    static const char *const said[] = {"interrupted after 0 of 20", "interrupted after 8 of 20",
                                       "interrupted after 16 of 20"};
    (void)state;
    for (int stop = 1; stop <= 3; stop++) {
        gt_error err = {0};
        use_settings u;
        begin_use_of(&u, "vdvae", true);
        asked_until_stop = stop;
        assert_int_equal(sample_images(&u.context, u.values, in_folder("s.h5"), &err),
                         GT_INTERRUPTED);
        assert_has(err.text, said[stop - 1]);
        asked_until_stop = stop;
        assert_int_equal(sample_codes(&u.context, NULL, in_folder("c.h5"), &err),
                         GT_INTERRUPTED);
        assert_has(err.text, stop == 1   ? "after 0 codes"
                             : stop == 2 ? "after 1024 codes"
                                         : "after 2048 codes");
        end_use(&u);
    }
}

/* ---- Calls that go on ----------------------------------------------------------------------
 */

enum { SEEDS = 2, FOLDS = 3 };

/* Two methods, cross-validated, as predictions and class by class. */
static gt_status learn(bench *b, const char *out, const char *by_class, gt_evaluation judged[2],
                       gt_error *err) {
    gt_learning_request request = request_of(b, codes, "lr,knn");
    request.out = out;
    request.by_class = by_class;
    gt_learning l = {.fitting.plan = {.seed = 1, .seeds = SEEDS, .folds = FOLDS}};
    gt_status status = gt_learn(&b->context, &request, &l, err);
    for (size_t m = 0; m < 2; m++) judged[m] = l.codes.methods.list[m].evaluation;
    gt_learning_finish(&l, status);
    return status;
}

static void assert_same_evaluation(const gt_evaluation *a, const gt_evaluation *b) {
    assert_near(a->accuracy.mean, b->accuracy.mean, 0);
    assert_near(a->accuracy.deviation, b->accuracy.deviation, 0);
    assert_near(a->cv_accuracy.mean, b->cv_accuracy.mean, 0);
    assert_near(a->cv_roc_auc.deviation, b->cv_roc_auc.deviation, 0);
    assert_int_equal(a->held_out, b->held_out);
}

/* However often it is stopped, the end is that of one call; what was fitted is not fitted
 * again, and the file that keeps it is gone. */
static void learning_goes_on(void **state) {
    bench b;
    gt_error err = {0};
    gt_evaluation wanted[2], got[2];
    char parts[600];
    int stops = 0;
    (void)state;
    set_up(&b, "error");
    const char *undisturbed = kept_path("wanted.csv"), *out = kept_path("p.csv");
    const char *classes[] = {kept_path("wanted_classes.csv"), kept_path("classes.csv")};
    snprintf(parts, sizeof parts, "%s.parts", out);
    assert_ok(learn(&b, undisturbed, classes[0], wanted, &err), err);
    remarks_begin();
    for (gt_status status = GT_INTERRUPTED; status; stops++) {
        asked_until_stop = 30 + 15 * stops; /* always some further */
        status = learn(&b, out, classes[1], got, &err);
        asked_until_stop = 0;
        if (status && status != GT_INTERRUPTED) fail_msg("%s", err.text);
        assert_int_equal(is_there(out), status == GT_OK);
        if (!status) break;
        /* each is kept once (3 numbers, the figures, those of two classes, a sum), but for the
         * classifier that makes the predictions, which every call fits again */
        int done = atoi(strstr(err.text, "after ") + strlen("after "));
        size_t record = 4 * sizeof(uint64_t) + sizeof(gt_fit_scores) +
                        gt_class_counts_size(2) * sizeof(double);
        struct stat about = {.st_size = 40};
        (void)stat(parts, &about);
        size_t records = ((size_t)about.st_size - 40) / record;
        assert_true(records >= (size_t)done && records <= (size_t)(done + 2 * stops));
    }
    gt_log_to(NULL, NULL);
    assert_true(stops > 1);
    assert_has(remarks, "finished fits of a call that was interrupted");
    assert_false(is_there(parts));
    for (size_t m = 0; m < 2; m++) assert_same_evaluation(&got[m], &wanted[m]);
    assert_same_file(out, undisturbed);
    assert_same_file(classes[1], classes[0]);
    tear_down(&b);
}

static gt_status compare(bench *b, const char *const *words, const char *out, gt_error *err) {
    gt_comparison c = {.fitting.plan = {.seed = 1, .seeds = 1, .folds = FOLDS}};
    const gt_compare_request request = {.words = words,
                                        .word_count = 2,
                                        .methods = "lr,knn",
                                        .settings = b->settings,
                                        .out = out};
    gt_status status = gt_compare(&b->context, &request, &c, err);
    gt_comparison_close(&c, status);
    return status;
}

static void comparing_goes_on(void **state) {
    bench b;
    gt_error err = {0};
    int stops = 0;
    (void)state;
    set_up(&b, "error");
    made_set m = apart("b.h5", 2, two_classes);
    m.gap = 0.4;
    const char *const words[] = {codes, make_set(m)};
    const char *undisturbed = kept_path("wanted.json"), *out = kept_path("c.json");
    assert_ok(compare(&b, words, undisturbed, &err), err);
    for (gt_status status = GT_INTERRUPTED; status; stops++) {
        asked_until_stop = 5 + 3 * stops;
        status = compare(&b, words, out, &err);
        asked_until_stop = 0;
        if (status && status != GT_INTERRUPTED) fail_msg("%s", err.text);
        assert_int_equal(is_there(out), status == GT_OK);
    }
    assert_true(stops > 2);
    assert_same_file(out, undisturbed);
    assert_int_equal(entries_in_folder(), 3); /* the set and the two results */
    tear_down(&b);
}

/* Two sets that differ in a row to learn from alone share nothing that is kept. */
static void comparing_keeps_sets_apart(void **state) {
    bench b;
    gt_evaluation judged[2];
    (void)state;
    set_up(&b, "error");
    made_set m = apart("far.h5", 1, two_classes);
    m.gap = 0.8;
    m.far_row = 4;
    const char *const words[] = {codes, make_set(m)};
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        gt_error err = {0};
        gt_comparison c = {.fitting.plan = {.seed = 1, .seeds = 1, .folds = FOLDS}};
        const gt_compare_request request = {.words = words,
                                            .word_count = 2,
                                            .methods = "lr",
                                            .settings = b.settings,
                                            .out = is_kept ? kept_path("c.json") : NULL};
        assert_ok(gt_compare(&b.context, &request, &c, &err), err);
        judged[is_kept] = c.entries[1].methods.list[0].evaluation;
        const gt_evaluation *first = &c.entries[0].methods.list[0].evaluation;
        assert_true(first->cv_roc_auc.mean != judged[is_kept].cv_roc_auc.mean);
        gt_comparison_close(&c, GT_OK);
    }
    assert_same_evaluation(&judged[0], &judged[1]);
    tear_down(&b);
}

/* Other settings of a classifier take over nothing of it that was kept. */
static void learning_takes_over_its_own_alone(void **state) {
    enum { MANY = 1000000 };
    bench b;
    gt_error err = {0};
    gt_evaluation other[2], got[2], wanted[2];
    (void)state;
    set_up(&b, "error");
    const char *undisturbed = kept_path("wanted.csv"), *out = kept_path("p.csv");
    asked_until_stop = MANY;
    assert_ok(learn(&b, undisturbed, NULL, other, &err), err);
    asked_until_stop = MANY - asked_until_stop - 2; /* all of lr is done then */
    assert_int_equal(learn(&b, out, NULL, got, &err), GT_INTERRUPTED);
    assert_ok(gt_options_set(b.asked.options, "lr-c", "1e-3", GT_FROM_COMMAND, NULL, &err),
              err);
    assert_ok(learn(&b, undisturbed, NULL, wanted, &err), err);
    assert_true(other[0].cv_accuracy.mean != wanted[0].cv_accuracy.mean ||
                other[0].accuracy.mean != wanted[0].accuracy.mean);
    remarks_begin();
    assert_ok(learn(&b, out, NULL, got, &err), err);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "finished fits of a call that was interrupted");
    for (size_t m = 0; m < 2; m++) assert_same_evaluation(&got[m], &wanted[m]);
    assert_same_file(out, undisturbed);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(leave_nothing),
        TEST(tell_how_far_they_got),
        TEST(look_at_all_sets_first),
        TEST(learning_goes_on),
        TEST(comparing_goes_on),
        TEST(comparing_keeps_sets_apart),
        TEST(learning_takes_over_its_own_alone),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
