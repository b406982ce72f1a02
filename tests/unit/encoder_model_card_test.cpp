#include <array>
#include <string>
#include <utility>
#include <vector>

#include "histo/model_card.hpp"

#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::ErrorKind;
using histo::ModelCard;
using histo::ResizeMode;
using histo::test::CardText;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;
using histo::test::write_text;

namespace {

const char* const tokens =
    R"({"layout": "tokens", "dim": 8, "l2": true, "pool": "cls+mean_patch", "prefix_tokens": 5,
        "cls_index": 4, "item": 2})";

std::string full_card() {
  CardText card;
  card.outputs = tokens;
  card.resize = "300";
  card.crop = "224";
  card.values = "[0.5, -1]";
  card.stride = "3";
  card.more =
      R"("note": "a note", "sources": {"input.mean": "a page", "input.crop": "a paper"},
         "unstated": ["tile.mpp"], "tile": {"mpp": 0.5, "size_px": 256, "tolerance": 0.25},
         "precision": {"preferred": "bfloat16", "allowed": ["bfloat16", "float32"]}, )";
  return card.text();
}

// The sentence with which a card of this text is refused.
std::string refusal(const std::string& card_text) {
  const TempFolder folder;
  write_text(folder.path() / "made.pt", "");
  write_text(folder.path() / "made.json", card_text);
  const auto error = error_of([&] { histo::read_model_card(folder.path() / "made.json"); });
  if (!error) return "the card was accepted";
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), (folder.path() / "made.json").string() + ": "));
  return error->what();
}

ModelCard accepted(const std::string& card_text) {
  const TempFolder folder;
  write_text(folder.path() / "made.pt", "");
  write_text(folder.path() / "made.json", card_text);
  return histo::read_model_card(folder.path() / "made.json");
}

std::string card_of_outputs(const std::string& outputs) {
  CardText card;
  card.outputs = outputs;
  return card.text();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("encoder: a card is read key by key") {
  const TempFolder folder;
  write_text(folder.path() / "made.pt", "");
  write_text(folder.path() / "made.json", full_card());

  const ModelCard card = histo::read_model_card(folder.path() / "made.json");

  CHECK(card.schema == 1);
  CHECK(card.name == "made");
  CHECK(card.torchscript == folder.path() / "made.pt");
  CHECK(card.sha256 == std::string(64, '0'));
  CHECK(card.note == "a note");
  CHECK(card.sources == std::vector<std::pair<std::string, std::string>>{{"input.crop", "a paper"},
                                                                         {"input.mean", "a page"}});
  CHECK(card.unstated == std::vector<std::string>{"tile.mpp"});
  CHECK(card.licence == "none");
  CHECK(card.resize_size == 300);
  CHECK(card.crop_size == 224);
  CHECK(card.interpolation == histo::Interpolation::bilinear);
  CHECK(card.resize_mode == ResizeMode::shorter_side);
  REQUIRE(card.normalisation);
  CHECK(card.normalisation->mean == std::array<double, 3>{0.5, 0.25, 0.75});
  CHECK(card.normalisation->deviation == std::array<double, 3>{0.5, 0.25, 0.125});
  CHECK(card.tile_mpp == 0.5);
  CHECK(card.tile_size_px == 256);
  CHECK(card.tile_tolerance == 0.25);
  CHECK(card.layout == histo::OutputLayout::tokens);
  CHECK(card.pooling == histo::Pooling::cls_and_mean_patch);
  CHECK(card.prefix_tokens == 5);
  CHECK(card.cls_index == 4);
  CHECK(card.item == 2);
  CHECK(card.item_key.empty());
  CHECK(card.dim == 8);
  CHECK(card.whole_dim() == 8);
  CHECK(card.l2);
  CHECK(card.preferred_precision == "bfloat16");
  CHECK(card.allowed_precisions == std::vector<std::string>{"bfloat16", "float32"});
  CHECK(card.self_test_values == std::vector<double>{0.5, -1.0});
  CHECK(card.self_test_stride == 3);
  CHECK(card.self_test_tolerance == 1e-3);
  CHECK(card.text == full_card());
}

TEST_CASE("encoder: what a card leaves out has its default") {
  const TempFolder folder;
  write_text(folder.path() / "made.pt", "");
  write_text(folder.path() / "made.json", replaced(CardText().text(), R"(, "stride": 1)", ""));

  const ModelCard card = histo::read_model_card(folder.path() / "made.json");

  CHECK(card.note.empty());
  CHECK(card.sources.empty());
  CHECK(card.unstated.empty());
  CHECK(card.item == 0);
  CHECK(card.item_key.empty());
  CHECK(card.self_test_stride == 1);
  CHECK_FALSE(card.tile_mpp);
  CHECK_FALSE(card.tile_size_px);
  CHECK(card.layout == histo::OutputLayout::vector);
  CHECK(card.pooling == histo::Pooling::none);
  CHECK(card.preferred_precision == "float32");
  CHECK(card.allowed_precisions == std::vector<std::string>{"float32"});
}

TEST_CASE("encoder: a card with a key missing, unknown or wrong is refused by the key's name") {
  struct Case {
    std::string from;
    std::string to;
    std::string sentence;
  };
  const std::string full = full_card();
  const std::vector<Case> cases{
      {R"("schema": 1)", R"("schema": 2)",
       R"(key "schema" must be a whole number from 1 to 1, got 2)"},
      {R"("schema": 1, )", "", R"(key "schema" is missing)"},
      {R"("name": "made")", R"("name": "")",
       R"(key "name" must be a text that is not empty, got "")"},
      {R"("kind": "tile")", R"("kind": "slide")", R"(key "kind" must be "tile", got "slide")"},
      {R"("made.pt")", R"("sub/made.pt")",
       R"(key "torchscript" must be the name of a file beside the card, got "sub/made.pt")"},
      {R"("made.pt")", R"("other.pt")", R"(other.pt, which is not there; models/export.py makes)"},
      {R"("made.pt")", '"' + std::string(300, 'w') + ".pt\"", "www.pt, which is not there; models"},
      {R"("schema": 1)", R"("schema": 1e999)", "made.json: not JSON: number overflow parsing"},
      {R"("schema": 1)", R"("schema": )" + std::string(65, '['),
       "made.json: its JSON nests deeper than 64 levels"},
      {"0000\"", "000G\"", R"(key "sha256" must be 64 lower-case hexadecimal digits)"},
      {R"("licence": "none", )", "", R"(key "licence" is missing)"},
      {R"("licence": "none")", R"("licence": 3)",
       R"(key "licence" must be a text that is not empty, got 3)"},
      {R"("RGB")", R"("BGR")", R"(key "input.channels" must be "RGB", got "BGR")"},
      {R"("size": 300)", R"("size": 0)",
       R"(key "input.resize.size" must be a whole number from 1 to 16384, got 0)"},
      {R"("size": 300)", R"("size": 300.5)", R"(key "input.resize.size" must be a whole number)"},
      {R"("shorter_side")", R"("longer_side")",
       R"(key "input.resize.mode" must be "shorter_side" or "exact" or "none", got "longer_side")"},
      {R"("shorter_side")", R"("none")",
       R"(key "input.resize.size" has no meaning for mode "none")"},
      {R"("bilinear")", R"("lanczos")",
       R"(key "input.resize.interpolation" must be "box" or "bilinear" or "bicubic", got "lanczos")"},
      {R"("antialias": true)", R"("antialias": false)",
       R"(key "input.resize.antialias" must be true, as Pillow always does, got false)"},
      {R"("antialias": true)", R"("antialias": 1)",
       R"(key "input.resize.antialias" must be true or false, got 1)"},
      {R"("crop": 224)", R"("crop": 301)",
       R"(key "input.crop" must be at most input.resize.size, 300, got 301)"},
      {"[0.5, 0.25, 0.75]", R"("estimate")",
       R"(key "input.std" must be "estimate", as the other of input.mean and input.std is, got [0.5,)"},
      {"[0.5, 0.25, 0.125]", R"("estimate")",
       R"(key "input.mean" must be "estimate", as the other of input.mean and input.std is, got [0.5,)"},
      {R"("std": [0.5, 0.25, 0.125])", R"("note": 1)", R"(key "input.std" is missing)"},
      {R"("mean": [0.5, 0.25, 0.75], "std": [0.5, 0.25, 0.125])", R"("mean": "estimate")",
       R"(key "input.std" is missing; docs/models.md lists the keys)"},
      {"[0.5, 0.25, 0.75]", R"("imagenet")",
       R"(key "input.mean" must be three numbers, one a channel, or "estimate", got "imagenet")"},
      {"[0.5, 0.25, 0.75]", "[0.5, 0.25]",
       R"(key "input.mean" must have 3 numbers, one a channel, got 2)"},
      {"[0.5, 0.25, 0.75]", "[0.5, 0.25, 75]",
       R"(key "input.mean" must be a list of numbers from 0 to 1, got [0.5,0.25,75])"},
      {"[0.5, 0.25, 0.125]", "[0.5, 0.25, 0]", R"(key "input.std" must be a list of numbers from)"},
      {R"("mpp": 0.5)", R"("mpp": "0.5")",
       R"(key "tile.mpp" must be a number from 0.001 to 1000, got "0.5")"},
      {R"("layout": "tokens")", R"("layout": "map")",
       R"(key "outputs.layout" must be "vector" or "tokens" or "blocks", got "map")"},
      {R"("item": 2)", R"("item": 64)",
       R"(key "outputs.item" must be a whole number from 0 to 63, got 64)"},
      {R"("item": 2)", R"("item": "")",
       R"(key "outputs.item" must be a text that is not empty, got "")"},
      {R"("item": 2)", R"("blocks": 2)",
       R"(key "outputs.blocks" has no meaning for layout "tokens")"},
      {R"("layout": "tokens")", R"("layout": "vector")",
       R"(key "outputs.prefix_tokens" has no meaning for layout "vector")"},
      {R"("layout": "tokens")", R"("layout": "blocks")",
       R"(key "outputs.pool" has no meaning for layout "blocks")"},
      {R"("cls+mean_patch")", R"("none")",
       R"(key "outputs.pool" must be "cls" or "mean_patch" or "cls+mean_patch", got "none")"},
      {R"("cls_index": 4)", R"("cls_index": 5)",
       R"(key "outputs.cls_index" must be below outputs.prefix_tokens, 5, got 5)"},
      {R"("dim": 8)", R"("dim": 7)",
       R"(key "outputs.dim" must be even for pool "cls+mean_patch", which joins two vectors, got 7)"},
      {R"("preferred": "bfloat16")", R"("preferred": "float16")",
       R"(key "precision.preferred" must be one of precision.allowed, got "float16")"},
      {R"("preferred": "bfloat16")", R"("preferred": "int8")",
       R"(key "precision.preferred" must be "float32" or "bfloat16" or "float16", got "int8")"},
      {R"(["bfloat16", "float32"])", "[1]",
       R"(key "precision.allowed" must be a list of texts, got [1])"},
      {R"(["bfloat16", "float32"])", "[]",
       R"(key "precision.allowed" must be a list of at least one of "float32", "bfloat16" and)"},
      {R"(["bfloat16", "float32"])", R"(["bfloat16", "int8"])",
       R"("bfloat16" and "float16", got ["bfloat16","int8"])"},
      {R"({"input.mean": "a page", "input.crop": "a paper"})", R"({"input.mean": 3})",
       R"(key "sources" must be an object whose values are texts, got {"input.mean":3})"},
      {R"(["tile.mpp"])", R"("tile.mpp")",
       R"(key "unstated" must be a list of texts, got "tile.mpp")"},
      {R"("pattern-1")", R"("zeros")", R"(key "self_test.input" must be "pattern-1", got "zeros")"},
      {"[0.5, -1]", "[]",
       R"(key "self_test.values" must have from 1 to 3 numbers with a stride of 3, got 0)"},
      {"[0.5, -1]", "[1, 2, 3, 4]", "must have from 1 to 3 numbers with a stride of 3, got 4"},
      {R"([0.5, -1], "stride": 3)", "[1, 2, 3, 4, 5, 6, 7, 8, 9]",
       "must have from 1 to 8 numbers, got 9"},
      {R"("stride": 3)", R"("stride": 8)", "must have 1 number with a stride of 8, got 2"},
      {R"("stride": 3)", R"("stride": 0)",
       R"(key "self_test.stride" must be a whole number from 1 to 1048576, got 0)"},
      {"[0.5, -1]", R"(["x"])", R"(key "self_test.values" must be a list of numbers)"},
      {R"("note": "a note")", R"("nota": "a note")",
       R"(key "nota" is not known here; docs/models.md lists the keys)"},
      {R"("mpp": 0.5)", R"("mpps": 0.5)", R"(key "tile.mpps" is not known here)"},
      {R"("channels")", R"("order": 1, "channels")", R"(key "input.order" is not known here)"},
      {R"("l2": true)", R"("l2": true, "key": 1)", R"(key "outputs.key" is not known here)"},
      {R"("size": 300)", R"("size": 300, "to": 1)", R"(key "input.resize.to" is not known here)"},
      {R"("tile": {"mpp": 0.5, "size_px": 256, "tolerance": 0.25})", R"("tile": [])",
       R"(key "tile" must be an object, got [])"}};

  for (const Case& wrong : cases) {
    INFO(wrong.from << " replaced by " << wrong.to);
    const std::string sentence = refusal(replaced(full, wrong.from, wrong.to));
    INFO(sentence);
    CHECK(contains(sentence, wrong.sentence));
  }
}

TEST_CASE("encoder: a long wrong value is shown by its beginning") {
  const std::string sentence =
      refusal(replaced(full_card(), R"("RGB")", '"' + std::string(500, 'x') + '"'));

  CHECK(contains(sentence, "xxxx ..."));
  CHECK(sentence.size() < 300);
}

TEST_CASE("encoder: a card that is not one JSON object is refused with the place") {
  CHECK(contains(refusal("{\n  \"schema\": }"), "not JSON: parse error at line 2, column 13"));
  CHECK(contains(refusal("[1]"), "must hold one JSON object"));
  CHECK(contains(refusal(" \n"), "is empty and must hold one JSON object; docs/models.md lists"));
}

TEST_CASE("encoder: a card that is not there is an error of the model") {
  const auto error = error_of([] { histo::read_model_card("/nowhere/made.json"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "/nowhere/made.json: cannot be opened"));
}

TEST_CASE("encoder: a card may resize exactly or not at all") {
  const std::string resize =
      R"("size": 300, "mode": "shorter_side", "interpolation": "bilinear", "antialias": true)";

  const ModelCard exact = accepted(replaced(full_card(), "shorter_side", "exact"));
  const ModelCard none = accepted(replaced(replaced(full_card(), resize, R"("mode": "none")"),
                                           R"("crop": 224)", R"("crop": 512)"));

  CHECK(exact.resize_mode == ResizeMode::exact);
  CHECK(exact.resize_size == 300);
  CHECK(none.resize_mode == ResizeMode::none);
  CHECK(none.crop_size == 512);
}

TEST_CASE("encoder: a card may leave the mean and the deviation to the slides") {
  const ModelCard card =
      accepted(replaced(replaced(full_card(), "[0.5, 0.25, 0.75]", R"("estimate")"),
                        "[0.5, 0.25, 0.125]", R"("estimate")"));

  CHECK_FALSE(card.normalisation);
}

TEST_CASE("encoder: a card names its output by a key or says that it does not pool") {
  CHECK(accepted(replaced(full_card(), R"("item": 2)", R"("item": "x_norm")")).item_key ==
        "x_norm");
  CHECK(accepted(card_of_outputs(R"({"layout": "vector", "dim": 3, "l2": false, "pool": "none"})"))
            .pooling == histo::Pooling::none);
}

TEST_CASE("encoder: a card of blocks offers them and chooses some") {
  const ModelCard by_default =
      accepted(card_of_outputs(R"({"layout": "blocks", "dim": 384, "l2": false, "blocks": 2})"));
  const ModelCard chosen = accepted(card_of_outputs(
      R"({"layout": "blocks", "dim": 1152, "l2": false, "blocks": 5, "num_blocks": 2,
          "avg_pool": true})"));

  CHECK(by_default.layout == histo::OutputLayout::blocks);
  CHECK(by_default.blocks == 2);
  CHECK(by_default.num_blocks == 1);
  CHECK_FALSE(by_default.avg_pool);
  CHECK(by_default.whole_dim() == 3 * 384);
  CHECK(chosen.num_blocks == 2);
  CHECK(chosen.avg_pool);
  CHECK(chosen.whole_dim() == 6 * 384);
}

TEST_CASE("encoder: a card of blocks with a key missing or out of range is refused by its name") {
  const auto blocks = [](const std::string& more) {
    return refusal(card_of_outputs(R"({"layout": "blocks", "dim": 8, "l2": false)" + more + "}"));
  };

  CHECK(contains(blocks(""), R"(key "outputs.blocks" is missing)"));
  CHECK(contains(blocks(R"(, "blocks": 65)"),
                 R"(key "outputs.blocks" must be a whole number from 1 to 64, got 65)"));
  CHECK(contains(blocks(R"(, "blocks": 2, "num_blocks": 3)"),
                 R"(key "outputs.num_blocks" must be a whole number from 1 to 2, got 3)"));
  CHECK(contains(blocks(R"(, "blocks": 2, "avg_pool": 1)"),
                 R"(key "outputs.avg_pool" must be true or false, got 1)"));
  CHECK(contains(blocks(R"(, "blocks": 2, "num_blocks": 2, "avg_pool": true)"),
                 R"(key "outputs.dim" must be divisible by the 3 vectors that outputs.num_blocks )"
                 "and outputs.avg_pool choose, got 8"));
  CHECK(contains(blocks(R"(, "blocks": 2, "cls_index": 0)"),
                 R"(key "outputs.cls_index" has no meaning for layout "blocks")"));
}

TEST_CASE("encoder: the self-test of blocks may look at all that the model gives") {
  CardText card;
  card.outputs = R"({"layout": "blocks", "dim": 4, "l2": false, "blocks": 2})";
  card.values = "[0, 0]";
  card.stride = "11";
  CHECK(accepted(card.text()).whole_dim() == 12);

  card.stride = "12";
  CHECK(contains(refusal(card.text()), "must have 1 number with a stride of 12, got 2"));
}

TEST_CASE("encoder: a file that is not the card's is refused with both sums") {
  const TempFolder folder;
  const ModelCard card = histo::test::made_model(folder.path(), "bytes");
  CHECK_FALSE(error_of([&] { histo::check_model_file(card); }));

  write_text(card.torchscript, "other bytes");
  const auto changed = error_of([&] { histo::check_model_file(card); });
  std::filesystem::remove(card.torchscript);
  const auto absent = error_of([&] { histo::check_model_file(card); });

  REQUIRE(changed);
  CHECK(changed->kind() == ErrorKind::model);
  CHECK(contains(changed->what(), "made.pt: its SHA-256 is "));
  CHECK(contains(changed->what(), "and the card of made wants " + card.sha256));
  REQUIRE(absent);
  CHECK(absent->kind() == ErrorKind::model);
  CHECK(contains(absent->what(), "made.pt: cannot be opened; models/export.py makes it"));
}
