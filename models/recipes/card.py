"""What a card says, done in Python: normalisation, pooling and the self-test's image. docs/models.md has the keys."""

import numpy as np
import torch
from torch import Tensor, nn

SELF_TEST_VALUES = 8
SELF_TEST_TOLERANCE = 1e-3

# With "estimate" each slide has its own; the self-test needs some that are fixed.
SELF_TEST_MEAN = [0.5, 0.5, 0.5]
SELF_TEST_STD = [0.25, 0.25, 0.25]

RESIZE_MODES = ("shorter_side", "exact", "none")
INTERPOLATIONS = ("box", "bilinear", "bicubic")
POOLS = ("cls", "mean_patch", "cls+mean_patch")


class Refused(SystemExit):
    """What the user must be told, as a sentence; export.py ends with it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"export.py: {sentence}")


def self_test_image(size: int) -> np.ndarray:
    """The card's pattern-1: pixel (y, x, channel) = (7 y + 3 x + 31 channel + x y / 5) mod 256, integer division."""
    y, x, channel = np.ogrid[:size, :size, :3]
    return ((7 * y + 3 * x + 31 * channel + x * y // 5) % 256).astype(np.uint8)


def normalised(images: np.ndarray, card: dict) -> Tensor:
    """n x size x size x 3 bytes to what the model takes: (pixel / 255 - mean) / std, n x 3 x size x size."""
    estimated = card["input"]["mean"] == "estimate"
    mean = torch.tensor(SELF_TEST_MEAN if estimated else card["input"]["mean"]).reshape(1, 3, 1, 1)
    std = torch.tensor(SELF_TEST_STD if estimated else card["input"]["std"]).reshape(1, 3, 1, 1)
    return (torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 - mean) / std


def pooled(output: Tensor, card: dict) -> Tensor:
    """As histoencoder pools or chooses: the card's `outputs`; n x dim."""
    outputs = card["outputs"]
    feature = output
    if outputs["layout"] == "tokens":
        parts = {
            "cls": lambda: output[:, outputs.get("cls_index", 0)],
            "mean_patch": lambda: output[:, outputs["prefix_tokens"]:].mean(1),
        }
        feature = torch.cat([parts[name]() for name in outputs["pool"].split("+")], dim=1)
    elif outputs["layout"] == "blocks":
        last = outputs["blocks"]
        first = last - outputs.get("num_blocks", 1)
        feature = output[:, first:last + outputs.get("avg_pool", False)].flatten(1)
    return nn.functional.normalize(feature, dim=1) if outputs["l2"] else feature


def whole(output: Tensor, card: dict) -> Tensor:
    """What the self-test looks at: the feature; of layout `blocks` all that there is to choose from."""
    return output.flatten(1) if card["outputs"]["layout"] == "blocks" else pooled(output, card)


def self_test(model: nn.Module, card: dict) -> dict:
    batch = normalised(self_test_image(card["input"]["crop"])[None], card)
    with torch.inference_mode():
        values = whole(model(batch), card)[0].tolist()
    # Spread over the whole, so that a part that is missing or misplaced shows.
    stride = max(1, len(values) // SELF_TEST_VALUES)
    return {
        "input": "pattern-1",
        "stride": stride,
        # Finer digits change with the processor and the number of threads; the tolerance is wider than these.
        "values": [round(value, 4) for value in values[::stride][:SELF_TEST_VALUES]],
        "tolerance": SELF_TEST_TOLERANCE,
    }


def input_section(resize: str, size: int, crop: int, interpolation: str, mean: object, std: object) -> dict:
    """The card's `input`; refuses what the card could not say."""
    if resize not in RESIZE_MODES:
        raise Refused(f"the resize mode must be one of {', '.join(RESIZE_MODES)}, got {resize}")
    section: dict = {"channels": "RGB", "resize": {"mode": resize}}
    if resize != "none":
        if interpolation not in INTERPOLATIONS:
            raise Refused(f"the interpolation must be one of {', '.join(INTERPOLATIONS)}, got {interpolation}")
        if crop > size:
            raise Refused(f"the crop must not exceed the resized side of {size} pixels, got {crop}")
        section["resize"].update(size=size, interpolation=interpolation, antialias=True)
    section["crop"] = crop
    section["mean"] = mean if isinstance(mean, str) else [float(value) for value in mean]
    section["std"] = std if isinstance(std, str) else [float(value) for value in std]
    return section


FLOAT32 = {"preferred": "float32", "allowed": ["float32"]}
