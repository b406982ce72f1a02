#!/usr/bin/env python3
"""CPU seconds of histoprep against HistoPrep, on one slide, in one run.

    python3 tests/bench/tiling.py HISTOPREP_BINARY PYTHON_HISTOPREP SLIDE [ROUNDS]

PYTHON_HISTOPREP is the HistoPrep command of an environment with HistoPrep 2.0.5. Each round runs both, one after the
other, and the medians are compared. CPU seconds count user and system time of the process and its children; the start
of Python is measured apart (HistoPrep --help), since a run over many slides pays it once.
"""
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

OPTIONS = ["--width", "512", "--image-format", "jpeg", "--quality", "80", "-j", "1"]


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    binary, original, slide = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    ours, theirs, start = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, command, times in (("ours", binary, ours), ("theirs", original, theirs)):
                output = os.path.join(folder, name)
                shutil.rmtree(output, ignore_errors=True)
                times.append(cpu_seconds([command, "-i", slide, "-o", output, *OPTIONS]))
            start.append(cpu_seconds([original, "--help"]))
        counts = {
            name: sum(1 for _ in Path(folder, name).glob("*/tiles/*.jpeg"))
            for name in ("ours", "theirs")
        }
        same = all(
            path.read_bytes() == Path(str(path).replace("/ours/", "/theirs/")).read_bytes()
            for path in Path(folder, "ours").glob("*/tiles/*.jpeg")
        )
    a, b, c = (statistics.median(times) for times in (ours, theirs, start))
    print(f"tiles: {counts['ours']} ours, {counts['theirs']} HistoPrep's; bytes equal: {same}")
    print(f"histoprep  {a:.2f} CPU s, {1000 * a / counts['ours']:.2f} ms a tile")
    print(f"HistoPrep  {b:.2f} CPU s, {1000 * b / counts['theirs']:.2f} ms a tile, {c:.2f} s of it its start")
    print(f"ratio {b / a:.2f}, without HistoPrep's start {(b - c) / a:.2f}")


main()
