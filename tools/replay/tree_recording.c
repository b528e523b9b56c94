/* Recorded trees: read, measured with the rows of their problem, compared. */
#include "tree_recording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trees_room.h"

/* ---- reading -------------------------------------------------------------------------------
 */

/* TREE.PART with `count` numbers; the caller frees. NULL after a failure. */
static double *read_part(gt_recording *rec, const char *tree, const char *part,
                         uint64_t count) {
    char name[GT_TREE_NAME];
    uint64_t found = 0;
    snprintf(name, sizeof name, "%s.%s", tree, part);
    double *values = gt_recording_input_double(rec, name, &found);
    if (values && found != count)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %llu", name,
                          (unsigned long long)found, (unsigned long long)count);
    if (!rec->status) return values;
    free(values);
    return NULL;
}

static void read_wholes(gt_recording *rec, const char *tree, const char *part, uint64_t count,
                        int32_t *out) {
    double *values = read_part(rec, tree, part, count);
    for (uint64_t i = 0; values && i < count; ++i)
        out[i] = fabs(values[i]) < 1e9 ? (int32_t)values[i] : INT32_MIN;
    free(values);
}

static uint64_t count_nodes(gt_recording *rec, const char *tree) {
    char name[GT_TREE_NAME];
    snprintf(name, sizeof name, "%s.left", tree);
    int index = gt_recording_find(rec, name);
    uint64_t nodes = index < 0 ? 0 : gt_safetensors_at(rec->file, (size_t)index)->elements;
    if (nodes < 1 || nodes > 1 << 26)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu nodes", name,
                          (unsigned long long)nodes);
    return nodes;
}

static void read_cuts(const gt_tree_problem *p, const char *tree, gt_trees *out) {
    gt_recording *rec = p->rec;
    uint64_t n = count_nodes(rec, tree);
    if (rec->status) return;
    rec->status = gt_trees_reserve(out, 1, (int64_t)n, rec->err);
    if (rec->status) return;
    out->trees = 1;
    out->nodes = out->first[1] = (int64_t)n;
    memset(out->value, 0, n * (size_t)out->outputs * sizeof *out->value);
    memset(out->impurity, 0, n * sizeof *out->impurity);
    memset(out->weight, 0, n * sizeof *out->weight);
    read_wholes(rec, tree, "left", n, out->left);
    read_wholes(rec, tree, "right", n, out->right);
    read_wholes(rec, tree, "feature", n, out->feature);
    double *threshold = read_part(rec, tree, "threshold", n);
    if (!threshold) return;
    memcpy(out->threshold, threshold, n * sizeof *threshold);
    free(threshold);
    rec->status = gt_trees_check(out, rec->err);
    if (rec->status) gt_blame(rec->err, "%s: '%s'", gt_safetensors_path(rec->file), tree);
}

/* ---- measuring -----------------------------------------------------------------------------
 */

/* Calls add(node) for every node on the way of each row. */
static void follow_rows(const gt_tree_problem *p, const double *y, gt_trees *t,
                        void (*add)(gt_trees *t, int32_t node, double y)) {
    for (size_t i = 0; i < p->rows; ++i) {
        const float *row = p->x + i * p->features;
        double value = y ? y[i] : p->labels[i];
        int32_t node = 0;
        for (;;) {
            add(t, node, value);
            if (t->left[node] < 0) break;
            node = row[t->feature[node]] <= t->threshold[node] ? t->left[node] : t->right[node];
        }
    }
}

static void add_class(gt_trees *t, int32_t node, double y) {
    t->weight[node] += 1;
    t->value[(int64_t)node * t->outputs + (int64_t)y] += 1;
}

static void add_number(gt_trees *t, int32_t node, double y) {
    t->weight[node] += 1;
    t->value[node] += y;
}

static void add_square(gt_trees *t, int32_t node, double y) {
    double distance = y - t->value[node];
    t->impurity[node] += distance * distance;
}

static void finish_classes(gt_trees *t) {
    for (int64_t i = 0; i < t->nodes; ++i) {
        double squares = 0;
        for (int64_t c = 0; c < t->outputs; ++c) {
            double *share = &t->value[i * t->outputs + c];
            *share /= t->weight[i];
            squares += *share * *share;
        }
        t->impurity[i] = 1 - squares;
    }
}

gt_trees *gt_tree_recorded(const gt_tree_problem *p, const char *tree, const double *y) {
    gt_recording *rec = p->rec;
    gt_trees *t = NULL;
    if (rec->status) return NULL;
    rec->status = gt_trees_create((int64_t)p->features, y ? 1 : p->classes, &t, rec->err);
    if (!rec->status) read_cuts(p, tree, t);
    if (rec->status) {
        gt_trees_destroy(t);
        return NULL;
    }
    follow_rows(p, y, t, y ? add_number : add_class);
    for (int64_t i = 0; i < t->nodes; ++i) {
        t->samples[i] = (int32_t)t->weight[i];
        if (t->samples[i] == 0)
            gt_recording_fail(rec, GT_BAD_FORMAT, "'%s': no row comes to node %lld", tree,
                              (long long)i);
        if (y) t->value[i] /= t->weight[i];
    }
    if (y) follow_rows(p, y, t, add_square);
    for (int64_t i = 0; y && i < t->nodes; ++i) t->impurity[i] /= t->weight[i];
    if (!y) finish_classes(t);
    return t;
}

/* ---- comparing -----------------------------------------------------------------------------
 */

void gt_tree_compare_reals(gt_recording *rec, const char *tree, const char *part,
                           const double *got, gt_shape shape, double ratio) {
    char name[GT_TREE_NAME];
    double largest = 0;
    snprintf(name, sizeof name, "%s.%s", tree, part);
    for (int64_t i = 0; i < gt_shape_count(shape); ++i) largest = fmax(largest, fabs(got[i]));
    gt_recording_compare_within(rec, name, shape, got, ratio * largest);
}

void gt_tree_compare_whole(gt_recording *rec, const char *tree, const char *part,
                           const int32_t *got, int64_t count) {
    char name[GT_TREE_NAME];
    double *wide = rec->status ? NULL : calloc((size_t)count + 1, sizeof *wide);
    if (!wide) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory to compare '%s'", tree);
        return;
    }
    snprintf(name, sizeof name, "%s.%s", tree, part);
    for (int64_t i = 0; i < count; ++i) wide[i] = got[i];
    gt_recording_compare_within(rec, name, GT_SHAPE(count), wide, 0);
    free(wide);
}
