#!/usr/bin/env python3
"""Peak memory, seconds and iterations of histoencoder cluster over features that do not fit, beside the disk's speed.

    python3 tests/bench/cluster_memory.py FOLDER --histoencoder BINARY [--slides 200] [--tiles 100000] [--dim 384]
                                          [--memory 2G] [--max-iter 5] [-n 8 16 32 64 128] [--keep]

Makes slides of random float16 features in FOLDER (15 GB with the defaults; those that are there already are taken),
then reads all of their bytes once with cold caches, and clusters them with cold caches. Needs h5py and numpy, and to be
root for the caches to be dropped; else it says that they were not.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cluster_rows import mixture  # noqa: E402

TILE = 224


def places(count):
    numbers = np.arange(count, dtype=np.int64)
    return np.stack([numbers % 400 * TILE, numbers // 400 * TILE], axis=1)


def make_slide(folder, values):
    folder.mkdir(parents=True)
    coords = places(len(values))
    with h5py.File(folder / "features.h5", "w") as file:
        features = file.create_dataset("features", data=values, chunks=(256, values.shape[1]))
        features.attrs.update({"encoder": "random", "model_sha256": "0" * 64, "fingerprint": folder.name})
        file.create_dataset("coords", data=coords).attrs.update({"patch_size": TILE, "patch_size_level0": TILE})
    lines = [f"{x},{y},{TILE},{TILE}," for x, y in coords]
    (folder / "metadata.csv").write_text("x,y,w,h,path\n" + "\n".join(lines) + "\n", encoding="utf-8")


def make(arguments):
    """Every slide holds the rows of one mixture, shifted a little: as many different rows as there are tiles."""
    base = np.concatenate(list(mixture(arguments.tiles, arguments.dim, 0)))
    for i in range(arguments.slides):
        folder = arguments.folder / f"slide_{i:04}"
        if folder.exists():
            continue
        rng = np.random.default_rng(i)
        make_slide(folder, (base + 0.1 * rng.standard_normal(arguments.dim, np.float32)).astype(np.float16))
        print("made", folder, file=sys.stderr)


def drop_caches():
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
    except OSError:
        print("the caches could not be dropped", file=sys.stderr)


def read_all(files):
    drop_caches()
    begin = time.monotonic()
    size = 0
    for name in files:
        with open(name, "rb", buffering=0) as file:
            while part := file.read(1 << 24):
                size += len(part)
    return size, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--histoencoder", required=True)
    parser.add_argument("--slides", type=int, default=200)
    parser.add_argument("--tiles", type=int, default=100000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--memory", default="2G")
    parser.add_argument("--max-iter", default="5")
    parser.add_argument("-n", "--num-clusters", nargs="+", default=["8", "16", "32", "64", "128"])
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    make(arguments)
    size, seconds = read_all(sorted(arguments.folder.glob("*/features.h5")))
    print(f"{size / 1e9:.2f} GB read in {seconds:.1f} s, {size / 1e9 / seconds:.2f} GB/s")

    drop_caches()
    begin = time.monotonic()
    process = subprocess.Popen(
        [arguments.histoencoder, "cluster", "-i", arguments.folder, "-n", *arguments.num_clusters, "--memory",
         arguments.memory, "--max-iter", arguments.max_iter, "--overlays", "none", "--sheet-tiles", "0",
         "--sheet-random", "0", "-z", "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    print(f"exit {os.waitstatus_to_exitcode(status)}, {wall:.1f} s, peak memory {usage.ru_maxrss / 2**20:.2f} GiB, "
          f"{usage.ru_utime + usage.ru_stime:.0f} s of CPU")
    print((arguments.folder / "clustering/summary.csv").read_text(encoding="utf-8"))
    if not arguments.keep:
        shutil.rmtree(arguments.folder)


if __name__ == "__main__":
    main()
