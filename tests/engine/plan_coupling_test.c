/* plan_coupling_test.c - what a coupling of a flow computes, as one plan: 3x3 windows from few
 * channels to many, a product of all the many, windows back to few, and all gradients, by the
 * algorithms that the plan itself takes. The numbers are those of the definitions, and every
 * bit is the same in a second run and when no helper comes. */
#include "kernel_call.h"

#include "galatea/params.h"
#include "galatea/plan.h"

enum { FEW = 6, MANY = 512, OUT = 12, PARAMETERS = 6, OUTPUTS = 2 + PARAMETERS };

typedef struct coupling {
    gt_graph *g;
    gt_params *params;
    gt_tensor *x, *outputs[OUTPUTS]; /* the result, gradients by x and by every parameter */
} coupling;

/* Parameters are normal numbers over the root of how many are summed. */
static void draw_parameters(coupling *c, const int *index, const gt_shape *shapes) {
    for (int i = 0; i < PARAMETERS; i++) {
        float *values = gt_params_values(c->params) + gt_params_offset(c->params, index[i]);
        int64_t count = gt_shape_count(shapes[i]), terms = count / shapes[i].dim[0];
        gt_rng_fill_normal((gt_rng_key){5, (uint32_t)i, 0}, 0, (size_t)count, values);
        for (int64_t k = 0; k < count; k++) values[k] /= sqrtf((float)terms);
    }
}

static coupling coupling_new(int64_t images, int64_t height, int64_t width) {
    const gt_shape shapes[PARAMETERS] = {GT_SHAPE(MANY, FEW, 3, 3),  GT_SHAPE(MANY),
                                         GT_SHAPE(MANY, MANY, 1, 1), GT_SHAPE(MANY),
                                         GT_SHAPE(OUT, MANY, 3, 3),  GT_SHAPE(OUT)};
    static const char *const names[PARAMETERS] = {"widen",    "widen.bias", "mix",
                                                  "mix.bias", "narrow",     "narrow.bias"};
    coupling c = {.g = gt_graph_create(), .params = gt_params_create()};
    gt_tensor *wrt[1 + PARAMETERS];
    int index[PARAMETERS];
    gt_error err = {0};
    for (int i = 0; i < PARAMETERS; i++)
        index[i] = gt_params_add(c.params, names[i], shapes[i]);
    assert_ok(gt_params_allocate(c.params, &err), err);
    draw_parameters(&c, index, shapes);
    wrt[0] = c.x = gt_input(c.g, "x", GT_SHAPE(images, FEW, height, width));
    for (int i = 0; i < PARAMETERS; i++) wrt[1 + i] = gt_params_tensor(c.g, c.params, index[i]);
    const gt_conv window = {1, 1, 1}, pixel = {1, 0, 1};
    gt_tensor *h = gt_relu(c.g, gt_conv2d(c.g, c.x, wrt[1], wrt[2], window));
    h = gt_relu(c.g, gt_conv2d(c.g, h, wrt[3], wrt[4], pixel));
    c.outputs[0] = gt_conv2d(c.g, h, wrt[5], wrt[6], window);
    gt_grad(c.g, gt_mean(c.g, gt_square(c.g, c.outputs[0])), wrt, 1 + PARAMETERS,
            c.outputs + 1);
    assert_ok(gt_graph_check(c.g, &err), err);
    return c;
}

static void coupling_end(coupling *c) {
    gt_graph_destroy(c->g);
    gt_params_destroy(c->params);
}

static gt_plan *planned(coupling *c, const float *x, gt_plan_options options) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    assert_ok(gt_plan_create(c->g, c->outputs, OUTPUTS, &options, &plan, &err), err);
    gt_plan_bind_parameters(plan, gt_params_values(c->params));
    assert_ok(gt_plan_bind(plan, c->x, x, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    return plan;
}

static int64_t length_of(const coupling *c, int output) {
    return gt_shape_count(gt_tensor_shape(c->outputs[output]));
}

/* Of the largest number of each output; 1.1e-6 is the most that was seen. */
static void judge(const coupling *c, const gt_plan *plan, const gt_plan *exact) {
    for (int i = 0; i < OUTPUTS; i++) {
        const float *want = gt_plan_output(exact, i), *got = gt_plan_output(plan, i);
        double largest = 0;
        for (int64_t k = 0; k < length_of(c, i); k++)
            largest = fmax(largest, fabs((double)want[k]));
        assert_true(largest > 0);
        for (int64_t k = 0; k < length_of(c, i); k++)
            if (!(fabs((double)got[k] - (double)want[k]) <= 3e-6 * largest))
                fail_msg("output %d, number %lld: %g, not %g of at most %g", i, (long long)k,
                         (double)got[k], (double)want[k], largest);
    }
}

/* Again in a crowd, where the caller does all pieces itself. */
static void check_alone(const coupling *c, gt_plan *plan, int threads) {
    gt_error err = {0};
    float *before[OUTPUTS];
    call_crowd crowd;
    for (int i = 0; i < OUTPUTS; i++) {
        size_t bytes = (size_t)length_of(c, i) * sizeof(float);
        before[i] = malloc(bytes);
        memcpy(before[i], gt_plan_output(plan, i), bytes);
    }
    call_crowd_begin(&crowd);
    assert_ok(gt_plan_run(plan, &err), err);
    call_crowd_end(&crowd);
    for (int i = 0; i < OUTPUTS; i++) {
        call_assert_bits(gt_plan_output(plan, i), before[i], length_of(c, i), "output",
                         threads);
        free(before[i]);
    }
}

/* Maps that fill tiles and chunks, and that do not. */
static void numbers_and_bits(void **state) {
    static const int64_t sizes[][3] = {{2, 16, 16}, {3, 14, 13}, {4, 8, 8}};
    for (int s = 0; s < (IS_SLOW_BUILD ? 1 : 3); s++) {
        coupling c = coupling_new(sizes[s][0], sizes[s][1], sizes[s][2]);
        float *x = call_drawn(gt_shape_count(gt_tensor_shape(c.x)), 7, 1);
        gt_plan *exact = planned(&c, x, (gt_plan_options){.backend = gt_backend_oracle()});
        for (int threads = 1; threads <= 3; threads++) {
            gt_plan *plan = planned(&c, x, (gt_plan_options){.threads = threads});
            judge(&c, plan, exact);
            check_alone(&c, plan, threads);
            gt_plan_destroy(plan);
        }
        gt_plan_destroy(exact);
        free(x);
        coupling_end(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_and_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
