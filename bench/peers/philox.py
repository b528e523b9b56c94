"""The random numbers of src/base/rng.h in numpy, so that a peer can be given the same noise.

A number is named by seed, stream, step and position. Uniform numbers are the same bits; normal
ones differ by rounding.
"""

import numpy as np


def stream(name):
    """The stream of a name: 32-bit FNV-1a."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def words(seed, which, step, first, count):
    """(count, 4) random words: blocks first ... of Philox4x32-10."""
    low = np.uint64(0xffffffff)
    at = np.arange(first, first + count, dtype=np.uint64)
    c = [at & low, at >> np.uint64(32), np.full_like(at, which), np.full_like(at, step)]
    k0, k1 = seed % 2**32, seed >> 32
    for _ in range(10):
        a, b = c[0] * np.uint64(0xd2511f53), c[2] * np.uint64(0xcd9e8d57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), b & low,
             (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), a & low]
        k0, k1 = (k0 + 0x9e3779b9) % 2**32, (k1 + 0xbb67ae85) % 2**32
    return np.stack(c, axis=1)


def uniform(seed, which, count, first=0, step=0):
    bits = words(seed, which, step, first // 4, count // 4 + 2).ravel()[first % 4:][:count]
    return (((bits >> np.uint64(9)).astype(np.float64) + 0.5) * 2.0**-23).astype(np.float32)


def normal(seed, which, count, first=0, step=0):
    """Box and Muller's, each pair of words a radius and an angle."""
    bits = words(seed, which, step, first // 4, count // 4 + 2).reshape(-1, 2)
    fine = ((bits[:, 0] & np.uint64(0x7fffff)).astype(np.float64) + 0.5) * 2.0**-32
    coarse = ((bits[:, 0] >> np.uint64(9)).astype(np.float64) + 0.5) * 2.0**-23
    radius = np.sqrt(-2 * np.log(np.where(bits[:, 0] < 0x800000, fine, coarse)))
    angle = 2 * np.pi * 2.0**-32 * bits[:, 1].astype(np.float64)
    pairs = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
    return pairs.ravel()[first % 4:][:count].astype(np.float32)
