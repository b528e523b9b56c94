/* plan_lower_test.c - values to tasks: who writes what and where it is kept, what goes straight
 * to the caller, whose weights are packed together, and what a backend cannot do. */
#include "plan_trial.h"

/* ---- Kernels there are ------------------------------------------------------------------- */

static bool has_no_kernel(int op) {
    gt_op_kind kind = gt_op_class_of((gt_op)op)->kind;
    return kind != GT_OTHER || op == GT_OP_BROADCAST || op == GT_OP_RESHAPE;
}

static void check_table(const gt_backend *backend) {
    assert_true(backend->elementwise && backend->noise && backend->fetch && backend->allocate &&
                backend->release && backend->name[0]);
    assert_true((backend->block > 0) == (backend->reorder != NULL));
    for (int op = 0; op < GT_OP_COUNT; op++) {
        const gt_kernel *kernel = backend->kernels[op];
        if (!has_no_kernel(op) && (!kernel || !kernel->run || !kernel->name))
            fail_msg("the backend '%s' lacks %s", backend->name,
                     gt_op_class_of((gt_op)op)->name);
        if (kernel && kernel->packing)
            assert_true(kernel->packing->bytes && kernel->packing->alike &&
                        kernel->packing->pack);
        /* what adds lies where its last input does, not at the caller's */
        if (kernel) assert_false(kernel->adds && kernel->straight);
    }
}

static void backends_are_whole(void **state) {
    assert_string_equal(gt_backend_default()->name, "cpu");
    assert_string_equal(gt_backend_oracle()->name, "oracle");
    check_table(gt_backend_default());
    check_table(gt_backend_oracle());
}

/* Without the kernel of an op a plan is refused that needs it, and no other. */
static void what_has_no_kernel_is_refused(void **state) {
    for (int op = 0; op < GT_OP_COUNT; op++) {
        if (has_no_kernel(op)) continue;
        gt_error err;
        gt_plan *plan = NULL;
        own_backend own;
        begin_backend(&own);
        own.kernels[op] = NULL;
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, 1 << 14)), *pair[] = {x, x};
        gt_shape shape = op == GT_OP_SUM_TO ? GT_SHAPE(1, 1 << 14) : GT_SHAPE(2, 1 << 14);
        gt_tensor *y = gt_graph_append(g, (gt_op)op, shape, pair, 2, NULL, ""), *other;
        other = gt_exp(g, op == GT_OP_SOFTMAX ? gt_glu(g, x, 1) : gt_softmax(g, x, 1));
        gt_plan_options options = {.threads = 1, .backend = &own.table};
        char want[128];
        snprintf(want, sizeof want, "the backend 'small' has no kernel for %s",
                 gt_op_class_of((gt_op)op)->name);
        assert_int_equal(gt_plan_create(g, &y, 1, &options, &plan, &err), GT_UNSUPPORTED);
        assert_string_equal(err.text, want);
        assert_null(plan);
        assert_ok(gt_plan_create(g, &other, 1, &options, &plan, &err), err);
        gt_plan_destroy(plan);
        gt_graph_destroy(g);
    }
}

/* ---- Who writes what --------------------------------------------------------------------- */

static gt_storage expected_storage(const gt_plan *plan, const gt_value *v, int writers) {
    bool in_place = !plan->backend->load && gt_is_leaf(v) && v->op != GT_OP_RANDOM;
    if (v->op == GT_OP_RESHAPE || v->accumulates) return GT_STORE_ALIAS;
    if (v->op != GT_OP_CONSTANT && in_place) return GT_STORE_LEAF;
    if (writers == 0) return GT_STORE_NONE;
    return v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
}

static void values_have_one_writer(trial *t) {
    const gt_plan *plan = t->plan;
    int *writers = calloc((size_t)plan->value_count, sizeof *writers);
    for (int k = 0; k < plan->task_count; k++)
        for (int i = 0; i < plan->tasks[k]->write_count; i++)
            writers[plan->tasks[k]->writes[i]]++;
    for (int i = 0; i < plan->value_count; i++) {
        const gt_value *v = gt_at(plan, i);
        bool straight = v->storage == GT_STORE_OUTPUT;
        if (v->dead) continue;
        if (writers[i] > 1 || (v->accumulates && writers[i] != 1))
            fail_msg("%s: %d tasks write value %d", t->name, writers[i], i);
        if (straight ? !v->wanted || v->hoisted || writers[i] != 1
                     : v->storage != expected_storage(plan, v, writers[i]))
            fail_msg("%s: value %d of op %d is kept in the wrong way (%d)", t->name, i, v->op,
                     (int)v->storage);
    }
    free(writers);
}

/* Each output is fetched once, or written straight by the one task that computes it. */
static void outputs_arrive_once(trial *t) {
    const gt_plan *plan = t->plan;
    for (int o = 0; o < plan->output_count; o++) {
        int ways = 0;
        for (int k = 0; k < plan->task_count; k++) ways += plan->tasks[k]->output == o;
        if (ways != 1) fail_msg("%s: %d tasks give output %d", t->name, ways, o);
    }
}

static void check_tasks(trial *t) {
    values_have_one_writer(t);
    outputs_arrive_once(t);
}

static void tasks_of_random_plans(void **state) {
    each_plan(150, LOWERED, check_tasks);
}

/* ---- Straight to the caller -------------------------------------------------------------- */

enum { CHANNELS = 16, SIDE = 5, WEIGHTS = CHANNELS * CHANNELS * 9 };

typedef struct layer {
    gt_graph *g;
    gt_tensor *x, *w, *loss, *gradient;
} layer;

static layer make_layer(void) {
    layer l = {.g = gt_graph_create()};
    l.x = gt_input(l.g, "x", GT_SHAPE(2, CHANNELS, SIDE, SIDE));
    l.w = gt_parameter(l.g, "w", GT_SHAPE(CHANNELS, CHANNELS, 3, 3), 0);
    l.loss = gt_sum(l.g, gt_square(l.g, gt_conv2d(l.g, l.x, l.w, NULL, (gt_conv){1, 1, 1})));
    gt_grad(l.g, l.loss, &l.w, 1, &l.gradient);
    return l;
}

static int fetches(layer l, gt_tensor *const *outputs, int count) {
    gt_plan *plan = plan_until(LOWERED, l.g, outputs, count, (gt_plan_options){0});
    int fetched = count_tasks(plan, plan->backend->fetch);
    gt_plan_destroy(plan);
    gt_graph_destroy(l.g);
    return fetched;
}

/* What nothing but one output wants is written there; what two want, or others read, is not. */
static void lone_results_go_straight(void **state) {
    layer l = make_layer();
    assert_int_equal(fetches(l, (gt_tensor *[]){l.loss, l.gradient}, 2), 1);
    l = make_layer();
    assert_int_equal(fetches(l, (gt_tensor *[]){l.gradient, l.gradient}, 2), 2);
    l = make_layer();
    assert_int_equal(fetches(l, (gt_tensor *[]){l.gradient, gt_exp(l.g, l.gradient)}, 2), 2);
    l = make_layer(); /* of parameters alone: kept, as it is not computed in every run */
    gt_tensor *image = gt_parameter(l.g, "image", gt_tensor_shape(l.x), WEIGHTS);
    l.loss = gt_sum(l.g, gt_square(l.g, gt_conv2d(l.g, image, l.w, NULL, (gt_conv){1, 1, 1})));
    gt_grad(l.g, l.loss, &l.w, 1, &l.gradient);
    assert_int_equal(fetches(l, &l.gradient, 1), 1);
}

/* ---- Packed together --------------------------------------------------------------------- */

static int packings(gt_graph *g, gt_tensor *y, bool *each_run) {
    int count = 0;
    gt_plan *plan = plan_until(LOWERED, g, &y, 1, (gt_plan_options){.exact = true});
    *each_run = false;
    for (int t = 0; t < plan->task_count; t++) {
        count += plan->tasks[t]->packs_for != NULL;
        *each_run = *each_run || plan->tasks[t]->packs_each_run;
    }
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    return count;
}

/* Two convolutions by one parameter share what is packed; weights made in a run are packed in
 * it. */
static void weights_are_packed_once(void **state) {
    bool each_run;
    gt_conv how = {1, 1, 1};
    gt_shape images = GT_SHAPE(2, CHANNELS, SIDE, SIDE);
    layer l = make_layer();
    gt_tensor *twice =
        gt_conv2d(l.g, gt_tanh(l.g, gt_conv2d(l.g, l.x, l.w, NULL, how)), l.w, NULL, how);
    assert_int_equal(packings(l.g, twice, &each_run), 1);
    assert_false(each_run);
    l = make_layer();
    gt_tensor *v = gt_parameter(l.g, "v", gt_tensor_shape(l.w), WEIGHTS);
    twice = gt_conv2d(l.g, gt_conv2d(l.g, l.x, l.w, NULL, how), v, NULL, how);
    assert_int_equal(packings(l.g, twice, &each_run), 2);
    assert_false(each_run);
    l = make_layer();
    gt_tensor *made = gt_mul(l.g, l.w, gt_sum(l.g, l.x));
    assert_int_equal(packings(l.g, gt_conv2d(l.g, l.x, made, NULL, how), &each_run), 0);
    assert_true(each_run);
    l = make_layer(); /* a convolution of parameters alone packs when it runs: once a change */
    gt_tensor *image = gt_parameter(l.g, "image", images, WEIGHTS);
    twice = gt_conv2d(l.g, image, l.w, NULL, how);
    assert_int_equal(packings(l.g, gt_add(l.g, l.x, twice), &each_run), 0);
    assert_true(each_run);
}

/* ---- A kernel that packs and works beside its operands ------------------------------------
 */

enum { COUNT = 24, SCRATCH = 100 };

static int times_packed;

static size_t tenfold_bytes(const gt_call *call) {
    return COUNT * sizeof(double);
}
static bool tenfold_alike(const gt_call *a, const gt_call *b) {
    return a->attr->axis == b->attr->axis;
}
static gt_status tenfold_pack(const gt_call *call, const void *from, void *packed,
                              gt_error *err) {
    times_packed++;
    for (int i = 0; i < COUNT; i++) ((double *)packed)[i] = 10 * ((const double *)from)[i];
    return GT_OK;
}
static size_t some_scratch(const gt_call *call) {
    return SCRATCH;
}
/* a + 10 b, b packed before. */
static gt_status tenfold_run(const gt_call *call, gt_error *err) {
    const double *a = *call->inputs[0].data, *packed = call->packed;
    double *to = *call->result.data;
    memset(call->scratch, 0xff, SCRATCH);
    for (int i = 0; i < COUNT; i++) to[i] = a[i] + packed[i];
    return GT_OK;
}

static const gt_packing tenfold = {1, tenfold_bytes, tenfold_alike, tenfold_pack};
static const gt_kernel packer = {
    .name = "tenfold", .packing = &tenfold, .scratch = some_scratch, .run = tenfold_run};

typedef struct packing_case {
    const char *name;
    int ahead;        /* packings that tasks of their own do */
    int first, again; /* packings of the first run, of the next */
    struct {
        int a, b, axis;
    } product[2]; /* of the leaves below; the last may be none */
} packing_case;

enum { X = 1, Y, P, Q };

static const packing_case packing_cases[] = {
    {"a parameter", 1, 1, 0, {{X, P}}},
    {"one parameter for two", 1, 1, 0, {{X, P}, {Y, P}}},
    {"one parameter in two orders", 2, 2, 0, {{X, P}, {Y, P, 1}}},
    {"two parameters", 2, 2, 0, {{X, P}, {X, Q}}},
    {"an input", 0, 1, 1, {{X, Y}}},
    {"two inputs", 0, 2, 2, {{X, Y}, {P, X}}},
    {"of parameters alone", 0, 1, 0, {{P, Q}}},
    {"of parameters and of others", 1, 2, 0, {{P, Q}, {X, Q}}},
};

static void check_packing(const packing_case *c, const gt_backend *backend) {
    gt_error err;
    gt_graph *g = gt_graph_create();
    float data[5][COUNT];
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < COUNT; i++) data[k][i] = (float)((k + 2) * (i - 7));
    gt_tensor *leaf[] = {
        NULL, gt_input(g, "x", GT_SHAPE(COUNT)), gt_input(g, "y", GT_SHAPE(COUNT)),
        gt_parameter(g, "p", GT_SHAPE(COUNT), 0), gt_parameter(g, "q", GT_SHAPE(COUNT), COUNT)};
    gt_tensor *outputs[2];
    int count = 0, ahead = 0;
    for (; count < 2 && c->product[count].a; count++) {
        gt_tensor *pair[] = {leaf[c->product[count].a], leaf[c->product[count].b]};
        gt_attr attr = {.axis = c->product[count].axis};
        outputs[count] = gt_graph_append(g, GT_OP_MATMUL, GT_SHAPE(COUNT), pair, 2, &attr, "");
    }
    gt_plan *plan = plan_of(g, outputs, count, (gt_plan_options){.backend = backend});
    for (int t = 0; t < plan->task_count; t++) ahead += plan->tasks[t]->packs_for != NULL;
    gt_plan_bind_parameters(plan, data[P]);
    assert_ok(gt_plan_bind(plan, leaf[X], data[X], &err), err);
    assert_ok(gt_plan_bind(plan, leaf[Y], data[Y], &err), err);
    times_packed = 0;
    for (int run = 0; run < 2; run++) {
        run_plan(plan);
        if (ahead != c->ahead || times_packed != c->first + run * c->again)
            fail_msg("%s: %d packings ahead, %d in %d runs", c->name, ahead, times_packed,
                     run + 1);
        for (int o = 0; o < count; o++)
            for (int i = 0; i < COUNT; i++)
                if (gt_plan_output(plan, o)[i] !=
                    data[c->product[o].a][i] + 10 * data[c->product[o].b][i])
                    fail_msg("%s: output %d is wrong", c->name, o);
    }
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

static void packed_inputs_arrive(void **state) {
    own_backend own;
    begin_backend(&own);
    own.kernels[GT_OP_MATMUL] = &packer;
    for (size_t i = 0; i < sizeof packing_cases / sizeof *packing_cases; i++)
        check_packing(&packing_cases[i], &own.table);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(backends_are_whole),
                                       cmocka_unit_test(what_has_no_kernel_is_refused),
                                       cmocka_unit_test(tasks_of_random_plans),
                                       cmocka_unit_test(lone_results_go_straight),
                                       cmocka_unit_test(weights_are_packed_once),
                                       cmocka_unit_test(packed_inputs_arrive)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
