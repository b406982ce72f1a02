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
constexpr std::size_t rows_in_column = 128;
constexpr std::size_t tiles_in_row = 10;

/// In the middle of the square with its top left at (left, top).
void paste_tile(Image& image, const Image& tile, std::int64_t left, std::int64_t top) {
  const Image shown = contact_sheet_tile(tile);
  picture::paste(image, shown, left + (tile_side - shown.width()) / 2,
                 top + (tile_side - shown.height()) / 2);
}

void draw_row(Image& image, const ContactSheet& sheet, std::size_t index, std::int64_t left,
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

  std::int64_t x = left + label_width;
  for (const Image& tile : cluster.tiles) {
    paste_tile(image, tile, x, top);
    x += row_height;
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
  std::size_t most = 0;
  for (const SheetCluster& cluster : sheet.clusters) most = std::max(most, cluster.tiles.size());
  const std::size_t count = sheet.clusters.size();
  const auto columns = static_cast<std::int64_t>((count + rows_in_column - 1) / rows_in_column);
  const auto rows = static_cast<std::int64_t>(std::min(count, rows_in_column));
  const std::int64_t column_width =
      label_width + static_cast<std::int64_t>(most) * row_height + 2 * gap;

  const Lettering title{15.0, picture::black};
  const Lettering remark{11.0, picture::dark_grey};
  const std::string heading = picture::grouped_count(count, "cluster") + " of " +
                              picture::grouped_count(sheet.tiles, "tile");
  const std::string order = "each row: the tiles nearest to the cluster's centre, nearest first";
  const std::int64_t remark_at = gap + picture::text_width(heading, title) + 24;
  const std::int64_t width =
      std::max(gap + columns * column_width, remark_at + picture::text_width(order, remark) + gap);
  Image image(width, title_height + rows * row_height + gap, 255);
  picture::write_text(image, heading, gap, 29, title);
  picture::write_text(image, order, remark_at, 29, remark);
  for (std::size_t i = 0; i < count; ++i) {
    const auto column = static_cast<std::int64_t>(i / rows_in_column);
    const auto row = static_cast<std::int64_t>(i % rows_in_column);
    draw_row(image, sheet, i, gap + column * column_width, title_height + row * row_height);
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
  if (!nearest.empty()) sections.push_back({"nearest to the centre, nearest first", &nearest});
  if (!at_random.empty()) sections.push_back({"at random", &at_random});

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
