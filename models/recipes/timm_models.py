"""Any architecture that timm knows, with weights from a file."""

import argparse
import json
import math
from pathlib import Path

import torch
from torch import Tensor, nn

from .card import FLOAT32, INTERPOLATIONS, POOLS, RESIZE_MODES, Refused, input_section
from .weights import add_weights_arguments, load_strictly, needed, read_weights
from .writing import write_model

NO_LICENCE = "not stated: see where the weights come from"


class Tokens(nn.Module):
    """All tokens behind the last norm, n x tokens x width."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model.forward_features(images)


def layer(name: str) -> object:
    """The class that a text such as "torch.nn.SiLU" or "timm.layers.SwiGLUPacked" names; other texts as they are."""
    if "." not in name:
        return name
    place, _, last = name.rpartition(".")
    if place not in ("torch.nn", "timm.layers"):
        raise Refused(f"a layer must be one of torch.nn or timm.layers, got {name}")
    module = torch.nn if place == "torch.nn" else needed("timm.layers", "timm")
    if not hasattr(module, last):
        raise Refused(f"there is no {name} in the {place.split('.')[0]} that is installed")
    return getattr(module, last)


def create(architecture: str, arguments: dict) -> nn.Module:
    """Without its classifier, without weights, and with attention written out."""
    timm = needed("timm", "timm")
    if hasattr(timm, "layers") and hasattr(timm.layers, "set_fused_attn"):
        timm.layers.set_fused_attn(False)
    arguments = {
        key: layer(value) if key.endswith("_layer") and isinstance(value, str) else value
        for key, value in arguments.items()
    }
    try:
        model = timm.create_model(architecture, pretrained=False, exportable=True, **{"num_classes": 0, **arguments})
    except (RuntimeError, TypeError, ValueError, AssertionError) as error:
        raise Refused(f"timm {timm.__version__} cannot make {architecture}: {error}") from error
    for module in model.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False
    return model.eval()


def data_config(model: nn.Module, pretrained_cfg: "dict | None" = None) -> dict:
    """mean, std, interpolation, crop_pct, crop_mode and input_size, as timm's own scripts would take them."""
    data = needed("timm.data", "timm")
    return data.resolve_data_config(pretrained_cfg or {}, model=model)


def prefix_tokens(model: nn.Module) -> int:
    """Tokens before the first patch; older timm says num_tokens."""
    return int(getattr(model, "num_prefix_tokens", getattr(model, "num_tokens", 0)))


def outputs_of(model: nn.Module, pool: "str | None", crop: int, l2: bool) -> "tuple[nn.Module, dict]":
    """What is exported, and the card's `outputs`."""
    images = torch.zeros(2, 3, crop, crop)
    with torch.inference_mode():
        try:
            output = model(images) if pool in (None, "none") else model.forward_features(images)
        except (AssertionError, RuntimeError, ValueError) as error:
            raise Refused(f"the model does not take images of {crop} x {crop}: {error}") from error
    shape = " x ".join(map(str, output.shape))
    if pool in (None, "none"):
        if output.dim() != 2:
            raise Refused(f"the model gives {shape} values for 2 images and no vectors; --pool must say how to pool")
        return model, {"layout": "vector", "pool": "none", "dim": output.shape[1], "l2": l2}

    prefix = prefix_tokens(model)
    if output.dim() == 2 and prefix > 0:
        raise Refused("this timm keeps the tokens to itself; take 0.6 or newer, or --pool none")
    if output.dim() != 3:
        raise Refused(f"the model gives {shape} values for 2 images and no tokens; --pool must be none")
    if not isinstance(getattr(model, "fc_norm", None) or nn.Identity(), nn.Identity):
        raise Refused("this model has a norm behind its pooling (fc_norm); --pool must be none")
    if "cls" in pool and prefix == 0:
        raise Refused(f"this model has no class token; --pool must be mean_patch or none, got {pool}")
    outputs = {"layout": "tokens", "pool": pool, "prefix_tokens": prefix}
    if prefix > 0:
        outputs["cls_index"] = 0
    return Tokens(model), {**outputs, "dim": output.shape[2] * len(pool.split("+")), "l2": l2}


def input_of(config: dict, origin: str, arguments: argparse.Namespace) -> "tuple[dict, dict]":
    """The card's `input` and its sources: what the command line says, else timm's data config."""
    sources = {}

    def chosen(key: str, given: object, default: object, said: str = origin) -> object:
        sources[key] = said if given is None else "the command line of export.py"
        return default if given is None else given

    side = int(config["input_size"][-1])
    crop = int(chosen("input.crop", arguments.crop, side))
    mode = {"center": "shorter_side", "squash": "exact"}.get(config.get("crop_mode", "center"))
    resize = chosen("input.resize.mode", arguments.resize, mode)
    if resize is None:
        raise Refused(f"timm's crop mode {config['crop_mode']} has no counterpart here; --resize must choose one")
    size = None
    if resize != "none":
        size = int(chosen("input.resize.size", arguments.size, math.floor(crop / config["crop_pct"])))
    interpolation = None
    if resize != "none":
        interpolation = chosen("input.resize.interpolation", arguments.interpolation, config["interpolation"])
    mean = chosen("input.mean", arguments.mean, config["mean"])
    std = chosen("input.std", arguments.std, config["std"])
    return input_section(resize, size, crop, interpolation, mean, std), sources


def tile_of(arguments: argparse.Namespace) -> dict:
    given = {"mpp": arguments.tile_mpp, "size_px": arguments.tile_size, "tolerance": arguments.tile_tolerance}
    return {key: value for key, value in given.items() if value is not None}


def finished_card(name: str, arguments: argparse.Namespace, section: dict, sources: dict, outputs: dict) -> dict:
    card = {
        "schema": 1,
        "name": name,
        "kind": "tile",
        "licence": arguments.licence or NO_LICENCE,
        "sources": sources,
        "input": section,
        "outputs": outputs,
        "precision": FLOAT32,
    }
    tile = tile_of(arguments)
    if tile:
        card["tile"] = tile
        sources["tile"] = "the command line of export.py"
    unstated = [] if arguments.licence else ["licence"]
    unstated += [f"tile.{key}" for key in ("mpp", "size_px") if key not in tile]
    if unstated:
        card["unstated"] = unstated
    if arguments.note:
        card["note"] = arguments.note
    return card


def key_and_value(text: str) -> "tuple[str, object]":
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"must be KEY=VALUE, got {text}")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, {"True": True, "False": False, "None": None}.get(value, value)


def export_timm(architecture: str, model_arguments: dict, state: dict, pretrained_cfg: "dict | None", origin: str,
                arguments: argparse.Namespace) -> None:
    model = create(architecture, model_arguments)
    config = dict(data_config(model, pretrained_cfg))
    if "img_size" in model_arguments:
        config["input_size"] = (3, model_arguments["img_size"], model_arguments["img_size"])
    classifier = (pretrained_cfg or getattr(model, "default_cfg", None) or {}).get("classifier") or "head"
    heads = (classifier,) if isinstance(classifier, str) else tuple(classifier)
    load_strictly(model, state, tuple(head + "." for head in heads))
    section, sources = input_of(config, origin, arguments)
    module, outputs = outputs_of(model, arguments.pool, section["crop"], arguments.l2)
    print(f"{arguments.name}: {architecture} of timm {needed('timm', 'timm').__version__}")
    card = finished_card(arguments.name, arguments, section, sources, outputs)
    write_model(module, card, arguments.output, trace=True)


def export(arguments: argparse.Namespace) -> None:
    state = read_weights(arguments.weights, arguments.weights_key, arguments.weights_prefix)
    origin = f"timm {needed('timm', 'timm').__version__}, data config of {arguments.architecture}"
    export_timm(arguments.architecture, dict(arguments.argument), state, None, origin, arguments)


def add_card_arguments(parser: argparse.ArgumentParser) -> None:
    """What a checkpoint does not say, or says wrong."""
    parser.add_argument("--name", required=True, help="of the files and of the model")
    parser.add_argument("--pool", choices=("none", *POOLS), help="none: as the model itself pools (default)")
    parser.add_argument("--l2", action="store_true", help="divide each feature by its length")
    parser.add_argument("--mean", type=float, nargs=3, metavar=("R", "G", "B"), help="of pixels from 0 to 1")
    parser.add_argument("--std", type=float, nargs=3, metavar=("R", "G", "B"))
    parser.add_argument("--resize", choices=RESIZE_MODES, help="what is resized to --size")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="that tiles are resized to")
    parser.add_argument("--crop", type=int, metavar="PIXELS", help="side of the centre that the model sees")
    parser.add_argument("--interpolation", choices=INTERPOLATIONS)
    parser.add_argument("--tile-mpp", type=float, metavar="MICROMETRES", help="a pixel of the tiles it was trained on")
    parser.add_argument("--tile-size", type=int, metavar="PIXELS", help="side of the tiles it was trained on")
    parser.add_argument("--tile-tolerance", type=float, metavar="SHARE", help="how far tiles may be from these")
    parser.add_argument("--licence", help="of the weights")
    parser.add_argument("--note", help="for the reader of the card")


def add_parser(recipes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = recipes.add_parser(
        "timm",
        help="any architecture of timm (needs timm)",
        description="Needs timm, and safetensors for files of that kind. What is not given of --mean, --std, --resize,"
        " --size, --crop and --interpolation is the architecture's in timm, which need not be that of the weights.",
    )
    parser.add_argument("architecture", help="such as vit_small_patch16_224")
    add_weights_arguments(parser)
    parser.add_argument(
        "--argument", type=key_and_value, action="append", default=[], metavar="KEY=VALUE",
        help="of timm.create_model, such as init_values=1e-5 or mlp_layer=timm.layers.SwiGLUPacked",
    )
    add_card_arguments(parser)
    parser.set_defaults(export=export)
