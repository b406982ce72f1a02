#!/usr/bin/env python3
"""Do the tools that `histoencoder convert` writes for read what it wrote?

    python3 tests/parity/readers.py --program build/bin/histoencoder --tiles tiles/ --slide-mpp 0.25

Needs numpy and h5py, and torch for .pt; leaves with 77 where one of the first two is missing. Converts the slides of
--tiles to every format below a temporary folder, reads them there in the way of each tool, and compares with
features.h5. None of the tools is to be had as a package, so their access patterns are repeated here, each beside the
repository, the file and the commit that it was found in. What they ask for and how they ask is theirs; the code is not.

Then the other way: files as Python writes them (torch.save in float32, float16 and bfloat16, numpy.save, h5py) become
slides' folders again, and their features must be the same.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

CHECKS = []


def reader(source):
    """A check of one tool's reading; `source` says where its access pattern comes from."""

    def add(function):
        CHECKS.append((function, source))
        return function

    return add


def need(good, sentence):
    if not good:
        raise AssertionError(sentence)


def same(found, wanted, what):
    found, wanted = np.asarray(found), np.asarray(wanted)
    need(found.shape == wanted.shape, f"{what} is {found.shape} and not {wanted.shape}")
    need(np.array_equal(found, wanted), f"{what} differs")


def array(tensor):
    """Without PyTorch's bridge to NumPy, which wheels for another NumPy do not have."""
    return np.array(tensor.float().tolist(), np.float32).reshape(tuple(tensor.shape))


class Slide:
    def __init__(self, folder):
        self.name = folder.name
        with h5py.File(folder / "features.h5", "r") as file:
            self.features = file["features"][:]
            self.coords = file["coords"][:]
            self.attributes = dict(file["coords"].attrs)
            self.encoder = file["features"].attrs["encoder"]
        with open(folder / "metadata.csv", newline="", encoding="utf-8") as text:
            self.sizes = np.array([[int(row["w"]), int(row["h"])] for row in csv.DictReader(text)])


@reader("mahmoodlab/TRIDENT, trident/IO.py @ 04086670: read_coords; wsi_objects/WSI.py @ 0b2f600a: slide features")
def trident(folder, slide):
    with h5py.File(folder / "trident" / f"features_{slide.encoder}" / f"{slide.name}.h5", "r") as file:
        attributes, coords = dict(file["coords"].attrs), file["coords"][:]
        features = file["features"][:]
        need(file["features"].attrs["encoder"] == slide.encoder, "attribute encoder")
    same(features, slide.features, "features")
    same(coords, slide.coords, "coords")
    need(features.dtype == np.float32 and coords.dtype == np.int64, "types")
    same(attributes["patch_size_level0"], slide.sizes[0, 0], "patch_size_level0")
    need(attributes["name"] == slide.name, "attribute name")


@reader("mahmoodlab/TRIDENT, trident/wsi_objects/WSI.py @ 0b2f600a: extract_patch_features from given places")
def trident_patches(folder, slide):
    file = folder / "trident" / "patches" / f"{slide.name}_patches.h5"
    if "level0_magnification" not in slide.attributes:
        need(not file.exists(), "patches of a slide without magnification")
        return "left out: the slide states no magnification"
    with h5py.File(file, "r") as file:
        attributes, coords = dict(file["coords"].attrs), file["coords"][:]
    same(coords, slide.coords, "coords")
    sizes = [int(attributes[key]) for key in ("patch_size", "level0_magnification", "target_magnification")]
    need(all(size > 0 for size in sizes), "sizes")
    return None


@reader("mahmoodlab/Patho-Bench, patho_bench/datasets/PatchEmbeddingsDataset.py: a flat folder, every key an array")
def patho_bench(folder, slide):
    source = folder / "trident" / f"features_{slide.encoder}"
    paths = {os.path.splitext(name)[0]: source / name for name in os.listdir(source) if name.endswith(".h5")}
    with h5py.File(paths[slide.name], "r") as file:
        assets = {key: file[key][:] for key in file}
        attributes = {key: dict(file[key].attrs) for key in file}
    need(sorted(assets) == ["coords", "features"], f"keys {sorted(assets)}")
    same(assets["features"], slide.features, "features")
    need(attributes["coords"]["patch_size_level0"] == slide.sizes[0, 0], "patch_size_level0")


@reader("mahmoodlab/PANTHER, src/wsi_datasets/wsi_classification.py @ af14969c: feats_h5")
def panther(folder, slide):
    with h5py.File(folder / "trident" / f"features_{slide.encoder}" / f"{slide.name}.h5", "r") as file:
        features, coords = file["features"][:], file["coords"][:]
    need(features.ndim == 2, "dimensions")
    same(np.concatenate([features], axis=0), slide.features, "features")
    same(np.concatenate([coords], axis=0), slide.coords, "coords")


@reader("mahmoodlab/CLAM, dataset_modules/dataset_generic.py @ 0534d4e9: Generic_MIL_Dataset with use_h5")
def clam_h5(folder, slide):
    with h5py.File(folder / "clam" / "h5_files" / f"{slide.name}.h5", "r") as file:
        features, coords = file["features"][:], file["coords"][:]
        need(not file["features"].attrs and not file["coords"].attrs, "CLAM's files have no attributes")
    same(features, slide.features, "features")
    same(coords, slide.coords, "coords")
    need(features.dtype == np.float32 and coords.dtype == np.int32, "types")


@reader("mahmoodlab/CLAM, dataset_modules/dataset_generic.py @ 0534d4e9: Generic_MIL_Dataset, pt_files")
def clam_pt(folder, slide):
    return tensor(folder / "clam" / "pt_files" / f"{slide.name}.pt", slide)


@reader("mahmoodlab/CLAM, dataset_modules/dataset_h5.py @ 4f9d8ae0; wsi_core/wsi_utils.py @ 438f244d: StitchCoords")
def clam_patches(folder, slide):
    file = folder / "clam" / "patches" / f"{slide.name}.h5"
    if not file.exists():
        return "left out: the tiles are no level's own squares"
    with h5py.File(file, "r") as file:
        coords = file["coords"]
        level, size = coords.attrs["patch_level"], coords.attrs["patch_size"]
        need(len(coords) == len(slide.coords), "length")
        same(coords[:], slide.coords, "coords")
        across = np.array([size, size]) * coords.attrs["downsample"]
        same(np.rint(across).astype(int), slide.sizes[0], "size")
        need(level >= 0 and coords.attrs["name"] == slide.name, "name")
    return None


@reader("KatherLab/STAMP, src/stamp/modeling/data.py @ 00164670: BagDataset, get_coords, detect_feature_type")
def stamp(folder, slide):
    with h5py.File(folder / "stamp" / f"{slide.name}.h5", "r") as file:
        need(file.attrs.get("feat_type") == "tile", "feat_type")
        feats, coords = file["feats"][:], file["coords"][:]
        # The first branch of its reader that fits: an older tile_size with a unit, else tile_size_um.
        need(file.attrs.get("tile_size") is None, "tile_size is of STAMP 2.0")
        side = float(file.attrs.get("tile_size_um"))
        need(file.attrs.get("stamp_version") is None, "a version is compared with the installed one")
        pixels = file.attrs.get("tile_size_px")
        need(pixels is None or int(pixels) > 0, "tile_size_px")
    mpp = side / slide.sizes[0, 0]
    same(feats, slide.features.astype(np.float16), "feats")
    need(feats.dtype == np.float16 and coords.dtype == np.float32, "types")
    same(np.rint(coords.astype(np.float64) / mpp).astype(np.int64), slide.coords, "coords in pixels")


@reader("KatherLab/STAMP, src/stamp/encoding/encoder/__init__.py @ 01e0b83e: _read_h5")
def stamp_encoder(folder, slide):
    with h5py.File(folder / "stamp" / f"{slide.name}.h5", "r") as file:
        need(file.attrs.get("extractor", "no extractor name") == slide.encoder, "extractor")
        need(file.attrs.get("encoder") is None, "an encoder is what files of patients have")


def tensor(file, slide):
    if torch is None:
        return "skipped: no torch"
    loaded = torch.load(file, weights_only=True)
    need(type(loaded) is torch.Tensor and loaded.dtype == torch.float32, f"is a {type(loaded)}")
    need(loaded.is_contiguous() and not loaded.requires_grad, "layout")
    same(array(loaded), slide.features, "tensor")
    return f"torch {torch.__version__}"


@reader("PyTorch: torch.load(weights_only=True)")
def pt(folder, slide):
    return tensor(folder / "pt" / f"{slide.name}.pt", slide)


@reader("NumPy: numpy.load, without pickle")
def npy(folder, slide):
    same(np.load(folder / "npy" / f"{slide.name}.npy", allow_pickle=False), slide.features, "features")
    places = np.load(folder / "npy" / f"{slide.name}.coords.npy", allow_pickle=False)
    same(places, np.hstack([slide.coords, slide.sizes]), "places")
    return f"numpy {np.__version__}"


@reader("Python's csv")
def table(folder, slide):
    with open(folder / "csv" / f"{slide.name}.csv", newline="", encoding="utf-8") as text:
        header, *rows = csv.reader(text)
    need(header[:5] == ["x", "y", "w", "h", "f0"], f"header {header[:5]}")
    same(np.array([row[4:] for row in rows]).astype(np.float32), slide.features, "features")
    same(np.array([row[:2] for row in rows]).astype(np.int64), slide.coords, "coords")


def written_by_python(folder, slide):
    """Files as Python's libraries write them: (format, file or folder, the features to be read from them)."""
    features = slide.features
    places = np.hstack([slide.coords, slide.sizes])

    def place(name):
        made = folder / name
        made.mkdir()
        np.save(made / f"{slide.name}.coords.npy", places)
        return made

    for kind in ("<f4", "<f8", "<f2"):
        made = place("npy" + kind[1:])
        np.save(made / f"{slide.name}.npy", features.astype(kind))
        yield "npy", made, features.astype(kind).astype(np.float32)
    if torch is not None:
        whole = torch.tensor(features.tolist())
        for kind in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
            made = place(str(kind))
            torch.save(whole.to(kind), made / f"{slide.name}.pt")
            yield "pt", made, array(whole.to(kind))
        made = place("one_image")
        torch.save(whole[None], made / f"{slide.name}.pt")
        yield "pt", made, features
    made = folder / "chunks_of_one_row"
    made.mkdir()
    with h5py.File(made / f"{slide.name}.h5", "w") as file:  # as TRIDENT's save_h5
        rows = file.create_dataset("features", data=features, maxshape=(None, features.shape[1]),
                                   chunks=(1, features.shape[1]))
        rows.attrs["name"] = slide.name
        rows.attrs["savetodir"] = "None"
        coords = file.create_dataset("coords", data=slide.coords, maxshape=(None, 2), chunks=(1, 2))
        coords.attrs["patch_size"] = 256
        coords.attrs["patch_size_level0"] = int(slide.sizes[0, 0])
        coords.attrs["overlap"] = 0
    yield "trident", made, features


def refused_tensors(slide):
    """What torch.save writes that is no matrix of features, and a part of the sentence that says so."""
    whole = torch.tensor(slide.features.tolist())
    return {"row": (whole[0], "has 1 dimensions, and 2 are wanted"),
            "integers": (whole.int(), "does not hold floating-point numbers"),
            "dictionary": ({"features": whole}, "a tensor"),  # which one is the LibTorch's
            "tuple": ((whole, whole), "and a tensor is wanted")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", type=Path, required=True, help="histoencoder")
    parser.add_argument("--tiles", type=Path, required=True, help="slide folders with features.h5")
    parser.add_argument("--slide-mpp", default="0.25", help="of slides that do not state it, for STAMP")
    arguments = parser.parse_args()
    slides = [Slide(store.parent) for store in sorted(arguments.tiles.glob("*/features.h5"))]
    need(slides, f"{arguments.tiles} has no slide with features")

    def convert(*words):
        subprocess.run([arguments.program, "convert", "-q", *words], check=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("trident", "clam", "stamp", "pt", "npy", "csv"):
            convert("-i", arguments.tiles, "--to", kind, "-o", folder / kind, "--slide-mpp", arguments.slide_mpp)
        for check, source in CHECKS:
            notes = {check(folder, slide) for slide in slides if len(slide.features)} - {None}
            print(f"ok  {source}" + "".join(f" ({note})" for note in sorted(notes)))
        for kind, made, wanted in written_by_python(folder, slides[0]):
            back = folder / ("back_" + made.name)
            convert("-i", made, "--from", kind, "-o", back)
            with h5py.File(back / slides[0].name / "features.h5", "r") as file:
                same(file["features"][:], wanted, made.name)
                same(file["coords"][:], slides[0].coords, made.name)
            print(f"ok  read from Python: {kind}, {made.name}")
        for kind, (value, sentence) in (refused_tensors(slides[0]) if torch is not None else {}).items():
            torch.save(value, folder / (kind + ".pt"))
            words = ["convert", "-q", "-i", folder / (kind + ".pt"), "--from", "pt", "-o", folder / "refused"]
            done = subprocess.run([arguments.program, *words], capture_output=True, text=True, check=False)
            need(done.returncode == 1 and sentence in done.stderr, f"{kind}: {done}")
            print(f"ok  refused from Python: {kind}")


if __name__ == "__main__":
    main()
