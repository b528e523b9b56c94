/* made.h - pictures that a model makes, a batch at a time, and how bright they are. */
#ifndef GT_MADE_H
#define GT_MADE_H

#include "galatea/brightness.h"
#include "galatea/dataset.h"
#include "galatea/run.h"

typedef struct gt_picture_maker {
    const gt_model *model;
    gt_inference *inference; /* of samples */
    gt_value_range range;    /* of float pixels; undeclared: they are bytes */
    uint64_t seed;
    bool is_mean; /* pixels are the mean of their distribution, not drawn from it */
} gt_picture_maker;

/* Levels (count,C,H,W) of pictures first, first + 1, ... of the seed; latents: of which they
 * are made, where the inference was made for that, else NULL. */
GT_MUST_CHECK gt_status gt_make_pictures(const gt_picture_maker *maker, const float *latents,
                                         uint64_t first, size_t count, float *levels,
                                         gt_error *err);

/* The level that a set of such pixels holds: cut to 0..255, and truncated where they are bytes.
 */
float gt_made_level(gt_value_range range, float level);

/* Draws a cross in place of a picture, in levels: one that is not finite is not taken for an
 * empty sky. */
void gt_made_cross_out(const gt_picture_maker *maker, float *levels);

/* Adds to the sums, by what a set would hold of them; false for one that is not finite, which
 * is left out. */
bool gt_made_weigh(const gt_picture_maker *maker, const float *levels, size_t values,
                   gt_brightness_sums *sums);

/* One remark where mean or deviation of what was made (`what`: "64 samples of epoch 5") is more
 * than 3 standard errors from that of the pictures learned from. */
void gt_made_remark_drift(const char *what, const gt_brightness *made,
                          const gt_brightness *known, gt_value_range range);

/* Of means of levels: in values of the set's pixels; left in levels where a stretch lies
 * between, as the mean of one is not that of the other. */
gt_brightness gt_made_in_values(gt_brightness brightness, gt_value_range range);

#endif
