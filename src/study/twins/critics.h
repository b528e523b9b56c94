/* critics.h - a model with a second network: its samples of a batch, and what it says of
 * pictures. */
#ifndef GT_TWINS_CRITICS_H
#define GT_TWINS_CRITICS_H

#include "galatea/run.h"
#include "made.h"
#include "sweep.h"
#include "usual.h"

enum { GT_CRITIC_BATCH = 8, GT_CRITIC_NAME = 64 };

typedef struct gt_critic {
    gt_twin twin; /* whose side it is */
    gt_run *run;
    gt_dataset *learned;
    gt_usual sampling;
    gt_picture_maker maker;
    gt_inference *of_made,
        *of_learned;    /* pictures as they are made, as they are learned from */
    size_t values;      /* of a picture that is made */
    float *made, *read; /* a batch */
} gt_critic;

/* weights: as gt_twin_weights names them. End it in any case. */
GT_MUST_CHECK gt_status gt_critic_open(const gt_twin *twin, const char *weights, gt_critic *out,
                                       gt_error *err);
void gt_critic_close(gt_critic *critic);

/* Levels of samples first, ... into critic->made, as sets hold them. */
GT_MUST_CHECK gt_status gt_critic_make(const gt_critic *critic, size_t first, size_t count,
                                       gt_error *err);
/* The first score of pictures that are made, or of rows that were learned from. */
GT_MUST_CHECK gt_status gt_critic_score_made(const gt_critic *critic, const float *made,
                                             size_t count, float *scores, gt_error *err);
GT_MUST_CHECK gt_status gt_critic_score_rows(const gt_critic *critic, const uint64_t *rows,
                                             size_t count, float *scores, gt_error *err);

#endif
