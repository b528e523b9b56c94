/* morphology.c - the five coefficients of galaxies of 64x64 pixels with their maps, as
 * bench/peers/morphology_statmorph.py makes them too. */
#include <math.h>
#include <stdlib.h>

#include "bench.h"
#include "galatea/morphology.h"
#include "team.h"

enum { IMAGES = 64, SIDE = 64, PIXELS = SIDE * SIDE };

typedef struct morphology_bench {
    double image[IMAGES][PIXELS];
    int32_t segments[IMAGES][PIXELS];
    gt_morphology_result results[IMAGES];
    gt_morphology **rooms;
    int threads;
} morphology_bench;

/* A number of -1..1 that follows from i. */
static double grain(uint32_t i) {
    uint32_t x = i * 2654435761u;
    x = (x ^ x >> 15) * 2246822519u;
    return (double)((x ^ x >> 13) & 0xffff) / 32768 - 1;
}

/* Disks of several sizes, inclinations and directions with two arms and noise. */
static void make_galaxy(int k, double *image, int32_t *segments) {
    double scale = 3 + 0.5 * (k % 8), ratio = 0.4 + 0.1 * (k % 6), angle = 0.37 * k;
    double c = cos(angle), s = sin(angle);
    for (int i = 0; i < PIXELS; i++) {
        double x = i % SIDE - 31.3, y = i / SIDE - 32.1;
        double u = c * x + s * y, v = (c * y - s * x) / ratio, r = hypot(u, v) / scale;
        double arms = 1 + 0.4 * r * exp(-r) * cos(2 * atan2(v, u) - 2 * r);
        image[i] = exp(-r) * arms + 0.005 * grain((uint32_t)(k * PIXELS + i));
        segments[i] = r < 3;
    }
}

static void measure(void *self, int64_t i, int worker) {
    morphology_bench *b = self;
    const gt_morphology_input input = {
        .image = b->image[i], .segments = b->segments[i], .label = 1};
    gt_morphology_measure(b->rooms[worker], &input, &b->results[i]);
}

static gt_status step(void *self, gt_error *err) {
    morphology_bench *b = self;
    gt_team_run(b->threads, IMAGES, measure, b);
    for (int i = 0; i < IMAGES; i++)
        if (b->results[i].flag == 4)
            return gt_fail(err, GT_BAD_ARGUMENT, "galaxy %d of the bench is not measured", i);
    return GT_OK;
}

static void close_bench(void *self) {
    morphology_bench *b = self;
    for (int t = 0; b->rooms && t < b->threads; t++) gt_morphology_destroy(b->rooms[t]);
    free(b->rooms);
    free(b);
}

static gt_status open_morphology(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    morphology_bench *b = calloc(1, sizeof *b);
    if (!b) return gt_fail(err, GT_NO_MEMORY, "no memory for %d galaxies", IMAGES);
    *work = (gt_bench_work){
        .self = b, .step = step, .close = close_bench, .items = IMAGES, .bytes = sizeof *b};
    b->threads = how->threads;
    b->rooms = calloc((size_t)how->threads, sizeof *b->rooms);
    if (!b->rooms) GT_THROW(err, GT_NO_MEMORY, "no memory for %d threads", how->threads);
    for (int t = 0; t < how->threads; t++)
        GT_TRY(gt_morphology_create(SIDE, SIDE, NULL, &b->rooms[t], err));
    for (int k = 0; k < IMAGES; k++) make_galaxy(k, b->image[k], b->segments[k]);
done:
    return status;
}

const gt_bench gt_bench_morphology = {
    "morphology", "concentration, asymmetry, smoothness, Gini, M20 of 64 galaxies of 64x64",
    "images", open_morphology};
