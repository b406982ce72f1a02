#!/usr/bin/env python3
"""Memory of histoencoder extract over many small slides, and the time until the first feature is on disk.

    python3 tests/bench/extract_memory.py --histoprep BINARY --histoencoder BINARY --demo-slide BINARY --plot FILE.png
                                          [--slides 1000] [--width 512] [--model FILE] [--workers 2] [--scratch FOLDER]

A few small slides are made and linked under many names. They are extracted straight from the slides, then from the
tiles that histoprep saved. The resident memory is read twice a second; the plot shows it over time. Needs matplotlib.
"""
import argparse
import os
import statistics
import struct
import subprocess
import tempfile
import time
from pathlib import Path

MODES = ("slides", "tiles")
DIFFERENT = 10  # slides; the others are further names of them
EACH = 0.5  # seconds between two samples


def make_slides(arguments, folder):
    folder.mkdir()
    for i in range(arguments.slides):
        slide = folder / f"s{i:04d}.tiff"
        if i < DIFFERENT:
            subprocess.run([arguments.demo_slide, "make", slide, folder / "truth.json", "--size", "1024",
                            "--seed", str(i + 1)], check=True)
        else:
            os.link(folder / f"s{i % DIFFERENT:04d}.tiff", slide)
    (folder / "truth.json").unlink()


def holds_row(folder):
    """Whether a slide's folder has a feature file, or the log of one with a first row in it."""
    if (folder / "features.h5").exists():
        return True
    try:
        content = (folder / "features.h5.part").read_bytes()
    except FileNotFoundError:
        return False
    return len(content) > 16 and len(content) > 24 + struct.unpack_from("<I", content, 8)[0]


def resident_mb(process):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return None  # it has ended


def watch(command, slides):
    """Samples (seconds, MB) of the command until its end, and the seconds until one of `slides` had a row."""
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True)
    samples, first_row, next_sample = [], None, 0.0
    while process.poll() is None:
        now = time.monotonic() - begin
        if first_row is None and any(holds_row(slide) for slide in slides):
            first_row = now
        if now >= next_sample:
            memory = resident_mb(process)
            if memory is not None:
                samples.append((now, memory))
            next_sample += EACH
        time.sleep(0.02)
    if process.returncode != 0:
        raise SystemExit(f"{command}: exit {process.returncode}\n{process.stderr.read()[-2000:]}")
    return samples, first_row


def measure(arguments, folder, mode):
    extract = [arguments.histoencoder, "extract", "--model", arguments.model, "--force", "-q", "--use-cpu",
               "-j", arguments.workers, "-i"]
    if mode == "slides":
        output = folder / "out"
        command = [*extract, folder / "slides", "-o", output, "--width", arguments.width]
    else:
        output = folder / "tiles"
        subprocess.run([arguments.histoprep, "-i", folder / "slides", "-o", output, "-q", "--width",
                        str(arguments.width), "-j", str(arguments.workers)], check=True)
        command = [*extract, output]
    samples, first_row = watch(command, [output / f"s{i:04d}" for i in range(5)])
    done = len(list(output.glob("*/features.h5")))
    if done != arguments.slides:
        raise SystemExit(f"{done} feature files for {arguments.slides} slides")
    return samples, first_row


def describe(mode, samples, first_row):
    memory = [mb for _, mb in samples]
    quarter = max(1, len(memory) // 4)
    middle = statistics.median
    print(f"| {mode} | {samples[-1][0]:.0f} | {first_row:.1f} | {memory[0]:.0f} | {middle(memory):.0f} | {memory[-1]:.0f} | "
          f"{max(memory):.0f} | {middle(memory[quarter:2 * quarter]):.0f} | {middle(memory[-quarter:]):.0f} |", flush=True)


def plot(results, slides, file):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8, 4))
    for mode, samples in results.items():
        axes.plot(*zip(*samples), label=f"from {mode}")
    axes.set(xlabel="seconds", ylabel="resident memory, MB", title=f"histoencoder extract, {slides} small slides")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=100)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--histoprep", "--histoencoder", "--demo-slide", "--plot"):
        parser.add_argument(name, required=True)
    parser.add_argument("--slides", type=int, default=1000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--model", default=str(Path(__file__).resolve().parents[2] / "models/histo_demo.pt"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scratch", help="folder for the slides and what is made of them")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as name:
        folder = Path(name)
        make_slides(arguments, folder / "slides")
        print("| from | seconds | first row after, s | first MB | median | last | peak | second quarter | last quarter |\n"
              "|---|---|---|---|---|---|---|---|---|", flush=True)
        results = {}
        for mode in MODES:
            results[mode], first_row = measure(arguments, folder, mode)
            describe(mode, results[mode], first_row)
            plot(results, arguments.slides, arguments.plot)


if __name__ == "__main__":
    main()
