#!/usr/bin/env python3
"""Shapes of galaxies with statmorph: the peer of `galatea bench morphology` and `galatea morph`.

    morphology_statmorph.py [--mode five|all] [--images 64]      one peer, as compare.py runs it
    morphology_statmorph.py --profile                            where its time goes
    morphology_statmorph.py --galatea PATH                       both programs' numbers, side by side

The galaxies are those of tools/bench/morphology.c: disks with two arms in frames of 64x64, and maps
of their pixels within three scale lengths. `five` computes concentration, asymmetry, smoothness,
Gini and M20 alone, which statmorph has no setting for; `all` is what a call of it does, fits of
Sersic profiles included. Several threads are as many processes, each with a share of the images.
"""

import argparse
import cProfile
import csv
import multiprocessing
import os
import pstats
import subprocess
import sys
import tempfile
import time
import warnings

import measure

SIDE = 64
FIVE = ("concentration", "asymmetry", "smoothness", "gini", "m20")


def grain(np, index):
    """Numbers of -1..1 that follow from their index."""
    x = (index.astype(np.uint64) * 2654435761) & 0xffffffff
    x = ((x ^ (x >> np.uint64(15))) * 2246822519) & 0xffffffff
    return ((x ^ (x >> np.uint64(13))) & 0xffff).astype(float) / 32768 - 1


def galaxy(np, k):
    """(image, map) of galaxy k."""
    scale, ratio, angle = 3 + 0.5 * (k % 8), 0.4 + 0.1 * (k % 6), 0.37 * k
    c, s = np.cos(angle), np.sin(angle)
    y, x = np.mgrid[:SIDE, :SIDE] - np.array([32.1, 31.3])[:, None, None]
    u, v = c * x + s * y, (c * y - s * x) / ratio
    r = np.hypot(u, v) / scale
    arms = 1 + 0.4 * r * np.exp(-r) * np.cos(2 * np.arctan2(v, u) - 2 * r)
    noise = grain(np, k * SIDE * SIDE + np.arange(SIDE * SIDE)).reshape(SIDE, SIDE)
    return np.exp(-r) * arms + 0.005 * noise, (r < 3).astype(np.int32)


def source_class(mode):
    """statmorph's class; `five` computes no more than the five coefficients."""
    import statmorph

    class Five(statmorph.SourceMorphology):
        def _calculate_morphology(self):
            for name in FIVE:
                getattr(self, name)

        def _check_segmaps(self):
            pass

    return Five if mode == "five" else statmorph.SourceMorphology


def measure_galaxy(job):
    """The five coefficients and the flag of one galaxy."""
    (image, segments), mode = job
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = source_class(mode)(image, segments, 1, gain=1e4)
    return [float(getattr(found, name)) for name in FIVE] + [found.flag]


def profile(galaxies, mode):
    """Prints the share of the time that is spent within compiled functions."""
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for one in galaxies:
        measure_galaxy((one, mode))
    profiler.disable()
    stats = pstats.Stats(profiler)
    compiled = sum(entry[2] for (path, _, _), entry in stats.stats.items() if path == "~")
    each = stats.total_tt / len(galaxies)
    print(f"{mode}: {compiled / stats.total_tt:.0%} of {each:.3f} s of processor time an image in "
          "compiled functions; the rest is Python, and what the profiler itself costs")
    stats.sort_stats("tottime").print_stats(12)


def write_sets(np, galaxies, folder):
    import h5py
    for name, which in (("images", 0), ("maps", 1)):
        with h5py.File(os.path.join(folder, name + ".h5"), "w") as out:
            planes = np.stack([one[which] for one in galaxies])[:, None].astype(np.float32)
            out.create_dataset("images", data=planes)


def compare_numbers(np, galatea, galaxies):
    """Prints the largest difference of each coefficient, both programs on the same float images."""
    galaxies = [(image.astype(np.float32).astype(float), segments) for image, segments in galaxies]
    with tempfile.TemporaryDirectory() as folder:
        write_sets(np, galaxies, folder)
        table = os.path.join(folder, "shapes.csv")
        subprocess.run([galatea, "morph", os.path.join(folder, "images.h5"), "--segmentation",
                        os.path.join(folder, "maps.h5"), "--sky", "none", "--out", table, "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(table) as lines:
            ours = [[float(row[name] or -99) for name in (*FIVE, "flag")] for row in csv.DictReader(lines)]
    theirs = [measure_galaxy((one, "five")) for one in galaxies]
    worst = np.abs(np.array(ours) - np.array(theirs)).max(axis=0)
    for name, difference in zip((*FIVE, "flag"), worst):
        print(f"{name:14} largest difference {difference:.3g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--images", type=measure.positive, default=64)
    parser.add_argument("--profile", action="store_true", help="where the time goes, in place of speed")
    parser.add_argument("--galatea", metavar="PATH", help="compare numbers, in place of speed")
    measure.add_options(parser, ("five", "all"))
    args = parser.parse_args()
    measure.enter_environment(1, args.malloc, args.preload)
    try:
        import numpy as np
        import photutils
        import statmorph
    except ImportError as missing:
        measure.emit({"name": "morphology", "mode": args.mode, "skipped": str(missing)})
        return 0
    loaded = measure.resident_bytes()
    galaxies = [galaxy(np, k) for k in range(args.images)]
    if args.galatea:
        compare_numbers(np, args.galatea, galaxies)
        return 0
    if args.profile:
        profile(galaxies[:8], args.mode)
        return 0
    jobs = [(one, args.mode) for one in galaxies]
    with multiprocessing.Pool(args.threads) as pool:
        run = (lambda: pool.map(measure_galaxy, jobs, chunksize=4)) if args.threads > 1 else \
              (lambda: [measure_galaxy(job) for job in jobs])
        times = measure.time_steps(run, args.warmup, args.steps)
    measure.emit({
        "name": "morphology", "peer": "statmorph", "version": statmorph.__version__,
        "photutils": photutils.__version__, "mode": args.mode, "images": args.images,
        "threads": args.threads, "machine": measure.machine(), "loaded_bytes": loaded,
        **measure.speed(args.images, times, "images"), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
