#include "demo_slide/pyramid_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <tiffio.h>

#include "histo/error.hpp"

namespace histo::demo {

namespace {

constexpr int jpeg_quality = 85;
constexpr float pixels_per_centimetre = 20000.0F;  // 0.5 micrometres each

Size half_of(Size size) {
  return {std::max<std::int64_t>(1, size.width / 2), std::max<std::int64_t>(1, size.height / 2)};
}

/// Rows [top, top + ...) of the halved image from an even number of rows of the full one.
void halve(const ImageView& rows, std::int64_t top, Image& half) {
  const std::int64_t last = std::min(top + rows.height / 2, half.height());
  for (std::int64_t y = top; y < last; ++y) {
    const std::uint8_t* upper = rows.row(2 * (y - top));
    const std::uint8_t* lower = rows.row(2 * (y - top) + 1);
    std::uint8_t* out = half.row(y);
    for (std::int64_t x = 0; x < half.width(); ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        const int sum = upper[channel] + upper[channel + 3] + lower[channel] + lower[channel + 3];
        *out++ = static_cast<std::uint8_t>((sum + 2) / 4);
      }
      upper += 6;
      lower += 6;
    }
  }
}

/// One tile's pixels; what lies beyond the image repeats its last column and row, which JPEG takes
/// better than a step.
void cut_tile(const ImageView& rows, std::int64_t left, std::vector<std::uint8_t>& tile) {
  std::uint8_t* out = tile.data();
  for (std::int64_t y = 0; y < PyramidWriter::tile_size; ++y) {
    const std::uint8_t* row = rows.row(std::min(y, rows.height - 1));
    for (std::int64_t x = 0; x < PyramidWriter::tile_size; ++x, out += 3) {
      std::memcpy(out, row + 3 * std::min(left + x, rows.width - 1), 3);
    }
  }
}

}  // namespace

void PyramidWriter::Close::operator()(TIFF* file) const { TIFFClose(file); }

PyramidWriter::PyramidWriter(const std::filesystem::path& file, Size size)
    : file_(file), size_(size), half_(half_of(size).width, half_of(size).height) {
  // libtiff prints by itself; what goes wrong is told by our own sentences.
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  tiff_.reset(TIFFOpen(file.c_str(), "w"));
  if (!tiff_) fail("cannot be created");
  begin_level(size, false);
}

PyramidWriter::~PyramidWriter() = default;

void PyramidWriter::fail(const char* what) const {
  throw Error(ErrorKind::output, file_.string() + " " + what);
}

void PyramidWriter::begin_level(Size size, bool reduced) {
  TIFF* tiff = tiff_.get();
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, reduced ? FILETYPE_REDUCEDIMAGE : 0);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(size.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(size.height));
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(tile_size));
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(tile_size));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_JPEG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR);
  TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 2, 2);
  TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, jpeg_quality);
  TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  const float shrunk = static_cast<float>(size.width) / static_cast<float>(size_.width);
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, static_cast<double>(pixels_per_centimetre * shrunk));
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(pixels_per_centimetre * shrunk));
}

void PyramidWriter::write_tiles(const ImageView& rows, std::int64_t top) {
  std::vector<std::uint8_t> tile(static_cast<std::size_t>(3 * tile_size * tile_size));
  for (std::int64_t left = 0; left < rows.width; left += tile_size) {
    cut_tile(rows, left, tile);
    if (TIFFWriteTile(tiff_.get(), tile.data(), static_cast<std::uint32_t>(left),
                      static_cast<std::uint32_t>(top), 0, 0) < 0) {
      fail("cannot be written; the disk may be full");
    }
  }
}

void PyramidWriter::add_rows(const Image& rows) {
  write_tiles(rows.view(), next_row_);
  halve(rows.view(), next_row_ / 2, half_);
  next_row_ += rows.height();
}

void PyramidWriter::finish() {
  if (next_row_ != size_.height) fail("got fewer rows than it has");
  Image level = std::move(half_);
  for (;;) {
    if (TIFFWriteDirectory(tiff_.get()) == 0) fail("cannot be written; the disk may be full");
    begin_level(level.size(), true);
    for (std::int64_t top = 0; top < level.height(); top += tile_size) {
      const ImageView rows{level.row(top), level.width(), std::min(tile_size, level.height() - top),
                           level.stride()};
      write_tiles(rows, top);
    }
    if (level.width() <= 2 * tile_size && level.height() <= 2 * tile_size) break;
    Image smaller(half_of(level.size()).width, half_of(level.size()).height);
    halve(level.view(), 0, smaller);
    level = std::move(smaller);
  }
  if (TIFFWriteDirectory(tiff_.get()) == 0) fail("cannot be written; the disk may be full");
  tiff_.reset();
}

}  // namespace histo::demo
