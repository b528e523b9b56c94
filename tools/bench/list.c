/* list.c - bench.def as an array. */
#include "bench.h"

#define GT_BENCH(name) extern const gt_bench gt_bench_##name;
#include "bench.def"
#undef GT_BENCH

static const gt_bench *const benches[] = {
#define GT_BENCH(name) &gt_bench_##name,
#include "bench.def"
#undef GT_BENCH
};

const gt_bench *const *gt_benches(size_t *count) {
    *count = sizeof benches / sizeof *benches;
    return benches;
}
