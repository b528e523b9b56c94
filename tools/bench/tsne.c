/* tsne.c - a whole t-SNE map of 5000 codes of length 256: neighbours, start, 1000 iterations.
 * The peers are openTSNE and scikit-learn in bench/peers/tsne_peers.py, on codes of the same
 * kind: twelve clusters, each spread along four directions. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/tsne.h"
#include "rng.h"

enum { ROWS = 5000, WIDTH = 256, CLUSTERS = 12, DIRECTIONS = 4 };

typedef struct mapping {
    float *x;
    double *y;
} mapping;

static gt_status step(void *self, gt_error *err) {
    gt_status status = GT_OK;
    mapping *m = self;
    gt_tsne_settings settings = gt_tsne_settings_default();
    gt_tsne_result result;
    GT_TRY(gt_tsne_start_pca(ROWS, WIDTH, m->x, m->y, err));
    GT_TRY(gt_tsne_run(ROWS, WIDTH, m->x, &settings, m->y, NULL, NULL, &result, err));
done:
    return status;
}

static void close_mapping(void *self) {
    mapping *m = self;
    free(m->x);
    free(m->y);
    free(m);
}

static void draw_codes(float *x) {
    static float centre[CLUSTERS * WIDTH], along[DIRECTIONS * WIDTH], place[ROWS * DIRECTIONS];
    gt_rng_fill_normal((gt_rng_key){1, 1, 0}, 0, CLUSTERS * WIDTH, centre);
    gt_rng_fill_normal((gt_rng_key){1, 2, 0}, 0, DIRECTIONS * WIDTH, along);
    gt_rng_fill_normal((gt_rng_key){1, 3, 0}, 0, ROWS * DIRECTIONS, place);
    gt_rng_fill_normal((gt_rng_key){1, 4, 0}, 0, (size_t)ROWS * WIDTH, x);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t f = 0; f < WIDTH; f++) {
            float sum = 0.3f * x[i * WIDTH + f] + centre[i % CLUSTERS * WIDTH + f];
            for (size_t d = 0; d < DIRECTIONS; d++)
                sum += 0.5f * place[i * DIRECTIONS + d] * along[d * WIDTH + f];
            x[i * WIDTH + f] = sum;
        }
}

static gt_status open_tsne(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    mapping *m = calloc(1, sizeof *m);
    if (!m) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = m, .step = step, .close = close_mapping, .items = ROWS};
    m->x = malloc(sizeof(float) * ROWS * WIDTH);
    m->y = malloc(sizeof(double) * ROWS * 2);
    if (!m->x || !m->y) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    draw_codes(m->x);
    return GT_OK;
}

const gt_bench gt_bench_tsne = {
    "tsne", "t-SNE map of 5000 codes of 256 numbers, 1000 iterations", "points", open_tsne};
