"""What every peer script shares: the allocator's environment, the clock, memory, JSON lines.

A peer is measured at its best. glibc's malloc hands large blocks back to the kernel when they
are freed, so each step pays for fresh zeroed pages; the environment made here keeps them.
Only the standard library is imported, because the environment must be set before torch loads.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import time

# Three ways to run malloc. "default" is what a user gets who sets nothing; it is the slowest
# and, since freed tensors go back to the kernel at once, the one that needs least memory.
_KEEP = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "1099511627776",
    "MALLOC_TOP_PAD_": "268435456",
    "MALLOC_ARENA_MAX": "1",
}
MALLOC = {
    "default": {},
    "keep": _KEEP,
    "huge": {**_KEEP, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"},
}
_MARK = "GALATEA_PEER_ENVIRONMENT"

MODES = ("eager", "channels-last", "compile", "compile-nchw")


def natural(text):
    """An option's value: a whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number")
    return int(text)


def positive(text):
    """An option's value: a whole number, 1 or more."""
    if natural(text) == 0:
        raise argparse.ArgumentTypeError("0: expected 1 or more")
    return int(text)


def add_training_options(parser, batch):
    """Options that every training bench understands."""
    parser.add_argument("--batch", type=positive, default=batch, help="images in one step")
    add_options(parser, MODES)


def add_options(parser, modes):
    """Options of a bench that can be run in several modes; the first one is the default."""
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--warmup", type=natural, default=1, metavar="N", help="untimed steps")
    parser.add_argument("--steps", type=positive, default=3, metavar="N", help="timed steps")
    parser.add_argument("--malloc", choices=sorted(MALLOC), default="huge",
                        help="how the C allocator treats large tensors")
    parser.add_argument("--preload", metavar="LIBRARY",
                        help="another allocator (libjemalloc.so.2, libtcmalloc.so.4)")
    parser.add_argument("--seed", type=int, default=1)


def enter_environment(threads, malloc="default", preload=None):
    """Starts this program again, once, with the allocator and thread settings asked for.

    Must be called before torch or numpy is imported: both read these variables when they load.
    """
    wanted = dict(MALLOC[malloc])
    wanted["OMP_NUM_THREADS"] = wanted["MKL_NUM_THREADS"] = str(threads)
    if preload:
        wanted["LD_PRELOAD"] = preload
        wanted["MALLOC_CONF"] = ("oversize_threshold:1,metadata_thp:auto,thp:always,"
                                 "dirty_decay_ms:-1,muzzy_decay_ms:-1")
    stamp = json.dumps(wanted, sort_keys=True)
    if os.environ.get(_MARK) == stamp:
        return
    environment = {k: v for k, v in os.environ.items()
                   if not k.startswith("MALLOC_") and k not in ("GLIBC_TUNABLES", "LD_PRELOAD")}
    environment.update(wanted)
    environment[_MARK] = stamp
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)


def peak_bytes():
    """Largest resident set of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident_bytes():
    """Resident set of this process now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def time_steps(step, warmup, steps):
    """Runs `step` warmup + steps times and returns fields for the JSON line.

    page_faults_per_step in the hundred thousands means that the allocator gave memory back
    between steps; cores_used clearly below the thread count means that others had the machine.
    """
    for _ in range(warmup):
        step()
    seconds = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cores_used": cpu / sum(seconds),
            "page_faults_per_step": (after.ru_minflt - before.ru_minflt) / steps,
            "peak_bytes": peak_bytes()}


def speed(items, times, unit="images"):
    """Items per second of the median step and of the fastest one."""
    return {f"{unit}_per_second": items / median(times["seconds"]),
            f"{unit}_per_second_best": items / min(times["seconds"])}


def emit(record):
    """Prints one JSON line."""
    print(json.dumps(record), flush=True)


def median(values):
    return statistics.median(values)


def machine():
    """The processor's name, the C library and the number of processors to be had."""
    name = platform.processor()
    with open("/proc/cpuinfo") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return {"processor": name, "cores": len(os.sched_getaffinity(0)),
            "libc": " ".join(platform.libc_ver()), "kernel": platform.release()}
