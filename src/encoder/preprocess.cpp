#include <algorithm>
#include <cstring>

#include "histo/encoder.hpp"
#include "histo/geometry.hpp"

namespace histo {

namespace {

// torchvision's Resize(int): the longer side is int(size * long / short), which for whole numbers
// is integer division.
Size resized_size(Size tile, std::int64_t shorter_side) {
  const std::int64_t shorter = std::max<std::int64_t>(1, std::min(tile.width, tile.height));
  const std::int64_t longer_side = shorter_side * std::max(tile.width, tile.height) / shorter;
  if (tile.width <= tile.height) return {shorter_side, longer_side};
  return {longer_side, shorter_side};
}

// torchvision's CenterCrop: int(round((length - crop) / 2)), and Python rounds a half to even.
std::int64_t crop_start(std::int64_t length, std::int64_t crop) {
  return round_half_even(static_cast<double>(length - crop) / 2.0);
}

}  // namespace

Image preprocess(const ImageView& tile, const ModelCard& card) {
  const Image resized =
      resize_image(tile, resized_size(tile.size(), card.resize_size), card.interpolation);
  const std::int64_t crop = card.crop_size;
  const std::int64_t left = crop_start(resized.width(), crop);
  const std::int64_t top = crop_start(resized.height(), crop);
  Image result(crop, crop);
  for (std::int64_t y = 0; y < crop; ++y) {
    std::memcpy(result.row(y), resized.row(top + y) + 3 * left, result.stride());
  }
  return result;
}

}  // namespace histo
