/* nearest.c - see nearest.h. */
#include "nearest.h"

#include <stdlib.h>
#include <string.h>

#include "closest.h"
#include "galatea/image.h"
#include "galatea/interrupt.h"
#include "galatea/twomodels.h"
#include "run_use.h"

enum {
    MOST_ROWS = 1024,
    BYTES = 8 << 20 /* of a block of pictures: less than a small training takes */
};

/* gt_image_turn: of a sample as it is, and of one turned by a quarter before it is mirrored. */
static const int turns[2][GT_FLIPS] = {
    {[0] = 0, [GT_FLIP_X] = 4, [GT_FLIP_Y] = 6, [GT_FLIP_X + GT_FLIP_Y] = 2},
    {[0] = 1, [GT_FLIP_X] = 7, [GT_FLIP_Y] = 5, [GT_FLIP_X + GT_FLIP_Y] = 3}};
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

static bool is_turned(const gt_nearest_search *s) {
    return s->turns && s->height == s->width;
}

/* Of equal ones the sample that is not turned. */
static void give(const gt_nearest_search *s, const gt_closest *closest, gt_closest_kind kind,
                 gt_nearest *out) {
    const gt_closest_match *best = gt_closest_matches(closest, kind);
    for (size_t i = 0; out && i < s->count; i++) {
        bool by_turn = is_turned(s) && best[s->count + i].cosine > best[i].cosine;
        const gt_closest_match *own = &best[by_turn ? s->count + i : i];
        out[i] = (gt_nearest){s->rows[own->row], own->cosine, turns[by_turn][own->flip]};
    }
}

/* The samples, and behind them the same turned by a quarter. */
static gt_status turn_samples(const gt_nearest_search *s, float **out, gt_error *err) {
    size_t values = values_of(s);
    *out = malloc((2 * s->count * values + 1) * sizeof **out);
    if (!*out) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu turned samples", s->count);
    memcpy(*out, s->samples, s->count * values * sizeof **out);
    for (size_t i = 0; i < s->count; i++)
        gt_image_turn(s->samples + i * values, s->channels, s->height, s->width, 1,
                      *out + (s->count + i) * values);
    return GT_OK;
}

gt_status gt_nearest_find(const gt_nearest_search *s, gt_nearest *plain, gt_nearest *centred,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_closest *closest = NULL;
    const gt_closest_shape shape = {s->channels, s->height, s->width, s->flips || s->turns};
    const size_t count = is_turned(s) ? 2 * s->count : s->count;
    float *turned = NULL;
    size_t channels = gt_dataset_describe(s->data)->channels;
    if (s->row_count == 0) GT_THROW(err, GT_BAD_ARGUMENT, "no pictures to compare with");
    if (channels != 1 && channels != s->channels)
        GT_THROW(err, GT_BAD_SHAPE, "%s has pictures of %zu channels, samples have %zu",
                 gt_dataset_path(s->data), channels, s->channels);
    if (is_turned(s)) GT_TRY(turn_samples(s, &turned, err));
    GT_TRY(gt_closest_create(&shape, count, turned ? turned : s->samples, &closest, err));
    GT_TRY(search_rows(s, closest, err));
    give(s, closest, GT_CLOSEST_PLAIN, plain);
    give(s, closest, GT_CLOSEST_CENTRED, centred);
done:
    free(turned);
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

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

gt_status gt_nearest_count_copies(const gt_nearest *learned, const gt_nearest *unseen,
                                  size_t count, gt_near_copies *out, gt_error *err) {
    uint64_t *originals = malloc((count + 1) * sizeof *originals);
    size_t found = 0;
    if (!originals) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    out->samples = count;
    out->copies = out->chance = out->originals = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_learned = learned[i].cosine > unseen[i].cosine;
        const gt_nearest *nearest = is_learned ? learned + i : unseen + i;
        if (nearest->cosine <= copied) continue;
        ++*(is_learned ? &out->copies : &out->chance);
        originals[found++] = 2 * nearest->row + is_learned;
    }
    qsort(originals, found, sizeof *originals, by_number);
    for (size_t i = 0; i < found; i++) out->originals += !i || originals[i] != originals[i - 1];
    free(originals);
    return GT_OK;
}
