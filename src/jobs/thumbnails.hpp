#pragma once
/// What pictures of a slide's tiles are painted on.

#include <filesystem>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

struct Thumbnail {
  Image image;
  Size slide_size;  ///< level-0 pixels
};

/// The thumbnail that histoprep left in the slide's folder. Throws Error(input) naming the file if
/// there is none that can be read, or nothing says how large the slide is.
Thumbnail read_thumbnail(const std::filesystem::path& folder);

}  // namespace histo
