#include "histoencoder/card_text.hpp"

#include <array>
#include <sstream>

#include "common/help.hpp"

namespace histo::app {

namespace {

std::string text(double value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

std::string line(const std::string& key, const std::string& value) {
  constexpr std::size_t column = 14;
  constexpr std::size_t width = 80;
  const std::string gap(column - key.size(), ' ');
  return key + gap + wrap(value, column, width) + "\n";
}

std::string three(const std::array<double, 3>& values) {
  return text(values[0]) + ", " + text(values[1]) + ", " + text(values[2]);
}

std::string resize_text(const ModelCard& card) {
  const std::string how =
      std::array{"box", "bilinear", "bicubic"}[static_cast<std::size_t>(card.interpolation)];
  const std::string size = std::to_string(card.resize_size);
  switch (card.resize_mode) {
    case ResizeMode::shorter_side:
      return "the shorter side to " + size + " pixels, " + how + ", antialiased";
    case ResizeMode::exact:
      return "to " + size + " x " + size + " pixels, " + how + ", antialiased";
    case ResizeMode::none:
      break;
  }
  return "none";
}

std::string output_text(const ModelCard& card) {
  switch (card.layout) {
    case OutputLayout::tokens: {
      const std::string pooled = card.pooling == Pooling::cls ? "the class token"
                                 : card.pooling == Pooling::mean_patch
                                     ? "the mean of the patches"
                                     : "the class token, then the mean of the patches";
      return "tokens, the first patch at place " + std::to_string(card.prefix_tokens) + "; " +
             pooled;
    }
    case OutputLayout::blocks:
      return "class tokens of the last " + std::to_string(card.blocks) + " blocks; the last " +
             std::to_string(card.num_blocks) +
             (card.avg_pool ? ", then the mean of the patches" : "") +
             " (--num-blocks and --avg-pool choose)";
    case OutputLayout::vector:
      break;
  }
  return "a vector";
}

std::string tolerance_text(const ModelCard& card) {
  return tile_text(card) == "any" ? "" : ", " + text(100.0 * card.tile_tolerance) + " % either way";
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

}  // namespace

std::string input_text(const ModelCard& card) {
  const std::string side = std::to_string(card.crop_size);
  return side + " x " + side;
}

std::string tile_text(const ModelCard& card) {
  std::string words;
  if (card.tile_size_px) {
    const std::string side = std::to_string(*card.tile_size_px);
    words = side + " x " + side;
  }
  if (card.tile_mpp) words += (words.empty() ? "" : " at ") + text(*card.tile_mpp) + " um/px";
  return words.empty() ? "any" : words;
}

std::string card_text(const ModelCard& card) {
  std::string lines = line("model", card.name);
  if (!card.note.empty()) lines += line("note", card.note);
  lines += line("file", card.torchscript.string()) + line("licence", card.licence) +
           line("tiles", tile_text(card) + tolerance_text(card)) +
           line("resize", resize_text(card)) +
           line("crop", "the centre, " + input_text(card) + " pixels, RGB");
  if (card.normalisation) {
    lines += line("mean", three(card.normalisation->mean)) +
             line("deviation", three(card.normalisation->deviation));
  } else {
    lines += line("mean", "estimated from each slide's tiles, and the deviation too");
  }
  lines +=
      line("gives", output_text(card)) +
      line("feature",
           std::to_string(card.dim) + " values" + (card.l2 ? ", of Euclidean norm 1" : "")) +
      line("precision", card.preferred_precision + " (of " + joined(card.allowed_precisions) + ")");
  for (const auto& [key, where] : card.sources) lines += line("source", key + ": " + where);
  if (!card.unstated.empty()) lines += line("unstated", joined(card.unstated));
  return lines;
}

std::string self_test_text(const ModelCard& card, const LoadedEncoder& loaded) {
  return line("checksum", "holds") +
         line("self-test", "passed on " + loaded.device + " at batch 1 and 3: " +
                               std::to_string(card.self_test_values.size()) +
                               " values, largest difference " + text(loaded.self_test_difference) +
                               ", tolerance " + text(card.self_test_tolerance));
}

}  // namespace histo::app
