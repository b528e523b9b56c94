/* loader_epoch.c - rows of an epoch, and batches of them read, flipped and seen. */
#include "loader_epoch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

/* ---- which rows ---- */

static gt_status check_settings(const gt_loader_settings *settings, gt_error *err) {
    if (settings->batch < 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "batch of 0 rows, expected at least 1");
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

static gt_status select_listed(gt_epoch *epoch, gt_error *err) {
    const gt_loader_settings *settings = &epoch->settings;
    for (size_t i = 0; i < settings->row_count; i++) {
        if (settings->rows[i] >= epoch->info->count)
            return gt_fail(err, GT_BAD_ARGUMENT, "%s: row %llu asked for, the set has %llu",
                           gt_dataset_path(epoch->dataset),
                           (unsigned long long)settings->rows[i],
                           (unsigned long long)epoch->info->count);
        epoch->selected[i] = settings->rows[i];
    }
    epoch->selected_count = settings->row_count;
    return GT_OK;
}

static gt_status select_split(gt_epoch *epoch, gt_error *err) {
    gt_status status = GT_OK;
    const uint8_t *splits = NULL;
    if (epoch->settings.split != GT_SPLIT_ANY)
        GT_TRY(gt_dataset_splits(epoch->dataset, &splits, err));
    for (uint64_t row = 0; row < epoch->info->count; row++)
        if (!splits || splits[row] == epoch->settings.split)
            epoch->selected[epoch->selected_count++] = row;
done:
    return status;
}

static gt_status select_rows(gt_epoch *epoch, gt_error *err) {
    gt_status status = GT_OK;
    bool is_listed = epoch->settings.rows != NULL;
    size_t room = is_listed ? epoch->settings.row_count : (size_t)epoch->info->count;
    epoch->selected = calloc(room ? room : 1, sizeof *epoch->selected);
    if (!epoch->selected) GT_THROW(err, GT_NO_MEMORY, "a list of %zu rows", room);
    GT_TRY(is_listed ? select_listed(epoch, err) : select_split(epoch, err));
    epoch->settings.rows = NULL; /* was lent for this call only */
    bool too_many =
        __builtin_mul_overflow(epoch->selected_count, epoch->settings.passes, &epoch->count);
    epoch->order =
        too_many ? NULL : calloc(epoch->count ? epoch->count : 1, sizeof *epoch->order);
    if (!epoch->order)
        GT_THROW(err, GT_NO_MEMORY, "the order of %zu times %zu rows", epoch->settings.passes,
                 epoch->selected_count);
    size_t batch = epoch->settings.batch;
    epoch->batches = epoch->count / batch;
    if (epoch->count % batch && !epoch->settings.drop_last) epoch->batches++;
    if (epoch->batches == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: %zu rows selected, expected at least %zu",
                 gt_dataset_path(epoch->dataset), epoch->count,
                 epoch->settings.drop_last ? batch : (size_t)1);
done:
    return status;
}

gt_status gt_epoch_open(gt_dataset *dataset, const gt_loader_settings *settings, gt_epoch *out,
                        gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_epoch){
        .dataset = dataset, .info = gt_dataset_describe(dataset), .settings = *settings};
    out->values = gt_dataset_row_values(out->info);
    GT_TRY(check_settings(settings, err));
    GT_TRY(select_rows(out, err));
    if (out->info->columns & GT_COLUMN_LABEL)
        GT_TRY(gt_dataset_labels(dataset, &out->labels, err));
done:
    return status;
}

void gt_epoch_close(gt_epoch *epoch) {
    free(epoch->selected);
    free(epoch->order);
    *epoch = (gt_epoch){0};
}

void gt_epoch_begin(gt_epoch *epoch, uint32_t number) {
    epoch->number = number;
    for (size_t i = 0; i < epoch->count; i++) epoch->order[i] = i;
    if (!epoch->settings.shuffle) return;
    gt_rng_key key = {epoch->settings.seed, gt_rng_stream("loader.order"), number};
    gt_rng_shuffle(key, epoch->order, epoch->count);
}

/* ---- a batch ---- */

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

static void flip_by_chance(const gt_epoch *epoch, uint64_t row, uint32_t turn, float *images) {
    const gt_loader_settings *settings = &epoch->settings;
    if (!settings->flip_horizontal && !settings->flip_vertical) return;
    gt_rng_key key = {settings->seed, gt_rng_stream("loader.flip"), turn};
    gt_rng_block bits = gt_rng_bits(key, row);
    size_t height = epoch->info->height, width = epoch->info->width;
    for (size_t c = 0; c < epoch->info->channels; c++) {
        float *image = images + c * height * width;
        if (settings->flip_horizontal && bits.word[0] & 1) flip_columns(image, height, width);
        if (settings->flip_vertical && bits.word[1] & 1) flip_rows(image, height, width);
    }
}

static gt_status check_finite(const gt_epoch *epoch, const gt_batch_slot *slot,
                              const float *pictures, gt_error *err) {
    for (size_t i = 0; i < slot->n; i++) {
        const float *image = pictures + i * epoch->values;
        for (size_t v = 0; v < epoch->values; v++) {
            if (!isfinite(image[v]))
                return gt_fail(err, GT_NOT_FINITE,
                               "%s: row %lld: value %zu is %g, expected a finite number",
                               gt_dataset_path(epoch->dataset), (long long)slot->rows[i], v,
                               (double)image[v]);
        }
    }
    return GT_OK;
}

/* Rows are read to where their last views belong, and these are made last. */
static void make_views(const gt_epoch *epoch, gt_augmenter *maker, const gt_batch_slot *slot,
                       float *pictures) {
    uint32_t views = (uint32_t)epoch->settings.views;
    for (size_t i = 0; i < slot->n; i++) {
        const float *picture = pictures + i * epoch->values;
        gt_view_address at = {epoch->settings.seed, slot->turns[i], slot->wanted[i], 0};
        for (; at.view < views; at.view++) {
            float *view = slot->images + (at.view * slot->n + i) * epoch->values;
            if (maker)
                gt_augmenter_view(maker, picture, at, view);
            else if (view != picture)
                memcpy(view, picture, epoch->values * sizeof *view);
        }
    }
}

static gt_status read_weights(const gt_epoch *epoch, gt_batch_slot *slot, gt_error *err) {
    for (size_t i = 0; slot->weights && i < slot->n; i++) {
        float *own = slot->weights + i * epoch->values;
        gt_status status = gt_pixel_weights_read(&epoch->settings.weights, epoch->dataset,
                                                 slot->wanted[i], slot->mask, own, err);
        if (status) return status;
        flip_by_chance(epoch, slot->wanted[i], slot->turns[i], own);
    }
    return GT_OK;
}

gt_status gt_epoch_fill(const gt_epoch *epoch, gt_augmenter *maker, size_t batch,
                        gt_batch_slot *slot, gt_error *err) {
    gt_status status = GT_OK;
    size_t first = batch * epoch->settings.batch, left = epoch->count - first;
    slot->n = left < epoch->settings.batch ? left : epoch->settings.batch;
    for (size_t i = 0; i < slot->n; i++) {
        size_t place = epoch->order[first + i];
        slot->wanted[i] = epoch->selected[place % epoch->selected_count];
        slot->turns[i] = epoch->number * (uint32_t)epoch->settings.passes +
                         (uint32_t)(place / epoch->selected_count);
        slot->rows[i] = (int64_t)slot->wanted[i];
        if (epoch->labels) slot->labels[i] = epoch->labels[slot->wanted[i]];
    }
    float *pictures =
        slot->images + (size_t)(epoch->settings.views - 1) * slot->n * epoch->values;
    GT_TRY(gt_dataset_read_rows(epoch->dataset, slot->wanted, slot->n, pictures, err));
    if (epoch->info->type == GT_PIXEL_F32) GT_TRY(check_finite(epoch, slot, pictures, err));
    GT_TRY(read_weights(epoch, slot, err));
    for (size_t i = 0; i < slot->n; i++)
        flip_by_chance(epoch, slot->wanted[i], slot->turns[i], pictures + i * epoch->values);
    make_views(epoch, maker, slot, pictures);
done:
    return status;
}
