"""histoprep when it is told to stop: what it says, what it leaves, and that going on changes nothing."""

import signal

import harness

# About a thousand tiles a slide: seconds of work, of which the held program has done a tenth of one.
WORDS = ["-i", "slides", "-o", "tiles", "--width", "256", "--overlap", "0.875", "--image-format", "jpeg", "-j", "2"]


class Stop(harness.Case):
    def setUp(self):
        super().setUp()
        harness.copy_slide(self.folder / "slides" / "a.tiff", 1024, seed=1)
        harness.copy_slide(self.folder / "slides" / "b.tiff", 1024, seed=2)

    def stop_in_mid_slide(self, number):
        held = harness.HeldRun("histoprep", *WORDS, cwd=self.folder)
        held.wait_for_bar()
        held.send(number)
        return held.go_on()

    def assert_stopped_in_mid_slide(self, result, rc):
        self.assertEqual(result.rc, rc, result)
        self.assertTrue(result.err.startswith(harness.BAR), result.err)
        self.assert_one_line(result.err, r"histoprep: interrupted; to go on, run the same command with --unfinished$")
        # Of a slide that is not finished nothing stays.
        self.assertFalse((self.folder / "tiles/a").exists())
        self.assertEqual([name for name in harness.names_below(self.folder) if name.endswith(".part")], [])

    def test_ctrl_c_ends_with_130_and_says_how_to_go_on(self):
        self.assert_stopped_in_mid_slide(self.stop_in_mid_slide(signal.SIGINT), 130)

    def test_sigterm_and_sigusr1_end_with_75_and_say_how_to_go_on(self):
        self.assert_stopped_in_mid_slide(self.stop_in_mid_slide(signal.SIGTERM), 75)
        result = harness.run("histoprep", *WORDS, "--unfinished", "--dry-run", cwd=self.folder)
        self.assertIn("slides/a.tiff\twork\tnew\n", result.out)

        held = harness.HeldRun("histoprep", *WORDS, "--unfinished", cwd=self.folder)
        held.wait_for_bar()
        held.send(signal.SIGUSR1)
        self.assert_stopped_in_mid_slide(held.go_on(), 75)

    def test_a_second_ctrl_c_leaves_at_once(self):
        held = harness.HeldRun("histoprep", *WORDS, cwd=self.folder)
        held.wait_for_bar()
        held.send(signal.SIGINT)
        held.send(signal.SIGINT)

        # Nobody reads its stderr: finishing the tiles in hand would take for ever.
        self.assertEqual(held.wait_without_reading(), 130)

    def test_going_on_gives_the_same_bytes_as_a_run_without_a_stop(self):
        self.run_here("histoprep", *WORDS, rc=0)
        (self.folder / "tiles").rename(self.folder / "undisturbed")
        self.stop_in_mid_slide(signal.SIGINT)

        result = self.run_here("histoprep", *WORDS, "--unfinished", rc=0)

        self.assertIn("2 done, 0 skipped, 0 failed", result.err)
        self.assert_same_files(self.folder / "undisturbed", self.folder / "tiles")

    def test_a_killed_run_goes_on_in_the_same_way(self):
        self.run_here("histoprep", *WORDS, rc=0)
        (self.folder / "tiles").rename(self.folder / "undisturbed")
        held = harness.HeldRun("histoprep", *WORDS, cwd=self.folder)
        held.wait_for_bar()
        held.send(signal.SIGKILL)
        self.assertEqual(held.wait_without_reading(), -signal.SIGKILL)
        (self.folder / "tiles/a/.metadata.csv.host-1-2.part").write_text("a killed process left this")

        self.run_here("histoprep", *WORDS, "--unfinished", rc=0)

        self.assert_same_files(self.folder / "undisturbed", self.folder / "tiles")

    def test_without_unfinished_the_rest_of_a_killed_run_is_not_overwritten(self):
        held = harness.HeldRun("histoprep", *WORDS, cwd=self.folder)
        held.wait_for_bar()
        held.send(signal.SIGKILL)
        held.wait_without_reading()

        result = self.run_here("histoprep", *WORDS, rc=1)

        line = self.assert_one_line(result.err, r"^histoprep: failed: slides/a\.tiff: ")
        self.assertIn("--unfinished", line)
        self.assertIn("1 done, 0 skipped, 1 failed", result.err)

    def test_the_diary_tells_which_slides_are_left(self):
        self.stop_in_mid_slide(signal.SIGTERM)

        outcomes = {slide["slide"]: slide["outcome"] for slide in harness.last_run(self.folder / "tiles")["slides"]}
        self.assertEqual(outcomes, {"slides/a.tiff": "interrupted", "slides/b.tiff": "interrupted"})

    def test_a_signal_before_the_first_slide_leaves_all_of_them_for_later(self):
        result = harness.interrupt_before_work("histoprep", *WORDS, cwd=self.folder)

        self.assertEqual(result.rc, 130, result)
        self.assert_one_line(result.err, "interrupted; to go on, ")
        self.assertEqual(harness.files_below(self.folder / "tiles"), {})
        outcomes = [slide["outcome"] for slide in harness.last_run(self.folder / "tiles")["slides"]]
        self.assertEqual(outcomes, ["interrupted", "interrupted"])

    def test_a_signal_that_comes_when_nothing_is_left_to_do_is_no_interruption(self):
        self.run_here("histoprep", *WORDS, rc=0)

        result = harness.interrupt_before_work("histoprep", *WORDS, cwd=self.folder)

        self.assertEqual(result.rc, 0, result)
        self.assertIn("nothing to do", result.err)


class Threads(harness.Case):
    def threads_of(self, *words, **env):
        harness.copy_slide(self.folder / "slides" / "a.tiff", 1024)
        held = harness.HeldRun("histoprep", "-i", "slides", "-o", "tiles", "-w", "256", "-n", "0.875", "-z", *words,
                               cwd=self.folder, env=harness.environment(**env))
        held.wait_for_bar()
        threads = held.threads()
        held.send(signal.SIGTERM)
        held.go_on()
        return threads

    def test_are_as_many_as_were_asked_for(self):
        one = self.threads_of("-j", "1")

        # The one that waits for the workers, and one that looks at the slides ahead.
        self.assertGreaterEqual(self.threads_of("-j", "4"), one + 4)

    def test_are_no_more_than_slurm_gives_unless_they_were_asked_for(self):
        one = self.threads_of("-j", "1")

        self.assertEqual(self.threads_of(SLURM_CPUS_PER_TASK="1"), one)
        self.assertGreater(self.threads_of("-j", "2", SLURM_CPUS_PER_TASK="1"), one)


if __name__ == "__main__":
    harness.main()
