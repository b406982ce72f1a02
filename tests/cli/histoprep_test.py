"""histoprep as its users and their scripts see it: what it prints, returns, writes and leaves alone."""

import json
import os
import re
import shlex
import shutil
import time

import harness
from harness import BAR

# Quick to cut: one slide of 1280 x 1024 pixels, six tiles of 512.
WIDTH = ["--width", "512"]


class Prep(harness.Case):
    def setUp(self):
        super().setUp()
        harness.copy_slide(self.folder / "slides" / "a.tiff", 1024, seed=1)

    def prep(self, *words, rc=0, slides="slides/*.tiff", env=None):
        return self.run_here("histoprep", "-i", slides, "-o", "tiles", *WIDTH, *words, rc=rc, env=env)

    def add_second_slide(self):
        return harness.copy_slide(self.folder / "slides" / "b.tiff", 1024, seed=2)

    def plan(self, *words, rc):
        result = harness.run("histoprep", "-i", "slides/*.tiff", "-o", "tiles", *WIDTH, "--dry-run", *words,
                             cwd=self.folder)
        self.assertEqual((result.rc, result.err), (rc, ""))
        rows = [line.split("\t") for line in result.out.splitlines()]
        self.assertEqual(rows[0], ["slide", "action", "reason"])
        return {slide: (action, reason) for slide, action, reason in rows[1:]}


class Success(Prep):
    def test_one_line_per_slide_and_a_summary(self):
        result = self.prep()

        tiles = len(list((self.folder / "tiles/a/tiles").iterdir()))
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 3, result.err)
        self.assertRegex(lines[0], rf"^histoprep: slides/a\.tiff: {tiles} tiles in [\d.]+ s$")
        self.assertRegex(lines[1],
                         r"^histoprep: version \d+\.\d+\.\d+ \(.*\), \S*histoprep -i 'slides/\*\.tiff' -o tiles")
        self.assertRegex(lines[2], rf"^histoprep: 1 done, 0 skipped, 0 failed; {tiles} tiles in [\d.]+ s "
                                   r"\([\d.]+ a second\), peak memory \d+ MiB$")

    def test_nothing_is_written_outside_the_output_folder(self):
        self.prep()

        self.assertEqual(sorted(os.listdir(self.folder)), ["slides", "tiles"])
        self.assertEqual(sorted(os.listdir(self.folder / "slides")), ["a.tiff"])
        self.assertEqual(sorted(os.listdir(self.folder / "tiles")), ["a", "run.json", "runs"])
        self.assertEqual(sorted(os.listdir(self.folder / "tiles/a")),
                         ["metadata.csv", "properties.json", "thumbnail.jpeg", "thumbnail_kept.jpeg", "thumbnail_tiles.jpeg",
                          "thumbnail_tissue.jpeg", "tiles"])

    def test_slides_that_are_done_are_left_alone_and_that_is_success(self):
        self.prep()
        before = {name: (self.folder / "tiles" / name).stat().st_mtime_ns
                  for name in harness.files_below(self.folder / "tiles")}

        result = self.prep()

        self.assertIn("histoprep: nothing to do: all slides are done already\n", result.err)
        self.assertIn("0 done, 1 skipped, 0 failed", result.err)
        for name, time_before in before.items():
            self.assertEqual((self.folder / "tiles" / name).stat().st_mtime_ns, time_before, name)

    def test_quiet_prints_nothing_on_success(self):
        self.assertEqual(self.prep("--quiet").err, "")
        self.assertEqual(self.prep("-q").err, "")

    def test_verbose_prints_the_options_in_force_and_what_explains_the_tiles(self):
        result = self.prep("-v")

        for option in ("--width 512", "--overlap 0", "--max-background 0.75", "--image-format png"):
            self.assert_one_line(result.err, f"^histoprep: {option}$")
        self.assert_one_line(result.err,
                             r"slides/a\.tiff: read by direct, tissue level \d+, threshold \d+, [\d.]+ % of the slide is tissue")
        self.assertIn("slides/a.tiff: done already", self.prep("-v").err)

    def test_the_peak_memory_is_the_programs_own(self):
        def peak():
            return int(re.search(r"peak memory (\d+) MiB", self.prep("-z").err)[1])

        alone = peak()
        held = b"x" * (400 << 20)  # by this process, which starts the program

        self.assertLess(peak(), alone + 200)
        del held

    def test_the_files_do_not_depend_on_the_number_of_threads(self):
        self.add_second_slide()
        # Level 1 promises pixels, not bytes.
        self.prep("-j", "1", "--compression", "2")
        (self.folder / "tiles").rename(self.folder / "one")

        self.prep("-j", "5", "--compression", "2")

        self.assert_same_files(self.folder / "one", self.folder / "tiles")

    def test_inputs_may_be_files_folders_patterns_and_a_list(self):
        self.add_second_slide()
        (self.folder / "list.txt").write_text("# two slides\nslides/a.tiff\n\nslides/b.tiff\n")
        for words in (["-i", "slides"], ["-i", "slides/a.tiff", "slides/b.tiff"], ["-i", "slides/[ab].tiff"],
                      ["-i", "slides/a.tiff", "-i", "slides/b.tiff"], ["--input-list", "list.txt"]):
            with self.subTest(words=words):
                result = self.run_here("histoprep", *words, "-o", "tiles", "--width", "512", "-z", rc=0)
                self.assertIn("2 done, 0 skipped, 0 failed", result.err)

    def test_both_jpeg_names_and_both_image_backends_mean_the_same(self):
        self.prep("--image-format", "jpeg", "--backend", "image")
        (self.folder / "tiles").rename(self.folder / "first")

        self.prep("--image-format", "jpg", "--backend", "pil")

        self.assert_same_files(self.folder / "first", self.folder / "tiles")
        self.assertTrue(all(file.suffix == ".jpeg" for file in (self.folder / "tiles/a/tiles").iterdir()))


class Failure(Prep):
    def test_a_pattern_that_matches_nothing_is_named(self):
        result = self.prep(rc=1, slides="slides/*.svs")

        self.assertEqual(result.err, "histoprep: no file matches the pattern 'slides/*.svs'\n")
        self.assertFalse((self.folder / "tiles").exists())

    def test_a_file_or_folder_that_is_not_there_is_named(self):
        (self.folder / "empty").mkdir()
        for slides, sentence in [("slides/c.tiff", "there is no such file"),
                                 ("empty", "the folder holds no file with one of")]:
            self.assertRegex(self.prep(rc=1, slides=slides).err, f"^histoprep: {slides}: {sentence}")

    def test_one_bad_slide_stops_no_other_and_the_last_lines_say_why(self):
        (self.folder / "slides" / "0.tiff").write_text("not a slide")
        (self.folder / "slides" / "z.svs").write_text("")

        result = self.run_here("histoprep", "-i", "slides", "-o", "tiles", *WIDTH, rc=1)

        self.assertTrue((self.folder / "tiles/a/metadata.csv").exists())
        self.assertIn("1 done, 0 skipped, 2 failed", result.err)
        last = result.err.splitlines()[-4:]
        for name in ("slides/0.tiff", "slides/z.svs"):
            self.assertEqual(len([line for line in last if line.startswith(f"histoprep: failed: {name}: ")]), 1, last)
        for name in ("0", "z"):
            self.assertFalse((self.folder / "tiles" / name).exists())

    def test_a_link_that_leads_nowhere_stops_no_other_slide(self):
        (self.folder / "slides" / "gone.tiff").symlink_to("nowhere.tiff")

        result = self.prep(rc=1)

        self.assertTrue((self.folder / "tiles/a/metadata.csv").exists())
        self.assert_one_line(result.err, r"^histoprep: failed: slides/gone\.tiff: ")

    def test_a_name_that_the_output_folder_needs_stops_no_other_slide(self):
        shutil.copy2(self.folder / "slides/a.tiff", self.folder / "slides/clustering.tiff")

        result = self.prep(rc=1)

        self.assertTrue((self.folder / "tiles/a/metadata.csv").exists())
        self.assert_one_line(result.err, r"^histoprep: failed: slides/clustering\.tiff: .*rename the slide$")

    def test_quiet_still_prints_errors_and_nothing_else(self):
        (self.folder / "slides" / "0.tiff").write_text("not a slide")

        lines = self.prep("-q", rc=1).err.splitlines()

        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^histoprep: (failed: )?slides/0\.tiff: ")

    def test_two_slides_of_one_name_are_refused_before_any_work(self):
        shutil.copytree(self.folder / "slides", self.folder / "more")

        result = self.run_here("histoprep", "-i", "slides", "more", "-o", "tiles", *WIDTH, rc=1)

        self.assertRegex(result.err, r"slides/a\.tiff.*more/a\.tiff|more/a\.tiff.*slides/a\.tiff")
        self.assertIn("--keep-parent", result.err)
        self.assertFalse((self.folder / "tiles").exists())
        self.run_here("histoprep", "-i", "slides", "more", "-o", "tiles", *WIDTH, "--keep-parent", rc=0)
        self.assertEqual(sorted(os.listdir(self.folder / "tiles")), ["more_a", "run.json", "runs", "slides_a"])

    def test_one_slide_under_two_spellings_is_done_once(self):
        result = self.run_here("histoprep", "-i", "slides/a.tiff", "./slides/a.tiff", "-o", "tiles", *WIDTH, rc=0)

        self.assertIn("1 done, 0 skipped, 0 failed", result.err)

    def test_an_output_folder_that_cannot_be_made_is_named(self):
        (self.folder / "tiles").write_text("a file")

        self.assertRegex(self.prep(rc=1).err, "^histoprep: tiles.*: ")

    def test_a_full_disk_ends_the_run_with_a_sentence_that_names_the_file(self):
        result = harness.run_on_full_disk("histoprep", "-i", "slides", "-o", "tiles", *WIDTH, free=20000,
                                          cwd=self.folder)

        self.assertEqual((result.rc, result.out), (1, ""))
        self.assertRegex(result.err, r"^histoprep: tiles/a/\S+: cannot be written: File too large\n$")
        self.assertFalse((self.folder / "tiles/a/metadata.csv").exists())
        self.prep("--unfinished")

    def test_more_threads_than_memory_are_a_sentence_that_names_the_option(self):
        result = self.prep("-j", "1000000000000", rc=1)

        self.assertEqual(result.err, "histoprep: out of memory; fewer --num-workers need less\n")


class Overwriting(Prep):
    """Nothing that is there is overwritten unless an option says so, and the sentence names that option."""

    def test_tiles_made_with_other_options_are_refused(self):
        self.prep()
        before = harness.files_below(self.folder / "tiles")

        result = self.run_here("histoprep", "-i", "slides", "-o", "tiles", "--width", "256", rc=1)

        line = self.assert_one_line(result.err, r"^histoprep: failed: slides/a\.tiff: ")
        self.assertRegex(line, r"width was 512 and is now 256")
        self.assertIn("--overwrite", line)
        self.assertEqual(harness.files_below(self.folder / "tiles"), before)

    def test_tiles_of_a_slide_that_has_changed_since_are_refused(self):
        self.prep()
        os.utime(self.folder / "slides/a.tiff", (1e9, 1e9))

        line = self.assert_one_line(self.prep(rc=1).err, r"^histoprep: failed: slides/a\.tiff: ")

        self.assertIn("slide", line)
        self.assertIn("--overwrite", line)

    def test_overwrite_replaces_them_and_leaves_no_old_tile(self):
        self.run_here("histoprep", "-i", "slides", "-o", "tiles", "--width", "128", rc=0)
        self.prep("--overwrite", "--compression", "2")
        self.run_here("histoprep", "-i", "slides/*.tiff", "-o", "fresh", *WIDTH, "--compression", "2", rc=0)

        self.assert_same_files(self.folder / "fresh", self.folder / "tiles")

    def test_overwrite_leaves_files_of_others_alone(self):
        self.prep()
        (self.folder / "tiles/a/notes.txt").write_text("mine")
        (self.folder / "tiles/a/tiles/mine.png").write_text("mine")

        self.prep("-z")

        self.assertEqual((self.folder / "tiles/a/notes.txt").read_text(), "mine")
        self.assertEqual((self.folder / "tiles/a/tiles/mine.png").read_text(), "mine")

    def test_an_unfinished_slide_is_refused_until_unfinished_is_given(self):
        self.prep()
        done = harness.files_below(self.folder / "tiles")
        (self.folder / "tiles/a/metadata.csv").unlink()

        line = self.assert_one_line(self.prep(rc=1).err, r"^histoprep: failed: slides/a\.tiff: ")

        self.assertIn("--unfinished", line)
        self.prep("--unfinished")
        self.assertEqual(harness.files_below(self.folder / "tiles"), done)

    def test_unfinished_leaves_finished_slides_alone(self):
        self.prep()
        self.add_second_slide()
        (self.folder / "tiles/b").mkdir()
        (self.folder / "tiles/b/notes.txt").write_text("mine")

        self.assertIn("1 done, 1 skipped, 0 failed", self.prep("-u").err)


class DryRun(Prep):
    def test_says_for_each_slide_what_would_be_done_and_why(self):
        self.prep()
        self.add_second_slide()

        self.assertEqual(self.plan(rc=0), {"slides/a.tiff": ("skip", "done already"), "slides/b.tiff": ("work", "new")})

    def test_says_what_overwrite_would_replace(self):
        self.prep()

        self.assertEqual(self.plan("--overwrite", rc=0)["slides/a.tiff"],
                         ("work", "overwrites the tiles that are there"))

    def test_refusals_name_what_helps_and_make_the_exit_code_1(self):
        self.prep()
        (self.folder / "tiles/a/metadata.csv").unlink()

        action, reason = self.plan(rc=1)["slides/a.tiff"]

        self.assertEqual(action, "refuse")
        self.assertIn("--unfinished", reason)

    def test_writes_nothing(self):
        before = harness.names_below(self.folder)

        self.plan("--log-file", "log.txt", rc=0)

        self.assertEqual(harness.names_below(self.folder), before)

    def test_a_full_disk_behind_stdout_is_an_error(self):
        with open("/dev/full", "wb") as full:
            result = harness.run("histoprep", "-i", "slides", "-o", "tiles", "--dry-run", cwd=self.folder, stdout=full)

        self.assertEqual((result.rc, result.err), (1, "histoprep: stdout could not be written\n"))


class Messages(Prep):
    def on_terminal(self, *words, columns=80, env=None):
        return harness.run_on_terminal("histoprep", "-i", "slides/*", "-o", "tiles", *WIDTH, "-n", "0.75", *words,
                                       cwd=self.folder, columns=columns, env=env)

    def test_a_terminal_gets_a_progress_bar_that_goes_away(self):
        result = self.on_terminal()

        self.assertEqual((result.rc, result.out), (0, ""))
        bars = result.err.split(BAR)
        self.assertGreater(len(bars), 1)
        self.assertRegex(bars[1], r"^[#.]{24}\] \d+/\d+ tiles of a\.tiff \(slide 1 of 1\)")
        # What stays on the screen are whole lines without the bar.
        shown = [line.split("\r\x1b[K")[-1] for line in result.err.rstrip("\n").split("\n")]
        self.assertEqual([line for line in shown if not line.startswith("histoprep: ")], [])

    def test_elsewhere_there_are_lines_only(self):
        result = self.prep()

        self.assertNotIn("\r", result.err)
        self.assertNotIn("\x1b", result.err)

    def test_progress_can_be_forced_and_forbidden(self):
        self.assertNotIn(BAR, self.on_terminal("--progress", "never").err)
        self.assertNotIn(BAR, self.on_terminal("--quiet", "-z").err)
        self.assertIn(BAR, self.prep("--progress", "always", "-z").err)

    def test_the_bar_changes_at_most_ten_times_a_second(self):
        begin = time.monotonic()
        result = self.run_here("histoprep", "-i", "slides", "-o", "tiles", "-w", "128", "-n", "0.75",
                               "--progress=always", rc=0)
        seconds = time.monotonic() - begin

        # Besides there is the first one and, for each slide, the last one.
        self.assertLessEqual(result.err.count(BAR), 10 * seconds + 2)

    def test_the_bar_never_needs_a_second_line(self):
        name = "TCGA-XX-1234-01Z-00-DX1.01234567-89AB-CDEF-0123-456789ABCDEF.tiff"
        (self.folder / "slides/a.tiff").rename(self.folder / "slides" / name)

        for columns in (80, 50):
            for bar in self.on_terminal("-z", columns=columns).err.split(BAR)[1:]:
                self.assertLess(len("[" + re.split("[\r\n]", bar)[0]), columns)

    def provoke_error(self, *words, terminal=True, **env):
        (self.folder / "slides" / "0.tiff").write_text("not a slide")
        runner = harness.run_on_terminal if terminal else harness.run
        return runner("histoprep", "-i", "slides", "-o", "tiles", *WIDTH, "-z", *words, cwd=self.folder,
                      env=harness.environment(**env)).err.replace("\r\x1b[K", "")

    def test_errors_are_coloured_on_a_terminal(self):
        self.assertIn("\x1b[31mhistoprep: \x1b[0mslides/0.tiff: ", self.provoke_error())
        self.assertIn("\x1b[31m", self.provoke_error(NO_COLOR=""))

    def test_there_is_no_colour_elsewhere(self):
        for error in (self.provoke_error(terminal=False), self.provoke_error(NO_COLOR="1"),
                      self.provoke_error(TERM="dumb"), self.provoke_error("--color", "never")):
            self.assertNotIn("\x1b[3", error)

    def test_color_always_wins(self):
        self.assertIn("\x1b[31m", self.provoke_error("--color", "always", terminal=False, NO_COLOR="1", TERM="dumb"))

    def test_no_line_on_a_terminal_has_a_time(self):
        self.assertNotRegex(self.on_terminal("-v").err, r"\d\d:\d\d:\d\d")


class LogFile(Prep):
    LINE = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d \S+ \[\d+\] histoprep: "

    def test_has_all_messages_with_their_times(self):
        self.prep("--log-file", "log.txt", "--quiet")

        lines = (self.folder / "log.txt").read_text().splitlines()
        for line in lines:
            self.assertRegex(line, self.LINE)
        text = "\n".join(lines)
        self.assertRegex(text, r"slides/a\.tiff: \d+ tiles in")
        self.assertRegex(text, r"tissue level")
        self.assertRegex(text, r"--width 512")
        self.assertNotIn("\x1b", text)

    def test_grows_from_run_to_run(self):
        self.prep("--log-file", "log.txt")
        first = (self.folder / "log.txt").read_text()
        self.prep("--log-file", "log.txt")

        self.assertTrue((self.folder / "log.txt").read_text().startswith(first))

    def test_has_the_error_that_ended_a_run(self):
        self.prep("--log-file", "log.txt", rc=1, slides="slides/*.svs")

        self.assertRegex((self.folder / "log.txt").read_text(), self.LINE + "no file matches the pattern")

    def test_that_cannot_be_opened_is_named(self):
        (self.folder / "log").mkdir()

        self.assertRegex(self.prep("--log-file", "log", rc=1).err, "^histoprep: .*log")
        self.assertFalse((self.folder / "tiles/a").exists())


class JobLog(Prep):
    """stderr where it is the log of a scheduler's job: of many processes, which may write to one file."""

    ARRAY_TASK = {"SLURM_JOB_ID": "4714", "SLURM_ARRAY_JOB_ID": "4711", "SLURM_ARRAY_TASK_ID": "3"}

    def line(self, job):
        return (r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d " + re.escape(os.uname().nodename) +
                r" job " + job + r" \[\d+\] histoprep: ")

    def test_every_line_has_time_host_and_job(self):
        for env, job in [(self.ARRAY_TASK, "4711_3"), ({"SLURM_JOB_ID": "4714"}, "4714")]:
            err = self.prep(env=harness.environment(**env)).err

            self.assertGreater(len(err.splitlines()), 1)
            for line in err.splitlines():
                self.assertRegex(line, self.line(job))

    def test_a_log_file_has_the_same(self):
        self.prep("--log-file", "log.txt", "--quiet", env=harness.environment(**self.ARRAY_TASK))

        for line in (self.folder / "log.txt").read_text().splitlines():
            self.assertRegex(line, self.line("4711_3"))

    def test_a_terminal_in_a_job_shows_the_sentences_alone(self):
        err = harness.run_on_terminal("histoprep", "-i", "slides/*", "-o", "tiles", *WIDTH, cwd=self.folder,
                                      env=harness.environment(**self.ARRAY_TASK)).err

        self.assertRegex(err, r"(?m)^histoprep: ")
        self.assertNotRegex(err, "job 4711_3")


class Diary(Prep):
    def test_tells_version_command_line_options_and_what_became_of_each_slide(self):
        (self.folder / "slides" / "0.tiff").write_text("not a slide")
        self.prep("--sigma", "2", rc=1)

        run = harness.last_run(self.folder / "tiles")

        version = harness.run("histoprep", "--version").out.split()[1]
        self.assertEqual(run["version"], version)
        self.assertRegex(run["command_line"], r"histoprep -i 'slides/\*\.tiff' -o tiles --width 512 --sigma 2$")
        self.assertEqual([run["options"][name] for name in ("--width", "--sigma", "--overlap", "--image-format")],
                         ["512", "2", "0", "png"])
        self.assertRegex(run["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        outcomes = {slide["slide"]: slide for slide in run["slides"]}
        self.assertEqual(sorted(outcomes), ["slides/0.tiff", "slides/a.tiff"])
        self.assertEqual(outcomes["slides/a.tiff"]["outcome"], "done")
        self.assertEqual(outcomes["slides/a.tiff"]["tiles"], len(list((self.folder / "tiles/a/tiles").iterdir())))
        self.assertEqual(outcomes["slides/0.tiff"]["outcome"], "failed")
        self.assertTrue(outcomes["slides/0.tiff"]["reason"])

    def test_has_every_option_of_the_help_text(self):
        self.prep()

        options = harness.last_run(self.folder / "tiles")["options"]
        for option in harness.help_options(["histoprep"]):
            if not {"--help", "--version"}.intersection(option.names):
                self.assertTrue(set(option.names).intersection(options), option)

    def test_keeps_earlier_runs(self):
        self.prep()
        self.prep()

        runs = json.loads((self.folder / "tiles/run.json").read_text())["runs"]
        self.assertEqual([run["slides"][0]["outcome"] for run in runs], ["done", "skipped"])

    def test_the_command_line_can_be_pasted_into_a_shell(self):
        self.prep("--log-file", "it's a log")

        words = shlex.split(harness.last_run(self.folder / "tiles")["command_line"])
        self.assertEqual(words[1:], ["-i", "slides/*.tiff", "-o", "tiles", *WIDTH, "--log-file", "it's a log"])

    def test_a_damaged_one_is_begun_anew(self):
        self.prep()
        (self.folder / "tiles/run.json").write_text("{")

        self.prep()

        self.assertEqual(harness.last_run(self.folder / "tiles")["slides"][0]["outcome"], "skipped")


class Examples(harness.Case):
    def test_those_of_the_help_text_work_as_they_stand(self):
        for example in harness.help_examples(["histoprep"]):
            with self.subTest(example=example):
                place = self.folder / "place"
                harness.copy_slide(place / "slides" / "a.tiff", 1024)
                path = f"{harness.BIN}:{os.environ['PATH']}"

                result = harness.run("sh", "-c", example, cwd=place, env=harness.environment(PATH=path))

                self.assertEqual(result.rc, 0, result)
                self.assertEqual((place / "tiles/a/metadata.csv").exists(), "--dry-run" not in example)
                shutil.rmtree(place)


if __name__ == "__main__":
    harness.main()
