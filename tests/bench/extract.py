#!/usr/bin/env python3
"""Wall and CPU seconds of histoencoder extract against HistoEncoder and ONNX Runtime, with the same weights, in one run.

    python3 tests/bench/extract.py SLIDE --histoprep BINARY --histoencoder BINARY --timm-python PYTHON
                                   [--HistoEncoder-python PYTHON] [--onnx-python PYTHON]
                                   [--models vit xcit] [--rounds 3] [--precisions fp32 bf16] [--workers 2]

The slide is cut into tiles of 512 pixels first (JPEG of quality 80), which ours and HistoEncoder's extract read.
Weights are random. The three pythons are those of environments with
  - timm, which models/export.py needs (any of 0.5.4 and newer, PyTorch 1.13 and newer),
  - histoencoder 0.1.1, whose PyTorch also exports to ONNX,
  - onnxruntime and numpy.
HistoEncoder takes XCiT only; for the ViT its loader and its loop run around timm's model instead. It and ONNX Runtime
run with one and with all threads for the model; the faster counts. ONNX Runtime's figure is the forward alone, of
batches in memory; ours, beside the whole run, is the part of it that run.json calls "model". Each round runs every tool
once, one after the other; medians are compared.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = {"vit": ("vit_small_patch16_224", "vit_small"), "xcit": ("xcit_small_12_p16_224", "prostate_small")}

RANDOM_WEIGHTS = """
import sys, timm, torch
torch.manual_seed(0)
torch.save(timm.create_model(sys.argv[1], num_classes=0).state_dict(), sys.argv[2])
"""

# Their command with weights from a file, and with any model of timm.
THEIR_EXTRACT = """
import sys, timm, torch
import histoencoder.functional as F
from histoencoder.functional import _check, _features, _model
from histoencoder._cli import _extract
architecture, weights, tiles, workers = sys.argv[1:]
def create(name):
    encoder = timm.create_model(architecture, num_classes=0)
    encoder.load_state_dict(torch.load(weights))
    return encoder
F.create_encoder = create
if not architecture.startswith("xcit"):
    _features.check_encoder = lambda encoder: encoder
    _features.extract_features = lambda encoder, images, **_: encoder(images)
_extract.extract.main(["-i", tiles, "-m", "prostate_small", "-c", "-z", "-j", workers], standalone_mode=True)
"""

ONNX_EXPORT = """
import sys, timm, torch
architecture, weights, file = sys.argv[1:]
model = timm.create_model(architecture, num_classes=0).eval()
model.load_state_dict(torch.load(weights))
torch.onnx.export(model, torch.zeros(2, 3, 224, 224), file, input_names=["images"], output_names=["features"],
                  dynamic_axes={"images": {0: "n"}}, opset_version=14)
"""

ONNX_FORWARD = """
import sys, time
import numpy, onnxruntime
file, threads, images, batch = sys.argv[1], *map(int, sys.argv[2:])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.log_severity_level = 3
session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
values = numpy.random.default_rng(0).standard_normal((batch, 3, 224, 224), numpy.float32)
session.run(None, {"images": values})
wall, cpu = time.monotonic(), time.process_time()
for _ in range(images // batch):
    session.run(None, {"images": values})
print((time.monotonic() - wall) / (images // batch * batch), (time.process_time() - cpu) / (images // batch * batch))
"""


def run(command, environment=None):
    """Wall seconds, CPU seconds and what was printed."""
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output,
                                   env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise SystemExit(f"{command[:6]}: exit {process.returncode}\n{text[-3000:]}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, text


def allow_lower_precision(card_file):
    card = json.loads(card_file.read_text())
    card["precision"] = {"preferred": "float32", "allowed": ["float32", "bfloat16"]}
    card_file.write_text(json.dumps(card))


def prepare(arguments, folder):
    """Tiles, and for each model its weights, its card and its ONNX file."""
    run([arguments.histoprep, "-i", arguments.slide, "-o", folder / "tiles", "--width", "512", "--quality", "80"])
    for model in arguments.models:
        architecture, name = MODELS[model]
        weights = folder / f"{model}.pth"
        # Their timm names some of XCiT's weights otherwise: the weights come from where they are loaded strictly.
        python = arguments.HistoEncoder_python or arguments.timm_python
        run([python, "-c", RANDOM_WEIGHTS, architecture, weights])
        recipe = ["histoencoder", name] if model == "xcit" else ["timm", architecture, "--name", name]
        run([arguments.timm_python, ROOT / "models/export.py", *recipe, "--weights", weights, "--output", folder])
        allow_lower_precision(folder / f"{name}.json")
        if arguments.onnx_python:
            run([python, "-c", ONNX_EXPORT, architecture, weights, folder / f"{model}.onnx"])
    return len(list((folder / "tiles").glob("*/tiles/*")))


def ours(arguments, folder, model, precision):
    command = [arguments.histoencoder, "extract", "-i", folder / "tiles", "--model", folder / f"{MODELS[model][1]}.pt",
               "--overwrite", "-j", arguments.workers, "--use-cpu"]
    if precision != "fp32":
        command += ["--precision", precision]
    wall, cpu, _ = run(command)
    return wall, cpu


def theirs(arguments, folder, model, threads):
    command = [arguments.HistoEncoder_python, "-c", THEIR_EXTRACT, MODELS[model][0], folder / f"{model}.pth",
               folder / "tiles", arguments.workers]
    wall, cpu, _ = run(command, {"OMP_NUM_THREADS": str(threads)})
    return wall, cpu


def forward(arguments, folder, model, threads, count):
    """Seconds for all tiles, one call of `batch` images after another."""
    best = None
    for batch in (1, 8):
        _, _, text = run([arguments.onnx_python, "-c", ONNX_FORWARD, folder / f"{model}.onnx", threads, 80, batch])
        wall, cpu = (float(word) * count for word in text.split()[-2:])
        best = min(best or (wall, cpu), (wall, cpu))
    return best


def compare(arguments, folder, model, count):
    tools = {f"histoencoder, {each}": lambda each=each: ours(arguments, folder, model, each)
             for each in arguments.precisions}
    for threads in sorted({1, arguments.workers}):
        if arguments.HistoEncoder_python:
            tools[f"HistoEncoder, {threads} threads"] = lambda n=threads: theirs(arguments, folder, model, n)
        if arguments.onnx_python:
            tools[f"ONNX Runtime forward, {threads} threads"] = lambda n=threads: forward(
                arguments, folder, model, n, count)
    results = {name: [] for name in tools}
    for _ in range(arguments.rounds):
        for name, act in tools.items():
            results[name].append(act())
            print(name, results[name][-1], file=sys.stderr, flush=True)
    print(f"\n{MODELS[model][0]}, {count} tiles, {arguments.workers} workers, median of {arguments.rounds}")
    print("| | wall s | CPU s | images a second | wall ratio | CPU ratio |\n|---|---|---|---|---|---|")
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    first = next(iter(middle.values()))
    for name, (wall, cpu) in middle.items():
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {count / wall:.1f} | {wall / first[0]:.2f} | "
              f"{cpu / first[1]:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("slide")
    for name in ("--histoprep", "--histoencoder", "--timm-python"):
        parser.add_argument(name, required=True)
    parser.add_argument("--HistoEncoder-python")
    parser.add_argument("--onnx-python")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = prepare(arguments, folder)
        for model in arguments.models:
            compare(arguments, folder, model, count)


if __name__ == "__main__":
    main()
