#!/usr/bin/env python3
"""The single-channel VDVAE of the paper in PyTorch, the peer of `galatea bench
vdvae-paper-train`.

    vdvae_torch.py check FILE.safetensors...      is it the same network?
    vdvae_torch.py bench [--batch 16] [--mode channels-last] [--micro 2] ...

Child 2020 (arXiv 2011.10650) describes the blocks; the parameter names are those of its public
checkpoints. `stages` lists, from the image downwards, resolution, encoder blocks and decoder
blocks.
"""

import argparse
import dataclasses
import json
import math
import os
import sys

import measure


@dataclasses.dataclass(frozen=True)
class Config:
    stages: tuple            # ((resolution, encoder blocks, decoder blocks), ...) descending
    width: int = 256
    bottleneck: float = 0.25
    latents: dict = dataclasses.field(default_factory=lambda: {1: 256})
    latents_elsewhere: int = 16
    mixtures: int = 10
    channels: int = 1
    no_bias_above: int = 64
    tap: str = "pre_pool"    # what the decoder sees of a stage: pre_pool or post_block

    def latent_channels(self, resolution):
        return self.latents.get(resolution, self.latents_elsewhere)


PAPER_STAGES = ((64, 3, 5), (32, 3, 5), (16, 2, 4), (8, 2, 3), (4, 2, 2), (1, 1, 1))


def config_from_metadata(text):
    """Config of a fixture: its metadata key `cfg`."""
    c = json.loads(text)
    latents = {int(r): z for r, z in c["zdim"].items()}
    return Config(tuple(zip(c["res"], c["enc_counts"], c["dec_counts"])), c["width"],
                  c["bottleneck"], latents, latents.pop(0, 16), c["nmix"], c["channels"],
                  c["no_bias_above"], c["tap"])


def parse_stages(text):
    """'64:3:5,32:3:5,1:1:1' -> ((64, 3, 5), (32, 3, 5), (1, 1, 1))"""
    stages = tuple(tuple(int(n) for n in part.split(":")) for part in text.split(","))
    if any(len(stage) != 3 for stage in stages):
        raise argparse.ArgumentTypeError(f"{text}: expected RESOLUTION:ENCODER:DECODER,...")
    return stages


def define_network():
    """The modules. In a function so that torch loads only after the environment is set."""
    import torch
    import torch.nn.functional as F
    from torch import nn

    class Residual(nn.Module):
        """Pre-activation bottleneck of four convolutions; 1x1 only at the two smallest maps."""

        def __init__(self, channels_in, middle, channels_out, resolution, skip):
            super().__init__()
            k = 3 if resolution > 2 else 1
            self.c1 = nn.Conv2d(channels_in, middle, 1)
            self.c2 = nn.Conv2d(middle, middle, k, padding=k // 2)
            self.c3 = nn.Conv2d(middle, middle, k, padding=k // 2)
            self.c4 = nn.Conv2d(middle, channels_out, 1)
            self.skip = skip

        def forward(self, x):
            h = self.c1(F.gelu(x))
            h = self.c2(F.gelu(h))
            h = self.c3(F.gelu(h))
            h = self.c4(F.gelu(h))
            return x + h if self.skip else h

    class Encoder(nn.Module):
        def __init__(self, config):
            super().__init__()
            width, middle = config.width, int(config.width * config.bottleneck)
            self.in_conv = nn.Conv2d(config.channels, width, 3, padding=1)
            self.enc_blocks = nn.ModuleList(
                Residual(width, middle, width, r, skip=True)
                for r, count, _ in config.stages for _ in range(count))
            self.config = config

        def forward(self, x):
            """Images to {resolution: map for the decoder}."""
            blocks = iter(self.enc_blocks)
            stages = self.config.stages
            h = self.in_conv(x)
            maps = {}
            for at, (resolution, count, _) in enumerate(stages):
                maps[resolution] = h
                for i in range(count):
                    h = next(blocks)(h)
                    pooled_next = i == count - 1 and at + 1 < len(stages)
                    if self.config.tap == "pre_pool" or not pooled_next:
                        maps[resolution] = h
                if at + 1 < len(stages):
                    h = F.avg_pool2d(h, resolution // stages[at + 1][0])
            return maps

    class TopDown(nn.Module):
        def __init__(self, config, resolution):
            super().__init__()
            width, middle = config.width, int(config.width * config.bottleneck)
            z = self.latents = config.latent_channels(resolution)
            self.width = width
            self.enc = Residual(2 * width, middle, 2 * z, resolution, skip=False)
            self.prior = Residual(width, middle, 2 * z + width, resolution, skip=False)
            self.z_proj = nn.Conv2d(z, width, 1)
            self.resnet = Residual(width, middle, width, resolution, skip=True)

        def forward(self, x, act, eps):
            """Returns the new map, the KL divergence of each image (nats), z and qm."""
            z, w = self.latents, self.width
            qm, qs = self.enc(torch.cat((x, act), 1)).chunk(2, 1)
            pm, ps, residual = self.prior(x).split((z, z, w), 1)
            if eps is None:
                eps = torch.randn_like(qm)
            latent = qm + qs.exp() * eps
            moved = qs.exp().square() + (qm - pm).square()
            kl = ps - qs - 0.5 + 0.5 * moved / ps.exp().square()
            x = x + residual + self.z_proj(latent)
            return self.resnet(x), kl.sum((1, 2, 3)), latent, qm

    class OutNet(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.out_conv = nn.Conv2d(config.width, 3 * config.mixtures, 1)

        def forward(self, px):
            return self.out_conv(px)

    class Decoder(nn.Module):
        def __init__(self, config):
            super().__init__()
            ascending = config.stages[::-1]
            self.dec_blocks = nn.ModuleList(
                TopDown(config, r) for r, _, count in ascending for _ in range(count))
            self.bias_xs = nn.ParameterList(
                nn.Parameter(torch.zeros(1, config.width, r, r))
                for r, _, _ in ascending if r <= config.no_bias_above)
            self.gain = nn.Parameter(torch.ones(1, config.width, 1, 1))
            self.bias = nn.Parameter(torch.zeros(1, config.width, 1, 1))
            self.out_net = OutNet(config)
            self.config = config

        def forward(self, maps, noise):
            """Returns the features px_z, KL per layer, and the z and qm of every layer."""
            blocks = iter(self.dec_blocks)
            x, trace, j = None, [], 0
            for at, (resolution, _, count) in enumerate(self.config.stages[::-1]):
                act = maps[resolution]
                start = self.bias_xs[at] if at < len(self.bias_xs) else 0
                if x is None:
                    x = start + torch.zeros_like(act)
                else:
                    x = start + F.interpolate(x, scale_factor=resolution // x.shape[-1])
                for _ in range(count):
                    x, *layer = next(blocks)(x, act, noise[j] if noise else None)
                    trace.append(layer)
                    j += 1
            return x * self.gain + self.bias, [list(column) for column in zip(*trace)]

    def dmol_nll(params, target, mixtures):
        """Discretised mixture of logistics, one channel, 8 bit: nats per pixel of each image.

        `params` (N, 3K, H, W) holds K logits, K means and K log scales; target is in [-1, 1].
        """
        half = 1 / 255
        logits, mean, log_scale = params.split(mixtures, 1)
        log_scale = torch.maximum(log_scale, log_scale.new_tensor(-7.0))
        inverse = torch.exp(-log_scale)
        centred = target - mean
        plus, minus = inverse * (centred + half), inverse * (centred - half)
        middle = inverse * centred
        delta = torch.sigmoid(plus) - torch.sigmoid(minus)
        density = middle - log_scale - 2 * F.softplus(middle) - math.log(127.5)
        log_mass = torch.where(delta > 1e-5, delta.clamp(min=1e-12).log(), density)
        log_mass = torch.where(target > 0.999, -F.softplus(minus), log_mass)
        log_mass = torch.where(target < -0.999, plus - F.softplus(plus), log_mass)
        log_p = torch.logsumexp(log_mass + F.log_softmax(logits, 1), 1)
        return -log_p.mean((1, 2))

    class Vdvae(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.encoder = Encoder(config)
            self.decoder = Decoder(config)
            self.config = config
            self.initialise()

        @torch.no_grad()
        def initialise(self):
            """As in the public code of Child 2020: biases and priors start at zero, the last
            convolution of each residual path is scaled down by the depth."""
            for module in self.modules():
                if isinstance(module, nn.Conv2d):
                    module.bias.zero_()
            for block in self.encoder.enc_blocks:
                block.c4.weight.mul_(len(self.encoder.enc_blocks) ** -0.5)
            for block in self.decoder.dec_blocks:
                block.prior.c4.weight.zero_()
                block.z_proj.weight.mul_(len(self.decoder.dec_blocks) ** -0.5)
                block.resnet.c4.weight.mul_(len(self.decoder.dec_blocks) ** -0.5)

        def forward(self, x, target, noise=None):
            """Distortion and rate of each image (nats per pixel), and what `check` compares."""
            px_z, (kl, z, qm) = self.decoder(self.encoder(x), noise)
            distortion = dmol_nll(self.decoder.out_net(px_z), target, self.config.mixtures)
            rate = sum(kl) / target[0].numel()
            return distortion, rate, {"px_z": px_z, "kl": kl, "z": z, "qm": qm}

    return Vdvae


def rmsprop(model, lr=2e-5, momentum=0.9, weight_decay=1e-4):
    import torch
    return torch.optim.RMSprop(model.parameters(), lr=lr, alpha=0.99, eps=1e-8,
                               momentum=momentum, weight_decay=weight_decay, foreach=True)


# ---- check -------------------------------------------------------------------------------

def tolerances(path):
    """{tensor: absolute tolerance} from the table beside a fixture; empty if there is none."""
    table = os.path.splitext(path)[0] + ".tol.tsv"
    if not os.path.exists(table):
        return {}
    with open(table) as lines:
        names = next(lines).rstrip("\n").split("\t")
        column = names.index("suggested_atol")
        return {row[0]: float(row[column]) for row in (line.split("\t") for line in lines)}


class Comparison:
    """Largest error per group of tensors, beside the share of the tolerance it uses up."""

    MUST_SEE = ("grad/", "step1/", "step3/", "act/px_z", "loss/elbo")

    def __init__(self, stored, allowed):
        self.stored, self.allowed, self.groups, self.seen = stored, allowed, {}, set()

    def see(self, name, value):
        """Compares one tensor, if the file has it."""
        if name not in self.stored:
            return
        wanted = self.stored[name]
        error = (value.detach().reshape(wanted.shape).double() - wanted.double()).abs().max()
        error = math.inf if error.isnan() else error.item()
        share = error / self.allowed[name] if name in self.allowed else 0.0
        by_tensor = not name.startswith(("grad/", "step"))
        group = name.rstrip("0123456789").rstrip(".") if by_tensor else name.split("/")[0]
        self.groups.setdefault(group, []).append((error, share, name))
        self.seen.add(name)

    def report(self):
        """Prints the table; False if a tensor is beyond its tolerance or was not seen."""
        good = True
        for group, entries in self.groups.items():
            error, _, where = max(entries)
            share = max(share for _, share, _ in entries)
            good = good and math.isfinite(error) and share <= 1
            verdict = f"{share:.3f} of tolerance" if self.allowed else "tolerance unknown"
            print(f"  {group:<27}{len(entries):4d} tensors  max error {error:.2e}  "
                  f"{verdict:<20}  {where}")
        missed = [n for n in self.stored if n.startswith(self.MUST_SEE) and n not in self.seen]
        for name in missed:
            print(f"  {name}: in the file, not in this network")
        return good and not missed


def check_file(path, mode):
    """Replays one fixture: forward, gradients and three RMSprop steps."""
    import torch
    from safetensors import safe_open

    import training
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
        if "cfg" not in metadata:
            sys.exit(f"{path}: metadata has no cfg, so it is no one-channel VDVAE fixture")
        stored = {name: file.get_tensor(name) for name in file.keys()}
    config = config_from_metadata(metadata["cfg"])
    model = define_network()(config)
    model.load_state_dict({name.removeprefix("param/"): tensor
                           for name, tensor in stored.items() if name.startswith("param/")})
    model = model.to(memory_format=training.memory_format(mode))
    run = training.compiled(model, mode)
    seen = Comparison(stored, tolerances(path))
    pixels = stored["input/image_u8"].permute(0, 3, 1, 2).float()
    x = (pixels + float(metadata["shift"])) * float(metadata["scale"])
    target = (pixels - 127.5) / 127.5
    seen.see("input/x", x)
    seen.see("input/x_target", target)
    noise = [stored[f"noise/eps.{j}"] for j in range(len(model.decoder.dec_blocks))]
    settings = json.loads(metadata["optimizer"])
    optimizer = rmsprop(model, settings["lr"], settings["momentum"], settings["weight_decay"])
    for number in (1, 2, 3):
        optimizer.zero_grad(set_to_none=True)
        distortion, rate, trace = run(x, target, noise)
        elbo = (distortion + rate).mean()
        elbo.backward()
        seen.see(f"loss/elbo_step{number}", elbo)
        norm = torch.nn.utils.get_total_norm([p.grad for p in model.parameters()])
        seen.see(f"opt/grad_norm_step{number}", norm)
        if number == 1:
            compare_forward(seen, model, distortion, rate, elbo, trace)
        optimizer.step()
        for name, parameter in model.named_parameters():
            seen.see(f"step{number}/{name}", parameter)
    count = sum(p.numel() for p in model.parameters())
    print(f"{path} ({mode}): {count} parameters, file says {metadata['n_params']}")
    return seen.report() and count == int(metadata["n_params"])


def compare_forward(seen, model, distortion, rate, elbo, trace):
    seen.see("act/px_z", trace["px_z"])
    for j, (z, qm, kl) in enumerate(zip(trace["z"], trace["qm"], trace["kl"])):
        seen.see(f"act/z.{j}", z)
        seen.see(f"act/qm.{j}", qm)
        seen.see(f"loss/kl_per_layer.{j}", kl)
    seen.see("loss/distortion_per_image", distortion)
    seen.see("loss/rate_per_image", rate)
    seen.see("loss/elbo", elbo)
    seen.see("loss/elbo_bits_per_dim", elbo / math.log(2))
    for name, parameter in model.named_parameters():
        seen.see(f"grad/{name}", parameter.grad)


def check(args):
    for path in args.files:
        if not os.path.isfile(path):
            sys.exit(f"{path}: no such file")
    good = [check_file(path, args.mode) for path in args.files]
    return 0 if all(good) else 1


# ---- bench -------------------------------------------------------------------------------

def faint_sky(count, size, seed):
    """Bytes like a radio cut-out: mostly empty, one bright source in the middle."""
    import torch
    generator = torch.Generator().manual_seed(seed)
    axis = torch.linspace(-1, 1, size)
    blob = 255 * torch.exp(-20 * (axis[:, None] ** 2 + axis ** 2))
    noise = 12 * torch.randn(count, 1, size, size, generator=generator)
    return (blob + noise).clamp(0, 255).round()


def bench_config(args):
    return Config(args.stages, args.width)


def build_bench(args):
    import torch

    import training
    config = bench_config(args)
    layout = training.memory_format(args.mode)
    model = define_network()(config).to(memory_format=layout)
    run = training.compiled(model, args.mode)
    optimizer = rmsprop(model)
    pixels = faint_sky(args.batch, config.stages[0][0], args.seed)
    x = ((pixels - pixels.mean()) / pixels.std()).contiguous(memory_format=layout)
    target = (pixels - 127.5) / 127.5
    parameters = [p.detach() for p in model.parameters()]
    averaged = [p.clone() for p in parameters] if args.ema else []

    def average():
        torch._foreach_lerp_(averaged, parameters, 1 - 0.999)

    def loss_of(x, target):
        distortion, rate, _ = run(x, target)
        return (distortion + rate).mean()

    micro = args.micro or args.batch
    step = training.make_step(loss_of, (x, target), micro, optimizer,
                              average if args.ema else None)
    return step, {"micro": micro, "ema": args.ema,
                  "parameters": sum(p.numel() for p in parameters)}


def bench(args):
    import training
    preset = "paper" if bench_config(args) == Config(PAPER_STAGES) else "custom"
    training.bench_training(f"vdvae-{preset}-train", args, build_bench)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    checker = verbs.add_parser("check", help="compare with stored fixtures")
    checker.add_argument("files", nargs="+")
    checker.add_argument("--mode", choices=measure.MODES, default="eager")
    checker.add_argument("--threads", type=measure.positive, default=2)
    bencher = verbs.add_parser("bench", help="time a training step")
    bencher.add_argument("--stages", type=parse_stages, metavar="R:E:D,...",
                         default=PAPER_STAGES,
                         help="resolution, encoder and decoder blocks, descending "
                              "(default: the paper's six)")
    bencher.add_argument("--width", type=measure.positive, default=256)
    bencher.add_argument("--micro", type=measure.positive, metavar="M",
                         help="images at a time, gradients accumulated (default: the batch)")
    bencher.add_argument("--ema", action="store_true", help="keep a moving average of weights")
    measure.add_training_options(bencher, batch=16)
    args = parser.parse_args()
    if args.verb == "check":
        measure.enter_environment(args.threads)
        return check(args)
    measure.enter_environment(args.threads, args.malloc, args.preload)
    return bench(args)


if __name__ == "__main__":
    sys.exit(main())
