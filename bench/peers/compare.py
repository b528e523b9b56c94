#!/usr/bin/env python3
"""Galatea and its peers on the same work, by turns, in one run.

    compare.py --galatea PATH [--bench NAME ...] [--rounds 3] [--json FILE]

Each round starts a fresh process of each side, one after the other (A B A B ...), so that a
machine that slows down slows both. The first round tries every mode of the peer; later rounds
keep the fast ones. Speed is the median over rounds, the ratio is the median of the ratios
within rounds, and memory is the largest resident set that the kernel saw of the process.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
# A mode slower than this share of the fastest one in the first round is not run again.
CONTENDER = 0.85


@dataclasses.dataclass(frozen=True)
class Bench:
    """One comparison: the peer's script, and the modes it is run in.

    MODE:M is MODE with gradients accumulated over pieces of M images.
    """
    script: tuple
    modes: tuple = measure.MODES
    galatea: bool = True    # False: `galatea bench` has none of that name, the peer runs alone


BENCHES = {    # keyed by the name that `galatea bench` knows
    "vdvae-paper-train": Bench(("vdvae_torch.py", "bench"),
                               modes=(*measure.MODES, "channels-last:4")),
    "conv-stack-train": Bench(("stack_torch.py",)),
    "maf-paper-train": Bench(("maf_torch.py",), modes=("eager", "compile")),
    "augment": Bench(("augment_torch.py",), modes=("tensor", "pil", "lightly")),
    "hdf5-flat": Bench(("import_astropy.py", "hdf5"), modes=("h5py",)),
    "fits-cube": Bench(("import_astropy.py", "cube"), modes=("astropy", "fitsio")),
    "fits-folder": Bench(("import_astropy.py", "folder"), modes=("astropy", "fitsio")),
    "simclr-train": Bench(("simclr_torch.py",)),
    "diffusion-paper-train": Bench(("diffusion_torch.py", "bench")),
    "gan-train": Bench(("gan_torch.py", "bench"), modes=("eager", "channels-last", "compile")),
    "gan-sample": Bench(("gan_torch.py", "sample")),
    "glow-train": Bench(("glow_torch.py", "bench"),
                        modes=(*measure.MODES, "eager:4", "channels-last:4")),
    "glow-sample": Bench(("glow_torch.py", "bench", "--work", "sample")),
    "diffusion-paper-sample": Bench(("diffusion_torch.py", "sample")),
    "search": Bench(("search_torch.py",), modes=("whole", "cut")),
    "nearest": Bench(("nearest_torch.py",), modes=("one", "two")),
    "knn": Bench(("classifiers_sklearn.py", "knn"), modes=("auto",)),
    "svc": Bench(("classifiers_sklearn.py", "svc"), modes=("auto",)),
    "lr": Bench(("classifiers_sklearn.py", "lr"), modes=("auto",)),
    "rf": Bench(("classifiers_sklearn.py", "rf"), modes=("auto",)),
    "ext": Bench(("classifiers_sklearn.py", "ext"), modes=("auto",)),
    "grad": Bench(("classifiers_sklearn.py", "grad"), modes=("auto",)),
    "tsne": Bench(("tsne_peers.py",), modes=("opentsne", "sklearn")),
    "morphology": Bench(("morphology_statmorph.py",), modes=("five", "all")),
    "judges": Bench(("judges_python.py",), modes=("numbers", "permuted")),
}


@dataclasses.dataclass
class Entry:
    """What one side did: one value per round that it took part in."""
    label: str
    speeds: dict = dataclasses.field(default_factory=dict)    # round -> items per second
    peaks: list = dataclasses.field(default_factory=list)     # bytes, whole process
    loaded: int = 0           # of them, bytes resident before the first tensor (the libraries)
    record: dict = dataclasses.field(default_factory=dict)    # the last line, for the JSON
    skipped: str = ""

    def add(self, number, record, peak):
        self.record = record
        if "skipped" in record:
            self.skipped = record["skipped"]
            return
        self.speeds[number] = float(record[rate_key(record)])
        self.peaks.append(peak)
        self.loaded = int(record.get("loaded_bytes", 0))

    @property
    def speed(self):
        return measure.median(self.speeds.values())

    @property
    def peak(self):
        return max(self.peaks)

    @property
    def spread(self):
        """Distance of the slowest and the fastest round as a share of the median."""
        return (max(self.speeds.values()) - min(self.speeds.values())) / self.speed


def rate_key(record):
    """The key of a record's speed: "images_per_second", "queries_per_second" ..., or None."""
    return next((key for key in record if key.endswith("_per_second")), None)


class CompareFailed(Exception):
    """The comparison cannot go on; the text is one line."""


def run_child(command):
    """Runs a program. Returns its standard output and its largest resident set in bytes."""
    with tempfile.TemporaryFile("w+") as errors:
        try:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        except OSError as error:
            raise CompareFailed(f"{command[0]}: {error.strerror}") from error
        output = child.stdout.read()
        child.stdout.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            said = errors.read().strip().splitlines() or ["nothing on stderr"]
            raise CompareFailed(f"{' '.join(command)}: exit {child.returncode}: {said[-1]}")
    return output, usage.ru_maxrss * 1024


def parse_json(text, source):
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CompareFailed(f"{source}: not JSON: {error}") from error


def parse_galatea(text, name):
    """The object of bench `name` in the output of `galatea bench NAME --json`.

    Expected: an array of {"name": NAME, "UNIT_per_second": ..., "gflops": ...,
    "roof_share": ...}. Only the name and the speed must be there.
    """
    objects = parse_json(text, "galatea")
    for record in objects if isinstance(objects, list) else []:
        if isinstance(record, dict) and record.get("name") == name:
            if not rate_key(record):
                raise CompareFailed(f"galatea: bench {name} tells no speed")
            return record
    raise CompareFailed(f"galatea: no bench {name} in its output")


def galatea_turn(args, name):
    command = [args.galatea, "bench", name, "--json", "--threads", str(args.threads)]
    output, peak = run_child(command)
    return parse_galatea(output, name), peak


def peer_turn(args, name, mode):
    bench = BENCHES[name]
    command = [args.python, os.path.join(HERE, bench.script[0]), *bench.script[1:],
               "--threads", str(args.threads)]
    if mode != "auto":
        mode, _, micro = mode.partition(":")
        command += ["--mode", mode, "--malloc", args.malloc,
                    "--warmup", str(args.warmup), "--steps", str(args.steps)]
        if micro:
            command += ["--micro", micro]
        if args.preload:
            command += ["--preload", args.preload]
    output, peak = run_child(command)
    return parse_json(output.strip().splitlines()[-1] if output.strip() else "", name), peak


def contenders(entries, modes):
    """The modes worth running again after the first round."""
    ran = {mode: entries[mode].speed for mode in modes if entries[mode].speeds}
    if not ran:
        return []
    fastest = max(ran.values())
    return [mode for mode, speed in ran.items() if speed >= CONTENDER * fastest]


def compare(args, name):
    """All rounds of one bench. Returns {"galatea" or mode: Entry}."""
    modes = [m for m in BENCHES[name].modes if m == "auto" or m in args.modes]
    if not modes:
        raise CompareFailed(f"bench {name}: none of the modes asked for is one of its own")
    entries = {mode: Entry(mode) for mode in modes}
    both = args.galatea and BENCHES[name].galatea
    if both:
        entries["galatea"] = Entry("galatea")
    for number in range(args.rounds):
        if both:
            progress(name, number, "galatea")
            entries["galatea"].add(number, *galatea_turn(args, name))
        for mode in modes:
            progress(name, number, mode)
            entries[mode].add(number, *peer_turn(args, name, mode))
        if number == 0 and not args.every_mode:
            modes = contenders(entries, modes)
    return entries


def progress(name, number, label):
    print(f"round {number + 1}: {name}: {label}", file=sys.stderr, flush=True)


def ratio(ours, peer):
    """Median over the rounds that both took part in."""
    shared = ours.speeds.keys() & peer.speeds.keys()
    return measure.median([ours.speeds[n] / peer.speeds[n] for n in shared])


def summarise(name, entries):
    """Entries as plain data: rows for the table and the JSON, and the verdict of the bench."""
    ours = entries.get("galatea")
    rows = []
    for label, entry in entries.items():
        row = {"bench": name, "program": label}
        if entry.skipped:
            row["skipped"] = entry.skipped
        else:
            row.update(items_per_second=entry.speed, spread=entry.spread,
                       rounds=len(entry.speeds), peak_bytes=entry.peak,
                       record=entry.record)
            if ours and entry is not ours:
                row.update(speed_ratio=ratio(ours, entry), memory_ratio=ours.peak / entry.peak,
                           memory_ratio_strict=ours.peak / (entry.peak - entry.loaded))
        rows.append(row)
    return {"bench": name, "rows": rows, "verdict": verdict(rows) if ours else None}


def verdict(rows):
    """Galatea against the fastest peer, and its memory against the leanest one as well."""
    peers = [row for row in rows if "speed_ratio" in row]
    if not peers:
        return None
    fastest = min(peers, key=lambda row: row["speed_ratio"])
    return {"fastest_peer": fastest["program"], "speed_ratio": fastest["speed_ratio"],
            "memory_ratio": fastest["memory_ratio"],
            "memory_ratio_leanest": max(row["memory_ratio"] for row in peers),
            "memory_ratio_strict": max(row["memory_ratio_strict"] for row in peers)}


def print_table(result):
    print(f"\n{result['bench']}")
    print(f"  {'program':<17}{'items/s':>12}{'spread':>9}{'rounds':>8}{'speed':>9}"
          f"{'peak MiB':>11}{'memory':>9}{'strict':>9}")
    for row in result["rows"]:
        if "skipped" in row:
            print(f"  {row['program']:<17}skipped: {row['skipped']}")
            continue
        print(f"  {row['program']:<17}{row['items_per_second']:12.4g}{row['spread']:9.1%}"
              f"{row['rounds']:8d}{share(row, 'speed_ratio')}{row['peak_bytes'] / 2**20:11.0f}"
              f"{share(row, 'memory_ratio')}{share(row, 'memory_ratio_strict')}"
              f"{roof(row['record'])}")
    v = result["verdict"]
    if v:
        print(f"  galatea has {v['speed_ratio']:.2f}x the speed and {v['memory_ratio']:.2f}x "
              f"the memory of {v['fastest_peer']}, the fastest peer,\n"
              f"  and {v['memory_ratio_leanest']:.2f}x the memory of the leanest peer "
              f"({v['memory_ratio_strict']:.2f}x without that peer's libraries)")


def share(row, key):
    return f"{row[key]:8.2f}x" if key in row else f"{'':9}"


def roof(record):
    if "roof_share" not in record:
        return ""
    gflops = record.get("gflops", float("nan"))
    return f"   {gflops:.0f} GFLOP/s, {record['roof_share']:.0%} of roof"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--galatea", metavar="PATH",
                        help="the program; without it only the peers are measured")
    parser.add_argument("--bench", nargs="+", choices=BENCHES, default=list(BENCHES))
    every = sorted({mode for bench in BENCHES.values() for mode in bench.modes} - {"auto"})
    parser.add_argument("--modes", nargs="+", choices=every, default=every, metavar="MODE",
                        help=f"of {', '.join(every)} (default: all)")
    parser.add_argument("--every-mode", action="store_true",
                        help="run slow modes in every round too")
    parser.add_argument("--rounds", type=measure.positive, default=3)
    parser.add_argument("--threads", type=measure.positive, default=2)
    parser.add_argument("--warmup", type=measure.natural, default=1, metavar="N",
                        help="untimed steps of a training peer in each round")
    parser.add_argument("--steps", type=measure.positive, default=3, metavar="N",
                        help="timed steps of a training peer in each round")
    parser.add_argument("--malloc", choices=sorted(measure.MALLOC), default="huge")
    parser.add_argument("--preload", metavar="LIBRARY", help="another allocator for the peer")
    parser.add_argument("--python", default=sys.executable, metavar="PATH",
                        help="interpreter with the peers' packages (default: this one)")
    parser.add_argument("--json", metavar="FILE", help="write the results there as well")
    return parser.parse_args()


def main():
    args = parse_options()
    results = []
    try:
        for name in args.bench:
            results.append(summarise(name, compare(args, name)))
            print_table(results[-1])
    except CompareFailed as failure:
        print(f"compare: {failure}", file=sys.stderr)
        return 1
    if args.json:
        with open(args.json, "w") as file:
            json.dump({"machine": measure.machine(), "threads": args.threads,
                       "rounds": args.rounds, "results": results}, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
