#include "demo_slide/layout.hpp"

namespace histo::demo {

namespace {

/// The layout is drawn on a grid of 20 x 16 cells, each of 512 pixels on a slide of 8192.
struct Grid {
  std::int64_t height;

  std::int64_t pixels(double cells) const {
    return static_cast<std::int64_t>(cells * static_cast<double>(height) / 16.0);
  }
  Rect rect(double x, double y, double columns, double rows) const {
    return {pixels(x), pixels(y), pixels(columns), pixels(rows)};
  }
  Point point(double x, double y) const {
    return {static_cast<float>(pixels(x)), static_cast<float>(pixels(y))};
  }
};

std::vector<Field> fields_on(const Grid& grid) {
  return {
      // the large piece on the left
      {grid.rect(1.5, 1.2, 4.5, 3.9), Texture::glands},
      {grid.rect(6.5, 1.5, 3.8, 3.2), Texture::lymphoid},
      {grid.rect(1.1, 5.6, 3.6, 3.2), Texture::stroma},
      {grid.rect(5.3, 5.2, 5.1, 3.6), Texture::mucin},
      {grid.rect(1.2, 9.3, 4.7, 3.3), Texture::necrosis},
      {grid.rect(6.4, 9.3, 4.0, 5.2), Texture::fat},
      {grid.rect(2.2, 12.9, 3.8, 1.9), Texture::stroma},
      // the upper one on the right
      {grid.rect(12.5, 1.3, 2.9, 2.7), Texture::necrosis},
      {grid.rect(15.9, 1.1, 3.1, 2.9), Texture::lymphoid},
      {grid.rect(13.2, 4.5, 5.2, 2.7), Texture::glands},
      // the lower one on the right
      {grid.rect(12.6, 9.0, 2.8, 3.0), Texture::fat},
      {grid.rect(15.9, 9.2, 3.0, 2.6), Texture::mucin},
      {grid.rect(13.0, 12.4, 2.5, 2.5), Texture::glands},
      {grid.rect(15.8, 12.2, 3.2, 2.6), Texture::stroma},
  };
}

}  // namespace

Layout make_layout(std::int64_t height, std::uint32_t seed) {
  const Grid grid{height};
  Layout layout;
  layout.size = {grid.pixels(20.0), height};
  layout.seed = seed;
  layout.scale = static_cast<float>(height) / 8192.0F;
  layout.pieces = {grid.rect(0.6, 0.7, 10.3, 14.7), grid.rect(11.9, 0.5, 7.6, 7.2),
                   grid.rect(12.1, 8.4, 7.4, 7.1)};
  layout.fields = fields_on(grid);
  layout.fold = {grid.point(0.9, 7.9), grid.point(6.6, 4.3), static_cast<float>(grid.pixels(0.13))};
  layout.pen = {{grid.point(11.45, 1.5), grid.point(11.5, 4.0), grid.point(11.8, 6.4),
                 grid.point(12.7, 7.75), grid.point(14.6, 8.55)},
                static_cast<float>(grid.pixels(0.15))};
  return layout;
}

}  // namespace histo::demo
