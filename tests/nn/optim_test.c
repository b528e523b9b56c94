/* The update rules against the same formulas in double, and what a sweep promises besides. */
#include "gt_test.h"

#include "galatea/optim.h"
#include "rng.h"

enum { COUNT = 10007, STEPS = 6 }; /* several blocks and a rest that fills no vector */

typedef struct bench {
    float values[COUNT], grads[COUNT], state[2][COUNT], average[COUNT];
} bench;

/* Tensors with gaps between them: a weight, a bias, and a weight that begins as zeros. */
static const gt_optimizer_segment tensors[] = {
    {0, 5000, true}, {5008, 3, false}, {5016, COUNT - 5016, true}};
enum { TENSORS = sizeof tensors / sizeof *tensors };

static void fill(float *out, const char *stream, uint32_t step, float scale) {
    gt_rng_fill_normal((gt_rng_key){7, gt_rng_stream(stream), step}, 0, COUNT, out);
    for (int i = 0; i < COUNT; i++) out[i] *= scale;
}

static void begin(bench *b) {
    memset(b, 0, sizeof *b);
    fill(b->values, "values", 0, 1);
    memcpy(b->average, b->values, sizeof b->average);
}

static gt_optimizer_vectors vectors_of(bench *b) {
    return (gt_optimizer_vectors){.count = COUNT,
                                  .values = b->values,
                                  .grads = b->grads,
                                  .state = {b->state[0], b->state[1]},
                                  .average = b->average,
                                  .segments = tensors,
                                  .segment_count = TENSORS};
}

static void run(const gt_optimizer *rule, bench *b, int threads) {
    begin(b);
    gt_optimizer_vectors vectors = vectors_of(b);
    for (int t = 1; t <= STEPS; t++) {
        fill(b->grads, "grads", (uint32_t)t, (float)(0.01 * t));
        gt_optimizer_step step = {.number = t,
                                  .rate = 1e-2 / t,
                                  .grad_scale = 0.7,
                                  .average_rate = 0.9,
                                  .threads = threads};
        gt_optimizer_apply(rule, &vectors, &step);
    }
}

/* One element of one step in double, straight from the header. */
static void update(const gt_optimizer *r, double g, double rate, int t, double *p, double *s) {
    double decay = r->weight_decay;
    if (r->kind == GT_OPTIMIZER_ADAMW)
        *p -= rate * decay * *p;
    else
        g += decay * *p;
    if (r->kind == GT_OPTIMIZER_SGD) {
        s[0] = r->momentum * s[0] + g;
        *p -= rate * (r->nesterov ? g + r->momentum * s[0] : s[0]);
    } else if (r->kind == GT_OPTIMIZER_RMSPROP) {
        s[0] = r->alpha * s[0] + (1 - r->alpha) * g * g;
        s[1] = r->momentum * s[1] + g / (sqrt(s[0]) + r->eps);
        *p -= rate * s[1];
    } else {
        s[0] = r->beta1 * s[0] + (1 - r->beta1) * g;
        s[1] = r->beta2 * s[1] + (1 - r->beta2) * g * g;
        double root = sqrt(s[1]) / sqrt(1 - pow(r->beta2, t)) + r->eps;
        *p -= rate / (1 - pow(r->beta1, t)) * s[0] / root;
    }
}

/* Largest |float - double| of the values and of the averages after STEPS steps. */
static double error_of(const gt_optimizer *rule, const bench *got) {
    static bench fresh, draw[STEPS];
    begin(&fresh);
    for (int t = 1; t <= STEPS; t++)
        fill(draw[t - 1].grads, "grads", (uint32_t)t, (float)(0.01 * t));
    double worst = 0;
    for (int i = 0; i < COUNT; i++) {
        double p = fresh.values[i], average = p, s[2] = {0, 0};
        for (int t = 1; t <= STEPS; t++) {
            update(rule, 0.7 * (double)draw[t - 1].grads[i], 1e-2 / t, t, &p, s);
            average = 0.9 * average + 0.1 * p;
        }
        worst = fmax(worst, fabs(p - got->values[i]));
        worst = fmax(worst, fabs(average - got->average[i]));
    }
    return worst;
}

static gt_optimizer with(gt_optimizer_kind kind, double momentum, double decay, bool nesterov) {
    gt_optimizer rule = gt_optimizer_default(kind);
    rule.momentum = momentum;
    rule.weight_decay = decay;
    rule.nesterov = nesterov;
    return rule;
}

static void test_rules(void **unused) {
    gt_optimizer rules[] = {
        with(GT_OPTIMIZER_SGD, 0, 0, false),       with(GT_OPTIMIZER_SGD, 0, 0.1, false),
        with(GT_OPTIMIZER_SGD, 0.9, 0.1, false),   with(GT_OPTIMIZER_SGD, 0.9, 0.1, true),
        with(GT_OPTIMIZER_ADAM, 0, 0, false),      with(GT_OPTIMIZER_ADAM, 0, 0.1, false),
        with(GT_OPTIMIZER_ADAMW, 0, 0.1, false),   with(GT_OPTIMIZER_RMSPROP, 0, 0, false),
        with(GT_OPTIMIZER_RMSPROP, 0, 0.1, false), with(GT_OPTIMIZER_RMSPROP, 0.9, 0.1, false),
    };
    static bench b;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        run(&rules[i], &b, 2);
        double worst = error_of(&rules[i], &b);
        print_message("%-8s momentum %g decay %g: %.2e\n", gt_optimizer_name(rules[i].kind),
                      rules[i].momentum, rules[i].weight_decay, worst);
        /* STEPS roundings of values up to 4, and a step of up to 0.1 * STEPS */
        assert_near(worst, 0, 1.2e-6);
    }
}

static double length_of(const double *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

/* Two steps of one tensor in double, straight from the header. */
static void lars_in_double(const gt_optimizer *r, const gt_optimizer_segment *at,
                           const bench draw[2], double *p) {
    static double g[COUNT], b[COUNT];
    for (int t = 0; t < 2; t++) {
        for (size_t i = 0; i < at->length; i++) g[i] = (double)draw[t].grads[at->offset + i];
        double value = length_of(p, at->length), slope = length_of(g, at->length);
        bool scaled = at->is_decayed && r->weight_decay > 0 && value > 0 && slope > 0;
        double q = r->trust * value / (slope + r->weight_decay * value + r->eps);
        for (size_t i = 0; i < at->length; i++) {
            double d = scaled ? q * (g[i] + r->weight_decay * p[i]) : g[i];
            b[i] = t ? r->momentum * b[i] + (1 - r->dampening) * d : d;
            p[i] -= 0.1 * (r->nesterov ? d + r->momentum * b[i] : b[i]);
        }
    }
}

static void test_lars(void **unused) {
    static bench b, draw[2];
    static double p[COUNT];
    for (int way = 0; way < 4; way++) {
        gt_optimizer rule = with(GT_OPTIMIZER_LARS, way == 3 ? 0 : 0.9, 0.01, way == 1);
        rule.trust = 0.5;
        rule.dampening = way == 2 ? 0.4 : 0;
        begin(&b);
        memset(b.values + 5016, 0, (COUNT - 5016) * sizeof *b.values);
        gt_optimizer_vectors vectors = vectors_of(&b);
        float before[COUNT];
        memcpy(before, b.values, sizeof before);
        for (int t = 0; t < 2; t++) {
            fill(draw[t].grads, "grads", (uint32_t)t, 0.3f);
            memcpy(b.grads, draw[t].grads, sizeof b.grads);
            gt_optimizer_apply(
                &rule, &vectors,
                &(gt_optimizer_step){
                    .number = t + 1, .rate = 0.1, .grad_scale = 1, .average_rate = 0.9});
        }
        for (int k = 0; k < TENSORS; k++) {
            const gt_optimizer_segment *at = &tensors[k];
            for (size_t i = 0; i < at->length; i++) p[i] = (double)before[at->offset + i];
            lars_in_double(&rule, at, draw, p);
            for (size_t i = 0; i < at->length; i++)
                assert_near((double)b.values[at->offset + i], p[i], 1e-6);
        }
        assert_true(memcmp(b.values + 5000, before + 5000, 8 * sizeof *before) == 0);
    }
}

static void test_threads_change_no_bit(void **unused) {
    static bench one, many;
    for (int kind = 0; kind < GT_OPTIMIZER_COUNT; kind++) {
        gt_optimizer rule = with((gt_optimizer_kind)kind, 0.9, 0.01, false);
        run(&rule, &one, 1);
        for (int threads = 2; threads <= 7; threads++) {
            run(&rule, &many, threads);
            assert_memory_equal(&one, &many, sizeof one);
        }
    }
}

static void test_norm(void **unused) {
    static float g[COUNT];
    fill(g, "norm", 0, 3);
    double sum = 0;
    for (int i = 0; i < COUNT; i++) sum += (double)g[i] * (double)g[i];
    double one = gt_gradient_norm(g, COUNT, 1);
    assert_near(one, sqrt(sum), 1e-12 * one);
    for (int threads = 2; threads <= 7; threads++)
        assert_true(one == gt_gradient_norm(g, COUNT, threads));
    assert_true(gt_gradient_norm(g, 0, 1) == 0);
    assert_near(gt_gradient_norm(g, 1, 1), fabs((double)g[0]), 1e-15);
    g[5000] = 3e38f;
    g[5001] = 3e38f;
    assert_true(isfinite(gt_gradient_norm(g, COUNT, 2)));
    g[COUNT - 1] = NAN;
    assert_true(isnan(gt_gradient_norm(g, COUNT, 2)));
    g[COUNT - 1] = -INFINITY;
    assert_true(isinf(gt_gradient_norm(g, COUNT, 2)));
}

static void test_clipping(void **unused) {
    assert_true(gt_clip_coefficient(3, 0) == 1);
    assert_true(gt_clip_coefficient(3, 4) == 1);
    assert_near(gt_clip_coefficient(8, 4), 4 / (8 + 1e-6), 1e-15);
    assert_true(gt_clip_coefficient(0, 4) == 1);
}

static void test_names(void **unused) {
    gt_error err = {0};
    gt_optimizer_kind kind;
    for (int i = 0; i < GT_OPTIMIZER_COUNT; i++) {
        assert_ok(gt_optimizer_find(gt_optimizer_name((gt_optimizer_kind)i), &kind, &err), err);
        assert_int_equal(kind, i);
    }
    assert_int_equal(gt_optimizer_find("rmspro", &kind, &err), GT_USAGE);
    assert_non_null(strstr(err.text, "'rmspro'"));
    gt_optimizer rule = gt_optimizer_default(GT_OPTIMIZER_RMSPROP);
    assert_int_equal(gt_optimizer_state_count(&rule), 1);
    rule.momentum = 0.9;
    assert_int_equal(gt_optimizer_state_count(&rule), 2);
    assert_string_equal(gt_optimizer_state_name(&rule, 0), "square_avg");
    assert_string_equal(gt_optimizer_state_name(&rule, 1), "momentum_buffer");
    assert_string_equal(gt_optimizer_state_name(&rule, 2), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_lars),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_clipping),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
