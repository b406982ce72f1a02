#!/usr/bin/env python3
"""Write tests/golden/histoprep_grids.csv: which tiles HistoPrep keeps.

    python3 tests/parity/histoprep_grids.py SHARED_DATA > tests/golden/histoprep_grids.csv

Needs HistoPrep 2.0.5 in the interpreter's environment. One line for each slide, width, overlap and --in-bounds: the
number of tiles and the SHA-256 of their "x,y,w,h" lines. With --in-bounds and an overlap HistoPrep keeps tiles that
leave the slide (it drops only the last column and row); the last two columns describe its list without those.
"""
import hashlib
import sys
from pathlib import Path

from histoprep import SlideReader

SLIDES = [
    "slides/cmu-1-small-region.svs",
    "slides/tissue-array.tiff",
    "images/slide.jpeg",
    "images/slide_with_ink.jpeg",
    "images/tma_spots.jpeg",
]


def digest(tiles):
    text = "".join("{},{},{},{}\n".format(*tile) for tile in tiles)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main():
    data = Path(sys.argv[1])
    print("slide,threshold,width,overlap,in_bounds,tiles,digest,tiles_inside,digest_inside")
    for name in SLIDES:
        reader = SlideReader(data / name)
        height, width = reader.dimensions
        # The defaults of HistoPrep's command line.
        level = reader.level_from_max_dimension(8192)
        threshold, mask = reader.get_tissue_mask(level=level, multiplier=1.05, sigma=1.0)
        for size in (256, 512, 640):
            for overlap in (0.0, 0.25, 0.5):
                for in_bounds in (False, True):
                    tiles = list(
                        reader.get_tile_coordinates(
                            mask,
                            width=size,
                            overlap=overlap,
                            max_background=0.75,
                            out_of_bounds=not in_bounds,
                        )
                    )
                    inside = [
                        t
                        for t in tiles
                        if not in_bounds or (t[0] + t[2] <= width and t[1] + t[3] <= height)
                    ]
                    print(
                        f"{name},{threshold},{size},{overlap},{int(in_bounds)},{len(tiles)},"
                        f"{digest(tiles)},{len(inside)},{digest(inside)}"
                    )


main()
