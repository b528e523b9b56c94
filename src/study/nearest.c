/* nearest.c - see nearest.h. */
#include "nearest.h"

#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "galatea/interrupt.h"

enum { ROWS_AT_ONCE = 64, WAYS = 4 };

static const int turns[WAYS] = {0, 4, 2,
                                6}; /* as it is, left for right, both, above for below */
static const double copied = 0.98;

/* Without its mean; one of a single value becomes zeros, whatever rounding would leave. */
static void centre(float *values, size_t count) {
    double sum = 0;
    bool is_flat = true;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
        is_flat = is_flat && values[i] == values[0];
    }
    for (size_t i = 0; i < count; i++)
        values[i] = is_flat ? 0 : (float)((double)values[i] - sum / (double)count);
}

static size_t values_of(const gt_nearest_search *s) {
    return s->channels * s->height * s->width;
}

static void lay_samples(const gt_nearest_search *s, size_t ways, float *queries) {
    size_t values = values_of(s);
    for (size_t i = 0; i < s->count * ways; i++) {
        float *query = queries + i * values;
        gt_image_turn(s->samples + i / ways * values, s->channels, s->height, s->width,
                      turns[i % ways], query);
        centre(query, values);
    }
}

/* A picture of the set as the samples are. */
static gt_status fit(const gt_nearest_search *s, const float *picture, float *out,
                     gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    size_t plane = s->height * s->width;
    gt_status status = gt_image_resize(picture, info->channels, info->height, info->width,
                                       s->height, s->width, out, err);
    for (size_t c = info->channels; c < s->channels; c++)
        memcpy(out + c * plane, out, plane * sizeof *out);
    centre(out, values_of(s));
    return status;
}

static gt_status search_rows(const gt_nearest_search *s, gt_similarity *similarity,
                             gt_error *err) {
    gt_status status = GT_OK;
    size_t own = gt_dataset_row_values(gt_dataset_describe(s->data)), values = values_of(s);
    float *read = malloc(ROWS_AT_ONCE * own * sizeof *read);
    float *laid = malloc(ROWS_AT_ONCE * values * sizeof *laid);
    if (!read || !laid) GT_THROW(err, GT_NO_MEMORY, "no memory for %d pictures", ROWS_AT_ONCE);
    for (size_t at = 0; at < s->row_count; at += ROWS_AT_ONCE) {
        size_t n = s->row_count - at < ROWS_AT_ONCE ? s->row_count - at : ROWS_AT_ONCE;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_dataset_read_rows(s->data, s->rows + at, n, read, err));
        for (size_t i = 0; i < n; i++) GT_TRY(fit(s, read + i * own, laid + i * values, err));
        GT_TRY(gt_similarity_add(similarity, at, n, laid, err));
    }
done:
    free(read);
    free(laid);
    return status;
}

static gt_nearest best_of(const gt_nearest_search *s, const gt_similarity *similarity,
                          size_t first, size_t ways) {
    gt_nearest best = {.cosine = -2};
    for (size_t w = 0; w < ways; w++) {
        size_t found = 0;
        const gt_match *match = gt_similarity_matches(similarity, first + w, &found);
        if (found && match->score > best.cosine)
            best = (gt_nearest){s->rows[match->row], match->score, turns[w]};
    }
    return best;
}

gt_status gt_nearest_find(const gt_nearest_search *s, gt_nearest *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_similarity *similarity = NULL;
    size_t ways = s->flips ? WAYS : 1, channels = gt_dataset_describe(s->data)->channels;
    float *queries = malloc(s->count * ways * values_of(s) * sizeof *queries);
    if (!queries) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", s->count * ways);
    if (channels != 1 && channels != s->channels)
        GT_THROW(err, GT_BAD_SHAPE, "%s has pictures of %zu channels, samples have %zu",
                 gt_dataset_path(s->data), channels, s->channels);
    lay_samples(s, ways, queries);
    GT_TRY(gt_similarity_create(s->count * ways, values_of(s), queries, 1, &similarity, err));
    GT_TRY(search_rows(s, similarity, err));
    for (size_t i = 0; i < s->count; i++) out[i] = best_of(s, similarity, i * ways, ways);
done:
    gt_similarity_destroy(similarity);
    free(queries);
    return status;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

gt_status gt_nearest_sum_up(const gt_nearest *found, size_t count, gt_nearest_summary *out,
                            gt_error *err) {
    double *sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    *out = (gt_nearest_summary){0};
    for (size_t i = 0; i < count; i++) {
        sorted[i] = found[i].cosine;
        out->copies += found[i].cosine > copied;
    }
    qsort(sorted, count, sizeof *sorted, by_value);
    out->median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    out->highest = sorted[count - 1];
    free(sorted);
    return GT_OK;
}
