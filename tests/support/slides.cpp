#include "support/slides.hpp"

#include <algorithm>
#include <cstring>

#include <tiffio.h>

#include "demo_slide/pyramid_writer.hpp"

namespace histo::test {

namespace {

void describe(TIFF* tiff, Size size, const SlideLayout& layout, bool reduced) {
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, reduced ? FILETYPE_REDUCEDIMAGE : 0);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(size.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(size.height));
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(layout.tile.width));
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(layout.tile.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, layout.orientation);
  if (!layout.description.empty()) {
    TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, layout.description.c_str());
  }
  if (layout.compressed_by_deflate) {
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    return;
  }
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_JPEG);
  TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 85);
  TIFFSetField(tiff, TIFFTAG_JPEGTABLESMODE,
               layout.shared_tables ? JPEGTABLESMODE_QUANT | JPEGTABLESMODE_HUFF : 0);
  if (layout.is_rgb) {
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    return;
  }
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR);
  TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, layout.across, layout.down);
  TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
}

/// What lies beyond the image is black, which tells whether it leaks into the pixels.
std::vector<std::uint8_t> tile_of(const Image& image, const Rect& place) {
  Image tile(place.width, place.height);
  const Rect inside = intersect(place, {0, 0, image.width(), image.height()});
  for (std::int64_t y = 0; y < inside.height; ++y) {
    std::memcpy(tile.row(y), image.row(place.y + y) + 3 * place.x,
                3 * static_cast<std::size_t>(inside.width));
  }
  return tile.bytes();
}

void write_tiles(TIFF* tiff, const Image& image, const SlideLayout& layout, bool reduced) {
  std::uint32_t number = 0;
  for (std::int64_t y = 0; y < image.height(); y += layout.tile.height) {
    for (std::int64_t x = 0; x < image.width(); x += layout.tile.width, ++number) {
      const auto& gaps = layout.left_out;
      if (!reduced && std::find(gaps.begin(), gaps.end(), number) != gaps.end()) continue;
      std::vector<std::uint8_t> tile =
          tile_of(image, {x, y, layout.tile.width, layout.tile.height});
      TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                    0, 0);
    }
  }
}

Image every_second_pixel(const Image& image) {
  Image half(image.width() / 2, image.height() / 2);
  for (std::int64_t y = 0; y < half.height(); ++y) {
    for (std::int64_t x = 0; x < half.width(); ++x) {
      std::memcpy(half.row(y) + 3 * x, image.row(2 * y) + 6 * x, 3);
    }
  }
  return half;
}

void write_strips(const std::filesystem::path& file, const Image& image, std::uint16_t compression,
                  std::uint32_t rows) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.width()));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.height()));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
  for (std::int64_t y = 0; y < image.height(); ++y) {
    auto* row = const_cast<std::uint8_t*>(image.row(y));  // libtiff only reads
    TIFFWriteScanline(tiff, row, static_cast<std::uint32_t>(y), 0);
  }
  TIFFClose(tiff);
}

}  // namespace

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

void write_slide(const std::filesystem::path& file, const Image& image, const SlideLayout& layout) {
  TIFFSetWarningHandler(nullptr);  // of tiles that are left out
  TIFF* tiff = TIFFOpen(file.c_str(), layout.mode);
  Image level = image;
  for (int number = 0; number < layout.levels; ++number) {
    if (number > 0) level = every_second_pixel(level);
    describe(tiff, level.size(), layout, number > 0);
    write_tiles(tiff, level, layout, number > 0);
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

void write_pyramid(const std::filesystem::path& file, const std::vector<Image>& levels) {
  constexpr std::int64_t side = 256;
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  std::vector<std::uint8_t> tile(3 * side * side);
  for (const Image& level : levels) {
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, &level == levels.data() ? 0 : FILETYPE_REDUCEDIMAGE);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(level.width()));
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(level.height()));
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(side));
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(side));
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_JPEG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR);
    TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 1, 1);
    TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 98);
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    for (std::int64_t y = 0; y < level.height(); y += side) {
      for (std::int64_t x = 0; x < level.width(); x += side) {
        // What lies beyond the image repeats its last column and row.
        for (std::int64_t i = 0; i < side * side; ++i) {
          const std::uint8_t* row = level.row(std::min(y + i / side, level.height() - 1));
          std::memcpy(&tile[static_cast<std::size_t>(3 * i)],
                      row + 3 * std::min(x + i % side, level.width() - 1), 3);
        }
        TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(x),
                      static_cast<std::uint32_t>(y), 0, 0);
      }
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

void write_plain_tiff(const std::filesystem::path& file, const Image& image) {
  write_strips(file, image, COMPRESSION_NONE, 16);
}

void write_jpeg_strips(const std::filesystem::path& file, const Image& image) {
  write_strips(file, image, COMPRESSION_JPEG, 32);
}

}  // namespace histo::test
