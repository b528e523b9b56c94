/* judge_likeness.c - generated pictures beside those that are most like them: of training,
 * mirrored or turned ones too, and of a second model. */
#include <math.h>
#include <stdlib.h>

#include "galatea/twomodels.h"
#include "judge_space.h"
#include "nearest.h"
#include "run_use.h"

enum { MOST_SAMPLES = 1000 };

static size_t looked_at(const gt_judge_rows *r, int set) {
    size_t rows = r->points[set].rows;
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

/* Of pictures as large as the generated ones; mean (or NULL): of their largest cosines. */
static gt_status count_copies(const gt_judge_rows *r, size_t count, const float *pictures,
                              size_t *copies, double *mean, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(r->data[GT_JUDGE_GENERATED]);
    const gt_nearest_search search = {count,
                                      info->channels,
                                      info->height,
                                      info->width,
                                      pictures,
                                      r->data[GT_JUDGE_TRAIN],
                                      r->rows[GT_JUDGE_TRAIN],
                                      r->points[GT_JUDGE_TRAIN].rows,
                                      .flips = true,
                                      .turns = r->turns};
    gt_nearest_summary summary = {0};
    gt_status status = GT_OK;
    gt_nearest *found = calloc(count + 1, sizeof *found);
    if (!found) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", count);
    GT_TRY(gt_nearest_find(&search, NULL, found, err));
    GT_TRY(gt_nearest_sum_up(found, count, &summary, err));
    *copies = summary.copies;
    if (mean) *mean = 0.0;
    for (size_t i = 0; mean && i < count; i++) *mean += found[i].cosine / (double)count;
done:
    free(found);
    return status;
}

/* Galaxies are alike: how many of the real ones that were not learned from are as close. They
 * are spread over the test rows, and brought to the size of generated ones as training ones
 * are.
 */
static gt_status count_real(const gt_judge_rows *r, gt_near_copies *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *made = gt_dataset_describe(r->data[GT_JUDGE_GENERATED]),
                          *info = gt_dataset_describe(r->data[GT_JUDGE_TEST]);
    size_t count = looked_at(r, GT_JUDGE_TEST), values = gt_dataset_row_values(made);
    float *row = NULL, *pictures = NULL;
    if (info->channels != 1 && info->channels != made->channels) return GT_OK;
    row = malloc(gt_dataset_row_values(info) * sizeof *row);
    pictures = malloc((count + 1) * values * sizeof *pictures);
    if (!row || !pictures) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", count);
    for (size_t i = 0; i < count; i++) {
        size_t at = i * r->points[GT_JUDGE_TEST].rows / count;
        GT_TRY(gt_dataset_read_rows(r->data[GT_JUDGE_TEST], r->rows[GT_JUDGE_TEST] + at, 1, row,
                                    err));
        GT_TRY(gt_use_fit(info, row, made->channels, made->height, made->width,
                          pictures + i * values, err));
    }
    out->real = count;
    GT_TRY(count_copies(r, count, pictures, &out->real_copies, NULL, err));
done:
    free(row);
    free(pictures);
    return status;
}

/* Training pictures of several channels have no like among grey samples. */
static bool are_comparable(const gt_judge_rows *r) {
    const gt_dataset_info *learned = gt_dataset_describe(r->data[GT_JUDGE_TRAIN]),
                          *made = gt_dataset_describe(r->data[GT_JUDGE_GENERATED]);
    return made->kind == GT_DATASET_IMAGES &&
           (learned->channels == 1 || learned->channels == made->channels);
}

gt_status gt_judge_compare_pictures(const gt_judge_rows *r, const char *second,
                                    gt_judge_likeness *out, gt_error *err) {
    gt_status status = GT_OK;
    const char *path = r->points[GT_JUDGE_GENERATED].name;
    size_t count = looked_at(r, GT_JUDGE_GENERATED),
           values = gt_dataset_row_values(gt_dataset_describe(r->data[GT_JUDGE_GENERATED]));
    float *samples = NULL;
    *out = (gt_judge_likeness){.cosine_train = NAN, .cosine_second = NAN};
    if (!are_comparable(r)) {
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
    out->near.samples = count;
    GT_TRY(count_copies(r, count, samples, &out->near.copies, &out->cosine_train, err));
    GT_TRY(count_real(r, &out->near, err));
done:
    free(samples);
    return status;
}
