#pragma once
/// The share of each cluster in a slide or a patient ("histomics"), and what statistics may be done
/// with: shares sum to 1, so that they are compared as log ratios.
///
/// Aitchison, "The statistical analysis of compositional data" (1986). For shares x_1 .. x_K with
/// geometric mean g:
///
///   percent  100 x_j                                                  K columns
///   clr      ln(x_j / g), which sums to 0                             K columns
///   alr      ln(x_j / x_K)                                            K - 1 columns
///   ilr      sqrt(j / (j + 1)) ln(g(x_1 .. x_j) / x_(j+1)), j = 1 ..  K - 1 columns
///            (Egozcue et al., Mathematical Geology 35 (2003))
///
/// A share of 0 has no logarithm: zeros become delta = 1 / K^2 and the others are scaled so that
/// the sum stays 1 (Martin-Fernandez et al., Mathematical Geology 35 (2003); delta as in scikit-bio
/// and HPL). The K columns of percent and clr are linearly dependent: a regression without penalty
/// leaves one out.
///
/// Thread rule: pure functions; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

/// Tiles of each cluster in each slide or patient.
struct ClusterCounts {
  std::size_t groups = 0;             ///< slides or patients
  std::size_t clusters = 0;           ///< K
  std::vector<std::uint64_t> counts;  ///< groups x K

  std::uint64_t at(std::size_t group, std::size_t cluster) const {
    return counts[group * clusters + cluster];
  }
  std::uint64_t tiles(std::size_t group) const;
};

/// `groups` and `clusters`: of each tile; tiles of a patient's slides are pooled by giving them one
/// group. Throws Error(input) for lengths that differ and numbers outside 0 .. count - 1.
ClusterCounts count_clusters(const std::vector<std::int32_t>& groups,
                             const std::vector<std::int32_t>& clusters, std::size_t group_count,
                             std::size_t cluster_count);

/// The groups with fewer tiles than that (HPL: 100), whose shares say little; rising.
std::vector<std::size_t> small_groups(const ClusterCounts& counts, std::size_t min_tiles = 100);

/// groups x K; each row sums to 1. Throws Error(input) for a group without a tile.
DoubleMatrix cluster_shares(const ClusterCounts& counts);

/// Zeros to 1 / K^2, the others times 1 - zeros / K^2. Throws Error(input) for shares below 0 or a
/// row that does not sum to 1 (to 1e-9).
DoubleMatrix replace_zeros(const DoubleMatrix& shares);

enum class LogRatio { percent, centred, additive, isometric };

/// Throws Error(input) for a share that is not above 0, except for `percent`, and for fewer than
/// two clusters.
DoubleMatrix transform_shares(const DoubleMatrix& shares, LogRatio to);

/// Neighbours among tiles of one grid: how often tiles of two clusters touch, by an edge or a
/// corner.
struct GridTile {
  std::int64_t column = 0;
  std::int64_t row = 0;
  std::int32_t cluster = 0;
};
/// K x K and symmetric: [a][b] counts the pairs of touching tiles with clusters a and b, and [a][a]
/// those within a. Throws Error(input) for a cluster outside 0 .. K - 1 and for two tiles in one
/// place.
std::vector<std::uint64_t> neighbour_counts(const std::vector<GridTile>& tiles,
                                            std::size_t cluster_count);

/// Rows of two tables that belong together.
struct KeyJoin {
  struct Pair {
    std::size_t left = 0;
    std::size_t right = 0;
  };
  std::vector<Pair> pairs;              ///< in the order of the left table
  std::vector<std::string> only_left;   ///< keys without a row on the right, in that order
  std::vector<std::string> only_right;  ///< likewise; nothing is dropped without being named
};
/// Throws Error(input) naming a key that occurs twice in one table.
KeyJoin join_keys(const std::vector<std::string>& left, const std::vector<std::string>& right);

}  // namespace histo
