#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/kmeans.hpp"

namespace histo::cluster {

/// Rows that stand for all, and what each clustering calls them.
struct Sample {
  std::size_t rows = 0;
  std::size_t dim = 0;
  Metric metric = Metric::euclidean;
  std::vector<double> values;                     ///< rows x dim, row-major
  std::vector<std::vector<std::int32_t>> labels;  ///< one a clustering, `rows` long
};

/// One mean silhouette a clustering, from the same distances of the sample's metric: O(rows^2 dim).
/// `cluster_counts[c]` is the k of clustering c. Not a number where the sample holds fewer than two
/// clusters of it.
std::vector<double> mean_silhouettes(Sample sample, const std::vector<std::size_t>& cluster_counts,
                                     std::size_t threads);

}  // namespace histo::cluster
