#include <algorithm>
#include <cmath>
#include <string>

#include "histo/cluster_quality.hpp"
#include "histo/error.hpp"

#include "cluster/blas.hpp"
#include "cluster/exact_sum.hpp"
#include "cluster/kernels.hpp"
#include "cluster/quality.hpp"
#include "cluster/quantum.hpp"
#include "cluster/silhouette.hpp"
#include "cluster/survey.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

using cluster::RowBlock;

void check(const RowSource& source, const std::vector<std::int32_t>& labels, std::size_t k) {
  if (labels.size() != source.rows()) {
    throw Error(ErrorKind::internal, "partition_quality was given " +
                                         std::to_string(labels.size()) + " labels for " +
                                         std::to_string(source.rows()) + " rows");
  }
  for (const std::int32_t label : labels) {
    if (label >= 0 && static_cast<std::size_t>(label) < k) continue;
    throw Error(ErrorKind::internal, "partition_quality was given label " + std::to_string(label) +
                                         " of " + std::to_string(k) + " clusters");
  }
}

/// Calls visit(row, label) for each row, in their order.
template <class Visit>
void visit_rows(const cluster::RowView& view, const std::vector<std::int32_t>& labels,
                const Visit& visit) {
  const auto nothing = [](const RowBlock&) {};
  std::vector workers{nothing};
  cluster::for_each_block(view, workers, [&](const RowBlock& block) {
    for (std::size_t i = 0; i < block.count; ++i) {
      visit(block.row(i), static_cast<std::size_t>(labels[block.first + i]));
    }
  });
}

/// Sums to means.
std::vector<double> means_of(const cluster::RowView& view, const std::vector<std::int32_t>& labels,
                             double largest, const std::vector<std::size_t>& sizes) {
  const std::size_t dim = view.dim();
  const cluster::Quantum quantum(largest, view.count());
  std::vector<double> means(sizes.size() * dim);
  visit_rows(view, labels, [&](const float* row, std::size_t label) {
    cluster::kernels().add(row, dim, quantum.magic(), means.data() + label * dim);
  });
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (sizes[i / dim] > 0) means[i] /= static_cast<double>(sizes[i / dim]);
  }
  return means;
}

/// Fills in the scatter.
void measure_scatter(const cluster::RowView& view, const std::vector<std::int32_t>& labels,
                     cluster::PartitionMoments& moments) {
  const std::size_t dim = view.dim();
  cluster::ExactSum squares;
  std::vector<cluster::ExactSum> distances(moments.sizes.size());
  visit_rows(view, labels, [&](const float* row, std::size_t label) {
    const double squared = cluster::squared_distance(row, moments.means.data() + label * dim, dim);
    squares.add(squared);
    distances[label].add(std::sqrt(squared));
  });
  moments.squared = squares.value();
  for (const cluster::ExactSum& sum : distances) moments.distances.push_back(sum.value());
}

}  // namespace

ClusterQuality partition_quality(const RowSource& source, const std::vector<std::int32_t>& labels,
                                 std::size_t k, const DescribeOptions& options) {
  check(source, labels, k);
  const SingleThreadedBlas single_threaded;
  const cluster::RowView view{&source, {0, source.rows()}, 1, options.metric == Metric::cosine};
  std::vector<std::size_t> chosen =
      cluster::draw_rows(source.rows(), options.silhouette_sample, options.seed);
  std::sort(chosen.begin(), chosen.end());
  cluster::SampleRows rows(source.dim(), chosen);
  Team alone;
  const double largest = cluster::survey_rows(view, alone, rows);

  cluster::PartitionMoments moments;
  moments.rows = source.rows();
  moments.dim = source.dim();
  moments.sizes.resize(k);
  for (const std::int32_t label : labels) ++moments.sizes[static_cast<std::size_t>(label)];
  moments.means = means_of(view, labels, largest, moments.sizes);
  measure_scatter(view, labels, moments);

  cluster::Sample sample{rows.rows(),
                         source.dim(),
                         options.metric,
                         {rows.row(0), rows.row(0) + rows.rows() * rows.dim()},
                         {{}}};
  for (const std::size_t row : chosen) sample.labels[0].push_back(labels[row]);
  return {cluster::mean_silhouettes(sample, {k}, options.threads)[0], sample.rows,
          cluster::calinski_harabasz(moments), cluster::davies_bouldin(moments)};
}

}  // namespace histo
