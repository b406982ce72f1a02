#pragma once
/// Small slides for tests: no file of the optional test data is needed for them.

#include <filesystem>
#include <string>

#include "histo/image.hpp"

namespace histo::test {

/// Pale glass (242, 240, 243) with one rectangle of purple tissue whose pixels all differ a little,
/// the same each time.
Image tissue_image(Size size, const Rect& tissue);

/// A pyramidal tiled JPEG TIFF that OpenSlide reads; levels are halved until both sides are at most
/// 512.
void write_slide(const std::filesystem::path& file, const Image& image);

/// A plain uncompressed TIFF without tiles, which OpenSlide does not read.
void write_plain_tiff(const std::filesystem::path& file, const Image& image);

}  // namespace histo::test
