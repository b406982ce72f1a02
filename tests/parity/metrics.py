#!/usr/bin/env python3
"""Are the metrics and the masks HistoPrep's?

    python3 tests/parity/metrics.py SHARED_DATA HISTOPREP

Needs HistoPrep 2.0.5 in the interpreter's environment. HISTOPREP, our program, tiles the images of the test data
entirely and tissue-array.tiff as far as it is tissue, 256 pixels wide, as PNG. HistoPrep's own functions then measure
the same tiles (of the array 500, evenly chosen), with the threshold that HistoPrep finds for the slide. Prints each
column's largest difference; passes if every value is equal as a number, laplacian_std included, and every pixel of the
masks.
"""
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import histoprep.functional as F
import histoprep.functional._metrics as histoprep_metrics
import numpy as np
from histoprep import SlideReader
from PIL import Image

SLIDES = {
    "images/slide.jpeg": ["--max-background", "1"],
    "images/slide_with_ink.jpeg": ["--max-background", "1"],
    "images/tma_spots.jpeg": ["--max-background", "1"],
    "slides/tissue-array.tiff": [],
}
MOST_TILES = {"slides/tissue-array.tiff": 500}


class Numpy:
    """HistoPrep takes int() of an array with one element, which numpy has allowed until 2.3."""

    argwhere = staticmethod(np.flatnonzero)

    def __getattr__(self, name):
        return getattr(np, name)


histoprep_metrics.np = Numpy()


def measured(image, mask):
    """HistoPrep's metrics as its table holds them: polars widens float32 to float64."""
    metrics = F.get_image_metrics(image, mask.copy())  # it may overwrite the mask
    return {name: float(value) if isinstance(value, np.floating) else value for name, value in metrics.items()}


def threshold_of(slide):
    reader = SlideReader(slide)
    return reader.get_tissue_mask(level=reader.level_from_max_dimension(8192), multiplier=1.05, sigma=1.0)[0]


def compare(folder, threshold, most, differences):
    """The number of tiles and of tiles with another mask."""
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    masks = 0
    chosen = rows if len(rows) <= most else [rows[i] for i in np.linspace(0, len(rows) - 1, most).astype(int)]
    for row in chosen:
        image = np.asarray(Image.open(folder / row["path"]))
        mask = F.get_tissue_mask(image, threshold=threshold)[1]
        masks += not np.array_equal(mask, np.asarray(Image.open(folder / row["mask_path"])))
        wanted = measured(image, mask)
        names = list(row)[6:]
        if names[: len(wanted)] != list(wanted):
            sys.exit(f"metrics.py: {folder} has the columns {names}, not {list(wanted)}")
        for name, value in wanted.items():
            differences[name] = max(differences.get(name, 0.0), abs(float(row[name]) - value))
    return len(chosen), masks


def main():
    data, program = Path(sys.argv[1]), sys.argv[2]
    differences = {}
    tiles = masks = 0
    with tempfile.TemporaryDirectory() as output:
        for name, options in SLIDES.items():
            command = [program, "-i", data / name, "-o", output, "-w", "256", "--metrics", "--masks"]
            subprocess.run([*command, "--image-format", "png", "-q", *options], check=True)
            counts = compare(
                Path(output) / Path(name).stem, threshold_of(data / name), MOST_TILES.get(name, 10**9), differences
            )
            print(f"{name}: {counts[0]} tiles compared, {counts[1]} masks differ", flush=True)
            tiles, masks = tiles + counts[0], masks + counts[1]
    for name, difference in differences.items():
        print(f"{name}: largest difference {difference:g}")
    worst = max(differences.values(), default=1.0)
    print(f"{tiles} tiles, {len(differences)} columns: largest difference {worst:g}, {masks} masks differ")
    return 1 if worst or masks or not tiles else 0


if __name__ == "__main__":
    sys.exit(main())
