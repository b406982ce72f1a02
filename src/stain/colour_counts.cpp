#include <cstddef>
#include <string>

#include "histo/error.hpp"
#include "histo/stain.hpp"

namespace histo {

namespace {

constexpr std::size_t reds_and_greens = std::size_t{256} * 256;

std::string text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

}  // namespace

ColourCounts::ColourCounts() : block_of_red_green_(reds_and_greens, 0) {}

void ColourCounts::add(const ImageView& image) {
  for (std::int64_t y = 0; y < image.height; ++y) add_row(image.row(y), nullptr, image.width);
}

void ColourCounts::add(const ImageView& image, const MaskView& mask) {
  if (image.size() != mask.size()) {
    throw Error(ErrorKind::internal, "the mask of stains has " + text(mask.size()) +
                                         " pixels, its image has " + text(image.size()));
  }
  for (std::int64_t y = 0; y < image.height; ++y) add_row(image.row(y), mask.row(y), image.width);
}

void ColourCounts::add_row(const std::uint8_t* rgb, const std::uint8_t* mask, std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x, rgb += 3) {
    if (mask != nullptr && mask[x] == 0) continue;
    std::uint32_t& block = block_of_red_green_[rgb[0] * std::size_t{256} + rgb[1]];
    if (block == 0) {
      counts_.emplace_back();
      block = static_cast<std::uint32_t>(counts_.size());
    }
    ++counts_[block - 1][rgb[2]];
    ++pixels_;
  }
}

std::vector<ColourCounts::Colour> ColourCounts::colours() const {
  std::vector<Colour> result;
  for (std::size_t i = 0; i < reds_and_greens; ++i) {
    if (block_of_red_green_[i] == 0) continue;
    const Blues& counts = counts_[block_of_red_green_[i] - 1];
    for (std::size_t blue = 0; blue < counts.size(); ++blue) {
      if (counts[blue] == 0) continue;
      result.push_back({{static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256),
                         static_cast<std::uint8_t>(blue)},
                        counts[blue]});
    }
  }
  return result;
}

}  // namespace histo
