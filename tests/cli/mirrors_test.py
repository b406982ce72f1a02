"""Each option stands in four places: the help text, the man page, and the completions of bash and zsh.

The help text is what the program itself says; the others must say the same, no less and no more.
"""

import re
import shutil
import subprocess
import unittest

import harness
from harness import COMMANDS, Option

COMPLETIONS = harness.SOURCE / "apps" / "completions"


def man_page(command):
    return harness.SOURCE / "docs" / "man" / ("-".join(command) + ".1")


def plain(line):
    """One line of a man page without its markup: '.BR \\-i ", " \\-\\-input' becomes '-i, --input'."""
    macro = re.match(r"\.([A-Z]{1,2}) +", line)
    if macro:
        words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line[macro.end():])]
        line = ("" if len(macro[1]) == 2 else " ").join(words)
    return re.sub(r"\\f.", "", line).replace("\\-", "-").replace("\\(aq", "'")


def man_options(command):
    """The entries of the section OPTIONS, as `harness.help_options` gives those of the help text."""
    section = re.search(r'^\.SH OPTIONS\n(.*?)^\.SH ', man_page(command).read_text(), re.M | re.S)[1]
    options = []
    for entry in section.split(".TP\n")[1:]:
        tag, *body = [plain(line) for line in entry.splitlines() if not line.startswith(".SS")]
        *names, last = tag.split(", ")
        last, _, value = last.partition(" ")
        default = re.search(r"Default: (.*?)\.$", "\n".join(body), re.M)
        options.append(Option((*names, last), value, default[1] if default else ""))
    return options


def bash_replies(command, *words, cwd=None, env=None):
    """What bash offers for the last of the words, one a line."""
    line = [*command, *words]
    script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _$1; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script, str(COMPLETIONS / (command[0] + ".bash")), *line],
                          capture_output=True, text=True, check=True, cwd=cwd, env=env or harness.environment())
    if done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout


def bash_completions(command, *words):
    return bash_replies(command, *words).split()


def zsh_options(command):
    """The names that zsh is told of, each with the words it offers after it.

    The file is valid in bash too; a stand-in for zsh's _arguments shows what that would be given.
    """
    script = 'function _arguments { printf "%s\\n" "$@"; }; source "$0" >/dev/null; _$1'
    function = "_".join(command)
    done = subprocess.run(["bash", "-c", script, str(COMPLETIONS / ("_" + command[0])), function],
                          capture_output=True, text=True, check=True, env=harness.environment())
    options = {}
    for spec in done.stdout.splitlines():
        found = re.match(r"(?:\([^)]*\))?\*?(--?[\w-]+)=?\[.*?\](.*)$", spec)
        if found:
            choices = re.search(r":\(([^()]*)\)$", found[2])
            options[found[1]] = choices[1].split() if choices else []
    return options


def choices_of(command):
    """Option names with the words that may follow them."""
    return {name: option.value.split("|") for option in harness.help_options(command) for name in option.names
            if "|" in option.value}


class ManPages(unittest.TestCase):
    maxDiff = None

    def test_have_the_options_values_and_defaults_of_the_help_texts(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertEqual(sorted(man_options(command)), sorted(harness.help_options(command)))

    def test_have_the_examples_of_the_help_texts(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                section = re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)\.fi\n", man_page(command).read_text(), re.M | re.S)[1]
                self.assertEqual([plain(line) for line in section.splitlines()], harness.help_examples(command))

    def test_have_all_sections_in_one_order(self):
        wanted = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "OUTPUT FILES", "EXIT STATUS", "MEMORY AND SPEED",
                  "EXAMPLES", "SEE ALSO"]
        for command in COMMANDS:
            with self.subTest(command=command):
                sections = re.findall(r"^\.SH (.*)$", man_page(command).read_text(), re.M)
                self.assertEqual([section for section in sections if section != "ENVIRONMENT"], wanted)

    def test_refer_to_each_other(self):
        pages = {"-".join(command) for command in COMMANDS}
        for command in COMMANDS:
            with self.subTest(command=command):
                section = man_page(command).read_text().split(".SH SEE ALSO\n")[1]
                seen = {plain(line).split("(")[0] for line in section.splitlines()}
                self.assertEqual(seen, pages - {"-".join(command)})

    def test_have_no_page_too_many(self):
        pages = {page.name for page in man_page(["x"]).parent.iterdir()}
        self.assertEqual(pages, {man_page(command).name for command in COMMANDS})

    @unittest.skipUnless(shutil.which("mandoc"), "there is no mandoc")
    def test_please_mandoc(self):
        for command in COMMANDS:
            done = subprocess.run(["mandoc", "-T", "lint", man_page(command)], capture_output=True, text=True,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    @unittest.skipUnless(shutil.which("groff"), "there is no groff")
    def test_please_groff(self):
        for command in COMMANDS:
            done = subprocess.run(["groff", "-man", "-ww", "-z", man_page(command)], capture_output=True, text=True,
                                  check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


class Completions(unittest.TestCase):
    maxDiff = None

    def test_of_bash_offer_the_options_of_the_help_texts(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertEqual(sorted(bash_completions(command, "-")), sorted(harness.known_options(command)))

    def test_of_bash_offer_the_choices_after_an_option(self):
        for command in COMMANDS:
            for name, choices in choices_of(command).items():
                with self.subTest(command=command, name=name):
                    self.assertEqual(bash_completions(command, name, ""), choices)
                    self.assertEqual(bash_completions(command, name, "=", choices[0][:-1]), choices[:1])
                    self.assertEqual(bash_completions(command, name, "="), choices)

    def test_of_bash_offer_nothing_after_an_option_that_takes_a_number(self):
        for command in COMMANDS:
            for option in harness.help_options(command):
                if option.value.rstrip(".") in ("INT", "SHARE", "FACTOR", "PIXELS", "UM"):
                    for name in option.names:
                        self.assertEqual(bash_completions(command, name, ""), [], name)

    def test_of_bash_offer_options_again_where_a_value_or_a_flag_stands_before(self):
        for command, words in [(["histoprep"], ["--width", "512", ""]), (["histoprep"], ["--in-bounds", ""]),
                               (["histoprep"], ["-o", "tiles", ""]),
                               (["histoprep", "outliers"], ["--clusters", "4", ""]),
                               (["histoprep", "outliers"], ["-q", ""]),
                               (["histoencoder", "extract"], ["-c", ""]),
                               (["histoencoder", "convert"], ["--to", "csv", ""]),
                               (["histoencoder", "verify"], ["-q", ""]),
                               (["histoencoder", "cluster"], ["--seed", "1", ""])]:
            self.assertEqual(sorted(bash_completions(command, *words)), sorted(harness.known_options(command)))

    def test_of_bash_offer_nothing_after_words_that_only_the_user_knows(self):
        for command, words in [(["histoprep"], ["--roi-labels", "Tumor", ""]),
                               (["histoprep", "outliers"], ["--drop", "0", ""])]:
            self.assertEqual(bash_completions(command, *words), [])

    def test_of_bash_offer_the_verbs(self):
        self.assertEqual(bash_completions(["histoprep"], "o"), ["outliers"])
        self.assertIn("outliers", bash_completions(["histoprep"], ""))
        self.assertNotIn("outliers", bash_completions(["histoprep"], "--metrics", ""))
        self.assertEqual(bash_completions(["histoencoder"], "e"), ["extract", "embed", "evaluate"])
        self.assertEqual(bash_completions(["histoencoder"], "c"), ["cluster", "convert", "compose"])

    def test_of_both_shells_belong_to_the_original_names_too(self):
        for program, original in (("histoprep", "HistoPrep"), ("histoencoder", "HistoEncoder")):
            self.assertIn(f"\ncomplete -F _{program} {program} {original}\n",
                          (COMPLETIONS / (program + ".bash")).read_text())
            self.assertTrue((COMPLETIONS / ("_" + program)).read_text().startswith(f"#compdef {program} {original}\n"))

    def test_of_zsh_offer_the_options_of_the_help_texts(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertEqual(sorted(zsh_options(command)), sorted(harness.known_options(command)))

    def test_of_zsh_offer_the_choices_after_an_option(self):
        for command in COMMANDS:
            offered = zsh_options(command)
            for name, choices in choices_of(command).items():
                self.assertEqual(offered[name], choices, name)

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_of_zsh_are_valid_zsh(self):
        for program in ("histoprep", "histoencoder"):
            subprocess.run(["zsh", "-n", str(COMPLETIONS / ("_" + program))], check=True)


class BashFiles(harness.Case):
    """Files and folders where an option wants one."""

    def setUp(self):
        super().setUp()
        (self.folder / "slides").mkdir()
        (self.folder / "slides" / "a b.tiff").write_text("")
        (self.folder / "slides" / "more").mkdir()

    def offered(self, command, *words):
        return sorted(bash_replies(command, *words, cwd=self.folder).splitlines())

    def test_slides_are_files_or_folders(self):
        for words in (["-i", "slides/"], ["--input", "slides/"], ["-i", "x.tiff", "y.tiff", "slides/"]):
            self.assertEqual(self.offered(["histoprep"], *words), ["slides/a b.tiff", "slides/more"])
            self.assertEqual(self.offered(["histoencoder", "extract"], *words), ["slides/a b.tiff", "slides/more"])

    def test_what_a_slide_needs_beside_it_is_a_file_or_a_folder(self):
        for name in ("--slides-csv", "--rois", "--stain-target", "--input-list", "--log-file"):
            self.assertEqual(self.offered(["histoprep"], name, "slides/"), ["slides/a b.tiff", "slides/more"])

    def test_output_and_tiles_are_folders(self):
        for command, name in [(["histoprep"], "-o"), (["histoprep"], "--output"), (["histoprep"], "--tissue-mask"),
                              (["histoprep", "outliers"], "-o"), (["histoprep", "outliers"], "--output"),
                              (["histoencoder", "extract"], "-o"), (["histoencoder", "extract"], "--tissue-mask"),
                              (["histoencoder", "cluster"], "-i"),
                              (["histoencoder", "convert"], "--output"), (["histoencoder", "verify"], "-i")]:
            self.assertEqual(self.offered(command, name, "slides/"), ["slides/more"])
        several = ["-o", "tiles", "slides/"]
        self.assertEqual(self.offered(["histoprep", "outliers"], *several), ["slides/more"])

    def test_models_are_those_of_the_environment_and_files(self):
        for file in ("vit.pt", "vit.json", "card_without_model.json"):
            (self.folder / "slides" / file).write_text("")
        env = harness.environment(HISTOENCODER_MODELS=str(self.folder / "slides"))
        offered = bash_replies(["histoencoder", "extract"], "-m", "v", cwd=self.folder, env=env)
        self.assertEqual(offered, "vit\n")


if __name__ == "__main__":
    harness.main()
