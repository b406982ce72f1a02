#include "jobs/thumbnails.hpp"

#include <cstdint>
#include <optional>
#include <vector>

#include "histo/codec.hpp"
#include "histo/error.hpp"

#include "core/files.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

Thumbnail read_thumbnail(const std::filesystem::path& folder) {
  const std::filesystem::path file = thumbnail_file(folder);
  const std::vector<std::uint8_t> bytes = read_file(file);
  Thumbnail thumbnail{decode_image(bytes.data(), bytes.size(), file.string()), {}};
  const std::optional<Size> size = read_slide_record(properties_file(folder)).size;
  if (!size) {
    throw Error(ErrorKind::input,
                properties_file(folder).string() + ": does not state the slide's size");
  }
  thumbnail.slide_size = *size;
  return thumbnail;
}

}  // namespace histo
