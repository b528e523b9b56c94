/* loader.c - a ring of batches between worker threads and one reader.
 *
 * Batch b lives in slot b % slots. Workers take the next batch number under the lock, fill the
 * slot without it, and mark it ready. The reader holds one slot, so slots = depth + 1. Numbers
 * only grow within an epoch:   freed <= ... ready or being filled ... < claimed <= batches  */
#include "loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "loader_epoch.h"
#include "progress.h"

enum { MAX_THREADS = 64, MAX_DEPTH = 1024 };
static const double white = 255; /* of pictures that views are made of */

typedef struct ring_slot {
    gt_batch_slot batch;
    bool is_ready;
    gt_error error; /* status GT_OK when filling went well */
} ring_slot;

struct gt_loader {
    gt_epoch epoch;      /* does not change while a worker is busy */
    gt_session *session; /* of the thread that began it */
    size_t slots;
    ring_slot *slot;
    void *memory;                     /* all arrays of all slots */
    gt_augmenter *maker[MAX_THREADS]; /* of views, one a worker; NULL: no augmentation */

    pthread_mutex_t lock;
    pthread_cond_t may_fill, changed; /* for workers; for the reader */
    pthread_t worker[MAX_THREADS];
    size_t workers;
    /* Under the lock: */
    size_t claimed, next,
        freed;      /* batch numbers: to fill, to hand out, the first not returned */
    size_t busy;    /* workers that fill a slot now */
    size_t started; /* workers that know their number */
    double waited;  /* seconds of the reader */
    bool is_begun, is_ending;
};

gt_loader_settings gt_loader_settings_default(void) {
    return (gt_loader_settings){.batch = 16,
                                .seed = 1,
                                .shuffle = true,
                                .split = GT_SPLIT_ANY,
                                .passes = 1,
                                .views = 1,
                                .threads = 1,
                                .depth = 4};
}

/* ---- workers ---- */

static bool has_work(const gt_loader *loader) {
    return loader->is_begun && loader->claimed < loader->epoch.batches &&
           loader->claimed - loader->freed < loader->slots;
}

static void *run_worker(void *user) {
    gt_loader *loader = user;
    gt_session_enter(loader->session);
    pthread_mutex_lock(&loader->lock);
    gt_augmenter *maker = loader->maker[loader->started++];
    for (;;) {
        while (!loader->is_ending && !has_work(loader))
            pthread_cond_wait(&loader->may_fill, &loader->lock);
        if (loader->is_ending) break;
        size_t batch = loader->claimed++;
        ring_slot *slot = &loader->slot[batch % loader->slots];
        loader->busy++;
        pthread_mutex_unlock(&loader->lock);
        gt_error error = {0};
        error.status = gt_epoch_fill(&loader->epoch, maker, batch, &slot->batch, &error);
        pthread_mutex_lock(&loader->lock);
        slot->error = error;
        slot->is_ready = true;
        loader->busy--;
        pthread_cond_signal(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

/* ---- creation ---- */

static gt_status check_settings(const gt_loader_settings *settings, gt_error *err) {
    if (settings->threads < 1 || settings->threads > MAX_THREADS)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu loader threads, expected 1 to %d",
                       settings->threads, MAX_THREADS);
    if (settings->depth < 1 || settings->depth > MAX_DEPTH)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu batches read ahead, expected 1 to %d",
                       settings->depth, MAX_DEPTH);
    return GT_OK;
}

/* One block for all slots; every array in it begins at a multiple of 64 bytes. */
static gt_status make_slots(gt_loader *loader, gt_error *err) {
    const gt_epoch *epoch = &loader->epoch;
    const gt_loader_settings *settings = &epoch->settings;
    size_t batch = settings->batch < epoch->count ? settings->batch : epoch->count;
    size_t slots = settings->depth + 1, pixels = 0, numbers = 0, each = 0, total;
    bool is_weighed = settings->weights.planes != 0;
    size_t mask = is_weighed ? epoch->info->height * epoch->info->width : 0;
    bool too_large = __builtin_mul_overflow(batch, (size_t)settings->views, &pixels) ||
                     __builtin_mul_overflow(pixels, epoch->values, &pixels) ||
                     __builtin_mul_overflow(pixels, sizeof(float), &pixels) ||
                     __builtin_mul_overflow(batch, sizeof(int64_t), &numbers) ||
                     __builtin_add_overflow(pixels, 4 * numbers + mask + 7 * 64, &each) ||
                     (is_weighed && __builtin_add_overflow(each, pixels, &each)) ||
                     __builtin_mul_overflow(each & ~(size_t)63, slots, &total);
    loader->slot = calloc(slots, sizeof *loader->slot);
    loader->memory = too_large ? NULL : aligned_alloc(64, total);
    if (!loader->slot || !loader->memory)
        return gt_fail(err, GT_NO_MEMORY, "%zu batches of %zu rows with %zu values each", slots,
                       batch, epoch->values);
    size_t pixel_step = (pixels + 63) & ~(size_t)63, number_step = (numbers + 63) & ~(size_t)63;
    for (size_t i = 0; i < slots; i++) {
        char *place = (char *)loader->memory + i * (each & ~(size_t)63);
        gt_batch_slot *slot = &loader->slot[i].batch;
        slot->images = (float *)place;
        slot->rows = (int64_t *)(place + pixel_step);
        slot->wanted = (uint64_t *)(place + pixel_step + number_step);
        slot->labels = (int32_t *)(place + pixel_step + 2 * number_step);
        slot->turns = (uint32_t *)(place + pixel_step + 3 * number_step);
        if (!is_weighed) continue;
        slot->weights = (float *)(place + pixel_step + 4 * number_step);
        slot->mask = (uint8_t *)(place + 2 * pixel_step + 4 * number_step);
    }
    loader->slots = slots;
    return GT_OK;
}

static gt_status make_augmenters(gt_loader *loader, gt_error *err) {
    gt_loader_settings *settings = &loader->epoch.settings;
    const gt_augmentation *how = settings->augmentation;
    const gt_dataset_info *info = loader->epoch.info;
    gt_view_shape shape = {info->channels, info->height, info->width, info->height,
                           info->width};
    gt_status status = GT_OK;
    for (size_t i = 0; how && !status && i < settings->threads; i++)
        status = gt_augmenter_create(how, shape, white, &loader->maker[i], err);
    settings->augmentation = NULL; /* was lent for this call only */
    return status;
}

/* Signals are for the thread that runs the work, so workers block them all. */
static gt_status start_workers(gt_loader *loader, gt_error *err) {
    gt_status status = GT_OK;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (loader->workers < loader->epoch.settings.threads) {
        int code = pthread_create(&loader->worker[loader->workers], NULL, run_worker, loader);
        if (code)
            GT_THROW(err, GT_NO_MEMORY, "starting loader thread %zu: %s", loader->workers + 1,
                     strerror(code));
        loader->workers++;
    }
done:
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

gt_status gt_loader_create(gt_dataset *dataset, const gt_loader_settings *settings,
                           gt_loader **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_loader *loader = NULL;
    GT_TRY(check_settings(settings, err));
    loader = calloc(1, sizeof *loader);
    if (!loader) GT_THROW(err, GT_NO_MEMORY, "a loader");
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->may_fill, NULL);
    pthread_cond_init(&loader->changed, NULL);
    loader->session = gt_session_current();
    GT_TRY(gt_epoch_open(dataset, settings, &loader->epoch, err));
    GT_TRY(make_slots(loader, err));
    GT_TRY(make_augmenters(loader, err));
    GT_TRY(start_workers(loader, err));
    *out = loader;
    loader = NULL;
done:
    gt_loader_destroy(loader);
    return status;
}

void gt_loader_destroy(gt_loader *loader) {
    if (!loader) return;
    pthread_mutex_lock(&loader->lock);
    loader->is_ending = true;
    pthread_cond_broadcast(&loader->may_fill);
    pthread_mutex_unlock(&loader->lock);
    for (size_t i = 0; i < loader->workers; i++) pthread_join(loader->worker[i], NULL);
    pthread_cond_destroy(&loader->changed);
    pthread_cond_destroy(&loader->may_fill);
    pthread_mutex_destroy(&loader->lock);
    for (size_t i = 0; i < MAX_THREADS; i++) gt_augmenter_destroy(loader->maker[i]);
    free(loader->memory);
    free(loader->slot);
    gt_epoch_close(&loader->epoch);
    free(loader);
}

/* ---- use ---- */

double gt_loader_waited(const gt_loader *loader) {
    return loader->waited;
}

gt_status gt_loader_begin(gt_loader *loader, uint32_t epoch, size_t first_batch,
                          gt_error *err) {
    if (first_batch > loader->epoch.batches)
        return gt_fail(err, GT_BAD_ARGUMENT, "batch %zu of an epoch of %zu batches",
                       first_batch, loader->epoch.batches);
    pthread_mutex_lock(&loader->lock);
    loader->is_begun = false; /* nobody takes up new work */
    while (loader->busy) pthread_cond_wait(&loader->changed, &loader->lock);
    gt_epoch_begin(&loader->epoch, epoch);
    for (size_t i = 0; i < loader->slots; i++) loader->slot[i].is_ready = false;
    loader->claimed = loader->next = loader->freed = first_batch;
    loader->is_begun = true;
    pthread_cond_broadcast(&loader->may_fill);
    pthread_mutex_unlock(&loader->lock);
    return GT_OK;
}

/* Gives the slot of the batch that the reader had back to the workers. */
static void return_lent(gt_loader *loader) {
    if (loader->freed == loader->next) return;
    loader->slot[loader->freed % loader->slots].is_ready = false;
    loader->freed++;
    pthread_cond_signal(&loader->may_fill);
}

gt_status gt_loader_next(gt_loader *loader, gt_batch *batch, gt_error *err) {
    gt_status status = GT_OK;
    pthread_mutex_lock(&loader->lock);
    if (!loader->is_begun)
        GT_THROW(err, GT_BAD_ARGUMENT, "a batch asked for before an epoch was begun");
    return_lent(loader);
    if (loader->next == loader->epoch.batches) {
        *batch = (gt_batch){0};
        goto done;
    }
    const ring_slot *slot = &loader->slot[loader->next % loader->slots];
    double start = slot->is_ready ? 0 : gt_seconds();
    while (!slot->is_ready) pthread_cond_wait(&loader->changed, &loader->lock);
    if (start > 0) loader->waited += gt_seconds() - start;
    if (slot->error.status != GT_OK) GT_THROW(err, slot->error.status, "%s", slot->error.text);
    loader->next++;
    const gt_batch_slot *full = &slot->batch;
    *batch = (gt_batch){.n = full->n,
                        .images = full->images,
                        .weights = full->weights,
                        .rows = full->rows,
                        .labels = loader->epoch.labels ? full->labels : NULL,
                        .range = gt_dataset_range(loader->epoch.info)};
done:
    pthread_mutex_unlock(&loader->lock);
    return status;
}
