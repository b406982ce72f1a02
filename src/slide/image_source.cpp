#include <algorithm>
#include <cstring>
#include <fstream>

#include "histo/codec.hpp"

#include "core/files.hpp"
#include "slide/backend.hpp"
#include "slide/tiff_directories.hpp"

namespace histo {

namespace {

// Pillow's nearest neighbour: the output pixel's centre, scaled. HistoPrep's pyramid of a plain
// image is made by it.
Image shrink(const Image& image, Size size) {
  Image small(size.width, size.height);
  const double scale_x = static_cast<double>(image.width()) / static_cast<double>(size.width);
  const double scale_y = static_cast<double>(image.height()) / static_cast<double>(size.height);
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::uint8_t* from =
        image.row(static_cast<std::int64_t>((static_cast<double>(y) + 0.5) * scale_y));
    std::uint8_t* to = small.row(y);
    for (std::int64_t x = 0; x < size.width; ++x, to += 3) {
      const auto source = static_cast<std::int64_t>((static_cast<double>(x) + 0.5) * scale_x);
      std::memcpy(to, from + 3 * source, 3);
    }
  }
  return small;
}

/// A pyramid in memory.
class ImageSource : public PixelSource {
 public:
  explicit ImageSource(Image image) : sizes_(image_levels(image.size())) {
    properties_.vendor = "image";
    levels_.push_back(std::move(image));
    for (std::size_t level = 1; level < sizes_.size(); ++level) {
      levels_.push_back(shrink(levels_.front(), sizes_[level]));
    }
  }

  const std::vector<Size>& level_sizes() const override { return sizes_; }
  const SlideProperties& properties() const override { return properties_; }

  Image read(std::int64_t x, std::int64_t y, Size size, int level) const override {
    const Size level_size = sizes_[static_cast<std::size_t>(level)];
    const auto to_level = [](std::int64_t at, std::int64_t full, std::int64_t reduced) {
      return round_half_even(static_cast<double>(at) /
                             (static_cast<double>(full) / static_cast<double>(reduced)));
    };
    return read_reduced(to_level(x, sizes_[0].width, level_size.width),
                        to_level(y, sizes_[0].height, level_size.height), size, level, 1);
  }

  Image read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                     int /*reduction*/) const override {
    return cut(levels_[static_cast<std::size_t>(level)], {x, y, size.width, size.height});
  }

  Image read_level(int level) const override { return levels_[static_cast<std::size_t>(level)]; }

 private:
  std::vector<Image> levels_;
  std::vector<Size> sizes_;
  SlideProperties properties_;
};

bool is_tiff(const std::uint8_t* bytes) {
  return std::memcmp(bytes, "II*\0", 4) == 0 || std::memcmp(bytes, "MM\0*", 4) == 0 ||
         std::memcmp(bytes, "II+\0", 4) == 0 || std::memcmp(bytes, "MM\0+", 4) == 0;
}

}  // namespace

std::vector<Size> image_levels(Size full) {
  constexpr std::int64_t smallest_level = 512;
  std::vector<Size> sizes{full};
  for (std::int64_t factor = 2; std::max(full.width, full.height) / factor >= smallest_level;
       factor *= 2) {
    const Size size{full.width / factor, full.height / factor};
    if (size.width < 1 || size.height < 1) break;
    sizes.push_back(size);
  }
  return sizes;
}

std::unique_ptr<PixelSource> open_as_image(const std::filesystem::path& path) {
  std::uint8_t magic[8] = {};
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(magic), sizeof magic);
  if (is_tiff(magic)) {
    refuse_cut_tiff(path);
    return std::make_unique<ImageSource>(read_tiff_image(path));
  }
  if (!is_png_or_jpeg(magic, sizeof magic)) return nullptr;
  const std::vector<std::uint8_t> bytes = read_file(path);
  return std::make_unique<ImageSource>(decode_image(bytes.data(), bytes.size(), path.string()));
}

}  // namespace histo
