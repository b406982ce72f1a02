#include "histo/picture.hpp"

#include "picture/canvas.hpp"
#include "picture/thumbnail.hpp"

namespace histo {

namespace {

constexpr Colour red{255, 0, 0};
constexpr Colour blue{0, 0, 255};

void draw_outline(Image& image, const Rect& tile, const Downsample& downsample, Colour colour) {
  const auto scaled = [](std::int64_t value, double by) {
    return round_half_even(static_cast<double>(value) / by);
  };
  const std::int64_t x = scaled(tile.x, downsample.x);
  const std::int64_t y = scaled(tile.y, downsample.y);
  const std::int64_t width = scaled(tile.width, downsample.x);
  const std::int64_t height = scaled(tile.height, downsample.y);
  picture::fill(image, {x, y, width + 1, 1}, colour);
  picture::fill(image, {x, y + height, width + 1, 1}, colour);
  picture::fill(image, {x, y, 1, height + 1}, colour);
  picture::fill(image, {x + width, y, 1, height + 1}, colour);
}

}  // namespace

Image outline_tiles(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles) {
  const Downsample downsample =
      picture::thumbnail_downsample(thumbnail, slide_size, "outline_tiles");
  Image image = picture::copy_of(thumbnail);
  for (const Rect& tile : tiles) draw_outline(image, tile, downsample, red);
  if (!tiles.empty()) draw_outline(image, tiles.front(), downsample, blue);
  return image;
}

}  // namespace histo
