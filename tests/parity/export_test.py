#!/usr/bin/env python3
"""Tests of models/export.py that need PyTorch and numpy alone; leaves with 77 where they are missing.

    python3 tests/parity/export_test.py
"""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"
sys.path.insert(0, str(MODELS))

import export  # noqa: E402
from recipes import card, histoencoder, huggingface, published, timm_models, weights, writing  # noqa: E402


class Mean(nn.Module):
    """n x 3 x side x side to n x 6, and little else."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 6)
        nn.init.constant_(self.linear.weight, 0.5)

    def forward(self, images):
        return self.linear(images.mean((2, 3)))


class FixedBatch(Mean):
    def forward(self, images):
        # Tracing makes a constant of int().
        return self.linear(images.mean((2, 3))).reshape(int(images.shape[0]), 6)


class OnTheCpu(Mean):
    def forward(self, images):
        return super().forward(images) + torch.arange(6, device="cpu")


class Infinite(Mean):
    def forward(self, images):
        return self.linear(images.mean((2, 3))) / (0 * images[0, 0, 0, 0])


class Tokens(nn.Module):
    """n x 5 x 2: token t of channel c is t + 10 c."""

    def forward(self, images):
        return (torch.arange(5.0)[:, None] + 10 * torch.arange(2.0)).expand(images.shape[0], 5, 2)


def small_card(dim=6, mean=(0.5, 0.5, 0.5)):
    return {
        "schema": 1,
        "name": "small",
        "kind": "tile",
        "licence": "Apache-2.0",
        "input": card.input_section("shorter_side", 16, 16, "bilinear", mean, mean),
        "outputs": {"layout": "vector", "pool": "none", "dim": dim, "l2": False},
        "precision": card.FLOAT32,
    }


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refused(self, sentence, call, *arguments, **named):
        with self.assertRaises(card.Refused) as caught, contextlib.redirect_stdout(io.StringIO()):
            call(*arguments, **named)
        self.assertIn(sentence, str(caught.exception))
        self.assertTrue(str(caught.exception).startswith("export.py: "))

    def written(self, model, its_card, trace=True):
        with contextlib.redirect_stdout(io.StringIO()):
            writing.write_model(model, its_card, self.folder, trace=trace)
        return json.loads((self.folder / f"{its_card['name']}.json").read_text(encoding="utf-8"))

    def saved(self, state, name="weights.pth"):
        torch.save(state, self.folder / name)
        return self.folder / name


class WritingTest(Case):
    def test_the_committed_random_vit_comes_out_byte_for_byte(self):
        if torch.__version__.split("+")[0] not in ("1.13.0a0", "1.13.1"):
            self.skipTest("the committed file is PyTorch 1.13's")
        # Run as a program: a class of __main__ has another name in TorchScript than one of a module.
        command = [sys.executable, str(MODELS / "export.py"), "random-vit", "--output", str(self.folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        committed = (MODELS / "random_vit_tiny.pt").read_bytes()
        self.assertTrue((self.folder / "random_vit_tiny.pt").read_bytes() == committed)

    def test_a_card_has_the_sum_of_its_file_and_a_self_test_spread_over_the_feature(self):
        found = self.written(Mean(), small_card())
        self.assertEqual(found["sha256"], writing.sha256(self.folder / "small.pt"))
        self.assertEqual(found["self_test"]["stride"], 1)
        self.assertEqual(len(found["self_test"]["values"]), 6)

        wide = nn.Sequential(Mean(), nn.Linear(6, 100))
        self.assertEqual(self.written(wide, small_card(dim=100))["self_test"]["stride"], 12)
        self.assertEqual(len(self.written(wide, small_card(dim=100))["self_test"]["values"]), 8)

    def test_a_card_with_a_key_that_is_none_is_refused(self):
        its_card = {**small_card(), "colour": 1}
        self.refused("a card has no key colour", writing.write_model, Mean(), its_card, self.folder)

    def test_a_name_that_is_a_path_is_refused(self):
        its_card = {**small_card(), "name": "folder/small"}
        self.refused("must be that of a file, got folder/small", writing.write_model, Mean(), its_card, self.folder)

    def test_a_batch_that_tracing_fixed_is_refused_and_leaves_no_file(self):
        self.refused("fails at batch 1", writing.write_model, FixedBatch(), small_card(), self.folder, True)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_device_that_became_a_constant_is_refused(self):
        self.refused("holds a device as a constant", writing.write_model, OnTheCpu(), small_card(), self.folder, True)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_an_operator_that_libtorch_1_13_does_not_know_is_refused(self):
        if not hasattr(nn.functional, "scaled_dot_product_attention"):
            self.skipTest("this PyTorch has none")

        class Fused(Mean):
            def forward(self, images):
                x = super().forward(images)[:, None]
                return nn.functional.scaled_dot_product_attention(x, x, x)[:, 0]

        self.refused("LibTorch 1.13 does not know", writing.write_model, Fused(), small_card(), self.folder, True)

    def test_values_that_are_not_finite_are_refused(self):
        self.refused("not finite", writing.write_model, Infinite(), small_card(), self.folder, True)

    def test_a_wrong_dimension_is_refused(self):
        self.refused("must be 8 x 7, they are 8 x 6", writing.write_model, Mean(), small_card(dim=7), self.folder, True)

    def test_an_exported_model_that_differs_is_refused(self):
        other = Mean()
        nn.init.constant_(other.linear.weight, 0.6)
        self.refused("differs from the eager one at batch 1", writing.check_batches, Mean(), torch.jit.script(other),
                     small_card())

    def test_tokens_are_pooled_as_the_card_says(self):
        its_card = small_card()
        its_card["outputs"] = {
            "layout": "tokens", "pool": "cls+mean_patch", "prefix_tokens": 3, "cls_index": 1, "l2": False
        }
        found = card.pooled(Tokens()(torch.zeros(1, 3, 16, 16)), its_card)
        self.assertEqual(found.tolist(), [[1.0, 11.0, 3.5, 13.5]])

    def test_blocks_give_the_last_class_tokens_the_older_first_and_then_the_patches(self):
        its_card, whole = small_card(), torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
        for num_blocks, avg_pool, wanted in (
            (1, False, [3, 4]), (2, False, [1, 2, 3, 4]), (1, True, [3, 4, 5, 6]), (2, True, [1, 2, 3, 4, 5, 6]),
        ):
            its_card["outputs"] = {
                "layout": "blocks", "blocks": 2, "num_blocks": num_blocks, "avg_pool": avg_pool, "l2": False
            }
            self.assertEqual(card.pooled(whole, its_card).tolist(), [wanted])
        self.assertEqual(card.whole(whole, its_card).tolist(), [[1, 2, 3, 4, 5, 6]])

    def test_estimated_means_take_those_of_the_self_test(self):
        its_card = small_card()
        its_card["input"].update(mean="estimate", std="estimate")
        found = card.normalised(np.full((1, 2, 2, 3), 255, np.uint8), its_card)
        self.assertEqual(found.unique().tolist(), [2.0])

    def test_a_resize_that_no_card_can_say_is_refused(self):
        self.refused("the resize mode must be one of", card.input_section, "border", 8, 8, "box", [0] * 3, [1] * 3)
        self.refused("must be one of box", card.input_section, "exact", 8, 8, "lanczos", [0] * 3, [1] * 3)
        self.refused("must not exceed", card.input_section, "exact", 8, 9, "box", [0] * 3, [1] * 3)


class WeightsTest(Case):
    def test_weights_go_into_their_places(self):
        model, other = Mean(), Mean()
        nn.init.constant_(other.linear.bias, 3.0)
        weights.load_strictly(model, weights.read_weights(self.saved(other.state_dict())))
        self.assertEqual(model.linear.bias.tolist(), [3.0] * 6)

    def test_missing_unexpected_and_misshapen_weights_are_listed(self):
        state = {"linear.weight": torch.zeros(6, 4), "extra.weight": torch.zeros(1), "head.bias": torch.zeros(1)}
        sentence = (
            "1 missing: linear.bias; 1 unexpected: extra.weight; 1 of another shape: linear.weight is (6, 4) and not"
            " (6, 3)"
        )
        self.refused(sentence, weights.load_strictly, Mean(), state, ("head.",))

    def test_a_nested_checkpoint_needs_its_key_and_prefix(self):
        inner = {f"module.{name}": tensor for name, tensor in Mean().state_dict().items()}
        file = self.saved({"teacher": inner, "epoch": 3})
        self.refused("--weights-key says which", weights.read_weights, file)
        self.refused("has no key student", weights.read_weights, file, "student")
        self.refused("no weight of", weights.read_weights, file, "teacher", "backbone.")
        self.assertEqual(sorted(weights.read_weights(file, "teacher", "module.")), ["linear.bias", "linear.weight"])

    def test_files_that_hold_no_weights_are_refused(self):
        self.refused("there is no file", weights.read_weights, self.folder / "none.pth")
        self.refused("holds neither model.safetensors nor pytorch_model.bin", weights.read_weights, self.folder)
        (self.folder / "text.pth").write_text("not a model")
        self.refused("not a file of tensors alone", weights.read_weights, self.folder / "text.pth")
        self.refused("not a file of tensors alone", weights.read_weights, self.saved(Mean(), "whole.pth"))
        self.refused("holds no state dict", weights.read_weights, self.saved(torch.zeros(1), "tensor.pth"))
        (self.folder / "pytorch_model.bin.index.json").write_text("{}")
        self.refused("in parts", weights.read_weights, self.folder)

    def test_a_package_that_is_missing_is_named(self):
        self.refused("needs no_such_package", weights.needed, "no_such_package", "no_such_package")


class RecipesTest(Case):
    def parsed(self, *words):
        with mock.patch.object(sys, "argv", ["export.py", *words, "--output", str(self.folder)]), mock.patch.dict(
            "os.environ", PYTHONHASHSEED="0"
        ), contextlib.redirect_stdout(io.StringIO()):
            export.main()

    def test_more_blocks_than_have_a_class_token_are_refused(self):
        self.refused("--num-blocks must be 1 or 2, got 3", self.parsed, "histoencoder", "prostate_small", "--weights",
                     "none.pth", "--num-blocks", "3")

    def test_histoencoders_cards_offer_two_blocks(self):
        found = histoencoder.card_of("prostate_small", 384, 2, True)
        self.assertEqual(found["outputs"]["dim"], 3 * 384)
        self.assertEqual(found["input"]["mean"], "estimate")

    def test_layers_come_from_torch_and_timm_alone(self):
        self.assertIs(timm_models.layer("torch.nn.SiLU"), nn.SiLU)
        self.assertEqual(timm_models.layer("gelu"), "gelu")
        self.refused("torch.nn or timm.layers, got os.system", timm_models.layer, "os.system")
        self.refused("there is no torch.nn.Nothing", timm_models.layer, "torch.nn.Nothing")

    def test_arguments_are_read_as_json_or_text(self):
        read = [timm_models.key_and_value(text) for text in ("a=1e-5", "b=true", "c=swish", "d=False")]
        self.assertEqual(read, [("a", 1e-5), ("b", True), ("c", "swish"), ("d", False)])

    def test_a_processors_sizes_become_a_resize_and_a_crop(self):
        exact = {"do_resize": True, "size": {"height": 224, "width": 224}, "resample": 2, "image_mean": [0.5] * 3}
        self.assertEqual(huggingface.processor_defaults(exact), {
            "size": 224, "resize": "exact", "crop": 224, "interpolation": "bilinear", "mean": [0.5] * 3
        })
        cropping = {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "resample": 3}
        self.assertEqual(huggingface.processor_defaults(cropping), {
            "size": 256, "resize": "shorter_side", "crop": 224, "interpolation": "bicubic"
        })
        self.assertEqual(huggingface.processor_defaults({"size": 224, "crop_size": 200})["resize"], "shorter_side")
        self.assertEqual(huggingface.processor_defaults({"size": 224})["resize"], "exact")
        self.assertEqual(huggingface.processor_defaults({"do_resize": False}), {"resize": "none"})
        self.refused("must be square", huggingface.processor_defaults, {"size": {"height": 224, "width": 192}})
        self.refused("must be divided by 255", huggingface.processor_defaults, {"do_rescale": False})

    def test_registers_count_as_prefix_tokens(self):
        self.assertEqual(huggingface.prefix_of({"model_type": "dinov2_with_registers", "num_register_tokens": 4}), 5)
        self.refused("--pool must be none", huggingface.prefix_of, {"model_type": "convnext"})

    def test_a_published_model_without_a_recipe_says_why(self):
        template = {"name": "closed", "recipe": {"none": "its network is not public"}, "input": {"crop": 224},
                    "outputs": {"layout": "vector"}}
        self.refused("there is no recipe for closed: its network is not public", published.build, template,
                     self.folder, None, "")

    def test_published_outputs_must_be_the_models(self):
        self.refused("x.json says outputs.dim is 7, the model's is 6", published.same_outputs, {"dim": 6}, {"dim": 7},
                     "x.json")

    def test_every_published_template_has_the_keys_of_one(self):
        for name in published.names():
            with self.subTest(name):
                self.assertEqual(published.read_template(name)["name"], name)
        self.refused("nothing is not one of the published models", published.read_template, "nothing")


if __name__ == "__main__":
    unittest.main()
