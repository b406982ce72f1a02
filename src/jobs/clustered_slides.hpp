#pragma once
/// Slides with their tiles' clusters for one k.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

struct ClusteredSlide {
  std::string name;  ///< of its folder: the slide's key
  std::filesystem::path folder;
  std::vector<Rect> tiles;             ///< level-0 pixels
  std::vector<std::int32_t> clusters;  ///< one a tile, 0 .. k-1
};

/// `folders_by_name`. Throws Error(input) where two of them have one name, which is their key.
std::vector<std::filesystem::path> folders_of_keys(
    const std::vector<std::filesystem::path>& inputs);

/// Throws Error(input) naming the file where the slide has no clusters, or none of this number.
ClusteredSlide read_clustered_slide(const std::filesystem::path& folder, std::size_t k);

/// A sentence where the inputs hold centroids for this k that were not found by one run: cluster 3
/// of one would not be cluster 3 of the other. Empty where nothing speaks for that. Throws
/// Error(input) for a file of centroids that cannot be read.
std::string doubt_of_one_run(const std::vector<std::filesystem::path>& inputs, std::size_t k);

}  // namespace histo
