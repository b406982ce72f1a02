"""The published commands on a slide of 160 squares of real tissue, whose places are known."""

import csv
import json
import os

import harness
from published_commands_test import COMMANDS

SLIDE = "data/slides/tissue-array.tiff"


def common_area(one, other):
    """Of two rectangles (x, y, width, height)."""
    sides = [min(one[i] + one[i + 2], other[i] + other[i + 2]) - max(one[i], other[i]) for i in (0, 1)]
    return max(0, sides[0]) * max(0, sides[1])


@harness.needs_shared(SLIDE)
class TissueArray(harness.Case):
    def setUp(self):
        super().setUp()
        (self.folder / "slides").mkdir()
        (self.folder / "slides" / "tissue-array.tiff").symlink_to(harness.SHARED / SLIDE)
        (self.folder / "bin").mkdir()
        for program in ("HistoPrep", "HistoEncoder"):
            (self.folder / "bin" / program).symlink_to(harness.BIN / program.lower())
        self.env = harness.environment(PATH=f"{self.folder / 'bin'}:{os.environ['PATH']}",
                                       HISTOENCODER_MODELS=str(harness.model_folder(self.folder / "models")))
        truth = json.loads((harness.SHARED / SLIDE).with_suffix(".json").read_text())
        self.squares = [tuple(region[key] for key in "xywh") for region in truth["regions"]]
        self.assertEqual(len(self.squares), 160)

    def rows(self, name):
        with open(self.folder / "tiles/tissue-array" / name, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_tiles_lie_on_the_squares_and_all_of_them_get_clusters(self):
        for command in COMMANDS:
            result = harness.run("sh", "-c", command, cwd=self.folder, env=self.env)
            self.assertEqual((result.rc, result.out), (0, ""), result)

        tiles = [tuple(int(row[key]) for key in "xywh") for row in self.rows("metadata.csv")]
        self.check_no_tile_is_bare_glass(tiles)
        self.check_squares_are_covered(tiles)
        for row in self.rows("clusters.csv"):
            for k in (8, 16, 32, 64, 128):
                self.assertIn(int(row[f"n_clusters={k}"]), range(k))
        self.assertEqual(len(self.rows("clusters.csv")), len(tiles))

    def check_no_tile_is_bare_glass(self, tiles):
        # A tile is kept for a quarter of tissue, and only squares have any.
        for tile in tiles:
            share = sum(common_area(tile, square) for square in self.squares) / (tile[2] * tile[3])
            self.assertGreaterEqual(share, 0.25 - 0.01, tile)

    def check_squares_are_covered(self, tiles):
        # Tiles do not overlap here, so areas may be added. Squares do not lie on the grid: a tile with a narrow strip
        # of one is dropped, as it should be with --max-background 0.75. And some squares are mostly pale: of the five
        # that get no tile, less than a fifth of each is darker than Otsu's threshold. HistoPrep keeps the very same tiles.
        covered = [sum(common_area(tile, square) for tile in tiles) / (square[2] * square[3])
                   for square in self.squares]
        self.assertEqual(len([share for share in covered if share == 0]), 5)
        self.assertGreater(sum(covered) / len(covered), 0.76)
        self.assertEqual(len([share for share in covered if share == 1]), 23)


if __name__ == "__main__":
    harness.main()
