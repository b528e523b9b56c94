/* ir.h - what a graph becomes while it is compiled: values, groups of elementwise values, and
 * tasks.
 *
 * The passes, in order (each in the file of its name):
 *   build          copy what the outputs need; simplify; common subexpressions
 *   rematerialize  repeat cheap activations in the backward pass instead of keeping them
 *   fuse           elementwise groups; convolutions that add into their argument
 *   layout         plain or blocked images; reorders where they meet
 *   lower          groups to programs, values to tasks
 *   schedule       order of the tasks
 *   place          lifetimes, offsets in the arena */
#ifndef GT_ENGINE_IR_H
#define GT_ENGINE_IR_H

#include <setjmp.h>

#include "cpu/conv.h"
#include "cpu/elementwise.h"
#include "cpu/max_pool.h"
#include "cpu/move.h"
#include "cpu/resize.h"
#include "cpu/shift.h"
#include "cpu/softmax.h"
#include "cpu/stair.h"
#include "cpu/unfold.h"
#include "galatea/plan.h"
#include "node.h"

/* One op beside those of ops.def: the same values in the other layout. */
enum { GT_IR_REORDER = GT_OP_COUNT };

typedef enum gt_storage {
    GT_STORE_NONE,       /* never in memory: constants, views, values inside a group */
    GT_STORE_LEAF,       /* bound by the caller */
    GT_STORE_ARENA,      /* one place in the arena while it lives */
    GT_STORE_PERSISTENT, /* depends on parameters alone: kept between runs */
    GT_STORE_ALIAS,      /* the memory of another value */
    GT_STORE_OUTPUT,     /* written straight to where the caller wants output `output` */
} gt_storage;

typedef struct gt_value {
    int id;
    int op; /* gt_op or GT_IR_REORDER */
    gt_shape shape;
    gt_attr attr;
    int *inputs;
    int input_count;
    const gt_tensor *leaf; /* the leaf it stands for, NULL otherwise */
    bool backward;         /* belongs to a backward pass */
    bool hoisted;          /* depends on parameters and constants alone */
    bool dead;             /* replaced or not needed */
    bool wanted;           /* an output of the plan */
    bool recorded;         /* RANDOM: data was bound in place of drawing it */
    int64_t order;         /* position in the program the graph was written as */
    int level;             /* heavy tasks before it (fuse.c) */
    int group;             /* elementwise group, or -1 */
    bool view;             /* read by strides where its input lies */
    bool accumulates;      /* CONV2D that adds into its last input */
    gt_layout layout;
    int other_layout; /* the REORDER of this value, or -1 */
    int *users;
    int user_count;
    gt_storage storage;
    int root;   /* whose memory it is (itself unless ALIAS) */
    int output; /* OUTPUT storage: which */
    size_t bytes;
    size_t offset;   /* in the arena or the persistent area */
    int first, last; /* tasks between which its memory must stay */
    float *data;     /* where it is during a run */
} gt_value;

typedef struct gt_group {
    gt_shape shape;
    gt_layout layout;
    bool hoisted;
    int level;
    int *members; /* values in order; SUM_TO members sum the value they follow */
    int member_count;
    int size; /* registers so far at most, while groups grow */
} gt_group;

typedef enum gt_task_kind {
    GT_TASK_PROGRAM,
    GT_TASK_CONV,
    GT_TASK_PREPARE, /* weights into a convolution's order, once per change of the parameters */
    GT_TASK_CHANNELS,
    GT_TASK_COPY,
    GT_TASK_POOL,
    GT_TASK_MAX_POOL,
    GT_TASK_MAX_POOL_BACK,
    GT_TASK_UPSAMPLE,
    GT_TASK_SUM_FIRST,
    GT_TASK_REDUCE_MAX,
    GT_TASK_MATMUL,
    GT_TASK_STAIR_MATMUL,
    GT_TASK_ARRANGE,
    GT_TASK_INVERSE,
    GT_TASK_LOG_ABS_DET,
    GT_TASK_SOFTMAX,
    GT_TASK_UNFOLD,
    GT_TASK_RESIZE,
    GT_TASK_SHIFT,
    GT_TASK_NOISE,
    GT_TASK_FETCH,
} gt_task_kind;

/* CHANNELS and COPY: one piece for each part of a concatenation. */
typedef struct gt_piece {
    int source; /* value */
    gt_channels channels;
    gt_copy copy;
} gt_piece;

typedef struct gt_task gt_task;
struct gt_task {
    gt_task_kind kind;
    bool hoisted;
    int64_t order;
    int *reads, read_count;
    int *writes, write_count;
    int value;  /* the value it computes (PROGRAM: the first; FETCH: the one fetched) */
    int output; /* FETCH */
    gt_program *program;
    gt_conv_work *conv;
    float *prepared; /* CONV: weights in its order, when hoisted; PREPARE: where they go */
    size_t prepared_offset, prepared_bytes;
    gt_task *conv_task; /* PREPARE: the convolution it is for; CONV: whose weights it shares */
    bool prepare_each_run; /* CONV whose weights change within a run */
    gt_piece *pieces;
    int piece_count;
    bool fill; /* pieces do not cover the result: fill it with `fill_value` first */
    float fill_value;
    size_t scratch_bytes, scratch_stride, scratch_offset;
    double flops;
    double seconds; /* profile */
    int64_t runs;
};

typedef struct gt_output {
    int value;
    float *kept; /* the plan's own copy, when not bound */
    size_t kept_offset;
    float *bound;
    bool accumulate;
} gt_output;

typedef struct gt_pool_chunk gt_pool_chunk;

struct gt_plan {
    const gt_graph *graph;
    gt_plan_options options;
    int threads;
    gt_value **values;
    int value_count, value_capacity;
    int *value_of_node; /* by graph node id, -1: not needed */
    gt_group *groups;
    int group_count, group_capacity;
    gt_task **tasks;
    int task_count, task_capacity;
    int hoisted_tasks; /* the first so many run when parameters have changed */
    gt_output *outputs;
    int output_count;
    int *aliases, alias_count; /* values whose pointer follows another's */
    const float *parameters;
    bool parameters_fresh; /* hoisted tasks are up to date */
    char *arena, *persistent;
    size_t arena_bytes, persistent_bytes, unshared_bytes;
    int64_t allocations;
    uint64_t seed, noise_step, first_image;
    bool profiling;
    gt_pool_chunk *pool;
    jmp_buf out_of_memory; /* only while compiling */
};

/* Zeroed memory that lives as long as the plan; leaves the compilation when there is none. */
void *gt_pool(gt_plan *plan, size_t bytes);
void gt_pool_free(gt_pool_chunk *chunk);

/* ---- Values ---- */
static inline gt_value *gt_at(const gt_plan *plan, int id) {
    return plan->values[id];
}
int gt_value_new(gt_plan *plan, int op, gt_shape shape, const gt_attr *attr, const int *inputs,
                 int count);
bool gt_is_elementwise(
    const gt_value *v); /* computed inside a group: unary, binary, ternary, broadcast */
bool gt_is_leaf(const gt_value *v);
/* Fills users of every live value; marks what no output needs as dead. */
void gt_find_users(gt_plan *plan);
/* Live values sorted by order; the array belongs to the pool. */
int *gt_values_in_order(gt_plan *plan, int *count);

/* ---- Passes ---- */
void gt_pass_build(gt_plan *plan, gt_tensor *const *outputs, int count);
void gt_pass_rematerialize(gt_plan *plan);
void gt_pass_fuse(gt_plan *plan);
void gt_pass_layout(gt_plan *plan);
GT_MUST_CHECK gt_status gt_pass_lower(gt_plan *plan, gt_error *err);
void gt_pass_schedule(gt_plan *plan);
GT_MUST_CHECK gt_status gt_pass_place(gt_plan *plan, gt_error *err);

/* ---- Parts of passes in other files ---- */
/* `id` in the wanted layout: itself or its REORDER, made when missing. */
int gt_value_as(gt_plan *plan, int id, gt_layout layout);
gt_task *gt_task_new(gt_plan *plan, gt_task_kind kind, int value);
void gt_task_reads(gt_plan *plan, gt_task *task, const int *values, int count);
void gt_task_writes(gt_plan *plan, gt_task *task, const int *values, int count);
/* The program of one group (program.c); adds the task. */
void gt_lower_group(gt_plan *plan, int group);
/* The convolution of value v with the algorithm that is fastest, or direct (algorithms.c). */
GT_MUST_CHECK gt_status gt_choose_conv(gt_plan *plan, const gt_conv_problem *problem,
                                       gt_conv_work **conv, gt_error *err);

/* ---- Running (execute.c) ---- */
GT_MUST_CHECK gt_status gt_task_run(gt_plan *plan, gt_task *task, gt_error *err);

#endif
