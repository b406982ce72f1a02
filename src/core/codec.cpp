#include "histo/codec.hpp"

#include <cstring>

#include "histo/error.hpp"

#include "core/jpeg.hpp"
#include "core/png.hpp"

namespace histo {

namespace {

constexpr std::uint8_t png_magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::uint8_t jpeg_magic[] = {0xff, 0xd8, 0xff};

bool is_png(const std::uint8_t* bytes, std::size_t count) {
  return count >= sizeof png_magic && std::memcmp(bytes, png_magic, sizeof png_magic) == 0;
}

bool is_jpeg(const std::uint8_t* bytes, std::size_t count) {
  return count >= sizeof jpeg_magic && std::memcmp(bytes, jpeg_magic, sizeof jpeg_magic) == 0;
}

}  // namespace

std::string extension(ImageFormat format) { return format == ImageFormat::png ? "png" : "jpeg"; }

std::vector<std::uint8_t> encode(const ImageView& image, const ImageCoding& coding) {
  return coding.format == ImageFormat::png ? encode_png(image, coding.compression)
                                           : encode_jpeg(image, coding.quality);
}

std::vector<std::uint8_t> encode(const MaskView& grey, const ImageCoding& coding) {
  return coding.format == ImageFormat::png ? encode_png(grey, coding.compression)
                                           : encode_jpeg(grey, coding.quality);
}

bool is_png_or_jpeg(const std::uint8_t* bytes, std::size_t count) {
  return is_png(bytes, count) || is_jpeg(bytes, count);
}

Image decode_image(const std::uint8_t* bytes, std::size_t count, const std::string& name) {
  if (is_png(bytes, count)) return decode_png(bytes, count, name);
  if (is_jpeg(bytes, count)) return decode_jpeg(bytes, count, name);
  if (count == 0) throw Error(ErrorKind::input, name + ": the file is empty");
  throw Error(ErrorKind::input, name + ": neither a PNG nor a JPEG file");
}

}  // namespace histo
