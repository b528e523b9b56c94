/* twins.h (room: study) - two models of one configuration that learned disjoint halves of a
 * set, for sets of several sizes: how alike what they make is, and how much of it they copy. A
 * sweep over the sizes lies in one folder:
 *
 *     config                 what the sweep is
 *     subsets/A-100.h5 ...   what the first and second model of a size learn from; test.h5
 *     MODEL/config           how that model learns
 *     MODEL/A-100 ...        runs
 *     MODEL/N-100/           samples, tables, and a .json of each finished part
 *     MODEL/cosine.png ...   figures, and more of them in MODEL/N-100
 *     twins.json, twins.csv  everything that is known, of all models
 *
 * A part is finished when its .json is there, and what later parts read of it, and never done
 * again, unless it was computed otherwise than now and that is asked for. Several processes may
 * share a folder: each takes what is free (claims.h), and who finishes last writes the whole
 * table.
 */
#ifndef GT_STUDY_TWINS_H
#define GT_STUDY_TWINS_H

#include "context.h"
#include "galatea/train.h"

enum { GT_TWINS_NAME = 32, GT_TWINS_LEGEND = 16 };

typedef struct gt_twins_settings {
    gt_reals sizes;       /* whole, ascending */
    int64_t samples;      /* of each model, from the same noise */
    int64_t sample_seed;  /* of that noise */
    int64_t subset_seed;  /* of the order of the rows */
    int64_t validation;   /* rows at most */
    const char *sampling; /* "key=value ..." of the model's sampler, or NULL */
    const char *only;     /* sizes and parts, with commas between; NULL: all */
    const char *figures;  /* ending of their names, or "none" */
    bool is_dry;          /* tells what is missing, and does nothing */
    bool is_redone;       /* parts that another edition of them computed are done again */
} gt_twins_settings;

extern const gt_option_table gt_twins_options;

/* A part of the sweep that is not finished. */
typedef struct gt_twins_missing {
    int64_t size;
    char name[GT_TWINS_NAME]; /* "training A" */
    bool is_taken;            /* another process is at it */
    double seconds;           /* that it will take; NaN: nothing like it was measured yet */
} gt_twins_missing;

/* Whether a model makes pictures, which can be compared. */
bool gt_twins_suit(const gt_model_class *model);

/* The table as text: what stands in a line, and a line for each size of each model. */
typedef struct gt_twins_grid {
    size_t columns, rows;                    /* rows without the names */
    char **cells;                            /* (rows + 1, columns), names first */
    const char *legend[GT_TWINS_LEGEND + 1]; /* what the columns are; ended by NULL; static */
} gt_twins_grid;

/* A zeroed one can be freed. */
typedef struct gt_twins_result {
    size_t parts, finished, now; /* that were asked for; finished of them, and by this call */
    gt_twins_missing *missing;   /* (missing_count) of those that were asked for */
    size_t missing_count, taken;
    gt_twins_grid grid;
    char table[4096]; /* path of twins.csv; "" where nothing is finished yet */
} gt_twins_result;

/* The settings of a sweep before its own options count: those that its folder, training->out,
 * records of it and of the model, else those of a preset as gt_training_resolve_settings takes
 * it. options hold the tables of both, and the model's. */
GT_MUST_CHECK gt_status gt_twins_resolve_settings(gt_options *options,
                                                  const gt_model_class *model,
                                                  const gt_train_settings *training,
                                                  const char *usual, gt_error *err);

/* Does what is missing of a sweep, or tells it. job: of all trainings; data and out of its
 * settings are the whole set and the folder. GT_UNSUPPORTED for a model that makes no pictures;
 * GT_BAD_ARGUMENT for a size that the set is too small for; GT_MISMATCH when the folder holds
 * another sweep, naming what differs; GT_INTERRUPTED when it can go on. A part that fails does
 * not keep others from being done: its status is returned at the end. *result is filled in any
 * case. */
GT_MUST_CHECK gt_status gt_twins_run(const gt_context *context, const gt_train_job *job,
                                     const gt_twins_settings *settings, gt_twins_result *result,
                                     gt_error *err);
void gt_twins_result_free(gt_twins_result *result);

#endif
