#!/usr/bin/env python3
"""t-SNE with openTSNE and scikit-learn: the peers of `galatea bench tsne` and `galatea embed`.

    tsne_peers.py [--mode opentsne|sklearn] [--rows 5000]      one peer, as compare.py runs it
    tsne_peers.py --galatea PATH [--rows 100000] [--peers opentsne sklearn]

The second form gives all programs the same codes, at perplexity 30 and 1000 iterations from
principal components, and prints seconds and KL of each map. The KL of every map is computed here,
by one function: affinities of the 91 exact nearest neighbours, and Z of all pairs from the
differences of a sample of rows to all others. openTSNE looks for neighbours approximately beyond
1000 rows and sums forces by FFT beyond 10000; scikit-learn uses Barnes-Hut with theta 0.5.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import measure

WIDTH, CLUSTERS, DIRECTIONS, PERPLEXITY, ITERATIONS = 256, 12, 4, 30, 1000
Z_ROWS = 4000    # rows whose sums stand for all in Z


def clusters(rows, seed):
    """Twelve clusters, each spread along the same four directions, float32."""
    import numpy as np
    rng = np.random.default_rng(seed)
    centre = rng.standard_normal((CLUSTERS, WIDTH), dtype=np.float32)
    along = rng.standard_normal((DIRECTIONS, WIDTH), dtype=np.float32)
    codes = 0.3 * rng.standard_normal((rows, WIDTH), dtype=np.float32)
    codes += centre[np.arange(rows) % CLUSTERS]
    codes += 0.5 * rng.standard_normal((rows, DIRECTIONS), dtype=np.float32) @ along
    return codes


def map_with(peer, codes, threads, seed):
    """The peer's map, with the settings that both take as their usual ones."""
    if peer == "opentsne":
        import openTSNE
        tsne = openTSNE.TSNE(perplexity=PERPLEXITY, n_jobs=threads, random_state=seed,
                             early_exaggeration_iter=250, n_iter=ITERATIONS - 250)
        return tsne.fit(codes)
    from sklearn.manifold import TSNE
    return TSNE(perplexity=PERPLEXITY, init="pca", learning_rate="auto", n_jobs=threads,
                max_iter=ITERATIONS, random_state=seed).fit_transform(codes)


def affinities(codes, threads):
    """Sparse symmetric P of the nearest neighbours, summing to 1."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.neighbors import NearestNeighbors
    k = 3 * PERPLEXITY + 1
    search = NearestNeighbors(n_neighbors=k, algorithm="brute", n_jobs=threads).fit(codes)
    distance, index = search.kneighbors()
    squared = distance.astype(np.float64) ** 2
    squared -= squared[:, :1]
    low, high = np.zeros(len(codes)), np.full(len(codes), np.inf)
    beta = 1 / squared.mean(1)
    for _ in range(100):
        p = np.exp(-beta[:, None] * squared)
        total = p.sum(1)
        entropy = np.log(total) + beta * (p * squared).sum(1) / total
        above = entropy > np.log(PERPLEXITY)
        low, high = np.where(above, beta, low), np.where(above, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + high) / 2)
    p /= total[:, None]
    rows = np.repeat(np.arange(len(codes)), k)
    c = csr_matrix((p.ravel(), (rows, index.ravel())), shape=(len(codes),) * 2)
    return ((c + c.T) / (2 * len(codes))).tocoo()


def divergence(p, y):
    """KL of a map: exact but for Z, which is the mean of a sample's sums times the rows."""
    import numpy as np
    y = np.asarray(y, dtype=np.float64)
    chosen = np.random.default_rng(0).permutation(len(y))[:Z_ROWS]
    norm, total = (y ** 2).sum(1), 0.0
    for block in np.array_split(chosen, max(1, len(chosen) // 100)):
        squared = norm[block, None] + norm[None] - 2 * y[block] @ y.T
        total += (1 / (1 + np.maximum(squared, 0))).sum() - len(block)
    z = total * len(y) / len(chosen)
    squared = ((y[p.row] - y[p.col]) ** 2).sum(1)
    return float((p.data * (np.log(p.data) + np.log1p(squared) + np.log(z))).sum())


def map_with_galatea(path, codes, threads):
    """(map, seconds) of `galatea embed`; reading and writing files is inside the clock."""
    import h5py
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "codes.h5"), os.path.join(folder, "map.h5")
        with h5py.File(source, "w") as file:
            file.create_dataset("codes", data=codes)
        start = time.perf_counter()
        run = subprocess.run([path, "embed", source, "--out", target, "--threads", str(threads),
                              "--json"], check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - start
        print(json.loads(run.stdout), file=sys.stderr)
        with h5py.File(target) as file:
            return file["codes"][:], seconds


def compare(args):
    codes = clusters(args.rows, args.seed)
    p = affinities(codes, args.threads)
    print(f"{args.rows} codes of {WIDTH}, {args.threads} threads")
    y, ours = map_with_galatea(args.galatea, codes, args.threads)
    print(f"  {'galatea':<10}{ours:9.1f} s   KL {divergence(p, y):.4f}", flush=True)
    for peer in args.peers:
        start = time.perf_counter()
        y = map_with(peer, codes, args.threads, args.seed)
        seconds = time.perf_counter() - start
        print(f"  {peer:<10}{seconds:9.1f} s   KL {divergence(p, y):.4f}"
              f"   {seconds / ours:.2f}x", flush=True)


def bench(args):
    codes = clusters(args.rows, args.seed)
    times = measure.time_steps(lambda: map_with(args.mode, codes, args.threads, args.seed),
                               args.warmup, args.steps)
    measure.emit({"name": "tsne", "peer": args.mode, "mode": args.mode, "rows": args.rows,
                  "width": WIDTH, "threads": args.threads, "machine": measure.machine(),
                  **measure.speed(args.rows, times, "points"), **times})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=measure.positive, default=5000)
    parser.add_argument("--galatea", metavar="PATH", help="compare maps with this program's")
    parser.add_argument("--peers", nargs="+", choices=("opentsne", "sklearn"),
                        default=["opentsne", "sklearn"])
    measure.add_options(parser, modes=("opentsne", "sklearn"))
    args = parser.parse_args()
    if args.rows < 1000:
        parser.error(f"--rows {args.rows}: expected at least 1000")
    measure.enter_environment(args.threads, args.malloc, args.preload)
    if args.galatea:
        compare(args)
    else:
        bench(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
