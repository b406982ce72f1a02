#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"

using histo::adjusted_rand_index;
using histo::cluster_quality;
using histo::ClusterQuality;
using histo::ErrorKind;
using histo::KMeans;
using histo::QualityOptions;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::formula_rows;
using histo::test::MemoryRows;

namespace {

/// Row i has label name(i).
template <class Name>
KMeans labelled(std::size_t rows, std::size_t k, const Name& name) {
  KMeans clusters;
  clusters.k = k;
  for (std::size_t i = 0; i < rows; ++i) {
    clusters.labels.push_back(static_cast<std::int32_t>(name(i)));
  }
  return clusters;
}

KMeans by_remainder(std::size_t rows, std::size_t k) {
  return labelled(rows, k, [k](std::size_t i) { return i % k; });
}

}  // namespace

// silhouette_score, calinski_harabasz_score and davies_bouldin_score of scikit-learn 1.9 on the
// same rows and labels.
TEST_CASE("cluster quality: the numbers are scikit-learn's") {
  const MemoryRows rows = formula_rows(300, 4);
  const KMeans remainders = by_remainder(300, 5);
  const KMeans last_row = labelled(300, 2, [](std::size_t i) { return i / 299; });

  const auto quality = cluster_quality(rows, {remainders, last_row}, {});

  CHECK(quality[0].silhouette == Approx(-0.028526269075141).epsilon(1e-9));
  CHECK(quality[0].calinski_harabasz == Approx(0.247697207596098).epsilon(1e-9));
  CHECK(quality[0].davies_bouldin == Approx(32.0784000517901).epsilon(1e-9));
  CHECK(quality[1].silhouette == Approx(-0.222935605246982).epsilon(1e-9));
  CHECK(quality[1].calinski_harabasz == Approx(0.236970333117155).epsilon(1e-9));
  CHECK(quality[1].davies_bouldin == Approx(1.95290521884066).epsilon(1e-9));
  CHECK(quality[0].silhouette_rows == 300);
}

TEST_CASE("cluster quality: the number of threads changes no bit") {
  const MemoryRows rows = cloud_rows(5000, 6, 4, 3.0);
  const std::vector<KMeans> clusterings{by_remainder(5000, 4), by_remainder(5000, 7)};
  QualityOptions options;
  options.sample = 700;
  const auto expected = cluster_quality(rows, clusterings, options);

  options.threads = 4;
  const auto found = cluster_quality(rows, clusterings, options);

  for (std::size_t c = 0; c < 2; ++c) {
    CHECK(found[c].silhouette == expected[c].silhouette);
    CHECK(found[c].calinski_harabasz == expected[c].calinski_harabasz);
    CHECK(found[c].davies_bouldin == expected[c].davies_bouldin);
  }
}

TEST_CASE("cluster quality: a sample's silhouette is near that of all rows") {
  const MemoryRows rows = cloud_rows(4000, 5, 3, 2.0);
  const KMeans clusters = histo::fit_kmeans(rows, [] {
    histo::KMeansOptions options;
    options.clusters = {3};
    return options;
  }())[0];
  QualityOptions options;
  const double of_all = cluster_quality(rows, {clusters}, options)[0].silhouette;

  options.sample = 500;
  const ClusterQuality sampled = cluster_quality(rows, {clusters}, options)[0];

  CHECK(sampled.silhouette_rows == 500);
  CHECK(sampled.silhouette != of_all);
  CHECK(sampled.silhouette == Approx(of_all).margin(0.02));
}

TEST_CASE("cluster quality: the seed chooses the sample") {
  const MemoryRows rows = cloud_rows(1000, 5, 3, 2.0);
  const std::vector<KMeans> clusterings{by_remainder(1000, 3)};
  QualityOptions options;
  options.sample = 100;
  const double first = cluster_quality(rows, clusterings, options)[0].silhouette;

  CHECK(cluster_quality(rows, clusterings, options)[0].silhouette == first);
  options.seed = 1;
  CHECK(cluster_quality(rows, clusterings, options)[0].silhouette != first);
}

TEST_CASE("cluster quality: clusters without rows do not count") {
  const MemoryRows rows = formula_rows(300, 4);
  const KMeans five_of_nine = labelled(300, 9, [](std::size_t i) { return i % 5 + 2; });

  const auto quality = cluster_quality(rows, {by_remainder(300, 5), five_of_nine}, {});

  CHECK(quality[1].silhouette == quality[0].silhouette);
  CHECK(quality[1].calinski_harabasz == quality[0].calinski_harabasz);
  CHECK(quality[1].davies_bouldin == quality[0].davies_bouldin);
}

TEST_CASE("cluster quality: what one cluster cannot have is not a number") {
  const MemoryRows rows = formula_rows(20, 3);

  const ClusterQuality quality = cluster_quality(rows, {by_remainder(20, 1)}, {})[0];

  CHECK(std::isnan(quality.silhouette));
  CHECK(std::isnan(quality.calinski_harabasz));
  CHECK(std::isnan(quality.davies_bouldin));
}

TEST_CASE("cluster quality: a row a cluster has no Calinski-Harabasz index") {
  const MemoryRows rows = formula_rows(6, 3);

  const ClusterQuality quality = cluster_quality(rows, {by_remainder(6, 6)}, {})[0];

  CHECK(std::isnan(quality.calinski_harabasz));
  CHECK(quality.silhouette == 0.0);
}

TEST_CASE("cluster quality: centres that coincide do not make the index infinite") {
  const MemoryRows rows(1, {0, 2, 0, 2});

  const ClusterQuality quality =
      cluster_quality(rows, {labelled(4, 2, [](std::size_t i) { return i / 2; })}, {})[0];

  CHECK(quality.davies_bouldin == 0.0);
}

TEST_CASE("cluster quality: labels that do not fit are refused") {
  const MemoryRows rows = formula_rows(10, 2);
  const auto message = [&](const KMeans& clusters) {
    const auto error = error_of([&] { cluster_quality(rows, {clusters}, {}); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    return std::string(error->what());
  };

  CHECK(message(by_remainder(9, 2)) == "cluster_quality was given 9 labels for 10 rows");
  CHECK(message(labelled(10, 2, [](std::size_t i) { return i % 3; })) ==
        "cluster_quality was given label 2 of 2 clusters");
}

TEST_CASE("adjusted Rand index: equal partitions under other names give 1") {
  CHECK(adjusted_rand_index({0, 0, 1, 2, 2}, {5, 5, -1, 0, 0}) == 1.0);
}

TEST_CASE("adjusted Rand index: the numbers are scikit-learn's") {
  CHECK(adjusted_rand_index({0, 0, 1, 1}, {0, 0, 1, 2}) == Approx(0.5714285714285714));
  CHECK(adjusted_rand_index({0, 0, 0, 0}, {0, 1, 2, 3}) == 0.0);
  CHECK(adjusted_rand_index({0, 0, 1, 1}, {0, 1, 0, 1}) == Approx(-0.5));
}

TEST_CASE("adjusted Rand index: partitions with no choice agree") {
  CHECK(adjusted_rand_index({}, {}) == 1.0);
  CHECK(adjusted_rand_index({3, 3}, {0, 0}) == 1.0);
  CHECK(adjusted_rand_index({0, 1}, {1, 0}) == 1.0);
}

TEST_CASE("adjusted Rand index: lists of other lengths are refused") {
  const auto error = error_of([] { adjusted_rand_index({0, 1}, {0}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "adjusted_rand_index was given 2 labels and 1"));
}
