/* params.c - named parameters and the vector that holds their values. */
#include "galatea/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"
#include "rng.h"

enum { ALIGN_FLOATS = 16 };

typedef struct entry {
    char *name;
    uint32_t hash; /* compared before the name */
    gt_shape shape;
    int64_t offset; /* among the parameters, or among the state */
    bool is_state;
} entry;

struct gt_params {
    entry *entries;
    int count, capacity;
    int64_t floats, state_floats, elements;
    float *values;
    gt_error error; /* the first failure */
};

static bool reserve(gt_params *params) {
    if (params->count < params->capacity) return true;
    int capacity = params->capacity ? 2 * params->capacity : 64;
    entry *entries = realloc(params->entries, (size_t)capacity * sizeof *entries);
    if (!entries) return false;
    params->entries = entries;
    params->capacity = capacity;
    return true;
}

/* Elements of the shape, 0 when it is none or too large for the vector. */
static int64_t usable_count(const gt_params *params, gt_shape shape) {
    int64_t limit = INT64_MAX / (int64_t)sizeof(double) - ALIGN_FLOATS - params->floats -
                    params->state_floats;
    if (shape.rank < 0 || shape.rank > GT_MAX_RANK) return 0;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] < 1) return 0;
    }
    int64_t count = gt_shape_count(shape);
    return count <= limit ? count : 0;
}

static gt_status append(gt_params *params, const char *name, gt_shape shape, bool is_state,
                        gt_error *err) {
    char text[96];
    int64_t count = usable_count(params, shape);
    if (params->values)
        return gt_fail(err, GT_BAD_ARGUMENT, "parameter '%s' comes after the allocation", name);
    if (!*name) return gt_fail(err, GT_BAD_ARGUMENT, "a parameter has no name");
    if (gt_params_find(params, name) >= 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "parameter '%s' exists twice", name);
    if (!count)
        return gt_fail(err, GT_BAD_SHAPE,
                       "parameter '%s' has shape %s, expected dimensions of at least 1", name,
                       gt_shape_text(shape, text));
    char *copy = strdup(name);
    if (!copy || !reserve(params)) {
        free(copy);
        return gt_fail(err, GT_NO_MEMORY, "no memory for parameter '%s'", name);
    }
    int64_t *end = is_state ? &params->state_floats : &params->floats;
    params->entries[params->count++] =
        (entry){copy, gt_rng_stream(name), shape, *end, is_state};
    params->elements += count;
    *end += (count + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
    return GT_OK;
}

static const entry *entry_at(const gt_params *params, int index) {
    GT_ASSERT(index >= 0 && index < params->count);
    return &params->entries[index];
}

gt_params *gt_params_create(void) {
    return calloc(1, sizeof(gt_params));
}

void gt_params_destroy(gt_params *params) {
    if (!params) return;
    for (int i = 0; i < params->count; i++) free(params->entries[i].name);
    free(params->entries);
    free(params->values);
    free(params);
}

static int add(gt_params *params, const char *name, gt_shape shape, bool is_state) {
    if (params->error.status || append(params, name, shape, is_state, &params->error))
        return -1;
    return params->count - 1;
}

int gt_params_add(gt_params *params, const char *name, gt_shape shape) {
    return add(params, name, shape, false);
}

int gt_params_add_state(gt_params *params, const char *name, gt_shape shape) {
    return add(params, name, shape, true);
}

bool gt_params_is_state(const gt_params *params, int index) {
    return entry_at(params, index)->is_state;
}

gt_status gt_params_allocate(gt_params *params, gt_error *err) {
    if (params->error.status)
        return gt_fail(err, params->error.status, "%s", params->error.text);
    if (params->values)
        return gt_fail(err, GT_BAD_ARGUMENT, "the parameters are allocated already");
    int64_t floats = gt_params_floats(params) ? gt_params_floats(params) : ALIGN_FLOATS;
    size_t bytes = (size_t)floats * sizeof(float);
    params->values = aligned_alloc(ALIGN_FLOATS * sizeof(float), bytes);
    if (!params->values)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %lld parameters",
                       (long long)params->elements);
    memset(params->values, 0, bytes);
    return GT_OK;
}

int gt_params_count(const gt_params *params) {
    return params->count;
}

const char *gt_params_name(const gt_params *params, int index) {
    return entry_at(params, index)->name;
}

gt_shape gt_params_shape(const gt_params *params, int index) {
    return entry_at(params, index)->shape;
}

int64_t gt_params_offset(const gt_params *params, int index) {
    const entry *e = entry_at(params, index);
    return e->offset + (e->is_state ? params->floats : 0);
}

int gt_params_find(const gt_params *params, const char *name) {
    uint32_t hash = gt_rng_stream(name);
    for (int i = 0; i < params->count; i++) {
        const entry *e = &params->entries[i];
        if (e->hash == hash && !strcmp(e->name, name)) return i;
    }
    return -1;
}

int gt_params_find_under(const gt_params *params, int index, const char *from, const char *to) {
    char other[256];
    const char *name = gt_params_name(params, index);
    size_t cut = strlen(from);
    if (strncmp(name, from, cut) != 0) return -1;
    int length = snprintf(other, sizeof other, "%s%s", to, name + cut);
    return length < (int)sizeof other ? gt_params_find(params, other) : -1;
}

int64_t gt_params_floats(const gt_params *params) {
    return params->floats + params->state_floats;
}

int64_t gt_params_learned_floats(const gt_params *params) {
    return params->floats;
}

int64_t gt_params_elements(const gt_params *params) {
    return params->elements;
}

float *gt_params_values(gt_params *params) {
    return params->values;
}

gt_tensor *gt_params_tensor(gt_graph *g, const gt_params *params, int index) {
    if (params->error.status)
        return gt_graph_fail(g, params->error.status, GT_OP_PARAMETER, "%s",
                             params->error.text);
    const entry *e = entry_at(params, index);
    return gt_parameter(g, e->name, e->shape, gt_params_offset(params, index));
}
