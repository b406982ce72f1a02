#include "spots/dendrogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace histo::spots {

namespace {

/// Two clusters, each named by the highest value in it, and how far apart they were.
struct Join {
  std::size_t lower = 0;
  std::size_t higher = 0;
  double distance = 0.0;
};

class NearestNeighbourChain {
 public:
  explicit NearestNeighbourChain(const std::vector<double>& values)
      : count_(values.size()), distances_(count_ * count_), sizes_(count_, 1.0) {
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < count_; ++j) at(i, j) = std::abs(values[i] - values[j]);
    }
  }

  std::vector<Join> run() {
    std::vector<Join> joins;
    joins.reserve(count_);
    while (joins.size() + 1 < count_) joins.push_back(next());
    return joins;
  }

 private:
  double& at(std::size_t i, std::size_t j) { return distances_[i * count_ + j]; }

  Join next() {
    if (chain_.empty()) chain_.push_back(lowest());
    while (true) {
      const std::size_t tip = chain_.back();
      const bool has_previous = chain_.size() > 1;
      const std::size_t previous = has_previous ? chain_[chain_.size() - 2] : count_;
      std::size_t nearest = previous;
      double distance = has_previous ? at(tip, previous) : std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < count_; ++i) {
        if (sizes_[i] == 0.0 || i == tip || !(at(tip, i) < distance)) continue;
        distance = at(tip, i);
        nearest = i;
      }
      if (has_previous && nearest == previous) {
        chain_.resize(chain_.size() - 2);
        const Join join{std::min(tip, previous), std::max(tip, previous), distance};
        merge(join);
        return join;
      }
      chain_.push_back(nearest);
    }
  }

  std::size_t lowest() const {
    const auto found =
        std::find_if(sizes_.begin(), sizes_.end(), [](double size) { return size > 0.0; });
    return static_cast<std::size_t>(found - sizes_.begin());
  }

  /// Lance and Williams's update for Ward's criterion.
  void merge(const Join& join) {
    const double lower_size = sizes_[join.lower];
    const double higher_size = sizes_[join.higher];
    sizes_[join.lower] = 0.0;
    sizes_[join.higher] = lower_size + higher_size;
    const double between = join.distance;
    for (std::size_t i = 0; i < count_; ++i) {
      const double size = sizes_[i];
      if (size == 0.0 || i == join.higher) continue;
      const double to_lower = at(i, join.lower);
      const double to_higher = at(i, join.higher);
      const double share = 1.0 / (lower_size + higher_size + size);
      const double updated = std::sqrt((size + lower_size) * share * to_lower * to_lower +
                                       (size + higher_size) * share * to_higher * to_higher -
                                       size * share * between * between);
      at(i, join.higher) = updated;
      at(join.higher, i) = updated;
    }
  }

  std::size_t count_;
  std::vector<double> distances_;   ///< count x count
  std::vector<double> sizes_;       ///< 0 for what has become part of a higher cluster
  std::vector<std::size_t> chain_;  ///< each the nearest of the one before it
};

/// The node that a value has become part of.
std::size_t root_of(std::vector<std::size_t>& parents, std::size_t node) {
  while (parents[node] != node) {
    parents[node] = parents[parents[node]];
    node = parents[node];
  }
  return node;
}

}  // namespace

std::vector<Merge> ward_merges(const std::vector<double>& values) {
  std::vector<Join> joins = NearestNeighbourChain(values).run();
  std::stable_sort(joins.begin(), joins.end(),
                   [](const Join& a, const Join& b) { return a.distance < b.distance; });
  std::vector<std::size_t> parents(2 * values.size());
  std::iota(parents.begin(), parents.end(), std::size_t{0});
  std::vector<Merge> merges;
  merges.reserve(joins.size());
  for (const Join& join : joins) {
    const std::size_t a = root_of(parents, join.lower);
    const std::size_t b = root_of(parents, join.higher);
    parents[a] = parents[b] = values.size() + merges.size();
    merges.push_back({std::min(a, b), std::max(a, b)});
  }
  return merges;
}

}  // namespace histo::spots
