/* classifiers.h - recordings of classifiers and of principal components on one set of codes.
 * Private. */
#ifndef GT_REPLAY_CLASSIFIERS_H
#define GT_REPLAY_CLASSIFIERS_H

#include "galatea/samples.h"
#include "recording.h"

typedef struct codes {
    gt_recording *rec;
    gt_samples train, test;
    void *owned[4];
} codes;

/* Length of an axis of a tensor; 1 after a failure. */
int64_t codes_size(gt_recording *rec, const char *name, int axis);
/* Zeroed room for count elements, which the caller frees; a failure when there is none. */
void *codes_room(gt_recording *rec, size_t count, size_t size);

/* Compares sign * got (rows, columns) with a tensor; whole numbers, which must be equal; and
 * the four figures of a classification of the test rows. */
void codes_compare(codes *c, const char *name, const double *got, double sign, double tolerance,
                   int64_t rows, int64_t columns);
void codes_compare_whole(codes *c, const char *name, const int32_t *got, int64_t count);
void codes_compare_metrics(codes *c, const char *name, const int32_t *predicted,
                           const double *score);

/* The parts of a recording. */
void codes_replay_svc(codes *c);
void codes_replay_lr(codes *c);
void codes_replay_pca(codes *c);
void codes_replay_similarity(codes *c);

#endif
