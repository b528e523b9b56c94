/* loader.h (room: data) - batches of a data set, read ahead by worker threads.
 *
 *     GT_TRY(gt_loader_create(set, &settings, &loader, err));
 *     GT_TRY(gt_loader_begin(loader, epoch, 0, err));
 *     for (;;) {
 *         gt_batch batch;
 *         GT_TRY(gt_loader_next(loader, &batch, err));
 *         if (batch.n == 0) break;
 *         ...
 *     }
 *
 * The content of batch b of epoch e follows from (data set, settings, e, b) alone, not from the
 * number of threads or the depth of the queue, so a run that is resumed with
 * gt_loader_begin(loader, e, b) sees what it would have seen without the interruption.
 * Order: Philox shuffle with key (seed, stream "loader.order", epoch). Flips: one bit each of
 * the Philox block (seed, stream "loader.flip", turn; counter = row). Views: gt_view_address
 * (seed, turn, row, view) of augment.h. Turn number epoch * passes + p is what a row has when
 * it comes for pass p of an epoch: with one pass an epoch the number of the epoch.
 *
 * Threads: one loader belongs to one thread; different loaders may share a data set. */
#ifndef GT_LOADER_H
#define GT_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/augment.h"
#include "galatea/dataset.h"
#include "galatea/error.h"
#include "pixel_weights.h"

/* Stands for "rows of every split" in gt_loader_settings.split. */
#define GT_SPLIT_ANY (-1)

typedef struct gt_loader_settings {
    size_t batch;         /* rows per batch, >= 1 */
    uint64_t seed;        /* of shuffling and flips */
    bool shuffle;         /* a new order every epoch; else the order of the rows */
    bool flip_horizontal; /* left and right changed in every second picture, by chance */
    bool flip_vertical;   /* top and bottom likewise */
    bool drop_last;       /* leave out a last batch that is not full */
    int split;            /* GT_SPLIT_TRAIN, ... or GT_SPLIT_ANY; ignored when rows is given */
    const uint64_t *rows; /* which rows, copied; NULL: those of the split */
    size_t row_count;
    size_t passes; /* every row so many times in an epoch, all in one order; >= 1 */
    int views;     /* of every row, 1 or 2 */
    const gt_augmentation
        *augmentation;        /* how views are made, copied; NULL: the picture itself */
    gt_pixel_weights weights; /* of pixels; with them one view, which is the picture */
    size_t threads;           /* workers, 1 to 64 */
    size_t depth;             /* finished batches kept ready, 1 to 1024 */
} gt_loader_settings;

/* batch 16, seed 1, shuffled, no flips, last batch kept, every split, 1 pass, 1 view that is
 * the picture itself, 1 thread, depth 4. */
gt_loader_settings gt_loader_settings_default(void);

/* One batch, lent until the next call with the same loader. */
typedef struct gt_batch {
    size_t n;              /* rows, 0 at the end of the epoch */
    const float *images;   /* (views n,C,H,W): view 0 of every row, then view 1 of every row;
                              levels (dataset.h) after flips and augmentation, which takes 0 for
                              black and 255 for white */
    const float *weights;  /* (n,C,H,W), flipped as they are; NULL: no planes weigh */
    const int64_t *rows;   /* (n) row numbers in the data set */
    const int32_t *labels; /* (n), -1: none; NULL when the set has no labels */
    gt_value_range range;  /* of the values that levels stand for, undeclared for bytes */
} gt_batch;

typedef struct gt_loader gt_loader;

/* Selects rows, takes all memory (depth + 1 batches, one number per row of an epoch, what views
 * need per worker) and starts the workers, which sleep until gt_loader_begin. The data set is
 * lent until destroy. GT_BAD_ARGUMENT for settings out of range, a row outside the set, or a
 * selection that gives no batch; GT_NOT_FOUND when a split is asked of a set without splits;
 * GT_NO_MEMORY. *out is yours. */
gt_status gt_loader_create(gt_dataset *dataset, const gt_loader_settings *settings,
                           gt_loader **out, gt_error *err) GT_MUST_CHECK;

/* Stops the workers, at any time, and frees everything. Accepts NULL. */
void gt_loader_destroy(gt_loader *loader);

/* Seconds that gt_loader_next has spent waiting for batches that were not ready, since create.
 */
double gt_loader_waited(const gt_loader *loader);

/* Starts epoch `epoch` at batch first_batch (0 .. batch count; the count itself is the end), at
 * any time, also in the middle of another epoch or after an error. Takes no memory. */
gt_status gt_loader_begin(gt_loader *loader, uint32_t epoch, size_t first_batch,
                          gt_error *err) GT_MUST_CHECK;

/* The next batch, waiting for it if need be. What a worker met while reading arrives here, with
 * the file and row in the message, in place of its batch and of all later ones until the next
 * begin: GT_IO, GT_BAD_FORMAT, or GT_NOT_FINITE for a NaN or infinite pixel. GT_BAD_ARGUMENT
 * before the first begin. */
gt_status gt_loader_next(gt_loader *loader, gt_batch *batch, gt_error *err) GT_MUST_CHECK;
#endif
