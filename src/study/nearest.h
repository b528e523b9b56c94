/* nearest.h (room: study) - whether a model that makes pictures has learned some by heart: for
 * each sample the training picture most like it. Models of few pictures do that. */
#ifndef GT_STUDY_NEAREST_H
#define GT_STUDY_NEAREST_H

#include "galatea/dataset.h"
#include "galatea/judging.h"
#include "galatea/train.h"

/* Samples beside rows of a set. Pictures of the set are brought to the size of the samples;
 * those of one channel show the same in all. */
typedef struct gt_nearest_search {
    size_t count, channels, height, width;
    const float *samples; /* (count,C,H,W) levels */
    gt_dataset *data;
    const uint64_t *rows;
    size_t row_count;
    bool flips; /* also of samples mirrored along one side, the other, both */
    bool turns; /* in all eight ways to lay a square; others only in those of flips */
} gt_nearest_search;

/* The row most like a sample, by the cosine of both (gt_cosines_of), and how the sample was
 * laid. */
typedef struct gt_nearest {
    uint64_t row;
    double cosine;
    int turn; /* gt_image_turn */
} gt_nearest;

/* Fills plain and centred (count each), or one of them and NULL, in one pass over the rows; the
 * answer is that of double precision. Memory: three times that of the samples (with turns six
 * times), and about 100 MB. GT_BAD_SHAPE when channels do not go together; GT_BAD_ARGUMENT
 * without rows; GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_nearest_find(const gt_nearest_search *search, gt_nearest *plain,
                                        gt_nearest *centred, gt_error *err);

/* The middle, the highest, and how many are above 0.98. */
typedef struct gt_nearest_summary {
    double median, highest;
    size_t copies;
} gt_nearest_summary;
GT_MUST_CHECK gt_status gt_nearest_sum_up(const gt_nearest *found, size_t count,
                                          gt_nearest_summary *out, gt_error *err);

/* Of the same samples beside the pictures that were learned from and others (by cosines without
 * means): what is nearest counts where it is a copy. A tie is chance. Fills all but the numbers
 * of pictures. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_nearest_count_copies(const gt_nearest *learned,
                                                const gt_nearest *unseen, size_t count,
                                                gt_near_copies *out, gt_error *err);

/* Of a run that is trained: settings->nearest samples, drawn as `galatea sample` draws them by
 * itself, beside what was learned from, where that is fewer than 1,000 pictures, as it was
 * mirrored or, with settings->nearest_turns, in all eight ways. Leaves
 * RUN/nearest.csv, unless the training was finished before and the file is there, and a remark.
 * Nothing for kinds that make no pictures. GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_nearest_tell(const gt_model_class *kind,
                                        const gt_train_settings *settings, bool was_finished,
                                        gt_error *err);

#endif
