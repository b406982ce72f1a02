"""histoencoder extract, killed at any moment: the next run ends with the bytes of one that nobody disturbed.

HISTO_KILLS says how often for each signal; 4 unless it is set.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time

import harness
from encoder_case import MODEL, EncoderCase

KILLS = int(os.environ.get("HISTO_KILLS", "4"))
WORDS = ["histoencoder", "extract", "-i", "tiles", "-m", MODEL, "--use-cpu", "-b", "4"]


class Kill(EncoderCase):
    width = 128

    def setUp(self):
        super().setUp()
        begin = time.monotonic()
        self.run_here(*WORDS, rc=0, env=self.with_models())
        self.seconds = time.monotonic() - begin
        self.undisturbed = self.features()

    def features(self):
        found = {}
        for name in self.tiles:
            file = self.folder / "tiles" / name / "features.h5"
            found[name] = (file.read_bytes(), file.stat().st_mtime_ns) if file.exists() else None
        return found

    def begin_anew(self):
        for name in self.tiles:
            for file in (self.folder / "tiles" / name).glob("features.h5*"):
                file.unlink()

    def disturbed_run(self, number, seconds):
        process = subprocess.Popen(harness.command_line(WORDS), cwd=self.folder, env=self.with_models(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        err = process.communicate()[1]
        return process.returncode, err

    def assert_kills_do_no_harm(self, number, codes):
        moments = random.Random(number)
        went_on = 0
        for _ in range(KILLS):
            self.begin_anew()
            rc, err = self.disturbed_run(number, moments.uniform(0.0, self.seconds))
            self.assertIn(rc, codes, err)
            left = self.features()
            for name, found in left.items():
                if found is not None:
                    self.assertEqual(found[0], self.undisturbed[name][0], "a feature file that is not whole")

            result = self.run_here(*WORDS, "-v", rc=0, env=self.with_models())

            now = self.features()
            for name in self.tiles:
                self.assertEqual(now[name][0], self.undisturbed[name][0])
                if left[name] is not None:
                    self.assertEqual(now[name][1], left[name][1], "was done again")
            self.assertEqual(self.leftovers(), [])
            went_on += len(re.findall(r"goes on after \d+ tiles? of", result.err))
        return went_on

    def test_without_warning(self):
        self.assert_kills_do_no_harm(signal.SIGKILL, {-signal.SIGKILL, 0})

    def test_by_the_scheduler(self):
        # A process that is told to stop before its handlers are set ends by the signal itself.
        self.assert_kills_do_no_harm(signal.SIGTERM, {75, 0, -signal.SIGTERM})

    def test_in_mid_slide_costs_no_tile_that_was_written(self):
        self.begin_anew()
        held = harness.HeldRun(*WORDS, cwd=self.folder, env=self.with_models())
        held.wait_for_bar()
        held.process.send_signal(signal.SIGKILL)
        held.wait_without_reading()

        result = self.run_here(*WORDS, "-v", rc=0, env=self.with_models())

        # Whichever slide was open first was begun first.
        rows = int(re.search(r"tiles/\w+: goes on after (\d+) tiles? of", result.err)[1])
        self.assertGreater(rows, 0)
        self.assertEqual({name: found[0] for name, found in self.features().items()},
                         {name: found[0] for name, found in self.undisturbed.items()})


class Obstacles(EncoderCase):
    width = 256

    def extract(self, rc):
        return self.run_here(*WORDS, rc=rc, env=self.with_models())

    def test_a_full_disk_ends_the_run_and_leaves_no_feature_file(self):
        result = harness.run_on_full_disk(*WORDS, free=20_000, cwd=self.folder, env=self.with_models())
        self.assertEqual(result.rc, 1, result)
        self.assertRegex(result.err, r"features\.h5.*cannot be written")
        self.assertEqual(list((self.folder / "tiles").glob("*/features.h5")), [])
        self.assertIn("2 done", self.extract(rc=0).err)

    def test_a_folder_that_may_not_be_written_to_is_named(self):
        if os.geteuid() == 0:
            # Root may write anywhere; a file where the folder ought to be stops it as well.
            (self.folder / "tiles" / "a" / "features.h5.part").mkdir()
        else:
            (self.folder / "tiles" / "a").chmod(0o500)
            self.addCleanup((self.folder / "tiles" / "a").chmod, 0o700)
        result = self.extract(rc=1)
        self.assertRegex(result.err, r"tiles/a/(features\.h5\.part|\.claim)")

    def test_a_slide_that_vanished_between_the_plan_and_its_turn_fails_alone(self):
        shutil.rmtree(self.folder / "tiles" / "b" / "tiles")
        result = self.extract(rc=1)
        self.assertIn("1 done, 0 skipped, 1 failed", result.err)
        self.assertFalse((self.folder / "tiles" / "b" / "features.h5").exists())
        self.assertEqual(self.leftovers(), [])


if __name__ == "__main__":
    harness.main()
