"""One training bench in PyTorch: the modes, gradient accumulation, and the JSON line.

Both training peers (vdvae_torch.py, stack_torch.py) hand a model, a loss and an optimizer to
`bench_training`; nothing here knows the network.
"""

import shutil
import sys

import torch

import measure


def prepare_torch(args):
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)


def memory_format(mode):
    """Layout of weights and images. Compiled graphs choose their own inside."""
    return torch.channels_last if mode == "channels-last" else torch.contiguous_format


def compiled(module, mode):
    """The module as `mode` runs it.

    By default the compiler lays all convolutions out as channels-last; compile-nchw takes that
    away from it, because channels-last is the slower layout for some networks.
    """
    if not mode.startswith("compile"):
        return module
    options = {"layout_optimization": mode != "compile-nchw"}
    return torch.compile(module, dynamic=False, options=options)


def why_skipped(mode):
    """A reason not to run this mode on this machine, or None."""
    if mode.startswith("compile") and not any(map(shutil.which, ("g++", "clang++", "c++"))):
        return "torch.compile needs a C++ compiler and none is on the PATH"
    return None


def make_step(loss_of, batch, micro, optimizer, after=None):
    """A function that makes one training step over `batch`, a tuple of tensors, then `after`.

    With micro < batch size the gradients of several passes are added up before the update;
    `loss_of` returns a mean over its images, so each pass counts by its share of the batch.
    """
    size = batch[0].shape[0]
    if size % micro:
        sys.exit(f"--micro {micro} does not divide --batch {size}")
    pieces = [tuple(t[i:i + micro] for t in batch) for i in range(0, size, micro)]

    def step():
        optimizer.zero_grad(set_to_none=True)
        for piece in pieces:
            loss = loss_of(*piece) * (micro / size)
            loss.backward()
        optimizer.step()
        if after is not None:
            after()

    return step


def bench_training(name, args, build, unit="images", items=None):
    """Runs one bench and prints its JSON line; a mode that cannot run gives a line with why.

    `build(args)` gives (step function, extra fields for the line). A step does `items` of
    `unit`, by itself the images of a batch.
    """
    record = {"name": name, "peer": "pytorch", "version": torch.__version__, "mode": args.mode,
              "batch": args.batch, "threads": args.threads,
              "malloc": args.preload or args.malloc, "machine": measure.machine()}
    reason = why_skipped(args.mode)
    if reason:
        measure.emit({**record, "skipped": reason})
        return
    prepare_torch(args)
    loaded = measure.resident_bytes()
    step, extra = build(args)
    times = measure.time_steps(step, args.warmup, args.steps)
    measure.emit({**record, **extra, **measure.speed(items or args.batch, times, unit),
                  **times,
                  "loaded_bytes": loaded})
