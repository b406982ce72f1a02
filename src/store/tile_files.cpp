#include "store/tile_files.hpp"

#include <cstdint>
#include <utility>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

Image decode_member(const TileTarReader& tar, const std::string& member) {
  const std::vector<std::uint8_t> bytes = tar.read(member);
  return decode_image(bytes.data(), bytes.size(), (tar.path() / member).string());
}

}  // namespace

Image read_tile(const std::filesystem::path& folder, const std::string& path) {
  if (path.empty()) {
    throw Error(ErrorKind::input, folder.string() + ": the tile's image was not saved");
  }
  const std::filesystem::path file = folder / path;  // an absolute path replaces the folder
  if (const auto member = parse_tar_path(file)) {
    return decode_member(TileTarReader(member->tar), member->member);
  }
  const std::vector<std::uint8_t> bytes = read_file(file);
  return decode_image(bytes.data(), bytes.size(), file.string());
}

TileImages::TileImages(std::filesystem::path folder, const std::vector<TileRow>& rows)
    : folder_(std::move(folder)) {
  for (const TileRow& row : rows) {
    const auto member = parse_tar_path(folder_ / row.path);
    if (!member) continue;
    tar_.emplace(member->tar);
    return;
  }
}

Image TileImages::read(const std::string& path) const {
  const auto member = tar_ ? parse_tar_path(folder_ / path) : std::nullopt;
  if (member && member->tar == tar_->path()) return decode_member(*tar_, member->member);
  return read_tile(folder_, path);
}

}  // namespace histo
