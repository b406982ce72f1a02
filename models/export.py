#!/usr/bin/env python3
"""Writes encoders in the form that histoencoder reads: NAME.pt (TorchScript) and NAME.json (its card).

    python3 models/export.py random-vit --output models/

README.md beside this file says what a model must be and what the card's keys mean. PyTorch 1.13 is the oldest that is
supported; a file that is to be read by an older LibTorch must be exported by a PyTorch that is no newer than it.
"""

import argparse
import hashlib
import io
import json
import math
import os
import random
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

SELF_TEST_VALUES = 8
SELF_TEST_TOLERANCE = 1e-3


class Attention(nn.Module):
    """softmax(q k' / sqrt(d)) v for each head, written out: the fused operator is unknown to LibTorch 1.13."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = 1.0 / math.sqrt(dim // heads)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, dim = x.shape
        qkv = self.qkv(x).reshape(n, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(torch.matmul(qkv[0] * self.scale, qkv[1].transpose(2, 3)), dim=3)
        return self.proj(torch.matmul(weights, qkv[2]).transpose(1, 2).reshape(n, tokens, dim))


class Block(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attention = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.fc1 = nn.Linear(dim, 4 * dim, bias=False)
        self.fc2 = nn.Linear(4 * dim, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.fc2(nn.functional.gelu(self.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    """Pre-norm ViT (Dosovitskiy et al. 2021) that gives all tokens, the class token first."""

    def __init__(self, image: int, patch: int, dim: int, depth: int, heads: int) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, dim, kernel_size=patch, stride=patch, bias=False)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.position = nn.Parameter(torch.zeros(1, 1 + (image // patch) ** 2, dim))
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), patches], dim=1) + self.position
        return self.norm(self.blocks(x))


def set_random_signs(model: VisionTransformer, seed: int) -> None:
    """Every weight becomes +s or -s with one s a layer, so that version control packs the file well.

    s = 1 / sqrt(inputs) keeps the variance from layer to layer. Queries and keys are twice as large: attention then
    looks at some patches rather than at their mean. The class token and the positions are small beside the patches, so
    that the features depend on the image. Python's own generator gives the same bits on every machine.
    """
    bits = random.Random(seed)

    def fill(tensor: Tensor, scale: float) -> None:
        count = tensor.numel()
        packed = bits.getrandbits(8 * math.ceil(count / 8)).to_bytes(math.ceil(count / 8), "little")
        signs = 2.0 * np.unpackbits(np.frombuffer(packed, np.uint8))[:count] - 1.0
        tensor.copy_(torch.from_numpy((scale * signs).astype(np.float32)).reshape(tensor.shape))

    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if name in ("cls", "position"):
                fill(tensor, 0.1)
            elif tensor.dim() > 1:  # the norms' factors stay 1 and their offsets 0
                fill(tensor, 1.0 / math.sqrt(tensor[0].numel()))
            if name.endswith("qkv.weight"):
                tensor[: 2 * tensor.shape[1]] *= 2.0


def self_test_image(size: int) -> np.ndarray:
    """The card's pattern-1: pixel (y, x, channel) = (7 y + 3 x + 31 channel + x y / 5) mod 256, integer division."""
    y, x, channel = np.ogrid[:size, :size, :3]
    return ((7 * y + 3 * x + 31 * channel + x * y // 5) % 256).astype(np.uint8)


def normalised(images: np.ndarray, card: dict) -> Tensor:
    """n x size x size x 3 bytes to what the model takes: (pixel / 255 - mean) / std, n x 3 x size x size."""
    mean = torch.tensor(card["input"]["mean"]).reshape(1, 3, 1, 1)
    std = torch.tensor(card["input"]["std"]).reshape(1, 3, 1, 1)
    return (torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 - mean) / std


def pooled(output: Tensor, card: dict) -> Tensor:
    """As histoencoder pools: the card's `outputs`."""
    outputs = card["outputs"]
    feature = output
    if outputs["layout"] == "tokens":
        patch_mean = output[:, outputs["prefix_tokens"]:].mean(1)
        cls = output[:, outputs.get("cls_index", 0)]
        feature = {
            "cls": cls,
            "mean_patch": patch_mean,
            "cls+mean_patch": torch.cat([cls, patch_mean], dim=1),
        }[outputs["pool"]]
    return nn.functional.normalize(feature, dim=1) if outputs["l2"] else feature


def torchscript_bytes(model: nn.Module) -> bytes:
    """The same model gives the same bytes wherever it is exported.

    TorchScript's archive is rewritten without its .debug_pkl records, which hold the path of this file, and with a
    fixed date. The reader needs neither.
    """
    saved = io.BytesIO()
    torch.jit.save(torch.jit.script(model.eval()), saved)
    packed = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            if not name.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(name), source.read(name))
    return packed.getvalue()


def check_batches(eager: nn.Module, scripted: nn.Module, card: dict) -> None:
    """Prints how far the exported model is from the eager one; stops if that is more than rounding."""
    size = card["input"]["crop"]
    images = np.random.default_rng(0).integers(0, 256, (8, size, size, 3), dtype=np.uint8)
    images[0] = self_test_image(size)
    with torch.inference_mode():
        for n in (1, 3, 8):
            batch = normalised(images[:n], card)
            want, got = pooled(eager(batch), card), pooled(scripted(batch), card)
            difference = (want - got).abs().max().item()
            cosine = nn.functional.cosine_similarity(want, got).min().item()
            print(f"  batch {n}: largest difference {difference:.2e}, smallest cosine {cosine:.8f}")
            if tuple(got.shape) != (n, card["outputs"]["dim"]) or difference > SELF_TEST_TOLERANCE / 10:
                sys.exit(f"export.py: the exported model differs from the eager one at batch {n}")


def self_test_values(model: nn.Module, card: dict) -> list:
    batch = normalised(self_test_image(card["input"]["crop"])[None], card)
    with torch.inference_mode():
        feature = pooled(model(batch), card)[0]
    # Finer digits change with the processor and the number of threads; the tolerance is wider than these.
    return [round(value, 4) for value in feature[:SELF_TEST_VALUES].tolist()]


def write_model(model: nn.Module, card: dict, folder: Path) -> None:
    """NAME.pt and NAME.json; `card` comes without what only the finished file can tell."""
    data = torchscript_bytes(model)
    scripted = torch.jit.load(io.BytesIO(data))
    check_batches(model, scripted, card)
    card["torchscript"] = card["name"] + ".pt"
    card["sha256"] = hashlib.sha256(data).hexdigest()
    card["self_test"] = {
        "input": "pattern-1",
        "values": self_test_values(scripted, card),
        "tolerance": SELF_TEST_TOLERANCE,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / card["torchscript"]).write_bytes(data)
    (folder / (card["name"] + ".json")).write_text(json.dumps(card, indent=2) + "\n")
    print(f"  {folder / card['torchscript']}: {len(data)} bytes, sha256 {card['sha256']}")


def export_random_vit(arguments: argparse.Namespace) -> None:
    image, dim = 224, 192
    model = VisionTransformer(image=image, patch=16, dim=dim, depth=4, heads=3)
    set_random_signs(model, arguments.seed)
    card = {
        "schema": 1,
        "name": "random_vit_tiny",
        "kind": "tile",
        "torchscript": "",
        "sha256": "",
        "note": "random weights: for trying the tools and for tests, not for pathology",
        "licence": "Apache-2.0",
        "input": {
            "channels": "RGB",
            "resize": {
                "size": image,
                "mode": "shorter_side",
                "interpolation": "bilinear",
                "antialias": True,
            },
            "crop": image,
            "mean": [0.75, 0.6, 0.75],
            "std": [0.2, 0.2, 0.2],
        },
        "outputs": {
            "layout": "tokens",
            "prefix_tokens": 1,
            "cls_index": 0,
            "pool": "cls",
            "dim": dim,
            "l2": False,
        },
        "precision": {"preferred": "float32", "allowed": ["float32"]},
    }
    print(f"{card['name']}: seed {arguments.seed}")
    write_model(model, card, arguments.output)


def main() -> None:
    # TorchScript lists a module's constants in the order of a set, which changes from run to run unless this is fixed.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    recipes = parser.add_subparsers(dest="recipe", required=True, metavar="RECIPE")

    random_vit = recipes.add_parser(
        "random-vit", help="a small ViT-16 with fixed random weights, named random_vit_tiny"
    )
    random_vit.add_argument("--seed", type=int, default=0, help="of the weights (default: %(default)s)")
    random_vit.set_defaults(export=export_random_vit)

    for recipe in recipes.choices.values():
        recipe.add_argument("--output", type=Path, required=True, help="folder for NAME.pt and NAME.json")
    arguments = parser.parse_args()
    arguments.export(arguments)


if __name__ == "__main__":
    main()
