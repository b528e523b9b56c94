/* train.h (room: train) - the training loop: any model, one run folder, stopped and resumed at
 * will.
 *
 * A run folder holds
 *     config                      every setting, as key = value
 *     best.safetensors            weights of the epoch with the lowest validation loss, or of
 *                                 the last one for models whose loss tells nothing, or of that
 *                                 which a probe likes best (best-by), for use
 *     last.safetensors            weights of the last checkpoint, for use
 *     state.safetensors           what resuming needs: parameters, average, moments, position
 *     state.previous.safetensors  the one before, should the newest be damaged
 *     algorithms.txt              convolution algorithms; all who use the run go by them
 *     epoch-0010.safetensors ...  weights as they were then, where keep-every says so
 *     train.csv, train.jsonl      one row per log-every steps and one per epoch
 *     nearest.csv                 which of few training pictures are most like samples
 *     run.lock                    while a process owns the folder
 *     samples/epoch-0005.png ...  what probes leave, where there are some
 * Weight files carry the model's public parameter names and hold the moving average where there
 * is one. They can be used as they are at any moment of a run: states that the model takes from
 * all rows are brought up to date before weights are written.
 *
 * Each objective of the model (model_class.h) has a learner; one after the other they step on a
 * batch, those that are due. A step takes `batch` images in micro-batches whose gradients add
 * up to the gradient of the whole batch, scales the sum by min(1, clip / (norm + 1e-6)), leaves
 * the step out if the norm is `skip` or more, and updates parameters and average in one sweep.
 * The loss of the first objective judges epochs; columns of the others in the logs begin with
 * their names, and their cells are empty where they did not step. Rows of the test split are
 * never read. Everything random follows from (seed, epoch, step, image): a run that was
 * interrupted, or killed and resumed, ends with the bits of one that was not. */
#ifndef GALATEA_TRAIN_H
#define GALATEA_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/augment.h"
#include "galatea/brightness.h"
#include "galatea/error.h"
#include "galatea/imaging.h"
#include "galatea/model.h"
#include "galatea/option.h"
#include "galatea/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The defaults are those of the paper variant of the VDVAE; of adam, which it does not use, the
 * usual ones. */
typedef struct gt_train_settings {
    const char *preset, *data, *out;
    const char *init;           /* weight file to begin with, or NULL */
    const char *prefix;         /* of these, take those whose names begin so; NULL: any */
    bool partial;               /* of these, take what fits */
    const char *algorithms;     /* file of measured choices, or NULL */
    const char *rows;           /* train|all */
    int64_t epochs, epoch_rows; /* the training rows as often as they go into epoch_rows, at
                                   least once, make an epoch */
    int64_t batch, micro_batch, seed, threads; /* batch 0: a tenth of the rows */
    const char *optimizer;                     /* GT_OPTIMIZER_CHOICES */
    double learning_rate, momentum, alpha, beta1, beta2, epsilon, weight_decay, trust;
    double clip, skip; /* 0: off */
    int64_t skip_patience;
    double average;       /* rate of the moving average of the weights, 0: none */
    const char *schedule; /* plateau|constant|cosine|cosine-by-steps|halve */
    int64_t halve_every;  /* epochs */
    int64_t warmup;
    double plateau_factor, plateau_threshold;
    int64_t plateau_patience;
    double hold_out, train_share, test_share;
    bool keep_order;
    bool recompute; /* activations are computed twice in place of being kept */
    bool flip, exact;
    const char *pixel_weights; /* none, mask, ivar, both: how much pixels count in the loss, by
                                  the planes of the set */
    double checkpoint_minutes;
    int64_t log_every;
    int64_t nearest;    /* samples of the trained model to be compared with few pictures that it
                           learned from, by whoever does; 0: none */
    bool nearest_turns; /* these in all eight ways to lay a square */
    int64_t keep_every; /* epochs between weights that stay; 0: none do */
    /* For whoever makes probes: epochs between two sheets of samples (0: none are made) and
     * their pictures; a labelled set, or NULL, and epochs between two looks at it. */
    int64_t sample_every, sample_count;
    const char *probe;
    int64_t probe_every;
    const char *best_by; /* loss|probe: what decides which weights are the best */
    int64_t patience;    /* epochs, or looks of the probe, in a row without better weights,
                            after which the run ends; 0: it goes on to the last epoch */
    bool resume, force;
} gt_train_settings;

extern const gt_option_table gt_train_options;

/* How views are made, for a kind that learns from some (a gt_augmentation); NULL: it does not.
 */
const gt_option_table *gt_train_view_options(const gt_model_class *kind);

/* A run as a probe sees it; all of it is valid for the call. */
typedef struct gt_train_scene {
    const gt_model *model;
    const float *values;             /* weights for use, a vector like the model's own */
    int64_t epoch;                   /* that ends, from 1; 0: none yet */
    const gt_imaging *imaging;       /* of the set it learns from */
    const gt_brightness *brightness; /* of the pictures that train; count 0: unknown */
    const gt_algorithms *algorithms; /* the run's; not to be changed */
    int threads;
} gt_train_scene;

enum { GT_MOST_PROBES = 4, GT_MOST_PROBE_NUMBERS = 4 };

/* Somebody who looks at the weights for use after every `every` epochs and after the last, and
 * tells some numbers of them. It changes nothing of the training, and its time does not count
 * as the steps'. */
typedef struct gt_train_probe {
    const char *name; /* of what it does, in messages */
    /* Columns of the logs, ended by NULL; the first is shown beside the progress as well. */
    const char *numbers[GT_MOST_PROBE_NUMBERS + 1];
    int64_t every;
    /* Gets ready before the first step; *bytes: what it holds from now on at its peak. */
    gt_status (*prepare)(void *user, const gt_train_scene *scene, uint64_t *bytes,
                         gt_error *err);
    /* GT_INTERRUPTED when a signal came: the run is saved and asks again when it goes on. NaN
     * stands for no number. */
    gt_status (*measure)(void *user, const gt_train_scene *scene, double *numbers,
                         gt_error *err);
    void *user;
    bool judges; /* the larger the first number is, the better are the weights: best-by probe */
} gt_train_probe;

typedef struct gt_train_job {
    const gt_model_class *model;
    const void *model_settings;          /* as read by model->options */
    const gt_augmentation *augmentation; /* of a model with two views; NULL: the default */
    const gt_train_settings *settings;
    const gt_train_probe *const *probes; /* ended by NULL; NULL: nobody looks */
    const char *provenance;              /* JSON object for the weight files, or NULL */
    int progress;                        /* descriptor of the progress line, -1: none */
    bool is_untimed; /* the logs do not tell how long it took: equal runs have equal bytes */
} gt_train_job;

typedef struct gt_train_result {
    bool was_finished; /* nothing was left to do */
    int64_t epochs, steps, skipped;
    double waited;       /* seconds for rows that the loader had not ready */
    double best_loss;    /* on the validation rows; on the training rows if there are none */
    const char *best_by; /* "loss", or the number of a probe that best_loss is; static */
    int64_t best_epoch;  /* from 1; 0: none yet */
} gt_train_result;

/* Trains, or goes on where a run in settings->out stopped: a folder that holds no run is begun
 * (made if need be, and refused if other files lie in it); one with a run is resumed if data
 * and settings are the same. Only epochs (without a cosine schedule or numbers that change with
 * the epoch), data (the same bytes elsewhere), checkpoint-minutes, log-every, keep-every,
 * nearest-turns, patience, probe-every, sample-every and sample-count may differ, and where the
 * probe's set lies; another number of threads, another version or changed data need `force`.
 * Remarks (memory, time, epochs, raised thresholds) go to gt_remark.
 *
 * GT_INTERRUPTED after a signal (interrupt.h), when the state is saved; outside of sessions it
 * installs the handlers itself; GT_NOT_FINITE names step, what is not finite (a term in
 * training or validation, whose batch failed_batch.txt lists; a gradient; anything that is
 * kept) and the last checkpoint; GT_MISMATCH for a run, a data set or a checkpoint that does
 * not fit; GT_NO_MEMORY before the first step when the run cannot fit, naming the setting that
 * would help. */
GT_MUST_CHECK gt_status gt_train(const gt_train_job *job, gt_train_result *result,
                                 gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
