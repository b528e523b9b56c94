/* graph.c - the graph object: an arena that holds nodes, names and scopes, the one way to
 * append a node, and the first failure, after which every builder returns the poison tensor. */
#include "node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024 };

struct gt_chunk {
    struct gt_chunk *next;
    size_t used, size;
    max_align_t data[];
};

/* Zeroed memory that lives as long as the graph, or NULL. */
static void *allocate(gt_graph *g, size_t bytes) {
    bytes = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct gt_chunk *chunk = g->memory;
    if (!chunk || chunk->size - chunk->used < bytes) {
        size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        chunk = calloc(1, sizeof *chunk + size);
        if (!chunk) return NULL;
        chunk->size = size;
        chunk->next = g->memory;
        g->memory = chunk;
    }
    void *memory = (char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return memory;
}

static const char *copy_text(gt_graph *g, const char *text) {
    if (!text || !*text) return "";
    size_t bytes = strlen(text) + 1;
    char *copy = allocate(g, bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

/* Elements of a shape, or 0 when it is no shape or too large to address as doubles. */
static int64_t checked_count(gt_shape shape) {
    int64_t count = 1;
    if (shape.rank < 0 || shape.rank > GT_MAX_RANK) return 0;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] < 1 || __builtin_mul_overflow(count, shape.dim[i], &count)) return 0;
    }
    return count <= INT64_MAX / (int64_t)sizeof(double) ? count : 0;
}

static bool reserve(gt_graph *g) {
    if (g->count < g->capacity) return true;
    int capacity = g->capacity ? 2 * g->capacity : 256;
    gt_tensor **nodes = realloc(g->nodes, (size_t)capacity * sizeof *nodes);
    if (!nodes) return false;
    g->nodes = nodes;
    g->capacity = capacity;
    return true;
}

static gt_tensor *out_of_memory(gt_graph *g, gt_op op) {
    return gt_graph_fail(g, GT_NO_MEMORY, op, "no memory for node %d of the graph", g->count);
}

/* ---- Shapes --------------------------------------------------------------------------- */

gt_shape gt_shape_of(int rank, const int64_t *dims) {
    gt_shape shape = {.rank = rank};
    for (int i = 0; i < rank && i < GT_MAX_RANK; i++) shape.dim[i] = dims[i];
    return shape;
}

gt_shape gt_shape_scalar(void) {
    return (gt_shape){0};
}

int64_t gt_shape_count(gt_shape shape) {
    int64_t count = 1;
    for (int i = 0; i < shape.rank && i < GT_MAX_RANK; i++) {
        if (__builtin_mul_overflow(count, shape.dim[i], &count)) return INT64_MAX;
    }
    return count;
}

bool gt_shape_equal(gt_shape a, gt_shape b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; i++) {
        if (a.dim[i] != b.dim[i]) return false;
    }
    return true;
}

const char *gt_shape_text(gt_shape shape, char text[96]) {
    size_t used = 0, room = 96;
    if (shape.rank == 0) return memcpy(text, "1", 2);
    for (int i = 0; i < shape.rank && i < GT_MAX_RANK && used < room; i++) {
        used += (size_t)snprintf(text + used, room - used, i ? "x%lld" : "%lld",
                                 (long long)shape.dim[i]);
    }
    return text;
}

/* ---- Tensors -------------------------------------------------------------------------- */

gt_shape gt_tensor_shape(const gt_tensor *t) {
    return t->shape;
}

int64_t gt_tensor_dim(const gt_tensor *t, int axis) {
    return axis >= 0 && axis < t->shape.rank ? t->shape.dim[axis] : 1;
}

const char *gt_tensor_name(const gt_tensor *t) {
    return t->name;
}

/* ---- The graph ------------------------------------------------------------------------ */

gt_graph *gt_graph_create(void) {
    gt_graph *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->poison = allocate(g, sizeof *g->poison);
    if (!g->poison) {
        gt_graph_destroy(g);
        return NULL;
    }
    *g->poison =
        (gt_tensor){.id = -1, .op = GT_OP_CONSTANT, .graph = g, .name = "", .scope = ""};
    return g;
}

void gt_graph_destroy(gt_graph *graph) {
    if (!graph) return;
    for (struct gt_chunk *chunk = graph->memory, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(graph->nodes);
    free(graph);
}

gt_status gt_graph_check(const gt_graph *graph, gt_error *err) {
    if (graph->error.status == GT_OK) return GT_OK;
    return gt_fail(err, graph->error.status, "%s", graph->error.text);
}

void gt_graph_push_scope(gt_graph *graph, const char *format, ...) {
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);

    const char *outer = graph->scope ? graph->scope->text : "";
    size_t size = strlen(outer) + strlen(name) + 2;
    struct gt_scope *scope = allocate(graph, sizeof *scope);
    char *text = allocate(graph, size);
    if (!scope || !text) {
        out_of_memory(graph, GT_OP_COUNT);
        return;
    }
    snprintf(text, size, *outer ? "%s.%s" : "%s%s", outer, name);
    *scope = (struct gt_scope){.text = text, .outer = graph->scope};
    graph->scope = scope;
}

void gt_graph_pop_scope(gt_graph *graph) {
    if (graph->scope) graph->scope = graph->scope->outer;
}

gt_tensor *gt_graph_append(gt_graph *g, gt_op op, gt_shape shape, gt_tensor *const *inputs,
                           int input_count, const gt_attr *attr, const char *name) {
    if (g->error.status) return g->poison;
    if (!checked_count(shape)) {
        char text[96];
        return gt_graph_fail(
            g, GT_BAD_SHAPE, op,
            "shape %s of rank %d: expected at most %d dimensions, each at least "
            "1, that fit in memory",
            gt_shape_text(shape, text), shape.rank, GT_MAX_RANK);
    }
    gt_tensor *node = allocate(g, sizeof *node);
    gt_tensor **list = allocate(g, (size_t)input_count * sizeof *list);
    const char *own_name = copy_text(g, name);
    if (!node || !list || !own_name || !reserve(g)) return out_of_memory(g, op);
    for (int i = 0; i < input_count; i++) {
        GT_ASSERT(inputs[i]->graph == g && inputs[i]->id >= 0);
        list[i] = inputs[i];
    }
    *node = (gt_tensor){.id = g->count,
                        .op = op,
                        .shape = shape,
                        .input_count = input_count,
                        .inputs = list,
                        .graph = g,
                        .name = own_name,
                        .scope = g->scope ? g->scope->text : "",
                        .backward = g->differentiating};
    if (attr) node->attr = *attr;
    g->nodes[g->count++] = node;
    return node;
}

gt_tensor *gt_graph_fail(gt_graph *g, gt_status status, gt_op op, const char *format, ...) {
    if (g->error.status) return g->poison;
    char sentence[sizeof g->error.text];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    gt_fail(&g->error, status, "%s", sentence);
    if (op < GT_OP_COUNT) gt_blame(&g->error, "%s", gt_op_class_of(op)->name);
    if (g->scope) gt_blame(&g->error, "%s", g->scope->text);
    return g->poison;
}

gt_tensor *gt_graph_refuse(gt_graph *g, const char *format, ...) {
    char sentence[sizeof g->error.text];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_COUNT, "%s", sentence);
}

/* Ids are a topological order: from the output down, whatever feeds a reached node is reached.
 */
gt_status gt_tensor_needs(const gt_tensor *output, gt_tensor *const *leaves, int count,
                          bool *needed, gt_error *err) {
    bool *reached = calloc((size_t)output->id + 1, sizeof *reached);
    if (!reached) return gt_fail(err, GT_NO_MEMORY, "no memory to follow a graph");
    reached[output->id] = true;
    for (int id = output->id; id >= 0; id--) {
        const gt_tensor *node = output->graph->nodes[id];
        for (int i = 0; reached[id] && i < node->input_count; i++)
            reached[node->inputs[i]->id] = true;
    }
    for (int i = 0; i < count; i++)
        needed[i] = leaves[i]->id <= output->id && reached[leaves[i]->id];
    free(reached);
    return GT_OK;
}
