/* plan_place_test.c - where values lie: a map of the arena, written as tasks would write it,
 * shows for many random plans that nothing is overwritten while it is still wanted. It knows
 * neither lifetimes nor offsets, only which task reads and writes what, and pointers. */
#include "plan_trial.h"

enum { LINE = 64, NOBODY = -1 };

typedef struct area {
    const char *start;
    int *owner; /* of each line: the value written there last, or -2 - task for its scratch */
    size_t lines;
} area;

static area area_at(const void *start, size_t bytes) {
    area a = {.start = start, .lines = (bytes + LINE - 1) / LINE};
    a.owner = malloc((a.lines + 1) * sizeof *a.owner);
    for (size_t i = 0; i < a.lines; i++) a.owner[i] = NOBODY;
    return a;
}

typedef struct memory {
    const trial *t;
    area arena, persistent;
} memory;

/* Lines [*first, last) of the area that holds the bytes; NULL for memory of the caller's. */
static area *area_of(memory *m, const void *data, size_t bytes, size_t *first, size_t *last) {
    area *areas[] = {&m->arena, &m->persistent};
    for (int i = 0; i < 2; i++) {
        const char *end = areas[i]->start + areas[i]->lines * LINE;
        if ((const char *)data < areas[i]->start || (const char *)data >= end) continue;
        size_t at = (size_t)((const char *)data - areas[i]->start);
        if (at % LINE != 0 || (const char *)data + bytes > end)
            fail_msg("%s: %zu bytes at %zu of %zu", m->t->name, bytes, at,
                     areas[i]->lines * LINE);
        *first = at / LINE;
        *last = *first + (bytes + LINE - 1) / LINE;
        return areas[i];
    }
    return NULL;
}

static void set(memory *m, const void *data, size_t bytes, int owner) {
    size_t first, last;
    area *a = area_of(m, data, bytes, &first, &last);
    for (size_t i = first; a && i < last; i++) a->owner[i] = owner;
}

static void expect(memory *m, const void *data, size_t bytes, int owner, int task) {
    size_t first, last;
    area *a = area_of(m, data, bytes, &first, &last);
    for (size_t i = first; a && i < last; i++)
        if (a->owner[i] != owner)
            fail_msg("%s, task %d: line %zu belongs to %d, expected %d", m->t->name, task, i,
                     a->owner[i], owner);
}

/* Whose numbers a reader of `id` wants: a reshape has none of its own. */
static int written_as(const gt_plan *plan, int id) {
    while (gt_at(plan, id)->op == GT_OP_RESHAPE) id = gt_at(plan, id)->inputs[0];
    return id;
}

static void expect_inputs(memory *m, const gt_task *task, int t, bool after) {
    for (int k = 0; k < task->read_count; k++) {
        if (after && task->call.adds && k == task->read_count - 1) continue;
        const gt_value *v = gt_at(m->t->plan, task->reads[k]);
        expect(m, v->data, v->bytes, written_as(m->t->plan, v->id), t);
    }
}

/* Scratch and results of a task take their places; its inputs must still be whole then. */
static void do_task(memory *m, int t) {
    const gt_task *task = m->t->plan->tasks[t];
    const gt_task *packer = task->packed_by;
    if (task->packs_for) {
        expect_inputs(m, task, t, false);
        set(m, task->packs_for->packed, task->packs_for->packed_bytes, -2 - t);
        return;
    }
    expect_inputs(m, task, t, false);
    if (task->scratch_bytes > 0) set(m, task->call.scratch, task->scratch_bytes, -2 - t);
    for (int k = 0; k < task->write_count; k++) {
        const gt_value *v = gt_at(m->t->plan, task->writes[k]);
        set(m, v->data, v->bytes, v->id);
    }
    expect_inputs(m, task, t, true);
    if (task->scratch_bytes > 0) expect(m, task->call.scratch, task->scratch_bytes, -2 - t, t);
    if (packer) assert_ptr_equal(task->packed, packer->packed);
    if (task->packs_each_run) { /* behind what the kernel itself works in */
        const char *own = task->call.scratch, *packed = task->packed;
        assert_true(packed >= own + task->own_scratch &&
                    packed + task->packed_bytes <= own + task->scratch_bytes);
    }
}

/* What a kernel packed before the run is there until its last user. */
static int packing_task_of(const gt_plan *plan, const gt_task *owner) {
    for (int t = 0; t < plan->task_count; t++)
        if (plan->tasks[t]->packs_for == owner) return t;
    return -1;
}

static void expect_packed(memory *m) {
    const gt_plan *plan = m->t->plan;
    for (int t = 0; t < plan->task_count; t++) {
        const gt_task *task = plan->tasks[t];
        if (task->packs_for || !task->packed_by) continue;
        int by = packing_task_of(plan, task->packed_by);
        assert_in_range(by, 0, t);
        expect(m, task->packed, task->packed_bytes, -2 - by, t);
    }
}

static void nothing_is_overwritten(trial *t) {
    memory m = {.t = t};
    bind_trial(t, t->plan);
    run_plan(t->plan); /* sets the pointers */
    m.arena = area_at(t->plan->arena, t->plan->arena_bytes);
    m.persistent = area_at(t->plan->persistent, t->plan->persistent_bytes);
    for (int run = 0; run < 2; run++) {
        for (int i = run ? t->plan->hoisted_tasks : 0; i < t->plan->task_count; i++)
            do_task(&m, i);
        expect_packed(&m);
    }
    free(m.arena.owner);
    free(m.persistent.owner);
}

/* ---- How much ---------------------------------------------------------------------------- */

static size_t whole_lines(size_t bytes) {
    return (bytes + LINE - 1) / LINE * LINE;
}

/* Whose memory a value is in: what adds takes over what it adds to. */
static int lies_in(const gt_plan *plan, int id) {
    const gt_value *v = gt_at(plan, id);
    while (v->op == GT_OP_RESHAPE || v->accumulates)
        v = gt_at(plan, v->inputs[v->accumulates ? v->input_count - 1 : 0]);
    return v->id;
}

/* Bytes that must be there at once in the worst task, however values are placed. */
static size_t peak_of(const gt_plan *plan) {
    size_t peak = 0;
    int n = plan->value_count;
    int *first = malloc((size_t)n * sizeof *first), *last = malloc((size_t)n * sizeof *last);
    for (int i = 0; i < n; i++) first[i] = last[i] = -1;
    for (int t = 0; t < plan->task_count; t++) {
        const gt_task *task = plan->tasks[t];
        for (int k = 0; k < task->read_count + task->write_count; k++) {
            int id = lies_in(plan, k < task->read_count ? task->reads[k]
                                                        : task->writes[k - task->read_count]);
            if (first[id] < 0) first[id] = t;
            last[id] = t;
        }
    }
    for (int t = 0; t < plan->task_count; t++) {
        size_t bytes = whole_lines(plan->tasks[t]->scratch_bytes);
        for (int i = 0; i < n; i++)
            if (gt_at(plan, i)->storage == GT_STORE_ARENA && first[i] <= t && last[i] >= t)
                bytes += whole_lines(gt_at(plan, i)->bytes);
        if (bytes > peak) peak = bytes;
    }
    free(first);
    free(last);
    return peak;
}

static double arenas, peaks, worst;

static void little_is_wasted(const trial *t) {
    size_t peak = peak_of(t->plan), arena = t->plan->arena_bytes;
    gt_plan_memory use = gt_plan_memory_use(t->plan);
    assert_int_equal(use.arena, arena);
    if (arena < peak || arena > use.unshared)
        fail_msg("%s: an arena of %zu bytes, at least %zu are needed, %zu without reuse",
                 t->name, arena, peak, use.unshared);
    if (peak == 0) return;
    arenas += (double)arena;
    peaks += (double)peak;
    worst = fmax(worst, (double)arena / (double)peak);
}

static void check_places(trial *t) {
    nothing_is_overwritten(t);
    little_is_wasted(t);
}

static void values_that_live_together_lie_apart_and_close(void **state) {
    arenas = peaks = worst = 0;
    each_plan(110, PLACED, check_places);
    print_message("220 arenas: %.4f of the bytes that must be, the worst %.3f\n",
                  arenas / peaks, worst);
    assert_true(arenas / peaks < 1.03 && worst < 1.3);
}

/* ---- Dirty memory ------------------------------------------------------------------------ */

/* Whatever lies in the arena when a run begins, the results are the same bits. */
static void nothing_is_left_of_the_last_run(trial *t) {
    size_t room = 0, at = 0;
    bind_trial(t, t->plan);
    run_plan(t->plan);
    for (int i = 0; i < t->count; i++)
        room += (size_t)gt_shape_count(gt_tensor_shape(t->outputs[i]));
    float *before = malloc(room * sizeof *before);
    for (int i = 0; i < t->count; i++) {
        size_t count = (size_t)gt_shape_count(gt_tensor_shape(t->outputs[i]));
        memcpy(before + at, gt_plan_output(t->plan, i), count * sizeof *before);
        at += count;
    }
    memset(t->plan->arena, 0xff, t->plan->arena_bytes); /* NaN */
    run_plan(t->plan);
    at = 0;
    for (int i = 0; i < t->count; i++) {
        size_t count = (size_t)gt_shape_count(gt_tensor_shape(t->outputs[i]));
        if (memcmp(before + at, gt_plan_output(t->plan, i), count * sizeof *before) != 0)
            fail_msg("%s: output %d depends on what lay in the arena", t->name, i);
        at += count;
    }
    free(before);
}

static void runs_forget_the_last_one(void **state) {
    each_plan(30, PLACED, nothing_is_left_of_the_last_run);
}

/* The largest goes first, so that a tall value never sits on top of a small one that outlives
 * nothing: a chain of images needs two of them, whatever their sizes. */
static void a_chain_needs_two_neighbours(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(1, 16, 8, 8));
    for (int i = 0; i < 6; i++)
        x = gt_softmax(g, i % 2 ? gt_avg_pool(g, x, 2) : gt_upsample(g, x, 2), 2);
    x = gt_mean(g, x);
    gt_plan *plan = plan_until(PLACED, g, &x, 1, (gt_plan_options){.threads = 1});
    size_t small = 16 * 8 * 8 * sizeof(float), scratch = 0;
    for (int t = 0; t < plan->task_count; t++)
        if (plan->tasks[t]->scratch_bytes > scratch) scratch = plan->tasks[t]->scratch_bytes;
    assert_true(plan->arena_bytes <= 2 * 4 * small + whole_lines(scratch));
    assert_true(plan->unshared_bytes > 4 * 4 * small);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_live_together_lie_apart_and_close),
        cmocka_unit_test(runs_forget_the_last_one),
        cmocka_unit_test(a_chain_needs_two_neighbours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
