/* max_pool_test.c - the kernel of maxima against a plain scan of each window, in both layouts,
 * with equal pixels, infinite ones and NaN. */
#include "cpu/max_pool.h"
#include "gt_test.h"
#include "rng.h"

enum { IMAGES = 2, LANES = 16, CHANNELS = 2 * LANES, MOST = 9 * 8 };
enum { COUNT = IMAGES * CHANNELS * MOST };

typedef struct planes {
    float x[COUNT], v[COUNT], given[COUNT], taken[COUNT], back[COUNT];
} planes;

static const struct {
    int k, stride, pad, height, width;
} shapes[] = {{3, 2, 1, 9, 8}, {3, 2, 1, 8, 7}, {2, 2, 0, 6, 8}, {3, 1, 2, 5, 4},
              {5, 3, 4, 7, 3}, {1, 2, 0, 9, 8}, {4, 5, 0, 9, 4}, {3, 2, 1, 1, 1}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static gt_shape large_of(int i) {
    return GT_SHAPE(IMAGES, CHANNELS, shapes[i].height, shapes[i].width);
}

static gt_shape small_of(int i) {
    int k = shapes[i].k, stride = shapes[i].stride, pad = 2 * shapes[i].pad;
    return GT_SHAPE(IMAGES, CHANNELS, (shapes[i].height + pad - k) / stride + 1,
                    (shapes[i].width + pad - k) / stride + 1);
}

/* Few different values, so that most windows have equal ones. */
static void draw(planes *p, uint32_t number) {
    static const float few[] = {-INFINITY, -INFINITY, -2, -1, -0.0f, 0, 0, 1, INFINITY, NAN};
    gt_rng_key key = {5, gt_rng_stream("max pool"), number};
    for (int i = 0; i < COUNT; i++) p->x[i] = few[(int)(gt_rng_uniform(key, (uint64_t)i) * 10)];
    key.stream = gt_rng_stream("given");
    gt_rng_fill_normal(key, 0, COUNT, p->v);
    gt_rng_fill_normal(key, COUNT, COUNT, p->given);
}

/* As PyTorch: the first of the largest pixels, but the last NaN. */
static int winner(int i, const float *x, int64_t row, int64_t column) {
    int best = -1;
    for (int dy = 0; dy < shapes[i].k; dy++)
        for (int dx = 0; dx < shapes[i].k; dx++) {
            int64_t y = row * shapes[i].stride - shapes[i].pad + dy;
            int64_t z = column * shapes[i].stride - shapes[i].pad + dx;
            if (y < 0 || z < 0 || y >= shapes[i].height || z >= shapes[i].width) continue;
            int at = (int)(y * shapes[i].width + z);
            if (best < 0 || x[at] > x[best] || isnan(x[at])) best = at;
        }
    return best;
}

static void expect(int i, planes *p, float *largest) {
    gt_shape small = small_of(i);
    int64_t pixels = shapes[i].height * shapes[i].width, rows = small.dim[2],
            columns = small.dim[3];
    memset(p->back, 0, sizeof p->back);
    for (int64_t w = 0; w < gt_shape_count(small); w++) {
        int64_t plane = w / (rows * columns) * pixels;
        int64_t at = plane + winner(i, p->x + plane, w / columns % rows, w % columns);
        largest[w] = p->x[at];
        p->taken[w] = p->v[at];
        p->back[at] += p->given[w];
    }
}

/* (N,C,H,W) to (N,C/16,H,W,16), or back. */
static void block(gt_shape s, float *plain, float *blocked, bool back) {
    int64_t pixels = s.dim[2] * s.dim[3];
    for (int64_t i = 0; i < gt_shape_count(s); i++) {
        int64_t plane = i / pixels;
        int64_t to = (plane / LANES * pixels + i % pixels) * LANES + plane % LANES;
        if (back)
            plain[i] = blocked[to];
        else
            blocked[to] = plain[i];
    }
}

static void assert_same(const float *got, const float *want, gt_shape s, const char *what,
                        int i) {
    for (int64_t at = 0; at < gt_shape_count(s); at++)
        if (!(got[at] == want[at] || (isnan(got[at]) && isnan(want[at]))))
            fail_msg("%s of shape %d: number %d is %g, expected %g", what, i, (int)at,
                     (double)got[at], (double)want[at]);
}

static void check(int i, planes *p, gt_layout layout, int threads) {
    static float x[COUNT], v[COUNT], given[COUNT], out[COUNT], got[COUNT], largest[COUNT];
    gt_shape large = large_of(i), small = small_of(i);
    gt_attr attr = {.factor = shapes[i].k,
                    .conv = {.stride = shapes[i].stride, .pad = shapes[i].pad}};
    gt_max_pool_windows windows = gt_max_pool_windows_of(&attr, large, small, layout);
    bool blocked = layout == GT_BLOCKED;
    expect(i, p, largest);
    memcpy(x, p->x, sizeof x);
    memcpy(v, p->v, sizeof v);
    memcpy(given, p->given, sizeof given);
    if (blocked) block(large, p->x, x, false);
    if (blocked) block(large, p->v, v, false);
    if (blocked) block(small, p->given, given, false);
    for (int run = 0; run < 3; run++) {
        static const char *const names[] = {"maxima", "values at maxima", "gradient"};
        const float *wanted[] = {largest, p->taken, p->back};
        gt_shape shape = run == 2 ? large : small;
        for (int64_t at = 0; at < COUNT; at++) out[at] = NAN;
        if (run == 2)
            gt_max_pool_back_run(&windows, x, given, out, threads);
        else
            gt_max_pool_run(&windows, x, run ? v : x, out, threads);
        memcpy(got, out, sizeof got);
        if (blocked) block(shape, got, out, true);
        assert_same(got, wanted[run], shape, names[run], i);
    }
}

static void test_windows(void **state) {
    static planes p;
    for (int i = 0; i < SHAPES; i++) {
        draw(&p, (uint32_t)i);
        check(i, &p, GT_PLAIN, 1);
        check(i, &p, GT_PLAIN, 3);
        check(i, &p, GT_BLOCKED, 1);
        check(i, &p, GT_BLOCKED, 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
