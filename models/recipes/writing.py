"""From a module and its card to NAME.pt and NAME.json, compared with each other before anything is kept."""

import hashlib
import json
import shutil
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .card import Refused, SELF_TEST_TOLERANCE, normalised, pooled, self_test, self_test_image, whole

BATCHES = (1, 3, 8)
# Of the largest value; scripting and tracing change the order of few sums.
TOLERANCE = 1e-4

# LibTorch 1.13 does not know these; each can be written out.
TOO_NEW = ("scaled_dot_product_attention", "aten::rms_norm", "aten::_native_multi_head_attention")


CARD_KEYS = (
    "schema name kind torchscript sha256 licence note sources unstated input tile outputs precision self_test".split()
)


def in_torchscript(model: nn.Module, example: "Tensor | None") -> torch.jit.ScriptModule:
    """Scripted; with an example traced, for modules whose source TorchScript cannot read."""
    if example is None:
        return torch.jit.script(model.eval())
    # What tracing warns of, sizes that become constants, shows in check_batches or is meant: the crop is fixed.
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        return torch.jit.trace(model.eval().requires_grad_(False), example, check_trace=False)


def write_torchscript(model: nn.Module, file: Path, example: "Tensor | None" = None) -> None:
    """The same model gives the same bytes wherever it is exported.

    TorchScript's archive is rewritten without its .debug_pkl records, which hold the path of the sources, and with a
    fixed date. The reader needs neither.
    """
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        saved = Path(folder) / "archive.pt"  # the archive's root takes this name
        torch.jit.save(in_torchscript(model, example), str(saved))
        with zipfile.ZipFile(saved) as source, zipfile.ZipFile(file, "w") as target:
            for record in source.infolist():
                if record.filename.endswith(".debug_pkl"):
                    continue
                copy = zipfile.ZipInfo(record.filename)
                copy.file_size = record.file_size
                with source.open(record) as data, target.open(copy, "w") as place:
                    shutil.copyfileobj(data, place, 1 << 20)


def torchscript_bytes(model: nn.Module, example: "Tensor | None" = None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.pt"
        write_torchscript(model, file, example)
        return file.read_bytes()


def check_portable(scripted: torch.jit.ScriptModule) -> None:
    graph = str(scripted.inlined_graph)
    for operator in TOO_NEW:
        if operator in graph:
            raise Refused(f"the module calls {operator}, which LibTorch 1.13 does not know; it must be written out")
    if ": Device = prim::Constant" in graph:
        raise Refused(
            "the module holds a device as a constant and would fail on another one; what is made in forward() must be"
            " a buffer, or be made on the device of the input"
        )


def without_fuser() -> None:
    """LibTorch 2.6's tensor-expression fuser works on a transformer's first call for minutes; it is not needed."""
    if hasattr(torch._C, "_jit_set_texpr_fuser_enabled"):
        torch._C._jit_set_texpr_fuser_enabled(False)


def check_batches(eager: nn.Module, scripted: nn.Module, card: dict) -> None:
    """Prints how far the exported model is from the eager one; stops if that is more than rounding."""
    size, dim = card["input"]["crop"], card["outputs"]["dim"]
    images = np.random.default_rng(0).integers(0, 256, (max(BATCHES), size, size, 3), dtype=np.uint8)
    images[0] = self_test_image(size)
    batch = normalised(images, card)
    with torch.inference_mode():
        output = eager(batch)
        shape = tuple(pooled(output, card).shape)
        if shape != (len(batch), dim):
            raise Refused(f"the features must be {len(batch)} x {dim}, they are {' x '.join(map(str, shape))}")
        want = whole(output, card)
        if not want.isfinite().all():
            raise Refused("the model gives values that are not finite")
        scale = want.abs().max().clamp(min=1.0).item()
        print(f"  eager against TorchScript; at most {TOLERANCE:.0e} of {scale:.3g} is accepted")
        for n in BATCHES:
            try:
                got = whole(scripted(batch[:n]), card)
            except RuntimeError as error:
                last = str(error).strip().splitlines()[-1]
                raise Refused(f"the exported model fails at batch {n}: {last}") from error
            if got.shape != want[:n].shape:
                raise Refused(f"the exported model gives {' x '.join(map(str, got.shape))} values at batch {n}")
            difference = (want[:n] - got).abs().max().item() / scale
            cosine = nn.functional.cosine_similarity(want[:n], got).min().item()
            print(f"  batch {n}: largest difference {difference:.2e}, smallest cosine {cosine:.8f}")
            if not difference <= TOLERANCE:
                raise Refused(
                    f"the exported model differs from the eager one at batch {n} by {difference:.2e}, more than"
                    f" {TOLERANCE:.0e}"
                )


def write_model(model: nn.Module, card: dict, folder: Path, trace: bool = False) -> None:
    """NAME.pt and NAME.json; `card` comes without what only the finished file can tell.

    `trace` is for modules that TorchScript cannot read the source of. The example has two images: of one, PyTorch
    would take the batch for something that can be broadcast.
    """
    if Path(card["name"]).name != card["name"]:
        raise Refused(f"the name must be that of a file, got {card['name']}")
    unknown = sorted(set(card) - set(CARD_KEYS))
    if unknown:
        raise Refused(f"a card has no key {unknown[0]}")
    folder.mkdir(parents=True, exist_ok=True)
    card = dict(card, torchscript=card["name"] + ".pt")
    size = card["input"]["crop"]
    example = normalised(np.stack([self_test_image(size), 255 - self_test_image(size)]), card) if trace else None
    unfinished = folder / (card["torchscript"] + ".unfinished")
    without_fuser()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer PyTorches warn that TorchScript is not what they would write
            write_torchscript(model, unfinished, example)
            scripted = torch.jit.load(str(unfinished), map_location="cpu")
        check_portable(scripted)
        check_batches(model, scripted, card)
        card["sha256"] = sha256(unfinished)
        card["self_test"] = self_test(scripted, card)
        unfinished.replace(folder / card["torchscript"])
    finally:
        unfinished.unlink(missing_ok=True)
    ordered = {key: card[key] for key in CARD_KEYS if key in card}
    text = json.dumps(ordered, indent=2, ensure_ascii=False) + "\n"
    (folder / (card["name"] + ".json")).write_text(text, encoding="utf-8")
    file = folder / card["torchscript"]
    print(f"  {file}: {file.stat().st_size} bytes, sha256 {card['sha256']}")


def sha256(file: Path) -> str:
    total = hashlib.sha256()
    with open(file, "rb") as data:
        for piece in iter(lambda: data.read(1 << 20), b""):
            total.update(piece)
    return total.hexdigest()
