#!/usr/bin/env python3
"""The masked autoregressive flow of the paper in PyTorch: the peer of
`galatea bench maf-paper-train`.

    maf_torch.py [--batch 1000] [--mode eager] ...

48 blocks of a masked network with two hidden layers of 512 units, a normalisation by the
batch's statistics, and a reversal; codes of 256 numbers; Adam with weight decay 1e-6. Masks
multiply the weights in every forward pass, as the packages for such flows do.
"""

import argparse
import math
import sys

import measure

BLOCKS, HIDDEN, FEATURES = 48, 512, 256


def build(args):
    import torch
    import torch.nn.functional as F
    from torch import nn

    import training

    def mask(rows, columns):
        return (rows[:, None] >= columns[None, :]).float()

    class MaskedLinear(nn.Module):
        def __init__(self, rows, columns):
            super().__init__()
            self.linear = nn.Linear(len(columns), len(rows))
            self.register_buffer("mask", mask(rows, columns))

        def forward(self, x):
            return F.linear(x, self.linear.weight * self.mask, self.linear.bias)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            inputs, units = torch.arange(FEATURES), torch.arange(HIDDEN) % (FEATURES - 1)
            outputs = torch.arange(2 * FEATURES) % FEATURES - 1
            self.joiner = MaskedLinear(units, inputs)
            self.hidden = MaskedLinear(units, units)
            self.out = MaskedLinear(outputs, units)
            self.log_gamma = nn.Parameter(torch.zeros(FEATURES))
            self.beta = nn.Parameter(torch.zeros(FEATURES))

        def forward(self, x):
            h = torch.tanh(self.hidden(torch.tanh(self.joiner(x))))
            m, a = self.out(h).chunk(2, 1)
            u = (x - m) * torch.exp(-a)
            mean = u.mean(0)
            var = (u - mean).pow(2).mean(0) + 1e-5
            y = torch.exp(self.log_gamma) * (u - mean) / torch.sqrt(var) + self.beta
            log_det = -a.sum(1) + (self.log_gamma - 0.5 * torch.log(var)).sum()
            return y.flip(1), log_det

    class Flow(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))

        def forward(self, x):
            total = 0
            for block in self.blocks:
                x, log_det = block(x)
                total = total + log_det
            base = -0.5 * x.pow(2).sum(1) - 0.5 * FEATURES * math.log(2 * math.pi)
            return -(base + total).mean()

    model = Flow().train()
    run = training.compiled(model, args.mode)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4, weight_decay=1e-6)
    codes = torch.randn(args.batch, FEATURES)
    step = training.make_step(run, (codes,), args.batch, optimizer)
    return step, {"parameters": sum(p.numel() for p in model.parameters())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    measure.add_training_options(parser, batch=1000)
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)
    import training
    training.bench_training("maf-paper-train", args, build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
