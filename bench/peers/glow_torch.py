#!/usr/bin/env python3
"""Glow in PyTorch, with the parameter names of the public implementation by rosinality.

    glow_torch.py bench [--work train|sample] [--batch 8] [--micro 4] [--mode channels-last] ...
    glow_torch.py exchange --galatea PATH --data SET.h5

`bench` is the peer of `galatea bench glow-train` and `glow-sample`: 3 levels of 32 flows, 512
channels inside the couplings, colour images of 64x64. `exchange` gives weights of PyTorch to
galatea and weights of galatea to PyTorch and compares what both tell of the images of SET, with
the same noise in their pixels, and what both draw from the same noise: bits per value and
pixels. It ends with 1 when they differ by more than rounding.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile

import measure

SIZE, CHANNELS, FLOWS, LEVELS, WIDTH, BITS = 64, 3, 32, 3, 512, 5


# ---- The network ----------------------------------------------------------------------------


def network(torch, channels=CHANNELS, flows=FLOWS, levels=LEVELS, width=WIDTH):
    from torch import nn
    from torch.nn import functional as F

    class ActNorm(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.loc = nn.Parameter(torch.zeros(1, c, 1, 1))
            self.scale = nn.Parameter(torch.ones(1, c, 1, 1))
            self.register_buffer("initialized", torch.ones((), dtype=torch.uint8))

        def forward(self, x):
            return self.scale * (x + self.loc), self.scale.abs().log().sum()

        def reverse(self, y):
            return y / self.scale - self.loc

    class Mixing(nn.Module):
        """A 1x1 convolution P L (U + diag)."""

        def __init__(self, c):
            super().__init__()
            p, l, u = torch.linalg.lu(torch.linalg.qr(torch.randn(c, c))[0])
            ones = torch.ones(c, c)
            self.w_l = nn.Parameter(l.contiguous())
            self.w_s = nn.Parameter(u.diag().abs().log())
            self.w_u = nn.Parameter(u.triu(1).contiguous())
            for name, values in (("w_p", p), ("u_mask", ones.triu(1)), ("l_mask", ones.tril(-1)),
                                 ("s_sign", u.diag().sign()), ("l_eye", torch.eye(c))):
                self.register_buffer(name, values.contiguous())

        def matrix(self):
            lower = self.w_l * self.l_mask + self.l_eye
            upper = self.w_u * self.u_mask + torch.diag(self.s_sign * self.w_s.exp())
            return self.w_p @ (lower @ upper)

        def forward(self, x):
            return F.conv2d(x, self.matrix()[:, :, None, None]), self.w_s.sum()

        def reverse(self, y):
            return F.conv2d(y, self.inverse)

        def prepare(self):
            """Once per change of the weights: what the way back multiplies by."""
            with torch.no_grad():
                inverse = torch.linalg.inv(self.matrix().double()).float()
            self.inverse = inverse[:, :, None, None].contiguous()

    class ZeroConv(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.conv = nn.Conv2d(inputs, outputs, 3)
            self.scale = nn.Parameter(torch.zeros(1, outputs, 1, 1))
            nn.init.zeros_(self.conv.weight)
            nn.init.zeros_(self.conv.bias)

        def forward(self, x):
            return self.conv(F.pad(x, (1, 1, 1, 1), value=1)) * torch.exp(3 * self.scale)

    class Coupling(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(c // 2, width, 3, padding=1),
                                     nn.ReLU(inplace=True), nn.Conv2d(width, width, 1),
                                     nn.ReLU(inplace=True), ZeroConv(width, c))
            for layer in (self.net[0], self.net[2]):
                nn.init.normal_(layer.weight, 0, 0.05)
                nn.init.zeros_(layer.bias)

        def forward(self, x):
            a, b = x.chunk(2, 1)
            log_s, shift = self.net(a).chunk(2, 1)
            log_det = F.logsigmoid(log_s + 2).sum((1, 2, 3))
            return torch.cat((a, (b + shift) * torch.sigmoid(log_s + 2)), 1), log_det

        def reverse(self, y):
            a, b = y.chunk(2, 1)
            log_s, shift = self.net(a).chunk(2, 1)
            return torch.cat((a, b / torch.sigmoid(log_s + 2) - shift), 1)

    class Flow(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.actnorm, self.invconv, self.coupling = ActNorm(c), Mixing(c), Coupling(c)

        def forward(self, x):
            pixels = x.shape[2] * x.shape[3]
            x, normed = self.actnorm(x)
            x, mixed = self.invconv(x)
            x, coupled = self.coupling(x)
            return x, coupled + pixels * (normed + mixed)

        def reverse(self, y):
            return self.actnorm.reverse(self.invconv.reverse(self.coupling.reverse(y)))

    class Level(nn.Module):
        def __init__(self, c, is_last):
            super().__init__()
            self.is_last = is_last
            self.flows = nn.ModuleList(Flow(c) for _ in range(flows))
            self.prior = ZeroConv(c, 2 * c) if is_last else ZeroConv(c // 2, c)

        def told(self, passed):
            return self.prior(torch.zeros_like(passed) if self.is_last else passed).chunk(2, 1)

        def forward(self, x):
            log_det = 0
            x = F.pixel_unshuffle(x, 2)
            for flow in self.flows:
                x, own = flow(x)
                log_det = log_det + own
            passed, z = (x, x) if self.is_last else x.chunk(2, 1)
            mean, log_sd = self.told(passed)
            log_p = (-0.5 * math.log(2 * math.pi) - log_sd
                     - 0.5 * ((z - mean) * torch.exp(-log_sd)) ** 2).sum((1, 2, 3))
            return passed, log_det, log_p

        def reverse(self, passed, white):
            mean, log_sd = self.told(white if self.is_last else passed)
            z = mean + log_sd.exp() * white
            x = z if self.is_last else torch.cat((passed, z), 1)
            for flow in reversed(self.flows):
                x = flow.reverse(x)
            return F.pixel_shuffle(x, 2)

    class Glow(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(Level(4 * channels * 2**level, level == levels - 1)
                                        for level in range(levels))

        def forward(self, x):
            """Log-densities of images between -1/2 and 1/2."""
            total = 0
            for block in self.blocks:
                x, log_det, log_p = block(x)
                total = total + log_det + log_p
            return total

        def reverse(self, white):
            x = None
            for block, own in zip(reversed(self.blocks), reversed(white)):
                x = block.reverse(x, own)
            return x

        def prepare(self):
            for module in self.modules():
                if isinstance(module, Mixing):
                    module.prepare()

    return Glow()


def latent_shapes(channels=CHANNELS, levels=LEVELS, size=SIZE):
    """Of every level, the finest one first: (c, h, w)."""
    shapes = [(channels * 2 << level, size >> level + 1, size >> level + 1)
              for level in range(levels)]
    c, h, w = shapes[-1]
    return [*shapes[:-1], (2 * c, h, w)]


def bits_per_value(log_p, shape):
    """Of the pixels' numbers of a few bits, given log-densities of what fills them up."""
    return BITS - log_p / (math.prod(shape[1:]) * math.log(2))


def cut(torch, levels):
    return torch.floor(levels / 2 ** (8 - BITS)) / 2**BITS - 0.5


# ---- The bench ------------------------------------------------------------------------------


def compile_flows(model, mode, way):
    """Flow by flow: those of a level share what is compiled, where all 96 as one graph would take
    the compiler an hour."""
    import training
    for block in model.blocks:
        for flow in block.flows:
            setattr(flow, way, training.compiled(getattr(flow, way), mode))


def build_training(args):
    import torch

    import training
    layout = training.memory_format(args.mode)
    model = network(torch).to(memory_format=layout)
    compile_flows(model, args.mode, "forward")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    images = 255 * torch.rand(args.batch, CHANNELS, SIZE, SIZE)
    images = images.contiguous(memory_format=layout)

    def loss_of(levels):
        x = cut(torch, levels)
        return bits_per_value(model(x + torch.rand_like(x) / 2**BITS), x.shape).mean()

    step = training.make_step(loss_of, (images,), args.micro or args.batch, optimizer)
    return step, {"parameters": sum(p.numel() for p in model.parameters())}


def build_sampling(args):
    import torch

    import training
    layout = training.memory_format(args.mode)
    model = network(torch).to(memory_format=layout)
    model.prepare()
    compile_flows(model, args.mode, "reverse")
    shapes = latent_shapes()

    def step():
        with torch.inference_mode():
            model.reverse([torch.randn(args.batch, *shape).contiguous(memory_format=layout)
                           for shape in shapes])

    return step, {"parameters": sum(p.numel() for p in model.parameters())}


# ---- Weights there and back -----------------------------------------------------------------


def galatea(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"galatea {words[0]} ended with {done.returncode}: {done.stderr.strip()}")


def compare(torch, args, model, weights, told, folder):
    """Largest differences of bits per value and of pixels (0 to 255), with weights of one file
    in both. `told` are words that tell galatea what network it is."""
    import csv

    import h5py

    import philox
    table, drawn = os.path.join(folder, "density.csv"), os.path.join(folder, "drawn.h5")
    with h5py.File(args.data) as file:
        levels = torch.tensor(file["images"][:]).float()
    galatea(args.galatea, "density", weights, *told, "--data", args.data, "--out", table,
            "--quiet")
    with open(table) as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        theirs = torch.tensor([float(row["log_density"]) for row in rows])
    noise = philox.uniform(0, philox.stream("glow.dequantise"), levels.numel())
    x = cut(torch, levels) + torch.from_numpy(noise).view_as(levels) / 2**BITS
    galatea(args.galatea, "sample", weights, *told, "--count", "8", "--seed", "3", "--out", drawn,
            "--quiet")
    with h5py.File(drawn) as file:
        pixels = torch.tensor(file["images"][:]).float()
    white = [torch.from_numpy(philox.normal(3, philox.stream(f"glow.eps.{level}"),
                                            8 * math.prod(shape))).view(8, *shape)
             for level, shape in enumerate(latent_shapes(*levels.shape[1:2], size=len(x[0, 0])))]
    with torch.no_grad():
        ours = model(x) - BITS * math.log(2) * math.prod(x.shape[1:])
        model.prepare()
        image = (255 * (model.reverse(white) + 0.5)).clamp(0, 255).floor()
    apart = (ours - theirs).abs().max().item() / (math.prod(x.shape[1:]) * math.log(2))
    return apart, (image - pixels).abs().max().item()


def exchange(args):
    import h5py
    import torch
    from safetensors.torch import load_file
    with h5py.File(args.data) as file:
        channels = file["images"].shape[1]
    sizes = {"flows": 4, "levels": 3, "width": 32}
    torch.manual_seed(1)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        model = network(torch, channels, *sizes.values())
        for name, values in model.named_parameters():    # the first ones leave half of it out
            if "w_l" not in name and "w_u" not in name:
                values.data += 0.02 * torch.randn_like(values)
        theirs, run = os.path.join(folder, "model_000001.pt"), os.path.join(folder, "run")
        torch.save(torch.nn.DataParallel(model).state_dict(), theirs)
        words = [word for size in sizes.items() for word in ("--set", "{}={}".format(*size))]
        galatea(args.galatea, "train", "glow", "--preset", "tiny", *words, "--data", args.data,
                "--out", run, "--epochs", "2", "--quiet")
        ours = os.path.join(run, "last.safetensors")
        for who, weights, told in (("PyTorch in galatea", theirs, ["--model", "glow", *words,
                                                                   "--like", run]),
                                   ("galatea in PyTorch", ours, [])):
            if weights == ours:
                state = {k: v for k, v in load_file(ours).items() if k != "train_mean"}
                model.load_state_dict(state, strict=True)
            bits, pixels = compare(torch, args, model, weights, told, folder)
            good &= bits <= 1e-5 and pixels <= 1
            print(f"weights of {who}: {bits:.2g} bits per value, {pixels:g} of 255 in pixels")
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measured = commands.add_parser("bench")
    measure.add_training_options(measured, batch=8)
    measured.add_argument("--work", choices=("train", "sample"), default="train")
    measured.add_argument("--micro", type=measure.natural, default=0, metavar="N",
                          help="images at a time, their gradients added (default: all)")
    there = commands.add_parser("exchange")
    there.add_argument("--galatea", required=True)
    there.add_argument("--data", required=True)
    args = parser.parse_args()
    if args.command == "exchange":
        return exchange(args)
    measure.enter_environment(args.threads, args.malloc, args.preload)
    import training
    build = build_training if args.work == "train" else build_sampling
    training.bench_training(f"glow-{args.work}", args, build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
