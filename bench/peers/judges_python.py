#!/usr/bin/env python3
"""Judges of generators in public Python programs: the peer of `galatea bench judges`.

    judges_python.py [--rows 10000] [--width 256] [--mode numbers|permuted]
    judges_python.py agree --galatea PATH        the same rows for both sides, number by number

Precision, recall, density and coverage by prdc, the Vendi score by vendi-score, Frechet distances by
scipy's matrix root, the kernel distance by scikit-learn, energy distances by scipy, authenticity and
C_T by scikit-learn's neighbours and k-means and scipy's ranks: the numbers of the generated rows and
of real rows in their place, once. `permuted` adds what these programs do not have: the p-values of
999 permutations, as a product of all pooled distances with the labels. Nobody makes intervals here,
which Galatea's time includes.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile

import measure

NEIGHBOURS, PERMUTATIONS, CELLS = 5, 999, 20


def rows_of(rows, width, number, shift=0.0):
    """Normal rows whose variances fall, float32."""
    import numpy as np
    rng = np.random.default_rng(number)
    x = rng.standard_normal((rows, width), dtype=np.float32)
    return x / np.sqrt(1 + np.arange(width, dtype=np.float32)) + np.float32(shift)


def frechet(a, b):
    """As pytorch-fid has it: scipy's root of a product of covariances."""
    import numpy as np
    import scipy.linalg
    of_a, of_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(of_a @ of_b)
    d = a.mean(0) - b.mean(0)
    return float(d @ d + np.trace(of_a) + np.trace(of_b) - 2 * np.trace(root.real))


def kernel(a, b):
    """The unbiased MMD^2 with the cubic kernel."""
    from sklearn.metrics.pairwise import polynomial_kernel
    n, m = len(a), len(b)
    aa, bb, ab = (polynomial_kernel(*pair, degree=3, coef0=1) for pair in ((a, a), (b, b), (a, b)))
    return float((aa.sum() - aa.trace()) / n / (n - 1) + (bb.sum() - bb.trace()) / m / (m - 1) - 2 * ab.mean())


def energy(a, b, permuted, seed):
    """The energy distance and, where asked for, its p-value by permutations of the pooled rows."""
    import numpy as np
    from scipy.spatial.distance import cdist
    n = len(a)
    aa, bb, ab = cdist(a, a), cdist(b, b), cdist(a, b)
    value = 2 * ab.mean() - aa.mean() - bb.mean()
    if not permuted:
        return float(value), None
    pooled = np.block([[aa, ab], [ab.T, bb]])
    labels = np.ones((len(pooled), PERMUTATIONS))
    labels[n:] = -1
    np.random.default_rng(seed).permuted(labels, axis=0, out=labels)
    forms = -np.einsum("ij,ij->j", labels, pooled @ labels) / n / len(b)    # of equal counts
    return float(value), float((1 + (forms >= value - 1e-12).sum()) / (PERMUTATIONS + 1))


def nearest(queries, rows, count):
    """Distances to the nearest rows, and which they are."""
    from sklearn.neighbors import NearestNeighbors
    return NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows).kneighbors(queries)


def authenticity(train, generated):
    distance, index = nearest(generated, train, 1)
    own = nearest(train, train, 2)[0][:, 1]
    return float((own[index[:, 0]] < distance[:, 0]).mean())


def copying(train, test, generated, seed):
    """C_T, in 64 principal components."""
    import numpy as np
    from scipy.stats import mannwhitneyu
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    if train.shape[1] > 64:
        pca = PCA(64).fit(train)
        train, test, generated = (pca.transform(x) for x in (train, test, generated))
    means = KMeans(CELLS, n_init=1, random_state=seed).fit(train)
    cells = [means.predict(x) for x in (train, test, generated)]
    total = weight = 0.0
    for c in range(CELLS):
        of_train, of_test, of_generated = (x[at == c] for x, at in zip((train, test, generated), cells))
        n, m = len(of_generated), len(of_test)
        if m == 0 or n <= 0.02 * len(generated):
            continue
        u = mannwhitneyu(nearest(of_generated, of_train, 1)[0][:, 0], nearest(of_test, of_train, 1)[0][:, 0])
        z = (u.statistic - (n * m / 2 - 0.5)) / np.sqrt(n * m * (n + m + 1) / 12)
        total, weight = total + m * z, weight + m
    return float(total / weight) if weight else None


def judge(train, test, generated, permuted, seed):
    """All numbers, of the generated rows and of real ones in their place."""
    from prdc import compute_prdc
    from vendi_score import vendi
    half = len(test) // 2
    numbers = {}
    for name, against_test, against_train in (("value", generated, generated), ("real", train, test)):
        distance, p = energy(test, against_test, permuted, seed)
        of = {"frechet": frechet(test, against_test), "kernel": kernel(test, against_test),
              "energy": distance, "energy_p": p}
        with contextlib.redirect_stdout(sys.stderr):    # it talks
            of.update({key: float(x) for key, x in compute_prdc(train, against_train, NEIGHBOURS).items()})
        of["authenticity"] = authenticity(train, against_train)
        of["vendi"] = float(vendi.score_dual(against_train, normalize=True))
        of["c_t"] = copying(train, test, generated, seed) if name == "value" else \
            copying(train, test[:half], test[half:], seed)
        numbers[name] = of
    return numbers


def write_codes(path, rows):
    """A set of codes as Galatea reads it."""
    import h5py
    with h5py.File(path, "w") as file:
        file["codes"] = rows


def agree(args):
    """Prints each number of both sides; C_T differs by its cells, and is not compared."""
    sets = {"train": rows_of(args.rows, args.width, 1), "test": rows_of(args.rows, args.width, 2),
            "generated": rows_of(args.rows, args.width, 3, 0.02)}
    with tempfile.TemporaryDirectory() as folder:
        command = [args.galatea, "judge", "--json", "--quiet", "--threads", str(args.threads)]
        for name, rows in sets.items():
            path = os.path.join(folder, f"{name}.h5")
            write_codes(path, rows)
            command += [f"--{name}", path]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    ours = {of["judge"]: of for of in ours["judges"]}
    theirs = judge(**sets, permuted=False, seed=args.seed)
    print(f"{'':14}{'galatea':>14}{'public':>14}{'real':>14}{'public':>14}")
    worst = 0.0
    for name, value in theirs["value"].items():
        if value is None:
            continue
        row = (ours[name]["value"], value, ours[name]["real"], theirs["real"][name])
        print(f"{name:14}" + "".join(f"{x:14.7g}" for x in row))
        if name != "c_t":
            worst = max(worst, abs(row[0] - row[1]) / max(abs(row[1]), 1e-2))
    print(f"largest relative difference but for C_T: {worst:.2g}")
    return 0 if worst < 1e-4 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("work", nargs="?", choices=("bench", "agree"), default="bench")
    parser.add_argument("--galatea", metavar="PATH")
    parser.add_argument("--rows", type=measure.positive, default=10000)
    parser.add_argument("--width", type=measure.positive, default=256)
    measure.add_options(parser, modes=("numbers", "permuted"))
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)
    if args.work == "agree":
        if not args.galatea:
            parser.error("agree needs --galatea PATH")
        return agree(args)

    import prdc
    import scipy
    import sklearn
    from vendi_score import vendi
    del prdc, vendi    # loaded before the clock starts
    loaded = measure.resident_bytes()
    sets = [rows_of(args.rows, args.width, 1), rows_of(args.rows, args.width, 2),
            rows_of(args.rows, args.width, 3, 0.02)]
    times = measure.time_steps(lambda: judge(*sets, args.mode == "permuted", args.seed), args.warmup, args.steps)
    measure.emit({
        "name": "judges", "peer": "prdc, vendi-score, scipy, scikit-learn", "mode": args.mode,
        "version": f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
        "rows": args.rows, "width": args.width, "threads": args.threads, "machine": measure.machine(),
        "loaded_bytes": loaded, **measure.speed(args.rows, times, "rows"), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
