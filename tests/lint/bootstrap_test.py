"""cmake/bootstrap speaks plainly where it cannot go on. Nothing is installed or built: the system is made of stand-ins."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Bootstrap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = Path(folder.name) / "bin"
        self.bin.mkdir()
        # A copy of the script in a tree of its own: it writes only below its root.
        self.script = Path(folder.name) / "cmake" / "bootstrap"
        self.script.parent.mkdir()
        self.script.write_bytes((ROOT / "cmake" / "bootstrap").read_bytes())
        for name in ("bash", "cat", "dirname", "env", "head", "mkdir", "printf", "realpath", "sed", "sort", "tail"):
            self.link(name)

    def link(self, name):
        for folder in os.defpath.split(os.pathsep) + ["/usr/bin", "/bin"]:
            if (Path(folder) / name).exists():
                (self.bin / name).symlink_to(Path(folder) / name)
                return

    def stand_in(self, name, text):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text + "\n", encoding="utf-8")
        path.chmod(0o755)

    def bootstrap(self, *arguments):
        done = subprocess.run(
            ["/bin/bash", str(self.script), *arguments],
            env={"PATH": str(self.bin)}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def all_installed(self):
        self.stand_in("dpkg-query", "printf installed")

    def test_help_goes_to_standard_output(self):
        code, out, err = self.bootstrap("--help")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("cmake/bootstrap demo [SLIDE...]", out)

    def test_an_unknown_verb_is_wrong_usage(self):
        code, out, err = self.bootstrap("everything")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("usage: cmake/bootstrap demo", err)

    def test_unknown_packages_are_wrong_usage(self):
        self.assertEqual(self.bootstrap("packages", "all")[0], 2)

    def test_without_root_the_missing_packages_are_named(self):
        self.stand_in("dpkg-query", '[ "$4" = libtiff-dev ] || [ "$3" = libtiff-dev ] || printf installed')
        self.stand_in("apt-get", "exit 1")
        self.stand_in("id", "echo 1000")
        code, _, err = self.bootstrap("packages", "demo")
        self.assertEqual(code, 1)
        self.assertIn("run: sudo apt-get install --no-install-recommends libtiff-dev\n", err)

    def test_without_apt_the_missing_packages_are_named(self):
        self.stand_in("dpkg-query", "exit 1")
        self.stand_in("id", "echo 0")
        code, _, err = self.bootstrap("packages", "test")
        self.assertEqual(code, 1)
        self.assertIn("this system has no apt-get", err)
        self.assertIn("libopenslide-dev", err)
        self.assertIn("catch2", err)

    def test_a_failing_installation_shows_why(self):
        self.stand_in("dpkg-query", "exit 1")
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", 'case "$*" in *install*) echo no room left; exit 100;; esac')
        code, _, err = self.bootstrap("packages")
        self.assertEqual(code, 1)
        self.assertIn("no room left", err)
        self.assertIn("apt-get could not install all of: build-essential", err)

    def test_nothing_is_installed_where_nothing_is_missing(self):
        self.all_installed()
        self.stand_in("apt-get", "echo called >&2; exit 1")
        self.stand_in("cmake", "echo cmake version 3.25.1")
        self.assertEqual(self.bootstrap("packages", "test"), (0, "", ""))

    def test_an_old_cmake_is_named(self):
        self.all_installed()
        self.stand_in("cmake", "echo cmake version 3.22.1")
        code, _, err = self.bootstrap("packages")
        self.assertEqual(code, 1)
        self.assertIn("CMake 3.22.1 is too old, 3.25 is needed", err)

    def test_a_slide_that_is_not_there_is_named_before_any_work(self):
        code, _, err = self.bootstrap("demo", "no/such/slide.svs")
        self.assertEqual(code, 1)
        self.assertIn("no/such/slide.svs does not exist", err)

    def test_configuring_that_fails_shows_what_cmake_said(self):
        self.all_installed()
        self.stand_in("c++", "echo 12")
        self.stand_in("cmake", 'case "$1" in --version) echo cmake version 3.25.1;; *) echo no Torch; exit 1;; esac')
        code, _, err = self.bootstrap("test")
        self.assertEqual(code, 1)
        self.assertIn("no Torch", err)
        self.assertIn("configuring failed", err)

    def test_the_last_line_is_the_result_of_the_tests(self):
        self.all_installed()
        for name in ("tee", "grep", "nproc"):
            self.link(name)
        self.stand_in("c++", "echo 12")
        self.stand_in("cmake", "echo cmake version 3.25.1")
        for outcome, line in ((0, "100% tests passed, 0 tests failed out of 3"), (8, "67% tests passed, 1 tests failed out of 3")):
            with self.subTest(outcome=outcome):
                self.stand_in("ctest", f"echo '{line}'; echo 'Total Test time (real) = 1 sec'; exit {outcome}")
                code, out, _ = self.bootstrap("test")
                self.assertEqual(code, outcome)
                self.assertEqual(out.strip().split("\n")[-1], line)


if __name__ == "__main__":
    sys.exit(unittest.main())
