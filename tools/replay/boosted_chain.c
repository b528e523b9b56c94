/* Replays a chain of boosted trees: gb.init_raw, gb.raw_after_N, gb.treeN.*, gb.train_deviance,
 * whose length is the number of stages. Depth 3 and a learning rate of 0.1, as recorded. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boosting.h"
#include "tree_recording.h"

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

void gt_tree_replay_chain(const gt_tree_problem *p) {
    gt_recording *rec = p->rec;
    gt_boosting *model = NULL;
    double *deviance = NULL;
    gt_boosting_options options = gt_boosting_options_default();
    gt_samples samples = {p->rows, p->features, p->x, p->labels, p->classes};
    int index = gt_recording_find(rec, "gb.train_deviance");
    if (rec->status || index < 0) {
        gt_recording_fail(rec, GT_BAD_FORMAT, "no tensor 'gb.train_deviance'");
        return;
    }
    options.stages = (int64_t)gt_safetensors_at(rec->file, (size_t)index)->elements;
    deviance = calloc((size_t)options.stages + 1, sizeof *deviance);
    if (!deviance) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for the deviance");
    if (!rec->status)
        rec->status = gt_boosting_fit(&samples, &options, &model, deviance, rec->err);
    if (!rec->status) compare_chain(p, model, deviance);
    gt_boosting_destroy(model);
    free(deviance);
}
