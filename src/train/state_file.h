/* state_file.h - names and layout inside the files of a run folder, for those who write and
 * those who read them. */
#ifndef GT_TRAIN_STATE_FILE_H
#define GT_TRAIN_STATE_FILE_H

#include "state.h"

#define GT_KEY_MODEL "model"
#define GT_KEY_MODEL_CONFIG "model_config"
#define GT_KEY_CONFIG "config"
#define GT_KEY_ALGORITHMS "algorithms"
#define GT_KEY_DATA_PATH "data_path"
#define GT_KEY_DATA_SIZE "data_size"
#define GT_KEY_DATA_HASH "data_hash"
#define GT_KEY_VERSION "galatea"
#define GT_KEY_THREADS "threads"
#define GT_KEY_PROVENANCE "provenance"
#define GT_KEY_LAYOUT "state_layout"

enum {
    GT_STATE_LAYOUT = 1,
    GT_PATH_SIZE = 4096,
    /* progress/counts: epoch, batch, step, applied, best_epoch, plateau.bad, skip.patience,
       skip.in_row, skip.seen */
    GT_STATE_COUNTS = 9,
    /* progress/numbers: best, plateau.rate, plateau.best, skip.limit, skip.factor,
       skip.threshold, sums, skip.recent */
    GT_STATE_SUMS = 6,
    GT_STATE_RECENT = GT_STATE_SUMS + GT_TERMS,
    GT_STATE_NUMBERS = GT_STATE_RECENT + GT_SKIP_WINDOW
};

void gt_state_pack(const gt_position *position, int64_t counts[GT_STATE_COUNTS],
                   double numbers[GT_STATE_NUMBERS]);

/* folder/name into path; GT_BAD_ARGUMENT when it does not fit. The name is one of those that
 * run_files.c lists. */
GT_MUST_CHECK gt_status gt_run_path(const char *folder, const char *name,
                                    char path[GT_PATH_SIZE], gt_error *err);

/* Whether a run writes a file of this name before it has a state. */
bool gt_run_begins_with(const char *name);

#endif
