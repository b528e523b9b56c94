/* nearest.c - see nearest.h. */
#include "nearest.h"

#include <stdlib.h>
#include <string.h>

#include "closest.h"
#include "galatea/image.h"
#include "galatea/interrupt.h"
#include "galatea/twomodels.h"
#include "run_use.h"

enum { MOST_ROWS = 1024, BYTES = 32 << 20 /* of a block of pictures */ };

static const int turns[GT_FLIPS] = {
    [0] = 0, [GT_FLIP_X] = 4, [GT_FLIP_Y] = 6, [GT_FLIP_X + GT_FLIP_Y] = 2}; /* gt_image_turn */
static const double copied = 0.98;

static size_t values_of(const gt_nearest_search *s) {
    return s->channels * s->height * s->width;
}

static gt_status search_rows(const gt_nearest_search *s, gt_closest *closest, gt_error *err) {
    gt_status status = GT_OK;
    size_t own = gt_dataset_row_values(gt_dataset_describe(s->data)), values = values_of(s);
    size_t block = BYTES / sizeof(float) / (own + values);
    block = block < 1 ? 1 : block > MOST_ROWS ? MOST_ROWS : block;
    if (block > s->row_count) block = s->row_count;
    float *read = calloc(block + 1, own * sizeof *read);
    float *laid = calloc(block + 1, values * sizeof *laid);
    if (!read || !laid) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", block);
    for (size_t at = 0; at < s->row_count; at += block) {
        size_t n = s->row_count - at < block ? s->row_count - at : block;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_dataset_read_rows(s->data, s->rows + at, n, read, err));
        for (size_t i = 0; i < n; i++)
            GT_TRY(gt_use_fit(gt_dataset_describe(s->data), read + i * own, s->channels,
                              s->height, s->width, laid + i * values, err));
        GT_TRY(gt_closest_add(closest, at, n, laid, err));
    }
done:
    free(read);
    free(laid);
    return status;
}

static void give(const gt_nearest_search *s, const gt_closest *closest, gt_closest_kind kind,
                 gt_nearest *out) {
    const gt_closest_match *best = gt_closest_matches(closest, kind);
    for (size_t i = 0; out && i < s->count; i++)
        out[i] = (gt_nearest){s->rows[best[i].row], best[i].cosine, turns[best[i].flip]};
}

gt_status gt_nearest_find(const gt_nearest_search *s, gt_nearest *plain, gt_nearest *centred,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_closest *closest = NULL;
    const gt_closest_shape shape = {s->channels, s->height, s->width, s->flips};
    size_t channels = gt_dataset_describe(s->data)->channels;
    if (s->row_count == 0) GT_THROW(err, GT_BAD_ARGUMENT, "no pictures to compare with");
    if (channels != 1 && channels != s->channels)
        GT_THROW(err, GT_BAD_SHAPE, "%s has pictures of %zu channels, samples have %zu",
                 gt_dataset_path(s->data), channels, s->channels);
    GT_TRY(gt_closest_create(&shape, s->count, s->samples, &closest, err));
    GT_TRY(search_rows(s, closest, err));
    give(s, closest, GT_CLOSEST_PLAIN, plain);
    give(s, closest, GT_CLOSEST_CENTRED, centred);
done:
    gt_closest_destroy(closest);
    return status;
}

gt_status gt_nearest_sum_up(const gt_nearest *found, size_t count, gt_nearest_summary *out,
                            gt_error *err) {
    gt_summary sum;
    double *cosines = malloc((count + 1) * sizeof *cosines);
    if (!cosines) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    *out = (gt_nearest_summary){0};
    for (size_t i = 0; i < count; i++) {
        cosines[i] = found[i].cosine;
        out->copies += found[i].cosine > copied;
    }
    gt_status status = gt_summarize(count, cosines, &sum, err);
    if (!status) {
        out->median = sum.mid;
        out->highest = sum.most;
    }
    free(cosines);
    return status;
}
