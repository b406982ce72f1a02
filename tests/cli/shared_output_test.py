"""Several processes on one output folder: every slide is done once, whatever becomes of the processes."""

import pathlib
import re
import signal
import subprocess

import harness

WORDS = ["-i", "slides", "-o", "tiles", "--width", "256", "--overlap", "0.75", "--image-format", "jpeg", "-j", "2",
         "--unfinished"]

# Seconds of work a slide, of which a held program has done a tenth of one.
LONG = ["-i", "slides", "-o", "tiles", "--width", "256", "--overlap", "0.875", "--image-format", "jpeg", "-j", "2",
        "--unfinished"]

SLIDES = "abcdefgh"


def start(*words, cwd, env=None):
    return subprocess.Popen(harness.command_line(words), cwd=cwd, env=env or harness.environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def end(process):
    err = process.communicate(timeout=harness.LIMIT)[1]
    return harness.Result(process.returncode, "", err)


def traces(folder):
    """What only a process that works, or was killed, has in the output."""
    return [name for name in harness.names_below(folder)
            if any(part.startswith(".") or part.endswith(".part") for part in pathlib.Path(name).parts)]


def times_below(folder):
    return {str(file.relative_to(folder)): file.stat().st_mtime_ns for file in sorted(folder.rglob("*"))
            if file.is_file() and "runs" not in file.parts and file.name != "run.json"}


def results_below(folder):
    return {name: content for name, content in harness.files_below(folder).items() if not name.startswith("runs/")}


class Shared(harness.Case):
    def paint(self, names):
        for seed, name in enumerate(names):
            harness.copy_slide(self.folder / "slides" / (name + ".tiff"), 1024, seed % 2 + 1)

    def undisturbed(self, *words):
        self.run_here(*words, rc=0)
        (self.folder / "tiles").rename(self.folder / "undisturbed")
        return results_below(self.folder / "undisturbed")

    def assert_same_results(self, wanted):
        found = results_below(self.folder / "tiles")
        self.assertEqual(sorted(found), sorted(wanted))
        self.assertEqual([name for name in wanted if found[name] != wanted[name]], [])
        self.assertEqual(traces(self.folder / "tiles"), [])


class TwoAtOnce(Shared):
    def test_do_each_slide_once_and_give_the_bytes_of_one(self):
        self.paint(SLIDES)
        wanted = self.undisturbed("histoprep", *WORDS)

        processes = [start("histoprep", *WORDS, cwd=self.folder) for _ in range(2)]
        results = [end(process) for process in processes]

        self.assertEqual([result.rc for result in results], [0, 0], results)
        done = [int(re.search(r"(\d+) done, ", result.err)[1]) for result in results]
        skipped = [int(re.search(r"(\d+) skipped, ", result.err)[1]) for result in results]
        self.assertEqual(sum(done), len(SLIDES), results)
        self.assertEqual(sum(skipped), len(SLIDES), results)
        self.assert_same_results(wanted)

    def test_without_unfinished_they_do_not_take_each_others_slides_for_leftovers(self):
        self.paint("abcd")
        words = [word for word in WORDS if word != "--unfinished"]

        processes = [start("histoprep", *words, cwd=self.folder) for _ in range(3)]
        results = [end(process) for process in processes]

        self.assertEqual([result.rc for result in results], [0, 0, 0], results)
        self.assertEqual(sum(int(re.search(r"(\d+) done, ", result.err)[1]) for result in results), 4)
        self.assertEqual(traces(self.folder / "tiles"), [])


class Gone(Shared):
    """A process that was killed in mid-slide, or stands still there."""

    def setUp(self):
        super().setUp()
        self.paint("ab")

    def held(self, *more):
        held = harness.HeldRun("histoprep", *LONG, *more, cwd=self.folder)
        held.wait_for_bar()
        return held

    def read_until(self, process, part):
        line = ""
        while part not in line:
            line = process.stderr.readline()
            self.assertNotEqual(line, "", "the program ended without a word of " + part)

    def test_one_that_was_killed_leaves_nothing_to_the_next(self):
        wanted = self.undisturbed("histoprep", *LONG)
        held = self.held()
        held.send(signal.SIGKILL)
        held.wait_without_reading()
        self.assertNotEqual(traces(self.folder / "tiles"), [])
        self.assertEqual(list((self.folder / "tiles/a").glob("[!.]*")), [], "half a slide under final names")

        result = self.run_here("histoprep", *LONG, rc=0)

        self.assertRegex(result.err, r"a\.tiff: taken over from process \d+ on .*, which is gone")
        self.assert_same_results(wanted)

    def test_one_that_was_told_to_stop_leaves_nothing_at_all(self):
        held = self.held()
        held.send(signal.SIGTERM)
        self.assertEqual(held.go_on().rc, 75)
        self.assertEqual(traces(self.folder / "tiles"), [])
        self.assertFalse((self.folder / "tiles/a").exists())

    def test_a_slide_in_the_hands_of_another_is_waited_for(self):
        wanted = self.undisturbed("histoprep", *LONG)
        held = self.held()
        waiting = start("histoprep", *LONG, "-v", cwd=self.folder)
        # It looks again and again as long as the other one lives.
        self.read_until(waiting, "is being worked on by process")
        self.assertIsNone(waiting.poll())

        first = held.go_on()
        second = end(waiting)

        self.assertEqual((first.rc, second.rc), (0, 0), (first, second))
        self.assertEqual(sum(int(re.search(r"(\d+) done, ", result.err)[1]) for result in (first, second)), 2)
        self.assert_same_results(wanted)

    def test_one_that_stands_still_is_taken_over_and_does_no_harm_when_it_comes_back(self):
        wanted = self.undisturbed("histoprep", *LONG)
        held = self.held("--stale-after", "1")
        held.process.send_signal(signal.SIGSTOP)

        result = self.run_here("histoprep", *LONG, "--stale-after", "1", rc=0)

        self.assertRegex(result.err, r"a\.tiff: taken over from process \d+ on .*, which gave no sign of life for")
        self.assert_same_results(wanted)
        times = times_below(self.folder / "tiles")
        held.process.send_signal(signal.SIGCONT)
        back = held.go_on()
        self.assertEqual(back.rc, 0, back)
        self.assertIn("a.tiff: was taken over by", back.err)
        self.assertIn("0 done, 2 skipped, 0 failed", back.err)
        self.assertEqual(times_below(self.folder / "tiles"), times)
        self.assert_same_results(wanted)

    def test_one_that_comes_back_while_its_slide_is_being_done_does_no_harm(self):
        (self.folder / "slides/b.tiff").unlink()
        wanted = self.undisturbed("histoprep", *LONG)
        stopped = self.held("--stale-after", "1")
        stopped.process.send_signal(signal.SIGSTOP)
        owner = start("histoprep", *LONG, "--stale-after", "1", cwd=self.folder)
        self.read_until(owner, "taken over from process")

        stopped.process.send_signal(signal.SIGCONT)
        first = end(owner)
        back = stopped.go_on()

        self.assertEqual((first.rc, back.rc), (0, 0), (first, back))
        self.assertIn("a.tiff: was taken over by", back.err)
        self.assertIn("1 done, 0 skipped, 0 failed", first.err)
        self.assert_same_results(wanted)


if __name__ == "__main__":
    harness.main()
