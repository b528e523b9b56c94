#!/usr/bin/env python3
"""Makes units.h5 (a unit where astropy's users put it: an attribute of the pictures) and
galaxy10_scales.h5 (Galaxy10 DECaLS with its column of pixel scales) beside itself."""
import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
with h5py.File("units.h5", "w") as out:
    images = out.create_dataset("images", data=np.arange(18, dtype="f4").reshape(2, 3, 3))
    images.attrs["units"] = "Jy/beam"
with h5py.File("galaxy10_scales.h5", "w") as out:
    out.create_dataset("images", data=np.zeros((2, 256, 256, 3), "u1"), compression="gzip",
                       chunks=(1, 256, 256, 3))
    out["ans"] = np.array([1, 2], "u1")
    out["pxscale"] = np.array([0.262, 0.262])
