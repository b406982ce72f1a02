#pragma once
/// Vectors to clusters: k-means for several k at once, exact or fast, Euclidean or spherical.
///
/// Lloyd, S. "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982) 129-137.
/// Arthur, D., Vassilvitskii, S. "k-means++: the advantages of careful seeding", SODA 2007, in its
/// greedy form: each next centre is the best of 2 + floor(ln k) draws.
/// Bahmani, B. et al. "Scalable k-means++", VLDB 2012 (k-means||).
/// Hamerly, G. "Making k-means even faster", SDM 2010 (bounds).
/// Newling, J., Fleuret, F. "Nested mini-batch k-means", NIPS 2016 (the fast mode's growing
/// sample).
///
/// All results are independent of threads, blocks and ranks, to the byte: a row's label is what
/// float64 distances decide, and sums are of multiples of a common quantum, so that float64 adds
/// them without rounding, in any order.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "histo/row_source.hpp"
#include "histo/score_engine.hpp"
#include "histo/team.hpp"

namespace histo {

enum class Metric {
  euclidean,  ///< |x - c|^2
  cosine,     ///< 1 - x.c / (|x| |c|), "spherical": rows and centres have length 1
};

enum class Initialisation {
  kmeans_plus_plus,  ///< greedy k-means++ on a seeded sample of rows
  kmeans_parallel,   ///< k-means||, over all rows
  random,            ///< distinct rows
};

enum class ClusterMode {
  exact,  ///< Lloyd over all rows until it settles
  fast,   ///< Lloyd over growing samples, and once over all rows
};

struct KMeansOptions {
  /// The numbers of clusters, each at least 2 and at most the number of rows; sorted, none twice.
  std::vector<std::size_t> clusters = {8, 16, 24, 32, 64, 128};

  /// The same seed gives the same clusters, to the byte; promised for one machine.
  std::uint64_t seed = 0;

  ClusterMode mode = ClusterMode::exact;
  Initialisation initialisation = Initialisation::kmeans_plus_plus;

  /// Starts from as many seeds, each followed on the sample until it settles; the one with the
  /// least inertia there goes on to all rows. At least 1.
  std::size_t starts = 8;

  Metric metric = Metric::euclidean;

  std::size_t max_iterations = 300;  ///< over all rows

  /// Stop when the centres' summed squared movement is at most tolerance times the mean variance of
  /// the columns (as scikit-learn's `tol`), or when no label changes.
  double tolerance = 1e-4;

  /// Rows that the clusters are fitted on, drawn with the seed and held in memory; 0: all.
  std::size_t sample = 0;

  /// At least 1. Results do not depend on it.
  std::size_t threads = 1;

  /// Bytes that bounds and labels may take beside the blocks in hand; without them the same passes
  /// give the same results, more slowly.
  std::size_t memory = std::size_t{1} << 30U;

  /// What finds the nearest centres in float32, on the caller's thread, if not OpenBLAS does.
  /// Results do not depend on it, to the byte. Borrowed.
  ScoreEngine* engine = nullptr;
};

/// Throws Error(usage) naming the option and the value.
void validate(const KMeansOptions& options);

/// The clusters for one k: 0 .. k-1, largest first; equal sizes by the first row that they hold. A
/// row belongs to the centroid nearest to it, as float64 distances decide, of equally near ones to
/// the one whose values come first in lexicographic order. A cluster is empty only where the rows
/// hold fewer distinct values than k, or where the last move of the centres left it so.
struct KMeans {
  std::size_t k = 0;
  std::size_t dim = 0;
  std::vector<float> centroids;    ///< k x dim, row-major; of length 1 for the cosine metric
  std::vector<std::size_t> sizes;  ///< k, of all rows (also where a sample was fitted)
  std::vector<double> means;       ///< k x dim: of the rows that belong to each, zeros if none
  double inertia = 0.0;            ///< sum over all rows of the metric's distance to their centroid
  std::size_t iterations = 0;      ///< over all rows (or all of the sample that was asked for)
  bool converged = false;          ///< false: max_iterations came first; always true in fast mode
  double seconds = 0.0;            ///< wall time of this k's share; varies between runs
};

/// Called after each pass over all rows with the number of passes done: one for a first look, those
/// of k-means||, the iterations, and one for the last labels. Now and then in between as well,
/// while samples are clustered, with the same number. Return false to stop early: `fit_kmeans` then
/// returns an empty vector, on all ranks of a team.
using PassCallback = std::function<bool(std::size_t pass)>;

/// One result for each k in options.clusters, in that order; what comes out for one k does not
/// depend on the others. An empty cluster takes the row farthest from its own centre. Throws
/// Error(input) for fewer rows than clusters, for values that are not finite and, with the cosine
/// metric, rows of zeros, naming the row, from 0; Error(usage) for options out of range. With a
/// team, each rank reads about rows / size rows, and gets the same results as all others.
std::vector<KMeans> fit_kmeans(const RowSource& source, const KMeansOptions& options, Team& team,
                               const PassCallback& after_pass = {});
std::vector<KMeans> fit_kmeans(const RowSource& source, const KMeansOptions& options,
                               const PassCallback& after_pass = {});

/// Lloyd from given centres (k x dim, row-major; with the cosine metric of any length but 0), with
/// neither seeding nor reordering: cluster i is centre i. Ignores clusters, seed, mode, sample.
/// Throws as `fit_kmeans`; Error(internal) for centres that do not fit k and the rows.
KMeans lloyd(const RowSource& source, std::size_t k, const std::vector<float>& centres,
             const KMeansOptions& options, Team& team);
KMeans lloyd(const RowSource& source, std::size_t k, const std::vector<float>& centres,
             const KMeansOptions& options);

/// Centroids alone, to label rows with.
struct CentroidSet {
  std::size_t k = 0;
  std::vector<float> centroids;  ///< k x dim
};
CentroidSet centroids_of(const KMeans& clusters);

/// Labels of rows [first, first + count), which `sink` gets in rising order, each set's labels
/// after the other's: labels[s * count + i] is row first + i's cluster of set s. On the caller's
/// thread.
using LabelSink =
    std::function<void(std::size_t first, std::size_t count, const std::int32_t* labels)>;

struct Labelling {
  Metric metric = Metric::euclidean;
  std::size_t threads = 1;        ///< at least 1; labels do not depend on it
  ScoreEngine* engine = nullptr;  ///< as KMeansOptions::engine
};

/// Calls `sink` for all rows of `source`, in blocks. Throws Error(input) for rows that are not
/// finite.
void label_rows(const RowSource& source, const std::vector<CentroidSet>& sets, const Labelling& how,
                const LabelSink& sink);

/// The same for one k, in memory: one label a row.
std::vector<std::int32_t> labels_of(const RowSource& source, const KMeans& clusters, Metric metric,
                                    std::size_t threads);

/// For each k of the options, how far partitions from `repeats` other seeds agree: the mean over
/// all pairs of their adjusted Rand indices. Costs `repeats` fits, all k and seeds fed by the same
/// passes. Empty if stopped.
std::vector<double> stability(const RowSource& source, const KMeansOptions& options,
                              std::size_t repeats, Team& team, const PassCallback& after_pass = {});

/// Hubert and Arabie (1985): 1 for equal partitions, about 0 for independent ones. Both have the
/// same length.
double adjusted_rand_index(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b);

/// The engine's name, its version and the processor whose kernels it has chosen: "OpenBLAS 0.3.21
/// (SkylakeX)".
std::string linear_algebra_version();

/// A sentence for the user where the engine does not know this processor and could not be made to
/// take better kernels; else empty.
std::string linear_algebra_warning();

}  // namespace histo
