#pragma once
/// The arithmetic of places in a slide, apart from any file.

#include <optional>

#include "histo/geometry.hpp"

namespace histo {

/// `Slide::level_pitch` from the two sizes.
Downsample level_pitch_of(Size full, Size level);

/// `Slide::content` from the bounds that a file states. Whatever they are, the result lies on the
/// slide and is not empty.
Rect content_of(const std::optional<Rect>& bounds, Size slide);

}  // namespace histo
