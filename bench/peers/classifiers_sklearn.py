#!/usr/bin/env python3
"""Six classifiers with scikit-learn: the peers of `galatea bench knn`, `svc`, `lr`, `rf`, `ext` and `grad`.

    classifiers_sklearn.py knn|svc|lr|rf|ext|grad [--train 729] [--test 104] [--width 256]

20 nearest neighbours; support vectors with gamma 0.2 and C 100; logistic regression of at most
1000 iterations; 260 trees of a random forest; 400 extra trees; 250 stages of gradient boosting,
which has no threads in scikit-learn. Codes are random and seeded: two overlapping clouds, so that
votes are mixed. One step is fit and predict, as the classifiers are used.
"""

import argparse
import sys

import measure

# Untimed and timed steps of each: trees take seconds, the others milliseconds.
METHODS = {"knn": (2, 20), "svc": (2, 20), "lr": (2, 20), "rf": (1, 3), "ext": (1, 3), "grad": (1, 3)}
NEIGHBOURS = 20


def two_clouds(count, width, seed):
    """(codes, labels): classes differ by a shift in the first few components."""
    import numpy as np
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    codes = rng.standard_normal((count, width), dtype=np.float32)
    codes[:, :4] += labels[:, None] * 0.8
    return codes, labels


def make(method, threads, seed):
    from sklearn import ensemble
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC
    return {
        "knn": lambda: KNeighborsClassifier(NEIGHBOURS),
        "svc": lambda: SVC(gamma=0.2, C=100),
        "lr": lambda: LogisticRegression(max_iter=1000),
        "rf": lambda: ensemble.RandomForestClassifier(260, n_jobs=threads, random_state=seed),
        "ext": lambda: ensemble.ExtraTreesClassifier(400, n_jobs=threads, random_state=seed),
        "grad": lambda: ensemble.GradientBoostingClassifier(n_estimators=250, random_state=seed),
    }[method]()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--train", type=measure.positive, default=729, help="rows to fit")
    parser.add_argument("--test", type=measure.positive, default=104, help="rows to predict")
    parser.add_argument("--width", type=measure.positive, default=256, help="length of a code")
    parser.add_argument("--threads", type=measure.positive, default=2)
    parser.add_argument("--warmup", type=measure.natural, metavar="N")
    parser.add_argument("--steps", type=measure.positive, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    warmup, steps = METHODS[args.method]
    args.warmup = warmup if args.warmup is None else args.warmup
    args.steps = args.steps or steps
    if args.train < NEIGHBOURS:
        parser.error(f"--train {args.train}: expected at least {NEIGHBOURS}")
    measure.enter_environment(args.threads, "keep")

    import sklearn
    codes, labels = two_clouds(args.train + args.test, args.width, args.seed)
    codes *= 0.1    # so small that the kernel of the support vectors sees neighbours
    predicted = None

    def step():
        nonlocal predicted
        model = make(args.method, args.threads, args.seed)
        model.fit(codes[:args.train], labels[:args.train])
        predicted = model.predict(codes[args.train:])

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
