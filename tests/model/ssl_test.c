/* ssl_test.c - learners from pairs of views as models: names, sizes, first values, codes, what
 * a step changes. Losses and gradients are replayed from recordings. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "rng.h"
#include "ssl.h"

enum { SIZE = 32, ROWS = 6 };

static const ssl_settings full = {.widths = "64,128,256,512",
                                  .blocks = "3,4,6,3",
                                  .projection_layers = 2,
                                  .hidden = 512,
                                  .output = 128,
                                  .prediction_hidden = 64,
                                  .temperature = 0.5};
static const ssl_settings small = {.widths = "4,8",
                                   .blocks = "1,2",
                                   .projection_layers = 2,
                                   .hidden = 8,
                                   .output = 6,
                                   .prediction_hidden = 5,
                                   .temperature = 0.5,
                                   .base_momentum = 0.9};

static gt_model *make(const gt_model_class *class, ssl_settings settings, int64_t channels,
                      int64_t height, int64_t width) {
    gt_error err;
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(channels, height, width, 0, 1.0 / 255);
    assert_ok(gt_model_create(class, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 1, &err), err);
    return model;
}

static void refuses(void **state) {
    static const struct {
        const char *widths, *blocks;
        int64_t size;
        const char *says;
    } cases[] = {
        {"4,8", "1,1", 31, "images of 31x31: the encoder needs at least 32x32"},
        {"4,8", "1,1,1", 32, "widths '4,8' tell of 2 stages, blocks '1,1,1' of 3"},
        {"4,,8", "1,1", 32, "widths '4,,8': expected"},
        {"4,8,", "1,1", 32, "widths '4,8,': expected"},
        {"4,99999", "1,1", 32, "widths '4,99999': expected"},
        {"4,8", "1,0", 32, "blocks '1,0': expected"},
        {"4,8", "", 32, "blocks '': expected"},
        {"1,1,1,1,1,1,1,1,1", "1", 32, "widths '1,1,1,1,1,1,1,1,1': expected 1 to 8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gt_error err;
        gt_model *model = NULL;
        ssl_settings settings = small;
        gt_model_input input = GT_MODEL_INPUT(1, cases[i].size, cases[i].size, 0, 1);
        settings.widths = cases[i].widths;
        settings.blocks = cases[i].blocks;
        assert_int_equal(gt_model_create(&gt_model_simclr, &settings, &input, &model, &err),
                         GT_USAGE);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s", err.text);
    }
}

/* One shift and scale for all channels, or one for each: no other number of them. */
static void numbers_fit_channels(void **state) {
    gt_error err;
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(3, 32, 32, 0, 1);
    input.shift = (gt_reals){2, {0, 0}};
    assert_int_equal(gt_model_create(&gt_model_simclr, &small, &input, &model, &err), GT_USAGE);
    assert_string_equal(err.text, "2 numbers of pixel-shift for 3 channels, expected 1 or 3");
    input.shift = (gt_reals){3, {0, 1, 2}};
    input.scale.count = 0;
    assert_int_equal(gt_model_create(&gt_model_simclr, &small, &input, &model, &err), GT_USAGE);
    assert_non_null(strstr(err.text, "of pixel-scale"));
    assert_null(model);
}

/* Elements of learned parameters, or of a target's share of the states. */
static int64_t count(const gt_model *model, bool of_target) {
    const gt_params *params = gt_model_params(model);
    int64_t sum = 0;
    for (int i = 0; i < gt_params_count(params); ++i) {
        const char *name = gt_params_name(params, i);
        bool is_target = strstr(name, "_momentum.") && !strstr(name, ".running_");
        if (of_target ? is_target : !gt_params_is_state(params, i))
            sum += gt_shape_count(gt_params_shape(params, i));
    }
    return sum;
}

static void paper_sizes(void **state) {
    gt_model *simclr = make(&gt_model_simclr, full, 1, 64, 64);
    assert_int_equal(count(simclr, false), 21607360);
    const gt_params *params = gt_model_params(simclr);
    int named = gt_params_find(params, "backbone.layer2.0.downsample.1.running_var");
    assert_true(named >= 0 && gt_params_is_state(params, named));
    assert_true(gt_params_find(params, "backbone.layer4.2.bn2.bias") >= 0);
    assert_true(gt_params_find(params, "backbone.layer1.0.downsample.0.weight") < 0);
    assert_true(gt_params_find(params, "projection_head.layers.3.bias") < 0);
    gt_model_destroy(simclr);
    ssl_settings settings = full;
    settings.hidden = settings.prediction_hidden = 1024;
    settings.output = 256;
    gt_model *byol = make(&gt_model_byol, settings, 1, 64, 64);
    assert_int_equal(count(byol, false), 22593728);
    assert_int_equal(count(byol, true), 22067136);
    gt_model_destroy(byol);
    gt_model *text = make(&gt_model_simsiam, full, 1, 64, 64);
    assert_int_equal(count(text, false), 21623744);
    gt_model_destroy(text);
    settings = full;
    settings.projection_layers = 3;
    gt_model *simsiam = make(&gt_model_simsiam, settings, 1, 64, 64);
    assert_int_equal(count(simsiam, false), 21886912);
    assert_true(gt_params_find(gt_model_params(simsiam), "projection_head.layers.7.weight") <
                0);
    gt_model_destroy(simsiam);
}

static const float *values_of(const gt_model *model, const char *name, int64_t *length) {
    gt_params *params = gt_model_params(model);
    int index = gt_params_find(params, name);
    if (index < 0) fail_msg("no %s", name);
    *length = gt_shape_count(gt_params_shape(params, index));
    return gt_params_values(params) + gt_params_offset(params, index);
}

static void first_values(void **state) {
    gt_model *model = make(&gt_model_byol, full, 1, 64, 64);
    int64_t n = 0, m = 0;
    const float *conv = values_of(model, "backbone.layer3.1.conv2.weight", &n);
    double squares = 0, largest = 0;
    for (int64_t i = 0; i < n; ++i) squares += (double)conv[i] * (double)conv[i];
    assert_near(sqrt(squares / (double)n), sqrt(2.0 / (256 * 9)), 1e-4);
    const float *bias = values_of(model, "projection_head.layers.3.bias", &n);
    for (int64_t i = 0; i < n; ++i) largest = fmax(largest, fabs((double)bias[i]));
    assert_true(largest < 1 / sqrt(512) && largest > 0.9 / sqrt(512));
    assert_true(values_of(model, "backbone.layer1.0.bn2.weight", &n)[3] == 1);
    assert_true(values_of(model, "backbone.bn1.running_var", &n)[63] == 1);
    const float *own = values_of(model, "backbone.layer4.0.conv1.weight", &n);
    const float *target = values_of(model, "backbone_momentum.layer4.0.conv1.weight", &m);
    assert_true(n == m && memcmp(own, target, (size_t)n * sizeof *own) == 0);
    gt_model_destroy(model);
}

static float *draw(int64_t images, int64_t pixels) {
    size_t values = (size_t)(images * pixels);
    float *out = malloc(values * sizeof *out);
    gt_rng_fill_uniform((gt_rng_key){7, gt_rng_stream("ssl_test"), 0}, 0, values, out);
    for (size_t i = 0; i < values; ++i) out[i] *= 255;
    return out;
}

/* Codes of `images`, `batch` at a time. */
static float *encode(const gt_model *model, const float *images, int64_t rows, int64_t batch,
                     int64_t *width) {
    gt_error err;
    gt_plan *plan = NULL;
    gt_model_graph nodes;
    gt_graph *g = gt_graph_create();
    const gt_model_input *in = gt_model_input_of(model);
    gt_plan_options options = {.threads = 1, .exact = true};
    assert_ok(gt_model_build_encode(model, g, batch, NULL, &nodes, &err), err);
    assert_ok(gt_plan_create(g, &nodes.output, 1, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(model)));
    *width = gt_tensor_dim(nodes.output, 1);
    float *codes = malloc((size_t)(rows * *width) * sizeof *codes);
    for (int64_t i = 0; i < rows; i += batch) {
        int64_t pixels = in->channels * in->height * in->width;
        assert_ok(gt_plan_bind(plan, gt_model_graph_input(&nodes, "images"),
                               images + i * pixels, &err),
                  err);
        assert_ok(gt_plan_run(plan, &err), err);
        memcpy(codes + i * *width, gt_plan_output(plan, 0),
               (size_t)(batch * *width) * sizeof *codes);
    }
    gt_plan_destroy(plan);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    return codes;
}

/* Codes are not negative, are those of one image alone, and exist for images of any shape. */
static void codes(void **state) {
    static const int64_t shapes[][3] = {{1, SIZE, SIZE}, {3, 33, 47}, {1, 128, 128}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        int64_t channels = shapes[i][0], height = shapes[i][1], width = shapes[i][2], codes;
        gt_model *model = make(&gt_model_simsiam, small, channels, height, width);
        float *images = draw(ROWS, channels * height * width);
        float *together = encode(model, images, ROWS, ROWS, &codes);
        float *alone = encode(model, images, ROWS, 1, &codes);
        double sum = 0;
        assert_int_equal(codes, 8);
        for (int64_t k = 0; k < ROWS * codes; ++k) {
            assert_true(together[k] >= 0);
            assert_near((double)alone[k], (double)together[k], 1e-5);
            sum += (double)together[k];
        }
        assert_true(sum > 0);
        free(images);
        free(together);
        free(alone);
        gt_model_destroy(model);
    }
}

/* ---- A step ---------------------------------------------------------------------------- */

typedef struct step {
    gt_graph *g;
    gt_model_graph nodes;
    gt_plan *plan;
    float pace;
} step;

static void step_open(const gt_model *model, const float *views, float pace, step *s) {
    gt_error err;
    gt_tensor *outputs[256];
    gt_plan_options options = {.threads = 1, .exact = true};
    *s = (step){.g = gt_graph_create(), .pace = pace};
    assert_ok(gt_model_build_loss(model, 0, s->g, ROWS, &s->nodes, &err), err);
    assert_true(s->nodes.update_count < 256);
    outputs[0] = s->nodes.output;
    for (int i = 0; i < s->nodes.update_count; ++i) outputs[1 + i] = s->nodes.updates[i].value;
    assert_ok(
        gt_plan_create(s->g, outputs, 1 + s->nodes.update_count, &options, &s->plan, &err),
        err);
    gt_plan_bind_parameters(s->plan, gt_params_values(gt_model_params(model)));
    assert_ok(gt_plan_bind(s->plan, gt_model_graph_input(&s->nodes, "images"), views, &err),
              err);
    gt_tensor *input = gt_model_graph_input(&s->nodes, "pace");
    if (input) assert_ok(gt_plan_bind(s->plan, input, &s->pace, &err), err);
    assert_ok(gt_plan_run(s->plan, &err), err);
}

static const float *updated(const step *s, const gt_model *model, const char *name) {
    int index = gt_params_find(gt_model_params(model), name);
    for (int i = 0; i < s->nodes.update_count; ++i)
        if (s->nodes.updates[i].index == index) return gt_plan_output(s->plan, 1 + i);
    return NULL;
}

static void step_close(step *s) {
    gt_plan_destroy(s->plan);
    gt_model_graph_close(&s->nodes);
    gt_graph_destroy(s->g);
}

/* The target moves by the pace, from where it is to what is learned; statistics are its own. */
static void target_follows(void **state) {
    gt_model *model = make(&gt_model_byol, small, 1, SIZE, SIZE);
    gt_params *params = gt_model_params(model);
    float *views = draw(2 * ROWS, SIZE * SIZE);
    const char *own = "backbone.layer1.0.conv1.weight";
    const char *its = "backbone_momentum.layer1.0.conv1.weight";
    int64_t n;
    step s;
    float *weights =
        gt_params_values(params) + gt_params_offset(params, gt_params_find(params, own));
    for (int i = 0; i < 9; ++i) weights[i] += 1;
    step_open(model, views, 0.25f, &s);
    const float *moved = updated(&s, model, its), *was = values_of(model, its, &n);
    assert_non_null(moved);
    assert_null(updated(&s, model, own));
    for (int64_t i = 0; i < n; ++i)
        assert_near((double)moved[i], (double)was[i] + (i < 9 ? 0.25 : 0), 1e-6);
    const float *online = updated(&s, model, "backbone.bn1.running_var");
    const float *target = updated(&s, model, "backbone_momentum.bn1.running_var");
    assert_non_null(target);
    assert_true(online[0] != 1 && target[0] != 1);
    step_close(&s);
    free(views);
    gt_model_destroy(model);
}

/* Pictures that are all the same have no spread, others have. */
static void spread(void **state) {
    gt_model *model = make(&gt_model_simsiam, small, 1, SIZE, SIZE);
    float *views = draw(2 * ROWS, SIZE * SIZE);
    for (int same = 0; same < 2; ++same) {
        gt_error err;
        gt_model_graph nodes;
        gt_plan *plan;
        gt_plan_options options = {.threads = 1};
        gt_graph *g = gt_graph_create();
        for (int i = 1; same && i < 2 * ROWS; ++i)
            memcpy(views + i * SIZE * SIZE, views, SIZE * SIZE * sizeof *views);
        assert_ok(gt_model_build_loss(model, 0, g, ROWS, &nodes, &err), err);
        assert_string_equal(nodes.monitors[0].name, "spread");
        assert_near(nodes.monitors[0].healthy, 1 / sqrt(6), 1e-12);
        assert_ok(gt_plan_create(g, &nodes.monitors[0].value, 1, &options, &plan, &err), err);
        gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(model)));
        assert_ok(gt_plan_bind(plan, gt_model_graph_input(&nodes, "images"), views, &err), err);
        assert_ok(gt_plan_run(plan, &err), err);
        double value = (double)gt_plan_output(plan, 0)[0];
        assert_true(same ? value < 1e-3 : value > 0.05);
        gt_plan_destroy(plan);
        gt_model_graph_close(&nodes);
        gt_graph_destroy(g);
    }
    free(views);
    gt_model_destroy(model);
}

/* 1 - m with m from 0.9 in the first epoch to 1 in the last; 1 where there is but one. */
static void pace(void **state) {
    gt_model *model = make(&gt_model_byol, small, 1, SIZE, SIZE);
    assert_near(gt_model_scheduled_value(model, "pace", 0, 1000), 0.1, 1e-15);
    assert_near(gt_model_scheduled_value(model, "pace", 500, 1001), 0.05, 1e-15);
    assert_near(gt_model_scheduled_value(model, "pace", 999, 1000), 0, 0);
    assert_near(gt_model_scheduled_value(model, "pace", 0, 1), 0, 0);
    gt_model_destroy(model);
}

static void foreign_names(void **state) {
    static const char *const pairs[][2] = {
        {"conv1.weight", "backbone.conv1.weight"},
        {"layer3.0.downsample.1.running_var", "backbone.layer3.0.downsample.1.running_var"},
        {"backbone.0.weight", "backbone.conv1.weight"},
        {"backbone.1.bias", "backbone.bn1.bias"},
        {"backbone.7.2.conv1.weight", "backbone.layer4.2.conv1.weight"},
        {"backbone_momentum.5.0.bn1.weight", "backbone_momentum.layer2.0.bn1.weight"},
        {"backbone.layer1.0.conv1.weight", "backbone.layer1.0.conv1.weight"},
        {"projection_head.layers.0.weight", "projection_head.layers.0.weight"},
        {"0.weight", "backbone.conv1.weight"},
        {"4.1.conv2.weight", "backbone.layer1.1.conv2.weight"},
        {"fc.weight", NULL},
        {"backbone.fc.bias", NULL},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i) {
        char own[GT_MODEL_NAME];
        bool is_known = ssl_alias(NULL, pairs[i][0], own);
        assert_true(is_known == (pairs[i][1] != NULL));
        if (is_known) assert_string_equal(own, pairs[i][1]);
    }
}

/* Channels with numbers of their own give the codes of channels that were brought there before.
 */
static void channels_have_their_own_numbers(void **state) {
    gt_error err;
    enum { VALUES = 3 * SIZE * SIZE };
    static float raw[2 * VALUES], brought[2 * VALUES];
    gt_model *plain = NULL, *own = NULL;
    gt_model_input input = GT_MODEL_INPUT(3, SIZE, SIZE, 0, 1);
    int64_t width = 0;
    assert_ok(gt_model_create(&gt_model_simsiam, &small, &input, &plain, &err), err);
    assert_ok(gt_model_init(plain, 1, &err), err);
    input.shift = (gt_reals){3, {-10, -100, 20}};
    input.scale = (gt_reals){3, {1.0 / 64, 1.0 / 32, 1.0 / 128}};
    assert_ok(gt_model_create(&gt_model_simsiam, &small, &input, &own, &err), err);
    assert_ok(gt_model_init(own, 1, &err), err);
    for (int i = 0; i < 2 * VALUES; i++) {
        int c = i / (SIZE * SIZE) % 3;
        raw[i] = (float)(i * 37 % 256);
        brought[i] = (float)(((double)raw[i] + input.shift.value[c]) * input.scale.value[c]);
    }
    float *want = encode(plain, brought, 2, 2, &width), *got = encode(own, raw, 2, 2, &width);
    for (int64_t i = 0; i < 2 * width; i++) assert_near(got[i], want[i], 1e-6);
    free(want);
    free(got);
    gt_model_destroy(plain);
    gt_model_destroy(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_fit_channels),
        cmocka_unit_test(channels_have_their_own_numbers),
        cmocka_unit_test(refuses),
        cmocka_unit_test(paper_sizes),
        cmocka_unit_test(first_values),
        cmocka_unit_test(codes),
        cmocka_unit_test(target_follows),
        cmocka_unit_test(spread),
        cmocka_unit_test(pace),
        cmocka_unit_test(foreign_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
