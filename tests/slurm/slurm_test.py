"""The three steps as jobs of a real SLURM, and what goes wrong on a cluster."""

import atexit
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
from slurm_case import SlurmCase, done_by_slide, manual, records, wait_until

# What the chain of docs/hpc.md does.
STEPS = {
    "tile": ["histoprep", "-i", "slides/", "-o", "tiles/", "--width", "512"],
    "extract": ["histoencoder", "extract", "-i", "tiles/", "-m", "prostate_medium"],
    "cluster": ["histoencoder", "cluster", "-i", "tiles/", "-n", "8", "16"]}

# Some thousand tiles a slide: seconds of work for one thread.
LONG = ["histoprep", "-i", "slides", "-o", "tiles", "--width", "256", "--overlap", "0.9", "--image-format", "jpeg"]
LONG_SLIDES = 4


def as_sbatch(words):
    """The same command with the verb that prints its job script."""
    return [words[0], "sbatch", *words[1:]]


def place_with_slides(count):
    place = pathlib.Path(tempfile.mkdtemp(prefix="histo-slurm-test-"))
    atexit.register(shutil.rmtree, place)
    for i in range(count):
        harness.copy_slide(place / "slides" / f"slide_{i:02}.tiff", 1024, seed=1 + i % 16)
    harness.model_folder(place / "models")
    return place


def run_locally(words, place, **env):
    result = harness.run(*words, cwd=place, env=harness.environment(**env))
    if result.rc != 0:
        raise AssertionError(result)


@functools.lru_cache(maxsize=None)
def undisturbed():
    """Slides that take a while, and what one local run makes of them."""
    place = place_with_slides(LONG_SLIDES)
    run_locally(LONG, place)
    return place


class Chain(SlurmCase):
    def test_arrays_in_a_chain_give_the_bytes_of_one_local_run(self):
        place = place_with_slides(64)
        models = str(place / "models")
        for words in STEPS.values():
            run_locally(words, place, HISTOENCODER_MODELS=models)
        self.take_slides(place)

        last = self.shell(manual("SLURM: arrays in a chain"), HISTOENCODER_MODELS=models).strip()
        jobs = [str(int(last) - 2), str(int(last) - 1), last]
        self.wait_for(*jobs)

        self.assert_completed(*jobs)
        self.assert_same_files(place / "tiles", self.folder / "tiles")
        for verb in STEPS:
            self.assertEqual(set(done_by_slide(self.folder / "tiles", verb).values()), {1})
        shards = {(run[0]["shard"], run[0]["shards"]) for run in records(self.folder / "tiles")}
        self.assertTrue(shards.issuperset({(i, 16) for i in range(16)}))
        report = harness.run("histoprep", "report", "-o", "tiles", cwd=self.folder)
        self.assertEqual(report.rc, 0, report)
        self.assertEqual(report.out.count("Shards with a record: 16 of 16"), 2)

    def test_a_step_that_fails_cancels_those_after_it(self):
        (self.folder / "slides").mkdir()
        (self.folder / "slides" / "broken.tiff").write_text("no slide")
        harness.model_folder(self.folder / "models")

        first = self.submit(self.script(*as_sbatch(STEPS["tile"]), "--tasks", 1))
        second = self.submit(self.script(*as_sbatch(STEPS["extract"]), "--models-dir", "models", "--tasks", 1,
                                         "--after", first))
        self.wait_for(first, second)

        self.assertEqual(self.states(first), {("FAILED", "1:0")})
        self.assertEqual({state for state, _ in self.states(second)}, {"CANCELLED"})


class Faults(SlurmCase):
    """Each ends with the files of an undisturbed run after the same script was submitted once more."""

    def setUp(self):
        super().setUp()
        self.take_slides(undisturbed())
        self.array = self.script(*as_sbatch(LONG), "--tasks", 2)

    def submit_again(self):
        before = self.marks()
        job = self.submit(self.array)
        self.wait_for(job)

        self.assert_completed(job)
        self.assert_same_files(undisturbed() / "tiles", self.folder / "tiles")
        self.assertEqual({slide: mark for slide, mark in self.marks().items() if slide in before}, before)
        self.assertEqual(done_by_slide(self.folder / "tiles"),
                         {f"slide_{i:02}": 1 for i in range(LONG_SLIDES)}, self.logs())

    def test_kill_in_mid_slide(self):
        job = self.submit(self.array)
        begin = self.stop_in_mid_slide(job)
        os.kill(begin["pid"], signal.SIGKILL)
        self.wait_for(job)
        self.assertEqual(self.states(job), {("COMPLETED", "0:0"), ("FAILED", "0:9")})
        report = harness.run("histoprep", "report", "-o", "tiles", cwd=self.folder)
        self.assertEqual(report.rc, 1)
        self.assertRegex(report.out, rf"\| {begin['pid']} \| {begin['job']} \| \d/2 \| killed \|")

        self.submit_again()

    def test_usr1_before_the_time_limit(self):
        # SLURM sends it when the limit of one minute comes nearer than that: after about half a minute.
        job = self.submit(self.array, "--time=1", "--signal=B:USR1@40")
        begin = self.stop_in_mid_slide(job)
        wait_until(lambda: self.has_got(begin["pid"], signal.SIGUSR1), "USR1")
        self.go_on(begin["pid"])
        self.wait_for(job)
        # The other task gets it too, where the machine is so slow that it is still at work.
        self.assertIn(("FAILED", "75:0"), self.states(job), self.logs())
        self.assertLessEqual(self.states(job), {("COMPLETED", "0:0"), ("FAILED", "75:0")}, self.logs())
        self.assertIn("interrupted; to go on, ", self.logs())

        self.submit_again()

    def test_requeue_in_mid_slide(self):
        job = self.submit(self.array)
        begin = self.stop_in_mid_slide(job)
        self.slurm("scontrol", "requeue", begin["job"])
        # SLURM wakes up what it ends.
        self.wait_for_end_of(begin["pid"])
        self.wait_for(job)
        self.assert_completed(job)
        self.assertIn(1, [again["restarts"] for again in self.begins_of(job)])

        self.submit_again()

    def test_a_link_that_is_cut_in_mid_slide_and_comes_back(self):
        job = self.submit(self.array)
        begin = self.stop_in_mid_slide(job)
        shown = self.slurm("scontrol", "-o", "show", "job", begin["job"])
        node = shown.split(" NodeList=")[1].split()[0]
        self.addCleanup(subprocess.run, ["ip", "link", "set", node, "up"], check=True)
        subprocess.run(["ip", "link", "set", node, "down"], check=True)
        # SLURM gives the node up and starts the task on the other one, which takes the slides over.
        wait_until(lambda: any(again["restarts"] == 1 for again in self.begins_of(job)), "second start")
        wait_until(lambda: len(self.marks()) == LONG_SLIDES, "end of all slides")
        before = self.marks()
        self.go_on(begin["pid"])
        self.wait_for_end_of(begin["pid"])
        subprocess.run(["ip", "link", "set", node, "up"], check=True)
        self.wait_for(job)
        wait_until(lambda: self.slurm("sinfo", "-h", "-N", "-o", "%T").split() == ["idle", "idle"], "node")
        self.assertEqual(self.marks(), before)
        self.assertIn("taken over from ", self.logs())

        self.submit_again()

    def test_two_identical_arrays_at_once(self):
        jobs = [self.submit(self.array), self.submit(self.array)]
        self.wait_for(*jobs)
        self.assert_completed(*jobs)

        self.submit_again()


@unittest.skipUnless(shutil.which("snakemake"), "there is no Snakemake; Debian has it in the package snakemake")
class Snakemake(SlurmCase):
    def test_a_workflow_goes_through_sbatch_and_has_nothing_to_do_then(self):
        place = place_with_slides(2)
        self.take_slides(place)
        for name in ("Snakefile", "slurm-status"):
            shutil.copy(harness.SOURCE / "docs" / "examples" / name, self.folder)
        over_slurm = manual("Snakemake").replace("model=prostate_medium", "model=prostate_medium clusters=3")
        settings = {"HISTOENCODER_MODELS": str(place / "models"), "HOME": str(self.folder)}

        self.shell(over_slurm, **settings)

        self.assertEqual(done_by_slide(self.folder / "tiles"), {"slide_00": 1, "slide_01": 1})
        self.assertEqual(done_by_slide(self.folder / "tiles", "cluster"), {"slide_00": 1, "slide_01": 1})
        self.assertEqual(len({run[0]["job"] for run in records(self.folder / "tiles")}), 5)
        marks = self.marks()
        self.shell(over_slurm, **settings)
        self.assertEqual(len(records(self.folder / "tiles")), 5)
        self.assertEqual(self.marks(), marks)


if __name__ == "__main__":
    harness.main()
