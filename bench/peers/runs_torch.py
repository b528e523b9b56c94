"""The networks of Galatea's runs in PyTorch, made from the settings that a run tells.

`build(model, settings)` gives a module whose state dict has the names and shapes of the run's
weight file, and whose call gives what `galatea encode` writes (for flows: `galatea density`):
codes of pixels from 0 to 255, (N,C,H,W), or log-densities of codes (N,D).
"""

import math
import re

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.resnet import BasicBlock


def read_settings(text):
    """{key: text} of the lines `key = value` in the metadata `model_config`."""
    pairs = (line.partition(" = ") for line in text.splitlines())
    return {key: value.strip().strip('"') for key, _, value in pairs if key}


def numbers(text):
    return [int(part) for part in text.split(",")]


# ---- Learners from views -----------------------------------------------------------------------

class Encoder(nn.Module):
    """torchvision's ResNet of BasicBlocks, with any widths and without its classifier."""

    def __init__(self, channels, widths, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        inputs, self.stages = widths[0], len(widths)
        for stage, (width, count) in enumerate(zip(widths, blocks)):
            rows = []
            for number in range(count):
                stride, shortcut = 2 if stage and not number else 1, None
                if stride > 1 or inputs != width:
                    shortcut = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False),
                                             nn.BatchNorm2d(width))
                rows.append(BasicBlock(inputs, width, stride, shortcut))
                inputs = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*rows))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x.mean((2, 3))


class Head(nn.Module):
    """Linear layers with batch norms between them; ending: what stands behind the last one."""

    def __init__(self, sizes, ending):
        super().__init__()
        rows, last = [], len(sizes) - 2
        for i in range(len(sizes) - 1):
            plain = i == last and ending == "plain"
            rows.append(nn.Linear(sizes[i], sizes[i + 1], bias=plain))
            if not plain:
                rows.append(nn.BatchNorm1d(sizes[i + 1],
                                           affine=i < last or ending != "without affine"))
            if i < last:
                rows.append(nn.ReLU())
        self.layers = nn.Sequential(*rows)


class Views(nn.Module):
    ENDINGS = {"simclr": "normed", "byol": "plain", "simsiam": "without affine"}

    def __init__(self, model, s):
        super().__init__()
        widths, blocks = numbers(s["widths"]), numbers(s["blocks"])
        channels, output = int(s["image-channels"]), int(s["output"])
        sizes = [widths[-1]] + [int(s["hidden"])] * (int(s["proj-layers"]) - 1) + [output]
        self.shift, self.scale = float(s["pixel-shift"]), float(s["pixel-scale"])
        self.backbone = Encoder(channels, widths, blocks)
        self.projection_head = Head(sizes, self.ENDINGS[model])
        if model != "simclr":
            self.prediction_head = Head([output, int(s["prediction-hidden"]), output], "plain")
        if model == "byol":
            self.backbone_momentum = Encoder(channels, widths, blocks)
            self.projection_head_momentum = Head(sizes, self.ENDINGS[model])

    def forward(self, pixels):
        return self.backbone((pixels + self.shift) * self.scale)


# ---- VDVAE -------------------------------------------------------------------------------------

def read_blocks(text):
    """'64x2,64d2,8m4' -> [(64, 'x', 1), (64, 'x', 1), (64, 'd', 2), (8, 'm', 4)]"""
    blocks = []
    for part in text.split(","):
        size, kind, number = re.fullmatch(r"(\d+)(?:([xdm])(\d+))?", part).groups()
        kind, number = kind or "x", int(number or 1)
        blocks += [(int(size), kind, 1 if kind == "x" else number)] * (
            number if kind == "x" else 1)
    return blocks


def by_size(text, sizes, default):
    """'16,1:256' -> the number of each size; a later entry wins."""
    found = dict.fromkeys(sizes, default)
    for part in filter(None, text.split(",")):
        size, _, number = part.rpartition(":")
        found.update({int(size): int(number)} if size else dict.fromkeys(sizes, int(number)))
    return found


class Residual(nn.Module):
    def __init__(self, inputs, middle, outputs, size):
        super().__init__()
        kernel = 3 if size > 2 else 1
        self.c1 = nn.Conv2d(inputs, middle, 1)
        self.c2 = nn.Conv2d(middle, middle, kernel, padding=kernel // 2)
        self.c3 = nn.Conv2d(middle, middle, kernel, padding=kernel // 2)
        self.c4 = nn.Conv2d(middle, outputs, 1)

    def forward(self, x):
        for conv in (self.c1, self.c2, self.c3, self.c4):
            x = conv(F.gelu(x))
        return x


class TopDown(nn.Module):
    def __init__(self, width, middle, latents, size):
        super().__init__()
        self.split = (latents, latents, width)
        if latents:
            self.enc = Residual(2 * width, middle, 2 * latents, size)
            self.prior = Residual(width, middle, 2 * latents + width, size)
            self.z_proj = nn.Conv2d(latents, width, 1)
        self.resnet = Residual(width, middle, width, size)

    def forward(self, x, seen):
        """The new map, and the mean of the posterior (None without latents)."""
        mean = None
        if self.split[0]:
            mean = self.enc(torch.cat((x, seen), 1)).chunk(2, 1)[0]
            x = x + self.prior(x).split(self.split, 1)[2] + self.z_proj(mean)
        return x + self.resnet(x), mean


class Vdvae(nn.Module):
    def __init__(self, _, s):
        super().__init__()
        self.down, self.up = read_blocks(s["encoder-blocks"]), read_blocks(s["decoder-blocks"])
        top, width = int(s["image-height"]), int(s["width"])
        sizes = {top} | {size // number if kind == "d" else size
                         for size, kind, number in self.down}
        self.widths = by_size(s.get("widths", ""), sizes, width)
        latents = by_size(s["latents"], sizes, 0)
        self.top, self.taps_late = top, s["tap"] == "pre_pool"
        self.shift, self.scale = float(s["pixel-shift"]), float(s["pixel-scale"])
        middle = {size: int(w * float(s["bottleneck"])) for size, w in self.widths.items()}
        channels, mixtures = int(s["image-channels"]), int(s["mixtures"])
        self.encoder, self.decoder = nn.Module(), nn.Module()
        self.encoder.in_conv = nn.Conv2d(channels, width, 3, padding=1)
        self.encoder.enc_blocks = nn.ModuleList(
            Residual(self.widths[r], middle[r], self.widths[r], r) for r, _, _ in self.down)
        self.decoder.dec_blocks = nn.ModuleList(
            TopDown(self.widths[r], middle[r], latents[r], r) for r, _, _ in self.up)
        self.started = [r for r in sorted({r for r, _, _ in self.up})
                        if r <= int(s["bias-up-to"])]
        self.decoder.bias_xs = nn.ParameterList(
            nn.Parameter(torch.zeros(1, self.widths[r], r, r)) for r in self.started)
        self.decoder.gain = nn.Parameter(torch.ones(1, width, 1, 1))
        self.decoder.bias = nn.Parameter(torch.zeros(1, width, 1, 1))
        self.decoder.out_net = nn.Module()
        self.decoder.out_net.out_conv = nn.Conv2d(
            width, (3 if channels == 1 else 10) * mixtures, 1)

    def encode(self, x):
        """{size: the map that the decoder sees}"""
        h, seen = self.encoder.in_conv(x), {}
        seen[self.top] = h
        for (size, kind, number), block in zip(self.down, self.encoder.enc_blocks):
            h = h + block(h)
            if kind == "d":
                if self.taps_late:
                    seen[size] = h
                h, size = F.avg_pool2d(h, number), size // number
            more = self.widths[size] - h.shape[1]
            h = F.pad(h, (0, 0, 0, 0, 0, more)) if more > 0 else h[:, :self.widths[size]]
            seen[size] = h
        return seen

    def start(self, size, source, maps, like):
        x = maps.get(size)
        if x is None and size in self.started:
            x = self.decoder.bias_xs[self.started.index(size)]
        if x is None:
            x = torch.zeros_like(like)
        if source:
            below = maps[source][:, :self.widths[size]]
            x = x + F.interpolate(below, scale_factor=size // source)
        return x.expand_as(like)

    def forward(self, pixels):
        """The code: the mean of the first layer of latents."""
        seen, maps = self.encode((pixels + self.shift) * self.scale), {}
        for (size, kind, number), block in zip(self.up, self.decoder.dec_blocks):
            source = number if kind == "m" else 0
            maps[size], mean = block(self.start(size, source, maps, seen[size]), seen[size])
            if mean is not None:
                return mean.flatten(1)
        raise ValueError("a VDVAE without latents")


# ---- Flows -------------------------------------------------------------------------------------

class Masked(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        self.linear = nn.Linear(len(columns), len(rows))
        self.register_buffer("mask", (rows[:, None] >= columns[None, :]).float())

    def forward(self, x):
        return F.linear(x, self.linear.weight * self.mask, self.linear.bias)


class Network(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        units = torch.arange(width) % max(features - 1, 1)
        outputs = torch.arange(2 * features) % features - 1
        self.joiner = Masked(units, torch.arange(features))
        self.trunk = nn.Sequential(nn.Tanh(), Masked(units, units), nn.Tanh(),
                                   Masked(outputs, units))

    def forward(self, x):
        m, a = self.trunk(self.joiner(x)).chunk(2, 1)
        return (x - m) * torch.exp(-a), -a.sum(1)


class Norm(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.log_gamma = nn.Parameter(torch.zeros(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, x):
        y = (x - self.running_mean) / self.running_var.sqrt() * self.log_gamma.exp() + self.beta
        return y, (self.log_gamma - 0.5 * self.running_var.log()).sum()


class Reverse(nn.Module):
    def forward(self, x):
        return x.flip(1), 0


class Flow(nn.Sequential):
    def __init__(self, _, s):
        features, width = int(s["image-channels"]), int(s["hidden"])
        super().__init__(*(part for _ in range(int(s["blocks"])) for part in (
            Network(features, width), Norm(features), Reverse())))

    def forward(self, x):
        total = 0
        for part in self:
            x, log_det = part(x)
            total = total + log_det
        return total - 0.5 * x.square().sum(1) - 0.5 * x.shape[1] * math.log(2 * math.pi)


MODELS = {"simclr": Views, "byol": Views, "simsiam": Views, "vdvae": Vdvae, "maf": Flow}


def build(model, settings):
    if model not in MODELS:
        raise ValueError(f"no network of model '{model}' here, only of {', '.join(MODELS)}")
    return MODELS[model](model, settings).eval()
