/* plan_rematerialize_test.c - what is computed again in the backward pass: memory falls, the
 * bits stay, and only cheap values made of what is kept anyway are repeated. */
#include "plan_trial.h"

enum { LONGEST = 8, SMALL = 1 << 16 };

/* ---- Memory and bits -------------------------------------------------------------------- */

/* A residual network: the slope of each gelu needs what went into it in any case. */
static int residual(gt_graph *g, gt_tensor **leaves, gt_tensor **outputs) {
    enum { BLOCKS = 4, CHANNELS = 16 };
    gt_tensor *x = leaves[0] = gt_input(g, "x", GT_SHAPE(2, CHANNELS, 32, 32));
    for (int i = 0; i < BLOCKS; i++) {
        gt_tensor *w =
            gt_parameter(g, "w", GT_SHAPE(CHANNELS, CHANNELS, 3, 3), (int64_t)i * 2304);
        leaves[1 + i] = w;
        x = gt_add(g, x, gt_conv2d(g, gt_gelu(g, x), w, NULL, (gt_conv){1, 1, 1}));
    }
    outputs[0] = gt_mean(g, gt_square(g, x));
    gt_grad(g, outputs[0], leaves, BLOCKS + 1, outputs + 1);
    return BLOCKS + 2;
}

typedef struct both_ways {
    gt_plan *again, *kept;
} both_ways;

static both_ways run_residual(gt_graph *g, gt_tensor **leaves, gt_tensor *const *outputs,
                              int count, const gt_backend *backend, const float *data) {
    gt_error err;
    both_ways b;
    gt_plan_options options = {.threads = 2, .exact = true, .backend = backend};
    b.again = plan_of(g, outputs, count, options);
    options.keep_activations = true;
    b.kept = plan_of(g, outputs, count, options);
    gt_plan *plans[] = {b.again, b.kept};
    for (int i = 0; i < 2; i++) {
        gt_plan_bind_parameters(plans[i], data);
        assert_ok(gt_plan_bind(plans[i], leaves[0], data + 4 * 2304, &err), err);
        run_plan(plans[i]);
    }
    return b;
}

static void memory_falls_and_bits_stay(void **state) {
    enum { COUNT = 4 * 2304 + 2 * 16 * 32 * 32 };
    float *data = malloc(COUNT * sizeof *data);
    gt_rng_fill_normal((gt_rng_key){4, 0, 0}, 0, COUNT, data);
    for (int i = 0; i < COUNT; i++) data[i] *= 0.1f;
    for (int exact = 0; exact < 2; exact++) {
        gt_tensor *leaves[8], *outputs[8];
        gt_graph *g = gt_graph_create();
        int count = residual(g, leaves, outputs);
        both_ways b =
            run_residual(g, leaves, outputs, count, exact ? gt_backend_oracle() : NULL, data);
        for (int i = 0; i < count; i++) {
            size_t floats = (size_t)gt_shape_count(gt_tensor_shape(outputs[i]));
            assert_memory_equal(gt_plan_output(b.again, i), gt_plan_output(b.kept, i),
                                floats * sizeof(float));
        }
        double share = (double)b.again->arena_bytes / (double)b.kept->arena_bytes;
        print_message("%s: %.2f of the memory\n", b.again->backend->name, share);
        assert_true(share < 0.85);
        assert_true(count_op(b.again, GT_OP_GELU) > count_op(b.kept, GT_OP_GELU));
        gt_plan_destroy(b.again);
        gt_plan_destroy(b.kept);
        gt_graph_destroy(g);
    }
    free(data);
}

/* ---- Any graph -------------------------------------------------------------------------- */

/* By the backward pass as it was before anything was repeated. */
static bool needed_in_backward(const gt_plan *plan, const gt_value *v, int known) {
    for (int i = 0; i < v->user_count; i++)
        if (v->users[i] < known && gt_at(plan, v->users[i])->backward) return true;
    return v->wanted;
}

/* Repetitions stand behind all values that there were before. */
static int length_of(const gt_plan *plan, const gt_value *v, int known) {
    int length = 1;
    for (int i = 0; i < v->input_count; i++)
        if (v->inputs[i] >= known) length += length_of(plan, gt_at(plan, v->inputs[i]), known);
    return length;
}

static void check_repetition(const trial *t, const gt_value *v, int known) {
    const gt_plan *plan = t->plan;
    if (!gt_is_elementwise(v) || !v->backward || v->hoisted || v->wanted || v->bytes <= SMALL ||
        v->user_count == 0)
        fail_msg("%s: value %d of op %d is repeated", t->name, v->id, v->op);
    if (length_of(plan, v, known) > LONGEST)
        fail_msg("%s: value %d takes %d ops to repeat", t->name, v->id,
                 length_of(plan, v, known));
    for (int i = 0; i < v->input_count; i++) {
        const gt_value *u = gt_at(plan, v->inputs[i]);
        bool there = u->id >= known || gt_is_leaf(u) || u->hoisted || u->bytes <= SMALL ||
                     needed_in_backward(plan, u, known);
        if (!there || u->order >= v->order)
            fail_msg("%s: the repetition %d keeps value %d", t->name, v->id, u->id);
    }
    for (int i = 0; i < v->user_count; i++) {
        const gt_value *w = gt_at(plan, v->users[i]);
        if (!w->backward || w->order <= v->order)
            fail_msg("%s: value %d reads the repetition %d", t->name, w->id, v->id);
    }
}

/* An elementwise reader has a repetition to itself, which then fuses with it. */
static void readers_share_no_repetition(const trial *t, const gt_value *v) {
    int elementwise = 0;
    for (int i = 0; i < v->user_count; i++)
        elementwise += gt_is_elementwise(gt_at(t->plan, v->users[i]));
    bool one_reader = true; /* x * x reads it twice */
    for (int i = 1; i < v->user_count; i++)
        one_reader = one_reader && v->users[i] == v->users[0];
    if (elementwise > 0 && !one_reader)
        fail_msg("%s: %d values read the repetition %d", t->name, v->user_count, v->id);
}

static int repeated;

static void repetitions_are_cheap(uint64_t seed) {
    trial t;
    make_trial(&t, seed, 32);
    t.plan = plan_until(BUILT, t.m.g, t.outputs, t.count, (gt_plan_options){.threads = 1});
    int known = t.plan->value_count, before[GT_OP_COUNT];
    for (int op = 0; op < GT_OP_COUNT; op++) before[op] = count_op(t.plan, op);
    pass_on(t.plan, BUILT, REMATERIALIZED);
    for (int op = 0; op < GT_OP_COUNT; op++)
        if (gt_op_class_of((gt_op)op)->kind == GT_OTHER && op != GT_OP_BROADCAST)
            assert_int_equal(count_op(t.plan, op), before[op]);
    for (int i = known; i < t.plan->value_count; i++) {
        if (gt_at(t.plan, i)->dead) continue;
        check_repetition(&t, gt_at(t.plan, i), known);
        readers_share_no_repetition(&t, gt_at(t.plan, i));
        repeated++;
    }
    end_trial(&t);
}

static void repetitions_in_random_graphs(void **state) {
    repeated = 0;
    for (uint64_t seed = 0; seed < 120; seed++)
        if (seed % 4 != 3) repetitions_are_cheap(seed);
    print_message("90 random graphs: %d values are repeated\n", repeated);
    assert_true(repeated > 100);
}

/* A product's and another's gradient read gelu(x): they share one repetition, there before the
 * first of them. */
static void products_share_a_repetition(void **state) {
    enum { SIDE = 150 };
    trial t = {.name = "two products"};
    gt_graph *g = gt_graph_create();
    gt_tensor *in[] = {gt_input(g, "x", GT_SHAPE(SIDE, SIDE)),
                       gt_input(g, "y", GT_SHAPE(SIDE, SIDE)),
                       gt_input(g, "z", GT_SHAPE(SIDE, SIDE))};
    gt_tensor *gelu = gt_gelu(g, in[0]), *outputs[4];
    gt_tensor *sum = gt_add(g, gt_matmul(g, gelu, in[1], false, false),
                            gt_softmax(g, gt_matmul(g, gelu, in[2], false, false), 1));
    outputs[0] = gt_sum(g, gt_square(g, sum));
    gt_grad(g, outputs[0], in, 3, outputs + 1);
    t.plan = plan_until(BUILT, g, outputs, 4, (gt_plan_options){.threads = 1});
    int known = t.plan->value_count;
    pass_on(t.plan, BUILT, REMATERIALIZED);
    assert_int_equal(count_op(t.plan, GT_OP_GELU), 2);
    for (int i = known; i < t.plan->value_count; i++)
        if (!gt_at(t.plan, i)->dead) check_repetition(&t, gt_at(t.plan, i), known);
    gt_plan_destroy(t.plan);
    gt_graph_destroy(g);
}

/* ---- What is not repeated ---------------------------------------------------------------- */

/* Values that the pass adds to a product with gelu(f(x)) and its gradient; f is so many affine
 * functions, whose results nothing else needs, of x or its softmax. */
static int added(int64_t side, int links, bool wanted, bool heavy) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(side, side)), *outputs[3];
    gt_tensor *y = heavy ? gt_softmax(g, x, 1) : x;
    for (int i = 0; i < links; i++) y = gt_affine(g, y, 1.5, 0.1);
    y = gt_gelu(g, y);
    outputs[0] = gt_sum(g, gt_square(g, gt_softmax(g, gt_matmul(g, y, x, false, false), 1)));
    outputs[2] = y;
    gt_grad(g, outputs[0], &x, 1, &outputs[1]);
    gt_plan *plan =
        plan_until(BUILT, g, outputs, wanted ? 3 : 2, (gt_plan_options){.threads = 1});
    int before = 0, after = 0;
    for (int i = 0; i < plan->value_count; i++) before += !gt_at(plan, i)->dead;
    pass_on(plan, BUILT, REMATERIALIZED);
    for (int i = 0; i < plan->value_count; i++) after += !gt_at(plan, i)->dead;
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    return after - before;
}

/* What is small is kept, and with it large values that are made of it. */
static void large_values_of_small_ones_are_repeated(void **state) {
    enum { SIDE = 150 };
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(SIDE, SIDE)), *outputs[2];
    gt_tensor *small = gt_softmax(g, gt_input(g, "small", GT_SHAPE(1, SIDE)), 1);
    gt_tensor *y = gt_gelu(g, gt_add(g, x, small));
    outputs[0] = gt_sum(g, gt_square(g, y));
    gt_grad(g, outputs[0], &x, 1, &outputs[1]);
    gt_plan *plan = plan_until(REMATERIALIZED, g, outputs, 2, (gt_plan_options){.threads = 1});
    assert_int_equal(count_op(plan, GT_OP_SOFTMAX), 1);
    assert_true(count_op(plan, GT_OP_ADD) >= 2);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

static void only_what_pays_is_repeated(void **state) {
    assert_int_equal(added(129, 0, false, false), 1); /* gelu(x), for the product's gradient */
    assert_int_equal(added(128, 0, false, false), 0); /* 64 KiB are not worth it */
    assert_int_equal(added(129, 0, true, false), 0);  /* an output is kept in any case */
    assert_int_equal(added(129, 0, false, true), 1);  /* gelu of what its slope keeps */
    assert_int_equal(added(129, 7, false, false), 7 + 8); /* for the slope, for the product */
    assert_int_equal(added(129, 8, false, false), 8);     /* with gelu it would be nine */
    assert_int_equal(added(129, 9, false, false), 1);     /* what the slope keeps is there */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_falls_and_bits_stay),
        cmocka_unit_test(repetitions_in_random_graphs),
        cmocka_unit_test(products_share_a_repetition),
        cmocka_unit_test(large_values_of_small_ones_are_repeated),
        cmocka_unit_test(only_what_pays_is_repeated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
