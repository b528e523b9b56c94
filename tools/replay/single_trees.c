/* Replays single decision trees and a chain of boosted ones.
 *
 * A recorded tree is checked twice. Its own cuts, walked by all rows, must give the counts,
 * values, impurities, importances and predictions that stand beside them. And it is grown
 * again: node by node the same, where the order in which features are tried decides nothing
 * (several seeds grow one tree). Where it decides between cuts that are equally good, the tree
 * is grown in the reference's own order, and is node by node the same with one of its seeds.
 * With none, one of a hundred of ours must grow a tree of the same predictions, sizes of nodes
 * and total decrease. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree_recording.h"
#include "tree_reference.h"

enum { SEEDS = 8, MANY_SEEDS = 100 };

/* A tree of the file, and its like grown here. */
typedef struct case_tree {
    const gt_tree_problem *problem;
    gt_recording *rec;
    char name[GT_TREE_NAME];
    const double *y; /* NULL: of classes */
    gt_tree_options options;
    bool is_deep; /* without a limit */
    gt_trees *told, *grown, *other;
} case_tree;

static void read_problem(gt_tree_problem *p) {
    uint64_t values = 0, labels = 0, targets = 0;
    p->x = gt_recording_input(p->rec, "x", &values);
    double *classes = gt_recording_input_double(p->rec, "y_class", &labels);
    p->y = gt_recording_input_double(p->rec, "y_reg", &targets);
    p->labels = p->rec->status ? NULL : calloc((size_t)labels + 1, sizeof *p->labels);
    if (!p->rec->status && !p->labels)
        gt_recording_fail(p->rec, GT_NO_MEMORY, "no memory for labels");
    if (!p->rec->status && (labels == 0 || targets != labels || values % labels))
        gt_recording_fail(p->rec, GT_BAD_SHAPE, "x, y_class and y_reg do not go together");
    for (uint64_t i = 0; !p->rec->status && i < labels; ++i) {
        if (!(classes[i] >= 0 && classes[i] < 1000))
            gt_recording_fail(p->rec, GT_BAD_FORMAT, "y_class[%llu] is %g, expected 0 to 999",
                              (unsigned long long)i, classes[i]);
        p->labels[i] = (int32_t)classes[i];
        if (p->labels[i] >= p->classes) p->classes = p->labels[i] + 1;
    }
    p->rows = (size_t)labels;
    p->features = labels ? (size_t)(values / labels) : 0;
    free(classes);
}

/* ---- growing -------------------------------------------------------------------------------
 */

/* The name tells criterion and limits: gini_full, mse_depth4, mse_leaf10. Depth is limited to
 * that of the recorded tree, which costs an unlimited one nothing. */
static bool read_options(case_tree *c) {
    const char *limit = strchr(c->name, '_');
    if (!limit) return false;
    c->options = (gt_tree_options){.min_leaf = 1};
    if (strncmp(c->name, "gini_", 5) == 0)
        c->options.criterion = GT_CRITERION_GINI;
    else if (strncmp(c->name, "mse_", 4) == 0)
        c->options.criterion = GT_CRITERION_SQUARED_ERROR;
    else if (strncmp(c->name, "friedman_", 9) == 0)
        c->options.criterion = GT_CRITERION_FRIEDMAN;
    else
        return false;
    c->y = c->options.criterion == GT_CRITERION_GINI ? NULL : c->problem->y;
    if (sscanf(limit, "_leaf%zu", &c->options.min_leaf) == 1) return c->options.min_leaf > 0;
    return strcmp(limit, "_full") == 0 || sscanf(limit, "_depth%d", &c->options.max_depth) == 1;
}

static gt_trees *grow(case_tree *c, uint64_t seed) {
    const gt_tree_problem *p = c->problem;
    gt_recording *rec = c->rec;
    gt_trees *out = NULL;
    gt_rng_key key = {.seed = seed};
    gt_samples samples = {p->rows, p->features, p->x, p->labels, p->classes};
    gt_targets targets = {p->rows, p->features, p->x, c->y};
    int64_t outputs = c->y ? 1 : p->classes;
    if (rec->status) return NULL;
    rec->status = gt_trees_create((int64_t)p->features, outputs, &out, rec->err);
    if (!rec->status)
        rec->status = c->y ? gt_tree_regress(&targets, NULL, &c->options, key, out, rec->err)
                           : gt_tree_classify(&samples, NULL, &c->options, key, out, rec->err);
    return out;
}

static bool same_tree(const gt_trees *a, const gt_trees *b) {
    size_t n = (size_t)a->nodes;
    return a->nodes == b->nodes && memcmp(a->left, b->left, n * sizeof *a->left) == 0 &&
           memcmp(a->right, b->right, n * sizeof *a->right) == 0 &&
           memcmp(a->feature, b->feature, n * sizeof *a->feature) == 0 &&
           memcmp(a->threshold, b->threshold, n * sizeof *a->threshold) == 0;
}

/* In structure, and in thresholds but for rounding. */
static bool is_told(const case_tree *c, const gt_trees *t) {
    const gt_trees *told = c->told;
    size_t n = (size_t)t->nodes;
    bool same = t->nodes == told->nodes &&
                memcmp(t->left, told->left, n * sizeof *t->left) == 0 &&
                memcmp(t->feature, told->feature, n * sizeof *t->feature) == 0;
    for (size_t i = 0; same && i < n; i++)
        same = fabs(t->threshold[i] - told->threshold[i]) <= 1e-12 * fabs(told->threshold[i]);
    return same;
}

/* Grows the recorded tree in the reference's order, to any depth, since a node that cannot be
 * cut draws numbers too. False, and what was grown stays, when no seed does. */
static bool grow_as_reference(case_tree *c) {
    bool found = false;
    int depth = c->options.max_depth;
    c->options.as_reference = true;
    if (c->is_deep) c->options.max_depth = 0;
    for (uint32_t seed = 0; !found && !c->rec->status && seed < MANY_SEEDS; seed++) {
        uint32_t state;
        gt_reference_draw(seed, GT_REFERENCE_SEED, 1, &state);
        c->other = grow(c, state);
        found = c->other && is_told(c, c->other);
        gt_trees_destroy(found ? c->grown : c->other);
        if (found) c->grown = c->other;
        c->other = NULL;
    }
    c->options.as_reference = false;
    c->options.max_depth = depth;
    return found;
}

static bool is_one_tree(case_tree *c) {
    bool same = true;
    for (uint64_t seed = 1; same && !c->rec->status && seed < SEEDS; ++seed) {
        c->other = grow(c, seed);
        same = c->other && same_tree(c->grown, c->other);
        gt_trees_destroy(c->other);
        c->other = NULL;
    }
    return same;
}

/* ---- comparing -----------------------------------------------------------------------------
 */

/* Probability of the last class, or the number. */
static void predict(const case_tree *c, const gt_trees *t, double *out) {
    const gt_tree_problem *p = c->problem;
    for (size_t i = 0; i < p->rows; ++i) {
        int32_t leaf = gt_trees_leaf(t, 0, p->x + i * p->features);
        out[i] = t->value[(leaf + 1) * t->outputs - 1];
    }
}

/* The first tree, of those that several seeds grow, that predicts as the recorded one does
 * (both by their own cuts); the last one if none does. */
static void find_like(case_tree *c) {
    size_t rows = c->problem->rows;
    double *want = calloc(2 * rows, sizeof *want), *got = want + rows;
    if (!want) {
        gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for predictions");
        return;
    }
    predict(c, c->told, want);
    for (uint64_t seed = 1; seed < MANY_SEEDS && !c->rec->status; ++seed) {
        double largest = 0;
        predict(c, c->grown, got);
        for (size_t i = 0; i < rows; ++i) largest = fmax(largest, fabs(got[i] - want[i]));
        if (largest <= 1e-12) break;
        gt_trees_destroy(c->grown);
        c->grown = grow(c, seed);
    }
    free(want);
}

static void compare_predictions(case_tree *c) {
    size_t rows = c->problem->rows;
    double *got = calloc(rows, sizeof *got);
    if (!got) {
        gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for predictions");
        return;
    }
    predict(c, c->grown, got);
    gt_tree_compare_reals(c->rec, c->name, "train_pred", got, GT_SHAPE((int64_t)rows), 1e-12);
    free(got);
}

/* What stands beside the cuts. The file has weights, not shares, of the classes. */
static void compare_contents(case_tree *c, const gt_trees *t) {
    gt_recording *rec = c->rec;
    size_t values = (size_t)(t->nodes * t->outputs), features = c->problem->features;
    double *got = calloc(values + features, sizeof *got);
    if (!got) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory to compare '%s'", c->name);
        return;
    }
    for (size_t i = 0; i < values; ++i)
        got[i] = t->value[i] * (c->y ? 1 : t->weight[i / (size_t)t->outputs]);
    gt_tree_compare_whole(rec, c->name, "n_node_samples", t->samples, t->nodes);
    gt_tree_compare_reals(rec, c->name, "value", got, GT_SHAPE(t->nodes, t->outputs), 1e-12);
    gt_tree_compare_reals(rec, c->name, "impurity", t->impurity, GT_SHAPE(t->nodes), 1e-12);
    if (!rec->status) rec->status = gt_trees_importance(t, true, got, rec->err);
    gt_tree_compare_reals(rec, c->name, "importances", got, GT_SHAPE((int64_t)features), 1e-12);
    free(got);
}

static void compare_cuts(case_tree *c) {
    const gt_trees *t = c->grown;
    gt_tree_compare_whole(c->rec, c->name, "left", t->left, t->nodes);
    gt_tree_compare_whole(c->rec, c->name, "right", t->right, t->nodes);
    gt_tree_compare_whole(c->rec, c->name, "feature", t->feature, t->nodes);
    gt_tree_compare_reals(c->rec, c->name, "threshold", t->threshold, GT_SHAPE(t->nodes),
                          1e-12);
}

static int by_size(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static double total_decrease(const gt_trees *t) {
    double sum = t->weight[0] * t->impurity[0];
    for (int64_t i = 0; i < t->nodes; ++i)
        if (t->left[i] < 0) sum -= t->weight[i] * t->impurity[i];
    return sum;
}

/* Sizes of all nodes, sorted, and the total decrease. */
static void compare_without_order(case_tree *c) {
    char name[GT_TREE_NAME + 32];
    gt_trees *a = c->grown, *b = c->told;
    double largest = 0;
    if (a->nodes == b->nodes) {
        qsort(a->samples, (size_t)a->nodes, sizeof *a->samples, by_size);
        qsort(b->samples, (size_t)b->nodes, sizeof *b->samples, by_size);
    }
    for (int64_t i = 0; i < a->nodes && a->nodes == b->nodes; ++i)
        largest = fmax(largest, abs(a->samples[i] - b->samples[i]));
    snprintf(name, sizeof name, "%s, sizes grown", c->name);
    gt_recording_judged(c->rec, name, a->nodes == b->nodes ? largest : INFINITY, 0);
    snprintf(name, sizeof name, "%s, decrease grown", c->name);
    gt_recording_judged(c->rec, name, fabs(total_decrease(a) - total_decrease(b)),
                        1e-12 * total_decrease(b));
}

static void replay_tree(const gt_tree_problem *p, const char *name, size_t length) {
    case_tree c = {.problem = p, .rec = p->rec};
    snprintf(c.name, sizeof c.name, "%.*s", (int)length, name);
    if (!read_options(&c)) return; /* its tensors stay unknown */
    c.told = gt_tree_recorded(p, c.name, c.y);
    c.is_deep = c.options.max_depth == 0;
    if (c.told && c.is_deep) {
        c.options.max_depth = gt_trees_depth(c.told, 0);
        if (c.options.max_depth < 0) gt_recording_fail(c.rec, GT_NO_MEMORY, "no memory");
    }
    c.grown = grow(&c, 0);
    if (!c.rec->status && ((is_told(&c, c.grown) && is_one_tree(&c)) || grow_as_reference(&c) ||
                           is_one_tree(&c))) {
        compare_cuts(&c);
        compare_contents(&c, c.grown);
    } else if (!c.rec->status) {
        compare_contents(&c, c.told);
        find_like(&c);
        if (!c.rec->status) compare_without_order(&c);
    }
    if (!c.rec->status) compare_predictions(&c);
    gt_trees_destroy(c.told);
    gt_trees_destroy(c.grown);
}

static void replay_single_trees(gt_recording *rec) {
    static const char ending[] = ".left";
    static const gt_replay_rule rules[] = {{NULL, 0}};
    gt_tree_problem p = {.rec = rec};
    rec->rules = rules;
    read_problem(&p);
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const char *name = gt_safetensors_at(rec->file, i)->name;
        size_t length = strlen(name), cut = sizeof ending - 1;
        if (length > cut && strcmp(name + length - cut, ending) == 0 &&
            strncmp(name, "gb.", 3) != 0)
            replay_tree(&p, name, length - cut);
    }
    if (gt_recording_find(rec, "gb.init_raw") >= 0) gt_tree_replay_chain(&p);
    free(p.x);
    free(p.y);
    free(p.labels);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "y_class") && gt_safetensors_find(file, "y_reg");
}

const gt_replayer gt_replayer_single_trees = {"single-trees", accepts, replay_single_trees};
