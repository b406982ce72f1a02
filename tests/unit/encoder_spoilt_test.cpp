// Ways to spoil a model or its card, each with the one sentence that says what to do. The sum is
// right wherever it is not what is spoilt.
#include <iostream>
#include <string>

#include "histo/model_card.hpp"

#include "support/catch.hpp"
#include "unit/encoder_torch_fixture.hpp"

using histo::test::CardText;
using histo::test::channel_mean;
using histo::test::channel_means;
using histo::test::contains;
using histo::test::error_of;
using histo::test::json_list;
using histo::test::made_model;
using histo::test::module_options;
using histo::test::refusal;
using histo::test::refusal_of_bytes;
using histo::test::ScriptedFile;
using histo::test::TempFolder;
using histo::test::write_text;
using histo::test::zip_archive;

namespace {

const std::string keys_advice = "; docs/models.md lists the keys";
const std::string again = "; export the model with models/export.py";
const std::string cpu_advice =
    "; the file was exported on a GPU and holds constants that are bound to it: export it on the "
    "CPU, as models/export.py does";

// The sentence that a card gives whose text has `from` replaced, or one without the model's file.
std::string card_refusal(const std::string& from, const std::string& to) {
  const TempFolder folder;
  write_text(folder.path() / "made.pt", ScriptedFile().bytes());
  std::string text = CardText().text();
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  write_text(folder.path() / "made.json", text.replace(at, from.size(), to));
  const auto error = error_of([&] { histo::find_model("made", {folder.path()}); });
  if (!error) return "accepted";
  CHECK(error->kind() == histo::ErrorKind::model);
  const std::string card = (folder.path() / "made.json").string() + ": ";
  const std::string sentence = error->what();
  REQUIRE(contains(sentence, card));
  return sentence.substr(card.size());
}

// A sentence behind the name of the file that it begins with.
std::string behind_name(const std::string& sentence) {
  const std::string name = "/made.pt: ";
  const std::size_t at = sentence.find(name);
  return at == std::string::npos ? sentence : sentence.substr(at + name.size());
}

std::string file_refusal(const std::string& pt_bytes) {
  const std::string sentence = refusal_of_bytes(pt_bytes);
  CHECK(contains(sentence, "/made.pt: "));
  return behind_name(sentence);
}

}  // namespace

TEST_CASE("encoder: a model with a wrong sum is refused with both sums and what to do") {
  const TempFolder folder;
  const histo::ModelCard card = made_model(folder.path(), ScriptedFile().bytes());
  write_text(card.torchscript, ScriptedFile().bytes() + " ");

  const auto error = error_of([&] { histo::load_encoder(card, module_options()); });

  REQUIRE(error);
  CHECK(contains(error->what(), "/made.pt: its SHA-256 is "));
  CHECK(contains(error->what(),
                 ", and the card of made wants " + card.sha256 +
                     "; take the file that belongs to the card, or export both again"));
}

TEST_CASE("encoder: a model whose file is gone is refused with what makes it") {
  const TempFolder folder;
  const histo::ModelCard card = made_model(folder.path(), ScriptedFile().bytes());
  std::filesystem::remove(card.torchscript);

  const auto loaded = error_of([&] { histo::load_encoder(card, module_options()); });
  const auto found = error_of([&] { histo::find_model("made", {folder.path()}); });

  REQUIRE(loaded);
  CHECK(loaded->what() ==
        card.torchscript.string() + ": cannot be opened; models/export.py makes it");
  REQUIRE(found);
  CHECK(contains(found->what(), R"(made.json: key "torchscript" names )" +
                                    card.torchscript.string() +
                                    ", which is not there; models/export.py makes both files"));
}

TEST_CASE("encoder: spoilt cards are refused by the key's name with what to do") {
  CHECK(card_refusal(R"("crop": 4, )", "") == R"(key "input.crop" is missing)" + keys_advice);
  CHECK(card_refusal(R"("crop": 4)", R"("crop": 4, "colour": 1)") ==
        R"(key "input.colour" is not known here)" + keys_advice);
  CHECK(card_refusal("[0.5, 0.25, 0.75]", "[0.5, 0.25]") ==
        R"(key "input.mean" must have 3 numbers, one a channel, got 2)");
  CHECK(card_refusal(CardText().text(), "") ==
        "is empty and must hold one JSON object" + keys_advice);
}

TEST_CASE("encoder: a model of another dimension is refused with what to do") {
  CardText card;
  card.outputs = R"({"layout": "vector", "dim": 4, "l2": false})";

  CHECK(refusal(ScriptedFile(), card) ==
        "model made: its output is 1 x 3 and its card says 1 x 4; correct outputs.layout, "
        "outputs.dim or outputs.item of the card, or export both again with models/export.py");
}

TEST_CASE("encoder: a model that gives no numbers is refused with what to do") {
  CardText of_length_1;
  of_length_1.outputs = R"({"layout": "vector", "dim": 3, "l2": true})";
  const std::string sentence =
      "model made: the feature of image 0 of a batch has a value that is not finite; the weights "
      "or the export are damaged, so export the model again with models/export.py";

  CHECK(refusal({"    return torch.div(torch.mean(x, [2, 3]), 0)\n"}) == sentence);
  CHECK(refusal({"    return torch.mul(torch.mean(x, [2, 3]), 0)\n"}, of_length_1) == sentence);
}

TEST_CASE("encoder: a model that was traced for a fixed batch size is refused with what to do") {
  const std::string begin = "model made: takes one image and not 3 in one call (";
  const std::string advice =
      "); the file was exported for a fixed batch size: trace it with a free one, as "
      "models/export.py does";
  CardText card;
  card.values = channel_means();

  // What tracing makes of x.view(x.shape[0], ...) where the batch has one image.
  CHECK(refusal({"    y = torch.view(x, [1, 3, 16])\n    return torch.mean(y, [2])\n"}, card) ==
        begin + "shape '[1, 3, 16]' is invalid for input of size 144" + advice);
  CHECK(refusal({"    return torch.reshape(torch.mean(x, [2, 3]), [1, -1])\n"}, card) ==
        begin + "its output is 1 x 9 and its card says 3 x 3" + advice);
  CHECK(refusal({"    return torch.slice(torch.mean(x, [2, 3]), 0, 0, 1)\n"}, card) ==
        begin + "its output is 1 x 3 and its card says 3 x 3" + advice);
}

TEST_CASE("encoder: a model that was traced for several images is refused with what to do") {
  CHECK(refusal({"    y = torch.view(x, [8, 3, 16])\n    return torch.mean(y, [2])\n"}) ==
        "model made: shape '[8, 3, 16]' is invalid for input of size 48; a model must take n x 3 x "
        "crop x crop for any n, with the card's input.crop: correct the card, or export both again "
        "with models/export.py");
}

TEST_CASE("encoder: a model that mixes the images of a batch is refused with what to do") {
  const std::string sentence =
      refusal({"    y = torch.mean(x, [2, 3])\n"
               "    return torch.sub(y, torch.mean(y, [0], True))\n"});

  CHECK(contains(sentence,
                 "model made: self-test with three images in one call: value 0 of the "
                 "feature is "));
  CHECK(contains(sentence,
                 " and its card says 0 with a tolerance of 0.001, which it met for that image "
                 "alone; it mixes the images of a batch: export it in evaluation mode and for any "
                 "batch size, as models/export.py does"));
}

TEST_CASE("encoder: a model that its card does not describe is refused with what to do") {
  CardText card;
  card.values = json_list({channel_mean(0), channel_mean(1), 7.0});

  const std::string sentence = refusal(ScriptedFile(), card);

  CHECK(contains(sentence, "model made: self-test at batch 1: value 2 of the feature is "));
  CHECK(contains(sentence,
                 " and its card says 7 with a tolerance of 0.001; the card does not describe this "
                 "file, or this LibTorch or device computes it otherwise than the one that made "
                 "the card: export both again with models/export.py"));
}

TEST_CASE("encoder: a file that is empty, a text or of another kind is refused with what to do") {
  ScriptedFile weights;
  weights.weights_only = true;

  CHECK(file_refusal("") == "is empty; copy it again, or export the model with models/export.py");
  CHECK(file_refusal("import torch\n") == "is a text and not a TorchScript file" + again);
  CHECK(file_refusal("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n") ==
        "is the pointer of Git LFS to a model and not the model; fetch it with git lfs pull");
  CHECK(file_refusal(std::string("\x80\x02\x8a\x0a", 4)) ==
        "is not a TorchScript file, nor any zip archive as such a file is" + again);
  CHECK(file_refusal(weights.bytes()) ==
        "holds weights that torch.save wrote, without the code of a model" + again +
            ", which takes them by --weights");
}

TEST_CASE("encoder: a damaged file is refused with what to do") {
  const std::string sentence = file_refusal(ScriptedFile().bytes().substr(0, 600));

  CHECK(
      contains(sentence, "not a TorchScript file, or a damaged one (PytorchStreamReader failed "));
  CHECK(contains(sentence, "); export the model again with models/export.py"));
}

TEST_CASE("encoder: an archive of torch.export is refused with what to do") {
  const std::string sentence =
      "is an archive of torch.export (.pt2) and not TorchScript; export the model with "
      "models/export.py, or with torch.jit.trace";

  // As PyTorch 2.1 to 2.6 write it, and as later ones do.
  CHECK(file_refusal(zip_archive({{"serialized_exported_program.json", "{}"},
                                  {"serialized_state_dict.pt", ""},
                                  {"version", "8.2"}})) == sentence);
  CHECK(file_refusal(zip_archive({{"made/models/model.json", "{}"},
                                  {"made/archive_format", "pt2"},
                                  {"made/.data/version", "6"}})) == sentence);
  const auto named = error_of([] { histo::find_model("uni.pt2", {}); });
  REQUIRE(named);
  CHECK(named->what() == "uni.pt2: " + sentence);
}

TEST_CASE("encoder: a file from a newer PyTorch is refused with what to do") {
  const std::string newer = "; a newer PyTorch exported this file than LibTorch ";
  const std::string advice =
      " can read: export it again with a PyTorch that is no newer, or use a newer LibTorch";
  ScriptedFile from_the_future;
  from_the_future.version = "99";

  const std::string version = file_refusal(from_the_future.bytes());
  const std::string operation =
      file_refusal(ScriptedFile{"    return torch.not_yet_known(x)\n"}.bytes());
  const std::string argument =
      file_refusal(ScriptedFile{"    return torch.mean(x, [2, 3], not_yet=True)\n"}.bytes());
  const std::string only_form =
      file_refusal(ScriptedFile{"    return torch.relu(x, not_yet=True)\n"}.bytes());

  CHECK(contains(version, "Attempted to read a PyTorch file with version 99"));
  CHECK(contains(version, newer));
  CHECK(contains(version, advice));
  CHECK(contains(operation, "Unknown builtin op: aten::not_yet_known" + newer));
  CHECK(contains(operation, advice));
  CHECK(contains(argument, "the arguments of a call of aten::mean are not valid" + newer));
  CHECK(contains(argument, advice));
  CHECK(contains(only_form, "the arguments of a call of aten::relu are not valid" + newer));
}

TEST_CASE("encoder: a file with an extension's operator is refused with what to do") {
  CHECK(file_refusal(ScriptedFile{"    return ops.torchvision.nms(x, x, 0.5)\n"}.bytes()) ==
        "Unknown builtin op: torchvision::nms; this operator belongs to an extension that LibTorch "
        "does not have: export the model without it");
}

TEST_CASE("encoder: a model whose code makes tensors on a GPU is refused on the CPU") {
  const std::string sentence =
      refusal({"    y = torch.zeros([1, 3], dtype=6, layout=0, device=torch.device(\"cuda:0\"), "
               "pin_memory=False)\n    return torch.add(torch.mean(x, [2, 3]), y)\n"});
  INFO(sentence);

  CHECK(contains(sentence, "model made: "));
  CHECK(contains(sentence, cpu_advice));
}

TEST_CASE("encoder: a constant that was stored on a GPU comes to the model's device") {
  ScriptedFile file{"    return torch.mul(torch.mean(x, [2, 3]), CONSTANTS.c0)\n"};
  CardText card;
  card.values = json_list({2 * channel_mean(0), 2 * channel_mean(1), 2 * channel_mean(2)});
  CHECK(refusal(file, card) == "accepted");
  file.constants_on = "cuda:0";

  CHECK(refusal(file, card) == "accepted");
}

TEST_CASE("encoder: an error inside the model is one sentence without its traceback") {
  const std::string advice =
      "; a model must take n x 3 x crop x crop for any n, with the card's input.crop: correct the "
      "card, or export both again with models/export.py";

  const std::string sentence = refusal({"    return torch.mm(x, x)\n"});

  CHECK(contains(sentence, "self must be a matrix"));  // later LibTorches tell more
  CHECK(contains(sentence, advice));
  CHECK(refusal({"    ops.prim.RaiseException(\"wants other images.\")\n    return x\n"}) ==
        "model made: wants other images" + advice);
}
