"""Classifiers behind a StandardScaler, as scikit-learn fits them: writes scaled.safetensors beside itself.

python scaled.py   (numpy, scikit-learn, safetensors)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

rng = np.random.default_rng(20260713)
ROWS, TESTS = 90, 40
size = np.array([1e-3, 1, 50, 1e4, 3, 0])     # the last feature is constant
offset = np.array([0, -7, 1e3, 2e4, 0.1, 0.1])

out = {}
for classes in (2, 3):
    y = np.arange(ROWS + TESTS) * 7 % classes
    x = rng.normal(size=(ROWS + TESTS, 6))
    x[np.arange(ROWS + TESTS), y] += 1.2
    x = (x * size + offset).astype(np.float32)
    name = f"{classes}."
    out[name + "x"], out[name + "labels"] = x, y.astype(np.int32)
    train, test = x[:ROWS].astype(np.float64), x[ROWS:].astype(np.float64)
    scaler = StandardScaler().fit(train)
    out[name + "mean"], out[name + "deviation"] = scaler.mean_, scaler.scale_
    knn = make_pipeline(StandardScaler(), KNeighborsClassifier(20)).fit(train, y[:ROWS])
    lr = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-10, max_iter=10000)).fit(train, y[:ROWS])
    out[name + "knn"] = knn.predict_proba(test)
    out[name + "lr"] = lr.predict_proba(test)
    if classes == 2:
        svc = make_pipeline(StandardScaler(), SVC(C=100, gamma=0.2, tol=1e-8)).fit(train, y[:ROWS])
        out[name + "svc"] = svc.decision_function(test)
        out[name + "svc_class"] = svc.predict(test).astype(np.int32)
save_file({k: np.ascontiguousarray(v) for k, v in out.items()},
          pathlib.Path(__file__).with_name("scaled.safetensors"))
