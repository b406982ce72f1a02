"""Random faults in all three steps: never a half file under a final name, never a wrong byte, never a hang.

Each fault happens to one run of one step on a fresh copy of its input. Then the same command runs again undisturbed, and
the folder must be the one of a run that nobody ever disturbed, byte for byte. fault_layer.c, named by HISTO_FAULT_LAYER,
makes calls fail; HISTO_FAULTS says how many faults, 24 unless it is set, HISTO_FAULT_SEED which ones.
"""

import collections
import errno
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

import harness  # noqa: E402

LAYER = os.environ["HISTO_FAULT_LAYER"]
FAULTS = int(os.environ.get("HISTO_FAULTS", "24"))
SEED = int(os.environ.get("HISTO_FAULT_SEED", "1"))
INSIDE = "HISTO_FAULTS_HAVE_MOUNTS"
# The outcome of a fault that did not happen.
MISSED = "never came to it"
# Outcomes after which the next run is not quite as after the others.
FINISHED = "finished in spite of it"
PICTURES = "finished, and warned that pictures lack tiles"
TRIES = 20

# A step's name, its command, which step's result it starts from, and the folder that it reads.
Step = collections.namedtuple("Step", "name words after inputs")
STEPS = [
    Step("histoprep, files", ["histoprep", "-i", "slides", "-o", "out", "--width", "256", "--masks", "--metrics", "-j", "2",
                              "--unfinished"], None, "slides"),
    Step("histoprep, tar", ["histoprep", "-i", "slides", "-o", "out", "--width", "256", "--save", "tar",
                            "--image-format", "jpeg", "-j", "2", "--unfinished"], None, "slides"),
    Step("extract", ["histoencoder", "extract", "-i", "out", "-m", "tiny", "--use-cpu", "-b", "8"],
         "histoprep, tar", "out"),
    Step("cluster", ["histoencoder", "cluster", "-i", "out", "-n", "2", "3", "-j", "2", "--geojson"], "extract", "out"),
]

# A kind of fault: its name, the call that it hits, what happens there, and whether it stays.
Kind = collections.namedtuple("Kind", "name call what lasting")
KINDS = [
    Kind("SIGKILL at a random moment", None, "kill", False),
    Kind("SIGTERM at a random moment", None, "term", False),
    Kind("SIGKILL before a write", "write", "kill", False),
    Kind("SIGKILL before a rename or link", "name", "kill", False),
    Kind("SIGKILL before a close", "close", "kill", False),
    Kind("SIGTERM before a write", "write", "term", False),
    Kind("full disk (ENOSPC), a small tmpfs", None, "tmpfs", True),
    Kind("full disk (ENOSPC) from one write on", "write", errno.ENOSPC, True),
    Kind("full quota (EDQUOT) at one write", "write", errno.EDQUOT, False),
    Kind("no inode (ENOSPC) for a new file", "open", errno.ENOSPC, False),
    Kind("EIO at one write", "write", errno.EIO, False),
    Kind("EIO at a flush to the disk", "sync", errno.EIO, False),
    Kind("EIO at a close", "close", errno.EIO, False),
    Kind("EIO at a rename or link", "name", errno.EIO, False),
    Kind("EIO at a removal", "remove", errno.EIO, False),
    Kind("every write short", "write", "short", True),
    Kind("one write short", "write", "short", False),
    Kind("every read of the input short", "input read", "short", True),
    Kind("EIO at one read of the input", "input read", errno.EIO, False),
    Kind("EIO from one read of the input on", "input read", errno.EIO, True),
    Kind("input that may not be opened (EACCES)", "input look", errno.EACCES, False),
    Kind("permission lost (EACCES) from one file on", "open", errno.EACCES, True),
    Kind("permission lost (EACCES) for a rename or link", "name", errno.EACCES, True),
]

Run = collections.namedtuple("Run", "rc err seconds was_signalled")


class Fault(AssertionError):
    """A promise that a fault broke."""


def finals_below(folder):
    """The bytes of every file under a final name; without the records of runs and the columns of time."""
    files = {}
    for name, content in harness.files_below(folder).items():
        parts = pathlib.PurePath(name).parts
        unfinished = any(part.startswith(".") for part in parts) or name.endswith(".part")
        if name.endswith("properties.json"):
            # OpenSlide reads on, with the same pixels, where the direct reader met the error.
            content = content.replace(b'"reader": "openslide"', b'"reader": "direct"')
        if parts[0] != "runs" and not unfinished:
            files[name] = content
    return files


def leftovers_below(folder):
    """Of a diary that could not be replaced nobody knows whether somebody is replacing it just now: it may stay; and a
    dead process's claim, until somebody has work in the folder."""
    return [name for name in harness.names_below(folder)
            if not name.startswith(("runs", ".run.json.")) and
            not pathlib.PurePath(name).name.startswith(".claim") and
            (any(part.startswith(".") for part in pathlib.PurePath(name).parts) or name.endswith(".part"))]


class Place:
    """The steps' inputs and their undisturbed results, and a workshop for each fault."""

    def __init__(self, root, has_mounts):
        self.root = root
        self.has_mounts = has_mounts
        self.env = harness.environment(HISTOENCODER_MODELS=str(harness.model_folder(root / "models", "tiny")))
        for name, seed in (("a", 1), ("b", 2), ("c", 3)):
            harness.copy_slide(root / "slides" / (name + ".tiff"), 1024, seed)
        self.counts = {}
        self.seconds = {}
        self.results = {}
        for step in STEPS:
            self._undisturbed(step)

    def _undisturbed(self, step):
        report = self.root / "counts"
        self.counts[step.name] = {}
        for where in ["input ", ""]:
            work = self.workshop(step)
            folder = self.folder_of(step, where)
            done = self.run(step, work, dict(HISTO_FAULT_FOLDER=str(folder), HISTO_FAULT_AT="0",
                                             HISTO_FAULT_REPORT=str(report)))
            if done.rc != 0:
                raise Fault(f"{step.name}, undisturbed: {done}")
            # A library that is loaded twice reports twice; the last word has all counts.
            for line in report.read_text().splitlines():
                call, count = line.split()
                self.counts[step.name][where + call] = int(count)
            report.unlink()
            kept = self.root / "results" / step.name
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(work / "out", kept, copy_function=shutil.copy2)
            self.clean(mounted=False)
        self.results[step.name] = (kept, finals_below(kept))

    def workshop(self, step, mount=None):
        """A folder for one run: the slides, which every run only reads, and what the step before left."""
        work = self.root / "work"
        work.mkdir()
        (work / "slides").symlink_to(self.root / "slides")
        (work / "out").mkdir()
        if mount:
            self.mount(work / "out", mount)
        if step.after:
            before, _ = self.results[step.after]
            shutil.copytree(before, work / "out", dirs_exist_ok=True, copy_function=shutil.copy2)
        return work

    def folder_of(self, step, is_input):
        """Where faults happen, as the kernel names it: the slides in a workshop are a link."""
        return self.root / "slides" if is_input and step.inputs == "slides" else self.root / "work" / "out"

    def mount(self, folder, size, *more):
        options = ",".join([f"size={size}", *more])
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)

    def run(self, step, work, faults=None, signal_after=None, more=()):
        env = dict(self.env)
        if faults:
            env.update(faults, LD_PRELOAD=LAYER)
        begin = time.monotonic()
        was_signalled = False
        process = subprocess.Popen(harness.command_line([*step.words, *more]), cwd=work, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            if signal_after:
                number, seconds = signal_after
                try:
                    process.wait(timeout=seconds)
                except subprocess.TimeoutExpired:
                    process.send_signal(number)
                    was_signalled = True
            err = process.communicate(timeout=harness.LIMIT)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired as hang:
            process.kill()
            err = process.communicate()[1].decode("utf-8", "replace")
            raise Fault("hangs: " + err) from hang
        seconds = time.monotonic() - begin
        # Undisturbed on a machine with other work to do, a run takes longer than it must.
        if process.returncode == 0:
            self.seconds[step.name] = min(seconds, self.seconds.get(step.name, seconds))
        return Run(process.returncode, err, seconds, was_signalled)

    def clean(self, mounted):
        if mounted:
            subprocess.run(["umount", str(self.root / "work" / "out")], check=True)
        shutil.rmtree(self.root / "work")


def chosen_fault(kind, step, place, random_numbers):
    """What `Place.run` wants for this fault, the size of its tmpfs, and the fault in words."""
    if kind.what == "tmpfs":
        before = sum(file.stat().st_size for file in place.results[step.after][0].rglob("*")) if step.after else 0
        after = sum(file.stat().st_size for file in place.results[step.name][0].rglob("*"))
        size = before + int((after - before) * random_numbers.uniform(0.05, 0.95)) + 64 * 1024
        return dict(), size, f"{size} bytes"
    if kind.call is None:
        number = signal.SIGKILL if kind.what == "kill" else signal.SIGTERM
        seconds = random_numbers.uniform(0.0, place.seconds[step.name])
        return dict(signal_after=(number, seconds)), None, f"after {seconds:.2f} s"
    count = place.counts[step.name][kind.call]
    every = kind.lasting and kind.what == "short"
    at = 1 if every else random_numbers.randint(1, count)
    folder = place.folder_of(step, kind.call.startswith("input "))
    call = kind.call.removeprefix("input ")
    faults = dict(HISTO_FAULT_FOLDER=str(folder), HISTO_FAULT_CALL=call, HISTO_FAULT_AT=str(at),
                  HISTO_FAULT_WITH=str(kind.what), HISTO_FAULT_LASTING="1" if kind.lasting else "0",
                  HISTO_FAULT_REPORT=str(place.root / "work" / "report"))
    return dict(faults=faults), None, f"{call} {at} of {count}"


def is_sheet_of_others(kind, name, out):
    """Whether it is a contact sheet without the tiles that the fault kept from being read: whole, as a picture."""
    if not (kind.call or "").startswith("input ") or "contact_sheet" not in name:
        return False
    content = (out / name).read_bytes()
    return content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")


def check_disturbed(kind, step, done, place, out):
    """What must hold right after the fault. Returns the outcome in a word."""
    _, wanted = place.results[step.name]
    before = finals_below(place.results[step.after][0]) if step.after else {}
    found = finals_below(out)
    for name, content in found.items():
        is_whole = content in (wanted.get(name), before.get(name)) or is_sheet_of_others(kind, name, out)
        if not is_whole:
            raise Fault(f"{name}: not what it is in the end, nor what it was")
    if done.rc < 0:
        if -done.rc not in (signal.SIGKILL, signal.SIGTERM) or kind.what not in ("kill", "term"):
            raise Fault(f"ended by signal {-done.rc}: {done.err}")
        return "ended by the signal"
    if done.rc == 0:
        differing = {name for name in wanted.keys() | found.keys() if found.get(name) != wanted.get(name)}
        if differing and all(name.endswith(".jpeg") for name in differing) and "warning: " in done.err:
            return PICTURES
        if differing:
            raise Fault("says that all is done, and these differ: " + ", ".join(sorted(differing)[:5]))
        return FINISHED
    if done.rc == 75 and kind.what == "term":
        return "stopped, 75"
    if done.rc != 1:
        raise Fault(f"exit code {done.rc}: {done.err}")
    sentences = [line for line in done.err.splitlines() if re.match(r"histo(prep|encoder)( \w+)?: ", line)]
    if not sentences or "internal error" in done.err or "terminate called" in done.err:
        raise Fault("no sentence says what happened: " + done.err)
    if isinstance(kind.what, int) and os.strerror(kind.what) not in done.err:
        return "failed, 1, in other words"
    return "failed, 1, with its cause"


def check_again(step, place, work, outcome):
    """The same command undisturbed ends with the bytes of a run that nobody ever disturbed."""
    again = place.run(step, work, more=["--overwrite"] if outcome == PICTURES else [])
    if again.rc != 0:
        raise Fault(f"the next run ends with {again.rc}: {again.err}")
    _, wanted = place.results[step.name]
    found = finals_below(work / "out")
    different = sorted(name for name in wanted.keys() | found.keys() if found.get(name) != wanted.get(name))
    if different:
        raise Fault("after the next run these differ: " + ", ".join(different[:5]))
    leftovers = leftovers_below(work / "out")
    if leftovers:
        raise Fault("the next run left behind: " + ", ".join(leftovers[:5]))


def one_fault(kind, step, place, random_numbers):
    """The outcome in a word, and the fault in words."""
    how, size, words = chosen_fault(kind, step, place, random_numbers)
    work = place.workshop(step, mount=size)
    try:
        done = place.run(step, work, **how)
        has_happened = size or done.was_signalled or (work / "report").exists()
        if not has_happened and done.rc == 0:
            return MISSED, words
        if (work / "report").exists():
            words += " (" + (work / "report").read_text().split()[-1].removeprefix(str(place.root)) + ")"
        outcome = check_disturbed(kind, step, done, place, work / "out")
        if size:
            subprocess.run(["mount", "-o", "remount,size=1g", str(work / "out")], check=True)
        check_again(step, place, work, outcome)
        return outcome, words
    except Fault as broken:
        raise Fault(f"{words}: {broken}") from None
    finally:
        place.clean(mounted=size)


def plan(place):
    """Kinds and steps in turn, so that every kind meets every step, in an order that the seed decides."""
    def is_possible(kind, step):
        if kind.what == "tmpfs":
            return place.has_mounts
        return kind.call is None or place.counts[step.name][kind.call] > 0

    pairs = [(kind, step) for kind in KINDS for step in STEPS if is_possible(kind, step)]
    order = random.Random(SEED)
    planned = []
    while len(planned) < FAULTS:
        order.shuffle(pairs)
        planned += pairs
    return planned[:FAULTS]


def table(outcomes):
    """The kinds with their counts and outcomes, as Markdown."""
    words = sorted({word for counts in outcomes.values() for word in counts})
    lines = ["| Fault | Count | " + " | ".join(words) + " |", "|" + "---|" * (len(words) + 2)]
    for kind in KINDS:
        counts = outcomes.get(kind.name, {})
        if counts:
            cells = [str(counts.get(word, "")) for word in words]
            lines.append(f"| {kind.name} | {sum(counts.values())} | " + " | ".join(cells) + " |")
    sums = [str(sum(counts.get(word, 0) for counts in outcomes.values())) for word in words]
    total = sum(sum(counts.values()) for counts in outcomes.values())
    return "\n".join(lines + [f"| all | {total} | " + " | ".join(sums) + " |"])


class AtFirst(random.Random):
    """Lets a fault happen at the first call."""

    def randint(self, least, most):
        return least


def known():
    """Faults that once were not borne: a claim that can never get its name was waited for without an end."""
    return [(kind, step) for kind in KINDS for step in STEPS
            if kind.name == "permission lost (EACCES) for a rename or link" and step.name == "histoprep, files"]


def run_faults(root, has_mounts):
    place = Place(root, has_mounts)
    outcomes = collections.defaultdict(collections.Counter)
    broken = []
    first = known()
    for number, (kind, step) in enumerate(first + plan(place)):
        random_numbers = AtFirst() if number < len(first) else random.Random(SEED * 1_000_003 + number)
        begin = time.monotonic()
        try:
            # How many calls there are changes a little with the threads' order.
            for _ in range(TRIES):
                outcome, words = one_fault(kind, step, place, random_numbers)
                if outcome != MISSED:
                    break
        except Fault as fault:
            outcome, words = "BROKEN", str(fault)
            broken.append(f"fault {number}, {kind.name}, {step.name}: {fault}")
        outcomes[kind.name][outcome] += 1
        print(f"{number}\t{kind.name}\t{step.name}\t{outcome}\t{time.monotonic() - begin:.1f} s\t{words}", flush=True)
    print(table(outcomes))
    for line in broken:
        print("BROKEN:", line)
    return broken


def mounting_words():
    """What starts a process that may mount, unseen by others; nothing where that is not allowed."""
    words = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    probe = "mount -t tmpfs -o size=64k tmpfs /mnt"
    try:
        allowed = subprocess.run([*words, "sh", "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        allowed = False
    return words if allowed else []


def main():
    if INSIDE not in os.environ:
        words = mounting_words()
        os.environ[INSIDE] = "1" if words else "0"
        if words:
            os.execvp(words[0], [*words, sys.executable, *sys.argv])
    has_mounts = os.environ[INSIDE] == "1"
    if not has_mounts:
        print("without the small tmpfs: this user may mount none")
    memory = pathlib.Path("/dev/shm")
    root = pathlib.Path(tempfile.mkdtemp(prefix="histo-faults-", dir=memory if memory.is_dir() else None)).resolve()
    try:
        sys.exit(1 if run_faults(root, has_mounts) else 0)
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
