#include "histo/tiling.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

// What doubles may lose where a length is many steps of a scale, in level-0 pixels.
constexpr double rounding_error = 1e-6;

/// One axis of a grid: the area and the tile's image, and the level-0 pixels that one pixel of the
/// image covers.
struct Axis {
  std::int64_t begin;
  std::int64_t length;
  std::int64_t tile;
  double scale;
};

// A half goes up, not to the even neighbour: places at least one pixel apart stay apart.
std::int64_t nearest_pixel(double place) {
  return static_cast<std::int64_t>(std::floor(place + 0.5));
}

std::int64_t nearest_length(std::int64_t pixels, double scale) {
  return std::max<std::int64_t>(1, nearest_pixel(static_cast<double>(pixels) * scale));
}

std::vector<std::int64_t> starts(const Axis& axis, const TilingOptions& options) {
  const double overlap = static_cast<double>(axis.tile) * options.overlap;
  const std::int64_t step = std::max<std::int64_t>(1, axis.tile - round_half_even(overlap));
  const double distance = static_cast<double>(step) * axis.scale;
  if (distance < 1.0 - rounding_error) {
    throw Error(ErrorKind::input,
                "the tiles would lie " + number(distance) + " level-0 pixels apart, less than one");
  }
  const auto end = static_cast<double>(axis.begin + axis.length);
  const double tile = static_cast<double>(axis.tile) * axis.scale;
  const auto fits = [&](double place) {
    return options.in_bounds ? place + tile <= end + rounding_error : std::floor(place + 0.5) < end;
  };
  const double first =
      std::ceil(static_cast<double>(axis.begin) / axis.scale - rounding_error);  // of the lattice
  std::vector<std::int64_t> result;
  for (double at = first; fits(at * axis.scale); at += static_cast<double>(step)) {
    result.push_back(nearest_pixel(at * axis.scale));
  }
  return result;
}

bool is_longer_than_area(const Axis& axis) {
  return static_cast<double>(axis.tile) * axis.scale >
         static_cast<double>(axis.length) + rounding_error;
}

std::string sizes(const Rect& area, Size tile) {
  const auto text = [](std::int64_t width, std::int64_t height) {
    return std::to_string(width) + " x " + std::to_string(height);
  };
  return text(area.width, area.height) + " pixels, less than one tile of " +
         text(tile.width, tile.height);
}

/// Where the tiles of an area begin.
struct Grid {
  std::vector<std::int64_t> columns;
  std::vector<std::int64_t> rows;
  Size tile;
};

Grid grid_of(const Rect& area, const TilingOptions& options, const Downsample& scale) {
  validate(options);
  const Axis across{area.x, area.width, options.width, scale.x};
  const Axis down{area.y, area.height, options.height.value_or(options.width), scale.y};
  const Size tile{nearest_length(across.tile, scale.x), nearest_length(down.tile, scale.y)};
  if (is_longer_than_area(across) || is_longer_than_area(down)) {
    throw Error(ErrorKind::input, "the slide has " + sizes(area, tile));
  }
  return {starts(across, options), starts(down, options), tile};
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

std::vector<Rect> tile_grid(const Rect& area, const TilingOptions& options,
                            const Downsample& scale) {
  const Grid grid = grid_of(area, options, scale);
  std::vector<Rect> tiles;
  for (const std::int64_t y : grid.rows) {
    for (const std::int64_t x : grid.columns) {
      tiles.push_back({x, y, grid.tile.width, grid.tile.height});
    }
  }
  return tiles;
}

std::size_t tile_count(const Rect& area, const TilingOptions& options, const Downsample& scale) {
  const Grid grid = grid_of(area, options, scale);
  return grid.columns.size() * grid.rows.size();
}

std::vector<Rect> tile_grid(const Rect& area, const TilingOptions& options) {
  return tile_grid(area, options, {1.0, 1.0});
}

std::vector<Rect> tile_grid(Size slide_size, const TilingOptions& options) {
  return tile_grid(Rect{0, 0, slide_size.width, slide_size.height}, options);
}

Area tile_area(const Rect& tile, Size tile_image, const Downsample& scale) {
  const auto on_lattice = [](std::int64_t place, double step) {
    return std::floor(static_cast<double>(place) / step + 0.5) * step;
  };
  return {on_lattice(tile.x, scale.x), on_lattice(tile.y, scale.y),
          static_cast<double>(tile_image.width) * scale.x,
          static_cast<double>(tile_image.height) * scale.y};
}

}  // namespace histo
