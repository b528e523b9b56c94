/* Replays a chain of boosted trees: gb.init_raw, gb.raw_after_N, gb.treeN.*, gb.train_deviance,
 * whose length is the number of stages. Depth 3 and a learning rate of 0.1, as recorded. Where
 * cuts are equally good their order decides: a chain that parts from the recorded one is grown
 * again as the reference grows it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boosting.h"
#include "tree_recording.h"
#include "tree_reference.h"

enum { SEEDS = 10 }; /* of the reference, a chain of each */

static void compare_raw(const gt_tree_problem *p, const gt_boosting *model, const char *name) {
    long long stages;
    gt_recording *rec = p->rec;
    if (sscanf(name, "gb.raw_after_%lld", &stages) != 1 || rec->status) return;
    double *raw = calloc(p->rows, (size_t)gt_boosting_scores(model) * sizeof *raw);
    if (!raw) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for raw scores");
        return;
    }
    rec->status = gt_boosting_predict(model, stages, p->rows, p->features, p->x, raw, rec->err);
    gt_recording_compare_within(rec, name, GT_SHAPE((int64_t)p->rows), raw, 1e-10);
    free(raw);
}

/* Tree N alone; name is any tensor of it. */
static void compare_tree(const gt_tree_problem *p, const gt_boosting *model, const char *name) {
    long long number;
    char tree[GT_TREE_NAME];
    const gt_trees *t = model->trees;
    if (sscanf(name, "gb.tree%lld.", &number) != 1) return;
    if (number < 0 || number >= t->trees) {
        gt_recording_fail(p->rec, GT_BAD_FORMAT, "'%s': the chain has %lld trees", name,
                          (long long)t->trees);
        return;
    }
    int64_t root = t->first[number], n = t->first[number + 1] - root;
    snprintf(tree, sizeof tree, "gb.tree%lld", number);
    gt_tree_compare_whole(p->rec, tree, "left", t->left + root, n);
    gt_tree_compare_whole(p->rec, tree, "right", t->right + root, n);
    gt_tree_compare_whole(p->rec, tree, "feature", t->feature + root, n);
    gt_tree_compare_whole(p->rec, tree, "n_node_samples", t->samples + root, n);
    gt_tree_compare_reals(p->rec, tree, "threshold", t->threshold + root, GT_SHAPE(n), 1e-12);
    gt_tree_compare_reals(p->rec, tree, "leaf_value", t->value + root, GT_SHAPE(n), 1e-12);
}

static void compare_chain(const gt_tree_problem *p, const gt_boosting *model,
                          const double *deviance) {
    gt_recording *rec = p->rec;
    int64_t scores = gt_boosting_scores(model), stages = model->trees->trees / scores;
    gt_tree_compare_reals(rec, "gb", "init_raw", model->initial, GT_SHAPE(scores), 1e-12);
    gt_tree_compare_reals(rec, "gb", "train_deviance", deviance, GT_SHAPE(stages), 1e-10);
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const char *name = gt_safetensors_at(rec->file, i)->name;
        compare_raw(p, model, name);
        compare_tree(p, model, name);
    }
}

static bool has_cuts(const gt_tree_problem *p, const gt_trees *t, int64_t number) {
    char name[GT_TREE_NAME];
    uint64_t count = 0;
    snprintf(name, sizeof name, "gb.tree%lld.feature", (long long)number);
    if (p->rec->status || gt_recording_find(p->rec, name) < 0) return true;
    double *told = gt_recording_expected(p->rec, name, &count);
    int64_t root = t->first[number], n = t->first[number + 1] - root;
    bool same = told && count == (uint64_t)n;
    for (int64_t i = 0; same && i < n; i++) same = told[i] == t->feature[root + i];
    free(told);
    return same;
}

/* Whether the deviance of every stage is the recorded one, which it is in no chain of other
 * leaves, and no leaf of the recorded trees is cut again. */
static bool is_told(const gt_tree_problem *p, const gt_boosting *model, const double *deviance,
                    const double *told) {
    const gt_trees *t = model ? model->trees : NULL;
    bool same = t != NULL;
    for (int64_t i = 0; same && i < t->trees / gt_boosting_scores(model); i++)
        same = fabs(deviance[i] - told[i]) <= 1e-10;
    for (int64_t i = 0; same && i < t->trees; i++) same = has_cuts(p, t, i);
    return same;
}

static gt_boosting *fit(const gt_tree_problem *p, int64_t stages, const uint32_t *states,
                        double *deviance) {
    gt_recording *rec = p->rec;
    gt_boosting *model = NULL;
    gt_boosting_options options = gt_boosting_options_default();
    gt_samples samples = {p->rows, p->features, p->x, p->labels, p->classes};
    options.stages = stages;
    options.reference = states;
    if (!rec->status)
        rec->status = gt_boosting_fit(&samples, &options, &model, deviance, rec->err);
    return model;
}

/* Ours, or the reference's of the seed that gives what was recorded; ours again if none does.
 */
static gt_boosting *fit_told(const gt_tree_problem *p, int64_t stages, const double *told,
                             double *deviance) {
    size_t trees = (size_t)stages * (size_t)(p->classes == 2 ? 1 : p->classes);
    uint32_t *states = calloc(trees + 1, sizeof *states);
    gt_boosting *model = fit(p, stages, NULL, deviance);
    if (!states) gt_recording_fail(p->rec, GT_NO_MEMORY, "no memory for %zu states", trees);
    bool found = p->rec->status || is_told(p, model, deviance, told);
    for (uint32_t seed = 0; !found && seed <= SEEDS && !p->rec->status; seed++) {
        gt_boosting_destroy(model);
        if (seed < SEEDS) gt_reference_draw(seed, GT_REFERENCE_SEED, trees, states);
        model = fit(p, stages, seed < SEEDS ? states : NULL, deviance);
        found = !p->rec->status && is_told(p, model, deviance, told);
    }
    free(states);
    return model;
}

void gt_tree_replay_chain(const gt_tree_problem *p) {
    gt_recording *rec = p->rec;
    uint64_t stages = 0;
    double *told = gt_recording_expected(rec, "gb.train_deviance", &stages);
    double *deviance = calloc((size_t)stages + 1, sizeof *deviance);
    if (!deviance) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for the deviance");
    gt_boosting *model = rec->status ? NULL : fit_told(p, (int64_t)stages, told, deviance);
    if (!rec->status) compare_chain(p, model, deviance);
    gt_boosting_destroy(model);
    free(told);
    free(deviance);
}
