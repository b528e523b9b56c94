#!/usr/bin/env python3
"""Weights between Galatea and PyTorch, there and back.

    torchvision_exchange.py --galatea PATH                   with networks of torchvision
    torchvision_exchange.py --galatea PATH RUN... [--data FILE]      with runs of your own

RUN is a run folder or a weight file. Its network is made in PyTorch from the settings that it
tells, its weights are loaded strictly, and both programs give the same codes (densities for a
flow) of the same rows; then PyTorch saves what it loaded, and `galatea` uses that file. Rows are
those of --data (a set of images, of codes for a flow), or drawn.

Without a RUN, a ResNet-34 of torchvision, made for one channel and for three, begins a run of
`galatea train simclr --init`, and that run is treated in the same way.

Prints the largest difference and ends with 1 when it is above 1e-4 of the largest number, or
when anything cannot be done.
"""

import argparse
import os
import subprocess
import sys
import tempfile

TOLERANCE = 1e-4
ROWS = 16
# Steps so small that no weight moves: but for statistics, what is saved is what was given.
STILL = ("--preset", "paper", "--epochs", "1", "--batch", "8",
         "--set", "learning-rate=1e-30", "--exact", "--quiet")


class Impossible(Exception):
    """A sentence about what could not be done."""


def galatea(args, *words):
    done = subprocess.run([args.galatea, *words], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Impossible(f"galatea {words[0]} ended with {done.returncode}: {last}")


def weights_of(run):
    if not os.path.isdir(run):
        return run
    for name in ("best.safetensors", "last.safetensors"):
        if os.path.exists(os.path.join(run, name)):
            return os.path.join(run, name)
    raise Impossible(f"{run} holds neither best.safetensors nor last.safetensors")


def open_weights(path):
    """Model, settings and tensors of a weight file."""
    from safetensors import safe_open
    import runs_torch
    try:
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}
    except Exception as why:
        raise Impossible(f"{path}: {why}") from why
    if "model" not in told or "model_config" not in told:
        raise Impossible(f"{path} does not tell of which model it is")
    return told["model"], runs_torch.read_settings(told["model_config"]), told, state


def load(path):
    """The network of a weight file, with its weights."""
    import runs_torch
    model, settings, told, state = open_weights(path)
    try:
        net = runs_torch.build(model, settings)
        net.load_state_dict(state, strict=True)
    except Exception as why:
        lines = " ".join(str(why).split())
        raise Impossible(f"{path} does not load into PyTorch: {lines[:500]}") from why
    return model, settings, told, net


def draw_rows(args, model, settings, folder):
    """A data set of the shape that the network takes."""
    import h5py
    import numpy
    rng = numpy.random.default_rng(1)
    channels = int(settings["image-channels"])
    raw, path = os.path.join(folder, "raw.h5"), os.path.join(folder, "drawn.h5")
    if model == "maf":
        with h5py.File(path, "w") as file:
            file["codes"] = rng.standard_normal((ROWS, channels)).astype("float32")
        return path
    shape = (ROWS, channels, int(settings["image-height"]), int(settings["image-width"]))
    with h5py.File(raw, "w") as file:
        file["images"] = rng.integers(0, 256, shape, dtype="uint8")
    galatea(args, "data", "import", "--format", "hdf5", raw, "--dataset", "images",
            "--size", str(shape[2]), "--out", path, "--quiet")
    return path


def numbers_of(args, model, weights, data, folder):
    """What galatea makes of the rows: codes, or densities."""
    import csv
    import h5py
    import torch
    out = os.path.join(folder, "numbers.csv" if model == "maf" else "numbers.h5")
    if model == "maf":
        galatea(args, "density", weights, "--data", data, "--out", out, "--quiet")
        with open(out) as file:
            return torch.tensor([float(row["log_density"]) for row in csv.DictReader(file)])
    galatea(args, "encode", weights, "--data", data, "--out", out, "--exact", "--quiet")
    with h5py.File(out) as file:
        return torch.from_numpy(file["codes"][:])


def rows_of(model, data):
    import h5py
    import torch
    with h5py.File(data) as file:
        return torch.from_numpy(file["codes" if model == "maf" else "images"][:]).float()


def compare_run(args, run, folder, data=None):
    """Both directions; True when they agree."""
    import torch
    from safetensors.torch import save_file
    path = weights_of(run)
    model, settings, told, net = load(path)
    data = data or draw_rows(args, model, settings, folder)
    ours = numbers_of(args, model, path, data, folder)
    with torch.no_grad():
        theirs = net(rows_of(model, data))
    if ours.shape != theirs.shape:
        raise Impossible(f"{path}: {tuple(ours.shape)} numbers from galatea, "
                         f"{tuple(theirs.shape)} from PyTorch")
    largest = theirs.abs().max()
    back = os.path.join(folder, "back.safetensors")
    save_file(net.state_dict(), back, {key: told[key] for key in ("model", "model_config")})
    again = numbers_of(args, model, back, data, folder)
    there = ((ours - theirs).abs().max() / largest).item()
    and_back = ((ours - again).abs().max() / largest).item()
    what = "densities" if model == "maf" else "codes"
    print(f"{path} ({model}): {len(net.state_dict())} tensors loaded, {what} of {len(ours)} rows "
          f"differ by {there:.2g} of the largest; saved by PyTorch and used again by "
          f"{and_back:.2g}")
    return there < TOLERANCE and and_back < TOLERANCE


def torchvision_run(args, channels, folder):
    """A run begun with torchvision's network, whose weights it has kept."""
    import torch
    import torchvision
    from safetensors.torch import load_file, save_file
    torch.manual_seed(channels)
    net = torchvision.models.resnet34(weights=None)
    if channels == 1:
        net.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    weights, run = os.path.join(folder, "given.safetensors"), os.path.join(folder, "run")
    data = os.path.join(folder, "sky.h5")
    save_file(net.state_dict(), weights)
    galatea(args, "data", "synth", "--count", str(ROWS), "--size", "64", "--out", data, "--quiet")
    galatea(args, "train", "simclr", "--data", data, "--out", run, "--init", weights, *STILL)
    state = load_file(os.path.join(run, "last.safetensors"))
    for name, value in net.named_parameters():
        if name.startswith("layer") and value.ndim == 4 and not torch.allclose(
                value, state["backbone." + name], rtol=0, atol=1e-20):
            raise Impossible(f"'{name}' is not what torchvision gave")
    return run, data


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("runs", nargs="*", metavar="RUN", help="run folder or weight file")
    parser.add_argument("--galatea", required=True, metavar="PATH", help="the program")
    parser.add_argument("--data", metavar="FILE", help="data set to compare by")
    args = parser.parse_args()
    good = True
    try:
        import h5py, numpy, safetensors, torchvision    # noqa: F401, E401
        for item in args.runs or (1, 3):
            with tempfile.TemporaryDirectory() as folder:
                run, data = (item, args.data) if args.runs else torchvision_run(args, item, folder)
                good = compare_run(args, run, folder, data) and good
    except (Impossible, ImportError) as why:
        print(f"torchvision_exchange.py: {why}", file=sys.stderr)
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
