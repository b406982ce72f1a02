"""Include lines obey the room graph, and each third-party library has its owners: docs/architecture.md, section 2."""

import re

from sources import cpp_files, report, root_from_arguments, without_comments

ALL = "*"

# The room -> the rooms that it knows. Every room also knows itself.
ROOMS = {
    "analysis": ["core"],
    "core": [],
    "slide": ["core"],
    "tissue": ["core"],
    "tiling": ["core"],
    "picture": ["core"],
    "metrics": ["core"],
    "stain": ["core"],
    "spots": ["core"],
    "store": ["core"],
    "encoder": ["core"],
    "cluster": ["core"],
    "team": ["core"],
    "jobs": [ALL],
    "apps": [ALL],
}

# A door in include/histo -> the room behind it.
DOORS = {
    "apply_job": "jobs",
    "charts": "picture",
    "classify_job": "jobs",
    "cluster_job": "jobs",
    "cluster_store": "store",
    "cluster_quality": "cluster",
    "codec": "core",
    "convert_job": "jobs",
    "cox": "analysis",
    "decision_curve": "analysis",
    "encoder": "encoder",
    "error": "core",
    "extract_job": "jobs",
    "feature_list": "jobs",
    "feature_store": "store",
    "geometry": "core",
    "image": "core",
    "job": "jobs",
    "jobs": "jobs",
    "kmeans": "cluster",
    "matrix": "core",
    "metrics": "metrics",
    "model_card": "encoder",
    "observer": "core",
    "open_scores": "encoder",
    "open_team": "team",
    "outcome": "core",
    "outlier_job": "jobs",
    "outline": "tiling",
    "picture": "picture",
    "plan_job": "jobs",
    "outliers": "metrics",
    "resize": "core",
    "resolution": "tiling",
    "preprocessing": "cluster",
    "regions": "core",
    "report_job": "jobs",
    "row_source": "cluster",
    "score_engine": "core",
    "sharing": "core",
    "score_raster": "analysis",
    "spots": "spots",
    "slide": "slide",
    "slide_embedding": "analysis",
    "stain": "stain",
    "staging": "jobs",
    "survival": "analysis",
    "team": "core",
    "tensor_file": "encoder",
    "tile_job": "jobs",
    "tile_table": "store",
    "tiling": "tiling",
    "tissue": "tissue",
    "verify_job": "jobs",
    "version": "core",
    "annotation": "analysis",
    "bootstrap": "analysis",
    "evaluate_job": "jobs",
    "paired_scores": "analysis",
    "classification_metrics": "analysis",
    "knn": "analysis",
    "labels": "jobs",
    "annotate_job": "jobs",
    "heatmap_job": "jobs",
    "embed_job": "jobs",
    "few_shot": "analysis",
    "probe": "analysis",
    "ridge": "analysis",
    "group_folds": "analysis",
    "composition": "analysis",
    "compose_job": "jobs",
    "survival_job": "jobs",
}

# The beginning of a third-party header -> the rooms, or folders and files of rooms, that may include it.
OWNERS = {
    "armadillo": ["analysis"],
    "nlopt.h": ["analysis"],
    "CLI/": ["apps"],
    "spdlog/": ["apps"],
    "cblas.h": ["cluster", "analysis"],
    "hdf5.h": ["store"],
    "immintrin.h": ["core"],
    "isa-l": ["core"],
    "jpeglib.h": ["core"],
    "libdeflate.h": ["core"],
    "mpi.h": ["team/mpi"],
    "nlohmann/json": ["store", "encoder", "jobs"],
    "opencv2/core": ["core", "tissue", "picture", "metrics", "stain", "spots"],
    "opencv2/imgproc": ["tissue", "picture", "metrics", "stain", "spots"],
    "oneapi/dnnl": ["encoder/torch"],
    "openslide.h": ["slide"],
    "openssl/": ["core"],
    "png.h": ["core"],
    "tiffio.h": ["slide"],
    "torch/": ["encoder/torch"],
    "ATen/": ["encoder/torch"],
    "c10/": ["encoder/torch"],
    "cuda": ["encoder/torch/device"],
}

# Headers of the operating system, open to src and apps.
SYSTEM = {
    "dirent.h", "dlfcn.h", "fcntl.h", "glob.h", "malloc.h", "pthread.h", "sched.h", "signal.h", "unistd.h",
    "sys/file.h", "sys/ioctl.h", "sys/resource.h", "sys/stat.h", "sys/statvfs.h", "sys/types.h",
    "sys/utsname.h",
}  # fmt: skip

# Folders whose code is spoken to by the doors alone.
ROOM_OF_TOP = {"apps": "apps"}

# LibTorch defines a macro CHECK that silently replaces Catch2's.
BANNED_IN_TESTS = ["torch/", "ATen/", "c10/"]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
STANDARD = re.compile(r"^[a-z_]+$")


def knows(room, other):
    return room == other or ALL in ROOMS[room] or other in ROOMS[room]


def owned(path_in_src, owners):
    return any(path_in_src == o or path_in_src.startswith((o + "/", o + ".")) for o in owners)


def check_angle(header, path_in_src):
    for beginning, owners in OWNERS.items():  # first, since <armadillo> is spelt as a standard header is
        if header.startswith(beginning):
            if owned(path_in_src, owners):
                return None
            return f"<{header}> belongs to {', '.join(owners)} alone"
    if STANDARD.match(header) or header in SYSTEM:
        return None
    return f"<{header}> has no owner; give it one in tests/lint/layers.py and in docs/architecture.md"


def check_quoted(header, room):
    folder, _, rest = header.partition("/")
    if not rest:
        return f'"{header}" does not say its room; write "{room}/{header}"'
    if folder == "histo":
        door = rest.removesuffix(".hpp")
        if door not in DOORS:
            return f'"{header}" has no room; give it one in tests/lint/layers.py'
        return None if knows(room, DOORS[door]) else f'{room} does not know {DOORS[door]}, the room of "{header}"'
    if room == "apps":
        inside = folder in ("common", "histoprep", "histoencoder")
        return None if inside else f'apps speak to the rooms through include/histo, not "{header}"'
    if folder not in ROOMS:
        return f'"{header}" lies in no room'
    return None if knows(room, folder) else f'{room} does not know {folder}, the room of "{header}"'


def check_door(kind, header):
    if kind == "<":
        return None if STANDARD.match(header) else f"<{header}>: a door includes only the standard library and doors"
    inside = header.startswith("histo/")
    return None if inside else f'"{header}": a door includes only the standard library and doors'


def check_test(header):
    for beginning in BANNED_IN_TESTS:
        if header.startswith(beginning):
            return f"<{header}>: tests never include LibTorch, whose CHECK replaces Catch2's"
    return None


def check_include(path, kind, header):
    """What is wrong with one include line of the file, or None."""
    top, *below = path.parts
    if top == "include":
        return check_door(kind, header)
    if top == "tests":
        return check_test(header)
    room = ROOM_OF_TOP.get(top) or (below[0] if len(below) > 1 else None)
    if room not in ROOMS:
        return f"the folder {path.parent} is no room; give it a line in tests/lint/layers.py"
    if kind == '"':
        return check_quoted(header, room)
    in_src = "/".join(below) if top == "src" else path.as_posix()
    return check_angle(header, in_src)


def problems_in(root, path):
    text = without_comments((root / path).read_text(encoding="utf-8"))
    for match in INCLUDE.finditer(text):
        problem = check_include(path, match.group(1), match.group(2))
        if problem:
            line = text.count("\n", 0, match.start(2)) + 1
            yield f"{path}:{line}: {problem}"


def main():
    root = root_from_arguments()
    files = cpp_files(root, "src", "include", "apps", "tests")
    report("layers", [problem for path in files for problem in problems_in(root, path)], len(files))


if __name__ == "__main__":
    main()
