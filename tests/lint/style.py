"""Sources look as clang-format 14 makes them, and each check that clang-tidy leaves out has its reason beside it."""

import re
import shutil
import subprocess
import sys

from sources import cpp_files, report, root_from_arguments

FORMATTER_MAJOR = 14  # another version sets some lines differently
SKIPPED = 77


def formatter():
    """The path of clang-format, or None, and why not."""
    for name in (f"clang-format-{FORMATTER_MAJOR}", "clang-format"):
        program = shutil.which(name)
        if not program:
            continue
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        major = re.search(r"version (\d+)", version)
        if major and int(major.group(1)) == FORMATTER_MAJOR:
            return program, ""
        return None, f"{program} is version {major.group(1) if major else version.strip()}, not {FORMATTER_MAJOR}"
    return None, "there is no clang-format"


def format_problems(root, program, files):
    command = [program, "--dry-run", "-Werror", "--style=file"]
    done = subprocess.run(command + [str(root / f) for f in files], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    bad = sorted(set(re.findall(r"^(.*?):\d+:\d+: error:", done.stderr, re.MULTILINE)))
    return [f"{name}: not as clang-format {FORMATTER_MAJOR} sets it; run {program} -i on it" for name in bad] or [
        f"{program} failed: {done.stderr.strip()}"
    ]


def tidy_problems(root):
    """In .clang-tidy every `-check` of Checks has a line `# check: reason`."""
    text = (root / ".clang-tidy").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^# ([a-z0-9.*-]+): \S", text, re.MULTILINE))
    checks = re.search(r"^Checks:(.*?)^(?=\S)", text, re.MULTILINE | re.DOTALL)
    left_out = re.findall(r"(?<![\w.-])-([a-z][\w.*-]+)", checks.group(1)) if checks else []
    if not left_out:
        yield ".clang-tidy: no list of checks was found"
    for check in left_out:
        if check not in reasons:
            yield f".clang-tidy: {check} is left out without a line '# {check}: reason'"
    for check in sorted(reasons - set(left_out)):
        yield f".clang-tidy: a reason for {check}, which is not left out"


def main():
    root = root_from_arguments()
    files = cpp_files(root, "src", "include", "apps", "tests")
    problems = list(tidy_problems(root))
    program, reason = formatter()
    if program:
        problems += format_problems(root, program, files)
    elif not problems:
        print(f"SKIPPED: {reason}; sources are formatted by version {FORMATTER_MAJOR}")
        sys.exit(SKIPPED)
    report("style", problems, len(files))


if __name__ == "__main__":
    main()
