/* pickle_others.c - objects that checkpoints hold beside weights: settings, places, dates,
 * types. Nothing is made of them, and nothing taken from them. */
#include <string.h>

#include "pickle_machine.h"

#define BUILT_IN \
    "set|frozenset|complex|slice|range|bytearray|list|dict|tuple|int|float|bool|str"

/* A module that ends in a dot stands for all below it; NULL: all names of a module. */
static const struct {
    const char *module, *names;
} others[] = {
    {"argparse", "Namespace"},
    {"types", "SimpleNamespace"},
    {"collections", "defaultdict|Counter|deque"},
    {"__builtin__", BUILT_IN "|long|unicode|xrange"},
    {"builtins", BUILT_IN},
    {"typing", NULL},
    {"pathlib", NULL},
    {"pathlib._local", NULL},
    {"datetime", NULL},
    {"uuid", "UUID"},
    {"torch", "device|float16|float32|float64|bfloat16|int8|uint8|int16|int32|int64|bool"},
    {"pytorch_lightning.", NULL},
    {"lightning.", NULL},
    {"lightning_fabric.", NULL},
    {"omegaconf.", NULL},
    {"yacs.", NULL},
    {"easydict", NULL},
    {"addict.", NULL},
    {"ml_collections.", NULL},
};

static bool is_module(const char *listed, const char *module) {
    size_t length = strlen(listed);
    return listed[length - 1] == '.' ? strncmp(module, listed, length) == 0
                                     : strcmp(module, listed) == 0;
}

static bool is_among(const char *names, const char *name) {
    size_t length = strlen(name);
    for (size_t word; names != NULL && *names != 0; names += word + (names[word] == '|')) {
        word = strcspn(names, "|");
        if (word == length && memcmp(names, name, length) == 0) return true;
    }
    return names == NULL;
}

bool gt_pickle_is_other(const char *module, const char *name) {
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_module(others[i].module, module) && is_among(others[i].names, name)) return true;
    return false;
}

gt_status gt_pickle_make_other(const gt_pickle_value *callee, gt_pickle_value *made,
                               gt_error *err) {
    if (callee->kind != GT_PICKLE_GLOBAL || callee->global != GT_GLOBAL_OTHER)
        return gt_fail(err, GT_UNSUPPORTED, "an object of a kind that is not known");
    made->kind = GT_PICKLE_OTHER;
    return GT_OK;
}
