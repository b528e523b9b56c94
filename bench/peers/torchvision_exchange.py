#!/usr/bin/env python3
"""Weights between Galatea and torchvision, there and back.

    torchvision_exchange.py --galatea PATH

A ResNet-34 of torchvision, made for one channel and for three, begins a run of `galatea train
simclr --init`; the encoder of that run's first weights, its prefix taken away, is loaded into
torchvision strictly; and both programs give the same codes of the same pictures, at rest. Prints
the largest difference and fails above 1e-4 of the largest code.
"""

import argparse
import os
import subprocess
import sys
import tempfile

TOLERANCE = 1e-4
# Steps so small that no weight moves: but for statistics, what is saved is what was given.
STILL = ("--preset", "paper", "--epochs", "1", "--batch", "8",
         "--set", "learning-rate=1e-30", "--exact", "--quiet")


def network(torchvision, torch, channels):
    net = torchvision.models.resnet34(weights=None)
    if channels == 1:
        net.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    for module in net.modules():    # statistics that an untrained network does not have
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.2, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return net.eval()


def strict_encoder(torchvision, torch, state, channels):
    """torchvision's network with the encoder of a run; its classifier is left out."""
    prefix = "backbone."
    net = network(torchvision, torch, channels)
    net.fc = torch.nn.Identity()
    net.load_state_dict({name[len(prefix):]: value for name, value in state.items()
                         if name.startswith(prefix)}, strict=True)
    return net.eval()


def check(args, folder, given, kept):
    """From a network of `given` channels into one of `kept`, whose codes both sides make."""
    import h5py
    import torch
    import torchvision
    from safetensors.torch import load_file, save_file

    torch.manual_seed(given)
    source = network(torchvision, torch, given)
    weights, run = os.path.join(folder, f"{given}.safetensors"), os.path.join(folder, f"{given}-run")
    save_file(source.state_dict(), weights)
    data, codes = os.path.join(folder, "sky.h5"), os.path.join(folder, f"{given}.h5")

    def galatea(*words):
        subprocess.run([args.galatea, *words], check=True, stdout=subprocess.DEVNULL)

    if not os.path.exists(data):
        galatea("data", "synth", "--count", "16", "--size", "64", "--out", data)
    galatea("train", "simclr", "--data", data, "--out", run, "--init", weights, *STILL)
    galatea("encode", run, "--data", data, "--out", codes, "--exact", "--quiet")
    state = load_file(os.path.join(run, "last.safetensors"))
    taken = all(torch.allclose(value, state["backbone." + name], rtol=0, atol=1e-20)
                for name, value in source.named_parameters()
                if value.ndim == 4 and name.startswith("layer"))
    net = strict_encoder(torchvision, torch, state, kept)
    with h5py.File(data) as file:
        pictures = torch.from_numpy(file["images"][:].astype("float32") / 255)
    with h5py.File(codes) as file:
        ours = torch.from_numpy(file["codes"][:])
    with torch.no_grad():
        theirs = net(pictures)
    error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    print(f"ResNet-34 of {given} channel{'s' if given > 1 else ''}: "
          f"weights {'as given' if taken else 'DIFFER'}, "
          f"codes differ by {error:.2g} of the largest")
    return taken and error < TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--galatea", required=True, metavar="PATH", help="the program")
    args = parser.parse_args()
    try:
        import h5py, safetensors, torchvision    # noqa: F401, E401
    except ImportError as missing:
        print(f"skipped: {missing}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return 0 if all([check(args, folder, 1, 1), check(args, folder, 3, 1)]) else 1


if __name__ == "__main__":
    sys.exit(main())
