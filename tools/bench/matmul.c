/* matmul.c - the roof: a square matrix product, which no convolution done directly can pass. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/plan.h"

enum { SIDE = 2048 };

typedef struct roof {
    gt_graph *graph;
    gt_plan *plan;
    float *data;
} roof;

static gt_status step(void *self, gt_error *err) {
    return gt_plan_run(((roof *)self)->plan, err);
}

static void close_roof(void *self) {
    roof *r = self;
    gt_plan_destroy(r->plan);
    gt_graph_destroy(r->graph);
    free(r->data);
    free(r);
}

static gt_status prepare(roof *r, const gt_bench_how *how, gt_error *err) {
    gt_status status = GT_OK;
    gt_plan_options options = {.threads = how->threads, .algorithms = how->algorithms};
    r->graph = gt_graph_create();
    r->data = calloc((size_t)SIDE * SIDE, sizeof *r->data);
    if (!r->graph || !r->data)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a matrix of side %d", SIDE);
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++) r->data[i] = (float)(i % 13) * 0.1f;
    gt_tensor *a = gt_input(r->graph, "a", GT_SHAPE(SIDE, SIDE));
    gt_tensor *product = gt_matmul(r->graph, a, a, false, false);
    GT_TRY(gt_plan_create(r->graph, &product, 1, &options, &r->plan, err));
    GT_TRY(gt_plan_bind(r->plan, a, r->data, err));
done:
    return status;
}

static gt_status open_roof(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    roof *r = calloc(1, sizeof *r);
    if (!r) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = r,
                            .step = step,
                            .close = close_roof,
                            .items = 1,
                            .flops = 2.0 * SIDE * SIDE * SIDE};
    return prepare(r, how, err);
}

const gt_bench gt_bench_matmul = {"matmul", "the roof: a 2048 x 2048 matrix product",
                                  "products", open_roof};
