#pragma once

#include "histo/image.hpp"

namespace histo {

/// See TileMetrics::pen_ink.
double pen_ink(const ImageView& tile);

}  // namespace histo
