/* execute.c - runs the task of a plan: finds the pointers, calls the kernel. */
#include <string.h>

#include "galatea/rng.h"
#include "galatea/team.h"
#include "ir.h"

static const float *read_at(const gt_plan *plan, const gt_task *task, int i) {
    return gt_at(plan, task->reads[i])->data;
}

static void *scratch_of(const gt_plan *plan, const gt_task *task) {
    return plan->arena + task->scratch_offset;
}

static gt_status run_conv(gt_plan *plan, gt_task *task, gt_error *err) {
    gt_status status = GT_OK;
    const gt_value *v = gt_at(plan, task->value);
    const float *second = read_at(plan, task, 1), *bias = NULL;
    float *result = v->data;
    bool add = false;
    if (v->op == GT_OP_CONV2D && v->input_count - (v->accumulates ? 1 : 0) == 3)
        bias = read_at(plan, task, 2);
    if (task->prepare_each_run) {
        float *prepared =
            (float *)(void *)((char *)scratch_of(plan, task) + task->scratch_stride);
        GT_TRY(gt_conv_prepare(task->conv, second, prepared, err));
        second = prepared;
    } else if (v->op != GT_OP_CONV2D_WEIGHTS) {
        second = task->prepared;
    }
    if (v->storage == GT_STORE_OUTPUT) {
        result = plan->outputs[v->output].bound;
        add = plan->outputs[v->output].accumulate;
    }
    GT_TRY(gt_conv_run(task->conv, read_at(plan, task, 0), second, bias, result, add,
                       scratch_of(plan, task), err));
done:
    return status;
}

static void run_pieces(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value);
    int64_t count = gt_shape_count(v->shape);
    if (task->fill)
        for (int64_t i = 0; i < count; i++) v->data[i] = task->fill_value;
    for (int i = 0; i < task->piece_count; i++) {
        const gt_piece *piece = &task->pieces[i];
        const float *from = gt_at(plan, piece->source)->data;
        if (task->kind == GT_TASK_CHANNELS) {
            gt_channels_run(&piece->channels, from, v->data, false, plan->threads);
        } else {
            gt_copy_run(&piece->copy, from, v->data, false, plan->threads);
        }
    }
}

static void run_fetch(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value);
    const gt_output *output = &plan->outputs[task->output];
    if (task->pieces[0].channels.count) {
        gt_channels_run(&task->pieces[0].channels, v->data, output->bound, output->accumulate,
                        plan->threads);
    } else {
        gt_copy flat = {
            .rank = 1, .dim = {gt_shape_count(v->shape)}, .src_stride = {1}, .dst_stride = {1}};
        gt_copy_run(&flat, v->data, output->bound, output->accumulate, plan->threads);
    }
}

typedef struct drawing {
    gt_rng_key key;
    gt_noise noise;
    uint64_t first;
    float *to;
} drawing;

static void draw_stretch(void *self, int64_t begin, int64_t end) {
    const drawing *job = self;
    (job->noise == GT_NOISE_NORMAL ? gt_rng_fill_normal : gt_rng_fill_uniform)(
        job->key, job->first + (uint64_t)begin, (size_t)(end - begin), job->to + begin);
}

/* Image n of the batch is image first_image + n of the run: its noise does not depend on how
 * batches are cut. */
static void run_noise(gt_plan *plan, const gt_task *task) {
    enum { GRAIN = 1 << 13 };
    const gt_value *v = gt_at(plan, task->value);
    int64_t count = gt_shape_count(v->shape), images = v->shape.rank ? v->shape.dim[0] : 1,
            each = count / images;
    drawing job = {{plan->seed, v->attr.stream, (uint32_t)plan->noise_step},
                   v->attr.noise,
                   plan->first_image * (uint64_t)each,
                   v->data};
    gt_team_range(plan->threads, count, GRAIN, draw_stretch, &job);
}

static void run_reduce_max(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value), *x = gt_at(plan, task->reads[0]);
    int64_t outer = 1, inner = 1;
    for (int d = 0; d < v->attr.axis; d++) outer *= x->shape.dim[d];
    for (int d = v->attr.axis + 1; d < x->shape.rank; d++) inner *= x->shape.dim[d];
    gt_reduce_max_run(outer, x->shape.dim[v->attr.axis], inner, x->data, v->data);
}

static void run_max_pool(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value), *in = gt_at(plan, task->reads[1]);
    bool back = task->kind == GT_TASK_MAX_POOL_BACK;
    gt_max_pool_windows windows = gt_max_pool_windows_of(
        &v->attr, back ? v->shape : in->shape, back ? in->shape : v->shape, v->layout);
    (back ? gt_max_pool_back_run : gt_max_pool_run)(&windows, read_at(plan, task, 0), in->data,
                                                    v->data, plan->threads);
}

static gt_status run_matmul(gt_plan *plan, const gt_task *task, gt_error *err) {
    const gt_value *v = gt_at(plan, task->value), *a = gt_at(plan, task->reads[0]);
    gt_product p = gt_product_of(a->shape, v->shape, &v->attr);
    return gt_gemm_stack(v->attr.transpose_a, v->attr.transpose_b, p.count, p.m, p.n, p.k,
                         a->data, read_at(plan, task, 1), v->data, err);
}

static gt_status run_stair_matmul(gt_plan *plan, const gt_task *task, gt_error *err) {
    const gt_value *v = gt_at(plan, task->value), *a = gt_at(plan, task->reads[0]);
    gt_stair_product product = {.attr = &v->attr,
                                .m = v->shape.dim[0],
                                .n = v->shape.dim[1],
                                .k = a->shape.dim[v->attr.transpose_a ? 0 : 1]};
    return gt_stair_matmul_run(&product, a->data, read_at(plan, task, 1), v->data, err);
}

static void run_softmax(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value);
    int64_t outer = 1, inner = 1;
    for (int d = 0; d < v->attr.axis; d++) outer *= v->shape.dim[d];
    for (int d = v->attr.axis + 1; d < v->shape.rank; d++) inner *= v->shape.dim[d];
    gt_softmax_run(outer, v->shape.dim[v->attr.axis], inner, read_at(plan, task, 0), v->data,
                   plan->threads);
}

static void run_unfold(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value), *x = gt_at(plan, task->reads[0]);
    gt_windows windows = gt_windows_of(&v->attr, v->attr.back ? v->shape : x->shape);
    gt_unfold_run(&windows, v->attr.back, x->data, v->data, plan->threads);
}

static void run_resize(gt_plan *plan, const gt_task *task) {
    const gt_value *v = gt_at(plan, task->value), *x = gt_at(plan, task->reads[0]);
    gt_resizing resizing = gt_resizing_of(&v->attr, x->shape, v->shape, v->layout);
    gt_resize_run(&resizing, x->data, v->data, scratch_of(plan, task), plan->threads);
}

static gt_status run_task(gt_plan *plan, gt_task *task, gt_error *err) {
    const gt_value *v = gt_at(plan, task->value);
    switch (task->kind) {
    case GT_TASK_PROGRAM:
        gt_program_run(task->program, plan->threads, scratch_of(plan, task));
        return GT_OK;
    case GT_TASK_CONV:
        return run_conv(plan, task, err);
    case GT_TASK_PREPARE:
        return gt_conv_prepare(task->conv_task->conv, v->data, task->conv_task->prepared, err);
    case GT_TASK_CHANNELS:
    case GT_TASK_COPY:
        run_pieces(plan, task);
        return GT_OK;
    case GT_TASK_POOL:
        gt_pool_run(gt_at(plan, task->reads[0])->shape, v->attr.factor, v->layout,
                    read_at(plan, task, 0), v->data, plan->threads);
        return GT_OK;
    case GT_TASK_MAX_POOL:
    case GT_TASK_MAX_POOL_BACK:
        run_max_pool(plan, task);
        return GT_OK;
    case GT_TASK_UPSAMPLE:
        gt_upsample_run(v->shape, v->attr.factor, v->layout, read_at(plan, task, 0), v->data,
                        plan->threads);
        return GT_OK;
    case GT_TASK_SUM_FIRST:
        gt_sum_first_run(gt_at(plan, task->reads[0])->shape.dim[0], gt_shape_count(v->shape),
                         read_at(plan, task, 0), v->data, plan->threads);
        return GT_OK;
    case GT_TASK_REDUCE_MAX:
        run_reduce_max(plan, task);
        return GT_OK;
    case GT_TASK_MATMUL:
        return run_matmul(plan, task, err);
    case GT_TASK_STAIR_MATMUL:
        return run_stair_matmul(plan, task, err);
    case GT_TASK_ARRANGE:
        gt_arrange_run(&v->attr, v->shape.dim[0], v->shape.dim[1], read_at(plan, task, 0),
                       v->data, scratch_of(plan, task), plan->threads);
        return GT_OK;
    case GT_TASK_INVERSE:
        return gt_inverse_run(v->shape.dim[0], read_at(plan, task, 0), v->data,
                              scratch_of(plan, task), err);
    case GT_TASK_LOG_ABS_DET:
        return gt_log_abs_det_run(gt_at(plan, task->reads[0])->shape.dim[0],
                                  read_at(plan, task, 0), v->data, scratch_of(plan, task), err);
    case GT_TASK_SOFTMAX:
        run_softmax(plan, task);
        return GT_OK;
    case GT_TASK_UNFOLD:
        run_unfold(plan, task);
        return GT_OK;
    case GT_TASK_RESIZE:
        run_resize(plan, task);
        return GT_OK;
    case GT_TASK_SHIFT:
        gt_shift_run(v->shape, read_at(plan, task, 0), read_at(plan, task, 1), v->data,
                     plan->threads);
        return GT_OK;
    case GT_TASK_NOISE:
        run_noise(plan, task);
        return GT_OK;
    case GT_TASK_FETCH:
        run_fetch(plan, task);
        return GT_OK;
    }
    return GT_OK;
}

gt_status gt_task_run(gt_plan *plan, gt_task *task, gt_error *err) {
    gt_status status = run_task(plan, task, err);
    const gt_value *v = gt_at(plan, task->value);
    if (status != GT_OK && v->leaf) gt_blame(err, "%s", gt_tensor_name(v->leaf));
    return status;
}
