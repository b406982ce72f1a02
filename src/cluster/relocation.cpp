#include "cluster/relocation.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "cluster/blocks.hpp"
#include "cluster/distance.hpp"

namespace histo::cluster {

namespace {

/// Of every row to its own centre.
std::vector<double> own_distances(const RowSource& source, std::size_t threads,
                                  const KMeans& clusters) {
  const std::size_t dim = clusters.dim;
  std::vector<double> result(source.rows());
  for_each_block<std::vector<double>>(
      source, threads,
      [&] {
        return [&](const RowBlock& block, std::vector<double>& squared) {
          squared.resize(block.count);
          for (std::size_t i = 0; i < block.count; ++i) {
            const auto label = static_cast<std::size_t>(clusters.labels[block.first + i]);
            squared[i] =
                squared_distance(block.row(i, dim), clusters.centroids.data() + label * dim, dim);
          }
        };
      },
      [&](const RowBlock& block, const std::vector<double>& squared) {
        std::copy(squared.begin(), squared.begin() + static_cast<std::ptrdiff_t>(block.count),
                  result.begin() + static_cast<std::ptrdiff_t>(block.first));
      });
  return result;
}

std::optional<std::size_t> farthest(const std::vector<double>& squared, const KMeans& clusters,
                                    const LabelSums& sums) {
  std::optional<std::size_t> best;
  double distance = 0.0;
  for (std::size_t i = 0; i < squared.size(); ++i) {
    if (squared[i] <= distance) continue;
    if (sums.counts[static_cast<std::size_t>(clusters.labels[i])] < 2) continue;
    distance = squared[i];
    best = i;
  }
  return best;
}

}  // namespace

void relocate_empty(const RowSource& source, std::size_t threads, const KMeans& clusters,
                    LabelSums& sums) {
  if (std::count(sums.counts.begin(), sums.counts.end(), std::size_t{0}) == 0) return;
  const std::size_t dim = clusters.dim;
  std::vector<double> squared = own_distances(source, threads, clusters);
  std::vector<float> values(dim);
  for (std::size_t empty = 0; empty < clusters.k; ++empty) {
    if (sums.counts[empty] != 0) continue;
    const std::optional<std::size_t> row = farthest(squared, clusters, sums);
    if (!row) return;
    source.read(*row, 1, values.data());
    const auto donor = static_cast<std::size_t>(clusters.labels[*row]);
    for (std::size_t i = 0; i < dim; ++i) {
      sums.sums[donor * dim + i] -= static_cast<double>(values[i]);
      sums.sums[empty * dim + i] = static_cast<double>(values[i]);
    }
    --sums.counts[donor];
    sums.counts[empty] = 1;
    squared[*row] = 0.0;  // it has moved
  }
}

}  // namespace histo::cluster
