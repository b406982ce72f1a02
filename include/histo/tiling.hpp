#pragma once
/// Which rectangles. No pixels are looked at here.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

struct TilingOptions {
  /// Pyramid level that the tiles' pixels are read from. Width and height stay in level-0 pixels,
  /// so a tile of 512 at a level with downsample 4 is an image of 128 pixels (HistoPrep's meaning).
  /// Negative counts from the last level.
  int level = 0;

  /// Level-0 pixels, at least 1.
  std::int64_t width = 640;

  /// Level-0 pixels, at least 1. Unset: as wide.
  std::optional<std::int64_t> height;

  /// Share of a tile that its right and lower neighbours repeat, in [0, 1).
  double overlap = 0.0;

  /// A tile with a larger share of background is left out, in [0, 1].
  double max_background = 0.75;

  /// Leave out tiles that reach beyond the slide; else they are filled up with white.
  bool in_bounds = false;
};

/// Throws Error(usage) naming the option and the value.
void validate(const TilingOptions& options);

/// All tiles of an area of a slide, row by row from the top left. `area` is in level-0 pixels, such
/// as the slide's content.
///
/// Source: HistoPrep's `get_tile_coordinates`. step = max(1, width - round_half_even(width *
/// overlap)); x = 0, step, 2 step, ... below the area's width, counted from the area's left; y
/// likewise. With `in_bounds` every column with x + width beyond the area goes, and every such row
/// (HistoPrep drops only the last of each, which is not enough where tiles overlap). Throws
/// Error(input), without the slide's name, where the tile is larger than the area, Error(usage) for
/// options out of range.
std::vector<Rect> tile_grid(const Rect& area, const TilingOptions& options);

/// The same of a whole slide, which is what HistoPrep does.
std::vector<Rect> tile_grid(Size slide_size, const TilingOptions& options);

/// The same where `options.width` and `options.height` are pixels of the tile's image and each of
/// them covers `scale` level-0 pixels, which need not be a whole number.
///
/// The pixels of all tiles lie on one lattice, 0, scale, 2 scale, ... from the slide's origin: the
/// step is a whole number of the image's pixels, and the first tile begins at the first of them in
/// the area. So tiles join without gaps, however far from the origin, and those of a level with
/// this pitch are made of its own pixels. The rectangles are the nearest level-0 pixels;
/// `tile_area` gives the true place. A scale of 1 gives the grid above.
std::vector<Rect> tile_grid(const Rect& area, const TilingOptions& options,
                            const Downsample& scale);

/// How many tiles that grid has, without making them. Throws as it does.
std::size_t tile_count(const Rect& area, const TilingOptions& options, const Downsample& scale);

/// Where a tile of that grid truly lies, from its rectangle alone: the lattice's nearest pixel, and
/// `tile_image` pixels from there. Exact where the scale is at least 1; below it a rectangle's
/// corner no longer names one pixel, and the tile may lie up to half a level-0 pixel aside.
Area tile_area(const Rect& tile, Size tile_image, const Downsample& scale);

}  // namespace histo
