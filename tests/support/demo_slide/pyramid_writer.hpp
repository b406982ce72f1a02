#pragma once
/// A pyramidal TIFF of JPEG tiles, written row by row.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "histo/image.hpp"

struct tiff;  // libtiff's own name for an open file

namespace histo::demo {

/// Tiles of 256 pixels, JPEG quality 85, chroma halved; each level half as large as the one before,
/// by the mean of 2 x 2 pixels, down to one with both sides at most 512. 0.5 micrometres a pixel.
/// All functions throw Error(output) naming the file. Thread rule: one thread.
class PyramidWriter {
 public:
  static constexpr std::int64_t tile_size = 256;

  PyramidWriter(const std::filesystem::path& file, Size size);
  ~PyramidWriter();
  PyramidWriter(const PyramidWriter&) = delete;
  PyramidWriter& operator=(const PyramidWriter&) = delete;

  /// The next rows of level 0: tile_size of them, fewer only at the slide's end.
  void add_rows(const Image& rows);

  /// Writes the smaller levels and closes the file.
  void finish();

 private:
  struct Close {
    void operator()(tiff* file) const;
  };

  void begin_level(Size size, bool reduced);
  void write_tiles(const ImageView& rows, std::int64_t top);
  void fail(const char* what) const;

  std::filesystem::path file_;
  Size size_;
  std::int64_t next_row_ = 0;
  Image half_;  ///< level 1, filled while level 0 goes by
  std::unique_ptr<tiff, Close> tiff_;
};

}  // namespace histo::demo
