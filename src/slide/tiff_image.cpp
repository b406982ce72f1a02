#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <tiffio.h>

#include "histo/error.hpp"

#include "slide/backend.hpp"

namespace histo {

namespace {

// libtiff tells its reasons to a callback only.
int remember(TIFF* /*tiff*/, void* reason, const char* /*module*/, const char* format,
             va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  *static_cast<std::string*>(reason) = text;
  return 1;
}

// The JPEG decoder paints over damage, and warns of it; all other warnings are about tags.
int heed_jpeg(TIFF* tiff, void* damage, const char* module, const char* format, va_list arguments) {
  const bool is_jpeg = module != nullptr && std::strcmp(module, "JPEGLib") == 0;
  return is_jpeg ? remember(tiff, damage, module, format, arguments) : 1;
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
struct Free {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

std::uint8_t over_white(std::uint32_t premultiplied, std::uint32_t alpha) {
  return static_cast<std::uint8_t>(std::min<std::uint32_t>(premultiplied + 255 - alpha, 255));
}

}  // namespace

Image read_tiff_image(const std::filesystem::path& path, std::size_t directory) {
  std::string reason = "libtiff gives no reason";
  std::string damage;
  const auto fail = [&path](const std::string& cause) {
    return Error(ErrorKind::input, path.string() + ": not a TIFF image that can be read: " + cause);
  };
  const std::unique_ptr<TIFFOpenOptions, Free> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), remember, &reason);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), heed_jpeg, &damage);
  const std::unique_ptr<TIFF, Close> tiff(TIFFOpenExt(path.c_str(), "r", options.get()));
  if (!tiff || TIFFSetDirectory(tiff.get(), static_cast<tdir_t>(directory)) == 0) {
    throw fail(reason);
  }

  std::uint32_t width = 0;
  std::uint32_t height = 0;
  if (TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width) == 0 ||
      TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height) == 0 || width == 0 || height == 0) {
    throw fail("it states no width and height");
  }
  const std::int64_t count = std::int64_t{width} * height;
  if (count > largest_plain_image) {
    throw fail(std::to_string(width) + " x " + std::to_string(height) +
               " pixels without a pyramid are too many to hold; convert it to a tiled pyramid");
  }
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(count));
  constexpr int stop_on_error = 1;
  if (TIFFReadRGBAImageOriented(tiff.get(), width, height, pixels.data(), ORIENTATION_TOPLEFT,
                                stop_on_error) == 0) {
    throw fail(reason);
  }
  if (!damage.empty()) throw fail("damaged JPEG data (" + damage + ")");
  Image image(width, height);
  std::uint8_t* rgb = image.data();
  for (const std::uint32_t pixel : pixels) {
    const std::uint32_t alpha = TIFFGetA(pixel);
    *rgb++ = over_white(TIFFGetR(pixel), alpha);
    *rgb++ = over_white(TIFFGetG(pixel), alpha);
    *rgb++ = over_white(TIFFGetB(pixel), alpha);
  }
  return image;
}

}  // namespace histo
