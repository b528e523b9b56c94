#!/usr/bin/env python3
"""Two augmented views with torchvision or lightly and a DataLoader: the peer of `galatea bench
augment`.

    augment_torch.py [--rows 2048] [--batch 128]

Modes: `lightly` is lightly's SimCLRTransform with both flips; `pil` and `tensor` are the same
five steps from torchvision's second API, on PIL pictures (blur of Pillow, as lightly's) and on
byte tensors (torchvision's blur). As many workers as threads, kept between epochs. Grey
pictures of 64x64 lie in memory; saturation, hue and greyscale, which change nothing in one
channel, are left out where that can be. A step is an epoch.
"""

import argparse
import sys

import measure

SIDE = 64


def pictures(torch, rows):
    """Bytes (rows,1,64,64): a spot on noise."""
    at = torch.arange(SIDE).float()
    spot = 200 * torch.exp(-((at[:, None] - 30) ** 2 + (at[None] - 34) ** 2) / 50)
    return (40 * torch.rand(rows, 1, SIDE, SIDE) + spot).to(torch.uint8)


def compose(torch, mode):
    """What makes one view, or (lightly) all views, of one picture."""
    from torchvision.transforms import v2
    if mode == "lightly":
        from lightly.transforms import SimCLRTransform
        return SimCLRTransform(input_size=SIDE, cj_sat=0, cj_hue=0, random_gray_scale=0,
                               hf_prob=0.5, vf_prob=0.5, normalize=None)
    steps = [v2.RandomResizedCrop(SIDE, scale=(0.08, 1), antialias=True),
             v2.RandomHorizontalFlip(0.5), v2.RandomVerticalFlip(0.5),
             v2.RandomApply([v2.ColorJitter(brightness=0.8, contrast=0.8)], p=0.8)]
    if mode == "tensor":
        blur = v2.GaussianBlur(kernel_size=9, sigma=(0.1, 2))
    else:
        from PIL import ImageFilter

        def blur(picture):
            sigma = 0.1 + 1.9 * torch.rand(()).item()
            return picture.filter(ImageFilter.GaussianBlur(sigma))
    steps.append(v2.RandomApply([blur if mode == "tensor" else v2.Lambda(blur)], p=0.5))
    if mode == "pil":
        steps.append(v2.PILToTensor())
    steps.append(v2.ToDtype(torch.float32, scale=True))
    return v2.Compose(steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=measure.positive, default=2048)
    parser.add_argument("--batch", type=measure.positive, default=128)
    measure.add_options(parser, modes=("tensor", "pil", "lightly"))
    args = parser.parse_args()
    measure.enter_environment(args.threads, args.malloc, args.preload)

    try:
        import torch
        import torchvision
        if args.mode == "lightly":
            import lightly
    except ImportError as missing:
        measure.emit({"name": "augment", "mode": args.mode, "skipped": str(missing)})
        return 0
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)    # each worker is one
    loaded = measure.resident_bytes()
    data = pictures(torch, args.rows)
    if args.mode != "tensor":
        from PIL import Image
        data = [Image.fromarray(row[0].numpy()) for row in data]
    make = compose(torch, args.mode)

    class Pairs(torch.utils.data.Dataset):
        def __len__(self):
            return args.rows

        def __getitem__(self, row):
            picture = data[row]
            return make(picture) if args.mode == "lightly" else (make(picture), make(picture))

    loader = torch.utils.data.DataLoader(
        Pairs(), batch_size=args.batch, shuffle=True, num_workers=args.threads,
        persistent_workers=True, prefetch_factor=2)
    shapes = set()

    def epoch():
        for one, other in loader:
            shapes.update((tuple(one.shape[1:]), tuple(other.shape[1:])))

    times = measure.time_steps(epoch, args.warmup, args.steps)
    measure.emit({
        "name": "augment", "peer": "lightly" if args.mode == "lightly" else "torchvision",
        "version": lightly.__version__ if args.mode == "lightly" else torchvision.__version__,
        "mode": args.mode, "rows": args.rows, "threads": args.threads,
        "views_are_whole": shapes == {(1, SIDE, SIDE)},
        "machine": measure.machine(), "loaded_bytes": loaded,
        **measure.speed(args.rows, times, "images"), **times,
    })
    return 0


if __name__ == "__main__":
    sys.exit(main())
