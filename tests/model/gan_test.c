/* gan_test.c - the light-weight GAN as a model: names, sizes, first values, pictures made
 * larger as bytes are, the average's schedule, and what it is like in use. Losses, gradients
 * and steps are replayed from recordings. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "gan.h"
#include "rng.h"

static const gan_settings full = {.side = 128,
                                  .latent = 256,
                                  .channels = 3,
                                  .heads = 8,
                                  .head_size = 64,
                                  .most_channels = 512,
                                  .exponent = 12,
                                  .attention = "32",
                                  .gate = "context",
                                  .head = "1x1",
                                  .penalty = "one-centred",
                                  .augment = "cutout,translation",
                                  .whole_levels = true};

static gan_settings tiny(void) {
    gan_settings s = full;
    s.side = 32;
    s.latent = 8;
    s.heads = 2;
    s.head_size = 4;
    s.most_channels = 16;
    s.attention = "16";
    return s;
}

static gt_status try_to_make(const gan_settings *settings, int64_t channels, int64_t side,
                             gt_model **out, gt_error *err) {
    gt_model_input input = GT_MODEL_INPUT(channels, side, side, 0, 1.0 / 255);
    return gt_model_create(&gt_model_gan, settings, &input, out, err);
}

static gt_model *make(gan_settings settings, int64_t channels, int64_t side) {
    gt_error err;
    gt_model *model = NULL;
    assert_ok(try_to_make(&settings, channels, side, &model, &err), err);
    assert_ok(gt_model_init(model, 1, &err), err);
    return model;
}

static int64_t count_learned(const gt_model *model, const char *prefix) {
    const gt_params *params = gt_model_params(model);
    int64_t count = 0;
    for (int i = 0; i < gt_params_count(params); ++i)
        if (!gt_params_is_state(params, i) &&
            strncmp(gt_params_name(params, i), prefix, strlen(prefix)) == 0)
            count += gt_shape_count(gt_params_shape(params, i));
    return count;
}

static int64_t size_of(gan_settings settings, const char *prefix) {
    gt_error err;
    gt_model *model = NULL;
    assert_ok(try_to_make(&settings, 1, 64, &model, &err), err);
    int64_t count = count_learned(model, prefix);
    gt_model_destroy(model);
    return count;
}

/* Where nobody says, networks have the channels of the pictures. */
static void test_channels(void **state) {
    gt_error err;
    for (int64_t channels = 1; channels <= 5; channels += 2) {
        gan_settings settings = tiny();
        gt_model *model = NULL;
        settings.channels = channels;
        int64_t asked = size_of(settings, "G.");
        settings.channels = 0;
        assert_ok(try_to_make(&settings, channels, 64, &model, &err), err);
        assert_int_equal(count_learned(model, "G."), asked);
        gt_model_destroy(model);
    }
}

static void test_size(void **state) {
    gan_settings settings = full;
    assert_int_equal(size_of(settings, ""), 35766417);
    assert_int_equal(size_of(settings, "G."), 23961513);
    assert_int_equal(size_of(settings, "D.decoder1."), 4497414);
    settings.channels = 1;
    assert_int_equal(size_of(settings, ""), 35761163);
    settings.channels = 3;
    settings.side = 64;
    assert_int_equal(size_of(settings, ""), 35343471);
    settings.side = 256;
    assert_int_equal(size_of(settings, ""), 35871907);
    settings.side = 512;
    assert_int_equal(size_of(settings, "G."), 24054991);
    assert_int_equal(size_of(settings, "D."), 12953246);
    settings.side = 128;
    settings.head = "5x5";
    assert_int_equal(size_of(settings, "D."), 9707752);
}

static void test_names(void **state) {
    static const struct {
        const char *name;
        gt_shape shape;
    } some[] = {{"G.initial_conv.0.weight", {4, {256, 512, 4, 4}}},
                {"G.initial_conv.1.running_mean", {1, {512}}},
                {"G.layers.0.0.0.net.0.weight", {4, {1024, 256, 1, 1}}},
                {"G.layers.4.0.2.1.weight", {4, {128, 128, 4, 4}}},
                {"G.layers.2.0.3.weight", {1, {1}}},
                {"G.layers.1.1.to_k.bias", {1, {1}}},
                {"G.layers.1.1.net.2.weight", {4, {64, 32, 1, 1}}},
                {"G.layers.3.2.fn.to_lin_kv.net.1.weight", {4, {1024, 256, 1, 1}}},
                {"G.layers.3.2.norm.g", {4, {1, 256, 1, 1}}},
                {"GE.out_conv.weight", {4, {3, 64, 3, 3}}},
                {"D.residual_layers.3.0.branches.0.1.1.weight", {4, {512, 1024, 1, 1}}},
                {"D.residual_layers.2.1.fn.to_out.weight", {4, {128, 1024, 1, 1}}},
                {"D.to_logits.3.weight", {4, {1, 512, 4, 4}}},
                {"D.to_shape_disc_out.3.fn.fn.to_q.weight", {4, {512, 32, 1, 1}}},
                {"D.to_shape_disc_out.2.branches.1.2.bias", {1, {32}}},
                {"D.decoder1.layers.3.1.weight", {4, {6, 64, 3, 3}}}};
    gt_error err;
    gt_model *model = NULL;
    char own[GT_MODEL_NAME];
    assert_ok(try_to_make(&full, 1, 64, &model, &err), err);
    for (size_t i = 0; i < sizeof some / sizeof *some; ++i) {
        int index = gt_params_find(gt_model_params(model), some[i].name);
        if (index < 0) fail_msg("no %s", some[i].name);
        assert_true(
            gt_shape_equal(gt_params_shape(gt_model_params(model), index), some[i].shape));
        assert_true(gt_model_gan.alias(gt_model_self(model), some[i].name, own));
        assert_string_equal(own, some[i].name);
    }
    assert_int_equal(gt_params_find(gt_model_params(model), "G.layers.2.1.to_k.bias"), -1);
    assert_false(gt_model_gan.alias(gt_model_self(model), "D_aug.D.to_logits.3.weight", own));
    assert_false(gt_model_gan.alias(gt_model_self(model), "G.layers.0.0.1.f", own));
    gt_model_destroy(model);
}

static const float *values_of(const gt_model *model, const char *name) {
    gt_params *params = gt_model_params(model);
    int index = gt_params_find(params, name);
    assert_true(index >= 0);
    return gt_params_values(params) + gt_params_offset(params, index);
}

static double deviation_of(const gt_model *model, const char *name, double *largest) {
    gt_params *params = gt_model_params(model);
    const float *values = values_of(model, name);
    int64_t count = gt_shape_count(gt_params_shape(params, gt_params_find(params, name)));
    double squares = 0;
    *largest = 0;
    for (int64_t i = 0; i < count; ++i) {
        squares += (double)values[i] * values[i];
        *largest = fmax(*largest, fabs((double)values[i]));
    }
    return sqrt(squares / (double)count);
}

static void test_first_values(void **state) {
    gan_settings settings = full;
    settings.latent = 64;
    double largest;
    gt_model *model = make(settings, 1, 64);
    assert_near(deviation_of(model, "G.layers.4.0.2.1.weight", &largest),
                sqrt(2.0 / (128 * 16)), 3e-4);
    assert_near(deviation_of(model, "D.to_logits.1.weight", &largest), sqrt(2.0 / (512 * 9)),
                1e-4);
    assert_near(
        deviation_of(model, "D.residual_layers.2.1.fn.to_lin_kv.net.0.weight", &largest),
        sqrt(2.0 / 9), 0.03);
    assert_near(deviation_of(model, "G.layers.4.0.2.1.bias", &largest),
                sqrt(1 / 3.0 / (128 * 16)), 3e-3);
    assert_true(largest <= 1 / sqrt(128.0 * 16) && largest > 0.8 / sqrt(128.0 * 16));
    assert_near(deviation_of(model, "G.initial_conv.0.weight", &largest),
                sqrt(1 / 3.0 / (128 * 16)), 1e-4);
    assert_true(deviation_of(model, "G.layers.1.0.0.net.0.bias", &largest) == 0);
    assert_true(deviation_of(model, "G.layers.1.0.3.weight", &largest) == 0);
    assert_true(values_of(model, "G.layers.1.0.4.weight")[5] == 1);
    assert_memory_equal(values_of(model, "G.layers.2.0.2.1.weight"),
                        values_of(model, "GE.layers.2.0.2.1.weight"), 64 * sizeof(float));
    gt_model_destroy(model);
}

/* ---- Pictures -------------------------------------------------------------------------- */

static void run_graph(gt_graph *g, gt_tensor *output, gt_tensor *input, const float *values,
                      const gt_model *model, uint64_t first, float *out) {
    gt_error err;
    gt_plan *plan = NULL;
    gt_plan_options options = {.threads = 1, .exact = true};
    assert_ok(gt_graph_check(g, &err), err);
    assert_ok(gt_plan_create(g, &output, 1, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(model)));
    if (input) assert_ok(gt_plan_bind(plan, input, values, &err), err);
    gt_plan_set_noise(plan, 5, 1, first);
    assert_ok(gt_plan_run(plan, &err), err);
    memcpy(out, gt_plan_output(plan, 0),
           (size_t)gt_shape_count(gt_tensor_shape(output)) * sizeof *out);
    gt_plan_destroy(plan);
}

/* Lines of 16 bytes as 32: three parts of the nearest byte and one of the next nearest, the
 * border once more outside, rounded. Lines lie `step` apart, their bytes `along`. */
static void widen(const int *from, int *to, int lines, int step, int along, int out_step,
                  int out_along) {
    for (int line = 0; line < lines; ++line)
        for (int i = 0; i < 32; ++i) {
            int near = i / 2, next = i % 2 ? near + 1 : near - 1;
            next = next < 0 ? 0 : next > 15 ? 15 : next;
            int sum = 3 * from[line * step + near * along] + from[line * step + next * along];
            to[line * out_step + i * out_along] = (sum + 2) / 4;
        }
}

/* To the byte as byte pictures are made larger, and copied to three channels. */
static void test_pictures(void **state) {
    enum { FROM = 16, TO = 32 };
    int bytes[FROM * FROM], wide[FROM * TO], large[TO * TO];
    float levels[FROM * FROM];
    static float seen[3 * TO * TO];
    gt_model *model = make(tiny(), 1, FROM);
    gt_graph *g = gt_graph_create();
    for (int i = 0; i < FROM * FROM; ++i)
        levels[i] =
            (float)(bytes[i] = (int)gt_rng_below((gt_rng_key){3, 0, 0}, (uint64_t)i, 256));
    widen(bytes, wide, FROM, FROM, 1, TO, 1);
    widen(wide, large, TO, 1, TO, 1, TO);
    gt_tensor *input = gt_input(g, "images", GT_SHAPE(1, 1, FROM, FROM));
    run_graph(g, gan_pictures(model, g, input), input, levels, model, 0, seen);
    for (int i = 0; i < 3 * TO * TO; ++i)
        assert_near(seen[i] * 255, large[i % (TO * TO)], 1e-3);
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

/* ---- Large pictures -------------------------------------------------------------------- */

static gan_settings large(void) {
    gan_settings s = tiny();
    s.side = 512;
    s.channels = 1;
    s.exponent = 9; /* maps of 256 x 256 have two channels */
    s.most_channels = 8;
    s.attention = "16,256";
    return s;
}

static void expect_shape(const gt_model *model, const char *name, gt_shape shape) {
    int index = gt_params_find(gt_model_params(model), name);
    if (index < 0) fail_msg("no %s", name);
    if (!gt_shape_equal(gt_params_shape(gt_model_params(model), index), shape))
        fail_msg("%s has another shape", name);
}

/* Beyond a side of 256 a convolution a halving comes first, and a second decoder; the
 * generator's last maps have three channels whatever it makes. */
static void test_large_names(void **state) {
    gan_settings settings = large();
    for (int side = 512; side <= 1024; side *= 2) {
        gt_error err;
        gt_model *model = NULL;
        settings.side = side;
        assert_ok(try_to_make(&settings, 1, 64, &model, &err), err);
        int64_t first = side == 512 ? 2 : 1;
        expect_shape(model, "D.non_residual_layers.0.1.weight", GT_SHAPE(first, 1, 4, 4));
        expect_shape(model, "D.residual_layers.0.0.branches.0.1.1.weight",
                     GT_SHAPE(4, 8, 1, 1));
        expect_shape(model, "D.residual_layers.4.1.fn.to_out.weight", GT_SHAPE(8, 16, 1, 1));
        expect_shape(model, "D.decoder1.layers.3.1.weight", GT_SHAPE(2, 1, 3, 3));
        expect_shape(model, "D.decoder2.layers.0.0.net.0.weight", GT_SHAPE(32, 8, 1, 1));
        expect_shape(model, "G.layers.6.0.2.1.weight", GT_SHAPE(6, 4, 4, 4));
        expect_shape(model, "G.layers.3.1.net.2.weight", GT_SHAPE(3, 3, 1, 1));
        expect_shape(model, "G.layers.6.2.norm.g", GT_SHAPE(1, 4, 1, 1));
        expect_shape(model, "G.out_conv.weight", GT_SHAPE(1, 3, 3, 3));
        int second = gt_params_find(gt_model_params(model), "D.non_residual_layers.1.1.weight");
        int fifth =
            gt_params_find(gt_model_params(model), "D.residual_layers.5.0.branches.0.3.weight");
        assert_true((second >= 0) == (side == 1024) && fifth < 0);
        gt_model_destroy(model);
    }
}

/* Rows of quarters, of all pictures the same. */
static void test_quarters(void **state) {
    enum { SIDE = 4, FLOATS = 2 * SIDE * SIDE };
    static float pictures[FLOATS];
    gt_model *model = make(tiny(), 1, 32);
    for (int i = 0; i < FLOATS; ++i) pictures[i] = (float)i;
    for (int quarter = 0; quarter < 4; ++quarter) {
        float out[FLOATS / 4];
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, 1, SIDE, SIDE));
        gan_quarter which = {gt_constant(g, quarter / 2 ? 0.5 : 0.49, GT_SHAPE(1)),
                             gt_constant(g, quarter % 2 ? 0.99 : 0, GT_SHAPE(1))};
        run_graph(g, gan_quarter_of(g, x, &which), x, pictures, model, 0, out);
        for (int i = 0; i < FLOATS / 4; ++i)
            assert_true(out[i] == (float)(i / 4 * 16 + quarter / 2 * 8 + quarter % 2 * 2 +
                                          i / 2 % 2 * 4 + i % 2));
        gt_graph_destroy(g);
    }
    gt_model_destroy(model);
}

/* ---- Learning -------------------------------------------------------------------------- */

/* Loss and gradients of the discriminator for two gray pictures, as its parameters stand. */
static double gradients(gt_model *model, bool seldom, float *out) {
    gt_error err;
    gt_params *params = gt_model_params(model);
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    gt_plan *plan = NULL;
    gt_plan_options options = {.threads = 1, .exact = true};
    int count = gt_params_count(params), own = 0;
    float levels[2 * 32 * 32];
    for (int i = 0; i < 2 * 32 * 32; ++i) levels[i] = 100;
    gt_tensor **leaves = calloc((size_t)count, sizeof *leaves),
              **outputs = calloc((size_t)count + 1, sizeof *outputs);
    assert_ok(
        (seldom ? gt_model_build_seldom : gt_model_build_loss)(model, 0, g, 2, &nodes, &err),
        err);
    for (int i = 0; i < count; ++i)
        if (gt_model_owns(model, 0, i)) leaves[own++] = nodes.parameters[i];
    outputs[0] = nodes.output;
    gt_grad(g, nodes.output, leaves, own, outputs + 1);
    assert_ok(gt_plan_create(g, outputs, own + 1, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(params));
    assert_ok(gt_plan_bind(plan, gt_model_graph_input(&nodes, "images"), levels, &err), err);
    gt_plan_set_noise(plan, 5, 1, 0);
    assert_ok(gt_plan_run(plan, &err), err);
    double loss = gt_plan_output(plan, 0)[0];
    for (int i = 1; i <= own; ++i) {
        size_t floats = (size_t)gt_shape_count(gt_tensor_shape(outputs[i]));
        memcpy(out, gt_plan_output(plan, i), floats * sizeof *out);
        out += floats;
    }
    gt_plan_destroy(plan);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    free(leaves);
    free(outputs);
    return loss;
}

/* A discriminator without slope has a penalty of 10 exactly, which adds 0 to every gradient. */
static void test_flat_discriminator(void **state) {
    gt_model *model = make(tiny(), 1, 32);
    gt_model_range range = gt_model_range_of(model, 0);
    float *usual = calloc(range.count, sizeof *usual),
          *seldom = calloc(range.count, sizeof *seldom);
    memset(gt_params_values(gt_model_params(model)) + range.first, 0,
           range.count * sizeof(float));
    double loss = gradients(model, false, usual);
    assert_near(gradients(model, true, seldom) - loss, 10, 1e-5);
    size_t moved = 0;
    for (size_t i = 0; i < range.count; ++i) {
        assert_true(isfinite(usual[i]) && usual[i] == seldom[i]);
        moved += usual[i] != 0;
    }
    assert_true(moved > 0);
    free(usual);
    free(seldom);
    gt_model_destroy(model);
}

/* Loss for one picture, and the slope that is told beside it. */
static double loss_of(const gt_model *model, bool seldom, float *slope) {
    gt_error err;
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    float levels[32 * 32], loss;
    for (int i = 0; i < 32 * 32; ++i) levels[i] = (float)(i % 100);
    assert_ok(
        (seldom ? gt_model_build_seldom : gt_model_build_loss)(model, 0, g, 1, &nodes, &err),
        err);
    gt_tensor *images = gt_model_graph_input(&nodes, "images");
    const gt_monitor *last = &nodes.monitors[nodes.monitor_count - 1];
    assert_true((strcmp(last->name, "slope") == 0) == seldom);
    run_graph(g, nodes.output, images, levels, model, 0, &loss);
    if (seldom) run_graph(g, last->value, images, levels, model, 0, slope);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    return (double)loss;
}

/* The penalty of one picture is 10 (slope - 1)^2; of a real and a made one, whose slopes have
 * the mean m, 5 (a^2 + b^2), which is 10 m^2 or more. */
static void test_slope(void **state) {
    for (int is_centred = 0; is_centred < 2; ++is_centred) {
        gan_settings settings = tiny();
        settings.penalty = is_centred ? "one-centred" : "zero-centred";
        gt_model *model = make(settings, 1, 32);
        float slope = 0;
        double penalty = loss_of(model, true, &slope) - loss_of(model, false, NULL);
        double least = 10 * pow((double)slope - is_centred, 2);
        assert_true(slope > 0.1);
        if (is_centred) assert_near(penalty, least, 1e-5 * penalty);
        if (!is_centred) assert_true(penalty > least * (1 - 1e-5) && penalty < 2 * least);
        gt_model_destroy(model);
    }
}

/* Of a discriminator that tells nothing both hinges are 2, and both decoders find 0 where a
 * gray picture is. */
static void test_two_decoders(void **state) {
    gt_error err;
    gan_settings settings = large();
    settings.attention = "16";
    gt_model *model = make(settings, 1, 32);
    gt_model_range range = gt_model_range_of(model, 0);
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    float levels[32 * 32], loss;
    for (int i = 0; i < 32 * 32; ++i) levels[i] = 102;
    memset(gt_params_values(gt_model_params(model)) + range.first, 0,
           range.count * sizeof(float));
    assert_ok(gt_model_build_loss(model, 0, g, 1, &nodes, &err), err);
    run_graph(g, nodes.output, gt_model_graph_input(&nodes, "images"), levels, model, 0, &loss);
    assert_near(loss, 2 + 2 + 2 * 0.4 * 0.4, 1e-5);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

/* Both copies and averages, at the steps of the public implementation. */
static void test_average(void **state) {
    double (*keeps)(const void *, int64_t) = gan_objectives[1].copy_keeps;
    static const int64_t copies[] = {2, 1002, 20002, 24002},
                         rests[] = {0, 1, 3, 10, 1000, 20000, 20003, 25002},
                         follows[] = {20010, 24010, 25010, 100000};
    for (size_t i = 0; i < sizeof copies / sizeof *copies; ++i)
        assert_true(keeps(NULL, copies[i]) == 0);
    for (size_t i = 0; i < sizeof rests / sizeof *rests; ++i)
        assert_true(keeps(NULL, rests[i]) == 1);
    for (size_t i = 0; i < sizeof follows / sizeof *follows; ++i)
        assert_true(keeps(NULL, follows[i]) == 0.995);
}

/* ---- Use ------------------------------------------------------------------------------- */

static void sample(const gt_model *model, bool average, int64_t batch, uint64_t first,
                   float *images) {
    gt_error err;
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    assert_ok(gt_model_build_sample(model, g, batch, &average, &nodes, &err), err);
    run_graph(g, nodes.output, NULL, NULL, model, first, images);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
}

/* A picture does not depend on those made with it, few or many; all are from 0 to 1; the
 * average begins as the generator. */
static void test_sample(void **state) {
    enum { FLOATS = 3 * 32 * 32, ALL = 6 };
    static float all[ALL * FLOATS], some[ALL * FLOATS];
    gt_model *model = make(tiny(), 1, 64);
    sample(model, false, ALL, 0, all);
    sample(model, true, ALL, 0, some);
    assert_memory_equal(all, some, sizeof all);
    for (int chunk = 1; chunk < 4; ++chunk) {
        for (int at = 0; at < ALL; at += chunk)
            sample(model, false, chunk, (uint64_t)at, some + at * FLOATS);
        for (int i = 0; i < ALL * FLOATS; ++i) assert_near(some[i], all[i], 1e-6);
    }
    double apart = 0;
    for (int i = 0; i < FLOATS; ++i) {
        assert_true(all[i] >= 0 && all[i] <= 1);
        apart += fabs((double)all[i] - all[FLOATS + i]);
    }
    assert_true(apart > 1);
    gt_model_destroy(model);
}

/* ---- Statistics taken anew ------------------------------------------------------------- */

static gt_status read_nothing(void *user, uint64_t first, size_t count, float *out,
                              gt_error *err) {
    return count == 0 ? GT_OK : gt_fail(err, GT_BAD_ARGUMENT, "nothing is to be read");
}

static float *in(float *values, const gt_model *model, const char *name) {
    const gt_params *params = gt_model_params(model);
    return values + gt_params_offset(params, gt_params_find(params, name));
}

/* Of normal latents the first map has the mean of its bias and the variance of its weights;
 * what the average learned, and all of the generator itself, stay. */
static void test_fresh_statistics(void **state) {
    gt_error err;
    gt_model_rows rows = {.count = 0, .read = read_nothing};
    for (int asked = 0; asked < 2; ++asked) {
        gan_settings settings = tiny();
        settings.fresh_statistics = asked;
        gt_model *model = make(settings, 1, 32);
        gt_params *params = gt_model_params(model);
        size_t floats = (size_t)gt_params_floats(params);
        float *values = malloc(floats * sizeof *values);
        memcpy(values, gt_params_values(params), floats * sizeof *values);
        in(values, model, "GE.initial_conv.1.running_var")[2] = 77;
        assert_ok(gt_model_recalibrate(model, values, &rows, 1, &err), err);
        const float *weight = in(values, model, "GE.initial_conv.0.weight");
        double squares = 0;
        for (int latent = 0; latent < 8; ++latent)
            for (int i = 0; i < 16; ++i)
                squares += pow((double)weight[(latent * 16 + 2) * 16 + i], 2) / 16;
        double variance = in(values, model, "GE.initial_conv.1.running_var")[2],
               mean = in(values, model, "GE.initial_conv.1.running_mean")[2],
               bias = in(values, model, "GE.initial_conv.0.bias")[2];
        assert_near(variance, asked ? squares : 77, asked ? 0.15 * squares : 0);
        assert_near(mean, asked ? bias : 0, asked ? 0.2 * sqrt(squares) : 0);
        in(values, model, "GE.initial_conv.1.running_var")[2] = 1;
        size_t moved = 0;
        for (int i = 0; i < gt_params_count(params); ++i) {
            const char *name = gt_params_name(params, i);
            bool may_move = strncmp(name, "GE.", 3) == 0 && strstr(name, ".running_");
            const float *now = values + gt_params_offset(params, i),
                        *was = gt_params_values(params) + gt_params_offset(params, i);
            size_t count = (size_t)gt_shape_count(gt_params_shape(params, i));
            bool is_same = memcmp(now, was, count * sizeof *now) == 0;
            assert_true(is_same || may_move);
            moved += !is_same;
        }
        assert_int_equal(moved, asked ? 8 : 0);
        free(values);
        gt_model_destroy(model);
    }
}

/* ---- Rolls ----------------------------------------------------------------------------- */

/* Even numbers from minus the side to the side, each as often, for the smallest side and that
 * with the most bits. */
static void test_rolls(void **state) {
    enum { N = 4096 };
    for (int side = 32; side <= 256; side *= 8) {
        static float rolls[N];
        int seen[257] = {0}, bare = 0;
        gan_augmentation how = {.probability = 1, .changes = {GAN_OFFSET}};
        gan_settings settings = tiny();
        gt_model *model = make(settings, 1, 32);
        gt_graph *g = gt_graph_create();
        gan_chances by = gan_chances_random(&how, g, "test", GT_SHAPE(N, 1, side, side));
        run_graph(g, by.down, NULL, NULL, model, 0, rolls);
        for (int i = 0; i < N; ++i) {
            int j = (int)(rolls[i] + (float)side) / 2;
            assert_true(rolls[i] == (float)(2 * j - side) && j >= 0 && j <= side);
            seen[j]++;
        }
        for (int j = 0; j <= side; ++j) {
            double expected = N / (side + 1.0);
            bare += seen[j] == 0;
            assert_near(seen[j], expected, 5 * sqrt(expected));
        }
        assert_int_equal(bare, 0);
        gt_graph_destroy(g);
        gt_model_destroy(model);
    }
}

/* Of `offset` and its two halves, one after the other: rows and columns go where they are said
 * to. */
static void test_offset(void **state) {
    enum { SIDE = 32, FLOATS = 2 * SIDE * SIDE };
    static const gan_change changes[] = {GAN_OFFSET, GAN_OFFSET_H, GAN_OFFSET_V};
    static const int by[][2] = {{-32, 4}, {30, -6}}; /* down and across, of each picture */
    static float pictures[FLOATS], out[FLOATS];
    gt_model *model = make(tiny(), 1, 32);
    for (int i = 0; i < FLOATS; ++i) pictures[i] = (float)i;
    for (int c = 0; c < 3; ++c) {
        gan_augmentation how = {.probability = 1, .changes = {changes[c]}};
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, 1, SIDE, SIDE)), *sums[2];
        for (int side = 0; side < 2; ++side) { /* [first, second] as a sum of steps */
            gt_tensor *first = gt_constant(g, by[0][side], GT_SHAPE(1, 1)),
                      *second = gt_constant(g, by[1][side], GT_SHAPE(1, 1));
            sums[side] = gt_concat(g, (gt_tensor *[]){first, second}, 2, 0);
        }
        gan_chances chances = {.whether = gt_constant(g, 0, GT_SHAPE(1)),
                               .flip = gt_constant(g, 0, GT_SHAPE(1)),
                               .down = sums[0],
                               .across = sums[1]};
        run_graph(g, gan_augment(&how, g, x, &chances), x, pictures, model, 0, out);
        for (int i = 0; i < FLOATS; ++i) {
            int n = i / (SIDE * SIDE), row = i / SIDE % SIDE, column = i % SIDE;
            int down = changes[c] == GAN_OFFSET_H ? 0 : by[n][0],
                across = changes[c] == GAN_OFFSET_V ? 0 : by[n][1];
            int to_row = (row + down + SIDE) % SIDE,
                to_column = (column + across + SIDE) % SIDE;
            assert_true(out[(n * SIDE + to_row) * SIDE + to_column] == pictures[i]);
        }
        gt_graph_destroy(g);
    }
    gt_model_destroy(model);
}

static void refuse(gan_settings settings, int64_t channels, int64_t height, int64_t width,
                   const char *sentence) {
    gt_error err;
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(channels, height, width, 0, 1);
    assert_int_equal(gt_model_create(&gt_model_gan, &settings, &input, &model, &err), GT_USAGE);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
    assert_null(model);
}

static void test_refusals(void **state) {
    gan_settings settings = tiny();
    refuse(settings, 1, 64, 32, "learns from square ones");
    refuse(settings, 2, 32, 32, "images of 2 channels for networks of 3");
    settings.side = 48;
    refuse(settings, 1, 64, 64, "side 48: expected 32, 64, 128, 256, 512 or 1024");
    settings.side = 512;
    settings.attention = "512";
    refuse(settings, 1, 64, 64, "attention '512': expected none, or powers of 2 from 4 to 256");
    settings.side = 32;
    settings.attention = "16,24";
    refuse(settings, 1, 64, 64,
           "attention '16,24': expected none, or powers of 2 from 4 to 32");
    settings.attention = "none";
    settings.augment = "cutout,warp";
    refuse(settings, 1, 64, 64, "augment 'cutout,warp': expected");
    settings.augment = "offset,offset_w";
    refuse(settings, 1, 64, 64, "augment 'offset,offset_w': expected at most 6 of cutout,");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_size),
                                       cmocka_unit_test(test_channels),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_first_values),
                                       cmocka_unit_test(test_pictures),
                                       cmocka_unit_test(test_large_names),
                                       cmocka_unit_test(test_quarters),
                                       cmocka_unit_test(test_flat_discriminator),
                                       cmocka_unit_test(test_slope),
                                       cmocka_unit_test(test_two_decoders),
                                       cmocka_unit_test(test_average),
                                       cmocka_unit_test(test_sample),
                                       cmocka_unit_test(test_fresh_statistics),
                                       cmocka_unit_test(test_rolls),
                                       cmocka_unit_test(test_offset),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
