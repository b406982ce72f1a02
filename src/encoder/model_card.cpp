#include "histo/model_card.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
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
constexpr std::int64_t most_blocks = 64;
constexpr std::size_t most_self_test_values = 64;

std::string choices_text(std::size_t low, std::size_t high) {
  return low == high ? std::to_string(low) : std::to_string(low) + " to " + std::to_string(high);
}

std::array<double, 3> three(JsonObject& object, const std::string& key, double low, double high) {
  if (object.is_text(key))
    object.fail_wanted(key, R"(three numbers, one a channel, or "estimate")");
  const std::vector<double> values = object.numbers(key, low, high);
  if (values.size() != 3) {
    object.fail(key, "must have 3 numbers, one a channel, got " + std::to_string(values.size()));
  }
  return {values[0], values[1], values[2]};
}

void read_normalisation(JsonObject& input, ModelCard& card) {
  const std::string estimate = "estimate";
  if (!input.is("mean", estimate) && !input.is("std", estimate)) {
    Normalisation normalisation;
    normalisation.mean = three(input, "mean", 0.0, 1.0);
    normalisation.deviation = three(input, "std", 1e-6, 10.0);
    card.normalisation = normalisation;
    return;
  }
  for (const char* key : {"mean", "std"}) {
    if (!input.has(key)) input.fail(key, "is missing; docs/models.md lists the keys");
    if (!input.is(key, estimate)) {
      input.fail_wanted(key, R"("estimate", as the other of input.mean and input.std is)");
    }
    input.skip(key);
  }
}

void refuse(const JsonObject& object, std::initializer_list<const char*> keys,
            const std::string& where) {
  for (const char* key : keys) {
    if (object.has(key)) object.fail(key, "has no meaning for " + where);
  }
}

void read_resize(JsonObject resize, ModelCard& card) {
  constexpr std::array modes{ResizeMode::shorter_side, ResizeMode::exact, ResizeMode::none};
  card.resize_mode = modes[resize.choice("mode", {"shorter_side", "exact", "none"})];
  if (card.resize_mode == ResizeMode::none) {
    refuse(resize, {"size", "interpolation", "antialias"}, R"(mode "none")");
    resize.finish();
    return;
  }
  card.resize_size = resize.integer("size", 1, largest_side);
  constexpr std::array interpolations{Interpolation::box, Interpolation::bilinear,
                                      Interpolation::bicubic};
  card.interpolation =
      interpolations[resize.choice("interpolation", {"box", "bilinear", "bicubic"})];
  if (!resize.flag("antialias")) {
    resize.fail("antialias", "must be true, as Pillow always does, got false");
  }
  resize.finish();
}

void read_input(JsonObject input, ModelCard& card) {
  input.choice("channels", {"RGB"});
  read_resize(input.object("resize"), card);
  card.crop_size = input.integer("crop", 1, largest_side);
  if (card.resize_mode != ResizeMode::none && card.crop_size > card.resize_size) {
    input.fail("crop", "must be at most input.resize.size, " + std::to_string(card.resize_size) +
                           ", got " + std::to_string(card.crop_size));
  }
  read_normalisation(input, card);
  input.finish();
}

void read_tile(JsonObject tile, ModelCard& card) {
  if (tile.has("mpp")) card.tile_mpp = tile.number("mpp", 0.001, 1000.0);
  if (tile.has("size_px")) card.tile_size_px = tile.integer("size_px", 1, largest_side);
  if (tile.has("tolerance")) card.tile_tolerance = tile.number("tolerance", 0.0, 1.0);
  tile.finish();
}

void read_vector(JsonObject& outputs) {
  refuse(outputs, {"prefix_tokens", "cls_index", "blocks", "num_blocks", "avg_pool"},
         R"(layout "vector")");
  if (outputs.has("pool")) outputs.choice("pool", {"none"});
}

void read_tokens(JsonObject& outputs, ModelCard& card) {
  refuse(outputs, {"blocks", "num_blocks", "avg_pool"}, R"(layout "tokens")");
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

// Of how many vectors the feature of layout `blocks` is made.
std::size_t parts_of(const ModelCard& card) { return card.num_blocks + (card.avg_pool ? 1 : 0); }

void read_blocks(JsonObject& outputs, ModelCard& card) {
  refuse(outputs, {"pool", "prefix_tokens", "cls_index"}, R"(layout "blocks")");
  const std::int64_t blocks = outputs.integer("blocks", 1, most_blocks);
  card.blocks = static_cast<std::size_t>(blocks);
  if (outputs.has("num_blocks")) {
    card.num_blocks = static_cast<std::size_t>(outputs.integer("num_blocks", 1, blocks));
  }
  if (outputs.has("avg_pool")) card.avg_pool = outputs.flag("avg_pool");
  if (card.dim % parts_of(card) != 0) {
    outputs.fail("dim", "must be divisible by the " + std::to_string(parts_of(card)) +
                            " vectors that outputs.num_blocks and outputs.avg_pool choose, got " +
                            std::to_string(card.dim));
  }
}

void read_outputs(JsonObject outputs, ModelCard& card) {
  card.dim = static_cast<std::size_t>(outputs.integer("dim", 1, largest_dim));
  card.l2 = outputs.flag("l2");
  if (outputs.is_text("item")) {
    card.item_key = outputs.text("item");
  } else if (outputs.has("item")) {
    card.item = static_cast<std::size_t>(outputs.integer("item", 0, 63));
  }
  constexpr std::array layouts{OutputLayout::vector, OutputLayout::tokens, OutputLayout::blocks};
  card.layout = layouts[outputs.choice("layout", {"vector", "tokens", "blocks"})];
  if (card.layout == OutputLayout::vector) read_vector(outputs);
  if (card.layout == OutputLayout::tokens) read_tokens(outputs, card);
  if (card.layout == OutputLayout::blocks) read_blocks(outputs, card);
  outputs.finish();
}

void read_precision(JsonObject precision, ModelCard& card) {
  constexpr std::array<const char*, 3> known{"float32", "bfloat16", "float16"};
  card.preferred_precision =
      known[precision.choice("preferred", {"float32", "bfloat16", "float16"})];
  card.allowed_precisions = precision.texts("allowed");
  const std::vector<std::string>& allowed = card.allowed_precisions;
  const auto is_known = [&known](const std::string& text) {
    return std::find(known.begin(), known.end(), text) != known.end();
  };
  if (allowed.empty() || !std::all_of(allowed.begin(), allowed.end(), is_known)) {
    precision.fail_wanted("allowed",
                          R"(a list of at least one of "float32", "bfloat16" and "float16")");
  }
  if (std::find(allowed.begin(), allowed.end(), card.preferred_precision) == allowed.end()) {
    precision.fail("preferred",
                   "must be one of precision.allowed, got \"" + card.preferred_precision + "\"");
  }
  precision.finish();
}

void read_self_test(JsonObject test, ModelCard& card) {
  test.choice("input", {"pattern-1"});
  if (test.has("stride")) {
    card.self_test_stride = static_cast<std::size_t>(test.integer("stride", 1, largest_dim));
  }
  card.self_test_values = test.numbers("values", -1e6, 1e6);
  const std::size_t most =
      std::min(most_self_test_values, (card.whole_dim() - 1) / card.self_test_stride + 1);
  if (card.self_test_values.empty() || card.self_test_values.size() > most) {
    test.fail("values",
              "must have " +
                  (most == 1 ? "1 number" : "from 1 to " + std::to_string(most) + " numbers") +
                  (card.self_test_stride == 1
                       ? ""
                       : " with a stride of " + std::to_string(card.self_test_stride)) +
                  ", got " + std::to_string(card.self_test_values.size()));
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
  if (root.has("sources")) card.sources = root.text_pairs("sources");
  if (root.has("unstated")) card.unstated = root.texts("unstated");
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
  std::error_code ignored;  // a name that no file system takes is none that is there
  if (!std::filesystem::is_regular_file(card.torchscript, ignored)) {
    root.fail("torchscript", "names " + card.torchscript.string() +
                                 ", which is not there; models/export.py makes both files");
  }
}

}  // namespace

std::size_t ModelCard::whole_dim() const {
  return layout == OutputLayout::blocks ? (blocks + 1) * (dim / parts_of(*this)) : dim;
}

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

ModelCard with_blocks(ModelCard card, std::optional<std::size_t> num_blocks, bool avg_pool) {
  const auto refuse_option = [&card](const std::string& option, const std::string& what) {
    throw Error(ErrorKind::usage, option + ": model " + card.name + " " + what);
  };
  const bool offers = card.layout == OutputLayout::blocks;
  if (num_blocks) {
    const std::string option = "--num-blocks " + std::to_string(*num_blocks);
    if (!offers) refuse_option(option, "does not offer it");
    if (*num_blocks < 1 || *num_blocks > card.blocks) {
      refuse_option(option, "offers " + choices_text(1, card.blocks));
    }
  }
  if (avg_pool && !offers) refuse_option("--avg-pool", "does not offer it");
  if (!offers) return card;
  const std::size_t width = card.dim / parts_of(card);
  card.num_blocks = num_blocks.value_or(card.num_blocks);
  card.avg_pool = card.avg_pool || avg_pool;
  card.dim = width * parts_of(card);
  return card;
}

void check_model_file(const ModelCard& card) {
  // Else the sum's own error would blame an input, and only one slide would fail.
  if (!std::ifstream(card.torchscript, std::ios::binary)) {
    throw Error(ErrorKind::model,
                card.torchscript.string() + ": cannot be opened; models/export.py makes it");
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
