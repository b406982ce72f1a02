#!/usr/bin/env python3
"""CPU and wall seconds of histoprep against other tilers, on the same slides, in one run.

    python3 tests/bench/tiling.py SLIDE... --histoprep BINARY [--HistoPrep COMMAND] [--histoslice COMMAND] [--vips COMMAND]
                                  [--rounds 3] [--formats jpeg png] [--overlaps 0 0.5]

Each round runs every tool once, one after the other, so that a slow minute of the machine meets all of them; medians
are compared. Files lie in the page cache (an unmeasured run of histoprep comes first). CPU seconds count user and system time of a
process and its children, peak memory is the largest process's. Costs are a tile written, since vips writes all tiles of
a slide and the others those with tissue. vips runs with its own loader of the file type.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

WIDTH = 512


def commands(arguments, slide, image_format, overlap, workers, folder):
    """Name -> (command, environment, pattern of the tiles that it writes)."""
    common = ["--width", str(WIDTH), "--overlap", str(overlap), "--image-format", image_format, "--quality", "80",
              "-j", str(workers)]
    tiles = f"*/tiles/*.{image_format}"
    found = {"histoprep": ([arguments.histoprep, "-i", slide, "-o", folder, *common], {}, tiles)}
    if arguments.HistoPrep:
        found["HistoPrep"] = ([arguments.HistoPrep, "-i", slide, "-o", folder, *common], {}, tiles)
    if arguments.histoslice and not slide.endswith(".svs"):
        found["histoslice"] = ([arguments.histoslice, "slice", "-i", slide, "-o", folder, *common], {}, tiles)
    if arguments.vips and overlap == 0:
        suffix = "jpeg[Q=80]" if image_format == "jpeg" else "png"
        found["vips dzsave"] = (
            [arguments.vips, "dzsave", slide, os.path.join(folder, "all"), "--tile-size", str(WIDTH), "--overlap", "0",
             "--depth", "one", "--suffix", "." + suffix],
            {"VIPS_CONCURRENCY": str(workers)}, f"all_files/*/*.{image_format}")
    found["histoprep --save none"] = ([*found["histoprep"][0], "--save", "none"], {}, None)
    return found


def measure(command, environment):
    """CPU seconds, wall seconds, peak memory in MB."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, **environment})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command}: exit {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024


def compare(arguments, slide, image_format, overlap, workers):
    results, counts = {}, {}
    for turn in range(arguments.rounds + 1):
        for name in commands(arguments, slide, image_format, overlap, workers, ""):
            if turn == 0 and name != "histoprep":
                continue
            with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
                command, environment, pattern = commands(arguments, slide, image_format, overlap, workers, folder)[name]
                measured = measure(command, environment)
                if pattern:
                    counts[name] = sum(1 for _ in Path(folder).glob(pattern))
                if turn > 0:
                    results.setdefault(name, []).append(measured)
    counts["histoprep --save none"] = counts["histoprep"]
    print(f"\n{os.path.basename(slide)}, {image_format}, overlap {overlap}, {workers} worker(s), "
          f"median of {arguments.rounds}")
    print("| | tiles | CPU s | CPU ms a tile | wall s | MB | CPU ratio | wall ratio |\n|---|---|---|---|---|---|---|---|")
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    ours = [value / counts["histoprep"] for value in middle["histoprep"][:2]]
    for name, (cpu, wall, memory) in middle.items():
        tiles = counts[name]
        print(f"| {name} | {tiles} | {cpu:.2f} | {1000 * cpu / tiles:.2f} | {wall:.2f} | {memory:.0f} | "
              f"{cpu / tiles / ours[0]:.2f} | {wall / tiles / ours[1]:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("slides", nargs="+")
    parser.add_argument("--histoprep", required=True)
    for peer in ("--HistoPrep", "--histoslice", "--vips"):
        parser.add_argument(peer)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", nargs="+", default=["jpeg", "png"])
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.0])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--scratch", help="folder for the tiles; on a memory file system the disk does not count")
    arguments = parser.parse_args()
    if shutil.which(arguments.histoprep) is None:
        parser.error(f"{arguments.histoprep}: no such program")
    for slide in arguments.slides:
        for image_format in arguments.formats:
            for overlap in arguments.overlaps:
                for workers in arguments.workers:
                    compare(arguments, slide, image_format, overlap, workers)


if __name__ == "__main__":
    main()
