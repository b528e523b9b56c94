/* plan.h (room: engine) - a graph compiled for a processor: fused, laid out, placed in one
 * arena, run many times without allocating.
 *
 * A plan computes chosen values ("outputs") of a graph. Compilation removes dead code and
 * common subexpressions, recomputes cheap activations in the backward pass instead of keeping
 * them, fuses elementwise chains, keeps images in the blocked layout of the convolutions, picks
 * algorithms, and assigns every intermediate a place in one arena. What depends on
 * parameters alone is computed once per change of the parameters, not once per run.
 *
 * Ownership: the graph must outlive the plan. Threads: one plan, one caller at a time; its work
 * is shared out over a team. Determinism: same build, same number of threads asked
 * for, same algorithms: same bits, however many threads the system grants. */
#ifndef GALATEA_PLAN_H
#define GALATEA_PLAN_H

#include "galatea/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Convolution algorithms by shape: those that were measured, and those that a rule chose for
 * shapes without a measurement, remembered so that a resumed run makes the same choices. One
 * cache may serve many plans. Text form: one line "key choice" each. */
typedef struct gt_algorithms gt_algorithms;
gt_algorithms *gt_algorithms_create(void);
void gt_algorithms_destroy(gt_algorithms *cache);
/* From now on shapes that the cache does not know are timed, and the fastest is remembered.
 * This is the only thing here that a clock decides; off when created. */
void gt_algorithms_measure(gt_algorithms *cache, bool on);
/* Adds the choices written in `text`; a line of another form is GT_BAD_FORMAT. */
GT_MUST_CHECK gt_status gt_algorithms_parse(gt_algorithms *cache, const char *text,
                                            gt_error *err);
/* The same from a file. GT_NOT_FOUND and GT_IO as for other files. */
GT_MUST_CHECK gt_status gt_algorithms_read(gt_algorithms *cache, const char *path,
                                           gt_error *err);
/* The file that keeps measured choices of this processor and version of oneDNN for all runs of
 * a user: galatea/algorithms-PROCESSOR-VERSION.txt in $XDG_CACHE_HOME or ~/.cache. GT_NOT_FOUND
 * when neither is known, GT_BAD_ARGUMENT when it is longer than `size`. */
GT_MUST_CHECK gt_status gt_algorithms_path(char *path, size_t size, gt_error *err);
/* All choices as text, sorted; the caller frees it. NULL when memory is short. */
char *gt_algorithms_text(const gt_algorithms *cache);

/* What computes. */
typedef struct gt_backend gt_backend;
/* This machine's processor, in float32: what plans take when none is named. */
const gt_backend *gt_backend_default(void);
/* The ops as they are defined, by plain loops in double: slow, and what the others are judged
 * by. Data is bound and comes back as float. */
const gt_backend *gt_backend_oracle(void);

/* Memory for the intermediates of several plans of which one runs at a time: as much as the
 * largest of them needs. It grows as plans are made and outlives them; what a plan keeps
 * between runs (outputs, prepared weights) is its own. NULL when memory is short. */
typedef struct gt_plan_arena gt_plan_arena;
gt_plan_arena *gt_plan_arena_create(void);
void gt_plan_arena_destroy(gt_plan_arena *arena); /* accepts NULL */
size_t gt_plan_arena_bytes(const gt_plan_arena *arena);

typedef struct gt_plan_options {
    int threads;           /* asked for; 0: as many as there are processors */
    bool exact;            /* direct convolutions only (no Winograd), as golden replay needs */
    bool keep_activations; /* do not recompute cheap activations in the backward pass */
    gt_algorithms *algorithms; /* NULL: by rule */
    const gt_backend *backend; /* NULL: the default */
    gt_plan_arena *arena;      /* lent, for plans of one backend; NULL: one of its own */
} gt_plan_options;

typedef struct gt_plan gt_plan;

/* Compiles the values outputs[0..count) of the graph. */
GT_MUST_CHECK gt_status gt_plan_create(const gt_graph *graph, gt_tensor *const *outputs,
                                       int count, const gt_plan_options *options,
                                       gt_plan **plan, gt_error *err);
void gt_plan_destroy(gt_plan *plan);

/* Where an input (or a random leaf: recorded noise in place of drawn) finds its row-major
 * values. Borrowed until the next bind. Leaves that no output needs are accepted and ignored.
 */
GT_MUST_CHECK gt_status gt_plan_bind(gt_plan *plan, const gt_tensor *leaf, const float *data,
                                     gt_error *err);

/* The parameter vector that gt_parameter offsets point into; borrowed. Call
 * gt_plan_parameters_changed after every change of the values (binding counts as a change). */
void gt_plan_bind_parameters(gt_plan *plan, const float *values);
void gt_plan_parameters_changed(gt_plan *plan);

/* Where output i is written, row-major. With `accumulate` the result is added to what is there
 * (gradients of micro-batches). Unbound outputs are kept by the plan: gt_plan_output. */
void gt_plan_bind_output(gt_plan *plan, int i, float *data, bool accumulate);
const float *gt_plan_output(const gt_plan *plan, int i);

/* Noise of the next run: drawn from (seed, step, stream of the leaf, image number first_image +
 * n, element). */
void gt_plan_set_noise(gt_plan *plan, uint64_t seed, uint64_t step, uint64_t first_image);

/* Fails when an input that an output needs is not bound. No allocation after the first run. */
GT_MUST_CHECK gt_status gt_plan_run(gt_plan *plan, gt_error *err);

/* Known before the first run, in bytes: everything the plan allocates. */
typedef struct gt_plan_memory {
    size_t arena; /* intermediates of a run, all of them at their peak; of a shared arena: what
                     this plan needs of it */
    size_t
        persistent; /* values that depend on parameters alone, prepared weights, kept outputs */
    size_t unshared;     /* what the arena would be without reuse */
    int64_t allocations; /* made by the plan so far: constant from the second run on */
} gt_plan_memory;
/* Known before the first run. */
gt_plan_memory gt_plan_memory_use(const gt_plan *plan);

/* Floating-point operations of one run, multiply and add counted as two; convolutions and
 * matrix products only. */
double gt_plan_flops(const gt_plan *plan);

/* Switches the timing of tasks on or off. The report has the mean milliseconds of a run by kind
 * of task and algorithm, the longest first, with the bytes that tasks read and write and their
 * operations, then a line per task: kind, shape, algorithm; the caller frees it. */
void gt_plan_profile(gt_plan *plan, bool on);
char *gt_plan_report(const gt_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
