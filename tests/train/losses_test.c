/* losses_test.c - what the losses of several objectives may have: monitors of validation alone,
 * a loss that stands in now and then, states that follow what is learned, batches in parts. */
#include "toy_run.h"

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
    assert_ok(TOY_TRAIN(&result, "out=run"), err);
    assert_int_equal(rename("run", "reference"), 0);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judged),
        cmocka_unit_test(test_seldom),
        cmocka_unit_test(test_terms_of_the_seldom),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, folder, small_remove);
}
