"""Figures class by class, as scikit-learn computes them: writes by_class.safetensors beside itself.

python by_class.py   (numpy, scikit-learn, safetensors)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file
from sklearn import metrics

rng = np.random.default_rng(20260712)


def case(name, truth, scores, classes, out):
    """scores (n, known classes): of the places 0.. that have some."""
    predicted = scores.argmax(1)
    labels = list(range(classes))
    occurs = [k for k in labels if (truth == k).any() or (predicted == k).any()]
    each = np.full((5, classes), np.nan)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=occurs, zero_division=0)
    each[0, occurs], each[1, occurs], each[2, occurs] = precision, recall, f1
    for k in range(scores.shape[1]):
        own = (truth == k).astype(int)
        if own.any():
            each[4, k] = metrics.average_precision_score(own, scores[:, k])
        if own.any() and not own.all():
            each[3, k] = metrics.roc_auc_score(own, scores[:, k])
    means = np.full((2, 5), np.nan)
    for i, how in enumerate(["macro", "weighted"]):
        means[i, :3] = metrics.precision_recall_fscore_support(
            truth, predicted, labels=occurs, average=how, zero_division=0)[:3]
        if len(set(truth)) == classes == scores.shape[1] > 2:
            means[i, 3] = metrics.roc_auc_score(truth, scores, multi_class="ovr", average=how)
            means[i, 4] = metrics.average_precision_score(np.eye(classes)[truth], scores,
                                                          average=how)
    out[f"{name}.truth"] = truth.astype(np.int32)
    out[f"{name}.predicted"] = predicted.astype(np.int32)
    out[f"{name}.scores"] = scores.astype(np.float64)
    out[f"{name}.confusion"] = metrics.confusion_matrix(truth, predicted, labels=labels).astype(np.int32)
    out[f"{name}.each"], out[f"{name}.means"] = each, means


def probabilities(truth, classes, known, levels):
    """Leans towards the truth; levels: rounded so that there are ties."""
    raw = rng.gamma(1.0, size=(len(truth), known))
    for i, k in enumerate(truth):
        if k < known:
            raw[i, k] += rng.gamma(1.5)
    p = raw / raw.sum(1, keepdims=True)
    if levels:
        p = np.round(p * levels) + 1e-9 * np.arange(known)
        p = p / p.sum(1, keepdims=True)
    return p


out = {}
for name, n, classes, known, levels, present in [
        ("even", 200, 3, 3, 0, [0, 1, 2]), ("ties", 150, 4, 4, 5, [0, 1, 2, 3]),
        ("rare", 90, 5, 5, 0, [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4]),
        ("absent", 80, 4, 4, 8, [0, 1, 3]),     # class 2 may be predicted, no row has it
        ("unlearned", 70, 4, 3, 0, [0, 1, 2, 3]),  # class 3 has rows and no score
        ("two", 60, 2, 2, 10, [0, 1])]:
    truth = rng.choice(present, size=n)
    truth[:len(set(present))] = sorted(set(present))
    case(name, truth, probabilities(truth, classes, known, levels), classes, out)
# A class that occurs nowhere has no figures at all.
truth = rng.choice([0, 2], size=40)
scores = probabilities(truth, 3, 3, 0)
scores[:, 1] = 0
case("nowhere", truth, scores, 3, out)
save_file(out, pathlib.Path(__file__).with_name("by_class.safetensors"))
