#pragma once
/// Which rectangles. No pixels are looked at here.

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

/// All tiles of a slide, row by row from the top left.
///
/// Source: HistoPrep's `get_tile_coordinates`. step = max(1, width - round_half_even(width *
/// overlap)); x = 0, step, 2 step, ... below the slide's width; y likewise. With `in_bounds` every
/// column with x + width beyond the slide goes, and every such row (HistoPrep drops only the last
/// of each, which is not enough where tiles overlap). Throws Error(input) where the tile is larger
/// than the slide, Error(usage) for options out of range.
std::vector<Rect> tile_grid(Size slide_size, const TilingOptions& options);

}  // namespace histo
