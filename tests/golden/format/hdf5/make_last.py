"""last.h5 and ../npy/last.npz: planes beside pictures that have their channels last (h5py, NumPy)."""
import h5py
import numpy as np

n, y, x, c = np.meshgrid(range(2), range(5), range(6), range(3), indexing="ij")
arrays = {
    "images": (100 * n + 10 * y + x + 50 * c).astype("f4"),
    "ivar": (100 * n + 10 * y + x + 50 * c + 0.5).astype("f4"),
    "mask": ((c == 1) & (x == 2)).astype("u1"),
}
with h5py.File("last.h5", "w") as f:
    for name, array in arrays.items():
        f[name] = array
np.savez("../npy/last.npz", **arrays)
