#pragma once
/// One tile's pixels, read from its file or tar. All functions may run on many threads at once.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/codec.hpp"
#include "histo/geometry.hpp"
#include "histo/image.hpp"
#include "histo/tile_table.hpp"

#include "store/tile_tar.hpp"

namespace histo {

/// Reads the tile that a table names by `path`: relative to the slide's folder, or absolute, a file
/// or a member of a tar. Throws Error(input) naming the file; an empty path says that no image was
/// saved.
Image read_tile(const std::filesystem::path& folder, const std::string& path);

/// The images of one slide's tiles, with the slide's tar opened once. Thread rule: const calls from
/// many threads.
class TileImages {
 public:
  /// Throws Error(input) where a row's path leads into a tar and the tar cannot be read.
  TileImages(std::filesystem::path folder, const std::vector<TileRow>& rows);

  /// As `read_tile`.
  Image read(const std::string& path) const;

 private:
  std::filesystem::path folder_;
  std::optional<TileTarReader> tar_;
};

}  // namespace histo
