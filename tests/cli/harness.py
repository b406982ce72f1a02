"""What the tests of the two programs share: folders to run in, slides to run on, and ways to run.

The programs and folders come by environment: HISTO_BIN_DIR, HISTO_SOURCE_DIR, HISTO_BUILD_DIR, HISTO_CACHE_DIR, and
HISTO_SHARED_DIR, which need not exist.
"""

import collections
import fcntl
import hashlib
import json
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

BIN = pathlib.Path(os.environ["HISTO_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["HISTO_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["HISTO_BUILD_DIR"])
CACHE = pathlib.Path(os.environ["HISTO_CACHE_DIR"])
SHARED = pathlib.Path(os.environ["HISTO_SHARED_DIR"])

# A hanging program must not hang the tests. Nothing here takes a tenth of this.
LIMIT = 900

COMMANDS = [["histoprep"], ["histoprep", "plan"], ["histoprep", "sbatch"], ["histoprep", "outliers"],
            ["histoprep", "report"],
            ["histoencoder"], ["histoencoder", "extract"], ["histoencoder", "cluster"], ["histoencoder", "plan"],
            ["histoencoder", "sbatch"], ["histoencoder", "sbatch", "extract"], ["histoencoder", "sbatch", "cluster"],
            ["histoencoder", "models"], ["histoencoder", "convert"], ["histoencoder", "verify"],
            ["histoencoder", "info"], ["histoencoder", "report"], ["histoencoder", "compose"],
            ["histoencoder", "survival"], ["histoencoder", "embed"], ["histoencoder", "evaluate"],
            ["histoencoder", "knn"], ["histoencoder", "fewshot"], ["histoencoder", "probe"],
            ["histoencoder", "annotate"], ["histoencoder", "heatmap"]]

# What the programs and their libraries read; the tests decide on it.
READ_BY_PROGRAMS = {"NO_COLOR", "TERM", "HISTOENCODER_MODELS", "XDG_DATA_HOME", "HOME", "SLURM_CPUS_PER_TASK",
                    "SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"}

# More ranks than processors, and as root, as in a container; where a container forbids it, memory of one rank is not
# read by another. The second name is that of Open MPI from version 5 on.
FOR_MPIRUN = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
              "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
              "PRTE_ALLOW_RUN_AS_ROOT": "1", "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
              "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}

OTHERS_OPTIONS = r"\b(histoprep(?: outliers)?|histoencoder \w+)((?: --[a-z][\w-]*)+)"

BAR = "\r\x1b[K["

Result = collections.namedtuple("Result", "rc out err")
Option = collections.namedtuple("Option", "names value default")


def environment(**changes):
    env = {name: value for name, value in os.environ.items()
           if name not in READ_BY_PROGRAMS and not name.startswith("SLURM_")}
    env.update(TERM="xterm", HOME="/nonexistent", LC_ALL="C")
    env.update(changes)
    return env


def command_line(words):
    """The words of a command with the program's path, if it is one of ours."""
    own = BIN / words[0]
    return [str(own) if own.exists() else words[0], *map(str, words[1:])]


def run(*words, cwd=None, env=None, **streams):
    """Runs a program of ours to its end; stdout and stderr are kept unless `streams` says otherwise."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run(command_line(words), cwd=cwd, env=env or environment(), timeout=LIMIT, check=False, **streams)
    text = [(stream or b"").decode("utf-8", "replace") for stream in (done.stdout, done.stderr)]
    return Result(done.returncode, *text)


def environment_of_mpi(env=None):
    """With what `mpirun_words` need. MPI's plugins leak and are closed again: no suppression could name them."""
    env = env or environment()
    return {**env, **FOR_MPIRUN, "ASAN_OPTIONS": env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def mpirun_words(ranks, *words):
    """The command that runs a program of ours as so many ranks, in an `environment_of_mpi`."""
    return ["mpirun", "-n", str(ranks), *command_line(words)]


def mpirun(ranks, *words, cwd=None, env=None):
    """Like `run`, as so many ranks. stderr has mpirun's own words too, where the exit code is not 0."""
    return run(*mpirun_words(ranks, *words), cwd=cwd, env=environment_of_mpi(env))


def run_on_terminal(*words, cwd=None, env=None, columns=80):
    """Like `run`, with a terminal for stderr. Its line ends come back as \\n."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command_line(words), cwd=cwd, env=env or environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux's end of file on a terminal whose other side is closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    out = process.communicate(timeout=LIMIT)[0]
    return Result(process.returncode, out.decode(), shown.decode("utf-8", "replace").replace("\r\n", "\n"))


def _wait_until(process, is_true):
    """False if the process ended before."""
    deadline = time.monotonic() + LIMIT
    while process.poll() is None:
        if is_true():
            return True
        if time.monotonic() > deadline:
            raise AssertionError("the program hangs")
        time.sleep(0.005)
    return False


def signals_of(pid, kind):
    """A set of signals as /proc has it, bit 0 for signal 1: SigCgt caught, ShdPnd waiting."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{kind}:\s*(\w+)", status, re.M)[1], 16)


def run_on_full_disk(*words, free, cwd, env=None):
    """Like `run`, where no file can grow beyond `free` bytes: writing more fails as it does on a full disk."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (free, free))

    # Python ignores the signal that would end the program, and leaves it so for its children when told.
    return run(*words, cwd=cwd, env=env, preexec_fn=limit, restore_signals=False)


class HeldRun:
    """A program that stands still in the middle of its work, for as long as a test wants.

    Its stderr is a pipe with room for one progress bar. The second one, a tenth of a second later, makes the program
    wait until somebody reads. So a test can act in mid-work without any race: give it work for more than that tenth.
    """

    ROOM = 90

    def __init__(self, *words, cwd, env=None):
        self.reader, writer = os.pipe()
        size = fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, 4096)
        self.filled = size - self.ROOM
        os.write(writer, b"." * self.filled)
        self.process = subprocess.Popen(command_line([*words, "--progress", "always"]), cwd=cwd,
                                        env=env or environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=writer)
        os.close(writer)

    def wait_for_bar(self):
        def is_shown():
            waiting = struct.unpack("i", fcntl.ioctl(self.reader, termios.FIONREAD, b"\0\0\0\0"))[0]
            return waiting > self.filled

        if not _wait_until(self.process, is_shown):
            raise AssertionError("the program showed no progress: " + repr(self.go_on()))

    def threads(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^Threads:\s*(\d+)", status, re.M)[1])

    def send(self, number):
        """Returns when the signal was delivered: of two that wait at once the kernel drops one."""
        self.process.send_signal(number)
        _wait_until(self.process, lambda: not signals_of(self.process.pid, "ShdPnd") >> (number - 1) & 1)

    def go_on(self):
        """Reads to the end. What is shown begins with the bar."""
        shown = b""
        while part := os.read(self.reader, 65536):
            shown += part
        os.close(self.reader)
        self.process.wait(timeout=LIMIT)
        return Result(self.process.returncode, "", shown[self.filled:].decode("utf-8", "replace"))

    def wait_without_reading(self):
        """The exit code of a program that leaves at once, whatever it was writing."""
        self.process.wait(timeout=LIMIT)
        os.close(self.reader)
        return self.process.returncode


def interrupt_before_work(*words, cwd, env=None, number=signal.SIGINT):
    """Runs a program that gets a signal after its command line was understood and before its work begins.

    It opens the log file in between, and that is a pipe here, which opens only when somebody reads from it.
    """
    fifo = pathlib.Path(cwd) / "log.fifo"
    os.mkfifo(fifo)
    process = subprocess.Popen(command_line([*words, "--log-file", fifo.name]), cwd=cwd, env=env or environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # The program sets its handlers before it opens the pipe.
    _wait_until(process, lambda: signals_of(process.pid, "SigCgt") >> (number - 1) & 1)
    process.send_signal(number)
    # Only now it may go on. All that it logs fits into the pipe.
    reader = os.open(fifo, os.O_RDONLY)
    out, err = process.communicate(timeout=LIMIT)
    os.close(reader)
    fifo.unlink()
    return Result(process.returncode, out.decode(), err.decode())


def files_below(folder):
    """Every file's bytes by its relative name; without the diary, the processes' records and the column that says how
    long something took."""
    folder = pathlib.Path(folder)
    files = {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*"))
             if file.is_file() and file.name != "run.json" and file.parent.name != "runs"}
    for name, content in files.items():
        if name.endswith("summary.csv"):
            rows = [line.split(b",") for line in content.splitlines()]
            seconds = rows[0].index(b"seconds")
            files[name] = [row[:seconds] + row[seconds + 1:] for row in rows]
    return files


def names_below(folder):
    folder = pathlib.Path(folder)
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))


def copy_tree(source, target):
    """With the files' times, which tell a slide from one that was changed since."""
    shutil.copytree(source, target, copy_function=shutil.copy2)


def libraries_loaded_by(*words, cwd):
    """The names of all shared libraries that a run opens, and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        traced = environment(LD_DEBUG="files", LD_DEBUG_OUTPUT=folder + "/loaded")
        result = run(*words, cwd=cwd, env=traced)
        text = "".join(file.read_text() for file in pathlib.Path(folder).iterdir())
    return set(re.findall(r"file=(\S*?\.so\S*) \[0\];  generating link map", text)), result.rc


def last_run(output):
    return json.loads((pathlib.Path(output) / "run.json").read_text())["runs"][-1]


def demo_slide(size, seed=1):
    """A painted slide, 5/4 as wide as `size` is high; made once for this build of the painter."""
    painter = hashlib.sha256((BIN / "demo_slide").read_bytes()).hexdigest()[:12]
    slide = CACHE / f"demo-{size}-{seed}-{painter}.tiff"
    if not slide.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = run("demo_slide", "make", slide, slide.with_suffix(".json"), "--size", size, "--seed", seed)
        if made.rc != 0:
            raise RuntimeError(made.err)
    return slide


def copy_slide(target, size, seed=1):
    """Puts a painted slide to `target`."""
    target = pathlib.Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(demo_slide(size, seed), target)
    return target


def model_folder(folder, name="prostate_medium"):
    """The test model, random weights and all, under the name of the published one."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    card = json.loads((SOURCE / "models" / "random_vit_tiny.json").read_text())
    weights = SOURCE / "models" / card["torchscript"]
    card["name"] = name
    card["torchscript"] = name + ".pt"
    shutil.copy2(weights, folder / card["torchscript"])
    (folder / (name + ".json")).write_text(json.dumps(card, indent=1) + "\n")
    return folder


def help_text(command):
    result = run(*command, "--help")
    if result.rc != 0:
        raise AssertionError(f"{command} --help: {result}")
    return result.out


def help_options(command):
    """The options of a help text: names, value and default as they are shown, empty where there is none."""
    entries = []
    for line in help_text(command).splitlines():
        if line.startswith("  -"):
            left, _, right = line[2:].partition("  ")
            entries.append([left.strip(), right.strip()])
        elif line.startswith(" " * 20) and entries:
            entries[-1][1] += " " + line.strip()
    options = []
    for left, text in entries:
        names, _, value = left.partition(" ")
        default = re.search(r"\. \[([^\[\]]*)\]$", text)
        options.append(Option(tuple(names.split(",")), value, default[1] if default else ""))
    return options


def help_examples(command):
    """The command lines below 'Examples:', as they stand there."""
    lines = help_text(command).split("Examples:\n")[1].split("\n\n")[0].splitlines()
    return [line.strip() for line in lines]


_known_options = {}


def known_options(command):
    if tuple(command) not in _known_options:
        _known_options[tuple(command)] = {name for option in help_options(command) for name in option.names}
    return _known_options[tuple(command)]


class Case(unittest.TestCase):
    """A test with a folder of its own, which is gone afterwards."""

    maxDiff = 4000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="histo-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_here(self, *words, rc, env=None):
        """Runs in the test's folder. Checks the exit code, that stdout is empty, and what stderr proposes."""
        result = run(*words, cwd=self.folder, env=env)
        self.assertEqual(result.rc, rc, result)
        self.assertEqual(result.out, "")
        self.check_proposals(words, result.err)
        return result

    def check_proposals(self, words, err):
        """Whoever follows the advice of a sentence must find the option that it names."""
        command = next(known for known in sorted(COMMANDS, key=len, reverse=True)
                       if list(words[:len(known)]) == known)
        for line in err.splitlines():
            if ": version " in line:  # repeats the command line
                continue
            # Another command's options stand behind its name: "histoprep --metrics --overwrite".
            for other, options in re.findall(OTHERS_OPTIONS, line):
                for option in options.split():
                    self.assertIn(option, known_options(other.split()), line)
            for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", re.sub(OTHERS_OPTIONS, "", line)):
                self.assertIn(option, known_options(command), line)

    def assert_one_line(self, text, pattern):
        """Exactly one line matches."""
        found = [line for line in text.splitlines() if re.search(pattern, line)]
        self.assertEqual(len(found), 1, f"{pattern!r} in:\n{text}")
        return found[0]

    def assert_same_files(self, first, second):
        one, other = files_below(first), files_below(second)
        self.assertEqual(sorted(one), sorted(other))
        self.assertEqual([name for name in one if one[name] != other[name]], [])


def needs_mpi():
    """Skips a test class where the programs were built without MPI, or there is no mpirun."""
    missing = not (BIN.parent / "lib/histo/histo_mpi.so").exists() and "built without MPI"
    missing = missing or not shutil.which("mpirun") and "there is no mpirun"
    return unittest.skipIf(missing, missing)


def needs_shared(path):
    """Skips a test class if the optional data are not there."""
    return unittest.skipUnless((SHARED / path).exists(), f"{path} is not in HISTO_SHARED_DIR")


class _Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    """Runs the calling file's tests. Exit code 77 tells ctest that there was nothing but skipped ones."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=_Result)
    result = unittest.main(exit=False, testRunner=runner).result
    for test, reason in result.skipped:
        print(f"SKIPPED: {test}: {reason}")
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and result.passed == 0 else 0)
