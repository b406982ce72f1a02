"""histoencoder heatmap as its users see it. Rasters are computed again here, from the tables."""

import csv
import json
import math
import re
import struct
import zlib

import harness

SIDE = 256


def rows_of(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def read_npy(file):
    """Rows of numbers, without NumPy."""
    content = file.read_bytes()
    length = struct.unpack("<H", content[8:10])[0]
    rows, columns = map(int, re.search(rb"\((\d+), (\d+)\)", content[10:10 + length]).groups())
    values = struct.unpack(f"<{rows * columns}f", content[10 + length:])
    return [values[row * columns:(row + 1) * columns] for row in range(rows)]


def read_png(file):
    """Rows of pixels of 8-bit RGB, without a library."""
    content = file.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", content[16:26])
    assert (depth, kind) == (8, 2), (depth, kind)
    packed, at = b"", 8
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at:at + 8])
        if name == b"IDAT":
            packed += content[at + 8:at + 8 + length]
        at += length + 12
    data, stride, before, rows = zlib.decompress(packed), 3 * width, bytearray(3 * width), []
    for y in range(height):
        kind, line = data[y * (stride + 1)], bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up = (line[i - 3] if i >= 3 else 0), before[i]
            corner = before[i - 3] if i >= 3 else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda value: abs(guess - value))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) % 256
        rows.append([tuple(line[3 * x:3 * x + 3]) for x in range(width)])
        before = line
    return rows


class Heatmap(harness.Case):
    """A slide that is cut into tiles with an overlap of a half, and a score for each."""

    def setUp(self):
        super().setUp()
        harness.copy_slide(self.folder / "slides" / "a.tiff", 1024)
        self.run_here("histoprep", "-i", "slides", "-o", "tiles", "-w", SIDE, "--overlap", "0.5", rc=0)
        self.tiles = [[int(row[key]) for key in ("x", "y", "w", "h")]
                      for row in rows_of(self.folder / "tiles" / "a" / "metadata.csv")]
        self.scores = [(i * 37 % 101) / 101 for i in range(len(self.tiles))]
        self.write_scores()

    def write_scores(self, more=()):
        lines = ["slide,x,y,p=tumour,depth"]
        lines += [f"a,{x},{y},{score!r},{10 * score - 3!r}" for (x, y, _, _), score in zip(self.tiles, self.scores)]
        (self.folder / "scores.csv").write_text("\n".join([*lines, *more]) + "\n")

    def heatmap(self, *words, rc=0):
        return self.run_here("histoencoder", "heatmap", "-i", "tiles", "-o", "out", *words, rc=rc)

    def paint(self, *words, rc=0):
        return self.heatmap("--scores", "scores.csv", "--score", "p=tumour", *words, rc=rc)

    def summary(self):
        return json.loads((self.folder / "out" / "summary.json").read_text())

    def test_a_pixel_has_the_mean_score_of_the_tiles_that_its_middle_lies_in(self):
        self.paint("--downsample", "64")

        raster = read_npy(self.folder / "out" / "a.npy")
        line = rows_of(self.folder / "out" / "slides.csv")[0]
        self.assertEqual((len(raster), len(raster[0])), (int(line["rows"]), int(line["columns"])))
        for row, values in enumerate(raster):
            for column, value in enumerate(values):
                x, y = 64 * column + 32, 64 * row + 32
                here = [score for (left, top, w, h), score in zip(self.tiles, self.scores)
                        if left <= x < left + w and top <= y < top + h]
                if here:
                    self.assertAlmostEqual(value, sum(here) / len(here), 6)
                else:
                    self.assertTrue(math.isnan(value))

    def test_ranks_are_shared_by_equal_scores_and_reach_to_one(self):
        self.scores = [round(score, 1) for score in self.scores]
        self.write_scores()

        self.paint("--rank", "--top", str(len(self.tiles)))

        ranked = sorted(self.scores)
        wanted = {score: (ranked.index(score) + 1 + ranked.index(score) + ranked.count(score)) / 2 / len(ranked)
                  for score in set(ranked)}
        found = {(int(row["x"]), int(row["y"])): float(row["score"])
                 for row in rows_of(self.folder / "out" / "top.csv") if row["which"] == "highest"}
        self.assertEqual(len(found), len(self.tiles))
        for (x, y, _, _), score in zip(self.tiles, self.scores):
            self.assertAlmostEqual(found[x, y], wanted[score], 12)

    def test_the_picture_is_the_thumbnail_with_colours_where_tiles_are(self):
        self.scores = [1.0] * len(self.tiles)
        self.write_scores()
        self.paint("--alpha", "1")

        pixels = read_png(self.folder / "out" / "a.png")
        properties = json.loads((self.folder / "tiles" / "a" / "properties.json").read_text())
        line = rows_of(self.folder / "out" / "slides.csv")[0]
        scale = float(line["downsample"])
        height = round(properties["size"]["height"] / scale) if isinstance(properties.get("size"), dict) else None
        x, y, w, h = self.tiles[0]
        self.assertEqual(pixels[int((y + h / 2) / scale)][int((x + w / 2) / scale)], (253, 231, 37))
        self.assertGreaterEqual(len(pixels), height or 1)

    def test_limits_are_the_same_for_all_and_scores_beyond_are_counted(self):
        self.paint()
        self.assertEqual(self.summary()["limits"], {"low": 0.0, "high": 1.0})
        self.heatmap("--scores", "scores.csv", "--score", "depth", "-z")
        self.assertEqual(self.summary()["limits"], {"low": 10 * min(self.scores) - 3, "high": 10 * max(self.scores) - 3})

        result = self.paint("--limits", "0.25", "0.75", "-z")

        beyond = sum(not 0.25 <= score <= 0.75 for score in self.scores)
        self.assertEqual(self.summary()["clipped_tiles"], beyond)
        self.assert_one_line(result.err, rf"warning: {beyond} scores beyond the limits 0\.25 to 0\.75")

    def test_what_one_side_lacks_is_listed(self):
        self.scores.pop()
        self.write_scores(["a,7,7,0.5,1", "elsewhere,0,0,0.5,1"])

        result = self.paint()

        x, y, _, _ = self.tiles[-1]
        self.assertEqual([(row["what"], row["key"]) for row in rows_of(self.folder / "out" / "missing.csv")],
                         [("slide of the scores that is not among the inputs", "elsewhere"),
                          ("tile of the scores that the slide has not", "a 7 7"),
                          ("tile without a score", f"a {x} {y}")])
        self.assert_one_line(result.err, "warning: scores.csv: no score for 1 tile of its slides")

    def test_geojson_has_each_tile_with_its_score(self):
        self.paint("--geojson")

        features = json.loads((self.folder / "out" / "a.geojson").read_text())["features"]
        self.assertEqual([feature["properties"]["measurements"]["p=tumour"] for feature in features], self.scores)
        x, y, w, h = self.tiles[0]
        self.assertEqual(features[0]["geometry"]["coordinates"],
                         [[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]])

    def test_the_same_files_come_from_any_number_of_threads_and_shares(self):
        self.paint("-j", "1")
        one = harness.files_below(self.folder / "out")
        self.paint("-j", "3", "-z")
        self.assertEqual({**harness.files_below(self.folder / "out"), "summary.json": None},
                         {**one, "summary.json": None})

        self.paint("--shard", "0/2")
        self.paint("--shard", "1/2")

        parts = harness.files_below(self.folder / "out")
        found = [name for name in parts if name.startswith("shard_") and name.endswith("a.png")]
        self.assertEqual(len(found), 1)
        self.assertEqual(parts[found[0]], one["a.png"])

    def test_says_what_is_wrong_in_a_sentence(self):
        for text, sentence in [("a,0,0,nan,1", r"scores\.csv: line 2: column p=tumour: 'nan' is no finite number"),
                               ("a,0,0,,1", "column p=tumour: no line has a score"),
                               ("b,0,0,1,1", "has no slide of the inputs, but 'b'; .* such as 'a'"),
                               ("a,1,1,1,1", "has no tile of the inputs"),
                               ("a,0,0,1,1\na,0,0,1,1", "line 3: the tile at 0, 0 of slide 'a' stands there twice")]:
            (self.folder / "bad.csv").write_text("slide,x,y,p=tumour,d\n" + text + "\n")
            (self.folder / "scores.csv").write_text((self.folder / "bad.csv").read_text())
            result = self.paint(rc=1)
            self.assert_one_line(result.err, r"^histoencoder: .*" + sentence)
        self.assertIn("tiles/a: has no clusters.csv", self.heatmap("-n", "4", rc=1).err)
        self.assertIn("either --scores or --num-clusters", self.heatmap(rc=2).err)
        self.assertIn("--scores needs --score", self.heatmap("--scores", "scores.csv", rc=2).err)
        self.assertIn("--rank needs --scores", self.heatmap("-n", "4", "--rank", rc=2).err)


if __name__ == "__main__":
    harness.main()
