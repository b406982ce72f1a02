#include "cluster/relocation.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cluster/exchange.hpp"
#include "cluster/kernels.hpp"
#include "cluster/scored_blocks.hpp"

namespace histo::cluster {

namespace {

struct FarRow {
  double squared = 0.0;
  std::size_t row = 0;
  std::size_t label = 0;

  /// Farthest first, then in the order of the rows.
  bool operator<(const FarRow& other) const {
    return squared != other.squared ? squared > other.squared : row < other.row;
  }
};

/// No cluster gives away more rows than there are empty ones: keeps so many of each.
class FarRows {
 public:
  FarRows(const CentreStack& stack, const KMeans& clusters, std::size_t wanted)
      : nearest_centres_(stack), clusters_(&clusters), wanted_(wanted), heaps_(clusters.k) {}

  void operator()(const RowBlock& block) {
    nearest_.resize(block.count);
    nearest_centres_.assign(block, 0, 1, nearest_.data());
    for (std::size_t i = 0; i < block.count; ++i) {
      const auto label = static_cast<std::size_t>(nearest_[i].label);
      const float* centre = clusters_->centroids.data() + label * block.dim;
      const FarRow far{squared_distance(block.row(i), centre, block.dim), block.first + i, label};
      if (!(far.squared > 0.0)) continue;
      std::vector<FarRow>& heap = heaps_[label];  // the least far in front
      heap.push_back(far);
      std::push_heap(heap.begin(), heap.end());
      if (heap.size() <= wanted_) continue;
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
  }

  void give(std::vector<FarRow>& rows) const {
    for (const std::vector<FarRow>& heap : heaps_) {
      rows.insert(rows.end(), heap.begin(), heap.end());
    }
  }

 private:
  NearestCentres nearest_centres_;
  const KMeans* clusters_;
  std::size_t wanted_;
  std::vector<std::vector<FarRow>> heaps_;
  std::vector<Nearest> nearest_;
};

std::vector<FarRow> far_rows(const LloydRows& rows, const KMeans& clusters, std::size_t wanted) {
  CentreStack stack(*rows.origin);
  stack.add(clusters.centroids);
  std::vector<FarRows> workers =
      make_workers(rows.view, [&] { return FarRows(stack, clusters, wanted); });
  for_each_scored_block(rows.view, stack, workers);
  std::vector<FarRow> own;
  for (const FarRows& worker : workers) worker.give(own);
  Packing mine;
  mine.add(own);
  std::vector<FarRow> all;
  for (const std::string& bytes : rows.team->gather(mine.bytes())) {
    const std::vector<FarRow> theirs = Unpacking(bytes).take_list<FarRow>();
    all.insert(all.end(), theirs.begin(), theirs.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// The row's values as the view gives them, on all ranks.
std::vector<float> fetch(const LloydRows& rows, std::size_t row) {
  const std::size_t dim = rows.view.dim();
  Packing mine;
  if (row >= rows.view.share.first && row < rows.view.share.last) {
    RowBlock block;
    block.count = 1;
    block.dim = dim;
    std::vector<float> values(dim);
    rows.view.source->read(row, 1, values.data());
    block.values = values.data();
    if (rows.view.unit_length) make_unit_length(block);
    mine.add(std::vector<float>(block.values, block.values + dim));
  }
  for (const std::string& bytes : rows.team->gather(mine.bytes())) {
    if (!bytes.empty()) return Unpacking(bytes).take_list<float>();
  }
  throw Error(ErrorKind::internal, "no process of the team reads row " + std::to_string(row));
}

}  // namespace

void relocate_empty(const LloydRows& rows, const Quanta& quanta, const KMeans& clusters,
                    LabelSums& sums) {
  const auto empty_ones =
      static_cast<std::size_t>(std::count(sums.counts.begin(), sums.counts.end(), 0.0));
  const std::size_t dim = clusters.dim;
  const std::vector<FarRow> farthest = far_rows(rows, clusters, empty_ones);
  auto next = farthest.begin();
  for (std::size_t empty = 0; empty < clusters.k; ++empty) {
    if (sums.counts[empty] > 0.0) continue;
    // A cluster that is down to one row stays so: what was passed over is not asked again.
    next = std::find_if(next, farthest.end(),
                        [&](const FarRow& far) { return sums.counts[far.label] > 1.0; });
    if (next == farthest.end()) return;
    const std::vector<float> values = fetch(rows, next->row);
    kernels().move(values.data(), dim, quanta.value.magic(), sums.sums.data() + next->label * dim,
                   sums.sums.data() + empty * dim);
    sums.counts[next->label] -= 1.0;
    sums.counts[empty] = 1.0;
    ++next;
  }
}

}  // namespace histo::cluster
