/* plan_layout_test.c - which images are blocked, and where they are brought into the other
 * layout: wherever a kernel meets one that it cannot read, and nowhere else. */
#include "plan_trial.h"

/* ---- Any graph -------------------------------------------------------------------------- */

static bool differs(const gt_plan *plan, gt_shape shape) {
    int block = plan->backend->block;
    return block > 0 && shape.rank == 4 && shape.dim[1] % block == 0 &&
           shape.dim[2] * shape.dim[3] > 1;
}

/* The layout in which a kernel must find its operand i; `any` when it takes both. */
static gt_layout wanted_layout(const gt_call *call, int i, bool *any) {
    const gt_kernel *kernel = call->kernel;
    bool channels = call->result.shape.rank == 4 && call->attr->axis == 1;
    *any = kernel->layout == GT_LAYOUT_WINDOW && channels;
    if (kernel->layout == GT_LAYOUT_PLAIN) return GT_PLAIN;
    if (kernel->layout != GT_LAYOUT_IMAGES) return call->result.layout;
    if (call->adds && i == call->input_count - 1) return call->result.layout;
    return kernel->images & 1u << i ? GT_BLOCKED : GT_PLAIN;
}

static void operands_are_readable(const trial *t, const gt_task *task) {
    const gt_call *call = &task->call;
    const gt_backend *backend = t->plan->backend;
    if (call->kernel == backend->fetch || call->kernel == backend->reorder ||
        call->kernel == backend->load || call->program || task->packs_for)
        return;
    for (int i = 0; i < call->input_count; i++) {
        bool any;
        gt_layout want = wanted_layout(call, i, &any);
        if (!any && differs(t->plan, call->inputs[i].shape) && call->inputs[i].layout != want)
            fail_msg("%s: %s of value %d reads its input %d in a layout it cannot", t->name,
                     call->kernel->name, task->value, i);
    }
}

/* A group walks its results in its own layout, and what it reads has that layout too. */
static void groups_have_one_layout(const trial *t, const gt_task *task) {
    const gt_plan *plan = t->plan;
    if (!task->call.program) return;
    const gt_group *group = &plan->groups[gt_at(plan, task->value)->group];
    for (int i = 0; i < task->read_count; i++) {
        const gt_value *v = gt_at(plan, task->reads[i]);
        if (differs(plan, v->shape) && v->layout != group->layout)
            fail_msg("%s: a group reads value %d in the other layout", t->name, v->id);
    }
    for (int i = 0; i < task->write_count; i++) {
        const gt_value *v = gt_at(plan, task->writes[i]);
        if (v->op != GT_OP_SUM_TO && differs(plan, v->shape) && v->layout != group->layout)
            fail_msg("%s: a group writes value %d in the other layout", t->name, v->id);
    }
}

/* Each reorder changes something, is the only one of its value, and somebody reads it. */
static void reorders_are_needed(const trial *t) {
    const gt_plan *plan = t->plan;
    int *of = calloc((size_t)plan->value_count, sizeof *of);
    for (int k = 0; k < plan->task_count; k++) {
        const gt_task *task = plan->tasks[k];
        if (task->call.kernel != plan->backend->reorder || !plan->backend->reorder) continue;
        const gt_value *from = gt_at(plan, task->reads[0]), *to = gt_at(plan, task->writes[0]);
        bool read = false;
        for (int i = 0; i < plan->task_count; i++)
            for (int r = 0; r < plan->tasks[i]->read_count; r++)
                read = read || plan->tasks[i]->reads[r] == to->id;
        if (!read || from->op == GT_IR_REORDER || from->layout == to->layout ||
            !differs(plan, from->shape) || of[from->id]++ > 0)
            fail_msg("%s: the reorder of value %d is not needed", t->name, from->id);
    }
    free(of);
}

static void check_layouts(trial *t) {
    for (int k = 0; k < t->plan->task_count; k++) {
        operands_are_readable(t, t->plan->tasks[k]);
        groups_have_one_layout(t, t->plan->tasks[k]);
    }
    reorders_are_needed(t);
    for (int i = 0; i < t->plan->value_count; i++) {
        const gt_value *v = gt_at(t->plan, i);
        if (v->layout == GT_BLOCKED && !v->dead)
            assert_true(v->shape.rank == 4 && t->plan->backend->block > 0 &&
                        v->shape.dim[1] % t->plan->backend->block == 0);
    }
}

static void layouts_of_random_plans(void **state) {
    each_plan(150, LOWERED, check_layouts);
}

/* ---- Where they stand ------------------------------------------------------------------- */

static gt_tensor *conv(gt_graph *g, gt_tensor *x, int64_t out, int k) {
    gt_tensor *w = gt_parameter(g, "w", GT_SHAPE(out, gt_tensor_dim(x, 1), k, k), 0);
    return gt_conv2d(g, x, w, NULL, (gt_conv){1, k / 2, 1});
}

/* With its uneven padding. */
static gt_tensor *conv_even(gt_graph *g, gt_tensor *x) {
    gt_tensor *w = gt_parameter(g, "w", GT_SHAPE(32, gt_tensor_dim(x, 1), 4, 4), 0);
    return gt_conv2d(g, x, w, NULL, (gt_conv){1, 2, 1, 1});
}

/* Both kinds of attention, side by side as the light-weight GAN has them. */
static gt_tensor *both_attentions(gt_graph *g, gt_tensor *x) {
    gt_tensor *q = conv(g, x, 32, 1), *kv = conv(g, x, 64, 1), *all = conv(g, x, 96, 1);
    gt_tensor *parts[] = {gt_gelu(g, gt_attend_wide(g, q, kv, 2)), gt_attend_near(g, all, 2)};
    return gt_add(g, x, conv(g, gt_concat(g, parts, 2, 1), 32, 1));
}

typedef struct layout_case {
    const char *name;
    int64_t channels, side;
    int reorders;
    int blocked; /* whether the result is */
    gt_tensor *(*build)(gt_graph *g, gt_tensor *x);
} layout_case;

/* clang-format off */
#define CASE(name, expression) \
    static gt_tensor *name(gt_graph *g, gt_tensor *x) { return expression; }
CASE(one_conv, conv(g, x, 16, 3))
CASE(narrow_conv, conv(g, x, 6, 3))
CASE(chain, conv(g, gt_gelu(g, conv(g, x, 32, 3)), 16, 1))
CASE(pooled, gt_upsample(g, gt_avg_pool(g, gt_exp(g, conv(g, x, 16, 3)), 2), 2))
CASE(no_conv, gt_avg_pool(g, gt_exp(g, x), 2))
CASE(joined, gt_slice(g, gt_concat(g, (gt_tensor *[]){conv(g, x, 16, 3), gt_exp(g, x)}, 2, 1), 1, 8, 16))
CASE(of_images, gt_exp(g, gt_slice(g, conv(g, x, 16, 3), 0, 1, 1)))
CASE(of_rows, gt_exp(g, gt_slice(g, conv(g, x, 16, 3), 2, 0, 4)))
CASE(flattened, gt_reshape(g, conv(g, x, 16, 3), GT_SHAPE(2, 16 * 64)))
CASE(turned, conv(g, gt_permute(g, conv(g, x, 16, 3), (int[]){0, 1, 3, 2}), 16, 3))
CASE(twice, gt_add(g, conv(g, x, 16, 3), gt_exp(g, conv(g, x, 16, 1))))
CASE(with_a_bias, gt_add(g, conv(g, x, 16, 3), gt_parameter(g, "bias", GT_SHAPE(1, 16, 1, 1), 0)))
CASE(with_an_image, gt_mul(g, conv(g, x, 16, 3), gt_input(g, "y", gt_tensor_shape(x))))
CASE(into_a_chain, gt_add(g, gt_exp(g, x), conv(g, x, 16, 3)))
CASE(of_one_leaf, gt_add(g, conv(g, x, 16, 3), gt_reverse(g, gt_upsample(g, gt_avg_pool(g, x, 2), 2), 3)))
CASE(padded, conv(g, gt_pad(g, x, 1, 5, 8, 0), 16, 3))
CASE(shuffled, gt_pixel_shuffle(g, conv(g, x, 64, 3), 2))
CASE(shuffled_small, gt_exp(g, gt_pixel_shuffle(g, conv(g, x, 32, 3), 2)))
CASE(unshuffled, conv(g, gt_pixel_unshuffle(g, x, 2), 16, 3))
CASE(even_window, conv_even(g, gt_pixel_shuffle(g, gt_silu(g, conv(g, x, 64, 1)), 2)))
CASE(near, conv(g, gt_attend_near(g, conv(g, x, 48, 1), 2), 16, 1))
CASE(wide, conv(g, gt_gelu(g, gt_attend_wide(g, conv(g, x, 16, 1), conv(g, x, 32, 1), 1)), 16, 1))
CASE(attended, both_attentions(g, conv(g, x, 32, 1)))
CASE(first_channels, conv(g, gt_slice(g, x, 1, 0, 16), 16, 3))

static const layout_case layout_cases[] = {
    {"one convolution: what comes in", 16, 8, 1, 1, one_conv},
    {"channels that no block divides come in as they are", 3, 8, 0, 1, one_conv},
    {"channels that no block divides go out as they are", 16, 8, 1, 0, narrow_conv},
    {"a chain stays blocked", 16, 8, 1, 1, chain},
    {"so it does through pools", 16, 8, 1, 1, pooled},
    {"without a convolution nothing is blocked", 16, 8, 0, 0, no_conv},
    {"windows of channels", 16, 8, 1, 1, joined},
    {"windows of images", 16, 8, 1, 1, of_images},
    {"windows of rows are plain, what follows in the family is not", 16, 8, 3, 1, of_rows},
    {"a reshape reads rows", 16, 8, 2, 0, flattened},
    {"a transpose reads rows, and what follows blocks", 16, 8, 3, 1, turned},
    {"one reorder for all that want it", 16, 8, 1, 1, twice},
    {"a bias lies the same in both", 16, 8, 1, 1, with_a_bias},
    {"an image of the caller's beside blocks", 16, 8, 2, 1, with_an_image},
    {"what a convolution adds to is of its family", 16, 8, 1, 1, into_a_chain},
    {"what reads one leaf is no family", 16, 8, 2, 1, of_one_leaf},
    {"what a convolution reads is made in blocks", 3, 8, 0, 1, padded},
    {"windows of channels read either layout", 32, 8, 0, 1, first_channels},
    {"channels become pixels in blocks", 16, 8, 1, 1, shuffled},
    {"those of no block in rows", 16, 8, 1, 0, shuffled_small},
    {"pixels of few channels become blocks", 4, 8, 0, 1, unshuffled},
    {"a block of a generator stays blocked", 16, 8, 1, 1, even_window},
    {"attention to neighbours stays blocked", 16, 8, 1, 1, near},
    {"attention to all stays blocked", 16, 8, 1, 1, wide},
    {"and both side by side", 16, 8, 1, 1, attended},
    {"of one pixel both layouts are the same", 16, 1, 0, 1, one_conv},
};
/* clang-format on */

static void reorders_stand_where_layouts_meet(void **state) {
    for (size_t i = 0; i < sizeof layout_cases / sizeof *layout_cases; i++) {
        const layout_case *c = &layout_cases[i];
        gt_graph *g = gt_graph_create();
        gt_tensor *y =
            c->build(g, gt_input(g, "x", GT_SHAPE(2, c->channels, c->side, c->side)));
        gt_plan *plan = plan_until(LOWERED, g, &y, 1, (gt_plan_options){.exact = true});
        int reorders = count_tasks(plan, plan->backend->reorder);
        bool blocked = gt_at(plan, plan->outputs[0].value)->layout == GT_BLOCKED;
        if (reorders != c->reorders || blocked != c->blocked)
            fail_msg("%s: %d reorders, the result is %s", c->name, reorders,
                     blocked ? "blocked" : "plain");
        gt_plan_destroy(plan);
        plan = plan_until(LOWERED, g, &y, 1, (gt_plan_options){.backend = gt_backend_oracle()});
        for (int v = 0; v < plan->value_count; v++)
            assert_true(gt_at(plan, v)->layout == GT_PLAIN &&
                        gt_at(plan, v)->op != GT_IR_REORDER);
        gt_plan_destroy(plan);
        gt_graph_destroy(g);
    }
}

/* Weights that a reorder would touch do not follow the images: they are no image. */
static void parameters_are_reordered_once_a_change(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, 16, 8, 8));
    gt_tensor *p = gt_parameter(g, "p", GT_SHAPE(2, 16, 8, 8), 4096);
    gt_tensor *y = gt_mul(g, conv(g, x, 16, 3), p);
    gt_plan *plan = plan_until(SCHEDULED, g, &y, 1, (gt_plan_options){.exact = true});
    int ahead = 0;
    for (int t = 0; t < plan->hoisted_tasks; t++)
        ahead += plan->tasks[t]->call.kernel == plan->backend->reorder;
    assert_int_equal(ahead, 1);
    assert_int_equal(count_tasks(plan, plan->backend->reorder), 2);
    assert_int_equal(value_of(plan, p)->other_layout >= 0, 1);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_of_random_plans),
        cmocka_unit_test(reorders_stand_where_layouts_meet),
        cmocka_unit_test(parameters_are_reordered_once_a_change)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
