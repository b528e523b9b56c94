/* Replays recorded steps of Adam: param0, the gradient of every step in `grads`, and for each
 * setting the values after every step and the moments after the last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "recording.h"

/* The settings that recordings are named by. PyTorch's single precision loses up to 1.4e-7 of
 * the largest value. */
static const struct setting {
    const char *name;
    double rate, beta1, beta2;
} settings[] = {{"gan", 2e-4, 0.5, 0.9}, {"diffusion", 1e-3, 0.9, 0.999}};
static const double tolerance = 1e-6;

typedef struct steps {
    gt_recording *rec;
    uint64_t count, length; /* steps, numbers of one */
    float *first, *grads, *after, *values, *moments[2];
} steps;

static void open_steps(steps *s) {
    uint64_t all = 0;
    s->first = gt_recording_input(s->rec, "param0", &s->length);
    s->grads = gt_recording_input(s->rec, "grads", &all);
    if (s->rec->status) return;
    s->count = s->length ? all / s->length : 0;
    if (all == 0 || s->count * s->length != all)
        gt_recording_fail(s->rec, GT_BAD_SHAPE, "'grads' holds no whole steps of 'param0'");
    s->after = calloc(all + 1, sizeof *s->after);
    s->values = calloc(s->length + 1, sizeof *s->values);
    s->moments[0] = calloc(s->length + 1, sizeof *s->values);
    s->moments[1] = calloc(s->length + 1, sizeof *s->values);
    if (!s->after || !s->values || !s->moments[0] || !s->moments[1])
        gt_recording_fail(s->rec, GT_NO_MEMORY, "no memory for %llu numbers",
                          (unsigned long long)all);
}

static void close_steps(steps *s) {
    free(s->first);
    free(s->grads);
    free(s->after);
    free(s->values);
    free(s->moments[0]);
    free(s->moments[1]);
}

static void run(steps *s, const struct setting *setting) {
    gt_optimizer rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    rule.beta1 = setting->beta1;
    rule.beta2 = setting->beta2;
    rule.eps = gt_recording_number(s->rec, "eps", rule.eps);
    gt_optimizer_vectors v = {
        .count = s->length, .values = s->values, .state = {s->moments[0], s->moments[1]}};
    memcpy(s->values, s->first, s->length * sizeof *s->values);
    for (int m = 0; m < 2; ++m) memset(s->moments[m], 0, s->length * sizeof *s->values);
    for (uint64_t i = 0; i < s->count; ++i) {
        gt_optimizer_step how = {.number = (int64_t)i + 1,
                                 .rate = setting->rate,
                                 .grad_scale = 1,
                                 .threads = s->rec->settings.threads};
        v.grads = s->grads + i * s->length;
        gt_optimizer_apply(&rule, &v, &how);
        memcpy(s->after + i * s->length, s->values, s->length * sizeof *s->values);
    }
}

static void compare(steps *s, const char *setting, const char *part, gt_shape shape,
                    const float *got) {
    char name[64];
    snprintf(name, sizeof name, "%s.%s", setting, part);
    int index = gt_recording_find(s->rec, name);
    if (index >= 0) gt_recording_allow(s->rec, index, 0, tolerance);
    gt_recording_compare_floats(s->rec, name, shape, got, GT_REPLAY_PLAIN, 0);
}

static void replay_adam(gt_recording *rec) {
    steps s = {.rec = rec};
    open_steps(&s);
    for (size_t i = 0; !rec->status && i < sizeof settings / sizeof *settings; ++i) {
        int64_t length = (int64_t)s.length;
        run(&s, &settings[i]);
        compare(&s, settings[i].name, "params", GT_SHAPE((int64_t)s.count, length), s.after);
        compare(&s, settings[i].name, "exp_avg", GT_SHAPE(length), s.moments[0]);
        compare(&s, settings[i].name, "exp_avg_sq", GT_SHAPE(length), s.moments[1]);
    }
    rec->result->has_measured = true;
    close_steps(&s);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "param0") && gt_safetensors_find(file, "gan.exp_avg");
}

const gt_replayer gt_replayer_adam = {"adam", accepts, replay_adam};
