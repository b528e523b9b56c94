/* Replays recordings of single operations: cases CASE.*, each with inputs, an output, and the
 * gradients of what is given as that of the output. Tolerances are in the file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formula.h"
#include "galatea/nn.h"
#include "recording.h"

/* One case, in a graph of its own. Values are NULL where the case has none. */
typedef struct op_case {
    gt_recording *rec;
    gt_replay_job *job;
    gt_graph *g;
    char name[64];
    gt_tensor *x, *weight, *bias, *seed; /* the seed is the gradient of the output */
} op_case;

/* Number of the tensor CASE.PART, -1 when there is none. */
static int find_part(const op_case *c, const char *part) {
    char name[96];
    snprintf(name, sizeof name, "%s.%s", c->name, part);
    return gt_recording_find(c->rec, name);
}

static gt_tensor *leaf_of(op_case *c, const char *part) {
    int index = find_part(c, part);
    if (index < 0 || c->rec->status) return NULL;
    const gt_st_tensor *tensor = gt_safetensors_at(c->rec->file, (size_t)index);
    if (tensor->rank < 1 || tensor->rank > GT_MAX_RANK || tensor->elements < 1 ||
        tensor->elements > 1 << 22) {
        gt_recording_fail(c->rec, GT_BAD_SHAPE,
                          "'%s' has not 1 to 2^22 numbers on 1 to %d axes", tensor->name,
                          GT_MAX_RANK);
        return NULL;
    }
    gt_tensor *leaf = gt_input(c->g, part, gt_shape_of(tensor->rank, tensor->shape));
    gt_replay_feed(c->job, leaf, "%s", tensor->name);
    return leaf;
}

/* One that must be there: a failure that names it when it is not. */
static gt_tensor *needed(op_case *c, const char *part) {
    gt_tensor *leaf = leaf_of(c, part);
    if (!leaf) gt_recording_fail(c->rec, GT_BAD_FORMAT, "no tensor '%s.%s'", c->name, part);
    return leaf;
}

static void expect(op_case *c, const char *part, gt_tensor *value, gt_replay_judge judge) {
    gt_replay_expect(c->job, value, judge, "%s.%s", c->name, part);
}

/* The output and the gradients of whatever the case was fed. */
static void expect_all(op_case *c, gt_tensor *out, gt_replay_judge judge) {
    static const char *const names[] = {"grad_x", "grad_weight", "grad_bias"};
    gt_tensor *leaves[] = {c->x, c->weight, c->bias}, *fed[3], *grads[3];
    const char *parts[3];
    int count = 0;
    for (int i = 0; i < 3; ++i) {
        if (!leaves[i]) continue;
        fed[count] = leaves[i];
        parts[count++] = names[i];
    }
    if (c->rec->status) return;
    expect(c, "out", out, GT_REPLAY_PLAIN);
    gt_grad_from(c->g, out, gt_reshape(c->g, c->seed, gt_tensor_shape(out)), fed, count, grads);
    for (int i = 0; i < count; ++i) expect(c, parts[i], grads[i], judge);
}

/* ---- Kinds ---------------------------------------------------------------------------------
 */

static int setting(op_case *c, const char *key) {
    double value = gt_recording_number(c->rec, key, NAN);
    if (value >= 0 && value <= 64 && value == floor(value)) return (int)value;
    gt_recording_fail(c->rec, GT_BAD_FORMAT, "metadata '%s' is no number from 0 to 64", key);
    return 1;
}

static bool has_rank(op_case *c, int rank) {
    if (gt_tensor_shape(c->x).rank == rank) return true;
    gt_recording_fail(c->rec, GT_BAD_SHAPE, "'%s.x' has not %d axes", c->name, rank);
    return false;
}

/* Which pixel won is the gradient of a gradient: that of the positions of all pixels. */
static void build_max_pool(op_case *c) {
    int k = setting(c, "kernel"), stride = setting(c, "stride"), pad = setting(c, "padding");
    gt_tensor *out = gt_max_pool(c->g, c->x, k, stride, pad), *back, *winners;
    expect_all(c, out, GT_REPLAY_ZEROS);
    gt_shape shape = gt_tensor_shape(c->x);
    int64_t count = gt_shape_count(shape), plane = shape.dim[2] * shape.dim[3];
    float *at = malloc((size_t)count * sizeof *at);
    if (!at)
        gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for %lld positions",
                          (long long)count);
    if (c->rec->status) return free(at);
    for (int64_t i = 0; i < count; ++i) at[i] = (float)(i % plane);
    gt_tensor *positions = gt_input(c->g, "positions", shape);
    gt_replay_feed_values(c->job, positions, at);
    free(at);
    gt_grad_from(c->g, out, c->seed, &c->x, 1, &back);
    gt_grad_from(c->g, back, positions, &c->seed, 1, &winners);
    expect(c, "indices", winners, GT_REPLAY_PLAIN);
}

static gt_tensor *linear(op_case *c, gt_tensor *weight) {
    gt_tensor *out = gt_matmul(c->g, c->x, weight, false, true);
    return c->bias ? gt_add(c->g, out, c->bias) : out;
}

static void build_linear(op_case *c) {
    expect_all(c, linear(c, c->weight), GT_REPLAY_PLAIN);
}

static void build_masked_linear(op_case *c) {
    gt_tensor *mask = leaf_of(c, "mask");
    if (mask) expect_all(c, linear(c, gt_mul(c->g, c->weight, mask)), GT_REPLAY_ZEROS);
}

static void build_conv(op_case *c) {
    gt_conv how = {setting(c, "stride"), setting(c, "padding"), 1};
    expect_all(c, gt_conv2d(c->g, c->x, c->weight, c->bias, how), GT_REPLAY_PLAIN);
}

static void build_global_avg_pool(op_case *c) {
    gt_shape shape = gt_tensor_shape(c->x);
    double share = 1 / (double)(shape.dim[2] * shape.dim[3]);
    gt_tensor *sum = gt_sum_to(c->g, c->x, GT_SHAPE(shape.dim[0], shape.dim[1], 1, 1));
    gt_tensor *mean = gt_affine(c->g, sum, share, 0);
    expect_all(c, gt_reshape(c->g, mean, GT_SHAPE(shape.dim[0], shape.dim[1])),
               GT_REPLAY_PLAIN);
}

static gt_tensor *follow(op_case *c, gt_tensor *running, gt_tensor *value, double momentum,
                         double scale) {
    gt_tensor *flat = gt_reshape(c->g, value, gt_tensor_shape(running));
    return gt_add(c->g, gt_affine(c->g, running, 1 - momentum, 0),
                  gt_affine(c->g, flat, momentum * scale, 0));
}

/* x (N,C) or (N,C,H,W), normalised by its own moments or, in a case named so, at rest. */
static void build_batch_norm(op_case *c) {
    gt_graph *g = c->g;
    gt_shape shape = gt_tensor_shape(c->x), channels = GT_SHAPE(gt_tensor_dim(c->x, 1));
    double eps = gt_recording_number(c->rec, "eps", 1e-5);
    double momentum = gt_recording_number(c->rec, "momentum", 0.1);
    gt_tensor *mean = needed(c, "running_mean"), *variance = needed(c, "running_var"), *y;
    if (c->weight && !c->bias) (void)needed(c, "bias");
    if (c->bias && !c->weight) (void)needed(c, "weight");
    if (c->rec->status) return;
    gt_shape images = {.rank = 4, .dim = {shape.dim[0], channels.dim[0], 1, 1}};
    if (shape.rank == 4) images = shape;
    gt_tensor *x = gt_reshape(g, c->x, images);
    if (strncmp(c->name, "eval", 4) == 0) {
        gt_norm_line line = gt_batch_norm_line(g, c->weight, c->bias, mean, variance, eps);
        gt_shape each = GT_SHAPE(1, channels.dim[0], 1, 1);
        y = gt_add(g, gt_mul(g, x, gt_reshape(g, line.scale, each)),
                   gt_reshape(g, line.shift, each));
    } else {
        gt_moments moments;
        y = gt_batch_norm_moments(g, x, c->weight, c->bias, eps, &moments);
        double n = (double)gt_shape_count(shape) / (double)channels.dim[0];
        mean = follow(c, mean, moments.mean, momentum, 1);
        variance = follow(c, variance, moments.variance, momentum, n / (n - 1));
    }
    y = gt_reshape(g, y, shape);
    expect_all(c, y, GT_REPLAY_PLAIN);
    expect(c, "new_running_mean", mean, GT_REPLAY_PLAIN);
    expect(c, "new_running_var", variance, GT_REPLAY_PLAIN);
}

/* 1 where a row's class is, from the class numbers in CASE.target. */
static gt_tensor *one_hot(op_case *c, gt_shape shape) {
    char name[96];
    uint64_t count = 0;
    snprintf(name, sizeof name, "%s.target", c->name);
    gt_tensor *leaf = gt_input(c->g, "classes", shape);
    double *class = gt_recording_input_double(c->rec, name, &count);
    float *ones = calloc((size_t)gt_shape_count(shape), sizeof *ones);
    bool fits = class && ones && count == (uint64_t)shape.dim[0];
    for (uint64_t i = 0; fits && i < count; ++i) {
        fits = class[i] >= 0 && class[i] < (double)shape.dim[1];
        if (fits) ones[(int64_t)i * shape.dim[1] + (int64_t) class[i]] = 1;
    }
    if (fits)
        gt_replay_feed_values(c->job, leaf, ones);
    else
        gt_recording_fail(c->rec, GT_BAD_FORMAT, "'%s' is not one class for each row", name);
    free(class);
    free(ones);
    return leaf;
}

/* Mean over the rows of minus the log-softmax of the true class. */
static void build_cross_entropy(op_case *c) {
    gt_tensor *logits = leaf_of(c, "logits"), *grad;
    if (!logits || gt_tensor_shape(logits).rank != 2)
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "no '%s.logits' with 2 axes", c->name);
    if (c->rec->status) return;
    gt_shape shape = gt_tensor_shape(logits);
    gt_tensor *logs = gt_log_softmax(c->g, logits, 1);
    gt_tensor *sum = gt_sum(c->g, gt_mul(c->g, logs, one_hot(c, shape)));
    gt_tensor *loss = gt_affine(c->g, sum, -1 / (double)shape.dim[0], 0);
    gt_tensor *seed = gt_reshape(c->g, c->seed, gt_shape_scalar());
    gt_grad_from(c->g, loss, seed, &logits, 1, &grad);
    expect(c, "log_softmax", logs, GT_REPLAY_PLAIN);
    expect(c, "out", loss, GT_REPLAY_PLAIN);
    expect(c, "grad_logits", grad, GT_REPLAY_PLAIN);
}

/* Unit rows. Their gradients wait for the run: each is judged beside its row's length. */
static void build_l2_normalize(op_case *c) {
    double floor = gt_recording_number(c->rec, "eps", 1e-12);
    gt_tensor *out = gt_unit_rows(c->g, c->x, floor), *grad;
    char rows[96], gradient[96];
    snprintf(rows, sizeof rows, "%s.x", c->name);
    snprintf(gradient, sizeof gradient, "%s.grad_x", c->name);
    expect(c, "out", out, GT_REPLAY_PLAIN);
    gt_grad_from(c->g, out, c->seed, &c->x, 1, &grad);
    int kept = gt_replay_add_output(c->job, grad);
    gt_replay_job_run(c->job);
    if (!c->rec->status)
        gt_recording_compare_unit_rows(c->rec, gradient, gt_replay_output(c->job, kept), rows,
                                       floor);
}

/* What makes a case one of a kind, the axes of its x (0: any), and what it must have beside x
 * and grad_out. */
static const struct op_kind {
    const char *part, *key;
    int rank;
    bool has_x, has_weight;
    void (*build)(op_case *c);
} kinds[] = {
    {"target", NULL, 0, false, false, build_cross_entropy},
    {"indices", "kernel", 4, true, false, build_max_pool},
    {"running_mean", "eps", 0, true, false, build_batch_norm},
    {"mask", NULL, 2, true, true, build_masked_linear},
    {"weight", "stride", 4, true, true, build_conv},
    {"weight", NULL, 2, true, true, build_linear},
    {"x", "eps", 2, true, false, build_l2_normalize},
    {"x", NULL, 4, true, false, build_global_avg_pool},
};

static const struct op_kind *kind_of(const op_case *c) {
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
        bool has_key = !kinds[k].key || gt_safetensors_metadata(c->rec->file, kinds[k].key);
        if (find_part(c, kinds[k].part) >= 0 && has_key) return &kinds[k];
    }
    return NULL;
}

static void replay_case(op_case *c) {
    const struct op_kind *kind = kind_of(c);
    c->g = gt_replay_job_graph(c->job);
    if (!kind)
        return gt_recording_fail(c->rec, GT_UNSUPPORTED,
                                 "case '%s' is of no operation known here", c->name);
    c->x = kind->has_x ? needed(c, "x") : NULL;
    c->weight = kind->has_weight ? needed(c, "weight") : leaf_of(c, "weight");
    c->bias = leaf_of(c, "bias");
    c->seed = needed(c, "grad_out");
    if (c->rec->status || (kind->rank && !has_rank(c, kind->rank))) return;
    kind->build(c);
    gt_replay_job_run(c->job);
}

/* ---- Tolerances ----------------------------------------------------------------------------
 */

/* Ten times what PyTorch's single precision lost, and not less than a millionth of the largest
 * value. */
static void read_tolerances(gt_recording *rec) {
    json_t *all = gt_recording_object(rec, "fp32_error"), *parts, *errors;
    const char *name, *part;
    json_object_foreach(all, name, parts) {
        json_object_foreach(parts, part, errors) {
            char full[128];
            snprintf(full, sizeof full, "%s.%s", name, part);
            int index = gt_recording_find(rec, full);
            double error = json_number_value(json_array_get(errors, 0));
            if (index < 0 || rec->tolerances[index] >= 0 || rec->status) continue;
            gt_recording_allow(rec, index, 10 * error, 1e-6);
        }
    }
    json_decref(all);
}

static void replay_ops(gt_recording *rec) {
    read_tolerances(rec);
    rec->result->has_measured = true;
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const char *full = gt_safetensors_at(rec->file, i)->name,
                   *end = strstr(full, ".grad_out");
        if (!end || !gt_formula_ends_in(full, ".grad_out")) continue;
        op_case c = {.rec = rec, .job = gt_replay_job_create(rec)};
        snprintf(c.name, sizeof c.name, "%.*s", (int)(end - full), full);
        if (c.job) replay_case(&c);
        gt_replay_job_destroy(c.job);
    }
}

static bool accepts(const gt_safetensors *file) {
    if (!gt_safetensors_metadata(file, "fp32_error")) return false;
    for (size_t i = 0; i < gt_safetensors_count(file); ++i)
        if (gt_formula_ends_in(gt_safetensors_at(file, i)->name, ".grad_out")) return true;
    return false;
}

const gt_replayer gt_replayer_ops = {"operations", accepts, replay_ops};
