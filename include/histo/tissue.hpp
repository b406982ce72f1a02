#pragma once
/// Where the tissue is: a threshold on the grey image, found by Otsu's method unless it is given.
///
/// Source: HistoPrep's `get_tissue_mask`. grey = OpenCV's RGB to grey (0.299 R + 0.587 G + 0.114
/// B); blurred by a Gaussian with standard deviation sigma in a k x k window, k = floor(3.5 sigma +
/// 0.5), one more if that is even (sigma 0 blurs nothing); t = Otsu's threshold of the blurred
/// values other than 0 and 255, since scanners pad with pure black and pure white; threshold =
/// floor(t * multiplier + 0.5), held in [0, 255]; tissue where the blurred value <= threshold.
/// Otsu, N. "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9 (1979)
/// 62-66.

#include <cstdint>
#include <optional>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

struct TissueOptions {
  /// Grey value up to which a pixel is tissue, in [0, 255]. Unset: Otsu's, times `multiplier`.
  std::optional<int> threshold;

  /// Otsu's threshold is multiplied by this, at least 0; above 1 keeps paler tissue. Ignored if
  /// `threshold` is set.
  double multiplier = 1.05;

  /// Pyramid level to look at. Unset: the first one with both sides at most `max_dimension`.
  std::optional<int> level;

  /// Pixels; larger finds finer gaps and takes more memory (4 bytes for each).
  std::int64_t max_dimension = 8192;

  /// Standard deviation of the Gaussian blur, in pixels of that level, in [0, 100]; 0 does not
  /// blur.
  double sigma = 1.0;
};

/// Throws Error(usage) naming the option and the value.
void validate(const TissueOptions& options);

/// Thread rule: plain data; const use from many threads.
struct Tissue {
  int threshold = 0;
  Size slide_size;  ///< level-0 pixels
  Mask mask;        ///< 1 tissue, 0 background; any scale, it covers the whole slide
};

/// `image` shows the whole slide at any scale. The level and the dimension in `options` are for
/// whoever reads the image. Throws Error(usage) for options out of range.
Tissue detect_tissue(const ImageView& image, Size slide_size, const TissueOptions& options);

/// The share of a tile that is not tissue, in [0, 1]; what lies outside the slide counts as
/// background. Mask rows and columns are found by rounding x / downsample, y / downsample, width /
/// downsample and height / downsample half to even, at least one pixel each (HistoPrep's
/// `get_background_percentages`, its two axes put right).
double background_share(const Tissue& tissue, const Rect& tile);

/// The share of the whole mask that is tissue, in [0, 1].
double tissue_share(const Tissue& tissue);

/// A grey picture of the mask at its own scale: tissue 0, background 255 (HistoPrep's
/// thumbnail_tissue).
Mask tissue_picture(const Tissue& tissue);

}  // namespace histo
