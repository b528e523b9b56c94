#!/usr/bin/env python3
"""A training step of SimCLR on ResNet-34 in PyTorch: the peer of
`galatea bench simclr-train`.

    simclr_torch.py [--batch 128] [--mode channels-last] ...

Two views of 64x64 with one channel pass one after the other, as the public examples do;
projector 512 -> 512 -> 128 with batch norms, NT-Xent with temperature 0.5, LARS. There is no
--micro here: batch norm and loss look at the whole batch.
"""

import argparse
import sys

import measure

SIZE, WIDTHS, BLOCKS = 64, (64, 128, 256, 512), (3, 4, 6, 3)


def lars_class(torch):
    """LARS with the groups of the public benchmarks: what has one axis is not scaled."""

    class Lars(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, dict(lr=1e-3, momentum=0.9, decay=1e-6, trust=1e-3))

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                params = [p for p in group["params"] if p.grad is not None]
                steps = [p.grad for p in params]
                scaled = [i for i, p in enumerate(params) if p.ndim > 1]
                lengths = torch._foreach_norm([params[i] for i in scaled])
                slopes = torch._foreach_norm([steps[i] for i in scaled])
                for i, length, slope in zip(scaled, lengths, slopes):
                    rate = group["trust"] * length / (slope + group["decay"] * length + 1e-8)
                    rate = torch.where((length > 0) & (slope > 0), rate, 1.0)
                    steps[i] = steps[i].add(params[i], alpha=group["decay"]).mul_(rate)
                buffers = []
                for p, d in zip(params, steps):
                    state = self.state[p]
                    if "buffer" not in state:
                        state["buffer"] = torch.zeros_like(p)
                    buffers.append(state["buffer"])
                torch._foreach_mul_(buffers, group["momentum"])
                torch._foreach_add_(buffers, steps)
                torch._foreach_add_(params, buffers, alpha=-group["lr"])

    return Lars


def network(torch):
    from torch import nn

    def conv(inputs, outputs, kernel, stride):
        return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
            self.conv2, self.bn2 = conv(outputs, outputs, 3, 1), nn.BatchNorm2d(outputs)
            self.relu = nn.ReLU(inplace=True)
            self.downsample = None
            if stride > 1 or inputs != outputs:
                self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride),
                                                nn.BatchNorm2d(outputs))

        def forward(self, x):
            past = x if self.downsample is None else self.downsample(x)
            y = self.relu(self.bn1(self.conv1(x)))
            return self.relu(self.bn2(self.conv2(y)) + past)

    layers = [conv(1, WIDTHS[0], 7, 2), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU(inplace=True),
              nn.MaxPool2d(3, 2, 1)]
    inputs = WIDTHS[0]
    for stage, (width, count) in enumerate(zip(WIDTHS, BLOCKS)):
        for number in range(count):
            layers.append(Block(inputs, width, 2 if stage and not number else 1))
            inputs = width
    head = [nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(inplace=True),
            nn.Linear(512, 128, bias=False), nn.BatchNorm1d(128)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), *head)


def build(args):
    import torch
    import torch.nn.functional as F

    import training
    layout = training.memory_format(args.mode)
    model = network(torch).train().to(memory_format=layout)
    run = training.compiled(model, args.mode)
    optimizer = lars_class(torch)(model.parameters())
    views = [torch.rand(args.batch, 1, SIZE, SIZE).contiguous(memory_format=layout)
             for _ in range(2)]

    def loss_of(first, second):
        rows = F.normalize(torch.cat([run(first), run(second)]), dim=1)
        logits = rows @ rows.T / 0.5
        logits.fill_diagonal_(float("-inf"))
        partner = torch.arange(len(rows)).roll(len(first))
        return F.cross_entropy(logits, partner)

    step = training.make_step(loss_of, views, args.batch, optimizer)
    return step, {"parameters": sum(p.numel() for p in model.parameters())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    measure.add_training_options(parser, batch=128)
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)
    import training
    training.bench_training("simclr-train", args, build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
