/* gan_health_test.c - a light-weight GAN that no longer learns says so, once: a discriminator
 * without slope, pictures that are all alike or run away, and numbers that are none; and a
 * denoiser that is worse than none. */
#include "small_run.h"

#include "galatea/log.h"

static const char *const settings[] = {"side=32",
                                       "latent=4",
                                       "channels=1",
                                       "most-channels=16",
                                       "heads=1",
                                       "head-size=4",
                                       "attention=none",
                                       "data=small.h5",
                                       "epochs=9",
                                       "batch=2",
                                       "micro-batch=2",
                                       "threads=1",
                                       "optimizer=adam",
                                       "learning-rate=1e-5",
                                       "schedule=constant",
                                       "ema=0",
                                       "clip=0",
                                       "skip-threshold=0",
                                       "log-every=1",
                                       "exact=true",
                                       NULL};

static gt_error err;
static char remarks[8192];

static void remember(void *user, const char *line) {
    (void)user;
    size_t used = strlen(remarks);
    snprintf(remarks + used, sizeof remarks - used, "%s\n", line);
}

static int times_said(const char *text) {
    int count = 0;
    for (const char *at = remarks; (at = strstr(at, text)); at += strlen(text)) count++;
    return count;
}

static void begin(gt_trainer *t) {
    remarks[0] = 0;
    assert_ok(gt_loader_begin(t->loader, (uint32_t)t->at.epoch, (size_t)t->at.batch, &err),
              err);
    gt_trainer_bind_values(t);
}

static void step(gt_trainer *t, int count) {
    gt_log_to(remember, NULL);
    for (int i = 0; i < count; i++) assert_ok(gt_trainer_step(t, &err), err);
    gt_log_to(NULL, NULL);
}

static float *value_of(const gt_trainer *t, float *vector, const char *name) {
    const gt_params *params = gt_model_params(t->model);
    return vector + gt_params_offset(params, gt_params_find(params, name));
}

/* ---- a discriminator without slope ---- */

/* Steps 1, 5 and 9 have the penalty. */
static void lose_the_slope(gt_trainer *t) {
    const gt_learner *judge = &t->learners[0];
    int term = judge->term_count - 1;
    begin(t);
    assert_string_equal(judge->names[term], "slope");
    step(t, 1);
    assert_true(judge->terms[term] > 0.01);
    step(t, 1);
    assert_true(isnan(judge->terms[term]));
    gt_model_range range = gt_model_range_of(t->model, 0);
    memset(t->vectors.values + range.first, 0, range.count * sizeof(float));
    for (int i = 0; i < 2; i++)
        memset(t->vectors.moments[i] + range.first, 0, range.count * sizeof(float));
    gt_trainer_bind_values(t);
    step(t, 10);
    assert_true(judge->terms[0] > 0 && times_said("slope") == 0);
    step(t, 1);
    assert_true(judge->terms[term] == 0);
    assert_int_equal(times_said("step 13: slope was next to nothing 3 times in a row: the "
                                "discriminator no longer sees its pictures (penalty 10.00)"),
                     1);
    step(t, 4);
    assert_int_equal(times_said("slope was"), 1);
    assert_int_equal(times_said("times in a row"), 1); /* terms without a least one have none */
}

static void test_no_slope(void **unused) {
    small_trainer("gan", settings, lose_the_slope);
}

/* ---- pictures all alike, or beyond all bounds ---- */

static int index_of(const gt_learner *learner, const char *name) {
    int i = 0;
    while (strcmp(learner->names[i], name) != 0) i++;
    return i;
}

static void tell(gt_watch *watch, int made, int real, double spread, int times, bool goes_on) {
    char text[GT_WATCH_ROOM];
    double terms[GT_TERMS];
    for (int i = 0; i < GT_TERMS; i++) terms[i] = i < made ? -0.5 : 0.5;
    terms[made] = spread;
    terms[real] = 0.1;
    remarks[0] = 0;
    for (int i = 0; i < times; i++) {
        gt_watch_step(watch, terms, goes_on);
        while (gt_watch_alarm(watch, text)) remember(NULL, text);
    }
}

static void watch_the_spread(gt_trainer *t) {
    const gt_stepper *all = t->learners[0].seldom;
    int made = index_of(&t->learners[0], "spread"),
        real = index_of(&t->learners[0], "spread_real");
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        gt_watch watch = gt_watch_make(all);
        tell(&watch, made, real, 0.6, 200, goes_on);
        assert_string_equal(remarks, "");

        assert_true(gt_watch_collapse(&watch) == 0);
        tell(&watch, made, real, 0.002, 200, goes_on);
        assert_string_equal(
            remarks,
            "the outputs are nearly the same for all images (spread 0.01, healthy is about "
            "0.1): the model has collapsed; try another learning rate or a larger batch\n");
        assert_true(gt_watch_collapse(&watch) > 0.9);
        tell(&watch, made, real, 3, 200, goes_on);
        assert_string_equal(remarks,
                            "the outputs run away (spread 1, healthy is about 0.1): the model "
                            "diverges; try a lower learning rate\n");
    }
    gt_watch from_the_start = gt_watch_make(all);
    tell(&from_the_start, made, real, 0, 49, true);
    assert_string_equal(remarks, "");
    tell(&from_the_start, made, real, 0, 1, true);
    assert_int_equal(times_said("the model has collapsed"), 1);
}

/* Five losses of a hundred times the first, one after the other; fewer may be odd images. */
static void watch_the_loss(gt_trainer *t) {
    char text[GT_WATCH_ROOM];
    gt_watch watch = gt_watch_make(t->learners[0].stepper);
    double terms[GT_TERMS];
    for (int i = 0; i < GT_TERMS; i++) terms[i] = NAN;
    remarks[0] = 0;
    for (int i = 0; i < 40; i++) {
        terms[0] = i == 0 ? -2 : i % 5 == 4 && i < 12 ? 299 : 301;
        gt_watch_step(&watch, terms, false);
        while (gt_watch_alarm(&watch, text)) remember(NULL, text);
        assert_int_equal(times_said("the loss has grown from -2 to 301"), i >= 14);
    }
}

static void test_loss(void **unused) {
    small_trainer("gan", settings, watch_the_loss);
}

/* All pictures are what the last bias makes them. */
static void make_all_alike(gt_trainer *t) {
    const gt_params *params = gt_model_params(t->model);
    int last = gt_params_find(params, "G.out_conv.weight");
    begin(t);
    step(t, 1);
    int made = index_of(&t->learners[0], "spread"),
        real = index_of(&t->learners[0], "spread_real");
    assert_true(t->learners[0].terms[made] > 0.01 && t->learners[0].terms[real] > 0.01);
    memset(t->vectors.values + gt_params_offset(params, last), 0,
           (size_t)gt_shape_count(gt_params_shape(params, last)) * sizeof(float));
    gt_trainer_bind_values(t);
    step(t, 1);
    assert_true(t->learners[0].terms[made] < 1e-6 && t->learners[0].terms[real] > 0.01);
}

static void test_spread(void **unused) {
    small_trainer("gan", settings, watch_the_spread);
    small_trainer("gan", settings, make_all_alike);
}

/* ---- a denoiser that is worse than none ---- */

static const char *const denoiser[] = {
    "width=4",          "levels=2",           "judged-levels=0",   "data=small.h5", "epochs=1",
    "batch=8",          "threads=1",          "optimizer=adam",    "ema=0",         "clip=0",
    "skip-threshold=0", "learning-rate=1e-6", "schedule=constant", "exact=true",    NULL};

/* After 50 steps or the last epoch, once, and not of a loss that was told to grow. */
static void watch_idle(gt_trainer *t) {
    char text[GT_WATCH_ROOM];
    const gt_watch fresh = gt_watch_make(t->learners[0].stepper);
    double idle = gt_stepper_idle(fresh.stepper);
    assert_near(idle, SMALL_PIXELS / 5.0, 1e-9);
    for (int steps = 49; steps <= 50; steps++) {
        gt_watch watch = fresh;
        watch.watched = steps;
        assert_false(gt_watch_epoch(&watch, 0.99 * idle, true, text));
        assert_int_equal(gt_watch_epoch(&watch, idle, false, text), steps == 50);
        assert_int_equal(gt_watch_epoch(&watch, idle, true, text), steps == 49);
        assert_false(gt_watch_epoch(&watch, idle, true, text));
    }
    gt_watch grown = fresh;
    for (int i = 0; i < 9; i++)
        gt_watch_step(&grown, (const double[GT_TERMS]){i ? 1e9 : 1}, false);
    while (gt_watch_alarm(&grown, text)) continue;
    assert_false(gt_watch_epoch(&grown, 1e9, true, text));
}

static void lose_the_pictures(gt_trainer *t) {
    float *last = value_of(t, t->vectors.values, "decoder.0.3.weight");
    for (int i = 0; i < 4 * 9; i++) last[i] = 30;
    begin(t);
    step(t, (int)t->batches);
    gt_log_to(remember, NULL);
    assert_ok(gt_trainer_finish_epoch(t, &err), err);
    gt_log_to(NULL, NULL);
    assert_int_equal(times_said("epoch 1: the loss is "), 1);
    assert_int_equal(times_said("no less than the 51.2 of a network that does nothing"), 1);
}

static void test_idle(void **unused) {
    assert_int_equal(system("rm -rf steps"), 0);
    small_trainer("diffusion", denoiser, watch_idle);
    assert_int_equal(system("rm -rf steps"), 0);
    small_trainer("diffusion", denoiser, lose_the_pictures);
    assert_int_equal(system("rm -rf steps"), 0);
}

/* ---- numbers that are none ---- */

static void assert_refused(gt_status status, const char *text) {
    assert_int_equal(status, GT_NOT_FINITE);
    if (!strstr(err.text, text)) fail_msg("'%s' is not in '%s'", text, err.text);
}

/* Each is refused, and what was saved before stays as it is. */
static void keep_no_bad_number(gt_trainer *t) {
    static const char *const names[] = {"D.to_logits.3.weight", "G.layers.0.0.2.1.weight",
                                        "GE.out_conv.bias", "G.initial_conv.1.running_var"};
    gt_safetensors *file = NULL;
    begin(t);
    step(t, 1);
    assert_ok(gt_trainer_save(t, &err), err);
    assert_int_equal(system("rm -rf kept && cp -r steps kept"), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        float *value = value_of(t, t->vectors.values, names[i]), sound = *value;
        *value = i % 2 ? INFINITY : NAN;
        t->is_fresh = false;
        assert_refused(gt_trainer_save(t, &err), names[i]);
        *value = sound;
    }
    float *moment = value_of(t, t->vectors.moments[0], "G.out_conv.bias");
    *moment = NAN;
    assert_refused(gt_trainer_save(t, &err), "exp_avg of 'G.out_conv.bias'");
    *moment = 0;
    assert_same_file("kept/state.safetensors", "steps/state.safetensors");
    assert_same_file("kept/last.safetensors", "steps/last.safetensors");
    assert_ok(gt_safetensors_open("steps/state.safetensors", &file, &err), err);
    gt_safetensors_close(file);
}

static void lose(gt_trainer *t, const char *name, const char *sentence) {
    begin(t);
    step(t, 1);
    assert_ok(gt_trainer_save(t, &err), err);
    *value_of(t, t->vectors.values, name) = NAN;
    gt_trainer_bind_values(t);
    unlink("steps/failed_batch.txt");
    assert_refused(gt_trainer_step(t, &err), sentence);
    assert_non_null(strstr(err.text, "the last checkpoint is steps/state.safetensors (step"));
    assert_true(small_exists("steps/failed_batch.txt"));
}

static void lose_the_judge(gt_trainer *t) {
    lose(t, "D.to_logits.3.weight", "the term 'hinge' is not a number");
}

static void lose_the_maker(gt_trainer *t) {
    lose(t, "G.out_conv.weight", "the term 'spread' is not a number");
}

static void test_bad_numbers(void **unused) {
    small_trainer("gan", settings, keep_no_bad_number);
    small_trainer("gan", settings, lose_the_judge);
    assert_int_equal(system("rm -rf steps"), 0);
    small_trainer("gan", settings, lose_the_maker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_slope),    cmocka_unit_test(test_spread),
        cmocka_unit_test(test_loss),        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_bad_numbers),
    };
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
