#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/opencv_view.hpp"
#include "picture/canvas.hpp"

namespace histo {

namespace {

using picture::Lettering;

constexpr std::int64_t tile_side = 112;
constexpr std::int64_t gap = 6;
constexpr std::int64_t row_height = tile_side + gap;
constexpr std::int64_t bar_width = 44;
constexpr std::int64_t label_width = 190;  // the bar and the words beside it
constexpr std::int64_t title_height = 44;
constexpr std::int64_t block_gap = 34;  // between the nearest tiles and those at random
constexpr std::int64_t caption_height = 30;
constexpr std::size_t rows_in_column = 128;
constexpr std::size_t rows_below_caption = 16;  // about a screenful
constexpr std::size_t tiles_in_row = 10;
constexpr const char* nearest_caption = "nearest to the centre, nearest first";
constexpr const char* random_caption = "at random";

/// In the middle of the square with its top left at (left, top).
void paste_tile(Image& image, const Image& tile, std::int64_t left, std::int64_t top) {
  const Image shown = contact_sheet_tile(tile);
  picture::paste(image, shown, left + (tile_side - shown.width()) / 2,
                 top + (tile_side - shown.height()) / 2);
}

/// Where everything of a sheet lies. All columns are as wide and as high.
class SheetLayout {
 public:
  explicit SheetLayout(const ContactSheet& sheet) : count_(sheet.clusters.size()) {
    for (const SheetCluster& cluster : sheet.clusters) {
      nearest_ = std::max(nearest_, cluster.nearest.size());
      at_random_ = std::max(at_random_, cluster.random.size());
    }
  }

  std::int64_t width() const {
    const auto columns = static_cast<std::int64_t>((count_ + rows_in_column - 1) / rows_in_column);
    return gap + columns * column_width();
  }
  std::int64_t height() const {
    const std::size_t rows = std::min(count_, rows_in_column);
    return rows == 0 ? title_height + gap : row_top(rows - 1) + row_height + gap;
  }

  std::int64_t left(std::size_t cluster) const {
    return gap + static_cast<std::int64_t>(cluster / rows_in_column) * column_width();
  }
  std::int64_t top(std::size_t cluster) const { return row_top(cluster % rows_in_column); }

  bool has_nearest() const { return nearest_ > 0; }
  bool has_random() const { return at_random_ > 0; }
  /// From the left of a column.
  std::int64_t nearest_start() const { return label_width; }
  std::int64_t random_start() const {
    const auto tiles = static_cast<std::int64_t>(nearest_);
    return label_width + (has_nearest() ? tiles * row_height - gap + block_gap : 0);
  }
  static bool has_caption(std::size_t cluster) {
    return cluster % rows_in_column % rows_below_caption == 0;
  }

 private:
  std::int64_t row_top(std::size_t row) const {
    const bool has_captions = has_nearest() || has_random();
    const auto captions = static_cast<std::int64_t>(row / rows_below_caption + 1);
    return title_height + static_cast<std::int64_t>(row) * row_height +
           (has_captions ? captions * caption_height : 0);
  }
  std::int64_t column_width() const {
    const auto tiles = static_cast<std::int64_t>(has_random() ? at_random_ : nearest_);
    return (has_random() ? random_start() : nearest_start()) + tiles * row_height + block_gap;
  }

  std::size_t count_;
  std::size_t nearest_ = 0;  ///< the most that a cluster has
  std::size_t at_random_ = 0;
};

void draw_words(Image& image, const ContactSheet& sheet, std::size_t index, std::int64_t left,
                std::int64_t top) {
  const SheetCluster& cluster = sheet.clusters[index];
  const std::string name = std::to_string(index);
  const Colour colour = cluster_colour(static_cast<std::int32_t>(index));
  picture::fill(image, {left, top, bar_width, tile_side}, colour);
  const Lettering on_bar{name.size() < 3 ? 17.0 : 11.0, picture::ink_on(colour)};
  picture::write_text(image, name, left + (bar_width - picture::text_width(name, on_bar)) / 2,
                      top + tile_side / 2 + 8, on_bar);

  const std::int64_t words = left + bar_width + 10;
  picture::write_text(image, "cluster " + name, words, top + 34, {14.0, picture::black});
  picture::write_text(image, picture::grouped_count(cluster.size, "tile"), words, top + 63,
                      {11.0, picture::dark_grey});
  picture::write_text(image, picture::percentage(cluster.size, sheet.tiles), words, top + 87,
                      {11.0, picture::dark_grey});
}

/// Tiles side by side; the caption, if any, stands above them.
void draw_block(Image& image, const std::vector<Image>& tiles, const std::string& caption,
                std::int64_t left, std::int64_t top) {
  picture::write_text(image, caption, left, top - 9, {11.0, picture::dark_grey});
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    paste_tile(image, tiles[i], left + static_cast<std::int64_t>(i) * row_height, top);
  }
}

/// Some tiles of one cluster below a caption.
struct Section {
  std::string caption;
  const std::vector<Image>* tiles = nullptr;
};

std::int64_t rows_of(const Section& section) {
  return static_cast<std::int64_t>((section.tiles->size() + tiles_in_row - 1) / tiles_in_row);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

Image contact_sheet_tile(const ImageView& tile) {
  if (tile.width < 1 || tile.height < 1) {
    throw Error(ErrorKind::internal, "contact_sheet_tile was given an empty tile");
  }
  const std::int64_t longer = std::max(tile.width, tile.height);
  const auto scaled = [longer](std::int64_t side) {
    return std::max<std::int64_t>(1, side * tile_side / longer);
  };
  Image result(scaled(tile.width), scaled(tile.height));
  cv::Mat pixels = opencv_view(result);
  cv::resize(opencv_view(tile), pixels, pixels.size(), 0, 0,
             longer < tile_side ? cv::INTER_LINEAR : cv::INTER_AREA);
  return result;
}

Image contact_sheet(const ContactSheet& sheet) {
  const SheetLayout layout(sheet);
  const std::size_t count = sheet.clusters.size();
  const Lettering title{15.0, picture::black};
  const std::string heading = picture::grouped_count(count, "cluster") + " of " +
                              picture::grouped_count(sheet.tiles, "tile");
  const std::int64_t width =
      std::max(layout.width(), picture::text_width(heading, title) + 2 * gap);
  Image image(width, layout.height(), 255);
  picture::write_text(image, heading, gap, 29, title);
  for (std::size_t i = 0; i < count; ++i) {
    const SheetCluster& cluster = sheet.clusters[i];
    const std::int64_t left = layout.left(i);
    const std::int64_t top = layout.top(i);
    const bool has_caption = SheetLayout::has_caption(i);
    draw_words(image, sheet, i, left, top);
    if (layout.has_nearest()) {
      draw_block(image, cluster.nearest, has_caption ? nearest_caption : "",
                 left + layout.nearest_start(), top);
    }
    if (layout.has_random()) {
      draw_block(image, cluster.random, has_caption ? random_caption : "",
                 left + layout.random_start(), top);
    }
  }
  return image;
}

Image cluster_sheet(const std::string& title, const std::vector<Image>& nearest,
                    const std::vector<Image>& at_random) {
  constexpr std::int64_t line_height = 26;
  const Lettering large{15.0, picture::black};
  const Lettering small{11.0, picture::dark_grey};
  const std::vector<std::string> lines = lines_of(title);
  const auto lettering = [&](std::size_t line) { return line == 0 ? large : small; };
  std::vector<Section> sections;
  if (!nearest.empty()) sections.push_back({nearest_caption, &nearest});
  if (!at_random.empty()) sections.push_back({random_caption, &at_random});

  std::int64_t width = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    width = std::max(width, picture::text_width(lines[i], lettering(i)) + 2 * gap);
  }
  std::int64_t height = static_cast<std::int64_t>(lines.size()) * line_height + 2 * gap;
  for (const Section& section : sections) {
    const auto across = static_cast<std::int64_t>(std::min(section.tiles->size(), tiles_in_row));
    width = std::max(
        {width, gap + across * row_height, picture::text_width(section.caption, small) + 2 * gap});
    height += line_height + gap + rows_of(section) * row_height;
  }

  Image image(width, height, 255);
  std::int64_t y = gap;
  for (std::size_t i = 0; i < lines.size(); ++i, y += line_height) {
    picture::write_text(image, lines[i], gap, y + 19, lettering(i));
  }
  for (const Section& section : sections) {
    picture::write_text(image, section.caption, gap, y + 21, small);
    y += line_height + gap;
    for (std::size_t i = 0; i < section.tiles->size(); ++i) {
      paste_tile(image, (*section.tiles)[i],
                 gap + static_cast<std::int64_t>(i % tiles_in_row) * row_height,
                 y + static_cast<std::int64_t>(i / tiles_in_row) * row_height);
    }
    y += rows_of(section) * row_height;
  }
  return image;
}

}  // namespace histo
