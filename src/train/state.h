/* state.h - where a run stands, and the file that holds all of it.
 *
 * state.safetensors has, for every parameter, "param/NAME", "average/NAME" (if there is one)
 * and the moments of the optimizer that moves it ("exp_avg/NAME", ...), and the position below:
 * that of the run, and that of each learner under its name (state_position.c). Its metadata
 * tell what must be the same when the run goes on. */
#ifndef GT_TRAIN_STATE_H
#define GT_TRAIN_STATE_H

#include "galatea/brightness.h"
#include "galatea/imaging.h"
#include "galatea/model.h"
#include "galatea/optim.h"
#include "galatea/safetensors.h"
#include "skip.h"

/* The loss and what the model monitors: in training, in validation. */
enum { GT_TERMS = 1 + GT_MODEL_MONITORS, GT_JUDGED = 1 + GT_MODEL_JUDGED };

/* Of one objective. */
typedef struct gt_learner_position {
    int64_t applied;       /* updates; the other steps were left out */
    double sums[GT_TERMS]; /* of each term over its steps in this epoch */
    gt_plateau plateau;
    gt_skip_rule skip;
} gt_learner_position;

typedef struct gt_position {
    int64_t epoch; /* finished ones */
    int64_t batch; /* batches done in the present one */
    int64_t step;  /* batches done in all */
    int64_t best_epoch;
    double best;
    gt_learner_position learners[GT_MOST_OBJECTIVES];
} gt_position;

/* The vectors of a run, each as long as the model's parameter vector and zero at first. */
typedef struct gt_vectors {
    size_t count;  /* floats in all */
    float *values; /* the model's own */
    float *grads;
    float *average; /* NULL: none */
    float *moments[GT_OPTIMIZER_MAX_STATE];
    gt_optimizer_segment *segments; /* parameters of objective after objective, counted from the
                                       beginning of its range; weights decay */
    size_t segment_counts[GT_MOST_OBJECTIVES];
} gt_vectors;

/* moments: vectors of them that any of the optimizers needs. */
GT_MUST_CHECK gt_status gt_vectors_create(gt_model *model, int moments, bool averaged,
                                          gt_vectors *out, gt_error *err);
/* What an optimizer sweeps over for one objective. */
gt_optimizer_vectors gt_vectors_of(const gt_vectors *vectors, const gt_model *model,
                                   int objective);
void gt_vectors_free(gt_vectors *vectors);

/* What a run was begun with. Strings are owned by an identity that was read, lent in one that
 * is to be written. */
typedef struct gt_identity {
    char *model;        /* name of the class */
    char *model_config; /* gt_config_of_model */
    char *config;       /* gt_config_of_run */
    char *algorithms;   /* gt_algorithms_text */
    char *data_path;
    char *version;
    char *provenance;         /* JSON, may be NULL */
    char *class_names;        /* JSON list, of a kind that needs labelled rows; else NULL */
    gt_imaging imaging;       /* to be written, lent from the data set */
    gt_brightness brightness; /* of the pictures that train; count 0: unknown */
    uint64_t data_size, data_hash;
    int64_t threads;
} gt_identity;

void gt_identity_free(gt_identity *identity);

/* Opens the newest whole state of a folder and reads what it was begun with. A folder without
 * one: GT_NOT_FOUND. A damaged one is named, and the previous one offered in the message. */
GT_MUST_CHECK gt_status gt_state_open(const char *folder, gt_safetensors **file,
                                      gt_identity *identity, gt_error *err);

/* learner_settings: one for each objective of the model. */
GT_MUST_CHECK gt_status gt_state_read(const gt_safetensors *file, const gt_model *model,
                                      const gt_learner_settings *learner_settings,
                                      gt_vectors *vectors, gt_position *position,
                                      gt_error *err);

/* Saves the state, keeping the one before as state.previous.safetensors. */
GT_MUST_CHECK gt_status gt_state_save(const char *folder, const gt_identity *identity,
                                      const gt_model *model,
                                      const gt_learner_settings *learner_settings,
                                      const gt_vectors *vectors, const gt_position *position,
                                      gt_error *err);

/* Saves weights for use: the average, or the parameters where there is none. name: "best",
 * "last" or "epoch-0010". */
GT_MUST_CHECK gt_status gt_state_save_weights(const char *folder, const char *name,
                                              const gt_identity *identity,
                                              const gt_model *model, const gt_vectors *vectors,
                                              const gt_position *position, gt_error *err);

#endif
