#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "histo/cluster_quality.hpp"

#include "cluster/exact_sum.hpp"
#include "support/catch.hpp"
#include "unit/cluster_iris.hpp"
#include "unit/cluster_rows.hpp"

using histo::ClusterDescription;
using histo::describe_clusters;
using histo::DescribeOptions;
using histo::ErrorKind;
using histo::KMeans;
using histo::KMeansOptions;
using histo::Metric;
using histo::Team;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::MemoryRows;

namespace {

/// Values on a line around 0 and around 10.
KMeans two_clusters(const MemoryRows& rows) {
  KMeansOptions options;
  options.tolerance = 1e9;
  KMeans clusters = histo::lloyd(rows, 2, {0.0F, 10.0F}, options);
  return clusters;
}

ClusterDescription described(const MemoryRows& rows, const KMeans& clusters,
                             const DescribeOptions& options) {
  Team alone;
  return describe_clusters(rows, {clusters}, options, alone)[0];
}

}  // namespace

TEST_CASE("describe: Iris in three clusters has the published numbers") {
  const MemoryRows rows = histo::test::iris_rows();
  KMeansOptions options;
  options.tolerance = 0.0;
  std::vector<float> centres(3 * 4);
  for (std::size_t i = 0; i < 12; ++i) centres[i] = rows.row(i / 4 * 50)[i % 4];

  const auto quality = described(rows, histo::lloyd(rows, 3, centres, options), {}).quality;

  CHECK(quality.silhouette == Approx(0.5528190123564095).epsilon(1e-6));
  CHECK(quality.calinski_harabasz == Approx(561.62775662962).epsilon(1e-6));
  CHECK(quality.davies_bouldin == Approx(0.6619715465007465).epsilon(1e-6));
  CHECK(quality.silhouette_rows == 150);
}

TEST_CASE("describe: each cluster's rows come nearest first, no more than asked for") {
  const MemoryRows rows(1, {3, 11, 1, -2, 14, 10});
  KMeans clusters = two_clusters(rows);
  clusters.centroids = {0.0F, 10.0F};
  DescribeOptions options;
  options.nearest = 2;

  const ClusterDescription description = described(rows, clusters, options);

  CHECK(description.nearest == std::vector<std::vector<std::size_t>>{{2, 3}, {5, 1}});
}

TEST_CASE("describe: equally near rows come by their number, for any number of threads") {
  std::vector<float> values(5000, 1.0F);
  values[4321] = 0.5F;
  values[17] = 10.0F;
  const MemoryRows rows(1, values);
  KMeans clusters = two_clusters(rows);
  clusters.centroids = {0.0F, 10.0F};
  DescribeOptions options;
  options.nearest = 3;

  for (const std::size_t threads : {1U, 8U}) {
    options.threads = threads;
    CHECK(described(rows, clusters, options).nearest ==
          std::vector<std::vector<std::size_t>>{{4321, 0, 1}, {17}});
  }
}

TEST_CASE("describe: rows at random are others than the nearest, rise, and follow the seed") {
  const MemoryRows rows = cloud_rows(3000, 2, 2, 1.0);
  KMeansOptions fit;
  fit.clusters = {3};
  const KMeans clusters = histo::fit_kmeans(rows, fit)[0];
  DescribeOptions options;
  options.nearest = 5;
  options.random = 20;

  const ClusterDescription first = described(rows, clusters, options);
  options.seed = 1;
  const ClusterDescription second = described(rows, clusters, options);

  const auto labels = histo::labels_of(rows, clusters, Metric::euclidean, 1);
  for (std::size_t c = 0; c < 3; ++c) {
    std::set<std::size_t> distinct(first.nearest[c].begin(), first.nearest[c].end());
    distinct.insert(first.random[c].begin(), first.random[c].end());
    CHECK(distinct.size() == 25);
    CHECK(std::is_sorted(first.random[c].begin(), first.random[c].end()));
    for (const std::size_t row : first.random[c]) {
      CHECK(labels[row] == static_cast<std::int32_t>(c));
    }
    CHECK(first.nearest[c] == second.nearest[c]);
    CHECK(first.random[c] != second.random[c]);
  }
}

TEST_CASE("describe: a cluster smaller than what is asked for gives all its rows") {
  const MemoryRows rows(1, {0, 1, 10, 11, 12});
  DescribeOptions options;
  options.nearest = 2;
  options.random = 7;

  const ClusterDescription description = described(rows, two_clusters(rows), options);

  CHECK(description.nearest[0].size() == 2);
  CHECK(description.random[0].empty());
  CHECK(description.random[1].size() == 1);
}

TEST_CASE("describe: a sample's silhouette is near that of all rows, and the seed chooses it") {
  const MemoryRows rows = cloud_rows(4000, 5, 3, 2.0);
  KMeansOptions fit;
  fit.clusters = {3};
  const KMeans clusters = histo::fit_kmeans(rows, fit)[0];
  DescribeOptions options;
  const double of_all = described(rows, clusters, options).quality.silhouette;

  options.silhouette_sample = 500;
  const auto sampled = described(rows, clusters, options).quality;
  options.seed = 1;
  const auto other = described(rows, clusters, options).quality;

  CHECK(sampled.silhouette_rows == 500);
  CHECK(sampled.silhouette != of_all);
  CHECK(sampled.silhouette == Approx(of_all).margin(0.02));
  CHECK(other.silhouette != sampled.silhouette);
}

TEST_CASE("describe: clusters of other rows are refused") {
  const MemoryRows rows(1, {0, 1, 10, 11, 12});
  const MemoryRows fewer(1, {0, 1, 10});

  const auto error = error_of([&] { described(fewer, two_clusters(rows), {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(),
                 "describe_clusters was given 2 clusters of 5 rows of 1 values for 3 rows of 1"));
}

TEST_CASE("exact sum: what float64 would lose is kept, in any order") {
  histo::cluster::ExactSum up;
  histo::cluster::ExactSum down;
  const std::vector<double> values{1e300, 1.0, 5e-324, 3e-17, 0.0, 1e-300, 0.1};
  for (int repeat = 0; repeat < 1000; ++repeat) {
    for (const double value : values) up.add(value);
    for (auto value = values.rbegin(); value != values.rend(); ++value) down.add(*value);
  }
  histo::cluster::ExactSum small;
  small.add(1.0);
  for (int i = 0; i < 1000; ++i) small.add(0x1p-53);

  CHECK(up.value() == down.value());
  CHECK(up.value() == Approx(1e303));
  CHECK(small.value() == 1.0 + 1000 * 0x1p-53);
}
