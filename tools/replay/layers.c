/* Replays recordings of single layers: one small graph for each case, forward and backward. */
#include "layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A case ------------------------------------------------------------------------------ */

static int find_part(const layer_case *c, const char *part) {
    char name[256];
    snprintf(name, sizeof name, "%s/%s", c->name, part);
    return gt_recording_find(c->rec, name);
}

bool case_has(const layer_case *c, const char *part) {
    return find_part(c, part) >= 0;
}

gt_shape case_shape(layer_case *c, const char *part) {
    int index = find_part(c, part);
    const gt_st_tensor *tensor =
        index < 0 ? NULL : gt_safetensors_at(c->rec->file, (size_t)index);
    if (tensor && tensor->rank <= GT_MAX_RANK) return gt_shape_of(tensor->rank, tensor->shape);
    gt_recording_fail(c->rec, GT_BAD_FORMAT, "no tensor '%s/%s' of at most %d axes", c->name,
                      part, GT_MAX_RANK);
    return GT_SHAPE(1, 1, 1, 1);
}

gt_tensor *case_in(layer_case *c, const char *name) {
    char part[64];
    snprintf(part, sizeof part, "in.%s", name);
    gt_tensor *leaf = gt_input(c->g, name, case_shape(c, part));
    gt_replay_feed(c->job, leaf, "%s/%s", c->name, part);
    GT_ASSERT(c->input_count < CASE_INPUTS);
    c->inputs[c->input_count].name = name;
    c->inputs[c->input_count++].leaf = leaf;
    return leaf;
}

gt_tensor *case_in_optional(layer_case *c, const char *name) {
    char part[64];
    snprintf(part, sizeof part, "in.%s", name);
    return case_has(c, part) ? case_in(c, name) : NULL;
}

void case_out(layer_case *c, const char *name, gt_tensor *value) {
    GT_ASSERT(c->output_count < CASE_OUTPUTS);
    c->outputs[c->output_count].name = name;
    c->outputs[c->output_count++].value = value;
    gt_replay_expect(c->job, value, GT_REPLAY_PLAIN, "%s/out.%s", c->name, name);
}

double case_attr(layer_case *c, const char *key) {
    return gt_recording_real(c->rec, c->attrs, key);
}

int case_int(layer_case *c, const char *key) {
    return gt_recording_int(c->rec, c->attrs, key);
}

bool case_flag(const layer_case *c, const char *key) {
    return json_is_true(json_object_get(c->attrs, key));
}

/* ---- Gradients --------------------------------------------------------------------- */

/* Adds what output `o` contributes to the gradients of all inputs. */
static void add_gradients(layer_case *c, int o, gt_tensor **total) {
    char part[64];
    gt_tensor *leaves[CASE_INPUTS], *grads[CASE_INPUTS];
    snprintf(part, sizeof part, "gout.%s", c->outputs[o].name);
    if (!case_has(c, part)) return;
    gt_tensor *value = c->outputs[o].value;
    gt_tensor *seed = gt_input(c->g, part, gt_tensor_shape(value));
    gt_replay_feed(c->job, seed, "%s/%s", c->name, part);
    for (int i = 0; i < c->input_count; ++i) leaves[i] = c->inputs[i].leaf;
    gt_grad_from(c->g, value, seed, leaves, c->input_count, grads);
    for (int i = 0; i < c->input_count; ++i)
        total[i] = total[i] ? gt_add(c->g, total[i], grads[i]) : grads[i];
}

static void expect_gradients(layer_case *c, gt_replay_judge judge) {
    gt_tensor *total[CASE_INPUTS] = {NULL};
    for (int o = 0; o < c->output_count; ++o) add_gradients(c, o, total);
    for (int i = 0; i < c->input_count; ++i)
        gt_replay_expect(c->job, total[i], judge, "%s/gin.%s", c->name, c->inputs[i].name);
}

/* ---- All cases
 * ------------------------------------------------------------------------------- */

static const layer_kind *find_kind(const layer_case *c) {
    for (const layer_kind *kind = layer_kinds; kind->build || kind->run; ++kind) {
        bool named = !kind->begins || strncmp(c->name, kind->begins, strlen(kind->begins)) == 0;
        bool first = !kind->has[0] || case_has(c, kind->has[0]);
        bool second = !kind->has[1] || case_has(c, kind->has[1]);
        bool attr = !kind->attr || json_object_get(c->attrs, kind->attr);
        if (named && first && second && attr) return kind;
    }
    return NULL;
}

/* The tensors of a case that no kind fits stay unknown. */
static void replay_case(layer_case *c) {
    const layer_kind *kind = find_kind(c);
    if (kind && kind->run) {
        kind->run(c);
    } else if (kind) {
        c->job = gt_replay_job_create(c->rec);
        if (!c->job) return;
        c->g = gt_replay_job_graph(c->job);
        kind->build(c);
        expect_gradients(c, kind->zeros ? GT_REPLAY_ZEROS : GT_REPLAY_PLAIN);
        gt_replay_job_run(c->job);
        gt_replay_job_destroy(c->job);
        if (c->rec->status) gt_blame(c->rec->err, "case '%s'", c->name);
    }
}

/* As measured for the layers, for files without measurements of their own. */
static const gt_replay_rule rules[] = {
    {"/gin.l", 4.1e-5}, {"logsumexp", 1.9e-5}, {"logdet", 3e-5}, {NULL, 0}};

static void replay_layers(gt_recording *rec) {
    json_t *attrs = gt_recording_object(rec, "attrs"), *value;
    const char *name;
    rec->rules = rules;
    json_object_foreach(attrs, name, value) {
        if (!json_is_object(value) || rec->status) continue;
        layer_case c = {.rec = rec, .name = name, .file_attrs = attrs, .attrs = value};
        replay_case(&c);
    }
    json_decref(attrs);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "attrs") != NULL;
}

const gt_replayer gt_replayer_layers = {"layers", accepts, replay_layers};
