#include "picture/thumbnail.hpp"

#include <algorithm>
#include <string>

#include "histo/error.hpp"

namespace histo::picture {

Downsample thumbnail_downsample(const ImageView& thumbnail, Size slide_size, const char* caller) {
  const auto text = [](Size size) {
    return std::to_string(size.width) + " x " + std::to_string(size.height);
  };
  if (thumbnail.width < 1 || thumbnail.height < 1 || slide_size.width < 1 ||
      slide_size.height < 1) {
    throw Error(ErrorKind::internal, std::string(caller) + " was given a thumbnail of " +
                                         text(thumbnail.size()) + " and a slide of " +
                                         text(slide_size) + " pixels");
  }
  return {static_cast<double>(slide_size.width) / static_cast<double>(thumbnail.width),
          static_cast<double>(slide_size.height) / static_cast<double>(thumbnail.height)};
}

Rect place_on_thumbnail(const Rect& tile, const Downsample& downsample) {
  const auto edge = [](std::int64_t at, double by) {
    return round_half_even(static_cast<double>(at) / by);
  };
  const std::int64_t left = edge(tile.x, downsample.x);
  const std::int64_t top = edge(tile.y, downsample.y);
  const std::int64_t right = std::max(edge(tile.x + tile.width, downsample.x), left + 1);
  const std::int64_t bottom = std::max(edge(tile.y + tile.height, downsample.y), top + 1);
  return {left, top, right - left, bottom - top};
}

Image copy_of(const ImageView& view) {
  Image image(view.width, view.height);
  for (std::int64_t y = 0; y < view.height; ++y) {
    std::copy(view.row(y), view.row(y) + image.stride(), image.row(y));
  }
  return image;
}

}  // namespace histo::picture
