/* plan_fuse_test.c - what is computed together: groups hold values of one shape and one level,
 * no heavy task lies between two of a group, and the bits are those of every value alone. */
#include "plan_trial.h"

/* ---- Any graph -------------------------------------------------------------------------- */

static const gt_value *behind_views(const gt_plan *plan, int id) {
    const gt_value *v = gt_at(plan, id);
    while (v->view) v = gt_at(plan, v->inputs[0]);
    return v;
}

/* The unit of work that computes a value: its group, or itself. */
static int unit_of(const gt_plan *plan, const gt_value *v) {
    return v->group >= 0 ? v->group : plan->group_count + v->id;
}

static void check_member(const trial *t, const gt_value *v) {
    const gt_plan *plan = t->plan;
    bool sum = v->op == GT_OP_SUM_TO;
    if (v->group < 0) {
        if (gt_is_elementwise(v) != v->view)
            fail_msg("%s: value %d is neither in a group nor a view", t->name, v->id);
        return;
    }
    const gt_group *group = &plan->groups[v->group];
    gt_shape shape = sum ? gt_at(plan, v->inputs[0])->shape : v->shape;
    if (!gt_is_elementwise(v) && !sum) fail_msg("%s: value %d in a group", t->name, v->id);
    if (!gt_shape_equal(shape, group->shape) || v->hoisted != group->hoisted ||
        v->level - sum != group->level)
        fail_msg("%s: value %d is not of its group's kind", t->name, v->id);
}

/* Takes units whose inputs are done until none is left: only a circle keeps some, that is work
 * between two members of a group. A sum is there when its group is done. */
static void no_work_between_members(const trial *t) {
    const gt_plan *plan = t->plan;
    int units = plan->group_count + plan->value_count, left = plan->value_count, before;
    bool *done = calloc((size_t)units, sizeof *done), *open = calloc((size_t)units, 1);
    bool *counted = calloc((size_t)plan->value_count, 1);
    do {
        before = left;
        memset(open, 0, (size_t)units);
        for (int i = 0; i < plan->value_count; i++) {
            const gt_value *v = gt_at(plan, i);
            for (int k = 0; !v->dead && !v->view && k < v->input_count; k++) {
                const gt_value *u = behind_views(plan, v->inputs[k]);
                bool inside = unit_of(plan, u) == unit_of(plan, v) && u->op != GT_OP_SUM_TO;
                if (!inside && !done[unit_of(plan, u)]) open[unit_of(plan, v)] = true;
            }
        }
        for (int i = 0; i < plan->value_count; i++) {
            const gt_value *v = gt_at(plan, i);
            if (counted[i] || (open[unit_of(plan, v)] && !v->dead && !v->view)) continue;
            done[unit_of(plan, v)] = counted[i] = true;
            left--;
        }
    } while (left > 0 && left < before);
    if (left > 0) fail_msg("%s: %d values wait for each other", t->name, left);
    free(done);
    free(open);
    free(counted);
}

static void groups_are_sound(trial *t) {
    int members = 0, in_lists = 0;
    for (int i = 0; i < t->plan->value_count; i++) {
        const gt_value *v = gt_at(t->plan, i);
        if (v->dead) continue;
        check_member(t, v);
        members += v->group >= 0;
    }
    for (int g = 0; g < t->plan->group_count; g++) {
        const gt_group *group = &t->plan->groups[g];
        in_lists += group->member_count;
        for (int i = 0; i < group->member_count; i++)
            assert_int_equal(gt_at(t->plan, group->members[i])->group, g);
    }
    assert_int_equal(members, in_lists);
    no_work_between_members(t);
}

static void groups_of_random_graphs(void **state) {
    each_plan(200, FUSED, groups_are_sound);
}

/* ---- The same bits ----------------------------------------------------------------------- */

static bool has_sums(const gt_plan *plan, const gt_group *group) {
    for (int i = 0; i < group->member_count; i++)
        if (gt_at(plan, group->members[i])->op == GT_OP_SUM_TO) return true;
    return false;
}

/* Every member a group of its own. The processor adds numbers up in the order in which the pass
 * that holds the sum walks: there, such groups stay whole. */
static void take_apart(gt_plan *plan) {
    bool in_any_order = plan->backend == gt_backend_oracle();
    gt_group *groups =
        gt_pool(plan, (size_t)(plan->value_count + plan->group_count) * sizeof *groups);
    memcpy(groups, plan->groups, (size_t)plan->group_count * sizeof *groups);
    int count = plan->group_count;
    for (int g = 0; g < plan->group_count; g++) {
        const gt_group *whole = &plan->groups[g];
        if (!in_any_order && has_sums(plan, whole)) continue;
        for (int i = 1; i < whole->member_count; i++) {
            groups[count] = *whole;
            groups[count].members = whole->members + i;
            groups[count].member_count = 1;
            gt_at(plan, whole->members[i])->group = count++;
        }
        if (whole->member_count > 1) groups[g].member_count = 1;
    }
    plan->groups = groups;
    plan->group_count = count;
}

static void fused_and_alone(uint64_t seed, int64_t size, const gt_backend *backend) {
    trial t;
    gt_plan *plans[2];
    make_trial(&t, seed, size);
    for (int alone = 0; alone < 2; alone++) {
        gt_plan_options options = {.threads = 2, .backend = backend};
        plans[alone] = plan_until(LAID_OUT, t.m.g, t.outputs, t.count, options);
        if (alone) take_apart(plans[alone]);
        pass_on(plans[alone], LAID_OUT, PLACED);
        bind_trial(&t, plans[alone]);
        run_plan(plans[alone]);
    }
    for (int i = 0; i < t.count; i++) {
        size_t bytes = (size_t)gt_shape_count(gt_tensor_shape(t.outputs[i])) * sizeof(float);
        if (memcmp(gt_plan_output(plans[0], i), gt_plan_output(plans[1], i), bytes) != 0)
            fail_msg("%s: output %d on the %s is not the same alone", t.name, i,
                     plans[0]->backend->name);
    }
    assert_true(count_tasks(plans[0], plans[0]->backend->elementwise) <=
                count_tasks(plans[1], plans[1]->backend->elementwise));
    for (int i = 0; i < 2; i++) gt_plan_destroy(plans[i]);
    end_trial(&t);
}

static void the_bits_are_those_of_each_alone(void **state) {
    for (uint64_t seed = 0; seed < 100; seed++) {
        fused_and_alone(seed, 8, gt_backend_oracle());
        fused_and_alone(seed, seed % 16 == 0 ? 32 : 8, gt_backend_default());
    }
}

/* ---- What joins -------------------------------------------------------------------------- */

static int passes_over_memory(gt_graph *g, gt_tensor *const *outputs, int count) {
    gt_plan *plan = plan_until(LOWERED, g, outputs, count, (gt_plan_options){.threads = 1});
    int tasks = count_tasks(plan, plan->backend->elementwise);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    return tasks;
}

/* A chain is one pass, with the sums of what it computes or reads; a softmax cuts it. */
static void chains_are_one_pass(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(4, 100)), *y = gt_tanh(g, gt_exp(g, gt_neg(g, x)));
    gt_tensor *both[] = {gt_mean(g, gt_square(g, y)), gt_sum(g, x)};
    assert_int_equal(passes_over_memory(g, both, 2), 1 + 1); /* the mean's scaling is its own */

    g = gt_graph_create();
    x = gt_input(g, "x", GT_SHAPE(4, 100));
    y = gt_exp(g, gt_softmax(g, gt_exp(g, x), 1));
    assert_int_equal(passes_over_memory(g, &y, 1), 2);

    g = gt_graph_create(); /* two that read one thing, though neither reads the other */
    x = gt_input(g, "x", GT_SHAPE(4, 100));
    both[0] = gt_exp(g, x);
    both[1] = gt_tanh(g, x);
    assert_int_equal(passes_over_memory(g, both, 2), 1);

    g = gt_graph_create(); /* a level apart: y waits for the softmax of x */
    x = gt_input(g, "x", GT_SHAPE(4, 100));
    both[0] = gt_exp(g, x);
    both[1] = gt_mul(g, x, gt_softmax(g, both[0], 1));
    assert_int_equal(passes_over_memory(g, both, 2), 2);

    g = gt_graph_create(); /* what parameters alone make is there from the start */
    x = gt_input(g, "x", GT_SHAPE(4, 100));
    both[0] = gt_exp(g, x);
    both[1] = gt_mul(g, x, gt_softmax(g, gt_parameter(g, "p", GT_SHAPE(4, 100), 0), 1));
    assert_int_equal(passes_over_memory(g, both, 2), 1);

    g = gt_graph_create(); /* broadcasts are read by strides, with no pass of their own */
    x = gt_input(g, "x", GT_SHAPE(4, 100));
    y = gt_add(g, x, gt_input(g, "bias", GT_SHAPE(1, 100)));
    assert_int_equal(passes_over_memory(g, &y, 1), 1);
}

/* A backward value that needs forward values alone is computed where it is used, not early. */
static void early_gradients_wait(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(8, 64)), *outputs[2];
    outputs[0] = gt_sum(g, gt_square(g, gt_softmax(g, gt_tanh(g, x), 1)));
    gt_grad(g, outputs[0], &x, 1, &outputs[1]);
    gt_plan *plan = plan_until(FUSED, g, outputs, 2, (gt_plan_options){.threads = 1});
    int found = 0;
    const gt_value *tanh = NULL, *gradient = gt_at(plan, plan->outputs[1].value);
    for (int i = 0; i < plan->value_count; i++)
        if (!gt_at(plan, i)->dead && gt_at(plan, i)->op == GT_OP_TANH) tanh = gt_at(plan, i);
    for (int i = 0; i < tanh->user_count; i++) {
        const gt_value *slope = gt_at(plan, tanh->users[i]);
        if (!slope->backward || !gt_is_elementwise(slope)) continue;
        assert_int_equal(slope->group, gradient->group);
        found++;
    }
    assert_true(found > 0 && gradient->group != tanh->group);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

/* ---- Convolutions that add, and that clip ------------------------------------------------ */

enum { SIDE = 6, CHANNELS = 16, PIXELS = CHANNELS * SIDE * SIDE };

static gt_tensor *conv(gt_graph *g, gt_tensor *x, const char *name, int64_t start) {
    gt_tensor *w = gt_parameter(g, name, GT_SHAPE(CHANNELS, CHANNELS, 3, 3), start);
    return gt_conv2d(g, x, w, NULL, (gt_conv){1, 1, 1});
}

typedef struct adding_case {
    const char *name;
    int adders; /* convolutions that add in place */
    int adds;   /* ADDs that are left */
    int (*build)(gt_graph *g, gt_tensor **in, gt_tensor **out);
    int clippers; /* convolutions that make what is below 0 to 0 */
    int maskers;  /* data gradients that a RELU's slope masks; if any, also without `exact` */
    int told;     /* sums over channels that those tell */
} adding_case;

static int into_a_chain(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[0] = gt_add(g, gt_exp(g, in[0]), conv(g, in[0], "a", 0));
    return 1;
}
static int first_operand(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[0] = gt_add(g, conv(g, in[0], "a", 0), gt_exp(g, in[0]));
    return 1;
}
static int two_convolutions(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *c = conv(g, in[0], "a", 0);
    out[0] = gt_add(g, conv(g, gt_exp(g, in[0]), "b", 2304), c);
    return 1;
}
static int three_in_a_row(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *sum = gt_add(g, gt_exp(g, in[0]), conv(g, in[0], "a", 0));
    out[0] = gt_add(g, sum, conv(g, in[0], "b", 2304));
    return 1;
}
static int into_the_callers_memory(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[0] = gt_add(g, in[1], conv(g, in[0], "a", 0));
    return 1;
}
static int into_what_others_read(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *e = gt_exp(g, in[0]);
    out[0] = gt_add(g, e, conv(g, in[0], "a", 0));
    out[1] = gt_softmax(g, e, 2);
    return 2;
}
static int into_an_output(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[0] = gt_exp(g, in[0]);
    out[1] = gt_add(g, out[0], conv(g, in[0], "a", 0));
    return 2;
}
static int a_result_others_read(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *c = conv(g, in[0], "a", 0);
    out[0] = gt_add(g, gt_exp(g, in[0]), c);
    out[1] = gt_softmax(g, c, 2);
    return 2;
}
static int to_itself(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *c = conv(g, in[0], "a", 0);
    out[0] = gt_add(g, c, c);
    return 1;
}
static int into_a_broadcast(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *sum = gt_sum_to(g, in[0], GT_SHAPE(1, CHANNELS, 1, 1));
    out[0] = gt_add(g, sum, conv(g, in[0], "a", 0));
    return 1;
}
static int into_another_view(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *flat = gt_reshape(g, gt_exp(g, in[0]), GT_SHAPE(PIXELS * 2));
    out[0] = gt_add(g, gt_reshape(g, flat, GT_SHAPE(2, CHANNELS, SIDE, SIDE)),
                    conv(g, in[0], "a", 0));
    out[1] = gt_sum(g, gt_tanh(g, flat));
    return 2;
}

static int into_an_output_that_adds(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[0] = gt_add(g, gt_exp(g, in[0]), conv(g, in[0], "a", 0));
    out[1] = gt_add(g, out[0], conv(g, in[0], "b", 2304));
    return 2;
}

/* What changes with the parameters alone is computed once, not in every run. */
static int of_parameters_alone(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *ones = gt_constant(g, 1, GT_SHAPE(2, CHANNELS, SIDE, SIDE));
    out[0] = gt_add(g, gt_exp(g, in[0]), conv(g, ones, "a", 0));
    return 1;
}

static int clipped(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[0] = conv(g, gt_relu(g, conv(g, in[0], "a", 0)), "b", 2304);
    return 1;
}
static int added_then_clipped(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *sum = gt_add(g, gt_exp(g, in[0]), conv(g, in[0], "a", 0));
    out[0] = conv(g, gt_relu(g, sum), "b", 2304);
    return 1;
}
static int clipped_for_gradients(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    clipped(g, in, out);
    gt_tensor *sum = gt_sum(g, out[0]);
    gt_grad(g, sum, in, 1, out + 1);
    return 2;
}
static int clipped_in_passing(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *y = gt_relu(g, conv(g, in[0], "a", 0));
    out[0] = gt_add(g, conv(g, y, "b", 2304), gt_softmax(g, gt_exp(g, y), 2));
    return 1;
}
static int clipped_is_an_output(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[1] = gt_relu(g, conv(g, in[0], "a", 0));
    out[0] = conv(g, out[1], "b", 2304);
    return 2;
}
static int unclipped_is_an_output(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    out[1] = conv(g, in[0], "a", 0);
    out[0] = conv(g, gt_relu(g, out[1]), "b", 2304);
    return 2;
}

/* A hidden layer with a bias, of which all is differentiated. */
static int gradients_of(gt_graph *g, gt_tensor **in, gt_tensor **out, gt_tensor *y,
                        gt_tensor *bias) {
    gt_tensor *leaves[] = {in[0], bias};
    gt_grad(g, gt_affine(g, gt_sum(g, gt_square(g, y)), 0.1, 0), leaves, bias ? 2 : 1, out);
    return bias ? 2 : 1;
}
static gt_tensor *biased(gt_graph *g, gt_tensor *x, gt_tensor *bias) {
    gt_tensor *w = gt_parameter(g, "a", GT_SHAPE(CHANNELS, CHANNELS, 3, 3), 0);
    return gt_conv2d(g, x, w, bias, (gt_conv){1, 1, 1});
}
static int masked_and_told(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *bias = gt_parameter(g, "c", GT_SHAPE(CHANNELS), 2304);
    gt_tensor *hidden = gt_relu(g, biased(g, in[0], bias));
    return gradients_of(g, in, out, conv(g, hidden, "b", 2304), bias);
}
static int masked_alone(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *hidden = gt_relu(g, conv(g, in[0], "a", 0));
    return gradients_of(g, in, out, conv(g, hidden, "b", 2304), NULL);
}
static int masked_in_passing(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *hidden = gt_relu(g, gt_mul(g, conv(g, in[0], "a", 0), gt_sigmoid(g, in[1])));
    return gradients_of(g, in, out, conv(g, hidden, "b", 2304), NULL);
}
static int masked_sum(gt_graph *g, gt_tensor **in, gt_tensor **out) {
    gt_tensor *hidden = gt_relu(g, conv(g, in[0], "a", 0));
    gt_tensor *y = gt_add(g, conv(g, hidden, "b", 2304), conv(g, hidden, "a", 0));
    return gradients_of(g, in, out, y, NULL);
}

static const adding_case adding[] = {
    {"into a chain", 1, 0, into_a_chain},
    {"as the first operand", 1, 0, first_operand},
    {"two convolutions", 1, 0, two_convolutions},
    {"three in a row", 2, 0, three_in_a_row},
    {"into the caller's memory", 0, 1, into_the_callers_memory},
    {"into what others read", 0, 1, into_what_others_read},
    {"into an output", 0, 1, into_an_output},
    {"a result that others read", 0, 1, a_result_others_read},
    {"to itself", 0, 1, to_itself},
    {"into a broadcast", 0, 1, into_a_broadcast},
    {"into another's view", 0, 1, into_another_view},
    {"into an output that adds", 1, 1, into_an_output_that_adds},
    {"of parameters alone", 0, 1, of_parameters_alone},
    {"clipped", 0, 0, clipped, 1},
    {"added, then clipped", 1, 0, added_then_clipped, 1},
    {"clipped, read by gradients", 0, 0, clipped_for_gradients, 1},
    {"masked, with totals", 0, 0, masked_and_told, 1, 1, 1},
    {"masked", 0, 0, masked_alone, 1, 1},
    {"masked in passing", 0, 0, masked_in_passing},
    {"masked after a sum", 1, 1, masked_sum, 1},
    {"clipped in passing", 1, 0, clipped_in_passing},
    {"an output that is clipped", 0, 0, clipped_is_an_output},
    {"clipped beside an output", 0, 0, unclipped_is_an_output},
};

/* Runs once, on either backend; returns the plan. */
static gt_plan *run_adding(gt_graph *g, gt_tensor *const *in, gt_tensor *const *out, int count,
                           const float *data, bool exact, const gt_backend *backend) {
    gt_error err;
    gt_plan *plan =
        plan_of(g, out, count, (gt_plan_options){.exact = exact, .backend = backend});
    gt_plan_bind_parameters(plan, data);
    for (int i = 0; i < 2; i++)
        assert_ok(gt_plan_bind(plan, in[i], data + 2 * 2304, &err), err);
    run_plan(plan);
    return plan;
}

/* With all that is exact nothing is masked, so that sums are added up as they always were. */
static void check_adding(const adding_case *c, const float *data, bool exact) {
    gt_tensor *out[2];
    gt_graph *g = gt_graph_create();
    gt_tensor *in[2] = {gt_input(g, "x", GT_SHAPE(2, CHANNELS, SIDE, SIDE)),
                        gt_input(g, "y", GT_SHAPE(2, CHANNELS, SIDE, SIDE))};
    int count = c->build(g, in, out), adders = 0, clippers = 0, maskers = 0, told = 0;
    gt_plan *fast = run_adding(g, in, out, count, data, exact, NULL);
    gt_plan *wide = run_adding(g, in, out, count, data, exact, gt_backend_oracle());
    for (int i = 0; i < fast->value_count; i++) {
        const gt_value *v = gt_at(fast, i);
        clippers += !v->dead && v->clips;
        adders += !v->dead && v->accumulates;
        maskers += !v->dead && v->masks;
        told += !v->dead && v->told;
    }
    if (clippers != c->clippers) fail_msg("%s: %d convolutions clip", c->name, clippers);
    if (maskers != (exact ? 0 : c->maskers) || told != (exact ? 0 : c->told))
        fail_msg("%s: %d convolutions mask, %d totals", c->name, maskers, told);
    if (adders != c->adders || count_op(fast, GT_OP_ADD) != c->adds)
        fail_msg("%s: %d convolutions add, %d sums are left", c->name, adders,
                 count_op(fast, GT_OP_ADD));
    for (int o = 0; o < count; o++)
        for (int64_t k = 0; k < gt_shape_count(gt_tensor_shape(out[o])); k++) {
            double want = gt_plan_output(wide, o)[k], got = gt_plan_output(fast, o)[k];
            if (!(fabs(got - want) <= 3e-6 * (1 + fabs(want))))
                fail_msg("%s: %g, expected %g", c->name, got, want);
        }
    gt_plan_destroy(fast);
    gt_plan_destroy(wide);
    gt_graph_destroy(g);
}

static void convolutions_add_and_clip_where_nobody_minds(void **state) {
    float *data = malloc((2 * 2304 + 2 * PIXELS) * sizeof *data);
    gt_rng_fill_normal((gt_rng_key){9, 0, 0}, 0, 2 * 2304 + 2 * PIXELS, data);
    for (int i = 0; i < 2 * 2304; i++) data[i] *= 0.1f;
    for (size_t i = 0; i < sizeof adding / sizeof *adding; i++) {
        check_adding(&adding[i], data, true);
        if (adding[i].maskers) check_adding(&adding[i], data, false);
    }
    free(data);
}

/* Of two, the one that the program has later adds: the other is there by then. */
static void the_later_convolution_adds(void **state) {
    gt_tensor *out[2];
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, CHANNELS, SIDE, SIDE));
    int count = two_convolutions(g, &x, out); /* of x, then of exp(x) */
    gt_plan *plan = plan_until(FUSED, g, out, count, (gt_plan_options){.threads = 1});
    const gt_value *sum = gt_at(plan, plan->outputs[0].value);
    assert_true(sum->accumulates && gt_at(plan, sum->inputs[0])->op == GT_OP_EXP);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

/* ---- Long and wide ----------------------------------------------------------------------- */

/* More than a program has registers for: as long as 1500 ops, as wide as 900 inputs. */
static void groups_end_when_they_are_full(void **state) {
    enum { LENGTH = 1500, WIDTH = 900 };
    gt_error err;
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(3)), *outputs[2] = {x, x};
    float data[3] = {0, 1, -2}, *rows = malloc(WIDTH * 3 * sizeof *rows);
    for (int i = 0; i < LENGTH; i++)
        outputs[0] = i % 2 ? gt_neg(g, outputs[0]) : gt_add(g, outputs[0], x);
    gt_tensor *inputs[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        inputs[i] = gt_input(g, "row", GT_SHAPE(3));
        outputs[1] = gt_add(g, outputs[1], gt_abs(g, inputs[i]));
        for (int k = 0; k < 3; k++) rows[3 * i + k] = (float)(k - 1);
    }
    gt_plan *plan = plan_of(g, outputs, 2, (gt_plan_options){.threads = 1});
    for (int t = 0; t < plan->task_count; t++)
        if (plan->tasks[t]->call.program)
            assert_in_range(plan->tasks[t]->call.program->register_count, 1,
                            GT_PROGRAM_REGISTERS);
    assert_ok(gt_plan_bind(plan, x, data, &err), err);
    for (int i = 0; i < WIDTH; i++)
        assert_ok(gt_plan_bind(plan, inputs[i], rows + 3 * i, &err), err);
    run_plan(plan);
    for (int k = 0; k < 3; k++) {
        float want = data[k]; /* y = -(y + x), over and over */
        for (int i = 0; i < LENGTH; i++) want = i % 2 ? -want : want + data[k];
        assert_true(gt_plan_output(plan, 0)[k] == want);
        assert_true(gt_plan_output(plan, 1)[k] == data[k] + (k == 1 ? 0 : WIDTH));
    }
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_of_random_graphs),
        cmocka_unit_test(the_bits_are_those_of_each_alone),
        cmocka_unit_test(chains_are_one_pass),
        cmocka_unit_test(early_gradients_wait),
        cmocka_unit_test(convolutions_add_and_clip_where_nobody_minds),
        cmocka_unit_test(the_later_convolution_adds),
        cmocka_unit_test(groups_end_when_they_are_full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
