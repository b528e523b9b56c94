/* tree_grow.c - growing a tree: nodes from a stack, left before right.
 *
 * The rows of a node are a run of one list, which a cut parts in two; their weights and sums
 * move with them, so that a search reads them in order. */
#include "tree_grow.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "feature_order.h"
#include "tree_cut.h"
#include "tree_reference.h"
#include "trees_room.h"

enum { SHARED_WORK = 1 << 16 }; /* values below which a node is not worth waking threads */

typedef struct pending {
    size_t first, count, constants;
    int depth;
    int64_t parent;  /* -1: the root */
    double impurity; /* as its parent found it; used as the reference does */
    bool is_left;
} pending;

/* A node that is being made. */
typedef struct growth {
    gt_node node;
    double impurity, squares; /* sum w y^2, of numbers */
} growth;

/* A feature to try, and what came of it. */
typedef struct trial {
    size_t feature;
    double draw;
    gt_cut cut;
} trial;

struct gt_grower {
    const gt_columns *columns;
    gt_tree_options options;
    int32_t classes;
    bool paired;    /* at most two classes, or numbers */
    bool in_order;  /* rows and sums as the reference has them: of numbers */
    bool tries_all; /* features, and all cuts of each */
    int threads;
    const int32_t *labels;
    const double *y;
    float *value; /* (rows) where rows are in order, else NULL */
    uint32_t *row, *spare_row;
    int32_t *weight, *spare_weight;
    double *sum, *spare_sum;
    double *by_class;
    trial *trials;
    pending *stack;
    size_t stack_count, stack_room;
    gt_feature_order order;
    gt_cut_room **rooms; /* (threads) */
};

/* ---- nodes ---------------------------------------------------------------------------------
 */

static void measure_numbers(const gt_grower *grower, growth *g) {
    for (size_t i = 0; i < g->node.count; i++) {
        double y = grower->y[g->node.row[i]];
        g->node.total_weight += g->node.weight[i];
        g->node.total_sum += g->node.sum[i];
        g->squares += g->node.weight[i] * y * y;
    }
    double mean = g->node.total_sum / g->node.total_weight;
    g->impurity = g->squares / g->node.total_weight - mean * mean;
}

static void measure_classes(const gt_grower *grower, growth *g) {
    double squares = 0;
    memset(grower->by_class, 0, (size_t)grower->classes * sizeof *grower->by_class);
    for (size_t i = 0; i < g->node.count; i++) {
        grower->by_class[grower->labels[g->node.row[i]]] += g->node.weight[i];
        g->node.total_weight += g->node.weight[i];
        g->node.total_sum += g->node.sum[i];
    }
    for (int32_t c = 0; c < grower->classes; c++)
        squares += grower->by_class[c] * grower->by_class[c];
    g->impurity = 1 - squares / (g->node.total_weight * g->node.total_weight);
}

static growth measure(const gt_grower *grower, const pending *p) {
    growth g = {.node = {.count = p->count,
                         .row = grower->row + p->first,
                         .weight = grower->weight + p->first,
                         .sum = grower->sum + p->first}};
    if (grower->classes)
        measure_classes(grower, &g);
    else
        measure_numbers(grower, &g);
    if (grower->in_order && p->parent >= 0) g.impurity = p->impurity;
    g.node.sorted = grower->in_order;
    if (!grower->paired) {
        g.node.labels = grower->labels;
        g.node.classes = grower->classes;
        g.node.by_class = grower->by_class;
    }
    return g;
}

/* Adds a leaf and tells its parent; a cut turns it into an inner node. */
static gt_status add_node(const gt_grower *grower, const pending *p, const growth *g,
                          gt_trees *trees, int64_t *number, gt_error *err) {
    gt_status status = gt_trees_reserve(trees, 1, 1, err);
    if (status) return status;
    int64_t root = trees->first[trees->trees], i = trees->nodes++;
    *number = i;
    trees->left[i] = trees->right[i] = -1;
    trees->feature[i] = -2;
    trees->threshold[i] = -2;
    trees->impurity[i] = g->impurity;
    trees->weight[i] = g->node.total_weight;
    trees->samples[i] = (int32_t)p->count;
    for (int32_t c = 0; c < grower->classes; c++)
        trees->value[i * trees->outputs + c] = grower->by_class[c] / g->node.total_weight;
    if (!grower->classes) trees->value[i] = g->node.total_sum / g->node.total_weight;
    if (p->parent >= 0)
        (p->is_left ? trees->left : trees->right)[p->parent] = (int32_t)(i - root);
    return GT_OK;
}

/* ---- the search ----------------------------------------------------------------------------
 */

static void try_feature(const gt_grower *grower, const gt_node *node, trial *t,
                        gt_cut_room *room) {
    if (grower->options.random_cut)
        t->cut =
            gt_cut_random(grower->columns, t->feature, node, &grower->options, t->draw, room);
    else
        t->cut = gt_cut_best(grower->columns, t->feature, node, &grower->options, room);
}

/* Of equal gains the first wins. */
static void keep_better(const trial *t, trial *best) {
    if (t->cut.found && (!best->cut.found || t->cut.gain > best->cut.gain)) *best = *t;
}

static gt_row_run run_of(const gt_grower *grower, const pending *p) {
    return (gt_row_run){p->count, grower->row + p->first, grower->weight + p->first,
                        grower->sum + p->first};
}

static trial search_in_turn(gt_grower *grower, const pending *p, const gt_node *node) {
    trial best = {0}, t = {0};
    while (gt_feature_order_next(&grower->order, &t.feature)) {
        uint32_t state = grower->order.reference;
        if (grower->options.random_cut) t.draw = gt_feature_order_uniform(&grower->order);
        if (grower->in_order)
            gt_reference_sort(run_of(grower, p),
                              grower->columns->x + t.feature * grower->columns->rows,
                              grower->value);
        try_feature(grower, node, &t, grower->rooms[0]);
        if (t.cut.constant) grower->order.reference = state; /* which draws no cut of it */
        gt_feature_order_tried(&grower->order, t.cut.constant);
        keep_better(&t, &best);
    }
    return best;
}

/* Shuffles the features that are not known to be constant. */
static void shuffle(gt_feature_order *order, size_t known) {
    for (size_t i = order->features - known; i > 1; i--) {
        size_t j = gt_feature_order_below(order, (uint32_t)i);
        uint32_t held = order->list[known + i - 1];
        order->list[known + i - 1] = order->list[known + j];
        order->list[known + j] = held;
    }
}

/* Where all features are tried, their order only judges between equal gains, so that several
 * threads may search at once. */
static trial search_all(gt_grower *grower, const gt_node *node, size_t known) {
    gt_feature_order *order = &grower->order;
    size_t count = order->features - known;
    trial best = {0}, *trials = grower->trials;
    shuffle(order, known);
    for (size_t i = 0; i < count; i++) trials[i].feature = order->list[known + i];
    if (grower->threads > 1 && count * node->count > SHARED_WORK) {
#pragma omp parallel for schedule(static) num_threads(grower->threads)
        for (size_t i = 0; i < count; i++)
            try_feature(grower, node, &trials[i], grower->rooms[omp_get_thread_num()]);
    } else {
        for (size_t i = 0; i < count; i++)
            try_feature(grower, node, &trials[i], grower->rooms[0]);
    }
    for (size_t i = 0; i < count; i++) {
        keep_better(&trials[i], &best);
        if (!trials[i].cut.constant) continue;
        order->at = (uint32_t)(known + i);
        gt_feature_order_tried(order, true);
    }
    return best;
}

/* ---- parting -------------------------------------------------------------------------------
 */

/* As the reference parts them, with the impurity of either side. */
static size_t part_in_order(gt_grower *grower, const pending *p, const growth *g,
                            const trial *best, double impurity[2]) {
    const float *x = grower->columns->x + best->feature * grower->columns->rows;
    gt_row_run run = run_of(grower, p);
    gt_row_sums whole = {g->node.total_weight, g->node.total_sum, g->squares};
    size_t left = gt_reference_part(run, x, gt_cut_float(best->cut.threshold));
    gt_reference_impurities(run, left, grower->y, &whole, impurity);
    return left;
}

/* Both sides keep their order. Returns the number of rows on the left. */
static size_t part_rows(gt_grower *grower, const pending *p, const trial *best) {
    const float *x = grower->columns->x + best->feature * grower->columns->rows;
    float limit = gt_cut_float(best->cut.threshold);
    uint32_t *row = grower->row + p->first;
    int32_t *weight = grower->weight + p->first;
    double *sum = grower->sum + p->first;
    size_t left = 0, right = 0;
    for (size_t i = 0; i < p->count; i++) {
        bool goes_left = x[row[i]] <= limit;
        grower->spare_row[right] = row[left] = row[i];
        grower->spare_weight[right] = weight[left] = weight[i];
        grower->spare_sum[right] = sum[left] = sum[i];
        left += goes_left;
        right += !goes_left;
    }
    memcpy(row + left, grower->spare_row, right * sizeof *row);
    memcpy(weight + left, grower->spare_weight, right * sizeof *weight);
    memcpy(sum + left, grower->spare_sum, right * sizeof *sum);
    return left;
}

static bool may_be_cut(const gt_grower *grower, const pending *p, const growth *g) {
    const gt_tree_options *o = &grower->options;
    return (o->max_depth == 0 || p->depth < o->max_depth) && p->count >= 2 &&
           p->count >= 2 * o->min_leaf && !(g->impurity <= DBL_EPSILON);
}

static gt_status push(gt_grower *grower, pending p, gt_error *err) {
    if (grower->stack_count == grower->stack_room) {
        size_t room = grower->stack_room ? 2 * grower->stack_room : 64;
        pending *larger = realloc(grower->stack, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a tree's stack");
        grower->stack = larger;
        grower->stack_room = room;
    }
    grower->stack[grower->stack_count++] = p;
    return GT_OK;
}

static gt_status grow_node(gt_grower *grower, const pending *p, gt_trees *trees,
                           gt_error *err) {
    gt_status status = GT_OK;
    int64_t number;
    trial best = {0};
    double impurity[2] = {0};
    size_t constants = p->constants;
    growth g = measure(grower, p);
    GT_TRY(add_node(grower, p, &g, trees, &number, err));
    if (!may_be_cut(grower, p, &g)) goto done;
    gt_feature_order_node(&grower->order, constants);
    best = grower->tries_all ? search_all(grower, &g.node, constants)
                             : search_in_turn(grower, p, &g.node);
    constants = gt_feature_order_end(&grower->order);
    if (!best.cut.found) goto done;
    trees->feature[number] = (int32_t)best.feature;
    trees->threshold[number] = best.cut.threshold;
    size_t left = grower->in_order ? part_in_order(grower, p, &g, &best, impurity)
                                   : part_rows(grower, p, &best);
    GT_ASSERT(left > 0 && left < p->count);
    pending side = {p->first + left, p->count - left, constants, p->depth + 1,
                    number,          impurity[1],     false};
    GT_TRY(push(grower, side, err));
    side = (pending){p->first, left, constants, p->depth + 1, number, impurity[0], true};
    GT_TRY(push(grower, side, err));
done:
    return status;
}

/* ---- a tree --------------------------------------------------------------------------------
 */

static size_t select_rows(gt_grower *grower, const int32_t *weights) {
    size_t count = 0;
    for (size_t i = 0; i < grower->columns->rows; i++) {
        int32_t weight = weights ? weights[i] : 1;
        double y = grower->classes ? grower->labels[i] : grower->y[i];
        grower->row[count] = (uint32_t)i;
        grower->weight[count] = weight;
        grower->sum[count] = weight * y;
        count += weight > 0;
    }
    return count;
}

gt_status gt_grower_grow(gt_grower *grower, const int32_t *labels, const double *y,
                         const int32_t *weights, gt_rng_key key, gt_trees *out, gt_error *err) {
    gt_status status = GT_OK;
    int64_t nodes = out->nodes;
    grower->labels = labels;
    grower->y = y;
    grower->stack_count = 0;
    gt_feature_order_start(&grower->order, key, grower->options.as_reference);
    pending root = {.count = select_rows(grower, weights), .parent = -1};
    GT_ASSERT(root.count > 0);
    GT_TRY(push(grower, root, err));
    while (grower->stack_count) {
        pending next = grower->stack[--grower->stack_count];
        GT_TRY(grow_node(grower, &next, out, err));
    }
    out->first[++out->trees] = out->nodes;
done:
    if (status) out->nodes = nodes;
    return status;
}

static gt_status allocate(gt_grower *grower, gt_error *err) {
    gt_status status = GT_OK;
    size_t rows = grower->columns->rows, features = grower->columns->features;
    size_t threads = (size_t)grower->threads, room = rows + GT_NODE_LANES;
    if (grower->in_order) grower->value = calloc(rows, sizeof *grower->value);
    grower->row = calloc(room, sizeof *grower->row);
    grower->spare_row = calloc(rows, sizeof *grower->spare_row);
    grower->weight = calloc(room, sizeof *grower->weight);
    grower->spare_weight = calloc(rows, sizeof *grower->spare_weight);
    grower->sum = calloc(room, sizeof *grower->sum);
    grower->spare_sum = calloc(rows, sizeof *grower->spare_sum);
    grower->by_class = calloc((size_t)grower->classes + 1, sizeof *grower->by_class);
    grower->trials = calloc(features, sizeof *grower->trials);
    grower->order.list = calloc(features, sizeof *grower->order.list);
    grower->order.constant = calloc(features, sizeof *grower->order.constant);
    grower->rooms = calloc(threads, sizeof(gt_cut_room *));
    if ((grower->in_order && !grower->value) || !grower->row || !grower->spare_row ||
        !grower->weight || !grower->spare_weight || !grower->sum || !grower->spare_sum ||
        !grower->by_class || !grower->trials || !grower->order.list ||
        !grower->order.constant || !grower->rooms)
        GT_THROW(err, GT_NO_MEMORY, "no memory to grow a tree on %zu rows", rows);
    for (size_t t = 0; t < threads; t++)
        GT_TRY(gt_cut_room_create(rows, grower->classes, &grower->rooms[t], err));
done:
    return status;
}

gt_status gt_grower_create(const gt_columns *columns, const gt_tree_options *options,
                           int32_t classes, int threads, gt_grower **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_grower *grower = calloc(1, sizeof *grower);
    size_t most = options->max_features;
    if (!grower) GT_THROW(err, GT_NO_MEMORY, "no memory to grow trees");
    grower->columns = columns;
    grower->options = *options;
    grower->classes = classes;
    grower->paired = classes <= 2;
    grower->order.features = columns->features;
    grower->order.most = most == 0 || most > columns->features ? columns->features : most;
    grower->tries_all = grower->order.most == columns->features && !options->random_cut &&
                        !options->as_reference;
    grower->in_order = options->as_reference && !classes;
    grower->threads = grower->tries_all ? threads : 1;
    GT_TRY(allocate(grower, err));
    *out = grower;
    grower = NULL;
done:
    gt_grower_destroy(grower);
    return status;
}

void gt_grower_destroy(gt_grower *grower) {
    if (!grower) return;
    for (int t = 0; grower->rooms && t < grower->threads; t++)
        gt_cut_room_destroy(grower->rooms[t]);
    free(grower->rooms);
    free(grower->value);
    free(grower->row);
    free(grower->spare_row);
    free(grower->weight);
    free(grower->spare_weight);
    free(grower->sum);
    free(grower->spare_sum);
    free(grower->by_class);
    free(grower->trials);
    free(grower->stack);
    free(grower->order.list);
    free(grower->order.constant);
    free(grower);
}
