/* backends_test.c - every kind of model, each of its losses and gradients, on every backend: a
 * second one fits without a line of the plan. The oracle computes in double, the processor in
 * float32. A kind that is new fails until it is in the table. */
#include "gt_test.h"

#include "galatea/model.h"
#include "galatea/plan.h"
#include "rng.h"

/* A small network of a kind, and how far loss and gradient may be apart, as shares. */
typedef struct subject {
    const char *kind;
    int64_t channels, side, batch;
    double tolerance;
    const char *const *settings;
} subject;

#define SETTINGS(...)       \
    (const char *const[]) { \
        __VA_ARGS__, NULL   \
    }
#define PAIRS "widths=4,8", "blocks=1,2", "hidden=8", "output=6"

static const subject subjects[] = {
    {"vdvae", 3, 8, 2, 2e-5,
     SETTINGS("encoder-blocks=8x1,8d2,4d4,1x1", "decoder-blocks=1x1,4m1,8m4,8x1",
              "latents=4,1:6", "width=16", "mixtures=3")},
    {"simclr", 3, 32, 4, 2e-5, SETTINGS(PAIRS)},
    {"byol", 3, 32, 4, 2e-5, SETTINGS(PAIRS, "prediction-hidden=8")},
    {"simsiam", 3, 32, 4, 2e-5, SETTINGS(PAIRS, "prediction-hidden=8")},
    {"classifier", 3, 32, 4, 2e-5, SETTINGS("widths=4,8", "blocks=1,2")},
    {"maf", 6, 1, 16, 2e-5, SETTINGS("blocks=2", "hidden=12")},
    {"diffusion", 1, 16, 3, 2e-5, SETTINGS("width=4", "levels=2")},
    {"gan", 1, 32, 2, 2e-5,
     SETTINGS("side=32", "channels=1", "latent=8", "most-channels=16", "channel-exponent=7",
              "heads=1", "head-size=4", "attention=16", "augment-probability=1")},
    {"glow", 3, 8, 3, 2e-5, SETTINGS("flows=2", "levels=2", "width=8")},
};

/* One loss of a model. */
typedef struct trial {
    const gt_model *model;
    gt_graph *g;
    gt_model_graph nodes;
    gt_tensor **outputs; /* the loss, then the gradient of every parameter learned */
    int count;
    float *images, *weights; /* of the pixels: some count 0 */
} trial;

/* ---- One loss ---------------------------------------------------------------------------- */

static trial make_trial(const gt_model *model, int objective, bool is_seldom, int64_t batch) {
    gt_error err;
    gt_params *params = gt_model_params(model);
    int all = gt_params_count(params), count = 0;
    trial t = {.model = model, .g = gt_graph_create()};
    gt_status status = is_seldom
                           ? gt_model_build_seldom(model, objective, t.g, batch, &t.nodes, &err)
                           : gt_model_build_loss(model, objective, t.g, batch, &t.nodes, &err);
    assert_ok(status, err);
    gt_tensor **learned = calloc((size_t)all, sizeof *learned);
    for (int i = 0; i < all; i++)
        if (!gt_params_is_state(params, i) && gt_model_owns(model, objective, i))
            learned[count++] = t.nodes.parameters[i];
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
    t.weights = malloc((size_t)values * sizeof(float));
    for (int64_t i = 0; i < values; i++) t.weights[i] = (float)(i % 3) * (i % 7 != 0);
    return t;
}

static void free_trial(trial *t) {
    gt_model_graph_close(&t->nodes);
    gt_graph_destroy(t->g);
    free(t->outputs);
    free(t->images);
    free(t->weights);
}

static gt_plan *run_on(const trial *t, const gt_backend *backend) {
    static const float pace = 0.75f, classes[] = {1, 0, 0, 1};
    gt_error err;
    gt_plan *plan = NULL;
    gt_plan_options options = {.threads = 1, .exact = true, .backend = backend};
    assert_ok(gt_plan_create(t->g, t->outputs, t->count, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(gt_model_params(t->model)));
    for (int i = 0; i < t->nodes.feed_count; i++) {
        const char *name = t->nodes.feeds[i].name;
        const float *values = strcmp(name, "images") == 0    ? t->images
                              : strcmp(name, "weights") == 0 ? t->weights
                              : strcmp(name, "labels") == 0  ? classes
                                                             : &pace;
        assert_ok(gt_plan_bind(plan, t->nodes.feeds[i].leaf, values, &err), err);
    }
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

static double check_loss(const subject *s, const gt_model *model, int objective,
                         bool is_seldom) {
    trial t = make_trial(model, objective, is_seldom, s->batch);
    gt_plan *exact = run_on(&t, gt_backend_oracle());
    gt_plan *fast = run_on(&t, gt_backend_default());
    double apart = 0, all = 0, loss = gt_plan_output(exact, 0)[0];
    assert_true(isfinite(loss) && loss != 0);
    for (int i = 1; i < t.count; i++)
        lengths(gt_plan_output(exact, i), gt_plan_output(fast, i),
                gt_shape_count(gt_tensor_shape(t.outputs[i])), &apart, &all);
    print_message("%s, %s%s: loss %.9g, gradients apart by %.2g of their length\n", s->kind,
                  gt_model_objective(model, objective)->name, is_seldom ? ", seldom" : "", loss,
                  sqrt(apart / all));
    assert_near(gt_plan_output(fast, 0)[0], loss, s->tolerance * fabs(loss));
    assert_true(all > 0);
    assert_true(sqrt(apart / all) < s->tolerance);
    char *report = gt_plan_report(exact);
    assert_non_null(strstr(report, "load"));
    free(report);
    gt_plan_destroy(exact);
    gt_plan_destroy(fast);
    free_trial(&t);
    return loss;
}

/* ---- All of them ------------------------------------------------------------------------- */

/* Nothing stays at a first value of 0, behind which gradients vanish. */
static void shake(gt_model *model) {
    gt_params *params = gt_model_params(model);
    for (int i = 0; i < gt_params_count(params); i++) {
        gt_rng_key key = {5, gt_rng_stream(gt_params_name(params, i)), 0};
        float *values = gt_params_values(params) + gt_params_offset(params, i);
        int64_t count = gt_shape_count(gt_params_shape(params, i));
        for (int64_t k = 0; k < count && !gt_params_is_state(params, i); k++)
            values[k] += (float)(0.05 * (2 * gt_rng_uniform(key, (uint64_t)k) - 1));
    }
}

static gt_model *make_model(const subject *s, gt_options *options) {
    gt_error err;
    gt_model *model = NULL;
    const gt_model_class *kind = NULL;
    assert_ok(gt_model_class_find(s->kind, &kind, &err), err);
    void *settings = calloc(1, kind->settings_size);
    assert_ok(gt_options_add(options, kind->options, settings, &err), err);
    assert_ok(gt_options_preset(options, "trial", s->settings, &err), err);
    gt_model_input input = GT_MODEL_INPUT(s->channels, s->side, s->side, -100, 1 / 60.0);
    (void)gt_model_fit_input(kind, &input);
    assert_ok(gt_model_create(kind, settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 11, &err), err);
    shake(model);
    free(settings);
    return model;
}

/* The loss by every pixel on its own, on the oracle: with weights it is a sum of these, and
 * without pixels that count nothing is left of what they see. */
static void check_weights(const subject *s, gt_model *model, double plain) {
    gt_error err;
    if (!gt_model_class_of(model)->needs.weights) {
        assert_int_equal(gt_model_weigh(model, &err), GT_UNSUPPORTED);
        assert_non_null(strstr(err.text, "no sum over pixels"));
        return;
    }
    assert_ok(gt_model_weigh(model, &err), err);
    assert_true(check_loss(s, model, 0, false) != plain);
    trial t = make_trial(model, 0, false, s->batch);
    int64_t values = s->batch * s->channels * s->side * s->side;
    double loss[4]; /* all pixels, none, the even ones, the odd ones */
    for (int k = 0; k < 4; k++) {
        for (int64_t i = 0; i < values; i++)
            t.weights[i] = k == 0 || (k > 1 && i % s->side % 2 == k - 2);
        gt_plan *plan = run_on(&t, gt_backend_oracle());
        loss[k] = gt_plan_output(plan, 0)[0];
        gt_plan_destroy(plan);
    }
    free_trial(&t);
    assert_near(loss[0], plain, 1e-6 * fabs(plain));
    assert_near(loss[2] + loss[3], loss[0] + loss[1], 1e-6 * fabs(plain));
    assert_true(loss[2] != loss[3] && loss[1] >= 0 && loss[1] < plain);
}

static void check_subject(const subject *s) {
    gt_error err;
    double plain = NAN;
    gt_options *options = NULL;
    assert_ok(gt_options_create(&options, &err), err);
    gt_model *model = make_model(s, options);
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        double loss = check_loss(s, model, k, false);
        if (k == 0) plain = loss;
        if (gt_model_objective(model, k)->seldom) (void)check_loss(s, model, k, true);
    }
    check_weights(s, model, plain);
    gt_model_destroy(model);
    gt_options_destroy(options);
}

static void every_kind(void **state) {
    size_t count = 0;
    const gt_model_class *const *kinds = gt_model_classes(&count);
    /* Under sanitizers every third kind. */
    for (size_t m = 0; m < count; m += IS_SLOW_BUILD ? 3 : 1) {
        const subject *s = NULL;
        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
            if (strcmp(subjects[i].kind, kinds[m]->name) == 0) s = &subjects[i];
        if (!s) fail_msg("model '%s' is not in the table", kinds[m]->name);
        check_subject(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
