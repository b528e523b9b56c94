#!/usr/bin/env python3
"""The light-weight GAN in PyTorch.

    gan_torch.py bench [--batch 40] [--mode channels-last] ...
    gan_torch.py sample [--batch 16] [--mode channels-last] ...
    gan_torch.py exchange --galatea PATH --data SET.h5

`bench` is training at the paper's size (128x128 pixels, 3 channels): a step is four iterations
of both networks on a quarter of the batch each, the gradient penalty in the first of them; the
peer of `galatea bench gan-train`. `sample` draws pictures, the peer of `gan-sample`. `exchange`
gives weights of PyTorch to galatea and weights of galatea to PyTorch under the same names, has
both make pictures of the same latents and noise and score the images of SET, and ends with 1
when a picture differs by more than one level of 255 or a score by more than a rounding error.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile

import measure

PAPER = {"side": 128, "latent": 256, "channels": 3, "most": 512, "exponent": 12,
         "attention": (32,), "heads": 8, "head_size": 64}
TINY = {"side": 32, "latent": 16, "channels": 3, "most": 16, "exponent": 12,
        "attention": (16,), "heads": 2, "head_size": 8}
ITERATIONS = 4


def networks(torch, s):
    """Generator and discriminator; parameters have the names of the public implementation."""
    from torch import nn
    F = nn.functional
    last_side = int(math.log2(s["side"]))

    def features(r, made=False):
        return 3 if made and r >= 8 else min(2 ** max(s["exponent"] - r, 0), s["most"])

    class Glu(nn.Module):
        def forward(self, x):
            a, b = x.chunk(2, dim=1)
            return a * torch.sigmoid(b)

    class ShuffleUp(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(c, 4 * c, 1), nn.SiLU(), nn.PixelShuffle(2))

        def forward(self, x):
            return self.net(x)

    class SameConv(nn.Conv2d):
        """A window of 4 x 4 with two zeros before and one behind."""

        def forward(self, x):
            return super().forward(F.pad(x, (2, 1, 2, 1)))

    class Noise(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))
            self.given = None    # in place of drawn noise

        def forward(self, x):
            noise = self.given
            if noise is None:
                noise = torch.randn(len(x), 1, *x.shape[2:])
            return x + self.weight * noise

    class ChannelNorm(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.g = nn.Parameter(torch.ones(1, c, 1, 1))
            self.b = nn.Parameter(torch.zeros(1, c, 1, 1))

        def forward(self, x):
            variance, mean = torch.var_mean(x, dim=1, unbiased=False, keepdim=True)
            return (x - mean) * torch.rsqrt(variance + 1e-5) * self.g + self.b

    class Attention(nn.Module):
        def __init__(self, c):
            super().__init__()
            inner = s["heads"] * s["head_size"]
            self.to_lin_q = nn.Conv2d(c, inner, 1, bias=False)
            self.to_lin_kv = nn.Module()
            self.to_lin_kv.net = nn.Sequential(
                nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False),
                nn.Conv2d(c, 2 * inner, 1, bias=False))
            self.to_q = nn.Conv2d(c, inner, 1, bias=False)
            self.to_kv = nn.Conv2d(c, 2 * inner, 1, bias=False)
            self.to_out = nn.Conv2d(2 * inner, c, 1)

        def heads(self, x):
            return x.reshape(len(x), s["heads"], s["head_size"], -1)

        def wide(self, x):
            q = self.heads(self.to_lin_q(x)).softmax(dim=2) * s["head_size"] ** -0.5
            k, v = map(self.heads, self.to_lin_kv.net(x).chunk(2, dim=1))
            context = k.softmax(dim=3) @ v.transpose(2, 3)
            return F.gelu((context.transpose(2, 3) @ q).reshape(len(x), -1, *x.shape[2:]))

        def near(self, x):
            n, size, pixels = len(x), s["head_size"], x.shape[2] * x.shape[3]
            q = self.heads(self.to_q(x)).unsqueeze(3) * size ** -0.5
            k, v = (F.unfold(part.contiguous(), 3, padding=1)
                    .reshape(n, s["heads"], size, 9, pixels)
                    for part in self.to_kv(x).chunk(2, dim=1))
            shares = (q * k).sum(dim=2, keepdim=True).softmax(dim=3)
            return (shares * v).sum(dim=3).reshape(n, -1, *x.shape[2:])

        def forward(self, x):
            return self.to_out(torch.cat([self.wide(x), self.near(x)], dim=1))

    class NormedAttention(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.norm, self.fn = ChannelNorm(c), Attention(c)

        def forward(self, x):
            return self.fn(self.norm(x))

    class ResidualAttention(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.fn = NormedAttention(c)

        def forward(self, x):
            return x + self.fn(x)

    class Context(nn.Module):
        def __init__(self, a, b):
            super().__init__()
            narrow = max(3, b // 2)
            self.to_k = nn.Conv2d(a, 1, 1)
            self.net = nn.Sequential(nn.Conv2d(a, narrow, 1), nn.LeakyReLU(0.1),
                                     nn.Conv2d(narrow, b, 1), nn.Sigmoid())

        def forward(self, x):
            shares = self.to_k(x).flatten(2).softmax(dim=2)
            return self.net((x.flatten(2) @ shares.transpose(1, 2)).unsqueeze(3))

    class Block(nn.Sequential):
        def __init__(self, a, o):
            same = nn.Sequential(nn.Identity(), SameConv(a, 2 * o, 4))
            super().__init__(ShuffleUp(a), nn.Identity(), same, Noise(),
                             nn.BatchNorm2d(2 * o), Glu())

    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            latent, count = s["latent"], last_side - 2
            sizes = [latent] + [features(r, True) for r in range(2, last_side)]
            self.initial_conv = nn.Sequential(nn.ConvTranspose2d(latent, 2 * latent, 4),
                                              nn.BatchNorm2d(2 * latent), Glu())
            self.layers = nn.ModuleList()
            for i in range(count):
                gate = Context(sizes[i + 1], sizes[i + 4]) if 1 <= i < count - 3 else None
                attention = (NormedAttention(sizes[i])
                             if 4 << i in s["attention"] else None)
                self.layers.append(nn.ModuleList([Block(sizes[i], sizes[i + 1]), gate,
                                                  attention]))
            self.out_conv = nn.Conv2d(sizes[-1], s["channels"], 3, padding=1)

        def forward(self, z):
            x = F.normalize(self.initial_conv(z[:, :, None, None]), dim=1)
            gates = {}
            for i, (block, gate, attention) in enumerate(self.layers):
                if attention is not None:
                    x = x + attention(x)
                x = block(x)
                if gate is not None:
                    gates[i + 3] = gate(x)
                if i in gates:
                    x = x * gates[i]
            return self.out_conv(x)

    class Down(nn.Module):
        def __init__(self, a, b):
            super().__init__()
            unshuffled = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * a, b, 1))
            self.branches = nn.ModuleList([
                nn.Sequential(nn.Identity(), unshuffled, nn.LeakyReLU(0.1),
                              nn.Conv2d(b, b, 3, padding=1), nn.LeakyReLU(0.1)),
                nn.Sequential(nn.Identity(), nn.AvgPool2d(2), nn.Conv2d(a, b, 1),
                              nn.LeakyReLU(0.1))])

        def forward(self, x):
            return self.branches[0](x) + self.branches[1](x)

    class Decoder(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.layers = nn.ModuleList()
            for i in range(4):
                made = 2 * s["channels"] if i == 3 else c
                self.layers.append(nn.Sequential(ShuffleUp(c),
                                                 nn.Conv2d(c, made, 3, padding=1), Glu()))
                c //= 2

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    class Discriminator(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = [s["channels"]] + [features(r) for r in range(last_side - 1, 2, -1)]
            self.residual_layers = nn.ModuleList()
            for i in range(len(sizes) - 1):
                attention = (NormedAttention(sizes[i])
                             if s["side"] >> i in s["attention"] else None)
                self.residual_layers.append(nn.ModuleList([Down(sizes[i], sizes[i + 1]),
                                                           attention]))
            last = sizes[-1]
            self.to_logits = nn.Sequential(nn.Identity(),
                                           nn.Conv2d(last, last, 3, stride=2, padding=1),
                                           nn.LeakyReLU(0.1), nn.Conv2d(last, 1, 4))
            self.to_shape_disc_out = nn.Sequential(
                nn.Conv2d(s["channels"], 64, 3, padding=1), ResidualAttention(64), Down(64, 32),
                ResidualAttention(32), nn.AdaptiveAvgPool2d(4), nn.Conv2d(32, 1, 4))
            self.decoder1 = Decoder(last)

        def forward(self, x, decodes=False):
            """Scores of both heads, and the picture again where it is asked for."""
            small = self.to_shape_disc_out(F.interpolate(x, size=(32, 32)))
            for down, attention in self.residual_layers:
                if attention is not None:
                    x = x + attention(x)
                x = down(x)
            decoded = self.decoder1(x) if decodes else None
            return self.to_logits(x).flatten(1), small.flatten(1), decoded

    def start(net):
        for module in net.modules():
            if type(module) in (nn.Conv2d, SameConv):
                nn.init.kaiming_normal_(module.weight, a=0, mode="fan_in")
            if isinstance(module, ShuffleUp):
                nn.init.zeros_(module.net[0].bias)
        return net

    return start(Generator()), start(Discriminator())


# ---- Measuring ------------------------------------------------------------------------------


def make_models(args):
    import torch

    import training
    layout = training.memory_format(args.mode)
    generator, discriminator = (net.train().to(memory_format=layout)
                                for net in networks(torch, PAPER))
    parameters = sum(p.numel() for net in (generator, discriminator) for p in net.parameters())
    return torch, training, layout, generator, discriminator, {"parameters": parameters}


def build(args):
    torch, training, layout, generator, discriminator, extra = make_models(args)
    if args.batch % ITERATIONS:
        sys.exit(f"--batch {args.batch} is no multiple of {ITERATIONS}")
    part = args.batch // ITERATIONS
    make, judge = (training.compiled(net, args.mode) for net in (generator, discriminator))
    moves, learns = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.9))
                     for net in (generator, discriminator))
    images = torch.rand(args.batch, 3, PAPER["side"], PAPER["side"])
    images = images.contiguous(memory_format=layout)

    def latents():
        return torch.randn(part, PAPER["latent"])

    def penalty(logits, real):
        slopes, = torch.autograd.grad(logits, real, create_graph=True)
        return 10 * (slopes.flatten(1).norm(dim=1) - 1).square().mean()

    def learn(real, is_costly):
        # second derivatives are not to be had of what is compiled
        judges = discriminator if is_costly else judge
        with torch.no_grad():
            fake = make(latents())
        if is_costly:
            real = real.clone().requires_grad_()
        of_fake = judges(fake)
        main, small, decoded = judges(real, True)
        loss = (decoded - real).square().mean()
        for said, of_real in zip(of_fake[:2], (main, small)):
            loss = loss + (torch.relu(1 + of_real) + torch.relu(1 - said)).mean()
        if is_costly:
            loss = loss + penalty(main.sum() + small.sum(), real)
        learns.zero_grad(set_to_none=True)
        loss.backward()
        learns.step()

    def move():
        discriminator.requires_grad_(False)
        main, small, _ = judge(make(latents()))
        moves.zero_grad(set_to_none=True)
        (main.mean() + small.mean()).backward()
        moves.step()
        discriminator.requires_grad_(True)

    def step():
        for i in range(ITERATIONS):
            learn(images[i * part:(i + 1) * part], i == 0)
            move()

    return step, extra


def build_sampling(args):
    torch, training, _, generator, _, extra = make_models(args)
    make = training.compiled(generator.eval(), args.mode)

    def step():
        with torch.inference_mode():
            make(torch.randn(args.batch, PAPER["latent"])).clamp(0, 1)

    return step, extra


# ---- Weights there and back -----------------------------------------------------------------


def galatea(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"galatea {words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def drawn(torch, name, seed, shape):
    """The normal numbers that galatea draws under that name."""
    import philox
    numbers = philox.normal(seed, philox.stream(name), math.prod(shape))
    return torch.from_numpy(numbers).reshape(shape)


def from_zero_to_one(torch, file):
    """The images of a set of bytes, or of numbers with a range."""
    images = torch.tensor(file["images"][:])
    if not images.is_floating_point():
        return images / 255
    low, high = (float(file.attrs[name]) for name in ("value_min", "value_max"))
    return (images - low) / (high - low)


TINY_WORDS = ("--model", "gan", "--preset", "tiny")
COUNT, SEED = 8, 5


def apart(torch, program, weights, pair, data, folder):
    """Largest differences of pictures, in levels, and of scores, relative to the largest."""
    import csv

    import h5py
    generator, discriminator = (net.eval() for net in pair)
    made, scores = os.path.join(folder, "made.h5"), os.path.join(folder, "scores.csv")
    galatea(program, "sample", weights, *TINY_WORDS, "--count", str(COUNT), "--seed", str(SEED),
            "--out", made, "--quiet")
    galatea(program, "score", weights, *TINY_WORDS, "--data", data, "--out", scores, "--quiet")
    for i, layer in enumerate(generator.layers):
        layer[0][3].given = drawn(torch, f"sample.noise.{i}", SEED, (COUNT, 1, 8 << i, 8 << i))
    with torch.no_grad(), h5py.File(made) as ours, h5py.File(data) as file:
        pictures = generator(drawn(torch, "sample.latent", SEED, (COUNT, TINY["latent"])))
        off = 255 * (pictures.clamp(0, 1) - from_zero_to_one(torch, ours)).abs().max().item()
        x = from_zero_to_one(torch, file).expand(-1, TINY["channels"], -1, -1)
        main, small, _ = discriminator(x)
    with open(scores, newline="") as table:
        rows = list(csv.DictReader(line for line in table if not line.startswith("#")))
    theirs = torch.cat([main, small], dim=1)
    ours = torch.tensor([[float(r["main"]), float(r["small"])] for r in rows])
    return off, ((ours - theirs).abs().max() / theirs.abs().max()).item()


def state_of(pair):
    return {f"{prefix}.{name}": value.contiguous()
            for prefix, net in zip("GD", pair) for name, value in net.state_dict().items()
            if not name.endswith("num_batches_tracked")}


def load(pair, state):
    for prefix, net in zip("GD", pair):
        own = {name[2:]: v for name, v in state.items() if name.startswith(prefix + ".")}
        own.update((name, v) for name, v in net.state_dict().items()
                   if name.endswith("num_batches_tracked"))
        net.load_state_dict(own, strict=True)


def exchange(args):
    import torch
    from safetensors.torch import load_file
    torch.manual_seed(1)
    pair = networks(torch, TINY)
    for net in pair:    # so that noise, norms and biases are seen
        for name, values in net.named_parameters():
            if values.dim() == 1:
                values.data.add_(0.15 * torch.randn_like(values))
    pair[0].train()(torch.randn(16, TINY["latent"]))
    is_close = True
    with tempfile.TemporaryDirectory() as folder:
        theirs, run = os.path.join(folder, "model_1.pt"), os.path.join(folder, "run")
        torch.save({"GAN": state_of(pair), "version": "1.2.1"}, theirs)    # as the public program
        found = [("PyTorch", "galatea", apart(torch, args.galatea, theirs, pair, args.data,
                                              folder))]
        galatea(args.galatea, "train", "gan", "--preset", "tiny", "--data", args.data, "--out",
                run, "--epochs", "2", "--quiet")
        saved = os.path.join(run, "last.safetensors")
        load(pair, load_file(saved))
        found.append(("galatea", "PyTorch", apart(torch, args.galatea, saved, pair, args.data,
                                                  folder)))
    for source, target, (levels, scores) in found:
        print(f"weights of {source} in {target}: pictures differ by {levels:.2g} levels of 255, "
              f"scores by {scores:.2g}")
        is_close = is_close and levels <= 1 and scores <= 1e-5
    return 0 if is_close else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measure.add_training_options(commands.add_parser("bench"), batch=10 * ITERATIONS)
    measure.add_training_options(commands.add_parser("sample"), batch=16)
    there = commands.add_parser("exchange")
    there.add_argument("--galatea", required=True)
    there.add_argument("--data", required=True, help="images of 32x32 pixels, one channel")
    args = parser.parse_args()
    if args.command == "exchange":
        return exchange(args)
    measure.enter_environment(args.threads, args.malloc, args.preload)
    import training
    if args.command == "bench":
        training.bench_training("gan-train", args, build)
    else:
        training.bench_training("gan-sample", args, build_sampling)
    return 0


if __name__ == "__main__":
    sys.exit(main())
