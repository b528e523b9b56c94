/* plan_schedule_test.c - the order of tasks: nothing is read before it is there, or after it is
 * gone; parameters' own tasks lead and run once per change; else as the program was written. */
#include "plan_trial.h"

static int written_as(const gt_plan *plan, int id) {
    while (gt_at(plan, id)->op == GT_OP_RESHAPE) id = gt_at(plan, id)->inputs[0];
    return id;
}

/* The task that writes each value, by position in the schedule; -1: none. */
static int *writers_of(const trial *t) {
    const gt_plan *plan = t->plan;
    int *writer = malloc((size_t)plan->value_count * sizeof *writer);
    for (int i = 0; i < plan->value_count; i++) writer[i] = -1;
    for (int k = 0; k < plan->task_count; k++)
        for (int i = 0; i < plan->tasks[k]->write_count; i++) {
            int id = plan->tasks[k]->writes[i];
            if (writer[id] >= 0) fail_msg("%s: value %d is written twice", t->name, id);
            writer[id] = k;
        }
    return writer;
}

/* The task that must be over before task k reads its input i; -1: the caller's memory. */
static int needed_by(const gt_plan *plan, const int *writer, int k, int i) {
    return writer[written_as(plan, plan->tasks[k]->reads[i])];
}

static bool is_leaf_in_place(const gt_value *v) {
    return v->storage == GT_STORE_LEAF;
}

static void readers_follow_writers(const trial *t, const int *writer) {
    const gt_plan *plan = t->plan;
    for (int k = 0; k < plan->task_count; k++)
        for (int i = 0; i < plan->tasks[k]->read_count; i++) {
            const gt_value *v = gt_at(plan, written_as(plan, plan->tasks[k]->reads[i]));
            int from = writer[v->id];
            if (from >= k || (from < 0 && !is_leaf_in_place(v)))
                fail_msg("%s: task %d reads value %d, which task %d of %d writes", t->name, k,
                         v->id, from, plan->task_count);
        }
}

/* What is added to is gone: nobody else reads it then. */
static void nobody_reads_what_is_gone(const trial *t, const int *writer) {
    const gt_plan *plan = t->plan;
    for (int i = 0; i < plan->value_count; i++) {
        const gt_value *v = gt_at(plan, i);
        if (v->dead || !v->accumulates) continue;
        int gone = written_as(plan, v->inputs[v->input_count - 1]);
        for (int k = writer[i] + 1; k < plan->task_count; k++)
            for (int r = 0; r < plan->tasks[k]->read_count; r++)
                if (written_as(plan, plan->tasks[k]->reads[r]) == gone)
                    fail_msg("%s: task %d reads value %d, to which task %d added", t->name, k,
                             gone, writer[i]);
    }
}

/* Tasks of parameters come first and know of nothing else; packings are the last of them. */
static void parameters_lead(const trial *t, const int *writer) {
    const gt_plan *plan = t->plan;
    for (int k = 0; k < plan->task_count; k++) {
        assert_int_equal(plan->tasks[k]->hoisted, k < plan->hoisted_tasks);
        if (k > 0 && k < plan->hoisted_tasks && plan->tasks[k - 1]->packs_for &&
            !plan->tasks[k]->packs_for)
            fail_msg("%s: packing %d does not wait for task %d", t->name, k - 1, k);
        for (int i = 0; k < plan->hoisted_tasks && i < plan->tasks[k]->read_count; i++) {
            int from = needed_by(plan, writer, k, i);
            const gt_value *v = gt_at(plan, written_as(plan, plan->tasks[k]->reads[i]));
            if (from >= plan->hoisted_tasks || (from < 0 && v->op != GT_OP_PARAMETER))
                fail_msg("%s: task %d of parameters reads value %d", t->name, k, v->id);
        }
    }
}

/* Of the tasks that were ready, each is the one that the program has first. */
static void first_written_first_done(const trial *t, const int *writer) {
    const gt_plan *plan = t->plan;
    for (int k = plan->hoisted_tasks; k < plan->task_count; k++)
        for (int later = k + 1; later < plan->task_count; later++) {
            if (plan->tasks[later]->order >= plan->tasks[k]->order) continue;
            bool ready = true;
            for (int i = 0; i < plan->tasks[later]->read_count; i++)
                ready = ready && needed_by(plan, writer, later, i) < k;
            if (ready)
                fail_msg("%s: task %d waits for task %d without need", t->name, later, k);
        }
}

static void check_order(trial *t) {
    int *writer = writers_of(t);
    readers_follow_writers(t, writer);
    nobody_reads_what_is_gone(t, writer);
    parameters_lead(t, writer);
    first_written_first_done(t, writer);
    free(writer);
}

static void order_of_random_plans(void **state) {
    each_plan(150, SCHEDULED, check_order);
}

/* ---- Once per change --------------------------------------------------------------------- */

/* A processor that counts what it does: the oracle, with two kernels wrapped. */
static int runs_of_ops, runs_of_loads;

static gt_status count_op_run(const gt_call *call, gt_error *err) {
    runs_of_ops++;
    return gt_backend_oracle()->kernels[call->op]->run(call, err);
}

static gt_status count_load_run(const gt_call *call, gt_error *err) {
    runs_of_loads++;
    return gt_backend_oracle()->load->run(call, err);
}

static void parameters_are_prepared_once_a_change(void **state) {
    own_backend own;
    begin_backend(&own);
    gt_kernel counted = *own.kernels[GT_OP_SOFTMAX], counted_load = *own.table.load;
    counted.run = count_op_run;
    counted_load.run = count_load_run;
    own.kernels[GT_OP_SOFTMAX] = &counted;
    own.table.load = &counted_load;
    gt_graph *g = gt_graph_create();
    gt_error err;
    float values[4] = {1, 2, 3, 4}, data[4] = {0, 1, 0, 1};
    gt_tensor *p = gt_parameter(g, "p", GT_SHAPE(4), 0), *x = gt_input(g, "x", GT_SHAPE(4));
    gt_tensor *y = gt_add(g, gt_softmax(g, p, 0), gt_softmax(g, x, 0));
    gt_plan *plan = plan_of(g, &y, 1, (gt_plan_options){.backend = &own.table});
    gt_plan_bind_parameters(plan, values);
    assert_ok(gt_plan_bind(plan, x, data, &err), err);
    runs_of_ops = runs_of_loads = 0;
    run_plan(plan);
    assert_int_equal(runs_of_ops, 2); /* of p, of x */
    assert_int_equal(runs_of_loads, 2);
    run_plan(plan);
    assert_int_equal(runs_of_ops, 3); /* of x again */
    assert_int_equal(runs_of_loads, 3);
    gt_plan_parameters_changed(plan);
    run_plan(plan);
    assert_int_equal(runs_of_ops, 5);
    gt_plan_bind_parameters(plan, values); /* counts as a change */
    run_plan(plan);
    assert_int_equal(runs_of_ops, 7);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

/* New values tell only after the plan was told of them, and then in all that follows. */
static void changed_parameters_arrive(void **state) {
    gt_graph *g = gt_graph_create();
    gt_error err;
    float weights[2 * 16] = {0}, image[2 * 4] = {1, 2, 3, 4, 5, 6, 7, 8};
    gt_tensor *w = gt_parameter(g, "w", GT_SHAPE(16, 2, 1, 1), 0);
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(1, 2, 2, 2));
    gt_tensor *y = gt_sum(
        g, gt_conv2d(g, x, gt_affine(g, w, 2, 0), NULL, (gt_conv){.stride = 1, .groups = 1}));
    gt_plan *plan = plan_of(g, &y, 1, (gt_plan_options){.threads = 1});
    gt_plan_bind_parameters(plan, weights);
    assert_ok(gt_plan_bind(plan, x, image, &err), err);
    run_plan(plan);
    assert_true(gt_plan_output(plan, 0)[0] == 0);
    weights[3] = 1; /* of output 1, input 1 */
    run_plan(plan);
    assert_true(gt_plan_output(plan, 0)[0] == 0);
    gt_plan_parameters_changed(plan);
    run_plan(plan);
    assert_true(gt_plan_output(plan, 0)[0] == 2 * (5 + 6 + 7 + 8));
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_of_random_plans),
                                       cmocka_unit_test(parameters_are_prepared_once_a_change),
                                       cmocka_unit_test(changed_parameters_arrive)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
