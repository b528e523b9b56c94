/* optim.c - what the update rules are called and which moments they keep. */
#include "galatea/optim.h"

#include <string.h>

static const char *const names[GT_OPTIMIZER_COUNT] = {"sgd", "adam", "adamw", "rmsprop",
                                                      "lars"};

gt_optimizer gt_optimizer_default(gt_optimizer_kind kind) {
    return (gt_optimizer){.kind = kind,
                          .alpha = 0.99,
                          .beta1 = 0.9,
                          .beta2 = 0.999,
                          .eps = 1e-8,
                          .trust = 1e-3,
                          .weight_decay = kind == GT_OPTIMIZER_ADAMW ? 0.01 : 0};
}

gt_status gt_optimizer_find(const char *name, gt_optimizer_kind *out, gt_error *err) {
    for (int i = 0; i < GT_OPTIMIZER_COUNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *out = (gt_optimizer_kind)i;
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "optimizer '%s' is not one of " GT_OPTIMIZER_CHOICES, name);
}

const char *gt_optimizer_name(gt_optimizer_kind kind) {
    return names[kind];
}

int gt_optimizer_state_count(const gt_optimizer *rule) {
    switch (rule->kind) {
    case GT_OPTIMIZER_SGD:
    case GT_OPTIMIZER_LARS:
        return rule->momentum != 0;
    case GT_OPTIMIZER_RMSPROP:
        return 1 + (rule->momentum != 0);
    default:
        return 2;
    }
}

const char *gt_optimizer_state_name(const gt_optimizer *rule, int i) {
    static const char *const adam[] = {"exp_avg", "exp_avg_sq"};
    static const char *const rmsprop[] = {"square_avg", "momentum_buffer"};
    if (i < 0 || i >= gt_optimizer_state_count(rule)) return "";
    if (rule->kind == GT_OPTIMIZER_SGD || rule->kind == GT_OPTIMIZER_LARS)
        return "momentum_buffer";
    return rule->kind == GT_OPTIMIZER_RMSPROP ? rmsprop[i] : adam[i];
}

double gt_clip_coefficient(double norm, double max_norm) {
    if (max_norm <= 0) return 1;
    double coefficient = max_norm / (norm + 1e-6);
    return coefficient < 1 ? coefficient : 1;
}
