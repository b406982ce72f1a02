#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include <openslide.h>

#include "histo/error.hpp"

#include "slide/backend.hpp"
#include "slide/tiff_directories.hpp"

namespace histo {

namespace {

struct Close {
  void operator()(openslide_t* slide) const { openslide_close(slide); }
};

// OpenSlide gives 0xAARRGGBB with the colours already multiplied by alpha, so white shines through
// by its remainder.
void blend_over_white(const std::uint32_t* argb, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < count; ++i, rgb += 3) {
    const std::uint32_t pixel = argb[i];
    const std::uint32_t white = 255 - (pixel >> 24);
    rgb[0] = static_cast<std::uint8_t>(((pixel >> 16) & 255) + white);
    rgb[1] = static_cast<std::uint8_t>(((pixel >> 8) & 255) + white);
    rgb[2] = static_cast<std::uint8_t>((pixel & 255) + white);
  }
}

class OpenSlideSource : public PixelSource {
 public:
  OpenSlideSource(const std::filesystem::path& path, openslide_t* slide)
      : path_(path), slide_(slide) {
    check();
    for (int level = 0; level < openslide_get_level_count(slide); ++level) {
      Size size;
      openslide_get_level_dimensions(slide, level, &size.width, &size.height);
      if (size.width < 1 || size.height < 1) fail("level " + std::to_string(level) + " is empty");
      sizes_.push_back(size);
    }
    read_properties();
    check();
  }

  const std::vector<Size>& level_sizes() const override { return sizes_; }
  const SlideProperties& properties() const override { return properties_; }

  Image read(std::int64_t x, std::int64_t y, Size size, int level) const override {
    Image image(size.width, size.height);
    read_rows(x, y, size, level, image.data());
    return image;
  }

  Image read_level(int level) const override {
    const Size size = sizes_[static_cast<std::size_t>(level)];
    Image image(size.width, size.height);
    const std::int64_t strip = strip_height(level, size.height);
    const auto downsample =
        static_cast<std::int64_t>(openslide_get_level_downsample(slide_.get(), level));
    for (std::int64_t y = 0; y < size.height; y += strip) {
      const Size part{size.width, std::min(strip, size.height - y)};
      read_rows(0, y * downsample, part, level, image.row(y));
    }
    return image;
  }

  Image read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                     int /*reduction*/) const override {
    // OpenSlide misplaces regions that begin before the slide where a downsample is not whole.
    const Rect there{std::max<std::int64_t>(x, 0), std::max<std::int64_t>(y, 0),
                     x + size.width - std::max<std::int64_t>(x, 0),
                     y + size.height - std::max<std::int64_t>(y, 0)};
    if (there.width < 1 || there.height < 1) return Image(size.width, size.height, 255);
    const Image image = read(level_0_place(there.x, level), level_0_place(there.y, level),
                             {there.width, there.height}, level);
    if (there.width == size.width && there.height == size.height) return image;
    return cut(image, {x - there.x, y - there.y, size.width, size.height});
  }

  double begin_of(std::int64_t pixel, int level) const override {
    if (pixel <= 0) return static_cast<double>(pixel);
    return static_cast<double>(level_0_place(pixel, level)) /
           openslide_get_level_downsample(slide_.get(), level);
  }

 private:
  std::int64_t level_0_place(std::int64_t pixel, int level) const {
    const double downsample = openslide_get_level_downsample(slide_.get(), level);
    return static_cast<std::int64_t>(std::llround(static_cast<double>(pixel) * downsample));
  }

  // OpenSlide's pixels take four bytes, ours three; strips avoid holding both for a whole level. A
  // strip may begin only where a level-0 coordinate names a row of the level exactly, or OpenSlide
  // would interpolate between two.
  std::int64_t strip_height(int level, std::int64_t height) const {
    const double downsample = openslide_get_level_downsample(slide_.get(), level);
    return downsample == static_cast<double>(static_cast<std::int64_t>(downsample)) ? 256 : height;
  }

  void read_rows(std::int64_t x, std::int64_t y, Size size, int level, std::uint8_t* rgb) const {
    const auto count = static_cast<std::size_t>(size.width * size.height);
    const std::unique_ptr<std::uint32_t[]> argb(new std::uint32_t[count]);
    openslide_read_region(slide_.get(), argb.get(), x, y, level, size.width, size.height);
    check();
    blend_over_white(argb.get(), count, rgb);
  }

  void read_properties() {
    const auto text = [this](const char* name) {
      return openslide_get_property_value(slide_.get(), name);
    };
    const auto value = [&text](const char* name) -> std::optional<double> {
      const char* digits = text(name);
      double parsed = 0;
      if (digits == nullptr ||
          std::from_chars(digits, digits + std::strlen(digits), parsed).ec != std::errc()) {
        return std::nullopt;
      }
      return parsed > 0 ? std::optional(parsed) : std::nullopt;
    };
    const auto integer = [&text](const char* name) -> std::optional<std::int64_t> {
      const char* digits = text(name);
      std::int64_t parsed = 0;
      if (digits == nullptr ||
          std::from_chars(digits, digits + std::strlen(digits), parsed).ec != std::errc()) {
        return std::nullopt;
      }
      return parsed;
    };
    const char* vendor = text(OPENSLIDE_PROPERTY_NAME_VENDOR);
    properties_.vendor = vendor == nullptr ? "unknown" : vendor;
    properties_.mpp_x = value(OPENSLIDE_PROPERTY_NAME_MPP_X);
    properties_.mpp_y = value(OPENSLIDE_PROPERTY_NAME_MPP_Y);
    properties_.objective_power = value(OPENSLIDE_PROPERTY_NAME_OBJECTIVE_POWER);
    const auto x = integer(OPENSLIDE_PROPERTY_NAME_BOUNDS_X);
    const auto y = integer(OPENSLIDE_PROPERTY_NAME_BOUNDS_Y);
    const auto width = integer(OPENSLIDE_PROPERTY_NAME_BOUNDS_WIDTH);
    const auto height = integer(OPENSLIDE_PROPERTY_NAME_BOUNDS_HEIGHT);
    if (x && y && width && height) properties_.bounds = Rect{*x, *y, *width, *height};
  }

  // An error sticks to the handle: OpenSlide refuses all later calls, so one check after a call is
  // enough.
  void check() const {
    const char* error = openslide_get_error(slide_.get());
    if (error != nullptr) fail(std::string("OpenSlide: ") + error);
  }

  [[noreturn]] void fail(const std::string& cause) const {
    throw Error(ErrorKind::input, path_.string() + ": " + cause);
  }

  std::filesystem::path path_;
  std::unique_ptr<openslide_t, Close> slide_;
  std::vector<Size> sizes_;
  SlideProperties properties_;
};

}  // namespace

std::unique_ptr<PixelSource> open_headers_with_openslide(const std::filesystem::path& path) {
  refuse_cut_tiff(path);
  openslide_t* slide = openslide_open(path.c_str());
  if (slide == nullptr) return nullptr;
  return std::make_unique<OpenSlideSource>(path, slide);
}

std::unique_ptr<PixelSource> open_with_openslide(const std::filesystem::path& path) {
  std::unique_ptr<PixelSource> slide = open_headers_with_openslide(path);
  return slide ? with_small_levels(path, std::move(slide)) : nullptr;
}

std::string openslide_version() { return openslide_get_version(); }

}  // namespace histo
