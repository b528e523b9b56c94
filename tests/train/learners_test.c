/* learners_test.c - several objectives in one run, with two networks that play against each
 * other: who steps when, what moves whom, and runs that go on with the same bits from anywhere.
 */
#include <signal.h>
#include <time.h>

#include "toy_run.h"

/* ---- ranges ---- */

static void test_ranges(void **unused) {
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(1, TOY_SIDE, TOY_SIDE, 0, 1);
    toy_settings settings = {10, 1e-3, 1e-3};
    assert_ok(gt_model_create(&toy_class, &settings, &input, &model, &err), err);
    gt_model_range critic = gt_model_range_of(model, 0), made = gt_model_range_of(model, 1);
    const gt_params *params = gt_model_params(model);
    assert_int_equal(critic.first, 0);
    assert_int_equal(made.first, critic.count);
    assert_int_equal(made.first + made.count, gt_params_learned_floats(params));
    int seen = gt_params_find(params, "critic.seen");
    assert_true(gt_model_owns(model, 0, seen) && !gt_model_owns(model, 1, seen));
    gt_model_destroy(model);
}

static void refuse(const char *first, const char *second, const char *sentence) {
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(1, TOY_SIDE, TOY_SIDE, 0, 1);
    toy_settings settings = {10, 1e-3, 1e-3};
    gt_objective objectives[2] = {toy_objectives[0], toy_objectives[1]};
    gt_model_class class = toy_class;
    objectives[0].prefix = first;
    objectives[1].prefix = second;
    class.objectives = objectives;
    assert_int_equal(gt_model_create(&class, &settings, &input, &model, &err), GT_BAD_ARGUMENT);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
}

static void test_ranges_that_are_none(void **unused) {
    refuse("critic.", "creator.", "'generator' has no parameters to learn");
    refuse("critic.", "critic.fine", "'critic' and 'generator' move the same parameters");
    refuse(NULL, "generator.", "'critic' and 'generator' move the same parameters");
}

static gt_status loss_of_the_unknown(const gt_model *model, gt_graph *g, int64_t batch,
                                     gt_model_graph *out, gt_error *error) {
    gt_tensor *x = gt_model_graph_add_input(out, g, "weather", GT_SHAPE(batch));
    (void)model, (void)error;
    out->output = gt_mean(g, x);
    return GT_OK;
}

/* Nobody would bind it. */
static void test_input_of_nobody(void **unused) {
    gt_train_result result;
    gt_model_class class = toy_class;
    gt_objective objectives[2] = {toy_objectives[0], toy_objectives[1]};
    call *c = open_call((const char *const[]){"out=nobody"}, 1);
    objectives[1].loss = loss_of_the_unknown;
    class.objectives = objectives;
    c->job.model = &class;
    assert_int_equal(gt_train(&c->job, &result, &err), GT_BAD_ARGUMENT);
    if (!strstr(err.text, "toy: a loss has an input 'weather'")) fail_msg("%s", err.text);
    close_call(c);
}

/* ---- for whom it works ---- */

static bool is_handled(void) {
    struct sigaction now;
    assert_int_equal(sigaction(SIGTERM, NULL, &now), 0);
    return now.sa_handler != SIG_DFL;
}

static bool handles_after_training(const char *word, gt_session *session) {
    gt_train_result result;
    gt_interrupt_remove(); /* of a test before */
    assert_false(is_handled());
    gt_session *before = gt_session_enter(session);
    assert_ok(TOY_TRAIN(&result, word, "epochs=1"), err);
    gt_session_enter(before);
    bool is = is_handled();
    gt_interrupt_remove();
    return is;
}

/* The signals of a process that works at several things are its own. */
static void test_signals_are_the_hosts(void **unused) {
    gt_session session = {.sink = NULL};
    assert_false(handles_after_training("out=hosted", &session));
    assert_true(handles_after_training("out=alone", NULL));
}

/* ---- who steps when, and what it moves ---- */

static void look_at_steps(gt_trainer *t) {
    size_t n[2];
    float *own[2], *average[2], *was[2];
    for (int k = 0; k < 2; k++) {
        own[k] = part_of(t, t->vectors.values, k, &n[k]);
        average[k] = part_of(t, t->vectors.average, k, &n[k]);
        was[k] = malloc(n[k] * sizeof **was);
    }
    for (int step = 1; step <= 2 * TOY_EVERY; step++) {
        for (int k = 0; k < 2; k++) memcpy(was[k], own[k], n[k] * sizeof **was);
        assert_ok(gt_trainer_step(t, &err), err);
        bool is_due = step % TOY_EVERY == 0;
        assert_true(memcmp(was[0], own[0], n[0] * sizeof **was) != 0);
        assert_int_equal(memcmp(was[1], own[1], n[1] * sizeof **was) != 0, is_due);
        assert_int_equal(t->learners[1].has_stepped, is_due);
        for (size_t i = 0; i < n[0]; i++) assert_true(average[0][i] == own[0][i]);
        for (size_t i = 0; is_due && step == TOY_EVERY && i < n[1]; i++)
            assert_near((double)average[1][i],
                        0.9 * (double)was[1][i] + 0.1 * (double)own[1][i], 1e-6);
    }
    assert_true(memcmp(average[1], own[1], n[1] * sizeof **was) != 0);
    assert_int_equal(t->at.learners[0].applied, 2 * TOY_EVERY);
    assert_int_equal(t->at.learners[1].applied, 2);
    assert_near(gt_trainer_rate(t, 0), 2e-3, 1e-12);
    assert_near(gt_trainer_rate(t, 1), 4e-3, 1e-12);
    for (int k = 0; k < 2; k++) free(was[k]);
}

static void test_steps(void **unused) {
    toy_trainer("steps", look_at_steps);
}

/* ---- the gradient, that of the penalty included ---- */

static double loss_at(gt_trainer *t, int k, const gt_batch *batch) {
    double terms[GT_TERMS];
    gt_stepper *stepper = t->learners[k].stepper;
    gt_stepper_bind_values(stepper, t->vectors.values);
    assert_ok(
        gt_stepper_run(stepper, batch, (gt_noise_at){.seed = 1}, terms, t->vectors.grads, &err),
        err);
    return terms[0];
}

/* Along the gradient g the loss rises by |g|^2 per step. */
static void look_at_gradient(gt_trainer *t) {
    gt_batch batch;
    assert_ok(gt_loader_next(t->loader, &batch, &err), err);
    for (int k = 0; k < 2; k++) {
        size_t n;
        double squares = 0, loss[2];
        float *own = part_of(t, t->vectors.values, k, &n), *g, *was, *slope;
        (void)loss_at(t, k, &batch);
        g = part_of(t, t->vectors.grads, k, &n);
        was = malloc(n * sizeof *was);
        slope = malloc(n * sizeof *slope);
        memcpy(was, own, n * sizeof *was);
        memcpy(slope, g, n * sizeof *slope);
        for (size_t i = 0; i < n; i++) squares += (double)g[i] * (double)g[i];
        double h = 2e-3 / sqrt(squares);
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < n; i++)
                own[i] = (float)((double)was[i] + (side ? h : -h) * (double)slope[i]);
            loss[side] = loss_at(t, k, &batch);
        }
        assert_near((loss[1] - loss[0]) / (2 * h) / squares, 1, 0.02);
        memcpy(own, was, n * sizeof *was);
        free(was);
        free(slope);
    }
}

static void test_gradient(void **unused) {
    toy_trainer("gradient", look_at_gradient);
}

/* ---- what a loss is given beside pictures ---- */

static void look_at_feeds(gt_trainer *t) {
    gt_batch batch;
    double labels = 0, loss[2], terms[GT_TERMS];
    const gt_params *params = gt_model_params(t->model);
    float *weight = t->vectors.values +
                    gt_params_offset(params, gt_params_find(params, "critic.label.weight"));
    assert_ok(gt_loader_next(t->loader, &batch, &err), err);
    for (size_t i = 0; i < batch.n; i++) labels += (double)batch.labels[i] / (double)batch.n;
    assert_true(labels > 0);
    for (int i = 0; i < 2; i++) {
        *weight = (float)i;
        loss[i] = loss_at(t, 1, &batch);
    }
    assert_near(loss[0] - loss[1], labels, 1e-4);
    gt_stepper *critic = t->learners[0].stepper;
    for (int epoch = 0; epoch < 2; epoch++) {
        gt_stepper_set_epoch(critic, epoch, 3);
        loss[epoch] = loss_at(t, 0, &batch);
    }
    assert_ok(
        gt_stepper_run(critic, &batch, (gt_noise_at){.seed = 1}, terms, t->vectors.grads, &err),
        err);
    assert_string_equal(gt_stepper_term_name(critic, 1), "penalty");
    assert_true(terms[1] > 0);
    assert_near((loss[0] - loss[1]) / (5 * terms[1]), 1, 1e-4);
    gt_stepper *judge = t->learners[0].validator;
    assert_int_equal(gt_stepper_batch(judge), batch.n);
    gt_stepper_bind_values(judge, t->vectors.values);
    for (int epoch = 0; epoch < 2; epoch++) { /* those that judge are told as well */
        gt_learner_begin_epoch(&t->learners[0], epoch, 3);
        assert_ok(gt_stepper_run(judge, &batch, (gt_noise_at){.seed = 1}, terms, NULL, &err),
                  err);
        loss[epoch] = terms[0];
    }
    assert_near((loss[0] - loss[1]) / (5 * terms[1]), 1, 1e-4);
}

static void test_labels_and_scalars(void **unused) {
    toy_trainer("feeds", look_at_feeds);
}

/* ---- turns ---- */

static void test_turns(void **unused) {
    static const int64_t periods[] = {0, 1, 3, 5};
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
        gt_objective objective = {.name = "any", .every = periods[p]};
        gt_learner learner = {.objective = &objective};
        int64_t turns[12] = {0};
        for (int64_t step = 0; step < 11; step++)
            turns[step + 1] = turns[step] + gt_learner_is_due(&learner, step);
        assert_int_equal(turns[11], periods[p] > 1 ? 11 / periods[p] : 11);
        for (int64_t from = 0; from < 11; from++)
            for (int64_t to = from; to <= 11; to++)
                assert_int_equal(gt_learner_steps_between(&learner, from, to),
                                 turns[to] - turns[from]);
    }
}

/* ---- first values from rows ---- */

static void look_at_norm(gt_trainer *t) {
    gt_batch batch;
    double sum = 0, squares = 0, count = 4 * TOY_PIXELS;
    const gt_params *params = gt_model_params(t->model);
    const float *shift = t->vectors.values +
                         gt_params_offset(params, gt_params_find(params, "critic.norm.shift"));
    const float *scale = t->vectors.values +
                         gt_params_offset(params, gt_params_find(params, "critic.norm.scale"));
    assert_ok(gt_loader_next(t->loader, &batch, &err), err);
    for (int i = 0; i < 4 * TOY_PIXELS; i++) {
        double x = ((double)batch.images[i] * 2 / 255 - 1 + (double)*shift) * (double)*scale;
        sum += x;
        squares += x * x;
    }
    assert_near(sum / count, 0, 1e-5);
    assert_near(squares / count, 1, 1e-4);
    assert_true(t->vectors.average[gt_params_offset(
                    params, gt_params_find(params, "critic.norm.shift"))] == *shift);
}

static void test_first_batch(void **unused) {
    toy_trainer("norm", look_at_norm);
}

/* ---- whole runs ---- */

static void test_reference(void **unused) {
    gt_train_result result;
    assert_ok(TOY_TRAIN(&result, "out=run"), err);
    assert_int_equal(result.skipped, 0);
    assert_int_equal(result.best_epoch, 3); /* the latest is best */
    assert_int_equal(rename("run", "reference"), 0);
}

/* Two steps into a period of the generator, then one before its next step. */
static void test_resumed_inside_a_period(void **unused) {
    gt_train_result result;
    toy_trainer("run", stop_after_seven);
    toy_trainer("run", stop_after_two);
    assert_ok(TOY_TRAIN(&result, "out=run"), err);
    assert_int_equal(rename("run", "inside"), 0);
    assert_same_run("inside");
}

/* Every row three times an epoch, in batches that go on from pass to pass; rates that fall with
 * the epochs, of learners with rates of their own too. */
static void look_at_passes(gt_trainer *t) {
    int64_t rows = (int64_t)t->rows.train_count;
    assert_int_equal(t->passes, t->set->epoch_rows / rows);
    assert_int_equal(t->passes, 3);
    assert_int_equal(t->batches, (3 * rows + 2) / t->batch); /* a rest of two rows is taken */
    double first = gt_trainer_rate(t, 0);
    t->at.step = t->batches;
    assert_true(gt_trainer_rate(t, 0) == first / 2 && !gt_trainer_glides(t));
    t->at.step = 2 * t->batches - 1;
    assert_true(gt_trainer_rate(t, 1) == t->learner_settings[1].rate / 2);
    t->at.step = 0;
    stop_after_seven(t);
}

static void test_passes(void **unused) {
    gt_train_result result, other;
    const char *const words[] = {"epoch-rows=190", "schedule=halve", "halve-every=1"};
    memcpy(toy_more, words, sizeof words);
    toy_trainer("run", look_at_passes);
    toy_trainer("run", stop_after_two);
    memset(toy_more, 0, sizeof toy_more);
    assert_ok(
        TOY_TRAIN(&result, "out=run", "epoch-rows=190", "schedule=halve", "halve-every=1"),
        err);
    assert_int_equal(rename("run", "passes"), 0);
    assert_ok(TOY_TRAIN(&other, "out=run", "epoch-rows=190", "schedule=halve", "halve-every=1"),
              err);
    assert_int_equal(result.steps, other.steps);
    compare_files("run/last.safetensors", "passes/last.safetensors");
    assert_int_equal(system("rm -rf run"), 0);
}

static int toy_child(int argc, char **argv) {
    gt_train_result result;
    return (int)toy_train((const char *const *)argv + 2, argc - 2, &result);
}

/* Killed as soon as a state is there, a little later each time, until it comes to its end. */
static void test_killed(void **unused) {
    char *words[] = {(char[]){"out=run"}, (char[]){"checkpoint-minutes=1e-5"}};
    int killed = 0, code = -SIGKILL;
    for (int i = 0; i < 12 && code == -SIGKILL; i++) {
        pid_t pid = small_spawn(words, 2);
        for (int wait = 0; wait < 3000 && !small_exists("run/state.safetensors"); wait++)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        nanosleep(&(struct timespec){0, 2000000 + 11000000 * (long)i}, NULL);
        kill(pid, SIGKILL);
        code = small_wait(pid);
        killed += code == -SIGKILL;
    }
    print_message("killed %d times\n", killed);
    assert_true(killed > 0);
    assert_int_equal(small_wait(small_spawn(words, 2)), GT_OK);
    assert_int_equal(rename("run", "killed"), 0);
    /* what is saved tells the settings, of which checkpoint-minutes is one: weights are alike
     */
    gt_run_network network = {&toy_class, &(toy_settings){10, 2e-3, 4e-3},
                              &(gt_model_input)GT_MODEL_INPUT(1, TOY_SIDE, TOY_SIDE, 0, 1)};
    gt_run *a = NULL, *b = NULL;
    assert_ok(gt_run_open_as("reference", &network, NULL, &a, &err), err);
    assert_ok(gt_run_open_as("killed", &network, NULL, &b, &err), err);
    gt_params *x = gt_model_params(gt_run_model(a)), *y = gt_model_params(gt_run_model(b));
    assert_memory_equal(gt_params_values(x), gt_params_values(y),
                        (size_t)gt_params_floats(x) * sizeof(float));
    gt_run_close(a);
    gt_run_close(b);
}

/* ---- what is on disk ---- */

static void test_state_by_name(void **unused) {
    gt_safetensors *file = NULL;
    const gt_st_tensor *tensor = NULL;
    int64_t counts[5], length = 5;
    assert_ok(gt_safetensors_open("reference/state.safetensors", &file, &err), err);
    assert_non_null(gt_safetensors_find(file, "exp_avg/critic.fine.weight"));
    assert_non_null(gt_safetensors_find(file, "exp_avg_sq/generator.last.bias"));
    assert_ok(gt_safetensors_require(file, "learner/critic/counts", 1, &length, &tensor, &err),
              err);
    assert_ok(gt_safetensors_read_i64(file, tensor, counts, 5, &err), err);
    int64_t steps = counts[0];
    assert_ok(
        gt_safetensors_require(file, "learner/generator/counts", 1, &length, &tensor, &err),
        err);
    assert_ok(gt_safetensors_read_i64(file, tensor, counts, 5, &err), err);
    assert_true(steps > 0);
    assert_int_equal(counts[0], steps / TOY_EVERY);
    gt_safetensors_close(file);
}

static void test_log(void **unused) {
    static const char *const columns[] = {"loss", "penalty", "generator_loss", "gradient_norm",
                                          "generator_gradient_norm"};
    char *text = NULL;
    size_t size = 0, length = 0;
    int64_t step = 0;
    assert_ok(gt_file_load("reference/train.csv", 1 << 20, &text, &size, &err), err);
    const char *line = strchr(text, '\n') + 1;
    for (; strncmp(line, "step", 4) == 0; line = strchr(line, '\n') + 1) {
        step++;
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
            (void)cell(text, line, columns[i], &length);
            bool is_late = strncmp(columns[i], "generator", 9) == 0;
            assert_int_equal(length > 0, !is_late || step % TOY_EVERY == 0);
        }
    }
    assert_true(step > TOY_EVERY && strncmp(line, "epoch", 5) == 0);
    (void)cell(text, line, "validation_generator_loss", &length);
    assert_true(length > 0);
    (void)cell(text, line, "generator_loss", &length);
    assert_true(length > 0);
    free(text);
}

/* ---- a sampler of many runs ---- */

static void sample(gt_model *model, toy_sample how, float *images) {
    gt_inference *inference = NULL;
    const float *output = NULL;
    gt_use_options options = {
        .use = GT_USE_SAMPLE, .settings = &how, .batch = 2, .threads = 1, .exact = true};
    const float *values = gt_params_values(gt_model_params(model));
    assert_ok(gt_inference_create_for(model, values, &options, &inference, &err), err);
    assert_ok(gt_inference_run(inference, NULL, 2, 7, 0, &output, &err), err);
    memcpy(images, output, 2 * TOY_PIXELS * sizeof *images);
    gt_inference_destroy(inference);
}

static void test_sampler(void **unused) {
    float both[2 * TOY_PIXELS], first[2 * TOY_PIXELS], second[2 * TOY_PIXELS];
    gt_run *run = NULL;
    gt_run_network network = {&toy_class, &(toy_settings){10, 2e-3, 4e-3},
                              &(gt_model_input)GT_MODEL_INPUT(1, TOY_SIDE, TOY_SIDE, 0, 1)};
    assert_ok(gt_run_open_as("reference", &network, NULL, &run, &err), err);
    sample(gt_run_model(run), (toy_sample){2, 0}, both);
    sample(gt_run_model(run), (toy_sample){1, 0}, first);
    sample(gt_run_model(run), (toy_sample){1, 1}, second);
    assert_true(memcmp(first, second, sizeof first) != 0);
    for (int i = 0; i < 2 * TOY_PIXELS; i++)
        assert_near((double)both[i], (double)first[i] / 2 + (double)second[i], 1e-6);
    gt_run_close(run);
}

/* ---- it learns, and from what it says it needs ---- */

/* Distance of the mean picture that a network makes from that of the sky. */
static double distance(gt_model *model) {
    enum { PAIRS = 32 };
    double made[TOY_PIXELS] = {0}, sum = 0;
    float images[2 * TOY_PIXELS], *sky = malloc(64 * TOY_PIXELS * sizeof *sky);
    gt_inference *inference = NULL;
    gt_dataset *data = NULL;
    const float *output = NULL;
    toy_sample how = {1, 0};
    gt_use_options options = {
        .use = GT_USE_SAMPLE, .settings = &how, .batch = 2, .threads = 1, .exact = true};
    assert_ok(gt_inference_create_for(model, gt_params_values(gt_model_params(model)), &options,
                                      &inference, &err),
              err);
    for (uint64_t i = 0; i < PAIRS; i++) {
        assert_ok(gt_inference_run(inference, NULL, 2, 3, 2 * i, &output, &err), err);
        memcpy(images, output, sizeof images);
        for (int p = 0; p < 2 * TOY_PIXELS; p++)
            made[p % TOY_PIXELS] += 2 * (double)images[p] / (2 * PAIRS);
    }
    assert_ok(gt_dataset_open("sky.h5", &data, &err), err);
    assert_ok(gt_dataset_read(data, 0, 64, sky, &err), err);
    for (int p = 0; p < TOY_PIXELS; p++) {
        double mean = 0;
        for (int i = 0; i < 64; i++)
            mean += ((double)sky[i * TOY_PIXELS + p] * 2 / 255 - 1) / 64;
        sum += (made[p] - mean) * (made[p] - mean);
    }
    gt_dataset_close(data);
    gt_inference_destroy(inference);
    free(sky);
    return sqrt(sum / TOY_PIXELS);
}

static void test_learns(void **unused) {
    gt_train_result result;
    gt_run *run = NULL;
    gt_model *first = NULL;
    uint64_t seed = 1;
    const toy_settings settings = {10, 2e-3, 4e-3};
    const gt_model_input input = GT_MODEL_INPUT(1, TOY_SIDE, TOY_SIDE, 0, 1);
    const gt_run_network network = {&toy_class, &settings, &input};
    assert_ok(TOY_TRAIN(&result, "out=long", "epochs=40", "batch=8", "log-every=1000"), err);
    assert_ok(gt_model_create(&toy_class, &settings, &input, &first, &err), err);
    assert_ok(gt_model_init(first, seed, &err), err);
    double before = distance(first);
    gt_model_destroy(first);
    /* What begins with its first batch is no network before it. */
    assert_int_equal(gt_run_open_as("long", &network, &seed, &run, &err), GT_UNSUPPORTED);
    assert_ok(gt_run_open_as("long", &network, NULL, &run, &err), err);
    double after = distance(gt_run_model(run));
    gt_run_close(run);
    print_message("distance of mean pictures: %.3f untrained, %.3f trained\n", before, after);
    assert_true(after < before / 2);
}

static void test_needs(void **unused) {
    gt_train_result result;
    assert_int_equal(TOY_TRAIN(&result, "out=none", "data=small.h5"), GT_NOT_FOUND);
    assert_string_equal(err.text, "small.h5 has no labels, which toy learns from");
    assert_false(small_exists("none"));
    assert_int_equal(TOY_TRAIN(&result, "out=none", "batch=20"), GT_BAD_ARGUMENT);
    if (!strstr(err.text, "'generator' of toy learns from every 5th")) fail_msg("%s", err.text);
    assert_false(small_exists("none"));
}

/* ---- */

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "child") == 0) return toy_child(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_ranges_that_are_none),
        cmocka_unit_test(test_input_of_nobody),
        cmocka_unit_test(test_signals_are_the_hosts),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_labels_and_scalars),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_first_batch),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_resumed_inside_a_period),
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_state_by_name),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_sampler),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_needs),
    };
    return cmocka_run_group_tests(tests, folder, small_remove);
}
