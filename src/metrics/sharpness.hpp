#pragma once

#include "histo/image.hpp"

namespace histo {

/// Standard deviation of the grey image's Laplacian, to the bit what numpy makes of OpenCV's.
float laplacian_std(const MaskView& grey);

/// See TileMetrics::focus; not rounded. Both views have one size.
double focus(const MaskView& grey, const MaskView& tissue);

}  // namespace histo
