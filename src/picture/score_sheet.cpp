#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "picture/canvas.hpp"
#include "picture/words.hpp"

namespace histo {

namespace {

using picture::Lettering;

constexpr std::int64_t tile_side = 112;
constexpr std::int64_t gap = 8;
constexpr std::int64_t column = tile_side + gap;
constexpr std::int64_t line_height = 26;
constexpr std::int64_t words_height = 48;  // three small lines below a tile
constexpr std::size_t tiles_in_row = 10;

struct Section {
  const char* caption;
  const std::vector<SheetTile>* tiles;
};

std::int64_t rows_of(const Section& section) {
  return static_cast<std::int64_t>((section.tiles->size() + tiles_in_row - 1) / tiles_in_row);
}

/// The tile in the middle of its square, and its score and where it is below.
void draw_tile(Image& image, const SheetTile& tile, std::int64_t left, std::int64_t top) {
  if (!tile.image.empty()) {
    const Image shown = contact_sheet_tile(tile.image);
    picture::paste(image, shown, left + (tile_side - shown.width()) / 2,
                   top + (tile_side - shown.height()) / 2);
  } else {
    picture::frame(image, {left, top, tile_side, tile_side}, 1, picture::dark_grey);
  }
  const Lettering score{10.0, picture::black};
  const Lettering name{8.0, picture::dark_grey};
  picture::write_text(image, picture::shortened(tile.score, tile_side, score), left,
                      top + tile_side + 14, score);
  picture::write_text(image, picture::shortened(tile.slide, tile_side, name), left,
                      top + tile_side + 28, name);
  picture::write_text(image, picture::shortened(tile.place, tile_side, name), left,
                      top + tile_side + 42, name);
}

}  // namespace

Image score_sheet(const std::string& title, const std::vector<SheetTile>& highest,
                  const std::vector<SheetTile>& lowest) {
  const Lettering large{15.0, picture::black};
  const Lettering small{11.0, picture::dark_grey};
  const std::array sections{Section{"highest, the highest first", &highest},
                            Section{"lowest, the lowest first", &lowest}};
  std::int64_t width = picture::text_width(title, large) + 2 * gap;
  std::int64_t height = line_height + 2 * gap;
  for (const Section& section : sections) {
    const auto across = static_cast<std::int64_t>(std::min(section.tiles->size(), tiles_in_row));
    width = std::max(
        {width, gap + across * column, picture::text_width(section.caption, small) + 2 * gap});
    height += line_height + gap + rows_of(section) * (column + words_height);
  }
  Image image(width, height, 255);
  picture::write_text(image, title, gap, gap + 19, large);
  std::int64_t y = gap + line_height;
  for (const Section& section : sections) {
    picture::write_text(image, section.caption, gap, y + 21, small);
    y += line_height + gap;
    for (std::size_t i = 0; i < section.tiles->size(); ++i) {
      draw_tile(image, (*section.tiles)[i],
                gap + static_cast<std::int64_t>(i % tiles_in_row) * column,
                y + static_cast<std::int64_t>(i / tiles_in_row) * (column + words_height));
    }
    y += rows_of(section) * (column + words_height);
  }
  return image;
}

}  // namespace histo
