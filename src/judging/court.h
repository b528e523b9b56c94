/* court.h - one generator while it is judged. Private. */
#ifndef GT_JUDGING_COURT_H
#define GT_JUDGING_COURT_H

#include "galatea/judging.h"

typedef struct gt_court {
    const gt_judge_settings *settings;
    const gt_points *all_train;
    gt_points train, balls_test, balls_generated; /* of `rows` each */
    gt_points test, generated;                    /* of `compared` each */
    gt_points real; /* as many, in place of the generated ones, against test */
    float *x[6];    /* theirs, where they are not all that was given */
    gt_judgement *out;
    size_t done;
} gt_court;

/* C_T of the generated rows, with its interval, and of real ones. */
GT_MUST_CHECK gt_status gt_court_copying(gt_court *c, gt_error *err);

#endif
