/* A training step takes no memory after the first one, and a plan's peak is what was told
 * before. */
#include <malloc.h>

#include "small_run.h"

#include "galatea/plan.h"

enum { EPOCHS = 20, SMALLEST_BLOCK = 16 };

static size_t bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static int64_t run_epoch(gt_trainer *t, uint32_t epoch) {
    gt_error err = {0};
    t->at.batch = 0;
    assert_ok(gt_loader_begin(t->loader, epoch, 0, &err), err);
    while (t->at.batch < t->batches) assert_ok(gt_trainer_step(t, &err), err);
    return t->batches;
}

/* The C library counts what waits in its caches of freed blocks as used, so a few kilobytes
 * come and go; a block kept in every step would be seen. */
static void count_allocations(gt_trainer *t) {
    int64_t steps = 0;
    const gt_plan *plan = gt_stepper_plan(t->learners[0].stepper);
    run_epoch(t, 0);
    int64_t before = gt_plan_memory_use(plan).allocations, bytes = (int64_t)bytes_in_use();
    for (uint32_t epoch = 1; epoch <= EPOCHS; epoch++) steps += run_epoch(t, epoch);
    int64_t more = (int64_t)bytes_in_use() - bytes;
    print_message("%d steps: %d bytes more in use\n", (int)steps, (int)more);
    assert_int_equal(gt_plan_memory_use(plan).allocations, before);
    assert_true(more < SMALLEST_BLOCK * steps);
}

static void test_no_allocation(void **unused) {
    small_trainer("vdvae", small_settings, count_allocations);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_allocation)};
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
