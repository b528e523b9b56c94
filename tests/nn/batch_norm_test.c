/* Batch normalisation against its definition: values and gradients in double, and in float32
 * far from zero, where sums of squares would cancel. */
#include "gt_test.h"

#include "galatea/nn.h"
#include "galatea/plan.h"
#include "rng.h"

enum { N = 3, C = 16, H = 5, W = 4, PIXELS = H * W, COUNT = N * C * PIXELS };
static const double EPS = 1e-5;

typedef struct layer {
    gt_graph *g;
    gt_tensor *x, *gamma, *beta, *seed;
    gt_tensor *wanted[4]; /* y and the gradients of x, gamma, beta when `seed` is that of y */
} layer;

static layer make_layer(void) {
    layer l = {.g = gt_graph_create()};
    l.x = gt_input(l.g, "x", GT_SHAPE(N, C, H, W));
    l.seed = gt_input(l.g, "seed", GT_SHAPE(N, C, H, W));
    l.gamma = gt_input(l.g, "gamma", GT_SHAPE(C));
    l.beta = gt_input(l.g, "beta", GT_SHAPE(C));
    l.wanted[0] = gt_batch_norm(l.g, l.x, l.gamma, l.beta, EPS);
    gt_grad_from(l.g, l.wanted[0], l.seed, (gt_tensor *[]){l.x, l.gamma, l.beta}, 3,
                 l.wanted + 1);
    return l;
}

typedef struct values {
    double x[COUNT], seed[COUNT], gamma[C], beta[C];
    double y[COUNT], gx[COUNT], ggamma[C], gbeta[C];
} values;

static void draw(values *v, double mean) {
    for (int i = 0; i < COUNT; ++i) {
        v->x[i] = (float)(mean + gt_rng_normal((gt_rng_key){1, 0, 0}, (uint64_t)i));
        v->seed[i] = (float)gt_rng_normal((gt_rng_key){1, 1, 0}, (uint64_t)i);
    }
    for (int c = 0; c < C; ++c) {
        v->gamma[c] = (float)(1 + 0.3 * gt_rng_normal((gt_rng_key){1, 2, 0}, (uint64_t)c));
        v->beta[c] = (float)gt_rng_normal((gt_rng_key){1, 3, 0}, (uint64_t)c);
    }
}

/* Ioffe & Szegedy 2015, section 3: the transform, and the gradients that follow it. */
static void define_channel(values *v, int c) {
    enum { M = N * PIXELS };
    double mean = 0, variance = 0, sum = 0, product = 0;
    int at[M];
    for (int m = 0; m < M; ++m) {
        at[m] = (m / PIXELS * C + c) * PIXELS + m % PIXELS;
        mean += v->x[at[m]] / M;
    }
    for (int m = 0; m < M; ++m) variance += pow(v->x[at[m]] - mean, 2) / M;
    double deviation = sqrt(variance + EPS);
    for (int m = 0; m < M; ++m) {
        double normal = (v->x[at[m]] - mean) / deviation;
        v->y[at[m]] = v->gamma[c] * normal + v->beta[c];
        sum += v->seed[at[m]];
        product += v->seed[at[m]] * normal;
    }
    for (int m = 0; m < M; ++m) {
        double normal = (v->x[at[m]] - mean) / deviation;
        v->gx[at[m]] =
            v->gamma[c] / deviation * (v->seed[at[m]] - sum / M - normal * product / M);
    }
    v->ggamma[c] = product;
    v->gbeta[c] = sum;
}

static void define(values *v) {
    for (int c = 0; c < C; ++c) define_channel(v, c);
}

static void in_double_it_is_the_definition(void **state) {
    static values want, got;
    gt_error err;
    layer l = make_layer();
    draw(&want, 3);
    define(&want);
    gt_feed feeds[] = {
        {l.x, want.x}, {l.seed, want.seed}, {l.gamma, want.gamma}, {l.beta, want.beta}};
    double *outputs[] = {got.y, got.gx, got.ggamma, got.gbeta};
    assert_ok(gt_reference_run(l.g, feeds, 4, l.wanted, 4, outputs, &err), err);
    for (int i = 0; i < COUNT; ++i) {
        assert_near(got.y[i], want.y[i], 1e-11);
        assert_near(got.gx[i], want.gx[i], 1e-11);
    }
    for (int c = 0; c < C; ++c) {
        assert_near(got.ggamma[c], want.ggamma[c], 1e-11);
        assert_near(got.gbeta[c], want.gbeta[c], 1e-11);
    }
    gt_graph_destroy(l.g);
}

static void to_floats(const double *from, float *to, int count) {
    for (int i = 0; i < count; ++i) to[i] = (float)from[i];
}

/* A mean a thousand deviations from zero costs no digits. */
static void in_float_nothing_cancels(void **state) {
    static values want;
    static float x[COUNT], seed[COUNT], gamma[C], beta[C];
    static const double means[] = {0, 1000, -3000};
    for (int k = 0; k < 3; ++k) {
        gt_error err;
        gt_plan *plan = NULL;
        layer l = make_layer();
        draw(&want, means[k]);
        define(&want);
        to_floats(want.x, x, COUNT);
        to_floats(want.seed, seed, COUNT);
        to_floats(want.gamma, gamma, C);
        to_floats(want.beta, beta, C);
        gt_plan_options options = {.threads = 2};
        assert_ok(gt_plan_create(l.g, l.wanted, 4, &options, &plan, &err), err);
        assert_ok(gt_plan_bind(plan, l.x, x, &err), err);
        assert_ok(gt_plan_bind(plan, l.seed, seed, &err), err);
        assert_ok(gt_plan_bind(plan, l.gamma, gamma, &err), err);
        assert_ok(gt_plan_bind(plan, l.beta, beta, &err), err);
        assert_ok(gt_plan_run(plan, &err), err);
        for (int i = 0; i < COUNT; ++i) {
            assert_near(gt_plan_output(plan, 0)[i], want.y[i], 2e-6);
            assert_near(gt_plan_output(plan, 1)[i], want.gx[i], 2e-6);
        }
        for (int c = 0; c < C; ++c) {
            assert_near(gt_plan_output(plan, 2)[c], want.ggamma[c], 2e-5);
            assert_near(gt_plan_output(plan, 3)[c], want.gbeta[c], 2e-5);
        }
        gt_plan_destroy(plan);
        gt_graph_destroy(l.g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_double_it_is_the_definition),
                                       cmocka_unit_test(in_float_nothing_cancels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
