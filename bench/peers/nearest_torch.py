#!/usr/bin/env python3
"""Closest training picture with PyTorch: the peer of `galatea bench nearest`.

    nearest_torch.py [--pictures 100000] [--samples 1000]

For each sample, in four flips, the picture of largest cosine, as it is and without its mean. Two
modes: `one` takes both cosines out of one product (the plain one is the centred one, rescaled, and
the product of the means); `two` multiplies twice, as people write it. Pictures are bytes that become
floats block by block. All in float32: last digits, and pictures nearly as close, may be others.
"""

import argparse
import sys

import measure

BLOCK = 8192
SIDE = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pictures", type=measure.positive, default=100000)
    parser.add_argument("--samples", type=measure.positive, default=1000)
    measure.add_options(parser, modes=("one", "two"))
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)

    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    loaded = measure.resident_bytes()
    values = SIDE * SIDE

    def galaxies(count):
        dice = torch.rand(count, 6, 1, 1)
        grid = torch.arange(SIDE, dtype=torch.float32)
        x = grid[None, None, :] - SIDE / 2 - 2 * dice[:, 4]
        y = grid[None, :, None] - SIDE / 2 - 2 * dice[:, 5]
        angle = 3.1416 * dice[:, 0]
        u = x * angle.cos() + y * angle.sin()
        v = (y * angle.cos() - x * angle.sin()) / (0.3 + 0.7 * dice[:, 1])
        level = 8 + 3 * torch.randn(count, SIDE, SIDE)
        level += (60 + 190 * dice[:, 3]) * torch.exp(-(u * u + v * v).sqrt() / (2 + 6 * dice[:, 2]))
        return level.clamp(0, 255).to(torch.uint8).reshape(count, values)

    pictures = torch.cat([galaxies(min(BLOCK, args.pictures - at))
                          for at in range(0, args.pictures, BLOCK)])
    samples = galaxies(args.samples).float().reshape(-1, SIDE, SIDE)
    pictures[0] = samples[0].flip(1).reshape(-1).to(torch.uint8)  # what must be found

    def split(rows):
        mean = rows.mean(1, keepdim=True)
        length = rows.norm(dim=1, keepdim=True)
        centred = rows - mean
        short = centred.norm(dim=1, keepdim=True)
        return centred / short, short / length, mean * values ** 0.5 / length

    def step():
        ways = [samples, samples.flip(2), samples.flip(1), samples.flip(1, 2)]
        queries = torch.cat([w.reshape(len(w), values) for w in ways])
        unit, share, offset = split(queries)
        plain = queries / queries.norm(dim=1, keepdim=True)
        best = [torch.full((len(queries),), -2.0) for _ in range(2)]
        rows = [torch.zeros(len(queries), dtype=torch.long) for _ in range(2)]
        for first in range(0, args.pictures, BLOCK):
            block = pictures[first:first + BLOCK].float()
            unit_b, share_b, offset_b = split(block)
            centred = unit @ unit_b.T
            if args.mode == "one":
                scores = (centred.max(1),
                          (centred * share).mul_(share_b.T).add_(offset * offset_b.T).max(1))
            else:
                whole = block / block.norm(dim=1, keepdim=True)
                scores = centred.max(1), (plain @ whole.T).max(1)
            for k, found in enumerate(scores):
                better = found.values > best[k]
                best[k] = torch.where(better, found.values, best[k])
                rows[k] = torch.where(better, found.indices + first, rows[k])
        flips = [b.reshape(4, -1).max(0) for b in best]
        return [rows[k].reshape(4, -1).gather(0, f.indices[None])[0] for k, f in enumerate(flips)]

    times = measure.time_steps(step, args.warmup, args.steps)
    found = step()
    measure.emit({
        "name": "nearest", "peer": "pytorch", "version": torch.__version__, "mode": args.mode,
        "pictures": args.pictures, "samples": args.samples, "threads": args.threads,
        "machine": measure.machine(), "loaded_bytes": loaded,
        "finds_the_copy": bool(found[0][0] == 0 and found[1][0] == 0),
        **measure.speed(args.samples, times, "samples"), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
