/* classifier_step_test.c - the classifier: a training step and answers beside
 * PyTorch's (tests/golden/classifier/step.py). */
#include "classifier_maker.h"

#include "galatea/plan.h"
#include "galatea/safetensors.h"

enum { BATCH = 5, MOST = 64 };

static const char golden[] = "golden/classifier/step.safetensors";

static gt_model *make_small(const char *freeze, const char *weights) {
    const char *const settings[] = {"widths=4,6", "blocks=1,1",          freeze,
                                    weights,      "label-smoothing=0.1", NULL};
    const gt_model_input input = input_of_classes(CLASSES);
    gt_model *model = NULL;
    gt_error err;
    assert_ok(make_classifier(settings, &input, &model, &err), err);
    return model;
}

/* ---- As PyTorch ----------------------------------------------------------------------------
 */

static size_t read_array(const gt_safetensors *file, const char *name, float *out,
                         size_t most) {
    gt_error err;
    const gt_st_tensor *tensor = gt_safetensors_find(file, name);
    if (!tensor) fail_msg("no %s", name);
    assert_true(tensor->elements <= most);
    assert_ok(gt_safetensors_read_f32(file, tensor, out, tensor->elements, &err), err);
    return (size_t)tensor->elements;
}

static void load_start(const gt_safetensors *file, gt_model *model) {
    gt_params *params = gt_model_params(model);
    char name[128];
    for (int i = 0; i < gt_params_count(params); i++) {
        snprintf(name, sizeof name, "start/%s", gt_params_name(params, i));
        size_t count = (size_t)gt_shape_count(gt_params_shape(params, i));
        float *values = gt_params_values(params) + gt_params_offset(params, i);
        assert_int_equal(read_array(file, name, values, count), count);
    }
}

/* The largest difference, as a share of the largest value there. */
static void assert_alike(const gt_safetensors *file, const char *name, const float *got) {
    static float wanted[4096];
    size_t count = read_array(file, name, wanted, 4096);
    double most = 1e-12, apart = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs((double)wanted[i]));
        apart = fmax(apart, fabs((double)wanted[i] - (double)got[i]));
    }
    if (apart > 2e-5 * most) fail_msg("%s: apart by %g of %g", name, apart, most);
}

/* A graph with its images and labels. */
typedef struct step {
    gt_graph *graph;
    gt_model_graph nodes;
    gt_plan *plan;
    float images[BATCH * SIZE * SIZE], labels[BATCH];
} step;

static void run(step *s, const gt_safetensors *file, const gt_model *model,
                gt_tensor *const *outputs, int count) {
    gt_error err;
    const gt_plan_options how = {.threads = 1, .exact = true};
    gt_tensor *labels = gt_model_graph_input(&s->nodes, "labels");
    read_array(file, "images", s->images, BATCH * SIZE * SIZE);
    read_array(file, "labels", s->labels, BATCH);
    assert_ok(gt_plan_create(s->graph, outputs, count, &how, &s->plan, &err), err);
    assert_ok(gt_plan_bind(s->plan, gt_model_graph_input(&s->nodes, "images"), s->images, &err),
              err);
    if (labels) assert_ok(gt_plan_bind(s->plan, labels, s->labels, &err), err);
    gt_plan_bind_parameters(s->plan, gt_params_values(gt_model_params(model)));
    assert_ok(gt_plan_run(s->plan, &err), err);
}

static void close_step(step *s) {
    gt_plan_destroy(s->plan);
    gt_model_graph_close(&s->nodes);
    gt_graph_destroy(s->graph);
}

/* Loss, accuracy, every gradient and every running statistic of a step; those of what is frozen
 * stay. */
static void step_as_pytorch(const gt_safetensors *file, int frozen) {
    static step s;
    gt_error err;
    char name[128];
    snprintf(name, sizeof name, "freeze=%d", frozen);
    gt_model *model = make_small(name, "class-weights=1,2.5,0.5");
    const gt_params *params = gt_model_params(model);
    gt_tensor *leaves[MOST], *outputs[2 * MOST + 2], *grads[MOST];
    int learned = 0, indices[MOST], count = 2;
    s = (step){.graph = gt_graph_create()};
    load_start(file, model);
    assert_ok(gt_model_build_loss(model, 0, s.graph, BATCH, &s.nodes, &err), err);
    for (int i = 0; i < gt_params_count(params); i++)
        if (!gt_params_is_state(params, i)) {
            indices[learned] = i;
            leaves[learned++] = s.nodes.parameters[i];
        }
    gt_grad(s.graph, s.nodes.output, leaves, learned, grads);
    outputs[0] = s.nodes.output;
    outputs[1] = s.nodes.monitors[0].value;
    for (int i = 0; i < learned; i++) outputs[count++] = grads[i];
    for (int i = 0; i < s.nodes.update_count; i++) outputs[count++] = s.nodes.updates[i].value;
    run(&s, file, model, outputs, count);
    snprintf(name, sizeof name, "frozen%d/loss", frozen);
    assert_alike(file, name, gt_plan_output(s.plan, 0));
    snprintf(name, sizeof name, "frozen%d/accuracy", frozen);
    assert_alike(file, name, gt_plan_output(s.plan, 1));
    for (int i = 0; i < learned; i++) {
        snprintf(name, sizeof name, "frozen%d/grad/%s", frozen,
                 gt_params_name(params, indices[i]));
        assert_alike(file, name, gt_plan_output(s.plan, 2 + i));
    }
    for (int i = 0; i < s.nodes.update_count; i++) {
        snprintf(name, sizeof name, "frozen%d/after/%s", frozen,
                 gt_params_name(params, s.nodes.updates[i].index));
        assert_alike(file, name, gt_plan_output(s.plan, 2 + learned + i));
    }
    /* two statistics a batch norm: of the stem, two a block, one a shortcut */
    assert_int_equal(s.nodes.update_count, frozen ? 6 : 12);
    assert_int_equal(learned, frozen ? 11 : 20);
    close_step(&s);
    gt_model_destroy(model);
}

static void a_step_is_that_of_pytorch(void **state) {
    gt_safetensors *file = NULL;
    gt_error err;
    assert_ok(gt_safetensors_open(golden, &file, &err), err);
    step_as_pytorch(file, 0);
    step_as_pytorch(file, 2);
    gt_safetensors_close(file);
}

/* At rest: probabilities, and the loss of validation without weights and smoothing. */
static void answers_are_those_of_pytorch(void **state) {
    static step s;
    const char *const settings[] = {"widths=4,6", "blocks=1,1", NULL};
    const gt_model_input input = input_of_classes(CLASSES);
    gt_safetensors *file = NULL;
    gt_model *model = NULL;
    gt_error err;
    assert_ok(gt_safetensors_open(golden, &file, &err), err);
    assert_ok(make_classifier(settings, &input, &model, &err), err);
    load_start(file, model);
    s = (step){.graph = gt_graph_create()};
    assert_ok(gt_model_build_classify(model, s.graph, BATCH, &s.nodes, &err), err);
    run(&s, file, model, &s.nodes.output, 1);
    assert_alike(file, "probabilities", gt_plan_output(s.plan, 0));
    close_step(&s);
    s = (step){.graph = gt_graph_create()};
    assert_ok(gt_model_build_validation(model, 0, s.graph, BATCH, &s.nodes, &err), err);
    run(&s, file, model, &s.nodes.output, 1);
    assert_alike(file, "plain_loss", gt_plan_output(s.plan, 0));
    close_step(&s);
    gt_model_destroy(model);
    gt_safetensors_close(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_that_of_pytorch),
        cmocka_unit_test(answers_are_those_of_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
