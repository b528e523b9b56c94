/* made_samples.h - the samples of A and B as later parts read them. */
#ifndef GT_TWINS_MADE_SAMPLES_H
#define GT_TWINS_MADE_SAMPLES_H

#include "sweep.h"

/* One side's. Those that were not finite are in no set: rows have the numbers of the others. */
typedef struct gt_made_samples {
    gt_dataset *set;
    size_t count, values; /* rows, and numbers of each */
    uint64_t *numbers;    /* (count), rising */
} gt_made_samples;

/* Keeps which samples of the twin's side are lost ("3,17", "" for none). GT_NOT_FINITE when
 * they are too many to be named. */
GT_MUST_CHECK gt_status gt_made_samples_keep_lost(const gt_twin *twin, const char *names,
                                                  gt_error *err);
/* Of the twin's side. End it with gt_made_samples_close in any case. */
GT_MUST_CHECK gt_status gt_made_samples_open(const gt_twin *twin, gt_made_samples *out,
                                             gt_error *err);
void gt_made_samples_close(gt_made_samples *samples);

/* All of them as levels, (count, values); yours (free). */
GT_MUST_CHECK gt_status gt_made_samples_read(const gt_made_samples *samples, float **out,
                                             gt_error *err);

/* Both sides, and the rows of samples that both have: pair i is row a[i] of A and b[i] of B. */
typedef struct gt_sample_pairs {
    gt_made_samples sides[2];
    size_t count;
    size_t *rows[2];
} gt_sample_pairs;
GT_MUST_CHECK gt_status gt_sample_pairs_open(const gt_twin *twin, gt_sample_pairs *out,
                                             gt_error *err);
void gt_sample_pairs_close(gt_sample_pairs *pairs);

#endif
