"""histoencoder extract as its users and their scripts see it."""

import json
import os
import shutil
import signal

import harness
from encoder_case import MODEL, EncoderCase

WORDS = ["extract", "-i", "tiles", "-m", MODEL, "--use-cpu"]


class Extract(EncoderCase):
    width = 512

    def extract(self, *words, rc=0, **env):
        return self.run_here("histoencoder", *WORDS, *words, rc=rc, env=self.with_models(**env))

    def features(self, name):
        return self.folder / "tiles" / name / "features.h5"

    def break_tile(self, name):
        tile = sorted((self.folder / "tiles" / name / "tiles").iterdir())[3]
        tile.write_bytes(tile.read_bytes()[:200])
        return tile.name


class Success(Extract):
    def test_one_line_per_slide_a_summary_and_a_feature_file_each(self):
        result = self.extract()

        for name in ("a", "b"):
            self.assert_one_line(result.err,
                                 rf"^histoencoder extract: tiles/{name}: {self.tiles[name]} tiles in [\d.]+ s$")
            self.assertEqual(self.features(name).read_bytes()[:8], b"\x89HDF\r\n\x1a\n")
        last = result.err.splitlines()[-1]
        tiles = sum(self.tiles.values())
        self.assertRegex(last, rf"^histoencoder extract: 2 done, 0 skipped, 0 failed; {tiles} tiles in ")
        self.assertEqual(self.leftovers(), [])

    def test_slides_that_are_done_are_left_alone_without_loading_libtorch(self):
        self.extract()
        before = [self.features(name).stat().st_mtime_ns for name in ("a", "b")]

        result = self.extract()

        self.assertIn("nothing to do: all slides are done already\n", result.err)
        self.assertEqual([self.features(name).stat().st_mtime_ns for name in ("a", "b")], before)
        libraries, rc = harness.libraries_loaded_by("histoencoder", "extract", "-i", "tiles", "-m",
                                                    self.models / (MODEL + ".pt"), cwd=self.folder)
        self.assertEqual(rc, 0)
        self.assertEqual([name for name in libraries if "torch" in name], [])

    def test_quiet_prints_nothing_on_success(self):
        self.assertEqual(self.extract("--quiet").err, "")

    def test_verbose_says_what_the_features_come_from(self):
        result = self.extract("-v")

        self.assert_one_line(result.err, rf"model {MODEL} on cpu in float32, \d+ features a tile, batches of 64$")
        self.assert_one_line(result.err, r"^histoencoder extract: --batch-size 64$")

    def test_the_files_depend_on_neither_threads_nor_batch_size(self):
        self.extract("-j", "1", "-b", "7")
        first = {name: self.features(name).read_bytes() for name in ("a", "b")}

        self.extract("-j", "4", "-b", "64", "--overwrite")

        self.assertEqual({name: self.features(name).read_bytes() for name in ("a", "b")}, first)

    def test_a_slide_folder_is_an_input_too_and_its_parent_gets_the_diary(self):
        result = self.run_here("histoencoder", "extract", "-i", "tiles/a", "-m", MODEL, "-c", rc=0,
                               env=self.with_models())

        self.assertIn("1 done, 0 skipped, 0 failed", result.err)
        self.assertFalse(self.features("b").exists())
        self.assertEqual(harness.last_run(self.folder / "tiles")["slides"][0]["slide"], "tiles/a")

    def test_one_slide_under_two_spellings_is_done_once(self):
        result = self.run_here("histoencoder", "extract", "-i", "tiles/a", "./tiles/a", "tiles/", "-m", MODEL, "-c",
                               rc=0, env=self.with_models())

        self.assertIn("2 done, 0 skipped, 0 failed", result.err)

    def test_a_model_may_be_named_by_either_file_or_be_in_a_folder_of_its_own(self):
        harness.copy_tree(self.models, self.folder / "models")
        for words in (["-m", "models/prostate_medium.pt"], ["-m", "models/prostate_medium.json"],
                      ["--models-dir", "models", "-m", MODEL], ["--models-dir", "models", "--model-name", MODEL]):
            with self.subTest(words=words):
                result = self.run_here("histoencoder", "extract", "--input_dir", "tiles", *words, "--use-cpu", "-z",
                                       rc=0)
                self.assertIn("2 done", result.err)


class Failure(Extract):
    def test_an_unknown_model_is_answered_with_the_folders(self):
        result = self.run_here("histoencoder", "extract", "-i", "tiles", "-m", "no_such_model", rc=1,
                               env=self.with_models())

        self.assertIn("no_such_model", result.err)
        self.assertIn(str(self.models), result.err)

    def test_a_folder_without_slides_is_named(self):
        (self.folder / "empty").mkdir()
        for name, pattern in (("empty", "metadata.csv"), ("gone", "is no folder made by histoprep")):
            result = self.run_here("histoencoder", "extract", "-i", name, "-m", MODEL, rc=1, env=self.with_models())
            self.assert_one_line(result.err, rf"^histoencoder(?: extract)?: {name}: .*{pattern}")

    def test_a_damaged_tile_fails_its_slide_and_no_other(self):
        tile = self.break_tile("a")

        result = self.extract(rc=1)

        self.assertTrue(self.features("b").exists())
        self.assertFalse(self.features("a").exists())
        line = self.assert_one_line(result.err, r"^histoencoder extract: failed: tiles/a: ")
        self.assertIn(tile, line)
        self.assertIn("1 done, 0 skipped, 1 failed", result.err)
        # Rows that came before the damaged tile wait for the next run.
        self.assertIn(self.leftovers(), ([], ["tiles/a/features.h5.part"]))

    def test_a_gpu_that_is_not_there_is_an_error(self):
        result = harness.run("histoencoder", "extract", "-i", "tiles", "-m", MODEL, "--device", "cuda:99",
                             cwd=self.folder, env=self.with_models())

        self.assertEqual((result.rc, result.out), (2, ""))
        self.assertIn("cuda:99", result.err)
        self.assertFalse(self.features("a").exists())

    def test_a_full_disk_ends_the_run_with_a_sentence_that_names_the_file(self):
        result = harness.run_on_full_disk("histoencoder", *WORDS, free=4000, cwd=self.folder, env=self.with_models())

        self.assertEqual((result.rc, result.out), (1, ""))
        self.assert_one_line(result.err, r"^histoencoder(?: extract)?: tiles/\w/features\.h5\.part: ")
        self.assertFalse(self.features("a").exists())
        self.assertEqual(list((self.folder / "tiles").glob("*/features.h5")), [])

    def test_a_model_file_that_is_not_the_cards_is_an_error(self):
        harness.copy_tree(self.models, self.folder / "models")
        with (self.folder / "models" / (MODEL + ".pt")).open("ab") as file:
            file.write(b"more")

        result = self.run_here("histoencoder", "extract", "-i", "tiles", "-m", "models/prostate_medium.json", "-c",
                               rc=1)

        self.assertIn("prostate_medium.pt", result.err)
        self.assertFalse(self.features("a").exists())


class Overwriting(Extract):
    def test_features_of_another_model_are_refused(self):
        self.extract()
        before = harness.files_below(self.folder / "tiles")
        other = harness.model_folder(self.folder / "models", "other")
        card = json.loads((other / "other.json").read_text())
        card["note"] = "another one"
        (other / "other.json").write_text(json.dumps(card))

        result = self.run_here("histoencoder", "extract", "-i", "tiles", "-m", "models/other.json", "-c", rc=1)

        for name in ("a", "b"):
            line = self.assert_one_line(result.err, rf"^histoencoder extract: failed: tiles/{name}: ")
            self.assertIn("--overwrite", line)
        self.assertEqual(harness.files_below(self.folder / "tiles"), before)
        self.run_here("histoencoder", "extract", "-i", "tiles", "-m", "models/other.json", "-c", "-z", rc=0)

    def test_features_that_cannot_be_read_are_refused_and_overwritten_on_request(self):
        self.extract()
        whole = self.features("a").read_bytes()
        self.features("a").write_bytes(whole[:1000])

        line = self.assert_one_line(self.extract(rc=1).err, r"^histoencoder extract: failed: tiles/a: ")

        self.assertIn("--overwrite", line)
        self.extract("--overwrite")
        self.assertEqual(self.features("a").read_bytes(), whole)


class DryRun(Extract):
    def test_says_for_each_slide_what_would_be_done_and_writes_nothing(self):
        before = harness.names_below(self.folder)

        plan = self.plan(*WORDS, "--log-file", "log.txt", rc=0)

        self.assertEqual(plan, {"tiles/a": ("work", "new"), "tiles/b": ("work", "new")})
        self.assertEqual(harness.names_below(self.folder), before)

    def test_tells_done_slides_from_new_ones(self):
        self.run_here("histoencoder", "extract", "-i", "tiles/a", "-m", MODEL, "-c", rc=0, env=self.with_models())

        self.assertEqual(self.plan(*WORDS, rc=0), {"tiles/a": ("skip", "done already"), "tiles/b": ("work", "new")})


class Diary(Extract):
    def test_tells_the_device_and_what_became_of_each_slide(self):
        self.break_tile("a")
        self.extract("-b", "16", rc=1)

        run = harness.last_run(self.folder / "tiles")

        self.assertEqual(run["device"], "cpu")
        self.assertEqual(run["options"]["--batch-size"], "16")
        self.assertEqual(run["options"]["--model"], MODEL)
        self.assertRegex(run["command_line"], r"histoencoder extract -i tiles -m prostate_medium --use-cpu -b 16$")
        outcomes = {slide["slide"]: slide for slide in run["slides"]}
        self.assertEqual(outcomes["tiles/a"]["outcome"], "failed")
        self.assertEqual((outcomes["tiles/b"]["outcome"], outcomes["tiles/b"]["tiles"]), ("done", self.tiles["b"]))


class Stop(Extract):
    width = 128  # one tile at a time, that is more than the tenth of a second that a held run needs

    def stop_in_mid_slide(self, number):
        held = harness.HeldRun("histoencoder", *WORDS, "-b", "1", cwd=self.folder, env=self.with_models())
        held.wait_for_bar()
        held.send(number)
        return held.go_on()

    def assert_stopped_in_mid_slide(self, result, rc):
        self.assertEqual(result.rc, rc, result)
        self.assertTrue(result.err.startswith(harness.BAR), result.err)
        self.assert_one_line(result.err, r"histoencoder extract: interrupted; to go on, run the same command again$")
        self.assertFalse(self.features("a").exists() or self.features("b").exists())
        # What the next run goes on with; whichever slide was open first was begun first.
        self.assertIn(self.leftovers(), [["tiles/a/features.h5.part"], ["tiles/b/features.h5.part"]])
        outcomes = {slide["slide"]: slide["outcome"] for slide in harness.last_run(self.folder / "tiles")["slides"]}
        self.assertEqual(outcomes, {"tiles/a": "interrupted", "tiles/b": "interrupted"})

    def test_ctrl_c_ends_with_130_and_going_on_gives_the_same_bytes(self):
        self.assert_stopped_in_mid_slide(self.stop_in_mid_slide(signal.SIGINT), 130)

        self.extract("-b", "1")

        shutil.move(self.folder / "tiles", self.folder / "continued")
        harness.copy_tree(self.prepared / "tiles", self.folder / "tiles")
        self.extract("-b", "1")
        self.assert_same_files(self.folder / "continued", self.folder / "tiles")

    def test_sigterm_ends_with_75(self):
        self.assert_stopped_in_mid_slide(self.stop_in_mid_slide(signal.SIGTERM), 75)


class Examples(Extract):
    def test_those_of_the_help_text_work_as_they_stand(self):
        harness.model_folder(self.folder / "models", "my_vit")
        harness.copy_tree(self.prepared / "slides", self.folder / "slides")
        path = f"{harness.BIN}:{os.environ['PATH']}"
        for example in harness.help_examples(["histoencoder", "extract"]):
            with self.subTest(example=example):
                result = harness.run("sh", "-c", example, cwd=self.folder, env=self.with_models(PATH=path))

                self.assertEqual(result.rc, 0, result)
                for name in ("a", "b"):
                    features = self.folder / ("features" if "-o " in example else "tiles") / name / "features.h5"
                    self.assertEqual(features.exists(), "--dry-run" not in example)
                    features.unlink(missing_ok=True)


if __name__ == "__main__":
    harness.main()
