#pragma once

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo::picture {

/// The slide's size over the thumbnail's. Throws Error(internal) naming `caller` if either has no
/// pixels.
Downsample thumbnail_downsample(const ImageView& thumbnail, Size slide_size, const char* caller);

/// A copy that owns its pixels.
Image copy_of(const ImageView& view);

}  // namespace histo::picture
