#pragma once
/// How well clusters agree with a truth that is known.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"

namespace histo::demo {

struct Region {
  Rect rect;  ///< level-0 pixels
  std::string label;
};

/// The regions of a truth file. Throws Error(input) naming the file.
std::vector<Region> read_truth(const std::filesystem::path& file);

/// A tile belongs to the region that holds its centre, provided that at least half of the tile's
/// area lies in it.
std::optional<std::size_t> region_of(const Rect& tile, const std::vector<Region>& regions);

/// The agreement of one column of clusters with the truth.
struct Agreement {
  std::string column;  ///< such as "n_clusters=8"
  double adjusted_rand = 0.0;
  double purity =
      0.0;  ///< the share of tiles whose label is the most frequent one of their cluster
};

struct Score {
  std::size_t scored = 0;    ///< tiles that belong to a region
  std::size_t left_out = 0;  ///< tiles that belong to none
  std::size_t labels = 0;    ///< different labels among the scored tiles
  std::vector<Agreement> agreements;
};

/// Throws Error(input) naming the file: missing, without clusters, or without a tile in any region.
Score score_clusters(const std::filesystem::path& truth, const std::filesystem::path& clusters);

/// A table for people.
std::string describe(const Score& score);

}  // namespace histo::demo
