/* closer.h - a closer look at what differs from its recording, where graphs were computed.
 * Private.
 *
 * Two things make a sound computation in single precision differ by more than the usual
 * tolerance. A slope jumps at 0: where rounding moved the argument of a ReLU to the other side,
 * gradients differ by a term. And a network can be more sensitive to rounding than those for
 * which the usual tolerances were measured. So the recording is computed again in double, where
 * it must come out; and in double once more, but with the decisions that single precision took,
 * each of which must have been a near thing. That is what single precision must come close to:
 * within the usual tolerance or, where none was measured for this file, within five times what
 * rounding every value and every weight once to single precision changes: so tolerances of
 * recordings are made. */
#ifndef GT_REPLAY_CLOSER_H
#define GT_REPLAY_CLOSER_H

#include "recording.h"

/* The decisions of all graphs of a recording, in the order of their runs. */
typedef struct gt_replay_look {
    bool follows;  /* takes the decisions over; else notes them */
    double jitter; /* relative error that parameters carry, of either sign; with one, every
                      value of a graph is rounded to single precision */
    uint64_t seed; /* which sign */
    struct {
        float *values;
        int64_t count;
    } * noted;
    size_t count, room, next;
    size_t otherwise; /* decisions taken over that double precision would not have made */
    double farthest;  /* of those: how far from a tie, in units of the largest argument */
} gt_replay_look;

/* Judges again what was found wrong in `rec`. Nothing is done where all is right, where no
 * graph was computed, and in double. */
void gt_replay_look_closer(gt_recording *rec);
/* Computes the same recording anew; `out` is to be released in any case (replay.c). */
gt_status gt_recording_again(gt_recording *rec, gt_replay_look *look, bool in_double,
                             gt_recording *out);
void gt_recording_release(gt_recording *rec);

/* For job.c. */
bool gt_replay_look_note(gt_replay_look *look, const float *values, int64_t count);
/* The next decision, NULL when there is none of that size. */
const float *gt_replay_look_next(gt_replay_look *look, int64_t count);
/* A decision that was taken over: 1 where low < high (low NULL: 0), if it had been made here.
 */
void gt_replay_look_compare(gt_replay_look *look, const float *taken, const double *low,
                            const double *high, int64_t count);
/* A parameter with its error. */
double gt_replay_look_jitter(const gt_replay_look *look, int parameter, int64_t element,
                             double value);

#endif
