/* judges.c - every number that judges a generator, with intervals and permutations, of three
 * sets of 10,000 rows of 256. The peers are in bench/peers/judges_python.py, on rows of the
 * same kind: normal, with variances that fall, the generated ones a little apart. */
#include <math.h>
#include <stdlib.h>

#include "bench.h"
#include "galatea/judging.h"
#include "rng.h"

enum { ROWS = 10000, WIDTH = 256, SETS = 3 };

typedef struct judging {
    float *x[SETS];
} judging;

static gt_status step(void *self, gt_error *err) {
    judging *j = self;
    gt_judge_settings settings = gt_judge_defaults();
    gt_points train = {"train", ROWS, WIDTH, j->x[0]}, test = {"test", ROWS, WIDTH, j->x[1]},
              generated = {"generated", ROWS, WIDTH, j->x[2]};
    gt_judgement out;
    return gt_judge_points(&train, &test, &generated, &settings, &out, err);
}

static void close_judging(void *self) {
    judging *j = self;
    for (int s = 0; s < SETS; s++) free(j->x[s]);
    free(j);
}

static void draw_rows(uint32_t set, float *x) {
    gt_rng_fill_normal((gt_rng_key){1, set, 0}, 0, (size_t)ROWS * WIDTH, x);
    for (size_t i = 0; i < (size_t)ROWS * WIDTH; i++)
        x[i] = x[i] / sqrtf(1.0f + (float)(i % WIDTH)) + (set == SETS - 1 ? 0.02f : 0.0f);
}

static gt_status open_judges(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    judging *j = calloc(1, sizeof *j);
    if (!j) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = j, .step = step, .close = close_judging, .items = ROWS};
    for (uint32_t s = 0; s < SETS; s++) {
        j->x[s] = malloc(sizeof(float) * ROWS * WIDTH);
        if (!j->x[s]) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
        draw_rows(s, j->x[s]);
    }
    return GT_OK;
}

const gt_bench gt_bench_judges = {
    "judges", "every judge of 10,000 generated rows of 256 numbers, with intervals", "rows",
    open_judges};
