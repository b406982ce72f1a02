"""The lint tests can fail: each is given a small tree with one fault, and must name it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from sources import code_only, without_comments

HERE = Path(__file__).resolve().parent
SKIPPED = 77


class Tree(unittest.TestCase):
    """Helpers; the tests below write a tree and look at what a script says about it."""

    script = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def lint(self):
        done = subprocess.run(
            [sys.executable, str(HERE / self.script), str(self.root)], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def assert_names(self, *parts):
        code, output = self.lint()
        self.assertEqual(code, 1, output)
        for part in parts:
            self.assertIn(part, output)

    def assert_passes(self):
        code, output = self.lint()
        self.assertEqual(code, 0, output)

    def assert_refuses(self, name, text, *parts):
        self.write(name, text)
        self.assert_names(*parts)

    def assert_accepts(self, name, text):
        self.write(name, text)
        self.assert_passes()


class Sources(unittest.TestCase):
    def test_comments_and_strings_become_blanks_of_the_same_length(self):
        text = 'a("x // y"); // b\n/* c\n */ d = \'"\'; e = R"(f "g")";\n'
        self.assertEqual(
            code_only(text), 'a("      ");     \n    \n    d = " "; e = "        ";\n'.replace('"        "', '"' + " " * 8 + '"')
        )
        self.assertEqual(len(code_only(text)), len(text))

    def test_strings_stay_where_only_comments_go(self):
        self.assertEqual(without_comments('a = "// b";  // c'), 'a = "// b";      ')

    def test_a_digit_separator_begins_no_character(self):
        self.assertEqual(code_only("a = 1'000; b = 2'000;"), "a = 1'000; b = 2'000;")


class Layers(Tree):
    script = "layers.py"

    def test_an_empty_tree_is_no_success(self):
        self.assert_names("found nothing to look at")

    def test_a_room_may_use_core_its_own_headers_and_the_standard_library(self):
        self.assert_accepts(
            "src/slide/a.cpp",
            '#include "histo/slide.hpp"\n#include <openslide.h>\n#include <unistd.h>\n#include <vector>\n'
            '#include "core/files.hpp"\n#include "histo/error.hpp"\n#include "slide/backend.hpp"\n',
        )

    def test_rooms_do_not_know_each_other(self):
        self.assert_refuses(
            "src/tiling/a.cpp", '\n#include "tissue/a.hpp"\n', "src/tiling/a.cpp:2: tiling does not know tissue"
        )

    def test_a_door_of_an_unknown_room_stays_shut(self):
        self.assert_refuses("src/tiling/a.cpp", '#include "histo/slide.hpp"\n', "tiling does not know slide")

    def test_jobs_know_all_rooms(self):
        self.assert_accepts("src/jobs/a.cpp", '#include "store/layout.hpp"\n#include "histo/tissue.hpp"\n')

    def test_core_knows_nobody(self):
        self.assert_refuses("src/core/a.cpp", '#include "histo/tile_table.hpp"\n', "core does not know store")

    def test_a_library_belongs_to_its_room(self):
        self.assert_refuses("src/jobs/a.cpp", "#include <hdf5.h>\n", "<hdf5.h> belongs to store alone")

    def test_torch_stays_in_its_folder(self):
        self.assert_refuses("src/encoder/a.cpp", "#include <torch/script.h>\n", "belongs to encoder/torch alone")

    def test_torch_is_welcome_in_its_folder(self):
        self.assert_accepts("src/encoder/torch/a.cpp", "#include <torch/script.h>\n#include <c10/util/Exception.h>\n")

    def test_an_unknown_library_needs_an_owner(self):
        self.assert_refuses("src/core/a.cpp", "#include <zlib.h>\n", "<zlib.h> has no owner")

    def test_an_unknown_folder_is_no_room(self):
        self.assert_refuses("src/utils/a.cpp", "#include <vector>\n", "is no room")

    def test_an_unknown_door_needs_a_room(self):
        self.assert_refuses("src/jobs/a.cpp", '#include "histo/magic.hpp"\n', '"histo/magic.hpp" has no room')

    def test_a_header_says_its_room(self):
        self.assert_refuses("src/core/a.cpp", '#include "files.hpp"\n', 'write "core/files.hpp"')

    def test_a_door_includes_no_third_party(self):
        self.assert_refuses("include/histo/a.hpp", "#include <opencv2/core.hpp>\n", "a door includes only")

    def test_a_door_includes_no_private_header(self):
        self.assert_refuses("include/histo/a.hpp", '#include "core/files.hpp"\n', "a door includes only")

    def test_apps_use_the_doors_alone(self):
        self.assert_refuses("apps/histoprep/main.cpp", '#include "core/files.hpp"\n', "apps speak to the rooms")

    def test_apps_own_the_command_line(self):
        self.assert_accepts("apps/histoprep/main.cpp", '#include <CLI/CLI.hpp>\n#include "common/app.hpp"\n')
        self.assert_refuses("src/jobs/a.cpp", "#include <spdlog/spdlog.h>\n", "<spdlog/spdlog.h> belongs to apps")

    def test_tests_never_include_torch(self):
        self.assert_refuses("tests/unit/a.cpp", "#include <torch/script.h>\n", "tests never include LibTorch")

    def test_an_include_in_a_comment_counts_for_nothing(self):
        self.assert_accepts("src/core/a.cpp", "/*\n#include <hdf5.h>\n*/\n// #include <hdf5.h>\n")


class Bans(Tree):
    script = "bans.py"

    def test_an_empty_tree_is_no_success(self):
        self.assert_names("found nothing to look at")

    def test_each_ban_finds_its_word(self):
        for text, part in (
            ("std::cout << 1;", "never prints"),
            ("printf(x);", "never prints"),
            ("std::fprintf(f, x);", "never prints"),
            ("#include <iostream>", "never prints"),
            ("std::exit(1);", "throw an Error"),
            ("abort();", "throw an Error"),
            ("std::getenv(name);", "read in apps"),
            ("} catch (const E& e) {", "exceptions pass"),
            ("std::thread t;", "core/ordered_map.hpp"),
            ("std::mutex m;", "core/ordered_map.hpp"),
            ("std::async(f);", "core/ordered_map.hpp"),
            ("std::uniform_int_distribution<int> d;", "draw from the engine"),
            ("std::random_device device;", "takes a seed"),
            ("bool pinned_memory;", "knows the GPU"),
            ("if (use_cuda) return;", "knows the GPU"),
            ("// TODO: later", "finish it"),
            ("int x;  // FIXME", "finish it"),
            ("srand(1);", "hidden state"),
        ):
            with self.subTest(text=text):
                self.assert_refuses("src/tiling/a.cpp", "int a;\n" + text + "\n", "src/tiling/a.cpp:2: ", part)

    def test_a_header_opens_no_namespace(self):
        self.assert_refuses("src/core/a.hpp", "using namespace std;\n", "the whole namespace")

    def test_words_in_comments_and_strings_are_no_code(self):
        self.assert_accepts("src/core/a.cpp", '// std::cout is for apps; exit( too\nauto s = "printf(cuda) catch (";\n')

    def test_names_that_only_contain_a_banned_word_pass(self):
        self.assert_accepts("src/core/a.cpp", "snprintf(b, n, f); on_exit_(1); my.catches(2); strand(3);\n")

    def test_a_reason_lifts_a_ban_on_its_line_and_the_next(self):
        self.assert_accepts(
            "src/core/a.cpp", "abort();  // lint-allow: a test of the handler\n// lint-allow: as above\nabort();\n"
        )

    def test_an_escape_without_a_reason_lifts_nothing(self):
        self.assert_refuses("src/core/a.cpp", "abort();  // lint-allow:\n", "throw an Error")

    def test_exempt_files_and_folders_pass(self):
        self.assert_accepts("src/core/ordered_map.hpp", "std::mutex m; try { } catch (...) { }\n")
        self.assert_accepts("apps/common/app.cpp", "try { std::cout << std::getenv(n); } catch (...) { exit(1); }\n")
        self.assert_accepts("src/encoder/torch/device.cpp", "bool cuda;\n")


class Roots(Tree):
    script = "tree.py"

    def test_an_empty_tree_is_no_success(self):
        self.assert_names("found nothing to look at")

    def test_a_listed_name_may_stand_in_the_root(self):
        self.write("README.md", "")
        self.write("build/anything.o", "")
        self.assert_accepts("src/core/a.cpp", "int a;\n")

    def test_an_unlisted_name_may_not(self):
        self.write("src/core/a.cpp", "int a;\n")
        self.assert_refuses("notes.txt", "", "notes.txt: does not belong in the root")

    def test_git_decides_what_is_part_of_the_tree(self):
        self.write("src/core/a.cpp", "int a;\n")
        self.write("scratch/x", "")
        self.write(".gitignore", "/scratch/\n")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.assert_passes()
        self.assert_refuses("notes.txt", "", "notes.txt: does not belong in the root")

    def test_a_file_of_400_lines_is_too_long(self):
        self.assert_accepts("tests/unit/a.cpp", "int a;\n" * 399)
        self.assert_refuses("tests/unit/a.cpp", "int a;\n" * 400, "tests/unit/a.cpp: 400 lines")

    def test_a_file_called_utils_says_nothing(self):
        self.assert_refuses("src/core/utils.cpp", "int a;\n", "the name says nothing")

    def test_one_level_of_folders_below_a_room_is_enough(self):
        self.assert_accepts("src/encoder/torch/a.cpp", "int a;\n")
        self.assert_refuses("src/encoder/torch/deep/a.cpp", "int a;\n", "1 level of folders")

    def test_the_doors_lie_flat(self):
        self.assert_refuses("include/histo/deep/a.hpp", "int a;\n", "the doors lie flat")


class Style(Tree):
    script = "style.py"
    tidy = "# readability-a: because\nChecks: >\n  bugprone-*,\n  -readability-a\nWarningsAsErrors: ''\n"

    def write_tree(self, code):
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write(".clang-tidy", self.tidy)
        self.write("src/core/a.cpp", code)

    def test_sources_as_the_formatter_sets_them_pass(self):
        self.write_tree("int a = 1;\n")
        self.assertIn(self.lint()[0], (0, SKIPPED))

    def test_other_sources_do_not(self):
        self.write_tree("int   a=1;\n")
        code, output = self.lint()
        if code == SKIPPED:
            self.skipTest(output)
        self.assertEqual(code, 1, output)
        self.assertIn("src/core/a.cpp: not as clang-format", output)

    def test_a_check_left_out_without_a_reason_is_named(self):
        self.tidy = "Checks: >\n  bugprone-*,\n  -readability-a\nWarningsAsErrors: ''\n"
        self.write_tree("int a = 1;\n")
        self.assert_names("readability-a is left out without a line")

    def test_a_reason_for_nothing_is_named(self):
        self.tidy = "# readability-b: because\n" + self.tidy
        self.write_tree("int a = 1;\n")
        self.assert_names("a reason for readability-b")


if __name__ == "__main__":
    unittest.main()
