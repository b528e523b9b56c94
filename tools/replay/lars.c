/* Replays recorded steps of LARS: tensors init.X, gradients grads.X (one for each step), and
 * what each configuration made of them, CONFIG.X. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "recording.h"

/* One tensor of the file, and all its steps. */
typedef struct lars_case {
    gt_recording *rec;
    const char *name; /* X */
    uint64_t length, steps;
    float *first, *grads, *values, *buffer, *after;
} lars_case;

static gt_optimizer rule_of(gt_recording *rec, const json_t *config, double *rate) {
    gt_optimizer rule = gt_optimizer_default(GT_OPTIMIZER_LARS);
    const struct {
        const char *key;
        double *value;
    } optional[] = {{"momentum", &rule.momentum},
                    {"dampening", &rule.dampening},
                    {"weight_decay", &rule.weight_decay},
                    {"trust_coefficient", &rule.trust},
                    {"eps", &rule.eps}};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; ++i)
        if (json_object_get(config, optional[i].key))
            *optional[i].value = gt_recording_real(rec, config, optional[i].key);
    rule.nesterov = json_is_true(json_object_get(config, "nesterov"));
    *rate = gt_recording_real(rec, config, "lr");
    return rule;
}

/* "decay group: w, fc; no-decay group (weight_decay 0): bn_w": whether X is in the first. */
static bool is_decayed(gt_recording *rec, const char *name) {
    const char *text = gt_recording_text(rec, "groups"), *end = text ? strchr(text, ';') : NULL;
    size_t length = strlen(name);
    for (const char *at = text; end && (at = strstr(at, name)) && at < end; at += length)
        if (at[-1] == ' ' && (at[length] == ',' || at[length] == ';')) return true;
    if (!rec->status && !end)
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata 'groups' tells no two groups");
    return false;
}

static void run_steps(lars_case *c, const gt_optimizer *rule, double rate) {
    gt_optimizer_segment whole = {0, c->length, is_decayed(c->rec, c->name)};
    memcpy(c->values, c->first, c->length * sizeof *c->values);
    memset(c->buffer, 0, c->length * sizeof *c->buffer);
    for (uint64_t step = 0; step < c->steps; ++step) {
        gt_optimizer_vectors vectors = {.count = c->length,
                                        .values = c->values,
                                        .grads = c->grads + step * c->length,
                                        .state = {c->buffer},
                                        .segments = &whole,
                                        .segment_count = 1};
        gt_optimizer_step at = {.number = (int64_t)step + 1,
                                .rate = rate,
                                .grad_scale = 1,
                                .threads = c->rec->settings.threads};
        gt_optimizer_apply(rule, &vectors, &at);
        memcpy(c->after + step * c->length, c->values, c->length * sizeof *c->after);
    }
}

/* Within a millionth: PyTorch's single precision lost up to a tenth of that. */
static void compare_steps(const lars_case *c, const char *config) {
    char name[128];
    snprintf(name, sizeof name, "%s.%s", config, c->name);
    gt_shape shape = GT_SHAPE((int64_t)(c->steps * c->length));
    int index = gt_recording_find(c->rec, name);
    if (index < 0) return;
    gt_recording_allow(c->rec, index, 0, 1e-6);
    const gt_st_tensor *tensor = gt_safetensors_at(c->rec->file, (size_t)index);
    if (tensor->elements == c->steps * c->length && tensor->rank <= GT_MAX_RANK)
        shape = gt_shape_of(tensor->rank, tensor->shape);
    gt_recording_compare_floats(c->rec, name, shape, c->after, GT_REPLAY_PLAIN, 0);
}

static void open_case(lars_case *c, const char *init) {
    char name[128];
    uint64_t all = 0;
    c->name = init + strlen("init.");
    snprintf(name, sizeof name, "grads.%s", c->name);
    c->first = gt_recording_input(c->rec, init, &c->length);
    if (c->first) c->grads = gt_recording_input(c->rec, name, &all);
    if (!c->grads) return;
    c->steps = c->length ? all / c->length : 0;
    if (c->steps * c->length != all || all == 0)
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "'%s' holds no whole steps", name);
    c->values = calloc(c->length + 1, sizeof *c->values);
    c->buffer = calloc(c->length + 1, sizeof *c->buffer);
    c->after = calloc(all + 1, sizeof *c->after);
    if (!c->values || !c->buffer || !c->after)
        gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for '%s'", name);
}

static void close_case(lars_case *c) {
    free(c->first);
    free(c->grads);
    free(c->values);
    free(c->buffer);
    free(c->after);
}

static void replay_tensor(gt_recording *rec, json_t *configs, const char *init) {
    lars_case c = {.rec = rec};
    const char *name;
    json_t *config;
    open_case(&c, init);
    json_object_foreach(configs, name, config) {
        double rate = 0;
        gt_optimizer rule = rule_of(rec, config, &rate);
        if (rec->status) break;
        run_steps(&c, &rule, rate);
        compare_steps(&c, name);
    }
    close_case(&c);
}

static void replay_lars(gt_recording *rec) {
    json_t *configs = gt_recording_object(rec, "configs");
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const char *name = gt_safetensors_at(rec->file, i)->name;
        if (strncmp(name, "init.", 5) == 0) replay_tensor(rec, configs, name);
    }
    json_decref(configs);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "configs") && gt_safetensors_metadata(file, "groups");
}

const gt_replayer gt_replayer_lars = {"lars", accepts, replay_lars};
