#include <string>
#include <vector>

#include "histo/model_card.hpp"

#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::ErrorKind;
using histo::ModelCard;
using histo::test::CardText;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;
using histo::test::write_text;

namespace {

const char* const tokens =
    R"({"layout": "tokens", "dim": 8, "l2": true, "pool": "cls+mean_patch", "prefix_tokens": 5,
        "cls_index": 4})";

std::string full_card() {
  CardText card;
  card.outputs = tokens;
  card.resize = "300";
  card.crop = "224";
  card.values = "[0.5, -1]";
  card.more =
      R"("note": "a note", "tile": {"mpp": 0.5, "size_px": 256, "tolerance": 0.25},
         "precision": {"preferred": "float32", "allowed": ["bfloat16", "float32"]}, )";
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
  CHECK(card.licence == "none");
  CHECK(card.resize_size == 300);
  CHECK(card.crop_size == 224);
  CHECK(card.interpolation == histo::Interpolation::bilinear);
  CHECK(card.mean == std::array<double, 3>{0.5, 0.25, 0.75});
  CHECK(card.deviation == std::array<double, 3>{0.5, 0.25, 0.125});
  CHECK(card.tile_mpp == 0.5);
  CHECK(card.tile_size_px == 256);
  CHECK(card.tile_tolerance == 0.25);
  CHECK(card.layout == histo::OutputLayout::tokens);
  CHECK(card.pooling == histo::Pooling::cls_and_mean_patch);
  CHECK(card.prefix_tokens == 5);
  CHECK(card.cls_index == 4);
  CHECK(card.dim == 8);
  CHECK(card.l2);
  CHECK(card.precision == "float32");
  CHECK(card.self_test_values == std::vector<double>{0.5, -1.0});
  CHECK(card.self_test_tolerance == 1e-3);
  CHECK(card.text == full_card());
}

TEST_CASE("encoder: what a card leaves out has its default") {
  const TempFolder folder;
  write_text(folder.path() / "made.pt", "");
  write_text(folder.path() / "made.json", CardText().text());

  const ModelCard card = histo::read_model_card(folder.path() / "made.json");

  CHECK(card.note.empty());
  CHECK_FALSE(card.tile_mpp);
  CHECK_FALSE(card.tile_size_px);
  CHECK(card.layout == histo::OutputLayout::vector);
  CHECK(card.pooling == histo::Pooling::none);
  CHECK(card.precision == "float32");
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
      {"0000\"", "000G\"", R"(key "sha256" must be 64 lower-case hexadecimal digits)"},
      {R"("licence": "none", )", "", R"(key "licence" is missing)"},
      {R"("licence": "none")", R"("licence": 3)",
       R"(key "licence" must be a text that is not empty, got 3)"},
      {R"("RGB")", R"("BGR")", R"(key "input.channels" must be "RGB", got "BGR")"},
      {R"("size": 300)", R"("size": 0)",
       R"(key "input.resize.size" must be a whole number from 1 to 16384, got 0)"},
      {R"("size": 300)", R"("size": 300.5)", R"(key "input.resize.size" must be a whole number)"},
      {R"("shorter_side")", R"("exact")",
       R"(key "input.resize.mode" must be "shorter_side", got "exact")"},
      {R"("bilinear")", R"("lanczos")",
       R"(key "input.resize.interpolation" must be "box" or "bilinear" or "bicubic", got "lanczos")"},
      {R"("antialias": true)", R"("antialias": false)",
       R"(key "input.resize.antialias" must be true, got false)"},
      {R"("antialias": true)", R"("antialias": 1)",
       R"(key "input.resize.antialias" must be true or false, got 1)"},
      {R"("crop": 224)", R"("crop": 301)",
       R"(key "input.crop" must be at most input.resize.size, 300, got 301)"},
      {"[0.5, 0.25, 0.75]", R"("estimate")",
       R"(key "input.mean" is "estimate", which is not yet supported; give three numbers)"},
      {"[0.5, 0.25, 0.125]", R"("estimate")", R"(key "input.std" is "estimate")"},
      {"[0.5, 0.25, 0.75]", "[0.5, 0.25]",
       R"(key "input.mean" must have 3 numbers, one a channel, got 2)"},
      {"[0.5, 0.25, 0.75]", "[0.5, 0.25, 75]",
       R"(key "input.mean" must be a list of numbers from 0 to 1, got [0.5,0.25,75])"},
      {"[0.5, 0.25, 0.125]", "[0.5, 0.25, 0]", R"(key "input.std" must be a list of numbers from)"},
      {R"("mpp": 0.5)", R"("mpp": "0.5")",
       R"(key "tile.mpp" must be a number from 0.001 to 1000, got "0.5")"},
      {R"("layout": "tokens")", R"("layout": "map")",
       R"(key "outputs.layout" must be "vector" or "tokens", got "map")"},
      {R"("layout": "tokens")", R"("layout": "vector")",
       R"(key "outputs.pool" has no meaning for layout "vector")"},
      {R"("cls+mean_patch")", R"("none")",
       R"(key "outputs.pool" must be "cls" or "mean_patch" or "cls+mean_patch", got "none")"},
      {R"("cls_index": 4)", R"("cls_index": 5)",
       R"(key "outputs.cls_index" must be below outputs.prefix_tokens, 5, got 5)"},
      {R"("dim": 8)", R"("dim": 7)",
       R"(key "outputs.dim" must be even for pool "cls+mean_patch", which joins two vectors, got 7)"},
      {R"("preferred": "float32")", R"("preferred": "float16")",
       R"(key "precision.preferred" must be one of precision.allowed, got "float16")"},
      {R"("preferred": "float32")", R"("preferred": "bfloat16")",
       R"(key "precision.preferred" must be "float32", got "bfloat16", which is not yet supported)"},
      {R"(["bfloat16", "float32"])", "[1]",
       R"(key "precision.allowed" must be a list of texts, got [1])"},
      {R"("pattern-1")", R"("zeros")", R"(key "self_test.input" must be "pattern-1", got "zeros")"},
      {"[0.5, -1]", "[]", R"(key "self_test.values" must have from 1 to 8 numbers, got 0)"},
      {"[0.5, -1]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]", "must have from 1 to 8 numbers, got 9"},
      {"[0.5, -1]", R"(["x"])", R"(key "self_test.values" must be a list of numbers)"},
      {R"("note": "a note")", R"("nota": "a note")",
       R"(key "nota" is not known here; models/README.md lists the keys)"},
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
  CHECK(contains(refusal(""), "not JSON: parse error at line 1"));
}

TEST_CASE("encoder: a card that is not there is an error of the model") {
  const auto error = error_of([] { histo::read_model_card("/nowhere/made.json"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "/nowhere/made.json: cannot be opened"));
}

TEST_CASE("encoder: a model is found by its name in the first folder that has it") {
  const TempFolder folder;
  for (const char* sub : {"a", "b", "c"}) std::filesystem::create_directory(folder.path() / sub);
  histo::test::made_model(folder.path() / "b", "first");
  histo::test::made_model(folder.path() / "c", "second");

  const ModelCard card =
      histo::find_model("made", {folder.path() / "a", folder.path() / "b", folder.path() / "c"});

  CHECK(card.torchscript == folder.path() / "b/made.pt");
}

TEST_CASE("encoder: a model is found by either of its files or by their path without an ending") {
  const TempFolder folder;
  histo::test::made_model(folder.path(), "bytes");

  for (const char* file : {"made.pt", "made.json", "made"}) {
    CHECK(histo::find_model((folder.path() / file).string(), {}).name == "made");
  }
}

TEST_CASE("encoder: an unknown model's name is refused with the folders and what to do") {
  const auto error = error_of([] { histo::find_model("uni", {"models", "/usr/share/models"}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(error->what() == std::string("model uni: no uni.json in models, /usr/share/models; export "
                                     "one there with models/export.py"));
}

TEST_CASE("encoder: HistoEncoder's own names say where their weights come from") {
  const auto error = error_of([] { histo::find_model("prostate_small", {}); });

  REQUIRE(error);
  CHECK(contains(error->what(), "no prostate_small.json in any folder, since none was given"));
  CHECK(contains(error->what(),
                 "the weights of prostate_small come from HistoEncoder's authors, "
                 "see models/README.md"));
}

TEST_CASE("encoder: a .pt file without a card is refused with the card's name") {
  const TempFolder folder;
  write_text(folder.path() / "lone.pt", "bytes");

  const auto error = error_of([&] { histo::find_model((folder.path() / "lone.pt").string(), {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "lone.pt: has no card "));
  CHECK(contains(error->what(), "lone.json beside it"));
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
  CHECK(contains(absent->what(), "made.pt: cannot be opened"));
}
