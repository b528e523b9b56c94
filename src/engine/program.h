/* program.h - fused elementwise programs: a short list of instructions over the elements of one
 * iteration space, so that a chain of any length reads and writes memory once. The plan writes
 * them (plan/program.c), a backend's `elementwise` kernel runs them.
 *
 * The iteration space is up to GT_LOOP_RANK nested dimensions, row-major. Operands are read
 * through strides over it; results are written out whole, or summed. */
#ifndef GT_ENGINE_PROGRAM_H
#define GT_ENGINE_PROGRAM_H

#include "backend.h"

enum { GT_LOOP_RANK = 6, GT_PROGRAM_REGISTERS = 512 };

/* Strides in numbers over the iteration space; 0 repeats. */
typedef struct gt_view {
    void *const *data; /* where the pointer will be at run time */
    int64_t offset;
    int64_t stride[GT_LOOP_RANK];
} gt_view;

typedef struct gt_instruction {
    gt_op op;
    int a, b, c; /* registers, -1 when unused */
    int result;
    int second; /* GELU fused with GELU_SLOPE of the same input: register of the slope, else -1
                 */
    const gt_attr *attr;
} gt_instruction;

typedef struct gt_register {
    enum { GT_REGISTER_SCRATCH, GT_REGISTER_VIEW, GT_REGISTER_FILL } kind;
    gt_view view;        /* VIEW: where it is loaded from */
    double fill;         /* FILL: the same number everywhere */
    void *const *output; /* SCRATCH: also an output of the program, written whole (NULL: no) */
    int slot;            /* for the kernel's own use, -1 when it begins */
} gt_register;

/* Sums a register into `data`; where the strides are 0 elements add up. */
typedef struct gt_fold {
    int source;
    void *const *data;
    int64_t stride[GT_LOOP_RANK];
    int64_t count;   /* numbers of the result */
    int64_t scratch; /* for the kernel's own use */
} gt_fold;

struct gt_program {
    int rank;
    int64_t dim[GT_LOOP_RANK];
    int64_t total;
    gt_register *registers;
    int register_count; /* at most GT_PROGRAM_REGISTERS */
    gt_instruction *instructions;
    int instruction_count;
    gt_fold *sums;
    int sum_count;
    /* for the kernel's own use */
    bool streams;
    int slots;
    int64_t accumulators;
};

#endif
