#pragma once
/// What a clustering leaves behind: clusters.csv in each slide's folder, and centroids.h5 and
/// summary.csv for the whole set. docs/formats.md is the specification.
///
/// Thread rule: one thread at a time for all stores together, since HDF5 has one lock for all.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/tile_table.hpp"

namespace histo {

/// The tiles of one slide and the cluster of each, for every k.
struct ClusterTable {
  std::vector<TileRow> tiles;
  std::vector<std::size_t> clusters;  ///< the k of each column, in the order of the file
  std::vector<std::vector<std::int32_t>> labels;  ///< one vector a k, one label a tile, 0 .. k-1
};

/// Columns x, y, w, h, path and "n_clusters=K" for each k.
std::string cluster_table_text(const ClusterTable& table);

/// That text, written beside the target and renamed into place. Throws Error(output),
/// Error(internal) where a column has not one label for each tile.
void write_cluster_table(const std::filesystem::path& file, const ClusterTable& table);

/// Columns may stand in any order, others are ignored. Throws Error(input) naming the file, the
/// line and the column.
ClusterTable read_cluster_table(const std::filesystem::path& file);

/// The centroids for one k, and how they were found.
struct Centroids {
  std::size_t k = 0;
  std::vector<float> values;        ///< k x dim, row-major
  std::vector<std::int64_t> sizes;  ///< k: rows of each
  double inertia = 0.0;             ///< sum over the rows of their distance to their centroid
  std::size_t iterations = 0;
  bool converged = false;
};

/// Principal components: z = axes (x - mean), each over the root of its variance if whitened.
struct StoredPca {
  std::size_t components = 0;  ///< 0: none
  bool whiten = false;
  std::vector<double> mean;       ///< one for each feature
  std::vector<double> axes;       ///< components x features, row-major
  std::vector<double> variances;  ///< components
};

/// A whole clustering, as far as it is not about single tiles.
struct Clustering {
  std::vector<Centroids> centroids;  ///< in ascending order of k, none twice
  std::size_t dim = 0;               ///< of the centroids
  std::size_t rows = 0;              ///< how many features were clustered
  std::uint64_t seed = 0;
  std::string mode;            ///< "exact", "fast"
  std::string initialisation;  ///< "k-means++", "k-means||", "random", "file"
  std::string metric;          ///< "euclidean", "cosine"
  std::string preprocessing;   ///< "none", "pca=64;whiten=1"
  StoredPca pca;
  std::string encoder;
  std::string model_sha256;
  std::string pooling;
  std::string fingerprint;        ///< of everything that the clusters depend on
  std::string fingerprint_parts;  ///< the same in words, a "key=value" line each
};

/// centroids.h5, the commit mark of the whole clustering: written last, beside the target, and
/// renamed into place. Throws Error(output), Error(internal) where a k has not k x dim values and k
/// sizes.
void write_centroids(const std::filesystem::path& file, const Clustering& clustering);

/// Throws Error(input) naming the file and what is wrong with it.
Clustering read_centroids(const std::filesystem::path& file);

/// One row of summary.csv.
struct ClusterSummary {
  std::size_t k = 0;
  double inertia = 0.0;
  double silhouette = 0.0;  ///< mean over `silhouette_sample` rows
  std::size_t silhouette_sample = 0;
  double calinski_harabasz = 0.0;
  double davies_bouldin = 0.0;
  std::optional<double>
      stability;  ///< mean adjusted Rand index between `stability_seeds` partitions
  std::size_t stability_seeds = 0;
  std::size_t smallest_cluster = 0;  ///< rows
  std::size_t largest_cluster = 0;   ///< rows
  std::size_t iterations = 0;
  double seconds = 0.0;
};

/// A header with the names of the members, and a line for each k. Throws Error(output).
void write_cluster_summary(const std::filesystem::path& file,
                           const std::vector<ClusterSummary>& rows);

}  // namespace histo
