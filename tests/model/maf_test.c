/* maf_test.c - the flow as a model: first values, the way there and back, running statistics.
 */
#include "gt_test.h"

#include <omp.h>

#include "galatea/plan.h"
#include "maf.h"
#include "rng.h"

enum { ROWS = 2500 };

static gt_model *make(int64_t features, int64_t width, int64_t blocks, uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    maf_settings settings = {.blocks = blocks, .width = width};
    gt_model_input input = GT_MODEL_INPUT(features, 1, 1, 0, 1);
    assert_ok(gt_model_create(&gt_model_maf, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

static float *draw(int64_t count, uint32_t stream) {
    float *values = malloc((size_t)count * sizeof *values);
    gt_rng_fill_normal((gt_rng_key){7, stream, 0}, 0, (size_t)count, values);
    return values;
}

static void refuses(void **state) {
    static const gt_model_input inputs[] = {GT_MODEL_INPUT(1, 1, 1, 0, 1),
                                            GT_MODEL_INPUT(3, 8, 8, 0, 1)};
    static const char *const says[] = {"codes of at least 2 numbers, these have 1",
                                       "learns codes, not images of 8x8"};
    static const gt_status statuses[] = {GT_BAD_ARGUMENT, GT_USAGE};
    for (int i = 0; i < 2; ++i) {
        gt_error err;
        gt_model *model = NULL;
        maf_settings settings = {.blocks = 1, .width = 4};
        assert_int_equal(gt_model_create(&gt_model_maf, &settings, &inputs[i], &model, &err),
                         statuses[i]);
        assert_non_null(strstr(err.text, says[i]));
    }
}

/* Columns (or rows, of a wide matrix) are orthonormal. */
static void assert_orthogonal(const gt_params *params, const float *all, const char *name) {
    int index = gt_params_find(params, name);
    gt_shape shape = gt_params_shape(params, index);
    const float *w = all + gt_params_offset(params, index);
    int64_t m = shape.dim[0], n = shape.dim[1];
    bool wide = m < n;
    for (int64_t a = 0; a < (wide ? m : n); ++a)
        for (int64_t b = 0; b <= a; ++b) {
            double sum = 0;
            for (int64_t k = 0; k < (wide ? n : m); ++k)
                sum += wide ? (double)w[a * n + k] * (double)w[b * n + k]
                            : (double)w[k * n + a] * (double)w[k * n + b];
            assert_near(sum, a == b, 1e-6);
        }
}

static void first_values(void **state) {
    gt_model *model = make(6, 20, 2, 3), *other = make(6, 20, 2, 4);
    gt_params *params = gt_model_params(model);
    float *all = gt_params_values(params);
    assert_orthogonal(params, all, "0.joiner.linear.weight");
    assert_orthogonal(params, all, "3.trunk.1.linear.weight");
    assert_orthogonal(params, all, "3.trunk.3.linear.weight");
    assert_true(all[gt_params_offset(params, gt_params_find(params, "4.running_var"))] == 1);
    assert_true(memcmp(all, gt_params_values(gt_model_params(other)), 64) != 0);
    gt_model_destroy(other);
    gt_model_destroy(model);
}

static void paper_size(void **state) {
    gt_model *model = make(256, 512, 1, 1);
    const gt_params *params = gt_model_params(model);
    gt_model_fixed fixed;
    int64_t kept[MAF_MASKS] = {0};
    static const int64_t expected[MAF_MASKS] = {65283, 131587, 131578};
    assert_int_equal(gt_params_elements(params) - 2 * 256, 657408);
    for (int i = 0; gt_model_fixed_at(model, i, &fixed); ++i)
        for (int64_t k = 0; k < gt_shape_count(fixed.shape); ++k)
            kept[i] += fixed.values[k] == 1;
    for (int i = 0; i < MAF_MASKS; ++i) assert_int_equal(kept[i], expected[i]);
    gt_model_destroy(model);
}

/* u of codes x (n,D), at rest or in training; log-densities where wanted. */
static float *forward(const gt_model *model, const float *x, int64_t n, bool in_training,
                      float *log_p) {
    gt_error err;
    const maf *net = gt_model_self(model);
    gt_params *params = gt_model_params(model);
    int count = gt_params_count(params);
    gt_graph *g = gt_graph_create();
    gt_tensor **leaves = calloc((size_t)count, sizeof(gt_tensor *));
    gt_plan *plan = NULL;
    maf_pass *pass = NULL;
    for (int i = 0; i < count; ++i) leaves[i] = gt_params_tensor(g, params, i);
    gt_tensor *rows = gt_input(g, "x", GT_SHAPE(n, net->features));
    assert_ok(maf_pass_create(net, g, leaves, maf_turn(g, rows), in_training, &pass, &err),
              err);
    gt_tensor *outputs[] = {maf_turn(g, pass->u), pass->log_p};
    assert_ok(gt_graph_check(g, &err), err);
    assert_ok(gt_plan_create(g, outputs, 2, &(gt_plan_options){.threads = 2}, &plan, &err),
              err);
    gt_plan_bind_parameters(plan, gt_params_values(params));
    assert_ok(gt_plan_bind(plan, rows, x, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    size_t bytes = (size_t)(n * net->features) * sizeof(float);
    float *u = malloc(bytes);
    memcpy(u, gt_plan_output(plan, 0), bytes);
    if (log_p) memcpy(log_p, gt_plan_output(plan, 1), (size_t)n * sizeof(float));
    maf_pass_destroy(pass);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    free(leaves);
    return u;
}

/* Noise to codes and back, for as many, more and fewer hidden units than degrees; codes drawn
 * alone, together, and by one thread are the same. */
static void there_and_back(void **state) {
    static const int64_t sizes[][2] = {{2, 8}, {5, 3}, {9, 16}, {17, 50}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        gt_error err;
        int64_t d = sizes[i][0], n = 70;
        gt_model *model = make(d, sizes[i][1], 3, 5);
        gt_params *params = gt_model_params(model);
        const float *values = gt_params_values(params);
        float *noise = draw(n * d, 1), *x = draw(n * d, 2), *one = draw(n * d, 3);
        const maf *net = gt_model_self(model);
        assert_ok(maf_invert(net, params, values, n, noise, x, NULL, &err), err);
        float *u = forward(model, x, n, false, NULL);
        for (int64_t k = 0; k < n * d; ++k) assert_near(u[k], noise[k], 2e-4);
        assert_ok(maf_invert(net, params, values, 1, noise + 40 * d, one, NULL, &err), err);
        assert_memory_equal(one, x + 40 * d, (size_t)d * sizeof *x);
        int threads = omp_get_max_threads();
        omp_set_num_threads(1);
        assert_ok(maf_invert(net, params, values, n, noise, one, NULL, &err), err);
        omp_set_num_threads(threads);
        assert_memory_equal(one, x, (size_t)(n * d) * sizeof *x);
        free(u);
        free(noise);
        free(x);
        free(one);
        gt_model_destroy(model);
    }
}

static gt_status read_rows(void *user, uint64_t first, size_t count, float *out,
                           gt_error *err) {
    enum { D = 6 };
    memcpy(out, (const float *)user + first * D, count * D * sizeof *out);
    return GT_OK;
}

static gt_status stop(void *user, uint64_t first, size_t count, float *out, gt_error *err) {
    return gt_fail(err, GT_INTERRUPTED, "enough");
}

/* At rest with statistics of all rows a flow is what it is in training on all of them; also
 * where they do not fill the last chunk. */
static void refreshed(void **state) {
    enum { D = 6 };
    gt_error err;
    gt_model *model = make(D, 11, 3, 8);
    gt_params *params = gt_model_params(model);
    float *x = draw((int64_t)ROWS * D, 9), log_p[ROWS], trained[ROWS];
    for (int i = 0; i < ROWS; ++i) x[i * D + 2] = 100 + 0.01f * x[i * D + 2];
    gt_model_rows rows = {ROWS, read_rows, x};
    assert_ok(gt_model_recalibrate(model, gt_params_values(params), &rows, 2, &err), err);
    float *u = forward(model, x, ROWS, false, log_p);
    float *v = forward(model, x, ROWS, true, trained);
    for (int k = 0; k < ROWS * D; ++k) assert_near(u[k], v[k], 2e-3);
    for (int k = 0; k < ROWS; ++k) assert_near(log_p[k], trained[k], 2e-2);
    rows.read = stop;
    assert_int_equal(gt_model_recalibrate(model, gt_params_values(params), &rows, 2, &err),
                     GT_INTERRUPTED);
    free(u);
    free(v);
    free(x);
    gt_model_destroy(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),    cmocka_unit_test(first_values),
        cmocka_unit_test(paper_size), cmocka_unit_test(there_and_back),
        cmocka_unit_test(refreshed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
