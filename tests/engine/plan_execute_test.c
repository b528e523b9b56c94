/* plan_execute_test.c - runs of a plan: the same bits every time, however many threads the
 * system grants, outputs that add to what the caller has, and arenas that plans share. */
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan_trial.h"

/* Of all outputs of a run. */
static uint64_t hash_of(const trial *t) {
    uint64_t h = 1469598103934665603u;
    for (int i = 0; i < t->count; i++) {
        const unsigned char *bytes = (const unsigned char *)gt_plan_output(t->plan, i);
        size_t count = (size_t)gt_shape_count(gt_tensor_shape(t->outputs[i])) * sizeof(float);
        for (size_t k = 0; k < count; k++) h = (h ^ bytes[k]) * 1099511628211u;
    }
    return h;
}

/* Two runs must agree; `threads` are asked for. */
static uint64_t hash_of_runs(uint64_t seed, int threads) {
    trial t;
    make_trial(&t, seed, 32);
    t.plan = plan_of(t.m.g, t.outputs, t.count, (gt_plan_options){.threads = threads});
    bind_trial(&t, t.plan);
    run_plan(t.plan);
    uint64_t first = hash_of(&t);
    run_plan(t.plan);
    if (hash_of(&t) != first)
        fail_msg("%s, %d threads: another run, other bits", t.name, threads);
    end_trial(&t);
    return first;
}

static const int asked[] = {1, 2, 3, 5};
enum { ASKED = 4, SEEDS = 6 };

static void fill_hashes(uint64_t hashes[SEEDS][ASKED]) {
    for (int seed = 0; seed < SEEDS; seed++)
        for (int i = 0; i < ASKED; i++)
            hashes[seed][i] = hash_of_runs((uint64_t)seed, asked[i]);
}

/* The grant is found out once a process, so that another process has the one processor. */
static void on_one_processor(uint64_t hashes[SEEDS][ASKED]) {
    int ends[2], result = 1;
    size_t size = sizeof(uint64_t) * SEEDS * ASKED;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        sched_setaffinity(0, sizeof one, &one);
        fill_hashes(hashes);
        _exit(write(ends[1], hashes, size) != (ssize_t)size);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], hashes, size), size);
    close(ends[0]);
    waitpid(child, &result, 0);
    assert_int_equal(result, 0);
}

static void bits_do_not_depend_on_what_is_granted(void **state) {
    uint64_t here[SEEDS][ASKED], there[SEEDS][ASKED];
    on_one_processor(there); /* first: no thread of this process runs yet */
    fill_hashes(here);
    assert_memory_equal(here, there, sizeof here);
}

/* Fetched or written straight, an output that accumulates grows by the same in every run. */
static void outputs_add_up(void **state) {
    for (int way = 0; way < 2; way++) {
        gt_error err;
        gt_graph *g = gt_graph_create();
        float weights[4] = {1, 2, 3, 4}, image[8] = {1, 0, 2, 0, 0, 3, 0, 1};
        float sum[2] = {10, 0}, slope[4] = {100, 100, 100, 100}, once[4];
        gt_tensor *w = gt_parameter(g, "w", GT_SHAPE(2, 2, 1, 1), 0), *outputs[2];
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(1, 2, 2, 2));
        outputs[0] = gt_sum(g, gt_conv2d(g, x, w, NULL, (gt_conv){1, 0, 1}));
        gt_grad(g, outputs[0], &w, 1, &outputs[1]);
        gt_plan *plan = plan_of(g, outputs, 2,
                                (gt_plan_options){.backend = way ? gt_backend_oracle() : NULL});
        gt_plan_bind_parameters(plan, weights);
        assert_ok(gt_plan_bind(plan, x, image, &err), err);
        run_plan(plan);
        memcpy(once, gt_plan_output(plan, 1), sizeof once);
        assert_true(once[0] == 3 && once[1] == 4 && once[2] == 3 && once[3] == 4);
        gt_plan_bind_output(plan, 0, sum, true);
        gt_plan_bind_output(plan, 1, slope, true);
        for (int run = 0; run < 3; run++) run_plan(plan);
        assert_true(sum[0] == 10 + 3 * (4 * 3 + 6 * 4));
        for (int i = 0; i < 4; i++) assert_true(slope[i] == 100 + 3 * once[i]);
        gt_plan_destroy(plan);
        gt_graph_destroy(g);
    }
}

/* One that grew, and lies elsewhere, after the first of its plans had been made, bound and run.
 */
static void plans_share_an_arena(void **state) {
    for (int way = 0; way < 2; way++) {
        trial trials[SEEDS];
        uint64_t alone[SEEDS];
        size_t most = 0, first = 0;
        gt_plan_options own = {.threads = 1, .backend = way ? gt_backend_oracle() : NULL};
        gt_plan_options shared = own;
        assert_non_null(shared.arena = gt_plan_arena_create());
        for (int i = 0; i < SEEDS; i++) {
            trial *t = &trials[i];
            make_trial(t, (uint64_t)i, 32);
            t->plan = plan_of(t->m.g, t->outputs, t->count, own);
            bind_trial(t, t->plan);
            run_plan(t->plan);
            alone[i] = hash_of(t);
            gt_plan_destroy(t->plan);
            t->plan = plan_of(t->m.g, t->outputs, t->count, shared);
            bind_trial(t, t->plan);
            run_plan(t->plan);
            size_t needed = gt_plan_memory_use(t->plan).arena;
            if (needed > most) most = needed;
            if (i == 0) first = needed;
            assert_true(gt_plan_arena_bytes(shared.arena) == most);
        }
        assert_true(first < most);
        for (int i = 2 * SEEDS - 1; i >= 0; i--) {
            run_plan(trials[i % SEEDS].plan);
            assert_true(hash_of(&trials[i % SEEDS]) == alone[i % SEEDS]);
        }
        for (int i = 0; i < SEEDS; i++) end_trial(&trials[i]);
        gt_plan_arena_destroy(shared.arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits_do_not_depend_on_what_is_granted),
                                       cmocka_unit_test(outputs_add_up),
                                       cmocka_unit_test(plans_share_an_arena)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
