#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "cluster/blas.hpp"
#include "cluster/blocks.hpp"
#include "cluster/distance.hpp"
#include "cluster/label_sums.hpp"
#include "cluster/random.hpp"
#include "cluster/silhouette.hpp"

namespace histo {

namespace {

using cluster::LabelSums;
using cluster::RowBlock;

/// How far the rows of each cluster lie from their mean.
struct Scatter {
  double squared = 0.0;           ///< summed over all rows
  std::vector<double> distances;  ///< k, summed over each cluster's rows
};

void check_labels(const RowSource& source, const std::vector<KMeans>& clusterings) {
  for (const KMeans& clusters : clusterings) {
    if (clusters.labels.size() != source.rows()) {
      throw Error(ErrorKind::internal, "cluster_quality was given " +
                                           std::to_string(clusters.labels.size()) + " labels for " +
                                           std::to_string(source.rows()) + " rows");
    }
    for (const std::int32_t label : clusters.labels) {
      if (label >= 0 && static_cast<std::size_t>(label) < clusters.k) continue;
      throw Error(ErrorKind::internal, "cluster_quality was given label " + std::to_string(label) +
                                           " of " + std::to_string(clusters.k) + " clusters");
    }
  }
}

/// Which rows belong to a sample of at most `wanted`, in rising order; all sets of that size are
/// equally likely (Knuth, "The Art of Computer Programming", volume 2, algorithm S).
std::vector<std::size_t> sample_rows(std::size_t rows, std::size_t wanted, std::uint64_t seed) {
  cluster::Random random(seed, 0);
  std::vector<std::size_t> result;
  result.reserve(std::min(rows, wanted));
  for (std::size_t row = 0; row < rows && result.size() < wanted; ++row) {
    if (random.below(rows - row) < wanted - result.size()) result.push_back(row);
  }
  return result;
}

/// One pass: each cluster's sums, and the rows of the sample.
std::vector<LabelSums> add_up(const RowSource& source, const std::vector<KMeans>& clusterings,
                              const QualityOptions& options, cluster::Sample& sample) {
  const std::size_t dim = source.dim();
  std::vector<LabelSums> result(clusterings.size());
  for (std::size_t c = 0; c < result.size(); ++c) result[c].reset(clusterings[c].k, dim);
  const std::vector<std::size_t> chosen = sample_rows(source.rows(), options.sample, options.seed);
  sample.rows = chosen.size();
  sample.dim = dim;
  sample.values.reserve(chosen.size() * dim);
  sample.labels.resize(clusterings.size());
  auto next = chosen.begin();

  cluster::for_each_block<std::vector<LabelSums>>(
      source, options.threads,
      [&] {
        return [&](const RowBlock& block, std::vector<LabelSums>& sums) {
          sums.resize(clusterings.size());
          for (std::size_t c = 0; c < sums.size(); ++c) {
            sums[c].reset(clusterings[c].k, dim);
            const std::int32_t* labels = clusterings[c].labels.data() + block.first;
            for (std::size_t i = 0; i < block.count; ++i) {
              sums[c].add(block.row(i, dim), dim, labels[i]);
            }
          }
        };
      },
      [&](const RowBlock& block, const std::vector<LabelSums>& sums) {
        for (std::size_t c = 0; c < sums.size(); ++c) result[c].add(sums[c]);
        for (; next != chosen.end() && *next < block.first + block.count; ++next) {
          const float* row = block.row(*next - block.first, dim);
          sample.values.insert(sample.values.end(), row, row + dim);
          for (std::size_t c = 0; c < sums.size(); ++c) {
            sample.labels[c].push_back(clusterings[c].labels[*next]);
          }
        }
      });
  return result;
}

/// Sums to means; a cluster without rows keeps zeros.
void divide(LabelSums& sums, std::size_t dim) {
  for (std::size_t i = 0; i < sums.sums.size(); ++i) {
    const std::size_t count = sums.counts[i / dim];
    if (count > 0) sums.sums[i] /= static_cast<double>(count);
  }
}

/// A second pass: the distances of the rows to their cluster's mean.
std::vector<Scatter> measure_scatter(const RowSource& source,
                                     const std::vector<KMeans>& clusterings,
                                     const std::vector<LabelSums>& means, std::size_t threads) {
  const std::size_t dim = source.dim();
  std::vector<Scatter> result;
  result.reserve(clusterings.size());
  for (const KMeans& clusters : clusterings)
    result.push_back({0.0, std::vector<double>(clusters.k)});
  cluster::for_each_block<std::vector<Scatter>>(
      source, threads,
      [&] {
        return [&](const RowBlock& block, std::vector<Scatter>& part) {
          part.resize(clusterings.size());
          for (std::size_t c = 0; c < part.size(); ++c) {
            part[c].squared = 0.0;
            part[c].distances.assign(clusterings[c].k, 0.0);
            for (std::size_t i = 0; i < block.count; ++i) {
              const auto label = static_cast<std::size_t>(clusterings[c].labels[block.first + i]);
              const double squared = cluster::squared_distance(
                  block.row(i, dim), means[c].sums.data() + label * dim, dim);
              part[c].squared += squared;
              part[c].distances[label] += std::sqrt(squared);
            }
          }
        };
      },
      [&](const RowBlock&, const std::vector<Scatter>& part) {
        for (std::size_t c = 0; c < part.size(); ++c) {
          result[c].squared += part[c].squared;
          for (std::size_t i = 0; i < part[c].distances.size(); ++i) {
            result[c].distances[i] += part[c].distances[i];
          }
        }
      });
  return result;
}

std::vector<std::size_t> present_clusters(const LabelSums& means) {
  std::vector<std::size_t> result;
  for (std::size_t c = 0; c < means.counts.size(); ++c) {
    if (means.counts[c] > 0) result.push_back(c);
  }
  return result;
}

double calinski_harabasz(const LabelSums& means, const Scatter& scatter, std::size_t rows,
                         std::size_t dim) {
  const std::vector<std::size_t> present = present_clusters(means);
  if (present.size() < 2 || present.size() == rows) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> centre(dim);
  for (const std::size_t c : present) {
    const double share = static_cast<double>(means.counts[c]) / static_cast<double>(rows);
    for (std::size_t i = 0; i < dim; ++i) centre[i] += share * means.sums[c * dim + i];
  }
  double between = 0.0;
  for (const std::size_t c : present) {
    between += static_cast<double>(means.counts[c]) *
               cluster::squared_distance(means.sums.data() + c * dim, centre.data(), dim);
  }
  return between / static_cast<double>(present.size() - 1) /
         (scatter.squared / static_cast<double>(rows - present.size()));
}

double davies_bouldin(const LabelSums& means, const Scatter& scatter, std::size_t dim) {
  const std::vector<std::size_t> present = present_clusters(means);
  if (present.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto spread = [&](std::size_t c) {
    return scatter.distances[c] / static_cast<double>(means.counts[c]);
  };
  double sum = 0.0;
  for (const std::size_t a : present) {
    double worst = 0.0;
    for (const std::size_t b : present) {
      const double distance = std::sqrt(
          cluster::squared_distance(means.sums.data() + a * dim, means.sums.data() + b * dim, dim));
      if (distance > 0.0) worst = std::max(worst, (spread(a) + spread(b)) / distance);
    }
    sum += worst;
  }
  return sum / static_cast<double>(present.size());
}

/// About the sample's mean, so that distances from products lose fewest digits.
void centre(cluster::Sample& sample) {
  std::vector<double> mean(sample.dim);
  for (std::size_t i = 0; i < sample.values.size(); ++i) mean[i % sample.dim] += sample.values[i];
  for (double& value : mean) value /= static_cast<double>(sample.rows);
  for (std::size_t i = 0; i < sample.values.size(); ++i) sample.values[i] -= mean[i % sample.dim];
}

}  // namespace

std::vector<ClusterQuality> cluster_quality(const RowSource& source,
                                            const std::vector<KMeans>& clusterings,
                                            const QualityOptions& options) {
  check_labels(source, clusterings);
  const cluster::SingleThreadedBlas single_threaded;
  const std::size_t dim = source.dim();
  cluster::Sample sample;
  std::vector<LabelSums> means = add_up(source, clusterings, options, sample);
  for (LabelSums& sums : means) divide(sums, dim);
  const std::vector<Scatter> scatter = measure_scatter(source, clusterings, means, options.threads);
  centre(sample);
  std::vector<std::size_t> counts;
  counts.reserve(clusterings.size());
  for (const KMeans& clusters : clusterings) counts.push_back(clusters.k);
  const std::vector<double> silhouettes =
      cluster::mean_silhouettes(sample, counts, options.threads);

  std::vector<ClusterQuality> result(clusterings.size());
  for (std::size_t c = 0; c < result.size(); ++c) {
    result[c].silhouette = silhouettes[c];
    result[c].silhouette_rows = sample.rows;
    result[c].calinski_harabasz = calinski_harabasz(means[c], scatter[c], source.rows(), dim);
    result[c].davies_bouldin = davies_bouldin(means[c], scatter[c], dim);
  }
  return result;
}

}  // namespace histo
