/* flow_test.c - a flow's run: weights for use at any moment, and numbers that end it. */
#include <signal.h>

#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "small_run.h"

enum { CODES = 80, FEATURES = 70, FAR_ROW = 33 };

/* Whether feature j is one number in all rows: `constant` of each ten, from the fourth on. */
static bool is_constant(int j, int constant) {
    return j % 10 >= 4 && j % 10 < 4 + constant;
}

/* Numbers of different spread; one of row FAR_ROW as given, unless it is 0; features that are
 * constant, or only the others. */
static void codes_data(const char *path, float far, int constant, bool is_narrow) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    gt_rng_key key = {5, gt_rng_stream("flow test"), 0};
    info.kind = GT_DATASET_CODES;
    info.count = CODES;
    info.channels = is_narrow ? FEATURES - 7 * (size_t)constant : FEATURES;
    info.height = info.width = 1;
    info.type = GT_PIXEL_F32;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < CODES; row++) {
        float code[FEATURES];
        gt_dataset_row columns = gt_dataset_row_default();
        for (int j = 0; j < FEATURES; j++)
            code[j] =
                (float)(3 * j + (j + 1) * gt_rng_uniform(key, row * FEATURES + (uint64_t)j));
        if (row == FAR_ROW && far != 0) code[2] = far;
        int kept = 0;
        for (int j = 0; j < FEATURES; j++)
            if (!is_constant(j, constant))
                code[is_narrow ? kept++ : j] = code[j];
            else if (!is_narrow)
                code[j] = 0.1f;
        assert_ok(gt_dataset_writer_append(writer, code, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

#define SETTINGS                                                                   \
    "blocks=3", "hidden=16", "batch=8", "epochs=3", "threads=1", "optimizer=adam", \
        "learning-rate=1e-2", "clip=0", "skip-threshold=0", "schedule=constant",   \
        "train-share=0.5", "test-share=0.1"
static const char *const plain[] = {SETTINGS, "data=codes.h5", "ema=0", NULL};
static const char *const averaged[] = {SETTINGS, "data=codes.h5", "ema=0.9", NULL};

/* The pieces of a run in a folder that is not there yet. */
static void begin(const char *const *settings, void (*look)(gt_trainer *t)) {
    assert_int_equal(system("rm -rf steps"), 0);
    small_trainer("maf", settings, look);
}

static void step(gt_trainer *t, int count) {
    gt_error err = {0};
    assert_ok(gt_loader_begin(t->loader, (uint32_t)t->at.epoch, (size_t)t->at.batch, &err),
              err);
    gt_stepper_bind_values(t->learners[0].stepper, t->vectors.values);
    for (int i = 0; i < count; i++) assert_ok(gt_trainer_step(t, &err), err);
}

/* ---- weights for use ---- */

static gt_status read_rows(void *user, uint64_t first, size_t count, float *out,
                           gt_error *err) {
    return count ? gt_dataset_read(user, first, count, out, err) : GT_OK;
}

/* The weights in a file are those of the run, with the states that all rows give them. */
static void assert_usable(const gt_trainer *t, const char *path) {
    gt_error err = {0};
    gt_run *run = NULL;
    gt_dataset *data = NULL;
    assert_ok(gt_run_open(path, &run, &err), err);
    gt_params *params = gt_model_params(gt_run_model(run));
    size_t size = (size_t)gt_params_floats(params) * sizeof(float);
    float *wanted = malloc(size), *found = gt_params_values(params);
    memcpy(wanted, t->vectors.average ? t->vectors.average : t->vectors.values, size);
    assert_ok(gt_codes_open("codes.h5", &data, &err), err);
    gt_model_rows rows = {CODES, read_rows, data};
    assert_ok(gt_model_recalibrate(gt_run_model(run), wanted, &rows, 1, &err), err);
    for (int i = 0; i < gt_params_count(params); i++) {
        int64_t at = gt_params_offset(params, i);
        int64_t count = gt_shape_count(gt_params_shape(params, i));
        if (memcmp(wanted + at, found + at, (size_t)count * sizeof(float)) != 0)
            fail_msg("%s: '%s' does not follow from the weights", path,
                     gt_params_name(params, i));
    }
    free(wanted);
    gt_dataset_close(data);
    gt_run_close(run);
}

static void save_often(gt_trainer *t) {
    gt_error err = {0};
    assert_ok(gt_trainer_save(t, &err), err); /* before the first step */
    assert_usable(t, "steps");
    step(t, 2);
    assert_ok(gt_trainer_save(t, &err), err);
    assert_usable(t, "steps");
    step(t, (int)t->batches - 2);
    assert_ok(gt_trainer_save(t, &err), err); /* before the end of the epoch is dealt with */
    assert_usable(t, "steps");
    assert_ok(gt_trainer_finish_epoch(t, &err), err);
    assert_usable(t, "steps/best.safetensors");
    assert_usable(t, "steps/last.safetensors");
    step(t, 1);
    assert_ok(gt_trainer_save(t, &err), err);
    assert_usable(t, "steps/last.safetensors");
}

static void test_weights_for_use(void **unused) {
    begin(plain, save_often);
    begin(averaged, save_often);
}

/* At a signal inside an epoch, and at one that comes while states are brought up to date. */
static void end_by_signal(gt_trainer *t, int steps,
                          gt_status (*go_on)(gt_trainer *, gt_error *)) {
    gt_error err = {0};
    step(t, steps);
    assert_ok(gt_interrupt_install(&err), err);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(go_on(t, &err), GT_INTERRUPTED);
    gt_interrupt_remove();
    assert_usable(t, "steps");
}

static void signal_inside(gt_trainer *t) {
    end_by_signal(t, 2, gt_trainer_handle_signals);
}

static void signal_at_the_end(gt_trainer *t) {
    end_by_signal(t, (int)t->batches, gt_trainer_finish_epoch);
}

static void test_signals(void **unused) {
    begin(plain, signal_inside);
    begin(averaged, signal_inside);
    begin(plain, signal_at_the_end);
}

static const char *const with_rest[] = {SETTINGS,   "data=codes.h5", "ema=0",
                                        "batch=15", "hold-out=0",    NULL};

static void stop_before_the_rest(gt_trainer *t) {
    gt_error err = {0};
    assert_non_null(t->learners[0].tail);
    step(t, (int)t->batches - 1);
    assert_ok(gt_trainer_save(t, &err), err);
}

static void go_on_with_the_rest(gt_trainer *t) {
    gt_error err = {0};
    assert_int_equal(t->at.batch, t->batches - 1);
    assert_ok(gt_loader_begin(t->loader, (uint32_t)t->at.epoch, (size_t)t->at.batch, &err),
              err);
    assert_ok(gt_trainer_step(t, &err), err);
}

/* A run that was saved before its last batch, which is not full, begins with that one. */
static void test_resumes_with_the_rest(void **unused) {
    begin(with_rest, stop_before_the_rest);
    small_trainer("maf", with_rest, go_on_with_the_rest);
}

/* ---- what is not finite ---- */

static void assert_says(const gt_error *err, const char *text) {
    if (!strstr(err->text, text)) fail_msg("'%s' is not in: %s", text, err->text);
}

/* A moment overflows: what is on disk stays what it was. */
static void lose_a_moment(gt_trainer *t) {
    gt_error err = {0};
    step(t, 1);
    assert_ok(gt_trainer_save(t, &err), err);
    step(t, 1);
    t->vectors.moments[1][0] = INFINITY;
    assert_int_equal(gt_trainer_save(t, &err), GT_NOT_FINITE);
    assert_says(&err,
                "the exp_avg_sq of '0.joiner.linear.weight' is infinite and was not saved");
    assert_says(&err, "steps/state.safetensors (step 1)");
}

static void go_on(gt_trainer *t) {
    assert_true(t->is_resumed);
    assert_int_equal(t->at.step, 1);
}

static void test_moments(void **unused) {
    begin(plain, lose_a_moment);
    small_trainer("maf", plain, go_on);
}

static void set(gt_trainer *t, const char *name, float value) {
    const gt_params *params = gt_model_params(t->model);
    t->vectors.values[gt_params_offset(params, gt_params_find(params, name))] = value;
}

/* Weights that only running statistics cannot bear. */
static void lose_a_state(gt_trainer *t) {
    gt_error err = {0};
    step(t, 1);
    set(t, "1.beta", 1e30f);
    assert_int_equal(gt_trainer_finish_epoch(t, &err), GT_NOT_FINITE);
    assert_says(&err, "step 1 (epoch 1): the value of '");
    assert_false(small_exists("steps/best.safetensors"));
}

/* Behind the last normalisation: every state is finite, and what validation tells is not. */
static void lose_validation(gt_trainer *t) {
    gt_error err = {0};
    step(t, 1);
    set(t, "7.log_gamma", 60);
    assert_int_equal(gt_trainer_finish_epoch(t, &err), GT_NOT_FINITE);
    assert_says(&err, "validation after step 1 (epoch 1): the term 'loss' is infinite");
    assert_true(small_exists("steps/failed_batch.txt"));
    assert_false(small_exists("steps/best.safetensors"));
}

static void test_states_and_validation(void **unused) {
    begin(plain, lose_a_state);
    begin(plain, lose_validation);
}

static gt_status train_for(const char *data, const char *out, const char *word, gt_error *err) {
    gt_options *options = NULL;
    const char *words[] = {word, NULL};
    gt_train_settings training;
    gt_train_result result;
    gt_train_job job = {.settings = &training, .progress = -1};
    assert_ok(gt_model_class_find("maf", &job.model, err), *err);
    void *model = calloc(1, job.model->settings_size);
    job.model_settings = model;
    assert_ok(gt_options_create(&options, err), *err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, err), *err);
    assert_ok(gt_options_add(options, job.model->options, model, err), *err);
    assert_ok(gt_options_preset(options, "test", plain, err), *err);
    assert_ok(gt_options_preset(options, "more", words, err), *err);
    assert_ok(gt_options_set(options, "data", data, GT_FROM_COMMAND, NULL, err), *err);
    assert_ok(gt_options_set(options, "out", out, GT_FROM_COMMAND, NULL, err), *err);
    gt_status status = gt_train(&job, &result, err);
    gt_options_destroy(options);
    free(model);
    return status;
}

static gt_status train(const char *data, const char *out, gt_error *err) {
    return train_for(data, out, "epochs=3", err);
}

/* A code that is finite and yet too far: named before training. One that is not so far ends
 * training as soon as something is infinite, or gives weights that can be used. */
static void test_far_codes(void **unused) {
    static const float far[] = {1e38f, -1e19f, 1e18f, 1e17f, 1e12f, 1e6f};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        gt_error err = {0};
        gt_run *run = NULL;
        char data[32], out[32];
        snprintf(data, sizeof data, "far%zu.h5", i);
        snprintf(out, sizeof out, "far%zu", i);
        codes_data(data, far[i], 0, false);
        gt_status status = train(data, out, &err);
        if (status == GT_OK) {
            assert_ok(gt_run_open(out, &run, &err), err);
            gt_run_close(run);
            continue;
        }
        assert_int_equal(status, GT_NOT_FINITE);
        assert_true(fabsf(far[i]) > 1e6f);
        if (fabsf(far[i]) < 1e18f) continue;
        assert_says(
            &err, "1 numbers in 1 of 80 rows are NaN, infinite or beyond 1e18 (first row 33)");
        assert_false(small_exists(out));
    }
}

/* ---- features that are constant ---- */

static char last_remark[8][400];
static int remark_count;

static void keep_remark(void *user, const char *line) {
    (void)user;
    if (remark_count < 8) snprintf(last_remark[remark_count++], 400, "%s", line);
}

static gt_run *open_run(const char *path) {
    gt_error err = {0};
    gt_run *run = NULL;
    assert_ok(gt_run_open(path, &run, &err), err);
    return run;
}

/* Log-densities of all rows of a file. */
static void densities(const gt_run *run, const char *path, float log_p[CODES]) {
    gt_error err = {0};
    gt_dataset *data = NULL;
    gt_inference *inference = NULL;
    const float *out = NULL;
    static float rows[CODES * FEATURES];
    const gt_use_options use = {.use = GT_USE_DENSITY, .batch = CODES, .threads = 1};
    assert_ok(gt_codes_open(path, &data, &err), err);
    assert_ok(gt_dataset_read(data, 0, CODES, rows, &err), err);
    assert_ok(gt_inference_create(run, &use, &inference, &err), err);
    assert_ok(gt_inference_run(inference, rows, CODES, 1, 0, &out, &err), err);
    memcpy(log_p, out, CODES * sizeof *log_p);
    gt_inference_destroy(inference);
    gt_dataset_close(data);
}

/* A flow of codes with constant features is the one of the others, to the bit: its weights, its
 * densities, and what it draws, in which they stand where they were. */
static void test_constant_codes(void **unused) {
    static const char *const told[] = {
        NULL, "4=0.1,14=0.1,24=0.1,34=0.1,44=0.1,54=0.1,64=0.1",
        "4-5=0.1,14-15=0.1,24-25=0.1,34-35=0.1,44-45=0.1,54-55=0.1,64-65=0.1"};
    enum { DRAWN = 5 };
    static float log_p[2][CODES], drawn[2][DRAWN * FEATURES];
    for (int n = 1; n <= 2; n++) {
        gt_error err = {0};
        char text[400];
        codes_data("wide.h5", 0, n, false);
        codes_data("narrow.h5", 0, n, true);
        assert_int_equal(system("rm -rf wide narrow"), 0);
        remark_count = 0;
        gt_log_to(keep_remark, NULL);
        assert_ok(train("wide.h5", "wide", &err), err);
        gt_log_to(NULL, NULL);
        snprintf(text, sizeof text,
                 "wide.h5: %d of 70 features are the same in all 80 rows and left out, the "
                 "density is one of the other %d: %s",
                 7 * n, 70 - 7 * n, told[n]);
        assert_string_equal(last_remark[0], text);
        assert_ok(train("narrow.h5", "narrow", &err), err);
        gt_run *wide = open_run("wide"), *narrow = open_run("narrow");
        gt_params *a = gt_model_params(gt_run_model(wide));
        gt_params *b = gt_model_params(gt_run_model(narrow));
        assert_int_equal(gt_params_floats(a), gt_params_floats(b));
        assert_memory_equal(gt_params_values(a), gt_params_values(b),
                            (size_t)gt_params_floats(a) * sizeof(float));
        assert_string_equal(gt_model_input_of(gt_run_model(wide))->constant, told[n]);
        assert_null(gt_model_input_of(gt_run_model(narrow))->constant);
        densities(wide, "wide.h5", log_p[0]);
        densities(narrow, "narrow.h5", log_p[1]);
        assert_memory_equal(log_p[0], log_p[1], sizeof log_p[0]);
        const gt_draws draws = {.seed = 4, .first = 2};
        assert_ok(gt_model_draw(gt_run_model(wide), DRAWN, &draws, drawn[0], &err), err);
        assert_ok(gt_model_draw(gt_run_model(narrow), DRAWN, &draws, drawn[1], &err), err);
        for (int i = 0, k = 0; i < DRAWN * FEATURES; i++)
            assert_true(drawn[0][i] == (is_constant(i % FEATURES, n) ? 0.1f : drawn[1][k++]));
        gt_run_close(wide);
        gt_run_close(narrow);
    }
}

/* Goes on with the features that it began with, and lends no weights to one of others. */
static void test_constant_resumed(void **unused) {
    gt_error err = {0};
    codes_data("wide.h5", 0, 1, false);
    codes_data("other.h5", 0, 2, false);
    assert_int_equal(system("rm -rf wide"), 0);
    assert_ok(train_for("wide.h5", "wide", "epochs=2", &err), err);
    assert_ok(train_for("wide.h5", "wide", "epochs=3", &err), err);
    assert_ok(train_for("wide.h5", "whole", "epochs=3", &err), err);
    gt_run *wide = open_run("wide"), *whole = open_run("whole");
    gt_params *a = gt_model_params(gt_run_model(wide));
    assert_memory_equal(gt_params_values(a),
                        gt_params_values(gt_model_params(gt_run_model(whole))),
                        (size_t)gt_params_floats(a) * sizeof(float));
    gt_run_close(wide);
    gt_run_close(whole);
    assert_ok(train_for("wide.h5", "begun", "init=wide", &err), err);
    assert_int_equal(train_for("other.h5", "refused", "init=wide", &err), GT_MISMATCH);
    assert_says(&err, "wide/best.safetensors does not fit the codes: of those it learned from "
                      "the features that were the same in all rows, and left out, are 4=0.1,");
    assert_int_equal(train_for("codes.h5", "refused", "init=wide", &err), GT_MISMATCH);
    assert_says(&err, "of these none");
    assert_false(small_exists("refused"));
}

/* Nothing is left to learn. */
static void test_all_but_one_constant(void **unused) {
    gt_error err = {0};
    float code[3] = {1, 2, 0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.count = CODES;
    info.channels = 3;
    info.height = info.width = 1;
    info.type = GT_PIXEL_F32;
    assert_ok(gt_dataset_writer_create("one.h5", &info, &writer, &err), err);
    for (int row = 0; row < CODES; row++) {
        gt_dataset_row columns = gt_dataset_row_default();
        code[2] = (float)row;
        assert_ok(gt_dataset_writer_append(writer, code, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_int_equal(train("one.h5", "one", &err), GT_BAD_ARGUMENT);
    assert_says(&err,
                "one.h5: 2 of 3 features are the same in all 80 rows, expected at least 2 "
                "that are not");
    assert_false(small_exists("one"));
}

static int folder(void **state) {
    int failed = small_folder(state);
    if (!failed) codes_data("codes.h5", 0, 0, false);
    return failed;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_for_use),       cmocka_unit_test(test_signals),
        cmocka_unit_test(test_resumes_with_the_rest), cmocka_unit_test(test_moments),
        cmocka_unit_test(test_states_and_validation), cmocka_unit_test(test_far_codes),
        cmocka_unit_test(test_constant_codes),        cmocka_unit_test(test_constant_resumed),
        cmocka_unit_test(test_all_but_one_constant),
    };
    return cmocka_run_group_tests(tests, folder, small_remove);
}
