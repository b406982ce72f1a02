#!/usr/bin/env python3
"""Are the spots HistoPrep's?

    python3 tests/parity/spots.py SHARED_DATA SPOTS_TEST [--seed N] [--random N]

Needs HistoPrep 2.0.5 in the interpreter's environment. Lets HistoPrep clean and number many masks: those of
tma_spots.jpeg at several sigmas, thresholds and scales, turned by up to 5 degrees, with spots painted out, and made
ones. SPOTS_TEST, the unit test's program, then finds the spots of the same masks and compares: every pixel of the
cleaned mask, and names, order and rectangles. HistoPrep multiplies x by the heights' ratio and y by the widths'; here it
is given each where it belongs.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import cv2
import histoprep.functional as F
import numpy as np
from histoprep.functional._tiles import _multiply_xywh

DEFAULTS = {"min_area_pixel": 10, "max_area_pixel": None, "min_area_relative": 0.2, "max_area_relative": 2.0}


def turned(image, degrees):
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255))


def painted_out(image, rng, share):
    """White over some of the spots that HistoPrep finds."""
    mask = F.clean_tissue_mask(F.get_tissue_mask(image, sigma=2.0, multiplier=1.05)[1])
    result = image.copy()
    for x, y, w, h in F.get_spot_coordinates(mask).values():
        if rng.random() < share:
            result[y : y + h, x : x + w] = 255
    return result


def photographed(data, rng):
    image = cv2.cvtColor(cv2.imread(str(data / "images/tma_spots.jpeg")), cv2.COLOR_BGR2RGB)
    for scale in (1, 2, 5):
        small = cv2.resize(image, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
        for degrees in (0, 1, 2, 3, 4, 5, -2, 0.5):
            shown = turned(small, degrees)
            for sigma in (0.0, 1.0, 2.0, 5.0):
                for threshold in (None, 200, 230):
                    mask = F.get_tissue_mask(shown, sigma=sigma, threshold=threshold)[1]
                    yield f"photo, 1:{scale}", mask, image.shape[:2], DEFAULTS
    for i in range(60):
        shown = painted_out(turned(image, rng.choice([0, 0, 1, 2, 3, 4, 5])), rng, rng.choice([0.1, 0.3, 0.6, 0.9]))
        mask = F.get_tissue_mask(shown, sigma=2.0, multiplier=1.05)[1]
        yield "photo, painted out", mask, (image.shape[0] * 4, image.shape[1] * 4), DEFAULTS


def array_mask(rng, size, jitter, missing, degrees):
    """Spots of a made array, as whole discs."""
    rows, columns = rng.integers(1, 10, size=2)
    step = int(rng.integers(12, 40))
    mask = np.zeros((size, size), np.uint8)
    turn = np.radians(degrees)
    for row in range(rows):
        for column in range(columns):
            if rng.random() < missing:
                continue
            x = 40 + column * step + int(rng.integers(-jitter, jitter + 1))
            y = 40 + row * step + int(rng.integers(-jitter, jitter + 1))
            at = (int(x * np.cos(turn) - y * np.sin(turn)) + 40, int(x * np.sin(turn) + y * np.cos(turn)))
            cv2.circle(mask, at, int(rng.integers(2, step // 3 + 1)), 1, -1)
            if rng.random() < 0.1:
                cv2.circle(mask, at, 1, 0, -1)
    return mask


def made(rng, count):
    for i in range(count):
        kind = i % 6
        if kind == 0:
            yield "array, aligned", array_mask(rng, 460, 0, 0.1, 0), (460, 460), DEFAULTS
        elif kind == 1:
            yield "array, jitter", array_mask(rng, 460, 3, 0.2, 0), (921, 1377), DEFAULTS
        elif kind == 2:
            yield "array, turned", array_mask(rng, 460, 1, 0.2, rng.uniform(-6, 6)), (4600, 4607), DEFAULTS
        elif kind == 3:
            mask = (rng.random((48, 61)) < rng.uniform(0.02, 0.98)).astype(np.uint8)
            options = {**DEFAULTS, "min_area_pixel": int(rng.integers(0, 3)), "min_area_relative": 0.0}
            yield "noise", mask, (480, 671), options
        elif kind == 4:
            mask = cv2.GaussianBlur(rng.random((120, 150)), (0, 0), rng.uniform(1.0, 4.0))
            mask = (mask > np.quantile(mask, rng.uniform(0.4, 0.95))).astype(np.uint8)
            options = {
                "min_area_pixel": int(rng.integers(0, 30)),
                "max_area_pixel": None if rng.random() < 0.5 else int(rng.integers(40, 300)),
                "min_area_relative": float(rng.uniform(0.0, 0.9)),
                "max_area_relative": None if rng.random() < 0.5 else float(rng.uniform(1.0, 4.0)),
            }
            yield "blobs", mask, (1237, 1501), options
        else:
            mask = np.zeros((60, 60), np.uint8)
            for _ in range(rng.integers(0, 7)):
                x, y = rng.choice([5, 15, 25, 35], size=2)
                cv2.rectangle(mask, (int(x), int(y)), (int(x) + 5, int(y) + 5), 1, -1)
            yield "few squares, aligned", mask, (60, 60), DEFAULTS


def write_case(path, name, mask, slide, options):
    cleaned = F.clean_tissue_mask(mask, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spots = F.get_spot_coordinates(cleaned)
    shared = any("same number" in str(warning.message) for warning in caught)
    ratios = (slide[1] / mask.shape[1], slide[0] / mask.shape[0])
    limits = [-1 if value is None else value for value in options.values()]
    lines = [name, f"{mask.shape[1]} {mask.shape[0]} {slide[1]} {slide[0]}", "{} {} {} {}".format(*limits)]
    lines.append(f"{len(spots)} {int(shared)}")
    lines += ["{} {} {} {} {}".format(key, *_multiply_xywh(box, ratios)) for key, box in spots.items()]
    path.write_bytes("".join(line + "\n" for line in lines).encode() + mask.tobytes() + cleaned.tobytes())
    return len(spots)


def main():
    warnings.simplefilter("ignore")  # HistoPrep's, of shared numbers
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("spots_test", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=3000)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    cases, spots = Counter(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        for source in (photographed(arguments.data, rng), made(rng, arguments.random)):
            for name, *case in source:
                spots[name] += write_case(Path(folder) / f"{sum(cases.values()):05}.case", name, *case)
                cases[name] += 1
        for name in cases:
            print(f"{name}: {cases[name]} masks, {spots[name]} spots")
        environment = {**os.environ, "HISTO_SPOT_CASES": folder}
        return subprocess.run([arguments.spots_test, "[parity]"], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
