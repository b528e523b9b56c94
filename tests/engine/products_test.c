/* products_test.c - products, stacks of them, stairs, inverses and determinants: sizes about
 * tiles and their multiples, parts of larger matrices, all transposes, any number of threads.
 * A sum of k products may be off by k + 1 roundings of the sum of their sizes. */
#include "kernel_call.h"

#include "cpu/onednn.h"
#include "gemm.h"

static const double u = 0x1p-24; /* half a unit in the last place of 1 */
static gt_graph *g;

static gt_tensor *input(gt_shape shape) {
    return gt_input(g, "x", shape);
}

static void judge(const float *got, const double *want, const double *size, int64_t count,
                  int64_t terms, const char *what) {
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(got[i] - want[i]) <= (double)(terms + 1) * u * size[i]))
            fail_msg("%s: number %lld is %.9g, not %.9g", what, (long long)i, (double)got[i],
                     want[i]);
}

/* ---- Through the kernel --------------------------------------------------------------- */

static void check(const gt_tensor *node, int64_t terms, const char *what) {
    gt_error err = {0};
    float *in[GT_CALL_INPUTS];
    assert_ok(gt_graph_check(g, &err), err);
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    for (int threads = 1; threads <= 5; threads++) {
        float *got = call_either_way(node, in, (call_how){.threads = threads}, what);
        judge(got, want, size, gt_shape_count(node->shape), terms, what);
        free(got);
    }
    free(want);
    free(size);
    call_free(node, in);
}

static gt_shape matrix(int rank, int64_t count, int64_t rows, int64_t columns,
                       bool transposed) {
    gt_shape s = {.rank = rank, .dim = {1, 1, 1, 1}};
    if (rank > 2) s.dim[rank - 3] = count;
    s.dim[rank - 2] = transposed ? columns : rows;
    s.dim[rank - 1] = transposed ? rows : columns;
    return s;
}

static void products(void **state) {
    static const int64_t sizes[][3] = {
        {1, 1, 1},    {1, 16, 15}, {15, 17, 16}, {16, 16, 16},  {17, 1, 33},  {33, 31, 1},
        {64, 48, 50}, {100, 5, 7}, {5, 100, 64}, {130, 70, 65}, {1, 300, 40}, {257, 129, 3}};
    char what[96], text[2][96];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int t = 0; t < 4; t++)
            for (int rank = 2; rank <= 4; rank++) {
                bool ta = t & 1, tb = t & 2;
                int64_t count = rank == 2 ? 1 : rank == 3 ? 2 : 7;
                int64_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
                if (rank > 2 && m * n > 5000) continue;
                g = gt_graph_create();
                gt_shape a = matrix(rank, count, m, k, ta), b = matrix(rank, count, k, n, tb);
                gt_tensor *y = gt_matmul(g, input(a), input(b), ta, tb);
                snprintf(what, sizeof what, "%.30s by %.30s", gt_shape_text(a, text[0]),
                         gt_shape_text(b, text[1]));
                check(y, k, what);
                gt_graph_destroy(g);
            }
}

/* ---- Parts of larger matrices --------------------------------------------------------- */

static double at(const float *m, int64_t ld, bool transposed, int64_t i, int64_t j) {
    return transposed ? m[j * ld + i] : m[i * ld + j];
}

/* Rows are further apart than long; what lies between them is neither read (it is NaN) nor
 * written; asked to, the product is added. */
static void part(bool ta, bool tb, int64_t m, int64_t n, int64_t k, bool adds, int threads) {
    enum { GAP = 3 };
    gt_error err = {0};
    int64_t a_rows = ta ? k : m, a_columns = ta ? m : k, b_rows = tb ? n : k,
            b_columns = tb ? k : n;
    int64_t lda = a_columns + GAP, ldb = b_columns + GAP, ldc = n + GAP;
    float *a = call_drawn(a_rows * lda, 1, 1), *b = call_drawn(b_rows * ldb, 2, 1);
    float *c = call_drawn(m * ldc, 3, 1), *before = call_drawn(m * ldc, 3, 1);
    for (int64_t i = 0; i < a_rows * lda; i++) a[i] = i % lda < a_columns ? a[i] : NAN;
    for (int64_t i = 0; i < b_rows * ldb; i++) b[i] = i % ldb < b_columns ? b[i] : NAN;
    omp_set_num_threads(threads);
    assert_ok(gt_gemm_part(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, adds, &err), err);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < ldc; j++) {
            double want = j < n && !adds ? 0 : before[i * ldc + j], size = fabs(want);
            for (int64_t l = 0; j < n && l < k; l++) {
                double term = at(a, lda, ta, i, l) * at(b, ldb, tb, l, j);
                want += term;
                size += fabs(term);
            }
            double allowed = j < n ? (double)(k + 2) * u * size : 0;
            if (!(fabs(c[i * ldc + j] - want) <= allowed))
                fail_msg("(%lld,%lld) of %lldx%lldx%lld: %.9g, not %.9g", (long long)i,
                         (long long)j, (long long)m, (long long)n, (long long)k,
                         (double)c[i * ldc + j], want);
        }
    call_check_guard(c, m * ldc, "product");
    free(a), free(b), free(c), free(before);
}

static void parts(void **state) {
    static const int64_t sizes[] = {1, 2, 15, 16, 17, 33, 70};
    int before = omp_get_max_threads();
    for (int code = 0; code < 7 * 7 * 7; code++)
        for (int t = 0; t < 4; t++)
            part(t & 1, t & 2, sizes[code % 7], sizes[code / 7 % 7], sizes[code / 49],
                 (code + t) % 2, 1 + (code + t) % 5);
    part(false, false, 300, 200, 64, true, 4);
    part(true, false, 33, 400, 100, false, 5);
    part(false, true, 513, 65, 33, true, 3);
    omp_set_num_threads(before);
}

/* What no number stands in goes where IEEE 754 sends it, and only there. */
static void no_numbers(void **state) {
    gt_error err = {0};
    enum { N = 20 };
    float *a = call_drawn(N * N, 1, 1), *b = call_drawn(N * N, 2, 1), *c = call_new(N * N);
    a[3 * N + 5] = NAN;
    a[7 * N + 5] = INFINITY;
    b[5 * N + 2] = 0;
    b[9 * N + 11] = -INFINITY;
    assert_ok(gt_gemm(false, false, N, N, N, a, b, c, &err), err);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            bool is_lost = i == 3 || (i == 7 && j == 2);
            if (isnan(c[i * N + j]) != is_lost && !(i == 7 && j == 11))
                fail_msg("(%d,%d) is %g", i, j, (double)c[i * N + j]);
            if (i == 7 && j != 2 && j != 11) assert_true(isinf(c[i * N + j]));
            if (j == 11 && i != 3 && i != 7) assert_true(isinf(c[i * N + j]));
        }
    free(a), free(b), free(c);
}

/* ---- Stairs --------------------------------------------------------------------------- */

/* A stair of `steps` steps over rows x columns; with `late` its first rows have nothing. */
static gt_stair stair_over(int64_t rows, int64_t columns, int steps, bool late) {
    gt_stair s = {.steps = steps};
    for (int i = 0; i < steps; i++) {
        s.row[i] = rows * (i + 1) / steps;
        s.column[i] = late ? columns * i / steps : columns * (i + 1) / steps;
    }
    return s;
}

static void stairs(void **state) {
    static const int64_t sizes[][3] = {{5, 7, 6}, {16, 16, 16}, {17, 33, 20}, {64, 40, 50}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int t = 0; t < 4; t++)
            for (int place = GT_STAIR_A; place <= GT_STAIR_RESULT; place++)
                for (int steps = 1; steps <= 5; steps += 2)
                    for (int late = 0; late < 2; late++) {
                        bool ta = t & 1, tb = t & 2;
                        int64_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
                        gt_shape a = matrix(2, 1, m, k, ta), b = matrix(2, 1, k, n, tb);
                        gt_shape of = place == GT_STAIR_A   ? a
                                      : place == GT_STAIR_B ? b
                                                            : GT_SHAPE(m, n);
                        gt_stair s = stair_over(of.dim[0], of.dim[1], steps, late);
                        g = gt_graph_create();
                        check(gt_stair_matmul(g, input(a), input(b), ta, tb, &s,
                                              (gt_stair_place)place),
                              k, "stair");
                        gt_graph_destroy(g);
                    }
}

/* What lies outside of the stair is not looked at, and is 0 in a result. */
static void outside_of_the_stair(void **state) {
    gt_stair s = stair_over(8, 8, 4, true);
    for (int place = GT_STAIR_A; place <= GT_STAIR_RESULT; place++) {
        g = gt_graph_create();
        gt_tensor *y = gt_stair_matmul(g, input(GT_SHAPE(8, 8)), input(GT_SHAPE(8, 8)), false,
                                       false, &s, (gt_stair_place)place);
        float *in[GT_CALL_INPUTS];
        call_draw(y, 1, in);
        for (int i = 0; i < 64 && place != GT_STAIR_RESULT; i++)
            if (i % 8 >= i / 16 * 2) in[place][i] = NAN;
        float *got = call_kernel(y, in, (call_how){.threads = 2});
        for (int i = 0; i < 64; i++) {
            assert_false(isnan(got[i]));
            if (place == GT_STAIR_RESULT && i % 8 >= i / 16 * 2) assert_true(got[i] == 0);
            if (place == GT_STAIR_A && i < 16) assert_true(got[i] == 0); /* rows of nothing */
        }
        free(got);
        call_free(y, in);
        gt_graph_destroy(g);
    }
}

/* The stair of degrees holds every weight whose row has at least the degree of its column, and
 * with steps of one row nothing else. */
static void stairs_of_degrees(void **state) {
    for (int64_t rows = 1; rows <= 16; rows++)
        for (int64_t columns = 1; columns <= 16; columns++)
            for (int64_t period = 1; period <= 5; period++)
                for (int64_t step = 1; step <= 4; step++) {
                    gt_degrees r = {period, 0, true}, c = {period + 1, -1, true};
                    gt_stair s = gt_degrees_stair(r, rows, c, columns, step);
                    assert_true(s.steps >= 1 && s.steps <= GT_STAIR_STEPS);
                    assert_int_equal(s.row[s.steps - 1], rows);
                    int at_step = 0;
                    for (int64_t i = 0; i < rows; i++) {
                        while (i >= s.row[at_step]) at_step++;
                        for (int64_t j = 0; j < columns; j++) {
                            bool counts = gt_degrees_unit(r, rows, i) % period >=
                                          gt_degrees_unit(c, columns, j) % (period + 1) - 1;
                            bool is_in = j < s.column[at_step];
                            assert_true(is_in || !counts);
                            if (step == 1) assert_true(is_in == counts);
                        }
                    }
                }
}

/* ---- Inverses ------------------------------------------------------------------------- */

/* In double, and rounded once; pivots wander where the diagonal is 0. */
static void inverses(void **state) {
    for (int64_t n = 1; n <= 40; n += n < 5 ? 1 : 7)
        for (int hollow = 0; hollow < 2 && n > hollow; hollow++) {
            g = gt_graph_create();
            gt_tensor *x = input(GT_SHAPE(n, n)),
                      *nodes[] = {gt_inverse(g, x), gt_log_abs_det(g, x)};
            float *in[GT_CALL_INPUTS];
            call_draw(nodes[0], 1, in);
            for (int64_t i = 0; i < n && hollow; i++) in[0][i * n + i] = 0;
            for (int i = 0; i < 2; i++) {
                double *want = call_definition(nodes[i], in, false);
                float *got = call_kernel(nodes[i], in, (call_how){.threads = 2});
                double largest = 1;
                for (int64_t k = 0; k < gt_shape_count(nodes[i]->shape); k++)
                    largest = fmax(largest, fabs(want[k]));
                for (int64_t k = 0; k < gt_shape_count(nodes[i]->shape); k++)
                    assert_near(got[k], want[k], 1.001 * u * fabs(want[k]) + 1e-10 * largest);
                free(want);
                free(got);
            }
            call_free(nodes[0], in);
            gt_graph_destroy(g);
        }
}

/* A matrix that has no inverse, or holds no number, is one line of refusal. */
static void singular(void **state) {
    static float bad[][4] = {{1, 2, 2, 4}, {0, 0, 0, 0}, {NAN, 1, 1, 1}};
    for (int b = 0; b < 3; b++)
        for (gt_op op = GT_OP_INVERSE; op <= GT_OP_LOG_ABS_DET; op++) {
            gt_error err = {0};
            double room[8];
            float out[4], *data = bad[b], *to = out;
            gt_operand x = {GT_SHAPE(2, 2), GT_PLAIN, (void *const *)&data};
            gt_call call = {.result = {op == GT_OP_INVERSE ? x.shape : gt_shape_scalar(),
                                       GT_PLAIN, (void *const *)&to},
                            .inputs = &x,
                            .input_count = 1,
                            .scratch = room,
                            .threads = 1};
            assert_int_equal(gt_cpu_backend.kernels[op]->run(&call, &err), GT_NOT_FINITE);
            assert_string_equal(err.text, "a 2 x 2 matrix is singular or not finite");
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(parts),
        cmocka_unit_test(no_numbers),
        cmocka_unit_test(stairs),
        cmocka_unit_test(outside_of_the_stair),
        cmocka_unit_test(stairs_of_degrees),
        cmocka_unit_test(inverses),
        cmocka_unit_test(singular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
