#pragma once

#include <cstddef>
#include <vector>

#include "histo/image.hpp"

namespace histo::picture {

/// The thumbnail at the left and a legend at its right: for each cluster that has tiles its colour,
/// its number and its share. `sizes` holds each cluster's tiles. Where the legend is the higher
/// one, the thumbnail has white below it.
Image with_legend(const ImageView& thumbnail, const std::vector<std::size_t>& sizes);

}  // namespace histo::picture
