/* Replays a residual network whose weights are told by a formula: every stage at rest and in
 * training, running statistics, and the formula itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formula.h"
#include "ssl_replay.h"

/* ---- The network ----------------------------------------------------------------------- */

/* Blocks by the names of their weights; widths double from stage to stage up to that of the
 * code. */
static bool read_config(gt_recording *rec, const json_t *names, resnet_config *out) {
    int code = gt_recording_find(rec, "feat_eval"), x = gt_recording_find(rec, "x");
    size_t i;
    json_t *item;
    *out = (resnet_config){0};
    json_array_foreach(names, i, item) {
        int stage = 0, block = 0, used = 0;
        const char *name = json_string_value(item);
        if (!name || sscanf(name, "layer%1d.%3d.conv1.weight%n", &stage, &block, &used) != 2 ||
            name[used] || used == 0)
            continue;
        if (stage < 1 || stage > RESNET_STAGES || block != out->blocks[stage - 1]) return false;
        out->blocks[stage - 1]++;
        if (stage > out->stages) out->stages = stage;
    }
    if (code < 0 || x < 0 || out->stages == 0) return false;
    const gt_st_tensor *codes = gt_safetensors_at(rec->file, (size_t)code);
    const gt_st_tensor *images = gt_safetensors_at(rec->file, (size_t)x);
    if (codes->rank != 2 || images->rank != 4 || images->elements > 1 << 26) return false;
    if (codes->shape[1] < 1 << (out->stages - 1) || codes->shape[1] > 1 << 14) return false;
    for (int k = 0; k < out->stages; ++k)
        out->widths[k] = codes->shape[1] >> (out->stages - 1 - k);
    out->channels = images->shape[1];
    return out->channels >= 1 && out->channels <= 64;
}

/* Every parameter of the network stands behind this in its name. */
static const char prefix[] = "net.";

static double value_at(const char *name, gt_shape shape, double u) {
    double t = 2 * u - 1;
    if (gt_formula_ends_in(name, "running_mean")) return 0.1 * t;
    if (gt_formula_ends_in(name, "running_var")) return 1 + 0.5 * u;
    if (shape.rank == 4)
        return sqrt(6 / (double)(shape.dim[1] * shape.dim[2] * shape.dim[3])) * t;
    if (gt_formula_ends_in(name, "weight"))
        return (1 + 0.1 * t) * (strstr(name, ".bn2.") ? 0.5 : 1);
    return 0.1 * t;
}

static void fill_parameters(gt_params *params) {
    for (int i = 0; i < gt_params_count(params); ++i) {
        const char *name = gt_params_name(params, i) + strlen(prefix);
        gt_shape shape = gt_params_shape(params, i);
        float *values = gt_params_values(params) + gt_params_offset(params, i);
        uint64_t seed = gt_formula_seed(name);
        for (int64_t k = 0; k < gt_shape_count(shape); ++k)
            values[k] = (float)value_at(name, shape, gt_formula_uniform(seed, (uint64_t)k));
    }
}

/* "check.first4" and "check.sum", one row a name. */
static void compare_formula(gt_recording *rec, gt_params *params, const json_t *names) {
    enum { FIRST = 4 };
    size_t count = json_array_size(names);
    double *first = calloc((FIRST + 1) * count + 1, sizeof *first),
           *sums = first + FIRST * count;
    if (!first) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu sums", count);
    for (size_t i = 0; i < count && !rec->status; ++i) {
        char full[GT_MODEL_NAME];
        const char *name = json_string_value(json_array_get(names, i));
        snprintf(full, sizeof full, "%s%s", prefix, name ? name : "");
        int index = gt_params_find(params, full);
        if (index < 0) {
            gt_recording_fail(rec, GT_BAD_FORMAT, "the network has no '%s'", full);
            break;
        }
        const float *values = gt_params_values(params) + gt_params_offset(params, index);
        int64_t length = gt_shape_count(gt_params_shape(params, index));
        for (int64_t k = 0; k < length; ++k) sums[i] += (double)values[k];
        for (int64_t k = 0; k < FIRST && k < length; ++k)
            first[FIRST * i + (size_t)k] = values[k];
    }
    if (!rec->status) {
        gt_recording_compare(rec, "check.first4", GT_SHAPE((int64_t)count, FIRST), first,
                             GT_REPLAY_PLAIN, 0);
        gt_recording_compare(rec, "check.sum", GT_SHAPE((int64_t)count), sums, GT_REPLAY_PLAIN,
                             0);
    }
    free(first);
}

/* ---- A pass ---------------------------------------------------------------------------- */

/* Mean and mean magnitude of a map; of image 0 the corner of its first channels. */
static void expect_stage(gt_replay_job *job, const char *how, const char *stage, gt_tensor *x) {
    enum { CHANNELS = 4, CORNER = 2 };
    gt_graph *g = gt_replay_job_graph(job);
    gt_tensor *numbers[] = {gt_reshape(g, gt_mean(g, x), GT_SHAPE(1)),
                            gt_reshape(g, gt_mean(g, gt_abs(g, x)), GT_SHAPE(1))};
    gt_replay_expect(job, gt_concat(g, numbers, 2, 0), GT_REPLAY_PLAIN,
                     "%s_stage_mean_absmean.%s", how, stage);
    if (gt_tensor_dim(x, 1) < CHANNELS || gt_tensor_dim(x, 2) < CORNER ||
        gt_tensor_dim(x, 3) < CORNER)
        return;
    gt_tensor *corner = gt_slice(g, gt_slice(g, x, 0, 0, 1), 1, 0, CHANNELS);
    corner = gt_slice(g, gt_slice(g, corner, 2, 0, CORNER), 3, 0, CORNER);
    gt_replay_expect(job, corner, GT_REPLAY_PLAIN, "%s_stage_slice.%s", how, stage);
}

/* Leaves of all parameters, and the images. */
static gt_tensor *begin(gt_recording *rec, gt_replay_job *job, gt_params *params,
                        gt_tensor **leaves) {
    gt_graph *g = gt_replay_job_graph(job);
    const gt_st_tensor *x = gt_safetensors_at(rec->file, (size_t)gt_recording_find(rec, "x"));
    for (int i = 0; i < gt_params_count(params); ++i)
        leaves[i] = gt_params_tensor(g, params, i);
    gt_replay_job_parameters(job, params, leaves);
    gt_tensor *leaf =
        gt_input(g, "x", GT_SHAPE(x->shape[0], x->shape[1], x->shape[2], x->shape[3]));
    gt_replay_feed(job, leaf, "x");
    return leaf;
}

static void replay_pass(gt_recording *rec, const resnet *net, gt_params *params,
                        bool in_training) {
    const char *how = in_training ? "train" : "eval";
    size_t count = (size_t)gt_params_count(params);
    gt_tensor *shown[RESNET_SHOWN], **leaves = calloc(2 * count + 1, sizeof *leaves);
    gt_replay_job *job = leaves ? gt_replay_job_create(rec) : NULL;
    if (!leaves) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for leaves");
    if (job) {
        net_pass pass = {gt_replay_job_graph(job), leaves + count, in_training};
        gt_tensor *x = begin(rec, job, params, leaves);
        memcpy(pass.values, leaves, count * sizeof *leaves);
        gt_tensor *code = resnet_apply(net, &pass, x, shown);
        gt_replay_expect(job, code, GT_REPLAY_PLAIN, "feat_%s", how);
        for (int i = 0; i < net->stages + 2; ++i) {
            char stage[16];
            snprintf(stage, sizeof stage, "layer%d", i - 1);
            expect_stage(job, how, i == 0 ? "stem" : i == 1 ? "pool" : stage, shown[i]);
        }
        for (size_t i = 0; i < count; ++i)
            if (pass.values[i] != leaves[i])
                gt_replay_expect(job, pass.values[i], GT_REPLAY_PLAIN, "%s_buffer.%s", how,
                                 gt_params_name(params, (int)i) + strlen(prefix));
        gt_replay_job_run(job);
    }
    gt_replay_job_destroy(job);
    free(leaves);
}

/* ---- All ------------------------------------------------------------------------------- */

static void replay_network(gt_recording *rec, const json_t *names, gt_params *params) {
    resnet_config config;
    resnet net = {0};
    if (!read_config(rec, names, &config)) {
        gt_recording_fail(rec, GT_BAD_FORMAT,
                          "metadata 'names', 'x' and 'feat_eval' describe no network");
        return;
    }
    rec->status = resnet_add(&config, params, gt_params_add, "net", &net, rec->err);
    if (!rec->status) rec->status = gt_params_allocate(params, rec->err);
    if (!rec->status) {
        fill_parameters(params);
        compare_formula(rec, params, names);
        replay_pass(rec, &net, params, false);
        replay_pass(rec, &net, params, true);
    }
    resnet_free(&net);
}

/* A sum of numbers of both signs may come near 0. */
static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{"feat_train", 3.2e-6}, {NULL, 0}};
    json_error_t where;
    const char *text = gt_recording_text(rec, "names");
    json_t *names = text ? json_loads(text, JSON_REJECT_DUPLICATES, &where) : NULL;
    gt_params *params = gt_params_create();
    rec->rules = rules;
    if (!params) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for parameters");
    if (!json_is_array(names))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata 'names' is not a list");
    if (!rec->status) replay_network(rec, names, params);
    gt_params_destroy(params);
    json_decref(names);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "recipe") && gt_safetensors_metadata(file, "names") &&
           gt_safetensors_find(file, "feat_eval");
}

const gt_replayer gt_replayer_resnet_full = {"residual network, weights by formula", accepts,
                                             replay};
