#!/usr/bin/env python3
"""Are PNG tiles what OpenSlide returns, blended over white?

    python3 tests/parity/openslide_pixels.py SLIDE SLIDE_FOLDER

Needs openslide-python, Pillow and numpy. SLIDE_FOLDER was made from SLIDE by histoprep at level 0 with PNG tiles. Reads
every tile again through OpenSlide's Python binding and compares all pixels.
"""
import csv
import sys
from pathlib import Path

import numpy as np
import openslide
from PIL import Image

slide = openslide.OpenSlide(sys.argv[1])
folder = Path(sys.argv[2])
tiles = different = 0
with open(folder / "metadata.csv", newline="") as table:
    for row in csv.DictReader(table):
        x, y, w, h = (int(row[name]) for name in "xywh")
        region = slide.read_region((x, y), 0, (w, h))
        white = Image.new("RGBA", region.size, (255, 255, 255, 255))
        wanted = np.asarray(Image.alpha_composite(white, region).convert("RGB"))
        found = np.asarray(Image.open(folder / row["path"]))
        tiles += 1
        different += not np.array_equal(wanted, found)
print(f"{tiles} tiles compared, {different} differ")
sys.exit(1 if different or not tiles else 0)
