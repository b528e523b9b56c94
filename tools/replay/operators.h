/* operators.h - what the kinds of recorded operators share. Private. */
#ifndef GT_REPLAY_OPERATORS_H
#define GT_REPLAY_OPERATORS_H

#include "recording.h"

enum { OP_INPUTS = 20 };

typedef struct op_file op_file;

/* How an operator is built, and the largest error of PyTorch's single precision, as a share of
 * the largest value; 0: values are only moved, and compared exactly. */
typedef struct op_kind {
    const char *name;
    gt_tensor *(*build)(op_file *f);
    double error;
    int stride, pad; /* of those with windows; stride also: how many times larger or smaller */
    double zeros;    /* error allowed where a recorded tensor is 0 throughout */
} op_kind;

struct op_file {
    gt_recording *rec;
    gt_replay_job *job;
    gt_graph *g;
    const op_kind *kind;
    gt_tensor *seed; /* the gradient of the output */
    struct {
        const char *name;
        gt_tensor *leaf;
    } inputs[OP_INPUTS];
    int count;
};

/* All kinds, each list ended by a row without a name. */
extern const op_kind op_elements[], op_blocks[];

/* A leaf fed from the tensor of that name; a failure when there is none. */
gt_tensor *op_leaf(op_file *f, const char *name);
/* The input in.NAME; its gradients are compared where the file has some. */
gt_tensor *op_input(op_file *f, const char *name);
/* The same where it may be missing: NULL. */
gt_tensor *op_optional(op_file *f, const char *name);
/* The input in.x of four axes, whose height and width are multiples of `unit`. */
gt_tensor *op_images(op_file *f, int unit);

#endif
