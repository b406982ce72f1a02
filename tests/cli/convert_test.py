"""histoencoder convert, verify and info as their users and their scripts see them."""

import fcntl
import shutil
import struct

import harness
from encoder_case import MODEL, EncoderCase

FORMATS = ["trident", "clam", "stamp", "pt", "npy", "csv"]

# Where the files lie that --from reads, below the folder that --to wrote.
READ_FROM = {"trident": "features_" + MODEL}


class Converted(EncoderCase):
    extracted = True

    def convert(self, *words, rc=0):
        return self.run_here("histoencoder", "convert", *words, rc=rc)

    def to(self, name, *words, rc=0):
        return self.convert("-i", "tiles", "--to", name, "-o", name, *words, rc=rc)

    def back(self, name, *words, rc=0):
        folder = self.folder / name / READ_FROM.get(name, "")
        return self.convert("-i", folder, "--from", name, "-o", "back", *words, rc=rc)

    def stdout(self, *words, rc):
        result = harness.run("histoencoder", *words, cwd=self.folder)
        self.assertEqual(result.rc, rc, result)
        return result, [line.split("\t") for line in result.out.splitlines()]

    def places(self, folder):
        return [line.split(",")[:4] for line in (self.folder / folder / "metadata.csv").read_text().splitlines()]


class Convert(Converted):
    def test_writes_each_format_under_the_names_that_its_readers_look_for(self):
        wanted = {"trident": [f"features_{MODEL}/a.h5", f"features_{MODEL}/b.h5"],
                  "clam": ["h5_files/a.h5", "h5_files/b.h5", "patches/a.h5", "patches/b.h5", "pt_files/a.pt",
                           "pt_files/b.pt"],
                  "stamp": ["a.h5", "b.h5"],
                  "pt": ["a.coords.npy", "a.pt", "b.coords.npy", "b.pt"],
                  "npy": ["a.coords.npy", "a.npy", "b.coords.npy", "b.npy"],
                  "csv": ["a.csv", "b.csv"]}
        for name in FORMATS:
            with self.subTest(format=name):
                words = ["--slide-mpp", "0.25"] if name == "stamp" else []
                result = self.to(name, *words)

                self.assertIn("2 done, 0 skipped, 0 failed", result.err)
                self.assertEqual(sorted(harness.files_below(self.folder / name)), wanted[name])
        self.assertEqual(self.leftovers(), [])

    def test_reads_back_what_it_wrote_and_cluster_and_verify_take_it(self):
        for name in FORMATS:
            with self.subTest(format=name):
                words = ["--slide-mpp", "0.25"] if name == "stamp" else []
                self.to(name, *words)

                self.back(name)

                for slide in ("a", "b"):
                    self.assertEqual(self.places(f"back/{slide}"), self.places(f"tiles/{slide}"))
                self.stdout("verify", "-i", "back", rc=0)
                self.run_here("histoencoder", "cluster", "-i", "back", "-n", "2", rc=0)
                self.assertEqual(harness.last_run(self.folder / "back")["slides"][0]["outcome"], "done")
                shutil.rmtree(self.folder / "back")

    def test_the_features_come_back_to_the_last_bit_where_the_format_holds_float32(self):
        self.to("npy")
        before = harness.files_below(self.folder / "npy")
        for name in ("trident", "clam", "pt", "csv"):
            with self.subTest(format=name):
                self.to(name)
                self.back(name)

                self.convert("-i", "back", "--to", "npy", "-o", "again")

                self.assertEqual(harness.files_below(self.folder / "again"), before)
                shutil.rmtree(self.folder / "back")
                shutil.rmtree(self.folder / "again")

    def test_npy_is_numpys_format(self):
        self.to("npy")

        content = (self.folder / "npy" / "a.npy").read_bytes()

        self.assertEqual(content[:8], b"\x93NUMPY\x01\x00")
        length = struct.unpack("<H", content[8:10])[0]
        header = eval(content[10:10 + length])  # as NumPy reads it
        self.assertEqual(header, {"descr": "<f4", "fortran_order": False, "shape": (self.tiles["a"], 192)})
        self.assertEqual((10 + length) % 64, 0)
        self.assertEqual(len(content), 10 + length + self.tiles["a"] * 192 * 4)

    def test_stamp_wants_the_resolution_and_says_how_to_state_it(self):
        result = self.to("stamp", rc=1)

        self.assert_one_line(result.err, r"^histoencoder convert: tiles/a: .*resolution is not known; --slide-mpp")
        self.assertFalse((self.folder / "stamp").exists())

    def test_without_what_a_format_needs_the_other_files_are_written_and_it_is_said_once(self):
        self.assert_one_line(self.to("trident").err,
                             r"warning: 2 slides \(first: tiles/a\) without TRIDENT's patches/, since the slide's")

    def test_nothing_is_replaced_unless_it_is_asked_for(self):
        self.to("csv")
        before = harness.files_below(self.folder / "csv")

        result = self.to("csv", rc=1)

        self.assert_one_line(result.err, r"failed: tiles/a: csv/a\.csv is there already; --overwrite replaces it")
        self.assertIn("2 done", self.to("csv", "--overwrite").err)
        self.assertEqual(harness.files_below(self.folder / "csv"), before)

    def test_the_plan_says_what_would_be_done_and_does_nothing(self):
        self.to("csv")
        (self.folder / "csv" / "b.csv").unlink()

        plan = self.plan("convert", "-i", "tiles", "--to", "csv", "-o", "csv", rc=1)

        self.assertEqual(plan["tiles/a"], ("refuse", "csv/a.csv is there already; --overwrite replaces it"))
        self.assertEqual(plan["tiles/b"], ("work", "new"))
        self.assertFalse((self.folder / "csv" / "b.csv").exists())
        back = self.plan("convert", "-i", "csv", "--from", "csv", "-o", "back", rc=0)
        self.assertEqual(back, {"csv/a.csv": ("work", "new")})
        self.assertFalse((self.folder / "back").exists())

    def test_one_bad_file_stops_no_other(self):
        self.to("pt")
        (self.folder / "pt" / "a.pt").write_bytes(b"PK, and no archive")

        result = self.back("pt", rc=1)

        self.assert_one_line(result.err, r"failed: \S*pt/a\.pt: is damaged, or holds more than a tensor: ")
        self.assertIn("1 done, 0 skipped, 1 failed", result.err)
        self.assertTrue((self.folder / "back" / "b" / "features.h5").exists())

    def test_places_may_come_from_the_folder_that_histoprep_made(self):
        self.to("pt")
        for name in ("a", "b"):
            (self.folder / "pt" / (name + ".coords.npy")).unlink()
            (self.folder / "tiles" / name / "features.h5").unlink()

        self.convert("-i", "pt", "--from", "pt", "-o", "tiles")

        self.stdout("verify", "-i", "tiles", rc=0)

    def test_only_pt_and_clam_need_libtorch(self):
        libraries, rc = harness.libraries_loaded_by("histoencoder", "convert", "-i", "tiles", "--to", "npy", "-o",
                                                    "npy", cwd=self.folder)
        self.assertEqual(rc, 0)
        self.assertEqual([name for name in libraries if "torch" in name], [])

    def test_a_full_disk_ends_the_run_with_a_sentence_and_leaves_nothing(self):
        for name in ("csv", "npy"):
            result = harness.run_on_full_disk("histoencoder", "convert", "-i", "tiles", "--to", name, "-o", name,
                                              free=1000, cwd=self.folder)
            self.assertEqual((result.rc, result.out), (1, ""))
            self.assert_one_line(result.err, rf"^histoencoder(?: convert)?: {name}/a\.{name}: cannot be written")
            self.assertEqual(self.leftovers(), [])


class Verify(Converted):
    def test_says_ok_of_what_extract_wrote(self):
        result, rows = self.stdout("verify", "-i", "tiles", rc=0)

        self.assertEqual(rows, [["slide", "state", "reason"], ["tiles/a", "ok", ""], ["tiles/b", "ok", ""]])
        self.assertEqual(result.err, "histoencoder verify: 2 ok, 0 wrong, 0 missing; "
                                     f"{sum(self.tiles.values())} rows read\n")

    def test_names_each_bad_slide_once_on_stderr_and_in_the_list(self):
        store = self.folder / "tiles" / "a" / "features.h5"
        store.write_bytes(store.read_bytes()[:3000])
        (self.folder / "tiles" / "b" / "features.h5").unlink()

        result, rows = self.stdout("verify", "-i", "tiles", "-q", rc=1)

        self.assertEqual([row[:2] for row in rows[1:]], [["tiles/a", "wrong"], ["tiles/b", "missing"]])
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r"^histoencoder verify: tiles/a/features\.h5: cannot be opened as an HDF5 file")
        self.assertEqual(lines[1], "histoencoder verify: tiles/b: " + rows[2][2])

    def test_names_the_row_of_a_value_that_is_not_finite(self):
        self.to("npy")
        end = (self.folder / "npy" / "a.npy").read_bytes()[-64:]
        self.back("npy")
        file = self.folder / "back" / "a" / "features.h5"
        content = file.read_bytes()
        self.assertEqual(content.count(end), 1)
        file.write_bytes(content.replace(end, end[:-4] + struct.pack("<f", float("nan"))))

        _, rows = self.stdout("verify", "-i", "back", rc=1)

        self.assertEqual(rows[1], ["back/a", "wrong", f"row {self.tiles['a'] - 1} holds a value that is not finite"])

    def test_finds_features_of_other_tiles(self):
        table = self.folder / "tiles" / "a" / "metadata.csv"
        lines = table.read_text().splitlines()
        lines[1], lines[2] = lines[2], lines[1]
        table.write_text("\n".join(lines) + "\n")

        _, rows = self.stdout("verify", "-i", "tiles", rc=1)

        self.assertRegex(rows[1][2], r"^row 0 is of a tile at x \d+, y \d+, and metadata\.csv has one at ")
        self.assertEqual(rows[2], ["tiles/b", "ok", ""])

    def test_warns_of_unfinished_files_and_writes_nothing(self):
        (self.folder / "tiles" / "b" / ".features.h5.host-1-2.part").write_text("")
        before = harness.names_below(self.folder)

        result, _ = self.stdout("verify", "-i", "tiles", rc=0)

        self.assert_one_line(result.err, r"warning: tiles/b/\.features\.h5\.host-1-2\.part: an unfinished file")
        self.assertEqual(harness.names_below(self.folder), before)

    def test_a_folder_without_slides_is_named(self):
        (self.folder / "empty").mkdir()
        for verb in ("verify", "info"):
            result = self.run_here("histoencoder", verb, "-i", "empty", rc=1)
            self.assert_one_line(result.err, rf"^histoencoder(?: {verb})?: empty: no slide folder with a metadata\.csv")


class Info(Converted):
    COLUMNS = ["slide", "rows", "dim", "encoder", "precision", "mpp", "tile", "model", "device", "bytes"]

    def test_has_a_line_for_each_store(self):
        result, rows = self.stdout("info", "-i", "tiles", rc=0)

        self.assertEqual(result.err, "")
        self.assertEqual(rows[0], self.COLUMNS)
        for name, row in zip(("a", "b"), rows[1:]):
            store = self.folder / "tiles" / name / "features.h5"
            found = dict(zip(self.COLUMNS, row))
            self.assertRegex(found.pop("model"), r"^[0-9a-f]{12}$")
            self.assertEqual(found, {"slide": "tiles/" + name, "rows": str(self.tiles[name]), "dim": "192",
                                     "encoder": MODEL, "precision": "float32", "mpp": "-", "tile": "256",
                                     "device": "cpu", "bytes": str(store.stat().st_size)})

    def test_says_which_store_cannot_be_read_and_goes_on(self):
        (self.folder / "tiles" / "a" / "features.h5").write_text("no HDF5")

        result, rows = self.stdout("info", "-i", "tiles", rc=1)

        self.assertEqual([row[0] for row in rows[1:]], ["tiles/b"])
        self.assert_one_line(result.err, r"^histoencoder info: tiles/a/features\.h5: cannot be opened as an HDF5 file")

    def test_names_the_remedy_where_a_file_cannot_be_locked(self):
        with open(self.folder / "tiles" / "a" / "features.h5", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            locking = self.with_models(HDF5_USE_FILE_LOCKING="TRUE")
            result = harness.run("histoencoder", "info", "-i", "tiles", cwd=self.folder, env=locking)
            self.assertEqual(result.rc, 1, result)
            self.assert_one_line(result.err, r"features\.h5: .*it cannot be locked \(.*\); HDF5_USE_FILE_LOCKING=FALSE in the environment")

            # Of its own accord the program locks nothing.
            self.stdout("info", "-i", "tiles", rc=0)

    def test_without_any_store_it_is_an_error(self):
        for name in ("a", "b"):
            (self.folder / "tiles" / name / "features.h5").unlink()
        result = self.run_here("histoencoder", "info", "-i", "tiles", rc=1)
        self.assertIn("no slide with features; 'histoencoder extract' makes them", result.err)


if __name__ == "__main__":
    harness.main()
