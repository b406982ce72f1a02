"""Reads checkpoints and puts them into modules, every weight at its place or none."""

import argparse
import importlib
import pickle
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from .card import Refused

FOLDER_FILES = ("model.safetensors", "pytorch_model.bin")
SHOWN = 4


def needed(module: str, package: str) -> ModuleType:
    """Imports what only some recipes need."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Refused(f"this recipe needs {package} (pip install {package}): {error}") from error


def add_weights_arguments(parser: argparse.ArgumentParser, required: bool = True) -> None:
    parser.add_argument(
        "--weights", type=Path, required=required, help="a state dict: a .pth, .pt, .bin or .safetensors file"
    )
    parser.add_argument("--weights-key", metavar="KEY", help="where the checkpoint keeps the state dict, such as model")
    parser.add_argument(
        "--weights-prefix", metavar="PREFIX", default="", help="take only the weights so named, without it: backbone."
    )


def weights_file(place: Path) -> Path:
    """The file itself, or the one of a Hugging Face folder."""
    if place.is_file():
        return place
    if not place.is_dir():
        raise Refused(f"there is no file {place}")
    for name in FOLDER_FILES:
        if (place / name).is_file():
            return place / name
    parts = [name for name in FOLDER_FILES if (place / f"{name}.index.json").is_file()]
    if parts:
        raise Refused(f"{place} holds {parts[0]} in parts; join them into one file, with save_pretrained for example")
    raise Refused(f"{place} holds neither {' nor '.join(FOLDER_FILES)}")


def read_checkpoint(file: Path) -> object:
    if file.suffix == ".safetensors":
        return needed("safetensors.torch", "safetensors").load_file(str(file))
    try:
        return torch.load(str(file), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Refused(
            f"{file} is not a file of tensors alone, as torch.save(model.state_dict(), file) writes it: {first}"
        ) from error


def read_weights(place: Path, key: "str | None" = None, prefix: str = "") -> "dict[str, Tensor]":
    """The state dict at `place`, a file or a Hugging Face folder."""
    file = weights_file(place)
    state = read_checkpoint(file)
    if key is not None:
        if not isinstance(state, dict) or key not in state:
            raise Refused(f"{file} has no key {key}")
        state = state[key]
    if not isinstance(state, dict) or not state:
        raise Refused(f"{file} holds no state dict")
    others = [name for name, value in state.items() if not isinstance(value, Tensor)]
    if others:
        raise Refused(f"{file} holds no state dict but {listed(others)}; --weights-key says which of these is one")
    chosen = {name[len(prefix):]: value for name, value in state.items() if name.startswith(prefix)}
    if not chosen:
        raise Refused(f"no weight of {file} is named {prefix}..., they are {listed(list(state))}")
    return chosen


def listed(names: "list[str]") -> str:
    more = len(names) - SHOWN
    return ", ".join(map(str, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")


def load_strictly(model: nn.Module, state: "dict[str, Tensor]", left_out: "tuple[str, ...]" = ()) -> None:
    """Every weight of the model from `state`, and none of `state` left over but those named as `left_out`.

    Counts of BatchNorm's batches are of no use to a finished model and may be missing.
    """
    wanted = model.state_dict()
    dropped = sorted(name for name in state if name not in wanted and name.startswith(left_out))
    missing = [name for name in wanted if name not in state and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in state if name not in wanted and name not in dropped]
    shapes = [
        f"{name} is {tuple(state[name].shape)} and not {tuple(wanted[name].shape)}"
        for name in wanted
        if name in state and state[name].shape != wanted[name].shape
    ]
    problems = [
        f"{len(names)} {what}: {listed(names)}"
        for what, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", shapes))
        if names
    ]
    if problems:
        raise Refused("the weights are not this model's; " + "; ".join(problems))
    if dropped:
        print(f"  left out, as the features do without: {listed(dropped)}")
    model.load_state_dict({name: value.float() if value.is_floating_point() else value for name, value in state.items()
                           if name in wanted}, strict=False)
    model.eval().requires_grad_(False)
