/* search.c - the nine rows most like each of 100 queries, among a million codes in memory. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/similarity.h"
#include "rng.h"

enum { QUERIES = 100, ROWS = 1000000, WIDTH = 256, TOP = 9 };

static gt_status step(void *self, gt_error *err) {
    gt_status status = GT_OK;
    const float *codes = self; /* the queries are the first of them */
    gt_similarity *search = NULL;
    GT_TRY(gt_similarity_create(QUERIES, WIDTH, codes, TOP, &search, err));
    GT_TRY(gt_similarity_add(search, 0, ROWS, codes, err));
done:
    gt_similarity_destroy(search);
    return status;
}

static gt_status open_search(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    size_t values = (size_t)ROWS * WIDTH;
    float *codes = malloc(values * sizeof *codes);
    if (!codes) return gt_fail(err, GT_NO_MEMORY, "no memory for %d codes", ROWS);
    *work = (gt_bench_work){.self = codes,
                            .step = step,
                            .close = free,
                            .items = QUERIES,
                            .flops = 2.0 * QUERIES * ROWS * WIDTH,
                            .bytes = values * sizeof *codes};
    gt_rng_fill_normal((gt_rng_key){.seed = 1}, 0, values, codes);
    return GT_OK;
}

const gt_bench gt_bench_search = {"search", "100 queries over a million codes of 256 numbers",
                                  "queries", open_search};
