/* Replays losses of pairs of views, rows of very different lengths included. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formula.h"
#include "galatea/nn.h"
#include "recording.h"

/* One case of a recording: tensors CASE.*, in a graph of its own. */
typedef struct pair_case {
    gt_recording *rec;
    gt_replay_job *job;
    gt_graph *g;
    char name[64];
} pair_case;

/* Rows CASE.WHICH (N,D) as a leaf; a poor one after a failure. */
static gt_tensor *leaf_of(pair_case *c, const char *which) {
    gt_recording *rec = c->rec;
    char name[96];
    snprintf(name, sizeof name, "%s.%s", c->name, which);
    int index = gt_recording_find(rec, name);
    const gt_st_tensor *tensor = index < 0 ? NULL : gt_safetensors_at(rec->file, (size_t)index);
    if (!tensor || tensor->rank != 2 || tensor->shape[0] < 1 || tensor->shape[1] < 1 ||
        tensor->elements > 1 << 20)
        gt_recording_fail(rec, GT_BAD_SHAPE, "no tensor '%s' of up to 2^20 numbers in rows",
                          name);
    if (rec->status) return gt_constant(c->g, 0, GT_SHAPE(1, 1));
    gt_tensor *leaf = gt_input(c->g, name, GT_SHAPE(tensor->shape[0], tensor->shape[1]));
    gt_replay_feed(c->job, leaf, "%s", name);
    return leaf;
}

static void compare_gradient(pair_case *c, const char *of, double floor, int kept) {
    char rows[96], gradient[96];
    snprintf(rows, sizeof rows, "%s.%s", c->name, of);
    snprintf(gradient, sizeof gradient, "%s.grad_%s", c->name, of);
    if (!c->rec->status)
        gt_recording_compare_unit_rows(c->rec, gradient, gt_replay_output(c->job, kept), rows,
                                       floor);
}

static double read_temperature(pair_case *c) {
    char name[96];
    uint64_t count = 0;
    double out = 1;
    snprintf(name, sizeof name, "%s.temperature", c->name);
    float *value = gt_recording_input(c->rec, name, &count);
    if (value && (count != 1 || !(*value > 0)))
        gt_recording_fail(c->rec, GT_BAD_FORMAT, "'%s' is not one positive number", name);
    else if (value)
        out = (double)*value;
    free(value);
    return out;
}

static void replay_nt_xent_case(pair_case *c) {
    gt_tensor *z[] = {leaf_of(c, "z0"), leaf_of(c, "z1")}, *grads[2];
    gt_tensor *loss = gt_nt_xent(c->g, z[0], z[1], read_temperature(c));
    if (c->rec->status) return;
    gt_grad(c->g, loss, z, 2, grads);
    gt_replay_expect(c->job, loss, GT_REPLAY_PLAIN, "%s.loss", c->name);
    int kept[] = {gt_replay_add_output(c->job, grads[0]),
                  gt_replay_add_output(c->job, grads[1])};
    gt_replay_job_run(c->job);
    compare_gradient(c, "z0", 1e-12, kept[0]);
    compare_gradient(c, "z1", 1e-12, kept[1]);
}

static void replay_cosine_case(pair_case *c) {
    gt_tensor *p = leaf_of(c, "p"), *z = leaf_of(c, "z"), *grad;
    gt_tensor *loss = gt_negative_cosine(c->g, p, z), *spread = gt_unit_spread(c->g, p);
    if (c->rec->status) return;
    gt_grad(c->g, loss, &p, 1, &grad);
    gt_replay_expect(c->job, loss, GT_REPLAY_PLAIN, "%s.loss", c->name);
    gt_replay_expect(c->job, spread, GT_REPLAY_PLAIN, "%s.std_per_dim", c->name);
    gt_replay_expect(c->job, gt_mean(c->g, spread), GT_REPLAY_PLAIN, "%s.std_mean", c->name);
    int kept = gt_replay_add_output(c->job, grad);
    gt_replay_job_run(c->job);
    compare_gradient(c, "p", 1e-8, kept);
}

/* Calls `replay` for every case that has a tensor CASE.`mark`. */
static void each_case(gt_recording *rec, const char *mark, void (*replay)(pair_case *c)) {
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const char *full = gt_safetensors_at(rec->file, i)->name;
        if (!gt_formula_ends_in(full, mark)) continue;
        pair_case c = {.rec = rec, .job = gt_replay_job_create(rec)};
        snprintf(c.name, sizeof c.name, "%.*s", (int)(strlen(full) - strlen(mark)), full);
        if (c.job) {
            c.g = gt_replay_job_graph(c.job);
            replay(&c);
        }
        gt_replay_job_destroy(c.job);
    }
}

/* Without measurements: what PyTorch's single precision was found to lose, at most. A mean of
 * cosines of both signs may come near 0. */
static void replay_nt_xent(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{".grad_z", 1.3e-6}, {NULL, 0}};
    rec->rules = rules;
    each_case(rec, ".temperature", replay_nt_xent_case);
}

static void replay_cosine(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{".loss", 1e-5}, {NULL, 0}};
    rec->rules = rules;
    each_case(rec, ".std_mean", replay_cosine_case);
}

static bool has(const gt_safetensors *file, const char *one, const char *other) {
    bool found[2] = {false, false};
    for (size_t i = 0; i < gt_safetensors_count(file); ++i) {
        const char *name = gt_safetensors_at(file, i)->name;
        found[0] = found[0] || gt_formula_ends_in(name, one);
        found[1] = found[1] || gt_formula_ends_in(name, other);
    }
    return found[0] && found[1];
}

static bool accepts_nt_xent(const gt_safetensors *file) {
    return has(file, ".grad_z0", ".temperature");
}

static bool accepts_cosine(const gt_safetensors *file) {
    return has(file, ".grad_p", ".std_mean");
}

const gt_replayer gt_replayer_nt_xent = {"nt-xent", accepts_nt_xent, replay_nt_xent};
const gt_replayer gt_replayer_negative_cosine = {"negative cosine", accepts_cosine,
                                                 replay_cosine};
