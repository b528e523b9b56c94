/* judge.h (room: study) - a generator judged by its samples, from sets in files: which rows, in
 * which space, and what came of it. For rows that are in memory gt_judge_points of
 * galatea/judging.h does the same. */
#ifndef GT_STUDY_JUDGE_H
#define GT_STUDY_JUDGE_H

#include "context.h"
#include "galatea/judging.h"

typedef enum gt_judge_set {
    GT_JUDGE_TRAIN,
    GT_JUDGE_TEST,
    GT_JUDGE_GENERATED,
    GT_JUDGE_SETS
} gt_judge_set;

/* A set of pictures or codes. rows (lent; NULL: of the train set those of split train, or all
 * of a set without splits; of a test set in the same file those of split test, else all; all of
 * the generated one). */
typedef struct gt_judge_source {
    const char *path;
    const uint64_t *rows;
    size_t count;
} gt_judge_source;

typedef struct gt_judge_request {
    gt_judge_source sets[GT_JUDGE_SETS];
    /* Of pixels: pictures are halved until both sides have at most so many; 0: they are not.
     * The time of some numbers grows with the cube of the number of pixels. */
    size_t most_side;
    /* "morphology" (five coefficients, each by its deviation over test), "pixels" (levels by
     * 255), "codes:RUN" (what the encoder of a run makes of pictures), "codes" (sets of codes
     * as they are); NULL: codes where the sets are of codes, else morphology. */
    const char *space;
    /* Pictures of a model of other rows, of the noise behind the generated ones, as many of
     * their shape; NULL: there are none. From them come the cosines of the settings. */
    const char *second;
    bool knows_splits; /* of train: no remark tells which of its rows are not learned from */
    bool turns;        /* near copies are looked for in all eight ways to lay a picture */
    gt_judge_settings settings; /* visit and user are the study's own */
} gt_judge_request;

/* One set as it was judged. path is lent by the request. */
typedef struct gt_judge_used {
    const char *path;
    uint64_t rows;      /* before any was left out */
    uint64_t lost;      /* left out: rows without a description in this space */
    uint64_t unlearned; /* of train: rows of its file that are of other splits, not counted; 0
                           where test is the same file */
} gt_judge_used;

/* Generated pictures beside others, by the cosine of both without their means; training ones as
 * they are and mirrored along either side or both, with request->turns in all eight ways. */
typedef struct gt_judge_likeness {
    gt_near_copies near; /* unseen: test pictures; no samples: they are not to be compared */
    double cosine_train, cosine_second; /* means: of the largest with training, and with the
                                           picture of the second model; NaN: there is none */
} gt_judge_likeness;

enum { GT_JUDGE_SPACE_TEXT = 480 };

/* A zeroed one can be freed. */
typedef struct gt_judge_report {
    gt_judgement judgement;
    gt_judge_used sets[GT_JUDGE_SETS];
    gt_judge_likeness likeness;
    char space[GT_JUDGE_SPACE_TEXT]; /* "pixels of 1x64x64", "simclr, epoch 3 of run" */
    char verdict[GT_VERDICT_TEXT];
    char *provenance;
} gt_judge_report;

/* Remarks tell of ids and rows that train and test share, of rows that training leaves out, of
 * rows that repeat, and where the covariances have fewer rows than columns. GT_USAGE for sets
 * of different kinds, spaces that do not go with them, the generated set among the real ones,
 * and what gt_judge_points refuses; GT_BAD_SHAPE, GT_NOT_FINITE naming file and row,
 * GT_MISMATCH for codes of different models, GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_judge_sets(const gt_context *context,
                                      const gt_judge_request *request, gt_judge_report *out,
                                      gt_error *err);
void gt_judge_report_free(gt_judge_report *report);

/* A row a number: value, interval, the same of real rows, and how many rows were compared. */
GT_MUST_CHECK gt_status gt_judge_table(const gt_judge_report *report, const char *path,
                                       gt_error *err);

/* "100 rows of each set"; where balls of few training rows are of fewer, both. Returns text. */
enum { GT_JUDGE_COUNTS_TEXT = 128 };
const char *gt_judge_counts(size_t rows, size_t compared, char text[GT_JUDGE_COUNTS_TEXT]);

/* Judgements of up to so many generators as one figure: each number beside that of real rows.
 */
enum { GT_JUDGE_DRAWN = 8 };
typedef struct gt_judge_drawing {
    size_t count;
    const gt_judged *const *judged; /* (count) of GT_JUDGES numbers */
    const char *const *names;       /* (count) in the legend */
    const char *note, *provenance;
} gt_judge_drawing;
GT_MUST_CHECK gt_status gt_judge_draw(const char *path, const gt_judge_drawing *drawing,
                                      gt_error *err);
GT_MUST_CHECK gt_status gt_judge_figure(const gt_judge_report *report, const char *path,
                                        gt_error *err);

#endif
