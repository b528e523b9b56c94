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

#include "backend.h"
#include "galatea/plan.h"
#include "node.h"
#include "program.h"

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
    const void *bound;     /* leaf: the caller's data; RANDOM: in place of drawing it */
    int64_t order;         /* position in the program the graph was written as */
    int level;             /* heavy tasks before it (fuse.c) */
    int group;             /* elementwise group, or -1 */
    bool view;             /* read by strides where its input lies */
    bool accumulates;      /* adds into its last input, in whose memory it lies */
    bool clips;            /* a RELU of it is computed with it */
    bool masks;            /* a product with the STEP of its last input is computed with it */
    int totals;            /* the SUM_TO that its kernel tells beside it, or -1 */
    bool told;             /* it is such a SUM_TO */
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
    void *data;      /* where it is during a run */
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

/* A kernel at work on values; or, with `packs_for`, an input of another task's kernel on its
 * way into that kernel's order. */
typedef struct gt_task gt_task;
struct gt_task {
    gt_call call;
    bool hoisted;
    int64_t order;
    int *reads, read_count;
    int *writes, write_count;
    int value;  /* the value it computes (groups: the last; outputs: the one fetched) */
    int output; /* the plan's output that it writes straight, or -1 */
    gt_task
        *takes_over;    /* whose first input and scratch stay until this one has run, or NULL */
    gt_task *packs_for; /* packing task: whose input it packs */
    gt_task *packed_by; /* whose packed input this task shares: itself, or an earlier one */
    bool packs_each_run; /* its packed input changes within a run */
    void *packed;
    size_t packed_bytes, packed_offset;
    size_t scratch_bytes, scratch_offset, own_scratch; /* packed behind the kernel's own */
    int scratch_last;                                  /* the task until which it stays */
    double seconds;                                    /* profile */
    int64_t runs;
};

typedef struct gt_output {
    int value;
    float *kept; /* the plan's own copy, when not bound */
    size_t kept_offset;
    void *bound; /* the caller's floats */
    bool accumulate;
} gt_output;

typedef struct gt_pool_chunk gt_pool_chunk;

struct gt_plan {
    const gt_graph *graph;
    const gt_backend *backend;
    gt_plan_options options; /* with the number of threads that was meant */
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
    bool parameters_fresh;     /* hoisted tasks are up to date */
    void *arena, *persistent;
    size_t arena_bytes, persistent_bytes, unshared_bytes;
    int64_t allocations;
    gt_noise_place noise;
    bool profiling;
    gt_pool_chunk *pool;
    jmp_buf out_of_memory; /* only while compiling */
};

/* Zeroed memory that lives as long as the plan; leaves the compilation when there is none. */
void *gt_pool(gt_plan *plan, size_t bytes);
/* A list of `count` pointers with room for one more: itself, or a larger one. */
void *gt_pool_list(gt_plan *plan, void *list, int count, int *capacity);
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

/* ---- Tasks (tasks.c) ---- */
/* A task that reads and writes these values; its kernel then prepares itself. */
gt_task *gt_task_new(gt_plan *plan, const gt_kernel *kernel, int value);
void gt_task_reads(gt_plan *plan, gt_task *task, const int *values, int count);
void gt_task_writes(gt_plan *plan, gt_task *task, const int *values, int count);
GT_MUST_CHECK gt_status gt_task_prepare(gt_plan *plan, gt_task *task, gt_error *err);
/* Again where two tasks have agreed on an order since. */
void gt_task_ask_scratch(gt_task *task);

/* ---- Passes ---- */
void gt_pass_build(gt_plan *plan, gt_tensor *const *outputs, int count);
void gt_pass_rematerialize(gt_plan *plan);
void gt_pass_fuse(gt_plan *plan);
void gt_pass_layout(gt_plan *plan);
GT_MUST_CHECK gt_status gt_pass_lower(gt_plan *plan, gt_error *err);
void gt_pass_schedule(gt_plan *plan);
GT_MUST_CHECK gt_status gt_pass_place(gt_plan *plan, gt_error *err);
/* A shared arena may have grown, and lie elsewhere, since the plan was made (place.c). */
void gt_plan_follow_arena(gt_plan *plan);

/* ---- Parts of passes in other files ---- */
/* The kernel of v's op; NULL for elementwise ops and leaves. */
static inline const gt_kernel *gt_kernel_of(const gt_plan *plan, const gt_value *v) {
    if (v->op == GT_OP_RANDOM) return plan->backend->noise;
    bool has_none = v->op >= GT_OP_COUNT || gt_is_elementwise(v) || gt_is_leaf(v);
    return has_none ? NULL : plan->backend->kernels[v->op];
}
/* Whether a tensor can be blocked, and whether the two layouts of it differ at all. */
static inline bool gt_can_block(const gt_plan *plan, gt_shape shape) {
    int block = plan->backend->block;
    return block > 0 && shape.rank == 4 && shape.dim[1] % block == 0;
}
static inline bool gt_layouts_differ(const gt_plan *plan, gt_shape shape) {
    return gt_can_block(plan, shape) && shape.dim[2] * shape.dim[3] > 1;
}
/* `id` in the wanted layout: itself or its REORDER, made when missing. */
int gt_value_as(gt_plan *plan, int id, gt_layout layout);
/* The program of one group (program.c); adds the task. */
GT_MUST_CHECK gt_status gt_lower_group(gt_plan *plan, int group, gt_error *err);

/* ---- Running (execute.c) ---- */
GT_MUST_CHECK gt_status gt_task_run(gt_plan *plan, gt_task *task, gt_error *err);

#endif
