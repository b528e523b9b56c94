/* op_table.c - the table of op classes, expanded from ops.def. */
#include <string.h>

#include "node.h"

static const gt_op_class *const classes[GT_OP_COUNT] = {
#define GT_OP(name, stem, kind) &gt_op_##stem,
#include "ops.def"
#undef GT_OP
};

const gt_op_class *gt_op_class_of(gt_op op) {
    return classes[op];
}

static bool same_number(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0; /* 0 and -0 differ, a NaN is itself */
}

static bool same_conv(gt_conv a, gt_conv b) {
    return a.stride == b.stride && a.pad == b.pad && a.less == b.less && a.groups == b.groups;
}

static bool same_degrees(gt_degrees a, gt_degrees b) {
    return a.period == b.period && a.shift == b.shift && a.sorted == b.sorted;
}

static bool same_stair(const gt_stair *a, const gt_stair *b) {
    return a->steps == b->steps && memcmp(a->row, b->row, sizeof a->row) == 0 &&
           memcmp(a->column, b->column, sizeof a->column) == 0;
}

bool gt_attr_equal(const gt_attr *a, const gt_attr *b) {
    return same_number(a->scale, b->scale) && same_number(a->shift, b->shift) &&
           same_conv(a->conv, b->conv) && a->axis == b->axis && a->start == b->start &&
           memcmp(a->order, b->order, sizeof a->order) == 0 && a->factor == b->factor &&
           a->transpose_a == b->transpose_a && a->transpose_b == b->transpose_b &&
           a->place == b->place && same_stair(&a->stair, &b->stair) &&
           same_degrees(a->rows, b->rows) && same_degrees(a->columns, b->columns) &&
           a->back == b->back && a->noise == b->noise && a->stream == b->stream;
}
