#!/usr/bin/env python3
"""What the features are worth on real tissue: histo_demo, random weights and colour, by the program's own verbs.

    python3 tests/bench/real_tiles.py TILES --histoprep BINARY --histoencoder BINARY --scratch FOLDER
                                      [--sets lc25000 osteosarcoma oral crc7] [--threads 2] [--fresh]

TILES is a folder of the four sets, a folder for each class. Each image is a slide: `histoprep` cuts it into the crops of
models/README.md, `extract` turns them into features, and colour histograms (8 x 8 x 8, square roots of the shares) come
in by `convert --from npy`. Images that histo_demo never saw ("held out": number 2, 5, 8, ... of each class) are the test,
labels are learnt from the others, which it was trained on without labels, and an image is a group. "Among held-out"
learns from nothing but held-out images, by three folds. "Patients held out" goes over all images of osteosarcoma, the one
set whose files name the patient: four, each tried on by what was learnt from the other three. "Runs held out" goes over
all images of oral, where files with numbers near each other often show the same place: runs of 20 numbers are groups, in
five folds.
What is there in FOLDER already is kept unless --fresh is given. Needs numpy and Pillow.
"""
import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models"))
from tile_sets import CROP_SIDES, SETS, pictures_of, read_image  # noqa: E402

ENCODERS = ("histo_demo", "random_vit_tiny")
FEATURES = ("histo_demo", "colour", "random_vit_tiny")
# What belongs together more closely than an image: the name of the rows, folds, and the group of a file's name.
GROUPS = {"osteosarcoma": ("patients held out", 4, lambda name: re.match(r"(Case-\d+|P\d+)-", name)[1]),
          "oral": ("runs held out", 5, lambda name: f"{name.rpartition('_')[0]}_{int(name.rpartition('_')[2]) // 20}")}
SHOTS = (1, 2, 4, 8, 16)
LADDERS = {"lc25000": (50, 100, 200, 400), "osteosarcoma": (50, 100, 200, 400), "oral": (50, 100, 200, 400),
           "crc7": (50, 100)}


def call(options, *words, threads=True):
    words = [*map(str, words), "--quiet"] + (["--threads", str(options.threads)] if threads else [])
    print("+", *words, file=sys.stderr, flush=True)
    subprocess.run(words, check=True)


def write_table(file, header, rows):
    with open(file, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def write_labels(folder, pictures):
    rows = [(p.file.stem, p.label, p.file.stem, "test" if p.held_out else "train") for p in pictures]
    if len({row[0] for row in rows}) < len(rows):
        raise SystemExit(f"{folder}: two images have one name")
    write_table(folder / "labels.csv", ("slide", "label", "image", "split"), rows)
    write_table(folder / "held_out.csv", ("slide", "label", "image"), [row[:3] for row in rows if row[3] == "test"])
    if folder.name in GROUPS:
        group_of = GROUPS[folder.name][2]
        write_table(folder / "groups.csv", ("slide", "label", "group"), [(*row[:2], group_of(row[0])) for row in rows])


def colour_histogram(pixels):
    """Shares of 8 x 8 x 8 colours; their square roots, so that distances are Hellinger's."""
    bins = (pixels // 32).reshape(-1, 3).astype(np.int64)
    counts = np.bincount(bins @ (64, 8, 1), minlength=512)
    return np.sqrt(counts / counts.sum()).astype(np.float32)


def colour_features(options, folder, pictures):
    foreign = folder / "colour_npy"
    foreign.mkdir()
    for picture in pictures:
        with open(folder / "tiles" / picture.file.stem / "metadata.csv", newline="") as file:
            places = [[int(row[name]) for name in "xywh"] for row in csv.DictReader(file)]
        pixels = np.asarray(read_image(picture.file))
        rows = [colour_histogram(pixels[y : y + h, x : x + w]) for x, y, w, h in places]
        np.save(foreign / f"{picture.file.stem}.npy", np.stack(rows))
        np.save(foreign / f"{picture.file.stem}.coords.npy", np.array(places, dtype=np.int64))
    call(options, options.histoencoder, "convert", "-i", foreign, "--from", "npy", "-o", folder / "colour", threads=False)


def prepare(options, set_name):
    """FOLDER/SET: labels.csv, held_out.csv, and a tree of features for each of FEATURES."""
    folder = options.scratch / set_name
    if (folder / "ready").exists() and not options.fresh:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    images = folder / "images"
    images.mkdir(parents=True)
    pictures = pictures_of(options.tiles, set_name)
    for picture in pictures:
        (images / picture.file.name).symlink_to(picture.file.resolve())
    write_labels(folder, pictures)
    # All of an image is kept: there is no glass on it, so that a threshold would cut tissue from tissue.
    call(options, options.histoprep, "-i", images, "-o", folder / "tiles", "--width", CROP_SIDES[set_name],
         "--in-bounds", "--max-background", "1")
    for encoder in ENCODERS:
        shutil.copytree(folder / "tiles", folder / encoder, copy_function=os.link)
        call(options, options.histoencoder, "extract", "-i", folder / encoder, "-m", ROOT / "models" / f"{encoder}.pt")
    colour_features(options, folder, pictures)
    (folder / "ready").touch()
    return folder



def read_table(file):
    with open(file, newline="") as rows:
        return list(csv.DictReader(rows))


class Cell:
    """A figure and its interval."""

    def __init__(self, value, low, high):
        self.value, self.low, self.high = value, low, high

    def __neg__(self):
        return Cell(-self.value, -self.high, -self.low)

    def text(self, sign=""):
        def rounded(number, digits):
            return f"{round(number, digits) + 0.0:{sign}.{digits}f}"

        return f"{rounded(self.value, 3)} ({rounded(self.low, 2)} to {rounded(self.high, 2)})"


def cell_of(row):
    return Cell(*(float(row[name]) for name in ("value", "low", "high")))


class Measures:
    """One set: what was measured of each of FEATURES, and differences of histo_demo from the others."""

    def __init__(self, options, set_name):
        self.options, self.set_name = options, set_name
        self.folder = prepare(options, set_name)
        self.results = self.folder / "results"
        shutil.rmtree(self.results, ignore_errors=True)
        self.rows = []

    def verb(self, verb, features, name, *words):
        folder = self.results / name / features
        call(self.options, self.options.histoencoder, verb, "-i", self.folder / features, "-o", folder, *words)
        return folder

    def evaluated(self, name, label, figure, *words):
        """A row by `evaluate`, with paired differences on the same resamples of images."""
        folder = self.results / name / "-".join(["evaluate", figure, *words]).replace("--", "")
        files = [self.results / name / features / "predictions.csv" for features in FEATURES]
        call(self.options, self.options.histoencoder, "evaluate", "--predictions", *files, "-o", folder, *words)
        rows = {(row["file"], row["against"]): row for row in read_table(folder / "scores.csv") if row["figure"] == figure}
        cells = [cell_of(rows[str(file), ""]) for file in files]
        differences = [-cell_of(rows[str(file), str(files[0])]) for file in files[1:]]
        self.rows.append((label, cells, differences))

    def labels(self, name="labels", group="image"):
        split = ["--split", "split"] if name == "labels" else []
        return ["--labels", self.folder / f"{name}.csv", "--group", group, *split]

    def by_groups(self, verb, label, *words):
        if self.set_name not in GROUPS:
            return
        what, folds, _ = GROUPS[self.set_name]
        for features in FEATURES:
            self.verb(verb, features, f"{verb}_groups", *words, *self.labels("groups", "group"), "--folds", folds)
        self.evaluated(f"{verb}_groups", f"{label}, {what}", "balanced_accuracy")

    def knn(self):
        for features in FEATURES:
            self.verb("knn", features, "knn", "-k", 10, *self.labels())
            self.verb("knn", features, "knn_among", "-k", 10, *self.labels("held_out"), "--folds", 3)
        self.evaluated("knn", "10-NN, accuracy", "accuracy")
        self.evaluated("knn", "10-NN", "balanced_accuracy")
        self.evaluated("knn", "10-NN, whole images", "balanced_accuracy", "--level", "slide")
        self.evaluated("knn_among", "10-NN among held-out", "balanced_accuracy")
        self.by_groups("knn", "10-NN", "-k", 10)

    def fewshot(self):
        episodes = []
        for features in FEATURES:
            folder = self.verb("fewshot", features, "fewshot", *self.labels(), "--shots", *SHOTS, "--save-episodes")
            episodes.append(read_table(folder / "episodes.csv"))
        for shots in SHOTS:
            found = [np.array([float(row["balanced_accuracy"]) for row in rows if row["shots"] == str(shots)])
                     for rows in episodes]
            if min(map(len, found)) == 0:
                continue
            cells = [Cell(values.mean(), *np.quantile(values, (0.025, 0.975))) for values in found]
            # The same seed draws the same crops for all features.
            apart = [found[0] - values for values in found[1:]]
            differences = [Cell(values.mean(), *np.quantile(values, (0.025, 0.975))) for values in apart]
            self.rows.append((f"few-shot, {shots}", cells, differences))

    def probe(self):
        found = []
        for features in FEATURES:
            folder = self.verb("probe", features, "probe", *self.labels(), "--ladder", *LADDERS[self.set_name])
            rows = read_table(folder / "ladder.csv")
            found.append({row["tiles"]: cell_of(row) for row in rows if row["figure"] == "balanced_accuracy"})
        for tiles in map(str, LADDERS[self.set_name]):
            self.rows.append((f"probe, {tiles}", [cells[tiles] for cells in found], None))
        self.evaluated("probe", "probe, all", "balanced_accuracy")
        self.evaluated("probe", "probe, all, whole images", "balanced_accuracy", "--level", "slide")
        self.by_groups("probe", "probe")

    def print_rows(self):
        for label, cells, differences in self.rows:
            if self.set_name == "oral" and "whole images" in label:
                continue  # a crop is an image
            apart = [cell.text("+") for cell in differences] if differences else ["", ""]
            print("|", " | ".join([self.set_name, label, *[cell.text() for cell in cells], *apart]), "|", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tiles", type=Path)
    parser.add_argument("--histoprep", type=Path, required=True)
    parser.add_argument("--histoencoder", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="tiles and features anew")
    parser.add_argument("--prepare-only", action="store_true", help="tiles and features, and no more")
    options = parser.parse_args()
    if options.prepare_only:
        for set_name in options.sets:
            prepare(options, set_name)
        return
    print("| set | measure |", " | ".join(FEATURES), "| histo_demo less colour | histo_demo less random_vit_tiny |")
    print("|---|---|---|---|---|---|---|")
    for set_name in options.sets:
        measures = Measures(options, set_name)
        measures.knn()
        measures.fewshot()
        measures.probe()
        measures.print_rows()


if __name__ == "__main__":
    main()
