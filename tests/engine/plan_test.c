/* plan_test.c - a compiled graph computes what the reference computes in double: every builder
 * on random graphs, with gradients, in plain and blocked layouts, with and without
 * recomputation, Winograd, and several threads, and on the oracle as backend. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "random_graph.h"

enum {
    SMALL_GRAPHS = IS_SLOW_BUILD ? 60 : 200,
    LARGE_GRAPHS = IS_SLOW_BUILD ? 4 : 12,
    MASKED_GRAPHS = IS_SLOW_BUILD ? 16 : 40
};

static double root_mean_square(const double *value, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += value[i] * value[i];
    return sqrt(sum / (double)count);
}

/* Root-mean-square error relative to the root-mean-square value, or to `floor` when that is
 * larger (gradients that cancel to nothing, as that of a bias before a normalisation). Not the
 * largest error: one rounding that pushes one element over the kink of a relu or a max changes
 * that element's gradient altogether. */
static double relative_error(gt_tensor *output, const double *got, const double *want,
                             double floor) {
    int64_t count = gt_shape_count(gt_tensor_shape(output));
    double wrong = 0;
    for (int64_t i = 0; i < count; i++) wrong += (got[i] - want[i]) * (got[i] - want[i]);
    return sqrt(wrong / (double)count) /
           fmax(fmax(root_mean_square(want, count), floor), 1e-30);
}

/* The reference's values, and how much they change when every leaf is rounded once more: what
 * float32 can promise. */
typedef struct truth {
    gt_tensor *outputs[MAX_LEAVES + 2];
    double *value[MAX_LEAVES + 2], *jittered[MAX_LEAVES + 2];
    double tolerance[MAX_LEAVES + 2];
    double floor; /* a hundredth of the largest output */
    int count;
} truth;

static double **evaluate(random_graph *m, const truth *t, double **values) {
    gt_error err;
    gt_feed feeds[MAX_LEAVES];
    for (int i = 0; i < m->leaf_count; i++) feeds[i] = (gt_feed){m->leaves[i], m->exact[i]};
    for (int i = 0; i < t->count; i++)
        values[i] =
            malloc((size_t)gt_shape_count(gt_tensor_shape(t->outputs[i])) * sizeof(double));
    assert_ok(gt_reference_run(m->g, feeds, m->leaf_count, (gt_tensor *const *)t->outputs,
                               t->count, values, &err),
              err);
    return values;
}

static void find_truth(random_graph *m, truth *t) {
    t->count = outputs_of(m, t->outputs);
    evaluate(m, t, t->value);
    for (int i = 0; i < m->leaf_count; i++) {
        int64_t count = gt_shape_count(gt_tensor_shape(m->leaves[i]));
        for (int64_t j = 0; j < count; j++) m->exact[i][j] *= 1 + (pick(m, 2) ? 6e-8 : -6e-8);
    }
    evaluate(m, t, t->jittered);
    for (int i = 0; i < t->count; i++) {
        int64_t count = gt_shape_count(gt_tensor_shape(t->outputs[i]));
        t->floor = fmax(t->floor, 0.01 * root_mean_square(t->value[i], count));
    }
    for (int i = 0; i < t->count; i++)
        t->tolerance[i] =
            2e-5 + 40 * relative_error(t->outputs[i], t->jittered[i], t->value[i], t->floor);
}

static double compare(const truth *t, int i, const float *got) {
    int64_t count = gt_shape_count(gt_tensor_shape(t->outputs[i]));
    double *wide = malloc((size_t)count * sizeof *wide);
    for (int64_t j = 0; j < count; j++) wide[j] = got[j];
    double error = relative_error(t->outputs[i], wide, t->value[i], t->floor);
    free(wide);
    return error;
}

/* Returns the largest error as a share of its tolerance. */
static double run_plan(random_graph *m, truth *t, gt_plan_options options, uint64_t seed) {
    gt_error err;
    gt_plan *plan = NULL;
    double worst = 0;
    float *parameters = parameter_vector(m);
    assert_ok(gt_plan_create(m->g, t->outputs, t->count, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, parameters);
    for (int i = 0; i < m->leaf_count; i++)
        if (gt_tensor_name(m->leaves[i])[0] == 'x')
            assert_ok(gt_plan_bind(plan, m->leaves[i], m->data[i], &err), err);
    for (int run = 0; run < 2; run++) { /* the second run finds dirty memory */
        int64_t before = gt_plan_memory_use(plan).allocations;
        assert_ok(gt_plan_run(plan, &err), err);
        if (run == 1) assert_int_equal(before, gt_plan_memory_use(plan).allocations);
    }
    for (int i = 0; i < t->count; i++) {
        /* in double only the outputs are rounded */
        double tolerance = options.backend ? 1e-7 : t->tolerance[i];
        double error = compare(t, i, gt_plan_output(plan, i));
        if (!(error <= tolerance))
            fail_msg("seed %d, output %d of %d: relative error %g, tolerance %g", (int)seed, i,
                     t->count, error, tolerance);
        worst = fmax(worst, error / tolerance);
    }
    gt_plan_destroy(plan);
    free(parameters);
    return worst;
}

static double check_seed(void (*make)(random_graph *, uint64_t, int64_t), uint64_t seed,
                         int64_t size) {
    random_graph m = {0};
    truth t = {0};
    gt_error err;
    double worst = 0;
    make(&m, seed, size);
    find_truth(&m, &t);
    assert_ok(gt_graph_check(m.g, &err), err);
    gt_plan_options ways[] = {{.threads = 1, .exact = true},
                              {.threads = 2},
                              {.threads = 2, .keep_activations = true}};
    for (int w = 0; w < 3; w++) worst = fmax(worst, run_plan(&m, &t, ways[w], seed));
    if (size < 32) run_plan(&m, &t, (gt_plan_options){.backend = gt_backend_oracle()}, seed);
    for (int i = 0; i < t.count; i++) {
        free(t.value[i]);
        free(t.jittered[i]);
    }
    destroy(&m);
    return worst;
}

static void small_graphs(void **state) {
    double worst = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SMALL_GRAPHS; seed++)
        worst = fmax(worst, check_seed(build, seed, 8));
    print_message("%d random graphs of 8x8 images: largest error %.2g of its tolerance\n",
                  SMALL_GRAPHS, worst);
}

/* Large enough that activations are recomputed and Winograd is considered. */
static void large_graphs(void **state) {
    double worst = 0;
    (void)state;
    for (uint64_t seed = 1000; seed < 1000 + LARGE_GRAPHS; seed++)
        worst = fmax(worst, check_seed(build, seed, 32));
    print_message("%d random graphs of 32x32 images: largest error %.2g of its tolerance\n",
                  LARGE_GRAPHS, worst);
}

static void masked_graphs(void **state) {
    double worst = 0;
    (void)state;
    for (uint64_t seed = 0; seed < MASKED_GRAPHS; seed++)
        worst = fmax(worst, check_seed(build_masked, seed, seed % 2 ? 8 : 60));
    print_message("%d random masked networks: largest error %.2g of its tolerance\n",
                  MASKED_GRAPHS, worst);
}

/* Results that no usual cache holds are stored another way. */
static void results_larger_than_caches(void **state) {
    enum { SIDE = 2900, COUNT = SIDE * SIDE };
    gt_error err;
    gt_plan *plan = NULL;
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(1, 1, SIDE, SIDE));
    gt_tensor *y = gt_affine(g, gt_square(g, x), 2, 1);
    gt_tensor *outputs[] = {y, gt_mean(g, y)};
    float *data = malloc(COUNT * sizeof *data);
    gt_rng_fill_normal((gt_rng_key){5, 0, 0}, 0, COUNT, data);
    assert_ok(gt_plan_create(g, outputs, 2, &(gt_plan_options){.threads = 2}, &plan, &err),
              err);
    assert_ok(gt_plan_bind(plan, x, data, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < COUNT; i++) {
        float want = fmaf(2, data[i] * data[i], 1);
        if (gt_plan_output(plan, 0)[i] != want)
            fail_msg("value %d is %g, expected %g", i, (double)gt_plan_output(plan, 0)[i],
                     (double)want);
    }
    assert_near(gt_plan_output(plan, 1)[0], 3, 0.01);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_graphs), cmocka_unit_test(large_graphs),
        cmocka_unit_test(masked_graphs), cmocka_unit_test(results_larger_than_caches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
