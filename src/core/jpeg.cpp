#include "core/jpeg.hpp"

// jpeglib.h wants FILE and size_t to be known.
#include <cstdio>
#include <cstdlib>
//
#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <vector>

#include <jpeglib.h>

#include "histo/codec.hpp"
#include "histo/error.hpp"

namespace histo {

namespace {

// libjpeg reports an error by a callback that must not return, and counts damage that it can paper
// over as warnings. Both throw: a tile with invented content must not become a feature.
struct ErrorManager {
  jpeg_error_mgr base{};
  std::string prefix;
  ErrorKind kind = ErrorKind::internal;
};

[[noreturn]] void raise(j_common_ptr codec) {
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  const auto* manager = reinterpret_cast<const ErrorManager*>(codec->err);
  throw Error(manager->kind, manager->prefix + " (" + text + ")");
}

void on_message(j_common_ptr codec, int level) {
  if (level < 0) raise(codec);
}

void prepare(ErrorManager& manager) {
  jpeg_std_error(&manager.base);
  manager.base.error_exit = raise;
  manager.base.emit_message = on_message;
}

struct Compressor {
  ErrorManager errors;
  jpeg_compress_struct codec{};
  unsigned char* buffer;
  unsigned long size;

  /// `expected` bytes; where they do not suffice, libjpeg doubles them, with a copy each time.
  explicit Compressor(std::size_t expected)
      : buffer(static_cast<unsigned char*>(std::malloc(expected))), size(expected) {
    if (buffer == nullptr) throw std::bad_alloc();
    first = buffer;
    prepare(errors);
    errors.prefix = "JPEG encoder failed";
    codec.err = &errors.base;
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &buffer, &size);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ~Compressor() {
    jpeg_destroy_compress(&codec);
    if (buffer != first) std::free(first);  // libjpeg frees none but its own
    std::free(buffer);
  }

  unsigned char* first;
};

struct Decompressor {
  ErrorManager errors;
  jpeg_decompress_struct codec{};

  explicit Decompressor(const std::string& prefix) {
    prepare(errors);
    errors.prefix = prefix;
    errors.kind = ErrorKind::input;
    codec.err = &errors.base;
    jpeg_create_decompress(&codec);
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor() { jpeg_destroy_decompress(&codec); }
};

template <std::size_t channels>
std::vector<std::uint8_t> compress(const PixelView<channels>& image, int quality) {
  // Tissue at quality 80 takes about a byte for six of RGB.
  const auto pixels =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  Compressor compressor(4096 + pixels * channels / 4);
  jpeg_compress_struct& codec = compressor.codec;
  codec.image_width = static_cast<JDIMENSION>(image.width);
  codec.image_height = static_cast<JDIMENSION>(image.height);
  codec.input_components = static_cast<int>(channels);
  codec.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&codec);  // YCbCr with halved chroma, or grey
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  std::array<JSAMPROW, 16> rows{};  // a row of blocks with halved chroma
  while (codec.next_scanline < codec.image_height) {
    const auto count = std::min<JDIMENSION>(16, codec.image_height - codec.next_scanline);
    for (JDIMENSION i = 0; i < count; ++i) {  // libjpeg only reads them
      rows[i] = const_cast<std::uint8_t*>(image.row(std::int64_t{codec.next_scanline} + i));
    }
    jpeg_write_scanlines(&codec, rows.data(), count);
  }
  jpeg_finish_compress(&codec);
  return {compressor.buffer, compressor.buffer + compressor.size};
}

}  // namespace

std::vector<std::uint8_t> encode_jpeg(const ImageView& image, int quality) {
  return compress(image, quality);
}

std::vector<std::uint8_t> encode_jpeg(const MaskView& grey, int quality) {
  return compress(grey, quality);
}

Image decode_jpeg(const std::uint8_t* bytes, std::size_t count, const std::string& name) {
  Decompressor decompressor(name + ": damaged JPEG file");
  jpeg_decompress_struct& codec = decompressor.codec;
  jpeg_mem_src(&codec, const_cast<unsigned char*>(bytes), static_cast<unsigned long>(count));
  jpeg_read_header(&codec, TRUE);
  if (codec.jpeg_color_space == JCS_CMYK || codec.jpeg_color_space == JCS_YCCK) {
    throw Error(ErrorKind::input, name + ": a CMYK JPEG file, and only grey and RGB are read");
  }
  codec.out_color_space = JCS_RGB;
  jpeg_start_decompress(&codec);
  Image image(codec.output_width, codec.output_height);
  while (codec.output_scanline < codec.output_height) {
    std::uint8_t* row = image.row(codec.output_scanline);
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  return image;
}

void decode_jpeg_block(const JpegBlock& block, std::uint8_t* rgb, std::size_t stride,
                       const std::string& name) {
  Decompressor decompressor(name + ": damaged JPEG data");
  jpeg_decompress_struct& codec = decompressor.codec;
  const auto read_from = [&codec](const std::uint8_t* bytes, std::size_t count) {
    jpeg_mem_src(&codec, const_cast<unsigned char*>(bytes), static_cast<unsigned long>(count));
  };
  if (block.tables_count > 0) {
    read_from(block.tables, block.tables_count);
    if (jpeg_read_header(&codec, FALSE) != JPEG_HEADER_TABLES_ONLY) {
      throw Error(ErrorKind::input, name + ": a picture where JPEG tables should be");
    }
  }
  read_from(block.bytes, block.count);
  jpeg_read_header(&codec, TRUE);
  if (codec.num_components != 3 || std::int64_t{codec.image_width} != block.size.width ||
      std::int64_t{codec.image_height} != block.size.height) {
    throw Error(ErrorKind::input, name + ": JPEG data of " + std::to_string(codec.image_width) +
                                      " x " + std::to_string(codec.image_height) + " pixels with " +
                                      std::to_string(codec.num_components) + " components, and " +
                                      std::to_string(block.size.width) + " x " +
                                      std::to_string(block.size.height) +
                                      " with 3 should be there");
  }
  codec.jpeg_color_space = block.colours == JpegColours::ycbcr ? JCS_YCbCr : JCS_RGB;
  codec.out_color_space = JCS_RGB;
  codec.scale_num = 1;
  codec.scale_denom = static_cast<unsigned>(block.reduction);
  jpeg_start_decompress(&codec);
  while (codec.output_scanline < codec.output_height) {
    std::uint8_t* row = rgb + codec.output_scanline * stride;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
}

}  // namespace histo
