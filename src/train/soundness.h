/* soundness.h (room: train) - whether the files of a run are whole and belong together. */
#ifndef GT_TRAIN_SOUNDNESS_H
#define GT_TRAIN_SOUNDNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"

/* Weights in the folder of a run, by the name of their file: GT_NOT_FOUND, GT_BAD_FORMAT or
 * GT_MISMATCH, naming the file, where they are missing, damaged, or of another run than the
 * state beside them. Weights of other programs, which tell nothing, are taken for the run's. */
GT_MUST_CHECK gt_status gt_run_check_weights(const char *folder, const char *name,
                                             gt_error *err);

/* GT_MISMATCH for a file of the folder that is of another run than the state there. */
struct gt_safetensors;
GT_MUST_CHECK gt_status gt_run_check_origin(const char *folder,
                                            const struct gt_safetensors *file, gt_error *err);

/* The kind of model that the state of a run is of; NULL where it does not tell. */
const struct gt_model_class *gt_run_state_class(const char *folder);

/* Puts behind the sentence in err which other weights of the run, in whose folder the weights
 * at `path` lie or should, are whole: the latest. */
void gt_run_offer_weights(const char *path, gt_error *err);

/* What the state of a run says of it. */
typedef struct gt_run_stand {
    char *config, *algorithms; /* as the files of that name have them */
    int64_t epoch, step;
    int64_t best_epoch; /* whose row of the log has `best`; 0: not known */
    double best;
    char *record; /* of the training that it is of; NULL: none */
} gt_run_stand;

/* GT_OK with config NULL where there is no state at all, as of weights alone; GT_BAD_FORMAT,
 * GT_MISMATCH, GT_NOT_FOUND for one that is damaged or gone, which offers the one before. End
 * it with gt_run_stand_free. */
GT_MUST_CHECK gt_status gt_run_stand_read(const char *folder, gt_run_stand *out, gt_error *err);
void gt_run_stand_free(gt_run_stand *stand); /* accepts an empty struct */
#endif
