#pragma once
/// Small slides for tests: no file of the optional test data is needed for them.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/image.hpp"

namespace histo::test {

/// Pale glass (242, 240, 243) with one rectangle of purple tissue whose pixels all differ a little,
/// the same each time.
Image tissue_image(Size size, const Rect& tissue);

/// A pyramidal tiled JPEG TIFF that OpenSlide reads; levels are halved until both sides are at most
/// 512.
void write_slide(const std::filesystem::path& file, const Image& image);

/// How a tiled TIFF is written; every level is half as large as the one before, odd sides rounded
/// down.
struct SlideLayout {
  Size tile{256, 256};
  int levels = 1;
  bool is_rgb = false;       ///< the three components as they are, else YCbCr
  std::uint16_t across = 2;  ///< pixels of luma for one of chroma, along each axis
  std::uint16_t down = 2;
  bool shared_tables = true;
  bool compressed_by_deflate = false;  ///< not JPEG
  std::uint16_t orientation = 1;
  std::string description;
  const char* mode = "w";  ///< libtiff's: "w8" is BigTIFF, "wb" has the high byte first
  std::vector<std::uint32_t> left_out;  ///< tiles of the first level that are not written
};

void write_slide(const std::filesystem::path& file, const Image& image, const SlideLayout& layout);

/// A pyramid of just these levels: JPEG tiles of 256 pixels, quality 98, chroma not halved.
void write_pyramid(const std::filesystem::path& file, const std::vector<Image>& levels);

/// A plain uncompressed TIFF without tiles, which OpenSlide does not read.
void write_plain_tiff(const std::filesystem::path& file, const Image& image);

/// The same of JPEG strips of 32 rows.
void write_jpeg_strips(const std::filesystem::path& file, const Image& image);

}  // namespace histo::test
