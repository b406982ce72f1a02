#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "histo/cluster_quality.hpp"
#include "histo/error.hpp"

#include "cluster/blas.hpp"
#include "cluster/exact_sum.hpp"
#include "cluster/exchange.hpp"
#include "cluster/kernels.hpp"
#include "cluster/nearest.hpp"
#include "cluster/quality.hpp"
#include "cluster/scored_blocks.hpp"
#include "cluster/silhouette.hpp"
#include "cluster/survey.hpp"
#include "core/random.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

using cluster::ExactSum;
using cluster::RowBlock;

/// A row and what it is chosen by, the least first.
template <class Key>
struct Choice {
  Key key{};
  std::size_t row = 0;
  bool operator<(const Choice& other) const {
    return key != other.key ? key < other.key : row < other.row;
  }
};

/// The `wanted` first of all that were offered.
template <class Key>
class Chosen {
 public:
  void offer(const Choice<Key>& choice, std::size_t wanted) {
    if (wanted == 0 || (heap_.size() == wanted && !(choice < heap_.front()))) return;
    heap_.push_back(choice);
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() <= wanted) return;
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
  }

  const std::vector<Choice<Key>>& heap() const { return heap_; }

  void sort() { std::sort(heap_.begin(), heap_.end()); }

 private:
  std::vector<Choice<Key>> heap_;  ///< the last in front
};

/// Of one cluster.
struct ClusterFinding {
  ExactSum distances;  ///< to the mean
  Chosen<double> nearest;
  Chosen<std::uint64_t> random;
};

/// Of one clustering.
struct Finding {
  ExactSum squared;  ///< distances to the mean
  std::vector<ClusterFinding> clusters;
};

/// How many rows to keep of each cluster: those drawn at random may be among the nearest.
struct Wanted {
  std::size_t nearest = 0;
  std::size_t random = 0;
  explicit Wanted(const DescribeOptions& options)
      : nearest(options.nearest),
        random(options.random == 0 ? 0 : options.random + options.nearest) {}
};

/// One worker's part of the pass.
class Describing {
 public:
  Describing(const cluster::CentreStack& stack, const std::vector<KMeans>& clusterings,
             const DescribeOptions& options)
      : nearest_centres_(stack),
        clusterings_(&clusterings),
        wanted_(options),
        stream_(mix(options.seed) + 1),
        findings_(clusterings.size()) {
    for (std::size_t c = 0; c < findings_.size(); ++c) {
      findings_[c].clusters.resize(clusterings[c].k);
    }
  }

  void operator()(RowBlock& block) {
    const std::size_t count = clusterings_->size();
    nearest_.resize(count * block.count);
    block.labels.resize(count * block.count);
    nearest_centres_.assign(block, 0, count, nearest_.data());
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t i = 0; i < block.count; ++i) {
        const std::int32_t label = nearest_[c * block.count + i].label;
        block.labels[c * block.count + i] = label;
        look_at(block, i, c, static_cast<std::size_t>(label));
      }
    }
  }

  const std::vector<Finding>& findings() const { return findings_; }

 private:
  void look_at(const RowBlock& block, std::size_t i, std::size_t c, std::size_t label) {
    const std::size_t dim = block.dim;
    const KMeans& clusters = (*clusterings_)[c];
    const std::size_t row = block.first + i;
    const double squared =
        cluster::squared_distance(block.row(i), clusters.means.data() + label * dim, dim);
    findings_[c].squared.add(squared);
    ClusterFinding& finding = findings_[c].clusters[label];
    finding.distances.add(std::sqrt(squared));
    if (wanted_.nearest > 0) {
      const float* centroid = clusters.centroids.data() + label * dim;
      finding.nearest.offer({cluster::squared_distance(block.row(i), centroid, dim), row},
                            wanted_.nearest);
    }
    finding.random.offer({hash_of(stream_, row), row}, wanted_.random);
  }

  cluster::NearestCentres nearest_centres_;
  const std::vector<KMeans>* clusterings_;
  Wanted wanted_;
  std::uint64_t stream_;
  std::vector<Finding> findings_;
  std::vector<cluster::Nearest> nearest_;
};

void add_exactly(ExactSum& sum, Team& team) {
  sum.carry();
  team.sum(sum.digits(), ExactSum::digit_count);
}

/// Adds up what all workers of all ranks have found.
std::vector<Finding> combine(const std::vector<Describing>& workers, const Wanted& wanted,
                             Team& team) {
  std::vector<Finding> all = workers[0].findings();
  for (std::size_t w = 1; w < workers.size(); ++w) {
    for (std::size_t c = 0; c < all.size(); ++c) {
      const Finding& part = workers[w].findings()[c];
      all[c].squared.add(part.squared);
      for (std::size_t label = 0; label < all[c].clusters.size(); ++label) {
        ClusterFinding& to = all[c].clusters[label];
        const ClusterFinding& from = part.clusters[label];
        to.distances.add(from.distances);
        for (const auto& choice : from.nearest.heap()) to.nearest.offer(choice, wanted.nearest);
        for (const auto& choice : from.random.heap()) to.random.offer(choice, wanted.random);
      }
    }
  }
  cluster::Packing mine;
  for (Finding& finding : all) {
    add_exactly(finding.squared, team);
    for (ClusterFinding& each : finding.clusters) {
      add_exactly(each.distances, team);
      mine.add(each.nearest.heap());
      mine.add(each.random.heap());
    }
  }
  const std::vector<std::string> given = team.gather(mine.bytes());
  for (std::size_t rank = 0; rank < given.size(); ++rank) {
    if (rank == team.rank()) continue;
    cluster::Unpacking theirs(given[rank]);
    for (Finding& finding : all) {
      for (ClusterFinding& each : finding.clusters) {
        for (const auto& choice : theirs.take_list<Choice<double>>()) {
          each.nearest.offer(choice, wanted.nearest);
        }
        for (const auto& choice : theirs.take_list<Choice<std::uint64_t>>()) {
          each.random.offer(choice, wanted.random);
        }
      }
    }
  }
  return all;
}

/// The rows of the silhouettes' sample, with their labels, in the order of the rows on all ranks.
class SampleOfLabels {
 public:
  SampleOfLabels(std::size_t rows, std::size_t dim, const DescribeOptions& options,
                 std::size_t clusterings)
      : chosen_(cluster::draw_rows(rows, options.silhouette_sample, options.seed)) {
    std::sort(chosen_.begin(), chosen_.end());
    sample_.rows = chosen_.size();
    sample_.dim = dim;
    sample_.metric = options.metric;
    sample_.labels.resize(clusterings);
  }

  void start(std::size_t row) {
    next_ = std::lower_bound(chosen_.begin(), chosen_.end(), row) - chosen_.begin();
  }

  void take(const RowBlock& block) {
    const auto end = static_cast<std::ptrdiff_t>(chosen_.size());
    for (; next_ < end && at(next_) < block.first + block.count; ++next_) {
      const std::size_t i = at(next_) - block.first;
      sample_.values.insert(sample_.values.end(), block.row(i), block.row(i) + block.dim);
      for (std::size_t c = 0; c < sample_.labels.size(); ++c) {
        sample_.labels[c].push_back(block.labels[c * block.count + i]);
      }
    }
  }

  cluster::Sample share(Team& team) {
    if (team.size() == 1) return std::move(sample_);
    cluster::Packing mine;
    mine.add(sample_.values);
    for (const std::vector<std::int32_t>& labels : sample_.labels) mine.add(labels);
    sample_.values.clear();
    for (std::vector<std::int32_t>& labels : sample_.labels) labels.clear();
    for (const std::string& bytes : team.gather(mine.bytes())) {
      cluster::Unpacking theirs(bytes);
      const std::vector<double> values = theirs.take_list<double>();
      sample_.values.insert(sample_.values.end(), values.begin(), values.end());
      for (std::vector<std::int32_t>& labels : sample_.labels) {
        const std::vector<std::int32_t> more = theirs.take_list<std::int32_t>();
        labels.insert(labels.end(), more.begin(), more.end());
      }
    }
    return std::move(sample_);
  }

 private:
  std::size_t at(std::ptrdiff_t i) const { return chosen_[static_cast<std::size_t>(i)]; }

  std::vector<std::size_t> chosen_;
  std::ptrdiff_t next_ = 0;
  cluster::Sample sample_;
};

ClusterDescription describe(Finding& finding, const KMeans& clusters,
                            const DescribeOptions& options, std::size_t rows) {
  ClusterDescription result;
  cluster::PartitionMoments moments{
      rows, clusters.dim, clusters.sizes, clusters.means, finding.squared.value(), {}};
  for (ClusterFinding& each : finding.clusters) {
    moments.distances.push_back(each.distances.value());
    each.nearest.sort();
    each.random.sort();
    std::vector<std::size_t>& nearest = result.nearest.emplace_back();
    for (const auto& choice : each.nearest.heap()) nearest.push_back(choice.row);
    std::vector<std::size_t>& random = result.random.emplace_back();
    for (const auto& choice : each.random.heap()) {
      if (random.size() == options.random) break;
      if (std::find(nearest.begin(), nearest.end(), choice.row) == nearest.end()) {
        random.push_back(choice.row);
      }
    }
    std::sort(random.begin(), random.end());
  }
  result.quality.calinski_harabasz = cluster::calinski_harabasz(moments);
  result.quality.davies_bouldin = cluster::davies_bouldin(moments);
  return result;
}

void check(const RowSource& source, const std::vector<KMeans>& clusterings) {
  for (const KMeans& clusters : clusterings) {
    const std::size_t values = clusters.k * source.dim();
    const std::size_t rows =
        std::accumulate(clusters.sizes.begin(), clusters.sizes.end(), std::size_t{0});
    if (clusters.k > 0 && clusters.dim == source.dim() && clusters.centroids.size() == values &&
        clusters.means.size() == values && clusters.sizes.size() == clusters.k &&
        rows == source.rows()) {
      continue;
    }
    throw Error(ErrorKind::internal, "describe_clusters was given " + std::to_string(clusters.k) +
                                         " clusters of " + std::to_string(rows) + " rows of " +
                                         std::to_string(clusters.dim) + " values for " +
                                         std::to_string(source.rows()) + " rows of " +
                                         std::to_string(source.dim()));
  }
}

}  // namespace

std::vector<ClusterDescription> describe_clusters(const RowSource& source,
                                                  const std::vector<KMeans>& clusterings,
                                                  const DescribeOptions& options, Team& team) {
  check(source, clusterings);
  if (clusterings.empty()) return {};
  const SingleThreadedBlas single_threaded;
  std::vector<CentroidSet> sets;
  for (const KMeans& clusters : clusterings) sets.push_back(centroids_of(clusters));
  const cluster::Origin origin = cluster::origin_among(sets, source.dim());
  cluster::CentreStack stack(origin);
  for (const KMeans& clusters : clusterings) stack.add(clusters.centroids);
  const cluster::RowView view{&source, share_of(source, team), options.threads,
                              options.metric == Metric::cosine, options.engine};
  SampleOfLabels sample_rows(source.rows(), source.dim(), options, clusterings.size());
  sample_rows.start(view.share.first);
  std::vector<Describing> workers =
      cluster::make_workers(view, [&] { return Describing(stack, clusterings, options); });
  cluster::for_each_scored_block(
      view, stack, workers, [](const RowBlock&) { return true; },
      [&](const RowBlock& block) { sample_rows.take(block); });
  std::vector<Finding> findings = combine(workers, Wanted(options), team);
  const cluster::Sample sample = sample_rows.share(team);
  std::vector<std::size_t> counts;
  for (const KMeans& clusters : clusterings) counts.push_back(clusters.k);
  const std::vector<double> silhouettes =
      cluster::mean_silhouettes(sample, counts, options.threads);
  std::vector<ClusterDescription> result;
  for (std::size_t c = 0; c < clusterings.size(); ++c) {
    result.push_back(describe(findings[c], clusterings[c], options, source.rows()));
    result.back().quality.silhouette = silhouettes[c];
    result.back().quality.silhouette_rows = sample.rows;
  }
  return result;
}

}  // namespace histo
