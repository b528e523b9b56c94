/* backends_test.c - whole models, loss and gradients, on every backend: a second one fits
 * without a line of the plan. The oracle computes in double, the processor in float32. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "maf.h"
#include "rng.h"
#include "ssl.h"
#include "vdvae.h"

typedef struct trial {
    const gt_model *model;
    gt_graph *g;
    gt_model_graph nodes;
    gt_tensor **outputs; /* the loss, then the gradient of every parameter learned */
    int count;
    float *images;
} trial;

static trial make_trial(const gt_model *model, int64_t batch) {
    gt_error err;
    gt_params *params = gt_model_params(model);
    int all = gt_params_count(params), count = 0;
    trial t = {.model = model, .g = gt_graph_create()};
    assert_ok(gt_model_build_loss(model, 0, t.g, batch, &t.nodes, &err), err);
    gt_tensor **learned = calloc((size_t)all, sizeof *learned);
    for (int i = 0; i < all; i++)
        if (!gt_params_is_state(params, i)) learned[count++] = t.nodes.parameters[i];
    t.count = count + 1;
    t.outputs = calloc((size_t)t.count, sizeof(gt_tensor *));
    t.outputs[0] = t.nodes.output;
    gt_grad(t.g, t.nodes.output, learned, count, t.outputs + 1);
    free(learned);
    assert_ok(gt_graph_check(t.g, &err), err);
    int64_t values = gt_shape_count(gt_tensor_shape(gt_model_graph_input(&t.nodes, "images")));
    t.images = malloc((size_t)values * sizeof(float));
    for (int64_t i = 0; i < values; i++)
        t.images[i] = (float)gt_rng_below((gt_rng_key){3, 0, 0}, (uint64_t)i, 256);
    return t;
}

static gt_plan *run_on(const trial *t, const gt_backend *backend) {
    gt_error err;
    gt_plan *plan = NULL;
    gt_plan_options options = {.threads = 1, .exact = true, .backend = backend};
    assert_ok(gt_plan_create(t->g, t->outputs, t->count, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(t->model)));
    assert_ok(gt_plan_bind(plan, gt_model_graph_input(&t->nodes, "images"), t->images, &err),
              err);
    gt_plan_set_noise(plan, 5, 1, 2);
    for (int run = 0; run < 2; run++) {
        int64_t before = gt_plan_memory_use(plan).allocations;
        assert_ok(gt_plan_run(plan, &err), err);
        if (run == 1) assert_int_equal(before, gt_plan_memory_use(plan).allocations);
    }
    return plan;
}

/* Of two vectors: length of the difference, and of the first. */
static void lengths(const float *a, const float *b, int64_t count, double *apart, double *all) {
    for (int64_t k = 0; k < count; k++) {
        *apart += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
        *all += (double)a[k] * a[k];
    }
}

static void check_model(gt_model *model, int64_t batch, double tolerance) {
    trial t = make_trial(model, batch);
    gt_plan *exact = run_on(&t, gt_backend_oracle());
    gt_plan *fast = run_on(&t, gt_backend_default());
    double apart = 0, all = 0, loss = gt_plan_output(exact, 0)[0];
    assert_true(isfinite(loss) && loss != 0);
    assert_near(gt_plan_output(fast, 0)[0], loss, tolerance * fabs(loss));
    for (int i = 1; i < t.count; i++)
        lengths(gt_plan_output(exact, i), gt_plan_output(fast, i),
                gt_shape_count(gt_tensor_shape(t.outputs[i])), &apart, &all);
    assert_true(all > 0);
    print_message("%s: loss %.9g, gradients apart by %.2g of their length\n",
                  gt_model_class_of(model)->name, loss, sqrt(apart / all));
    assert_true(sqrt(apart / all) < tolerance);
    char *report = gt_plan_report(exact);
    assert_non_null(strstr(report, "load"));
    free(report);
    gt_plan_destroy(exact);
    gt_plan_destroy(fast);
    gt_model_graph_close(&t.nodes);
    gt_graph_destroy(t.g);
    free(t.outputs);
    free(t.images);
    gt_model_destroy(model);
}

static void hierarchical(void **state) {
    gt_error err;
    gt_model *model = NULL;
    vdvae_settings settings = {.encoder = "8x1,8d2,4d4,1x1",
                               .decoder = "1x1,4m1,8m4,8x1",
                               .widths = "",
                               .latents = "4,1:6",
                               .tap = "pre_pool",
                               .width = 16,
                               .mixtures = 3,
                               .bias_up_to = 64,
                               .bottleneck = 0.25};
    gt_model_input input = GT_MODEL_INPUT(3, 8, 8, -100, 1 / 60.0);
    assert_ok(gt_model_create(&gt_model_vdvae, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 11, &err), err);
    check_model(model, 2, 2e-5);
}

static void flow(void **state) {
    gt_error err;
    gt_model *model = NULL;
    maf_settings settings = {.blocks = 2, .width = 12};
    gt_model_input input = GT_MODEL_INPUT(6, 1, 1, 0, 1);
    assert_ok(gt_model_create(&gt_model_maf, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 3, &err), err);
    check_model(model, 16, 2e-5);
}

static void pairs(void **state) {
    gt_error err;
    gt_model *model = NULL;
    ssl_settings settings = {.widths = "4,8",
                             .blocks = "1,2",
                             .projection_layers = 2,
                             .hidden = 8,
                             .output = 6,
                             .temperature = 0.5};
    gt_model_input input = GT_MODEL_INPUT(3, 32, 32, 0, 1 / 255.0);
    assert_ok(gt_model_create(&gt_model_simclr, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 7, &err), err);
    check_model(model, 4, 2e-5);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hierarchical), cmocka_unit_test(flow),
                                       cmocka_unit_test(pairs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
