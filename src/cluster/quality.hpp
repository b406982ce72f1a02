#pragma once
/// Indices of a partition from its counts, means and scatter.

#include <cstddef>
#include <vector>

namespace histo::cluster {

struct PartitionMoments {
  std::size_t rows = 0;
  std::size_t dim = 0;
  std::vector<std::size_t> sizes;  ///< k
  std::vector<double> means;       ///< k x dim
  double squared = 0.0;            ///< distances of the rows to their mean, squared and summed
  std::vector<double> distances;   ///< k, summed over each cluster's rows
};

/// As ClusterQuality's.
double calinski_harabasz(const PartitionMoments& partition);
double davies_bouldin(const PartitionMoments& partition);

}  // namespace histo::cluster
