#!/usr/bin/env python3
"""Trains histo_demo without labels: views of the same image shall be more alike than views of others.

    python3 models/train.py train --data TILES --output FOLDER
    python3 models/train.py export --weights FOLDER/histo_demo.pth --output models/

The first line takes most of an hour on two processor cores and writes the weights and the log, histo_demo_log.csv; the
second writes histo_demo.pt and histo_demo.json and takes seconds. They are two so that the second can be run by the
oldest PyTorch whose LibTorch shall load the file. TILES is the folder of the sets that tile_sets.py names; the images
that it holds out are not read.
"""

import argparse
import csv
import io
import math
import os
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor, nn

from histo_vit import HistoViT
from neighbours import neighbour_accuracy
from projection import Sample, fit_projection, whitened
from recipes.card import normalised
from recipes.writing import write_model
from tile_sets import CROP_SIDES, SETS, Picture, crops_of, pictures_of, prepared, read_image

NAME = "histo_demo"

# A batch has one pair of views of each of these many images of a set, none twice.
IMAGES_A_BATCH = {"lc25000": 41, "osteosarcoma": 32, "oral": 32, "crc7": 23}
VIEW_SIDE = 80
# Side of the square that becomes a view, in pixels of the file. At use, squares of 112 to 512 pixels become 224: the same
# magnifications.
SOURCE_SIDE = (44, 256)
SOURCE_SIDE_JITTER = 0.4  # of the logarithm, between the views of a pair
ANYWHERE = 0.5  # share of the pairs whose views lie anywhere in the image; the others overlap or nearly so

STAIN_JITTER = 0.1
GREY = 0.05
BLUR = 0.2
JPEG = 0.2
# Optical densities of red, green and blue: haematoxylin, eosin, and what is left (Ruifrok and Johnston 2001).
STAINS = [[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]]

HEAD_HIDDEN, HEAD_OUT = 512, 128
TEMPERATURE = 0.2
LEARNING_RATE, WEIGHT_DECAY, BETAS = 1e-3, 0.05, (0.9, 0.98)
WARM_UP = 60
GRADIENT_NORM = 3.0

PROBE_CROPS = 4  # of each training image, for the log's accuracies
PROJECTION_IMAGES = 210  # of each set at most, evenly spread


def card() -> dict:
    return {
        "schema": 1,
        "name": NAME,
        "kind": "tile",
        "licence": "Apache-2.0",
        "note": (
            "small demonstration encoder, trained by self-supervision on 787 public images of lung, colon, bone tumour"
            " and mouth tissue, H&E; its scores are in models/README.md; not for research conclusions, not for diagnosis"
        ),
        "input": {
            "channels": "RGB",
            "resize": {"size": 224, "mode": "shorter_side", "interpolation": "bilinear", "antialias": True},
            "crop": 224,
            "mean": [0.75, 0.6, 0.75],
            "std": [0.2, 0.2, 0.2],
        },
        "outputs": {"layout": "vector", "dim": 128, "l2": True},
        "precision": {"preferred": "float32", "allowed": ["float32"]},
    }


def placed(rng: random.Random, length: int, side: float, anchor: "float | None") -> float:
    """Where a view of `side` pixels begins along an edge: near the anchor, a share of the edge, or anywhere."""
    room = length - side
    start = rng.random() * room if anchor is None else anchor * room + rng.uniform(-0.5, 0.5) * side
    return min(max(start, 0.0), room)


def spoiled(view: Image.Image, rng: random.Random) -> Image.Image:
    """Turned and mirrored, for tissue has no upright, and now and then blurred or compressed."""
    if rng.random() < 0.5:
        view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turns = rng.randrange(4)
    if turns > 0:
        view = view.rotate(90 * turns)
    if rng.random() < BLUR:
        view = view.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    if rng.random() < JPEG:
        memory = io.BytesIO()
        view.save(memory, "JPEG", quality=rng.randrange(40, 95))
        view = Image.open(memory)
    return view


def pair_of_views(image: Image.Image, rng: random.Random) -> list[np.ndarray]:
    shorter = min(image.size)
    smallest, largest = SOURCE_SIDE
    typical = math.exp(rng.uniform(math.log(smallest), math.log(min(largest, shorter))))
    anchors = (None, None) if rng.random() < ANYWHERE else (rng.random(), rng.random())
    views = []
    for _ in range(2):
        jitter = math.exp(rng.uniform(-SOURCE_SIDE_JITTER, SOURCE_SIDE_JITTER))
        side = min(max(typical * jitter, 32.0), float(shorter))
        x, y = (placed(rng, length, side, anchor) for length, anchor in zip(image.size, anchors))
        view = image.resize((VIEW_SIDE, VIEW_SIDE), Image.Resampling.BILINEAR, box=(x, y, x + side, y + side))
        views.append(np.asarray(spoiled(view, rng)))
    return views


class Batches(torch.utils.data.Dataset):
    """Item i is the batch of step i: bytes, 2 n x 3 x VIEW_SIDE x VIEW_SIDE, views i and n + i of the same image."""

    def __init__(self, images: dict[str, list[Image.Image]], steps: int, seed: int) -> None:
        self.images, self.steps, self.seed = images, steps, seed

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Tensor:
        rng = random.Random(self.seed * 1_000_003 + step)
        pairs = []
        for set_name, count in IMAGES_A_BATCH.items():
            pairs += [pair_of_views(image, rng) for image in rng.sample(self.images[set_name], count)]
        first, second = zip(*pairs)
        return torch.from_numpy(np.stack(first + second)).permute(0, 3, 1, 2).contiguous()


def with_other_stains(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """n x 3 x side x side bytes to the same from 0 to 1, with the amount of each stain changed, and some in grey.

    Amounts are linear in the optical density: density' = density S^-1 diag(factors) S + offsets S, S the stains.
    """

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator) * 2 - 1

    n = pixels.shape[0]
    stains = nn.functional.normalize(torch.tensor(STAINS), dim=1)
    factors = torch.exp(STAIN_JITTER * uniform(n, 1, 3))
    change = torch.matmul(torch.linalg.inv(stains) * factors, stains)
    offset = torch.matmul(0.25 * STAIN_JITTER * uniform(n, 1, 3), stains)
    grey = (torch.rand(n, 1, 1, generator=generator) < GREY).float()
    mixing = torch.eye(3) * (1 - grey) + torch.full((3, 3), 1 / 3) * grey
    change, offset = torch.matmul(change, mixing), torch.matmul(offset, mixing)
    density = -torch.log((pixels.float() + 1) / 256)
    density = torch.matmul(change.transpose(1, 2), density.flatten(2)) + offset.transpose(1, 2)
    return torch.exp(-density).clamp(0, 1).reshape(pixels.shape)


def contrastive_loss(projected: Tensor) -> Tensor:
    """NT-Xent (Chen et al. 2020, "A simple framework for contrastive learning"): rows i and n + i belong together."""
    rows = nn.functional.normalize(projected, dim=1)
    count = len(rows)
    similarity = rows @ rows.T / TEMPERATURE
    similarity = similarity.masked_fill(torch.eye(count, dtype=torch.bool), -math.inf)
    return nn.functional.cross_entropy(similarity, (torch.arange(count) + count // 2) % count)


def projection_head(inputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, HEAD_HIDDEN, bias=False),
        nn.BatchNorm1d(HEAD_HIDDEN),
        nn.ReLU(inplace=True),
        nn.Linear(HEAD_HIDDEN, HEAD_OUT, bias=False),
    )


@dataclass
class Probe:
    """Some crops of the training images of one set, prepared as at use."""

    pixels: np.ndarray
    labels: np.ndarray
    owners: np.ndarray


def probe_of(pictures: list[Picture], images: list[Image.Image]) -> Probe:
    classes = sorted({picture.label for picture in pictures})
    pixels, labels, owners = [], [], []
    for number, (picture, image) in enumerate(zip(pictures, images)):
        crops = crops_of(image, CROP_SIDES[picture.set_name])
        chosen = crops[:: math.ceil(len(crops) / PROBE_CROPS)]
        pixels += [prepared(crop, card()) for crop in chosen]
        labels += [classes.index(picture.label)] * len(chosen)
        owners += [number] * len(chosen)
    return Probe(np.stack(pixels), np.array(labels), np.array(owners))


def statistics_of(model: HistoViT, pixels: np.ndarray) -> Tensor:
    model.eval()
    with torch.inference_mode():
        parts = [model.statistics(normalised(pixels[i : i + 16], card())) for i in range(0, len(pixels), 16)]
    return torch.cat(parts)


def probe_accuracies(model: HistoViT, probes: dict[str, Probe]) -> dict[str, float]:
    """Balanced, by nearest neighbours of other images, of the whitened statistics."""
    samples = [Sample(statistics_of(model, probe.pixels), torch.from_numpy(probe.owners)) for probe in probes.values()]
    accuracies = {}
    for (name, probe), rows in zip(probes.items(), whitened(samples)):
        own = probe.owners[:, None] == probe.owners[None]
        features = rows.numpy()
        accuracies[name] = neighbour_accuracy(features, probe.labels, features, probe.labels, own)[1]
    return accuracies


def projection_crops(image: Image.Image, side: int) -> list[Image.Image]:
    """As at use; an image that is one crop gives its quarters too, or nothing would be known of how it varies."""
    crops = crops_of(image, side)
    return crops if len(crops) > 1 else crops + crops_of(image, side // 2)


def set_projection(model: HistoViT, data: Path) -> None:
    """Computes the model's last layer from the training images."""
    samples = []
    for set_name in SETS:
        pictures = [picture for picture in pictures_of(data, set_name) if not picture.held_out]
        pixels, owners = [], []
        for picture in pictures[:: math.ceil(len(pictures) / PROJECTION_IMAGES)]:
            crops = projection_crops(read_image(picture.file), CROP_SIDES[set_name])
            pixels += [prepared(crop, card()) for crop in crops]
            owners += [len(set(owners))] * len(crops)
        samples.append(Sample(statistics_of(model, np.stack(pixels)), torch.tensor(owners)))
    fit_projection(model.projection, samples)


def learning_rate(step: int, steps: int) -> float:
    return LEARNING_RATE * min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * step / steps))


class Log:
    """Rows on the screen and in a table."""

    def __init__(self, file: Path) -> None:
        self.stream = open(file, "w", newline="")
        self.table = csv.writer(self.stream, lineterminator="\n")
        self.start = time.monotonic()
        self.table.writerow(["step", "loss", "learning_rate", "seconds", *SETS])

    def write(self, step: int, loss: float, rate: float, accuracies: dict[str, float]) -> None:
        cells = [f"{accuracies[name]:.4f}" if accuracies else "" for name in SETS]
        row = [str(step), f"{loss:.4f}", f"{rate:.3e}", f"{time.monotonic() - self.start:.0f}", *cells]
        self.table.writerow(row)
        self.stream.flush()
        print("  ".join(row), flush=True)


def optimise(model: HistoViT, batches: Batches, probes: dict[str, Probe], log: Log, arguments: argparse.Namespace) -> None:
    head = projection_head(model.projection.in_features)
    parameters = [value for name, value in model.named_parameters() if not name.startswith("projection")]
    parameters += list(head.parameters())
    optimiser = torch.optim.AdamW(parameters, weight_decay=WEIGHT_DECAY, betas=BETAS)
    generator = torch.Generator().manual_seed(arguments.seed)
    mean, std = (torch.tensor(card()["input"][key]).reshape(1, 3, 1, 1) for key in ("mean", "std"))
    losses = []
    loader = torch.utils.data.DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4)
    for step, pixels in enumerate(loader):
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, arguments.steps)
        views = (with_other_stains(pixels, generator) - mean) / std
        loss = contrastive_loss(head(model.statistics(views)))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, GRADIENT_NORM)
        optimiser.step()
        losses.append(loss.item())
        done = step + 1
        look = done % arguments.look_every == 0 or done == arguments.steps
        if look or done % 20 == 0:
            accuracies = probe_accuracies(model, probes) if look else {}
            log.write(done, sum(losses) / len(losses), learning_rate(step, arguments.steps), accuracies)
            losses.clear()


def train(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    images, probes = {}, {}
    for set_name in SETS:
        pictures = [picture for picture in pictures_of(arguments.data, set_name) if not picture.held_out]
        images[set_name] = [read_image(picture.file) for picture in pictures]
        probes[set_name] = probe_of(pictures, images[set_name])
        print(f"{set_name}: {len(pictures)} images for training, {len(probes[set_name].labels)} crops to look at")
    model = HistoViT()
    log = Log(arguments.output / f"{NAME}_log.csv")
    log.write(0, math.nan, 0.0, probe_accuracies(model, probes))
    optimise(model, Batches(images, arguments.steps, arguments.seed), probes, log, arguments)
    set_projection(model, arguments.data)
    torch.save(model.state_dict(), arguments.output / f"{NAME}.pth")


def export(arguments: argparse.Namespace) -> None:
    # TorchScript lists a module's constants in the order of a set, which changes from run to run unless this is fixed.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    model = HistoViT()
    model.load_state_dict(torch.load(arguments.weights, map_location="cpu"))
    model.eval()
    write_model(model, card(), arguments.output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    training = commands.add_parser("train", help="writes histo_demo.pth and histo_demo_log.csv")
    training.add_argument("--data", type=Path, required=True, help="folder of the sets of tiles")
    training.add_argument("--steps", type=int, default=1000, help="batches of 128 pairs (default: %(default)s)")
    training.add_argument("--look-every", type=int, default=200, help="steps between accuracies (default: %(default)s)")
    training.add_argument("--seed", type=int, default=0, help="of weights and views (default: %(default)s)")
    training.add_argument("--threads", type=int, default=2, help="of PyTorch (default: %(default)s)")
    training.set_defaults(run=train)

    exporting = commands.add_parser("export", help="writes histo_demo.pt and histo_demo.json")
    exporting.add_argument("--weights", type=Path, required=True, help="the histo_demo.pth that training wrote")
    exporting.set_defaults(run=export)

    for command in commands.choices.values():
        command.add_argument("--output", type=Path, required=True, help="folder to write into")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
