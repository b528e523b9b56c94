/* views_test.c - learning from views: running statistics of the weights for use, and the watch
 * for collapse over an interruption. */
#include "small_run.h"

static const char *const settings[] = {"widths=4,8",
                                       "blocks=1,1",
                                       "hidden=16",
                                       "prediction-hidden=16",
                                       "output=8",
                                       "data=wide.h5",
                                       "epochs=3",
                                       "batch=8",
                                       "threads=1",
                                       "optimizer=sgd",
                                       "schedule=constant",
                                       "learning-rate=1e-3",
                                       "ema=0.9",
                                       "flip=no",
                                       "clip=0",
                                       "skip-threshold=0",
                                       "exact=true",
                                       NULL};

enum { ROWS = 40, WIDE = 2 * SMALL_SIZE };

/* The small pictures at twice their size: the encoder asks for 32 pixels. */
static void wide_data(void) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_IMAGES;
    info.count = ROWS;
    info.channels = 1;
    info.height = info.width = WIDE;
    assert_ok(gt_dataset_writer_create("wide.h5", &info, &writer, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        float small[SMALL_PIXELS], wide[WIDE * WIDE];
        small_picture(row, small);
        for (int i = 0; i < WIDE * WIDE; i++)
            wide[i] = small[i / WIDE / 2 * SMALL_SIZE + i % WIDE / 2];
        gt_dataset_row columns = gt_dataset_row_default();
        assert_ok(gt_dataset_writer_append(writer, wide, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static int folder(void **state) {
    int failed = small_folder(state);
    if (!failed) wide_data();
    return failed;
}

static void step(gt_trainer *t, int count) {
    gt_error err = {0};
    assert_ok(gt_loader_begin(t->loader, (uint32_t)t->at.epoch, (size_t)t->at.batch, &err),
              err);
    gt_stepper_bind_values(t->learners[0].stepper, t->vectors.values);
    gt_stepper_set(t->learners[0].stepper, "pace", 0.1);
    for (int i = 0; i < count; i++) assert_ok(gt_trainer_step(t, &err), err);
}

/* Running statistics, and BYOL's target, stand behind what is learned. */
static void average_states(gt_trainer *t) {
    const gt_vectors *v = &t->vectors;
    size_t learned = (size_t)gt_params_learned_floats(gt_model_params(t->model));
    size_t states = v->count - learned, moved = 0;
    float *before = malloc(states * sizeof *before);
    assert_true(states > 0);
    memcpy(before, v->values + learned, states * sizeof *before);
    step(t, 2);
    for (size_t i = 0; i < states; i++) {
        moved += v->values[learned + i] != before[i];
        assert_true(v->average[learned + i] == v->values[learned + i]);
    }
    assert_true(moved > states / 2);
    free(before);
}

static void test_weights_for_use_have_states_of_now(void **unused) {
    small_trainer("byol", settings, average_states);
}

/* Losses read the statistics of a batch: that running ones are lost would show in use alone. */
static void lose_a_state(gt_trainer *t) {
    gt_error err = {0};
    const gt_params *params = gt_model_params(t->model);
    int index = gt_params_find(params, "backbone.bn1.running_var");
    t->vectors.values[gt_params_offset(params, index)] = INFINITY;
    assert_ok(gt_loader_begin(t->loader, 0, 0, &err), err);
    gt_stepper_bind_values(t->learners[0].stepper, t->vectors.values);
    assert_int_equal(gt_trainer_step(t, &err), GT_NOT_FINITE);
    if (!strstr(err.text, "the value of 'backbone.bn1.running_var' is infinite"))
        fail_msg("%s", err.text);
}

static void test_a_lost_state_ends_the_run(void **unused) {
    small_trainer("byol", settings, lose_a_state);
}

static void watch_begins(gt_trainer *t) {
    gt_error err = {0};
    step(t, 1);
    assert_true(gt_trainer_collapse(t) > 0.89); /* a tenth of the spread */
    assert_ok(gt_trainer_save(t, &err), err);
}

static void watch_goes_on(gt_trainer *t) {
    t->first_step = t->at.step;
    assert_int_equal(t->first_step, 1);
    step(t, 1);
    assert_true(gt_trainer_collapse(t) >= 0);
    assert_true(gt_trainer_collapse(t) < 0.8); /* all of it: the outputs are healthy */
}

static void test_collapse_after_an_interruption(void **unused) {
    small_trainer("byol", settings, watch_begins);
    small_trainer("byol", settings, watch_goes_on);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_for_use_have_states_of_now),
        cmocka_unit_test(test_a_lost_state_ends_the_run),
        cmocka_unit_test(test_collapse_after_an_interruption),
    };
    return cmocka_run_group_tests(tests, folder, small_remove);
}
