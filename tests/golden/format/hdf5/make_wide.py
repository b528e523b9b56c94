#!/usr/bin/env python3
"""Makes wide.h5 beside itself, ../npy/wide.npz of the same and ../npy/wide.npy of the first
picture: numbers that float32 cannot keep, or only in part.

Two pictures of 2 x 2 pixels; of the pixels three are rounded, one of them below the least normal
float; of the inverse variances one is rounded, one is beyond float32, one is negative, one NaN."""
import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
images = np.array([[[0.1, 0.5], [1.5, 1e-42]], [[0.2, 4.0], [5.0, 6.0]]])
ivar = np.array([[[0.1, 0.5], [1e40, -1.0]], [[np.nan, 4.0], [5.0, 6.0]]])
with h5py.File("wide.h5", "w") as out:
    out["images"] = images
    out["ivar"] = ivar
np.savez("../npy/wide.npz", images=images, ivar=ivar)
np.save("../npy/wide.npy", images[0])
