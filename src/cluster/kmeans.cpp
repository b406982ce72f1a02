#include "histo/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "histo/error.hpp"

#include "cluster/blas.hpp"
#include "cluster/fit.hpp"
#include "cluster/survey.hpp"
#include "core/single_threaded_blas.hpp"
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

void check_centres(const std::vector<float>& centres, std::size_t k, std::size_t dim) {
  if (k == 0 || centres.size() != k * dim) {
    throw Error(ErrorKind::internal, "lloyd was given " + std::to_string(centres.size()) +
                                         " values for " + count_of(k, "centre") + " of " +
                                         std::to_string(dim));
  }
  if (!std::all_of(centres.begin(), centres.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorKind::internal, "lloyd was given a centre that is not finite");
  }
}

/// To length 1, as rows are.
std::vector<float> on_the_sphere(const std::vector<float>& centres, std::size_t dim) {
  cluster::RowBlock block;
  block.dim = dim;
  std::vector<float> result;
  for (std::size_t first = 0; first < centres.size(); first += dim) {
    block.count = 1;
    block.values = centres.data() + first;
    if (std::all_of(block.values, block.values + dim, [](float value) { return value == 0.0F; })) {
      throw Error(ErrorKind::internal, "lloyd was given a centre of zeros for the cosine metric");
    }
    cluster::make_unit_length(block);
    result.insert(result.end(), block.values, block.values + dim);
  }
  return result;
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
  if (options.starts < 1) throw Error(ErrorKind::usage, "--n-init must be at least 1, got 0");
  if (options.sample > 0 && options.sample < clusters.back()) {
    throw Error(ErrorKind::usage, "--sample must be at least the largest number of clusters, " +
                                      std::to_string(clusters.back()) + ", got " +
                                      std::to_string(options.sample));
  }
  validate_iteration(options);
}

std::vector<KMeans> fit_kmeans(const RowSource& source, const KMeansOptions& options, Team& team,
                               const PassCallback& after_pass) {
  validate(options);
  cluster::check_rows(source, options.clusters.back());
  const SingleThreadedBlas single_threaded;
  cluster::Passes passes(after_pass, team);
  std::vector<cluster::FitJob> jobs;
  for (const std::size_t k : options.clusters) jobs.push_back({k, options.seed});
  std::vector<KMeans> result;
  for (const cluster::LloydFit& fit : cluster::fit_jobs(source, options, jobs, team, passes)) {
    result.push_back(cluster::in_order_of_size(fit));
  }
  return result;
}

std::vector<KMeans> fit_kmeans(const RowSource& source, const KMeansOptions& options,
                               const PassCallback& after_pass) {
  Team alone;
  return fit_kmeans(source, options, alone, after_pass);
}

KMeans lloyd(const RowSource& source, std::size_t k, const std::vector<float>& centres,
             const KMeansOptions& options, Team& team) {
  validate_iteration(options);
  cluster::check_rows(source, k);
  check_centres(centres, k, source.dim());
  const SingleThreadedBlas single_threaded;
  constexpr std::size_t rows_for_the_mean = 4096;
  cluster::LloydRows rows;
  rows.view = {&source, share_of(source, team), options.threads, options.metric == Metric::cosine,
               options.engine};
  rows.all_rows = source.rows();
  rows.team = &team;
  cluster::SampleRows sample(source.dim(), cluster::draw_rows(source.rows(), rows_for_the_mean, 0));
  rows.largest = cluster::survey_rows(rows.view, team, sample);
  const cluster::Origin origin = cluster::origin_of(sample.view(1, sample.rows()));
  rows.origin = &origin;
  std::vector<cluster::LloydFit> fits(1);
  fits[0].clusters.k = k;
  fits[0].clusters.dim = source.dim();
  fits[0].clusters.centroids =
      rows.view.unit_length ? on_the_sphere(centres, source.dim()) : centres;
  const cluster::LloydLimits limits{options.max_iterations, options.tolerance, options.memory,
                                    options.metric};
  cluster::run_lloyd(rows, limits, fits, nullptr);
  return std::move(fits[0].clusters);
}

KMeans lloyd(const RowSource& source, std::size_t k, const std::vector<float>& centres,
             const KMeansOptions& options) {
  Team alone;
  return lloyd(source, k, centres, options, alone);
}

CentroidSet centroids_of(const KMeans& clusters) { return {clusters.k, clusters.centroids}; }

}  // namespace histo
