#include "histo/tiling.hpp"

#include <algorithm>
#include <string>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

std::vector<std::int64_t> starts(std::int64_t length, std::int64_t tile, double overlap,
                                 bool in_bounds) {
  const std::int64_t step =
      std::max<std::int64_t>(1, tile - round_half_even(static_cast<double>(tile) * overlap));
  const std::int64_t last = in_bounds ? length - tile : length - 1;
  std::vector<std::int64_t> result;
  for (std::int64_t at = 0; at <= last; at += step) result.push_back(at);
  return result;
}

}  // namespace

void validate(const TilingOptions& options) {
  const std::int64_t height = options.height.value_or(options.width);
  if (options.width < 1) {
    throw Error(ErrorKind::usage,
                "--width must be at least 1, got " + std::to_string(options.width));
  }
  if (height < 1) {
    throw Error(ErrorKind::usage, "--height must be at least 1, got " + std::to_string(height));
  }
  if (!(options.overlap >= 0 && options.overlap < 1)) {
    throw Error(ErrorKind::usage, "--overlap must lie in [0, 1), got " + number(options.overlap));
  }
  if (!(options.max_background >= 0 && options.max_background <= 1)) {
    throw Error(ErrorKind::usage,
                "--max-background must lie in [0, 1], got " + number(options.max_background));
  }
}

std::vector<Rect> tile_grid(Size slide_size, const TilingOptions& options) {
  validate(options);
  const std::int64_t width = options.width;
  const std::int64_t height = options.height.value_or(width);
  if (width > slide_size.width || height > slide_size.height) {
    const auto text = [](std::int64_t w, std::int64_t h) {
      return std::to_string(w) + " x " + std::to_string(h);
    };
    throw Error(ErrorKind::input, "the slide has " + text(slide_size.width, slide_size.height) +
                                      " pixels, less than one tile of " + text(width, height));
  }
  std::vector<Rect> tiles;
  const auto columns = starts(slide_size.width, width, options.overlap, options.in_bounds);
  for (const std::int64_t y :
       starts(slide_size.height, height, options.overlap, options.in_bounds)) {
    for (const std::int64_t x : columns) tiles.push_back({x, y, width, height});
  }
  return tiles;
}

}  // namespace histo
