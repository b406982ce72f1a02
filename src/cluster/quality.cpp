#include "cluster/quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace histo::cluster {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<std::size_t> present_clusters(const PartitionMoments& partition) {
  std::vector<std::size_t> result;
  for (std::size_t c = 0; c < partition.sizes.size(); ++c) {
    if (partition.sizes[c] > 0) result.push_back(c);
  }
  return result;
}

double squared_distance_between(const double* a, const double* b, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t i = 0; i < dim; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace

double calinski_harabasz(const PartitionMoments& partition) {
  const std::vector<std::size_t> present = present_clusters(partition);
  if (present.size() < 2 || present.size() == partition.rows) return not_a_number;
  const std::size_t dim = partition.dim;
  const auto rows = static_cast<double>(partition.rows);
  std::vector<double> centre(dim);
  for (const std::size_t c : present) {
    const double share = static_cast<double>(partition.sizes[c]) / rows;
    for (std::size_t i = 0; i < dim; ++i) centre[i] += share * partition.means[c * dim + i];
  }
  double between = 0.0;
  for (const std::size_t c : present) {
    between += static_cast<double>(partition.sizes[c]) *
               squared_distance_between(partition.means.data() + c * dim, centre.data(), dim);
  }
  return between / static_cast<double>(present.size() - 1) /
         (partition.squared / static_cast<double>(partition.rows - present.size()));
}

double davies_bouldin(const PartitionMoments& partition) {
  const std::vector<std::size_t> present = present_clusters(partition);
  if (present.size() < 2) return not_a_number;
  const auto spread = [&](std::size_t c) {
    return partition.distances[c] / static_cast<double>(partition.sizes[c]);
  };
  const auto mean = [&](std::size_t c) { return partition.means.data() + c * partition.dim; };
  double sum = 0.0;
  for (const std::size_t a : present) {
    double worst = 0.0;
    for (const std::size_t b : present) {
      const double distance = std::sqrt(squared_distance_between(mean(a), mean(b), partition.dim));
      if (distance > 0.0) worst = std::max(worst, (spread(a) + spread(b)) / distance);
    }
    sum += worst;
  }
  return sum / static_cast<double>(present.size());
}

}  // namespace histo::cluster
