#include <algorithm>
#include <utility>

#include "histo/kmeans.hpp"

#include "cluster/blocks.hpp"
#include "cluster/distance.hpp"

namespace histo {

namespace {

using Candidate = std::pair<double, std::size_t>;  // squared distance to the centre, row

}  // namespace

std::vector<std::vector<std::size_t>> nearest_rows(const RowSource& source, const KMeans& clusters,
                                                   std::size_t count, std::size_t threads) {
  using Distances = std::vector<double>;
  const std::size_t dim = source.dim();
  std::vector<std::vector<Candidate>> best(clusters.k);
  const auto label_of = [&clusters](std::size_t row) {
    return static_cast<std::size_t>(clusters.labels[row]);
  };
  const auto make_worker = [&] {
    return [&](const cluster::RowBlock& block, Distances& distances) {
      distances.resize(block.count);
      for (std::size_t i = 0; i < block.count; ++i) {
        const float* centre = clusters.centroids.data() + label_of(block.first + i) * dim;
        distances[i] = cluster::squared_distance(block.row(i, dim), centre, dim);
      }
    };
  };
  const auto sink = [&](const cluster::RowBlock& block, const Distances& distances) {
    for (std::size_t i = 0; i < block.count; ++i) {
      // A heap of the best so far, its worst one in front.
      std::vector<Candidate>& heap = best[label_of(block.first + i)];
      heap.emplace_back(distances[i], block.first + i);
      std::push_heap(heap.begin(), heap.end());
      if (heap.size() <= count) continue;
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
  };
  cluster::for_each_block<Distances>(source, threads, make_worker, sink);

  std::vector<std::vector<std::size_t>> rows(clusters.k);
  for (std::size_t label = 0; label < clusters.k; ++label) {
    std::sort(best[label].begin(), best[label].end());
    for (const Candidate& candidate : best[label]) rows[label].push_back(candidate.second);
  }
  return rows;
}

}  // namespace histo
