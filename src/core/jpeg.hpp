#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "histo/image.hpp"

namespace histo {

/// Throws Error(input) with a sentence that starts with `name`.
Image decode_jpeg(const std::uint8_t* bytes, std::size_t count, const std::string& name);

/// What the three components of a block mean. A TIFF says it in its directory, and what the block
/// itself says, or what a decoder would guess from it, does not count.
enum class JpegColours { ycbcr, rgb };

/// One block of a tiled TIFF: an abbreviated JPEG datastream and the tables that the blocks of a
/// directory share (TIFF Technical Note 2). No tables: the block has its own.
struct JpegBlock {
  const std::uint8_t* tables = nullptr;
  std::size_t tables_count = 0;
  const std::uint8_t* bytes = nullptr;
  std::size_t count = 0;
  JpegColours colours = JpegColours::ycbcr;
  Size size;          ///< what the block must have, in pixels
  int reduction = 1;  ///< 1, 2, 4 or 8: shrunk by so much in the cosine domain, each pixel being
                      ///< about the mean of those it stands for
};

/// Writes ceil(size / reduction) pixels, row y at rgb + y * stride. The same pixels as libtiff
/// gives at reduction 1. Truncated or damaged data is an error, never a guess. Throws Error(input)
/// with a sentence that starts with `name`; `rgb` is then partly written.
void decode_jpeg_block(const JpegBlock& block, std::uint8_t* rgb, std::size_t stride,
                       const std::string& name);

}  // namespace histo
