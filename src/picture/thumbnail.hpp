#pragma once

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo::picture {

/// The slide's size over the thumbnail's. Throws Error(internal) naming `caller` if either has no
/// pixels.
Downsample thumbnail_downsample(const ImageView& thumbnail, Size slide_size, const char* caller);

/// A tile's whole pixels on the thumbnail, at least one; its neighbour's begin where they end.
Rect place_on_thumbnail(const Rect& tile, const Downsample& downsample);

/// A copy that owns its pixels.
Image copy_of(const ImageView& view);

}  // namespace histo::picture
