// Names of tiles, spots, members of the tar, columns and datasets, and of slides.

#include <string>

#include "fuzz/bench.hpp"
#include "fuzz/targets.hpp"
#include "store/layout.hpp"

namespace histo::fuzz {

void names(std::string_view bytes) {
  if (const auto tile = parse_tile_file_name(bytes)) {
    require(tile_file_name(tile->rect, tile->format) == bytes, "a tile's name is the only one");
    require(is_tile_member_name(bytes), "a tile's name is a member's");
  }
  if (const auto k = parse_cluster_column(bytes)) {
    require(cluster_column(*k) == bytes && *k > 0, "a column's name is the only one");
  }
  if (const auto k = parse_centroids_dataset(bytes)) {
    require(centroids_dataset(*k) == bytes && *k > 0, "a dataset's name is the only one");
  }
  const bool ours = is_tile_member_name(bytes) || is_spot_file_name(bytes);
  require(!ours || bytes.find('/') == std::string_view::npos, "a name of ours has no folder");
  if (const auto inside = parse_tar_path(std::filesystem::path(bytes))) {
    require(inside->member.find('/') == std::string::npos, "a member of the tar has no folder");
  }
  const std::filesystem::path slide = "/slides/" + std::string(bytes);
  accepts([&] {
    const std::string name = slide_name(slide);
    require(!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                name.find('\0') == std::string::npos,
            "a slide's name is that of a folder");
    require(slide_folder("/out", slide).parent_path() == "/out", "a slide's folder lies in it");
    require(slide_folder_with_parent("/out", slide).parent_path() == "/out",
            "a slide's folder lies in it");
  });
}

}  // namespace histo::fuzz
