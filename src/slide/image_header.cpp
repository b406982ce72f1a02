#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "histo/codec.hpp"
#include "histo/error.hpp"

#include "slide/backend.hpp"
#include "slide/tiff_directories.hpp"

namespace histo {

namespace {

/// A plain image that was not decoded.
class ImageHeader : public PixelSource {
 public:
  explicit ImageHeader(Size size) : sizes_(image_levels(size)) { properties_.vendor = "image"; }

  const std::vector<Size>& level_sizes() const override { return sizes_; }
  const SlideProperties& properties() const override { return properties_; }
  Image read(std::int64_t, std::int64_t, Size, int) const override { refuse(); }
  Image read_level(int) const override { refuse(); }
  Image read_reduced(std::int64_t, std::int64_t, Size, int, int) const override { refuse(); }

 private:
  [[noreturn]] static void refuse() {
    throw Error(ErrorKind::internal, "a slide's headers have no pixels");
  }

  std::vector<Size> sizes_;
  SlideProperties properties_;
};

std::int64_t big_endian(const std::uint8_t* bytes, std::size_t count) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

// PNG (RFC 2083, 4.1.1): the first chunk is IHDR, which begins with the width and the height.
std::optional<Size> size_of_png(const FileBytes& file) {
  std::array<std::uint8_t, 24> head{};
  if (file.size() < head.size()) return std::nullopt;
  file.read(0, head.data(), head.size());
  if (std::memcmp(&head[12], "IHDR", 4) != 0) return std::nullopt;
  return Size{big_endian(&head[16], 4), big_endian(&head[20], 4)};
}

bool is_frame_header(std::uint8_t marker) {
  constexpr std::array<std::uint8_t, 3> others = {0xc4, 0xc8, 0xcc};  // tables, and a reserved one
  return marker >= 0xc0 && marker <= 0xcf &&
         std::find(others.begin(), others.end(), marker) == others.end();
}

// JPEG (ITU-T T.81, B.2.2): segments of a marker and a length, one of which is the frame header.
std::optional<Size> size_of_jpeg(const FileBytes& file) {
  std::array<std::uint8_t, 9> segment{};
  std::uint64_t at = 2;
  while (at + segment.size() <= file.size()) {
    file.read(at, segment.data(), segment.size());
    if (segment[0] != 0xff) return std::nullopt;
    if (segment[1] == 0xff) {  // a fill byte
      ++at;
    } else if (is_frame_header(segment[1])) {
      return Size{big_endian(&segment[7], 2), big_endian(&segment[5], 2)};
    } else {
      at += 2 + static_cast<std::uint64_t>(big_endian(&segment[2], 2));
    }
  }
  return std::nullopt;
}

std::optional<Size> size_of_tiff(const FileBytes& file) {
  const std::vector<TiffDirectory> directories = read_tiff_directories(file);
  if (directories.empty()) return std::nullopt;
  constexpr std::uint16_t image_width = 256;
  constexpr std::uint16_t image_length = 257;
  return Size{static_cast<std::int64_t>(directories.front().value(image_width).value_or(0)),
              static_cast<std::int64_t>(directories.front().value(image_length).value_or(0))};
}

}  // namespace

std::unique_ptr<PixelSource> open_headers_of_image(const std::filesystem::path& path) {
  const FileBytes file(path);
  std::array<std::uint8_t, 8> magic{};
  file.read(0, magic.data(), std::min<std::size_t>(magic.size(), file.size()));
  const bool is_other = is_png_or_jpeg(magic.data(), magic.size());
  const std::optional<Size> size = !is_other          ? size_of_tiff(file)
                                   : magic[0] == 0xff ? size_of_jpeg(file)
                                                      : size_of_png(file);
  if (!size && !is_other) return nullptr;
  if (!size || size->width < 1 || size->height < 1) {
    throw Error(ErrorKind::input, path.string() + ": the image states no width and height");
  }
  if (!is_other && size->width > largest_plain_image / size->height) {
    throw Error(ErrorKind::input, path.string() + ": " + std::to_string(size->width) + " x " +
                                      std::to_string(size->height) +
                                      " pixels without a pyramid are too many to hold; convert it "
                                      "to a tiled pyramid");
  }
  return std::make_unique<ImageHeader>(*size);
}

}  // namespace histo
