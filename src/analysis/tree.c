/* tree.c - one tree by itself. */
#include "tree_grow.h"

gt_status gt_tree_options_check(const gt_tree_options *options, gt_error *err) {
    if (options->max_depth < 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "depth %d, expected 0 or more",
                       options->max_depth);
    if (options->min_leaf < 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "leaves of at least %zu rows, expected 1 or more",
                       options->min_leaf);
    return GT_OK;
}

static gt_status check_weights(size_t rows, const int32_t *weights, gt_error *err) {
    int64_t sum = 0;
    for (size_t i = 0; weights && i < rows; i++) {
        if (weights[i] < 0)
            return gt_fail(err, GT_BAD_ARGUMENT, "weight of row %zu is %d, expected 0 or more",
                           i, weights[i]);
        sum += weights[i];
    }
    if (weights && (sum == 0 || sum > INT32_MAX))
        return gt_fail(err, GT_BAD_ARGUMENT, "weights add up to %lld, expected 1 to %d",
                       (long long)sum, INT32_MAX);
    return GT_OK;
}

static gt_status grow_one(size_t rows, size_t features, const float *x, const int32_t *labels,
                          int32_t classes, const double *y, const int32_t *weights,
                          const gt_tree_options *options, gt_rng_key key, gt_trees *out,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_columns columns = {0};
    gt_grower *grower = NULL;
    int64_t outputs = classes ? classes : 1;
    GT_TRY(gt_tree_options_check(options, err));
    GT_TRY(check_weights(rows, weights, err));
    if (out->features != (int64_t)features || out->outputs != outputs)
        GT_THROW(err, GT_BAD_SHAPE, "trees of %lld features and %lld outputs for %zu and %lld",
                 (long long)out->features, (long long)out->outputs, features,
                 (long long)outputs);
    GT_TRY(gt_columns_create(rows, features, x, !options->random_cut, &columns, err));
    GT_TRY(gt_grower_create(&columns, options, classes, 1, &grower, err));
    GT_TRY(gt_grower_grow(grower, labels, y, weights, key, out, err));
done:
    gt_grower_destroy(grower);
    gt_columns_free(&columns);
    return status;
}

gt_status gt_tree_classify(const gt_samples *samples, const int32_t *weights,
                           const gt_tree_options *options, gt_rng_key key, gt_trees *out,
                           gt_error *err) {
    gt_status status = gt_samples_check(samples, err);
    if (status) return status;
    if (options->criterion != GT_CRITERION_GINI)
        return gt_fail(err, GT_BAD_ARGUMENT, "classes are told apart by the Gini index only");
    return grow_one(samples->rows, samples->features, samples->x, samples->labels,
                    samples->classes, NULL, weights, options, key, out, err);
}

gt_status gt_tree_regress(const gt_targets *targets, const int32_t *weights,
                          const gt_tree_options *options, gt_rng_key key, gt_trees *out,
                          gt_error *err) {
    gt_status status = gt_targets_check(targets, err);
    if (status) return status;
    if (options->criterion == GT_CRITERION_GINI)
        return gt_fail(err, GT_BAD_ARGUMENT, "the Gini index is of classes, not of numbers");
    return grow_one(targets->rows, targets->features, targets->x, NULL, 0, targets->y, weights,
                    options, key, out, err);
}
