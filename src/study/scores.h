/* scores.h (room: study) - log-densities of the rows of sets, codes or images, under a model
 * that tells them, and what they are measured by: what density and novelty share. */
#ifndef GT_STUDY_SCORES_H
#define GT_STUDY_SCORES_H

#include "galatea/run.h"
#include "labels.h"
#include "run_use.h"

/* The noise that fills values of which a model knows some bits only: a log-density is the mean
 * over so many draws of it. Zeroed: one draw of seed 0. */
typedef struct gt_score_noise {
    int64_t draws, seed;
} gt_score_noise;

/* A set with the log-density of each row; -infinity where it is too small for a float. */
typedef struct gt_scores {
    const char *path;         /* lent */
    char name[GT_LABEL_ROOM]; /* of the file, without folder and ending */
    gt_dataset *data;
    gt_row_columns columns;
    uint64_t count;
    double *log_p;
} gt_scores;

/* A set of what the run takes, codes or images. GT_BAD_SHAPE when they have another size. */
GT_MUST_CHECK gt_status gt_scores_open_set(const gt_run *run, const char *path,
                                           gt_dataset **out, gt_error *err);
bool gt_scores_are_of_codes(const gt_run *run);
/* "code" or "image" */
const char *gt_scores_word(const gt_run *run);

/* "of the 97 of 128 features that were not the same in all rows of training", behind a blank:
 * what log-densities are of, where it is not all of a code; else "". Returns text. */
enum { GT_SCORES_ROOM = 128 };
const char *gt_scores_subject(const gt_run *run, char text[GT_SCORES_ROOM]);

/* Opens and scores a set; remarks count rows whose density is 0, and rows that differ from
 * training where it does not look. Errors of the above, GT_NOT_FINITE for a bad number in a
 * row, GT_USAGE for several draws where no noise is, GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_scores_compute(const gt_run *run, const char *path,
                                          const gt_context *context,
                                          const gt_score_noise *noise, gt_scores *out,
                                          gt_error *err);
void gt_scores_free(gt_scores *scores);

/* What is usual: of the rows that the model was given, quantiles over those that it was not
 * trained on, and the smallest of those that it was. */
typedef struct gt_usual {
    bool is_known;
    size_t train_count, held_count;
    double permille, percent; /* quantiles 0.001 and 0.01 */
    double minimum;
} gt_usual;

/* Finds the set that a run, opened from path, was trained on, scores it (unless it is among
 * `sets`), and takes the figures; a remark says why where that is not possible. */
GT_MUST_CHECK gt_status gt_usual_find(const gt_run *run, const gt_context *context,
                                      const char *path, const gt_scores *sets, size_t count,
                                      const gt_score_noise *noise, gt_usual *out,
                                      gt_error *err);

/* The run or weights at path; data is a set to be scored. GT_UNSUPPORTED unless it is that of a
 * model which tells how likely codes are. */
GT_MUST_CHECK gt_status gt_scores_open_run(const gt_context *context, const char *path,
                                           const char *data, gt_run **out, gt_error *err);

/* A log-density of images as bits for each of the values that the network sees. */
double gt_scores_bits(const gt_run *run, double log_p);

/* Share of a set below a value. */
double gt_scores_below(const gt_scores *scores, double value);

#endif
