/* A training of two networks that play against each other, and the page of it: the curves of
 * both are there. */
#include "galatea/synth.h"
#include "galatea/train.h"
#include "report.h"
#include "report/spy.h"
#include "train/toy_gan.h"

static gt_error err;

static void make_sky(const char *path) {
    gt_synth *synth = NULL;
    gt_synth_settings sky = gt_synth_settings_default();
    sky.size = TOY_SIDE;
    sky.count = 40;
    sky.pixel = 7.2;
    sky.beam = 21.6;
    sky.out = path;
    assert_ok(gt_synth_create(&sky, &synth, &err), err);
    assert_ok(gt_synth_write(synth, NULL, NULL, NULL, &err), err);
    gt_synth_destroy(synth);
}

static void train_toy(void) {
    static const char *const usual[] = {"data=sky.h5", "out=run",   "epochs=2",
                                        "batch=4",     "threads=1", "hold-out=0.2",
                                        "log-every=1", "flip=no",   NULL};
    gt_options *options = NULL;
    gt_train_settings settings;
    gt_train_result result;
    toy_settings own;
    gt_train_job job = {
        .model = &toy_class, .model_settings = &own, .settings = &settings, .progress = -1};
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &settings, &err), err);
    assert_ok(gt_options_add(options, &toy_options, &own, &err), err);
    assert_ok(gt_options_preset(options, "usual", usual, &err), err);
    assert_ok(gt_train(&job, &result, &err), err);
    gt_options_destroy(options);
}

/* Points of block `block`: steps of a network that steps in every `every`-th batch; epochs. */
static void look_at_curves(int block, size_t steps) {
    double rows[32][SPY_COLUMNS];
    assert_int_equal(told_block(block, rows, 32), steps);
    assert_int_equal(told_block(block + 1, rows, 32), 2);
    assert_int_equal(told_block(block + 2, rows, 32), 2);
}

static void both_networks_are_on_the_page(void **state) {
    gt_report_counts counts;
    const char *const paths[] = {"run"};
    assert_int_equal(chdir(temp_folder), 0);
    make_sky("sky.h5");
    train_toy();
    const gt_report_request request = {.paths = paths, .count = 1};
    assert_ok(gt_report_write("page.html", &request, &counts, &err), err);
    assert_int_equal(counts.runs, 1);
    assert_string_equal(told("set ylabel ", 0), "\"loss\"");
    assert_string_equal(told("set ylabel ", 1), "\"generator loss\"");
    assert_null(told("set ylabel ", 2));
    size_t steps = (size_t)told_block(0, NULL, 0);
    assert_true(steps >= 2 * TOY_EVERY);
    look_at_curves(0, steps);
    look_at_curves(3, steps / TOY_EVERY);
    assert_int_equal(chdir("/"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {SPIED(both_networks_are_on_the_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
