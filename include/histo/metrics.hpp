#pragma once
/// Numbers about one tile: HistoPrep's, by its names and rounding, and four of our own.
///
/// Source of the former: HistoPrep's `get_image_metrics`, with numpy's arithmetic. On all pixels:
/// background = share of the mask that is 0, three decimals; black_pixels and white_pixels = shares
/// of the grey image that are 0 and 255; laplacian_std = standard deviation of the grey image's
/// 3 x 3 Laplacian (0 1 0, 1 -4 1, 0 1 0; the border mirrored without repeating its pixels), in
/// float32 with numpy's pairwise sums. On the tile and its mask brought to 64 x 64 by taking the
/// nearest pixels: mean and standard deviation of all pixels, three decimals, a half to the even
/// neighbour; quantile q of the n tissue pixels = the first value with more than floor(q n) pixels
/// up to it; where fewer than 10 pixels are tissue, all count. Hue, saturation and brightness are
/// OpenCV's HSV, hue in [0, 180).
///
/// All functions are pure and may run on many threads.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "histo/image.hpp"

namespace histo {

struct ChannelMetrics {
  double mean = 0.0;                ///< three decimals
  double standard_deviation = 0.0;  ///< three decimals
  std::array<int, 7> quantiles{};   ///< 5, 10, 25, 50, 75, 90 and 95 %, of tissue pixels
};

struct TileMetrics {
  double background = 0.0;    ///< share, three decimals
  double black_pixels = 0.0;  ///< share of pixels that are 0 in grey
  double white_pixels = 0.0;  ///< share of pixels that are 255 in grey
  float laplacian_std = 0.0F;
  std::array<ChannelMetrics, 7> channels{};  ///< gray red green blue hue saturation brightness

  /// Sharpness of the edges on tissue, three decimals: sum l^2 / sum d^2 along x and along y, where
  /// d = g(x + 1) - g(x - 1) is Brenner's difference, l = g(x + 1) - 2 g(x) + g(x - 1), g the grey
  /// value, over the tissue pixels of every second row with |d| at least 10, so that neither glass
  /// nor noise counts. About 1 for edges one pixel wide, falling with the square of their width,
  /// whatever their contrast; 0 where fewer than 100 places count. Brenner et al., "An automated
  /// microscope for cytologic research", J. Histochem. Cytochem. 24 (1976) 100-111, for d; the
  /// quotient is ours.
  double focus = 0.0;

  /// Share of pixels in blocks of 8 x 8 whose mean colour absorbs light as pen ink does and as no
  /// mixture of haematoxylin and eosin. With OD = log10(256 / (value + 1)) of red r, green g, blue
  /// b (Ruifrok and Johnston, Anal. Quant. Cytol. Histol. 23 (2001) 291-299): green and blue ink
  /// where r > 0.2 and r > 1.25 g; dense blue ink where r > 0.5, r > g and b <= 0.75 g; red ink
  /// where g > 0.9, b > 0.6, r < 0.3; black ink where all are above 0.8, but not pure black. For
  /// bright field with a white background: a blue background and dark field count as ink.
  double pen_ink = 0.0;

  double pure_black = 0.0;  ///< share of pixels with all three channels 0
  double pure_white = 0.0;  ///< share of pixels with all three channels 255
};

/// The names in the table: HistoPrep's 67 in its order, then focus, pen_ink, pure_black,
/// pure_white.
std::vector<std::string> metric_columns();

/// The values as text, in the order of `metric_columns`, as HistoPrep's CSV writer (polars) prints
/// them: the shortest digits that read back as the same float64, ".0" on whole numbers, an exponent
/// below 1e-5 and from 1e16 on; laplacian_std is widened to float64 before.
std::vector<std::string> metric_cells(const TileMetrics& metrics);

/// `tissue` has the tile's size and is 1 on tissue, 0 elsewhere. Throws Error(internal) for a tile
/// without pixels and for a mask of another size.
TileMetrics tile_metrics(const ImageView& tile, const MaskView& tissue);

/// Red, green and blue, in grey levels.
struct ColourMoments {
  std::array<double, 3> mean{};
  std::array<double, 3> deviation{};  ///< from the mean, over all pixels (not one fewer)
};

/// Of all pixels, at full size. Throws Error(internal) for a tile without pixels.
ColourMoments colour_moments(const ImageView& tile);

/// TileMetrics::pen_ink alone.
double pen_ink(const ImageView& tile);

/// Sets the mask to 0 where the image shows pen ink, by the rule of TileMetrics::pen_ink with
/// blocks of 8 x 8 pixels of this image. Throws Error(internal) if the sizes differ.
void clear_pen_ink(const ImageView& image, Mask& mask);

}  // namespace histo
