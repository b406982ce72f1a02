#include "store/tile_files.hpp"

#include <cstdint>
#include <vector>

#include "core/files.hpp"
#include "store/layout.hpp"

namespace histo {

std::string write_tile(const std::filesystem::path& folder, const Rect& rect,
                       const ImageView& image, ImageFormat format, int quality) {
  const std::string path = tile_path(rect, format);
  write_file(folder / path, encode(image, format, quality));
  return path;
}

Image read_tile(const std::filesystem::path& folder, const std::string& path) {
  const std::filesystem::path file = folder / path;  // an absolute path replaces the folder
  const std::vector<std::uint8_t> bytes = read_file(file);
  return decode_image(bytes.data(), bytes.size(), file.string());
}

}  // namespace histo
