/* loader.c - a ring of batches between worker threads and one reader.
 *
 * Batch b lives in slot b % slots. Workers take the next batch number under the lock, fill the
 * slot without it, and mark it ready. The reader holds one slot, so slots = depth + 1. Numbers
 * only grow within an epoch:   freed <= ... ready or being filled ... < claimed <= batches  */
#include "loader.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "progress.h"
#include "rng.h"

enum { MAX_THREADS = 64, MAX_DEPTH = 1024 };
static const double white = 255; /* of pictures that views are made of */

typedef struct batch_slot {
    float *images, *weights; /* NULL: none are asked for */
    uint8_t *mask;           /* of one row */
    int64_t *rows;
    uint64_t *wanted; /* the same numbers as the data set takes them */
    uint32_t *turns;  /* of each, what its chance is addressed by beside the row (loader.h) */
    int32_t *labels;
    size_t n;
    bool is_ready;
    gt_error error; /* status GT_OK when filling went well */
} batch_slot;

struct gt_loader {
    gt_dataset *dataset;
    const gt_dataset_info *info;
    const int32_t *labels; /* of the whole set, or NULL */
    gt_loader_settings settings;
    gt_session *session; /* of the thread that began it */
    uint64_t *selected;  /* rows of the selection, in order */
    size_t selected_count;
    size_t
        *order; /* permutation of what an epoch has: pass p of row i is p selected_count + i */
    size_t count, batches, slots, values;
    batch_slot *slot;
    void *memory;                     /* all arrays of all slots */
    gt_augmenter *maker[MAX_THREADS]; /* of views, one a worker; NULL: no augmentation */

    pthread_mutex_t lock;
    pthread_cond_t may_fill, changed; /* for workers; for the reader */
    pthread_t worker[MAX_THREADS];
    size_t workers;
    /* Under the lock: */
    uint32_t epoch;
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

/* ---- filling a slot ---- */

static void flip_rows(float *image, size_t height, size_t width) {
    for (size_t top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
        float *a = image + top * width, *b = image + bottom * width;
        for (size_t x = 0; x < width; x++) {
            float kept = a[x];
            a[x] = b[x];
            b[x] = kept;
        }
    }
}

static void flip_columns(float *image, size_t height, size_t width) {
    for (size_t y = 0; y < height; y++) {
        float *line = image + y * width;
        for (size_t left = 0, right = width - 1; left < right; left++, right--) {
            float kept = line[left];
            line[left] = line[right];
            line[right] = kept;
        }
    }
}

static void flip_by_chance(const gt_loader *loader, uint64_t row, uint32_t turn,
                           float *images) {
    const gt_loader_settings *settings = &loader->settings;
    if (!settings->flip_horizontal && !settings->flip_vertical) return;
    gt_rng_key key = {settings->seed, gt_rng_stream("loader.flip"), turn};
    gt_rng_block bits = gt_rng_bits(key, row);
    size_t height = loader->info->height, width = loader->info->width;
    for (size_t c = 0; c < loader->info->channels; c++) {
        float *image = images + c * height * width;
        if (settings->flip_horizontal && bits.word[0] & 1) flip_columns(image, height, width);
        if (settings->flip_vertical && bits.word[1] & 1) flip_rows(image, height, width);
    }
}

static gt_status check_finite(const gt_loader *loader, const batch_slot *slot,
                              const float *pictures, gt_error *err) {
    for (size_t i = 0; i < slot->n; i++) {
        const float *image = pictures + i * loader->values;
        for (size_t v = 0; v < loader->values; v++) {
            if (!isfinite(image[v]))
                return gt_fail(err, GT_NOT_FINITE,
                               "%s: row %lld: value %zu is %g, expected a finite number",
                               gt_dataset_path(loader->dataset), (long long)slot->rows[i], v,
                               (double)image[v]);
        }
    }
    return GT_OK;
}

/* Rows are read to where their last views belong, and these are made last. */
static void make_views(const gt_loader *loader, gt_augmenter *maker, const batch_slot *slot,
                       float *pictures) {
    uint32_t views = (uint32_t)loader->settings.views;
    for (size_t i = 0; i < slot->n; i++) {
        const float *picture = pictures + i * loader->values;
        gt_view_address at = {loader->settings.seed, slot->turns[i], slot->wanted[i], 0};
        for (; at.view < views; at.view++) {
            float *view = slot->images + (at.view * slot->n + i) * loader->values;
            if (maker)
                gt_augmenter_view(maker, picture, at, view);
            else if (view != picture)
                memcpy(view, picture, loader->values * sizeof *view);
        }
    }
}

static gt_status read_weights(const gt_loader *loader, batch_slot *slot, gt_error *err) {
    for (size_t i = 0; slot->weights && i < slot->n; i++) {
        float *own = slot->weights + i * loader->values;
        gt_status status = gt_pixel_weights_read(&loader->settings.weights, loader->dataset,
                                                 slot->wanted[i], slot->mask, own, err);
        if (status) return status;
        flip_by_chance(loader, slot->wanted[i], slot->turns[i], own);
    }
    return GT_OK;
}

/* Runs without the lock: order and epoch do not change while a worker is busy. */
static gt_status fill_batch(const gt_loader *loader, gt_augmenter *maker, size_t batch,
                            batch_slot *slot, gt_error *err) {
    gt_status status = GT_OK;
    size_t first = batch * loader->settings.batch, left = loader->count - first;
    slot->n = left < loader->settings.batch ? left : loader->settings.batch;
    for (size_t i = 0; i < slot->n; i++) {
        size_t place = loader->order[first + i];
        slot->wanted[i] = loader->selected[place % loader->selected_count];
        slot->turns[i] = loader->epoch * (uint32_t)loader->settings.passes +
                         (uint32_t)(place / loader->selected_count);
        slot->rows[i] = (int64_t)slot->wanted[i];
        if (loader->labels) slot->labels[i] = loader->labels[slot->wanted[i]];
    }
    float *pictures =
        slot->images + (size_t)(loader->settings.views - 1) * slot->n * loader->values;
    GT_TRY(gt_dataset_read_rows(loader->dataset, slot->wanted, slot->n, pictures, err));
    if (loader->info->type == GT_PIXEL_F32) GT_TRY(check_finite(loader, slot, pictures, err));
    GT_TRY(read_weights(loader, slot, err));
    for (size_t i = 0; i < slot->n; i++)
        flip_by_chance(loader, slot->wanted[i], slot->turns[i], pictures + i * loader->values);
    make_views(loader, maker, slot, pictures);
done:
    return status;
}

static bool has_work(const gt_loader *loader) {
    return loader->is_begun && loader->claimed < loader->batches &&
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
        batch_slot *slot = &loader->slot[batch % loader->slots];
        loader->busy++;
        pthread_mutex_unlock(&loader->lock);
        gt_error error = {0};
        error.status = fill_batch(loader, maker, batch, slot, &error);
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
    if (settings->batch < 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "batch of 0 rows, expected at least 1");
    if (settings->threads < 1 || settings->threads > MAX_THREADS)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu loader threads, expected 1 to %d",
                       settings->threads, MAX_THREADS);
    if (settings->depth < 1 || settings->depth > MAX_DEPTH)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu batches read ahead, expected 1 to %d",
                       settings->depth, MAX_DEPTH);
    if (settings->views < 1 || settings->views > 2)
        return gt_fail(err, GT_BAD_ARGUMENT, "%d views of a row, expected 1 or 2",
                       settings->views);
    if (settings->weights.planes && (settings->views > 1 || settings->augmentation))
        return gt_fail(err, GT_BAD_ARGUMENT, "weights of pixels, and views without them");
    if (settings->passes < 1 || settings->passes > UINT32_MAX)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu passes an epoch, expected 1 to %u",
                       settings->passes, UINT32_MAX);
    if (settings->split < GT_SPLIT_ANY || settings->split >= GT_SPLIT_COUNT)
        return gt_fail(err, GT_BAD_ARGUMENT, "split %d, expected %d to %d", settings->split,
                       GT_SPLIT_ANY, GT_SPLIT_COUNT - 1);
    return GT_OK;
}

static gt_status select_listed(gt_loader *loader, gt_error *err) {
    const gt_loader_settings *settings = &loader->settings;
    for (size_t i = 0; i < settings->row_count; i++) {
        if (settings->rows[i] >= loader->info->count)
            return gt_fail(err, GT_BAD_ARGUMENT, "%s: row %llu asked for, the set has %llu",
                           gt_dataset_path(loader->dataset),
                           (unsigned long long)settings->rows[i],
                           (unsigned long long)loader->info->count);
        loader->selected[i] = settings->rows[i];
    }
    loader->selected_count = settings->row_count;
    return GT_OK;
}

static gt_status select_split(gt_loader *loader, gt_error *err) {
    gt_status status = GT_OK;
    const uint8_t *splits = NULL;
    if (loader->settings.split != GT_SPLIT_ANY)
        GT_TRY(gt_dataset_splits(loader->dataset, &splits, err));
    for (uint64_t row = 0; row < loader->info->count; row++)
        if (!splits || splits[row] == loader->settings.split)
            loader->selected[loader->selected_count++] = row;
done:
    return status;
}

static gt_status select_rows(gt_loader *loader, gt_error *err) {
    gt_status status = GT_OK;
    bool is_listed = loader->settings.rows != NULL;
    size_t room = is_listed ? loader->settings.row_count : (size_t)loader->info->count;
    loader->selected = calloc(room ? room : 1, sizeof *loader->selected);
    if (!loader->selected) GT_THROW(err, GT_NO_MEMORY, "a list of %zu rows", room);
    GT_TRY(is_listed ? select_listed(loader, err) : select_split(loader, err));
    loader->settings.rows = NULL; /* was lent for this call only */
    bool too_many =
        __builtin_mul_overflow(loader->selected_count, loader->settings.passes, &loader->count);
    loader->order =
        too_many ? NULL : calloc(loader->count ? loader->count : 1, sizeof *loader->order);
    if (!loader->order)
        GT_THROW(err, GT_NO_MEMORY, "the order of %zu times %zu rows", loader->settings.passes,
                 loader->selected_count);
    size_t batch = loader->settings.batch;
    loader->batches = loader->count / batch;
    if (loader->count % batch && !loader->settings.drop_last) loader->batches++;
    if (loader->batches == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: %zu rows selected, expected at least %zu",
                 gt_dataset_path(loader->dataset), loader->count,
                 loader->settings.drop_last ? batch : (size_t)1);
done:
    return status;
}

/* One block for all slots; every array in it begins at a multiple of 64 bytes. */
static gt_status make_slots(gt_loader *loader, gt_error *err) {
    size_t batch =
        loader->settings.batch < loader->count ? loader->settings.batch : loader->count;
    size_t slots = loader->settings.depth + 1, pixels = 0, numbers = 0, each = 0, total;
    bool is_weighed = loader->settings.weights.planes != 0;
    size_t mask = is_weighed ? loader->info->height * loader->info->width : 0;
    loader->values = gt_dataset_row_values(loader->info);
    bool too_large = __builtin_mul_overflow(batch, (size_t)loader->settings.views, &pixels) ||
                     __builtin_mul_overflow(pixels, loader->values, &pixels) ||
                     __builtin_mul_overflow(pixels, sizeof(float), &pixels) ||
                     __builtin_mul_overflow(batch, sizeof(int64_t), &numbers) ||
                     __builtin_add_overflow(pixels, 4 * numbers + mask + 7 * 64, &each) ||
                     (is_weighed && __builtin_add_overflow(each, pixels, &each)) ||
                     __builtin_mul_overflow(each & ~(size_t)63, slots, &total);
    loader->slot = calloc(slots, sizeof *loader->slot);
    loader->memory = too_large ? NULL : aligned_alloc(64, total);
    if (!loader->slot || !loader->memory)
        return gt_fail(err, GT_NO_MEMORY, "%zu batches of %zu rows with %zu values each", slots,
                       batch, loader->values);
    size_t pixel_step = (pixels + 63) & ~(size_t)63, number_step = (numbers + 63) & ~(size_t)63;
    for (size_t i = 0; i < slots; i++) {
        char *place = (char *)loader->memory + i * (each & ~(size_t)63);
        loader->slot[i].images = (float *)place;
        loader->slot[i].rows = (int64_t *)(place + pixel_step);
        loader->slot[i].wanted = (uint64_t *)(place + pixel_step + number_step);
        loader->slot[i].labels = (int32_t *)(place + pixel_step + 2 * number_step);
        loader->slot[i].turns = (uint32_t *)(place + pixel_step + 3 * number_step);
        if (!is_weighed) continue;
        loader->slot[i].weights = (float *)(place + pixel_step + 4 * number_step);
        loader->slot[i].mask = (uint8_t *)(place + 2 * pixel_step + 4 * number_step);
    }
    loader->slots = slots;
    return GT_OK;
}

static gt_status make_augmenters(gt_loader *loader, gt_error *err) {
    const gt_augmentation *how = loader->settings.augmentation;
    const gt_dataset_info *info = loader->info;
    gt_view_shape shape = {info->channels, info->height, info->width, info->height,
                           info->width};
    gt_status status = GT_OK;
    for (size_t i = 0; how && !status && i < loader->settings.threads; i++)
        status = gt_augmenter_create(how, shape, white, &loader->maker[i], err);
    loader->settings.augmentation = NULL; /* was lent for this call only */
    return status;
}

/* Signals are for the thread that runs the work, so workers block them all. */
static gt_status start_workers(gt_loader *loader, gt_error *err) {
    gt_status status = GT_OK;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (loader->workers < loader->settings.threads) {
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
    loader->dataset = dataset;
    loader->info = gt_dataset_describe(dataset);
    loader->settings = *settings;
    loader->session = gt_session_current();
    GT_TRY(select_rows(loader, err));
    if (loader->info->columns & GT_COLUMN_LABEL)
        GT_TRY(gt_dataset_labels(dataset, &loader->labels, err));
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
    free(loader->order);
    free(loader->selected);
    free(loader);
}

/* ---- use ---- */

double gt_loader_waited(const gt_loader *loader) {
    return loader->waited;
}

static void make_order(gt_loader *loader, uint32_t epoch) {
    for (size_t i = 0; i < loader->count; i++) loader->order[i] = i;
    if (!loader->settings.shuffle) return;
    gt_rng_key key = {loader->settings.seed, gt_rng_stream("loader.order"), epoch};
    gt_rng_shuffle(key, loader->order, loader->count);
}

gt_status gt_loader_begin(gt_loader *loader, uint32_t epoch, size_t first_batch,
                          gt_error *err) {
    if (first_batch > loader->batches)
        return gt_fail(err, GT_BAD_ARGUMENT, "batch %zu of an epoch of %zu batches",
                       first_batch, loader->batches);
    pthread_mutex_lock(&loader->lock);
    loader->is_begun = false; /* nobody takes up new work */
    while (loader->busy) pthread_cond_wait(&loader->changed, &loader->lock);
    make_order(loader, epoch);
    for (size_t i = 0; i < loader->slots; i++) loader->slot[i].is_ready = false;
    loader->epoch = epoch;
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
    if (loader->next == loader->batches) {
        *batch = (gt_batch){0};
        goto done;
    }
    const batch_slot *slot = &loader->slot[loader->next % loader->slots];
    double start = slot->is_ready ? 0 : gt_seconds();
    while (!slot->is_ready) pthread_cond_wait(&loader->changed, &loader->lock);
    if (start > 0) loader->waited += gt_seconds() - start;
    if (slot->error.status != GT_OK) GT_THROW(err, slot->error.status, "%s", slot->error.text);
    loader->next++;
    *batch = (gt_batch){.n = slot->n,
                        .images = slot->images,
                        .weights = slot->weights,
                        .rows = slot->rows,
                        .labels = loader->labels ? slot->labels : NULL,
                        .range = gt_dataset_range(loader->info)};
done:
    pthread_mutex_unlock(&loader->lock);
    return status;
}
