"""The examples for make and Snakemake: from nothing, again, and after one slide has changed."""

import os
import shutil
import subprocess
import unittest

import harness

EXAMPLES = harness.SOURCE / "docs" / "examples"


class Workflow(harness.Case):
    """The steps that both examples must take in the same way."""

    def setUp(self):
        super().setUp()
        for name, seed in (("a", 1), ("b", 2)):
            harness.copy_slide(self.folder / "slides" / (name + ".tiff"), 1024, seed)
        harness.model_folder(self.folder / "models")

    def work(self, *words):
        """stdout and stderr of a run of the workflow that must end well."""
        env = harness.environment(PATH=str(harness.BIN) + os.pathsep + os.environ["PATH"], HOME=str(self.folder))
        done = subprocess.run([str(word) for word in words], cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=harness.LIMIT,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def times(self):
        """When the programs last wrote what belongs to a slide alone, and to all of them."""
        return {name: (self.folder / "tiles" / name).stat().st_mtime_ns
                for name in ("a/metadata.csv", "a/features.h5", "b/metadata.csv", "b/features.h5",
                             "clustering/centroids.h5")}

    def check(self, run, says_nothing_to_do):
        run()
        first = self.times()
        before = harness.files_below(self.folder / "tiles")

        self.assertIn(says_nothing_to_do, run())
        self.assertEqual(self.times(), first)

        slide = self.folder / "slides" / "a.tiff"
        harness.copy_slide(slide, 1024, seed=3)
        os.utime(slide)
        run()
        self.assertEqual({name for name, time in self.times().items() if time != first[name]},
                         {"a/metadata.csv", "a/features.h5", "clustering/centroids.h5"})
        after = harness.files_below(self.folder / "tiles")
        # What is of all slides together is of the changed one too.
        kept = [name for name in before if name.startswith("b/") and not name.startswith("b/clusters")]
        self.assertEqual([name for name in kept if before[name] != after[name]], [])
        for name in ("a/thumbnail.jpeg", "a/features.h5"):
            self.assertNotEqual(before[name], after[name])
        self.assertIn(says_nothing_to_do, run())


@unittest.skipUnless(shutil.which("make"), "there is no make")
class Make(Workflow):
    def test_only_what_has_changed_is_made_again(self):
        shutil.copy(EXAMPLES / "Makefile", self.folder)

        self.check(lambda: self.work("make", "-j2", "MODEL=models/prostate_medium.pt", "CLUSTERS=2 3"),
                   "Nothing to be done for 'all'")


@unittest.skipUnless(shutil.which("snakemake"), "there is no Snakemake; Debian has it in the package snakemake")
class Snakemake(Workflow):
    def test_only_what_has_changed_is_made_again(self):
        shutil.copy(EXAMPLES / "Snakefile", self.folder)

        self.check(lambda: self.work("snakemake", "--cores", 2, "--config", "clusters=3",
                                     "model=models/prostate_medium.pt"),
                   "Nothing to be done")


if __name__ == "__main__":
    harness.main()
