"""Trees in which features part the rows alike, so that the reference's order decides: writes tied_trees, tied_random (with the rows
in tied_det) and tied_importance.safetensors beside itself.

python ties.py   (numpy, scikit-learn 1.2.1, safetensors)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file
from sklearn.ensemble import (ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.metrics import confusion_matrix, roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

rng = np.random.default_rng(20261130)
SEEDS = 3


def save(name, arrays, **metadata):
    arrays = {k: np.ascontiguousarray(np.atleast_1d(v)) for k, v in arrays.items()}
    save_file(arrays, pathlib.Path(__file__).with_name(f"tied_{name}.safetensors"), metadata)


def mean_sd(out, name, values, both=None):
    mean, sd = np.mean(values, 0), np.std(values, 0, ddof=1)
    if both:
        out[f"{name}_mean_sd"] = np.array([mean, sd])
    else:
        out[f"{name}_mean"], out[f"{name}_sd"] = mean, sd


def problem(rows, features, grid=None):
    x = rng.normal(size=(rows, features))
    if grid:
        x[:, ::2] = np.round(x[:, ::2] * grid) / grid
    y = 2 * (x[:, 3] > 0) + x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + 0.3 * rng.normal(size=rows)
    return x.astype(np.float32), (x[:, 1] + x[:, 0] * x[:, 2] > 0.3).astype(np.int32), y


def put_tree(out, name, tree, leaf="value"):
    out.update({f"{name}.left": tree.children_left.astype(np.int32),
                f"{name}.right": tree.children_right.astype(np.int32),
                f"{name}.feature": tree.feature.astype(np.int32),
                f"{name}.n_node_samples": tree.n_node_samples.astype(np.int32),
                f"{name}.threshold": tree.threshold,
                f"{name}.{leaf}": tree.value[:, 0] if leaf == "value" else tree.value[:, 0, 0]})


x, y_class, y_reg = problem(100, 8, grid=2)
out = {"x": x, "y_class": y_class, "y_reg": y_reg}
kinds = {"gini_depth4": dict(max_depth=4), "gini_leaf10": dict(min_samples_leaf=10), "gini_full": {},
         "mse_leaf10": dict(max_depth=6, min_samples_leaf=10), "mse_full": {}, "friedman_depth3": dict(max_depth=3)}
for name, options in kinds.items():
    if name.startswith("gini"):
        model = DecisionTreeClassifier(random_state=0, **options).fit(x, y_class)
        out[f"{name}.train_pred"] = model.predict_proba(x)[:, 1]
    else:
        criterion = "friedman_mse" if name.startswith("friedman") else "squared_error"
        model = DecisionTreeRegressor(criterion=criterion, random_state=0, **options).fit(x, y_reg)
        out[f"{name}.train_pred"] = model.predict(x)
    put_tree(out, name, model.tree_)
    out[f"{name}.impurity"], out[f"{name}.importances"] = model.tree_.impurity, model.feature_importances_
model = GradientBoostingClassifier(n_estimators=60, random_state=0).fit(x, y_class)
out["gb.init_raw"], out["gb.train_deviance"] = model._raw_predict_init(x)[0], model.train_score_
for stage, raw in enumerate(model.staged_decision_function(x), 1):
    if stage in (1, 10, 60):
        out[f"gb.raw_after_{stage}"] = raw.ravel().copy()
for stage in (0, 1, 9):
    put_tree(out, f"gb.tree{stage}", model.estimators_[stage, 0].tree_, "leaf_value")
save("trees", out, reference="scikit-learn 1.2.1")

x, y, _ = problem(80, 8)
train, test = slice(0, 60), slice(60, 80)
save("det", {"x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test]})
out = {}
makers = {"rf": lambda s: RandomForestClassifier(260, random_state=s), "ext": lambda s: ExtraTreesClassifier(400, random_state=s),
          "grad": lambda s: GradientBoostingClassifier(n_estimators=250, random_state=s)}
for name, make in makers.items():
    metrics, shares, importances, depths, nodes = [], [], [], [], []
    for seed in range(SEEDS):
        model = make(seed).fit(x[train], y[train])
        share, predicted = model.predict_proba(x[test])[:, 1], model.predict(x[test])
        tn, fp, fn, tp = confusion_matrix(y[test], predicted).ravel()
        metrics.append([(tp + tn) / 20, roc_auc_score(y[test], share), tn / (tn + fp), tp / (tp + fn)])
        trees = [t.tree_ for t in np.ravel(model.estimators_)]
        shares.append(share)
        importances.append(model.feature_importances_)
        depths.append(np.mean([t.max_depth for t in trees]))
        nodes.append(np.mean([t.node_count for t in trees]))
        if seed == 0:
            out[f"{name}.proba1_seed0"], out[f"{name}.pred_seed0"] = share, predicted.astype(np.int32)
    out[f"{name}.metrics_per_seed"] = np.array(metrics)
    for part, values in dict(metrics=metrics, proba1=shares, importance=importances).items():
        mean_sd(out, f"{name}.{part}", values)
    mean_sd(out, f"{name}.tree_depth", depths, both=True)
    mean_sd(out, f"{name}.tree_nodes", nodes, both=True)
save("random", out, reference="scikit-learn 1.2.1", n_seeds=str(SEEDS))

ROWS, BATCHES = 60, 3
x, _, y = problem(ROWS * BATCHES, 8, grid=3)
y = y.astype(np.float32)
out = {"x": x, "y": y}
first, last = [], []
for seed in range(SEEDS):
    model = RandomForestRegressor(5, warm_start=True, random_state=seed)
    for batch in range(BATCHES):
        rows = slice(batch * ROWS, (batch + 1) * ROWS)
        model.n_estimators = 5 + 2 * batch
        model.fit(x[rows], y[rows])
        if batch == 0:
            first.append(model.feature_importances_)
    last.append(model.feature_importances_)
mean_sd(out, "importance_first_batch", first)
mean_sd(out, "importance", last)
out["importance_per_seed"] = np.array(last)
model = DecisionTreeRegressor(random_state=0).fit(x[:ROWS], y[:ROWS])
out["single_tree_no_bootstrap_importance"] = model.feature_importances_
out["single_tree_no_bootstrap_train_depth_nodes"] = np.array([model.tree_.max_depth, model.tree_.node_count], np.int32)
save("importance", out, reference="scikit-learn 1.2.1", batches=str(BATCHES), batch_rows=str(ROWS), initial_trees="5",
     added_trees_per_batch="2")
