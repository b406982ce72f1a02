#include "histo/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"

#include "core/opencv_view.hpp"
#include "metrics/channels.hpp"
#include "metrics/sharpness.hpp"

namespace histo {

namespace {

constexpr std::array<const char*, 7> channel_names = {"gray", "red",        "green",     "blue",
                                                      "hue",  "saturation", "brightness"};
constexpr std::array<int, 7> quantile_names = {5, 10, 25, 50, 75, 90, 95};

std::int64_t count_of_value(const std::uint8_t* row, std::int64_t width, std::uint8_t value) {
  // Counted in bytes as far as they reach, since the compiler then takes sixteen pixels at once.
  constexpr std::int64_t most = 240;
  std::int64_t all = 0;
  for (std::int64_t first = 0; first < width; first += most) {
    const std::int64_t end = std::min(width, first + most);
    std::uint8_t found = 0;
    for (std::int64_t x = first; x < end; ++x) {
      found = static_cast<std::uint8_t>(found + (row[x] == value ? 1 : 0));
    }
    all += found;
  }
  return all;
}

std::int64_t pure_pixels(const std::uint8_t* rgb, std::int64_t width, std::uint8_t value) {
  std::int64_t found = 0;
  for (std::int64_t x = 0; x < width; ++x, rgb += 3) {
    found += rgb[0] == value && rgb[1] == value && rgb[2] == value ? 1 : 0;
  }
  return found;
}

struct Extremes {
  std::int64_t grey = 0;  ///< pixels with that grey value
  std::int64_t pure = 0;  ///< those among them with that value in all channels
};

Extremes extremes(const ImageView& tile, const MaskView& grey, std::uint8_t value) {
  Extremes all;
  for (std::int64_t y = 0; y < grey.height; ++y) {
    const std::int64_t found = count_of_value(grey.row(y), grey.width, value);
    all.grey += found;
    // Pure black and pure white are 0 and 255 in grey as well.
    if (found > 0) all.pure += pure_pixels(tile.row(y), tile.width, value);
  }
  return all;
}

std::int64_t background_pixels(const MaskView& tissue) {
  std::int64_t found = 0;
  for (std::int64_t y = 0; y < tissue.height; ++y) {
    found += count_of_value(tissue.row(y), tissue.width, 0);
  }
  return found;
}

/// digits 10^exponent in plain decimals, with ".0" on whole numbers.
std::string plain(std::string digits, int exponent) {
  const int point = static_cast<int>(digits.size()) + exponent;
  if (exponent >= 0) return digits.append(static_cast<std::size_t>(exponent), '0') + ".0";
  if (point > 0) return digits.insert(static_cast<std::size_t>(point), ".");
  return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
}

/// A number from 0 on as polars writes it; std::to_chars finds the digits, but sets them otherwise.
std::string polars_text(double value) {
  if (value == 0) return "0.0";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  const int power = std::atoi(text.data() + e + 1);
  if (power < -5 || power >= 16) {
    return std::string(text.substr(0, e)) + "e" + std::to_string(power);
  }
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  const int exponent = power + 1 - static_cast<int>(digits.size());
  return plain(digits, exponent);
}

void check(const ImageView& tile, const MaskView& tissue) {
  const auto text = [](const Size& size) {
    return std::to_string(size.width) + " x " + std::to_string(size.height);
  };
  if (tile.width < 1 || tile.height < 1) {
    throw Error(ErrorKind::internal,
                "a tile to measure must have pixels, got " + text(tile.size()));
  }
  if (tile.size() != tissue.size()) {
    throw Error(ErrorKind::internal, "a tissue mask of " + text(tissue.size()) +
                                         " pixels does not fit a tile of " + text(tile.size()));
  }
}

}  // namespace

std::vector<std::string> metric_columns() {
  std::vector<std::string> columns = {"background", "black_pixels", "white_pixels",
                                      "laplacian_std"};
  for (const std::string channel : channel_names) {
    columns.push_back(channel + "_mean");
    columns.push_back(channel + "_std");
  }
  for (const std::string channel : channel_names) {
    for (const int name : quantile_names) columns.push_back(channel + "_q" + std::to_string(name));
  }
  for (const char* own : {"focus", "pen_ink", "pure_black", "pure_white"})
    columns.emplace_back(own);
  return columns;
}

std::vector<std::string> metric_cells(const TileMetrics& metrics) {
  std::vector<std::string> cells;
  const auto add = [&](double value) { cells.push_back(polars_text(value)); };
  add(metrics.background);
  add(metrics.black_pixels);
  add(metrics.white_pixels);
  add(static_cast<double>(metrics.laplacian_std));
  for (const ChannelMetrics& channel : metrics.channels) {
    add(channel.mean);
    add(channel.standard_deviation);
  }
  for (const ChannelMetrics& channel : metrics.channels) {
    for (const int value : channel.quantiles) cells.push_back(std::to_string(value));
  }
  for (const double own :
       {metrics.focus, metrics.pen_ink, metrics.pure_black, metrics.pure_white}) {
    add(own);
  }
  return cells;
}

TileMetrics tile_metrics(const ImageView& tile, const MaskView& tissue) {
  check(tile, tissue);
  Mask grey(tile.width, tile.height);
  cv::Mat grey_view = opencv_view(grey);
  cv::cvtColor(opencv_view(tile), grey_view, cv::COLOR_RGB2GRAY);
  const Extremes black = extremes(tile, grey, 0);
  const Extremes white = extremes(tile, grey, 255);
  const auto share = [pixels = static_cast<double>(tile.width * tile.height)](std::int64_t count) {
    return static_cast<double>(count) / pixels;
  };
  TileMetrics metrics;
  metrics.background = three_decimals(share(background_pixels(tissue)));
  metrics.black_pixels = share(black.grey);
  metrics.white_pixels = share(white.grey);
  metrics.laplacian_std = laplacian_std(grey);
  metrics.channels = channel_metrics(tile, tissue);
  metrics.focus = three_decimals(focus(grey, tissue));
  metrics.pen_ink = pen_ink(tile);
  metrics.pure_black = share(black.pure);
  metrics.pure_white = share(white.pure);
  return metrics;
}

}  // namespace histo
