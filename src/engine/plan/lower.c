/* lower.c - fifth pass: every value that must be computed gets a task, with its kernel made
 * ready. */
#include <string.h>

#include "ir.h"
#include "lapack.h"

gt_task *gt_task_new(gt_plan *plan, gt_task_kind kind, int value) {
    if (plan->task_count == plan->task_capacity) {
        int capacity = plan->task_capacity ? 2 * plan->task_capacity : 512;
        gt_task **grown = gt_pool(plan, (size_t)capacity * sizeof *grown);
        if (plan->task_count)
            memcpy(grown, plan->tasks, (size_t)plan->task_count * sizeof *grown);
        plan->tasks = grown;
        plan->task_capacity = capacity;
    }
    gt_task *task = gt_pool(plan, sizeof *task);
    const gt_value *v = gt_at(plan, value);
    task->kind = kind;
    task->value = value;
    task->order = v->order;
    task->hoisted = v->hoisted;
    plan->tasks[plan->task_count++] = task;
    return task;
}

static int *copy_list(gt_plan *plan, const int *values, int count) {
    int *list = gt_pool(plan, (size_t)(count + 1) * sizeof *list);
    if (count) memcpy(list, values, (size_t)count * sizeof *list);
    return list;
}

void gt_task_reads(gt_plan *plan, gt_task *task, const int *values, int count) {
    task->reads = copy_list(plan, values, count);
    task->read_count = count;
}

void gt_task_writes(gt_plan *plan, gt_task *task, const int *values, int count) {
    task->writes = copy_list(plan, values, count);
    task->write_count = count;
}

/* A task that reads its inputs, in the given layout, and writes v. */
static gt_task *simple_task(gt_plan *plan, gt_task_kind kind, gt_value *v, gt_layout layout) {
    int *reads = gt_pool(plan, (size_t)(v->input_count + 1) * sizeof *reads);
    for (int i = 0; i < v->input_count; i++) reads[i] = gt_value_as(plan, v->inputs[i], layout);
    gt_task *task = gt_task_new(plan, kind, v->id);
    v->storage = v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
    gt_task_reads(plan, task, reads, v->input_count);
    gt_task_writes(plan, task, &v->id, 1);
    return task;
}

/* ---- Moving values
 * ------------------------------------------------------------------------------ */

static void row_major(gt_shape shape, int64_t *stride) {
    int64_t step = 1;
    for (int d = shape.rank - 1; d >= 0; d--) {
        stride[d] = step;
        step *= shape.dim[d];
    }
}

/* Neighbouring dimensions that both sides walk as one become one, and lines get long. */
static void join_dimensions(gt_copy *c) {
    for (int d = c->rank - 2; d >= 0; d--) {
        bool unit = c->dim[d + 1] == 1;
        bool joined = c->src_stride[d] == c->src_stride[d + 1] * c->dim[d + 1] &&
                      c->dst_stride[d] == c->dst_stride[d + 1] * c->dim[d + 1];
        if (!unit && !joined) continue;
        int gone = unit ? d + 1 : d;
        if (!unit) c->dim[d + 1] *= c->dim[d];
        size_t behind = (size_t)(c->rank - gone - 1) * sizeof c->dim[0];
        memmove(c->dim + gone, c->dim + gone + 1, behind);
        memmove(c->src_stride + gone, c->src_stride + gone + 1, behind);
        memmove(c->dst_stride + gone, c->dst_stride + gone + 1, behind);
        c->rank--;
    }
}

/* The part of a copy shared by slice, pad and concat: input `shape` against result, at `start`
 * along axis. */
static gt_copy window(gt_shape small, gt_shape src, gt_shape dst, int axis, int64_t src_start,
                      int64_t dst_start) {
    gt_copy c = {.rank = small.rank};
    memcpy(c.dim, small.dim, sizeof c.dim);
    row_major(src, c.src_stride);
    row_major(dst, c.dst_stride);
    c.src_offset = src_start * c.src_stride[axis];
    c.dst_offset = dst_start * c.dst_stride[axis];
    return c;
}

static bool by_channels(const gt_value *v) {
    return v->shape.rank == 4 && v->attr.axis == 1;
}

static void add_piece(gt_plan *plan, gt_task *task, const gt_value *v, int source,
                      int64_t src_start, int64_t dst_start) {
    const gt_value *u = gt_at(plan, source);
    gt_piece *piece = &task->pieces[task->piece_count++];
    gt_shape small = v->op == GT_OP_SLICE ? v->shape : u->shape;
    piece->source = source;
    if (task->kind == GT_TASK_CHANNELS) {
        piece->channels = (gt_channels){u->shape,  v->shape,  u->layout,   v->layout,
                                        src_start, dst_start, small.dim[1]};
    } else {
        piece->copy = window(small, u->shape, v->shape, v->attr.axis, src_start, dst_start);
        join_dimensions(&piece->copy);
    }
}

/* Along the images a window is a run of memory in either layout, as long as both sides have the
 * same one (layout.c blocks only what may be). */
static void lower_window(gt_plan *plan, gt_value *v) {
    int *reads = gt_pool(plan, (size_t)v->input_count * sizeof *reads);
    bool channels = by_channels(v);
    for (int i = 0; i < v->input_count; i++)
        reads[i] = channels ? v->inputs[i] : gt_value_as(plan, v->inputs[i], v->layout);
    gt_task *task = gt_task_new(plan, channels ? GT_TASK_CHANNELS : GT_TASK_COPY, v->id);
    v->storage = v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
    gt_task_reads(plan, task, reads, v->input_count);
    gt_task_writes(plan, task, &v->id, 1);
    task->pieces = gt_pool(plan, (size_t)v->input_count * sizeof *task->pieces);
    int64_t at = v->op == GT_OP_PAD ? v->attr.start : 0;
    for (int i = 0; i < v->input_count; i++) {
        add_piece(plan, task, v, reads[i], v->op == GT_OP_SLICE ? v->attr.start : 0, at);
        at += gt_at(plan, reads[i])->shape.dim[v->attr.axis];
    }
    task->fill = v->op == GT_OP_PAD;
    task->fill_value = (float)v->attr.shift;
}

static void lower_permute(gt_plan *plan, gt_value *v) {
    gt_task *task = simple_task(plan, GT_TASK_COPY, v, GT_PLAIN);
    const gt_value *u = gt_at(plan, task->reads[0]);
    int64_t stride[GT_MAX_RANK];
    task->pieces = gt_pool(plan, sizeof *task->pieces);
    task->piece_count = 1;
    gt_copy *c = &task->pieces[0].copy;
    task->pieces[0].source = u->id;
    c->rank = v->shape.rank;
    memcpy(c->dim, v->shape.dim, sizeof c->dim);
    row_major(u->shape, stride);
    row_major(v->shape, c->dst_stride);
    for (int d = 0; d < c->rank; d++) c->src_stride[d] = stride[v->attr.order[d]];
    join_dimensions(c);
}

static void lower_reverse(gt_plan *plan, gt_value *v) {
    gt_task *task = simple_task(plan, GT_TASK_COPY, v, GT_PLAIN);
    int axis = v->attr.axis;
    task->pieces = gt_pool(plan, sizeof *task->pieces);
    task->piece_count = 1;
    task->pieces[0].source = task->reads[0];
    gt_copy *c = &task->pieces[0].copy;
    *c = window(v->shape, v->shape, v->shape, axis, v->shape.dim[axis] - 1, 0);
    c->src_stride[axis] = -c->src_stride[axis];
    join_dimensions(c);
}

static void lower_reshape(gt_plan *plan, gt_value *v) {
    int source = gt_value_as(plan, v->inputs[0], GT_PLAIN);
    v->inputs[0] = source;
    v->storage = GT_STORE_ALIAS;
}

/* ---- Products
 * ------------------------------------------------------------------------------------- */

static void lower_matmul(gt_plan *plan, gt_value *v) {
    gt_task *task = simple_task(plan, GT_TASK_MATMUL, v, GT_PLAIN);
    gt_product p = gt_product_of(gt_at(plan, task->reads[0])->shape, v->shape, &v->attr);
    task->flops = 2.0 * (double)p.count * (double)p.m * (double)p.n * (double)p.k;
}

static void lower_stair_matmul(gt_plan *plan, gt_value *v) {
    gt_task *task = simple_task(plan, GT_TASK_STAIR_MATMUL, v, GT_PLAIN);
    gt_shape a = gt_at(plan, task->reads[0])->shape;
    gt_stair_product product = {.attr = &v->attr,
                                .m = v->shape.dim[0],
                                .n = v->shape.dim[1],
                                .k = a.dim[v->attr.transpose_a ? 0 : 1]};
    task->flops = gt_stair_flops(&product);
}

static void lower_arrange(gt_plan *plan, gt_value *v) {
    gt_task *task = simple_task(plan, GT_TASK_ARRANGE, v, GT_PLAIN);
    task->scratch_bytes = gt_arrange_scratch(v->shape.dim[1]);
}

static gt_conv_problem problem_of(const gt_plan *plan, const gt_value *v) {
    const gt_value *a = gt_at(plan, v->inputs[0]), *b = gt_at(plan, v->inputs[1]);
    gt_conv_problem p = {.how = v->attr.conv};
    if (v->op == GT_OP_CONV2D) {
        p = (gt_conv_problem){.kind = GT_CONV_FORWARD,
                              .x = a->shape,
                              .w = b->shape,
                              .y = v->shape,
                              .x_blocked = a->layout == GT_BLOCKED,
                              .y_blocked = v->layout == GT_BLOCKED,
                              .accumulate = v->accumulates,
                              .how = v->attr.conv,
                              .bias = v->input_count - (v->accumulates ? 1 : 0) == 3};
    } else if (v->op == GT_OP_CONV2D_DATA) {
        p = (gt_conv_problem){.kind = GT_CONV_DATA,
                              .x = v->shape,
                              .w = b->shape,
                              .y = a->shape,
                              .x_blocked = v->layout == GT_BLOCKED,
                              .y_blocked = a->layout == GT_BLOCKED,
                              .how = v->attr.conv};
    } else {
        p = (gt_conv_problem){.kind = GT_CONV_WEIGHTS,
                              .x = a->shape,
                              .w = v->shape,
                              .y = b->shape,
                              .x_blocked = a->layout == GT_BLOCKED,
                              .y_blocked = b->layout == GT_BLOCKED,
                              .how = v->attr.conv};
    }
    return p;
}

/* The gradient of weights that nothing but one output wants goes straight to where the caller
 * wants it. */
static bool straight_out(gt_plan *plan, gt_value *v) {
    int found = -1;
    if (v->op != GT_OP_CONV2D_WEIGHTS || !v->wanted || v->user_count > 0 || v->hoisted)
        return false;
    for (int i = 0; i < plan->output_count; i++) {
        if (plan->outputs[i].value != v->id) continue;
        if (found >= 0) return false;
        found = i;
    }
    v->output = found;
    return found >= 0;
}

/* Weights that change with the parameters only are brought into the convolution's order by a
 * task of their own, ahead of every run; a convolution that itself runs then does it on the
 * spot. Convolutions that want the same order share it. */
static void prepare_weights(gt_plan *plan, gt_task *task, int weights) {
    task->prepared_bytes = gt_conv_weights_bytes(task->conv);
    if (!gt_at(plan, weights)->hoisted || task->hoisted) {
        task->prepare_each_run = true;
        return;
    }
    for (int t = 0; t < plan->task_count && !task->conv_task; t++) {
        const gt_task *other = plan->tasks[t];
        if (other->kind == GT_TASK_PREPARE && other->reads[0] == weights &&
            gt_conv_weights_alike(other->conv_task->conv, task->conv))
            task->conv_task = other->conv_task;
    }
    if (task->conv_task) return;
    gt_task *prepare = gt_task_new(plan, GT_TASK_PREPARE, weights);
    prepare->hoisted = true;
    prepare->order = task->order;
    prepare->conv_task = task;
    gt_task_reads(plan, prepare, &weights, 1);
    gt_task_writes(plan, prepare, NULL, 0);
}

static gt_status lower_conv(gt_plan *plan, gt_value *v, gt_error *err) {
    gt_status status = GT_OK;
    int weights = v->op == GT_OP_CONV2D_WEIGHTS ? -1 : 1;
    int plain = v->input_count - (v->accumulates ? 1 : 0), images = weights > 0 ? 1 : 2;
    for (int i = 0; i < images; i++)
        if (gt_can_block(gt_at(plan, v->inputs[i])->shape))
            v->inputs[i] = gt_value_as(plan, v->inputs[i], GT_BLOCKED);
    for (int i = 1; i < plain; i++) /* weights and bias */
        if (weights > 0) v->inputs[i] = gt_value_as(plan, v->inputs[i], GT_PLAIN);
    if (v->accumulates) {
        int *into = &v->inputs[v->input_count - 1];
        *into = gt_value_as(plan, *into, v->layout);
    }
    gt_conv_problem problem = problem_of(plan, v);
    gt_task *task = gt_task_new(plan, GT_TASK_CONV, v->id);
    gt_task_reads(plan, task, v->inputs, v->input_count);
    gt_task_writes(plan, task, &v->id, 1);
    GT_TRY(gt_choose_conv(plan, &problem, &task->conv, err));
    task->flops = 2.0 * (double)gt_shape_count(problem.y) * (double)problem.w.dim[1] *
                  (double)problem.w.dim[2] * (double)problem.w.dim[3];
    if (weights >= 0) prepare_weights(plan, task, v->inputs[weights]);
    task->scratch_stride = (gt_conv_scratch(task->conv) + 63) / 64 * 64;
    task->scratch_bytes =
        task->scratch_stride + (task->prepare_each_run ? task->prepared_bytes : 0);
    v->storage = v->accumulates ? GT_STORE_ALIAS
                 : v->hoisted   ? GT_STORE_PERSISTENT
                                : GT_STORE_ARENA;
    if (straight_out(plan, v)) v->storage = GT_STORE_OUTPUT;
done:
    return status;
}

/* ---- One task for a value
 * ---------------------------------------------------------------------------- */

static void lower_sum_first(gt_plan *plan, gt_value *v) {
    simple_task(plan, GT_TASK_SUM_FIRST, v, v->layout);
}

static gt_status lower_matrix(gt_plan *plan, gt_value *v, gt_task_kind kind, gt_error *err) {
    gt_task *task = simple_task(plan, kind, v, GT_PLAIN);
    task->scratch_bytes = gt_matrix_work(gt_at(plan, task->reads[0])->shape.dim[0]);
    return gt_lapack_ready(err);
}

static void lower_resize(gt_plan *plan, gt_value *v) {
    gt_task *task = simple_task(plan, GT_TASK_RESIZE, v, v->layout);
    gt_shape x = gt_at(plan, task->reads[0])->shape;
    gt_resizing resizing = gt_resizing_of(&v->attr, x, v->shape, v->layout);
    task->scratch_bytes = gt_resize_scratch(&resizing, plan->threads);
}

static gt_status lower_value(gt_plan *plan, gt_value *v, gt_error *err) {
    switch (v->op) {
    case GT_OP_SLICE:
    case GT_OP_PAD:
    case GT_OP_CONCAT:
        lower_window(plan, v);
        break;
    case GT_OP_PERMUTE:
        lower_permute(plan, v);
        break;
    case GT_OP_REVERSE:
        lower_reverse(plan, v);
        break;
    case GT_OP_RESHAPE:
        lower_reshape(plan, v);
        break;
    case GT_OP_AVG_POOL:
        simple_task(plan, GT_TASK_POOL, v, v->layout);
        break;
    case GT_OP_MAX_POOL:
        simple_task(plan, GT_TASK_MAX_POOL, v, v->layout);
        break;
    case GT_OP_MAX_POOL_BACK:
        simple_task(plan, GT_TASK_MAX_POOL_BACK, v, v->layout);
        break;
    case GT_OP_UPSAMPLE:
        simple_task(plan, GT_TASK_UPSAMPLE, v, v->layout);
        break;
    case GT_OP_SUM_TO:
        lower_sum_first(plan, v);
        break;
    case GT_OP_REDUCE_MAX:
        simple_task(plan, GT_TASK_REDUCE_MAX, v, GT_PLAIN);
        break;
    case GT_OP_SOFTMAX:
        simple_task(plan, GT_TASK_SOFTMAX, v, GT_PLAIN);
        break;
    case GT_OP_UNFOLD:
        simple_task(plan, GT_TASK_UNFOLD, v, GT_PLAIN);
        break;
    case GT_OP_RESIZE:
        lower_resize(plan, v);
        break;
    case GT_OP_SHIFT:
        simple_task(plan, GT_TASK_SHIFT, v, GT_PLAIN);
        break;
    case GT_OP_MATMUL:
        lower_matmul(plan, v);
        break;
    case GT_OP_STAIR_MATMUL:
        lower_stair_matmul(plan, v);
        break;
    case GT_OP_ARRANGE:
        lower_arrange(plan, v);
        break;
    case GT_OP_INVERSE:
        return lower_matrix(plan, v, GT_TASK_INVERSE, err);
    case GT_OP_LOG_ABS_DET:
        return lower_matrix(plan, v, GT_TASK_LOG_ABS_DET, err);
    case GT_OP_RANDOM:
        simple_task(plan, GT_TASK_NOISE, v, GT_PLAIN);
        break;
    case GT_OP_CONV2D:
    case GT_OP_CONV2D_DATA:
    case GT_OP_CONV2D_WEIGHTS:
        return lower_conv(plan, v, err);
    default:
        GT_ASSERT(gt_is_leaf(v));
        break;
    }
    return GT_OK;
}

static void lower_output(gt_plan *plan, int i) {
    int value = plan->outputs[i].value;
    const gt_value *v = gt_at(plan, value);
    if (v->storage == GT_STORE_OUTPUT) return;
    gt_task *task = gt_task_new(plan, GT_TASK_FETCH, value);
    task->hoisted = false;
    task->output = i;
    task->order = v->order + 2;
    task->pieces = gt_pool(plan, sizeof *task->pieces);
    task->piece_count = 1;
    task->pieces[0].source = value;
    if (gt_layouts_differ(v->shape))
        task->pieces[0].channels = (gt_channels){.src = v->shape,
                                                 .dst = v->shape,
                                                 .src_layout = v->layout,
                                                 .dst_layout = GT_PLAIN,
                                                 .count = v->shape.dim[1]};
    gt_task_reads(plan, task, &value, 1);
    gt_task_writes(plan, task, NULL, 0);
}

gt_status gt_pass_lower(gt_plan *plan, gt_error *err) {
    gt_status status = GT_OK;
    int count;
    const int *order = gt_values_in_order(plan, &count);
    for (int i = 0; i < count; i++) {
        gt_value *v = gt_at(plan, order[i]);
        if (v->group < 0 && !v->view) GT_TRY(lower_value(plan, v, err));
    }
    for (int g = 0; g < plan->group_count; g++) gt_lower_group(plan, g);
    for (int i = 0; i < plan->output_count; i++) lower_output(plan, i);
done:
    return status;
}
