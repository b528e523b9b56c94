#!/usr/bin/env python3
"""Pictures into an HDF5 file with astropy and h5py: the peer of `galatea bench hdf5-flat`,
`galatea bench fits-cube` and `galatea bench fits-folder`.

    import_astropy.py hdf5|cube|folder [--images 20000]

The same work: pixels as native float32 with the first row at the top, those that are not finite
counted, the least and the largest kept, position and scale at the middle of each file's picture,
rows and columns written. Mode `fitsio` reads with CFITSIO's Python package, coordinates by
astropy; contiguous HDF5 data are read with h5py (mode `h5py`). A step is a whole import.
"""

import argparse
import os
import sys
import tempfile

import measure

SIDE = 64


def write_source(np, fits, folder, kind, images):
    rng = np.random.default_rng(1)
    if kind == "hdf5":
        import h5py
        path = os.path.join(folder, "flat.h5")
        with h5py.File(path, "w") as file:
            file["images"] = rng.random((images, 1, SIDE, SIDE), dtype=np.float32)
        return [path]
    if kind == "cube":
        path = os.path.join(folder, "cube.fits")
        fits.PrimaryHDU(rng.random((images, SIDE, SIDE), dtype=np.float32)).writeto(path)
        return [path]
    cards = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 32.5, "CRPIX2": 32.5,
             "CRVAL1": 150.1, "CRVAL2": 2.2, "CDELT1": -7.3e-5, "CDELT2": 7.3e-5,
             "OBJECT": "galaxy", "EXPTIME": 90.0}
    paths = [os.path.join(folder, f"{i:05}.fits") for i in range(images)]
    for path in paths:
        hdu = fits.PrimaryHDU(rng.random((SIDE, SIDE), dtype=np.float32))
        hdu.header.update(cards)
        hdu.writeto(path)
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("kind", choices=("hdf5", "cube", "folder"))
    parser.add_argument("--images", type=measure.positive)
    measure.add_options(parser, modes=("astropy", "fitsio", "h5py"))
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)
    images = args.images or (2000 if args.kind == "folder" else 20000)
    name = {"hdf5": "hdf5-flat"}.get(args.kind, "fits-" + args.kind)
    if (args.kind == "hdf5") != (args.mode == "h5py"):
        parser.error("mode h5py is for hdf5, which has no other")
    try:
        import h5py
        import numpy as np
        import astropy
        from astropy.io import fits
        from astropy.wcs import WCS
        if args.mode == "fitsio":
            import fitsio
    except ImportError as missing:
        measure.emit({"name": name, "mode": args.mode, "skipped": str(missing)})
        return 0
    loaded = measure.resident_bytes()
    seen = {"faults": 0}

    def read(path):
        """Pictures (N,64,64) and the header."""
        if args.mode == "fitsio":
            data, header = fitsio.read(path, header=True)
            return data.reshape(-1, SIDE, SIDE), fits.Header(dict(header)) if args.kind == "folder" else None
        with fits.open(path, memmap=args.kind == "cube") as file:
            data = file[0].data
            return data.reshape(-1, SIDE, SIDE), file[0].header

    def step(paths, out):
        with h5py.File(out, "w") as file:
            rows = file.create_dataset("images", (images, 1, SIDE, SIDE), "f4")
            places = np.full((images, 3), np.nan)
            low, high, at = np.inf, -np.inf, 0
            for path in paths:
                if args.kind == "hdf5":
                    source = h5py.File(path)
                    data, turn = source["images"], 1
                else:
                    data, header = read(path)
                    turn = -1
                if args.kind == "folder":
                    wcs = WCS(header)
                    places[at, :2] = wcs.wcs_pix2world([[(SIDE - 1) / 2] * 2], 0)[0]
                    places[at, 2] = abs(wcs.proj_plane_pixel_scales()[0].value) * 3600
                for first in range(0, len(data), 256):
                    part = data[first:first + 256].reshape(-1, SIDE, SIDE)[:, ::turn].astype("f4")
                    seen["faults"] += part.size - np.isfinite(part).sum()
                    low, high = min(low, part.min()), max(high, part.max())
                    rows[at:at + len(part), 0] = part
                    at += len(part)
            file["ra"], file["dec"], file["scale"] = places.T
            file.attrs["value_min"], file.attrs["value_max"] = low, high
            file.flush()
        with open(out, "rb") as file:
            os.fsync(file.fileno())

    with tempfile.TemporaryDirectory() as folder:
        paths = write_source(np, fits, folder, args.kind, images)
        out = os.path.join(folder, "set.h5")
        times = measure.time_steps(lambda: step(paths, out), args.warmup, args.steps)
    measure.emit({
        "name": name, "peer": args.mode,
        "version": {"fitsio": lambda: fitsio, "h5py": lambda: h5py}.get(
            args.mode, lambda: astropy)().__version__,
        "mode": args.mode, "images": images, "threads": args.threads,
        "faults": int(seen["faults"]), "machine": measure.machine(), "loaded_bytes": loaded,
        **measure.speed(images, times, "images"), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
