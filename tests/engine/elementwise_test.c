/* elementwise_test.c - the interpreter of fused programs: every op at numbers where functions
 * have ends (NaN, infinities, zeros of both signs, numbers without normal form, 1e30, 1e-30),
 * at lengths about chunks and vectors, with operands stretched in every way, sums of every
 * kind. */
#include "gt_test.h"

#include <float.h>

#include "cpu/kernels.h"
#include "galatea/plan.h"
#include "node.h"
#include "program.h"
#include "rng.h"

static const double u = 0x1p-24; /* half a unit in the last place of 1 */

static const float ends[] = {0.0f,
                             -0.0f,
                             1,
                             -1,
                             0.5f,
                             -0.5f,
                             2,
                             -2,
                             NAN,
                             INFINITY,
                             1e30f,
                             -1e30f,
                             1e-30f,
                             -1e-30f,
                             1e-42f,
                             -1e-42f,
                             FLT_MAX,
                             -FLT_MAX,
                             FLT_MIN,
                             -INFINITY,
                             88.5f,
                             -88.5f,
                             89,
                             -89,
                             100,
                             -100,
                             17,
                             -17,
                             0.624f,
                             -0.626f,
                             0x1p23f,
                             -0x1p23f,
                             1 + FLT_EPSILON,
                             1 - FLT_EPSILON / 2};
enum { ENDS = sizeof ends / sizeof *ends };

/* ---- Running -------------------------------------------------------------------------- */

/* Computes `outputs` of inputs x[0..count) bound to data; result i goes to got[i]. */
static void compute(gt_graph *g, gt_tensor *const *x, float *const *data, int count,
                    gt_tensor *const *outputs, int output_count, int threads, float **got) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    assert_ok(gt_plan_create(g, outputs, output_count, &(gt_plan_options){.threads = threads},
                             &plan, &err),
              err);
    for (int i = 0; i < count; i++) assert_ok(gt_plan_bind(plan, x[i], data[i], &err), err);
    for (int run = 0; run < 2; run++) assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < output_count; i++) {
        size_t bytes = (size_t)gt_shape_count(gt_tensor_shape(outputs[i])) * sizeof(float);
        got[i] = malloc(bytes);
        memcpy(got[i], gt_plan_output(plan, i), bytes);
    }
    gt_plan_destroy(plan);
}

/* ---- Every op at the ends ------------------------------------------------------------- */

typedef struct function {
    const char *name;
    gt_tensor *(*build)(gt_graph *g, gt_tensor **x);
    int inputs;
    double ulps, floor; /* what the op may be off by: units of the value, and absolutely */
} function;

#define CASE(name, expression)                                \
    static gt_tensor *name##_of(gt_graph *g, gt_tensor **x) { \
        return expression;                                    \
    }

/* clang-format off */
CASE(neg, gt_neg(g, x[0]))
CASE(abs, gt_abs(g, x[0]))
CASE(exp, gt_exp(g, x[0]))
CASE(log, gt_log(g, x[0]))
CASE(sqrt, gt_sqrt(g, x[0]))
CASE(reciprocal, gt_reciprocal(g, x[0]))
CASE(square, gt_square(g, x[0]))
CASE(tanh, gt_tanh(g, x[0]))
CASE(sigmoid, gt_sigmoid(g, x[0]))
CASE(softplus, gt_softplus(g, x[0]))
CASE(relu, gt_relu(g, x[0]))
CASE(leaky, gt_leaky_relu(g, x[0], 0.25))
CASE(step, gt_step(g, x[0]))
CASE(affine, gt_affine(g, x[0], -3, 0.5))
CASE(add, gt_add(g, x[0], x[1]))
CASE(sub, gt_sub(g, x[0], x[1]))
CASE(mul, gt_mul(g, x[0], x[1]))
CASE(div, gt_div(g, x[0], x[1]))
CASE(max, gt_max(g, x[0], x[1]))
CASE(min, gt_min(g, x[0], x[1]))
CASE(less, gt_less(g, x[0], x[1]))
CASE(select, gt_select(g, x[0], x[1], x[2]))

/* exp, log: 1.5 ulp; the others made of them: 3 (vecmath.h), and what is below FLT_MIN may be 0 */
static const function functions[] = {
    {"neg", neg_of, 1, 0, 0},           {"abs", abs_of, 1, 0, 0},       {"exp", exp_of, 1, 1.5, FLT_MIN},
    {"log", log_of, 1, 1.5, 0},         {"sqrt", sqrt_of, 1, 0.5, 0},   {"reciprocal", reciprocal_of, 1, 0.5, 0},
    {"square", square_of, 1, 0.5, 0},   {"tanh", tanh_of, 1, 3, 0},     {"sigmoid", sigmoid_of, 1, 3, 2 * FLT_MIN},
    {"softplus", softplus_of, 1, 3, FLT_MIN}, {"relu", relu_of, 1, 0, 0}, {"leaky relu", leaky_of, 1, 0.5, 0},
    {"step", step_of, 1, 0, 0},         {"affine", affine_of, 1, 0.5, 0}, {"add", add_of, 2, 0.5, 0},
    {"sub", sub_of, 2, 0.5, 0},         {"mul", mul_of, 2, 0.5, 0},     {"div", div_of, 2, 0.5, 0},
    {"max", max_of, 2, 0, 0},           {"min", min_of, 2, 0, 0},       {"less", less_of, 2, 0, 0},
    {"select", select_of, 3, 0, 0},
};
/* clang-format on */
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* A unit in the last place of a float about x. */
static double ulp_of(double x) {
    float at = fabsf((float)x);
    if (!(at < FLT_MAX)) return (double)FLT_MAX * 2 * u;
    return (double)nextafterf(at, INFINITY) - at;
}

/* `want` in double; from half a unit beyond the largest float on it is infinite, and a few
 * units short of that it may be either. */
static bool agrees(const function *f, float got, double want) {
    if (isnan(want)) return isnan(got);
    if (fabs(want) >= FLT_MAX * (1 + u)) return isinf(got) && (got > 0) == (want > 0);
    if (isinf(got)) return fabs(want) > FLT_MAX * (1 - 4 * u) && (got > 0) == (want > 0);
    return fabs(got - want) <= f->ulps * ulp_of(want) * 1.0001 + f->floor;
}

/* All combinations of the ends, and the value that the op's definition gives. */
static void at_the_ends(void **state) {
    for (int i = 0; i < FUNCTIONS; i++) {
        const function *f = &functions[i];
        gt_graph *g = gt_graph_create();
        int64_t count = ENDS;
        for (int k = 1; k < f->inputs; k++) count *= ENDS;
        float *data[3], *got;
        gt_tensor *x[3];
        for (int k = 0; k < f->inputs; k++) {
            int64_t each = k == 0 ? 1 : k == 1 ? ENDS : ENDS * ENDS;
            x[k] = gt_input(g, "x", GT_SHAPE(count));
            data[k] = malloc((size_t)count * sizeof(float));
            for (int64_t n = 0; n < count; n++) data[k][n] = ends[n / each % ENDS];
        }
        gt_tensor *y = f->build(g, x);
        compute(g, x, data, f->inputs, &y, 1, 1, &got);
        for (int64_t n = 0; n < count; n++) {
            double a = data[0][n], b = f->inputs > 1 ? data[1][n] : 0,
                   c = f->inputs > 2 ? data[2][n] : 0;
            double want = gt_op_class_of(y->op)->scalar(&y->attr, a, b, c);
            if (!agrees(f, got[n], want))
                fail_msg("%s of %g, %g, %g is %.9g, not %.9g", f->name, a, b, c, (double)got[n],
                         want);
        }
        for (int k = 0; k < f->inputs; k++) free(data[k]);
        free(got);
        gt_graph_destroy(g);
    }
}

/* Signs of zero, which no comparison of values shows. */
static void zeros(void **state) {
    static float in[] = {0.0f, -0.0f};
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(2));
    gt_tensor *y[] = {gt_neg(g, x), gt_abs(g, x), gt_sqrt(g, x), gt_reciprocal(g, x)};
    float *data = in, *got[4];
    compute(g, &x, &data, 1, y, 4, 1, got);
    assert_true(signbit(got[0][0]) && !signbit(got[0][1]));
    assert_true(!signbit(got[1][0]) && !signbit(got[1][1]));
    for (int i = 2; i < 4; i++) assert_true(!signbit(got[i][0]) && signbit(got[i][1]));
    for (int i = 0; i < 4; i++) free(got[i]);
    gt_graph_destroy(g);
}

/* ---- Lengths -------------------------------------------------------------------------- */

static float *drawn(int64_t count, uint32_t stream) {
    float *data = malloc((size_t)count * sizeof *data);
    gt_rng_fill_normal((gt_rng_key){3, stream, 0}, 0, (size_t)count, data);
    return data;
}

/* A chain with a sum at its end, over lengths about vectors and chunks: nothing is left out,
 * nothing counted twice; the bits of the values do not depend on the threads. */
static void lengths(void **state) {
    static const int64_t all[] = {1,    2,    15,   16,   17,   31,   63,   64,    65,   255,
                                  1023, 1024, 1025, 2047, 2048, 2049, 4095, 16384, 70001};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int64_t n = all[i];
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(n)),
                  *h = gt_affine(g, gt_square(g, x), 0.5, 1);
        gt_tensor *y[] = {gt_mul(g, gt_relu(g, x), h), gt_sum(g, h)};
        float *data = drawn(n, 1), *first = NULL;
        double total = 0;
        for (int64_t k = 0; k < n; k++) total += fmaf(0.5f, data[k] * data[k], 1);
        for (int threads = 1; threads <= 5; threads++) {
            float *got[2];
            compute(g, &x, &data, 1, y, 2, threads, got);
            assert_near(got[1][0], total, u * total * 1.01); /* summed in double */
            for (int64_t k = 0; k < n; k++)
                if (got[0][k] != (data[k] < 0 ? 0 : data[k]) * fmaf(0.5f, data[k] * data[k], 1))
                    fail_msg("number %lld of %lld", (long long)k, (long long)n);
            if (first && memcmp(first, got[0], (size_t)n * sizeof(float)) != 0)
                fail_msg("other bits with %d threads", threads);
            free(first);
            first = got[0];
            free(got[1]);
        }
        free(first);
        free(data);
        gt_graph_destroy(g);
    }
}

/* ---- Operands and sums of every form -------------------------------------------------- */

/* Axes of b that are 1 (bits of `ones`), and those that are summed. */
static void stretched(gt_shape s, unsigned ones, unsigned summed, int threads) {
    gt_error err = {0};
    gt_graph *g = gt_graph_create();
    gt_shape small = s, sum = s;
    for (int d = 0; d < s.rank; d++) {
        if (ones >> d & 1) small.dim[d] = 1;
        if (summed >> d & 1) sum.dim[d] = 1;
    }
    gt_tensor *x[] = {gt_input(g, "a", s), gt_input(g, "b", small)};
    gt_tensor *h = gt_mul(g, x[0], x[1]);
    gt_tensor *y[] = {gt_sub(g, h, x[1]), gt_sum_to(g, gt_square(g, h), sum)};
    float *data[] = {drawn(gt_shape_count(s), 1), drawn(gt_shape_count(small), 2)}, *got[2];
    double *exact[2], *want[2];
    for (int i = 0; i < 2; i++) {
        int64_t count = gt_shape_count(gt_tensor_shape(x[i]));
        exact[i] = malloc((size_t)count * sizeof(double));
        for (int64_t k = 0; k < count; k++) exact[i][k] = data[i][k];
        want[i] = malloc((size_t)gt_shape_count(gt_tensor_shape(y[i])) * sizeof(double));
    }
    gt_feed feeds[] = {{x[0], exact[0]}, {x[1], exact[1]}};
    assert_ok(gt_reference_run(g, feeds, 2, y, 2, want, &err), err);
    compute(g, x, data, 2, y, 2, threads, got);
    for (int64_t k = 0; k < gt_shape_count(s); k++) {
        double size = fabs(want[0][k]) + 2 * fabs(exact[0][k]) * 6; /* |b| below 6 */
        assert_near(got[0][k], want[0][k], 2 * u * size);
    }
    /* two roundings a term; lanes are added up in float, as many as a chunk has pixels */
    double terms = fmin(1024, (double)(gt_shape_count(s) / gt_shape_count(sum))) + 4;
    for (int64_t k = 0; k < gt_shape_count(sum); k++)
        assert_near(got[1][k], want[1][k], terms * u * want[1][k]);
    for (int i = 0; i < 2; i++) {
        free(data[i]), free(exact[i]), free(want[i]), free(got[i]);
    }
    gt_graph_destroy(g);
}

static void operands_and_sums(void **state) {
    static const gt_shape shapes[] = {{2, {33, 70}},
                                      {3, {5, 17, 40}},
                                      {4, {2, 16, 9, 16}},
                                      {4, {3, 5, 1, 33}},
                                      {4, {1, 3, 33, 40}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (unsigned ones = 0; ones < 1u << shapes[i].rank; ones++)
            for (unsigned summed = 0; summed < 1u << shapes[i].rank; summed++)
                stretched(shapes[i], ones, summed, 1 + (int)(ones + summed) % 3);
}

/* More than a chunk has lanes, and pixels that end in the middle of one: blocked images. */
static void blocked_sums(void **state) {
    static const int64_t sides[] = {1, 3, 7, 8, 9, 20};
    for (int i = 0; i < 6; i++)
        for (int threads = 1; threads <= 3; threads++) {
            gt_error err = {0};
            gt_graph *g = gt_graph_create();
            gt_shape s = GT_SHAPE(2, 32, sides[i], sides[5 - i]), c = GT_SHAPE(1, 32, 1, 1);
            gt_tensor *x[] = {gt_input(g, "x", s), gt_input(g, "w", GT_SHAPE(32, 32, 1, 1)),
                              gt_input(g, "b", c)};
            gt_tensor *h = gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 0, 1});
            gt_tensor *y[] = {gt_relu(g, gt_add(g, h, x[2])), gt_sum_to(g, gt_square(g, h), c)};
            float *data[3], *got[2];
            double *exact[3], *want[2];
            gt_feed feeds[3];
            for (int k = 0; k < 3; k++) {
                int64_t count = gt_shape_count(gt_tensor_shape(x[k]));
                data[k] = drawn(count, (uint32_t)k);
                exact[k] = malloc((size_t)count * sizeof(double));
                for (int64_t n = 0; n < count; n++) exact[k][n] = data[k][n];
                feeds[k] = (gt_feed){x[k], exact[k]};
            }
            for (int k = 0; k < 2; k++)
                want[k] =
                    malloc((size_t)gt_shape_count(gt_tensor_shape(y[k])) * sizeof(double));
            assert_ok(gt_reference_run(g, feeds, 3, y, 2, want, &err), err);
            compute(g, x, data, 3, y, 2, threads, got);
            for (int64_t n = 0; n < gt_shape_count(s); n++) /* 33 terms below 6 * 6 */
                assert_near(got[0][n], want[0][n], 34 * u * 33 * 36);
            for (int64_t n = 0; n < 32; n++)
                assert_near(got[1][n], want[1][n], 1024 * u * want[1][n] + 1e-4);
            for (int k = 0; k < 3; k++) free(data[k]), free(exact[k]);
            for (int k = 0; k < 2; k++) free(want[k]), free(got[k]);
            gt_graph_destroy(g);
        }
}

/* What exceeds all caches is written past them: the same numbers, none behind the end, wherever
 * the result lies. The program is prepared as one of a size that no cache has. */
static void beyond_the_caches(void **state) {
    enum { ROOM = 5008 };
    static const int64_t all[] = {1, 15, 16, 17, 33, 1023, 1024, 1025, 2064, 5000};
    static _Alignas(64) float in[ROOM], out[ROOM];
    gt_attr attr = {.scale = 2, .shift = 1};
    for (int i = 0; i < ROOM; i++) in[i] = (float)i;
    for (int code = 0; code < 10 * 3 * 3; code++) {
        int64_t n = all[code % 10];
        int threads = 1 + code / 10 % 3, offset = code / 30;
        void *from = in, *to = out + offset;
        gt_error err = {0};
        gt_register registers[] = {
            {.kind = GT_REGISTER_VIEW, .view = {.data = &from, .stride = {1}}},
            {.kind = GT_REGISTER_SCRATCH, .output = &to}};
        gt_instruction affine = {GT_OP_AFFINE, 0, -1, -1, 1, -1, &attr};
        gt_program program = {.rank = 1,
                              .dim = {n},
                              .total = (int64_t)1 << 40,
                              .registers = registers,
                              .register_count = 2,
                              .instructions = &affine,
                              .instruction_count = 1};
        gt_call call = {.threads = threads, .program = &program};
        assert_ok(gt_cpu_elementwise.prepare(&call, &err), err);
        assert_true(program.streams);
        program.total = n;
        call.scratch = aligned_alloc(64, (gt_cpu_elementwise.scratch(&call) + 127) / 64 * 64);
        for (int i = 0; i < ROOM; i++) out[i] = -7;
        assert_ok(gt_cpu_elementwise.run(&call, &err), err);
        for (int64_t i = 0; i < ROOM; i++) {
            bool is_in = i >= offset && i < offset + n;
            if (out[i] != (is_in ? 2 * in[i - offset] + 1 : -7))
                fail_msg("number %lld of %lld at %d", (long long)i, (long long)n, offset);
        }
        free(call.scratch);
    }
}

/* log of a sum of exponentials of huge numbers, as a model writes it: finite, and right. */
static void huge_exponents(void **state) {
    static float in[] = {1e30f, 1e30f, -1e30f, 500, 499, -500, -1e4f, -1e4f, -1e4f};
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(3, 3)), *most = gt_reduce_max(g, x, 1);
    gt_tensor *sum = gt_sum_to(g, gt_exp(g, gt_sub(g, x, most)), GT_SHAPE(3, 1));
    gt_tensor *y[] = {gt_add(g, gt_log(g, sum), most), sum};
    float *data = in, *got[2];
    compute(g, &x, &data, 1, y, 2, 1, got);
    assert_true(got[0][0] == 1e30f && got[1][0] == 2);
    assert_near(got[0][1], 500 + log1p(exp(-1)), 4 * u * 500);
    assert_near(got[0][2], -1e4 + log(3), 4 * u * 1e4);
    free(got[0]);
    free(got[1]);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_ends),    cmocka_unit_test(zeros),
        cmocka_unit_test(lengths),        cmocka_unit_test(operands_and_sums),
        cmocka_unit_test(blocked_sums),   cmocka_unit_test(beyond_the_caches),
        cmocka_unit_test(huge_exponents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
