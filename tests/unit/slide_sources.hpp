#pragma once
/// Small tiled slides, their readers, and regions to compare readers by.

#include <filesystem>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "slide/backend.hpp"
#include "slide/tiled_jpeg_source.hpp"
#include "support/catch.hpp"
#include "support/slides.hpp"

namespace histo::test {

namespace fs = std::filesystem;

using Source = std::unique_ptr<PixelSource>;

inline Source direct(const fs::path& path) {
  return with_direct_reading(path, open_with_openslide(path));
}

inline const TiledJpegSource* as_direct(const Source& source) {
  return dynamic_cast<const TiledJpegSource*>(source.get());
}

struct Files : TempFolder {
  Image image = tissue_image({701, 533}, {100, 50, 601, 400});
  fs::path slide = path() / "slide.tiff";

  explicit Files(const SlideLayout& layout = SlideLayout()) { write_slide(slide, image, layout); }
};

inline SlideLayout layout_of(Size tile, int levels) {
  SlideLayout layout;
  layout.tile = tile;
  layout.levels = levels;
  return layout;
}

/// Regions of all levels: two thirds of them where OpenSlide reads a level's own pixels, a third
/// anywhere; some at the right and the bottom edge, some outside.
class Regions {
 public:
  explicit Regions(const PixelSource& source) : sizes_(source.level_sizes()) {}

  struct Region {
    std::int64_t x, y;
    Size size;
    int level;
  };

  Region next() {
    const int level = static_cast<int>(between(0, static_cast<std::int64_t>(sizes_.size()) - 1));
    const Size full = sizes_.front();
    const std::int64_t step =
        count_++ % 3 == 0 ? 1 : full.width / sizes_[static_cast<std::size_t>(level)].width;
    const auto place = [&](std::int64_t length) {
      const bool at_edge = between(0, 6) == 0;
      const std::int64_t at = at_edge ? length - between(1, 300) : between(-400, length + 200);
      return at / step * step;
    };
    return {place(full.width), place(full.height), {between(1, 500), between(1, 500)}, level};
  }

 private:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }

  std::vector<Size> sizes_;
  std::mt19937_64 random_{3};
  int count_ = 0;
};

/// How many of `count` regions differ between two readers.
inline int different(const PixelSource& a, const PixelSource& b, int count) {
  Regions regions(a);
  int found = 0;
  for (int i = 0; i < count; ++i) {
    const auto [x, y, size, level] = regions.next();
    if (a.read(x, y, size, level).bytes() != b.read(x, y, size, level).bytes()) ++found;
  }
  return found;
}

inline TiffDirectory first_directory(const fs::path& path) {
  return read_tiff_directories(FileBytes(path)).front();
}

inline constexpr std::uint16_t tile_offsets = 324;
inline constexpr std::uint16_t tile_byte_counts = 325;

}  // namespace histo::test
