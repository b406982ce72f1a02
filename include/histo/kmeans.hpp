#pragma once
/// Vectors to labels and centroids: exact k-means for several k at once.
///
/// Lloyd, S. "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982) 129-137.
/// Arthur, D., Vassilvitskii, S. "k-means++: the advantages of careful seeding", SODA 2007, in its
/// greedy form: each next centre is the best of 2 + floor(ln k) draws.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace histo {

/// n rows of `dim` float32 values that can be read any number of times. `read` is called on the
/// caller's thread only.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;

  virtual std::size_t rows() const = 0;
  virtual std::size_t dim() const = 0;
  /// Rows [first, first + count) to `out`, count x dim, row-major.
  virtual void read(std::size_t first, std::size_t count, float* out) const = 0;
};

struct KMeansOptions {
  /// The numbers of clusters, each at least 2 and at most the number of rows; sorted, none twice.
  std::vector<std::size_t> clusters = {8, 16, 24, 32, 64, 128};

  /// The same seed gives the same clusters, to the byte. So much is promised for one machine: the
  /// draws weigh rows by float32 distances, which another processor's matrix product may round
  /// differently.
  std::uint64_t seed = 0;

  std::size_t max_iterations = 300;

  /// Stop when the centres' summed squared movement is at most tolerance times the mean variance of
  /// the columns (as scikit-learn's `tol`), or when no label changes.
  double tolerance = 1e-4;

  /// At least 1. Labels and centres do not depend on it.
  std::size_t threads = 1;
};

/// Throws Error(usage) naming the option and the value.
void validate(const KMeansOptions& options);

/// The clusters for one k. Labels are 0 .. k-1, largest cluster first; equal sizes by the first row
/// that they hold. Each row's label is the centroid nearest to it, as float64 distances decide, the
/// first of equally near ones. A cluster is empty only where the rows hold fewer distinct values
/// than k, or where the last move of the centres left it so.
struct KMeans {
  std::size_t k = 0;
  std::size_t dim = 0;
  std::vector<float> centroids;      ///< k x dim, row-major
  std::vector<std::size_t> sizes;    ///< k, rows in each
  std::vector<std::int32_t> labels;  ///< one a row
  double inertia = 0.0;              ///< sum over the rows of the squared distance to their centre
  std::size_t iterations = 0;
  bool converged = false;  ///< false: max_iterations came first
  double seconds = 0.0;  ///< wall time of this k's share; the only member that varies between runs
};

/// Called after each pass with the number of passes done, of at most 2 + the largest k +
/// max_iterations: one for the columns' means, one for each seed, the iterations, one for the last
/// labels. Return false to stop early (throws nothing, `fit_kmeans` then returns an empty vector).
using PassCallback = std::function<bool(std::size_t pass)>;

/// One result for each k in options.clusters, in that order; what comes out for one k does not
/// depend on the others. A cluster that loses all its rows on the way takes the row farthest from
/// its own centre. Memory beside the results: some blocks of rows, and while seeding 4 bytes a row
/// for each candidate, 3 + floor(ln k) of them for each k. Throws Error(input) for fewer rows than
/// clusters and for values that are not finite, naming the row, from 0; Error(usage) for options
/// out of range.
std::vector<KMeans> fit_kmeans(const RowSource& source, const KMeansOptions& options,
                               const PassCallback& after_pass = {});

/// Lloyd from given centres (k x dim, row-major), with neither seeding nor reordering: label i is
/// centre i. Ignores options.clusters and options.seed. Throws as `fit_kmeans`; Error(internal) for
/// centres that do not fit k and the rows.
KMeans lloyd(const RowSource& source, std::size_t k, const std::vector<float>& centres,
             const KMeansOptions& options);

/// How well a clustering separates the rows. Clusters without rows do not count.
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

struct QualityOptions {
  /// Rows at most that the silhouette is taken from; its time grows with their square.
  std::size_t sample = 10000;
  std::uint64_t seed = 0;   ///< of that sample; the same for all clusterings
  std::size_t threads = 1;  ///< at least 1; the numbers do not depend on it
};

/// One result for each clustering of the same rows, all from the same two passes. A centre is here
/// the mean of the rows with a label. Throws Error(internal) for labels that do not fit the rows or
/// their k.
std::vector<ClusterQuality> cluster_quality(const RowSource& source,
                                            const std::vector<KMeans>& clusterings,
                                            const QualityOptions& options);

/// For each cluster its rows nearest to its centre, nearest first, equally near ones by their
/// number; at most `count`.
std::vector<std::vector<std::size_t>> nearest_rows(const RowSource& source, const KMeans& clusters,
                                                   std::size_t count, std::size_t threads);

/// Hubert and Arabie (1985): 1 for equal partitions, about 0 for independent ones. Both have the
/// same length.
double adjusted_rand_index(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b);

/// The engine's name, its version and the processor whose kernels it has chosen: "OpenBLAS 0.3.21
/// (SkylakeX)".
std::string linear_algebra_version();

/// A sentence for the user where the engine does not know this processor, takes it for an old one
/// and so runs at a third of its speed; else empty.
std::string linear_algebra_warning();

}  // namespace histo
