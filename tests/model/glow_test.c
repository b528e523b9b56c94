/* glow_test.c - Glow as a model: names, sizes and first values, actnorms from a first batch,
 * that densities are densities, and the way there and back. Losses, gradients and inverses of
 * random weights are replayed from recordings. */
#include "gt_test.h"

#include "galatea/log.h"
#include "galatea/plan.h"
#include "glow.h"
#include "rng.h"

static const glow_settings small = {
    .flows = 2, .levels = 2, .width = 8, .bits = 5, .coupling = "affine", .mixing = "lu"};

static glow_settings paper(void) {
    return (glow_settings){.flows = 32,
                           .levels = 3,
                           .width = 512,
                           .bits = 5,
                           .coupling = "affine",
                           .mixing = "lu"};
}

static gt_status create(glow_settings set, int64_t channels, int64_t height, int64_t width,
                        gt_model **model, gt_error *err) {
    gt_model_input input = GT_MODEL_INPUT(channels, height, width, 0, 1);
    assert_true(gt_model_fit_input(&gt_model_glow, &input));
    return gt_model_create(&gt_model_glow, &set, &input, model, err);
}

static gt_model *make(glow_settings set, int64_t channels, int64_t side) {
    gt_error err;
    gt_model *model = NULL;
    assert_ok(create(set, channels, side, side, &model, &err), err);
    assert_ok(gt_model_init(model, 1, &err), err);
    return model;
}

static float *part(gt_model *model, const char *name) {
    gt_params *params = gt_model_params(model);
    int index = gt_params_find(params, name);
    if (index < 0) fail_msg("no parameter '%s'", name);
    return gt_params_values(params) + gt_params_offset(params, index);
}

/* Everything but the fixed factors a little away from where it begins. */
static void shake(gt_model *model, double by) {
    gt_params *params = gt_model_params(model);
    for (int i = 0; i < gt_params_count(params); i++) {
        int64_t count = gt_shape_count(gt_params_shape(params, i));
        gt_rng_key key = {5, gt_rng_stream(gt_params_name(params, i)), 0};
        float *values = gt_params_values(params) + gt_params_offset(params, i);
        for (int64_t k = 0; k < count && !gt_params_is_state(params, i); k++)
            values[k] += (float)(by * (2 * gt_rng_uniform(key, (uint64_t)k) - 1));
    }
}

static void make_images(float *images, int64_t count, uint64_t seed) {
    for (int64_t i = 0; i < count; i++)
        images[i] = (float)gt_rng_below((gt_rng_key){seed, 0, 0}, (uint64_t)i, 256);
}

/* ---- What it is made of ------------------------------------------------------------------ */

static int64_t learned(const gt_params *params) {
    int64_t sum = 0;
    for (int i = 0; i < gt_params_count(params); i++)
        if (!gt_params_is_state(params, i)) sum += gt_shape_count(gt_params_shape(params, i));
    return sum;
}

static void test_sizes(void **state) {
    static const struct {
        int64_t channels, levels, parameters;
        const char *coupling;
    } rows[] = {{3, 3, 44095536, "affine"},
                {1, 3, 31488320, "affine"},
                {1, 3, 29423040, "additive"},
                {1, 4, 47073312, "affine"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        glow_settings set = paper();
        gt_model *model = NULL;
        gt_error err;
        set.levels = rows[i].levels;
        set.coupling = rows[i].coupling;
        assert_ok(create(set, rows[i].channels, 64, 64, &model, &err), err);
        assert_int_equal(learned(gt_model_params(model)), rows[i].parameters);
        gt_model_destroy(model);
    }
}

static void test_names(void **state) {
    static const struct {
        const char *name;
        gt_shape shape;
        bool is_state;
    } some[] = {{"blocks.0.flows.1.actnorm.loc", {4, {1, 12, 1, 1}}, false},
                {"blocks.1.flows.0.invconv.w_l", {2, {24, 24}}, false},
                {"blocks.1.flows.0.invconv.w_s", {1, {24}}, false},
                {"blocks.1.flows.0.invconv.w_p", {2, {24, 24}}, true},
                {"blocks.1.flows.0.invconv.s_sign", {1, {24}}, true},
                {"blocks.0.flows.0.coupling.net.0.weight", {4, {8, 6, 3, 3}}, false},
                {"blocks.0.flows.0.coupling.net.2.bias", {1, {8}}, false},
                {"blocks.0.flows.0.coupling.net.4.conv.weight", {4, {12, 8, 3, 3}}, false},
                {"blocks.0.flows.0.coupling.net.4.scale", {4, {1, 12, 1, 1}}, false},
                {"blocks.0.prior.conv.weight", {4, {12, 6, 3, 3}}, false},
                {"blocks.1.prior.conv.weight", {4, {48, 24, 3, 3}}, false}};
    gt_model *model = make(small, 3, 8);
    gt_params *params = gt_model_params(model);
    gt_model_fixed fixed;
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        int index = gt_params_find(params, some[i].name);
        assert_true(index >= 0);
        assert_true(gt_shape_equal(gt_params_shape(params, index), some[i].shape));
        assert_int_equal(gt_params_is_state(params, index), some[i].is_state);
    }
    assert_true(gt_model_fixed_at(model, 3, &fixed));
    assert_string_equal(fixed.name, "blocks.1.flows.1.actnorm.initialized");
    assert_int_equal(fixed.shape.rank, 0);
    assert_false(gt_model_fixed_at(model, 4, &fixed));
    gt_model_destroy(model);
}

/* The factors of a 1x1 convolution multiply to a rotation. */
static void test_rotations(void **state) {
    enum { C = 12 };
    gt_model *model = make(small, 3, 8);
    const float *lower = part(model, "blocks.0.flows.0.invconv.w_l");
    const float *upper = part(model, "blocks.0.flows.0.invconv.w_u");
    const float *log_s = part(model, "blocks.0.flows.0.invconv.w_s");
    const float *sign = part(model, "blocks.0.flows.0.invconv.s_sign");
    const float *permutation = part(model, "blocks.0.flows.0.invconv.w_p");
    double product[C][C] = {{0}}, weight[C][C] = {{0}}, log_det = 0;
    for (int i = 0; i < C; i++)
        for (int j = 0; j < C; j++)
            for (int k = 0; k < C; k++) {
                double l = i > k ? (double)lower[i * C + k] : i == k;
                double u = k < j    ? (double)upper[k * C + j]
                           : k == j ? sign[k] * exp((double)log_s[k])
                                    : 0;
                product[i][j] += l * u;
            }
    for (int i = 0; i < C; i++)
        for (int j = 0; j < C; j++)
            for (int k = 0; k < C; k++) weight[i][j] += permutation[i * C + k] * product[k][j];
    for (int i = 0; i < C; i++) {
        log_det += log_s[i];
        for (int j = 0; j < C; j++) {
            double dot = 0;
            for (int k = 0; k < C; k++) dot += weight[i][k] * weight[j][k];
            assert_near(dot, i == j, 1e-5);
        }
    }
    assert_near(log_det, 0, 1e-5);
    gt_model_destroy(model);
}

static void test_refusals(void **state) {
    gt_error err;
    gt_model *model = NULL;
    glow_settings set = small;
    assert_int_equal(create(set, 1, 28, 30, &model, &err), GT_USAGE);
    assert_string_equal(err.text, "images of 28x30: a Glow of 2 levels halves the sides 2 "
                                  "times; 28x28 or 28x32 would do");
    assert_int_equal(create(set, 1, 2, 2, &model, &err), GT_USAGE);
    assert_string_equal(err.text, "images of 2x2: a Glow of 2 levels halves the sides 2 times; "
                                  "4x4 would do");
    set.colours = 3;
    assert_int_equal(create(set, 2, 8, 8, &model, &err), GT_USAGE);
    assert_non_null(strstr(err.text, "gray-copies 3: images of 2 channels"));
}

/* ---- Graphs ------------------------------------------------------------------------------ */

typedef struct machine {
    gt_graph *g;
    gt_model_graph nodes;
    gt_plan *plan;
} machine;

typedef gt_status (*builder)(const gt_model *model, gt_graph *g, int64_t batch,
                             gt_model_graph *out, gt_error *err);

static gt_status loss(const gt_model *model, gt_graph *g, int64_t batch, gt_model_graph *out,
                      gt_error *err) {
    return gt_model_build_loss(model, 0, g, batch, out, err);
}

static machine compile(gt_model *model, builder build, int64_t batch) {
    machine m = {.g = gt_graph_create()};
    gt_error err;
    assert_ok(build(model, m.g, batch, &m.nodes, &err), err);
    gt_plan_options how = {.threads = 1, .exact = true};
    assert_ok(gt_plan_create(m.g, &m.nodes.output, 1, &how, &m.plan, &err), err);
    gt_plan_bind_parameters(m.plan, gt_params_values(gt_model_params(model)));
    return m;
}

static const float *run(machine *m, const float *images, uint64_t first) {
    gt_error err;
    gt_tensor *input = gt_model_graph_input(&m->nodes, "images");
    assert_ok(gt_plan_bind(m->plan, input, images, &err), err);
    gt_plan_set_noise(m->plan, 7, 0, first);
    assert_ok(gt_plan_run(m->plan, &err), err);
    return gt_plan_output(m->plan, 0);
}

static void machine_destroy(machine *m) {
    gt_plan_destroy(m->plan);
    gt_model_graph_close(&m->nodes);
    gt_graph_destroy(m->g);
}

/* The loss is minus the mean log-probability in bits a value; and each image has the same in a
 * batch and alone. */
static void test_density_is_the_loss(void **state) {
    enum { N = 3, SIDE = 8, VALUES = 3 * SIDE * SIDE };
    gt_model *model = make(small, 3, SIDE);
    float images[N * VALUES];
    double sum = 0;
    shake(model, 0.1);
    make_images(images, N * VALUES, 1);
    machine all = compile(model, loss, N), each = compile(model, gt_model_build_density, N);
    machine one = compile(model, gt_model_build_density, 1);
    const float *log_p = run(&each, images, 0);
    for (int i = 0; i < N; i++) {
        sum += log_p[i];
        assert_near(*run(&one, images + (size_t)i * VALUES, (uint64_t)i), log_p[i],
                    1e-6 * fabs((double)log_p[i]));
    }
    assert_near(*run(&all, images, 0), -sum / (N * VALUES * M_LN2), 1e-5);
    machine_destroy(&all);
    machine_destroy(&each);
    machine_destroy(&one);
    gt_model_destroy(model);
}

/* What goes there comes back, from the middle of its bin. */
static void check_round_trip(glow_settings set, int64_t channels) {
    enum { N = 2, SIDE = 8 };
    gt_model *model = make(set, channels, SIDE);
    int64_t count = N * channels * SIDE * SIDE;
    float *images = malloc((size_t)count * sizeof *images);
    double bin = 256.0 / (double)(1 << set.bits);
    shake(model, 0.05);
    make_images(images, count, 2);
    machine m = compile(model, gt_model_build_reconstruct, N);
    const float *back = run(&m, images, 0);
    for (int64_t i = 0; i < count; i++)
        assert_near(back[i], (floor((double)images[i] / bin) + 0.5) * bin / 256 - 0.5, 1e-5);
    machine_destroy(&m);
    free(images);
    gt_model_destroy(model);
}

static void test_round_trips(void **state) {
    glow_settings set = small;
    check_round_trip(set, 3);
    set.mixing = "plain";
    set.coupling = "additive";
    set.bits = 8;
    check_round_trip(set, 3);
    set.bits = 1;
    set.colours = 3; /* copies have no noise here, but flow apart */
    check_round_trip(set, 1);
}

/* ---- Latents ----------------------------------------------------------------------------- */

/* A sample of noise that is given, or an inversion, with pictures as they flow. */
static machine compile_latents(gt_model *model, bool is_sample, bool is_raw, int64_t batch) {
    static const double temperature = 1;
    static const char *const filling = "noise"; /* the first member of either struct */
    machine m = {.g = gt_graph_create()};
    gt_error err;
    gt_latent_use use = {.given = is_sample, .raw = is_raw, .inner = true};
    assert_ok((is_sample ? gt_model_build_sample_of : gt_model_build_invert)(
                  model, m.g, batch, is_sample ? (const void *)&temperature : &filling, &use,
                  &m.nodes, &err),
              err);
    gt_plan_options how = {.threads = 1, .exact = true};
    assert_ok(gt_plan_create(m.g, &m.nodes.output, 1, &how, &m.plan, &err), err);
    gt_plan_bind_parameters(m.plan, gt_params_values(gt_model_params(model)));
    return m;
}

static const float *put_through(machine *m, const char *name, const float *rows) {
    gt_error err;
    assert_ok(gt_plan_bind(m->plan, gt_model_graph_input(&m->nodes, name), rows, &err), err);
    assert_ok(gt_plan_run(m->plan, &err), err);
    return gt_plan_output(m->plan, 0);
}

/* Latents there and back. Of one model they are the same again, of another they are not. */
static void check_latents(glow_settings set, int64_t channels, bool is_raw) {
    enum { N = 2, SIDE = 8 };
    gt_model *model = make(set, channels, SIDE), *other = make(set, channels, SIDE);
    int64_t width = gt_model_latent_width(model), count = N * width;
    assert_int_equal(width, ((glow *)gt_model_self(model))->values);
    assert_int_equal(width, gt_shape_count(gt_model_inner(model)));
    float *noise = malloc((size_t)count * sizeof *noise);
    gt_draws draws = {.seed = 3, .first = 5};
    gt_model_draw_latents(model, N, &draws, noise);
    shake(model, 0.05);
    shake(other, 0.15);
    machine there = compile_latents(model, true, is_raw, N);
    machine back = compile_latents(model, false, is_raw, N);
    machine astray = compile_latents(other, false, is_raw, N);
    const float *made = put_through(&there, "latents", noise);
    const float *same = put_through(&back, "inner", made);
    const float *strange = put_through(&astray, "inner", made);
    double apart = 0;
    for (int64_t i = 0; i < count; i++) {
        assert_near(same[i], noise[i], 2e-5);
        apart += fabs((double)strange[i] - (double)noise[i]) / (double)count;
    }
    assert_true(apart > 0.05);
    machine_destroy(&there);
    machine_destroy(&back);
    machine_destroy(&astray);
    free(noise);
    gt_model_destroy(model);
    gt_model_destroy(other);
}

static void test_latents(void **state) {
    glow_settings set = small;
    for (int is_raw = 0; is_raw < 2; is_raw++) {
        check_latents(set, 3, is_raw);
        set.colours = 3; /* the copies are not averaged */
        check_latents(set, 1, is_raw);
        set.colours = 0;
        set.coupling = "additive";
        set.mixing = "plain";
    }
}

static void test_raw_latents_have_their_temperature(void **state) {
    gt_model *model = make(small, 1, 8);
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    gt_error err;
    const double temperature = 0.7;
    const gt_latent_use raw = {.given = true, .raw = true};
    assert_int_equal(gt_model_build_sample_of(model, g, 1, &temperature, &raw, &nodes, &err),
                     GT_USAGE);
    assert_non_null(
        strstr(err.text, "temperature 0.7: latents z have a deviation of their own"));
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

/* ---- Densities --------------------------------------------------------------------------- */

/* The prior sees only what a level passes on: over two of its latents, added up on a grid, it
 * is a density whatever that is. */
static void test_prior_is_normalised(void **state) {
    enum { STEPS = 60 };
    static const double reach = 12;
    glow_settings set = small;
    set.levels = 2;
    gt_model *model = make(set, 1, 4);
    const glow *net = gt_model_self(model);
    gt_params *params = gt_model_params(model);
    gt_graph *g = gt_graph_create();
    int count = gt_params_count(params);
    gt_tensor **leaves = calloc((size_t)count, sizeof(gt_tensor *));
    gt_error err;
    shake(model, 0.2);
    for (int i = 0; i < count; i++) leaves[i] = gt_params_tensor(g, params, i);
    gt_tensor *passed = gt_input(g, "passed", GT_SHAPE(1, 2, 2, 2));
    gt_tensor *z = gt_input(g, "z", GT_SHAPE(STEPS, STEPS));
    glow_prior prior = glow_prior_of(net, g, leaves, 0, passed);
    gt_tensor *log_p = NULL;
    for (int c = 0; c < 2; c++) {
        gt_tensor *mean =
            gt_slice(g, gt_slice(g, gt_slice(g, prior.mean, 1, c, 1), 2, 0, 1), 3, 1, 1);
        gt_tensor *log_sd =
            gt_slice(g, gt_slice(g, gt_slice(g, prior.log_sd, 1, c, 1), 2, 0, 1), 3, 1, 1);
        gt_tensor *own = c ? gt_permute(g, z, (const int[]){1, 0}) : z;
        gt_tensor *term = gt_gaussian_log_prob(g, own, gt_reshape(g, mean, GT_SHAPE(1, 1)),
                                               gt_reshape(g, log_sd, GT_SHAPE(1, 1)));
        log_p = log_p ? gt_add(g, log_p, term) : term;
    }
    double area = (2 * reach / STEPS) * (2 * reach / STEPS);
    gt_tensor *integral = gt_affine(g, gt_sum(g, gt_exp(g, log_p)), area, 0);
    gt_plan *plan = NULL;
    gt_plan_options how = {.threads = 1};
    assert_ok(gt_plan_create(g, &integral, 1, &how, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(params));
    float places[STEPS * STEPS], given[8];
    for (int i = 0; i < STEPS * STEPS; i++)
        places[i] = (float)(-reach + 2 * reach * (i % STEPS + 0.5) / STEPS);
    assert_ok(gt_plan_bind(plan, z, places, &err), err);
    for (int trial = 0; trial < 3; trial++) {
        for (int i = 0; i < 8; i++) given[i] = (float)(trial * (i - 3.5) / 4);
        assert_ok(gt_plan_bind(plan, passed, given, &err), err);
        assert_ok(gt_plan_run(plan, &err), err);
        assert_near(*gt_plan_output(plan, 0), 1, 1e-4);
    }
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    free(leaves);
    gt_model_destroy(model);
}

/* ---- First batch ------------------------------------------------------------------------- */

/* Behind the first actnorm of every level the first batch has mean 0 and deviation 1. */
static void test_first_batch(void **state) {
    enum { N = 6, SIDE = 8, VALUES = SIDE * SIDE };
    gt_model *model = make(small, 1, SIDE);
    gt_error err;
    float images[N * VALUES];
    make_images(images, N * VALUES, 3);
    gt_first_batch batch = {.rows = N, .images = images, .threads = 1};
    assert_ok(gt_model_init_from(model, &batch, &err), err);
    const float *loc = part(model, "blocks.0.flows.0.actnorm.loc");
    const float *scale = part(model, "blocks.0.flows.0.actnorm.scale");
    for (int c = 0; c < 4; c++) {
        /* of bins of 8 levels, filled evenly: uniform over the 256 */
        assert_near(loc[c], 0, 0.1);
        assert_near(scale[c], sqrt(12), 0.5);
    }
    machine m = compile(model, loss, N);
    assert_true(isfinite(*run(&m, images, 0)));
    machine_destroy(&m);
    gt_model_destroy(model);
}

static char told[512];

static void keep(void *user, const char *line) {
    snprintf(told, sizeof told, "%s", line);
}

static void test_flat_batches(void **state) {
    enum { N = 2, SIDE = 8, VALUES = SIDE * SIDE };
    gt_model *model = make(small, 1, SIDE);
    gt_error err;
    float images[N * VALUES] = {0};
    gt_first_batch batch = {.rows = N, .images = images, .threads = 1};
    for (int i = 0; i < N * VALUES; i++) images[i] = (float)(i % 8);
    assert_int_equal(gt_model_init_from(model, &batch, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "bits 5: all pixels of the first batch lie in one of 32"));
    /* What is lost is told: of 256 levels 5 bits keep 32, of whole ones 8 bits keep all. */
    static const struct {
        int bits;
        double step;
        const char *says;
    } rows[] = {{5, 1,
                 "bits 5: of 128 different pixel values in the first batch 16 are left, "
                 "87.5 % are lost; more bits keep more"},
                {8, 1, NULL},
                {8, 0.25,
                 "bits 8: of 128 different pixel values in the first batch 32 are "
                 "left, 75 % are lost"}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        glow_settings set = small;
        set.bits = rows[k].bits;
        gt_model *other = make(set, 1, SIDE);
        *told = '\0';
        gt_log_to(keep, NULL);
        for (int i = 0; i < N * VALUES; i++) images[i] = (float)(rows[k].step * (i * 37 % 128));
        assert_ok(gt_model_init_from(other, &batch, &err), err);
        gt_log_to(NULL, NULL);
        if (rows[k].says && !strstr(told, rows[k].says)) fail_msg("'%s'", told);
        if (!rows[k].says) assert_string_equal(told, "");
        gt_model_destroy(other);
    }
    /* A coupling that gives a channel nothing. */
    make_images(images, N * VALUES, 4);
    float *scale = part(model, "blocks.0.flows.0.coupling.net.4.conv.bias");
    scale[0] = -60;
    assert_int_equal(gt_model_init_from(model, &batch, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "in level "));
    assert_non_null(strstr(err.text, ", channel "));
    gt_model_destroy(model);
}

/* ---- Sampling ------------------------------------------------------------------------- */

/* The report's line of the tasks of a kind. */
static void kind_line(const gt_plan *plan, const char *kind, char line[256]) {
    char *report = gt_plan_report(plan), *at = strstr(report, kind);
    if (!at) fail_msg("no line of '%s' in:\n%s", kind, report);
    while (at > report && at[-1] != '\n') at--;
    snprintf(line, 256, "%.*s", (int)strcspn(at, "\n"), at);
    free(report);
}

/* However many images are drawn: matrices are inverted when weights change, no memory is taken
 * after the first batch, and other noise makes other images. */
static void test_batches_of_samples(void **state) {
    enum { BATCH = 2, PIXELS = 16 * 16 };
    gt_error err;
    gt_model *model = make(small, 1, 16);
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    gt_plan *plan = NULL;
    const double usual = 1; /* the temperature */
    float first[BATCH * PIXELS];
    char line[256];
    assert_ok(gt_model_build_sample(model, g, BATCH, &usual, &nodes, &err), err);
    assert_ok(
        gt_plan_create(g, &nodes.output, 1, &(gt_plan_options){.threads = 1}, &plan, &err),
        err);
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(model)));
    gt_plan_set_noise(plan, 1, 0, 0);
    assert_ok(gt_plan_run(plan, &err), err);
    memcpy(first, gt_plan_output(plan, 0), sizeof first);
    int64_t allocations = gt_plan_memory_use(plan).allocations;
    gt_plan_profile(plan, true);
    for (uint64_t i = 1; i < 4; i++) {
        gt_plan_set_noise(plan, 1, 0, i * BATCH);
        assert_ok(gt_plan_run(plan, &err), err);
        assert_true(memcmp(first, gt_plan_output(plan, 0), sizeof first) != 0);
    }
    assert_int_equal(gt_plan_memory_use(plan).allocations, allocations);
    kind_line(plan, "inverse\n", line);
    if (strtod(line, NULL) != 0) fail_msg("inverted in every run: %s", line);
    float *log_s = part(model, "blocks.0.flows.0.invconv.w_s");
    memcpy(first, gt_plan_output(plan, 0), sizeof first);
    log_s[0] += 0.1f;
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(model)));
    assert_ok(gt_plan_run(plan, &err), err);
    assert_true(memcmp(first, gt_plan_output(plan, 0), sizeof first) != 0);
    gt_plan_destroy(plan);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_rotations),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_density_is_the_loss),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_latents),
        cmocka_unit_test(test_raw_latents_have_their_temperature),
        cmocka_unit_test(test_prior_is_normalised),
        cmocka_unit_test(test_first_batch),
        cmocka_unit_test(test_flat_batches),
        cmocka_unit_test(test_batches_of_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
