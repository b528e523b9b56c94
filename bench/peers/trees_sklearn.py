#!/usr/bin/env python3
"""Tree ensembles with scikit-learn: the peers of `galatea bench rf`, `ext` and `grad`.

    trees_sklearn.py rf|ext|grad [--train 729] [--test 104] [--width 256]

260 trees of a random forest, 400 extra trees, 250 stages of gradient boosting, on the two
clouds of classifiers_sklearn.py. One step is fit and predict, as the classifiers are used. Boosting
has no threads in scikit-learn.
"""

import argparse
import sys

import measure
from classifiers_sklearn import two_clouds

METHODS = ("rf", "ext", "grad")


def make(method, threads, seed):
    from sklearn import ensemble
    if method == "rf":
        return ensemble.RandomForestClassifier(260, n_jobs=threads, random_state=seed)
    if method == "ext":
        return ensemble.ExtraTreesClassifier(400, n_jobs=threads, random_state=seed)
    return ensemble.GradientBoostingClassifier(n_estimators=250, random_state=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--train", type=measure.positive, default=729, help="rows to fit")
    parser.add_argument("--test", type=measure.positive, default=104, help="rows to predict")
    parser.add_argument("--width", type=measure.positive, default=256, help="length of a code")
    parser.add_argument("--threads", type=measure.positive, default=2)
    parser.add_argument("--warmup", type=measure.natural, default=1, metavar="N")
    parser.add_argument("--steps", type=measure.positive, default=3, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    measure.enter_environment(args.threads, "keep")

    import sklearn
    codes, labels = two_clouds(args.train + args.test, args.width, args.seed)
    predicted = None

    def step():
        nonlocal predicted
        model = make(args.method, args.threads, args.seed)
        model.fit(codes[:args.train], labels[:args.train])
        predicted = model.predict_proba(codes[args.train:])[:, 1] > 0.5

    times = measure.time_steps(step, args.warmup, args.steps)
    measure.emit({
        "name": args.method, "peer": "scikit-learn", "version": sklearn.__version__,
        "mode": "auto", "train": args.train, "test": args.test, "width": args.width,
        "threads": args.threads, "machine": measure.machine(),
        "accuracy": float((predicted == labels[args.train:]).mean()),
        **measure.speed(args.test, times), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
