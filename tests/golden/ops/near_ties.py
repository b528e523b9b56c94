"""A block of a discriminator whose leaky ReLUs meet arguments of nearly 0: near_ties.safetensors.

python near_ties.py   (NumPy, torch, safetensors)

Biases are set so that in every channel one argument is what rounding leaves of it; single
precision takes some of their signs otherwise than the double precision recorded here.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(7)
torch.set_num_threads(1)
N, CHANNELS, MADE, SIDE = 2, 24, 6, 8


def near_tie(values, bias, seed):
    """`bias` with each channel's value at one pixel subtracted, as single precision has it."""
    place = torch.Generator().manual_seed(seed)
    flat = values.transpose(0, 1).flatten(1)
    pixel = torch.randint(0, flat.shape[1], (flat.shape[0], 1), generator=place)
    return (bias - flat.gather(1, pixel).flatten()).float().double()


def block(x, p):
    a = F.conv2d(F.pixel_unshuffle(x, 2), p["branches.0.1.1.weight"], p["branches.0.1.1.bias"])
    b = F.conv2d(F.leaky_relu(a, 0.1), p["branches.0.3.weight"], p["branches.0.3.bias"], padding=1)
    c = F.conv2d(F.avg_pool2d(x, 2), p["branches.1.2.weight"], p["branches.1.2.bias"])
    return a, b, c, F.leaky_relu(b, 0.1) + F.leaky_relu(c, 0.1)


draw = lambda *shape: torch.randn(*shape).double()
x, gout = draw(N, CHANNELS, SIDE, SIDE), draw(N, MADE, SIDE // 2, SIDE // 2)
p = {"branches.0.1.1.weight": draw(MADE, 4 * CHANNELS, 1, 1), "branches.0.1.1.bias": draw(MADE),
     "branches.0.3.weight": draw(MADE, MADE, 3, 3), "branches.0.3.bias": draw(MADE),
     "branches.1.2.weight": draw(MADE, CHANNELS, 1, 1), "branches.1.2.bias": draw(MADE)}
for place, name in enumerate(["branches.0.1.1.bias", "branches.0.3.bias", "branches.1.2.bias"]):
    p[name] = near_tie(block(x, p)[place], p[name], place)
wrt = {"x": x, **p}
for t in wrt.values():
    t.requires_grad_(True)
out = block(x, p)[-1]
grads = torch.autograd.grad((out * gout).sum(), list(wrt.values()))
tensors = {"gout": gout, "out": out, **{f"in.{k}": v for k, v in wrt.items()},
           **{f"grad.{k}": v for k, v in zip(wrt, grads)}}
save_file({k: v.detach().float().contiguous() for k, v in tensors.items()},
          pathlib.Path(__file__).with_name("near_ties.safetensors"),
          {"op": "discriminator_residual_block"})
