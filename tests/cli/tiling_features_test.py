"""What histoprep does beyond cutting, from outside: metrics, outliers, and slides that end too early."""

import csv
import os
import random
import re
import shutil
import unittest

import harness

SLIDE_SUFFIXES = {".svs", ".tif", ".tiff", ".ndpi", ".png", ".jpeg", ".jpg"}
CUTS = 10


class Outliers(harness.Case):
    def setUp(self):
        super().setUp()
        harness.copy_slide(self.folder / "slides" / "a.tiff", 2048, seed=1)
        self.run_here("histoprep", "-i", "slides", "-o", "tiles", "--width", "256", "--metrics", "--save", "tar", rc=0)

    def rows(self):
        with open(self.folder / "tiles/a/metadata.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_are_clustered_shown_and_marked(self):
        tiles = self.rows()

        result = self.run_here("histoprep", "outliers", "-o", "tiles", "--clusters", "3", "--drop", "0", rc=0)

        rows = self.rows()
        self.assertEqual([row["path"] for row in rows], [row["path"] for row in tiles])
        self.assertEqual({row["outlier_cluster"] for row in rows}, {"0", "1", "2"})
        for row in rows:
            self.assertEqual(row["outlier"], "1" if row["outlier_cluster"] == "0" else "0")
        self.assertEqual(sorted(os.listdir(self.folder / "tiles/outliers")),
                         ["cluster_0.jpeg", "cluster_1.jpeg", "cluster_2.jpeg"])
        for cluster in range(3):
            count = sum(row["outlier_cluster"] == str(cluster) for row in rows)
            line = self.assert_one_line(result.err, rf"^histoprep outliers: cluster {cluster}: {count} tiles?, ")
            self.assertEqual("dropped" in line, cluster == 0)

    def test_running_again_replaces_what_was_found(self):
        self.run_here("histoprep", "outliers", "-o", "tiles", "--clusters", "4", "--drop", "0", "1", rc=0)

        self.run_here("histoprep", "outliers", "-o", "tiles", "--clusters", "2", rc=0)

        self.assertEqual({row["outlier"] for row in self.rows()}, {"0"})
        self.assertEqual(sorted(os.listdir(self.folder / "tiles/outliers")), ["cluster_0.jpeg", "cluster_1.jpeg"])

    def test_wrong_options_are_exit_code_2_and_change_nothing(self):
        before = harness.files_below(self.folder / "tiles")
        for words, sentence in ((["--clusters", "1"], "--clusters must be at least 2, got 1"),
                                (["--clusters", "3", "--drop", "3"],
                                 "--drop names the cluster 3, and the last one is 2"),
                                (["--drop", "-1"], "--drop")):
            with self.subTest(words=words):
                result = self.run_here("histoprep", "outliers", "-o", "tiles", *words, rc=2)
                self.assertIn(sentence, result.err)
        self.assertEqual(harness.files_below(self.folder / "tiles"), before)

    def test_tiles_without_metrics_are_exit_code_1_with_the_way_out(self):
        self.run_here("histoprep", "-i", "slides", "-o", "plain", "--width", "256", "--save", "none", rc=0)

        result = self.run_here("histoprep", "outliers", "-o", "plain", rc=1)

        self.assertIn("plain/a/metadata.csv: has no metrics; 'histoprep --metrics --overwrite' makes them", result.err)


def readable_slides():
    folder = harness.SHARED / "data/slides"
    return sorted(path for path in folder.iterdir() if path.suffix in SLIDE_SUFFIXES) if folder.exists() else []


class Truncated(harness.Case):
    """A slide that ends too early never crashes the program, and no tile of it holds what the slide does not."""

    def options(self, slide):
        # Few large tiles of a large slide: whether they are right does not depend on how many there are.
        width = "512" if slide.stat().st_size < 20e6 else "2048"
        return ["--width", width, "--max-background", "0.9", "--image-format", "jpeg", "--max-dimension", "2048"]

    def tiles(self, output):
        return {file.name: file.read_bytes() for file in (self.folder / output).glob("*/tiles/*")}

    def check(self, slide):
        options = self.options(slide)
        whole = harness.run("histoprep", "-i", slide, "-o", "whole", *options, cwd=self.folder)
        self.assertEqual(whole.rc, 0, whole)
        tiles = self.tiles("whole")
        size = slide.stat().st_size
        chance = random.Random(slide.name)
        failed = 0
        for number in range(CUTS):
            length = chance.randrange(size)
            copy = self.folder / "cut" / slide.name
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(slide, copy)
            os.truncate(copy, length)
            with self.subTest(slide=slide.name, length=length):
                output = f"cut-{number}"
                result = harness.run("histoprep", "-i", copy, "-o", output, *options, cwd=self.folder)
                self.assertIn(result.rc, (0, 1), result)
                found = self.tiles(output)
                for name, content in found.items():
                    self.assertEqual(content == tiles.get(name), True, name)
                if result.rc == 0:
                    self.assertEqual(sorted(found), sorted(tiles))
                else:
                    failed += 1
                    self.assertRegex(result.err, rf"(?m)^histoprep: failed: \S*/{re.escape(slide.name)}: \S")
            shutil.rmtree(self.folder / output, ignore_errors=True)
        self.assertGreater(failed, 0)

    def test_the_demo_slide(self):
        self.check(harness.demo_slide(2048))

    @unittest.skipUnless(readable_slides(), "no slides in HISTO_SHARED_DIR")
    def test_the_slides_of_the_test_data(self):
        for slide in readable_slides():
            self.check(slide)
            shutil.rmtree(self.folder / "whole")


if __name__ == "__main__":
    harness.main()
