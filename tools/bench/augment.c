/* augment.c - two augmented views of 64x64 bytes as training gets them: read from a file, made
 * by the loader's workers, taken over batch by batch. An epoch is a step. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "loader.h"
#include "rng.h"

enum { ROWS = 2048, SIDE = 64, BATCH = 128 };

typedef struct reader {
    gt_dataset *set;
    gt_loader *loader;
    uint32_t epoch;
} reader;

/* A spot on noise. */
static void paint(uint64_t row, uint8_t *pixels) {
    float noise[SIDE * SIDE];
    gt_rng_key key = {.seed = 1, .step = (uint32_t)row};
    gt_rng_fill_uniform(key, 0, SIDE * SIDE, noise);
    for (int i = 0; i < SIDE * SIDE; i++) {
        float y = (float)(i / SIDE) - 30, x = (float)(i % SIDE) - 34;
        pixels[i] = (uint8_t)(40 * noise[i] + 200 * expf(-(x * x + y * y) / 50));
    }
}

static gt_status write_set(const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    uint8_t pixels[SIDE * SIDE];
    info.count = ROWS;
    info.channels = 1;
    info.height = info.width = SIDE;
    info.type = GT_PIXEL_U8;
    GT_TRY(gt_dataset_writer_create(path, &info, &writer, err));
    for (uint64_t row = 0; row < ROWS; row++) {
        paint(row, pixels);
        GT_TRY(gt_dataset_writer_append(writer, pixels, NULL, 1, err));
    }
    status = gt_dataset_writer_commit(writer, err);
    writer = NULL;
done:
    gt_dataset_writer_discard(writer);
    return status;
}

static gt_status step(void *self, gt_error *err) {
    reader *r = self;
    gt_batch batch = {.n = 1};
    gt_status status = gt_loader_begin(r->loader, r->epoch++, 0, err);
    while (!status && batch.n > 0) status = gt_loader_next(r->loader, &batch, err);
    return status;
}

static void close_reader(void *self) {
    reader *r = self;
    gt_loader_destroy(r->loader);
    gt_dataset_close(r->set);
    free(r);
}

static gt_status open_reader(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    char folder[] = "/tmp/galatea-bench-XXXXXX", path[64] = "";
    gt_augmentation views = gt_augmentation_default();
    gt_loader_settings settings = gt_loader_settings_default();
    reader *r = calloc(1, sizeof *r);
    if (!r) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = r, .step = step, .close = close_reader, .items = ROWS};
    if (!mkdtemp(folder)) GT_THROW(err, GT_IO, "no folder in /tmp for a bench");
    snprintf(path, sizeof path, "%s/set.h5", folder);
    GT_TRY(write_set(path, err));
    GT_TRY(gt_dataset_open(path, &r->set, err));
    settings.batch = BATCH;
    settings.views = 2;
    settings.augmentation = &views;
    settings.threads = (size_t)how->threads;
    settings.depth = 2 * settings.threads;
    GT_TRY(gt_loader_create(r->set, &settings, &r->loader, err));
done:
    if (*path) (void)unlink(path); /* stays readable while it is open */
    (void)rmdir(folder);
    return status;
}

const gt_bench gt_bench_augment = {"augment", "two augmented views of 2048 pictures of 64x64",
                                   "images", open_reader};
