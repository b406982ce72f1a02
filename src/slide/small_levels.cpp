#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "slide/backend.hpp"
#include "slide/tiff_directories.hpp"

namespace histo {

namespace {

constexpr std::uint16_t image_width = 256;
constexpr std::uint16_t image_length = 257;
constexpr std::uint16_t compression = 259;
constexpr std::uint16_t tile_width = 322;
constexpr std::uint16_t tile_length = 323;

using SmallLevels = std::map<int, Image>;

/// OpenSlide, but for the levels that it would get wrong.
class SmallLevelSource : public PixelSource {
 public:
  SmallLevelSource(std::unique_ptr<PixelSource> openslide, SmallLevels&& levels)
      : openslide_(std::move(openslide)), levels_(std::move(levels)) {}

  const std::vector<Size>& level_sizes() const override { return openslide_->level_sizes(); }
  const SlideProperties& properties() const override { return openslide_->properties(); }

  Image read(std::int64_t x, std::int64_t y, Size size, int level) const override {
    const auto found = levels_.find(level);
    if (found == levels_.end()) return openslide_->read(x, y, size, level);
    const Size full = level_sizes().front();
    const auto to_level = [](std::int64_t at, std::int64_t length, std::int64_t reduced) {
      return round_half_even(static_cast<double>(at) * static_cast<double>(reduced) /
                             static_cast<double>(length));
    };
    return cut(found->second,
               {to_level(x, full.width, found->second.width()),
                to_level(y, full.height, found->second.height()), size.width, size.height});
  }

  Image read_level(int level) const override {
    const auto found = levels_.find(level);
    return found == levels_.end() ? openslide_->read_level(level) : found->second;
  }

  Image read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                     int reduction) const override {
    const auto found = levels_.find(level);
    if (found == levels_.end()) return openslide_->read_reduced(x, y, size, level, reduction);
    return cut(found->second, {x, y, size.width, size.height});
  }

  double begin_of(std::int64_t pixel, int level) const override {
    if (levels_.count(level) != 0) return static_cast<double>(pixel);
    return openslide_->begin_of(pixel, level);
  }

 private:
  std::unique_ptr<PixelSource> openslide_;
  SmallLevels levels_;
};

bool goes_through_libtiff(const TiffDirectory& directory) {
  // JPEG and Aperio's two kinds of JPEG 2000 are decoded by OpenSlide itself.
  constexpr std::array<std::uint64_t, 3> others = {7, 33003, 33005};
  const auto code = directory.value(compression);
  return code && std::find(others.begin(), others.end(), *code) == others.end();
}

}  // namespace

Image cut(const Image& pixels, const Rect& region) {
  const Rect there = intersect(region, {0, 0, pixels.width(), pixels.height()});
  Image image(region.width, region.height, 255);
  for (std::int64_t row = 0; row < there.height; ++row) {
    std::memcpy(image.row(there.y - region.y + row) + 3 * (there.x - region.x),
                pixels.row(there.y + row) + 3 * there.x, 3 * static_cast<std::size_t>(there.width));
  }
  return image;
}

std::unique_ptr<PixelSource> with_small_levels(const std::filesystem::path& path,
                                               std::unique_ptr<PixelSource> openslide) {
  const std::string& vendor = openslide->properties().vendor;
  if (vendor != "aperio" && vendor != "generic-tiff") return openslide;
  const FileBytes file(path);
  const std::vector<TiffDirectory> directories = read_tiff_directories(file);
  SmallLevels levels;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    const TiffDirectory& directory = directories[i];
    const Size size{static_cast<std::int64_t>(directory.value(image_width).value_or(0)),
                    static_cast<std::int64_t>(directory.value(image_length).value_or(0))};
    const bool is_small =
        directory.value(tile_width).value_or(0) > static_cast<std::uint64_t>(size.width) ||
        directory.value(tile_length).value_or(0) > static_cast<std::uint64_t>(size.height);
    const std::vector<Size>& sizes = openslide->level_sizes();
    const auto level = std::find(sizes.begin(), sizes.end(), size);
    if (is_small && level != sizes.end() && goes_through_libtiff(directory)) {
      levels.emplace(static_cast<int>(level - sizes.begin()), read_tiff_image(path, i));
    }
  }
  if (levels.empty()) return openslide;
  return std::make_unique<SmallLevelSource>(std::move(openslide), std::move(levels));
}

}  // namespace histo
