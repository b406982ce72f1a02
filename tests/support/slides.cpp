#include "support/slides.hpp"

#include <algorithm>
#include <cstring>

#include <tiffio.h>

#include "demo_slide/pyramid_writer.hpp"

namespace histo::test {

Image tissue_image(Size size, const Rect& tissue) {
  Image image(size.width, size.height);
  std::uint32_t noise = 1;
  for (std::int64_t y = 0; y < size.height; ++y) {
    std::uint8_t* pixel = image.row(y);
    for (std::int64_t x = 0; x < size.width; ++x, pixel += 3) {
      noise = noise * 1664525u + 1013904223u;
      const auto grain = static_cast<std::uint8_t>(noise >> 27);
      const bool inside = x >= tissue.x && x < tissue.x + tissue.width && y >= tissue.y &&
                          y < tissue.y + tissue.height;
      pixel[0] = inside ? static_cast<std::uint8_t>(150 + grain) : 242;
      pixel[1] = inside ? static_cast<std::uint8_t>(80 + grain) : 240;
      pixel[2] = inside ? static_cast<std::uint8_t>(160 + grain) : 243;
    }
  }
  return image;
}

void write_slide(const std::filesystem::path& file, const Image& image) {
  constexpr std::int64_t rows = demo::PyramidWriter::tile_size;
  demo::PyramidWriter writer(file, image.size());
  for (std::int64_t y = 0; y < image.height(); y += rows) {
    Image part(image.width(), std::min(rows, image.height() - y));
    std::memcpy(part.data(), image.row(y), part.bytes().size());
    writer.add_rows(part);
  }
  writer.finish();
}

void write_plain_tiff(const std::filesystem::path& file, const Image& image) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.width()));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.height()));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 16);
  for (std::int64_t y = 0; y < image.height(); ++y) {
    auto* row = const_cast<std::uint8_t*>(image.row(y));  // libtiff only reads
    TIFFWriteScanline(tiff, row, static_cast<std::uint32_t>(y), 0);
  }
  TIFFClose(tiff);
}

}  // namespace histo::test
