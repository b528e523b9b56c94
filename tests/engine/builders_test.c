/* builders_test.c - every builder over all small geometries: it makes a node exactly where the
 * definition has a result, whose shape is counted here, by hand; and what is refused leaves the
 * first failure, with its scope and shapes, and the poison flows on. */
#include "gt_test.h"

#include <limits.h>

#include "node.h"

static gt_graph *g;

static gt_tensor *input(gt_shape shape) {
    return gt_input(g, "x", shape);
}

/* What a builder made, compared with what the definition says; the failure is cleared, so that
 * one graph serves many trials. */
static void expect(gt_tensor *made, bool is_there, gt_shape shape, const char *what) {
    char got[96], want[96];
    bool was_made = !g->error.status;
    g->error = (gt_error){0};
    if (was_made != is_there) fail_msg("%s: %s", what, was_made ? "was made" : "was refused");
    if (is_there && !gt_shape_equal(made->shape, shape))
        fail_msg("%s: %s, expected %s", what, gt_shape_text(made->shape, got),
                 gt_shape_text(shape, want));
    if (!is_there) assert_ptr_equal(made, g->poison);
}

static int set_up(void **state) {
    g = gt_graph_create();
    return g ? 0 : -1;
}

static int tear_down(void **state) {
    gt_graph_destroy(g);
    return 0;
}

/* ---- Windows -------------------------------------------------------------------------- */

/* Places of a window of k in n pixels with `pad` outside on both sides, counted one by one. */
static int64_t places(int64_t n, int k, int stride, int pad, int less) {
    int64_t count = 0;
    if (stride < 1) return 0;
    for (int64_t at = -pad; at + k <= n + pad - less; at += stride) count++;
    return count;
}

static void convolutions(void **state) {
    char what[160];
    for (int h = 1; h <= 4; h++)
        for (int k = 1; k <= 5; k++)
            for (int stride = 0; stride <= 3; stride++)
                for (int pad = -1; pad <= 3; pad++)
                    for (int which = 0; which < 15; which++) {
                        int groups = which % 5 - 1, less = which / 5 - 1;
                        gt_conv how = {stride, pad, groups, less};
                        gt_shape x = GT_SHAPE(2, 6, h, 3), w = GT_SHAPE(4, 2, k, k);
                        int64_t rows = places(h, k, stride, pad, less);
                        int64_t columns = places(3, k, stride, pad, less);
                        bool fits = pad >= 0 && groups >= 1 && rows > 0 && columns > 0;
                        fits = fits && less >= 0 && less <= pad;
                        if (groups > 0) w.dim[1] = 6 / groups;
                        if (groups == 3) w.dim[0] = 9;
                        gt_shape y = GT_SHAPE(2, w.dim[0], rows, columns);
                        snprintf(what, sizeof what,
                                 "%d rows, window %d, stride %d, padding %d less %d, "
                                 "%d groups",
                                 h, k, stride, pad, less, groups);
                        expect(gt_conv2d(g, input(x), input(w), NULL, how), fits, y, what);
                        if (!fits) continue;
                        expect(gt_conv2d(g, input(x), input(w), input(GT_SHAPE(w.dim[0])), how),
                               true, y, what);
                        expect(gt_conv2d_data(g, input(y), input(w), x, how), true, x, what);
                        expect(gt_conv2d_weights(g, input(x), input(y), w, how), true, w, what);
                        for (int d = 0; d < 4; d++) { /* any other gradient does not fit */
                            gt_shape off = y;
                            off.dim[d]++;
                            expect(gt_conv2d_data(g, input(off), input(w), x, how), false, x,
                                   what);
                            expect(gt_conv2d_weights(g, input(x), input(off), w, how), false, w,
                                   what);
                        }
                    }
}

/* Channels that do not divide, or are not those of the weights. */
static void groups(void **state) {
    char what[96];
    for (int in = 1; in <= 6; in++)
        for (int out = 1; out <= 6; out++)
            for (int each = 1; each <= 6; each++)
                for (int n = 1; n <= 6; n++) {
                    bool fits = in == each * n && out % n == 0;
                    snprintf(what, sizeof what, "%d to %d channels, %d each, %d groups", in,
                             out, each, n);
                    expect(gt_conv2d(g, input(GT_SHAPE(1, in, 2, 2)),
                                     input(GT_SHAPE(out, each, 1, 1)), NULL,
                                     (gt_conv){1, 0, n}),
                           fits, GT_SHAPE(1, out, 2, 2), what);
                }
}

static void pools_and_windows(void **state) {
    char what[96];
    for (int h = 1; h <= 6; h++)
        for (int k = -1; k <= 7; k++) {
            gt_shape x = GT_SHAPE(2, 3, h, 6);
            bool tiles = k >= 1 && h % k == 0 && 6 % k == 0;
            snprintf(what, sizeof what, "%d rows, window %d", h, k);
            expect(gt_avg_pool(g, input(x), k), tiles, tiles ? GT_SHAPE(2, 3, h / k, 6 / k) : x,
                   what);
            expect(gt_upsample(g, input(x), k), k >= 1, GT_SHAPE(2, 3, h * k, 6 * k), what);
            for (int stride = -1; stride <= 4; stride++)
                for (int pad = -1; pad <= 7; pad++) {
                    int64_t rows = places(h, k, stride, pad, 0),
                            columns = places(6, k, stride, pad, 0);
                    bool fits = k >= 1 && pad >= 0 && pad < k && rows > 0 && columns > 0;
                    snprintf(what, sizeof what, "%d rows, window %d, stride %d, padding %d", h,
                             k, stride, pad);
                    expect(gt_max_pool(g, input(x), k, stride, pad), fits,
                           GT_SHAPE(2, 3, rows, columns), what);
                    gt_shape many = GT_SHAPE(2, 3 * k * k, rows * columns);
                    expect(gt_unfold(g, input(x), k, stride, pad), fits, many, what);
                    if (!fits) continue;
                    expect(gt_unfold_back(g, input(many), x, k, stride, pad), true, x, what);
                    many.dim[2]++;
                    expect(gt_unfold_back(g, input(many), x, k, stride, pad), false, x, what);
                }
        }
}

/* Numbers at the ends of their types are refused like others, without overflow on the way (the
 * sanitizers' build sees that). */
static void geometries_at_the_ends(void **state) {
    static const int ends[] = {INT_MIN, INT_MIN + 1, -1, 0, INT_MAX - 1, INT_MAX};
    enum { N = sizeof ends / sizeof *ends };
    gt_shape x = GT_SHAPE(2, 16, 5, 5), w = GT_SHAPE(16, 16, 3, 3);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            for (int m = 0; m < N; m++) {
                gt_conv2d(g, input(x), input(w), NULL, (gt_conv){ends[i], ends[k], ends[m]});
                g->error = (gt_error){0};
                gt_conv2d_data(g, input(x), input(w), x, (gt_conv){ends[i], ends[k], 1});
                g->error = (gt_error){0};
                gt_max_pool(g, input(x), ends[i], ends[k], ends[m]);
                g->error = (gt_error){0};
                gt_unfold(g, input(x), ends[i], ends[k], ends[m]);
                g->error = (gt_error){0};
                gt_unfold_back(g, input(x), x, ends[i], ends[k], ends[m]);
                g->error = (gt_error){0};
                gt_unfold_back(g, input(x), GT_SHAPE(2, INT64_MAX, INT64_MAX, INT64_MAX),
                               ends[i], ends[k], ends[m]);
                g->error = (gt_error){0};
            }
    for (int i = 0; i < N; i++) {
        expect(gt_upsample(g, input(x), ends[i]), false, x, "upsample");
        expect(gt_avg_pool(g, input(x), ends[i]), false, x, "pool");
        expect(gt_resize(g, input(x), ends[i], 3, GT_RESIZE_BILINEAR), false, x, "resize");
        expect(gt_resize(g, input(x), 3, ends[i], GT_RESIZE_NEAREST), false, x, "resize");
        expect(gt_softmax(g, input(x), ends[i]), ends[i] == 0, x, "softmax");
        expect(gt_reverse(g, input(x), ends[i]), ends[i] == 0, x, "reverse");
    }
    expect(gt_resize(g, input(x), 1 << 24, 3, GT_RESIZE_NEAREST), true,
           GT_SHAPE(2, 16, 1 << 24, 3), "resize");
    expect(gt_resize(g, input(x), (1 << 24) + 1, 3, GT_RESIZE_NEAREST), false, x, "resize");
}

/* ---- Axes and shapes ------------------------------------------------------------------ */

static void axes(void **state) {
    char what[64];
    for (int rank = 0; rank <= 4; rank++)
        for (int axis = -2; axis <= 5; axis++) {
            gt_shape x = {.rank = rank}, one, half;
            for (int d = 0; d < rank; d++) x.dim[d] = 2 * d + 3 - d % 2; /* 3 4 7 8 */
            bool exists = axis >= 0 && axis < rank;
            one = half = x;
            if (exists) one.dim[axis] = 1, half.dim[axis] /= 2;
            snprintf(what, sizeof what, "axis %d of rank %d", axis, rank);
            expect(gt_reduce_max(g, input(x), axis), exists, one, what);
            expect(gt_softmax(g, input(x), axis), exists, x, what);
            expect(gt_reverse(g, input(x), axis), exists, x, what);
            expect(gt_glu(g, input(x), axis), exists && x.dim[axis] % 2 == 0, half, what);
            expect(gt_slice(g, input(x), axis, 0, 1), exists, one, what);
            gt_shape more = x;
            if (exists) more.dim[axis] += 3;
            expect(gt_pad(g, input(x), axis, 1, 2, 0), exists, more, what);
            if (exists) more.dim[axis] += x.dim[axis] - 3;
            gt_tensor *parts[] = {input(x), input(x)};
            expect(gt_concat(g, parts, 2, axis), exists, more, what);
        }
}

static void slices_and_pads(void **state) {
    char what[64];
    for (int64_t start = -2; start <= 5; start++)
        for (int64_t length = -1; length <= 6; length++) {
            bool fits = start >= 0 && length >= 1 && start + length <= 4;
            snprintf(what, sizeof what, "%lld from %lld", (long long)length, (long long)start);
            expect(gt_slice(g, input(GT_SHAPE(2, 4)), 1, start, length), fits,
                   GT_SHAPE(2, length), what);
            expect(gt_pad(g, input(GT_SHAPE(2, 4)), 1, start, length, 0),
                   start >= 0 && length >= 0, GT_SHAPE(2, 4 + start + length), what);
        }
}

/* numpy's rule, by its definition: aligned right, each pair equal or one of them 1. */
static bool stretch(gt_shape a, gt_shape b, gt_shape *both) {
    *both = (gt_shape){.rank = a.rank > b.rank ? a.rank : b.rank};
    for (int i = 1; i <= both->rank; i++) {
        int64_t m = i <= a.rank ? a.dim[a.rank - i] : 1,
                n = i <= b.rank ? b.dim[b.rank - i] : 1;
        if (m != n && m != 1 && n != 1) return false;
        both->dim[both->rank - i] = m > n ? m : n;
    }
    return true;
}

static gt_shape shape_numbered(int code) {
    gt_shape s = {.rank = code % 4};
    code /= 4;
    for (int d = 0; d < s.rank; d++, code /= 3) s.dim[d] = 1 + code % 3;
    return s;
}

static void broadcasts(void **state) {
    enum { CODES = 4 * 27 };
    char a[96], b[96], what[200];
    for (int i = 0; i < CODES; i++)
        for (int k = 0; k < CODES; k += 1 + i % 2) {
            gt_shape m = shape_numbered(i), n = shape_numbered(k), both, three;
            bool fits = stretch(m, n, &both);
            snprintf(what, sizeof what, "%s and %s", gt_shape_text(m, a), gt_shape_text(n, b));
            expect(gt_add(g, input(m), input(n)), fits, both, what);
            if (fits) fits = stretch(both, m, &three);
            expect(gt_select(g, input(m), input(n), input(m)), fits, three, what);
            bool grows = m.rank == n.rank && stretch(m, n, &both) && gt_shape_equal(both, n);
            expect(gt_broadcast(g, input(m), n), grows, n, what);
            expect(gt_sum_to(g, input(n), m), grows, m, what);
            bool as_many = gt_shape_count(m) == gt_shape_count(n);
            expect(gt_reshape(g, input(m), n), as_many, n, what);
        }
}

static void products(void **state) {
    char what[96];
    for (int code = 0; code < 3 * 3 * 3 * 3; code++)
        for (int t = 0; t < 4; t++)
            for (int rank = 1; rank <= 5; rank++) {
                bool ta = t & 1, tb = t & 2;
                int64_t p = 1 + code % 3, q = 1 + code / 3 % 3, r = 1 + code / 9 % 3,
                        s = 1 + code / 27;
                gt_shape a = {.rank = rank}, b = {.rank = rank}, y;
                for (int d = 0; d < rank; d++) a.dim[d] = b.dim[d] = 2;
                a.dim[rank - 1] = q, b.dim[rank - 1] = s;
                if (rank > 1) a.dim[rank - 2] = p, b.dim[rank - 2] = r;
                bool fits = rank >= 2 && rank <= 4 && (ta ? p : q) == (tb ? s : r);
                y = a;
                if (rank > 1) y.dim[rank - 2] = ta ? q : p, y.dim[rank - 1] = tb ? r : s;
                snprintf(what, sizeof what, "rank %d, %lldx%lld by %lldx%lld, %d", rank,
                         (long long)p, (long long)q, (long long)r, (long long)s, t);
                expect(gt_matmul(g, input(a), input(b), ta, tb), fits, y, what);
                if (rank < 3) continue;
                b.dim[0] = 3; /* another number of matrices */
                expect(gt_matmul(g, input(a), input(b), ta, tb), false, y, what);
            }
    for (int64_t m = 1; m <= 3; m++)
        for (int64_t n = 1; n <= 3; n++) {
            expect(gt_inverse(g, input(GT_SHAPE(m, n))), m == n, GT_SHAPE(m, n), "inverse");
            expect(gt_log_abs_det(g, input(GT_SHAPE(m, n))), m == n, gt_shape_scalar(), "det");
        }
}

/* A stair ascends, in at most 16 steps, to the last row, and stays within the columns. */
static void stairs(void **state) {
    char what[96];
    for (int code = 0; code < 3125; code++) {
        int64_t r0 = code % 5 - 1, r1 = code / 5 % 5, c0 = code / 25 % 5 - 1,
                c1 = code / 125 % 5;
        int steps = code / 625;
        gt_stair stair = {steps, {r0, r1, 3}, {c0, c1, 3}};
        gt_shape y = GT_SHAPE(3, 2);
        bool fits = steps == 1 ? r0 == 3 && c0 >= 0 && c0 <= 3
                    : steps == 2
                        ? r0 >= 1 && r1 > r0 && r1 == 3 && c0 >= 0 && c1 >= c0 && c1 <= 3
                    : steps == 3 ? r0 == 1 && r1 == 2 && c0 >= 0 && c1 >= c0 && c1 <= 3
                                 : false;
        snprintf(what, sizeof what, "%d steps to rows %d %d, columns %d %d", steps, (int)r0,
                 (int)r1, (int)c0, (int)c1);
        expect(gt_stair_matmul(g, input(GT_SHAPE(3, 3)), input(GT_SHAPE(3, 2)), false, false,
                               &stair, GT_STAIR_A),
               fits, y, what);
    }
    gt_stair many = {GT_STAIR_STEPS + 1, {0}, {0}}, none = {-1, {0}, {0}};
    expect(gt_stair_matmul(g, input(GT_SHAPE(3, 3)), input(GT_SHAPE(3, 2)), false, false, &many,
                           GT_STAIR_RESULT),
           false, GT_SHAPE(3, 2), "17 steps");
    expect(gt_stair_matmul(g, input(GT_SHAPE(3, 3)), input(GT_SHAPE(3, 2)), false, false, &none,
                           GT_STAIR_B),
           false, GT_SHAPE(3, 2), "-1 steps");
}

/* ---- Texts, and what follows ---------------------------------------------------------- */

#define REFUSED(name, expression)          \
    static gt_tensor *name(gt_tensor *x) { \
        return expression;                 \
    }

/* clang-format off */
REFUSED(glu_odd, gt_glu(g, x, 3))
REFUSED(glu_axis, gt_glu(g, x, -1))
REFUSED(softmax_axis, gt_softmax(g, x, 4))
REFUSED(unfold_stride, gt_unfold(g, x, 3, 0, 1))
REFUSED(unfold_shape, gt_unfold_back(g, x, GT_SHAPE(2, 3, 4, 5), 3, 1, 1))
REFUSED(near_thirds, gt_attend_near(g, x, 2))
REFUSED(near_heads, gt_attend_near(g, x, 0))
REFUSED(shuffle_channels, gt_pixel_shuffle(g, x, 2))
REFUSED(unshuffle_rows, gt_pixel_unshuffle(g, x, 3))
REFUSED(wide_both, gt_attend_wide(g, x, x, 1))
REFUSED(resize_none, gt_resize(g, x, 0, 5, GT_RESIZE_BILINEAR))
REFUSED(resize_rank, gt_resize(g, gt_sum(g, x), 4, 5, GT_RESIZE_BILINEAR))
REFUSED(shift_by, gt_shift(g, x, gt_constant(g, 1, GT_SHAPE(2, 3))))
REFUSED(leaky_negative, gt_leaky_relu(g, x, -0.5))
REFUSED(leaky_none, gt_leaky_relu(g, x, NAN))
REFUSED(arrange_rank, gt_arrange_back(g, x, (gt_degrees){.period = 1}, (gt_degrees){.period = 1}))
REFUSED(stack_rank, gt_matmul(g, gt_reshape(g, x, GT_SHAPE(2, 3, 4, 5, 1)), x, false, true))
REFUSED(pool_uneven, gt_avg_pool(g, x, 2))
REFUSED(own_words, gt_graph_refuse(g, "a layer of %d units", 0))

static const struct {
    gt_tensor *(*build)(gt_tensor *x);
    gt_status status;
    const char *text;
} refusals[] = {
    {glu_odd, GT_BAD_SHAPE, "glu: axis 3 of 2x3x4x5 has no halves"},
    {glu_axis, GT_BAD_SHAPE, "glu: axis -1 of 2x3x4x5 has no halves"},
    {softmax_axis, GT_BAD_ARGUMENT, "softmax: axis 4 of a tensor 2x3x4x5"},
    {unfold_stride, GT_BAD_SHAPE, "unfold: windows of 3x3 every 0 pixels, 1 outside, of images 2x3x4x5 (N,C,H,W)"},
    {unfold_shape, GT_BAD_SHAPE, "unfold: columns 2x3x4x5 of images 2x3x4x5, not 2x27x20"},
    {near_thirds, GT_BAD_SHAPE, "near: 2x3x4x5 are no queries, keys and values (N,3C,H,W) of 2 heads"},
    {near_heads, GT_BAD_SHAPE, "near: 2x3x4x5 are no queries, keys and values (N,3C,H,W) of 0 heads"},
    {shuffle_channels, GT_BAD_SHAPE, "shuffle: channels of 2x3x4x5 (N,C,H,W) do not make blocks of 2x2 pixels"},
    {unshuffle_rows, GT_BAD_SHAPE, "shuffle: blocks of 3x3 pixels do not tile images 2x3x4x5 (N,C,H,W)"},
    {wide_both, GT_BAD_SHAPE, "wide: 2x3x4x5 and 2x3x4x5 are no queries (N,C,H,W), and keys and values (N,2C,H,W), of 1 heads"},
    {resize_none, GT_BAD_SHAPE, "resize: images 2x3x4x5 (N,C,H,W) to 0x5"},
    {resize_rank, GT_BAD_SHAPE, "resize: images 1 (N,C,H,W) to 4x5"},
    {shift_by, GT_BAD_SHAPE, "shift: images 2x3x4x5 by 2x3, expected (N,C,H,W) and (N,2)"},
    {leaky_negative, GT_BAD_ARGUMENT, "leaky_relu: slope -0.5, expected 0 or more"},
    {leaky_none, GT_BAD_ARGUMENT, "leaky_relu: slope nan, expected 0 or more"},
    {arrange_rank, GT_BAD_SHAPE, "arrange: 2x3x4x5 is not a matrix"},
    {stack_rank, GT_BAD_SHAPE, "matmul: 2x3x4x5x1 times 2x3x4x5 transposed"},
    {pool_uneven, GT_BAD_SHAPE, "avg_pool: windows of 2x2 do not tile images 2x3x4x5 (N,C,H,W)"},
    {own_words, GT_BAD_SHAPE, "a layer of 0 units"},
};
/* clang-format on */
enum { REFUSALS = sizeof refusals / sizeof *refusals };

/* The first failure stays whatever fails behind it, and nothing is added any more. */
static void first_failure_stays(void **state) {
    for (int first = 0; first < REFUSALS; first++) {
        gt_error err = {0};
        g = gt_graph_create();
        char want[256];
        gt_tensor *x = input(GT_SHAPE(2, 3, 4, 5));
        gt_graph_push_scope(g, "generator");
        assert_ptr_equal(refusals[first].build(x), g->poison);
        gt_graph_pop_scope(g);
        int count = g->count;
        for (int later = 0; later < REFUSALS; later++) {
            gt_graph_push_scope(g, "later.%d", later);
            assert_ptr_equal(refusals[later].build(x), g->poison);
            assert_ptr_equal(refusals[later].build(g->poison), g->poison);
        }
        assert_int_equal(g->count, count);
        snprintf(want, sizeof want, "generator: %s", refusals[first].text);
        assert_int_equal(gt_graph_check(g, &err), refusals[first].status);
        assert_string_equal(err.text, want);
        gt_graph_destroy(g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(convolutions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pools_and_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(geometries_at_the_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(axes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slices_and_pads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broadcasts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(products, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stairs, set_up, tear_down),
        cmocka_unit_test(first_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
