/* nearest.c - for each of 1000 samples the most alike of 100,000 pictures, by both cosines, in
 * any of four ways to lay it. Pictures are bytes in memory and become floats block by block, as
 * those of a set do. */
#include <math.h>
#include <stdlib.h>

#include "bench.h"
#include "closest.h"
#include "rng.h"

enum { SAMPLES = 1000, PICTURES = 100000, SIDE = 64, VALUES = SIDE * SIDE, BLOCK = 1024 };

typedef struct gallery {
    uint8_t *pictures; /* (PICTURES, VALUES) */
    float *samples, *block;
} gallery;

/* A disc seen at an angle, of some size and brightness, in noise. */
static void draw_galaxy(uint64_t number, uint8_t *out) {
    float dice[8], noise[VALUES];
    gt_rng_fill_uniform((gt_rng_key){1, 1, 0}, number * 8, 8, dice);
    gt_rng_fill_normal((gt_rng_key){1, 2, 0}, number * VALUES, VALUES, noise);
    float cosine = cosf(3.1416F * dice[0]), sine = sinf(3.1416F * dice[0]),
          flat = 0.3F + 0.7F * dice[1], scale = 2 + 6 * dice[2], peak = 60 + 190 * dice[3],
          x0 = SIDE / 2 + 2 * dice[4], y0 = SIDE / 2 + 2 * dice[5];
    for (int i = 0; i < VALUES; i++) {
        float x = (float)(i % SIDE) - x0, y = (float)(i / SIDE) - y0;
        float u = x * cosine + y * sine, v = (y * cosine - x * sine) / flat;
        float level = 8 + 3 * noise[i] + peak * expf(-sqrtf(u * u + v * v) / scale);
        out[i] = (uint8_t)fminf(255, fmaxf(0, level));
    }
}

static gt_status step(void *self, gt_error *err) {
    gt_status status = GT_OK;
    const gallery *g = self;
    gt_closest *search = NULL;
    const gt_closest_shape shape = {1, SIDE, SIDE, true};
    GT_TRY(gt_closest_create(&shape, SAMPLES, g->samples, &search, err));
    for (size_t at = 0; at < PICTURES; at += BLOCK) {
        size_t count = PICTURES - at < BLOCK ? PICTURES - at : BLOCK;
        for (size_t i = 0; i < count * VALUES; i++) g->block[i] = g->pictures[at * VALUES + i];
        GT_TRY(gt_closest_add(search, at, count, g->block, err));
    }
done:
    gt_closest_destroy(search);
    return status;
}

static void close_gallery(void *self) {
    gallery *g = self;
    free(g->pictures);
    free(g->samples);
    free(g->block);
    free(g);
}

static gt_status open_nearest(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    size_t bytes = (size_t)PICTURES * VALUES;
    gallery *g = calloc(1, sizeof *g);
    if (!g) return gt_fail(err, GT_NO_MEMORY, "no memory for a gallery");
    *work = (gt_bench_work){.self = g,
                            .step = step,
                            .close = close_gallery,
                            .items = SAMPLES,
                            .flops = 2.0 * GT_FLIPS * SAMPLES * PICTURES * VALUES,
                            .bytes = bytes};
    g->pictures = malloc(bytes);
    g->samples = malloc((size_t)SAMPLES * VALUES * sizeof *g->samples);
    g->block = malloc((size_t)BLOCK * VALUES * sizeof *g->block);
    if (!g->pictures || !g->samples || !g->block) {
        close_gallery(g);
        return gt_fail(err, GT_NO_MEMORY, "no memory for %d pictures", PICTURES);
    }
    for (size_t i = 0; i < SAMPLES; i++) { /* where pictures will lie */
        draw_galaxy(PICTURES + i, g->pictures);
        for (size_t k = 0; k < VALUES; k++) g->samples[i * VALUES + k] = g->pictures[k];
    }
    for (size_t i = 0; i < PICTURES; i++) draw_galaxy(i, g->pictures + i * VALUES);
    return GT_OK;
}

const gt_bench gt_bench_nearest = {
    "nearest", "1000 samples in four flips among 100,000 pictures of 64x64, plain and centred",
    "samples", open_nearest};
