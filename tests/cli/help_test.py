"""What needs no work: help, versions and command lines that are wrong."""

import os
import re
import signal
import unittest

import harness
from harness import COMMANDS


class Help(harness.Case):
    def test_every_help_text_is_on_stdout_alone_and_fits_80_columns(self):
        for command in COMMANDS:
            for flag in ("--help", "-h"):
                with self.subTest(command=command, flag=flag):
                    result = harness.run(*command, flag, cwd=self.folder)

                    self.assertEqual((result.rc, result.err), (0, ""))
                    self.assertEqual([line for line in result.out.splitlines() if len(line) > 80], [])
                    self.assertTrue(result.out.endswith("\n"))

    def test_every_help_text_ends_with_examples_and_exit_codes(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                text = harness.help_text(command)

                self.assertGreaterEqual(len(harness.help_examples(command)), 2)
                self.assertLess(text.index("Examples:"), text.index("Exit status:"))
                for code in ("0 ", "1 ", "2 ", "75 ", "130 "):
                    self.assertIn(code, text.split("Exit status:")[1])

    def test_examples_belong_to_the_command_that_shows_them(self):
        for command in COMMANDS:
            for example in harness.help_examples(command):
                self.assertEqual(example.split()[:len(command)], command)

    def test_every_default_is_shown_but_those_of_flags_and_of_what_must_be_given_or_is_left_undone(self):
        without = {"--input", "--input-list", "--output", "--model", "--models-dir", "--log-file", "--slides-csv",
                   "--tissue-mask", "--rois", "--apply", "--stage", "--roi-labels", "--stain-normalize", "--stain-target", "--to",
                   "--from", "--regions", "--names", "--scores", "--score", "--predictions", "--labels", "--split", "--prototypes",
                   "--table", "--clinical"}
        for command in COMMANDS:
            for option in harness.help_options(command):
                is_asked_for = "--num-clusters" in option.names and command[-1] in ("annotate", "compose")
                if option.value and not is_asked_for and not without.intersection(option.names):
                    self.assertNotEqual(option.default, "", option)

    def test_one_letter_means_the_same_in_both_programs(self):
        for letter, name in {"-i": "--input", "-o": "--output", "-j": "--num-workers", "-v": "--verbose",
                             "-q": "--quiet", "-z": "--overwrite", "-h": "--help"}.items():
            for command in COMMANDS:
                for option in harness.help_options(command):
                    if letter in option.names:
                        self.assertIn(name, option.names)

    def test_long_options_are_words_with_hyphens(self):
        from_the_originals = {"--input_dir", "--l1-ratio"}  # HistoEncoder's, lifelines'
        for command in COMMANDS:
            for name in harness.known_options(command) - from_the_originals:
                self.assertRegex(name, r"^(-[a-zV]|--[a-z]+(-[a-z]+)*)$")

    def test_help_beside_other_options_reads_and_writes_nothing(self):
        before = harness.names_below(self.folder)

        result = harness.run("histoprep", "-i", "slides/*.tiff", "-o", "tiles", "--log-file", "log", "--help",
                             cwd=self.folder)

        self.assertEqual((result.rc, result.err), (0, ""))
        self.assertEqual(harness.names_below(self.folder), before)

    def test_help_loads_no_libtorch(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                libraries, rc = harness.libraries_loaded_by(*command, "--help", cwd=self.folder)

                self.assertEqual(rc, 0)
                self.assertTrue([name for name in libraries if "libc.so" in name])
                self.assertEqual([name for name in libraries if "torch" in name], [])


class Version(harness.Case):
    def test_histoprep_names_its_version_and_its_libraries(self):
        for flag in ("--version", "-V"):
            result = harness.run("histoprep", flag)

            self.assertEqual((result.rc, result.err), (0, ""))
            self.assertRegex(result.out, r"^histoprep \d+\.\d+\.\d+ \(.*\)\n")
            self.assertRegex(result.out, r"OpenSlide \d+\.\d+\.\d+, OpenCV \d+\.\d+\.\d+, HDF5 \d+\.\d+\.\d+")
            self.assertNotIn("Torch", result.out)

    def test_histoencoder_names_its_version_and_its_libraries(self):
        result = harness.run("histoencoder", "--version")

        self.assertEqual((result.rc, result.err), (0, ""))
        self.assertRegex(result.out, r"^histoencoder \d+\.\d+\.\d+ \(.*\)\n")
        for library in (r"LibTorch ", r"OpenSlide \d+\.\d+", r"OpenCV \d+\.\d+", r"HDF5 \d+\.\d+", r"OpenBLAS ", r"\nMPI: "):
            self.assertRegex(result.out, library)

    @unittest.skipUnless((harness.BIN.parent / "lib/histo/histo_torch.so").exists(), "built without LibTorch")
    def test_histoencoder_says_whether_its_libtorch_knows_cuda(self):
        self.assertRegex(harness.run("histoencoder", "--version").out, r"LibTorch \d+\.\d+\.\d+\S* \((CPU|CUDA)\)")


class WrongUsage(harness.Case):
    """Exit code 2, one sentence and where to look further, and nothing done."""

    def assert_usage_error(self, words, pattern):
        with self.subTest(words=words):
            result = harness.run(*words, cwd=self.folder)
            self.assertEqual((result.rc, result.out), (2, ""))
            lines = result.err.splitlines()
            self.assertEqual(len(lines), 2, result.err)
            self.assertRegex(lines[0], "^" + words[0] + ": ")
            self.assertRegex(lines[0], pattern)
            self.assertRegex(lines[1], "^Run with --help")
            self.assertEqual(harness.names_below(self.folder), [])

    def test_of_histoprep(self):
        given = ["histoprep", "-i", "slides", "-o", "tiles"]
        self.assert_usage_error(given + ["--no-such-option"], "--no-such-option")
        self.assert_usage_error(given + ["left-over"], "left-over")
        self.assert_usage_error(["histoprep", "-i", "slides"], "--output")
        self.assert_usage_error(["histoprep", "-o", "tiles"], "--input or --input-list")
        self.assert_usage_error(given + ["--quiet", "--verbose"], "--quiet excludes --verbose")
        self.assert_usage_error(given + ["--overwrite", "--unfinished"], "--overwrite excludes --unfinished")
        for option, value, range_or_kind in [
                ("--width", "abc", "abc"), ("--width", "0", "at least 1, got 0"),
                ("--height", "0", "at least 1, got 0"),
                ("--overlap", "1.2", r"\[0, 1\), got 1.2"), ("--max-background", "-0.5", r"\[0, 1\], got -0.5"),
                ("--threshold", "300", r"\[0, 255\], got 300"), ("--multiplier", "-1", "at least 0, got -1"),
                ("--max-dimension", "0", "at least 1, got 0"), ("--sigma", "-1", "got -1"),
                ("--quality", "0", r"\[1, 100\], got 0"), ("--num-workers", "-1", "-1"),
                ("--num-workers", "many", "many")]:
            self.assert_usage_error(given + [option, value], re.escape(option) + ".*" + range_or_kind)

    def test_of_histoprep_at_a_resolution(self):
        given = ["histoprep", "-i", "slides", "-o", "tiles"]
        for option, value, range_or_kind in [
                ("--mpp", "0", "a positive number of micrometres, got 0"), ("--mpp", "fine", "fine"),
                ("--slide-mpp", "-0.25", "a positive number of micrometres, got -0.25"),
                ("--mpp-tolerance", "0.5", r"\[0, 0.5\), got 0.5")]:
            self.assert_usage_error(given + [option, value], option + ".*" + range_or_kind)
        self.assert_usage_error(given + ["--mpp", "0.5", "--level", "1"], "--mpp excludes --level")
        self.assert_usage_error(given + ["--slide-mpp", "0.5", "--slides-csv", "mpp.csv"],
                                "--slide-mpp excludes --slides-csv")

    def test_of_histoprep_about_what_belongs_together(self):
        given = ["histoprep", "-i", "slides", "-o", "tiles"]
        self.assert_usage_error(given + ["--roi-labels", "Tumor"], "--roi-labels requires --rois")
        self.assert_usage_error(given + ["--outside-rois"], "--outside-rois requires --rois")
        self.assert_usage_error(given + ["--stain-target", "a.png"], "--stain-target requires --stain-normalize")
        self.assert_usage_error(given + ["--stain-normalize", "reinhard", "--stain-separate"],
                                "--stain-separate .*reinhard.*macenko or vahadane")
        self.assert_usage_error(given + ["--save", "none", "--masks"], "--masks .*--save none")
        self.assert_usage_error(given + ["--save", "none", "--stain-separate"], "--stain-separate .*--save none")

    def test_of_histoprep_about_numbers_of_tissue_and_files(self):
        given = ["histoprep", "-i", "slides", "-o", "tiles"]
        for option, value, range_or_kind in [
                ("--min-area", "-1", "got -1"), ("--fill-holes", "-1", "got -1"),
                ("--compression", "0", r"\[1, 9\], got 0"), ("--compression", "10", r"\[1, 9\], got 10")]:
            self.assert_usage_error(given + [option, value], option + ".*" + range_or_kind)

    def test_of_histoprep_outliers(self):
        given = ["histoprep", "outliers", "-o", "tiles"]
        self.assert_usage_error(["histoprep", "outliers"], "--output")
        self.assert_usage_error(given + ["--metrics"], "--metrics")
        self.assert_usage_error(given + ["--clusters", "1"], "--clusters must be at least 2, got 1")
        self.assert_usage_error(given + ["--drop", "4"], "--drop names the cluster 4, and the last one is 3")
        for option in ("--clusters", "--drop", "--seed", "--sheet-tiles", "--num-workers"):
            self.assert_usage_error(given + [option, "-1"], option + ".*-1")
            self.assert_usage_error(given + [option, "many"], "many")

    def test_of_histoencoder(self):
        extract = ["histoencoder", "extract", "-i", "tiles", "-m", "model"]
        cluster = ["histoencoder", "cluster", "-i", "tiles"]
        self.assert_usage_error(["histoencoder"], "subcommand")
        self.assert_usage_error(["histoencoder", "classify"], "classify|subcommand|command")
        self.assert_usage_error(["histoencoder", "extract", "-m", "model"], "--input")
        self.assert_usage_error(["histoencoder", "models", "--device", "abacus"], "--device.*abacus")
        self.assert_usage_error(["histoencoder", "cluster"], "--input")
        self.assert_usage_error(extract + ["--num-clusters", "8"], "--num-clusters")
        self.assert_usage_error(extract + ["--batch-size", "0"], "--batch-size must be at least 1 .*or auto, got 0")
        self.assert_usage_error(extract + ["--device", "abacus"], "--device.*abacus")
        self.assert_usage_error(extract + ["--num-samples", "0"], "--num-samples must be at least 1, got 0")
        self.assert_usage_error(extract + ["--normalize", "0.5"], "--normalize must be model, estimate, .*got .0.5")
        self.assert_usage_error(extract + ["--normalize", "0.5,0"], "--normalize must be model, estimate, ")
        self.assert_usage_error(extract + ["--precision", "int4"], "--precision.*int4")
        for command, option in [(extract, "--batch-size"), (extract, "--num-blocks"), (extract, "--num-samples"),
                                (extract, "--num-workers"), (cluster, "--num-clusters"),
                                (cluster, "--seed"), (cluster, "--silhouette-sample"), (cluster, "--sheet-tiles")]:
            self.assert_usage_error(command + [option, "-1"], option + ".*-1")
        convert = ["histoencoder", "convert", "-i", "tiles", "-o", "out"]
        self.assert_usage_error(convert, "one of --to and --from must be given, and not both")
        self.assert_usage_error(convert + ["--to", "csv", "--from", "npy"], "--to excludes --from")
        self.assert_usage_error(convert[:-2] + ["--to", "csv"], "--output")
        self.assert_usage_error(convert + ["--to", "stamp", "--slide-mpp", "0"], "--slide-mpp must be .*, got 0")
        self.assert_usage_error(convert + ["--from", "clam", "--tile-size", "0"], "--tile-size must be .*, got 0")
        self.assert_usage_error(["histoencoder", "verify"], "--input")
        self.assert_usage_error(["histoencoder", "info"], "--input")
        self.assert_usage_error(cluster + ["--num-clusters", "1"], "--num-clusters.*at least 2, got 1")
        self.assert_usage_error(cluster + ["--num-clusters", "eight"], "eight")
        self.assert_usage_error(cluster + ["--max-iter", "0"], "--max-iter.*at least 1, got 0")
        self.assert_usage_error(cluster + ["--tol", "-1"], "--tol.*got -1")

    def test_an_unknown_choice_is_answered_with_the_choices(self):
        given = {"histoprep": ["-i", "slides", "-o", "tiles"], "outliers": ["-o", "tiles"],
                 "plan": ["-i", "tiles", "-o", "out"], "sbatch": ["-i", "slides", "-o", "tiles"],
                 "extract": ["-i", "tiles", "-m", "model"], "cluster": ["-i", "tiles"], "models": [],
                 "convert": ["-i", "tiles", "-o", "out"], "verify": ["-i", "tiles"], "info": ["-i", "tiles"],
                 "evaluate": ["--predictions", "a.csv", "-o", "out"],
                 "annotate": ["-i", "tiles", "-n", "8", "-o", "out"],
                 "compose": ["-i", "tiles", "-n", "8", "-o", "out"],
                 "survival": ["--table", "a.csv", "--time", "t", "--event", "e", "-o", "out"],
                 **{verb: ["-i", "tiles", "--labels", "labels.csv", "-o", "out"] for verb in ("knn", "fewshot", "probe")},
                 "histoencoder": []}
        for command in COMMANDS:
            for option in harness.help_options(command):
                if "|" not in option.value:
                    continue
                folder = ["-o" if command[0] == "histoprep" else "-i", "tiles"]
                words = [*command, *given.get(command[-1], folder), option.names[-1], "neither"]
                self.assert_usage_error(words, ".*".join(option.value.split("|")))


class Stdout(harness.Case):
    SHORT = [["histoprep", "--help"], ["histoprep", "--version"], ["histoprep", "outliers", "--help"],
             ["histoencoder", "--help"], ["histoencoder", "--version"], ["histoencoder", "cluster", "--help"]]

    def test_a_full_disk_behind_it_is_an_error(self):
        for words in self.SHORT:
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                result = harness.run(*words, stdout=full)

                self.assertEqual(result.rc, 1)
                self.assertEqual(result.err, words[0] + ": stdout could not be written\n")

    def run_into_closed_pipe(self, words, **how):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return harness.run(*words, stdout=writer, **how)
        finally:
            os.close(writer)

    def test_a_closed_pipe_behind_it_is_silent(self):
        for words in self.SHORT:
            with self.subTest(words=words):
                result = self.run_into_closed_pipe(words)

                self.assertEqual((result.rc, result.err), (-signal.SIGPIPE, ""))

    def test_a_closed_pipe_is_silent_also_where_the_caller_ignores_sigpipe(self):
        # Python leaves the signal ignored when it is told not to restore it, as many services do.
        for words in self.SHORT:
            with self.subTest(words=words):
                self.assertEqual(self.run_into_closed_pipe(words, restore_signals=False).err, "")


if __name__ == "__main__":
    harness.main()
