/* bench.h - a graph whose inputs are all fed with normal numbers, evaluated in double. */
#ifndef GT_TEST_NN_BENCH_H
#define GT_TEST_NN_BENCH_H

#include "galatea/nn.h"
#include "gt_test.h"
#include "rng.h"

enum { MOST = 4096 };

typedef struct bench {
    gt_graph *g;
    gt_feed feeds[8];
    int count;
    double data[8][MOST];
} bench;

static inline bench *bench_create(void) {
    bench *b = calloc(1, sizeof *b);
    b->g = gt_graph_create();
    return b;
}

static inline void bench_destroy(bench *b) {
    gt_graph_destroy(b->g);
    free(b);
}

/* An input of normal numbers times scale. */
static inline gt_tensor *noise(bench *b, gt_shape shape, double scale) {
    gt_tensor *leaf = gt_input(b->g, "x", shape);
    gt_rng_key key = {7, (uint32_t)b->count, 0};
    for (int64_t i = 0; i < gt_shape_count(shape); ++i)
        b->data[b->count][i] = scale * gt_rng_normal(key, (uint64_t)i);
    b->feeds[b->count] = (gt_feed){leaf, b->data[b->count]};
    b->count++;
    return leaf;
}

static inline void run(bench *b, gt_tensor *value, double *out) {
    gt_error err;
    assert_true(gt_shape_count(gt_tensor_shape(value)) <= MOST);
    assert_ok(gt_reference_run(b->g, b->feeds, b->count, &value, 1, &out, &err), err);
}

#endif
