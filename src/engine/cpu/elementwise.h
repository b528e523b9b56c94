/* elementwise.h - fused elementwise programs: a short list of vector instructions run over
 * chunks of the iteration space, so that a chain of any length reads and writes memory once.
 *
 * The iteration space is up to GT_LOOP_RANK nested dimensions, row-major. An operand is read
 * where it lies: in place when it is as contiguous as the space, otherwise (broadcast, slice)
 * gathered into a register first. A register is one chunk of floats in the thread's scratch.
 * Results are written out whole, or summed. */
#ifndef GT_ENGINE_ELEMENTWISE_H
#define GT_ENGINE_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

#include "node.h"

enum { GT_LOOP_RANK = 6, GT_CHUNK = 1024, GT_PROGRAM_REGISTERS = 512 };

/* Strides in floats over the iteration space; 0 repeats. */
typedef struct gt_view {
    float *const *data; /* where the pointer will be at run time */
    int64_t offset;
    int64_t stride[GT_LOOP_RANK];
} gt_view;

typedef struct gt_instruction {
    gt_op op;
    int a, b, c; /* registers, -1 when unused */
    int result;
    int second; /* GELU fused with GELU_SLOPE of the same input: register of the slope, else -1
                 */
    float scale, shift;
} gt_instruction;

typedef struct gt_register {
    enum { GT_REGISTER_SCRATCH, GT_REGISTER_VIEW, GT_REGISTER_FILL } kind;
    gt_view view;         /* VIEW: where it is loaded from */
    float fill;           /* FILL: the same number everywhere */
    float *const *output; /* SCRATCH: also an output of the program, written whole (NULL: no) */
    int slot; /* scratch slot in floats / GT_CHUNK, or -1 when read or written in place */
} gt_register;

/* Sums a register into `data`; where the strides are 0 elements add up. */
typedef struct gt_fold {
    int source;
    float *const *data;
    int64_t stride[GT_LOOP_RANK];
    int64_t count;   /* floats of the result */
    int64_t scratch; /* offset in doubles of this sum's accumulators in a part's area */
} gt_fold;

typedef struct gt_program {
    int rank;
    int64_t dim[GT_LOOP_RANK];
    int64_t total;
    gt_register *registers;
    int register_count; /* at most GT_PROGRAM_REGISTERS */
    gt_instruction *instructions;
    int instruction_count;
    gt_fold *sums;
    int sum_count;
    bool streams;         /* results go past the caches */
    int slots;            /* scratch slots a thread needs */
    int64_t accumulators; /* doubles a part needs for the sums */
} gt_program;

/* Bytes of scratch that a run needs when `threads` are asked for, 64-byte aligned. */
size_t gt_program_scratch(const gt_program *program, int threads);

/* Assigns scratch slots (registers whose last use is over give theirs back) and accumulators.
 */
void gt_program_assign(gt_program *program);

/* Runs on up to `threads` threads; the bits are the same however many there are. */
void gt_program_run(const gt_program *program, int threads, char *scratch);

#endif
