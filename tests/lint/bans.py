"""Words that do not belong where they stand, and what to write in their place."""

import re
from typing import NamedTuple

from sources import code_only, cpp_files, report, root_from_arguments


class Ban(NamedTuple):
    pattern: str  # a regular expression
    folders: tuple  # where it holds
    instead: str
    allowed: tuple = ()  # beginnings of paths that are exempt
    suffixes: tuple = (".hpp", ".cpp")
    in_comments: bool = False  # look at comments and strings too


LIBRARY = ("src", "include")
CODE = ("src", "include", "apps")
EVERYWHERE = ("src", "include", "apps", "tests")

# Files that translate a library's exceptions, or clean up and throw on.
CATCHERS = (
    "src/jobs/",
    "apps/",
    "tests/",
    "src/core/ordered_map.hpp",  # carries a worker's exception to the caller's thread
    "src/core/shared_cache.hpp",  # carries the maker's exception to those who wait
    "src/core/files.cpp",  # removes an unfinished file, throws on
    "src/encoder/find_model.cpp",  # a list names what is wrong with one card and goes on
    "src/encoder/json_object.cpp",  # nlohmann::json
    "src/encoder/self_test.cpp",  # that three images fail where one does not is what the user has to know
    "src/encoder/torch/",  # c10::Error
    "src/slide/tiled_jpeg_source.cpp",  # a damaged block cannot be compared; whoever reads it is told
    "src/store/cluster_store.cpp",  # a C callback of HDF5, through which nothing may be thrown
    "src/store/geojson.cpp",  # nlohmann::json
    "src/store/hdf5",
    "src/store/records.cpp",  # nlohmann::json
    "src/picture/",  # cv::Exception
    "src/tissue/",  # cv::Exception
)

BANS = (
    Ban(r"\bstd::(cout|cerr|clog)\b|\b(std::)?f?printf\s*\(|\b(std::)?puts\s*\(", LIBRARY,
        "the library never prints: tell the Observer, or throw an Error"),
    Ban(r"#\s*include\s*<iostream>", LIBRARY, "the library never prints: <ostream> or <sstream> if a stream is meant"),
    Ban(r"\b(std::)?(_?exit|quick_exit|abort|terminate)\s*\(", LIBRARY, "throw an Error; main picks the exit code"),
    Ban(r"\b(secure_)?getenv\s*\(", LIBRARY, "the environment is read in apps and handed down as an option"),
    Ban(r"\busing\s+namespace\b", EVERYWHERE, "name what is used: every includer would get the whole namespace",
        suffixes=(".hpp",)),
    Ban(r"\bcatch\s*\(", CODE, "exceptions pass: caught in jobs and main, translated at a library's border "
        "(the list is in tests/lint/bans.py)", allowed=CATCHERS),
    Ban(r"\bstd::(thread|jthread|async|mutex|shared_mutex|recursive_mutex|condition_variable|future|promise)\b", CODE,
        "threads and locks live in core/ordered_map.hpp, core/heartbeat.hpp and core/shared_cache.hpp",
        allowed=("src/core/ordered_map.hpp", "src/core/heartbeat.", "src/core/shared_cache.hpp")),
    Ban(r"\bstd::(uniform_(int|real)|normal|bernoulli|discrete)_distribution\b|\bstd::(shuffle|sample)\b",
        EVERYWHERE, "the standard's distributions differ between libraries: draw from the engine's bits"),
    Ban(r"\bstd::random_device\b", EVERYWHERE, "randomness takes a seed from the options",
        allowed=("src/core/files.cpp", "src/store/claim.cpp", "src/store/run_log.cpp")),  # names that no result depends on
    Ban(r"(?i)\b\w*(cuda|pinned)\w*\b", CODE, "encoder/torch/device is the only file that knows the GPU",
        allowed=("src/encoder/torch/device.",)),
    Ban(r"\b(TODO|FIXME|XXX|HACK)\b", EVERYWHERE, "finish it, or file it where work is planned", in_comments=True),
    Ban(r"\b(strtok|rand|srand|gets|localtime|gmtime|setlocale)\s*\(", EVERYWHERE,
        "hidden state; use a seeded engine, a reentrant form, or no locale"),
)  # fmt: skip

ESCAPE = re.compile(r"//\s*lint-allow:\s*\S")


def escaped(lines, number):
    """A comment `// lint-allow: reason` on the line or the one above lifts the bans there."""
    above = lines[number - 1] if number > 0 else ""
    return bool(ESCAPE.search(lines[number]) or ESCAPE.search(above))


def holds_in(ban, path):
    name = path.as_posix()
    return (
        path.parts[0] in ban.folders and path.suffix in ban.suffixes and not name.startswith(tuple(ban.allowed or ["//"]))
    )


def problems_in(root, path):
    text = (root / path).read_text(encoding="utf-8")
    lines = text.split("\n")
    code = code_only(text).split("\n")
    for ban in BANS:
        if not holds_in(ban, path):
            continue
        for number, line in enumerate(lines if ban.in_comments else code):
            found = re.search(ban.pattern, line)
            if found and not escaped(lines, number):
                yield f"{path}:{number + 1}: '{found.group().strip()}': {ban.instead}"


def main():
    root = root_from_arguments()
    files = cpp_files(root, *EVERYWHERE)
    report("bans", [problem for path in files for problem in problems_in(root, path)], len(files))


if __name__ == "__main__":
    main()
