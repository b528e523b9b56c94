/* Replays recordings of one operator each, named in the metadata: inputs in.X, what comes out,
 * the gradients grad.X from one of the output, and those of the sum of squares of grad.x,
 * second.X. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "operators.h"

gt_tensor *op_leaf(op_file *f, const char *name) {
    int index = gt_recording_find(f->rec, name);
    const gt_st_tensor *tensor =
        index < 0 ? NULL : gt_safetensors_at(f->rec->file, (size_t)index);
    if (!tensor || tensor->rank < 1 || tensor->rank > GT_MAX_RANK || tensor->elements < 1) {
        gt_recording_fail(f->rec, GT_BAD_FORMAT, "no '%s' with numbers on 1 to %d axes", name,
                          GT_MAX_RANK);
        return gt_input(f->g, name, GT_SHAPE(1, 1, 1, 1));
    }
    gt_tensor *leaf = gt_input(f->g, name, gt_shape_of(tensor->rank, tensor->shape));
    gt_replay_feed(f->job, leaf, "%s", name);
    return leaf;
}

gt_tensor *op_input(op_file *f, const char *name) {
    char full[64];
    snprintf(full, sizeof full, "in.%s", name);
    GT_ASSERT(f->count < OP_INPUTS);
    f->inputs[f->count].name = name;
    return f->inputs[f->count++].leaf = op_leaf(f, full);
}

gt_tensor *op_optional(op_file *f, const char *name) {
    char full[64];
    snprintf(full, sizeof full, "in.%s", name);
    return gt_recording_find(f->rec, full) < 0 ? NULL : op_input(f, name);
}

gt_tensor *op_images(op_file *f, int unit) {
    gt_tensor *x = op_input(f, "x");
    gt_shape s = gt_tensor_shape(x);
    if (s.rank == 4 && s.dim[2] % unit == 0 && s.dim[3] % unit == 0) return x;
    gt_recording_fail(f->rec, GT_BAD_SHAPE,
                      "'in.x' is no set of images whose sides divide by %d", unit);
    return gt_input(f->g, "images", GT_SHAPE(1, 4, unit, unit));
}

/* ---- The file --------------------------------------------------------------------------- */

static const op_kind *kind_of(const gt_safetensors *file) {
    const char *name = gt_safetensors_metadata(file, "op");
    const op_kind *const lists[] = {op_elements, op_blocks};
    for (int i = 0; name && i < 2; ++i)
        for (const op_kind *kind = lists[i]; kind->name; ++kind)
            if (strcmp(kind->name, name) == 0) return kind;
    return NULL;
}

/* Compares the gradients of y from `seed`, PREFIX.X for every input, and the last one for the
 * seed of the output. */
static void expect_gradients(op_file *f, const char *prefix, gt_tensor *y, gt_tensor *seed,
                             gt_tensor **grads) {
    gt_tensor *leaves[OP_INPUTS + 1];
    for (int i = 0; i < f->count; ++i) leaves[i] = f->inputs[i].leaf;
    leaves[f->count] = f->seed;
    gt_grad_from(f->g, y, seed, leaves, f->count + 1, grads);
    for (int i = 0; i < f->count; ++i)
        gt_replay_expect(f->job, grads[i], GT_REPLAY_PLAIN, "%s.%s", prefix, f->inputs[i].name);
    gt_replay_expect(f->job, grads[f->count], GT_REPLAY_PLAIN, "%s.gout", prefix);
}

static void build(op_file *f) {
    gt_tensor *first[OP_INPUTS + 1], *second[OP_INPUTS + 1];
    f->seed = op_leaf(f, "gout");
    gt_tensor *out = f->kind->build(f);
    if (f->rec->status) return;
    gt_replay_expect(f->job, out, GT_REPLAY_PLAIN, "out");
    expect_gradients(f, "grad", out, gt_reshape(f->g, f->seed, gt_tensor_shape(out)), first);
    if (gt_recording_find(f->rec, "second.scalar") < 0) return;
    gt_tensor *sum = gt_sum(f->g, gt_square(f->g, first[0]));
    gt_replay_expect(f->job, sum, GT_REPLAY_PLAIN, "second.scalar");
    expect_gradients(f, "second", sum, gt_constant(f->g, 1, gt_shape_scalar()), second);
}

/* What double precision leaves of a gradient that is 0: a score's that a softmax sees. */
static double largest_of_zeros(op_file *f) {
    double largest = 0;
    for (size_t i = 0; f->kind->zeros > 0 && i < gt_safetensors_count(f->rec->file); ++i)
        largest = fmax(largest, gt_recording_largest(f->rec, (int)i));
    return 1e-12 * largest;
}

/* Ten times what PyTorch's single precision lost, and not less than a millionth; exact where
 * nothing is lost. */
static void set_tolerances(op_file *f) {
    double error = f->kind->error, ratio = error > 0 ? fmax(10 * error, 1e-6) : 0;
    double zero = largest_of_zeros(f);
    for (size_t i = 0; i < gt_safetensors_count(f->rec->file); ++i)
        if (gt_recording_largest(f->rec, (int)i) <= zero)
            gt_recording_allow(f->rec, (int)i, f->kind->zeros, 0);
        else
            gt_recording_allow(f->rec, (int)i, 0, ratio);
    f->rec->result->has_measured = true;
}

static void replay_operators(gt_recording *rec) {
    op_file f = {.rec = rec, .kind = kind_of(rec->file), .job = gt_replay_job_create(rec)};
    if (!f.job) return;
    f.g = gt_replay_job_graph(f.job);
    set_tolerances(&f);
    if (!rec->status) build(&f);
    gt_replay_job_run(f.job);
    gt_replay_job_destroy(f.job);
}

static bool accepts(const gt_safetensors *file) {
    return kind_of(file) != NULL;
}

const gt_replayer gt_replayer_operators = {"operator", accepts, replay_operators};
