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

  /// The largest of 1, 2, 4 and 8, at most `wanted`, by which this reader can shrink a level while
  /// it decodes it, each pixel being about the mean of those it stands for.
  virtual int reduction(int level, int wanted) const {
    (void)level, (void)wanted;
    return 1;
  }

  /// Pixels of the level shrunk by a `reduction` that this reader offers. `x` and `y` are in pixels
  /// of the shrunk level, which has ceil(level size / reduction) pixels; white outside.
  virtual Image read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                             int reduction) const = 0;

  /// Whole rows of a level from `first` on, each read once: nothing of them is kept for later.
  virtual Image read_band(std::int64_t first, std::int64_t count, int level) const {
    return read_reduced(0, first, {level_sizes()[static_cast<std::size_t>(level)].width, count},
                        level, 1);
  }

  /// Bands of a multiple of so many rows meet no block of the file twice.
  virtual std::int64_t block_rows(int level) const {
    (void)level;
    return 1;
  }

  /// Whether regions to come will share blocks that lie wholly inside of this one, as overlapping
  /// tiles do. Before any reading starts.
  virtual void expect_overlap(bool overlap) { (void)overlap; }

  /// Where what `read_reduced` gives for `pixel` of the unshrunk level truly begins, in the level's
  /// pixels. OpenSlide can begin only where a level-0 coordinate is whole, and gives what lies
  /// between the level's pixels elsewhere.
  virtual double begin_of(std::int64_t pixel, int level) const {
    (void)level;
    return static_cast<double>(pixel);
  }
};

/// Null if OpenSlide does not know the format. Throws Error(input) if it does and cannot open the
/// file.
std::unique_ptr<PixelSource> open_with_openslide(const std::filesystem::path& path);

/// The same, as far as no pixel has to be read. The small levels of `with_small_levels` are wrong.
std::unique_ptr<PixelSource> open_headers_with_openslide(const std::filesystem::path& path);

/// A reader of the same pixels that takes JPEG blocks straight from the file, which is several
/// times faster, where every level of the slide is made of such blocks and a few of them are found
/// equal; else `openslide` as it is. What lies between the level's pixels is still read by
/// `openslide`.
std::unique_ptr<PixelSource> with_direct_reading(const std::filesystem::path& path,
                                                 std::unique_ptr<PixelSource> openslide);

/// Null if the file is no PNG, JPEG or TIFF. Throws Error(input) if it is one and cannot be
/// decoded.
std::unique_ptr<PixelSource> open_as_image(const std::filesystem::path& path);

/// The same from the file's header: only sizes and properties may be asked for.
std::unique_ptr<PixelSource> open_headers_of_image(const std::filesystem::path& path);

/// The levels of a plain image: level n is the whole over 2^n, both sides rounded down, while the
/// longer one has at least 512 pixels.
std::vector<Size> image_levels(Size full);

/// `openslide` with those levels of a tiled TIFF read by libtiff that are narrower or lower than
/// one tile and not JPEG: OpenSlide 3.4.1 hands libtiff a tile where it expects no more than the
/// level, and shows memory that was never written. Throws Error(input) where such a level cannot be
/// decoded.
std::unique_ptr<PixelSource> with_small_levels(const std::filesystem::path& path,
                                               std::unique_ptr<PixelSource> openslide);

/// The region of an image, white where it lies outside.
Image cut(const Image& pixels, const Rect& region);

/// A TIFF image of any layout that libtiff converts to RGB, transparency over white; the first of
/// the file, or that of another directory.
Image read_tiff_image(const std::filesystem::path& path, std::size_t directory = 0);

/// The most pixels that are decoded at once; a larger plain image should be a pyramid.
constexpr std::int64_t largest_plain_image = 800'000'000;

}  // namespace histo
