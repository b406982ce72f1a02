"""What every lint test needs: the files to look at, their text without comments, and one way to report."""

import re
import sys
from pathlib import Path

SUFFIXES = {".hpp", ".cpp"}


def root_from_arguments():
    """The project's root: the one argument, else two folders above this file."""
    return Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]


def cpp_files(root, *folders):
    """All C++ files below the folders that there are, as paths relative to the root, sorted."""
    found = []
    for folder in folders:
        found += [p.relative_to(root) for p in (root / folder).rglob("*") if p.suffix in SUFFIXES]
    return sorted(found)


# One token each: a comment, a raw string, a string, a character. What is left is code.
TOKENS = re.compile(
    r"//[^\n]*"
    r"|/\*.*?\*/"
    r'|R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def code_only(text):
    """The text with comments and what strings hold replaced by blanks, line by line as before."""

    def blank(match):
        token = match.group()
        kept = re.sub(r"[^\n]", " ", token)
        return kept if token.startswith("/") else '"' + kept[1:-1] + '"'

    return TOKENS.sub(blank, text)


def without_comments(text):
    """The text with comments replaced by blanks; strings stay."""

    def blank(match):
        token = match.group()
        return re.sub(r"[^\n]", " ", token) if token.startswith("/") else token

    return TOKENS.sub(blank, text)


def report(name, problems, looked_at):
    """Prints the problems, one a line, and ends the program: 1 if there are any, or if nothing was looked at."""
    for problem in problems:
        print(problem)
    print(f"{name}: {looked_at} files, {len(problems)} problems")
    if looked_at == 0:
        print(f"{name}: found nothing to look at")
    sys.exit(1 if problems or looked_at == 0 else 0)
