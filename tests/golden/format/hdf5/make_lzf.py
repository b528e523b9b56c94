#!/usr/bin/env python3
"""Makes lzf.h5 beside itself with h5py: pixel (n, y, x) of `images` is (7 n + y + x / 4) % 11, whole
numbers as bytes; `floats` has the same with shuffle and fletcher32, `chance` what cannot be packed. The texts of
variable length in lzf_texts.h5 are "text 0" to "text 39", the fifth is empty."""
import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
n, y, x = np.ogrid[:20, :16, :24]
values = (7 * n + y + x // 4) % 11
with h5py.File("lzf.h5", "w") as file:
    file.create_dataset("images", data=values.astype("u1"), chunks=(6, 16, 24), compression="lzf")
    file.create_dataset("floats", data=values.astype("f4"), chunks=(7, 16, 24), compression="lzf", shuffle=True,
                        fletcher32=True)
    chance = np.random.default_rng(1).integers(0, 256, (4, 8, 8), dtype="u1")
    chance[0] = np.arange(64).reshape(8, 8)
    file.create_dataset("chance", data=chance, chunks=(2, 8, 8), compression="lzf")
words = ["text %d" % i if i != 4 else "" for i in range(40)]
with h5py.File("lzf_texts.h5", "w") as file:
    file.create_dataset("plain", data=words, dtype=h5py.string_dtype(), chunks=(15,), compression="lzf")
    file.create_dataset("shuffled", data=words, dtype=h5py.string_dtype(), chunks=(40,), compression="lzf", shuffle=True)
