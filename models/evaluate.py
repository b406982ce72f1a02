#!/usr/bin/env python3
"""Measures encoders as they are, by nearest neighbours and by clusters.

    python3 models/evaluate.py neighbours --data TILES --cards models/histo_demo.json
    python3 models/evaluate.py clusters --data TILES --cards models/histo_demo.json --tiles OUT/SLIDE --truth SLIDE.json

`neighbours` takes the labelled tiles that tile_sets.py names. A crop gets the class that most of its ten nearest
neighbours by cosine have, on a tie that of the nearest; crops of its own image are no neighbours. `clusters` takes a
folder that histoprep wrote for a slide whose textures are known, and gives the adjusted Rand index of k-means with them;
it needs scikit-learn. Both print tables of Markdown, and compare with colours and with histo_demo's network with random
weights, before its projection and after one that is computed for these weights.
"""

import argparse
import csv
import json
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from PIL import Image
from torch import nn

from histo_vit import HistoViT
from neighbours import neighbour_accuracy, unit
from recipes.card import normalised, pooled
from tile_sets import CROP_SIDES, SETS, Picture, crops_of, pictures_of, prepared, read_image
from train import card as histo_demo_card
from train import set_projection

BATCH = 16
COLOUR_BINS = 8
CLUSTER_COUNTS = (4, 6, 8, 10, 12)
CLUSTER_SEEDS = 5

Features = dict[str, np.ndarray]  # a name, and a row for each image
Encoder = Callable[[list[Image.Image]], Features]


class Crops:
    """Crops of some images of one set: `labels` and `owners` are the class and the image of each, as numbers."""

    def __init__(self, pictures: list[Picture], side: int, classes: list[str]) -> None:
        self.images: list[Image.Image] = []
        labels, owners = [], []
        for number, picture in enumerate(pictures):
            crops = crops_of(read_image(picture.file), side)
            self.images += crops
            labels += [classes.index(picture.label)] * len(crops)
            owners += [number] * len(crops)
        self.labels, self.owners = np.array(labels), np.array(owners)


def network_encoder(model: nn.Module, card: dict) -> Encoder:
    def encode(images: list[Image.Image]) -> Features:
        features = []
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                pixels = np.stack([prepared(image, card) for image in images[start : start + BATCH]])
                features.append(pooled(model(normalised(pixels, card)), card))
        return {card["name"]: torch.cat(features).numpy()}

    return encode


def colour_histograms(images: list[Image.Image]) -> Features:
    """Square roots of the shares of 8 x 8 x 8 colours, so that the cosine orders as Hellinger's distance does."""

    def histogram(image: Image.Image) -> np.ndarray:
        red, green, blue = (np.asarray(image).reshape(-1, 3).astype(np.int64) * COLOUR_BINS // 256).T
        counts = np.bincount((red * COLOUR_BINS + green) * COLOUR_BINS + blue, minlength=COLOUR_BINS**3)
        return np.sqrt(counts / counts.sum())

    name = f"colour histogram, {COLOUR_BINS} x {COLOUR_BINS} x {COLOUR_BINS}"
    return {name: np.stack([histogram(image) for image in images])}


def colour_moments(images: list[Image.Image]) -> Features:
    pixels = [np.asarray(image).reshape(-1, 3) / 255 for image in images]
    rows = [np.concatenate([colours.mean(0), colours.std(0)]) for colours in pixels]
    return {"mean and deviation of colours": np.stack(rows)}


def random_encoder(seed: int, data: Path) -> Encoder:
    """The statistics of a random network's tokens, and what becomes of them by a projection computed for it."""
    torch.manual_seed(seed)
    model = HistoViT().eval()
    set_projection(model, data)
    statistics = network_encoder(model.statistics, dict(histo_demo_card(), outputs={"layout": "vector", "l2": False}))

    def encode(images: list[Image.Image]) -> Features:
        (found,) = statistics(images).values()
        with torch.inference_mode():
            projected = model.projection(torch.from_numpy(found)).numpy()
        return {f"random weights {seed}, not projected": found, f"random weights {seed}": projected}

    return encode


def encoders_of(arguments: argparse.Namespace) -> list[Encoder]:
    encoders = []
    for file in arguments.cards:
        card = json.loads(file.read_text(encoding="utf-8"))
        model = torch.jit.load(str(file.with_name(card["torchscript"]))).eval()
        encoders.append(network_encoder(model, card))
    encoders += [random_encoder(seed, arguments.data) for seed in range(arguments.random)]
    return [*encoders, colour_histograms, colour_moments]


def encoded(encoders: list[Encoder], images: list[Image.Image]) -> Features:
    return {name: rows for encode in encoders for name, rows in encode(images).items()}


def measure(queries: np.ndarray, held_out: Crops, bank: np.ndarray, training: Crops) -> list[tuple[float, float]]:
    """With neighbours among other held-out images; among the training images; and these among themselves."""

    def own(crops: Crops) -> np.ndarray:
        return crops.owners[:, None] == crops.owners[None]

    return [
        neighbour_accuracy(queries, held_out.labels, queries, held_out.labels, own(held_out)),
        neighbour_accuracy(queries, held_out.labels, bank, training.labels, np.zeros((len(queries), len(bank)), bool)),
        neighbour_accuracy(bank, training.labels, bank, training.labels, own(training)),
    ]


def print_table(titles: list[str], rows: list[list[str]]) -> None:
    for row in [titles, ["---"] * len(titles), *rows]:
        print("| " + " | ".join(row) + " |")


def compare_neighbours(arguments: argparse.Namespace) -> None:
    encoders = encoders_of(arguments)
    titles = ["accuracy / balanced", "held out, among held out", "held out, among training", "training, among training"]
    for set_name in SETS:
        pictures = pictures_of(arguments.data, set_name)
        classes = sorted({picture.label for picture in pictures})
        held_out, training = (
            Crops([p for p in pictures if p.held_out == held], CROP_SIDES[set_name], classes) for held in (True, False)
        )
        queries, bank = encoded(encoders, held_out.images), encoded(encoders, training.images)
        rows = []
        for name in queries:
            results = measure(queries[name], held_out, bank[name], training)
            rows.append([name, *[f"{plain:.3f} / {balanced:.3f}" for plain, balanced in results]])
        print(f"\n{set_name}: {len(held_out.images)} crops held out, {len(training.images)} for training\n")
        print_table(titles, rows)


def overlap(tile: dict[str, int], region: dict) -> int:
    width = min(tile["x"] + tile["w"], region["x"] + region["w"]) - max(tile["x"], region["x"])
    height = min(tile["y"] + tile["h"], region["y"] + region["h"]) - max(tile["y"], region["y"])
    return max(width, 0) * max(height, 0)


def texture_of(tile: dict[str, int], regions: list[dict]) -> str:
    """The label of the region that holds the tile's centre and at least half of the tile, or nothing."""
    centre = {"x": tile["x"] + tile["w"] // 2, "y": tile["y"] + tile["h"] // 2, "w": 1, "h": 1}
    for region in regions:
        if overlap(centre, region) and 2 * overlap(tile, region) >= tile["w"] * tile["h"]:
            return region["label"]
    return ""


def adjusted_rand(features: np.ndarray, textures: np.ndarray, count: int) -> float:
    """All tiles are clustered, those of a known texture are scored; the mean over seeds of k-means."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    known = textures != ""
    scores = []
    for seed in range(CLUSTER_SEEDS):
        clusters = KMeans(count, n_init=10, random_state=seed).fit_predict(unit(features))
        scores.append(adjusted_rand_score(textures[known], clusters[known]))
    return float(np.mean(scores))


def compare_clusters(arguments: argparse.Namespace) -> None:
    regions = json.loads(arguments.truth.read_text(encoding="utf-8"))["regions"]
    images, textures = [], []
    with open(arguments.tiles / "metadata.csv", newline="") as table:
        for row in csv.DictReader(table):
            images.append(read_image(arguments.tiles / row["path"]))
            textures.append(texture_of({key: int(row[key]) for key in "xywh"}, regions))
    known = np.array(textures)
    rows = []
    for name, features in encoded(encoders_of(arguments), images).items():
        rows.append([name, *[f"{adjusted_rand(features, known, count):.3f}" for count in CLUSTER_COUNTS]])
    print(f"\n{len(images)} tiles, {(known != '').sum()} of {len(set(textures) - {''})} known textures\n")
    print_table(["adjusted Rand index", *[f"k = {count}" for count in CLUSTER_COUNTS]], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    neighbours = commands.add_parser("neighbours", help="accuracy of ten nearest neighbours on labelled tiles")
    neighbours.set_defaults(compare=compare_neighbours)

    clusters = commands.add_parser("clusters", help="agreement of k-means with known textures of a slide")
    clusters.add_argument("--tiles", type=Path, required=True, help="the slide's folder, as histoprep wrote it")
    clusters.add_argument("--truth", type=Path, required=True, help="the slide's regions: x, y, w, h and label")
    clusters.set_defaults(compare=compare_clusters)

    for command in commands.choices.values():
        command.add_argument("--data", type=Path, required=True, help="folder of the sets of tiles")
        command.add_argument("--cards", type=Path, required=True, nargs="+", help="NAME.json, with its .pt file beside it")
        command.add_argument("--random", type=int, default=3, help="random networks to compare with (default: %(default)s)")
    arguments = parser.parse_args()
    arguments.compare(arguments)


if __name__ == "__main__":
    main()
