#pragma once
/// What a clustering is worth, and which rows stand for its clusters.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/kmeans.hpp"

namespace histo {

/// How well a clustering separates the rows. Clusters without rows do not count. The silhouette is
/// of the clustering's own metric; the others are of Euclidean distances, as they are defined, for
/// the cosine metric between rows of length 1. Centres are the means of the clusters' rows
/// (KMeans::means), not the centroids.
struct ClusterQuality {
  /// Mean of (b - a) / max(a, b) over the sample (Rousseeuw 1987), within the sample alone; not a
  /// number where that holds fewer than two clusters.
  double silhouette = 0.0;
  std::size_t silhouette_rows = 0;  ///< size of that sample

  /// [tr(B) / (k - 1)] / [tr(W) / (n - k)] (1974); not a number for fewer than two clusters or none
  /// larger than a row.
  double calinski_harabasz = 0.0;

  /// Mean_i max_j (S_i + S_j) / |c_i - c_j|, S = mean distance to the centre (1979); not a number
  /// for fewer than two clusters. Pairs whose centres coincide do not count.
  double davies_bouldin = 0.0;
};

struct DescribeOptions {
  std::size_t silhouette_sample = 10000;  ///< rows at most; its time grows with their square
  std::size_t nearest = 0;                ///< rows of each cluster nearest to its centroid
  std::size_t random = 0;  ///< rows of each cluster drawn with the seed, not among the nearest
  std::uint64_t seed = 0;
  std::size_t threads = 1;  ///< at least 1; nothing depends on it
  Metric metric = Metric::euclidean;
  ScoreEngine* engine = nullptr;  ///< as KMeansOptions::engine
};

struct ClusterDescription {
  ClusterQuality quality;
  /// k lists of rows, nearest first, equally near ones by their number.
  std::vector<std::vector<std::size_t>> nearest;
  std::vector<std::vector<std::size_t>> random;  ///< k lists of rows, rising
};

/// One description for each clustering of the same rows, all from one pass, in which each rank
/// reads its share of the rows; all ranks get the same.
std::vector<ClusterDescription> describe_clusters(const RowSource& source,
                                                  const std::vector<KMeans>& clusterings,
                                                  const DescribeOptions& options, Team& team);

/// The same numbers for any partition, such as a pathologist's: one label of 0 .. k-1 a row. Throws
/// Error(internal) for labels that do not fit.
ClusterQuality partition_quality(const RowSource& source, const std::vector<std::int32_t>& labels,
                                 std::size_t k, const DescribeOptions& options);

}  // namespace histo
