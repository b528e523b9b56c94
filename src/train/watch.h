/* watch.h - what the monitors of a learner tell of a model that no longer learns (gt_monitor):
 * outputs that are all alike, outputs that run away, a number that has become next to nothing;
 * and a loss that only grows, or is that of a network that does nothing. Each is told once in a
 * process. */
#ifndef GT_TRAIN_WATCH_H
#define GT_TRAIN_WATCH_H

#include "state.h"
#include "stepper.h"

enum { GT_WATCH_ROOM = 320 };

typedef struct gt_watch {
    const gt_stepper *stepper; /* whose monitors they are */
    int spread, usual;      /* terms: how outputs differ, what is healthy; 0: there is none */
    double means[GT_TERMS]; /* running ones */
    double first, loss;     /* the first loss of this process and the last */
    int64_t watched;        /* steps in this process */
    int in_a_row[GT_TERMS]; /* steps that a term was below its least, the loss (0) too large */
    unsigned told;          /* a bit for each alarm */
} gt_watch;

/* Over the terms of a stepper, which must outlive it. */
gt_watch gt_watch_make(const gt_stepper *stepper);

/* Takes in the terms of a step; NaN: not among them. goes_on: the run had steps before this
 * process. */
void gt_watch_step(gt_watch *watch, const double *terms, bool goes_on);

/* 0: outputs spread as they should, to 1: they are all the same; -1: nothing tells. */
double gt_watch_collapse(const gt_watch *watch);

/* Takes in the mean loss of an epoch: whether that is no less than a network has that does
 * nothing, after some steps or in the last epoch, of a loss that was not told to grow. Then
 * text is a sentence without its end. */
bool gt_watch_epoch(gt_watch *watch, double loss, bool is_last, char text[GT_WATCH_ROOM]);

/* The next thing to tell, as a sentence without its end; false: there is none. */
bool gt_watch_alarm(gt_watch *watch, char text[GT_WATCH_ROOM]);

#endif
