#!/usr/bin/env python3
"""The blind bias-free U-Net denoiser in PyTorch.

    diffusion_torch.py bench [--batch 16] [--mode channels-last] ...
    diffusion_torch.py sample [--batch 16] [--mode channels-last] ...
    diffusion_torch.py exchange --galatea PATH --data SET.h5

`bench` is a training step at the paper's size (64 channels, 3 levels, 64x64): the peer of
`galatea bench diffusion-paper-train`. `sample` is eight steps of the coarse-to-fine sampler and its
last look, nine passes of the network an image: the peer of `galatea bench diffusion-paper-sample`,
with the norms in the convolutions' weights, as it is best for PyTorch too. `exchange` gives weights of PyTorch to galatea and weights
of galatea to PyTorch, has both take noise out of the images of SET (at noise level 0, so that
no noise has to be shared), and ends with 1 when their PSNR differ by more than 0.001 dB.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import measure

SIZE, WIDTH, LEVELS = 64, 64, 3
STEPS = 8    # of a sampler


def network(torch, width=WIDTH, levels=LEVELS, channels=1):
    from torch import nn

    class BiasFreeNorm(nn.Module):
        def __init__(self, features):
            super().__init__()
            self.gammas = nn.Parameter(torch.randn(1, features, 1, 1).mul_(2 / 576)
                                       .clamp_(-0.025, 0.025))
            self.register_buffer("running_sd", torch.ones(1, features, 1, 1))

        def forward(self, x):
            if not self.training:
                return x * (self.gammas / self.running_sd)
            deviation = (x.var(dim=(0, 2, 3), keepdim=True, unbiased=False) + 1e-5).sqrt()
            with torch.no_grad():
                self.running_sd.mul_(0.9).add_(deviation, alpha=0.1)
            return x * (self.gammas / deviation)

    def conv(inputs, outputs):
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)

    def stage(inputs, outputs):
        return nn.Sequential(conv(inputs, outputs), BiasFreeNorm(outputs), nn.ReLU(inplace=True),
                             conv(outputs, outputs), BiasFreeNorm(outputs), nn.ReLU(inplace=True))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = [width << b for b in range(levels + 1)]
            first = nn.Sequential(conv(channels, width), nn.ReLU(inplace=True),
                                  conv(width, width), BiasFreeNorm(width), nn.ReLU(inplace=True))
            last = nn.Sequential(conv(2 * width, width), BiasFreeNorm(width),
                                 nn.ReLU(inplace=True), conv(width, channels))
            self.encoder = nn.ModuleList([first, *(stage(c // 2, c) for c in sizes[1:-1])])
            self.mid_block = stage(sizes[-2], sizes[-1])
            self.upsample = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, 2, bias=False)
                                          for c in sizes[:-1])
            self.decoder = nn.ModuleList([last, *(stage(2 * c, c) for c in sizes[1:-1])])

        def forward(self, x):
            kept = []
            for block in self.encoder:
                x = block(x)
                kept.append(x)
                x = nn.functional.avg_pool2d(x, 2)
            x = self.mid_block(x)
            for b in reversed(range(levels)):
                x = self.decoder[b](torch.cat([self.upsample[b](x), kept[b]], dim=1))
            return x

    return UNet()


def build(args):
    import torch

    import training
    layout = training.memory_format(args.mode)
    model = network(torch).train().to(memory_format=layout)
    run = training.compiled(model, args.mode)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    images = torch.rand(args.batch, 1, SIZE, SIZE).contiguous(memory_format=layout)

    def loss_of(x):
        sigma = torch.rand(len(x), 1, 1, 1).square()
        noise = sigma * torch.randn_like(x)
        return (run(x + noise) - noise).square().sum() / len(x)

    step = training.make_step(loss_of, (images,), args.batch, optimizer)
    return step, {"parameters": sum(p.numel() for p in model.parameters())}


# ---- Sampling -------------------------------------------------------------------------------


def fold_norms(torch, model):
    """At rest a norm is a factor a channel: into the weights of the convolution before it."""
    for stage in [*model.encoder, model.mid_block, *model.decoder]:
        for at, layer in enumerate(stage):
            if hasattr(layer, "running_sd"):
                with torch.no_grad():
                    factor = (layer.gammas / layer.running_sd).flatten()
                    stage[at - 1].weight.mul_(factor[:, None, None, None])
                stage[at] = torch.nn.Identity()


def build_sampler(args):
    import torch

    import training
    layout = training.memory_format(args.mode)
    model = network(torch).eval()
    for name, values in model.named_parameters():
        if name.endswith("gammas"):
            torch.nn.init.ones_(values)
    fold_norms(torch, model)
    shape = (args.batch, 1, SIZE, SIZE)
    with torch.inference_mode():    # first weights see too much noise, or none
        model.decoder[0][-1].weight.div_(model(torch.randn(shape)).square().mean().sqrt())
    model = model.to(memory_format=layout)
    run = training.compiled(model, args.mode)

    def step():
        with torch.inference_mode():
            y = torch.randn(shape).contiguous(memory_format=layout)
            for t in range(1, STEPS + 1):
                h = 0.01 * t / (1 + 0.01 * (t - 1))
                seen = run(y)
                sigma = seen.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
                gamma = sigma * ((1 - 0.1 * h) ** 2 - (1 - h) ** 2) ** 0.5
                y = y - h * seen + gamma * torch.randn(shape)
            return y - run(y)

    return step, {"parameters": sum(p.numel() for p in model.parameters())}


# ---- Weights there and back -----------------------------------------------------------------


def galatea(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"galatea {words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def psnr_of_galatea(program, weights, data, width):
    text = galatea(program, "denoise", weights, "--model", "diffusion", "--set", f"width={width}",
                   "--data", data, "--noise-levels", "0", "--count", "16", "--split", "any",
                   "--exact", "--json")
    return json.loads(text)["levels"][0]["runs"][0]["psnr_mean"]


def psnr_of_torch(torch, model, data):
    import h5py
    with h5py.File(data) as file:
        images = torch.tensor(file["images"][:16]).float() / 255
    with torch.no_grad():
        left = model.eval()(images)
    return (-10 * left.square().mean(dim=(1, 2, 3)).log10()).mean().item()


def exchange(args):
    import torch
    from safetensors.torch import load_file
    width, worst = 16, 0.0
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        model = network(torch, width)
        for name, values in model.named_parameters():
            if name.endswith("gammas"):    # first ones are so small that nothing is seen
                torch.nn.init.uniform_(values, 0.5, 1.5)
        model.train()(torch.rand(8, 1, SIZE, SIZE))
        theirs = os.path.join(folder, "model.pt")
        torch.save(torch.nn.DataParallel(model).state_dict(), theirs)
        ours = psnr_of_galatea(args.galatea, theirs, args.data, width)
        worst = abs(ours - psnr_of_torch(torch, model, args.data))
        print(f"weights of PyTorch in galatea: PSNR differs by {worst:.2g} dB")
        run = os.path.join(folder, "run")
        galatea(args.galatea, "train", "diffusion", "--preset", "tiny", "--set", f"width={width}",
                "--data", args.data, "--out", run, "--epochs", "1", "--quiet")
        saved = os.path.join(run, "last.safetensors")
        state = {k: v for k, v in load_file(saved).items() if k != "train_mean"}
        model.load_state_dict(state, strict=True)
        apart = abs(psnr_of_galatea(args.galatea, saved, args.data, width)
                    - psnr_of_torch(torch, model, args.data))
        print(f"weights of galatea in PyTorch: PSNR differs by {apart:.2g} dB")
    return 0 if max(worst, apart) <= 1e-3 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measured = commands.add_parser("bench")
    measure.add_training_options(measured, batch=16)
    drawn = commands.add_parser("sample")
    measure.add_training_options(drawn, batch=16)
    there = commands.add_parser("exchange")
    there.add_argument("--galatea", required=True)
    there.add_argument("--data", required=True)
    args = parser.parse_args()
    if args.command == "exchange":
        return exchange(args)
    measure.enter_environment(args.threads, args.malloc, args.preload)
    import training
    if args.command == "sample":
        training.bench_training("diffusion-paper-sample", args, build_sampler, "passes",
                                args.batch * (STEPS + 1))
    else:
        training.bench_training("diffusion-paper-train", args, build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
