#pragma once
/// What a file format's reader gives to `Slide`. One file per backend.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "histo/slide.hpp"

namespace histo {

/// Thread rule: const members from many threads at once. Errors: Error(input) that starts with the
/// path.
class PixelSource {
 public:
  PixelSource() = default;
  PixelSource(const PixelSource&) = delete;
  PixelSource& operator=(const PixelSource&) = delete;
  virtual ~PixelSource() = default;

  virtual const std::vector<Size>& level_sizes() const = 0;
  virtual const SlideProperties& properties() const = 0;

  /// `x` and `y` in level-0 pixels, `size` in the level's own; white outside.
  virtual Image read(std::int64_t x, std::int64_t y, Size size, int level) const = 0;
  virtual Image read_level(int level) const = 0;
};

/// Null if OpenSlide does not know the format. Throws Error(input) if it does and cannot open the
/// file.
std::unique_ptr<PixelSource> open_with_openslide(const std::filesystem::path& path);

/// Null if the file is no PNG, JPEG or TIFF. Throws Error(input) if it is one and cannot be
/// decoded.
std::unique_ptr<PixelSource> open_as_image(const std::filesystem::path& path);

/// A whole TIFF of any layout that libtiff converts to RGB, transparency over white.
Image read_tiff_image(const std::filesystem::path& path);

/// The most pixels that are decoded at once; a larger plain image should be a pyramid.
constexpr std::int64_t largest_plain_image = 800'000'000;

}  // namespace histo
