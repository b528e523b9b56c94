#!/usr/bin/env python3
"""Six of [conv3x3 64 -> 64 without bias, batch norm, ReLU] at 64x64 in PyTorch: the peer of
`galatea bench conv-stack-train`.

    stack_torch.py [--batch 32] [--mode channels-last] ...

There is no --micro here: batch norm's statistics are those of the whole batch, so smaller
pieces would be another network.
"""

import argparse
import sys

import measure

LAYERS, CHANNELS, SIZE = 6, 64, 64


def build(args):
    import torch
    from torch import nn

    import training
    layout = training.memory_format(args.mode)
    layers = []
    for _ in range(LAYERS):
        layers += [nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False),
                   nn.BatchNorm2d(CHANNELS), nn.ReLU(inplace=True)]
    model = nn.Sequential(*layers).train().to(memory_format=layout)
    run = training.compiled(model, args.mode)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    images = torch.randn(args.batch, CHANNELS, SIZE, SIZE).contiguous(memory_format=layout)

    def loss_of(x):
        return run(x).square().mean()

    step = training.make_step(loss_of, (images,), args.batch, optimizer)
    return step, {"parameters": sum(p.numel() for p in model.parameters())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    measure.add_training_options(parser, batch=32)
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)
    import training
    training.bench_training("conv-stack-train", args, build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
