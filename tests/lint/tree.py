"""The root holds what docs/architecture.md lists, files stay short, and rooms stay flat."""

import re
import subprocess

from sources import cpp_files, report, root_from_arguments

ROOT_NAMES = {
    "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE",
    ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", ".ci",
    "cmake", "include", "src", "apps", "models", "tests", "docs",
}  # fmt: skip
# What .gitignore leaves out, where git cannot be asked.
IGNORED = re.compile(r"^(\.git|build|build-.*|CMakeUserPresets\.json|__pycache__)$")
MOST_LINES = 400
MOST_FOLDERS_BELOW_A_ROOM = 1
# A name that fits everything says nothing.
VAGUE = re.compile(r"^(utils?|helpers?|misc|common_.*|manager)$")


def root_names(root):
    """The names in the root that git tracks or would track; without git, all but the ignored ones."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=False,
    ) if (root / ".git").exists() else None  # fmt: skip
    if listing and listing.returncode == 0:
        return sorted({name.split("/")[0] for name in listing.stdout.split("\0") if name})
    return sorted(p.name for p in root.iterdir() if not IGNORED.match(p.name))


def root_problems(root):
    for name in root_names(root):
        if name not in ROOT_NAMES:
            yield f"{name}: does not belong in the root; docs/architecture.md, section 3, lists what does"


def file_problems(root, path):
    lines = (root / path).read_text(encoding="utf-8").count("\n")
    if path.suffix == ".cpp" and lines >= MOST_LINES:
        yield f"{path}: {lines} lines, a .cpp has fewer than {MOST_LINES}; look for the second thing that it does"
    if VAGUE.match(path.stem):
        yield f"{path}: the name says nothing; name the file after what it does"
    if path.parts[0] == "src" and len(path.parts) - 3 > MOST_FOLDERS_BELOW_A_ROOM:
        yield f"{path}: {MOST_FOLDERS_BELOW_A_ROOM} level of folders below a room is enough"
    if path.parts[0] == "include" and (len(path.parts) != 3 or path.parts[1] != "histo"):
        yield f"{path}: the doors lie flat in include/histo"


def main():
    root = root_from_arguments()
    files = cpp_files(root, "src", "include", "apps", "tests")
    problems = list(root_problems(root))
    problems += [problem for path in files for problem in file_problems(root, path)]
    report("tree", problems, len(files))


if __name__ == "__main__":
    main()
