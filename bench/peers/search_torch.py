#!/usr/bin/env python3
"""Cosine search with PyTorch, one product and topk: the peer of `galatea bench search`.

    search_torch.py [--rows 1000000] [--queries 100] [--width 256] [--top 9]

Two modes. `whole` is what people write: normalised rows kept in memory, all scores at once. `cut`
takes the rows in blocks of 65536 and merges the best of each, which needs less memory. Codes are
kept as they are and scaled to length 1 before the clock starts, in the peer's favour: Galatea
measures the lengths within each search.
"""

import argparse
import sys

import measure

BLOCK = 65536


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=measure.positive, default=1000000)
    parser.add_argument("--queries", type=measure.positive, default=100)
    parser.add_argument("--width", type=measure.positive, default=256)
    parser.add_argument("--top", type=measure.positive, default=9)
    measure.add_options(parser, modes=("whole", "cut"))
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)

    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    loaded = measure.resident_bytes()
    codes = torch.empty(args.rows, args.width).normal_()
    queries = codes[:args.queries].clone()
    for block in codes.split(BLOCK):
        block /= block.norm(dim=1, keepdim=True)

    def whole():
        unit = queries / queries.norm(dim=1, keepdim=True)
        return torch.topk(unit @ codes.T, args.top)

    def cut():
        unit = queries / queries.norm(dim=1, keepdim=True)
        scores, rows = [], []
        for first in range(0, args.rows, BLOCK):
            block = codes[first:first + BLOCK]
            best = torch.topk(unit @ block.T, min(args.top, len(block)))
            scores.append(best.values)
            rows.append(best.indices + first)
        best = torch.topk(torch.cat(scores, 1), args.top)
        return best.values, torch.cat(rows, 1).gather(1, best.indices)

    step = {"whole": whole, "cut": cut}[args.mode]
    times = measure.time_steps(step, args.warmup, args.steps)
    found = step()[1]
    measure.emit({
        "name": "search", "peer": "pytorch", "version": torch.__version__, "mode": args.mode,
        "rows": args.rows, "queries": args.queries, "width": args.width, "top": args.top,
        "threads": args.threads, "machine": measure.machine(), "loaded_bytes": loaded,
        "finds_itself": bool((found[:, 0] == torch.arange(args.queries)).all()),
        **measure.speed(args.queries, times, "queries"), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
