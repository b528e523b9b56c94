#!/usr/bin/env python3
"""Shapes of galaxies with statmorph: the peer of `galatea bench morphology` and `galatea morph`.

    morphology_statmorph.py [--mode five|all] [--images 64]      one peer, as compare.py runs it
    morphology_statmorph.py --profile                            where its time goes
    morphology_statmorph.py --galatea PATH                       both programs' numbers, side by side
    morphology_statmorph.py --galatea PATH --set SET.h5 --images 500     of pictures of a set

The galaxies are those of tools/bench/morphology.c: disks with two arms in frames of 64x64, and maps
of their pixels within three scale lengths. `five` computes concentration, asymmetry, smoothness,
Gini and M20 alone, which statmorph has no setting for; `all` is what a call of it does, fits of
Sersic profiles included. Several threads are as many processes, each with a share of the images.

Of a set (HDF5, bytes (N, 1, height, width)) rows spread over it are measured, their sky off, by the maps
that statmorph's side makes: what stands out of the sky of each picture nearest its middle.
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
# What else is compared: Galatea's column, and statmorph's name.
OTHERS = {"multimode": "multimode", "intensity": "intensity", "deviation": "deviation",
          "outer_asymmetry": "outer_asymmetry", "shape_asymmetry": "shape_asymmetry",
          "reach_radius": "rmax_circ", "reach_semi_major": "rmax_ellip",
          "half_light_radius": "rhalf_circ", "half_light_semi_major": "rhalf_ellip",
          "petrosian_radius": "rpetro_circ", "petrosian_semi_major": "rpetro_ellip"}


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
    """statmorph's class; `five` computes no more than the five coefficients, `flags` all but fits."""
    import statmorph

    class Unfitted(statmorph.SourceMorphology):
        def _calculate_morphology(self):
            for name in statmorph.statmorph._quantity_names:
                if not name.startswith("sersic"):
                    getattr(self, name)

    class Five(statmorph.SourceMorphology):
        def _calculate_morphology(self):
            for name in FIVE:
                getattr(self, name)

        def _check_segmaps(self):
            pass

    return {"five": Five, "flags": Unfitted}.get(mode, statmorph.SourceMorphology)


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


def detected(np, picture):
    """(image without its sky, map) of a picture: 1.5 deviations above the clipped median, smoothed."""
    import scipy.ndimage as ndi
    from astropy.stats import sigma_clipped_stats
    _, median, sigma = sigma_clipped_stats(picture, maxiters=10)
    image = (picture - median).astype(np.float32).astype(float)
    smooth = ndi.gaussian_filter(image, 3 / 2.3548, mode="constant")
    labels, count = ndi.label(smooth > 1.5 * sigma, structure=np.ones((3, 3)))
    if not count:
        return None
    middle = (np.array(picture.shape) - 1) / 2
    away = np.hypot(*(np.indices(picture.shape) - middle[:, None, None]))
    away[labels == 0] = np.inf
    main = labels[np.unravel_index(away.argmin(), away.shape)]
    return image, np.where(labels == main, 1, np.where(labels > 0, labels + 1, 0)).astype(np.int32)


def of_set(np, path, count):
    """As many galaxies as that, spread over the rows of a set."""
    import h5py
    with h5py.File(path) as file:
        pictures = file["images"]
        rows = np.unique(np.linspace(0, len(pictures) - 1, count).astype(int))
        found = [detected(np, pictures[row, 0] / 255.0) for row in rows]
    return [one for one in found if one]


def compare_numbers(np, galatea, galaxies):
    """Prints how each number and flag agrees, both programs on the same float images."""
    galaxies = [(image.astype(np.float32).astype(float), segments) for image, segments in galaxies]
    with tempfile.TemporaryDirectory() as folder:
        write_sets(np, galaxies, folder)
        table = os.path.join(folder, "shapes.csv")
        subprocess.run([galatea, "morph", os.path.join(folder, "images.h5"), "--segmentation",
                        os.path.join(folder, "maps.h5"), "--sky", "none", "--out", table, "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(table) as lines:
            ours = list(csv.DictReader(lines))
    flags = np.zeros((5, 5), int)
    differences = {name: [] for name in (*FIVE, *OTHERS)}
    refused = 0
    for number, (row, (image, segments)) in enumerate(zip(ours, galaxies)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = source_class("flags")(image, segments, 1, gain=1e4)
            except AssertionError:    # it gives up on a galaxy whose curve of growth never rises so far
                refused += 1
                continue
        flags[theirs.flag, int(row["flag"])] += 1
        if theirs.flag != int(row["flag"]):
            print(f"galaxy {number}: flag {theirs.flag} by statmorph, {row['flag']} here: {row['events']}")
        for name, difference in differences.items():
            difference.append(abs(float(row[name] or -99) - float(getattr(theirs, OTHERS.get(name, name)))))
    for name, difference in differences.items():
        d = np.array(difference)
        print(f"{name:22} largest difference {d.max():8.3g}, of {np.mean(d < 1e-3):.2%} below 1e-3")
    print(f"flag                   equal for {flags.trace()} of {flags.sum()} galaxies"
          + (f"; statmorph stops at {refused} others" if refused else ""))
    for flag in range(5):
        if flags[flag].sum():
            print(f"  statmorph {flag}: " + ", ".join(f"{n} with {k} here" for k, n in enumerate(flags[flag]) if n))
    return 0 if flags.trace() == flags.sum() else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--images", type=measure.positive, default=64)
    parser.add_argument("--profile", action="store_true", help="where the time goes, in place of speed")
    parser.add_argument("--galatea", metavar="PATH", help="compare numbers, in place of speed")
    parser.add_argument("--set", metavar="FILE", help="with --galatea: pictures of a set in place of drawn ones")
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
    galaxies = of_set(np, args.set, args.images) if args.set else [galaxy(np, k) for k in range(args.images)]
    if args.galatea:
        return compare_numbers(np, args.galatea, galaxies)
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
