#pragma once
/// Scores of tiles as a picture's numbers: what a heatmap is painted from.
///
/// Thread rule: free functions without state; any thread.

#include <cstddef>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

struct ScoreRaster {
  Size size;  ///< pixels, of `downsample` level-0 pixels along each axis
  double downsample = 1.0;
  std::vector<double> values;  ///< row-major; NaN where no tile lies
};

/// A pixel belongs to the tiles that its centre lies in, (i + 1/2) downsample in [x, x + width), so
/// that neighbours share no pixel and leave none between them; where tiles overlap it has the mean
/// of their scores. A tile so small that no centre lies in it gets the pixel of its own centre. The
/// raster covers the slide, its last pixels partly; tiles are cut at its bounds. Tiles and `slide`
/// are in level-0 pixels, one score a tile. Throws Error(input) for a slide without area, a tile
/// without area, scores that do not fit or are not finite; Error(usage) for a downsample that is
/// not finite or not above 0, and one that gives a raster of more than 2^28 pixels.
ScoreRaster score_raster(const std::vector<Rect>& tiles, const std::vector<double>& scores,
                         const Size& slide, double downsample);

/// Ranks from 1/n to 1 in the place of scores, equal scores sharing the mean of their ranks: for a
/// heatmap whose colours are used evenly. Throws Error(input) for a score that is a NaN.
std::vector<double> rank_normalised(const std::vector<double>& scores);

}  // namespace histo
