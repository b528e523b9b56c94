/* op_table.c - the table of op classes, expanded from ops.def. */
#include "node.h"

static const gt_op_class *const classes[GT_OP_COUNT] = {
#define GT_OP(name, stem, kind) &gt_op_##stem,
#include "ops.def"
#undef GT_OP
};

const gt_op_class *gt_op_class_of(gt_op op) {
    return classes[op];
}
