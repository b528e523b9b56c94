/* autodiff.c - the backward pass as nodes. One sweep over the graph in reverse order: when a
 * node is reached, the gradients its users left for it are summed and handed to its vjp, whose
 * nodes are appended at once, so that ids are a good schedule for them too. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

/* One gradient left for a value; a list per value, in the order they came. */
typedef struct part {
    gt_tensor *value;
    int next; /* index in sweep.parts, -1 at the end */
} part;

typedef struct sweep {
    gt_graph *graph;
    int count;         /* nodes 0 .. count-1 existed before and may be reached */
    bool *leads;       /* leads to something whose gradient is asked for */
    int *first, *last; /* per node: its list in parts, -1 when empty */
    gt_tensor **total; /* per node: the sum, once it was reached */
    part *parts;
    int part_count, part_capacity;
    gt_tensor **scratch; /* one list of parts, and what replaces it */
    int scratch_capacity;
} sweep;

static void end_sweep(sweep *s) {
    free(s->leads);
    free(s->first);
    free(s->last);
    free(s->total);
    free(s->parts);
    free(s->scratch);
}

static void short_of_memory(sweep *s) {
    gt_graph_fail(s->graph, GT_NO_MEMORY, GT_OP_COUNT, "grad: no memory for %d nodes",
                  s->count);
}

static bool has_gradient(const gt_tensor *node) {
    return gt_op_class_of(node->op)->vjp != NULL;
}

static void mark_leads(sweep *s, gt_tensor *const *wrt, int count) {
    for (int i = 0; i < count; i++) {
        if (wrt[i]->id < s->count) s->leads[wrt[i]->id] = true;
    }
    for (int id = 0; id < s->count; id++) {
        const gt_tensor *node = s->graph->nodes[id];
        if (!has_gradient(node)) continue;
        for (int i = 0; i < node->input_count; i++)
            s->leads[id] = s->leads[id] || s->leads[node->inputs[i]->id];
    }
}

static bool begin_sweep(sweep *s, gt_graph *g, const gt_tensor *y, gt_tensor *const *wrt,
                        int count) {
    size_t n = (size_t)y->id + 1;
    *s = (sweep){.graph = g, .count = y->id + 1};
    s->leads = calloc(n, sizeof *s->leads);
    s->first = malloc(n * sizeof *s->first);
    s->last = malloc(n * sizeof *s->last);
    s->total = calloc(n, sizeof *s->total);
    if (!s->leads || !s->first || !s->last || !s->total) {
        short_of_memory(s);
        return false;
    }
    memset(s->first, -1, n * sizeof *s->first);
    mark_leads(s, wrt, count);
    return true;
}

static void leave_part(sweep *s, const gt_tensor *target, gt_tensor *value) {
    if (s->graph->error.status) return;
    GT_ASSERT(gt_shape_equal(target->shape, value->shape));
    if (s->part_count == s->part_capacity) {
        int capacity = s->part_capacity ? 2 * s->part_capacity : 1024;
        part *parts = realloc(s->parts, (size_t)capacity * sizeof *parts);
        if (!parts) {
            short_of_memory(s);
            return;
        }
        s->parts = parts;
        s->part_capacity = capacity;
    }
    int at = s->part_count++;
    s->parts[at] = (part){value, -1};
    if (s->first[target->id] < 0) {
        s->first[target->id] = at;
    } else {
        s->parts[s->last[target->id]].next = at;
    }
    s->last[target->id] = at;
}

/* ---- Summing the parts ---------------------------------------------------------------- */

static bool is_piece(const gt_tensor *t, int axis) {
    return t->op == GT_OP_PAD && t->attr.shift == 0 && t->attr.axis == axis;
}

static int by_start(const void *a, const void *b) {
    const gt_tensor *x = *(gt_tensor *const *)a, *y = *(gt_tensor *const *)b;
    if (x->attr.start != y->attr.start) return x->attr.start < y->attr.start ? -1 : 1;
    return x->id - y->id;
}

static int64_t piece_end(const gt_tensor *pad) {
    return pad->attr.start + pad->inputs[0]->shape.dim[pad->attr.axis];
}

/* Sorted pieces of a value that do not overlap, as one concat with zeros in the gaps; NULL when
 * they overlap. `room` holds 2 * count + 1 entries. */
static gt_tensor *join_pieces(gt_graph *g, gt_tensor **pieces, int count, gt_tensor **room) {
    int axis = pieces[0]->attr.axis, used = 0;
    gt_shape gap = pieces[0]->shape;
    int64_t whole = gap.dim[axis], at = 0;
    qsort(pieces, (size_t)count, sizeof *pieces, by_start);
    for (int i = 1; i < count; i++) {
        if (pieces[i]->attr.start < piece_end(pieces[i - 1])) return NULL;
    }
    for (int i = 0; i <= count; i++) {
        int64_t start = i < count ? pieces[i]->attr.start : whole;
        gap.dim[axis] = start - at;
        if (start > at) room[used++] = gt_constant(g, 0, gap);
        if (i == count) break;
        room[used++] = pieces[i]->inputs[0];
        at = piece_end(pieces[i]);
    }
    return gt_concat(g, room, used, axis);
}

/* Joins the values that are pieces along one axis, in place. Returns the number of values left.
 */
static int merge_axis(gt_graph *g, gt_tensor **values, int count, int axis, gt_tensor **room) {
    int pieces = 0;
    for (int i = 0; i < count; i++) {
        if (!is_piece(values[i], axis)) continue;
        gt_tensor *piece = values[i];
        memmove(values + pieces + 1, values + pieces, (size_t)(i - pieces) * sizeof *values);
        values[pieces++] = piece;
    }
    gt_tensor *joined = pieces > 1 ? join_pieces(g, values, pieces, room) : NULL;
    if (!joined) return count;
    values[0] = joined;
    memmove(values + 1, values + pieces, (size_t)(count - pieces) * sizeof *values);
    return count - pieces + 1;
}

/* Slices of one value leave padded parts. Where they do not overlap, one copy of each piece
 * into place does the work of padding and adding whole tensors. */
static int merge_pieces(gt_graph *g, gt_tensor **values, int count, gt_tensor **room) {
    int rank = values[0]->shape.rank;
    for (int axis = 0; axis < rank && count > 1; axis++)
        count = merge_axis(g, values, count, axis, room);
    return count;
}

/* The parts of node in s->scratch, followed by room for 2 n + 1 more; their number, -1 when
 * memory is short. */
static int collect_parts(sweep *s, int id) {
    int count = 0;
    for (int p = s->first[id]; p >= 0; p = s->parts[p].next) count++;
    if (3 * count + 1 > s->scratch_capacity) {
        int capacity = 2 * (3 * count + 1);
        gt_tensor **scratch = realloc(s->scratch, (size_t)capacity * sizeof *scratch);
        if (!scratch) {
            short_of_memory(s);
            return -1;
        }
        s->scratch = scratch;
        s->scratch_capacity = capacity;
    }
    count = 0;
    for (int p = s->first[id]; p >= 0; p = s->parts[p].next)
        s->scratch[count++] = s->parts[p].value;
    return count;
}

static gt_tensor *sum_parts(sweep *s, int id) {
    int count = collect_parts(s, id);
    if (count <= 0) return NULL;
    count = merge_pieces(s->graph, s->scratch, count, s->scratch + count);
    gt_tensor *sum = s->scratch[0];
    for (int i = 1; i < count; i++) sum = gt_add(s->graph, sum, s->scratch[i]);
    return sum;
}

/* ---- The sweep ------------------------------------------------------------------------ */

enum { FEW_INPUTS = 8 };

static void call_vjp(sweep *s, const gt_tensor *node, gt_tensor *gy, bool *wanted,
                     gt_tensor **gx) {
    for (int i = 0; i < node->input_count; i++) {
        wanted[i] = s->leads[node->inputs[i]->id];
        gx[i] = NULL;
    }
    gt_op_class_of(node->op)->vjp(s->graph, node, gy, wanted, gx);
    for (int i = 0; i < node->input_count; i++) {
        if (wanted[i] && gx[i]) leave_part(s, node->inputs[i], gx[i]);
    }
}

static bool leads_on(const sweep *s, const gt_tensor *node) {
    for (int i = 0; i < node->input_count; i++) {
        if (s->leads[node->inputs[i]->id]) return true;
    }
    return false;
}

static void visit(sweep *s, const gt_tensor *node) {
    bool few_wanted[FEW_INPUTS], *wanted = few_wanted;
    gt_tensor *few_gx[FEW_INPUTS], **gx = few_gx;
    gt_tensor *gy = s->total[node->id] = sum_parts(s, node->id);
    if (s->graph->error.status || !has_gradient(node) || !leads_on(s, node)) return;
    if (node->input_count > FEW_INPUTS) {
        wanted = calloc((size_t)node->input_count, sizeof *wanted);
        gx = calloc((size_t)node->input_count, sizeof *gx);
    }
    if (wanted && gx) {
        call_vjp(s, node, gy, wanted, gx);
    } else {
        short_of_memory(s);
    }
    if (node->input_count > FEW_INPUTS) {
        free(wanted);
        free(gx);
    }
}

/* New nodes carry the scope of the node they differentiate. */
static void run_sweep(sweep *s) {
    gt_graph *g = s->graph;
    const struct gt_scope *outer = g->scope;
    for (int id = s->count - 1; id >= 0 && !g->error.status; id--) {
        const gt_tensor *node = g->nodes[id];
        if (!s->leads[id] || s->first[id] < 0) continue;
        struct gt_scope scope = {.text = node->scope};
        g->scope = *node->scope ? &scope : NULL;
        visit(s, node);
        g->scope = outer;
    }
}

static void store_gradients(const sweep *s, gt_tensor *const *wrt, int count,
                            gt_tensor **grads) {
    gt_graph *g = s->graph;
    for (int i = 0; i < count; i++) {
        int id = wrt[i]->id;
        gt_tensor *found = !g->error.status && id < s->count ? s->total[id] : NULL;
        grads[i] = found ? found : gt_constant(g, 0, wrt[i]->shape);
    }
}

static void differentiate(gt_graph *g, gt_tensor *y, gt_tensor *seed, gt_tensor *const *wrt,
                          int count, gt_tensor **grads) {
    bool outer = g->differentiating;
    sweep s;
    g->differentiating = true;
    if (!seed) seed = gt_constant(g, 1, y->shape);
    if (begin_sweep(&s, g, y, wrt, count)) {
        leave_part(&s, y, seed);
        run_sweep(&s);
    }
    store_gradients(&s, wrt, count, grads);
    end_sweep(&s);
    g->differentiating = outer;
}

/* A constant may have been copied on its way (broadcasting does), so it is no variable. */
static bool all_variables(gt_graph *g, gt_tensor *const *wrt, int count) {
    for (int i = 0; i < count && !g->error.status; i++) {
        if (wrt[i]->op == GT_OP_CONSTANT)
            gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_COUNT,
                          "grad: value %d of %d to differentiate by is a constant", i + 1,
                          count);
    }
    return !g->error.status;
}

static void poison_all(gt_graph *g, int count, gt_tensor **grads) {
    for (int i = 0; i < count; i++) grads[i] = g->poison;
}

void gt_grad(gt_graph *g, gt_tensor *loss, gt_tensor *const *wrt, int count,
             gt_tensor **grads) {
    if (!g->error.status && loss->shape.rank != 0) {
        char text[96];
        gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_COUNT,
                      "grad: the loss has shape %s (rank %d), expected a scalar",
                      gt_shape_text(loss->shape, text), loss->shape.rank);
    }
    poison_all(g, count, grads);
    if (!all_variables(g, wrt, count)) return;
    differentiate(g, loss, NULL, wrt, count, grads);
}

void gt_grad_from(gt_graph *g, gt_tensor *y, gt_tensor *seed, gt_tensor *const *wrt, int count,
                  gt_tensor **grads) {
    if (!g->error.status && !gt_shape_equal(y->shape, seed->shape)) {
        char a[96], b[96];
        gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_COUNT, "grad: seed %s for a value of shape %s",
                      gt_shape_text(seed->shape, a), gt_shape_text(y->shape, b));
    }
    poison_all(g, count, grads);
    if (!all_variables(g, wrt, count)) return;
    differentiate(g, y, seed, wrt, count, grads);
}
