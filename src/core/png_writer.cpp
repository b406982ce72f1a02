#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <isa-l.h>
#include <libdeflate.h>

#include "histo/codec.hpp"
#include "histo/error.hpp"

#include "core/crc32.hpp"
#include "core/png_filter.hpp"

namespace histo {

namespace {

constexpr std::array<std::uint8_t, 8> signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::size_t chunk_frame = 12;  // length, type and checksum
constexpr std::size_t header_bytes = 13;
constexpr std::uint8_t no_filter = 0;
constexpr std::uint8_t paeth = 4;
// A chunk's length must fit into 31 bits, with what deflate may add.
constexpr std::int64_t most_bytes = 2'000'000'000;

/// Memory that is not set before it is written.
class Scratch {
 public:
  explicit Scratch(std::size_t size) : bytes_(new std::uint8_t[size]), size_(size) {}

  std::uint8_t* data() { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

/// Each row with its filter's number before it.
template <std::size_t channels>
Scratch filter(const PixelView<channels>& image) {
  const std::size_t row_bytes = static_cast<std::size_t>(image.width) * channels;
  Scratch filtered((row_bytes + 1) * static_cast<std::size_t>(image.height));
  const std::vector<std::uint8_t> nothing(row_bytes);
  const std::uint8_t* above = nothing.data();
  std::uint8_t* out = filtered.data();
  for (std::int64_t y = 0; y < image.height; ++y) {
    const std::uint8_t* row = image.row(y);
    // Of tissue, Paeth alone is as small as the best of all filters in each row, to 0.1 %. A mask's
    // few values repeat as they are.
    if (channels == 1) {
      *out++ = no_filter;
      std::memcpy(out, row, row_bytes);
    } else {
      *out++ = paeth;
      paeth_filter(above, row, row_bytes, channels, out);
    }
    above = row;
    out += row_bytes;
  }
  return filtered;
}

/// More than any deflate makes of `count` bytes: what cannot be compressed is stored, in blocks
/// with a header of a few bytes each. The rest is room for writers that store whole words.
std::size_t room_for(std::size_t count) { return count + count / 16 + 1024; }

/// Both write a zlib stream to `out` and return its length, 0 where they failed.
std::size_t deflate_by_isal(Scratch& in, std::uint8_t* out, std::size_t room) {
  // A table of tokens of half the default size fits into the cache and loses nothing.
  Scratch buffer(ISAL_DEF_LVL1_MEDIUM);
  // Zeros, since ISA-L 2.30 does not set hist_bits, the window's size: what lay in memory before
  // would decide how well the image is compressed.
  const std::unique_ptr<isal_zstream> stream(new isal_zstream());
  isal_deflate_stateless_init(stream.get());
  stream->level = 1;
  stream->level_buf = buffer.data();
  stream->level_buf_size = static_cast<std::uint32_t>(buffer.size());
  stream->gzip_flag = IGZIP_ZLIB;
  stream->end_of_stream = 1;
  stream->next_in = in.data();
  stream->avail_in = static_cast<std::uint32_t>(in.size());
  stream->next_out = out;
  stream->avail_out = static_cast<std::uint32_t>(room);
  const int result = isal_deflate_stateless(stream.get());
  return result == COMP_OK && stream->avail_in == 0 ? stream->total_out : 0;
}

std::size_t deflate_by_libdeflate(Scratch& in, std::uint8_t* out, std::size_t room, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  if (!compressor) return 0;
  return libdeflate_zlib_compress(compressor.get(), in.data(), in.size(), out, room);
}

// ISA-L's levels 2 and 3 are not reliably smaller than its 1, and zlib's are slower than
// libdeflate's at every size.
std::size_t deflate(Scratch& in, std::uint8_t* out, std::size_t room, int compression) {
  constexpr std::array<int, 10> libdeflate_levels = {0, 0, 1, 2, 4, 5, 6, 7, 10, 12};
  const int level = libdeflate_levels[static_cast<std::size_t>(compression)];
  const std::size_t count =
      level == 0 ? deflate_by_isal(in, out, room) : deflate_by_libdeflate(in, out, room, level);
  if (count == 0) throw Error(ErrorKind::internal, "PNG encoder: deflate failed");
  return count;
}

std::uint8_t* put_number(std::uint8_t* out, std::size_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    *out++ = static_cast<std::uint8_t>(value >> shift);
  }
  return out;
}

/// Puts the frame of a chunk around its `count` bytes, which lie 8 bytes after `chunk`, and returns
/// where the next chunk begins.
std::uint8_t* frame_chunk(std::uint8_t* chunk, const char* type, std::size_t count) {
  std::memcpy(put_number(chunk, count), type, 4);
  return put_number(chunk + 8 + count, crc32(chunk + 4, 4 + count));
}

template <std::size_t channels>
std::vector<std::uint8_t> write(const PixelView<channels>& image, int compression) {
  const auto fail = [](const std::string& what) {
    throw Error(ErrorKind::internal, "PNG encoder: " + what);
  };
  if (image.width < 1 || image.height < 1) fail("the image has no pixels");
  if (compression < 1 || compression > 9) {
    fail("the compression must lie in [1, 9], got " + std::to_string(compression));
  }
  if (image.width >= most_bytes / image.height / static_cast<std::int64_t>(channels)) {
    fail("an image of " + std::to_string(image.width) + " x " + std::to_string(image.height) +
         " pixels is too large");
  }

  Scratch filtered = filter(image);
  const std::size_t room = room_for(filtered.size());
  Scratch file(signature.size() + 3 * chunk_frame + header_bytes + room);
  std::uint8_t* at = std::copy(signature.begin(), signature.end(), file.data());
  std::uint8_t* field = put_number(at + 8, static_cast<std::size_t>(image.width));
  field = put_number(field, static_cast<std::size_t>(image.height));
  constexpr std::uint8_t rgb = 2;
  constexpr std::uint8_t grey = 0;
  // Depth, colour, and the only compression and filter method there are; not interlaced.
  for (const std::uint8_t value : {std::uint8_t{8}, channels == 3 ? rgb : grey}) *field++ = value;
  std::fill_n(field, 3, std::uint8_t{0});
  at = frame_chunk(at, "IHDR", header_bytes);
  at = frame_chunk(at, "IDAT", deflate(filtered, at + 8, room, compression));
  at = frame_chunk(at, "IEND", 0);
  return {file.data(), at};
}

}  // namespace

std::vector<std::uint8_t> encode_png(const ImageView& image, int compression) {
  return write(image, compression);
}

std::vector<std::uint8_t> encode_png(const MaskView& grey, int compression) {
  return write(grey, compression);
}

}  // namespace histo
