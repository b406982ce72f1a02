#include "slide/jpeg_levels.hpp"

#include <algorithm>

namespace histo {

namespace {

// TIFF 6.0 and TIFF Technical Note 2.
enum Tag : std::uint16_t {
  image_width = 256,
  image_length = 257,
  bits_per_sample = 258,
  compression = 259,
  photometric = 262,
  fill_order = 266,
  orientation = 274,
  samples_per_pixel = 277,
  planar_configuration = 284,
  tile_width = 322,
  tile_length = 323,
  tile_offsets = 324,
  tile_byte_counts = 325,
  jpeg_tables = 347,
};

constexpr std::uint64_t jpeg_compression = 7;
constexpr std::uint64_t photometric_rgb = 2;
constexpr std::uint64_t photometric_ycbcr = 6;
constexpr std::int64_t largest_block = 8192;

std::int64_t side(const TiffDirectory& directory, Tag tag) {
  return static_cast<std::int64_t>(directory.value(tag).value_or(0));
}

// Where a tag is absent, the value is 1.
bool is_one(const TiffDirectory& directory, Tag tag) {
  return directory.values(tag).empty() || directory.value(tag) == 1;
}

bool fits(const TiffDirectory& directory) {
  const std::vector<std::uint64_t>& bits = directory.values(bits_per_sample);
  const auto colours = directory.value(photometric);
  return directory.value(compression) == jpeg_compression &&
         directory.value(samples_per_pixel) == 3 && !bits.empty() &&
         std::all_of(bits.begin(), bits.end(), [](std::uint64_t bit) { return bit == 8; }) &&
         (colours == photometric_rgb || colours == photometric_ycbcr) &&
         is_one(directory, planar_configuration) && is_one(directory, fill_order) &&
         is_one(directory, orientation);
}

std::optional<JpegLevel> level_of(const TiffDirectory& directory) {
  JpegLevel level;
  level.size = {side(directory, image_width), side(directory, image_length)};
  level.block = {side(directory, tile_width), side(directory, tile_length)};
  constexpr std::int64_t largest_side = std::int64_t{1} << 40;
  if (!fits(directory) || std::max(level.size.width, level.size.height) > largest_side ||
      std::min(level.block.width, level.block.height) < 1 ||
      std::max(level.block.width, level.block.height) > largest_block) {
    return std::nullopt;
  }
  level.across = (level.size.width + level.block.width - 1) / level.block.width;
  const std::int64_t down = (level.size.height + level.block.height - 1) / level.block.height;
  level.offsets = directory.values(tile_offsets);
  level.counts = directory.values(tile_byte_counts);
  // Without the product, which a hostile size makes larger than any number.
  const auto blocks = static_cast<std::int64_t>(level.offsets.size());
  if (level.across < 1 || blocks % level.across != 0 || blocks / level.across != down ||
      level.counts.size() != level.offsets.size()) {
    return std::nullopt;
  }
  const std::vector<std::uint64_t>& tables = directory.values(jpeg_tables);
  std::transform(tables.begin(), tables.end(), std::back_inserter(level.tables),
                 [](std::uint64_t byte) { return static_cast<std::uint8_t>(byte); });
  const bool rgb = directory.value(photometric) == photometric_rgb;
  level.colours = rgb ? JpegColours::rgb : JpegColours::ycbcr;
  return level;
}

}  // namespace

std::optional<std::vector<JpegLevel>> find_jpeg_levels(
    const std::vector<TiffDirectory>& directories, const std::vector<Size>& sizes) {
  std::vector<JpegLevel> levels;
  for (const Size& size : sizes) {
    const auto matches = [&size](const TiffDirectory& directory) {
      return side(directory, image_width) == size.width &&
             side(directory, image_length) == size.height && !directory.values(tile_width).empty();
    };
    const auto found = std::find_if(directories.begin(), directories.end(), matches);
    if (found == directories.end()) return std::nullopt;
    if (std::any_of(found + 1, directories.end(), matches)) return std::nullopt;
    std::optional<JpegLevel> level = level_of(*found);
    if (!level) return std::nullopt;
    levels.push_back(std::move(*level));
  }
  return levels;
}

}  // namespace histo
