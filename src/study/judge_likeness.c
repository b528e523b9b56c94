/* judge_likeness.c - generated pictures beside those that are most like them: of training,
 * mirrored or turned ones too, and of a second model. */
#include <math.h>
#include <stdlib.h>

#include "galatea/twomodels.h"
#include "judge_space.h"
#include "nearest.h"
#include "run_use.h"

enum { MOST_SAMPLES = 1000 };

static size_t looked_at(const gt_judge_rows *r) {
    size_t rows = r->points[GT_JUDGE_GENERATED].rows;
    return rows < MOST_SAMPLES ? rows : MOST_SAMPLES;
}

/* The mean of the cosines of centred pictures of the same noise. */
static gt_status compare_second(const gt_judge_rows *r, const char *path, size_t count,
                                const float *samples, double *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *second = NULL;
    float *others = NULL;
    const gt_dataset_info *own = gt_dataset_describe(r->data[GT_JUDGE_GENERATED]);
    size_t values = gt_dataset_row_values(own);
    GT_TRY(gt_dataset_open(path, &second, err));
    const gt_dataset_info *info = gt_dataset_describe(second);
    if (info->count != own->count || info->channels != own->channels ||
        info->height != own->height || info->width != own->width)
        GT_THROW(err, GT_BAD_SHAPE,
                 "%s has %llu rows of %zux%zux%zu, expected %llu of %zux%zux%zu as %s: samples "
                 "of the same noise",
                 path, (unsigned long long)info->count, info->channels, info->height,
                 info->width, (unsigned long long)own->count, own->channels, own->height,
                 own->width, r->points[GT_JUDGE_GENERATED].name);
    others = malloc(count * values * sizeof *others);
    if (!others) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", count);
    GT_TRY(gt_dataset_read_rows(second, r->rows[GT_JUDGE_GENERATED], count, others, err));
    for (size_t i = 0; i < count; i++)
        GT_TRY(gt_use_check_pixels(path, gt_dataset_range(info), r->rows[GT_JUDGE_GENERATED][i],
                                   1, values, others + i * values, err));
    *out = 0.0;
    for (size_t i = 0; i < count; i++)
        *out += gt_cosines_of(values, samples + i * values, others + i * values).centred /
                (double)count;
done:
    gt_dataset_close(second);
    free(others);
    return status;
}

/* Of the samples: which row of a set is most like each. */
static gt_status find_nearest(const gt_judge_rows *r, int set, size_t count,
                              const float *samples, gt_nearest *found, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(r->data[GT_JUDGE_GENERATED]);
    const gt_nearest_search search = {
        count,        info->channels, info->height,        info->width,   samples,
        r->data[set], r->rows[set],   r->points[set].rows, .flips = true, .turns = r->turns};
    return gt_nearest_find(&search, NULL, found, err);
}

/* Pictures of several channels have no like among grey samples. */
static bool goes_with_samples(const gt_judge_rows *r, int set) {
    const gt_dataset_info *real = gt_dataset_describe(r->data[set]),
                          *made = gt_dataset_describe(r->data[GT_JUDGE_GENERATED]);
    return made->kind == GT_DATASET_IMAGES &&
           (real->channels == 1 || real->channels == made->channels);
}

static gt_status count_copies(const gt_judge_rows *r, size_t count, const float *samples,
                              gt_judge_likeness *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_nearest *learned = calloc(count + 1, sizeof *learned),
               *unseen = calloc(count + 1, sizeof *unseen);
    if (!learned || !unseen) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", count);
    GT_TRY(find_nearest(r, GT_JUDGE_TRAIN, count, samples, learned, err));
    out->cosine_train = 0.0;
    for (size_t i = 0; i < count; i++) out->cosine_train += learned[i].cosine / (double)count;
    out->near.training = r->points[GT_JUDGE_TRAIN].rows;
    for (size_t i = 0; i < count; i++) unseen[i].cosine = -1.0;
    if (goes_with_samples(r, GT_JUDGE_TEST)) {
        GT_TRY(find_nearest(r, GT_JUDGE_TEST, count, samples, unseen, err));
        out->near.unseen = r->points[GT_JUDGE_TEST].rows;
    }
    GT_TRY(gt_nearest_count_copies(learned, unseen, count, &out->near, err));
done:
    free(learned);
    free(unseen);
    return status;
}

gt_status gt_judge_compare_pictures(const gt_judge_rows *r, const char *second,
                                    gt_judge_likeness *out, gt_error *err) {
    gt_status status = GT_OK;
    const char *path = r->points[GT_JUDGE_GENERATED].name;
    size_t count = looked_at(r),
           values = gt_dataset_row_values(gt_dataset_describe(r->data[GT_JUDGE_GENERATED]));
    float *samples = NULL;
    *out = (gt_judge_likeness){.cosine_train = NAN, .cosine_second = NAN};
    if (!goes_with_samples(r, GT_JUDGE_TRAIN)) {
        if (!second) return GT_OK;
        return gt_fail(err, GT_USAGE,
                       "%s beside %s: pictures of two models are compared where both go with "
                       "those of %s",
                       second, path, r->points[GT_JUDGE_TRAIN].name);
    }
    samples = malloc(count * values * sizeof *samples);
    if (!samples) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", count);
    GT_TRY(gt_dataset_read_rows(r->data[GT_JUDGE_GENERATED], r->rows[GT_JUDGE_GENERATED], count,
                                samples, err));
    if (second) GT_TRY(compare_second(r, second, count, samples, &out->cosine_second, err));
    GT_TRY(count_copies(r, count, samples, out, err));
done:
    free(samples);
    return status;
}
