#include <algorithm>
#include <cstring>
#include <string>

#include "histo/encoder.hpp"
#include "histo/error.hpp"
#include "histo/geometry.hpp"

namespace histo {

namespace {

// torchvision's Resize(int): the longer side is int(size * long / short), which for whole numbers
// is integer division.
Size with_shorter_side(Size tile, std::int64_t shorter_side) {
  const std::int64_t shorter = std::max<std::int64_t>(1, std::min(tile.width, tile.height));
  const std::int64_t longer_side = shorter_side * std::max(tile.width, tile.height) / shorter;
  if (tile.width <= tile.height) return {shorter_side, longer_side};
  return {longer_side, shorter_side};
}

Size resized_size(Size tile, const ModelCard& card) {
  if (card.resize_mode == ResizeMode::exact) return {card.resize_size, card.resize_size};
  return with_shorter_side(tile, card.resize_size);
}

// torchvision's CenterCrop: int(round((length - crop) / 2)), and Python rounds a half to even.
std::int64_t crop_start(std::int64_t length, std::int64_t crop) {
  return round_half_even(static_cast<double>(length - crop) / 2.0);
}

std::string text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

Image centre_of(const ImageView& image, std::int64_t crop) {
  const std::int64_t left = crop_start(image.width, crop);
  const std::int64_t top = crop_start(image.height, crop);
  Image result(crop, crop);
  for (std::int64_t y = 0; y < crop; ++y) {
    std::memcpy(result.row(y), image.row(top + y) + 3 * left, result.stride());
  }
  return result;
}

}  // namespace

Image preprocess(const ImageView& tile, const ModelCard& card) {
  const std::int64_t crop = card.crop_size;
  if (card.resize_mode != ResizeMode::none) {
    return centre_of(resize_image(tile, resized_size(tile.size(), card), card.interpolation), crop);
  }
  if (tile.width < 1 || tile.height < 1) {
    throw Error(ErrorKind::internal,
                "a tile of " + text(tile.size()) + " pixels has no centre to keep");
  }
  if (tile.width < crop || tile.height < crop) {
    throw Error(ErrorKind::input, "a tile of " + text(tile.size()) +
                                      " pixels is smaller than the " + text({crop, crop}) +
                                      " that model " + card.name +
                                      " takes without resizing; cut the tiles at least as large");
  }
  return centre_of(tile, crop);
}

}  // namespace histo
