#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "core/shared_cache.hpp"
#include "slide/backend.hpp"
#include "slide/file_bytes.hpp"
#include "slide/jpeg_levels.hpp"

namespace histo {

/// The JPEG blocks of a tiled TIFF, decoded straight from the file. Blocks that were decoded lately
/// are kept, so that overlapping tiles, read row by row, decode each once.
class TiledJpegSource : public PixelSource {
 public:
  /// What is kept at most: six rows of blocks of 256 x 256 pixels on a slide 20,000 pixels wide.
  static constexpr std::size_t cache_bytes = std::size_t{96} << 20;

  TiledJpegSource(const std::filesystem::path& path, std::unique_ptr<PixelSource> openslide,
                  std::vector<JpegLevel>&& levels);

  const std::vector<Size>& level_sizes() const override { return openslide_->level_sizes(); }
  const SlideProperties& properties() const override { return openslide_->properties(); }
  Image read(std::int64_t x, std::int64_t y, Size size, int level) const override;
  Image read_level(int level) const override;
  int reduction(int level, int wanted) const override;
  Image read_band(std::int64_t first, std::int64_t count, int level) const override;
  std::int64_t block_rows(int level) const override { return at(level).block.height; }
  void expect_overlap(bool overlap) override { keeps_inner_blocks_ = overlap; }
  Image read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                     int reduction) const override;

  /// Whether OpenSlide gives the same pixels for two blocks of each level. Blocks that are damaged
  /// are passed over: OpenSlide would paper over them.
  bool agrees_with_openslide() const;

  std::unique_ptr<PixelSource> release_openslide() { return std::move(openslide_); }

  /// Blocks that were decoded for `read` and `read_reduced`.
  std::size_t decoded_blocks() const { return cache_.made(); }

 private:
  struct Key {
    std::size_t level;
    int reduction;
    std::size_t block;
    bool operator==(const Key& other) const {
      return level == other.level && reduction == other.reduction && block == other.block;
    }
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::size_t>()((key.block * 64 + key.level) * 16 +
                                      static_cast<std::size_t>(key.reduction));
    }
  };

  // Not an `Image`, which would be filled with zeros first.
  struct Block {
    explicit Block(Size pixels)
        : size(pixels),
          rgb(new std::uint8_t[static_cast<std::size_t>(3 * size.width * size.height)]) {}
    std::size_t stride() const { return static_cast<std::size_t>(3 * size.width); }
    ImageView view() const { return {rgb.get(), size.width, size.height, stride()}; }

    Size size;
    std::unique_ptr<std::uint8_t[]> rgb;
  };

  const JpegLevel& at(int level) const { return levels_[static_cast<std::size_t>(level)]; }
  void decode(const JpegLevel& level, std::size_t block, int reduction, std::uint8_t* rgb,
              std::size_t stride) const;
  Block decode_reduced(const JpegLevel& level, std::size_t block, int reduction) const;
  std::shared_ptr<const Block> block_pixels(int level, std::size_t block, int reduction) const;
  void decode_all(const Rect& region, int level) const;
  bool block_agrees(int level, std::size_t block) const;
  bool put_whole(const JpegLevel& level, std::size_t block, const Rect& shown, Image& image,
                 const Rect& place_of_image) const;

  FileBytes file_;
  std::unique_ptr<PixelSource> openslide_;
  std::vector<JpegLevel> levels_;
  std::vector<double> downsamples_;  // OpenSlide's own: the mean of both axes'
  bool keeps_inner_blocks_ = true;
  mutable SharedCache<Key, Block, Hash> cache_;
};

}  // namespace histo
