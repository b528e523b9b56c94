/* diffusion_test.c - the blind denoiser as a model: names, sizes, first values, what it is like
 * at rest, the mean image, and walks whose denoiser is known. Losses, gradients and the
 * published walks are replayed from recordings. */
#include "gt_test.h"

#include "diffusion.h"
#include "galatea/interrupt.h"
#include "galatea/plan.h"
#include "rng.h"

static const diffusion_settings full = {.width = 64, .levels = 3, .noise = "square"};
static const diffusion_settings small = {.width = 4, .levels = 2, .noise = "square"};
static const diffusion_sampling usual = {.sampler = "coarse-to-fine",
                                         .start_sigma = 1,
                                         .end_sigma = 0.1,
                                         .step = 0.01,
                                         .beta = 0.1,
                                         .most_steps = 10000,
                                         .steps = 200,
                                         .end_time = 0.005};

static gt_model *make(diffusion_settings settings, int64_t channels, int64_t side) {
    gt_error err;
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(channels, side, side, 0, 1.0 / 255);
    assert_ok(gt_model_create(&gt_model_diffusion, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 1, &err), err);
    return model;
}

static void test_size(void **state) {
    gt_model *model = make(full, 1, 64);
    gt_params *params = gt_model_params(model);
    int64_t learned = 0;
    for (int i = 0; i < gt_params_count(params); ++i)
        if (!gt_params_is_state(params, i))
            learned += gt_shape_count(gt_params_shape(params, i));
    assert_int_equal(learned, 7659264);
    static const struct {
        const char *name;
        gt_shape shape;
    } some[] = {{"encoder.0.0.weight", {4, {64, 1, 3, 3}}},
                {"encoder.0.3.gammas", {4, {1, 64, 1, 1}}},
                {"encoder.2.4.running_sd", {4, {1, 256, 1, 1}}},
                {"mid_block.0.weight", {4, {512, 256, 3, 3}}},
                {"upsample.2.weight", {4, {512, 256, 2, 2}}},
                {"decoder.1.0.weight", {4, {128, 256, 3, 3}}},
                {"decoder.0.3.weight", {4, {1, 64, 3, 3}}}};
    for (size_t i = 0; i < sizeof some / sizeof *some; ++i) {
        int index = gt_params_find(params, some[i].name);
        assert_true(index >= 0);
        assert_true(gt_shape_equal(gt_params_shape(params, index), some[i].shape));
    }
    assert_int_equal(gt_params_find(params, "decoder.0.4.gammas"), -1);
    assert_int_equal(gt_params_find(params, "encoder.0.1.gammas"), -1);
    gt_model_destroy(model);
}

/* Deviation of a parameter's values, and the largest of them. */
static double deviation_of(gt_params *params, const char *name, double *largest) {
    int index = gt_params_find(params, name);
    const float *values = gt_params_values(params) + gt_params_offset(params, index);
    int64_t count = gt_shape_count(gt_params_shape(params, index));
    double squares = 0;
    *largest = 0;
    for (int64_t i = 0; i < count; ++i) {
        squares += (double)values[i] * values[i];
        *largest = fmax(*largest, fabs((double)values[i]));
    }
    return sqrt(squares / (double)count);
}

static void test_first_values(void **state) {
    double largest;
    gt_model *model = make(full, 1, 64);
    gt_params *params = gt_model_params(model);
    assert_near(deviation_of(params, "mid_block.3.weight", &largest), sqrt(2.0 / (512 * 9)),
                1e-4);
    assert_near(deviation_of(params, "upsample.2.weight", &largest), sqrt(2.0 / (256 * 4)),
                2e-4);
    assert_near(deviation_of(params, "mid_block.1.gammas", &largest), 2.0 / 576, 4e-4);
    assert_true(largest <= 0.025F);
    assert_near(deviation_of(params, "mid_block.1.running_sd", &largest), 1, 1e-7);
    gt_model_destroy(model);
}

static void test_refusal(void **state) {
    gt_error err;
    gt_model *model = NULL;
    gt_model_input input = GT_MODEL_INPUT(1, 64, 60, 0, 1);
    assert_int_equal(gt_model_create(&gt_model_diffusion, &full, &input, &model, &err),
                     GT_USAGE);
    assert_non_null(strstr(err.text, "images of 64x60"));
    assert_non_null(strstr(err.text, "multiples of 8"));
}

/* ---- Judged levels --------------------------------------------------------------------- */

/* Of black pictures all levels of noise are one picture with another factor, and so is what is
 * left of them: the PSNR falls by 20 log10 of it. */
static void test_judged_levels(void **state) {
    enum { SIDE = 16, BATCH = 3, LEVELS = 10 };
    static const float black[BATCH * SIDE * SIDE];
    gt_error err;
    diffusion_settings settings = small;
    settings.judged_levels = LEVELS;
    gt_model *model = make(settings, 1, SIDE);
    gt_params *params = gt_model_params(model);
    for (int i = 0; i < gt_params_count(params); ++i)
        if (strstr(gt_params_name(params, i), "gammas")) gt_init_fill(params, i, 1);
    gt_graph *g = gt_graph_create();
    gt_model_graph training = {0}, nodes = {0};
    gt_plan *plan = NULL;
    gt_tensor *outputs[LEVELS];
    assert_ok(gt_model_build_loss(model, 0, g, BATCH, &training, &err), err);
    assert_ok(gt_model_build_validation(model, 0, g, BATCH, &nodes, &err), err);
    assert_int_equal(nodes.monitor_count, training.monitor_count + LEVELS);
    for (int i = 0; i < LEVELS; ++i) outputs[i] = nodes.monitors[1 + i].value;
    assert_string_equal(nodes.monitors[1].name, "psnr_at_1");
    assert_string_equal(nodes.monitors[2].name, "psnr_at_1.9");
    assert_string_equal(nodes.monitors[10].name, "psnr_at_316");
    assert_ok(gt_plan_create(g, outputs, LEVELS, &(gt_plan_options){.threads = 1}, &plan, &err),
              err);
    gt_plan_bind_parameters(plan, gt_params_values(params));
    assert_ok(gt_plan_bind(plan, gt_model_graph_input(&nodes, "images"), black, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    double first = (double)gt_plan_output(plan, 0)[0];
    assert_true(fabs(first - 20 * log10(255)) > 1); /* the network sees something */
    for (int i = 0; i < LEVELS; ++i)
        assert_near(gt_plan_output(plan, i)[0], first - 50.0 * i / 9, 2e-4);
    gt_plan_destroy(plan);
    gt_model_graph_close(&training);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

/* ---- At rest --------------------------------------------------------------------------- */

/* What the network at rest sees in `images` of (batch,1,side,side), to be freed. */
static float *seen_in(const gt_model *model, const float *images, int64_t batch) {
    gt_error err;
    gt_graph *g = gt_graph_create();
    gt_model_graph nodes = {0};
    gt_plan *plan = NULL;
    gt_plan_options options = {.threads = 1, .exact = true};
    const gt_model_input *in = gt_model_input_of(model);
    size_t count = (size_t)(batch * in->channels * in->height * in->width);
    assert_ok(gt_model_build_sample(model, g, batch, &usual, &nodes, &err), err);
    assert_ok(gt_plan_create(g, &nodes.output, 1, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(model)));
    assert_ok(gt_plan_bind(plan, gt_model_graph_input(&nodes, "noisy"), images, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    float *out = malloc(count * sizeof *out);
    memcpy(out, gt_plan_output(plan, 0), count * sizeof *out);
    gt_plan_destroy(plan);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    return out;
}

/* No layer adds anything: a brighter image has as much more noise. */
static void test_homogeneous(void **state) {
    enum { SIDE = 16, PIXELS = SIDE * SIDE };
    float images[2 * PIXELS];
    gt_model *model = make(small, 1, SIDE);
    gt_rng_fill_normal((gt_rng_key){3, 4, 0}, 0, PIXELS, images);
    for (int i = 0; i < PIXELS; ++i) images[PIXELS + i] = 2.5F * images[i];
    float *seen = seen_in(model, images, 2);
    double largest = 0;
    for (int i = 0; i < PIXELS; ++i) largest = fmax(largest, fabs((double)seen[PIXELS + i]));
    assert_true(largest > 0);
    for (int i = 0; i < PIXELS; ++i)
        assert_near(seen[PIXELS + i], 2.5 * (double)seen[i], 2e-6 * largest);
    free(seen);
    gt_model_destroy(model);
}

/* ---- The mean image -------------------------------------------------------------------- */

enum { MEAN_SIDE = 8, MEAN_ROWS = 100, MEAN_PIXELS = 2 * MEAN_SIDE * MEAN_SIDE };

static float level_at(uint64_t row, size_t i) {
    return (float)((row * 13 + i * 7) % 256);
}

static gt_status read_rows(void *user, uint64_t first, size_t count, float *out,
                           gt_error *err) {
    for (size_t n = 0; n < count; ++n)
        for (size_t i = 0; i < MEAN_PIXELS; ++i)
            out[n * MEAN_PIXELS + i] = level_at(first + n, i);
    return GT_OK;
}

static void test_mean(void **state) {
    gt_error err;
    gt_model *model = make(small, 2, MEAN_SIDE);
    gt_params *params = gt_model_params(model);
    const gt_model_rows rows = {.count = MEAN_ROWS, .read = read_rows};
    assert_ok(gt_model_recalibrate(model, gt_params_values(params), &rows, 1, &err), err);
    const float *mean = gt_params_values(params) +
                        gt_params_offset(params, gt_params_find(params, "train_mean"));
    for (size_t i = 0; i < MEAN_PIXELS; ++i) {
        double sum = 0;
        for (uint64_t row = 0; row < MEAN_ROWS; ++row) sum += (double)level_at(row, i);
        assert_near(mean[i], sum / MEAN_ROWS / 255, 1e-7);
    }
    gt_model_destroy(model);
}

/* ---- Walks ------------------------------------------------------------------------------ */

enum { PICTURES = 3, WALK_PIXELS = 400 };

/* A set of one picture, 0.5 everywhere: all that is not it is noise. */
typedef struct ideal {
    float noise[PICTURES * WALK_PIXELS];
    int64_t batch;    /* pictures at once; 0: all */
    double share;     /* of the noise that is seen */
    int64_t steps;    /* of a picture, at most */
    int64_t looks;    /* at a batch */
    int64_t first[2]; /* which noise the first picture was given */
    int asked;
} ideal;

static void draw(void *user, int64_t image, int64_t number, float *out) {
    ideal *of = user;
    if (image == 0 && of->asked < 2) of->first[of->asked++] = number;
    gt_rng_fill_normal((gt_rng_key){9, 9, (uint32_t)number}, (uint64_t)image * WALK_PIXELS,
                       WALK_PIXELS, out);
}

static gt_status denoise(void *user, const float *images, const float **noise, gt_error *err) {
    ideal *of = user;
    for (int64_t i = 0; i < (of->batch ? of->batch : PICTURES) * WALK_PIXELS; ++i)
        of->noise[i] = (float)of->share * (images[i] - 0.5F);
    *noise = of->noise;
    of->looks++;
    return GT_OK;
}

static void visit(void *user, int64_t image, int64_t steps, const float *values, double sigma) {
    ideal *of = user;
    if (steps > of->steps) of->steps = steps;
}

static gt_status walk(ideal *of, diffusion_sampling how, float *images, diffusion_ends *ends,
                      gt_error *err) {
    static float mean[WALK_PIXELS];
    for (int i = 0; i < WALK_PIXELS; ++i) mean[i] = 0.5F;
    of->steps = of->looks = of->asked = 0;
    const diffusion_walk way = {.how = &how,
                                .count = PICTURES,
                                .batch = of->batch ? of->batch : PICTURES,
                                .pixels = WALK_PIXELS,
                                .mean = mean,
                                .user = of,
                                .noise = draw,
                                .denoise = denoise,
                                .visit = visit};
    return diffusion_walk_run(&way, images, ends, err);
}

/* An ideal denoiser takes the noise down by 1 - beta h a step, from 1 to 0.1. */
static void test_coarse_to_fine(void **state) {
    static float images[PICTURES * WALK_PIXELS];
    gt_error err;
    diffusion_ends ends = {-1, -1, -1};
    int64_t steps = 0;
    ideal of = {.share = 1};
    assert_ok(walk(&of, usual, images, &ends, &err), err);
    for (int i = 0; i < PICTURES * WALK_PIXELS; ++i) assert_near(images[i], 0.5, 1e-6);
    assert_true(ends.diverged == 0 && ends.unfinished == 0 && ends.blind == 0);
    for (double sigma = 1; sigma > 0.1; ++steps)
        sigma *= 1 - 0.1 * diffusion_step_at(&usual, steps + 1).length;
    assert_true(of.steps >= steps - 8 && of.steps <= steps + 8);
    assert_true(of.first[0] == 0 && of.first[1] == 1);
}

static void test_noise_that_repeats(void **state) {
    static float images[PICTURES * WALK_PIXELS];
    gt_error err;
    diffusion_ends ends;
    ideal of = {.share = 1};
    diffusion_sampling how = usual;
    how.first_noise_repeats = true;
    assert_ok(walk(&of, how, images, &ends, &err), err);
    assert_true(of.first[0] == 0 && of.first[1] == 0);
}

/* A network that sees too much drives pictures apart, one that sees nothing is never done with
 * what it does not see. */
static void test_ends(void **state) {
    static float images[PICTURES * WALK_PIXELS];
    gt_error err;
    diffusion_ends ends;
    ideal of = {.share = -1};
    diffusion_sampling how = usual;
    assert_ok(walk(&of, how, images, &ends, &err), err);
    assert_true(ends.diverged == PICTURES && ends.unfinished == 0);
    assert_true(of.steps < 200);
    how.most_steps = 7;
    of.share = 1;
    assert_ok(walk(&of, how, images, &ends, &err), err);
    assert_true(ends.diverged == 0 && ends.unfinished == PICTURES);
    assert_int_equal(of.steps, 7);
}

/* A network that has learned nothing takes the first noise for a picture, and the walk is done
 * before it began. */
static void test_blind(void **state) {
    static const char *const samplers[] = {"coarse-to-fine", "ornstein-uhlenbeck"};
    static float images[PICTURES * WALK_PIXELS];
    gt_error err;
    diffusion_ends ends;
    for (int s = 0; s < 2; ++s) {
        diffusion_sampling how = usual;
        how.sampler = samplers[s];
        ideal of = {.share = 0.4};
        assert_ok(walk(&of, how, images, &ends, &err), err);
        assert_int_equal(ends.blind, PICTURES);
        of.share = 0.6;
        assert_ok(walk(&of, how, images, &ends, &err), err);
        assert_int_equal(ends.blind, 0);
    }
}

/* One place for all, or two: the same bits, and nobody waits for a picture that is done. */
static void test_places(void **state) {
    static float together[PICTURES * WALK_PIXELS], apart[PICTURES * WALK_PIXELS];
    static const char *const samplers[] = {"coarse-to-fine", "ornstein-uhlenbeck"};
    gt_error err;
    diffusion_ends ends;
    for (int s = 0; s < 2; ++s) {
        ideal of = {.share = 0.9};
        diffusion_sampling how = usual;
        how.sampler = samplers[s];
        assert_ok(walk(&of, how, together, &ends, &err), err);
        assert_int_equal(of.looks, of.steps + 1);
        for (of.batch = 1; of.batch < PICTURES; ++of.batch) {
            assert_ok(walk(&of, how, apart, &ends, &err), err);
            assert_memory_equal(together, apart, sizeof apart);
            assert_true(of.looks * of.batch <= (PICTURES + of.batch - 1) * (of.steps + 1));
        }
    }
}

static void test_steps(void **state) {
    diffusion_sampling how = usual;
    assert_near(diffusion_step_at(&how, 1).length, 0.01, 1e-15);
    assert_near(diffusion_step_at(&how, 50).length, 0.5 / 1.49, 1e-15);
    how.fixed_step = true;
    assert_near(diffusion_step_at(&how, 50).length, 0.01, 1e-15);
    assert_near(diffusion_step_at(&how, 50).noise, sqrt(0.999 * 0.999 - 0.99 * 0.99), 1e-15);
    how.beta = 1;
    assert_near(diffusion_step_at(&how, 50).noise, 0, 1e-7);
}

static void test_times(void **state) {
    diffusion_sampling how = usual;
    assert_near(diffusion_time_at(&how, 0), 0.5 * log(2), 1e-15);
    assert_near(diffusion_time_at(&how, 200), 0.005, 1e-15);
    assert_near(diffusion_time_at(&how, 100), sqrt(0.5 * log(2) * 0.005), 1e-15);
    how.start_time = 3;
    assert_near(diffusion_time_at(&how, 0), 3, 1e-15);
}

static void test_by_the_clock(void **state) {
    static float images[PICTURES * WALK_PIXELS];
    gt_error err;
    diffusion_ends ends;
    ideal of = {.share = 1};
    diffusion_sampling how = usual;
    how.sampler = "ornstein-uhlenbeck";
    assert_ok(walk(&of, how, images, &ends, &err), err);
    for (int i = 0; i < PICTURES * WALK_PIXELS; ++i)
        assert_near(images[i], 0.5 * exp(0.005), 1e-5);
    assert_int_equal(of.steps, 200);
    how.start_time = 0.004;
    assert_int_equal(walk(&of, how, images, &ends, &err), GT_USAGE);
    assert_non_null(strstr(err.text, "end-time 0.005"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),           cmocka_unit_test(test_first_values),
        cmocka_unit_test(test_refusal),        cmocka_unit_test(test_judged_levels),
        cmocka_unit_test(test_homogeneous),    cmocka_unit_test(test_mean),
        cmocka_unit_test(test_steps),          cmocka_unit_test(test_times),
        cmocka_unit_test(test_coarse_to_fine), cmocka_unit_test(test_noise_that_repeats),
        cmocka_unit_test(test_ends),           cmocka_unit_test(test_blind),
        cmocka_unit_test(test_places),         cmocka_unit_test(test_by_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
