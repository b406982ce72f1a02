#include "histo/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "histo/error.hpp"

#include "cluster/blas.hpp"
#include "cluster/lloyd.hpp"
#include "cluster/moments.hpp"
#include "cluster/passes.hpp"
#include "cluster/seeding.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

/// All but the numbers of clusters.
void validate_iteration(const KMeansOptions& options) {
  if (options.max_iterations < 1) {
    throw Error(ErrorKind::usage, "--max-iter must be at least 1, got 0");
  }
  if (!(options.tolerance >= 0.0) || !std::isfinite(options.tolerance)) {
    throw Error(ErrorKind::usage, "--tol must be at least 0, got " + number(options.tolerance));
  }
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
}

void check_rows(const RowSource& source, std::size_t k) {
  if (source.dim() == 0) {
    throw Error(ErrorKind::input, "the features have no columns, at least 1 is needed");
  }
  if (source.rows() < k) {
    throw Error(ErrorKind::input, "the features have " + count_of(source.rows(), "row") +
                                      ", too few for " + count_of(k, "cluster"));
  }
}

/// Renames the clusters: largest first, of equals the one that holds the earliest row.
void order_by_size(KMeans& clusters) {
  const std::size_t k = clusters.k;
  std::vector<std::size_t> first_row(k, clusters.labels.size());
  for (std::size_t row = clusters.labels.size(); row-- > 0;) {
    first_row[static_cast<std::size_t>(clusters.labels[row])] = row;
  }
  std::vector<std::size_t> order(k);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (clusters.sizes[a] != clusters.sizes[b]) return clusters.sizes[a] > clusters.sizes[b];
    return first_row[a] < first_row[b];
  });

  std::vector<std::int32_t> new_name(k);
  std::vector<std::size_t> sizes(k);
  std::vector<float> centroids;
  centroids.reserve(clusters.centroids.size());
  for (std::size_t name = 0; name < k; ++name) {
    const std::size_t old = order[name];
    new_name[old] = static_cast<std::int32_t>(name);
    sizes[name] = clusters.sizes[old];
    const auto from = clusters.centroids.begin() + static_cast<std::ptrdiff_t>(old * clusters.dim);
    centroids.insert(centroids.end(), from, from + static_cast<std::ptrdiff_t>(clusters.dim));
  }
  for (std::int32_t& label : clusters.labels) label = new_name[static_cast<std::size_t>(label)];
  clusters.sizes = std::move(sizes);
  clusters.centroids = std::move(centroids);
}

}  // namespace

void validate(const KMeansOptions& options) {
  const std::vector<std::size_t>& clusters = options.clusters;
  if (clusters.empty()) {
    throw Error(ErrorKind::usage, "--num-clusters must name at least one number, got none");
  }
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i] < 2) {
      throw Error(ErrorKind::usage,
                  "--num-clusters must be at least 2, got " + std::to_string(clusters[i]));
    }
    if (i > 0 && clusters[i - 1] >= clusters[i]) {
      throw Error(ErrorKind::usage, "--num-clusters must rise from one number to the next, got " +
                                        std::to_string(clusters[i - 1]) + " before " +
                                        std::to_string(clusters[i]));
    }
  }
  validate_iteration(options);
}

std::vector<KMeans> fit_kmeans(const RowSource& source, const KMeansOptions& options,
                               const PassCallback& after_pass) {
  validate(options);
  check_rows(source, options.clusters.back());
  const cluster::SingleThreadedBlas single_threaded;
  cluster::Passes passes(after_pass);
  const cluster::Moments moments = cluster::column_moments(source, options.threads);
  if (!passes.go_on()) return {};
  std::vector<cluster::Seeds> seeds = cluster::seed_centres(source, options, moments, passes);
  std::vector<KMeans> fits(seeds.size());
  for (std::size_t i = 0; i < fits.size(); ++i) {
    fits[i].k = options.clusters[i];
    fits[i].dim = source.dim();
    fits[i].centroids = std::move(seeds[i].centres);
    fits[i].seconds = seeds[i].seconds;
  }
  if (!cluster::run_lloyd(source, options, moments, fits, passes)) return {};
  for (KMeans& clusters : fits) order_by_size(clusters);
  return fits;
}

KMeans lloyd(const RowSource& source, std::size_t k, const std::vector<float>& centres,
             const KMeansOptions& options) {
  validate_iteration(options);
  check_rows(source, k);
  if (k == 0 || centres.size() != k * source.dim()) {
    throw Error(ErrorKind::internal, "lloyd was given " + std::to_string(centres.size()) +
                                         " values for " + count_of(k, "centre") + " of " +
                                         std::to_string(source.dim()));
  }
  if (!std::all_of(centres.begin(), centres.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorKind::internal, "lloyd was given a centre that is not finite");
  }
  const cluster::SingleThreadedBlas single_threaded;
  cluster::Passes passes({});
  const cluster::Moments moments = cluster::column_moments(source, options.threads);
  std::vector<KMeans> fits(1);
  fits[0].k = k;
  fits[0].dim = source.dim();
  fits[0].centroids = centres;
  cluster::run_lloyd(source, options, moments, fits, passes);
  return std::move(fits[0]);
}

}  // namespace histo
