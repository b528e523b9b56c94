/* needs.h (room: train) - what a kind of model needs of its data, put into practice: the one
 * place that looks at gt_data_needs for readers, loaders and batches. */
#ifndef GT_TRAIN_NEEDS_H
#define GT_TRAIN_NEEDS_H

#include "galatea/brightness.h"
#include "galatea/train.h"
#include "loader.h"
#include "rows.h"

/* Opens a data set of images or of codes. GT_NOT_FOUND when the kind needs labels and there are
 * none. */
GT_MUST_CHECK gt_status gt_needs_open(const gt_model_class *kind, const char *path,
                                      gt_dataset **out, gt_error *err);

/* Of the rows of a new run. */
typedef struct gt_measured {
    gt_model_input input; /* what the network sees: shape, shift and scale, rows of each class
                             for a kind that needs labelled ones, features that are constant */
    gt_brightness brightness; /* of those that train; count 0 for codes */
    char *constant;           /* input.constant */
} gt_measured;

/* GT_BAD_ARGUMENT for one class alone, or codes that are all alike. *out is to be freed, also
 * after an error. */
GT_MUST_CHECK gt_status gt_needs_measure(const gt_model_class *kind, const gt_dataset *data,
                                         const gt_train_rows *rows, gt_measured *out,
                                         gt_error *err);
void gt_measured_free(gt_measured *measured);

/* The classes that such a kind is told, by name or number, as a JSON list; NULL for others.
 * *out is yours. */
GT_MUST_CHECK gt_status gt_needs_class_names(const gt_model_class *kind, const gt_dataset *data,
                                             char **out, gt_error *err);

/* GT_USAGE when settings of the loop ask for what the kind has in another way. */
GT_MUST_CHECK gt_status gt_needs_check(const gt_model_class *kind,
                                       const gt_train_settings *settings, gt_error *err);

/* The smallest batch, and rows of the last batch of `count` rows when it is taken although it
 * is not full; else 0. is_cut: batches are taken in parts. */
int64_t gt_needs_least_batch(const gt_model_class *kind);
bool gt_needs_cuts(const gt_model_class *kind);  /* whether a batch may be cut */
bool gt_needs_parts(const gt_model_class *kind); /* only as the setting micro-batch says */
int64_t gt_needs_rest(const gt_model_class *kind, size_t count, int64_t batch, bool is_cut,
                      bool validates);

/* How rows are dealt into the batches of an epoch. */
typedef struct gt_needs_epoch {
    int64_t batch;   /* rows of a full one */
    int64_t passes;  /* over the training rows in an epoch */
    int64_t batches; /* in an epoch */
} gt_needs_epoch;

/* Of `train` rows that train, of `all` of a set, which name says in messages. GT_BAD_ARGUMENT
 * when they do not fill one batch, one is too small for the kind, or an epoch has fewer than an
 * objective waits for. */
GT_MUST_CHECK gt_status gt_needs_batches(const gt_model_class *kind,
                                         const gt_train_settings *settings, const char *name,
                                         size_t train, size_t all, gt_needs_epoch *out,
                                         gt_error *err);

/* Views of every row that a loader makes, of rows that train or validate, by `augmentation`
 * (lent; NULL: the default, which *usual then holds), and workers enough for them. */
void gt_needs_load(const gt_model_class *kind, bool validates,
                   const gt_augmentation *augmentation, int64_t threads, gt_augmentation *usual,
                   gt_loader_settings *settings);

/* What a row is called, and the same behind a rate; many of one size ("images of 1x64x64",
 * "codes of 256 numbers"). */
const char *gt_needs_row_word(const gt_model_class *kind);
const char *gt_needs_unit(const gt_model_class *kind);
enum { GT_NEEDS_ROOM = 128 };
const char *gt_needs_rows_text(const gt_model_class *kind, int64_t channels, int64_t height,
                               int64_t width, char text[GT_NEEDS_ROOM]);

#endif
