/* plan_test.c - a compiled graph computes what the reference computes in double: every builder
 * on random graphs, with gradients, in plain and blocked layouts, with and without
 * recomputation, Winograd, and several threads, and on the oracle as backend. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "rng.h"

enum { MAX_LEAVES = 64, MAX_VALUES = 128 };

typedef struct model {
    gt_graph *g;
    gt_rng_key key;
    uint64_t drawn;
    gt_tensor *leaves[MAX_LEAVES];
    float *data[MAX_LEAVES];
    double *exact[MAX_LEAVES];
    int leaf_count;
    int64_t parameters; /* floats */
    gt_tensor *values[MAX_VALUES];
    int value_count;
} model;

static int pick(model *m, int bound) {
    return (int)gt_rng_below(m->key, m->drawn++, (uint64_t)bound);
}

static void fill_leaf(model *m, gt_tensor *leaf) {
    int i = m->leaf_count++;
    int64_t count = gt_shape_count(gt_tensor_shape(leaf));
    m->leaves[i] = leaf;
    m->data[i] = malloc((size_t)count * sizeof(float));
    m->exact[i] = malloc((size_t)count * sizeof(double));
    gt_rng_key key = {m->key.seed, 1000 + (uint32_t)i, 0};
    gt_rng_fill_normal(key, 0, (size_t)count, m->data[i]);
    for (int64_t j = 0; j < count; j++) {
        m->data[i][j] *= 0.5f;
        m->exact[i][j] = m->data[i][j];
    }
}

static gt_tensor *input(model *m, gt_shape shape) {
    char name[16];
    snprintf(name, sizeof name, "x%d", m->leaf_count);
    gt_tensor *leaf = gt_input(m->g, name, shape);
    fill_leaf(m, leaf);
    return leaf;
}

static gt_tensor *parameter(model *m, gt_shape shape) {
    char name[16];
    snprintf(name, sizeof name, "p%d", m->leaf_count);
    gt_tensor *leaf = gt_parameter(m->g, name, shape, m->parameters);
    m->parameters += (gt_shape_count(shape) + 15) / 16 * 16;
    fill_leaf(m, leaf);
    return leaf;
}

static gt_tensor *scaled_weights(model *m, int64_t out, int64_t in, int64_t k) {
    return gt_affine(m->g, parameter(m, GT_SHAPE(out, in, k, k)),
                     1.0 / sqrt((double)(in * k * k)), 0);
}

/* A bounded function, so that chains neither explode nor die. */
static gt_tensor *random_unary(model *m, gt_tensor *x) {
    gt_graph *g = m->g;
    switch (pick(m, 14)) {
    case 0:
        return gt_tanh(g, x);
    case 1:
        return gt_sigmoid(g, x);
    case 2:
        return gt_gelu(g, x);
    case 3:
        return gt_softplus(g, x);
    case 4:
        return gt_affine(g, x, 0.7, 0.1);
    case 5:
        return gt_exp(g, gt_affine(g, gt_square(g, x), -0.5, 0));
    case 6:
        return gt_log(g, gt_affine(g, gt_square(g, x), 1, 1));
    case 7:
        return gt_sqrt(g, gt_affine(g, gt_square(g, x), 1, 0.5));
    case 8:
        return gt_reciprocal(g, gt_affine(g, gt_square(g, x), 1, 1));
    case 9:
        return gt_gelu(g, gt_neg(g, x));
    case 10:
        return gt_select(g, gt_less(g, x, gt_constant(g, 0.1, gt_tensor_shape(x))), x,
                         gt_tanh(g, x));
    case 11:
        return gt_silu(g, x);
    case 12:
        return gt_leaky_relu(g, x, pick(m, 2) ? 0.1 : 0.3);
    default:
        return gt_relu(g, gt_abs(g, x));
    }
}

static gt_tensor *random_binary(model *m, gt_tensor *x, gt_tensor *y) {
    gt_graph *g = m->g;
    switch (pick(m, 5)) {
    case 0:
        return gt_add(g, x, y);
    case 1:
        return gt_sub(g, x, y);
    case 2:
        return gt_mul(g, x, gt_tanh(g, y));
    case 3:
        return gt_div(g, x, gt_affine(g, gt_square(g, y), 1, 1));
    default:
        return gt_max(g, x, gt_min(g, y, gt_constant(g, 0.4, gt_tensor_shape(y))));
    }
}

/* Normalised over the batch like batch normalisation: sums, broadcasts and a reciprocal root.
 */
static gt_tensor *normalise(model *m, gt_tensor *x) {
    gt_graph *g = m->g;
    gt_shape s = gt_tensor_shape(x), c = GT_SHAPE(1, s.dim[1], 1, 1);
    double n = (double)(s.dim[0] * s.dim[2] * s.dim[3]);
    gt_tensor *centred = gt_sub(g, x, gt_affine(g, gt_sum_to(g, x, c), 1 / n, 0));
    gt_tensor *variance = gt_affine(g, gt_sum_to(g, gt_square(g, centred), c), 1 / n, 1e-3);
    gt_tensor *unit = gt_mul(g, centred, gt_reciprocal(g, gt_sqrt(g, variance)));
    return gt_relu(g, gt_add(g, gt_mul(g, unit, parameter(m, c)), parameter(m, c)));
}

static gt_tensor *convolve(model *m, gt_tensor *x) {
    int64_t in = gt_tensor_dim(x, 1), out = (int64_t[]){16, 32, 6}[pick(m, 3)];
    int k = pick(m, 2) ? 3 : 1;
    gt_tensor *bias = pick(m, 2) ? parameter(m, GT_SHAPE(out)) : NULL;
    return gt_conv2d(m->g, x, scaled_weights(m, out, in, k), bias, (gt_conv){1, k / 2, 1});
}

static gt_tensor *random_image_op(model *m, gt_tensor *x) {
    gt_graph *g = m->g;
    int64_t c = gt_tensor_dim(x, 1), h = gt_tensor_dim(x, 2);
    gt_shape channels = GT_SHAPE(1, c, 1, 1);
    switch (pick(m, 20)) {
    case 0:
        return convolve(m, random_unary(m, x));
    case 1:
        return gt_add(
            g, x,
            gt_conv2d(g, gt_gelu(g, x), scaled_weights(m, c, c, 3), NULL, (gt_conv){1, 1, 1}));
    case 2:
        return h >= 4 ? gt_avg_pool(g, x, 2) : gt_upsample(g, x, 2);
    case 3:
        return h <= 8 ? gt_upsample(g, x, 2) : gt_avg_pool(g, x, 4);
    case 4:
        return normalise(m, x);
    case 5:
        return gt_mul(g, x, gt_tanh(g, parameter(m, channels)));
    case 6:
        return c > 2 ? gt_slice(g, x, 1, c / 4, c / 2) : x;
    case 7:
        return gt_concat(g, (gt_tensor *[]){x, random_unary(m, x)}, 2, 1);
    case 8:
        return gt_pad(g, x, 1, 2, 14, 0.25);
    case 9:
        return gt_add(g, x, parameter(m, GT_SHAPE(1, c, h, gt_tensor_dim(x, 3))));
    case 10:
        return gt_add(g, gt_conv2d(g, x, scaled_weights(m, 16, c, 1), NULL, (gt_conv){1, 0, 1}),
                      gt_conv2d(g, gt_gelu(g, x), scaled_weights(m, 16, c, 1),
                                parameter(m, GT_SHAPE(16)), (gt_conv){1, 0, 1}));
    case 11: /* windows of whole images */
        return gt_concat(g, (gt_tensor *[]){gt_slice(g, x, 0, 0, 1), random_unary(m, x)}, 2, 0);
    case 13: /* ties, too: values that relu made 0 */
        return gt_max_pool(g, pick(m, 2) ? gt_relu(g, x) : x, 3, h >= 4 ? 2 : 1, 1);
    case 12:
        return gt_pad(g, gt_slice(g, x, 0, gt_tensor_dim(x, 0) - 1, 1), 0, 1, 1, -0.5);
    case 14:
        return gt_affine(g, gt_softmax(g, x, 1 + pick(m, 3)), 3, 0);
    case 15: /* back to what it was, so that sides stay even */
        return gt_resize(g, gt_resize(g, x, h + 3, h + 1, (gt_resize_filter)pick(m, 2)), h, h,
                         (gt_resize_filter)pick(m, 2));
    case 16:
        return gt_affine(
            g, gt_unfold_back(g, gt_unfold(g, x, 3, 1, 1), gt_tensor_shape(x), 3, 1, 1),
            1.0 / 9, 0);
    case 17:
        return gt_affine(g, gt_matmul(g, x, gt_tanh(g, x), pick(m, 2), pick(m, 2)),
                         1 / sqrt((double)h), 0);
    case 18:
        return gt_shift(g, x, input(m, GT_SHAPE(gt_tensor_dim(x, 0), 2)));
    default: /* of one channel only zeros would be left, and a normalisation of their rounding
              */
        return c > 1 ? gt_sub(g, x, gt_reduce_max(g, x, 1)) : x;
    }
}

static void build(model *m, uint64_t seed, int64_t size) {
    static const int64_t channels[] = {16, 3, 32, 1};
    m->key = (gt_rng_key){seed, 1, 0};
    m->g = gt_graph_create();
    int64_t n = 1 + pick(m, 3);
    m->values[m->value_count++] = input(m, GT_SHAPE(n, channels[pick(m, 4)], size, size));
    int length = 4 + pick(m, 10);
    for (int i = 0; i < length; i++) {
        gt_tensor *x = m->values[m->value_count - 1];
        gt_tensor *y = m->values[pick(m, m->value_count)];
        /* of x - x a normalisation would have only rounding */
        bool pair =
            x != y && gt_shape_equal(gt_tensor_shape(x), gt_tensor_shape(y)) && pick(m, 3) == 0;
        gt_tensor *made = pair              ? random_binary(m, x, y)
                          : pick(m, 3) == 0 ? random_unary(m, x)
                                            : random_image_op(m, x);
        if (gt_tensor_dim(made, 1) > 96) made = gt_slice(m->g, made, 1, 0, 32);
        m->values[m->value_count++] = made;
    }
}

/* A masked layer of units by degree, applied to columns (in,N), or the other way round to rows
 * (N,in). */
static gt_tensor *masked_layer(model *m, gt_tensor *x, gt_degrees in, gt_degrees out,
                               int64_t out_count, bool by_rows) {
    gt_graph *g = m->g;
    int64_t in_count = gt_tensor_dim(x, by_rows);
    gt_tensor *weights = parameter(m, GT_SHAPE(out_count, in_count));
    gt_tensor *arranged = gt_arrange(g, weights, out, in);
    gt_stair stair = gt_degrees_stair(out, out_count, in, in_count, 1 + pick(m, 9));
    if (by_rows) return gt_stair_matmul(g, x, arranged, false, true, &stair, GT_STAIR_B);
    return gt_stair_matmul(g, arranged, x, false, false, &stair, GT_STAIR_A);
}

/* A masked autoregressive network, a normalisation and a reversal: one block of a flow. */
static void build_masked(model *m, uint64_t seed, int64_t size) {
    m->key = (gt_rng_key){seed, 1, 0};
    m->g = gt_graph_create();
    gt_graph *g = m->g;
    bool by_rows = pick(m, 2);
    int64_t features = 2 + pick(m, (int)size), units = 1 + pick(m, 3 * (int)size);
    int64_t n = 1 + pick(m, 40);
    gt_degrees inputs = {.period = features}, outputs = {.period = features, .shift = -1};
    gt_degrees hidden = {.period = features - 1, .sorted = true};
    gt_tensor *x = input(m, by_rows ? GT_SHAPE(n, features) : GT_SHAPE(features, n));
    gt_tensor *h = gt_tanh(g, masked_layer(m, x, inputs, hidden, units, by_rows));
    h = gt_tanh(g, masked_layer(m, h, hidden, hidden, units, by_rows));
    gt_tensor *mean = masked_layer(m, h, hidden, outputs, features, by_rows);
    gt_tensor *log_sd = masked_layer(m, h, hidden, outputs, features, by_rows);
    gt_tensor *u = gt_mul(g, gt_sub(g, x, mean), gt_exp(g, gt_neg(g, log_sd)));
    gt_shape each = by_rows ? GT_SHAPE(1, features) : GT_SHAPE(features, 1);
    u = gt_sub(g, u, gt_affine(g, gt_sum_to(g, u, each), 1 / (double)n, 0));
    m->values[m->value_count++] = log_sd;
    m->values[m->value_count++] = gt_reverse(g, u, by_rows);
}

static int outputs_of(model *m, gt_tensor **outputs) {
    gt_tensor *last = m->values[m->value_count - 1];
    gt_tensor *loss = gt_add(
        m->g, gt_mean(m->g, gt_square(m->g, last)),
        gt_affine(m->g, gt_sum(m->g, gt_tanh(m->g, m->values[m->value_count / 2])), 1e-3, 0));
    gt_tensor *grads[MAX_LEAVES];
    int count = 0;
    gt_grad(m->g, loss, m->leaves, m->leaf_count, grads);
    outputs[count++] = loss;
    outputs[count++] = last;
    for (int i = 0; i < m->leaf_count; i++) outputs[count++] = grads[i];
    return count;
}

static void destroy(model *m) {
    for (int i = 0; i < m->leaf_count; i++) {
        free(m->data[i]);
        free(m->exact[i]);
    }
    gt_graph_destroy(m->g);
}

static float *parameter_vector(const model *m) {
    float *values = calloc((size_t)m->parameters + 16, sizeof *values);
    int64_t at = 0;
    for (int i = 0; i < m->leaf_count; i++) {
        if (gt_tensor_name(m->leaves[i])[0] != 'p') continue;
        int64_t count = gt_shape_count(gt_tensor_shape(m->leaves[i]));
        memcpy(values + at, m->data[i], (size_t)count * sizeof *values);
        at += (count + 15) / 16 * 16;
    }
    return values;
}

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

static double **evaluate(model *m, const truth *t, double **values) {
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

static void find_truth(model *m, truth *t) {
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
static double run_plan(model *m, truth *t, gt_plan_options options, uint64_t seed) {
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

static double check_seed(void (*make)(model *, uint64_t, int64_t), uint64_t seed,
                         int64_t size) {
    model m = {0};
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
    for (uint64_t seed = 0; seed < 200; seed++) worst = fmax(worst, check_seed(build, seed, 8));
    print_message("200 random graphs of 8x8 images: largest error %.2g of its tolerance\n",
                  worst);
}

/* Large enough that activations are recomputed and Winograd is considered. */
static void large_graphs(void **state) {
    double worst = 0;
    (void)state;
    for (uint64_t seed = 1000; seed < 1012; seed++)
        worst = fmax(worst, check_seed(build, seed, 32));
    print_message("12 random graphs of 32x32 images: largest error %.2g of its tolerance\n",
                  worst);
}

static void masked_graphs(void **state) {
    double worst = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++)
        worst = fmax(worst, check_seed(build_masked, seed, seed % 2 ? 8 : 60));
    print_message("40 random masked networks: largest error %.2g of its tolerance\n", worst);
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
