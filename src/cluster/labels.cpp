#include <algorithm>
#include <string>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "cluster/blas.hpp"
#include "cluster/nearest.hpp"
#include "cluster/scored_blocks.hpp"
#include "cluster/survey.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

/// One worker: labels rows for all sets.
class Labeller {
 public:
  Labeller(const cluster::CentreStack& stack, std::size_t sets)
      : nearest_centres_(stack), sets_(sets) {}

  void operator()(cluster::RowBlock& block) {
    nearest_.resize(sets_ * block.count);
    block.labels.resize(sets_ * block.count);
    nearest_centres_.assign(block, 0, sets_, nearest_.data());
    for (std::size_t i = 0; i < nearest_.size(); ++i) block.labels[i] = nearest_[i].label;
  }

 private:
  cluster::NearestCentres nearest_centres_;
  std::size_t sets_;
  std::vector<cluster::Nearest> nearest_;
};

void check_sets(const std::vector<CentroidSet>& sets, std::size_t dim) {
  if (sets.empty()) throw Error(ErrorKind::internal, "label_rows was given no centroids");
  for (const CentroidSet& set : sets) {
    if (set.k > 0 && set.centroids.size() == set.k * dim) continue;
    throw Error(ErrorKind::internal,
                "label_rows was given " + std::to_string(set.centroids.size()) + " values for " +
                    std::to_string(set.k) + " centroids of " + std::to_string(dim));
  }
}

}  // namespace

void label_rows(const RowSource& source, const std::vector<CentroidSet>& sets, const Labelling& how,
                const LabelSink& sink) {
  const std::size_t dim = source.dim();
  check_sets(sets, dim);
  const SingleThreadedBlas single_threaded;
  const cluster::Origin origin = cluster::origin_among(sets, dim);
  cluster::CentreStack stack(origin);
  for (const CentroidSet& set : sets) stack.add(set.centroids);
  cluster::RowView view{
      &source, {0, source.rows()}, how.threads, how.metric == Metric::cosine, how.engine};
  view.check = [&](const cluster::RowBlock& block) {
    const std::string complaint = cluster::complaint_about(block, how.metric, source);
    if (!complaint.empty()) throw Error(ErrorKind::input, complaint);
  };
  std::vector<Labeller> workers =
      cluster::make_workers(view, [&] { return Labeller(stack, sets.size()); });
  cluster::for_each_scored_block(
      view, stack, workers, [](const cluster::RowBlock&) { return true; },
      [&](const cluster::RowBlock& block) { sink(block.first, block.count, block.labels.data()); });
}

std::vector<std::int32_t> labels_of(const RowSource& source, const KMeans& clusters, Metric metric,
                                    std::size_t threads) {
  std::vector<std::int32_t> result(source.rows());
  label_rows(source, {centroids_of(clusters)}, {metric, threads},
             [&](std::size_t first, std::size_t count, const std::int32_t* labels) {
               std::copy(labels, labels + count,
                         result.begin() + static_cast<std::ptrdiff_t>(first));
             });
  return result;
}

}  // namespace histo
