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
#define GT_KEY_BRIGHTNESS "brightness"
#define GT_KEY_CLASS_NAMES "class_names"
#define GT_KEY_LAYOUT "state_layout"

enum {
    GT_STATE_LAYOUT = 2,
    GT_PATH_SIZE = 4096,
    /* progress/counts: epoch, batch, step, best_epoch */
    GT_RUN_COUNTS = 4,
    /* progress/numbers: best */
    GT_RUN_NUMBERS = 1,
    /* learner/NAME/counts: applied, plateau.bad, skip.patience, skip.in_row, skip.seen */
    GT_LEARNER_COUNTS = 5,
    /* learner/NAME/numbers: plateau.rate, plateau.best, skip.limit, skip.factor,
       skip.threshold, sums, skip.recent */
    GT_STATE_SUMS = 5,
    GT_STATE_RECENT = GT_STATE_SUMS + GT_TERMS,
    GT_LEARNER_NUMBERS = GT_STATE_RECENT + GT_SKIP_WINDOW
};

/* Layout 1, still read: the same of a run and its only learner in progress/counts (applied
 * before best_epoch, the learner's others behind it) and progress/numbers. */

/* A position as arrays, which a writer needs until it is saved. */
typedef struct gt_state_arrays {
    int64_t run_counts[GT_RUN_COUNTS], counts[GT_MOST_OBJECTIVES][GT_LEARNER_COUNTS];
    double run_numbers[GT_RUN_NUMBERS], numbers[GT_MOST_OBJECTIVES][GT_LEARNER_NUMBERS];
} gt_state_arrays;

GT_MUST_CHECK gt_status gt_state_add_position(gt_safetensors_writer *writer,
                                              const gt_model *model,
                                              const gt_position *position,
                                              gt_state_arrays *room, gt_error *err);
/* Settings of plateaus stay as they are in *position: they come from the run's options. */
GT_MUST_CHECK gt_status gt_state_read_position(const gt_safetensors *file,
                                               const gt_model *model, gt_position *position,
                                               gt_error *err);

/* Whether a name is that of weights which stay: "epoch-0010.safetensors". */
bool gt_run_is_of_epoch(const char *name);

/* folder/name into path; GT_BAD_ARGUMENT when it does not fit. The name is one of those that
 * run_files.c lists. */
GT_MUST_CHECK gt_status gt_run_path(const char *folder, const char *name,
                                    char path[GT_PATH_SIZE], gt_error *err);

/* Whether a run writes a file of this name before it has a state. */
bool gt_run_begins_with(const char *name);

#endif
