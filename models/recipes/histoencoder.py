"""HistoEncoder's prostate_small and prostate_medium: XCiT with two class-attention blocks."""

import argparse

import torch
from torch import Tensor, nn

from .card import FLOAT32, Refused, input_section
from .timm_models import create
from .weights import add_weights_arguments, load_strictly, read_weights
from .writing import write_model

ARCHITECTURES = {"prostate_small": "xcit_small_12_p16_224", "prostate_medium": "xcit_medium_24_p16_224"}
SIDE = 224
CLASS_BLOCKS = 2

SOURCES = {
    "licence": "LICENCE of github.com/jopo666/HistoEncoder; nothing else is said of the weights",
    "input.resize": "histoencoder 0.1.1, _cli/_extract.py: torchvision's Resize(224) of a PIL image, which is bilinear"
    " and antialiased; 224 is the default of --input-size",
    "input.crop": "histoencoder 0.1.1 does not crop: tiles are square there",
    "input.mean": "histoencoder 0.1.1, _cli/_extract.py: histoprep's get_mean_and_std_from_paths over at most 1000"
    " tiles of each slide",
    "input.std": "as input.mean",
    "outputs": "histoencoder 0.1.1, functional/_features.py: extract_features",
}


class LastBlocks(nn.Module):
    """n x 3 x 224 x 224 to n x 3 x width: the class tokens of the two class-attention blocks, the older first, and the
    mean of the last one's patches, each behind the final norm. Older blocks have no class token.

    The positions depend on the image's size alone. They are kept as a buffer: made in forward(), tracing would bind
    them to the device of the export.
    """

    def __init__(self, xcit: nn.Module) -> None:
        super().__init__()
        self.patch_embed = xcit.patch_embed
        self.blocks = xcit.blocks
        self.cls_token = xcit.cls_token
        self.cls_attn_blocks = xcit.cls_attn_blocks
        self.norm = xcit.norm
        with torch.no_grad():
            _, (height, width) = xcit.patch_embed(torch.zeros(1, 3, SIDE, SIDE))
            self.register_buffer("positions", xcit.pos_embed(1, height, width).flatten(2).transpose(1, 2).contiguous())

    def forward(self, images: Tensor) -> Tensor:
        x, (height, width) = self.patch_embed(images)
        x = x + self.positions
        for block in self.blocks:
            x = block(x, height, width)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        normed = []
        for block in self.cls_attn_blocks:
            x = block(x)
            normed.append(self.norm(x))
        parts = [tokens[:, 0] for tokens in normed] + [normed[-1][:, 1:].mean(dim=1)]
        return torch.stack(parts, dim=1)


def card_of(name: str, width: int, num_blocks: int, avg_pool: bool) -> dict:
    return {
        "schema": 1,
        "name": name,
        "kind": "tile",
        "licence": "Apache-2.0",
        "note": "HistoEncoder (Pohjonen 2023), trained by DINO on prostate tissue",
        "sources": SOURCES,
        "unstated": ["tile.mpp", "tile.size_px"],
        "input": input_section("shorter_side", SIDE, SIDE, "bilinear", "estimate", "estimate"),
        "outputs": {
            "layout": "blocks",
            "blocks": CLASS_BLOCKS,
            "num_blocks": num_blocks,
            "avg_pool": avg_pool,
            "dim": width * (num_blocks + avg_pool),
            "l2": False,
        },
        "precision": FLOAT32,
    }


def export(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.num_blocks <= CLASS_BLOCKS:
        raise Refused(
            f"--num-blocks must be 1 or {CLASS_BLOCKS}, got {arguments.num_blocks}: only the last {CLASS_BLOCKS} blocks"
            " of these models have a class token"
        )
    xcit = create(ARCHITECTURES[arguments.model], {})
    load_strictly(xcit, read_weights(arguments.weights, arguments.weights_key, arguments.weights_prefix))
    card = card_of(arguments.model, xcit.embed_dim, arguments.num_blocks, arguments.avg_pool)
    print(f"{card['name']}: {ARCHITECTURES[arguments.model]} with {arguments.weights}")
    write_model(LastBlocks(xcit), card, arguments.output, trace=True)


def add_parser(recipes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = recipes.add_parser(
        "histoencoder",
        help="HistoEncoder's prostate_small and prostate_medium (needs timm)",
        description="Needs timm, 0.5.4 as HistoEncoder has it or newer.",
    )
    parser.add_argument("model", choices=sorted(ARCHITECTURES))
    add_weights_arguments(parser)
    parser.add_argument(
        "--num-blocks", type=int, default=1, metavar="N", help="the card's default, 1 or 2; `extract` can choose too"
    )
    parser.add_argument("--avg-pool", action="store_true", help="the card's default; `extract` can choose it too")
    parser.set_defaults(export=export)
