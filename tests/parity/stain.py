#!/usr/bin/env python3
"""Are the stains, the normalised and the separated images those of HistoPrep?

    python3 tests/parity/stain.py IMAGE..
    python3 tests/parity/stain.py --golden

Needs HistoPrep 2.0.5, numpy, Pillow and a C++ compiler (CXX, else c++). Builds a small driver over src/stain, gives it
each image with HistoPrep's own tissue mask, and prints for Macenko and Vahadane the largest difference of a stain
matrix's elements and, of the normalised, the haematoxylin and the eosin image, the mean and the largest difference in
grey levels and the share of pixels that differ. Reinhard, which HistoPrep has not, is held against the formula in
double precision here. Passes if all matrices agree to 1e-6 and all images to 1 grey level on average.

--golden prints the numbers that tests/unit/stain_fit_test.cpp and stain_transform_test.cpp hold for their image.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from histoprep.functional import get_tissue_mask
from histoprep.functional._normalize import get_stain_consentrations
from histoprep.utils import MachenkoStainNormalizer, VahadaneStainNormalizer
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
NORMALIZERS = {"macenko": MachenkoStainNormalizer, "vahadane": VahadaneStainNormalizer}
LAB_MEAN = np.array([8.63234435, -0.11501964, 0.03868433])
LAB_DEVIATION = np.array([0.57506023, 0.10403329, 0.01364062])
MOST_MATRIX = 1e-6
MOST_LEVELS = 1.0

DRIVER = r"""
#include <cstdio>
#include <fstream>
#include <string>
#include "histo/error.hpp"
#include "histo/stain.hpp"
int main(int, char** argv) try {
  using namespace histo;
  const std::string name = argv[1];
  const StainMethod method = name == "macenko"    ? StainMethod::macenko
                             : name == "vahadane" ? StainMethod::vahadane
                                                  : StainMethod::reinhard;
  Image image(std::stoll(argv[2]), std::stoll(argv[3]));
  Mask mask(image.width(), image.height());
  const auto size = static_cast<std::streamsize>(image.bytes().size());
  std::ifstream(argv[4], std::ios::binary).read(reinterpret_cast<char*>(image.data()), size);
  std::ifstream(argv[5], std::ios::binary).read(reinterpret_cast<char*>(mask.data()), size / 3);
  ColourCounts tissue, all;
  tissue.add(image, mask);
  all.add(image);
  const StainFit fit = fit_stains(tissue, all, method);
  std::ofstream out(argv[6], std::ios::binary);
  const auto write = [&](const StainTransform& transform) {
    out.write(reinterpret_cast<const char*>(transform.apply(image).data()), size);
  };
  write(StainTransform(fit, reference_stains(method)));
  if (method != StainMethod::reinhard) {
    write(StainTransform(fit, StainAmounts{1.0, 0.0}));
    write(StainTransform(fit, StainAmounts{0.0, 1.0}));
  }
  for (const auto& row : fit.stains)
    for (double value : row) std::printf("%.17g ", value);
  for (double value : fit.concentrations) std::printf("%.17g ", value);
  for (double value : fit.lab_mean) std::printf("%.17g ", value);
  for (double value : fit.lab_deviation) std::printf("%.17g ", value);
} catch (const histo::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
"""


class Ours:
    """Our program of one folder's life."""

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / "driver.cpp").write_text(DRIVER, encoding="utf-8")
        sources = sorted((ROOT / "src/stain").glob("*.cpp")) + [ROOT / "src/core/text.cpp"]
        flags = ["-std=c++17", "-O3", f"-I{ROOT}/include", f"-I{ROOT}/src"]
        command = [os.environ.get("CXX", "c++"), *flags, "driver.cpp", *map(str, sources), "-o", "driver"]
        subprocess.run(command, cwd=folder, check=True)

    def run(self, method, image, mask):
        """The numbers of the fit (stains, concentrations, lab mean, lab deviation) and the images."""
        height, width, _ = image.shape
        image.tofile(self.folder / "image")
        mask.astype(np.uint8).tofile(self.folder / "mask")
        command = ["./driver", method, str(width), str(height), "image", "mask", "out"]
        done = subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True)
        numbers = np.array([float(word) for word in done.stdout.split()])
        return numbers, np.fromfile(self.folder / "out", np.uint8).reshape(-1, height, width, 3)


def histoprep(method, image, mask):
    """HistoPrep's stain matrix, 99th percentiles and three images."""
    normalizer = NORMALIZERS[method]()
    stains = normalizer.get_stain_matrix(image, mask)
    percentiles = np.percentile(get_stain_consentrations(image.copy(), stains), 99, axis=0)
    images = (normalizer.normalize(image, mask), *normalizer.separate_stains(image, mask))
    return stains, percentiles, images


def reinhard(image, mask):
    """Mean and deviation of l, alpha, beta under the mask, and the image with those of the reference."""
    cones = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
    opponents = np.diag(1 / np.sqrt([3, 6, 2])) @ np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]])
    rgb = np.maximum(image.reshape(-1, 3).astype(float), 1)
    lab = np.log(rgb @ cones.T) @ opponents.T
    tissue = lab[mask.flatten() == 1]
    mean, deviation = tissue.mean(axis=0), tissue.std(axis=0)
    moved = (lab - mean) / deviation * LAB_DEVIATION + LAB_MEAN
    result = np.exp(moved @ np.linalg.inv(opponents).T) @ np.linalg.inv(cones).T
    return mean, deviation, np.clip(np.floor(result + 0.5), 0, 255).astype(np.uint8).reshape(image.shape)


def difference(found, wanted):
    """Mean and largest difference in grey levels, the share of pixels that differ, and a text of them."""
    levels = np.abs(found.astype(int) - wanted.astype(int))
    share = (levels > 0).any(axis=-1).mean()
    return levels.mean(), f"{levels.mean():.6f} / {levels.max()} / {100 * share:.4f} %"


def compare(ours, file):
    image = np.array(Image.open(file).convert("RGB"))
    _, mask = get_tissue_mask(image, sigma=1.0, multiplier=1.05)
    good = True
    for method in NORMALIZERS:
        numbers, images = ours.run(method, image, mask)
        stains, percentiles, wanted = histoprep(method, image, mask)
        apart = max(np.abs(numbers[:6] - stains.ravel()).max(), np.abs(numbers[6:8] - percentiles).max())
        means, texts = zip(*map(difference, images, wanted))
        print(f"{file.name}  {method}  fit {apart:.1e}  images {'  '.join(texts)}")
        good = good and apart <= MOST_MATRIX and max(means) <= MOST_LEVELS
    numbers, images = ours.run("reinhard", image, mask)
    mean, deviation, wanted = reinhard(image, mask)
    apart = np.abs(numbers[8:] - np.concatenate([mean, deviation])).max()
    levels, text = difference(images[0], wanted)
    print(f"{file.name}  reinhard  fit {apart:.1e}  image {text}")
    return good and apart <= MOST_MATRIX and levels <= MOST_LEVELS


def stained_image():
    """The image and the mask of tests/unit/stain_image.hpp."""
    width, glass_rows, state, amounts = 64, 16, 1, []
    for _ in range(width * width * 3):
        state = (1664525 * state + 1013904223) % 2**32
        amounts.append(state >> 24)
    amounts = np.array(amounts, float).reshape(width, width, 3)
    stains = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]])
    concentrations = np.stack([0.1 + 1.5 * amounts[..., 0] / 255.0, 0.1 + 0.8 * amounts[..., 1] / 255.0], -1)
    image = np.floor(255.0 * np.exp(-concentrations @ stains) + 0.5)
    image[:glass_rows] = [243, 241, 244]
    mask = np.ones((width, width), np.uint8)
    mask[:glass_rows] = 0
    return image.astype(np.uint8), mask


def golden():
    image, mask = stained_image()
    print("image: mean", image.mean(axis=(0, 1)).tolist())
    for method in NORMALIZERS:
        stains, percentiles, images = histoprep(method, image, mask)
        print(f"{method}: stains {stains.round(9).tolist()} concentrations {percentiles.round(9).tolist()}")
        for name, made in zip(("normalised", "haematoxylin", "eosin"), images):
            print(f"  {name}: mean {made.mean(axis=(0, 1)).tolist()} pixel (40, 40) {made[40, 40].tolist()}")
    mean, deviation, made = reinhard(image, mask)
    print(f"reinhard: mean {mean.round(9).tolist()} deviation {deviation.round(9).tolist()}")
    print(f"  normalised: mean {made.mean(axis=(0, 1)).tolist()} pixel (40, 40) {made[40, 40].tolist()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--golden", action="store_true")
    parser.add_argument("images", nargs="*", type=Path)
    arguments = parser.parse_args()
    if arguments.golden:
        golden()
        return
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(folder)
        agree = [compare(ours, file) for file in arguments.images]
    print(f"{len(agree)} images compared, {agree.count(False)} differ")
    sys.exit(0 if agree and all(agree) else 1)


if __name__ == "__main__":
    main()
