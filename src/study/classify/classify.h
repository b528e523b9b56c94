/* classify.h (room: study) - the parts of `galatea classify`: sets with their splits, the
 * methods at work, results on paper and on disk. */
#ifndef GT_STUDY_CLASSIFY_H
#define GT_STUDY_CLASSIFY_H

#include "class_parts.h"
#include "context.h"
#include "galatea/evaluation.h"
#include "galatea/imaging.h"
#include "json.h"
#include "progress.h"
#include "run_use.h"

/* ---- Sets (subject.c) -------------------------------------------------------------------- */

/* A set of codes or images. A zeroed one can be closed. */
typedef struct gt_subject {
    const char *path;
    gt_dataset *data;
    gt_row_columns columns;
    size_t features;
    gt_samples train, test; /* after gt_subject_read: labelled rows of the two splits */
    gt_classes known;       /* of the rows to learn from */
    size_t held; /* bytes of rows; beforehand, those of sets that are there at the same time */
    void *owned[4];
} gt_subject;

GT_MUST_CHECK gt_status gt_subject_open(const char *path, gt_subject *out, gt_error *err);
void gt_subject_close(gt_subject *subject);

/* "train", "test" or "validation". */
const char *gt_split_text(int split);

/* What is neither learned from nor judged by: ", 12 without a label, 5 to validate", or "".
 * Returns out. */
enum { GT_LEFT_TEXT = 96 };
const char *gt_subject_left_text(const gt_subject *subject, char out[GT_LEFT_TEXT]);

/* Reads the labelled rows of splits 0 and 1, and remarks upon classes without some.
 * GT_NOT_FOUND for missing columns, GT_BAD_ARGUMENT for missing rows, one class only, or more
 * rows than fit into half of the memory with what is held; GT_NOT_FINITE with row and column.
 * Columns that are constant among the rows to learn from are remarked upon. */
GT_MUST_CHECK gt_status gt_subject_read(gt_subject *subject, gt_error *err);

/* Reads those of split 0 alone. */
GT_MUST_CHECK gt_status gt_subject_read_training(gt_subject *subject, gt_error *err);

/* Rows first .. first + count - 1, checked to be finite. */
GT_MUST_CHECK gt_status gt_subject_rows(const gt_subject *subject, uint64_t first, size_t count,
                                        float *out, gt_error *err);

/* ---- Classes (subject_classes.c) --------------------------------------------------------- */

/* The name of a class, or its number as text. Returns text or a name lent by the set. */
const char *gt_class_text(const char *const *names, size_t count, int32_t label, char text[16]);
const char *gt_subject_class(const gt_subject *subject, int32_t label, char text[16]);

/* Whether there are two classes to learn, of which the second is the positive one. */
bool gt_subject_is_binary(const gt_subject *subject);

/* Such a text for each of some classes; end with gt_class_names_free. */
GT_MUST_CHECK gt_status gt_subject_names(const gt_subject *subject, const gt_classes *classes,
                                         char ***out, gt_error *err);
void gt_class_names_free(char **names, size_t count); /* accepts NULL */

/* Remarks upon classes that have names and no rows, or rows to judge by and none to learn from;
 * and upon those with fewer rows than folds. */
GT_MUST_CHECK gt_status gt_subject_remark_classes(const gt_subject *subject, gt_error *err);
void gt_subject_remark_folds(const gt_subject *subject, int32_t folds);
/* Upon classes with rows to judge by that a method gives to none: their precision counts as 0.
 */
void gt_subject_remark_ungiven(const gt_subject *subject, const char *method,
                               const gt_by_class *by_class);

/* ---- Methods (methods.c) ----------------------------------------------------------------- */

enum { GT_METHODS_AT_MOST = 16 };

typedef struct gt_method {
    const gt_classifier_class *kind;
    const void *settings;
    gt_evaluation evaluation;
    gt_by_class by_class;  /* of the evaluation */
    bool is_evaluated;     /* all of it */
    gt_classifier *fitted; /* of the first seed, where it is to be kept */
} gt_method;

typedef struct gt_methods {
    gt_method list[GT_METHODS_AT_MOST];
    size_t count;
} gt_methods;

/* From "all", or names separated by commas; settings are the parts of the call, in the order
 * of the kinds. GT_USAGE for an unknown or repeated name. */
GT_MUST_CHECK gt_status gt_methods_parse(const char *text, void *const *parts, gt_methods *out,
                                         gt_error *err);
void gt_methods_close(gt_methods *methods);

/* Whether any figure of these is a mean over several fits, shown with its spread. */
bool gt_methods_spread(const gt_methods *methods);

/* ---- At work (fitting.c) ----------------------------------------------------------------- */

/* A study: its fits one by one, with a progress line, kept as they come. */
typedef struct gt_fitting {
    gt_evaluation_plan plan;
    const gt_options *options; /* of the call; settings are part of what figures follow from */
    gt_progress progress;
    int64_t done, total;
    struct gt_parts *parts; /* NULL: nothing is kept */
    unsigned char *record;  /* of a fit: its scores, and counts class by class */
    size_t counts;          /* bytes of those of the most classes that are expected */
    size_t own_counts;      /* of the method at work; 0: its classes are too many */
    uint64_t key;           /* of the method at work */
    char what[128];         /* the same by name, behind the progress line */
    /* Called when a method is judged, without a progress line on the screen; NULL: nobody asks.
     */
    void (*on_method)(void *user, const gt_subject *subject, const gt_method *method);
    void *user;
} gt_fitting;

/* fitting->plan has seeds, folds and scaling already. out: the output beside which finished
 * fits are kept (parts.h); NULL: they are not. */
GT_MUST_CHECK gt_status gt_fitting_start(gt_fitting *fitting, const gt_context *context,
                                         const char *out, gt_error *err);
/* GT_USAGE for a single fold. */
GT_MUST_CHECK gt_status gt_fitting_check(const gt_fitting *fitting, gt_error *err);
/* Counts the fits of methods that will be judged by a subject that was read. */
GT_MUST_CHECK gt_status gt_fitting_expect(gt_fitting *fitting, const gt_methods *methods,
                                          const gt_subject *subject, gt_error *err);

/* Judges all methods by a subject that was read, and remarks upon those that cannot tell
 * anything apart. keep: the fits of the first seed stay. Errors name the file; that of an
 * interruption tells how far it got, and what is kept where. */
GT_MUST_CHECK gt_status gt_fitting_evaluate(gt_fitting *fitting, gt_methods *methods,
                                            const gt_subject *subject, bool keep,
                                            gt_error *err);

/* What was kept stays where the same call can go on: after an interruption, and when memory or
 * disk gave out. Also of one that never started. */
void gt_fitting_finish(gt_fitting *fitting, gt_status status);

/* ---- As JSON (json.c) ---------------------------------------------------------------------
 */

/* Members of an object: what a set is, and how a method did on it. */
void gt_json_subject(gt_json *json, const gt_subject *subject);
void gt_json_method(gt_json *json, const gt_method *method, const gt_subject *subject);

/* Adds what the judged ones of these methods say class by class. */
GT_MUST_CHECK gt_status gt_methods_class_parts(const gt_methods *methods,
                                               const gt_subject *subject, gt_class_parts *out,
                                               gt_error *err);

/* ---- Predictions (predictions.c) --------------------------------------------------------- */

enum { GT_UNLABELLED = -1, GT_OTHER_CLASS = -2 };

/* What the fitted classifiers work on and how the classes are called. */
typedef struct gt_forecast {
    const gt_subject *subject;
    const gt_methods *methods;
    const gt_classes *classes; /* that the classifiers know */
    const char *const *names;  /* (classes->count) names or numbers */
    const int32_t *truth; /* (rows of the set) for tallies: place of the class of each row, or
                             one of those below; NULL: labels are not compared */
    const gt_context *context;
    struct gt_gathered *gathered; /* NULL: nobody asks for figures class by class */
} gt_forecast;

/* ---- Answers to labelled rows (gathered.c) ----------------------------------------------- */

/* What the methods say of the rows whose class is known, to be counted class by class. */
typedef struct gt_gathered gt_gathered;

/* Room for what forecast->truth tells. *out is yours. */
GT_MUST_CHECK gt_status gt_gathered_create(const gt_forecast *forecast, gt_gathered **out,
                                           gt_error *err);
void gt_gathered_destroy(gt_gathered *gathered); /* accepts NULL */
/* scores (classes): probabilities. */
void gt_gathered_add(gt_gathered *gathered, size_t method, int split, int32_t truth,
                     int32_t predicted, const double *scores);
/* Adds a part for each method and split with labelled rows; reports are the gathered ones'. */
GT_MUST_CHECK gt_status gt_gathered_parts(gt_gathered *gathered, gt_class_parts *out,
                                          gt_error *err);

/* How the answers of one method compare with the labels that there are, by split: rows that
 * were learnt from prove nothing. Without splits all are counted under 0. */
typedef struct gt_tally {
    int64_t labelled[GT_SPLIT_COUNT], right[GT_SPLIT_COUNT];
    int64_t *predicted; /* (classes) objects given to each */
} gt_tally;

/* Predicts every row, block by block, and writes one row per object to `out` (NULL: nothing).
 * tallies (methods) is filled, its arrays are the caller's; NULL: not wanted. */
GT_MUST_CHECK gt_status gt_forecast_write(const gt_forecast *forecast, const char *out,
                                          const char *provenance, gt_tally *tallies,
                                          gt_error *err);

/* ---- Folders of fitted classifiers (folder.c) -------------------------------------------- */

/* Writes NAME.safetensors for each method and manifest.json; the folder appears whole or not at
 * all (outfolder.h). */
GT_MUST_CHECK gt_status gt_folder_save(const char *path, const gt_forecast *forecast,
                                       const char *provenance, gt_error *err);

typedef struct gt_folder {
    gt_methods methods;
    size_t features;
    const gt_classes *classes; /* lent by the methods, of which all know the same */
    char **names;              /* (count of the manifest) names or numbers of the classes */
    int32_t count;
    gt_imaging imaging; /* how the pictures were taken that they learned from */
    const gt_run *run;  /* a network that tells classes of pictures apart; NULL: it is none */
} gt_folder;

/* Reads a folder written so. GT_BAD_FORMAT, GT_MISMATCH or GT_UNSUPPORTED, naming the file, for
 * damage, another version, or files that do not belong together. */
GT_MUST_CHECK gt_status gt_folder_load(const char *path, gt_folder *out, gt_error *err);
void gt_folder_close(gt_folder *folder);

/* The same of a run, or weights, whose network tells classes of the pictures of `set` apart.
 * GT_UNSUPPORTED for a model of another kind. (network.c) */
GT_MUST_CHECK gt_status gt_folder_of_run(const gt_context *context, const char *path,
                                         const char *set, gt_folder *out, gt_error *err);

/* ---- Applying (applied.c) ---------------------------------------------------------------- */

/* What the classifiers of a folder say of a set; a zeroed one can be closed. Not to be copied:
 * the forecast points to its neighbours. */
typedef struct gt_applied {
    gt_subject subject;
    gt_folder folder;
    gt_forecast forecast;
    gt_tally tallies[GT_METHODS_AT_MOST]; /* one a method of the folder */
    gt_gathered *gathered;
    gt_class_parts parts; /* class by class, where there are labels to compare with */
    char *provenance;
} gt_applied;

typedef struct gt_apply_request {
    const char *set, *folder;
    const char *out;                  /* table of what they say of every row; NULL: none */
    const char *by_class, *confusion; /* table and figure class by class; NULL: none */
} gt_apply_request;

/* Counts what they say, compares it with labels that mean the same classes, and writes.
 * GT_MISMATCH for rows of another length than they learned from, GT_NOT_FOUND for figures class
 * by class of a set without such labels. */
GT_MUST_CHECK gt_status gt_apply(const gt_context *context, const gt_apply_request *request,
                                 gt_applied *applied, gt_error *err);
void gt_applied_close(gt_applied *applied);

/* The counts, and the shares that are right, as one JSON value. */
GT_MUST_CHECK gt_status gt_applied_json(const gt_applied *applied, const char *folder,
                                        FILE *stream, gt_error *err);

/* ---- Learning (learning.c) --------------------------------------------------------------- */

/* A set, and what the methods make of it. */
typedef struct gt_evaluated {
    gt_subject subject;
    gt_methods methods;
} gt_evaluated;

/* What to learn from and what to keep. */
typedef struct gt_learning_request {
    const char *set, *baseline; /* baseline: judged beside; NULL: none */
    const char *methods;        /* as gt_methods_parse takes them, with their settings */
    const char *image_methods;  /* the same for files of images; NULL: as the others */
    void *const *settings;
    const char *out, *save; /* table of predictions, new folder of classifiers; NULL: none */
    const char *by_class, *confusion; /* table and figure class by class; NULL: none */
} gt_learning_request;

/* A zeroed one can be finished; fitting.plan (seed, seeds, folds, scaling) and
 * fitting.on_method are the caller's to set. */
typedef struct gt_learning {
    gt_fitting fitting;
    gt_evaluated codes, baseline; /* the latter is empty where none was asked for */
    gt_class_parts parts;         /* of both, class by class */
    bool has_baseline;
    char *provenance;
} gt_learning;

/* Learns, judges and writes. GT_USAGE for a single fold or a folder that is there. After
 * GT_INTERRUPTED what is judged can still be told. */
GT_MUST_CHECK gt_status gt_learn(const gt_context *context, const gt_learning_request *request,
                                 gt_learning *learning, gt_error *err);
/* status: as gt_learn returned it, which decides whether finished fits stay on disk. */
void gt_learning_finish(gt_learning *learning, gt_status status);

GT_MUST_CHECK gt_status gt_learning_json(const gt_learning *learning, bool is_complete,
                                         FILE *stream, gt_error *err);

#endif
