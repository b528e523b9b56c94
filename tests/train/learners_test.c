/* learners_test.c - several objectives in one run, with two networks that play against each
 * other: who steps when, what moves whom, and runs that go on with the same bits from anywhere.
 */
#include <signal.h>
#include <time.h>

#include "small_run.h"
#include "toy_gan.h"

#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "galatea/synth.h"

static gt_error err;

static const char *const toy_usual[] = {
    "data=sky.h5", "epochs=3", "batch=4",      "threads=1",   "schedule=constant", "ema=0.5",
    "out=run",     "flip=no",  "hold-out=0.2", "log-every=1", "exact=true",        NULL};

typedef struct call {
    gt_options *options;
    gt_train_settings training;
    toy_settings toy;
    gt_train_job job;
} call;

static const gt_model_class *kind = &toy_class; /* of all that follows */

/* A job with the usual settings and "key=value" words over them. */
static call *open_call(const char *const *words, int count) {
    call *c = calloc(1, sizeof *c);
    c->job = (gt_train_job){
        .model = kind, .model_settings = &c->toy, .settings = &c->training, .progress = -1};
    assert_ok(gt_options_create(&c->options, &err), err);
    assert_ok(gt_options_add(c->options, &gt_train_options, &c->training, &err), err);
    assert_ok(gt_options_add(c->options, &toy_options, &c->toy, &err), err);
    assert_ok(gt_options_preset(c->options, "usual", toy_usual, &err), err);
    for (int i = 0; i < count; i++) {
        char key[64];
        const char *value = strchr(words[i], '=') + 1;
        snprintf(key, sizeof key, "%.*s", (int)(value - words[i] - 1), words[i]);
        assert_ok(gt_options_set(c->options, key, value, GT_FROM_COMMAND, NULL, &err), err);
    }
    return c;
}

static void close_call(call *c) {
    gt_options_destroy(c->options);
    free(c);
}

static gt_status toy_train(const char *const *words, int count, gt_train_result *result) {
    call *c = open_call(words, count);
    gt_status status = gt_train(&c->job, result, &err);
    close_call(c);
    return status;
}

#define TOY_TRAIN(result, ...)                    \
    toy_train((const char *const[]){__VA_ARGS__}, \
              (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), result)

enum { MOST_MORE = 8 };
static const char *toy_more[MOST_MORE]; /* settings for the next, ended by NULL */

/* The pieces of a run, one step at a time. */
static void toy_trainer(const char *out, void (*look)(gt_trainer *t)) {
    char word[64];
    const char *words[1 + MOST_MORE] = {word};
    int count = 1;
    snprintf(word, sizeof word, "out=%s", out);
    for (; toy_more[count - 1]; count++) words[count] = toy_more[count - 1];
    call *c = open_call(words, count);
    gt_trainer t = {
        .job = &c->job, .set = &c->training, .progress = gt_progress_start(-1, 0, "")};
    assert_ok(gt_trainer_open(&t, &err), err);
    assert_ok(gt_trainer_compile(&t, &err), err);
    assert_ok(gt_trainer_open_journal(&t, &err), err);
    assert_ok(gt_loader_begin(t.loader, (uint32_t)t.at.epoch, (size_t)t.at.batch, &err), err);
    for (int k = 0; k < t.learner_count; k++)
        gt_learner_begin_epoch(&t.learners[k], t.at.epoch, c->training.epochs);
    look(&t);
    gt_trainer_close(&t);
    close_call(c);
}

static float *part_of(const gt_trainer *t, float *vector, int objective, size_t *count) {
    gt_model_range range = gt_model_range_of(t->model, objective);
    *count = range.count;
    return vector + range.first;
}

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

static void stop_after_seven(gt_trainer *t) {
    for (int i = 0; i < 7; i++) assert_ok(gt_trainer_step(t, &err), err);
    assert_ok(gt_trainer_save(t, &err), err);
}

static void stop_after_two(gt_trainer *t) {
    assert_int_equal(t->at.step, 7);
    for (int i = 0; i < 2; i++) assert_ok(gt_trainer_step(t, &err), err);
    assert_ok(gt_trainer_save(t, &err), err);
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

static void compare_files(const char *one, const char *other) {
    char *a = NULL, *b = NULL;
    size_t m = 0, n = 0;
    assert_ok(gt_file_load(one, 1 << 22, &a, &m, &err), err);
    assert_ok(gt_file_load(other, 1 << 22, &b, &n, &err), err);
    assert_int_equal(m, n);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
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

/* The cell of a column in a line of the log; *length 0: empty. */
static const char *cell(const char *head, const char *line, const char *name, size_t *length) {
    size_t size = strlen(name);
    while (strncmp(head, name, size) != 0 || (head[size] != ',' && head[size] != '\n')) {
        head += strcspn(head, ",\n") + 1;
        line += strcspn(line, ",\n") + 1;
        if (head[-1] == '\n' || !head[0]) fail_msg("no column %s", name);
    }
    *length = strcspn(line, ",\n");
    return line;
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

/* ---- monitors of validation alone ---- */

static gt_status judge_critic(const gt_model *model, gt_graph *g, int64_t batch,
                              gt_model_graph *out, gt_error *error) {
    gt_status status = toy_critic_loss(model, g, batch, out, error);
    out->monitors[out->monitor_count++] =
        (gt_monitor){.name = "twice", .value = gt_affine(g, out->output, 2, 0)};
    return status;
}

static gt_status judge_without_penalty(const gt_model *model, gt_graph *g, int64_t batch,
                                       gt_model_graph *out, gt_error *error) {
    gt_status status = toy_critic_loss(model, g, batch, out, error);
    out->monitor_count = 0;
    return status;
}

static void test_judged(void **unused) {
    gt_train_result result;
    gt_objective objectives[2] = {toy_objectives[0], toy_objectives[1]};
    gt_model_class class = toy_class;
    char *text = NULL;
    size_t size = 0, length = 0;
    class.objectives = objectives;
    objectives[0].validation_loss = judge_critic;
    kind = &class;
    assert_ok(TOY_TRAIN(&result, "out=judged", "epochs=1"), err);
    assert_ok(gt_file_load("judged/train.csv", 1 << 20, &text, &size, &err), err);
    const char *line = strstr(text, "\nepoch,") + 1;
    double loss = strtod(cell(text, line, "validation_loss", &length), NULL);
    assert_near(strtod(cell(text, line, "validation_twice", &length), NULL), 2 * loss,
                1e-6 * fabs(loss));
    assert_null(strstr(text, ",twice,"));
    assert_non_null(strstr(text, ",validation_twice,validation_generator_loss,"));
    free(text);
    objectives[0].validation_loss = judge_without_penalty;
    assert_int_equal(TOY_TRAIN(&result, "out=lacking", "epochs=1"), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "lacks some of the monitors"));
    kind = &toy_class;
}

/* ---- a loss that stands in now and then ---- */

static gt_status critic_without_penalty(const gt_model *model, gt_graph *g, int64_t batch,
                                        gt_model_graph *out, gt_error *error) {
    gt_status status = toy_critic_loss(model, g, batch, out, error);
    if (status) return status;
    gt_tensor *weight = gt_model_graph_input(out, "penalty");
    out->output = gt_sub(g, out->output, gt_mul(g, weight, out->monitors[0].value));
    out->monitors[0].value = gt_constant(g, 0, gt_shape_scalar());
    return GT_OK;
}

static gt_status critic_with_more(const gt_model *model, gt_graph *g, int64_t batch,
                                  gt_model_graph *out, gt_error *error) {
    gt_status status = toy_critic_loss(model, g, batch, out, error);
    out->monitors[out->monitor_count++] =
        (gt_monitor){.name = "more", .value = gt_affine(g, out->output, 1, 0)};
    return status;
}

static gt_status critic_without_monitors(const gt_model *model, gt_graph *g, int64_t batch,
                                         gt_model_graph *out, gt_error *error) {
    gt_status status = toy_critic_loss(model, g, batch, out, error);
    out->monitor_count = 0;
    return status;
}

/* Steps 1, 4, 7 ... have the penalty; a run that goes on inside a period knows where it is. */
static void test_seldom(void **unused) {
    gt_train_result result;
    gt_model_class class = toy_class;
    gt_objective objectives[2] = {toy_objectives[0], toy_objectives[1]};
    char *text = NULL;
    size_t size = 0, length = 0;
    class.objectives = objectives;
    kind = &class;
    objectives[0].seldom = toy_critic_loss;
    objectives[0].seldom_every = 1;
    assert_ok(TOY_TRAIN(&result, "out=run"), err);
    assert_int_equal(rename("run", "always"), 0);
    assert_same_run("always");
    objectives[0].loss = critic_without_penalty;
    objectives[0].seldom_every = 3;
    assert_ok(TOY_TRAIN(&result, "out=seldom"), err);
    assert_ok(gt_file_load("seldom/train.csv", 1 << 20, &text, &size, &err), err);
    int64_t step = 0;
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "step", 4) != 0) continue;
        double penalty = strtod(cell(text, line, "penalty", &length), NULL);
        assert_int_equal(penalty > 0, step++ % 3 == 0);
    }
    assert_true(step > 12);
    free(text);
    toy_trainer("parts", stop_after_seven);
    toy_trainer("parts", stop_after_two);
    assert_ok(TOY_TRAIN(&result, "out=parts"), err);
    compare_files("seldom/last.safetensors", "parts/last.safetensors");
    objectives[0].loss = critic_without_monitors;
    objectives[0].seldom = critic_without_penalty;
    assert_ok(TOY_TRAIN(&result, "out=more"), err);
    objectives[0].loss = critic_without_penalty;
    objectives[0].seldom = critic_without_monitors;
    assert_int_equal(TOY_TRAIN(&result, "out=others"), GT_BAD_ARGUMENT);
    if (!strstr(err.text, "losses of 'critic' have other monitors")) fail_msg("%s", err.text);
    kind = &toy_class;
}

/* What only the loss that stands in tells: cells of other steps are empty, and the mean of an
 * epoch is that over its own, also where a run went on inside. */
static void test_terms_of_the_seldom(void **unused) {
    gt_train_result result;
    gt_model_class class = toy_class;
    gt_objective objectives[2] = {toy_objectives[0], toy_objectives[1]};
    char *text = NULL;
    size_t size = 0, length = 0;
    double sum = 0;
    int own = 0, step = 0, epochs = 0;
    class.objectives = objectives;
    kind = &class;
    objectives[0].seldom = critic_with_more;
    objectives[0].seldom_every = 3;
    toy_trainer("own", stop_after_seven);
    toy_trainer("own", stop_after_two);
    assert_ok(TOY_TRAIN(&result, "out=own"), err);
    kind = &toy_class;
    assert_ok(gt_file_load("own/train.csv", 1 << 20, &text, &size, &err), err);
    assert_null(strstr(text, "validation_more"));
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        double more = strtod(cell(text, line, "more", &length), NULL);
        size_t loss_length;
        if (strncmp(line, "epoch", 5) == 0) {
            assert_near(more, sum / own, 1e-5 * fabs(more));
            sum = own = 0;
            epochs++;
            continue;
        }
        bool has = step++ % 3 == 0;
        assert_int_equal(length > 0, has);
        if (has) assert_near(more, strtod(cell(text, line, "loss", &loss_length), NULL), 1e-6);
        own += has;
        sum += has ? more : 0;
    }
    assert_int_equal(epochs, 3);
    free(text);
}

/* ---- states that follow what is learned ---- */

static gt_status create_with_copies(const void *settings, const gt_model_input *input,
                                    gt_params *params, void **self, gt_error *error) {
    gt_status status = toy_create(settings, input, params, self, error);
    gt_params_add_state(params, "slow.last.weight", GT_SHAPE(1, 8, 3, 3));
    gt_params_add_state(params, "slow.of.nothing", GT_SHAPE(3));
    return status;
}

/* Step 1 stays, step 2 copies, every other one later goes half the way. */
static double halves(const void *self, int64_t step) {
    return step == 1 ? 0 : step % 2 ? 0.5 : 1;
}

static void look_at_copies(gt_trainer *t) {
    const gt_params *params = gt_model_params(t->model);
    int copy = gt_params_find(params, "slow.last.weight"),
        of = gt_params_find(params, "generator.last.weight");
    float expected[72] = {0}, *v = t->vectors.values, *average = t->vectors.average;
    for (int step = 0; step < 9; step++) {
        assert_ok(gt_trainer_step(t, &err), err);
        float kept = (float)halves(NULL, step);
        bool is_due = t->learners[1].has_stepped;
        for (int i = 0; i < 72 && is_due; i++)
            expected[i] = kept * expected[i] + (1 - kept) * v[gt_params_offset(params, of) + i];
        assert_memory_equal(expected, v + gt_params_offset(params, copy), sizeof expected);
        assert_memory_equal(expected, average + gt_params_offset(params, copy),
                            sizeof expected);
    }
    int alone = gt_params_find(params, "slow.of.nothing");
    assert_true(v[gt_params_offset(params, alone)] == 0);
}

static void test_copies(void **unused) {
    gt_model_class class = toy_class;
    gt_objective objectives[2] = {toy_objectives[0], toy_objectives[1]};
    objectives[1].every = 1;
    objectives[1].copy = "slow.";
    objectives[1].copy_keeps = halves;
    class.objectives = objectives;
    class.create = create_with_copies;
    kind = &class;
    toy_trainer("copies", look_at_copies);
    kind = &toy_class;
}

/* ---- batches in parts with statistics of their own ---- */

/* The state is half of itself and half of a mean over the part: two parts, one after the other,
 * leave what two batches of half the size do. */
static void look_at_parts(gt_trainer *t) {
    gt_batch batch, half;
    int state = gt_params_find(gt_model_params(t->model), "critic.seen");
    float *seen = t->vectors.values + gt_params_offset(gt_model_params(t->model), state);
    double terms[GT_TERMS];
    gt_stepper *small = NULL;
    gt_noise_at noise = {.seed = 3, .step = 1};
    gt_plan_options options = {.threads = 1, .exact = true};
    assert_int_equal(gt_stepper_batch(t->learners[0].stepper), 4);
    assert_ok(gt_loader_next(t->loader, &batch, &err), err);
    assert_int_equal(batch.n, 4);
    float before = *seen = 0.25f;
    assert_ok(
        gt_stepper_run(t->learners[0].stepper, &batch, noise, terms, t->vectors.grads, &err),
        err);
    gt_stepper_read_states(t->learners[0].stepper, t->vectors.values);
    float parts = *seen;
    *seen = before;
    assert_ok(gt_stepper_create(t->model, 0, 2, 2, GT_LOSS_USUAL, &options, &small, &err), err);
    gt_stepper_set_epoch(small, 0, 1);
    for (int i = 0; i < 2; i++) {
        half = batch;
        half.n = 2;
        half.images = batch.images + (size_t)(2 * i * TOY_PIXELS);
        half.labels = batch.labels ? batch.labels + 2 * i : NULL;
        noise.first = (uint64_t)(2 * i);
        gt_stepper_bind_values(small, t->vectors.values);
        assert_ok(gt_stepper_run(small, &half, noise, terms, t->vectors.grads, &err), err);
        gt_stepper_read_states(small, t->vectors.values);
    }
    assert_true(*seen == parts && parts != before);
    gt_stepper_destroy(small);
}

static void test_parts(void **unused) {
    gt_model_class class = toy_class;
    gt_train_result result;
    class.needs.parts = true;
    assert_int_equal(TOY_TRAIN(&result, "out=cut", "micro-batch=2"), GT_USAGE);
    if (!strstr(err.text, "which must not be cut")) fail_msg("%s", err.text);
    kind = &class;
    toy_more[0] = "micro-batch=2";
    toy_trainer("in-parts", look_at_parts);
    toy_more[0] = NULL;
    assert_int_equal(TOY_TRAIN(&result, "out=cut", "micro-batch=3"), GT_USAGE);
    if (!strstr(err.text, "3 is no divisor of batch 4")) fail_msg("%s", err.text);
    gt_train_result rest, full;
    assert_ok(TOY_TRAIN(&result, "out=by-parts", "micro-batch=2", "epochs=1"), err);
    assert_ok(TOY_TRAIN(&rest, "out=whole", "epochs=1"), err);
    class.needs.full_batches = true;
    assert_ok(TOY_TRAIN(&full, "out=full", "epochs=1"), err);
    assert_true(rest.steps == result.steps + 1 && full.steps == result.steps);
    kind = &toy_class;
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

static int folder(void **state) {
    if (small_folder(state)) return -1;
    gt_synth *synth = NULL;
    gt_synth_settings sky = gt_synth_settings_default();
    sky.count = 64;
    sky.size = TOY_SIDE;
    sky.pixel = 7.2;
    sky.beam = 21.6;
    sky.test = 0.1;
    sky.out = "sky.h5";
    assert_ok(gt_synth_create(&sky, &synth, &err), err);
    assert_ok(gt_synth_write(synth, NULL, NULL, NULL, &err), err);
    gt_synth_destroy(synth);
    return 0;
}

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
        cmocka_unit_test(test_judged),
        cmocka_unit_test(test_seldom),
        cmocka_unit_test(test_terms_of_the_seldom),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_sampler),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_needs),
    };
    return cmocka_run_group_tests(tests, folder, small_remove);
}
