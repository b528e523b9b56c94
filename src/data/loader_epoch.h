/* loader_epoch.h (room: data, private) - which rows an epoch has, in which order, and what each
 * of its batches holds: all of a loader (loader.h) that its threads do not decide. */
#ifndef GALATEA_DATA_LOADER_EPOCH_H
#define GALATEA_DATA_LOADER_EPOCH_H

#include "loader.h"

/* Room for one batch, and what is in it. */
typedef struct gt_batch_slot {
    float *images, *weights; /* NULL: none are asked for */
    uint8_t *mask;           /* of one row */
    int64_t *rows;
    uint64_t *wanted; /* the same numbers as the data set takes them */
    uint32_t *turns;  /* of each, what its chance is addressed by beside the row (loader.h) */
    int32_t *labels;
    size_t n;
} gt_batch_slot;

typedef struct gt_epoch {
    gt_dataset *dataset; /* lent */
    const gt_dataset_info *info;
    const int32_t *labels; /* of the whole set, or NULL */
    gt_loader_settings settings;
    uint64_t *selected; /* rows of the selection, in order */
    size_t selected_count;
    size_t *order; /* of all passes: pass p of row i is p selected_count + i */
    size_t count, batches;
    size_t values; /* of one picture */
    uint32_t number;
} gt_epoch;

/* Selects rows. Errors of gt_loader_create. settings.rows is lent for the call. To be closed in
 * any case. */
gt_status gt_epoch_open(gt_dataset *dataset, const gt_loader_settings *settings, gt_epoch *out,
                        gt_error *err) GT_MUST_CHECK;
void gt_epoch_close(gt_epoch *epoch); /* accepts an empty struct */

/* Makes it epoch `number`. */
void gt_epoch_begin(gt_epoch *epoch, uint32_t number);

/* Reads a batch. maker: of views; NULL: each is the picture itself. Any number of threads at
 * once, with a maker and a slot each. */
gt_status gt_epoch_fill(const gt_epoch *epoch, gt_augmenter *maker, size_t batch,
                        gt_batch_slot *slot, gt_error *err) GT_MUST_CHECK;

#endif
