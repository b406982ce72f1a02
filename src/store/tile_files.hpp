#pragma once
/// One tile's pixels, to a file and back. All functions may run on many threads at once.

#include <filesystem>
#include <string>

#include "histo/codec.hpp"
#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

/// Writes the image of the tile at `rect` (level-0 pixels; the image may have another scale) and
/// returns its path relative to the slide's folder, in which tiles_folder() exists. `quality` is
/// used for JPEG only. Throws Error(output), Error(internal) for an empty image.
std::string write_tile(const std::filesystem::path& folder, const Rect& rect,
                       const ImageView& image, ImageFormat format, int quality);

/// Reads the tile that a table names by `path`: relative to the slide's folder, or absolute. Throws
/// Error(input) naming the file.
Image read_tile(const std::filesystem::path& folder, const std::string& path);

}  // namespace histo
