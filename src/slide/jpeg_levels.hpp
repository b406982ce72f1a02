#pragma once
/// Where a tiled JPEG TIFF keeps the blocks of its levels.

#include <cstdint>
#include <optional>
#include <vector>

#include "histo/geometry.hpp"

#include "core/jpeg.hpp"
#include "slide/tiff_directories.hpp"

namespace histo {

/// One level: blocks of one size from left to right, then downwards; those at the right and the
/// bottom edge reach beyond the level.
struct JpegLevel {
  Size size;
  Size block;
  std::int64_t across = 0;  ///< blocks in a row
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint64_t> counts;  ///< bytes; 0 where the file has no such block
  std::vector<std::uint8_t> tables;
  JpegColours colours = JpegColours::ycbcr;

  /// The block's place in the level; its right and bottom may lie outside.
  Rect place(std::size_t index) const {
    const auto i = static_cast<std::int64_t>(index);
    return {i % across * block.width, i / across * block.height, block.width, block.height};
  }
};

/// One for each of `sizes`; nothing where a size has no directory or several, or one that is not
/// made of 8-bit, three-component, interleaved JPEG blocks.
std::optional<std::vector<JpegLevel>> find_jpeg_levels(
    const std::vector<TiffDirectory>& directories, const std::vector<Size>& sizes);

}  // namespace histo
