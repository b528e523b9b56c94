/* signals_test.c - a signal handler that runs at any moment of a product leaves memory and
 * results as they are. */
#include "gt_test.h"

#include <signal.h>
#include <sys/time.h>

#include "gemm.h"

static volatile sig_atomic_t handled;

/* As deep as the handlers of profilers go. */
static void on_signal(int number) {
    volatile char deep[4096];
    (void)number;
    for (size_t i = 0; i < sizeof deep; i++) deep[i] = (char)0xcc;
    handled = handled + 1;
}

static void set_timer(int microseconds) {
    struct itimerval every = {{0, microseconds}, {0, microseconds}};
    assert_int_equal(setitimer(ITIMER_PROF, &every, NULL), 0);
}

/* Every 200 microseconds of the processor's time. */
static int start_signals(void **unused) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)unused;
    handled = 0;
    return sigaction(SIGPROF, &action, NULL);
}

static int stop_signals(void **unused) {
    (void)unused;
    set_timer(0);
    signal(SIGPROF, SIG_IGN);
    return 0;
}

static void fill(float *x, int64_t count, int step) {
    for (int64_t i = 0; i < count; i++) x[i] = (float)(i * step % 17 - 8) / 8;
}

static void multiply(int64_t m, int64_t n, int64_t k, float *out) {
    float *a = malloc((size_t)(m * k) * sizeof *a), *b = malloc((size_t)(k * n) * sizeof *b);
    gt_error err;
    assert_non_null(a);
    assert_non_null(b);
    fill(a, m * k, 5);
    fill(b, k * n, 3);
    for (int transposed = 0; transposed < 4; transposed++)
        assert_int_equal(gt_gemm(transposed & 1, transposed & 2, m, n, k, a, b,
                                 out + transposed * m * n, &err),
                         GT_OK);
    free(a);
    free(b);
}

static void test_products(void **unused) {
    enum { ROUNDS = 40, M = 208, N = 72, K = 264, ALL = 4 * M * N };
    float *quiet = malloc(ALL * sizeof *quiet), *out = malloc(ALL * sizeof *out);
    (void)unused;
    assert_non_null(quiet);
    assert_non_null(out);
    multiply(M, N, K, quiet);
    set_timer(200);
    for (int i = 0; i < ROUNDS || handled < ROUNDS; i++) {
        multiply(M, N, K, out);
        assert_memory_equal(out, quiet, ALL * sizeof *out);
    }
    free(quiet);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_products, start_signals, stop_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
