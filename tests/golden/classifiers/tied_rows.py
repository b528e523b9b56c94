"""Neighbours at equal distance, of which the reference takes any: writes tied_rows_det.safetensors beside itself, with the other
deterministic classifiers on the same rows.

python tied_rows.py   (numpy, scikit-learn 1.2.1, safetensors)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

rng = np.random.default_rng(17)
ROWS, TESTS, FEATURES, K, QUERIES, TOP, COMPONENTS = 80, 20, 5, 7, 3, 4, 2
x = np.round(rng.normal(size=(ROWS + TESTS, FEATURES)) * 2) / 2 + rng.normal(size=FEATURES) * 0.01
y = (x[:, 0] + x[:, 1] + rng.normal(size=len(x)) > 0).astype(np.int32)
train, test, y_train, y_test = x[:ROWS].astype(np.float32), x[ROWS:].astype(np.float32), y[:ROWS], y[ROWS:]
wide, wide_test = train.astype(float), test.astype(float)
out = {"x_train": train, "x_test": test, "y_train": y_train, "y_test": y_test}


def metrics(predicted, score):
    tn, fp, fn, tp = confusion_matrix(y_test, predicted).ravel()
    return np.array([(tp + tn) / TESTS, roc_auc_score(y_test, score), tn / (tn + fp), tp / (tp + fn)])


def put(name, **arrays):
    out.update({f"{name}.{k}": v for k, v in arrays.items()})


knn = KNeighborsClassifier(K, algorithm="brute").fit(wide, y_train)
distances, rows = knn.kneighbors(wide_test)
share, predicted = knn.predict_proba(wide_test)[:, 1], knn.predict(wide_test)
put("knn", neigh_dist=distances, neigh_idx=rows, proba1=share, pred=predicted, metrics=metrics(predicted, share))

svc = SVC(C=100, gamma=0.2).fit(train, y_train)
decision, predicted = svc.decision_function(test), svc.predict(test)
put("svc", decision=decision, dual_coef=svc.dual_coef_[0], intercept=svc.intercept_, support_idx=svc.support_,
    n_support=svc.n_support_, pred=predicted, metrics=metrics(predicted, decision))
tight = SVC(C=100, gamma=0.2, tol=1e-8).fit(train, y_train)
put("svc", decision_tight=tight.decision_function(test), intercept_tight=tight.intercept_)
platt = SVC(C=100, gamma=0.2, probability=True, random_state=0).fit(train, y_train)
put("svc", platt_AB_seed0=np.array([platt.probA_[0], platt.probB_[0]]), platt_proba1_seed0=platt.predict_proba(test)[:, 1])

lr = LogisticRegression(max_iter=1000).fit(train, y_train)
decision, predicted = lr.decision_function(test), lr.predict(test)
put("lr", coef=lr.coef_[0], intercept=lr.intercept_, decision=decision, pred=predicted, proba1=lr.predict_proba(test)[:, 1],
    n_iter=lr.n_iter_, metrics=metrics(predicted, decision))
tight = LogisticRegression(max_iter=100000, tol=1e-12, solver="newton-cg").fit(wide, y_train)
put("lr", coef_tight=tight.coef_[0], intercept_tight=tight.intercept_, decision_tight=tight.decision_function(wide_test))

pca = PCA(svd_solver="full").fit(wide)
sums = np.cumsum(pca.explained_variance_ratio_)
put("pca", components4=pca.components_[:COMPONENTS], explained_variance=pca.explained_variance_,
    explained_variance_ratio=pca.explained_variance_ratio_, mean=pca.mean_,
    n_for_95_98=np.array([np.searchsorted(sums, s) + 1 for s in (0.95, 0.98)]),
    scores4_test=pca.transform(wide_test)[:, :COMPONENTS])

unit = lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)
score = unit(wide_test[:QUERIES]) @ unit(wide).T
order = np.argsort(-np.round(score, 12), axis=1, kind="stable")[:, :TOP]
put("similarity", query_idx=np.arange(QUERIES), top8_idx=order, top8_score=np.take_along_axis(score, order, 1))

whole = lambda v: v.astype(np.int32) if v.dtype.kind in "iu" else v
save_file({k: np.ascontiguousarray(whole(v)) for k, v in out.items()},
          pathlib.Path(__file__).with_name("tied_rows_det.safetensors"), {"reference": "scikit-learn 1.2.1"})
