"""The labelled tiles that histo_demo is trained on and measured with, and which of them are held out.

A set is a folder of folders, one for each class. Within a class, in the order of the files' names, every third image
(number 2, 5, 8, ... from 0) is held out: training never sees it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SETS = ("lc25000", "osteosarcoma", "oral", "crc7")
# Side of the crops that are compared, in pixels of the file; an image holds as many as fit side by side. crc7's images
# are cut in four because three held-out images a class would leave ten nearest neighbours too few to choose from.
CROP_SIDES = {"lc25000": 256, "osteosarcoma": 256, "oral": 224, "crc7": 112}
IMAGE_SUFFIXES = (".jpeg", ".jpg", ".png", ".tif", ".tiff")


@dataclass
class Picture:
    set_name: str
    label: str
    file: Path
    held_out: bool


def pictures_of(data: Path, set_name: str) -> list[Picture]:
    found = []
    for folder in sorted(path for path in (data / set_name).iterdir() if path.is_dir()):
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        found += [Picture(set_name, folder.name, file, number % 3 == 2) for number, file in enumerate(files)]
    return found


def read_image(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def crops_of(image: Image.Image, side: int) -> list[Image.Image]:
    """Squares of `side` pixels that fill the image from its top left corner."""
    width, height = image.size
    return [
        image.crop((x, y, x + side, y + side))
        for y in range(0, height - side + 1, side)
        for x in range(0, width - side + 1, side)
    ]


def prepared(image: Image.Image, card: dict) -> np.ndarray:
    """As the card's `input` says, up to the normalisation: bytes, crop x crop x 3."""
    size, crop = card["input"]["resize"]["size"], card["input"]["crop"]
    width, height = image.size
    shorter = min(width, height)
    resized = image.resize((size * width // shorter, size * height // shorter), Image.Resampling.BILINEAR)
    left, top = round((resized.width - crop) / 2), round((resized.height - crop) / 2)
    return np.asarray(resized.crop((left, top, left + crop, top + crop)))
