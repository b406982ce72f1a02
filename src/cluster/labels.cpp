#include <algorithm>
#include <string>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "cluster/blas.hpp"
#include "cluster/nearest.hpp"
#include "cluster/survey.hpp"

namespace histo {

namespace {

/// One worker: checks the rows and labels them for all sets.
class Labelling {
 public:
  Labelling(const cluster::CentreStack& stack, std::size_t sets, Metric metric,
            const RowSource& source)
      : nearest_centres_(stack), sets_(sets), metric_(metric), source_(&source) {}

  void operator()(cluster::RowBlock& block) {
    const std::string complaint = cluster::complaint_about(block, metric_, *source_);
    if (!complaint.empty()) throw Error(ErrorKind::input, complaint);
    if (metric_ == Metric::cosine) cluster::make_unit_length(block);
    nearest_.resize(sets_ * block.count);
    block.labels.resize(sets_ * block.count);
    nearest_centres_.assign(block, 0, sets_, nearest_.data());
    for (std::size_t i = 0; i < nearest_.size(); ++i) block.labels[i] = nearest_[i].label;
  }

 private:
  cluster::NearestCentres nearest_centres_;
  std::size_t sets_;
  Metric metric_;
  const RowSource* source_;
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

void label_rows(const RowSource& source, const std::vector<CentroidSet>& sets, Metric metric,
                std::size_t threads, const LabelSink& sink) {
  const std::size_t dim = source.dim();
  check_sets(sets, dim);
  const cluster::SingleThreadedBlas single_threaded;
  const cluster::Origin origin = cluster::origin_among(sets, dim);
  cluster::CentreStack stack(origin);
  for (const CentroidSet& set : sets) stack.add(set.centroids);
  const cluster::RowView view{&source, {0, source.rows()}, threads, false};
  std::vector<Labelling> workers =
      cluster::make_workers(view, [&] { return Labelling(stack, sets.size(), metric, source); });
  cluster::for_each_block(view, workers, [&](const cluster::RowBlock& block) {
    sink(block.first, block.count, block.labels.data());
  });
}

std::vector<std::int32_t> labels_of(const RowSource& source, const KMeans& clusters, Metric metric,
                                    std::size_t threads) {
  std::vector<std::int32_t> result(source.rows());
  label_rows(source, {centroids_of(clusters)}, metric, threads,
             [&](std::size_t first, std::size_t count, const std::int32_t* labels) {
               std::copy(labels, labels + count,
                         result.begin() + static_cast<std::ptrdiff_t>(first));
             });
  return result;
}

}  // namespace histo
