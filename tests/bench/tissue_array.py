#!/usr/bin/env python3
"""What a quarter of the squares of tissue-array.tiff, named as in QuPath, says of the others by clusters.

    python3 tests/bench/tissue_array.py TISSUE-ARRAY.tiff TISSUE-ARRAY.json --bin build/release/bin --work FOLDER

Tiles the slide, extracts with the default encoder and clusters, each only where FOLDER has not got it yet. A quarter of
each class's squares, drawn with a seed, become regions; `annotate` propagates their classes over the clusters. A tile
counts for the square that holds its centre; only tiles of the other squares are scored. Prints a Markdown table: of the
first draw with 95 % intervals from resampled squares, and the mean and deviation of the accuracy over all draws. Beside
it `knn` with its defaults from the same named tiles, each square a slide of its own. Draws FOLDER/geojson_k<K>.png: the
polygons of annotate's GeoJSON over the slide's thumbnail, by Pillow and so by nobody who wrote them. Needs NumPy and
Pillow.
"""
import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess

import numpy
from PIL import Image, ImageDraw

SHARE = 0.25
RESAMPLES = 2000


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slide", type=pathlib.Path)
    parser.add_argument("truth", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--clusters", nargs="+", default=["8", "16", "32", "64"])
    parser.add_argument("--seed", type=int, default=0, help="of the first draw of squares that are named")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--model", default="histo_demo")
    return parser.parse_args()


def run(bin_folder, program, *words):
    done = subprocess.run([str(bin_folder / program), *map(str, words)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)


def rows_of(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def prepare(args, tiles):
    """Tiles, features and clusters, where they are not there yet."""
    folder = tiles / args.slide.stem
    if not (folder / "metadata.csv").exists():
        run(args.bin, "histoprep", "-i", args.slide, "-o", tiles, "--width", args.width)
    if not (folder / "features.h5").exists():
        run(args.bin, "histoencoder", "extract", "-i", tiles, "-m", args.model)
    if not (folder / "clusters.csv").exists():
        run(args.bin, "histoencoder", "cluster", "-i", tiles, "-n", *args.clusters, "--seed", 0)


def split_squares(args, tiles, square_of_tile):
    """Each square as a slide, for knn: patients are never on both sides of a split, and here a square is one."""
    squares = args.work / "squares"
    if squares.exists():
        return squares
    run(args.bin, "histoencoder", "convert", "-i", tiles, "--to", "csv", "-o", args.work / "csv", "--overwrite")
    header, *lines = (args.work / "csv" / (args.slide.stem + ".csv")).read_text(encoding="utf-8").splitlines()
    parts = args.work / "square_csv"
    parts.mkdir(exist_ok=True)
    for square in sorted(set(square_of_tile) - {-1}):
        own = [line for line, of in zip(lines, square_of_tile) if of == square]
        (parts / f"square_{square}.csv").write_text("\n".join([header, *own]) + "\n", encoding="utf-8")
    run(args.bin, "histoencoder", "convert", "-i", parts, "--from", "csv", "-o", squares)
    return squares


def square_of(squares, x, y):
    return next((i for i, s in enumerate(squares) if s["x"] <= x < s["x"] + s["w"] and s["y"] <= y < s["y"] + s["h"]),
                -1)


def drawn(squares, seed):
    """A quarter of each class's squares, at least one."""
    chosen = set()
    generator = random.Random(seed)
    for label in sorted({square["label"] for square in squares}):
        of_class = [i for i, square in enumerate(squares) if square["label"] == label]
        chosen.update(generator.sample(of_class, max(1, round(SHARE * len(of_class)))))
    return chosen


def feature_of(square):
    x, y, w, h = (square[key] for key in "xywh")
    ring = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"objectType": "annotation", "classification": {"name": square["label"]}}}


def annotated(args, tiles, regions, k, *words):
    """The predicted label by place, and the folder."""
    output = args.work / ("k" + k + ("" if not words else "_pure"))
    run(args.bin, "histoencoder", "annotate", "-i", tiles, "-n", k, "--regions", regions, "-o", output, "--overwrite",
        *words)
    return {(int(row["x"]), int(row["y"])): row["predicted"] for row in rows_of(output / "labels.csv")}, output


def neighbours(args, squares_folder, squares, chosen, used):
    """The class of each tile of the squares that are not named."""
    labels = args.work / "squares.csv"
    labels.write_text("slide,label,part\n" + "".join(
        f"square_{i},{squares[i]['label']},{'train' if i in chosen else 'test'}\n" for i in sorted(used)),
        encoding="utf-8")
    output = args.work / "knn"
    run(args.bin, "histoencoder", "knn", "-i", squares_folder, "--labels", labels, "--split", "part", "--bootstrap", 1,
        "-o", output, "--overwrite")
    return {(int(row["x"]), int(row["y"])): row["predicted"] for row in rows_of(output / "predictions.csv")}


def scores(rows, predicted):
    """Coverage and accuracy of the rows (tile, square, truth), and their intervals over squares."""
    by_square = {}
    for place, square, truth in rows:
        found = predicted.get(place)
        entry = by_square.setdefault(square, [0, 0, 0])
        entry[0] += 1
        entry[1] += found is not None
        entry[2] += found == truth
    counts = numpy.array([by_square[square] for square in sorted(by_square)], dtype=float)
    generator = numpy.random.default_rng(0)
    total = counts.sum(axis=0)
    picks = generator.integers(0, len(counts), (RESAMPLES, len(counts)))
    sums = counts[picks].sum(axis=1)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        accuracy = sums[:, 2] / sums[:, 1]
    return total[1] / total[0], total[2] / total[1], numpy.nanpercentile(accuracy, [2.5, 97.5])


def draw(output, k, thumbnail_file, slide_size, work):
    """Reads the GeoJSON with nothing of ours."""
    picture = Image.open(thumbnail_file).convert("RGB")
    layer = Image.new("RGBA", picture.size)
    pen = ImageDraw.Draw(layer)
    scale = [picture.size[0] / slide_size[0], picture.size[1] / slide_size[1]]
    file = next(output.glob("*.geojson"))
    for feature in json.loads(file.read_text(encoding="utf-8"))["features"]:
        colour = tuple(feature["properties"]["classification"]["color"])
        for polygon in feature["geometry"]["coordinates"]:
            for i, ring in enumerate(polygon):
                points = [(x * scale[0], y * scale[1]) for x, y in ring]
                pen.polygon(points, fill=(0, 0, 0, 0) if i else colour + (130,), outline=colour + (255,))
    picture.paste(layer, (0, 0), layer)
    picture.save(work / f"geojson_k{k}.png")


class Figures:
    """Of one row of the table, over all draws."""

    def __init__(self):
        self.draws = {}  # kind -> scores

    def add(self, kind, score):
        self.draws.setdefault(kind, []).append(score)

    def shown(self, kind):
        if kind not in self.draws:
            return " | | "
        coverage, accuracy, interval = self.draws[kind][0]
        of_all = [score[1] for score in self.draws[kind]]
        spread = statistics.stdev(of_all) if len(of_all) > 1 else 0.0
        return (f"{coverage:.3f} | {accuracy:.3f} ({interval[0]:.3f} to {interval[1]:.3f}) | "
                f"{statistics.mean(of_all):.3f} ({spread:.3f})")


def main():
    args = parsed()
    tiles = args.work / "tiles"
    prepare(args, tiles)
    truth = json.loads(args.truth.read_text(encoding="utf-8"))
    squares = truth["regions"]
    regions = args.work / "regions"
    regions.mkdir(parents=True, exist_ok=True)
    places = [(int(row["x"]), int(row["y"]), int(row["w"]))
              for row in rows_of(tiles / args.slide.stem / "clusters.csv")]
    square_of_tile = [square_of(squares, x + w / 2, y + w / 2) for x, y, w in places]
    used = set(square_of_tile) - {-1}
    squares_folder = split_squares(args, tiles, square_of_tile)
    table = {}
    for draw_number in range(args.draws):
        chosen = drawn(squares, args.seed + draw_number)
        (regions / (args.slide.stem + ".geojson")).write_text(json.dumps(
            {"type": "FeatureCollection", "features": [feature_of(squares[i]) for i in sorted(chosen)]}),
            encoding="utf-8")
        named = [squares[square]["label"] for square in square_of_tile if square in chosen]
        scored = [((x, y), square, squares[square]["label"]) for (x, y, _), square in zip(places, square_of_tile)
                  if square >= 0 and square not in chosen]
        if draw_number == 0:
            print(f"{len(places)} tiles; {len(named)} in {len(chosen & used)} named squares, {len(scored)} in "
                  f"{len(used - chosen)} others, of {len(set(named))} classes\n")
        for k in args.clusters:
            row = table.setdefault(f"annotate, k = {k}", Figures())
            found, output = annotated(args, tiles, regions, k)
            row.add("all", scores(scored, found))
            pure, _ = annotated(args, tiles, regions, k, "--min-purity", 0.9)
            row.add("pure", scores(scored, pure))
            if draw_number == 0:
                draw(output, k, tiles / args.slide.stem / "thumbnail.jpeg", (truth["width"], truth["height"]),
                     args.work)
        table.setdefault("knn from the named tiles", Figures()).add(
            "all", scores(scored, neighbours(args, squares_folder, squares, chosen, used)))
        most = max(sorted(set(named)), key=named.count)
        table.setdefault("the most frequent class", Figures()).add(
            "all", scores(scored, {place: most for place, _, _ in scored}))
    print("| | coverage | accuracy | of all draws | coverage, purity from 0.9 | accuracy | of all draws |")
    print("|---|---|---|---|---|---|---|")
    for name, row in table.items():
        print(f"| {name} | {row.shown('all')} | {row.shown('pure')} |")


if __name__ == "__main__":
    main()
