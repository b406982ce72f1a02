#pragma once

#include <array>

#include "histo/image.hpp"
#include "histo/metrics.hpp"

namespace histo {

/// 3.14159 -> 3.142; a half goes to the even neighbour, as numpy's `round` does.
double three_decimals(double value);

/// Gray, red, green, blue, hue, saturation and brightness of the tile at 64 x 64 pixels.
std::array<ChannelMetrics, 7> channel_metrics(const ImageView& tile, const MaskView& tissue);

}  // namespace histo
