"""What the SLURM tests share: jobs submitted as a user does, and processes that stand still where a test wants it.

To be run by private_slurm.py, on whose two nodes all processes have one host name and one numbering.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import harness

# Nothing here takes a third of it on an idle machine.
LIMIT = 150


def environment(**changes):
    return harness.environment(SLURM_CONF=os.environ["SLURM_CONF"],
                               PATH=str(harness.BIN) + os.pathsep + os.environ["PATH"], **changes)


def manual(heading):
    """The last commands below a heading of docs/hpc.md."""
    text = (harness.SOURCE / "docs" / "hpc.md").read_text()
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0].split("```sh\n")[-1].split("```")[0]


def wait_until(is_true, what, seconds=LIMIT):
    deadline = time.monotonic() + seconds
    while True:
        value = is_true()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s there is still no {what}")
        time.sleep(0.05)


def records(output):
    """The lines of every process that worked on the output, a list a process."""
    runs = []
    for file in sorted((output / "runs").glob("*.jsonl")):
        lines = file.read_text().split("\n")[:-1]  # what has no end is being written
        runs.append([json.loads(line) for line in lines])
    return [run for run in runs if run]


def done_by_slide(output, verb="tile"):
    """How often each slide was done, by all processes together."""
    counts = {}
    for run in records(output):
        for line in run:
            if run[0]["verb"] == verb and line["event"] == "slide" and line["outcome"] == "done":
                counts[line["folder"]] = counts.get(line["folder"], 0) + 1
    return counts


@unittest.skipUnless("SLURM_CONF" in os.environ, "to be run by private_slurm.py")
class SlurmCase(harness.Case):
    def slurm(self, *words, given=None):
        done = subprocess.run(words, cwd=self.folder, env=environment(), input=given, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def shell(self, commands, **changes):
        """stdout of commands as a user types them."""
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", commands], cwd=self.folder,
                              env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=harness.LIMIT, check=False)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def script(self, *words):
        """What the verb sbatch prints."""
        (self.folder / "logs").mkdir(exist_ok=True)
        result = harness.run(*words, "--logs", "logs", "--cpus", 1, cwd=self.folder, env=environment())
        self.assertEqual(result.rc, 0, result)
        return result.out

    def submit(self, script, *options):
        job = self.slurm("sbatch", "--parsable", *options, given=script).strip()
        self.addCleanup(self.cancel, job)
        return job

    def cancel(self, job):
        subprocess.run(["scancel", "--full", "--signal=KILL", job], env=environment(), capture_output=True, check=False)

    def wait_for(self, *jobs):
        """Until SLURM has none of them any more. `sbatch --wait` would look every few seconds only."""
        def is_gone():
            shown = subprocess.run(["squeue", "-h", "-j", ",".join(jobs)], env=environment(), capture_output=True,
                                   text=True, check=False)
            return not shown.stdout.strip()

        wait_until(is_gone, "end of the jobs; " + self.slurm("squeue"))

    def states(self, job):
        """How the tasks ended: a set of states and exit codes, as SLURM writes them."""
        shown = self.slurm("scontrol", "-o", "show", "job", job)
        return set(re.findall(r"JobState=(\S+).*?ExitCode=(\S+)", shown))

    def assert_completed(self, *jobs):
        for job in jobs:
            self.assertEqual(self.states(job), {("COMPLETED", "0:0")}, self.logs())

    def logs(self):
        return "\n".join(f"--- {log.name}\n{log.read_text()}" for log in sorted((self.folder / "logs").iterdir()))

    def begins_of(self, job):
        """The first lines of the records of a job's processes."""
        return [run[0] for run in records(self.folder / "tiles") if run[0].get("job", "").split("_")[0] == job]

    def stop_in_mid_slide(self, job):
        """Halts the first process of the job that is found cutting a slide, and gives its begin."""
        def halted():
            for begin in self.begins_of(job):
                if self.is_cutting(begin["pid"]):
                    os.kill(begin["pid"], signal.SIGSTOP)
                    if self.is_cutting(begin["pid"]):
                        self.addCleanup(self.kill, begin["pid"])
                        return begin
                    os.kill(begin["pid"], signal.SIGCONT)
            return None

        return wait_until(halted, "process in mid-slide; " + self.slurm("squeue"))

    def is_cutting(self, pid):
        """Tiles of a slide are there, none of them under its final name."""
        return any(self.folder.glob(f"tiles/*/.*-{pid}-*.part/tiles/*"))

    def kill(self, pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def go_on(self, pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def has_got(self, pid, number):
        """A signal waits for a process that stands still, or has ended it: SLURM wakes up what it signals."""
        try:
            return harness.signals_of(pid, "ShdPnd") >> (number - 1) & 1
        except FileNotFoundError:
            return True

    def wait_for_end_of(self, pid):
        wait_until(lambda: not os.path.exists(f"/proc/{pid}") or "Z" in open(f"/proc/{pid}/stat").read().split(")")[1],
                   f"end of process {pid}")

    def marks(self):
        """When each finished slide was finished."""
        return {mark.parent.name: mark.stat().st_mtime_ns for mark in self.folder.glob("tiles/*/metadata.csv")}

    def take_slides(self, place):
        shutil.copytree(place / "slides", self.folder / "slides", copy_function=shutil.copy2)
