/* memory_test.c - a plan that gets no memory is a status, whichever piece is refused. The
 * linker leads the allocations of the library's own code through here (--wrap). */
#include "gt_test.h"

#include "galatea/plan.h"

static int grants = -1; /* allocations that still succeed; -1: all */

static int refused(void) {
    if (grants == 0) return 1;
    if (grants > 0) grants--;
    return 0;
}

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_calloc(size_t count, size_t size) {
    return refused() ? NULL : __real_calloc(count, size);
}
void *__wrap_malloc(size_t size) {
    return refused() ? NULL : __real_malloc(size);
}
void *__wrap_realloc(void *old, size_t size) {
    return refused() ? NULL : __real_realloc(old, size);
}
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return refused() ? NULL : __real_aligned_alloc(alignment, size);
}

/* A convolution between elementwise chains, and its gradients. */
static gt_graph *small_graph(gt_tensor *outputs[3]) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, 16, 6, 6));
    gt_tensor *w = gt_parameter(g, "w", GT_SHAPE(16, 16, 1, 1), 0);
    gt_tensor *y =
        gt_gelu(g, gt_conv2d(g, gt_tanh(g, x), w, NULL, (gt_conv){.stride = 1, .groups = 1}));
    outputs[0] = gt_mean(g, gt_square(g, gt_add(g, y, gt_exp(g, y))));
    gt_grad(g, outputs[0], (gt_tensor *[]){w, x}, 2, outputs + 1);
    return g;
}

static void test_every_refusal_is_told(void **unused) {
    enum { ENOUGH = 1000 };
    gt_tensor *outputs[3];
    gt_graph *g = small_graph(outputs);
    gt_plan_options options = {.threads = 1};
    gt_status status = GT_NO_MEMORY;
    int n = 0;
    for (; status && n < ENOUGH; n++) {
        gt_error err = {0};
        gt_plan *plan = NULL;
        grants = n;
        status = gt_plan_create(g, outputs, 3, &options, &plan, &err);
        grants = -1;
        if (status) assert_int_equal(status, GT_NO_MEMORY);
        if (status) assert_non_null(strstr(err.text, "memory"));
        gt_plan_destroy(plan);
    }
    print_message("a plan of %d allocations\n", n - 1);
    assert_in_range(n, 5, ENOUGH - 1);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_refusal_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
