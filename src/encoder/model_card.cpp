#include "histo/model_card.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "core/fingerprint.hpp"
#include "encoder/json_object.hpp"

namespace histo {

namespace {

constexpr std::int64_t largest_side = 16384;
constexpr std::int64_t largest_dim = 1 << 20;

std::array<double, 3> three(JsonObject& object, const std::string& key, double low, double high) {
  // To be computed from the slides one day; a card that asks for it must not be read as something
  // else today.
  if (object.is(key, "estimate")) {
    object.fail(key, "is \"estimate\", which is not yet supported; give three numbers");
  }
  const std::vector<double> values = object.numbers(key, low, high);
  if (values.size() != 3) {
    object.fail(key, "must have 3 numbers, one a channel, got " + std::to_string(values.size()));
  }
  return {values[0], values[1], values[2]};
}

void read_input(JsonObject input, ModelCard& card) {
  input.choice("channels", {"RGB"});
  JsonObject resize = input.object("resize");
  card.resize_size = resize.integer("size", 1, largest_side);
  resize.choice("mode", {"shorter_side"});
  constexpr std::array interpolations{Interpolation::box, Interpolation::bilinear,
                                      Interpolation::bicubic};
  card.interpolation =
      interpolations[resize.choice("interpolation", {"box", "bilinear", "bicubic"})];
  if (!resize.flag("antialias")) resize.fail("antialias", "must be true, got false");
  resize.finish();

  card.crop_size = input.integer("crop", 1, largest_side);
  if (card.crop_size > card.resize_size) {
    input.fail("crop", "must be at most input.resize.size, " + std::to_string(card.resize_size) +
                           ", got " + std::to_string(card.crop_size));
  }
  card.mean = three(input, "mean", 0.0, 1.0);
  card.deviation = three(input, "std", 1e-6, 10.0);
  input.finish();
}

void read_tile(JsonObject tile, ModelCard& card) {
  if (tile.has("mpp")) card.tile_mpp = tile.number("mpp", 0.001, 1000.0);
  if (tile.has("size_px")) card.tile_size_px = tile.integer("size_px", 1, largest_side);
  if (tile.has("tolerance")) card.tile_tolerance = tile.number("tolerance", 0.0, 1.0);
  tile.finish();
}

void read_tokens(JsonObject& outputs, ModelCard& card) {
  constexpr std::array poolings{Pooling::cls, Pooling::mean_patch, Pooling::cls_and_mean_patch};
  card.pooling = poolings[outputs.choice("pool", {"cls", "mean_patch", "cls+mean_patch"})];
  card.prefix_tokens = static_cast<std::size_t>(outputs.integer("prefix_tokens", 0, 1024));
  const bool needs_cls = card.pooling != Pooling::mean_patch;
  if (needs_cls || outputs.has("cls_index")) {
    card.cls_index = static_cast<std::size_t>(outputs.integer("cls_index", 0, 1023));
    if (card.cls_index >= card.prefix_tokens) {
      outputs.fail("cls_index", "must be below outputs.prefix_tokens, " +
                                    std::to_string(card.prefix_tokens) + ", got " +
                                    std::to_string(card.cls_index));
    }
  }
  if (card.pooling == Pooling::cls_and_mean_patch && card.dim % 2 != 0) {
    outputs.fail("dim", "must be even for pool \"cls+mean_patch\", which joins two vectors, got " +
                            std::to_string(card.dim));
  }
}

void read_outputs(JsonObject outputs, ModelCard& card) {
  card.dim = static_cast<std::size_t>(outputs.integer("dim", 1, largest_dim));
  card.l2 = outputs.flag("l2");
  if (outputs.choice("layout", {"vector", "tokens"}) == 0) {
    card.layout = OutputLayout::vector;
    for (const char* key : {"pool", "prefix_tokens", "cls_index"}) {
      if (outputs.has(key)) outputs.fail(key, "has no meaning for layout \"vector\"");
    }
  } else {
    card.layout = OutputLayout::tokens;
    read_tokens(outputs, card);
  }
  outputs.finish();
}

void read_precision(JsonObject precision, ModelCard& card) {
  card.precision = precision.text("preferred");
  const std::vector<std::string> allowed = precision.texts("allowed");
  if (std::find(allowed.begin(), allowed.end(), card.precision) == allowed.end()) {
    precision.fail("preferred", "must be one of precision.allowed, got \"" + card.precision + "\"");
  }
  if (card.precision != "float32") {
    precision.fail("preferred", R"(must be "float32", got ")" + card.precision +
                                    "\", which is not yet supported");
  }
  precision.finish();
}

void read_self_test(JsonObject test, ModelCard& card) {
  test.choice("input", {"pattern-1"});
  card.self_test_values = test.numbers("values", -1e6, 1e6);
  if (card.self_test_values.empty() || card.self_test_values.size() > card.dim) {
    test.fail("values", "must have from 1 to " + std::to_string(card.dim) + " numbers, got " +
                            std::to_string(card.self_test_values.size()));
  }
  if (test.has("tolerance")) card.self_test_tolerance = test.number("tolerance", 1e-9, 1.0);
  test.finish();
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void read_identity(JsonObject& root, const std::filesystem::path& folder, ModelCard& card) {
  card.schema = static_cast<int>(root.integer("schema", 1, 1));
  root.choice("kind", {"tile"});
  card.name = root.text("name");
  if (root.has("note")) card.note = root.text("note");
  card.licence = root.text("licence");
  card.sha256 = root.text("sha256");
  if (!is_sha256(card.sha256)) {
    root.fail("sha256", "must be 64 lower-case hexadecimal digits, got \"" + card.sha256 + "\"");
  }
  const std::filesystem::path file = root.text("torchscript");
  if (file.has_parent_path()) {
    root.fail("torchscript",
              "must be the name of a file beside the card, got \"" + file.string() + "\"");
  }
  card.torchscript = folder / file;
  if (!std::filesystem::is_regular_file(card.torchscript)) {
    root.fail("torchscript", "names " + card.torchscript.string() +
                                 ", which is not there; models/export.py makes both files");
  }
}

// HistoEncoder's own names, so that whoever comes from there learns where the weights are.
bool is_histoencoder_name(const std::string& name) {
  return name == "prostate_small" || name == "prostate_medium";
}

[[noreturn]] void fail_unknown(const std::string& name,
                               const std::vector<std::filesystem::path>& folders) {
  std::string places;
  for (const std::filesystem::path& folder : folders) {
    places += (places.empty() ? "" : ", ") + folder.string();
  }
  std::string sentence = "model " + name + ": no " + name + ".json in " +
                         (places.empty() ? "any folder, since none was given" : places) +
                         "; export one there with models/export.py";
  if (is_histoencoder_name(name)) {
    sentence +=
        "; the weights of " + name + " come from HistoEncoder's authors, see models/README.md";
  }
  throw Error(ErrorKind::model, sentence);
}

ModelCard card_of_file(const std::filesystem::path& path) {
  std::filesystem::path json = path;
  if (path.extension() == ".pt") {
    json.replace_extension(".json");
    if (std::filesystem::exists(path) && !std::filesystem::exists(json)) {
      throw Error(ErrorKind::model, path.string() + ": has no card " + json.string() +
                                        " beside it; models/README.md says what it holds");
    }
  } else if (path.extension() != ".json") {
    json += ".json";
  }
  return read_model_card(json);
}

}  // namespace

ModelCard read_model_card(const std::filesystem::path& json_file) {
  ModelCard card;
  card.text = read_text(json_file, ErrorKind::model);
  JsonObject root = JsonObject::parse(card.text, json_file.string());
  read_identity(root, json_file.parent_path(), card);
  read_input(root.object("input"), card);
  if (root.has("tile")) read_tile(root.object("tile"), card);
  read_outputs(root.object("outputs"), card);
  if (root.has("precision")) read_precision(root.object("precision"), card);
  read_self_test(root.object("self_test"), card);
  root.finish();
  return card;
}

ModelCard find_model(const std::string& name_or_path,
                     const std::vector<std::filesystem::path>& folders) {
  const std::filesystem::path path = name_or_path;
  if (path.has_parent_path() || path.extension() == ".pt" || path.extension() == ".json") {
    return card_of_file(path);
  }
  for (const std::filesystem::path& folder : folders) {
    const std::filesystem::path json = folder / (name_or_path + ".json");
    if (std::filesystem::exists(json)) return read_model_card(json);
  }
  fail_unknown(name_or_path, folders);
}

void check_model_file(const ModelCard& card) {
  // Else the sum's own error would blame an input, and only one slide would fail.
  if (!std::ifstream(card.torchscript, std::ios::binary)) {
    throw Error(ErrorKind::model, card.torchscript.string() + ": cannot be opened");
  }
  const std::string found = sha256_file(card.torchscript);
  if (found != card.sha256) {
    throw Error(ErrorKind::model,
                card.torchscript.string() + ": its SHA-256 is " + found + ", and the card of " +
                    card.name + " wants " + card.sha256 +
                    "; take the file that belongs to the card, or export both again");
  }
}

}  // namespace histo
