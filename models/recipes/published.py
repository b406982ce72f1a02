"""Published models: models/published/NAME.json says how each is built and how its tiles are prepared; the weights are
the user's to get."""

import argparse
from pathlib import Path

from torch import nn

from .card import POOLS, Refused
from .huggingface import load_transformers, read_json, transformers_module
from .timm_models import create, outputs_of
from .weights import load_strictly, read_weights
from .writing import write_model

FOLDER = Path(__file__).resolve().parent.parent / "published"
CARD_KEYS = "schema name kind licence note sources unstated input tile outputs precision".split()
OTHER_KEYS = ("title", "weights", "recipe")


def names() -> "list[str]":
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read_template(name: str) -> dict:
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        raise Refused(f"{name} is not one of the published models {', '.join(names())}")
    template = read_json(file)
    wanted = [key for key in CARD_KEYS if key not in ("note", "sources", "unstated", "tile")] + list(OTHER_KEYS)
    for key in wanted:
        if key not in template:
            raise Refused(f"{file} has no key {key}")
    for key in template:
        if key not in CARD_KEYS and key not in OTHER_KEYS:
            raise Refused(f"{file}: there is no key {key}")
    return template


def same_outputs(found: dict, wanted: dict, file_name: str) -> None:
    """The template's `outputs` must be what the built model has."""
    for key in ("layout", "dim", "prefix_tokens"):
        if key in wanted and wanted[key] != found.get(key):
            raise Refused(f"{file_name} says outputs.{key} is {wanted[key]}, the model's is {found.get(key)}")


def build(template: dict, weights: Path, key: "str | None", prefix: str) -> nn.Module:
    recipe, outputs, crop = template["recipe"], template["outputs"], template["input"]["crop"]
    pool = outputs["pool"] if outputs["layout"] == "tokens" else "none"
    if pool not in ("none", *POOLS):
        raise Refused(f"{template['name']}.json: outputs.pool must be one of {', '.join(POOLS)}, got {pool}")
    if "timm" in recipe:
        model = create(recipe["timm"], recipe.get("arguments", {}))
        load_strictly(model, read_weights(weights, key, prefix), ("head.", "fc."))
        module, found = outputs_of(model, pool, crop, outputs["l2"])
    elif "transformers" in recipe:
        if not weights.is_dir():
            raise Refused(f"--weights must be the folder with config.json and the weights, got {weights}")
        model = load_transformers(weights, recipe["transformers"], pool == "none")
        module, found = transformers_module(model, read_json(weights / "config.json"), pool, crop, outputs["l2"])
    else:
        raise Refused(f"there is no recipe for {template['name']}: {recipe.get('none', 'the template has none')}")
    same_outputs(found, outputs, f"{template['name']}.json")
    return module


def export(arguments: argparse.Namespace) -> None:
    template = read_template(arguments.name)
    print(f"{template['name']}: {template['title']}")
    module = build(template, arguments.weights, arguments.weights_key, arguments.weights_prefix)
    card = {key: template[key] for key in CARD_KEYS if key in template}
    write_model(module, card, arguments.output, trace=True)


def add_parser(recipes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = recipes.add_parser(
        "published",
        help="a published pathology model with the preprocessing it was trained with (needs timm or transformers)",
        description=f"Known: {', '.join(names()) or 'none'}. Each is described by models/published/NAME.json; its"
        " weights must be on disk. Needs timm or transformers, as its recipe says, and safetensors for such weights.",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--weights", type=Path, required=True, help="the file, or the folder of a Hugging Face model")
    parser.add_argument("--weights-key", metavar="KEY", help="where the checkpoint keeps the state dict")
    parser.add_argument("--weights-prefix", metavar="PREFIX", default="", help="take only the weights so named")
    parser.set_defaults(export=export)
