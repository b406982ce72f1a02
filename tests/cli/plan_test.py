"""What a job would do and take, as `plan` tells it from headers."""

import json
import os

import harness
from encoder_case import MODEL, EncoderCase

COLUMNS = ["slide", "state", "reason", "width", "height", "levels", "mpp", "cells", "tiles", "bytes", "inodes", "done",
           "folder"]


class PlanCase(harness.Case):
    def table(self, *words, rc, env=None):
        """The rows by slide, and stderr. Nothing may be written."""
        before = harness.names_below(self.folder)
        result = harness.run(*words, cwd=self.folder, env=env)
        self.assertEqual(result.rc, rc, result)
        self.assertEqual(harness.names_below(self.folder), before)
        lines = [line.split("\t") for line in result.out.splitlines()]
        self.assertEqual(lines[0], COLUMNS)
        return {line[0]: dict(zip(COLUMNS, line)) for line in lines[1:]}, result.err


class Tiling(PlanCase):
    def setUp(self):
        super().setUp()
        self.slide = harness.copy_slide(self.folder / "slides" / "a.tiff", 1024)
        self.words = ["histoprep", "plan", "-i", "slides", "-o", "tiles", "--width", "256"]

    def tile(self, *words, rc=0):
        return self.run_here("histoprep", "-i", "slides", "-o", "tiles", "--width", "256", *words, rc=rc)

    def test_a_slide_to_be_done_is_described_by_its_header_and_its_grid(self):
        rows, err = self.table(*self.words, rc=0)

        row = rows["slides/a.tiff"]
        self.assertEqual((row["state"], row["width"], row["height"]), ("work", "1280", "1024"))
        self.assertEqual(row["cells"], "20")
        self.assertEqual(row["done"], "0")
        self.assertEqual(row["folder"], "tiles/a")
        self.assertLessEqual(int(row["tiles"]), 20)
        self.assertGreater(int(row["bytes"]), 256 * 256)
        self.assertGreaterEqual(int(row["inodes"]), 8 + int(row["tiles"]))
        self.assertIn("1 slides: 1 work", err)
        self.assertIn("no slide is done here yet", err)

    def test_a_done_slide_has_its_tiles_and_costs_nothing(self):
        self.tile()
        tiles = len(os.listdir(self.folder / "tiles" / "a" / "tiles"))

        rows, _ = self.table(*self.words, rc=0)

        row = rows["slides/a.tiff"]
        self.assertEqual((row["state"], row["tiles"], row["done"]), ("done", str(tiles), str(tiles)))
        self.assertEqual((row["bytes"], row["inodes"]), ("0", "0"))

    def test_slides_that_are_done_tell_what_the_others_will_give(self):
        self.tile()
        folder = self.folder / "tiles" / "a"
        tiles = len(os.listdir(folder / "tiles"))
        bytes_there = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        harness.copy_slide(self.folder / "slides" / "b.tiff", 1024)

        rows, err = self.table(*self.words, rc=0)

        self.assertEqual(rows["slides/b.tiff"]["tiles"], str(tiles))
        self.assertAlmostEqual(int(rows["slides/b.tiff"]["bytes"]), bytes_there, delta=10)
        self.assertEqual(int(rows["slides/b.tiff"]["inodes"]),
                         1 + len(list(folder.rglob("*"))))
        self.assertIn("as of 1 slide done here", err)

    def test_a_slide_done_otherwise_is_stale_and_will_fail(self):
        self.tile()

        rows, _ = self.table(*self.words, "--overlap", "0.5", rc=1)

        self.assertEqual(rows["slides/a.tiff"]["state"], "stale")
        self.assertIn("--overwrite", rows["slides/a.tiff"]["reason"])
        rows, _ = self.table(*self.words, "--overlap", "0.5", "--overwrite", rc=0)
        self.assertEqual(rows["slides/a.tiff"]["state"], "work")

    def test_an_unfinished_slide_will_fail_unless_it_is_to_be_done_again(self):
        self.tile()
        (self.folder / "tiles" / "a" / "metadata.csv").unlink()

        rows, _ = self.table(*self.words, rc=1)
        again, _ = self.table(*self.words, "--unfinished", rc=0)

        self.assertEqual(rows["slides/a.tiff"]["state"], "unfinished")
        self.assertEqual(again["slides/a.tiff"]["state"], "unfinished")
        self.assertGreater(int(again["slides/a.tiff"]["bytes"]), 0)

    def test_a_slide_that_cannot_be_read_is_a_row_with_its_reason(self):
        (self.folder / "slides" / "broken.svs").write_text("no slide at all")
        (self.folder / "slides" / "cut.tiff").write_bytes(self.slide.read_bytes()[:5000])

        rows, err = self.table(*self.words, rc=1)

        self.assertEqual(rows["slides/broken.svs"]["state"], "unreadable")
        self.assertEqual(rows["slides/cut.tiff"]["state"], "unreadable")
        self.assertIn("cut short or damaged", rows["slides/cut.tiff"]["reason"])
        self.assertEqual(rows["slides/broken.svs"]["width"], "-")
        self.assertEqual(rows["slides/a.tiff"]["state"], "work")
        self.assertIn("1 work, 2 unreadable", err)

    def test_a_slide_without_micrometres_is_refused_where_a_resolution_is_asked_for(self):
        rows, _ = self.table(*self.words, "--mpp", "0.5", rc=1)
        given, _ = self.table(*self.words, "--mpp", "0.5", "--slide-mpp", "0.25", rc=0)

        self.assertEqual(rows["slides/a.tiff"]["state"], "refused")
        self.assertIn("micrometres", rows["slides/a.tiff"]["reason"])
        self.assertEqual(rows["slides/a.tiff"]["mpp"], "-")
        self.assertEqual((given["slides/a.tiff"]["state"], given["slides/a.tiff"]["mpp"]), ("work", "0.25"))
        self.assertEqual(given["slides/a.tiff"]["cells"], "6")

    def test_two_slides_of_one_name_are_two_rows_that_name_each_other(self):
        harness.copy_slide(self.folder / "more" / "a.tiff", 1024, 2)

        rows, _ = self.table(*self.words, "-i", "more", rc=1)

        self.assertEqual([row["state"] for row in rows.values()], ["refused", "refused"])
        self.assertIn("more/a.tiff", rows["slides/a.tiff"]["reason"])
        self.assertIn("--keep-parent", rows["more/a.tiff"]["reason"])
        apart, _ = self.table(*self.words, "-i", "more", "--keep-parent", rc=0)
        self.assertEqual([row["state"] for row in apart.values()], ["work", "work"])

    def test_a_plain_image_is_described_without_being_decoded(self):
        self.tile("--image-format", "jpeg")
        tiles = sorted((self.folder / "tiles" / "a" / "tiles").iterdir())
        (self.folder / "images").mkdir()
        # Half of it: enough for the header, and too little for a picture.
        (self.folder / "images" / "half.jpeg").write_bytes(tiles[0].read_bytes()[:tiles[0].stat().st_size // 2])

        rows, _ = self.table("histoprep", "plan", "-i", "images", "-o", "others", "-w", "64", rc=0)

        row = rows["images/half.jpeg"]
        self.assertEqual((row["state"], row["width"], row["height"], row["cells"]), ("work", "256", "256", "16"))

    def test_the_table_does_not_depend_on_threads(self):
        for i in range(5):
            harness.copy_slide(self.folder / "slides" / f"s{i}.tiff", 1024 + 128 * (i % 2), 1 + i % 3)

        tables = [self.table(*self.words, "-j", threads, rc=0) for threads in ("1", "2", "7")]

        self.assertEqual(tables[0], tables[1])
        self.assertEqual(tables[0], tables[2])

    def test_json_holds_the_rows_and_the_sums(self):
        odd = 'qu"ote\\ \t.tiff'
        harness.copy_slide(self.folder / "slides" / odd, 1024)

        result = harness.run(*self.words, "--format", "json", cwd=self.folder)
        table = json.loads(result.out)

        self.assertEqual(result.rc, 0)
        rows = {row["slide"]: row for row in table["slides"]}
        self.assertEqual(set(rows), {"slides/a.tiff", "slides/" + odd})
        self.assertEqual(set(rows["slides/a.tiff"]), {*COLUMNS, "fails"})
        self.assertEqual(table["tiles"], sum(row["tiles"] for row in rows.values()))
        self.assertIsNone(rows["slides/a.tiff"]["mpp"])
        self.assertGreater(table["free_bytes"], 0)

    def test_a_name_with_a_tab_or_a_line_break_stays_in_its_cell(self):
        harness.copy_slide(self.folder / "slides" / "t\ta\nb.tiff", 1024)

        rows, _ = self.table(*self.words, rc=0)

        self.assertIn("slides/t\\ta\\nb.tiff", rows)

    def test_a_share_is_planned_alone(self):
        harness.copy_slide(self.folder / "slides" / "b.tiff", 1024)

        shares = [self.table(*self.words, "--shard", f"{i}/2", rc=0)[0] for i in range(2)]

        self.assertEqual([len(share) for share in shares], [1, 1])
        self.assertEqual(set(shares[0]) | set(shares[1]), {"slides/a.tiff", "slides/b.tiff"})

    def test_tiles_in_one_tar_need_two_files_a_slide(self):
        rows, _ = self.table(*self.words, "--save", "tar", rc=0)

        self.assertEqual(rows["slides/a.tiff"]["inodes"], "9")
        self.tile("--save", "tar")
        self.assertEqual(1 + len(list((self.folder / "tiles" / "a").rglob("*"))), 9)


class Extraction(EncoderCase, PlanCase):
    def setUp(self):
        super().setUp()
        self.words = ["histoencoder", "plan", "-i", "tiles", "-m", MODEL]

    def features(self, *words, rc=0):
        return self.table(*self.words, *words, rc=rc, env=self.with_models())

    def extract(self):
        self.run_here("histoencoder", "extract", "-i", "tiles", "-m", MODEL, "--use-cpu", rc=0, env=self.with_models())

    def test_tiles_are_those_of_the_tables_and_bytes_about_those_of_the_files(self):
        rows, err = self.features()
        self.extract()

        for name in ("a", "b"):
            row = rows[f"tiles/{name}"]
            self.assertEqual((row["state"], row["tiles"]), ("work", str(self.tiles[name])))
            self.assertEqual(row["inodes"], "1")
            there = (self.folder / "tiles" / name / "features.h5").stat().st_size
            self.assertAlmostEqual(int(row["bytes"]) / there, 1, delta=0.05)
        self.assertIn("2 slides: 2 work", err)

    def test_done_features_are_done_and_those_of_other_options_stale(self):
        self.extract()

        rows, _ = self.features()
        others, _ = self.features("--normalize", "0.5,0.25", rc=1)

        self.assertEqual({row["state"] for row in rows.values()}, {"done"})
        self.assertEqual(rows["tiles/a"]["done"], str(self.tiles["a"]))
        self.assertEqual({row["state"] for row in others.values()}, {"stale"})

    def test_a_slide_that_histoprep_has_not_finished_is_waited_for(self):
        (self.folder / "tiles" / "b" / "metadata.csv").unlink()
        (self.folder / "tiles" / "clustering").mkdir()

        rows, err = self.features()

        self.assertEqual({name: row["state"] for name, row in rows.items()}, {"tiles/a": "work", "tiles/b": "waiting"})
        self.assertIn("1 work, 1 waiting", err)

    def test_damaged_features_will_fail(self):
        self.extract()
        (self.folder / "tiles" / "a" / "features.h5").write_bytes(b"nothing")

        rows, _ = self.features(rc=1)

        self.assertEqual(rows["tiles/a"]["state"], "unreadable")

    def test_slides_are_planned_from_their_headers(self):
        harness.copy_slide(self.folder / "slides" / "c.tiff", 1024)

        rows, _ = self.table("histoencoder", "plan", "-i", "slides", "-o", "features", "-m", MODEL, "--width", "256",
                             rc=0, env=self.with_models())

        self.assertEqual((rows["slides/c.tiff"]["state"], rows["slides/c.tiff"]["cells"]), ("work", "20"))
        self.assertEqual(rows["slides/c.tiff"]["inodes"], "8")


if __name__ == "__main__":
    harness.main()
