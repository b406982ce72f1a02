#include "core/png.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <png.h>

#include "histo/error.hpp"

namespace histo {

namespace {

// libpng reports an error by a callback that must not return. It throws: libpng's frames hold no
// resources but those that the struct below frees.
[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  const auto* name = static_cast<const std::string*>(png_get_error_ptr(png));
  throw Error(ErrorKind::input, *name + ": damaged PNG file (" + message + ")");
}

void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}

struct Reader {
  png_structp png;
  png_infop info;
  // libpng keeps the pointer; the name outlives the reader.
  explicit Reader(const std::string& name)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, const_cast<std::string*>(&name), on_error,
                                   on_warning)),
        info(png == nullptr ? nullptr : png_create_info_struct(png)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct Input {
  const std::uint8_t* bytes;
  std::size_t left;
};

void take(png_structp png, png_bytep data, std::size_t count) {
  auto* in = static_cast<Input*>(png_get_io_ptr(png));
  if (count > in->left) png_error(png, "the file ends too early");
  std::memcpy(data, in->bytes, count);
  in->bytes += count;
  in->left -= count;
}

// Everything to 8 bits, RGB or RGB with alpha.
void normalise(Reader& reader) {
  const png_byte colour = png_get_color_type(reader.png, reader.info);
  png_set_expand(reader.png);
  png_set_scale_16(reader.png);
  if ((colour & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(reader.png);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
}

std::uint8_t over_white(unsigned value, unsigned alpha) {
  return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

void blend_over_white(const std::vector<std::uint8_t>& rgba, Image& image) {
  std::uint8_t* out = image.data();
  for (std::size_t i = 0; i + 3 < rgba.size(); i += 4) {
    for (std::size_t c = 0; c < 3; ++c) *out++ = over_white(rgba[i + c], rgba[i + 3]);
  }
}

}  // namespace

Image decode_png(const std::uint8_t* bytes, std::size_t count, const std::string& name) {
  Reader reader(name);
  if (reader.info == nullptr) throw Error(ErrorKind::internal, "PNG decoder: out of memory");
  Input input{bytes, count};
  png_set_read_fn(reader.png, &input, take);
  png_read_info(reader.png, reader.info);
  normalise(reader);

  const auto width = static_cast<std::int64_t>(png_get_image_width(reader.png, reader.info));
  const auto height = static_cast<std::int64_t>(png_get_image_height(reader.png, reader.info));
  const std::size_t row_bytes = png_get_rowbytes(reader.png, reader.info);
  const bool has_alpha = png_get_channels(reader.png, reader.info) == 4;

  Image image(width, height);
  std::vector<std::uint8_t> rgba(has_alpha ? row_bytes * static_cast<std::size_t>(height) : 0);
  std::uint8_t* pixels = has_alpha ? rgba.data() : image.data();
  std::vector<png_bytep> rows(static_cast<std::size_t>(height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = pixels + y * row_bytes;
  png_read_image(reader.png, rows.data());
  png_read_end(reader.png, nullptr);
  if (has_alpha) blend_over_white(rgba, image);
  return image;
}

}  // namespace histo
