#!/usr/bin/env python3
"""Are the rows of features.h5 what Python computes from the same tiles and the same model?

    python3 tests/parity/features.py --slide-folder tiles/SLIDE --model models/random_vit_tiny.json

Needs torch, numpy, Pillow and h5py; leaves with 77 where one is missing, which CTest takes as skipped. Every tile that
metadata.csv names is decoded and resized by Pillow, cropped and normalised by hand, run through torch.jit.load on the
CPU one at a time, and pooled as the card says. Passes if each row's cosine with the stored one is at least 0.99999 and
the file can be read as TRIDENT, CLAM and Patho-Bench read it.
"""
import argparse
import csv
import hashlib
import json
import os
import sys
from pathlib import Path

# With one thread, as histoencoder runs it, the same LibTorch and OpenBLAS give the same bits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    import h5py
    import numpy as np
    import torch
    from PIL import Image
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

# LibTorch 2.6's tensor-expression fuser works on a transformer's first call for minutes; histoencoder runs without it.
torch._C._jit_set_texpr_fuser_enabled(False)

LOWEST_COSINE = 0.99999
FILTERS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def check(good, sentence):
    if not good:
        sys.exit(f"features.py: {sentence}")


def preprocessed(file, card):
    """torchvision's Resize(int) and CenterCrop(int) on a Pillow image; height x width x 3 bytes."""
    image = Image.open(file).convert("RGB")
    width, height = image.size
    size, crop = card["input"]["resize"]["size"], card["input"]["crop"]
    if width <= height:
        resized = (size, int(size * height / width))
    else:
        resized = (int(size * width / height), size)
    image = image.resize(resized, FILTERS[card["input"]["resize"]["interpolation"]])
    left, top = round((resized[0] - crop) / 2), round((resized[1] - crop) / 2)
    return np.array(image.crop((left, top, left + crop, top + crop)))


def pooled(output, card):
    while not isinstance(output, torch.Tensor):
        output = next(iter(output.values())) if isinstance(output, dict) else output[0]
    outputs = card["outputs"]
    if outputs["layout"] == "tokens":
        parts = {
            "cls": lambda: output[:, outputs["cls_index"]],
            "mean_patch": lambda: output[:, outputs["prefix_tokens"] :].mean(1),
        }
        output = torch.cat([parts[name]() for name in outputs["pool"].split("+")], dim=1)
    return output / output.norm(dim=1, keepdim=True) if outputs["l2"] else output


def recomputed(files, card, model):
    mean = torch.tensor(card["input"]["mean"]).reshape(3, 1, 1)
    std = torch.tensor(card["input"]["std"]).reshape(3, 1, 1)
    rows = np.empty((len(files), card["outputs"]["dim"]), np.float32)
    with torch.inference_mode():
        for i, file in enumerate(files):
            pixels = torch.from_numpy(preprocessed(file, card)).permute(2, 0, 1).float()
            rows[i] = pooled(model(((pixels / 255 - mean) / std)[None]), card)[0].numpy()
    return rows


def check_layout(file, table, card, sum_of_model):
    """What the readers of other tools ask for, in the way they ask."""
    with h5py.File(file, "r") as f:
        features = f["features"][:]
        coords = f["coords"][:]
        attributes = dict(f["coords"].attrs)
        stored = dict(f["features"].attrs)
        check(
            all(isinstance(item, h5py.Dataset) and item.ndim == 2 for item in f.values()),
            f"the root of {file} must hold matrices only, it has {list(f)}",
        )
    check(features.dtype == np.float32, f"features are {features.dtype} and not float32")
    check(coords.dtype == np.int64, f"coords are {coords.dtype} and not int64")
    shape = (len(table), card["outputs"]["dim"])
    check(features.shape == shape, f"features are {features.shape} and not {shape}")
    wanted = np.array([[int(row["x"]), int(row["y"])] for row in table]).reshape(-1, 2)
    check(np.array_equal(coords, wanted), "coords are not the x and y of metadata.csv, in its order")
    for key in ("patch_size", "patch_size_level0"):
        check(key in attributes, f"coords have no attribute {key}, only {sorted(attributes)}")
    widths = {int(row["w"]) for row in table}
    check(
        widths <= {int(attributes["patch_size_level0"])},
        f"patch_size_level0 is {attributes['patch_size_level0']}, metadata.csv says {widths}",
    )
    check(stored.get("encoder") == card["name"], f"attribute encoder is {stored.get('encoder')}")
    check(sum_of_model in map(str, stored.values()), "no attribute of features holds the model's SHA-256")
    return features


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--slide-folder", type=Path, required=True, help="holds metadata.csv and features.h5")
    parser.add_argument("--model", type=Path, required=True, help="NAME.pt or NAME.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    card = json.loads(arguments.model.with_suffix(".json").read_text())
    model_file = arguments.model.with_name(card["torchscript"])
    sum_of_model = hashlib.sha256(model_file.read_bytes()).hexdigest()
    check(sum_of_model == card["sha256"], f"{model_file} is not the file of its card")
    with open(arguments.slide_folder / "metadata.csv", newline="", encoding="utf-8") as text:
        table = list(csv.DictReader(text))
    check(table, f"{arguments.slide_folder} has no tiles")

    features = check_layout(arguments.slide_folder / "features.h5", table, card, sum_of_model)
    files = [arguments.slide_folder / row["path"] for row in table]
    wanted = recomputed(files, card, torch.jit.load(str(model_file), map_location="cpu").eval())

    found64, wanted64 = features.astype(np.float64), wanted.astype(np.float64)
    norms = np.linalg.norm(found64, axis=1) * np.linalg.norm(wanted64, axis=1)
    cosines = (found64 * wanted64).sum(1) / norms
    worst = int(cosines.argmin())
    print(
        f"{len(table)} rows: smallest cosine {cosines[worst]:.9f}, "
        f"largest difference {np.abs(found64 - wanted64).max():.3g}"
    )
    # Written so that a value that is not a number fails too.
    check((cosines >= LOWEST_COSINE).all(), f"row {worst}, {files[worst]}: cosine {cosines[worst]:.9f}")


if __name__ == "__main__":
    main()
