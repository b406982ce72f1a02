#!/usr/bin/env python3
"""Are models that models/export.py made, run by histoencoder, what their own code gives for the same tiles?

    python3 tests/parity/encoders.py --programs build/release/bin --slides a.svs b.tiff --many-tiles-of c.tiff \
        --histoencoder-python venv_a/bin/python --timm-python venv_b/bin/python --old-python /usr/bin/python3

Run by hand, with numpy and h5py. It starts three other Pythons, none of which downloads anything:
  --histoencoder-python  histoencoder 0.1.1, as PyPI has it (timm 0.5.4, torch 2.0, histoprep 2), with numpy 1
  --timm-python          a recent timm, torch and torchvision, Pillow
  --old-python           torch 1.13 and numpy; give it again for each further LibTorch that is to read the files

1. XCiT-small and XCiT-medium with random weights under HistoEncoder's names, exported by both timms; `extract` for 1
   and 2 blocks, with and without average pooling, against HistoEncoder's own loader and extract_features; ViT-S/16 and
   a ViT with registers, pooled cls+mean_patch, against timm's own transform and eager model. Relative error: largest
   difference, of the largest value.
2. The same for at least 500 tiles of one slide: the smallest cosine.
3. Each file in each Python's LibTorch, for the same preprocessed images.
At the initial scale of its weights XCiT hardly looks at the image, which hides errors; so the weights are larger, and
the mean cosine between features of different tiles is printed.
"""
import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

EXPORT = Path(__file__).resolve().parents[2] / "models" / "export.py"
LARGEST_ERROR = 1e-4
LOWEST_COSINE = 0.9999
HIGHEST_MEAN_COSINE = 0.95
XCITS = {"prostate_small": "xcit_small_12_p16_224", "prostate_medium": "xcit_medium_24_p16_224"}
VITS = {
    "vit_small": {"architecture": "vit_small_patch16_224", "arguments": {}, "pool": "cls"},
    "vit_registers": {
        "architecture": "vit_small_patch14_reg4_dinov2", "arguments": {"img_size": 224}, "pool": "cls+mean_patch"
    },
}
VARIANTS = [(blocks, avg_pool) for blocks in (1, 2) for avg_pool in (False, True)]
# Of the many tiles, whose features take long, only those that hold all parts.
VARIANTS_OF = {"few": VARIANTS, "many": VARIANTS[-1:]}
IMAGES_FOR_LIBTORCHES = 12


def check(good, sentence):
    if not good:
        sys.exit(f"encoders.py: {sentence}")


def key_of(variant):
    blocks, avg_pool = variant
    return f"{blocks}{'+avg' * avg_pool}"


# Steps that run in the other Pythons.


def rescale(model, gain, seed=0):
    """Weights whose outputs are as large as their inputs times `gain`, and norms that do something."""
    import torch

    generator = torch.Generator().manual_seed(seed)

    def normal(tensor):
        return torch.randn(tensor.shape, generator=generator)

    def uniform(tensor, low, high):
        return low + (high - low) * torch.rand(tensor.shape, generator=generator)

    for name, tensor in model.state_dict().items():
        kind = name.rsplit(".", 1)[-1]
        if kind == "num_batches_tracked":
            continue
        if kind.startswith("gamma"):
            tensor.copy_(uniform(tensor, 0.3, 0.7))
        elif kind == "temperature":
            tensor.copy_(uniform(tensor, 2.0, 8.0))
        elif kind == "running_var":
            tensor.copy_(uniform(tensor, 0.5, 1.5))
        elif kind in ("cls_token", "reg_token", "pos_embed"):
            tensor.copy_(0.2 * normal(tensor))
        elif kind == "weight" and tensor.dim() == 1:
            tensor.copy_(1 + 0.2 * normal(tensor))
        elif kind == "weight":
            tensor.copy_(normal(tensor) * gain / math.sqrt(tensor[0].numel()))
        else:
            tensor.copy_(0.1 * normal(tensor))


def make_weights(folder):
    import timm
    import torch

    models = {name: (architecture, {}, 1.5) for name, architecture in XCITS.items()}
    models.update({name: (vit["architecture"], vit["arguments"], 1.0) for name, vit in VITS.items()})
    for name, (architecture, arguments, gain) in models.items():
        model = timm.create_model(architecture, pretrained=False, num_classes=0, **arguments)
        rescale(model, gain)
        torch.save(model.state_dict(), folder / f"{name}.pth")


def tile_files(slide_folder):
    with open(slide_folder / "metadata.csv", newline="", encoding="utf-8") as text:
        return [slide_folder / row["path"] for row in csv.DictReader(text)]


def refer_to_histoencoder(folder, name, slide_folders, variants):
    """HistoEncoder's loader, with mean and std of each slide, and its features, in the order of metadata.csv."""
    import timm
    import torch
    from histoencoder._cli._extract import prepare_loader
    from histoencoder.functional import extract_features

    encoder = timm.create_model(XCITS[name], num_classes=0)
    encoder.load_state_dict(torch.load(folder / f"{name}.pth", map_location="cpu"))
    encoder.eval()
    found = {key_of(variant): [] for variant in variants}
    found["images"] = []
    for slide_folder in slide_folders:
        files = tile_files(slide_folder)
        loader = prepare_loader(
            tile_paths=[str(file) for file in files], input_size=224, batch_size=16, num_samples=1000, num_workers=0,
            use_cpu=True,
        )
        paths = []
        for images, batch_paths in loader:
            paths += batch_paths
            found["images"].append(images.numpy())
            with torch.no_grad():
                for variant in variants:
                    blocks, avg_pool = variant
                    features = extract_features(encoder, images, num_blocks=blocks, avg_pool=avg_pool)
                    found[key_of(variant)].append(features.numpy())
        check(paths == [str(file) for file in files], "HistoEncoder's loader changed the order")
    return found


def refer_to_timm(folder, name, slide_folders, _):
    import timm
    import torch
    from PIL import Image

    vit = VITS[name]
    model = timm.create_model(vit["architecture"], pretrained=False, num_classes=0, **vit["arguments"])
    model.load_state_dict(torch.load(folder / f"{name}.pth", map_location="cpu"))
    model.eval()
    config = timm.data.resolve_data_config({}, model=model)
    side = vit["arguments"].get("img_size", config["input_size"][-1])
    transform = timm.data.create_transform(**{**config, "input_size": (3, side, side)}, is_training=False)
    found = {"features": [], "images": []}
    files = [file for slide_folder in slide_folders for file in tile_files(slide_folder)]
    for first in range(0, len(files), 16):
        images = torch.stack([transform(Image.open(file).convert("RGB")) for file in files[first : first + 16]])
        with torch.no_grad():
            tokens = model.forward_features(images)
        parts = {"cls": tokens[:, 0], "mean_patch": tokens[:, model.num_prefix_tokens :].mean(1)}
        found["features"].append(torch.cat([parts[part] for part in vit["pool"].split("+")], dim=1).numpy())
        found["images"].append(images.numpy())
    return found


def run_libtorch(model, images, output):
    """What this Python's LibTorch makes of NAME.pt: its whole output for the same images, three at a time."""
    import torch

    if hasattr(torch._C, "_jit_set_texpr_fuser_enabled"):
        torch._C._jit_set_texpr_fuser_enabled(False)
    module = torch.jit.load(str(model), map_location="cpu").eval()
    batch = torch.from_numpy(np.load(images)["images"])
    with torch.inference_mode():
        whole = torch.cat([module(batch[first : first + 3]) for first in range(0, len(batch), 3)])
    np.savez(output, output=whole.numpy())
    print(torch.__version__)


def run_step(arguments):
    step, folder, *rest = arguments
    if step == "weights":
        make_weights(Path(folder))
    elif step == "reference":
        label, name, output, *slide_folders = rest
        refer = refer_to_histoencoder if name in XCITS else refer_to_timm
        found = refer(Path(folder), name, [Path(place) for place in slide_folders], VARIANTS_OF[label])
        found["images"] = [np.concatenate(found["images"])[:IMAGES_FOR_LIBTORCHES]]
        np.savez(output, **{key: np.concatenate(parts) for key, parts in found.items()})
    elif step == "libtorch":
        run_libtorch(folder, *rest)


# What runs here.


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def cut(programs, slides, folder, width):
    run(programs / "histoprep", "-i", *slides, "-o", folder, "--width", width, "--overwrite", "--quiet")
    places = sorted(place.parent for place in folder.glob("*/metadata.csv"))
    check(len(places) == len(slides), f"of {len(slides)} slides {len(places)} were cut")
    print(f"{sum(len(tile_files(place)) for place in places)} tiles of {width} pixels from {len(places)} slides")
    return places


def extracted(programs, model, slide_folders, *options):
    import h5py

    run(programs / "histoencoder", "extract", "-i", *slide_folders, "-m", model, "--device", "cpu", "--overwrite",
        "--quiet", *options)
    features = []
    for place in slide_folders:
        with h5py.File(place / "features.h5", "r") as file:
            features.append(file["features"][:])
    return np.concatenate(features)


def mean_cosine(features):
    unit = features.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    n = len(unit)
    return float(((unit @ unit.T).sum() - n) / (n * (n - 1)))


def compare(label, found, wanted):
    check(found.shape == wanted.shape, f"{label}: {found.shape} features and not {wanted.shape}")
    a, b = found.astype(np.float64), wanted.astype(np.float64)
    error = np.abs(a - b).max() / np.abs(b).max()
    cosine = ((a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))).min()
    print(
        f"  {label}: relative error {error:.2e}, largest difference {np.abs(a - b).max():.2e}, smallest cosine"
        f" {cosine:.9f}, mean cosine between tiles {mean_cosine(wanted):.3f}"
    )
    check(mean_cosine(wanted) < HIGHEST_MEAN_COSINE, f"{label}: the features hardly depend on the image")
    # Written so that a value that is not a number fails too.
    check(cosine >= LOWEST_COSINE, f"{label}: a cosine of {cosine:.9f}")
    return error


def export_all(folder, arguments):
    """NAME -> cards, exported by the timm that HistoEncoder has and by a recent one."""
    cards = {name: [] for name in arguments.only}
    for name in [name for name in XCITS if name in arguments.only]:
        for python, place in ((arguments.timm_python, "new"), (arguments.histoencoder_python, "old")):
            run(python, EXPORT, "histoencoder", name, "--weights", folder / f"{name}.pth", "--output", folder / place)
            cards[name].append(folder / place / f"{name}.json")
    for name in [name for name in VITS if name in arguments.only]:
        vit = VITS[name]
        given = [f"--argument={key}={json.dumps(value)}" for key, value in vit["arguments"].items()]
        run(arguments.timm_python, EXPORT, "timm", vit["architecture"], "--weights", folder / f"{name}.pth", "--name",
            name, "--pool", vit["pool"], "--output", folder / "new", *given)
        cards[name].append(folder / "new" / f"{name}.json")
    return cards


def reference(folder, name, slide_folders, arguments, label):
    file = folder / f"{label}_{name}.npz"
    python = arguments.histoencoder_python if name in XCITS else arguments.timm_python
    run(python, __file__, "--step", "reference", folder, label, name, file, *slide_folders)
    return file


def compare_programs(folder, label, cards, slide_folders, arguments):
    files = {}
    for name in cards:
        files[name] = reference(folder, name, slide_folders, arguments, label)
        wanted = np.load(files[name])
        variants = VARIANTS_OF[label] if name in XCITS else [None]
        for card in cards[name] if arguments.programs else []:
            print(f"{label}: {name}, exported by {'a recent' if card.parent.name == 'new' else 'an old'} timm")
            for variant in variants:
                key, options = "features", []
                if variant:
                    blocks, avg_pool = variant
                    key, options = key_of(variant), ["--num-blocks", blocks] + ["--avg-pool"] * avg_pool
                error = compare(key, extracted(arguments.programs, card, slide_folders, *options), wanted[key])
                check(label == "many" or error < LARGEST_ERROR, f"{name}: {error:.2e} is not below {LARGEST_ERROR:.0e}")
    return files


def wanted_parts(card, found):
    """The parts of a module's whole output that the references hold too."""
    outputs = card["outputs"]
    if outputs["layout"] == "blocks":
        return {"2+avg": found.reshape(len(found), -1)}
    parts = {"cls": found[:, 0], "mean_patch": found[:, outputs["prefix_tokens"] :].mean(1)}
    return {"features": np.concatenate([parts[part] for part in outputs["pool"].split("+")], axis=1)}


def compare_libtorches(folder, cards, references, arguments):
    pythons = [*arguments.old_python, arguments.histoencoder_python, arguments.timm_python]
    for name, files in cards.items():
        for card_file in files:
            card = json.loads(card_file.read_text(encoding="utf-8"))
            print(f"LibTorches: {name}, exported by {'a recent' if card_file.parent.name == 'new' else 'an old'} torch")
            wanted, first = np.load(references[name]), None
            for python in pythons:
                output = folder / "whole.npz"
                version = run(python, __file__, "--step", "libtorch", card_file.with_name(card["torchscript"]),
                              references[name], output).strip()
                whole = np.load(output)["output"]
                first = whole if first is None else first
                difference = np.abs(whole - first).max()
                for key, part in wanted_parts(card, whole).items():
                    error = compare(f"{version}: {difference:.1e} from the first; to the eager model",
                                    part, wanted[key][: len(part)])
                    check(max(error, difference) < LARGEST_ERROR, f"{name} in {version}: {max(error, difference):.2e}")


def main():
    if sys.argv[1:2] == ["--step"]:
        run_step(sys.argv[2:])
        return
    sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--programs", type=Path, help="folder of histoprep and histoencoder")
    parser.add_argument("--tiles", type=Path, nargs="*", default=[], help="slide folders that histoprep made")
    parser.add_argument("--slides", type=Path, nargs="*", default=[], help="slides to cut into tiles of 600 pixels")
    parser.add_argument("--many-tiles-of", type=Path, help="a slide that gives 500 tiles of 512 pixels")
    parser.add_argument("--histoencoder-python", type=Path, required=True)
    parser.add_argument("--timm-python", type=Path, required=True)
    parser.add_argument("--old-python", type=Path, action="append", default=[])
    parser.add_argument("--only", nargs="+", choices=[*XCITS, *VITS], default=[*XCITS, *VITS], help="of these models")
    arguments = parser.parse_args()
    check(arguments.programs or arguments.tiles, "one of --programs and --tiles must be given")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        slide_folders = list(arguments.tiles)
        if arguments.slides:
            slide_folders += cut(arguments.programs, arguments.slides, folder / "few", 600)
        run(arguments.timm_python, __file__, "--step", "weights", folder)
        cards = export_all(folder, arguments)
        references = compare_programs(folder, "few", cards, slide_folders, arguments)
        compare_libtorches(folder, cards, references, arguments)
        if arguments.many_tiles_of:
            many = cut(arguments.programs, [arguments.many_tiles_of], folder / "many_tiles", 512)
            newest = {name: files[:1] for name, files in cards.items() if name != "prostate_medium"}
            compare_programs(folder, "many", newest, many, arguments)


if __name__ == "__main__":
    main()
