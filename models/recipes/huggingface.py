"""A Hugging Face folder on disk: config.json, the weights and, for transformers' models, preprocessor_config.json."""

import argparse
import json
import os
from pathlib import Path

import torch
from torch import Tensor, nn

from .card import Refused, input_section
from .timm_models import add_card_arguments, export_timm, finished_card
from .weights import listed, needed, read_weights
from .writing import write_model

# Tokens before the first patch, without registers, by config.json's model_type.
PREFIX_TOKENS = {
    "vit": 1, "deit": 2, "beit": 1, "data2vec-vision": 1, "dinov2": 1, "dinov2_with_registers": 1, "dinov3_vit": 1
}
# Pillow's numbers of its filters.
FILTERS = {2: "bilinear", 3: "bicubic", 4: "box"}


def read_json(file: Path) -> dict:
    if not file.is_file():
        raise Refused(f"there is no file {file}")
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{file} is not JSON: {error}") from error


class LastHiddenState(nn.Module):
    """All tokens behind the last norm, n x tokens x width."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model(pixel_values=images).last_hidden_state


class PoolerOutput(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model(pixel_values=images).pooler_output


def load_transformers(folder: Path, class_name: str, needs_pooler: bool) -> nn.Module:
    """The model of the folder, in float32 and with attention written out. Nothing is downloaded and no code is run."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    transformers = needed("transformers", "transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if not hasattr(transformers, class_name):
        raise Refused(f"transformers {transformers.__version__} has no {class_name}")
    try:
        model, report = getattr(transformers, class_name).from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, attn_implementation="eager",
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise Refused(f"transformers {transformers.__version__} cannot load {folder}: {error}") from error
    missing = sorted(name for name in report["missing_keys"] if needs_pooler or not name.startswith("pooler."))
    heads = ("classifier.", "pooler.", "lm_head.", "decoder.")
    unexpected = sorted(name for name in report["unexpected_keys"] if not name.startswith(heads))
    problems = [f"{len(names)} {what}: {listed(names)}"
                for what, names in (("missing", missing), ("unexpected", unexpected)) if names]
    if problems:
        raise Refused("the weights are not this model's; " + "; ".join(problems))
    return model.float().eval().requires_grad_(False)


def fix_positions(model: nn.Module, crop: int) -> None:
    """Positions that are interpolated to the image's size become a buffer: the crop is fixed, and bicubic interpolation
    while tracing would differ from what the model does."""

    def record(part: nn.Module) -> None:
        interpolate = part.interpolate_pos_encoding

        def recording(*arguments: object, **named: object) -> Tensor:
            positions = interpolate(*arguments, **named)
            part.register_buffer("fixed_positions", positions.detach().clone())
            return positions

        part.interpolate_pos_encoding = recording

    parts = [part for part in model.modules() if hasattr(part, "interpolate_pos_encoding")]
    for part in parts:
        record(part)
    with torch.no_grad():
        try:
            model(pixel_values=torch.zeros(1, 3, crop, crop))
        except (ValueError, RuntimeError) as error:
            raise Refused(f"the model does not take images of {crop} x {crop}: {error}") from error
    for part in parts:
        del part.interpolate_pos_encoding
        if hasattr(part, "fixed_positions"):
            part.interpolate_pos_encoding = lambda *_, part=part, **__: part.fixed_positions


def prefix_of(config: dict) -> int:
    kind = config.get("model_type")
    if kind not in PREFIX_TOKENS:
        raise Refused(f"which tokens of a model of type {kind} are patches is not known; --pool must be none")
    return PREFIX_TOKENS[kind] + int(config.get("num_register_tokens", 0) or 0)


def transformers_module(model: nn.Module, config: dict, pool: str, crop: int, l2: bool) -> "tuple[nn.Module, dict]":
    """What is exported, and the card's `outputs`."""
    fix_positions(model, crop)
    with torch.inference_mode():
        output = model(pixel_values=torch.zeros(2, 3, crop, crop))
    if pool == "none":
        if getattr(output, "pooler_output", None) is None:
            raise Refused("the model has no pooler; --pool must say how its tokens are pooled")
        return PoolerOutput(model), {
            "layout": "vector", "pool": "none", "dim": output.pooler_output.shape[1], "l2": l2
        }
    dim = output.last_hidden_state.shape[2] * len(pool.split("+"))
    return LastHiddenState(model), {
        "layout": "tokens", "pool": pool, "prefix_tokens": prefix_of(config), "cls_index": 0, "dim": dim, "l2": l2
    }


def side_of(size: object, what: str) -> int:
    """Of 224, {"shortest_edge": 224} or {"height": 224, "width": 224}."""
    if isinstance(size, dict):
        sides = {size[key] for key in ("shortest_edge", "height", "width") if key in size}
        if len(sides) != 1:
            raise Refused(f"preprocessor_config.json: {what} must be square, got {size}")
        return int(sides.pop())
    return int(size)


def processor_defaults(processor: dict) -> dict:
    """preprocessor_config.json in the card's words; what it does not say is not there."""
    said: dict = {}
    crops = processor.get("do_center_crop", "crop_size" in processor) and processor.get("crop_size") is not None
    if crops:
        said["crop"] = side_of(processor["crop_size"], "crop_size")
    if processor.get("do_resize", "size" in processor) and "size" in processor:
        size = processor["size"]
        said["size"] = side_of(size, "size")
        # A bare number is the shorter side for the processors that crop, and both sides for those that do not.
        shorter = "shortest_edge" in size if isinstance(size, dict) else crops
        said["resize"] = "shorter_side" if shorter else "exact"
        said.setdefault("crop", said["size"])
    elif processor.get("do_resize") is False:
        said["resize"] = "none"
    if processor.get("resample") in FILTERS:
        said["interpolation"] = FILTERS[processor["resample"]]
    if abs(processor.get("rescale_factor", 1 / 255) * 255 - 1) > 1e-6 or processor.get("do_rescale") is False:
        raise Refused("preprocessor_config.json: pixels must be divided by 255 (do_rescale, rescale_factor)")
    if processor.get("do_normalize") is False:
        said.update(mean=[0.0] * 3, std=[1.0] * 3)
    else:
        said.update({key: processor[f"image_{key}"] for key in ("mean", "std") if f"image_{key}" in processor})
    return said


def input_from_processor(folder: Path, arguments: argparse.Namespace) -> "tuple[dict, dict]":
    file = folder / "preprocessor_config.json"
    said = processor_defaults(read_json(file)) if file.is_file() else {}
    values, sources = {}, {}
    for key in ("resize", "size", "crop", "interpolation", "mean", "std"):
        given = getattr(arguments, key)
        place = {"resize": "input.resize.mode", "size": "input.resize.size",
                 "interpolation": "input.resize.interpolation"}.get(key, f"input.{key}")
        if given is not None:
            values[key], sources[place] = given, "the command line of export.py"
        elif key in said:
            values[key], sources[place] = said[key], "preprocessor_config.json of the weights' folder"
        elif values.get("resize") == "none" and key in ("size", "interpolation"):
            values[key] = None
        else:
            raise Refused(f"{file} does not say it: --{key} must be given")
    if values["resize"] == "none":
        sources = {key: text for key, text in sources.items()
                   if key not in ("input.resize.size", "input.resize.interpolation")}
    return input_section(**values), sources


def export(arguments: argparse.Namespace) -> None:
    folder = arguments.folder
    config = read_json(folder / "config.json")
    if "architecture" in config:
        pretrained_cfg = config.get("pretrained_cfg", config)
        arguments.licence = arguments.licence or pretrained_cfg.get("license")
        export_timm(config["architecture"], config.get("model_args", {}), read_weights(folder), pretrained_cfg,
                    "config.json of the weights' folder, else timm", arguments)
        return
    if arguments.pool is None:
        raise Refused("--pool must say how the tokens of a transformers model are pooled: cls, mean_patch, ...")
    section, sources = input_from_processor(folder, arguments)
    model = load_transformers(folder, "AutoModel", arguments.pool == "none")
    module, outputs = transformers_module(model, config, arguments.pool, section["crop"], arguments.l2)
    version = needed("transformers", "transformers").__version__
    print(f"{arguments.name}: {type(model).__name__} of transformers {version}")
    card = finished_card(arguments.name, arguments, section, sources, outputs)
    write_model(module, card, arguments.output, trace=True)


def add_parser(recipes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = recipes.add_parser(
        "huggingface",
        help="a Hugging Face folder on disk (needs timm or transformers, and safetensors)",
        description="Needs timm for folders whose config.json has an \"architecture\", transformers for others (ViT,"
        " DINOv2, DINOv2 with registers), and safetensors. The preprocessing is read from config.json or"
        " preprocessor_config.json where it is not given. --pool must be given for models of transformers. No code of"
        " the folder is run.",
    )
    parser.add_argument("folder", type=Path, help="holds config.json and model.safetensors or pytorch_model.bin")
    add_card_arguments(parser)
    parser.set_defaults(export=export)
