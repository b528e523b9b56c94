/* The graphs of a VDVAE as the training loop and the commands use them: what one says, the
 * others agree with. */
#include "gt_test.h"

#include "galatea/optim.h"
#include "galatea/plan.h"
#include "rng.h"
#include "vdvae.h"

enum { SIZE = 8, PIXELS = SIZE * SIZE, IMAGES = 4 };

static gt_model *make_model_with(int64_t channels, const char *latents) {
    gt_error err;
    gt_model *model;
    vdvae_settings settings = {.encoder = "8x1,8d2,4d4,1x1",
                               .decoder = "1x1,4m1,8m4,8x1",
                               .widths = "",
                               .latents = latents,
                               .tap = "pre_pool",
                               .width = 16,
                               .mixtures = 3,
                               .bias_up_to = 64,
                               .bottleneck = 0.25};
    gt_model_input input = GT_MODEL_INPUT(channels, SIZE, SIZE, -100, 1 / 60.0);
    assert_ok(gt_model_create(&gt_model_vdvae, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 11, &err), err);
    /* The prior starts at zero: give it something to say. */
    gt_params *params = gt_model_params(model);
    for (int i = 0; i < gt_params_count(params); ++i)
        if (strstr(gt_params_name(params, i), "prior.c4.weight"))
            gt_init_uniform(params, i, 12, 0.3);
    return model;
}

static gt_model *make_model(int64_t channels) {
    return make_model_with(channels, "4,1:6");
}

static void make_images(float *images, int64_t count) {
    for (int64_t i = 0; i < count * PIXELS; ++i)
        images[i] = (float)gt_rng_below((gt_rng_key){3, 0, 0}, (uint64_t)i, 256);
}

/* One built graph, compiled. */
typedef struct machine {
    gt_graph *g;
    gt_model_graph nodes;
    gt_plan *plan;
} machine;

/* The output is output 0, monitors follow. */
static void compile(machine *m, const gt_model *model) {
    gt_error err;
    gt_tensor *outputs[1 + GT_MODEL_MONITORS] = {m->nodes.output};
    int count = 1;
    for (int i = 0; i < m->nodes.monitor_count; ++i)
        outputs[count++] = m->nodes.monitors[i].value;
    gt_plan_options options = {.threads = 1, .exact = true};
    assert_ok(gt_plan_create(m->g, outputs, count, &options, &m->plan, &err), err);
    gt_plan_bind_parameters(m->plan, gt_params_values(gt_model_params(model)));
}

static const float *run(machine *m, const float *images, uint64_t seed, uint64_t first) {
    gt_error err;
    gt_tensor *input = gt_model_graph_input(&m->nodes, "images");
    if (input) assert_ok(gt_plan_bind(m->plan, input, images, &err), err);
    gt_plan_set_noise(m->plan, seed, 1, first);
    assert_ok(gt_plan_run(m->plan, &err), err);
    return gt_plan_output(m->plan, 0);
}

static void machine_destroy(machine *m) {
    gt_plan_destroy(m->plan);
    gt_model_graph_close(&m->nodes);
    gt_graph_destroy(m->g);
}

static machine loss_machine(const gt_model *model, int64_t batch) {
    gt_error err;
    machine m = {.g = gt_graph_create()};
    assert_ok(gt_model_build_loss(model, 0, m.g, batch, &m.nodes, &err), err);
    compile(&m, model);
    return m;
}

static machine encode_machine(const gt_model *model, const char *code, int64_t layers) {
    gt_error err;
    machine m = {.g = gt_graph_create()};
    gt_options *options;
    void *settings = calloc(1, gt_model_vdvae.encode_size);
    char number[16];
    snprintf(number, sizeof number, "%d", (int)layers);
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, gt_model_vdvae.encode_options, settings, &err), err);
    assert_ok(gt_options_set(options, "code", code, GT_FROM_COMMAND, NULL, &err), err);
    assert_ok(gt_options_set(options, "layers", number, GT_FROM_COMMAND, NULL, &err), err);
    assert_ok(gt_model_build_encode(model, m.g, IMAGES, settings, &m.nodes, &err), err);
    compile(&m, model);
    gt_options_destroy(options);
    free(settings);
    return m;
}

/* The text is lent to the settings while the graph is built. */
static gt_status build_sample(const gt_model *model, const char *temperature, machine *m,
                              gt_error *err) {
    gt_options *options;
    void *settings = calloc(1, gt_model_vdvae.sample_size);
    assert_ok(gt_options_create(&options, err), *err);
    assert_ok(gt_options_add(options, gt_model_vdvae.sample_options, settings, err), *err);
    assert_ok(gt_options_set(options, "temperature", temperature, GT_FROM_COMMAND, NULL, err),
              *err);
    *m = (machine){.g = gt_graph_create()};
    gt_status status = gt_model_build_sample(model, m->g, IMAGES, settings, &m->nodes, err);
    gt_options_destroy(options);
    free(settings);
    return status;
}

static machine sample_machine(const gt_model *model, const char *temperature) {
    gt_error err;
    machine m;
    assert_ok(build_sample(model, temperature, &m, &err), err);
    compile(&m, model);
    return m;
}

/* The loss is the sum of its terms, and that of a batch the mean of those of its parts. */
static void test_loss(void **state) {
    gt_model *model = make_model(1);
    float images[IMAGES * PIXELS];
    make_images(images, IMAGES);
    machine whole = loss_machine(model, IMAGES), part = loss_machine(model, 1);
    double loss = *run(&whole, images, 5, 40), sum = 0;
    assert_int_equal(whole.nodes.monitor_count, 2);
    assert_string_equal(whole.nodes.monitors[0].name, "distortion");
    assert_string_equal(whole.nodes.monitors[1].name, "rate");
    double distortion = *gt_plan_output(whole.plan, 1), rate = *gt_plan_output(whole.plan, 2);
    assert_true(distortion > 1 && rate > 0);
    assert_near(loss, distortion + rate, 1e-5);
    for (int n = 0; n < IMAGES; ++n)
        sum += *run(&part, images + n * PIXELS, 5, 40 + (uint64_t)n) / IMAGES;
    assert_near(sum, loss, 2e-6 * loss);
    assert_true(fabs(*run(&whole, images, 6, 40) - loss) > 1e-4);
    machine_destroy(&whole);
    machine_destroy(&part);
    gt_model_destroy(model);
}

/* Parameters are handed out by index: each gradient has its parameter's shape. */
static void test_leaves(void **state) {
    gt_model *model = make_model(3);
    gt_params *params = gt_model_params(model);
    gt_error err;
    machine m = {.g = gt_graph_create()};
    assert_ok(gt_model_build_loss(model, 0, m.g, 2, &m.nodes, &err), err);
    for (int i = 0; i < gt_params_count(params); ++i)
        assert_string_equal(gt_tensor_name(m.nodes.parameters[i]), gt_params_name(params, i));
    machine_destroy(&m);
    gt_model_destroy(model);
}

/* More layers begin with fewer; a draw moves around the mean; the projection is a map of the
 * width. */
static void test_codes(void **state) {
    gt_model *model = make_model(1);
    float images[IMAGES * PIXELS];
    make_images(images, IMAGES);
    machine one = encode_machine(model, "mean", 1), all = encode_machine(model, "mean", 4);
    machine drawn = encode_machine(model, "draw", 1);
    machine projected = encode_machine(model, "projected", 2);
    assert_int_equal(gt_tensor_dim(one.nodes.output, 1), 6);
    assert_int_equal(gt_tensor_dim(all.nodes.output, 1), 6 + 3 * 4);
    assert_int_equal(gt_tensor_dim(projected.nodes.output, 1), 16 + 16);
    const float *few = run(&one, images, 1, 0), *many = run(&all, images, 1, 0);
    for (int n = 0; n < IMAGES; ++n)
        for (int k = 0; k < 6; ++k) assert_near(many[n * 18 + k], few[n * 6 + k], 1e-6);
    const float *draw = run(&drawn, images, 1, 0);
    float kept = draw[3];
    assert_true(fabsf(kept - few[3]) > 1e-6f);
    assert_true(run(&drawn, images, 2, 0)[3] != kept);
    assert_true(run(&drawn, images, 1, 0)[3] == kept);
    run(&projected, images, 1, 0);
    machine_destroy(&one);
    machine_destroy(&all);
    machine_destroy(&drawn);
    machine_destroy(&projected);
    gt_model_destroy(model);
}

/* Blocks of sizes without latents refine only: fewer parameters, fewer layers, the same uses.
 */
static void test_sizes_without_latents(void **state) {
    gt_model *model = make_model_with(1, "0,4:2,1:6");
    const gt_params *params = gt_model_params(model);
    assert_true(gt_params_find(params, "decoder.dec_blocks.1.prior.c1.weight") >= 0);
    assert_int_equal(gt_params_find(params, "decoder.dec_blocks.2.prior.c1.weight"), -1);
    assert_int_equal(gt_params_find(params, "decoder.dec_blocks.3.z_proj.weight"), -1);
    assert_true(gt_params_find(params, "decoder.dec_blocks.3.resnet.c4.weight") >= 0);
    float images[IMAGES * PIXELS];
    make_images(images, IMAGES);
    machine loss = loss_machine(model, IMAGES), codes = encode_machine(model, "mean", 2);
    machine sample = sample_machine(model, "1,0.5");
    run(&loss, images, 1, 0);
    assert_true(*gt_plan_output(loss.plan, 2) > 0);
    assert_int_equal(gt_tensor_dim(codes.nodes.output, 1), 8);
    float kept = run(&sample, NULL, 1, 0)[5];
    assert_true(run(&sample, NULL, 2, 0)[5] != kept);
    machine_destroy(&loss);
    machine_destroy(&codes);
    machine_destroy(&sample);
    gt_model_destroy(model);
}

static void test_too_many_layers(void **state) {
    gt_model *model = make_model(1);
    gt_error err;
    gt_model_graph nodes;
    gt_graph *g = gt_graph_create();
    struct {
        const char *code;
        int64_t layers;
    } settings = {"mean", 5};
    assert_int_equal(gt_model_build_encode(model, g, 1, &settings, &nodes, &err), GT_USAGE);
    assert_string_equal(err.text, "layers: 5 asked for, the model has 4");
    assert_null(nodes.parameters);
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

/* Temperature 0 leaves no chance; one number stands for all layers; lists of other lengths are
 * refused. */
static void test_temperature(void **state) {
    gt_model *model = make_model(1);
    machine cold = sample_machine(model, "0"), one = sample_machine(model, "0.7");
    machine list = sample_machine(model, "0.7,0.7,0.7,0.7");
    machine mixed = sample_machine(model, "0,0,0,1");
    float kept = run(&cold, NULL, 1, 0)[5];
    assert_true(run(&cold, NULL, 2, 9)[5] == kept);
    kept = run(&one, NULL, 1, 0)[5];
    assert_true(run(&list, NULL, 1, 0)[5] == kept);
    assert_true(run(&mixed, NULL, 1, 0)[5] != run(&cold, NULL, 1, 0)[5]);
    machine_destroy(&cold);
    machine_destroy(&one);
    machine_destroy(&list);
    machine_destroy(&mixed);
    static const char *const wrong[] = {"warm", "-1", "1,1", "1,1,1,1,1", "1,,1,1", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        gt_error err;
        machine m;
        if (build_sample(model, wrong[i], &m, &err) != GT_USAGE) fail_msg("'%s'", wrong[i]);
        gt_graph_destroy(m.g);
    }
    gt_model_destroy(model);
}

/* Pixels of image n depend on the seed and its number alone, and lie between 0 and 255. */
static void test_paint(void **state) {
    gt_model *model = make_model(3);
    gt_error err;
    machine m = sample_machine(model, "1");
    enum { VALUES = 3 * PIXELS };
    float all[IMAGES * VALUES], last[VALUES], mean[VALUES], again[VALUES];
    const float *output = run(&m, NULL, 1, 0);
    int64_t each = gt_shape_count(gt_tensor_shape(m.nodes.output)) / IMAGES;
    gt_draws draws = {9, 100}, later = {9, 103};
    assert_ok(gt_model_decode(model, output, IMAGES, &draws, all, &err), err);
    assert_ok(gt_model_decode(model, output + 3 * each, 1, &later, last, &err), err);
    assert_memory_equal(all + 3 * VALUES, last, sizeof last);
    assert_ok(gt_model_decode(model, output + 3 * each, 1, NULL, mean, &err), err);
    assert_ok(gt_model_decode(model, output + 3 * each, 1, NULL, again, &err), err);
    assert_memory_equal(mean, again, sizeof mean);
    double away = 0;
    for (int i = 0; i < VALUES; ++i) {
        assert_true(mean[i] >= 0 && mean[i] <= 255 && last[i] >= 0 && last[i] <= 255);
        away += fabs(mean[i] - last[i]);
    }
    assert_true(away > VALUES);
    machine_destroy(&m);
    gt_model_destroy(model);
}

/* A few steps against the gradient lower the loss and bring reconstructions nearer to the
 * images. */
static double reconstruction_error(const gt_model *model, const float *images) {
    gt_error err;
    machine m = {.g = gt_graph_create()};
    float mean[IMAGES * PIXELS];
    double sum = 0;
    assert_ok(gt_model_build_reconstruct(model, m.g, IMAGES, &m.nodes, &err), err);
    compile(&m, model);
    assert_ok(gt_model_decode(model, run(&m, images, 1, 0), IMAGES, NULL, mean, &err), err);
    for (int i = 0; i < IMAGES * PIXELS; ++i) sum += fabs(mean[i] - images[i]);
    machine_destroy(&m);
    return sum / (IMAGES * PIXELS);
}

static void test_learns(void **state) {
    gt_model *model = make_model(1);
    gt_params *params = gt_model_params(model);
    gt_error err;
    float images[IMAGES * PIXELS];
    for (int i = 0; i < IMAGES * PIXELS; ++i)
        images[i] = i % SIZE < SIZE / 2 + i / PIXELS - 2 ? 220.0f : 30.0f;
    double before = reconstruction_error(model, images);
    machine m = {.g = gt_graph_create()};
    assert_ok(gt_model_build_loss(model, 0, m.g, IMAGES, &m.nodes, &err), err);
    int count = gt_params_count(params);
    gt_tensor **outputs = calloc((size_t)count + 1, sizeof *outputs);
    outputs[count] = m.nodes.output;
    gt_grad(m.g, m.nodes.output, m.nodes.parameters, count, outputs);
    gt_plan_options options = {.threads = 1};
    assert_ok(gt_plan_create(m.g, outputs, count + 1, &options, &m.plan, &err), err);
    gt_plan_bind_parameters(m.plan, gt_params_values(params));
    gt_optimizer rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    size_t floats = (size_t)gt_params_floats(params);
    float *memory = calloc(3 * floats, sizeof *memory);
    gt_optimizer_vectors v = {.count = floats,
                              .values = gt_params_values(params),
                              .grads = memory,
                              .state = {memory + floats, memory + 2 * floats}};
    for (int i = 0; i < count; ++i)
        gt_plan_bind_output(m.plan, i, memory + gt_params_offset(params, i), false);
    double first = 0, last = 0;
    for (int step = 1; step <= 150; ++step) {
        run(&m, images, 1, (uint64_t)step * IMAGES);
        last = *gt_plan_output(m.plan, count);
        if (step == 1) first = last;
        gt_optimizer_step how = {.number = step, .rate = 0.01, .grad_scale = 1, .threads = 1};
        gt_optimizer_apply(&rule, &v, &how);
        gt_plan_parameters_changed(m.plan);
    }
    double after = reconstruction_error(model, images);
    print_message("loss %.3f to %.3f, mean error %.1f to %.1f of 255\n", first, last, before,
                  after);
    assert_true(last < 0.6 * first && after < 0.5 * before);
    free(memory);
    free(outputs);
    machine_destroy(&m);
    gt_model_destroy(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_leaves),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_sizes_without_latents),
        cmocka_unit_test(test_too_many_layers),
        cmocka_unit_test(test_temperature),
        cmocka_unit_test(test_paint),
        cmocka_unit_test(test_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
