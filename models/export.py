#!/usr/bin/env python3
"""Writes encoders in the form that histoencoder reads: NAME.pt (TorchScript) and NAME.json (its card).

    python3 models/export.py random-vit --output models/
    python3 models/export.py histoencoder prostate_small --weights prostate_small.pth --output models/
    python3 models/export.py timm vit_small_patch16_224 --weights FILE --name NAME --pool cls --output models/
    python3 models/export.py huggingface FOLDER --name NAME --pool cls --output models/
    python3 models/export.py published NAME --weights FILE_OR_FOLDER --output models/

docs/models.md says what a model must be and what the card's keys mean. Every export is compared with the model that it
came from, at batches of 1, 3 and 8. Nothing is downloaded: weights and configurations are files that are there. PyTorch
1.13 is the oldest that is supported, and the oldest whose LibTorch reads what this writes.
"""

import argparse
import math
import os
import random
import sys
from pathlib import Path

try:
    import numpy as np
    import torch
    from torch import Tensor, nn
except ImportError as missing:
    sys.exit(f"export.py: {missing}; it needs PyTorch and numpy, Debian's python3-torch and python3-numpy")

from recipes import histoencoder, huggingface, published, timm_models
from recipes.card import FLOAT32, normalised, pooled, self_test_image
from recipes.writing import torchscript_bytes, write_model

__all__ = ["normalised", "pooled", "self_test_image", "torchscript_bytes", "write_model"]


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


def export_random_vit(arguments: argparse.Namespace) -> None:
    image, dim = 224, 192
    model = VisionTransformer(image=image, patch=16, dim=dim, depth=4, heads=3)
    set_random_signs(model, arguments.seed)
    card = {
        "schema": 1,
        "name": "random_vit_tiny",
        "kind": "tile",
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
        "precision": FLOAT32,
    }
    print(f"{card['name']}: seed {arguments.seed}")
    write_model(model, card, arguments.output)


def main() -> None:
    # TorchScript lists a module's constants in the order of a set, which changes from run to run unless this is fixed.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0] + " Nothing is downloaded. RECIPE --help says which packages it needs."
    )
    recipes = parser.add_subparsers(dest="recipe", required=True, metavar="RECIPE")

    random_vit = recipes.add_parser(
        "random-vit",
        help="a small ViT-16 with fixed random weights, named random_vit_tiny",
        description="Needs PyTorch and numpy alone.",
    )
    random_vit.add_argument("--seed", type=int, default=0, help="of the weights (default: %(default)s)")
    random_vit.set_defaults(export=export_random_vit)

    for module in (histoencoder, timm_models, huggingface, published):
        module.add_parser(recipes)

    for recipe in recipes.choices.values():
        recipe.add_argument("--output", type=Path, required=True, help="folder for NAME.pt and NAME.json")
    arguments = parser.parse_args()
    arguments.export(arguments)


if __name__ == "__main__":
    main()
