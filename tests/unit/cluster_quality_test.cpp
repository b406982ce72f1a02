#include "histo/cluster_quality.hpp"

#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "unit/cluster_iris.hpp"
#include "unit/cluster_rows.hpp"

using histo::adjusted_rand_index;
using histo::ClusterQuality;
using histo::DescribeOptions;
using histo::ErrorKind;
using histo::Metric;
using histo::partition_quality;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::formula_rows;
using histo::test::MemoryRows;

namespace {

/// Row i has label name(i).
template <class Name>
std::vector<std::int32_t> labelled(std::size_t rows, const Name& name) {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < rows; ++i) labels.push_back(static_cast<std::int32_t>(name(i)));
  return labels;
}

std::vector<std::int32_t> by_remainder(std::size_t rows, std::size_t k) {
  return labelled(rows, [k](std::size_t i) { return i % k; });
}

}  // namespace

// silhouette_score, calinski_harabasz_score and davies_bouldin_score of scikit-learn 1.9 on the
// same rows and labels.
TEST_CASE("cluster quality: the numbers are scikit-learn's") {
  const MemoryRows rows = formula_rows(300, 4);

  const ClusterQuality remainders = partition_quality(rows, by_remainder(300, 5), 5, {});
  const ClusterQuality last_row =
      partition_quality(rows, labelled(300, [](std::size_t i) { return i / 299; }), 2, {});

  CHECK(remainders.silhouette == Approx(-0.028526269075141).epsilon(1e-9));
  CHECK(remainders.calinski_harabasz == Approx(0.247697207596098).epsilon(1e-9));
  CHECK(remainders.davies_bouldin == Approx(32.0784000517901).epsilon(1e-9));
  CHECK(remainders.silhouette_rows == 300);
  CHECK(last_row.silhouette == Approx(-0.222935605246982).epsilon(1e-9));
  CHECK(last_row.calinski_harabasz == Approx(0.236970333117155).epsilon(1e-9));
  CHECK(last_row.davies_bouldin == Approx(1.95290521884066).epsilon(1e-9));
}

TEST_CASE("cluster quality: Iris by its species has the published numbers") {
  const MemoryRows rows = histo::test::iris_rows();
  DescribeOptions options;

  const ClusterQuality quality = partition_quality(rows, histo::test::iris_species(), 3, options);
  options.metric = Metric::cosine;
  const ClusterQuality on_sphere = partition_quality(rows, histo::test::iris_species(), 3, options);

  CHECK(quality.silhouette == Approx(0.503477440693296).epsilon(1e-6));
  CHECK(quality.calinski_harabasz == Approx(487.33087637489984).epsilon(1e-6));
  CHECK(quality.davies_bouldin == Approx(0.7513707094756737).epsilon(1e-6));
  CHECK(on_sphere.silhouette == Approx(0.7222943087635776).epsilon(1e-6));
}

TEST_CASE("cluster quality: the number of threads changes no bit") {
  const MemoryRows rows = cloud_rows(5000, 6, 4, 3.0);
  DescribeOptions options;
  options.silhouette_sample = 700;
  const ClusterQuality expected = partition_quality(rows, by_remainder(5000, 7), 7, options);

  options.threads = 4;
  const ClusterQuality found = partition_quality(rows, by_remainder(5000, 7), 7, options);

  CHECK(found.silhouette == expected.silhouette);
  CHECK(found.calinski_harabasz == expected.calinski_harabasz);
  CHECK(found.davies_bouldin == expected.davies_bouldin);
}

TEST_CASE("cluster quality: clusters without rows do not count") {
  const MemoryRows rows = formula_rows(300, 4);

  const ClusterQuality five = partition_quality(rows, by_remainder(300, 5), 5, {});
  const ClusterQuality five_of_nine =
      partition_quality(rows, labelled(300, [](std::size_t i) { return i % 5 + 2; }), 9, {});

  CHECK(five_of_nine.silhouette == five.silhouette);
  CHECK(five_of_nine.calinski_harabasz == five.calinski_harabasz);
  CHECK(five_of_nine.davies_bouldin == five.davies_bouldin);
}

TEST_CASE("cluster quality: what one cluster cannot have is not a number") {
  const ClusterQuality quality = partition_quality(formula_rows(20, 3), by_remainder(20, 1), 1, {});

  CHECK(std::isnan(quality.silhouette));
  CHECK(std::isnan(quality.calinski_harabasz));
  CHECK(std::isnan(quality.davies_bouldin));
}

TEST_CASE("cluster quality: a row a cluster has no Calinski-Harabasz index") {
  const ClusterQuality quality = partition_quality(formula_rows(6, 3), by_remainder(6, 6), 6, {});

  CHECK(std::isnan(quality.calinski_harabasz));
  CHECK(quality.silhouette == 0.0);
}

TEST_CASE("cluster quality: centres that coincide do not make the index infinite") {
  const MemoryRows rows(1, {0, 2, 0, 2});

  const ClusterQuality quality =
      partition_quality(rows, labelled(4, [](std::size_t i) { return i / 2; }), 2, {});

  CHECK(quality.davies_bouldin == 0.0);
}

TEST_CASE("cluster quality: labels that do not fit are refused") {
  const MemoryRows rows = formula_rows(10, 2);
  const auto message = [&](const std::vector<std::int32_t>& labels) {
    const auto error = error_of([&] { partition_quality(rows, labels, 2, {}); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    return std::string(error->what());
  };

  CHECK(message(by_remainder(9, 2)) == "partition_quality was given 9 labels for 10 rows");
  CHECK(message(by_remainder(10, 3)) == "partition_quality was given label 2 of 2 clusters");
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
