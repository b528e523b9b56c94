/* recording.h - what the replayers share: a recording with the state of each of its tensors,
 * graphs fed from it, and comparison. Private.
 *
 * The first failure sticks to the recording; every function below does nothing after it. */
#ifndef GT_REPLAY_RECORDING_H
#define GT_REPLAY_RECORDING_H

#include <jansson.h>

#include "galatea/model.h"
#include "galatea/params.h"
#include "galatea/safetensors.h"
#include "replay.h"

typedef enum gt_replay_use {
    GT_REPLAY_UNUSED,
    GT_REPLAY_INPUT,
    GT_REPLAY_COMPARED
} gt_replay_use;

/* How a tensor is judged. */
typedef enum gt_replay_judge {
    GT_REPLAY_PLAIN,     /* every element within the tolerance */
    GT_REPLAY_ZEROS,     /* and exact zeros are exact zeros */
    GT_REPLAY_ZERO_ROWS, /* and rows of the first axis that are all exact zeros are so */
    GT_REPLAY_STEP       /* a few elements within the wider bound of an optimizer step */
} gt_replay_judge;

/* Tolerance without measurements: 5 ratio + 2e-6 times the largest magnitude of the tensor. */
typedef struct gt_replay_rule {
    const char *part; /* found in the tensor's name */
    double ratio;
} gt_replay_rule;

/* What was said of a tensor. */
typedef struct gt_replay_seen {
    char name[160];
    double error, tolerance;
    bool passed;
    double *got, *want; /* its values, where they are judged one by one; else NULL */
    int64_t count;
    double bound; /* beyond which values after optimizer steps may not be; 0: of another kind */
} gt_replay_seen;

typedef struct gt_recording {
    gt_safetensors *file;
    gt_replay_settings settings;
    struct gt_replay_look *look; /* NULL: plainly computed (closer.h) */
    gt_replay_seen *seen;        /* in the order in which they were judged */
    size_t seen_count, seen_room;
    size_t graphs;                 /* how many were computed */
    gt_replay_use *uses;           /* by index in the file */
    double *tolerances;            /* by index; negative: not measured */
    int *by_name;                  /* indices sorted by name */
    const gt_replay_rule *rules;   /* ended by a NULL part; NULL: the kind has none */
    gt_replay_result *result, own; /* own: of what another recording begins with */
    gt_status status;
    gt_error *err;
} gt_recording;

typedef struct gt_replayer {
    const char *name;
    bool (*accepts)(const gt_safetensors *file);
    void (*replay)(gt_recording *rec);
} gt_replayer;

/* Records the first failure. */
void gt_recording_fail(gt_recording *rec, gt_status status, const char *format, ...)
    GT_PRINTF(3, 4);
/* A run recorded in parts, x_init, x_forward, x_grads and so on: the part of that name beside
 * the one that is replayed, to read from. NULL after a failure. To be closed in any case, which
 * passes on its failure. */
gt_recording *gt_recording_open_part(gt_recording *rec, const char *name);
void gt_recording_close_part(gt_recording *rec, gt_recording *part);
/* Index of a tensor, -1 when the file has none of that name. */
int gt_recording_find(const gt_recording *rec, const char *name);
/* The values of a tensor that must be there, as an input; the caller frees them. NULL after a
 * failure. */
float *gt_recording_input(gt_recording *rec, const char *name, uint64_t *count);
double *gt_recording_input_double(gt_recording *rec, const char *name, uint64_t *count);
/* A metadata entry that must be there: a JSON object (the caller's reference), a number, a
 * text. */
json_t *gt_recording_object(gt_recording *rec, const char *key);
double gt_recording_number(gt_recording *rec, const char *key, double if_none);
const char *gt_recording_text(gt_recording *rec, const char *key);
/* A member of an object; failure when it is missing or of another type. */
double gt_recording_real(gt_recording *rec, const json_t *object, const char *key);
int gt_recording_int(gt_recording *rec, const json_t *object, const char *key);
const char *gt_recording_word(gt_recording *rec, const json_t *object, const char *key);

/* ---- Comparison (compare.c) -------------------------------------------------------------- */

void gt_recording_read_tolerances(gt_recording *rec, const char *path);
/* Largest magnitude of a recorded tensor. */
double gt_recording_largest(gt_recording *rec, int index);
/* For a tensor without one there: `least`, or `ratio` of its largest recorded value if larger.
 */
void gt_recording_allow(gt_recording *rec, int index, double least, double ratio);
/* Whether a tensor of the file has this shape but for lengths of 1; a failure when not. */
bool gt_recording_fits(gt_recording *rec, int index, gt_shape shape);
/* Compares `got` with a tensor; one that the file does not have is no matter. Shapes agree but
 * for lengths of 1. `bound` is for GT_REPLAY_STEP. */
void gt_recording_compare(gt_recording *rec, const char *name, gt_shape shape,
                          const double *got, gt_replay_judge judge, double bound);
void gt_recording_compare_floats(gt_recording *rec, const char *name, gt_shape shape,
                                 const float *got, gt_replay_judge judge, double bound);
/* Only elements where `which` is not 0. */
void gt_recording_compare_some(gt_recording *rec, const char *name, gt_shape shape,
                               const float *got, const float *which);
/* The gradient with respect to `rows` (N,D) of what makes them unit: it goes as one over their
 * length, and each row is compared times that, so that one of zeros (gradients of 1e11) hides
 * no error of the others. */
void gt_recording_compare_unit_rows(gt_recording *rec, const char *name, const float *got,
                                    const char *rows, double floor);
/* Bytes made by truncation of `got`: one more or less is right where a value lies at a whole
 * number. */
void gt_recording_compare_bytes(gt_recording *rec, const char *name, gt_shape shape,
                                const float *got);
/* The same of doubles, where `edge` is how near a whole number rounding may go. */
void gt_recording_compare_truncated(gt_recording *rec, const char *name, gt_shape shape,
                                    const double *got, double edge);

/* The same with an absolute tolerance of the caller's, which a measured one replaces. */
void gt_recording_compare_within(gt_recording *rec, const char *name, gt_shape shape,
                                 const double *got, double tolerance);
/* For tensors that are judged otherwise than element by element, by statistics: the values of
 * one that must be there, which then counts as compared and which the caller frees (NULL after
 * a failure), and the verdict. */
double *gt_recording_expected(gt_recording *rec, const char *name, uint64_t *count);
void gt_recording_judged(gt_recording *rec, const char *name, double error, double tolerance);

/* Counts elements of values after optimizer steps beyond the tolerance apart, into result, and
 * judges them by the bound; the largest error of the others, or beyond the bound. */
double gt_recording_judge_step(gt_replay_result *result, const double *got, const double *want,
                               int64_t count, double tolerance, double bound);
double gt_recording_difference(double got, double want);

/* ---- Graphs (job.c) ---------------------------------------------------------------- */

/* A graph, values for its leaves, and the tensors wanted from it. */
typedef struct gt_replay_job gt_replay_job;

gt_replay_job *gt_replay_job_create(gt_recording *rec);
void gt_replay_job_destroy(gt_replay_job *job); /* and the graph */
gt_graph *gt_replay_job_graph(gt_replay_job *job);
/* The model's parameters: leaves[i] is parameter i; the vector is read at every run. */
void gt_replay_job_parameters(gt_replay_job *job, gt_params *params, gt_tensor *const *leaves);
/* The leaf gets the values of a tensor of the file, or `values` (copied). */
void gt_replay_feed(gt_replay_job *job, const gt_tensor *leaf, const char *format, ...)
    GT_PRINTF(3, 4);
void gt_replay_feed_values(gt_replay_job *job, const gt_tensor *leaf, const float *values);
/* Compares a value with the file's tensor of that name, when the file has it. */
void gt_replay_expect(gt_replay_job *job, gt_tensor *value, gt_replay_judge judge,
                      const char *format, ...) GT_PRINTF(4, 5);
/* Keeps a value for the caller; the number for gt_replay_output. */
int gt_replay_add_output(gt_replay_job *job, gt_tensor *value);
const float *gt_replay_output(const gt_replay_job *job, int number);
/* Computes everything asked for; may be called again after the parameters changed. Compares
 * once. */
void gt_replay_job_run(gt_replay_job *job);

/* A graph with leaves for all parameters of a model. False after a failure; to be closed in any
 * case. */
typedef struct gt_replay_network {
    gt_replay_job *job;
    gt_graph *g;
    gt_tensor **leaves;
} gt_replay_network;
bool gt_replay_network_open(gt_recording *rec, gt_model *model, gt_replay_network *out);
void gt_replay_network_close(gt_replay_network *network);

#endif
